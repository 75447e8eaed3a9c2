"""Writes stickers to bytes, marked as generated, in any of the formats and at any quality.

Nothing personal is written: no name, no time, no other metadata than the mark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from io import BytesIO
from types import MappingProxyType
from typing import Any

import numpy as np
from PIL import Image

from gen_avatar.media.images import XMP, png_info
from gen_avatar.media.marks import COMMENT, gif_mark
from gen_avatar.media.writer import GIF_OPAQUE
from gen_avatar.stickers.colors import reduced
from gen_avatar.stickers.search import Choice, Ladder

#: Says "without loss" in a ladder of WebP, "all colours" in one of PNG.
EXACT = 0
#: Format → its qualities: WebP's quality, VP9's constant rate factor, numbers of colours and their slack (see
#: :func:`~gen_avatar.stickers.colors.reduced`).
LADDERS: Mapping[str, Ladder] = MappingProxyType({
    "webp": Ladder((EXACT, 97, 94, 90, 85, 80, 75), (68, 60), (50, 40, 30, 20, 10)),
    "webp-moving": Ladder((92, 88, 84, 80, 76, 72), (66, 60, 54), (46, 38, 30, 20, 10)),
    "webm": Ladder((12, 16, 20, 24, 28, 32), (36, 40, 44), (48, 52, 56, 60, 63)),
    "png": Ladder((EXACT, (256, 0), (192, 0), (128, 0)), ((96, 0), (64, 0)), ((48, 8), (32, 8), (16, 8))),
    "apng": Ladder(((256, 0), (192, 0), (128, 0), (96, 4)), ((80, 4), (64, 4), (64, 8)),
                   ((48, 8), (40, 8), (32, 8), (24, 8), (16, 8))),
    "gif": Ladder(((256, 0), (192, 0), (128, 0), (96, 4), (64, 4)), ((64, 8), (48, 8), (32, 8)),
                  ((24, 8), (16, 8))),
})  # fmt: skip

#: The application block that makes a GIF play for ever, as Pillow writes it.
_GIF_FOREVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"


def ladder_of(format_: str, moves: bool) -> Ladder:
    """The qualities of a format, best first."""
    return LADDERS["webp-moving" if format_ == "webp" and moves else format_]


def encode(format_: str, frames: np.ndarray, choice: Choice) -> bytes:
    """A still, or a loop that plays for ever.

    Args:
        format_: ``"webp"``, ``"png"``, ``"webm"``, ``"apng"`` or ``"gif"``.
        frames: [T, H, W, 4] uint8, straight alpha; the first is the still. For WebM, clear pixels should have
            the colour of what is near, see :func:`~gen_avatar.stickers.colors.bled`.
        choice: its quality is one of the format's ladder; stills have the rate 0.
    """
    return _ENCODERS[format_](frames, choice.quality, choice.rate)


def _durations(count: int, rate: float, unit: int) -> list[int]:
    """How long frames last, in ``unit`` s⁻¹, whole, and right in sum."""
    ends = [round(unit * n / rate) for n in range(count + 1)]
    return [end - start for start, end in zip(ends, ends[1:], strict=False)]


def _webp(frames: np.ndarray, quality: int, rate: float) -> bytes:
    first, *more = (Image.fromarray(frame) for frame in frames)
    options: dict[str, Any] = {"xmp": XMP.encode("utf-8")}
    if rate:
        options |= {"save_all": True, "append_images": more, "loop": 0, "method": 3,
                    "duration": _durations(len(frames), rate, 1000)}  # fmt: skip
    else:
        options |= {"method": 4}
    how = {"lossless": True, "quality": 75} if quality == EXACT else {"quality": quality}
    return _saved(first, "WEBP", **how, alpha_quality=90 if quality != EXACT else 100, **options)


def _png(frames: np.ndarray, quality: Any, _: float) -> bytes:
    few = quality != EXACT
    image = _with_palette(*reduced(frames[:1], *quality))[0] if few else Image.fromarray(frames[0])
    return _saved(image, "PNG", optimize=True, pnginfo=png_info())


def _apng(frames: np.ndarray, quality: tuple[int, float], rate: float) -> bytes:
    first, *more = _with_palette(*reduced(frames, *quality))
    return _saved(first, "PNG", save_all=True, append_images=more, loop=0, disposal=0, blend=0, optimize=True,
                  duration=_durations(len(frames), rate, 1000), pnginfo=png_info())  # fmt: skip


def _gif(frames: np.ndarray, quality: tuple[int, float], rate: float) -> bytes:
    hard = frames.copy()
    hard[..., 3] = np.where(frames[..., 3] < GIF_OPAQUE, 0, 255)
    numbers, palette = reduced(hard, *quality)
    first, *more = (Image.fromarray(number, "P") for number in numbers)
    for image in (first, *more):
        image.putpalette(palette[:, :3].tobytes())
    data = _saved(
        first, "GIF", save_all=True, append_images=more, loop=0, disposal=2, transparency=0, optimize=False,
        duration=[10 * hundredths for hundredths in _durations(len(frames), rate, 100)],
    )  # fmt: skip
    head, forever, rest = data.partition(_GIF_FOREVER)
    return head + forever + gif_mark() + rest


def _webm(frames: np.ndarray, quality: int, rate: float) -> bytes:
    """VP9 with alpha in a layer of its own, as FFmpeg's libraries write it; no sound."""
    import av

    buffer = BytesIO()
    pace = Fraction(rate).limit_denominator(1001)
    with av.open(buffer, "w", format="webm") as container:
        container.metadata["comment"] = COMMENT
        stream: Any = container.add_stream("libvpx-vp9", rate=pace)
        stream.height, stream.width = frames.shape[1:3]
        stream.codec_context.time_base = 1 / pace
        stream.codec_context.thread_count = 2
        stream.pix_fmt, stream.bit_rate = "yuva420p", 0
        # Frames that are not shown, which alternate references are, cannot go with alpha.
        stream.options = {"crf": str(quality), "deadline": "good", "cpu-used": "4", "auto-alt-ref": "0",
                          "row-mt": "1"}  # fmt: skip
        for number, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), "rgba")
            frame.pts, frame.time_base = number, 1 / pace
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def _with_palette(numbers: np.ndarray, palette: np.ndarray) -> list[Image.Image]:
    """[T, H, W] numbers of colours [N, 4] as pictures that share them."""
    images = []
    for frame in numbers:
        image = Image.fromarray(frame, "P")
        image.putpalette(palette[:, :3].tobytes())
        image.info["transparency"] = palette[:, 3].tobytes()
        images.append(image)
    return images


def _saved(image: Image.Image, format_: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


_ENCODERS: Mapping[str, Callable[[np.ndarray, Any, float], bytes]] = MappingProxyType(
    {"webp": _webp, "png": _png, "apng": _apng, "gif": _gif, "webm": _webm}
)
