"""Blank, doubtful or content: is there anything on this side of the sheet?

A wrong "blank" hides a page from the clerk, a wrong "content" costs one glance. So a stamp, a
signature or a line of text is content, what cannot be told is doubtful, and only clean paper is
blank: specks, edge shadows, punch holes and the pale mirror of the other side do not count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from desk_app.imaging._cv import cv2
from desk_app.imaging.picture import Pixels
from desk_app.records import Blank

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Params:
    """What counts as ink and how much of it. Fitted on drawn backs and office scans."""

    margin_share: float = 0.03
    """Outer part of each side that is not looked at."""
    deep_ink: int = 64
    """Depth below the paper, in 255ths of its brightness, that only the near side reaches."""
    faint_ink: int = 36
    """Depth that pencil reaches and show-through of thin paper usually does not."""
    speck_mm2: float = 0.12
    """Components smaller than this are dust."""
    blank_share: float = 0.00003
    content_share: float = 0.0004
    faint_doubt_share: float = 0.004
    red_share: float = 0.0005
    red_doubt_share: float = 0.0001
    """Red from which a side is not blank for certain: the rim of a seal set across the edge."""
    stroke_mm: float = 12.0
    """One connected stroke as long as this is a signature or a ruled line."""
    shadow_mm: float = 4.0
    """Widest edge shadow, beyond the margin that is not looked at."""
    shadow_reach_mm: float = 8.0
    """How far inside that margin the inner border of a shadow may lie."""
    frame_mm: float = 0.6
    """What comes nearer to the frame than this is the lid's or a shadow's."""
    edge_reach_mm: float = 18.0
    """How far from an edge initials are looked for apart from other ink."""
    initials_mm: float = 3.0
    """Size of the smallest initials."""
    shadow_ratio: float = 5.0
    """Parts along an edge that are so much longer than wide are shadows."""
    rim_mm: float = 2.5
    """How far into the page what is cut by the frame has to reach to be the rim of a seal."""
    rim_fill: float = 0.35
    """Most of its box that a rim fills; lids, shadows and torn edges fill half and more."""
    hole_mm: tuple[float, float] = (3.5, 8.0)
    hole_reach_mm: float = 22.0
    """Punch holes lie within this distance of an edge."""
    dark_paper: int = 90
    """A page of which a tenth has a darker background cannot be judged."""
    uneven_paper: float = 45
    """Nor one of which a tenth is so much darker than another: a photograph has no ink."""
    tile_mm: float = 5.0
    tile_ink: float = 0.04
    """Share of a tile under ink that eight specks of dust would make."""
    tiles: int = 60
    """Tiles with so much ink, away from edges and holes, that make a page printed: two or three
    lines of print. A drawn page of text has 300 and more."""


@dataclass(frozen=True, slots=True)
class Ink:
    """What lies on the paper."""

    blank: Blank
    ink_share: float


def judge(
    depth: Pixels, paper: Pixels, red_share: float, dpi: float, params: Params = Params()
) -> Ink:
    """Tell blank paper from content.

    Args:
        depth: From `quality.ink_depth`.
        paper: From `quality.background`.
        red_share: Share of the page under stamp red.
        dpi: Resolution of these (reduced) pictures.
        params: Thresholds.
    """
    ink = _mask(depth, params.deep_ink)
    if _is_printed(ink, dpi, params):
        return Ink("content", float(np.count_nonzero(ink)) / ink.size)
    deep, longest_mm = _counted(ink, dpi, params)
    if deep >= params.content_share or red_share >= params.red_share:
        return Ink("content", deep)
    if longest_mm >= params.stroke_mm:
        return Ink("content", deep)
    faint, _ = _counted(_mask(depth, params.faint_ink), dpi, params)
    if deep >= params.blank_share or faint >= params.faint_doubt_share:
        return Ink("doubtful", deep)
    if red_share >= params.red_doubt_share:
        return Ink("doubtful", deep)
    if _is_marked_at_edge(_mask(depth, params.faint_ink), dpi, params):
        return Ink("doubtful", deep)
    low, high = np.percentile(paper, [10, 90]).tolist()
    unlike_paper = low < params.dark_paper or high - low > params.uneven_paper
    return Ink("doubtful" if unlike_paper else "blank", deep)


def _mask(depth: Pixels, least: int) -> Pixels:
    return np.asarray(cv2.threshold(depth, least - 1, 1, cv2.THRESH_BINARY)[1], np.uint8)


def _is_printed(ink: Pixels, dpi: float, params: Params) -> bool:
    """Whether ink stands in so many places far from the edges that nothing need be counted."""
    tile, edge = (max(1, round(mm * dpi / 25.4)) for mm in (params.tile_mm, params.hole_reach_mm))
    inner = ink[edge:-edge, edge:-edge]
    down, across = inner.shape[0] // tile, inner.shape[1] // tile
    if not down or not across:
        return False
    whole = np.ascontiguousarray(inner[: down * tile, : across * tile]) * np.uint8(255)
    shares = cv2.resize(whole, (across, down), interpolation=cv2.INTER_AREA)
    return int(np.count_nonzero(shares >= 255 * params.tile_ink)) >= params.tiles


def _counted(ink: Pixels, dpi: float, params: Params) -> tuple[float, float]:
    """Share of the page under counted ink, and its longest component in millimetres."""
    inner = _without_margin(ink, params)
    count, _, stats, _ = cv2.connectedComponentsWithStats(inner, connectivity=8)
    if count < 2:
        return 0.0, 0.0
    parts = stats[1:].astype(np.int64)
    keep = ~_is_dust(parts, dpi, params)
    keep &= ~_is_from_edge(parts, inner.shape, dpi, params)
    keep &= ~_is_hole(parts, inner.shape, dpi, params)
    kept = parts[keep]
    if not len(kept):
        return 0.0, 0.0
    sides = kept[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    longest_px = float(np.hypot(sides[:, 0], sides[:, 1]).max())
    return float(kept[:, cv2.CC_STAT_AREA].sum()) / ink.size, longest_px / dpi * 25.4


def _without_margin(ink: Pixels, params: Params) -> Pixels:
    rows, columns = ink.shape
    down, across = int(rows * params.margin_share), int(columns * params.margin_share)
    return ink[down : rows - down or None, across : columns - across or None]


def _is_marked_at_edge(ink: Pixels, dpi: float, params: Params) -> bool:
    """Whether something like initials lies in the margin, where shadows and holes are as well.

    It is no hole and no line along its edge, as shadows are. What touches the frame has to be an
    open line, as the rim of a seal that was set across two sheets.
    """
    count, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    parts = stats[1:count].astype(np.int64)
    rows, columns = ink.shape
    mm = 25.4 / dpi
    left, top = parts[:, cv2.CC_STAT_LEFT], parts[:, cv2.CC_STAT_TOP]
    width, height = parts[:, cv2.CC_STAT_WIDTH], parts[:, cv2.CC_STAT_HEIGHT]
    from_side = np.minimum(left, columns - left - width) * mm
    from_top = np.minimum(top, rows - top - height) * mm
    near = np.minimum(from_side, from_top)
    upright = from_side < from_top
    along, inwards = np.where(upright, height, width), np.where(upright, width, height)
    fill = parts[:, cv2.CC_STAT_AREA] / np.maximum(1, width * height)
    is_rim = (inwards * mm >= params.rim_mm) & (fill <= params.rim_fill)
    marked = ((near >= params.frame_mm) | is_rim) & (near <= params.edge_reach_mm)
    marked &= np.hypot(width, height) * mm >= params.initials_mm
    marked &= along < params.shadow_ratio * inwards
    return bool((marked & ~_is_hole(parts, ink.shape, dpi, params)).any())


def _is_dust(parts: Counts, dpi: float, params: Params) -> npt.NDArray[np.bool_]:
    dust_px = max(2.0, params.speck_mm2 * (dpi / 25.4) ** 2)
    return np.asarray(parts[:, cv2.CC_STAT_AREA] < dust_px)


def _is_from_edge(
    parts: Counts, shape: tuple[int, ...], dpi: float, params: Params
) -> npt.NDArray[np.bool_]:
    """Narrow shadows along the edge; a large dark area at the edge stays content.

    Of a wide shadow only its inner border is ink, because its middle is its own background: so a
    long narrow part near the edge counts as well as one that touches it.
    """
    rows, columns = shape
    left, top = parts[:, cv2.CC_STAT_LEFT], parts[:, cv2.CC_STAT_TOP]
    width, height = parts[:, cv2.CC_STAT_WIDTH], parts[:, cv2.CC_STAT_HEIGHT]
    from_side = np.minimum(left, columns - left - width)
    from_top = np.minimum(top, rows - top - height)
    narrow_px, reach_px = (mm * dpi / 25.4 for mm in (params.shadow_mm, params.shadow_reach_mm))
    along_side = (from_side == 0) | ((from_side <= reach_px) & (height > rows / 4))
    along_top = (from_top == 0) | ((from_top <= reach_px) & (width > columns / 4))
    beside = along_side & (width <= narrow_px)
    return np.asarray(beside | (along_top & (height <= narrow_px)))


def _is_hole(
    parts: Counts, shape: tuple[int, ...], dpi: float, params: Params
) -> npt.NDArray[np.bool_]:
    """Solid round spots of a punch hole's size near an edge."""
    rows, columns = shape
    mm = 25.4 / dpi
    left, top = parts[:, cv2.CC_STAT_LEFT], parts[:, cv2.CC_STAT_TOP]
    width, height = parts[:, cv2.CC_STAT_WIDTH], parts[:, cv2.CC_STAT_HEIGHT]
    small, large = params.hole_mm
    longer, shorter = np.maximum(width, height) * mm, np.minimum(width, height) * mm
    solid = parts[:, cv2.CC_STAT_AREA] / np.maximum(1, width * height)
    is_round = (longer <= large) & (shorter >= small) & (shorter >= 0.8 * longer)
    from_side = np.minimum(left, columns - left - width) * mm
    from_top = np.minimum(top, rows - top - height) * mm
    near = np.minimum(from_side, from_top) <= params.hole_reach_mm
    return np.asarray(is_round & near & (solid > 0.65) & (solid < 0.92))
