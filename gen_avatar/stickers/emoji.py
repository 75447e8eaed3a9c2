"""The signs that stickers stand for, and what goes into a pack unless others are named."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Named expression → one to three emoji, the closest first.
EMOJI: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "neutral": ("😐", "😶"),
    "smile": ("🙂", "😊"),
    "grin": ("😁", "😀"),
    "laugh": ("😆", "😄"),
    "joy": ("😂", "🤣"),
    "wink": ("😉",),
    "kiss": ("😘", "😗"),
    "love": ("😍", "🥰"),
    "cool": ("😎",),
    "thinking": ("🤔", "🧐"),
    "smirk": ("😏",),
    "unamused": ("😒", "😑"),
    "eye-roll": ("🙄",),
    "sad": ("😢", "🙁"),
    "cry": ("😭",),
    "angry": ("😠", "💢"),
    "rage": ("😡", "😤"),
    "fear": ("😰", "😨"),
    "scream": ("😱",),
    "surprise": ("😮", "😲"),
    "disgust": ("🤢", "😖"),
    "sleepy": ("😴", "🥱"),
    "tongue": ("😜", "😝"),
    "blow": ("😮‍💨", "💨"),
})  # fmt: skip

#: The expressions of a pack: those that people send most, none twice in another strength.
DEFAULT_EXPRESSIONS = (
    "smile", "laugh", "joy", "love", "kiss", "wink", "cool", "tongue",
    "thinking", "eye-roll", "surprise", "scream", "sad", "cry", "angry", "sleepy",
)  # fmt: skip

#: The performances of a pack.
DEFAULT_PERFORMANCES = (
    "hello", "smile", "laugh", "love", "kiss", "wink", "cool", "tongue",
    "thinking", "nod", "shake", "surprise", "sad", "cry", "angry", "sleepy",
)  # fmt: skip
