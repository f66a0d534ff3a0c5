"""Whether a dossier has what its procedure asks for: a line a component, and what occurs twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from desk_app.dossiers import reuse
from desk_app.dossiers.catalog import Catalog
from desk_app.records import Component, Document, Procedure
from desk_app.store import dossiers
from desk_app.store.database import Store

Status = Literal["present", "reused", "missing", "excused", "not_needed"]


@dataclass(frozen=True, slots=True)
class Line:
    """One component and what stands for it."""

    component: str
    title: str
    title_en: str
    required: bool
    status: Status
    """present (scanned), reused (a stored paper), excused (the clerk took responsibility, with a
    reason), not_needed (optional and absent), missing."""
    documents: tuple[str, ...]
    """Ids of the papers, of this dossier or of the one that a reused paper comes from."""
    twice: bool
    """More papers than the component takes."""
    doubtful: bool
    """Its paper's type is not certain."""
    reason: str = ""
    """What the clerk gave as reason for a missing paper."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """A dossier against its procedure."""

    dossier_id: str
    code: str
    procedure: str
    confirmed: bool
    """Whether the list of components was checked against a published one."""
    lines: tuple[Line, ...]
    others: tuple[str, ...]
    """Ids of papers that the procedure does not ask for."""
    results: tuple[str, ...]
    """Ids of papers that are the procedure's result."""
    copies: tuple[reuse.Copy, ...]
    """Pages and files that another dossier holds byte for byte."""
    candidates: tuple[reuse.Candidate, ...]
    """Stored papers that would satisfy what is absent."""

    @property
    def missing(self) -> tuple[Line, ...]:
        """Required components that nothing stands for."""
        return tuple(line for line in self.lines if line.status == "missing")

    @property
    def is_complete(self) -> bool:
        """Nothing required is missing; what was excused is not."""
        return not self.missing

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"complete": self.is_complete}


_SURE = 0.75


def check(store: Store, catalog: Catalog, dossier_id: str) -> Completeness:
    """Compare a dossier with what its procedure asks for.

    Raises:
        NotFound: there is no such dossier or procedure.
    """
    dossier = dossiers.find(store, dossier_id)
    papers = dossiers.documents(store, dossier.id)
    procedure = catalog.procedure(dossier.procedure) if dossier.procedure else None
    parts = procedure.components if procedure else ()
    taken = reuse.standing(store, dossier.id)
    excused = _excused(store, dossier.id)
    results = _results(store, catalog, procedure, papers)
    return Completeness(
        dossier.id,
        dossier.code,
        dossier.procedure,
        procedure is not None and procedure.id not in catalog.unconfirmed,
        tuple(
            _line(part, papers, taken.get(part.id), excused.get(part.id),
                  procedure is not None and (procedure.id, part.id) in catalog.repeatable)
            for part in parts
        ),
        tuple(p.id for p in papers if p.component is None and p.id not in results),
        results,
        tuple(reuse.copies(store, dossier.id)),
        tuple(reuse.candidates(store, catalog, dossier.id)),
    )  # fmt: skip


def _line(
    part: Component, papers: Sequence[Document], taken: reuse.Reuse | None, excuse: str | None,
    repeatable: bool,
) -> Line:  # fmt: skip
    own = [paper for paper in papers if paper.component == part.id]
    status: Status = "missing" if part.required else "not_needed"
    if own:
        status = "present"
    elif taken is not None:
        status = "reused"
    elif excuse is not None and part.required:
        status = "excused"
    ids = tuple(p.id for p in own) or ((taken.document_id,) if taken else ())
    return Line(
        part.id, part.title, part.title_en, part.required, status, ids,
        len(own) > 1 and not repeatable, any(p.confidence < _SURE for p in own),
        excuse or "" if status == "excused" else "",
    )  # fmt: skip


def _excused(store: Store, dossier_id: str) -> dict[str, str]:
    rows = store.rows(
        "SELECT component, accepted FROM finding WHERE dossier_id = ? AND accepted IS NOT NULL "
        "AND code = 'MISSING_COMPONENT'",
        dossier_id,
    )
    return {row["component"]: row["accepted"] for row in rows}


def _results(
    store: Store, catalog: Catalog, procedure: Procedure | None, papers: Sequence[Document]
) -> tuple[str, ...]:
    """The clerk's word, and without it a paper of a result's type outside the checklist."""
    types = catalog.results.get(procedure.id, ()) if procedure else ()
    said = {
        row["document_id"]: bool(row["is_result"])
        for paper in papers
        for row in store.rows("SELECT * FROM result_paper WHERE document_id = ?", paper.id)
    }
    return tuple(
        paper.id
        for paper in papers
        if said.get(paper.id, paper.component is None and paper.type in types)
    )


def mark_result(store: Store, document_id: str, is_result: bool | None) -> None:
    """Keep the clerk's word on whether a paper is the procedure's result; None takes it back.

    Raises:
        NotFound: there is no such paper.
    """
    paper = dossiers.document(store, document_id)
    with store.transaction() as change:
        change.conn.execute("DELETE FROM result_paper WHERE document_id = ?", (document_id,))
        if is_result is not None:
            change.conn.execute(
                "INSERT INTO result_paper VALUES(?,?,?,?,?)",
                (document_id, paper.dossier_id, is_result, store.actor, change.now),
            )
        change.audit("document.result", document_id, is_result=is_result)
