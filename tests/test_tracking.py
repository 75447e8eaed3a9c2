"""Faces found, others turned down; selection, smoothing, segmentation."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from gen_avatar.errors import NoFaceError, UsageError, WeightsError
from gen_avatar.media import read_image
from gen_avatar.tracking import FaceTracker, create_tracker, select_face
from gen_avatar.tracking.crops import Region, region_around
from gen_avatar.tracking.gate import Evidence, accepts, confidence
from gen_avatar.tracking.segmentation import person_mask
from gen_avatar.tracking.smoothing import OneEuro, OneEuroFilter, smooth, smooth_tracks
from gen_avatar.types import FaceTrack

#: Noise at the resolution of a stamp: no face can be seen in them by anyone.
UNUSABLE = {"openseeface_Raw2.png", "openseeface_Raw4.png"}
NOSE, RIGHT_EYE, LEFT_EYE, CHIN = 1, 33, 263, 152


@pytest.fixture(scope="module")
def tracker():
    tracker = create_tracker()
    yield tracker
    tracker.close()


def pictures(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix in (".jpg", ".png"))


def scaled(image: np.ndarray, factor: float) -> np.ndarray:
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def blank_track(size: float) -> FaceTrack:
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[LEFT_EYE, 0] = size
    return FaceTrack(landmarks, (0, 0, size, size), 1.0, (100, 100))


# -- crops ---------------------------------------------------------------------------------


def test_a_crop_and_the_way_back_agree():
    image = np.zeros((200, 300, 3), np.uint8)
    image[120:123, 200:203] = 255  # its centre lies at (201.5, 121.5)
    for region in (Region((190, 110), 96, 0.4), Region((150, 100), 400, -1.0), Region((200, 120), 60)):
        crop = region.crop(image, 96)[..., 0].astype(float)
        y, x = np.unravel_index(np.argmax(cv2.GaussianBlur(crop, (0, 0), 1.5)), crop.shape)
        point = region.to_image(np.array([[(x + 0.5) / 96, (y + 0.5) / 96, 0]]))[0, :2]
        np.testing.assert_allclose(point, (201.5, 121.5), atol=0.8 * max(1, region.size / 96))


def test_region_turns_with_the_eyes():
    points = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], np.float32)
    region = region_around(points, np.array([5.0, 2.0]), np.array([5.0, 8.0]))
    assert region.angle == pytest.approx(np.pi / 2)
    np.testing.assert_allclose(region.center, (5, 5))
    assert region.size == pytest.approx(15)


# -- detection -----------------------------------------------------------------------------


def test_astronaut(tracker: FaceTracker, astronaut, capfd):
    track = select_face(tracker.detect(astronaut))
    assert track.landmarks.shape == (478, 3) and track.landmarks.dtype == np.float32
    assert track.scheme == "facemesh478" and track.image_size == (512, 512)
    assert track.confidence > 0.95
    assert track.eye_distance == pytest.approx(60.6, abs=2)
    np.testing.assert_allclose(track.landmarks[NOSE, :2], (223.5, 131), atol=3)
    assert track.landmarks[NOSE, 2] < track.landmarks[[RIGHT_EYE, LEFT_EYE], 2].min()  # nearer to the camera
    assert capfd.readouterr().err == ""


def test_models_start_without_chatter(astronaut, capfd):
    fresh = create_tracker()
    fresh.detect(astronaut)
    fresh.close()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turned_pictures_without_a_flag(tracker: FaceTracker, astronaut, turns):
    upright = select_face(tracker.detect(astronaut)).landmarks[:, :2]
    track = select_face(tracker.detect(np.ascontiguousarray(np.rot90(astronaut, turns))))
    points = track.landmarks[:, :2]
    for _ in range(turns):  # turn the points back: (x, y) -> (512 - y, x)
        points = np.column_stack([512 - points[:, 1], points[:, 0]])
    assert np.abs(points - upright).mean() < 1.5


def test_exif_orientation_gives_the_same_face(tracker: FaceTracker, astronaut, tmp_photo):
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_photo("phone.png", np.ascontiguousarray(np.rot90(astronaut)), exif=exif)
    here, there = (select_face(tracker.detect(a)).landmarks for a in (astronaut, read_image(path)))
    np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize("size", [128, 4096])
def test_scale_does_not_matter(tracker: FaceTracker, astronaut, size):
    factor = size / 512
    reference = select_face(tracker.detect(astronaut))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(astronaut, (size, size), interpolation=method)
    track = select_face(tracker.detect(resized))
    error = np.linalg.norm(track.landmarks[:468, :2] / factor - reference.landmarks[:468, :2], axis=1).mean()
    assert error < 0.03 * reference.eye_distance


def test_small_face_in_a_large_picture(tracker: FaceTracker, astronaut):
    picture = np.full((1200, 1800, 3), 90, np.uint8)
    picture[700:956, 1300:1556] = scaled(astronaut, 0.5)
    track = select_face(tracker.detect(picture))
    np.testing.assert_allclose(track.landmarks[NOSE, :2], (1300 + 111.7, 700 + 65.5), atol=4)


def test_close_up_beyond_the_frame(tracker: FaceTracker, astronaut):
    assert select_face(tracker.detect(astronaut[70:180, 175:275].copy())).confidence > 0.5


def test_black_and_white_and_dark(tracker: FaceTracker, astronaut):
    grey = cv2.cvtColor(cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    dark = (astronaut * 0.25).astype(np.uint8)
    for image in (grey, dark):
        assert select_face(tracker.detect(image)).confidence > 0.9


def test_several_faces_come_largest_first_without_duplicates(tracker: FaceTracker, astronaut):
    picture = np.full((512, 1000, 3), 120, np.uint8)
    head = astronaut[30:240, 120:330]
    picture[40:250, 700:910] = head
    picture[100:226, 100:226] = scaled(head, 0.6)
    picture[300:468, 400:568] = scaled(head, 0.8)
    tracks = tracker.detect(picture)
    assert [round(t.landmarks[NOSE, 0], -2) for t in tracks] == [800, 500, 200]
    with pytest.raises(NoFaceError, match="3 faces"):
        select_face(tracks, 3)
    assert select_face(tracks, 1) is tracks[1]


def test_no_face(tracker: FaceTracker):
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, (300, 300, 3), np.uint8)
    soft = cv2.resize(random.integers(0, 256, (12, 12, 3), np.uint8), (300, 300))
    for image in (noise, soft, np.zeros((64, 2000, 3), np.uint8), np.full((16, 16, 3), 255, np.uint8)):
        assert tracker.detect(image) == []
    with pytest.raises(NoFaceError, match="no human face"):
        select_face([])


def test_other_arrays_are_refused(tracker: FaceTracker):
    for shape, kind in (((64, 64), np.uint8), ((64, 64, 3), np.float32), ((64, 64, 4), np.uint8)):
        with pytest.raises(ValueError, match="uint8 RGB"):
            tracker.detect(np.zeros(shape, kind))


# -- figures on the development data -------------------------------------------------------


def test_faces_are_found_on_photos_and_stills(tracker: FaceTracker, shared_data):
    files = pictures(shared_data / "faces/photos") + pictures(shared_data / "faces/stills")
    usable = [p for p in files if p.name not in UNUSABLE]
    missed = [p.name for p in usable if not tracker.detect(read_image(p))]
    assert len(missed) <= 0.03 * len(usable), missed


def test_animals_and_things_are_turned_down(tracker: FaceTracker, shared_data):
    files = pictures(shared_data / "faces/negatives")
    accepted = [p.name for p in files if tracker.detect(read_image(p))]
    assert len(accepted) <= 0.1 * len(files), accepted


def test_faces_of_25_pixels(tracker: FaceTracker, shared_data):
    files = [p for p in pictures(shared_data / "faces/photos") if p.name not in UNUSABLE][::2]
    missed, far = [], []
    for path in files:
        image = read_image(path)
        large = select_face(tracker.detect(image))
        factor = 25 / large.eye_distance
        found = tracker.detect(scaled(image, factor))
        if not found:
            missed.append(path.name)
            continue
        shift = found[0].landmarks[:468, :2] / factor - large.landmarks[:468, :2]
        if np.linalg.norm(shift, axis=1).mean() > 0.05 * large.eye_distance:
            far.append(path.name)
    assert not missed and len(far) <= 1, (missed, far)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("dlib_2008_002470.jpg", 6),
        ("dlib_2008_001322.jpg", 3),
        ("fan_aflw-test-grid3x3.jpg", 9),
        ("liveportrait_t1.jpg", 6),
    ],
)
def test_groups(tracker: FaceTracker, shared_data, name, count):
    tracks = tracker.detect(read_image(shared_data / "faces/groups" / name))
    assert len(tracks) == count
    areas = [(t.box[2] - t.box[0]) * (t.box[3] - t.box[1]) for t in tracks]
    assert areas == sorted(areas, reverse=True)


# -- the gate ------------------------------------------------------------------------------


def test_gate_weighs_its_witnesses():
    face = Evidence(0.88, 24.0, 0.02)
    assert confidence(face) > 0.99
    assert confidence(Evidence(0.1, 24.0, 0.02)) < confidence(Evidence(0.5, 24.0, 0.02)) < confidence(face)
    assert confidence(Evidence(0.45, -5.0, 0.02)) < 0.1
    assert confidence(Evidence(0.5, 10.0, 0.2)) < 0.2
    assert accepts(0.8, roll=0.3) and not accepts(0.8, roll=2.0)


def test_a_mesh_on_texture_moves_with_its_crop(tracker: FaceTracker, astronaut):
    from gen_avatar.tracking.gate import examine

    mesh = tracker._mesh  # type: ignore[attr-defined]
    track = select_face(tracker.detect(astronaut))
    points = track.landmarks
    on_face = region_around(points, points[RIGHT_EYE], points[LEFT_EYE])
    evidence = []
    for region in (on_face, Region((400, 420), on_face.size)):  # the suit
        local, logit = mesh(region.crop(astronaut, 192))
        evidence.append(examine(mesh, astronaut, region, region.to_image(local), logit, 0.9))
    assert evidence[0].disagreement < 0.04 and evidence[0].presence > 15
    assert evidence[1].disagreement > 0.06 and evidence[1].presence < 5


# -- clips ---------------------------------------------------------------------------------


def moving(astronaut: np.ndarray, frames: int) -> tuple[list[np.ndarray], np.ndarray]:
    """The astronaut on a circular path, and the [T, 2] shifts in pixels."""
    angles = np.linspace(0, 2 * np.pi, frames)
    shifts = np.column_stack([25 * np.cos(angles) - 25, 25 * np.sin(angles)])
    clip = [cv2.warpAffine(astronaut, np.array([[1, 0, dx], [0, 1, dy]]), (512, 512)) for dx, dy in shifts]
    return clip, shifts


def test_clip_follows_the_face_with_one_crop_a_frame(tracker: FaceTracker, astronaut, monkeypatch):
    clip, shifts = moving(astronaut, 24)
    still = select_face(tracker.detect(astronaut))
    searches = []
    search = tracker._upright  # type: ignore[attr-defined]

    def counted(image: np.ndarray) -> list[FaceTrack]:
        searches.append(1)
        return search(image)

    monkeypatch.setattr(tracker, "_upright", counted)
    tracks = list(tracker.track_video(clip))
    assert len(tracks) == 24 and len(searches) == 1
    for track, shift in zip(tracks, shifts, strict=True):
        assert track is not None and track.confidence > 0.9
        error = np.linalg.norm(track.landmarks[:468, :2] - shift - still.landmarks[:468, :2], axis=1).mean()
        assert error < 0.03 * still.eye_distance


def test_clip_loses_and_finds_the_face_again(tracker: FaceTracker, astronaut):
    black = np.zeros_like(astronaut)
    tracks = list(tracker.track_video([black] * 2 + [astronaut] * 10 + [black] * 7 + [astronaut] * 10))
    seen = [t is not None for t in tracks]
    assert not any(seen[:2]) and not any(seen[12:19])
    assert all(seen[7:12]) and all(seen[24:])


def test_clip_stays_with_the_chosen_person(tracker: FaceTracker, astronaut):
    picture = np.full((300, 600, 3), 120, np.uint8)
    head = astronaut[30:240, 120:330]
    picture[40:250, 40:250] = head
    picture[60:228, 380:548] = scaled(head, 0.8)
    for index, side in ((0, 150), (1, 460)):
        tracks = list(tracker.track_video([picture] * 3 + [np.zeros_like(picture)] + [picture] * 6, index))
        assert all(abs(t.landmarks[NOSE, 0] - side) < 40 for t in tracks if t)
        assert tracks[0] and tracks[-1]


def test_real_clip(tracker: FaceTracker, shared_data):
    from itertools import islice

    from gen_avatar.media import read_video

    video = read_video(shared_data / "faces/clips/liveportrait_d0.mp4")
    tracks = list(tracker.track_video(f.image for f in islice(video, 60)))
    assert len(tracks) == 60 and all(t is not None and t.confidence > 0.9 for t in tracks)


# -- other backends ------------------------------------------------------------------------


def test_haar_finds_the_same_landmarks(tracker: FaceTracker, astronaut):
    haar = create_tracker("haar")
    assert haar.name == "haar"
    here, there = (select_face(t.detect(astronaut)) for t in (tracker, haar))
    assert np.linalg.norm(here.landmarks[:468, :2] - there.landmarks[:468, :2], axis=1).mean() < 1.5
    assert haar.detect(np.zeros((200, 200, 3), np.uint8)) == []
    haar.close()


def test_unknown_tracker():
    with pytest.raises(UsageError, match="facemesh, haar, fan"):
        create_tracker("openpose")


@pytest.mark.skipif(not importlib.util.find_spec("face_alignment"), reason="face-alignment is not installed")
def test_fan_without_weights_says_what_to_download(tmp_path, monkeypatch):
    import socket

    def refuse(*args, **kwargs):
        raise AssertionError("nothing may be fetched unasked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(WeightsError) as caught:
        create_tracker("fan")
    message = str(caught.value)
    assert "2DFAN4" in message and "https://" in message and str(tmp_path) in message and "\n" not in message


@pytest.mark.skipif(not importlib.util.find_spec("face_alignment"), reason="face-alignment is not installed")
def test_fan_with_damaged_weights(tmp_path, monkeypatch):
    from face_alignment.api import models_urls

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    (folder / models_urls["2DFAN-4"].rsplit("/", 1)[-1]).write_bytes(b"<html>not found</html>")
    with pytest.raises(WeightsError, match="damaged"):
        create_tracker("fan")


# -- smoothing -----------------------------------------------------------------------------


def test_constant_signal_is_unchanged():
    signal = np.full((50, 3), 0.37)
    np.testing.assert_allclose(smooth(signal, 30), signal, rtol=0, atol=1e-12)


def test_jitter_is_calmed():
    noise = np.random.default_rng(0).normal(0, 0.01, (300, 52))
    ratio = np.diff(smooth(noise, 30), axis=0).std() / np.diff(noise, axis=0).std()
    assert ratio < 0.35


@pytest.mark.parametrize("fps", [25, 60])
def test_lag_behind_a_ramp_is_bounded(fps):
    ramp = np.arange(3 * fps)[:, None] / fps  # one unit a second
    lag = ramp[-1, 0] - smooth(ramp, fps)[-1, 0]
    assert 0 < lag < 1 / (2 * np.pi * (2 + 4)) * 1.05  # a low-pass lags by 1 / (2 pi cutoff)


def test_blinks_keep_their_depth():
    time = np.arange(90) / 30
    blink = np.clip(1 - np.abs(time - 1.5) / 0.1, 0, 1)[:, None]  # closes and opens in 0.2 s
    assert smooth(blink, 30).max() > 0.75
    assert smooth(blink, 30, OneEuro(1.0, 0.5)).max() < smooth(blink, 30).max() - 0.1


def test_gaps_interrupt_the_filter():
    signal = np.array([0.0, 0.0, np.nan, 1.0, 1.0])[:, None]
    np.testing.assert_array_equal(smooth(signal, 30)[[0, 3, 4], 0], [0, 1, 1])
    assert np.isnan(smooth(signal, 30)[2, 0])


def test_tracks_are_smoothed_alike_at_all_scales():
    random = np.random.default_rng(1).normal(0, 0.01, (30, 478, 3)).astype(np.float32)
    results = []
    for size in (20.0, 200.0):
        base = blank_track(size)
        clip = [FaceTrack(base.landmarks + size * step, base.box, 1.0, (9, 9)) for step in random]
        out = list(smooth_tracks([*clip[:15], None, *clip[15:]], 30))
        assert out[15] is None
        np.testing.assert_allclose(out[16].landmarks, clip[15].landmarks, rtol=1e-5, atol=1e-4)  # type: ignore[union-attr]
        results.append(np.array([t.landmarks for t in out[:15] if t]) / size)
    np.testing.assert_allclose(results[0], results[1], atol=2e-3)


# -- segmentation --------------------------------------------------------------------------


def test_person_mask(tracker: FaceTracker, astronaut):
    track = select_face(tracker.detect(astronaut))
    mask = person_mask(astronaut, track)
    assert mask.shape == (512, 512) and mask.dtype == np.float32 and mask.min() >= 0 and mask.max() <= 1
    points = track.landmarks[:468, :2].astype(int)
    assert mask[points[:, 1], points[:, 0]].mean() > 0.95  # the face
    assert mask[300:330, 200:280].mean() > 0.9  # the chest
    assert mask[20:120, 440:500].mean() < 0.1  # the shuttle behind
    assert person_mask(astronaut).shape == (512, 512)


def test_channels_that_move_together_are_filtered_together() -> None:
    # One channel makes up slowly for what another does fast: with one cutoff their sum stays what it was.
    fast = np.concatenate([np.zeros(5), np.full(10, 0.6)])
    both = np.stack([fast, 0.1 * fast], 1)
    alone, together = OneEuroFilter(OneEuro(1.0, 7.0, 3.0)), OneEuroFilter(OneEuro(1.0, 7.0, 3.0), [[0, 1]])
    one = np.stack([alone(value, 1 / 25) for value in both])
    other = np.stack([together(value, 1 / 25) for value in both])
    assert np.abs(0.1 * other[:, 0] - other[:, 1]).max() < 1e-9 < np.abs(0.1 * one[:, 0] - one[:, 1]).max()
