"""One signature as the supervisor reads it: who, when, and every fact with word and symbol."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desk_app.gui import icons
from desk_app.gui.models.verification import Fact, Signature
from desk_app.gui.widgets.parts import label, restyle, set_chip

FACT_ICON = 16


class SignatureCard(QFrame):
    """Focusable, so that arrows and Tab walk the signatures; Enter or a click shows the place."""

    shown = Signal(str)
    focused = Signal(str)

    def __init__(self, signature: Signature, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.signature = signature
        self.setProperty("card", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{signature.signer}: {signature.state.word}")
        self.setAccessibleDescription(
            "; ".join(f"{fact.title}: {fact.state.word}" for fact in signature.facts)
        )
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(4)
        column.addLayout(self._build_head())
        if signature.agency:
            column.addWidget(label(signature.agency, "", wrap=True))
        known = (signature.time, signature.level, signature.office)
        when = " · ".join(part for part in known if part)
        column.addWidget(label(when, "caption", wrap=True))
        if signature.demonstration:
            chip = label("")
            set_chip(chip, "warn", self.tr("DEMONSTRATION – no legal value"))
            column.addWidget(chip, 0, Qt.AlignmentFlag.AlignLeft)
        if signature.reason and signature.state.tone != "ok":
            words = signature.reason[:1].upper() + signature.reason[1:]
            reason = label(words, "", wrap=True)
            restyle(reason, "tone", signature.state.tone)
            column.addWidget(reason)
        column.addSpacing(4)
        column.addLayout(self._build_facts())

    def _build_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        name = label(self.signature.signer, "strong", wrap=True)
        chip = label("")
        set_chip(chip, self.signature.state.tone, self.signature.state.word)
        row.addWidget(name, 1)
        row.addWidget(chip, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _build_facts(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(5)
        for row, fact in enumerate(self.signature.facts):
            self._add_fact(grid, row, fact)
        grid.setColumnStretch(2, 1)
        return grid

    def _add_fact(self, grid: QGridLayout, row: int, fact: Fact) -> None:
        symbol = QLabel()
        symbol.setPixmap(
            icons.pixmap(fact.state.icon, fact.state.tone, FACT_ICON, self.devicePixelRatioF())
        )
        title = label(fact.title, "muted")
        word = label(fact.state.word, "", wrap=True)
        if fact.state.tone != "ok":
            restyle(word, "tone", fact.state.tone)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(symbol, row, 0, top)
        grid.addWidget(title, row, 1, top)
        grid.addWidget(word, row, 2, top)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        restyle(self, "current", True)
        self.focused.emit(self.signature.key)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        restyle(self, "current", False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: True, Qt.Key.Key_Up: False}.get(Qt.Key(event.key()))
        if step is not None:
            self.focusNextPrevChild(step)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self.shown.emit(self.signature.key)
