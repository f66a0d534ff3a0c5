"""The data folder's key: made, kept outside the folder, and what is derived from it.

`vault.json` in the folder names the key and proves it; it holds no secret but escrow copies
(desk_app.store.escrow), each readable by its owner alone. The order on creation is key, then
`vault.json`, then database: a kill in between leaves a key that nobody needs or a folder that
opens. docs/encryption.md has the formats.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast

from desk_app.errors import (
    KeyMissing,
    NotEncrypted,
    VaultDamaged,
    VaultLocked,
    WrongSecret,
)
from desk_app.paths import locked
from desk_app.store import key_places
from desk_app.store.blobs import storage_faults
from desk_app.store.key_places import Where
from scanners import sealed

FILE_NAME = "vault.json"
DATABASE = "desk.sqlite3"
FORMAT = 1
MASTER_BYTES = 32
Mode = Literal["encrypted", "plain", "encrypting"]
_MODES = ("encrypted", "plain", "encrypting")
_PLAIN_DATABASE = b"SQLite format 3\0"
_LOCK = ".vault.lock"
MOST_BYTES = 1 << 20
"""Of vault.json or a key's text: more is not ours."""

SHORTEST_PASSPHRASE = 8
UNFIT = (WrongSecret, VaultDamaged)
"""What a key raises that is there and is no good."""

_ask: Callable[[Marker], bytes] | None = None
_held: dict[str, bytes] = {}
"""Master keys by id that this process was given or asked a person or the keyring for."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What `vault.json` says."""

    mode: Mode
    key_id: str = ""
    where: Where = "file"
    passphrase: bool = False
    """Whether the kept key is behind a passphrase."""
    check: str = ""
    """Derived from the master key: whether a key is the right one."""
    created: str = ""
    escrow: tuple[dict[str, Any], ...] = ()
    """Copies of the master key for others, each wrapped for its owner."""


@dataclass(frozen=True, slots=True)
class Vault:
    """An open data folder's keys."""

    folder: Path
    marker: Marker
    master: bytes = field(default=b"", repr=False)
    """Empty where the folder is in plain text by an explicit setting."""

    @property
    def is_plain(self) -> bool:
        """Whether the folder is not encrypted, as somebody chose."""
        return self.marker.mode == "plain"

    def database_key(self) -> str | None:
        """SQLCipher's raw key as its PRAGMA takes it; None for plain text."""
        return None if self.is_plain else f"x'{sealed.hkdf(self.master, b'desk database').hex()}'"

    def key(self, context: str = "") -> sealed.Key:
        """What the files of a context are sealed with: the blobs', or a scan job's by its id."""
        return sealed.Key(context, sealed.hkdf(self.master, b"desk seal " + context.encode()))

    @property
    def keys(self) -> sealed.KeyFor | None:
        """The key of any context; None for plain text."""
        return None if self.is_plain else self.key


# --- opening ----------------------------------------------------------------------------------


def open_vault(folder: Path) -> Vault:
    """The vault of a data folder; a new folder gets its key now.

    Args:
        folder: An existing folder.

    Raises:
        NotEncrypted: The folder is an earlier version's, or its conversion was cut off.
        KeyMissing: This user has no key for it.
        VaultLocked: The key is behind a passphrase, or the keyring does not open.
        VaultDamaged: What tells of the key cannot be read.
        StorageError: The folder or the key cannot be read or written.
    """
    marker = read_marker(folder)
    if marker is None:
        with locked(folder / _LOCK, wait=True):
            marker = read_marker(folder) or _create(folder)
    return _opened(folder, marker)


def existing(folder: Path) -> Marker | None:
    """The marker of a folder that holds a desk; None where there is none, or not encrypted yet."""
    try:
        return read_marker(folder)
    except NotEncrypted:
        return None


def _opened(folder: Path, marker: Marker) -> Vault:
    if marker.mode == "encrypting":
        raise NotEncrypted("the encryption was interrupted", detail_vi="chưa mã hóa xong")
    is_plain = database_is_plain(folder)
    if is_plain is not None and is_plain != (marker.mode == "plain"):
        # Somebody who may write here must not make the desk go on in plain text.
        raise VaultDamaged(
            f"{FILE_NAME} does not fit {DATABASE}",
            detail_vi=f"{FILE_NAME} không khớp với {DATABASE}",
        )
    if marker.mode == "plain":
        return Vault(folder, marker)
    return Vault(folder, marker, master_of(marker))


def is_locked(folder: Path) -> bool:
    """Whether a passphrase must be asked for before the folder opens in this process."""
    marker = existing(folder)
    if marker is None or marker.mode != "encrypted" or marker.key_id in _held:
        return False
    if marker.where == "keyring":  # not asked here: it may take its time
        return marker.passphrase
    try:
        return "kdf" in _kept(marker)
    except (KeyMissing, VaultDamaged):  # no passphrase would help
        return False


def unlock(folder: Path, passphrase: bytes) -> None:
    """Take a passphrase for this process and those that it starts.

    Raises:
        WrongSecret: It is not the passphrase.
    """
    marker = read_marker(folder)
    if marker is not None:
        _held[marker.key_id] = checked(marker, unwrapped(marker, passphrase))


def held() -> dict[str, bytes]:
    """Keys for a process that this one starts; they go through a pipe."""
    return dict(_held)


def take(keys: Mapping[str, bytes]) -> None:
    """Take the keys that the parent process holds."""
    _held.update(keys)


def ask_with(ask: Callable[[Marker], bytes] | None) -> None:
    """How a person is asked for a passphrase when a folder is opened; None: nobody is there."""
    global _ask
    _ask = ask


@contextmanager
def asking_nobody() -> Iterator[None]:
    """Look at a vault without a question: behind a passphrase it is locked."""
    global _ask
    before, _ask = _ask, None
    try:
        yield
    finally:
        _ask = before


def forget() -> None:
    """Forget every key that was asked for."""
    _held.clear()


def master_of(marker: Marker) -> bytes:
    """The master key from where this user keeps it.

    Raises:
        KeyMissing, VaultLocked, VaultDamaged: See `open_vault`.
    """
    if marker.key_id in _held:
        return checked(marker, _held[marker.key_id])
    if "kdf" in _kept(marker):  # whatever the marker says: a copy of it may be older
        if _ask is None:
            raise VaultLocked("a passphrase is needed", detail_vi="cần mật khẩu")
        _held[marker.key_id] = checked(marker, _ask(marker))
        return _held[marker.key_id]
    master = unwrapped(marker, b"")
    if marker.where == "keyring":
        _held[marker.key_id] = master
    return checked(marker, master)


def unwrapped(marker: Marker, passphrase: bytes) -> bytes:
    """The master key as this user keeps it, taken out from behind its passphrase.

    Raises:
        KeyMissing, VaultLocked, VaultDamaged: See `open_vault`.
        WrongSecret: It is not the passphrase.
    """
    from desk_app.store import escrow

    kept = _kept(marker)
    try:
        if "kdf" in kept:
            return escrow.open_phrase(kept, passphrase, marker.key_id)
        master = base64.b64decode(kept["key"], validate=True)
    except (KeyError, TypeError, ValueError) as fault:
        raise VaultDamaged(f"{marker.key_id}.key") from fault
    if len(master) != MASTER_BYTES:
        raise VaultDamaged(f"{marker.key_id}.key")
    return master


def _kept(marker: Marker) -> dict[str, Any]:
    return _table(key_places.get(marker.key_id, marker.where), f"{marker.key_id}.key")


def checked(marker: Marker, master: bytes) -> bytes:
    """The key, if it is the one that a folder was made with.

    Raises:
        WrongSecret: It is not.
    """
    if not secrets.compare_digest(check_value(master), marker.check):
        raise WrongSecret(
            f"the key {marker.key_id} does not fit this folder",
            detail_vi=f"khóa {marker.key_id} không khớp với thư mục này",
        )
    return master


def check_value(master: bytes) -> str:
    """Tells whether a key is the right one, and nothing about it."""
    return sealed.hkdf(master, b"desk check", length=16).hex()


# --- making -----------------------------------------------------------------------------------


def _create(folder: Path) -> Marker:
    is_plain = database_is_plain(folder)
    if is_plain:
        raise NotEncrypted(str(folder))
    if is_plain is False:
        raise no_marker()
    marker = Marker("plain", created=_now()) if _wants_plain(folder) else new_key("encrypted")
    write_marker(folder, marker)
    return marker


def no_marker() -> VaultDamaged:
    """The database is encrypted and nothing tells of its key."""
    return VaultDamaged(f"{FILE_NAME} is missing", detail_vi=f"thiếu {FILE_NAME}")


def _no_key_here() -> VaultLocked:
    return VaultLocked("the folder is not encrypted", detail_vi="thư mục không mã hóa")


def _wants_plain(folder: Path) -> bool:
    from desk_app import settings

    return not settings.load(folder).encryption


def new_key(mode: Mode) -> Marker:
    """Make a master key, keep it durably, and say what to write into `vault.json`."""
    master, key_id = secrets.token_bytes(MASTER_BYTES), secrets.token_hex(8)
    where = key_places.put(key_id, key_text(master))
    return Marker(mode, key_id, where, check=check_value(master), created=_now())


def key_text(master: bytes, passphrase: bytes = b"", key_id: str = "") -> str:
    """What is kept of a master key: itself, or itself behind a passphrase."""
    if not passphrase:
        return json.dumps({"format": FORMAT, "key": base64.b64encode(master).decode()})
    from desk_app.store import escrow

    return json.dumps({"format": FORMAT, **escrow.wrap_phrase(master, passphrase, key_id)})


def install(folder: Path, marker: Marker, master: bytes) -> Marker:
    """Keep a master key that came back from escrow for this user.

    Raises:
        WrongSecret: It is another folder's.
    """
    checked(marker, master)
    where = key_places.put(marker.key_id, key_text(master))
    changed = replace(marker, where=where, passphrase=False)
    write_marker(folder, changed)
    return changed


def set_passphrase(folder: Path, passphrase: bytes) -> Marker:
    """Put the kept key behind a passphrase, or take it out again with an empty one.

    What is kept of the key tells by itself whether a passphrase is needed; the marker only says
    so to whoever does not have it.
    """
    marker = open_vault(folder).marker
    if marker.mode != "encrypted":
        raise _no_key_here()
    master = master_of(marker)
    changed = replace(marker, passphrase=bool(passphrase))
    with locked(folder / _LOCK, wait=True):
        key_places.put(marker.key_id, key_text(master, passphrase, marker.key_id), marker.where)
        write_marker(folder, changed)
    _held[marker.key_id] = master
    return changed


def add_escrow(folder: Path, copies: Iterable[dict[str, Any]]) -> Marker:
    """Write escrow copies into `vault.json`, beside those that are there."""
    with locked(folder / _LOCK, wait=True):
        marker = read_marker(folder)
        if marker is None or marker.mode != "encrypted":
            raise _no_key_here()
        changed = replace(marker, escrow=(*marker.escrow, *copies))
        write_marker(folder, changed)
    return changed


# --- vault.json -------------------------------------------------------------------------------


def read_marker(folder: Path) -> Marker | None:
    """What `vault.json` says; None where there is none.

    Raises:
        VaultDamaged: It cannot be understood.
    """
    path = folder / FILE_NAME
    try:
        if path.stat().st_size > MOST_BYTES:
            raise VaultDamaged(FILE_NAME)
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as fault:
        raise VaultDamaged(FILE_NAME) from fault
    except OSError as fault:
        raise VaultDamaged(f"{FILE_NAME}: {fault.strerror}") from fault
    return parse_marker(text)


def parse_marker(text: str) -> Marker:
    """`vault.json` from its text.

    Raises:
        VaultDamaged: It cannot be understood.
    """
    table = _table(text, FILE_NAME)
    try:
        marker = Marker(
            mode=table["mode"], key_id=table["key_id"], where=table["where"],
            passphrase=table["passphrase"], check=table["check"], created=table["created"],
            escrow=tuple(table["escrow"]),
        )  # fmt: skip
    except (KeyError, TypeError) as fault:
        raise VaultDamaged(FILE_NAME) from fault
    is_sound = marker.mode in _MODES and marker.where in ("keyring", "file")
    is_sound = is_sound and all(
        isinstance(each, str) for each in (marker.key_id, marker.check, marker.created)
    )
    is_sound = is_sound and all(isinstance(each, dict) for each in marker.escrow)
    # The id becomes a file name.
    is_sound = is_sound and (marker.mode == "plain" or _is_hex(marker.key_id))
    if not is_sound or not isinstance(marker.passphrase, bool):
        raise VaultDamaged(FILE_NAME)
    return marker


def write_marker(folder: Path, marker: Marker) -> None:
    """Put `vault.json` in its place durably."""
    with storage_faults():
        key_places.write_durably(folder / FILE_NAME, marker_text(marker).encode())


def marker_text(marker: Marker) -> str:
    """`vault.json` as it is written, in the folder and in backups."""
    return json.dumps({
        "format": FORMAT, "mode": marker.mode, "key_id": marker.key_id, "where": marker.where,
        "passphrase": marker.passphrase, "check": marker.check, "created": marker.created,
        "escrow": list(marker.escrow),
    }, ensure_ascii=False, indent=1)  # fmt: skip


def database_is_plain(folder: Path) -> bool | None:
    """Whether the database can be read by anyone; None where there is none yet."""
    try:
        with (folder / DATABASE).open("rb") as file:
            head = file.read(len(_PLAIN_DATABASE))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as fault:
        raise VaultDamaged(f"{DATABASE}: {fault.strerror}") from fault
    return head == _PLAIN_DATABASE if head else None


def _table(text: str, name: str) -> dict[str, Any]:
    try:
        table = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise VaultDamaged(name) from fault
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise VaultDamaged(name)
    return cast("dict[str, Any]", table)


def _is_hex(text: str) -> bool:
    return 0 < len(text) <= 64 and all(letter in "0123456789abcdef" for letter in text)


def _now() -> str:
    from datetime import datetime

    return datetime.now().astimezone().isoformat(timespec="seconds")
