"""The outbox: what has to go to a store, kept in the desk's database until its receipt is here.

    queued ──claim──▶ leased ──complete──▶ done
      ▲                 │ fail
      ├──due── waiting ◀┴──────────▶ dead       (cancelled: by hand, from any state but done)
      └──approved── held              (until the supervisor's word, or because it is secret)

A row is written in the transaction that records the signature. A sender holds a lease that its
progress renews; a lease that ran out goes back to the queue, and only the holder of a lease may
end it. Times come from the store's clock. Every change of state carries its audit record, except
that a waiting row falls due.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk_app.errors import DeskError, UsageError
from desk_app.records import Receipt
from desk_app.store import codec, dossiers, secrecy
from desk_app.store.database import Change, Store
from desk_app.store.sql import sqlite3
from desk_app.submission.errors import SenderLost, is_final, is_patient, require_receipt

STATES = ("queued", "waiting", "leased", "done", "dead", "cancelled", "held")
REGISTER = "+register"
"""Ends the target of the second step: telling the province's system what its store took."""
LEASE_S = 60.0
BACKOFF_FIRST_S = 5.0
BACKOFF_MAX_S = 3600.0
MAX_STRIKES = 12
"""Permanent faults, and senders that died, until a row is given up (records.md §3.2)."""
MAX_TRANSIENT_S = 72 * 3600.0
"""How long a store may be unreachable without a break until a row is given up."""


@dataclass(frozen=True, slots=True)
class Item:
    """A claimed row: one file that the holder of the lease sends."""

    id: int
    key: str
    """sha256 of the file."""
    target: str
    """Name of the profile."""
    dossier_id: str
    document_id: str | None
    size: int
    attempts: int
    """This attempt included."""
    owner: str
    sent: int

    @property
    def is_registration(self) -> bool:
        """Whether the file is stored and only has to be made known."""
        return self.target.endswith(REGISTER)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is not done yet, with the tally that decides when to give up."""

    code: str
    vi: str
    en: str
    next_vi: str
    next_en: str
    transient: bool
    strikes: int
    since: float | None
    """Start of the unbroken row of transient faults, seconds since 1970."""
    then: str = "queued"
    """Of a row that is held as secret: its state once it is not."""


def enqueue_in(
    change: Change,
    *,
    key: str,
    target: str,
    dossier_id: str,
    document_id: str | None,
    size: int,
    prio: int = 5,
    held: bool = False,
) -> bool:
    """Put a file in the outbox, inside the transaction that records its signature.

    Args:
        change: the open transaction.
        key: sha256 of the file, which is a blob of the store.
        target: name of the profile that it goes to.
        dossier_id: the dossier whose progress it is.
        document_id: the paper that it is made of.
        size: bytes.
        prio: lower goes first.
        held: it waits until the supervisor approves it.

    Returns:
        False where this key already is in the outbox for this target.
    """
    then = "held" if held else "queued"
    fault = _secret(change, dossier_id, document_id, then)
    state, error = ("held", codec.dumps(fault)) if fault else (then, None)
    added = change.conn.execute(
        "INSERT INTO upload(key, target, dossier_id, document_id, bytes, state, prio, not_before, "
        "created_at, error) VALUES(?,?,?,?,?,?,?,?,?,?) ON CONFLICT(target, key) DO NOTHING "
        "RETURNING id",
        (key, target, dossier_id, document_id, size, state, prio, _seconds(change.now), change.now,
         error),
    ).fetchall()  # fmt: skip
    if added:
        _audit(change, "upload.queue", added[0]["id"], key=key, target=target, dossier=dossier_id)
        if fault is not None:
            _audit(change, "upload.hold", added[0]["id"], code=fault.code)
    return bool(added)


_ANY = """
SELECT id FROM upload INDEXED BY upload_queued WHERE state = 'queued'
AND (:largest IS NULL OR bytes <= :largest) ORDER BY prio, not_before, id LIMIT 1
"""
_OF_TARGET = """
SELECT id FROM (
  SELECT * FROM (SELECT id, prio, not_before FROM upload INDEXED BY upload_ready
    WHERE state = 'queued' AND target = :target AND (:largest IS NULL OR bytes <= :largest)
    ORDER BY prio, not_before, id LIMIT 1)
  UNION ALL SELECT * FROM (SELECT id, prio, not_before FROM upload INDEXED BY upload_ready
    WHERE state = 'queued' AND target = :second ORDER BY prio, not_before, id LIMIT 1)
) ORDER BY prio, not_before, id LIMIT 1
"""
"""Each half ends at its first row, whatever waits for other targets; with a limit on the size the
larger files of the same target are passed within the index."""
_CLAIM = """
UPDATE upload SET state = 'leased', lease_owner = :owner, lease_until = :until,
  attempts = attempts + 1 WHERE id = ({next}) RETURNING *
"""
_DUE = (
    "UPDATE upload SET state = 'queued' WHERE state = 'waiting' AND not_before <= :now",
    # Nobody waits for longer than that: the clock was set back, which must not park a file.
    "UPDATE upload SET state = 'queued' WHERE state = 'waiting' AND not_before > :latest",
)


def claim(
    store: Store, owner: str, lease_s: float = LEASE_S, *,
    target: str | None = None, largest: int | None = None,
) -> Item | None:  # fmt: skip
    """Take the next file to send, or stored file to register; None where nothing is ready.

    Args:
        store: the desk's store.
        owner: name of the sender.
        lease_s: how long it may be silent.
        target: name of a profile; None for any.
        largest: bytes of the largest file that may go now; None for any.

    Rows whose back-off is over and rows whose sender fell silent become ready first. The first
    claim of a dossier brings it from to_upload to uploading.
    """
    with store.transaction() as change:
        now = _seconds(change.now)
        for due in _DUE:
            change.conn.execute(due, {"now": now, "latest": now + BACKOFF_MAX_S})
        _take_back(change, "lease_until <= ?", now)
        values = {"owner": owner, "until": now + lease_s, "target": target,
                  "second": f"{target}{REGISTER}", "largest": largest}  # fmt: skip
        item = _take(change, _ANY if target is None else _OF_TARGET, values)
        if item is None:
            return None
        _audit(change, "upload.begin", item.id, attempt=item.attempts, owner=owner)
        if _dossier_state(change, item.dossier_id) == "to_upload":
            dossiers.move_in(change, item.dossier_id, "uploading")
        return item


def _take(change: Change, following: str, values: dict[str, object]) -> Item | None:
    """Lease the next row; what became secret since it was queued is held and passed over."""
    claim = _CLAIM.format(next=following)
    while rows := change.conn.execute(claim, values).fetchall():
        row = rows[0]
        fault = _secret(change, row["dossier_id"], row["document_id"], "queued")
        if fault is None:
            return _item(row)
        _hold(change, row["id"], fault)
    return None


def renew(store: Store, item: Item, sent: int, lease_s: float = LEASE_S) -> bool:
    """Note progress and keep the lease; False where it is no longer ours."""
    with store.transaction() as change:
        changed = change.conn.execute(
            "UPDATE upload SET sent = ?, lease_until = ? "
            "WHERE id = ? AND lease_owner = ? AND state = 'leased'",
            (sent, _seconds(change.now) + lease_s, item.id, item.owner),
        )
        return changed.rowcount == 1


def release(store: Store, item: Item) -> bool:
    """Give a file back unsent, without blame (the user stopped); False where it is not ours."""
    with store.transaction() as change:
        changed = change.conn.execute(
            "UPDATE upload SET state = 'queued', lease_owner = NULL, lease_until = NULL "
            "WHERE id = ? AND lease_owner = ? AND state = 'leased'",
            (item.id, item.owner),
        )
        if changed.rowcount == 1:
            _audit(change, "upload.release", item.id, owner=item.owner)
        return changed.rowcount == 1


def complete(store: Store, item: Item, receipt: Receipt | None, *, register: bool = False) -> bool:
    """A file is stored: keep the receipt, and bring the dossier on when it was the last one.

    With `register` the second step enters the queue in the same transaction.

    Returns:
        False where the lease is no longer ours; whoever holds it gets the receipt again.

    Raises:
        ReceiptMismatch: the receipt is missing or not for these bytes; nothing was changed.
    """
    require_receipt(receipt, item.key, item.size)
    with store.transaction() as change:
        changed = change.conn.execute(
            "UPDATE upload SET state = 'done', sent = bytes, receipt = ?, error = NULL, "
            "lease_owner = NULL, lease_until = NULL, done_at = ? "
            "WHERE id = ? AND lease_owner = ? AND state = 'leased'",
            (codec.dumps(receipt), change.now, item.id, item.owner),
        )
        if changed.rowcount != 1:
            return False
        _audit(change, "upload.done", item.id, key=item.key, target=item.target, size=item.size)
        if register:
            enqueue_in(
                change, key=item.key, target=item.target + REGISTER, dossier_id=item.dossier_id,
                document_id=item.document_id, size=item.size,
            )  # fmt: skip
        settle_in(change, item.dossier_id)
        return True


def fail(
    store: Store,
    item: Item,
    error: DeskError,
    transient: bool,
    *,
    draw: Callable[[], float] = random.random,
) -> str | None:
    """Note a fault and decide what becomes of the file.

    Returns:
        `waiting` (tried again after min(3600, 5·2ⁿ)·U(0.5, 1) seconds, or when the server asked for
        it), `dead` (after 12 permanent faults or 72 hours of transient ones, not counting those in
        which nobody tried), or None where the lease is no longer ours.
    """
    with store.transaction() as change:
        row = change.conn.execute(
            "SELECT * FROM upload WHERE id = ? AND lease_owner = ? AND state = 'leased'",
            (item.id, item.owner),
        ).fetchone()
        if row is None:
            return None
        now = _seconds(change.now)
        # Nobody tried while the computer was off or the clock leapt: that speaks against no store.
        idle_s = max(0.0, now - row["not_before"] - BACKOFF_MAX_S)
        fault = _next_fault(_fault(row), error, transient, now, idle_s)
        state = "dead" if is_final(error) or _is_hopeless(fault, now) else "waiting"
        asked_s = float(getattr(error, "wait_s", 0.0))
        due = now + max(backoff_s(row["attempts"], draw()), min(asked_s, BACKOFF_MAX_S))
        _park(change, item.id, state, fault, due)
        return state


def backoff_s(attempts: int, draw: float) -> float:
    """Seconds until the next attempt after so many; `draw` from 0 to 1 spreads the senders."""
    step = BACKOFF_FIRST_S * 2.0 ** min(max(attempts - 1, 0), 16)
    return float(min(BACKOFF_MAX_S, step) * (0.5 + 0.5 * draw))


def take_back(store: Store, owner: str) -> int:
    """Return what a sender held that is known to be gone; the number of files."""
    with store.transaction() as change:
        return _take_back(change, "lease_owner = ?", owner)


def is_in_outbox(change: Change, document_id: str, key: str) -> bool:
    """Whether a paper's file was ever queued, sent or not."""
    row = change.conn.execute(
        "SELECT 1 FROM upload WHERE document_id = ? AND key = ?", (document_id, key)
    ).fetchone()
    return row is not None


def let_go_in(change: Change, document_id: str) -> None:
    """The supervisor approved a paper: its files may go, but for secret ones."""
    _change_in(
        change, "upload.approve", "state = 'queued', not_before = :now",
        "state = 'held' AND error IS NULL AND document_id = :id", document_id,
    )  # fmt: skip


def hold_secret_in(change: Change, dossier_id: str) -> int:
    """After somebody's word on the secrecy of a dossier: hold what is secret, let go what is not.

    A sender that is at a file of it stops. Returns how many rows changed.
    """
    changed = 0
    for row in change.conn.execute(
        "SELECT * FROM upload WHERE dossier_id = ? AND state NOT IN ('done', 'cancelled')",
        (dossier_id,),
    ).fetchall():
        before = _fault(row)
        is_held = row["state"] == "held" and before is not None
        then = before.then if is_held and before else "held" if row["state"] == "held" else "queued"
        fault = _secret(change, dossier_id, row["document_id"], then)
        if fault is not None and fault != before:
            _hold(change, row["id"], fault)
        elif fault is None and is_held:
            change.conn.execute(
                "UPDATE upload SET state = ?, error = NULL WHERE id = ?", (then, row["id"])
            )
            _audit(change, "upload.unhold", row["id"], state=then)
        changed += (fault is not None and fault != before) or (fault is None and is_held)
    return changed


def _secret(change: Change, dossier_id: str, document_id: str | None, then: str) -> Fault | None:
    """Why a paper must not be sent, if it is secret or may be."""
    found = secrecy.obstacle(change.conn, dossier_id, document_id)
    if found is None:
        return None
    return Fault(found.code, found.vi, found.en, found.next_vi, found.next_en, False, 0, None, then)


def _hold(change: Change, upload_id: int, fault: Fault) -> None:
    change.conn.execute(
        "UPDATE upload SET state = 'held', error = ?, lease_owner = NULL, lease_until = NULL "
        "WHERE id = ?",
        (codec.dumps(fault), upload_id),
    )
    _audit(change, "upload.hold", upload_id, code=fault.code)


def withdraw_in(change: Change, dossier_id: str) -> None:
    """A dossier goes back to the counter: what is not sent stays here; a running sender stops."""
    _change_in(
        change, "upload.withdraw", "state = 'cancelled', lease_owner = NULL, lease_until = NULL",
        "dossier_id = :id AND state NOT IN ('done', 'cancelled')", dossier_id,
    )  # fmt: skip


def _change_in(change: Change, action: str, assign: str, where: str, id: str) -> None:
    rows = change.conn.execute(
        f"UPDATE upload SET {assign} WHERE {where} RETURNING id",
        {"id": id, "now": _seconds(change.now)},
    ).fetchall()
    for row in rows:
        _audit(change, action, row["id"])


def settle_in(change: Change, dossier_id: str) -> bool:
    """Bring a dossier on: stored with its last file, done with its last registration."""
    state = _dossier_state(change, dossier_id)
    if state not in ("to_upload", "uploading", "stored"):
        return False
    total, files, open_ = change.conn.execute(
        f"SELECT count(*), coalesce(sum(state <> 'done' AND target NOT LIKE '%{REGISTER}'), 0), "
        "coalesce(sum(state <> 'done'), 0) FROM upload u WHERE dossier_id = ? "
        # Files of a version that was sent back no longer count.
        "AND NOT EXISTS (SELECT 1 FROM document_version v WHERE v.signed_sha256 = u.key "
        "AND v.document_id = u.document_id)",
        (dossier_id,),
    ).fetchone()
    if total == 0 or files > 0:
        return False
    if state != "stored":
        dossiers.move_in(change, dossier_id, "stored", files=total)
    if open_ == 0:
        dossiers.move_in(change, dossier_id, "done")
    return bool(open_ == 0)


def settle(store: Store) -> int:
    """The same for every dossier whose files were stored before it was ready to move."""
    waiting = dossiers.in_states(store, "to_upload", "uploading", "stored")
    settled = 0
    for dossier in waiting:
        with store.transaction() as change:
            settled += settle_in(change, dossier.id)
    return settled


def counts(store: Store) -> dict[str, int]:
    """How many files are in each state; read from a table that the database keeps up to date."""
    known = {row["state"]: row["n"] for row in store.rows("SELECT state, n FROM upload_count")}
    return {state: known.get(state, 0) for state in STATES}


def items(
    store: Store,
    state: str | None = None,
    limit: int = 200,
    *,
    dossier_id: str | None = None,
    lang: str = "vi",
) -> list[dict[str, Any]]:
    """The newest files of the outbox, as `desk queue list --json` prints them."""
    where, values = ["1"], list[object]()
    if state is not None:
        if state not in STATES:
            raise UsageError(f"{state!r} ({', '.join(STATES)})")
        where.append(f"u.state = '{state}'")  # a literal, so that the partial indexes apply
    if dossier_id is not None:
        where.append("u.dossier_id = ?")
        values.append(dossier_id)
    rows = store.rows(
        "SELECT u.*, d.code AS dossier FROM upload u JOIN dossier d ON d.id = u.dossier_id "
        f"WHERE {' AND '.join(where)} ORDER BY u.id DESC LIMIT ?",
        *values, limit,
    )  # fmt: skip
    return [_as_dict(row, lang) for row in rows]


def retry(store: Store, ids: Collection[int] | None = None) -> int:
    """Send again at once, with a clean slate; the number of files.

    Without ids: all that were given up or wait. Cancelled files come back only by their ids.
    """
    states = ("dead", "waiting") if ids is None else ("dead", "waiting", "cancelled")
    return _set_by_hand(
        store, "upload.retry", ids, states,
        "state = 'queued', attempts = 0, error = NULL, not_before = :now",
    )  # fmt: skip


def cancel(store: Store, ids: Collection[int]) -> int:
    """Take files out of the outbox; a sender that is at it stops. The number of files."""
    states = ("queued", "waiting", "leased", "dead", "held")
    return _set_by_hand(
        store, "upload.cancel", ids, states,
        "state = 'cancelled', lease_owner = NULL, lease_until = NULL",
    )  # fmt: skip


def hurry(store: Store, ids: Collection[int]) -> int:
    """Send these before all others; the number of files."""
    return _set_by_hand(
        store, "upload.hurry", ids, ("queued", "waiting"),
        "state = 'queued', prio = 0, not_before = :now",
    )  # fmt: skip


def wake(store: Store, target: str, keys: Collection[str]) -> int:
    """Files whose receipts came back are looked at now, whatever they wait for."""
    with store.transaction() as change:
        changed = change.conn.execute(
            "UPDATE upload SET state = 'queued', not_before = ? WHERE state = 'waiting' "
            "AND target = ? AND key IN (SELECT value FROM json_each(?)) RETURNING id",
            (_seconds(change.now), target, json.dumps(list(keys))),
        ).fetchall()
        for row in changed:
            _audit(change, "upload.wake", row["id"])
        return len(changed)


def _set_by_hand(
    store: Store, action: str, ids: Collection[int] | None, states: Sequence[str], assign: str
) -> int:
    among = "" if ids is None else "AND id IN (SELECT value FROM json_each(:ids))"
    marks = ", ".join(f"'{state}'" for state in states)
    with store.transaction() as change:
        changed = change.conn.execute(
            f"UPDATE upload SET {assign} WHERE state IN ({marks}) {among} RETURNING id",
            {"now": _seconds(change.now), "ids": json.dumps(list(ids or ()))},
        ).fetchall()
        for row in changed:
            _audit(change, action, row["id"])
        return len(changed)


def _take_back(change: Change, condition: str, value: object) -> int:
    """Leases without a living sender; a file that kills its senders must not do so for ever."""
    rows = change.conn.execute(
        f"SELECT * FROM upload WHERE state = 'leased' AND {condition}", (value,)
    ).fetchall()
    now = _seconds(change.now)
    for row in rows:
        fault = _next_fault(_fault(row), SenderLost(), False, now)
        # To the end of its priority, so that the others are sent first.
        _park(change, row["id"], "dead" if _is_hopeless(fault, now) else "queued", fault, now)
    return len(rows)


def _park(change: Change, upload_id: int, state: str, fault: Fault, not_before: float) -> None:
    if state == "dead":
        fault = _given_up(fault)
    change.conn.execute(
        "UPDATE upload SET state = ?, error = ?, not_before = ?, lease_owner = NULL, "
        "lease_until = NULL WHERE id = ?",
        (state, codec.dumps(fault), not_before, upload_id),
    )
    _audit(change, "upload.fail", upload_id, code=fault.code, state=state)


def _next_fault(
    before: Fault | None, error: DeskError, transient: bool, now: float, idle_s: float = 0.0
) -> Fault:
    strikes = (before.strikes if before else 0) + (not transient)
    since = None
    if transient and not is_patient(error):
        since = before.since + idle_s if before and before.since is not None else now
    return Fault(
        error.code, error.vi, error.en, error.next_vi, error.next_en, transient, strikes, since
    )


def _is_hopeless(fault: Fault, now: float) -> bool:
    if fault.transient:
        return fault.since is not None and now - fault.since >= MAX_TRANSIENT_S
    return fault.strikes >= MAX_STRIKES


def _given_up(fault: Fault) -> Fault:
    hours = int(MAX_TRANSIENT_S // 3600)
    vi = f"đã thử trong {hours} giờ" if fault.transient else f"đã thử {fault.strikes} lần"
    en = f"tried for {hours} hours" if fault.transient else f"tried {fault.strikes} times"
    return Fault(
        fault.code, f"{fault.vi} Phần mềm không tự gửi nữa ({vi}).",
        f"{fault.en} The program no longer sends it by itself ({en}).",
        f"{fault.next_vi} Khi đã khắc phục, chọn gửi lại (./desk queue retry).",
        f"{fault.next_en} When that is cured, send it again (./desk queue retry).",
        fault.transient, fault.strikes, fault.since,
    )  # fmt: skip


def _as_dict(row: sqlite3.Row, lang: str) -> dict[str, Any]:
    fault = _fault(row)
    return {
        "id": row["id"], "dossier": row["dossier"], "document": row["document_id"],
        "key": row["key"], "target": row["target"].removesuffix(REGISTER),
        "step": "register" if row["target"].endswith(REGISTER) else "file",
        "state": row["state"],
        "attempts": row["attempts"],
        "next_try": _iso(row["not_before"]) if row["state"] == "waiting" else None,
        "bytes": row["bytes"], "sent": row["sent"],
        "error": None if fault is None else {
            "code": fault.code, "vi": fault.vi, "en": fault.en,
            "next": fault.next_vi if lang == "vi" else fault.next_en,
        },
        "receipt": json.loads(row["receipt"]) if row["receipt"] else None,
        "created_at": row["created_at"], "done_at": row["done_at"],
    }  # fmt: skip


def _item(row: sqlite3.Row) -> Item:
    return Item(
        row["id"], row["key"], row["target"], row["dossier_id"], row["document_id"], row["bytes"],
        row["attempts"], row["lease_owner"], row["sent"],
    )  # fmt: skip


def _fault(row: sqlite3.Row) -> Fault | None:
    return codec.loads(Fault, row["error"]) if row["error"] else None


def _dossier_state(change: Change, dossier_id: str) -> str:
    row = change.conn.execute("SELECT state FROM dossier WHERE id = ?", (dossier_id,)).fetchone()
    return str(row["state"])


def _audit(change: Change, action: str, upload_id: int, **details: object) -> None:
    change.audit(action, f"upload/{upload_id}", **details)


def _seconds(iso: str) -> float:
    return datetime.fromisoformat(iso).timestamp()


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")
