"""Typing as an input method does it. qtbot.keyClicks aborts the process on a Vietnamese letter."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtTest import QTest


def commit(widget, text):
    """What a Vietnamese input method sends when a word is done."""
    event = QInputMethodEvent()
    event.setCommitString(text)
    QCoreApplication.sendEvent(widget, event)


def type_text(widget, text):
    """One key event a letter."""
    for letter in text:
        for kind in (QKeyEvent.Type.KeyPress, QKeyEvent.Type.KeyRelease):
            QCoreApplication.sendEvent(
                widget, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter)
            )


class Keyboard:
    """Presses keys on whatever has the focus, and counts them."""

    def __init__(self, window):
        self._window = window
        self.pressed = 0

    def __call__(self, key, modifier=Qt.KeyboardModifier.NoModifier):
        self.pressed += 1
        QTest.keyClick(self._window.focusWidget() or self._window, key, modifier)
