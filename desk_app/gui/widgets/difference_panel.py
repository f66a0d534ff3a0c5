"""What changed since a signature: whose, in which words, and every place to step through."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui import icons
from desk_app.gui.commands import Actions
from desk_app.gui.models.differences import Change
from desk_app.gui.widgets.parts import label, push_button, restyle


class DifferencePanel(QWidget):
    """Knows nothing of files: it shows what it is told and says what was chosen."""

    signature_chosen = Signal(int)
    """Its place in the box of signatures."""
    change_chosen = Signal(int)
    side_chosen = Signal(bool)
    """True: the page as it was signed."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(8)
        self._title = label(self.tr("What changed since signing"), "strong")
        column.addWidget(self._title)
        self.signatures = QComboBox()
        self.signatures.setAccessibleName(self.tr("Since the signature of"))
        self.signatures.activated.connect(self.signature_chosen)
        column.addWidget(self.signatures)
        self.summary = label("", "strong", wrap=True)
        self.detail = label("", "caption", wrap=True)
        column.addWidget(self.summary)
        column.addWidget(self.detail)
        column.addLayout(self._build_sides())
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Changed places, page by page"))
        self.list.setWordWrap(True)
        self.list.currentRowChanged.connect(self.change_chosen)
        column.addWidget(self.list, 1)
        self._filler = QWidget()
        column.addWidget(self._filler, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(push_button(actions["leave_difference"]))
        column.addLayout(foot)

    def _build_sides(self) -> QHBoxLayout:
        self.signed_side = QPushButton(self.tr("As signed"))
        self.now_side = QPushButton(self.tr("As it is now"))
        self._sides = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(6)
        for button in (self.signed_side, self.now_side):
            button.setCheckable(True)
            button.setProperty("role", "side")
            self._sides.addButton(button)
            row.addWidget(button, 1)
        self.now_side.setChecked(True)
        self.signed_side.clicked.connect(lambda: self.side_chosen.emit(True))
        self.now_side.clicked.connect(lambda: self.side_chosen.emit(False))
        return row

    def show_wait(self, text: str) -> None:
        """Say that it is being looked up, or why it cannot be."""
        with QSignalBlocker(self.signatures):
            self.signatures.clear()
        self.signatures.setVisible(False)
        self._show_words("", text, "")
        self._show_changes(())

    def show_signatures(self, names: Sequence[str], chosen: int) -> None:
        """Whose signature the comparison may begin at."""
        with QSignalBlocker(self.signatures):
            self.signatures.clear()
            self.signatures.addItems(list(names))
            self.signatures.setCurrentIndex(chosen)
        self.signatures.setVisible(True)

    def show_found(
        self, tone: str, summary: str, detail: str, changes: Sequence[Change], *, sides: bool
    ) -> None:
        """Show what changed since the chosen signature."""
        self._show_words(tone, summary, detail)
        self._show_changes(changes)
        for button in (self.signed_side, self.now_side):
            button.setVisible(sides)

    def _show_words(self, tone: str, summary: str, detail: str) -> None:
        self.summary.setText(summary)
        restyle(self.summary, "tone", tone)
        self.detail.setText(detail)
        self.detail.setVisible(bool(detail))

    def _show_changes(self, changes: Sequence[Change]) -> None:
        with QSignalBlocker(self.list):
            self.list.clear()
            for change in changes:
                symbol = "bad" if change.tone == "bad" else "seal"
                self.list.addItem(QListWidgetItem(icons.icon(symbol, change.tone), change.text))
        self.list.setVisible(bool(changes))
        self._filler.setVisible(not changes)
        for button in (self.signed_side, self.now_side):
            button.setVisible(bool(changes))

    def show_side(self, *, signed: bool) -> None:
        """Which of the two states is on the page."""
        (self.signed_side if signed else self.now_side).setChecked(True)

    def choose(self, row: int) -> None:
        """Bring one change to the front."""
        self.list.setCurrentRow(row)
        self.list.scrollToItem(self.list.item(row))

    def take_focus(self) -> None:
        """To the list, or to the signatures where the list is empty."""
        shown = self.list if self.list.count() else self.signatures
        shown.setFocus(Qt.FocusReason.OtherFocusReason)
