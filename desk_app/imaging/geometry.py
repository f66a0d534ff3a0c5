"""Which way a page lies and how it leans, and where its pixels go when it is seen upright.

Angles in degrees. `rotation` is the clockwise turn that brings the page upright; `skew_deg` is how
far the upright page's lines then lean clockwise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from desk_app.imaging._cv import cv2
from desk_app.imaging.picture import Pixels
from desk_app.records import Box, PageCondition

Matrix = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Params:
    """How lines are looked for. Fitted on drawn pages and office scans of 100-300 dpi."""

    max_skew_deg: float = 8.0
    coarse_step_deg: float = 0.5
    fine_step_deg: float = 0.1
    strip_px: int = 8
    letter_min_px: int = 2
    letter_max_px: int = 150
    """Components longer than this at about 100 dpi are rulings, frames or pictures."""
    letter_max_height_px: int = 40
    skew_peak_unsure: float = 1.6
    """Peak over median energy at which the skew means nothing; blank paper gives 1.2-1.5."""
    skew_peak_sure: float = 5.0


@dataclass(frozen=True, slots=True)
class Lean:
    """Skew of text lines."""

    skew_deg: float
    confidence: float
    energy: float
    """How sharply the lines part at that angle; compared between the two axes of a page."""
    upright: float = 0.0
    """-1 to 1: how much sharper the lower edges of lines are than their upper ones.

    Letters stand on one line and end above at several heights, the marks of Vietnamese besides: a
    page that stands on its head has the sharp edges on top.
    """


def find_lean(letters: Pixels, params: Params = Params()) -> Lean:
    """Angle of the text lines by projection profile, clockwise positive.

    Args:
        letters: Mask of letter-sized ink (non-zero = ink) at about 100 dpi.
        params: Search range and thresholds.
    """
    return _sharper(letters, _coarse_lean(letters, params), params)


def _coarse_lean(letters: Pixels, params: Params) -> Lean:
    """The best of the coarse angles, on every second row and in strips of twice the width."""
    if not letters.any():
        return Lean(0.0, 0.0, 0.0)
    profiles, centres = _strip_profiles(letters, params.strip_px, 2)
    angles = np.arange(-params.max_skew_deg, params.max_skew_deg + 1e-9, params.coarse_step_deg)
    energies = _energies(profiles, centres, angles)
    share = float(energies.max() / max(1e-9, float(np.median(energies))))
    span = params.skew_peak_sure - params.skew_peak_unsure
    confidence = min(1.0, max(0.0, (share - params.skew_peak_unsure) / span))
    best = int(np.argmax(energies))
    return Lean(float(angles[best]), round(confidence, 3), float(energies[best]))


def _sharper(letters: Pixels, coarse: Lean, params: Params) -> Lean:
    """The fine angle around a coarse one, and which edges of the lines are the sharper ones."""
    if not coarse.energy:
        return coarse
    profiles, centres = _strip_profiles(letters, params.strip_px, 1)
    fine = np.arange(-params.coarse_step_deg, params.coarse_step_deg + 1e-9, params.fine_step_deg)
    angles = coarse.skew_deg + fine
    angle = _peak(angles, _energies(profiles, centres, angles))
    (profile,) = _sheared(profiles, centres, np.array([angle]))
    steps = np.diff(profile).astype(np.float64)
    rising, falling = ((np.maximum(way, 0) ** 3).sum() for way in (steps, -steps))
    upright = float((falling - rising) / max(1e-9, falling + rising))
    return replace(coarse, skew_deg=round(angle, 2), upright=round(upright, 3))


def letter_mask(ink: Pixels, params: Params = Params()) -> Pixels:
    """Only the letter-sized parts of an ink mask: no rulings, frames, stamps, specks."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    longer, shorter = np.maximum(width, height), np.minimum(width, height)
    keep = (longer >= params.letter_min_px) & (longer <= params.letter_max_px)
    keep &= shorter <= params.letter_max_height_px
    keep[0] = False
    return np.asarray(keep[labels] * np.uint8(255), dtype=np.uint8)


def find_axis(letters: Pixels, params: Params = Params()) -> tuple[int, float, Lean]:
    """Whether lines run along the rows (0) or the columns (90) of a picture.

    Returns:
        0 or 90, a confidence of 0 to 1 for that axis, and the lean of the page turned so.
    """
    on_side = np.ascontiguousarray(np.rot90(letters, -1))
    level, turned = _coarse_lean(letters, params), _coarse_lean(on_side, params)
    total = level.energy + turned.energy
    if not total:
        return 0, 0.0, level
    confidence = round(min(1.0, abs(level.energy - turned.energy) / total * 2), 3)
    if level.energy >= turned.energy:
        return 0, confidence, _sharper(letters, level, params)
    return 90, confidence, _sharper(on_side, turned, params)


def _strip_profiles(letters: Pixels, strip_px: int, step: int) -> tuple[Floats, Floats]:
    """Ink of each row in narrow upright strips, one row of the result a strip.

    Args:
        letters: Mask.
        strip_px: Width of a strip in rows of the result.
        step: Rows of the mask per row of the result.
    """
    rows, columns = letters.shape
    width = strip_px * step
    count, high = max(1, math.ceil(columns / width)), max(1, math.ceil(rows / step))
    padded = np.zeros((high * step, count * width), np.uint8)
    padded[:rows, :columns] = (letters > 0) * np.uint8(255)
    share = cv2.resize(padded, (count, high), interpolation=cv2.INTER_AREA)
    profiles = np.ascontiguousarray(share.T).astype(np.float32) * np.float32(strip_px / 255)
    centres = (np.arange(count) + 0.5) * strip_px - columns / step / 2
    return profiles, centres


def _energies(profiles: Floats, centres: Floats, angles_deg: Floats) -> Floats:
    """Sum of squared steps of the row profile after shearing by each angle."""
    ink = max(1.0, float(profiles.sum()))
    sheared = _sheared(profiles, centres, angles_deg)
    return np.array([float(np.square(np.diff(profile)).sum()) / ink for profile in sheared])


def _sheared(profiles: Floats, centres: Floats, angles_deg: Floats) -> Iterator[Floats]:
    """The ink of each row of the whole page after shearing by each angle."""
    strips, rows = profiles.shape
    pad = int(np.abs(centres).max() * math.tan(math.radians(np.abs(angles_deg).max()))) + 2
    flat = np.pad(profiles, ((0, 0), (pad, pad))).ravel()
    span = rows + 2 * pad
    base = np.arange(strips)[:, None] * span + pad + np.arange(rows)[None, :]
    for angle in angles_deg:
        shift = np.rint(centres * math.tan(math.radians(float(angle)))).astype(np.int64)
        yield flat[base + shift[:, None]].sum(axis=0)


def _peak(angles: Floats, energies: Floats) -> float:
    """Top of the parabola through the best angle and its neighbours."""
    i = int(np.argmax(energies))
    if not 0 < i < len(angles) - 1:
        return float(angles[i])
    left, top, right = energies[i - 1 : i + 2]
    bend = left - 2 * top + right
    offset = 0.5 * (left - right) / bend if bend else 0.0
    return float(angles[i] + offset * (angles[1] - angles[0]))


@dataclass(frozen=True, slots=True)
class Frame:
    """How the pixels of a file lie when the page is seen upright, level and scaled.

    The view grows by the corners that levelling turns out, so that nothing is cut off.
    """

    width: int
    height: int
    rotation: int = 0
    skew_deg: float = 0.0
    scale: float = 1.0

    @classmethod
    def of(cls, condition: PageCondition, scale: float = 1.0, *, level: bool = True) -> Self:
        """The view of a page in the given condition.

        Args:
            condition: From `condition.run`, or with the final rotation from `ocr.run`.
            scale: Pixels of the view per pixel on disk.
            level: Whether the skew is turned back too.
        """
        skew = condition.skew_deg if level else 0.0
        return cls(condition.width, condition.height, condition.rotation, skew, scale)

    @property
    def scaled_size(self) -> tuple[int, int]:
        """Width and height after scaling, before any turn."""
        return max(1, round(self.width * self.scale)), max(1, round(self.height * self.scale))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the view."""
        width, height = self._turned_size
        if not self.skew_deg:
            return width, height
        sine, cosine = _sine_cosine(self.skew_deg)
        return (
            math.ceil(width * cosine + height * abs(sine) - 1e-6),
            math.ceil(height * cosine + width * abs(sine) - 1e-6),
        )

    @property
    def matrix(self) -> Matrix:
        """3 × 3 map from edges of pixels on disk to edges of pixels in the view."""
        columns, rows = self.scaled_size
        scaling = np.diag([columns / self.width, rows / self.height, 1.0])
        return self._levelling @ _quarter_turn(self.rotation, columns, rows) @ scaling

    def to_view(self, box: Box) -> Box:
        """Box in the view that holds a box on disk."""
        return _mapped(_maps(self)[0], box, self.size)

    def to_disk(self, box: Box) -> Box:
        """Box on disk that holds a box in the view."""
        return _mapped(_maps(self)[1], box, (self.width, self.height))

    def all_to_disk(self, boxes: Sequence[Box]) -> list[Box]:
        """`to_disk` of many boxes at once."""
        if not boxes:
            return []
        found = _all_mapped(_maps(self)[1], np.array(boxes, np.float64), (self.width, self.height))
        return [(x0, y0, x1, y1) for x0, y0, x1, y1 in found.tolist()]

    @property
    def _turned_size(self) -> tuple[int, int]:
        columns, rows = self.scaled_size
        return (rows, columns) if self.rotation in (90, 270) else (columns, rows)

    @property
    def _levelling(self) -> Matrix:
        if not self.skew_deg:
            return np.eye(3)
        (width, height), (view_width, view_height) = self._turned_size, self.size
        sine, cosine = _sine_cosine(self.skew_deg)
        turn = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
        to_middle = _shift(view_width / 2, view_height / 2)
        return np.asarray(to_middle @ turn @ _shift(-width / 2, -height / 2), np.float64)

    def apply(self, pixels: Pixels) -> Pixels:
        """The view of the whole page, from its pixels at any reduction; new corners are white."""
        seen = pixels
        if (pixels.shape[1], pixels.shape[0]) != self.scaled_size:
            shrinks = self.scaled_size[0] < pixels.shape[1]
            how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
            seen = np.asarray(cv2.resize(seen, self.scaled_size, interpolation=how), np.uint8)
        seen = np.ascontiguousarray(np.rot90(seen, -(self.rotation // 90)))
        if not self.skew_deg:
            return seen
        # OpenCV counts from the centres of pixels, the matrix from their edges.
        centred = _shift(-0.5, -0.5) @ self._levelling @ _shift(0.5, 0.5)
        white = (255, 255, 255)
        warped = cv2.warpAffine(
            seen, centred[:2], self.size, flags=cv2.INTER_CUBIC, borderValue=white
        )
        return np.asarray(warped, dtype=np.uint8)


@lru_cache(maxsize=16)
def _maps(frame: Frame) -> tuple[Matrix, Matrix]:
    """The map of a view and its inverse: hundreds of words ask for the same."""
    matrix = frame.matrix
    return matrix, np.asarray(np.linalg.inv(matrix), np.float64)


def turned(rotation: int, by: int) -> int:
    """A clockwise turn added to another."""
    return (rotation + by) % 360


def _sine_cosine(angle_deg: float) -> tuple[float, float]:
    return math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))


def _shift(x: float, y: float) -> Matrix:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def _quarter_turn(rotation: int, width: int, height: int) -> Matrix:
    turns = {
        0: [[1, 0, 0], [0, 1, 0]],
        90: [[0, -1, height], [1, 0, 0]],
        180: [[-1, 0, width], [0, -1, height]],
        270: [[0, 1, 0], [-1, 0, width]],
    }
    return np.array([*turns[rotation], [0, 0, 1]], dtype=np.float64)


def _mapped(matrix: Matrix, box: Box, size: tuple[int, int]) -> Box:
    x0, y0, x1, y1 = _all_mapped(matrix, np.array([box], np.float64), size)[0].tolist()
    return x0, y0, x1, y1


def _all_mapped(
    matrix: Matrix, boxes: npt.NDArray[np.float64], size: tuple[int, int]
) -> npt.NDArray[np.int64]:
    """The smallest upright boxes around turned ones, within a picture of this size."""
    x0, y0, x1, y1 = boxes.T
    corners = np.array([[x0, x1, x0, x1], [y0, y0, y1, y1]])
    places = np.tensordot(matrix[:2, :2], corners, 1) + matrix[:2, 2, None, None]
    # A hair is forgiven before rounding outwards, so that a turn and its inverse meet again.
    low = np.floor(places.min(axis=1) + 1e-6).astype(np.int64)
    high = np.ceil(places.max(axis=1) - 1e-6).astype(np.int64)
    most = np.array(size)[:, None]
    low = np.clip(low, 0, most - 1)
    high = np.maximum(low + 1, np.minimum(high, most))
    return np.concatenate([low, high]).T
