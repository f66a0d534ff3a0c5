"""What a worker process does for one page or one dossier: open the store, run a stage, keep it.

Every function takes the data folder and ids, so it runs in any process of this station; a stage
that was already run on the same input with the same parameters is answered from the store.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from desk_app import paths, workspace
from desk_app.errors import UnusableInput
from desk_app.records import Document, Page, PageReading, Procedure
from desk_app.settings import Settings
from desk_app.store import codec, dossiers, retention
from desk_app.store.database import Store

if TYPE_CHECKING:
    from desk_app.pdf.compose import Submit
    from desk_app.pdf.pictures import Profile
    from desk_app.pdf.placement import PdfPage

READ_VERSION = "5"
"""Raise it when reading changes so that pages are read anew."""
LOOSE = Procedure("", "", "Giấy tờ rời", "Loose papers", ())
"""Pages scanned without a dossier: documents without a checklist."""


@functools.lru_cache(maxsize=2)
def open_store(data: Path) -> Store:
    """This process's store of a data folder."""
    return Store(data, actor="worker")


@contextmanager
def temporary(size: int = 0) -> Iterator[Path]:
    """A folder for plain copies and work of about this many bytes, gone afterwards.

    Never in a data folder, where nothing can be read without its key.
    """
    with workspace.folder(workspace.place(size)) as folder:
        yield folder


# --- reading ----------------------------------------------------------------------------------


def read_page(data: Path, page_id: str) -> None:
    """Condition, text, codes and type of one page, kept in the store."""
    store = open_store(data)
    page = dossiers.page(store, page_id)
    turn = dossiers.decisions(store, page_id).get("rotation")
    hint = dossiers.file_turn(store, page_id)
    asked = f"{turn} {hint}" if hint else f"{turn}"
    key = hashlib.sha256(f"read {READ_VERSION} {page.sha256} {asked}".encode()).hexdigest()
    known = store.row("SELECT output FROM stage_result WHERE key = ?", key)
    if known is not None:
        reading = codec.loads(PageReading, store.blobs.read(known["output"]))
    else:
        from desk_app.recognition.page import Params
        from desk_app.recognition.page import read_page as read

        params = Params(rotation=turn, hint=hint, learned=data)
        with store.blobs.readable(page.sha256) as picture:
            reading = read(picture, paths.PROCEDURES, params)
    dossiers.save_reading(store, page_id, reading, key)
    if "problems" not in dossiers.checks(store, [page_id])[page_id]:
        _check(store, page)


def _check(store: Store, page: Page) -> None:
    """The page checks, for the dossiers of the counter; a batch had them at its feed."""
    from desk_app.imaging import checks

    with store.blobs.readable(page.sha256) as picture:
        found = checks.run(picture, checks.thresholds())
    pattern = base64.b64encode(found.pattern).decode("ascii")
    dossiers.save_checks(
        store, page.id, problems=list(found.problems), width_mm=found.width_mm,
        height_mm=found.height_mm, blank=found.blank, pattern=pattern,
    )  # fmt: skip


def receipt_code(picture: Path) -> str | None:
    """The dossier code in the QR of a receipt slip, or None where there is none."""
    from desk_app.imaging import condition
    from desk_app.recognition import codes

    found = codes.run(picture, condition.run(picture))
    known = (codes.parse_receipt_qr(code.text) for code in found)
    return next((code for code in known if code), None)


def assemble(data: Path, dossier_id: str) -> None:
    """Documents, fields and findings of a dossier from what its pages tell."""
    from desk_app import lessons
    from desk_app.dossiers import assembly, catalog, page_checks, reuse, secret_marks
    from desk_app.recognition import fields

    store = open_store(data)
    known = catalog.at(data)
    dossier = dossiers.find(store, dossier_id)
    read = [_as_decided(store, page) for page in dossiers.pages(store, dossier_id)]
    read = _with_pale_marks(store, read)
    lessons.draw(store, data, read)
    pages = [lessons.named_anew(store, data, page) for page in read]
    procedure = known.procedure(dossier.procedure) if dossier.procedure else LOOSE
    draft = assembly.run(pages, procedure, known)
    by_id = {page.id: page for page in pages}
    documents, findings = [], list(draft.findings)
    for ordinal, paper in enumerate(draft.documents, start=1):
        identity = dossiers.document_id(paper.page_ids[0])
        readings = [(i, r) for i in paper.page_ids if (r := by_id[i].reading) is not None]
        values, faults = fields.run(readings, paper.type, known) if paper.type else ((), ())
        findings += [replace(fault, document_id=identity) for fault in faults]
        documents.append(
            Document(identity, dossier_id, ordinal, paper.component, paper.type, paper.title,
                     paper.confidence, paper.page_ids, values)
        )  # fmt: skip
    findings += assembly.cross_check(documents)
    used = [by_id[page_id] for paper in draft.documents for page_id in paper.page_ids]
    findings += page_checks.run(used, dossiers.checks(store, list(by_id)))
    findings += secret_marks.run(used)
    findings += reuse.copy_findings(store, dossier_id)
    dossiers.save_assembly(store, dossier_id, documents, draft.set_aside, findings)


def _with_pale_marks(store: Store, pages: list[Page]) -> list[Page]:
    """The pages, with those doubtful that have no ink but pale marks of their own.

    A pencilled signature or a pale seal must not go aside as a blank back; the print of the front
    that shows through thin paper may.
    """
    from desk_app.imaging import checks

    facts = dossiers.checks(store, [page.id for page in pages])
    patterns = {page.id: base64.b64decode(facts[page.id].get("pattern", "")) for page in pages}
    fronts = {page.sheet: patterns[page.id] for page in pages if page.side == "front"}

    def is_doubtful(page: Page) -> bool:
        if facts[page.id].get("blank") != "doubtful":
            return False
        front = fronts.get(page.sheet, b"") if page.side == "back" else b""
        return not checks.shows_through(front, patterns[page.id], checks.thresholds().trace)

    return [_doubted(page) if is_doubtful(page) else page for page in pages]


def _doubted(page: Page) -> Page:
    reading = page.reading
    if reading is None or reading.condition.blank != "blank":
        return page
    condition = replace(reading.condition, blank="doubtful")
    return replace(page, reading=replace(reading, condition=condition))


def _as_decided(store: Store, page: Page) -> Page:
    """Set aside only what the clerk set aside: an earlier assembly's blanks are judged anew."""
    return replace(page, set_aside=bool(dossiers.decisions(store, page.id).get("set_aside")))


# --- archival PDF -----------------------------------------------------------------------------


def make_pdf(
    data: Path, document_id: str, settings: Settings, submit: Submit | None = None
) -> None:
    """PDF/A-2b of one document: its pages' pictures with the recognised words behind them.

    With submit, pictures are encoded there and only the file is written here: a long document in
    the profile "mrc" takes a second a page, more than a worker may spend on one item.
    """
    from desk_app.pdf import compose

    store = open_store(data)
    document = dossiers.document(store, document_id)
    if document.pdf_sha256:
        return
    dossier = dossiers.find(store, document.dossier_id)
    papers = [dossiers.page(store, page_id) for page_id in document.page_ids]
    about = compose.DocumentInfo(
        title=document.title,
        author=settings.agency,
        subject=dossier.code,
        keywords=tuple(filter(None, (document.type, document.component))),
        created=store.now(),
    )
    size = sum(store.blobs.size(page.sha256) for page in papers)
    with temporary(3 * size) as folder:
        pages = [_stored_page(store, page, folder) for page in papers]
        out = folder / "document.pdf"
        params = compose.Params(profile=_pdf_profile(data, settings, dossier.procedure))
        report = compose.run(pages, about, out, params, submit=submit)
        if report.conformance.faults:
            first = report.conformance.faults[0]
            raise UnusableInput(first.en, file=document.title, detail_vi=first.vi)
        sha256 = store.blobs.adopt(out)
        dossiers.set_pdf(store, document_id, sha256, out.stat().st_size)


def _pdf_profile(data: Path, settings: Settings, procedure_id: str) -> Profile:
    from desk_app.dossiers import catalog

    names = [procedure_id]
    if procedure_id and settings.pdf_profile_of:
        names.append(catalog.at(data).procedure(procedure_id).code)
    return cast("Profile", settings.profile_for(*names))


def _stored_page(store: Store, page: Page, folder: Path) -> PdfPage:
    picture = store.blobs.copy_out(page.sha256, folder / page.id)
    if page.reading is not None:
        return pdf_page(picture, page.reading)
    from desk_app.pdf.placement import PdfPage

    return PdfPage(picture, page.width, page.height, page.dpi)


def pdf_page(picture: Path, reading: PageReading) -> PdfPage:
    """A picture and its reading as the archival file takes them."""
    from desk_app.pdf.placement import PdfPage, allowed_dpi

    facts = reading.condition
    dpi = allowed_dpi(facts.width, facts.height, facts.dpi)
    return PdfPage(
        picture, facts.width, facts.height, dpi, facts.rotation, facts.skew_deg, reading.text.words
    )


# --- verifying --------------------------------------------------------------------------------


def verify_document(data: Path, document_id: str, settings: Settings) -> dict[str, Any] | None:
    """Look at a signed document again and keep what was found."""
    from desk_app import signatures

    store = open_store(data)
    document = dossiers.document(store, document_id)
    if document.signed_sha256 is None:
        return None
    retention.require_here(store, document.dossier_id)
    with store.blobs.readable(document.signed_sha256) as path:
        verdict = signatures.verify(path, signatures.anchors(data, settings))
    dossiers.set_verdict(store, document_id, verdict)
    return verdict
