"""Dotted leaders and ruled tables of forms: found on a page, and taken out of its picture.

Dots that lead to or follow an entry are what hurts reading most: engines see letters in them, alter
the word before them or lose the line. Full stops, ellipses and the dots of letters stay: a leader
is five dots at least, alike, evenly spaced and on one line. Of printed lines only those of tables
go: without its underlines a form's labels are parted from its entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Self

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
    rule_level: int = 205
    """The same for hairlines, of which a scan leaves a pale grey."""
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
    most_chains: int = 600
    """Rows of dots that are looked at; a page of specks has many thousands."""
    most_parts: int = 40_000
    """A page in more pieces is noise and given back as it is."""
    rule_run_mm: float = 4.5
    """Straight ink from which something may be a rule; a leaning rule steps after 8 mm."""
    rule_mm: float = 15.0
    """Shortest rule; the serifs of a tight word may touch each other for 12 mm."""
    rule_thick_mm: float = 0.9
    cell_mm: tuple[float, float] = (3.2, 10.0)
    """Height of the cells that take one figure each, and least step between them."""
    least_cells: int = 5
    most_pairs: int = 80
    """Lines one below the other that are looked at; ruled paper has thirty."""
    most_rules: int = 400
    """More are a pattern, not a form."""


@dataclass(frozen=True, slots=True)
class Table:
    """Lines that meet: a table, or the frame around a box."""

    box: Box
    across: tuple[Box, ...]
    """From top to bottom."""
    down: tuple[Box, ...]
    """From left to right."""


@dataclass(frozen=True, slots=True)
class Found:
    """What forms print for the hand that fills them in."""

    leaders: tuple[Box, ...]
    """Box around the dots of each leader, in pixels of the picture searched."""
    across: tuple[Box, ...]
    """Printed lines from left to right: underlines, ruled leaders, borders of tables."""
    down: tuple[Box, ...]
    """Printed lines from top to bottom."""
    tables: tuple[Table, ...]
    clean: Pixels
    """The picture without the leaders and without the lines of tables."""
    parts: Ints
    """Left, top, width, height and ink of each connected part, but for the dots of leaders."""
    count: int
    """Connected parts; a page with more than print ever has is noise and not searched."""


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
    ink = _below(page, params.ink_level)
    mm = dpi / 25.4
    labels, stats, centres = _parts(ink)
    if len(stats) > params.most_parts:
        return Found((), (), (), (), page, stats[:0], len(stats))
    leaders, gone = _leaders(stats, centres, ink.shape, mm, params)
    clean = _without(page, gone[labels]) if leaders else page
    lines = _Lines.of(_below(page, params.rule_level), mm, params)
    grids = _grids(lines, mm)
    combs = list(_combs(page, lines, mm, params))
    if grids or combs:
        edges = [({*comb.edges}, set[int]()) for comb in combs]
        clean = _without_grids(clean, ink, lines, [*grids, *edges])
    for comb in combs:
        for upright in comb.uprights:
            clean[upright] = 255
    tables = tuple(_table(lines, grid, mm) for grid in grids)
    gone[0] = 1  # the paper
    return Found(
        leaders,
        tuple(lines.across),
        tuple(lines.down),
        tables,
        clean,
        stats[gone == 0],
        len(stats),
    )


def _parts(ink: Pixels) -> tuple[npt.NDArray[np.generic], Ints, Floats]:
    """Number of the part at each pixel, and each part's box, ink and middle."""
    _, labels, stats, centres = cv2.connectedComponentsWithStats(ink, connectivity=8)
    return labels, np.asarray(stats, np.int64), np.asarray(centres, np.float64)


def _below(page: Pixels, level: int) -> Pixels:
    """Mask (1 = ink) of what is darker than a level."""
    return np.asarray(cv2.threshold(page, level - 1, 1, cv2.THRESH_BINARY_INV)[1], np.uint8)


def _leaders(
    boxes_of: Ints, centres: Floats, shape: tuple[int, ...], mm: float, params: Params
) -> tuple[tuple[Box, ...], Pixels]:
    """Box of each leader, and for each part whether it is one of their dots."""
    dots = _dots(boxes_of, centres, max(2.0, params.dot_mm * mm))
    gone = np.zeros(len(boxes_of), np.uint8)
    boxes: list[Box] = []
    for chain in islice(_chains(dots, shape, mm, params), params.most_chains):
        track = _track(chain, mm, params)
        if track is None or gone[track.dots.label].all():
            continue
        track = _extended(track, dots, mm, params)
        gone[track.dots.label] = 1
        boxes += [_box(boxes_of[piece]) for piece in _pieces(track)]
    return tuple(boxes), gone


@dataclass(frozen=True, slots=True)
class _Parts:
    """Connected parts of a mask, and which of them are lines."""

    labels: npt.NDArray[np.generic]
    kept: Ints


@dataclass(frozen=True, slots=True)
class _Lines:
    """Printed lines of a page, and the parts at half size that they were found as."""

    across: list[Box]
    down: list[Box]
    across_parts: _Parts
    down_parts: _Parts

    @classmethod
    def of(cls, ink: Pixels, mm: float, params: Params) -> Self:
        # At half size, with all ink kept, a hairline that leans stays connected.
        half = cv2.dilate(ink, np.ones((2, 2), np.uint8))[1::2, 1::2]
        run = max(6, round(params.rule_run_mm * mm / 2))
        flat = cv2.morphologyEx(half, cv2.MORPH_OPEN, np.ones((1, run), np.uint8))
        high = cv2.morphologyEx(half, cv2.MORPH_OPEN, np.ones((2 * run, 1), np.uint8))
        across, across_parts = _long_thin(np.asarray(flat, np.uint8), mm, params)
        down, down_parts = _long_thin(np.asarray(high, np.uint8), mm, params)
        return cls(across, down, across_parts, down_parts)


def _long_thin(opened: Pixels, mm: float, params: Params) -> tuple[list[Box], _Parts]:
    """Boxes in full size, and the parts in half size."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    length = np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    thick = stats[:, cv2.CC_STAT_AREA] / np.maximum(1, length)
    chosen = (length * 2 >= params.rule_mm * mm) & (thick * 2 <= params.rule_thick_mm * mm + 2)
    chosen[0] = False
    kept = np.flatnonzero(chosen)[: params.most_rules]
    found = 2 * np.asarray(stats, np.int64)
    return [_box(found[n : n + 1]) for n in kept], _Parts(labels, kept)


def _grids(lines: _Lines, mm: float) -> list[tuple[set[int], set[int]]]:
    """Numbers of the lines across and down that hold together as a table or a frame."""
    groups: list[tuple[set[int], set[int]]] = []
    for a, flat in enumerate(lines.across):
        meets = {d for d, high in enumerate(lines.down) if _meet(flat, high, 1.5 * mm)}
        if not meets:
            continue
        same = [group for group in groups if group[1] & meets]
        joined = {a}.union(*(group[0] for group in same)), meets.union(*(g[1] for g in same))
        groups = [group for group in groups if group not in same] + [joined]
    return [group for group in groups if len(group[0]) > 1 and len(group[1]) > 1]


def _meet(flat: Box, high: Box, slack: float) -> bool:
    return (
        flat[0] - slack <= high[2]
        and high[0] <= flat[2] + slack
        and high[1] - slack <= flat[3]
        and flat[1] <= high[3] + slack
    )


def _table(lines: _Lines, grid: tuple[set[int], set[int]], mm: float) -> Table:
    across = tuple(sorted((lines.across[n] for n in grid[0]), key=lambda box: box[1] + box[3]))
    down = tuple(sorted((lines.down[n] for n in grid[1]), key=lambda box: box[0] + box[2]))
    x0, y0, x1, y1 = zip(*across, *down, strict=True)
    return Table((min(x0), min(y0), max(x1), max(y1)), across, down)


def _without_grids(
    page: Pixels, ink: Pixels, lines: _Lines, grids: list[tuple[set[int], set[int]]]
) -> Pixels:
    """The page without the lines of its tables; strokes that cross a line stay whole."""
    clean = page.copy()
    for way, parts in enumerate((lines.across_parts, lines.down_parts)):
        wanted = np.zeros(int(parts.labels.max()) + 1, np.uint8)
        wanted[parts.kept[[n for grid in grids for n in grid[way]]]] = 1
        widened = cv2.dilate(wanted[parts.labels], np.ones((1, 3) if way else (3, 1), np.uint8))
        rows, columns = page.shape
        mask = cv2.resize(widened, (columns, rows), interpolation=cv2.INTER_NEAREST) > 0
        rest = (ink & ~mask).astype(np.uint8)
        bridge = np.ones((1, 9) if way else (9, 1), np.uint8)
        crossed = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, bridge) > 0
        clean[mask & ~crossed] = 255
    return clean


@dataclass(frozen=True, slots=True)
class _Comb:
    """A frame that takes one figure a cell, of which engines make brackets."""

    edges: tuple[int, int]
    """Numbers of the lines above and below."""
    uprights: tuple[tuple[slice, slice], ...]
    """Where the lines between the cells stand."""


def _combs(page: Pixels, lines: _Lines, mm: float, params: Params) -> Iterator[_Comb]:
    pad = round(0.6 * mm)
    pairs = _pairs(lines.across, params.cell_mm[0] * mm, params.cell_mm[1] * mm)
    for a, b in islice(pairs, params.most_pairs):
        upper, lower = lines.across[a], lines.across[b]
        rows = slice(upper[1], lower[3])
        left, right = max(0, min(upper[0], lower[0]) - pad), max(upper[2], lower[2]) + pad
        high = (lower[1] + lower[3] - upper[1] - upper[3]) // 2
        found = _uprights(page[rows, left:right], high, mm, params)
        if found is not None:
            columns = (slice(max(0, left + x0 - 2), left + x1 + 2) for x0, x1 in found)
            yield _Comb((a, b), tuple((rows, each) for each in columns))


def _pairs(across: list[Box], least: float, most: float) -> Iterator[tuple[int, int]]:
    """Numbers of lines of one length, one below the other at a distance within limits."""
    ordered = sorted(range(len(across)), key=lambda n: across[n][1])
    for place, a in enumerate(ordered):
        upper = across[a]
        for b in ordered[place + 1 :]:
            lower = across[b]
            # A leaning line's box is higher than the line: its middle tells where it stands.
            apart = (lower[1] + lower[3] - upper[1] - upper[3]) / 2
            if apart > most:
                break
            shared = min(upper[2], lower[2]) - max(upper[0], lower[0])
            both = max(upper[2], lower[2]) - min(upper[0], lower[0])
            if apart >= least and shared >= 0.95 * both:
                yield a, b


def _uprights(strip: Pixels, high: int, mm: float, params: Params) -> list[tuple[int, int]] | None:
    """First and last column of each line between the cells; None where they are no comb's."""
    ink = _below(strip, params.rule_level)
    tall = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((max(3, round(0.85 * high)), 1), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(np.asarray(tall, np.uint8), connectivity=8)
    left, wide = stats[1:, cv2.CC_STAT_LEFT], stats[1:, cv2.CC_STAT_WIDTH]
    found = sorted((int(x), int(x + w)) for x, w in zip(left, wide, strict=True))
    if len(found) <= params.least_cells or max(wide, default=0) > params.rule_thick_mm * mm:
        return None
    steps = np.diff([x for x, _ in found])
    even = np.abs(steps - np.median(steps)) <= 0.2 * np.median(steps)
    return found if even.all() and np.median(steps) >= params.cell_mm[0] * mm else None


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
