"""`desk queue` and `desk store`: what waits to be sent, and the store that takes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from desk_app import settings
from desk_app.errors import DeskError, Interrupted, NotFound, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from desk_app.cli import Handler, Session
    from desk_app.pipeline import Desk
    from desk_app.submission.profiles import Profile
    from desk_app.submission.run import RunReport


def add_commands(add: Callable[[str, Handler, str], argparse.ArgumentParser]) -> None:
    """Register this group."""
    queue_ = add("queue", queue, "hàng đợi nộp / the upload queue")
    queue_.add_argument("action", choices=("list", "run", "retry", "cancel", "hurry"))
    queue_.add_argument("items", nargs="*", type=int, metavar="ID")
    store_ = add("store", store, "kho nhận: kiểm tra, chạy kho mẫu, nhận bàn giao / "
                 "the receiving store: probe, serve, receive")  # fmt: skip
    store_.add_argument("action", choices=("probe", "serve", "receive"))
    store_.add_argument("--folder", metavar="DIR", help="serve: nơi lưu / where it keeps files")
    store_.add_argument("--port", type=int, default=1080, help="serve: cổng / port (1080)")
    store_.add_argument("--from", dest="source", metavar="DIR", help="receive: thiết bị / medium")
    store_.add_argument("--key", metavar="p12:FILE", help="receive: khóa của nơi nhận / the key")
    for command in (queue_, store_):
        command.add_argument("--profile", metavar="P")


def queue(session: Session) -> tuple[dict[str, Any], int]:
    """List, send, retry or cancel uploads."""
    from dataclasses import replace

    from desk_app import pipeline, waiting
    from desk_app.submission import queue as uploads

    args = session.args
    with session.desk() as desk:
        if args.profile:
            desk.settings = replace(desk.settings, store_profile=args.profile)
        report, changed = None, 0
        _check_items(desk, args)
        if args.action == "run":
            report = pipeline.upload(desk, notify=session.progress, stop=session.stop)
        elif args.action == "retry":
            changed = uploads.retry(desk.store, args.items or None)
        elif args.action == "cancel":
            changed = uploads.cancel(desk.store, args.items)
        elif args.action == "hurry":
            changed = uploads.hurry(desk.store, args.items)
        counts = uploads.counts(desk.store)
        items = uploads.items(desk.store, lang=session.language)
        unsigned = [wait.to_json(dossier) for dossier, wait in waiting.all_of(desk.store)]
        purged, purge_code = _purge_daily(session, desk) if args.action == "run" else (None, 0)
    for item in items:
        session.say(*[f"{item['id']:>6}  {item['state']:<10} {item['dossier']}"] * 2)
    session.say(*[", ".join(f"{state} {n}" for state, n in counts.items() if n) or "0"] * 2)
    for wait in unsigned:
        session.say(f"{'–':>6}  {'to_sign':<10} {wait['dossier']}: {wait['vi']}",
                    f"{'–':>6}  {'to_sign':<10} {wait['dossier']}: {wait['en']}")  # fmt: skip
    code = 1 if counts.get("dead") else 0
    result: dict[str, Any] = {"counts": counts, "items": items, "waiting_to_sign": unsigned}
    if args.action in ("retry", "cancel", "hurry"):
        result["changed"] = changed
        session.say(f"Đã đổi {changed} tệp.", f"{changed} files changed.")
    if report is not None:
        code = _tell_run(session, report) or code
        result["run"] = {"done": report.done, "waiting": report.waiting, "dead": report.dead,
                         "sent_bytes": report.sent_bytes,
                         "error": _fault(session, report.error)}  # fmt: skip
        result["purge"] = purged
        code = code or purge_code
    return result, code


def _check_items(desk: Desk, args: argparse.Namespace) -> None:
    """A number that no file of the queue has, or none where one is needed, is not passed over."""
    if args.action in ("cancel", "hurry") and not args.items:
        raise UsageError(f"desk queue {args.action} ID …")
    rows = desk.store.rows(
        "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM upload)",
        json.dumps(args.items),
    )  # fmt: skip
    if rows:
        numbers = ", ".join(str(row["value"]) for row in rows)
        raise NotFound(f"file {numbers} of the queue", detail_vi=f"tệp {numbers} của hàng đợi")


def _purge_daily(session: Session, desk: Desk) -> tuple[dict[str, Any] | None, int]:
    """Local copies whose time is over, once a day; a fault there spoils nothing that was sent."""
    from desk_app import purging

    try:
        report = purging.daily(desk.store, desk.settings, stopped=session.stop.is_set)
    except Interrupted:
        raise
    except DeskError as fault:
        session.say(f"{fault.vi} {fault.next_vi}", f"{fault.en} {fault.next_en}")
        return {"error": _fault(session, fault)}, fault.exit_code
    if report is None:
        return None, 0
    return {"dossiers": len(report.purged), "kept": len(report.kept), "error": None}, 0


def _tell_run(session: Session, report: RunReport) -> int:
    """Why something is still here, if it is; the exit code for that."""
    error = report.error
    if error is None:
        return 0
    session.say(f"{error.vi} {error.next_vi}", f"{error.en} {error.next_en}")
    return error.exit_code


def _fault(session: Session, error: DeskError | None) -> dict[str, str] | None:
    if error is None:
        return None
    return {"code": error.code, "vi": error.vi, "en": error.en,
            "next": session.text(error.next_vi, error.next_en)}  # fmt: skip


def store(session: Session) -> tuple[dict[str, Any], int]:
    """Ask a store, run the reference store, or take in a hand-over."""
    action: Handler = {"probe": probe, "serve": serve, "receive": receive}[session.args.action]
    return action(session)


def probe(session: Session) -> tuple[dict[str, Any], int]:
    """What the store behind a profile can do."""
    from dataclasses import asdict

    from desk_app.submission import run

    caps = asdict(run.probe(_profile(session), session.data))
    for key, value in caps.items():
        session.say(*[f"{key}: {value}"] * 2)
    if not caps["verifies_sha256"]:
        session.say(
            'Kho không tự kiểm tra nội dung: đặt verify = "read_back" trong cấu hình.',
            'The store does not check what it takes: set verify = "read_back" in the profile.',
        )
    return caps, 0


def serve(session: Session) -> tuple[dict[str, Any], int]:
    """The reference store on this computer, until it is stopped."""
    from pathlib import Path

    from desk_app.submission.reference import ReferenceStore

    _require_port(session.args.port)
    given = session.args.folder
    folder = Path(given) if given else session.data.with_name(session.data.name + "-reference")
    with ReferenceStore(folder.absolute(), session.args.port) as running:
        session.say(f"Kho mẫu: {running.url} → {folder}. Ctrl+C để dừng.",
                    f"Reference store: {running.url} → {folder}. Ctrl+C ends it.")  # fmt: skip
        while running.is_alive() and not session.stop.wait(0.2):
            pass
        url = running.url
    return {"url": url, "folder": str(folder.absolute())}, 0


def _require_port(port: int) -> None:
    """A port that is taken would be told by a program of another language, in its own words."""
    import socket

    try:
        with socket.create_server(("127.0.0.1", port)):
            pass
    except (OSError, OverflowError) as fault:
        raise UsageError(f"--port {port} cannot be used: it is taken or no port",
                         detail_vi=f"--port {port}: cổng đang bận hoặc không phải cổng",
                         ) from fault  # fmt: skip


def receive(session: Session) -> tuple[dict[str, Any], int]:
    """Open what a medium brought, store it by the profile, and write the receipts."""
    import contextlib
    from dataclasses import asdict
    from pathlib import Path

    from desk_app.submission import profiles, receiving

    args = session.args
    if not args.source or not args.key:
        raise UsageError("desk store receive --from DIR --key p12:FILE --profile P")
    passphrase = session.secret("Mật khẩu của khóa", "Passphrase of the key")
    key, certificate = receiving.load_key(args.key, passphrase)
    adapter = profiles.open_adapter(_profile(session), session.data)
    with contextlib.closing(adapter):
        found = list(receiving.receive(Path(args.source), key, certificate, adapter))
    for each in found:
        if each.error is None:
            session.say(f"✓ {each.file}", f"✓ {each.file}")
        else:
            session.say(f"× {each.file}: {each.error.vi}", f"× {each.file}: {each.error.en}")
    refused = [{"file": each.file, **fault} for each in found
               if (fault := _fault(session, each.error)) is not None]  # fmt: skip
    receipts = [asdict(each.receipt) for each in found if each.receipt is not None]
    return {"receipts": receipts, "refused": refused}, 1 if refused else 0


def _profile(session: Session) -> Profile:
    from desk_app.submission import profiles

    return profiles.load(session.args.profile or settings.load(session.data).store_profile)
