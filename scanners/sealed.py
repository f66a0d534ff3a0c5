"""Sealed files: AES-256-GCM in frames, so that a page is ciphertext from its first byte on disk.

    header   64 bytes   "DESKSEAL", version 1, log2 of the frame length, 6 zeros, the context of
                        the key (32 bytes of ASCII, zero-padded), 16 random bytes
    frames              ciphertext of the frame length (the last may be shorter), 16 bytes of tag
    trailer  32 bytes   SHA-256 of the plain content

Each file has a key of its own: HKDF-SHA256 (RFC 5869) of the context's key with the header as
info, so a nonce is never used twice; frame n has nonce n (NIST SP 800-38D §8.2.1). A frame's
associated data are its number and whether it is the last, and the last frame's also the trailer.
Frames that were cut off, changed, moved or brought from another file do not open, and a whole file
in another's place is known by its trailer as soon as it is opened.

This is the one implementation; the desk's blobs (desk_app.store.blobs) are such files too.
"""

from __future__ import annotations

import errno
import hashlib
import hmac
import io
import os
import secrets
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"DESKSEAL"
VERSION = 1
FRAME_BITS = 18
"""256 KiB a frame: a page is a handful, and a reader that jumps about decrypts little."""
TAG, TRAILER = 16, 32
_HEADER = struct.Struct(">8sBB6x32s16s")
HEADER = _HEADER.size
_ABOUT = struct.Struct(">QB")
_BITS = range(12, 25)


class SealBroken(OSError):
    """A sealed file is cut off, was changed or exchanged, or the key is another's."""

    def __init__(self, detail: str) -> None:
        super().__init__(errno.EIO, detail)


@dataclass(frozen=True, slots=True)
class Key:
    """What the files of one context are sealed with."""

    context: str
    """Names the key in each file's header, in ASCII; a job's id, or empty."""
    secret: bytes = field(repr=False)

    def as_line(self) -> dict[str, str]:
        """As it goes to a worker over its standard input, never on a command line."""
        return {"context": self.context, "secret": self.secret.hex()}


def key_from(line: dict[str, str] | None) -> Key | None:
    """The key of a worker's command; None for plain files."""
    return Key(line["context"], bytes.fromhex(line["secret"])) if line else None


KeyFor = Callable[[str], Key]
"""The key of a context."""


def hkdf(secret: bytes, info: bytes, salt: bytes = b"", length: int = 32) -> bytes:
    """HKDF-SHA256 (RFC 5869 §2): `length` bytes, at most 8160."""
    derived = hmac.digest(salt or bytes(32), secret, "sha256")
    block, made, number = b"", b"", 1
    while len(made) < length:
        block = hmac.digest(derived, block + info + bytes([number]), "sha256")
        made += block
        number += 1
    return made[:length]


def sealed_size(plain: int, bits: int = FRAME_BITS) -> int:
    """Bytes on disk of a sealed file with this much content."""
    frames = max(1, -(-plain >> bits))
    return HEADER + plain + TAG * frames + TRAILER


def plain_size(path: Path) -> int:
    """Bytes of content by the file's length and header alone; nothing is verified.

    Raises:
        SealBroken: It cannot be a sealed file.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        header = file.read(HEADER)
        bits, _ = _facts(header)
        return _content_size(os.fstat(file.fileno()).st_size, bits)[0]


def is_sealed(path: Path) -> bool:
    """Whether a file begins like a sealed one."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _facts(header: bytes) -> tuple[int, str]:
    """Log2 of the frame length, and the context."""
    if len(header) != HEADER or not header.startswith(MAGIC):
        raise SealBroken("not a sealed file")
    _, version, bits, context, _ = _HEADER.unpack(header)
    if version != VERSION or bits not in _BITS or any(header[10:16]):
        raise SealBroken("sealed in an unknown way")
    return bits, context.rstrip(b"\0").decode("ascii", "replace")


def _content_size(size: int, bits: int) -> tuple[int, int]:
    """Plain bytes and frames of a sealed file of this length."""
    body = size - HEADER - TRAILER
    frames = max(1, -(-body // ((1 << bits) + TAG)))
    plain = body - TAG * frames
    if plain < 0 or sealed_size(plain, bits) != size:
        raise SealBroken("cut off")
    return plain, frames


def _cipher(key: Key, header: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(hkdf(key.secret, b"desk sealed file" + header))


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


class Writer(io.RawIOBase):
    """Seals what is written through it; the file is whole only after `finish`.

    Args:
        file: Where to; it is neither flushed nor closed here.
        key: The context's key.
    """

    def __init__(self, file: BinaryIO, key: Key) -> None:
        self._file = file
        header = _HEADER.pack(
            MAGIC, VERSION, FRAME_BITS, key.context.encode("ascii"), secrets.token_bytes(16)
        )
        self._cipher = _cipher(key, header)
        self._waiting = bytearray()
        self._digest = hashlib.sha256()
        self._number = self.size = 0
        file.write(header)

    def writable(self) -> bool:
        """It is written to."""
        return True

    def write(self, data: object) -> int:
        """Seal bytes; the last frame waits for `finish`."""
        view = memoryview(cast(bytes, data)).cast("B")
        self._digest.update(view)
        self._waiting += view
        self.size += len(view)
        length = 1 << FRAME_BITS
        done = 0
        while len(self._waiting) - done > length:
            self._seal(memoryview(self._waiting)[done : done + length], b"")
            done += length
        if done:
            del self._waiting[:done]
        return len(view)

    def tell(self) -> int:
        """Bytes of content so far; some encoders ask."""
        return self.size

    def finish(self) -> str:
        """Write the last frame and the trailer; returns the content's SHA-256."""
        self._seal(self._waiting, self._digest.digest())
        self._file.write(self._digest.digest())
        self._waiting.clear()
        return self._digest.hexdigest()

    def _seal(self, frame: bytes | bytearray | memoryview, trailer: bytes) -> None:
        about = _ABOUT.pack(self._number, bool(trailer)) + trailer
        # A copy: a view of the waiting bytes would forbid to shorten them.
        self._file.write(self._cipher.encrypt(_nonce(self._number), bytes(frame), about))
        self._number += 1


class Reader(io.RawIOBase):
    """The content of a sealed file, from any position.

    Args:
        file: A sealed file, open for reading; closed with this one.
        keys: The key of a context.
        sha256: What the content must be; None where that is not known.

    Raises:
        SealBroken: It is cut off, changed, another file, or sealed with another key. Damage within
            the file is found when the frame is read.
    """

    def __init__(self, file: BinaryIO, keys: KeyFor, sha256: str | None = None) -> None:
        self._file = file
        header = file.read(HEADER)
        self._bits, context = _facts(header)
        self.size, self._frames = _content_size(file.seek(0, os.SEEK_END), self._bits)
        file.seek(-TRAILER, os.SEEK_END)
        self._trailer = file.read(TRAILER)
        if sha256 is not None and self._trailer.hex() != sha256:
            raise SealBroken("another file in its place")
        self._cipher = _cipher(keys(context), header)
        self.fault: Callable[[str], Exception] = SealBroken
        self._at = 0
        self._kept = -1
        self._frame = b""
        self._load(self._frames - 1)

    @property
    def sha256(self) -> str:
        """What the content was when it was sealed."""
        return self._trailer.hex()

    def readable(self) -> bool:
        """It is read."""
        return True

    def seekable(self) -> bool:
        """Any position can be read."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._at

    def readinto(self, target: object) -> int:
        """Fill a buffer as far as the content goes."""
        view = memoryview(cast(bytearray, target)).cast("B")
        done = 0
        while done < len(view) and self._at < self.size:
            number, within = self._at >> self._bits, self._at & ((1 << self._bits) - 1)
            self._load(number)
            piece = memoryview(self._frame)[within : within + len(view) - done]
            view[done : done + len(piece)] = piece
            done += len(piece)
            self._at += len(piece)
        return done

    def close(self) -> None:
        """Close the file underneath as well."""
        if not self.closed:
            self._file.close()
            self._frame = b""
        super().close()

    def _load(self, number: int) -> None:
        if number == self._kept:
            return
        from cryptography.exceptions import InvalidTag

        length = (1 << self._bits) + TAG
        is_last = number == self._frames - 1
        self._file.seek(HEADER + number * length)
        sealed = self._file.read(self.size - (number << self._bits) + TAG if is_last else length)
        about = _ABOUT.pack(number, is_last) + (self._trailer if is_last else b"")
        try:
            self._frame = self._cipher.decrypt(_nonce(number), sealed, about)
        except InvalidTag:
            raise self.fault(f"frame {number} does not open") from None
        self._kept = number


def open_file(
    path: Path,
    keys: KeyFor | None,
    sha256: str | None = None,
    fault: Callable[[str], Exception] = SealBroken,
) -> io.BufferedReader:
    """The content of a file: sealed where there are keys, as it lies where there are none.

    Args:
        path: The file.
        keys: The key of a context; None for a plain file.
        sha256: What the content must be, where that is known.
        fault: Makes the error for damage that is found while it is read, after this call.

    Raises:
        SealBroken: See `Reader`.
        OSError: It cannot be read.
    """
    if keys is None:
        return path.open("rb")
    file = path.open("rb", buffering=0)
    try:
        reader = Reader(cast(BinaryIO, file), keys, sha256)
        reader.fault = fault
    except BaseException:
        file.close()
        raise
    return io.BufferedReader(reader, 1 << 16)


def only(key: Key | None) -> KeyFor | None:
    """Keys where one is all there is: another context is somebody else's file."""
    if key is None:
        return None

    def find(context: str) -> Key:
        if context != key.context:
            raise SealBroken("sealed for another job")
        return key

    return find


@contextmanager
def writing(file: BinaryIO, key: Key | None) -> Iterator[BinaryIO]:
    """Where content is written to: the file itself without a key, else sealed into it.

    The seal is whole when the block ends without an error.
    """
    if key is None:
        yield file
        return
    writer = Writer(file, key)
    buffered = io.BufferedWriter(writer, 1 << 16)
    yield cast(BinaryIO, buffered)
    buffered.flush()
    writer.finish()
