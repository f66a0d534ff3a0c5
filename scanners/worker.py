"""Jobs in worker processes: scan from a device, import files, list devices.

`python -m scanners.worker` is the worker itself. A worker that crashes or stops talking is ended
here, what it had already put on disk is announced, and the job gets its fault and its one end.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scanners import drivers, ids, journal, sealed, wire
from scanners.device import (
    Applied,
    AppliedSettings,
    DeviceInfo,
    DriverInfo,
    Ended,
    EndReason,
    Event,
    FileRefused,
    Opened,
    PageLanded,
    Preview,
    Progress,
    ScanFault,
    ScanSettings,
    SheetStarted,
    Waiting,
)
from scanners.errors import BadRequest, DeviceFault, Fault, make_fault
from scanners.landing import DEFAULT_RESERVE
from scanners.process import END, WorkerProcess

PROBE_S = 15.0
MAX_CRASHES_PER_FILE = 3


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long a worker may be silent, in seconds, before it is ended."""

    open_s: float = 15.0
    first_page_s: float = 60.0
    """From the open device to the first sheet: lamps warm up."""
    silence_s: float = 30.0
    """Within a sheet, between two signs of life."""
    next_page_s: float = 45.0
    cancel_s: float = 4.0
    """Time to stop by itself, so that the answer is there within 5 s whatever the device does."""


class ScanJob:
    """A running job: iterate it for its events, the last of which is the one `Ended`.

    One thread iterates and closes; `cancel` may be called from any.
    """

    def __init__(
        self, command: dict[str, Any], landing: Path, deadlines: Deadlines | None, reserve: int,
        seal: sealed.Key | None, scratch: Path | None,
    ) -> None:  # fmt: skip
        self.id = ids.new_id()
        self.landing = landing.absolute()
        self._keys = sealed.only(seal)
        self.deadlines = deadlines or Deadlines()
        self.pages: list[PageLanded] = []
        """Every page announced so far."""
        self.applied: AppliedSettings | None = None
        self.fault: Fault | None = None
        self.ended: Ended | None = None
        self._command = {
            **command, "job": self.id, "landing": str(self.landing), "reserve": reserve,
            "seal": seal.as_line() if seal else None, "scratch": str(scratch or self.landing),
        }  # fmt: skip
        self._jobs_before = frozenset(journal.replay(self.landing).jobs or ())
        self._limit_s = self.deadlines.open_s
        self._since = time.monotonic()
        self._cancelled_at: float | None = None
        self._pending: deque[Event] = deque()
        self._sheet = int(command.get("first_sheet", 1))
        self._sheet_open = False
        self._worker = _start_worker(self._command)

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        if self.ended is not None:
            raise StopIteration
        while not self._pending:
            self._wait()
        event = self._pending.popleft()
        if isinstance(event, Ended):
            # A worker knows only of itself; an import may have taken several.
            sheets = len({page.sheet for page in self.pages})
            event = Ended(event.reason, sheets, len(self.pages))
        self._note(event)
        return event

    def __enter__(self) -> ScanJob:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._worker.pid

    def cancel(self) -> None:
        """Stop the job: the worker gets its time to stop by itself, then it is ended."""
        if self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
            self._worker.send({"do": "cancel"})
            self._worker.wake()

    def capture(self) -> None:
        """Have a document camera take what it sees now; other devices do not mind."""
        self._worker.send({"do": "capture"})

    def close(self) -> None:
        """End the job if it has not ended, and let go of everything."""
        if self.ended is None:
            self.cancel()
            for _ in self:
                pass
        self._worker.end(self.deadlines.cancel_s)

    # --- reading the worker ---

    def _wait(self) -> None:
        """Wait for the next event, the worker's end, or the end of its time."""
        left = self._since + self._limit_s - time.monotonic()
        if self._cancelled_at is not None:
            left = min(left, self._cancelled_at + self.deadlines.cancel_s - time.monotonic())
        line = self._worker.next_line(left)
        if line == END:
            self._lose("DRIVER_CRASHED")
        elif line is not None:
            self._take(line)
        elif left <= 0:
            self._lose("NOT_RESPONDING")

    def _take(self, line: bytes) -> None:
        try:
            event = wire.decode(line)
        except (ValueError, RecursionError):
            return  # a driver found a way to print into the line
        if isinstance(event, (DeviceInfo, DriverInfo)):
            return
        self._since = time.monotonic()
        self._limit_s = self._limit_after(event)
        self._pending.append(event)

    def _limit_after(self, event: Event) -> float:
        match event:
            case Opened():
                return self.deadlines.first_page_s
            case SheetStarted() | Progress() | Preview():
                return self.deadlines.silence_s
            case Waiting(seconds=seconds):
                return seconds + self.deadlines.silence_s
            case PageLanded():
                return self.deadlines.next_page_s
        return self._limit_s

    def _note(self, event: Event) -> None:
        """Keep what the job knows up to date with what the caller has been told."""
        match event:
            case PageLanded():
                self.pages.append(event)
                self._sheet = event.sheet
                self._sheet_open = event.side == "front" and self._is_duplex()
            case SheetStarted():
                self._sheet, self._sheet_open = event.sheet, True
            case Applied():
                self.applied = event.settings
            case ScanFault():
                self.fault = event.fault
            case Ended():
                self.ended = event
                self._worker.end(self.deadlines.cancel_s)

    def _is_duplex(self) -> bool:
        return self.applied is not None and self.applied.got.source == "duplex"

    # --- when the worker is lost ---

    def _lose(self, code: str) -> None:
        """End the worker and the job."""
        waited_s = time.monotonic() - self._since
        self._end_worker()
        if any(isinstance(event, Ended) for event in self._pending):
            return  # its last words were still under way
        fault = make_fault(
            code,
            raw=self._worker.said,
            sheet=self._doubtful_sheet(),
            pages_safe=len(list(self._announced())),
            seconds=max(1, round(waited_s)),
        )
        self._pending.append(ScanFault(fault))
        self._finish("worker_lost" if self._cancelled_at is None else "cancelled", fault)

    def _end_worker(self) -> None:
        """End the worker and queue the pages that it landed but could not announce."""
        self._worker.kill()
        self._worker.join(5.0)
        for line in self._worker.drain():
            self._take(line)
        told = {page.page_id for page in self._announced()}
        with contextlib.suppress(OSError, DeviceFault):
            found = journal.recover(self.landing, self._keys)
            jobs = found.jobs or {}
            told.update(page for job in self._jobs_before for page in jobs.get(job, ()))
            self._pending.extend(page for page in found.pages if page.page_id not in told)

    def _announced(self) -> Iterator[PageLanded]:
        yield from self.pages
        yield from (event for event in self._pending if isinstance(event, PageLanded))

    def _doubtful_sheet(self) -> int:
        """The sheet that was in the machine when the worker was lost."""
        for event in self._pending:
            if isinstance(event, SheetStarted):
                self._sheet, self._sheet_open = event.sheet, True
            elif isinstance(event, PageLanded):
                self._sheet = event.sheet
                self._sheet_open = event.side == "front" and self._is_duplex()
        fed = self._sheet_open or not any(True for _ in self._announced())
        return self._sheet if fed else self._sheet + 1

    def _finish(self, reason: EndReason, fault: Fault | None = None) -> None:
        pages = list(self._announced())
        ended = Ended(reason, len({page.sheet for page in pages}), len(pages))
        with contextlib.suppress(OSError, DeviceFault), journal.Journal(self.landing) as book:
            if fault is not None:
                book.append(journal.as_line("fault", self.id, fault))
            book.append(journal.as_line("ended", self.id, ended))
        self._pending.append(ended)


def _start_worker(command: dict[str, Any]) -> WorkerProcess:
    try:
        return WorkerProcess(command)
    except OSError as error:
        raise DeviceFault("DRIVER_CRASHED", raw=str(error)) from error


class ImportJob(ScanJob):
    """An import: a worker that is lost costs the page it was reading, not the files behind it."""

    def __init__(
        self, files: list[str], landing: Path, deadlines: Deadlines | None, reserve: int,
        seal: sealed.Key | None, scratch: Path | None,
    ) -> None:  # fmt: skip
        self._files = files
        self._file: int | None = None
        """Position of the file that the worker is at."""
        self._page: int | None = None
        self._reading = False
        self._losses: Counter[int] = Counter()
        items = [{"path": path, "first_page": 1} for path in files]
        command = {"do": "import", "items": items}
        super().__init__(command, landing, deadlines, reserve, seal, scratch)

    def _take(self, line: bytes) -> None:
        super()._take(line)
        event = self._pending[-1] if self._pending else None
        if isinstance(event, Opened) and self._file is not None:
            self._pending.pop()  # of a second worker
        elif isinstance(event, SheetStarted):
            self._file, self._page = self._files.index(str(event.origin)), event.origin_page
            self._reading = True
            if event.origin_page is None:
                self._pending.pop()  # a file is being opened, no page yet
        elif isinstance(event, PageLanded | FileRefused):
            self._reading = False

    def _lose(self, code: str) -> None:
        if self._cancelled_at is not None or self._file is None:
            super()._lose(code)
            return
        self._end_worker()
        if any(isinstance(event, Ended) for event in self._pending):
            return
        rest = self._rest(self._file, code)
        if rest:
            self._restart(rest)
        else:
            self._finish("done")

    def _rest(self, file: int, code: str) -> list[dict[str, Any]]:
        """Refuse what the worker was lost on and give what is left to import."""
        if self._reading:
            slow = code == "NOT_RESPONDING"
            self._refuse(self._files[file], "FILE_TOO_SLOW" if slow else "FILE_CRASHED_READER")
        self._losses[file] += 1
        behind = [{"path": path, "first_page": 1} for path in self._files[file + 1 :]]
        if self._page is None or self._losses[file] >= MAX_CRASHES_PER_FILE:
            return behind
        return [{"path": self._files[file], "first_page": self._page + 1}, *behind]

    def _refuse(self, path: str, code: str) -> None:
        fault = make_fault(code, raw=self._worker.said, file=Path(path).name, page=self._page or 1)
        self._pending.append(
            FileRefused(path, code, fault.vi, fault.en, self._page, fault.next_vi, fault.next_en)
        )

    def _restart(self, items: list[dict[str, Any]]) -> None:
        pages = list(self._announced())
        command = {
            **self._command,
            "items": items,
            "first_sheet": max((page.sheet for page in pages), default=0) + 1,
            "images_before": len(pages),
        }
        self._file = self._files.index(str(items[0]["path"]))
        self._page, self._reading = None, True
        self._limit_s, self._since = self.deadlines.open_s, time.monotonic()
        self._worker = _start_worker(command)


def start(
    uri: str,
    settings: ScanSettings,
    landing: Path,
    *,
    deadlines: Deadlines | None = None,
    reserve_bytes: int = DEFAULT_RESERVE,
    seal: sealed.Key | None = None,
    scratch: Path | None = None,
) -> ScanJob:
    """Start a scan in a worker process of its own.

    Args:
        uri: A device, e.g. `sane:test:0` or `simulated:FOLDER?sheets=9`.
        settings: What is asked of it.
        landing: The job's folder for pages and journal; made if need be. Several jobs may follow
            one another in one folder.
        deadlines: How long the worker may be silent.
        reserve_bytes: Free space without which no scan begins.
        seal: What the pages are sealed with; it goes to the worker over a pipe. None: plain.
        scratch: Where what is not a page yet may lie in plain; the landing folder where None.

    Raises:
        BadRequest: The URI or a setting cannot be meant.
        DeviceFault: The worker could not be started.
    """
    name = drivers.check(uri)
    command = {
        "do": "scan",
        "uri": uri,
        "kind": name.kind,
        "settings": asdict(settings.check()),
        "first_sheet": settings.first_sheet,
    }
    return ScanJob(command, landing, deadlines, reserve_bytes, seal, scratch)


def import_files(
    paths: Iterable[str | Path],
    landing: Path,
    *,
    deadlines: Deadlines | None = None,
    reserve_bytes: int = DEFAULT_RESERVE,
    seal: sealed.Key | None = None,
    scratch: Path | None = None,
) -> ImportJob:
    """Import JPEG, PNG, TIFF and PDF files in a worker process of their own.

    Args:
        paths: The files; each that cannot be used gives a `FileRefused`.
        landing: The job's folder for pages and journal; made if need be.
        deadlines: How long the worker may be silent; `silence_s` is also the most for one page.
        reserve_bytes: Free space without which no import begins.
        seal: What the pages are sealed with; it goes to the worker over a pipe. None: plain.
        scratch: Where snapshots of documents may lie while they are read; the landing folder
            where None.

    Raises:
        BadRequest: No file was named.
        DeviceFault: The worker could not be started.
    """
    files = list(dict.fromkeys(str(Path(path).absolute()) for path in paths))
    if not files:
        raise BadRequest("BAD_SETTINGS", detail="no file", detail_vi="chưa có tệp nào")
    return ImportJob(files, landing, deadlines, reserve_bytes, seal, scratch)


# --- what is there ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Survey:
    """What one round of asking found."""

    devices: tuple[DeviceInfo, ...]
    drivers: tuple[DriverInfo, ...]


def survey(deadline_s: float = PROBE_S, *, devices: bool = True) -> Survey:
    """Ask every driver, each in a worker of its own, what it sees.

    Without `devices` they say only whether they can be used, which is quick.

    A driver that does not answer in time is reported as not answering, with the devices that it
    had named until then.
    """
    end = time.monotonic() + deadline_s
    workers = [
        (kind, _start_worker({"do": "probe", "kind": kind, "devices": devices}))
        for kind in drivers.KINDS
    ]
    answers = [_answers(kind, worker, end) for kind, worker in workers]
    seen = {device.uri: device for found, _ in answers for device in found}
    return Survey(tuple(seen.values()), tuple(driver for _, driver in answers))


def _answers(kind: str, worker: WorkerProcess, end: float) -> tuple[list[DeviceInfo], DriverInfo]:
    devices: list[DeviceInfo] = []
    driver: DriverInfo | None = None
    line = None
    while (left := end - time.monotonic()) > 0 and (line := worker.next_line(left)) != END:
        if line is None:
            continue
        with contextlib.suppress(ValueError, RecursionError):
            answer = wire.decode(line)
            if isinstance(answer, DriverInfo):
                driver = answer
            elif isinstance(answer, DeviceInfo):
                devices.append(answer)
    worker.end(0.0)
    if line != END:
        driver = DriverInfo(
            kind,
            False,
            "Trình điều khiển không phản hồi; các máy quét khác vẫn dùng được.",
            "The driver does not respond; other scanners can still be used.",
        )
    elif driver is None:
        driver = DriverInfo(
            kind,
            False,
            "Trình điều khiển gặp lỗi khi tìm máy quét.",
            "The driver crashed while it looked for scanners.",
        )
    return devices, driver


def list_devices(deadline_s: float = PROBE_S) -> tuple[DeviceInfo, ...]:
    """The devices that can be scanned with now."""
    return survey(deadline_s).devices


def list_drivers(deadline_s: float = PROBE_S) -> tuple[DriverInfo, ...]:
    """The drivers, and why one cannot be used."""
    return survey(deadline_s, devices=False).drivers


if __name__ == "__main__":
    from scanners.child import main

    main()
