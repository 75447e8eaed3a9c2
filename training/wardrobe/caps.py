"""The baseball cap, with panels, a button and a visor over the forehead; and the beret."""

from __future__ import annotations

import numpy as np

from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.shapes import Solid, ball, join, rings, worn
from training.wardrobe.shells import HIGH, SHARES, Hem, cover, hem, shell, swell
from training.wardrobe.surface import HeadSurface
from training.wardrobe.tucked import tucked

#: Panels; how deep the seams between them are, cm, and degrees to either side of one that columns lie at.
_PANELS, _SEAM, _BESIDE = 6, 0.10, (0.6, 1.7)
#: Azimuth where the visor ends at the crown, degrees, its columns and rows, and how far above the hem it is
#: sewn on in front and at its ends, degrees.
_ENDS, _COLUMNS, _ROWS, _SEWN = 74.0, 33, 10, (13.0, 6.0)
#: How far it reaches ahead of the crown and beside its own ends, how far it drops in front, and how much
#: more its corners do, cm.
_AHEAD, _WIDE, _DROP, _CORNERS = 6.4, 1.0, 3.0, 0.15
#: Half its thickness, cm.
_THICK = 0.17


def _columns() -> np.ndarray:
    """Azimuths, degrees: close together at the seams, or those would be wide and soft."""
    step = 360 / _PANELS
    seams = np.arange(-180.0, 180.0, step)
    beside = [seams + sign * away for away in _BESIDE for sign in (1, -1)]
    between = [seams + step * share for share in np.linspace(0.15, 0.85, 6)]
    turn = np.concatenate([seams, *beside, *between])
    return np.sort((turn + 180) % 360 - 180)


def _seams(azimuth: np.ndarray) -> np.ndarray:
    """1 along the seams that run up a cap, the first in front, 0 between them."""
    step = 360 / _PANELS
    away = np.abs((azimuth + step / 2) % step - step / 2)
    return np.clip(1 - away / _BESIDE[1], 0, 1)


def _visor(head: HeadSurface) -> Solid:
    """A curved sheet from the crown: seen from ahead a crescent below it, dark underneath."""
    share = np.linspace(-1, 1, _COLUMNS)
    turn = np.radians(90 * share)
    azimuth = _ENDS * share
    across, ahead = np.sin(turn), np.cos(turn)
    sewn = HIGH(azimuth) + _SEWN[1] + (_SEWN[0] - _SEWN[1]) * ahead
    base = head.at(azimuth, sewn, 0.55)
    end, front = base[-1], base[_COLUMNS // 2]
    edge = np.stack(
        [
            (end[0] + _WIDE * np.abs(np.sin(2 * turn))) * across,
            end[1] + (front[1] - _DROP - end[1]) * ahead - _CORNERS * np.sin(2 * np.abs(turn)) ** 2,
            end[2] + (front[2] + _AHEAD - end[2]) * ahead**0.8,
        ],
        1,
    )
    s = np.linspace(0, 1, _ROWS)[:, None, None]
    flat = base + (edge - base) * s
    # It arches over from the crown and falls towards its edge.
    flat[..., 1] += 0.8 * np.sin(np.pi * s[..., 0]) * ahead
    lift = np.array([0.0, _THICK, 0.0])
    round_edge = flat[-1] + 0.8 * _THICK * np.stack([across, 0 * across, ahead], 1)
    # Rows of stitches, and the edge; below it is dark.
    top = np.where(np.arange(_ROWS) % 3 == 1, -0.7, 0.0)[:, None] + 0 * share
    top[:2] = -1.0
    tone = np.concatenate([top, 0 * top[-1:] - 1.0, np.full_like(top, -1.0)])
    sheet = np.concatenate([flat + lift, round_edge[None], flat[::-1] - lift])
    return rings(sheet, flat.mean((0, 1)), closed=False, tone=tone)


def cap(head: HeadSurface) -> tuple[Garment, ...]:
    """A baseball cap: a high front, a curved visor, a button."""

    def height(a: np.ndarray, u: np.ndarray) -> np.ndarray:
        front = np.exp(-((a / 55) ** 2)) * np.sin(np.pi * np.clip(u * 1.05, 0, 1))
        return swell(u, 0.75, 2.2, 0.5) + 0.75 * front - _SEAM * _seams(a) * np.clip((1 - u) * 6, 0, 1)

    def paint(a: np.ndarray, u: np.ndarray) -> np.ndarray:
        return -0.9 * _seams(a) * np.clip((1 - u) * 8, 0, 1)

    crown = shell(head, HIGH, SHARES, height, turn=_columns(), paint=paint)
    button = ball(head.at(0.0, 90.0, 2.5), [0.95, 0.45, 0.95])
    return (
        worn(crown, **cover(head, HIGH)),
        worn(join([_visor(head), button]), "trim"),
        tucked(head, HIGH),
    )


#: Towards which azimuth a beret leans, degrees, how much lower it hangs there, degrees, how far it stands
#: out all round and more there, cm, and where it is widest, share of the way from its edge to its top.
_LEAN, _HANGS, _STANDS, _LEANS, _WIDEST = 105.0, 9.0, 2.1, 1.9, 0.2


def beret(head: HeadSurface) -> tuple[Garment, ...]:
    """A flat round cap over a narrow band; it hangs over to one side and has a short stalk."""
    low = hem(27, 24.5, 17, 4, -6)

    def lean(a: np.ndarray) -> np.ndarray:
        return np.cos(np.radians(a - _LEAN))

    def height(a: np.ndarray, u: np.ndarray) -> np.ndarray:
        # Up to where it is widest it bulges, beyond it slopes to the flat top.
        out = np.where(
            u < _WIDEST,
            np.sqrt(np.clip(1 - (1 - u / _WIDEST) ** 2, 0, 1)),
            np.cos(np.pi / 2 * np.clip((u - _WIDEST) / (1 - _WIDEST), 0, 1)),
        )
        return 0.75 + out * (_STANDS + _LEANS * lean(a)) + 0.9 * u

    edge: Hem = lambda a: low(a) + 4 - _HANGS * np.clip(lean(a), 0, 1) ** 2  # noqa: E731
    body = shell(
        head, edge, (0, 0.02, 0.05, 0.1, 0.125, 0.15, 0.2, 0.27, 0.35, 0.45, 0.56, 0.68, 0.8, 0.91, 1.0),
        height,
        paint=lambda a, u: np.where(u < 0.11, -0.9, 0.0) + 0 * a,
    )  # fmt: skip
    stalk = ball(head.at(0.0, 90.0, 2.2), [0.38, 0.85, 0.38], 10, 7)
    band = shell(head, low, (0, 0.2, 0.6, 1.0), lambda a, u: 0.8 + 0 * a, lambda a: low(a) + 8)
    return (
        worn(join([body, stalk]), **cover(head, low)),
        worn(band, "trim"),
        tucked(head, low),
    )
