"""Search: one line over everything that was read, results while one types."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from desk_app.gui.commands import SEARCH, Actions
from desk_app.gui.i18n import pick
from desk_app.gui.models.search import Place, SearchModel, place_of
from desk_app.gui.searching import Found, Searching
from desk_app.gui.station import Station
from desk_app.gui.tasks import Problem
from desk_app.gui.widgets.hits_view import HitsView
from desk_app.gui.widgets.parts import EmptyState, label, restyle
from desk_app.gui.widgets.search_bar import SearchBar
from desk_app.store.search import Answer, Hit
from desk_app.store.states import SEALED


class SearchScreen(QWidget):
    """The line keeps the keyboard: arrows go through the hits, Enter opens the one in front."""

    facts_changed = Signal()
    dossier_wanted = Signal(str)
    place_wanted = Signal(object)
    """A Place to bring to the counter."""
    verification_wanted = Signal(object)
    """A Place to bring to the verification."""

    def __init__(self, station: Station, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._station = station
        self._actions = actions
        self._open_when_found = False
        self.model = SearchModel(self)
        self.asking = Searching(station, self)
        self._build()
        self._connect()
        self._show_none()

    # --- construction ------------------------------------------------------------------------

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.bar = SearchBar(self._actions)
        self.bar.line.addAction(self._actions["open_hit"])
        column.addWidget(self.bar)
        column.addLayout(self._build_status())
        self._stack = QStackedLayout()
        self._empty = EmptyState("search", "", "")
        self.view = HitsView(self.model)
        self.view.setAccessibleName(self.tr("Places where it was found"))
        self._actions.attach(self.view, SEARCH)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.view)
        column.addLayout(self._stack, 1)

    def _build_status(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(20, 8, 18, 8)
        row.setSpacing(14)
        self.count = label("", "strong")
        self.time = label("", "muted")
        self.note = label("", "")
        self.hint = label("", "caption")
        for part in (self.count, self.time, self.note):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self.hint)
        return row

    def _connect(self) -> None:
        self.bar.changed.connect(self._ask)
        self.bar.line.stepped.connect(self._step)
        self.bar.line.given_up.connect(self._on_given_up)
        self.asking.found.connect(self._on_found)
        self.asking.went_on.connect(self._on_more)
        self.asking.failed.connect(self._on_failed)
        self.model.wanted.connect(self._go_on)
        self.view.selectionModel().currentRowChanged.connect(self._on_current)
        self.view.doubleClicked.connect(lambda _: self._do_open_hit())

    # --- what the window asks of a screen ----------------------------------------------------

    def facts(self) -> set[str]:
        """What holds now, for the commands."""
        hit = self._hit()
        found = {
            "idle": True,
            "hit": hit is not None,
            "sought": bool(self.bar.line.text()) or self.bar.is_narrowed,
            "hit_sealed": hit is not None and hit.state in SEALED,
            "packable": bool(self.sealed_code),
        }
        return {name for name, holds in found.items() if holds}

    def run(self, command: str) -> None:
        """Carry out a command of the table."""
        getattr(self, f"_do_{command}")()

    def activate(self) -> None:
        """The screen comes to the front."""
        self._offer_filters()
        self.bar.line.setFocus()
        self.bar.line.selectAll()
        if self.facts() & {"sought"}:
            self.asking.again()

    def _offer_filters(self) -> None:
        """Kinds of paper and procedures, as soon as the desk is open."""
        desk = self._station.desk
        if desk is not None and not self.bar.paper.count():
            procedures = {
                id: pick(each.title, each.title_en) for id, each in desk.catalog.procedures.items()
            }
            papers = {id: pick(t.title, t.title_en) for id, t in desk.catalog.types.items()}
            self.bar.offer(papers, procedures)
            self.model.name_procedures(procedures)

    def refresh(self) -> None:
        """The store changed; a whole answer stays as it is, for nothing may move under the hand."""
        self._offer_filters()
        if self.facts() & {"sought"} and not self.asking.is_whole:
            self.asking.again()

    @property
    def sealed_code(self) -> str:
        """Code of the dossier in front where it is signed and so can be packed."""
        hit = self._hit()
        return hit.code if hit is not None and hit.state in SEALED else ""

    # --- asking ------------------------------------------------------------------------------

    def _ask(self) -> None:
        self._open_when_found = False
        query = self.bar.query
        self.facts_changed.emit()
        if not query.text.strip() and not self.bar.is_narrowed:
            self.asking.cancel()
            self._show_none()
            return
        if self.bar.wrong_day:
            text = self.tr("“{text}” is no day: type it as 31/01/2026.")
            self._say_note("warn", text.format(text=self.bar.wrong_day))
        self.asking.ask(query)

    def _go_on(self) -> None:
        self.asking.go_on([hit.entry for hit in self.model.hits])

    def _show_none(self) -> None:
        """Nothing is asked."""
        self.model.show(None)
        for part in (self.count, self.time, self.hint):
            part.setText("")
        self._say_note("", "")
        self._empty.set_text(
            self.tr("Find any paper of this desk"),
            self.tr("Type a name, a number, the code of a dossier or words of a paper, with or "
                    "without marks. Arrows choose, Enter opens it at that page."),
        )  # fmt: skip
        self._stack.setCurrentWidget(self._empty)

    # --- answers -----------------------------------------------------------------------------

    def _on_found(self, found: Found) -> None:
        entry = hit.entry if (hit := self._hit()) else None
        if self.model.show(found.answer):
            row = self.model.row_of(entry) if entry is not None else -1
            self.view.choose(max(row, 0))
        else:
            self.view.go_on_at_the_end()
            if not self.view.currentIndex().isValid():
                self.view.choose(0)
        self._stack.setCurrentWidget(self.view if self.model.hits else self._empty)
        self._show_counts()
        self.time.setText(self.tr("{ms} ms").format(ms=_milliseconds(found.answer)))
        self._say_completeness(found)
        if not self.model.hits:
            self._say_nothing_found(found)
        if self._open_when_found:
            self._open_when_found = False
            self._do_open_hit()
        self.facts_changed.emit()

    def _on_more(self, answer: Answer) -> None:
        self.model.extend(answer)
        self._show_counts()

    def _on_failed(self, problem: Problem) -> None:
        self.model.give_up()
        self._open_when_found = False
        self.model.show(None)
        self.count.setText("")
        self.time.setText("")
        self._say_note("", "")
        self._empty.set_text(problem.text, problem.next)
        self._stack.setCurrentWidget(self._empty)
        self.facts_changed.emit()

    def _show_counts(self) -> None:
        hits = self.model.hits
        dossiers = len({hit.dossier_id for hit in hits})
        if not hits:
            self.count.setText(self.tr("Nothing found"))
        else:
            places = self.tr("%n place(s)", None, len(hits))
            within = self.tr("%n dossier(s)", None, dossiers)
            text = self.tr("{places} in {dossiers}, and more below")
            if not self.model.has_more:
                text = self.tr("{places} in {dossiers}")
            self.count.setText(text.format(places=places, dossiers=within))
        self._show_hint()

    def _show_hint(self) -> None:
        self.hint.setText(self.tr("Enter opens it at that page") if self.model.hits else "")

    def _say_completeness(self, found: Found) -> None:
        if self.bar.wrong_day:
            return  # stands already, and is the reason for what is seen
        if found.behind:
            text = self.tr("%n page(s) and papers are still being indexed", None, found.behind)
            self._say_note("warn", text)
        elif not found.answer.complete:
            text = self.tr("The search was ended after two seconds: narrow it to see everything")
            self._say_note("warn", text)
        else:
            self._say_note("", "")

    def _say_note(self, tone: str, text: str) -> None:
        self.note.setText(text)
        restyle(self.note, "tone", tone)

    def _say_nothing_found(self, found: Found) -> None:
        parts = []
        if self.bar.is_narrowed:
            parts.append(self.tr("Take the filters away (Ctrl+Backspace)."))
        if len(found.query.text.split()) > 2:
            parts.append(self.tr("Try fewer words: two of a name are often enough."))
        if found.behind:
            parts.append(self.tr("Pages are still being indexed; the answer comes by itself."))
        parts.append(
            self.tr("Print that was read wrongly is not found: try another word of the same paper, "
                    "the day, or the code on the receipt.")
        )  # fmt: skip
        self._empty.set_text(self.tr("Nothing found"), "\n".join(parts))

    # --- selection ---------------------------------------------------------------------------

    def _hit(self) -> Hit | None:
        row = self.view.currentIndex().row()
        return self.model.hits[row] if 0 <= row < len(self.model.hits) else None

    def _on_current(self, _index: QModelIndex, _before: QModelIndex) -> None:
        self.facts_changed.emit()

    def _step(self, event: QKeyEvent) -> None:
        """The line keeps the focus; the list moves."""
        QCoreApplication.sendEvent(self.view, event)

    def _on_given_up(self) -> None:
        """Esc never loses a dossier: it only empties the line."""
        self.bar.line.clear()

    # --- commands ----------------------------------------------------------------------------

    def _do_open_hit(self) -> None:
        """Open the hit in front; where its answer is still to come, when it comes."""
        if self.asking.is_waiting and self.facts() & {"sought"}:
            self._open_when_found = True
            return
        place = self._place()
        if place is not None:
            self.place_wanted.emit(place)

    def _do_verify_hit(self) -> None:
        place = self._place()
        if place is not None:
            self.verification_wanted.emit(place)

    def _place(self) -> Place | None:
        hit = self._hit()
        if hit is None:
            return None
        self.asking.note()
        return place_of(hit, self.bar.line.text())

    def _do_persons(self) -> None:
        self.bar.persons.toggle()

    def _do_filter_paper(self) -> None:
        self.bar.paper.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.paper.showPopup()

    def _do_filter_procedure(self) -> None:
        self.bar.procedure.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.procedure.showPopup()

    def _do_filter_days(self) -> None:
        self.bar.since.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.since.selectAll()

    def look_anew(self) -> None:
        """Somebody else sits down: what was searched for before is not theirs to see."""
        self.asking.forget()
        self.bar.clear()

    def _do_clear_search(self) -> None:
        self.bar.clear()
        self.bar.line.setFocus()

    def sizeHint(self) -> QSize:
        return QSize(900, 600)


def _milliseconds(answer: Answer) -> str:
    return f"{answer.milliseconds:.0f}" if answer.milliseconds >= 1 else "< 1"
