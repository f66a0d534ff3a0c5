"""Stored papers at the counter: what could be reused is read beside the dossier, taken by a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand

from desk_app.errors import NotFound
from desk_app.gui import rendering
from desk_app.gui.models import standing
from desk_app.gui.models.pictures import Picture
from desk_app.gui.models.snapshot import DossierView, Paper
from desk_app.gui.models.standing import Standings
from desk_app.gui.tasks import PICTURE, READ, Problem

if TYPE_CHECKING:
    from desk_app.dossiers.reuse import Candidate
    from desk_app.gui.editing import Editing
    from desk_app.gui.station import Station
    from desk_app.jobs import Workers
    from desk_app.pipeline import Desk
    from desk_app.store.database import Store
    from desk_app.store.looks import Sitting

LANE = "reuse"


class Reusing(QObject):
    """Offers for the open dossier; they are read anew when its papers or values change."""

    changed = Signal()
    previewed = Signal(str, object)
    """SHA-256 and Picture of a stored paper."""

    def __init__(self, station: Station, editing: Editing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._station = station
        self._editing = editing
        self._found: Standings | None = None
        self._asked: object = None

    def merged(self, view: DossierView) -> DossierView:
        """The dossier with what is known of its absent papers; asks where that is out of date."""
        state = (
            view.dossier.id,
            tuple((p.document.id, p.component, p.document.fields)
                  for p in view.papers if p.document),
            tuple(f.component for f in view.exceptions if f.component),
        )  # fmt: skip
        if state != self._asked and not view.papers_awaited:
            self._asked = state
            self._read(view.dossier.id)
        return standing.with_standings(view, self._found)

    def again(self) -> None:
        """A decision was made or taken back."""
        if self._found is not None:
            self._read(self._found.dossier_id)

    def _read(self, dossier_id: str) -> None:
        desk = self._station.desk
        if desk is not None:
            self._station.tasks.submit(
                LANE, standing.read, desk.store, desk.catalog, dossier_id, done=self._on_read,
                failed=self._station.tell,
            )  # fmt: skip

    def _on_read(self, found: Standings) -> None:
        if found != self._found:
            self._found = found
            self.changed.emit()

    # --- looking -----------------------------------------------------------------------------

    def preview(self, sha256: str) -> None:
        """Show the first page of a stored paper as soon as it is rendered."""
        desk = self._station.desk
        if desk is None or not sha256:
            return

        def done(found: tuple[Picture, int]) -> None:
            self.previewed.emit(sha256, found[0])

        self._station.tasks.submit(
            PICTURE, _render, self._station.renderer, self._station.who.sitting, desk.store, sha256,
            done=done, failed=lambda _problem: None,
        )  # fmt: skip

    # --- deciding ----------------------------------------------------------------------------

    def take(self, dossier_id: str, offer: Candidate, *, national: bool) -> None:
        """Satisfy a component by a stored paper; Ctrl+Z takes it back."""
        origin = standing.NATIONAL if national else "store"
        text = self.tr("Use the stored paper")
        self._editing.push(ReuseEdit(self, dossier_id, offer.component, offer.document_id, origin,
                                     text))  # fmt: skip

    def withdraw(self, dossier_id: str, paper: Paper) -> None:
        """The component counts as missing again."""
        if paper.component is not None:
            self.decide(_withdraw, dossier_id, paper.component)

    def mark_result(self, document_id: str, is_result: bool) -> None:
        """Keep the clerk's word on whether a paper is the procedure's result."""
        self.decide(_mark_result if is_result else _unmark_result, document_id)

    def decide(
        self, fn: Callable[..., None], *what: str, failed: Callable[[], None] | None = None
    ) -> None:
        """Carry out a decision on the reading lane, which is serial."""

        def on_failed(problem: Problem) -> None:
            if failed is not None:
                failed()
            self._station.tell(problem, key="reuse")
            self.again()

        self._station.tasks.submit(
            READ, fn, self._station.desk, *what, done=lambda _: self.again(), failed=on_failed
        )


class ReuseEdit(QUndoCommand):
    """A stored paper stands for a component."""

    def __init__(
        self, reusing: Reusing, dossier_id: str, component: str, document_id: str, origin: str,
        text: str,
    ) -> None:  # fmt: skip
        super().__init__(text)
        self._reusing = reusing
        self._what = dossier_id, component
        self._document_id = document_id
        self._origin = origin
        self._is_lost = False

    def redo(self) -> None:
        self._is_lost = False
        self._reusing.decide(
            _take, *self._what, self._document_id, self._origin, failed=self._on_refused
        )

    def undo(self) -> None:
        if not self._is_lost:
            self._reusing.decide(_withdraw, *self._what)

    def _on_refused(self) -> None:
        self._is_lost = True


def _render(renderer: Workers, sitting: Sitting, store: Store, sha256: str) -> tuple[Picture, int]:
    """Runs on a lane: that somebody looks into the other dossier is recorded before it is seen."""
    row = store.row("SELECT dossier_id FROM document WHERE signed_sha256 = ?", sha256)
    if row is None:
        raise NotFound(sha256[:12])
    sitting.view(store, row["dossier_id"], "reuse")
    return rendering.render(renderer, str(store.blobs.path(sha256)), 0)


def _take(desk: Desk, dossier_id: str, component: str, document_id: str, origin: str) -> None:
    """Runs on a lane."""
    from desk_app.dossiers import reuse
    from desk_app.store import people

    people.require(desk.store, "edit")
    with desk.working_on(dossier_id):
        reuse.take(desk.store, desk.catalog, dossier_id, component, document_id, origin=origin)


def _mark_result(desk: Desk, document_id: str) -> None:
    """Runs on a lane."""
    from desk_app.dossiers import completeness
    from desk_app.store import people

    people.require(desk.store, "edit")
    completeness.mark_result(desk.store, document_id, True)


def _unmark_result(desk: Desk, document_id: str) -> None:
    """Runs on a lane."""
    from desk_app.dossiers import completeness
    from desk_app.store import people

    people.require(desk.store, "edit")
    completeness.mark_result(desk.store, document_id, False)


def _withdraw(desk: Desk, dossier_id: str, component: str) -> None:
    """Runs on a lane."""
    from desk_app.dossiers import reuse
    from desk_app.store import people

    people.require(desk.store, "edit")
    with desk.working_on(dossier_id):
        reuse.withdraw(desk.store, dossier_id, component)
