"""What a scanner is to this library: names, settings, capabilities, events and the two protocols.

Lengths are in mm, resolutions in dots per inch, times in seconds. Unknown is None, not False.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, Protocol, get_args
from urllib.parse import parse_qsl, quote, unquote, urlencode

from scanners.errors import BadRequest, Fault

Source = Literal["auto", "feeder", "duplex", "glass"]
Mode = Literal["color", "gray", "bw"]
Side = Literal["front", "back"]
Paper = Literal["loaded", "empty", "unknown"]
EndReason = Literal[
    "feeder_empty", "count_reached", "cancelled", "fault", "worker_lost", "device_gone", "done"
]
"""Why a job ended; `done` is the normal end of an import."""

MAX_DPI = 9600
MAX_PAPER_MM = 20_000.0
MAX_COUNT = 100_000


# --- names -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeviceName:
    """A device URI taken apart: `kind:rest` and, for the simulated scanner, its options."""

    kind: str
    rest: str
    options: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """The URI again; parsing it gives an equal name."""
        if self.kind != "simulated":
            return f"{self.kind}:{self.rest}"
        query = f"?{urlencode(self.options, safe=',@')}" if self.options else ""
        return f"simulated:{quote(self.rest, safe='/ :+,=@()[]')}{query}"


def parse_uri(uri: str) -> DeviceName:
    """Take a device URI apart.

    In a simulated folder `?` and `%` are written %3F and %25. A SANE name is kept verbatim.

    Raises:
        BadRequest: There is no kind, or the query is malformed.
    """
    kind, colon, rest = uri.partition(":")
    if not colon or not kind.isalpha() or not kind.isascii():
        raise BadRequest(
            "BAD_DEVICE",
            detail=f"{uri[:80]!r} (KIND:NAME, e.g. sane:NAME)",
            detail_vi=f"{uri[:80]!r} (KIND:NAME, ví dụ sane:NAME)",
        )
    if kind.lower() != "simulated":
        return DeviceName(kind.lower(), rest)
    folder, _, query = rest.partition("?")
    try:
        options = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        raise BadRequest(
            "BAD_DEVICE",
            detail=f"option {query[:80]!r}: NAME=VALUE",
            detail_vi=f"tùy chọn {query[:80]!r}: NAME=VALUE",
        ) from None
    return DeviceName("simulated", unquote(folder), tuple(options))


# --- settings --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """What is asked of a scanner for one job."""

    source: Source = "auto"
    """auto: the feeder if there is one and it has paper, else the glass."""
    dpi: int = 300
    mode: Mode = "color"
    paper_mm: tuple[float, float] | None = (210.0, 297.0)
    """Width and height; None for the largest area of the source."""
    count: int | None = None
    """Pages wanted; a sheet that was fed is always finished, so duplex may land one more."""
    first_sheet: int = 1
    """Number of the first sheet: where a job resumes after a fault."""
    extra: tuple[tuple[str, str], ...] = ()
    """Options by the driver's own names; an unknown name is refused, never ignored."""

    def check(self) -> ScanSettings:
        """Return the settings if they make sense.

        Raises:
            BadRequest: A value is out of range; the text names it.
        """
        _require(self.source in get_args(Source), f"source {self.source!r}")
        _require(self.mode in get_args(Mode), f"mode {self.mode!r}")
        _require(_is_whole(self.dpi, MAX_DPI), f"dpi {self.dpi!r} (1 … {MAX_DPI})")
        _require(
            self.count is None or _is_whole(self.count, MAX_COUNT),
            f"count {self.count!r} (1 … {MAX_COUNT})",
        )
        _require(_is_whole(self.first_sheet, MAX_COUNT), f"first_sheet {self.first_sheet!r}")
        if self.paper_mm is not None:
            _require(
                len(self.paper_mm) == 2 and all(1 <= mm <= MAX_PAPER_MM for mm in self.paper_mm),
                f"paper {self.paper_mm!r} mm",
            )
        return self


def _is_whole(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise BadRequest("BAD_SETTINGS", detail=what)


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that the device did not take as asked."""

    what: str
    asked: str
    got: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class AppliedSettings:
    """What was asked, what the device says it will do, and every difference."""

    asked: ScanSettings
    got: ScanSettings
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceCapabilities:
    """What one paper source can do."""

    source: str
    dpi: tuple[int, ...] = ()
    """The resolutions, if the device lists them."""
    dpi_range: tuple[int, int, int] | None = None
    """Least, most and step, if the device gives a range."""
    modes: tuple[str, ...] = ()
    max_area_mm: tuple[float, float] | None = None
    min_area_mm: tuple[float, float] | None = None
    formats: tuple[str, ...] = ()
    """Media types that the device itself can send; empty if it sends raw pixels."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a device can do; None is unknown."""

    sources: tuple[SourceCapabilities, ...]
    feeder_capacity: int | None = None
    """Sheets."""
    detects_paper: bool | None = None
    reports_jam: bool | None = None
    reports_cover: bool | None = None
    multifeed: Literal["none", "length", "ultrasonic"] | None = None
    button: bool | None = None
    keeps_page_after_disconnect: bool | None = None
    can_cancel_midpage: bool | None = None


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """A device that could be scanned with."""

    uri: str
    name: str
    driver: str
    sources: tuple[str, ...] = ()
    capabilities: Capabilities | None = None
    """None if the device could not be asked (busy, not answering)."""


@dataclass(frozen=True, slots=True)
class DriverInfo:
    """Whether a driver can be used here, and why not."""

    driver: str
    available: bool
    reason_vi: str = ""
    reason_en: str = ""


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """What the device says before a job."""

    paper: Paper = "unknown"


# --- events ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opened:
    """The device is open."""

    uri: str
    name: str


@dataclass(frozen=True, slots=True)
class Applied:
    """The settings are set and were read back."""

    settings: AppliedSettings


@dataclass(frozen=True, slots=True)
class PaperState:
    """Whether the feeder has paper, as far as the device can tell."""

    state: Paper


@dataclass(frozen=True, slots=True)
class Waiting:
    """The device is alive but not ready; the job goes on by itself."""

    code: str
    """WARMING_UP, BUSY or FEEDER_EMPTY: the fault that this would be if it lasted."""
    seconds: float
    """When it will be asked again."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A document camera's picture of this moment, as a file that is replaced each time."""

    path: Path
    state: Literal["no_page", "moving", "blurred", "still", "taken"]
    sharpness: float
    """Mean of the strongest 2 % of gradients (0 … 255 a pixel), on the frame at half size."""
    glare: float
    """Share of the page that is burnt out, 0 … 1."""
    corners: tuple[tuple[int, int], ...] = ()
    """The page's corners in the preview, clockwise from top left; empty if none were found."""


@dataclass(frozen=True, slots=True)
class SheetStarted:
    """A sheet is being read."""

    sheet: int
    origin: str | None = None
    """File that is imported, as it was named; None for paper."""
    origin_page: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Bytes of a sheet arrive; `fraction` is None where the height is not known."""

    sheet: int
    fraction: float | None


@dataclass(frozen=True, slots=True)
class PageLanded:
    """A page is on disk, verified and journalled."""

    page_id: str
    """ULID."""
    sheet: int
    side: Side
    path: Path
    sha256: str
    width_px: int
    height_px: int
    dpi: int
    """As the device or the file states it; a guess from A4 where it states none."""
    bytes: int
    media: str
    """image/jpeg or image/png."""
    rotation: int = 0
    """Clockwise turn that the file itself (EXIF, PDF /Rotate) says brings it upright."""
    origin: str | None = None
    """File that was imported, as it was named; None for paper."""
    origin_page: int | None = None
    """Page or frame of that file, from 1."""


@dataclass(frozen=True, slots=True)
class PageSuspect:
    """Something about a sheet that someone should look at."""

    sheet: int
    reason: str
    """A key of `scanners.wordings.SUSPICIONS`."""


@dataclass(frozen=True, slots=True)
class ScanFault:
    """Something stopped the job; `Ended` follows."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class FileRefused:
    """A file, or one page of it, was not imported."""

    file: str
    code: str
    vi: str
    en: str
    page: int | None = None
    """The page or frame that was refused, from 1; None if the whole file was."""
    next_vi: str = ""
    next_en: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The one last event of every job."""

    reason: EndReason
    sheets: int
    """Sheets that were fed completely."""
    images: int
    """Pages that landed."""


Event = (
    Opened
    | Applied
    | PaperState
    | Waiting
    | Preview
    | SheetStarted
    | Progress
    | PageLanded
    | PageSuspect
    | ScanFault
    | FileRefused
    | Ended
)


# --- protocols -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Picture:
    """One side of a sheet on its way to the landing."""

    write: Callable[[BinaryIO], None]
    """Writes the encoded picture to the file that it is given."""
    media: str
    sheet: int
    side: Side = "front"
    dpi: int | None = None
    """None: as the picture's own header says."""
    size: tuple[int, int] | None = None
    """Columns and rows that must arrive; None if the device does not know."""
    rotation: int = 0
    origin: str | None = None
    origin_page: int | None = None


class PageSink(Protocol):
    """Where a session puts what it reads."""

    def sheet_started(
        self, sheet: int, *, origin: str | None = None, origin_page: int | None = None
    ) -> None:
        """Say that a sheet is being read."""

    def progress(self, sheet: int, fraction: float | None) -> None:
        """Say that bytes arrive; may be called often."""

    def suspect(self, sheet: int, reason: str) -> None:
        """Say that someone should look at a sheet."""

    def applied(self, settings: AppliedSettings) -> None:
        """Say that the settings changed during the job (feeder to glass)."""

    def waiting(self, code: str, seconds: float) -> None:
        """Say that the device is alive but will be asked again only after a while."""

    def previewed(self, write: Callable[[BinaryIO], None], shown: Preview) -> None:
        """Replace the preview's file and say what it shows; the path is filled in."""

    def land(self, picture: Picture) -> PageLanded:
        """Put a picture on disk, verified and journalled, and announce it."""


class Session(Protocol):
    """An open device."""

    def capabilities(self) -> Capabilities:
        """What the device can do."""

    def status(self) -> DeviceStatus:
        """Whether there is paper."""

    def apply(self, settings: ScanSettings) -> AppliedSettings:
        """Set everything for the job, read it back, and list every difference."""

    def pages(self, sink: PageSink, stop: threading.Event) -> Iterator[PageLanded]:
        """Feed and land pages until the count, the end of the paper, a fault or `stop`."""

    def interrupt(self) -> None:
        """Try to wake a blocked read from another thread; harmless if nothing is blocked."""

    def close(self) -> None:
        """Let go of the device."""


class Driver(Protocol):
    """One way to reach devices."""

    kind: str

    def available(self) -> DriverInfo:
        """Whether the driver can be used on this machine."""

    def probe(self) -> Iterable[DeviceInfo]:
        """The devices that can be seen, each as soon as it is known."""

    def check(self, name: DeviceName) -> None:
        """Raise BadRequest if the name cannot be meant; must not touch the device."""

    def open(self, name: DeviceName) -> Session:
        """Open a device."""
