"""Notices above the work: one line, one action, never in the way of a feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui import icons
from desk_app.gui.tasks import Problem

KEPT = 3
"""Older notices give way: a wall of banners is read by nobody."""
PASSING_MS = 8000


@dataclass(frozen=True, slots=True)
class Notice:
    """What a banner says."""

    key: str
    """A second notice with the same key replaces the first."""
    tone: str
    text: str
    detail: str = ""
    action: str = ""
    run: Callable[[], None] | None = None
    passing: bool = False
    """Good news goes by itself."""


def of_problem(
    problem: Problem, key: str = "", action: str = "", run: Callable[[], None] | None = None
) -> Notice:
    """A fault as a banner."""
    tone = "accent" if problem.interrupted else "bad"
    return Notice(key or problem.code, tone, problem.text, problem.next, action, run)


class _Banner(QFrame):
    """One notice."""

    def __init__(self, notice: Notice, close: Callable[[], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.notice = notice
        self.setProperty("notice", notice.tone)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 7, 8, 7)
        row.setSpacing(10)
        symbol = QLabel()
        name = {"accent": "info", "muted": "info"}.get(notice.tone, notice.tone)
        symbol.setPixmap(icons.pixmap(name, notice.tone, 20, self.devicePixelRatioF()))
        text = QLabel(f"<b>{notice.text}</b> {notice.detail}".strip())
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setWordWrap(True)
        text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(f"{notice.text} {notice.detail}".strip())
        row.addWidget(symbol, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(text, 1)
        if notice.action and notice.run:
            row.addWidget(self._action(notice, close))
        row.addWidget(self._closer(close))

    def _action(self, notice: Notice, close: Callable[[], None]) -> QPushButton:
        button = QPushButton(notice.action)
        button.setProperty("role", "flat")
        button.clicked.connect(close)
        if notice.run is not None:
            button.clicked.connect(notice.run)
        return button

    def _closer(self, close: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setIcon(icons.icon("close"))
        button.setIconSize(QSize(14, 14))
        button.setAutoRaise(True)
        button.setMinimumSize(26, 26)
        button.setToolTip(self.tr("Dismiss"))
        button.setAccessibleName(self.tr("Dismiss this notice"))
        button.clicked.connect(close)
        return button


class BannerArea(QWidget):
    """The notices of the window, newest first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(10, 8, 10, 0)
        self._column.setSpacing(6)
        self._banners: list[_Banner] = []
        self.setAccessibleName(self.tr("Notices"))
        self.hide()

    def show_notice(self, notice: Notice) -> None:
        """Add a notice, or replace the one with the same key."""
        self.clear(notice.key)
        banner = _Banner(notice, lambda: self.clear(notice.key), self)
        self._banners.insert(0, banner)
        self._column.insertWidget(0, banner)
        for old in self._banners[KEPT:]:
            self.clear(old.notice.key)
        self.show()
        if notice.passing:
            QTimer.singleShot(PASSING_MS, banner, lambda: self._drop(banner))

    def clear(self, key: str = "") -> None:
        """Take away the notice with this key, or all."""
        for banner in [b for b in self._banners if not key or b.notice.key == key]:
            self._drop(banner)

    @property
    def notices(self) -> list[Notice]:
        """What is shown, newest first."""
        return [banner.notice for banner in self._banners]

    def _drop(self, banner: _Banner) -> None:
        if banner in self._banners:
            self._banners.remove(banner)
            self._column.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
        self.setVisible(bool(self._banners))
