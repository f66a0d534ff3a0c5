"""Network scanners that speak eSCL (AirScan, Mopria), without a vendor's driver.

    escl:http://192.168.1.20:8080/eSCL        escl:https://scanner.example:443/eSCL

Scanners announce themselves by mDNS, which needs the package `zeroconf`; an address by hand always
works. Extra options: `patience` (seconds to wait for one page).
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from scanners import state
from scanners.device import (
    AppliedSettings,
    Capabilities,
    DeviceInfo,
    DeviceName,
    DeviceStatus,
    Difference,
    DriverInfo,
    PageLanded,
    PageSink,
    ScanSettings,
    SourceCapabilities,
)
from scanners.differences import difference, in_mm
from scanners.drivers import escl_discovery, escl_trust
from scanners.drivers.escl_http import Base, Line, Reply, Trouble, is_plain, parse_base
from scanners.drivers.escl_job import (
    EsclJob,
    Plan,
    delete_left_open,
    needs_https,
    read_state,
    worded,
)
from scanners.drivers.escl_quirks import quirks_of
from scanners.drivers.escl_xml import (
    UNITS_PER_MM,
    Described,
    NoSource,
    NotUnderstood,
    Order,
    Refused,
    nearest_dpi,
    read_capabilities,
)
from scanners.errors import BadRequest, DeviceFault
from scanners.pictures import JPEG, PDF

OPEN_S = 12.0
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 3
_NEAREST = {
    "auto": ("feeder", "glass", "duplex"),
    "feeder": ("feeder", "duplex", "glass"),
    "duplex": ("duplex", "feeder", "glass"),
    "glass": ("glass", "feeder", "duplex"),
}
_PAPER_SLACK_MM = 1.5


class EsclDriver:
    """Driver of network scanners."""

    kind = "escl"

    def available(self) -> DriverInfo:
        """Always, by address; the reason says if scanners cannot be looked for."""
        reason = escl_discovery.why_not()
        return DriverInfo(self.kind, True, *(reason or ("", "")))

    def probe(self) -> Iterable[DeviceInfo]:
        """The scanners that announce themselves, then again with what each can do."""
        found = escl_discovery.browse()
        yield from found
        for one in found:
            try:
                session = self.open(DeviceName(self.kind, one.uri.removeprefix("escl:")))
            except (DeviceFault, BadRequest):
                continue
            capabilities = session.capabilities()
            session.close()
            sources = tuple(source.source for source in capabilities.sources)
            yield replace(one, sources=sources, capabilities=capabilities)

    def check(self, name: DeviceName) -> None:
        """The name is an address."""
        parse_base(name.rest)

    def open(self, name: DeviceName) -> EsclSession:
        """Reach the scanner and read what it can do.

        Raises:
            DeviceFault: OFFLINE, NOT_RESPONDING, BUSY, BAD_ANSWER, CERTIFICATE_CHANGED, …
        """
        base = parse_base(name.rest)
        lock = state.claim(str(base))
        line = Line(base)
        try:
            described = _describe(line)
            return EsclSession(line, described, lock)
        except Trouble as trouble:
            os.close(lock)
            raise worded(trouble, line) from trouble
        except BaseException:
            os.close(lock)
            raise

    def forget(self, name: DeviceName) -> bool:
        """Accept another certificate at this address the next time; whether one was known."""
        base = parse_base(name.rest)
        return escl_trust.forget(base.host, base.port)


def _describe(line: Line) -> Described:
    """What the scanner can do; follows it to HTTPS or another path, never to another host."""
    reply = _ask_patiently(line)
    for _ in range(_MOST_REDIRECTS):
        if reply.status not in _REDIRECTS:
            break
        line.base = _redirected(line.base, reply.headers.get("location", ""))
        reply = _ask_patiently(line)
    if reply.status == 426:
        raise needs_https("ScannerCapabilities: HTTP 426")
    if reply.status in (401, 403):
        raise DeviceFault("ACCESS_DENIED", raw=f"HTTP {reply.status}")
    try:
        described = read_capabilities(reply.body)
    except NoSource as error:
        raise DeviceFault(
            "UNSUPPORTED", what="scanning paper: no glass, no feeder", raw=str(error),
            what_vi="quét giấy: không có mặt kính hay khay nạp",
        ) from error  # fmt: skip
    except NotUnderstood as error:
        raw = f"ScannerCapabilities: HTTP {reply.status}: {error}"
        raise DeviceFault("BAD_ANSWER", raw=raw, detail="ScannerCapabilities") from error
    if line.pin is not None:
        escl_trust.remember(line.pin, described.uuid)
    quirks = quirks_of(described.model)
    if quirks.unsupported:
        raise DeviceFault("UNSUPPORTED", what=f"eSCL: {quirks.unsupported}", raw=described.model)
    line.host_header = quirks.host_header
    return described


def _redirected(base: Base, location: str) -> Base:
    """Where a redirect leads on the same host; what was asked by TLS stays with TLS.

    Raises:
        DeviceFault: BAD_ANSWER, it leads elsewhere.
    """
    with contextlib.suppress(ValueError):
        to = urlsplit(urljoin(f"{base}/ScannerCapabilities", location))
        port = to.port or (443 if to.scheme == "https" else 80)
        same = to.hostname == base.host and to.scheme in ("https", base.scheme)
        root = to.path.rstrip("/").removesuffix("/ScannerCapabilities")
        if location and same and is_plain(root):
            return replace(base, scheme=to.scheme, port=port, root=root or base.root)
    raise DeviceFault("BAD_ANSWER", raw=f"redirect to {location[:80]}", detail="redirect")


def _ask_patiently(line: Line) -> Reply:
    end = time.monotonic() + OPEN_S
    while True:
        reply = line.ask("GET", f"{line.base.root}/ScannerCapabilities")
        if reply.status != 503:
            return reply
        if time.monotonic() + reply.retry_after_s > end:
            raise DeviceFault("WARMING_UP", raw="ScannerCapabilities: HTTP 503")
        time.sleep(reply.retry_after_s)


class EsclSession:
    """A network scanner that has said what it can do."""

    def __init__(self, line: Line, described: Described, lock: int) -> None:
        self._line, self._described, self._lock = line, described, lock
        self._quirks = quirks_of(described.model)
        self._asked = ScanSettings()
        self._plan: Plan | None = None
        delete_left_open(line)

    def capabilities(self) -> Capabilities:
        """What ScannerCapabilities says."""
        feeds = "feeder" in self._described.sources or "duplex" in self._described.sources
        return Capabilities(
            tuple(self._described.sources.values()),
            feeder_capacity=self._described.feeder_capacity,
            detects_paper=self._described.detects_paper,
            reports_jam=True if feeds else None,
            reports_cover=True if feeds else None,
            can_cancel_midpage=True,
        )

    def status(self) -> DeviceStatus:
        """What the feeder's sensor says."""
        if self._plan is not None and self._plan.order.source == "glass":
            return DeviceStatus()
        return DeviceStatus({"Loaded": "loaded", "Empty": "empty"}.get(self._adf(), "unknown"))  # type: ignore[arg-type]

    def _adf(self) -> str:
        try:
            return read_state(self._line).adf
        except Trouble as trouble:
            raise worded(trouble, self._line) from trouble
        except Refused as refused:
            raise DeviceFault("ACCESS_DENIED", raw=str(refused)) from refused
        except NotUnderstood as error:
            raw = f"ScannerStatus: {error}"
            raise DeviceFault("BAD_ANSWER", raw=raw, detail="ScannerStatus") from error

    def apply(self, settings: ScanSettings) -> AppliedSettings:
        """Choose what the scanner can do; nothing is ordered yet."""
        patience_s = _patience(settings.extra)
        self._asked = settings
        self._plan = _plan(self._described, self._choose(settings), settings, self._quirks.max_dpi)
        self._plan.quirks, self._plan.patience_s = self._quirks, patience_s
        return self._plan.applied

    def _choose(self, asked: ScanSettings) -> SourceCapabilities:
        """The source asked for or the nearest; auto is the feeder if it has paper."""
        sources = self._described.sources
        order = _NEAREST[asked.source]
        if asked.source == "auto" and "glass" in sources and self._adf() == "Empty":
            order = _NEAREST["glass"]
        return sources[next(one for one in order if one in sources)]

    def pages(self, sink: PageSink, stop: threading.Event) -> Iterator[PageLanded]:
        """Feed until the count, the end of the paper, a fault or a stop."""
        if self._plan is None:
            raise BadRequest("BAD_SETTINGS", detail="apply() first", detail_vi="cần apply() trước")
        try:
            yield from EsclJob(self._line, self._plan, sink, stop).run()
        except DeviceFault as fault:
            if fault.code != "FEEDER_EMPTY" or not self._may_use_glass() or stop.is_set():
                raise
            # No sensor told: what is meant lies on the glass.
            sink.applied(self.apply(replace(self._asked, source="glass", count=1)))
            yield from EsclJob(self._line, self._plan, sink, stop).run()

    def _may_use_glass(self) -> bool:
        single = self._asked.count in (None, 1)
        fed = self._plan is not None and self._plan.order.source != "glass"
        return (
            self._asked.source == "auto" and single and fed and "glass" in self._described.sources
        )

    def interrupt(self) -> None:
        """End the request that is under way."""
        self._line.interrupt()

    def close(self) -> None:
        """Give the device free."""
        os.close(self._lock)


def _patience(extra: tuple[tuple[str, str], ...]) -> float | None:
    seconds = None
    for name, text in extra:
        if name != "patience":
            raise BadRequest(
                "BAD_SETTINGS",
                detail=f"option {name[:60]!r} (patience)",
                detail_vi=f"tùy chọn {name[:60]!r} (patience)",
            )
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 600):
            raise BadRequest("BAD_SETTINGS", detail=f"patience={text[:20]} (1 … 600)")
        seconds = float(text)
    return seconds


def _plan(
    described: Described, source: SourceCapabilities, asked: ScanSettings, most_dpi: int | None
) -> Plan:
    """The order for a source, with every difference from what is asked."""
    found: list[Difference] = []
    if asked.source not in ("auto", source.source):
        found.append(difference("source", asked.source, source.source))
    dpi = nearest_dpi(source, asked.dpi, most_dpi)
    if dpi != asked.dpi:
        found.append(difference("resolution", f"{asked.dpi} dpi", f"{dpi} dpi"))
    mode = _mode(source, asked.mode)
    if mode != asked.mode:
        found.append(difference("mode", asked.mode, mode))
    paper = _paper(source, asked.paper_mm)
    if asked.paper_mm and any(
        abs(a - b) > _PAPER_SLACK_MM for a, b in zip(asked.paper_mm, paper, strict=True)
    ):
        found.append(difference("paper size", in_mm(asked.paper_mm), in_mm(paper)))
    media = JPEG if not source.formats or JPEG in source.formats else PDF
    count = 1 if source.source == "glass" and asked.count is None else asked.count
    got = replace(asked, source=source.source, dpi=dpi, mode=mode, paper_mm=paper, count=count)  # type: ignore[arg-type]
    width, height = (round(mm * UNITS_PER_MM) for mm in paper)
    modern = tuple(map(int, described.version.split("."))) >= (2, 1)
    order = Order(described.version, source.source, mode, dpi, width, height, media, modern)
    return Plan(order, AppliedSettings(asked, got, tuple(found)), quirks_of(""))


def _mode(source: SourceCapabilities, asked: str) -> str:
    if not source.modes or asked in source.modes:
        return asked
    return next(one for one in ("gray", "color", "bw") if one in source.modes)


def _paper(
    source: SourceCapabilities, asked: tuple[float, float] | None
) -> tuple[float, float]:  # fmt: skip
    """The size asked for as far as the source goes; its largest if none is."""
    most = source.max_area_mm or asked or (210.0, 297.0)
    least = source.min_area_mm or (1.0, 1.0)
    wanted = asked or most
    width, height = (
        round(max(low, min(mm, high)), 1) for mm, high, low in zip(wanted, most, least, strict=True)
    )
    return width, height


DRIVER = EsclDriver()
