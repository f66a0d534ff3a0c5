"""`desk batch`, `separators` and `journal`: piles of sheets that are accounted for."""

from __future__ import annotations

import platform
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app import exports, page_copies, views
from desk_app.errors import Damaged, NotFound, UsageError
from desk_app.store import batches, dossiers, people

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from desk_app.capture.batches import Reckoning
    from desk_app.cli import Handler, Session
    from desk_app.pipeline import Desk
    from desk_app.records import Page
    from desk_app.store.batches import Batch
    from desk_app.store.database import Store
    from scanners.device import ScanSettings

ACTIONS = ("list", "create", "run", "second-pass", "rescan", "status", "settle", "rescan-list",
           "suspend", "resume", "close")  # fmt: skip


def add_commands(add: Callable[[str, Handler, str], argparse.ArgumentParser]) -> None:
    """Register this group."""
    batch = add("batch", batch_command, "lô giấy: khai, quét, đối chiếu, đóng / batches of sheets")
    batch.add_argument("action", choices=ACTIONS, metavar="|".join(ACTIONS))
    batch.add_argument("code", nargs="?", metavar="CODE")
    plan = batch.add_argument_group("create")
    plan.add_argument("--sheets", type=int, metavar="N", help="declared, separators included")
    plan.add_argument("--sides", type=int, choices=(1, 2), default=2)
    plan.add_argument("--dossiers", type=int, metavar="N", help="declared dossiers")
    plan.add_argument("--procedure", metavar="ID", default="", help="for the dossiers it opens")
    plan.add_argument("--separation", metavar="RULE",
                      help="separator, receipt, hand, sheets:N, code:PATTERN")  # fmt: skip
    batch.add_argument("--profile", metavar="P", default="", help="scan profile")
    batch.add_argument("--device", metavar="URI")
    batch.add_argument("--sheet", type=int, metavar="N", help="rescan, settle: number in the pile")
    batch.add_argument("--exception", metavar="CODE", help="settle: which one")
    batch.add_argument("--reason", metavar="TEXT", help="close, settle: why")
    batch.add_argument("--out", metavar="FILE", type=Path, help="rescan-list: .pdf or .txt")
    batch.add_argument("--operator", default=None)
    batch.add_argument("--seat", default=None)
    sheets = add("separators", separators, "in tờ phân cách / print separator sheets")
    sheets.add_argument("--out", metavar="FILE", type=Path, required=True)
    sheets.add_argument("--dossier", metavar="CODE", action="append", default=[])
    sheets.add_argument("--batch", metavar="CODE", help="a header for this batch")
    sheets.add_argument("--papers", type=int, metavar="N", default=0, help="between two papers")
    journal = add("journal", replay, "phát lại nhật ký quét / replay the scan journals")
    journal.add_argument("action", choices=("replay",))
    journal.add_argument("--out", metavar="DIR", help="thư mục bản đọc được / readable copies")
    journal.add_argument("--hash", action="store_true", help="read every picture again")


# --- separators -----------------------------------------------------------------------------------


def separators(session: Session) -> tuple[dict[str, Any], int]:
    """Write separator sheets as a PDF file to print."""
    from desk_app import printing
    from desk_app.capture.separation import Separator
    from desk_app.store.database import now_local

    args = session.args
    wanted = [Separator("batch", args.batch)] if args.batch else []
    wanted += [Separator("dossier", code.strip()) for code in args.dossier]
    wanted += [Separator("paper")] * max(0, min(args.papers, printing.MOST_SHEETS + 1))
    for each in wanted:
        if each.kind != "paper" and (not each.code or "|" in each.code):
            raise UsageError(f"code {each.code!r}", detail_vi=f"mã {each.code!r}")
    out = args.out.absolute()
    with exports.writing(out):
        count = printing.separators(wanted, out, now_local().isoformat(timespec="seconds"))
    session.say(f"{count} tờ phân cách: {out}", f"{count} separator sheets: {out}")
    return {"path": str(out), "sheets": count}, 0


# --- journal --------------------------------------------------------------------------------------


def replay(session: Session) -> tuple[dict[str, Any], int]:
    """Bring pages of cut-off scans into the store, then prove the store by its journals."""
    from desk_app.capture import intake
    from desk_app.capture import replay as replaying

    with session.desk() as desk:
        recovered = intake.recover(desk.store)
        told = replaying.run(desk.store, hash_pictures=session.args.hash)
        pages = [
            views.page(page, _copy(session, desk, page))
            for row in desk.store.rows("SELECT id FROM dossier ORDER BY created_at, id")
            for page in dossiers.pages(desk.store, row["id"], readings=False)
        ]
    doubtful = [{"job": r.job_id, "sheets": list(r.in_doubt)} for r in recovered if r.in_doubt]
    found = sum(len(r.pages) for r in recovered)
    session.say(f"Khôi phục {found} trang; {len(pages)} trang trong kho; {len(doubtful)} lần quét "
                "có tờ cần xem lại.",
                f"{found} pages recovered; {len(pages)} in the store; {len(doubtful)} scans with a "
                "sheet to look at.")  # fmt: skip
    for each in told.differences:
        session.say(each.text.vi, each.text.en)
    if told.same:
        session.say(f"Phát lại {told.edits} bước: đúng các trang ấy, đúng thứ tự ấy.",
                    f"{told.edits} steps replayed: the same pages in the same order.")  # fmt: skip
    return {
        "pages": pages, "recovered": found, "in_doubt": doubtful, "edits": told.edits,
        "same": told.same,
        "differences": [
            {"code": d.code, "dossier": d.dossier_id, "page": d.page_id, "vi": d.text.vi,
             "en": d.text.en} for d in told.differences
        ],
    }, 0 if told.same else 1  # fmt: skip


def _copy(session: Session, desk: Desk, page: Page) -> Path | None:
    """A readable copy; None of a page whose picture is gone from this computer, or not whole."""
    try:
        return page_copies.write(desk.store, page, session.out)
    except (NotFound, Damaged):
        return None


# --- batches --------------------------------------------------------------------------------------


def batch_command(session: Session) -> tuple[dict[str, Any], int]:
    """Carry out one action on a batch."""
    args = session.args
    with session.desk() as desk:
        if args.action == "list":
            return _list(session, desk), 0
        if not args.code:
            raise UsageError("desk batch ACTION CODE")
        if args.action == "create":
            return _create(session, desk)
        batch = batches.find(desk.store, args.code)
        action = _ACTIONS[args.action]
        return action(session, desk, batch)


def _list(session: Session, desk: Desk) -> dict[str, Any]:
    found = batches.all_batches(desk.store)
    for each in found:
        line = f"{each.code}  {each.state}  {each.plan.sheets_declared}  {each.seat}"
        session.say(line, line)
    return {"batches": [_batch(each) for each in found]}


def _create(session: Session, desk: Desk) -> tuple[dict[str, Any], int]:
    from desk_app import batching
    from desk_app.capture import scan_profiles
    from desk_app.store.batches import Plan

    args = session.args
    if args.sheets is None:
        raise UsageError("--sheets N")
    profile = scan_profiles.load(args.profile, desk.data) if args.profile else None
    rule = args.separation or (profile and profile.separation) or "separator"
    plan = Plan(args.sheets, args.sides, args.dossiers, args.procedure, rule, args.profile)
    batch = batching.create(desk, args.code, plan, *_who(session, desk.store))
    session.say(f"Đã mở lô {batch.code}: {args.sheets} tờ.",
                f"Batch {batch.code} is open: {args.sheets} sheets.")  # fmt: skip
    return {"batch": _batch(batch)}, 0


def _who(session: Session, store: Store) -> tuple[str, str]:
    args = session.args
    return args.operator or people.acting_name(store), args.seat or platform.node() or "desk"


def _settings(
    session: Session, desk: Desk, batch: Batch, first: int | None = None
) -> tuple[str, ScanSettings | None]:
    """The device, and the settings of the batch's profile if it has one.

    Sheets are counted from `first`, else from the one behind the last of the pile.
    """
    from dataclasses import replace

    from desk_app.capture import intake, scan_profiles
    from scanners import drivers

    name = session.args.profile or batch.plan.profile
    profile = scan_profiles.load(name, desk.data) if name else None
    device = session.args.device or (profile and profile.device) or desk.settings.device
    drivers.check(intake.resolve(device))
    if profile is None:
        return device, None
    sheet = first or intake.next_sheet(desk.store, batch.tray_id)
    return device, replace(profile.settings, first_sheet=sheet)


def _run(session: Session, desk: Desk, batch: Batch) -> tuple[dict[str, Any], int]:
    from desk_app import batching

    device, settings = _settings(session, desk, batch)
    report = batching.feed(
        desk, batch, device, scan=settings, notify=session.progress, stop=session.stop
    )
    return _fed(session, desk, batch, report)


def _second_pass(session: Session, desk: Desk, batch: Batch) -> tuple[dict[str, Any], int]:
    from desk_app import batching

    device, settings = _settings(session, desk, batch, first=1)
    report = batching.second_pass(
        desk, batch, device, scan=settings, notify=session.progress, stop=session.stop
    )
    return _fed(session, desk, batch, report)


def _rescan(session: Session, desk: Desk, batch: Batch) -> tuple[dict[str, Any], int]:
    from desk_app import batching

    if session.args.sheet is None:
        raise UsageError("--sheet N")
    device, settings = _settings(session, desk, batch, first=1)
    report = batching.rescan(
        desk, batch, session.args.sheet, device, scan=settings, stop=session.stop
    )
    return _fed(session, desk, batch, report)


def _fed(
    session: Session, desk: Desk, batch: Batch, report: Any,  # noqa: ANN401 - imported late
) -> tuple[dict[str, Any], int]:  # fmt: skip
    result, _ = _status(session, desk, batch)
    fault = report.fault
    if fault:
        session.say(f"{fault.vi} {fault.next_vi}", f"{fault.en} {fault.next_en}")
    told = {"code": fault.code, "vi": fault.vi, "en": fault.en, "next_vi": fault.next_vi,
            "next_en": fault.next_en, "sheet": fault.sheet} if fault else None  # fmt: skip
    end = {"reason": report.reason, "sheets": report.sheets, "images": report.images}
    result |= {"pages_scanned": len(report.pages), "end": end, "fault": told}
    return result, fault.exit_code if fault else 0


def _status(session: Session, desk: Desk, batch: Batch) -> tuple[dict[str, Any], int]:
    from desk_app import batching

    counted = batching.reckon(desk, batch)
    _say_count(session, batch, counted)
    return _counted(desk, batch, counted), 0 if counted.adds_up else 1


def _say_count(session: Session, batch: Batch, counted: Reckoning) -> None:
    n = counted
    session.say(
        f"Lô {batch.code}: khai {n.sheets_declared} tờ, đã quét {n.sheets_fed}; {n.images} ảnh = "
        f"{n.sheets_fed} × {n.sides} − {n.set_aside} để riêng − {n.separators} phân cách; "
        f"{n.dossiers} hồ sơ.",
        f"Batch {batch.code}: {n.sheets_declared} sheets declared, {n.sheets_fed} fed; {n.images} "
        f"images = {n.sheets_fed} × {n.sides} − {n.set_aside} set aside − {n.separators} "
        f"separators; {n.dossiers} dossiers.",
    )
    for each in counted.differences:
        session.say(f"  {each.text.vi}", f"  {each.text.en}")


def _settle(session: Session, desk: Desk, batch: Batch) -> tuple[dict[str, Any], int]:
    args = session.args
    if not (args.sheet and args.exception and args.reason):
        raise UsageError("--sheet N --exception CODE --reason TEXT")
    batches.settle(desk.store, batch, args.exception, args.sheet, args.reason)
    return _status(session, desk, batch)


def _rescan_list(session: Session, desk: Desk, batch: Batch) -> tuple[dict[str, Any], int]:
    from desk_app import batching, printing

    out = session.args.out
    if out is None:
        raise UsageError("--out FILE")
    issues = batching.to_rescan(desk, batch)
    lines = printing.rescan_list(batch.code, issues, out.absolute(), desk.store.now())
    session.say(f"{lines} tờ cần xem lại: {out.absolute()}",
                f"{lines} sheets to look at: {out.absolute()}")  # fmt: skip
    return {"path": str(out.absolute()), "lines": lines}, 0


def _suspend(session: Session, desk: Desk, batch: Batch) -> tuple[dict[str, Any], int]:
    batches.suspend(desk.store, batch)
    return _status(session, desk, batches.find(desk.store, batch.id))


def _resume(session: Session, desk: Desk, batch: Batch) -> tuple[dict[str, Any], int]:
    batches.resume(desk.store, batch, *_who(session, desk.store))
    return _status(session, desk, batches.find(desk.store, batch.id))


def _close(session: Session, desk: Desk, batch: Batch) -> tuple[dict[str, Any], int]:
    """One that does not add up stays open until a reason is given."""
    from desk_app import batching

    reason = session.args.reason
    counted = batching.reckon(desk, batch)
    if counted.adds_up or (reason and reason.strip()):
        batching.close(desk, batch, reason)
    result, code = _status(session, desk, batches.find(desk.store, batch.id))
    closed = result["batch"]["state"] == "closed"
    if not closed:
        session.say("Lô chưa khớp nên chưa đóng; quét bù, hoặc đóng với --reason.",
                    "The batch does not add up and is not closed; scan what is missing, or close "
                    "it with --reason.")  # fmt: skip
    return result, 0 if closed else code


_ACTIONS: dict[str, Callable[[Session, Desk, Batch], tuple[dict[str, Any], int]]] = {
    "run": _run, "second-pass": _second_pass, "rescan": _rescan, "status": _status,
    "settle": _settle, "rescan-list": _rescan_list, "suspend": _suspend, "resume": _resume,
    "close": _close,
}  # fmt: skip


def _batch(batch: Batch) -> dict[str, Any]:
    return {
        "code": batch.code, "state": batch.state, "operator": batch.operator, "seat": batch.seat,
        "created_at": batch.created_at, "closing_reason": batch.closing_reason,
        **asdict(batch.plan),
    }  # fmt: skip


def _counted(desk: Desk, batch: Batch, counted: Reckoning) -> dict[str, Any]:
    counts = asdict(counted) | {"images_expected": counted.images_expected}
    differences = counts.pop("differences")
    return {
        "batch": _batch(batch), "counts": counts, "adds_up": counted.adds_up,
        "differences": [
            {"code": d["code"], "sheets": list(d["sheets"]), **d["text"]} for d in differences
        ],
        "exceptions": [
            {"code": i.code, "sheet": i.sheet, "page": i.page_id, "settled": i.settled,
             "vi": i.text.vi, "en": i.text.en} for i in batches.issues(desk.store, batch)
        ],
    }  # fmt: skip
