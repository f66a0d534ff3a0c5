"""The states of a dossier and the ways between them."""

from __future__ import annotations

from desk_app.errors import NotAllowed
from desk_app.store.database import Change, Store
from desk_app.store.refusals import no_dossier

ORDER = (
    "received", "scanning", "recognising", "to_check", "checked", "to_sign", "signed",
    "to_upload", "uploading", "stored", "done",
)  # fmt: skip
SIDE_STATES = ("suspended", "failed", "cancelled")
SEALED = frozenset(ORDER[ORDER.index("signed") :])
"""From here on the content of a dossier is immutable (records.md §8.2)."""

_NEXT: dict[str, frozenset[str]] = {
    "received": frozenset({"scanning", "recognising"}),
    "scanning": frozenset({"received", "scanning", "recognising"}),
    "recognising": frozenset({"scanning", "to_check"}),
    "to_check": frozenset({"scanning", "recognising", "checked"}),
    "checked": frozenset({"to_check", "recognising", "to_sign"}),
    "to_sign": frozenset({"to_check", "signed"}),
    "signed": frozenset({"to_upload"}),
    "to_upload": frozenset({"uploading", "stored"}),
    "uploading": frozenset({"to_upload", "stored"}),
    "stored": frozenset({"done"}),
    "done": frozenset(),
    "suspended": frozenset(ORDER[: ORDER.index("signed")]),
    "failed": frozenset(ORDER[: ORDER.index("signed")]),
    "cancelled": frozenset(),
}


def move(store: Store, dossier_id: str, state: str, **details: object) -> None:
    """Bring a dossier to another state, if the way there is open."""
    with store.transaction() as change:
        move_in(change, dossier_id, state, **details)


def move_in(change: Change, dossier_id: str, state: str, **details: object) -> None:
    """The same inside a transaction that changes more."""
    row = change.conn.execute("SELECT state FROM dossier WHERE id = ?", (dossier_id,)).fetchone()
    if row is None:
        raise no_dossier(dossier_id)
    before = row["state"]
    if before == state:
        return
    if state not in _NEXT[before] and not (state in SIDE_STATES and before not in SEALED):
        raise NotAllowed(f"{before} → {state}")
    change.conn.execute(
        "UPDATE dossier SET state = ?, state_since = ? WHERE id = ?",
        (state, change.now, dossier_id),
    )
    if state == "signed":
        change.conn.execute(
            "UPDATE review SET settled_at = ? WHERE dossier_id = ? AND settled_at IS NULL",
            (change.now, dossier_id),
        )
    change.audit("dossier.state", dossier_id, before=before, after=state, **details)
