"""Stamp red: where it is, and a grey picture of the page in which it is gone; the blue of pens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from desk_app.imaging._cv import cv2
from desk_app.imaging.picture import Pixels, to_grey


@dataclass(frozen=True, slots=True)
class Params:
    """What counts as stamp red. Fitted on office scans with red stamps and tinted cards."""

    min_redness: int = 45
    """Red over the stronger of green and blue, in levels of 255."""
    over_background: int = 30
    """How much redder than the paper around it: a pink card is no stamp."""
    background_mm: float = 8.0
    stamp_mm: float = 12.0
    """Least width and height of a stamp; flatter red is printed text (titles, red numbers)."""
    gap_mm: float = 1.5
    """White within a stamp that still holds together."""


def stamp_mask(colour: Pixels, dpi: float, params: Params = Params()) -> Pixels:
    """Mask (255 = stamp red) of the same size; empty for a grey picture."""
    if colour.ndim == 2:
        return np.zeros(colour.shape, np.uint8)
    redness = _redness(colour)
    if int(redness.max(initial=0)) < params.min_redness:
        return np.zeros(redness.shape, np.uint8)
    paper = _local_background(redness, dpi, params)
    red = (redness >= params.min_redness) & (
        redness - np.minimum(paper, redness) >= (params.over_background)
    )
    return (red * np.uint8(255)).astype(np.uint8)


def without_stamps(colour: Pixels, mask: Pixels, grey: Pixels | None = None) -> Pixels:
    """Grey of the page, red channel where the stamp is: red ink turns as light as paper.

    Args:
        colour: RGB.
        mask: Where stamps are; it may be smaller than the picture.
        grey: Of the picture, where it is made already; it is not changed.
    """
    grey = to_grey(colour) if grey is None else grey
    if colour.ndim == 2 or not mask.any():
        return grey
    # The fringe of a stamp is paler than the mask's threshold and would remain as an outline.
    wide = np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8)), np.uint8)
    x, y, across, down = cv2.boundingRect(wide)
    left, right = _scaled((x, x + across), colour.shape[1] / mask.shape[1])
    top, bottom = _scaled((y, y + down), colour.shape[0] / mask.shape[0])
    size = (right - left, bottom - top)
    around = _stretched(wide[y : y + down, x : x + across], size)
    stamp = _stretched(mask[y : y + down, x : x + across], size)
    red = colour[top:bottom, left:right, 0]
    # Stamp ink is not quite as light as paper even in the red channel: it is lifted to it.
    paper = float(np.median(grey[::8, ::8]))
    lift = paper / max(1.0, float(np.median(red[stamp]))) if stamp.any() else 1.0
    grey = grey.copy()
    lifted = np.clip(red[around] * max(1.0, lift), 0, 255)
    grey[top:bottom, left:right][around] = lifted.astype(np.uint8)
    return grey


def _scaled(span: tuple[int, int], factor: float) -> tuple[int, int]:
    return round(span[0] * factor), max(round(span[0] * factor) + 1, round(span[1] * factor))


def _stretched(mask: Pixels, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    if (mask.shape[1], mask.shape[0]) == size:
        return mask > 0
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)) > 0


def stamps_of(mask: Pixels, dpi: float, params: Params = Params()) -> Pixels:
    """The part of a red mask that has a stamp's size: red print stays to be read."""
    if not mask.any():
        return mask
    step = max(1, round(dpi / 50))
    rows, columns = mask.shape
    size = (max(1, columns // step), max(1, rows // step))
    small = (cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    reach = max(1, round(params.gap_mm / 25.4 * dpi / step)) | 1
    joined = cv2.dilate(small, np.ones((reach, reach), np.uint8))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(joined)
    least = params.stamp_mm / 25.4 * dpi / step + reach
    sides = np.minimum(boxes[:, cv2.CC_STAT_WIDTH], boxes[:, cv2.CC_STAT_HEIGHT])
    large = [number for number in range(1, count) if sides[number] >= least]
    kept = np.isin(labels, large).astype(np.uint8)
    wide = cv2.resize(kept, (columns, rows), interpolation=cv2.INTER_NEAREST)
    return np.asarray(mask * wide, dtype=np.uint8)


def pen_mask(colour: Pixels, least_blueness: int = 40) -> Pixels:
    """Mask (1 = the blue of a ball pen); empty for a grey picture.

    Args:
        colour: RGB; 100 dpi are enough.
        least_blueness: Blue over the stronger of red and green, in levels of 255; the fringes of
            black print stay below 25.
    """
    if colour.ndim == 2:
        return np.zeros((1, 1), np.uint8)
    red, green, blue = cv2.split(colour)
    pen = cv2.subtract(blue, cv2.max(red, green)) >= least_blueness
    return np.asarray(pen, dtype=np.uint8)


def _redness(colour: Pixels) -> Pixels:
    red, green, blue = cv2.split(colour)
    return np.asarray(cv2.subtract(red, cv2.max(green, blue)), dtype=np.uint8)


def _local_background(redness: Pixels, dpi: float, params: Params) -> Pixels:
    """Median redness of the surroundings, measured on a small copy."""
    rows, columns = redness.shape
    step = max(1, round(dpi / 25))
    small = cv2.resize(
        redness,
        (max(1, columns // step), max(1, rows // step)),
        interpolation=cv2.INTER_AREA,
    )
    reach = max(3, round(params.background_mm / 25.4 * dpi / step)) | 1
    return np.asarray(cv2.resize(cv2.medianBlur(small, reach), (columns, rows)), dtype=np.uint8)
