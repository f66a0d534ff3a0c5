"""The strip at the bottom of every screen: device, key, queue, and how far the reading is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from desk_app.gui import icons
from desk_app.gui.widgets.parts import restyle


class StatusStrip(QFrame):
    """What the station is working with, always in sight."""

    def __init__(
        self, forget: QAction | None = None, parent: QWidget | None = None,
        lock: QAction | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setObjectName("StatusStrip")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 4, 14, 4)
        row.setSpacing(8)
        self._build_person(row, lock)
        self._device = self._item(row, "device")
        row.addWidget(_gap())
        self._key = self._item(row, "key")
        self._notice = QLabel()
        self._notice.setProperty("chip", "warn")
        self._notice.hide()
        row.addWidget(self._notice)
        self._vault = QLabel()
        self._vault.setProperty("chip", "bad")
        self._vault.hide()
        row.addWidget(self._vault)
        self._session = QLabel()
        self._session.setProperty("chip", "accent")
        row.addWidget(self._session)
        self.forget = QToolButton()
        if forget is not None:
            self.forget.setDefaultAction(forget)
            self.forget.setAccessibleName(forget.text())
        self.forget.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        row.addWidget(self.forget)
        self.set_session(0)
        row.addStretch(1)
        self._lane = QLabel()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(120)
        self._bar.setAccessibleName(self.tr("Progress"))
        row.addWidget(self._lane)
        row.addWidget(self._bar)
        self._lane_gap = _gap()
        row.addWidget(self._lane_gap)
        self._queue_icon = QLabel()
        row.addWidget(self._queue_icon)
        self._queue = QLabel()
        row.addWidget(self._queue)
        self.setMinimumHeight(34)
        self.set_lane("", 0, None)
        self.set_queue(0, 0)

    def _build_person(self, row: QHBoxLayout, lock: QAction | None) -> None:
        self._person = QLabel()
        self._person.setTextFormat(Qt.TextFormat.PlainText)
        self._person.setProperty("chip", "accent")
        self.lock = QToolButton()
        if lock is not None:
            self.lock.setDefaultAction(lock)
            self.lock.setAccessibleName(lock.text())
        self.lock.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.lock.setAutoRaise(True)
        self._person_gap = _gap()
        row.addWidget(self._person)
        row.addWidget(self.lock)
        row.addWidget(self._person_gap)
        self.set_person("")

    def set_person(self, text: str) -> None:
        """Who is logged in and as what; nothing on a one-person station."""
        self._person.setText(text)
        self._person.setVisible(bool(text))
        self.lock.setVisible(bool(text))
        self._person_gap.setVisible(bool(text))

    def _item(self, row: QHBoxLayout, icon: str) -> QLabel:
        symbol, label = QLabel(), QLabel()
        symbol.setPixmap(icons.pixmap(icon, "muted", 16, self.devicePixelRatioF()))
        row.addWidget(symbol)
        row.addWidget(label)
        return label

    def set_device(self, name: str, tone: str = "") -> None:
        """Which scanner, and how it stands."""
        _set(self._device, name, tone)

    def set_key(self, name: str, *, demonstration: bool) -> None:
        """Which key signs; a demonstration says so on every screen."""
        self._key.setText(name)
        self._key.setVisible(not demonstration)
        self._notice.setVisible(demonstration)
        self._notice.setText(self.tr("DEMONSTRATION KEY – no legal value") if demonstration else "")

    def set_encrypted(self, encrypted: bool) -> None:
        """Data that anyone can read say so on every screen."""
        self._vault.setText("" if encrypted else self.tr("DATA NOT ENCRYPTED"))
        self._vault.setVisible(not encrypted)

    def set_session(self, left_s: float) -> None:
        """How long the PIN still signs without being asked; nothing where it is not known."""
        minutes, seconds = divmod(int(left_s), 60)
        text = self.tr("PIN kept for {time}").format(time=f"{minutes}:{seconds:02}")
        self._session.setText(text if left_s > 0 else "")
        self._session.setVisible(left_s > 0)
        self.forget.setVisible(left_s > 0)

    def set_lane(self, text: str, done: int, total: int | None) -> None:
        """What runs behind and how far; empty text where nothing does."""
        self._lane.setText(text)
        self._bar.setVisible(bool(text))
        self._lane_gap.setVisible(bool(text))
        self._bar.setRange(0, total or 0)
        self._bar.setValue(min(done, total) if total else 0)

    def set_queue(self, waiting: int, dead: int) -> None:
        """How many files wait to be sent, and how many were given up."""
        if dead:
            text, tone = self.tr("Queue: %n need attention", None, dead), "bad"
        elif waiting:
            text, tone = self.tr("Queue: %n waiting", None, waiting), ""
        else:
            text, tone = self.tr("Queue: all sent"), ""
        _set(self._queue, text, tone)
        symbol = icons.pixmap(
            "cloud_off" if dead else "queue", tone or "muted", 16, self.devicePixelRatioF()
        )
        self._queue_icon.setPixmap(symbol)

    @property
    def texts(self) -> list[str]:
        """Everything that can be read on the strip."""
        shown = (
            self._person, self._device, self._key, self._notice, self._vault, self._session,
            self._lane, self._queue,
        )  # fmt: skip
        return [label.text() for label in shown if label.isVisibleTo(self)]


def _set(label: QLabel, text: str, tone: str) -> None:
    label.setText(text)
    restyle(label, "tone", tone)


def _gap() -> QWidget:
    line = QLabel("·")
    line.setProperty("role", "muted")
    line.setAlignment(Qt.AlignmentFlag.AlignCenter)
    line.setFixedWidth(18)
    return line
