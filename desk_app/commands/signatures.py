"""`desk sign`, `certificates` and `verify`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app import settings, signatures
from desk_app.errors import NotAllowed, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from desk_app.cli import Handler, Session

STATUS_WORDS = {
    "valid": ("✓ Hợp lệ", "✓ Valid"), "invalid": ("× Không hợp lệ", "× Invalid"),
    "undetermined": ("? Chưa xác định", "? Undetermined"), "unsigned": ("– Chưa ký", "– Unsigned"),
}  # fmt: skip


def add_commands(add: Callable[[str, Handler, str], argparse.ArgumentParser]) -> None:
    """Register this group."""
    sign_ = add("sign", sign, "ký số hồ sơ hoặc tệp PDF / sign a dossier or PDF files")
    sign_.add_argument("files", nargs="*", metavar="FILE", type=Path)
    sign_.add_argument("--dossier", metavar="CODE")
    sign_.add_argument("--out", metavar="DIR")
    sign_.add_argument("--profile", metavar="P", default="")
    sign_.add_argument("--level", choices=("B-B", "B-T", "B-LT"), default="")
    sign_.add_argument("--tsa", metavar="URL", default="")
    certificates_ = add("certificates", certificates, "chứng thư trên khóa / a key's certificates")
    for command in (sign_, certificates_):
        command.add_argument("--key", metavar="KEY", default="",
                             help="p12:FILE, pkcs11:MODULE?token=LABEL, demonstration")  # fmt: skip
        command.add_argument("--pin-stdin", "--passphrase-stdin", dest="secret_stdin",
                             action="store_true")  # fmt: skip
    verify_ = add("verify", verify, "kiểm tra chữ ký / verify signatures")
    verify_.add_argument("files", nargs="+", metavar="FILE", type=Path)
    verify_.add_argument("--trust", metavar="PEM", type=Path, action="append", default=[])
    verify_.add_argument("--only-trust", metavar="PEM", type=Path, action="append", default=[])
    verify_.add_argument("--at", metavar="TIME")
    verify_.add_argument("--report", metavar="PATH", type=Path)


def sign(session: Session) -> tuple[dict[str, Any], int]:
    """Sign files with one login; a level that cannot be reached signs nothing."""
    args = session.args
    if bool(args.dossier) == bool(args.files):
        raise UsageError("--dossier CODE | FILE... --out DIR")
    if args.dossier:
        return _sign_dossier(session)
    if not args.out:
        raise UsageError("--out DIR")
    from signing import keys

    chosen = settings.load(session.data)
    setup = signatures.setup(
        session.data, chosen, key=args.key, profile=args.profile, level=args.level, tsa=args.tsa
    )
    secret = _secret(session, args.key or chosen.key)
    try:
        with keys.open_key(setup.key, secret) as key:
            logins = key.status().logins
            files = [_sign_file(session, setup, key, file) for file in args.files]
    finally:
        keys.wipe(secret)
    failed = any(each["status"] != "signed" for each in files)
    return {"files": files, "logins": logins}, 2 if failed else 0


def _sign_file(session: Session, setup: signatures.Setup, key: Any, file: Path) -> dict[str, Any]:  # noqa: ANN401
    """One file's result; a file that cannot be signed does not stop the others."""
    from signing.errors import InputProblem

    target = session.out / file.name
    try:
        if target.exists():
            raise NotAllowed(f"{target} đã có / already exists")
        session.out.mkdir(parents=True, exist_ok=True)
        signed = setup.sign(file, target, key)
    except (InputProblem, NotAllowed) as fault:
        session.say(f"× {file}: {fault.vi}", f"× {file}: {fault.en}")
        return {"path": str(file.absolute()), "sha256": None, "level": None, "status": "failed",
                "reason": {"code": fault.code, "vi": fault.vi, "en": fault.en}}  # fmt: skip
    session.say(f"✓ {target} ({signed.level})", f"✓ {target} ({signed.level})")
    return {"path": str(target.absolute()), "sha256": signed.sha256, "level": signed.level,
            "status": "signed", "reason": None}  # fmt: skip


def _sign_dossier(session: Session) -> tuple[dict[str, Any], int]:
    from dataclasses import replace

    from desk_app import pipeline
    from desk_app.store import dossiers

    args = session.args
    with session.desk() as desk:
        if args.key:
            desk.settings = replace(desk.settings, key=args.key)
        if args.tsa:
            desk.settings = replace(desk.settings, tsa=args.tsa)
        dossier = dossiers.find(desk.store, args.dossier)
        secret = _secret(session, desk.settings.key)
        pipeline.finish(desk, dossier.id, notify=session.progress, stop=session.stop, secret=secret)
        copies = pipeline.export(desk, dossier.id)
        papers = dossiers.documents(desk.store, dossier.id)
        files = [
            {"path": str(copies[p.id]), "sha256": p.signed_sha256, "level": _level(v),
             "status": "signed", "reason": None}
            for p in papers if (v := dossiers.verdict(desk.store, p.id)) is not None
        ]  # fmt: skip
    for each in files:
        session.say(f"✓ {each['path']}", f"✓ {each['path']}")
    return {"files": files, "logins": 1}, 0


def _level(verdict: dict[str, Any]) -> str | None:
    found = verdict["signatures"]
    return found[-1]["level"] if found else None


def _secret(session: Session, key: str) -> bytearray:
    if key == settings.DEMONSTRATION:
        return signatures.demonstration(session.data).passphrase()
    return session.secret("Mã PIN hoặc mật khẩu khóa", "PIN or passphrase")


def certificates(session: Session) -> tuple[dict[str, Any], int]:
    """What is on a key and whether it may sign; a token is read without a login."""
    from signing import keys

    uri = session.args.key or settings.load(session.data).key
    secret = None
    if uri == settings.DEMONSTRATION:
        secret = _secret(session, uri)
        uri = signatures.demonstration(session.data).key_uri
    elif uri.startswith("p12:"):
        secret = _secret(session, uri)
    try:
        found = [facts.to_json() for facts in keys.certificates(uri, secret)]
    finally:
        if secret is not None:
            keys.wipe(secret)
    for each in found:
        line = f"{each['subject']}  {each['not_after']}  {each['sha256'][:16]}"
        session.say(line, line)
    return {"certificates": found}, 0 if any(each["usable"] for each in found) else 1


def verify(session: Session) -> tuple[dict[str, Any], int]:
    """A verdict for each file, in words; a file that is no PDF is refused, the others go on."""
    from signing.errors import InputProblem

    args = session.args
    trusted = signatures.anchors(
        session.data, settings.load(session.data), [*args.trust, *args.only_trust],
        only_extra=bool(args.only_trust),
    )  # fmt: skip
    files, refused = [], []
    for file in args.files:
        try:
            entry = signatures.verify(file.absolute(), trusted, _moment(args.at))
        except InputProblem as fault:
            if len(args.files) == 1:
                raise
            refused.append({"file": str(file), "code": fault.code, "vi": fault.vi, "en": fault.en})
            session.say(f"– {file}: {fault.vi}", f"– {file}: {fault.en}")
            continue
        files.append(entry)
        _tell(session, file, entry)
    result = {"files": files, "refused": refused}
    if args.report:
        _write_report(args.report, result)
    if refused:
        return result, 2
    return result, 0 if all(entry["status"] == "valid" for entry in files) else 1


def _tell(session: Session, file: Path, entry: dict[str, Any]) -> None:
    vi, en = STATUS_WORDS[entry["status"]]
    noted = bool(entry["warnings"]) and entry["status"] == "valid"
    reason = entry["reason"]
    session.say(f"{vi}{', có lưu ý' if noted else ''}: {file}. {reason['vi']}",
                f"{en}{', with notes' if noted else ''}: {file}. {reason['en']}")  # fmt: skip
    for each in entry["signatures"]:
        who = f"    {each['signer']}, {each['agency']} · {each['level']}"
        session.say(who, who)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise UsageError(f"--at {text}") from fault
    return moment if moment.tzinfo else moment.astimezone()


def _write_report(path: Path, result: dict[str, Any]) -> None:
    import json

    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(json.dumps(result, ensure_ascii=False, indent=2), encoding="utf-8")
    temporary.replace(path)
