"""The proportions of the emoji head, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Proportions:
    """The design, in cm of the head frame unless said otherwise."""

    eye_x: float = 3.30
    eye_y: float = 2.90
    eye_radius: float = 2.75
    eye_depth: float = 0.20
    eye_half_width: float = 2.07
    lid_upper: float = 1.24
    lid_lower: float = 1.50
    iris_radius: float = 1.22
    pupil_share: float = 0.52
    shut_bow: float = -0.58
    smile_bow: float = 0.88
    lid_thickness: float = 0.15
    nose_scale: float = 0.70
    nose_button: float = 1.08
    nose_least: float = 1.9
    mouth_rise: float = -0.45
    mouth_width: float = 1.02
    lip_height: float = 0.74
    corner_rise: float = 0.66
    corner_flow: float = 0.10
    lip_overlap: float = 0.07
    lid_identity: float = 0.45
    smile: float = 0.95
    brow_rise: float = 0.14
    cheek_flow: float = 1.4
    jaw_flow: float = 1.1
    ear_flow: float = 0.06
    neck_scale: float = 0.58
    identity_gain: float = 1.35
    brow_gain: float = 1.9
    mouth_gain: float = 1.35
    lid_gain: float = 2.2
