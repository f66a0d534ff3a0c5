"""The supervisor's word on signed files: approved, or sent back to the counter with a reason.

Where the station asks for approval (`approve_before_upload`), a signed file is held in the outbox
until it is approved. A dossier that is sent back opens again as its next version: what was signed
stays in the store, nothing of it is sent any more, and the reason stands before the clerk as a
problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desk_app.errors import NotAllowed, NotFound, UsageError
from desk_app.records import Text
from desk_app.store import dossiers, people, secrecy
from desk_app.store.database import Change, Store
from desk_app.store.sql import sqlite3
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


class FourEyes(NotAllowed):
    """Whoever scanned, checked or signed a dossier does not approve it."""

    code = "FOUR_EYES"
    vi_text = "{title}: {name} đã quét, kiểm tra hoặc ký hồ sơ này nên không tự duyệt được."
    en_text = "{title}: {name} scanned, checked or signed this dossier and cannot approve it."
    next_vi_text = "{who_vi} Tệp vẫn giữ nguyên, đang chờ duyệt."
    next_en_text = "{who_en} The file is as it was and waits for its approval."


def approve(
    store: Store, document_ids: Sequence[str], *, four_eyes: bool = False, leave_own: bool = False
) -> int:
    """Let signed files go out; the number of files that were approved now.

    Args:
        store: the store; its actor is who approves.
        document_ids: the papers.
        four_eyes: whether whoever had a hand in a dossier may not approve it.
        leave_own: leave such files to somebody else instead of approving none at all.

    Raises:
        NotAllowed: the verdict is not `valid`, or the file still waits for its level.
        FourEyes: the actor had a hand in the dossier; nothing is approved.
        NotPermitted: the actor may not approve at all.
        NotFound: there is no such signed file.
    """
    people.require(store, "approve")
    with store.transaction() as change:
        return sum(_approve_in(change, each, four_eyes, leave_own) for each in document_ids)


def _approve_in(change: Change, document_id: str, four_eyes: bool, leave_own: bool) -> bool:
    row = _signed(change, document_id)
    try:
        if four_eyes:
            _require_other_eyes(change, row)
    except FourEyes:
        if leave_own:
            return False
        raise
    if (row["status"] or "") != "valid":
        raise NotAllowed(
            f"{row['title']}: the signature does not hold",
            detail_vi=f"{row['title']}: chữ ký chưa hợp lệ",
        )
    if not queue.is_in_outbox(change, document_id, row["signed_sha256"]):
        raise NotAllowed(
            f"{row['title']}: its signature is still being completed",
            detail_vi=f"{row['title']}: còn chờ hoàn thiện chữ ký",
        )
    if (fault := secrecy.obstacle(change.conn, row["dossier_id"], document_id)) is not None:
        raise fault
    last = _newest(change.conn, document_id, row["signed_sha256"])
    if last is not None and last["decision"] == APPROVED:
        return False
    _note(change, row, APPROVED, "")
    queue.let_go_in(change, document_id)
    return True


HANDS = """
SELECT DISTINCT e.actor FROM (
  SELECT :dossier AS id UNION SELECT id FROM document WHERE dossier_id = :dossier
  UNION SELECT document_id FROM document_version WHERE dossier_id = :dossier
  UNION SELECT id FROM page WHERE dossier_id = :dossier
  UNION SELECT id FROM scan_job WHERE dossier_id = :dossier) o
JOIN audit_event e ON e.object = o.id
WHERE e.action IN ('scan.begin', 'page.add', 'field.set', 'finding.accept', 'document.sign')
  OR (e.action = 'dossier.state' AND json_extract(e.details, '$.after') IN ('checked', 'to_sign'))
UNION SELECT actor FROM page_edit WHERE dossier_id = :dossier
"""
"""Who scanned, checked, edited or signed, by the audit chain and the journal of edits."""


def hands(conn: sqlite3.Connection, dossier_id: str) -> set[str]:
    """Everybody who had a hand in a dossier: ids of people, and parts of the program."""
    return {row[0] for row in conn.execute(HANDS, {"dossier": dossier_id})}


def _require_other_eyes(change: Change, document: sqlite3.Row) -> None:
    """Asked in the transaction of the approval, so that no hand comes in between."""
    actor = change.store.actor
    had_a_hand = hands(change.conn, document["dossier_id"])
    if actor in had_a_hand or not people.exist(change.store):
        known = people.everybody(change.store, disabled=False)
        others = [p.name for p in known if p.may("approve") and p.id not in had_a_hand]
        name = next((p.name for p in known if p.id == actor), actor)
        who = _who(others, is_alone=not known)
        raise FourEyes(title=document["title"], name=name, who_vi=who.vi, who_en=who.en)


def _who(others: Sequence[str], *, is_alone: bool) -> Text:
    if others:
        return Text(f"Người có thể duyệt: {', '.join(others)}.",
                    f"Who can approve it: {', '.join(others)}.")  # fmt: skip
    if is_alone:
        return Text("Nguyên tắc hai người cần người dùng riêng: desk people add.",
                    "Four eyes need people: desk people add.")  # fmt: skip
    return Text("Chưa có ai khác được duyệt; nhờ quản trị thêm người thẩm định.",
                "Nobody else may; ask an administrator to add a supervisor.")  # fmt: skip


def send_back(store: Store, document_id: str, reason: str) -> None:
    """Open a signed dossier again because of one of its papers.

    Raises:
        UsageError: no reason was given.
        NotPermitted: the actor may not.
        NotFound: there is no such signed file.
    """
    people.require(store, "approve")
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if not reason:
        raise UsageError("a reason is needed", detail_vi="cần nêu lý do trả lại")
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
        raise NotFound(f"signed file {document_id}", detail_vi=f"tệp đã ký {document_id}")
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
