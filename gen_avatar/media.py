"""Pictures and clips in, pictures out: every file that a user names passes through here.

Reading checks the header before it decodes, so that a hostile or absurd file costs nothing. Writing
goes to a temporary file beside the target and is renamed at the end, so that nothing is left half-done.
"""

from __future__ import annotations

import math
import os
import stat
import tempfile
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from gen_avatar.errors import MediaError

#: Pictures and frames with more pixels are refused.
MAX_PIXELS = 64_000_000
#: Pictures with a shorter side cannot hold a face, pixels.
MIN_SIDE = 16
#: Longer clips are refused, seconds.
MAX_SECONDS = 900.0
#: What pictures are decoded from. Formats that run other programs (EPS) stay out.
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "TGA", "JPEG2000", "AVIF", "HEIF")
#: The public term for pictures made by a trained network.
GENERATED_MARK = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

# FFmpeg reads this once in a process, at its first use. Quiet: what is wrong is said once, in our words.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
<Iptc4xmpExt:DigitalSourceType>{GENERATED_MARK}</Iptc4xmpExt:DigitalSourceType>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


def read_image(path: str | Path) -> np.ndarray:
    """Read a photo as a viewer would show it: upright, in sRGB, transparent parts on white.

    Args:
        path: JPEG, PNG, WebP, GIF (first frame), BMP, TIFF, PPM, TGA, JPEG 2000, AVIF, or HEIC where
            pillow-heif is installed; any colour mode and depth.

    Returns:
        [H, W, 3] uint8, sRGB.

    Raises:
        MediaError: missing, a folder, no picture, damaged, a side below 16 pixels, or more than 64
            megapixels (JPEG: 179, above 64 they are read at half their size).
    """
    path = Path(path)
    _check_readable(path)
    with _open_image(path) as image:
        if math.prod(image.size) > MAX_PIXELS:
            image.draft("RGB", (image.width // 2, image.height // 2))  # JPEG decodes at half its size cheaply
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise MediaError(_too_large(path, f"{width} x {height}"))
        if min(width, height) < MIN_SIDE:
            raise MediaError(f"{path} is too small ({width} x {height} pixels): give a photo of a face")
        try:
            image.load()
            return np.array(_to_rgb(ImageOps.exif_transpose(image)))
        except Exception as error:  # decoders of damaged files raise anything
            raise MediaError(f"{path} is damaged and cannot be decoded: {_one_line(error)}") from error


def _check_readable(path: Path) -> None:
    """Raise ``MediaError`` unless ``path`` is an ordinary file."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise MediaError(f"cannot read {path}: {error.strerror or error}") from error
    if stat.S_ISDIR(mode):
        raise MediaError(f"{path} is a folder: give a file")
    if not stat.S_ISREG(mode):
        raise MediaError(f"{path} is not an ordinary file")


def _open_image(path: Path) -> Image.Image:
    """Read the header only."""
    heif = _is_heif(path)
    if heif:
        _need_heif(path)
    Image.init()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of size and odd EXIF: the limits are ours
            return Image.open(path, formats=[name for name in FORMATS if name in Image.OPEN])
    except Image.DecompressionBombError as error:
        raise MediaError(_too_large(path, "far too many")) from error
    except UnidentifiedImageError as error:
        raise MediaError(f"{path} is not a picture that can be read: save it as JPEG or PNG") from error
    except Exception as error:
        raise MediaError(f"cannot read {path}: {_one_line(error)}") from error


def _is_heif(path: Path) -> bool:
    """Whether the file starts like an HEIC photo (as phones take them)."""
    try:
        with path.open("rb") as file:
            start = file.read(32)
    except OSError as error:
        raise MediaError(f"cannot read {path}: {error.strerror or error}") from error
    return start[4:8] == b"ftyp" and start[8:12] in _HEIF_BRANDS and b"avif" not in start


def _need_heif(path: Path) -> None:
    """Register the HEIC decoder, or say how to get it."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError as error:
        raise MediaError(
            f"{path} is an HEIC photo: pip install pillow-heif to read it, or save it as JPEG"
        ) from error
    register_heif_opener()


def _to_rgb(image: Image.Image) -> Image.Image:
    """Any mode as 8-bit sRGB; transparency on white."""
    if image.mode.startswith("I") or image.mode == "F":
        return _deep_grey_to_rgb(image)
    profile = image.info.get("icc_profile")
    if image.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        image = white
    elif image.mode not in ("RGB", "CMYK"):
        image = image.convert("RGB")
    converted = _with_profile(image, profile) if profile else None
    return converted or image.convert("RGB")


def _with_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Colours of an embedded profile (Display P3, a press's CMYK) as sRGB; None where it does not apply."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return None
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # broken, or a profile of another mode (grey): the plain colours are the best guess


def _deep_grey_to_rgb(image: Image.Image) -> Image.Image:
    """16- and 32-bit grey; floats are taken as [0, 1] when none is larger."""
    values = np.nan_to_num(np.asarray(image).astype(np.float32))
    white = 65535.0 if image.mode.startswith("I") else (1.0 if values.max() <= 1 else 255.0)
    if image.mode == "I" and values.max() <= 255:
        white = 255.0
    grey = (values * (255.0 / white) + 0.5).clip(0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def _too_large(path: Path, pixels: str) -> str:
    limit = MAX_PIXELS // 1_000_000
    return f"{path} is too large ({pixels} pixels): at most {limit} megapixels are read, scale it down"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def write_png(path: str | Path, image: np.ndarray) -> None:
    """Write a generated picture, marked as such, all or nothing.

    The file says in its metadata (XMP, IPTC digital source type) that a trained network made it.

    Args:
        path: the target; replaced if it exists.
        image: [H, W, 4] or [H, W, 3] uint8, sRGB, alpha not premultiplied.

    Raises:
        MediaError: the target cannot be written.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (3, 4):
        raise ValueError(f"expected [H, W, 3 or 4] uint8, got {image.dtype} {image.shape}")
    info = PngInfo()
    info.add_text("Software", "gen_avatar")
    info.add_itxt("XML:com.adobe.xmp", _XMP)
    with atomic_path(path) as temporary:
        Image.fromarray(image).save(temporary, format="PNG", pnginfo=info)


def check_writable(path: str | Path) -> None:
    """Raise ``MediaError`` now, rather than after the work, if ``path`` cannot be written."""
    path = _target(path)
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.suffix)
        os.close(descriptor)
        os.unlink(name)
    except OSError as error:
        raise MediaError(_cannot_write(path, error)) from error


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A temporary file to write instead of ``path``; it takes that name when the block ends well.

    The temporary file lies in the same folder and has the same suffix. If the block raises, it is
    removed and an existing ``path`` stays as it was.

    Raises:
        MediaError: the folder or the target cannot be written, or the disk is full.
    """
    path = _target(path)
    temporary = None
    try:
        descriptor, temporary = tempfile.mkstemp(path.suffix, f".{path.stem[:40]}-", path.parent)
        os.close(descriptor)
        yield Path(temporary)
        os.chmod(temporary, 0o666 & ~_umask())  # mkstemp's files are private, results are not
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        raise MediaError(_cannot_write(path, error)) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)


def atomic_write_text(path: str | Path, text: str) -> None:
    """Write ``text`` as UTF-8, all or nothing; raises ``MediaError``."""
    atomic_write_bytes(path, text.encode("utf-8"))


def atomic_write_bytes(path: str | Path, data: bytes) -> None:
    """Write ``data``, all or nothing; raises ``MediaError``."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def _target(path: str | Path) -> Path:
    """The file behind links; raises ``MediaError`` for what no file can replace."""
    path = Path(path)
    try:
        path = path.resolve()
        if path.is_dir():
            raise MediaError(f"cannot write {path}: it is a folder, give a file name")
        if path.exists() and not path.is_file():
            raise MediaError(f"cannot write {path}: it is not an ordinary file")
        if not path.parent.is_dir():
            raise MediaError(f"cannot write {path}: the folder {path.parent} does not exist")
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise MediaError(f"cannot write {path}: {_one_line(error)}") from error
    return path


def _cannot_write(path: Path, error: OSError) -> str:
    return f"cannot write {path}: {error.strerror or _one_line(error)}"


def _umask() -> int:
    """The process's umask; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


@dataclass(frozen=True)
class Frame:
    """One picture of a clip.

    Attributes:
        image: [H, W, 3] uint8, upright.
        time: seconds since the first frame.
    """

    image: np.ndarray
    time: float


@dataclass(frozen=True)
class Video:
    """A clip that is decoded while it is iterated; memory does not grow with its length.

    Attributes:
        path: of the file.
        fps: frames a second.
        size: (width, height) of the upright frames, pixels.
        frame_count: as the file states it; 0 where it does not.
    """

    path: Path
    fps: float
    size: tuple[int, int]
    frame_count: int

    def __iter__(self) -> Iterator[Frame]:
        """Frames in order; raises ``MediaError`` when the clip turns out to be too long."""
        for frame in _decode(self.path):
            if frame.time > MAX_SECONDS:
                raise MediaError(_too_long(self.path))
            yield frame


def read_video(path: str | Path) -> Video:
    """Open a clip.

    Args:
        path: anything that FFmpeg decodes; rotation flags of phones are applied.

    Returns:
        The clip; iterate it for its frames.

    Raises:
        MediaError: missing, a folder, no video, damaged, a still picture, beyond 64 megapixels or 15 minutes.
    """
    path = Path(path)
    _check_readable(path)
    capture = _open_capture(path)
    import cv2

    fps = float(capture.get(cv2.CAP_PROP_FPS))
    count = max(0, int(capture.get(cv2.CAP_PROP_FRAME_COUNT)))
    width, height = (int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    capture.release()
    if width * height > MAX_PIXELS:
        raise MediaError(_too_large(path, f"{width} x {height}"))
    frames = _decode(path)
    first, second = next(frames, None), next(frames, None)
    frames.close()
    if first is None:
        raise MediaError(f"{path} holds no frame that can be decoded: it is empty or damaged")
    if second is None:
        raise MediaError(f"{path} is a still picture: give a video")
    if not 0 < fps <= 1000:
        raise MediaError(f"{path} does not state its frame rate: convert it to MP4")
    if count > MAX_SECONDS * fps:
        raise MediaError(_too_long(path))
    return Video(path, fps, (first.image.shape[1], first.image.shape[0]), count)


def _open_capture(path: Path) -> Any:
    import cv2

    level = cv2.getLogLevel()
    cv2.setLogLevel(0)
    try:
        capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    finally:
        cv2.setLogLevel(level)
    if not capture.isOpened():
        raise MediaError(f"{path} is not a video that can be read: it is damaged or of an unknown format")
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    return capture


def _decode(path: Path) -> Generator[Frame, None, None]:
    """The frames of a clip with the times that the file gives them."""
    import cv2

    capture = _open_capture(path)
    start = None
    try:
        while True:
            ok, image = capture.read()
            if not ok:
                return
            now = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            start = now if start is None else start
            yield Frame(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), now - start)
    finally:
        capture.release()


def _too_long(path: Path) -> str:
    return f"{path} is too long: at most {MAX_SECONDS / 60:.0f} minutes are read, cut it first"
