"""Key frames, and the ready-made performances."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gen_avatar import keyframes
from gen_avatar.animation import codes_painter
from gen_avatar.errors import GenAvatarWarning, MediaError, UsageError
from gen_avatar.expression import named
from gen_avatar.keyframes import Directed, Keyframes, read_keyframes, ready_made
from gen_avatar.media import read_video
from gen_avatar.performance import load_performance, save_performance
from gen_avatar.pipeline import AvatarPipeline
from gen_avatar.retarget import HEAD_RANGE, retarget
from gen_avatar.types import ARKIT_52, Character, Performance

NAMES = keyframes.names()
#: Most that an animated sticker may last, seconds.
STICKER_SECONDS = 3.0


@pytest.fixture(scope="module")
def pipe() -> AvatarPipeline:
    return AvatarPipeline.from_pretrained()


def row(performance: Performance, name: str) -> np.ndarray:
    """[T] of a blendshape, or [2, T] of one without its side."""
    if name in ARKIT_52:
        return performance.expression[:, ARKIT_52.index(name)]
    return np.stack([row(performance, name + side) for side in ("Left", "Right")])


def clip(**changes: Any) -> Keyframes:
    given = {
        "title": "A test",
        "emoji": "🙂",
        "seconds": 2.0,
        "tracks": {"jawOpen": ((0.5, 0.2), (1.5, 0.8))},
    }
    return Keyframes(**{**given, **changes})


def written(folder: Path, **changes: Any) -> Path:
    """A file of key frames; a change to None takes a field away."""
    data = {
        "format": "gen_avatar.keyframes", "version": 1, "title": "A test", "emoji": "🙂", "fps": 30,
        "seconds": 2, "props": [], "tracks": {"jawOpen": [[0, 0], [1, 1]]}, **changes,
    }  # fmt: skip
    path = folder / "act.json"
    path.write_text(json.dumps({name: value for name, value in data.items() if value is not None}))
    return path


# -- from keys to frames ------------------------------------------------------------------------------


def test_values_pass_the_keys_are_held_outside_them_and_never_overshoot() -> None:
    keys = ((0.5, 0.2), (0.8, 0.9), (1.0, 0.9), (1.1, 0.1), (1.5, 0.4))
    jaw = row(clip(tracks={"jawOpen": keys}).performance(100), "jawOpen")
    assert len(jaw) == 200
    for time, value in keys:
        assert float(jaw[round(100 * time)]) == pytest.approx(value, abs=1e-6)
    assert (jaw[:51] == jaw[50]).all() and (jaw[150:] == jaw[150]).all()
    for (start, first), (end, last) in zip(keys, keys[1:], strict=False):
        between = jaw[round(100 * start) : round(100 * end) + 1]
        assert min(first, last) - 1e-6 <= between.min() and between.max() <= max(first, last) + 1e-6
        assert (np.diff(between) * np.sign(last - first) >= -1e-6).all(), "it goes straight there"
    speed = np.abs(np.diff(jaw))
    assert speed[50] < 0.2 * speed[50:80].max(), "it leaves slowly"
    assert speed[149] < 0.2 * speed[110:150].max(), "it arrives slowly"


def test_a_loop_runs_on_from_its_last_key_to_its_first() -> None:
    swing = {"headRoll": ((0.25, 10.0), (1.25, -10.0))}
    around = clip(tracks=swing, loop=True).performance(100).head_rotation[:, 2]
    once = clip(tracks=swing).performance(100).head_rotation[:, 2]
    assert around[0] == pytest.approx(5.0, abs=2) and once[0] == 10
    twice = np.tile(around, 2)
    assert np.abs(np.diff(twice, n=2)).max() < 0.02, "no corner where it starts again"


def test_expressions_add_up_blendshapes_replace_them_and_a_side_replaces_both() -> None:
    frames = clip(tracks={
        "laugh": ((0, 0.5),), "surprise": ((0, 0.25),), "browOuterUp": ((0, 0.7),),
        "browOuterUpLeft": ((0, 0.1),), "eyeBlink": ((0, 0.0),), "blink": ((0, 0), (1, 1), (2, 0)),
    }).performance()  # fmt: skip
    wanted = 0.5 * named("laugh") + 0.25 * named("surprise")
    for name in ("jawOpen", "mouthFunnel", "mouthSmileRight"):
        assert row(frames, name)[0] == pytest.approx(wanted[ARKIT_52.index(name)]), name
    assert (row(frames, "browOuterUp")[:, 0] == np.array([0.1, 0.7], np.float32)).all()
    assert row(frames, "eyeBlink")[:, 0].max() == 0 and row(frames, "eyeBlink")[:, 30].min() == 1
    assert frames.expression.max() <= 1
    shut = clip(tracks={"joy": ((0, 1),), "blink": ((0, 0),)}).performance()
    assert row(shut, "eyeBlink").min() == 1, "a blink never opens an eye"


def test_angles_have_the_signs_of_the_package() -> None:
    tracks = {
        "gazeYaw": ((0, 14.0),),
        "gazePitch": ((0, -6.0),),
        "headYaw": ((0, 20.0),),
        "headPitch": ((0, -9.0),),
    }
    frames = clip(tracks={**tracks, "thinking": ((0, 1),)}).performance()
    assert np.allclose(frames.gaze, (14, -6), atol=1e-4), "a gaze replaces what expressions look at"
    assert np.allclose(frames.head_rotation, (20, -9, 0))
    assert row(frames, "eyeLookOutLeft")[0] > 0.3 and row(frames, "eyeLookOutRight")[0] == 0
    assert clip(tracks={"eyeLookUp": ((0, 1),)}).performance().gaze[0, :, 1].min() == 25


def test_another_frame_rate_gives_the_same_motion() -> None:
    slow, fast = keyframes.read_keyframes(keyframes.path_of("nod")), ready_made("nod")
    half = slow.performance(15)
    assert half.fps == 15 and len(half) == len(fast) // 2
    assert np.allclose(half.expression, fast.expression[::2], atol=1e-6)
    with pytest.raises(UsageError, match="fps"):
        slow.performance(0)


# -- what is wrong with a file ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tracks": {"smlie": [[0, 0]]}}, "smile"),
        ({"tracks": {"jawOpen": [[0, 0], [1, 1.5]]}}, "jawOpen at 1 s"),
        ({"tracks": {"jawOpen": [[0, 0], [1, float("nan")]]}}, "jawOpen at 1 s"),
        ({"tracks": {"headYaw": [[0, "left"]]}}, "headYaw"),
        ({"tracks": {"gazePitch": [[0, 40]]}}, "gazePitch"),
        ({"tracks": {"blink": [[1, 0], [0.5, 1]]}}, "rise"),
        ({"tracks": {"blink": [[0, 0], [2.5, 1]]}}, "time of blink"),
        ({"tracks": {"blink": [[-1, 0]]}}, "time of blink"),
        ({"tracks": {"blink": [[0, 0, 0]]}}, "seconds, value"),
        ({"tracks": {"blink": []}}, "no keys"),
        ({"tracks": {}}, "at least one"),
        ({"tracks": [1]}, "tracks"),
        ({"loop": True, "tracks": {"blink": [[0, 0], [2, 0]]}}, "loop"),
        ({"loop": 1}, "loop"),
        ({"props": ["teers"]}, "tears"),
        ({"props": "tears"}, "list"),
        ({"seconds": 61}, "seconds"),
        ({"seconds": 0}, "seconds"),
        ({"fps": 500}, "fps"),
        ({"emoji": ""}, "emoji"),
        ({"title": None}, "title"),
        ({"titel": "A"}, "title"),
        ({"version": 2}, "version"),
    ],
)
def test_a_file_with_a_mistake_is_refused_in_one_line(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    path = written(tmp_path, **changes)
    with pytest.raises(MediaError, match=words) as caught:
        load_performance(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_no_file_of_key_frames_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="none.json"):
        read_keyframes(tmp_path / "none.json")
    for content in (b"{", b"[]", b'{"format": "gen_avatar.performance"}', b"\xff\xfe", b"[" * 100_000):
        path = tmp_path / "act.json"
        path.write_bytes(content)
        with pytest.raises(MediaError, match="act.json"):
            read_keyframes(path)
    path.write_text(written(tmp_path).read_text().replace('"props"', '"tracks": {}, "props"'))
    with pytest.raises(MediaError, match="twice"):
        read_keyframes(path)


def test_key_frames_cannot_be_changed() -> None:
    act = clip()
    with pytest.raises(TypeError):
        act.tracks["blink"] = ()  # type: ignore[index]


# -- what ships ---------------------------------------------------------------------------------------


def test_there_are_enough_of_them() -> None:
    assert len(NAMES) >= 22
    assert {"smile", "laugh", "wink", "talk", "nod", "shake", "hello", "dance"} <= set(NAMES)
    acts = [read_keyframes(keyframes.path_of(name)) for name in NAMES]
    assert len({act.title for act in acts}) == len({act.emoji for act in acts}) == len(NAMES)
    with pytest.raises(UsageError, match="laugh"):
        ready_made("laughs")


@pytest.mark.parametrize("name", NAMES)
def test_ready_made_performances_are_sound(name: str) -> None:
    act = read_keyframes(keyframes.path_of(name))
    frames = act.performance()
    assert 1.5 <= act.seconds <= STICKER_SECONDS and act.fps == 30
    assert len(frames) == pytest.approx(act.seconds * act.fps) and name == name.lower()
    assert (np.abs(frames.head_rotation).max(0) <= (30, 18, 20)).all()

    # It loops: from the last frame to the first it moves on as just before and after, without a corner.
    for values, small in ((frames.expression, 0.02), (frames.head_rotation, 0.4), (frames.gaze, 0.6)):
        seam = np.diff(np.concatenate([values[-4:], values[:4]]).reshape(8, -1), axis=0)
        around = np.delete(seam, 3, axis=0)
        assert (seam[3] <= around.max(0) + small).all() and (seam[3] >= around.min(0) - small).all()

    # It is never frozen: in any third of a second something moves, and over all of it the face and the head.
    moving = np.abs(np.diff(frames.head_rotation, axis=0)).sum(1) + 30 * np.abs(
        np.diff(frames.expression, axis=0)
    ).sum(1)
    assert np.convolve(moving, np.ones(10), "valid").min() > 0.15
    assert np.ptp(frames.head_rotation, axis=0).min() > 1.5 and np.ptp(frames.expression, axis=0).max() > 0.2
    if "sunglasses" not in frames.props and "heart-eyes" not in frames.props:
        assert row(frames, "eyeBlink").max() > 0.95, "living eyes shut now and then"


def swings(values: np.ndarray, least: float) -> int:
    """How often a curve turns round after it has gone at least so far."""
    turns, last, up = 0, float(values[0]), 0
    for value in values:
        if (value - last) * (up or 1) > 0 and up:
            last = value
        elif abs(value - last) >= least:
            turns, up, last = turns + 1, (1 if value > last else -1), float(value)
    return turns


#: What must be seen at once somewhere in a performance: blendshape → (lowest, highest), of both sides if it
#: has no side.
PEAKS: dict[str, dict[str, tuple[float, float]]] = {
    "smile": {"mouthSmile": (0.8, 1), "jawOpen": (0, 0.2), "eyeBlink": (0, 0.2)},
    "laugh": {"jawOpen": (0.6, 1), "mouthSmile": (0.6, 1), "eyeBlink": (0.9, 1)},
    "joy": {"jawOpen": (0.6, 1), "mouthSmile": (0.6, 1), "browInnerUp": (0.6, 1)},
    "giggle": {"mouthSmile": (0.8, 1), "jawOpen": (0, 0.4), "eyeBlink": (0.9, 1)},
    "wink": {"eyeBlinkLeft": (0.98, 1), "eyeBlinkRight": (0, 0.2), "mouthSmile": (0.5, 1)},
    "surprise": {"eyeWide": (0.8, 1), "browOuterUp": (0.8, 1), "jawOpen": (0.4, 1)},
    "kiss": {"mouthPucker": (0.9, 1), "eyeBlinkLeft": (0.9, 1), "eyeBlinkRight": (0, 0.3)},
    "sad": {"mouthFrown": (0.8, 1), "browInnerUp": (0.9, 1)},
    "cry": {"jawOpen": (0.7, 1), "browInnerUp": (0.9, 1), "eyeBlink": (0.9, 1), "mouthFrown": (0.8, 1)},
    "angry": {"browDown": (0.9, 1), "mouthFrown": (0.6, 1)},
    "rage": {"browDown": (0.9, 1), "mouthUpperUp": (0.9, 1), "jawOpen": (0.4, 1)},
    "tongue": {"tongueOut": (0.9, 1), "eyeBlinkRight": (0.9, 1), "eyeBlinkLeft": (0, 0.1)},
    "scream": {"jawOpen": (0.95, 1), "eyeWide": (0.9, 1)},
    "skeptical": {"browOuterUpLeft": (0.9, 1), "browDownRight": (0.8, 1), "eyeBlinkLeft": (0, 0.1)},
    "oops": {"mouthStretch": (0.8, 1), "mouthLowerDown": (0.8, 1), "jawOpen": (0, 0.2)},
    "yawn": {"jawOpen": (0.95, 1), "eyeBlink": (0.9, 1)},
    "yuck": {"noseSneer": (0.8, 1), "tongueOut": (0.5, 1)},
    "scared": {"eyeWide": (0.8, 1), "browInnerUp": (0.9, 1), "mouthStretch": (0.7, 1)},
    "phew": {"mouthPucker": (0.7, 1), "eyeBlink": (0.9, 1)},
    "excited": {"eyeWide": (0.8, 1), "mouthSmile": (0.9, 1), "browOuterUp": (0.8, 1)},
}  # fmt: skip


@pytest.mark.parametrize("name", PEAKS)
def test_they_do_what_their_name_says(name: str) -> None:
    frames = ready_made(name)
    seen = np.ones(len(frames), bool)
    for shape, (low, high) in PEAKS[name].items():
        values = row(frames, shape)
        seen &= ((values >= low - 1e-3) & (values <= high + 1e-3)).reshape(-1, len(frames)).all(0)
    assert seen.sum() >= 2, "all of it at once, long enough to be seen"


def test_a_wink_shuts_one_eye_and_never_the_other() -> None:
    assert row(ready_made("wink"), "eyeBlinkRight").max() < 0.2


def test_heads_and_eyes_move_as_their_names_say() -> None:
    yaw, pitch, roll = ready_made("nod").head_rotation.T
    assert swings(pitch, 8) >= 4 and np.ptp(pitch) > 3 * np.ptp(yaw)
    yaw, pitch, roll = ready_made("shake").head_rotation.T
    assert swings(yaw, 15) >= 4 and np.ptp(yaw) > 3 * np.ptp(pitch)
    dance = ready_made("dance").head_rotation
    assert swings(dance[:, 1], 8) >= 7 and swings(dance[:, 2], 15) >= 3
    around, roll_of_eyes = ready_made("look-around"), ready_made("eye-roll").gaze[:, 0]
    assert around.head_rotation[:, 0].min() < -15 and around.head_rotation[:, 0].max() > 15
    eyes = np.argmax(np.abs(around.gaze[:, 0, 0]) > 10)
    head = np.argmax(np.abs(around.head_rotation[:, 0]) > 10)
    assert eyes < head, "the eyes lead"
    assert np.ptp(roll_of_eyes[:, 0]) > 40 and roll_of_eyes[:, 1].max() > 20
    talk = row(ready_made("talk"), "jawOpen")
    assert swings(talk, 0.15) >= 12, "syllables"
    sneeze = ready_made("sneeze").head_rotation[:, 1]
    assert sneeze.argmax() < sneeze.argmin() and np.ptp(sneeze) > 25, "back, then forth"
    assert ready_made("sleepy").head_rotation[:, 1].min() < -12


# -- how they are used --------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["json", "npz"])
def test_a_ready_made_performance_survives_saving(tmp_path: Path, ending: str) -> None:
    frames = ready_made("love")
    path = tmp_path / f"take.{ending}"
    save_performance(frames, path)
    back = load_performance(path)
    assert back.props == frames.props == ("heart-eyes", "hearts") and back.fps == 30
    with pytest.warns(GenAvatarWarning, match="hearts"):
        save_performance(frames, tmp_path / "take.csv")
    for name in ("expression", "gaze", "head_rotation"):
        assert np.abs(getattr(back, name) - getattr(frames, name)).max() < 1e-3
    if ending == "json":
        data = json.loads(path.read_text())
        path.write_text(json.dumps({**data, "props": ["nothing"]}))
        with pytest.raises(MediaError, match="take.json.*nothing"):
            load_performance(path)


@pytest.mark.parametrize("motion", ["relative", "absolute"])
def test_it_starts_from_the_neutral_face_of_whoever_plays_it(motion: str) -> None:
    cool = ready_made("cool")
    moved = retarget(cool, Performance.still(), motion).performance
    assert isinstance(moved, Directed) and moved.props == ("sunglasses", "glint")
    assert np.allclose(moved.expression, cool.expression, atol=1e-6), "its own steady smirk is kept"
    assert np.abs(moved.head_rotation - cool.head_rotation).max() < 0.5
    assert (np.abs(moved.head_rotation) < HEAD_RANGE).all()
    half = clip(tracks={"eyeBlink": ((0, 0.3),), "headYaw": ((0, 10.0),)}).performance()
    moved = retarget(half, Performance.still({"mouthSmileLeft": 0.4}, (5.0, 0, 0)), motion).performance
    assert row(moved, "eyeBlinkLeft").max() == pytest.approx(0.3), "a lid that is written as half shut is"
    relative = motion == "relative"
    assert row(moved, "mouthSmileLeft")[0] == pytest.approx(0.4 if relative else 0)
    assert moved.head_rotation[0, 0] == pytest.approx(15 if relative else 10)


def test_a_name_drives_an_avatar(
    run: Callable[..., tuple[int, str, str]],
    pipe: AvatarPipeline,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = tmp_path / "me.json"
    person.write_text(Character().to_json())
    act = written(tmp_path, seconds=0.1, tracks={"jawOpen": [[0, 1]]})
    monkeypatch.setattr(keyframes, "FOLDER", tmp_path)
    monkeypatch.setattr(keyframes, "names", lambda: ("act",))
    for driving, clip, motion in ((act, "file.gif", "absolute"), ("act", "act.gif", "relative")):
        code, out, err = run(
            "animate", person, "--driving", driving, "--motion", motion, "--size", 32, "-o", clip
        )
        assert (code, out) == (0, f"{clip}\n") and "3 frames" in err
        with Image.open(clip) as picture:
            assert getattr(picture, "n_frames", 1) == 3
    assert Path("file.gif").read_bytes() == Path("act.gif").read_bytes()
    assert run("animate", person, "--driving", "act", "--size", 32, "-o", "act.mp4")[0] == 0
    assert not read_video("act.mp4").has_audio
    assert run("animate", person, "--driving", "act", "--size", 32, "-o", "act")[0] == 0
    assert len(list(Path("act").iterdir())) == 3
    monkeypatch.undo()

    animation = pipe.animate(person, "cool", size=64)
    assert len(animation) == 78 and animation.performance.props == ("sunglasses", "glint")
    worn = animation.paint(animation.performance, 0).astype(int)
    bare = codes_painter(pipe, Character(), "clay", 64)(
        Performance.still(animation.performance.expression[0]), 0
    ).astype(int)
    eyes = np.s_[29:43, 20:44, :3]
    assert worn[eyes].mean() < bare[eyes].mean() - 40, "dark glasses are drawn"


def test_files_come_before_names_and_unknown_names_are_told(
    run: Callable[..., tuple[int, str, str]], pipe: AvatarPipeline, tmp_path: Path
) -> None:
    person = tmp_path / "me.json"
    person.write_text(Character().to_json())
    code, _, err = run("animate", person, "--driving", "laughs", "-o", "me.gif")
    assert code == 4 and "no clip 'laughs'" in err and "did you mean laugh" in err and err.count("\n") == 1
    code, _, err = run("animate", person, "--driving", "gone.mp4", "-o", "me.gif")
    assert code == 4 and "gone.mp4" in err and "ready-made" not in err
    Path("laugh").write_bytes(b"not a clip")
    code, _, err = run("animate", person, "--driving", "laugh", "-o", "me.gif")
    assert code == 4 and "laugh" in err and not Path("me.gif").exists()
    assert keyframes.ready_made_name("laugh") is None and keyframes.ready_made_name("nod") == "nod"
    assert len(pipe.capture("nod").performance) == len(ready_made("nod"))


def test_a_picture_that_is_moved_wears_nothing_and_says_so(
    pipe: AvatarPipeline, astronaut: np.ndarray
) -> None:
    with pytest.warns(GenAvatarWarning, match="heart-eyes"):
        animation = pipe.animate(astronaut, "love", method="warp", size=128)
    assert animation.method == "warp"
    before, after = (animation.paint(animation.performance, i).astype(int) for i in (0, 30))
    assert np.abs(before - after).max() > 60, "it moves"


def test_the_command_line_lists_them(run: Callable[..., tuple[int, str, str]]) -> None:
    assert json.loads(run("styles", "--json")[1])["performances"] == list(NAMES)
    assert "look-around" in run("styles")[1]
