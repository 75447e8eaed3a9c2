"""Pictures and clips in, results out: every file that a user names passes through here."""

from gen_avatar.media.files import atomic_path, atomic_write_bytes, atomic_write_text, check_writable
from gen_avatar.media.images import GENERATED_MARK, is_generated, png_bytes, read_image, write_png
from gen_avatar.media.video import Frame, Video, read_video
from gen_avatar.media.writer import check_clip_name, open_writer

__all__ = [
    "GENERATED_MARK",
    "Frame",
    "Video",
    "atomic_path",
    "atomic_write_bytes",
    "atomic_write_text",
    "check_clip_name",
    "check_writable",
    "is_generated",
    "open_writer",
    "png_bytes",
    "read_image",
    "read_video",
    "write_png",
]
