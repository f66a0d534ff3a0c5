"""`desk sign`, `augment`, `certificates` and `verify`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app import settings, signatures
from desk_app.commands import verification
from desk_app.commands.verification import STATUS_WORDS as STATUS_WORDS
from desk_app.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from desk_app import sealing
    from desk_app.cli import Handler, Session
    from desk_app.store.database import Store
    from signing.batch import BatchReport, Outcome
    from signing.errors import SigningError

KEY_HELP = "p12:FILE, pkcs11:MODULE?token=LABEL, demonstration"


def add_commands(add: Callable[[str, Handler, str], argparse.ArgumentParser]) -> None:
    """Register this group."""
    sign_ = add("sign", sign, "ký số hồ sơ hoặc tệp PDF / sign a dossier or PDF files")
    sign_.add_argument("files", nargs="*", metavar="FILE", type=Path)
    sign_.add_argument("--dossier", metavar="CODE")
    sign_.add_argument("--role", metavar="R", default="",
                       help="chỉ ký vai trò này / sign in this role alone")  # fmt: skip
    sign_.add_argument("--value", metavar="NAME=VALUE", action="append", default=[],
                       help="giá trị cho dấu ký, như copy_type=Sao lục / for the mark")  # fmt: skip
    sign_.add_argument("--confirm-last-try", metavar="TOKEN", default="",
                       help="nhãn thiết bị, khi chỉ còn một lần nhập PIN / the token's label, "
                            "when one PIN attempt is left")  # fmt: skip
    augment_ = add("augment", augment, "bổ sung bằng chứng lâu dài / complete signed files")
    augment_.add_argument("files", nargs="+", metavar="FILE", type=Path)
    augment_.add_argument("--trust", metavar="PEM", type=Path, action="append", default=[])
    for command in (sign_, augment_):
        command.add_argument("--out", metavar="DIR")
        command.add_argument("--profile", metavar="P", default="")
        command.add_argument("--level", choices=("B-B", "B-T", "B-LT", "B-LTA"), default="")
        command.add_argument("--tsa", metavar="URL", default="")
    certificates_ = add("certificates", certificates, "chứng thư trên khóa / a key's certificates")
    sign_.add_argument("--key", metavar="KEY", action="append", default=[], help=KEY_HELP)
    certificates_.add_argument("--key", metavar="KEY", default="", help=KEY_HELP)
    verify_ = add("verify", verification.verify, "kiểm tra chữ ký / verify signatures")
    verification.add_arguments(verify_)


def sign(session: Session) -> tuple[dict[str, Any], int]:
    """Sign files or a dossier with one login; a level that cannot be reached signs nothing."""
    args = session.args
    if bool(args.dossier) == bool(args.files):
        raise UsageError("--dossier CODE | FILE... --out DIR")
    if args.files and not args.out:
        raise UsageError("--out DIR")
    choice = signatures.Choice(
        tuple(args.key), args.profile, args.level, args.tsa, args.role, tuple(_values(args.value))
    )
    return _sign_dossier(session, choice) if args.dossier else _sign_files(session, choice)


def _values(given: list[str]) -> Iterator[tuple[str, str]]:
    for each in given:
        name, is_one, value = each.partition("=")
        if not is_one or not name.isidentifier():
            raise UsageError(f"--value {each!r}: NAME=VALUE")
        yield name, value


def _sign_files(session: Session, choice: signatures.Choice) -> tuple[dict[str, Any], int]:
    from desk_app import sealing
    from desk_app.store.database import Store
    from signing import worker

    chosen = settings.load(session.data)
    choice, secrets = _unlocked(session, chosen, choice)
    files = [file.absolute() for file in session.args.files]
    store = Store(session.data)
    heard = _Heard(session, store, len(files))
    try:
        report: BatchReport = worker.run(
            sealing.sign_files, session.data, chosen, choice,
            [(file, session.out / file.name) for file in files],
            sealing.journal_of(session.data, session.out),
            secrets=secrets, on_message=heard, cancelled=session.stop.is_set,
        )  # fmt: skip
    finally:
        store.close()
    if report.stopped_by is not None and not any(o.signed for o in report.outcomes):
        raise report.stopped_by
    entries = [_entry(outcome, report.stopped_by) for outcome in report.outcomes]
    return {"files": entries, "logins": report.logins}, _exit_code(report)


class _Heard:
    """What the signing process tells: kept in the audit chain and said."""

    def __init__(self, session: Session, store: Store, total: int) -> None:
        self._session, self._store, self._total = session, store, total
        self._done = 0

    def __call__(self, message: sealing.Login | Outcome) -> None:
        from desk_app import sealing
        from desk_app.pipeline import Progress

        if isinstance(message, sealing.Login):
            sealing.note_login(self._store, message, "files")
            return
        sealing.note_file(self._store, message)
        self._done += 1
        if message.error is not None:
            file = message.item.src
            self._session.say(f"× {file}: {message.error.vi}", f"× {file}: {message.error.en}")
        elif message.signed is not None:
            line = f"✓ {message.signed.path} ({message.signed.level})"
            self._session.say(line, line)
            for note in message.signed.notes:
                self._session.say(f"  ! {note.vi}", f"  ! {note.en}")
        self._session.progress(Progress("sign", self._done, self._total))


def _entry(outcome: Outcome, stopped_by: SigningError | None) -> dict[str, Any]:
    """One file of the JSON; a file that was not reached waits for what stopped the batch."""
    signed = outcome.signed
    if signed is not None:
        return {"path": str(signed.path.absolute()), "sha256": signed.sha256,
                "level": signed.level, "status": "signed", "reason": None,
                "resumed": outcome.resumed,
                "notes": [note.to_json() for note in signed.notes]}  # fmt: skip
    fault = outcome.error or stopped_by
    waits = outcome.error is None or outcome.error is stopped_by
    return {"path": str(outcome.item.src), "sha256": None, "level": None,
            "status": "waiting" if waits else "failed", "reason": _reason(fault)}  # fmt: skip


def _reason(fault: SigningError | None) -> dict[str, str] | None:
    return {"code": fault.code, "vi": fault.vi, "en": fault.en} if fault else None


def _exit_code(report: BatchReport) -> int:
    if report.is_complete:
        return 0
    faults = [outcome.error for outcome in report.outcomes if outcome.error is not None]
    return (report.stopped_by or faults[0]).exit_code if report.stopped_by or faults else 1


def _sign_dossier(session: Session, choice: signatures.Choice) -> tuple[dict[str, Any], int]:
    from desk_app import pipeline
    from desk_app.store import dossiers

    with session.desk() as desk:
        dossier = dossiers.find(desk.store, session.args.dossier)
        choice, secrets = _unlocked(session, desk.settings, choice)
        pipeline.finish(desk, dossier.id, notify=session.progress, stop=session.stop,
                        secret=secrets, choice=choice)  # fmt: skip
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


def _unlocked(
    session: Session, chosen: settings.Settings, choice: signatures.Choice
) -> tuple[signatures.Choice, list[bytearray]]:
    """Ask for each key's secret once, after looking at what the token says of its attempts."""
    if not signatures.needs_secret(chosen, choice):
        return choice, []
    from dataclasses import replace

    from signing import keys
    from signing.errors import PinFinalTry

    setup = signatures.setup(session.data, chosen, choice)
    secrets: list[bytearray] = []
    for uri in setup.keys.values():
        left = keys.attempts_left(uri)
        label = keys.label_of(uri)
        if left == "low":
            session.say(
                f"! Thiết bị {label} đã bị nhập sai PIN; sai tiếp sẽ khóa thiết bị.",
                f"! Wrong PINs were entered for {label}; more of them lock it.",
            )
        elif left == "one":
            if not _confirmed(session, label):
                raise PinFinalTry(token=label)
            choice = replace(choice, last_try=True)
        secrets.append(bytearray() if left == "none" else _secret(session, uri))
    return choice, secrets


def _confirmed(session: Session, label: str) -> bool:
    """The last attempt needs the token's label, typed here or given as an option."""
    if session.args.confirm_last_try:
        return bool(session.args.confirm_last_try == label)
    if session.args.secret_stdin or not sys.stdin.isatty():
        return False
    session.say(f"! Thiết bị {label} chỉ còn MỘT lần nhập PIN trước khi bị khóa.",
                f"! {label} has ONE PIN attempt left before it locks.")  # fmt: skip
    answer = session.ask("Gõ lại nhãn thiết bị để tiếp tục: ", "Type its label to go on: ")
    return answer.strip() == label


def augment(session: Session) -> tuple[dict[str, Any], int]:
    """Bring signed files up to B-LT or B-LTA; the originals stay as they are."""
    from signing.augment import augment_file
    from signing.errors import SigningError, TargetExists

    args = session.args
    if not args.out:
        raise UsageError("--out DIR")
    policy, timestampers = signatures.augmenting(
        session.data, settings.load(session.data), args.profile, args.level, args.tsa, args.trust
    )
    session.out.mkdir(parents=True, exist_ok=True)
    files, codes = [], []
    for file in args.files:
        target = session.out / file.name
        try:
            if target.exists():
                raise TargetExists(file=target.name)
            done = augment_file(file.absolute(), target, policy, timestamper=timestampers)
        except SigningError as fault:
            codes.append(fault.exit_code)
            session.say(f"× {file}: {fault.vi}", f"× {file}: {fault.en}")
            files.append({"path": str(file.absolute()), "sha256": None, "level": None,
                          "status": "waiting" if fault.exit_code == 3 else "failed",
                          "reason": _reason(fault)})  # fmt: skip
            continue
        session.say(f"✓ {target} ({done.before} → {done.level})",
                    f"✓ {target} ({done.before} → {done.level})")  # fmt: skip
        status = "augmented" if done.changed else "unchanged"
        files.append({"path": str(target.absolute()), "sha256": done.sha256,
                      "level": done.level, "status": status, "reason": None})  # fmt: skip
    return {"files": files, "logins": 0}, max(codes, default=0)


def _secret(session: Session, key: str) -> bytearray:
    if key == settings.DEMONSTRATION:
        return signatures.demonstration(session.data).passphrase()
    from signing import keys

    label = keys.label_of(key)
    return session.secret(f"Mã PIN hoặc mật khẩu của {label}", f"PIN or passphrase of {label}")


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
    from desk_app.store.search import mask

    if not found:
        session.say("– Trên khóa này không có chứng thư số nào để ký.",
                    "– There is no signer's certificate on this key.")  # fmt: skip
    for each in found:  # the subject may hold the officer's own identity number
        line = f"{mask(each['subject'])}  {each['not_after']}  {each['sha256'][:16]}"
        session.say(line, line)
    return {"certificates": found, "attempts": keys.attempts_left(uri)}, 0 if any(
        each["usable"] for each in found
    ) else 1
