"""`desk purge` and `desk secret`: what leaves this computer, and what must never leave it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from desk_app.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from desk_app.cli import Handler, Session
    from desk_app.purging import Report
    from desk_app.store.database import Store
    from desk_app.store.retention import Candidate, Purged

_SHOWN = 20


def add_commands(add: Callable[[str, Handler, str], argparse.ArgumentParser]) -> None:
    """Register this group."""
    purge_ = add("purge", purge, "xóa bản tại máy sau biên nhận / remove local copies after the "
                 "receipt")  # fmt: skip
    purge_.add_argument("--older-than", metavar="DAYS", type=int,
                        help="số ngày sau biên nhận / days after the receipt")  # fmt: skip
    purge_.add_argument("--dry-run", action="store_true", help="chỉ cho biết / only say what goes")
    secret_ = add("secret", secret, "độ mật của hồ sơ, giấy tờ / access mode of a dossier or paper")
    secret_.add_argument("dossier", metavar="DOSSIER")
    secret_.add_argument(
        "--mode",
        choices=("01", "02", "03"),
        help="01 công khai / open, 02 có điều kiện / restricted, 03 mật / secret",
    )
    secret_.add_argument("--document", metavar="ID", default="", help="một giấy tờ / one paper")
    secret_.add_argument(
        "--not-secret",
        action="store_true",
        help="trang bị nghi không mật / what was suggested is no mark",
    )
    secret_.add_argument("--reason", metavar="TEXT", default="")


# --- purging ----------------------------------------------------------------------------------


def purge(session: Session) -> tuple[dict[str, Any], int]:
    """Remove the local copies of dossiers whose last receipt is old enough."""
    from desk_app import purging, settings

    days = _days(session.args.older_than, settings.load(session.data).keep_days)
    with session.desk() as desk:
        report = purging.run(
            desk.store, days, dry_run=session.args.dry_run, stopped=session.stop.is_set
        )
    _tell(session, report)
    return {
        "keep_days": days,
        "dry_run": report.dry_run,
        "purged": [_purged(each) for each in report.purged],
        "due": [_due(each) for each in report.due],
        "kept": [_due(each) for each in report.kept],
        "readable_copies": [str(path) for path in report.copies],
        "finished": report.finished,
        "swept": {"files": report.swept_files, "bytes": report.swept_bytes},
    }, 1 if report.kept else 0


def _days(asked: int | None, station: int) -> int:
    """How long dossiers stay: what the station or its province says can only be lengthened here.

    Raises:
        UsageError: nobody said, or less was asked for.
    """
    from desk_app.settings import MOST_DAYS

    if asked is None and station <= 0:
        raise UsageError(
            "keep_days = 0: kept for ever; name --older-than N",
            detail_vi="keep_days = 0: giữ mãi; nêu số ngày --older-than N",
        )
    if asked is not None and not max(0, station) <= asked <= MOST_DAYS:
        raise UsageError(f"--older-than {asked}: {max(0, station)} … {MOST_DAYS} (keep_days)")
    return station if asked is None else asked


def _purged(gone: Purged) -> dict[str, Any]:
    return {
        "dossier": gone.code, "at": gone.at, "receipt_at": gone.receipt_at, "files": gone.files,
        "pages": gone.pages, "fields": gone.fields, "blobs": gone.blobs, "bytes": gone.bytes,
        "complete": gone.cleared_at is not None,
    }  # fmt: skip


def _due(candidate: Candidate) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "dossier": candidate.code, "receipt_at": candidate.receipt_at.isoformat()
    }  # fmt: skip
    if candidate.obstacle is not None:
        why = candidate.obstacle
        shown |= {"code": why.code, "vi": why.vi, "en": why.en}
    return shown


def _tell(session: Session, report: Report) -> None:
    for each in report.due[:_SHOWN]:
        session.say(f"  sẽ xóa: {each.code}", f"  would go: {each.code}")
    for each in report.kept[:_SHOWN]:
        if each.obstacle is not None:
            session.say(f"  giữ lại {each.code}: {each.obstacle.vi}",
                        f"  kept {each.code}: {each.obstacle.en}")  # fmt: skip
    for path in report.copies[:_SHOWN]:
        session.say(
            f"  bản đọc được vẫn còn, tự xóa nếu không cần: {path}",
            f"  a readable copy is still there, delete it if not needed: {path}",
        )
    if report.dry_run:
        session.say(f"Đến hạn {len(report.due)} hồ sơ, giữ lại {len(report.kept)}; chưa xóa gì.",
                    f"{len(report.due)} dossiers are due, {len(report.kept)} are kept; nothing was "
                    "removed.")  # fmt: skip
        return
    size = sum(each.bytes for each in report.purged) / 2**20
    session.say(f"Đã xóa bản tại máy của {len(report.purged)} hồ sơ ({size:.1f} MB), giữ lại "
                f"{len(report.kept)}. Mã, biên nhận và nhật ký vẫn còn.",
                f"Removed the local copies of {len(report.purged)} dossiers ({size:.1f} MB), kept "
                f"{len(report.kept)}. Codes, receipts and the audit chain stay.")  # fmt: skip


# --- secret papers ----------------------------------------------------------------------------


def secret(session: Session) -> tuple[dict[str, Any], int]:
    """Say whether a dossier or a paper is secret, answer a suggestion, or show what was said."""
    from desk_app.store import dossiers, secrecy
    from desk_app.submission import secret_papers

    args = session.args
    if args.not_secret and args.mode:
        raise UsageError("--mode | --not-secret")
    with session.desk() as desk:
        store = desk.store
        dossier = dossiers.find(store, args.dossier)
        changed = settled = 0
        if args.mode:
            changed = secret_papers.mark(store, dossier.id, args.mode, args.document)
        elif args.not_secret:
            reason = args.reason or session.text("đã xem, không mật", "seen, not secret")
            settled = secret_papers.dismiss(store, dossier.id, reason)
        said = secrecy.of(store, dossier.id)
        found = _shown(store, dossier.id, said) | {"changed": changed, "settled": settled}
        sent = secret_papers.sent_before(store, dossier.id) if args.mode == secrecy.SECRET else 0
    _tell_secret(session, dossier.code, said, sent)
    for each in found["suggested"]:
        session.say(f"  {each['vi']}", f"  {each['en']}")
    return {"dossier": dossier.code, "sent_before": sent, **found}, 1 if said.unanswered else 0


def _shown(store: Store, dossier_id: str, said: Any) -> dict[str, Any]:  # noqa: ANN401
    from desk_app.store import dossiers, secrecy

    suggested = [
        {"page": each.page_id, "vi": each.text.vi, "en": each.text.en}
        for each in dossiers.findings(store, dossier_id, open_only=True)
        if each.code == secrecy.FINDING
    ]
    return {
        "mode": said.dossier,
        "documents": [
            {"id": paper.id, "title": paper.title, "mode": said.documents.get(paper.id)}
            for paper in dossiers.documents(store, dossier_id)
        ],
        "suggested": suggested,
    }


def _tell_secret(session: Session, code: str, said: Any, sent: int) -> None:  # noqa: ANN401
    from desk_app.store import secrecy

    if said.highest == secrecy.SECRET:
        session.say(
            f"Hồ sơ {code}: MẬT. Không gửi, không đăng ký, không bàn giao, không đóng gói.",
            f"Dossier {code}: SECRET. Not sent, registered, handed over or packed.",
        )
    else:
        words = secrecy.MODES.get(said.highest or "", ("chưa ai nêu", "nobody said"))
        session.say(f"Hồ sơ {code}: {words[0]}.", f"Dossier {code}: {words[1]}.")
    if said.unanswered:
        fault = secrecy.MaybeSecret()
        session.say(f"{fault.vi} {fault.next_vi}", f"{fault.en} {fault.next_en}")
    if sent:
        session.say(f"Lưu ý: {sent} tệp đã được gửi từ trước và không thu hồi được từ máy này. Báo "
                    "người phụ trách bảo vệ bí mật nhà nước ngay.",
                    f"Note: {sent} files were sent before and cannot be called back from here. "
                    "Tell the officer for state secrets at once.")  # fmt: skip
