"""AvatarPipeline: from a photo to an emoji. The page to read first.

photo ─▶ track ─▶ fit ─▶ appearance ─▶ Character           once for a person
Character ─▶ build ─▶ pose ─▶ buffers ─▶ paint ─▶ RGBA     once for a picture

pipe = AvatarPipeline.from_pretrained("checkpoints")
person = pipe.character("selfie.jpg")
pipe(person, expression="laugh").images[0].save("laugh.png")
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import DiffusionPipeline
from diffusers.utils import BaseOutput
from PIL import Image

from gen_avatar import __version__
from gen_avatar.animation import Animation, animate, record
from gen_avatar.appearance import estimate_appearance
from gen_avatar.appearance.parser import FaceParser
from gen_avatar.capture import Captured
from gen_avatar.character.buffers import POSE_RANGE, render_buffers
from gen_avatar.character.character import CharacterModel
from gen_avatar.character.mesh import CharacterMesh
from gen_avatar.expression import expression_props, expression_weights, vary
from gen_avatar.generator.adapter import StyleBook, StyledNetwork, fingerprint
from gen_avatar.generator.codes import pack
from gen_avatar.generator.model import AvatarGenerator, enlarge_cells, to_rgba
from gen_avatar.head.fit import HeadFitter
from gen_avatar.head.model import MorphableHead
from gen_avatar.head.ratios import expanded
from gen_avatar.head.regressor import LandmarkRegressor
from gen_avatar.loading import compile_network, load_network
from gen_avatar.media import read_image
from gen_avatar.options import DEFAULT_STYLE, check_angles, check_size, is_character_file
from gen_avatar.portrait import Portrait, fit_head
from gen_avatar.recent import Recent
from gen_avatar.several import Photo, same_person
from gen_avatar.tracking import FaceTracker, create_tracker, select_face
from gen_avatar.tracking.segmentation import person_mask
from gen_avatar.types import GAZE_RANGE, Character, FaceTrack, Performance
from gen_avatar.warp.still import StillAnimator
from gen_avatar.weights import PARTS, STILL_PARTS, checkpoint, checkpoint_root

#: The network paints at these sizes, others are drawn at the next one up and scaled down. Pixels. It has seen
#: the first in training; lines keep their width in pixels, so they are finer in larger pictures. Styles of
#: one's own are painted at the first and scaled.
NATIVE_SIZES = (256, 512, 1024)
#: How many people's meshes are kept, some 6 MB each.
MESHES = 8
#: What can be asked of the head and of the eyes: lowest and highest angle an axis, degrees.
POSE_LIMITS = {axis: (-limit, limit) for axis, limit in POSE_RANGE.items()}
GAZE_LIMITS = {"yaw": (-GAZE_RANGE[0], GAZE_RANGE[0]), "pitch": (-GAZE_RANGE[2], GAZE_RANGE[1])}

#: What can be drawn: a character, its file, a photo, or several photos of one person.
Source = Character | Photo | Sequence[Photo]
#: How an expression is given, see :func:`gen_avatar.expression.expression_weights`.
Expression = str | Mapping[str, float] | np.ndarray | None


@dataclass
class AvatarOutput(BaseOutput):
    """What a call returns.

    Attributes:
        images: PIL pictures, RGBA, straight alpha, sRGB; one an expression.
        character: who was drawn.
    """

    images: list[Image.Image]
    character: Character


class AvatarPipeline(DiffusionPipeline):
    """Photo to emoji.

    Args:
        head: the morphable head.
        regressor: its landmark regressor, the prior and start of the fit.
        figure: the 3D character: the head in emoji proportions and the wardrobe.
        generator: the network that paints.
        parser: the network that reads what a person looks like.
    """

    head: MorphableHead
    regressor: LandmarkRegressor
    figure: CharacterModel
    generator: AvatarGenerator
    parser: FaceParser

    def __init__(
        self,
        head: MorphableHead,
        regressor: LandmarkRegressor,
        figure: CharacterModel,
        generator: AvatarGenerator,
        parser: FaceParser,
    ) -> None:
        super().__init__()
        self.register_modules(
            head=head, regressor=regressor, figure=figure, generator=generator, parser=parser
        )
        self._meshes: Recent[CharacterMesh] = Recent(MESHES)
        self._book = StyleBook(fingerprint(generator))
        self._root: Path | None = None

    # -- who: once for a person ------------------------------------------------------------

    def fit(self, photo: Photo, face: int = 0, head: MorphableHead | None = None) -> Portrait:
        """Read a photo: track, fit, appearance.

        Args:
            photo: a file or an array.
            face: which face, 0 is the largest.
            head: another head to fit for its mesh; the character always speaks of the pipeline's own.

        Raises:
            NoFaceError: no face, or fewer than asked for.
            MediaError: the file cannot be read.
        """
        image = photo if isinstance(photo, np.ndarray) else read_image(photo)
        track = self.track(image, face)
        own = self.fitter.fit([track])[0]
        fitted = own if head is None else fit_head(head, track)
        reading = estimate_appearance(image, track, self.parser, person_mask(image, track))
        performance = Performance(
            expression=own.expression[None],
            gaze=own.gaze[None],
            head_rotation=own.rotation[None],
            head_translation=np.zeros((1, 3), np.float32),
        )
        character = Character(self._person(own.identity), reading.appearance)
        return Portrait(character, performance, head or self.head, fitted, track, reading)

    def track(self, image: np.ndarray, face: int = 0) -> FaceTrack:
        """The landmarks of one face of a picture [H, W, 3] uint8; raises ``NoFaceError``."""
        return select_face(self.tracker.detect(image), face)

    def character(
        self, source: Source, face: int = 0, overrides: Mapping[str, str] | None = None
    ) -> Character:
        """Who is in a photo, in a ``character.json`` or in several photos of one person, with some
        attributes set by hand.

        Several photos say more than one: the identity is fitted to all faces at once, and the looks are
        merged by confidence. Photos without such a face are passed over with a ``GenAvatarWarning``; another
        one tells if the photos clearly show different people.

        Raises:
            NoFaceError: no photo has such a face.
            MediaError: a file cannot be read.
            UsageError: an unknown attribute or value, or a character among several photos.
        """
        if isinstance(source, Character):
            character = source
        elif isinstance(source, np.ndarray):
            character = self.fit(source, face).character
        elif not isinstance(source, str | Path):
            character = same_person(
                source,
                lambda photo: self.fit(photo, face),
                lambda tracks: self._person(self.fitter.fit_identity(tracks)),
            )
        elif is_character_file(source):
            character = Character.load(source)
        else:
            character = self.fit(source, face).character
        if not overrides:
            return character
        return replace(character, appearance=character.appearance.with_values(overrides))

    # -- what they do: once for a picture ----------------------------------------------------

    @torch.inference_mode()
    def __call__(
        self,
        source: Source,
        style: str = DEFAULT_STYLE,
        expression: Expression | list[Expression] = None,
        pose: tuple[float, float, float] = (0.0, 0.0, 0.0),
        gaze: tuple[float, float] | None = None,
        size: int = 256,
        seed: int = 0,
    ) -> AvatarOutput:
        """Draw a person.

        Args:
            source: a character, its file, a photo, or several photos of one person.
            style: one of :attr:`styles`, a style of one's own (a name or the path of its folder), or a
                mixture such as ``"clay:0.6,mine:0.4"``.
            expression: ``"smile"``, ``"smile=0.5,jawOpen=0.3"``, ARKit weights by name or as [52], None for
                neutral; a list gives one picture each.
            pose: (yaw, pitch, roll) of the head, degrees.
            gaze: (yaw, pitch) of both eyes, degrees, within ``GAZE_LIMITS``; the expression's by default.
            size: side of the picture, pixels.
            seed: 0 draws exactly as asked; any other adds its own slight variation, the same each time.

        Raises:
            UsageError: an unknown style or expression, a pose, a gaze or a size out of range.
            NoFaceError, MediaError: as :meth:`fit`.
        """
        check_angles("pose", pose, POSE_LIMITS)
        if gaze is not None:
            check_angles("gaze", gaze, GAZE_LIMITS)
        check_size(size)
        paint_with = self.styled(style)
        wanted = expression if isinstance(expression, list) else [expression]
        acts = [Performance.still(expression_weights(e), pose, gaze, expression_props(e)) for e in wanted]
        frames = [vary(act, seed) for act in acts]
        character = self.character(source)
        images = [self.draw(character, frame, paint_with, size) for frame in frames]
        return AvatarOutput(images=images, character=character)

    def styled(self, style: str) -> StyledNetwork:
        """The network and the style vector that paint a look, a style of one's own, or a mixture.

        Args:
            style: as of a call; styles of one's own go by their name or the path of their folder.

        Raises:
            UsageError: an unknown style or a wrong weight. WeightsError: a damaged style, or one that was
            made for another generator.
        """
        return self._book.styled(self.generator, style)

    def draw(
        self, character: Character, performance: Performance, style: StyledNetwork, size: int
    ) -> Image.Image:
        """The first frame of a performance as an RGBA picture, ``size`` pixels wide and high."""
        on_grid = style.network.on_grid(style.vector)
        # A taught style knows its lines and tones at the size of its lesson alone.
        taught = style.network is not self.generator
        sizes = NATIVE_SIZES[:1] if on_grid or taught else NATIVE_SIZES
        native = next((s for s in sizes if s >= size), sizes[-1])
        character = style.worn(character)
        codes = pack(character, performance.expression[0], performance.gaze[0], performance.head_rotation[0])
        buffers = self.buffers(character, performance, native)
        painted = style.paint(self.tensor(buffers), self.tensor(codes))[0]
        image = Image.fromarray(to_rgba(painted))
        if on_grid:
            return enlarge_cells(image, size)
        return image if size == native else image.resize((size, size), Image.Resampling.LANCZOS)

    def buffers(self, character: Character, performance: Performance, size: int) -> np.ndarray:
        """Geometry buffers [C, size, size] of the first frame."""
        key = (character.to_json(), performance.props)
        mesh = self._meshes.get(key, lambda: self.figure.build(character, performance.props))
        posed = self.figure.pose(
            mesh, performance.expression[0], performance.gaze[0], performance.head_rotation[0]
        )
        return render_buffers(posed, size)

    # -- what they do: over time ------------------------------------------------------------------

    def capture(self, clip: str | Path, face: int = 0) -> Captured:
        """What a person in a clip does; raises ``MediaError``, or ``NoFaceError`` where no face is seen."""
        return record(self, clip, face)

    def animate(self, source: Source, driving: str | Path | Performance, **options: Any) -> Animation:
        """A source that does what a driver does; iterate its ``frames()``.

        Args:
            source: a photo, a ``character.json`` or a character; or any still picture of a face.
            driving: a clip, a performance or its file, or the name of a ready-made one.
            options: ``method`` (``"auto"``; ``"codes"`` draws the character anew in every frame,
            ``"warp"`` moves
                the still), ``motion`` (``"relative"``, ``"absolute"``), ``amplify`` (gains of ``head``,
                ``brows``,
                ``eyes``, ``mouth``), ``style``, ``size`` (pixels), ``face``, ``driving_face``, ``overrides``.

        Raises:
            NoFaceError, MediaError, UsageError: as :meth:`character` and :meth:`capture`.
        """
        return animate(self, source, driving, **options)

    # -- the parts ------------------------------------------------------------------------------

    @property
    def styles(self) -> tuple[str, ...]:
        """The looks that the generator knows."""
        return tuple(self.generator.config["styles"])

    @classmethod
    def from_pretrained(cls, root: str | Path | None = None, **overrides: Any) -> AvatarPipeline:
        """Load all parts from one folder, offline.

        Args:
            root: a folder with one folder a part, by default the shipped one.
            overrides: parts that are there already, by name of the constructor's argument.

        Raises:
            WeightsError: a part is missing or damaged.
        """
        root = checkpoint_root(root)
        folders = {part: checkpoint(part, root) for part in PARTS}
        loaders = {
            "head": lambda: MorphableHead.from_pretrained(folders["head"]),
            "regressor": lambda: load_network(LandmarkRegressor, folders["regressor"]),
            "figure": lambda: CharacterModel.from_pretrained(root),
            "generator": lambda: load_network(AvatarGenerator, folders["generator"]),
            "parser": lambda: load_network(FaceParser, folders["parser"]),
        }
        pipe = cls(**{name: overrides.get(name) or load() for name, load in loaders.items()})
        pipe._root = root
        return pipe

    def to(self, *args: Any, **kwargs: Any) -> AvatarPipeline:
        """Move the network that paints, as ``torch.nn.Module.to``.

        The fit stays in full precision on the CPU: who a person is must not depend on how they are painted.
        """
        torch.nn.Module.to(self.generator, *args, **kwargs)  # diffusers' own warns of nothing, at length
        return self

    def compile(self) -> AvatarPipeline:
        """Compile the network where it is, which takes a minute; raises ``UsageError`` where it cannot be.

        Call it after :meth:`to`; pictures of another size are compiled when the first is drawn.
        """
        config, side = self.generator.config, NATIVE_SIZES[0]
        buffers = np.zeros((side, side, config["buffer_channels"]), np.float32).transpose(2, 0, 1)
        codes = np.zeros(config["code_dim"], np.float32)
        style = self.generator.style(self.styles[0])
        compile_network(self.generator, (self.tensor(buffers), self.tensor(codes), style))
        return self

    def save_pretrained(self, folder: str | Path, **_: Any) -> None:  # type: ignore[override]
        """Write all parts so that :meth:`from_pretrained` reads them; weights in half precision."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for part in (*PARTS, *STILL_PARTS):
            if part != "generator":
                shutil.copytree(checkpoint(part, self._root), folder / part, dirs_exist_ok=True)
        torch.nn.Module.half(deepcopy(self.generator)).save_pretrained(folder / "generator")
        index = {"_class_name": type(self).__name__, "_gen_avatar_version": __version__, "parts": list(PARTS)}
        (folder / "model_index.json").write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")

    @property
    def root(self) -> Path:
        """The folder that holds one folder a part."""
        return checkpoint_root(self._root)

    @cached_property
    def tracker(self) -> FaceTracker:
        """The face tracker, made when it is first needed."""
        return create_tracker()

    @cached_property
    def fitter(self) -> HeadFitter:
        """Fits the head to landmarks, with the regressor's help."""
        return HeadFitter(self.head, regressor=self.regressor)

    @cached_property
    def animator(self) -> StillAnimator:
        """Moves stills; loaded when it is first needed. Raises ``WeightsError``."""
        moved = StillAnimator.from_pretrained(
            self.root, self.head, self.figure, self.fitter
        )
        torch.nn.Module.to(moved.warper, self.generator.device, self.generator.dtype)
        return moved

    def _person(self, fitted: np.ndarray) -> np.ndarray:
        """The identity [K] to draw for a ``fitted`` one [K], which is more cautious than people are."""
        return expanded(fitted, self.figure.head.traits)

    def tensor(self, array: np.ndarray) -> torch.Tensor:
        """An array as a batch of one, where and as the network wants it.

        Buffers [C, H, W] whose channels lie last in memory are handed over without a copy where the network
        is in float32 on the CPU.
        """
        if (
            array.ndim == 3
        ):  # a batch axis added to the view would have a stride that convolutions take for planar
            batch = torch.from_numpy(array.transpose(1, 2, 0))[None].permute(0, 3, 1, 2)
        else:
            batch = torch.from_numpy(array)[None]
        return batch.to(self.generator.device, self.generator.dtype)
