"""`desk vault`: the data folder's key, its copies for others, its passphrase."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app.errors import KeyMissing, NotFound, UsageError, VaultLocked, WrongSecret
from desk_app.store import escrow, key_places, vault
from desk_app.store.database import Store

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from desk_app.cli import Handler, Session
    from desk_app.store.vault import Marker

ACTIONS = ("status", "escrow", "open", "passphrase", "encrypt")
TRIES = 3
KEY_HELP = "khóa của cơ quan / the office's key: p12:FILE, pem:FILE"


def add_commands(add: Callable[[str, Handler, str], argparse.ArgumentParser]) -> None:
    """Register this group."""
    command = add("vault", vault_command, "khóa mã hóa dữ liệu / the key of the data folder")
    command.add_argument("action", choices=ACTIONS)
    command.add_argument("--certificate", metavar="FILE", type=Path, action="append", default=[],
                         help="escrow: cho chứng thư này / for this certificate")  # fmt: skip
    command.add_argument("--code", action="store_true", help="escrow: mã khôi phục / a code")
    command.add_argument("--key", metavar="KEY", help=f"open: {KEY_HELP}")
    command.add_argument("--remove", action="store_true", help="passphrase: bỏ / take it away")


def vault_command(session: Session) -> tuple[dict[str, Any], int]:
    """Carry out one action on the vault."""
    actions = {"status": _status, "escrow": _escrow, "open": _open, "passphrase": _passphrase,
               "encrypt": _encrypt}  # fmt: skip
    return actions[session.args.action](session)


# --- for every command ------------------------------------------------------------------------


def asker(session: Session) -> Callable[[Marker], bytes]:
    """Asks for a vault's passphrase when a command opens the data folder."""

    def ask(marker: Marker) -> bytes:
        for left in reversed(range(TRIES if sys.stdin.isatty() else 1)):
            given = bytes(session.secret("Mật khẩu dữ liệu", "Passphrase of the data"))
            try:
                return vault.unwrapped(marker, given)
            except WrongSecret as fault:
                if not left:
                    raise
                session.say(fault.vi, fault.en)
        raise AssertionError("unreachable")

    return ask


def unlocker(session: Session, key: str | None) -> Callable[[Marker], bytes]:
    """The master key from escrow: by the office's key, or by what a person types."""

    def unlock(marker: Marker) -> bytes:
        if key:
            phrase = bytes(session.secret("Mật khẩu của khóa", "Passphrase of the key"))
            private = escrow.private_key(key, phrase)
            return escrow.open_with_key(marker.escrow, marker.key_id, private)
        if _state(marker) == "locked":
            return asker(session)(marker)
        if not any(copy.get("kind") == "code" for copy in marker.escrow):
            raise KeyMissing(marker.key_id)
        code = bytes(session.secret("Mã khôi phục", "Recovery code"))
        return escrow.open_with_code(marker.escrow, marker.key_id, code)

    return unlock


# --- actions ----------------------------------------------------------------------------------


def _no_vault(data: Path) -> NotFound:
    return NotFound(f"{vault.FILE_NAME} in {data}", detail_vi=f"{vault.FILE_NAME} trong {data}")


def _marker(session: Session) -> Marker:
    marker = vault.read_marker(session.data)
    if marker is None:
        raise _no_vault(session.data)
    return marker


def _status(session: Session) -> tuple[dict[str, Any], int]:
    marker = vault.read_marker(session.data)
    if marker is None and vault.database_is_plain(session.data):
        marker = vault.Marker("plain")  # an earlier version's
    if marker is None:
        raise _no_vault(session.data)
    state = _state(marker)
    faults = key_places.faults(marker.key_id) if marker.where == "file" else []
    words = {
        "open": ("khóa dùng được", "the key is at hand"),
        "locked": ("khóa sau mật khẩu", "the key is behind a passphrase"),
        "missing": ("KHÔNG CÓ KHÓA ở người dùng này", "this user has NO KEY"),
        "wrong": ("khóa KHÔNG KHỚP hoặc hỏng", "the key does NOT FIT or is damaged"),
        "none": ("KHÔNG MÃ HÓA", "NOT ENCRYPTED"),
    }
    session.say(f"{words[state][0]}; {len(marker.escrow)} bản ký gửi",
                f"{words[state][1]}; {len(marker.escrow)} escrow copies")  # fmt: skip
    if state != "none" and not marker.escrow:
        session.say(*NO_ESCROW)
    for each in faults:
        session.say(f"Quyền tệp khóa quá rộng: {each}", f"Key file open to others: {each}")
    code = 0 if state in ("open", "locked") else 1
    return _shown(marker) | {"key": state, "faults": faults}, code


NO_ESCROW = (
    "Chưa có bản ký gửi: mất máy này là mất dữ liệu. Chạy: desk vault escrow --code "
    "(hoặc --certificate TỆP).",
    "No escrow copy: if this machine is lost, so are its data. Run: desk vault escrow --code "
    "(or --certificate FILE).",
)


def _state(marker: Marker) -> str:
    """open, locked, missing, wrong, or none where nothing is encrypted."""
    if marker.mode == "plain":
        return "none"
    try:
        with vault.asking_nobody():
            vault.master_of(marker)
    except KeyMissing:
        return "missing"
    except VaultLocked:
        return "locked"
    except vault.UNFIT:
        return "wrong"
    return "open"


def _shown(marker: Marker) -> dict[str, Any]:
    public = ("kind", "created", "subject", "sha256", "algorithm")
    return {
        "mode": marker.mode, "key_id": marker.key_id or None, "where": marker.where,
        "passphrase": marker.passphrase, "created": marker.created,
        "escrow": [{k: c[k] for k in public if k in c} for c in marker.escrow],
    }  # fmt: skip


def _escrow(session: Session) -> tuple[dict[str, Any], int]:
    """Copies for certificates and behind a new recovery code, which is shown this once."""
    args = session.args
    if not args.certificate and not args.code:
        raise UsageError("desk vault escrow --certificate FILE | --code")
    store = Store(session.data)
    try:
        if store.vault.is_plain:
            raise VaultLocked("the folder is not encrypted", detail_vi="thư mục không mã hóa")
        master, key_id = store.vault.master, store.vault.marker.key_id
        copies = [escrow.copy_for_certificate(master, key_id, file) for file in args.certificate]
        code = escrow.new_code() if args.code else None
        if code:
            copies.append(escrow.copy_for_code(master, key_id, code))
        marker = vault.add_escrow(session.data, copies)
        with store.transaction() as change:
            for copy in copies:
                change.audit("vault.escrow", key_id, kind=copy["kind"], owner=copy.get("sha256"))
    finally:
        store.close()
    session.say(f"Đã thêm {len(copies)} bản ký gửi.", f"{len(copies)} escrow copies added.")
    if code:
        session.show(f"Mã khôi phục (chỉ hiện một lần, in ra và cất vào két):\n\n    {code}\n",
                     f"Recovery code (shown this once; print it, keep it in a safe):\n\n    {code}\n")  # noqa: E501  # fmt: skip
    return _shown(marker) | {"recovery_code": code}, 0


def _open(session: Session) -> tuple[dict[str, Any], int]:
    """Keep the key for this user again, from an escrow copy."""
    marker = _marker(session)
    if marker.mode == "plain":
        raise NotFound("a key: the folder is not encrypted", detail_vi="khóa: thư mục không mã hóa")
    if _state(marker) == "open":
        session.say("Người dùng này đã có khóa.", "This user has the key.")
    else:
        marker = vault.install(session.data, marker, unlocker(session, session.args.key)(marker))
        store = Store(session.data)
        try:
            with store.transaction() as change:
                change.audit("vault.open", marker.key_id, where=marker.where)
        finally:
            store.close()
        session.say("Đã lấy lại khóa; dữ liệu mở được.", "The key is back; the data open.")
    return _shown(marker) | {"key": "open"}, 0


def _passphrase(session: Session) -> tuple[dict[str, Any], int]:
    """Put the kept key behind a passphrase, change it, or take it away."""
    store = Store(session.data)
    try:
        new = b"" if session.args.remove else _new_passphrase(session)
        marker = vault.set_passphrase(session.data, new)
        with store.transaction() as change:
            change.audit("vault.passphrase", marker.key_id, set=marker.passphrase)
    finally:
        store.close()
    session.say(*(("Dữ liệu nay cần mật khẩu khi mở.", "The data now ask for the passphrase.")
                  if new else ("Đã bỏ mật khẩu.", "The passphrase is gone.")))  # fmt: skip
    return _shown(marker), 0


def _new_passphrase(session: Session) -> bytes:
    new = bytes(session.secret("Mật khẩu mới", "New passphrase"))
    if len(new.decode("utf-8", "replace")) < vault.SHORTEST_PASSPHRASE:
        least = vault.SHORTEST_PASSPHRASE
        raise UsageError(f"{least} characters or more", detail_vi=f"mật khẩu từ {least} ký tự")
    if not session.args.secret_stdin:
        again = bytes(session.secret("Nhập lại", "Once more"))
        if again != new:
            raise UsageError("the two are not the same", detail_vi="hai lần nhập khác nhau")
    return new


def _encrypt(session: Session) -> tuple[dict[str, Any], int]:
    """Encrypt a folder of an earlier version, or one that was plain by a setting."""
    from desk_app.pipeline import Progress
    from desk_app.store import conversion

    def tell(done: int, total: int) -> None:
        session.progress(Progress("encrypt", done, total))

    done = conversion.encrypt(session.data, tell)
    store = Store(session.data)
    try:
        with store.transaction() as change:
            change.audit("vault.encrypt", done.marker.key_id, files=done.files)
    finally:
        store.close()
    session.say(f"Đã mã hóa {done.files} tệp và cơ sở dữ liệu.",
                f"{done.files} files and the database are encrypted.")  # fmt: skip
    session.say(*NO_ESCROW)
    return _shown(done.marker) | {"files": done.files, "bytes": done.bytes}, 0
