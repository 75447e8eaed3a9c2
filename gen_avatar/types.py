"""The data that the stages exchange: frozen, readable, savable as JSON.

Frames of reference used everywhere:

* **head frame**: centimetres, right-handed, +x towards the subject's left (the
  right of a picture seen from the front), +y up, +z out of the face.
* **image frame**: pixels, +x right, +y down, the centre of the first pixel at
  (0.5, 0.5).
* **angles**: degrees. Yaw > 0 turns towards the subject's left (the nose moves
  right in the picture), pitch > 0 looks up, roll > 0 turns counter-clockwise
  as seen by the viewer. ``R = Rz(roll) @ Ry(yaw) @ Rx(-pitch)``.
"""

from __future__ import annotations

import json
import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

import numpy as np

from gen_avatar.errors import GenAvatarWarning, MediaError, UsageError, nearest

IDENTITY_DIM = 50

#: The 52 ARKit blendshapes, in Apple's spelling, alphabetical; the order of every expression vector.
ARKIT_52: tuple[str, ...] = (
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight",
    "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight",
    "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft", "eyeSquintRight",
    "eyeWideLeft", "eyeWideRight",
    "jawForward", "jawLeft", "jawOpen", "jawRight",
    "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel",
    "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight",
    "mouthPucker",
    "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthUpperUpLeft", "mouthUpperUpRight",
    "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip

#: Asset names of the 3D character's wardrobe.
HAIR_STYLES = (
    "bald", "buzz", "short", "quiff", "fringe", "curly", "afro", "bob", "bob-fringe", "long", "wavy",
    "ponytail", "bun",
    # straight and wavy
    "crew", "side-part", "slick-back", "undercut", "spiky", "bowl", "mullet", "pixie", "curtains", "receding",
    "balding", "lob", "long-fringe", "side-swept", "half-up", "shag", "wavy-bob", "wavy-long", "wavy-short",
    # curly, coily, locs, braids and up-dos
    "curly-short", "curly-bob", "curly-long", "curly-fringe", "afro-short", "high-top", "puffs", "twists",
    "box-braids", "cornrows", "locs-short", "locs-long", "braid", "twin-braids", "pigtails", "space-buns",
    "low-bun", "top-knot", "low-ponytail", "crown-braid",
)  # fmt: skip
BEARD_STYLES = (
    "none", "stubble", "moustache", "goatee", "full", "handlebar", "walrus", "chinstrap", "van-dyke",
    "mutton-chops", "boxed", "long", "soul-patch",
)  # fmt: skip
GLASSES_STYLES = (
    "none", "round", "square", "rectangle", "oval", "cat-eye", "aviator", "browline", "rimless", "oversized",
    "hexagon", "sun-square", "sun-aviator", "sun-round",
)  # fmt: skip
BROW_STYLES = ("natural", "thin", "thick", "straight", "arched", "rounded", "bushy", "angled")
HEADWEAR_STYLES = (
    "none", "cap", "beanie", "hijab", "turban", "headband", "straw-hat", "helmet", "bucket-hat", "fedora",
    "beret", "bandana", "headphones",
)  # fmt: skip
EARRING_STYLES = ("none", "studs", "hoops", "drops", "pearls")
CLOTH_STYLES = ("jumper", "v-neck", "turtleneck", "shirt", "hoodie", "polo", "blazer", "tank")
MAKEUP_STYLES = ("none", "blush", "liner", "shadow", "glam")
FRECKLES = ("none", "light", "full")
MOLES = ("none", "cheek", "lip", "chin")
AGES = ("young", "adult", "mature", "old")

#: Things that help an emoji say what it feels; modelled like assets and worn for a performance.
PROPS = (
    "tears", "joy-tears", "hearts", "heart-eyes", "sunglasses", "sweat", "anger-mark", "steam", "zzz", "puff",
    "blown-heart", "thought", "shout", "glint", "queasy",
)  # fmt: skip

_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class Appearance:
    """What a person looks like apart from the shape of the face.

    Colours are sRGB hex strings, ``#rrggbb``. ``confidence`` maps field names to
    [0, 1]; a field that the user has set has confidence 1, one that was never
    measured is absent.
    """

    skin_color: str = "#d9a07a"
    hair_style: str = "short"
    hair_color: str = "#4a3022"
    brow_style: str = "natural"
    brow_color: str = "#3d281d"
    eye_color: str = "#6b4a2e"
    beard_style: str = "none"
    beard_color: str = "#4a3022"
    glasses_style: str = "none"
    glasses_color: str = "#2b2a30"
    lip_color: str = "#c0685f"
    cloth_color: str = "#4a7ab5"
    cloth_style: str = "jumper"
    headwear_style: str = "none"
    headwear_color: str = "#3f5f8f"
    earring_style: str = "none"
    earring_color: str = "#d8b25c"
    makeup_style: str = "none"
    makeup_color: str = "#8a5a83"
    freckles: str = "none"
    mole: str = "none"
    age: str = "adult"
    confidence: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.names():
            check_attribute(name, getattr(self, name))
        for name, value in self.confidence.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                raise UsageError(f"the confidence of {name} must be a number in [0, 1], not {value!r}")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The attributes that can be set, in order."""
        return tuple(f.name for f in fields(cls) if f.name != "confidence")

    def with_values(self, values: Mapping[str, str]) -> Appearance:
        """A copy with ``values`` set by the user, hence with confidence 1.

        Raises:
            UsageError: an unknown attribute or a value that it cannot take.
        """
        for name, value in values.items():
            check_attribute(name, value)
        return replace(self, **values, confidence={**self.confidence, **dict.fromkeys(values, 1.0)})


#: Attributes that are chosen from a list; all others are colours.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "hair_style": HAIR_STYLES,
    "beard_style": BEARD_STYLES,
    "glasses_style": GLASSES_STYLES,
    "brow_style": BROW_STYLES,
    "cloth_style": CLOTH_STYLES,
    "headwear_style": HEADWEAR_STYLES,
    "earring_style": EARRING_STYLES,
    "makeup_style": MAKEUP_STYLES,
    "freckles": FRECKLES,
    "mole": MOLES,
    "age": AGES,
}


def check_attribute(name: str, value: object) -> None:
    """Raise ``UsageError`` unless ``value`` is allowed for the appearance attribute ``name``."""
    if name not in Appearance.names():
        raise UsageError(f"unknown attribute '{name}'; {nearest(name, Appearance.names())}")
    if name in CHOICES:
        if not isinstance(value, str):
            raise UsageError(f"{name} must be a name such as '{CHOICES[name][0]}', not {value!r}")
        if value not in CHOICES[name]:
            raise UsageError(f"{name} '{value}' does not exist; {nearest(value, CHOICES[name])}")
    elif not (isinstance(value, str) and _HEX.fullmatch(value)):
        raise UsageError(f"{name} must be a colour like #a1b2c3, not '{value}'")


#: Fields of a ``character.json``.
_FILE_FIELDS = {"format", "version", "identity", "appearance"}


@dataclass(frozen=True)
class Character:
    """Who: identity coefficients and appearance.

    Attributes:
        identity: [50] coefficients of GenHead's identity modes, in units of σ.
        appearance: colours, hair and accessories.
    """

    identity: np.ndarray = field(default_factory=lambda: np.zeros(IDENTITY_DIM, np.float32))
    appearance: Appearance = field(default_factory=Appearance)

    def __post_init__(self) -> None:
        identity = np.asarray(self.identity, np.float32)
        if identity.shape != (IDENTITY_DIM,) or not np.isfinite(identity).all():
            raise UsageError(f"identity must be {IDENTITY_DIM} finite numbers, got shape {identity.shape}")
        object.__setattr__(self, "identity", identity)

    def to_json(self) -> str:
        """The text of a ``character.json``."""
        data = {
            "format": "gen_avatar.character",
            "version": 1,
            "identity": [round(float(v), 5) for v in self.identity],
            "appearance": asdict(self.appearance),
        }
        return json.dumps(data, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Character:
        """Read ``character.json``.

        Fields that are not known, as a later version may write them, are passed over with a
        ``GenAvatarWarning``.

        Raises:
            MediaError: not a character file.
            UsageError: a field holds a value that it cannot take.
        """
        try:
            data = json.loads(text)
        except ValueError as error:
            raise MediaError(f"not a character file: {error}") from error
        if not isinstance(data, dict) or data.get("format") != "gen_avatar.character":
            raise MediaError('not a character file: the field "format" must be "gen_avatar.character"')
        appearance = data.get("appearance", {})
        identity = data.get("identity", [0.0] * IDENTITY_DIM)
        if not isinstance(appearance, dict) or not isinstance(appearance.get("confidence", {}), dict):
            raise MediaError("not a character file: appearance and its confidence must be objects")
        numbers = isinstance(identity, list) and all(
            isinstance(v, int | float) and not isinstance(v, bool) for v in identity
        )
        if not numbers:
            raise MediaError("not a character file: identity must be a list of numbers")
        known = {k: v for k, v in appearance.items() if k in (*Appearance.names(), "confidence")}
        unknown = [*(data.keys() - _FILE_FIELDS), *(appearance.keys() - known.keys())]
        if unknown:
            warnings.warn(
                f"unknown fields of the character were passed over: {', '.join(sorted(unknown))}",
                GenAvatarWarning,
                stacklevel=2,
            )
        return cls(np.asarray(identity, np.float32), Appearance(**known))

    @classmethod
    def load(cls, path: str | Path) -> Character:
        """Read a ``character.json`` from disk; raises as :meth:`from_json`."""
        try:
            return cls.from_json(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise MediaError(f"cannot read {path}: {error}") from error


@dataclass(frozen=True)
class Performance:
    """What they do, over T frames.

    Attributes:
        expression: [T, 52] ARKit weights in [0, 1], in the order of ``ARKIT_52``.
        gaze: [T, 2, 2] (yaw, pitch) of the left and the right eye relative to the head, degrees.
        head_rotation: [T, 3] (yaw, pitch, roll), degrees.
        head_translation: [T, 3] in the head frame seen from the camera, cm.
        fps: frames a second.
        confidence: [T] in [0, 1].
        props: what is drawn with the face in all frames, such as tears or hearts; names of
            :data:`PROPS`.
    """

    expression: np.ndarray
    gaze: np.ndarray
    head_rotation: np.ndarray
    head_translation: np.ndarray
    fps: float = 30.0
    confidence: np.ndarray = field(default_factory=lambda: np.ones(1, np.float32))
    props: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.props:
            if name not in PROPS:
                raise UsageError(f"unknown prop '{name}'; {nearest(name, PROPS)}")

    def __len__(self) -> int:
        return len(self.expression)

    def at(self, index: int) -> Performance:
        """Frame ``index``, in [0, T), as a performance of one frame."""
        row = slice(index, index + 1)
        return replace(
            self,
            expression=self.expression[row],
            gaze=self.gaze[row],
            head_rotation=self.head_rotation[row],
            head_translation=self.head_translation[row],
            confidence=np.broadcast_to(self.confidence, (len(self),))[row],
        )

    @classmethod
    def still(
        cls,
        expression: Mapping[str, float] | np.ndarray | None = None,
        rotation: tuple[float, float, float] = (0.0, 0.0, 0.0),
        gaze: tuple[float, float] | None = None,
        props: tuple[str, ...] = (),
    ) -> Performance:
        """One frame.

        Args:
            expression: names to weights, or a [52] vector.
            rotation: (yaw, pitch, roll), degrees.
            gaze: (yaw, pitch) of both eyes; without it, it follows the eyeLook weights.
            props: names of :data:`PROPS`.

        Raises:
            UsageError: an unknown blendshape, or a weight outside [0, 1].
        """
        weights = expression_vector(expression)
        eyes = (
            gaze_from_expression(weights) if gaze is None else np.tile(np.asarray(gaze, np.float32), (2, 1))
        )
        if not all(math.isfinite(a) for a in rotation):
            raise UsageError(f"pose must be three finite angles, got {rotation}")
        return cls(
            expression=weights[None],
            gaze=eyes[None].astype(np.float32),
            head_rotation=np.asarray([rotation], np.float32),
            head_translation=np.zeros((1, 3), np.float32),
            props=props,
        )


#: Rotation of the eye at a weight of 1, degrees: (out and in, up, down); a comfortable range of human gaze.
GAZE_RANGE = (35.0, 25.0, 30.0)


def gaze_from_expression(weights: np.ndarray) -> np.ndarray:
    """Eye rotations that the eight eyeLook weights stand for.

    Args:
        weights: [..., 52].

    Returns:
        [..., 2, 2]: (yaw, pitch) of the left and the right eye, degrees.
    """
    side, up, down = GAZE_RANGE
    w = {name: weights[..., ARKIT_52.index(name)] for name in ARKIT_52 if name.startswith("eyeLook")}
    left = (
        side * (w["eyeLookOutLeft"] - w["eyeLookInLeft"]),
        up * w["eyeLookUpLeft"] - down * w["eyeLookDownLeft"],
    )
    right = (
        side * (w["eyeLookInRight"] - w["eyeLookOutRight"]),
        up * w["eyeLookUpRight"] - down * w["eyeLookDownRight"],
    )
    return np.stack([np.stack(left, -1), np.stack(right, -1)], -2)


def expression_vector(expression: Mapping[str, float] | np.ndarray | None) -> np.ndarray:
    """[52] ARKit weights by names or as a vector; raises ``UsageError`` on unknown names or bad weights."""
    weights = np.zeros(len(ARKIT_52), np.float32)
    if isinstance(expression, np.ndarray):
        if expression.shape != weights.shape:
            raise UsageError(f"an expression has {len(ARKIT_52)} weights, got shape {expression.shape}")
        weights = expression.astype(np.float32)
    elif expression:
        for name, value in expression.items():
            if name not in ARKIT_52:
                raise UsageError(f"unknown blendshape '{name}'; {nearest(name, ARKIT_52)}")
            weights[ARKIT_52.index(name)] = value
    if not ((weights >= 0) & (weights <= 1)).all():
        raise UsageError("blendshape weights must lie in [0, 1]")
    return weights


@dataclass(frozen=True)
class FaceTrack:
    """One face in one picture.

    Attributes:
        landmarks: [L, 3] float32; x, y in the image frame, z in pixels, negative towards the
            camera. L is 478 (FaceMesh: 468 + 5 + 5 iris) or 68 (iBUG).
        box: (x0, y0, x1, y1) around the landmarks, pixels.
        confidence: probability that this is a human face with a sound mesh, [0, 1].
        image_size: (width, height) of the picture, pixels.
    """

    landmarks: np.ndarray
    box: tuple[float, float, float, float]
    confidence: float
    image_size: tuple[int, int]

    @property
    def scheme(self) -> str:
        """``"facemesh478"`` or ``"ibug68"``."""
        return "facemesh478" if len(self.landmarks) == 478 else "ibug68"

    @property
    def eye_distance(self) -> float:
        """Distance of the outer eye corners, pixels."""
        right, left = (33, 263) if self.scheme == "facemesh478" else (36, 45)
        return float(np.linalg.norm(self.landmarks[right, :2] - self.landmarks[left, :2]))
