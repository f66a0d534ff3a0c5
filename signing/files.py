"""Files that are whole or not there: temporary file, flush to disk, rename."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path


@contextmanager
def landing(target: Path) -> Iterator[BufferedRandom]:
    """A temporary file beside ``target`` that becomes it when the block ends well.

    A kill at any moment leaves the old target, or none, or the whole new one; at worst a file
    ``.NAME.xxxxxxxx.part`` beside it.
    """
    part = part_of(target)
    try:
        with part.open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def part_of(target: Path) -> Path:
    """A fresh name beside a target for what is not finished; a batch sweeps up those left."""
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder survive a power cut; Windows does so by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
