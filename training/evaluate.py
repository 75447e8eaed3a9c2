"""Judge the generator on people that it has never seen.

    python -m training.evaluate --heldout .cache/toon-heldout --model checkpoints/generator

Writes ``evaluation.json`` and ``contact_sheet.png`` (studio above network) to ``--out``, and with ``--pack``
the small held-out set that ships beside the weights.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from gen_avatar.errors import UsageError
from gen_avatar.generator.heldout import HeldOut, save_heldout
from gen_avatar.generator.model import AvatarGenerator, to_rgba
from gen_avatar.metrics import compare, over, references
from training.data import Store, restore

CAUTION = (
    "LPIPS runs on fixed random AlexNet weights (the trained ones cannot be had offline): compare rows only."
)


@torch.inference_mode()
def painted_pictures(
    model: AvatarGenerator, look: str, store: Store, rows: Sequence[int]
) -> list[np.ndarray]:
    """Moments ``rows`` of the store as the network paints them in ``look``, each [H, W, 4] uint8."""
    style = model.style(look)
    pictures = []
    for shard, row in map(store.locate, rows):
        buffers = restore(shard.buffers[row : row + 1])
        codes = torch.from_numpy(shard.codes[row].astype(np.float32))[None]
        pictures.append(to_rgba(model(buffers.to(style), codes.to(style), style)[0]))
    return pictures


def contact_sheet(
    truths: Sequence[np.ndarray], painted: Sequence[np.ndarray], path: Path, columns: int = 6
) -> None:
    """Rows of truths, each with the network's pictures below it, on the backdrop of the metrics."""
    rows = []
    for start in range(0, len(truths), columns):
        for pictures in (truths, painted):
            line = [over(p) for p in pictures[start : start + columns]]
            line += [np.ones_like(line[0])] * (columns - len(line))
            rows.append(np.concatenate(line, 1))
    sheet = Image.fromarray((np.concatenate(rows) * 255).round().astype(np.uint8))
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.with_name(f".{path.name}")
    sheet.save(work, format="PNG", optimize=True)
    work.replace(path)


def evaluate(truths: Sequence[np.ndarray], painted: Sequence[np.ndarray]) -> dict[str, dict[str, float]]:
    """Mean figures of the network and of the reference rows, on the same pictures."""
    table: dict[str, list[Mapping[str, float]]] = {}
    for truth, picture in zip(truths, painted, strict=True):
        for name, other in {"network": picture, **references(truth)}.items():
            table.setdefault(name, []).append(compare(truth, other))
    return {
        name: {key: round(float(np.mean([f[key] for f in figures])), 5) for key in figures[0]}
        for name, figures in table.items()
    }


def as_table(figures: Mapping[str, Mapping[str, float]]) -> str:
    """The figures as a Markdown table."""
    keys = list(next(iter(figures.values())))
    lines = [f"| | {' | '.join(keys)} |", "|---" * (len(keys) + 1) + "|"]
    for name, row in figures.items():
        cells = (f"{row[key]:.2f}" if key == "psnr" else f"{row[key]:.4f}" for key in keys)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def fill_card(card: Path, figures: Mapping[str, Mapping[str, float]], pictures: int) -> None:
    """Put the figures between the two marks of a model card.

    Raises:
        UsageError: the card has no such marks.
    """
    start, end = "<!-- figures -->\n", "<!-- /figures -->"
    text = card.read_text(encoding="utf-8")
    if start not in text or end not in text:
        raise UsageError(f"{card} has no place for the figures: it needs {start.strip()} and {end}")
    head, rest = text.split(start, 1)
    tail = rest.split(end, 1)[1]
    told = (
        f"Means over {pictures} pictures of held-out people at 256², on one light grey; the rows below the\n"
        f"network are the studio's own pictures, blurred (σ in pixels) or moved by a pixel.\n{CAUTION}\n\n"
        f"{as_table(figures)}\n\n"
        "Studio above, network below:\n\n![contact sheet](contact_sheet.png)\n"
    )
    work = card.with_name(f".{card.name}")
    work.write_text(head + start + told + end + tail, encoding="utf-8")
    work.replace(card)


def people_of(store: Store) -> list[dict[str, Any]]:
    """Who is in the store, in order."""
    return [
        person for shard in store.shards for person in json.loads((shard.folder / "people.json").read_text())
    ]


def pack_heldout(store: Store, count: int, path: Path) -> None:
    """Write ``count`` pictures spread over the store, with their characters and performances."""
    rows = [int(i) for i in np.linspace(0, len(store) - 1, count)]
    people = people_of(store)
    pictures = np.stack([shard.pictures[row] for shard, row in map(store.locate, rows)])
    save_heldout(HeldOut.from_json(pictures, json.dumps([people[i] for i in rows])), path)


def main() -> None:
    """Evaluate from the command line."""
    parser = argparse.ArgumentParser(description="Score the generator against the studio on held-out people.")
    parser.add_argument("--heldout", type=Path, required=True, help="store drawn with --split heldout")
    parser.add_argument("--model", type=Path, default=Path("checkpoints/generator"))
    parser.add_argument("--style", default="toon")
    parser.add_argument("--count", type=int, default=96, help="pictures to judge")
    parser.add_argument("--out", type=Path, default=Path("out/evaluation"))
    parser.add_argument("--card", type=Path, help="folder of the model card to put figures and sheet into")
    parser.add_argument(
        "--pack",
        type=Path,
        help="also write the small held-out set, e.g. checkpoints/generator/heldout.safetensors",
    )
    args = parser.parse_args()
    store = Store(args.heldout)
    model = AvatarGenerator.from_pretrained(str(args.model)).float().eval()
    rows = [int(i) for i in np.linspace(0, len(store) - 1, min(args.count, len(store)))]
    truths = [np.asarray(shard.pictures[row]) for shard, row in map(store.locate, rows)]
    painted = painted_pictures(model, model.style(args.style), store, rows)
    figures = evaluate(truths, painted)
    args.out.mkdir(parents=True, exist_ok=True)
    report = {"style": args.style, "pictures": len(rows), "note": CAUTION, "figures": figures}
    (args.out / "evaluation.json").write_text(json.dumps(report, indent=2) + "\n")
    shown = [int(i) for i in np.linspace(0, len(rows) - 1, min(18, len(rows)))]
    contact_sheet([truths[i] for i in shown], [painted[i] for i in shown], args.out / "contact_sheet.png")
    print(as_table(figures))
    print(CAUTION)
    if args.card:
        fill_card(args.card / "README.md", figures, len(rows))
        shutil.copyfile(args.out / "contact_sheet.png", args.card / "contact_sheet.png")
    if args.pack:
        pack_heldout(store, 12, args.pack)


if __name__ == "__main__":
    main()
