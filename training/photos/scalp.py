"""Where hair and beards grow on GenHead, in its rest coordinates: hairlines, beards' outlines, roots."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

#: The axis that azimuths are measured about: cm along x and z.
_AXIS_Z = 0.8
#: The hairline: azimuth from the middle of the forehead, degrees, and height above which hair grows, cm.
_HAIRLINE = np.array([
    [0, 10.9], [18, 10.8], [32, 10.4], [44, 9.2], [54, 7.4], [60, 5.6], [64, 3.4], [69, 1.2], [76, 0.9],
    [82, 3.6], [92, 5.6], [104, 5.0], [113, 1.5], [122, -2.0], [140, -5.0], [180, -5.6],
])  # fmt: skip
#: The ears, which are bald: |x| beyond, and heights between which, cm.
_EAR = (7.75, -2.0, 5.9)


@dataclass(frozen=True)
class Hairline:
    """A person's hairline.

    Attributes:
        height: cm by which it is higher in the middle; temples: by which it recedes beside it.
        crown: radius of the bald spot, cm; 0 none. strip: bald above this height, cm.
        wave: [4] phases and sizes of its irregularity.
        sideburn: cm by which the hair before the ear reaches further down.
    """

    height: float = 0.0
    temples: float = 0.0
    crown: float = 0.0
    strip: float = 99.0
    wave: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    sideburn: float = 0.0

    @classmethod
    def sample(cls, rng: np.random.Generator, style: str) -> Hairline:
        """A random hairline of a person with a hair style: it recedes with some, else hardly."""
        wave = (rng.uniform(0, 6.3), rng.uniform(0, 6.3), rng.uniform(0, 0.25), rng.uniform(0, 0.15))
        line = cls(wave=wave, sideburn=float(rng.normal(0, 0.9)))
        if style == "receding":
            height, temples = rng.uniform(0.5, 2.4), rng.uniform(1.8, 4.0)
            return replace(line, height=height, temples=temples, crown=rng.choice([0, 0, 2.0]))
        if style == "balding":
            strip = rng.uniform(5.5, 8.5) if rng.random() < 0.6 else line.strip
            height, temples, crown = rng.uniform(1, 3), rng.uniform(2, 4), rng.uniform(3.5, 6.5)
            return replace(line, height=height, temples=temples, crown=crown, strip=strip)
        return replace(line, height=rng.normal(0, 0.6), temples=max(0.0, rng.normal(0.1, 0.5)))


def azimuth(rest: np.ndarray) -> np.ndarray:
    """[...] degrees from the front, 0 to 180, of rest points [..., 3]."""
    return np.degrees(np.arctan2(np.abs(rest[..., 0]), rest[..., 2] - _AXIS_Z))


def hair_mask(rest: np.ndarray, line: Hairline, soft: float = 0.35) -> np.ndarray:
    """[...] how much hair grows at rest points [..., 3] of the skin, 0 to 1."""
    angle = azimuth(rest)
    edge = np.interp(angle, _HAIRLINE[:, 0], _HAIRLINE[:, 1])
    front = np.clip(1 - angle / 40, 0, 1)
    temple = np.exp(-(((angle - 38) / 17) ** 2))
    edge = edge + line.height * np.maximum(front, temple) + line.temples * temple
    signed = np.where(rest[..., 0] >= 0, angle, -angle)
    edge = (
        edge
        + line.wave[2] * np.sin(signed / 7 + line.wave[0])
        + line.wave[3] * np.sin(signed / 2.3 + line.wave[1])
    )
    edge = edge - line.sideburn * np.exp(-(((angle - 72) / 6) ** 2))
    grown = np.clip((rest[..., 1] - edge) / soft + 0.5, 0, 1)
    ear = (np.abs(rest[..., 0]) > _EAR[0]) & (rest[..., 1] > _EAR[1]) & (rest[..., 1] < _EAR[2])
    grown = np.where(ear & (rest[..., 2] > -3.5), 0, grown)
    if line.crown:
        spot = np.linalg.norm((rest - [0, 13.2, -2.5]) / [1, 1, 1.3], axis=-1)
        grown = grown * np.clip((spot - line.crown) / 1.2 + 0.5, 0, 1)
    if line.strip < 50:
        above = np.clip((line.strip - rest[..., 1]) / 1.0 + 0.5, 0, 1)
        grown = grown * np.maximum(above, angle > 170)
    return grown


def beard_mask(rest: np.ndarray, style: str, shift: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """[...] how much beard of a style grows at rest points; ``shift`` moves cheek line and width, cm."""
    x, y, z = np.abs(rest[..., 0]), rest[..., 1], rest[..., 2]
    front = np.clip((z - 2.0) / 1.0, 0, 1)
    lips = np.clip((np.hypot(x / 2.75, (y + 3.75) / 1.05) - 1) / 0.12 + 0.3, 0, 1)

    def below(edge: np.ndarray | float, soft: float = 0.5) -> np.ndarray:
        return np.clip((edge - y) / soft + 0.5, 0, 1)

    def within(limit: float, soft: float = 0.4) -> np.ndarray:
        return np.clip((limit + shift[1] - x) / soft + 0.5, 0, 1)

    moustache = below(-1.75, 0.3) * (1 - below(-3.1, 0.3)) * within(3.0) * (z > 7)
    handles = within(3.6) * (1 - within(2.3)) * below(-2.6) * (1 - below(-6.5)) * (z > 6)
    chin = below(-5.3) * within(2.1) * front
    soul = below(-4.85, 0.3) * (1 - below(-6.2)) * within(0.75) * front
    cheek = np.interp(x, [0, 2.6, 3.6, 5.0, 6.5, 7.5], [-4.9, -3.4, -2.6, -1.4, 1.0, 3.0]) + shift[0]
    throat = 1 - below(np.interp(z, [0, 5, 9], [-6.0, -7.6, -9.2]), 0.8)
    jaw = below(cheek) * front * throat
    sides = jaw * np.clip((x - 2.6) / 0.5, 0, 1)
    strap = below(np.interp(x, [0, 3, 5.5, 7.2], [-6.6, -6.0, -4.0, 2.0])) * front * throat
    full = np.maximum(jaw, moustache)
    masks = {
        "moustache": moustache, "walrus": moustache, "handlebar": np.maximum(moustache, handles),
        "goatee": np.maximum.reduce([moustache, handles, chin]), "van-dyke": np.maximum(moustache, chin),
        "soul-patch": soul, "chinstrap": strap, "mutton-chops": np.maximum(sides, 0),
        "full": full, "boxed": full, "long": full, "stubble": full,
    }  # fmt: skip
    return np.clip(masks[style] * lips, 0, 1)


class Roots:
    """Points spread evenly over GenHead's skin, to be thinned by a mask.

    Args:
        rest: [S, 3] the skin; triangles: [T, 3] of it.
    """

    def __init__(self, rest: np.ndarray, triangles: np.ndarray) -> None:
        self.rest, self.triangles = rest, triangles
        a, b, c = (rest[triangles[:, i]] for i in range(3))
        normal = np.cross(b - a, c - a)
        self._area = np.linalg.norm(normal, axis=1)

    def sample(
        self, skin: np.ndarray, mask: np.ndarray, count: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Roots on a person's ``skin`` [S, 3] where ``mask`` [S] grows hair.

        Returns:
            positions, unit normals and rest positions, [n, 3] each; n is ``count`` or 0.
        """
        chance = self._area * mask[self.triangles].mean(1)
        if chance.sum() <= 0:
            return (np.zeros((0, 3), np.float32),) * 3
        picked = self.triangles[rng.choice(len(chance), count, p=chance / chance.sum())]
        u, v = rng.random((2, count))
        flip = u + v > 1
        u, v = np.where(flip, 1 - u, u)[:, None], np.where(flip, 1 - v, v)[:, None]

        def at(field: np.ndarray) -> np.ndarray:
            a, b, c = (field[picked[:, i]] for i in range(3))
            return (a + u * (b - a) + v * (c - a)).astype(np.float32)

        a, b, c = (skin[picked[:, i]] for i in range(3))
        normal = np.cross(b - a, c - a)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        return at(skin), normal.astype(np.float32), at(self.rest)
