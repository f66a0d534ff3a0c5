"""What runs inside a worker process: one command, one device session, events on standard output.

A driver may crash, hang or print; none of that reaches the program. The process ends with the
session, or at once when the program that started it ends.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from scanners import drivers, sealed, state, wire
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
    PageSuspect,
    PaperState,
    Picture,
    Preview,
    Progress,
    ScanFault,
    ScanSettings,
    Session,
    SheetStarted,
    Waiting,
)
from scanners.errors import DeviceFault, Fault, RefusedFile, ScannerError, make_fault
from scanners.journal import as_line
from scanners.landing import Landing
from scanners.pictures import BadPicture

PROGRESS_EVERY_S = 0.2
INTERRUPT_AFTER_S = 1.0
"""How long after a cancel a session that is blocked in its driver is woken."""
ADDRESS_SPACE = 2 << 30
"""Most memory that a worker may map, in bytes: a bomb ends the worker, not the machine. The largest
pictures that are taken need 1.3 GB, a camera with its decoders 0.6 GB."""

_GONE = {"OFFLINE", "COMM_LOST"}


class Channel:
    """The line to the program: standard output, out of reach of whatever a driver prints."""

    def __init__(self) -> None:
        self._fd = os.dup(1)
        os.dup2(2, 1)

    def send(self, event: Event | DeviceInfo | DriverInfo) -> None:
        """Write one event; ends the process if nobody reads any more."""
        data = wire.encode(event)
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except BrokenPipeError:
            _end_group()


def _end_group() -> None:
    """End this process and whatever its driver forked."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


class Control:
    """Listens to the program: cancel, and its death."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.session: Session | None = None
        self._rest = b""

    def first_command(self) -> dict[str, Any]:
        """The command that this worker was started for."""
        line = self._line()
        if line is None:
            os._exit(1)
        return wire.load(line)

    def listen(self) -> None:
        """Listen from now on, in a thread of its own."""
        threading.Thread(target=self._listen, name="control", daemon=True).start()

    def _line(self) -> bytes | None:
        while b"\n" not in self._rest:
            piece = os.read(0, 1 << 16)
            if not piece:
                return None
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _listen(self) -> None:
        while (line := self._line()) is not None:
            word = wire.load(line).get("do")
            if word == "capture":
                getattr(self.session, "trigger", bool)()
            elif word == "cancel" and not self.stop.is_set():
                self.stop.set()
                waker = threading.Timer(INTERRUPT_AFTER_S, self._interrupt)
                waker.daemon = True
                waker.start()
        _end_group()

    def _interrupt(self) -> None:
        if self.session is not None:
            self.session.interrupt()


def _die_with_parent() -> None:
    """Have the kernel end this process when the program ends, even if a driver blocks Python."""
    if sys.platform != "linux":
        return
    import ctypes

    parent = os.getppid()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        os._exit(1)


def _limit(address_space: int | None = None) -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold pictures of papers
    if address_space is not None:
        resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))


class Reporter:
    """The sink of one job: counts, throttles, lands, and tells the program."""

    def __init__(self, channel: Channel, first_sheet: int, images_before: int = 0) -> None:
        self._channel = channel
        self._last_progress = 0.0
        self._images_before = images_before
        self.landing: Landing | None = None
        self.sheet = first_sheet
        self.landed: list[tuple[int, str]] = []
        self.got: ScanSettings | None = None

    @property
    def pages_safe(self) -> int:
        """Pages of the job on disk."""
        return self._images_before + len(self.landed)

    def send(self, event: Event) -> None:
        """Pass an event on."""
        self._channel.send(event)

    def sheet_started(
        self, sheet: int, *, origin: str | None = None, origin_page: int | None = None
    ) -> None:
        """A sheet is being read."""
        self.sheet = sheet
        self.send(SheetStarted(sheet, origin, origin_page))

    def progress(self, sheet: int, fraction: float | None) -> None:
        """Bytes arrive."""
        now = time.monotonic()
        if now - self._last_progress >= PROGRESS_EVERY_S:
            self._last_progress = now
            self.send(Progress(sheet, fraction if fraction is None else round(fraction, 3)))

    def suspect(self, sheet: int, reason: str) -> None:
        """Someone should look at a sheet."""
        self.send(PageSuspect(sheet, reason))

    def applied(self, settings: AppliedSettings) -> None:
        """The settings are set."""
        self.got = settings.got
        self.send(Applied(settings))

    def waiting(self, code: str, seconds: float) -> None:
        """The device will be asked again."""
        self.send(Waiting(code, round(seconds, 1)))

    def previewed(self, write: Callable[[BinaryIO], None], shown: Preview) -> None:
        """A camera's picture of this moment."""
        if self.landing is not None:
            self.send(replace(shown, path=self.landing.preview(write)))

    def refuse(self, refused: RefusedFile, file: str, page: int | None = None) -> None:
        """A file, or a page of it, is not imported."""
        facts = {"file": Path(file).name, "page": page or 1, **refused.facts}
        fault = make_fault(refused.code, **facts)  # type: ignore[arg-type]
        self.send(
            FileRefused(file, fault.code, fault.vi, fault.en, page, fault.next_vi, fault.next_en)
        )

    def land(self, picture: Picture) -> PageLanded:
        """Put a picture on disk and announce it."""
        if self.landing is None:
            raise DeviceFault("DISK_ERROR", raw="no landing")
        return self.landing.land(picture)

    def announce(self, page: PageLanded) -> None:
        """A page is on disk."""
        self.landed.append((page.sheet, page.side))
        self.send(page)

    def end_reason(self, stopped: bool) -> EndReason:
        """How a job without a fault ended."""
        if stopped:
            return "cancelled"
        if self.got is None:
            return "done"
        count = self.got.count
        return "count_reached" if count and len(self.landed) >= count else "feeder_empty"


def _fault_of(error: BaseException, reporter: Reporter) -> Fault:
    """Word what stopped a job."""
    sheet, safe = reporter.sheet, reporter.pages_safe
    if isinstance(error, ScannerError):
        return error.at(sheet=sheet, pages_safe=safe)
    if isinstance(error, BadPicture):
        return make_fault("INCOMPLETE_PAGE", raw=str(error), sheet=sheet, pages_safe=safe)
    raw = "".join(traceback.format_exception_only(error)).strip()
    if isinstance(error, MemoryError):
        return make_fault(
            "DRIVER_ERROR",
            raw=raw,
            sheet=sheet,
            pages_safe=safe,
            detail="out of memory",
            detail_vi="hết bộ nhớ",
        )
    traceback.print_exception(error)
    return make_fault("DRIVER_CRASHED", raw=raw, sheet=sheet, pages_safe=safe)


class Job:
    """One job from opening the device to its one end."""

    def __init__(self, command: dict[str, Any], channel: Channel, control: Control) -> None:
        self.command, self.control = command, control
        self.id = str(command["job"])
        self.reporter = Reporter(
            channel, int(command.get("first_sheet", 1)), int(command.get("images_before", 0))
        )

    def run(self, feed: Callable[[], None]) -> None:
        """Run the job; whatever happens, it ends once."""
        fault: Fault | None = None
        try:
            self._open_landing()
            feed()
        except Exception as error:  # the seam: a driver may raise anything
            fault = _fault_of(error, self.reporter)
        closing = self._close_session()
        if fault is None and closing is not None:
            self.reporter.suspect(self.reporter.sheet, "close_failed")
        self._end(fault)

    def _open_landing(self) -> None:
        reporter = self.reporter
        if self.command["scratch"] != self.command["landing"]:
            state.keep_temporary_files_in(Path(self.command["scratch"]))
        reporter.landing = Landing(
            Path(self.command["landing"]), self.id, reporter.announce,
            key=sealed.key_from(self.command.get("seal")),
            scratch=Path(self.command["scratch"]),
        )  # fmt: skip
        reporter.landing.require_space(int(self.command["reserve"]))
        self._note({"t": "job", "job": self.id, "device": self.command.get("kind", "")})

    def _close_session(self) -> BaseException | None:
        session, self.control.session = self.control.session, None
        try:
            if session is not None:
                session.close()
        except Exception as error:
            traceback.print_exception(error)
            return error
        return None

    def _end(self, fault: Fault | None) -> None:
        reporter = self.reporter
        reason = reporter.end_reason(self.control.stop.is_set())
        if fault is not None:
            reason = "device_gone" if fault.code in _GONE else "fault"
            if (fault.sheet, "front") in reporter.landed:
                # Feeding that sheet again gives its front a second time.
                reporter.suspect(fault.sheet or 1, "front_landed")
            self._note(as_line("fault", self.id, fault))
            reporter.send(ScanFault(fault))
        sheets = len({sheet for sheet, _ in reporter.landed})
        ended = Ended(reason, sheets, len(reporter.landed))
        self._note(as_line("ended", self.id, ended))
        if reporter.landing is not None:
            reporter.landing.close()
        reporter.send(ended)

    def _note(self, line: dict[str, Any]) -> None:
        """Journal what is not a page; a full disk must not hide the fault itself."""
        if self.reporter.landing is not None:
            with contextlib.suppress(OSError):
                self.reporter.landing.journal.append(line, durable=False)


def scan(job: Job) -> None:
    """Feed a device's pages into the job."""
    name = drivers.check(str(job.command["uri"]))
    if name.kind != "sane":  # backends of others may map what they like
        _limit(ADDRESS_SPACE)
    settings = wire.settings_from(job.command["settings"])
    session = drivers.load(name.kind).open(name)
    job.control.session = session
    job.reporter.send(Opened(str(job.command["uri"]), name.rest))
    job.reporter.applied(session.apply(settings))
    job.reporter.send(PaperState(session.status().paper))
    for _ in session.pages(job.reporter, job.control.stop):
        pass


def import_(job: Job) -> None:
    """Feed files into the job."""
    from scanners.drivers import files

    _limit(ADDRESS_SPACE)
    job.reporter.send(Opened("file:", "file"))
    plan = [files.Item(**item) for item in job.command["items"]]
    files.import_all(plan, job.reporter, job.control.stop, Path(job.command["scratch"]))


def probe(kind: str, channel: Channel, *, devices: bool) -> None:
    """Say whether a driver can be used and, if asked, which devices it sees."""
    driver = drivers.load(kind)
    info = driver.available()
    channel.send(info)
    if info.available and devices:
        for device in driver.probe():
            channel.send(device)


def main() -> None:
    """Run the one command that this process was started for; never returns."""
    _die_with_parent()
    _limit()
    channel, control = Channel(), Control()
    command = control.first_command()
    control.listen()
    status = 0
    try:
        if command["do"] == "probe":
            probe(str(command["kind"]), channel, devices=bool(command.get("devices", True)))
        else:
            job = Job(command, channel, control)
            feed = scan if command["do"] == "scan" else import_
            job.run(lambda: feed(job))
    except BaseException as error:
        traceback.print_exception(error)
        status = 1
    # Not a normal exit: a driver's clean-up handlers have been seen to hang.
    sys.stderr.flush()
    os._exit(status)
