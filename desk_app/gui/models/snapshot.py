"""What the counter shows of one dossier, read from the store in one go and off the window thread.

Readings are parsed once and kept by their hash: a page's reading never changes, a new one has a
new name.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from desk_app.gui.models.hints import FieldHint, hints_of
from desk_app.records import Document, Dossier, Finding, Page, PageReading, Procedure, Text
from desk_app.store import codec, dossiers, retention, search, secrecy
from desk_app.store.sql import sqlite3

if TYPE_CHECKING:
    from desk_app.dossiers.catalog import Catalog
    from desk_app.gui.models.search import Place
    from desk_app.gui.models.standing import Standing, Standings
    from desk_app.store.database import Store

KEPT_READINGS = 64
_APPLICANT = ("requester_full_name", "full_name", "mother_full_name", "child_full_name")
IN_WORK = ("received", "scanning", "recognising")
"""States in which the pages are not all read and assembled yet."""


@dataclass(frozen=True, slots=True)
class PageView:
    """One page as the list and the page view need it."""

    id: str
    number: int
    """Place in the feed, from 1, set-aside sides counted."""
    sheet: int
    side: str
    path: Path
    width: int
    height: int
    dpi: int
    rotation: int
    read: bool
    aside: bool
    aside_reason: str
    document_id: str | None
    problems: tuple[str, ...]
    failure: Text | None
    skew_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Paper:
    """A line of the checklist: a component with one of its papers, or a paper outside it."""

    ordinal: int
    """Number of the component from 1, 0 outside the checklist."""
    component: str | None
    title: Text
    required: bool
    document: Document | None
    pages: tuple[PageView, ...]
    findings: tuple[Finding, ...] = ()
    awaited: bool = False
    """The pages are not sorted into papers yet, so nothing can be called missing."""
    is_result: bool = False
    """It is what the procedure hands out, not a paper that it asks for."""
    standing: Standing | None = None
    """What stands for the component, or could, where it has no paper of this dossier."""

    @property
    def key(self) -> str:
        """Names the line across readings of the store."""
        return self.document.id if self.document else f"component:{self.component}"


@dataclass(frozen=True, slots=True)
class DossierView:
    """Everything the counter shows of a dossier, at one moment."""

    dossier: Dossier
    procedure: Procedure
    papers: tuple[Paper, ...]
    loose: tuple[PageView, ...]
    """Landed, in no document yet."""
    aside: tuple[PageView, ...]
    exceptions: tuple[Finding, ...]
    """Open findings to look at, problems first."""
    pages: tuple[PageView, ...]
    applicant: str = ""
    demonstration: bool = False
    hints: Mapping[tuple[str, str], FieldHint] = dataclasses.field(default_factory=dict)
    """What the reading says of values, by document and name of the field."""
    standings: Standings | None = None
    """The dossier against its procedure, once that was read."""
    is_secret: bool = False
    """It, or a paper of it, is marked secret."""
    purged_on: str = ""
    """Day on which the local copy was removed, YYYY-MM-DD; empty while it is here."""

    def page(self, page_id: str) -> PageView | None:
        """A page by id."""
        return next((page for page in self.pages if page.id == page_id), None)

    def paper_of(self, page_id: str) -> Paper | None:
        """The line a page lies in."""
        return next((p for p in self.papers if any(g.id == page_id for g in p.pages)), None)

    def paper(self, key: str) -> Paper | None:
        """A line by its key."""
        return next((p for p in self.papers if p.key == key), None)

    @property
    def papers_awaited(self) -> bool:
        """Whether the pages are still to be read and sorted into papers."""
        return self.dossier.state in IN_WORK

    @property
    def unread(self) -> int:
        """Pages that no reader has finished or given up on."""
        return sum(not page.read and page.failure is None for page in self.pages)

    @property
    def is_sealed(self) -> bool:
        """Whether the content may no longer change."""
        return self.dossier.state in dossiers.SEALED

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """Findings that must be solved or accepted before the clerk can be done."""
        return tuple(f for f in self.exceptions if f.severity == "problem")


class Readings:
    """Parsed page readings by hash, the most recent ones; used from one lane only."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[str, PageReading] = OrderedDict()

    def get(self, sha256: str) -> PageReading:
        """The reading with this hash."""
        if sha256 not in self._kept:
            self._kept[sha256] = codec.loads(PageReading, self._store.blobs.read(sha256))
            while len(self._kept) > KEPT_READINGS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(sha256)
        return self._kept[sha256]


def read_dossier(
    store: Store, catalog: Catalog, readings: Readings, dossier_id: str
) -> DossierView:
    """Everything the counter shows of a dossier."""
    dossier = dossiers.find(store, dossier_id)
    procedure = catalog.procedure(dossier.procedure)
    pages = _pages(store, readings, dossier_id)
    documents = dossiers.documents(store, dossier_id)
    findings = dossiers.findings(store, dossier_id, open_only=True)
    options = dossiers.options(store, dossier_id)
    return DossierView(
        dossier=dossier,
        procedure=procedure,
        papers=_papers(procedure, documents, pages, findings, catalog, dossier.state in IN_WORK),
        loose=tuple(p for p in pages if not p.document_id and not p.aside),
        aside=tuple(p for p in pages if p.aside),
        exceptions=tuple(f for f in findings if f.severity != "info"),
        pages=pages,
        applicant=applicant_of(documents),
        demonstration=bool(options.get("demonstration")),
        hints=_hints(store, readings, documents, dossier_id),
        is_secret=secrecy.of(store, dossier_id).highest == secrecy.SECRET,
        purged_on=gone.at[:10] if (gone := retention.of(store, dossier_id)) else "",
    )


def _hints(
    store: Store, readings: Readings, documents: Sequence[Document], dossier_id: str
) -> dict[tuple[str, str], FieldHint]:
    rows = store.rows(
        "SELECT id, reading_sha256 FROM page WHERE dossier_id = ? AND reading_sha256 IS NOT NULL",
        dossier_id,
    )
    read = {row["id"]: row["reading_sha256"] for row in rows}
    found: dict[tuple[str, str], FieldHint] = {}
    for document in documents:
        for page_id in document.page_ids:
            own = [each for each in document.fields if each.page_id == page_id]
            if own and page_id in read:
                hints = hints_of(own, readings.get(read[page_id]))
                found |= {(document.id, name): hint for name, hint in hints.items()}
    return found


def applicant_of(documents: Sequence[Document]) -> str:
    """The name the dossier goes by: the requester's where it was read."""
    for name in _APPLICANT:
        for document in documents:
            for field in document.fields:
                if field.name == name and field.value:
                    return field.value.upper()
    return ""


def _pages(store: Store, readings: Readings, dossier_id: str) -> tuple[PageView, ...]:
    rows = store.rows(
        "SELECT id, reading_sha256, failure, set_aside_reason FROM page WHERE dossier_id = ?",
        dossier_id,
    )
    facts = {row["id"]: row for row in rows}
    pages = dossiers.pages(store, dossier_id, readings=False)
    return tuple(
        _page(store, readings, page, facts[page.id], number)
        for number, page in enumerate((p for p in pages if p.id in facts), start=1)
    )


def _page(store: Store, readings: Readings, page: Page, row: sqlite3.Row, number: int) -> PageView:
    sha256 = row["reading_sha256"]
    condition = readings.get(sha256).condition if sha256 else None
    turned = dossiers.decisions(store, page.id).get("rotation")
    rotation = condition.rotation if condition else 0
    return PageView(
        id=page.id, number=number, sheet=page.sheet, side=page.side,
        path=store.blobs.path(page.sha256), width=page.width, height=page.height, dpi=page.dpi,
        rotation=rotation if turned is None else int(turned), read=sha256 is not None,
        aside=page.set_aside, aside_reason=row["set_aside_reason"] or "",
        document_id=page.document_id, problems=condition.problems if condition else (),
        failure=codec.loads(Text, row["failure"]) if row["failure"] else None,
        skew_deg=condition.skew_deg if condition else 0.0,
    )  # fmt: skip


def _papers(
    procedure: Procedure,
    documents: Sequence[Document],
    pages: Sequence[PageView],
    findings: Sequence[Finding],
    catalog: Catalog,
    awaited: bool,
) -> tuple[Paper, ...]:
    """Components in the order of the procedure, each with its papers; then what is outside it."""
    lines = []
    for ordinal, component in enumerate(procedure.components, start=1):
        title = Text(component.title, component.title_en)
        own = [d for d in documents if d.component == component.id]
        lines += [
            replace(
                _paper(ordinal, component.id, title, component.required, document, pages, findings),
                awaited=awaited,
            )
            for document in own or [None]
        ]
    known = {component.id for component in procedure.components}
    for document in documents:
        if document.component not in known:
            title = _title_of(document, catalog)
            lines.append(_paper(0, None, title, False, document, pages, findings))
    return tuple(lines)


def _title_of(document: Document, catalog: Catalog) -> Text:
    if document.type in catalog.rules:
        kind = catalog.type(document.type)
        return Text(kind.title, kind.title_en)
    return Text(document.title or "Chưa rõ loại giấy", document.title or "Unknown paper")


def _paper(
    ordinal: int, component: str | None, title: Text, required: bool,
    document: Document | None, pages: Sequence[PageView], findings: Sequence[Finding],
) -> Paper:  # fmt: skip
    by_id = {page.id: page for page in pages}
    own = tuple(by_id[i] for i in document.page_ids if i in by_id) if document else ()
    ids = {page.id for page in own}
    mine = tuple(
        f for f in findings
        if (document and f.document_id == document.id) or (f.page_id in ids)
    )  # fmt: skip
    return Paper(ordinal, component, title, required, document, own, mine)


def sought_page(view: DossierView, place: Place | None) -> str | None:
    """The page that a search led to: its own, else the one of the value, else the paper's first."""
    if place is None:
        return None
    if place.page_id is not None:
        return place.page_id if view.page(place.page_id) else None
    papers = (p for p in view.papers if p.document and p.document.id == place.document_id)
    paper = next(papers, None)
    if paper is None or paper.document is None or not paper.pages:
        return None
    values = (f for f in paper.document.fields if f.page_id and search.says(f.value, place.text))
    found = next((f.page_id for f in values if view.page(f.page_id or "")), None)
    return found or paper.pages[0].id


@dataclass(frozen=True, slots=True)
class RecentDossier:
    """A dossier that waits at the counter."""

    id: str
    code: str
    procedure: str
    state: str
    since: str
    pages: int
    problems: int


def read_recent(store: Store, limit: int = 6) -> list[RecentDossier]:
    """Dossiers still to be finished at the counter, newest first."""
    rows = store.rows(
        "SELECT d.*, (SELECT count(*) FROM page p WHERE p.dossier_id = d.id) AS pages, "
        "(SELECT count(*) FROM finding f WHERE f.dossier_id = d.id AND f.accepted IS NULL "
        " AND f.severity = 'problem') AS problems FROM dossier d WHERE d.state IN "
        "('received','scanning','recognising','to_check','checked','to_sign','suspended','failed')"
        " AND NOT EXISTS (SELECT 1 FROM batch b WHERE b.tray_id = d.id)"
        " ORDER BY d.state_since DESC LIMIT ?",
        limit,
    )
    return [
        RecentDossier(row["id"], row["code"], row["procedure"], row["state"], row["state_since"],
                      row["pages"], row["problems"])
        for row in rows
    ]  # fmt: skip


def read_page(store: Store, readings: Readings, page_id: str) -> PageReading | None:
    """The reading of one page, for its word boxes."""
    row = store.row("SELECT reading_sha256 FROM page WHERE id = ?", page_id)
    if row is None or row["reading_sha256"] is None:
        return None
    return readings.get(row["reading_sha256"])
