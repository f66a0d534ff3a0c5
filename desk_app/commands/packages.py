"""`desk package`, `backup`, `restore`: dossiers as packages for an archive, a desk as one file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from desk_app.backup import Copy, Notify
    from desk_app.cli import Handler, Session
    from desk_app.submission.packages.check import Report

DEFAULT = "aip_hoso"
_SHOWN = 20


def add_commands(add: Callable[[str, Handler, str], argparse.ArgumentParser]) -> None:
    """Register this group."""
    package = add("package", package_command, "đóng gói hồ sơ / package dossiers, check packages")
    package.add_argument("dossiers", nargs="*", metavar="DOSSIER")
    package.add_argument("--profile", metavar="P", default=DEFAULT,
                         help="aip_hoso, sip_hoso, sip_goi_mau or a .toml file")  # fmt: skip
    package.add_argument("--out", metavar="DIR", help="folder for the package")
    package.add_argument("--folder", action="store_true", help="leave it unpacked, no ZIP file")
    package.add_argument("--number", type=int, default=1, metavar="N",
                         help="its number in this hand-over (name of a SIP)")  # fmt: skip
    package.add_argument("--check", type=Path, metavar="PATH", help="check a ZIP file or a folder")
    package.add_argument("--export-list", type=Path, metavar="FILE.xlsx",
                         help="write the field lists of the dossiers")  # fmt: skip
    package.add_argument("--import-list", type=Path, metavar="FILE.xlsx",
                         help="keep what such a list says")  # fmt: skip
    backup_ = add("backup", backup_command, "sao lưu toàn bộ dữ liệu / copy the whole desk")
    backup_.add_argument("--out", metavar="FILE", type=Path, required=True)
    restore_ = add("restore", restore_command, "phục hồi vào --data / bring a copy back")
    restore_.add_argument("file", metavar="FILE", type=Path)
    restore_.add_argument("--escrow-key", metavar="KEY", help="p12:FILE, pem:FILE")


# --- packages -------------------------------------------------------------------------------------


def package_command(session: Session) -> tuple[dict[str, Any], int]:
    """Make a package, check one, or bring field lists out and in."""
    args = session.args
    ways = [args.check is not None, args.import_list is not None, bool(args.dossiers)]
    if sum(ways) != 1:
        raise UsageError("DOSSIER | --check PATH | --import-list FILE.xlsx")
    if args.check is not None:
        return _check(session)
    if args.import_list is not None:
        return _import_list(session)
    if args.export_list is not None:
        return _export_list(session)
    return _package(session)


def _package(session: Session) -> tuple[dict[str, Any], int]:
    from desk_app.store import people
    from desk_app.submission.packages import build, profiles

    args = session.args
    if len(args.dossiers) != 1 or args.number < 1:
        raise UsageError("one DOSSIER, --number ≥ 1", detail_vi="một DOSSIER, --number ≥ 1")
    profile = profiles.load(args.profile)
    with session.desk() as desk:
        people.require(desk.store, "package")
        built = build.build(
            desk.store, args.dossiers[0], profile, session.out, number=args.number,
            as_folder=args.folder, stopped=_stopped(session),
        )  # fmt: skip
    session.say(f"Gói: {built.path} ({built.files} tệp)", f"{built.path} ({built.files} files)")
    if built.assumed:
        names = ", ".join(built.assumed)
        session.say(f"Chưa ai xác nhận, lấy theo mặc định: {names}",
                    f"Assumed, said by nobody: {names}")  # fmt: skip
    shown = {"path": str(built.path), "files": built.files, "sha256": built.sha256}
    return shown | {"assumed": list(built.assumed)} | _report(built.report), 0


def _check(session: Session) -> tuple[dict[str, Any], int]:
    from desk_app.submission.packages import check

    report = check.check(session.args.check.absolute(), stopped=_stopped(session))
    for fault in report.faults[:_SHOWN]:
        session.say(f"{fault.path}: {fault.vi}", f"{fault.path}: {fault.en}")
    if len(report.faults) > _SHOWN:
        session.say(*[f"… +{len(report.faults) - _SHOWN}"] * 2)
    if report.ok:
        session.say(f"Gói {report.kind} nguyên vẹn: {report.files} tệp",
                    f"The {report.kind} is intact: {report.files} files")  # fmt: skip
    shown = {"path": str(report.path), "kind": report.kind, "object_id": report.object_id}
    shown |= {"files": report.files, "bytes": report.bytes} | _report(report)
    return shown, 0 if report.ok else 1


def _report(report: Report) -> dict[str, Any]:
    from desk_app.submission.packages.check import CHECKS

    faults = {name: [f for f in report.faults if f.check == name] for name in CHECKS}
    return {
        "checks": [
            {"name": name, "ok": not found, "faults": [asdict(fault) for fault in found]}
            for name, found in faults.items()
        ]
    }


def _export_list(session: Session) -> tuple[dict[str, Any], int]:
    from desk_app.store import dossiers, looks, people
    from desk_app.submission.packages import lists, profiles

    args = session.args
    path = args.export_list.absolute()
    with session.desk() as desk:
        people.require(desk.store, "package")
        for code in args.dossiers:
            looks.exported(desk.store, dossiers.find(desk.store, code).id, "list", 1)
        lists.export(desk.store, args.dossiers, profiles.load(args.profile), path)
    session.say(*[str(path)] * 2)
    return {"path": str(path), "dossiers": len(args.dossiers)}, 0


def _import_list(session: Session) -> tuple[dict[str, Any], int]:
    from desk_app.store import people
    from desk_app.submission.packages import lists, profiles

    args = session.args
    with session.desk() as desk:
        people.require(desk.store, "package", "edit")
        done = lists.bring_in(desk.store, args.import_list, profiles.load(args.profile))
    for each in done.problems[:_SHOWN]:
        session.say(
            f"{each.where}, {each.field}: {each.vi}", f"{each.where}, {each.field}: {each.en}"
        )
    if done.problems:
        session.say("Chưa lưu gì. Sửa danh mục rồi nhập lại.",
                    "Nothing was kept. Mend the list and import it again.")  # fmt: skip
    else:
        session.say(f"Đã lưu: {done.dossiers} hồ sơ, {done.documents} văn bản",
                    f"Kept: {done.dossiers} dossiers, {done.documents} documents")  # fmt: skip
    return asdict(done), 1 if done.problems else 0


def _stopped(session: Session) -> Callable[[], None]:
    from desk_app.backup import CopyStopped

    def look() -> None:
        if session.stop.is_set():
            raise CopyStopped()

    return look


# --- backups --------------------------------------------------------------------------------------


def backup_command(session: Session) -> tuple[dict[str, Any], int]:
    """Copy the whole desk into one file."""
    from desk_app import backup

    _note_backup(session)
    copy = backup.back_up(
        session.data, session.args.out.absolute(), notify=_notify(session, "backup"),
        stopped=session.stop.is_set,
    )  # fmt: skip
    session.say(f"Đã sao lưu: {copy.path} ({copy.blobs} tệp, {copy.records} bản ghi nhật ký)",
                f"Copied: {copy.path} ({copy.blobs} files, {copy.records} records)")  # fmt: skip
    return _told(session, copy)


def _note_backup(session: Session) -> None:
    """Before the copy is made, so that the copy itself tells of it."""
    from desk_app.store import looks
    from desk_app.store.database import FILE_NAME, Store

    if (session.data / FILE_NAME).exists():
        store = Store(session.data)
        try:
            looks.exported(store, "backup", "backup", 1)
        finally:
            store.close()


def restore_command(session: Session) -> tuple[dict[str, Any], int]:
    """Bring a desk back into a folder that is new or empty."""
    from desk_app import backup
    from desk_app.commands.vault import unlocker

    copy = backup.restore(
        session.args.file.absolute(), session.data,
        unlock=unlocker(session, session.args.escrow_key),
        notify=_notify(session, "restore"), stopped=session.stop.is_set,
    )  # fmt: skip
    session.say(f"Đã phục hồi và kiểm tra: {copy.path}", f"Restored and checked: {copy.path}")
    return _told(session, copy)


def _told(session: Session, copy: Copy) -> tuple[dict[str, Any], int]:
    from desk_app.commands.vault import NO_ESCROW

    lost = len(copy.missing) + len(copy.damaged)
    if lost:
        session.say(f"Thiếu hoặc hỏng {lost} tệp từ trước khi sao lưu.",
                    f"{lost} files were missing or damaged before the copy was made.")  # fmt: skip
    if not copy.audit_ok:
        session.say(f"Nhật ký kiểm toán sai từ bản ghi {copy.first_bad}.",
                    f"The audit chain is wrong from record {copy.first_bad}.")  # fmt: skip
    if copy.escrow == 0:
        session.say(*NO_ESCROW)
    warning = dict(zip(("vi", "en"), NO_ESCROW, strict=True)) if copy.escrow == 0 else None
    told = asdict(copy) | {"path": str(copy.path), "warning": warning}
    return told, 0 if copy.ok else 1


def _notify(session: Session, stage: str) -> Notify:
    """Progress at every hundredth."""
    from desk_app.pipeline import Progress

    last = -1

    def tell(done: int, total: int) -> None:
        nonlocal last
        share = 100 * done // max(1, total)
        if share != last:
            last = share
            session.progress(Progress(stage, done, total))

    return tell
