"""What stands where on a page: reading order of heads, tables and forms; boxes that are ticked.

The engine reads well and orders badly: it runs the agency at the left into the motto at the right,
parts a form's labels from its entries, and reads across the cells of a table. Its words are put in
order here by where they stand; no word is changed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from statistics import median

from desk_app.imaging.ruling import Found, Table
from desk_app.recognition.tesseract import ReadWord
from desk_app.records import Box

LEADER = "…"
"""Stands for a dotted line of any length."""
_MOST_WORDS, _MOST_LINES, _MOST_LEADERS = 5000, 300, 300
"""More than any page of print has: a page of noise must not cost more."""
_GUTTER = 0.8
"""Least white between two columns of a head, in letter heights."""
_LINE_GAP = 3.5
"""Most white, in letter heights, between lines of one head or signature block."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """A word and the middle of its box as if the page did not lean."""

    word: ReadWord
    x: float
    y: float
    left: float
    right: float
    height: int


@dataclass(frozen=True)
class _Line:
    """Words that follow each other, from left to right; its measures are asked for many times."""

    spots: tuple[_Spot, ...]
    order: float
    """Place in reading order."""
    cell: bool = False

    @cached_property
    def left(self) -> float:
        return min(spot.left for spot in self.spots)

    @cached_property
    def right(self) -> float:
        return max(spot.right for spot in self.spots)

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @cached_property
    def y(self) -> float:
        return median(spot.y for spot in self.spots)

    @cached_property
    def height(self) -> float:
        return median(spot.height for spot in self.spots)

    def split(self, at: int, order: float) -> tuple[_Line, _Line]:
        return replace(self, spots=self.spots[:at]), _Line(self.spots[at:], order)


def arranged(
    words: Sequence[ReadWord], found: Found, dpi: float, skew_deg: float = 0.0
) -> tuple[ReadWord, ...]:
    """Put the words of an upright page in reading order and number their lines anew.

    Args:
        words: As the engine gave them.
        found: Leaders, printed lines and tables of the same picture.
        dpi: Its resolution.
        skew_deg: How far its lines lean clockwise.

    Returns:
        The words, without what was read into printed lines, and with `LEADER` for each dotted line.
    """
    if len(words) > _MOST_WORDS or len({word.line for word in words}) > _MOST_LINES:
        return tuple(words)
    level = _Level(skew_deg)
    kept = [level.spot(word) for word in words if not _is_debris(word, found)]
    lines = _lines_of(kept)
    for table in found.tables:
        if len(table.across) > 2 or len(table.down) > 2:
            lines = _by_cells(lines, table, level)
    lines = _with_entries(lines)
    lines = _downwards(_by_columns(lines))
    lines = _with_leaders(lines, found.leaders[:_MOST_LEADERS], dpi, level)
    lines.sort(key=lambda line: line.order)
    return tuple(
        replace(spot.word, line=number) for number, line in enumerate(lines) for spot in line.spots
    )


class _Level:
    """Turns places of a leaning page to where they would stand on a level one."""

    def __init__(self, skew_deg: float) -> None:
        self._sine = math.sin(math.radians(skew_deg))
        self._cosine = math.cos(math.radians(skew_deg))

    def __call__(self, box: Box) -> tuple[float, float]:
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return x * self._cosine + y * self._sine, y * self._cosine - x * self._sine

    def spot(self, word: ReadWord) -> _Spot:
        return _spot(word, *self(word.box))


def _spot(word: ReadWord, x: float, y: float) -> _Spot:
    half = (word.box[2] - word.box[0]) / 2
    return _Spot(word, x, y, x - half, x + half, word.box[3] - word.box[1])


def _is_debris(word: ReadWord, found: Found) -> bool:
    """Signs without letter or digit that lie on a printed line or a dotted one."""
    if any(char.isalnum() for char in word.text):
        return False
    printed = (*found.across, *found.down, *found.leaders)
    return word.confidence < 0.9 and any(_covers(line, word.box) for line in printed)


def _covers(line: Box, box: Box) -> bool:
    wide = min(line[2] + 3, box[2]) - max(line[0] - 3, box[0])
    high = min(line[3] + 3, box[3]) - max(line[1] - 3, box[1])
    return wide > 0.6 * (box[2] - box[0]) and high > 0.3 * (box[3] - box[1])


def _lines_of(spots: Iterable[_Spot]) -> list[_Line]:
    grouped: dict[int, list[_Spot]] = {}
    for spot in spots:
        grouped.setdefault(spot.word.line, []).append(spot)
    return [_Line(tuple(group), float(number)) for number, group in grouped.items()]


# ------------------------------------------------------------------ tables
def _by_cells(lines: list[_Line], table: Table, level: _Level) -> list[_Line]:
    """Words of a table by row, then cell, then line within the cell."""
    x0, y0, x1, y1 = table.box
    outside: list[_Line] = []
    cells: dict[tuple[int, int, float], list[_Spot]] = {}
    first = math.inf
    for line in lines:
        apart: list[_Spot] = []
        for spot in line.spots:
            left, top, right, bottom = spot.word.box
            if not (x0 < (left + right) / 2 < x1 and y0 < (top + bottom) / 2 < y1):
                apart.append(spot)
                continue
            first = min(first, line.order)
            row, column = _cell_of(spot, table, level)
            cells.setdefault((row, column, line.order), []).append(spot)
        if apart:
            outside.append(replace(line, spots=tuple(apart)))
    step = 0.5 / (len(cells) + 1)
    return outside + [
        _Line(tuple(cells[key]), first + step * (n + 1), cell=True)
        for n, key in enumerate(sorted(cells))
    ]


def _cell_of(spot: _Spot, table: Table, level: _Level) -> tuple[int, int]:
    """Number of the nearest line above that spans the word, and of the nearest to its left."""
    row = column = -1
    for n, line in enumerate(table.across):
        if line[0] <= spot.word.box[2] and spot.word.box[0] <= line[2] and level(line)[1] < spot.y:
            row = n
    for n, line in enumerate(table.down):
        if line[1] <= spot.word.box[3] and spot.word.box[1] <= line[3] and level(line)[0] < spot.x:
            column = n
    return row, column


# ------------------------------------------------------------------ forms
def _with_entries(lines: list[_Line]) -> list[_Line]:
    """Labels together with the entry that stands right of them."""
    joined: set[int] = set()
    result: list[_Line] = []
    for n, line in enumerate(lines):
        if n in joined:
            continue
        while not line.cell and line.spots[-1].word.text.endswith((":", LEADER)):
            entry = _entry_of(line, lines, joined | {n})
            if entry is None:
                break
            joined.add(entry)
            line = replace(line, spots=(*line.spots, *lines[entry].spots))
        result.append(line)
    return [line for line in result if not any(line is lines[n] for n in joined)]


def _entry_of(label: _Line, lines: list[_Line], taken: set[int]) -> int | None:
    """Number of the next line to the right at the same height."""
    beside = [
        (line.left, n)
        for n, line in enumerate(lines)
        if n not in taken
        and not line.cell
        and line.left > label.right
        and abs(line.y - label.y) < 0.45 * min(line.height, label.height)
    ]
    return min(beside)[1] if beside else None


# ------------------------------------------------------------------ heads and signatures
def _by_columns(lines: list[_Line]) -> list[_Line]:
    """Agency before motto, recipients before signature: side by side, but never read across."""
    free = [line for line in lines if not line.cell]
    if len(free) < 2:
        return lines
    height = median(line.height for line in free)
    rows = _rows(free, height)
    result = [line for line in lines if line.cell]
    n = 0
    while n < len(rows):
        run = _columns_from(rows, n, height)
        if run is None:
            result += rows[n]
            n += 1
            continue
        end, left, right = run
        first = min(line.order for row in rows[n:end] for line in row)
        step = 0.5 / (len(left) + len(right) + 1)
        result += [
            replace(line, order=first + step * place) for place, line in enumerate(left + right)
        ]
        n = end
    return result


def _rows(lines: list[_Line], height: float) -> list[list[_Line]]:
    """Lines beside each other; the two halves of a head need not stand at quite one height."""
    rows: list[list[_Line]] = []
    for line in sorted(lines, key=lambda line: line.y):
        row = rows[-1] if rows else []
        beside = all(line.left > other.right or line.right < other.left for other in row)
        if row and abs(row[0].y - line.y) < 0.8 * height and beside:
            row.append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def _columns_from(
    rows: list[list[_Line]], start: int, height: float
) -> tuple[int, list[_Line], list[_Line]] | None:
    """End of the rows that form two columns, and the lines of each; None where they do not.

    A head's right column is centred on itself: its lines share their middle, not their left edge.
    That tells it from a form's entries and from running text.
    """
    left: list[_Line] = []
    right: list[_Line] = []
    gutter = _gutter_between(rows[start : start + 2], height)
    end = start
    for n in range(start, len(rows)):
        if n > start and rows[n][0].y - rows[n - 1][0].y > _LINE_GAP * height:
            break
        parted = _parted(rows[n], gutter, height)
        if parted is None:
            break
        one, other, gutter = parted
        left, right = left + one, right + other
        end = n + 1
    if not left or not _is_centred(right, height):
        return None
    return end, left, right


def _gutter_between(rows: list[list[_Line]], height: float) -> tuple[float, float] | None:
    """The white between two lines that stand one lower than the other, yet side by side."""
    if [len(row) for row in rows] != [1, 1] or rows[1][0].y - rows[0][0].y > 1.6 * height:
        return None
    left, right = sorted((rows[0][0], rows[1][0]), key=lambda line: line.left)
    return (left.right, right.left) if right.left - left.right > _GUTTER * height else None


def _parted(
    row: list[_Line], gutter: tuple[float, float] | None, height: float
) -> tuple[list[_Line], list[_Line], tuple[float, float]] | None:
    """Lines left and right of the gutter, which narrows; None where the row crosses it."""
    if gutter is not None:
        white, middle = _GUTTER * height, sum(gutter) / 2
        one = [line for line in row if line.middle < middle and line.right <= gutter[1] - white]
        other = [line for line in row if line.middle >= middle and line.left >= gutter[0] + white]
        crossing = [line for line in row if line not in one and line not in other]
        if len(crossing) == 1 and not other and (at := _hole(crossing[0], gutter, height)):
            first, second = crossing[0].split(at, crossing[0].order)
            one, other, crossing = [*one, first], [second], []
        if crossing:
            return None
    elif len(row) == 2:
        one, other = row[:1], row[1:]
    elif len(row) == 1 and (at := _hole(row[0], None, height)):
        first, second = row[0].split(at, row[0].order)
        one, other = [first], [second]
    else:
        return None
    begin, end = gutter or (-math.inf, math.inf)
    begin = max([begin, *(line.right for line in one)])
    end = min([end, *(line.left for line in other)])
    return (one, other, (begin, end)) if end - begin >= _GUTTER * height else None


def _hole(line: _Line, gutter: tuple[float, float] | None, height: float) -> int | None:
    """Number of the word behind the widest hole, or behind the one that the gutter runs through."""
    holes = [
        (right.left - left.right, n)
        for n, (left, right) in enumerate(zip(line.spots, line.spots[1:], strict=False), 1)
        if gutter is None or (left.right < gutter[1] and right.left > gutter[0])
    ]
    widest = max(holes, default=(0.0, 0))
    return widest[1] if widest[0] >= _GUTTER * height else None


def _is_centred(lines: list[_Line], height: float) -> bool:
    pairs = pairwise(lines)
    return any(
        abs(upper.middle - lower.middle) < 1.2 * height
        and abs(upper.left - lower.left) > 1.2 * height
        for upper, lower in pairs
    )


def _downwards(lines: list[_Line]) -> list[_Line]:
    """Lines in order, none before the one right above it."""
    sorted_: list[_Line] = []
    for line in sorted(lines, key=lambda line: line.order):
        place = len(sorted_)
        while place and not line.cell and _is_above(line, sorted_[place - 1]):
            place -= 1
        sorted_.insert(place, line)
    return [replace(line, order=float(n)) for n, line in enumerate(sorted_)]


def _is_above(line: _Line, other: _Line) -> bool:
    shared = min(line.right, other.right) - max(line.left, other.left)
    least = 0.5 * min(line.right - line.left, other.right - other.left)
    return not other.cell and shared > least and other.y - line.y > 0.5 * line.height


# ------------------------------------------------------------------ leaders
def _with_leaders(
    lines: list[_Line], leaders: Iterable[Box], dpi: float, level: _Level
) -> list[_Line]:
    """The lines with a word for each dotted line, as high as the print beside it."""
    tall = round(dpi * 0.12)
    last = max((line.order for line in lines), default=0.0)
    grown = list(lines)
    for box in leaders:
        if box[2] - box[0] < tall:
            continue
        x, y = level(box)
        near = [
            (max(line.left - x, x - line.right, 0.0), n)
            for n, line in enumerate(grown)
            if -0.2 * line.height < y - line.y < 0.9 * line.height
        ]
        high = (box[0], max(0, box[3] - tall), box[2], box[3])
        if not near:
            above = [line.order for line in grown if line.y < y]
            order = max(above, default=-1.0) if above else min(-1.0, -last)
            word = ReadWord(LEADER, high, 1.0, 0)
            grown.append(_Line((_spot(word, x, y),), order + 1e-6 * (1 + len(grown))))
            continue
        number = min(near)[1]
        line = grown[number]
        bare = _bare(_spot(ReadWord(LEADER, high, 1.0, 0), x, line.y), line, tall)
        spots = sorted((*line.spots, *bare), key=lambda spot: spot.x)
        grown[number] = replace(line, spots=tuple(spots))
    return grown


def _bare(leader: _Spot, line: _Line, least: float) -> Iterator[_Spot]:
    """What of a leader no word of its line covers: dots below an entry part no words."""
    left = leader.left
    words = sorted((spot.left, spot.right) for spot in line.spots if spot.word.text != LEADER)
    for begin, end in (*words, (leader.right, leader.right)):
        right = min(begin, leader.right)
        if right - left >= least:
            yield _part_of(leader, left, right)
        left = max(left, end)


def _part_of(leader: _Spot, left: float, right: float) -> _Spot:
    x0, y0, x1, y1 = leader.word.box
    box = (x0 + round(left - leader.left), y0, x1 - round(leader.right - right), y1)
    x = (left + right) / 2
    return replace(leader, word=replace(leader.word, box=box), x=x, left=left, right=right)
