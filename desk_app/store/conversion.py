"""A data folder in plain text becomes an encrypted one: in place, whatever interrupts it.

`vault.json` first says "encrypting", and nothing opens the folder until it says "encrypted". Each
file is replaced by its sealed copy only after that was read back in full, so at every moment each
content is there once at least; a run that was cut off is run again and skips what is done.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from desk_app.errors import DiskFull, NotAllowed, StorageError
from desk_app.paths import locked
from desk_app.store import vault
from desk_app.store.blobs import CHUNK, storage_faults, sync_folder
from desk_app.store.sql import sqlite3
from scanners import sealed
from scanners.journal import DOUBTFUL_DIR, parse_name

PART = ".sealing"
SPARE = 64 << 20
_LOCK = ".encrypting"


@dataclass(frozen=True, slots=True)
class Converted:
    """What became of a folder."""

    files: int
    """Files that were sealed in this run."""
    bytes: int
    marker: vault.Marker


def encrypt(
    folder: Path, notify: Callable[[int, int], None] = lambda done, total: None
) -> Converted:
    """Encrypt a data folder that is in plain text; no program may be at work in it.

    Args:
        folder: The data folder.
        notify: Files done, files in all.

    Raises:
        NotAllowed: It is encrypted, or a program is at work in it.
        DiskFull: There is no room for a second copy of the largest part.
        StorageError: Something cannot be read or written; run it again.
    """
    with locked(folder / _LOCK) as ours:
        if not ours:
            raise NotAllowed("it is being encrypted", detail_vi="đang được mã hóa")
        opened = _begin(folder)
        plain = list(_plain_files(folder))
        _require_room(folder)
        size = 0
        for done, (path, context) in enumerate(plain, start=1):
            size += path.stat().st_size
            _seal(path, opened.key(context))
            notify(done, len(plain) + 1)
        _encrypt_database(folder, opened)
        marker = replace(opened.marker, mode="encrypted")
        vault.write_marker(folder, marker)
        notify(len(plain) + 1, len(plain) + 1)
    return Converted(len(plain), size, marker)


def _begin(folder: Path) -> vault.Vault:
    marker = vault.read_marker(folder)
    if marker is not None and marker.mode == "encrypted":
        raise NotAllowed("the folder is encrypted", detail_vi="thư mục đã mã hóa")
    if marker is None and not vault.database_is_plain(folder):
        raise vault.no_marker()
    if marker is None or marker.mode == "plain":
        marker = vault.new_key("encrypting")
        vault.write_marker(folder, marker)
    return vault.Vault(folder, marker, vault.master_of(marker))


def _require_room(folder: Path) -> None:
    database = folder / vault.DATABASE
    needed = (database.stat().st_size if database.exists() else 0) * 11 // 10 + SPARE
    if shutil.disk_usage(folder).free < needed:
        raise DiskFull()


# --- files ------------------------------------------------------------------------------------


def _plain_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """What has to be sealed and is not yet, with the context of its key."""
    for place, context in _places(folder):
        for path in sorted(place):
            if path.is_file() and not path.is_symlink() and not sealed.is_sealed(path):
                yield path, context


def _places(folder: Path) -> Iterator[tuple[Iterator[Path], str]]:
    yield (p for p in (folder / "blobs").glob("??/??/*") if not p.name.startswith(".")), ""
    stored = (folder / "store").rglob("*")
    yield (p for p in stored if p.suffix in (".pdf", ".zip", ".json", ".bin") and _is_stored(p)), ""
    for job in (folder / "spool").glob("*"):
        for place in (job, job / DOUBTFUL_DIR):
            yield (p for p in place.glob("*") if parse_name(p.name)), job.name


def _is_stored(path: Path) -> bool:
    """A stored file, not its receipt."""
    return not path.name.endswith(".receipt.json")


def _seal(path: Path, key: sealed.Key) -> None:
    """Put a sealed file in the place of a plain one, after it was read back."""
    part = path.with_name(f".{path.name}{PART}")
    with storage_faults():
        try:
            with path.open("rb") as source, part.open("wb") as file:
                with sealed.writing(file, key) as content:
                    shutil.copyfileobj(source, content, CHUNK)
                file.flush()
                os.fsync(file.fileno())
            with path.open("rb") as source, sealed.open_file(part, sealed.only(key)) as content:
                before = hashlib.file_digest(source, "sha256").digest()
                if hashlib.file_digest(content, "sha256").digest() != before:
                    raise StorageError(path.name)
            shutil.copymode(path, part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        sync_folder(path.parent)


# --- the database -----------------------------------------------------------------------------


def _encrypt_database(folder: Path, opened: vault.Vault) -> None:
    path = folder / vault.DATABASE
    if not vault.database_is_plain(folder):
        return  # there is none, or an earlier run came as far as this
    part = folder / f".{vault.DATABASE}{PART}"
    part.unlink(missing_ok=True)
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as conn:
            conn.execute("PRAGMA locking_mode = EXCLUSIVE")
            conn.execute("PRAGMA journal_mode = DELETE")  # takes in what the WAL still holds
            conn.execute("BEGIN EXCLUSIVE")
            conn.execute("COMMIT")
            before = _counts(conn)
            conn.execute(f'ATTACH DATABASE ? AS sealed KEY "{opened.database_key()}"', (str(part),))
            conn.execute("SELECT sqlcipher_export('sealed')")
            conn.execute("DETACH DATABASE sealed")
        _prove_database(part, opened, before)
    except sqlite3.DatabaseError as fault:
        part.unlink(missing_ok=True)
        if "locked" in str(fault):
            raise NotAllowed(
                "a program is at work in it", detail_vi="chương trình đang mở"
            ) from fault
        raise StorageError(str(fault)) from fault
    with storage_faults():
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.chmod(0o600)
        part.replace(path)
        sync_folder(folder)


def _prove_database(part: Path, opened: vault.Vault, before: dict[str, int]) -> None:
    from desk_app.store.database import connect

    with contextlib.closing(connect(part, opened.database_key())) as conn:
        said = [row[0] for row in conn.execute("PRAGMA integrity_check")]
        if said != ["ok"] or _counts(conn) != before:
            raise StorageError(f"{vault.DATABASE}: {str(said[0])[:120]}")


def _counts(conn: sqlite3.Connection) -> dict[str, int]:
    names = conn.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
    ).fetchall()
    return {n: conn.execute(f'SELECT count(*) FROM "{n}"').fetchone()[0] for (n,) in names}
