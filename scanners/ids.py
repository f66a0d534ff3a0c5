"""Page and job ids: ULIDs, sortable by time, monotonic within a process.

128 bits as 26 letters of Crockford's base 32: 48 bits of milliseconds, 80 random bits. Names built
from counters are reused sooner or later and overwrite a page; these are not.
"""

from __future__ import annotations

import re
import secrets
import threading
import time

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PATTERN = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def encode(value: int) -> str:
    """Write a 128-bit number as a ULID."""
    if not 0 <= value < 1 << 128:
        raise ValueError("a ULID has 128 bits")
    return "".join(ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


def decode(text: str) -> int:
    """The 128-bit number of a ULID.

    Raises:
        ValueError: The text is not a ULID.
    """
    if not is_ulid(text):
        raise ValueError(f"not a ULID: {text[:40]!r}")
    value = 0
    for letter in text:
        value = value << 5 | ALPHABET.index(letter)
    return value


def is_ulid(text: str) -> bool:
    """Whether the text has the form of a ULID."""
    return _PATTERN.fullmatch(text) is not None


class UlidFactory:
    """Hands out ids that only grow, also within one millisecond and when the clock steps back."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def new(self, now_ms: int | None = None) -> str:
        """The next id; `now_ms` is the time in ms since 1970 (the clock's if not given)."""
        stamp = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        fresh = (stamp & (1 << 48) - 1) << 80 | secrets.randbits(80)
        with self._lock:
            self._last = fresh if fresh > self._last else self._last + 1
            return encode(self._last)


_factory = UlidFactory()


def new_id() -> str:
    """A new ULID."""
    return _factory.new()
