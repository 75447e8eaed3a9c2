"""Clothes: what is seen of them around the neck and on the shoulders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from gen_avatar.character.surface import smoothstep
from gen_avatar.character.wardrobe.garments import Garment
from training.wardrobe.bust import LAST, Bust, turns
from training.wardrobe.shapes import Solid, ball, closed_tube, garment, join, rings, tube

#: Columns around the body.
_COLUMNS = 60
#: Rows lie close together down to this one of the bust, where pictures end: shoulders are round.
_ELBOWS = 7.2
_UP = np.array([0.0, 1.0, 0.0])
#: What is painted on cloth: the shade along a neckline, by rows; ribs, in turn; what is seen inside a collar.
_SHADE, _RIBS, _INSIDE = (-0.75, -0.3, -0.08), (0.15, -0.6), -0.9
#: Seams of sleeves: where on the shoulder, cm beside the neck, and between which angles from the front.
_SLEEVE, _SLEEVE_ENDS = (5.6, 6.4), (0.7, 2.4)
#: Open collars show skin up to this angle from the front; beyond, it would come out beside them.
_OPEN = 0.95
#: How deep skin below open collars lies around the neck, cm.
_THROAT = 2.0
#: A place on the throat of the rest head, cm.
_AT_THROAT = (0.0, -10.2, 5.2)


def _cloth(*solids: Solid) -> Garment:
    return garment("cloth", "neck", join(solids))


def _pale(*solids: Solid) -> Garment:
    return garment("cloth", "neck", join(solids), "cream")


def _second(*solids: Solid) -> Garment:
    """Collars and ribs."""
    return garment("cloth", "neck", join(solids), "collar")


def _skin(bust: Bust, last: float = 5.0, rows: int = 6, half: float = np.pi) -> Garment:
    """Neck, chest and shoulders that an open collar shows, up to the angle ``half`` from the front."""
    whole = half >= np.pi
    turn = turns(_COLUMNS) if whole else np.linspace(-half, half, 17)
    row = np.r_[np.linspace(0, 3, 9), np.linspace(3, last, rows)[1:]]
    grid = row[:, None] + 0 * turn
    # The throat is the neck's own down to where the shade below the jaw has run out: seams in it would show.
    solid = bust.sheet(turn, grid, _sunk(grid), whole)
    if whole:
        return garment("skin", "neck", solid, "skin")
    # The little that comes out when a head turns lies in the shade of the jaw, as the throat does.
    place = np.tile(np.array(_AT_THROAT, np.float32), (len(solid.vertices), 1))
    return replace(garment("skin", "neck", solid, "throat"), strand=place)


def _sunk(row: np.ndarray) -> np.ndarray:
    """cm by which bare shoulders lie deeper than the bust, at rows of it."""
    return -_THROAT * (1 - smoothstep(1.9, 4.2, row))


def _body(bust: Bust, neckline: np.ndarray, lift: float = 0.25, rows: int = 15, close: float = 0.0) -> Solid:
    """Cloth from the ``neckline`` [columns] down, in rows of the bust; ``close`` 1: all of it on the skin."""
    share = np.linspace(0, 1, rows - 1)[:, None]
    seen = neckline + (_ELBOWS - neckline) * share
    grid = np.concatenate([seen, np.full((1, len(neckline)), LAST)])
    tone = np.zeros_like(grid)
    tone[: len(_SHADE)] = np.array(_SHADE)[:, None]
    return bust.sheet(turns(len(neckline)), grid, lift + close * _sunk(grid), tone=tone)


def _sleeves(bust: Bust, lift: float = 0.25) -> Solid:
    """The seams at which sleeves are sewn on, a line over each shoulder."""
    angle = np.linspace(*_SLEEVE_ENDS, 10)
    beside = _SLEEVE[0] + (_SLEEVE[1] - _SLEEVE[0]) * np.abs(np.cos(angle))
    row = bust.at_width(angle, bust.size[0] + beside)
    seams = [tube(bust.at(sign * angle, row, lift), _UP, 0.13, 0.1) for sign in (1.0, -1.0)]
    return join(seams)


def _rib(bust: Bust, neckline: np.ndarray, lift: float | np.ndarray = 0.3, thick: float = 0.42) -> Solid:
    """A ribbed edge along a neckline."""
    ribs = np.resize(_RIBS, len(neckline))
    return closed_tube(bust.at(turns(len(neckline)), neckline, lift), _UP, thick, thick, ribs)


def _from_front(turn: np.ndarray) -> np.ndarray:
    """Angle from the front, 0..π."""
    return np.abs((turn + np.pi) % (2 * np.pi) - np.pi)


def jumper(bust: Bust) -> tuple[Garment, ...]:
    """A crew neck."""
    line = np.full(_COLUMNS, 1.1)
    return _cloth(_body(bust, line)), _second(
        _rib(bust, line, 0.3, 0.5), _well(bust, 0.2, -0.4), _sleeves(bust)
    )


def turtleneck(bust: Bust) -> tuple[Garment, ...]:
    """Turned over once, smooth."""
    turn = turns(_COLUMNS)
    profile = [(0.12, 1.5), (0.36, 1.85), (0.7, 1.85), (0.95, 1.5), (1.06, 0.9), (1.08, 0.3), (0.98, -0.05),
               (0.9, -0.15), (1.05, -0.5), (1.05, -0.9), (0.6, -1.4)]  # fmt: skip
    fold = np.stack([_loop(bust, turn, out, y) for out, y in profile])
    ribs = np.broadcast_to(np.resize(_RIBS, len(turn)), fold.shape[:2])
    roll = rings(fold, bust.middle, tone=ribs)
    body = _cloth(_body(bust, np.full(_COLUMNS, 1.2)), roll, _well(bust, 0.2, 0.6))
    return body, _second(_sleeves(bust))


def _loop(bust: Bust, turn: np.ndarray, out: float | np.ndarray, y: float | np.ndarray) -> np.ndarray:
    """A line around the neck ``out`` cm beyond its ring, lower at the throat than at the nape."""
    x, z = (bust.size[0] + out) * np.sin(turn), (bust.size[2] + out) * np.cos(turn)
    return bust.middle + np.stack([x, y - 0.13 * z, z], -1)


def _well(bust: Bust, out: float, y: float) -> Solid:
    """What is seen inside a collar that a turned neck leaves: cloth that runs down to the neck."""
    turn = turns(_COLUMNS)
    rows = [_loop(bust, turn, out, y), _loop(bust, turn, -0.5, y - 0.5), _loop(bust, turn, -1.7, y - 1.2)]
    return rings(np.stack(rows), bust.middle - [0, 30, 0], tone=np.full((3, len(turn)), _INSIDE))


def v_neck(bust: Bust) -> tuple[Garment, ...]:
    """A pointed neckline with a rib."""
    line = 1.2 + 1.9 * np.clip(1 - _from_front(turns(_COLUMNS)) / 1.0, 0, 1) ** 1.15
    return _skin(bust, half=_OPEN), _cloth(_body(bust, line)), _second(_rib(bust, line), _sleeves(bust))


#: Angle from the front within which the top of a collar runs down to the throat, and by how much, cm.
_OPENS, _DIP = 0.9, 1.15


#: The row where a collar that is turned down comes to lie on the cloth, and where it is bent to follow it,
#: shares of the way to its edge: between few lines, cloth would come through.
_TURNED, _FALLS = 1.3, (0.0, 0.33, 0.67, 1.0)


def _leaves(
    bust: Bust, stand: float, gap: float, spread: float, fall: Callable[[np.ndarray], np.ndarray],
    lift: float = 0.5, columns: int = 44,
) -> Solid:  # fmt: skip
    """A turned-down collar: up the neck by ``stand``, over, and down to the rows ``fall``.

    ``gap`` and ``spread``: angle of the front edges from the middle, at the neck and how much more below.
    """
    share = np.linspace(-1, 1, columns)
    share = share + 0.12 * np.sin(np.pi * share)

    def around(edge: float) -> np.ndarray:
        return np.pi - share * (np.pi - edge)

    top, low = around(gap), around(gap + spread)
    row = fall(_from_front(top))
    crest = stand - _DIP * np.clip(1 - (_from_front(top) - gap) / _OPENS, 0, 1) ** 1.5

    def fallen(part: float, lift: float | np.ndarray) -> np.ndarray:
        """A line of the leaf, ``part`` of the way from where it turns down to its edge."""
        return bust.at(top + (low - top) * part, _TURNED + (row - _TURNED) * part, lift)

    thick = np.where(np.abs(share) < 1, 0.28, 0.02)
    grid = [_loop(bust, top, 0.12, np.minimum(-0.9, crest - 0.3)), _loop(bust, top, 0.22, crest),
            _loop(bust, top, 0.45, crest + 0.14), _loop(bust, top, 0.75, crest - 0.12),
            *(fallen(part, lift + 0.15 * (1 - part)) for part in _FALLS),
            fallen(1.0, lift - thick), fallen(0.5, lift - 0.2)]  # fmt: skip
    return rings(np.stack(grid), bust.middle, closed=False)


def _placket(bust: Bust, first: float, last: float, half: float = 0.5) -> Solid:
    """A strip down the front between two rows."""
    row = np.linspace(first, last, 8)[:, None]
    across = np.array([-1.0, -0.8, 0.0, 0.8, 1.0]) * half / (bust.size[2] + 2.5)
    return bust.sheet(across, row + 0 * across, np.array([0.2, 0.42, 0.45, 0.42, 0.2]), closed=False)


def _buttons(bust: Bust, rows: Sequence[float]) -> Solid:
    return join([ball(bust.at(0.0, row, 0.5), (0.24, 0.24, 0.12), 8, 5) for row in rows])


def _points(back: float, front: float, reach: float) -> Callable[[np.ndarray], np.ndarray]:
    """Rows that a collar falls to: ``back`` behind, ``front`` at its points."""
    return lambda angle: back + (front - back) * np.clip(1 - angle / reach, 0, 1) ** 1.3


def shirt(bust: Bust) -> tuple[Garment, ...]:
    """A buttoned shirt with a stiff pointed collar."""
    body = _body(bust, np.full(_COLUMNS, 1.0))
    collar = _leaves(bust, 0.7, 0.04, 0.5, _points(2.0, 3.0, 1.5))
    cloth, buttons = _cloth(body, _placket(bust, 1.2, 7.0)), _buttons(bust, (2.3, 3.3, 4.3, 5.2))
    return cloth, _second(collar, _sleeves(bust)), _pale(buttons)


def polo(bust: Bust) -> tuple[Garment, ...]:
    """A soft collar, open at the throat above a short placket."""
    line = 1.0 + 1.7 * np.clip(1 - _from_front(turns(_COLUMNS)) / 1.05, 0, 1)
    collar = _leaves(bust, 0.5, 0.66, -0.26, _points(2.2, 2.9, 1.5))
    return (_skin(bust, half=_OPEN), _cloth(_body(bust, line), _placket(bust, 2.7, 5.0)),
            _second(collar, _sleeves(bust)), _pale(_buttons(bust, (3.1, 3.9))))  # fmt: skip


def hoodie(bust: Bust) -> tuple[Garment, ...]:
    """The hood lies behind the neck; its edges meet at the throat, where two strings hang."""
    turn = turns(_COLUMNS)
    behind = (1 - np.cos(turn)) / 2
    roll = closed_tube(
        _loop(bust, turn, 0.8 + 1.2 * behind, -0.9 + 1.9 * behind - 0.5 * (1 - behind) ** 4),
        _UP, 0.75 + 0.9 * behind, 0.75 + 0.9 * behind,
    )  # fmt: skip
    strings = []
    for sign in (1.0, -1.0):
        line = bust.at(
            sign * np.linspace(0.2, 0.3, 6),
            np.linspace(1.75, 3.3, 6),
            np.array([0.9, 1.0, 0.9, 0.8, 0.6, 0.5]),
        )
        strings += [tube(line, np.array([0.0, 0, 1]), 0.17, 0.17), ball(line[-1], (0.26, 0.4, 0.26), 8, 5)]
    return (
        _cloth(_body(bust, np.full(_COLUMNS, 1.0)), roll, _well(bust, 0.3, -0.7)),
        _second(_sleeves(bust)),
        _pale(*strings),
    )


def blazer(bust: Bust) -> tuple[Garment, ...]:
    """Lapels over a light round neck."""
    turn = turns(_COLUMNS)
    front = np.linspace(-_OPEN, _OPEN, 25)
    under = bust.sheet(front, np.linspace(1, 6.5, 9)[:, None] + 0 * front, 0.15, closed=False)
    neckline = _rib(bust, np.full(_COLUMNS, 1.05), 0.3, 0.5)

    def opening(angle: np.ndarray) -> np.ndarray:
        return np.interp(angle, (0, 0.1, 0.5, 0.9, 1.5), (6.0, 4.2, 2.5, 1.75, 1.5))

    body, lapels = _body(bust, opening(_from_front(turn)), 0.4), []
    for sign in (1.0, -1.0):
        for angle, wide in (
            (np.linspace(0.1, 0.72, 7), np.array([0.05, 0.22, 0.34, 0.42, 0.47, 0.5, 0.5])),
            (np.linspace(0.72, np.pi, 9), np.r_[0.34, 0.3, np.full(7, 0.2)]),
        ):
            fine = np.linspace(angle[0], angle[-1], 2 * len(angle) - 1)
            angle, wide = fine, np.interp(fine, angle, wide)
            # Their edge lies over that of the body, or both would alternate.
            inner = opening(angle) - 0.12
            outer = sign * (angle + np.where(angle < 0.73, wide, wide * np.clip(2.2 - angle, 0, 1)))
            lower = inner + 0.9 * np.where(angle < 0.73, 0.55, 1.0)
            part = np.linspace(0, 1, 5)[:, None]
            across = bust.at(
                sign * angle * (1 - part) + outer * part, (inner + 0.1) * (1 - part) + lower * part, 0.75
            )
            sheet = [bust.at(sign * angle, inner, 0.3), *across, bust.at(outer, lower + 0.1, 0.35)]
            lapels.append(rings(np.stack(sheet), bust.middle - [0, 6, 0], closed=False))
    return _pale(under, neckline), _cloth(body), _second(*lapels)


#: Across a strap: cm from the middle plane and above the shoulder; round, its edges sunk in.
_STRAP = ((5.9, -0.12), (6.1, 0.14), (6.9, 0.22), (7.7, 0.14), (7.9, -0.12))
#: The neckline of a tank top, rows by the angle from the front: a scoop that rises to the straps, then down
#: below the arms and up again behind; how near to the skin its cloth lies, see :func:`_body`.
_SCOOP = ((0, 0.3, 0.6, 0.78, 0.9, 1.05, 2.1, 2.4, 2.7), (2.95, 2.9, 2.7, 3.0, 5.0, 6.8, 6.8, 5.0, 4.5))
_CLOSE = 0.9


def tank(bust: Bust) -> tuple[Garment, ...]:
    """A scoop neck and straps over bare shoulders."""
    line = np.interp(_from_front(turns(_COLUMNS)), *_SCOOP)
    pieces = [_body(bust, line, 0.3, 9, _CLOSE)]
    for sign in (1.0, -1.0):
        angle = np.linspace(0.5, 2.7, 13)
        strip = []
        for x, lift in _STRAP:
            row = bust.at_width(angle, x)
            strip.append(bust.at(sign * angle, row, lift + _CLOSE * _sunk(row)))
        pieces.append(rings(np.stack(strip), bust.middle - [0, 6, 0], closed=False))
    rib = _rib(bust, line, 0.3 + _CLOSE * _sunk(line), 0.3)
    return _skin(bust, LAST, 7), _cloth(*pieces), _second(rib)


STYLES: dict[str, Callable[[Bust], tuple[Garment, ...]]] = {
    "jumper": jumper,
    "v-neck": v_neck,
    "turtleneck": turtleneck,
    "shirt": shirt,
    "hoodie": hoodie,
    "polo": polo,
    "blazer": blazer,
    "tank": tank,
}
