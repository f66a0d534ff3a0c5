"""What the engine needs from outside: a key, a timestamp authority, a clock.

Every implementation is handed in by the caller, so that a token, a key file, a remote service
and the simulators of the tests are all the same to the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

from cryptography import x509

VIETNAM = timezone(timedelta(hours=7))
"""Vietnam has one time zone and no summer time; Decree 30/2020 wants it in the mark."""


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """What a key source knows of itself."""

    kind: str
    """``p12`` or ``pkcs11``."""
    label: str
    """File name or token label, for people."""
    ready: bool
    """False once the token was lost or the source closed."""
    attempts: str
    """What the token said of PIN attempts at login: unlimited, unknown, low, one."""
    logins: int
    """How often a secret was sent to the key; one for a whole batch."""


class KeySource(Protocol):
    """A private key that signs and the certificates that speak for it."""

    def __hash__(self) -> int:
        """Sources are told apart by identity."""
        ...

    @property
    def certificate(self) -> x509.Certificate:
        """The signer's certificate."""
        ...

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """Certificates found beside it (intermediates, perhaps the root), in no order."""
        ...

    def sign_raw(self, data: bytes, digest: str) -> bytes:
        """Sign ``data`` (not yet hashed) with PKCS#1 v1.5 or ECDSA over ``digest``.

        Returns:
            The signature as CMS wants it (ECDSA as a DER sequence).
        """
        ...

    def status(self) -> KeyStatus:
        """What is known of the source now; asks no secret."""
        ...

    def close(self) -> None:
        """Log out and forget the key; harmless when repeated."""
        ...


class TimestampPort(Protocol):
    """An RFC 3161 timestamp authority, wherever it runs."""

    def __hash__(self) -> int:
        """Authorities are told apart by identity."""
        ...

    @property
    def name(self) -> str:
        """For messages: a URL or the name of a local authority."""
        ...

    def request(self, query: bytes) -> bytes:
        """Exchange a DER TimeStampReq for a DER TimeStampResp.

        Raises:
            TimestampUnreachable: it did not answer in time or not with a timestamp response.
        """
        ...


class Clock(Protocol):
    """Where the signer's claimed time comes from."""

    def now(self) -> datetime:
        """The current time, with an offset."""
        ...


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """The current time in UTC."""
        return datetime.now(UTC)
