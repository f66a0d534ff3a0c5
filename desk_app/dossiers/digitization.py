"""The code of each digitized paper: step 3 of four in Thông tư 01/2023/TT-VPCP, article 7.

Its layout is the province's (see `provinces`); the running number counts per office and year, in
the transaction that keeps the code, so no number is given twice and none is lost to a crash. A
paper that is signed again after it was sent back keeps its code and gets the next version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from desk_app.dossiers.codes import parse_dossier_code, short_org
from desk_app.dossiers.provinces import Profile, Register
from desk_app.errors import NotAllowed, NotFound, UsageError
from desk_app.store import dossiers, refusals
from desk_app.store.database import Change, Store
from desk_app.store.sql import sqlite3


@dataclass(frozen=True, slots=True)
class Digitized:
    """A digitized paper under its code."""

    code: str
    version: int
    """1 for the first signed file of the paper."""
    document_id: str
    dossier_id: str
    sha256: str
    """Of the signed file."""
    profile: str
    at: str


def assign(
    store: Store, register: Register, dossier_id: str, *, procedure_code: str = ""
) -> list[Digitized]:
    """Give every signed paper of a dossier its code; those that have one keep it.

    Args:
        store: The store.
        register: Provinces and their profiles.
        dossier_id: The dossier.
        procedure_code: Published code, for layouts that name it.

    Raises:
        NotAllowed: the layout gives a code that another paper bears.
    """
    with store.transaction() as change:
        return assign_in(change, register, dossier_id, procedure_code=procedure_code)


def assign_in(
    change: Change, register: Register, dossier_id: str, *, procedure_code: str = ""
) -> list[Digitized]:
    """The same inside the transaction that keeps the signed files."""
    row = change.conn.execute("SELECT * FROM dossier WHERE id = ?", (dossier_id,)).fetchone()
    if row is None:
        raise refusals.no_dossier(dossier_id)
    day = date.fromisoformat(change.now[:10])
    try:
        org = parse_dossier_code(row["code"]).org
    except UsageError:  # a code of the archive's own form names no office
        return []
    profile = register.profile_for(org, _received(row))
    unit = register.province(org, day)
    common: dict[str, object] = {
        "org": short_org(org), "province": unit.id if unit else "", "dossier": row["code"],
        "procedure": procedure_code, "year": day.year, "month": day.month, "day": day.day,
    }  # fmt: skip
    papers = change.conn.execute(
        "SELECT * FROM document WHERE dossier_id = ? AND signed_sha256 IS NOT NULL "
        "ORDER BY ordinal",
        (dossier_id,),
    ).fetchall()
    return [_one(change, paper, profile, common) for paper in papers]


def _received(row: sqlite3.Row) -> date:
    """The day in the code where it is one, else the day of opening."""
    day = parse_dossier_code(row["code"]).received_on
    return day or date.fromisoformat(row["created_at"][:10])


def _one(
    change: Change, paper: sqlite3.Row, profile: Profile, common: Mapping[str, object]
) -> Digitized:
    rows = change.conn.execute(
        "SELECT * FROM digitization WHERE document_id = ? ORDER BY version", (paper["id"],)
    ).fetchall()
    same = [row for row in rows if row["signed_sha256"] == paper["signed_sha256"]]
    if same:
        return _digitized(same[0])
    code = rows[0]["code"] if rows else _new_code(change, paper, profile, common)
    version = len(rows) + 1
    change.conn.execute(
        "INSERT INTO digitization VALUES(?,?,?,?,?,?,?,?)",
        (code, version, paper["id"], paper["dossier_id"], paper["signed_sha256"], profile.id,
         change.store.actor, change.now),
    )  # fmt: skip
    change.audit("document.code", paper["id"], code=code, version=version,
                 sha256=paper["signed_sha256"])  # fmt: skip
    return Digitized(
        code, version, paper["id"], paper["dossier_id"], paper["signed_sha256"], profile.id,
        change.now,
    )  # fmt: skip


def _new_code(
    change: Change, paper: sqlite3.Row, profile: Profile, common: Mapping[str, object]
) -> str:
    number = _next(change, f"{common['org']} {common['year']}") if _counts(profile) else 0
    code = profile.pattern.format(
        **common, component=paper["component"] or "", type=paper["type"] or "",
        ordinal=paper["ordinal"], number=number,
    )  # fmt: skip
    if change.conn.execute("SELECT 1 FROM digitization WHERE code = ?", (code,)).fetchone():
        raise NotAllowed(
            f"another paper bears the code {code}; mend the province profile {profile.id}",
            detail_vi=f"mã số hóa {code} đã cấp cho giấy tờ khác; sửa hồ sơ tỉnh {profile.id}",
        )
    return code


def _counts(profile: Profile) -> bool:
    return "{number" in profile.pattern


def _next(change: Change, scope: str) -> int:
    row = change.conn.execute(
        "INSERT INTO digitization_counter VALUES(?, 1) "
        "ON CONFLICT(scope) DO UPDATE SET n = n + 1 RETURNING n",
        (scope,),
    ).fetchall()
    return int(row[0]["n"])


def of_dossier(store: Store, dossier_id: str) -> list[Digitized]:
    """All codes of a dossier, earlier versions included, in their order."""
    rows = store.rows(
        "SELECT * FROM digitization WHERE dossier_id = ? ORDER BY code, version", dossier_id
    )
    return [_digitized(row) for row in rows]


def find(store: Store, code: str) -> Digitized:
    """The newest version of the paper with this code.

    Raises:
        NotFound: no paper bears it.
    """
    row = store.row("SELECT * FROM digitization WHERE code = ? ORDER BY version DESC", code)
    if row is None:
        raise NotFound(f"digitization code {code}", detail_vi=f"mã số hóa {code}")
    return _digitized(row)


def _digitized(row: sqlite3.Row) -> Digitized:
    return Digitized(
        row["code"], row["version"], row["document_id"], row["dossier_id"], row["signed_sha256"],
        row["profile"], row["at"],
    )  # fmt: skip


def versions(store: Store, dossier_id: str) -> dict[str, int]:
    """Number of the version that each paper of a dossier is in: 1 until one was sent back."""
    before = dossiers.versions(store, dossier_id)
    papers = dossiers.documents(store, dossier_id)
    return {p.id: 1 + sum(row["document_id"] == p.id for row in before) for p in papers}
