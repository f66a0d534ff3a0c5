"""What the signing key says of itself before a PIN is typed: tries left, whose, until when.

Asked in a worker process: a token's driver is foreign code that may hang or crash.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from desk_app.records import Text
from desk_app.settings import Settings

READY = ("unlimited", "unknown", "low", "one", "none")
"""Answers after which a login may be tried."""


@dataclass(frozen=True, slots=True)
class KeyState:
    """How the station's key stands."""

    label: str
    """The token's label or the file's name; what the last try is confirmed with."""
    tries: str
    """``unlimited``, ``unknown``, ``low``, ``one``, ``none`` (no PIN is typed here), ``locked`` or
    ``absent``."""
    problem: Text | None = None
    """Why no PIN can be taken now, and what to do."""
    holder: str = ""
    ends: datetime | None = None
    """When the certificate ends, where it can be read without a login."""

    @property
    def is_ready(self) -> bool:
        """Whether a PIN may be asked for."""
        return self.tries in READY


def state(settings: Settings) -> KeyState:
    """Look at the key of the settings without a login; a fault is an answer, too."""
    from signing import keys
    from signing.errors import KeyProblem, KeyUriBad, PinLocked

    try:
        label = keys.label_of(settings.key)
    except KeyUriBad as fault:
        return KeyState(settings.key, "absent", _words(fault))
    if (
        settings.key.startswith("p12:")
        and not Path(keys.parse_key_uri(settings.key).path).is_file()
    ):
        missing = Text(
            f"Không thấy tệp khóa {label}. Kiểm tra khóa ký trong Cài đặt.",
            f"The key file {label} is not there. Check the signing key in the settings.",
        )
        return KeyState(label, "absent", missing)
    try:
        tries = keys.attempts_left(settings.key)
    except PinLocked as fault:
        return KeyState(label, "locked", _words(fault))
    except KeyProblem as fault:
        return KeyState(label, "absent", _words(fault))
    return _with_holder(settings.key, label, tries)


def _with_holder(uri: str, label: str, tries: str) -> KeyState:
    """The certificate on a token is read without a login; a key file is closed until then."""
    from signing import keys
    from signing.errors import SigningError

    if not uri.startswith("pkcs11:"):
        return KeyState(label, tries)
    try:
        found = [facts for facts in keys.certificates(uri) if facts.usable]
    except SigningError:  # it may show them only after the login
        return KeyState(label, tries)
    if len(found) != 1:
        return KeyState(label, tries)
    return KeyState(label, tries, None, _common_name(found[0].subject), found[0].not_after)


def _common_name(subject: str) -> str:
    """The readable name of an RFC 4514 subject."""
    parts = [part.partition("=") for part in subject.split(",")]
    return next((value for name, _, value in parts if name == "CN"), subject)


def _words(fault: object) -> Text:
    return Text(
        f"{getattr(fault, 'vi', fault)} {getattr(fault, 'next_vi', '')}".strip(),
        f"{getattr(fault, 'en', fault)} {getattr(fault, 'next_en', '')}".strip(),
    )
