"""The rows of a document and the printed labels on them, behind which values stand."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from desk_app.recognition.doctypes import TypeRules
from desk_app.recognition.rows import Match, Row, find_all, plain, rows_of
from desk_app.records import PageReading

LABEL_CUTOFF = 0.85
_SHORT_LABEL = 12
"""Shorter labels begin with their own letter: "cấp ngày" is not "lập ngày"."""
_LONG_HEADING = 40
_LONGER_LABEL = re.compile(r"\s+[^\W\d_A-ZĐÀ-Ỹ][^:\d,;/().]{0,24}:")
"""Small letters up to a colon: the label goes on and is another one."""
_SCREEN_CUTOFF = 80.0
"""Likeness (0 to 100) below which a phrase need not be looked for on a row at all."""
_TAIL = re.compile(r"\s*(?:\(?\s*\d\s*\))?\s*(?:[:.…_·]|[-–]\s*\d)")
_BEFORE_FIGURES = re.compile(r"\s*(?:số|là|ngày)?\s*\d", re.IGNORECASE)
_BEFORE_NAME = re.compile(r"\s+[A-ZĐÀ-Ỹ]")
_FORMS_OF_ADDRESS = frozenset(("ong", "ba", "anh", "chi", "ho ong", "ho ba", "ong ba"))
"""Labels that may stand before a name without any colon."""
_FIGURES = frozenset(("citizen_number", "date", "year", "quantity"))
"""Kinds of values that begin with figures, so that a label before figures is one."""
_NUMBERING = re.compile(r"(?:[\W\d_]|\b[IVX]{1,4}\b|\b[a-hA-HđĐ]\s?[).])*")
_OWN_NUMBER = re.compile(r"(?:^|\s)(?:\(?\d{1,2}[.)]\d?\.?|[a-hđ][.)]|[IVX]{1,4}\.|[-+•*])\s*$")
_CLAUSE = re.compile(r"[,;:(–-]\s*$")


@dataclass(frozen=True, slots=True)
class Hit:
    """A printed label on a row of the document."""

    phrase: str
    """Folded wording."""
    begin: int
    """Where the label begins with its numbering: a value before it ends here."""
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Line:
    """A row, the page it stands on, and the labels printed on it."""

    row: Row
    page_id: str
    hits: tuple[Hit, ...]

    def left_of(self, hit: Hit) -> float:
        """Left edge of a label, in pixels."""
        return self.row.rects[self.row.words_between(hit.start, hit.end)[0]][0]


Place = tuple[int, int]
"""Line number in the document, offset in the line's text."""


def lines_of_document(pages: Sequence[tuple[str, PageReading]], rules: TypeRules) -> list[Line]:
    """Return the printed rows of all pages with the labels of this type that stand on them."""
    phrases = _phrases(rules)
    figures = frozenset(
        plain(label) for rule in rules.fields if rule.kind in _FIGURES for label in rule.labels
    )
    titles = " | ".join(plain(title) for title in rules.titles)
    return [
        Line(row, page_id, () if _is_title(row, titles) else _hits(row, phrases, figures))
        for page_id, reading in pages
        for row in rows_of(reading.text, reading.condition.skew_deg)
    ]


def _is_title(row: Row, titles: str) -> bool:
    """GIẤY XÁC NHẬN / TÌNH TRẠNG HÔN NHÂN: a part of the title is no label."""
    return row.text.isupper() and ":" not in row.text and len(row.plain) > 4 and row.plain in titles


def opens_item(row: Row, first: int = 0) -> bool:
    """Whether a row, from its word `first` on, begins with a number or mark of a list."""
    text = row.text[row.starts[first] :]
    return re.match(r"(?:\(?\d{1,2}[.)]\s|[a-hđ][.)]\s|[IVX]{1,4}\.\s|[+•*]\s)", text) is not None


def _phrases(rules: TypeRules) -> tuple[str, ...]:
    """Every wording at which a value may begin or end, longest first."""
    found = set(rules.stops)
    for rule in rules.fields:
        found.update(rule.labels, rule.after, rule.until)
    return tuple(sorted({plain(phrase) for phrase in found} - {""}, key=len, reverse=True))


def _hits(row: Row, phrases: Sequence[str], figures: frozenset[str]) -> tuple[Hit, ...]:
    """Labels on a row; where two overlap, the longer and better match stays."""
    found: list[Hit] = []
    for phrase in _possible(phrases, row):
        for match in find_all(phrase, row, LABEL_CUTOFF):
            if (
                _same_ends(phrase, row, match)
                and _is_label(phrase, row, match, figures)
                and (not _spans_hole(row, match))
            ):
                begin = _begin(row, match)
                found.append(Hit(phrase, begin, match.start, match.end, match.score))
    kept: list[Hit] = []
    for hit in sorted(found, key=lambda hit: -len(hit.phrase) * hit.score**4):
        if all(hit.end <= other.start or hit.start >= other.end for other in kept):
            kept.append(hit)
    return tuple(sorted(kept, key=lambda hit: hit.start))


def _possible(phrases: Sequence[str], row: Row) -> Iterable[str]:
    """Leave out at once, in one call, what cannot be on the row."""
    if not row.plain:
        return ()
    near = process.extract(
        row.plain, phrases, scorer=fuzz.partial_ratio, score_cutoff=_SCREEN_CUTOFF, limit=None
    )
    return [phrase for phrase, _, _ in near if len(row.plain) >= 0.8 * len(phrase)]


def _same_ends(phrase: str, row: Row, match: Match) -> bool:
    """Labels differ in their last words: "… người mẹ" must not pass for "… người yêu cầu"."""
    if row.text[match.end : match.end + 1].isalnum():
        return False
    wanted, there = phrase.split(), plain(row.text[match.start : match.end]).split()
    if not there or (len(phrase) < _SHORT_LABEL and there[0][0] != wanted[0][0]):
        return False
    if fuzz.ratio(wanted[0], there[0]) < 50:
        return False
    if len(phrase) > _LONG_HEADING and not row.text[match.end :].strip(" .:"):
        return True  # a heading that goes on below has its last words there
    return fuzz.ratio(wanted[-1], there[-1]) >= (60 if len(wanted[-1]) > 2 else 50)


def _spans_hole(row: Row, match: Match) -> bool:
    """Two cells of a table read as one: "Thông tin | Bên nữ" is not "Thông tin bên nữ"."""
    numbers = row.words_between(match.start, match.end)
    return any(
        row.rects[b][0] - row.rects[a][2] > 2 * row.height for a, b in itertools.pairwise(numbers)
    )


def _is_label(phrase: str, row: Row, match: Match, figures: frozenset[str]) -> bool:
    """A label opens its row or column, or a colon, a dotted line or its figures follow it."""
    if _TAIL.match(row.text, match.end) is not None:
        return True
    opens = _NUMBERING.fullmatch(row.text, 0, match.start) is not None
    if phrase in _FORMS_OF_ADDRESS:
        before_name = _BEFORE_NAME.match(row.text, match.end) is not None
        begins = opens or _CLAUSE.search(row.text, 0, match.start) is not None
        return begins and before_name and row.text[match.start].isupper()
    if len(phrase) < 6:
        return False
    if _LONGER_LABEL.match(row.text, match.end) and row.text[match.end :].split()[0].islower():
        return False
    if opens and not row.text[match.start].islower():
        return True
    if phrase in figures and _BEFORE_FIGURES.match(row.text, match.end):
        return True
    first = row.words_between(match.start, match.end)[0]
    gap = row.rects[first][0] - row.rects[first - 1][2] if first else 0.0
    return gap > 2.5 * row.height


def _begin(row: Row, match: Match) -> int:
    """Where the label's own number begins: "Nam 4. Dân tộc" ends the value before the four."""
    number = _OWN_NUMBER.search(row.text, 0, match.start)
    return number.start() if number else match.start
