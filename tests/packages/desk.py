"""A small desk for the tests of packages: signed dossiers without scanner, reader and token."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone

from desk_app.records import Document, Field, Page
from desk_app.store import dossiers
from desk_app.store.database import Store

ROAD = ("recognising", "to_check", "checked", "to_sign")
CODE = "H49.64.33-260105-0160"


class Clock:
    """Each look is a millisecond later; nothing depends on the machine's own clock or zone."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 8, 0, tzinfo=timezone(timedelta(hours=7)))

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


def pdf(number: int, size: int = 2000) -> bytes:
    body = random.Random(number).randbytes(max(0, size - 16))
    return b"%PDF-1.7\n" + body + b"\n%%EOF\n"


def add_dossier(
    store: Store, code: str = CODE, *, papers: int = 3, pages: int = 2, size: int = 2000,
    procedure: str = "",
) -> str:  # fmt: skip
    """An open dossier whose papers have been found."""
    dossier = dossiers.create(store, code, procedure)
    documents = []
    for number in range(papers):
        ids = [f"{dossier.id[:12]}{number:05}{side:03}" for side in range(pages)]
        for side, page_id in enumerate(ids):
            picture = f"{code}{page_id}".encode()
            page = Page(
                page_id, dossier.id, 0, number + 1, "front" if side % 2 == 0 else "back",
                store.blobs.put_bytes(picture), "image/jpeg", 1654, 2339, 200,
            )  # fmt: skip
            dossiers.add_page(store, page, len(picture), "job")
        fields = (
            Field("number", f"{number + 1:02}/2001", 0.9, "ocr"),
            Field("issue_date", f"2001-06-{number % 28 + 1:02}", 0.9, "ocr"),
        )
        documents.append(
            Document(
                dossiers.document_id(ids[0]),
                dossier.id,
                number,
                None,
                None,
                f"Tờ khai đăng ký kết hôn số {number + 1}",
                0.9,
                tuple(ids),
                fields,
            )
        )
    dossiers.save_assembly(store, dossier.id, documents, [], [])
    return dossier.id


def sign(store: Store, dossier_id: str, *, size: int = 2000, seed: int = 0) -> None:
    """Take a dossier to the state signed, each paper with a file of its own."""
    for state in ROAD:
        dossiers.move(store, dossier_id, state)
    for number, document in enumerate(dossiers.documents(store, dossier_id)):
        data = pdf(1000 * seed + number, size)
        sha256 = store.blobs.put_bytes(data)
        with store.transaction() as change:
            dossiers.set_signed_in(change, document.id, sha256, len(data), {"status": "valid"})
    dossiers.move(store, dossier_id, "signed")


def signed_dossier(store: Store, code: str = CODE, **shape: int) -> str:
    dossier_id = add_dossier(store, code, **shape)  # type: ignore[arg-type]
    sign(store, dossier_id, size=shape.get("size", 2000), seed=sum(code.encode()))
    return dossier_id
