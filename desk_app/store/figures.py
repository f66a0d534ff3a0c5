"""The figures of the office: what was received, digitized and reused, by procedure, office, clerk.

The indicators are those that one-stop desks are scored on (4.1 to 4.4 of the index of service):

- 4.1 electronic result: the result paper is there as a signed file.
- 4.2 digitized: a component has a signed file, and so has the result where one is handed out.
- 4.3 reused: at least one component is satisfied by a paper that was digitized before.
- 4.4 shared: at least one component came from the citizen's own list on the national portal.

Each is a share of the dossiers received in the period; without any, it is not a number. 4.5 (use
of population data) cannot be told from this desk's own records. A dossier is counted on the day on
which it was opened; trays of batches, loose pages and cancelled dossiers are not counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta

from desk_app.errors import UsageError
from desk_app.store.database import Store

FULL_MARKS = 80.0
"""Percent from which 4.2 and 4.3 score fully; below, in proportion."""
INDICATORS = ("electronic_results", "digitized", "reused", "shared")
SCORED = ("digitized", "reused")
GROUPS = ("procedure", "office", "clerk", "day")


@dataclass(slots=True)
class Tally:
    """Counts of one group of dossiers."""

    key: str
    received: int = 0
    done: int = 0
    """Every file is in the province's store."""
    electronic_results: int = 0
    digitized: int = 0
    reused: int = 0
    shared: int = 0
    papers: int = 0
    pages: int = 0

    def percent(self, indicator: str) -> float | None:
        """Share of the dossiers received, to two decimals; None where none was."""
        if not self.received:
            return None
        return round(100.0 * float(getattr(self, indicator)) / self.received, 2)

    def score(self, indicator: str) -> float | None:
        """Share of the full marks (0 to 1), to four decimals."""
        share = self.percent(indicator)
        return None if share is None else round(min(1.0, share / FULL_MARKS), 4)


@dataclass(frozen=True, slots=True)
class Uploads:
    """The outbox as it is now, and what the period's days brought."""

    counts: dict[str, int]
    """Files by state."""
    waiting_bytes: int
    oldest_waiting: str | None
    """Since when the oldest unsent file waits, ISO 8601."""
    failed: tuple[tuple[str, int], ...]
    """Error code and number of files that were given up, the most frequent first."""
    stored_by_day: dict[str, int]


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a period."""

    first: date
    last: date
    total: Tally
    groups: dict[str, list[Tally]]
    """By GROUPS; each sorted, days in order and the others by number received."""
    uploads: Uploads
    versions: int
    """Signed files that were sent back and replaced by a later version."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What one dossier counts for."""

    procedure: str
    office: str
    clerk: str
    day: str
    done: bool
    electronic_results: bool
    digitized: bool
    reused: bool
    shared: bool
    papers: int
    pages: int


_FACTS = """
WITH result(procedure, type) AS (
  SELECT p.key, t.value FROM json_each(:results) p, json_each(p.value) t),
chosen AS (
  SELECT * FROM dossier d WHERE d.created_at >= :first AND d.created_at < :after
  AND d.procedure <> '' AND d.state <> 'cancelled'
  AND NOT EXISTS (SELECT 1 FROM batch b WHERE b.tray_id = d.id)),
fact AS (
  SELECT d.id, d.procedure, d.code, substr(d.created_at, 1, 10) AS day, d.state = 'done' AS done,
  (SELECT actor FROM audit_event e WHERE e.object = d.id AND e.action = 'dossier.create') AS clerk,
  EXISTS (SELECT 1 FROM document m LEFT JOIN result_paper r ON r.document_id = m.id
    WHERE m.dossier_id = d.id AND m.signed_sha256 IS NOT NULL AND coalesce(r.is_result,
    m.component IS NULL AND (d.procedure, m.type) IN (SELECT procedure, type FROM result))
  ) AS result_file,
  EXISTS (SELECT 1 FROM document m LEFT JOIN result_paper r ON r.document_id = m.id
    WHERE m.dossier_id = d.id AND m.signed_sha256 IS NOT NULL AND m.component IS NOT NULL
    AND coalesce(r.is_result, 0) = 0) AS component_file,
  EXISTS (SELECT 1 FROM reuse u WHERE u.dossier_id = d.id AND u.withdrawn_at IS NULL) AS reused,
  EXISTS (SELECT 1 FROM reuse u WHERE u.dossier_id = d.id AND u.withdrawn_at IS NULL
    AND u.origin = 'national') AS shared,
  d.procedure IN (SELECT procedure FROM result) AS hands_out,
  (SELECT count(*) FROM document m WHERE m.dossier_id = d.id) AS papers,
  (SELECT count(*) FROM page p WHERE p.dossier_id = d.id) AS pages
  FROM chosen d)
SELECT *, (component_file OR reused) AND (result_file OR NOT hands_out) AS digitized FROM fact
"""


def gather(
    store: Store,
    first: date,
    last: date,
    results: Mapping[str, Sequence[str]],
    *,
    office: Callable[[str], str] = lambda code: code.rsplit("-", 2)[0],
) -> Figures:
    """Count everything of the days from `first` to `last`, both included.

    Args:
        store: The store.
        first: First day of reception.
        last: Last day of reception.
        results: Procedure id: types of the paper that it hands out (absent: none).
        office: From a dossier's code to the office that it is counted for.

    Raises:
        UsageError: the period ends before it begins.
    """
    if last < first:
        raise UsageError(f"--from {first} > --to {last}")
    facts = list(_facts(store, first, last, results, office))
    total = Tally("")
    for fact in facts:
        _count(total, fact)
    groups = {name: _grouped(facts, name) for name in GROUPS}
    return Figures(
        first, last, total, groups, _uploads(store, first, last), _versions(store, first, last)
    )


def _facts(
    store: Store,
    first: date,
    last: date,
    results: Mapping[str, Sequence[str]],
    office: Callable[[str], str],
) -> Iterable[Fact]:
    rows = store.conn.execute(
        _FACTS,
        {
            "first": first.isoformat(),
            "after": (last + timedelta(days=1)).isoformat(),
            "results": json.dumps({key: list(types) for key, types in results.items()}),
        },
    )
    for row in rows:
        yield Fact(
            row["procedure"], office(row["code"]), row["clerk"] or "", row["day"],
            bool(row["done"]), bool(row["result_file"]), bool(row["digitized"]),
            bool(row["reused"]), bool(row["shared"]), row["papers"], row["pages"],
        )  # fmt: skip


_COUNTED = tuple(f.name for f in fields(Tally) if f.name not in ("key", "received"))


def _count(tally: Tally, fact: Fact) -> None:
    tally.received += 1
    for name in _COUNTED:
        setattr(tally, name, getattr(tally, name) + int(getattr(fact, name)))


def _grouped(facts: Iterable[Fact], name: str) -> list[Tally]:
    found: dict[str, Tally] = {}
    for fact in facts:
        key = getattr(fact, name)
        _count(found.setdefault(key, Tally(key)), fact)
    if name == "day":
        return sorted(found.values(), key=lambda tally: tally.key)
    return sorted(found.values(), key=lambda tally: (-tally.received, tally.key))


def _uploads(store: Store, first: date, last: date) -> Uploads:
    counts = {row["state"]: row["n"] for row in store.rows("SELECT state, n FROM upload_count")}
    waits = store.row(
        "SELECT coalesce(sum(bytes), 0) AS size, min(created_at) AS oldest FROM upload "
        "WHERE state IN ('queued', 'waiting', 'leased')"
    )
    failed = store.rows(
        "SELECT coalesce(json_extract(error, '$.code'), '') AS code, count(*) AS n FROM upload "
        "WHERE state = 'dead' GROUP BY 1 ORDER BY n DESC, code"
    )
    stored = store.rows(
        "SELECT substr(done_at, 1, 10) AS day, count(*) AS n FROM upload WHERE state = 'done' "
        "AND done_at >= ? AND done_at < ? GROUP BY 1",
        first.isoformat(), (last + timedelta(days=1)).isoformat(),
    )  # fmt: skip
    assert waits is not None
    return Uploads(
        counts, waits["size"], waits["oldest"], tuple((row["code"], row["n"]) for row in failed),
        {row["day"]: row["n"] for row in stored},
    )  # fmt: skip


def _versions(store: Store, first: date, last: date) -> int:
    row = store.row(
        "SELECT count(*) FROM document_version WHERE replaced_at >= ? AND replaced_at < ?",
        first.isoformat(), (last + timedelta(days=1)).isoformat(),
    )  # fmt: skip
    return int(row[0]) if row else 0
