"""One scan at a time: start it, stop it, say how it ended and how to go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desk_app import feeding
from desk_app.feeding import Rate, Request
from desk_app.gui.i18n import pick
from desk_app.gui.station import Station
from desk_app.gui.tasks import READ, SCANNER, Problem
from desk_app.store import acting

if TYPE_CHECKING:
    from desk_app.capture.intake import ScanReport
    from desk_app.capture.scan_profiles import ScanProfile
    from desk_app.pipeline import Progress
    from scanners.device import Event

Run = Callable[..., "ScanReport"]
NOTICE = "feed"
"""All notices of the feed replace each other."""
SETTINGS_NOTICE, SUSPECT_NOTICE = "feed-settings", "feed-suspect"
TICK_MS = 1000


class Feeder(QObject):
    """The paper that moves for the counter, or into a batch."""

    changed = Signal()
    ended = Signal()
    placed = Signal(object, str)
    """A feed brought pages: its request and its job, for undo."""
    _heard = Signal(object)

    def __init__(
        self, station: Station, parent: QObject | None = None, run: Run = feeding.run
    ) -> None:
        """`run` carries out a feed on the lane: of a dossier, or of a batch."""
        super().__init__(parent)
        self._station = station
        self._run = run
        self._stop: threading.Event | None = None
        self._request = Request("")
        self._actor = ""
        """Who started the feed: what follows it is theirs, whoever sits here by then."""
        self._going_on: Request | None = None
        self._landed = 0
        self._read: tuple[int, int] | None = None
        self._rate = Rate()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.changed)
        station.progressed.connect(self._on_progress)
        self._heard.connect(self._on_event)

    @property
    def is_feeding(self) -> bool:
        """Whether paper is moving or its pages are still being read."""
        return self._stop is not None

    @property
    def text(self) -> str:
        """How far the feed is."""
        if self._stop is None:
            return ""
        if self._read is not None:
            return self._words_of_reading().format(
                pages=self._count(), done=self._read[0], total=self._read[1]
            )
        if self._stop.is_set():
            return self.tr("Stopping…")
        rate = self._rate.per_minute(time.monotonic())
        if rate is None:
            return self._count()
        return self.tr("{pages} · {rate} a minute").format(pages=self._count(), rate=rate)

    def _words_of_reading(self) -> str:
        if self._run is feeding.run:
            return self.tr("{pages}, reading {done} of {total}")
        return self.tr("{pages}, checking {done} of {total}")

    def _count(self) -> str:
        return self.tr("%n page(s) landed", None, self._landed)

    # --- starting and stopping ---------------------------------------------------------------

    def start(self, dossier_id: str, profile: ScanProfile | None = None) -> None:
        """Feed what lies in the scanner into a dossier, or go on after a fault."""
        rest = self._going_on
        if rest is not None and rest.dossier_id == dossier_id and rest.op == "end":
            self.submit(Request(dossier_id, profile=profile, first_sheet=rest.first_sheet))
        else:
            self.submit(Request(dossier_id, profile=profile))

    def submit(self, request: Request) -> None:
        """Carry out one feed; nothing where one is under way."""
        if self._stop is not None or self._station.desk is None:
            return
        self._stop, self._request, self._landed = threading.Event(), request, 0
        self._actor = self._station.tasks.actor
        self._read, self._rate, self._going_on = None, Rate(), None
        self._station.noticed.emit(None)
        self._timer.start()
        self._station.tasks.submit(
            SCANNER, self._run, self._station.desk, request, self._station.tasks.notify,
            self._hear, self._stop, done=self._on_fed, failed=self._on_failed,
        )  # fmt: skip
        self.changed.emit()

    def stop(self) -> None:
        """No more paper; what has landed stays."""
        if self._stop is not None:
            self._stop.set()
            self.changed.emit()

    # --- what is heard meanwhile -------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        """Called on the lane."""
        from scanners.device import Applied, PageSuspect, Waiting

        if isinstance(event, Applied | PageSuspect | Waiting):
            self._heard.emit(event)

    def _on_event(self, event: Event) -> None:
        from scanners.device import Applied, PageSuspect

        if isinstance(event, Applied):
            differences = event.settings.differences
            if differences:
                text = " ".join(pick(each.vi, each.en) for each in differences)
                after = self.tr("Look at the pages; if they will not do, choose a profile (F4).")
                self._station.say(SETTINGS_NOTICE, "warn", text, after, passing=False)
        elif isinstance(event, PageSuspect):
            from scanners.wordings import SUSPICIONS

            vi, en = SUSPICIONS.get(event.reason, (event.reason, event.reason))
            text = pick(vi, en).format(n=event.sheet)
            self._station.say(SUSPECT_NOTICE, "warn", text, passing=False)
        else:
            self._station.say(NOTICE, "accent", self.tr("The scanner is not ready yet; waiting."))

    def _on_progress(self, progress: Progress) -> None:
        if self._stop is None or progress.dossier_id != self._request.dossier_id:
            return
        if progress.stage == "scan":
            self._landed = progress.done
            self._rate.add(time.monotonic())
            self.changed.emit()
        elif progress.stage == "read" and progress.total is not None:
            self._read = progress.done, progress.total
            self.changed.emit()

    # --- how it ended ------------------------------------------------------------------------

    def _on_fed(self, report: ScanReport) -> None:
        request = self._request
        self._going_on = feeding.going_on(request, report)
        self._end()
        if report.images:
            self.placed.emit(request, report.job_id)
        fault = report.fault
        if fault is not None:
            texts = {k: getattr(fault, k) for k in ("code", "vi", "en", "next_vi", "next_en")}
            self._station.tell_fault(texts, NOTICE, self._way_on(), self._again())
        elif report.reason == "cancelled":
            kept = self.tr("%n page(s) are kept; F5 goes on.", None, report.images)
            self._station.say(NOTICE, "accent", self.tr("Stopped."), kept)
        elif report.images == 0:
            text, after = self.tr("The feeder is empty."), self.tr("Load the papers and press F5.")
            self._station.say(NOTICE, "warn", text, after, passing=False)

    def _way_on(self) -> str:
        if self._request.op == "end":
            return self.tr("Go on (F5)")
        return self.tr("Scan this page again")

    def _on_failed(self, problem: Problem) -> None:
        dossier_id = self._request.dossier_id
        self._end()
        if problem.interrupted and self._run is feeding.run:
            from desk_app import pipeline

            self._station.say(NOTICE, "accent", problem.text)
            # What has landed is read even so: the clerk stopped the paper, not the work.
            work = acting.by(self._actor, pipeline.assemble)
            self._station.tasks.submit(READ, work, self._station.desk, dossier_id)
        else:
            self._station.tell(problem, NOTICE, self.tr("Try again"), self._again())

    def _again(self) -> partial[None]:
        return partial(self.submit, self._going_on or self._request)

    def _end(self) -> None:
        self._stop = None
        self._timer.stop()
        self.changed.emit()
        self.ended.emit()
