"""What the store holds, as plain data for `--json`; the keys are the contract of commands.md."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app import page_copies, paths
from desk_app.records import Document, Field, Finding, Page
from desk_app.store import dossiers, retention, secrecy

if TYPE_CHECKING:
    from desk_app.pipeline import Desk
    from desk_app.store.database import Store
    from desk_app.store.retention import Purged


def page(each: Page, copy: Path | None) -> dict[str, Any]:
    """A page with the path of its readable copy, where there is one."""
    return {
        "id": each.id, "path": str(copy) if copy else None, "sha256": each.sha256,
        "width": each.width, "height": each.height, "dpi": each.dpi, "sheet": each.sheet,
        "side": each.side,
    }  # fmt: skip


def read_page(
    store: Store, each: Page, papers: Mapping[str, Document] | None = None
) -> dict[str, Any]:
    """A page with what was read on it.

    Args:
        store: Where it is kept.
        each: The page.
        papers: Documents by id. The first page of a paper shows the paper's type, which what
            clerks taught or said since may have changed; what was read stays as it was.
    """
    shown = page(each, _copy(store, each)) | {
        "set_aside": each.set_aside,
        "document": each.document_id,
    }
    if each.reading is not None:
        condition, kind = each.reading.condition, each.reading.type
        shown |= {
            "type": kind.type, "confidence": kind.confidence, "first": kind.first,
            "rotation": condition.rotation, "skew_deg": condition.skew_deg,
            "blank": condition.blank, "problems": list(condition.problems),
            "codes": [{"kind": c.kind, "box": list(c.box)} for c in each.reading.codes],
        }  # fmt: skip
    paper = (papers or {}).get(each.document_id or "")
    if paper is not None and each.id == paper.page_ids[0]:
        shown |= {"type": paper.type, "confidence": round(paper.confidence, 3), "first": True}
    return shown


def _copy(store: Store, each: Page) -> Path | None:
    """The readable copy of a page, where a command wrote one."""
    chosen = dossiers.options(store, each.dossier_id).get("out")
    folders = [paths.exports_of(store.folder), *([Path(chosen)] if chosen else [])]
    return page_copies.existing(each, *folders)


def field(each: Field) -> dict[str, Any]:
    """A value with where it comes from."""
    shown: dict[str, Any] = {
        "value": each.value, "confidence": round(each.confidence, 3), "source": each.source,
        "page": each.page_id, "box": list(each.box) if each.box else None,
    }  # fmt: skip
    if each.problem:
        shown["problem"] = {"vi": each.problem.vi, "en": each.problem.en}
    return shown


def finding(each: Finding) -> dict[str, Any]:
    """Something the clerk should know."""
    return {
        "code": each.code, "severity": each.severity, "vi": each.text.vi, "en": each.text.en,
        "document": each.document_id, "page": each.page_id, "component": each.component,
        "box": list(each.box) if each.box else None,
    }  # fmt: skip


def document(each: Document) -> dict[str, Any]:
    """One paper of a dossier."""
    return {
        "id": each.id, "type": each.type, "title": each.title, "component": each.component,
        "confidence": round(each.confidence, 3), "pages": len(each.page_ids),
        "page_ids": list(each.page_ids), "fields": {f.name: field(f) for f in each.fields},
        "pdf_sha256": each.pdf_sha256, "signed_sha256": each.signed_sha256,
    }  # fmt: skip


def dossier(desk: Desk, code: str) -> dict[str, Any]:
    """Everything about a dossier (`desk show`)."""
    store = desk.store
    found = dossiers.find(store, code)
    papers = dossiers.documents(store, found.id)
    said = secrecy.of(store, found.id)
    return {
        "dossier": {"code": found.code, "procedure": procedure_code(desk, found.procedure),
                    "state": found.state, "created_at": found.created_at, "mode": said.dossier,
                    "maybe_secret": said.unanswered},
        "purged": purged(retention.of(store, found.id)),
        "documents": [document(d) | {"mode": said.documents.get(d.id)} for d in papers],
        "pages": [read_page(store, p, {d.id: d for d in papers})
                  for p in dossiers.pages(store, found.id)],
        "findings": [finding(f) for f in dossiers.findings(store, found.id)],
        "signatures": [v | {"document": d.id} for d in papers
                       if (v := dossiers.verdict(store, d.id)) is not None],
        "uploads": uploads(store, found.id),
    }  # fmt: skip


def purged(gone: Purged | None) -> dict[str, Any] | None:
    """What was removed from this computer after the receipts; None where all is here."""
    if gone is None:
        return None
    return {
        "at": gone.at, "keep_days": gone.keep_days, "receipt_at": gone.receipt_at,
        "files": gone.files, "pages": gone.pages, "fields": gone.fields, "blobs": gone.blobs,
        "bytes": gone.bytes, "complete": gone.cleared_at is not None,
    }  # fmt: skip


def uploads(store: Store, dossier_id: str) -> list[dict[str, Any]]:
    """A dossier's places in the queue."""
    from desk_app.submission import queue

    return queue.items(store, dossier_id=dossier_id)


def receipts(store: Store, dossier_id: str) -> list[dict[str, Any]]:
    """What the store of the province vouches for: its files, not what was registered of them."""
    return [item["receipt"] for item in uploads(store, dossier_id)
            if item["receipt"] and item["step"] == "file"]  # fmt: skip


def procedure_code(desk: Desk, procedure: str) -> str | None:
    """The published code of a procedure; None for pages without one."""
    return desk.catalog.procedure(procedure).code if procedure else None


def verdict(entry: dict[str, Any], path: Path) -> dict[str, Any]:
    """A verdict as `desk demo` lists it, for the readable copy at `path`."""
    return {"path": str(path), "status": entry["status"], "reason": entry["reason"]}
