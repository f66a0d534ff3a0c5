"""The printed boxes of the page in front: what is ticked, what stands beside it, what is open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desk_app.gui import icons
from desk_app.gui.widgets.page_view import SURE_TICK
from desk_app.gui.widgets.parts import label
from desk_app.records import Checkbox

ROW_PX = 24
SHOWN = 6


class TickList(QWidget):
    """A list to look through; choosing a line shows its place on the page."""

    chosen = Signal(object)
    """A box of the page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(4)
        column.addWidget(label(self.tr("Boxes on this page"), "caption"))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Boxes on this page"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setWordWrap(False)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.currentRowChanged.connect(self._on_row)
        column.addWidget(self.list)
        self._boxes: tuple[Checkbox, ...] = ()
        self.hide()

    def show_boxes(self, boxes: Sequence[Checkbox]) -> None:
        """Show the boxes of a page, top to bottom."""
        if tuple(boxes) == self._boxes:
            return
        self._boxes = tuple(boxes)
        self.list.blockSignals(True)
        self.list.clear()
        for box in self._boxes:
            self.list.addItem(self._item(box))
        self.list.blockSignals(False)
        self.list.setFixedHeight(ROW_PX * min(SHOWN, len(self._boxes)) + 4)
        self.setVisible(bool(self._boxes))

    def _item(self, box: Checkbox) -> QListWidgetItem:
        is_open = box.confidence < SURE_TICK
        word = self.tr("ticked") if box.checked else self.tr("not ticked")
        if is_open:
            word = self.tr("ticked? please look") if box.checked else self.tr("empty? please look")
        text = box.label or self.tr("no label")
        item = QListWidgetItem(f"{'☑' if box.checked else '☐'}  {text}")
        if is_open:
            item.setIcon(icons.icon("warn", "warn"))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{text}: {word}")
        item.setToolTip(f"{text}: {word}")
        return item

    def _on_row(self, row: int) -> None:
        if 0 <= row < len(self._boxes):
            self.chosen.emit(self._boxes[row].box)
