"""Asks for the passphrase of the data folder before the window opens."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QVBoxLayout, QWidget

from desk_app.errors import DeskError
from desk_app.gui.i18n import pick
from desk_app.gui.widgets.parts import label, restyle
from desk_app.store import vault


class PassphraseDialog(QDialog):
    """A masked field; it goes when the passphrase has opened the key."""

    def __init__(self, data: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data = data
        self.setWindowTitle(self.tr("Encrypted data"))
        self.setMinimumWidth(460)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addWidget(label(self.tr("Passphrase of this station's data"), "title", wrap=True))
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhSensitiveData
        )
        self.field.setAccessibleName(self.tr("Passphrase of this station's data"))
        column.addWidget(self.field)
        self.said = label(self.tr("It is kept in memory until the program ends."), "", wrap=True)
        column.addWidget(self.said)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self._try)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.field.setFocus()

    def _try(self) -> None:
        typed = self.field.text()
        self.field.clear()
        try:
            vault.unlock(self._data, typed.encode())
        except DeskError as fault:
            self.said.setText(f"{pick(fault.vi, fault.en)} {pick(fault.next_vi, fault.next_en)}")
            restyle(self.said, "tone", "bad")
            self.field.setFocus()
            return
        self.accept()
