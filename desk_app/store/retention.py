"""Life after the receipt: what leaves this computer once the province's store holds it.

    done ──N days after the last receipt──▶ purged: marked in one transaction ──▶ files removed

A dossier goes only as a whole, and only when every signed file of it has a receipt for exactly our
bytes. What stays are its code, procedure and papers, hashes, receipts, counts and the audit chain:
figures, look-ups by hash and `desk show` go on telling the truth. Removing the files comes after
the commit; a removal that was cut off is finished by the next one.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from desk_app.errors import DeskError, NotAllowed
from desk_app.store import search
from desk_app.store.blob_rows import is_wanted
from desk_app.store.blobs import storage_faults
from desk_app.store.database import Change, Store

if TYPE_CHECKING:
    import sqlite3

RECENT_RECORDS = 1000
"""So many of the newest records tell what time it has been."""
FORGOTTEN_S = 24 * 3600.0
"""A file that no row knows is removed after so long: a younger one may be about to be recorded."""
BATCH = 100
"""Files that are removed while the others wait."""
_NAME = re.compile(r"[0-9a-f]{64}")
_PART = re.compile(r"\..{1,80}\.part")
REGISTER = "+register"
"""Ends the target of a registration (desk_app.submission.queue)."""


def purge_lock(data: Path) -> Path:
    """Held by whoever removes files, and by a backup that must find all of them."""
    return data / "locks" / "purge"


class ClockBehind(DeskError):
    """The station's clock shows a time before what was recorded already."""

    code = "CLOCK_BEHIND"
    vi_text = "Đồng hồ máy ({now}) chậm hơn bản ghi mới nhất ({newest}) nên chưa xóa gì."
    en_text = (
        "The station's clock ({now}) is behind the newest record ({newest}); nothing was removed."
    )
    next_vi_text = "Chỉnh lại ngày giờ của máy rồi chạy lại ./desk purge."
    next_en_text = "Set the date and time of this computer, then run ./desk purge again."


class LocalCopyGone(NotAllowed):
    """The dossier is in the province's store and no longer on this computer."""

    code = "PURGED"
    vi_text = "Bản trên máy của hồ sơ {dossier} đã được xóa ngày {day} sau khi kho xác nhận đủ tệp."
    en_text = (
        "The local copy of dossier {dossier} was removed on {day}, after the store confirmed all "
        "of it."
    )
    next_vi_text = "Lấy tệp từ kho của tỉnh; mã tệp và biên nhận: ./desk show {dossier}."
    next_en_text = "Fetch the files from the province's store; receipts: ./desk show {dossier}."


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a dossier stays."""

    code: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finished dossier whose time has come, unless something keeps it."""

    dossier_id: str
    code: str
    receipt_at: datetime
    """The later of the store's and the station's word on the last file."""
    obstacle: Obstacle | None = None


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge took from this computer; the row stays with the dossier."""

    dossier_id: str
    code: str
    at: str
    actor: str
    keep_days: int
    receipt_at: str
    files: int
    """Signed files, each with its receipt."""
    pages: int
    fields: int
    blobs: int
    """Files of the data folder."""
    bytes: int
    cleared_at: str | None
    """When the last of them was removed; None while that goes on."""


# --- what was purged --------------------------------------------------------------------------


_PURGED = "SELECT g.*, d.code FROM purge g JOIN dossier d ON d.id = g.dossier_id"


def of(store: Store, dossier_id: str) -> Purged | None:
    """What was purged of a dossier; None where it is all here."""
    row = store.row(f"{_PURGED} WHERE g.dossier_id = ?", dossier_id)
    return _purged(row) if row else None


def unfinished(store: Store) -> list[Purged]:
    """Purges whose files are not all removed yet."""
    return [_purged(row) for row in store.rows(f"{_PURGED} WHERE g.cleared_at IS NULL")]


def require_here(store: Store, dossier_id: str) -> None:
    """Refuse in words what needs the local copy of a dossier.

    Raises:
        LocalCopyGone: it was purged.
    """
    if (gone := of(store, dossier_id)) is not None:
        raise LocalCopyGone(dossier=gone.code, day=gone.at[:10])


def _purged(row: sqlite3.Row) -> Purged:
    return Purged(**{name: row[name] for name in Purged.__dataclass_fields__})


# --- what may go ------------------------------------------------------------------------------


def check_clock(store: Store) -> None:
    """Refuse to count days by a clock that contradicts the records.

    Raises:
        ClockBehind: a record is younger than now.
    """
    row = store.row(
        "SELECT max(ts) FROM (SELECT ts FROM audit_event ORDER BY seq DESC LIMIT ?)",
        RECENT_RECORDS,
    )
    now = store.now()
    newest = row[0] if row and row[0] else now
    if datetime.fromisoformat(now) < datetime.fromisoformat(newest):
        raise ClockBehind(now=now[:19], newest=newest[:19])


def candidates(store: Store, days: int) -> Iterator[Candidate]:
    """Finished dossiers whose last receipt is so many days old, oldest first."""
    now = datetime.fromisoformat(store.now())
    # A day more, because texts with other offsets compare wrongly; the exact look follows.
    latest = (now - timedelta(days=days) + timedelta(days=1)).isoformat()
    rows = store.rows(
        "SELECT id FROM dossier d WHERE state = 'done' AND state_since <= ? AND NOT EXISTS "
        "(SELECT 1 FROM purge g WHERE g.dossier_id = d.id) ORDER BY state_since",
        latest,
    )
    for row in [*rows, *store.rows(_TRAYS)]:
        found = look(store.conn, row["id"], now)
        is_ahead = found.obstacle is not None and found.obstacle.code == "TIME_AHEAD"
        if is_ahead or now - found.receipt_at >= timedelta(days=days):
            yield found


def look(conn: sqlite3.Connection, dossier_id: str, now: datetime) -> Candidate:
    """A finished dossier with what keeps it, if anything does."""
    dossier = conn.execute("SELECT * FROM dossier WHERE id = ?", (dossier_id,)).fetchone()
    tray = conn.execute(f"{_TRAYS} AND b.tray_id = ?", (dossier_id,)).fetchone()
    if tray is not None:
        since = datetime.fromisoformat(tray["receipt_at"])
        return Candidate(dossier_id, dossier["code"], since, _of_scans(conn, dossier, []))
    files = conn.execute(_FILES, (f"%{REGISTER}", dossier_id)).fetchall()
    times = [when for file in files for when in _times(file)]
    times.append(datetime.fromisoformat(dossier["state_since"]))
    obstacle = next(
        (found for check in (_of_files, _of_queue, _of_scans, _of_reuse)
         if (found := check(conn, dossier, files)) is not None), None,
    )  # fmt: skip
    if obstacle is None and max(times) > now:
        obstacle = Obstacle(
            "TIME_AHEAD", "biên nhận mang thời gian ở tương lai; kiểm tra đồng hồ máy và kho",
            "its receipt is dated in the future; look at the clocks of station and store",
        )  # fmt: skip
    return Candidate(dossier_id, dossier["code"], max(times), obstacle)


_TRAYS = """
SELECT b.tray_id AS id, (SELECT max(g.receipt_at) FROM batch_page m JOIN page p ON p.id = m.page_id
  JOIN purge g ON g.dossier_id = p.dossier_id WHERE m.batch_id = b.id) AS receipt_at
FROM batch b WHERE b.state = 'closed' AND receipt_at IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM purge g WHERE g.dossier_id = b.tray_id)
AND NOT EXISTS (SELECT 1 FROM page p WHERE p.dossier_id = b.tray_id
  AND coalesce(json_extract(p.clerk, '$.set_aside'), p.set_aside) = 0)
AND NOT EXISTS (SELECT 1 FROM batch_page m JOIN page p ON p.id = m.page_id
  WHERE m.batch_id = b.id AND p.dossier_id <> b.tray_id
  AND NOT EXISTS (SELECT 1 FROM purge g WHERE g.dossier_id = p.dossier_id))
"""
"""Trays of closed batches: all dossiers of the pile are purged, what is left lies aside."""

_FILES = """
SELECT m.title, m.signed_sha256 AS sha256, b.size, u.receipt, u.done_at FROM document m
LEFT JOIN blob b ON b.sha256 = m.signed_sha256
LEFT JOIN upload u ON u.key = m.signed_sha256 AND u.state = 'done' AND u.target NOT LIKE ?
WHERE m.dossier_id = ? ORDER BY m.ordinal
"""


def _times(file: sqlite3.Row) -> Iterator[datetime]:
    """When a file was stored, by our clock and by the store's, where they can be read."""
    said = json.loads(file["receipt"])["stored_at"] if file["receipt"] else ""
    for text in (file["done_at"], said):
        try:
            yield datetime.fromisoformat(text or "").astimezone()
        except (ValueError, OverflowError, OSError):
            continue


def _of_files(
    conn: sqlite3.Connection, dossier: sqlite3.Row, files: list[sqlite3.Row]
) -> Obstacle | None:
    if dossier["state"] != "done" or not files:
        return Obstacle("NOT_DONE", "hồ sơ chưa hoàn thành", "the dossier is not done")
    for file in files:
        if file["sha256"] is None or file["receipt"] is None:
            return Obstacle("NO_RECEIPT", f"chưa có biên nhận của kho cho {file['title']}",
                            f"the store's receipt for {file['title']} is missing")  # fmt: skip
        said = json.loads(file["receipt"])
        if (said["key"], said["sha256"], said["size"]) != (
            file["sha256"], file["sha256"], file["size"],
        ):  # fmt: skip
            return Obstacle("RECEIPT_MISMATCH", f"biên nhận không khớp với tệp {file['title']}",
                            f"the receipt is not for our file {file['title']}")  # fmt: skip
    return None


def _of_queue(
    conn: sqlite3.Connection, dossier: sqlite3.Row, files: list[sqlite3.Row]
) -> Obstacle | None:
    waits = conn.execute(
        "SELECT 1 FROM upload WHERE dossier_id = ? AND state NOT IN ('done', 'cancelled')",
        (dossier["id"],),
    ).fetchone()
    if waits is None:
        return None
    return Obstacle("IN_QUEUE", "còn tệp hoặc đăng ký trong hàng đợi",
                    "a file or a registration is still in the queue")  # fmt: skip


def _of_scans(
    conn: sqlite3.Connection, dossier: sqlite3.Row, files: list[sqlite3.Row]
) -> Obstacle | None:
    runs = conn.execute(
        "SELECT 1 FROM scan_job j WHERE j.state = 'running' AND (j.dossier_id = ?1 OR EXISTS "
        "(SELECT 1 FROM page p WHERE p.dossier_id = ?1 AND p.job_id = j.id))",
        (dossier["id"],),
    ).fetchone()
    if runs is None:
        return None
    return Obstacle("SCANNING", "một lần quét của hồ sơ chưa kết thúc",
                    "a scan of the dossier has not ended")  # fmt: skip


def _of_reuse(
    conn: sqlite3.Connection, dossier: sqlite3.Row, files: list[sqlite3.Row]
) -> Obstacle | None:
    row = conn.execute(
        "SELECT d.code FROM reuse r JOIN dossier d ON d.id = r.dossier_id "
        "WHERE r.sha256 IN (SELECT signed_sha256 FROM document WHERE dossier_id = ?1) "
        "AND r.withdrawn_at IS NULL AND d.state <> 'cancelled' AND d.id <> ?1 "
        "AND NOT EXISTS (SELECT 1 FROM purge g WHERE g.dossier_id = d.id)",
        (dossier["id"],),
    ).fetchone()
    if row is None:
        return None
    return Obstacle("REUSED", f"hồ sơ {row['code']} đang dùng lại giấy tờ của hồ sơ này",
                    f"dossier {row['code']} uses a paper of it")  # fmt: skip


# --- the purge --------------------------------------------------------------------------------


def purge(store: Store, dossier_id: str, days: int) -> Purged | Obstacle:
    """Forget a dossier's content in one transaction; its files are removed by `clear`.

    Everything is looked at again inside the transaction: what changed since keeps the dossier.
    """
    store.conn.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    with store.transaction() as change:
        now = datetime.fromisoformat(change.now)
        found = look(change.conn, dossier_id, now)
        if found.obstacle is not None:
            return found.obstacle
        if now - found.receipt_at < timedelta(days=days) or of(store, dossier_id) is not None:
            return Obstacle("TOO_EARLY", "chưa đến hạn", "its time has not come")
        files = _count(change, "document", dossier_id)
        blobs = sorted(_blobs(change.conn, dossier_id))
        change.conn.execute(
            "INSERT INTO purge VALUES(?,?,?,?,?,?,?,0,0,0,NULL)",
            (dossier_id, change.now, store.actor, days, found.receipt_at.isoformat(), files,
             _count(change, "page", dossier_id)),
        )  # fmt: skip
        fields = _forget(change, dossier_id)
        marked = [sha256 for sha256 in blobs if not is_wanted(change.conn, sha256)]
        size = sum(_mark(change, dossier_id, sha256) for sha256 in marked)
        change.conn.execute(
            "UPDATE purge SET fields = ?, blobs = ?, bytes = ? WHERE dossier_id = ?",
            (fields, len(marked), size, dossier_id),
        )
        change.audit(
            "dossier.purge", dossier_id, keep_days=days, files=files, fields=fields,
            blobs=len(marked), shared=len(blobs) - len(marked), bytes=size,
            receipts=_receipts(change.conn, dossier_id),
        )  # fmt: skip
    done = of(store, dossier_id)
    assert done is not None
    return done


def _count(change: Change, table: str, dossier_id: str) -> int:
    row = change.conn.execute(
        f"SELECT count(*) FROM {table} WHERE dossier_id = ?", (dossier_id,)
    ).fetchone()
    return int(row[0])


def _receipts(conn: sqlite3.Connection, dossier_id: str) -> list[str]:
    rows = conn.execute(
        "SELECT key FROM upload WHERE dossier_id = ? AND state = 'done' AND target NOT LIKE ? "
        "ORDER BY id",
        (dossier_id, f"%{REGISTER}"),
    )
    return [row["key"] for row in rows]


_BLOBS = """
SELECT sha256 FROM page WHERE dossier_id = :d
UNION SELECT reading_sha256 FROM page WHERE dossier_id = :d
UNION SELECT pdf_sha256 FROM document WHERE dossier_id = :d
UNION SELECT signed_sha256 FROM document WHERE dossier_id = :d
UNION SELECT pdf_sha256 FROM document_version WHERE dossier_id = :d
UNION SELECT signed_sha256 FROM document_version WHERE dossier_id = :d
UNION SELECT coalesce(json_extract(details, '$.sha256'), json_extract(details, '$.reading'))
  FROM audit_event WHERE action IN ('page.read', 'document.pdf', 'document.sign',
  'dossier.describe') AND object IN (SELECT :d UNION SELECT id FROM page WHERE dossier_id = :d
  UNION SELECT 'D-' || id FROM page WHERE dossier_id = :d)
"""


def _blobs(conn: sqlite3.Connection, dossier_id: str) -> set[str]:
    """Every file that was ever made for a dossier: earlier readings and versions included."""
    named = {row[0] for row in conn.execute(_BLOBS, {"d": dossier_id})}
    known = "SELECT sha256 FROM blob WHERE sha256 IN (SELECT value FROM json_each(?))"
    rows = conn.execute(known, (json.dumps(sorted(filter(None, named))),))
    return {row["sha256"] for row in rows}


def _forget(change: Change, dossier_id: str) -> int:
    """What was read, typed and said of a dossier goes; returns the number of its values."""
    conn = change.conn
    of_documents = "document_id IN (SELECT id FROM document WHERE dossier_id = ?)"
    fields = conn.execute(f"DELETE FROM field WHERE {of_documents}", (dossier_id,)).rowcount
    for statement in (
        "UPDATE page SET reading_sha256 = NULL, failure = NULL WHERE dossier_id = ?",
        "DELETE FROM finding WHERE dossier_id = ?",
        "UPDATE review SET reason = '' WHERE dossier_id = ?",
        f"UPDATE document SET verdict = {_VERDICT} WHERE dossier_id = ? AND verdict IS NOT NULL",
        f"UPDATE document_version SET verdict = {_VERDICT} WHERE dossier_id = ? "
        "AND verdict IS NOT NULL",
        "UPDATE dossier SET options = json_remove(options, '$.description', '$.waits_to_sign') "
        "WHERE id = ?",
    ):
        conn.execute(statement, (dossier_id,))
    search.forget_in(change, dossier_id)
    return int(fields)


_VERDICT = (
    "json_object('status', json_extract(verdict, '$.status'), 'path', '', "
    "'reason', json_object('code', json_extract(verdict, '$.reason.code'), "
    "'vi', 'Kết luận khi bản trên máy còn.', 'en', 'As found while the file was here.'), "
    "'warnings', json_array(), 'signatures', json_array())"
)
"""Certificates name people and their numbers: of a verdict only the word stays."""


def _mark(change: Change, dossier_id: str, sha256: str) -> int:
    """Note a file for removal; returns its bytes."""
    conn = change.conn
    conn.execute("DELETE FROM stage_result WHERE output = ?", (sha256,))
    conn.execute(
        "INSERT INTO blob_purged(sha256, dossier_id) VALUES(?,?) "
        "ON CONFLICT(sha256) DO UPDATE SET dossier_id = excluded.dossier_id",
        (sha256, dossier_id),
    )
    row = conn.execute("SELECT size FROM blob WHERE sha256 = ?", (sha256,)).fetchone()
    return int(row["size"])


def clear(store: Store, dossier_id: str) -> int:
    """Remove the files that a purge marked; returns how many. Going on is the same code.

    Writers wait meanwhile, so nobody can refer to a file between the look and its removal.
    """
    removed = 0
    while rows := store.rows(
        "SELECT sha256 FROM blob_purged WHERE dossier_id = ? AND removed_at IS NULL LIMIT ?",
        dossier_id, BATCH,
    ):  # fmt: skip
        with store.transaction() as change:
            removed += sum(_remove(change, row["sha256"]) for row in rows)
    with store.transaction() as change:
        change.conn.execute(
            "UPDATE purge SET cleared_at = ? WHERE dossier_id = ? AND cleared_at IS NULL",
            (change.now, dossier_id),
        )
        change.audit("dossier.cleared", dossier_id, removed=removed)
    return removed


def _remove(change: Change, sha256: str) -> bool:
    mark = change.conn.execute(
        "SELECT 1 FROM blob_purged WHERE sha256 = ? AND removed_at IS NULL", (sha256,)
    ).fetchone()
    if mark is None:  # stored again meanwhile
        return False
    if is_wanted(change.conn, sha256):
        change.conn.execute("DELETE FROM blob_purged WHERE sha256 = ?", (sha256,))
        return False
    change.store.blobs.remove(sha256)
    change.conn.execute(
        "UPDATE blob_purged SET removed_at = ? WHERE sha256 = ?", (change.now, sha256)
    )
    return True


# --- files that nobody knows ------------------------------------------------------------------


def sweep(store: Store, *, forgotten_s: float = FORGOTTEN_S) -> tuple[int, int]:
    """Remove files that no row refers to: a writer was killed, or a removal never reached the disk.

    Args:
        store: The store.
        forgotten_s: Younger files stay: whoever wrote them may be about to record them.

    Returns:
        Files and bytes.
    """
    files = size = 0
    for path, changed in store.blobs.files():
        is_blob = _NAME.fullmatch(path.name) is not None
        is_old = time.time() - changed >= forgotten_s
        if is_old and (is_blob or _PART.fullmatch(path.name)):
            length = _drop(store, path, is_blob=is_blob)
            files, size = files + (length is not None), size + (length or 0)
    if files:
        with store.transaction() as change:
            change.audit("store.sweep", "blobs", files=files, bytes=size)
    return files, size


def _drop(store: Store, path: Path, *, is_blob: bool) -> int | None:
    """Remove one file unless a row knows it; its bytes, or None where it stays."""
    if is_blob and _is_known(store.conn, path.name):
        return None
    with store.transaction() as change, storage_faults():
        if is_blob and _is_known(change.conn, path.name):
            return None
        try:
            length = path.stat().st_size
        except FileNotFoundError:
            return None
        path.unlink()
        return length


def _is_known(conn: sqlite3.Connection, sha256: str) -> bool:
    row = conn.execute(
        "SELECT p.removed_at FROM blob b LEFT JOIN blob_purged p ON p.sha256 = b.sha256 "
        "WHERE b.sha256 = ?",
        (sha256,),
    ).fetchone()
    return row is not None and row["removed_at"] is None
