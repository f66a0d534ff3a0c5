"""One job on a network scanner: ordered, fetched page by page, always deleted.

A code of HTTP never decides anything by itself: 404, 409 and 410 mean "no more pages", "not yet" or
"jammed" depending on the device, so its state is read before the job ends.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urljoin, urlsplit

from scanners import pictures, state
from scanners.device import AppliedSettings, PageLanded, PageSink, Picture, Side
from scanners.differences import difference
from scanners.drivers.escl_documents import compare, split_pdf
from scanners.drivers.escl_http import (
    SILENCE_S,
    Document,
    Line,
    Reply,
    Silent,
    TooLong,
    Trouble,
    Unreachable,
    is_plain,
)
from scanners.drivers.escl_quirks import Quirks
from scanners.drivers.escl_xml import (
    NotUnderstood,
    Order,
    Refused,
    Status,
    read_status,
    write_settings,
)
from scanners.errors import DeviceFault
from scanners.pictures import BadPicture

OPEN_JOBS = "open_jobs.json"
POST_TRIES, BUSY_TRIES, NEXT_TRIES = 10, 3, 30
EMPTY_TRIES = 4
"""How often a device that says "empty" while its job still runs is asked once more."""
NOT_YET_TRIES = 6
"""The same for a model that is known to answer before it is ready."""
EARLY_TRIES = 4
"""How often a device that has ended although it says that there is more is asked once more."""
FIRST_PAGE_S, NEXT_PAGE_S = 55.0, 40.0
POST_S = 30.0
PUT_OFF_S = 90.0
"""How long a device may put off an order, or a page, however it asks for patience."""
DELETE_S = 2.0

_ADF_FAULTS = {
    "Jam": "PAPER_JAM",
    "Mispick": "PAPER_JAM",
    "DoorOpen": "COVER_OPEN",
    "HatchOpen": "COVER_OPEN",
    "MultipickDetected": "DOUBLE_FEED",
}
_ADF_FINE = {"", "Loaded", "Empty", "Processing"}
_REASONS = (
    ("PAPER_JAM", re.compile(r"jam|mispick|misfeed", re.I)),
    ("COVER_OPEN", re.compile(r"cover|door|hatch", re.I)),
    ("DOUBLE_FEED", re.compile(r"multi-?pick|multi-?feed|double-?feed", re.I)),
)
Verdict = Literal["again", "end"]


@dataclass(slots=True)
class Plan:
    """What one job is to do."""

    order: Order
    applied: AppliedSettings
    quirks: Quirks
    patience_s: float | None = None
    """How long to wait for a page; None for the usual."""

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides of a sheet, in the order in which they come."""
        return ("front", "back") if self.order.source == "duplex" else ("front",)


def worded(trouble: Trouble, line: Line, sheet: int | None = None) -> DeviceFault:
    """The fault for a request that brought no usable answer."""
    raw = f"{type(trouble).__name__}: {trouble}"
    facts: dict[str, object] = {} if sheet is None else {"sheet": sheet}
    if isinstance(trouble, Unreachable):
        return DeviceFault("OFFLINE", raw=raw, name=str(line.base), **facts)
    if isinstance(trouble, Silent):
        return DeviceFault(
            "NOT_RESPONDING", raw=raw, seconds=max(1, round(trouble.seconds)), **facts
        )
    if isinstance(trouble, TooLong):
        facts = {"detail": "too long", "detail_vi": "câu trả lời quá lớn", **facts}
        return DeviceFault("BAD_ANSWER", raw=raw, **facts)
    return DeviceFault("COMM_LOST", raw=raw, **facts)


def needs_https(raw: str) -> DeviceFault:
    """The fault of a device that answers to nothing but TLS."""
    return DeviceFault(
        "UNSUPPORTED", raw=raw, what="http://; use its https:// address",
        what_vi="http://; dùng địa chỉ https:// của máy",
    )  # fmt: skip


def read_state(line: Line) -> Status:
    """What the device says of itself now.

    Raises:
        Trouble: It gives no answer.
        NotUnderstood: It gives another one.
        Refused: It wants a password first.
    """
    reply = line.ask("GET", f"{line.base.root}/ScannerStatus")
    if reply.status in (401, 403):
        raise Refused(f"ScannerStatus: HTTP {reply.status}")
    return read_status(reply.body)


class EsclJob:
    """One job from its order to its deletion."""

    def __init__(self, line: Line, plan: Plan, sink: PageSink, stop: threading.Event) -> None:
        self._line, self._plan, self._sink, self._stop = line, plan, sink, stop
        self._path = ""
        self._known: frozenset[str] = frozenset()
        self._landed = 0
        self._took_s = 0.0
        self._dpi = plan.order.dpi
        self._not_ready = "WARMING_UP"
        self._began = self._asked_at = time.monotonic()

    def run(self) -> Iterator[PageLanded]:
        """Feed until the count, the end of the paper, a fault or a stop."""
        with contextlib.suppress(Trouble, NotUnderstood):
            self._known = frozenset(job.uri for job in read_state(self._line).jobs)
        try:
            if self._order():
                yield from self._documents()
        finally:
            self._delete()

    @property
    def _sheet(self) -> int:
        first = self._plan.applied.got.first_sheet
        return first + self._landed // len(self._plan.sides)

    @property
    def _side(self) -> Side:
        return self._plan.sides[self._landed % len(self._plan.sides)]

    @property
    def _feeds(self) -> bool:
        return self._plan.order.source != "glass"

    def _fault(self, code: str, raw: str, **facts: object) -> DeviceFault:
        return DeviceFault(code, raw=raw, **{"sheet": self._sheet, **facts})

    def _wait(self, code: str, seconds: float) -> bool:
        """Wait before the device is asked again; whether the job was stopped meanwhile."""
        self._sink.waiting(code, seconds)
        return self._stop.wait(seconds)

    # --- the order ---

    def _order(self) -> bool:
        """Have the device begin; False if stopped before."""
        busy = 0
        for _ in range(POST_TRIES):
            reply = self._post()
            if reply.status in (200, 201, 202):
                self._path = self._location(reply)
                _remember(self._line, self._path)
                return True
            busy += reply.status == 409
            if time.monotonic() - self._began > PUT_OFF_S:
                break
            if not self._may_retry(reply, busy) or self._stop.is_set():
                return False
        raise self._fault(self._not_ready, "ScanJobs: 503 each time")

    def _post(self) -> Reply:
        body = write_settings(self._plan.order)
        try:
            return self._line.ask("POST", f"{self._line.base.root}/ScanJobs", body, within_s=POST_S)
        except Trouble as trouble:
            # It may have begun without being able to say so.
            self._path = self._new_job() or ""
            raise worded(trouble, self._line, self._sheet) from trouble

    def _may_retry(self, reply: Reply, busy: int) -> bool:
        """Whether to order again; False if stopped."""
        raw = f"ScanJobs: HTTP {reply.status}"
        now = self._state()
        self._raise_adf_fault(now, raw)
        if reply.status == 503:
            self._not_ready = "BUSY" if now.state == "Processing" else "WARMING_UP"
            return not self._wait(self._not_ready, reply.retry_after_s)
        if reply.status in (401, 403):
            raise self._fault("ACCESS_DENIED", raw)
        if self._feeds and now.adf == "Empty":
            raise self._fault("FEEDER_EMPTY", raw)
        if reply.status == 409 and self._plan.order.mode == "bw":
            self._use_gray()
            return True
        if reply.status == 409 and busy < BUSY_TRIES:
            return not self._wait("BUSY", 1.0)
        if reply.status == 409:
            raise self._fault("BUSY", raw)
        if reply.status == 426:
            raise needs_https(raw)
        if reply.status < 400 or reply.status >= 500:
            raise self._fault("BAD_ANSWER", raw, detail=raw)
        raise self._fault(
            "UNSUPPORTED", raw, what=f"these settings ({raw})", what_vi=f"cài đặt này ({raw})"
        )

    def _use_gray(self) -> None:
        plan = self._plan
        plan.order = replace(plan.order, mode="gray")
        plan.applied = replace(
            plan.applied,
            got=replace(plan.applied.got, mode="gray"),
            differences=(*plan.applied.differences, difference("mode", "bw", "gray")),
        )
        self._sink.applied(plan.applied)

    def _location(self, reply: Reply) -> str:
        """Path of the job: whatever host the device believes to have is not used."""
        text, root = reply.headers.get("location", ""), self._line.base.root
        with contextlib.suppress(ValueError):
            path = urlsplit(urljoin(f"{root}/ScanJobs", _as_reference(text))).path.rstrip("/")
            path = path.removesuffix("/NextDocument")
            ours = path.startswith("/") and path not in (root, f"{root}/ScanJobs")
            if text and ours and is_plain(path):
                return path
        found = self._new_job()
        if found is None:
            raise self._fault("BAD_ANSWER", f"Location {text[:80]!r}", detail="Location")
        return found

    def _new_job(self) -> str | None:
        """The one job that the device has had only since our order."""
        for pause_s in (0.0, 0.5, 1.0):
            if self._stop.wait(pause_s):
                return None
            with contextlib.suppress(Trouble, NotUnderstood):
                fresh = [
                    job.uri
                    for job in read_state(self._line).jobs
                    if job.uri not in self._known and job.state in ("Processing", "Pending")
                ]
                if len(fresh) == 1:
                    return urlsplit(fresh[0]).path.rstrip("/") or None
        return None

    # --- the pages ---

    def _documents(self) -> Iterator[PageLanded]:
        count = self._plan.applied.got.count
        while not self._stop.is_set():
            if count is not None and self._landed >= count and self._side == "front":
                self._look_for_more()
                return
            if not self._feeds and self._landed:
                return
            pages = self._next()
            if pages is None:
                return
            yield from pages
            quirks = self._plan.quirks
            delay_s = min(self._took_s * quirks.next_delay_share, quirks.next_delay_max_s)
            if delay_s:
                self._stop.wait(delay_s)

    def _next(self) -> list[PageLanded] | None:
        """The pages of the next document; None at the end."""
        self._asked_at = time.monotonic()
        for tries in range(1_000):
            began = time.monotonic()
            try:
                pages = self._fetch(tries)
            except (Trouble, DeviceFault) as error:
                if self._stop.is_set():
                    return None
                if isinstance(error, Trouble):
                    raise self._after_trouble(error) from error
                raise
            if pages == "end" or self._stop.is_set():
                return None
            if pages != "again":
                self._took_s = time.monotonic() - began
                return pages
        raise self._fault("NOT_RESPONDING", "never a page", seconds=1_000)

    def _fetch(self, tries: int) -> list[PageLanded] | Verdict:
        within_s = self._plan.patience_s or self._usual_patience_s(tries)
        with self._line.document(f"{self._path}/NextDocument", within_s) as got:
            if isinstance(got, Document):
                return self._take(got)
        return self._judge(got, tries)

    def _usual_patience_s(self, tries: int) -> float:
        """Always shorter than the program's own deadline, so that the job can still be deleted."""
        if tries:
            return SILENCE_S
        if self._landed:
            return NEXT_PAGE_S
        return max(SILENCE_S, FIRST_PAGE_S - (time.monotonic() - self._began))

    def _take(self, document: Document) -> list[PageLanded] | Verdict:
        """Land what came with a 200; `end` if that was nothing and the job is over."""
        kind = pictures.sniff(document.head)
        if not document.head and self._is_complete():
            return "end"
        if self._side == "front" and document.head:
            self._sink.sheet_started(self._sheet)
        try:
            if kind in pictures.SUFFIXES:
                return [self._land_picture(document, kind)]
            if kind == pictures.PDF:
                return self._land_pdf(document)
            raise BadPicture("wrong_type" if document.head else "empty", kind)
        except BadPicture as bad:
            if self._stop.is_set():
                return "end"
            self._raise_adf_fault(self._state(), f"{bad}")
            raise self._fault("INCOMPLETE_PAGE", f"{bad}") from bad

    def _land_picture(self, document: Document, media: str) -> PageLanded:
        self._compare(document, media)
        sheet = self._sheet

        def write(file: object) -> None:
            document.copy_to(file, self._progress)  # type: ignore[arg-type]

        return self._land(Picture(write, media, sheet, self._side, dpi=self._dpi))

    def _progress(self, share: float | None) -> None:
        self._sink.progress(self._sheet, share)
        if self._stop.is_set():
            raise Silent("stopped")

    def _land(self, picture: Picture) -> PageLanded:
        page = self._sink.land(picture)
        self._landed += 1
        return page

    def _land_pdf(self, document: Document) -> list[PageLanded]:
        pages: list[PageLanded] = []
        for picture in split_pdf(document, self._progress):
            if self._side == "front" and pages:
                self._sink.sheet_started(self._sheet)
            pages.append(self._land(replace(picture, sheet=self._sheet, side=self._side)))
        return pages

    def _compare(self, document: Document, media: str) -> None:
        """Say where the first page is another one than was ordered."""
        if self._landed or media != pictures.JPEG:
            return
        size = pictures.jpeg_size(document.head)
        if size is None:
            return
        self._dpi, applied = compare(self._plan.order, self._plan.applied, size)
        if applied is not self._plan.applied:
            self._plan.applied = applied
            self._sink.applied(applied)

    # --- the end ---

    def _state(self) -> Status:
        """The device's state; it is asked thrice."""
        trouble: Exception = NotUnderstood("no answer")
        for pause_s in (0.0, 0.5, 1.0):
            if self._stop.wait(pause_s):
                return Status("")
            try:
                return read_state(self._line)
            except Refused as refused:
                raise self._fault("ACCESS_DENIED", str(refused)) from refused
            except (Trouble, NotUnderstood) as error:
                trouble = error
        raise self._fault("COMM_LOST", f"ScannerStatus: {trouble}") from trouble

    def _after_trouble(self, trouble: Trouble) -> DeviceFault:
        """The fault for a page that broke off: what the device says wins over what was seen."""
        fault = worded(trouble, self._line, self._sheet)
        if isinstance(trouble, Unreachable | Silent):
            if fault.code == "OFFLINE":
                fault = self._fault("COMM_LOST", fault.fault.raw)
            return fault
        with contextlib.suppress(Trouble, NotUnderstood):
            self._raise_adf_fault(read_state(self._line), str(trouble))
        return fault

    def _raise_adf_fault(self, now: Status, raw: str) -> None:
        """Raise what the feeder, or the job's reasons, say is wrong."""
        job = now.job(self._path) if self._path else None
        words = " ".join((now.state, now.adf, *now.reasons, *(job.reasons if job else ())))
        raw = f"{raw}; {words}"
        if self._feeds and now.adf in _ADF_FAULTS:
            raise self._fault(_ADF_FAULTS[now.adf], raw)
        if self._feeds and now.adf not in _ADF_FINE:
            raise self._fault("DEVICE_STOPPED", raw, detail=now.adf[:60])
        aborted = job is not None and job.state == "Aborted"
        if not aborted and now.state not in ("Stopped", "Down"):
            return
        reasons = " ".join((*(job.reasons if job else ()), *now.reasons))
        for code, pattern in _REASONS:
            if pattern.search(reasons):
                raise self._fault(code, raw)
        raise self._fault("DEVICE_STOPPED", raw, detail=reasons[:60] or now.state or "Aborted")

    def _is_complete(self) -> bool:
        """Whether the device's own count says that every page has come."""
        now = self._state()
        self._raise_adf_fault(now, "0 bytes")
        job = now.job(self._path)
        return bool(
            self._landed
            and job is not None
            and job.state == "Completed"
            and job.completed == self._landed
        )

    def _judge(self, reply: Reply, tries: int) -> Verdict:
        """What an answer without a page means, by the device's state."""
        now = self._state()
        self._raise_adf_fault(now, f"NextDocument: HTTP {reply.status}")
        if reply.status == 503:
            return self._again(tries, NEXT_TRIES, "WARMING_UP", reply.retry_after_s)
        if reply.status in (401, 403):
            raise self._fault("ACCESS_DENIED", f"NextDocument: HTTP {reply.status}")
        job = now.job(self._path)
        if job is None and not self._landed and not tries and self._moved():
            return "again"
        if job is not None and job.state == "Canceled":
            self._stop.set()  # someone pressed the device's own button
            return "end"
        if job is not None and job.state not in ("Completed", ""):
            return self._while_running(now, tries)
        if job is None and now.state in ("Processing", "Testing"):
            return self._while_running(now, tries)
        if job is None and reply.status in self._plan.quirks.not_yet and tries < NOT_YET_TRIES:
            return self._again(tries, NOT_YET_TRIES, "WARMING_UP")
        return self._when_over(now, tries, reply.status)

    def _moved(self) -> bool:
        """Whether the job is to be found at another place than the device had said."""
        found = self._new_job()
        if found is None or found == self._path:
            return False
        self._path = found
        _remember(self._line, found)
        return True

    def _again(self, tries: int, most: int, code: str, seconds: float = 1.0) -> Verdict:
        waited_s = time.monotonic() - self._asked_at
        if tries >= most or waited_s > PUT_OFF_S:
            raise self._fault(
                "ENDED_EARLY" if self._landed and self._feeds else "NOT_RESPONDING",
                f"no page after {tries} tries",
                seconds=max(1, round(waited_s)),
            )
        self._wait(code, seconds)
        return "again"

    def _while_running(self, now: Status, tries: int) -> Verdict:
        """The job still runs: not yet, unless the feeder says that nothing is left."""
        empty = now.adf == "Empty" or (
            now.adf == "Processing" and self._plan.quirks.moving_is_empty
        )
        if self._feeds and empty and tries >= EMPTY_TRIES:
            return self._over()
        return self._again(tries, NEXT_TRIES, "WARMING_UP")

    def _when_over(self, now: Status, tries: int, code: int) -> Verdict:
        """The job is over, or forgotten by the device: is that the end of the paper?"""
        job = now.job(self._path)
        left = job.to_transfer if job is not None else None
        if left or (self._feeds and now.adf == "Loaded"):
            if tries < EARLY_TRIES:
                return self._again(tries, EARLY_TRIES, "BUSY", 0.5)
            raise self._fault(
                "INCOMPLETE_PAGE" if left else "ENDED_EARLY", f"HTTP {code}, {now.adf}, {left}"
            )
        if job is None and self._landed and tries < 1:
            return self._again(tries, 1, "BUSY", 0.5)  # nothing but a code says so: once more
        if job is not None and job.completed is not None and job.completed > self._landed > 0:
            self._sink.suspect(self._sheet, "device_counts_more")
        return self._over()

    def _over(self) -> Verdict:
        if self._landed:
            if self._side == "back":
                raise self._fault("INCOMPLETE_PAGE", "the back did not come")
            return "end"
        if self._feeds:
            raise self._fault("FEEDER_EMPTY", "ended without a page")
        raise self._fault("DEVICE_STOPPED", "ended without a page", detail="0")

    def _look_for_more(self) -> None:
        """Name the sheet that went through although no more were wanted."""
        if not self._feeds:
            return
        with contextlib.suppress(Trouble, NotUnderstood):
            job = read_state(self._line).job(self._path)
            if job is not None and (job.completed or 0) > self._landed:
                self._sink.suspect(self._sheet, "fed_not_saved")

    def _delete(self) -> None:
        if not self._path:
            return
        if delete(self._line, self._path):
            _remember(self._line, None)


def _as_reference(location: str) -> str:
    """A Location as RFC 3986 means it: devices leave out the scheme, or all but the job's id."""
    if "://" in location or location.startswith("/"):
        return location
    host, slash, path = location.partition("/")
    if not slash:
        return f"ScanJobs/{location}"
    return f"/{path}" if re.search(r"[.:\]]", host.strip(".")) else location


def delete(line: Line, path: str) -> bool:
    """Delete a job; whether the device has answered."""
    try:
        line.ask("DELETE", path, within_s=DELETE_S)
    except (Trouble, DeviceFault):
        return False
    return True


def _remember(line: Line, path: str | None) -> None:
    """Keep which job is open on a device: a killed program leaves it there, and the device busy."""
    jobs = {base: job for base, job in state.read(OPEN_JOBS).items() if base != str(line.base)}
    if path is not None:
        jobs[str(line.base)] = path
    with contextlib.suppress(OSError):
        state.write(OPEN_JOBS, jobs)


def delete_left_open(line: Line) -> None:
    """Delete the job that an earlier program could not."""
    path = state.read(OPEN_JOBS).get(str(line.base))
    if isinstance(path, str) and path.startswith("/") and delete(line, path):
        _remember(line, None)
