"""The journal of a job folder: what landed, line by line, and what a replay makes of it.

`journal.jsonl` is only ever appended to. A line torn by a crash is skipped. A folder may hold
several jobs (a resumed stack); each line names its job.

    {"t": "job", "job": ULID, …}                  a job began
    {"t": "page", "job": ULID, "page_id": ULID, "file": NAME, "sha256": …, …}
    {"t": "fault", …} {"t": "ended", …}

A file that is complete but has no line is adopted by `recover`; an unfinished `.part` is kept in
`doubtful/`, where it names the sheet to look at.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from scanners import ids, pictures, sealed
from scanners.device import PageLanded, Side
from scanners.errors import DeviceFault

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

JOURNAL_NAME = "journal.jsonl"
DOUBTFUL_DIR = "doubtful"
PART = ".part"
LOCK_S = 3.0
"""How long a worker whose program was killed may take to let go of its journal."""

_NAME = re.compile(r"(?P<id>[0-7][0-9A-HJKMNP-TV-Z]{25})_(?P<sheet>\d{4,9})(?P<side>[fb])"
                   r"\.(?P<ext>jpg|png)(?P<part>\.part)?")  # fmt: skip
_PAGE_FIELDS = tuple(
    f.name for f in fields(PageLanded) if f.name not in ("path", "origin", "origin_page")
)


@dataclass(frozen=True, slots=True)
class PageName:
    """The name of a page's file: its id, and the sheet and side in case the line is lost."""

    page_id: str
    sheet: int
    side: Side
    suffix: str

    def __str__(self) -> str:
        """The file name."""
        return f"{self.page_id}_{self.sheet:04d}{self.side[0]}{self.suffix}"


def parse_name(name: str) -> PageName | None:
    """The parts of a page's file name (with or without `.part`); None for any other name."""
    match = _NAME.fullmatch(name)
    if not match:
        return None
    side: Side = "front" if match["side"] == "f" else "back"
    return PageName(match["id"], int(match["sheet"]), side, f".{match['ext']}")


@dataclass(frozen=True, slots=True)
class InDoubt:
    """A sheet of which it is not certain that it is safe."""

    path: Path
    sheet: int
    side: Side
    reason: Literal["unfinished", "not_journalled", "missing", "changed"]


@dataclass(frozen=True, slots=True)
class Replay:
    """What a folder holds: the pages in the order in which they landed, and what is doubtful."""

    pages: tuple[PageLanded, ...]
    in_doubt: tuple[InDoubt, ...] = ()
    jobs: dict[str, tuple[str, ...]] | None = None
    """Page ids by job id."""
    skipped_lines: int = 0
    """Torn or foreign lines."""


class Journal:
    """The journal open for one writer."""

    def __init__(self, folder: Path) -> None:
        """Open for appending; the folder must exist.

        Raises:
            DeviceFault: BUSY, another job is writing in this folder.
            OSError: It cannot be opened.
        """
        self.path = folder / JOURNAL_NAME
        existed = self.path.exists()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._fd = os.open(self.path, flags, 0o600)
        try:
            _lock(self._fd, folder)
            self._close_torn_line()
        except BaseException:
            os.close(self._fd)
            raise
        if not existed:
            sync_folder(folder)

    def _close_torn_line(self) -> None:
        size = os.fstat(self._fd).st_size
        if size:
            os.lseek(self._fd, size - 1, os.SEEK_SET)
            if os.read(self._fd, 1) != b"\n":
                os.write(self._fd, b"\n")

    def append(self, line: dict[str, Any], *, durable: bool = True) -> None:
        """Append one line; when `durable`, it is on disk on return.

        Raises:
            OSError: It could not be written; what was written of it is taken back.
        """
        data = json.dumps(line, default=str, separators=(",", ":")).encode("ascii") + b"\n"
        before = os.fstat(self._fd).st_size
        try:
            written = 0
            while written < len(data):
                written += os.write(self._fd, data[written:])
            if durable:
                os.fsync(self._fd)
        except OSError:
            os.ftruncate(self._fd, before)
            raise

    def append_page(self, job: str, page: PageLanded) -> None:
        """Append the line of a landed page; it is on disk on return."""
        line = {name: getattr(page, name) for name in _PAGE_FIELDS}
        self.append({"t": "page", "job": job, "file": page.path.name, **line})

    def close(self) -> None:
        """Let go of the file and its lock."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _lock(fd: int, folder: Path) -> None:
    if sys.platform == "win32":
        return
    import fcntl

    given_up = time.monotonic() + LOCK_S
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < given_up:
                time.sleep(0.05)
                continue
            raise DeviceFault("BUSY", raw=f"another job is writing in {folder.name}") from None
        except OSError:  # a file system without locks
            return
        return


def sync_folder(folder: Path) -> None:
    """Make new names in a folder durable (POSIX)."""
    if os.name != "posix":
        return
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _lines(folder: Path) -> Iterator[dict[str, Any] | None]:
    path = folder / JOURNAL_NAME
    if not path.is_file():
        return
    with path.open("rb") as file:
        for raw in file:
            try:
                line = json.loads(raw) if raw.endswith(b"\n") else None
            except ValueError:
                line = None
            if raw.strip():
                yield line if isinstance(line, dict) else None


def _page_of(folder: Path, line: dict[str, Any]) -> PageLanded | None:
    name = parse_name(str(line.get("file")))
    try:
        page = PageLanded(path=folder / str(line["file"]), **{n: line[n] for n in _PAGE_FIELDS})
    except (KeyError, TypeError):
        return None
    return page if name and name.page_id == page.page_id else None


def replay(folder: Path) -> Replay:
    """What a job folder holds; changes nothing.

    Args:
        folder: A job folder; one without a journal is empty.
    """
    pages: dict[str, PageLanded] = {}
    jobs: dict[str, list[str]] = {}
    skipped = 0
    for line in _lines(folder):
        if line is None:
            skipped += 1
        elif line.get("t") == "page":
            page = _page_of(folder, line)
            if page is None:
                skipped += 1
            elif pages.setdefault(page.page_id, page) is page:
                jobs.setdefault(str(line.get("job", "")), []).append(page.page_id)
        elif line.get("t") == "job":
            jobs.setdefault(str(line.get("job", "")), [])
    lost = {doubt.path.name: doubt for doubt in _lost(pages)}
    whole = tuple(page for page in pages.values() if page.path.name not in lost)
    doubts = (*lost.values(), *_unlisted(folder, {page.path.name for page in pages.values()}))
    by_job = {job: tuple(page_ids) for job, page_ids in jobs.items()}
    return Replay(whole, doubts, by_job, skipped)


def listed(folder: Path) -> dict[str, PageLanded]:
    """Every page that a journal names, by its id, whether its file is still there or not."""
    found: dict[str, PageLanded] = {}
    for line in _lines(folder):
        page = _page_of(folder, line) if line and line.get("t") == "page" else None
        if page is not None:
            found.setdefault(page.page_id, page)
    return found


def _lost(pages: dict[str, PageLanded]) -> Iterator[InDoubt]:
    for page in pages.values():
        try:
            size = page.path.stat().st_size
        except OSError:
            yield InDoubt(page.path, page.sheet, page.side, "missing")
            continue
        if size not in (page.bytes, sealed.sealed_size(page.bytes)):
            yield InDoubt(page.path, page.sheet, page.side, "changed")


def _unlisted(folder: Path, listed: set[str]) -> Iterator[InDoubt]:
    for place in (folder, folder / DOUBTFUL_DIR):
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            name = parse_name(path.name)
            if name is None or path.name in listed:
                continue
            part = path.name.endswith(PART) or place != folder
            if not (part and path.name.removesuffix(PART) in listed):
                reason = "unfinished" if part else "not_journalled"
                yield InDoubt(path, name.sheet, name.side, reason)  # type: ignore[arg-type]


def recover(folder: Path, keys: sealed.KeyFor | None = None) -> Replay:
    """Put a job folder in order after a crash and say what it holds.

    Whole pictures without a line are adopted, anything unfinished goes to `doubtful/`; nothing is
    deleted but the second name of a page that has landed.

    Args:
        folder: A job folder.
        keys: What its pages are sealed with; None where they are plain.

    Raises:
        DeviceFault: BUSY, a job is still writing in this folder.
        OSError: The folder cannot be written.
    """
    with Journal(folder) as journal:
        found = replay(folder)
        job = ids.new_id()
        for doubt in found.in_doubt:
            if doubt.path.parent != folder or not doubt.path.exists():
                continue  # set aside before, lost, or the second name of one just adopted
            if doubt.reason == "unfinished" or (
                doubt.reason == "not_journalled" and not _adopt(journal, job, doubt, keys)
            ):
                set_doubtful(doubt.path)
        for page in found.pages:
            page.path.with_name(page.path.name + PART).unlink(missing_ok=True)
    return replay(folder)


def _adopt(journal: Journal, job: str, doubt: InDoubt, keys: sealed.KeyFor | None) -> bool:
    name = parse_name(doubt.path.name)
    media = pictures.PNG if doubt.path.suffix == ".png" else pictures.JPEG
    try:
        with sealed.open_file(doubt.path, keys) as file:
            facts = pictures.examine_stream(file, media)
    except (pictures.BadPicture, sealed.SealBroken):
        return False
    if name is None:
        return False
    journal.append_page(job, describe(doubt.path, name, facts, keys))
    doubt.path.with_name(doubt.path.name + PART).unlink(missing_ok=True)
    return True


def describe(
    path: Path,
    name: PageName,
    facts: pictures.PictureFacts,
    keys: sealed.KeyFor | None = None,
) -> PageLanded:
    """The page that a verified file is: length and digest are of its content, as read back."""
    import hashlib

    with sealed.open_file(path, keys) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    return PageLanded(
        page_id=name.page_id,
        sheet=name.sheet,
        side=name.side,
        path=path,
        sha256=digest,
        width_px=facts.width_px,
        height_px=facts.height_px,
        dpi=facts.dpi,
        bytes=size,
        media=facts.media,
        rotation=facts.rotation,
    )


def set_doubtful(path: Path) -> Path:
    """Move an unfinished file aside, keeping its name, and return where it is now."""
    place = path.parent / DOUBTFUL_DIR
    place.mkdir(mode=0o700, exist_ok=True)
    target = place / path.name
    path.replace(target)
    sync_folder(place)
    return target


def as_line(event: str, job: str, value: DataclassInstance) -> dict[str, Any]:
    """A journal line of an event that is not a page."""
    return {"t": event, "job": job, **asdict(value)}
