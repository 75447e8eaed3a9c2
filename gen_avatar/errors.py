"""Errors that a user can do something about.

The command line prints the message on one line and exits with ``exit_code``;
the Python API raises the same classes.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class GenAvatarError(Exception):
    """Base class. ``exit_code`` is what the command line returns."""

    exit_code = 1


class UsageError(GenAvatarError):
    """An argument is unknown, out of range or contradicts another one."""

    exit_code = 2


class NoFaceError(GenAvatarError):
    """The picture holds no face that can be used."""

    exit_code = 3


class MediaError(GenAvatarError):
    """A file cannot be read or written."""

    exit_code = 4


class WeightsError(GenAvatarError):
    """A checkpoint is missing, incomplete or damaged."""

    exit_code = 5


class GenAvatarWarning(UserWarning):
    """Something in a file was passed over; the command line prints it on one line."""


def nearest(name: str, known: Iterable[str]) -> str:
    """What to put behind "unknown …": the closest known names, or all of them if none is close."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(names)}"
