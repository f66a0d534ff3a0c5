"""The supervisor's word on signed files: approved, or sent back to the counter with a reason.

Where the station asks for approval (`approve_before_upload`), a signed file is held in the outbox
until it is approved. A dossier that is sent back opens again as its next version: what was signed
stays in the store, nothing of it is sent any more, and the reason stands before the clerk as a
problem.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from desk_app.errors import NotAllowed, NotFound, UsageError
from desk_app.store import dossiers
from desk_app.store.database import Change, Store
from desk_app.submission import queue

APPROVED, RETURNED = "approve", "return"
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Review:
    """One decision about one signed file."""

    document_id: str
    signed_sha256: str
    decision: str
    """approve or return."""
    reason: str
    actor: str
    at: str
    """ISO 8601 with offset."""


def approve(store: Store, document_ids: Sequence[str]) -> int:
    """Let signed files go out; the number of files that were approved now.

    Raises:
        NotAllowed: the verdict is not `valid`, or the file still waits for its level.
        NotFound: there is no such signed file.
    """
    with store.transaction() as change:
        return sum(_approve_in(change, each) for each in document_ids)


def _approve_in(change: Change, document_id: str) -> bool:
    row = _signed(change, document_id)
    if (row["status"] or "") != "valid":
        raise NotAllowed(f"{row['title']}: chữ ký chưa hợp lệ / the signature does not hold")
    if not queue.is_in_outbox(change, document_id, row["signed_sha256"]):
        raise NotAllowed(f"{row['title']}: còn chờ hoàn thiện chữ ký / its signature is completed")
    last = _newest(change.conn, document_id, row["signed_sha256"])
    if last is not None and last["decision"] == APPROVED:
        return False
    _note(change, row, APPROVED, "")
    queue.let_go_in(change, document_id)
    return True


def send_back(store: Store, document_id: str, reason: str) -> None:
    """Open a signed dossier again because of one of its papers.

    Raises:
        UsageError: no reason was given.
        NotFound: there is no such signed file.
    """
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if not reason:
        raise UsageError("cần nêu lý do trả lại / a reason is needed")
    with store.transaction() as change:
        row = _signed(change, document_id)
        _note(change, row, RETURNED, reason)
        dossier_id = row["dossier_id"]
        queue.withdraw_in(change, dossier_id)
        dossiers.open_again_in(change, dossier_id, document_id, reason)


def _signed(change: Change, document_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = change.conn.execute(
        "SELECT *, json_extract(verdict, '$.status') AS status FROM document "
        "WHERE id = ? AND signed_sha256 IS NOT NULL",
        (document_id,),
    ).fetchone()
    if row is None:
        raise NotFound(f"tệp đã ký / signed file {document_id}")
    return row


def _note(change: Change, document: sqlite3.Row, decision: str, reason: str) -> None:
    change.conn.execute(
        "INSERT INTO review(dossier_id, document_id, signed_sha256, decision, reason, actor, at) "
        "VALUES(?,?,?,?,?,?,?)",
        (document["dossier_id"], document["id"], document["signed_sha256"], decision, reason,
         change.store.actor, change.now),
    )  # fmt: skip
    # The reason may name a person: it stays in the record, out of the chain's details.
    change.audit(f"review.{decision}", document["id"], signed=document["signed_sha256"])


def _newest(conn: sqlite3.Connection, document_id: str, sha256: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = conn.execute(
        "SELECT * FROM review WHERE document_id = ? AND signed_sha256 = ? "
        "ORDER BY seq DESC LIMIT 1",
        (document_id, sha256),
    ).fetchone()
    return row


def of_documents(store: Store, document_ids: Sequence[str]) -> dict[str, Review]:
    """The standing decision about each file as it is signed now."""
    found = {}
    for document_id in document_ids:
        row = store.row(
            "SELECT r.* FROM review r JOIN document d "
            "ON d.id = r.document_id AND d.signed_sha256 = r.signed_sha256 "
            "WHERE r.document_id = ? ORDER BY r.seq DESC LIMIT 1",
            document_id,
        )
        if row is not None:
            found[document_id] = _review(row)
    return found


def history(store: Store, dossier_id: str) -> list[Review]:
    """Every decision about a dossier's files, oldest first."""
    rows = store.rows("SELECT * FROM review WHERE dossier_id = ? ORDER BY seq", dossier_id)
    return [_review(row) for row in rows]


def _review(row: sqlite3.Row) -> Review:
    return Review(
        row["document_id"], row["signed_sha256"], row["decision"], row["reason"], row["actor"],
        row["at"],
    )  # fmt: skip
