"""Pages from a device or from files into a dossier: on disk and in the store before it is said.

The driver's child process lands each page in the job's spool folder and journals it there; here
its bytes become a blob, its row and audit record are committed, and only then is it announced.
A job that was cut off is finished from its journal by `recover`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from desk_app import paths, workspace
from desk_app.records import Page
from desk_app.store import codec, dossiers
from desk_app.store.database import Store
from desk_app.store.edits import AT_END, Place
from desk_app.store.sql import sqlite3
from desk_app.store.steps import LAST_SHEET

if TYPE_CHECKING:
    from scanners.device import AppliedSettings, Event, FileRefused, PageLanded, ScanSettings
    from scanners.errors import Fault
    from scanners.worker import ScanJob

LOCK = ".lock"
DOCUMENT_ROOM = 1 << 30
"""Bytes for what a scanner sends as one document, in plain outside the data folder."""
SAMPLE = paths.SAMPLES / "birth_registration"


@dataclass(slots=True)
class ScanReport:
    """What one job brought."""

    job_id: str
    reason: str = "worker_lost"
    """feeder_empty, count_reached, cancelled, fault, worker_lost, device_gone or done."""
    sheets: int = 0
    images: int = 0
    fault: Fault | None = None
    applied: AppliedSettings | None = None
    pages: list[Page] = field(default_factory=list)
    refused: list[FileRefused] = field(default_factory=list)


def resolve(device: str) -> str:
    """The full URI of a device: an empty simulated folder is the sample dossier's."""
    from scanners.device import parse_uri

    name = parse_uri(device)
    if name.kind == "simulated" and not name.rest:
        options = dict(name.options)
        options.setdefault("duplex", "1")
        name = replace(name, rest=str(SAMPLE), options=tuple(options.items()))
    return str(name)


def scan(
    store: Store,
    dossier_id: str,
    device: str,
    settings: ScanSettings,
    *,
    place: Place = AT_END,
    announce: Callable[[Page], None] = lambda page: None,
    listen: Callable[[Event], None] = lambda event: None,
    stop: threading.Event | None = None,
) -> ScanReport:
    """Scan into a dossier until the feeder is empty, the count is reached, a fault or `stop`.

    At the end of a dossier, sides that it already has under the same sheet number are not taken
    twice: that is how a feed that was cut off within a sheet goes on from that sheet. In any other
    place the device counts its sheets from 1 and they get numbers of their own.
    """
    from scanners import worker

    uri = resolve(device)
    settings.check()
    place = _placed(store, dossier_id, place)

    def start(folder: Path, scratch: Path) -> ScanJob:
        seal = store.seal_key(folder.name)
        return worker.start(uri, settings, folder, seal=seal, scratch=scratch)

    return _run(
        store, dossier_id, device, settings, start, announce, listen, stop, place, DOCUMENT_ROOM
    )


def take_files(
    store: Store,
    dossier_id: str,
    files: Sequence[Path],
    *,
    place: Place = AT_END,
    announce: Callable[[Page], None] = lambda page: None,
    listen: Callable[[Event], None] = lambda event: None,
    stop: threading.Event | None = None,
) -> ScanReport:
    """Import pictures and PDF files as pages; each file that cannot be used is refused in words."""
    from scanners import worker
    from scanners.device import ScanSettings

    place = _placed(store, dossier_id, place)
    if place.op == "end":
        place = replace(place, offset=next_sheet(store, dossier_id) - 1)
    settings = ScanSettings()

    def start(folder: Path, scratch: Path) -> ScanJob:
        seal = store.seal_key(folder.name)
        return worker.import_files(files, folder, seal=seal, scratch=scratch)

    room = max(map(_size_of, files), default=0)
    return _run(store, dossier_id, "file:", settings, start, announce, listen, stop, place, room)


def next_sheet(store: Store, dossier_id: str) -> int:
    """Number of the sheet that a new feed begins with; a batch counts what has left its tray."""
    row = store.row(
        "SELECT max(sheet) FROM (SELECT sheet FROM page WHERE dossier_id = ?1 UNION ALL "
        "SELECT sheet FROM batch_sheet WHERE tray_id = ?1) WHERE sheet <= ?2",
        dossier_id, LAST_SHEET,
    )  # fmt: skip
    return int(row[0] or 0) + 1 if row else 1


def _placed(store: Store, dossier_id: str, place: Place) -> Place:
    """A place with the numbers that its sheets get: those of a stack go on without them."""
    if place.op == "end":
        return place
    row = store.row("SELECT max(sheet) FROM page WHERE dossier_id = ?", dossier_id)
    return replace(place, offset=max(LAST_SHEET, int((row and row[0]) or 0)))


def _size_of(file: Path) -> int:
    """Bytes of a file; nothing where it cannot even be looked at: its reader says why."""
    try:
        return file.stat().st_size if file.is_file() else 0
    except (OSError, ValueError):
        return 0


def _run(
    store: Store,
    dossier_id: str,
    device: str,
    settings: ScanSettings,
    start: Callable[[Path, Path], ScanJob],
    announce: Callable[[Page], None],
    listen: Callable[[Event], None],
    stop: threading.Event | None,
    place: Place,
    room: int,
) -> ScanReport:
    job_id = dossiers.new_id()
    folder = store.spool / job_id
    with ExitStack() as stack:
        stack.enter_context(paths.locked(folder / LOCK))
        dossiers.begin_job(store, job_id, dossier_id, device, folder, settings, place)
        report = ScanReport(job_id)
        try:
            scratch = stack.enter_context(workspace.folder(workspace.place(room)))
            job = stack.enter_context(start(folder, scratch))
        except BaseException:
            dossiers.end_job(store, job_id, "refused")
            raise
        if stop is not None:
            stack.enter_context(_cancelling(job, stop))
        for event in job:
            _take(store, dossier_id, event, report, announce, place.offset)
            listen(event)
        dossiers.end_job(store, job_id, report.reason)
    return report


class _cancelling:
    """Pass the stop event on to the job while it runs."""

    def __init__(self, job: ScanJob, stop: threading.Event) -> None:
        self._job, self._stop = job, stop
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="scan-stop", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *fault: object) -> None:
        self._over.set()
        self._thread.join(timeout=10)

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            if self._stop.is_set():
                self._job.cancel()
                return


def _take(
    store: Store,
    dossier_id: str,
    event: Event,
    report: ScanReport,
    announce: Callable[[Page], None],
    offset: int,
) -> None:
    from scanners.device import Applied, Ended, FileRefused, PageLanded, ScanFault

    match event:
        case PageLanded():
            page = _land(store, dossier_id, report.job_id, event, offset)
            if page is not None:
                report.pages.append(page)
                announce(page)
        case Applied(settings=applied):
            report.applied = applied
        case ScanFault(fault=fault):
            report.fault = fault
        case FileRefused():
            report.refused.append(event)
        case Ended(reason=reason, sheets=sheets, images=images):
            report.reason, report.sheets, report.images = reason, sheets, images


def _land(
    store: Store, dossier_id: str, job_id: str, event: PageLanded, offset: int
) -> Page | None:
    """Blob first, then the row: a page in the store always has its picture.

    The spool keeps its own link to the same sealed bytes, so the journal can be replayed later.
    """
    sheet = event.sheet + offset
    if _has_side(store, dossier_id, sheet, event.side, event.page_id):
        return None
    store.blobs.adopt_sealed(event.path, event.sha256)
    page = Page(
        id=event.page_id, dossier_id=dossier_id, position=0, sheet=sheet, side=event.side,
        sha256=event.sha256, media=event.media, width=event.width_px, height=event.height_px,
        dpi=event.dpi,
    )  # fmt: skip
    if not dossiers.add_page(store, page, event.bytes, job_id, event.rotation):
        return None
    return dossiers.page(store, page.id)


def _has_side(store: Store, dossier_id: str, sheet: int, side: str, page_id: str) -> bool:
    row = store.row(
        "SELECT id FROM page WHERE dossier_id = ?1 AND sheet = ?2 AND side = ?3 AND id <> ?4 "
        "UNION ALL SELECT page_id FROM batch_sheet "
        "WHERE tray_id = ?1 AND sheet = ?2 AND side = ?3 AND page_id <> ?4",
        dossier_id, sheet, side, page_id,
    )  # fmt: skip
    return row is not None


@dataclass(frozen=True, slots=True)
class Recovered:
    """A scan that had been cut off."""

    job_id: str
    dossier_id: str
    device: str
    pages: tuple[Page, ...]
    """Pages that lay on disk and were not yet in the store."""
    in_doubt: tuple[int, ...]
    """Sheets to look at: fed, but not complete on disk."""


def recover(store: Store) -> list[Recovered]:
    """Finish the records of scans whose program is gone: journalled pages enter the store."""
    found = []
    for row in dossiers.running_jobs(store):
        folder = Path(row["folder"])
        with paths.locked(folder / LOCK) as ours:
            if ours and (done := _recover_job(store, row, folder)) is not None:
                found.append(done)
    return found


def _recover_job(store: Store, job: sqlite3.Row, folder: Path) -> Recovered | None:
    """None while a worker whose program was killed still writes: the next start finds it."""
    from scanners import journal
    from scanners.errors import DeviceFault

    job_id, dossier_id, device = job["id"], job["dossier_id"], job["device"]
    offset = _offset(job)
    try:
        replay = journal.recover(folder, store.vault.keys)
    except DeviceFault as fault:
        if fault.code == "BUSY":
            return None
        raise
    landed = [
        _land(store, dossier_id, job_id, page, offset)
        for page in replay.pages
        if page.path.exists()
    ]
    dossiers.end_job(store, job_id, "interrupted")
    doubtful = tuple(sorted({doubt.sheet + offset for doubt in replay.in_doubt}))
    return Recovered(job_id, dossier_id, device, tuple(page for page in landed if page), doubtful)


def _offset(job: sqlite3.Row) -> int:
    if job["place"]:
        return codec.loads(Place, job["place"]).offset
    return int(json.loads(job["settings"])["first_sheet"]) - 1 if job["device"] == "file:" else 0
