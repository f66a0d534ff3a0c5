"""The contact sheet: tiles of one size, dossiers as coloured bands, separators as dividers."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desk_app.gui import icons, theme
from desk_app.gui.models import labels
from desk_app.gui.models.batch import Tile
from desk_app.gui.models.contact import ROLE_THUMBNAIL, ROLE_TILE, ContactModel

TILE = QSize(104, 142)
PICTURE = QSize(88, 104)
BAND = 5
BANDS = ("accent", "unknown")
"""Tones of neighbouring dossiers; the divider and the code say it without colour."""
MARK = 20
KEPT = 400
"""Drawn tiles: 60 KB each at 100 %."""


class TileDelegate(QStyledItemDelegate):
    """Paints one page of the pile; what was drawn once is kept for the next frame."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._font = QFont(view.font())
        self._drawn: OrderedDict[tuple[object, ...], QPixmap] = OrderedDict()

    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return TILE

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        tile, image = index.data(ROLE_TILE), index.data(ROLE_THUMBNAIL)
        flags = option.state  # type: ignore[attr-defined]
        selected = bool(flags & QStyle.StateFlag.State_Selected)
        active = selected and bool(flags & QStyle.StateFlag.State_Active)
        ratio = painter.device().devicePixelRatioF()
        key = (tile, image.cacheKey() if image is not None else 0, selected, active, ratio,
               theme.current().name)  # fmt: skip
        drawn = self._drawn.get(key)
        if drawn is None:
            drawn = self._draw(tile, image, selected, active, ratio)
            self._drawn[key] = drawn
            while len(self._drawn) > KEPT:
                self._drawn.popitem(last=False)
        painter.drawPixmap(option.rect.topLeft(), drawn)  # type: ignore[attr-defined]

    def _draw(
        self, tile: Tile, image: QImage | None, selected: bool, active: bool, ratio: float
    ) -> QPixmap:
        """A tile as it is drawn again at every frame of a scroll."""
        drawn = QPixmap(TILE * ratio)
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(theme.colour("accent_soft" if selected else "surface"))
        rect = QRect(QPoint(0, 0), TILE)
        painter = QPainter(drawn)
        painter.setFont(self._font)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        _paint_band(painter, rect, tile)
        if tile.is_separator:
            _paint_separator(painter, rect, tile)
        else:
            _paint_page(painter, rect, tile, image, selected)
        if selected:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("accent"), 3 if active else 1))
            painter.drawRect(rect.adjusted(2, 2, -3, -3))
        painter.end()
        return drawn


def _small(painter: QPainter) -> QFont:
    font = QFont(painter.font())
    font.setPointSizeF(theme.POINT_SIZE - 1.5)
    return font


def _paint_band(painter: QPainter, rect: QRect, tile: Tile) -> None:
    """Which dossier: a band along the top, a thick edge where it begins."""
    if not tile.dossier:
        return
    ink = theme.colour(BANDS[tile.band % len(BANDS)])
    painter.fillRect(rect.left(), rect.top(), rect.width(), BAND, ink)
    if tile.begins:
        painter.fillRect(rect.left(), rect.top(), BAND, rect.height(), ink)


def _paint_separator(painter: QPainter, rect: QRect, tile: Tile) -> None:
    plate = rect.adjusted(8, 10, -8, -24)
    painter.fillRect(plate, theme.colour("accent_soft"))
    painter.fillRect(plate.left(), plate.top(), BAND, plate.height(), theme.colour("accent"))
    ratio = painter.device().devicePixelRatioF()
    painter.drawPixmap(plate.center().x() - 12, plate.top() + 14,
                       icons.pixmap("split", "accent", 26, ratio))  # fmt: skip
    painter.setFont(_small(painter))
    painter.setPen(theme.colour("text"))
    painter.drawText(
        plate.adjusted(8, 46, -4, -4),
        Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWrapAnywhere, tile.separator or "",
    )  # fmt: skip
    _paint_name(painter, rect, tile, "accent")


def _paint_page(
    painter: QPainter,
    rect: QRect,
    tile: Tile,
    image: QImage | None,
    selected: bool,
) -> None:
    upright = tile.rotation % 180 == 0
    size = QSize(tile.width, tile.height) if upright else QSize(tile.height, tile.width)
    size = size.scaled(PICTURE, Qt.AspectRatioMode.KeepAspectRatio)
    left = rect.left() + (rect.width() - size.width()) // 2
    frame = QRect(left, rect.top() + 12 + (PICTURE.height() - size.height()) // 2,
                  size.width(), size.height())  # fmt: skip
    if image is None or image.isNull():
        painter.fillRect(frame, QColor("#ffffff") if image is None else theme.colour("sunken"))
    else:
        painter.setOpacity(0.45 if tile.aside else 1.0)
        painter.drawImage(frame, image)
        painter.setOpacity(1.0)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.colour("accent" if selected else "control"), 1))
    painter.drawRect(frame)
    state = labels.tile_state(tile)
    _paint_name(painter, rect, tile, "muted")
    if state.tone in ("warn", "muted"):
        _paint_mark(painter, frame, state)


def _paint_name(painter: QPainter, rect: QRect, tile: Tile, tone: str) -> None:
    painter.setFont(_small(painter))
    painter.setPen(theme.colour(tone))
    letter = "" if tile.side == "front" else "b"
    painter.drawText(
        QRect(rect.left(), rect.bottom() - 21, rect.width(), 18),
        Qt.AlignmentFlag.AlignCenter, f"{tile.sheet}{letter}",
    )  # fmt: skip


def _paint_mark(painter: QPainter, frame: QRect, state: labels.State) -> None:
    plate = QRect(frame.right() - 14, frame.top() - 6, MARK, MARK)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.colour(state.tone), 1))
    painter.setBrush(theme.colour("surface"))
    painter.drawEllipse(plate)
    ratio = painter.device().devicePixelRatioF()
    painter.drawPixmap(
        plate.left() + 3, plate.top() + 3, icons.pixmap(state.icon, state.tone, 14, ratio)
    )


class ContactSheet(QListView):
    """Shows the pile; arrows move from page to page."""

    def __init__(self, model: ContactModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(TileDelegate(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSpacing(0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setAccessibleName(self.tr("Pages of the batch"))

    def choose(self, index: QModelIndex) -> None:
        """Make a tile current and visible."""
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)
