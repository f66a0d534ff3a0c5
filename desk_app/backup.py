"""A copy of the whole desk in one file, taken while the desk works, and the way back.

The file is a plain tar file (docs/backup.md): `backup.json` first, which says what protects the
rest, then the database, the settings, the blobs and the embedded store as they lie, sealed, and
`manifest.json` last with size and SHA-256 of each, so a file that was cut off is recognised. The
key is not in it but in the escrow copies of its `vault.json`. A restored desk has been checked in
full before it gets its place; a folder with anything in it is never touched.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from desk_app import paths, workspace
from desk_app.errors import (
    Damaged,
    DiskFull,
    Interrupted,
    KeyMissing,
    NotAllowed,
    NotFound,
    UnusableInput,
    VaultLocked,
)
from desk_app.store import audit, vault
from desk_app.store.blobs import CHUNK, Blobs, storage_faults, sync_folder
from desk_app.store.database import FILE_NAME, LATEST, Store, connect, database_faults
from desk_app.store.retention import purge_lock
from desk_app.store.sql import sqlite3
from desk_app.submission.packages import placing

FORMAT = 1
HEADER, MANIFEST = "backup.json", "manifest.json"
PROTECTIONS = ("vault", "none")
"""How the parts are protected: by the key that `vault.json` names, or not at all."""
SETTINGS = "settings.toml"
VAULT = vault.FILE_NAME
FOLDERS = ("store", "demonstration")
"""Of the data folder, beside database and blobs: the embedded store, the demonstration's keys."""
SPARE = 64 << 20
"""Bytes that stay free beside what is written."""
MOST_HEADER, MOST_MANIFEST = 1 << 20, 1 << 30
PAGES = 2000
"""Pages of the database that are copied between two looks at the stop flag: 8 MB."""
_BLOB = re.compile(r"blobs/([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})", re.ASCII)
_STORED = re.compile(
    rf"(?:{'|'.join(FOLDERS)})/(?!.*(?:^|/)\.{{1,2}}(?:/|$))[\w .@+=()/-]{{1,512}}"
)
Notify = Callable[[int, int], None]
"""Bytes done, bytes in all."""
Stopped = Callable[[], bool]
Unlock = Callable[[vault.Marker], bytes]
"""The master key that a vault names, from an escrow copy or behind its passphrase."""


class NoRoom(DiskFull):
    """The copy would not fit."""

    vi_text = "Không đủ chỗ ở {folder}: cần {needed} MB, còn {free} MB. Chưa ghi gì."
    en_text = "Not enough space in {folder}: {needed} MB needed, {free} MB free. Nothing written."
    next_vi_text = "Chọn ổ đĩa khác hoặc giải phóng chỗ rồi làm lại."
    next_en_text = "Choose another disk or free some space, then try again."


class CopyStopped(Interrupted):
    """Stopped by the user; the half-made copy is gone, the desk is as it was."""

    vi_text = "Đã dừng theo yêu cầu. Bản dở dang đã xóa; dữ liệu của bàn làm việc còn nguyên."
    en_text = "Stopped as asked. The unfinished copy is gone; the desk's data are untouched."
    next_vi_text = "Chạy lại lệnh khi sẵn sàng."
    next_en_text = "Run the command again when ready."


@dataclass(frozen=True, slots=True)
class Copy:
    """What a backup holds, or what a restore brought back."""

    path: Path
    records: int
    """Records of the audit chain."""
    blobs: int
    bytes: int
    audit_ok: bool
    first_bad: int | None
    missing: list[str] = field(default_factory=list)
    """Blobs that the desk knows and had lost when the backup was made."""
    damaged: list[str] = field(default_factory=list)
    """Blobs whose bytes no longer were those of their name; not in the backup."""
    escrow: int | None = None
    """Escrow copies of the key: without one it opens nowhere else. None for plain text."""

    @property
    def ok(self) -> bool:
        """Whether all that belongs to the desk is there and unharmed."""
        return self.audit_ok and not self.missing and not self.damaged


# --- out --------------------------------------------------------------------------------------


def back_up(
    data: Path, target: Path, *, notify: Notify = lambda done, total: None,
    stopped: Stopped = lambda: False,
) -> Copy:  # fmt: skip
    """Copy a desk into a new file; whoever works at it goes on working.

    Args:
        data: The data folder.
        target: The new file; readable by this user alone.
        notify: Called as it advances.
        stopped: Asked often; True ends it and leaves nothing.

    Raises:
        NotFound: There is no desk in the folder.
        NotAllowed: The file exists.
        NoRoom: It would not fit.
    """
    if not (data / FILE_NAME).is_file():
        raise NotFound(f"a desk's data in {data}", detail_vi=f"dữ liệu của bàn trong {data}")
    if target.exists():
        raise NotAllowed(f"this file exists: {target}", detail_vi=f"đã có tệp này: {target}")
    store = Store(data)
    try:
        # A purge between the snapshot and the files would leave the copy without them.
        alone = paths.locked(purge_lock(data), wait=True)
        with alone, storage_faults(), workspace.folder(data) as work:
            _room(data, (data / FILE_NAME).stat().st_size)
            snapshot = work / FILE_NAME
            _snapshot(store, snapshot, stopped)
            copy = _pack(store, snapshot, target, notify, stopped)
        with store.transaction() as change:
            change.audit("store.backup", target.name, bytes=copy.bytes, blobs=copy.blobs)
        return copy
    finally:
        store.close()


def _known_blobs(conn: sqlite3.Connection) -> list[sqlite3.Row]:
    """Hash and size of every file that belongs to the desk; what was purged no longer does."""
    knows_purges = conn.execute("SELECT 1 FROM sqlite_schema WHERE name = 'blob_purged'").fetchone()
    gone = "SELECT sha256 FROM blob_purged" if knows_purges else "SELECT NULL WHERE 0"
    return conn.execute(
        f"SELECT sha256, size FROM blob WHERE sha256 NOT IN ({gone}) ORDER BY sha256"
    ).fetchall()


def _snapshot(store: Store, target: Path, stopped: Stopped) -> None:
    """One moment of the database as a single file.

    The source stays inside one read transaction, so writers go on and no step starts over.
    """

    def look(status: int, remaining: int, total: int) -> None:
        if stopped():
            raise CopyStopped()

    conn = store.conn
    target.touch(mode=0o600)
    with database_faults(), contextlib.closing(_opened(target, store.vault)) as copied:
        conn.execute("BEGIN")
        try:
            conn.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            conn.backup(copied, pages=PAGES, progress=look, sleep=0)
        finally:
            conn.execute("ROLLBACK")
        copied.execute("PRAGMA journal_mode = DELETE")


def _pack(store: Store, snapshot: Path, target: Path, notify: Notify, stopped: Stopped) -> Copy:
    with contextlib.closing(_opened(snapshot, store.vault)) as conn:
        report = audit.verify(conn)
        rows = _known_blobs(conn)
    extras = _extras(store.folder)
    total = snapshot.stat().st_size + sum(size for _, size in rows)
    total += sum(path.stat().st_size for _, path in extras)
    target.parent.mkdir(parents=True, exist_ok=True)
    _room(target.parent, total)
    with workspace.folder(target.parent) as work:
        made = work / "backup"
        made.touch(mode=0o600)
        with made.open("wb") as stream:
            writer = _Writer(stream, notify, stopped, total)
            writer.add_text(HEADER, {
                "format": FORMAT, "schema": LATEST, "created": store.now(),
                "protection": PROTECTIONS[store.vault.is_plain], "keys": _keys(store),
            })  # fmt: skip
            writer.add(FILE_NAME, snapshot)
            for name, path in extras:
                writer.add(name, path)
            missing, damaged = _add_blobs(writer, store, rows)
            copy = Copy(
                target, report.records, len(rows) - len(missing) - len(damaged), 0, report.ok,
                report.first_bad, missing, damaged, _escrow(store.vault.marker),
            )  # fmt: skip
            facts = {k: v for k, v in asdict(copy).items() if k not in ("path", "bytes")}
            writer.add_text(MANIFEST, {**facts, "files": writer.files})
            writer.close()
            stream.flush()
            os.fsync(stream.fileno())
        size = made.stat().st_size
        placing.publish(made, target)
    return replace(copy, bytes=size)


def _opened(path: Path, opened: vault.Vault) -> sqlite3.Connection:
    return connect(path, opened.database_key())


def _keys(store: Store) -> list[dict[str, str]]:
    """Which key the parts need; the copies of it are in `vault.json`."""
    marker = store.vault.marker
    return [] if store.vault.is_plain else [{"key_id": marker.key_id, "created": marker.created}]


def _escrow(marker: vault.Marker) -> int | None:
    return None if marker.mode == "plain" else len(marker.escrow)


def _extras(data: Path) -> list[tuple[str, Path]]:
    """Settings and the desk's own folders; spool, logs, locks and scratch are not taken."""
    found = [(name, data / name) for name in (VAULT, SETTINGS) if (data / name).is_file()]
    paths = (path for folder in FOLDERS for path in (data / folder).rglob("*"))
    for path in sorted(paths):
        name = path.relative_to(data).as_posix()
        is_whole = not any(part.startswith(".") for part in path.relative_to(data).parts)
        if is_whole and path.is_file() and not path.is_symlink() and _STORED.fullmatch(name):
            found.append((name, path))
    return found


def _add_blobs(
    writer: _Writer, store: Store, rows: list[sqlite3.Row]
) -> tuple[list[str], list[str]]:
    missing, damaged = [], []
    for sha256, _ in rows:
        path = store.blobs.path(sha256)
        if not path.is_file():
            missing.append(sha256)
        elif not store.blobs.is_whole(sha256):
            damaged.append(sha256)
        else:
            writer.add(f"blobs/{sha256[:2]}/{sha256[2:4]}/{sha256}", path)
    return missing, damaged


class _Writer:
    """The parts of a backup, one after the other, each with its hash for the manifest."""

    def __init__(self, stream: IO[bytes], notify: Notify, stopped: Stopped, total: int) -> None:
        self._tar = tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._notify, self._stopped, self._total = notify, stopped, total
        self._done = 0
        self.files: dict[str, list[object]] = {}
        """Size and SHA-256 by path."""

    def add(self, name: str, path: Path) -> None:
        """Add a file as it is at this moment."""
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            source = _Hashed(stream, self._advance)
            self._tar.addfile(_part(name, size), source)
        self.files[name] = [size, source.digest.hexdigest()]

    def add_text(self, name: str, content: dict[str, Any]) -> None:
        """Add a small part of our own."""
        data = json.dumps(content, ensure_ascii=False, indent=1).encode()
        self._tar.addfile(_part(name, len(data)), io.BytesIO(data))

    def close(self) -> None:
        """Write the end of the tar file."""
        self._tar.close()

    def _advance(self, size: int) -> None:
        if self._stopped():
            raise CopyStopped()
        self._done += size
        self._notify(min(self._done, self._total), self._total)


class _Hashed(io.RawIOBase):
    """A stream that computes the hash of what is read through it."""

    def __init__(self, stream: IO[bytes], advance: Callable[[int], None]) -> None:
        self._stream, self._advance = stream, advance
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        piece = self._stream.read(size)
        self.digest.update(piece)
        self._advance(len(piece))
        return piece


def _part(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def _room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        raise NoRoom(folder=folder, needed=(needed + SPARE) >> 20, free=free >> 20)


# --- and back ---------------------------------------------------------------------------------


def restore(
    file: Path, data: Path, *, unlock: Unlock | None = None,
    notify: Notify = lambda done, total: None, stopped: Stopped = lambda: False,
) -> Copy:  # fmt: skip
    """Bring a desk back into a new data folder: checked in full, or not at all.

    Where this user has the key it just opens. Elsewhere `unlock` brings the master key from an
    escrow copy; it is then kept for this user. The plain backup of an earlier version becomes an
    encrypted desk.

    Args:
        file: A backup.
        data: The data folder to make; it must not exist or be empty.
        unlock: Gives the master key that a vault names; None where nobody can be asked.
        notify: Called as it advances.
        stopped: Asked often; True ends it and leaves nothing.

    Raises:
        NotFound: There is no such file.
        NotAllowed: The folder holds something.
        NoRoom: It would not fit.
        UnusableInput: It is no backup, is cut off, or was changed; the text says where.
        KeyMissing: This user has no key for it, and nobody could be asked.
        WrongSecret: What was given does not open it.
    """
    if not file.is_file():
        raise NotFound(str(file))
    _refuse_used(data)
    with storage_faults():
        data.parent.mkdir(parents=True, exist_ok=True)
        size = file.stat().st_size
        _room(data.parent, size)
        with workspace.folder(data.parent) as work:
            made = work / "data"
            made.mkdir(mode=0o700)
            manifest = _unpack(file, made, lambda done: notify(min(done, size), size), stopped)
            _open_vault(made, unlock)
            copy = _proven(made, data, manifest, size, file)
            if hasattr(os, "sync"):
                os.sync()
            _refuse_used(data)
            if data.exists():
                data.rmdir()
            made.rename(data)
        sync_folder(data.parent)
    return copy


def _open_vault(made: Path, unlock: Unlock | None) -> None:
    """Have the key at hand for this user, whatever the backup's station kept it in."""
    marker = vault.read_marker(made)
    if marker is None:
        from desk_app.store import conversion

        conversion.encrypt(made)
        return
    try:
        vault.open_vault(made)
    except (KeyMissing, VaultLocked) as fault:
        if unlock is None:
            raise
        if vault.is_locked(made) and isinstance(fault, VaultLocked):
            # This user has it: the kept key stays as it is, behind its passphrase.
            vault.take({marker.key_id: vault.checked(marker, unlock(marker))})
        else:
            vault.install(made, marker, unlock(marker))


def _refuse_used(data: Path) -> None:
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise NotAllowed(
            f"the folder is not empty: {data}", detail_vi=f"thư mục không trống: {data}"
        )


def _unpack(
    file: Path, made: Path, advance: Callable[[int], None], stopped: Stopped
) -> dict[str, Any]:
    """Write every part and compare it with the manifest, which comes last."""
    found: dict[str, list[object]] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(file, "r:") as tar:
            header = _header(tar, file)
            for part in tar:
                if part is header:
                    continue
                if part.name == MANIFEST and manifest is None:
                    manifest = _text(tar, part, MOST_MANIFEST, file)
                    continue
                _refuse_part(part, found, manifest, file)
                found[part.name] = _write_part(tar, part, made / part.name, stopped)
                advance(part.offset_data + part.size)
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as fault:
        raise _unusable(
            file, f"damaged ({type(fault).__name__})", f"hỏng ({type(fault).__name__})"
        ) from fault
    if manifest is None:
        raise _unusable(file, "it is cut off", "bị cắt cụt")
    _compare(found, manifest, file)
    return manifest


def _compare(found: dict[str, list[object]], manifest: dict[str, Any], file: Path) -> None:
    wanted = manifest.get("files")
    if not isinstance(wanted, dict) or FILE_NAME not in wanted:
        raise _unusable(file, MANIFEST)
    for name in sorted(set(wanted) | set(found)):
        if found.get(name) != wanted.get(name):
            raise _unusable(
                file, f"{name} was changed or is missing", f"{name} đã thay đổi hoặc mất"
            )


def _header(tar: tarfile.TarFile, file: Path) -> tarfile.TarInfo:
    first = tar.next()
    if first is None or first.name != HEADER:
        raise _unusable(file, "not a backup", "không phải bản sao lưu")
    header = _text(tar, first, MOST_HEADER, file)
    is_newer = header.get("format") != FORMAT or str(header.get("schema", "")) > LATEST
    if is_newer or header.get("protection") not in PROTECTIONS:
        raise _unusable(file, "made by a newer version", "do phiên bản mới hơn tạo")
    return first


def _text(tar: tarfile.TarFile, part: tarfile.TarInfo, most: int, file: Path) -> dict[str, Any]:
    stream = tar.extractfile(part) if part.isreg() and part.size <= most else None
    if stream is None:
        raise _unusable(file, part.name[:80])
    found = json.loads(stream.read())
    if not isinstance(found, dict):
        raise _unusable(file, part.name[:80])
    return found


def _refuse_part(
    part: tarfile.TarInfo, found: dict[str, list[object]], manifest: object, file: Path
) -> None:
    is_known = part.name in (FILE_NAME, SETTINGS, VAULT) or any(
        pattern.fullmatch(part.name) for pattern in (_BLOB, _STORED)
    )
    is_plain = part.isreg() and not part.issparse()
    if manifest is not None or not is_known or not is_plain or part.name in found:
        raise _unusable(
            file, f"an unknown part {part.name[:80]!r}", f"có phần lạ {part.name[:80]!r}"
        )


def _write_part(
    tar: tarfile.TarFile, part: tarfile.TarInfo, target: Path, stopped: Stopped
) -> list[object]:
    stream = tar.extractfile(part)
    digest, size = hashlib.sha256(), 0
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("xb") as out:
        if os.name == "posix":
            os.fchmod(out.fileno(), 0o600)
        while stream and (piece := stream.read(CHUNK)):
            if stopped():
                raise CopyStopped()
            out.write(piece)
            digest.update(piece)
            size += len(piece)
    return [size, digest.hexdigest()]


def _proven(made: Path, data: Path, manifest: dict[str, Any], size: int, file: Path) -> Copy:
    """Integrity of the database, the audit chain and the blobs; then the restore is recorded."""
    opened = vault.open_vault(made)
    with database_faults(), contextlib.closing(_opened(made / FILE_NAME, opened)) as conn:
        said = [row[0] for row in conn.execute("PRAGMA integrity_check")]
        if said != ["ok"] or conn.execute("PRAGMA foreign_key_check").fetchone():
            raise _unusable(file, f"{FILE_NAME}: {str(said[0])[:120]}", f"{FILE_NAME} bị hỏng")
        report = audit.verify(conn)
        rows = _known_blobs(conn)
    known = manifest.get("records"), manifest.get("audit_ok"), manifest.get("first_bad")
    if (report.records, report.ok, report.first_bad) != known:
        raise _unusable(
            file, f"the audit chain, {report.first_bad}", f"nhật ký kiểm toán, {report.first_bad}"
        )
    missing, damaged = list(manifest["missing"]), list(manifest["damaged"])
    lost = {*missing, *damaged}
    blobs = Blobs(made / "blobs", opened.keys)
    for sha256, length in rows:
        if sha256 not in lost and not _opens(blobs, sha256, length):
            raise _unusable(file, f"blobs {sha256[:12]}")
    store = Store(made)
    with store.transaction() as change:
        change.audit("store.restore", data.name, blobs=len(rows) - len(lost), bytes=size)
    store.close()
    return Copy(data, report.records, len(rows) - len(lost), size, report.ok, report.first_bad,
                missing, damaged, _escrow(opened.marker))  # fmt: skip


def _opens(blobs: Blobs, sha256: str, length: int) -> bool:
    """Whether a blob is there in its length and this desk's key opens it."""
    try:
        with blobs.open(sha256):
            return blobs.size(sha256) == length
    except (NotFound, Damaged):
        return False


def _unusable(file: Path, en: str, vi: str = "") -> UnusableInput:
    return UnusableInput(en, detail_vi=vi, file=file.name)
