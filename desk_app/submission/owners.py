"""Which senders are alive: each holds a file lock that goes with its process.

A lease alone would leave the file of a killed sender untouched for its whole length. A lock tells
at once, and cannot be mistaken by process numbers that are used again.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from desk_app.paths import locked
from desk_app.store.database import Store
from desk_app.submission import queue

FOLDER = ".senders"


@contextlib.contextmanager
def present(store: Store) -> Iterator[str]:
    """Be a sender; yields its name, which is never used again."""
    name = f"{os.getpid()}-{secrets.token_hex(6)}"
    path = _lock(store.folder, name)
    try:
        with locked(path, wait=True):
            yield name
    finally:
        path.unlink(missing_ok=True)


def bury(store: Store) -> int:
    """Return to the queue what killed senders held; the number of files."""
    locks = list((store.folder / FOLDER).glob("*.lock"))
    return sum(queue.take_back(store, path.stem) for path in locks if _is_gone(path))


def _is_gone(path: Path) -> bool:
    """Whether nobody holds the lock; the file of one that is gone is cleared away.

    A sender that is caught between making its file and locking it goes on without the file:
    then only its lease speaks for it, which is the safe side.
    """
    with locked(path) as free:
        gone = free
    if gone:
        path.unlink(missing_ok=True)
    return gone


def _lock(data: Path, name: str) -> Path:
    return data / FOLDER / f"{name}.lock"
