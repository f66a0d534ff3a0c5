"""Dotted leaders of forms: found on a page by their regular step, and taken out of its picture.

Dots that lead to or follow an entry are what hurts reading most: engines see letters in them, alter
the word before them or lose the line. Full stops, ellipses and the dots of letters stay: a leader
is five dots at least, alike, evenly spaced and on one line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from desk_app.imaging._cv import cv2
from desk_app.imaging.picture import Pixels
from desk_app.records import Box

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Params:
    """What a leader looks like. Fitted on drawn forms of four typefaces at 100 to 300 dpi."""

    ink_level: int = 175
    """Grey below which a pixel is ink; dots of small print are paler than its letters."""
    dot_mm: float = 0.85
    """Widest and highest a dot may be."""
    least_step_mm: float = 0.5
    most_step_mm: float = 3.6
    uneven: float = 0.25
    """How far a step may be from the usual one, as its share."""
    least_dots: int = 5
    off_line_mm: float = 0.3
    """How far a dot may stand off the line through its leader."""
    alike: float = 2.2
    """A dot may have this many times the usual ink."""
    covered_mm: float = 15.0
    """Longest stretch that letters may cover between two dots of one leader."""
    most_parts: int = 40_000
    """A page in more pieces is noise and given back as it is."""


@dataclass(frozen=True, slots=True)
class Found:
    """What forms print for the hand that fills them in."""

    leaders: tuple[Box, ...]
    """Box around the dots of each leader, in pixels of the picture searched."""
    clean: Pixels
    """The picture without the leaders."""


@dataclass(frozen=True, slots=True)
class _Dots:
    """Parts small enough to be a dot, in no order."""

    x: Floats
    y: Floats
    size: Floats
    """Ink in pixels."""
    label: Ints
    """Number of the part."""

    def some(self, chosen: npt.NDArray[np.generic]) -> _Dots:
        return _Dots(self.x[chosen], self.y[chosen], self.size[chosen], self.label[chosen])


@dataclass(frozen=True, slots=True)
class _Track:
    """The dots of one leader from left to right, and the line and step that they keep."""

    dots: _Dots
    slope: float
    height: float
    """Row at column 0, in pixels."""
    step: float
    size: float
    """Usual ink of a dot, in pixels."""


def run(page: Pixels, dpi: float, params: Params = Params()) -> Found:
    """Find the leaders of an upright page and take them out.

    Args:
        page: Grey, dark on white; lines may lean by two degrees.
        dpi: Resolution of the picture.
        params: What counts as a leader.
    """
    ink = (page < params.ink_level).astype(np.uint8)
    parts, labels, stats, centres = cv2.connectedComponentsWithStats(ink, connectivity=8)
    if parts > params.most_parts:
        return Found((), page)
    mm = dpi / 25.4
    boxes_of: Ints = np.asarray(stats, np.int64)
    dots = _dots(boxes_of, np.asarray(centres, np.float64), max(2.0, params.dot_mm * mm))
    gone = np.zeros(parts, np.uint8)
    boxes: list[Box] = []
    for chain in _chains(dots, page.shape, mm, params):
        track = _track(chain, mm, params)
        if track is None or gone[track.dots.label].all():
            continue
        track = _extended(track, dots, mm, params)
        gone[track.dots.label] = 1
        boxes += [_box(boxes_of[piece]) for piece in _pieces(track)]
    if not boxes:
        return Found((), page)
    return Found(tuple(boxes), _without(page, gone[labels]))


def _dots(stats: Ints, centres: Floats, most_px: float) -> _Dots:
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    small = (width <= most_px) & (height <= most_px)
    small[0] = False
    label = np.flatnonzero(small)
    size = stats[label, cv2.CC_STAT_AREA].astype(np.float64)
    return _Dots(centres[label, 0], centres[label, 1], size, label)


def _chains(dots: _Dots, shape: tuple[int, ...], mm: float, params: Params) -> Iterator[_Dots]:
    """Dots that follow each other from left to right closely enough, by the row."""
    if len(dots.x) < params.least_dots:
        return
    rows, columns = shape[:2]
    spots = np.zeros((rows, columns), np.uint8)
    at = dots.y.astype(np.int64), dots.x.astype(np.int64)
    spots[at] = 1
    reach = int(params.most_step_mm * mm / 2) * 2 + 1
    # Three rows high: a leader that leans steps from row to row.
    joined = cv2.dilate(spots, np.ones((3, reach), np.uint8))
    _, chained = cv2.connectedComponents(joined, connectivity=8)
    chain = chained[at]
    order = np.lexsort((dots.x, chain))
    bounds = np.flatnonzero(np.diff(chain[order])) + 1
    for group in np.split(order, bounds):
        if len(group) >= params.least_dots:
            yield dots.some(group)


def _track(chain: _Dots, mm: float, params: Params) -> _Track | None:
    """The line and step of the even runs in a chain; None where there is no run long enough."""
    steps = np.diff(chain.x)
    step = _usual(steps[steps >= params.least_step_mm * mm])
    if not step:
        return None
    even = np.abs(steps - step) <= max(1.0, params.uneven * step)
    run_of = np.concatenate([[0], np.cumsum(~even)])
    sure = np.bincount(run_of)[run_of] >= params.least_dots
    if not sure.any():
        return None
    slope, height = np.polyfit(chain.x[sure], chain.y[sure], 1)
    off = np.abs(chain.y - slope * chain.x - height)
    size = float(np.median(chain.size[sure]))
    sure &= (off <= max(1.2, params.off_line_mm * mm)) & (chain.size <= params.alike * size)
    if np.count_nonzero(sure) < params.least_dots:
        return None
    return _Track(chain.some(sure), float(slope), float(height), step, size)


def _extended(track: _Track, dots: _Dots, mm: float, params: Params) -> _Track:
    """With the single dots that go on in step, as between letters typed over a leader."""
    off = np.abs(dots.y - track.slope * dots.x - track.height)
    near = off <= max(1.2, params.off_line_mm * mm)
    line = dots.some(near & (dots.size <= params.alike * track.size))
    line = line.some(np.argsort(line.x))
    sure = np.isin(line.label, track.dots.label)
    kept = sure | _in_step(line.x, line.x[sure], track.step)
    found = line.some(kept)
    reach = params.covered_mm * mm
    holes = np.concatenate([[0], np.cumsum(np.diff(found.x) > reach)])
    joined = np.isin(holes, holes[np.isin(found.label, track.dots.label)])
    return replace(track, dots=found.some(joined))


def _pieces(track: _Track) -> Iterator[Ints]:
    """Numbers of the dots of each piece without a hole."""
    holes = np.flatnonzero(np.diff(track.dots.x) > 1.6 * track.step) + 1
    yield from np.split(track.dots.label, holes)


def _usual(steps: Floats) -> float:
    """The step that most others resemble; 0.0 where there are none."""
    if not len(steps):
        return 0.0
    counts = np.bincount(np.rint(steps).astype(np.int64))
    around = counts + np.concatenate([[0], counts[:-1]]) + np.concatenate([counts[1:], [0]])
    centre = int(np.argmax(around))
    return float(np.mean(steps[np.abs(steps - centre) <= 1.5]))


def _in_step(x: Floats, sure: Floats, step: float) -> npt.NDArray[np.bool_]:
    """Whether each place lies a whole number of steps from the nearest dot of a sure run."""
    after = np.clip(np.searchsorted(sure, x), 1, len(sure) - 1)
    nearest = np.where(x - sure[after - 1] < sure[after] - x, sure[after - 1], sure[after])
    away = np.abs(x - nearest) / step
    return np.abs(away - np.rint(away)) <= 0.2


def _box(stats: Ints) -> Box:
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    right = left + stats[:, cv2.CC_STAT_WIDTH]
    bottom = top + stats[:, cv2.CC_STAT_HEIGHT]
    return int(left.min()), int(top.min()), int(right.max()), int(bottom.max())


def _without(page: Pixels, gone: Pixels) -> Pixels:
    """The page with these parts and their pale fringe painted white."""
    fringe = cv2.dilate(gone, np.ones((3, 3), np.uint8))
    clean = page.copy()
    clean[fringe > 0] = 255
    return clean
