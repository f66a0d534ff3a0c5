"""A feeder of real page pictures from a folder, with speed and scripted faults.

    simulated:FOLDER?sheets=9&duplex=1&ppm=60&from=7&fault=jam@7,double@12

Pictures are fed in the order of their names; with duplex, two in a row are the front and the back
of one sheet. `sheets` repeats them if the folder has fewer. JPEG and PNG bytes pass untouched. A
fault does not strike again at the sheet from which a job resumes (`from`, or the settings'
first_sheet): the clerk has cleared it.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from scanners import pictures
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
    Picture,
    ScanSettings,
    Side,
    SourceCapabilities,
)
from scanners.differences import difference
from scanners.errors import BadRequest, DeviceFault, words_of
from scanners.landing import copy_into

FAULTS: dict[str, str] = {
    "jam": "PAPER_JAM",
    "double": "DOUBLE_FEED",
    "cover": "COVER_OPEN",
    "busy": "BUSY",
    "offline": "COMM_LOST",
    "hang": "",
    "crash": "",
    "short": "",
    "slow": "",
    "empty": "",
    "diskfull": "",
}
"""Words of the script, with the fault that the device itself reports; the others just happen."""

SLOW_S = 2.0
TICK_S = 0.05
_SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}


@dataclass(frozen=True, slots=True)
class Script:
    """What a simulated scanner was told to do."""

    sheets: int | None = None
    """None: as many as the folder has."""
    duplex: bool = False
    ppm: float = 0.0
    """Sheets a minute; 0 is as fast as the disk."""
    start: int | None = None
    faults: tuple[tuple[str, int], ...] = ()

    def faults_at(self, sheet: int, start: int) -> set[str]:
        """The fault words that strike at a sheet in a job that starts at `start`."""
        cleared = start > 1 and sheet == start
        return set() if cleared else {word for word, at in self.faults if at == sheet}


def parse_script(options: Iterable[tuple[str, str]]) -> Script:
    """Read the options of a simulated URI.

    Raises:
        BadRequest: An option or a fault word is unknown or its value is wrong; the text names it.
    """
    script = Script()
    for key, value in options:
        if key == "sheets":
            script = replace(script, sheets=_number(key, value, 0, 100_000))
        elif key == "duplex":
            script = replace(script, duplex=bool(_number(key, value, 0, 1)))
        elif key == "ppm":
            script = replace(script, ppm=float(_number(key, value, 1, 100_000)))
        elif key == "from":
            script = replace(script, start=_number(key, value, 1, 100_000))
        elif key == "fault":
            script = replace(script, faults=(*script.faults, *map(_fault, value.split(","))))
        else:
            names = f"{key[:40]!r} (sheets, duplex, ppm, from, fault)"
            raise _bad(f"option {names}", f"tùy chọn {names}")
    return script


def _bad(detail: str, detail_vi: str = "") -> BadRequest:
    return BadRequest("BAD_DEVICE", detail=detail, detail_vi=detail_vi)


def _number(key: str, value: str, least: int, most: int) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 9):
        raise _bad(f"{key}={value[:40]!r} ({least} … {most})")
    if not least <= int(value) <= most:
        raise _bad(f"{key}={value} ({least} … {most})")
    return int(value)


def _fault(text: str) -> tuple[str, int]:
    word, at, sheet = text.partition("@")
    if word not in FAULTS:
        names = f"fault={text[:40]!r} ({', '.join(FAULTS)}"
        raise _bad(f"{names}; e.g. jam@7)", f"{names}; ví dụ jam@7)")
    return word, _number(f"fault={word}@", sheet, 1, 100_000) if at else 1


def list_pictures(folder: Path) -> list[Path]:
    """The pictures of a folder in the order of their names."""
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in _SUFFIXES and p.is_file())


class SimulatedDriver:
    """Driver of the simulated scanner."""

    kind = "simulated"

    def available(self) -> DriverInfo:
        """Always."""
        return DriverInfo(self.kind, True)

    def probe(self) -> Iterable[DeviceInfo]:
        """The one demonstration device, without a folder."""
        yield DeviceInfo(
            "simulated:",
            "Máy quét mô phỏng",
            self.kind,
            ("feeder", "duplex", "glass"),
            CAPABILITIES,
        )

    def check(self, name: DeviceName) -> None:
        """Read the options; the folder is looked at on opening."""
        parse_script(name.options)
        if not name.rest:
            raise _bad("simulated:FOLDER")

    def open(self, name: DeviceName) -> SimulatedSession:
        """Look at the folder.

        Raises:
            BadRequest: There is no such folder, or no picture in it.
        """
        folder = Path(name.rest)
        try:
            files = list_pictures(folder)
        except OSError as error:
            words = words_of(error)
            raise _bad(
                f"{name.rest}: {words['detail']}", f"{name.rest}: {words['detail_vi']}"
            ) from error
        if not files:
            raise _bad(f"{name.rest}: no jpg, png, tif", f"{name.rest}: không có tệp jpg, png, tif")
        return SimulatedSession(files, parse_script(name.options))


CAPABILITIES = Capabilities(
    tuple(
        SourceCapabilities(source, dpi_range=(75, 1200, 1), modes=("color", "gray", "bw"))
        for source in ("feeder", "duplex", "glass")
    ),
    detects_paper=True,
    reports_jam=True,
    reports_cover=True,
    multifeed="ultrasonic",
    can_cancel_midpage=True,
)


class SimulatedSession:
    """One feeder with its stack."""

    def __init__(self, files: list[Path], script: Script) -> None:
        self._files, self._script = files, script
        self._settings = ScanSettings()
        self._start = 1

    def capabilities(self) -> Capabilities:
        """Feeder and glass, and duplex if the script says so."""
        sources = tuple(
            s for s in CAPABILITIES.sources if s.source != "duplex" or self._script.duplex
        )
        return replace(CAPABILITIES, sources=sources)

    def status(self) -> DeviceStatus:
        """Whether there is a sheet to start with."""
        return DeviceStatus("loaded" if self._start <= self._sheets() else "empty")

    def apply(self, settings: ScanSettings) -> AppliedSettings:
        """Choose the source; the pictures have whatever size and colour they have."""
        differences: tuple[Difference, ...] = ()
        got = settings
        if settings.extra:
            raise BadRequest(
                "BAD_SETTINGS",
                detail=f"option {settings.extra[0][0]!r}",
                detail_vi=f"tùy chọn {settings.extra[0][0]!r}",
            )
        if settings.source == "auto":
            got = replace(got, source="duplex" if self._script.duplex else "feeder")
        elif settings.source == "duplex" and not self._script.duplex:
            got = replace(got, source="feeder")
            differences = (difference("source", "duplex", "feeder"),)
        if got.source == "glass" and got.count is None:
            got = replace(got, count=1)
        self._start = self._script.start or settings.first_sheet
        self._settings = got
        return AppliedSettings(settings, got, differences)

    def pages(self, sink: PageSink, stop: threading.Event) -> Iterator[PageLanded]:
        """Feed sheet by sheet."""
        count = self._settings.count
        landed = 0
        for sheet in range(self._start, self._sheets() + 1):
            if stop.is_set() or (count is not None and landed >= count):
                return
            strikes = self._script.faults_at(sheet, self._start)
            if "empty" in strikes:
                break
            _strike(strikes, sheet)
            sink.sheet_started(sheet)
            if not self._feed(sink, stop, sheet, slow="slow" in strikes):
                return
            for page in self._sides(sink, sheet, strikes):
                landed += 1
                yield page
        if not landed and not stop.is_set():
            raise DeviceFault("FEEDER_EMPTY", raw="simulated feeder is empty", sheet=self._start)

    def interrupt(self) -> None:
        """Nothing blocks but a scripted hang, which is meant to."""

    def close(self) -> None:
        """Nothing to let go of."""

    def _sheets(self) -> int:
        per_sheet = 2 if self._script.duplex else 1
        whole = (len(self._files) + per_sheet - 1) // per_sheet
        return whole if self._script.sheets is None else self._script.sheets

    def _feed(self, sink: PageSink, stop: threading.Event, sheet: int, *, slow: bool) -> bool:
        """Take the time that a sheet takes; False if stopped meanwhile."""
        seconds = SLOW_S if slow else 60 / self._script.ppm if self._script.ppm else 0.0
        begin = time.monotonic()
        while (gone := time.monotonic() - begin) < seconds:
            if stop.wait(min(TICK_S, seconds - gone)):
                return False
            sink.progress(sheet, min(1.0, (time.monotonic() - begin) / seconds))
        return True

    def _sides(self, sink: PageSink, sheet: int, strikes: set[str]) -> Iterator[PageLanded]:
        sides: tuple[Side, ...] = ("front", "back") if self._script.duplex else ("front",)
        for index, side in enumerate(sides):
            path = self._file(sheet, index, len(sides))
            if path is None or (side == "back" and self._settings.source != "duplex"):
                continue
            write, media = _reader(path, strikes)
            yield sink.land(Picture(write, media, sheet, side))

    def _file(self, sheet: int, index: int, sides: int) -> Path | None:
        position = (sheet - 1) * sides + index
        if self._script.sheets is not None:
            # A repeated stack begins again with a front.
            whole = len(self._files) + (len(self._files) % sides)
            position %= whole
        return self._files[position] if position < len(self._files) else None


def _strike(strikes: set[str], sheet: int) -> None:
    for word in sorted(strikes):
        if FAULTS[word]:
            raise DeviceFault(FAULTS[word], raw=f"simulated {word}@{sheet}", sheet=sheet)
    if "crash" in strikes:
        _crash()
    while "hang" in strikes:
        time.sleep(3600)


def _crash() -> None:
    if sys.platform != "win32":
        os.kill(os.getpid(), signal.SIGSEGV)
    os._exit(139)


def _reader(path: Path, strikes: set[str]) -> tuple[Callable[[BinaryIO], None], str]:
    with path.open("rb") as file:
        media = pictures.sniff(file.read(1024))
    if media == pictures.TIFF:
        write, media = _from_tiff(path), pictures.PNG
    elif media in pictures.SUFFIXES:
        write = copy_into(path)
    else:
        raise BadRequest("BAD_DEVICE", detail=f"{path}: {media}")
    if "short" in strikes:
        write = _cut(path)
    if "diskfull" in strikes:
        write = _no_space
    return write, media


def _from_tiff(path: Path) -> Callable[[BinaryIO], None]:
    def write(file: BinaryIO) -> None:
        from PIL import Image

        with Image.open(path, formats=("TIFF",)) as image:
            image.save(file, "PNG", compress_level=1, dpi=image.info.get("dpi", (300, 300)))

    return write


def _cut(path: Path) -> Callable[[BinaryIO], None]:
    def write(file: BinaryIO) -> None:
        whole = path.read_bytes()
        file.write(whole[: len(whole) * 2 // 3])

    return write


def _no_space(file: BinaryIO) -> None:
    file.write(b"\xff\xd8\xff")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


DRIVER = SimulatedDriver()
