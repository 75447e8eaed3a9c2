"""How much faster the warper is than the published first-order motion model, in one run.

    python -m training.benchmarks.speed

The two take turns, so that whatever else the machine does slows both alike. A frame of the published model
is its keypoints in the driving frame, dense motion and generator; ours is capture (tracking and fit) and the
painting of the frame, which follow each other in two passes over a clip.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from itertools import islice, repeat

import numpy as np
import torch
from skimage.data import astronaut

from gen_avatar.bench import MOVING, moving
from gen_avatar.character.threads import beside
from gen_avatar.pipeline import AvatarPipeline
from training.benchmarks.fomm import Fomm

SIZE, ROUNDS, WARM_UP = 256, 9, 2


def alternately(works: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Median milliseconds of each, timed in turns."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(WARM_UP + rounds):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            times[name].append(1000 * (time.perf_counter() - start))
    return {name: statistics.median(t[WARM_UP:]) for name, t in times.items()}


@torch.inference_mode()
def main() -> None:
    """Print the times and the ratio."""
    argparse.ArgumentParser(description="Time the warper against the published model.").parse_args()
    photo = np.ascontiguousarray(astronaut()[..., :3])
    pipe = AvatarPipeline.from_pretrained()
    still = np.dstack([photo[:256, 96:352], np.full((256, 256), 255, np.uint8)])
    animation = moving(pipe, still)["warp"]
    clip = pipe.tracker.track_video(repeat(photo))
    first = pipe.fitter.fit([pipe.track(photo)])[0]

    def capture() -> None:
        with beside(islice(clip, MOVING)) as tracks:
            for track in tracks:
                assert track is not None
                pipe.fitter.fit_frame(track, first.identity, first)

    torch.manual_seed(0)
    model = Fomm().eval()
    source = torch.rand(1, 3, SIZE, SIZE)
    at = model.keypoints(source)
    times = alternately(
        {
            "capture": capture,
            "warp": lambda: list(animation.frames()),
            "published": lambda: model(source, at, model.keypoints(source)),
        }
    )
    times = {name: ms / (1 if name == "published" else MOVING) for name, ms in times.items()}
    for name, ms in times.items():
        print(f"{name:<12}{ms:8.1f} ms a frame")
    print(f"ratio       {times['published'] / (times['capture'] + times['warp']):8.1f}")


if __name__ == "__main__":
    main()
