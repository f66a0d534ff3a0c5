"""The main values of a document, each with the place on the page that it was read from.

A value stands behind or below its printed label; types.toml says which labels, and between which
headings. What cannot be read with some certainty is left out: the clerk sees an empty field, never
a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from desk_app.recognition import cards
from desk_app.recognition.checks import citizen_number_problem
from desk_app.recognition.doctypes import FieldRule, TypeBook, TypeRules
from desk_app.recognition.rows import Match, Row, find, plain, rows_of, union
from desk_app.recognition.values import Value, parse
from desk_app.recognition.vietnamese import is_syllable
from desk_app.records import Box, Field, Finding, PageReading, Text, Word

_LABEL_CUTOFF = 0.85
_OCR_CEILING = 0.96
"""Print that every word score calls certain is still wrong now and then."""
_GAP = 5.0
"""A hole this many letter heights wide ends a value: the next column begins."""
_SIGNATURE_ROWS = 7
_LABEL_TAIL = re.compile(r"\s*(?:\(?\s*\d\s*\))?\s*[:.…_·]")
_SIGNED_ON = re.compile(
    r"(?:^|\s)[A-ZĐÀ-Ỹ][^\d:;.]{1,60},\s*(?P<date>ng.y\s+\d{1,2}\s+th.ng\s+\d{1,2}\s+n.m\s+\d{4})"
    r"\W*$"
)
_NUMBERING = re.compile(r"(?:[\W\d_]|\b[IVX]{1,4}\b|\b[a-hA-H]\s?[).])*")


@dataclass(frozen=True, slots=True)
class _Hit:
    """A printed label on a row of the document."""

    phrase: str
    """Folded wording."""
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class _Line:
    """A row, the page it stands on, and the labels printed on it."""

    row: Row
    page_id: str
    hits: tuple[_Hit, ...]


Place = tuple[int, int]
"""Line number in the document, offset in the line's text."""


def run(
    pages: Sequence[tuple[str, PageReading]], type_id: str | None, catalog: TypeBook
) -> tuple[tuple[Field, ...], tuple[Finding, ...]]:
    """Read the values of one document.

    Args:
        pages: Id and reading of each page, in order.
        type_id: What the document is; of an unknown paper (None) nothing is read.
        catalog: The known types (a dossiers.catalog.Catalog is one).

    Returns:
        The values in the order of the type's description, and what disagrees or is missing.

    Raises:
        NotFound: there is no such type.
    """
    if type_id is None:
        return (), ()
    catalog.type(type_id)
    rules = catalog.rules[type_id]
    lines = _lines(pages, rules)
    read = _best_of_each(_read(rule, lines) for rule in rules.fields)
    fields, findings = cards.with_codes(rules, read, pages)
    fields = [_checked(field, rules, fields, catalog) for field in fields]
    return tuple(fields), (*findings, *_missing(rules, fields, pages))


def _best_of_each(found: Iterable[Field | None]) -> list[Field]:
    """A value may be described twice (behind its label, below the signature): keep the surer."""
    best: dict[str, Field] = {}
    for field in found:
        if field and (field.name not in best or field.confidence > best[field.name].confidence):
            best[field.name] = field
    return list(best.values())


# ------------------------------------------------------------------ rows and labels
def _lines(pages: Sequence[tuple[str, PageReading]], rules: TypeRules) -> list[_Line]:
    phrases = _phrases(rules)
    return [
        _Line(row, page_id, _hits(row, phrases))
        for page_id, reading in pages
        for row in rows_of(reading.text, reading.condition.skew_deg)
    ]


def _phrases(rules: TypeRules) -> tuple[str, ...]:
    """Every wording at which a value may begin or end, longest first."""
    found = set(rules.stops)
    for rule in rules.fields:
        found.update(rule.labels, rule.after, rule.until)
    return tuple(sorted({plain(phrase) for phrase in found} - {""}, key=len, reverse=True))


def _hits(row: Row, phrases: Iterable[str]) -> tuple[_Hit, ...]:
    """Labels on a row; where two overlap, the longer and better match stays."""
    found: list[_Hit] = []
    for phrase in phrases:
        match = find(phrase, row, _LABEL_CUTOFF)
        if match and _same_ending(phrase, row, match) and _is_label(phrase, row, match):
            found.append(_Hit(phrase, match.start, match.end, match.score))
    kept: list[_Hit] = []
    for hit in sorted(found, key=lambda hit: -len(hit.phrase) * hit.score**4):
        if all(hit.end <= other.start or hit.start >= other.end for other in kept):
            kept.append(hit)
    return tuple(sorted(kept, key=lambda hit: hit.start))


def _same_ending(phrase: str, row: Row, match: Match) -> bool:
    """Labels differ in their last words: "… người mẹ" must not pass for "… người yêu cầu"."""
    wanted = phrase.split()[-1]
    there = plain(row.text[match.start : match.end]).split()[-1:]
    return bool(there) and fuzz.ratio(wanted, there[0]) >= (60 if len(wanted) > 2 else 50)


def _is_label(phrase: str, row: Row, match: Match) -> bool:
    """A label opens its row or column, or a colon or a dotted line follows it."""
    followed = _LABEL_TAIL.match(row.text, match.end) is not None
    if followed or len(phrase) < 6:
        return followed
    if _NUMBERING.fullmatch(row.text, 0, match.start):
        return True
    first = row.words_between(match.start, match.end)[0]
    gap = row.rects[first][0] - row.rects[first - 1][2] if first else 0.0
    return gap > 2.5 * row.height


# ------------------------------------------------------------------ one value
def _read(rule: FieldRule, lines: Sequence[_Line]) -> Field | None:
    """Return the first readable value behind one of the rule's labels."""
    section = _section(rule, lines)
    if section is None:
        return None
    if rule.kind == "place_date":
        return _place_date(rule, lines, section)
    wanted = {plain(label) for label in rule.labels}
    for number, line in enumerate(lines):
        for place, hit in enumerate(line.hits):
            inside = section[0] <= (number, hit.start) < section[1]
            if inside and hit.phrase in wanted:
                take = _signer_at if rule.kind == "signature" else _value_at
                field = take(rule, lines, number, place)
                if field is not None:
                    return field
    return None


def _signer_at(rule: FieldRule, lines: Sequence[_Line], number: int, place: int) -> Field | None:
    """Return the name printed in the column below a heading such as NGƯỜI NỘP HỒ SƠ."""
    line, hit = lines[number], lines[number].hits[place]
    heading = [line.row.rects[n] for n in line.row.words_between(hit.start, hit.end)]
    middle = (heading[0][0] + heading[-1][2]) / 2
    for below in lines[number + 1 : number + 1 + _SIGNATURE_ROWS]:
        if below.page_id != line.page_id:
            return None
        row = below.row
        for column in _columns(row):
            centre = (row.rects[column[0]][0] + row.rects[column[-1]][2]) / 2
            text = " ".join(row.words[n].text for n in column)
            value = parse("name", text) if abs(centre - middle) < 6 * row.height else None
            if value is not None and len(value.text) > 0.8 * len(text):
                words = [row.words[n] for n in column]
                return _field(rule, value, words, below.page_id, hit.score)
    return None


def _columns(row: Row) -> list[list[int]]:
    """Split a row at its wide holes."""
    columns: list[list[int]] = [[0]]
    for number in range(1, len(row.words)):
        if row.rects[number][0] - row.rects[number - 1][2] > 2.5 * row.height:
            columns.append([])
        columns[-1].append(number)
    return columns


def _place_date(
    rule: FieldRule, lines: Sequence[_Line], section: tuple[Place, Place]
) -> Field | None:
    """Return the date of signing, which stands behind the place and under no label."""
    for number, line in enumerate(lines):
        if not section[0][0] <= number <= section[1][0]:
            continue
        match = _SIGNED_ON.search(line.row.text)
        value = parse("date", match.group("date")) if match else None
        if match and value is not None:
            numbers = line.row.words_between(match.start("date"), match.end("date"))
            words = [line.row.words[n] for n in numbers]
            return _field(rule, value, words, line.page_id, 1.0)
    return None


def _section(rule: FieldRule, lines: Sequence[_Line]) -> tuple[Place, Place] | None:
    """Where the value may stand; None when the heading above it was not found."""
    start: Place = (0, 0)
    if rule.after:
        found = _first(rule.after, lines, start)
        if found is None:
            return None
        start = found
    end = _first(rule.until, lines, start) if rule.until else None
    return start, end or (len(lines), 0)


def _first(phrases: Iterable[str], lines: Sequence[_Line], start: Place) -> Place | None:
    """Return the place behind the first of these phrases after start."""
    wanted = {plain(phrase) for phrase in phrases}
    for number, line in enumerate(lines):
        for hit in line.hits:
            if hit.phrase in wanted and (number, hit.start) >= start:
                return number, hit.end if start == (0, 0) else hit.start
    return None


def _value_at(rule: FieldRule, lines: Sequence[_Line], number: int, place: int) -> Field | None:
    line, hit = lines[number], lines[number].hits[place]
    pieces = [(line, *_after_label(line, place))]
    left = line.row.rects[line.row.words_between(hit.start, hit.end)[0]][0]
    for below in lines[number + 1 : number + rule.rows]:
        if not _goes_on(pieces[-1], below, lines, left):
            break
        pieces.append((below, *_below(below, left)))
    words = [word for piece in pieces for word in piece[1]]
    text = " ".join(piece[2] for piece in pieces if piece[2])
    value = parse(rule.kind, text)
    if value is None:
        return None
    return _field(rule, value, _spoken_words(value, words), line.page_id, hit.score)


Piece = tuple[_Line, list[Word], str]


def _after_label(line: _Line, place: int) -> tuple[list[Word], str]:
    """Words and text from the label's end to the next label, column or end of the row."""
    row, hit = line.row, line.hits[place]
    end = line.hits[place + 1].start if place + 1 < len(line.hits) else len(row.text)
    words = [n for n in row.words_between(hit.end, end) if row.starts[n] + 1 > hit.end]
    shared = [n for n in row.words_between(hit.end, end) if n not in words]
    kept = _one_column(row, words)
    text = " ".join(row.words[n].text for n in kept)
    # A value glued to its label ("sinh:09/08/1996") shares a word with it.
    glued = " ".join(row.text[hit.end : row.starts[n] + len(row.words[n].text)] for n in shared)
    return [row.words[n] for n in [*shared, *kept] if n], _without_leaders(f"{glued} {text}")


def _one_column(row: Row, words: list[int]) -> list[int]:
    """Cut at a wide hole or a dotted line behind the first word that says something."""
    kept: list[int] = []
    spoken = False
    for number in words:
        word = row.words[number]
        if spoken and row.rects[number][0] - row.rects[number - 1][2] > _GAP * row.height:
            break
        if spoken and _LEADER_END.match(word.text):
            break
        kept.append(number)
        spoken = spoken or any(map(str.isalnum, word.text))
        if spoken and _LEADER_END.search(word.text):
            break
    while kept and _is_debris(row.words[kept[-1]]):
        kept.pop()
    return kept


def _is_debris(word: Word) -> bool:
    """What engines read into a dotted line: scores near zero and no Vietnamese syllable."""
    core = "".join(char for char in word.text if char.isalnum())
    if word.confidence >= 0.3 or is_syllable(core) or _WHOLE_NUMBER.search(word.text):
        return False
    # A misread word of a name stays, so that the clerk sees that something stands there.
    return not (len(core) > 1 and core.isalpha() and core[0].isupper())


def _below(line: _Line, left: float) -> tuple[list[Word], str]:
    """Words of a row that continues a value: those not left of the label, up to a label."""
    row = line.row
    numbers = [n for n, rect in enumerate(row.rects) if rect[0] > left - 2 * row.height]
    stops = [hit.start for hit in line.hits if numbers and hit.start >= row.starts[numbers[0]]]
    end = min(stops, default=len(row.text))
    kept = _one_column(row, [n for n in numbers if row.starts[n] < end])
    text = " ".join(row.words[n].text for n in kept)
    return [row.words[n] for n in kept], _without_leaders(text)


def _goes_on(last: Piece, below: _Line, lines: Sequence[_Line], left: float) -> bool:
    """Whether the next row belongs to the value: nothing read yet, or the row before was full."""
    line, words, text = last
    if below.page_id != line.page_id:
        return False
    row, height = below.row, line.row.height
    if row.rect[1] - line.row.rect[3] > 1.6 * height:
        return False
    own = [hit for hit in below.hits if row.rects[_word_at(row, hit.start)][0] > left - 2 * height]
    starts_with_label = bool(own) and own[0].start <= _first_offset(row, left)
    if starts_with_label:
        return False
    if not text:
        return True
    near = [other.row.rect[2] for other in lines if other.page_id == line.page_id
            and abs(other.row.rect[1] - line.row.rect[1]) < 8 * height]  # fmt: skip
    return _right_edge(line.row, words) > max(near) - 6 * height


def _word_at(row: Row, offset: int) -> int:
    return max(n for n, start in enumerate(row.starts) if start <= offset)


def _first_offset(row: Row, left: float) -> int:
    """Offset of the first word at or right of the label's left edge."""
    return next(
        (row.starts[n] for n, rect in enumerate(row.rects) if rect[0] > left - 2 * row.height),
        len(row.text),
    )


def _right_edge(row: Row, words: Sequence[Word]) -> float:
    edges = [rect[2] for word, rect in zip(row.words, row.rects, strict=True) if word in words]
    return max(edges, default=0.0)


_LEADERS = re.compile(r"(?:[.…_·]\s?){3,}|…+|_{2,}")
_LEADER_END = re.compile(r"(?:[._·:\-+]{3,}|…)\W*$")
_WHOLE_NUMBER = re.compile(
    r"(?<![\d/])(?:\d{12}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|(?:19|20)\d\d)(?![\d/])"
)


def _without_leaders(text: str) -> str:
    """Drop dotted lines, the footnote mark behind a label, and punctuation at both ends."""
    text = re.sub(r"^\s*(?:/[^:]{1,40}:|\(\s*\w{1,4}\s*\))", " ", text)
    text = _LEADERS.sub(" ", text)
    text = re.sub(r"^[\s:.,;·\-–—_)/]+", "", text)
    if text.count("(") > text.count(")"):
        text = text[: text.rindex("(")]
    return " ".join(re.sub(r"[\s:.,;·\-–—_(/]+$", "", text).split())


def _spoken_words(value: Value, words: Sequence[Word]) -> list[Word]:
    """Return the words that the value was taken from."""
    wanted = set(plain(value.read).split())
    spoken = [word for word in words if wanted & set(plain(word.text).split())]
    return spoken or list(words)


def _credible(word: Word) -> float:
    """A dotted line behind a word drags its score to nothing though it was read well."""
    core = word.text.strip("._-…·:,;()")
    well_formed = is_syllable(core) or _WHOLE_NUMBER.search(core) is not None
    return max(word.confidence, 0.6) if well_formed else word.confidence


def _field(
    rule: FieldRule, value: Value, words: Sequence[Word], page_id: str, label_score: float
) -> Field:
    scores = [_credible(word) for word in words] or [0.0]
    certainty = (min(scores) + sum(scores) / len(scores)) / 2
    confidence = min(_OCR_CEILING, certainty * (0.6 + 0.4 * label_score) * value.certainty)
    box: Box | None = union([word.box for word in words]) if words else None
    return Field(
        rule.name, value.text, round(confidence, 3), "ocr", page_id, box, problem=value.problem
    )


# ------------------------------------------------------------------ checks over the whole document
def _checked(field: Field, rules: TypeRules, fields: Sequence[Field], catalog: TypeBook) -> Field:
    """Add what the structure of a citizen number says against the value."""
    kind = {rule.name: rule.kind for rule in rules.fields}.get(field.name)
    if kind != "citizen_number" or field.problem is not None:
        return field
    values = {other.name: other.value for other in fields}
    role = field.name.removesuffix("citizen_number")
    born = values.get(f"{role}date_of_birth") or values.get(f"{role}year_of_birth")
    if born is not None and re.match(r"\d{4}", born) is None:
        born = None
    problem = citizen_number_problem(field.value, catalog.provinces, born, values.get(f"{role}sex"))
    if problem is None:
        return field
    return replace(field, problem=problem, confidence=min(field.confidence, 0.5))


def _missing(
    rules: TypeRules, fields: Sequence[Field], pages: Sequence[tuple[str, PageReading]]
) -> list[Finding]:
    """One finding that names the main values which could not be read."""
    read = {field.name for field in fields}
    absent = [rule for rule in rules.fields if rule.required and rule.name not in read]
    if not absent:
        return []
    vi = ", ".join(rule.label for rule in absent)
    en = ", ".join(rule.label_en for rule in absent)
    text = Text(
        f"{rules.type.title}: chưa đọc được {vi}. Xem trang và nhập tay.",
        f"{rules.type.title_en}: could not read {en}. Look at the page and type it.",
    )
    return [Finding("FIELD_UNREAD", "warning", text, page_id=pages[0][0] if pages else None)]
