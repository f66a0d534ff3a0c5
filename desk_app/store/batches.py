"""Batches in the store: what was declared, who has them where, their sheets and their exceptions.

The pages of a batch land in its tray, a dossier of its own that no other step looks at; dividing
the pile puts them into their dossiers. Under which number a sheet lay in the pile is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from desk_app.errors import NotAllowed, NotFound, UsageError
from desk_app.records import Text
from desk_app.store import codec, edits, refusals
from desk_app.store.database import Change, Store
from desk_app.store.dossiers import new_id
from desk_app.store.sql import sqlite3
from desk_app.store.states import SEALED
from desk_app.store.steps import ASIDE, WHY, Decide, Put, Step

State = Literal["open", "suspended", "closed"]
SEPARATOR, BLANK_BACK = "separator", "blank_back"


@dataclass(frozen=True, slots=True)
class Plan:
    """What was declared of a batch before it was fed."""

    sheets_declared: int
    """All that lies in the pile, separator sheets too."""
    sides: int = 2
    dossiers_declared: int | None = None
    procedure: str = ""
    """For the dossiers that it opens; empty for loose papers."""
    separation: str = "separator"
    profile: str = ""
    """Name of the scan profile."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A pile of sheets that is accounted for as a whole (lô)."""

    id: str
    code: str
    tray_id: str
    state: State
    plan: Plan
    operator: str
    seat: str
    created_at: str
    closing_reason: str | None


@dataclass(frozen=True, slots=True)
class SheetSide:
    """One page of a batch."""

    page_id: str
    dossier_id: str
    in_tray: bool
    sheet: int
    """Number in the pile; beyond 100 000 for sheets that were fed into a place of their own."""
    side: str
    role: str
    """page or separator."""
    set_aside: bool
    why: str
    """Why it is set aside, as decided."""
    size_mm: tuple[float, float]
    """Width and height of the picture."""
    blank: str | None
    """blank, doubtful or content; None before the page was checked."""
    codes: tuple[str, ...]
    starts: str | None
    """By hand: the code of the dossier that begins here."""
    red_share: float = 0.0
    problems: tuple[str, ...] = ()
    pattern: str = ""
    """Where the page is dark, as the page checks keep it."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Something about a sheet of a batch that someone should decide: the exceptions stack."""

    code: str
    sheet: int
    text: Text
    page_id: str | None = None
    settled: str | None = None
    """How it was decided; None while it is open."""


# --- the batch ------------------------------------------------------------------------------------


def create(store: Store, code: str, plan: Plan, operator: str, seat: str) -> Batch:
    """Open a batch.

    Raises:
        UsageError: The code or the declaration makes no sense.
        NotAllowed: The code is taken.
    """
    if not code.strip() or "|" in code or "/" in code or len(code) > 64:
        raise UsageError(f"batch code {code[:64]!r}", detail_vi=f"mã lô {code[:64]!r}")
    if plan.sides not in (1, 2) or not 1 <= plan.sheets_declared <= 100_000:
        sheets, limits = plan.sheets_declared, f"× {plan.sides} (1 … 100000 × 1, 2)"
        raise UsageError(f"{sheets} sheets {limits}", detail_vi=f"{sheets} tờ {limits}")
    identity, tray = new_id(), new_id()
    try:
        with store.transaction() as change:
            change.conn.execute(
                "INSERT INTO dossier VALUES(?,?,'','suspended',?,?,?)",
                (tray, f"{code}/khay", change.now, change.now, codec.dumps({"batch": identity})),
            )
            change.conn.execute(
                "INSERT INTO batch VALUES(?,?,?,'open',?,?,?,?,?,NULL)",
                (identity, code, tray, change.now, codec.dumps(plan), operator, seat, change.now),
            )
            change.audit("batch.create", identity, code=code, sheets=plan.sheets_declared)
    except sqlite3.IntegrityError as fault:
        raise NotAllowed(f"batch {code} already exists", detail_vi=f"lô {code} đã có") from fault
    return find(store, code)


def find(store: Store, code_or_id: str) -> Batch:
    """The batch with this code or id."""
    row = store.row("SELECT * FROM batch WHERE code = ?1 OR id = ?1", code_or_id)
    if row is None:
        raise NotFound(f"batch {code_or_id}", detail_vi=f"lô {code_or_id}")
    return _batch(row)


def all_batches(store: Store, *states: State) -> list[Batch]:
    """Batches in any of these states (all without), newest first."""
    marks = ",".join("?" * len(states))
    where = f"WHERE state IN ({marks})" if states else ""
    return [_batch(r) for r in store.rows(f"SELECT * FROM batch {where} ORDER BY id DESC", *states)]


def of_page(store: Store, page_id: str) -> Batch | None:
    """The batch that a page came with."""
    row = store.row(
        "SELECT b.* FROM batch b JOIN batch_page p ON p.batch_id = b.id WHERE p.page_id = ?",
        page_id,
    )
    return _batch(row) if row else None


def of_tray(store: Store, tray_id: str) -> Batch:
    """The batch whose pages land in this tray."""
    row = store.row("SELECT * FROM batch WHERE tray_id = ?", tray_id)
    if row is None:
        raise NotFound(f"tray {tray_id}", detail_vi=f"khay {tray_id}")
    return _batch(row)


def suspend(store: Store, batch: Batch) -> None:
    """Put a batch away; any seat may go on with it."""
    _move(store, batch, "suspended", {"open"})


def resume(store: Store, batch: Batch, operator: str, seat: str) -> None:
    """Go on with a suspended batch, here."""
    _move(store, batch, "open", {"suspended"}, operator=operator, seat=seat)


def close(store: Store, batch: Batch, reason: str | None, differences: Sequence[str]) -> None:
    """Close a batch; with differences only under a reason, which stays with it.

    Raises:
        NotAllowed: It does not add up and no reason is given, or it is not open.
    """
    if differences and not (reason and reason.strip()):
        told = ", ".join(differences)
        raise NotAllowed(f"the batch does not add up: {told}", detail_vi=f"lô chưa khớp: {told}")
    _move(store, batch, "closed", {"open"}, reason=reason, differences=list(differences))


def _move(
    store: Store, batch: Batch, state: State, allowed: set[str], *, reason: str | None = None,
    operator: str | None = None, seat: str | None = None, **details: object,
) -> None:  # fmt: skip
    with store.transaction() as change:
        row = change.conn.execute("SELECT state FROM batch WHERE id = ?", (batch.id,)).fetchone()
        if row["state"] not in allowed:
            way = f"{batch.code}: {row['state']} → {state}"
            raise NotAllowed(f"batch {way}", detail_vi=f"lô {way}")
        change.conn.execute(
            "UPDATE batch SET state = ?, state_since = ?, operator = coalesce(?, operator), "
            "seat = coalesce(?, seat), closing_reason = ? WHERE id = ?",
            (state, change.now, operator, seat, reason, batch.id),
        )
        change.audit("batch.state", batch.id, after=state, seat=seat, **details)


def _batch(row: sqlite3.Row) -> Batch:
    return Batch(
        row["id"], row["code"], row["tray_id"], row["state"], codec.loads(Plan, row["plan"]),
        row["operator"], row["seat"], row["created_at"], row["closing_reason"],
    )  # fmt: skip


# --- its sheets -----------------------------------------------------------------------------------


def sheet_sides(store: Store, batch: Batch) -> list[SheetSide]:
    """Every page of a batch in the order of the pile; what was put in lies where it was put."""
    rows = store.rows(
        "SELECT b.*, p.width, p.height, p.dpi, p.clerk, p.checks, p.set_aside AS aside, "
        "p.set_aside_reason FROM batch_sheet b JOIN page p ON p.id = b.page_id "
        "WHERE b.batch_id = ? ORDER BY b.dossier_id = b.tray_id, b.sheet, b.side DESC, b.position",
        batch.id,
    )
    away = [_sheet_side(row) for row in rows if row["dossier_id"] != row["tray_id"]]
    in_tray = [row for row in rows if row["dossier_id"] == row["tray_id"]]
    tray = [_sheet_side(row) for row in sorted(in_tray, key=lambda row: row["position"])]
    return _in_pile_order(away, tray)


def _in_pile_order(away: Sequence[SheetSide], tray: Sequence[SheetSide]) -> list[SheetSide]:
    """The tray keeps its own order; what has left it stands before the next higher number."""
    keyed = [(side.sheet, side) for side in away]
    reached = 0
    for side in tray:
        reached = max(reached, side.sheet if side.sheet <= 100_000 else reached)
        keyed.append((reached, side))
    return [side for _, side in sorted(keyed, key=lambda each: each[0])]


def _sheet_side(row: sqlite3.Row) -> SheetSide:
    clerk = json.loads(row["clerk"])
    checks = json.loads(row["checks"]) if row["checks"] else {}
    aside = bool(clerk.get(ASIDE, row["aside"]))
    dpi = max(1, row["dpi"])
    return SheetSide(
        page_id=row["page_id"], dossier_id=row["dossier_id"],
        in_tray=row["dossier_id"] == row["tray_id"], sheet=row["sheet"], side=row["side"],
        role=row["role"], set_aside=aside,
        why=(clerk.get(WHY) or row["set_aside_reason"] or "") if aside else "",
        size_mm=(row["width"] / dpi * 25.4, row["height"] / dpi * 25.4),
        blank=checks.get("blank"), codes=tuple(checks.get("codes", ())),
        starts=clerk.get("starts"), red_share=checks.get("red_share", 0.0),
        problems=tuple(checks.get("problems", ())), pattern=checks.get("pattern", ""),
    )  # fmt: skip


def save_checks(store: Store, page_id: str, checks: Mapping[str, object]) -> None:
    """Keep what the page checks found on a page (plain facts; codes only of the desk's own)."""
    with store.transaction() as change:
        change.conn.execute(
            "UPDATE page SET checks = ? WHERE id = ?", (codec.dumps(dict(checks)), page_id)
        )
        change.audit("page.check", page_id)


def unchecked(store: Store, batch: Batch) -> list[str]:
    """Pages of a batch that no check has looked at."""
    rows = store.rows(
        "SELECT p.id FROM page p JOIN batch_page b ON b.page_id = p.id "
        "WHERE b.batch_id = ? AND p.checks IS NULL ORDER BY p.rowid",
        batch.id,
    )
    return [row["id"] for row in rows]


# --- dividing the pile ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """What goes into one dossier."""

    code: str
    page_ids: tuple[str, ...]
    papers: tuple[str, ...] = ()
    """Pages with which a new paper begins."""


def distribute(
    store: Store, batch: Batch, shares: Iterable[Share], separators: Mapping[str, str],
    blanks: Sequence[str],
) -> list[Share]:  # fmt: skip
    """Put pages from the tray into their dossiers, opening those that are new; all or nothing.

    Pages that have left the tray already stay where they are.

    Returns:
        Shares that stay in the tray because their dossier is signed.
    """
    with store.transaction() as change:
        tray = {
            row["id"] for row in change.conn.execute(
                "SELECT id FROM page WHERE dossier_id = ?", (batch.tray_id,)
            )
        }  # fmt: skip
        wanted: list[Step] = []
        refused = []
        for share in shares:
            moving = [page for page in share.page_ids if page in tray]
            target = _target(change, batch, share.code) if moving else None
            if target is not None:
                wanted += _into(change, target, moving, share.papers)
            elif moving:
                refused.append(share)
        wanted += _aside(change, [p for p in separators if p in tray], SEPARATOR)
        wanted += _aside(change, [p for p in blanks if p in tray], BLANK_BACK)
        _note_separators(change, separators)
        if wanted:
            _keep_pile_numbers(change, batch, wanted)
            edits.carry_out(change, batch.tray_id, "divide", wanted)
        return refused


def _into(
    change: Change, dossier_id: str, pages: Sequence[str], papers: Sequence[str]
) -> list[Step]:
    last = change.conn.execute(
        "SELECT id FROM page WHERE dossier_id = ? ORDER BY position DESC, id DESC LIMIT 1",
        (dossier_id,),
    ).fetchone()
    steps = edits.put_in(change, pages, last["id"] if last else None, dossier_id)
    return [*steps, *(Decide(page, "first", True) for page in pages if page in papers)]


def begin_dossier(store: Store, batch: Batch, page_ids: Sequence[str], code: str) -> int:
    """A dossier begins by hand: pages go into it, wherever they lay; the edit's number, for undo.

    Raises:
        NotAllowed: A dossier that is concerned is signed.
    """
    with store.transaction() as change:
        target = _target(change, batch, code)
        if target is None:
            raise refusals.is_signed(code)
        wanted = _into(change, target, page_ids, ())
        in_tray = [step for step in wanted if _lies_in(change, step.page, batch.tray_id)]
        _keep_pile_numbers(change, batch, in_tray)
        starts = Decide(page_ids[0], "starts", code)
        return edits.carry_out(change, batch.tray_id, "begin", [*wanted, starts])


def _lies_in(change: Change, page_id: str, dossier_id: str) -> bool:
    query = "SELECT 1 FROM page WHERE id = ? AND dossier_id = ?"
    return change.conn.execute(query, (page_id, dossier_id)).fetchone() is not None


def _aside(change: Change, pages: Sequence[str], why: str) -> list[Step]:
    """Nothing is set aside over the word of someone who used it again."""
    found: list[Step] = []
    for page in pages:
        row = change.conn.execute("SELECT clerk FROM page WHERE id = ?", (page,)).fetchone()
        if ASIDE not in json.loads(row["clerk"]):
            found += [Decide(page, ASIDE, True), Decide(page, WHY, why)]
    return found


def _note_separators(change: Change, separators: Mapping[str, str]) -> None:
    change.conn.executemany(
        "UPDATE batch_page SET role = ?, code = ? WHERE page_id = ?",
        [(SEPARATOR, text, page) for page, text in separators.items()],
    )


def _keep_pile_numbers(change: Change, batch: Batch, wanted: Iterable[Step]) -> None:
    """Outside the tray a page has another sheet number; the one of the pile is written down."""
    change.conn.executemany(
        "UPDATE batch_page SET (sheet, side) = (SELECT sheet, side FROM page WHERE id = page_id) "
        "WHERE page_id = ? AND batch_id = ?",
        [(step.page, batch.id) for step in wanted if isinstance(step, Put)],
    )


def _target(change: Change, batch: Batch, code: str) -> str | None:
    """The dossier with this code, opened if it is new; None where it is signed already."""
    row = change.conn.execute("SELECT id, state FROM dossier WHERE code = ?", (code,)).fetchone()
    if row is not None:
        signed = change.conn.execute(
            "SELECT 1 FROM document WHERE dossier_id = ? AND signed_sha256 IS NOT NULL",
            (row["id"],),
        ).fetchone()
        return None if signed or row["state"] in SEALED else str(row["id"])
    identity = new_id()
    change.conn.execute(
        "INSERT INTO dossier VALUES(?,?,?,'received',?,?,?)",
        (identity, code, batch.plan.procedure, change.now, change.now,
         codec.dumps({"from_batch": batch.id})),
    )  # fmt: skip
    change.audit("dossier.create", identity, code=code, procedure=batch.plan.procedure)
    return identity


# --- exceptions -----------------------------------------------------------------------------------


def note(store: Store, batch: Batch, issues: Iterable[Issue]) -> int:
    """Put what was noticed on the stack.

    What was noticed of the same page before stays as it was decided; of another page, or of
    another feed of the same sheet, it is open again.
    """
    with store.transaction() as change:
        count = 0
        for each in issues:
            done = change.conn.execute(
                "INSERT INTO batch_exception(batch_id, code, sheet, page_id, vi, en, found_at) "
                "VALUES(?,?,?,?,?,?,?) ON CONFLICT(batch_id, code, sheet) DO UPDATE SET "
                "page_id = excluded.page_id, vi = excluded.vi, en = excluded.en, "
                "found_at = excluded.found_at, settled = NULL, settled_at = NULL "
                "WHERE excluded.page_id IS NULL OR excluded.page_id IS NOT batch_exception.page_id",
                (batch.id, each.code, each.sheet, each.page_id, each.text.vi, each.text.en,
                 change.now),
            )  # fmt: skip
            if done.rowcount:
                count += 1
                change.audit("batch.exception", batch.id, code=each.code, sheet=each.sheet)
        return count


def settle(store: Store, batch: Batch, code: str, sheet: int, how: str) -> None:
    """Someone decides an exception: seen and right, scanned again, kept as it is."""
    with store.transaction() as change:
        done = change.conn.execute(
            "UPDATE batch_exception SET settled = ?, settled_at = ? "
            "WHERE batch_id = ? AND code = ? AND sheet = ? AND settled IS NULL",
            (how, change.now, batch.id, code, sheet),
        )
        if not done.rowcount:
            raise NotFound(f"{code}, sheet {sheet}", detail_vi=f"{code}, tờ {sheet}")
        change.audit("batch.settle", batch.id, code=code, sheet=sheet)


def issues(store: Store, batch: Batch, *, open_only: bool = False) -> list[Issue]:
    """The exceptions stack of a batch, by sheet.

    One whose page was scanned again or deleted since counts as decided.
    """
    rows = store.rows(
        "SELECT e.*, p.clerk FROM batch_exception e LEFT JOIN page p ON p.id = e.page_id "
        "WHERE e.batch_id = ? ORDER BY e.sheet, e.id",
        batch.id,
    )
    found = [
        Issue(row["code"], row["sheet"], Text(row["vi"], row["en"]), row["page_id"],
              row["settled"] or _settled_by_edit(row["clerk"]))
        for row in rows
    ]  # fmt: skip
    return [issue for issue in found if not (open_only and issue.settled)]


def _settled_by_edit(clerk: str | None) -> str | None:
    why = json.loads(clerk).get(WHY) if clerk else None
    return str(why) if why in (edits.REPLACED, edits.DELETED) else None
