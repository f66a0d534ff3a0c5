"""Tables of a TOML file, read strictly: every fault is one sentence that names the place.

A policy with a misspelt key would otherwise be a policy without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class TableFault(ValueError):
    """A table says something that it may not; two languages, one sentence each."""

    def __init__(self, en: str, vi: str) -> None:
        super().__init__(en)
        self.vi = vi


class Table:
    """A table whose entries are taken one by one; what is left over at the end is a fault."""

    def __init__(self, entries: Mapping[str, Any], where: str = "") -> None:
        self._entries = dict(entries)
        self._where = where

    def _name(self, key: str) -> str:
        return f"{self._where}.{key}" if self._where else key

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def raw(self, key: str) -> Any:  # noqa: ANN401 - whatever TOML holds
        """An entry for another reader."""
        return self._entries.pop(key)

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """An entry of a kind; without a default it must be there.

        Raises:
            TableFault: it is missing or of another kind.
        """
        name = self._name(key)
        if key not in self._entries:
            if default is not None:
                return default
            raise TableFault(f"{name} is missing", f"thiếu {name}")
        value = self._entries.pop(key)
        # TOML tells true from 1; Python's isinstance does not.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise TableFault(
                f"{name} = {value!r} is not {_KINDS.get(kind, kind.__name__)}",
                f"{name} = {value!r} không đúng kiểu ({kind.__name__})",
            )
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A text."""
        return self.take(key, str, default)

    def choice(self, key: str, among: Sequence[str], default: str | None = None) -> str:
        """One of a few words."""
        value = self.text(key, default)
        if value not in among:
            raise TableFault(
                f"{self._name(key)} = {value!r} is not one of {', '.join(among)}",
                f"{self._name(key)} = {value!r}, chỉ được {', '.join(among)}",
            )
        return value

    def whole(self, key: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number within bounds."""
        value = self.take(key, int, default)
        if not least <= value <= most:
            raise TableFault(
                f"{self._name(key)} = {value} is not within {least} and {most}",
                f"{self._name(key)} = {value}, phải từ {least} đến {most}",
            )
        return value

    def texts(self, key: str, among: Sequence[str] = ()) -> tuple[str, ...]:
        """A list of texts, empty when it is not there; of given words where some are given."""
        values = self.take(key, list, [])
        for value in values:
            if not isinstance(value, str) or (among and value not in among):
                raise TableFault(
                    f"{self._name(key)}: {value!r} is not known",
                    f"{self._name(key)}: {value!r} không hợp lệ",
                )
        return tuple(values)

    def table(self, key: str) -> Table:
        """A table within; empty when it is not there."""
        return Table(self.take(key, dict, {}), self._name(key))

    def tables(self, key: str) -> Iterator[Table]:
        """The tables of a list; none when it is not there."""
        for number, entry in enumerate(self.take(key, list, []), start=1):
            where = f"{self._name(key)}[{number}]"
            if not isinstance(entry, dict):
                raise TableFault(f"{where} is not a table", f"{where} không phải là bảng")
            yield Table(entry, where)

    def end(self) -> None:
        """Nothing may be left over.

        Raises:
            TableFault: an entry that nobody knows.
        """
        if self._entries:
            name = self._name(sorted(self._entries)[0])
            raise TableFault(f"{name} is not known", f"không có mục {name}")


_KINDS: Mapping[type, str] = {
    str: "a text", int: "a whole number", bool: "true or false", list: "a list", dict: "a table",
}  # fmt: skip
