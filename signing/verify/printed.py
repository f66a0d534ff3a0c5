"""A verdict as a PDF for the file: Vietnamese first, English beneath, pictures of what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from signing.appearance.mark import iso_time
from signing.certificates import Text
from signing.verify.facts import SignatureFacts, Status, Unreadable
from signing.verify.report import modification_words
from signing.verify.revisions import changes_since, revisions
from signing.verify.sheet import BLACK, GREY, Colour, Sheet
from signing.verify.verdict import FileVerdict, SignatureVerdict

_TITLE = "Báo cáo kiểm tra chữ ký số / Signature verification report"
_WORDS: dict[Status, tuple[str, str, Colour]] = {
    Status.VALID: ("HỢP LỆ", "VALID", (0.0, 0.4, 0.15)),
    Status.INVALID: ("KHÔNG HỢP LỆ", "INVALID", (0.7, 0.0, 0.0)),
    Status.UNDETERMINED: ("CHƯA XÁC ĐỊNH", "UNDETERMINED", (0.6, 0.35, 0.0)),
    Status.UNSIGNED: ("CHƯA KÝ", "UNSIGNED", (0.3, 0.3, 0.3)),
}
_YES_NO = {True: "có / yes", False: "KHÔNG / NO"}
_MOST_PAGES = 12


def write_pdf(
    verdicts: Sequence[FileVerdict], target: Path, *, now: datetime | None = None
) -> Path:
    """Write a report on one or several files as PDF/A-2b.

    Args:
        verdicts: what :func:`signing.verify.verdict.verify_file` found; the files are read again
            for their fingerprints and for pictures of what later revisions changed.
        target: written atomically.
        now: the time that the report bears.
    """
    moment = now or datetime.now(UTC)
    sheet = Sheet(_TITLE)
    sheet.text(_TITLE, 15, after_pt=4)
    sheet.text(f"Lập lúc / made at {iso_time(moment)}", 9, colour=GREY)
    for verdict in verdicts:
        sheet.rule()
        _file(sheet, verdict)
    sheet.save(target, moment)
    return target


def _file(sheet: Sheet, verdict: FileVerdict) -> None:
    vi, en, colour = _WORDS[verdict.status]
    if verdict.status is Status.VALID and verdict.warnings:
        vi, en = f"{vi}, CÓ LƯU Ý", f"{en}, WITH NOTES"
    sheet.text(f"{vi} / {en}", 14, colour=colour, after_pt=4)
    _both(sheet, verdict.reason, 11)
    _both(sheet, verdict.next_step, 10)
    sheet.row("Tệp / file", verdict.path.name)
    sheet.row("Dung lượng / size", f"{verdict.path.stat().st_size} byte")
    sheet.row("SHA-256", _sha256(verdict.path))
    for warning in verdict.warnings:
        sheet.row("Lưu ý / note", f"{warning.vi} / {warning.en}")
    for number, signature in enumerate(verdict.signatures, 1):
        sheet.rule()
        _signature(sheet, number, signature)
    _changed_pages(sheet, verdict)


def _both(sheet: Sheet, text: Text, size_pt: float) -> None:
    sheet.text(_sentence(text.vi), size_pt, after_pt=0)
    sheet.text(_sentence(text.en), size_pt - 1.5, colour=GREY, after_pt=4)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _signature(sheet: Sheet, number: int, verdict: SignatureVerdict) -> None:
    facts = verdict.facts
    vi, en, colour = _WORDS[verdict.status]
    who = facts.signer if isinstance(facts, SignatureFacts) else facts.field
    sheet.text(f"{number}. {who}", 12, colour=BLACK)
    sheet.text(f"{vi} / {en}", 10, colour=colour, after_pt=0)
    _both(sheet, verdict.reason, 10)
    for label, value in _rows(facts):
        if value:
            sheet.row(label, value)
    for warning in verdict.warnings:
        sheet.row("Lưu ý / note", f"{warning.vi} / {warning.en}")


def _rows(facts: SignatureFacts | Unreadable) -> list[tuple[str, str]]:
    if isinstance(facts, Unreadable):
        return [("Ô chữ ký / field", facts.field), ("Chi tiết / detail", facts.detail)]
    return [*_who(facts), *_when(facts), *_what(facts)]


def _who(facts: SignatureFacts) -> list[tuple[str, str]]:
    level = facts.signer_level
    known = facts.judgement.standing == "trusted"
    names = f"{level.text.vi} / {level.text.en}" if level else ""
    return [
        ("Cơ quan / agency", facts.agency),
        ("Cấp / level", names if known else f"{names} (chưa chứng minh / claimed)"),
        ("Chức vụ / title", level.title if level else ""),
        ("Đơn vị cấp / issuer", facts.issuer),
        ("Chứng thư / certificate", facts.signer_sha256),
        ("Chứng thư hết hạn / expires", iso_time(facts.certificate_ends)),
    ]


def _when(facts: SignatureFacts) -> list[tuple[str, str]]:
    stamp = facts.timestamp
    claimed = iso_time(facts.claimed_time) if facts.claimed_time else ""
    proven = f"{iso_time(stamp.time)}, {stamp.authority}" if stamp else "không có / none"
    if stamp and not stamp.is_trusted:
        proven += " (chưa được tin cậy / not trusted)"
    return [("Máy ký ghi / claimed time", claimed), ("Dấu thời gian / timestamp", proven)]


def _what(facts: SignatureFacts) -> list[tuple[str, str]]:
    words = modification_words(facts)
    source = f" ({facts.revocation_source})" if facts.revocation_source else ""
    pages = ", ".join(str(page + 1) for page in facts.modification.pages)
    return [
        ("Nguyên vẹn / intact", _YES_NO[facts.intact]),
        ("Khớp chứng thư / holds", _YES_NO[facts.valid]),
        ("Tin cậy / trusted", _YES_NO[facts.judgement.standing == "trusted"]),
        ("Thu hồi / revocation", f"{facts.judgement.revocation}{source}"),
        ("Mức / level", facts.level),
        ("Thuật toán / algorithm", f"{facts.algorithm.signature}, {facts.algorithm.digest}"),
        ("Phạm vi / coverage", f"{facts.coverage.value}, {facts.signed_until} byte"),
        ("Sau khi ký / afterwards", f"{words.vi} / {words.en}"),
        ("Trang khác / pages changed", pages),
    ]


def _changed_pages(sheet: Sheet, verdict: FileVerdict) -> None:
    """Pictures of the pages as the first signer saw them and as they are now."""
    shown = revisions(verdict)
    if not shown:
        return
    first = min(shown, key=lambda revision: revision.end)
    comparison = changes_since(verdict, first.number)
    for page in comparison.pages[:_MOST_PAGES]:
        sheet.rule()
        sheet.text(
            f"Trang {page.page + 1}: lúc {first.signer} ký (trái) và hiện nay (phải) / "
            f"page {page.page + 1}: as signed (left) and now (right)",
            10,
        )
        for addition in page.additions:
            sheet.row("Dấu thêm sau / later mark", f"{addition.signer} ({addition.field})")
        if page.boxes:
            sheet.row("Khác / differs", f"{len(page.boxes)} vùng / regions")
        sheet.pictures([page.before, page.marked])


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
