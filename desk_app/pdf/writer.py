"""A PDF file written front to back: memory does not grow with the number of pages.

Only what ISO 19005 allows in both parts leaves this writer: direct objects, one classic
cross-reference table (6.1.4), exact stream lengths (6.1.7), a file identifier (6.1.3).
"""

from __future__ import annotations

import contextlib
import errno
import glob
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from desk_app.errors import DiskFull, StorageError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

Kind = Literal["images", "text", "fonts", "other"]

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextlib.contextmanager
def storage_faults(path: Path) -> Iterator[None]:
    """Turn the faults of writing path into the desk's own."""
    try:
        yield
    except OSError as fault:
        if fault.errno in _FULL:
            raise DiskFull(path.name) from fault
        raise StorageError(f"{path.name}: {fault.strerror or fault}") from fault


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Yield a file beside path, and its name, that becomes path when the block ends well.

    The file may be closed inside the block, so that it can be looked at before it is in place.
    What a killed run left beside path is removed first.

    Raises:
        DiskFull: no space is left.
        StorageError: the folder cannot be written.
    """
    _remove_remains(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    with storage_faults(path):
        file = temporary.open("xb")
    try:
        with _marked_as_ours(temporary):
            yield file, temporary
        if not file.closed:
            flush_to_disk(file, path)
        with storage_faults(path):
            temporary.replace(path)
            _sync_folder(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):  # a full disk refuses what the buffer still holds
            file.close()
        temporary.unlink(missing_ok=True)
        raise


def _remove_remains(path: Path) -> None:
    """Remove the unfinished files of runs that were killed, not those of runs that go on."""
    for remains in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        with contextlib.suppress(OSError), _marked_as_ours(remains):
            remains.unlink()


@contextlib.contextmanager
def _marked_as_ours(path: Path) -> Iterator[None]:
    """Hold a lock that ends with this process; OSError where another process holds it."""
    if fcntl is None:  # Windows refuses to remove a file that is open
        yield
        return
    with path.open("rb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def flush_to_disk(file: BinaryIO, path: Path) -> None:
    """Close file once its bytes are on the disk; path names it in faults."""
    with storage_faults(path):
        file.flush()
        os.fsync(file.fileno())
        file.close()


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # Windows cannot open a folder; NTFS journals the rename itself
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class PdfWriter:
    """Numbers objects, writes each once, and keeps nothing but their offsets."""

    def __init__(self, file: BinaryIO, path: Path, version: str) -> None:
        self._file = file
        self._path = path
        self._offsets: list[int] = [0]
        self._position = 0
        self._digest = hashlib.sha256()
        self.bytes: dict[Kind, int] = {"images": 0, "text": 0, "fonts": 0, "other": 0}
        # Four bytes over 127 tell transfer programs that the file is binary (6.1.2).
        self._write(b"%%PDF-%s\n%%\xe2\xe3\xcf\xd3\n" % version.encode(), "other")

    def reserve(self) -> int:
        """Return the number of an object that will be written later."""
        self._offsets.append(0)
        return len(self._offsets) - 1

    def add(self, body: str, kind: Kind = "other", number: int | None = None) -> int:
        """Write an object and return its number."""
        number = self._begin(number, kind)
        self._write(f"{body}\nendobj\n".encode("ascii"), kind)
        return number

    def add_stream(
        self,
        entries: str,
        data: bytes | Iterable[bytes],
        kind: Kind = "other",
        *,
        length: int | None = None,
        number: int | None = None,
    ) -> int:
        """Write a stream and return its number.

        Args:
            entries: The dictionary's entries except Length.
            data: The encoded bytes, whole or in pieces.
            kind: What the bytes are counted as.
            length: How many bytes the pieces hold together.
            number: A reserved number.
        """
        if isinstance(data, bytes):
            data, length = (data,), len(data)
        number = self._begin(number, kind)
        self._write(f"<< {entries} /Length {length} >>\nstream\n".encode("ascii"), kind)
        for piece in data:
            self._write(piece, kind)
        self._write(b"\nendstream\nendobj\n", kind)
        return number

    def finish(self, root: int, info: int) -> None:
        """Write the cross-reference table and the trailer.

        The identifier is the digest of all that went before: equal input gives equal bytes.
        """
        start = self._position
        self._write(f"xref\n0 {len(self._offsets)}\n0000000000 65535 f \n".encode(), "other")
        for offset in self._offsets[1:]:
            self._write(f"{offset:010d} 00000 n \n".encode(), "other")
        identifier = self._digest.hexdigest()[:32]
        self._write(
            f"trailer\n<< /Size {len(self._offsets)} /Root {root} 0 R /Info {info} 0 R "
            f"/ID [<{identifier}> <{identifier}>] >>\nstartxref\n{start}\n%%EOF\n".encode(),
            "other",
        )

    def _begin(self, number: int | None, kind: Kind) -> int:
        number = self.reserve() if number is None else number
        self._offsets[number] = self._position
        self._write(f"{number} 0 obj\n".encode(), kind)
        return number

    def _write(self, data: bytes, kind: Kind) -> None:
        with storage_faults(self._path):
            self._file.write(data)
        self._digest.update(data)
        self._position += len(data)
        self.bytes[kind] += len(data)
