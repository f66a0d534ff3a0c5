"""Verification: signed files worst first, the facts of each signature, its place on the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui import rendering
from desk_app.gui.commands import VERIFY, Actions
from desk_app.gui.differences import Differences
from desk_app.gui.look_ups import LookUps
from desk_app.gui.models import verification
from desk_app.gui.models.pictures import Picture
from desk_app.gui.models.search import Place
from desk_app.gui.models.verification import ORDER, FilesModel, Signature, SignedFile, Waiting
from desk_app.gui.rereading import Rereading
from desk_app.gui.reviewing import Reviewing
from desk_app.gui.station import Station
from desk_app.gui.tasks import PICTURE, READ, Problem
from desk_app.gui.widgets.difference_panel import DifferencePanel
from desk_app.gui.widgets.files_view import FilesView
from desk_app.gui.widgets.page_view import Frame, PageView
from desk_app.gui.widgets.parts import (
    ElidedLabel,
    EmptyState,
    label,
    push_button,
    set_chip,
    tool_button,
)
from desk_app.gui.widgets.signature_card import SignatureCard
from desk_app.gui.widgets.state_bar import Part, StateBar
from desk_app.gui.widgets.verdict_panel import VerdictPanel
from desk_app.gui.widgets.waits_strip import WaitsStrip

if TYPE_CHECKING:
    from desk_app.store.database import Store

Wish = tuple[str, int, int]
"""File, page, and the end of the signed revision; 0 for the file as it is."""
Shown = tuple[float, float, float, float]
LIST_WIDTH, PANEL_WIDTH = 290, 380


class VerifyScreen(QWidget):
    """Shows what the store knows of signed files."""

    facts_changed = Signal()
    dossier_wanted = Signal(str)

    def __init__(self, station: Station, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._station = station
        self._actions = actions
        self.model = FilesModel(self)
        self._file: SignedFile | None = None
        self._page = 0
        self._pages = 1
        self._shown: Wish | None = None
        self._jump: Signature | None = None
        self._wanted: Place | None = None
        """What a search led to, until the files are read."""
        self._cards: list[SignatureCard] = []
        self._reading = Rereading(station, self._on_read)
        self._looks = LookUps(station, self)
        self._reviews = Reviewing(station, self)
        self._reviews.decided.connect(self._on_decided)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.waits = WaitsStrip()
        column.addWidget(self.waits)
        self._stack = QStackedLayout()
        column.addLayout(self._stack, 1)
        self._empty = EmptyState(
            "verify", self.tr("No signed file yet"),
            self.tr("Files appear here as soon as a dossier is finished at the counter."),
        )  # fmt: skip
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._build_body())
        self.files.selectionModel().currentChanged.connect(self._on_current)
        self.view.page_wanted.connect(self._step_page)
        self.view.frame_clicked.connect(self._on_frame)
        self.states.chosen.connect(self._filter)
        self._looks.ends_known.connect(self._show_ends)
        self.comparing.switched.connect(self._on_switched)
        self.comparing.page_wanted.connect(self._on_change)
        self.comparing.redraw.connect(self._show_page)

    # --- construction ------------------------------------------------------------------------

    def _build_body(self) -> QSplitter:
        self.files = FilesView(self.model)
        self.files.setAccessibleName(self.tr("Signed files, worst first"))
        self._actions.attach(self.files, VERIFY)
        left = QFrame()
        left.setObjectName("Panel")
        left.setMinimumWidth(220)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        summary = QVBoxLayout()
        summary.setContentsMargins(14, 12, 14, 8)
        summary.setSpacing(4)
        self.states = StateBar(self.tr("Signed files by state"))
        self._ends = label("", "caption", wrap=True)
        summary.addWidget(self.states)
        summary.addWidget(self._ends)
        column.addLayout(summary)
        column.addWidget(self.files, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setHandleWidth(1)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(left)
        splitter.addWidget(self._build_middle())
        splitter.addWidget(self._build_panel())
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([LIST_WIDTH, 700, PANEL_WIDTH])
        return splitter

    def _build_middle(self) -> QWidget:
        middle = QWidget()
        middle.setMinimumWidth(300)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QFrame()
        bar.setObjectName("PageBar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 4, 8, 4)
        row.setSpacing(2)
        self._page_label = ElidedLabel()
        row.addWidget(self._page_label, 1)
        self._side = label("")
        row.addWidget(self._side, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addSpacing(6)
        names = ("previous_page", "next_page", "zoom_out", "zoom_in", "fit_page", "fit_width",
                 "difference", "certificate", "export_report")  # fmt: skip
        for name in names:
            row.addWidget(tool_button(self._actions[name]))
        column.addWidget(bar)
        self.view = PageView()
        self._actions.attach(self.view, VERIFY)
        column.addWidget(self.view, 1)
        return middle

    def _build_panel(self) -> QFrame:
        self.panel = QFrame()
        self.panel.setObjectName("Panel")
        self.panel.setMinimumWidth(300)
        column = QVBoxLayout(self.panel)
        column.setContentsMargins(16, 14, 16, 0)
        column.setSpacing(10)
        self.verdict = VerdictPanel()
        column.addWidget(self.verdict)
        self._card_column = QVBoxLayout()
        self._card_column.setContentsMargins(0, 0, 0, 12)
        self._card_column.setSpacing(10)
        body = QWidget()
        body.setObjectName("PanelBody")
        inner = QVBoxLayout(body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addLayout(self._card_column)
        inner.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(body)
        column.addWidget(self._scroll, 1)
        self.difference = DifferencePanel(self._actions)
        self.difference.hide()
        column.addWidget(self.difference, 1)
        self.comparing = Differences(self._station, self.difference, self)
        column.addWidget(self._build_foot())
        self._actions.attach(self.panel, VERIFY)
        return self.panel

    def _build_foot(self) -> QFrame:
        foot = QFrame()
        foot.setObjectName("PanelFoot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(0, 12, 0, 12)
        row.addWidget(push_button(self._actions["send_back"]))
        row.addStretch(1)
        row.addWidget(push_button(self._actions["approve"], primary=True))
        return foot

    # --- what the window asks of a screen ----------------------------------------------------

    def facts(self) -> set[str]:
        """What holds now, for the commands."""
        found = {
            "files": bool(self.model.files),
            "file": self._file is not None,
            "approvable": self._file is not None and self._file.is_approvable,
            "any_approvable": any(file.is_approvable for file in self.model.files),
            "problems": any(file.is_problem for file in self.model.files),
            "signature": bool(self._cards),
            "comparing": self.comparing.is_on,
            "packable": bool(self.sealed_code),
            "picture": self.view.has_picture,
            "has_pages": self._file is not None and self._pages > 1,
            "idle": not self._station.tasks.is_busy(READ),
        }
        return {name for name, holds in found.items() if holds}

    def run(self, command: str) -> None:
        """Carry out a command of the table."""
        getattr(self, f"_do_{command}")()

    @property
    def sealed_code(self) -> str:
        """Code of the dossier in front, of which a package can be made."""
        return self._file.code if self._file else ""

    def activate(self) -> None:
        """The screen comes to the front."""
        self.refresh()
        self.files.setFocus()

    def refresh(self) -> None:
        """Read again what is shown."""
        desk = self._station.desk
        if desk is not None:
            self._reading.start(partial(_read, desk.store))

    def _on_read(self, found: tuple[list[SignedFile], list[Waiting]]) -> None:
        files, waiting = found
        self.model.show(files)
        self.waits.show_waiting(waiting)
        self._stack.setCurrentIndex(1 if files else 0)
        self._show_model()
        self._looks.ask_ends(files)

    def _show_model(self) -> None:
        """Keep the file in front where it is still shown."""
        chosen = self._file.document_id if self._file else ""
        self._show_states()
        self._show_ends()
        place, self._wanted = self._wanted, None
        row = self.model.row_for(place) if place else self.model.row_of(chosen)
        if self.model.files:
            self._choose(max(row, 0))
            if place and place.page is not None:
                self._page = place.page
                self._show_page()
        else:
            self._show_file(None)
        self.facts_changed.emit()

    def look_anew(self) -> None:
        """Somebody else sits down: the file in front is theirs to look at, with a record."""
        self._file = self._shown = None
        self.view.show_notice("")

    def open_place(self, place: Place) -> None:
        """Bring the file that a search led to into front as soon as the files are read."""
        self._wanted = place
        self.model.filter("")
        self.refresh()

    def _show_states(self) -> None:
        """How many files stand where, worst first; a state without files takes no room."""
        counts = Counter(file.kind for file in self.model.every)
        parts = []
        for kind in ORDER:
            if counts[kind]:
                state = verification.state_of(kind.replace("noted", "valid"), noted=kind == "noted")
                text = f"{counts[kind]} {state.word.lower()}"
                parts.append(Part(kind, state.tone, state.icon, text, counts[kind]))
        self.states.show_parts(parts, self.model.kind)

    def _filter(self, kind: str) -> None:
        self.model.filter(kind)
        self._show_model()

    def _show_ends(self) -> None:
        text = self._looks.ends_in_words(self.model.every)
        self._ends.setText(text)
        self._ends.setVisible(bool(text))

    # --- selection ---------------------------------------------------------------------------

    def _choose(self, row: int) -> None:
        index = self.model.index(row)
        self.files.selectionModel().setCurrentIndex(
            index, QItemSelectionModel.SelectionFlag.ClearAndSelect
        )
        self._on_current(index, QModelIndex())

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid() and index.row() < len(self.model.files):
            self._show_file(self.model.files[index.row()])

    def _show_file(self, file: SignedFile | None) -> None:
        if file == self._file:
            return
        other = file is None or self._file is None or file.document_id != self._file.document_id
        self._file = file
        if other:
            self.comparing.leave()
        self.verdict.show_file(file)
        self._show_cards()
        if other:
            self._page = 0
            self._pages = file.pages if file else 1
            first = next((s for s in file.signatures if s.page is not None), None) if file else None
            self._page = first.page or 0 if first else 0
        self._show_page()
        self.facts_changed.emit()

    def _show_cards(self) -> None:
        for card in self._cards:
            self._card_column.removeWidget(card)
            card.hide()
            card.deleteLater()
        signatures = self._file.signatures if self._file else ()
        self._cards = [SignatureCard(signature) for signature in signatures]
        for card in self._cards:
            card.shown.connect(self._on_frame)
            card.focused.connect(self._on_card_focus)
            self._card_column.addWidget(card)

    @property
    def cards(self) -> list[SignatureCard]:
        """The signatures of the file in front."""
        return self._cards

    def _on_card_focus(self, key: str) -> None:
        card = next((c for c in self._cards if c.signature.key == key), None)
        if card is not None:
            self._scroll.ensureWidgetVisible(card)
            self._draw_frames(key)

    # --- page --------------------------------------------------------------------------------

    def _show_page(self) -> None:
        file = self._file
        if file is None:
            self._shown = None
            self.view.show_notice("")
            return
        text = self.tr("{title} · page {page} of {pages}")
        self._page_label.setText(
            text.format(title=file.title, page=self._page + 1, pages=self._pages)
        )
        set_chip(self._side, "accent", self.tr("As signed") if self.comparing.shows_signed else "")
        wish = (str(file.path), self._page, self.comparing.end())
        if wish == self._shown:
            self._draw_frames()
            return
        self._shown = wish
        desk, who = self._station.desk, self._station.who
        assert desk is not None
        look = partial(who.sitting.view, desk.store, file.dossier_id, "verify")
        self._station.tasks.submit(
            PICTURE, _look, look, self._station.renderer, *wish,
            done=partial(self._on_picture, wish), failed=partial(self._on_no_picture, wish),
        )  # fmt: skip

    def _on_picture(self, wish: Wish, found: tuple[Picture, int]) -> None:
        if wish != self._shown:
            return
        picture, pages = found
        if not wish[2]:
            self._pages = pages
        if picture.is_null:
            self.view.show_notice(self.tr("The file had no such page when it was signed."))
            return
        self.view.show_picture(picture)
        self._draw_frames()
        if self._jump is not None:
            signature, self._jump = self._jump, None
            self._reveal(signature)
        self.facts_changed.emit()

    def _on_no_picture(self, wish: Wish, problem: Problem) -> None:
        if wish == self._shown:
            self.view.show_notice(f"{problem.text} {problem.next}")

    def _draw_frames(self, strong: str = "") -> None:
        """Outline the signatures of this page; the one in front carries its word."""
        loaded = self.view.picture_size
        if loaded is None or self._file is None:
            return
        if self.comparing.is_on:
            self.view.set_frames(self.comparing.frames(self._page, *loaded))
            return
        strong = strong or next((c.signature.key for c in self._cards if c.hasFocus()), "")
        here = [s for s in self._file.signatures if s.page == self._page and s.shown]
        frames = []
        for signature in here:
            label_text = f"{signature.state.word} · {signature.signer}"
            front = signature.key == strong or len(here) == 1
            box = _pixels(signature.shown or (0, 0, 0, 0), *loaded)
            frames.append(Frame(signature.key, box, signature.state.tone, label_text, front))
        self.view.set_frames(frames)

    def _step_page(self, step: int) -> None:
        page = min(max(self._page + step, 0), self._pages - 1)
        if page != self._page:
            self._page = page
            self._show_page()

    def _on_frame(self, key: str) -> None:
        """A card or a box was clicked: show its place."""
        if self.comparing.is_on:
            self.comparing.choose_frame(key)
            return
        signature = next((c.signature for c in self._cards if c.signature.key == key), None)
        if signature is None:
            return
        if signature.page is None or signature.shown is None:
            self._station.say("invisible", "accent", self.tr("This signature is not visible."),
                              self.tr("It has no place on a page."))  # fmt: skip
            return
        if signature.page != self._page or self.view.picture_size is None:
            self._jump = signature
            self._page = signature.page
            self._show_page()
        else:
            self._reveal(signature)

    def _reveal(self, signature: Signature) -> None:
        size = self.view.picture_size
        if size is not None and signature.shown is not None:
            self._draw_frames(signature.key)
            self.view.reveal(_pixels(signature.shown, *size))

    # --- comparing ---------------------------------------------------------------------------

    def _on_switched(self) -> None:
        on = self.comparing.is_on
        self._scroll.setVisible(not on)
        self.difference.setVisible(on)
        if not on:
            self.files.setFocus()
        self._show_page()
        self.facts_changed.emit()

    def _on_change(self, page: int) -> None:
        """Another place or the other side; a page below 0 is the one in front."""
        self._page = page if page >= 0 else self._page
        self._show_page()
        front, size = self.comparing.front, self.view.picture_size
        if front is not None and size is not None and front.page == self._page:
            self.view.reveal(_pixels(front.box, *size))

    def _do_difference(self) -> None:
        if self.comparing.is_on:
            self.comparing.leave()
        elif self._file is not None:
            card = self._card_in_front()
            self.comparing.start(self._file.path, card.signature.key if card else "")

    def _do_before_after(self) -> None:
        self.comparing.toggle_side()

    def _do_next_change(self) -> None:
        self.comparing.next()

    def _do_leave_difference(self) -> None:
        self.comparing.leave()

    # --- commands ----------------------------------------------------------------------------

    def _card_in_front(self) -> SignatureCard | None:
        """The card with the focus, else the first."""
        focused = next((c for c in self._cards if c.hasFocus()), None)
        return focused or next(iter(self._cards), None)

    def _do_certificate(self) -> None:
        card = self._card_in_front()
        if card is not None and self._file is not None:
            self._looks.show_certificate(self._file, card.signature)

    def _do_export_report(self) -> None:
        if self._file is not None:
            self._looks.export(self._file)

    def _do_filter_state(self) -> None:
        self.states.step()

    def _do_next_file(self) -> None:
        self._step_file(1)

    def _do_previous_file(self) -> None:
        self._step_file(-1)

    def _step_file(self, step: int) -> None:
        row = self.files.currentIndex().row() + step
        if 0 <= row < len(self.model.files):
            self._choose(row)

    def _do_next_problem(self) -> None:
        rows = [n for n, file in enumerate(self.model.files) if file.is_problem]
        after = [n for n in rows if n > self.files.currentIndex().row()]
        if rows:
            self._choose((after or rows)[0])

    def _do_show_signature(self) -> None:
        card = self._card_in_front()
        if card is not None:
            card.setFocus()
            self._on_frame(card.signature.key)

    def _do_approve(self) -> None:
        if self._file is not None and self._file.is_approvable:
            self._approve([self._file])

    def _do_approve_all(self) -> None:
        files = [file for file in self.model.files if file.is_approvable]
        self._reviews.ask_all(files, partial(self._approve, files))

    def _approve(self, files: list[SignedFile]) -> None:
        self._reviews.approve(files, self._next_open(files))

    def _next_open(self, files: list[SignedFile]) -> str:
        """Where the supervisor's eyes go next: the following file without a decision."""
        row = self.files.currentIndex().row()
        later = self.model.files[row + 1 :] + self.model.files[: row + 1]
        return next((f.document_id for f in later if f not in files and not f.approved), "")

    def _on_decided(self, follow: str) -> None:
        if follow and (row := self.model.row_of(follow)) >= 0:
            self._choose(row)
        self.refresh()

    def _do_send_back(self) -> None:
        if self._file is not None:
            self._reviews.ask_send_back(self._file)

    def _do_verify_again(self) -> None:
        from desk_app import pipeline

        file = self._file
        if file is None or self._station.desk is None:
            return
        self._station.tasks.submit(
            READ, pipeline.verdict_of, self._station.desk, file.document_id,
            done=partial(self._on_verified, file.title),
        )  # fmt: skip

    def _on_verified(self, title: str, verdict: dict[str, object] | None) -> None:
        state = verification.state_of(str((verdict or {}).get("status") or "undetermined"))
        self._station.say("verified", state.tone, f"{title}: {state.word}")
        self.refresh()

    def _do_open_verified(self) -> None:
        if self._file is not None:
            self.dossier_wanted.emit(self._file.dossier_id)

    def _do_next_page(self) -> None:
        self._step_page(1)

    def _do_previous_page(self) -> None:
        self._step_page(-1)

    def _do_zoom_in(self) -> None:
        self.view.zoom_in()

    def _do_zoom_out(self) -> None:
        self.view.zoom_out()

    def _do_fit_page(self) -> None:
        self.view.fit_page()

    def _do_fit_width(self) -> None:
        self.view.fit_width()


def _read(store: Store) -> tuple[list[SignedFile], list[Waiting]]:
    """Runs on a lane."""
    return verification.read_files(store), verification.read_waiting(store)


def _pixels(box: Shown, width: int, height: int) -> tuple[int, int, int, int]:
    x0, y0, x1, y1 = box
    return round(x0 * width), round(y0 * height), round(x1 * width), round(y1 * height)


def _look(look: Callable[[], None], *wish: Any) -> tuple[Picture, int]:  # noqa: ANN401
    """Runs on a lane: that somebody looks is recorded before there is anything to see."""
    look()
    return rendering.render(*wish)
