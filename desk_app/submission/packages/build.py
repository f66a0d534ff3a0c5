"""Put a dossier on disk as a package of TT 05/2025/TT-BNV: whole or absent, never over another.

The same content makes the same package, byte for byte: its times are when its newest part was
recorded, its ids come from its content. What was just written is checked before it gets its name.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import tomllib
import uuid
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import BinaryIO

from desk_app.errors import NotAllowed, StorageError, UsageError
from desk_app.paths import RESOURCES, locked
from desk_app.store import dossiers, retention, secrecy
from desk_app.store.blobs import CHUNK, sha256_file, storage_faults, sync_folder
from desk_app.store.codec import dumps
from desk_app.store.database import Store
from desk_app.store.states import SEALED
from desk_app.submission.packages import (
    check,
    describe,
    fields,
    mets,
    placing,
    premis,
    schemas,
    xml,
)
from desk_app.submission.packages.describe import Description
from desk_app.submission.packages.fields import Problem
from desk_app.submission.packages.mets import REPRESENTATION, File, Header
from desk_app.submission.packages.profiles import Agent, Profile
from desk_app.submission.packages.xml import Ids

SOFTWARE = "Bàn số hóa một cửa"
_MOST_TOLD = 12


class FieldGaps(NotAllowed):
    """The description of a dossier is not what a package asks for."""

    vi_text = "Chưa đóng gói được, danh mục trường chưa đủ: {detail}."
    en_text = "The dossier cannot be packed yet, its fields have gaps: {detail}."
    next_vi_text = "Xuất danh mục (--export-list), điền các ô, nhập lại (--import-list)."
    next_en_text = "Write the list (--export-list), fill it in, bring it back (--import-list)."


@dataclass(frozen=True, slots=True)
class Built:
    """A package on disk."""

    path: Path
    files: int
    sha256: str
    """Of the ZIP file; of the root METS, which vouches for the rest, where it is a folder."""
    report: check.Report
    assumed: tuple[str, ...]
    """Values that nobody gave: the profile's, or codes of our own making."""


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    content: bytes | None
    sha256: str
    size: int


def build(
    store: Store, code: str, profile: Profile, out: Path, *, number: int = 1,
    as_folder: bool = False, stopped: Callable[[], None] = lambda: None,
) -> Built:  # fmt: skip
    """Make the package of a signed dossier; the same package again is free.

    Args:
        store: Where the dossier is.
        code: Its code or id.
        profile: The kind of package.
        out: Folder for the package.
        number: Number of the package in its hand-over, for the name of a SIP.
        as_folder: Leave it unpacked instead of one ZIP file.
        stopped: Called between files; raises to stop, and nothing is left.

    Raises:
        NotAllowed: The dossier is not signed, is secret or was purged, or its description has gaps;
            the text names them.
        StorageError: A file of the dossier is damaged, or the folder cannot be written.
    """
    description = describe.describe(store, code, profile)
    _require_allowed(store, description)
    _refuse(description, profile)
    object_id, entries = _entries(description, profile)
    folder = object_id.replace(":", "_")
    name = folder if as_folder else _zip_name(profile, object_id, folder, number) + ".zip"
    target = out / name
    with storage_faults(), _workplace(out, name) as work:
        made = work / (folder if as_folder else "package.zip")
        writer = _write_folder if as_folder else _write_zip
        writer(store, made, folder, entries, description.recorded_at, stopped)
        report = check.check(made, stopped=stopped)
        if not report.ok:
            first = report.faults[0]
            raise StorageError(f"{first.path}: {first.en}", detail_vi=f"{first.path}: {first.vi}")
        sha256 = _sha256(made)
        _publish(made, target, sha256)
    with store.transaction() as change:
        change.audit("dossier.package", description.dossier.id, profile=profile.name,
                     sha256=sha256, files=len(entries))  # fmt: skip
    report.path = target
    return Built(target, len(entries), sha256, report, _assumed(description))


def _require_allowed(store: Store, description: Description) -> None:
    """All its files are on this computer and none of them is secret, the reused ones too."""
    holders = {description.dossier.id: None} | {
        dossiers.document(store, paper.document_id).dossier_id: paper.document_id
        for paper in description.papers
        if paper.is_reused
    }
    for dossier_id, document_id in holders.items():
        retention.require_here(store, dossier_id)
        secrecy.require_open(store, dossier_id, document_id)


def _refuse(description: Description, profile: Profile) -> None:
    dossier = description.dossier
    if dossier.state not in SEALED or not description.papers:
        raise NotAllowed(
            f"the dossier is not signed ({dossier.state})",
            detail_vi=f"hồ sơ chưa ký ({dossier.state})",
        )
    if missing := [p.ordinal for p in description.papers if p.sha256 is None]:
        numbers = ", ".join(map(str, missing))
        raise NotAllowed(
            f"papers that are not signed: {numbers}", detail_vi=f"văn bản chưa ký: {numbers}"
        )
    if found := description.problems(fields.load(), profile.kind):
        raise FieldGaps(_told(found))


def _told(problems: Sequence[Problem]) -> str:
    """Each kind of problem once, with the first place and how many more there are."""
    kinds: dict[str, list[str]] = {}
    for each in problems:
        kinds.setdefault(f"{each.field}: {each.vi} / {each.en}", []).append(each.where)
    told = []
    for text, places in list(kinds.items())[:_MOST_TOLD]:
        more = f" (+{len(places) - 1})" if len(places) > 1 else ""
        told.append(f"{text} {places[0]}{more}".strip())
    return "; ".join(told)


def _assumed(description: Description) -> tuple[str, ...]:
    names = set(description.assumed)
    for paper in description.papers:
        names |= paper.assumed
    return tuple(sorted(names))


# --- what is in it ----------------------------------------------------------------------------


def _entries(description: Description, profile: Profile) -> tuple[str, list[_Entry]]:
    """The package's id and its files."""
    seed = hashlib.sha256(dumps([
        profile.name, profile.kind, description.values, description.recorded_at,
        [(p.sha256, p.values) for p in description.papers],
    ]).encode()).hexdigest()  # fmt: skip
    words = _words(description)
    inner = _representation(description, profile, seed, words)
    outer, blank_mets = _package(description, profile, seed, words, inner[-1])
    identity = xml.own_id(blank_mets)
    root = blank_mets.replace(xml.BLANK.encode(), identity.encode())
    object_id = profile.object_id.format_map({**words, "uuid": identity})
    return object_id, [_entry("METS.xml", root), *outer, *inner]


def _representation(
    description: Description, profile: Profile, seed: str, words: dict[str, object]
) -> list[_Entry]:
    """The files of rep1; its METS is the last."""
    book, ids, made = fields.load(), Ids(f"{seed}|rep1"), description.recorded_at
    entries, pairs = [], []
    for paper in description.papers:
        names = {"doc_id": paper.values["docId"], "ordinal": paper.ordinal}
        text = mets.description(book, "document", profile.kind, paper.values)
        described = f"metadata/descriptive/{profile.document.format_map(names)}"
        data = f"data/{profile.data.format_map(names)}"
        created = describe.vietnamese(paper.recorded_at)
        pairs.append((
            File.of(described, text, profile.mets.metadata_mime, made),
            File(data, paper.size, paper.sha256 or "", "application/pdf", created),
        ))  # fmt: skip
        entries.append(_entry(described, text))
        entries.append(_Entry(data, None, paper.sha256 or "", paper.size))
    preserved = None
    if profile.has_premis:
        text = premis.of_representation(description, ids, software())
        preserved = File.of("metadata/preservation/PREMIS_rep1.xml", text, "text/xml", made)
        entries.append(_entry(preserved.path, text))
    object_id = profile.representation_id.format_map({**words, "uuid": ids.bare("rep1")})
    header = _header(description, profile, object_id, profile.representation_agent, words)
    text = mets.representation(header, profile, ids, premis=preserved, documents=pairs)
    entries.append(_entry("METS.xml", text))
    return [_Entry(f"{REPRESENTATION}/{e.path}", e.content, e.sha256, e.size) for e in entries]


def _package(
    description: Description, profile: Profile, seed: str, words: dict[str, object], inner: _Entry
) -> tuple[list[_Entry], bytes]:
    """The files beside rep1, and the root METS with a blank in the place of its id."""
    book, ids, made = fields.load(), Ids(seed), description.recorded_at
    kind = profile.mets
    text = mets.description(book, "dossier", profile.kind, description.values)
    entries = [_entry("metadata/descriptive/EAD.xml", text)]
    preserved = None
    if profile.has_premis:
        written = premis.of_package(description, ids, software())
        preserved = File.of("metadata/preservation/PREMIS.xml", written, "text/xml", made)
        entries.append(_entry(preserved.path, written))
    carried = []
    for name, data in schemas.files(profile, book).items():
        carried.append(File.of(f"schemas/{name}", data, kind.schema_mime, made))
        entries.append(_entry(f"schemas/{name}", data))
    blank = profile.object_id.format_map({**words, "uuid": xml.BLANK})
    header = _header(description, profile, blank, profile.package_agent, words)
    root = mets.package(
        header, profile, ids, premis=preserved, schemas=carried,
        ead=File.of("metadata/descriptive/EAD.xml", text, kind.metadata_mime, made),
        representation=File(inner.path, inner.size, inner.sha256, "application/xml", made),
    )  # fmt: skip
    return entries, root


def _header(
    description: Description, profile: Profile, object_id: str, agent: Agent,
    words: dict[str, object],
) -> Header:  # fmt: skip
    is_package = agent is profile.package_agent
    url = profile.mets.profile if is_package else profile.mets.representation_profile
    agreement = profile.submission_agreement.format_map(words) if is_package else ""
    return Header(object_id, description.values["title"], url, agent, words,
                  description.recorded_at, agreement)  # fmt: skip


def _words(description: Description) -> dict[str, object]:
    office = description.office
    return {
        "fonds": office.fonds, "organisation": office.organisation, "archive": office.archive,
        "agreement": office.agreement, "account": office.account, "software": SOFTWARE,
        "version": version(), "file_code": description.values["fileCode"],
    }  # fmt: skip


def _entry(path: str, content: bytes) -> _Entry:
    return _Entry(path, content, hashlib.sha256(content).hexdigest(), len(content))


def _zip_name(profile: Profile, object_id: str, folder: str, number: int) -> str:
    guid = str(uuid.uuid5(uuid.NAMESPACE_URL, object_id))
    name = profile.zip.format_map({"guid": guid, "folder": folder, "number": number})
    if not name.replace("_", "").replace("-", "").replace(".", "").isalnum():
        raise UsageError(f"name of the ZIP file {name!r}", detail_vi=f"tên tệp ZIP {name!r}")
    return name


@cache
def version() -> str:
    """This program's version."""
    with (RESOURCES.parent / "pyproject.toml").open("rb") as stream:
        return str(tomllib.load(stream)["project"]["version"])


def software() -> str:
    """This program as preservation metadata name it."""
    return f"{SOFTWARE} {version()}"


# --- on disk ----------------------------------------------------------------------------------


@contextlib.contextmanager
def _workplace(out: Path, name: str) -> Iterator[Path]:
    """A folder for one package; what a killed process left in it goes first."""
    out.mkdir(parents=True, exist_ok=True)
    work = out / f".{name}.part"
    with locked(work / "held") as held:
        if not held:
            raise NotAllowed(
                f"the package is being made ({name})", detail_vi=f"gói đang được tạo ({name})"
            )
        for left in work.iterdir():
            if left.name != "held":
                shutil.rmtree(left) if left.is_dir() else left.unlink()
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _write_zip(
    store: Store, path: Path, folder: str, entries: Iterable[_Entry], moment: str,
    stopped: Callable[[], None],
) -> None:  # fmt: skip
    # Stored, not deflated: PDF files do not shrink, and another zlib would make other bytes.
    when = datetime.fromisoformat(moment)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            stopped()
            info = zipfile.ZipInfo(f"{folder}/{entry.path}", when.timetuple()[:6])
            info.create_system, info.external_attr = 3, 0o100644 << 16
            is_large = entry.size > zipfile.ZIP64_LIMIT // 2
            with archive.open(info, "w", force_zip64=is_large) as stream:
                _copy(store, entry, stream.write)
    with path.open("rb") as written:
        os.fsync(written.fileno())


def _write_folder(
    store: Store, path: Path, folder: str, entries: Sequence[_Entry], moment: str,
    stopped: Callable[[], None],
) -> None:  # fmt: skip
    for entry in entries:
        stopped()
        place = path / entry.path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as stream:
            _copy(store, entry, stream.write)
            stream.flush()
            os.fsync(stream.fileno())


def _copy(store: Store, entry: _Entry, write: Callable[[bytes], int]) -> None:
    digest = hashlib.sha256()
    with _source(store, entry) as stream:
        while piece := stream.read(CHUNK):
            digest.update(piece)
            write(piece)
    if digest.hexdigest() != entry.sha256:
        raise StorageError(
            f"a signed file is damaged ({entry.sha256[:12]})",
            detail_vi=f"tệp đã ký bị hỏng ({entry.sha256[:12]})",
        )


def _source(store: Store, entry: _Entry) -> BinaryIO:
    return store.blobs.open(entry.sha256) if entry.content is None else io.BytesIO(entry.content)


def _sha256(made: Path) -> str:
    return sha256_file(made / "METS.xml" if made.is_dir() else made)


def _publish(made: Path, target: Path, sha256: str) -> None:
    """Give the package its name, unless something else has it."""
    if _is_same(target, sha256):
        return
    if made.is_dir():
        made.rename(target)
    else:
        placing.publish(made, target)
    sync_folder(target.parent)


def _is_same(target: Path, sha256: str) -> bool:
    if not target.exists():
        return False
    if (not target.is_dir() and sha256_file(target) == sha256) or (
        (target / "METS.xml").is_file() and _sha256(target) == sha256 and check.check(target).ok
    ):
        return True
    raise NotAllowed(
        f"something else has this name: {target}", detail_vi=f"đã có tệp khác cùng tên: {target}"
    )
