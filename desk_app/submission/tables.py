"""Reading the tables of a profile: every mistake is told by its field."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from desk_app.errors import UsageError, file_words

MAX_BYTES = 64 * 1024
_KINDS = {str: ("a string", "chuỗi"), int: ("an integer", "số nguyên"),
          bool: ("true / false", "true / false"), dict: ("a table", "một bảng"),
          list: ("a list", "một danh sách")}  # fmt: skip
_OURS = re.compile(
    r"host|authorization|transfer-encoding|te|trailer|connection|keep-alive|expect|upgrade|range"
    r"|(content|proxy|upload|tus)-.*"
)
"""Headers that say how a message is carried: one of them from a profile would break the line."""
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_HERE = ("127.0.0.1", "localhost")
T = TypeVar("T")


class Table:
    """One table of a profile; fields that nobody asked for are mistakes."""

    def __init__(self, data: dict[str, Any], where: str) -> None:
        self.where = where
        self._data = data
        self._asked: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._data

    def get(self, name: str, kind: type[T], default: T | None = None) -> T:
        """A field of one kind; without a default it must be there."""
        self._asked.add(name)
        value = self._data.get(name, default)
        if value is None:
            raise UsageError(
                f"{self.where}: missing {name}", detail_vi=f"{self.where}: thiếu {name}"
            )
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            en, vi = _KINDS[kind]
            raise self.wrong(name, f"must be {en}", f"phải là {vi}")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        """A string that is not empty and fits in one line."""
        value = self.get(name, str, default)
        if (not value.strip() and value != default) or not value.isprintable():
            raise self.wrong(name, "is empty or holds odd characters", "trống hoặc có ký tự lạ")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings; empty where it is missing."""
        values: list[Any] = self.get(name, list, [])
        if not all(isinstance(value, str) and value.isprintable() for value in values):
            raise self.wrong(name, "must hold strings", "phải là các chuỗi")
        return tuple(values)

    def number(self, name: str, lowest: int, highest: int, default: int) -> int:
        """An integer in its range."""
        value = self.get(name, int, default)
        if not lowest <= value <= highest:
            raise self.wrong(name, f"{lowest}…{highest}")
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """One of some words."""
        value = self.get(name, str, default)
        if value not in choices:
            raise self.wrong(name, f"{value[:40]!r} ({' | '.join(choices)})")
        return value

    def url(self, name: str) -> str:
        """An address of a host, without a password in it.

        Files and tokens go in the clear over http: only to this computer, or where the profile says
        by `plain_http = true` that the network itself is closed.
        """
        may_be_plain = self.get("plain_http", bool, False)
        text = self.text(name)
        try:
            parts = urlsplit(text)
            host = (parts.hostname or "").encode("idna").decode()
            good = parts.scheme in ("http", "https") and bool(host) and parts.port != 0
        except (ValueError, UnicodeError):
            good = False
        if not good or " " in text or not text.isascii():
            raise self.wrong(
                name,
                f"{text[:80]!r} is not an address http(s)://…",
                f"{text[:80]!r} không phải địa chỉ http(s)://…",
            )
        if parts.scheme == "http" and not may_be_plain and host not in _HERE:
            raise self.wrong(name, "is not encrypted: use https", "không mã hóa: dùng https")
        if parts.username is not None or parts.fragment or parts.query:
            raise self.wrong(
                name, "holds a password or a query", "không được có mật khẩu hay tham số"
            )
        return text

    def header_name(self, name: str) -> str:
        """A key of this table that must do as the name of an HTTP header."""
        if not _TOKEN.fullmatch(name) or _OURS.fullmatch(name.lower()):
            raise UsageError(
                f"{self.where}: {name[:64]!r} is no header name",
                detail_vi=f"{self.where}: {name[:64]!r} không phải tên header",
            )
        return name

    def hours(self, name: str) -> tuple[int, int] | None:
        """A span of the day such as "19:00-06:00", in minutes since midnight."""
        text = self.get(name, str, "")
        if not text:
            return None
        match = _HOURS.fullmatch(text)
        if match is None:
            raise self.wrong(name, f"{text[:40]!r} (HH:MM-HH:MM)")
        h1, m1, h2, m2 = map(int, match.groups())
        return h1 * 60 + m1, h2 * 60 + m2

    def table(self, name: str) -> Table:
        """A table inside this one, which must be there."""
        return Table(self.get(name, dict), f"{self.where} [{name}]")

    def keys(self) -> list[str]:
        """All names, for tables whose names are free."""
        self._asked.update(self._data)
        return list(self._data)

    def done(self) -> None:
        """Refuse what nobody asked for."""
        if unknown := sorted(set(self._data) - self._asked):
            names = ", ".join(unknown)[:200]
            raise UsageError(
                f"{self.where}: unknown {names}", detail_vi=f"{self.where}: không hiểu {names}"
            )

    def wrong(self, name: str, en: str, vi: str = "") -> UsageError:
        """The error for a field; without words of its own the Vietnamese text says the same."""
        place = f"{self.where}: {name}"
        return UsageError(f"{place} {en}", detail_vi=f"{place} {vi or en}")


def read(path: Path) -> Table:
    """The top table of a TOML file.

    Raises:
        UsageError: it cannot be read, is too large, or is not TOML.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            most = f"{MAX_BYTES // 1024} KiB"
            raise UsageError(
                f"{path.name} is too large (> {most})",
                detail_vi=f"{path.name} quá lớn (> {most})",
            )
        return Table(tomllib.loads(data.decode()), path.name)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        en, vi = file_words(fault)
        raise UsageError(f"{path.name}: {en}", detail_vi=f"{path.name}: {vi}") from fault
