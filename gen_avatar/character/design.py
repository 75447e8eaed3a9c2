"""The proportions of the emoji head, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Proportions:
    """The design, in cm of the head frame unless said otherwise."""

    eye_x: float = 3.45
    eye_y: float = 2.90
    eye_radius: float = 3.22
    eye_depth: float = 0.20
    eye_half_width: float = 2.50
    lid_upper: float = 1.48
    lid_lower: float = 1.75
    iris_radius: float = 1.60
    pupil_share: float = 0.52
    shut_bow: float = -0.62
    smile_bow: float = 0.96
    lid_thickness: float = 0.15
    nose_scale: float = 0.86
    nose_button: float = 1.15
    nose_least: float = 1.9
    mouth_rise: float = -0.45
    mouth_width: float = 0.96
    lip_height: float = 0.74
    corner_rise: float = 0.72
    corner_flow: float = 0.10
    lip_overlap: float = 0.07
    lid_identity: float = 0.36
    smile: float = 0.80
    brow_rise: float = 0.14
    cheek_flow: float = 1.4
    jaw_flow: float = 1.1
    outline_flow: float = 2.0
    ear_flow: float = 0.06
    neck_scale: float = 0.612
    identity_gain: float = 1.35
    brow_gain: float = 1.9
    mouth_gain: float = 1.35
    lid_gain: float = 2.2
