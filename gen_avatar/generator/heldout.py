"""A few moments of people kept out of training, drawn by the studio in every look: the network's test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gen_avatar.errors import GenAvatarError, WeightsError
from gen_avatar.types import Character, Performance

NAME = "heldout.safetensors"


@dataclass(frozen=True)
class HeldOut:
    """N moments and how the studio drew them.

    Attributes:
        pictures: look → [N, H, W, 4] uint8 sRGB, straight alpha.
        characters: N people.
        expression: [N, 52] float32 in [0, 1].
        gaze: [N, 2, 2] float32, degrees.
        rotation: [N, 3] float32, degrees.
        props: N tuples of names of ``PROPS``.
    """

    pictures: dict[str, np.ndarray]
    characters: tuple[Character, ...]
    expression: np.ndarray
    gaze: np.ndarray
    rotation: np.ndarray
    props: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.characters)

    def act(self, i: int) -> Performance:
        """What person ``i`` does."""
        frame = slice(i, i + 1)
        still = np.zeros((1, 3), np.float32)
        return Performance(
            self.expression[frame], self.gaze[frame], self.rotation[frame], still, props=self.props[i]
        )

    @classmethod
    def from_json(cls, pictures: dict[str, np.ndarray], text: str) -> HeldOut:
        """From pictures and a JSON list of {character, expression, gaze, rotation, props}."""
        people = json.loads(text)
        expression, gaze, rotation = (
            np.array([p[key] for p in people], np.float32) for key in ("expression", "gaze", "rotation")
        )
        characters = tuple(Character.from_json(json.dumps(p["character"])) for p in people)
        props = tuple(tuple(p["props"]) for p in people)
        return cls(pictures, characters, expression, gaze, rotation, props)

    def to_json(self) -> str:
        """The inverse of :meth:`from_json`, without the pictures."""
        frames = zip(self.characters, self.expression, self.gaze, self.rotation, self.props, strict=True)
        return json.dumps(
            [
                {
                    "character": json.loads(character.to_json()),
                    "expression": [round(float(v), 4) for v in expression],
                    "gaze": np.round(gaze.astype(float), 3).tolist(),
                    "rotation": np.round(rotation.astype(float), 3).tolist(),
                    "props": list(props),
                }
                for character, expression, gaze, rotation, props in frames
            ]
        )


def save_heldout(heldout: HeldOut, path: Path) -> None:
    """Write a safetensors file: every picture as PNG bytes, and the frames as JSON in its metadata."""
    from io import BytesIO

    from PIL import Image
    from safetensors.numpy import save_file

    tensors = {}
    for look, pictures in heldout.pictures.items():
        for i, picture in enumerate(pictures):
            png = BytesIO()
            Image.fromarray(picture, "RGBA").save(png, format="PNG", optimize=True)
            tensors[f"{look}/{i:03d}"] = np.frombuffer(png.getvalue(), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.with_name(f".{path.name}")
    save_file(tensors, str(work), metadata={"frames": heldout.to_json()})
    work.chmod(0o644)  # safetensors writes files that only their owner may read
    work.replace(path)


def load_heldout(folder: Path) -> HeldOut:
    """Read the held-out set beside the weights in ``folder``.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    from io import BytesIO

    from PIL import Image
    from safetensors import SafetensorError, safe_open

    path = Path(folder) / NAME
    try:
        with safe_open(str(path), "numpy") as file:
            pictures: dict[str, list[np.ndarray]] = {}
            for name in sorted(file.keys()):
                picture = np.asarray(Image.open(BytesIO(file.get_tensor(name).tobytes())))
                pictures.setdefault(name.partition("/")[0], []).append(picture)
            stacked = {look: np.stack(list_) for look, list_ in pictures.items()}
            return HeldOut.from_json(stacked, file.metadata()["frames"])
    except (OSError, SafetensorError, KeyError, ValueError, TypeError, GenAvatarError) as error:
        raise WeightsError(f"the held-out set {path} is missing or damaged: {error}") from error
