"""Plots of the figures: a column a day, two bars an entry. Their numbers stand in the table."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desk_app.gui import theme
from desk_app.gui.i18n import show_date
from desk_app.gui.models.figures import share, word
from desk_app.store.figures import FULL_MARKS, Tally

MOST_DAYS = 62
LABELS = 8
"""So many days are named below the columns."""
LEFT_PX, FOOT_PX, TOP_PX = 36, 22, 26
ROW_PX = 38
NAME_SHARE = 0.36
"""Of the width, for the names beside the bars."""
SHARES = (("digitized", "accent"), ("reused", "ok"))


class _Plot(QWidget):
    """What both plots have in common: a small font, a legend, words on hover."""

    def __init__(self, name: str, legend: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._legend = [(word(each), tone) for each, tone in legend]
        self._areas: list[tuple[QRectF, str]] = []
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(150)

    def sizeHint(self) -> QSize:
        return QSize(420, 210)

    def _begin(self) -> QPainter:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPointSizeF(theme.POINT_SIZE - 1.5)
        painter.setFont(font)
        self._areas = []
        return painter

    def _paint_legend(self, painter: QPainter) -> None:
        x = LEFT_PX
        for text, tone in self._legend:
            painter.fillRect(QRectF(x, 6, 10, 10), _ink(tone))
            painter.setPen(theme.colour("muted"))
            width = painter.fontMetrics().horizontalAdvance(text)
            painter.drawText(QRectF(x + 15, 0, width + 4, 22), Qt.AlignmentFlag.AlignVCenter, text)
            x += width + 32

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            words = [words for area, words in self._areas if area.contains(event.pos())]
            QToolTip.showText(event.globalPos(), words[0] if words else "", self)
            return True
        return super().event(event)


def _ink(tone: str) -> QColor:
    return theme.colour(tone)


class DayPlot(_Plot):
    """Dossiers received, day by day, with the digitized part filled."""

    def __init__(self, name: str) -> None:
        super().__init__(name, (("received", "control"), ("digitized", "accent")))
        self._tallies: Sequence[Tally] = ()

    def show_days(self, tallies: Sequence[Tally]) -> None:
        """Draw other days."""
        self._tallies = tallies
        self.setAccessibleDescription("; ".join(_words(t) for t in tallies if t.received))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = self._begin()
        self._paint_legend(painter)
        top = max((tally.received for tally in self._tallies), default=0) or 1
        ground = self.height() - FOOT_PX
        self._paint_axis(painter, top, ground)
        step = (self.width() - LEFT_PX) / max(1, len(self._tallies))
        every = max(1, -(-len(self._tallies) // LABELS))
        for number, tally in enumerate(self._tallies):
            place = QRectF(LEFT_PX + number * step, TOP_PX, step, ground - TOP_PX)
            self._paint_day(painter, place, tally, top)
            if number % every == 0:
                painter.setPen(theme.colour("muted"))
                label = QRectF(place.center().x() - 30, ground + 3, 60, FOOT_PX)
                painter.drawText(label, Qt.AlignmentFlag.AlignHCenter, show_date(tally.key)[:5])

    @staticmethod
    def _paint_axis(painter: QPainter, top: int, ground: int) -> None:
        painter.setPen(theme.colour("muted"))
        for y, text in ((TOP_PX, str(top)), (ground, "0")):
            painter.drawText(QRectF(0, y - 8, LEFT_PX - 6, 16), Qt.AlignmentFlag.AlignRight, text)
        painter.setPen(QPen(theme.colour("border"), 1))
        painter.drawLine(LEFT_PX, ground, painter.device().width(), ground)

    def _paint_day(self, painter: QPainter, place: QRectF, tally: Tally, top: int) -> None:
        self._areas.append((place, _words(tally)))
        width = min(place.width() * 0.7, 46.0)
        painter.setPen(Qt.PenStyle.NoPen)
        for count, tone, opacity in (
            (tally.received, "control", 0.45), (tally.digitized, "accent", 1.0),
        ):  # fmt: skip
            if count:
                height = place.height() * count / top
                ink = _ink(tone)
                ink.setAlphaF(opacity)
                painter.setBrush(ink)
                left = place.center().x() - width / 2
                painter.drawRect(QRectF(left, place.bottom() - height, width, height))


def _words(tally: Tally) -> str:
    parts = [f"{word(name)}: {getattr(tally, name)}" for name in ("received", "digitized")]
    return f"{show_date(tally.key)} · {' · '.join(parts)}"


class ShareBars(_Plot):
    """Digitized and reused in percent for each entry, with the mark of the full score."""

    def __init__(self, name: str) -> None:
        super().__init__(name, SHARES)
        self._entries: list[tuple[str, Tally]] = []

    def show_entries(self, entries: Sequence[tuple[str, Tally]]) -> None:
        """Draw other entries, as many as the height has room for."""
        self._entries = list(entries)
        self.setAccessibleDescription("; ".join(_shares(*each) for each in entries))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = self._begin()
        self._paint_legend(painter)
        room = max(1, (self.height() - TOP_PX - FOOT_PX) // ROW_PX)
        left = self.width() * NAME_SHARE
        scale = (self.width() - left - 66) / 100
        self._paint_full(painter, left + FULL_MARKS * scale, min(room, len(self._entries)))
        for number, (name, tally) in enumerate(self._entries[:room]):
            place = QRectF(0, TOP_PX + number * ROW_PX, self.width(), ROW_PX)
            self._areas.append((place, _shares(name, tally)))
            self._paint_entry(painter, place, left, scale, name, tally)

    @staticmethod
    def _paint_entry(
        painter: QPainter, place: QRectF, left: float, scale: float, name: str, tally: Tally
    ) -> None:
        painter.setPen(theme.colour("text"))
        width = int(left) - 12
        short = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, width)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(0, place.top(), width, ROW_PX - 4), flags, short)
        for row, (indicator, tone) in enumerate(SHARES):
            percent = tally.percent(indicator) or 0.0
            bar = QRectF(left, place.top() + 2 + row * 16, max(1.0, percent * scale), 13)
            painter.fillRect(bar, _ink(tone if percent else "border"))
            text = share(tally, indicator)
            width = painter.fontMetrics().horizontalAdvance(text)
            beside = QRectF(bar.right() + 3, bar.top() - 2, width + 6, 17)
            painter.fillRect(beside, theme.colour("window"))
            painter.setPen(theme.colour("muted"))
            painter.drawText(beside, Qt.AlignmentFlag.AlignCenter, text)

    @staticmethod
    def _paint_full(painter: QPainter, x: float, rows: int) -> None:
        if not rows:
            return
        bottom = TOP_PX + rows * ROW_PX
        painter.setPen(QPen(theme.colour("warn"), 1.4, Qt.PenStyle.DashLine))
        painter.drawLine(round(x), TOP_PX - 2, round(x), bottom)
        painter.setPen(theme.colour("warn"))
        painter.drawText(QRectF(x - 30, bottom, 60, 18), Qt.AlignmentFlag.AlignHCenter,
                         f"{FULL_MARKS:.0f} %")  # fmt: skip


def _shares(name: str, tally: Tally) -> str:
    parts = [f"{word(indicator)} {share(tally, indicator)}" for indicator, _ in SHARES]
    return f"{name}: {', '.join(parts)}"
