"""`desk search`, `stats`, `catalogue` and `checklist`."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app import exports
from desk_app.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from desk_app.cli import Handler, Session
    from desk_app.dossiers.catalog import Catalog
    from desk_app.dossiers.completeness import Completeness
    from desk_app.dossiers.provinces import Profile, Register, Unit
    from desk_app.store.database import Store
    from desk_app.store.search import Hit

PATIENCE_S = 20.0
"""How long a search reads pages into the index first: a store from before it has thousands."""
STATUSES = {
    "present": ("✓", "có", "present"), "reused": ("↺", "dùng lại", "reused"),
    "excused": ("!", "không nộp, có lý do", "absent with a reason"),
    "not_needed": ("–", "không bắt buộc", "not required"), "missing": ("×", "thiếu", "missing"),
}  # fmt: skip


def add_commands(add: Callable[[str, Handler, str], argparse.ArgumentParser]) -> None:
    """Register this group."""
    search_ = add("search", search, "tìm theo tên, mã, chữ trong giấy tờ / search")
    search_.add_argument("text", nargs="*", metavar="TEXT")
    search_.add_argument("--person", action="store_true", help="tên và số định danh / persons")
    search_.add_argument("--paper", metavar="TYPE", default="", help="loại giấy tờ / kind of paper")
    search_.add_argument("--procedure", metavar="P", default="")
    search_.add_argument("--limit", metavar="N", type=int, default=20)
    stats_ = add("stats", stats, "số liệu của cơ quan / the office's figures")
    stats_.add_argument("-o", "--output", metavar="FILE", type=Path, action="append", default=[],
                        help=".csv, .xlsx, .html")  # fmt: skip
    for command in (search_, stats_):
        command.add_argument("--from", dest="first", metavar="DAY", help="2026-01-01")
        command.add_argument("--to", dest="last", metavar="DAY")
    catalogue_ = add("catalogue", catalogue, "thủ tục, tỉnh, cơ quan / procedures and offices")
    catalogue_.add_argument("action", choices=("list", "import"))
    catalogue_.add_argument("files", nargs="*", metavar="FILE", type=Path)
    checklist_ = add("checklist", checklist, "thành phần hồ sơ / what a dossier has and lacks")
    checklist_.add_argument("dossier", metavar="DOSSIER")
    checklist_.add_argument("--reuse", metavar="COMPONENT=DOCUMENT", action="append", default=[],
                            help="giấy tờ đã lưu / satisfy by a stored paper")  # fmt: skip
    checklist_.add_argument("--national", action="store_true",
                            help="lấy từ Cổng quốc gia / it came from the portal")  # fmt: skip
    checklist_.add_argument("--withdraw", metavar="COMPONENT", action="append", default=[])
    checklist_.add_argument("--result", metavar="DOCUMENT", action="append", default=[],
                            help="giấy tờ kết quả / this paper is the result")  # fmt: skip


def day(text: str | None) -> str:
    """A day as an option gives it.

    Raises:
        UsageError: it is none.
    """
    if not text:
        return ""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
    raise UsageError(f"{text!r}: a day such as 2026-01-31 is expected",
                     detail_vi=f"{text!r}: cần ngày như 2026-01-31")  # fmt: skip


# --- searching --------------------------------------------------------------------------------


def search(session: Session) -> tuple[dict[str, Any], int]:
    """What is known under these words; numbers of persons are masked."""
    from desk_app.store import search as index

    args = session.args
    query = index.Query(
        " ".join(args.text), args.person, args.paper, args.procedure, day(args.first),
        day(args.last), args.limit,
    )  # fmt: skip
    if not any((query.text.strip(), query.paper, query.procedure, query.since, query.until)):
        raise UsageError("TEXT, --paper, --procedure, --from, --to")
    with session.desk() as desk:
        index.refresh(desk.store, patience_s=PATIENCE_S)
        answer = index.find(desk.store, query)
        index.note(desk.store, answer, query.text)
        places, is_all = len(answer.hits), not answer.more
        if answer.more:
            places, is_all = index.count(desk.store, query)
    for hit in answer.hits:
        _tell(session, hit)
    shown, took = len(answer.hits), f"{answer.milliseconds:.0f} ms"
    vi, en = ("", "") if is_all else (" trở lên", " or more")
    session.say(f"Tìm thấy {places}{vi}, hiện {shown} · {took}",
                f"Found {places}{en}, showing {shown} · {took}")  # fmt: skip
    if not answer.complete:
        session.say("Còn trang chưa vào chỉ mục; tìm lại sau ít phút để có đủ.",
                    "Some pages are not indexed yet; search again in some minutes.")  # fmt: skip
    return {
        "hits": [_hit(hit) for hit in answer.hits],
        "places": places,
        "places_are_all": is_all,
        "complete": answer.complete,
        "milliseconds": answer.milliseconds,
    }, 0 if answer.hits else 1


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "dossier": hit.code, "document": hit.document_id, "page": hit.page_id,
        "snippet": hit.snippet, "marks": [list(mark) for mark in hit.marks], "kind": hit.kind,
        "title": hit.title, "type": hit.type, "page_number": hit.page, "state": hit.state,
        "procedure": hit.procedure, "received": hit.received,
    }  # fmt: skip


def _tell(session: Session, hit: Hit) -> None:
    page_vi, page_en = (f", trang {hit.page}", f", page {hit.page}") if hit.page else ("", "")
    title = f"  {hit.title}" if hit.title else ""
    session.show(f"{hit.code}{title}{page_vi}", f"{hit.code}{title}{page_en}")
    session.show(*[f"    {hit.snippet}"] * 2)


# --- figures ----------------------------------------------------------------------------------


def stats(session: Session) -> tuple[dict[str, Any], int]:
    """The office's figures of a period (this month without one), also as files."""
    from desk_app.dossiers import catalog, figures_tables, provinces
    from desk_app.store import figures, looks

    today = date.today()
    first = day(session.args.first) or today.replace(day=1).isoformat()
    last = day(session.args.last) or today.isoformat()
    with session.desk() as desk:
        found, titles = figures_tables.gather(
            desk.store, catalog.at(desk.data), provinces.at(desk.data),
            date.fromisoformat(first), date.fromisoformat(last),
        )  # fmt: skip
        if session.args.output:
            looks.exported(desk.store, "figures", "figures", len(session.args.output))
    for path in session.args.output:
        with exports.writing(path.absolute()):
            figures_tables.write(found, titles, path.absolute(), session.language)
    total = found.total
    session.say(f"{first} – {last}: {total.received} hồ sơ, {total.papers} giấy tờ, "
                f"{total.pages} trang", f"{first} – {last}: {total.received} dossiers, "
                f"{total.papers} papers, {total.pages} pages")  # fmt: skip
    for name in figures.INDICATORS:
        share = total.percent(name)
        shown = figures_tables.NOT_A_NUMBER if share is None else f"{share:.2f} %"
        session.say(*[f"  {word}: {shown}" for word in figures_tables.WORDS[name]])
    return figures_tables.as_dict(found, titles) | {
        "files": [str(path.absolute()) for path in session.args.output]
    }, 0


# --- the catalogue ----------------------------------------------------------------------------


def catalogue(session: Session) -> tuple[dict[str, Any], int]:
    """List procedures, provinces and offices, or import newer ones from files."""
    from desk_app.dossiers import catalog, imports, provinces

    args = session.args
    if (args.action == "import") is not bool(args.files):
        raise UsageError("desk catalogue list | desk catalogue import FILE...")
    with session.desk() as desk:
        taken = imports.take(desk.store, args.files) if args.files else []
        known, register = catalog.at(desk.data), provinces.at(desk.data)
    for each in taken:
        session.say(f"Đã nhận {each.name}: {', '.join(each.ids)}",
                    f"Imported {each.name}: {', '.join(each.ids)}")  # fmt: skip
    listed = _listed(known, register)
    if not taken:
        _tell_catalogue(session, listed)
    return listed | {"imported": [asdict(each) for each in taken]}, 0


def _listed(known: Catalog, register: Register) -> dict[str, Any]:
    procedures = [_procedure(known, name) for name in known.procedures]
    papers = [{"id": rules.type.id, "title": rules.type.title, "title_en": rules.type.title_en,
               "confirmed": rules.confirmed} for rules in known.rules.values()]  # fmt: skip
    units = [_unit(unit) for unit in register.provinces.values()]
    offices = [_unit(unit) for unit in register.offices.values()]
    profiles = [_profile(each) for each in register.profiles.values()]
    lists = {"procedures": procedures, "types": papers, "provinces": units, "offices": offices,
             "profiles": profiles}  # fmt: skip
    unconfirmed = {
        name: sum(not each["confirmed"] for each in rows) for name, rows in lists.items()
    }
    return {**lists, "unconfirmed": unconfirmed}


def _procedure(known: Catalog, name: str) -> dict[str, Any]:
    procedure = known.procedures[name]
    former = [code for code, of in known.former_codes.items() if of == name]
    return {
        "id": name, "code": procedure.code or None, "former_codes": former,
        "title": procedure.title, "title_en": procedure.title_en,
        "essential": known.essential.get(name), "results": list(known.results.get(name, ())),
        "confirmed": name not in known.unconfirmed,
        "components": [
            {"id": part.id, "title": part.title, "title_en": part.title_en,
             "types": list(part.types), "required": part.required,
             "repeatable": (name, part.id) in known.repeatable}
            for part in procedure.components
        ],
    }  # fmt: skip


def _unit(unit: Unit) -> dict[str, Any]:
    return {
        "id": unit.id, "code": unit.code, "title": unit.title, "level": unit.level,
        "parent": unit.parent or None,
        "valid_from": unit.valid_from.isoformat() if unit.valid_from else None,
        "valid_to": unit.valid_to.isoformat() if unit.valid_to else None,
        "successor": unit.successor or None, "confirmed": unit.confirmed,
    }  # fmt: skip


def _profile(profile: Profile) -> dict[str, Any]:
    return {
        "id": profile.id, "title": profile.title, "provinces": list(profile.provinces),
        "digitization_code": profile.pattern,
        "digitization_code_confirmed": profile.pattern_confirmed, "confirmed": profile.confirmed,
    }  # fmt: skip


def _tell_catalogue(session: Session, listed: dict[str, Any]) -> None:
    for each in listed["procedures"]:
        mark = "" if each["confirmed"] else session.text("  (chưa đối chiếu)", "  (unconfirmed)")
        title = session.text(each["title"], each["title_en"])
        session.say(*[f"{each['code'] or '–':<10} {title}{mark}"] * 2)
    counts = listed["unconfirmed"]
    session.say(
        f"Chưa đối chiếu: {counts['procedures']} thủ tục, {counts['provinces']} tỉnh, "
        f"{counts['offices']} cơ quan",
        f"Unconfirmed: {counts['procedures']} procedures, {counts['provinces']} provinces, "
        f"{counts['offices']} offices",
    )


# --- one dossier ------------------------------------------------------------------------------


def checklist(session: Session) -> tuple[dict[str, Any], int]:
    """What a dossier has and lacks; stored papers are taken for components as the clerk says."""
    from desk_app.dossiers import catalog, completeness, digitization
    from desk_app.store import dossiers, looks, people

    with session.desk() as desk:
        known = catalog.at(desk.data)
        dossier = dossiers.find(desk.store, session.args.dossier)
        if _decides(session):
            people.require(desk.store, "edit")
        looks.viewed(desk.store, dossier.id, "checklist")
        with desk.working_on(dossier.id):
            _decide(session, desk.store, known, dossier.id)
        found = completeness.check(desk.store, known, dossier.id)
        given = digitization.of_dossier(desk.store, dossier.id)
    _tell_checklist(session, found)
    return found.as_dict() | {"digitization": [asdict(each) for each in given]}, (
        0 if found.is_complete else 1
    )


def _decides(session: Session) -> bool:
    return any((session.args.withdraw, session.args.reuse, session.args.result))


def _decide(session: Session, store: Store, known: Catalog, dossier_id: str) -> None:
    from desk_app.dossiers import completeness, reuse

    args = session.args
    for component in args.withdraw:
        reuse.withdraw(store, dossier_id, component)
    for entry in args.reuse:
        component, is_one, document = entry.partition("=")
        if not is_one:
            raise UsageError(f"--reuse {entry!r}: COMPONENT=DOCUMENT")
        origin = reuse.NATIONAL if args.national else reuse.STORE
        reuse.take(store, known, dossier_id, component, document, origin=origin)
    for document in args.result:
        completeness.mark_result(store, document, True)


def _tell_checklist(session: Session, found: Completeness) -> None:
    for line in found.lines:
        mark, vi, en = STATUSES[line.status]
        session.say(f"{mark} {line.title}: {vi}", f"{mark} {line.title_en}: {en}")
    for each in found.candidates:
        session.say(f"  ↺ {each.component}: {each.title} ({each.dossier_code}) có thể dùng lại: "
                    f"--reuse {each.component}={each.document_id}",
                    f"  ↺ {each.component}: {each.title} ({each.dossier_code}) may be reused: "
                    f"--reuse {each.component}={each.document_id}")  # fmt: skip
    for copy in found.copies:
        session.say(f"  ! Trùng với hồ sơ {copy.other_dossier}",
                    f"  ! The same is in dossier {copy.other_dossier}")  # fmt: skip
