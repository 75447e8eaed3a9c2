"""How much a smooth performance flickers when the network paints it, against the studio."""

from __future__ import annotations

import numpy as np
import torch

from gen_avatar.character.buffers import render_buffers
from gen_avatar.generator.codes import pack
from gen_avatar.generator.model import AvatarGenerator, to_rgba
from gen_avatar.metrics import over
from gen_avatar.types import Character, Performance, gaze_from_expression
from training import studio
from training.studio.people import authored_expression, person_seed, sample_person

FRAMES, PEOPLE = 12, 2


def smooth_performance(frames: int = FRAMES) -> Performance:
    """A slow turn of the head while a smile opens into a laugh: [frames] at 30 fps."""
    t = np.linspace(0, 1, frames)[:, None]
    eased = t * t * (3 - 2 * t)
    expression = (1 - eased) * authored_expression("smile") + eased * authored_expression("laugh", 0.7)
    rotation = np.concatenate([12 * eased - 6, 4 * np.sin(np.pi * t), 3 * eased], 1)
    return Performance(
        expression=expression.astype(np.float32),
        gaze=gaze_from_expression(expression.astype(np.float32)),
        head_rotation=rotation.astype(np.float32),
        head_translation=np.zeros((frames, 3), np.float32),
    )


def flicker(frames: np.ndarray) -> float:
    """Mean absolute second difference in time of frames [T, H, W, 3] in [0, 1]: 0 for steady change."""
    return float(np.abs(frames[2:] - 2 * frames[1:-1] + frames[:-2]).mean())


@torch.inference_mode()
def paint_frame(
    model: AvatarGenerator, person: Character, act: Performance, style: torch.Tensor, index: int = 0
) -> np.ndarray:
    """[H, W, 4] uint8: frame ``index`` as the network paints it at 256²."""
    buffers = torch.from_numpy(render_buffers(studio.pose(person, act, index), 256))[None].to(style)
    codes = pack(person, act.expression[index], act.gaze[index], act.head_rotation[index])
    return to_rgba(model(buffers, torch.from_numpy(codes)[None].to(style), style)[0])


def flicker_ratio(model: AvatarGenerator, look: str) -> float:
    """The network's flicker over the studio's in the same frames of held-out people."""
    act, style = smooth_performance(), model.style(look)
    ours = theirs = 0.0
    for number in range(PEOPLE):
        person = sample_person(person_seed("heldout", number))
        painted = np.stack([over(paint_frame(model, person, act, style, i)) for i in range(len(act))])
        drawn = []
        for i in range(len(act)):
            picture = studio.draw(person, act, look, 256, i)[0]
            drawn.append(over(np.round(picture.clip(0, 1) * 255).astype(np.uint8)))
        ours += flicker(painted)
        theirs += flicker(np.stack(drawn))
    return ours / theirs
