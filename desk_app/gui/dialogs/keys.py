"""F1: the keys that are valid here and now, nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui.commands import Command, keys_of, text_of
from desk_app.gui.widgets.parts import label

COLUMNS = 2


class KeysDialog(QDialog):
    """Generated from the table of commands."""

    def __init__(self, commands: Sequence[Command], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keys valid here"))
        self.resize(720, 480)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(14)
        column.addWidget(label(self.tr("Keys valid here"), "title"))
        body = QWidget()
        grid = QGridLayout(body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(9)
        shown = [c for c in commands if c.menu != "assign"] + _first_assign(commands)
        half = (len(shown) + COLUMNS - 1) // COLUMNS
        for place, command in enumerate(shown):
            row, side = place % half, 2 * (place // half)
            grid.addWidget(self._key(command), row, side, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(label(_text(command), "", wrap=True), row, side + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(body)
        column.addWidget(scroll, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    @staticmethod
    def _key(command: Command) -> QWidget:
        text = "1 – 9" if command.menu == "assign" else keys_of(command)
        key = label(text, "strong")
        key.setProperty("chip", "accent")
        return key


def _first_assign(commands: Sequence[Command]) -> list[Command]:
    return [c for c in commands if c.menu == "assign"][:1]


def _text(command: Command) -> str:
    text = text_of(command)
    return text.replace("1", "n") if command.menu == "assign" else text
