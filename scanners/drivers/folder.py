"""A hot folder: files that a copier or another program puts there become pages.

    folder:PATH

A file is taken when it has kept its size and time for `STABLE_S`, nobody holds it, and its content
is whole; until then it is waited for. Taken files are moved to `processed/`, never deleted: into
`processed/DATE/`, or `processed/duplicates/` if the very same bytes were taken before. A ledger in
`processed/` says what was taken, so a kill between landing and moving takes nothing twice unseen.
Extra options: `wait` (seconds without a new file after which the job ends; 3 by default).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

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
    Picture,
    ScanSettings,
    SourceCapabilities,
)
from scanners.differences import difference
from scanners.drivers.files import ImportSink, Item, import_all
from scanners.errors import BadRequest, DeviceFault, RefusedFile, words_of
from scanners.journal import sync_folder
from scanners.landing import disk_fault

STABLE_S = 1.0
LOOK_EVERY_S = 0.2
WAIT_S = 3
MAX_WAIT_S = 86_400
MAX_CRASHES = 2
DONE = "processed"
DUPLICATES = "duplicates"
LEDGER = "ledger.jsonl"
_PASSING = re.compile(r"^[.~]|(\.(tmp|part|partial|crdownload|download|filepart)|~)$", re.I)
"""Names that programs give to what they still write."""


class FolderDriver:
    """Driver of hot folders."""

    kind = "folder"

    def available(self) -> DriverInfo:
        """Always."""
        return DriverInfo(self.kind, True)

    def probe(self) -> Iterable[DeviceInfo]:
        """Folders cannot be guessed; they are named."""
        return ()

    def check(self, name: DeviceName) -> None:
        """The name is a path."""
        if not name.rest or "\0" in name.rest:
            raise BadRequest("BAD_DEVICE", detail="folder:PATH")

    def open(self, name: DeviceName) -> FolderSession:
        """Look at the folder.

        Raises:
            BadRequest: There is no such folder.
            DeviceFault: ACCESS_DENIED, files cannot be moved in it; BUSY.
        """
        folder = Path(name.rest).absolute()
        if not folder.is_dir():
            raise BadRequest("BAD_DEVICE", detail=f"folder:{name.rest}")
        lock = state.claim(str(folder.resolve()))
        try:
            (folder / DONE).mkdir(exist_ok=True)
            with tempfile.TemporaryFile(dir=folder / DONE):
                return FolderSession(folder, lock)
        except OSError as error:
            os.close(lock)
            raise DeviceFault("ACCESS_DENIED", raw=f"{DONE}: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it looked; a renamed file is known by its number."""

    path: Path
    key: int
    size: int
    mtime_ns: int

    def same(self, other: _Seen) -> bool:
        return (self.size, self.mtime_ns, self.path) == (other.size, other.mtime_ns, other.path)


def _list(folder: Path) -> dict[int, _Seen]:
    """The regular files that are not under a passing name."""
    found = {}
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _PASSING.search(entry.name) or entry.is_symlink():
                continue
            with contextlib.suppress(OSError):  # renamed or gone since
                if entry.is_file():
                    facts = entry.stat()
                    key = facts.st_ino or hash(entry.name)
                    found[key] = _Seen(folder / entry.name, key, facts.st_size, facts.st_mtime_ns)
    return found


def _natural(path: Path) -> tuple[object, ...]:
    """scan_2 before scan_10."""
    return tuple(
        (0, int(part), "") if part.isdecimal() and len(part) < 19 else (1, 0, part.casefold())
        for part in re.split(r"(\d+)", path.name)
    )


def _is_held(path: Path) -> bool:
    """Whether another program holds a lock on the file (or Windows refuses to open it)."""
    try:
        with path.open("rb") as file:
            if sys.platform != "win32":
                import fcntl

                for lock in (fcntl.flock, fcntl.lockf):
                    try:
                        lock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
                    except BlockingIOError:
                        return True
                    except OSError:
                        continue  # a file system without locks
                    lock(file.fileno(), fcntl.LOCK_UN)
    except PermissionError:
        return True
    except OSError:
        return False
    return False


class Ledger:
    """What was taken from a folder, line by line.

    `taking` before a file's pages land, then `taken`, or `left` if none could.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / DONE / LEDGER
        self.taken: dict[str, str] = {}
        """When and as which file, by sha256."""
        self.begun: Counter[str] = Counter()
        for line in self._lines():
            digest = str(line.get("sha256"))
            self._count(str(line.get("t")), digest, f"{line.get('at')}, {line.get('name')}")

    def _count(self, word: str, digest: str, when: str) -> None:
        if word == "taken":
            self.taken[digest] = when
        else:
            self.begun[digest] += 1 if word == "taking" else -1

    def _lines(self) -> Iterator[dict[str, Any]]:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for raw in file:
                with contextlib.suppress(ValueError):
                    line = json.loads(raw)
                    if isinstance(line, dict):
                        yield line

    def note(self, word: str, digest: str, name: str) -> None:
        """Append a line; it is on disk on return.

        Raises:
            DeviceFault: DISK_FULL or DISK_ERROR.
        """
        at = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        line = {"t": word, "sha256": digest, "name": name, "at": at}
        try:
            with self._path.open("ab") as file:
                file.write(b"\n")  # a line that a kill tore ends here
                file.write(json.dumps(line).encode("ascii") + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise disk_fault(error) from error
        self._count(word, digest, f"{at}, {name}")


class _Sink:
    """The job's sink with a sheet number that goes on from file to file."""

    def __init__(self, sink: ImportSink, sheet: int) -> None:
        self._sink, self.sheet = sink, sheet
        self.pages: list[PageLanded] = []
        self.refused: list[tuple[RefusedFile, str, int | None]] = []

    def sheet_started(
        self, sheet: int, *, origin: str | None = None, origin_page: int | None = None
    ) -> None:
        if origin_page is not None:
            self._sink.sheet_started(sheet, origin=origin, origin_page=origin_page)

    def progress(self, sheet: int, fraction: float | None) -> None:
        self._sink.progress(sheet, fraction)

    def refuse(self, refused: RefusedFile, file: str, page: int | None = None) -> None:
        self.refused.append((refused, file, page))

    def land(self, picture: Picture) -> PageLanded:
        page = self._sink.land(picture)
        self.pages.append(page)
        self.sheet = page.sheet + 1
        return page


CAPABILITIES = Capabilities((SourceCapabilities("feeder"),), detects_paper=True)


class FolderSession:
    """A watched folder."""

    def __init__(self, folder: Path, lock: int) -> None:
        self._folder, self._lock = folder, lock
        self._ledger = Ledger(folder)
        self._settings = ScanSettings()
        self._wait_s = float(WAIT_S)
        self._refused: dict[int, _Seen] = {}
        """Files that cannot be used as they are; looked at again when they change."""
        self._why: dict[int, RefusedFile] = {}
        self._said = 0.0
        self._set_aside = 0
        """Files that were refused for good."""

    def capabilities(self) -> Capabilities:
        """Files come as they are."""
        return CAPABILITIES

    def status(self) -> DeviceStatus:
        """Whether a file lies there."""
        return DeviceStatus("loaded" if _list(self._folder) else "empty")

    def apply(self, settings: ScanSettings) -> AppliedSettings:
        """Files have the resolution, colour and size that they have; only the count matters."""
        for name, text in settings.extra:
            if name != "wait":
                raise BadRequest(
                    "BAD_SETTINGS",
                    detail=f"option {name[:60]!r} (wait)",
                    detail_vi=f"tùy chọn {name[:60]!r} (wait)",
                )
            if not (text.isascii() and text.isdigit() and int(text[:9]) <= MAX_WAIT_S):
                raise BadRequest("BAD_SETTINGS", detail=f"wait={text[:20]} (0 … {MAX_WAIT_S})")
            self._wait_s = float(text)
        found: tuple[Difference, ...] = ()
        if settings.source == "duplex":
            found = (difference("source", "duplex", "feeder"),)
        count = 1 if settings.source == "glass" and settings.count is None else settings.count
        self._settings = replace(settings, source="feeder", count=count)
        return AppliedSettings(settings, self._settings, found)

    def pages(self, sink: PageSink, stop: threading.Event) -> Iterator[PageLanded]:
        """Take what lies there, then wait for more until nothing has come for a while."""
        taking = _Sink(cast(ImportSink, sink), self._settings.first_sheet)
        seen: dict[int, _Seen] = {}
        since: dict[int, float] = {}
        quiet_since = self._said = time.monotonic()
        while not stop.is_set() and not self._is_enough(taking):
            now = time.monotonic()
            before, seen = seen, self._fresh()
            for key, file in seen.items():
                if key not in before or not file.same(before[key]):
                    since[key], quiet_since = now, now
            ready = [f for k, f in seen.items() if f.size and now - since[k] >= STABLE_S]
            for file in sorted(ready, key=lambda one: _natural(one.path)):
                if stop.is_set() or self._is_enough(taking):
                    break
                landed = len(taking.pages)
                self._take(taking, cast(ImportSink, sink), file, stop)
                if len(taking.pages) > landed:
                    quiet_since = time.monotonic()
                yield from taking.pages[landed:]
            settling = any(f.size and now - since[k] < STABLE_S for k, f in seen.items())
            if time.monotonic() - quiet_since >= self._wait_s and not settling:
                break
            if stop.wait(LOOK_EVERY_S):
                break
            self._say_waiting(sink, bool(seen))
        left = self._report_left(cast(ImportSink, sink), stop)
        if not taking.pages and not left and not stop.is_set():
            raise DeviceFault("FEEDER_EMPTY", raw="no file came", sheet=self._settings.first_sheet)

    def _is_enough(self, taking: _Sink) -> bool:
        count = self._settings.count
        return count is not None and len(taking.pages) >= count

    def _fresh(self) -> dict[int, _Seen]:
        """The files that have not been refused as they are now."""
        return {
            key: file
            for key, file in _list(self._folder).items()
            if key not in self._refused or not file.same(self._refused[key])
        }

    def _say_waiting(self, sink: PageSink, something: bool) -> None:
        """Show from time to time that the folder is watched: nobody need end the job."""
        now = time.monotonic()
        if now - self._said > 5.0:
            self._said = now
            sink.waiting("BUSY" if something else "FEEDER_EMPTY", LOOK_EVERY_S)

    # --- one file ---

    def _take(
        self, taking: _Sink, sink: ImportSink, file: _Seen, stop: threading.Event
    ) -> None:  # fmt: skip
        """Land a file's pages and move it; what cannot be used stays where it is."""
        if _is_held(file.path):
            self._later(file, RefusedFile("FILE_LOCKED"))
            return
        try:
            digest = _digest(file.path)
        except OSError as error:
            self._later(file, RefusedFile("FILE_UNREADABLE", **words_of(error)))
            return
        if digest in self._ledger.taken:
            known = RefusedFile("FILE_DUPLICATE", detail=self._ledger.taken[digest])
            sink.refuse(known, str(file.path))
            self._set_aside += 1
            self._move(file.path, DUPLICATES)
            return
        if self._ledger.begun[digest] >= MAX_CRASHES:
            sink.refuse(RefusedFile("FILE_CRASHED_READER"), str(file.path), 1)
            self._set_aside += 1
            self._refused[file.key] = file
            return
        self._land(taking, sink, file, digest, stop)

    def _land(
        self, taking: _Sink, sink: ImportSink, file: _Seen, digest: str, stop: threading.Event
    ) -> None:
        begun = self._ledger.begun[digest] > 0
        landed = len(taking.pages)
        self._ledger.note("taking", digest, file.path.name)
        taking.refused.clear()
        import_all([Item(str(file.path))], taking, stop, self._folder / DONE)  # type: ignore[arg-type]
        whole = [one for one in taking.refused if one[2] is None]
        if len(taking.pages) == landed:
            self._ledger.note("left", digest, file.path.name)
            if whole and not stop.is_set():
                self._later(file, whole[0][0])
            return
        for refused, path, page in taking.refused:
            sink.refuse(refused, path, page)
        if begun:
            # A program that was killed had begun on it: its pages may be there already.
            sink.suspect(taking.pages[landed].sheet, "maybe_taken_before")
        if stop.is_set():
            return  # not all of it, perhaps: it stays and is taken again
        self._why.pop(file.key, None)
        self._ledger.note("taken", digest, file.path.name)
        self._move(file.path, time.strftime("%Y-%m-%d"))

    def _later(self, file: _Seen, refused: RefusedFile) -> None:
        """Leave a file for now; why is told at the end, if it is still there then."""
        self._why[file.key] = refused
        if refused.code != "FILE_LOCKED":  # that one changes without a sign
            self._refused[file.key] = file

    def _move(self, path: Path, place: str) -> None:
        folder = self._folder / DONE / place
        try:
            folder.mkdir(parents=True, exist_ok=True)
            target = folder / path.name
            number = 1
            while target.exists():
                number += 1
                target = folder / f"{path.stem} ({number}){path.suffix}"
            path.rename(target)
            sync_folder(folder)
        except FileNotFoundError:
            return  # its owner was quicker
        except OSError as error:
            raise disk_fault(error) from error

    def _report_left(self, sink: ImportSink, stop: threading.Event) -> int:
        """Say which files were left in the folder, and why; how many were refused at all."""
        if stop.is_set():
            return 0
        present = _list(self._folder)
        empty = {key: RefusedFile("FILE_EMPTY") for key, file in present.items() if not file.size}
        left = {key: why for key, why in (empty | self._why).items() if key in present}
        for key, refused in left.items():
            sink.refuse(refused, str(present[key].path))
        return len(left) + self._set_aside

    def interrupt(self) -> None:
        """Nothing blocks here."""

    def close(self) -> None:
        """Give the folder free."""
        os.close(self._lock)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


DRIVER = FolderDriver()
