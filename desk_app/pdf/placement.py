"""Where a page's picture and words lie on paper.

A picture stays on disk as the scanner sent it; the page's matrix turns it upright, levels it and
scales it to its printed size. Words get the same matrix, so that they lie on their ink.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, groupby
from pathlib import Path
from statistics import median
from typing import NamedTuple

from desk_app.records import Word

POINTS_PER_INCH = 72
SIDE_POINTS = (3, 14_400)
"""ISO 19005-2 6.1.13: the least and greatest side of a page."""
LEVELLED_DEG = (0.05, 8.0)
"""A lean outside these limits is left alone: too small to see, or not a lean of the lines."""

_DESCENDING = frozenset("gjpqyQ,;()[]{}|_/@§")
_DOT_BELOW = "\N{COMBINING DOT BELOW}"
_DESCENT = 0.22
"""How far letters such as g reach below the baseline, in em (Times New Roman: 0.217)."""
_BOX_PER_EM = 0.74
"""Median height of a printed Vietnamese word above its baseline, in em (measured on Tinos)."""
_HARDLY = 0.2
"""Rise of a whole line, in sizes of its letters, that is taken out."""
_STEEPEST = math.tan(math.radians(2))
_LEAST_GAP = 0.2
"""Narrowest space between two words of a line, in em: readers join words nearer than 0.15."""
_BODY_SPREAD = 1.25
"""Lines whose size is within this factor of the page's median are set in the median size: readers
cut a column where the size changes."""


class Matrix(NamedTuple):
    """An affine map in the order of PDF's cm operator: x' = ax + cy + e, y' = bx + dy + f."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def apply(self, x: float, y: float) -> tuple[float, float]:
        """Map a point."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def then(self, other: Matrix) -> Matrix:
        """Return the map that applies this one first and then other."""
        origin = other.apply(self.e, self.f)
        return Matrix(
            self.a * other.a + self.b * other.c,
            self.a * other.b + self.b * other.d,
            self.c * other.a + self.d * other.c,
            self.c * other.b + self.d * other.d,
            *origin,
        )

    def inverse(self) -> Matrix:
        """Return the map back."""
        det = self.a * self.d - self.b * self.c
        a, b, c, d = self.d / det, -self.b / det, -self.c / det, self.a / det
        return Matrix(a, b, c, d, -(a * self.e + c * self.f), -(b * self.e + d * self.f))


@dataclass(frozen=True, slots=True)
class PdfPage:
    """One picture and what was read on it."""

    image: Path
    width: int
    height: int
    """Pixels of the picture as it lies on disk."""
    dpi: float
    rotation: int = 0
    """Clockwise turn (0, 90, 180, 270) that brings the picture upright."""
    skew_deg: float = 0.0
    """How far the upright picture's lines lean clockwise."""
    words: Sequence[Word] = ()
    """In reading order, boxes in pixels of the picture as it lies on disk."""

    @property
    def levelled_deg(self) -> float:
        """The lean that the page takes back."""
        least, most = LEVELLED_DEG
        return self.skew_deg if least <= abs(self.skew_deg) <= most else 0.0

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height of the upright picture in pixels."""
        sideways = self.rotation % 180 == 90
        return (self.height, self.width) if sideways else (self.width, self.height)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the paper in points: scale 100 % (NĐ 30/2020, Phụ lục I)."""
        scale = POINTS_PER_INCH / self.dpi
        width, height = self.upright
        return width * scale, height * scale


def allowed_dpi(width: int, height: int, dpi: float) -> float:
    """Return the nearest resolution that gives a page of an allowed size.

    A strip of 20,000 pixels or a single one has no resolution that anybody knows; its page is kept.

    Args:
        width: Pixels.
        height: Pixels.
        dpi: Known or guessed.
    """
    least, most = SIDE_POINTS
    lowest = max(width, height) * POINTS_PER_INCH / most
    highest = min(width, height) * POINTS_PER_INCH / least
    return max(lowest, min(dpi, highest))


def page_matrix(page: PdfPage) -> Matrix:
    """Return the map from pixels on disk (y down) to points on the page (y up)."""
    scale = POINTS_PER_INCH / page.dpi
    to_points = Matrix(scale, 0, 0, -scale, 0, page.size[1])
    return _turn(page).then(_level(page)).then(to_points)


def image_matrix(page: PdfPage, box: tuple[float, float, float, float] | None = None) -> Matrix:
    """Return the cm operands that paint a picture: PDF images fill the unit square.

    Args:
        page: The page.
        box: Where the picture lies, in pixels on disk; None for the whole page.
    """
    x0, y0, x1, y1 = box or (0, 0, page.width, page.height)
    return Matrix(x1 - x0, 0, 0, y0 - y1, x0, y1).then(page_matrix(page))


def _turn(page: PdfPage) -> Matrix:
    width, height = page.width, page.height
    return {
        0: Matrix(1, 0, 0, 1, 0, 0),
        90: Matrix(0, 1, -1, 0, height, 0),
        180: Matrix(-1, 0, 0, -1, width, height),
        270: Matrix(0, -1, 1, 0, 0, width),
    }[page.rotation % 360]


def _level(page: PdfPage) -> Matrix:
    lean = math.radians(page.levelled_deg)
    x, y = page.upright[0] / 2, page.upright[1] / 2
    there, back = Matrix(1, 0, 0, 1, -x, -y), Matrix(1, 0, 0, 1, x, y)
    cos, sin = math.cos(lean), math.sin(lean)
    return there.then(Matrix(cos, -sin, sin, cos, 0, 0)).then(back)


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word on the page, in points."""

    text: str
    x: float
    """Left end of the baseline."""
    baseline: float
    width: float
    size: float
    """Font size."""
    gap: float | None
    """Width of the space that follows; None at the end of a line."""


@dataclass(frozen=True, slots=True)
class _Box:
    """A word's box on the levelled page, in points, y up."""

    text: str
    x: float
    width: float
    bottom: float
    top: float

    @property
    def foot(self) -> float:
        """Where the baseline is, as this word alone tells."""
        letters = unicodedata.normalize("NFD", self.text)
        descends = not _DESCENDING.isdisjoint(letters) or _DOT_BELOW in letters
        share = _DESCENT / (_BOX_PER_EM + _DESCENT) if descends else 0.0
        return self.bottom + share * (self.top - self.bottom)


@dataclass(frozen=True, slots=True)
class _Line:
    boxes: tuple[_Box, ...]
    size: float


def place_words(page: PdfPage) -> list[PlacedWord]:
    """Lay the words on the page, in their order, one font size a line."""
    lines = [_line(boxes) for boxes in _boxes_by_line(page)]
    body = median(line.size for line in lines) if lines else 0.0
    placed = [word for line in lines for word in _place_line(line, _snap(line.size, body))]
    return _set_apart(placed)


def clean(text: str) -> str:
    """Return text composed (NFC), in one line, without what cannot be shown."""
    shown = "".join(
        char for char in text if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Cn")
    )
    return unicodedata.normalize("NFC", shown).strip()


def _boxes_by_line(page: PdfPage) -> list[tuple[_Box, ...]]:
    matrix = page_matrix(page)
    lines = []
    for _, words in groupby(page.words, key=lambda word: word.line):
        boxes = tuple(_box(page, matrix, word) for word in words if clean(word.text))
        if boxes:
            lines.append(boxes)
    return lines


def _box(page: PdfPage, matrix: Matrix, word: Word) -> _Box:
    left, right = _inside(word.box[0], word.box[2], page.width)
    top, bottom = _inside(word.box[1], word.box[3], page.height)
    x, y = matrix.apply((left + right) / 2, (top + bottom) / 2)
    width, height = right - left, bottom - top
    if page.rotation % 180 == 90:
        width, height = height, width
    scale = POINTS_PER_INCH / page.dpi
    width, height = (side * scale for side in _unlean(width, height, page.levelled_deg))
    return _Box(clean(word.text), x - width / 2, width, y - height / 2, y + height / 2)


def _inside(low: float, high: float, limit: int) -> tuple[float, float]:
    """Keep a side of a box on the picture, at least one pixel long."""
    low = min(max(low, 0), limit - 1)
    return low, min(max(high, low + 1), limit)


def _unlean(width: float, height: float, lean_deg: float) -> tuple[float, float]:
    """Return the sides of the leaning rectangle that an upright box encloses."""
    lean = math.radians(abs(lean_deg))
    cos, sin, both = math.cos(lean), math.sin(lean), math.cos(2 * lean)
    level_width, level_height = (
        (width * cos - height * sin) / both,
        (height * cos - width * sin) / both,
    )
    # Ink does not fill its box to the corners: a long word's height would come out too small.
    return max(level_width, width / 2), max(level_height, height / 2)


def _line(boxes: tuple[_Box, ...]) -> _Line:
    heights = [box.top - box.foot for box in boxes]
    return _Line(boxes, max(median(heights) / _BOX_PER_EM, 1.0))


def _snap(size: float, body: float) -> float:
    return body if body / _BODY_SPREAD <= size <= body * _BODY_SPREAD else size


def _place_line(line: _Line, size: float) -> list[PlacedWord]:
    slope, height = _levelled(line, *_baseline(line))
    placed = []
    for box in line.boxes:
        baseline = height + slope * (box.x + box.width / 2)
        if abs(baseline - box.foot) > size / 2:  # a line that is none: columns, a stamp's arc
            baseline = box.foot
        placed.append(PlacedWord(box.text, box.x, baseline, box.width, size, size * _LEAST_GAP))
    placed[-1] = replace(placed[-1], gap=None)
    return placed


def _levelled(line: _Line, slope: float, height: float) -> tuple[float, float]:
    """One height for a line that hardly rises.

    poppler sorts words into bands of 4 points by their baseline: a line that crosses from one band
    into the next by a hair comes out in two parts, the right one first.
    """
    left, right = line.boxes[0].x, line.boxes[-1].x + line.boxes[-1].width
    if abs(slope) * abs(right - left) > _HARDLY * line.size:
        return slope, height
    return 0.0, height + slope * (left + right) / 2


def _set_apart(words: list[PlacedWord]) -> list[PlacedWord]:
    """Make room for a space between neighbours: boxes of printed words may touch or overlap."""
    for at in range(len(words) - 1):
        this, following = words[at], words[at + 1]
        room = this.size * _LEAST_GAP
        gap = following.x - this.x - this.width
        beside = abs(following.baseline - this.baseline) < this.size / 2
        if beside and gap < room and following.x > this.x:
            left, right = this.x, following.x + following.width
            middle = max(this.x + this.width + gap / 2, left + room)
            start = middle + room / 2
            words[at] = this = replace(this, width=middle - room / 2 - left)
            words[at + 1] = replace(following, x=start, width=max(right - start, room))
            gap = room
        if this.gap is not None:
            words[at] = replace(this, gap=max(gap, room))
    return words


def _baseline(line: _Line) -> tuple[float, float]:
    """Fit slope and height through the words' feet (Theil-Sen: one odd box does not move it)."""
    told = [box for box in line.boxes if any(map(str.isalnum, box.text))] or list(line.boxes)
    feet = [(box.x + box.width / 2, box.foot) for box in told]
    slopes = [
        (y1 - y0) / (x1 - x0)
        for (x0, y0), (x1, y1) in combinations(feet[:24], 2)
        if abs(x1 - x0) > 4 * line.size
    ]
    # A level page's lines are level: a steeper fit comes from a box that holds a signature too.
    slope = max(-_STEEPEST, min(median(slopes), _STEEPEST)) if slopes else 0.0
    return slope, median(y - slope * x for x, y in feet)
