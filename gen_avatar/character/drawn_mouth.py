"""The mouth as it is drawn: lips, opening, teeth and tongue are patches laid anew over the posed skin.

The lips of a measured head roll inwards and out of sight, and real teeth come and go behind them in slivers.
So only the edges of the lips are taken from the skin, as smooth curves, and the mouth is designed between
them: nothing can tear, interleave or show through.
"""

from __future__ import annotations

import numpy as np

from gen_avatar.character.lips import MouthRest, facing_along, meant
from gen_avatar.character.mesh import PLAIN, Block
from gen_avatar.character.paint import lip_outline
from gen_avatar.character.strokes import slope
from gen_avatar.character.surface import FrontIndex, bound, grid_triangles, smoothstep
from gen_avatar.types import ARKIT_52

#: Stations from the right to the left corner, the degree of the curves through them, and how much more than
#: the others the stations at the corners count.
_STATIONS, _DEGREE, _CORNER_WEIGHT = 37, 7, 3.0
#: How far above and below the line of the lips the skin is asked where it lies, cm at rest.
_BESIDE = 0.13
#: Lips are at least this high in the middle, upper and lower, and stand out this far, cm.
_LEAST, _BULGE = (0.25, 0.40), (0.10, 0.18)
#: Lips are drawn no higher than this, cm, and go back sideways by no more than this for each cm; around an
#: open mouth this share of their height is missing.
_MOST, _STEEPEST, _STRETCHED = 0.74, 2.0, 0.38
#: Where along the line closed lips end, upper and lower: before it does.
_LIPS_END = (0.84, 0.92)
#: Lips that part by this much, cm, begin to be drawn as high as the skin has them, and wholly are.
_OPENED = (0.10, 0.50)
#: How far the ends of a closed mouth's line curl up, cm, and from where along it.
_CURL, _CURL_FROM = 0.12, 0.80
#: Lips begin this far within the opening, as a share of their height: no skin is seen between.
_INWARDS = 0.10
#: The bow of the upper lip: how much of its height is missing in the middle.
_BOW = 0.13
#: Lips that part by less than this stay shut; from the other on the opening is as high as it is, cm.
_SHUT, _PARTED = 0.06, 0.26
#: Openings lower than this show no teeth, from the other on they do, cm.
_TOOTHLESS, _TOOTHED = 0.40, 0.50
#: Upper teeth: their share of the opening, the most they show, cm, and where along the mouth they end.
_BAND, _TALLEST, _BAND_ENDS = 0.56, 0.95, (0.55, 0.95)
#: Teeth that less than this share of is seen are hidden.
_SEEN = 0.4
#: A band of teeth that is seen is at least this high, cm.
_LEAST_BAND = 0.36
#: The dark line between clenched teeth, cm.
_BITE = 0.11
#: Openings from which a tongue is seen, cm, its share of them and its width as a share of the mouth.
_TONGUED, _MOUND, _MOUND_WIDTH = (1.1, 1.9), 0.38, 0.62
#: How far ``tongueOut`` goes until a tongue comes over the lip, and until all of it does.
_OUT_FROM = (0.40, 0.80)
#: Openings from which the corners of the mouth become round, cm, and how full the round form is.
_ROUNDED, _FULLNESS = (0.6, 1.6), 2.2
#: A tongue that is out: its half width as a share of the mouth's, its length below the lip and how far it
#: stands out, cm; where along it its tip begins to be round.
_OUT_WIDTH, _OUT_LENGTH, _OUT_STANDS, _OUT_TIP = 0.46, 1.75, 0.42, 0.45
#: Rows of the patches; the tongue that is out has columns of its own.
_LIP_ROWS, _HOLE_ROWS, _TOOTH_ROWS, _TONGUE_ROWS = 5, 5, 4, 6
_OUT_ROWS, _OUT_COLUMNS = 14, 13
#: The patches: part, rows, columns, and how much nearer to the camera than the first each counts, cm: so it
#: lies on the ones before. All of them count nearer than they are by the other number.
_PATCHES = (
    ("mouth", _HOLE_ROWS, _STATIONS, 0.0), ("tongue", _TONGUE_ROWS, _STATIONS, 0.05),
    ("teeth", _TOOTH_ROWS, _STATIONS, 0.10), ("teeth", _TOOTH_ROWS, _STATIONS, 0.15),
    ("lips", _LIP_ROWS, _STATIONS, 0.22), ("lips", _LIP_ROWS, _STATIONS, 0.26),
    ("lips", 2, _STATIONS, 0.55), ("tongue", _OUT_ROWS, _OUT_COLUMNS, 0.65),
)  # fmt: skip
_NEARER = 0.85
DRAWN_MOUTH_BLOCKS = len(_PATCHES)
_STARTS = np.cumsum([0] + [rows * columns for _, rows, columns, _ in _PATCHES])
#: The patch that is the inside of the mouth, the one that is the line where lips meet, and both lips.
HOLE, LINE = slice(0, _STARTS[1]), slice(_STARTS[6], _STARTS[7])
LIPS = slice(_STARTS[4], _STARTS[6])
#: The station of each vertex, and how much nearer it counts when it faces the camera.
_STATION = np.concatenate([
    np.tile(np.arange(_STATIONS), rows) if columns == _STATIONS else np.full(rows * columns, _STATIONS // 2)
    for _, rows, columns, _ in _PATCHES
])  # fmt: skip
_LIFT = np.repeat([lift for *_, lift in _PATCHES], np.diff(_STARTS)).astype(np.float32)
#: How far a place on the mouth must face the camera (cosine) until its patches come nearer, and until all of
#: them do: beyond the outline of a turned face they must not show.
_FACING = (-0.10, 0.25)
#: The far half of a turned mouth ends where it faces the camera by this much (cosine), but never before this
#: share of it: a mouth that runs into the outline of the face looks torn off. Cheeks and chin make that
#: outline before the mouth does: over these sines of the turn the far half loses this share anyhow.
_FACES, _SHORTEST = 0.30, 0.6
_TURNS, _TURNED_OFF = (0.22, 0.62), 0.26
#: The camera straight ahead of a head.
_AHEAD = np.array([0.0, 0.0, 1.0], np.float32)
#: The inside of a mouth is dark wherever light comes from: it is shaded as if it faced the floor.
HOLE_FACES = np.array([0.0, -0.45, 0.89], np.float32)
#: How high lips are at the corners of a wide open mouth, cm.
_CORNER_HEIGHT = 0.16
#: Where along the mouth the lips turn round its corners.
_CORNER = (0.80, 1.0)
#: How far the corners of a ring sink to half its height, as a share, and come forwards as it gets rounder.
_LEVEL, _FORWARD = 0.8, 0.10
#: How far puckered lips part at most, as a share.
_KISS = 0.15
#: Half the line where closed lips meet: in the middle, near its ends and at them, cm.
_LINE = ((0.0, 0.55, 0.82, 0.94, 1.0), (0.108, 0.108, 0.096, 0.074, 0.035))
#: By what share that line is heavier in a broad smile or a deep frown: it must be read at 64 pixels.
_HEAVIER = 0.6
#: How much the upper lip hides of its light, the lower catches more.
_UPPER_SHADE, _LOWER_LIGHT = 0.42, 0.32
#: How much of the skin's colour is in lips, row by row from the line where they meet.
_BLENDED = np.array([0.0, 0.0, 0.0, 0.12, 0.50])[:, None, None]
#: How dark the groove of the tongue is.
_GROOVE = 0.30
_INDEX = {name: i for i, name in enumerate(ARKIT_52)}
#: How far lips stand out from the inner to the outer edge, as a share.
_SECTION = np.sin(np.pi * np.linspace(0, 1, _LIP_ROWS)[:, None] ** 0.8)


class DrawnMouth:
    """Patches for the mouth of any person, bound to the skin of the rest mean."""

    def __init__(self, landmarks: np.ndarray, front: FrontIndex, rest: np.ndarray) -> None:
        """From the ``landmarks`` [68, 3] and the skin ``rest`` [S, 3] of the rest mean."""
        outline, line = lip_outline(landmarks)
        half = len(outline) // 2 + 1
        # Denser at the corners, where an open mouth is round.
        even = np.linspace(-1, 1, _STATIONS)
        t = 0.45 * even + 0.55 * np.sin(np.pi / 2 * even)
        x = t * line[:, 0].max()
        middle = np.interp(x, line[:, 0], line[:, 1])
        upper, lower = outline[:half], np.concatenate([outline[half - 1 :], outline[:1]])[::-1]
        above = np.maximum(np.interp(x, *upper.T) - middle, 0) + _BESIDE
        below = np.maximum(middle - np.interp(x, *lower.T), 0) + _BESIDE
        places = [np.stack([x, middle + dy], 1) for dy in (_BESIDE, -_BESIDE, above, -below)]
        self._bindings = front.bind(np.concatenate(places))
        out = np.abs(t)
        # Profiles along the mouth: of the height of lips and of openings, of what is seen in them.
        self._t, self._thin, self._inside = t, (1 - out**2.4) ** 0.72, 1 - out**6
        self._round, self._bow = np.sqrt(1 - out**_FULLNESS), (1 - _BOW * np.exp(-((t / 0.17) ** 2)))[:, None]
        self._mound = _MOUND * np.clip(1 - (t / _MOUND_WIDTH) ** 2, 0, 1) ** 0.75
        self._ends, self._half = 1 - smoothstep(*_BAND_ENDS, out) ** 2, np.interp(out, *_LINE)
        self._outwards = out**3
        self._slim = [np.clip(1 - (out / end) ** 2.2, 0, 1) ** 0.8 for end in _LIPS_END]
        self._curl = _CURL * smoothstep(_CURL_FROM, 1.0, out) ** 1.5
        self._corner, self._flat = smoothstep(*_CORNER, out), np.zeros(_STATIONS)
        self._sideways = np.stack([np.sign(t), self._flat], 1)
        powers = np.polynomial.legendre.legvander(t, _DEGREE)
        weight = np.where(np.abs(t) > 0.93, _CORNER_WEIGHT, 1.0)[:, None]
        # Projects values at the stations to the smooth curve nearest to them.
        self._smooth = powers @ np.linalg.pinv(powers * weight) * weight.T
        depth = bound(rest, self._bindings).reshape(4, -1, 3)[..., 2]
        self._rest_line = np.stack([x, middle, depth[:2].mean(0)], 1)

    def rest(self, neutral: np.ndarray, fuller: float) -> MouthRest:
        """What to remember of a person's ``neutral`` [S, 3]."""
        above, below, top, bottom = self._edges(neutral)[..., 1]
        at, middle = _STATIONS // 2, (above + below) / 2
        return MouthRest(above - below, (top[at] - middle[at], middle[at] - bottom[at]), fuller)

    def _edges(self, skin: np.ndarray) -> np.ndarray:
        """[4, n, 3] smooth curves: above and below the line of the lips, their upper and their lower edge."""
        return self._smooth @ bound(skin, self._bindings).reshape(4, _STATIONS, 3)

    def blocks(self, skin: np.ndarray, lip: np.ndarray, crease: np.ndarray, line: np.ndarray,
               hole: np.ndarray, teeth: np.ndarray, tongue: np.ndarray) -> list[Block]:  # fmt: skip
        """The patches in the order of :meth:`points`, in colours [3]."""

        def darker(rows: int, most: float) -> np.ndarray:
            """[rows, 1, 1] shade that fades downwards."""
            return (1 - most * (1 - np.linspace(0, 1, rows)) ** 2)[:, None, None]

        down = np.linspace(0, 1, _LIP_ROWS)[:, None, None]
        along = self._t[None, :, None]
        upper = lip + (crease - lip) * _UPPER_SHADE * (0.4 + 0.6 * down)
        light = np.exp(-((along / 0.42) ** 4) - ((down - 0.42) / 0.26) ** 2)
        lower = lip + _LOWER_LIGHT * light * (1 - lip) * (0.35 + lip)
        # Both run out into the skin.
        upper, lower = upper + (skin - upper) * _BLENDED[::-1], lower + (skin - lower) * _BLENDED
        across = np.linspace(-1, 1, _OUT_COLUMNS)[None, :, None]
        run = np.linspace(0, 1, _OUT_ROWS)[:, None, None]
        groove = np.exp(-((across / 0.13) ** 2)) * (1 - smoothstep(0.62, 0.88, run))
        shaded = tongue * (1 - _GROOVE * groove) * (1 - 0.25 * (1 - smoothstep(0.0, 0.45, run)))
        paints = (
            hole * darker(_HOLE_ROWS, 0.30), tongue, teeth * 0.95, teeth * darker(_TOOTH_ROWS, 0.20),
            upper, lower, line, shaded,
        )  # fmt: skip
        made = []
        for (part, rows, columns, lift), color in zip(_PATCHES, paints, strict=True):
            color = np.broadcast_to(color, (rows, columns, 3)).reshape(-1, 3).clip(0, 1)
            local = np.tile(self._rest_line, (rows, 1)) if columns == _STATIONS else None
            grid = grid_triangles(rows, columns)
            made.append(Block("drawn mouth", rows * columns, grid, part, PLAIN, color, local, lift=lift))
        return made

    def points(
        self, skin: np.ndarray, expression: np.ndarray, own: MouthRest, view: np.ndarray = _AHEAD
    ) -> np.ndarray:
        """[n, 3] vertices of the patches over the posed ``skin`` [S, 3] under ``expression`` [52], as drawn
        for a camera in the direction ``view`` [3] of the head."""
        above, below, top, bottom = edges = self._edges(skin)
        gap = np.maximum(above[:, 1] - below[:, 1] - own.apart, 0.0)
        self._foreshorten(edges, view)
        # Both ends are corners, and lips that hardly part or that kiss are shut.
        gap *= self._inside
        kiss = _ramp(0.4, 0.7, _of(expression, "mouthPucker"))
        kiss *= 1 - _ramp(0.1, 0.3, _of(expression, "jawOpen"))
        kiss *= 1 - _ramp(*_OUT_FROM, _of(expression, "tongueOut"))
        widest = float(gap.max()) * (1 - (1 - _KISS) * kiss)
        gap *= _ramp(_SHUT, _PARTED, widest) * (1 - (1 - _KISS) * kiss)
        widest = float(gap.max())
        # Wide open mouths are round at the corners; a ring is round above as well.
        ring, opened = self._ring(expression), _ramp(*_ROUNDED, widest)
        more = np.maximum(widest * self._round - gap, 0) * opened * (0.55 + 0.45 * ring)
        middle, share = (above + below) / 2, (gap / (gap + 2 * _BESIDE))[:, None]
        upper, lower = middle + share * (above - below) / 2, middle - share * (above - below) / 2
        # The corners of a ring lie at half its height, and as far forwards as its edges.
        level = middle[:, 1] + ring * opened * _LEVEL * (middle[_STATIONS // 2, 1] - middle[:, 1])
        up, down = 0.5 * ring * more, (1 - 0.5 * ring) * more
        upper[:, 1] = level + gap / 2 + up
        lower[:, 1] = level - gap / 2 - down
        for edge, border, moved in ((upper, top, up), (lower, bottom, down)):
            # An edge that is moved towards the border of its lip comes as far forwards as the skin there.
            share = moved / np.maximum(np.abs(edge[:, 1] - border[:, 1]) + moved, 0.1)
            edge[:, 2] += share * np.maximum(border[:, 2] - edge[:, 2], 0)
            edge[:, 2] += _FORWARD * ring * opened * widest * self._outwards
        gap = gap + more
        back = slope(middle)
        back = np.clip(back[:, 2] / np.maximum(back[:, 0], 0.02), -_STEEPEST, _STEEPEST)
        # Closed lips are of their own design, open ones and rings as the skin has them.
        skinned = max(_ramp(*_OPENED, widest), ring)
        rises = []
        for k, (edge, border, side) in enumerate(((upper, top, 1.0), (lower, bottom, -1.0))):
            now = side * float((border - edge)[_STATIONS // 2, 1])
            heights = own.closed(k, now) * self._slim[k], (_LEAST[k] + own.fuller) * self._thin
            rises.append(self._rise(edge, border, back, heights, skinned, side, opened))
        high, low = rises[0] * self._bow, rises[1]
        band, lower_band = self._teeth(expression, gap, ring)
        mound = self._mound * (widest * _ramp(*_TONGUED, widest) * (lower_band.max() == 0))
        fall = lower - upper
        pieces = [
            _spread(upper, fall, 0.0, 1.0, _HOLE_ROWS),
            _spread(upper, fall, 1 - _share(mound, gap), 1.0, _TONGUE_ROWS),
            _spread(upper, fall, 1 - _share(lower_band, gap), 1.0, _TOOTH_ROWS),
            _spread(upper, fall, 0.0, _share(band, gap), _TOOTH_ROWS),
            _bulging(upper, high, _BULGE[0], _between(self._slim[0], self._thin, skinned))[::-1],
            _bulging(lower, low, _BULGE[1], _between(self._slim[1], self._thin, skinned)),
            self._line(upper, lower, gap, 1 - opened, meant(expression)),
            self._out(middle, lower, bottom, _of(expression, "tongueOut")),
        ]
        return np.concatenate([piece.reshape(-1, 3) for piece in pieces]).astype(np.float32)

    def _foreshorten(self, edges: np.ndarray, view: np.ndarray) -> None:
        """Shorten the far half of the ``edges`` [4, n, 3] of a turned mouth in place, at least until its end
        faces the camera enough.

        Heights stay with their stations: the far half of a smile is narrower, not flatter.
        """
        end = 1 - _TURNED_OFF * _ramp(*_TURNS, abs(float(view[0])))
        if end == 1:
            return
        facing = facing_along((edges[0] + edges[1]) / 2, view)
        half = slice(_STATIONS // 2, None) if view[0] < 0 else slice(_STATIONS // 2, None, -1)
        facing, t = facing[half], np.abs(self._t[half])
        faces = float(np.interp(-_FACES, -facing, t))
        end = min(end, max(_SHORTEST, 1 + (faces - 1) * (1 - end) / _TURNED_OFF))
        # The middle of the mouth keeps its place and its scale.
        kept = end * t + (1 - end) * t * (1 - t) ** 2
        for axis in (0, 2):
            for edge in edges[:, half, axis]:
                edge[:] = np.interp(kept, t, edge)

    def _teeth(self, expression: np.ndarray, gap: np.ndarray, ring: float) -> tuple[np.ndarray, np.ndarray]:
        """[n] heights of the upper and the lower band, cm."""

        def pair(name: str) -> float:
            return (_of(expression, f"{name}Left") + _of(expression, f"{name}Right")) / 2

        jaw, smile, widest = _of(expression, "jawOpen"), pair("mouthSmile"), float(gap.max())
        shown = (1 - ring) * (1 - 0.9 * _ramp(0.3, 0.7, pair("mouthFrown")) * _ramp(0.4, 0.6, jaw))
        shown *= _ramp(_TOOTHLESS, _TOOTHED, widest)
        if shown < _SEEN:  # never a sliver
            return np.zeros_like(gap), np.zeros_like(gap)
        shown = 1 - 0.5 * (1 - shown)
        bared = _ramp(0.45, 0.65, pair("mouthLowerDown")) * (1 - _ramp(0.3, 0.55, jaw))
        grin = bared * _ramp(0.3, 0.6, smile) * (1 - _ramp(0.1, 0.3, jaw))
        clenched = bared * (smile < 0.35)
        band = np.minimum(np.maximum(_BAND * gap, _LEAST_BAND), 0.9 * gap)
        band = band / (1 + (band / _TALLEST) ** 4) ** 0.25
        band = band + grin * (gap - band)
        band = band + clenched * (0.53 * gap - _BITE / 2 - band)
        band = np.maximum(band, 0) * shown * self._ends
        below = np.maximum(0.47 * gap - _BITE / 2, 0) * clenched * shown * self._ends
        return band, below

    def lifts(self, points: np.ndarray, view: np.ndarray) -> np.ndarray:
        """[n] how much nearer :meth:`points` count to a camera in the direction ``view`` [3] of the head."""
        facing = facing_along(points[LINE].reshape(2, -1, 3).mean(0), view)
        return _LIFT + (_NEARER * smoothstep(*_FACING, facing))[_STATION].astype(np.float32)

    def _rise(
        self,
        edge: np.ndarray,
        border: np.ndarray,
        back: np.ndarray,
        heights: tuple[np.ndarray, np.ndarray],
        skinned: float,
        side: float,
        opened: float,
    ) -> np.ndarray:
        """[n, 3] steps from the inner ``edge`` of a lip to its outer one: away from the opening; sideways it
        follows the slope ``back`` [n] of the mouth.

        Its height is the first of ``heights`` [n], cm, where it is not ``skinned`` (0 to 1), else what the
        skin's ``border`` has, but no less than the second.
        """
        over = side * (border[:, 1] - edge[:, 1])
        high = _between(heights[0], np.maximum(np.minimum(over, _MOST * self._thin), heights[1]), skinned)
        high *= 1 - _STRETCHED * opened
        along = slope(edge)[:, :2]
        along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-6)[:, None]
        deep = (border[:, 2] - edge[:, 2]) * np.minimum(high / np.maximum(over, 0.1), 1.0)
        deep = np.clip(deep, -high, high) * (1 - opened * self._corner)
        away = side * np.stack([-along[:, 1], along[:, 0]], 1)
        # Around the corners of an open mouth both lips run into one another.
        turned = (opened * self._corner)[:, None]
        high += turned[:, 0] * (np.minimum(high, _CORNER_HEIGHT) - high)
        away += turned * (self._sideways - away)
        away *= (high / np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-6))[:, None]
        return np.concatenate([away, (deep + back * away[:, 0])[:, None]], 1)

    def _ring(self, expression: np.ndarray) -> float:
        """How much lips form a ring, which hides the teeth."""
        return _ramp(0.2, 0.6, max(_of(expression, name) for name in ("mouthFunnel", "mouthPucker")))

    def _line(
        self, upper: np.ndarray, lower: np.ndarray, gap: np.ndarray, shut: float, means: float
    ) -> np.ndarray:
        """[2, n, 3] the line where lips meet, heavier in a mouth that ``means`` (0 to 1) something;
        where they part it is a thin edge of the opening."""
        half = np.maximum(self._half * shut * (1 + _HEAVIER * means) - gap / 2, 0.0)
        middle = (upper + lower) / 2
        along = slope(middle)
        half = half / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-6)
        middle[:, 1] += self._curl * shut * (gap.max() <= 0)
        up = np.stack([-along[:, 1] * half, along[:, 0] * half, self._flat], 1)
        return np.stack([middle + up, middle - up])

    def _out(self, middle: np.ndarray, lower: np.ndarray, bottom: np.ndarray, out: float) -> np.ndarray:
        """[rows, columns, 3] the tongue that comes out by ``out`` over the lower lip."""
        at = _STATIONS // 2
        if out < _OUT_FROM[0]:
            return np.broadcast_to(middle[at], (_OUT_ROWS, _OUT_COLUMNS, 3))
        root, lip, chin = middle[at], lower[at], bottom[at]
        out = _ramp(*_OUT_FROM, out)
        run = 1 - np.linspace(1, 0, _OUT_ROWS) ** 2.4
        y = root[1] + run * (lip[1] - _OUT_LENGTH * (0.4 + 0.6 * out) - root[1])
        stands = _OUT_STANDS * np.sin(np.pi * np.clip(0.15 + 0.58 * run, 0, 1)) ** 0.7
        z = np.maximum(lip[2], chin[2]) - 0.25 * (run > 0.6) * (run - 0.6) + stands
        half = _OUT_WIDTH * (middle[-1, 0] - middle[0, 0]) / 2 * min(1.0, 0.6 + 0.4 * out)
        tip = np.sqrt(np.clip(1 - (np.clip((run - _OUT_TIP) / (1 - _OUT_TIP), 0, 1)) ** 2.2, 0, 1))
        # Close rows keep the tip round, and so does the root.
        tip *= 0.8 + 0.2 * np.sqrt(np.clip(run / 0.2, 0, 1))
        across = np.linspace(-1, 1, _OUT_COLUMNS)
        x = root[0] + half * tip[:, None] * across
        edge = z[:, None] - 0.28 * across**2 - 0.10 * np.exp(-((across / 0.16) ** 2)) * (1 - run**6)[:, None]
        return np.stack([x, np.broadcast_to(y[:, None], x.shape), edge], -1)


def _ramp(low: float, high: float, value: float) -> float:
    """Hermite step as of ``smoothstep``, of one number: many times faster."""
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


def _between(one: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    return one + (other - one) * share


def _share(height: np.ndarray, gap: np.ndarray) -> np.ndarray:
    return np.clip(height / np.maximum(gap, 1e-3), 0, 1)


def _of(expression: np.ndarray, name: str) -> float:
    return float(expression[_INDEX[name]])


def _spread(
    upper: np.ndarray, fall: np.ndarray, start: np.ndarray | float, stop: np.ndarray | float, rows: int
) -> np.ndarray:
    """[rows, n, 3] a patch in the opening, which falls by ``fall`` [n, 3] from the ``upper`` lip, from a
    share ``start`` of its height to ``stop``, each [n] or one for all."""
    down = start + np.linspace(0, 1, rows)[:, None] * (np.asarray(stop) - start)
    return upper + fall * np.broadcast_to(down, (rows, len(upper)))[..., None]


def _bulging(inner: np.ndarray, rise: np.ndarray, amount: float, thin: np.ndarray) -> np.ndarray:
    """[rows, n, 3] a lip from its ``inner`` edge [n, 3] by ``rise``, round in section."""
    share = np.linspace(0, 1, _LIP_ROWS)[:, None, None]
    out = inner + rise * (share * (1 + _INWARDS) - _INWARDS)
    out[..., 2] += _SECTION * (amount * thin)
    return out
