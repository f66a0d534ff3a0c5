"""Who looked: views, exports and searches are records of the audit chain like any change.

A record names the action, the object by its id and the person by theirs; what was read, and the
words of a search, stay out of it. A view is recorded before anything is shown: where the record
cannot be written, nothing is shown.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from desk_app.store.database import Store
    from desk_app.store.sql import sqlite3

T = TypeVar("T")
MOST = 10_000
"""Records of one answer."""


def viewed(store: Store, dossier_id: str, where: str) -> None:
    """Somebody looks into a dossier: at the counter, the verification, by `desk show`."""
    _note(store, "dossier.view", dossier_id, where=where)


def batch_viewed(store: Store, batch_id: str) -> None:
    """Somebody looks through the sheets of a batch."""
    _note(store, "batch.view", batch_id)


def exported(store: Store, dossier_id: str, kind: str, files: int) -> None:
    """Readable copies of a dossier left the data folder.

    Args:
        store: The store.
        dossier_id: The dossier, a page, or what else was exported: `figures`, `backup`.
        kind: copies, page, list, report, figures or backup.
        files: How many.
    """
    _note(store, "export", dossier_id, kind=kind, files=files)


class Once:
    """A record that is made before something happens for the first time, and not again."""

    def __init__(self, note: Callable[..., None], *facts: object) -> None:
        self._note: Callable[[], None] | None = partial(note, *facts)

    def before(self, act: Callable[[], T]) -> Callable[[], T]:
        """The same act, with its record made first."""
        return partial(self._act, act)

    def _act(self, act: Callable[[], T]) -> T:
        if self._note is not None:
            self._note()
            self._note = None
        return act()


def _note(store: Store, action: str, obj: str, **details: object) -> None:
    with store.transaction() as change:
        change.audit(action, obj, **details)


class Sitting:
    """One person's turn at the window: each dossier that they open is recorded once in it."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str, str]] = set()
        self._recording = threading.Lock()
        """Two readings at once make one record."""

    def begin(self, actor: str) -> None:
        """Another turn of this person: what they look at now is recorded anew.

        Work that somebody asked for before them may still run; it was recorded in its own turn.
        """
        # The window calls this: it waits for no record that is being written. A copy, because
        # that record may be noted meanwhile.
        self._seen = {key for key in self._seen.copy() if key[0] != actor}

    def view(self, store: Store, dossier_id: str, where: str) -> None:
        """Record a view, unless it was; a turn without an end is a new one every day."""
        key = (store.actor, dossier_id, store.now()[:10])
        with self._recording:
            if key not in self._seen:
                viewed(store, dossier_id, where)
                self._seen.add(key)

    def view_batch(self, store: Store, batch_id: str) -> None:
        """The same for a batch."""
        key = (store.actor, batch_id, store.now()[:10])
        with self._recording:
            if key not in self._seen:
                batch_viewed(store, batch_id)
                self._seen.add(key)


# --- reading the chain ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """Which records are wanted; empty is no condition."""

    dossier_id: str = ""
    actor: str = ""
    action: str = ""
    since: str = ""
    """First day, ISO 8601."""
    until: str = ""
    """Last day."""
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One record of the chain."""

    seq: int
    ts: str
    actor: str
    action: str
    object: str
    details: dict[str, Any]


def entries(store: Store, asked: Asked) -> list[Entry]:
    """The newest records that fit, oldest first."""
    parts, values = _conditions(asked)
    where = f"WHERE {' AND '.join(parts)}" if parts else ""
    rows = store.rows(
        "SELECT seq, ts, actor, action, object, details FROM audit_event "
        f"{where} ORDER BY seq DESC LIMIT ?",
        *values, max(1, min(asked.limit, MOST)),
    )  # fmt: skip
    return [_entry(row) for row in reversed(rows)]


def _entry(row: sqlite3.Row) -> Entry:
    seq, ts, actor, action, obj, details = row
    return Entry(seq, ts, actor, action, obj, json.loads(details))


_OF_DOSSIER = """(object IN (
  SELECT ? UNION SELECT id FROM document WHERE dossier_id = ?
  UNION SELECT document_id FROM document_version WHERE dossier_id = ?
  UNION SELECT id FROM page WHERE dossier_id = ? UNION SELECT id FROM scan_job WHERE dossier_id = ?
  UNION SELECT 'upload/' || id FROM upload WHERE dossier_id = ?
  UNION SELECT m.batch_id FROM batch_page m JOIN page p ON p.id = m.page_id WHERE p.dossier_id = ?)
  OR (action = 'search' AND instr(details, ?)))"""
"""A record names a dossier, something of it, the batch it came in, or a search that showed it."""


def _conditions(asked: Asked) -> tuple[list[str], list[object]]:
    parts: list[str] = []
    values: list[object] = []
    if asked.dossier_id:
        parts.append(_OF_DOSSIER)
        values += [asked.dossier_id] * _OF_DOSSIER.count("?")
    # The time stamps carry the station's offset: their first ten characters are its day.
    for sql, value in (
        ("actor = ?", asked.actor), ("action = ?", asked.action),
        ("substr(ts, 1, 10) >= ?", asked.since), ("substr(ts, 1, 10) <= ?", asked.until),
    ):  # fmt: skip
        if value:
            parts.append(sql)
            values.append(value)
    return parts, values


def codes(store: Store, found: Sequence[Entry]) -> dict[str, str]:
    """Codes of the dossiers that records name, by their ids."""
    wanted = sorted(set(_ids(found)))
    known: dict[str, str] = {}
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        marks = ",".join("?" * len(some))
        rows = store.rows(f"SELECT id, code FROM dossier WHERE id IN ({marks})", *some)
        known |= {row["id"]: row["code"] for row in rows}
    return known


def _ids(found: Sequence[Entry]) -> Iterator[str]:
    for each in found:
        yield each.object
        if isinstance(each.details.get("dossier"), str):
            yield each.details["dossier"]
