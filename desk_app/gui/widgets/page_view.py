"""The page itself: one picture turned upright, zoom, and boxes in the picture's own pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsItem,
    QGraphicsScene,
    QGraphicsView,
    QStyleOptionGraphicsItem,
    QToolTip,
    QWidget,
)

from desk_app.gui import theme
from desk_app.gui.models.pictures import Picture
from desk_app.gui.widgets import heat
from desk_app.records import Box, Checkbox, Word

ZOOM_STEP = 1.25
SCALE_MIN, SCALE_MAX = 0.05, 4.0
SURE_TICK = 0.75
"""Below this it is open whether a box is ticked."""
MARGIN = 14


@dataclass(frozen=True, slots=True)
class Frame:
    """A box to draw on the page."""

    key: str
    box: Box
    tone: str = "accent"
    label: str = ""
    strong: bool = False


class _PictureItem(QGraphicsItem):
    """Draws the copy of the page that fits the scale, in pixels of the full picture."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: Picture | None = None
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def set_picture(self, picture: Picture | None) -> None:
        self.prepareGeometryChange()
        self._picture = picture

    def boundingRect(self) -> QRectF:
        if self._picture is None:
            return QRectF()
        return QRectF(0, 0, self._picture.full.width(), self._picture.full.height())

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        if self._picture is None or self._picture.is_null:
            return
        shown = option.exposedRect & self.boundingRect()  # type: ignore[attr-defined]
        detail = option.levelOfDetailFromTransform(painter.worldTransform())
        image, shrunk = self._fitting(detail)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        source = QRectF(
            shown.left() / shrunk, shown.top() / shrunk,
            shown.width() / shrunk, shown.height() / shrunk,
        )  # fmt: skip
        painter.drawImage(shown, image, source)

    def _fitting(self, detail: float) -> tuple[QImage, float]:
        """The smallest copy that still has a pixel for (almost) every pixel of the screen."""
        assert self._picture is not None
        image = self._picture.full
        if detail <= 0.3:
            image = self._picture.quarter
        elif detail <= 0.62:
            image = self._picture.half
        return image, self._picture.full.width() / max(1, image.width())


class _BoxesItem(QGraphicsItem):
    """Boxes over the page: words on hover, doubtful words, fields, signatures."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self.frames: tuple[Frame, ...] = ()
        self.words: Sequence[Word] = ()
        self.checkboxes: Sequence[Checkbox] = ()
        self.hovered: Word | None = None
        self.all_words = False
        """The heat overlay: every word by how sure it is."""

    def boundingRect(self) -> QRectF:
        parent = self.parentItem()
        return parent.boundingRect() if parent else QRectF()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = option.levelOfDetailFromTransform(painter.worldTransform()) or 1.0
        for word in self.words:
            if self.all_words or (word.flagged and any(c.isalnum() for c in word.text)):
                self._paint_word(painter, word, scale)
        for box in self.checkboxes if self.all_words else ():
            tone = "warn" if box.confidence < SURE_TICK else "accent" if box.checked else "muted"
            self._outline(painter, box.box, tone, 2 / scale, 0.18 if box.checked else 0.0)
        if self.hovered is not None:
            self._outline(painter, self.hovered.box, "accent", 1.5 / scale, 0.12)
        for frame in self.frames:
            width, fill, line = (3.0, 0.14, 1.0) if frame.strong else (1.2, 0.03, 0.45)
            self._outline(painter, frame.box, frame.tone, width / scale, fill, line)

    def _paint_word(self, painter: QPainter, word: Word, scale: float) -> None:
        x0, y0, x1, y1 = word.box
        if self.all_words:
            wash = heat.wash_of(word.confidence)
            if wash is not None:
                painter.fillRect(QRectF(x0, y0, x1 - x0, y1 - y0), wash)
            if word.flagged:
                self._outline(painter, word.box, "warn", 1 / scale, 0.0)
        else:
            ink = _over_paper("warn")
            ink.setAlphaF(0.75)
            painter.setPen(QPen(ink, 1.6 / scale))
            painter.drawLine(QPointF(x0, y1), QPointF(x1, y1))

    @staticmethod
    def _outline(
        painter: QPainter, box: Box, tone: str, width: float, fill: float, line: float = 1.0
    ) -> None:
        x0, y0, x1, y1 = box
        ink = _over_paper(tone)
        wash = QColor(ink)
        wash.setAlphaF(fill)
        ink.setAlphaF(line)
        painter.setBrush(wash)
        painter.setPen(QPen(ink, width))
        grow = width * 1.5
        painter.drawRoundedRect(
            QRectF(x0 - grow, y0 - grow, x1 - x0 + 2 * grow, y1 - y0 + 2 * grow),
            2 * width,
            2 * width,
        )


def _over_paper(tone: str) -> QColor:
    """Paper is white in the dark theme too, so boxes always use the light tones."""
    return QColor(getattr(theme.LIGHT, tone))


class PageView(QGraphicsView):
    """Shows one page; knows nothing of dossiers."""

    word_hovered = Signal(str)
    frame_clicked = Signal(str)
    page_wanted = Signal(int)
    """+1 or −1: the wheel or Page Down went past the end of the page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = QGraphicsScene(self)
        self.setScene(self._scene)
        self._picture = _PictureItem()
        self._scene.addItem(self._picture)
        self._boxes = _BoxesItem(self._picture)
        self._rotation = 0
        self._fit = "page"
        self._notice = ""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(self.tr("Page view"))
        self._refit = QTimer(self)
        self._refit.setSingleShot(True)
        self._refit.timeout.connect(self._apply_fit)

    # --- what is shown -----------------------------------------------------------------------

    def show_picture(self, picture: Picture | None, rotation: int = 0) -> None:
        """Show a decoded page, turned clockwise by `rotation` degrees."""
        self._rotation = rotation
        self._picture.set_picture(picture)
        self.set_words(())
        self.set_checkboxes(())
        self.set_frames(())
        self._picture.setTransform(QTransform())
        turned = QTransform().rotate(rotation)
        bounds = turned.mapRect(self._picture.boundingRect())
        self._picture.setTransform(turned * QTransform.fromTranslate(-bounds.x(), -bounds.y()))
        self._scene.setSceneRect(QRectF(0, 0, bounds.width(), bounds.height()))
        self._notice = self.tr("This page cannot be shown.") if picture and picture.is_null else ""
        self._apply_fit()
        self.verticalScrollBar().setValue(self.verticalScrollBar().minimum())

    def show_notice(self, text: str) -> None:
        """Show a sentence in place of a page."""
        self.show_picture(None)
        self._notice = text
        self.viewport().update()

    @property
    def has_picture(self) -> bool:
        """Whether a page is shown."""
        return not self._picture.boundingRect().isEmpty()

    @property
    def picture_size(self) -> tuple[int, int] | None:
        """Width and height of the page in its own pixels."""
        bounds = self._picture.boundingRect()
        return None if bounds.isEmpty() else (round(bounds.width()), round(bounds.height()))

    def set_words(self, words: Sequence[Word]) -> None:
        """The words of the page, for hovering and for the doubtful ones."""
        self._boxes.words = words
        self._boxes.hovered = None
        self._boxes.update()

    def set_checkboxes(self, boxes: Sequence[Checkbox]) -> None:
        """Printed boxes to be ticked; the heat overlay outlines them."""
        self._boxes.checkboxes = boxes
        self._boxes.update()

    def set_frames(self, frames: Iterable[Frame]) -> None:
        """The boxes of fields, findings or signatures."""
        self._boxes.frames = tuple(frames)
        self._boxes.update()
        self.viewport().update()

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The boxes now drawn."""
        return self._boxes.frames

    def toggle_words(self) -> bool:
        """Colour every word by how sure it is, or mark only the doubtful ones."""
        self._boxes.all_words = not self._boxes.all_words
        self._boxes.update()
        self.viewport().update()
        return self._boxes.all_words

    def reveal(self, box: Box) -> None:
        """Bring a box into view, large enough to read."""
        target = self._picture.mapRectToScene(_rect(box))
        if self._fit == "page" and target.height() * self.scale_now < 14:
            self.fit_width()
        self.ensureVisible(target, 60, 80)

    # --- zoom --------------------------------------------------------------------------------

    @property
    def scale_now(self) -> float:
        """Screen pixels per picture pixel."""
        return float(self.transform().m11())

    def zoom_in(self) -> None:
        """One step nearer."""
        self._zoom(ZOOM_STEP)

    def zoom_out(self) -> None:
        """One step away."""
        self._zoom(1 / ZOOM_STEP)

    def fit_page(self) -> None:
        """The whole page."""
        self._fit = "page"
        self._apply_fit()

    def fit_width(self) -> None:
        """The page's width."""
        self._fit = "width"
        self._apply_fit()

    def _zoom(self, factor: float) -> None:
        self._fit = ""
        scale = min(SCALE_MAX, max(SCALE_MIN, self.scale_now * factor))
        self.setTransform(QTransform.fromScale(scale, scale))

    def _apply_fit(self) -> None:
        bounds = self._scene.sceneRect()
        if not self._fit or bounds.isEmpty():
            return
        room = self.viewport().size()
        across = (room.width() - 2 * MARGIN) / bounds.width()
        down = (room.height() - 2 * MARGIN) / bounds.height()
        scale = min(across, down) if self._fit == "page" else across
        scale = min(SCALE_MAX, max(SCALE_MIN, scale))
        self.setTransform(QTransform.fromScale(scale, scale))

    # --- events ------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._apply_fit()
        self._refit.start(30)  # once more when scroll bars have come or gone

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom(ZOOM_STEP if event.angleDelta().y() > 0 else 1 / ZOOM_STEP)
            event.accept()
            return
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        step = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}.get(Qt.Key(event.key()))
        if step and (bar.value() == (bar.maximum() if step > 0 else bar.minimum())):
            self.page_wanted.emit(step)
            return
        super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        word = self._word_at(event.position())
        if word is not self._boxes.hovered:
            self._boxes.hovered = word
            self._boxes.update()
            self.word_hovered.emit(word.text if word else "")
            text = heat.words_of(word) if word else ""
            QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = self._on_picture(event.position())
        for frame in self._boxes.frames:
            if frame.key and _rect(frame.box).contains(point):
                self.frame_clicked.emit(frame.key)
        super().mousePressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave and self._boxes.hovered is not None:
            self._boxes.hovered = None
            self._boxes.update()
        return super().viewportEvent(event)

    def drawBackground(self, painter: QPainter, area: QRectF | object) -> None:
        painter.fillRect(area, theme.colour("sunken"))  # type: ignore[arg-type]
        page = self._scene.sceneRect()
        if self.has_picture:
            width = 1 / max(self.scale_now, 1e-6)
            painter.setPen(QPen(theme.colour("control"), width))
            painter.drawRect(page.adjusted(-width, -width, width, width))

    def drawForeground(self, painter: QPainter, _area: QRectF | object) -> None:
        painter.save()
        painter.resetTransform()
        self._paint_labels(painter)
        if self._boxes.all_words and self.has_picture:
            font = QFont(self.font())
            font.setPointSizeF(theme.POINT_SIZE - 1.5)
            heat.paint_legend(painter, QRectF(self.viewport().rect()), font)
        if self._notice:
            painter.setPen(theme.colour("muted"))
            painter.setFont(self.font())
            painter.drawText(
                self.viewport().rect().adjusted(30, 30, -30, -30),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._notice,
            )  # fmt: skip
        painter.restore()

    def _paint_labels(self, painter: QPainter) -> None:
        """Names of strong frames, upright and at reading size whatever the zoom."""
        font = QFont(self.font())
        font.setPointSizeF(theme.POINT_SIZE - 1)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for frame in self._boxes.frames:
            if frame.label and frame.strong:
                scene = self._picture.mapRectToScene(_rect(frame.box))
                self._paint_label(painter, QRectF(self.mapFromScene(scene).boundingRect()), frame)

    def _paint_label(self, painter: QPainter, box: QRectF, frame: Frame) -> None:
        metrics = painter.fontMetrics()
        width, height = metrics.horizontalAdvance(frame.label) + 14, metrics.height() + 5
        left = min(max(4.0, box.left() - 3), max(4.0, self.viewport().width() - width - 4))
        top = box.top() - height - 5
        if top < 4 and box.left() - width - 8 > 4:  # beside it, where it hides no text
            left, top = box.left() - width - 8, max(4.0, box.top())
        elif top < 4:
            top = box.bottom() + 5
        plate = QRectF(left, top, width, height)
        path = QPainterPath()
        path.addRoundedRect(plate, 4, 4)
        painter.fillPath(path, _over_paper(frame.tone))
        painter.setPen(QColor("#ffffff"))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, frame.label)

    def _on_picture(self, position: QPointF) -> QPointF:
        return self._picture.mapFromScene(self.mapToScene(position.toPoint()))

    def _word_at(self, position: QPointF) -> Word | None:
        point = self._on_picture(position)
        x, y = point.x(), point.y()
        for word in self._boxes.words:
            x0, y0, x1, y1 = word.box
            if x0 <= x < x1 and y0 <= y < y1:
                return word
        return None


def _rect(box: Box) -> QRectF:
    return QRectF(box[0], box[1], box[2] - box[0], box[3] - box[1])
