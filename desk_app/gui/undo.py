"""Decisions of the clerk that can be taken back: ids and the inverse, never pictures.

A step is carried out on the reading lane, which is serial; its inverse is known once it ran, and
undo submits that behind it, so the order always holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from desk_app.gui.tasks import READ
from desk_app.records import Field

if TYPE_CHECKING:
    from desk_app.gui.station import Station
    from desk_app.pipeline import Desk

LIMIT = 20
Decisions = Mapping[str, Mapping[str, object]]
"""Decisions by page id."""


class Decide(QUndoCommand):
    """What pages are: type, first or continuation, turn, set aside."""

    def __init__(self, station: Station, dossier_id: str, decisions: Decisions, text: str) -> None:
        super().__init__(text)
        self._station = station
        self._dossier_id = dossier_id
        self._decisions = decisions
        self._before: dict[str, dict[str, object]] = {}

    def redo(self) -> None:
        self._submit(self._apply, self._decisions)

    def undo(self) -> None:
        self._submit(self._take_back)

    def _submit(self, fn: Callable[..., None], *args: object) -> None:
        self._station.tasks.submit(READ, fn, self._station.desk, *args)

    def _apply(self, desk: Desk, decisions: Decisions) -> None:
        from desk_app.store import dossiers

        for page_id, changes in decisions.items():
            before = dossiers.decide(desk.store, page_id, **changes)
            if changes.get("set_aside") and before["set_aside"] is None:
                before["set_aside"] = False  # sorting anew keeps aside what lies aside
            self._before[page_id] = before
        self._settle(desk, decisions)

    def _take_back(self, desk: Desk) -> None:
        from desk_app.store import dossiers

        for page_id, changes in self._before.items():
            dossiers.decide(desk.store, page_id, **changes)
        self._settle(desk, self._before)

    def _settle(self, desk: Desk, decisions: Decisions) -> None:
        from desk_app import pipeline

        turned = [page_id for page_id, changes in decisions.items() if "rotation" in changes]
        if turned:
            pipeline.reread(desk, self._dossier_id, turned)
        else:
            pipeline.assemble(desk, self._dossier_id)


class SetField(QUndoCommand):
    """A value that the clerk typed."""

    def __init__(
        self, station: Station, document_id: str, name: str, value: str, text: str
    ) -> None:
        super().__init__(text)
        self._station = station
        self._document_id = document_id
        self._name = name
        self._value = value
        self._before: Field | None = None

    def redo(self) -> None:
        self._station.tasks.submit(READ, self._apply, self._station.desk)

    def undo(self) -> None:
        self._station.tasks.submit(READ, self._take_back, self._station.desk)

    def _apply(self, desk: Desk) -> None:
        from desk_app.store import dossiers

        self._before = dossiers.set_field(desk.store, self._document_id, self._name, self._value)

    def _take_back(self, desk: Desk) -> None:
        from desk_app.store import dossiers

        before = self._before or Field(self._name, "", 0.0, "clerk")
        dossiers.put_field(desk.store, self._document_id, before)
