"""Asks for the PIN or passphrase of the signing key; it stays in memory for one session."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QVBoxLayout, QWidget

from desk_app.gui.station import SESSION_S
from desk_app.gui.widgets.parts import label


class PinDialog(QDialog):
    """A masked field; no input method sees what is typed."""

    def __init__(self, key_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Signing key"))
        self.setMinimumWidth(420)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addWidget(label(self.tr("PIN or passphrase of the signing key"), "title", wrap=True))
        column.addWidget(label(key_name, "muted", wrap=True))
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhSensitiveData
        )
        self.field.setAccessibleName(self.tr("PIN or passphrase of the signing key"))
        column.addWidget(self.field)
        text = self.tr("It is kept in memory for {minutes} minutes and never written down.")
        column.addWidget(label(text.format(minutes=int(SESSION_S // 60)), "caption", wrap=True))
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    def take(self) -> bytearray:
        """What was typed; the field is emptied."""
        secret = bytearray(self.field.text(), "utf-8")
        self.field.clear()
        return secret
