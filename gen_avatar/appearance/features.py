"""Colours of skin, eyes, lips and brows in a fine crop of the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen_avatar.appearance.regions import Crop, disc, skin_zones

#: Lightness (L*) of white in a well exposed picture, and by what factor a darker one is brought there
#: at most; set on labelled photos.
_WHITE, _MOST = 92.0, 1.3


#: Radius round an eye, and of a cheek, that is looked at for how dark the eyes lie, units.
_EYE_DISC, _CHEEK_DISC = 0.17, 0.1
#: Share of the cheek's lightness (as L* + 16) below which skin is overgrown.
_OVERGROWN = 0.68


def _cheeks_lightness(crop: Crop, lightness: np.ndarray) -> float:
    p = crop.frame
    zones = [disc(crop, 0.55 * p[eye] + 0.45 * p[mouth], _CHEEK_DISC) for eye, mouth in ((41, 48), (46, 54))]
    cheeks = lightness[zones[0] | zones[1]]
    return float(np.median(cheeks)) if len(cheeks) else float("nan")


def lens_lightness(crop: Crop, lightness: np.ndarray) -> float:
    """How light the lighter part of what lies round the eyes is against the cheeks: below 1, the less through
    dark lenses; lids and whites of eyes are nearly as light as skin. NaN where it is not in the photo.

    Args:
        lightness: [H, W] L* of the face crop.
    """
    eyes = disc(crop, crop.frame[36:42].mean(0), _EYE_DISC) | disc(crop, crop.frame[42:48].mean(0), _EYE_DISC)
    if not eyes.any():
        return float("nan")
    return (float(np.percentile(lightness[eyes], 80)) + 16) / (_cheeks_lightness(crop, lightness) + 16)


def overgrown(crop: Crop, lightness: np.ndarray) -> tuple[float, float]:
    """Shares of the upper lip's skin and of the chin that are much darker than the cheeks."""
    p, down = crop.points, np.array([0, 0.03 * crop.scale])
    lip = crop.polygon(np.concatenate([p[48:55], p[[35, 34, 33, 32, 31]] + down]))
    middle = 0.55 * p[8] + 0.45 * p[57]
    chin = disc(crop, (middle - crop.origin) / crop.scale, 0.09)
    dark = lightness + 16 < _OVERGROWN * (_cheeks_lightness(crop, lightness) + 16)
    on_lip, on_chin = (float(dark[zone].mean()) if zone.any() else 0.0 for zone in (lip, chin))
    return on_lip, on_chin


def exposure_gain(lightness: np.ndarray) -> float:
    """What a picture's underexposure has taken from it, as a factor of L* + 16, 1 or more.

    Exposure is a gain of the light, under which L* + 16 grows by one factor: what lifts light skin by twenty
    steps of L* lifts deep skin by ten. A dim picture may well show deep skin in good light, so the gain is
    bounded.

    Args:
        lightness: L* of the pixels around, any shape.
    """
    white = float(np.percentile(lightness, 98)) if lightness.size else _WHITE
    return float(np.clip((_WHITE + 16) / (white + 16), 1, _MOST))


def exposed(color: np.ndarray, gain: float) -> np.ndarray:
    """Lab [3] of a colour in better light; ``gain`` as from :func:`exposure_gain`."""
    value = (float(color[0]) + 16) * gain - 16
    return np.array([value, *(color[1:] * (max(value, 0.0) / max(float(color[0]), 1.0)) ** 0.5)])


def _skin_zones(crop: Crop, lab: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Lab [N, 3] of each zone of skin that is large enough, and how far its median [Z, 3] is from theirs."""
    zones = [lab[zone] for zone in skin_zones(crop).values() if zone.sum() > 40]
    if not zones:
        return [], np.zeros((0, 3))
    medians = np.array([np.median(zone, 0) for zone in zones])
    return zones, medians - np.median(medians, 0)


def _clear_skin(zones: list[np.ndarray], away: np.ndarray) -> np.ndarray:
    """Lab [N, 3] of all zones but those that hair, a hand or a rim of glasses covers: they differ."""
    far = np.linalg.norm(away * [0.5, 1, 1], axis=1)
    return np.concatenate([p for p, d in zip(zones, far, strict=True) if d < 12] or zones)


def skin_color(crop: Crop, lab: np.ndarray) -> tuple[np.ndarray, float]:
    """Lab [3] of the lit skin without shine, and the zones' agreement in [0, 1]."""
    zones, away = _skin_zones(crop, lab)
    if not zones:
        return np.array([65.0, 14.0, 20.0]), 0.0
    joined = _clear_skin(zones, away)
    low, high = np.percentile(joined[:, 0], [50, 93])
    lit = joined[(joined[:, 0] >= low) & (joined[:, 0] <= high)]
    spread = float(np.mean(np.linalg.norm(away * [0.4, 1, 1], axis=1)))
    return np.median(lit, 0), float(np.clip(1.2 - spread / 12, 0, 1))


def skin_yellow(crop: Crop, lab: np.ndarray) -> float:
    """Lab b of all skin, lit or not: light that glances off it is white and hides some of its yellow."""
    zones, away = _skin_zones(crop, lab)
    return float(np.median(_clear_skin(zones, away)[:, 2])) if zones else 20.0


@dataclass(frozen=True)
class BrowMeasures:
    """Thickness class, Lab colour [3] and confidence of the brows."""

    style: str
    color: np.ndarray
    trust: float


def measure_brows(crop: Crop, lab: np.ndarray, skin: np.ndarray) -> BrowMeasures:
    """Thickness and colour of the darker pixels in the band of the brows."""
    p, s = crop.points, crop.scale
    heights, colors, gaps = [], [], []
    for index in (range(17, 22), range(22, 27)):
        line = p[list(index)]
        x0, x1 = float(line[:, 0].min()) + 0.05 * s, float(line[:, 0].max()) - 0.05 * s
        columns = np.arange(int(max(x0, 0)), int(min(x1, lab.shape[1])))
        if len(columns) < 8:
            continue
        order = np.argsort(line[:, 0])
        centre = np.interp(columns, line[order, 0], line[order, 1])
        rows = centre[None] + np.arange(int(-0.10 * s), int(0.14 * s))[:, None]
        rows = rows.astype(int).clip(0, lab.shape[0] - 1)
        band = lab[rows, columns[None]]
        gap = skin[0] - np.percentile(band[..., 0], 15)
        dark = band[..., 0] < skin[0] - 0.5 * gap
        heights.append(float(np.median(dark.sum(0))) / s)
        # The core of the brow: its edge is half skin.
        core = band[..., 0] <= np.percentile(band[dark][:, 0], 40) if dark.any() else dark
        colors.append(np.median(band[core], 0) if core.any() else skin)
        gaps.append(gap)
    if not heights:
        return BrowMeasures("natural", skin, 0.0)
    height = float(np.mean(heights))
    # Limits: the lowest and the highest eighth of the labelled photos.
    style = "thin" if height < 0.085 else "thick" if height > 0.143 else "natural"
    return BrowMeasures(style, np.mean(colors, 0), float(np.clip(np.mean(gaps) / 40, 0, 0.7)))


def iris_color(crop: Crop, lab: np.ndarray) -> tuple[np.ndarray, float]:
    """Lab [3] of the irises without pupil and highlights, and its confidence (0 without iris points)."""
    unknown = np.array([35.0, 8.0, 15.0]), 0.0
    if crop.iris is None:
        return unknown
    xx = np.arange(lab.shape[1], dtype=np.float32)[None]
    yy = np.arange(lab.shape[0], dtype=np.float32)[:, None]
    pixels = []
    diameter = 0.0
    for eye, ring in ((slice(36, 42), crop.iris[0]), (slice(42, 48), crop.iris[1])):
        radius = float(np.linalg.norm(ring[1:] - ring[0], axis=1).mean())
        diameter = max(diameter, 2 * radius / crop.magnification)
        away = (xx + 0.5 - ring[0, 0]) ** 2 + (yy + 0.5 - ring[0, 1]) ** 2
        zone = (away < (0.85 * radius) ** 2) & (away > (0.4 * radius) ** 2) & crop.polygon(crop.points[eye])
        pixels.append(lab[zone])
    joined = np.concatenate(pixels)
    if len(joined) < 30:
        return unknown
    low, high = np.percentile(joined[:, 0], [30, 85])
    middle = joined[(joined[:, 0] >= low) & (joined[:, 0] <= high)]
    return np.median(middle, 0), float(np.clip((diameter - 6) / 12, 0, 0.8))


def lip_color(crop: Crop, lab: np.ndarray) -> tuple[np.ndarray, float]:
    """Lab [3] of the lips, and its confidence."""
    p = crop.points
    lips = crop.polygon(p[48:60]) & ~crop.polygon(p[60:68])
    if lips.sum() < 40:
        return np.array([55.0, 25.0, 15.0]), 0.0
    color = np.median(lab[lips], 0)
    return color, 0.7 if color[1] > 5 else 0.3
