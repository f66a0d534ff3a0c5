"""Excel files: the only place that knows openpyxl. What comes from a stranger is bounded.

Nothing in a workbook is ever run: macros and links are not loaded, of a formula only the value
counts that Excel kept beside it.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app.errors import UnusableInput
from desk_app.store.blobs import CHUNK, storage_faults
from desk_app.submission.packages import placing, xml

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

MOST_ROWS = 20_000
MOST_COLUMNS = 100
MOST_FILE = 32 << 20
MOST_UNPACKED = 48 << 20
MOST_STYLES = 4 << 20
MOST_PARTS = 500
MOST_CELL = 32_000
"""Characters of a cell; Excel takes 32,767."""
_ERRORS = frozenset(
    ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!")
)
"""What stands in a cell whose formula was pasted as its failed value."""
_DOCTYPE = tuple("<!DOCTYPE".encode(code) for code in ("ascii", "utf-16-le", "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell."""

    value: str | int | date | None
    is_assumed: bool = False
    """Shown with a mark: nobody said it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as it was read: texts by row and column, empty cells as empty texts."""

    title: str
    rows: Sequence[Sequence[str]]
    lost: frozenset[tuple[int, int]]
    """Row and column, from 0, of formulas whose value is not kept in the file."""


def write(path: Path, sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[Cell]]]]) -> None:
    """Write a workbook with a heading row in each sheet; never over another file.

    Args:
        path: The new file.
        sheets: Headings and rows by title.

    Raises:
        NotAllowed: The file exists.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for title, (headings, rows) in sheets.items():
        _write_sheet(book, title, headings, rows)
    with storage_faults():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            book.save(temporary)
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            placing.publish(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def _write_sheet(
    book: Workbook, title: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill

    sheet = book.create_sheet(title)
    sheet.freeze_panes = "B2"
    for number, heading in enumerate(headings, 1):
        letter = _letter(number)
        sheet.column_dimensions[letter].width = max(12, min(40, len(heading) + 4))
    marked = PatternFill("solid", fgColor="FFF2CC")
    wrapped = Alignment(wrap_text=True, vertical="top")
    top = []
    for heading in headings:
        cell = WriteOnlyCell(sheet, heading)
        cell.font, cell.alignment = Font(bold=True), wrapped
        top.append(cell)
    sheet.append(top)
    for row in rows:
        sheet.append([_written(sheet, each, marked) for each in row])


def _written(sheet: Any, cell: Cell, marked: Any) -> Any:  # noqa: ANN401 - openpyxl has no types
    from openpyxl.cell import WriteOnlyCell

    if isinstance(cell.value, str):
        made = WriteOnlyCell(sheet, xml.text_of(cell.value)[:MOST_CELL])
        # A text that begins with = is a text: what a paper says must not become a formula.
        made.data_type, made.number_format = "s", "@"
    else:
        made = WriteOnlyCell(sheet, cell.value)
        if isinstance(cell.value, date):
            made.number_format = "dd/mm/yyyy"
    if cell.is_assumed:
        made.fill = marked
    return made


def _letter(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(number))


# --- reading ----------------------------------------------------------------------------------


def read(path: Path) -> list[Sheet]:
    """Read a workbook's sheets.

    Raises:
        UnusableInput: It is no workbook, or larger than a list has reason to be.
    """
    _refuse_bombs(path)
    try:
        values = _sheets(path, data_only=True)
        formulas = dict(_sheets(path, data_only=False))
    except UnusableInput:
        raise
    except OSError as fault:
        raise UnusableInput(fault.strerror or str(fault), file=path.name) from fault
    except Exception as fault:  # openpyxl has no error of its own for a broken file
        raise UnusableInput(f"Excel {type(fault).__name__}", file=path.name) from fault
    return [
        Sheet(title, [[_text(each) for each in row] for row in rows],
              frozenset(_lost(rows, formulas.get(title, []))))
        for title, rows in values
    ]  # fmt: skip


def _sheets(path: Path, *, data_only: bool) -> list[tuple[str, list[tuple[Any, ...]]]]:
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True, data_only=data_only, keep_links=False)
    try:
        found = []
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            rows = list(sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS,
                                        values_only=True))  # fmt: skip
            if len(rows) > MOST_ROWS:
                raise UnusableInput(
                    f"more than {MOST_ROWS} rows", file=path.name,
                    detail_vi=f"nhiều hơn {MOST_ROWS} dòng",
                )  # fmt: skip
            found.append((sheet.title, rows))
        return found
    finally:
        book.close()


def _lost(
    values: Sequence[Sequence[Any]], formulas: Sequence[Sequence[Any]]
) -> Iterator[tuple[int, int]]:
    for number, row in enumerate(formulas):
        known = values[number] if number < len(values) else ()
        for column, cell in enumerate(row):
            is_formula = cell is not None and (
                (isinstance(cell, str) and cell.startswith("="))
                or not isinstance(cell, (str, int, float, bool, date, time))
            )
            value = known[column] if column < len(known) else None
            if cell in _ERRORS or (is_formula and (value is None or str(value).startswith("#"))):
                yield number, column


def _text(value: object) -> str:
    """A cell as a person would have typed it."""
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() | date():
            return value.strftime("%d/%m/") + f"{value.year:04}"
    return str(value)[:MOST_CELL].strip()


def _refuse_bombs(path: Path) -> None:
    """Before openpyxl reads anything: how much is it, and is it what a spreadsheet writes."""
    try:
        if path.stat().st_size > MOST_FILE:
            raise UnusableInput(f"> {MOST_FILE >> 20} MiB", file=path.name)
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            claimed = sum(part.file_size for part in parts)
            if len(parts) > MOST_PARTS or claimed > MOST_UNPACKED:
                most = f"> {MOST_UNPACKED >> 20} MiB"
                raise UnusableInput(
                    f"{most} unpacked", file=path.name, detail_vi=f"{most} khi giải nén"
                )
            for part in parts:
                _refuse_part(archive, part, path)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as fault:
        raise UnusableInput(
            f"it is not an Excel .xlsx file ({fault})", file=path.name,
            detail_vi="không phải tệp Excel .xlsx",
        ) from fault  # fmt: skip


def _refuse_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, path: Path) -> None:
    if part.flag_bits & 1:
        raise UnusableInput("it has a password", file=path.name, detail_vi="có mật khẩu")
    if "styles" in part.filename.lower() and part.file_size > MOST_STYLES:
        raise UnusableInput(f"styles > {MOST_STYLES >> 20} MiB", file=path.name)
    if not part.filename.lower().endswith((".xml", ".rels")):
        return
    before = b""
    with archive.open(part) as stream:
        while piece := stream.read(CHUNK):
            if any(mark in before + piece for mark in _DOCTYPE):
                raise UnusableInput("DOCTYPE", file=path.name)
            before = piece[-32:]
