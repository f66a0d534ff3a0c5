"""The quality map's view: darker is worse, the number stands in the cell and in words below."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desk_app.gui import theme
from desk_app.gui.models.heat_map import ROLE_CELL, Cell, HeatModel

STEPS = (
    (0.0, ""), (0.0001, "#fee391"), (0.05, "#fdb863"), (0.15, "#e08214"), (0.4, "#8c4a06"),
)  # fmt: skip
"""Share of pages from which a colour is used: one hue by lightness, told apart by every eye."""


def colour_of(share: float) -> QColor | None:
    """The colour of a share; none where nothing is wrong."""
    name = [colour for least, colour in STEPS if share >= least][-1]
    return QColor(name) if name else None


class HeatDelegate(QStyledItemDelegate):
    """Paints a cell."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        cell: Cell = index.data(ROLE_CELL)
        rect = option.rect.adjusted(1, 1, -1, -1)  # type: ignore[attr-defined]
        ground = colour_of(cell.share)
        painter.save()
        painter.fillRect(rect, ground or theme.colour("window"))
        if ground is not None:
            painter.setPen(QColor("#ffffff" if ground.lightnessF() < 0.35 else "#1a2027"))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(cell.count))
        if option.state & QStyle.StateFlag.State_Selected:  # type: ignore[attr-defined]
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("accent"), 2))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        painter.restore()


class HeatTable(QTableView):
    """Arrows move, Enter opens the worst page of the cell."""

    opened = Signal(object)
    """A Cell."""
    looked_at = Signal(object)

    def __init__(self, model: HeatModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells = model
        self.setModel(model)
        self.setItemDelegate(HeatDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Quality map: rows are dossiers, columns are checks"))
        across = self.horizontalHeader()
        across.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        across.setMinimumSectionSize(30)
        across.setHighlightSections(False)
        across.setStyleSheet(
            "QHeaderView::section { padding: 4px 0; font-size: 8pt; font-weight: 400; }"
        )
        down = self.verticalHeader()
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setDefaultSectionSize(24)
        down.setHighlightSections(False)
        down.setFixedWidth(120)
        down.setStyleSheet(
            "QHeaderView::section { padding: 0 4px; font-size: 9pt; font-weight: 400; }"
        )
        self.selectionModel().currentChanged.connect(self._on_current)
        self.doubleClicked.connect(self._on_opened)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._on_opened(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _on_opened(self, index: QModelIndex) -> None:
        cell = self._cells.cell_at(index)
        if cell is not None:
            self.opened.emit(cell)

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        self.looked_at.emit(self._cells.cell_at(index))
