"""One scan at a time: start it, stop it, say how it ended and how to go on."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desk_app.gui.station import Station
from desk_app.gui.tasks import READ, SCANNER, Problem

if TYPE_CHECKING:
    from desk_app.capture.intake import ScanReport
    from desk_app.pipeline import Progress

NOTICE = "feed"
"""All notices of the feed replace each other."""


class Feeder(QObject):
    """The paper that moves for the counter."""

    changed = Signal()
    ended = Signal()

    def __init__(self, station: Station, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._station = station
        self._stop: threading.Event | None = None
        self._dossier_id = ""
        self._landed = 0
        station.progressed.connect(self._on_progress)

    @property
    def is_feeding(self) -> bool:
        """Whether paper is moving or its pages are still being read."""
        return self._stop is not None

    @property
    def text(self) -> str:
        """How far the feed is."""
        if self._stop is None:
            return ""
        if self._stop.is_set():
            return self.tr("Stopping…")
        return self.tr("%n page(s) landed", None, self._landed)

    def start(self, dossier_id: str) -> None:
        """Feed what lies in the scanner into a dossier."""
        from desk_app import pipeline

        if self._stop is not None:
            return
        self._stop, self._dossier_id, self._landed = threading.Event(), dossier_id, 0
        self._station.noticed.emit(None)
        self._station.tasks.submit(
            SCANNER,
            pipeline.feed,
            self._station.desk,
            dossier_id,
            notify=self._station.tasks.notify,
            stop=self._stop,
            done=self._on_fed,
            failed=self._on_failed,
        )
        self.changed.emit()

    def stop(self) -> None:
        """No more paper; what has landed stays."""
        if self._stop is not None:
            self._stop.set()
            self.changed.emit()

    def _on_progress(self, progress: Progress) -> None:
        if progress.stage == "scan" and progress.dossier_id == self._dossier_id:
            self._landed = progress.done
            self.changed.emit()

    def _on_fed(self, report: ScanReport) -> None:
        self._end()
        fault = report.fault
        if fault is not None:
            texts = {k: getattr(fault, k) for k in ("code", "vi", "en", "next_vi", "next_en")}
            self._station.tell_fault(texts, NOTICE, self.tr("Go on (F5)"), self._again())
        elif report.reason == "cancelled":
            kept = self.tr("%n page(s) are kept; F5 goes on.", None, report.images)
            self._station.say(NOTICE, "accent", self.tr("Stopped."), kept)
        elif report.images == 0:
            text, after = self.tr("The feeder is empty."), self.tr("Load the papers and press F5.")
            self._station.say(NOTICE, "warn", text, after, passing=False)

    def _on_failed(self, problem: Problem) -> None:
        dossier_id = self._dossier_id
        self._end()
        if problem.interrupted:
            from desk_app import pipeline

            self._station.say(NOTICE, "accent", problem.text)
            # What has landed is read even so: the clerk stopped the paper, not the work.
            self._station.tasks.submit(READ, pipeline.assemble, self._station.desk, dossier_id)
        else:
            again = self.tr("Try again (F5)")
            self._station.tell(problem, key=NOTICE, action=again, run=self._again())

    def _again(self) -> partial[None]:
        return partial(self.start, self._dossier_id)

    def _end(self) -> None:
        self._stop = None
        self.changed.emit()
        self.ended.emit()
