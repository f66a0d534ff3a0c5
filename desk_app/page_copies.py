"""Readable copies of pages for scripts: the data folder itself holds nothing that can be read.

They go to `pages/` in the folder for readable copies, named by page id. The commands that take
pages in write them before a page is announced; the window writes none.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from desk_app import exports
from desk_app.records import Page
from desk_app.store import looks
from desk_app.store.blobs import sha256_file, storage_faults
from desk_app.store.database import Store

FOLDER = "pages"
_SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png"}


def write(store: Store, page: Page, folder: Path) -> Path:
    """Write the copy of a page, whole or not at all; one that is there stays.

    That it leaves the data folder is recorded first.

    Args:
        store: Where the page is kept.
        page: The page.
        folder: The folder for readable copies.

    Raises:
        NotFound, Damaged: The page's picture cannot be read.
        StorageError: The folder cannot be written.
    """
    note = looks.Once(looks.exported, store, page.id, "page", 1)
    source = note.before(partial(store.blobs.open, page.sha256))
    return exports.copy(source, page.sha256, folder / FOLDER, page.id, _suffix(page))


def existing(page: Page, *folders: Path) -> Path | None:
    """The copy of a page where there is one that still is what was scanned."""
    for folder in folders:
        path = place(page, folder)
        with storage_faults():
            if path.is_file() and sha256_file(path) == page.sha256:
                return path
    return None


def place(page: Page, folder: Path) -> Path:
    """Where the copy of a page lies in a folder for readable copies, if there is one."""
    return folder / FOLDER / f"{exports.file_name(page.id)}{_suffix(page)}"


def _suffix(page: Page) -> str:
    return _SUFFIXES.get(page.media, ".bin")
