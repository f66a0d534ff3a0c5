"""`desk audit`: whether the chain of records is whole, and who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from desk_app.commands.records import day
from desk_app.errors import NotFound, UsageError
from desk_app.store import looks, people

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from desk_app.cli import Handler, Session
    from desk_app.store.database import Store
    from desk_app.store.looks import Entry


def add_commands(add: Callable[[str, Handler, str], argparse.ArgumentParser]) -> None:
    """Register this group."""
    audit_ = add(
        "audit", audit, "nhật ký kiểm toán: kiểm tra, xem / verify or read the audit chain"
    )
    audit_.add_argument("action", choices=("verify", "list"))
    audit_.add_argument("--dossier", metavar="CODE", help="list: về hồ sơ này / about a dossier")
    audit_.add_argument("--actor", metavar="NAME", help="list: của người này / by a person")
    audit_.add_argument("--action", dest="kind", metavar="A", help="list: dossier.view, export …")
    audit_.add_argument("--searched", metavar="TEXT",
                        help="list: ai đã tìm chữ này / who searched for it")  # fmt: skip
    audit_.add_argument("--from", dest="first", metavar="DAY", help="2026-01-01")
    audit_.add_argument("--to", dest="last", metavar="DAY")
    audit_.add_argument("--limit", metavar="N", type=int, default=1000)


def audit(session: Session) -> tuple[dict[str, Any], int]:
    """Walk the chain from its first record to its head, or read it."""
    return _verify(session) if session.args.action == "verify" else _list(session)


def _verify(session: Session) -> tuple[dict[str, Any], int]:
    from desk_app.store import audit as chain
    from desk_app.store.database import database_faults

    with session.desk() as desk, database_faults():
        report = chain.verify(desk.store.conn)
        integrity = desk.store.integrity()
    if integrity != "ok":
        session.say(
            f"Cơ sở dữ liệu hỏng: {integrity}. Ngừng làm việc, phục hồi từ bản sao lưu.",
            f"The database is damaged: {integrity}. Stop working and restore a backup.",
        )
    elif report.ok:
        session.say(f"Chuỗi nhật ký nguyên vẹn: {report.records} bản ghi.",
                    f"The audit chain is whole: {report.records} records.")  # fmt: skip
    else:
        session.say(f"Chuỗi nhật ký sai từ bản ghi số {report.first_bad}. Báo quản trị ngay; "
                    "không sửa tệp dữ liệu.",
                    f"The audit chain is broken at record {report.first_bad}. Tell the "
                    "administrator at once; do not change the data files.")  # fmt: skip
    return {
        "records": report.records, "ok": report.ok, "first_bad": report.first_bad,
        "integrity": integrity,
    }, 0 if report.ok and integrity == "ok" else 1  # fmt: skip


def _list(session: Session) -> tuple[dict[str, Any], int]:
    """Who did what; that somebody read it is a record as well."""
    with session.desk() as desk:
        store = desk.store
        asked = _asked(session, store)
        with store.transaction() as change:
            change.audit("audit.read", asked.dossier_id or "-", of=asked.actor or "-")
        found = looks.entries(store, asked)
        if session.args.searched is not None:
            found = _for_words(store, found, session.args.searched)
        codes, names = looks.codes(store, found), people.names(store)
    records = [_shown(each, codes, names) for each in found]
    for each in records:
        who = each["name"] or each["actor"]
        what = each["dossier"] or names.get(each["object"], each["object"])
        line = f"{each['seq']:>7}  {each['ts'][:19]}  {who:<20}  {each['action']:<16}  {what}"
        session.say(line, line)
    return {"records": records}, 0


def _asked(session: Session, store: Store) -> looks.Asked:
    from desk_app.store import dossiers

    args = session.args
    if args.limit < 1:
        raise UsageError("--limit N")
    code = dossiers.find(store, args.dossier).id if args.dossier else ""
    return looks.Asked(
        code, _actor(store, args.actor or ""), "search" if args.searched else args.kind or "",
        day(args.first), day(args.last), looks.MOST if args.searched else args.limit,
    )  # fmt: skip


def _actor(store: Store, name: str) -> str:
    """A person, or a part of the program that acts by itself (desk, worker)."""
    try:
        return people.find(store, name).id if name else ""
    except NotFound:
        if store.row("SELECT 1 FROM audit_event WHERE actor = ? LIMIT 1", name) is None:
            raise
        return name


def _for_words(store: Store, found: list[Entry], text: str) -> list[Entry]:
    from desk_app.store import search

    with store.transaction() as change:
        wanted = search.fingerprint(change, text)
    return [each for each in found if each.details.get("text") == wanted]


def _shown(entry: Entry, codes: dict[str, str], names: dict[str, str]) -> dict[str, Any]:
    dossier = entry.object if entry.object in codes else entry.details.get("dossier")
    return {
        "seq": entry.seq, "ts": entry.ts, "actor": entry.actor, "name": names.get(entry.actor),
        "action": entry.action, "object": entry.object,
        "dossier": codes.get(str(dossier)), "details": entry.details,
    }  # fmt: skip
