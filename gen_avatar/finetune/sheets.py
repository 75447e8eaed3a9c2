"""Pages to look at: what was understood of the drawings, how the lesson goes, what came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gen_avatar.finetune.fitted import Fitted
from gen_avatar.finetune.folder import LeftOut
from gen_avatar.media import write_png
from gen_avatar.metrics import over

#: Expressions on the sheets.
EXPRESSIONS = ("neutral", "smile", "laugh", "wink", "surprise", "angry", "sad")
_TILE, _COLUMNS, _LINE = 128, 8, 26
_PAGE, _INK, _FAINT = (250, 249, 246), "#22252b", "#a33b2f"


def drawings_sheet(
    fitted: Sequence[Fitted], shown: Callable[[Fitted], np.ndarray], left: Sequence[LeftOut], path: Path
) -> None:
    """Each drawing that is used above the character that was read in it, then those that were left out.

    Args:
        shown: paints the character [S, S, 4] uint8 behind a drawing.
    """
    tiles = [
        _labelled(np.concatenate([_tile(f.picture), _tile(shown(f))]), f.path.name, _INK) for f in fitted
    ]
    blank = np.full((_TILE, _TILE, 3), 232, np.uint8)
    out = [
        _labelled(blank if f.picture is None else _tile(f.picture), f"{f.path.name}: {f.reason}", _FAINT)
        for f in left
    ]
    write_png(path, np.concatenate([_grid(part) for part in (tiles, out) if part]))


def people_sheet(
    pictures: Sequence[Sequence[np.ndarray]], path: Path, drawn: Sequence[np.ndarray] = ()
) -> None:
    """A row a person, a column an expression, [S, S, 4] uint8 each; the drawings in rows above them."""
    rows = [np.concatenate([_tile(p) for p in row], 1) for row in pictures]
    width = rows[0].shape[1]
    count = width // _TILE
    lines = [drawn[i : i + count] for i in range(0, len(drawn), count)]
    above = [_widened(np.concatenate([_tile(p) for p in line], 1), width) for line in lines]
    write_png(path, np.concatenate([*above, *rows]))


def curve(log: Sequence[Mapping[str, float]], path: Path) -> None:
    """The errors of a lesson by its steps."""
    width, height, pad = 640, 320, 44
    page = Image.new("RGB", (width, height), _PAGE)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(13)
    last = max(entry["step"] for entry in log)
    for key, color, name in (("loss", "#3a7d6b", "loss"), ("error", "#a33b2f", "error on whole drawings")):
        values = [entry[key] for entry in log]
        top = max(values) * 1.05 or 1.0
        points = [
            (
                pad + (width - 2 * pad) * entry["step"] / last,
                height - pad - (height - 2 * pad) * entry[key] / top,
            )
            for entry in log
        ]
        draw.line(points, fill=color, width=2)
        draw.text(
            (points[-1][0] - 120, points[-1][1] - 18), f"{name} {values[-1]:.4f}", fill=color, font=font
        )
    draw.line([(pad, pad), (pad, height - pad), (width - pad, height - pad)], fill="#9a9a96")
    draw.text((width - pad - 70, height - pad + 8), f"step {last:.0f}", fill=_INK, font=font)
    write_png(path, np.asarray(page))


def _tile(picture: np.ndarray) -> np.ndarray:
    """[H, W, 4] uint8 as a square tile [T, T, 3]; nothing is cut off."""
    side = max(picture.shape[:2])
    padded = np.zeros((side, side, 4), np.uint8)
    y, x = ((side - length) // 2 for length in picture.shape[:2])
    padded[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
    seen = np.round(over(padded) * 255).astype(np.uint8)
    return cv2.resize(seen, (_TILE, _TILE), interpolation=cv2.INTER_AREA)


def _labelled(tile: np.ndarray, text: str, color: str) -> np.ndarray:
    page = Image.new("RGB", (_TILE, len(tile) + 2 * _LINE), _PAGE)
    page.paste(Image.fromarray(tile), (0, 0))
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(10)
    lines: list[str] = [""]
    for letter in text:
        if draw.textlength(lines[-1] + letter, font=font) > _TILE - 6:
            lines.append("")
        lines[-1] += letter
    for row, line in enumerate(lines[:4]):
        draw.text((3, len(tile) + 1 + 12 * row), line, fill=color, font=font)
    return np.asarray(page)


def _grid(tiles: Sequence[np.ndarray]) -> np.ndarray:
    rows = [tiles[i : i + _COLUMNS] for i in range(0, len(tiles), _COLUMNS)]
    return np.concatenate([_widened(np.concatenate(list(row), 1), _COLUMNS * _TILE) for row in rows])


def _widened(row: np.ndarray, width: int) -> np.ndarray:
    page = np.full((len(row), width, 3), _PAGE, np.uint8)
    page[:, : row.shape[1]] = row[:, :width]
    return page
