"""The page checks of the feed: what a page is like, from one reduced decode, before it is read.

They find what the operator must look at while the paper is still in hand: which way up, how level,
blank or not, sharp enough, pale, cut at an edge or corner, a red stamp. Whether a page's size is
out of the ordinary is judged against its pile, by `capture.batches`.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from desk_app import paths
from desk_app.errors import UsageError
from desk_app.imaging import colour, condition, picture, quality
from desk_app.imaging._cv import cv2
from desk_app.imaging.picture import Picture, Pixels
from desk_app.records import Blank, PageCondition

GRID = 34, 24
"""Rows and columns of a page's pattern: cells of about 9 mm."""
SQUARE_DARK = 70.0
"""Darkness that a separator's square has at least, of 255 for the page's darkest cell."""
THRESHOLDS_FILE = paths.RESOURCES / "page_checks.toml"


@dataclass(frozen=True, slots=True)
class EdgeParams:
    """When print runs off the picture. Fitted on drawn pages cut at each side and office scans."""

    reach_mm: float = 4.0
    """Depth of the strip along each side that is looked at."""
    at_edge_mm: float = 0.4
    """Ink this near to the frame touches it."""
    ink: int = 96
    """Depth below the paper, in 255ths."""
    inwards_mm: tuple[float, float] = (1.0, 3.9)
    """How far a cut letter reaches into the page; shadows and rulings reach less or more."""
    along_mm: tuple[float, float] = (0.3, 8.0)
    least_letters: int = 4
    """Cut letters on one side from which the page is called cut."""


@dataclass(frozen=True, slots=True)
class InkParams:
    """When ink is out of focus or too pale.

    Measured on the ink alone, so that one stamp on a white page is judged like a page of print.
    """

    ink_part: float = 0.5
    """Part of the inked share that is measured: its steepest edges, its darkest levels."""
    least_share: float = 0.0002
    """Measured at least, as a share of the page."""
    blurred_below: float = 2.4
    """Steepness of edges over the ink's depth (Sobel; a step within one pixel gives 4)."""
    pale_below: float = 55.0
    """Levels between the paper and the ink."""
    moved_below: float = 0.5
    """Steepness of letters' edges along one axis over that along the other. Print gives 0.8 and
    more, dotted lines 0.6; print that moved by 0.9 mm while it was read at most 0.5."""
    moved_part: float = 0.02
    """Part of the letters' surroundings that is measured: even strokes that all run one way have
    sharp ends."""
    letters_least: float = 0.001
    """Share of the page under letters from which that is judged."""


@dataclass(frozen=True, slots=True)
class TraceParams:
    """When pale marks make a blank side doubtful: faint print, or the other side's."""

    doubtful_over: float = 1.2
    """Levels by which inked places are darker than the paper; clean paper gives 0.3 to 0.7."""
    mark_over: float = 2.2
    """The same in one or two places of 4 mm: a pale stamp, a pencil note. Clean paper to 1.4."""
    deep_ink: int = 64
    """Ink of this depth was judged already, with holes and dust among it."""
    mirrored_over: float = 0.6
    """Correlation with the mirrored other side from which the marks are that side's."""


@dataclass(frozen=True, slots=True)
class Params:
    """Thresholds of all checks."""

    condition: condition.Params = field(default_factory=condition.Params)
    edges: EdgeParams = field(default_factory=EdgeParams)
    ink: InkParams = field(default_factory=InkParams)
    trace: TraceParams = field(default_factory=TraceParams)


@dataclass(frozen=True, slots=True)
class PageChecks:
    """What the checks of one page found."""

    condition: PageCondition
    has_stamp: bool
    """Red of a stamp's size: the page is content, whatever else is on it."""
    clipped: tuple[str, ...]
    """Sides at which print runs off the picture: top, right, bottom, left."""
    steepness: float
    """How sharp the ink's edges are: about 4 within one pixel; 0 if blank."""
    ink_depth: float
    """Levels between the paper and the ink; 0 if blank."""
    problems: tuple[str, ...]
    """Words for what to look at: blurred, low_contrast, skewed, cut_corner, clipped."""
    width_mm: float
    height_mm: float
    blank: Blank
    """doubtful too where a side without ink has pale marks that could be faint print."""
    pattern: bytes
    """Where the page is dark, as GRID cells of 0 to 255, row by row: for `shows_through`."""


@functools.lru_cache(maxsize=1)
def thresholds() -> Params:
    """The product's thresholds, read once in a process."""
    return load()


def load(path: Path = THRESHOLDS_FILE) -> Params:
    """The thresholds of a file.

    Raises:
        UsageError: A name in it is unknown.
    """
    with path.open("rb") as file:
        given = tomllib.load(file)
    kinds = {
        "condition": condition.Params,
        "edges": EdgeParams,
        "ink": InkParams,
        "trace": TraceParams,
    }
    made: dict[str, Any] = {}
    for name, kind in kinds.items():
        table = given.pop(name, {})
        if unknown := table.keys() - {each.name for each in fields(kind)}:
            raise UsageError(f"{path.name} [{name}]: {', '.join(sorted(unknown))}")
        values = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
        made[name] = replace(kind(), **values)
    if given:
        raise UsageError(f"{path.name}: {', '.join(sorted(given))}")
    return Params(**made)


def run(path: Path, params: Params = Params(), shot: Picture | None = None) -> PageChecks:
    """Check one page.

    Args:
        path: JPEG, PNG or TIFF picture of the page.
        params: Thresholds.
        shot: The picture, reduced or not, where it is decoded already.

    Raises:
        UnusableInput: The picture is empty, cut off, too large or none at all.
    """
    side = params.condition.work_side_px
    shot = shot or picture.load(path, max_side=side)
    facts, letters = condition.measure(path, params.condition, shot)
    stamp = facts.red_share > 0 and _has_stamp(shot, params)
    grey = shot.small_grey(side)
    dpi = shot.header.dpi * grey.shape[1] / shot.header.width
    to_mm = 25.4 / shot.header.dpi
    size_mm = round(facts.width * to_mm, 1), round(facts.height * to_mm, 1)
    depth_map = quality.ink_depth(grey, quality.background(grey, dpi))
    pattern = _pattern(depth_map)
    faint = facts.blank == "blank" and _has_traces(depth_map, params.trace)
    state: Blank = "doubtful" if faint else facts.blank
    if letters is None:
        sound = _sound(facts, 9.0, 255.0, (), params)
        return PageChecks(facts, stamp, (), 0.0, 0.0, sound, *size_mm, state, pattern)
    clipped = _clipped(grey, dpi, params.edges)
    share = max(params.ink.least_share, facts.ink_share, facts.red_share)
    steepness, depth = _sharpness(grey, share * params.ink.ink_part)
    problems = _sound(facts, steepness, depth, clipped, params)
    if "blurred" not in problems and _has_moved(grey, letters, params.ink):
        problems = ("blurred", *problems)
    return PageChecks(
        facts, stamp, clipped, round(steepness, 2), round(depth, 1), problems, *size_mm, state,
        pattern,
    )  # fmt: skip


def shows_through(front: bytes, back: bytes, params: TraceParams = TraceParams()) -> bool:
    """Whether the pale marks of a side are the mirrored print of the other one.

    Args:
        front: Pattern of the written side.
        back: Pattern of the side with the marks.
        params: The limit.
    """
    if len(front) != len(back) or len(front) != GRID[0] * GRID[1]:
        return False
    written, marks = (np.frombuffer(each, np.uint8).reshape(GRID) for each in (front, back))
    mirrored = written[:, ::-1].astype(np.float64)
    best = 0.0
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            moved = np.roll(mirrored, (down, across), (0, 1))[1:-1, 1:-1]
            inner = marks[1:-1, 1:-1]
            if moved.std() and inner.std():
                best = max(best, float(np.corrcoef(moved.ravel(), inner.ravel())[0, 1]))
    return best > params.mirrored_over


def looks_like_separator(pattern: bytes, size_mm: tuple[float, float]) -> bool:
    """Whether a page has a separator sheet's two large squares and nothing beside them.

    For sheets whose codes cannot be read: soiled, scribbled over, or fed through a fax.

    Args:
        pattern: Of the page.
        size_mm: Its width and height as it lies.
    """
    if len(pattern) != GRID[0] * GRID[1] or min(size_mm) <= 0:
        return False
    cells = np.frombuffer(pattern, np.uint8).reshape(GRID)
    seen = cells.T if size_mm[0] > size_mm[1] else cells
    return all(_has_square(seen, *zone) for zone in _separator_zones(seen.shape))


def _has_square(seen: Pixels, square: tuple[slice, slice], beside: tuple[slice, Any]) -> bool:
    """Whether a square is dark all over, and empty to its left and right; it may lie shifted."""
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            moved = np.roll(seen, (down, across), (0, 1))
            dark, weak = float(moved[square].mean()), float(np.percentile(moved[square], 10))
            if dark >= SQUARE_DARK and weak >= dark / 3 and moved[beside].mean() <= dark / 6:
                return True
    return False


def _separator_zones(
    shape: tuple[int, ...],
) -> list[tuple[tuple[slice, slice], tuple[slice, list[int]]]]:
    """Cells well within each of the two code squares of an upright separator, and beside it."""
    rows, columns = shape

    def cells(start_mm: float, end_mm: float, paper_mm: float, count: int) -> tuple[int, int]:
        # The pattern leaves out a twentieth at each edge.
        to_cell = count / (0.9 * paper_mm)
        start, end = ((mm - 0.05 * paper_mm) * to_cell for mm in (start_mm, end_mm))
        return round(start), round(end)

    left, right = cells(78, 132, 210, columns)
    beside = [*range(max(0, left - 2)), *range(right + 2, columns)]
    bands = [slice(*cells(top, top + 54, 297, rows)) for top in (29.4, 213.6)]
    return [((band, slice(left, right)), (band, beside)) for band in bands]


def stretched(shot: Picture, ink_depth: float) -> Picture:
    """The grey picture with its ink drawn out to black, for readers of codes."""
    grey = picture.to_grey(shot.pixels)
    paper = float(np.percentile(grey[::8, ::8], 90))
    drawn_out = 255.0 - (paper - grey.astype(np.float32)) * (255.0 / max(1.0, ink_depth))
    return Picture(np.clip(drawn_out, 0, 255).astype(np.uint8), shot.header)


def _inner(depth: Pixels) -> Pixels | None:
    down, across = (round(side * 0.05) for side in depth.shape)
    inner = depth[down : depth.shape[0] - down, across : depth.shape[1] - across]
    return inner if min(inner.shape) >= 2 * max(GRID) else None


def _has_traces(depth: Pixels, params: TraceParams) -> bool:
    """Whether pale marks lie anywhere on a side that has no ink."""
    inner = _inner(depth)
    if inner is None:
        return False
    ink = cv2.dilate((inner >= params.deep_ink).astype(np.uint8), np.ones((5, 5), np.uint8))
    pale = np.where(ink > 0, 0, inner).astype(np.float32)
    cells = cv2.resize(pale, (2 * GRID[1], 2 * GRID[0]), interpolation=cv2.INTER_AREA)
    low, paper, high = (float(v) for v in np.percentile(cells, (20, 50, 97)))
    second = float(np.partition(cells.ravel(), -2)[-2])
    return high - low > params.doubtful_over or second - paper > params.mark_over


def _pattern(depth: Pixels) -> bytes:
    """Where a page is dark, whatever the depth of its ink."""
    inner = _inner(depth)
    if inner is None:
        return bytes(GRID[0] * GRID[1])
    cells = cv2.resize(inner.astype(np.float32), (GRID[1], GRID[0]), interpolation=cv2.INTER_AREA)
    cells -= cells.min()
    return np.uint8(cells * (255 / max(1e-6, float(cells.max())))).tobytes()


def _sound(
    facts: PageCondition, steepness: float, depth: float, clipped: tuple[str, ...], params: Params
) -> tuple[str, ...]:
    wrong = {
        "blurred": steepness < params.ink.blurred_below,
        "low_contrast": depth < params.ink.pale_below,
        "skewed": "skewed" in facts.problems,
        "cut_corner": "cut_corner" in facts.problems,
        "clipped": bool(clipped),
    }
    return tuple(name for name, holds in wrong.items() if holds)


def _sharpness(grey: Pixels, share: float) -> tuple[float, float]:
    """Steepness of the sharpest edges over the ink's depth, and that depth in levels."""
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    steep = cv2.magnitude(across, down).astype(np.uint16)
    wanted = max(1, round(share * grey.size))
    counts = cv2.calcHist([steep], [0], None, [1444], [0, 1444]).ravel()[::-1]
    taken = np.diff(np.minimum(np.cumsum(counts), wanted), prepend=0)
    mean = float((taken * np.arange(1443, -1, -1)).sum() / wanted)
    levels = np.cumsum(cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel()) / grey.size
    ink, paper = (float(np.searchsorted(levels, part)) for part in (share, 0.9))
    depth = max(1.0, paper - ink)
    return mean / depth, depth


def _has_moved(grey: Pixels, letters: Pixels, params: InkParams) -> bool:
    """Whether letters are smeared along one axis: the page moved while it was read."""
    if np.count_nonzero(letters) < params.letters_least * letters.size:
        return False
    rows, columns = grey.shape
    wide = cv2.dilate(letters, np.ones((3, 3), np.uint8))
    near = cv2.resize(wide, (columns, rows), interpolation=cv2.INTER_NEAREST) > 0
    steep = []
    for slope in cv2.spatialGradient(grey):
        values = np.abs(slope[near])
        most = max(1, round(params.moved_part * len(values)))
        steep.append(float(np.partition(values, -most)[-most:].mean()))
    return min(steep) < params.moved_below * max(steep)


def _has_stamp(shot: Picture, params: Params) -> bool:
    thin = shot.thin
    dpi = max(1.0, shot.header.dpi * thin.shape[1] / shot.header.width)
    mask = colour.stamp_mask(thin, dpi, params.condition.colour)
    return bool(colour.stamps_of(mask, dpi, params.condition.colour).any())


def _clipped(grey: Pixels, dpi: float, params: EdgeParams) -> tuple[str, ...]:
    """Sides with several letters cut by the frame."""
    reach = round(params.reach_mm / 25.4 * dpi)
    if min(grey.shape) < 4 * reach or reach < 8:
        return ()
    views = {
        "top": grey[:reach], "right": np.rot90(grey)[:reach],
        "bottom": grey[::-1][:reach], "left": np.rot90(grey, -1)[:reach],
    }  # fmt: skip
    return tuple(
        name for name, strip in views.items()
        if _cut_letters(np.ascontiguousarray(strip), dpi, params) >= params.least_letters
    )  # fmt: skip


def _cut_letters(strip: Pixels, dpi: float, params: EdgeParams) -> int:
    """Letter-sized ink that touches the first row of a strip and ends within it."""
    ink = quality.ink_depth(strip, quality.background(strip, dpi)) >= params.ink
    count, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    mm = 25.4 / dpi
    top = stats[1:count, cv2.CC_STAT_TOP] * mm
    inwards = stats[1:count, cv2.CC_STAT_HEIGHT] * mm
    along = stats[1:count, cv2.CC_STAT_WIDTH] * mm
    fits = (top <= params.at_edge_mm) & (inwards >= params.inwards_mm[0])
    fits &= (inwards <= params.inwards_mm[1]) & (along >= params.along_mm[0])
    return int((fits & (along <= params.along_mm[1])).sum())
