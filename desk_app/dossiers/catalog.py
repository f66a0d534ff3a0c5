"""The procedures of the desk, the papers each asks for, and the document types behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from desk_app import paths
from desk_app.dossiers.codes import is_procedure_code
from desk_app.errors import NotFound
from desk_app.recognition.doctypes import Table, TypeBook, load_types
from desk_app.records import Component, Procedure

IMPORTED = Path("catalogue", "procedures")
"""Below the data folder: what was imported."""


@dataclass(frozen=True)
class Catalog(TypeBook):
    """Document types and procedures."""

    procedures: Mapping[str, Procedure] = field(default_factory=dict)
    repeatable: frozenset[tuple[str, str]] = frozenset()
    """(procedure id, component id) of which several papers are normal (cards of both parents)."""
    unconfirmed: frozenset[str] = frozenset()
    """Ids of procedures whose component list was not checked against a published one."""
    essential: Mapping[str, int] = field(default_factory=dict)
    """Procedure id: its place among the 25 essential services of Project 06 (QĐ 06/QĐ-TTg)."""
    results: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Procedure id: types of the paper that the citizen gets; absent where none is handed out."""
    former_codes: Mapping[str, str] = field(default_factory=dict)
    """A code under which a procedure was published before: its id."""

    def procedure(self, id_or_code: str) -> Procedure:
        """Return a procedure by id or by published code, with or without its owner suffix.

        Raises:
            NotFound: there is no such procedure.
        """
        found = self.procedures.get(id_or_code)
        national = ".".join(id_or_code.split(".")[:2])
        for procedure in self.procedures.values():
            if found is None and procedure.code and procedure.code in (id_or_code, national):
                found = procedure
        if found is None:
            found = self.procedures.get(self.former_codes.get(national, ""))
        if found is None:
            raise NotFound(f"procedure {id_or_code}", detail_vi=f"thủ tục {id_or_code}")
        return found


def at(data: Path) -> Catalog:
    """The catalogue that came with the program, with what was imported into a data folder."""
    return load(paths.PROCEDURES, data / IMPORTED)


def load(folder: Path, *more: Path) -> Catalog:
    """Read types.toml and every procedure file of a folder; read again only when a file changed.

    Args:
        folder: Usually resources/procedures.
        *more: Folders of procedures that replace those of the same id (imported ones).

    Raises:
        UsageError: a file is missing or wrong; the text names file, line and fault.
    """
    return _load(folder, stamps(folder), tuple(stamp for each in more for stamp in stamps(each)))


def stamps(folder: Path) -> tuple[tuple[Path, int], ...]:
    """Every file of a catalogue with the time of its last change: what it says depends on these."""
    files = (*sorted(folder.glob("*.toml")), *sorted((folder / "types").glob("*.toml")))
    return tuple((file, file.stat().st_mtime_ns) for file in files)


Stamps = tuple[tuple[Path, int], ...]


@lru_cache(maxsize=8)
def _load(folder: Path, files: Stamps, more: Stamps) -> Catalog:
    book = load_types(folder)
    entries: dict[str, _Entry] = {}
    for path, _ in files:
        if path.name != "types.toml" and path.parent == folder:
            _add(_entry(Table.read(path), book), entries)
    for path, _ in more:
        entry = _entry(Table.read(path), book)
        entries.pop(entry.procedure.id, None)
        _add(entry, entries)
    return _catalog(book, entries)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One procedure file."""

    procedure: Procedure
    table: Table
    repeatable: tuple[str, ...]
    confirmed: bool
    essential: int
    results: tuple[str, ...]
    former: tuple[str, ...]

    @property
    def codes(self) -> set[str]:
        """All codes that it goes by."""
        return {self.procedure.code, *self.former} - {""}


def _add(entry: _Entry, entries: dict[str, _Entry]) -> None:
    own = entry.procedure
    for other in entries.values():
        if own.id == other.procedure.id or entry.codes & other.codes:
            entry.table.fail(
                f"procedure {own.id!r} or its code {own.code} occurs twice",
                f"thủ tục {own.id!r} hoặc mã {own.code} của nó có hai lần",
            )
        if entry.essential and entry.essential == other.essential:
            entry.table.fail(
                f"essential = {entry.essential} is {other.procedure.id!r} already",
                f"essential = {entry.essential} đã là của {other.procedure.id!r}",
            )
    entries[own.id] = entry


def _catalog(book: TypeBook, entries: Mapping[str, _Entry]) -> Catalog:
    known = entries.values()
    return Catalog(
        book.rules,
        book.paper_heads,
        book.provinces,
        {name: entry.procedure for name, entry in entries.items()},
        frozenset((entry.procedure.id, part) for entry in known for part in entry.repeatable),
        frozenset(entry.procedure.id for entry in known if not entry.confirmed),
        {entry.procedure.id: entry.essential for entry in known if entry.essential},
        {entry.procedure.id: entry.results for entry in known if entry.results},
        {code: entry.procedure.id for entry in known for code in entry.former},
        calibration=book.calibration,
    )


def _entry(table: Table, book: TypeBook) -> _Entry:
    table.only(
        "id code former_codes title title_en confirmed essential results paperless component note"
    )
    essential = table.optional("essential", int, 0)
    if not 0 <= essential <= 25:
        table.fail(
            f"essential lies between 1 and 25, not {essential}",
            f"essential phải từ 1 đến 25, không phải {essential}",
        )
    return _Entry(
        _procedure(table, book),
        table,
        tuple(_repeatable(table)),
        table.optional("confirmed", bool, False),
        essential,
        _types(table, "results", book),
        tuple(_code(table, code) for code in table.strings("former_codes")),
    )


def _procedure(table: Table, book: TypeBook) -> Procedure:
    code = table.optional("code", str, "")  # a service without a published code has none
    components = tuple(_component(entry, book) for entry in table.entries("component"))
    if bool(components) == table.optional("paperless", bool, False):
        table.fail(
            "the procedure has no [[component]]; 'paperless = true' where that is meant",
            "thủ tục không có [[component]]; nếu đúng ý thì ghi 'paperless = true'",
        )
    if len({component.id for component in components}) < len(components):
        table.fail("two components have the same id", "hai thành phần hồ sơ trùng id")
    return Procedure(
        table.word("id"),
        _code(table, code) if code else "",
        table.text("title"),
        table.text("title_en"),
        components,
    )


def _code(table: Table, code: str) -> str:
    if not is_procedure_code(code):
        table.fail(
            f"code {code!r} is not a procedure code such as 1.001193",
            f"code {code!r} không phải mã thủ tục như 1.001193",
        )
    return code


def _types(table: Table, key: str, book: TypeBook) -> tuple[str, ...]:
    names = table.strings(key)
    unknown = [name for name in names if name not in book.rules]
    if unknown:
        table.fail(
            f"document type {unknown[0]!r} is not in types.toml",
            f"loại giấy tờ {unknown[0]!r} không có trong types.toml",
        )
    return names


def _component(entry: Table, book: TypeBook) -> Component:
    entry.only("id title title_en types required repeatable note")
    types = _types(entry, "types", book)
    if not types:
        entry.fail(
            "'types' is missing: name the document types that satisfy the component",
            "thiếu 'types': ghi các loại giấy tờ đáp ứng thành phần hồ sơ này",
        )
    return Component(
        entry.word("id"),
        entry.text("title"),
        entry.text("title_en"),
        types,
        entry.optional("required", bool, True),
    )


def _repeatable(table: Table) -> list[str]:
    return [
        entry.word("id")
        for entry in table.entries("component")
        if entry.optional("repeatable", bool, False)
    ]
