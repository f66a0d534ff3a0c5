"""How many files stand where: one stacked bar that is the filter, by mouse and by arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desk_app.gui import icons, theme

BAR_PX, GAP_PX, ROW_PX, SYMBOL_PX = 10, 8, 28, 16
LEAST_PX = 8
"""A single file among hundreds is still to be seen."""


@dataclass(frozen=True, slots=True)
class Part:
    """One state with its number of files."""

    kind: str
    tone: str
    icon: str
    text: str
    count: int


class StateBar(QWidget):
    """Left and Right choose a state, Home shows all again; a click does the same."""

    chosen = Signal(str)
    """A state to show alone; empty for all."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._all_text = self.tr("all")
        self._parts: tuple[Part, ...] = ()
        self._kind = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setToolTip(self.tr("Shows the files of one state alone; once more shows all."))
        self._name()

    def show_parts(self, parts: Sequence[Part], kind: str) -> None:
        """Show the states that have files, and which of them is shown alone."""
        if (tuple(parts), kind) == (self._parts, self._kind):
            return
        self._parts, self._kind = tuple(parts), kind
        self._name()
        self.updateGeometry()
        self.update()

    def step(self, by: int = 1) -> None:
        """The next state, then all again."""
        kinds = ["", *(part.kind for part in self._parts)]
        here = kinds.index(self._kind) if self._kind in kinds else 0
        self.chosen.emit(kinds[(here + by) % len(kinds)])

    def _name(self) -> None:
        shown = next((p.text for p in self._parts if p.kind == self._kind), self._all_text)
        states = ", ".join(part.text for part in self._parts)
        words = self.tr("{title}: {states}. Shown: {shown}")
        self.setAccessibleName(words.format(title=self._title, states=states, shown=shown))

    # --- geometry ----------------------------------------------------------------------------

    def _places(self, width: int) -> list[tuple[Part, QRect]]:
        """The words below the bar, in as many rows as they need."""
        found = []
        x = y = 0
        y = BAR_PX + GAP_PX
        for part in self._parts:
            across = self.fontMetrics().horizontalAdvance(part.text) + SYMBOL_PX + 20
            if x and x + across > width:
                x, y = 0, y + ROW_PX
            found.append((part, QRect(x, y, across, ROW_PX - 4)))
            x += across + 4
        return found

    def _segments(self) -> list[tuple[Part, QRectF]]:
        total = sum(part.count for part in self._parts) or 1
        room = self.width() - 2 * max(0, len(self._parts) - 1)
        wide = [max(LEAST_PX, room * part.count / total) for part in self._parts]
        shrink = room / sum(wide) if wide else 1
        found, x = [], 0.0
        for part, width in zip(self._parts, wide, strict=True):
            found.append((part, QRectF(x, 2, width * shrink, BAR_PX)))
            x += width * shrink + 2
        return found

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        places = self._places(width)
        return places[-1][1].bottom() + 4 if places else BAR_PX + 4

    def sizeHint(self) -> QSize:
        return QSize(240, self.heightForWidth(max(200, self.width())))

    # --- painting ----------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for part, box in self._segments():
            painter.setPen(Qt.PenStyle.NoPen)
            shown = self._kind in ("", part.kind)
            painter.setBrush(theme.colour(part.tone if shown else "border"))
            painter.drawRoundedRect(box, 3, 3)
        for part, place in self._places(self.width()):
            self._paint_word(painter, part, place)

    def _paint_word(self, painter: QPainter, part: Part, place: QRect) -> None:
        alone = part.kind == self._kind
        if alone:
            painter.setBrush(theme.colour("accent_soft"))
            painter.setPen(QPen(theme.colour("accent"), 2 if self.hasFocus() else 1))
            painter.drawRoundedRect(QRectF(place).adjusted(1, 1, -1, -1), 6, 6)
        tone = part.tone if self._kind in ("", part.kind) else "muted"
        mark = icons.pixmap(part.icon, tone, SYMBOL_PX, self.devicePixelRatioF())
        painter.drawPixmap(place.left() + 6, place.center().y() - SYMBOL_PX // 2 + 1, mark)
        painter.setPen(theme.colour("text" if alone else tone))
        words = place.adjusted(SYMBOL_PX + 12, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, part.text)
        if self.hasFocus() and not self._kind and part is self._parts[0]:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawRoundedRect(QRectF(1, 1, self.width() - 2, BAR_PX + 2), 4, 4)

    # --- events ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        hit = [p for p, box in self._segments() if box.adjusted(0, -2, 0, 4).contains(point)]
        hit += [p for p, box in self._places(self.width()) if box.contains(point.toPoint())]
        if hit:
            self.chosen.emit("" if hit[0].kind == self._kind else hit[0].kind)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if step:
            self.step(step)
        elif event.key() == Qt.Key.Key_Home:
            self.chosen.emit("")
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
