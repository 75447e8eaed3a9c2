"""Pictures in and out.

The header is checked before anything is decoded, so that a hostile or absurd file costs nothing.
"""

from __future__ import annotations

import math
import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from gen_avatar.errors import MediaError
from gen_avatar.media.files import atomic_write_bytes, check_readable, one_line

#: Pictures and frames with more pixels are refused.
MAX_PIXELS = 64_000_000
#: Pictures with a shorter side cannot hold a face, pixels.
MIN_SIDE = 16
#: What pictures are decoded from. Formats that run other programs (EPS) stay out.
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "TGA", "JPEG2000", "AVIF", "HEIF")
#: The mark is looked for in so many bytes from the start.
_MARK_WITHIN = 65_536
#: The public term for pictures made by a trained network.
GENERATED_MARK = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
#: The mark as an XMP packet.
XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">
<Iptc4xmpExt:DigitalSourceType>{GENERATED_MARK}</Iptc4xmpExt:DigitalSourceType>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


def read_image(path: str | Path, alpha: bool = False) -> np.ndarray:
    """Read a photo as a viewer would show it: upright, in sRGB, transparent parts on white.

    Args:
        path: JPEG, PNG, WebP, GIF (first frame), BMP, TIFF, PPM, TGA, JPEG 2000, AVIF, or HEIC where
            pillow-heif is installed; any colour mode and depth.
        alpha: keep transparency.

    Returns:
        [H, W, 3] uint8, sRGB; with ``alpha`` [H, W, 4], straight.

    Raises:
        MediaError: missing, a folder, no picture, damaged, a side below 16 pixels, or more than 64
            megapixels (JPEG: 179, above 64 they are read at half their size).
    """
    path = Path(path)
    check_readable(path)
    with _open_image(path) as image:
        if math.prod(image.size) > MAX_PIXELS:
            image.draft("RGB", (image.width // 2, image.height // 2))  # JPEG decodes at half its size cheaply
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise MediaError(too_large(path, f"{width} x {height}"))
        if min(width, height) < MIN_SIDE:
            raise MediaError(f"{path} is too small ({width} x {height} pixels): give a photo of a face")
        try:
            image.load()
            upright = ImageOps.exif_transpose(image)
            if not alpha:
                return np.array(to_rgb(upright))
            if _has_alpha(upright):
                return np.array(upright.convert("RGBA"))
            return np.array(to_rgb(upright).convert("RGBA"))
        except Exception as error:  # decoders of damaged files raise anything
            raise MediaError(f"{path} is damaged and cannot be decoded: {one_line(error)}") from error


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
        raise MediaError(too_large(path, "far too many")) from error
    except UnidentifiedImageError as error:
        raise MediaError(f"{path} is not a picture that can be read: save it as JPEG or PNG") from error
    except Exception as error:
        raise MediaError(f"cannot read {path}: {one_line(error)}") from error


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


def to_rgb(image: Image.Image) -> Image.Image:
    """Any mode as 8-bit sRGB; transparency on white."""
    if image.mode.startswith("I") or image.mode == "F":
        return _deep_greyto_rgb(image)
    profile = image.info.get("icc_profile")
    if _has_alpha(image):
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        image = white
    elif image.mode not in ("RGB", "CMYK"):
        image = image.convert("RGB")
    converted = _with_profile(image, profile) if profile else None
    return converted or image.convert("RGB")


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in image.info


def _with_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Colours of an embedded profile (Display P3, a press's CMYK) as sRGB; None where it does not apply."""
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return None
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # broken, or a profile of another mode (grey): the plain colours are the best guess


def _deep_greyto_rgb(image: Image.Image) -> Image.Image:
    """16- and 32-bit grey; floats are taken as [0, 1] when none is larger."""
    values = np.nan_to_num(np.asarray(image).astype(np.float32))
    white = 65535.0 if image.mode.startswith("I") else (1.0 if values.max() <= 1 else 255.0)
    if image.mode == "I" and values.max() <= 255:
        white = 255.0
    grey = (values * (255.0 / white) + 0.5).clip(0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def too_large(path: Path, pixels: str) -> str:
    limit = MAX_PIXELS // 1_000_000
    return f"{path} is too large ({pixels} pixels): at most {limit} megapixels are read, scale it down"


def write_png(path: str | Path, image: np.ndarray) -> None:
    """Write a generated picture, marked as such, all or nothing; see :func:`png_bytes`.

    Args:
        path: the target; replaced if it exists.
        image: [H, W, 4] or [H, W, 3] uint8, sRGB, alpha not premultiplied.

    Raises:
        MediaError: the target cannot be written.
    """
    atomic_write_bytes(path, png_bytes(image))


def png_bytes(image: np.ndarray) -> bytes:
    """A generated picture as a PNG that says in its metadata (XMP, IPTC digital source type) that a trained
    network made it.

    Args:
        image: [H, W, 4] or [H, W, 3] uint8, sRGB, alpha not premultiplied.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (3, 4):
        raise ValueError(f"expected [H, W, 3 or 4] uint8, got {image.dtype} {image.shape}")
    buffer = BytesIO()
    Image.fromarray(image).save(buffer, format="PNG", pnginfo=png_info())
    return buffer.getvalue()


def png_info() -> PngInfo:
    """The mark, for Pillow to write into a PNG."""
    info = PngInfo()
    info.add_text("Software", "gen_avatar")
    info.add_itxt("XML:com.adobe.xmp", XMP)
    return info


def is_generated(path: str | Path) -> bool:
    """Whether a picture says in its metadata that a network made it; False where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return GENERATED_MARK.encode() in file.read(_MARK_WITHIN)
    except OSError:
        return False
