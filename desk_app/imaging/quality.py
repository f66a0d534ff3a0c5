"""Sharpness and contrast of a page picture, and ink against the local background."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from desk_app.imaging._cv import cv2
from desk_app.imaging.picture import Pixels

_STEEPEST = 1443
"""Largest gradient that Sobel gives on levels of 255: 4 * 255 * √2."""


def background(grey: Pixels, dpi: float) -> Pixels:
    """The paper without its ink: brightest neighbour, then smoothed, at about 6 mm reach."""
    rows, columns = grey.shape
    step = max(1, round(dpi / 37))
    size = (max(1, columns // step), max(1, rows // step))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    lifted = cv2.dilate(small, np.ones((5, 5), np.uint8))
    smooth = cv2.medianBlur(lifted, 9)
    return np.asarray(
        cv2.resize(smooth, (columns, rows), interpolation=cv2.INTER_LINEAR), dtype=np.uint8
    )


def divided(grey: Pixels, paper: Pixels) -> Pixels:
    """Grey divided by its background: tints and shadows turn white, ink stays."""
    return np.asarray(cv2.divide(grey, np.maximum(paper, 1), scale=255), dtype=np.uint8)


def ink_depth(grey: Pixels, paper: Pixels) -> Pixels:
    """How much darker than the paper each pixel is, 0 to 255 of the paper's own brightness."""
    return np.asarray(255 - divided(grey, paper), dtype=np.uint8)


def _counts(values: npt.NDArray[np.unsignedinteger[Any]], above: int) -> npt.NDArray[np.int64]:
    """How often each value below a limit occurs."""
    counts = cv2.calcHist([values], [0], None, [above], [0, above])
    return np.rint(counts.ravel()).astype(np.int64)


def sharpness(grey: Pixels) -> float:
    """Mean of the steepest 2 % of gradients (Sobel); text at 150 dpi 400-900, blurred < 200."""
    across, down = (
        # Every third row tells as much as all.
        np.ascontiguousarray(slope[::3]).astype(np.float32)
        for slope in cv2.spatialGradient(grey)
    )
    steep = cv2.magnitude(across, down).astype(np.uint16)
    # Counting values is several times faster than sorting two million of them.
    counts = _counts(steep, _STEEPEST + 1)
    wanted = max(1, steep.size // 50)
    above = np.cumsum(counts[::-1])
    taken = np.diff(np.minimum(above, wanted), prepend=0)
    return float((taken * np.arange(len(counts))[::-1]).sum() / wanted)


def contrast(grey: Pixels) -> float:
    """Levels of 255 between the paper (95th percentile) and the darkest half percent."""
    share = np.cumsum(_counts(grey, 256)) / grey.size
    low, high = np.searchsorted(share, [0.005, 0.95])
    return float(high - low)
