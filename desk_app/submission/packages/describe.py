"""The description of a dossier: what a list said, over what the desk knows, over what is assumed.

What a list said is kept as a blob that the dossier names, so every earlier word stays and the
audit chain tells which one counted when. What a profile assumes is told apart to the end.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from desk_app.dossiers import catalog, codes
from desk_app.errors import NotAllowed, NotFound, UsageError
from desk_app.paths import PROCEDURES
from desk_app.records import Document, Dossier
from desk_app.store import codec, dossiers, secrecy
from desk_app.store.database import Change, Store
from desk_app.submission import queue
from desk_app.submission.packages import fields
from desk_app.submission.packages.fields import Problem
from desk_app.submission.packages.profiles import Office, Profile

HANOI = timezone(timedelta(hours=7))
"""Times inside packages are Vietnamese time (TT 05/2025, article 8)."""
_KEY = "description"
_NUMBER = re.compile(r"\s*(\d{1,11})\s*/\s*(\S{1,30})\s*")
_SAFE = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Given:
    """What lists said of a dossier and, by document id, of its papers."""

    dossier: dict[str, str] = field(default_factory=dict)
    documents: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of a package."""

    document_id: str
    ordinal: int
    """1 is the first."""
    sha256: str | None
    """The signed file; None while it is not signed."""
    size: int
    recorded_at: str
    values: dict[str, str]
    assumed: frozenset[str]
    verdict: dict[str, Any] | None = None
    is_reused: bool = False
    """Stored before, with another dossier."""


@dataclass(frozen=True, slots=True)
class Description:
    """A dossier as its package will tell of it."""

    dossier: Dossier
    office: Office
    values: dict[str, str]
    assumed: frozenset[str]
    papers: tuple[Paper, ...]
    recorded_at: str
    """When the newest part of it was recorded: the same content always makes the same package."""

    def problems(self, book: fields.FieldBook, kind: str) -> list[Problem]:
        """What keeps it from being packed."""
        found = book.problems("dossier", kind, self.values)
        for paper in self.papers:
            where = f"văn bản {paper.ordinal}"
            found += book.problems("document", kind, paper.values, where)
        for paper in self.papers:
            if not _SAFE.fullmatch(paper.values.get("docId") or "-"):
                found.append(Problem("docId", "có ký tự không dùng được trong tên tệp",
                                     "has characters that no file name takes"))  # fmt: skip
        return found + self._contradictions()

    def _contradictions(self) -> list[Problem]:
        found = []
        counted = {"totalDoc": len(self.papers)}
        for name, number in counted.items():
            if self.values.get(name) not in (None, str(number)):
                found.append(
                    Problem(
                        name,
                        f"danh mục ghi {self.values[name]}, có {number}",
                        f"the list says {self.values[name]}, there are {number}",
                    )
                )
        for name in ("docId", "docCode"):
            seen: set[str] = set()
            for paper in self.papers:
                value = paper.values.get(name, "").casefold()
                if value and value in seen:
                    found.append(Problem(name, f"trùng {value}", f"occurs twice: {value}"))
                seen.add(value)
        return found  # fmt: skip


# --- what lists said --------------------------------------------------------------------------


def keep(store: Store, dossier_id: str, given: Given) -> str:
    """Keep what a list says of a dossier; returns its hash. Earlier words stay on record."""
    data = codec.dumps(given).encode()
    sha256 = store.blobs.put_bytes(data)
    with store.transaction() as change:
        dossiers.add_blob_in(change, sha256, len(data), "application/json")
        change.conn.execute(
            f"UPDATE dossier SET options = json_set(options, '$.{_KEY}', ?) WHERE id = ?",
            (sha256, dossier_id),
        )
        change.audit("dossier.describe", dossier_id, sha256=sha256, documents=len(given.documents))
        _note_secret(change, dossier_id, given)
    return sha256


def _note_secret(change: Change, dossier_id: str, given: Given) -> None:
    """What a list calls secret is secret for the queue as well; no list makes it open again."""
    if given.dossier.get("mode") == secrecy.SECRET:
        secrecy.say_in(change, dossier_id, secrecy.SECRET)
    touched = {dossier_id}
    for document_id, values in given.documents.items():
        if values.get("mode") == secrecy.SECRET:
            owner = _owner(change, document_id) or dossier_id  # a reused paper has its own dossier
            secrecy.say_in(change, owner, secrecy.SECRET, document_id)
            touched.add(owner)
    for each in touched:
        queue.hold_secret_in(change, each)


def _owner(change: Change, document_id: str) -> str | None:
    row = change.conn.execute(
        "SELECT dossier_id FROM document WHERE id = ?", (document_id,)
    ).fetchone()
    return row["dossier_id"] if row else None


def given(store: Store, dossier_id: str) -> Given:
    """What lists said of a dossier so far."""
    sha256 = dossiers.options(store, dossier_id).get(_KEY)
    if not sha256:
        return Given()
    said = json.loads(store.blobs.read(sha256))
    return Given(dict(said["dossier"]), {k: dict(v) for k, v in said["documents"].items()})


# --- the description --------------------------------------------------------------------------


def describe(store: Store, dossier_id: str, profile: Profile) -> Description:
    """Gather all values of a dossier; it need not be signed yet."""
    dossier = dossiers.find(store, dossier_id)
    said = given(store, dossier.id)
    office = _office(profile.office, said.dossier, dossier, store.actor)
    papers = _papers(store, dossier)
    times = [dossier.created_at, *(paper.recorded_at for paper in papers)]
    if sha256 := dossiers.options(store, dossier.id).get(_KEY):
        times.append(_blob(store, sha256)[1])
    recorded_at = max(times, key=datetime.fromisoformat)
    known = _known(store, dossier, papers, recorded_at)
    values, assumed = _layers(said.dossier, known, profile.dossier_defaults)
    assumed |= _codes_of(values, dossier, office, profile)
    described = [
        _described(paper, values, said.documents.get(paper.document_id, {}), profile)
        for paper in papers
    ]
    return Description(dossier, office, values, assumed, tuple(described), vietnamese(recorded_at))


def vietnamese(moment: str) -> str:
    """A recorded time as packages write it: Vietnamese time with milliseconds and offset."""
    return datetime.fromisoformat(moment).astimezone(HANOI).isoformat(timespec="milliseconds")


def _layers(
    said: Mapping[str, str], known: Mapping[str, str], defaults: Mapping[str, str]
) -> tuple[dict[str, str], frozenset[str]]:
    values = {**defaults, **{k: v for k, v in known.items() if v}}
    assumed = frozenset(set(defaults) - {k for k, v in known.items() if v})
    spoken = {name: value for name, value in said.items() if value}
    return values | spoken, assumed - set(spoken)


def _office(office: Office, said: Mapping[str, str], dossier: Dossier, actor: str) -> Office:
    try:
        org = _org(codes.parse_dossier_code(dossier.code).org)
    except UsageError:
        org = ""
    fonds = re.sub(r"[^\w.-]+", "_", office.fonds or said.get("fonds", "") or org, flags=re.ASCII)
    return Office(
        fonds or "P", office.organisation or org or "-", office.archive, office.agreement,
        office.account or actor,
    )  # fmt: skip


def _org(org: str) -> str:
    """000.17.22.H56 (levels 4, 3, 2, then 1) as H56.22.17; newer codes are in that order."""
    parts = org.split(".")
    if len(parts) > 1 and parts[0].isdigit():
        return ".".join(part for part in reversed(parts) if part.strip("0"))
    return org


def _codes_of(
    values: dict[str, str], dossier: Dossier, office: Office, profile: Profile
) -> frozenset[str]:
    """Fill in the codes that nobody gave; returns the names of those."""
    made = set()
    if not values.get("fileCode") and (code := _file_code(dossier, values, profile)):
        values["fileCode"] = code
        made.add("fileCode")
    if not values.get("paperFileCode"):
        values["paperFileCode"] = dossier.code
        made.add("paperFileCode")
    if not values.get("arcFileCode") and values.get("fileCode"):
        values["arcFileCode"] = ".".join(filter(None, (office.archive, values["fileCode"])))
    return frozenset(made)


def _file_code(dossier: Dossier, values: Mapping[str, str], profile: Profile) -> str:
    try:
        code = codes.parse_dossier_code(dossier.code)
    except UsageError:
        return ""
    day = code.received_on or datetime.fromisoformat(dossier.created_at).date()
    if notation := values.get("fileNotation"):
        return f"{_org(code.org)}.{day.year}.{notation}"
    return profile.file_code.format(
        org=_org(code.org), year=day.year, month=day.month, day=day.day,
        yday=day.timetuple().tm_yday, number=int(code.sequence),
    )  # fmt: skip


def _known(
    store: Store, dossier: Dossier, papers: Sequence[Paper], recorded_at: str
) -> dict[str, str]:
    used = [p for p in dossiers.pages(store, dossier.id, readings=False) if p.document_id]
    procedure = _procedure_title(dossier.procedure)
    return {
        "title": " – ".join(filter(None, (procedure, dossier.code))),
        "mode": secrecy.of(store, dossier.id).highest or "",
        "startDate": _day(dossier.created_at),
        "endDate": _day(recorded_at),
        "totalDoc": str(len(papers)),
        "numberOfPaper": str(len({page.sheet for page in used}) or len(papers)),
        "numberOfPage": str(sum(int(p.values["numberOfPage"]) for p in papers)),
    }


def _procedure_title(procedure: str) -> str:
    """Empty for papers without a procedure, and for one that the catalogue no longer has."""
    with contextlib.suppress(NotFound):
        return catalog.load(PROCEDURES).procedure(procedure).title if procedure else ""
    return ""


def _day(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(HANOI).strftime("%d/%m/%Y")


# --- its papers -------------------------------------------------------------------------------


def _papers(store: Store, dossier: Dossier) -> list[Paper]:
    own = [(each, each.signed_sha256, False) for each in dossiers.documents(store, dossier.id)]
    standing = store.rows(
        "SELECT source_document_id, sha256 FROM reuse "
        "WHERE dossier_id = ? AND withdrawn_at IS NULL ORDER BY id",
        dossier.id,
    )
    reused = [
        (dossiers.document(store, row["source_document_id"]), row["sha256"], True)
        for row in standing
    ]
    return [
        _paper(store, document, number, sha256, is_reused)
        for number, (document, sha256, is_reused) in enumerate([*own, *reused], 1)
    ]


def _paper(
    store: Store, document: Document, ordinal: int, sha256: str | None, is_reused: bool
) -> Paper:
    size, created = _blob(store, sha256) if sha256 else (0, "1970-01-01T00:00:00+00:00")
    said = secrecy.of(store, document.dossier_id)
    mode = {"mode": said.documents.get(document.id) or said.dossier or ""}
    return Paper(
        document.id, ordinal, sha256, size, created, _read_on(document) | mode, frozenset(),
        dossiers.verdict(store, document.id), is_reused,
    )  # fmt: skip


def _blob(store: Store, sha256: str) -> tuple[int, str]:
    row = store.row("SELECT size, created_at FROM blob WHERE sha256 = ?", sha256)
    if row is None:
        raise NotAllowed(f"the file {sha256[:12]} is missing", detail_vi=f"thiếu tệp {sha256[:12]}")
    return row["size"], row["created_at"]


def _read_on(document: Document) -> dict[str, str]:
    """What the desk read on a paper, under the names of the law."""
    book = fields.load()
    read = {each.name: each.value for each in document.fields if each.problem is None}
    number = _NUMBER.fullmatch(read.get("number", ""))
    year_alone = number is not None and number[2].isdigit()
    rules = book.levels["document"]
    return {
        "subject": read.get("subject") or document.title,
        "numberOfPage": str(max(1, len(document.page_ids))),
        "issuedDate": book.normal(rules["issuedDate"], read.get("issue_date", "")) or "",
        "codeNumber": number[1] if number else read.get("number", "")[:11],
        "codeNotation": number[2] if number and not year_alone else read.get("notation", "")[:30],
        "organName": read.get("organisation", "")[:200],
        "typeName": _type_name(document.title, rules["typeName"]),
    }


def _type_name(title: str, rule: fields.Rule) -> str:
    """The kind of paper that a title begins with; empty where it is none of the table."""
    shown = fields.plain(title) + " "
    for code, word in (rule.table or {}).items():
        if shown.startswith(fields.plain(word) + " "):
            return code
    return ""


def _described(
    paper: Paper, dossier: Mapping[str, str], said: Mapping[str, str], profile: Profile
) -> Paper:
    inherited = {"maintenance": dossier.get("maintenance", "")}
    values, assumed = _layers(said, inherited | paper.values, profile.document_defaults)
    file_code = dossier.get("fileCode", "")
    values["docOrdinal"] = str(paper.ordinal)
    values["arcFileCode"] = dossier.get("arcFileCode", "")
    if file_code:
        for name, pattern in (("docId", profile.doc_id), ("docCode", profile.doc_code)):
            values.setdefault(name, pattern.format(file_code=file_code, ordinal=paper.ordinal))
    return Paper(
        paper.document_id, paper.ordinal, paper.sha256, paper.size, paper.recorded_at, values,
        assumed, paper.verdict, paper.is_reused,
    )  # fmt: skip
