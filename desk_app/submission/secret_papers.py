"""Somebody's word on the secrecy of a dossier, and the queue that follows it in one transaction."""

from __future__ import annotations

from desk_app.errors import UsageError
from desk_app.store import people, secrecy
from desk_app.store.database import Store
from desk_app.submission import queue


def mark(store: Store, dossier_id: str, mode: str, document_id: str = secrecy.WHOLE) -> int:
    """Set the mode of a dossier or of one of its papers.

    Marking it secret answers what recognition suggested. Files that were sent before cannot be
    called back; `sent_before` counts them.

    Args:
        store: The store.
        dossier_id: The dossier.
        mode: 01 open, 02 restricted, 03 secret.
        document_id: One paper; the whole dossier where it is empty.

    Returns:
        Files of the queue that are held, or let go, because of it.

    Raises:
        NotFound: The dossier has no such paper.
        NotAllowed: There is no such mode.
        NotPermitted: The actor may not.
    """
    people.require(store, "secret")
    with store.transaction() as change:
        secrecy.say_in(change, dossier_id, mode, document_id)
        if mode == secrecy.SECRET:
            secrecy.answer_in(change, dossier_id, "mật / secret")
        return queue.hold_secret_in(change, dossier_id)


def dismiss(store: Store, dossier_id: str, reason: str, page_id: str | None = None) -> int:
    """What looked like a mark of secrecy is none, on one page or on all; how many that settles.

    Raises:
        UsageError: No reason was given.
        NotPermitted: The actor may not.
    """
    people.require(store, "secret")
    if not reason.strip():
        raise UsageError("a reason is needed", detail_vi="cần nêu lý do")
    with store.transaction() as change:
        settled = secrecy.answer_in(change, dossier_id, reason.strip()[:500], page_id)
        queue.hold_secret_in(change, dossier_id)
        return settled


def sent_before(store: Store, dossier_id: str) -> int:
    """Files of a dossier that a store has already."""
    row = store.row(
        "SELECT count(*) FROM upload WHERE dossier_id = ? AND state = 'done' AND target NOT LIKE ?",
        dossier_id, f"%{queue.REGISTER}",
    )  # fmt: skip
    return int(row[0]) if row else 0
