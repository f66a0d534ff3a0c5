"""A component satisfied by a paper that is stored already: offered by the desk, decided by a clerk.

Offered is a signed paper of a type that the component takes, of a person who occurs in the dossier
too (same number, or same name and day of birth). Taking it scans nothing: the dossier refers to the
stored bytes by their sha256 (trạng thái tái sử dụng; DuocTaiSuDung in the registration).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from desk_app.dossiers.catalog import Catalog
from desk_app.errors import NotAllowed, NotFound
from desk_app.recognition.vietnamese import fold
from desk_app.records import Component, Field, Finding, Text
from desk_app.store import dossiers, refusals, retention, secrecy
from desk_app.store.database import Change, Store
from desk_app.store.sql import sqlite3
from desk_app.store.states import SEALED

STORE, NATIONAL = "store", "national"
"""Where a paper comes from: this desk's store, or the citizen's list on the national portal."""
COPIED = "COPIED_PAGES"
"""The finding that names another dossier with the very same pages."""
_NUMBER, _NAME, _BORN = "citizen_number", "full_name", "date_of_birth"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored paper that may satisfy a component."""

    component: str
    document_id: str
    dossier_code: str
    """The dossier that it was digitized in."""
    title: str
    type: str
    sha256: str
    """Of the signed file."""
    digitized_at: str
    matched: str
    """number, where the same citizen number stands in both; else name."""
    is_valid: bool
    """Whether the last verdict on its signature was `valid`."""


@dataclass(frozen=True, slots=True)
class Reuse:
    """A component that a stored paper satisfies."""

    component: str
    document_id: str
    dossier_id: str
    """The dossier that the paper was digitized in."""
    sha256: str
    origin: str
    """store or national."""
    actor: str
    at: str


@dataclass(frozen=True, slots=True)
class Copy:
    """A page or file of this dossier that another dossier holds byte for byte."""

    kind: str
    """page or file."""
    id: str
    """The page or document of this dossier."""
    other_id: str
    other_dossier: str
    """Code of the other dossier."""


def standing(store: Store, dossier_id: str) -> dict[str, Reuse]:
    """The components of a dossier that stored papers satisfy."""
    rows = store.rows(
        "SELECT * FROM reuse WHERE dossier_id = ? AND withdrawn_at IS NULL ORDER BY id", dossier_id
    )
    return {row["component"]: _reuse(row) for row in rows}


def _reuse(row: sqlite3.Row) -> Reuse:
    return Reuse(
        row["component"], row["source_document_id"], row["source_dossier_id"], row["sha256"],
        row["origin"], row["actor"], row["at"],
    )  # fmt: skip


# --- what may be reused -----------------------------------------------------------------------


def candidates(store: Store, catalog: Catalog, dossier_id: str) -> list[Candidate]:
    """Stored papers for the components of a dossier that nothing satisfies yet, newest first."""
    dossier = dossiers.find(store, dossier_id)
    if not dossier.procedure:
        return []
    papers = dossiers.documents(store, dossier_id)
    filled = {paper.component for paper in papers} | set(standing(store, dossier_id))
    values = [each for paper in papers for each in paper.fields]
    found = []
    for part in catalog.procedure(dossier.procedure).components:
        if part.id not in filled:
            found += list(_candidates(store, dossier_id, part, values))
    return found


def _candidates(
    store: Store, dossier_id: str, part: Component, values: Sequence[Field]
) -> Iterator[Candidate]:
    seen: set[str] = set()
    for matched, rows in (
        ("number", _of_numbers(store, dossier_id, part, values)),
        ("name", _of_names(store, dossier_id, part, values)),
    ):
        for row in rows:
            if row["signed_sha256"] not in seen:
                seen.add(row["signed_sha256"])
                yield Candidate(
                    part.id, row["id"], row["code"], row["title"], row["type"],
                    row["signed_sha256"], row["at"], matched, row["status"] == "valid",
                )  # fmt: skip


_PAPERS = """
SELECT m.id, m.title, m.type, m.signed_sha256, d.id AS dossier_id, d.code, d.state_since AS at,
  json_extract(m.verdict, '$.status') AS status
FROM field f JOIN document m ON m.id = f.document_id JOIN dossier d ON d.id = m.dossier_id
WHERE f.value = ? AND f.name LIKE '%' || ? AND m.signed_sha256 IS NOT NULL
  AND m.dossier_id <> ? AND m.type IN (SELECT value FROM json_each(?))
ORDER BY m.rowid DESC LIMIT 50
"""


def _papers(
    store: Store, value: str, name: str, dossier_id: str, part: Component
) -> list[sqlite3.Row]:
    from desk_app.store import codec

    found = store.rows(_PAPERS, value, name, dossier_id, codec.dumps(list(part.types)))
    # What must not leave this desk does not leave it inside another dossier either.
    return [row for row in found if not secrecy.obstacle(store.conn, row["dossier_id"], row["id"])]


def _of_numbers(
    store: Store, dossier_id: str, part: Component, values: Sequence[Field]
) -> Iterator[sqlite3.Row]:
    numbers = {each.value for each in values if each.name.endswith(_NUMBER) and not each.problem}
    for number in sorted(numbers):
        yield from _papers(store, number, _NUMBER, dossier_id, part)


def _of_names(
    store: Store, dossier_id: str, part: Component, values: Sequence[Field]
) -> Iterator[sqlite3.Row]:
    """The same name alone is many people: the day of birth must be in the paper, too."""
    for name, born in sorted(_persons(values)):
        for row in _papers(store, born, _BORN, dossier_id, part):
            names = store.rows(
                "SELECT value FROM field WHERE document_id = ? AND name LIKE '%full_name'",
                row["id"],
            )
            if fold(name) in {fold(each["value"]) for each in names}:
                yield row


def _persons(values: Sequence[Field]) -> set[tuple[str, str]]:
    """Names with the day of birth that stands beside them under the same role."""
    born = {each.name.removesuffix(_BORN): each.value for each in values if _BORN in each.name}
    return {
        (each.value, born[role])
        for each in values
        if each.name.endswith(_NAME) and (role := each.name.removesuffix(_NAME)) in born
    }


# --- the clerk's decision ---------------------------------------------------------------------


def take(
    store: Store,
    catalog: Catalog,
    dossier_id: str,
    component: str,
    document_id: str,
    *,
    origin: str = STORE,
) -> Reuse:
    """Satisfy a component by a stored paper; its finding "missing" is settled with it.

    Raises:
        NotAllowed: the dossier is signed, the component is satisfied already, the paper is of
            another kind, not signed, of the same dossier, secret or purged, or its signature does
            not hold.
        NotFound: there is no such component or paper.
    """
    with store.transaction() as change:
        dossier = _open(change, dossier_id)
        part = _component(catalog, dossier["procedure"], component)
        paper = change.conn.execute(
            "SELECT *, json_extract(verdict, '$.status') AS status FROM document WHERE id = ?",
            (document_id,),
        ).fetchone()
        _check(change, dossier_id, part, paper, document_id)
        retention.require_here(store, paper["dossier_id"])
        secrecy.require_open(store, paper["dossier_id"], document_id)
        store.blobs.require(paper["signed_sha256"])
        change.conn.execute(
            "INSERT INTO reuse(dossier_id, component, source_document_id, source_dossier_id, "
            "sha256, origin, actor, at) VALUES(?,?,?,?,?,?,?,?)",
            (dossier_id, component, document_id, paper["dossier_id"], paper["signed_sha256"],
             origin, store.actor, change.now),
        )  # fmt: skip
        change.conn.execute(
            "UPDATE finding SET accepted = ? WHERE dossier_id = ? AND component = ? "
            "AND code = 'MISSING_COMPONENT'",
            (_settled(document_id), dossier_id, component),
        )
        change.audit("dossier.reuse", dossier_id, component=component, document=document_id,
                     sha256=paper["signed_sha256"], origin=origin)  # fmt: skip
    return standing(store, dossier_id)[component]


def withdraw(store: Store, dossier_id: str, component: str) -> None:
    """Take the decision back; the component counts as missing again.

    Raises:
        NotAllowed: the dossier is signed.
        NotFound: no stored paper satisfies the component.
    """
    with store.transaction() as change:
        _open(change, dossier_id)
        row = change.conn.execute(
            "UPDATE reuse SET withdrawn_at = ? WHERE dossier_id = ? AND component = ? "
            "AND withdrawn_at IS NULL RETURNING source_document_id",
            (change.now, dossier_id, component),
        ).fetchone()
        if row is None:
            raise NotFound(
                f"reused paper for {component}", detail_vi=f"giấy tờ dùng lại cho {component}"
            )
        change.conn.execute(
            "UPDATE finding SET accepted = NULL WHERE dossier_id = ? AND component = ? "
            "AND code = 'MISSING_COMPONENT' AND accepted = ?",
            (dossier_id, component, _settled(row["source_document_id"])),
        )
        change.audit("dossier.reuse_withdraw", dossier_id, component=component)


def _settled(document_id: str) -> str:
    return f"reuse {document_id}"


def _open(change: Change, dossier_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = change.conn.execute(
        "SELECT * FROM dossier WHERE id = ?", (dossier_id,)
    ).fetchone()
    if row is None:
        raise refusals.no_dossier(dossier_id)
    if row["state"] in SEALED:
        raise refusals.is_signed()
    return row


def _component(catalog: Catalog, procedure: str, component: str) -> Component:
    parts = catalog.procedure(procedure).components if procedure else ()
    for part in parts:
        if part.id == component:
            return part
    raise NotFound(f"component {component}", detail_vi=f"thành phần hồ sơ {component}")


def _check(
    change: Change, dossier_id: str, part: Component, paper: sqlite3.Row | None, document_id: str
) -> None:
    if paper is None or paper["signed_sha256"] is None:
        raise NotFound(f"signed file {document_id}", detail_vi=f"tệp đã ký {document_id}")
    if paper["dossier_id"] == dossier_id:
        raise NotAllowed(
            "it is a paper of this very dossier", detail_vi="đây là giấy tờ của chính hồ sơ này"
        )
    if paper["type"] not in part.types:
        raise NotAllowed(
            f"{paper['title']} is not {part.title_en}",
            detail_vi=f"{paper['title']} không phải {part.title}",
        )
    if paper["status"] != "valid":
        raise NotAllowed(
            f"{paper['title']}: the signature does not hold",
            detail_vi=f"{paper['title']}: chữ ký chưa hợp lệ",
        )
    taken = change.conn.execute(
        "SELECT 1 FROM reuse WHERE dossier_id = ? AND component = ? AND withdrawn_at IS NULL "
        "UNION ALL SELECT 1 FROM document WHERE dossier_id = ? AND component = ?",
        (dossier_id, part.id, dossier_id, part.id),
    ).fetchone()
    if taken:
        raise NotAllowed(f"{part.title_en} is there already", detail_vi=f"{part.title} đã có")


# --- the same paper twice ---------------------------------------------------------------------


def copy_findings(store: Store, dossier_id: str) -> list[Finding]:
    """One warning for each other dossier that holds pages of this one byte for byte.

    It stands at the first such page. Only files that were brought in twice are equal to the last
    byte: no scanner makes the same picture twice.
    """
    pages: dict[str, list[str]] = {}
    for each in copies(store, dossier_id):
        if each.kind == "page" and each.id not in pages.get(each.other_dossier, ()):
            pages.setdefault(each.other_dossier, []).append(each.id)
    return [
        Finding(COPIED, "warning", _copied_words(len(ids), code), page_id=ids[0])
        for code, ids in pages.items()
    ]


def _copied_words(number: int, code: str) -> Text:
    return Text(
        f"{number} trang giống hệt trang đã có trong hồ sơ {code}. Xem có nộp nhầm hoặc nộp hai "
        "lần không.",
        f"{number} page(s) are the very pages of dossier {code}. See whether they came in twice.",
    )


def copies(store: Store, dossier_id: str) -> list[Copy]:
    """Pages and files that another dossier holds byte for byte, set aside or not."""
    pages = store.rows(
        "SELECT p.id, o.id AS other, d.code FROM page p JOIN page o ON o.sha256 = p.sha256 "
        "AND o.dossier_id <> p.dossier_id JOIN dossier d ON d.id = o.dossier_id "
        "WHERE p.dossier_id = ? ORDER BY p.position, o.id",
        dossier_id,
    )
    files = store.rows(
        "SELECT m.id, o.id AS other, d.code FROM document m JOIN document o "
        "ON o.signed_sha256 = m.signed_sha256 AND o.dossier_id <> m.dossier_id "
        "JOIN dossier d ON d.id = o.dossier_id WHERE m.dossier_id = ? ORDER BY m.ordinal, o.id",
        dossier_id,
    )
    found = [("page", row) for row in pages] + [("file", row) for row in files]
    return [Copy(kind, row["id"], row["other"], row["code"]) for kind, row in found]
