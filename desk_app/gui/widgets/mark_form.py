"""What a signing profile asks for: its lines' values, and the pictures of signature and seal."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from signing.appearance.profile import Appearance

_N = QT_TRANSLATE_NOOP
BY_ITSELF = frozenset({"signer", "agency", "signing_time", "notice"})
"""Filled from the certificate, the settings and the clock; the notice is not to be changed."""
_LABELS = {
    "copy_type": _N("MarkForm", "Kind of copy"),
    "document_number": _N("MarkForm", "Number of the document"),
    "signature_image": _N("MarkForm", "Picture of the signature (PNG)"),
    "seal_image": _N("MarkForm", "Picture of the seal (PNG)"),
    "number": _N("MarkForm", "Number of certification"),
    "book": _N("MarkForm", "Book"),
    "title": _N("MarkForm", "Title of the signer"),
    "attestation": _N("MarkForm", "Words of certification"),
}
COPY_TYPES = ("Sao y", "Sao lục", "Trích sao")
"""Decree 30/2020/ND-CP, article 25."""


class MarkForm(QWidget):
    """One field for each value; pictures are chosen as files."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        self._form.setVerticalSpacing(8)
        self._fields: dict[str, QLineEdit | QComboBox] = {}

    def ask(self, look: Appearance | None, values: Mapping[str, str]) -> None:
        """Ask for what a mark needs, filled with what is known."""
        while self._form.rowCount():
            self._form.removeRow(0)
        self._fields = {}
        for name in look.value_names if look else ():
            if name not in BY_ITSELF:
                known = values.get(name) or (look.values.get(name, "") if look else "")
                self._add(name, known)

    def _add(self, name: str, value: str) -> None:
        text = QCoreApplication.translate("MarkForm", _LABELS.get(name, name))
        if name == "copy_type":
            box = QComboBox()
            box.addItems([*COPY_TYPES, *([value] if value not in ("", *COPY_TYPES) else [])])
            box.setCurrentText(value or COPY_TYPES[0])
            box.currentTextChanged.connect(lambda _: self.changed.emit())
            self._fields[name] = box
            self._form.addRow(text, box)
            return
        line = QLineEdit(value)
        line.textChanged.connect(lambda _: self.changed.emit())
        line.setAccessibleName(text)
        self._fields[name] = line
        self._form.addRow(text, self._with_browser(line) if name.endswith("_image") else line)

    def _with_browser(self, line: QLineEdit) -> QWidget:
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        button = QToolButton()
        button.setText("…")
        button.setAccessibleName(self.tr("Choose a file"))
        button.clicked.connect(partial(self._browse, line))
        row.addWidget(line, 1)
        row.addWidget(button)
        both.setFocusProxy(line)
        return both

    def _browse(self, line: QLineEdit) -> None:
        dialog = QFileDialog(self, self.tr("Choose a file"), line.text(), "PNG (*.png)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(line.setText)
        dialog.open()

    @property
    def field_names(self) -> list[str]:
        """What is asked for."""
        return list(self._fields)

    def field(self, name: str) -> QLineEdit | QComboBox:
        """The field of one value."""
        return self._fields[name]

    @property
    def values(self) -> dict[str, str]:
        """What was chosen and typed; empty ones are left to the profile."""
        found = {
            name: (f.currentText() if isinstance(f, QComboBox) else f.text()).strip()
            for name, f in self._fields.items()
        }
        return {name: value for name, value in found.items() if value}
