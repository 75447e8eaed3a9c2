"""A folder of drawings: what can be read, what is left out and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from gen_avatar.errors import MediaError, UsageError
from gen_avatar.media import read_image
from gen_avatar.warp.still import resized

#: Endings of the files that are looked at.
ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".svg")
#: Larger drawings are scaled down to this longest side, pixels; drawings of vectors are drawn at half of it.
LONGEST = 1024
#: Two drawings are the same if their thumbnails differ by less, of 255, and less at the worst pixel.
_SAME, _SAME_WORST = 1.5, 30
_THUMBNAIL = 24
#: Drawings that are looked at; training gains little from more.
MOST = 400


@dataclass(frozen=True)
class Drawing:
    """One picture of the folder: [H, W, 4] uint8, straight alpha."""

    path: Path
    picture: np.ndarray


@dataclass(frozen=True)
class LeftOut:
    """A file that is not used, and why; the picture where it could be read."""

    path: Path
    reason: str
    picture: np.ndarray | None = None


def read_folder(folder: Path) -> tuple[list[Drawing], list[LeftOut]]:
    """Read the drawings of a folder, in the order of their names.

    Returns:
        the drawings, and the files that are damaged or show what another one shows.

    Raises:
        MediaError: no folder, or no file in it that could be a drawing.
        UsageError: more than ``MOST`` files.
    """
    if not folder.is_dir():
        raise MediaError(f"there is no folder {folder}: give a folder of drawings")
    try:
        files = sorted(p for p in folder.iterdir() if _may_be_drawing(p))
    except OSError as error:
        raise MediaError(f"cannot read {folder}: {error.strerror or error}") from error
    if not files:
        raise MediaError(
            f"{folder} holds no drawings: put 10 to 30 faces into it ({', '.join(ENDINGS)}; "
            "folders within it are not looked at)"
        )
    if len(files) > MOST:
        raise UsageError(f"{folder} holds {len(files)} pictures: choose up to {MOST} drawings of one style")
    drawings: list[Drawing] = []
    left: list[LeftOut] = []
    thumbnails: list[np.ndarray] = []
    for path in files:
        try:
            picture = read_drawing(path)
        except MediaError as error:
            left.append(LeftOut(path, str(error)))
            continue
        small = _thumbnail(picture)
        twin = next((d for d, other in zip(drawings, thumbnails, strict=True) if _same(small, other)), None)
        if twin is not None:
            left.append(LeftOut(path, f"shows the same as {twin.path.name}", picture))
            continue
        drawings.append(Drawing(path, picture))
        thumbnails.append(small)
    return drawings, left


def read_drawing(path: Path) -> np.ndarray:
    """[H, W, 4] uint8, straight alpha, at most ``LONGEST`` pixels a side.

    Raises:
        MediaError: it cannot be read.
    """
    picture = read_svg(path) if path.suffix.lower() == ".svg" else read_image(path, alpha=True)
    gain = LONGEST / max(picture.shape[:2])
    if gain >= 1:
        return picture
    height, width = (max(1, round(side * gain)) for side in picture.shape[:2])
    return resized(picture, height, width)


def read_svg(path: Path) -> np.ndarray:
    """[H, W, 4] uint8, straight alpha, longest side ``LONGEST // 2``. Files it refers to are not loaded.

    Raises:
        MediaError: it cannot be drawn, or the optional package that draws it is missing.
    """
    try:
        import resvg_py
    except ImportError as error:
        raise MediaError(f"{path} is an SVG: pip install resvg-py to read it, or save it as PNG") from error
    try:
        text = path.read_text(encoding="utf-8")
        png = bytes(resvg_py.svg_to_bytes(svg_string=text, width=LONGEST // 2, skip_system_fonts=True))
    except (OSError, ValueError, UnicodeDecodeError, RuntimeError) as error:
        raise MediaError(f"{path} cannot be drawn: {' '.join(str(error).split())}") from error
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.shape[2] != 4:
        raise MediaError(f"{path} cannot be drawn: it gives no picture")
    return cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA)


def _may_be_drawing(path: Path) -> bool:
    return path.suffix.lower() in ENDINGS and not path.name.startswith(".") and path.is_file()


def _thumbnail(picture: np.ndarray) -> np.ndarray:
    alpha = picture[..., 3:].astype(np.float32) / 255
    seen = picture[..., :3] * alpha + 128 * (1 - alpha)
    return cv2.resize(seen, (_THUMBNAIL, _THUMBNAIL), interpolation=cv2.INTER_AREA)


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    difference = np.abs(a - b)
    return bool(difference.mean() < _SAME and difference.max() < _SAME_WORST)
