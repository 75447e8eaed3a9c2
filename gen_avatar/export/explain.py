"""The sheet that explains an avatar: photo, regions, every attribute with its confidence, picture."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gen_avatar.appearance.regions import REGIONS, crop_face
from gen_avatar.errors import UsageError
from gen_avatar.types import CHOICES, Appearance, FaceTrack

#: Colour of each of ``REGIONS`` on the sheet.
REGION_COLORS: tuple[str, ...] = (
    "#d5d8dc", "#f2a65a", "#6a3d9a", "#8c564b", "#1b1b3a", "#17becf", "#d62839", "#ff99c8", "#2a6fdb",
    "#bcbd22", "#2a9d4a", "#7f7f7f",
)  # fmt: skip
#: How much of a region's colour covers the photo; the background is only paled.
_COVER = 0.62
#: Side of the pictures; the head crop's pixels per unit of the face frame and its origin, pixels.
_SIDE, _SCALE, _ORIGIN = 380, 100.0, (190.0, 195.0)
_MARGIN, _GAP, _ROW = 44, 26, 32
_PAGE, _INK, _FAINT, _RULE, _BAR = "#fbfaf7", "#22252b", "#7d828c", "#dfe1e0", "#3a7d6b"


def explain_sheet(
    photo: np.ndarray,
    track: FaceTrack,
    regions: np.ndarray | None,
    appearance: Appearance,
    avatar: np.ndarray,
    title: str = "",
    monk: int | None = None,
) -> Image.Image:
    """What was read from a photo, on one page.

    Args:
        photo: [H, W, 3] uint8 sRGB.
        track: the face that was read.
        regions: [H, W] uint8, indices of ``REGIONS``, or None where nothing was parsed.
        appearance: what was read, with confidences; what is absent from them was never measured.
        avatar: [S, S, 4] uint8, straight alpha.
        title: such as the photo's name.
        monk: step of the Monk scale of the skin as measured, 1 to 10, or None.

    Returns:
        RGB picture.

    Raises:
        UsageError: the regions do not fit the photo or hold an unknown label.
    """
    crop = crop_face(photo, track, _SCALE, (_SIDE, _SIDE), _ORIGIN)
    shown = np.where(crop.valid[..., None], crop.rgb, np.uint8(235))
    labels = None if regions is None else _labels(regions, photo, crop.matrix)
    names = Appearance.names()
    half = -(-len(names) // 2)
    table = _MARGIN + 62 + _SIDE + 78
    width = 2 * _MARGIN + 3 * _SIDE + 2 * _GAP
    page = Image.new("RGB", (width, table + 30 + half * _ROW + _MARGIN), _PAGE)
    draw = ImageDraw.Draw(page)
    draw.text((_MARGIN, _MARGIN - 8), title or "portrait", _INK, ImageFont.load_default(28))

    top = _MARGIN + 62
    picture = Image.fromarray(avatar).convert("RGBA").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    overlay = np.full_like(shown, 240) if labels is None else _overlay(shown, labels)
    heads = ("photo", "regions" if labels is not None else "regions: none", "avatar")
    for i, (name, tile) in enumerate(
        zip(heads, (Image.fromarray(shown), Image.fromarray(overlay), picture), strict=True)
    ):
        x = _MARGIN + i * (_SIDE + _GAP)
        draw.text((x, top - 22), name, _FAINT, ImageFont.load_default(15))
        page.paste(tile, (x, top), tile if tile.mode == "RGBA" else None)
        draw.rectangle((x, top, x + _SIDE - 1, top + _SIDE - 1), outline=_RULE)
    if labels is not None:
        _legend(draw, (_MARGIN + _SIDE + _GAP, top + _SIDE + 10), labels)

    draw.line(((_MARGIN, table), (width - _MARGIN, table)), _RULE, 2)
    column = (width - 2 * _MARGIN - _GAP) // 2
    for i, name in enumerate(names):
        x = _MARGIN + i // half * (column + _GAP)
        _attribute(draw, (x, table + 16 + i % half * _ROW), column, name, appearance, monk)
    return page


def _labels(regions: np.ndarray, photo: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The labels in the head crop, [_SIDE, _SIDE]."""
    if regions.shape != photo.shape[:2]:
        raise UsageError(f"regions are {list(regions.shape)}, the photo {list(photo.shape[:2])}")
    if regions.dtype != np.uint8 or regions.max(initial=0) >= len(REGIONS):
        raise UsageError(f"regions must be uint8 labels below {len(REGIONS)}")
    # Linear blending of labels would invent classes.
    return cv2.warpAffine(regions, matrix, (_SIDE, _SIDE), flags=cv2.INTER_NEAREST)


def _overlay(rgb: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Grey photo under the colours of its regions, [H, W, 3] uint8."""
    colors = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in REGION_COLORS], np.float32)
    grey = rgb.astype(np.float32).mean(-1, keepdims=True)
    return ((1 - _COVER) * grey + _COVER * colors[labels]).round().astype(np.uint8)


def _legend(draw: ImageDraw.ImageDraw, corner: tuple[int, int], labels: np.ndarray) -> None:
    """Name and colour of the regions that are there, four a row."""
    font = ImageFont.load_default(13)
    for place, label in enumerate(np.unique(labels)):
        x, y = corner[0] + place % 4 * (_SIDE // 4), corner[1] + place // 4 * 20
        draw.rectangle((x, y + 2, x + 11, y + 13), REGION_COLORS[label])
        draw.text((x + 15, y), REGIONS[label], _INK, font)


def _attribute(
    draw: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    width: int,
    name: str,
    appearance: Appearance,
    monk: int | None,
) -> None:
    """One row: name, swatch and value, bar and number of the confidence."""
    x, y = corner
    font, small = ImageFont.load_default(16), ImageFont.load_default(14)
    value, sure = getattr(appearance, name), appearance.confidence.get(name, 0.0)
    ink = _INK if sure > 0 else _FAINT
    draw.text((x, y), name.replace("_", " "), _FAINT, font)
    if name in CHOICES:
        draw.text((x + 150, y), value, ink, font)
    else:
        draw.rectangle((x + 150, y, x + 178, y + 19), value, _RULE)
        step = f"   Monk {monk}" if name == "skin_color" and monk and 0 < sure < 1 else ""
        draw.text((x + 188, y), value + step, ink, font)
    bar = x + width - 190
    if sure <= 0:
        draw.text((bar, y + 1), "unknown, a guess", _FAINT, small)
        return
    draw.rectangle((bar, y + 6, bar + 140, y + 14), _RULE)
    draw.rectangle((bar, y + 6, bar + round(140 * sure), y + 14), _BAR)
    draw.text((x + width, y + 1), f"{sure:.2f}", _INK, small, anchor="ra")
