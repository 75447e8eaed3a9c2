"""Files as such: what may be read, and writing all or nothing.

What is written goes to a temporary file beside the target, which is renamed at the end, so that nothing
is left half-done.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gen_avatar.errors import MediaError


def check_readable(path: Path) -> None:
    """Raise ``MediaError`` unless ``path`` is an ordinary file."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise MediaError(f"cannot read {path}: {error.strerror or error}") from error
    if stat.S_ISDIR(mode):
        raise MediaError(f"{path} is a folder: give a file")
    if not stat.S_ISREG(mode):
        raise MediaError(f"{path} is not an ordinary file")


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
        os.chmod(temporary, 0o666 & ~umask())  # mkstemp's files are private, results are not
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        raise MediaError(_cannot_write(path, error)) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A temporary folder that takes the name ``path`` when the block ends well; raises ``MediaError``."""
    path = path.absolute()
    work = Path(tempfile.mkdtemp(prefix=f".{path.name[:40]}-", dir=path.parent))
    try:
        yield work
        if path.is_dir():
            path.rmdir()
        work.chmod(0o777 & ~umask())
        work.rename(path)
    except OSError as error:
        raise MediaError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


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
        raise MediaError(f"cannot write {path}: {one_line(error)}") from error
    return path


def _cannot_write(path: Path, error: OSError) -> str:
    return f"cannot write {path}: {error.strerror or one_line(error)}"


def umask() -> int:
    """The process's umask; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
