"""A small desk for the tests: dossiers ready to upload, a clock that is turned by hand."""

from __future__ import annotations

import hashlib
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path

from desk_app.store import dossiers, vault
from desk_app.store.database import Store
from desk_app.submission import queue
from scanners import sealed

TARGET = "local"
ROAD = ("recognising", "to_check", "checked", "to_sign", "signed", "to_upload")


class Clock:
    """Time stands still until it is turned."""

    def __init__(self):
        self.now = datetime(2026, 3, 2, 8, 0, tzinfo=timezone(timedelta(hours=7)))

    def __call__(self):
        return self.now

    def turn(self, seconds: float):
        self.now += timedelta(seconds=seconds)


def content(number: int, size: int) -> bytes:
    return random.Random(number).randbytes(size)


def new_dossier(store: Store, code: str) -> str:
    return dossiers.create(store, code, "1.001193").id


def make_ready(store: Store, dossier_id: str) -> None:
    for state in ROAD:
        dossiers.move(store, dossier_id, state)


def put(store: Store, dossier_id: str, data: bytes, *, target: str = TARGET, prio: int = 5) -> str:
    """A signed file with its outbox row, in one transaction as the pipeline does it."""
    key = store.blobs.put_bytes(data)
    with store.transaction() as change:
        dossiers.add_blob_in(change, key, len(data), "application/pdf")
        queue.enqueue_in(
            change, key=key, target=target, dossier_id=dossier_id, document_id=None,
            size=len(data), prio=prio,
        )  # fmt: skip
    return key


def ready_dossier(store: Store, code: str, files: list[bytes]) -> tuple[str, list[str]]:
    dossier = new_dossier(store, code)
    keys = [put(store, dossier, data) for data in files]
    make_ready(store, dossier)
    return dossier, keys


def grouped(store: Store) -> dict[str, int]:
    """The counters, counted the slow way."""
    rows = store.rows("SELECT state, count(*) AS n FROM upload GROUP BY state")
    return dict.fromkeys(queue.STATES, 0) | {row["state"]: row["n"] for row in rows}


def stored_files(folder: Path) -> dict[str, Path]:
    """Whole files in a local store, each checked against its name; the embedded one's unsealed."""
    found = {}
    is_embedded = (folder.parent / vault.FILE_NAME).exists()
    keys = vault.open_vault(folder.parent).keys if is_embedded else None
    for path in folder.rglob("*.pdf"):
        with sealed.open_file(path, keys) as content:
            assert hashlib.sha256(content.read()).hexdigest() == path.stem
        found[path.stem] = path
    return found
