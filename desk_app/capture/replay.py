"""The pages of every dossier built anew from the journals, and compared with the store.

The spool journals tell what landed, `page_edit` tells where it went and what was done with it
since. Played in order they must give the pages of the store: the same ones, in the same order,
decided alike, each with its picture. Whatever differs is named; nothing is changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desk_app.errors import NotAllowed
from desk_app.records import Text
from desk_app.store import edits
from desk_app.store.database import Store
from desk_app.store.steps import Land, Stacks

if TYPE_CHECKING:
    from desk_app.store.sql import sqlite3
    from scanners.device import PageLanded


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the journals tell otherwise than the store."""

    code: str
    """edit, order, decision, sheet, journal, facts, picture or extra."""
    dossier_id: str
    page_id: str | None
    text: Text


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the journals give."""

    order: dict[str, tuple[str, ...]]
    """Page ids by dossier, in order."""
    pages: int
    edits: int
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        """Whether the store holds exactly this."""
        return not self.differences


def run(store: Store, *, hash_pictures: bool = False) -> Replayed:
    """Replay all journals of a data folder.

    Args:
        store: The store; scans that are under way are better let finish first.
        hash_pictures: Also read every picture and compare its digest (about 1 GB a second).
    """
    stacks = Stacks()
    found: list[Difference] = []
    rows = store.rows("SELECT seq, dossier_id, steps FROM page_edit ORDER BY seq")
    landings: dict[str, Land] = {}
    for row in rows:
        wanted = edits.read_steps(row["steps"])
        landings |= {step.page: step for step in wanted if isinstance(step, Land)}
        try:
            stacks.apply_all(wanted)
        except NotAllowed as fault:
            found.append(Difference("edit", row["dossier_id"], None, Text(
                f"Thao tác số {row['seq']} không lặp lại được: {fault.vi}",
                f"Edit {row['seq']} cannot be repeated: {fault.en}",
            )))  # fmt: skip
    found += _against_records(store, stacks)
    found += _against_spool(store, landings, hash_pictures)
    order = {dossier: tuple(pages) for dossier, pages in stacks.order.items()}
    return Replayed(order, len(landings), len(rows), tuple(found))


def _against_records(store: Store, stacks: Stacks) -> Iterator[Difference]:
    kept: dict[str, list[sqlite3.Row]] = {}
    for row in store.rows("SELECT * FROM page ORDER BY dossier_id, position, id"):
        kept.setdefault(row["dossier_id"], []).append(row)
    for dossier in sorted(kept.keys() | {d for d, pages in stacks.order.items() if pages}):
        pages = kept.get(dossier, [])
        if [page["id"] for page in pages] != stacks.order.get(dossier, []):
            yield Difference("order", dossier, None, Text(
                "Danh sách hoặc thứ tự trang khác với nhật ký.",
                "The pages or their order differ from the journal.",
            ))  # fmt: skip
        for page in pages:
            yield from _of_record(page, stacks)


def _of_record(page: sqlite3.Row, stacks: Stacks) -> Iterator[Difference]:
    if json.loads(page["clerk"]) != stacks.decided.get(page["id"], {}):
        yield Difference("decision", page["dossier_id"], page["id"], Text(
            "Quyết định về trang này khác với nhật ký.",
            "What was decided of this page differs from the journal.",
        ))  # fmt: skip
    if (page["sheet"], page["side"]) != stacks.sheets.get(page["id"]):
        yield Difference("sheet", page["dossier_id"], page["id"], Text(
            "Số tờ hoặc mặt của trang này khác với nhật ký.",
            "The sheet or side of this page differs from the journal.",
        ))  # fmt: skip


def _against_spool(
    store: Store, landings: dict[str, Land], hash_pictures: bool
) -> Iterator[Difference]:
    purged = _purged(store)
    spooled = dict(_spooled(store, purged))
    for row in store.rows("SELECT id, dossier_id, sha256, width, height, dpi FROM page"):
        landed = spooled.pop(row["id"], None)
        if landed is None:
            yield _differs("journal", row, "Trang này không có trong nhật ký quét.",
                           "This page stands in no scan journal.")  # fmt: skip
        elif (landed.sha256, landed.width_px, landed.height_px, landed.dpi) != tuple(row)[2:]:
            yield _differs("facts", row, "Trang này khác với nhật ký quét.",
                           "This page differs from its scan journal.")  # fmt: skip
        if row["id"] not in purged and not _has_picture(store, row["sha256"], hash_pictures):
            yield _differs("picture", row, "Ảnh gốc của trang này không còn nguyên.",
                           "The master picture of this page is not whole.")  # fmt: skip
    # A side that was fed again after an interruption stays in the spool and is not taken twice.
    sides = {(landed.sheet, landed.side) for landed in landings.values()}
    for page_id, page in spooled.items():
        if (page.sheet, page.side) not in sides:
            yield Difference("extra", "", page_id, Text(
                f"Tờ {page.sheet} có trong nhật ký quét nhưng chưa vào kho.",
                f"Sheet {page.sheet} stands in a scan journal and is not in the store.",
            ))  # fmt: skip


def _differs(code: str, row: sqlite3.Row, vi: str, en: str) -> Difference:
    return Difference(code, row["dossier_id"], row["id"], Text(vi, en))


def _purged(store: Store) -> set[str]:
    """Pages that left this computer after their receipt: what landed stands, pictures are gone."""
    rows = store.rows("SELECT p.id FROM page p JOIN purge g ON g.dossier_id = p.dossier_id")
    return {row["id"] for row in rows}


def _spooled(store: Store, purged: set[str]) -> Iterator[tuple[str, PageLanded]]:
    from scanners import journal

    for job in store.rows("SELECT folder FROM scan_job ORDER BY started_at, id"):
        folder = Path(job["folder"])
        for page in journal.replay(folder).pages:
            yield page.page_id, page
        for page_id, page in journal.listed(folder).items() if purged else ():
            if page_id in purged:
                yield page_id, page


def _has_picture(store: Store, sha256: str, hash_pictures: bool) -> bool:
    return store.blobs.is_whole(sha256) if hash_pictures else store.blobs.exists(sha256)
