"""Dossiers that wait to be signed at their level, and for what: a quiet strip above the work."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desk_app.gui import icons
from desk_app.gui.models.verification import Waiting
from desk_app.gui.widgets.parts import label

SHOWN = 3
"""More of them are counted; they usually wait for the same server."""


class WaitsStrip(QFrame):
    """Hidden while nothing waits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("notice", "warn")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 14, 8)
        row.setSpacing(10)
        symbol = QLabel()
        symbol.setPixmap(icons.pixmap("cloud_off", "warn", 20, self.devicePixelRatioF()))
        row.addWidget(symbol, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        self._title = label("", "strong", wrap=True)
        self._lines = label("", "", wrap=True)
        words.addWidget(self._title)
        words.addWidget(self._lines)
        row.addLayout(words, 1)
        self.hide()

    def show_waiting(self, waiting: Sequence[Waiting]) -> None:
        """Say what waits; nothing is signed below its level meanwhile."""
        self.setVisible(bool(waiting))
        title = self.tr("%n dossier(s) wait to be signed at their level. Nothing is lost.", None,
                        len(waiting))  # fmt: skip
        lines = [f"{each.code}: {each.words}" for each in waiting[:SHOWN]]
        if len(waiting) > SHOWN:
            lines.append(self.tr("and %n more", None, len(waiting) - SHOWN))
        self._title.setText(title)
        self._lines.setText("\n".join(lines))
        self.setAccessibleName(f"{title} {' '.join(lines)}")

    @property
    def text(self) -> str:
        """What it says."""
        return f"{self._title.text()}\n{self._lines.text()}"
