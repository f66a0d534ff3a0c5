"""Loads the page in front and the one after it; what is shown is never decoded on the window."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desk_app.gui.models import snapshot
from desk_app.gui.models.pictures import Picture, read_picture
from desk_app.gui.models.snapshot import PageView
from desk_app.gui.tasks import PICTURE, VIEW
from desk_app.records import PageReading, Word

if TYPE_CHECKING:
    from desk_app.gui.station import Station

KEPT = 3
"""A colour A4 page at 300 dpi is 45 MB with its copies."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The page in front."""

    page_id: str
    picture: Picture
    rotation: int
    reading: PageReading | None
    fresh: bool
    """The picture or its turn is another than before; otherwise only its reading came."""

    @property
    def words(self) -> Sequence[Word]:
        """What was read; nothing before that."""
        return self.reading.text.words if self.reading else ()


class PageLoader(QObject):
    """Shows pages one at a time, the newest wish first."""

    shown = Signal(str)
    """The page with this id is `loaded`."""

    def __init__(self, station: Station, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._station = station
        self._pictures: OrderedDict[str, Picture] = OrderedDict()
        self._asked: set[str] = set()
        self._wanted: PageView | None = None
        self._readings: dict[str, PageReading | None] = {}
        self._read_for: tuple[str, int, bool] | None = None
        self.loaded: Loaded | None = None

    def show(self, page: PageView, following: PageView | None = None) -> None:
        """Show a page as soon as it is decoded; the following one is decoded after it."""
        self._wanted = page
        picture = self._pictures.get(str(page.path))
        if picture is not None:
            self._deliver(page, picture)
        else:
            self._decode(page.path)
        if following is not None and str(following.path) not in self._pictures:
            self._decode(following.path)
        wish = (page.id, page.rotation, page.read)
        if page.read and wish != self._read_for:
            self._read_for = wish
            self._read(page)

    def forget(self) -> None:
        """Nothing is in front."""
        self._wanted = self.loaded = self._read_for = None

    def _decode(self, path: Path) -> None:
        key = str(path)
        if key not in self._asked:
            self._asked.add(key)
            self._station.tasks.submit(
                PICTURE, read_picture, path, done=self._keep,
                failed=lambda _problem: self._asked.discard(key),
            )  # fmt: skip

    def _keep(self, picture: Picture) -> None:
        path = picture.key[0]
        self._asked.discard(path)
        self._pictures[path] = picture
        while len(self._pictures) > KEPT:
            self._pictures.popitem(last=False)
        if self._wanted is not None and str(self._wanted.path) == path:
            self._deliver(self._wanted, picture)

    def _deliver(self, page: PageView, picture: Picture) -> None:
        self._pictures.move_to_end(str(page.path))
        before = self.loaded
        reading = self._readings.get(page.id)
        fresh = before is None or (before.page_id, before.rotation) != (page.id, page.rotation)
        if not fresh and before is not None and before.reading is reading:
            return
        self.loaded = Loaded(page.id, picture, page.rotation, reading, fresh)
        self.shown.emit(page.id)

    def _read(self, page: PageView) -> None:
        desk, readings = self._station.desk, self._station.readings
        if desk is None or readings is None:
            return

        def keep(reading: PageReading | None) -> None:
            self._readings = {page.id: reading}
            picture = self._pictures.get(str(page.path))
            if self._wanted is not None and self._wanted.id == page.id and picture is not None:
                self._deliver(self._wanted, picture)

        self._station.tasks.submit(
            VIEW, snapshot.read_page, desk.store, readings, page.id, done=keep
        )
