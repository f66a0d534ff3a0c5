"""`desk demo`, `process`, `show` and `selftest`."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app import exports, paths, settings, stages, views
from desk_app.commands.signatures import STATUS_WORDS
from desk_app.errors import DeskError, Interrupted, NotAllowed, in_vietnamese
from desk_app.records import Dossier
from desk_app.store import dossiers

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from desk_app.cli import Handler, Session
    from desk_app.pipeline import Desk

NOTICE = (
    "TRÌNH DIỄN: chứng thư và dấu thời gian do chương trình tự tạo, không có giá trị pháp lý.",
    "DEMONSTRATION: the certificate and the timestamps are the program's own and prove nothing.",
)
DEVICE = "simulated:?ppm=120"
"""At the pace of a fast feeder, so that one sees pages arrive."""
SLIP = paths.SAMPLES / "receipt_slip.jpg"


def add_commands(add: Callable[[str, Handler, str], argparse.ArgumentParser]) -> None:
    """Register this group."""
    demo_ = add("demo", demo, "hồ sơ mẫu từ máy quét đến biên nhận / a sample dossier end to end")
    process_ = add("process", process, "làm tiếp việc dở dang / go on with unfinished work")
    process_.add_argument("--dossier", metavar="CODE")
    for command in (demo_, process_):
        command.add_argument("--out", metavar="DIR", help="thư mục bản đọc được / readable copies")
    show_ = add("show", show, "xem một hồ sơ / everything about a dossier")
    show_.add_argument("dossier", metavar="DOSSIER")
    show_.add_argument("--unmasked", action="store_true",
                       help="số định danh đầy đủ / numbers of persons in full")  # fmt: skip
    add("selftest", selftest, "kiểm tra máy trạm / check this station")


# --- the demonstration ------------------------------------------------------------------------


def demo(session: Session) -> tuple[dict[str, Any], int]:
    """The sample dossier from a simulated feeder to receipts, under a fresh code."""
    from desk_app import pipeline
    from scanners.errors import DeviceFault

    session.say(*NOTICE)
    if session.args.out:
        exports.require_folder(session.out)
    clock = _Stopwatch()
    with session.desk() as desk:
        desk.settings = settings.Settings(
            language=session.language, workers=desk.settings.workers, device=DEVICE
        )
        with clock("resume"):  # a demonstration that was cut off is finished first
            pipeline.resume(desk, notify=session.progress, stop=session.stop)
        with clock("prepare"):
            dossier = _open_demonstration(session, desk)
        with clock("scan_and_read"):
            report = pipeline.feed(desk, dossier.id, notify=session.progress, stop=session.stop)
            if report.fault is not None:
                raise DeviceFault(report.fault.code, raw=report.fault.raw)
            if session.stop.is_set():
                raise Interrupted
        with clock("pdf_and_sign"):
            pipeline.finish(desk, dossier.id, notify=session.progress, stop=session.stop)
        with clock("export"):
            copies = pipeline.export(desk, dossier.id)
        with clock("upload"):
            pipeline.upload(desk, notify=session.progress, stop=session.stop)
        result = _demo_result(session, desk, dossier, copies) | {"seconds": clock.seconds}
    _tell(session, result)
    good = all(v["status"] == "valid" for v in result["verdicts"])
    stored = len(result["receipts"]) == len(result["signed_files"]) > 0
    return result, 0 if good and stored else 1


def _open_demonstration(session: Session, desk: Desk) -> Dossier:
    """Under the code on the sample's receipt slip; a later one takes the next free number."""
    from desk_app import pipeline, signatures
    from desk_app.dossiers import codes

    signatures.demonstration(desk.data)
    printed = desk.workers.submit(stages.receipt_code, SLIP).result()
    code = codes.parse_dossier_code(printed or "")
    sequence = int(code.sequence)
    text = str(code)
    while True:
        try:
            return pipeline.open_dossier(
                desk, text, "birth_registration",
                automatic=True, demonstration=True, out=str(session.out),
            )  # fmt: skip
        except NotAllowed:  # taken, perhaps this moment by a demonstration beside this one
            if not dossiers.exists(desk.store, text):
                raise
        sequence += 1
        text = f"{code.org}-{code.day}-{sequence:0{len(code.sequence)}}"


def _demo_result(
    session: Session, desk: Desk, dossier: Dossier, copies: dict[str, Path]
) -> dict[str, Any]:
    from desk_app import signatures

    store = desk.store
    pages = dossiers.pages(store, dossier.id)
    papers = dossiers.documents(store, dossier.id)
    verdicts = [(p, v) for p in papers if (v := dossiers.verdict(store, p.id)) is not None]
    return {
        "demonstration": True,
        "notice": {"vi": NOTICE[0], "en": NOTICE[1]},
        "dossier": {"code": dossier.code,
                    "procedure": views.procedure_code(desk, dossier.procedure)},
        "pages_scanned": len(pages),
        "pages_set_aside": sum(page.set_aside for page in pages),
        "documents": [views.document(paper) for paper in papers],
        "pages": [views.read_page(store, page) for page in pages],
        "findings": [views.finding(f) for f in dossiers.findings(store, dossier.id)],
        "signed_files": [{"path": str(copies[p.id]), "sha256": p.signed_sha256} for p in papers
                         if p.id in copies],
        "verdicts": [views.verdict(v, copies[p.id]) for p, v in verdicts if p.id in copies],
        "receipts": views.receipts(store, dossier.id),
        "trust_anchor": str(signatures.export_anchor(desk.data, session.out)),
    }  # fmt: skip


def _tell(session: Session, result: dict[str, Any]) -> None:
    code, folder = result["dossier"]["code"], session.out
    session.say(
        f"Hồ sơ {code}: {result['pages_scanned']} ảnh, {result['pages_set_aside']} mặt trắng để "
        f"riêng, {len(result['documents'])} giấy tờ.",
        f"Dossier {code}: {result['pages_scanned']} images, {result['pages_set_aside']} blank "
        f"sides set aside, {len(result['documents'])} papers.",
    )
    for paper, verdict in zip(result["documents"], result["verdicts"], strict=False):
        vi, en = STATUS_WORDS[verdict["status"]]
        session.say(f"  {vi} (chữ ký trình diễn): {paper['title']}",
                    f"  {en} (demonstration signature): {paper['title']}")  # fmt: skip
    session.say(f"Kho đã xác nhận {len(result['receipts'])} tệp. Bản đọc được: {folder / code}",
                f"The store confirmed {len(result['receipts'])} files. "
                f"Readable copies: {folder / code}")  # fmt: skip
    session.say(*NOTICE)


class _Stopwatch:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = round(time.perf_counter() - started, 3)


# --- everyday ---------------------------------------------------------------------------------


def process(session: Session) -> tuple[dict[str, Any], int]:
    """Recover what was cut off and carry every dossier as far as it can go without the clerk."""
    from desk_app import pipeline

    with session.desk() as desk:
        if session.args.dossier is not None:
            dossiers.find(desk.store, session.args.dossier)
        if session.args.out:
            exports.require_folder(session.out)
            exports.redirect(desk.store, session.out)
        result = pipeline.resume(
            desk, dossier=session.args.dossier, notify=session.progress, stop=session.stop
        )
        unread = desk.store.rows(
            "SELECT p.id, p.position, d.code, p.failure FROM page p "
            "JOIN dossier d ON d.id = p.dossier_id WHERE p.failure IS NOT NULL"
        )
    failed = [_failed(each.code, fault) for each, fault in result.failed]
    failed += [{"dossier": row["code"], "page": row["id"], "page_number": int(row["position"]),
                "code": "PAGE_UNREAD", **json.loads(row["failure"])} for row in unread]  # fmt: skip
    for each in failed:
        session.say(f"× {each['dossier']}: {each['vi']}", f"× {each['dossier']}: {each['en']}")
    steps = ", ".join(f"{stage} {count}" for stage, count in result.done.items())
    session.say(f"Đã làm tiếp: {steps}", f"Went on: {steps}")
    sending, code = _sending(session, result.upload_error)
    return {
        "done": result.done,
        "failed": failed,
        "in_doubt": [{"dossier": each.dossier_id, "sheets": list(each.in_doubt)}
                     for each in result.in_doubt],
        "upload_error": sending,
    }, 1 if failed else code  # fmt: skip


def _sending(session: Session, fault: Any) -> tuple[dict[str, Any] | None, int]:  # noqa: ANN401
    """Why files are still here, and the exit code for that; a hand-over may take its weeks."""
    from desk_app.submission.errors import is_patient

    if fault is None or is_patient(fault):
        return None, 0
    session.say(f"{fault.vi} {fault.next_vi}", f"{fault.en} {fault.next_en}")
    following = session.text(fault.next_vi, fault.next_en)
    told = {"code": fault.code, "vi": fault.vi, "en": fault.en, "next": following}
    return told, int(fault.exit_code)


def _failed(dossier: str, fault: Any) -> dict[str, Any]:  # noqa: ANN401 - three trees, one shape
    return {"dossier": dossier, "page": None, "code": fault.code, "vi": fault.vi, "en": fault.en}


def show(session: Session) -> tuple[dict[str, Any], int]:
    """One dossier with all that is known of it."""
    from desk_app.store import looks
    from desk_app.store.search import mask

    with session.desk() as desk:
        wanted = dossiers.find(desk.store, session.args.dossier)
        looks.viewed(desk.store, wanted.id, "show")
        found = views.dossier(desk, wanted.id)
    head = f"{found['dossier']['code']}  {found['dossier']['state']}"
    session.say(head, head)
    _tell_life(session, found)
    for paper in found["documents"]:
        line = f"  {paper['title']} ({paper['pages']})  {paper['confidence']:.0%}"
        session.show(line, line)
        for name, value in paper["fields"].items():
            text = value["value"] if session.args.unmasked else mask(value["value"])
            session.show(*[f"    {name}: {text}  [{value['source']}]"] * 2)
    for each in found["findings"]:
        session.show(f"  ! {each['vi']}", f"  ! {each['en']}")
    return found, 0


def _tell_life(session: Session, found: dict[str, Any]) -> None:
    """Whether it is secret, and whether it is still here."""
    from desk_app.store import secrecy

    if (mode := found["dossier"]["mode"]) is not None:
        session.say(f"  Chế độ sử dụng: {secrecy.MODES[mode][0]}",
                    f"  Access: {secrecy.MODES[mode][1]}")  # fmt: skip
    if (gone := found["purged"]) is not None:
        session.say(f"  Bản tại máy đã xóa ngày {gone['at'][:10]}; kho giữ {gone['files']} tệp.",
                    f"  Local copy removed on {gone['at'][:10]}; the store has "
                    f"{gone['files']} files.")  # fmt: skip


# --- self-test --------------------------------------------------------------------------------


def selftest(session: Session) -> tuple[dict[str, Any], int]:
    """What this station has and lacks, each with its cure."""
    checks = [_engine_check(session), _data_check(session), _disk_check(session),
              _vault_check(session), *_driver_checks(session), _binding_check(session)]  # fmt: skip
    for check in checks:
        mark = "✓" if check["ok"] else "×"
        session.say(*[f"{mark} {check['name']}: {check['detail']} {check['cure'] or ''}"] * 2)
    return {"checks": checks}, 0 if all(check["ok"] for check in checks) else 1


_PLAIN = ("CHƯA MÃ HÓA", "NOT ENCRYPTED")


def _check(name: str, ok: bool, detail: str, cure: str = "") -> dict[str, Any]:
    return {"name": name, "ok": ok, "detail": detail, "cure": cure or None}


def _faulty(session: Session, name: str, fault: DeskError) -> dict[str, Any]:
    words = session.text(fault.vi, fault.en)
    return _check(name, False, words, session.text(fault.next_vi, fault.next_en))


def _engine_check(session: Session) -> dict[str, Any]:
    from desk_app.recognition import tesseract

    try:
        return _check("ocr", True, f"{tesseract.engine().name}, {tesseract.find_tessdata()}")
    except DeskError as fault:
        return _faulty(session, "ocr", fault)


def _nearest(data: Path) -> Path:
    """The data folder, or before it is made what will hold it."""
    return next(place for place in (data, *data.parents) if place.exists())


def _data_check(session: Session) -> dict[str, Any]:
    """Whether the data folder, or the nearest one above it, is a folder that can be written."""
    data = session.data
    folder = _nearest(data)
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as fault:
        words = fault.strerror or str(fault)
        cure = session.text("sửa quyền hoặc chọn --data DIR khác", "mend rights, or another --data")
        return _check("data", False, f"{folder}: {session.text(in_vietnamese(words), words)}", cure)
    return _check("data", True, str(data))


def _disk_check(session: Session) -> dict[str, Any]:
    free = shutil.disk_usage(_nearest(session.data)).free / 2**30
    return _check(
        "disk",
        free >= 2,
        f"{free:.1f} GB",
        "" if free >= 2 else session.text("giải phóng 2 GB trở lên", "free 2 GB or more"),
    )


def _vault_check(session: Session) -> dict[str, Any]:
    """Whether the data are encrypted, their key is at hand and kept from others, and in escrow."""
    from desk_app.store import key_places, vault

    data = session.data
    try:
        marker = vault.read_marker(data)
        if marker is None:
            is_plain = vault.database_is_plain(data) is not None
            plain, empty = session.text(*_PLAIN), session.text("chưa có dữ liệu", "no data yet")
            return _check("vault", not is_plain, plain if is_plain else empty,
                          "desk vault encrypt" if is_plain else "")  # fmt: skip
        if marker.mode == "plain":
            words = session.text("CHƯA MÃ HÓA, theo cài đặt", "NOT ENCRYPTED, by a setting")
            return _check("vault", False, words, "desk vault encrypt")
        vault.open_vault(data)
    except DeskError as fault:
        return _faulty(session, "vault", fault)
    faults = key_places.faults(marker.key_id) if marker.where == "file" else []
    if faults:
        return _check("vault", False, "; ".join(faults), "chmod 700 / 600")
    number = len(marker.escrow)
    copies = session.text(
        f"đã mã hóa, khóa ở {marker.where}, số bản ký gửi: {number}",
        f"encrypted, key in the {marker.where}, escrow copies: {number}",
    )
    return _check("vault", True, copies, "" if marker.escrow else "desk vault escrow --code")


def _driver_checks(session: Session) -> list[dict[str, Any]]:
    from scanners import worker

    cure = session.text("cài phần còn thiếu", "install what is missing")
    return [
        _check(
            f"driver {d.driver}",
            d.available,
            session.text(d.reason_vi or "dùng được", d.reason_en or "available"),
            "" if d.available else cure,
        )
        for d in worker.list_drivers()
    ]


def _binding_check(session: Session) -> dict[str, Any]:
    """PySide6 6.12 with Python before 3.12 aborts after some thousand calls (docs/decisions.md)."""
    from importlib.metadata import version

    qt = version("PySide6-Essentials")
    ok = sys.version_info >= (3, 12) or tuple(map(int, qt.split(".")[:2])) < (6, 12)
    cure = "" if ok else session.text("dùng PySide6 trước 6.12", "use PySide6 before 6.12")
    return _check("qt", ok, f"PySide6 {qt}, Python {sys.version.split()[0]}", cure)
