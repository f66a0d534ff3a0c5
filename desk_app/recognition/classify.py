"""What kind of paper a page is, from its title, tell-tale phrases and codes.

A title counts where titles stand (upper part, capitals, a line of its own), because papers mention
each other all the time. Evidence adds up per type; the confidence grows with the evidence and
shrinks with the runner-up's. Unknown is an answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from desk_app.recognition.codes import parse_card_qr, parse_receipt_qr
from desk_app.recognition.doctypes import Anchor, TypeBook, TypeRules
from desk_app.recognition.mrz import parse_mrz
from desk_app.recognition.rows import Match, Row, find, fold, lines_of, plain
from desk_app.records import Code, PageText, PageType

_KNOWN = 0.55
"""Least confidence with which a type is named."""
_TITLE_POINTS = 5.0
_ANCHOR_POINTS = 5.0
"""Most that all phrases of a page together may add."""
_CODE_POINTS = 5.0
_EVIDENCE_SCALE = 2.0
_STATED_TITLE = 0.5
"""A title of this strength is taken as the page's own."""
_TITLE_CUTOFF = 0.86
_LETTERS = 30_000
"""More letters than a page of small print has."""
_LONGEST_TITLE = 200
_MOTTO = "Cộng hòa xã hội chủ nghĩa Việt Nam"
_NUMBERED = re.compile(r"\s*(?:trang|page|tờ số)\s*:?\s*(\d{1,3})\b", re.IGNORECASE)
_FRACTION = re.compile(r"\s*[-–—]?\s*(\d{1,2})\s*/\s*(\d{1,2})\s*[-–—]?\s*")
_LONE_NUMBER = re.compile(r"\s*[-–—]?\s*(\d{1,2})\s*[-–—]?\s*")


@dataclass(frozen=True, slots=True)
class _Title:
    """A line that looks like the title of a paper."""

    type: str | None
    """None for the title of a paper that the desk does not know."""
    strength: float
    """0 to 1."""
    top: float
    """Height on the page, 0 (upper edge) to 1."""


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What speaks for one type, in points."""

    type: str
    title: float
    opening: float
    """Phrases of a first page."""
    following: float
    """Phrases of a later page."""
    codes: float
    against: float

    @property
    def points(self) -> float:
        phrases = min(_ANCHOR_POINTS, self.opening + self.following)
        return max(0.0, _TITLE_POINTS * self.title + phrases + self.codes - self.against)


def classify_page(text: PageText, codes: Sequence[Code], catalog: TypeBook) -> PageType:
    """Say what kind of paper a page is.

    Args:
        text: What was read on the page.
        codes: Machine-readable codes found on it.
        catalog: The types to choose from (a dossiers.catalog.Catalog is one).

    Returns:
        The type, or None for unknown, with a confidence of that answer, whether the page starts
        a document, and the runners-up.
    """
    page = _Page(text)
    titles = _titles(page, catalog)
    own = _own_title(titles)
    ranked = sorted(
        (_evidence(rules, page, own, codes) for rules in catalog.rules.values()),
        key=lambda found: found.points,
        reverse=True,
    )
    foreign = own is not None and own.type is None
    scores = _confidences(ranked, foreign)
    return _answer(page, ranked, scores, own)


class _Page:
    """The lines of a page and where they stand."""

    def __init__(self, text: PageText) -> None:
        self.lines = lines_of(text)
        edges = [(line.rect[0], line.rect[2]) for line in self.lines]
        self.extent = (
            min((edge[0] for edge in edges), default=0.0),
            max((edge[1] for edge in edges), default=0.0),
        )
        turned = text.rotation % 180 == 90
        self.width = max(1, text.height if turned else text.width)
        self.height = max(1, text.width if turned else text.height)
        self.plain = " ".join(line.plain for line in self.lines)[:_LETTERS]
        self.words = len(text.words)
        self.presences: dict[str, float] = {}
        """Phrases already looked for; types share some."""
        self.number = _page_number(self)
        self.is_headed = any(self.top(line) < 0.25 and find(_MOTTO, line) for line in self.lines)

    def top(self, line: Row) -> float:
        return line.rect[1] / self.height

    def is_centred(self, line: Row) -> bool:
        """Whether a line stands in the middle of the text or of the sheet."""
        left, right = self.extent
        middle = (line.rect[0] + line.rect[2]) / 2
        off_text = abs(middle - (left + right) / 2) / max(right - left, 1)
        return min(off_text, abs(middle / self.width - 0.5)) < 0.14


def _capitals(text: str) -> float:
    """Share of capitals among the letters."""
    letters = [char for char in text if char.isalpha()]
    return sum(char.isupper() for char in letters) / len(letters) if letters else 0.0


def _spans(lines: Sequence[Row]) -> Iterator[tuple[Row, str]]:
    """Yield runs of one to three lines that could be one title, with the first line of each."""
    for number, line in enumerate(lines):
        joined = line.text
        yield line, joined
        for following in lines[number + 1 : number + 3]:
            if _capitals(following.text) < 0.7 or _capitals(line.text) < 0.7:
                break
            joined = f"{joined} {following.text}"
            yield line, joined


def _titles(page: _Page, catalog: TypeBook) -> list[_Title]:
    found: list[_Title] = []
    wanted = [(rules, title) for rules in catalog.rules.values() for title in rules.titles]
    for line, joined in _spans(page.lines):
        folded, at = fold(joined)
        if not folded or len(folded) > _LONGEST_TITLE:
            continue
        span = Row(line.words, line.rects, joined, (), folded, at)
        in_capitals = _capitals(joined) >= 0.5
        for rules, title in wanted:
            if not in_capitals and len(folded) > 1.2 * len(title):
                continue
            strength = _title_strength(page, span, rules, title)
            if strength > 0:
                found.append(_Title(rules.type.id, strength, page.top(line)))
    heads = tuple(plain(head) for head in catalog.paper_heads)
    found += [
        _Title(None, 0.8, page.top(line)) for line in page.lines if _is_head(page, line, heads)
    ]
    if page.number >= 2:
        # A later page has headings of its own, and names the paper that it goes on with.
        return [replace(title, strength=0.4 * title.strength) for title in found if title.type]
    return found


def _title_strength(page: _Page, span: Row, rules: TypeRules, title: str) -> float:
    """How surely a run of lines is this title, 0 to 1."""
    place = _place_factor(page, span, rules)
    match = find(title, span, _TITLE_CUTOFF) if place else None
    if match is None:
        return 0.0
    inside = span.text[match.start : match.end]
    rest = span.text[: match.start] + " " + span.text[match.end :]
    covered = len(plain(inside)) / len(span.plain)
    in_capitals = _capitals(inside) >= 0.7
    if not in_capitals and (covered < 0.95 or not page.is_centred(span)):
        return 0.0
    standing = 1.0 if in_capitals else 0.6
    if covered < 0.75:
        standing *= 0.8 if _capitals(rest) >= 0.7 or not any(map(str.isalpha, rest)) else 0.3
    # What else stands on the title's line makes a longer title of another paper likelier.
    return standing * place * _letters_factor(match) * min(1.0, 0.6 + 0.4 * covered)


def _letters_factor(match: Match) -> float:
    return min(1.0, max(0.0, (match.score - 0.72) / 0.25))


def _place_factor(page: _Page, span: Row, rules: TypeRules) -> float:
    if rules.title_anywhere:
        return 1.0
    top = page.top(span)
    height = 1.0 if top < 0.42 else 0.6 if top < 0.6 else 0.0
    return height * (1.0 if page.is_centred(span) else 0.8)


def _is_head(page: _Page, line: Row, heads: tuple[str, ...]) -> bool:
    """Whether a line begins like the title of some paper."""
    if page.top(line) > 0.45 or _capitals(line.text) < 0.85 or len(line.plain) < 5:
        return False
    return any(line.plain == head or line.plain.startswith(head + " ") for head in heads)


def _own_title(titles: Iterable[_Title]) -> _Title | None:
    """Return the page's own title: the strongest, and of equals the highest on the page."""
    known = [title for title in titles if title.type is not None]
    best = max(known, key=lambda title: (round(title.strength, 2), -title.top), default=None)
    if best is not None and best.strength >= _STATED_TITLE:
        return best
    foreign = [title for title in titles if title.type is None]
    return min(foreign, key=lambda title: title.top) if foreign else best


def _evidence(
    rules: TypeRules, page: _Page, own: _Title | None, codes: Sequence[Code]
) -> _Evidence:
    following = {anchor.text: anchor for anchor in rules.continues}
    opening = [anchor for anchor in rules.anchors if anchor.text not in following]
    titled = own.strength if own is not None and own.type == rules.type.id else 0.0
    return _Evidence(
        rules.type.id,
        titled,
        _phrases(opening, page),
        _phrases(following.values(), page),
        _code_points(rules.type.id, codes),
        _phrases(rules.against, page),
    )


def _phrases(anchors: Iterable[Anchor], page: _Page) -> float:
    total = 0.0
    for anchor in anchors:
        wanted = plain(anchor.text)
        if wanted not in page.presences:
            page.presences[wanted] = _presence(wanted, page)
        total += anchor.weight * page.presences[wanted]
    return total


def _presence(wanted: str, page: _Page) -> float:
    """How surely a phrase stands somewhere on the page, 0 to 1; it may run over a line's end."""
    if f" {wanted} " in f" {page.plain} ":
        return 1.0
    if len(wanted) < 8 or len(page.plain) < len(wanted):
        return 0.0
    found = fuzz.partial_ratio_alignment(wanted, page.plain, score_cutoff=88)
    if found is None:
        return 0.0
    there = page.plain[: found.dest_end + 3].split(" ")
    last = page.plain[found.dest_start : found.dest_end].split()[-1]
    # Labels differ in their last words: "… tên người cha" is not "… tên chồng".
    whole = next((word for word in reversed(there) if word.startswith(last)), last)
    if fuzz.ratio(wanted.split()[-1], whole) < 60:
        return 0.0
    return float(max(0.0, (found.score - 78) / 22))


def _code_points(type_id: str, codes: Sequence[Code]) -> float:
    if type_id == "citizen_card":
        return _CODE_POINTS if has_card_code(codes) else 0.0
    if type_id == "receipt_slip":
        # A dossier code may be stuck on any paper of the dossier: alone it proves little.
        return 1.0 if any(parse_receipt_qr(code.text) for code in codes) else 0.0
    return 0.0


def has_card_code(codes: Sequence[Code]) -> bool:
    """Whether a page carries the QR or the machine-readable zone of a citizen card."""
    return any(_is_card_code(code) for code in codes)


def _is_card_code(code: Code) -> bool:
    if code.kind == "mrz":
        zone = parse_mrz(code.text.splitlines())
        return zone is not None and zone.layout == "TD1" and zone.issuer == "VNM"
    return code.kind == "qr" and parse_card_qr(code.text) is not None


def _confidences(ranked: Sequence[_Evidence], foreign: bool) -> list[float]:
    """Turn points into confidences, best first."""
    points = [
        found.points * (0.35 if foreign and not found.codes and not found.title else 1.0)
        for found in ranked
    ]
    return [
        _confidence(value, max((p for n, p in enumerate(points) if n != place), default=0.0))
        * (1.0 if ranked[place].title or ranked[place].codes else 0.92)
        for place, value in enumerate(points)
    ]


def _confidence(points: float, rival: float) -> float:
    """Amount of evidence times its lead over the best other type."""
    if points <= 0:
        return 0.0
    amount = 1 - math.exp(-points / _EVIDENCE_SCALE)
    lead = points / (points + max(rival, 0.0))
    return amount * min(1.0, max(0.0, (lead - 0.4) / 0.3))


def _answer(
    page: _Page, ranked: Sequence[_Evidence], scores: Sequence[float], own: _Title | None
) -> PageType:
    order = sorted(range(len(ranked)), key=lambda n: scores[n], reverse=True)
    known = bool(order) and scores[order[0]] >= _KNOWN
    others = tuple(
        (ranked[n].type, round(scores[n], 3)) for n in order[known : known + 3] if scores[n] > 0.05
    )
    if not known:
        doubt = scores[order[0]] if order else 0.0
        return PageType(None, _unknown(page, doubt, own), _opens_unknown(page), others)
    best = ranked[order[0]]
    return PageType(best.type, round(scores[order[0]], 3), _opens(page, best), others)


def _unknown(page: _Page, doubt: float, own: _Title | None) -> float:
    """How sure it is that no known type fits: a stated other title says more than silence."""
    stated = own is not None and own.type is None
    ground = 0.9 if stated else 0.6 if page.words >= 20 else 0.3
    return round(ground * (1 - doubt), 3)


def _opens(page: _Page, best: _Evidence) -> bool:
    """Whether a page of a known type starts a document."""
    if page.number >= 2:
        return False
    if best.title >= _STATED_TITLE:
        return True
    if page.is_headed:
        return best.opening > best.following
    # A first page states its title; where it could not be read, only cards are known by the rest.
    return best.type == "citizen_card" and best.opening >= best.following


def _opens_unknown(page: _Page) -> bool:
    """Whether a page of an unknown type starts a document: yes unless it says that it goes on."""
    return page.number < 2


def _page_number(page: _Page) -> int:
    """Return the printed page number, 0 where there is none."""
    for line in page.lines:
        middle = (line.rect[1] + line.rect[3]) / 2 / page.height
        if 0.1 < middle < 0.9:
            continue
        numbered = _NUMBERED.match(line.text) or _FRACTION.fullmatch(line.text)
        if numbered is None and middle <= 0.1 and page.is_centred(line):
            numbered = _LONE_NUMBER.fullmatch(line.text)
        if numbered is not None:
            return int(numbered.group(1))
    return 0
