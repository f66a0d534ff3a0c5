"""New procedures, provinces and offices from files: checked with all that is there, then kept.

What is imported lies in the data folder and replaces what came with the program under the same id;
the program's own files are never written. Nothing of an import is kept where one file is wrong.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from desk_app import paths
from desk_app.dossiers import catalog, provinces
from desk_app.errors import UsageError
from desk_app.recognition.doctypes import Table
from desk_app.store.blobs import sha256_file, storage_faults, sync_folder
from desk_app.store.database import Store

MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Imported:
    """One file that was taken over."""

    kind: str
    """procedures or provinces."""
    name: str
    """Its name in the data folder."""
    sha256: str
    ids: tuple[str, ...]
    """What it describes."""
    replaces: bool
    """Whether a file of this name was imported before."""


def take(store: Store, files: Sequence[Path]) -> list[Imported]:
    """Import files of procedures, provinces, offices and province profiles.

    Raises:
        UsageError: a file is missing, too large or wrong, alone or beside what is there; the text
            names file, line and fault, and nothing was changed.
    """
    target = store.folder / "catalogue"
    with storage_faults():
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".import-", dir=target) as folder:
            staged = Path(folder)
            found = [_stage(file, staged, target) for file in files]
            given = {
                str(staged / e.kind / e.name): str(f) for e, f in zip(found, files, strict=True)
            }
            _check(staged, target, given)
            for each in found:
                _settle(staged / each.kind / each.name, target / each.kind / each.name)
    with store.transaction() as change:
        for each in found:
            change.audit("catalogue.import", f"{each.kind}/{each.name}", sha256=each.sha256)
    return found


def _stage(file: Path, staged: Path, target: Path) -> Imported:
    if not file.is_file():
        raise UsageError(f"{file}: no such file", detail_vi=f"{file}: không có tệp này")
    if file.stat().st_size > MOST_BYTES:
        raise UsageError(f"{file}: too large (> 1 MiB)", detail_vi=f"{file}: quá lớn (> 1 MiB)")
    table = Table.read(file)
    kind, name, ids = _kind(table)
    copy = staged / kind / name
    if copy.exists():
        raise UsageError(
            f"{file}: {name} twice in one import",
            detail_vi=f"{file}: {name} có hai lần trong một lần nhập",
        )
    copy.parent.mkdir(exist_ok=True)
    shutil.copyfile(file, copy)
    return Imported(kind, name, sha256_file(copy), ids, (target / kind / name).exists())


def _kind(table: Table) -> tuple[str, str, tuple[str, ...]]:
    """Which of the two registers a file belongs to, and what it describes."""
    units = [*table.entries("province"), *table.entries("office")]
    ids = tuple(str(entry.data.get("id", "")) for entry in units)
    if "digitization_code" in table.data:
        return "provinces", f"{table.word('id')}.toml", (table.word("id"), *ids)
    if units:
        name = f"{table.path.stem}.toml"
        if not table.path.stem.replace("-", "_").isidentifier():
            table.fail(
                "the name of the file wants letters, digits, '-' and '_' alone",
                "tên tệp chỉ gồm chữ cái không dấu, chữ số, '-' và '_'",
            )
        return "provinces", name, ids
    if "type" in table.data:
        table.fail(
            "new document types come with the program, because they have to be recognised",
            "loại giấy tờ mới đi kèm phần mềm, vì máy phải nhận dạng được",
        )
    return "procedures", f"{table.word('id')}.toml", (table.word("id"),)


def _check(staged: Path, target: Path, given: Mapping[str, str]) -> None:
    """Load the catalogue as it will be: earlier imports with the new files in their place.

    A fault names the file under the name by which it was given.
    """
    for kind in ("procedures", "provinces"):
        (staged / kind).mkdir(exist_ok=True)
        for before in (target / kind).glob("*.toml"):
            if not (staged / kind / before.name).exists():
                shutil.copyfile(before, staged / kind / before.name)
    try:
        catalog.load(paths.PROCEDURES, staged / "procedures")
        provinces.load(provinces.FOLDER, staged / "provinces")
    except UsageError as fault:
        words = {name: str(text) for name, text in fault.facts.items()}
        for copy, file in given.items():
            words = {name: text.replace(copy, file) for name, text in words.items()}
        raise UsageError(**words) from fault


def _settle(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True, mode=0o700)
    with source.open("rb") as stream:
        os.fsync(stream.fileno())
    source.replace(target)
    sync_folder(target.parent)
