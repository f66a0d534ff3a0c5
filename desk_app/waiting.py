"""Why a dossier waits to be signed: kept with it, so that every window and command can say it.

    to_sign ──TSA, token or revocation unreachable──▶ to_sign, with a reason and a time to retry
       ▲                                                    │
       └──────────────── signed, or completed ◀─────────────┘

Nothing is signed at a lower level meanwhile without the policy's word. A signature that has its
timestamp and waits only for revocation data needs no key to be completed; the rest needs its PIN.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from desk_app.errors import DeskError
from desk_app.records import Dossier
from desk_app.store import dossiers
from desk_app.store.database import Change, Store

CODES = frozenset(
    {"TSA_UNREACHABLE", "TSA_UNTRUSTED", "REVOCATION_UNREACHABLE", "TOKEN_ABSENT", "TOKEN_LOST",
     "SIGNER_LOST"}
)  # fmt: skip
"""Faults that pass: the dossier waits for what is missing. Any other one needs a person."""

_KEY = "waits_to_sign"


@dataclass(frozen=True, slots=True)
class Wait:
    """What a dossier waits for."""

    code: str
    vi: str
    en: str
    next_vi: str
    next_en: str
    since: str
    attempts: int
    next_try: float
    """Seconds since 1970."""
    choice: dict[str, str]
    """Profile, level and timestamp authority that were chosen over the station's."""
    needs_key: bool
    """A paper is not signed at all yet; otherwise the rest goes on without anybody."""

    def to_json(self, dossier: Dossier) -> dict[str, Any]:
        """For people and scripts."""
        due = datetime.fromtimestamp(self.next_try).astimezone()
        return {**asdict(self), "dossier": dossier.code,
                "next_try": due.isoformat(timespec="seconds")}  # fmt: skip


class WaitsToSign(DeskError):
    """A dossier is not signed, or not completely, because something cannot be reached."""

    exit_code = 3
    vi_text = "{vi}"
    en_text = "{en}"
    next_vi_text = "{next_vi}"
    next_en_text = "{next_en}"

    def __init__(self, wait: Wait) -> None:
        super().__init__(
            vi=wait.vi, en=wait.en, next_vi=wait.next_vi, next_en=wait.next_en, code=wait.code
        )

    @property
    def code(self) -> str:  # type: ignore[override]
        """The code of what it waits for."""
        return str(self.facts["code"])


def note(
    store: Store,
    dossier_id: str,
    fault: Any,  # noqa: ANN401 - three trees of one shape
    *,
    needs_key: bool,
    choice: dict[str, str] | None = None,
) -> Wait:
    """Keep why a dossier waits, and put the next attempt off a little longer each time.

    Args:
        store: the store.
        dossier_id: the dossier.
        fault: an error in words of any of the three trees.
        needs_key: a paper of it is not signed at all.
        choice: what was chosen over the station's settings; None keeps what is known.
    """
    from desk_app.submission.queue import backoff_s

    before = of(store, dossier_id)
    attempts = before.attempts + 1 if before else 1
    with store.transaction() as change:
        now = datetime.fromisoformat(change.now).timestamp()
        wait = Wait(
            fault.code, fault.vi, fault.en, fault.next_vi, fault.next_en,
            before.since if before else change.now, attempts, now + backoff_s(attempts, 1.0),
            choice if choice is not None else before.choice if before else {}, needs_key,
        )  # fmt: skip
        change.conn.execute(
            f"UPDATE dossier SET options = json_set(options, '$.{_KEY}', json(?)) WHERE id = ?",
            (json.dumps(asdict(wait), ensure_ascii=False), dossier_id),
        )
        change.audit("sign.wait", dossier_id, code=wait.code, attempts=attempts)
    return wait


def clear_in(change: Change, dossier_id: str) -> None:
    """It waits no more, inside the transaction that brings it on."""
    change.conn.execute(
        f"UPDATE dossier SET options = json_remove(options, '$.{_KEY}') WHERE id = ?",
        (dossier_id,),
    )


def of(store: Store, dossier_id: str) -> Wait | None:
    """What a dossier waits for, or None."""
    found = dossiers.options(store, dossier_id).get(_KEY)
    return Wait(**found) if found else None


def all_of(store: Store) -> list[tuple[Dossier, Wait]]:
    """Every dossier that waits to be signed, oldest first."""
    found = ((each, of(store, each.id)) for each in dossiers.in_states(store, "to_sign"))
    return [(dossier, wait) for dossier, wait in found if wait is not None]


def due_without_key(store: Store) -> list[Dossier]:
    """Dossiers that are signed, wait for their level only, and may be tried again now."""
    now = datetime.fromisoformat(store.now()).timestamp()
    rows = store.rows(
        "SELECT id FROM dossier WHERE state = 'to_sign' "
        f"AND json_extract(options, '$.{_KEY}.needs_key') = 0 "
        f"AND json_extract(options, '$.{_KEY}.next_try') <= ? ORDER BY created_at",
        now,
    )
    return [dossiers.find(store, row["id"]) for row in rows]


def is_due(store: Store, wait: Wait) -> bool:
    """Whether it is time for another attempt."""
    return datetime.fromisoformat(store.now()).timestamp() >= wait.next_try
