"""What a worker process does for one page or one dossier: open the store, run a stage, keep it.

Every function takes the data folder and ids, so it runs in any process of this station; a stage
that was already run on the same input with the same parameters is answered from the store.
"""

from __future__ import annotations

import functools
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from desk_app import paths
from desk_app.errors import NotAllowed, UnusableInput
from desk_app.records import Document, Page, PageReading, Text
from desk_app.settings import Settings
from desk_app.store import codec, dossiers
from desk_app.store.database import Store

READ_VERSION = "1"
"""Raise it when reading changes so that pages are read anew."""


@functools.lru_cache(maxsize=2)
def open_store(data: Path) -> Store:
    """This process's store of a data folder."""
    return Store(data, actor="worker")


@contextmanager
def scratch(data: Path) -> Iterator[Path]:
    """A folder on the data folder's own disk, gone afterwards."""
    parent = data / "scratch"
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=parent) as name:
        yield Path(name)


# --- reading ----------------------------------------------------------------------------------


def read_page(data: Path, page_id: str) -> None:
    """Condition, text, codes and type of one page, kept in the store."""
    store = open_store(data)
    page = dossiers.page(store, page_id)
    turn = dossiers.decisions(store, page_id).get("rotation")
    key = hashlib.sha256(f"read {READ_VERSION} {page.sha256} {turn}".encode()).hexdigest()
    known = store.row("SELECT output FROM stage_result WHERE key = ?", key)
    if known is not None:
        reading = codec.loads(PageReading, store.blobs.read(known["output"]))
    else:
        from desk_app.recognition.page import read_page as read

        reading = read(store.blobs.existing(page.sha256), paths.PROCEDURES, rotation=turn)
    dossiers.save_reading(store, page_id, reading, key)


def give_up(data: Path, page_id: str, vi: str, en: str) -> None:
    """A page that could not be read keeps its reason and waits for the clerk."""
    dossiers.save_failure(open_store(data), page_id, Text(vi, en))


def assemble(data: Path, dossier_id: str) -> None:
    """Documents, fields and findings of a dossier from what its pages tell."""
    from desk_app.dossiers import assembly, catalog
    from desk_app.recognition import fields

    store = open_store(data)
    known = catalog.load(paths.PROCEDURES)
    dossier = dossiers.find(store, dossier_id)
    pages = dossiers.pages(store, dossier_id)
    draft = assembly.run(pages, known.procedure(dossier.procedure), known)
    by_id = {page.id: page for page in pages}
    documents, findings = [], list(draft.findings)
    for ordinal, paper in enumerate(draft.documents, start=1):
        identity = dossiers.document_id(paper.page_ids[0])
        readings = [(i, r) for i in paper.page_ids if (r := by_id[i].reading) is not None]
        values, faults = fields.run(readings, paper.type, known)
        findings += [replace(fault, document_id=identity) for fault in faults]
        documents.append(
            Document(identity, dossier_id, ordinal, paper.component, paper.type, paper.title,
                     paper.confidence, paper.page_ids, values)
        )  # fmt: skip
    findings += assembly.cross_check(documents)
    dossiers.save_assembly(store, dossier_id, documents, draft.set_aside, findings)


# --- archival PDF -----------------------------------------------------------------------------


def make_pdf(data: Path, document_id: str, settings: Settings) -> None:
    """PDF/A-2b of one document: its pages' pictures with the recognised words behind them."""
    from desk_app.pdf import compose

    store = open_store(data)
    document = dossiers.document(store, document_id)
    if document.pdf_sha256:
        return
    dossier = dossiers.find(store, document.dossier_id)
    pages = [_pdf_page(store, dossiers.page(store, page_id)) for page_id in document.page_ids]
    about = compose.DocumentInfo(
        title=document.title,
        author=settings.agency,
        subject=dossier.code,
        keywords=tuple(filter(None, (document.type, document.component))),
        created=datetime.fromisoformat(store.now()),
    )
    with scratch(data) as folder:
        out = folder / "document.pdf"
        report = compose.run(pages, about, out, compose.Params())
        if report.conformance.faults:
            raise UnusableInput(report.conformance.faults[0].en, file=document.title)
        sha256 = store.blobs.adopt(out)
        dossiers.set_pdf(store, document_id, sha256, out.stat().st_size)


def _pdf_page(store: Store, page: Page) -> object:
    from desk_app.pdf import compose

    reading = page.reading
    condition = reading.condition if reading else None
    return compose.PdfPage(
        image=store.blobs.existing(page.sha256),
        width=page.width,
        height=page.height,
        dpi=condition.dpi if condition else page.dpi,
        rotation=condition.rotation if condition else 0,
        skew_deg=condition.skew_deg if condition else 0.0,
        words=reading.text.words if reading else (),
    )
