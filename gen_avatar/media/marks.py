"""The mark that a picture or a clip is generated, put into files of every kind.

The mark is an XMP packet with IPTC's digital source type; see :data:`gen_avatar.media.images.GENERATED_MARK`.
"""

from __future__ import annotations

import shutil
import struct
import zlib
from pathlib import Path

from gen_avatar.media.images import GENERATED_MARK, XMP

#: The mark as a comment, for containers that carry no XMP (Matroska, WebM).
COMMENT = f"Generated with gen_avatar. Digital source type: {GENERATED_MARK}"
_PACKET = XMP.encode("utf-8")
#: Extended type of the box in which MP4 carries XMP (XMP specification, part 3).
_MP4_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
#: In GIF the packet stands for itself; this tail leads readers of blocks out of it, wherever they enter.
_GIF_TRAILER = bytes([1, *range(255, -1, -1), 0])


def mark_mp4(path: Path) -> None:
    """Append a box with the packet to an MP4, in place."""
    with path.open("ab") as file:
        file.write(struct.pack(">I", 8 + 16 + len(_PACKET)) + b"uuid" + _MP4_UUID + _PACKET)


def mark_webp(path: Path) -> None:
    """Append a chunk with the packet to an animated WebP, in place."""
    with path.open("r+b") as file:
        head = bytearray(file.read(21))
        if head[:4] != b"RIFF" or head[12:16] != b"VP8X":
            raise ValueError("not an extended WebP")
        file.seek(0, 2)
        file.write(b"XMP " + struct.pack("<I", len(_PACKET)) + _PACKET + b"\0" * (len(_PACKET) % 2))
        size = file.tell()
        head[20] |= 0x04  # says that there is XMP
        head[4:8] = struct.pack("<I", size - 8)
        file.seek(0)
        file.write(head)


def mark_png(path: Path) -> None:
    """Insert a text chunk with the packet after the header of a PNG or APNG, by way of a copy beside it."""
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + _PACKET
    chunk = b"iTXt" + text
    inserted = struct.pack(">I", len(text)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    copy = path.with_name(f"{path.name}.mark")
    with path.open("rb") as source, copy.open("wb") as target:
        target.write(source.read(8 + 25))  # signature and IHDR
        target.write(inserted)
        shutil.copyfileobj(source, target)
    copy.replace(path)


def gif_mark() -> bytes:
    """The packet as an extension block of a GIF."""
    return b"\x21\xff\x0bXMP DataXMP" + _PACKET + _GIF_TRAILER
