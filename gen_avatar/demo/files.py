"""Files that visitors take away, in folders of their own that are removed as time goes by."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

from gradio.utils import get_upload_folder


def new_folder() -> Path:
    """An empty folder below the demo's temporary folder, with a name that nobody guesses."""
    home = Path(get_upload_folder())
    home.mkdir(parents=True, exist_ok=True)
    return Path(mkdtemp(dir=home))


def new_file(data: bytes, name: str) -> str:
    """The path of a new file with this content."""
    path = new_folder() / name
    path.write_bytes(data)
    return str(path)
