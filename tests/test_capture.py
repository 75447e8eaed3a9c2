"""Performance capture on landmarks that the head model gives: what was acted comes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from gen_avatar.capture import capture
from gen_avatar.errors import NoFaceError
from gen_avatar.geometry import euler_to_matrix, project
from gen_avatar.head.fit import HeadFitter
from gen_avatar.head.model import MorphableHead
from gen_avatar.head.regressor import LandmarkRegressor
from gen_avatar.loading import load_network
from gen_avatar.media import Frame, read_video
from gen_avatar.retarget import retarget
from gen_avatar.tracking import create_tracker
from gen_avatar.types import ARKIT_52, FaceTrack, Performance
from gen_avatar.weights import checkpoint
from training.motion_metrics import blink_recall, correlation, eye_opening, mouth_opening

BLINK, JAW = ARKIT_52.index("eyeBlinkLeft"), ARKIT_52.index("jawOpen")
IMAGE = np.zeros((8, 8, 3), np.uint8)


@pytest.fixture(scope="module")
def head() -> MorphableHead:
    return MorphableHead.from_pretrained(checkpoint("head"))


@pytest.fixture(scope="module")
def fitter(head: MorphableHead) -> HeadFitter:
    return HeadFitter(head, regressor=load_network(LandmarkRegressor, checkpoint("regressor")))


class Played:
    """A tracker that sees prepared faces."""

    name = "played"

    def __init__(self, tracks: list[FaceTrack | None]) -> None:
        self.tracks = tracks

    def detect(self, image: np.ndarray) -> list[FaceTrack]:
        raise NotImplementedError

    def track_video(self, frames: Iterable[np.ndarray], index: int = 0) -> Iterator[FaceTrack | None]:
        for _, track in zip(frames, self.tracks, strict=True):
            yield track

    def close(self) -> None: ...


def face(
    head: MorphableHead,
    expression: dict[str, float],
    yaw: float = 0.0,
    at: float = 300.0,
    noise: float = 0.0,
    seed: int = 0,
) -> FaceTrack:
    weights = np.zeros(52, np.float32)
    for name, value in expression.items():
        weights[ARKIT_52.index(name)] = value
    mean, _, shapes = head.landmark_basis("facemesh478")
    points = mean + torch.einsum("e,elc->lc", torch.from_numpy(weights), shapes)
    iris = head.eye_centers + torch.tensor([0, 0, 1.5])
    points = torch.cat([points[:468], iris[1:].expand(5, 3), iris[:1].expand(5, 3)])
    turned = (points - points.mean(0)) @ euler_to_matrix(torch.tensor([float(yaw), 0.0, 0.0])).T
    seen = project(turned, torch.tensor(12.0), torch.tensor([at, 290.0]), torch.tensor(1 / 60))
    landmarks = torch.cat([seen, -12 * turned[:, 2:]], 1).numpy()
    landmarks = landmarks + noise * np.random.default_rng(seed).standard_normal(landmarks.shape)
    return FaceTrack(landmarks.astype(np.float32), (0, 0, 600, 600), 0.9, (600, 600))


def frames(times: Iterable[float]) -> list[Frame]:
    return [Frame(IMAGE, float(t)) for t in times]


def test_a_blink_of_eighty_milliseconds_survives(head: MorphableHead, fitter: HeadFitter) -> None:
    shut = {20, 21}
    tracks: list[FaceTrack | None] = [
        face(head, {"eyeBlinkLeft": 0.9 * (i in shut), "eyeBlinkRight": 0.9 * (i in shut)}) for i in range(40)
    ]
    seen = capture(frames(np.arange(40) / 25), Played(tracks), fitter).performance
    assert seen.fps == pytest.approx(25.0) and len(seen) == 40
    raw = fitter.fit_frame(tracks[20], capture(frames([0]), Played(tracks[:1]), fitter).identity)  # type: ignore[arg-type]
    depth = seen.expression[:, BLINK].max() - seen.expression[10, BLINK]
    assert depth >= 0.85 * (raw.expression[BLINK] - seen.expression[10, BLINK])
    played = retarget(seen, Performance.still()).performance
    assert played.expression[20:22, BLINK].max() > 0.95 and played.expression[30, BLINK] < 0.1


def test_a_still_face_stays_still(head: MorphableHead, fitter: HeadFitter) -> None:
    tracks: list[FaceTrack | None] = [face(head, {}, noise=0.3, seed=i) for i in range(60)]
    seen = capture(frames(np.arange(60) / 30), Played(tracks), fitter).performance
    assert seen.expression[10:].std(0).max() < 0.02
    assert seen.head_rotation[10:].std(0).max() < 0.25


def test_turns_and_moves_come_back_with_their_signs(head: MorphableHead, fitter: HeadFitter) -> None:
    tracks: list[FaceTrack | None] = [face(head, {}, yaw=0.6 * i, at=300 + 2.0 * i) for i in range(40)]
    seen = capture(frames(np.arange(40) / 25), Played(tracks), fitter).performance
    assert seen.head_rotation[-1, 0] - seen.head_rotation[0, 0] == pytest.approx(23.4, abs=2.5)
    assert seen.head_translation[-1, 0] > 2.0


def test_a_face_that_leaves_is_held_and_counted(head: MorphableHead, fitter: HeadFitter) -> None:
    tracks: list[FaceTrack | None] = [None] * 3 + [face(head, {"jawOpen": 0.5})] * 10 + [None] * 5
    tracks += [face(head, {})] * 10
    result = capture(frames(np.arange(28) / 25), Played(tracks), fitter)
    seen = result.performance
    assert result.missed == 8 and len(seen) == 28 and result.cuts == 1
    assert (seen.confidence[:3] == 0).all() and (seen.confidence[13:18] == 0).all()
    assert np.array_equal(seen.expression[0], seen.expression[3])
    assert np.array_equal(seen.expression[15], seen.expression[12])
    # The filter starts anew: nothing of the open mouth is left.
    assert seen.expression[18, JAW] < 0.1 < seen.expression[15, JAW]


def test_uneven_times_become_even_ones(head: MorphableHead, fitter: HeadFitter) -> None:
    times = np.concatenate([np.arange(20) / 40, 0.5 + np.arange(21) / 20])
    tracks: list[FaceTrack | None] = [face(head, {}, yaw=20.0 * t) for t in times]
    seen = capture(frames(times), Played(tracks), fitter, fps=25.0).performance
    assert seen.fps == 25.0 and len(seen) == 38
    yaw = seen.head_rotation[:, 0]
    slope = np.polyfit(np.arange(10, 38) / 25, yaw[10:], 1)[0]
    assert slope == pytest.approx(20.0, rel=0.15)


def test_nobody_is_an_error(fitter: HeadFitter) -> None:
    with pytest.raises(NoFaceError, match="no human face"):
        capture(frames([0, 1]), Played([None, None]), fitter)
    with pytest.raises(NoFaceError, match="no face 2"):
        capture(frames([0, 1]), Played([None, None]), fitter, face=2)


def test_a_real_clip_keeps_mouth_and_blinks(shared_data: Path, fitter: HeadFitter) -> None:
    clip = read_video(shared_data / "faces" / "clips" / "liveportrait_d0.mp4")
    pictures = list(clip)
    tracker = create_tracker()
    tracks = list(tracker.track_video(f.image for f in pictures))
    mouth = np.array([mouth_opening(t.landmarks) if t else np.nan for t in tracks])
    eyes = np.array([eye_opening(t.landmarks) if t else np.nan for t in tracks])
    seen = capture(pictures, Played(tracks), fitter).performance
    played = retarget(seen, Performance.still()).performance
    opening = played.expression[:, JAW] + sum(
        0.5 * played.expression[:, ARKIT_52.index(name)]
        for name in ("mouthUpperUpLeft", "mouthLowerDownLeft", "mouthUpperUpRight", "mouthLowerDownRight")
    )
    assert correlation(mouth, opening) > 0.9
    hits, wanted = blink_recall(eyes, 1 - played.expression[:, BLINK])
    assert hits >= 0.85 * wanted
