"""The smoothed form: calm where the mesh is not, separate for each material, the same at every size."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from gen_avatar.character.buffers import GBuffer
from gen_avatar.character.mesh import PART_INDEX
from training.studio.form import BROAD_NORMAL, CHANNELS, FINE_NORMAL, OPENNESS, SHADOW, TOUCH, form_of

#: cm per picture: that of a head in the emoji crop.
_SPAN = 27.0


def ball(size: int) -> GBuffer:
    """A round face of 8 cm in the middle of the picture."""
    v, u = (np.mgrid[:size, :size] + 0.5) / size * 2 - 1
    x, y = (u * _SPAN / 2).astype(np.float32), (-v * _SPAN / 2).astype(np.float32)
    z = np.sqrt(np.maximum(64 - x**2 - y**2, 0))
    part = np.where(z > 0, PART_INDEX["skin"], -1).astype(np.int8)
    position = np.dstack([x, y, z])
    zero = np.zeros((size, size), np.float32)
    wide = np.zeros((size, size, 3), np.float32)
    return GBuffer(part, wide, position / 8, zero, zero, wide, position, zero, zero, zero, position)


def test_dents_vanish_and_the_form_stays() -> None:
    face = ball(256)
    dented = face.normal + 0.35 * np.sin(np.mgrid[:256, :256][1] * 1.3)[..., None] * np.array([1, 0, 0])
    form = form_of(replace(face, normal=dented.astype(np.float32)))
    assert form.shape == (256, 256, CHANNELS) and np.isfinite(form).all()
    middle = face.normal[..., 2] > 0.6
    for first, share in ((FINE_NORMAL, 0.3), (BROAD_NORMAL, 0.45)):
        smoothed = form[..., first : first + 3]
        np.testing.assert_allclose(np.linalg.norm(smoothed[face.part >= 0], axis=-1), 1, atol=1e-4)
        off = np.abs(smoothed - face.normal)[middle].mean()
        assert off < share * np.abs(dented - face.normal)[middle].mean()
    assert not form[face.part < 0].any()


def test_a_fringe_shades_what_is_below_it_and_glasses_do_not() -> None:
    face = ball(256)
    fringe = (np.mgrid[:256, :256][0] < 100) & (face.part >= 0)
    # Looks draw the border of a shadow at about 0.45; this one is to be 8 pixels of 256 wide at least.
    below = (slice(102, 108), slice(110, 150))
    for part, shaded in (("hair", True), ("glasses", False)):
        position = face.position + 1.5 * fringe[..., None] * np.array([0, 0, 1], np.float32)
        worn = replace(face, part=np.where(fringe, PART_INDEX[part], face.part), position=position)
        form = form_of(worn)
        assert (form[below][..., SHADOW].min() > 0.5) == shaded, part
        assert form[..., SHADOW][200:, :].max() < 0.05, "far below nothing is shaded"
        assert (form[below][..., TOUCH].max() > 0.02) != shaded, part
    assert (form[..., OPENNESS][face.part >= 0] > 0.5).all()


def test_form_does_not_depend_on_size() -> None:
    small, large = (form_of(ball(size)) for size in (256, 512))
    halved = cv2.resize(large, (256, 256), interpolation=cv2.INTER_AREA)
    inside = cv2.erode((ball(256).part >= 0).astype(np.uint8), np.ones((5, 5))) > 0
    assert np.abs(small - halved)[inside].max() < 0.03
