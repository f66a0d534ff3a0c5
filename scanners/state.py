"""What this library remembers between jobs, and which device is in use by which process.

The folder is `SCANNERS_STATE_DIR` if set, else the platform's place for state. It holds no pages
and nothing about people: the certificates of network scanners, and jobs that a killed program left
open on a device.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from scanners.errors import DeviceFault

_SHARED = tempfile.gettempdir()
"""Where every process of a user finds the same claims, wherever its own temporary files go."""


def state_folder() -> Path:
    """Where state lies; not made yet."""
    chosen = os.environ.get("SCANNERS_STATE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", "~")).expanduser() / "scanners"
    return Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser() / "scanners"


def read(name: str) -> dict[str, Any]:
    """A state file's object; empty if it is missing or damaged."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((state_folder() / name).read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def write(name: str, content: dict[str, Any]) -> None:
    """Replace a state file whole.

    Raises:
        OSError: It cannot be written.
    """
    folder = state_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=name, suffix=".part", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    Path(part).replace(folder / name)


def keep_temporary_files_in(folder: Path) -> None:
    """Have whatever drivers keep for a moment lie in a folder, and not on a disk in plain.

    Claims stay where every process looks for them.
    """
    tempfile.tempdir = str(folder)


def claim(name: str, scope: str = "") -> int:
    """Take a device for this process; the claim goes with the returned file descriptor.

    Raises:
        DeviceFault: BUSY, another job has the device; ACCESS_DENIED.
    """
    digest = hashlib.sha256(f"{name}\0{scope}".encode("utf-8", "surrogateescape")).hexdigest()[:24]
    user = os.getuid() if sys.platform != "win32" else 0
    path = Path(_SHARED, f"scanner-{user}-{digest}.lock")
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        fd = os.open(path, flags, 0o600)
    except OSError as error:
        raise DeviceFault("ACCESS_DENIED", raw=f"{path}: {error.strerror}") from error
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(fd)
            raise DeviceFault("BUSY", raw="another job has the device") from error
    return fd
