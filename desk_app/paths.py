"""Where things lie: the data folder, its exports, the program's resources, and file locks."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from desk_app.errors import StorageError

RESOURCES = Path(__file__).resolve().parent.parent / "resources"
PROCEDURES = RESOURCES / "procedures"
SAMPLES = RESOURCES / "samples"


def default_data() -> Path:
    """The platform's data folder for this user."""
    from platformdirs import user_data_path

    return user_data_path("desk", appauthor=False)


def exports_of(data: Path) -> Path:
    """Readable copies go to a sibling, because the data folder itself will hold none."""
    return data.with_name(data.name + "-exports")


@contextlib.contextmanager
def locked(path: Path, *, wait: bool = False, create: bool = True) -> Iterator[bool]:
    """Hold an advisory lock on a file; yields False where another process holds it.

    The lock goes with its process, so one that was killed leaves nothing to clean up. A file that
    is not there and is not to be created is nobody's: False, too.
    """
    try:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a+b" if create else "r+b")
    except OSError as fault:
        if create or not isinstance(fault, FileNotFoundError):
            raise StorageError(fault.strerror or str(fault)) from fault
        yield False
        return
    with stream:
        held = _lock(stream.fileno(), wait)
        yield held
        if held and sys.platform == "win32":
            _unlock(stream.fileno())


if sys.platform != "win32":
    import fcntl

    def _lock(handle: int, wait: bool) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)

else:
    import msvcrt

    def _lock(handle: int, wait: bool) -> bool:
        while True:
            try:
                msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:  # LK_LOCK gives up after ten seconds
                if wait:
                    continue
                return False
            return True

    def _unlock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
