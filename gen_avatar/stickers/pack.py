"""A folder of stickers for a messenger, all or nothing.

    artist = artist_of(pipe, pipe.character("me.jpg"), "clay")
    pack = make_pack(artist, "telegram", "static", folder="me-stickers")
    data = zip_pack(pack)

Besides the stickers it holds ``pack.json`` (for WhatsApp ``contents.json`` and ``tray.png``) and
``README.txt``. Nothing in it tells of the photo.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from gen_avatar.animation import Watch, unwatched
from gen_avatar.errors import MediaError, UsageError
from gen_avatar.keyframes import Keyframes, path_of, read_keyframes
from gen_avatar.keyframes import names as ready_made
from gen_avatar.media.files import check_writable, new_folder
from gen_avatar.media.images import GENERATED_MARK
from gen_avatar.options import vocabulary
from gen_avatar.stickers.artist import Artist, Reel, Square, still
from gen_avatar.stickers.colors import bled
from gen_avatar.stickers.emoji import DEFAULT_EXPRESSIONS, DEFAULT_PERFORMANCES, EMOJI
from gen_avatar.stickers.encode import encode, ladder_of
from gen_avatar.stickers.platforms import PLATFORMS, Rules, rules_of
from gen_avatar.stickers.search import Choice, Found, best_within, rows_of
from gen_avatar.stickers.texts import (
    DEFAULT_AUTHOR,
    DEFAULT_TITLE,
    TRAY_FILE,
    Entry,
    check_text,
    pack_list,
    readme,
    whatsapp_contents,
)

__all__ = ["PLATFORMS", "Pack", "Sticker", "make_pack", "zip_pack"]

#: What WhatsApp shows of a pack in its tray: side in pixels, bytes, and the expression that is drawn.
_TRAY = Rules("png", 96, 50_000)
_TRAY_EXPRESSION = "smile"


@dataclass(frozen=True)
class Sticker:
    """A sticker that was made.

    Attributes:
        name: of its expression or performance.
        file: where it lies.
        emoji: one to three that it stands for, the closest first.
        size: bytes.
        frames: how many it has; 1 for a still.
        fps: frames a second; 0 for a still.
        quality: the step of the format's ladder that it was written with, see ``encode.LADDERS``.
    """

    name: str
    file: Path
    emoji: tuple[str, ...]
    size: int
    frames: int
    fps: float
    quality: object


@dataclass(frozen=True)
class Pack:
    """A pack that was made.

    Attributes:
        folder: holds all of it and nothing else.
        platform: see :data:`PLATFORMS`.
        kind: of sticker.
        title: of the pack.
        author: of the pack.
        stickers: in order.
    """

    folder: Path
    platform: str
    kind: str
    title: str
    author: str
    stickers: tuple[Sticker, ...]


@dataclass(frozen=True)
class _Drawn:
    """A sticker that fits: its place in the lists, its frames' number, and its content."""

    entry: Entry
    frames: int
    found: Found


def make_pack(
    artist: Artist,
    platform: str,
    kind: str = "static",
    names: Sequence[str] | None = None,
    *,
    folder: str | Path,
    outline: bool = False,
    title: str = DEFAULT_TITLE,
    author: str = DEFAULT_AUTHOR,
    performances: Mapping[str, Keyframes] | None = None,
    watch: Watch = unwatched,
) -> Pack:
    """Draw, encode and write a pack.

    Args:
        artist: who draws, see :func:`~gen_avatar.stickers.artist.artist_of`.
        platform: one of :data:`PLATFORMS`.
        kind: one of the platform's.
        names: named expressions for stills, performances for what moves; by default 16 of them
            (of performances of one's own all that there is room for).
        folder: is made; may be there if it is empty.
        outline: a white border around what is drawn.
        title: of the pack.
        author: of the pack.
        performances: what can be played, by name; by default the ready-made ones.
        watch: wraps the stickers, such as in a progress bar.

    Raises:
        UsageError: an unknown platform, kind or name, too few or too many stickers, a title or author that is
            not one line. MediaError: the folder cannot be written or holds something, or a sticker cannot be
            brought within the limit of bytes.
    """
    place, rules = rules_of(platform, kind)
    title, author = check_text("title", title), check_text("author", author)
    scenes = _scenes(performances) if rules.moves else {}
    chosen = check_names(platform, kind, names, tuple(scenes))
    target = check_pack_folder(folder)
    square = Square(rules.side, rules.margin, outline)
    made: list[_Drawn] = []
    for number, name in enumerate(watch(chosen, len(chosen), "stickers"), 1):
        stem = f"{place.prefix}{name}" if place.prefix else f"{number:02d}-{name}"
        if rules.moves:
            scene = scenes[name]
            entry = Entry(name, stem + rules.suffix, (scene.emoji,), scene.title)
            # The stickers of a pack are much alike: what the last one took the next one probably takes.
            made.append(_moving(artist, square, rules, entry, scene, made[-1].found.choice if made else None))
        else:
            entry = Entry(name, stem + rules.suffix, EMOJI[name], f"A face: {name.replace('-', ' ')}")
            made.append(_still(artist, square, rules, entry))
    files = {drawn.entry.file: drawn.found.data for drawn in made}
    files |= _beside(artist, platform, kind, outline, title, author, [drawn.entry for drawn in made])
    with new_folder(target) as work:
        for name, data in files.items():
            (work / name).write_bytes(data)
    stickers = tuple(
        Sticker(d.entry.name, target / d.entry.file, d.entry.emoji, len(d.found.data), d.frames,
                d.found.choice.rate, d.found.choice.quality)
        for d in made
    )  # fmt: skip
    return Pack(target, platform, kind, title, author, stickers)


def check_names(
    platform: str, kind: str, wanted: Sequence[str] | None, known: Sequence[str] | None = None
) -> tuple[str, ...]:
    """The stickers of a pack; ``known``: performances that can be played, by default the ready-made ones.

    Raises:
        UsageError: an unknown name, one that comes twice, or a number that the platform does not take.
    """
    place, rules = rules_of(platform, kind)
    least, most = place.count
    if rules.moves:
        what, all_names = "performance", ready_made() if known is None else tuple(known)
        default = tuple(name for name in DEFAULT_PERFORMANCES if name in all_names) or all_names[:most]
    else:
        what, all_names, default = "expression", tuple(EMOJI), DEFAULT_EXPRESSIONS
    chosen = default if wanted is None else tuple(vocabulary(what, name, all_names) for name in wanted)
    for name in chosen:
        if chosen.count(name) > 1:
            raise UsageError(f"'{name}' comes twice: a pack holds each {what} once")
    if not least <= len(chosen) <= most:
        raise UsageError(f"{place.name} takes {least} to {most} stickers in a pack, not {len(chosen)}")
    return chosen


def check_pack_folder(folder: str | Path) -> Path:
    """The folder as an absolute path; raises ``MediaError`` unless a new pack can take its place."""
    target = Path(folder).absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise MediaError(f"cannot write into {folder}: it is not an empty folder")
    check_writable(target.parent / "gen-avatar")
    return target


def zip_pack(pack: Pack) -> bytes:
    """The pack's files as a ZIP archive, in one folder of its name, without times; raises ``MediaError``."""
    buffer = BytesIO()
    try:
        with zipfile.ZipFile(buffer, "w") as archive:  # pictures are compressed already
            for path in sorted(pack.folder.iterdir()):
                archive.writestr(zipfile.ZipInfo(f"{pack.folder.name}/{path.name}"), path.read_bytes())
    except OSError as error:
        raise MediaError(f"cannot read {pack.folder}: {error.strerror or error}") from error
    return buffer.getvalue()


def _scenes(performances: Mapping[str, Keyframes] | None) -> dict[str, Keyframes]:
    if performances is not None:
        return dict(performances)
    return {name: read_keyframes(path_of(name)) for name in ready_made()}


def _still(artist: Artist, square: Square, rules: Rules, entry: Entry) -> _Drawn:
    picture = square.place(square.draw(artist, still(entry.name)), artist.cells)
    return _Drawn(entry, 1, _fitted(rules, entry.name, lambda choice: picture))


def _moving(
    artist: Artist, square: Square, rules: Rules, entry: Entry, scene: Keyframes, guess: Choice | None
) -> _Drawn:
    reel = Reel(scene, lambda performance: square.draw(artist, performance))

    @lru_cache(maxsize=1)  # trials of one rate follow each other
    def placed(count: int) -> np.ndarray:
        shown = square.place(reel.frames(count), artist.cells)
        return np.stack([bled(frame) for frame in shown]) if rules.format == "webm" else shown

    def frames(choice: Choice) -> np.ndarray | None:
        count = min(round(scene.seconds * choice.time * choice.rate), int(rules.seconds * choice.rate + 1e-6))
        return placed(count) if 2 <= count <= rules.most_frames else None

    found = _fitted(rules, entry.name, frames, guess)
    shown = frames(found.choice)
    assert shown is not None
    return _Drawn(entry, len(shown), found)


def _fitted(
    rules: Rules, name: str, frames: Callable[[Choice], np.ndarray | None], guess: Choice | None = None
) -> Found:
    """The best looking file within the limit; raises ``MediaError``."""

    def written(choice: Choice) -> bytes | None:
        shown = frames(choice)
        return None if shown is None else encode(rules.format, shown, choice)

    rows = rows_of(ladder_of(rules.format, rules.moves), rules.rates)
    found = best_within(rules.most_bytes, rows, written, guess)
    if found is None:
        raise MediaError(
            f"the sticker '{name}' cannot be brought within {rules.most_bytes} bytes: "
            "leave it out, or choose a calmer style"
        )
    return found


def _beside(
    artist: Artist, platform: str, kind: str, outline: bool, title: str, author: str, entries: list[Entry]
) -> dict[str, bytes]:
    """The files of a pack that are no stickers, by name."""
    place, rules = PLATFORMS[platform], PLATFORMS[platform].kinds[kind]
    files: dict[str, Any] = {"README.txt": readme(place, title, author, entries)}
    if platform == "whatsapp":
        files["contents.json"] = whatsapp_contents(title, author, entries, rules.moves)
        square = Square(_TRAY.side, outline=outline)
        tray = square.place(square.draw(artist, still(_TRAY_EXPRESSION)), artist.cells)
        files[TRAY_FILE] = _fitted(_TRAY, TRAY_FILE, lambda choice: tray).data
    else:
        files["pack.json"] = pack_list(platform, kind, title, author, entries, GENERATED_MARK)
    return {name: text.encode("utf-8") if isinstance(text, str) else text for name, text in files.items()}
