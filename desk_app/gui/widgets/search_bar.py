"""What is looked for: one line, and beside it what narrows the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
)

from desk_app.gui import icons
from desk_app.gui.commands import Actions
from desk_app.gui.i18n import collator
from desk_app.gui.widgets.day_edit import DayEdit
from desk_app.gui.widgets.parts import label, tool_button
from desk_app.store.search import LONGEST_QUERY, Query

_STEPS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class SearchLine(QLineEdit):
    """Arrows go through the answer while one types."""

    stepped = Signal(QKeyEvent)
    given_up = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _STEPS:
            self.stepped.emit(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)


class SearchBar(QFrame):
    """Line, filters and the line that says what was found."""

    changed = Signal()

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("Header")
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 12, 14, 10)
        column.setSpacing(8)
        self.line = SearchLine()
        self.line.setProperty("big", "true")
        self.line.setMaxLength(LONGEST_QUERY)
        self.line.setClearButtonEnabled(False)
        self.line.setAccessibleName(self.tr("Look for"))
        self.line.setPlaceholderText(
            self.tr("Name, number, code of a dossier, or words on a paper; marks are optional")
        )
        self.line.textChanged.connect(self.changed)
        row = QHBoxLayout()
        row.setSpacing(12)
        symbol = QLabel()
        symbol.setPixmap(icons.pixmap("search", "muted", 26, self.devicePixelRatioF()))
        row.addWidget(symbol)
        row.addWidget(self.line, 1)
        column.addLayout(row)
        column.addLayout(self._build_filters(actions))

    def _build_filters(self, actions: Actions) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.persons = QCheckBox(self.tr("Names and numbers only"))
        self.persons.toggled.connect(self.changed)
        self.paper = self._combo(self.tr("Kind of paper"))
        self.procedure = self._combo(self.tr("Procedure"))
        self.since = DayEdit(self.tr("From the day"))
        self.until = DayEdit(self.tr("To the day"))
        row.addWidget(self.persons)
        row.addWidget(self.paper, 1)
        row.addWidget(self.procedure, 1)
        for edit in (self.since, self.until):
            edit.textChanged.connect(self.changed)
        row.addWidget(self.since)
        row.addWidget(label("–", "muted"))
        row.addWidget(self.until)
        row.addWidget(tool_button(actions["clear_search"]))
        return row

    def _combo(self, name: str) -> QComboBox:
        combo = QComboBox()
        combo.setAccessibleName(name)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(11)
        combo.currentIndexChanged.connect(self.changed)
        combo.activated.connect(lambda _: self.line.setFocus())
        return combo

    def offer(self, papers: Mapping[str, str], procedures: Mapping[str, str]) -> None:
        """What can be chosen: titles by id."""
        for combo, everything, titles in (
            (self.paper, self.tr("Any kind of paper"), papers),
            (self.procedure, self.tr("Any procedure"), procedures),
        ):
            combo.blockSignals(True)
            combo.clear()
            combo.addItem(everything, "")
            for id, title in _sorted(titles.items()):
                combo.addItem(title, id)
            combo.blockSignals(False)

    @property
    def query(self) -> Query:
        """What is looked for now."""
        return Query(
            text=self.line.text(), person=self.persons.isChecked(),
            paper=str(self.paper.currentData() or ""),
            procedure=str(self.procedure.currentData() or ""),
            since=self.since.day, until=self.until.day,
        )  # fmt: skip

    @property
    def wrong_day(self) -> str:
        """What was typed as a day and is none."""
        return next((e.text().strip() for e in (self.since, self.until) if e.is_wrong), "")

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter is set."""
        query = self.query
        chosen = (query.person, query.paper, query.procedure, query.since, query.until)
        return any(chosen) or bool(self.wrong_day)

    def clear(self) -> None:
        """Look for nothing, everywhere."""
        self.blockSignals(True)
        for edit in (self.line, self.since, self.until):
            edit.clear()
        self.persons.setChecked(False)
        self.paper.setCurrentIndex(0)
        self.procedure.setCurrentIndex(0)
        self.blockSignals(False)
        self.changed.emit()


def _sorted(titles: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    order = collator()
    return sorted(titles, key=lambda pair: order.sortKey(pair[1]))
