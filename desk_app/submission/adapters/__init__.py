"""What the desk asks of a store, whatever it speaks; one module for each kind of store.

A file is named by the sha256 of its bytes, so sending twice is harmless: `begin` of a known key
continues, `finish` of a stored key gives its receipt again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from desk_app.records import Receipt


@dataclass(frozen=True, slots=True)
class Caps:
    """What a store was found to be able to do."""

    resumable: bool
    """A broken upload goes on where it stopped."""
    min_part: int
    """Fewest bytes in one piece, except the last."""
    verifies_sha256: bool
    """The store itself computes the digest of what it holds."""
    conditional_create: bool
    """The store refuses to overwrite."""
    receipt: bool
    """The store keeps a receipt beside the file."""


@dataclass(frozen=True, slots=True)
class Remote:
    """What a store holds under a key."""

    size: int | None
    """Bytes of the whole file; None while the store does not know it."""
    offset: int
    """Bytes that have arrived."""
    sha256: str | None
    """What the store computed when it took the file; None where it never did."""
    complete: bool


@dataclass(frozen=True, slots=True)
class Meta:
    """What a store may know about a file: codes, never names of persons."""

    media: str
    dossier: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """An upload under way; it can be thrown away and begun again at any time."""

    key: str
    size: int
    meta: Meta
    offset: int
    """Bytes that the store already has."""
    token: str = ""
    """How the store calls this upload, where it has a name of its own for it."""


Beat = Callable[[int], None]
"""Told of the bytes of a chunk that are on their way; may raise to break off."""


def quiet(_: int) -> None:
    """Nobody listens."""


class StoreAdapter(Protocol):
    """One store. Every method raises errors of desk_app.submission.errors."""

    name: str

    @property
    def chunk_bytes(self) -> int:
        """How much to hand over next; it may change with the line."""
        ...

    def probe(self) -> Caps:
        """Try out what the store can do; leaves nothing behind."""
        ...

    def stat(self, key: str) -> Remote | None:
        """What the store holds under a key; cheap, trusts the store's own note."""
        ...

    def begin(self, key: str, size: int, meta: Meta) -> Session:
        """Start or go on; never shortens what is there."""
        ...

    def send(self, session: Session, offset: int, chunk: bytes, beat: Beat = quiet) -> int:
        """Hand over the bytes at `offset`; returns the new offset."""
        ...

    def finish(self, session: Session) -> Receipt:
        """Make the file part of the store; a second time gives the same receipt."""
        ...

    def fetch(self, key: str) -> Iterator[bytes]:
        """The stored bytes, in pieces."""
        ...

    def address(self, key: str) -> str:
        """Where others find the file, for the registration."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class HandOver(Protocol):
    """A store whose receipts come back later, on a medium."""

    def returned(self) -> list[str]:
        """Keys of the files whose receipts have arrived."""
        ...
