"""Page pictures, decoded off the window thread: small ones for lists, whole ones for the view."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader, QTransform

THUMBNAIL_PX = 176
"""Longest side: 88 logical pixels at 200 %."""
KEPT = 400
ALLOCATION_MB = 512
"""A 600 dpi A3 page in colour is 280 MB; Qt refuses 256 by default."""

Key = tuple[str, int]
"""File and clockwise rotation."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole page with its half and quarter copies: plain scaling drops thin Vietnamese marks."""

    key: Key
    full: QImage
    half: QImage
    quarter: QImage

    @property
    def is_null(self) -> bool:
        """Whether the file could not be decoded."""
        return self.full.isNull()


def read_scaled(path: Path, longest_px: int) -> QImage:
    """Decode a picture no larger than needed; JPEG does this in its own decoder."""
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > longest_px:
        reader.setScaledSize(
            size.scaled(QSize(longest_px, longest_px), Qt.AspectRatioMode.KeepAspectRatio)
        )
    return reader.read()


def read_picture(path: Path) -> Picture:
    """Decode a page as it lies on disk."""
    QImageReader.setAllocationLimit(ALLOCATION_MB)
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    full = reader.read()
    return picture_of(full, (str(path), 0))


def picture_of(image: QImage, key: Key) -> Picture:
    """The copies of an image that is already decoded."""
    full = image.convertToFormat(QImage.Format.Format_RGB32) if not image.isNull() else image
    half = _halved(full)
    return Picture(key, full, half, _halved(half))


def _halved(image: QImage) -> QImage:
    if image.isNull():
        return image
    size = QSize(max(1, image.width() // 2), max(1, image.height() // 2))
    return image.scaled(
        size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


class _Job(QRunnable):
    """Decodes one thumbnail; delivers through the loader's signal, which queues across threads."""

    def __init__(self, loader: Thumbnails, key: Key) -> None:
        super().__init__()
        self._loader = loader
        self._key = key

    def run(self) -> None:
        path, rotation = self._key
        image = read_scaled(Path(path), THUMBNAIL_PX)
        if rotation and not image.isNull():
            image = image.transformed(QTransform().rotate(rotation))
        self._loader.deliver(self._key, image)


class Thumbnails(QObject):
    """Small pictures by file and rotation, the most recent ones kept."""

    ready = Signal(object, QImage)
    """The key and its picture; a null picture could not be decoded."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[Key, QImage] = OrderedDict()
        self._asked: set[Key] = set()
        self._open = True
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self.ready.connect(self._keep, Qt.ConnectionType.QueuedConnection)

    def get(self, path: Path, rotation: int) -> QImage | None:
        """The picture, or None and it will be announced by `ready`."""
        key = (str(path), rotation)
        image = self._kept.get(key)
        if image is not None:
            self._kept.move_to_end(key)
            return image
        if key not in self._asked and self._open:
            self._asked.add(key)
            self._pool.start(_Job(self, key))
        return None

    def deliver(self, key: Key, image: QImage) -> None:
        """Called by the decoding thread."""
        if self._open:
            self.ready.emit(key, image)

    def close(self) -> None:
        """Decode nothing any more."""
        self._open = False
        self._pool.clear()
        self._pool.waitForDone(5000)

    def _keep(self, key: Key, image: QImage) -> None:
        self._asked.discard(key)
        self._kept[key] = image
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
