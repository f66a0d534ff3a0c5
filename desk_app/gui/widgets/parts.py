"""Small parts that every screen uses: labels by role, tool buttons of commands, empty states."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui import icons
from desk_app.gui.commands import BY_ID


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """A label in one of the roles of the style sheet."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setWordWrap(wrap)
    if role:
        result.setProperty("role", role)
    return result


class ElidedLabel(QLabel):
    """One line that ends in an ellipsis where the room ends; the tooltip has it all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(40)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width()
        )
        painter.drawText(self.contentsRect(), Qt.AlignmentFlag.AlignVCenter, text)


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        # A label takes over new paddings only when it hears of them.
        QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.StyleChange))
        widget.updateGeometry()


def set_chip(chip: QLabel, tone: str, text: str) -> None:
    """A word on a tinted plate; hidden when there is nothing to say."""
    chip.setText(text)
    chip.setVisible(bool(text))
    restyle(chip, "chip", tone)


def tool_button(action: QAction, *, text: bool = False) -> QToolButton:
    """A button of a command; the key is in its tooltip."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setAccessibleName(action.text())
    button.setIconSize(QSize(20, 20))
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    if text:
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button


def push_button(action: QAction, *, primary: bool = False) -> QPushButton:
    """A wide button of a command, enabled as the command is."""
    button = QPushButton(action.text())
    button.setToolTip(action.toolTip())
    button.setAccessibleName(action.text())
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    if primary:
        button.setProperty("role", "primary")
        tone, size = "on_accent", 18
        button.setIcon(icons.icon(BY_ID[action.objectName()].icon or "done", tone))
        button.setIconSize(QSize(size, size))
    button.setEnabled(action.isEnabled())
    action.enabledChanged.connect(button.setEnabled)
    action.changed.connect(lambda: button.setToolTip(action.toolTip()))
    button.clicked.connect(action.trigger)
    return button


def rule() -> QFrame:
    """A hair line between groups."""
    line = QFrame()
    line.setFixedHeight(1)
    line.setStyleSheet("background: palette(mid);")
    return line


class EmptyState(QWidget):
    """A calm picture and a sentence where there is nothing to show."""

    def __init__(self, icon: str, title: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(40, 40, 40, 40)
        column.setSpacing(10)
        column.addStretch(2)
        self._picture = QLabel()
        self._picture.setPixmap(icons.pixmap(icon, "control", 72, self.devicePixelRatioF()))
        self._title = label(title, "title", wrap=True)
        self._text = label(text, "muted", wrap=True)
        for part in (self._picture, self._title, self._text):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(part)
        column.addStretch(3)

    def set_text(self, title: str, text: str) -> None:
        """Say something else."""
        self._title.setText(title)
        self._text.setText(text)
