"""A small bar chart: one bar an hour, its number on hover and for screen readers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desk_app.gui import theme
from desk_app.gui.models.hours import Bar

FOOT_PX = 18
"""Room for the labels below."""
GAP_PX = 4


class Bars(QWidget):
    """Bars on a common scale; the newest one, at the right, in the accent colour."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._bars: tuple[Bar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """Draw other values."""
        if tuple(bars) != self._bars:
            self._bars = tuple(bars)
            self.setAccessibleDescription("; ".join(bar.words for bar in bars if bar.value))
            self.update()

    @property
    def bars(self) -> tuple[Bar, ...]:
        """What is drawn."""
        return self._bars

    def sizeHint(self) -> QSize:
        return QSize(240, 76)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 0.82)
        painter.setFont(font)
        top = max([bar.value for bar in self._bars], default=0)
        for number, bar in enumerate(self._bars):
            self._paint_bar(painter, number, bar, top)

    def _paint_bar(self, painter: QPainter, number: int, bar: Bar, top: int) -> None:
        place = self._place(number)
        ground = self.height() - FOOT_PX
        line = painter.fontMetrics().height()
        room = ground - line - 2
        height = max(2.0, room * bar.value / top) if top and bar.value else 1.0
        newest = number == len(self._bars) - 1
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accent" if newest else "control" if bar.value else "border"))
        painter.drawRoundedRect(QRectF(place.left(), ground - height, place.width(), height), 2, 2)
        painter.setPen(theme.colour("text" if bar.value else "muted"))
        centred = Qt.AlignmentFlag.AlignHCenter
        if bar.value:
            above = QRectF(place.left() - 8, ground - height - line, place.width() + 16, line)
            painter.drawText(above, centred, str(bar.value))
        painter.setPen(theme.colour("muted"))
        painter.drawText(
            QRectF(place.left() - 8, ground + 2, place.width() + 16, FOOT_PX), centred, bar.label
        )

    def _place(self, number: int) -> QRectF:
        step = self.width() / max(1, len(self._bars))
        return QRectF(number * step + GAP_PX / 2, 0, step - GAP_PX, self.height())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            hit = [b for n, b in enumerate(self._bars) if self._place(n).contains(event.pos())]
            QToolTip.showText(event.globalPos(), hit[0].words if hit else "", self)
            return True
        return super().event(event)
