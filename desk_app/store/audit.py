"""The audit chain: every change of state leaves one record that vouches for all before it.

record hash = SHA-256(previous hash ‖ canonical JSON of the record). The head (last number and
hash) is kept apart, so that cutting off the tail is noticed as well. So is cutting off both: what
dossiers, batches and the outbox say of themselves must have its record. Details hold ids, codes
and hashes of files; never names, numbers of persons or secrets.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from desk_app.store.sql import sqlite3

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a walk over the whole chain found."""

    records: int
    ok: bool
    first_bad: int | None
    """Number of the first record that does not fit, or the first one that is missing."""


def append(
    conn: sqlite3.Connection, ts: str, actor: str, action: str, obj: str, details: dict[str, object]
) -> int:
    """Add one record; call it inside the transaction of the change that it tells of."""
    if not conn.in_transaction:
        raise RuntimeError("an audit record belongs in the transaction of its change")
    head = conn.execute("SELECT seq, hash FROM audit_head WHERE id = 1").fetchone()
    seq, prev = (head[0] + 1, head[1]) if head else (1, GENESIS)
    text = json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = _digest(prev, (seq, ts, actor, action, obj, text))
    conn.execute(
        "INSERT INTO audit_event VALUES(?,?,?,?,?,?,?,?)",
        (seq, ts, actor, action, obj, text, prev, digest),
    )
    conn.execute(
        "INSERT INTO audit_head VALUES(1, ?, ?) "
        "ON CONFLICT(id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
        (seq, digest),
    )
    return seq


def verify(conn: sqlite3.Connection) -> AuditReport:
    """Walk the chain from its first record to its head."""
    expected, prev = 1, GENESIS
    rows = conn.execute(
        "SELECT seq, ts, actor, action, object, details, prev_hash, hash "
        "FROM audit_event ORDER BY seq"
    )
    for *record, prev_hash, digest in rows:
        if record[0] != expected or prev_hash != prev or not _fits(prev, record, digest):
            return AuditReport(_count(conn), False, expected)
        expected, prev = expected + 1, digest
    head = conn.execute("SELECT seq, hash FROM audit_head WHERE id = 1").fetchone()
    if (tuple(head) if head else (0, GENESIS)) != (expected - 1, prev):
        return AuditReport(_count(conn), False, expected)
    if conn.execute(_UNRECORDED).fetchone()[0]:
        return AuditReport(expected - 1, False, expected)
    return AuditReport(expected - 1, True, None)


_UNRECORDED = """
SELECT EXISTS (SELECT 1 FROM dossier d LEFT JOIN batch b ON b.tray_id = d.id WHERE NOT EXISTS (
    SELECT 1 FROM audit_event a WHERE a.object = coalesce(b.id, d.id)
    AND a.ts = coalesce(b.state_since, d.state_since)))
  OR EXISTS (SELECT 1 FROM upload u WHERE u.state = 'done' AND NOT EXISTS (
    SELECT 1 FROM audit_event a WHERE a.object = 'upload/' || u.id AND a.ts = u.done_at))
"""
"""Whether anything came to its state at a moment of which no record is left."""


def _fits(prev: str, record: list[object], digest: object) -> bool:
    # A column that was given another type is no record of ours, and no JSON either.
    return not any(isinstance(each, bytes) for each in record) and (
        _digest(prev, tuple(record)) == digest
    )


def _count(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT count(*) FROM audit_event").fetchone()[0])


def _digest(prev: str, record: tuple[object, ...]) -> str:
    canonical = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256((prev + canonical).encode()).hexdigest()
