"""The studio draws the 3D character in an art style, by hand-written rules: the teacher of the generator.

``draw`` returns a picture and the geometry buffers of the same moment, so that a network can learn to paint
the one from the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np

from gen_avatar.character.buffers import GBuffer, render_buffers, render_gbuffer
from gen_avatar.character.character import CharacterMesh, CharacterModel, PosedMesh
from gen_avatar.errors import UsageError
from gen_avatar.types import Appearance, Character, Performance
from gen_avatar.weights import checkpoint_root
from training.studio import clay, flat, ink, papercut, pixel, toon

#: Look → painter: un-averaged geometry, the person's colours and the samples per side of a pixel to a picture
#: [size, size, 4], straight sRGB and alpha.
LOOKS: dict[str, Callable[[GBuffer, Appearance, int], np.ndarray]] = {
    "clay": clay.paint,
    "toon": toon.paint,
    "flat": flat.paint,
    "ink": ink.paint,
    "pixel": pixel.paint,
}
#: Looks that the generator is never taught: what learning a new one is measured on.
UNTAUGHT = {"papercut": papercut.paint}
#: Samples per side of a pixel.
SUPERSAMPLE = 2


@lru_cache(maxsize=1)
def default_model() -> CharacterModel:
    """The character of the shipped checkpoints, loaded once."""
    return CharacterModel.from_pretrained(checkpoint_root())


@lru_cache(maxsize=64)
def _built(person: str, props: tuple[str, ...]) -> CharacterMesh:
    return default_model().build(Character.from_json(person), props)


def pose(person: Character, performance: Performance, index: int = 0) -> PosedMesh:
    """Frame ``index`` of ``performance`` played by ``person``; the mesh of recent people is kept."""
    return default_model().pose(
        _built(person.to_json(), performance.props),
        performance.expression[index],
        performance.gaze[index],
        performance.head_rotation[index],
    )


def draw(
    character: Character, performance: Performance, look: str = "toon", size: int = 256, index: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """A picture and what it was drawn from.

    Args:
        character: who.
        performance: what they do; frame ``index`` of it is drawn.
        look: one of ``LOOKS`` or ``UNTAUGHT``.
        size: side of the picture, pixels.

    Returns:
        [size, size, 4] float32 sRGB and straight alpha in [0, 1] (0 where nothing is), and the geometry
        buffers [C, size, size] float32.

    Raises:
        UsageError: an unknown look.
    """
    pictures, buffers = draw_all(character, performance, (look,), size, index)
    return pictures[look], buffers


def draw_all(
    character: Character,
    performance: Performance,
    looks: Iterable[str] = tuple(LOOKS),
    size: int = 256,
    index: int = 0,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The same moment in several looks, rasterised once: ({look: picture}, buffers) as of :func:`draw`."""
    posed = pose(character, performance, index)
    geometry = _geometry(posed, size)
    pictures = {look: _painted(geometry, character.appearance, look) for look in looks}
    # What the network is fed when it paints, not the average of the painter's own samples.
    return pictures, render_buffers(posed, size)


def paint(posed: PosedMesh, appearance: Appearance, look: str = "toon", size: int = 256) -> np.ndarray:
    """[size, size, 4] picture of a posed character, as of :func:`draw`."""
    return _painted(_geometry(posed, size), appearance, look)


def _geometry(posed: PosedMesh, size: int) -> GBuffer:
    return render_gbuffer(posed, size * SUPERSAMPLE)


def _painted(geometry: GBuffer, appearance: Appearance, look: str) -> np.ndarray:
    painters = LOOKS | UNTAUGHT
    if look not in painters:
        raise UsageError(f"there is no look '{look}'; choose from {', '.join(painters)}")
    return painters[look](geometry, appearance, SUPERSAMPLE)
