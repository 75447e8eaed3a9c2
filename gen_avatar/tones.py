"""Named colours of people, sRGB hex: skins, hair, eyes."""

from __future__ import annotations

#: Ten skin tones, light to deep, as an avatar wears them in neutral light.
SKIN_TONES: tuple[str, ...] = (
    "#f7dccb", "#f1cdb4", "#e8bb9b", "#dca886", "#cb9470",
    "#b07a55", "#915f40", "#724831", "#553526", "#3d2720",
)  # fmt: skip

#: The Monk Skin Tone scale, light to deep (Monk 2019; published by Google under CC BY 4.0).
MONK_TONES: tuple[str, ...] = (
    "#f6ede4", "#f3e7db", "#f7ead0", "#eadaba", "#d7bd96",
    "#a07e56", "#825c43", "#604134", "#3a312a", "#292420",
)  # fmt: skip

#: Natural hair colours as an avatar wears them; the key's first word is the class.
HAIR_TONES: dict[str, str] = {
    "black": "#1b1518",
    "brown, darkest": "#33231d",
    "brown, dark": "#4a3022",
    "brown, medium": "#6b4730",
    "brown, light": "#8a6242",
    "blond, dark": "#a8834f",
    "blond, golden": "#c9a264",
    "blond, light": "#e3c98f",
    "red, auburn": "#73301d",
    "red, ginger": "#ad5527",
    "grey, dark": "#65625f",
    "grey, silver": "#a6a39e",
    "grey, white": "#dedad3",
}

#: Natural eye colours.
EYE_TONES: tuple[str, ...] = ("#3b2417", "#6b4a2e", "#8a6a3a", "#6f7f4a", "#5f7f86", "#6a92b8", "#8b959c")

#: Attribute → names that can stand for its colours.
NAMED_COLORS: dict[str, dict[str, str]] = {
    "skin_color": {f"monk-{step}": tone for step, tone in enumerate(MONK_TONES, 1)},
    **dict.fromkeys(
        ("hair_color", "brow_color", "beard_color"),
        {name.replace(", ", "-"): tone for name, tone in HAIR_TONES.items()},
    ),
    "eye_color": dict(
        zip(("dark-brown", "brown", "hazel", "green", "blue-green", "blue", "grey"), EYE_TONES, strict=True)
    ),
}
