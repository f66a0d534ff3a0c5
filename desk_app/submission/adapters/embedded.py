"""The embedded store inside the data folder: a local store whose files are sealed.

Nothing in a data folder can be read without its key. A file arrives through a sealing writer that
lives in this process: what a kill interrupts begins anew, which costs a copy on the same disk. A
local store in any other folder belongs to the province and stays plain (`LocalStore`).
"""

from __future__ import annotations

import contextlib
import io
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from desk_app.submission.adapters import Beat, Meta, Session, quiet
from desk_app.submission.adapters.local import (
    PART,
    SUFFIXES,
    LocalStore,
    make_folder,
    place,
    sync_file,
)
from desk_app.submission.errors import DamagedInTransit, OffsetConflict
from scanners import sealed


@dataclass(slots=True)
class _Arriving:
    """A file on its way in."""

    part: Path
    file: BinaryIO
    writer: sealed.Writer


class EmbeddedStore(LocalStore):
    """A StoreAdapter on the data folder's own store.

    Args:
        folder: root of the store; made where it is missing.
        keys: the data folder's keys.
        name: how receipts and messages call it.
        chunk_bytes: how much to hand over at a time.
    """

    def __init__(self, folder: Path, keys: sealed.KeyFor, *, name: str, chunk_bytes: int) -> None:
        super().__init__(folder, name=name, create=True, chunk_bytes=chunk_bytes)
        self._keys = keys
        self._arriving: dict[str, _Arriving] = {}

    def begin(self, key: str, size: int, meta: Meta) -> Session:
        """Start a file, or go on with one that this process began."""
        with self._faults():
            self._open_root()
            if (found := self._object(key)) is not None:
                if self._size(found) != size:
                    raise self._damaged(found)
                return Session(key, size, meta, size)
            arriving = self._arriving.get(key)
            if arriving is None or arriving.writer.size > size:
                self._drop(key)
                arriving = self._arriving[key] = self._start(key)
            return Session(key, size, meta, arriving.writer.size)

    def send(self, session: Session, offset: int, chunk: bytes, beat: Beat = quiet) -> int:
        """Seal the next piece."""
        arriving = self._arriving.get(session.key)
        is_next = arriving is not None and arriving.writer.size == offset
        if arriving is None or not is_next or offset + len(chunk) > session.size:
            raise OffsetConflict(store=self.name)
        with self._faults():
            arriving.writer.write(chunk)
        return offset + len(chunk)

    def close(self) -> None:
        """What did not arrive whole is forgotten."""
        for key in list(self._arriving):
            self._drop(key)

    def _start(self, key: str) -> _Arriving:
        parent = self._parent(key)
        make_folder(self.folder, parent)
        part = parent / f"{key}.{secrets.token_hex(4)}{PART}"
        file = part.open("xb")
        return _Arriving(part, file, sealed.Writer(file, self._keys("")))

    def _drop(self, key: str) -> None:
        arriving = self._arriving.pop(key, None)
        if arriving is not None:
            with contextlib.suppress(OSError):
                arriving.file.close()
                arriving.part.unlink(missing_ok=True)

    def _size(self, path: Path) -> int:
        try:
            return sealed.plain_size(path)
        except sealed.SealBroken:
            return -1  # of no file's size: it is reported as damaged

    def _opened(self, path: Path) -> io.BufferedReader:
        return sealed.open_file(path, self._keys, path.name.partition(".")[0])

    def _digest(self, path: Path) -> str:
        try:
            return super()._digest(path)
        except sealed.SealBroken:
            return ""

    def _take_in(self, session: Session) -> Path:
        arriving = self._arriving.get(session.key)
        if arriving is None or arriving.writer.size != session.size:
            raise OffsetConflict(store=self.name)
        target = arriving.part.with_name(session.key + SUFFIXES.get(session.meta.media, ".bin"))
        try:
            if arriving.writer.finish() != session.key:
                raise DamagedInTransit(store=self.name)
            arriving.file.close()
            sync_file(arriving.part)
            if self._digest(arriving.part) != session.key:
                raise DamagedInTransit(store=self.name)
            place(arriving.part, target)
        except FileNotFoundError as fault:  # another sender of this key was faster
            raise OffsetConflict(store=self.name) from fault
        finally:
            self._drop(session.key)
        return target
