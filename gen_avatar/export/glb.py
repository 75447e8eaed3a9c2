"""The container of binary glTF 2.0: typed arrays and pictures in one buffer, a document in JSON.

Follows the Khronos glTF 2.0 specification; nothing here knows what an avatar is.
"""

from __future__ import annotations

import json
import struct
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

#: Targets of buffer views: vertices, and indices into them.
VERTICES, INDICES = 34962, 34963
#: What arrays hold, by their dtype, and by the width of their rows.
_COMPONENTS = {"uint8": 5121, "uint16": 5123, "uint32": 5125, "float32": 5126}
_KINDS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
#: What a document says of a sparse array more than of another, bytes.
_SPARSE_COST = 170
_MAGIC, _VERSION, _JSON, _BIN = 0x46546C67, 2, 0x4E4F534A, 0x004E4942


class GlbBuilder:
    """Collects what a document refers to by number.

    Arrays of one kind share a buffer view, so that documents with many small ones stay small.
    """

    def __init__(self) -> None:
        self.accessors: list[dict[str, Any]] = []
        self.images: list[dict[str, Any]] = []
        self._views: list[tuple[dict[str, int], bytearray]] = []
        self._shared: dict[tuple[str, int, int | None], int] = {}
        self._zeros: dict[tuple[int, bool], int] = {}

    def array(self, values: np.ndarray, target: int | None = None, bounds: bool = False) -> int:
        """Add [n] or [n, width] ``values`` of one of glTF's types; returns the number of the accessor.

        Args:
            values: uint8, uint16, uint32 or float32; 16 wide for matrices, column by column.
            target: ``VERTICES``, ``INDICES`` or None.
            bounds: say the least and the greatest of each column, as positions and times must.
        """
        view, offset = self._append(values, target)
        accessor = {"bufferView": view, "byteOffset": offset, **_described(values, bounds)}
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def sparse(self, values: np.ndarray, bounds: bool = False) -> int:
        """Add float32 ``values`` [n, 3], most rows of which may be 0: only others are stored, and nothing
        but one accessor for all that are 0 throughout. ``bounds`` as of :meth:`array`."""
        rows = np.flatnonzero(values.any(1))
        if not len(rows) and (len(values), bounds) in self._zeros:
            return self._zeros[len(values), bounds]
        kept = rows.astype(np.uint16 if len(values) <= 0xFFFF else np.uint32)
        if kept.nbytes + values[rows].nbytes + _SPARSE_COST > values.nbytes:
            return self.array(values, VERTICES, bounds)
        accessor = _described(values, bounds)
        if len(rows):
            where, at = self._append(kept, None)
            what, start = self._append(values[rows], None)
            accessor["sparse"] = {
                "count": len(rows),
                "indices": {
                    "bufferView": where, "byteOffset": at, "componentType": _COMPONENTS[kept.dtype.name]
                },
                "values": {"bufferView": what, "byteOffset": start},
            }  # fmt: skip
        else:
            self._zeros[len(values), bounds] = len(self.accessors)
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def picture(self, name: str, pixels: np.ndarray) -> int:
        """Add [H, W] or [H, W, 3] uint8 ``pixels`` as a PNG; returns the number of the image."""
        data = BytesIO()
        Image.fromarray(pixels).save(data, format="PNG", optimize=True)
        self._views.append(({}, bytearray(data.getvalue())))
        self.images.append({"name": name, "mimeType": "image/png", "bufferView": len(self._views) - 1})
        return len(self.images) - 1

    def build(self, document: dict[str, Any]) -> bytes:
        """The bytes of a GLB: ``document`` with the accessors, buffer views and images added."""
        binary, views = bytearray(), []
        for about, data in self._views:
            binary += b"\0" * (-len(binary) % 4)
            views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(data), **about})
            binary += data
        binary += b"\0" * (-len(binary) % 4)
        whole = {
            **document,
            "accessors": self.accessors,
            "bufferViews": views,
            "images": self.images,
            "buffers": [{"byteLength": len(binary)}],
        }
        text = json.dumps(whole, separators=(",", ":"), allow_nan=False).encode("utf-8")
        text += b" " * (-len(text) % 4)
        length = 12 + 8 + len(text) + 8 + len(binary)
        return b"".join([
            struct.pack("<III", _MAGIC, _VERSION, length),
            struct.pack("<II", len(text), _JSON), text,
            struct.pack("<II", len(binary), _BIN), bytes(binary),
        ])  # fmt: skip

    def _append(self, values: np.ndarray, target: int | None) -> tuple[int, int]:
        """Put values at the end of the view for their kind; returns its number and where they begin."""
        width = 1 if values.ndim == 1 else values.shape[1]
        key = (values.dtype.name, width, target)
        if key not in self._shared:
            about: dict[str, int] = {} if target is None else {"target": target}
            if target == VERTICES:
                about["byteStride"] = width * values.itemsize
            self._views.append((about, bytearray()))
            self._shared[key] = len(self._views) - 1
        view = self._shared[key]
        data = self._views[view][1]
        data += b"\0" * (-len(data) % 4)
        offset = len(data)
        data += np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
        return view, offset


def _described(values: np.ndarray, bounds: bool) -> dict[str, Any]:
    width = 1 if values.ndim == 1 else values.shape[1]
    about = {
        "componentType": _COMPONENTS[values.dtype.name], "count": len(values), "type": _KINDS[width]
    }  # fmt: skip
    if bounds:
        columns = values.reshape(len(values), width)
        about |= {"min": columns.min(0).tolist(), "max": columns.max(0).tolist()}
    return about
