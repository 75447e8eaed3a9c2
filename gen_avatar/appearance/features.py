"""Skin, eyes, lips, brows, beard and glasses in a fine crop of the face."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gen_avatar.appearance.regions import Crop, skin_zones


def neutral_exposure(skin: np.ndarray, lightness: np.ndarray) -> tuple[np.ndarray, float]:
    """Take some of a picture's under- or overexposure out of a skin colour.

    Only part of it: a dim picture may well show deep skin in good light, and turning deep skin light is
    the worse mistake.

    Args:
        skin: Lab [3] as measured.
        lightness: L* of the pixels around, any shape.

    Returns:
        Lab [3], and how far L* was moved.
    """
    white = float(np.percentile(lightness, 98)) if lightness.size else 95.0
    lifted = float(skin[0]) + float(np.clip(0.7 * (92 - white), 0, 14))
    value = lifted if lifted < 80 else 80 + 0.35 * (lifted - 80)
    gain = (value / max(float(skin[0]), 1.0)) ** 0.5
    return np.array([value, *(skin[1:] * gain)]), abs(value - float(skin[0]))


def skin_color(crop: Crop, lab: np.ndarray) -> tuple[np.ndarray, float]:
    """Lab [3] of the lit skin without shine, and the zones' agreement in [0, 1]."""
    medians, pixels = [], []
    for zone in skin_zones(crop).values():
        if zone.sum() > 40:
            pixels.append(lab[zone])
            medians.append(np.median(lab[zone], 0))
    if not pixels:
        return np.array([65.0, 14.0, 20.0]), 0.0
    # A zone that hair, a hand or a rim of glasses covers differs from the others.
    centre = np.median(medians, 0)
    away = np.linalg.norm((np.array(medians) - centre) * [0.5, 1, 1], axis=1)
    kept = [p for p, d in zip(pixels, away, strict=True) if d < 12]
    joined = np.concatenate(kept or pixels)
    low, high = np.percentile(joined[:, 0], [50, 93])
    lit = joined[(joined[:, 0] >= low) & (joined[:, 0] <= high)]
    spread = float(np.mean(np.linalg.norm((np.array(medians) - centre) * [0.4, 1, 1], axis=1)))
    return np.median(lit, 0), float(np.clip(1.2 - spread / 12, 0, 1))


@dataclass(frozen=True)
class BeardMeasures:
    """Darkening against the cheek (L*, positive = darker) and texture of three zones.

    Attributes:
        dark: zone → L* of the cheek minus L* of the zone.
        grain: zone → fine contrast relative to the cheek's.
        gray: zone → loss of chroma against the cheek.
        color: Lab [3] of the darker half of the darkest zone.
    """

    dark: dict[str, float]
    grain: dict[str, float]
    gray: dict[str, float]
    color: np.ndarray


def beard_zones(crop: Crop) -> dict[str, np.ndarray]:
    """Masks of moustache, chin and jaw."""
    p = crop.points
    base = p[33]
    moustache = np.stack([
        p[48] + 0.25 * (p[31] - p[48]), p[31] + 0.25 * (p[48] - p[31]), base + 0.2 * (p[51] - base),
        p[35] + 0.25 * (p[54] - p[35]), p[54] + 0.25 * (p[35] - p[54]), p[53], p[52], p[51], p[50], p[49],
    ])  # fmt: skip
    lip, chin, side = p[57], p[8], np.array([0.14 * crop.scale, 0])
    top = lip + 0.22 * (chin - lip)
    chin_zone = np.stack([
        top - side, top + side,
        p[9] + 0.12 * (lip - p[9]), chin + 0.08 * (lip - chin), p[7] + 0.12 * (lip - p[7]),
    ])  # fmt: skip
    jaw = np.zeros(crop.valid.shape, bool)
    for corner, line in ((48, (3, 4, 5, 6)), (54, (13, 12, 11, 10))):
        outer = p[list(line)]
        inward = outer + 0.38 * (p[corner] - outer)
        outer = outer + 0.10 * (p[corner] - outer)
        jaw |= crop.polygon(np.concatenate([outer, inward[::-1]]))
    return {"moustache": crop.polygon(moustache), "chin": crop.polygon(chin_zone), "jaw": jaw}


def measure_beard(crop: Crop, lab: np.ndarray) -> BeardMeasures:
    """Compare the zones of a beard with the cheeks."""
    zones = skin_zones(crop)
    cheek = zones["right"] | zones["left"]
    lightness = lab[..., 0]
    fine = np.abs(lightness - cv2.GaussianBlur(lightness, (0, 0), 2.5))
    if cheek.sum() < 50:
        cheek = np.logical_or.reduce(list(zones.values()))
    if not cheek.any():
        none = dict.fromkeys(("moustache", "chin", "jaw"), 0.0)
        return BeardMeasures(none, none, none, np.array([25.0, 5.0, 8.0]))
    cheek_l = float(np.median(lightness[cheek]))
    cheek_grain = float(fine[cheek].mean())
    chroma = np.linalg.norm(lab[..., 1:], axis=-1)
    cheek_chroma = float(np.median(chroma[cheek]))
    dark, grain, gray = {}, {}, {}
    color, deepest = np.array([25.0, 5.0, 8.0]), -1e9
    for name, zone in beard_zones(crop).items():
        if zone.sum() < 30:
            dark[name] = grain[name] = gray[name] = 0.0
            continue
        dark[name] = cheek_l - float(np.median(lightness[zone]))
        grain[name] = float(fine[zone].mean()) - cheek_grain
        gray[name] = cheek_chroma - float(np.median(chroma[zone]))
        if dark[name] > deepest:
            deepest = dark[name]
            low = zone & (lightness <= np.percentile(lightness[zone], 40))
            color = np.median(lab[low], 0)
    return BeardMeasures(dark, grain, gray, color)


def beard_style(m: BeardMeasures) -> tuple[str, float]:
    """The beard style nearest to the measures, and the confidence in it.

    Shade darkens a chin as a beard does, but only hair also greys it and adds grain: the three are summed
    in L* units. Weights and limits were set on one half of the labelled photos.
    """

    def evidence(zone: str, shade: float) -> float:
        return shade * m.dark[zone] + 1.5 * m.gray[zone] + 6.0 * m.grain[zone]

    chin, jaw = evidence("chin", 1.0), evidence("jaw", 0.5)
    around = 0.5 * (m.dark["moustache"] + 1.5 * m.gray["moustache"] + chin + 6.0 * m.grain["chin"])
    lip_only = m.dark["moustache"] - max(m.dark["chin"], 0.0)
    if lip_only > 20 and chin < 22 and m.gray["moustache"] > -3:
        return "moustache", float(np.clip(lip_only / 50, 0.4, 0.8))
    if around < 20.5:
        return "none", float(np.clip((24 - around) / 24, 0.15, 0.8))
    trust = float(np.clip((around - 14) / 36, 0.15, 0.7))
    if jaw < 16:
        return "goatee", trust
    darkness = 0.5 * (m.dark["moustache"] + m.dark["chin"])
    # Stubble is a shade on the skin: what takes its colour without darkening it is white hair, and dense.
    white = darkness < 6 and min(m.gray.values()) > 10
    return ("full" if darkness > 24 or white else "stubble"), trust


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


def cloth_color(
    crop: Crop, lab: np.ndarray, person: np.ndarray, hair: np.ndarray
) -> tuple[np.ndarray, float]:
    """Lab [3] of the clothes below the neck in a head crop, and its confidence."""
    _, y = crop.grid()
    zone = (person > 0.6) & crop.valid & ~hair & (y > float(crop.frame[8, 1]) + 0.75)
    if zone.mean() < 0.01:
        return np.array([50.0, 0.0, -25.0]), 0.0
    pixels = lab[zone]
    pixels = pixels[:: max(1, len(pixels) // 2000)]
    # Shirt, jacket and shade are different colours: the largest of three clusters, not their mean.
    cv2.setRNGSeed(0)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    _, label, centres = cv2.kmeans(pixels, 3, np.zeros((0, 1), np.int32), stop, 1, cv2.KMEANS_PP_CENTERS)
    sizes = np.bincount(label.ravel(), minlength=3)
    share = float(sizes.max()) / len(pixels)
    return centres[int(sizes.argmax())], float(np.clip(zone.mean() / 0.08, 0.2, 0.8)) * min(1.0, share + 0.2)
