"""Boxes to tick on forms: where they are, whether there is ink in them, what is printed beside."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from desk_app.imaging._cv import cv2
from desk_app.imaging.geometry import Frame
from desk_app.imaging.picture import Pixels
from desk_app.recognition.rows import Rect, Row, level_rect, rows_of, upright
from desk_app.records import Box, Checkbox, PageText


@dataclass(frozen=True, slots=True)
class Params:
    """What a box to tick looks like. Fitted on drawn boxes of three kinds at 150 to 300 dpi."""

    ink_level: int = 190
    least_mm: float = 2.9
    most_mm: float = 7.5
    side_covered: float = 0.9
    """Share of each side that must be there."""
    corner_covered: float = 0.3
    inset: float = 0.24
    """Share of the width at each side that belongs to the frame."""
    empty_up_to: float = 0.02
    checked_from: float = 0.09
    """Share of ink inside; between the two the answer is unsure."""
    most: int = 200


def find(
    page: Pixels,
    parts: npt.NDArray[np.int64],
    frame: Frame,
    dpi: float,
    params: Params = Params(),
) -> tuple[Checkbox, ...]:
    """Find the boxes to tick on a page, from top to bottom.

    Args:
        page: Grey, dark on white, leaning by two degrees at most.
        parts: Left, top, width and height of its connected parts, from `ruling.Found`.
        frame: The view that the page is, for boxes on disk.
        dpi: Its resolution.
        params: Sizes and thresholds.
    """
    squares, found = [], []
    for part in _square_parts(page, parts, dpi / 25.4, params):
        left, top = max(0, part[0] - 2), max(0, part[1] - 2)
        ink = (page[top : part[3] + 2, left : part[2] + 2] < params.ink_level).astype(np.uint8)
        for x0, y0, x1, y1 in _squares(ink, dpi / 25.4, params):
            share = _ink_inside(ink, (x0, y0, x1, y1), params)
            squares.append((left + x0, top + y0, left + x1, top + y1))
            found.append(_judged(frame.to_disk(squares[-1]), share, params))
    order = {box: n for n, box in enumerate(_by_rows(squares))}
    ranked = sorted(zip(squares, found, strict=True), key=lambda each: order[each[0]])
    return tuple(box for _, box in ranked)[: params.most]


def _judged(box: Box, share: float, params: Params) -> Checkbox:
    """Ticked or not, from the share of ink inside."""
    middle = (params.empty_up_to + params.checked_from) / 2
    sureness = abs(share - middle) / (params.checked_from - params.empty_up_to)
    return Checkbox(box, share > middle, round(min(0.98, 0.5 + sureness), 3))


def _square_parts(
    page: Pixels, parts: npt.NDArray[np.int64], mm: float, params: Params
) -> Iterator[Box]:
    """Boxes of the parts that may hold a box to tick; a tick may reach far beyond it."""
    least, most = params.least_mm * mm, 2.2 * params.most_mm * mm
    sides = parts[:, 2:4]
    fits = (sides.min(axis=1) >= least) & (sides.max(axis=1) <= most)
    for x, y, wide, tall in parts[fits, :4].tolist():
        if _has_sides(page[y : y + tall, x : x + wide] < params.ink_level, least):
            yield x, y, x + wide, y + tall


def _has_sides(ink: npt.NDArray[np.bool_], least: float) -> bool:
    """Whether two thin columns and two rows of ink stand like the sides of a square."""
    down = np.flatnonzero(ink.sum(axis=0) >= 0.9 * least)
    if not len(down):
        return False
    wide = down[-1] - down[0] + 1
    if wide < 0.8 * least or len(down) > 0.42 * wide:  # bold letters have thick stems
        return False
    inside = ink[:, down[0] : down[-1] + 1].mean(axis=1)
    across = np.flatnonzero(inside >= 0.75)
    if not len(across):
        return False
    tall = across[-1] - across[0] + 1
    return bool(0.75 * wide <= tall <= 1.33 * wide)


def _squares(ink: Pixels, mm: float, params: Params) -> list[Box]:
    """Boxes of the squares; ticks are slanted and leave no straight run, even beyond the frame."""
    run = max(4, round(0.9 * params.least_mm * mm))
    flat = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, run), np.uint8))
    high = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((run, 1), np.uint8))
    frames = np.asarray(cv2.bitwise_or(flat, high), np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(frames, connectivity=8)
    wide, tall = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    least, most = params.least_mm * mm, params.most_mm * mm
    fits = (np.minimum(wide, tall) >= least) & (np.maximum(wide, tall) <= 1.3 * most)
    squares = []
    for n in np.flatnonzero(fits).tolist():
        x, y, w, h = stats[n, :4].tolist()
        part = labels[y : y + h, x : x + w] == n
        across, along = _long_runs(part.sum(axis=0), h), _long_runs(part.sum(axis=1), w)
        if not n or across is None or along is None:
            continue
        square = (x + across[0], y + along[0], x + across[1], y + along[1])
        short, long = sorted((across[1] - across[0], along[1] - along[0]))
        if least <= short and long <= min(most, 1.15 * short):
            inner = part[along[0] : along[1], across[0] : across[1]]
            if _has_four_sides(inner, params):
                squares.append(square)
    return _by_rows(squares)


def _long_runs(ink: npt.NDArray[np.int64], length: int) -> tuple[int, int] | None:
    """First and behind the last row or column that is half full: a side, not a tick's stump."""
    full = np.flatnonzero(ink >= 0.5 * length)
    return (int(full[0]), int(full[-1]) + 1) if len(full) else None


def _by_rows(squares: list[Box]) -> list[Box]:
    """From top to bottom, those beside each other from left to right."""
    rows: list[list[Box]] = []
    for box in sorted(squares, key=lambda box: box[1]):
        if rows and box[1] < (rows[-1][0][1] + rows[-1][0][3]) / 2:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row)]


def _has_four_sides(part: npt.NDArray[np.bool_], params: Params) -> bool:
    edge = max(3, round(0.12 * min(part.shape)))
    sides = (part[:edge], part[-edge:], part[:, :edge].T, part[:, -edge:].T)
    # A fat O fills its sides, but has no corners.
    corners = (side[:, place] for side in sides[:2] for place in (slice(edge), slice(-edge, None)))
    return all(float(side.any(axis=0).mean()) >= params.side_covered for side in sides) and all(
        float(corner.mean()) >= params.corner_covered for corner in corners
    )


def _ink_inside(ink: Pixels, square: Box, params: Params) -> float:
    x0, y0, x1, y1 = square
    margin = max(2, round(params.inset * min(x1 - x0, y1 - y0)))
    return float(ink[y0 + margin : y1 - margin, x0 + margin : x1 - margin].mean())


def labels_of(boxes: Sequence[Checkbox], text: PageText, skew_deg: float = 0.0) -> tuple[str, ...]:
    """What is printed beside each box, up to the next box or hole.

    Args:
        boxes: From `checkboxes`.
        text: Words of the same page.
        skew_deg: How far its lines lean, as the condition says.
    """
    rows = rows_of(text, skew_deg)
    places = [
        level_rect(upright(box.box, text.rotation, text.width, text.height), skew_deg)
        for box in boxes
    ]
    return tuple(_label(place, places, rows) for place in places)


def _label(place: Rect, places: Sequence[Rect], rows: Sequence[Row]) -> str:
    """The nearer of what stands right and left: forms print "□ Có" and "Có □"."""
    middle = (place[1] + place[3]) / 2
    beside = sorted(
        _beside(rect, word.text, place)
        for row in rows
        if row.rect[1] <= middle <= row.rect[3]
        for word, rect in zip(row.words, row.rects, strict=True)
        if not _is_box(rect, place)
    )
    same = [rect for rect in places if rect[1] < middle < rect[3] and rect != place]
    begin = max((rect[2] for rect in same if rect[2] <= place[0]), default=-math.inf)
    end = min((rect[0] for rect in same if rect[0] >= place[2]), default=math.inf)
    after = _run([(r[0], r[2], t) for r, t in beside if place[2] - 2 <= r[0] and r[2] <= end + 2])
    before = _run(
        [(-r[2], -r[0], t) for r, t in beside[::-1] if begin - 2 <= r[0] and r[2] <= place[0] + 2]
    )
    right, left = after[0] - place[2], before[0] + place[0]
    height = place[3] - place[1]
    if min(right, left) > 3 * height:
        return ""
    return " ".join(before[1][::-1] if left < 0.7 * right else after[1])


def _is_box(rect: Rect, place: Rect) -> bool:
    """Whether a word is the box itself, or its tick, that the engine took for letters."""
    wide = place[2] - place[0]
    inside = min(rect[2], place[2]) - max(rect[0], place[0])
    return inside > 0.4 * wide and rect[2] - rect[0] < 2.2 * wide


def _beside(rect: Rect, text: str, place: Rect) -> tuple[Rect, str]:
    """A word that the engine ran into the box ends, or begins, at the box: "Có|M]" is Có."""
    x0, y0, x1, y1 = rect
    if x0 < place[0] - 2 < x1:
        return (x0, y0, min(x1, place[0]), y1), re.split(r"[^\w,.:;()-]", text)[0]
    if x0 < place[2] + 2 < x1:
        return (max(x0, place[2]), y0, x1, y1), re.split(r"[^\w,.:;()-]", text)[-1]
    return rect, text


def _run(words: Sequence[tuple[float, float, str]]) -> tuple[float, list[str]]:
    """Where the first of these words begins, and the words up to the first hole or other label."""
    said: list[str] = []
    at = wide = 0.0
    for start, stop, text in words:
        if said and (start - at > 1.2 * max(1.0, wide) or text.endswith(":")):
            break
        said.append(text)
        at, wide = stop, 2 * (stop - start) / max(1, len(text))
    return (words[0][0] if words else math.inf), said
