"""Field lists as Excel workbooks, in the columns that digitization crews use.

Two sheets: dossiers and documents. What a list says of a dossier is checked as a whole and kept
as a whole, or not at all; what only repeats what the desk knows or assumes is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from desk_app.errors import NotFound, UnusableInput
from desk_app.store import dossiers
from desk_app.store.database import Store
from desk_app.submission.packages import describe, fields, workbooks
from desk_app.submission.packages.describe import Description, Given
from desk_app.submission.packages.fields import FieldBook, Level, Problem, Rule
from desk_app.submission.packages.profiles import Profile
from desk_app.submission.packages.workbooks import Cell, Sheet

DOSSIERS, DOCUMENTS = "Hồ sơ", "Văn bản"
LEAST_HEADINGS = 3
"""A row with so many known headings is the heading row."""
_HEAD_ROWS = 15
_DAY = re.compile(r"(\d\d)/(\d\d)/(\d{4})", re.ASCII)
_DOSSIER_KEYS = frozenset({"code"})
_DOCUMENT_KEYS = frozenset({"code", "docOrdinal", "fileCode", "arcFileCode"})
"""Columns that say which dossier or document a row is about."""
_FIRST_YEAR = 1901
"""Excel's calendar before March 1900 is wrong; older days stay texts."""
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Lists:
    """What a workbook says."""

    dossiers: list[tuple[str, Row]] = field(default_factory=list)
    """Where it stands, and values by field; empty cells of known columns are empty texts."""
    documents: list[tuple[str, Row]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    """Headings that mean nothing to us."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an import."""

    dossiers: int
    documents: int
    problems: list[Problem]
    ignored: list[str]


# --- out --------------------------------------------------------------------------------------


def export(store: Store, codes: Sequence[str], profile: Profile, path: Path) -> Description | None:
    """Write the lists of some dossiers; what is assumed stands on a yellow ground.

    Raises:
        NotFound: A dossier is unknown.
        NotAllowed: The file exists.
    """
    book = fields.load()
    described = [describe.describe(store, code, profile) for code in codes]
    columns: dict[Level, list[Rule]] = {
        level: [rule for rule in book.levels[level].values() if rule.column]
        for level in ("dossier", "document")
    }
    workbooks.write(path, {
        DOSSIERS: (_headings(columns["dossier"]), _dossier_rows(described, columns, book)),
        DOCUMENTS: (_headings(columns["document"]), _document_rows(described, columns, book)),
    })  # fmt: skip
    return described[-1] if described else None


def _headings(rules: Iterable[Rule]) -> list[str]:
    return [rule.column for rule in rules]


def _dossier_rows(
    described: Iterable[Description], columns: Mapping[Level, list[Rule]], book: FieldBook
) -> Iterator[list[Cell]]:
    for each in described:
        values = {**each.values, "code": each.dossier.code}
        yield [_cell(rule, values, each.assumed, book) for rule in columns["dossier"]]


def _document_rows(
    described: Iterable[Description], columns: Mapping[Level, list[Rule]], book: FieldBook
) -> Iterator[list[Cell]]:
    for each in described:
        for paper in each.papers:
            values = {
                **paper.values, "code": each.dossier.code,
                "fileCode": each.values.get("fileCode", ""),
            }  # fmt: skip
            yield [_cell(rule, values, paper.assumed, book) for rule in columns["document"]]


def _cell(rule: Rule, values: Mapping[str, str], assumed: frozenset[str], book: FieldBook) -> Cell:
    text = values.get(rule.name, "")
    value: str | int | date | None = book.word(rule, text) if text else None
    if rule.kind == "number" and text:
        value = int(text)
    elif rule.kind == "date" and (day := _DAY.fullmatch(text)) and int(day[3]) >= _FIRST_YEAR:
        value = date(int(day[3]), int(day[2]), int(day[1]))
    return Cell(value, rule.name in assumed)


# --- in ---------------------------------------------------------------------------------------


def read(path: Path) -> Lists:
    """Read a workbook of lists; faults of its values are noted, row by row.

    Raises:
        UnusableInput: It is no workbook, or has no sheet with the columns of a list.
    """
    book, lists = fields.load(), Lists()
    found = 0
    for sheet in workbooks.read(path):
        best = max((_heading_row(sheet, book, level) for level in ("dossier", "document")),
                   key=lambda head: len(head[2]))  # fmt: skip
        if len(best[2]) >= LEAST_HEADINGS:
            found += 1
            _read_sheet(sheet, *best, book, lists)
    if not found:
        names = f"{DOSSIERS}, {DOCUMENTS}"
        raise UnusableInput(
            f"it has no columns of a list ({names})", file=path.name,
            detail_vi=f"không có cột của danh mục ({names})",
        )  # fmt: skip
    return lists


def _heading_row(sheet: Sheet, book: FieldBook, level: Level) -> tuple[Level, int, dict[int, Rule]]:
    """Level, number and known columns of the row that looks most like its headings."""
    names = {
        fields.plain(name): rule
        for rule in book.levels[level].values()
        for name in (rule.column, *rule.also)
        if name
    }
    best: tuple[Level, int, dict[int, Rule]] = (level, 0, {})
    for number, row in enumerate(sheet.rows[:_HEAD_ROWS]):
        known: dict[int, Rule] = {}
        for column, text in enumerate(row):
            rule = names.get(fields.plain(text))
            if rule is not None and rule not in known.values():
                known[column] = rule
        if len(known) > len(best[2]):
            best = level, number, known
    return best


def _read_sheet(
    sheet: Sheet, level: Level, head: int, columns: dict[int, Rule], book: FieldBook, lists: Lists
) -> None:
    lists.ignored.extend(
        f"{sheet.title}: {text}"
        for column, text in enumerate(sheet.rows[head])
        if text and column not in columns
    )
    rows = lists.dossiers if level == "dossier" else lists.documents
    for number, cells in enumerate(sheet.rows[head + 1 :], head + 1):
        where = f"{sheet.title}, dòng {number + 1}"
        row: Row = {}
        for column, rule in columns.items():
            if (number, column) in sheet.lost:
                lists.problems.append(Problem(rule.column, "công thức không có giá trị",
                                              "a formula without a value", where))  # fmt: skip
                continue
            text = cells[column] if column < len(cells) else ""
            value = book.normal(rule, text)
            if value is None or len(value) > rule.length:
                lists.problems.append(Problem(rule.column, f"không hợp lệ {text[:40]!r}",
                                              f"not valid {text[:40]!r}", where))  # fmt: skip
            else:
                row[rule.name] = value
        if any(row.values()):
            rows.append((where, row))


def bring_in(store: Store, path: Path, profile: Profile) -> Imported:
    """Keep what a workbook says of dossiers: all of it, or nothing where something is wrong.

    Raises:
        UnusableInput: It is no workbook of lists.
    """
    lists = read(path)
    problems = list(lists.problems)
    said = _by_dossier(store, lists, profile, problems)
    if not problems:
        for dossier_id, given in said.items():
            if given != describe.given(store, dossier_id):
                describe.keep(store, dossier_id, given)
    counted = 0 if problems else sum(len(given.documents) for given in said.values())
    return Imported(0 if problems else len(said), counted, problems, lists.ignored)


def _by_dossier(
    store: Store, lists: Lists, profile: Profile, problems: list[Problem]
) -> dict[str, Given]:
    asked = _Asked(store, profile, problems)
    file_codes: dict[str, str] = {}
    for where, row in lists.dossiers:
        described = asked.find(row.get("code", ""), where)
        if described is None:
            continue
        file_codes[row.get("fileCode", "")] = described.dossier.code
        given = asked.said[described.dossier.id]
        if not asked.is_new(f"dossier {described.dossier.id}"):
            problems.append(Problem("Mã hồ sơ một cửa", "có hai dòng", "has two rows", where))
        _say(given.dossier, row, described.values, _DOSSIER_KEYS)
    for where, row in lists.documents:
        code = row.get("code") or file_codes.get(row.get("fileCode", ""), "")
        described = asked.find(code, where)
        if described is not None:
            _say_document(asked, described, row, where)
    return asked.said


class _Asked:
    """The dossiers that a list speaks of, each described once."""

    def __init__(self, store: Store, profile: Profile, problems: list[Problem]) -> None:
        self._store, self._profile, self.problems = store, profile, problems
        self._known: dict[str, Description | None] = {}
        self._seen: set[str] = set()
        self.said: dict[str, Given] = {}
        """By dossier id: what was said before, and over it what this list says."""

    def find(self, code: str, where: str) -> Description | None:
        """The dossier of a row; a problem is noted where there is none."""
        if code not in self._known:
            self._known[code] = self._describe(code)
        if self._known[code] is None:
            self.problems.append(Problem("Mã hồ sơ một cửa", f"không có hồ sơ {code[:64]!r}",
                                         f"no such dossier {code[:64]!r}", where))  # fmt: skip
        return self._known[code]

    def is_new(self, what: str) -> bool:
        """Whether this is the first row about something."""
        count = len(self._seen)
        self._seen.add(what)
        return len(self._seen) > count

    def _describe(self, code: str) -> Description | None:
        try:
            dossier_id = dossiers.find(self._store, code).id
        except NotFound:
            return None
        self.said.setdefault(dossier_id, describe.given(self._store, dossier_id))
        return describe.describe(self._store, dossier_id, self._profile)


def _say_document(asked: _Asked, described: Description, row: Row, where: str) -> None:
    ordinal = row.get("docOrdinal", "")
    paper = next((p for p in described.papers if str(p.ordinal) == ordinal), None)
    if paper is None:
        asked.problems.append(Problem("STT văn bản", f"hồ sơ không có văn bản {ordinal!r}",
                                      f"has no document {ordinal!r}", where))  # fmt: skip
        return
    if not asked.is_new(f"document {described.dossier.id} {paper.document_id}"):
        asked.problems.append(Problem("STT văn bản", f"có hai dòng {ordinal}",
                                      f"has two rows {ordinal}", where))  # fmt: skip
    documents = asked.said[described.dossier.id].documents
    said = documents.setdefault(paper.document_id, {})
    _say(said, row, paper.values, _DOCUMENT_KEYS)
    if not said:
        del documents[paper.document_id]


def _say(said: Row, row: Row, values: Mapping[str, str], keys: frozenset[str]) -> None:
    """Take over what a row says beyond what is known without it; an empty cell takes back."""
    for name, value in row.items():
        if name in keys:
            continue
        if not value:
            said.pop(name, None)
        elif name in said or value != values.get(name):
            said[name] = value
