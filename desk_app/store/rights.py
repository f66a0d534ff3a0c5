"""Roles and what they may do, as read from resources/rights.toml."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from types import MappingProxyType

from desk_app import paths
from desk_app.records import Text

FILE = paths.RESOURCES / "rights.toml"
ADMINISTRATOR = "administrator"
UNLISTED = ("settings",)
"""What a command needs that the table does not name: it is for the administrator."""


@dataclass(frozen=True, slots=True)
class Role:
    """What people of one kind are called, and what they may do."""

    id: str
    title: Text
    may: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rights:
    """The whole table."""

    roles: MappingProxyType[str, Role]
    actions: MappingProxyType[str, Text]
    """What each action is called."""
    commands: MappingProxyType[str, tuple[str, ...]]

    def allows(self, role: str, action: str) -> bool:
        """Whether a role may do something; an action that nobody knows is allowed to nobody."""
        known = self.roles.get(role)
        return known is not None and action in known.may

    def who_may(self, action: str) -> Text:
        """The roles that may do something, in words."""
        found = [role.title for role in self.roles.values() if action in role.may]
        return Text(", ".join(each.vi for each in found), ", ".join(each.en for each in found))

    def of_command(self, command: str, action: str = "") -> tuple[str, ...]:
        """What a command of the command line needs."""
        for name in (f"{command} {action}", command):
            if name in self.commands:
                return self.commands[name]
        return UNLISTED


@functools.cache
def table() -> Rights:
    """The table of this program."""
    read = tomllib.loads(FILE.read_text(encoding="utf-8"))
    roles = {
        name: Role(name, Text(part["vi"], part["en"]), frozenset(part["may"]))
        for name, part in read["roles"].items()
    }
    actions = {name: Text(*words) for name, words in read["actions"].items()}
    commands = {name: tuple(needs) for name, needs in read["commands"].items()}
    return Rights(MappingProxyType(roles), MappingProxyType(actions), MappingProxyType(commands))
