"""The list of papers and pages: a table with rows of one height and its painter."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFont,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextOption,
)
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

from desk_app.gui import icons, theme
from desk_app.gui.models.checklist import (
    ROLE_LINE,
    ROLE_PAGE,
    ROLE_STATE,
    ROLE_THUMBNAIL,
    ChecklistModel,
)
from desk_app.gui.models.labels import State
from desk_app.gui.models.snapshot import PageView

HEAD_WIDTH = 168
PAGE_WIDTH = 86
ROW_HEIGHT = 116
THUMBNAIL = QSize(72, 96)
MARK = 18


class ChecklistDelegate(QStyledItemDelegate):
    """Paints the head of a paper and the small picture of a page."""

    def sizeHint(
        self, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(HEAD_WIDTH if index.column() == 0 else PAGE_WIDTH, ROW_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        rect = QRect(option.rect)  # type: ignore[attr-defined]
        state_flags = option.state  # type: ignore[attr-defined]
        selected = bool(state_flags & QStyle.StateFlag.State_Selected)
        focused = selected and bool(state_flags & QStyle.StateFlag.State_Active)
        first = index.model().index(index.row(), 0).data(ROLE_LINE) is not None
        _paint_ground(painter, rect, rule=first and index.row() > 0)
        page = index.data(ROLE_PAGE)
        if page is not None:
            _paint_page(painter, rect, page, index, selected, focused)
        elif index.data(ROLE_LINE) is not None:
            _paint_head(painter, rect, index, selected, option)
        painter.restore()


def _paint_ground(painter: QPainter, rect: QRect, *, rule: bool) -> None:
    painter.fillRect(rect, theme.colour("surface"))
    if rule:
        painter.fillRect(rect.left(), rect.top(), rect.width(), 1, theme.colour("border"))


def _paint_head(
    painter: QPainter,
    rect: QRect,
    index: QModelIndex | QPersistentModelIndex,
    selected: bool,
    option: QStyleOptionViewItem,
) -> None:
    if selected:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accent_soft"))
        painter.drawRoundedRect(rect.adjusted(5, 6, -3, -5), 6, 6)
    line, state = index.data(ROLE_LINE), index.data(ROLE_STATE)
    inner = rect.adjusted(14, 14, -8, -10)
    ratio = painter.device().devicePixelRatioF()
    painter.drawPixmap(
        inner.left(), inner.top() - 1, icons.pixmap(state.icon, state.tone, MARK, ratio)
    )
    ordinal = line.paper.ordinal if line.paper else 0
    font = option.font  # type: ignore[attr-defined]
    if ordinal:
        painter.setFont(font)
        painter.setPen(theme.colour("muted"))
        painter.drawText(
            QRect(inner.left(), inner.top() + 22, MARK, 20),
            Qt.AlignmentFlag.AlignHCenter, str(ordinal),
        )  # fmt: skip
    _paint_head_text(painter, inner.adjusted(MARK + 8, -3, 0, 0), index, state, font)


def _paint_head_text(
    painter: QPainter,
    rect: QRect,
    index: QModelIndex | QPersistentModelIndex,
    state: State,
    font: object,
) -> None:
    bold = type(font)(font)  # type: ignore[call-arg]
    bold.setWeight(bold.Weight.DemiBold)
    painter.setFont(bold)
    painter.setPen(theme.colour("text"))
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WordWrap)
    title = str(index.data(Qt.ItemDataRole.DisplayRole))
    metrics = painter.fontMetrics()
    flags = Qt.TextFlag.TextWordWrap
    height = min(metrics.boundingRect(rect, flags, title).height(), 4 * metrics.lineSpacing())
    painter.drawText(QRect(rect.left(), rect.top(), rect.width(), height), flags, title)
    painter.setFont(font)  # type: ignore[arg-type]
    painter.setPen(theme.colour(state.tone))
    below = rect.adjusted(0, height + 3, 0, 6)
    painter.drawText(below, flags, state.word)


def _paint_page(
    painter: QPainter,
    rect: QRect,
    page: PageView,
    index: QModelIndex | QPersistentModelIndex,
    selected: bool,
    focused: bool,
) -> None:
    frame = _picture_frame(rect, page, index.data(ROLE_THUMBNAIL))
    if selected:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accent_soft"))
        painter.drawRoundedRect(rect.adjusted(1, 3, -1, -2), 6, 6)
    image = index.data(ROLE_THUMBNAIL)
    painter.fillRect(frame, QColor("#ffffff") if image is None else theme.colour("sunken"))
    if image is not None and not image.isNull():
        painter.setOpacity(0.55 if page.aside else 1.0)
        painter.drawImage(frame, image)
        painter.setOpacity(1.0)
    edge = theme.colour("accent" if selected else "control")
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(edge, 3 if selected and focused else 2 if selected else 1))
    painter.drawRect(frame)
    state = index.data(ROLE_STATE)
    font = QFont(painter.font())
    font.setPointSizeF(theme.POINT_SIZE - 1.5)
    painter.setFont(font)
    painter.setPen(theme.colour("accent" if selected else "muted"))
    painter.drawText(
        QRect(rect.left(), rect.bottom() - 17, rect.width(), 16),
        Qt.AlignmentFlag.AlignCenter, str(page.number),
    )  # fmt: skip
    if state.tone != "ok" and not page.aside:
        _paint_mark(painter, frame, state)


def _picture_frame(rect: QRect, page: PageView, image: QImage | None) -> QRect:
    """The picture's own shape, centred in the cell above the number."""
    size = image.size() if image is not None and not image.isNull() else None
    if size is None:
        upright = page.rotation % 180 == 0
        size = QSize(page.width, page.height) if upright else QSize(page.height, page.width)
    size = size.scaled(THUMBNAIL - QSize(4, 4), Qt.AspectRatioMode.KeepAspectRatio)
    left = rect.left() + (rect.width() - size.width()) // 2
    top = rect.top() + 6 + (THUMBNAIL.height() - size.height()) // 2
    return QRect(left, top, size.width(), size.height())


def _paint_mark(painter: QPainter, frame: QRect, state: State) -> None:
    """A symbol on a plate, readable on any page."""
    ratio = painter.device().devicePixelRatioF()
    plate = QRect(frame.right() - 13, frame.top() - 5, 20, 20)
    painter.setPen(QPen(theme.colour(state.tone), 1))
    painter.setBrush(theme.colour("surface"))
    painter.drawEllipse(plate)
    painter.drawPixmap(
        plate.left() + 3, plate.top() + 3, icons.pixmap(state.icon, state.tone, 14, ratio)
    )


class ChecklistView(QTableView):
    """Shows the checklist; arrows move between papers and pages, pages can be dragged."""

    def __init__(self, model: ChecklistModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._checklist = model
        self.setModel(model)
        self.setItemDelegate(ChecklistDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDragDropOverwriteMode(False)
        self.setDropIndicatorShown(False)
        self._drop: tuple[QRect, bool] | None = None
        """The cell under a dragged page, and whether the page goes behind it."""
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # A bar that comes and goes would change the columns, and those the bar.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.horizontalHeader().hide()
        vertical = self.verticalHeader()
        vertical.hide()
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        vertical.setDefaultSectionSize(ROW_HEIGHT)
        self._fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    # --- dragging ----------------------------------------------------------------------------

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        super().dragMoveEvent(event)
        index, behind = self._under(event)
        good = self._checklist.target_at(index, behind=behind) is not None
        self._drop = (self.visualRect(index), behind) if good else None
        self.viewport().update()
        event.setAccepted(good)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._drop = None
        self.viewport().update()

    def dropEvent(self, event: QDropEvent) -> None:
        index, behind = self._under(event)
        self._drop = None
        self.viewport().update()
        # A copy to Qt: after a move it would take the dragged cell out of the model itself.
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self._checklist.drop(event.mimeData(), index, behind=behind)

    def _under(self, event: QDropEvent) -> tuple[QModelIndex, bool]:
        point = event.position().toPoint()
        index = self.indexAt(point)
        return index, point.x() > self.visualRect(index).center().x()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._drop is not None:
            rect, behind = self._drop
            left = rect.right() - 1 if behind else rect.left() - 1
            painter = QPainter(self.viewport())
            painter.fillRect(left, rect.top() + 4, 3, rect.height() - 8, theme.colour("accent"))

    def choose(self, index: QModelIndex) -> None:
        """Make a cell current and visible."""
        if index.isValid():
            self.selectionModel().setCurrentIndex(
                index, QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
            self.scrollTo(index)

    def _fit_columns(self) -> None:
        """As many pages beside a paper as the width allows."""
        width = self.viewport().width()
        columns = (width - HEAD_WIDTH) // PAGE_WIDTH
        current = self._checklist.page_at(self.currentIndex())
        line = self._checklist.line_at(self.currentIndex())
        changed = self._checklist.set_page_columns(columns)
        header = self.horizontalHeader()
        header.setMinimumSectionSize(40)
        pages = self._checklist.columnCount() - 1
        for column in range(1, pages + 1):
            self.setColumnWidth(column, PAGE_WIDTH)
        self.setColumnWidth(0, max(HEAD_WIDTH, width - pages * PAGE_WIDTH))
        if changed and current is not None:
            self.choose(self._checklist.index_of_page(current.id))
        elif changed and line is not None:
            self.choose(self._checklist.index_of_line(line.key))
