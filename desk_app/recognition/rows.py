"""Printed rows of a page in upright, level coordinates, and phrases found in them."""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import median

from rapidfuzz import fuzz

from desk_app.recognition.vietnamese import nfc
from desk_app.records import Box, PageText, Word

_SHORT = 6
"""Phrases of fewer letters must be there exactly: nearly everything resembles them."""

_COLUMNS = 12
"""Most lines that stand side by side in one row of a table."""
_WORDS = 5000
"""More words than any page of print has; a page of noise must not cost more."""

Rect = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Row:
    """Words that stand on one printed row, from left to right."""

    words: tuple[Word, ...]
    rects: tuple[Rect, ...]
    """Upright, level boxes of the words, in pixels."""
    text: str
    starts: tuple[int, ...]
    """Offset of each word in text."""
    plain: str
    """Lower case, without diacritics or punctuation."""
    at: tuple[int, ...]
    """Offset in text of each character of plain."""

    @property
    def height(self) -> float:
        """Median height of the words, in pixels."""
        return median(rect[3] - rect[1] for rect in self.rects)

    @property
    def rect(self) -> Rect:
        """Upright, level box of the row."""
        columns = list(zip(*self.rects, strict=True))
        return min(columns[0]), min(columns[1]), max(columns[2]), max(columns[3])

    def part(self, numbers: Sequence[int]) -> Row:
        """Return a row of these words alone (one column of a joined row)."""
        return row_of([(self.words[n], self.rects[n]) for n in numbers])

    def words_between(self, start: int, end: int) -> list[int]:
        """Return the numbers of the words that touch text[start:end]."""
        return [
            number
            for number, begin in enumerate(self.starts)
            if begin < end and begin + len(self.words[number].text) > start
        ]


@dataclass(frozen=True, slots=True)
class Match:
    """Where a phrase was found in a row."""

    start: int
    """Offsets in Row.text."""
    end: int
    score: float
    """0 to 1; 1 when every letter agrees."""


@lru_cache(maxsize=4096)
def _base(char: str) -> str:
    if char in "đĐ":
        return "d"
    letter = unicodedata.normalize("NFD", char)[0].lower()
    return letter if letter.isalnum() and len(letter) == 1 else " "


def fold(text: str) -> tuple[str, tuple[int, ...]]:
    """Strip case, diacritics, punctuation and double spaces; tell where each letter came from."""
    letters: list[str] = []
    at: list[int] = []
    for place, char in enumerate(text):
        if unicodedata.combining(char):
            continue
        letter = _base(char)
        if letter == " " and (not letters or letters[-1] == " "):
            continue
        letters.append(letter)
        at.append(place)
    if letters and letters[-1] == " ":
        letters.pop()
        at.pop()
    return "".join(letters), tuple(at)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return text without case, diacritics and punctuation."""
    return fold(text)[0]


def union(boxes: Sequence[Box]) -> Box:
    """Return the smallest box around boxes."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return min(x0), min(y0), max(x1), max(y1)


def upright(box: Box, rotation: int, width: int, height: int) -> Rect:
    """Turn a box of the file on disk clockwise by rotation (0, 90, 180, 270)."""
    x0, y0, x1, y1 = box
    turned: dict[int, Rect] = {
        0: (x0, y0, x1, y1),
        90: (height - y1, x0, height - y0, x1),
        180: (width - x1, height - y1, width - x0, height - y0),
        270: (y0, width - x1, y1, width - x0),
    }
    return turned[rotation % 360]


def level_rect(rect: Rect, skew_deg: float) -> Rect:
    """Move a box to where it would stand if the lines did not lean."""
    angle = math.radians(skew_deg)
    x, y = (rect[0] + rect[2]) / 2, (rect[1] + rect[3]) / 2
    dx = x * math.cos(angle) + y * math.sin(angle) - x
    dy = -x * math.sin(angle) + y * math.cos(angle) - y
    return rect[0] + dx, rect[1] + dy, rect[2] + dx, rect[3] + dy


def lines_of(text: PageText, skew_deg: float = 0.0) -> tuple[Row, ...]:
    """Return the engine's text lines, top to bottom."""
    grouped: dict[int, list[tuple[Word, Rect]]] = {}
    for word in text.words[:_WORDS]:
        if word.text.strip():
            rect = level_rect(upright(word.box, text.rotation, text.width, text.height), skew_deg)
            grouped.setdefault(word.line, []).append((_with_eth(word), rect))
    rows = [row_of(pairs) for pairs in grouped.values()]
    return tuple(sorted(rows, key=lambda row: (row.rect[1] + row.rect[3]) / 2))


def _with_eth(word: Word) -> Word:
    """A code as read where one Đ became two letters: the rules of numbers mend and mark that."""
    read = word.read.replace(" ", "")
    is_code = any(map(str.isdigit, word.text)) or "/" in word.text
    doubled = is_code and "ĐĐ" in word.text and "Ð" in read and nfc(read) == word.text
    return replace(word, text=read) if doubled else word


def rows_of(text: PageText, skew_deg: float = 0.0) -> tuple[Row, ...]:
    """Return printed rows: the engine's lines, those side by side joined (columns, tables)."""
    joined: list[Row] = []
    for line in lines_of(text, skew_deg):
        # Lines come from top to bottom: a partner can only be among the last few.
        near = range(max(0, len(joined) - _COLUMNS), len(joined))
        partner = next((n for n in near if _side_by_side(joined[n], line)), None)
        if partner is None:
            joined.append(line)
        else:
            row = joined[partner]
            pairs = [*zip(row.words, row.rects, strict=True)]
            joined[partner] = row_of([*pairs, *zip(line.words, line.rects, strict=True)])
    return tuple(sorted(joined, key=lambda row: (row.rect[1] + row.rect[3]) / 2))


def row_of(pairs: Sequence[tuple[Word, Rect]]) -> Row:
    """Make a row of words and their upright, level boxes."""
    pairs = sorted(pairs, key=lambda pair: pair[1][0])
    starts: list[int] = []
    length = 0
    for word, _ in pairs:
        starts.append(length)
        length += len(word.text) + 1
    text = " ".join(word.text for word, _ in pairs)
    folded, at = fold(text)
    words, rects = zip(*pairs, strict=True)
    return Row(words, rects, text, tuple(starts), folded, at)


def _middle(row: Row) -> float:
    return median((rect[1] + rect[3]) / 2 for rect in row.rects)


def _side_by_side(left: Row, right: Row) -> bool:
    """Two lines at one height whose words do not overlap are one row of a table or two columns."""
    if abs(_middle(left) - _middle(right)) > 0.45 * min(left.height, right.height):
        return False
    a, b = left.rect, right.rect
    return a[2] <= b[0] + 4 or b[2] <= a[0] + 4


def find(phrase: str, row: Row, cutoff: float = 0.84) -> Match | None:
    """Find a phrase in a row, diacritics optional, a few misread letters allowed.

    Args:
        phrase: What to look for, as printed.
        row: Where to look.
        cutoff: Least score (0 to 1) that counts.

    Returns:
        The best place at word boundaries, or None.
    """
    wanted = plain(phrase)
    if not wanted or not row.plain:
        return None
    exact = _word_find(wanted, row.plain)
    if exact >= 0:
        return _match(row, exact, exact + len(wanted), 1.0)
    if len(wanted) < _SHORT or len(row.plain) < 0.8 * len(wanted):
        return None
    found = fuzz.partial_ratio_alignment(wanted, row.plain, score_cutoff=100 * cutoff)
    if found is None:
        return None
    start, end = _to_words(row.plain, found.dest_start, found.dest_end)
    score = fuzz.ratio(wanted, row.plain[start:end]) / 100
    return _match(row, start, end, score) if score >= cutoff else None


def find_all(phrase: str, row: Row, cutoff: float = 0.84) -> list[Match]:
    """Find a phrase as often as it stands in a row: a table repeats its labels side by side."""
    found: list[Match] = []
    rest = row
    while len(rest.plain) >= 0.8 * len(phrase) and len(found) < _COLUMNS:
        match = find(phrase, rest, cutoff)
        if match is None:
            break
        found.append(match)
        behind = bisect_left(row.at, match.end)
        rest = replace(row, plain=row.plain[behind:], at=row.at[behind:])
    return found


def _word_find(wanted: str, text: str) -> int:
    place = text.find(wanted)
    while place >= 0:
        end = place + len(wanted)
        if (place == 0 or text[place - 1] == " ") and (end == len(text) or text[end] == " "):
            return place
        place = text.find(wanted, place + 1)
    return -1


def _to_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen or narrow a span by at most two letters so that it begins and ends with words."""
    if start < len(text) and text[start] == " ":
        start += 1
    back = text.rfind(" ", 0, start) + 1
    start = back if start - back <= 2 else start
    if end > start and text[end - 1] == " ":
        end -= 1
    after = text.find(" ", end)
    after = len(text) if after < 0 else after
    return start, after if after - end <= 2 else end


def _match(row: Row, start: int, end: int, score: float) -> Match:
    return Match(row.at[start], row.at[end - 1] + 1, score)
