"""The rows that vouch for blobs, and who refers to one.

A blob is wanted as long as a dossier that is not purged refers to it. Whoever stores bytes again
that a purge has marked takes the mark off, in the transaction that refers to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk_app.errors import StorageError
from desk_app.store.database import Change

if TYPE_CHECKING:
    from desk_app.store.sql import sqlite3


def add_blob_in(change: Change, sha256: str, size: int, media: str) -> None:
    """Record a blob inside the transaction of whatever refers to it.

    Raises:
        StorageError: a purge removed the same bytes since they were stored; do it again.
    """
    change.conn.execute(
        "INSERT INTO blob(sha256, size, media, created_at) VALUES(?,?,?,?) "
        "ON CONFLICT(sha256) DO NOTHING",
        (sha256, size, media, change.now),
    )
    marked = change.conn.execute("DELETE FROM blob_purged WHERE sha256 = ?", (sha256,)).rowcount
    if marked and not change.store.blobs.exists(sha256):
        raise StorageError(
            f"{sha256[:12]} was just removed, try again",
            detail_vi=f"{sha256[:12]} vừa bị xóa, hãy thử lại",
        )


_WANTED = """
SELECT 1 FROM (
  SELECT dossier_id FROM page WHERE sha256 = :s
  UNION ALL SELECT dossier_id FROM page WHERE reading_sha256 = :s
  UNION ALL SELECT dossier_id FROM document WHERE pdf_sha256 = :s
  UNION ALL SELECT dossier_id FROM document WHERE signed_sha256 = :s
  UNION ALL SELECT dossier_id FROM document_version WHERE pdf_sha256 = :s
  UNION ALL SELECT dossier_id FROM document_version WHERE signed_sha256 = :s
  UNION ALL SELECT dossier_id FROM upload WHERE key = :s
  UNION ALL SELECT dossier_id FROM reuse WHERE sha256 = :s AND withdrawn_at IS NULL
  UNION ALL SELECT object FROM audit_event WHERE action = 'dossier.describe'
    AND json_extract(details, '$.sha256') = :s
) AS holder WHERE NOT EXISTS (SELECT 1 FROM purge g WHERE g.dossier_id = holder.dossier_id)
UNION ALL SELECT 1 FROM document_version v WHERE v.signed_sha256 = :s
  AND NOT EXISTS (SELECT 1 FROM upload u WHERE u.key = :s AND u.state = 'done')
LIMIT 1
"""


def is_wanted(conn: sqlite3.Connection, sha256: str) -> bool:
    """Whether a dossier that is not purged refers to a blob.

    A signed file of an earlier version that no store ever took is always wanted: it is the only
    one there is.
    """
    return conn.execute(_WANTED, {"s": sha256}).fetchone() is not None
