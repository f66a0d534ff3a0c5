"""`desk people`, and the door that every command goes through: who are you, and may you do that."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from desk_app.errors import UsageError
from desk_app.store import acting, people, pins, rights
from desk_app.store.database import FILE_NAME, Store
from desk_app.store.people import LoginNeeded, Person

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from desk_app.cli import Handler, Session

ACTIONS = ("list", "add", "role", "pin", "unlock", "disable", "enable")


def add_commands(add: Callable[[str, Handler, str], argparse.ArgumentParser]) -> None:
    """Register this group."""
    command = add("people", people_command, "người dùng của máy trạm / the people of this station")
    command.add_argument("action", choices=ACTIONS)
    command.add_argument("name", nargs="?", metavar="NAME")
    command.add_argument("--role", choices=tuple(rights.table().roles), metavar="ROLE",
                         help=" | ".join(rights.table().roles))  # fmt: skip


# --- the door ---------------------------------------------------------------------------------


@contextmanager
def admitted(session: Session) -> Iterator[None]:
    """Log in where the station has people and the command asks for rights; then act for them.

    Raises:
        LoginNeeded: The command needs a person, and --as was not given.
        LoginRefused: Name and PIN do not fit.
        NotPermitted: The person's role does not include what the command does.
    """
    needs = _needs(session)
    name = session.args.login or ""
    person = _person(session, name, needs) if needs or name else None
    with acting.acting_for(person.id if person else ""):
        yield


def _needs(session: Session) -> tuple[str, ...]:
    action = getattr(session.args, "action", None)
    return rights.table().of_command(session.args.command, action or "")


def _person(session: Session, name: str, needs: tuple[str, ...]) -> Person | None:
    if not (session.data / FILE_NAME).exists():  # nobody can be known here, and nothing is made
        _refuse_name(name)
        return None
    store = Store(session.data)
    try:
        if not people.exist(store):
            _refuse_name(name)
            return None
        if not name:
            raise LoginNeeded()
        person = people.log_in(store, name, session.secret(f"Mã PIN của {name}", f"PIN of {name}"))
        with acting.acting_for(person.id):
            people.require(store, *needs)
        return person
    finally:
        store.close()


def _refuse_name(name: str) -> None:
    if name:
        raise UsageError(
            "--as: this station has no people", detail_vi="--as: máy trạm chưa có người dùng"
        )


# --- desk people ------------------------------------------------------------------------------


def people_command(session: Session) -> tuple[dict[str, Any], int]:
    """List people, or change one of them."""
    args = session.args
    if (args.action == "list") is bool(args.name) or (args.action in ("add", "role")) is not bool(
        args.role
    ):
        raise UsageError("desk people list | add NAME --role ROLE | role NAME --role ROLE | "
                         "pin NAME | unlock NAME | disable NAME | enable NAME")  # fmt: skip
    store = Store(session.data)
    try:
        if args.action != "list":
            _change(session, store)
        found = [each for each in people.everybody(store) if _may_see(store, each)]
    finally:
        store.close()
    for each in found:
        role = rights.table().roles[each.role].title
        off_vi, off_en = ("  (đã khóa)", "  (disabled)") if each.is_disabled else ("", "")
        session.say(f"{each.id}  {each.name}: {role.vi}{off_vi}",
                    f"{each.id}  {each.name}: {role.en}{off_en}")  # fmt: skip
    if not found:
        session.say("Máy trạm một người: không cần đăng nhập.",
                    "A one-person station: nobody has to log in.")  # fmt: skip
    return {"people": [_shown(each) for each in found], "roles": _roles()}, 0


def _may_see(store: Store, person: Person) -> bool:
    asking = people.by_id(store, store.actor)
    return asking is None or asking.may("people") or asking.id == person.id


def _change(session: Session, store: Store) -> None:
    args = session.args
    if args.action == "add":
        people.add(store, args.name, args.role, _new_pin(session, args.name))
        return
    person = _wanted(store, args.name)
    if args.action == "role":
        people.set_role(store, person.id, args.role)
    elif args.action == "pin":
        people.set_pin(store, person.id, _new_pin(session, person.name))
    elif args.action == "unlock":
        people.unlock(store, person.id)
    else:
        people.set_disabled(store, person.id, args.action == "disable")


def _wanted(store: Store, name: str) -> Person:
    """Everybody may change their own PIN; who else there is, only an administrator hears."""
    own = people.by_id(store, store.actor)
    if own is not None and people.is_called(own, name):
        return own
    people.require(store, "people")
    return people.find(store, name)


def _new_pin(session: Session, name: str) -> bytearray:
    """A PIN for somebody, typed twice at a prompt."""
    first = session.secret(f"Mã PIN mới của {name}", f"New PIN of {name}")
    if session.args.secret_stdin or not sys.stdin.isatty():
        return first
    again = session.secret("Nhập lại", "Once more")
    same = first == again
    pins.wipe(again)
    if not same:
        pins.wipe(first)
        raise UsageError("the two are not the same", detail_vi="hai lần nhập khác nhau")
    return first


def _shown(person: Person) -> dict[str, Any]:
    return asdict(person) | {"last_login": person.last_login or None}


def _roles() -> list[dict[str, Any]]:
    table = rights.table()
    return [
        {"id": role.id, "vi": role.title.vi, "en": role.title.en,
         "may": [action for action in table.actions if action in role.may]}
        for role in table.roles.values()
    ]  # fmt: skip
