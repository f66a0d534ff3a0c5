"""A page with the visible mark on it, to be dragged or moved by the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from desk_app.gui.widgets.page_view import Frame, PageView
from desk_app.records import Box

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}  # fmt: skip
STEP_MM, LEAP_MM = 1.0, 5.0


class MarkView(PageView):
    """Says by how much the mark shall move; drawing it anew is another's work."""

    dropped = Signal(float, float)
    """By how many pixels of the picture, to the right and down."""
    nudged = Signal(float, float)
    """By how many millimetres."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.movable = True
        self._box: Box | None = None
        self._from: QPointF | None = None
        self.setAccessibleName(self.tr("Preview; arrow keys move the mark"))

    def show_mark(self, box: Box | None, tone: str) -> None:
        """Outline the mark where it was drawn."""
        self._box = box
        self._outline(0, 0, tone)

    def _outline(self, dx: float, dy: float, tone: str = "accent") -> None:
        if self._box is None:
            self.set_frames(())
            return
        x0, y0, x1, y1 = self._box
        moved = (round(x0 + dx), round(y0 + dy), round(x1 + dx), round(y1 + dy))
        self.set_frames((Frame("mark", moved, tone, "", strong=True),))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = self._on_picture(event.position())
        if self.movable and self._box is not None and _within(self._box, point):
            self._from = point
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is None:
            super().mouseMoveEvent(event)
            return
        by = self._on_picture(event.position()) - self._from
        self._outline(by.x(), by.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._from is None:
            super().mouseReleaseEvent(event)
            return
        by = self._on_picture(event.position()) - self._from
        self._from = None
        if by.manhattanLength() > 1:
            self.dropped.emit(by.x(), by.y())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        arrow = _ARROWS.get(Qt.Key(event.key()))
        if arrow is None or not self.movable or self._box is None:
            super().keyPressEvent(event)
            return
        leap = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        step = LEAP_MM if leap else STEP_MM
        self.nudged.emit(arrow[0] * step, arrow[1] * step)


def _within(box: Box, point: QPointF) -> bool:
    x0, y0, x1, y1 = box
    return bool(x0 <= point.x() <= x1 and y0 <= point.y() <= y1)
