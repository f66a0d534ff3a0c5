"""`desk devices`, `scan` and `import`: paper and files become pages on disk."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app import page_copies, views
from desk_app.errors import NotFound, UsageError
from desk_app.records import Dossier, Page
from desk_app.store import dossiers
from desk_app.store.blobs import storage_faults

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from desk_app.cli import Handler, Session
    from desk_app.pipeline import Desk
    from scanners.device import Event, PageSuspect, ScanSettings


def add_commands(add: Callable[[str, Handler, str], argparse.ArgumentParser]) -> None:
    """Register this group."""
    devices_ = add("devices", devices, "máy quét dùng được / scanners that can be used")
    devices_.add_argument(
        "--forget", metavar="URI", help="accept a network scanner's new certificate"
    )
    scan_ = add("scan", scan, "quét vào hồ sơ / scan into a dossier")
    scan_.add_argument(
        "--device", metavar="URI", help="simulated:, sane:NAME, escl:URL, camera:0, folder:PATH"
    )
    scan_.add_argument("--profile", metavar="P", help="a name, or a .toml file")
    scan_.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], type=_change,
        help="source, dpi, mode, paper, or an option of the driver",
    )  # fmt: skip
    scan_.add_argument("--pages", type=int, metavar="N", help="number of pages")
    import_ = add("import", import_files, "nhập ảnh, PDF / import pictures and PDF files")
    import_.add_argument("files", nargs="+", metavar="FILE", type=Path)
    for command in (scan_, import_):
        command.add_argument("--dossier", metavar="CODE")
        command.add_argument("--procedure", metavar="ID", help="for a new dossier")
        command.add_argument("--out", metavar="DIR", help="thư mục bản đọc được / readable copies")


def devices(session: Session) -> tuple[dict[str, Any], int]:
    """List devices and which drivers work here, and why the others do not."""
    from scanners import worker

    if session.args.forget:
        return _forget(session, session.args.forget)
    seen = worker.survey()
    for device in seen.devices:
        session.say(f"{device.uri}  {device.name}", f"{device.uri}  {device.name}")
    for driver in seen.drivers:
        if driver.reason_en:
            session.say(
                f"{driver.driver}: {driver.reason_vi}", f"{driver.driver}: {driver.reason_en}"
            )
    return {
        "devices": [asdict(device) for device in seen.devices],
        "drivers": [
            {"driver": d.driver, "available": d.available,
             "reason": {"vi": d.reason_vi, "en": d.reason_en} if d.reason_en else None}
            for d in seen.drivers
        ],
    }, 0  # fmt: skip


def _forget(session: Session, uri: str) -> tuple[dict[str, Any], int]:
    """Accept whatever certificate a network scanner shows the next time."""
    from scanners import drivers

    name = drivers.check(uri)
    if name.kind != "escl":
        raise UsageError("--forget escl:https://…")
    from scanners.drivers.escl import DRIVER

    with storage_faults():
        known = DRIVER.forget(name)
    session.say(
        "Lần kết nối tới sẽ nhận chứng thư mới."
        if known
        else "Chưa nhớ chứng thư nào của máy này.",
        "Its next certificate will be accepted." if known else "No certificate of it was known.",
    )
    return {"uri": uri, "forgotten": known}, 0


def _change(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise UsageError(f"--set {text[:60]!r}: NAME=VALUE")
    return name, value


def scan(session: Session) -> tuple[dict[str, Any], int]:
    """Scan until the feeder is empty, the count is reached or a fault; every page is kept."""
    from desk_app.capture import intake, scan_profiles
    from scanners import drivers

    args = session.args
    with session.desk() as desk:
        profile = scan_profiles.load(args.profile or scan_profiles.DEFAULT, desk.data)
        device = args.device or profile.device or desk.settings.device
        changed = profile.with_changes(dict(args.set))
        settings = replace(changed, count=args.pages).check()
        drivers.check(intake.resolve(device))  # what is wrong is refused before a dossier changes
        dossier = _target(desk, args.dossier, args.procedure)
        settings = replace(settings, first_sheet=intake.next_sheet(desk.store, dossier.id))
        with desk.working_on(dossier.id):
            report, suspects = _scan(session, desk, dossier, device, settings)
        if report.fault:
            session.say(f"{report.fault.vi} {report.fault.next_vi}",
                        f"{report.fault.en} {report.fault.next_en}")  # fmt: skip
        session.say(f"{len(report.pages)} trang đã lưu vào {dossier.code}.",
                    f"{len(report.pages)} pages saved in {dossier.code}.")  # fmt: skip
        applied = report.applied
        for each in applied.differences if applied else ():
            session.say(each.vi, each.en)
        return {
            "dossier": dossier.code,
            "profile": profile.id,
            "pages_scanned": len(report.pages),
            "pages": [_shown(session, desk, page) for page in report.pages],
            "end": {"reason": report.reason, "sheets": report.sheets, "images": report.images},
            "fault": _fault(report),
            "asked": asdict(applied.asked) if applied else asdict(settings),
            "got": asdict(applied.got) if applied else None,
            "differences": [asdict(d) for d in applied.differences] if applied else [],
            "suspects": _doubts(session, suspects),
            "refused": _refused(session, report),
        }, report.fault.exit_code if report.fault else 0


def _scan(
    session: Session, desk: Desk, dossier: Dossier, device: str, settings: ScanSettings
) -> tuple[Any, list[PageSuspect]]:
    """Run the job; its report, and the sheets that someone should look at."""
    from desk_app.capture import intake
    from desk_app.pipeline import Progress
    from scanners.device import PageSuspect, Waiting

    dossiers.move(desk.store, dossier.id, "scanning")
    count = 0
    suspects: list[PageSuspect] = []
    told: set[str] = set()

    def announce(page: Page) -> None:
        nonlocal count
        count += 1
        _keep_copy(session, desk, page)
        session.progress(Progress("scan", count, settings.count, dossier.id, page.id))

    def listen(event: Event) -> None:
        if isinstance(event, PageSuspect):
            suspects.append(event)
        elif isinstance(event, Waiting) and event.code not in told:
            told.add(event.code)
            session.say("Máy quét chưa sẵn sàng, đang đợi…", "The scanner is not ready, waiting …")

    report = intake.scan(
        desk.store, dossier.id, device, settings,
        announce=announce, listen=listen, stop=session.stop,
    )  # fmt: skip
    return report, suspects


def _keep_copy(session: Session, desk: Desk, page: Page) -> None:
    """A script that hears of a page may read it at once."""
    page_copies.write(desk.store, page, session.out)


def _shown(session: Session, desk: Desk, page: Page) -> dict[str, Any]:
    return views.page(page, page_copies.write(desk.store, page, session.out))


def _doubts(session: Session, suspects: list[PageSuspect]) -> list[dict[str, Any]]:
    """Say which sheets to look at, and why."""
    from scanners.wordings import SUSPICIONS

    found = []
    for each in suspects:
        vi, en = (text.format(n=each.sheet) for text in SUSPICIONS[each.reason])
        session.say(vi, en)
        found.append({"sheet": each.sheet, "reason": each.reason, "vi": vi, "en": en})
    return found


def _refused(session: Session, report: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as above
    """Say which files were not taken, and why."""
    for each in report.refused:
        session.say(f"{each.vi} {each.next_vi}", f"{each.en} {each.next_en}")
    return [{"file": r.file, "code": r.code, "vi": r.vi, "en": r.en, "page": r.page}
            for r in report.refused]  # fmt: skip


def _fault(report: Any) -> dict[str, Any] | None:  # noqa: ANN401 - its type is imported late
    fault = report.fault
    if fault is None:
        return None
    return {
        "code": fault.code, "vi": fault.vi, "en": fault.en, "next_vi": fault.next_vi,
        "next_en": fault.next_en, "sheet": fault.sheet, "pages_safe": fault.pages_safe,
        "resume_at": fault.resume_at,
    }  # fmt: skip


def _target(desk: Desk, code: str | None, procedure: str | None) -> Dossier:
    """The dossier that pages go to; without a code, one of its own for loose pages."""
    from desk_app import pipeline

    if code is None:
        return dossiers.create(desk.store, f"LOOSE-{dossiers.new_id().upper()}", "")
    if dossiers.exists(desk.store, code):
        dossier = dossiers.find(desk.store, code)
        if dossier.state in dossiers.SEALED:
            raise UsageError(f"{code} is signed already", detail_vi=f"{code} đã ký")
        return dossier
    if procedure is None:
        raise NotFound(f"dossier {code} (--procedure ID opens it)",
                       detail_vi=f"hồ sơ {code} (--procedure ID để mở mới)")  # fmt: skip
    return pipeline.open_dossier(desk, code, procedure)


def import_files(session: Session) -> tuple[dict[str, Any], int]:
    """Take JPEG, PNG, TIFF and PDF files as pages; what cannot be used is refused in words."""
    from desk_app.capture import intake

    with session.desk() as desk:
        dossier = _target(desk, session.args.dossier, session.args.procedure)
        with desk.working_on(dossier.id):
            dossiers.move(desk.store, dossier.id, "scanning")
            report = intake.take_files(
                desk.store, dossier.id, session.args.files, stop=session.stop,
                announce=lambda page: _keep_copy(session, desk, page),
            )  # fmt: skip
        refused = _refused(session, report)
        if report.fault:
            session.say(report.fault.vi, report.fault.en)
        session.say(f"{len(report.pages)} trang đã lưu vào {dossier.code}.",
                    f"{len(report.pages)} pages saved in {dossier.code}.")  # fmt: skip
        code = report.fault.exit_code if report.fault else 2 if refused else 0
        return {
            "dossier": dossier.code,
            "pages": [_shown(session, desk, page) for page in report.pages],
            "refused": refused,
            "fault": _fault(report),
        }, code
