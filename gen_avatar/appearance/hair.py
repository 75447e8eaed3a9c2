"""Hair: where it is, its colour, its length and its texture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gen_avatar.appearance.regions import Crop, skin_zones

#: Lab distances (L, a, b) that count as one step away from the skin.
_SKIN_STEP = np.array([13.0, 7.0, 7.0], np.float32)
#: How sure the person mask must be of hair that makes it long: it bleeds into like-coloured backgrounds, most
#: of all in pictures that end close to the head, but rarely with conviction.
_FIRM_PERSON = 0.9
#: Steps of colour between the crown's hair and what may still be the same hair further down.
_SAME_HAIR = 2.0


@dataclass(frozen=True)
class HairMeasures:
    """What the picture says about the hair. Shares are in [0, 1], lengths in units of the face frame.

    Attributes:
        mask: [H, W] bool in the head crop.
        color: Lab [3], of the lit part; None where there is too little hair.
        scalp: evidence of hair above the forehead: darker, less red or grainier than skin; 1.3 = even odds.
        shade: L* of that zone below the skin's.
        forehead: share of the forehead's middle covered by hair.
        sides: (left, right of the picture): share of the band beside the face, from eyes to mouth, covered
            by hair that is surely the crown's.
        neck: the same from the chin down to half a unit below it, as far as hair beside the face leads there.
        chest: the same further down, as far as hair beside the neck leads there.
        top: height of the silhouette above the eyes.
        width: half of the silhouette's greatest width above the mouth.
        volume: (left, right): how far the sure hair stands out beyond the face from brows to nose.
        coherence: mean coherence of the gradients within the hair: 1 = all strands parallel.
        seen: share of the zone above the forehead that the photo and the person mask cover.
        below: False where the picture ends too close under the chin to judge the length.
    """

    mask: np.ndarray
    color: np.ndarray | None
    scalp: float
    shade: float
    forehead: float
    sides: tuple[float, float]
    neck: tuple[float, float]
    chest: tuple[float, float]
    top: float
    width: float
    volume: tuple[float, float]
    coherence: float
    seen: float
    below: bool


def skin_distance(lab: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """[H, W] distance from a skin colour [3], in steps; light counts less than shade, both less than hue."""
    delta = (lab - skin) / _SKIN_STEP
    delta[..., 0] = np.where(delta[..., 0] > 0, 0.5 * delta[..., 0], delta[..., 0])
    return np.sqrt((delta**2).sum(-1))


def face_oval(crop: Crop) -> np.ndarray:
    """[H, W] bool: the face from the jaw up to just above the brows."""
    raised = crop.points[[26, 24, 19, 17]] - [0.0, 0.04 * crop.scale]
    return crop.polygon(np.concatenate([crop.points[:17], raised]))


def hair_mask(crop: Crop, lab: np.ndarray, skin: np.ndarray, person: np.ndarray) -> np.ndarray:
    """[H, W] bool: hair of the head, by GrabCut from seeds round the skull, at half the crop's resolution."""
    inside = ((person > 0.5) & crop.valid)[::2, ::2]
    label, seeds = _seed_labels(crop, lab[::2, ::2], skin, inside)
    if seeds.sum() < 0.004 * seeds.size:
        return np.zeros(crop.valid.shape, bool)
    # One flat colour for all that is not the person leaves the other colour models to skin and clothes.
    picture = np.where(inside[..., None], crop.rgb[::2, ::2], np.array([0, 0, 255], np.uint8))
    cv2.setRNGSeed(0)
    cv2.grabCut(picture, label, None, np.zeros((1, 65)), np.zeros((1, 65)), 1, cv2.GC_INIT_WITH_MASK)
    mask = ((label == cv2.GC_FGD) | (label == cv2.GC_PR_FGD)).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    # Hair hangs together: keep what touches the seeds.
    count, parts = cv2.connectedComponents(mask)
    rooted = np.zeros(count, bool)
    rooted[np.unique(parts[seeds])] = True
    rooted[0] = False
    return np.repeat(np.repeat(rooted[parts], 2, 0), 2, 1)


def _seed_labels(
    crop: Crop, lab: np.ndarray, skin: np.ndarray, inside: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What to start GrabCut from: its labels uint8, and the certain hair, both at half resolution."""
    x, y = (axis[::2, ::2] for axis in crop.grid())
    distance = skin_distance(lab, skin)
    oval = face_oval(crop)[::2, ::2]
    brow, chin = float(crop.frame[19:25, 1].mean()), float(crop.frame[8, 1])
    label = np.full(inside.shape, cv2.GC_BGD, np.uint8)
    around = inside & ~oval & (y < 0.15) & ((x / 1.05) ** 2 + ((y - 0.1) / 1.5) ** 2 < 1)
    around &= (y < brow - 0.35) | (np.abs(x) > 0.7)
    if not around.any():
        return label, around
    far = float(np.clip(0.8 * np.percentile(distance[around], 70), 1.3, 2.6))
    seeds = around & (distance > far)
    if not seeds.any():
        return label, seeds
    label[inside] = cv2.GC_PR_BGD
    label[inside & ~oval & (distance > 0.8 * far) & (y < chin)] = cv2.GC_PR_FGD
    # Long hair below the chin: the colours of the hair above (its dark, middle and lit parts), hanging beside
    # the neck. Left to the background it would teach that model the colours of hair.
    colors = lab[seeds][np.argsort(lab[seeds][:, 0])]
    thirds = [np.median(third, 0) for third in np.array_split(colors, 3) if len(third)]
    own = np.min([(((lab - third) / _SKIN_STEP) ** 2).sum(-1) for third in thirds], axis=0)
    hanging = inside & ~oval & (np.abs(x) > 0.25) & (np.abs(x) < 1.4) & (y >= chin) & (y < chin + 1.6)
    label[hanging & (own < 2.0**2) & (own < distance**2)] = cv2.GC_PR_FGD
    label[seeds] = cv2.GC_FGD
    label[inside & (distance < 0.5 * far) & (y < chin)] = cv2.GC_BGD
    label[inside & (y > chin + 0.2) & (np.abs(x) < 0.25)] = cv2.GC_BGD
    label[oval & (y > brow + 0.15)] = cv2.GC_BGD
    return label, seeds


def _share(mask: np.ndarray, zone: np.ndarray) -> float:
    return float(mask[zone].mean()) if zone.any() else 0.0


def measure_hair(crop: Crop, lab: np.ndarray, skin: np.ndarray, person: np.ndarray) -> HairMeasures:
    """Measure the hair of a head crop.

    Args:
        crop: from :func:`~gen_avatar.appearance.regions.head_crop`.
        lab: [H, W, 3] of the crop.
        skin: Lab [3] of the skin as the camera saw it.
        person: [H, W] in [0, 1].
    """
    x, y = crop.grid()
    mask = hair_mask(crop, lab, skin, person)
    inside = (person > 0.5) & crop.valid
    frame = crop.frame
    chin, mouth, brow = float(frame[8, 1]), float(frame[62, 1]), float(frame[19:25, 1].mean())
    edge_right, edge_left = float(frame[0:5, 0].min()), float(frame[12:17, 0].max())
    middle = (edge_right + edge_left) / 2
    over_brows = (y < brow - 0.1) & (y > brow - 0.4)
    forehead_zone = crop.valid & (np.abs(x - float(frame[27, 0])) < 0.35) & over_brows
    sure = _sure_hair(crop, lab, mask, person, brow)
    strands = [_hanging(crop, sure, side) for side in (-1, 1)]
    scalp, shade = _scalp(crop, lab, skin, inside & (np.abs(x - middle) < 0.42), brow)
    color = None
    if mask.sum() > 0.004 * mask.size:
        # On the head itself, where neither clothes nor neighbours nor the background are taken for hair.
        core = cv2.erode(sure.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        core &= (y < mouth) & (np.abs(x - middle) < 1.1)
        pixels = lab[core if core.sum() > 50 else mask]
        color = np.median(pixels[pixels[:, 0] >= np.percentile(pixels[:, 0], 40)], 0)
    upper = (mask | inside) & (y < mouth) & (np.abs(x - middle) < 1.6)
    rows, columns = np.nonzero(upper & (np.abs(x - middle) < 0.6))
    top = float((crop.origin[1] - rows.min()) / crop.scale) if len(rows) else 0.0
    widths = (mask & (y < mouth)).any(0)
    extent = np.abs(x[0][widths] - middle)
    bottom = crop.valid[:, int(crop.origin[0]) - 20 : int(crop.origin[0]) + 20].any(1).nonzero()[0]
    below = len(bottom) > 0 and (bottom.max() - crop.origin[1]) / crop.scale > chin + 0.35
    return HairMeasures(
        mask=mask,
        color=color,
        scalp=scalp,
        shade=shade,
        forehead=_share(mask, forehead_zone),
        sides=(strands[0][0], strands[1][0]),
        neck=(strands[0][1], strands[1][1]),
        chest=(strands[0][2], strands[1][2]),
        top=top,
        width=float(np.percentile(extent, 95)) if widths.any() else 0.0,
        volume=(_volume(crop, sure, -1), _volume(crop, sure, 1)),
        coherence=_coherence(crop, lab, mask),
        seen=_share(inside, (np.abs(x - middle) < 0.42) & _above_forehead(y, brow)),
        below=bool(below),
    )


def _sure_hair(crop: Crop, lab: np.ndarray, mask: np.ndarray, person: np.ndarray, brow: float) -> np.ndarray:
    """[H, W] bool: the part of a hair mask that has the crown's colours, well inside the person."""
    x, y = crop.grid()
    firm = mask & (person > _FIRM_PERSON)
    crown = firm & (y < brow) & (np.abs(x) < 0.9)
    if crown.sum() < 50:
        return np.zeros_like(mask)
    colors = lab[crown][np.argsort(lab[crown][:, 0])]
    shades = [np.median(part, 0) for part in np.array_split(colors, 4)]
    away = np.min([(((lab - shade) / _SKIN_STEP) ** 2).sum(-1) for shade in shades], axis=0)
    return firm & (away < _SAME_HAIR**2)


def _hanging(crop: Crop, sure: np.ndarray, side: int) -> tuple[float, float, float]:
    """Shares of hair beside the face, the neck and the chest on one side of the picture (-1 left, 1 right).

    Hair hangs from the head: what lies lower counts no more than what is above it, so that a dark coat or
    background below the ears does not make long hair.
    """
    _, y = crop.grid()
    chin, mouth = float(crop.frame[8, 1]), float(crop.frame[62, 1])
    away, edge = _sideways(crop, side)
    beside = crop.valid & (away > edge + 0.02) & (away < edge + 0.4)
    below = crop.valid & (away > 0.3) & (away < 1.1)
    face = _share(sure, beside & (y > 0.0) & (y < mouth))
    neck = min(face, _share(sure, below & (y > chin - 0.05) & (y < chin + 0.45)))
    chest = min(1.5 * neck, _share(sure, below & (y > chin + 0.55) & (y < chin + 1.2)))
    return face, neck, chest


def _sideways(crop: Crop, side: int) -> tuple[np.ndarray, float]:
    """[1, W] distance from the face's middle to one side of the picture, and half the face's width."""
    x, _ = crop.grid()
    left, right = float(crop.frame[0:5, 0].min()), float(crop.frame[12:17, 0].max())
    return side * (x - (left + right) / 2), (right - left) / 2


def _volume(crop: Crop, sure: np.ndarray, side: int) -> float:
    """How far hair stands out beyond the face on one side, from above the brows to the nose."""
    _, y = crop.grid()
    away, edge = _sideways(crop, side)
    zone = sure & (away > 0) & (y > float(crop.frame[19:25, 1].mean()) - 0.7) & (y < float(crop.frame[30, 1]))
    rows = zone.any(1)
    if not rows.any():
        return 0.0
    return max(float(np.percentile(np.where(zone, away, 0).max(1)[rows], 80)) - edge, 0.0)


def _above_forehead(y: np.ndarray, brow: float) -> np.ndarray:
    """The rows where a bald head still shows scalp."""
    return (y < brow - 0.62) & (y > brow - 0.92)


def _scalp(
    crop: Crop, lab: np.ndarray, skin: np.ndarray, column: np.ndarray, brow: float
) -> tuple[float, float]:
    """Evidence of hair in a column of the head above the forehead, and L* of its shade."""
    _, y = crop.grid()
    zone = column & _above_forehead(y, brow)
    cheeks = np.logical_or.reduce(list(skin_zones(crop).values()))
    if zone.sum() < 50 or not cheeks.any():
        return 0.0, 0.0
    delta = np.median(lab[zone], 0) - skin
    lightness = lab[..., 0]
    fine = np.abs(lightness - cv2.GaussianBlur(lightness, (0, 0), 1.5))
    ratio = float(np.median(fine[zone])) / max(float(np.median(fine[cheeks])), 0.1)
    grain = float(np.clip(0.87 * np.log2(max(ratio, 1e-3)), 0, 2))
    return max(-float(delta[0]), 0) / 30 + grain + max(-float(delta[1]), 0) / 12, -float(delta[0])


def _coherence(crop: Crop, lab: np.ndarray, mask: np.ndarray) -> float:
    """Mean coherence of the structure tensor within a hair mask: 1 where strands are parallel."""
    lightness = cv2.GaussianBlur(lab[..., 0], (0, 0), 1.0)
    gx, gy = cv2.Sobel(lightness, cv2.CV_32F, 1, 0), cv2.Sobel(lightness, cv2.CV_32F, 0, 1)
    sigma = 0.06 * crop.scale
    xx, yy, xy = (cv2.GaussianBlur(v, (0, 0), sigma) for v in (gx * gx, gy * gy, gx * gy))
    coherence = np.sqrt((xx - yy) ** 2 + 4 * xy**2) / (xx + yy + 1e-3)
    inner = cv2.erode(mask.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    return float(coherence[inner].mean()) if inner.any() else 1.0


def hair_style(m: HairMeasures) -> tuple[str, float]:
    """The wardrobe's hair style nearest to the measures, and the confidence in it."""
    if m.scalp < 1.3 or m.color is None:
        trust = float(np.clip((1.6 - m.scalp) / 1.6, 0.1, 0.8))
        return ("buzz" if m.shade > 13 else "bald"), trust
    fuller, thinner = max(m.sides), min(m.sides)
    if not m.below and thinner > 0.5:
        return "long", 0.3
    # A turned head shows its hair on one side alone: the side that shows more decides.
    curtain = max(neck if face > 0.8 else 0.0 for face, neck in zip(m.sides, m.neck, strict=True))
    if m.below and (max(m.chest) > 0.15 or max(m.neck) > 0.5 or curtain > 0.25):
        return ("wavy" if m.coherence < 0.72 else "long"), 0.6
    # Hair beside the face alone may be the background's shade: then both sides must have it.
    if (m.below and max(m.neck) > 0.15) or (fuller > 0.55 and thinner > 0.25):
        return ("bob-fringe" if m.forehead > 0.5 else "bob"), 0.5
    style, trust = _short_style(m)
    # What one side alone suggests, or what lies below the picture's end, is not denied with certainty.
    return style, trust if m.below and fuller < 0.5 else 0.6 * trust


def _short_style(m: HairMeasures) -> tuple[str, float]:
    """Which of the short styles; volume and texture are weak evidence, hence the low confidence.

    Tied hair looks short from the front: a bun or a ponytail is never claimed.
    """
    # A mop stands out on both sides; a turned head or one beside another person only seems to.
    even = max(m.volume) - min(m.volume) < 0.3
    if even and m.coherence < 0.60 and m.top > 1.7 and min(m.volume) > 0.4:
        return "afro", 0.3
    if even and m.coherence < 0.48 and m.top > 1.5 and min(m.volume) > 0.35:
        return "curly", 0.4
    if m.forehead > 0.5:
        return "fringe", 0.4
    if even and m.coherence < 0.57 and m.top > 1.5 and min(m.volume) > 0.2:
        return "curly", 0.3
    if m.forehead < 0.15 and m.top > 1.42 and m.width < 1.05:
        return "quiff", 0.3
    return "short", 0.5
