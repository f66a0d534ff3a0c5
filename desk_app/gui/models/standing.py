"""How each absent component stands: missing, excused, satisfied by a stored paper, or an offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desk_app.gui.i18n import show_time

if TYPE_CHECKING:
    from desk_app.dossiers.catalog import Catalog
    from desk_app.dossiers.completeness import Status
    from desk_app.dossiers.reuse import Candidate, Reuse
    from desk_app.gui.models.snapshot import DossierView, Paper
    from desk_app.store.database import Store

NATIONAL = "national"
"""As dossiers.reuse calls what comes from the citizen's own list."""
_N = QT_TRANSLATE_NOOP


def _tr(text: str) -> str:
    return QCoreApplication.translate("Standing", text)


@dataclass(frozen=True, slots=True)
class Source:
    """The stored paper that satisfies a component."""

    title: str
    code: str
    """Code of the dossier that it was digitized in."""
    sha256: str
    national: bool
    """It came from the citizen's own list on the national portal."""
    at: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One component that has no paper of this dossier."""

    status: Status
    reason: str = ""
    """What the clerk gave as reason for its absence."""
    source: Source | None = None
    offers: tuple[Candidate, ...] = ()
    """Stored papers that would do, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Standings:
    """A dossier against its procedure."""

    dossier_id: str
    absent: Mapping[str, Standing]
    """By component."""
    results: frozenset[str]
    """Ids of papers that are the procedure's result."""
    there: int
    """Required components that something stands for."""
    required: int


def read(store: Store, catalog: Catalog, dossier_id: str) -> Standings:
    """Runs on a lane: what is there, what is missing, and what could be reused."""
    from desk_app.dossiers import completeness, reuse

    found = completeness.check(store, catalog, dossier_id)
    sources = {part: _source(store, taken) for part, taken in
               reuse.standing(store, dossier_id).items()}  # fmt: skip
    absent = {
        line.component: Standing(
            line.status, line.reason, sources.get(line.component),
            tuple(c for c in found.candidates if c.component == line.component),
        )
        for line in found.lines
        if line.status != "present"
    }  # fmt: skip
    required = [line for line in found.lines if line.required]
    there = sum(line.status in ("present", "reused") for line in required)
    return Standings(dossier_id, absent, frozenset(found.results), there, len(required))


def _source(store: Store, taken: Reuse) -> Source:
    row = store.row(
        "SELECT m.title, d.code FROM dossier d LEFT JOIN document m ON m.id = ? WHERE d.id = ?",
        taken.document_id, taken.dossier_id,
    )  # fmt: skip
    title, code = (row["title"] or "", row["code"]) if row else ("", "")
    return Source(title, code, taken.sha256, taken.origin == NATIONAL, taken.at)


def with_standings(view: DossierView, found: Standings | None) -> DossierView:
    """The same dossier, its absent papers with what stands for them."""
    if found is None or found.dossier_id != view.dossier.id:
        return view
    papers = tuple(_completed(paper, found) for paper in view.papers)
    return replace(view, papers=papers, standings=found)


def _completed(paper: Paper, found: Standings) -> Paper:
    if paper.document is not None:
        return replace(paper, is_result=paper.document.id in found.results)
    return replace(paper, standing=found.absent.get(paper.component or ""))


def why(offer: Candidate) -> str:
    """The reason for which a stored paper is offered."""
    if offer.matched == "number":
        return _tr(_N("Standing", "the same citizen number stands in both"))
    return _tr(_N("Standing", "the same name and day of birth stand in both"))


def offer_words(offer: Candidate) -> str:
    """An offer in two lines."""
    text = _tr(_N("Standing", "{title} · dossier {code}, {time}\n{why}; {signature}"))
    signature = _tr(_N("Standing", "its signature is valid"))
    if not offer.is_valid:
        signature = _tr(_N("Standing", "its signature is NOT valid, so it cannot be used"))
    return text.format(
        title=offer.title, code=offer.dossier_code, time=show_time(offer.digitized_at),
        why=why(offer), signature=signature,
    )  # fmt: skip


def source_words(source: Source) -> str:
    """Which stored paper satisfies a component."""
    text = _tr(_N("Standing", "The stored paper “{title}” of dossier {code} stands for it since "
                  "{time}; nothing is scanned."))  # fmt: skip
    if source.national:
        text = _tr(_N("Standing", "“{title}” from the citizen's own list (dossier {code}) stands "
                      "for it since {time}; nothing is scanned."))  # fmt: skip
    return text.format(title=source.title, code=source.code, time=show_time(source.at))


def preview_of(paper: Paper | None) -> str:
    """SHA-256 of the stored file that could be looked at for an absent paper; empty for none."""
    standing = paper.standing if paper is not None else None
    if standing is None:
        return ""
    if standing.source is not None:
        return standing.source.sha256
    return standing.offers[0].sha256 if standing.offers else ""
