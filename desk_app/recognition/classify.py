"""What kind of paper a page is, from its title, tell-tale phrases, number, codes and experience.

A title counts where titles stand (upper part, capitals, a line of its own), because papers mention
each other all the time. Evidence adds up per type; the score grows with the evidence and shrinks
with the runner-up's, and the stated confidence is how often such a score was right. What the desk's
clerks taught (`learning`) joins as evidence of its own. Unknown is an answer.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process

from desk_app.recognition.cards import is_card_code, is_passport_zone
from desk_app.recognition.codes import parse_receipt_qr
from desk_app.recognition.doctypes import Anchor, Calibration, TypeBook, TypeRules
from desk_app.recognition.rows import Match, Row, find, fold, lines_of, plain
from desk_app.records import Code, PageText, PageType

if TYPE_CHECKING:
    from desk_app.recognition.learning import Suggestion

_KNOWN = 0.55
"""Least score with which a type is named."""
_TITLE_POINTS = 5.0
_ANCHOR_POINTS = 5.0
"""Most that all phrases of a page together may add."""
_CODE_POINTS = 5.0
_NOTATION_POINTS = 2.0
_LEARNED_POINTS = 6.0
"""What full certainty of the learned model is worth: a little more than a title."""
_EVIDENCE_SCALE = 2.0
_STATED_TITLE = 0.5
"""A title of this strength is taken as the page's own."""
_TITLE_CUTOFF = 0.86
_LOWEST_TITLE = 0.6
"""Share of the page's height below which only a card copied onto it bears its title."""
_SHARED_TRIGRAMS = 0.6
"""A phrase with fewer of its letter triples on the page cannot be there, however misread."""
_LETTERS = 30_000
"""More letters than a page of small print has."""
_LONGEST_TITLE = 200
_MOTTO = "Cộng hòa xã hội chủ nghĩa Việt Nam"
_NUMBERED = re.compile(r"\s*(?:trang|page|tờ số)\s*:?\s*(\d{1,3})\b", re.IGNORECASE)
_FRACTION = re.compile(r"\s*[-–—]?\s*(\d{1,2})\s*/\s*(\d{1,2})\s*[-–—]?\s*")
_LONE_NUMBER = re.compile(r"\s*[-–—]?\s*(\d{1,2})\s*[-–—]?\s*")
_MIDDLE = re.compile(r"\s*(?:[-–+]\s|[b-hđ]\)|(?:[2-9]|1\d)[.)]|Điều\s(?:[2-9]|1\d))")
"""How a page begins that goes on with a list, with the next article or inside a sentence."""
_NOTATION = re.compile(r"^.{0,24}?/\s?(?:\d{4}\s?/\s?)?([A-ZĐ][A-ZĐa-z]{0,5})\s?[-–]\s?[A-ZĐ]{2}")
"""The paper's own number: 12/QĐ-UBND, 125/UBND-TP, 04/2024/QĐ-UBND."""
_ATTACHED = re.compile(
    r"kem theo (?:quyet dinh|bao cao|ke hoach|cong van|thong bao|to trinh|nghi quyet|bien ban|"
    r"chuong trinh|huong dan|giay moi|van ban) so\b"
)
"""Below the heading of a list or annex; "ban hành kèm theo" stands on forms, which begin so."""
_CERTIFIED = "loi chung"
"""LỜI CHỨNG CỦA CÔNG CHỨNG VIÊN is the last page of what it certifies."""


@dataclass(frozen=True, slots=True)
class _Title:
    """A line that looks like the title of a paper."""

    type: str | None
    """None for the title of a paper that the desk does not know."""
    strength: float
    """0 to 1."""
    top: float
    """Height on the page, 0 (upper edge) to 1."""
    is_generic: bool = False
    """Known by its first words only: a fuller title on the same line says more."""


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
    notation: float = 0.0
    learned: float = 0.0
    """Points of what the clerks taught."""
    doubt: float = 1.0
    """What the learned model leaves of the rules' points when it is sure of another answer."""

    @property
    def points(self) -> float:
        phrases = min(_ANCHOR_POINTS, self.opening + self.following)
        told = _TITLE_POINTS * self.title + phrases + self.codes + self.notation - self.against
        return self.doubt * max(0.0, told) + self.learned


def classify_page(
    text: PageText,
    codes: Sequence[Code],
    catalog: TypeBook,
    suggestions: Sequence[Suggestion] = (),
) -> PageType:
    """Say what kind of paper a page is.

    Args:
        text: What was read on the page.
        codes: Machine-readable codes found on it.
        catalog: The types to choose from (a dossiers.catalog.Catalog is one).
        suggestions: What the learned model says of this page (learning.suggest).

    Returns:
        The type, or None for unknown, with a confidence of that answer, whether the page starts
        a document, and the runners-up.
    """
    page = _Page(text, tuple(plain(head) for head in catalog.paper_heads))
    own = _own_title(_titles(page, catalog))
    found = [_evidence(rules, page, own, codes) for rules in catalog.rules.values()]
    ranked = sorted(
        (_with_experience(each, suggestions) for each in found),
        key=lambda each: each.points,
        reverse=True,
    )
    foreign = own is not None and own.type is None
    scores = _scores(ranked, foreign)
    return _answer(page, ranked, scores, own, suggestions, catalog.calibration)


def _with_experience(found: _Evidence, suggestions: Sequence[Suggestion]) -> _Evidence:
    """Add what the learned model says; where it is sure, the rules' other answers shrink."""
    if not suggestions:
        return found
    own = max((s.confidence for s in suggestions if s.type == found.type), default=0.0)
    other = max((s.confidence for s in suggestions if s.type != found.type), default=0.0)
    doubt = 1 - max(0.0, 2 * other - 1) if other > own else 1.0
    return replace(found, learned=_LEARNED_POINTS * own, doubt=doubt)


class _Page:
    """The lines of a page and where they stand."""

    def __init__(self, text: PageText, heads: tuple[str, ...]) -> None:
        self.heads = heads
        self.lines = lines_of(text)
        edges = [(line.rect[0], line.rect[2]) for line in self.lines]
        self.extent = (
            min((edge[0] for edge in edges), default=0.0),
            max((edge[1] for edge in edges), default=0.0),
        )
        turned = text.rotation % 180 == 90
        self.width = max(1, text.height if turned else text.width)
        self.height = max(1, text.width if turned else text.height)
        self.tops = {id(line): line.rect[1] / self.height for line in self.lines}
        self.upper = [line.plain + " " for line in self.lines if self.top(line) < 0.5]
        self.plain = " ".join(line.plain for line in self.lines)[:_LETTERS]
        self.words = len(text.words)
        self.trigrams = _trigrams(self.plain)
        self.presences: dict[str, float] = {}
        """Phrases already looked for; types share some."""
        self.number = _page_number(self)
        self.is_headed = any(self.top(line) < 0.25 and find(_MOTTO, line) for line in self.lines)
        self.notation = _notation(self)
        self.is_attached = _is_attached(self)

    def is_inside_title(self, span: Row) -> bool:
        """Whether the line right above begins another paper's title that this one goes on with."""
        above = [line for line in self.lines if line.rect[3] <= span.rect[1] + 0.5 * span.height]
        if not above or span.rect[1] - above[-1].rect[3] > 1.5 * span.height:
            return False
        line = above[-1]
        is_titled = _capitals(line.text) >= 0.85 and self.is_centred(line)
        # An annex's heading stands above the whole title of what is annexed.
        return is_titled and self.opens_title(line.plain) and not line.plain.startswith("phu luc")

    def opens_title(self, text: str) -> bool:
        """Whether folded text begins with words that open the titles of papers."""
        return any(text == head or text.startswith(head + " ") for head in self.heads)

    def top(self, line: Row) -> float:
        """Height of a line's upper edge on the page, 0 to 1."""
        return self.tops.get(id(line)) or line.rect[1] / self.height

    def is_centred(self, line: Row) -> bool:
        """Whether a line stands in the middle of the text or of the sheet."""
        left, right = self.extent
        middle = (line.rect[0] + line.rect[2]) / 2
        off_text = abs(middle - (left + right) / 2) / max(right - left, 1)
        return min(off_text, abs(middle / self.width - 0.5)) < 0.14


def _trigrams(text: str) -> frozenset[str]:
    return frozenset(text[n : n + 3] for n in range(len(text) - 2))


@lru_cache(maxsize=4096)
def _phrase_trigrams(phrase: str) -> frozenset[str]:
    return _trigrams(phrase)


@lru_cache(maxsize=8)
def _wanted_titles(ids: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[tuple[str, ...], ...]:
    """Types and folded titles as two columns, kept because every page asks for them."""
    pairs = [(type_id, plain(title)) for type_id, titles in ids for title in titles]
    return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)


@lru_cache(maxsize=1024)
def _capitals(text: str) -> float:
    """Share of capitals among the letters."""
    letters = [char for char in text if char.isalpha()]
    return sum(map(str.isupper, letters)) / len(letters) if letters else 0.0


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
    found = [
        *_full_titles(page, catalog),
        *(_Title(None, 0.8, page.top(line)) for line in page.lines if _is_head(page, line)),
    ]
    full = {title.top for title in found if title.type and title.strength >= 0.4}
    found += [title for title in _generic_titles(page, catalog) if title.top not in full]
    if page.number >= 2:
        # A later page has headings of its own, and names the paper that it goes on with.
        return [replace(title, strength=0.4 * title.strength) for title in found if title.type]
    return found


def _full_titles(page: _Page, catalog: TypeBook) -> Iterator[_Title]:
    """Yield every line or run of lines that is, or nearly is, a title of the catalogue."""
    types, titles = _wanted_titles(
        tuple((rules.type.id, _own_titles(rules)) for rules in catalog.rules.values())
    )
    low = any(rules.title_anywhere for rules in catalog.rules.values())
    for line, joined in _spans(page.lines):
        if page.top(line) >= _LOWEST_TITLE and not (low and len(joined) < 60):
            continue
        in_capitals = _capitals(joined) >= 0.5
        if not in_capitals and not page.is_centred(line):
            continue
        folded, at = fold(joined)
        if not folded or len(folded) > _LONGEST_TITLE:
            continue
        span = Row(line.words, line.rects, joined, (), folded, at)
        near = process.extract(
            folded, titles, scorer=fuzz.partial_ratio, score_cutoff=84, limit=None
        )
        for title, _, place in near:
            if not in_capitals and len(folded) > 1.2 * len(title):
                continue
            strength = _title_strength(page, span, catalog.rules[types[place]], title)
            if strength > 0:
                yield _Title(types[place], strength, page.top(line))


def _own_titles(rules: TypeRules) -> tuple[str, ...]:
    """Titles that are more than the first words which many papers share."""
    heads = {plain(head) for head in rules.heads}
    return tuple(title for title in rules.titles if plain(title) not in heads)


def _generic_titles(page: _Page, catalog: TypeBook) -> Iterator[_Title]:
    """Yield lines that begin like the title of a kind: BIÊN BẢN họp, QUYẾT ĐỊNH."""
    official = page.is_headed or page.notation is not None
    for line in page.lines:
        if not _may_head(page, line):
            continue
        for rules in catalog.rules.values():
            for head in rules.heads:
                fit = _head_fit(plain(head), line.plain, page.notation in rules.notations)
                if fit:
                    strength = fit * (1.0 if official else 0.6)
                    strength *= 1.0 if page.is_centred(line) else 0.8
                    yield _Title(rules.type.id, strength, page.top(line), is_generic=True)


def _head_fit(head: str, line: str, is_numbered_so: bool) -> float:
    """How well a line begins with these words; the longer words of two kinds fit better.

    Names as short as BÁO CÁO are believed misread only where the paper's number agrees.
    """
    if line == head:
        return 0.95
    if line.startswith(head + " "):
        return 0.8 + 0.001 * len(head)
    alike = fuzz.ratio(head, line)
    if (len(head) >= 9 and alike >= 88) or (is_numbered_so and alike >= 70):
        return 0.75
    return 0.0


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
    standing *= _words_factor(title, plain(inside), match)
    if page.opens_title(plain(span.text[: match.start])) or page.is_inside_title(span):
        standing *= 0.45
    return standing * place * _letters_factor(match) * min(1.0, 0.6 + 0.4 * covered)


def _words_factor(title: str, there: str, match: Match) -> float:
    """KHAI SINH is not KHAI TỬ: a word more, less or other makes the title of another paper."""
    wanted, found = title.split(), there.split()
    alone = sum(not _has_partner(word, found) for word in wanted)
    alone += sum(not _has_partner(word, wanted) for word in found)
    if alone == 0 or (alone == 1 and match.score > 0.97):
        return 1.0
    return 0.45


def _has_partner(word: str, others: Sequence[str]) -> bool:
    return word in others or any(fuzz.ratio(word, other) >= 60 for other in others)


def _letters_factor(match: Match) -> float:
    return min(1.0, max(0.0, (match.score - 0.72) / 0.25))


def _place_factor(page: _Page, span: Row, rules: TypeRules) -> float:
    if rules.title_anywhere:
        return 1.0
    top = page.top(span)
    height = 1.0 if top < 0.42 else 0.6 if top < _LOWEST_TITLE else 0.0
    return height * (1.0 if page.is_centred(span) else 0.8)


def _may_head(page: _Page, line: Row) -> bool:
    """Whether a line stands and is written like a title."""
    return page.top(line) <= 0.45 and len(line.plain) >= 5 and _capitals(line.text) >= 0.85


def _is_head(page: _Page, line: Row) -> bool:
    """Whether a line begins like the title of some paper, and stands like one."""
    return _may_head(page, line) and page.opens_title(line.plain)


def _own_title(titles: Sequence[_Title]) -> _Title | None:
    """Return the page's own title: the strongest, and of equals the highest on the page."""
    known = [title for title in titles if title.type is not None]
    foreign = min((t for t in titles if t.type is None), key=lambda title: title.top, default=None)
    best = max(known, key=lambda title: (round(title.strength, 2), -title.top), default=None)
    if best is None or best.strength < _STATED_TITLE:
        return foreign or best
    if foreign and best.is_generic and foreign.top < best.top - 0.01:
        # Below another paper's title, QUYẾT ĐỊNH or HƯỚNG DẪN is a heading inside that paper.
        return foreign
    return best


def _evidence(
    rules: TypeRules, page: _Page, own: _Title | None, codes: Sequence[Code]
) -> _Evidence:
    following = {anchor.text: anchor for anchor in rules.continues}
    opening = [anchor for anchor in rules.anchors if anchor.text not in following]
    titled = own.strength if own is not None and own.type == rules.type.id else 0.0
    other = own is not None and own.type != rules.type.id and own.strength >= _STATED_TITLE
    if rules.untitled and other:
        return _Evidence(rules.type.id, 0.0, 0.0, 0.0, 0.0, 0.0)
    return _Evidence(
        rules.type.id,
        titled,
        (_phrases(opening, page) + _opening_points(rules, page))
        * (1.0 if page.number < 2 else 0.4),
        _phrases(following.values(), page),
        _code_points(rules.type.id, codes),
        _phrases(rules.against, page),
        _notation_points(rules, page),
    )


def _opening_points(rules: TypeRules, page: _Page) -> float:
    """Points of the phrases with which lines of the upper half begin."""
    return sum(
        anchor.weight
        for anchor in rules.openings
        if any(line.startswith(plain(anchor.text) + " ") for line in page.upper)
    )


def _notation(page: _Page) -> str | None:
    """Return the abbreviation in the paper's own number: QĐ of 12/QĐ-UBND; None without one."""
    for line in page.lines:
        match = _NOTATION.match(line.text) if page.top(line) < 0.25 else None
        if match is not None and _ATTACHED.match(line.plain) is None:
            return match.group(1)
    return None


def _is_attached(page: _Page) -> bool:
    """Whether a page says that it goes with the paper before: an annex, a notary's words."""
    if any(page.top(line) < 0.4 and _ATTACHED.match(line.plain) for line in page.lines):
        return not page.is_headed and page.notation is None
    title = next((line for line in page.lines if _is_head(page, line)), None)
    return title is not None and title.plain.startswith(_CERTIFIED)


def _notation_points(rules: TypeRules, page: _Page) -> float:
    if page.notation is None or page.number >= 2:
        return 0.0
    if page.notation in rules.notations:
        return _NOTATION_POINTS
    # A letter's number names the agency where other papers name their kind.
    return 0.75 * _NOTATION_POINTS if rules.untitled and len(page.notation) > 3 else 0.0


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
    triples = _phrase_trigrams(wanted)
    if len(triples & page.trigrams) < _SHARED_TRIGRAMS * len(triples):
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
        return _CODE_POINTS if any(map(is_card_code, codes)) else 0.0
    if type_id == "passport":
        return _CODE_POINTS if any(map(is_passport_zone, codes)) else 0.0
    if type_id == "receipt_slip":
        # A dossier code may be stuck on any paper of the dossier: alone it proves little.
        return 1.0 if any(parse_receipt_qr(code.text) for code in codes) else 0.0
    return 0.0


def _scores(ranked: Sequence[_Evidence], foreign: bool) -> list[float]:
    """Turn points into scores from 0 to 1, best first."""
    points = [found.points * (_under_foreign(found) if foreign else 1.0) for found in ranked]
    return [
        _score(value, max((p for n, p in enumerate(points) if n != place), default=0.0))
        * (1.0 if ranked[place].title or ranked[place].codes or ranked[place].learned else 0.92)
        for place, value in enumerate(points)
    ]


def _under_foreign(found: _Evidence) -> float:
    """What is left of a type's points on a page that states the title of some other paper."""
    if found.codes or found.title:
        return 1.0
    # What the rules take for a foreign title is the own one of a kind that was only taught.
    return 1.0 if found.learned >= 0.75 * _LEARNED_POINTS else 0.35


def _score(points: float, rival: float) -> float:
    """Amount of evidence times its lead over the best other type."""
    if points <= 0:
        return 0.0
    amount = 1 - math.exp(-points / _EVIDENCE_SCALE)
    lead = points / (points + max(rival, 0.0))
    return amount * min(1.0, max(0.0, (lead - 0.4) / 0.3))


def stated(score: float, calibration: Calibration) -> float:
    """Return the confidence to state for a score: how often such answers were right."""
    scores, shares = calibration.scores, calibration.stated
    place = bisect_right(scores, score)
    if place == 0:
        return shares[0]
    if place == len(scores):
        return shares[-1]
    low, high = scores[place - 1], scores[place]
    part = (score - low) / (high - low)
    return shares[place - 1] + part * (shares[place] - shares[place - 1])


def _answer(
    page: _Page,
    ranked: Sequence[_Evidence],
    scores: Sequence[float],
    own: _Title | None,
    suggestions: Sequence[Suggestion],
    calibration: Calibration,
) -> PageType:
    order = sorted(range(len(ranked)), key=lambda n: scores[n], reverse=True)
    known = bool(order) and scores[order[0]] >= _KNOWN
    others = tuple(
        (ranked[n].type, round(stated(scores[n], calibration), 3))
        for n in order[known : known + 3]
        if scores[n] > 0.05
    )
    if not known:
        doubt = scores[order[0]] if order else 0.0
        taught = max((s.confidence for s in suggestions if s.type is None), default=0.0)
        sure = max(taught, _unknown(page, doubt, own, calibration))
        return PageType(None, round(sure, 3), _opens_unknown(page, own), others)
    best = ranked[order[0]]
    confidence = round(stated(scores[order[0]], calibration), 3)
    return PageType(best.type, confidence, _opens(page, best, suggestions), others)


def _unknown(page: _Page, doubt: float, own: _Title | None, calibration: Calibration) -> float:
    """How sure it is that no known type fits: a stated other title says more than silence."""
    foreign = own is not None and own.type is None
    silent = calibration.silent if page.words >= 20 else 0.5 * calibration.silent
    ground = calibration.unknown if foreign else silent
    return ground * (1 - doubt)


def _opens(page: _Page, best: _Evidence, suggestions: Sequence[Suggestion]) -> bool:
    """Whether a page of a known type starts a document."""
    if page.number >= 2:
        return False
    if best.title >= _STATED_TITLE:
        return True
    if page.is_attached:
        return False
    told = next((s for s in suggestions if s.type == best.type), None)
    if told is not None and best.learned > best.opening + best.following:
        return told.first
    if page.is_headed or page.notation is not None:
        # The motto and the paper's own number stand on first pages only.
        return True
    # A first page states its title; where it could not be read, only cards are known by the rest.
    return best.type == "citizen_card" and best.opening >= best.following


def _opens_unknown(page: _Page, own: _Title | None) -> bool:
    """Whether a page of an unknown type starts a document: yes unless it says that it goes on."""
    if page.number >= 2 or page.is_attached:
        return False
    if own is not None or page.is_headed or page.notation or not page.lines:
        return True
    # A page that begins in the middle of a sentence or a list goes on with the one before.
    if page.words < 20 or any(_capitals(line.text) >= 0.85 for line in page.lines[:3]):
        return True
    # A page number of which one letter was read is no beginning.
    beginning = next((line.text for line in page.lines if len(line.words) > 1), "")
    return not beginning[:1].islower() and _MIDDLE.match(beginning) is None


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
