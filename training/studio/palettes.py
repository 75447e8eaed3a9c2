"""Colours that the people of the studio are given; evenly spread so that no group is a rarity in training."""

from __future__ import annotations

#: The bases of the ten designed skins, one for each of the Monk scale (``MONK_TONES``): warmer than measured.
SKIN_TONES = (
    "#fcdcc9", "#fbd2b8", "#f7cda3", "#f0bd8c", "#dea16c", "#c2834f", "#a5693f", "#915737",
    "#814c33", "#734431",
)  # fmt: skip

#: Natural hair from black to white, weights below; dyes are drawn for every tenth person.
NATURAL_HAIR = (
    "#1d171a", "#2b2120", "#3e2a20", "#55382a", "#74492c", "#96623a", "#b9854e", "#dbb06a", "#ecd294",
    "#8f3f20", "#c25a28", "#8b8788", "#bdb9b6", "#e8e4de",
)  # fmt: skip
DYED_HAIR = ("#e8639b", "#7a5cc9", "#3c78d8", "#2fa39a", "#58a352", "#d2384a", "#f0a8c8", "#9fb8e8")
#: Brows of people with dyed hair.
DYED_BROW = "#3e2a20"
GREY_HAIR = NATURAL_HAIR[-3:]

EYE_COLORS = ("#4a2c1a", "#6b4423", "#8a5a2b", "#7d7a36", "#4e8a4e", "#3f8fae", "#4a7fd0", "#7f93a6")
GLASSES_COLORS = ("#2b2a30", "#5a3b2a", "#8c2f3f", "#2f4f8a", "#2f6f62", "#b78a3c", "#e6e2da", "#7a4fa0")
CLOTH_COLORS = (
    "#4a7ab5", "#e2574c", "#f2b13c", "#3f9d7c", "#7d5fb8", "#ef8ab0", "#2f3e56", "#ece8e0", "#5bb8d6",
    "#8a9a4a",
    "#c9743a", "#4b4a52",
)  # fmt: skip
LIPSTICKS = ("#c2334d", "#d9566f", "#a83a52", "#e07a6a", "#8e2f4a", "#c4574a")
EARRING_COLORS = ("#d8b25c", "#c9ccd4", "#f0e9dc", "#c9503f", "#3f8f86")
EYE_SHADOWS = ("#8a5a83", "#a8693f", "#5a7fa8", "#5f8a6a", "#b0566a", "#5a4a42")
