"""From a folder of drawings to a style folder: the whole of ``gen-avatar finetune``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from gen_avatar import __version__
from gen_avatar.character.character import CharacterModel
from gen_avatar.errors import MediaError, NoFaceError, UsageError
from gen_avatar.expression import expression_props, expression_weights
from gen_avatar.finetune.backdrop import with_backdrop_removed
from gen_avatar.finetune.consistency import odd_ones
from gen_avatar.finetune.dye import dye_of
from gen_avatar.finetune.fit import DrawingFitter
from gen_avatar.finetune.fitted import Fitted
from gen_avatar.finetune.folder import Drawing, LeftOut, read_folder
from gen_avatar.finetune.lesson import style_of, teach
from gen_avatar.finetune.samples import Samples
from gen_avatar.finetune.settings import Lesson
from gen_avatar.finetune.sheets import EXPRESSIONS, curve, drawings_sheet, people_sheet
from gen_avatar.finetune.state import Progress
from gen_avatar.generator.adapter import StyledNetwork, extract, save_adapter
from gen_avatar.generator.encoder import AvatarEncoder
from gen_avatar.generator.heldout import load_heldout
from gen_avatar.generator.model import AvatarGenerator
from gen_avatar.head.fit import HeadFitter
from gen_avatar.head.model import MorphableHead
from gen_avatar.loading import load_network
from gen_avatar.media import atomic_write_text
from gen_avatar.options import make_folder
from gen_avatar.tracking import FaceTracker
from gen_avatar.tracking.segmentation import person_mask
from gen_avatar.types import Character, Performance
from gen_avatar.warp.actor import Casting
from gen_avatar.warp.keypoints import KeypointNetwork
from gen_avatar.weights import checkpoint

#: Precision of the command line → of accelerate.
PRECISIONS = {"fp32": "no", "bf16": "bf16", "fp16": "fp16"}
#: People on the sheets.
_PEOPLE = 4
#: Fewer drawings than this are learnt from with a warning.
_FEW = 5

#: Wraps something that is iterated, such as in a progress bar: (what, number of steps, what it is called).
Watch = Callable[[Any, int, str], Any]


class Pipeline(Protocol):
    """What teaching needs of an :class:`~gen_avatar.pipeline.AvatarPipeline`."""

    head: MorphableHead
    figure: CharacterModel
    generator: AvatarGenerator

    @property
    def root(self) -> Path: ...
    @property
    def tracker(self) -> FaceTracker: ...
    @property
    def fitter(self) -> HeadFitter: ...
    def draw(
        self, character: Character, performance: Performance, style: StyledNetwork, size: int
    ) -> Any: ...


def check_requirements() -> None:
    """Raise ``UsageError`` where the optional packages that training needs are missing."""
    if find_spec("accelerate") is None:
        raise UsageError('fine-tuning needs more packages: pip install "gen-avatar[finetune]"')


def read_marks(path: Path) -> dict[str, list[float]]:
    """Faces marked by hand: file name → (x, y) of the eye on the left, the eye on the right, the mouth.

    Raises:
        MediaError: the file cannot be read. UsageError: it holds something else.
    """
    try:
        marks = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MediaError(f"cannot read the marks {path}: {error}") from error
    wrong = (
        'marks are {"drawing.png": [x, y of the left eye, x, y of the right eye, x, y of the mouth]}, pixels'
    )
    if not isinstance(marks, dict):
        raise UsageError(wrong)
    for name, mark in marks.items():
        numbers = isinstance(mark, list) and len(mark) == 6 and all(isinstance(v, int | float) for v in mark)
        if not numbers:
            raise UsageError(f"{path}, {name}: {wrong}")
    return marks


def teach_style(
    pipe: Pipeline,
    folder: Path,
    name: str,
    out: Path,
    *,
    marks: Mapping[str, Sequence[float]] | None = None,
    steps: int = Lesson.steps,
    seed: int = 0,
    precision: str = "bf16",
    resume: bool = False,
    watch: Watch = lambda steps, count, what: steps,
    tell: Callable[[str], None] = lambda text: None,
) -> Path:
    """Teach the generator the style of a folder of drawings.

    Beside ``out``, a folder ``NAME-work`` gets ``drawings.png`` (what was understood and what was left out),
    ``progress.png`` (fixed people and expressions, renewed as it learns), ``curve.png``, ``log.csv`` and the
    state of training. It shows the drawings, so it is not part of the style.

    Args:
        pipe: the pipeline whose generator is taught; it stays as it is.
        folder: of drawings.
        name: of the style.
        out: the style folder.
        marks: faces marked by hand, see :func:`read_marks`.
        steps, seed, precision: of the lesson; ``"fp32"``, ``"bf16"`` or ``"fp16"``.
        resume: go on after a stop.
        watch, tell: for progress bars and remarks.

    Returns:
        ``out``.

    Raises:
        MediaError: no drawings, or something cannot be written. NoFaceError: no drawing shows a face.
        UsageError: wrong settings.
    """
    work = out.with_name(f"{out.name}-work")
    drawings, left = read_folder(folder)
    make_folder(work)
    fitter = make_fitter(pipe)
    fitted, unseen = fit_drawings(fitter, drawings, marks or {}, watch)
    left = [*left, *unseen]
    shown = Shown(pipe)
    if fitted or left:
        drawings_sheet(fitted, lambda f: shown.character(f), left, work / "drawings.png")
    for item in left:
        tell(f"left out {item.path.name}: {item.reason}")
    if not fitted:
        raise NoFaceError(
            f"no face was found in any drawing of {folder}: see {work / 'drawings.png'}; mark the faces by "
            "hand and give the file with --faces"
        )
    if len(fitted) < _FEW:
        tell(f"{len(fitted)} drawings are few: colours may come out as those of the people drawn")
    odd = odd_ones(np.stack([f.latent for f in fitted]))
    if odd:
        names = ", ".join(fitted[i].path.name for i in odd)
        tell(f"these look like another style than the others; take them out if they do not belong: {names}")
    lesson = Lesson(steps=steps, seed=seed, precision=PRECISIONS[precision])
    samples = Samples(fitted, pipe.figure, dye_of(np.stack([f.anchors for f in fitted])))
    palette = samples.palette
    if palette:
        same = ", ".join(name.replace("_", " ") for name in palette)
        tell(f"everybody in the drawings has the same {same}: so will everybody in the style")
    base = pipe.generator

    def styled(network: AvatarGenerator, row: int) -> StyledNetwork:
        worn = {name: [(color, 1.0)] for name, color in palette.items()}
        grey, bold = float(samples.monochrome), float(samples.two_tone)
        return StyledNetwork(network, style_of(network, row), worn, grey, bold)

    with Bar(watch, lesson.steps) as bar:

        def look(progress: Progress, network: AvatarGenerator, row: int) -> None:
            bar.to(progress.step)
            people_sheet(shown.people(styled(network, row)), work / "progress.png")
            curve(progress.log, work / "curve.png")
            atomic_write_text(work / "log.csv", _csv(progress.log))

        network, row, progress = teach(base, samples, lesson, work, resume=resume, watch=look)
    make_folder(out)
    rows = shown.people(styled(network.to(base.device), row))
    people_sheet(rows, out / "preview.png")
    people_sheet(rows, work / "result.png", [f.picture for f in fitted])
    about = {
        "made_with": f"gen_avatar {__version__}", "drawings": len(fitted), "steps": progress.step,
        "seed": seed,
    }  # fmt: skip
    atomic_write_text(out / "README.md", card(name, about, palette))
    tones = samples.monochrome, samples.two_tone
    save_adapter(extract(name, base, network, row, palette, *tones), out, about)
    (work / "state.safetensors").unlink(missing_ok=True)
    return out


def make_fitter(pipe: Pipeline) -> DrawingFitter:
    """What reads drawings, from the pipeline's own checkpoints."""
    encoder = load_network(AvatarEncoder, checkpoint("encoder", pipe.root))
    keypoints = load_network(KeypointNetwork, checkpoint("keypoints", pipe.root))
    casting = Casting(pipe.head, pipe.figure, pipe.fitter)
    return DrawingFitter(pipe.figure, keypoints, encoder, casting, pipe.tracker)


def fit_drawings(
    fitter: DrawingFitter, drawings: Iterable[Drawing], marks: Mapping[str, Sequence[float]], watch: Watch
) -> tuple[list[Fitted], list[LeftOut]]:
    """Fit all drawings; and those in which no face was found."""
    fitted: list[Fitted] = []
    left: list[LeftOut] = []
    everything = list(drawings)
    for drawing in watch(everything, len(everything), "reading"):
        try:
            picture = with_backdrop_removed(drawing.picture)
            if picture is None:
                picture = _cut_out(drawing.picture)
            fitted.append(fitter.fit(drawing.path, picture, marks.get(drawing.path.name)))
        except NoFaceError as error:
            left.append(LeftOut(drawing.path, str(error), drawing.picture))
    return fitted, left


def _cut_out(picture: np.ndarray) -> np.ndarray:
    """A picture before a busy background, cut out by the segmentation of people."""
    alpha = np.round(255 * person_mask(np.ascontiguousarray(picture[..., :3]))).astype(np.uint8)
    return np.dstack([picture[..., :3], alpha])


class Shown:
    """Paints the people that sheets show: always the same ones."""

    def __init__(self, pipe: Pipeline) -> None:
        self._pipe = pipe
        held = load_heldout(checkpoint("generator", pipe.root))
        self._people = held.characters[:_PEOPLE]
        self._acts = [
            Performance.still(expression_weights(e), props=expression_props(e)) for e in EXPRESSIONS
        ]

    def people(self, style: StyledNetwork) -> list[list[np.ndarray]]:
        """A row a person, a column an expression."""
        with torch.inference_mode():
            return [
                [np.asarray(self._pipe.draw(person, act, style, 256)) for act in self._acts]
                for person in self._people
            ]

    def character(self, fitted: Fitted) -> np.ndarray:
        """Who was read in a drawing, in the first look."""
        base = self._pipe.generator
        style = StyledNetwork(base, base.style(base.config["styles"][0]))
        with torch.inference_mode():
            return np.asarray(self._pipe.draw(fitted.character, fitted.performance, style, 256))


class Bar:
    """A progress bar that is told how far things are."""

    def __init__(self, watch: Watch, total: int) -> None:
        self._steps = iter(watch(range(total), total, "learning"))
        self._done = 0

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        for _step in self._steps:
            pass

    def to(self, step: int) -> None:
        while self._done < step:
            next(self._steps, None)
            self._done += 1


def card(name: str, about: Mapping[str, Any], palette: Mapping[str, str]) -> str:
    """The text of a style's README."""
    lines = [
        f"# {name}", "",
        f"A style for gen_avatar, learnt from {about['drawings']} drawings in {about['steps']} steps.", "",
        "![preview](preview.png)", "",
        f"    gen-avatar stylize me.jpg --style path/to/{name}",
        f'    gen-avatar stylize me.jpg --style "flat:0.5,path/to/{name}:0.5"', "",
    ]  # fmt: skip
    if palette:
        fixed = ", ".join(f"{item.replace('_', ' ')} {color}" for item, color in palette.items())
        lines += [f"The same for everybody, as in the drawings: {fixed}.", ""]
    lines += [
        "It holds numbers only (safetensors, JSON). Whoever shares it should have the rights to the "
        "drawings.", "",
    ]
    return "\n".join(lines)


def _csv(log: Sequence[Mapping[str, float]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, ["step", "loss", "error"])
    writer.writeheader()
    writer.writerows(log)
    return out.getvalue()
