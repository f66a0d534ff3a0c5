"""The office's figures as tables: for JSON, for a spreadsheet, for a CSV file."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from desk_app.dossiers.catalog import Catalog
from desk_app.dossiers.codes import short_org
from desk_app.dossiers.provinces import Register, Unit
from desk_app.errors import UsageError
from desk_app.records import Text
from desk_app.store import figures, people
from desk_app.store.blobs import storage_faults, sync_folder
from desk_app.store.database import Store
from desk_app.store.figures import GROUPS, INDICATORS, SCORED, Figures, Tally

NOT_A_NUMBER = "N/A"
"""What stands for a share of nothing."""
COUNTS = ("received", "done", *INDICATORS, "papers", "pages")
WORDS = {
    "procedure": ("Thủ tục", "Procedure"),
    "office": ("Cơ quan", "Office"),
    "clerk": ("Cán bộ", "Clerk"),
    "day": ("Ngày", "Day"),
    "total": ("Toàn bộ", "All"),
    "group": ("Nhóm", "Group"),
    "key": ("Mã", "Key"),
    "title": ("Tên", "Title"),
    "received": ("Hồ sơ tiếp nhận", "Dossiers received"),
    "done": ("Đã lưu kho", "Stored"),
    "electronic_results": ("Có kết quả điện tử (4.1)", "Electronic result (4.1)"),
    "digitized": ("Được số hóa (4.2)", "Digitized (4.2)"),
    "reused": ("Tái sử dụng (4.3)", "Reused (4.3)"),
    "shared": ("Lấy từ kho của công dân (4.4)", "From the citizen's own list (4.4)"),
    "papers": ("Giấy tờ", "Papers"),
    "pages": ("Trang", "Pages"),
    "percent": ("Tỷ lệ %", "Share %"),
    "score": ("Mức điểm", "Score"),
}
"""Headings, in Vietnamese and English."""

Titles = Callable[[str, str], Text]
"""From a group and a key to the name that people know; empty where the key is the name."""


def gather(
    store: Store, catalog: Catalog, register: Register, first: date, last: date
) -> tuple[Figures, Titles]:
    """The figures of a period, and the names of what they are grouped by."""
    found = figures.gather(store, first, last, catalog.results, office=_office)

    known = people.names(store)

    def title(group: str, key: str) -> Text:
        if group == "clerk" and key in known:
            return Text(known[key], known[key])
        if group == "procedure" and key in catalog.procedures:
            procedure = catalog.procedures[key]
            return Text(procedure.title, procedure.title_en)
        unit = _unit(register, key, last) if group == "office" else None
        return Text(unit.title, unit.title) if unit else Text("", "")

    return found, title


def _office(code: str) -> str:
    """Both ways of writing an office's id are one office."""
    org = code.rsplit("-", 2)[0]
    try:
        return short_org(org)
    except UsageError:
        return org


def _unit(register: Register, org: str, day: date) -> Unit | None:
    """An office, or the province that it belongs to; a code of another form names none."""
    try:
        return register.office(org, day) or register.province(org, day)
    except UsageError:
        return None


def as_dict(found: Figures, titles: Titles) -> dict[str, Any]:
    """The figures as `desk stats --json` prints them."""
    return {
        "from": found.first.isoformat(),
        "to": found.last.isoformat(),
        "total": _row(found.total, Text("", "")),
        "by": {
            name: [_row(tally, titles(name, tally.key)) for tally in found.groups[name]]
            for name in GROUPS
        },
        "uploads": {
            "counts": found.uploads.counts,
            "waiting_bytes": found.uploads.waiting_bytes,
            "oldest_waiting": found.uploads.oldest_waiting,
            "failed": [{"code": code, "files": n} for code, n in found.uploads.failed],
            "stored_by_day": found.uploads.stored_by_day,
        },
        "replaced_versions": found.versions,
    }


def _row(tally: Tally, title: Text) -> dict[str, Any]:
    return {
        "key": tally.key,
        "title": title.vi,
        "title_en": title.en,
        **{name: getattr(tally, name) for name in COUNTS},
        "percent": {name: _or_none(tally.percent(name)) for name in INDICATORS},
        "score": {name: _or_none(tally.score(name)) for name in SCORED},
    }


def _or_none(value: float | None) -> float | str:
    return NOT_A_NUMBER if value is None else value


def header(language: str) -> list[str]:
    """Headings of a table's columns."""
    place = 0 if language == "vi" else 1
    shares = [f"{WORDS[name][place]}: {WORDS['percent'][place]}" for name in INDICATORS]
    scores = [f"{WORDS[name][place]}: {WORDS['score'][place]}" for name in SCORED]
    plain = [WORDS[name][place] for name in ("group", "key", "title", *COUNTS)]
    return [*plain, *shares, *scores]


def rows(found: Figures, titles: Titles, language: str) -> Iterator[list[str | int | float]]:
    """One row a group's entry, the whole office first."""
    place = 0 if language == "vi" else 1
    yield _cells(WORDS["total"][place], found.total, "")
    for name in GROUPS:
        for tally in found.groups[name]:
            yield _cells(WORDS[name][place], tally, _in(titles(name, tally.key), language))


def _in(text: Text, language: str) -> str:
    return text.vi if language == "vi" else text.en


def _cells(group: str, tally: Tally, title: str) -> list[str | int | float]:
    return [
        group,
        tally.key,
        title,
        *(getattr(tally, name) for name in COUNTS),
        *(_or_none(tally.percent(name)) for name in INDICATORS),
        *(_or_none(tally.score(name)) for name in SCORED),
    ]


# --- files ------------------------------------------------------------------------------------


def write(found: Figures, titles: Titles, path: Path, language: str) -> None:
    """Write the figures as .csv, .xlsx or .html, whole or not at all.

    Raises:
        UsageError: the name has another ending.
        StorageError: the file cannot be written.
    """
    from desk_app.dossiers import figures_page

    makers: Mapping[str, Callable[[], bytes]] = {
        ".csv": lambda: as_csv(found, titles, language),
        ".xlsx": lambda: as_xlsx(found, titles, language),
        ".html": lambda: figures_page.page(found, titles, language).encode(),
    }
    make = makers.get(path.suffix.lower())
    if make is None:
        raise UsageError(f"{path.name}: {', '.join(makers)}")
    data = make()
    with storage_faults():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.part")
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        sync_folder(path.parent)


def as_csv(found: Figures, titles: Titles, language: str) -> bytes:
    """CSV in UTF-8 with the mark by which spreadsheets know it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header(language))
    writer.writerows([_safe(cell) for cell in row] for row in rows(found, titles, language))
    return text.getvalue().encode("utf-8-sig")


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Beginnings that spreadsheets take for a formula, once white space and width are aside."""


def _safe(cell: str | int | float) -> str | int | float:
    """A name that begins like a formula must not be one where the file is opened."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def as_xlsx(found: Figures, titles: Titles, language: str) -> bytes:
    """A workbook with one sheet a group."""
    import xlsxwriter

    data = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    place = 0 if language == "vi" else 1
    with xlsxwriter.Workbook(data, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        _sheet(book, bold, WORDS["total"][place], language,
               [_cells(WORDS["total"][place], found.total, "")])  # fmt: skip
        for name in GROUPS:
            word = WORDS[name][place]
            lines = [
                _cells(word, t, _in(titles(name, t.key), language)) for t in found.groups[name]
            ]
            _sheet(book, bold, word, language, lines)
    return data.getvalue()


def _sheet(
    book: Any,  # noqa: ANN401 - a library without types
    bold: Any,  # noqa: ANN401
    title: str,
    language: str,
    lines: Sequence[Sequence[str | int | float]],
) -> None:
    sheet = book.add_worksheet(title)
    sheet.write_row(0, 0, header(language), bold)
    for number, line in enumerate(lines, start=1):
        sheet.write_row(number, 0, line)
    sheet.freeze_panes(1, 3)
    sheet.set_column(0, 1, 18)
    sheet.set_column(2, 2, 40)
    sheet.set_column(3, len(header(language)) - 1, 14)
