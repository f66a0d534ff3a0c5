"""`desk verify`: verdicts in words, reports for the file, and the revision that someone signed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app import exports, settings, signatures
from desk_app.errors import NotAllowed, UsageError

if TYPE_CHECKING:
    import argparse

    from desk_app.cli import Session
    from signing.verify.verdict import FileVerdict

STATUS_WORDS = {
    "valid": ("✓ Hợp lệ", "✓ Valid"), "invalid": ("× Không hợp lệ", "× Invalid"),
    "undetermined": ("? Chưa xác định", "? Undetermined"), "unsigned": ("– Chưa ký", "– Unsigned"),
}  # fmt: skip
REPORTS = (".json", ".pdf")
YEARS = range(1970, 2200)
"""In which a verdict can be asked for."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
    parser.add_argument("--trust", metavar="PEM", type=Path, action="append", default=[])
    parser.add_argument("--only-trust", metavar="PEM", type=Path, action="append", default=[])
    parser.add_argument("--at", metavar="TIME")
    parser.add_argument("--report", metavar="PATH", type=Path, help="x.json, x.pdf")
    parser.add_argument("--expect", metavar="SHA256", action="append", default=[],
                        help="chứng thư phải ký / a certificate that must have signed")  # fmt: skip
    parser.add_argument("--province", metavar="P", default="",
                        help="hồ sơ tỉnh, .toml / province profile")  # fmt: skip
    parser.add_argument("--offline", action="store_true",
                        help="không hỏi máy chủ nào / ask no server")  # fmt: skip
    parser.add_argument("--revision", metavar="N", type=int,
                        help="ghi bản đã ký thứ N / write what signature N signed")  # fmt: skip
    parser.add_argument("-o", "--output", metavar="FILE", type=Path)


def verify(session: Session) -> tuple[dict[str, Any], int]:
    """A verdict for each file, in words; a file that is no PDF is refused, the others go on."""
    from signing.certificates import one_line
    from signing.errors import InputProblem
    from signing.verify import report

    args = session.args
    _check(args)
    verdicts: list[FileVerdict] = []
    refused = []
    judge = _judge(session)
    for file in args.files:
        try:
            found = judge(file)
        except InputProblem as fault:
            if len(args.files) == 1:
                raise
            refused.append(
                {"file": str(file.absolute()), "code": fault.code, "vi": fault.vi, "en": fault.en}
            )
            session.say(*(one_line(f"– {file}: {words}") for words in (fault.vi, fault.en)))
            continue
        verdicts.append(found)
        _tell(session, file, report.to_json(found))
    result: dict[str, Any] = {"files": [report.to_json(v) for v in verdicts], "refused": refused}
    if args.revision is not None:
        result["revision"] = _save_revision(session, verdicts[0])
    if args.report:
        _write_report(args.report, result, verdicts)
    if refused:
        return result, 2
    return result, 0 if all(found.is_good for found in verdicts) else 1


def _check(args: argparse.Namespace) -> None:
    exports.refuse_input(args.report, args.files)
    if args.report and args.report.suffix.lower() not in REPORTS:
        raise UsageError(f"--report {args.report} (.json, .pdf)")
    if (args.revision is None) != (args.output is None):
        raise UsageError("--revision N -o FILE")
    if args.revision is not None and len(args.files) > 1:
        raise UsageError("--revision N: one FILE", detail_vi="--revision N: một tệp")
    if args.output and args.output.exists():
        raise NotAllowed(f"{args.output} already exists", detail_vi=f"{args.output} đã có")


def _judge(session: Session) -> Any:  # noqa: ANN401
    from signing import levels
    from signing.verify import verdict

    args = session.args
    trusted = signatures.anchors(
        session.data, settings.load(session.data), [*args.trust, *args.only_trust],
        only_extra=bool(args.only_trust),
    )  # fmt: skip
    moment = _moment(args.at)
    province = levels.load_province(args.province) if args.province else None

    def judge(file: Path) -> FileVerdict:
        return verdict.verify_file(
            file.absolute(), trusted, at=moment, online=not args.offline,
            expected_signers=args.expect, province=province,
        )  # fmt: skip

    return judge


def _tell(session: Session, path: Path, entry: dict[str, Any]) -> None:
    from signing.certificates import one_line

    def say(vi: str, en: str) -> None:
        # Names of files, fields and people come from outside and may not end a line.
        session.say(one_line(vi), one_line(en))

    file = str(path)
    vi, en = STATUS_WORDS[entry["status"]]
    noted = bool(entry["warnings"]) and entry["status"] == "valid"
    reason, then = entry["reason"], entry["next"]
    say(f"{vi}{', có lưu ý' if noted else ''}: {file}: {reason['vi']}.",
        f"{en}{', with notes' if noted else ''}: {file}: {reason['en']}.")  # fmt: skip
    if entry["status"] != "valid":
        say(f"    → {then['vi']}", f"    → {then['en']}")
    for warning in entry["warnings"]:
        say(f"    ! {warning['vi']}", f"    ! {warning['en']}")
    for number, each in enumerate(entry["signatures"], 1):
        level = each["facts"].get("signer_level") or {}
        # What a stranger's certificate says of its holder is not told as a fact.
        level = level if level.get("proven") else {}
        names = [each["signer"] or each["field"], each["agency"]]
        say(_line(number, [*names, level.get("vi"), each["level"]]),
            _line(number, [*names, level.get("en"), each["level"]]))  # fmt: skip


def _line(number: int, parts: list[str | None]) -> str:
    return f"    {number}. " + " · ".join(part for part in parts if part)


def _save_revision(session: Session, found: FileVerdict) -> dict[str, Any]:
    from signing.verify import revisions

    saved = revisions.save(found, session.args.revision, session.args.output.absolute())
    session.say(f"✓ {saved.path}", f"✓ {saved.path}")
    return {"number": session.args.revision, "path": str(saved.path), "sha256": saved.sha256,
            "bytes": saved.bytes}  # fmt: skip


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.year not in YEARS:
            raise ValueError("no certificate is judged there")
        return moment if moment.tzinfo else moment.astimezone()
    except (ValueError, OverflowError) as fault:
        raise UsageError(
            f"--at {text!r}: a time such as 2026-08-23T14:00:00+07:00 is expected",
            detail_vi=f"--at {text!r}: cần một thời điểm như 2026-08-23T14:00:00+07:00",
        ) from fault


def _write_report(path: Path, result: dict[str, Any], verdicts: list[FileVerdict]) -> None:
    from desk_app.store.blobs import storage_faults

    with exports.writing(path), storage_faults():
        if path.suffix.lower() == ".pdf":
            from signing.verify import printed

            printed.write_pdf(verdicts, path)
            return
        import json

        temporary = path.with_name(f".{path.name}.part")
        temporary.write_text(json.dumps(result, ensure_ascii=False, indent=2), encoding="utf-8")
        temporary.replace(path)
