"""Several photos of one person: what each tells becomes one character."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from gen_avatar.appearance.merge import merge_appearances, strangers
from gen_avatar.errors import GenAvatarWarning, NoFaceError, UsageError
from gen_avatar.options import check_is_photo
from gen_avatar.types import Character, FaceTrack

#: A photo: a file, or an array [H, W, 3] uint8 sRGB.
Photo = str | Path | np.ndarray


class ReadPhoto(Protocol):
    """What reading one photo has told."""

    @property
    def character(self) -> Character: ...
    @property
    def track(self) -> FaceTrack: ...


def same_person(
    photos: Sequence[Photo],
    read: Callable[[Photo], ReadPhoto],
    identify: Callable[[Sequence[FaceTrack]], np.ndarray],
) -> Character:
    """The person whom all photos show.

    Warns (``GenAvatarWarning``) of each photo that has no usable face and is passed over, and of photos that
    clearly show different people.

    Args:
        photos: files or arrays.
        read: reads one photo; raises ``NoFaceError`` where there is no usable face.
        identify: identity [K] from the tracks of several photos.

    Raises:
        NoFaceError: no photo has a usable face.
        MediaError: a file cannot be read.
        UsageError: no photos, or something else among them.
    """
    _check(photos)
    found: list[tuple[str, ReadPhoto]] = []
    missed: list[str] = []
    for number, photo in enumerate(photos, 1):
        name = f"photo {number}" if isinstance(photo, np.ndarray) else str(photo)
        try:
            found.append((name, read(photo)))
        except NoFaceError as error:
            missed.append(f"{name}: {error}")
    if not found:
        first = missed[0] if len(photos) == 1 else f"none of {len(photos)} photos can be used; {missed[0]}"
        raise NoFaceError(first)
    for reason in missed:
        _warn(f"passed over {reason}")
    people = [portrait.character for _, portrait in found]
    looks = [person.appearance for person in people]
    odd = strangers([person.identity for person in people], looks)
    if odd:
        _warn(f"the photos seem to show different people: {', '.join(found[i][0] for i in odd)}")
    identity = identify([portrait.track for _, portrait in found])
    return Character(identity, merge_appearances(looks))


def _check(photos: Sequence[Photo]) -> None:
    if not isinstance(photos, Sequence) or not photos:
        raise UsageError(f"give a photo, several photos or a character, not {photos!r:.60}")
    for photo in photos:
        if isinstance(photo, Character):
            raise UsageError("one person is read from photos alone, not from a finished character")
        if not isinstance(photo, str | Path | np.ndarray):
            raise UsageError(f"a photo is a file or an array, not {photo!r:.60}")
        if not isinstance(photo, np.ndarray):
            check_is_photo(photo)


def _warn(text: str) -> None:
    warnings.warn(text, GenAvatarWarning, stacklevel=4)
