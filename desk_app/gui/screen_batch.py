"""The archive's screen: a pile of sheets is declared, fed, looked through, counted and closed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QUndoStack
from PySide6.QtWidgets import QStackedLayout, QWidget

from desk_app import batch_seat
from desk_app.batch_seat import Opened
from desk_app.feeding import Request
from desk_app.gui.commands import BATCH, Actions
from desk_app.gui.feeder import Feeder
from desk_app.gui.i18n import pick, show_time
from desk_app.gui.models import batch as reading
from desk_app.gui.models import labels
from desk_app.gui.models.batch import BatchView, KnownBatch, Tile
from desk_app.gui.models.heat_map import Cell
from desk_app.gui.models.pictures import Picture, read_picture
from desk_app.gui.profiles import Profiles
from desk_app.gui.rereading import Rereading
from desk_app.gui.station import Station
from desk_app.gui.tasks import PICTURE, READ, SCANNER, Problem
from desk_app.gui.undo import LIMIT, Edit, PageEdit
from desk_app.gui.widgets.banner import Notice
from desk_app.gui.widgets.batch_page import BatchPage
from desk_app.gui.widgets.batch_start import BatchStart
from desk_app.store.batches import Issue, Plan

if TYPE_CHECKING:
    from pathlib import Path

    from desk_app.store.database import Store
    from desk_app.store.looks import Sitting

BATCH_LANE = "batch"
NOTICE = "batch"
CALM_MS = 700
"""While paper moves the pile is read again no more often than this."""
_NUMBER = re.compile(r"\d+$")


class BatchScreen(QWidget):
    """One batch at a time."""

    facts_changed = Signal()
    dossier_wanted = Signal(str)
    sealed_code = ""
    """No single dossier is in front that could be packed."""

    def __init__(self, station: Station, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._station = station
        self.start = BatchStart()
        self.work = BatchPage(actions, station.thumbnails)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.start)
        self._stack.addWidget(self.work)
        self.feeder = Feeder(station, self, batch_seat.run)
        self.profiles = Profiles(station, self, BATCH)
        self._undo = QUndoStack(self)
        self._undo.setUndoLimit(LIMIT)
        self._reading = Rereading(station, self._on_read)
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(CALM_MS)
        self._calm.timeout.connect(self._read)
        self._batch_id: str | None = None
        self._view: BatchView | None = None
        self._page_id: str | None = None
        self._issue: Issue | None = None
        self._answer: Callable[[str], None] | None = None
        self._shown: tuple[str, int] | None = None
        self._connect()

    def _connect(self) -> None:
        self.start.asked.connect(self._create)
        self.start.chosen.connect(self.open_batch)
        self.work.sheet.selectionModel().currentChanged.connect(self._on_current)
        self.work.model.modelReset.connect(self._reselect)
        self.work.issue_chosen.connect(self._on_issue)
        self.work.ask.answered.connect(self._on_answer)
        self.work.map.opened.connect(self._on_cell)
        self.work.go.returnPressed.connect(self._on_go)
        self.work.go.given_up.connect(self.work.sheet.setFocus)
        self.feeder.changed.connect(self._on_feed)
        self.feeder.ended.connect(self._on_fed)
        self._undo.indexChanged.connect(self.facts_changed)
        self.profiles.changed.connect(self._on_profiles)
        if self._station.desk is not None:
            self._on_opened_desk()
        else:
            self._station.opened.connect(self._on_opened_desk)

    def _on_opened_desk(self) -> None:
        desk = self._station.desk
        if desk is not None:
            self.start.set_procedures(list(desk.catalog.procedures.values()))
            self.profiles.load()

    def _on_profiles(self) -> None:
        known = self.profiles.all.values()
        self.start.set_profiles([(self.profiles.text_of(p).partition("\t")[0], p.id)
                                 for p in known])  # fmt: skip

    # --- what the window asks of a screen ----------------------------------------------------

    @property
    def view(self) -> BatchView | None:
        """What is shown of the open batch."""
        return self._view

    def facts(self) -> set[str]:
        """What holds now, for the commands."""
        view, tile = self._view, self._tile()
        idle = not self.feeder.is_feeding and not self._station.tasks.is_busy(SCANNER)
        if self._stack.currentWidget() is self.start or view is None:
            return {"idle"} if idle else set()
        found = {
            "batch": True, "idle": idle, "feeding": self.feeder.is_feeding,
            "batch_open": view.batch.state == "open", "sides": bool(view.tiles),
            "has_pages": bool(view.tiles), "side": tile is not None, "picture": tile is not None,
            "side_aside": bool(tile and tile.aside), "side_used": bool(tile and not tile.aside),
            "issues": bool(view.issues), "issue_shown": self._issue is not None,
            "fronts_waiting": view.fronts_waiting > 0,
            "undo": self._undo.canUndo() and idle, "redo": self._undo.canRedo() and idle,
        }  # fmt: skip
        return {name for name, holds in found.items() if holds}

    def run(self, command: str) -> None:
        """Carry out a command of the table."""
        getattr(self, f"_do_{command}")()

    def refresh(self) -> None:
        """Read again what is shown; not at every page while paper moves."""
        if self.feeder.is_feeding and self._view is not None:
            if not self._calm.isActive():
                self._calm.start()
        else:
            self._read()

    def _read(self) -> None:
        desk = self._station.desk
        if desk is None:
            return
        if self._batch_id is None:
            self._reading.start(partial(reading.read_known, desk.store))
        else:
            sitting = self._station.who.sitting
            self._reading.start(partial(_read, sitting, desk.store, self._batch_id))

    def activate(self) -> None:
        """The screen comes to the front."""
        self.refresh()
        (self.start.code if self._batch_id is None else self.work.sheet).setFocus()

    # --- opening -----------------------------------------------------------------------------

    def _create(self, code: str, plan: Plan) -> None:
        self._submit(batch_seat.create, code, plan, done=self._on_opened, failed=self._on_refused)

    def open_batch(self, code: str) -> None:
        """Bring a batch to this seat."""
        self._submit(batch_seat.go_on, code, done=self._on_opened, failed=self._on_refused)

    def _submit(
        self, fn: Callable[..., object], *args: object,
        done: Callable[..., None] | None = None, failed: Callable[[Problem], None] | None = None,
    ) -> None:  # fmt: skip
        if self._station.desk is not None:
            self._station.tasks.submit(
                BATCH_LANE, fn, self._station.desk, *args, done=done, failed=failed
            )

    def _on_refused(self, problem: Problem) -> None:
        self.start.show_hint(f"{problem.text} {problem.next}")
        self.start.code.setFocus()

    def _on_opened(self, opened: Opened) -> None:
        self._batch_id, self._view = opened.batch_id, None
        self._page_id = self._issue = self._shown = None
        self._undo.clear()
        if opened.recovered:
            text = self.tr("%n page(s) of a feed that was cut off were recovered.", None,
                           opened.recovered)  # fmt: skip
            after = self.tr("Compare the last sheet with the paper, then F5 goes on.")
            self._station.say(NOTICE, "accent", text, after, passing=False)
        self._read()

    def _do_new_batch(self) -> None:
        self._batch_id = self._view = None
        self._undo.clear()
        self._stack.setCurrentWidget(self.start)
        self.start.ready()
        self._read()
        self.facts_changed.emit()

    def _on_read(self, found: BatchView | list[KnownBatch]) -> None:
        if isinstance(found, list):
            self.start.show_known(found)
        elif found.batch.id == self._batch_id:
            self._show(found)

    def _show(self, view: BatchView) -> None:
        first, before = self._view is None, self._view
        self._view = view
        follows = self.feeder.is_feeding and (before is None or self._is_last(before))
        if self._issue is not None and self._issue not in view.issues:
            self._issue = None
        self.work.show_view(view, feeding=self.feeder.is_feeding)
        if first:
            self._stack.setCurrentWidget(self.work)
            self.work.sheet.setFocus()
            self._say_how_it_stands(view)
        if view.tiles and (follows or view.tile(self._page_id) is None):
            self._choose(view.tiles[-1 if follows else 0])
        self._show_tile()
        self._on_feed()

    def _is_last(self, view: BatchView) -> bool:
        """Whether the page in front was the newest, so that the eye follows the paper."""
        return not view.tiles or view.tiles[-1].page_id == self._page_id

    def _say_how_it_stands(self, view: BatchView) -> None:
        if view.was_cut_off and view.batch.state == "open" and view.tiles:
            text = self.tr("The last feed was cut off; {pages} pages of batch {code} are safe.")
            after = self.tr("The last one came at {time}. F5 goes on with sheet {sheet}.")
            last = max(tile.sheet for tile in view.tiles if tile.sheet <= 100_000)
            self._station.say(
                NOTICE, "accent", text.format(pages=len(view.tiles), code=view.batch.code),
                after.format(time=show_time(view.last_landed), sheet=last + 1), passing=False,
            )  # fmt: skip

    # --- selection ---------------------------------------------------------------------------

    def _tile(self) -> Tile | None:
        return self._view.tile(self._page_id) if self._view else None

    def _choose(self, tile: Tile) -> None:
        self._page_id = tile.page_id
        self.work.sheet.choose(self.work.model.index_of(tile.page_id))

    def _reselect(self) -> None:
        if self._page_id is not None:
            self.work.sheet.choose(self.work.model.index_of(self._page_id))

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        tile = self.work.model.tile_at(index)
        if tile is not None:
            self._page_id = tile.page_id
            self._show_tile()

    def _show_tile(self) -> None:
        tile = self._tile()
        self.work.show_tile(tile)
        if tile is None:
            self._shown = None
            feeding = self.feeder.is_feeding
            self.work.view.show_notice(
                self.tr("The paper is being fed…") if feeding
                else self.tr("Load the pile and press F5.")
            )  # fmt: skip
        elif self._shown != (str(tile.path), tile.rotation):
            self._station.tasks.submit(
                PICTURE, _decode, tile, lambda: self._page_id, done=self._on_picture
            )
        self.facts_changed.emit()

    def _on_picture(self, found: tuple[Tile, Picture] | None) -> None:
        if found is not None and found[0].page_id == self._page_id:
            tile, picture = found
            self._shown = str(tile.path), tile.rotation
            self.work.view.show_picture(picture, tile.rotation)

    def _do_next_page(self) -> None:
        self._step(1)

    def _do_previous_page(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        row = self.work.sheet.currentIndex().row() + by
        if 0 <= row < self.work.model.rowCount():
            self.work.sheet.choose(self.work.model.index(row))

    def _do_go_sheet(self) -> None:
        self.work.go.setFocus()
        self.work.go.selectAll()

    def _on_go(self) -> None:
        text = self.work.go.text().strip()
        tile = self._view.of_sheet(int(text)) if self._view and text.isdecimal() else None
        if tile is not None:
            self._choose(tile)
            self.work.go.clear()
            self.work.sheet.setFocus()

    def _do_sort_sheets(self) -> None:
        self.work.model.sort_by(worst_first=not self.work.model.worst_first)
        self.work.show_order()
        self.work.sheet.scrollToTop()
        index = self.work.model.index(0)
        if self.work.model.worst_first and index.isValid():
            self.work.sheet.choose(index)

    def _do_heat_map(self) -> None:
        self.work.map.setFocus()
        if not self.work.map.currentIndex().isValid():
            self.work.map.setCurrentIndex(self.work.heat.index(0, 0))

    def _on_cell(self, cell: Cell) -> None:
        """The worst page of a cell, in the order of the pile."""
        if cell.worst is not None:
            self._choose(cell.worst)
            self.work.sheet.setFocus()

    # --- feeding -----------------------------------------------------------------------------

    def _request(self, op: str = "end", page_id: str = "") -> Request | None:
        view = self._view
        if view is None:
            return None
        profile = self.profiles.all.get(view.batch.plan.profile)
        return Request(view.batch.tray_id, op, page_id, profile=profile)  # type: ignore[arg-type]

    def _feed(self, op: str = "end", page_id: str = "") -> None:
        request = self._request(op, page_id)
        if request is not None:
            self.feeder.submit(request)
            self._show_tile()

    def _do_feed_batch(self) -> None:
        self._feed()

    def _do_second_pass(self) -> None:
        self._feed("backs")

    def _do_rescan_batch(self) -> None:
        self._feed("replace", self._page_id or "")

    def _do_stop_batch(self) -> None:
        self.feeder.stop()

    def _on_feed(self) -> None:
        self.work.show_feeding(self.feeder.is_feeding, self.feeder.text)
        self.facts_changed.emit()

    def _on_fed(self) -> None:
        self._calm.stop()
        self._read()
        view = self._view
        if view is not None and view.fronts_waiting:
            after = self.tr("Turn the whole pile over, load it and press Shift+F5.")
            self._station.say("backs", "accent", self.tr("The fronts are in."), after)

    def _do_run_batch(self) -> None:
        from desk_app import pipeline

        self._station.tasks.submit(
            READ, pipeline.resume, self._station.desk, notify=self._station.tasks.notify,
            stop=self._station.stop,
        )  # fmt: skip

    # --- exceptions --------------------------------------------------------------------------

    def _do_next_worst(self) -> None:
        view = self._view
        if view is None or not view.issues:
            return
        place = view.issues.index(self._issue) + 1 if self._issue in view.issues else 0
        self._on_issue(place % len(view.issues))
        self.work.sheet.setFocus()

    def _on_issue(self, row: int) -> None:
        view = self._view
        if view is None or not row < len(view.issues):
            return
        self._issue = issue = view.issues[row]
        self.work.mark_issue(row)
        tile = view.tile(issue.page_id) or view.of_sheet(issue.sheet)
        if tile is not None:
            self._choose(tile)
        self.facts_changed.emit()

    def _do_settle(self) -> None:
        """Enter asks for the reason, Enter again takes the ready one."""
        issue, batch = self._issue, self._view.batch if self._view else None
        if issue is None or batch is None:
            return

        def settle(reason: str) -> None:
            self._submit(batch_seat.settle, batch, issue, reason)
            self._do_next_worst()

        text = pick(issue.text.vi, issue.text.en)
        self._ask(text, labels.batch_reasons()[:2], self.tr("Keep it with this reason"), settle)

    def _do_reject(self) -> None:
        tile, view = self._tile(), self._view
        if tile is not None and view is not None:
            self._submit(batch_seat.reject, view.batch, tile.page_id, tile.sheet, tile.side)

    def _do_rescan_list(self) -> None:
        if self._view is not None:
            self._submit(batch_seat.rescan_list, self._view.batch, done=self._on_listed)

    def _on_listed(self, found: tuple[Path, int]) -> None:
        path, lines = found
        text = self.tr("%n sheet(s) on the list.", None, lines)
        url = QUrl.fromLocalFile(str(path))
        self._station.noticed.emit(
            Notice(NOTICE, "ok", text, str(path), self.tr("Open to print"),
                   partial(QDesktopServices.openUrl, url))
        )  # fmt: skip

    # --- pages -------------------------------------------------------------------------------

    def _push(self, edit: Edit, text: str) -> None:
        self._undo.push(PageEdit(self._station, "", edit, text))

    def _do_batch_aside(self) -> None:
        from desk_app.store import edits

        tile = self._tile()
        if tile is not None:
            self._push(partial(edits.delete, page_ids=[tile.page_id]), self.tr("Set page aside"))
            self._step(1)

    def _do_batch_restore(self) -> None:
        from desk_app.store import edits

        tile = self._tile()
        if tile is not None:
            self._push(partial(edits.restore, page_ids=[tile.page_id]), self.tr("Use page again"))

    def _do_separate(self) -> None:
        """A dossier begins at this sheet: its code is asked beside the page."""
        tile, view = self._tile(), self._view
        if tile is None or view is None or tile.is_separator:
            return
        ids = _until_next(view, tile)
        batch = view.batch

        def begin(code: str) -> None:
            from desk_app.store import batches

            edit = partial(batches.begin_dossier, batch=batch, page_ids=ids, code=code)
            self._push(edit, self.tr("Dossier begins here"))
            self.work.sheet.setFocus()

        text = self.tr("Code of the dossier that begins at sheet {sheet}:").format(sheet=tile.sheet)
        self._ask(text, [_following(view)], self.tr("The dossier begins here"), begin, "accent")

    def _do_batch_undo(self) -> None:
        self._undo.undo()

    def _do_batch_redo(self) -> None:
        self._undo.redo()

    def _do_zoom_in(self) -> None:
        self.work.view.zoom_in()

    def _do_zoom_out(self) -> None:
        self.work.view.zoom_out()

    def _do_fit_page(self) -> None:
        self.work.view.fit_page()

    def _do_fit_width(self) -> None:
        self.work.view.fit_width()

    # --- the end -----------------------------------------------------------------------------

    def _do_suspend(self) -> None:
        if self._view is not None:
            self._submit(batch_seat.suspend, self._view.batch, done=self._on_put_away)

    def _on_put_away(self, _result: object) -> None:
        self._do_new_batch()

    def _do_close_batch(self) -> None:
        """Where everything adds up at once; a difference wants its reason."""
        view = self._view
        if view is None:
            return
        counted, batch = view.counted, view.batch

        def close(reason: str | None = None) -> None:
            self._submit(batch_seat.close, batch, reason, done=self._on_closed)

        if counted.adds_up:
            close()
            return
        told = [pick(each.text.vi, each.text.en) for each in counted.differences]
        more = len(told) - 4
        text = "\n".join(["• " + each for each in told[:4]])
        if more > 0:
            text += "\n" + self.tr("… and %n more", None, more)
        self._ask(text, labels.batch_reasons()[2:], self.tr("Close with this reason"), close, "bad")

    def _on_closed(self, _result: object) -> None:
        code = self._view.batch.code if self._view else ""
        text = self.tr("Batch {code} is closed.").format(code=code)
        self._station.say(NOTICE, "ok", text, self.tr("F9 reads and sorts its dossiers."))
        self._read()

    def _ask(
        self, text: str, answers: list[str], button: str, then: Callable[[str], None],
        tone: str = "warn",
    ) -> None:  # fmt: skip
        self._answer = then
        self.work.ask.ask(text, answers, button, tone)

    def _on_answer(self, answer: str) -> None:
        then, self._answer = self._answer, None
        if then is not None:
            then(answer)


def _read(sitting: Sitting, store: Store, batch_id: str) -> BatchView:
    """Runs on a lane: that somebody looks is recorded before there is anything to see."""
    sitting.view_batch(store, batch_id)
    return reading.read_batch(store, batch_id)


def _decode(tile: Tile, wanted: Callable[[], str | None]) -> tuple[Tile, Picture] | None:
    """Runs on a lane: pages that are no longer in front are not decoded."""
    return (tile, read_picture(tile.path)) if wanted() == tile.page_id else None


def _until_next(view: BatchView, tile: Tile) -> list[str]:
    """The page's sheet and what follows in the same dossier, as far as it goes."""
    place = next(n for n, t in enumerate(view.tiles) if t.sheet == tile.sheet)
    found: list[str] = []
    for each in view.tiles[place:]:
        if each.is_separator or each.dossier != tile.dossier:
            break
        if found and each.begins:
            break
        found.append(each.page_id)
    return found


def _following(view: BatchView) -> str:
    """The last dossier's code with its number one higher, as a proposal."""
    codes = [tile.dossier for tile in view.tiles if tile.dossier]
    last = max(codes, default=f"{view.batch.code}-0000")
    number = _NUMBER.search(last)
    if number is None:
        return f"{last}-0002"
    return f"{last[: number.start()]}{int(number.group()) + 1:0{len(number.group())}}"
