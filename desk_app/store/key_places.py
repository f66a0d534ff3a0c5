"""Where a data folder's key lies: the system's keyring, or a file that only this user can read.

Never in the data folder. What is kept is a short JSON text by key id. The keyring is asked with a
time limit, because a session bus that has died answers never, and its library is imported only
where a key is made or lies there.
"""

from __future__ import annotations

import contextlib
import os
import queue
import secrets
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from desk_app.errors import KeyMissing, VaultLocked
from desk_app.store.blobs import storage_faults, sync_folder

Where = Literal["keyring", "file"]
SERVICE = "desk"
"""The service name of the keyring's entries; their user name is the key id."""
ANSWER_S = 5.0
PROMPT_S = 60.0
"""Where there is a screen, the keyring may first ask the user for its own password."""
_UNUSABLE = ("keyring.backends.fail", "keyring.backends.null")


def folder() -> Path:
    """The folder of the key files: `$XDG_CONFIG_HOME/desk/keys`, `%APPDATA%` on Windows."""
    if sys.platform == "win32":
        base = os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming"
    else:
        base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "desk" / "keys"


def file_of(key_id: str) -> Path:
    """The file of a key that lies in a file."""
    return folder() / f"{key_id}.key"


def put(key_id: str, text: str, where: Where | None = None) -> Where:
    """Keep a key's text durably; in the keyring where one is usable, unless told where.

    Raises:
        StorageError: The key file cannot be written.
        VaultLocked: It was to go into the keyring and that does not take it.
    """
    if where != "file":
        if _put_in_keyring(key_id, text):
            return "keyring"
        if where == "keyring":
            raise _no_answer()
    _put_in_file(file_of(key_id), text)
    return "file"


def get(key_id: str, where: Where) -> str:
    """A key's text.

    Raises:
        KeyMissing: This user has no such key.
        VaultLocked: The keyring does not open or answer.
        StorageError: The key file cannot be read.
    """
    found = _from_keyring(key_id) if where == "keyring" else _from_file(file_of(key_id))
    if found is None:
        raise KeyMissing(key_id)
    return found


def drop(key_id: str, where: Where) -> None:
    """Forget a key that was moved to the other place."""
    if where == "file":
        with storage_faults():
            file_of(key_id).unlink(missing_ok=True)
        return
    with contextlib.suppress(VaultLocked):
        _asked(lambda ring: ring.delete_password(SERVICE, key_id), ANSWER_S)


def faults(key_id: str) -> list[str]:
    """What is wrong with the permissions of the key file and its folder; for the self-test."""
    if os.name != "posix":
        return []
    found = []
    for path, allowed in ((folder(), 0o700), (file_of(key_id), 0o600)):
        try:
            facts = path.stat()
        except OSError:
            continue
        mode = stat.S_IMODE(facts.st_mode)
        if mode & ~allowed or facts.st_uid != os.getuid():
            found.append(f"{path}: {mode:04o}, {allowed:04o}")
    return found


# --- the key file -----------------------------------------------------------------------------


def _put_in_file(path: Path, text: str) -> None:
    with storage_faults():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name == "posix":
            path.parent.chmod(0o700)
        write_durably(path, text.encode())
        sync_folder(path.parent.parent)


def write_durably(path: Path, data: bytes) -> None:
    """Put a small file in its place, whole or not at all, readable by this user alone.

    Raises:
        OSError: It cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def _from_file(path: Path) -> str | None:
    try:
        with storage_faults():
            return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""  # not JSON either: the vault says that it is damaged
    except Exception as fault:
        if isinstance(fault.__cause__, FileNotFoundError | NotADirectoryError):
            return None
        raise


# --- the keyring ------------------------------------------------------------------------------


def _put_in_keyring(key_id: str, text: str) -> bool:
    """Whether the keyring took it and gives it back."""

    def keep(ring: Any) -> bool:  # noqa: ANN401 - a backend of the keyring library
        ring.set_password(SERVICE, key_id, text)
        return bool(ring.get_password(SERVICE, key_id) == text)

    try:
        return bool(_asked(keep, ANSWER_S))
    except VaultLocked:
        return False


def _from_keyring(key_id: str) -> str | None:
    has_screen = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    found = _asked(
        lambda ring: ring.get_password(SERVICE, key_id), PROMPT_S if has_screen else ANSWER_S
    )
    return None if found is None else str(found)


def _asked(call: Callable[[Any], object], seconds: float) -> object:
    """The answer of the keyring, or VaultLocked where there is none in time."""
    if not _may_have_keyring():
        raise VaultLocked("there is no system keyring", detail_vi="không có kho khóa hệ thống")
    answers: queue.SimpleQueue[tuple[bool, object]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put((True, _with_backend(call)))
        except Exception as fault:  # each backend has errors of its own
            answers.put((False, fault))

    threading.Thread(target=ask, name="keyring", daemon=True).start()
    try:
        done, value = answers.get(timeout=seconds)
    except queue.Empty:
        raise _no_answer() from None
    if not done:
        assert isinstance(value, Exception)
        kind = type(value).__name__
        raise VaultLocked(f"the keyring: {kind}", detail_vi=f"kho khóa hệ thống: {kind}") from value
    return value


def _no_answer() -> VaultLocked:
    return VaultLocked("the keyring does not answer", detail_vi="kho khóa hệ thống không trả lời")


def _may_have_keyring() -> bool:
    """Whether it is worth importing the library: on Linux all depends on the session bus."""
    if os.environ.get("PYTHON_KEYRING_BACKEND", "").startswith(_UNUSABLE):
        return False
    if not sys.platform.startswith("linux"):
        return True
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    has_bus = bool(runtime) and Path(runtime or "", "bus").exists()
    return bool(os.environ.get("DBUS_SESSION_BUS_ADDRESS")) or has_bus


def _with_backend(call: Callable[[Any], object]) -> object:
    import keyring

    ring = keyring.get_keyring()
    if not _is_usable(ring):
        raise RuntimeError(type(ring).__module__)
    return call(ring)


def _is_usable(ring: Any) -> bool:  # noqa: ANN401
    """Whether a backend protects what it keeps; a chain is as good as what it is made of."""
    if type(ring).__module__.startswith(_UNUSABLE):
        return False
    if type(ring).__module__ == "keyring.backends.chainer":
        return any(_is_usable(each) for each in ring.backends)
    return bool(ring.priority >= 1)
