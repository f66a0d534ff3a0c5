"""The documents of eSCL (Mopria eSCL 2.97): capabilities, status and scan settings.

Read with tolerance, for devices differ in name spaces, order and spelling, and without trust: no
entities, nothing fetched, bounded size. Lengths on the wire are in 1/300 inch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from scanners.device import SourceCapabilities

MAX_XML = 1 << 20
"""Longest document in bytes; real ones have some 20 KB."""
UNITS_PER_MM = 300 / 25.4
MODES = {"RGB24": "color", "Grayscale8": "gray", "BlackAndWhite1": "bw"}
WORDS = {mode: word for word, mode in MODES.items()}
FINISHED = {"Completed", "Canceled", "Aborted"}

_SCAN = "http://schemas.hp.com/imaging/escl/2011/05/03"
_PWG = "http://www.pwg.org/schemas/2010/12/sm"
_DOCTYPE = re.compile(rb"<!doctype[^>\[]*>", re.I)
_COMMON_DPI = (75, 100, 150, 200, 300, 400, 600, 1200)


class NotUnderstood(Exception):
    """A document that cannot be read, or is not the one that was asked for."""


class NoSource(NotUnderstood):
    """Capabilities of a device that has neither glass nor feeder, e.g. only a camera."""


class Refused(NotUnderstood):
    """The device wants a password before it says anything."""


def parse(data: bytes, root: str) -> Element:
    """The tree of a document.

    Args:
        data: What the device sent.
        root: The local name that its outermost element must have.

    Raises:
        NotUnderstood: It is too long, no XML, declares entities, or is another document.
    """
    if len(data) > MAX_XML:
        raise NotUnderstood(f"more than {MAX_XML} bytes")
    plain = _DOCTYPE.sub(b"", data, count=1).strip(b"\x00 \t\r\n")
    # UTF-16 would hide a declaration from this look; no device sends it.
    if b"\x00" in plain or re.search(rb"<!(doctype|entity)", plain, re.I):
        raise NotUnderstood("entity declarations")
    try:
        found = ET.fromstring(plain)  # without a DTD there is nothing to expand
    except (ET.ParseError, ValueError, LookupError) as error:
        raise NotUnderstood(str(error)[:200]) from error
    if _name(found).lower() != root.lower():
        raise NotUnderstood(f"{_name(found)[:60]} instead of {root}")
    return found


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _all(element: Element, name: str) -> Iterator[Element]:
    return (one for one in element.iter() if _name(one) == name)


def _child(element: Element | None, *names: str) -> Element | None:
    """The first child of the first name that there is."""
    for name in names:
        for one in element if element is not None else ():
            if _name(one) == name:
                return one
    return None


def _text(element: Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def _number(element: Element | None) -> int | None:
    text = _text(element)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


# --- capabilities ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Described:
    """What ScannerCapabilities says."""

    model: str
    version: str
    uuid: str
    sources: dict[str, SourceCapabilities]
    """By glass, feeder, duplex."""
    feeder_capacity: int | None = None
    detects_paper: bool | None = None


def read_capabilities(data: bytes) -> Described:
    """Read ScannerCapabilities.

    Raises:
        NotUnderstood: It is no such document.
        NoSource: It names no source that paper goes into.
    """
    root = parse(data, "ScannerCapabilities")
    named = {
        one.get("name", ""): one
        for one in _all(root, "SettingProfile")
        if one.get("name") and len(one)
    }
    adf = _child(root, "Adf")
    parts = {
        "glass": _child(_child(root, "Platen"), "PlatenInputCaps"),
        "feeder": _child(adf, "AdfSimplexInputCaps"),
        "duplex": _child(adf, "AdfDuplexInputCaps"),
    }
    options = {_text(one) for one in _all(adf, "AdfOption")} if adf is not None else set()
    if parts["duplex"] is None and "Duplex" in options:
        parts["duplex"] = parts["feeder"]
    sources = {
        source: _source(source, part, named) for source, part in parts.items() if part is not None
    }
    if not sources:
        raise NoSource("neither glass nor feeder")
    return Described(
        model=_text(_child(root, "MakeAndModel"))[:200],
        version=_version(_text(_child(root, "Version"))),
        uuid=_text(_child(root, "UUID")).removeprefix("urn:uuid:").lower()[:80],
        sources=sources,
        feeder_capacity=_number(_child(adf, "FeederCapacity")),
        detects_paper=True if "DetectPaperLoaded" in options else None,
    )


def _version(text: str) -> str:
    return text if re.fullmatch(r"\d{1,2}(\.\d{1,3})?", text) else "2.0"


def _source(source: str, caps: Element, named: dict[str, Element]) -> SourceCapabilities:
    profiles = [
        named.get(one.get("ref", ""), one) for one in _all(caps, "SettingProfile")
    ] or [caps]  # fmt: skip
    dpi, span = _resolutions(profiles)
    words = [_text(one) for p in profiles for one in _all(p, "ColorMode")]
    formats = [
        _text(one).lower()
        for p in profiles
        for name in ("DocumentFormatExt", "DocumentFormat")
        for one in _all(p, name)
    ]
    return SourceCapabilities(
        source,
        dpi,
        span,
        tuple(dict.fromkeys(MODES[word] for word in words if word in MODES)),
        _area(caps, "Max"),
        _area(caps, "Min"),
        tuple(dict.fromkeys(one for one in formats if one)),
    )


def _area(caps: Element, which: Literal["Min", "Max"]) -> tuple[float, float] | None:
    width, height = (_number(_child(caps, f"{which}{side}")) for side in ("Width", "Height"))
    if not width or not height:
        return None
    return round(width / UNITS_PER_MM, 2), round(height / UNITS_PER_MM, 2)


def _resolutions(profiles: list[Element]) -> tuple[tuple[int, ...], tuple[int, int, int] | None]:
    """The resolutions that hold both ways, listed or as a range."""
    listed: set[int] = set()
    for profile in profiles:
        for one in _all(profile, "DiscreteResolution"):
            x, y = _number(_child(one, "XResolution")), _number(_child(one, "YResolution"))
            if x and x == y:
                listed.add(x)
    if listed:
        return tuple(sorted(listed)), None
    for profile in profiles:
        for one in _all(profile, "XResolutionRange"):
            low, high = _number(_child(one, "Min")), _number(_child(one, "Max"))
            if low and high and low <= high:
                return (), (low, high, _number(_child(one, "Step")) or 1)
    return (), None


def nearest_dpi(source: SourceCapabilities, asked: int, most: int | None = None) -> int:
    """The resolution of a source that lies next to what is asked."""
    if source.dpi_range is not None:
        low, high, step = source.dpi_range
        high = min(high, most or high)
        held = min(max(asked, low), high)
        return min(high, low + round((held - low) / step) * step)
    listed = [one for one in source.dpi or _COMMON_DPI if most is None or one <= most]
    return min(listed or source.dpi, key=lambda one: (abs(one - asked), -one))


# --- settings --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of the device, as it goes over the wire."""

    version: str
    source: str
    mode: str
    dpi: int
    width: int
    """1/300 inch, as `height`."""
    height: int
    media: str
    names_ext: bool = True
    """Whether DocumentFormatExt is understood (eSCL 2.1 on)."""


def write_settings(order: Order) -> bytes:
    """The ScanSettings document."""
    feeder = order.source != "glass"
    word = WORDS[order.mode]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<scan:ScanSettings xmlns:scan="{_SCAN}" xmlns:pwg="{_PWG}">',
        f"<pwg:Version>{escape(order.version)}</pwg:Version>",
        "<scan:Intent>Document</scan:Intent>",
        "<pwg:ScanRegions><pwg:ScanRegion>",
        "<pwg:ContentRegionUnits>escl:ThreeHundredthsOfInches</pwg:ContentRegionUnits>",
        f"<pwg:Height>{order.height}</pwg:Height><pwg:Width>{order.width}</pwg:Width>",
        "<pwg:XOffset>0</pwg:XOffset><pwg:YOffset>0</pwg:YOffset>",
        "</pwg:ScanRegion></pwg:ScanRegions>",
        f"<pwg:InputSource>{'Feeder' if feeder else 'Platen'}</pwg:InputSource>",
        f"<scan:ColorMode>{word}</scan:ColorMode>",
        f"<pwg:DocumentFormat>{escape(order.media)}</pwg:DocumentFormat>",
        f"<scan:DocumentFormatExt>{escape(order.media)}</scan:DocumentFormatExt>"
        if order.names_ext
        else "",
        f"<scan:XResolution>{order.dpi}</scan:XResolution>",
        f"<scan:YResolution>{order.dpi}</scan:YResolution>",
        f"<scan:Duplex>{'true' if order.source == 'duplex' else 'false'}</scan:Duplex>"
        if feeder
        else "",
        "</scan:ScanSettings>",
    ]
    return "".join(lines).encode()


# --- status ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JobInfo:
    """One job in the device's list."""

    uri: str
    state: str
    reasons: tuple[str, ...] = ()
    completed: int | None = None
    """Images that the device has made."""
    to_transfer: int | None = None
    age_s: int | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What ScannerStatus says."""

    state: str
    """Idle, Processing, Testing, Stopped, Down."""
    adf: str = ""
    """Without its prefix: Loaded, Empty, Processing, Jam, …; empty if not said."""
    jobs: tuple[JobInfo, ...] = ()
    reasons: tuple[str, ...] = ()
    """The device's own, not a job's."""

    def job(self, path: str) -> JobInfo | None:
        """The job at a path, if the device lists it."""
        tail = path.rstrip("/").rpartition("/")[2]
        return next((j for j in self.jobs if tail and j.uri.rstrip("/").endswith(f"/{tail}")), None)


def read_status(data: bytes) -> Status:
    """Read ScannerStatus.

    Raises:
        NotUnderstood: It is no such document.
    """
    root = parse(data, "ScannerStatus")
    adf = _text(_child(root, "AdfState"))
    jobs = tuple(_job(one) for one in _all(root, "JobInfo"))
    reasons = tuple(_text(one)[:100] for one in _all(root, "StateReason"))[:20]
    state = _text(_child(root, "State"))
    return Status(state, re.sub(r"^Scanner(Adf)?", "", adf), jobs[:1000], reasons)


def _job(info: Element) -> JobInfo:
    return JobInfo(
        _text(_child(info, "JobUri"))[:1000],
        _text(_child(info, "JobState")),
        tuple(_text(one)[:100] for one in _all(info, "JobStateReason"))[:20],
        _number(_child(info, "ImagesCompleted")),
        _number(_child(info, "ImagesToTransfer")),
        _number(_child(info, "Age")),
    )
