"""How one kind of package is laid out: resources/packages/NAME.toml, or a .toml file of an office.

A profile may name another as its `base` and write only what differs.
"""

from __future__ import annotations

import re
import string
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from desk_app.errors import NotFound, UsageError, file_words
from desk_app.submission.packages.fields import FOLDER

MAX_BYTES = 64 * 1024
NAMES = ("aip_hoso", "sip_hoso", "sip_goi_mau")
_DEPTH = 4
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_PLACEHOLDERS = {
    "uuid", "guid", "folder", "number", "fonds", "organisation", "archive", "agreement", "account",
    "software", "version", "file_code", "doc_id", "ordinal", "org", "year", "month", "day",
    "yday",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Office:
    """Who packs; what is empty is taken from the dossier code."""

    fonds: str
    """Mã phông."""
    organisation: str
    archive: str
    """Mã cơ quan lưu trữ, first part of arcFileCode."""
    agreement: str
    """Mã đăng ký yêu cầu nộp."""
    account: str


@dataclass(frozen=True, slots=True)
class Mets:
    """What the two METS files say of themselves and of what they point at."""

    type: str
    profile: str
    representation_profile: str
    structure: str
    """ORIGINAL, or NORMALIZED in an AIP."""
    metadata_type: str
    other_metadata_type: str
    document_metadata_type: str
    metadata_version: str
    metadata_mime: str
    schema_mime: str
    administrative: str
    """What stands in amdSec: premis (a reference), empty (an empty section) or none."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Who made a METS file."""

    type: str
    name: str
    note_type: str
    note: str
    other_type: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of package."""

    name: str
    title: str
    title_en: str
    kind: Literal["AIP", "SIP"]
    office: Office
    file_code: str
    doc_id: str
    doc_code: str
    dossier_defaults: dict[str, str]
    document_defaults: dict[str, str]
    object_id: str
    representation_id: str
    zip: str
    document: str
    data: str
    schemas: dict[str, str]
    """File names by what they are: mets, xlink, csip, sip, premis, dossier, document, …"""
    mets: Mets
    package_agent: Agent
    representation_agent: Agent
    submission_agreement: str

    @property
    def has_premis(self) -> bool:
        """Whether preservation metadata are in the package."""
        return self.mets.administrative == "premis"


def load(name_or_path: str | Path) -> Profile:
    """Read and check a profile.

    Raises:
        NotFound: There is no such profile.
        UsageError: The file is not a profile; the text names the field.
    """
    path = _locate(str(name_or_path))
    table = _with_base(path, _DEPTH)
    try:
        return _profile(path.stem, table)
    except (KeyError, TypeError, AttributeError) as fault:
        en, vi = file_words(fault)
        raise UsageError(f"{path.name}: {en}", detail_vi=f"{path.name}: {vi}") from fault


def _profile(name: str, table: dict[str, Any]) -> Profile:
    _check(name, table)
    names, codes, defaults = table["names"], table["codes"], table["defaults"]
    return Profile(
        name=name, title=table["title"], title_en=table["title_en"],
        kind=cast(Literal["AIP", "SIP"], table["kind"]), office=Office(**table["office"]),
        file_code=codes["file_code"], doc_id=codes["doc_id"], doc_code=codes["doc_code"],
        dossier_defaults=dict(defaults["dossier"]), document_defaults=dict(defaults["document"]),
        object_id=names["object_id"], representation_id=names["representation_id"],
        zip=names["zip"], document=names["document"], data=names["data"],
        schemas={what: file for what, file in names["schemas"].items() if file},
        mets=Mets(**table["mets"]), package_agent=Agent(**table["agent"]["package"]),
        representation_agent=Agent(**table["agent"]["representation"]),
        submission_agreement=table["record"]["submission_agreement"],
    )  # fmt: skip


def _check(name: str, table: dict[str, Any]) -> None:
    if table["kind"] not in ("AIP", "SIP"):
        raise UsageError(f"{name}: kind AIP | SIP")
    if table["mets"]["administrative"] not in ("premis", "empty", "none"):
        raise UsageError(f"{name}: administrative premis | empty | none")
    if table["mets"]["administrative"] == "premis" and not table["names"]["schemas"]["premis"]:
        raise UsageError(f"{name}: names.schemas.premis")
    for where, text in _texts("", table):
        try:
            unknown = {part[1] for part in string.Formatter().parse(text)} - {None, *_PLACEHOLDERS}
        except ValueError as fault:
            raise UsageError(
                f"{name}: {where} {fault}", detail_vi=f"{name}: {where} có ngoặc {{ }} không khớp"
            ) from fault
        if unknown:
            raise UsageError(f"{name}: {where} {{{sorted(unknown, key=str)[0]}}}")


def _texts(where: str, value: object) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [each for key, inner in value.items() for each in _texts(f"{where}.{key}", inner)]
    if isinstance(value, bool):
        return []
    if not isinstance(value, str):
        name = where.strip(".")
        raise UsageError(f"{name} must be a string", detail_vi=f"{name} phải là chuỗi")
    return [(where.strip("."), value)]


def _with_base(path: Path, depth: int) -> dict[str, Any]:
    table = _read(path)
    base = table.pop("base", None)
    if base is None:
        return table
    if depth == 0:
        raise UsageError(f"{path.name}: base … base … base")
    return _merged(_with_base(_locate(str(base)), depth - 1), table, path.name)


def _merged(base: dict[str, Any], over: dict[str, Any], where: str) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        if isinstance(merged.get(key), dict):
            if not isinstance(value, dict):
                raise UsageError(
                    f"{where}: {key} must be a table",
                    detail_vi=f"{where}: {key} phải là một bảng",
                )
            merged[key] = _merged(merged[key], value, where)
        else:
            merged[key] = value
    return merged


def _locate(text: str) -> Path:
    if text.endswith(".toml"):
        path = Path(text)
    elif _NAME.fullmatch(text):
        path = FOLDER / f"{text}.toml"
    else:
        raise UsageError(
            f"name of a package profile {text[:80]!r}", detail_vi=f"tên cấu hình gói {text[:80]!r}"
        )
    if not path.is_file():
        known = f"{text[:200]} ({', '.join(NAMES)})"
        raise NotFound(f"package profile {known}", detail_vi=f"cấu hình gói {known}")
    return path


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise UsageError(f"{path.name}: > {MAX_BYTES // 1024} KiB")
        return tomllib.loads(data.decode())
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        en, vi = file_words(fault)
        raise UsageError(f"{path.name}: {en}", detail_vi=f"{path.name}: {vi}") from fault
