"""Files named by their SHA-256: written whole or not at all, never changed.

They are removed by one hand only, the purge of what the province's store has taken
(desk_app.store.retention).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from desk_app.errors import DiskFull, NotFound, StorageError

CHUNK = 1 << 20


def sha256_file(path: Path) -> str:
    """Digest of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Blobs:
    """The folder `blobs/ab/cd/<sha256>` of a data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where a blob lies; it need not exist."""
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    def existing(self, sha256: str) -> Path:
        """Where an existing blob lies."""
        path = self.path(sha256)
        if not path.is_file():
            raise NotFound(f"blob {sha256[:12]}")
        return path

    def read(self, sha256: str) -> bytes:
        """Content of a small blob."""
        return self.existing(sha256).read_bytes()

    def open(self, sha256: str) -> BinaryIO:
        """The content of a blob of any size: a seekable stream, to be closed by the caller."""
        return self.existing(sha256).open("rb")

    def put_bytes(self, data: bytes) -> str:
        """Store bytes; a second time is free."""
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path(sha256)
        if not _is_there(target):
            with storage_faults(), self._temporary(target) as temporary:
                with temporary.open("wb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
                _settle(temporary, target)
        return sha256

    def adopt(self, source: Path, sha256: str | None = None) -> str:
        """Take over a finished file by a hard link (a copy across file systems).

        The source stays where it is. Give the digest where it was just computed from the bytes.
        """
        sha256 = sha256 or sha256_file(source)
        target = self.path(sha256)
        if not _is_there(target):
            with storage_faults(), self._temporary(target) as temporary:
                try:
                    os.link(source, temporary)
                except OSError as fault:
                    if fault.errno in (errno.ENOSPC, errno.ENOENT):
                        raise
                    _copy_durably(source, temporary)
                if sha256_file(temporary) != sha256:
                    raise StorageError(f"{source.name} changed while it was stored")
                _settle(temporary, target)
        return sha256

    def remove(self, sha256: str) -> None:
        """Delete a blob that nothing refers to any more; a second time is free."""
        with storage_faults():
            self.path(sha256).unlink(missing_ok=True)

    def files(self) -> Iterator[tuple[Path, float]]:
        """Every file of the folder with its time of change, remains of killed writers included."""
        for folder in self.folder.glob("??/??"):
            for entry in os.scandir(folder):
                with contextlib.suppress(FileNotFoundError):
                    yield Path(entry.path), entry.stat().st_mtime

    @contextlib.contextmanager
    def _temporary(self, target: Path) -> Iterator[Path]:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.parent / f".{secrets.token_hex(8)}.part"
        try:
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def storage_faults() -> Iterator[None]:
    """Turn what the file system says into the desk's errors."""
    try:
        yield
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull() from fault
        raise StorageError(fault.strerror or str(fault)) from fault


def _is_there(target: Path) -> bool:
    """Whether a blob exists; its time says that it is wanted, for who looks for forgotten ones."""
    try:
        os.utime(target)
    except FileNotFoundError:
        return False
    except OSError:  # it is another user's, or the disk is read-only
        return target.exists()
    return True


def _copy_durably(source: Path, target: Path) -> None:
    with source.open("rb") as reader, target.open("wb") as writer:
        while piece := reader.read(CHUNK):
            writer.write(piece)
        writer.flush()
        os.fsync(writer.fileno())


def _settle(temporary: Path, target: Path) -> None:
    """Rename and make the rename itself survive a power cut."""
    temporary.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk (POSIX; Windows flushes them with the file)."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
