"""What is written beside the pictures of a pack: a list for machines and a page for people."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gen_avatar.errors import UsageError
from gen_avatar.stickers.platforms import Platform

#: Who made a pack, and what it is called, unless something else is asked for.
DEFAULT_TITLE, DEFAULT_AUTHOR = "My emoji", "gen_avatar"
#: Longest title and author, characters; Telegram's limit, the shortest.
MOST_CHARACTERS = 64
#: WhatsApp's small picture of a pack.
TRAY_FILE = "tray.png"


@dataclass(frozen=True)
class Entry:
    """A sticker as lists name it.

    Attributes:
        name: of its expression or performance.
        file: name within the pack.
        emoji: one to three.
        text: what it shows, for those who listen to their screen.
    """

    name: str
    file: str
    emoji: tuple[str, ...]
    text: str


def check_text(option: str, text: str) -> str:
    """A title or an author without space around it; raises ``UsageError`` for what no platform takes."""
    text = text.strip()
    if not 0 < len(text) <= MOST_CHARACTERS or any(unicodedata.category(c) in ("Cc", "Cs") for c in text):
        raise UsageError(f"the {option} must be one line of 1 to {MOST_CHARACTERS} characters, not {text!r}")
    return text


def whatsapp_contents(title: str, author: str, entries: Sequence[Entry], moves: bool) -> str:
    """``contents.json`` as WhatsApp's sample apps for Android read it."""
    pack = {
        "identifier": identifier(title),
        "name": title,
        "publisher": author,
        "tray_image_file": TRAY_FILE,
        "image_data_version": "1",
        "avoid_cache": False,
        "publisher_email": "",
        "publisher_website": "",
        "privacy_policy_website": "",
        "license_agreement_website": "",
        "animated_sticker_pack": moves,
        "stickers": [
            {"image_file": e.file, "emojis": list(e.emoji), "accessibility_text": e.text} for e in entries
        ],
    }
    return _json({"android_play_store_link": "", "ios_app_store_link": "", "sticker_packs": [pack]})


def pack_list(
    platform: str, kind: str, title: str, author: str, entries: Sequence[Entry], generated: str
) -> str:
    """``pack.json``: our own list, for platforms that have none; ``generated``: the mark."""
    return _json({
        "format": "gen_avatar.stickers",
        "version": 1,
        "platform": platform,
        "kind": kind,
        "title": title,
        "author": author,
        "digital_source_type": generated,
        "stickers": [
            {"file": e.file, "name": e.name, "emoji": list(e.emoji), "text": e.text} for e in entries
        ],
    })  # fmt: skip


def readme(platform: Platform, title: str, author: str, entries: Sequence[Entry]) -> str:
    """``README.txt``: how to upload the pack, and which emoji goes with which file."""
    wide = max(len(entry.file) for entry in entries)
    lines = [
        f"{title}, by {author}",
        f"A pack of {len(entries)} stickers for {platform.name}.",
        "",
        "How to upload it",
        *(f"- {line}" for line in platform.how_to),
        "",
        "Which emoji goes with which file",
        *(f"{entry.file:<{wide}}  {entry.emoji[0]}" for entry in entries),
        "",
        "The pictures were painted by a neural network; each file says so in its metadata.",
    ]
    return "\n".join(lines) + "\n"


def identifier(title: str) -> str:
    """Letters, digits and dashes of a title: names a pack within an app."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    return f"gen-avatar-{slug}" if slug else "gen-avatar"


def _json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
