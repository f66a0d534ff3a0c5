"""The cover over a locked window: pick your name, type the PIN, Enter."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui.i18n import collator, pick
from desk_app.gui.widgets.parts import label, restyle
from desk_app.store import rights

if TYPE_CHECKING:
    from desk_app.gui.tasks import Problem
    from desk_app.store.people import Person

CARD_WIDTH = 460
MOST_ROWS, ROW_HEIGHT = 8, 34
TYPED_MS = 900
"""Letters typed within this time belong to one name."""
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_WALK = {Qt.Key.Key_PageUp: -MOST_ROWS, Qt.Key.Key_PageDown: MOST_ROWS}


class LockScreen(QWidget):
    """Lies over everything that the window shows, opaque, as long as nobody is logged in."""

    entered = Signal(str, object)
    """Id of a person and the PIN as a bytearray."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("LockScreen")
        self.setAutoFillBackground(True)
        self._typed = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPED_MS)
        self._pause.timeout.connect(self._forget_typed)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        middle = QHBoxLayout()  # stretches, because an aligned card forgets that its text wraps
        middle.addStretch(1)
        middle.addWidget(self._build_card())
        middle.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(3)
        parent.installEventFilter(self)
        self.hide()

    def _build_card(self) -> QFrame:
        card = QFrame()
        card.setProperty("card", True)
        card.setFixedWidth(CARD_WIDTH)
        column = QVBoxLayout(card)
        column.setContentsMargins(30, 26, 30, 26)
        column.setSpacing(10)
        column.addWidget(label(self.tr("Who is at the counter?"), "title", wrap=True))
        text = self.tr("Scans and readings go on behind this. Nothing that was open is lost.")
        column.addWidget(label(text, "muted", wrap=True))
        self.names = QListWidget()
        self.names.setStyleSheet("QListWidget::item { padding: 0 8px; }")
        self.names.setAccessibleName(self.tr("Your name"))
        self.names.installEventFilter(self)
        self.names.itemActivated.connect(lambda _: self.pin.setFocus())
        self.names.itemClicked.connect(lambda _: self.pin.setFocus())
        self.names.currentRowChanged.connect(lambda _: self._clear())
        column.addWidget(self.names)
        column.addLayout(self._build_entry())
        self.hint = label("", "", wrap=True)
        self.hint.setProperty("tone", "bad")
        self.hint.hide()
        column.addWidget(self.hint)
        help_ = self.tr("↑ ↓ or the first letters choose a name, Enter goes to the PIN. "
                        "A forgotten PIN is set anew by an administrator.")  # fmt: skip
        column.addWidget(label(help_, "caption", wrap=True))
        return card

    def _build_entry(self) -> QHBoxLayout:
        row = QHBoxLayout()
        caption = label(self.tr("&PIN"), "strong")
        caption.setTextFormat(Qt.TextFormat.AutoText)
        self.pin = QLineEdit()
        self.pin.setProperty("big", True)
        self.pin.setEchoMode(QLineEdit.EchoMode.Password)
        self.pin.setMaxLength(128)
        self.pin.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhSensitiveData
        )
        self.pin.setAccessibleName(self.tr("Your PIN"))
        self.pin.installEventFilter(self)
        self.pin.returnPressed.connect(self._enter)
        caption.setBuddy(self.pin)
        self.ok = QPushButton(self.tr("&Log in"))
        self.ok.setProperty("role", "primary")
        self.ok.clicked.connect(self._enter)
        for part in (caption, self.pin, self.ok):
            row.addWidget(part, 1 if part is self.pin else 0)
        return row

    # --- shown and gone ----------------------------------------------------------------------

    def cover(self, people: Sequence[Person], last: str) -> None:
        """Lie over the window, with the person who sat here last in front."""
        order = collator()
        table = rights.table().roles
        known = sorted(people, key=lambda each: order.sortKey(each.name))
        self.names.clear()
        for each in known:
            title = table[each.role].title
            item = QListWidgetItem(f"{each.name}   ·   {pick(title.vi, title.en)}")
            item.setSizeHint(QSize(0, ROW_HEIGHT))
            item.setData(Qt.ItemDataRole.UserRole, each.id)
            item.setData(Qt.ItemDataRole.UserRole + 1, each.name)
            self.names.addItem(item)
        self.names.setFixedHeight(ROW_HEIGHT * min(MOST_ROWS, max(1, len(known))) + 6)
        ids = [each.id for each in known]
        self.names.setCurrentRow(ids.index(last) if last in ids else 0)
        self._forget_typed()
        self.show_problem(None)
        self._fill_parent()
        self.show()
        self.raise_()
        self.names.setFocus()

    def uncover(self) -> None:
        """Somebody logged in."""
        self.pin.clear()
        self._set_asking(False)
        self.hide()

    def show_problem(self, problem: Problem | None) -> None:
        """Say why nobody was let in; the field is empty and ready again."""
        self.hint.setText(f"{problem.text} {problem.next}" if problem else "")
        self.hint.setVisible(problem is not None)
        restyle(self.pin, "doubt", problem is not None)
        self.pin.clear()
        self._set_asking(False)
        if problem is not None:
            self.pin.setFocus()

    def _fill_parent(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())

    # --- keys --------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.parentWidget():
            if event.type() == QEvent.Type.Resize:
                self._fill_parent()
            return False
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._on_key(watched, event)
        return False

    def _on_key(self, watched: QObject, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if watched is self.pin:  # the arrows choose a name from here as well
            return key in _STEPS and self._step(_STEPS[key])
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._forget_typed()
            self.pin.setFocus()
            return True
        text = event.text()
        if text.isdigit():  # a PIN of digits is begun without a key in between
            self.pin.setFocus()
            self.pin.insert(text)
            return True
        if text.isprintable() and text and (text != " " or self._typed):
            self._seek(text)
            return True
        return key in _WALK and self._step(_WALK[key])

    def _step(self, by: int) -> bool:
        row = min(max(self.names.currentRow() + by, 0), self.names.count() - 1)
        self.names.setCurrentRow(row)
        return True

    def _seek(self, text: str) -> None:
        """The first name that has a word beginning with what was typed, marks aside."""
        self._typed += _plain(text)
        self._pause.start()
        for row in range(self.names.count()):
            name = _plain(str(self.names.item(row).data(Qt.ItemDataRole.UserRole + 1)))
            if f" {self._typed}" in f" {name}":
                self.names.setCurrentRow(row)
                return

    def _forget_typed(self) -> None:
        self._typed = ""

    def _clear(self) -> None:
        self.pin.clear()
        self.hint.hide()
        restyle(self.pin, "doubt", False)

    def _enter(self) -> None:
        item = self.names.currentItem()
        if item is None or not self.pin.text() or not self.pin.isEnabled():
            return
        pin = bytearray(self.pin.text(), "utf-8")
        self.pin.clear()
        self._set_asking(True)
        self.entered.emit(str(item.data(Qt.ItemDataRole.UserRole)), pin)

    def _set_asking(self, asking: bool) -> None:
        for part in (self.pin, self.ok, self.names):
            part.setEnabled(not asking)


def _plain(text: str) -> str:
    """Letters without marks in lower case."""
    apart = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(char for char in apart if not unicodedata.combining(char)).casefold()
