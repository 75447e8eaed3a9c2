"""Geometry buffers: everything that a painter, by hand or by network, must know of a posed character."""

from __future__ import annotations

from gen_avatar.character.mesh import PARTS

#: The channels of :func:`render_buffers`, in order.
BUFFER_CHANNELS: tuple[str, ...] = (
    *PARTS,
    "albedo_r", "albedo_g", "albedo_b",
    "normal_x", "normal_y", "normal_z",
    "depth", "alpha", "catchlight", "key_light", "tangent_x", "tangent_y",
)  # fmt: skip
#: Head poses that the character is made for, degrees to either side.
POSE_RANGE = {"yaw": 40.0, "pitch": 25.0, "roll": 25.0}
