"""Folders for work in progress: they hold copies of pages, and none outlives its process.

They lie outside the data folder, in memory where there is room (`place`), because they are plain.
A process that is killed cannot clean up. Each folder carries a lock that goes with its process, so
the next one that needs a folder in the same place removes those that nobody holds any more.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from desk_app import paths
from desk_app.errors import StorageError

PREFIX = "desk-work-"
ROOM = 256 << 20
"""Bytes that stay free beside what is put into a place in memory."""
_LOCK = ".held"
_FRESH = ".new"


@contextlib.contextmanager
def folder(parent: Path | None = None) -> Iterator[Path]:
    """A new folder, readable by this user alone and gone afterwards.

    Args:
        parent: Where it lies; see `place` where None.

    Raises:
        StorageError: It cannot be made.
    """
    where = parent or place()
    sweep(where)
    try:
        made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=where))
    except OSError as fault:
        raise StorageError(fault.strerror or str(fault)) from fault
    try:
        with paths.locked(made / _FRESH):
            # Under its own name only once it is held: a sweeper must never see it free.
            with contextlib.suppress(PermissionError):  # Windows renames no open file
                (made / _FRESH).replace(made / _LOCK)
            yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def place(size: int = ROOM) -> Path:
    """Where plain copies of this many bytes may lie for a while, outside any data folder.

    `TMPDIR` where somebody set it; else the user's own folder in memory or shared memory, where
    there is room; else the system's folder for temporary files, whose disk has to be encrypted
    (docs/encryption.md).
    """
    fit = (each for each in places() if _free(each) >= size + ROOM)
    return next(fit, Path(tempfile.gettempdir()))


def places() -> list[Path]:
    """Every place that `place` may answer, so that all of them can be swept."""
    known = [Path(tempfile.gettempdir())]
    if os.name == "posix":
        known.insert(0, Path("/dev/shm"))
        for name in ("XDG_RUNTIME_DIR", "TMPDIR"):
            if chosen := os.environ.get(name):
                known.insert(0, Path(chosen))
    return [each for each in known if each.is_dir() and os.access(each, os.W_OK | os.X_OK)]


def _free(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def sweep_all() -> int:
    """Remove what a process that was killed left in any place; how many folders."""
    return sum(sweep(each) for each in places())


def sweep(place: Path) -> int:
    """Remove the folders in a place whose process is gone; how many there were.

    Folders of other users, links, and what has no lock of ours stay.
    """
    return sum(_remove_if_left(path) for path in place.glob(f"{PREFIX}*"))


def _remove_if_left(path: Path) -> bool:
    try:
        facts = path.lstat()
        is_ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == _own_uid()
        if not is_ours or not stat.S_ISREG((path / _LOCK).lstat().st_mode):
            return False
        with paths.locked(path / _LOCK, create=False) as held:
            if not held:
                return False
            shutil.rmtree(path, ignore_errors=True)
            return True
    except (OSError, StorageError):  # another process removes it at this moment
        return False


def _own_uid() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0
