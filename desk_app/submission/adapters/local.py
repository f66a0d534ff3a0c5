"""The embedded store: a folder on a disk or a network share, named by content.

`ab/cd/<sha256>.pdf` is the file, `<sha256>.receipt.json` beside it the store's word for it,
`<sha256>.part` what has arrived so far. A file appears whole or not at all, and none is ever
overwritten: a damaged one is reported and left for a person to judge.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from desk_app.errors import DeskError, NotFound, UsageError
from desk_app.records import Receipt
from desk_app.store import codec
from desk_app.store.blobs import CHUNK, sync_folder
from desk_app.store.database import now_local
from desk_app.submission.adapters import Beat, Caps, Meta, Remote, Session, quiet
from desk_app.submission.errors import (
    DamagedInTransit,
    OffsetConflict,
    StoreDamaged,
    StoreFull,
    StoreUnreachable,
)

PART = ".part"
RECEIPT = ".receipt.json"
SUFFIXES = {"application/pdf": ".pdf", "application/zip": ".zip", "application/json": ".json"}
_KEY = re.compile(r"[0-9a-f]{64}")
_WORDS = {
    errno.EACCES: ("không có quyền ghi", "no permission to write"),
    errno.EPERM: ("không có quyền ghi", "no permission to write"),
    errno.EROFS: ("ổ đĩa chỉ cho đọc", "the disk is read-only"),
    errno.ENOENT: ("không thấy thư mục kho", "the folder of the store is missing"),
    errno.ENOTDIR: ("đường dẫn kho không phải thư mục", "the path of the store is not a folder"),
    errno.EIO: ("ổ đĩa báo lỗi đọc ghi", "the disk reports a fault"),
    errno.EFBIG: ("kho không nhận tệp lớn như vậy", "the store does not take a file of this size"),
    errno.ESTALE: ("mất kết nối tới thư mục mạng", "the network folder is gone"),
    errno.ENOTCONN: ("mất kết nối tới thư mục mạng", "the network folder is gone"),
    errno.ETIMEDOUT: ("thư mục mạng không trả lời", "the network folder does not answer"),
}  # fmt: skip


class LocalStore:
    """A StoreAdapter on a folder.

    Args:
        folder: root of the store.
        name: how receipts and messages call it.
        create: make the folder where it is missing. Leave it off for a network share: a share
            that is not mounted must be a fault, not an empty folder on the wrong disk.
        chunk_bytes: how much to hand over at a time.
        clock: time for the receipts.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "local",
        create: bool = False,
        chunk_bytes: int = CHUNK,
        clock: Callable[[], datetime] = now_local,
    ) -> None:
        self.folder = folder
        self.name = name
        self.chunk_bytes = chunk_bytes
        self._create = create
        self._clock = clock

    def probe(self) -> Caps:
        """Write, read back and refuse to overwrite, on files that are removed again."""
        with self._faults():
            self._open_root()
            first = self.folder / f".probe-{secrets.token_hex(8)}"
            second = first.with_suffix(".2")
            try:
                _write_durably(first, first.name.encode())
                _write_durably(second, b"other")
                refused = not place(second, first)
                return Caps(
                    resumable=True, min_part=1, conditional_create=refused, receipt=True,
                    verifies_sha256=_digest_of(first) == _hash(first.name),
                )  # fmt: skip
            finally:
                first.unlink(missing_ok=True)
                second.unlink(missing_ok=True)

    def stat(self, key: str) -> Remote | None:
        """What lies under a key; the digest is the one noted when the file was taken in."""
        with self._faults():
            self._open_root()
            if (found := self._object(key)) is not None:
                size, receipt = self._size(found), self._noted(key)
                return Remote(size, size, receipt.sha256 if receipt else None, True)
            part = self._part(key)
            return Remote(None, part.stat().st_size, None, False) if part.exists() else None

    def begin(self, key: str, size: int, meta: Meta) -> Session:
        """Start or go on with a file; bytes that have arrived stay."""
        with self._faults():
            self._open_root()
            if (found := self._object(key)) is not None:
                if self._size(found) != size:
                    raise self._damaged(found)
                return Session(key, size, meta, size)
            part = self._part(key)
            make_folder(self.folder, part.parent)
            if part.exists() and part.stat().st_size > size:
                part.unlink()  # cannot be a beginning of this file
            os.close(os.open(part, os.O_CREAT | os.O_WRONLY, 0o640))
            return Session(key, size, meta, part.stat().st_size)

    def send(self, session: Session, offset: int, chunk: bytes, beat: Beat = quiet) -> int:
        """Write at `offset`, which must be where the arrived bytes end.

        Two senders of one key write the same bytes at the same places, so they cannot mix.
        """
        if offset + len(chunk) > session.size:
            raise OffsetConflict(store=self.name)
        with self._faults():
            try:
                handle = os.open(self._part(session.key), os.O_WRONLY | getattr(os, "O_BINARY", 0))
            except FileNotFoundError as fault:
                self._open_root()
                raise OffsetConflict(store=self.name) from fault  # another sender finished it
            with os.fdopen(handle, "wb") as stream:
                if stream.seek(0, os.SEEK_END) != offset:
                    raise OffsetConflict(store=self.name)
                stream.write(chunk)
        return offset + len(chunk)

    def finish(self, session: Session) -> Receipt:
        """Verify what is on the disk, give it its name, write the receipt.

        The digest is computed from the bytes read back, for a new file and for one that is
        already there, so a receipt is never older than its last look at the bytes.
        """
        key = session.key
        with self._faults():
            self._open_root()
            found = self._object(key) or self._take_in(session)
            size = self._size(found)
            if size != session.size or self._digest(found) != key:
                raise self._damaged(found)
            receipt = self._noted(key)
            if receipt is None or (receipt.sha256, receipt.size) != (key, size):
                receipt = self._note(key, size, found)
            for rest in found.parent.glob(f"{key}*{PART}"):
                rest.unlink(missing_ok=True)
            sync_folder(found.parent)
            return receipt

    def fetch(self, key: str) -> Iterator[bytes]:
        """The stored bytes, in pieces."""
        with self._faults():
            self._open_root()
            found = self._object(key)
        if found is None:
            raise NotFound(
                f"{key[:12]} in the store {self.name}",
                detail_vi=f"{key[:12]} trong kho {self.name}",
            )
        with self._faults(), self._opened(found) as stream:
            while piece := stream.read(CHUNK):
                yield piece

    def address(self, key: str) -> str:
        """The path below the store's folder, which others know by their own name."""
        found = self._object(key)
        return found.relative_to(self.folder).as_posix() if found else ""

    def close(self) -> None:
        """Nothing is held open."""

    # What is different where the store is sealed (desk_app.submission.adapters.embedded).

    def _size(self, path: Path) -> int:
        return path.stat().st_size

    def _opened(self, path: Path) -> io.BufferedReader:
        return path.open("rb")

    def _digest(self, path: Path) -> str:
        with self._opened(path) as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def _take_in(self, session: Session) -> Path:
        part = self._part(session.key)
        target = part.with_suffix(SUFFIXES.get(session.meta.media, ".bin"))
        try:
            if part.stat().st_size != session.size:
                raise OffsetConflict(store=self.name)
            sync_file(part)
            if self._digest(part) != session.key:
                # A copy in transit, not a record: kept, it would be "resumed" as whole for ever.
                part.unlink()
                raise DamagedInTransit(store=self.name)
            place(part, target)
        except FileNotFoundError as fault:  # another sender of this key was faster
            raise OffsetConflict(store=self.name) from fault
        return target

    def _note(self, key: str, size: int, found: Path) -> Receipt:
        where = found.relative_to(self.folder).as_posix()
        stored_at = self._clock().isoformat(timespec="milliseconds")
        receipt = Receipt(key, key, size, stored_at, self.name, {"path": where})
        temporary = found.parent / f"{key}.{secrets.token_hex(4)}{PART}"
        _write_durably(temporary, codec.dumps(receipt).encode())
        try:
            temporary.replace(self._receipt(key))
        except FileNotFoundError as fault:  # another sender of this key cleared up after itself
            raise OffsetConflict(store=self.name) from fault
        return receipt

    def _noted(self, key: str) -> Receipt | None:
        """The receipt written earlier; None where it is missing or unreadable."""
        try:
            return codec.loads(Receipt, self._receipt(key).read_bytes())
        except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def _parent(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise UsageError(f"sha256 {key[:80]!r}")
        return self.folder / key[:2] / key[2:4]

    def _part(self, key: str) -> Path:
        return self._parent(key) / (key + PART)

    def _receipt(self, key: str) -> Path:
        return self._parent(key) / (key + RECEIPT)

    def _object(self, key: str) -> Path | None:
        """The stored file of a key, whatever its suffix."""
        parent = self._parent(key)
        for suffix in (*SUFFIXES.values(), ".bin"):
            if (path := parent / (key + suffix)).is_file():
                return path
        return None

    def _open_root(self) -> None:
        if self._create:
            self.folder.mkdir(parents=True, exist_ok=True)
        elif not self.folder.is_dir():
            raise FileNotFoundError(errno.ENOENT, "missing", str(self.folder))

    def _damaged(self, found: Path) -> StoreDamaged:
        return StoreDamaged(store=self.name, file=found.relative_to(self.folder).as_posix())

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        """Turn what the file system says into words."""
        try:
            yield
        except DeskError:
            raise
        except OSError as fault:
            if fault.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StoreFull(store=self.name) from fault
            words = fault.strerror or str(fault)
            vi, en = _WORDS.get(fault.errno or 0, (words, words))
            raise StoreUnreachable(store=self.name, vi_detail=vi, en_detail=en) from fault


def place(source: Path, target: Path) -> bool:
    """Give a finished file its name without overwriting; False where the name is taken."""
    try:
        os.link(source, target)
    except FileExistsError:
        return False
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.ENOENT):
            raise
        if target.exists():  # a file system without hard links (FAT, some shares)
            return False
        source.rename(target)
    return True


def make_folder(root: Path, folder: Path) -> None:
    """Create the missing levels below the root, each flushed into its parent."""
    if folder == root or folder.is_dir():
        return
    make_folder(root, folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("xb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def sync_file(path: Path) -> None:
    """Flush a finished file to the disk."""
    with path.open("r+b") as stream:
        os.fsync(stream.fileno())
        if hasattr(os, "posix_fadvise"):
            # Drop the cached pages, so that the digest is of what the disk gives back.
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _digest_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
