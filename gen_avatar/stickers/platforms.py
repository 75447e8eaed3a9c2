"""What each messenger takes: sizes, formats and limits.

Formats, sizes and limits of bytes are those that the makers publish for people who upload stickers
(Telegram's sticker pages, WhatsApp's sample apps, the help centres of Discord and Slack, Signal's sticker
creator). Where a page says KB, the smaller reading, 1000 bytes, is kept. How many stickers a pack takes and
the steps of uploading are as they are commonly told, and change now and then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gen_avatar.errors import UsageError, nearest

#: Frame rates to choose from, frames a second, best first.
_RATES = (30.0, 24.0, 20.0, 15.0, 12.0, 10.0)
#: Of pictures with a palette, which take far more bytes a frame.
_PALETTE_RATES = _RATES[2:]
#: Of GIF, whose times are whole hundredths of a second.
_GIF_RATES = tuple(100.0 / n for n in (4, 5, 6, 8, 10))
_KB = 1000


@dataclass(frozen=True)
class Rules:
    """What one kind of sticker of a platform must be.

    Attributes:
        format: ``"webp"``, ``"png"``, ``"webm"``, ``"apng"`` or ``"gif"``.
        side: of the square, pixels.
        most_bytes: largest file, bytes.
        margin: what stays clear on each side, pixels.
        rates: frame rates to choose from, frames a second, best first; empty for stills.
        seconds: longest loop, seconds; 0 for stills.
        most_frames: most frames of a loop.
    """

    format: str
    side: int
    most_bytes: int
    margin: int = 0
    rates: tuple[float, ...] = ()
    seconds: float = 0.0
    most_frames: int = 1000

    @property
    def moves(self) -> bool:
        """Whether it is an animation."""
        return bool(self.rates)

    @property
    def suffix(self) -> str:
        """The ending of its files; APNG goes by that of PNG."""
        return ".png" if self.format == "apng" else f".{self.format}"


@dataclass(frozen=True)
class Platform:
    """A messenger.

    Attributes:
        name: as people write it.
        kinds: what it takes, by kind.
        count: fewest and most stickers in a pack.
        prefix: what names of files begin with; empty: their number in the pack.
        how_to: how to upload a pack, in plain words, a line each.
    """

    name: str
    kinds: Mapping[str, Rules]
    count: tuple[int, int]
    how_to: tuple[str, ...]
    prefix: str = ""


#: Telegram takes a custom emoji that moves up to 256 KB; a quarter, the limit of its vector emoji, is enough.
_EMOJI_KB = 64

#: Platform → what it takes.
PLATFORMS: Mapping[str, Platform] = MappingProxyType({
    "telegram": Platform(
        "Telegram",
        MappingProxyType({
            "static": Rules("webp", 512, 512 * _KB),
            "animated": Rules("webm", 512, 256 * _KB, rates=_RATES, seconds=3.0),
            "emoji": Rules("webp", 100, 512 * _KB),
            "animated-emoji": Rules("webm", 100, _EMOJI_KB * _KB, rates=_RATES, seconds=3.0),
        }),
        count=(1, 120),
        how_to=(
            "Open a chat with @Stickers in Telegram.",
            "Send /newpack for stickers, /newvideo for ones that move, or /newemojipack for custom emoji.",
            "Send the title. Then send each picture as a file, and after it the emoji that the list below "
            "gives it.",
            "Send /publish, and choose a short name for the link of the pack.",
        ),
    ),
    "whatsapp": Platform(
        "WhatsApp",
        MappingProxyType({
            "static": Rules("webp", 512, 100 * _KB, margin=16),
            "animated": Rules("webp", 512, 500 * _KB, margin=16, rates=_RATES, seconds=10.0),
        }),
        count=(3, 30),
        how_to=(
            "WhatsApp takes packs from an app. Two ways:",
            "A sticker maker app from your phone's store: add the pictures of this folder to a new pack.",
            "WhatsApp's sample app (github.com/WhatsApp/stickers): put contents.json into its assets, and "
            "the other files into a folder beside it that is named like the identifier in contents.json; "
            "then build the app, and tap Add to WhatsApp.",
        ),
    ),
    "discord": Platform(
        "Discord",
        MappingProxyType({
            "static": Rules("png", 320, 512 * _KB),
            "animated": Rules("apng", 320, 512 * _KB, rates=_PALETTE_RATES, seconds=5.0),
        }),
        count=(1, 60),
        how_to=(
            "Open the settings of your server, then Stickers, then Upload Sticker.",
            "Choose a picture, give it a name, and the related emoji that the list below gives it.",
            "How many there is room for depends on the level of the server.",
        ),
    ),
    "slack": Platform(
        "Slack",
        MappingProxyType({
            "static": Rules("png", 128, 128 * _KB),
            "animated": Rules("gif", 128, 128 * _KB, rates=_GIF_RATES, seconds=5.0, most_frames=50),
        }),
        count=(1, 500),
        how_to=(
            "Open the emoji picker below a message, then Add Emoji, then Upload Image.",
            "Choose a picture. Slack proposes the name of the file as the name of the emoji: "
            "my-smile.png becomes :my-smile:.",
        ),
        prefix="my-",
    ),
    "signal": Platform(
        "Signal",
        MappingProxyType({
            "static": Rules("webp", 512, 300 * _KB, margin=16),
            "animated": Rules("apng", 512, 300 * _KB, margin=16, rates=_PALETTE_RATES, seconds=3.0),
        }),
        count=(1, 200),
        how_to=(
            "Open Signal on a computer, then File, then Create/upload sticker pack.",
            "Drop the pictures into the window, and give each the emoji that the list below gives it.",
            "Fill in the title and the author. Signal then shows a link that you can share.",
        ),
    ),
})  # fmt: skip

#: All kinds, for command lines.
KINDS = ("static", "animated", "emoji", "animated-emoji")


def rules_of(platform: str, kind: str) -> tuple[Platform, Rules]:
    """A platform and what it takes; raises ``UsageError`` that names what there is."""
    if platform not in PLATFORMS:
        raise UsageError(f"unknown platform '{platform}'; {nearest(platform, PLATFORMS)}")
    found = PLATFORMS[platform]
    if kind not in found.kinds:
        raise UsageError(f"{found.name} has no kind '{kind}': it takes {' and '.join(found.kinds)}")
    return found, found.kinds[kind]
