"""Scanners that SANE knows. Every option of a job is set and read back, every frame is counted.

What has been seen to go wrong and is watched here: values taken silently (resolution 99999 became
1 dpi), a cancelled frame that ends like a whole one, an end of file with rows missing, heights that
are not known, rows longer than their pixels, colour in three passes.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from scanners import state
from scanners.device import (
    AppliedSettings,
    Capabilities,
    DeviceInfo,
    DeviceName,
    DeviceStatus,
    DriverInfo,
    PageLanded,
    PageSink,
    ScanSettings,
    Side,
)
from scanners.drivers import libsane
from scanners.drivers.libsane import Handle, SaneError
from scanners.drivers.sane_frames import picture_of, read_frame
from scanners.drivers.sane_options import Setup, describe_device
from scanners.errors import BadRequest, DeviceFault

BUSY_TRIES, WARM_UP_TRIES, RETRY_S = 3, 50, 1.0
_PAPER_OPTIONS = ("page-loaded", "adf-loaded", "document-loaded")

_FAULTS = {
    libsane.UNSUPPORTED: "UNSUPPORTED",
    libsane.DEVICE_BUSY: "BUSY",
    libsane.INVAL: "DRIVER_ERROR",
    libsane.EOF: "INCOMPLETE_PAGE",
    libsane.JAMMED: "PAPER_JAM",
    libsane.NO_DOCS: "FEEDER_EMPTY",
    libsane.COVER_OPEN: "COVER_OPEN",
    libsane.IO_ERROR: "COMM_LOST",
    libsane.NO_MEM: "DRIVER_ERROR",
    libsane.ACCESS_DENIED: "ACCESS_DENIED",
    libsane.WARMING_UP: "WARMING_UP",
    libsane.HW_LOCKED: "DRIVER_ERROR",
}
_IN_VIETNAMESE = {
    libsane.UNSUPPORTED: "thao tác này",
    libsane.INVAL: "yêu cầu không hợp lệ",
    libsane.NO_MEM: "hết bộ nhớ",
    libsane.HW_LOCKED: "khóa vận chuyển của máy quét chưa mở",
}
"""What the statuses that are shown say; sane_strstatus speaks English only."""


def fault_of(error: SaneError, **facts: object) -> DeviceFault:
    """The fault of a SANE status."""
    code = _FAULTS.get(error.status, "DRIVER_ERROR")
    vi = _IN_VIETNAMESE.get(error.status, f"mã {error.status}")
    said = {"detail": error.text, "detail_vi": vi, "what": error.text, "what_vi": vi}
    return DeviceFault(code, raw=f"SANE {error}", **{**said, **facts})


def _open_fault(error: SaneError, name: str) -> DeviceFault:
    if error.status in (libsane.INVAL, libsane.IO_ERROR):
        return DeviceFault("OFFLINE", raw=f"SANE {error}", name=name)
    return fault_of(error)


class SaneDriver:
    """Driver of every scanner that the SANE library reaches."""

    kind = "sane"

    def available(self) -> DriverInfo:
        """Whether the SANE library is installed."""
        try:
            libsane.library()
        except OSError as error:
            return DriverInfo(
                self.kind,
                False,
                "Chưa cài thư viện SANE (gói libsane1)",
                f"The SANE library (package libsane1) is not installed: {error}",
            )
        return DriverInfo(self.kind, True)

    def probe(self) -> Iterable[DeviceInfo]:
        """The devices of the library, then again with what each can do."""
        found = libsane.devices()
        names = {one.name: f"{one.vendor} {one.model}".strip() for one in found}
        for name, label in names.items():
            yield DeviceInfo(f"sane:{name}", label, self.kind)
        for name, label in names.items():
            with contextlib.suppress(SaneError, DeviceFault):
                session = self.open(DeviceName(self.kind, name))
                capabilities = session.capabilities()
                sources = tuple(one.source for one in capabilities.sources)
                session.close()
                yield DeviceInfo(f"sane:{name}", label, self.kind, sources, capabilities)

    def check(self, name: DeviceName) -> None:
        """A SANE name is any text without control characters."""
        if not name.rest or not name.rest.isprintable() or len(name.rest) > 1000:
            raise BadRequest("BAD_DEVICE", detail="sane:NAME")

    def open(self, name: DeviceName) -> SaneSession:
        """Open a device.

        Raises:
            DeviceFault: MISSING_DRIVER, OFFLINE, BUSY, ACCESS_DENIED, …
        """
        # SANE itself lets two processes into some devices.
        lock = state.claim(name.rest, os.environ.get("SANE_CONFIG_DIR", ""))
        try:
            return SaneSession(_open(name.rest), lock)
        except BaseException:
            os.close(lock)
            raise


def _open(name: str) -> Handle:
    for attempt in range(BUSY_TRIES):
        try:
            return libsane.open_device(name)
        except OSError as error:
            detail = "libsane1"
            raise DeviceFault("MISSING_DRIVER", raw=str(error), detail=detail) from error
        except SaneError as error:
            if error.status != libsane.DEVICE_BUSY or attempt == BUSY_TRIES - 1:
                raise _open_fault(error, name) from error
            time.sleep(RETRY_S)
    raise AssertionError("unreachable")


class SaneSession:
    """An open SANE device."""

    def __init__(self, handle: Handle, lock: int) -> None:
        self._handle, self._lock = handle, lock
        self._asked = ScanSettings()
        self._applied: AppliedSettings | None = None
        self._started = False

    def capabilities(self) -> Capabilities:
        """What each source of the device can do."""
        try:
            return describe_device(self._handle)
        except SaneError as error:
            raise fault_of(error) from error

    def status(self) -> DeviceStatus:
        """Whether a paper sensor says something."""
        options = self._handle.options()
        for name in _PAPER_OPTIONS:
            option = options.get(name)
            if option is not None and option.readable:
                return DeviceStatus("loaded" if self._handle.get(option) else "empty")
        return DeviceStatus()

    def apply(self, settings: ScanSettings) -> AppliedSettings:
        """Set source, mode, depth, resolution, area and extras, in this order."""
        try:
            self._asked, self._applied = settings, Setup(self._handle, settings).run()
        except SaneError as error:
            raise fault_of(error) from error
        return self._applied

    def pages(self, sink: PageSink, stop: threading.Event) -> Iterator[PageLanded]:
        """Feed until the count, the end of the paper, or a stop."""
        try:
            yield from self._feed(sink, stop)
        except DeviceFault as fault:
            if fault.code != "FEEDER_EMPTY" or not self._may_use_glass():
                raise
            # Nothing lay in the feeder: what is meant lies on the glass.
            sink.applied(self.apply(_on_glass(self._asked)))
            yield from self._feed(sink, stop)

    def _may_use_glass(self) -> bool:
        got = self._applied.got.source if self._applied else "glass"
        single = self._asked.count in (None, 1)
        if self._asked.source != "auto" or got == "glass" or not single:
            return False
        return any(one.source == "glass" for one in self.capabilities().sources)

    def _feed(self, sink: PageSink, stop: threading.Event) -> Iterator[PageLanded]:
        got = self._applied.got if self._applied else self._asked
        sides: tuple[Side, ...] = ("front", "back") if got.source == "duplex" else ("front",)
        landed = 0
        try:
            while not stop.is_set():
                sheet, side = got.first_sheet + landed // len(sides), sides[landed % len(sides)]
                if side == "front" and got.count is not None and landed >= got.count:
                    return
                if not self._start(sheet, stop, first=landed == 0):
                    return
                page = self._page(sink, stop, sheet, side, got)
                if page is None:
                    return
                landed += 1
                yield page
                if got.source == "glass":
                    self._cancel()
        finally:
            self._cancel()

    def _start(self, sheet: int, stop: threading.Event, *, first: bool) -> bool:
        """Start the next side; False at the end of the paper or when stopped."""
        for attempt in range(WARM_UP_TRIES):
            try:
                self._handle.start()
            except SaneError as error:
                if stop.is_set() or (error.status == libsane.NO_DOCS and not first):
                    return False
                tries = {libsane.DEVICE_BUSY: BUSY_TRIES, libsane.WARMING_UP: WARM_UP_TRIES}
                if attempt >= tries.get(error.status, 0) - 1:
                    raise fault_of(error, sheet=sheet) from error
                if stop.wait(RETRY_S):
                    return False
            else:
                self._started = True
                return True
        return False

    def _page(
        self, sink: PageSink, stop: threading.Event, sheet: int, side: Side, got: ScanSettings
    ) -> PageLanded | None:
        if side == "front":
            sink.sheet_started(sheet)
        try:
            frame = read_frame(self._handle, stop, lambda share: sink.progress(sheet, share))
        except SaneError as error:
            if stop.is_set() or error.status == libsane.CANCELLED:
                stop.set()  # someone pressed the device's own button
                return None
            raise fault_of(error, sheet=sheet) from error
        if frame is None:
            return None
        return sink.land(picture_of(frame, sheet, side, got.dpi))

    def _cancel(self) -> None:
        if self._started:
            self._started = False
            self._handle.cancel()

    def interrupt(self) -> None:
        """Cancel a blocked read; SANE allows it from another thread."""
        self._handle.cancel()

    def close(self) -> None:
        """Close the device and give it free."""
        self._handle.close()
        os.close(self._lock)


def _on_glass(asked: ScanSettings) -> ScanSettings:
    return replace(asked, source="glass", count=1)


DRIVER = SaneDriver()
