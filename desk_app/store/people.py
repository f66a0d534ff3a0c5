"""The people of a station: who there is, in which role, their PIN, and what they may do.

A station where nobody was entered is a one-person station: everything is allowed, the records name
`desk`. With the first person, an administrator, everybody has to say who they are. People are never
deleted, only disabled: the audit chain holds ids, and each stays the id of one person for ever.

A try at a PIN is written down before the PIN is looked at, so that many programs trying at once
gain nothing, and tries at a name that is not there are counted just the same.
"""

from __future__ import annotations

import getpass
import hashlib
import hmac
import math
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from desk_app.errors import DeskError, NotAllowed, NotFound, UsageError
from desk_app.store import pins, rights
from desk_app.store.database import Change, Store
from desk_app.store.rights import ADMINISTRATOR

if TYPE_CHECKING:
    from desk_app.store.sql import sqlite3

LONGEST_NAME = 80
MOST_STRANGERS = 500
"""Names that are nobody's and whose tries are counted; the oldest go."""


class LoginNeeded(DeskError):
    """The station has people, and nobody said who they are."""

    code = "LOGIN_NEEDED"
    vi_text = "Máy trạm này có nhiều người dùng: cần đăng nhập."
    en_text = "This station has people: a login is needed."
    next_vi_text = "Thêm --as TÊN rồi nhập mã PIN khi được hỏi (hoặc --passphrase-stdin)."
    next_en_text = "Add --as NAME and type the PIN when asked (or --passphrase-stdin)."


class LoginRefused(DeskError):
    """Name and PIN do not belong together; which of them is wrong is not told."""

    code = "LOGIN_REFUSED"
    vi_text = "Tên hoặc mã PIN chưa đúng."
    en_text = "The name or the PIN is wrong."
    next_vi_text = "Nhập lại; quên PIN thì nhờ quản trị đặt lại. Công việc đang mở vẫn còn nguyên."
    next_en_text = "Type them again; an administrator can set a new PIN. Open work is untouched."


class LoginTooSoon(DeskError):
    """Wrong PINs before: the next try has to wait."""

    code = "LOGIN_WAIT"
    vi_text = "Đã nhập sai nhiều lần: còn phải đợi {seconds} giây."
    en_text = "Wrong PINs were entered: {seconds} more seconds to wait."
    next_vi_text = "Đợi rồi thử lại, hoặc nhờ quản trị mở khóa. Công việc đang mở vẫn còn nguyên."
    next_en_text = "Wait and try again, or ask an administrator. Open work is untouched."


class NotPermitted(DeskError):
    """The person's role does not include it."""

    code = "NOT_PERMITTED"
    vi_text = "{name} không có quyền {action_vi}."
    en_text = "{name} may not {action_en}."
    next_vi_text = "Người có quyền: {roles_vi}. Nhờ họ làm, hoặc nhờ quản trị đổi vai trò."
    next_en_text = "Who may: {roles_en}. Ask one of them, or an administrator to change the role."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works at this station."""

    id: str
    """What the audit chain says; never a name."""
    name: str
    role: str
    created_at: str
    is_disabled: bool = False
    failures: int = 0
    """Wrong PINs since the last right one."""
    last_login: str = ""
    """ISO 8601 with offset; empty before the first."""

    def may(self, action: str) -> bool:
        """Whether this person may do something."""
        return not self.is_disabled and rights.table().allows(self.role, action)


# --- who there is -----------------------------------------------------------------------------


def exist(store: Store) -> bool:
    """Whether this is a station with people; one that was disabled counts as well."""
    return store.row("SELECT 1 FROM person LIMIT 1") is not None


def everybody(store: Store, *, disabled: bool = True) -> list[Person]:
    """The people in the order in which they were entered."""
    where = "" if disabled else "WHERE disabled_at IS NULL"
    return [_person(row) for row in store.rows(f"SELECT * FROM person {where} ORDER BY rowid")]


def find(store: Store, name_or_id: str) -> Person:
    """The person of this name or id.

    Raises:
        NotFound: There is none.
    """
    found = _row_of(store.conn, name_or_id)
    if found is None:
        raise _nobody(repr(name_or_id[:LONGEST_NAME]))
    return _person(found)


def by_id(store: Store, person_id: str) -> Person | None:
    """The person with this id."""
    row = store.row("SELECT * FROM person WHERE id = ?", person_id)
    return _person(row) if row is not None else None


def is_called(person: Person, name_or_id: str) -> bool:
    """Whether a name, however it was typed, or an id is this person's."""
    return name_or_id == person.id or _folded(name_or_id) == _folded(person.name)


def acting_name(store: Store) -> str:
    """The name of whoever acts: a person's, else the operating system's user."""
    person = by_id(store, store.actor)
    return person.name if person else getpass.getuser()


def names(store: Store) -> dict[str, str]:
    """Everybody's name by id, for what is shown of the audit chain."""
    return {row["id"]: row["name"] for row in store.rows("SELECT id, name FROM person")}


def _row_of(conn: sqlite3.Connection, name_or_id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = conn.execute(
        "SELECT * FROM person WHERE folded = ? OR id = ?", (_folded(name_or_id), name_or_id)
    ).fetchone()
    return row


def _nobody(name_or_id: str) -> NotFound:
    return NotFound(f"person {name_or_id}", detail_vi=f"người dùng {name_or_id}")


def _person(row: sqlite3.Row) -> Person:
    return Person(
        row["id"], row["name"], row["role"], row["created_at"], row["disabled_at"] is not None,
        row["failures"], row["last_login"] or "",
    )  # fmt: skip


def _folded(name: str) -> str:
    """One spelling for a name however it was typed; marks count, they tell Lan from Lân."""
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


# --- changing them ----------------------------------------------------------------------------


def add(store: Store, name: str, role: str, pin: bytearray) -> Person:
    """Enter a person; the first one is an administrator.

    Raises:
        UsageError: No name, no such role, a weak PIN, or a first person of another role.
        NotAllowed: The name is taken.
    """
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        size = f"1–{LONGEST_NAME}"
        raise UsageError(f"the name: {size} characters", detail_vi=f"tên: {size} ký tự")
    _check_role(role)
    pins.check(pin)
    kept = pins.hashed(pin)
    with store.transaction() as change:
        count = change.conn.execute("SELECT count(*) FROM person").fetchone()[0]
        if not count and role != ADMINISTRATOR:
            raise UsageError(
                f"the first person is an administrator: --role {ADMINISTRATOR}",
                detail_vi=f"người đầu tiên phải là quản trị: --role {ADMINISTRATOR}",
            )
        if _row_of(change.conn, name) is not None:
            raise NotAllowed(f"the name {name} is taken", detail_vi=f"đã có người tên {name}")
        identity = f"p{count + 1:03}"
        change.conn.execute(
            "INSERT INTO person(id, name, folded, role, pin, created_at) VALUES(?,?,?,?,?,?)",
            (identity, name, _folded(name), role, kept, change.now),
        )
        change.audit("person.add", identity, role=role)
    return find(store, identity)


def set_role(store: Store, person_id: str, role: str) -> None:
    """Give a person another role; the last administrator keeps theirs.

    Raises:
        NotAllowed: Nobody would be left to run the station.
    """
    _check_role(role)
    with store.transaction() as change:
        before = _standing(change, person_id)
        if before.role == role:
            return
        change.conn.execute("UPDATE person SET role = ? WHERE id = ?", (role, person_id))
        _require_administrator(change)
        change.audit("person.role", person_id, before=before.role, after=role)


def set_disabled(store: Store, person_id: str, disabled: bool) -> None:
    """Let a person in no more, or again; their records stay theirs.

    Raises:
        NotAllowed: Nobody would be left to run the station.
    """
    with store.transaction() as change:
        if _standing(change, person_id).is_disabled is disabled:
            return
        since = change.now if disabled else None
        change.conn.execute("UPDATE person SET disabled_at = ? WHERE id = ?", (since, person_id))
        _require_administrator(change)
        change.audit("person.disable" if disabled else "person.enable", person_id)


def set_pin(store: Store, person_id: str, pin: bytearray) -> None:
    """A new PIN; what was tried before is forgotten.

    Raises:
        UsageError: The PIN is weak.
    """
    pins.check(pin)
    kept = pins.hashed(pin)
    with store.transaction() as change:
        _standing(change, person_id)
        change.conn.execute(
            "UPDATE person SET pin = ?, failures = 0, locked_until = NULL WHERE id = ?",
            (kept, person_id),
        )
        change.audit("person.pin", person_id)


def unlock(store: Store, person_id: str) -> None:
    """End the wait after wrong PINs; the PIN stays."""
    with store.transaction() as change:
        _standing(change, person_id)
        _forget_failures(change, person_id)
        change.audit("person.unlock", person_id)


def _check_role(role: str) -> None:
    known = rights.table().roles
    if role not in known:
        raise UsageError(f"--role {' | '.join(known)}")


def _standing(change: Change, person_id: str) -> Person:
    row = change.conn.execute("SELECT * FROM person WHERE id = ?", (person_id,)).fetchone()
    if row is None:
        raise _nobody(person_id)
    return _person(row)


def _require_administrator(change: Change) -> None:
    left = change.conn.execute(
        "SELECT 1 FROM person WHERE role = ? AND disabled_at IS NULL", (ADMINISTRATOR,)
    ).fetchone()
    if left is None:
        raise NotAllowed(
            "this is the last administrator; add another one first",
            detail_vi="đây là quản trị cuối cùng; thêm quản trị khác trước",
        )


# --- login ------------------------------------------------------------------------------------


def log_in(store: Store, name: str, pin: bytearray) -> Person:
    """Let somebody in; the PIN is overwritten.

    Raises:
        LoginTooSoon: The wait after wrong PINs is not over; the PIN was not looked at.
        LoginRefused: No such person, a wrong PIN, or a person who was disabled.
    """
    try:
        known = _charge(store, name)
        kept = known["pin"] if known is not None else pins.NOBODY
        if not pins.fits(pin, kept) or known is None or known["disabled_at"] is not None:
            raise LoginRefused()
    finally:
        pins.wipe(pin)
    with store.transaction() as change:
        _forget_failures(change, known["id"])
        change.conn.execute(
            "UPDATE person SET last_login = ? WHERE id = ?", (change.now, known["id"])
        )
        change.audit_by(known["id"], "person.login", known["id"])
    return find(store, known["id"])


def _charge(store: Store, name: str) -> sqlite3.Row | None:
    """Count a try as a wrong one, which a right PIN then takes back; the person, if there is one.

    Raises:
        LoginTooSoon: The wait is not over.
    """
    with store.transaction() as change:
        known = _row_of(change.conn, name)
        told = known if known is not None else _stranger(change, name)
        failures, until = (told["failures"], told["locked_until"]) if told else (0, None)
        now = datetime.fromisoformat(change.now)
        if until is not None:
            # A clock that was set back must not lock anybody out for longer than was meant.
            left = min((datetime.fromisoformat(until) - now).total_seconds(), pins.wait_s(failures))
            if left > 0:
                raise LoginTooSoon(seconds=math.ceil(left))
        failures += 1
        until = (now + timedelta(seconds=pins.wait_s(failures))).isoformat()
        if known is not None:
            change.conn.execute(
                "UPDATE person SET failures = ?, locked_until = ? WHERE id = ?",
                (failures, until, known["id"]),
            )
        else:
            _count_stranger(change, name, failures, until)
        change.audit("person.try", known["id"] if known is not None else "-", failures=failures)
    return known


def _stranger(change: Change, name: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = change.conn.execute(
        "SELECT * FROM login_stranger WHERE name_hash = ?", (_secret_name(change, name),)
    ).fetchone()
    return row


def _count_stranger(change: Change, name: str, failures: int, until: str) -> None:
    change.conn.execute(
        "INSERT INTO login_stranger VALUES(?,?,?,?) ON CONFLICT(name_hash) DO UPDATE SET "
        "failures = excluded.failures, locked_until = excluded.locked_until, at = excluded.at",
        (_secret_name(change, name), failures, until, change.now),
    )
    change.conn.execute(
        "DELETE FROM login_stranger WHERE name_hash NOT IN "
        "(SELECT name_hash FROM login_stranger ORDER BY at DESC LIMIT ?)",
        (MOST_STRANGERS,),
    )


def _secret_name(change: Change, name: str) -> str:
    """What was typed for a name may be a PIN by mistake: it is not kept in clear."""
    return hmac.new(station_secret(change), _folded(name).encode(), hashlib.sha256).hexdigest()


def station_secret(change: Change) -> bytes:
    """The key of this station's keyed hashes; made at the first use, kept in the database."""
    change.conn.execute(
        "INSERT INTO station_secret VALUES('hash', ?) ON CONFLICT DO NOTHING",
        (secrets.token_bytes(32),),
    )
    row = change.conn.execute("SELECT value FROM station_secret WHERE name = 'hash'").fetchone()
    return bytes(row[0])


def _forget_failures(change: Change, person_id: str) -> None:
    change.conn.execute(
        "UPDATE person SET failures = 0, locked_until = NULL WHERE id = ?", (person_id,)
    )


# --- what they may do -------------------------------------------------------------------------


def require(store: Store, *actions: str) -> None:
    """Let only pass who may do all of these; on a station without people everybody may.

    Whoever is asked for is the store's actor at this moment.

    Raises:
        LoginNeeded: The station has people, and the actor is none of them.
        NotPermitted: The person's role does not include one of the actions.
    """
    person = by_id(store, store.actor)
    if person is None or person.is_disabled:
        if exist(store):
            raise LoginNeeded()
        return
    for action in actions:
        if not person.may(action):
            raise refusal(person, action)


def refusal(person: Person, action: str) -> NotPermitted:
    """Why a person may not do something, and who may."""
    table = rights.table()
    word, roles = table.actions[action], table.who_may(action)
    return NotPermitted(
        name=person.name, action_vi=word.vi, action_en=word.en, roles_vi=roles.vi,
        roles_en=roles.en,
    )  # fmt: skip
