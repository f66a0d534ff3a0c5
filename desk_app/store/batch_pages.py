"""The pages of batches as they land, under the sheet numbers of the pile that lay on the table."""

from __future__ import annotations

import json

from desk_app.store.database import Change
from desk_app.store.sql import sqlite3
from desk_app.store.steps import LAST_SHEET


def land_in(change: Change, page_id: str, dossier_id: str, job_id: str) -> None:
    """Count a page in its batch: by the tray that it lands in, or by the page it was scanned for.

    A page that replaces another has its sheet number, one that is inserted a number of its own.
    """
    conn = change.conn
    page = conn.execute("SELECT sheet, side FROM page WHERE id = ?", (page_id,)).fetchone()
    anchors = _anchors(conn, job_id)
    number = page["sheet"]
    batch = conn.execute("SELECT id FROM batch WHERE tray_id = ?", (dossier_id,)).fetchone()
    known = _of_sheet(conn, anchors, dossier_id, number)
    if known is not None:
        batch_id, number = known["batch_id"], known["sheet"]
    elif batch is not None:
        batch_id = batch["id"]
    elif (beside := _any_of(conn, anchors)) is not None:
        batch_id, number = beside["batch_id"], _next(conn, beside["batch_id"], job_id, number)
    else:
        return
    conn.execute(
        "INSERT INTO batch_page(page_id, batch_id, sheet, side) VALUES(?,?,?,?)",
        (page_id, batch_id, number, page["side"]),
    )


def _anchors(conn: sqlite3.Connection, job_id: str) -> list[str]:
    job = conn.execute("SELECT place FROM scan_job WHERE id = ?", (job_id,)).fetchone()
    return list(json.loads(job["place"])["pages"]) if job and job["place"] else []


def _of_sheet(
    conn: sqlite3.Connection, anchors: list[str], dossier_id: str, sheet: int
) -> sqlite3.Row | None:
    """The replaced page's line in its batch, where a page took over its sheet."""
    for anchor in anchors:
        row: sqlite3.Row | None = conn.execute(
            "SELECT b.batch_id, b.sheet FROM batch_sheet b JOIN page p ON p.id = b.page_id "
            "WHERE p.id = ? AND p.dossier_id = ? AND p.sheet = ?",
            (anchor, dossier_id, sheet),
        ).fetchone()
        if row is not None:
            return row
    return None


def _any_of(conn: sqlite3.Connection, anchors: list[str]) -> sqlite3.Row | None:
    for anchor in anchors:
        row: sqlite3.Row | None = conn.execute(
            "SELECT batch_id FROM batch_page WHERE page_id = ?", (anchor,)
        ).fetchone()
        if row is not None:
            return row
    return None


def _next(conn: sqlite3.Connection, batch_id: str, job_id: str, sheet: int) -> int:
    """A number beyond the pile; both sides of a sheet of one scan share it."""
    other = conn.execute(
        "SELECT b.sheet FROM batch_sheet b JOIN page p ON p.id = b.page_id "
        "WHERE b.batch_id = ? AND p.job_id = ? AND p.sheet = ?",
        (batch_id, job_id, sheet),
    ).fetchone()
    if other is not None:
        return int(other["sheet"])
    last = conn.execute(
        "SELECT coalesce(max(sheet), 0) FROM batch_sheet WHERE batch_id = ?", (batch_id,)
    ).fetchone()[0]
    return max(LAST_SHEET, int(last)) + 1
