"""Reading the store for a screen: one reading at a time, and one more where something changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desk_app.gui.station import Station
from desk_app.gui.tasks import Problem


class Rereading:
    """Joins the wishes of a screen to read again while a reading is under way."""

    def __init__(self, station: Station, show: Callable[[Any], None]) -> None:
        self._station = station
        self._show = show
        self._running = self._again = False
        self._read: Callable[[], Any] = _nothing

    def start(self, read: Callable[[], Any]) -> None:
        """Read off the window thread and show; the last wish wins."""
        self._read = read
        if self._running:
            self._again = True
            return
        self._running, self._again = True, False
        self._station.read(read, done=self._on_read, failed=self._on_lost)

    def _on_lost(self, problem: Problem) -> None:
        self._running = False
        self._station.tell(problem)

    def _on_read(self, found: object) -> None:
        self._running = False
        if self._again:
            self.start(self._read)
        self._show(found)


def _nothing() -> None:
    """Before the first reading."""
