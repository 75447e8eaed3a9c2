"""A training set without an illustrator: an image-diffusion model of the user's draws over our own avatars.

Image-to-image keeps who is seen and what they do and changes how they are painted (SDEdit, Meng et al. 2022).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from gen_avatar.errors import UsageError, WeightsError
from gen_avatar.expression import expression_props, expression_weights
from gen_avatar.finetune.sheets import EXPRESSIONS
from gen_avatar.generator.adapter import StyledNetwork
from gen_avatar.generator.heldout import load_heldout
from gen_avatar.media import write_png
from gen_avatar.options import make_folder
from gen_avatar.types import Character, Performance
from gen_avatar.weights import checkpoint

#: Pictures that are drawn, how much of an avatar is painted over, and how closely the prompt is followed.
COUNT, STRENGTH, GUIDANCE = 24, 0.55, 6.0
#: Steps of the sampler, and the paper that avatars are shown on.
_STEPS, _PAPER = 30, (255, 255, 255)
#: Yaw of the heads, degrees, in turn.
_YAWS = (0.0, 14.0, -14.0)


def load_diffusion(folder: Path, device: torch.device) -> Any:
    """An image-to-image pipeline from a folder of weights; raises ``WeightsError`` or ``UsageError``."""
    try:
        from diffusers import AutoPipelineForImage2Image
        from transformers import CLIPTextModel  # noqa: F401  what diffusers itself needs to read prompts
    except (ImportError, RuntimeError) as error:
        raise UsageError('--from-prompt needs more packages: pip install "gen-avatar[diffusion]"') from error
    if not (folder / "model_index.json").is_file():
        raise WeightsError(f"{folder} is not the folder of a diffusion pipeline: it has no model_index.json")
    try:
        pipe = AutoPipelineForImage2Image.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    except Exception as error:  # diffusers raises many kinds
        raise WeightsError(f"cannot load the diffusion model in {folder}: {error}") from error
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device)


def draw_folder(
    avatars: Any, folder: Path, prompt: str, model: Path, seed: int,
    watch: Callable[[Any, int, str], Any], count: int = COUNT,
) -> list[Path]:  # fmt: skip
    """Draw avatars by a prompt into ``folder``; those that are there already stay.

    Args:
        avatars: the pipeline that paints them.
        folder: for the pictures, made if it is missing.
        prompt: such as ``"watercolour, loose lines"``.
        model: folder of the diffusion pipeline.
        seed: of who is drawn and of the noise.

    Raises:
        UsageError, WeightsError: as :func:`load_diffusion`. MediaError: the folder cannot be written.
    """
    diffusion = load_diffusion(model, avatars.generator.device)
    make_folder(folder)
    paths = []
    for i in watch(range(count), count, "drawing"):
        path = folder / f"{i:02d}.png"
        paths.append(path)
        if path.exists():
            continue
        avatar = _avatar(avatars, i, seed)
        side = int(getattr(diffusion, "vae_scale_factor", 8)) * diffusion.unet.config.sample_size
        noise = torch.Generator("cpu").manual_seed(seed * 1000 + i)
        drawn = diffusion(
            prompt=f"{prompt}, portrait of one person, plain white background",
            image=avatar.resize((side, side), Image.Resampling.LANCZOS),
            strength=STRENGTH, guidance_scale=GUIDANCE, num_inference_steps=_STEPS, generator=noise,
        ).images[0]  # fmt: skip
        write_png(path, np.asarray(drawn.convert("RGB")))
    return paths


def _avatar(avatars: Any, i: int, seed: int) -> Image.Image:
    """Somebody who does something, on white paper."""
    held = load_heldout(checkpoint("generator", avatars.root)).characters
    rng = np.random.default_rng([seed, i])
    first, second = (held[int(k)] for k in rng.integers(len(held), size=2))
    expression = EXPRESSIONS[i % len(EXPRESSIONS)]
    act = Performance.still(
        expression_weights(expression), (_YAWS[i % len(_YAWS)], 0.0, 0.0), props=expression_props(expression)
    )
    base = avatars.generator
    look = base.config["styles"][0]
    person = Character(first.identity, second.appearance)
    with torch.inference_mode():
        picture = avatars.draw(person, act, StyledNetwork(base, base.style(look)), 512)
    paper = Image.new("RGB", picture.size, _PAPER)
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper
