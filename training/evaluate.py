"""Judge the generator on people that it has never seen.

    python -m training.data --out .cache/heldout --split heldout --count 64
    python -m training.evaluate --heldout .cache/heldout --card checkpoints/generator

Prints, per look, the network's figures beside those of the studio's own pictures, blurred or moved by a
pixel; the *equivalent blur* is the σ whose blurred picture scores the same. Then come the disentanglement
score and the flicker of a smooth performance. ``--out`` gets ``evaluation.json`` and a contact sheet,
``--pack`` the small held-out set that ships beside the weights.
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
from tqdm import tqdm

from gen_avatar.character.buffers import BUFFER_CHANNELS
from gen_avatar.errors import UsageError
from gen_avatar.generator.encoder import AvatarEncoder
from gen_avatar.generator.heldout import HeldOut, save_heldout
from gen_avatar.generator.model import AvatarGenerator
from gen_avatar.loading import load_network
from gen_avatar.metrics import (
    LADDER,
    compare,
    equivalent_blur,
    frechet_distance,
    references,
)
from training.data import Store
from training.disentangle import disentanglement
from training.flicker import flicker_ratio
from training.sheets import look_sheet, painted_pictures

CAUTION = (
    "LPIPS runs on fixed random AlexNet weights (the trained ones cannot be had offline): compare rows only."
)
#: Parts that make up eyes, brows and mouth.
FEATURE_PARTS = ("eye", "iris", "lash", "brow", "lips", "mouth", "teeth", "tongue")
#: Figures whose equivalent blur is told.
BLURRED = ("psnr", "psnr_features", "gradient_l1", "lpips")


def feature_mask(buffers: np.ndarray) -> np.ndarray:
    """[H, W] bool: eyes, brows and mouth in buffers [H, W, C], grown by two pixels."""
    from scipy.ndimage import binary_dilation

    channels = [BUFFER_CHANNELS.index(name) for name in FEATURE_PARTS]
    return binary_dilation(buffers[..., channels].any(-1), iterations=2)


def evaluate_look(
    store: Store, rows: Sequence[int], look: str, painted: Sequence[np.ndarray]
) -> dict[str, dict[str, float]]:
    """Mean figures in one look: of the network, of reference rows and, as ``equivalent blur``, σ (px)."""
    table: dict[str, list[Mapping[str, float]]] = {}
    for (shard, row), picture in zip(map(store.locate, rows), painted, strict=True):
        truth = np.asarray(shard.pictures[look][row])
        buffers = np.asarray(shard.buffers[row])
        features = feature_mask(buffers)
        light = buffers[..., BUFFER_CHANNELS.index("catchlight")] / 255
        for name, other in {"network": picture, **references(truth, LADDER)}.items():
            table.setdefault(name, []).append(compare(truth, other, features=features, catchlight=light))
    means = {
        name: {key: float(np.nanmean([f[key] for f in figures])) for key in figures[0]}
        for name, figures in table.items()
    }
    means["equivalent blur"] = {
        key: equivalent_blur(means["network"][key], {s: means[f"blur {s}"][key] for s in LADDER})
        for key in BLURRED
    }
    return means


@torch.inference_mode()
def feature_distance(encoder: AvatarEncoder, truths: np.ndarray, painted: np.ndarray) -> float:
    """FID on the encoder's features of two sets of pictures [N, H, W, 4] uint8."""
    a, b = (encoder.encode(pictures).features.double().numpy() for pictures in (truths, painted))
    return frechet_distance(a, b)


def as_table(figures: Mapping[str, Mapping[str, float]]) -> str:
    """Rows of figures as a Markdown table; what a row lacks is left open."""
    keys = list(dict.fromkeys(key for row in figures.values() for key in row))
    lines = [f"| | {' | '.join(keys)} |", "|---" * (len(keys) + 1) + "|"]
    for name, row in figures.items():
        cells = ("" if key not in row else f"{row[key]:.{2 if row[key] > 2 else 4}f}" for key in keys)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def report_text(report: Mapping[str, Any]) -> str:
    """The whole report as Markdown."""
    shown = ("network", "blur 0.6", "blur 1.0", "blur 2.0", "shift 1 px")
    parts = [
        f"Means over {report['moments']} moments of held-out people at 256², on one light grey. The rows\n"
        "below the network are the studio's own pictures, blurred (σ in pixels) or moved by a pixel.\n"
        f"{CAUTION}"
    ]
    blur = {look: figures["equivalent blur"] for look, figures in report["looks"].items()}
    extra = {
        look: {
            **blur[look],
            "catch-lights": report["looks"][look]["network"]["catchlight"],
            "FID": report["fid"][look],
            "flicker": report["flicker"][look],
        }
        for look in blur
    }
    parts.append(
        "Equivalent blur, σ in pixels, by figure (ladder from "
        f"{LADDER[0]} to {LADDER[-1]}); brightness of catch-lights against the studio's;\nFID on the "
        "encoder's features; flicker of a smooth performance against the studio's (1 is equal).\n\n"
        + as_table(extra)
    )
    for look, figures in report["looks"].items():
        parts.append(f"`{look}`\n\n" + as_table({name: figures[name] for name in shown}))
    scores = as_table(report["disentanglement"])
    parts.append("Disentanglement (DiscoFaceGAN's score, measured by the encoder).\n\n" + scores)
    return "\n\n".join(parts)


def fill_card(card: Path, text: str) -> None:
    """Put ``text`` between the two marks of a model card.

    Raises:
        UsageError: the card has no such marks.
    """
    start, end = "<!-- figures -->\n", "<!-- /figures -->"
    old = card.read_text(encoding="utf-8")
    if start not in old or end not in old:
        raise UsageError(f"{card} has no place for the figures: it needs {start.strip()} and {end}")
    head, rest = old.split(start, 1)
    work = card.with_name(f".{card.name}")
    work.write_text(f"{head}{start}{text}\n{end}{rest.split(end, 1)[1]}", encoding="utf-8")
    work.replace(card)


def people_of(store: Store) -> list[dict[str, Any]]:
    """Who is in the store, in order."""
    return [
        person for shard in store.shards for person in json.loads((shard.folder / "people.json").read_text())
    ]


def pack_heldout(store: Store, count: int, path: Path) -> None:
    """Write ``count`` moments spread over the store, in every look."""
    rows = [int(i) for i in np.linspace(0, len(store) - 1, count)]
    people = people_of(store)
    pictures = {
        look: np.stack([shard.pictures[look][row] for shard, row in map(store.locate, rows)])
        for look in store.looks
    }
    save_heldout(HeldOut.from_json(pictures, json.dumps([people[i] for i in rows])), path)


def main() -> None:
    """Evaluate from the command line."""
    parser = argparse.ArgumentParser(description="Score the generator against the studio on held-out people.")
    parser.add_argument("--heldout", type=Path, required=True, help="store drawn with --split heldout")
    parser.add_argument("--model", type=Path, default=Path("checkpoints/generator"))
    parser.add_argument("--encoder", type=Path, default=Path("checkpoints/encoder"))
    parser.add_argument("--count", type=int, default=48, help="moments to judge")
    parser.add_argument("--out", type=Path, default=Path("out/evaluation"))
    parser.add_argument("--card", type=Path, help="folder of the model card to put figures and sheets into")
    parser.add_argument("--pack", type=Path, help="also write the small held-out set to this file")
    args = parser.parse_args()
    store = Store(args.heldout)
    model = load_network(AvatarGenerator, args.model).float().eval()
    encoder = load_network(AvatarEncoder, args.encoder).float().eval()
    rows = [int(i) for i in np.linspace(0, len(store) - 1, min(args.count, len(store)))]
    args.out.mkdir(parents=True, exist_ok=True)
    looks: dict[str, Any] = {}
    fid: dict[str, float] = {}
    pairs: dict[str, tuple[list[np.ndarray], list[np.ndarray]]] = {}
    for look in tqdm(store.looks, desc="looks"):
        painted = painted_pictures(model, look, store, rows)
        truths = [np.asarray(shard.pictures[look][row]) for shard, row in map(store.locate, rows)]
        looks[look] = evaluate_look(store, rows, look, painted)
        fid[look] = feature_distance(encoder, np.stack(truths), np.stack(painted))
        pairs[look] = truths, painted
    report = {
        "moments": len(rows),
        "looks": looks,
        "fid": fid,
        "flicker": {look: flicker_ratio(model, look) for look in store.looks},
        "disentanglement": disentanglement(model, encoder, store.looks),
    }
    (args.out / "evaluation.json").write_text(json.dumps(report, indent=2) + "\n")
    look_sheet(pairs, args.out / "contact_sheet.png")
    text = report_text(report)
    print(text)
    if args.card:
        sheet = "Studio above, network below, a pair of rows a look:\n\n![contact sheet](contact_sheet.png)"
        fill_card(args.card / "README.md", f"{text}\n\n{sheet}")
        shutil.copyfile(args.out / "contact_sheet.png", args.card / "contact_sheet.png")
    if args.pack:
        pack_heldout(store, 8, args.pack)


if __name__ == "__main__":
    main()
