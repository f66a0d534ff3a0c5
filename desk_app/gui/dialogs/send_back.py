"""Asks why a signed paper goes back to the counter: a number key for the usual reasons."""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui.widgets.parts import label

_N = QT_TRANSLATE_NOOP
REASONS = (
    _N("SendBack", "A page is missing"),
    _N("SendBack", "A page cannot be read"),
    _N("SendBack", "The wrong paper"),
    _N("SendBack", "A value is wrong"),
    _N("SendBack", "The wrong signer or role"),
    _N("SendBack", "The mark covers the text"),
    _N("SendBack", "The paper belongs to another dossier"),
)


class SendBackDialog(QDialog):
    """The reason stands before the clerk as a problem of the dossier."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Send back to the counter"))
        self.setMinimumWidth(460)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addWidget(label(title, "title", wrap=True))
        column.addWidget(
            label(
                self.tr(
                    "The whole dossier opens again at the counter. The signed files stay on "
                    "record and are not sent any more."
                ),
                "muted",
                wrap=True,
            )
        )
        column.addWidget(self._build_list())
        caption = label(self.tr("&More about it"), "caption")
        caption.setTextFormat(Qt.TextFormat.AutoText)
        self.more = QLineEdit()
        self.more.setMaxLength(300)
        self.more.textChanged.connect(self._check)
        caption.setBuddy(self.more)
        column.addWidget(caption)
        column.addWidget(self.more)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._accept = buttons.addButton(
            self.tr("Send back"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self._accept.setProperty("role", "primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self._check()
        self.list.setFocus()

    def _build_list(self) -> QListWidget:
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Reason"))
        for number, text in enumerate(REASONS, start=1):
            item = QListWidgetItem(f"{number}   {QCoreApplication.translate('SendBack', text)}")
            item.setData(Qt.ItemDataRole.UserRole, QCoreApplication.translate("SendBack", text))
            self.list.addItem(item)
        self.list.setFixedHeight(self.list.sizeHintForRow(0) * len(REASONS) + 6)
        self.list.itemSelectionChanged.connect(self._check)
        return self.list

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A number chooses its reason, wherever the focus is but in the text."""
        number = event.text()
        typing = self.more.hasFocus()
        if not typing and number.isdigit() and 1 <= int(number) <= len(REASONS):
            self.list.setCurrentRow(int(number) - 1)
            return
        super().keyPressEvent(event)

    @property
    def reason(self) -> str:
        """What was chosen and typed, in one line."""
        # Not the current row: the list makes the first one current when it gets the focus.
        chosen = "".join(str(i.data(Qt.ItemDataRole.UserRole)) for i in self.list.selectedItems())
        return ": ".join(part for part in (chosen, self.more.text().strip()) if part)

    def _check(self) -> None:
        self._accept.setEnabled(bool(self.reason))
