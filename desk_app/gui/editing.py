"""What the clerk's keys do to pages: each one edit of the store, taken back with Ctrl+Z."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from desk_app.gui.undo import LIMIT, Decisions, Edit, PageEdit, ScanEdit, SetField

if TYPE_CHECKING:
    from desk_app.gui.models.moves import Move
    from desk_app.gui.station import Station


class Editing(QObject):
    """The undo stack of one dossier."""

    changed = Signal()

    def __init__(self, station: Station, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._station = station
        self._stack = QUndoStack(self)
        self._stack.setUndoLimit(LIMIT)
        self._stack.indexChanged.connect(self.changed)
        self._dossier_id = ""

    def open(self, dossier_id: str) -> None:
        """Another dossier: what was done to the one before stays done."""
        self._dossier_id = dossier_id
        self._stack.clear()

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to take back."""
        return self._stack.canUndo()

    @property
    def can_redo(self) -> bool:
        """Whether there is anything to do again."""
        return self._stack.canRedo()

    def undo(self) -> None:
        """Take the last step back."""
        self._stack.undo()

    def redo(self) -> None:
        """Do it again."""
        self._stack.redo()

    def decide(self, op: str, changes: Decisions, text: str, turned: Sequence[str] = ()) -> None:
        """Say what pages are."""
        from desk_app.store import edits

        if changes:
            self._push(partial(edits.decide_pages, op=op, changes=changes), text, turned)

    def set_aside(self, page_ids: Sequence[str], text: str) -> None:
        """Pages go, restorable."""
        from desk_app.store import edits

        self._push(partial(edits.delete, page_ids=tuple(page_ids)), text)

    def restore(self, page_ids: Sequence[str], text: str) -> None:
        """Pages that lay aside are used again."""
        from desk_app.store import edits

        self._push(partial(edits.restore, page_ids=tuple(page_ids)), text)

    def move(self, move: Move, text: str) -> None:
        """A page goes to another place."""
        from desk_app.store import edits

        self._push(
            partial(
                edits.rearrange, page_ids=move.page_ids, after=move.after, changes=move.changes
            ),
            text,
        )  # fmt: skip

    def scanned(self, job_id: str, text: str) -> None:
        """A scan put pages into the dossier."""
        self._stack.push(ScanEdit(self._station, self._dossier_id, job_id, text))

    def set_field(self, document_id: str, name: str, value: str, text: str) -> None:
        """A value was typed."""
        self._stack.push(SetField(self._station, document_id, name, value, text))

    def push(self, step: QUndoCommand) -> None:
        """A step of another kind."""
        self._stack.push(step)

    def _push(self, edit: Edit, text: str, turned: Sequence[str] = ()) -> None:
        self._stack.push(PageEdit(self._station, self._dossier_id, edit, text, turned))
