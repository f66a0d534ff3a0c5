"""What a path stands for: a blob's content where it is a blob of a data folder, else the file.

For code that is handed a path by somebody else: page pictures in the window, verification. Code
that knows the digest asks `store.blobs`.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from desk_app.store import vault
from desk_app.store.blobs import Blobs, storage_faults

_NAME = re.compile(r"[0-9a-f]{64}")


def read(path: Path) -> bytes:
    """The content behind a path.

    Raises:
        NotFound, Damaged: It is a blob and cannot be read.
        StorageError: It is a file and cannot be read.
    """
    blobs = _home(path)
    if blobs is not None:
        return blobs.read(path.name)
    with storage_faults():
        return path.read_bytes()


def open_stream(path: Path) -> BinaryIO:
    """The content behind a path as a seekable stream."""
    blobs = _home(path)
    if blobs is not None:
        return io.BytesIO(blobs.read(path.name))
    with storage_faults():
        return path.open("rb")


@contextlib.contextmanager
def readable(path: Path) -> Iterator[Path]:
    """A path to the plain content inside the block: for a file, its own."""
    blobs = _home(path)
    if blobs is None:
        yield path
        return
    with blobs.readable(path.name) as copy:
        yield copy


def _home(path: Path) -> Blobs | None:
    """The blobs that a path is one of."""
    if not _NAME.fullmatch(path.name) or len(path.parents) < 4:
        return None
    folder = path.parents[2]
    if folder.name != "blobs" or not (folder.parent / vault.FILE_NAME).is_file():
        return None
    return Blobs(folder, vault.open_vault(folder.parent).keys)
