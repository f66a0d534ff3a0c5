"""The verdict on a file: its word, the cause, the next step, and what is to know beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desk_app.gui import icons
from desk_app.gui.models.verification import SignedFile
from desk_app.gui.widgets.parts import label, restyle


class VerdictPanel(QFrame):
    """One plate in the tone of the verdict."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 12, 10)
        row.setSpacing(10)
        self._symbol = QLabel()
        row.addWidget(self._symbol, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.word = label("", "title")
        self.reason = label("", "", wrap=True)
        self.notes = label("", "", wrap=True)
        self.waits = label("", "strong", wrap=True)
        self.approved = label("", "strong", wrap=True)
        for part in (self.word, self.reason, self.notes, self.waits, self.approved):
            words.addWidget(part)
        row.addLayout(words, 1)

    def show_file(self, file: SignedFile | None) -> None:
        """Show the verdict on a file; nothing without one."""
        self.setVisible(file is not None)
        if file is None:
            return
        restyle(self, "notice", file.state.tone)
        ratio = self.devicePixelRatioF()
        self._symbol.setPixmap(icons.pixmap(file.state.icon, file.state.tone, 26, ratio))
        self.word.setText(file.state.word)
        self.reason.setText("\n".join(_sentence(part) for part in (file.reason, file.next) if part))
        _say(self.notes, "\n".join(f"• {note}" for note in file.notes))
        _say(self.waits, file.waits)
        _say(self.approved, file.approved)
        self.setAccessibleName(f"{file.state.word}. {file.reason} {file.waits}".strip())


def _say(part: QLabel, text: str) -> None:
    part.setText(text)
    part.setVisible(bool(text))


def _sentence(text: str) -> str:
    """A verdict's reason stands in the middle of a line elsewhere; here it begins one."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
