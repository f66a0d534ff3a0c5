"""What a batch has signed, line by line on the disk: going on after a crash is reading it again.

A line is flushed before its file gets its name. So a file that is there and matches its line is
done; one that is not there was not signed, whatever the line says.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BufferedRandom
from pathlib import Path
from typing import Any

from signing.errors import BatchBusy

_VERSION = 1
_PATIENCE_S = 0.5


class Journal:
    """A JSONL file that one batch at a time appends to; made with :func:`opened`."""

    def __init__(self, file: BufferedRandom) -> None:
        self._file = file
        self.known: dict[str, dict[str, Any]] = {}
        """The last line of each file, by the digest of its absolute path."""
        file.seek(0)
        for line in file.read().splitlines():
            # The line that a crash cut short tells of a file that has not got its name.
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
                if isinstance(entry, dict) and "path" in entry:
                    self.known[entry["path"]] = entry
        file.seek(0, os.SEEK_END)
        if file.tell() and not self._ends_with_newline():
            file.write(b"\n")

    def _ends_with_newline(self) -> bool:
        self._file.seek(-1, os.SEEK_END)
        return self._file.read(1) == b"\n"

    def write(self, event: str, **facts: object) -> None:
        """Append a line and flush it to the disk."""
        entry = {"v": _VERSION, "at": datetime.now(UTC).isoformat(), "event": event, **facts}
        self._file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Journal]:
    """The journal at a path, ours alone until the block ends or the process dies.

    Raises:
        BatchBusy: another process is signing with this journal.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "r+b") as file:
        _take(file.fileno())
        yield Journal(file)


def _take(handle: int) -> None:
    """Take the lock; a signing process whose caller was killed holds it a moment longer."""
    until = time.monotonic() + _PATIENCE_S
    while not _lock(handle):
        if time.monotonic() > until:
            raise BatchBusy()
        time.sleep(0.05)


if sys.platform != "win32":
    import fcntl

    def _lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

else:
    import msvcrt

    def _lock(handle: int) -> bool:
        # Far behind the end: Windows lets nobody write a locked byte.
        os.lseek(handle, 1 << 40, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
