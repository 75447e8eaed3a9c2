"""Hair to its edge in the photo: a mask seen coarsely, drawn to the colours of a finer picture.

A guided filter (He et al. 2010): near each place the mask is a linear function of colour. The function is
found in the coarse picture and applied to the fine one (He and Sun 2015), which costs a few milliseconds.
"""

from __future__ import annotations

import cv2
import numpy as np

#: How far a place reaches, pixels of the coarse picture, and the variance of colour (Lab, in hundreds) below
#: which there is no edge in it; set on labelled photos.
_REACH, _FLAT = 5, 1e-3


def to_edges(mask: np.ndarray, coarse: np.ndarray, fine: np.ndarray) -> np.ndarray:
    """[H, W] bool: a mask with the edges of a finer picture.

    Args:
        mask: [h, w] float32 in [0, 1]; coarse: [h, w, 3], Lab of the picture in which it was found.
        fine: [H, W, 3], Lab of the same view with more pixels.
    """
    size = (2 * _REACH + 1, 2 * _REACH + 1)

    def mean(plane: np.ndarray) -> np.ndarray:
        return cv2.blur(plane, size)

    x, y, z = np.ascontiguousarray(coarse.transpose(2, 0, 1), np.float32) / 100
    mx, my, mz, mm = mean(x), mean(y), mean(z), mean(mask)
    # Covariances of the colours, a symmetric matrix, and of each colour with the mask.
    xx, yy, zz = mean(x * x) - mx * mx + _FLAT, mean(y * y) - my * my + _FLAT, mean(z * z) - mz * mz + _FLAT
    xy, xz, yz = mean(x * y) - mx * my, mean(x * z) - mx * mz, mean(y * z) - my * mz
    xm, ym, zm = mean(x * mask) - mx * mm, mean(y * mask) - my * mm, mean(z * mask) - mz * mm
    # Its inverse, times the determinant.
    ixx, iyy, izz = yy * zz - yz * yz, xx * zz - xz * xz, xx * yy - xy * xy
    ixy, ixz, iyz = xz * yz - xy * zz, xy * yz - xz * yy, xy * xz - xx * yz
    whole = xx * ixx + xy * ixy + xz * ixz
    slopes = [
        (ixx * xm + ixy * ym + ixz * zm) / whole,
        (ixy * xm + iyy * ym + iyz * zm) / whole,
        (ixz * xm + iyz * ym + izz * zm) / whole,
    ]
    start = mm - slopes[0] * mx - slopes[1] * my - slopes[2] * mz
    to = fine.shape[1::-1]
    level = cv2.resize(mean(start), to, interpolation=cv2.INTER_LINEAR)
    for channel, slope in enumerate(slopes):
        level += cv2.resize(mean(slope), to, interpolation=cv2.INTER_LINEAR) * (fine[..., channel] / 100)
    return level > 0.5
