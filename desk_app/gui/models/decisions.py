"""What a key of the clerk means for the pages of a dossier: decisions by page id, for undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desk_app.gui.models.snapshot import DossierView, PageView, Paper
from desk_app.records import Component, Finding
from desk_app.store import dossiers, secrecy

if TYPE_CHECKING:
    from desk_app.pipeline import Desk

Decisions = dict[str, dict[str, object]]
MISSING = "MISSING_COMPONENT"


def split(view: DossierView, page_id: str) -> Decisions:
    """A new paper of the same kind starts at this page."""
    paper = view.paper_of(page_id)
    if paper is None or paper.pages[0].id == page_id:
        return {}
    return {page_id: {"first": True}}


def merge(view: DossierView, page_id: str) -> Decisions:
    """The paper of this page goes on with the one before it."""
    before = _page_before(view, page_id)
    paper = view.paper_of(before.id) if before else None
    if paper is None or paper.document is None:
        return {}
    own = view.paper_of(page_id)
    pages = own.pages if own and own.pages[0].id == page_id else ()
    ids = [page.id for page in pages] or [page_id]
    return {id: {"type": paper.document.type, "first": False} for id in ids}


def assign(view: DossierView, page_id: str, ordinal: int) -> Decisions:
    """This page, and those of its paper behind it, are the paper of component `ordinal`."""
    if not 1 <= ordinal <= len(view.procedure.components):
        return {}
    component = view.procedure.components[ordinal - 1]
    paper = view.paper_of(page_id)
    pages = paper.pages if paper else ()
    place = next((n for n, page in enumerate(pages) if page.id == page_id), None)
    ids = [page.id for page in pages[place:]] if place is not None else [page_id]
    kind = _type_for(component, paper)
    found: Decisions = {id: {"type": kind, "first": False} for id in ids}
    found[page_id] = {"type": kind, "first": True}
    page = view.page(page_id)
    if page is not None and page.aside:
        found[page_id] |= {"set_aside": False, "aside": None}
    return found


def retype(paper: Paper, kind: str) -> Decisions:
    """All pages of a paper are of another type."""
    return {page.id: {"type": kind, "first": n == 0} for n, page in enumerate(paper.pages)}


def absent_paper(view: DossierView, finding: Finding) -> Paper | None:
    """The line of the component that a finding misses."""
    if finding.code != MISSING:
        return None
    absent = (paper for paper in view.papers if paper.document is None)
    return next((paper for paper in absent if paper.component == finding.component), None)


def accept(desk: Desk, dossier_id: str, finding: Finding, reason: str) -> None:
    """Runs on a lane: the clerk takes responsibility for a finding."""
    from desk_app.submission import secret_papers

    if finding.code == secrecy.FINDING:
        secret_papers.dismiss(desk.store, dossier_id, reason, finding.page_id)
    else:
        dossiers.accept_finding(desk.store, dossier_id, finding, reason)


def _type_for(component: Component, paper: Paper | None) -> str:
    """Keep the type where it already satisfies the component."""
    known = paper.document.type if paper and paper.document else None
    return known if known in component.types else component.types[0]


def _page_before(view: DossierView, page_id: str) -> PageView | None:
    used = [page for page in view.pages if not page.aside]
    place = next((n for n, page in enumerate(used) if page.id == page_id), 0)
    return used[place - 1] if place > 0 else None
