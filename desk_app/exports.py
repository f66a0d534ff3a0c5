"""Readable copies outside the data folder: whole or absent, never over something else."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from desk_app.errors import OutputError, StorageError
from desk_app.store.blobs import CHUNK, sha256_file, storage_faults, sync_folder
from desk_app.store.database import Store


def copy(
    source: Callable[[], BinaryIO], sha256: str, folder: Path, title: str, suffix: str = ".pdf"
) -> Path:
    """Put a copy of a blob into a folder under a name made from its title.

    The source opens its content; it is not asked where the copy is there already.

    A file of that name with the same content is that copy; one with other content is left alone
    and the copy gets a number.
    """
    name = file_name(title)
    with storage_faults():
        folder.mkdir(parents=True, exist_ok=True)
        for number in itertools.count(1):
            target = folder / (name + suffix if number == 1 else f"{name} ({number}){suffix}")
            if not target.exists():
                _place(source, target)
                return target
            if sha256_file(target) == sha256:
                return target
    raise AssertionError("unreachable")


@contextlib.contextmanager
def writing(target: Path) -> Iterator[None]:
    """Say of a result that cannot be written what it is, and not that the data folder is at fault.

    Raises:
        OutputError: the file cannot be written where it was asked for.
    """
    try:
        yield
    except StorageError as fault:
        if type(fault) is not StorageError:  # a full disk, damaged data: they have their own words
            raise
        en, vi = (
            str(fault.facts.get(name) or "").removeprefix(f"{target.name}: ")
            for name in ("detail", "detail_vi")
        )
        raise OutputError(en, file=str(target), detail_vi=vi) from fault


def require_folder(folder: Path) -> None:
    """Make sure that copies can be written before the work that they are copies of.

    Raises:
        OutputError: the folder cannot be made or written.
    """
    with writing(folder), storage_faults():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


def redirect(store: Store, folder: Path) -> None:
    """Another folder for the readable copies that are still to be written, where one was set."""
    with store.transaction() as change:
        rows = change.conn.execute(
            "UPDATE dossier SET options = json_set(options, '$.out', ?) "
            "WHERE json_extract(options, '$.out') IS NOT NULL "
            "AND state NOT IN ('stored', 'done', 'cancelled') RETURNING id",
            (str(folder),),
        ).fetchall()
        for row in rows:
            change.audit("dossier.copies", row["id"])


def refuse_input(target: Path | None, files: Sequence[Path]) -> None:
    """A result never replaces what it is made from.

    Raises:
        OutputError: target is one of the files, by this or another name.
    """
    if target is None or not target.exists():
        return
    if any(file.exists() and file.samefile(target) for file in files):
        raise OutputError(
            "it is one of the files to be read, and is left as it is", file=str(target),
            detail_vi="đây là một trong các tệp đưa vào, được giữ nguyên",
        )  # fmt: skip


def file_name(title: str) -> str:
    """A title as a file name that every system takes: plain letters, digits and underscores."""
    text = unicodedata.normalize("NFD", title.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(c for c in text if not unicodedata.combining(c)).lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:80] or "document"


def _place(source: Callable[[], BinaryIO], target: Path) -> None:
    temporary = target.with_name(f".{target.name}.part")
    with source() as content, temporary.open("wb") as stream:
        shutil.copyfileobj(content, stream, CHUNK)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(target)
    sync_folder(target.parent)
