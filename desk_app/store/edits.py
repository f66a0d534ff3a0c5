"""Edits of pages: journalled, each one transaction with its audit record, each one to be undone.

Nothing is deleted and no master picture is touched: a page that goes is set aside with its reason,
a rescan stands beside the page that it replaces. `page_edit` is only ever appended to; undo is an
edit of its own that names what it takes back, and redo takes back the undo.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from desk_app.errors import NotAllowed, NotFound
from desk_app.records import Page
from desk_app.store import codec, refusals, steps
from desk_app.store.database import Change, Store
from desk_app.store.sql import sqlite3
from desk_app.store.states import SEALED, move_in
from desk_app.store.steps import ASIDE, WHY, Decide, Land, Put, Stacks, Step

DELETED, REPLACED, SURPLUS = "deleted", "replaced", "surplus"
_CARRIED = ("type", "first")
"""Decisions that a rescan takes over from the page that it replaces."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the pages of a scan go."""

    op: Literal["end", "before", "after", "replace"] = "end"
    pages: tuple[str, ...] = ()
    """The page to stand before or after; the pages to replace, in the order of the new ones."""
    offset: int = 0
    """What is added to the sheet numbers of the device, which counts from 1 in such a scan."""
    limit: int | None = None
    """Pages beyond this many are set aside: a duplex scanner sends a back that nobody asked for."""


AT_END = Place()


@dataclass(frozen=True, slots=True)
class Edit:
    """One line of the journal of edits."""

    seq: int
    dossier_id: str
    op: str
    pages: tuple[str, ...]
    made_at: str
    actor: str
    stands: bool
    """Whether it holds: not taken back, or taken back and done again."""


# --- the edits ------------------------------------------------------------------------------------


def move_pages(
    store: Store, page_ids: Sequence[str], after: str | None, dossier_id: str | None = None
) -> int:
    """Put pages, in the order given, after a page or first; also into another dossier.

    Args:
        store: The store.
        page_ids: The pages.
        after: The page that they will follow; None for the first place.
        dossier_id: Where they go; None leaves them in the dossier of the first page.

    Returns:
        The edit's number, for `undo`.

    Raises:
        NotFound: A page is unknown.
        NotAllowed: A dossier is signed, or `after` is not in it or is one of the pages.
    """
    if after in page_ids:
        raise refusals.follows_itself()
    with store.transaction() as change:
        home = _home(change.conn, page_ids)
        target = dossier_id or home
        wanted = put_in(change, page_ids, after, target)
        return carry_out(change, home, "move" if target == home else "transfer", wanted)


def put_in(
    change: Change, page_ids: Sequence[str], after: str | None, dossier_id: str
) -> list[Step]:
    """The steps that put pages, in the order given, after a page of a dossier."""
    sheets = _sheets_in(change.conn, page_ids, dossier_id)
    return [
        Put(page, dossier_id, before, *sheet)
        for page, before, sheet in zip(page_ids, [after, *page_ids], sheets, strict=False)
    ]


def delete(store: Store, page_ids: Sequence[str]) -> int:
    """Set pages aside as deleted; they stay in their place, restorable."""
    return decide_pages(store, "delete", {p: {ASIDE: True, WHY: DELETED} for p in page_ids})


def restore(store: Store, page_ids: Sequence[str]) -> int:
    """Use pages again that lay aside."""
    return decide_pages(store, "restore", {p: {ASIDE: False, WHY: None} for p in page_ids})


def rotate(store: Store, turns: Mapping[str, int]) -> int:
    """Turn pages: clockwise degrees (0, 90, 180, 270) by page id; they have to be read again."""
    return decide_pages(store, "rotate", {p: {"rotation": deg % 360} for p, deg in turns.items()})


def split(store: Store, page_id: str) -> int:
    """A new paper starts at this page."""
    return decide_pages(store, "split", {page_id: {"first": True}})


def merge(store: Store, page_id: str) -> int:
    """This page goes on with the paper before it."""
    return decide_pages(store, "merge", {page_id: {"first": False}})


def decide(store: Store, page_id: str, **decisions: object) -> dict[str, object]:
    """Keep the clerk's decisions on a page (type, first, rotation, set_aside); None takes one back.

    Returns the decisions as they were before, which undo gives back.
    """
    with store.transaction() as change:
        row = change.conn.execute("SELECT clerk FROM page WHERE id = ?", (page_id,)).fetchone()
        if row is None:
            raise refusals.no_page(page_id)
        before: dict[str, object] = json.loads(row["clerk"])
        changes = dict(decisions)
        if ASIDE in changes and before.get(WHY) is not None:
            changes.setdefault(WHY, None)
        wanted = [Decide(page_id, key, value) for key, value in changes.items()]
        carry_out(change, _home(change.conn, [page_id]), "decide", wanted, stale=False)
    return {key: before.get(key) for key in changes}


def decide_pages(store: Store, op: str, changes: Mapping[str, Mapping[str, object]]) -> int:
    """Decisions on several pages as one edit, under the name `op`; None takes one back."""
    with store.transaction() as change:
        return carry_out(change, _home(change.conn, list(changes)), op, _decided(changes))


def _decided(changes: Mapping[str, Mapping[str, object]]) -> list[Step]:
    return [
        Decide(page, key, value) for page, each in changes.items() for key, value in each.items()
    ]


def rearrange(
    store: Store, page_ids: Sequence[str], after: str | None,
    changes: Mapping[str, Mapping[str, object]],
) -> int:  # fmt: skip
    """Put pages after another one of their dossier and decide what they are there, as one edit."""
    if after in page_ids:
        raise refusals.follows_itself()
    with store.transaction() as change:
        home = _home(change.conn, page_ids)
        wanted = [*put_in(change, page_ids, after, home), *_decided(changes)]
        return carry_out(change, home, "move", wanted)


# --- undo -----------------------------------------------------------------------------------------


def undo(store: Store, seq: int) -> None:
    """Take an edit back.

    Raises:
        NotFound: There is no such edit.
        NotAllowed: It was taken back already, or a later edit of the same pages still stands.
    """
    with store.transaction() as change:
        _turn(change, seq, stands=True)


def redo(store: Store, seq: int) -> None:
    """Do an edit again that was taken back; give the number of the edit, not of its undo."""
    with store.transaction() as change:
        _turn(change, seq, stands=False)


def undo_job(store: Store, job_id: str) -> int:
    """Take back all that a scan put in: its pages go aside, those it replaced come back.

    Returns how many pages that were.
    """
    return _turn_job(store, job_id, stands=True)


def redo_job(store: Store, job_id: str) -> int:
    """Use the pages of a scan again that was taken back."""
    return _turn_job(store, job_id, stands=False)


def _turn_job(store: Store, job_id: str, *, stands: bool) -> int:
    with store.transaction() as change:
        rows = change.conn.execute(
            "SELECT seq FROM page_edit WHERE job_id = ? AND undoes IS NULL ORDER BY seq", (job_id,)
        ).fetchall()
        chains = [_chain(change.conn, row["seq"]) for row in rows]
        found = [chain[0] for chain in chains if _stands(chain) is stands]
        for seq in reversed(found) if stands else found:
            _turn(change, seq, stands=stands)
        return len(found)


def history(store: Store, dossier_id: str) -> list[Edit]:
    """The edits of a dossier, oldest first, without the undos themselves."""
    rows = store.rows(
        "SELECT * FROM page_edit WHERE dossier_id = ? AND undoes IS NULL ORDER BY seq", dossier_id
    )
    return [
        Edit(row["seq"], dossier_id, row["op"], _pages_of(read_steps(row["steps"])),
             row["made_at"], row["actor"], _stands(_chain(store.conn, row["seq"])))
        for row in rows
    ]  # fmt: skip


def _turn(change: Change, seq: int, *, stands: bool) -> None:
    """Take back the last word on an edit: the edit itself, its undo or its redo."""
    chain = _chain(change.conn, seq)
    if _stands(chain) is not stands:
        if stands:
            raise NotAllowed(
                "this edit was taken back already", detail_vi="thao tác này đã được hoàn tác"
            )
        raise NotAllowed("this edit stands", detail_vi="thao tác này đang có hiệu lực")
    row = change.conn.execute("SELECT * FROM page_edit WHERE seq = ?", (chain[-1],)).fetchone()
    back = read_steps(row["back"])
    _require_newest(change.conn, chain, set(_pages_of(back)))
    carry_out(change, row["dossier_id"], "undo" if stands else "redo", back, undoes=chain[-1])


def _chain(conn: sqlite3.Connection, seq: int) -> list[int]:
    """An edit and every undo and redo of it, in order."""
    row = conn.execute("SELECT undoes FROM page_edit WHERE seq = ?", (seq,)).fetchone()
    if row is None or row["undoes"] is not None:
        raise NotFound(f"edit {seq}", detail_vi=f"thao tác {seq}")
    chain = [seq]
    while row := conn.execute(
        "SELECT seq FROM page_edit WHERE undoes = ?", (chain[-1],)
    ).fetchone():
        chain.append(row["seq"])
    return chain


def _stands(chain: Sequence[int]) -> bool:
    return len(chain) % 2 == 1


def _require_newest(conn: sqlite3.Connection, chain: Sequence[int], pages: set[str]) -> None:
    later = conn.execute(
        "SELECT seq, steps FROM page_edit WHERE seq > ? AND undoes IS NULL", (chain[0],)
    ).fetchall()
    for row in later:
        if pages & set(_pages_of(read_steps(row["steps"]))) and _stands(_chain(conn, row["seq"])):
            raise NotAllowed(
                "take back the later edit of the same page first",
                detail_vi="hãy hoàn tác thao tác làm sau trên cùng trang trước",
            )


# --- landing --------------------------------------------------------------------------------------


def land_in(change: Change, page: Page, job_id: str) -> None:
    """Give a page that has just been recorded its place, as its scan was begun for."""
    job = change.conn.execute("SELECT place FROM scan_job WHERE id = ?", (job_id,)).fetchone()
    place = codec.loads(Place, job["place"]) if job and job["place"] else AT_END
    sealed = _is_sealed(change.conn, page.dossier_id)
    landed = [
        row["id"] for row in change.conn.execute(
            "SELECT id FROM page WHERE job_id = ? AND id <> ? ORDER BY rowid", (job_id, page.id)
        )
    ]  # fmt: skip
    anchors = [*place.pages, *landed[-1:]]
    if place.op == "end" or sealed or not _in_dossier(change.conn, page.dossier_id, anchors):
        # Its place is gone or shut; the page itself is never refused.
        _land_at_end(change, page, job_id)
        return
    carry_out(change, page.dossier_id, place.op, _landing(change, page, place, landed),
              job_id=job_id)  # fmt: skip


def _land_at_end(change: Change, page: Page, job_id: str) -> None:
    """Without looking at the whole stack: a batch has thousands of pages."""
    last = change.conn.execute(
        "SELECT id, position FROM page WHERE dossier_id = ? AND id <> ? "
        "ORDER BY position DESC, id DESC LIMIT 1",
        (page.dossier_id, page.id),
    ).fetchone()
    after, position = (last["id"], last["position"] + 1) if last else (None, 1)
    change.conn.execute("UPDATE page SET position = ? WHERE id = ?", (position, page.id))
    step = Land(page.id, page.dossier_id, after, page.sheet, page.side)
    back = [Decide(page.id, ASIDE, True), Decide(page.id, WHY, steps.TAKEN_BACK)]
    _journal(change, page.dossier_id, "land", [step], back, None, job_id)


def _landing(change: Change, page: Page, place: Place, landed: Sequence[str]) -> list[Step]:
    sheet, side, more = page.sheet, page.side, list[Step]()
    after: str | None = landed[-1] if landed else place.pages[0]
    if place.op == "before" and not landed:
        after = _before(change.conn, page, place.pages[0])
    if place.op == "replace" and len(landed) < len(place.pages):
        target = change.conn.execute(
            "SELECT id, sheet, side, clerk FROM page WHERE id = ?", (place.pages[len(landed)],)
        ).fetchone()
        after, sheet, side = target["id"], target["sheet"], target["side"]
        kept = {k: v for k, v in json.loads(target["clerk"]).items() if k in _CARRIED}
        more = [Decide(page.id, key, value) for key, value in kept.items()]
        more += [Decide(target["id"], ASIDE, True), Decide(target["id"], WHY, REPLACED)]
        change.conn.execute(
            "UPDATE page SET sheet = ?, side = ? WHERE id = ?", (sheet, side, page.id)
        )
    if place.limit is not None and len(landed) >= place.limit:
        more = [Decide(page.id, ASIDE, True), Decide(page.id, WHY, SURPLUS)]
    return [Land(page.id, page.dossier_id, after, sheet, side), *more]


# --- carrying out ---------------------------------------------------------------------------------


def carry_out(
    change: Change,
    dossier_id: str,
    op: str,
    wanted: Sequence[Step],
    *,
    undoes: int | None = None,
    job_id: str | None = None,
    stale: bool = True,
) -> int:
    """Carry out steps inside a transaction and journal them.

    Args:
        change: The open transaction.
        dossier_id: The dossier whose history shows the edit.
        op: Its name.
        wanted: The steps.
        undoes: The edit that this one takes back.
        job_id: The scan that it comes from.
        stale: Whether the dossier has to be sorted into papers again.

    Raises:
        NotFound: A page is unknown.
        NotAllowed: A dossier that is concerned is signed, or a place is not there.
    """
    landing = {step.page for step in wanted if isinstance(step, Land)}
    known = [page for page in _pages_of(wanted) if page not in landing]
    targets = {step.dossier for step in wanted if not isinstance(step, Decide)}
    concerned = {_home(change.conn, [page]) for page in known} | targets
    for each in sorted(concerned):
        _require_open(change, each, stale=stale and not landing)
    stacks = _load(change.conn, concerned, landing)
    before = _snapshot(stacks)
    back = stacks.apply_all(wanted)
    _write(change.conn, stacks, before)
    return _journal(change, dossier_id, op, wanted, back, undoes, job_id)


def _require_open(change: Change, dossier_id: str, *, stale: bool) -> None:
    state = _state(change.conn, dossier_id)
    if _is_sealed(change.conn, dossier_id):
        raise refusals.is_signed()
    if state == "to_sign":
        move_in(change, dossier_id, "to_check", why="edit")
        state = "to_check"
    change.conn.execute("UPDATE document SET pdf_sha256 = NULL WHERE dossier_id = ?", (dossier_id,))
    if stale and state in ("to_check", "checked"):
        # If the program ends now, going on sorts the papers again.
        move_in(change, dossier_id, "recognising", why="edit")


def _is_sealed(conn: sqlite3.Connection, dossier_id: str) -> bool:
    signed = conn.execute(
        "SELECT 1 FROM document WHERE dossier_id = ? AND signed_sha256 IS NOT NULL", (dossier_id,)
    ).fetchone()
    return signed is not None or _state(conn, dossier_id) in SEALED


def _load(conn: sqlite3.Connection, dossiers: Iterable[str], landing: set[str]) -> Stacks:
    stacks = Stacks()
    for dossier in dossiers:
        stacks.order[dossier] = []
        for row in conn.execute(
            "SELECT id, sheet, side, clerk FROM page WHERE dossier_id = ? ORDER BY position, id",
            (dossier,),
        ):
            if row["id"] not in landing:
                stacks.order[dossier].append(row["id"])
                stacks.sheets[row["id"]] = row["sheet"], row["side"]
                stacks.decided[row["id"]] = json.loads(row["clerk"])
    return stacks


_Row = tuple[str, int, int, str, str]
"""Dossier, position, sheet, side, decisions."""


def _snapshot(stacks: Stacks) -> dict[str, _Row]:
    return {
        page: (dossier, place, *stacks.sheets[page], codec.dumps(stacks.decided[page]))
        for dossier, pages in stacks.order.items()
        for place, page in enumerate(pages, start=1)
    }


def _write(conn: sqlite3.Connection, stacks: Stacks, before: Mapping[str, _Row]) -> None:
    after = _snapshot(stacks)
    changed = [(*row, page) for page, row in after.items() if before.get(page) != row]
    left = [row[-1] for row in changed if row[-1] in before and before[row[-1]][0] != row[0]]
    conn.executemany(
        "UPDATE page SET dossier_id = ?, position = ?, sheet = ?, side = ?, clerk = ? WHERE id = ?",
        changed,
    )
    # Positions may have had gaps; what did not change its rank is numbered all the same.
    conn.executemany(
        "UPDATE page SET position = ? WHERE id = ? AND position <> ?",
        [(row[1], page, row[1]) for page, row in after.items()],
    )
    conn.executemany(
        "UPDATE page SET document_id = NULL, document_position = NULL WHERE id = ?",
        [(page,) for page in left],
    )


def _journal(
    change: Change, dossier_id: str, op: str, wanted: Sequence[Step], back: Sequence[Step],
    undoes: int | None, job_id: str | None,
) -> int:  # fmt: skip
    done = change.conn.execute(
        "INSERT INTO page_edit(dossier_id, op, steps, back, undoes, job_id, made_at, actor) "
        "VALUES(?,?,?,?,?,?,?,?)",
        (dossier_id, op, _written(wanted), _written(back), undoes, job_id, change.now,
         change.store.actor),
    )  # fmt: skip
    if op != "land":  # its page.add stands in the same transaction
        pages = list(_pages_of(wanted))
        change.audit(f"page.{op}", dossier_id, edit=done.lastrowid, pages=len(pages),
                     first=pages[0] if pages else None, undoes=undoes)  # fmt: skip
    return int(done.lastrowid or 0)


def _written(wanted: Iterable[Step]) -> str:
    return codec.dumps([steps.as_list(step) for step in wanted])


def read_steps(text: str) -> list[Step]:
    """The steps of a line of the journal."""
    return [steps.from_list(each) for each in json.loads(text)]


def _pages_of(wanted: Iterable[Step]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(step.page for step in wanted))


# --- looking up -----------------------------------------------------------------------------------


def _home(conn: sqlite3.Connection, page_ids: Sequence[str]) -> str:
    for page_id in page_ids:
        row = conn.execute("SELECT dossier_id FROM page WHERE id = ?", (page_id,)).fetchone()
        if row is None:
            raise refusals.no_page(page_id)
        return str(row["dossier_id"])
    raise NotAllowed("no page is chosen", detail_vi="chưa chọn trang nào")


def _state(conn: sqlite3.Connection, dossier_id: str) -> str:
    row = conn.execute("SELECT state FROM dossier WHERE id = ?", (dossier_id,)).fetchone()
    if row is None:
        raise refusals.no_dossier(dossier_id)
    return str(row["state"])


def _in_dossier(conn: sqlite3.Connection, dossier_id: str, pages: Sequence[str]) -> bool:
    homes = [
        conn.execute("SELECT dossier_id FROM page WHERE id = ?", (page,)).fetchone()
        for page in pages
    ]
    return bool(homes) and all(home and home["dossier_id"] == dossier_id for home in homes)


def _before(conn: sqlite3.Connection, landing: Page, page_id: str) -> str | None:
    return _load(conn, [landing.dossier_id], {landing.id}).before(page_id)


def _sheets_in(
    conn: sqlite3.Connection, page_ids: Sequence[str], dossier_id: str
) -> Iterator[tuple[int, str]]:
    """Sheet numbers in a dossier: a page's own there, or free ones, one for each sheet."""
    given: dict[tuple[str, int], int] = {}
    last = conn.execute(
        "SELECT coalesce(max(sheet), 0) FROM page WHERE dossier_id = ? AND sheet <= ?",
        (dossier_id, steps.LAST_SHEET),
    ).fetchone()[0]
    for page_id in page_ids:
        row = conn.execute(
            "SELECT dossier_id, sheet, side FROM page WHERE id = ?", (page_id,)
        ).fetchone()
        if row is None:
            raise refusals.no_page(page_id)
        sheet = row["sheet"]
        if row["dossier_id"] != dossier_id:
            sheet = given.setdefault((row["dossier_id"], sheet), last + len(given) + 1)
        yield sheet, row["side"]
