"""Decisions of the clerk that can be taken back: edits of the store and their numbers.

A step is carried out on the reading lane, which is serial; undo is submitted behind it, so the
order always holds. The store keeps how each edit is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from desk_app.gui.tasks import READ, Problem
from desk_app.records import Field

if TYPE_CHECKING:
    from desk_app.gui.station import Station
    from desk_app.pipeline import Desk
    from desk_app.store.database import Store

LIMIT = 20
Decisions = Mapping[str, Mapping[str, object]]
"""Decisions by page id."""
Edit = Callable[["Store"], int]
"""Makes one edit and returns its number."""


class PageEdit(QUndoCommand):
    """One edit of pages: order, type, turn, set aside."""

    def __init__(
        self, station: Station, dossier_id: str, edit: Edit, text: str,
        turned: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """`turned`: pages that have to be read again; without a dossier nothing is sorted anew."""
        super().__init__(text)
        self._station = station
        self._dossier_id = dossier_id
        self._edit = edit
        self._turned = tuple(turned)
        self._number: int | None = None
        self._is_lost = False

    def redo(self) -> None:
        self._submit(self._apply)

    def undo(self) -> None:
        self._submit(self._take_back)

    def _submit(self, fn: Callable[[Desk], None]) -> None:
        if not self._is_lost:
            self._station.tasks.submit(READ, fn, self._station.desk, failed=self._on_failed)

    def _on_failed(self, problem: Problem) -> None:
        self._is_lost = self._number is None
        self._station.tell(problem, key="edit")

    def _apply(self, desk: Desk) -> None:
        from desk_app.store import edits

        if self._number is None:
            self._number = self._edit(desk.store)
        else:
            edits.redo(desk.store, self._number)
        self._settle(desk)

    def _take_back(self, desk: Desk) -> None:
        from desk_app.store import edits

        if self._number is not None:
            edits.undo(desk.store, self._number)
            self._settle(desk)

    def _settle(self, desk: Desk) -> None:
        from desk_app import pipeline

        if self._turned and self._dossier_id:
            pipeline.reread(desk, self._dossier_id, self._turned)
        elif self._dossier_id:
            pipeline.assemble(desk, self._dossier_id)


class ScanEdit(QUndoCommand):
    """A scan: undone, its pages go aside and what it replaced comes back."""

    def __init__(self, station: Station, dossier_id: str, job_id: str, text: str) -> None:
        super().__init__(text)
        self._station = station
        self._dossier_id = dossier_id
        self._job_id = job_id
        self._is_new = True

    def redo(self) -> None:
        if self._is_new:  # the pages have just landed
            self._is_new = False
        else:
            self._submit(again=True)

    def undo(self) -> None:
        self._submit(again=False)

    def _submit(self, *, again: bool) -> None:
        self._station.tasks.submit(READ, self._turn, self._station.desk, again)

    def _turn(self, desk: Desk, again: bool) -> None:
        from desk_app import pipeline
        from desk_app.store import edits

        (edits.redo_job if again else edits.undo_job)(desk.store, self._job_id)
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
