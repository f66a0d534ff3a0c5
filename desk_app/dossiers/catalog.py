"""The procedures of the desk, the papers each asks for, and the document types behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from desk_app.dossiers.codes import is_procedure_code
from desk_app.errors import NotFound
from desk_app.recognition.doctypes import Table, TypeBook, load_types
from desk_app.records import Component, Procedure


@dataclass(frozen=True)
class Catalog(TypeBook):
    """Document types and procedures."""

    procedures: Mapping[str, Procedure] = field(default_factory=dict)
    repeatable: frozenset[tuple[str, str]] = frozenset()
    """(procedure id, component id) of which several papers are normal (cards of both parents)."""
    unconfirmed: frozenset[str] = frozenset()
    """Ids of procedures whose component list was not checked against a published one."""

    def procedure(self, id_or_code: str) -> Procedure:
        """Return a procedure by id or by published code, with or without its owner suffix.

        Raises:
            NotFound: there is no such procedure.
        """
        found = self.procedures.get(id_or_code)
        national = ".".join(id_or_code.split(".")[:2])
        for procedure in self.procedures.values():
            if found is None and procedure.code in (id_or_code, national):
                found = procedure
        if found is None:
            raise NotFound(f"{id_or_code} (thủ tục / procedure)")
        return found


def load(folder: Path) -> Catalog:
    """Read types.toml and every procedure file of a folder; read again only when a file changed.

    Args:
        folder: Usually resources/procedures.

    Raises:
        UsageError: a file is missing or wrong; the text names file, line and fault.
    """
    return _load(folder, stamps(folder))


def stamps(folder: Path) -> tuple[tuple[Path, int], ...]:
    """Every file of a catalogue with the time of its last change: what it says depends on these."""
    files = (*sorted(folder.glob("*.toml")), *sorted((folder / "types").glob("*.toml")))
    return tuple((file, file.stat().st_mtime_ns) for file in files)


@lru_cache(maxsize=8)
def _load(folder: Path, files: tuple[tuple[Path, int], ...]) -> Catalog:
    book = load_types(folder)
    procedures: dict[str, Procedure] = {}
    repeatable: set[tuple[str, str]] = set()
    unconfirmed: set[str] = set()
    for path, _ in files:
        if path.name == "types.toml" or path.parent != folder:
            continue
        table = Table.read(path)
        procedure = _procedure(table, book)
        if any(procedure.id == p.id or procedure.code == p.code for p in procedures.values()):
            table.fail(f"procedure {procedure.id!r} or its code {procedure.code} occurs twice")
        procedures[procedure.id] = procedure
        repeatable |= {(procedure.id, name) for name in _repeatable(table)}
        if not table.optional("confirmed", bool, False):
            unconfirmed.add(procedure.id)
    return Catalog(
        book.rules,
        book.paper_heads,
        book.provinces,
        procedures,
        frozenset(repeatable),
        frozenset(unconfirmed),
        calibration=book.calibration,
    )


def _procedure(table: Table, book: TypeBook) -> Procedure:
    table.only("id code title title_en confirmed component note")
    code = table.text("code")
    if not is_procedure_code(code):
        table.fail(f"code {code!r} is not a procedure code such as 1.001193")
    components = tuple(_component(entry, book) for entry in table.entries("component"))
    if not components:
        table.fail("the procedure has no [[component]]")
    if len({component.id for component in components}) < len(components):
        table.fail("two components have the same id")
    return Procedure(
        table.word("id"), code, table.text("title"), table.text("title_en"), components
    )


def _component(entry: Table, book: TypeBook) -> Component:
    entry.only("id title title_en types required repeatable note")
    types = entry.strings("types")
    if not types:
        entry.fail("'types' is missing: name the document types that satisfy the component")
    unknown = [name for name in types if name not in book.rules]
    if unknown:
        entry.fail(f"document type {unknown[0]!r} is not in types.toml")
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
