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
    with contextlib.ExitStack() as held:
        while True:
            name = f"{os.getpid()}-{secrets.token_hex(6)}"
            path = _lock(store.folder, name)
            held.callback(path.unlink, missing_ok=True)
            held.enter_context(locked(path, wait=True))
            if path.exists():
                break
            # Another run found the file before it was locked, and buried a sender just born.
            held.close()
        yield name


def bury(store: Store) -> int:
    """Return to the queue what killed senders held; the number of files."""
    return sum(_bury(store, path) for path in list((store.folder / FOLDER).glob("*.lock")))


def _bury(store: Store, path: Path) -> int:
    """The lock's file goes last: killed in between, the next run finds the same dead sender.

    It goes while it is locked, so that a sender which was only about to lock it sees that it is
    gone and takes another name. It is never made anew here: the sender would take it for its own.
    """
    with locked(path, create=False) as free:
        if not free:
            return 0
        found = queue.take_back(store, path.stem)
        with contextlib.suppress(PermissionError):  # Windows removes no open file
            path.unlink(missing_ok=True)
    with contextlib.suppress(PermissionError):  # a sender was born with it after all
        path.unlink(missing_ok=True)
    return found


def _lock(data: Path, name: str) -> Path:
    return data / FOLDER / f"{name}.lock"
