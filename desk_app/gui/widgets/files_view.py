"""The list of signed files and its painter: symbol, title, code, the verdict's word."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPen
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desk_app.gui import icons, theme
from desk_app.gui.models.verification import ROLE_FILE, FilesModel, SignedFile

HEIGHT = 74
MARK = 20


class FileDelegate(QStyledItemDelegate):
    """One file in three short lines."""

    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(240, HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        file = index.data(ROLE_FILE)
        rect = QRect(option.rect)  # type: ignore[attr-defined]
        flags = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(rect, theme.colour("surface"))
        if flags & QStyle.StateFlag.State_Selected:
            painter.setBrush(theme.colour("accent_soft"))
            active = flags & QStyle.StateFlag.State_HasFocus
            painter.setPen(QPen(theme.colour("accent"), 2) if active else QPen(Qt.PenStyle.NoPen))
            painter.drawRoundedRect(rect.adjusted(6, 3, -6, -3), 6, 6)
        _paint_file(painter, rect.adjusted(16, 8, -14, -8), file, QFont(option.font))  # type: ignore[attr-defined]
        painter.restore()


def _paint_file(painter: QPainter, rect: QRect, file: SignedFile, font: QFont) -> None:
    ratio = painter.device().devicePixelRatioF()
    mark = icons.pixmap(file.state.icon, file.state.tone, MARK, ratio)
    painter.drawPixmap(rect.left(), rect.top() + 1, mark)
    inner = rect.adjusted(MARK + 10, 0, 0, 0)
    line = painter.fontMetrics().lineSpacing()
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    lines = (
        (bold, "text", file.title),
        (font, "muted", file.code),
        (font, file.state.tone, _word(file)),
    )
    for number, (used, tone, text) in enumerate(lines):
        painter.setFont(used)
        painter.setPen(theme.colour(tone))
        place = QRect(inner.left(), inner.top() + number * line, inner.width(), line)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)


def _word(file: SignedFile) -> str:
    if file.waits:
        waits = QCoreApplication.translate("Verdict", "waits for its level")
        return f"{file.state.word} · {waits}"
    if not file.approved:
        return file.state.word
    approved = QCoreApplication.translate("Verdict", "approved")
    return f"{file.state.word} · {approved}"


class FilesView(QListView):
    """Signed files, worst first."""

    def __init__(self, model: FilesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(FileDelegate(self))
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
