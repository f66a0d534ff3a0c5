"""What the clerk's keys do at the counter to the page and the paper in front."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from desk_app.gui.editing import Editing
from desk_app.gui.feeder import Feeder
from desk_app.gui.models import decisions, moves
from desk_app.gui.models.checklist import ASIDE
from desk_app.gui.models.moves import Target
from desk_app.gui.models.pictures import Picture
from desk_app.gui.models.snapshot import DossierView, PageView, Paper
from desk_app.gui.models.standing import preview_of
from desk_app.gui.reusing import Reusing
from desk_app.gui.secret_papers import SecretPapers
from desk_app.gui.station import Station
from desk_app.gui.undo import Decisions
from desk_app.gui.widgets.work_page import WorkPage

if TYPE_CHECKING:
    from desk_app.dossiers.reuse import Candidate


class CounterKeys(QWidget):
    """Selection and decisions; feeding, exceptions and the flow are the screen's own."""

    work: WorkPage
    feeder: Feeder
    reusing: Reusing
    _station: Station
    _editing: Editing
    _secrets: SecretPapers
    _dossier_id: str | None
    _view: DossierView | None
    _page_id: str | None
    _line_key: str | None

    def _do_secret(self) -> None:
        """Mark the dossier as secret; the notice has the way back."""
        if self._view is not None:
            self._secrets.mark(self._view.dossier)

    # --- what is in front --------------------------------------------------------------------

    @property
    def _may_edit(self) -> bool:
        """Whether the dossier may be changed, by its state and by whoever sits here."""
        view = self._view
        return view is not None and not view.is_sealed and self._station.who.may("edit")

    def _page(self) -> PageView | None:
        return self._view.page(self._page_id) if self._view and self._page_id else None

    def _paper(self) -> Paper | None:
        if self._view is None:
            return None
        if self._page_id is not None:
            return self._view.paper_of(self._page_id)
        return self._view.paper(self._line_key) if self._line_key else None

    def _after(self, page: PageView) -> PageView | None:
        """The page that the clerk will want next."""
        pages = self.work.model.pages_in_order()
        place = next((n for n, p in enumerate(pages) if p.id == page.id), None)
        return pages[place + 1] if place is not None and place + 1 < len(pages) else None

    def _go_to_page(self, page_id: str) -> None:
        self._page_id = page_id
        self.work.list.choose(self.work.model.index_of_page(page_id))

    # --- decisions ---------------------------------------------------------------------------

    def _decide(self, op: str, changes: Decisions, text: str) -> None:
        if self._dossier_id is not None:
            self._editing.decide(op, changes, text)

    @property
    def sealed_code(self) -> str:
        """Code of the open dossier where it is signed and so can be packed."""
        return self._view.dossier.code if self._view is not None and self._view.is_sealed else ""

    # --- stored papers -----------------------------------------------------------------------

    def _reusable(self) -> str:
        """What U means for the line in front: `offer` a stored paper, `withdraw`, or nothing."""
        paper = self._paper()
        standing = paper.standing if paper is not None else None
        if standing is None:
            return ""
        return "withdraw" if standing.source else "offer" if standing.offers else ""

    def _do_reuse(self, *, national: bool = False) -> None:
        """Take the only offer, let the clerk choose among several, or take it back."""
        paper, what = self._paper(), self._reusable()
        offers = self.work.panel.offers
        if what == "withdraw" and paper is not None and self._dossier_id is not None:
            self.reusing.withdraw(self._dossier_id, paper)
        elif what == "offer" and offers.list.count() > 1 and not offers.list.hasFocus():
            offers.list.setFocus()
        elif what == "offer":
            offers.take(national=national)

    def _do_reuse_national(self) -> None:
        if self._reusable() == "offer":
            self._do_reuse(national=True)

    def _do_result(self) -> None:
        """The paper in front is the procedure's result, or is not; also once it is signed."""
        paper = self._paper()
        if paper is not None and paper.document is not None:
            self.reusing.mark_result(paper.document.id, not paper.is_result)

    def _use_stored(self, offer: Candidate, national: bool) -> None:
        if self._dossier_id is not None:
            self.reusing.take(self._dossier_id, offer, national=national)
            self.work.list.setFocus()

    def _on_stored(self, sha256: str, picture: Picture) -> None:
        """The stored paper was rendered; shown while its line is still in front."""
        paper = self._paper()
        offer = self.work.panel.offers.current
        shown = offer.sha256 if offer is not None else preview_of(paper)
        if self._page_id is None and preview_of(paper) and sha256 == shown:
            self.work.show_stored()
            self.work.view.show_picture(picture)
            self.work.view.set_words(())
            self.work.view.set_checkboxes(())
            self.work.view.set_frames(())

    def _do_rotate(self) -> None:
        self._turn(90)

    def _do_rotate_back(self) -> None:
        self._turn(-90)

    def _turn(self, by_deg: int) -> None:
        page = self._page()
        if page is not None:
            changes = {page.id: {"rotation": (page.rotation + by_deg) % 360}}
            self._editing.decide("rotate", changes, self.tr("Turn page"), [page.id])

    def _do_set_aside(self) -> None:
        page = self._page()
        if page is not None:
            following = self._after(page)
            self._editing.set_aside([page.id], self.tr("Set page aside"))
            if following is not None:
                self._go_to_page(following.id)

    def _do_restore(self) -> None:
        page = self._page()
        if page is not None:
            self._editing.restore([page.id], self.tr("Use page again"))

    def _do_split(self) -> None:
        if self._view is not None and self._page_id is not None:
            changes = decisions.split(self._view, self._page_id)
            self._decide("split", changes, self.tr("Split paper"))

    def _do_merge(self) -> None:
        if self._view is not None and self._page_id is not None:
            changes = decisions.merge(self._view, self._page_id)
            self._decide("merge", changes, self.tr("Join papers"))

    def _assign(self, ordinal: int) -> None:
        if self._view is not None and self._page_id is not None:
            changes = decisions.assign(self._view, self._page_id, ordinal)
            self._decide("assign", changes, self.tr("Assign page"))

    def _do_move_up(self) -> None:
        self._step_place(-1)

    def _do_move_down(self) -> None:
        self._step_place(1)

    def _step_place(self, by: int) -> None:
        """One place up or down in the list."""
        if self._view is not None and self._page_id is not None:
            target = moves.step(self._view, list(self._view.papers), self._page_id, by)
            if target is not None:
                self._move_to(self._page_id, target)

    def _move_to(self, page_id: str, target: Target) -> None:
        """A page was dragged, or moved by a key."""
        view = self._view
        if view is None or not self._may_edit or self.feeder.is_feeding:
            return
        self._page_id = page_id
        paper = view.paper(target.line)
        if target.line == ASIDE:
            self._editing.set_aside([page_id], self.tr("Set page aside"))
        elif paper is not None and paper.document is None:
            self._assign(paper.ordinal)
        elif (move := moves.plan(view, page_id, target)) is not None:
            self._editing.move(move, self.tr("Move page"))

    def _set_type(self, kind: str) -> None:
        paper = self._paper()
        if paper is not None and paper.document is not None and paper.document.type != kind:
            self._decide("retype", decisions.retype(paper, kind), self.tr("Set type of paper"))
        self.work.list.setFocus()

    def _set_field(self, name: str, value: str) -> None:
        paper = self._paper()
        if paper is not None and paper.document is not None and self._view is not None:
            self._editing.set_field(paper.document.id, name, value, self.tr("Edit value"))

    def _do_take_suggestion(self) -> None:
        self.work.panel.form.take_suggestion()

    def _do_undo(self) -> None:
        self._editing.undo()

    def _do_redo(self) -> None:
        self._editing.redo()

    # --- page --------------------------------------------------------------------------------

    def _do_zoom_in(self) -> None:
        self.work.view.zoom_in()

    def _do_zoom_out(self) -> None:
        self.work.view.zoom_out()

    def _do_fit_page(self) -> None:
        self.work.view.fit_page()

    def _do_fit_width(self) -> None:
        self.work.view.fit_width()

    def _do_words(self) -> None:
        self.work.view.toggle_words()
