"""Files named by the SHA-256 of their content: written whole or not at all, never changed.

They are removed by one hand only, the purge of what the province's store has taken
(desk_app.store.retention).

At rest they are sealed (scanners.sealed), unless the data folder is in plain text by an explicit
setting. What needs a path gets a plain copy outside the data folder for as long as it needs it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from desk_app import workspace
from desk_app.errors import Damaged, DiskFull, NotFound, StorageError
from scanners import sealed

if TYPE_CHECKING:
    from scanners.sealed import KeyFor

CHUNK = 1 << 20


def sha256_file(path: Path) -> str:
    """Digest of a file as it lies, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Blobs:
    """The folder `blobs/ab/cd/<sha256>` of a data folder.

    Args:
        folder: Where they lie.
        keys: The keys that they are sealed with; None for plain text.
    """

    def __init__(self, folder: Path, keys: KeyFor | None = None) -> None:
        self.folder = folder
        self._keys = keys

    def path(self, sha256: str) -> Path:
        """Where a blob lies, sealed; it need not exist. To be read through this class."""
        return self.folder / sha256[:2] / sha256[2:4] / sha256

    def exists(self, sha256: str) -> bool:
        """Whether there is a file of this name; nothing is verified."""
        return self.path(sha256).is_file()

    def require(self, sha256: str) -> None:
        """Refuse what is not there.

        Raises:
            NotFound: There is no such blob.
        """
        self._existing(sha256)

    def size(self, sha256: str) -> int:
        """Bytes of content.

        Raises:
            NotFound: There is no such blob.
            Damaged: It is cut off.
        """
        path = self._existing(sha256)
        with self._faults(sha256):
            return path.stat().st_size if self._keys is None else sealed.plain_size(path)

    def read(self, sha256: str) -> bytes:
        """Content of a blob that fits into memory.

        Raises:
            NotFound: There is no such blob.
            Damaged: It is not what was stored.
        """
        with self.open(sha256) as stream:
            return stream.read()

    def open(self, sha256: str) -> io.BufferedReader:
        """The content of a blob of any size: a seekable stream, to be closed by the caller.

        Raises:
            NotFound: There is no such blob.
            Damaged: It is cut off or another's; damage within is raised by reading.
        """
        path = self._existing(sha256)
        with self._faults(sha256):
            if self._keys is None:
                return path.open("rb")
            return sealed.open_file(path, self._keys, sha256, fault=_damaged)

    @contextlib.contextmanager
    def readable(self, sha256: str) -> Iterator[Path]:
        """A path from which the content can be read inside the block.

        A plain copy outside the data folder, which goes with the block or its process.

        Raises:
            NotFound: There is no such blob.
            Damaged: It is not what was stored.
        """
        if self._keys is None:
            yield self._existing(sha256)
            return
        with workspace.folder(workspace.place(self.size(sha256))) as folder:
            yield self.copy_out(sha256, folder / sha256)

    def copy_out(self, sha256: str, target: Path) -> Path:
        """Write the content into a file outside the data folder, and return its path.

        Raises:
            NotFound: There is no such blob.
            Damaged: It is not what was stored.
        """
        with storage_faults(), self.open(sha256) as stream, target.open("wb") as out:
            shutil.copyfileobj(stream, out, CHUNK)
        return target

    def is_whole(self, sha256: str) -> bool:
        """Whether a blob is there and its content is that of its name; reads all of it."""
        try:
            with self.open(sha256) as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
        except (NotFound, Damaged):
            return False

    def put_bytes(self, data: bytes) -> str:
        """Store bytes; a second time is free."""
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path(sha256)
        if not _is_there(target):
            with storage_faults(), self._temporary(target) as temporary:
                with temporary.open("wb") as file:
                    with self._writing(file) as stream:
                        stream.write(data)
                    _flush(file)
                _settle(temporary, target)
        return sha256

    def adopt(self, source: Path, sha256: str | None = None) -> str:
        """Take over a finished plain file, which stays where it is.

        Args:
            source: The file.
            sha256: Its digest where it was just computed; it is computed again while copying.
        """
        sha256 = sha256 or sha256_file(source)
        target = self.path(sha256)
        if not _is_there(target):
            with storage_faults(), self._temporary(target) as temporary:
                if not (self._keys is None and _linked(source, temporary)):
                    self._copy(source, temporary)
                self._require(temporary, sha256, source.name)
                _settle(temporary, target)
        return sha256

    def adopt_sealed(self, source: Path, sha256: str) -> str:
        """Take over a page of the spool, sealed with its job's key, by a hard link if possible."""
        target = self.path(sha256)
        if not _is_there(target):
            with storage_faults(), self._temporary(target) as temporary:
                if not _linked(source, temporary):
                    with source.open("rb") as reader, temporary.open("wb") as file:
                        shutil.copyfileobj(reader, file, CHUNK)
                        _flush(file)
                self._require(temporary, sha256, source.name)
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

    def _existing(self, sha256: str) -> Path:
        path = self.path(sha256)
        if not path.is_file():
            raise NotFound(f"stored file {sha256[:12]}", detail_vi=f"tệp đã lưu {sha256[:12]}")
        return path

    def _copy(self, source: Path, target: Path) -> None:
        with source.open("rb") as reader, target.open("wb") as file:
            with self._writing(file) as stream:
                shutil.copyfileobj(reader, stream, CHUNK)
            _flush(file)

    def _writing(self, file: BinaryIO) -> contextlib.AbstractContextManager[BinaryIO]:
        return sealed.writing(file, self._keys("") if self._keys else None)

    def _require(self, path: Path, sha256: str, name: str) -> None:
        """Read back what is about to get its name."""
        with self._faults(sha256), sealed.open_file(path, self._keys) as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != sha256:
                raise StorageError(
                    f"{name} changed while it was stored",
                    detail_vi=f"{name} bị thay đổi trong lúc lưu",
                )

    @contextlib.contextmanager
    def _faults(self, sha256: str) -> Iterator[None]:
        try:
            with storage_faults():
                yield
        except StorageError as fault:
            if isinstance(fault.__cause__, sealed.SealBroken):
                raise _damaged(f"{sha256[:12]}: {fault.__cause__.strerror}") from fault.__cause__
            raise

    @contextlib.contextmanager
    def _temporary(self, target: Path) -> Iterator[Path]:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.parent / f".{secrets.token_hex(8)}.part"
        try:
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)


_SEAL_WORDS = {
    "not a sealed file": "không phải tệp đã mã hóa",
    "sealed in an unknown way": "mã hóa theo cách không rõ",
    "cut off": "bị cắt cụt",
    "another file in its place": "tệp khác nằm vào chỗ của nó",
    "does not open": "không giải mã được",
    "frame ": "đoạn ",
}
"""What a seal says of a broken file (scanners.sealed), for people."""


def _damaged(detail: str) -> Damaged:
    words = detail
    for english, vietnamese in _SEAL_WORDS.items():
        words = words.replace(english, vietnamese)
    return Damaged(detail, detail_vi=words)


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


def _linked(source: Path, target: Path) -> bool:
    """Whether a second name was given to a file; False across file systems and where none is."""
    try:
        os.link(source, target)
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.ENOENT):
            raise
        return False
    return True


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


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
