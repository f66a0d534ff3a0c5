"""Carries out what the package dialog asks for: one thing at a time, and it can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from desk_app.gui.tasks import Problem

if TYPE_CHECKING:
    from desk_app.gui.station import Station

LANE = "package"


class Packing(QObject):
    """The lane of packages, for one dialog."""

    progressed = Signal(int)
    """So many files were written or checked."""
    busy_changed = Signal(bool)
    failed = Signal(object)
    """A Problem."""

    def __init__(self, station: Station, parent: QObject) -> None:
        super().__init__(parent)
        self._station = station
        self._stop = threading.Event()
        self._steps = 0
        self.is_busy = False

    def run(
        self, fn: Callable[..., Any], *args: object, done: Callable[[Any], None],
        with_desk: bool = True, can_stop: bool = False,
    ) -> None:  # fmt: skip
        """Carry out a function of models.packing, unless one is being carried out."""
        desk = self._station.desk
        if desk is None or self.is_busy:
            return
        self._stop = threading.Event()
        self._steps = 0
        given = (*((desk,) if with_desk else ()), *args, *((self._look,) if can_stop else ()))
        self._set_busy(True)
        self._station.tasks.submit(
            LANE, fn, *given, done=partial(self._on_done, done), failed=self._on_failed
        )

    def stop(self) -> None:
        """End between two files; nothing half-made is left."""
        self._stop.set()

    def _look(self) -> None:
        """Runs on the lane, between files."""
        from desk_app.errors import Interrupted

        if self._stop.is_set() or self._station.stop.is_set():
            raise Interrupted()
        self._steps += 1
        self.progressed.emit(self._steps)

    def _on_done(self, done: Callable[[Any], None], result: object) -> None:
        self._set_busy(False)
        done(result)

    def _on_failed(self, problem: Problem) -> None:
        self._set_busy(False)
        self.failed.emit(problem)

    def _set_busy(self, busy: bool) -> None:
        self.is_busy = busy
        self.busy_changed.emit(busy)
