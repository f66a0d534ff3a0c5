"""The counter: receipt code, scan, exceptions, done. Decides by the store, acts through lanes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtGui import QImage, QTransform
from PySide6.QtWidgets import QStackedLayout, QWidget

from desk_app.feeding import Request
from desk_app.gui.commands import COUNTER, Actions
from desk_app.gui.counter_keys import CounterKeys
from desk_app.gui.editing import Editing
from desk_app.gui.feeder import Feeder
from desk_app.gui.i18n import pick
from desk_app.gui.models import decisions, hours, labels, snapshot
from desk_app.gui.models.hours import Bar
from desk_app.gui.models.page_loader import PageLoader
from desk_app.gui.models.search import Place
from desk_app.gui.models.snapshot import DossierView, Paper, RecentDossier
from desk_app.gui.models.standing import preview_of
from desk_app.gui.profiles import Profiles
from desk_app.gui.rereading import Rereading
from desk_app.gui.reusing import Reusing
from desk_app.gui.secret_papers import SecretPapers
from desk_app.gui.sought import Sought
from desk_app.gui.station import Station
from desk_app.gui.tasks import READ, Problem
from desk_app.gui.widgets.page_view import Frame
from desk_app.gui.widgets.start_page import StartPage
from desk_app.gui.widgets.work_page import WorkPage
from desk_app.records import Box, Finding
from desk_app.store import secrecy

if TYPE_CHECKING:
    from desk_app.capture.scan_profiles import ScanProfile
    from desk_app.pipeline import Desk
    from desk_app.store.database import Store
    from desk_app.store.looks import Sitting

OPEN_LANE = "open"
OVERLOOKED = "PRINT_OVERLOOKED"
"""The finding of print that was not read; the reading has all its places."""
CROP_ROOM_PX = 10
"""Around the place of a value, in pixels of the page."""


class CounterScreen(CounterKeys):
    """One dossier at a time."""

    facts_changed = Signal()
    pin_wanted = Signal(object)
    """Call it once the PIN was given."""

    def __init__(self, station: Station, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._station = station
        self.start = StartPage()
        self.work = WorkPage(actions, station.thumbnails)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.start)
        self._stack.addWidget(self.work)
        self._editing = Editing(station, self)
        self._secrets = SecretPapers(station, self)
        self.reusing = Reusing(station, self._editing, self)
        self.profiles = Profiles(station, self, COUNTER)
        self._loader = PageLoader(station, self)
        self._dossier_id: str | None = None
        self._view: DossierView | None = None
        self._page_id: str | None = None
        self._line_key: str | None = None
        self._exception: Finding | None = None
        self._to_reveal: Box | None = None
        """A place on a page that is still being decoded."""
        self.sought = Sought()
        self.feeder = Feeder(station, self)
        self._reading = Rereading(station, self._on_read)
        self._connect()

    def _connect(self) -> None:
        self.start.asked.connect(self.open_code)
        self.start.chosen.connect(self.open_dossier)
        self.start.given_up.connect(self._back_to_work)
        self.work.list.selectionModel().currentChanged.connect(self._on_current)
        self.work.model.modelReset.connect(self._reselect)
        self.work.view.page_wanted.connect(self._step_page)
        self.work.panel.card.accepted.connect(self._accept)
        self.work.panel.type_chosen.connect(self._set_type)
        self.work.model.dropped.connect(self._move_to)
        self.work.panel.form.committed.connect(self._set_field)
        self.work.panel.form.suggested.connect(self._set_field)
        self.work.panel.ticks.chosen.connect(self.work.view.reveal)
        self.work.panel.form.focused.connect(self._on_field)
        self.work.panel.form.left.connect(self._draw_frames)
        self.work.panel.offers.taken.connect(self._use_stored)
        self.work.panel.offers.chosen.connect(lambda offer: self.reusing.preview(offer.sha256))
        self.reusing.changed.connect(self._show_again)
        self.reusing.previewed.connect(self._on_stored)
        self._loader.shown.connect(self._on_picture)
        self._editing.changed.connect(self.facts_changed)
        self.profiles.changed.connect(self._on_profile)
        self.profiles.wanted.connect(self._scan_with)
        self.feeder.changed.connect(self._on_feed)
        self.feeder.placed.connect(self._on_placed)
        self.feeder.ended.connect(self.refresh)

    # --- what the window asks of a screen ----------------------------------------------------

    def facts(self) -> set[str]:
        """What holds now, for the commands."""
        view, page = self._view, self._page()
        if self._stack.currentWidget() is self.start or view is None:
            return {"idle"}
        found = {
            "dossier": True, "has_pages": bool(view.pages), "unsealed": self._may_edit,
            "feeding": self.feeder.is_feeding, "idle": not self.feeder.is_feeding,
            "exceptions": bool(view.exceptions) and self._may_edit,
            "exception_shown": self._exception is not None and self._may_edit,
            "page": page is not None, "aside": bool(page and page.aside),
            "in_use": bool(page and not page.aside), "picture": page is not None,
            "fields": bool(self.work.panel.form.editors),
            "undo": self._editing.can_undo and self._may_edit,
            "redo": self._editing.can_redo and self._may_edit,
            "suggestion": self.work.panel.form.has_suggestion,
            "profiles": bool(self.profiles.all),
            "packable": bool(self.sealed_code),
            "reusable": bool(self._reusable()), "offered": self._reusable() == "offer",
        }  # fmt: skip
        facts = {name for name, holds in found.items() if holds}
        return facts | {f"component_{n}" for n in range(1, len(view.procedure.components) + 1)}

    def run(self, command: str) -> None:
        """Carry out a command of the table."""
        if command.startswith("assign_"):
            self._assign(int(command.removeprefix("assign_")))
            return
        getattr(self, f"_do_{command}")()

    def refresh(self) -> None:
        """Read again what is shown; readings that overlap are joined."""
        desk = self._station.desk
        if desk is None:
            return
        if self._dossier_id is None:
            self._reading.start(partial(_read_start, desk.store))
        else:
            self._reading.start(
                partial(
                    _look, self._station.who.sitting, desk.store, desk.catalog,
                    self._station.readings, self._dossier_id,
                )
            )  # fmt: skip

    def activate(self) -> None:
        """The screen comes to the front."""
        self.refresh()
        if self._dossier_id is None:
            self.start.code.setFocus()
        else:
            self.work.list.setFocus()

    def on_opened(self, desk: Desk) -> None:
        """The desk is there: what it offers can be shown."""
        self.start.set_procedures(list(desk.catalog.procedures.values()))
        self.work.panel.set_types(desk.catalog)
        self.profiles.load()

    @property
    def view(self) -> DossierView | None:
        """What is shown of the open dossier."""
        return self._view

    @property
    def dossier_id(self) -> str | None:
        """The dossier that is open."""
        return self._dossier_id

    @property
    def place(self) -> Place | None:
        """The dossier and page in front, to come back to."""
        if self._dossier_id is None:
            return None
        return Place(self._dossier_id, "", None, self._page_id, "")

    def give_to(self, place: Place | None) -> None:
        """Somebody else sits down: their dossier, or none; paper that moves stays in front."""
        if self.feeder.is_feeding or (place.dossier_id if place else None) == self._dossier_id:
            return
        if place is None:
            self._next_dossier()
        else:
            self.open_place(place)

    # --- opening -----------------------------------------------------------------------------

    def open_code(self, code: str, procedure: str) -> None:
        """Open the dossier with this code, or a new one under a procedure."""
        if self._station.desk is None:
            return
        self._station.tasks.submit(
            OPEN_LANE, _open_or_create, self._station.desk, code, procedure,
            done=self.open_dossier, failed=self._on_refused,
        )  # fmt: skip

    def open_dossier(self, dossier_id: str) -> None:
        """Bring a dossier to the counter."""
        if self.feeder.is_feeding:
            self._say_wait()
            return
        self._dossier_id, self._view = dossier_id, None
        self._page_id = self._line_key = self._exception = None
        self.sought.seek(None)
        self._editing.open(dossier_id)
        self.start.show_hint("")
        self.refresh()

    def open_place(self, place: Place) -> None:
        """Bring a dossier to the counter at the page that a search found."""
        self.open_dossier(place.dossier_id)
        if self._dossier_id == place.dossier_id:
            self.sought.seek(place)

    def _on_refused(self, problem: Problem) -> None:
        self.start.show_hint(f"{problem.text} {problem.next}")
        self.start.code.selectAll()
        self.start.code.setFocus()

    def _on_read(self, found: DossierView | tuple[list[RecentDossier], list[Bar]]) -> None:
        if isinstance(found, tuple):
            desk = self._station.desk
            known = desk.catalog.procedures if desk else {}
            titles = {id: pick(p.title, p.title_en) for id, p in known.items()}
            recent, day = found
            self.start.show_recent(recent, titles)
            self.start.show_day(day)
        elif found.dossier.id == self._dossier_id:  # not one that was open before
            self._show(found)

    def _show(self, view: DossierView) -> None:
        first = self._view is None
        landed = bool(view.pages) and not (self._view and self._view.pages)
        self._view = view = self.reusing.merged(view)
        if self._exception is not None and self._exception not in view.exceptions:
            self._exception = None
        self.work.show_view(view)
        lost = self._page_id is not None and view.page(self._page_id) is None
        if lost or landed:  # the first page that lands is shown at once
            self._choose_first()
        if first:  # after the choice: a list that gets the focus makes one of its own
            self._stack.setCurrentWidget(self.work)
            self.work.list.setFocus()
        self._show_selected()
        self._on_feed()

    def _show_again(self) -> None:
        """What is known beside the dossier changed."""
        if self._view is not None:
            self._show(self._view)

    def _back_to_work(self) -> None:
        if self._view is not None:
            self._stack.setCurrentWidget(self.work)
            self.work.list.setFocus()
            self.facts_changed.emit()

    def _next_dossier(self) -> None:
        """The paper goes, the next slip comes."""
        self._dossier_id = self._view = self._page_id = self._line_key = self._exception = None
        self._editing.open("")
        self._stack.setCurrentWidget(self.start)
        self.start.ready()
        self.refresh()
        self.facts_changed.emit()

    # --- selection ---------------------------------------------------------------------------

    def _choose_first(self) -> None:
        pages = self.work.model.pages_in_order()
        self._page_id = self.sought.page(self._view) or (pages[0].id if pages else None)
        self._reselect()

    def _reselect(self) -> None:
        model = self.work.model
        index = QModelIndex()
        if self._page_id is not None:
            index = model.index_of_page(self._page_id)
        elif self._line_key is not None:
            index = model.index_of_line(self._line_key)
        if index.isValid():
            self.work.list.choose(index)

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        if not index.isValid():
            return
        page, line = self.work.model.page_at(index), self.work.model.line_at(index)
        if page is None and line is not None and line.pages:
            page = line.pages[0]  # the head of a paper shows its first page
        self._page_id = page.id if page else None
        self._line_key = line.key if line else None
        self._show_selected()

    def _show_selected(self) -> None:
        view, page, paper = self._view, self._page(), self._paper()
        desk = self._station.desk
        if view is None or desk is None:
            return
        self.work.show_page_facts(page)
        self.work.panel.show_paper(view, paper, desk.catalog, editable=self._may_edit)
        self._show_exception()
        self._show_crops()
        if page is not None:
            self._loader.show(page, self._after(page))
        else:
            self._loader.forget()
            self.work.panel.ticks.show_boxes(())
            self.work.view.show_notice(self._absence(paper))
            self.reusing.preview(preview_of(paper))
        self.facts_changed.emit()

    def _absence(self, paper: Paper | None) -> str:
        if self.feeder.is_feeding:
            return self.tr("The paper is being fed…")
        if paper is not None and paper.document is None and self._view and self._view.pages:
            return self.tr("{title}: no page yet").format(
                title=pick(paper.title.vi, paper.title.en)
            )
        return self.tr("Load the papers and press F5.")

    def _step_page(self, step: int) -> None:
        pages = self.work.model.pages_in_order()
        ids = [page.id for page in pages]
        if ids:
            place = ids.index(self._page_id) + step if self._page_id in ids else 0
            self._go_to_page(ids[min(max(place, 0), len(ids) - 1)])

    def _on_picture(self, page_id: str) -> None:
        """The page in front, or its words, have been loaded."""
        loaded = self._loader.loaded
        if page_id != self._page_id or loaded is None:
            return
        if loaded.fresh:
            self.work.view.show_picture(loaded.picture, loaded.rotation)
        self.work.view.set_words(loaded.words)
        boxes = loaded.reading.checkboxes if loaded.reading else ()
        self.work.view.set_checkboxes(boxes)
        self.work.panel.ticks.show_boxes(boxes)
        self._draw_frames()
        self._show_crops()
        self.sought.reveal(self.work.view, self._view, loaded)
        if self._to_reveal is not None:
            self.work.view.reveal(self._to_reveal)
            self._to_reveal = None
        self.facts_changed.emit()

    def _show_crops(self) -> None:
        """The places of values that the clerk should compare or type."""
        loaded, crops = self._loader.loaded, dict[str, QImage]()
        if loaded is not None and loaded.page_id == self._page_id:
            turn = QTransform().rotate(loaded.rotation)
            for line in self.work.panel.fields:
                field = line.field
                if line.wants_crop and field and field.box and field.page_id == self._page_id:
                    crops[line.name] = _cut_out(loaded.picture.full, field.box).transformed(turn)
        self.work.panel.form.show_crops(crops)

    def _draw_frames(self) -> None:
        """Boxes of the paper's values on this page; the one being edited stands out."""
        frames, paper = [], self._paper()
        current = self.work.panel.form.current_name
        for field in paper.document.fields if paper and paper.document else ():
            if field.box and field.page_id == self._page_id:
                strong = field.name == current
                frames.append(Frame(field.name, field.box, "accent", "", strong))
        fault = self._exception
        if fault and fault.box and fault.page_id == self._page_id:
            tone = "bad" if fault.severity == "problem" else "warn"
            frames.append(Frame("", fault.box, tone, "", strong=True))
            loaded = self._loader.loaded
            if fault.code == OVERLOOKED and loaded is not None and loaded.reading is not None:
                frames += [Frame("", box, tone) for box in loaded.reading.uncovered]
        frames += self.sought.frames(self._loader.loaded, self._page_id)
        self.work.view.set_frames(frames)

    def _on_field(self, name: str) -> None:
        paper = self._paper()
        if paper is None or paper.document is None:
            return
        field = next((f for f in paper.document.fields if f.name == name), None)
        if field and field.page_id and field.page_id != self._page_id:
            focus = self.focusWidget()
            self._go_to_page(field.page_id)
            if focus is not None:
                focus.setFocus()
        self._draw_frames()
        if field and field.box and field.page_id == self._page_id:
            self.work.view.reveal(field.box)

    # --- feeding -----------------------------------------------------------------------------

    def _do_scan(self) -> None:
        self._scan_with(self.profiles.current)

    def _scan_with(self, profile: ScanProfile | None) -> None:
        """F5, or the function key of a profile."""
        if self._dossier_id is not None and {"dossier", "unsealed", "idle"} <= self.facts():
            self.feeder.start(self._dossier_id, profile)
            self._show_selected()

    def _do_flatbed(self) -> None:
        if self._dossier_id is not None:
            profile = self.profiles.flatbed
            self.feeder.submit(Request(self._dossier_id, profile=profile, glass=True))

    def _do_insert_here(self) -> None:
        self._scan_at("after")

    def _do_rescan(self) -> None:
        self._scan_at("replace")

    def _do_rescan_sheet(self) -> None:
        self._scan_at("replace", both_sides=True)

    def _scan_at(self, op: Literal["after", "replace"], *, both_sides: bool = False) -> None:
        if self._dossier_id is not None and self._page_id is not None:
            self.feeder.submit(
                Request(self._dossier_id, op, self._page_id, both_sides, self.profiles.current)
            )

    def _on_placed(self, request: Request, job_id: str) -> None:
        """A feed that brought pages, whole or not, is one step of undo."""
        if request.dossier_id != self._dossier_id:
            return
        words = {
            "replace": self.tr("Scan page again"), "after": self.tr("Insert pages"),
            "end": self.tr("Scan from the glass") if request.glass else self.tr("Scan pages"),
        }  # fmt: skip
        self._editing.scanned(job_id, words[request.op])

    def _do_profile(self) -> None:
        button = self.work.profile
        self.profiles.ask(button.mapToGlobal(button.rect().bottomLeft()))

    def _on_profile(self) -> None:
        self.work.show_profile(self.profiles.name)
        self.facts_changed.emit()

    def _do_stop(self) -> None:
        self.feeder.stop()

    def _on_feed(self) -> None:
        self.work.show_feeding(self.feeder.is_feeding, self.feeder.text)
        self.facts_changed.emit()

    # --- exceptions --------------------------------------------------------------------------

    def _do_next_exception(self) -> None:
        self._step_exception(1)

    def _do_previous_exception(self) -> None:
        self._step_exception(-1)

    def _step_exception(self, step: int) -> None:
        found = self._view.exceptions if self._view else ()
        if found:
            place = found.index(self._exception) + step if self._exception in found else 0
            self._go_to_exception(found[place % len(found)])

    def _go_to_exception(self, finding: Finding) -> None:
        """Bring the place of a finding into sight."""
        view = self._view
        assert view is not None
        self._exception = finding
        page_id = finding.page_id
        document = next(
            (p for p in view.papers if p.document and p.document.id == finding.document_id), None
        )
        if page_id is None and document and document.pages:
            page_id = document.pages[0].id
        absent = decisions.absent_paper(view, finding)
        if page_id is not None:
            self._to_reveal = finding.box if page_id != self._page_id else None
            self._go_to_page(page_id)
        elif absent is not None:
            self._page_id, self._line_key = None, absent.key
            self.work.list.choose(self.work.model.index_of_line(absent.key))
        self._show_selected()
        self._draw_frames()
        if finding.box and finding.page_id == self._page_id:
            self.work.view.reveal(finding.box)
        self.work.list.setFocus()

    def _show_exception(self) -> None:
        view, fault = self._view, self._exception
        if view is None or fault is None:
            self.work.panel.card.show_finding(None, 0, 0, missing=False, editable=False)
            return
        number = view.exceptions.index(fault) + 1 if fault in view.exceptions else 0
        self.work.panel.card.show_finding(
            fault, number, len(view.exceptions),
            missing=decisions.absent_paper(view, fault) is not None, editable=self._may_edit,
        )  # fmt: skip

    def _do_accept(self) -> None:
        """Enter on the page: a warning is taken as it is, a problem asks for its reason."""
        if self._exception is None:
            return
        if self._exception.code == secrecy.FINDING:
            self._accept(labels.not_secret())  # one key, for a false alarm must cost no more
        elif self._exception.severity == "problem":
            self.work.panel.card.ask()
        else:
            self._accept(self.work.panel.card.reason.currentText())

    def _accept(self, reason: str) -> None:
        fault, desk = self._exception, self._station.desk
        if fault is not None and desk is not None and self._dossier_id is not None:
            self._station.tasks.submit(
                READ, decisions.accept, desk, self._dossier_id, fault, reason
            )
            self.work.list.setFocus()

    # --- values and pages --------------------------------------------------------------------

    def _do_next_page(self) -> None:
        self._step_page(1)

    def _do_previous_page(self) -> None:
        self._step_page(-1)

    def _do_edit_field(self) -> None:
        self.work.panel.form.focus_field()

    # --- done --------------------------------------------------------------------------------

    def _do_find(self) -> None:
        self._stack.setCurrentWidget(self.start)
        self.start.ready()
        self.facts_changed.emit()

    def _do_finish(self) -> None:
        """Everything decided: sign behind, take the next. Otherwise go to what is open."""
        view = self._view
        if view is None or self._dossier_id is None:
            return
        if self.feeder.is_feeding or view.unread or view.dossier.state in snapshot.IN_WORK:
            self._say_wait()
        elif view.blocking:
            self._go_to_exception(view.blocking[0])
            self.work.panel.card.ask()
        elif self._station.needs_pin:
            self.pin_wanted.emit(self._finish)
        else:
            self._finish()

    def _finish(self) -> None:
        view = self._view
        if view is None:
            return
        self._station.finish(view.dossier.id, view.dossier.code)
        self._next_dossier()

    def _say_wait(self) -> None:
        self._station.say("wait", "accent", self.tr("The pages are still being read."),
                          self.tr("Try again in a moment; nothing is lost."))  # fmt: skip


def _cut_out(picture: QImage, box: Box) -> QImage:
    x0, y0, x1, y1 = box
    room = CROP_ROOM_PX
    return picture.copy(x0 - room, y0 - room, x1 - x0 + 2 * room, y1 - y0 + 2 * room)


def _read_start(store: Store) -> tuple[list[RecentDossier], list[Bar]]:
    return snapshot.read_recent(store), hours.finished(store)


def _look(sitting: Sitting, store: Store, *others: Any) -> DossierView:  # noqa: ANN401
    """Runs on a lane: that somebody looks is recorded before there is anything to see."""
    sitting.view(store, others[-1], "counter")
    return snapshot.read_dossier(store, *others)


def _open_or_create(desk: Desk, code: str, procedure: str) -> str:
    """Runs on a lane: the id of a known dossier, or of a new one."""
    from desk_app import pipeline
    from desk_app.store import dossiers, people

    people.require(desk.store, "view")
    if dossiers.exists(desk.store, code):
        return dossiers.find(desk.store, code).id
    people.require(desk.store, "scan")
    options = {"demonstration": True} if desk.settings.is_demonstration else {}
    return pipeline.open_dossier(desk, code, procedure, **options).id
