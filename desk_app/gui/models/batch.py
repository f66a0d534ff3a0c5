"""What the batch screen shows: the pile in its order, how it counts, what is open, how it looks.

Read from the store in one go and off the window thread. Facts of the page checks are picked out by
the database itself, so that a pile of 5,000 pages is read in a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from desk_app.batch_seat import REJECTED
from desk_app.capture import batches as counting
from desk_app.capture.batches import Reckoning
from desk_app.store import batches, dossiers
from desk_app.store.batches import Batch, Issue, SheetSide

if TYPE_CHECKING:
    from desk_app.store.database import Store
    from desk_app.store.sql import sqlite3

WORST_FIRST = ("unreadable", "size", "clipped", "blurred", "cut_corner", "low_contrast", "skewed",
               "blank")  # fmt: skip
"""What can be wrong with a page, worst first."""
_WEIGHTS = {name: len(WORST_FIRST) - n for n, name in enumerate(WORST_FIRST)}
SURE_TURN = 0.65
"""Confidence from which a page is shown turned: below it only the direction of lines is known."""
_FIRST_ISSUES = ("DOUBLE_FEED", REJECTED, "SUSPECT")


@dataclass(frozen=True, slots=True)
class Tile:
    """One page of the pile."""

    page_id: str
    path: Path
    sheet: int
    side: str
    width: int
    height: int
    rotation: int
    separator: str | None
    """What a separator says; None for a page."""
    aside: bool
    why: str
    dossier: str
    """Code of the dossier it lies in; empty in the tray."""
    band: int
    """Counts the dossiers of the pile, so that neighbours look different."""
    begins: bool
    """The first page of its dossier."""
    problems: tuple[str, ...] = ()
    issue: bool = False
    """Something on the stack is about this sheet."""
    skew_deg: float = 0.0
    steepness: float = 0.0
    ink_depth: float = 0.0
    checked: bool = False

    @property
    def is_separator(self) -> bool:
        """Whether it is a separator sheet."""
        return self.separator is not None

    @property
    def badness(self) -> float:
        """Greater for pages that deserve a look first."""
        if self.aside or self.is_separator:
            return -1.0
        worst = sum(_WEIGHTS.get(name, 1) for name in self.problems)
        return worst + 4.0 * self.issue + min(abs(self.skew_deg), 20.0) / 100


@dataclass(frozen=True, slots=True)
class BatchView:
    """Everything the screen shows of a batch, at one moment."""

    batch: Batch
    counted: Reckoning
    tiles: tuple[Tile, ...]
    issues: tuple[Issue, ...]
    """Open ones, worst first."""
    fronts_waiting: int = 0
    """Sheets whose backs are still to come."""
    was_cut_off: bool = False
    """The last feed ended with its program."""
    last_landed: str = ""
    by_id: dict[str, Tile] = field(default_factory=dict)

    def tile(self, page_id: str | None) -> Tile | None:
        """A page by its id."""
        return self.by_id.get(page_id or "")

    def of_sheet(self, sheet: int) -> Tile | None:
        """The first page of a sheet."""
        return next((tile for tile in self.tiles if tile.sheet == sheet and not tile.aside), None)


@dataclass(frozen=True, slots=True)
class KnownBatch:
    """A line of the list of batches."""

    code: str
    state: str
    seat: str
    created_at: str
    declared: int
    fed: int


def read_known(store: Store, limit: int = 12) -> list[KnownBatch]:
    """Batches that can be continued, then those that were closed last."""
    rows = store.rows(
        "SELECT b.code, b.state, b.seat, b.created_at, json_extract(b.plan, '$.sheets_declared') "
        "AS declared, (SELECT count(DISTINCT s.sheet) FROM batch_page s WHERE s.batch_id = b.id) "
        "AS fed FROM batch b ORDER BY b.state = 'closed', b.state_since DESC LIMIT ?",
        limit,
    )
    return [KnownBatch(*tuple(row)) for row in rows]


def read_batch(store: Store, batch_id: str) -> BatchView:
    """Everything of one batch."""
    batch = batches.find(store, batch_id)
    sides = batches.sheet_sides(store, batch)
    every = batches.issues(store, batch)
    counted = counting.reckon(batch.plan, sides, every)
    still_open = sorted((issue for issue in every if issue.settled is None), key=_urgency)
    facts = {row["page_id"]: row for row in _facts(store, batch)}
    tiles = tuple(_tiles(store, sides, facts, still_open))
    job = dossiers.last_job(store, batch.tray_id)
    return BatchView(
        batch, counted, tiles, tuple(still_open), _fronts_waiting(batch, sides),
        bool(job and job["reason"] == "interrupted"),
        max((row["landed_at"] for row in facts.values()), default=""),
        {tile.page_id: tile for tile in tiles},
    )  # fmt: skip


def _urgency(issue: Issue) -> tuple[int, int]:
    first = next((n for n, code in enumerate(_FIRST_ISSUES) if issue.code.startswith(code)), None)
    if first is not None:
        return first, issue.sheet
    return (len(_FIRST_ISSUES) + issue.code.startswith("LOOK_")), issue.sheet


def _facts(store: Store, batch: Batch) -> list[sqlite3.Row]:
    found = "json_extract(p.checks, '$.{0}') AS {0}"
    columns = ", ".join(
        found.format(name)
        for name in ("rotation", "rotation_confidence", "skew_deg", "steepness", "ink_depth")
    )
    return store.rows(
        "SELECT b.page_id, b.code AS says, p.sha256, p.width, p.height, p.landed_at, "
        "d.code AS dossier, json_extract(p.clerk, '$.rotation') AS turned, "
        f"p.checks IS NOT NULL AS checked, {columns} FROM batch_sheet b "
        "JOIN page p ON p.id = b.page_id JOIN dossier d ON d.id = p.dossier_id "
        "WHERE b.batch_id = ?",
        batch.id,
    )


def _tiles(
    store: Store, sides: Sequence[SheetSide], facts: dict[str, sqlite3.Row],
    issues: Iterable[Issue],
) -> Iterable[Tile]:  # fmt: skip
    odd = {i.page_id for i in issues if i.code in (counting.DOUBLE_FEED, counting.SHORT_PAGE)}
    named = {issue.sheet for issue in issues}
    band, before = 0, ""
    for side in sides:
        row = facts.get(side.page_id)
        if row is None or side.why in counting.GONE:
            continue
        home = "" if side.in_tray else side.dossier_id
        begins = bool(home) and home != before and side.role != batches.SEPARATOR
        if side.role != batches.SEPARATOR and home != before:
            band, before = band + 1, home
        yield _tile(store, side, row, band, begins, side.page_id in odd, side.sheet in named)


def _tile(
    store: Store, side: SheetSide, row: sqlite3.Row, band: int, begins: bool, odd: bool, issue: bool
) -> Tile:
    separator = side.role == batches.SEPARATOR
    rotation = row["turned"]
    if rotation is None:
        rotation = row["rotation"] if (row["rotation_confidence"] or 0) >= SURE_TURN else 0
    return Tile(
        page_id=side.page_id, path=store.blobs.path(row["sha256"]), sheet=side.sheet,
        side=side.side, width=row["width"], height=row["height"], rotation=int(rotation or 0),
        separator=_said(row["says"]) if separator and side.set_aside else None,
        aside=side.set_aside, why=side.why, dossier="" if side.in_tray else row["dossier"],
        band=band, begins=begins, problems=_problems(side, odd), issue=issue,
        skew_deg=row["skew_deg"] or 0.0, steepness=row["steepness"] or 0.0,
        ink_depth=row["ink_depth"] or 0.0, checked=bool(row["checked"]),
    )  # fmt: skip


def _said(payload: str | None) -> str:
    return (payload or "").rpartition("|")[2]


def _problems(side: SheetSide, odd: bool) -> tuple[str, ...]:
    if side.set_aside or side.role == batches.SEPARATOR:
        return ()
    found = [*side.problems]
    if odd:
        found.append("size")
    if side.blank == "doubtful" or (side.blank == "blank" and side.side == "front"):
        found.append("blank")
    return tuple(found)


def _fronts_waiting(batch: Batch, sides: Sequence[SheetSide]) -> int:
    if batch.plan.sides != 2:
        return 0
    standing = [side for side in sides if side.in_tray and not side.why]
    paired = {side.sheet for side in standing if side.side == "back"}
    return sum(side.side == "front" and side.sheet not in paired for side in standing)
