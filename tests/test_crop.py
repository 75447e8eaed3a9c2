"""Short hair as a height over the skull."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen_avatar.character.proportions import stylize
from gen_avatar.character.raster import vertex_normals
from gen_avatar.head.model import MorphableHead
from training.wardrobe import mops, receding, short_hair
from training.wardrobe.crop import Comb, Crop, Whorl, both, bulge, crop, even, lapped
from training.wardrobe.surface import HeadSurface, angles, direction

ROOT = Path(__file__).resolve().parent.parent
#: Vertices of a mass: rings by columns, and the crown. Locks that lie on it come after them.
MASS = 19 * 168 + 1
HEIGHTS = both((0, 40, 2.0), (90, 40, 2.0), (180, 40, 2.0), (90, 10, 2.0), (0, 88, 2.0), (180, 0, 2.0))


@pytest.fixture(scope="module")
def surface() -> HeadSurface:
    head = stylize(MorphableHead.from_pretrained(ROOT / "checkpoints" / "head"))
    return HeadSurface.of(head.mean, head.triangles, head.landmarks)


@pytest.mark.parametrize("grain", [Whorl((0, 80), (-120, 0, 120), swirl=20), Comb((-60, -20, 20, 60))])
def test_grooves_run_along_the_hair(grain: Whorl | Comb) -> None:
    d = direction(np.linspace(-170, 170, 60), np.full(60, 35.0))
    place = grain(d)
    assert np.ptp(place) > 1.9
    np.testing.assert_allclose(bulge(np.array([0.0, 0.5, 1.0])), [0, 1, 0], atol=1e-9)
    assert grain.depth(d).min() >= 0 and grain.depth(d).max() == 1
    assert grain.depth(direction(np.array([0.0]), np.array([80.0]))) < 0.05


def test_a_mass_is_as_high_as_asked_and_ends_below_the_skin_at_its_line(surface: HeadSurface) -> None:
    line = even((0, 90, 180), (25, 10, -20))
    spec = Crop(line, HEIGHTS, Comb((-60, -20, 20, 60)), groove=0.0, tuft=0.0)
    piece = crop(surface, spec)
    arm = piece.vertices - surface.center
    away = np.linalg.norm(arm, axis=1)
    d = arm / away[:, None]
    above = away - surface.r(d)
    elevation = np.degrees(np.arcsin(d[:, 1]))
    azimuth = np.degrees(np.arctan2(d[:, 0], d[:, 2]))
    rim = np.abs(elevation - line(azimuth)) < 0.5
    assert rim.sum() >= 100 and above[rim].max() < -0.2
    body = (elevation > 30) & (elevation < 38) & (np.abs(azimuth) > 20)
    assert abs(above[body].mean() - 2.0) < 0.3
    ridged = crop(surface, Crop(line, HEIGHTS, Comb((-60, -20, 20, 60)), groove=0.5, tuft=0.0))
    lowered = np.linalg.norm(piece.vertices - ridged.vertices, axis=1)
    assert 0.5 < lowered.max() <= 0.8 + 1e-2


@pytest.mark.parametrize(
    "make",
    [mops.short, mops.fringe, mops.side_part, mops.curtains, mops.bowl, mops.mullet, mops.pixie,
     mops.wavy_short, short_hair.crew, short_hair.quiff, short_hair.slick_back, short_hair.undercut,
     receding.receding],
)  # fmt: skip
def test_masses_are_smooth(surface: HeadSurface, make) -> None:
    """One skin that faces outwards, without creases that would show as facets."""
    piece = make(surface)
    assert len(piece.triangles) <= 9000
    np.testing.assert_allclose(np.linalg.norm(piece.tangent, axis=1), 1, atol=1e-5)
    own = piece.triangles[(piece.triangles < MASS).all(1)]
    piece = replace(piece, vertices=piece.vertices[:MASS], triangles=own)
    a, b, c = (piece.vertices[own[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    area = np.linalg.norm(normal, axis=1)
    normal /= area[:, None] + 1e-12
    shared = vertex_normals(piece.vertices, piece.triangles)[piece.triangles]
    bent = np.degrees(np.arccos(np.clip((shared * normal[:, None]).sum(-1), -1, 1))).max(1)
    assert np.average(bent > 40, weights=area) < 0.10
    out = ((a + b + c) / 3 - surface.center) * normal
    assert np.average(out.sum(1) < 0, weights=area) < 0.03


@pytest.mark.parametrize("make", [mops.short, mops.side_part, short_hair.quiff, short_hair.slick_back])
def test_short_hair_has_low_temples_and_sideburns(surface: HeadSurface, make) -> None:
    """No high, bare temples: hair comes down before the ears and lies on their tops."""
    arm = make(surface).vertices - surface.center
    azimuth, elevation = np.degrees(np.arctan2(arm[:, 0], arm[:, 2])), angles(arm)[1]
    lowest = {a: elevation[np.abs(np.abs(azimuth) - a) < 3].min() for a in (10, 48, 64, 90)}
    assert 15 < lowest[10] < 26 and lowest[48] < 24 and lowest[64] < -12 and lowest[90] < -6


def test_spikes_stand_beyond_the_mass_and_are_light(surface: HeadSurface) -> None:
    piece = short_hair.spiky(surface)
    assert len(piece.triangles) <= 9000
    arm = piece.vertices - surface.center
    above = np.linalg.norm(arm, axis=1) - surface.r(arm / np.linalg.norm(arm, axis=1)[:, None])
    assert (above > 3.5).sum() >= 10


@pytest.mark.parametrize("crest", [0.3, 0.5, 0.7])
def test_locks_lap_over_one_another(crest: float) -> None:
    place = np.linspace(-2, 2, 401)
    moved = lapped(place, crest)
    assert (np.diff(moved) > 0).all()
    np.testing.assert_allclose(lapped(np.array([-1.0, 0.0, 1.0]), crest), [-1, 0, 1], atol=1e-9)
    assert abs(place[200:301][np.argmax(bulge(moved[200:301]))] - crest) < 0.02


def test_thin_edges_have_no_brim(surface: HeadSurface) -> None:
    def above(thin: float) -> tuple[np.ndarray, np.ndarray]:
        spec = Crop(even((0, 90, 180), (25, 10, -20)), HEIGHTS, Comb((-60, -20, 20, 60)), 0.0, 0.0, thin=thin)
        arm = crop(surface, spec).vertices - surface.center
        far = np.linalg.norm(arm, axis=1)
        azimuth, elevation = angles(arm)
        front = np.abs(azimuth) < 30
        return elevation[front], (far - surface.r(arm / far[:, None]))[front]

    elevation, full = above(0.0)
    flat = above(0.5)[1]
    edge, top = (elevation > 31) & (elevation < 35), elevation > 56
    assert flat[edge].mean() < 0.75 * full[edge].mean()
    np.testing.assert_allclose(flat[top], full[top], atol=0.05)


def test_tufts_may_lie_elsewhere_than_locks_and_partings_are_deep_and_dark(surface: HeadSurface) -> None:
    line = even((0, 90, 180), (25, 10, -20))

    def edge(tips: tuple[float, ...]) -> np.ndarray:
        whorl = Whorl((60, 60), (-120, 0, 120), swirl=30)
        piece = crop(surface, Crop(line, HEIGHTS, whorl, tuft=6.0, tips=tips))
        azimuth, elevation = angles(piece.vertices[-169:-1] - surface.center)
        return elevation[np.abs(azimuth) < 40]

    tips = edge((-45, -30, -15, 0, 15, 30, 45))
    assert np.abs(np.diff(tips)).sum() > 1.5 * np.abs(np.diff(edge(()))).sum()
    spec = Crop(line, HEIGHTS, Comb((-60, -20, 20, 60)), 0.0, part=((38, 28), (50, 60)))
    piece = crop(surface, spec)
    arm = piece.vertices - surface.center
    far = np.linalg.norm(arm, axis=1)
    azimuth, elevation = angles(arm)
    inside = (np.abs(azimuth - 41) < 2) & (elevation > 36) & (elevation < 48)
    assert (far - surface.r(arm / far[:, None]))[inside].min() < 0.6 and piece.tone[inside].min() < -0.6


def test_straight_hair_is_combed_aside_from_a_visible_parting(surface: HeadSurface) -> None:
    """One side of the forehead is covered lower than the other."""
    azimuth, elevation = angles(mops.side_part(surface).vertices - surface.center)
    low = [elevation[np.abs(azimuth - a) < 6].min() for a in (-34, 34)]
    assert low[0] < low[1] - 3
