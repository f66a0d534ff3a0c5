"""The exception in front of the clerk: what it is, how many more, and the way on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui import icons
from desk_app.gui.i18n import pick
from desk_app.gui.models import labels
from desk_app.gui.widgets.parts import label, restyle
from desk_app.records import Finding


class ReasonBox(QComboBox):
    """Why the clerk goes on in spite of a finding: a ready reason or a typed one."""

    submitted = Signal()
    given_up = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.submitted.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)


class FindingCard(QFrame):
    """One finding; problems want a reason before they are accepted."""

    accepted = Signal(str)
    """The clerk takes responsibility, with this reason."""
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        top = QHBoxLayout()
        top.setSpacing(8)
        self._symbol = QLabel()
        self._count = label("", "strong")
        top.addWidget(self._symbol)
        top.addWidget(self._count)
        top.addStretch(1)
        column.addLayout(top)
        self._text = label("", wrap=True)
        column.addWidget(self._text)
        self.reason = ReasonBox()
        self.reason.setAccessibleName(self.tr("Reason for going on"))
        self.reason.submitted.connect(self._submit)
        self.reason.given_up.connect(self.left)
        column.addWidget(self.reason)
        self._button = QPushButton(self.tr("Accept with this reason"))
        self._button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._button.clicked.connect(self._submit)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        self._finding: Finding | None = None
        self.hide()

    @property
    def finding(self) -> Finding | None:
        """What is shown."""
        return self._finding

    def show_finding(
        self, finding: Finding | None, number: int, total: int, *, missing: bool, editable: bool
    ) -> None:
        """Show an exception, or nothing."""
        same = finding == self._finding
        self._finding = finding
        self.setVisible(finding is not None)
        if finding is None:
            return
        tone = "bad" if finding.severity == "problem" else "warn"
        restyle(self, "notice", tone)
        self._symbol.setPixmap(icons.pixmap(tone, tone, 20, self.devicePixelRatioF()))
        self._count.setText(
            self.tr("To look at: {number} of {total}").format(number=number, total=total)
        )
        text = pick(finding.text.vi, finding.text.en)
        self._text.setText(text)
        self.setAccessibleName(text)
        if not same:
            self.reason.clear()
            self.reason.addItems(labels.missing_reasons() if missing else labels.accept_reasons())
        self.reason.setVisible(editable)
        self._button.setVisible(editable)

    def ask(self) -> None:
        """Put the hand on the reason."""
        self.reason.setFocus(Qt.FocusReason.ShortcutFocusReason)
        edit = self.reason.lineEdit()
        if edit is not None:
            edit.selectAll()

    def _submit(self) -> None:
        reason = self.reason.currentText().strip()
        if self._finding is not None and reason:
            self.accepted.emit(reason)
