"""Stored papers that would satisfy an absent component: chosen by arrows, taken by Enter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout

from desk_app.gui import icons
from desk_app.gui.models import standing
from desk_app.gui.widgets.parts import label

if TYPE_CHECKING:
    from desk_app.dossiers.reuse import Candidate

ROW_PX = 78
SHOWN = 4


class _List(QListWidget):
    """Enter takes, Esc goes back to the papers."""

    taken = Signal(bool)
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.taken.emit(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class Offers(QFrame):
    """What may be reused for the component in front."""

    taken = Signal(object, bool)
    """A Candidate, and whether it came from the citizen's own list."""
    chosen = Signal(object)
    """A Candidate to look at."""
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        column.addWidget(label(self.tr("Already digitized: no need to scan it"), "strong"))
        self.list = _List()
        self.list.setAccessibleName(self.tr("Stored papers that would do"))
        self.list.setWordWrap(True)
        self.list.setIconSize(QSize(18, 18))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.taken.connect(lambda national: self.take(national=national))
        self.list.left.connect(self.left)
        self.list.currentRowChanged.connect(self._on_row)
        column.addWidget(self.list)
        self._use = self._button(self.tr("Use this paper (U)"), national=False)
        self._national = self._button(
            self.tr("Use it, from the citizen's own list (Shift+U)"), national=True
        )
        column.addWidget(self._use)
        column.addWidget(self._national)
        self._offers: tuple[Candidate, ...] = ()
        self.hide()

    def _button(self, text: str, *, national: bool) -> QPushButton:
        button = QPushButton(text)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setProperty("role", "offer")
        button.clicked.connect(lambda: self.take(national=national))
        return button

    def show_offers(self, offers: Sequence[Candidate], *, editable: bool) -> None:
        """Show what would do for the component in front; nothing hides it."""
        self.setVisible(bool(offers) and editable)
        if tuple(offers) == self._offers:
            return
        self._offers = tuple(offers)
        self.list.blockSignals(True)
        self.list.clear()
        for offer in offers:
            tone = "ok" if offer.is_valid else "bad"
            item = QListWidgetItem(icons.icon("reuse", tone), standing.offer_words(offer))
            item.setSizeHint(QSize(0, ROW_PX))
            self.list.addItem(item)
        self.list.setCurrentRow(0 if offers else -1)
        self.list.blockSignals(False)
        self.list.setFixedHeight(min(SHOWN, max(1, len(offers))) * ROW_PX + 8)
        self._on_row(self.list.currentRow())

    @property
    def current(self) -> Candidate | None:
        """The offer in front."""
        row = self.list.currentRow()
        return self._offers[row] if 0 <= row < len(self._offers) else None

    def take(self, *, national: bool) -> None:
        """Use the offer in front."""
        if self.current is not None:
            self.taken.emit(self.current, national)

    def _on_row(self, _row: int) -> None:
        usable = self.current is not None and self.current.is_valid
        self._use.setEnabled(usable)
        self._national.setEnabled(usable)
        if self.current is not None:
            self.chosen.emit(self.current)
