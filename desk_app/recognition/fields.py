"""The main values of a document, each with the place on the page that it was read from.

A value stands behind or below its printed label; the type's description says which labels, and
between which headings; in a table also in which column. Office papers say some things by place
alone (`letterhead`). What cannot be read with some certainty is left out: the clerk sees an empty
field, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from desk_app.recognition import cards, letterhead
from desk_app.recognition.checks import birth_date_problem, citizen_number_problem
from desk_app.recognition.columns import column_edge
from desk_app.recognition.doctypes import FieldRule, TypeBook, TypeRules
from desk_app.recognition.labels import Hit, Line, Place, lines_of_document, opens_item
from desk_app.recognition.offices import is_position
from desk_app.recognition.rows import Rect, Row, plain, union
from desk_app.recognition.spoken import date_in_words
from desk_app.recognition.values import Value, parse
from desk_app.recognition.vietnamese import is_syllable
from desk_app.records import Box, Field, Finding, PageReading, Text, Word

_OCR_CEILING = 0.96
"""Print that every word score calls certain is still wrong now and then."""
_FLAGGED_CEILING = 0.7
"""What is left of a value with a figure or name that the reader itself flags."""
_GAP = 5.0
"""A hole this many letter heights wide ends a value: the next column begins."""
_SIGNATURE_ROWS = 9


@dataclass(frozen=True, slots=True)
class _Area:
    """Where a value may stand: between two places of the document, perhaps in one column."""

    start: Place
    end: Place
    left: float = float("-inf")
    right: float = float("inf")

    def holds(self, rect: Rect) -> bool:
        """Whether a box stands in the column."""
        return self.left <= (rect[0] + rect[2]) / 2 < self.right


_Pages = Sequence[tuple[str, PageReading]]


def run(
    pages: _Pages, type_id: str | None, catalog: TypeBook
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
    lines = lines_of_document(pages, rules)
    read = _best_of_each(_read_all(rules, lines, pages))
    fields, findings = cards.with_codes(rules, read, pages)
    fields = [_checked(field, rules, fields, catalog) for field in fields]
    return tuple(fields), (*findings, *_missing(rules, fields, pages))


def _read_all(rules: TypeRules, lines: Sequence[Line], pages: _Pages) -> Iterable[Field | None]:
    paper: letterhead.Paper | None = None
    for rule in rules.fields:
        reader = letterhead.READERS.get(rule.kind)
        if reader is None:
            yield _read(rule, lines)
            continue
        paper = paper or letterhead.Paper(lines, rules, _sizes(pages))
        part = reader(paper)
        if part is not None:
            yield _field(rule, part.value, part.words, part.page_id, 1.0)


def _sizes(pages: _Pages) -> dict[str, tuple[int, int]]:
    """Width and height of each page, upright."""
    return {
        page_id: (reading.text.width, reading.text.height)
        if reading.text.rotation % 180 == 0
        else (reading.text.height, reading.text.width)
        for page_id, reading in pages
    }


def _best_of_each(found: Iterable[Field | None]) -> list[Field]:
    """A value may be described twice (behind its label, below the signature): keep the surer."""
    best: dict[str, Field] = {}
    for field in found:
        if field and (field.name not in best or field.confidence > best[field.name].confidence):
            best[field.name] = field
    return list(best.values())


# ------------------------------------------------------------------ one value
def _read(rule: FieldRule, lines: Sequence[Line]) -> Field | None:
    """Return the first readable value behind one of the rule's labels."""
    area = _area(rule, lines)
    if area is None:
        return None
    if rule.kind == "place_date":
        return _place_date(rule, lines, area)
    wanted = {plain(label) for label in rule.labels}
    for number, line in enumerate(lines):
        for place, hit in enumerate(line.hits):
            inside = area.start <= (number, hit.start) < area.end
            if inside and hit.phrase in wanted and line.left_of(hit) < area.right:
                take = _signer_at if rule.kind == "signature" else _value_at
                field = take(rule, lines, number, place, area)
                field = _against_words(field, rule, lines[number : number + 3])
                if field is not None:
                    return field
    return None


def _signer_at(
    rule: FieldRule, lines: Sequence[Line], number: int, place: int, _area: _Area
) -> Field | None:
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
            if abs(centre - middle) >= 6 * row.height:
                continue
            text = " ".join(row.words[n].text for n in column)
            value = parse("name", text)
            if value is not None and len(value.text) > 0.8 * len(text):
                words = [row.words[n] for n in column]
                return _field(rule, value, words, below.page_id, hit.score)
            if _is_prose(text):
                return None
    return None


def _is_prose(text: str) -> bool:
    """A sentence or a form's line below a heading: nobody signs there."""
    words = text.lstrip("( ").split()
    is_note = text.lstrip().startswith("(") or is_position(text)
    return not is_note and (":" in text or sum(word.islower() for word in words) >= 3)


def _columns(row: Row) -> list[list[int]]:
    """Split a row at its wide holes."""
    columns: list[list[int]] = [[0]]
    for number in range(1, len(row.words)):
        if row.rects[number][0] - row.rects[number - 1][2] > 2.5 * row.height:
            columns.append([])
        columns[-1].append(number)
    return columns


def _place_date(rule: FieldRule, lines: Sequence[Line], area: _Area) -> Field | None:
    """Return the date of signing, which stands behind the place and under no label."""
    inside = lines[area.start[0] : area.end[0] + 1]
    found = letterhead.dated([line.row for line in inside])
    if found is None:
        return None
    row, start, end, text = found
    value = parse("date", text)
    page_id = next(line.page_id for line in inside if line.row is row)
    words = [row.words[n] for n in row.words_between(start, end)]
    return _field(rule, value, words, page_id, 1.0) if value is not None else None


# ------------------------------------------------------------------ where it may stand
def _area(rule: FieldRule, lines: Sequence[Line]) -> _Area | None:
    """Where the value may stand; None when the heading above it was not found."""
    if not rule.after:
        end = _first(rule.until, lines, (0, 0)) if rule.until else None
        return _Area((0, 0), (end[0], end[1].start) if end else (len(lines), 0))
    found = _first(rule.after, lines, (0, 0))
    if found is None:
        return None
    number, hit = found
    beside = _beside(rule, lines, number, hit)
    if beside is not None:
        return _column_area(lines, number, hit, beside)
    start = number, hit.start
    end = _first(rule.until, lines, start) if rule.until else None
    return _Area(start, (end[0], end[1].start) if end else (len(lines), 0))


_Heading = tuple[Line, Hit]


def _beside(rule: FieldRule, lines: Sequence[Line], number: int, hit: Hit) -> _Heading | None:
    """The heading of the other person at the same height: the two have a column each."""
    line, until = lines[number], {plain(phrase) for phrase in rule.until}
    own, height = _span(line, hit), line.row.height
    for other in lines[max(0, number - 1) : number + 2]:
        for each in other.hits:
            if each.phrase not in until or other.page_id != line.page_id:
                continue
            theirs = _span(other, each)
            level = abs((own[1] + own[3]) - (theirs[1] + theirs[3])) / 2 < 0.9 * height
            if level and max(theirs[0] - own[2], own[0] - theirs[2]) > 1.5 * height:
                return other, each
    return None


def _span(line: Line, hit: Hit) -> Rect:
    """The box of a heading."""
    return line.row.part(line.row.words_between(hit.start, hit.end)).rect


def _column_area(lines: Sequence[Line], number: int, hit: Hit, other: _Heading) -> _Area:
    line = lines[number]
    left, right = sorted((_span(line, hit), _span(*other)))
    below = [each.row for each in lines[number : number + 10] if each.page_id == line.page_id]
    edge = column_edge(below, (left[0] + left[2]) / 2, right[0])
    start, end = (number, 0), (len(lines), 0)
    if _span(line, hit) == left:
        return _Area(start, end, right=edge)
    return _Area(start, end, left=edge)


def _first(phrases: Iterable[str], lines: Sequence[Line], start: Place) -> tuple[int, Hit] | None:
    """Return the first of these phrases behind start."""
    wanted = {plain(phrase) for phrase in phrases}
    for number, line in enumerate(lines):
        for hit in line.hits:
            later = (number, hit.start) >= start if start == (0, 0) else (number, hit.start) > start
            if hit.phrase in wanted and later:
                return number, hit
    return None


# ------------------------------------------------------------------ behind a label
_FIGURES = ("date", "citizen_number")
_SHORT_VALUES = ("name", *_FIGURES)
"""What narrow columns print below the label instead of behind it."""
Piece = tuple[Line, list[Word], str]


def _value_at(
    rule: FieldRule, lines: Sequence[Line], number: int, place: int, area: _Area
) -> Field | None:
    line, hit = lines[number], lines[number].hits[place]
    if not area.holds(line.row.rects[line.row.words_between(hit.start, hit.end)[0]]):
        return _cell_at(rule, lines, number, place, area)
    pieces: list[Piece] = [(line, *_after_label(line, place, area))]
    left = _paragraph_left(lines, number, hit)
    may_stand_below = rule.kind in _SHORT_VALUES and not _is_dotted(line, place)
    for below in lines[number + 1 : number + max(rule.rows, 1 + may_stand_below)]:
        last = pieces[-1]
        begun = last[2] and (rule.kind not in _FIGURES or any(map(str.isdigit, last[2])))
        if (begun and rule.rows == 1) or not _goes_on(
            last, below, lines, left, area, begun=bool(begun)
        ):
            break
        pieces.append((below, *_below(below, left, area)))
    return _of_pieces(rule, pieces, hit)


def _paragraph_left(lines: Sequence[Line], number: int, hit: Hit) -> float:
    """Where the rows below a label begin: at the margin if the label opens an indented row."""
    line = lines[number]
    left, height = line.left_of(hit), line.row.height
    opens = line.row.words_between(hit.start, hit.end)[0] == 0
    near = [other.row.rect[0] for other in lines[max(0, number - 6) : number + 7]
            if other.page_id == line.page_id]  # fmt: skip
    margin = min(near)
    return margin if opens and left - margin > 1.2 * height else left


def _cell_at(
    rule: FieldRule, lines: Sequence[Line], number: int, place: int, area: _Area
) -> Field | None:
    """Return the cell where a label's row meets a person's column."""
    line, hit = lines[number], lines[number].hits[place]
    pieces: list[Piece] = []
    for below in lines[number : number + max(2, rule.rows)]:
        far = below.page_id != line.page_id or (
            pieces and below.row.rect[1] - pieces[-1][0].row.rect[3] > 1.3 * line.row.height
        )
        labelled = below is not line and any(below.left_of(each) < area.left for each in below.hits)
        if far or labelled:
            break
        kept = [n for n, rect in enumerate(below.row.rects) if area.holds(rect)]
        kept = [n for n in kept if below is not line or below.row.starts[n] >= hit.end]
        words = [below.row.words[n] for n in kept]
        pieces.append((below, words, _without_leaders(" ".join(word.text for word in words))))
    return _of_pieces(rule, pieces, hit)


def _of_pieces(rule: FieldRule, pieces: Sequence[Piece], hit: Hit) -> Field | None:
    words = [word for piece in pieces for word in piece[1]]
    text = " ".join(piece[2] for piece in pieces if piece[2]).rstrip(" ,")
    value = parse(rule.kind, text)
    if value is None:
        return None
    return _field(rule, value, _spoken_words(value, words), pieces[0][0].page_id, hit.score)


def _against_words(field: Field | None, rule: FieldRule, below: Sequence[Line]) -> Field | None:
    """Compare a date in figures with "Ghi bằng chữ" behind or below it."""
    if field is None or rule.kind != "date" or field.problem is not None:
        return field
    text = " ".join(line.row.text for line in below)
    start = plain(text).find("bang chu")
    spoken = date_in_words(plain(text)[start:]) if start >= 0 else None
    if spoken is None or spoken == field.value:
        return field
    problem = Text(
        f"Ngày ghi bằng số khác ngày ghi bằng chữ ({spoken})",
        f"The date in figures differs from the one in words ({spoken})",
    )
    return replace(field, problem=problem, confidence=min(field.confidence, 0.5))


def _after_label(line: Line, place: int, area: _Area) -> tuple[list[Word], str]:
    """Words and text from the label's end to the next label, column or end of the row."""
    row, hit = line.row, line.hits[place]
    end = line.hits[place + 1].begin if place + 1 < len(line.hits) else len(row.text)
    words = [n for n in row.words_between(hit.end, end) if row.starts[n] + 1 > hit.end]
    shared = [n for n in row.words_between(hit.end, end) if n not in words]
    words = [n for n in words if row.starts[n] < end and area.holds(row.rects[n])]
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
    if sum(map(str.isdigit, core)) >= 4:
        return False
    # A misread word of a name stays, so that the clerk sees that something stands there.
    return not (len(core) > 1 and core.isalpha() and core[0].isupper())


def _below(line: Line, left: float, area: _Area) -> tuple[list[Word], str]:
    """Words of a row that continues a value: those not left of the label, up to a label."""
    row = line.row
    numbers = [
        n
        for n, rect in enumerate(row.rects)
        if rect[0] > left - 2 * row.height and area.holds(rect)
    ]
    stops = [hit.begin for hit in line.hits if numbers and hit.start >= row.starts[numbers[0]]]
    end = min(stops, default=len(row.text))
    kept = _one_column(row, [n for n in numbers if row.starts[n] < end])
    text = " ".join(row.words[n].text for n in kept)
    return [row.words[n] for n in kept], _without_leaders(text)


_FOREIGN_LABEL = re.compile(r"^[^\d:;,]{4,45}:")
"""A row that begins with a label of its own, known or not, continues nothing."""


def _is_dotted(line: Line, place: int) -> bool:
    """Whether a dotted line follows the label: the value stands on it or nowhere."""
    end = line.hits[place + 1].begin if place + 1 < len(line.hits) else len(line.row.text)
    return _LEADERS.search(line.row.text, line.hits[place].end, end) is not None


def _goes_on(
    last: Piece, below: Line, lines: Sequence[Line], left: float, area: _Area, *, begun: bool
) -> bool:
    """Whether the next row belongs to the value: nothing read yet, or the row before was full."""
    line, words, _ = last
    if below.page_id != line.page_id:
        return False
    row, height = below.row, line.row.height
    if row.rect[1] - line.row.rect[3] > 1.6 * height:
        return False
    own = [hit for hit in below.hits if below.left_of(hit) > left - 2 * height]
    first = _first_word(row, left)
    if first is None or (own and own[0].start <= row.starts[first]) or opens_item(row, first):
        return False
    if not begun:
        return True
    if _is_new_paragraph(row.rects[first][0], left, line, words):
        return False
    if _FOREIGN_LABEL.match(row.text[row.starts[first] :]):
        return False
    near = [rect[2] for other in lines if other.page_id == line.page_id
            and abs(other.row.rect[1] - line.row.rect[1]) < 8 * height
            for rect in other.row.rects if area.holds(rect)]  # fmt: skip
    return _right_edge(line.row, words) > max(near) - 6 * height


def _is_new_paragraph(x: float, left: float, line: Line, words: Sequence[Word]) -> bool:
    """An indented row that does not stand below the value's own beginning, x its first word."""
    height = line.row.height
    if x - left < 1.2 * height or not words:
        return False
    began = next(r[0] for w, r in zip(line.row.words, line.row.rects, strict=True) if w is words[0])
    return abs(x - began) > 2 * height


def _first_word(row: Row, left: float) -> int | None:
    """The first word at or right of the label's left edge."""
    return next((n for n, rect in enumerate(row.rects) if rect[0] > left - 2 * row.height), None)


def _right_edge(row: Row, words: Sequence[Word]) -> float:
    edges = [rect[2] for word, rect in zip(row.words, row.rects, strict=True) if word in words]
    return max(edges, default=0.0)


_LEADERS = re.compile(r"(?:[.…_·]\s?){3,}|…+|_{2,}")
_LEADER_END = re.compile(r"(?:[._·:\-+]{3,}|…)\W*$")
_WHOLE_NUMBER = re.compile(
    r"(?<![\d/])(?:\d{12}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|(?:19|20)\d\d)(?![\d/])"
)
_NEXT_NUMBER = re.compile(r"\s(?:\(?\d{1,2}[.)]|[a-hđ]\)|[-+•*])$")
"""The number of the next entry at the end of a value."""


def _without_leaders(text: str) -> str:
    """Drop dotted lines, the footnote mark behind a label, and punctuation at both ends."""
    text = re.sub(r"^\s*(?:/[^:]{1,40}:|[:.]*\s*\(\s*\w{1,2}\s*\))", " ", text)
    text = _LEADERS.sub(" ", text)
    text = re.sub(r"^[\s:.,;·\-–—_)/'\"‘’“”`|\]*]+", "", text)
    text = _NEXT_NUMBER.sub("", text.rstrip())
    if text.count("(") > text.count(")"):
        text = text[: text.rindex("(")]
    return " ".join(re.sub(r"[\s:.;·\-–—_(/]+$", "", text).split())


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


def _is_doubted(word: Word) -> bool:
    """The reader knows a likelier reading, or flags a word that is not merely beside dots."""
    return bool(word.suggestion) or (word.flagged and _LEADER_END.search(word.text) is None)


def _field(
    rule: FieldRule, value: Value, words: Sequence[Word], page_id: str, label_score: float
) -> Field:
    scores = [_credible(word) for word in words] or [0.0]
    certainty = (min(scores) + sum(scores) / len(scores)) / 2
    ceiling = _FLAGGED_CEILING if any(map(_is_doubted, words)) else _OCR_CEILING
    confidence = min(ceiling, certainty * (0.6 + 0.4 * label_score) * value.certainty)
    box: Box | None = union([word.box for word in words]) if words else None
    return Field(
        rule.name, value.text, round(confidence, 3), "ocr", page_id, box, problem=value.problem
    )


# ------------------------------------------------------------------ checks over the whole document
def _checked(field: Field, rules: TypeRules, fields: Sequence[Field], catalog: TypeBook) -> Field:
    """Add what the structure of a citizen number, or another date, says against the value."""
    kind = {rule.name: rule.kind for rule in rules.fields}.get(field.name)
    if field.name.endswith("date_of_birth") and field.problem is None:
        issued = next((other.value for other in fields if other.name == "issue_date"), None)
        problem = birth_date_problem(field.value, issued)
        return replace(field, problem=problem, confidence=0.5) if problem else field
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
