"""Dossiers, pages and documents in the store: every write is one transaction with its audit record.

What the clerk decides about a page (type, first page or continuation, turn, set aside) is kept
beside what the program read, never in its place, so reading again loses no decision.
"""

from __future__ import annotations

import functools
import json
import secrets
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from desk_app.errors import NotAllowed, NotFound
from desk_app.records import (
    Document,
    Dossier,
    Field,
    Finding,
    Page,
    PageReading,
    PageType,
    Text,
)
from desk_app.store import batch_pages, codec, edits, refusals
from desk_app.store.blob_rows import add_blob_in as add_blob_in
from desk_app.store.blobs import Blobs
from desk_app.store.database import Change, Store
from desk_app.store.edits import AT_END, Place
from desk_app.store.edits import decide as decide
from desk_app.store.sql import sqlite3
from desk_app.store.states import ORDER as ORDER
from desk_app.store.states import SEALED as SEALED
from desk_app.store.states import SIDE_STATES as SIDE_STATES
from desk_app.store.states import move as move
from desk_app.store.states import move_in as move_in


def new_id() -> str:
    """A sortable unique id: milliseconds since 1970 and 80 random bits, in hex."""
    return f"{int(time.time() * 1000):012x}{secrets.token_hex(10)}"


# --- dossiers ---------------------------------------------------------------------------------


def create(store: Store, code: str, procedure: str, **options: object) -> Dossier:
    """Open a dossier under the code of its receipt slip."""
    dossier = Dossier(new_id(), code, procedure, "received", store.now())
    try:
        with store.transaction() as change:
            change.conn.execute(
                "INSERT INTO dossier VALUES(?,?,?,?,?,?,?)",
                (dossier.id, code, procedure, "received", change.now, change.now,
                 codec.dumps(options)),
            )  # fmt: skip
            change.audit("dossier.create", dossier.id, code=code, procedure=procedure)
    except sqlite3.IntegrityError as fault:
        raise NotAllowed(f"{code} already exists", detail_vi=f"{code} đã có") from fault
    return dossier


def find(store: Store, code_or_id: str) -> Dossier:
    """The dossier with this code or id."""
    row = store.row("SELECT * FROM dossier WHERE code = ? OR id = ?", code_or_id, code_or_id)
    if row is None:
        raise refusals.no_dossier(code_or_id)
    return _dossier(row)


def exists(store: Store, code: str) -> bool:
    """Whether a dossier with this code is known."""
    return store.row("SELECT 1 FROM dossier WHERE code = ?", code) is not None


def in_states(store: Store, *states: str) -> list[Dossier]:
    """Dossiers in any of these states, oldest first."""
    marks = ",".join("?" * len(states))
    rows = store.rows(
        f"SELECT * FROM dossier WHERE state IN ({marks}) ORDER BY created_at", *states
    )
    return [_dossier(row) for row in rows]


def options(store: Store, dossier_id: str) -> dict[str, Any]:
    """What was set for this dossier when it was opened (demonstration, device, output folder)."""
    row = store.row("SELECT options FROM dossier WHERE id = ?", dossier_id)
    return dict(json.loads(row["options"])) if row else {}


def _dossier(row: sqlite3.Row) -> Dossier:
    return Dossier(row["id"], row["code"], row["procedure"], row["state"], row["created_at"])


# --- scan jobs --------------------------------------------------------------------------------


def begin_job(
    store: Store, job_id: str, dossier_id: str, device: str, folder: Path, settings: object,
    place: Place = AT_END,
) -> None:  # fmt: skip
    """Write down that a scan begins and where its pages will go, before the device is touched."""
    with store.transaction() as change:
        change.conn.execute(
            "INSERT INTO scan_job(id, dossier_id, device, folder, settings, place, state, "
            "started_at) VALUES(?,?,?,?,?,?,'running',?)",
            (job_id, dossier_id, device, str(folder), codec.dumps(settings), codec.dumps(place),
             change.now),
        )  # fmt: skip
        change.audit("scan.begin", job_id, dossier=dossier_id, place=place.op)


def end_job(store: Store, job_id: str, reason: str) -> None:
    """Write down how a scan ended; a second time is free."""
    with store.transaction() as change:
        done = change.conn.execute(
            "UPDATE scan_job SET state = 'ended', reason = ?, ended_at = ? "
            "WHERE id = ? AND state = 'running'",
            (reason, change.now, job_id),
        )
        if done.rowcount:
            change.audit("scan.end", job_id, reason=reason)


def running_jobs(store: Store) -> list[sqlite3.Row]:
    """Scans without a recorded end: alive in another process, or cut off."""
    return store.rows("SELECT * FROM scan_job WHERE state = 'running' ORDER BY started_at")


def last_job(store: Store, dossier_id: str) -> sqlite3.Row | None:
    """The newest scan of a dossier."""
    return store.row(
        "SELECT * FROM scan_job WHERE dossier_id = ? ORDER BY started_at DESC, id DESC LIMIT 1",
        dossier_id,
    )


# --- pages ------------------------------------------------------------------------------------


def add_page(store: Store, page: Page, size: int, job_id: str, file_turn: int = 0) -> bool:
    """Record a page whose blob is already on disk; False where it was recorded before.

    `file_turn` is the clockwise turn that the file asks for: a hint, nobody's decision.

    A side of a sheet that the same dossier already has from an interrupted scan of the same
    feed is not recorded twice: the caller gives such pages their job's id.
    """
    with store.transaction() as change:
        if change.conn.execute("SELECT 1 FROM page WHERE id = ?", (page.id,)).fetchone():
            return False
        add_blob_in(change, page.sha256, size, page.media)
        change.db.table("page").insert(
            {
                "id": page.id, "dossier_id": page.dossier_id, "position": 0,
                "sheet": page.sheet, "side": page.side, "sha256": page.sha256,
                "media": page.media, "width": page.width, "height": page.height,
                "dpi": page.dpi, "job_id": job_id, "landed_at": change.now,
                "file_turn": file_turn,
            }
        )  # fmt: skip
        edits.land_in(change, page, job_id)
        batch_pages.land_in(change, page.id, page.dossier_id, job_id)
        change.audit("page.add", page.id, dossier=page.dossier_id, sha256=page.sha256)
        return True


def pages(store: Store, dossier_id: str, *, readings: bool = True) -> list[Page]:
    """A dossier's pages in order, with what was read and what the clerk decided."""
    rows = store.rows("SELECT * FROM page WHERE dossier_id = ? ORDER BY position", dossier_id)
    return [_page(store, row, readings) for row in rows]


def page(store: Store, page_id: str) -> Page:
    """One page."""
    row = store.row("SELECT * FROM page WHERE id = ?", page_id)
    if row is None:
        raise refusals.no_page(page_id)
    return _page(store, row, True)


def unread_pages(store: Store, dossier_id: str) -> list[Page]:
    """Pages that no reader has finished or given up on yet."""
    rows = store.rows(
        "SELECT * FROM page WHERE dossier_id = ? AND reading_sha256 IS NULL AND failure IS NULL "
        "ORDER BY position",
        dossier_id,
    )
    return [_page(store, row, False) for row in rows]


def save_reading(store: Store, page_id: str, reading: PageReading, stage_key: str = "") -> None:
    """Keep what was read on a page, and under its stage key so that a rerun is free."""
    data = codec.dumps(reading).encode()
    sha256 = store.blobs.put_bytes(data)
    with store.transaction() as change:
        add_blob_in(change, sha256, len(data), "application/json")
        change.conn.execute(
            "UPDATE page SET reading_sha256 = ?, failure = NULL WHERE id = ?", (sha256, page_id)
        )
        if stage_key:
            change.conn.execute(
                "INSERT INTO stage_result VALUES(?, 'read', ?, ?) ON CONFLICT(key) DO NOTHING",
                (stage_key, sha256, change.now),
            )
        change.audit("page.read", page_id, reading=sha256)


def forget_reading(store: Store, page_ids: Sequence[str]) -> None:
    """Have pages read again, after the clerk turned them."""
    with store.transaction() as change:
        for page_id in page_ids:
            change.conn.execute(
                "UPDATE page SET reading_sha256 = NULL, failure = NULL WHERE id = ?", (page_id,)
            )
            change.audit("page.reread", page_id)


def save_failure(store: Store, page_id: str, reason: Text) -> None:
    """A page that could not be read is set aside from reading, with its reason, not from view."""
    with store.transaction() as change:
        change.conn.execute(
            "UPDATE page SET failure = ? WHERE id = ?", (codec.dumps(reason), page_id)
        )
        change.audit("page.unreadable", page_id)


def checks(store: Store, page_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the page checks and the scanner said of pages; empty where they said nothing."""
    found: dict[str, dict[str, Any]] = {}
    for page_id in page_ids:
        row = store.row("SELECT checks FROM page WHERE id = ?", page_id)
        found[page_id] = json.loads(row["checks"]) if row and row["checks"] else {}
    return found


def save_checks(store: Store, page_id: str, **facts: object) -> None:
    """Add to what was said of a page: plain facts, nothing of its text."""
    with store.transaction() as change:
        row = change.conn.execute("SELECT checks FROM page WHERE id = ?", (page_id,)).fetchone()
        before = json.loads(row["checks"]) if row and row["checks"] else {}
        change.conn.execute(
            "UPDATE page SET checks = ? WHERE id = ?", (codec.dumps({**before, **facts}), page_id)
        )
        change.audit("page.check", page_id)


def file_turn(store: Store, page_id: str) -> int:
    """The clockwise turn that a page's file asks for, in degrees."""
    row = store.row("SELECT file_turn FROM page WHERE id = ?", page_id)
    return int(row["file_turn"]) if row else 0


def decisions(store: Store, page_id: str) -> dict[str, Any]:
    """What the clerk decided about a page."""
    row = store.row("SELECT clerk FROM page WHERE id = ?", page_id)
    return dict(json.loads(row["clerk"])) if row else {}


def _page(store: Store, row: sqlite3.Row, with_reading: bool) -> Page:
    clerk = json.loads(row["clerk"])
    reading = None
    if with_reading and row["reading_sha256"]:
        reading = _decided(_kept_reading(store.blobs, row["reading_sha256"]), clerk)
    return Page(
        id=row["id"], dossier_id=row["dossier_id"], position=row["position"], sheet=row["sheet"],
        side=row["side"], sha256=row["sha256"], media=row["media"], width=row["width"],
        height=row["height"], dpi=row["dpi"],
        set_aside=bool(clerk.get("set_aside", row["set_aside"])),
        document_id=row["document_id"], reading=reading,
    )  # fmt: skip


@functools.lru_cache(maxsize=1024)
def _kept_reading(blobs: Blobs, sha256: str) -> PageReading:
    """A blob never changes, so what was built from it can be kept (5 ms a page otherwise)."""
    return codec.loads(PageReading, blobs.read(sha256))


def _decided(reading: PageReading, clerk: dict[str, Any]) -> PageReading:
    """The reading with the clerk's word over the program's."""
    kind, condition, text = reading.type, reading.condition, reading.text
    if "type" in clerk or "first" in clerk:
        kind = PageType(
            clerk.get("type", kind.type), 1.0, clerk.get("first", kind.first), kind.alternatives
        )
    if "rotation" in clerk:
        condition = replace(condition, rotation=clerk["rotation"], rotation_confidence=1.0)
    if clerk.get("set_aside") is False:
        condition = replace(condition, blank="content")
    elif clerk.get("set_aside"):
        condition = replace(condition, blank="blank")
    return replace(reading, type=kind, condition=condition, text=text)


# --- documents --------------------------------------------------------------------------------


def document_id(first_page_id: str) -> str:
    """A document is named by its first page, so that assembling again keeps its identity."""
    return f"D-{first_page_id}"


def save_assembly(
    store: Store,
    dossier_id: str,
    documents: Sequence[Document],
    set_aside: Sequence[tuple[str, str]],
    findings: Sequence[Finding],
) -> None:
    """Replace the dossier's documents by a newer assembly of the same pages.

    Values that the clerk typed stay with their document; accepted findings stay accepted.
    """
    with store.transaction() as change:
        conn = change.conn
        typed = conn.execute(
            "SELECT f.* FROM field f JOIN document d ON d.id = f.document_id "
            "WHERE d.dossier_id = ? AND f.source = 'clerk'",
            (dossier_id,),
        ).fetchall()
        accepted = {
            (row["code"], row["document_id"], row["page_id"], row["component"]): row["accepted"]
            for row in conn.execute(
                "SELECT * FROM finding WHERE dossier_id = ? AND accepted IS NOT NULL", (dossier_id,)
            )
        }
        _clear_assembly(change, dossier_id)
        for document in documents:
            _insert_document(change, document)
        kept = {document.id for document in documents}
        for row in typed:
            if row["document_id"] in kept:
                change.db.table("field").upsert(dict(row), pk=("document_id", "name"))
        for page_id, reason in set_aside:
            conn.execute(
                "UPDATE page SET set_aside = 1, "
                "set_aside_reason = coalesce(json_extract(clerk, '$.aside'), ?) WHERE id = ?",
                (reason, page_id),
            )
        for finding in findings:
            _insert_finding(change, dossier_id, finding, accepted.get(_key(finding)))
        for finding in _returns(change, dossier_id, kept):
            _insert_finding(change, dossier_id, finding, accepted.get(_key(finding)))
        change.audit(
            "dossier.assemble", dossier_id, documents=len(documents), set_aside=len(set_aside)
        )


def _key(finding: Finding) -> tuple[str, str | None, str | None, str | None]:
    return finding.code, finding.document_id, finding.page_id, finding.component


def _returns(change: Change, dossier_id: str, documents: Collection[str]) -> list[Finding]:
    """What the supervisor sent back and nobody has signed again."""
    rows = change.conn.execute(
        "SELECT document_id, reason FROM review "
        "WHERE dossier_id = ? AND decision = 'return' AND settled_at IS NULL ORDER BY seq",
        (dossier_id,),
    )
    newest = {row["document_id"]: row["reason"] for row in rows}
    return [
        _sent_back(document if document in documents else None, reason)
        for document, reason in newest.items()
    ]


def _sent_back(document: str | None, reason: str) -> Finding:
    text = Text(f"Người thẩm định trả lại: {reason}", f"Sent back by the supervisor: {reason}")
    return Finding("SENT_BACK", "problem", text, document)


def open_again_in(change: Change, dossier_id: str, document_id: str, reason: str) -> None:
    """A signed dossier is sent back: its next version begins, the signed files stay on record."""
    row = change.conn.execute("SELECT state FROM dossier WHERE id = ?", (dossier_id,)).fetchone()
    change.conn.execute(
        "INSERT INTO document_version SELECT id, dossier_id, 1 + (SELECT count(*) FROM "
        "document_version v WHERE v.document_id = document.id), title, pdf_sha256, signed_sha256, "
        "verdict, ? FROM document WHERE dossier_id = ? AND signed_sha256 IS NOT NULL",
        (change.now, dossier_id),
    )
    change.conn.execute(
        "UPDATE document SET pdf_sha256 = NULL, signed_sha256 = NULL, verdict = NULL "
        "WHERE dossier_id = ?",
        (dossier_id,),
    )
    finding = _sent_back(document_id, reason)
    # An earlier return of the same paper may have been accepted: this one is new.
    change.conn.execute(
        "DELETE FROM finding WHERE dossier_id = ? AND code = ? AND document_id IS ?",
        (dossier_id, finding.code, document_id),
    )
    _insert_finding(change, dossier_id, finding, None)
    change.conn.execute(
        "UPDATE dossier SET state = 'to_check', state_since = ? WHERE id = ?",
        (change.now, dossier_id),
    )
    change.audit(
        "dossier.state", dossier_id, before=row["state"], after="to_check", document=document_id
    )


def versions(store: Store, dossier_id: str) -> list[sqlite3.Row]:
    """Earlier signed files of a dossier, oldest first."""
    return store.rows(
        "SELECT * FROM document_version WHERE dossier_id = ? ORDER BY version, document_id",
        dossier_id,
    )


def _clear_assembly(change: Change, dossier_id: str) -> None:
    conn = change.conn
    row = conn.execute("SELECT state FROM dossier WHERE id = ?", (dossier_id,)).fetchone()
    if row is not None and row["state"] in SEALED:
        raise refusals.is_signed()
    conn.execute(
        "UPDATE page SET document_id = NULL, document_position = NULL, set_aside = 0, "
        "set_aside_reason = NULL WHERE dossier_id = ?",
        (dossier_id,),
    )
    conn.execute("DELETE FROM finding WHERE dossier_id = ?", (dossier_id,))
    conn.execute(
        "DELETE FROM field WHERE document_id IN (SELECT id FROM document WHERE dossier_id = ?)",
        (dossier_id,),
    )
    conn.execute("DELETE FROM document WHERE dossier_id = ?", (dossier_id,))


def _insert_document(change: Change, document: Document) -> None:
    change.db.table("document").insert(
        {
            "id": document.id, "dossier_id": document.dossier_id, "ordinal": document.ordinal,
            "component": document.component, "type": document.type, "title": document.title,
            "confidence": document.confidence,
        }
    )  # fmt: skip
    for position, page_id in enumerate(document.page_ids):
        change.conn.execute(
            "UPDATE page SET document_id = ?, document_position = ? WHERE id = ?",
            (document.id, position, page_id),
        )
    for field in document.fields:
        change.db.table("field").upsert(_field_row(document.id, field), pk=("document_id", "name"))


def _field_row(document: str, field: Field) -> dict[str, object]:
    return {
        "document_id": document, "name": field.name, "value": field.value,
        "confidence": field.confidence, "source": field.source, "page_id": field.page_id,
        "box": codec.dumps(field.box) if field.box else None,
        "problem": codec.dumps(field.problem) if field.problem else None,
    }  # fmt: skip


def _insert_finding(
    change: Change, dossier_id: str, finding: Finding, accepted: str | None
) -> None:
    change.db.table("finding").insert(
        {
            "dossier_id": dossier_id, "code": finding.code, "severity": finding.severity,
            "vi": finding.text.vi, "en": finding.text.en, "document_id": finding.document_id,
            "page_id": finding.page_id, "component": finding.component, "accepted": accepted,
            "box": codec.dumps(finding.box) if finding.box else None,
        }
    )  # fmt: skip


def documents(store: Store, dossier_id: str) -> list[Document]:
    """A dossier's documents in order, with their fields."""
    rows = store.rows("SELECT * FROM document WHERE dossier_id = ? ORDER BY ordinal", dossier_id)
    return [_document(store, row) for row in rows]


def document(store: Store, document_id: str) -> Document:
    """One document."""
    row = store.row("SELECT * FROM document WHERE id = ?", document_id)
    if row is None:
        raise NotFound(f"document {document_id}", detail_vi=f"tài liệu {document_id}")
    return _document(store, row)


def set_field(store: Store, document_id: str, name: str, value: str) -> Field | None:
    """Keep what the clerk typed; returns the field as it was."""
    before = {f.name: f for f in document(store, document_id).fields}.get(name)
    field = Field(name, value, 1.0, "clerk", before.page_id if before else None,
                  before.box if before else None)  # fmt: skip
    put_field(store, document_id, field)
    return before


def put_field(store: Store, document_id: str, field: Field) -> None:
    """Write one field as given (undo puts the earlier one back)."""
    with store.transaction() as change:
        change.db.table("field").upsert(_field_row(document_id, field), pk=("document_id", "name"))
        change.audit("field.set", document_id, name=field.name, source=field.source)


def findings(store: Store, dossier_id: str, *, open_only: bool = False) -> list[Finding]:
    """What the clerk should know about a dossier; problems first."""
    rows = store.rows(
        "SELECT * FROM finding WHERE dossier_id = ? AND (accepted IS NULL OR NOT ?) ORDER BY "
        "CASE severity WHEN 'problem' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, id",
        dossier_id, open_only,
    )  # fmt: skip
    return [
        Finding(
            row["code"], row["severity"], Text(row["vi"], row["en"]), row["document_id"],
            row["page_id"], tuple(json.loads(row["box"])) if row["box"] else None,
            row["component"],
        )
        for row in rows
    ]  # fmt: skip


def accept_finding(store: Store, dossier_id: str, finding: Finding, reason: str) -> None:
    """The clerk takes responsibility for a finding (kept as it is, submitted incomplete)."""
    with store.transaction() as change:
        change.conn.execute(
            "UPDATE finding SET accepted = ? WHERE dossier_id = ? AND code = ? "
            "AND document_id IS ? AND page_id IS ? AND component IS ?",
            (
                reason,
                dossier_id,
                finding.code,
                finding.document_id,
                finding.page_id,
                finding.component,
            ),
        )
        change.audit("finding.accept", dossier_id, code=finding.code)


def set_pdf(store: Store, document_id: str, sha256: str, size: int) -> None:
    """Keep the archival PDF made of a document."""
    with store.transaction() as change:
        add_blob_in(change, sha256, size, "application/pdf")
        change.conn.execute(
            "UPDATE document SET pdf_sha256 = ? WHERE id = ?", (sha256, document_id)
        )
        change.audit("document.pdf", document_id, sha256=sha256)


def set_signed_in(
    change: Change, document_id: str, sha256: str, size: int, verdict: object
) -> None:
    """Keep a signed file and its verdict, inside the transaction that also queues its upload."""
    add_blob_in(change, sha256, size, "application/pdf")
    change.conn.execute(
        "UPDATE document SET signed_sha256 = ?, verdict = ? WHERE id = ?",
        (sha256, codec.dumps(verdict), document_id),
    )
    change.audit("document.sign", document_id, sha256=sha256)


def set_verdict(store: Store, document_id: str, verdict: object) -> None:
    """Keep a later look at the same signed file."""
    with store.transaction() as change:
        change.conn.execute(
            "UPDATE document SET verdict = ? WHERE id = ?", (codec.dumps(verdict), document_id)
        )
        change.audit("document.verify", document_id)


def verdict(store: Store, document_id: str) -> dict[str, Any] | None:
    """The last verdict on a document's signatures, as `desk verify` prints it."""
    row = store.row("SELECT verdict FROM document WHERE id = ?", document_id)
    return dict(json.loads(row["verdict"])) if row and row["verdict"] else None


def _document(store: Store, row: sqlite3.Row) -> Document:
    page_ids = store.rows(
        "SELECT id FROM page WHERE document_id = ? ORDER BY document_position", row["id"]
    )
    fields = store.rows("SELECT * FROM field WHERE document_id = ? ORDER BY rowid", row["id"])
    return Document(
        id=row["id"], dossier_id=row["dossier_id"], ordinal=row["ordinal"],
        component=row["component"], type=row["type"], title=row["title"],
        confidence=row["confidence"], page_ids=tuple(p["id"] for p in page_ids),
        fields=tuple(_field(f) for f in fields), pdf_sha256=row["pdf_sha256"],
        signed_sha256=row["signed_sha256"],
    )  # fmt: skip


def _field(row: sqlite3.Row) -> Field:
    return Field(
        row["name"], row["value"], row["confidence"], row["source"], row["page_id"],
        tuple(json.loads(row["box"])) if row["box"] else None,
        codec.loads(Text, row["problem"]) if row["problem"] else None,
    )  # fmt: skip
