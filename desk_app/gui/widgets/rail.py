"""The mode rail at the left: one button a screen."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout, QWidget

from desk_app.gui import icons

WIDTH = 88


class Rail(QFrame):
    """Buttons for the screens; the one in front is marked."""

    def __init__(self, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Rail")
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(self.tr("Screens"))
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(4)
        for screen, action in actions.items():
            column.addWidget(self._button(screen, action))
        column.addStretch(1)

    def _button(self, screen: str, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setCheckable(True)
        button.setText(action.text())
        button.setAccessibleName(action.text())
        button.setToolTip(action.toolTip())
        button.setIcon(icons.rail_icon(screen))
        button.setIconSize(QSize(24, 24))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setFixedWidth(WIDTH - 1)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(action.trigger)
        action.changed.connect(lambda: _follow(button, action))
        self._group.addButton(button)
        self._buttons[screen] = button
        return button

    def mark(self, screen: str) -> None:
        """Show which screen is in front."""
        self._buttons[screen].setChecked(True)


def _follow(button: QToolButton, action: QAction) -> None:
    """Grey, with the reason in the tooltip, where whoever sits here may not see the screen."""
    button.setEnabled(action.isEnabled())
    button.setToolTip(action.toolTip())
