"""The networks that the mediapipe wheel carries, run offline and without its chatter.

MediaPipe's ready-made FaceMesh hides the score of the mesh and chooses its own crops. Here the same
models run in graphs of our own: one crop in, landmarks and score out.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gen_avatar.errors import WeightsError

#: Side of the mesh network's input, pixels.
MESH_SIDE = 192
#: Side of the segmentation network's input and output, pixels.
SEGMENTER_SIDE = 256

_TENSOR = """
node {{
  calculator: "ImageToTensorCalculator"
  input_stream: "IMAGE:image"
  output_stream: "TENSORS:input"
  options {{ [mediapipe.ImageToTensorCalculatorOptions.ext] {{
    output_tensor_width: {side} output_tensor_height: {side}
    output_tensor_float_range {{ min: 0.0 max: 1.0 }} }} }}
}}
node {{ calculator: "TfLiteCustomOpResolverCalculator" output_side_packet: "OP_RESOLVER:resolver" }}
node {{
  calculator: "InferenceCalculator"
  input_stream: "TENSORS:input"
  output_stream: "TENSORS:output"
  input_side_packet: "MODEL:model"
  input_side_packet: "OP_RESOLVER:resolver"
  options {{ [mediapipe.InferenceCalculatorOptions.ext] {{ delegate {{ xnnpack {{ num_threads: 1 }} }} }} }}
}}
"""

_MESH = (
    """
input_stream: "image"
output_stream: "landmarks"
output_stream: "score"
node {
  calculator: "ConstantSidePacketCalculator"
  output_side_packet: "PACKET:attention"
  options { [mediapipe.ConstantSidePacketCalculatorOptions.ext] { packet { bool_value: true } } }
}
node {
  calculator: "FaceLandmarksModelLoader"
  input_side_packet: "WITH_ATTENTION:attention"
  output_side_packet: "MODEL:model"
}
"""
    + _TENSOR.format(side=MESH_SIDE)
    + """
node {
  calculator: "SplitTensorVectorCalculator"
  input_stream: "output"
  output_stream: "points"
  output_stream: "flag"
  options { [mediapipe.SplitVectorCalculatorOptions.ext] {
    ranges { begin: 0 end: 6 } ranges { begin: 6 end: 7 } } }
}
node {
  calculator: "TensorsToFloatsCalculator"
  input_stream: "TENSORS:flag"
  output_stream: "FLOAT:score"
  options { [mediapipe.TensorsToFloatsCalculatorOptions.ext] { activation: NONE } }
}
node {
  calculator: "TensorsToFaceLandmarksWithAttention"
  input_stream: "TENSORS:points"
  output_stream: "LANDMARKS:landmarks"
}
"""
)

_SEGMENTER = (
    """
input_stream: "image"
output_stream: "mask"
node {
  calculator: "ConstantSidePacketCalculator"
  output_side_packet: "PACKET:general"
  options { [mediapipe.ConstantSidePacketCalculatorOptions.ext] { packet { int_value: 0 } } }
}
node {
  calculator: "SelfieSegmentationModelLoader"
  input_side_packet: "MODEL_SELECTION:general"
  output_side_packet: "MODEL:model"
}
"""
    + _TENSOR.format(side=SEGMENTER_SIDE)
    + """
node {
  calculator: "TensorsToSegmentationCalculator"
  input_stream: "TENSORS:output"
  output_stream: "MASK:image_mask"
  options { [mediapipe.TensorsToSegmentationCalculatorOptions.ext] { activation: NONE } }
}
node {
  calculator: "FromImageCalculator"
  input_stream: "IMAGE:image_mask"
  output_stream: "IMAGE_CPU:mask"
}
"""
)

_DETECTOR = """
input_stream: "image"
output_stream: "detections"
node {{
  calculator: "FaceDetectionFullRange"
  input_stream: "IMAGE:image"
  output_stream: "DETECTIONS:detections"
  node_options {{ [type.googleapis.com/mediapipe.FaceDetectionOptions] {{
    min_score_thresh: {threshold} delegate {{ xnnpack {{ num_threads: 1 }} }} }} }}
}}
"""


@dataclass(frozen=True)
class Detection:
    """A face seen by the detector.

    Attributes:
        box: (x0, y0, x1, y1), pixels of the picture given to the detector.
        eyes: [2, 2] (x, y) of the subject's right and left eye, pixels.
        score: [0, 1].
    """

    box: tuple[float, float, float, float]
    eyes: np.ndarray
    score: float


class FaceDetector:
    """The full-range detector: sees faces from about an eighth of the picture's side upwards.

    Args:
        threshold: detections with a lower score are dropped.
    """

    def __init__(self, threshold: float) -> None:
        self._graph = _Graph(_DETECTOR.format(threshold=threshold), {"detections": "get_proto_list"})

    def __call__(self, image: np.ndarray) -> list[Detection]:
        """Faces in ``image`` [H, W, 3] uint8, in no order."""
        height, width = image.shape[:2]
        size = np.array([width, height], np.float32)
        found = []
        for proto in self._graph.run(image).get("detections", []):
            box = proto.location_data.relative_bounding_box
            keys = proto.location_data.relative_keypoints
            low = np.array([box.xmin, box.ymin]) * size
            high = low + np.array([box.width, box.height]) * size
            eyes = np.array([[keys[i].x, keys[i].y] for i in (0, 1)], np.float32) * size
            found.append(Detection((*map(float, low), *map(float, high)), eyes, float(proto.score[0])))  # type: ignore[arg-type]
        return found

    def close(self) -> None:
        """Free the graph; the object cannot be used afterwards."""
        self._graph.close()


class MeshNetwork:
    """FaceMesh with attention: 478 points on one crop."""

    def __init__(self) -> None:
        self._graph = _Graph(_MESH, {"landmarks": "get_proto", "score": "get_float"})

    def __call__(self, crop: np.ndarray) -> tuple[np.ndarray, float]:
        """Landmarks and score.

        Args:
            crop: [192, 192, 3] uint8, an upright face filling two thirds.

        Returns:
            [478, 3] float32 in units of the crop's side, (0, 0) at the upper left corner, z towards the
            back, and the logit of the network's belief that it saw a face.
        """
        result = self._graph.run(crop)
        points = [(p.x, p.y, p.z) for p in result["landmarks"].landmark]
        return np.array(points, np.float32), float(result["score"])

    def close(self) -> None:
        """Free the graph; the object cannot be used afterwards."""
        self._graph.close()


class PersonSegmenter:
    """Selfie segmentation: which pixels belong to a person in the foreground."""

    def __init__(self) -> None:
        self._graph = _Graph(_SEGMENTER, {"mask": "get_image_frame"})

    def __call__(self, crop: np.ndarray) -> np.ndarray:
        """Mask of a [256, 256, 3] uint8 crop: [256, 256] float32 in [0, 1]."""
        return np.array(self._graph.run(crop)["mask"].numpy_view(), np.float32)

    def close(self) -> None:
        """Free the graph; the object cannot be used afterwards."""
        self._graph.close()


class _Graph:
    """A started mediapipe graph with the input stream ``image``.

    Args:
        config: in text form.
        outputs: output streams, each with the function of ``packet_getter`` that reads it.
    """

    def __init__(self, config: str, outputs: dict[str, str]) -> None:
        with quiet_stderr():
            mp = _mediapipe()
            self._packets: dict[str, Any] = {}
            self._readers = {name: getattr(mp.getter, reader) for name, reader in outputs.items()}
            self._image, self._format = mp.creator.create_image_frame, mp.srgb
            self._time = 0
            self._lock = threading.Lock()
            try:
                self._graph = mp.graph(graph_config=config)
                for name in outputs:
                    self._graph.observe_output_stream(name, self._packets.__setitem__)
                self._graph.start_run()
                self.run(np.zeros((MESH_SIDE, MESH_SIDE, 3), np.uint8))  # the first run chatters, too
            except RuntimeError as error:
                raise WeightsError(
                    "mediapipe's models do not start; reinstall it with: pip install mediapipe==0.10.21"
                ) from error

    def run(self, image: np.ndarray) -> dict[str, Any]:
        """Outputs for one picture [H, W, 3] uint8; a stream that stays silent is absent."""
        with self._lock:
            self._time += 1
            self._packets.clear()
            packet = self._image(image_format=self._format, data=np.ascontiguousarray(image)).at(self._time)
            self._graph.add_packet_to_input_stream(stream="image", packet=packet)
            self._graph.wait_until_idle()
            return {name: self._readers[name](packet) for name, packet in self._packets.items()}

    def close(self) -> None:
        self._graph.close()


@dataclass(frozen=True)
class _MediaPipe:
    graph: Any
    creator: Any
    getter: Any
    srgb: Any


def _mediapipe() -> _MediaPipe:
    """The few names used of mediapipe, imported late: it takes a second and 60 MB."""
    try:
        import mediapipe
        from mediapipe.python import packet_creator, packet_getter
        from mediapipe.python._framework_bindings import calculator_graph, image_frame, resource_util
    except ImportError as error:
        raise WeightsError(
            "face tracking needs mediapipe; install it with: pip install mediapipe==0.10.21"
        ) from error
    resource_util.set_resource_dir(str(Path(mediapipe.__file__).resolve().parent.parent))
    return _MediaPipe(
        calculator_graph.CalculatorGraph, packet_creator, packet_getter, image_frame.ImageFormat.SRGB
    )


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Send the process's standard error to nowhere: mediapipe's C++ code logs there and has no switch."""
    sys.stderr.flush()
    try:
        saved = os.dup(2)
    except OSError:  # standard error is closed: nothing to silence
        yield
        return
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(sink)
