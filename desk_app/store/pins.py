"""PINs of people: kept as scrypt hashes, and how long the next try waits after wrong ones."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import secrets
import unicodedata
from base64 import b64decode, b64encode

from desk_app.errors import UsageError

SHORTEST, LONGEST = 6, 128
"""Characters. Six digits are typed in under two seconds; the growing wait does the rest."""
LOG_N, BLOCK, LANES = 15, 8, 1
"""scrypt: 32 MB and about 0.1 s a try (RFC 7914), on the slow machines of a commune, too."""
FREE_TRIES = 3
FIRST_WAIT_S, LONGEST_WAIT_S = 5, 15 * 60


def check(pin: bytearray) -> None:
    """Refuse what is guessed first.

    Raises:
        UsageError: It is too short, too long, one character over and over, or a run such as 123456.
    """
    text = pin.decode("utf-8", "replace")
    if not SHORTEST <= len(text) <= LONGEST:
        size = f"PIN: {SHORTEST}–{LONGEST}"
        raise UsageError(f"{size} characters", detail_vi=f"{size} ký tự")
    steps = {ord(b) - ord(a) for a, b in itertools.pairwise(text)}
    if steps in ({0}, {1}, {-1}):
        raise UsageError("the PIN is too easy to guess", detail_vi="PIN quá dễ đoán")


def hashed(pin: bytearray) -> str:
    """A PIN as it is kept, with its own salt and the parameters it was made with."""
    salt = secrets.token_bytes(16)
    made = _scrypt(pin, salt, LOG_N, BLOCK, LANES)
    texts = [b64encode(part).decode() for part in (salt, made)]
    return "$".join(["scrypt", str(LOG_N), str(BLOCK), str(LANES), *texts])


def fits(pin: bytearray, kept: str) -> bool:
    """Whether a PIN is the one that was kept; takes as long whichever it is."""
    _, log_n, block, lanes, salt, made = kept.split("$")
    tried = _scrypt(pin, b64decode(salt), int(log_n), int(block), int(lanes))
    return hmac.compare_digest(tried, b64decode(made))


NOBODY = "$".join(["scrypt", str(LOG_N), str(BLOCK), str(LANES), b64encode(bytes(16)).decode(),
                   b64encode(bytes(32)).decode()])  # fmt: skip
"""Fits no PIN: tried for a name that is not there, which then takes as long as one that is."""


def wait_s(failures: int) -> int:
    """Seconds until the next try after so many wrong ones: 5 after the third, then doubled."""
    if failures < FREE_TRIES:
        return 0
    return int(min(FIRST_WAIT_S * 2 ** min(failures - FREE_TRIES, 16), LONGEST_WAIT_S))


def wipe(pin: bytearray) -> None:
    """Overwrite a PIN."""
    for place in range(len(pin)):
        pin[place] = 0


def _scrypt(pin: bytearray, salt: bytes, log_n: int, block: int, lanes: int) -> bytes:
    # The same letters may be typed composed or not; they are the same PIN.
    text = unicodedata.normalize("NFC", pin.decode("utf-8", "replace")).encode()
    return hashlib.scrypt(
        text, salt=salt, n=1 << log_n, r=block, p=lanes, dklen=32,
        maxmem=256 * (1 << log_n) * block * lanes,
    )  # fmt: skip
