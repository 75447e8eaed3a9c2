"""A training set from a prompt, drawn by a tiny diffusion pipeline with random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gen_avatar.errors import WeightsError
from gen_avatar.finetune.diffusion import draw_folder, load_diffusion


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an image-to-image pipeline that draws noise."""
    from diffusers import (
        AutoencoderKL,
        DDIMScheduler,
        StableDiffusionImg2ImgPipeline,
        UNet2DConditionModel,
    )
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    folder = tmp_path_factory.mktemp("diffusion")
    letters = [chr(i) for i in range(33, 127)]
    words = ["<|startoftext|>", "<|endoftext|>", *letters, *(letter + "</w>" for letter in letters)]
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    torch.manual_seed(0)
    pipe = StableDiffusionImg2ImgPipeline(
        unet=UNet2DConditionModel(
            sample_size=16, block_out_channels=(32, 64), layers_per_block=1, norm_num_groups=8,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=32, attention_head_dim=8,
        ),
        vae=AutoencoderKL(block_out_channels=(16, 32), norm_num_groups=8, latent_channels=4,
                          down_block_types=("DownEncoderBlock2D",) * 2,
                          up_block_types=("UpDecoderBlock2D",) * 2),
        text_encoder=CLIPTextModel(
            CLIPTextConfig(vocab_size=len(words), hidden_size=32, intermediate_size=64, num_hidden_layers=1,
                           num_attention_heads=2, bos_token_id=0, eos_token_id=1)
        ),
        tokenizer=CLIPTokenizer(
            str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77
        ),
        scheduler=DDIMScheduler(clip_sample=False, steps_offset=1),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    pipe.save_pretrained(folder / "weights", safe_serialization=True)
    return folder / "weights"


@pytest.fixture(scope="module")
def avatars() -> Any:
    from gen_avatar.pipeline import AvatarPipeline

    return AvatarPipeline.from_pretrained()


def watch(steps: Any, count: int, what: str) -> Any:
    return steps


def test_a_prompt_draws_a_folder_that_can_be_gone_on_with(
    avatars: Any, model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "drawn"
    paths = draw_folder(avatars, folder, "watercolour, loose lines", model, 0, watch, count=2)
    first, second = (np.asarray(Image.open(path)) for path in paths)
    assert first.shape == second.shape and first.std() > 1 and not np.array_equal(first, second)
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(paths[0])
    again = draw_folder(avatars, folder, "watercolour, loose lines", model, 0, watch, count=2)
    assert Image.open(again[0]).size == (4, 4), "what is there stays"
    paths[1].unlink()
    draw_folder(avatars, folder, "watercolour, loose lines", model, 0, watch, count=2)
    np.testing.assert_array_equal(np.asarray(Image.open(paths[1])), second)


def test_folders_that_are_no_diffusion_models(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="model_index"):
        load_diffusion(tmp_path, torch.device("cpu"))
    (tmp_path / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}')
    with pytest.raises(WeightsError, match="cannot load"):
        load_diffusion(tmp_path, torch.device("cpu"))
