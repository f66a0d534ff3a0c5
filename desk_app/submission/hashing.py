"""A file hashed while it is sent: read, and decrypted, once where it goes from its beginning."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import BinaryIO


class HashedStream(io.RawIOBase):
    """A readable stream that hashes beside its reader what passes through in order.

    What is read a second time is not hashed twice. Where the reader begins in the middle (an upload
    goes on), the whole file is hashed by itself, from a stream of its own.

    Args:
        stream: The file.
        pool: Hashes; one thread.
        alone: Gives the digest of the whole file without this stream.
    """

    def __init__(self, stream: BinaryIO, pool: Executor, alone: Callable[[], str]) -> None:
        self._stream = stream
        self._pool = pool
        self._hash_alone = alone
        self._digest = hashlib.sha256()
        self._taken = 0
        """Bytes from the beginning that were handed over."""
        self._last: Future[None] | None = None
        self._alone: Future[str] | None = None

    def tell(self) -> int:
        """Where the next byte comes from."""
        return self._stream.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go elsewhere."""
        return self._stream.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        at = self._stream.tell()
        piece = self._stream.read(size)
        if self._alone is None:
            self._take(at, piece)
        return piece

    def hexdigest(self) -> str:
        """SHA-256 of the whole file, as far as it was read to its end; else of the file alone."""
        if self._alone is None and self._stream.seek(0, io.SEEK_END) != self._taken:
            self._alone = self._pool.submit(self._hash_alone)
        if self._alone is not None:
            return self._alone.result()
        self._settle()
        return self._digest.hexdigest()

    def _take(self, at: int, piece: bytes) -> None:
        if at > self._taken:
            self._alone = self._pool.submit(self._hash_alone)
            return
        fresh = piece[self._taken - at :]
        if fresh:
            self._settle()  # two pieces in memory at most
            self._taken += len(fresh)
            self._last = self._pool.submit(self._digest.update, fresh)

    def _settle(self) -> None:
        if self._last is not None:
            self._last.result()
