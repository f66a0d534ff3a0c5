"""A small picture of a page of which only some pixels count."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from desk_app.imaging._cv import cv2
from desk_app.imaging.picture import Pixels

Floats = npt.NDArray[np.float32]
_FEW = 0.02
"""Share of counting pixels below which a reduced pixel takes the colour around it."""
_SURE = 0.25
"""Share from which it keeps its own."""


class Fill:
    """A page's pixels; those that do not count take the colour of what is around them."""

    def __init__(self, pixels: Pixels, counts: npt.NDArray[np.bool_]) -> None:
        self._pixels, self._counts = pixels, counts

    def at(self, box: tuple[int, int, int, int], scale: float) -> Pixels:
        """The part in box, reduced by averaging what counts."""
        x0, y0, x1, y1 = box
        size = (max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale)))
        counts = self._counts[y0:y1, x0:x1].view(np.uint8)
        pixels = self._pixels[y0:y1, x0:x1]
        shown = cv2.bitwise_and(pixels, pixels, mask=counts)
        share = _deep(cv2.resize(counts * np.uint8(255), size, interpolation=cv2.INTER_AREA))
        sums = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
        filled = _filled(_deep(sums), share[:, :, 0] / np.float32(255))
        return np.ascontiguousarray(filled[:, :, 0] if pixels.ndim == 2 else filled)


def _filled(sums: Floats, share: Floats) -> Pixels:
    """Divide sums by their share; the gaps are filled from ever smaller copies (push and pull)."""
    levels = [(sums, share)]
    while share.min() <= _FEW and min(share.shape) > 1:
        size = (-(-share.shape[1] // 2), -(-share.shape[0] // 2))
        sums = _deep(cv2.resize(sums, size, interpolation=cv2.INTER_AREA))
        share = np.asarray(cv2.resize(share, size, interpolation=cv2.INTER_AREA), np.float32)
        levels.append((sums, share))
    filled = _mean(*levels.pop())
    for sums, share in reversed(levels):
        size = (share.shape[1], share.shape[0])
        around = _deep(cv2.resize(filled, size, interpolation=cv2.INTER_LINEAR))
        own = np.clip(share / _SURE, 0, 1)[:, :, None]
        filled = _mean(sums, share) * own + around * (1 - own)
    return np.asarray(np.clip(filled + 0.5, 0, 255), np.uint8)


def _mean(sums: Floats, share: Floats) -> Floats:
    return np.asarray(sums / np.maximum(share, 1e-3)[:, :, None], np.float32)


def _deep(pixels: npt.NDArray[np.generic]) -> Floats:
    """Rows, columns and channels, even of a grey picture."""
    return pixels.astype(np.float32).reshape(*pixels.shape[:2], -1)
