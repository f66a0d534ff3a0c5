"""Page pictures, decoded off the window thread: small ones for lists, whole ones for the view."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader, QTransform

from desk_app.errors import DeskError
from desk_app.store import plain

THUMBNAIL_PX = 176
"""Longest side: 88 logical pixels at 200 %."""
KEPT = 400
MOST_WISHES = 120
"""About three screens of a contact sheet."""
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
    with _reader(path) as reader:
        size = reader.size()
        if size.isValid() and max(size.width(), size.height()) > longest_px:
            reader.setScaledSize(
                size.scaled(QSize(longest_px, longest_px), Qt.AspectRatioMode.KeepAspectRatio)
            )
        return reader.read()


def read_picture(path: Path) -> Picture:
    """Decode a page as it lies in the store, or a picture file."""
    QImageReader.setAllocationLimit(ALLOCATION_MB)
    with _reader(path) as reader:
        full = reader.read()
    return picture_of(full, (str(path), 0))


@contextlib.contextmanager
def _reader(path: Path) -> Iterator[QImageReader]:
    """Reads what is behind a path; what cannot be read is a picture that cannot be decoded.

    From a file, never from a QBuffer made here: Qt looks into such a device under its one lock for
    image formats, its methods wait for the interpreter, and the window holds the interpreter while
    it draws a symbol and waits for that lock: both then stand for ever.
    """
    with contextlib.ExitStack() as stack:
        file = Path()
        with contextlib.suppress(DeskError):
            file = stack.enter_context(plain.readable(path))
        reader = QImageReader(str(file))
        reader.setDecideFormatFromContent(True)
        yield reader


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


class _Work(QRunnable):
    """Decodes what is wanted, the newest wish first, until nothing is."""

    def __init__(self, loader: Thumbnails) -> None:
        super().__init__()
        self._loader = loader

    def run(self) -> None:
        while (key := self._loader.next_wish()) is not None:
            path, rotation = key
            image = read_scaled(Path(path), THUMBNAIL_PX)
            if rotation and not image.isNull():
                image = image.transformed(QTransform().rotate(rotation))
            # Through a signal, which queues across threads.
            self._loader.deliver(key, image)


class Thumbnails(QObject):
    """Small pictures by file and rotation, the most recent ones kept."""

    ready = Signal(object, QImage)
    """The key and its picture; a null picture could not be decoded."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: OrderedDict[Key, QImage] = OrderedDict()
        self._wishes: OrderedDict[Key, None] = OrderedDict()
        self._coming: set[Key] = set()
        """Decoded or being decoded, and not kept yet."""
        self._lock = threading.Lock()
        self._working = False
        self._open = True
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self.ready.connect(self._keep, Qt.ConnectionType.QueuedConnection)

    def get(self, path: Path, rotation: int) -> QImage | None:
        """The picture, or None and it will be announced by `ready`.

        Of many wishes the newest come first and the oldest are forgotten: what has been scrolled
        past is asked for again when it is seen again.
        """
        key = (str(path), rotation)
        image = self._kept.get(key)
        if image is not None:
            self._kept.move_to_end(key)
            return image
        with self._lock:
            if not self._open or key in self._coming:
                return None
            self._wishes[key] = None
            self._wishes.move_to_end(key)
            while len(self._wishes) > MOST_WISHES:
                self._wishes.popitem(last=False)
            idle, self._working = not self._working, True
        if idle:
            self._pool.start(_Work(self))
        return None

    def next_wish(self) -> Key | None:
        """Called by the decoding thread: what it does next."""
        with self._lock:
            if not self._wishes or not self._open:
                self._working = False
                return None
            key = self._wishes.popitem()[0]
            self._coming.add(key)
            return key

    def deliver(self, key: Key, image: QImage) -> None:
        """Called by the decoding thread."""
        if self._open:
            self.ready.emit(key, image)

    def close(self) -> None:
        """Decode nothing any more."""
        with self._lock:
            self._open = False
        self._pool.waitForDone(5000)

    def _keep(self, key: Key, image: QImage) -> None:
        with self._lock:
            self._coming.discard(key)
        self._kept[key] = image
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
