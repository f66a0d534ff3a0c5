"""The hits as a table of two-line rows; the words that were looked for stand out."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QPainter,
    QPen,
    QResizeEvent,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from desk_app.gui import icons, theme
from desk_app.gui.models.search import (
    DOSSIER,
    FOUND,
    PAPER,
    RECEIVED,
    ROLE_BELOW,
    ROLE_HIT,
    ROLE_STATE,
    SearchModel,
    snippet,
)
from desk_app.gui.widgets.rows import Rows
from desk_app.store.search import Hit

ROW_HEIGHT = 58
MARK = 20
SHARES = {PAPER: 0.24, DOSSIER: 0.24, RECEIVED: 0.12}
"""Of the width; the text that was found takes the rest."""
LEAST_PX = {PAPER: 190, DOSSIER: 190, RECEIVED: 120}
SYMBOLS = {"dossier": "counter", "document": "copy", "page": "words"}
Index = QModelIndex | QPersistentModelIndex


class HitDelegate(QStyledItemDelegate):
    """Paints one cell: two lines, or the found text with its words marked."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(160, ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, flags = QRect(option.rect), option.state  # type: ignore[attr-defined]
        _paint_ground(painter, rect, index.column(), flags)
        inner = rect.adjusted(10, 6, -8, -6)
        hit = index.data(ROLE_HIT)
        if index.column() == FOUND:
            _paint_found(painter, inner, hit, option.font)  # type: ignore[attr-defined]
        else:
            if index.column() == PAPER:
                ratio = painter.device().devicePixelRatioF()
                mark = icons.pixmap(SYMBOLS.get(hit.kind, "info"), "muted", MARK, ratio)
                painter.drawPixmap(inner.left() + 4, inner.top() + 2, mark)
                inner.setLeft(inner.left() + MARK + 14)
            _paint_lines(painter, inner, index, option.font)  # type: ignore[attr-defined]
        painter.restore()


def _paint_ground(painter: QPainter, rect: QRect, column: int, flags: QStyle.StateFlag) -> None:
    """One plate for the whole row, outlined where the list has the focus."""
    painter.fillRect(rect, theme.colour("surface"))
    painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme.colour("border"))
    if not flags & QStyle.StateFlag.State_Selected:
        return
    painter.fillRect(rect.adjusted(0, 0, 0, -1), theme.colour("accent_soft"))
    if column == PAPER:
        painter.fillRect(rect.left(), rect.top(), 4, rect.height() - 1, theme.colour("accent"))
    if flags & QStyle.StateFlag.State_Active and flags & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(theme.colour("accent"), 2))
        painter.drawLine(rect.topLeft(), rect.topRight())
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())


def _paint_lines(painter: QPainter, rect: QRect, index: Index, font: QFont) -> None:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    small = QFont(font)
    small.setPointSizeF(theme.POINT_SIZE - 1)
    column = index.column()
    tone = index.data(ROLE_STATE).tone if column == RECEIVED else "muted"
    half = rect.height() // 2
    for number, (used, ink, text) in enumerate((
        (bold if column == PAPER else font, "text", index.data()),
        (small, tone, index.data(ROLE_BELOW)),
    )):  # fmt: skip
        painter.setFont(used)
        painter.setPen(theme.colour(ink))
        place = QRect(rect.left(), rect.top() + number * half, rect.width(), half)
        elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, elided)


def _paint_found(painter: QPainter, rect: QRect, hit: Hit, font: QFont) -> None:
    """At most two lines of the text around the first match."""
    text = snippet(hit)
    layout, height, end = _laid_out(text, hit, rect.width(), font)
    if end < len(text):
        whole_words = text[: end - 2].rpartition(" ")[0] + " …"
        layout, height, _ = _laid_out(whole_words, hit, rect.width(), font)
    painter.setClipRect(rect)
    painter.setPen(theme.colour("text"))
    layout.draw(painter, QPointF(rect.left(), rect.top() + max(0.0, (rect.height() - height) / 2)))


def _laid_out(text: str, hit: Hit, width: int, font: QFont) -> tuple[QTextLayout, float, int]:
    """Two lines, their height, and how many characters they hold."""
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.setFormats([_marked(a, min(b, len(text))) for a, b in hit.marks if a < len(text)])
    layout.beginLayout()
    height, end = 0.0, 0
    for _ in range(2):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        line.setPosition(QPointF(0, height))
        height += line.height()
        end = line.textStart() + line.textLength()
    layout.endLayout()
    return layout, height, end


def _marked(start: int, end: int) -> QTextLayout.FormatRange:
    ground = QTextCharFormat()
    ground.setBackground(theme.colour("warn_soft"))
    ground.setForeground(theme.colour("text"))
    ground.setFontWeight(QFont.Weight.Bold)
    found = QTextLayout.FormatRange()
    found.start, found.length, found.format = start, end - start, ground  # type: ignore[attr-defined]
    return found


class HitsView(Rows):
    """Rows of one height, so that a hundred thousand of them cost no more than a screenful."""

    def __init__(self, model: SearchModel) -> None:
        super().__init__(ROW_HEIGHT)
        self.setModel(model)
        self.setItemDelegate(HitDelegate(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.horizontalHeader()
        header.setSectionsClickable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = self.viewport().width()
        wide = {c: max(LEAST_PX[c], round(share * width)) for c, share in SHARES.items()}
        wide[FOUND] = max(160, width - sum(wide.values()))
        for column, pixels in wide.items():
            self.setColumnWidth(column, pixels)

    def go_on_at_the_end(self) -> None:
        """Ask for more where the end is in sight already and nobody scrolls any more."""
        bar, top = self.verticalScrollBar(), QModelIndex()
        if bar.value() >= bar.maximum() - ROW_HEIGHT and self.model().canFetchMore(top):
            self.model().fetchMore(top)

    def choose(self, row: int) -> None:
        """Make a row current."""
        if 0 <= row < self.model().rowCount():
            self.setCurrentIndex(self.model().index(row, PAPER))
