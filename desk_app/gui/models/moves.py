"""Where a page goes when it is dragged or moved by a key, and what it is there.

A paper is a run of pages in the order of the dossier. A page that joins another paper becomes of
its type; what it leaves behind, and what it pushes apart, keeps its papers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from desk_app.gui.models.snapshot import DossierView, PageView, Paper


@dataclass(frozen=True, slots=True)
class Target:
    """A place in the list."""

    line: str
    """Key of the paper, or of the pages set aside."""
    after: str | None = None
    """The page of that paper to stand behind; None for its first place."""


@dataclass(slots=True)
class Move:
    """One edit: pages, the page of the dossier before them, and decisions by page."""

    page_ids: tuple[str, ...]
    after: str | None
    changes: dict[str, dict[str, object]] = field(default_factory=dict)


def plan(view: DossierView, page_id: str, target: Target) -> Move | None:
    """What moving a page means; None where it stays or cannot go there."""
    page, paper = view.page(page_id), view.paper(target.line)
    if page is None or paper is None or paper.document is None or target.after == page_id:
        return None
    source = view.paper_of(page_id)
    if source is paper and _place_in(paper, page_id) == _wanted_place(paper, page_id, target):
        return None
    others = [each for each in paper.pages if each.id != page_id]
    if not others:
        return None
    move = Move((page_id,), _page_before(view, page_id, others, target))
    first = target.after is None
    move.changes[page_id] = {"type": paper.document.type, "first": first}
    if first:
        move.changes[others[0].id] = {"type": paper.document.type, "first": False}
    elif source is paper and paper.pages[0].id == page_id:
        move.changes[others[0].id] = {"type": paper.document.type, "first": True}
    if page.aside:
        move.changes[page_id] |= {"set_aside": False, "aside": None}
    if source is not None and source is not paper:
        _close_gap(view, source, page_id, move)
    return move


def _place_in(paper: Paper, page_id: str) -> int:
    return next(n for n, page in enumerate(paper.pages) if page.id == page_id)


def _wanted_place(paper: Paper, page_id: str, target: Target) -> int:
    rest = [page.id for page in paper.pages if page.id != page_id]
    return rest.index(target.after) + 1 if target.after in rest else 0


def _page_before(
    view: DossierView, page_id: str, others: list[PageView], target: Target
) -> str | None:
    """The page of the whole dossier, aside or not, behind which the moved one will stand."""
    if target.after is not None:
        return target.after
    rest = [page.id for page in view.pages if page.id != page_id]
    place = rest.index(others[0].id)
    return rest[place - 1] if place else None


def _close_gap(view: DossierView, source: Paper, page_id: str, move: Move) -> None:
    """The rest of the paper that a page leaves keeps its type and does not run into others."""
    rest = [page for page in source.pages if page.id != page_id]
    kind = source.document.type if source.document else None
    if rest and source.pages[0].id == page_id:
        move.changes[rest[0].id] = {"type": kind, "first": True}
    elif not rest:
        used = [page for page in view.pages if not page.aside]
        place = next(n for n, page in enumerate(used) if page.id == page_id)
        following = used[place + 1] if place + 1 < len(used) else None
        if following is not None and following.id not in move.changes:
            move.changes[following.id] = {"first": True}


def step(view: DossierView, shown: list[Paper], page_id: str, by: int) -> Target | None:
    """The place one step up or down in the list; at the edge of a paper, the paper beside it."""
    papers = [paper for paper in shown if paper.pages]
    here = next((n for n, p in enumerate(papers) if any(g.id == page_id for g in p.pages)), None)
    if here is None:
        return None
    paper = papers[here]
    place = _place_in(paper, page_id) + by
    if 0 <= place < len(paper.pages):
        rest = [page.id for page in paper.pages if page.id != page_id]
        return Target(paper.key, rest[place - 1] if place else None)
    if not 0 <= here + by < len(papers):
        return None
    other = papers[here + by]
    return Target(other.key, other.pages[-1].id if by < 0 else None)
