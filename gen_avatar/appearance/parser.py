"""FaceParser: which pixel of a photo is what, and what a person looks like, in one network.

A small U-Net looks at the head (32 pixels per unit of the face frame) and another at the face alone, finer
(96 pixels per unit: rims of glasses, stubble); attributes are read from both. Both see the picture, the
photo's edge, the person mask, where landmarks put the face, its eyes and its lips, and their own place in the
face frame. Trained on drawn photos alone (``training/photos``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn
from torch.nn import functional as F

from gen_avatar.appearance.colour import to_lab
from gen_avatar.appearance.edges import to_edges
from gen_avatar.appearance.features import lens_lightness, overgrown
from gen_avatar.appearance.refine import refined
from gen_avatar.appearance.regions import (
    PORTRAIT_VIEW,
    REGIONS,
    Crop,
    crop_face,
    likeliest,
    portrait_crop,
)
from gen_avatar.appearance.shape import (
    GRAIN_SIZE,
    HANG_SIZE,
    hair_grain,
    hair_hang,
    likelihood,
    only_shine,
    plainly_there,
)
from gen_avatar.appearance.unet import UNet
from gen_avatar.types import BEARD_STYLES, GLASSES_STYLES, HAIR_STYLES, HEADWEAR_STYLES, FaceTrack

#: What is read, and the answers it may have.
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "hair_style": HAIR_STYLES,
    "texture": ("none", "straight", "wavy", "curly", "coily"),
    "hair_length": ("none", "short", "medium", "long"),
    "fringe": ("no", "yes"),
    "parting": ("none", "left", "right", "centre"),
    "hairline": ("full", "receding", "bald", "hidden"),
    "hair_color": ("black", "brown", "blond", "red", "grey", "dyed"),
    "beard_style": BEARD_STYLES,
    "glasses_style": GLASSES_STYLES,
    "headwear_style": HEADWEAR_STYLES,
    "earrings": ("no", "yes"),
    "age": ("child", "young", "middle", "old"),
    "freckles": ("no", "yes"),
    "skin": tuple(str(step) for step in range(1, 11)),
    "eye_color": ("brown", "blue", "green", "grey"),
}
#: The two crops: pixels per unit, (width, height), where the middle of the eyes lies.
HEAD_VIEW = (32.0, (144, 176), (72.0, 64.0))
FACE_VIEW = (96.0, (192, 192), (96.0, 56.0))
#: Channels that a crop has: colour, inside the photo, person, face, eyes, lips, mouth, x, y.
PLANES = 3 + 1 + 1 + 4 + 2
#: Say of the face crop's regions within the face.
_FINE = 0.75
#: From which probability of it on an answer "none" holds; glasses and hats are rarer in life than in
#: the drawn photos, and light, smooth hair looks like a hat.
NOTHING = {"beard_style": 0.5, "glasses_style": 0.2, "headwear_style": 0.5}
#: Share of the face crop that glasses cover at least: rims said but hardly seen are wrinkles or shadows.
_RIMS = 0.015
#: Region → what must be worn for it to be there: shiny scalps look like helmets, folds of skin like rims.
_DENIED_BY = {"headwear": "headwear_style", "glasses": "glasses_style", "beard": "beard_style"}
_HAIR = REGIONS.index("hair")
#: Regions into which hair may reach to its edge.
_AROUND_HAIR = ("background", "skin", "clothes", "other")
#: Cells of either crop in which the share of each region is told to the layers that answer.
_GRID = (8, 6)
#: How much the measured hair counts for its length and its texture, and the least that it leaves of either.
_HANG_SHARE, _GRAIN_SHARE, _DOUBT = 2.0, 0.3, 0.02
#: Where hair is plainly there: what is left of the probability that it is cropped, or of a style bare on top.
_BALD_YET, _BARE_ON_TOP = 0.15, ("bald", "balding")
#: How light the eyes lie at most behind dark lenses, against the cheeks.
_LENS = 0.85
#: From which dark share of the upper lip on it wears a moustache, and up to which the chin is bare; how much
#: likelier a moustache is then, and how much less so stubble or nothing.
_LIP, _CHIN, _LIKELIER, _LESS = 0.5, 0.25, 10.0, 0.05
#: Styles that are nothing but a moustache.
_MOUSTACHES = ("moustache", "handlebar", "walrus")
#: Share of the head crop that headwear has at least, and how far its colour is from hair that is seen (ΔE).
_HAT, _HAT_COLOUR = 0.02, 12.0
#: Probability of none from which on headwear must be plain to see: how far its colour is then from hair and
#: skin, where lightness, of which shine makes much, counts for less.
_HAT_SURE, _HAT_PLAIN, _LIGHT_SHARE = 0.12, 15.0, 0.5
#: Rows of the face crop's coarse map, of twelve, in which glasses and beards are looked for.
_EYE_ROWS, _JAW_ROWS = slice(0, 6), slice(5, 12)


def landmark_planes(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """[4, H, W] uint8: face, eyes, lips and mouth by iBUG points [68, 2]; ``size`` is (width, height)."""
    brows = points[[26, 25, 24, 19, 18, 17]] + 0.35 * (points[[26, 25, 24, 19, 18, 17]] - points[33])
    shapes = (
        [np.concatenate([points[:17], brows])],
        [points[36:42], points[42:48]],
        [points[48:60]],
        [points[60:68]],
    )
    planes = np.zeros((4, size[1], size[0]), np.uint8)
    for plane, polygons in zip(planes, shapes, strict=True):
        cv2.fillPoly(plane, [np.round(p).astype(np.int32) for p in polygons], 1)
    return planes


def crop_planes(
    rgb: np.ndarray,
    valid: np.ndarray,
    person: np.ndarray,
    points: np.ndarray,
    scale: float,
    origin: tuple[float, float],
) -> np.ndarray:
    """[PLANES, H, W] float32: what the network sees of a crop.

    Args:
        rgb: [H, W, 3] uint8; valid: [H, W] bool; person: [H, W] in [0, 1], all 0 where it is unknown.
        points: [68, 2] pixels of the crop; scale, origin: of the crop.
    """
    height, width = valid.shape
    x = (np.arange(width, dtype=np.float32) + 0.5 - origin[0]) / (2 * scale)
    y = (np.arange(height, dtype=np.float32) + 0.5 - origin[1]) / (2 * scale)
    place = np.stack([np.broadcast_to(x, valid.shape), np.broadcast_to(y[:, None], valid.shape)])
    picture = (rgb.astype(np.float32) / 127.5 - 1) * valid[..., None]
    return np.concatenate(
        [
            picture.transpose(2, 0, 1),
            valid[None],
            person[None],
            landmark_planes(points, (width, height)),
            place,
        ]
    ).astype(np.float32)


@dataclass(frozen=True)
class Parsed:
    """What the network says of one face.

    Attributes:
        head, face: the crops it saw; view: the head, finer, a ``portrait_crop``.
        head_regions: [12, 176, 144] and face_regions [12, 192, 192] float32, share of each of ``REGIONS``;
            those of the head are refined by the photo's own colours.
        attributes: name → probability of each answer of ``ATTRIBUTES``, in order.
    """

    head: Crop
    face: Crop
    view: Crop
    head_regions: np.ndarray
    face_regions: np.ndarray
    attributes: dict[str, np.ndarray]

    def wears(self, name: str) -> bool:
        """Whether there is any ``beard_style``, ``glasses_style`` or ``headwear_style``."""
        if self.attributes[name][ATTRIBUTES[name].index("none")] >= NOTHING[name]:
            return False
        if name == "headwear_style":
            return self._hat_seen()
        return name != "glasses_style" or self.face_regions[REGIONS.index("glasses")].mean() >= _RIMS

    def _hat_seen(self) -> bool:
        """Whether there is headwear of another colour than the hair: smooth hair looks like a cap."""
        label = self.head_regions.argmax(0)
        hat, hair, skin = (label == REGIONS.index(name) for name in ("headwear", "hair", "skin"))
        if hat.mean() < _HAT:
            return False
        lab = to_lab(self.head.rgb)
        sure = self.attributes["headwear_style"][ATTRIBUTES["headwear_style"].index("none")] < _HAT_SURE
        for region in (hair,) if sure else (hair, skin):
            if region.mean() < _HAT:
                continue
            away = np.median(lab[hat], 0) - np.median(lab[region], 0)
            if not sure:
                away[0] *= _LIGHT_SHARE
            if np.linalg.norm(away) < (_HAT_COLOUR if sure else _HAT_PLAIN):
                return False
        return True

    @cached_property
    def view_lab(self) -> np.ndarray:
        """[528, 432, 3] Lab of ``view``."""
        return to_lab(self.view.rgb)

    @cached_property
    def _layers(self) -> tuple[np.ndarray, np.ndarray]:
        """[528, 432] uint8: the region of each pixel of ``view``, and what it would be without the hair."""
        scale, (width, height), origin = PORTRAIT_VIEW
        shares = np.empty((len(REGIONS), height, width), np.float32)
        for plane, coarse in zip(shares, self.head_regions, strict=True):
            cv2.resize(coarse, (width, height), plane, interpolation=cv2.INTER_LINEAR)
        # The face crop has the portrait's scale; it sees rims and stubble, and little around the face.
        left, top = (int(a - b) for a, b in zip(origin, FACE_VIEW[2], strict=True))
        rows, columns = slice(top, top + FACE_VIEW[1][1]), slice(left, left + FACE_VIEW[1][0])
        inside = landmark_planes(self.face.points, FACE_VIEW[1])[0].astype(np.float32)
        weight = _FINE * cv2.GaussianBlur(cv2.dilate(inside, np.ones((7, 7), np.uint8)), (0, 0), 3.0)
        shares[:, rows, columns] += weight * (self.face_regions - shares[:, rows, columns])
        for region, name in _DENIED_BY.items():
            if not self.wears(name):
                shares[REGIONS.index(region)] = 0
        return likeliest(shares, _HAIR)

    @cached_property
    def _fine_labels(self) -> np.ndarray:
        labels, beneath = self._layers
        seen = cv2.resize((labels == _HAIR).astype(np.float32), HEAD_VIEW[1], interpolation=cv2.INTER_AREA)
        hair = to_edges(seen, to_lab(self.head.rgb), self.view_lab) & self.view.valid
        around = np.isin(beneath, [REGIONS.index(name) for name in _AROUND_HAIR])
        return np.where(hair & around, np.uint8(_HAIR), beneath)

    def labels(self) -> np.ndarray:
        """[528, 432] uint8: index of the region of each pixel of ``view``; hair to its edges in it."""
        none = float(self.attributes["hair_length"][ATTRIBUTES["hair_length"].index("none")])
        return (self._layers[1] if only_shine(self.head_regions, none) else self._fine_labels).copy()

    def sure_labels(self) -> np.ndarray:
        """As :meth:`labels`, and background where the edges moved what is hair: to measure colours in."""
        return np.where(self._fine_labels == self._layers[0], self._fine_labels, np.uint8(0))

    def photo_labels(self, height: int, width: int) -> np.ndarray:
        """[height, width] uint8: index of the region of each pixel of the photo, 0 beyond the portrait."""
        ratio = PORTRAIT_VIEW[0] / HEAD_VIEW[0]
        matrix = self.head.matrix * ratio
        matrix[:, 2] += (matrix[:, :2].sum(1) - 1) / 2  # from pixel corners to OpenCV's pixel centres
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(self.labels(), matrix, (width, height), flags=flags)


def _pool(x: Tensor) -> Tensor:
    return torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)


class FaceParser(ModelMixin, ConfigMixin):
    """Regions and attributes from a head crop and a face crop.

    Args:
        channels: of the four scales of either U-Net.
        hidden: width of the layer before the attributes.
    """

    @register_to_config
    def __init__(self, channels: Sequence[int] = (16, 32, 64, 112), hidden: int = 320) -> None:
        super().__init__()
        self.head = UNet(PLANES, channels, len(REGIONS))
        self.face = UNet(PLANES, channels, len(REGIONS))
        pooled = 2 * (2 * channels[-1]) + 2 * (2 * channels[-2]) + 2 * len(REGIONS) * _GRID[0] * _GRID[1]
        self.mix = nn.Sequential(nn.Linear(pooled, hidden), nn.ReLU(), nn.Dropout(0.1))
        self.answers = nn.Linear(hidden, sum(map(len, ATTRIBUTES.values())))
        # Temperatures by which confidence is calibrated, one an attribute; set after training.
        self.register_buffer("temperature", torch.ones(len(ATTRIBUTES)))
        # How short, medium and long hair hang, and the grain of each texture; set after training.
        for name, answers, size in (("hang", 3, HANG_SIZE), ("grain", 4, GRAIN_SIZE)):
            self.register_buffer(f"{name}_means", torch.zeros(answers, size))
            self.register_buffer(f"{name}_spread", torch.zeros(size, size))

    def forward(self, head: Tensor, face: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Logits.

        Args:
            head: [B, PLANES, 176, 144]; face: [B, PLANES, 192, 192], see :func:`crop_planes`.

        Returns:
            Regions [B, 12, 176, 144] and [B, 12, 192, 192], and for each attribute [B, answers], divided by
            its temperature.
        """
        regions, _, deep = self.head(head)
        fine, middle, low = self.face(face)
        # How much of what is where; the root makes rims of glasses and rings count.
        bands = [
            (F.adaptive_avg_pool2d(logits.float().softmax(1), _GRID) + 1e-4).sqrt().flatten(1).to(deep.dtype)
            for logits in (regions, fine)
        ]
        pooled = torch.cat(
            [_pool(deep), _pool(low), _pool(middle[:, :, _EYE_ROWS.start * 2 : _EYE_ROWS.stop * 2]),
             _pool(middle[:, :, _JAW_ROWS.start * 2 : _JAW_ROWS.stop * 2]), *bands], 1,
        )  # fmt: skip
        answers = self.answers(self.mix(pooled)).split([len(v) for v in ATTRIBUTES.values()], 1)
        scaled = (a / t for a, t in zip(answers, self.temperature, strict=True))
        return regions, fine, dict(zip(ATTRIBUTES, scaled, strict=True))

    @torch.inference_mode()
    def parse(self, rgb: np.ndarray, track: FaceTrack, person: np.ndarray | None = None) -> Parsed:
        """Read one face.

        Args:
            rgb: [H, W, 3] uint8 sRGB; track: the face, 478 or 68 landmarks.
            person: [H, W] in [0, 1], or None.

        Raises:
            UsageError: the picture is not RGB, or the eyes coincide.
        """
        crops, persons, planes = [], [], []
        for scale, size, origin in (HEAD_VIEW, FACE_VIEW):
            crop = crop_face(rgb, track, scale, size, origin)
            known = np.zeros(crop.valid.shape, np.float32)
            if person is not None:
                known = crop.warp(person.astype(np.float32))
            crops.append(crop)
            persons.append(known)
            planes.append(
                torch.from_numpy(crop_planes(crop.rgb, crop.valid, known, crop.points, scale, origin))[None]
            )
        # ``self.device`` and ``self.dtype`` walk through all modules.
        kind = self.answers.weight
        inputs = [p.to(kind).contiguous(memory_format=torch.channels_last) for p in planes]
        regions, fine, answers = self(*inputs)
        head = refined(
            regions[0].float().softmax(0).cpu().numpy(), crops[0], None if person is None else persons[0],
            landmark_planes(crops[0].points, HEAD_VIEW[1])[0],
        )  # fmt: skip
        said = {name: logits[0].float().softmax(0).cpu().numpy() for name, logits in answers.items()}
        said |= self._held_against(head, crops[0], said) | _face_seen(crops[1], said)
        view = portrait_crop(rgb, track)
        return Parsed(crops[0], crops[1], view, head, fine[0].float().softmax(0).cpu().numpy(), said)

    def _held_against(
        self, shares: np.ndarray, crop: Crop, said: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Style, length and texture of hair with what is measured in mind; cropped hair hangs as short."""
        tables = {name: table.float().cpu().numpy() for name, table in self.named_buffers(recurse=False)}
        hang = likelihood(hair_hang(shares, crop), tables["hang_means"], tables["hang_spread"])
        grain = likelihood(hair_grain(shares, crop), tables["grain_means"], tables["grain_spread"])
        hang = (hang * (1 - len(hang) * _DOUBT) + _DOUBT) ** _HANG_SHARE
        length = said["hair_length"] * hang[[0, 0, 1, 2]]
        style = said["hair_style"].copy()
        if plainly_there(shares, crop):
            length[ATTRIBUTES["hair_length"].index("none")] *= _BALD_YET
            style[[HAIR_STYLES.index(name) for name in _BARE_ON_TOP]] *= _BALD_YET
        texture = said["texture"].copy()
        texture[1:] *= np.maximum(grain, 1e-6) ** _GRAIN_SHARE
        texture[1:] *= (1 - texture[0]) / texture[1:].sum()
        return {"hair_style": style / style.sum(), "hair_length": length / length.sum(), "texture": texture}


def _face_seen(crop: Crop, said: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Beard and glasses as the face crop shows them: dark lenses are dark, a lone moustache is one."""
    lightness = to_lab(crop.rgb)[..., 0]
    glasses, beard = said["glasses_style"].copy(), said["beard_style"].copy()
    if lens_lightness(crop, lightness) >= _LENS:
        dark = np.array(["sun" in style for style in ATTRIBUTES["glasses_style"]])
        glasses[ATTRIBUTES["glasses_style"].index("none")] += glasses[dark].sum()
        glasses[dark] = 0
    lip, chin = overgrown(crop, lightness)
    if lip >= _LIP and chin <= _CHIN:
        names = ATTRIBUTES["beard_style"]
        beard[[names.index(name) for name in _MOUSTACHES]] *= _LIKELIER
        beard[[names.index(name) for name in ("none", "stubble")]] *= _LESS
    return {"glasses_style": glasses, "beard_style": beard / beard.sum()}
