"""Dossiers that came to their end: read, signed, sent and receipted, by a clock turned by hand."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from desk_app.records import (
    Document,
    Field,
    Page,
    PageCondition,
    PageReading,
    PageText,
    PageType,
    Receipt,
    Word,
)
from desk_app.store import dossiers, search
from desk_app.store.database import Store
from desk_app.submission import queue

NAME = "Nguyễn Thị Đào"
NUMBER = "022196999001"
CODE = "H49.64-260302-0001"
SIGNED = ("recognising", "to_check", "checked", "to_sign")


class Clock:
    """Time stands still until it is turned."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 8, 0, tzinfo=timezone(timedelta(hours=7)))

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


def reading(text: str = NAME) -> PageReading:
    condition = PageCondition(1654, 2339, 200, 0, 1.0, 0.0, 1.0, "content", 0.1, 0.0, 1.0, 1.0)
    words = tuple(
        Word(word, (100 + 200 * n, 100, 280 + 200 * n, 140), 0.9, word, 0)
        for n, word in enumerate(text.split())
    )
    return PageReading(condition, PageText(words, 0, 1654, 2339, "none"), (),
                       PageType("citizen_card", 0.7, True))  # fmt: skip


def assembled(store: Store, code: str = CODE, *, papers: int = 2, same: bytes = b"") -> str:
    """A dossier whose papers were read; `same` makes its pictures those of another one."""
    dossier = dossiers.create(store, code, "birth_registration")
    documents = []
    for number in range(papers):
        page_id = f"{dossier.id}{number}"
        picture = same or f"picture {code} {number}".encode()
        page = Page(page_id, dossier.id, 0, number + 1, "front", store.blobs.put_bytes(picture),
                    "image/jpeg", 1654, 2339, 200)  # fmt: skip
        dossiers.add_page(store, page, len(picture), "job")
        dossiers.save_reading(store, page_id, reading(f"{NAME} {page_id}"), f"key {page_id}")
        fields = (Field("full_name", NAME, 0.9, "ocr", page_id),
                  Field("citizen_number", NUMBER, 0.9, "qr", page_id))  # fmt: skip
        documents.append(
            Document(dossiers.document_id(page_id), dossier.id, number, "citizen_card",
                     "citizen_card", "Căn cước công dân", 0.9, (page_id,), fields)
        )  # fmt: skip
    dossiers.save_assembly(store, dossier.id, documents, [], [])
    search.refresh(store)
    return dossier.id


def sign(store: Store, dossier_id: str, target: str = "local") -> list[str]:
    """Signed and queued; returns the keys."""
    for state in SIGNED:
        dossiers.move(store, dossier_id, state)
    keys = []
    for document in dossiers.documents(store, dossier_id):
        data = f"%PDF-1.7 {document.id}".encode()
        keys.append(store.blobs.put_bytes(data))
        verdict = {"status": "valid", "path": "x", "signatures": [{"signer": NAME}],
                   "reason": {"code": "VALID", "vi": NAME, "en": NAME}, "warnings": []}  # fmt: skip
        with store.transaction() as change:
            dossiers.set_signed_in(change, document.id, keys[-1], len(data), verdict)
            queue.enqueue_in(change, key=keys[-1], target=target, dossier_id=dossier_id,
                             document_id=document.id, size=len(data))  # fmt: skip
    dossiers.move(store, dossier_id, "signed")
    dossiers.move(store, dossier_id, "to_upload")
    return keys


def receive(store: Store, *, stored_at: str = "", register: bool = False) -> int:
    """The store takes all that waits."""
    count = 0
    while item := queue.claim(store, "sender"):
        raw: dict[str, object] = {"kind": "registration"} if item.is_registration else {}
        receipt = Receipt(item.key, item.key, item.size, stored_at or store.now(), "kho", raw)
        follows = register and not item.is_registration
        assert queue.complete(store, item, receipt, register=follows)
        count += 1
    return count


def finished(store: Store, code: str = CODE, **shape: object) -> str:
    dossier_id = assembled(store, code, **shape)  # type: ignore[arg-type]
    sign(store, dossier_id)
    receive(store)
    assert dossiers.find(store, dossier_id).state == "done"
    return dossier_id
