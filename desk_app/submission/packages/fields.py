"""What is recorded of a dossier and of its documents (TT 05/2025/TT-BNV), as a table of data."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from desk_app.errors import UsageError, file_words
from desk_app.paths import RESOURCES

FOLDER = RESOURCES / "packages"
FILE = FOLDER / "fields.toml"
Level = Literal["dossier", "document", "picture", "media"]
Values = Mapping[str, str]
KINDS = ("text", "number", "date", "flag", "code", "codes")
REQUIRED = ("", "always", "digitized", "risk")
DIGITIZED = ("02", "03")
"""Values of confidenceLevel that mean that something was on paper."""
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?", re.ASCII)
_MONTH = re.compile(r"(?:(\d{1,2})[/.-])?(\d{4})", re.ASCII)
_YES, _NO = {"1", "có", "co", "x", "yes", "true"}, {"0", "không", "khong", "no", "false"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One field: its name in the XML, its heading in the lists and what may stand in it."""

    name: str
    kind: str = "text"
    length: int = 2000
    """Characters at most."""
    required: str = ""
    """always, digitized (papers were scanned), risk (riskRecovery is 1), or empty."""
    column: str = ""
    also: tuple[str, ...] = ()
    """Other headings under which lists bring the same thing."""
    table: Mapping[str, str] | None = None
    """Codes and their words, of the kinds code and codes."""

    def is_needed(self, values: Values) -> bool:
        """Whether the field must be filled beside these other values."""
        return (
            self.required == "always"
            or (self.required == "digitized" and values.get("confidenceLevel") in DIGITIZED)
            or (self.required == "risk" and values.get("riskRecovery") == "1")
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that cannot stand in a package."""

    field: str
    vi: str
    en: str
    where: str = ""
    """Which document, or which row of a list; empty for the dossier."""


@dataclass(frozen=True, slots=True)
class FieldBook:
    """All fields, and which of them make up which description."""

    levels: Mapping[str, Mapping[str, Rule]]
    sets: Mapping[str, tuple[str, ...]]
    """Names in their order by `<level>_<SIP or AIP>`."""
    separator: str
    """Between several codes of one field."""

    def rules(self, level: Level, kind: str) -> Iterator[Rule]:
        """The fields of a description, in its order."""
        for name in self.sets[f"{level}_{kind}"]:
            yield self.levels[level][name]

    def problems(self, level: Level, kind: str, values: Values, where: str = "") -> list[Problem]:
        """What is missing, too long or of the wrong form in a description."""
        found = []
        for rule in self.rules(level, kind):
            text = values.get(rule.name, "")
            fault = self._fault(rule, text, values, kind)
            if fault:
                found.append(Problem(rule.name, *fault, where))
        return found

    def _fault(self, rule: Rule, text: str, values: Values, kind: str) -> tuple[str, str] | None:
        if not text:
            return ("chưa có", "is missing") if rule.is_needed(values) else None
        if len(text) > rule.length:
            return f"dài quá {rule.length} ký tự", f"longer than {rule.length} characters"
        partial = kind == "AIP" and rule.name in ("startDate", "endDate")
        if self.normal(rule, text, partial=partial) != text:
            return f"sai định dạng {text[:40]!r}", f"of the wrong form {text[:40]!r}"
        return None

    def normal(self, rule: Rule, text: str, *, partial: bool = True) -> str | None:
        """A value as it stands in a package, from what a person wrote; None for nonsense.

        Words become codes, 1/2/2024 becomes 01/02/2024, a number loses its leading zeros.

        Args:
            rule: The field.
            text: What was written.
            partial: Whether a date may be a month or a year.
        """
        text = unicodedata.normalize("NFC", text).strip()
        match rule.kind:
            case _ if not text:
                return ""
            case "number":
                return str(int(text)) if re.fullmatch(r"\d{1,15}", text, re.ASCII) else None
            case "date":
                return _day(text, partial)
            case "flag":
                return "1" if text.casefold() in _YES else "0" if text.casefold() in _NO else None
            case "code":
                return _code(rule, text)
            case "codes":
                codes = [_code(rule, part) for part in re.split(r"[,;+]", text)]
                return None if None in codes else self.separator.join(filter(None, codes))
        return " ".join(text.split()) if "\n" not in text else text

    def word(self, rule: Rule, value: str) -> str:
        """A value as people read it in a list."""
        if rule.table and rule.kind in ("code", "codes"):
            return ", ".join(rule.table.get(code, code) for code in value.split(self.separator))
        if rule.kind == "flag":
            return {"1": "Có", "0": "Không"}.get(value, value)
        return value


def plain(text: str) -> str:
    """Letters without marks, in lower case, words one space apart: how headings are compared.

    >>> plain(" Số,  ký hiệu HỒ SƠ ")
    'so ky hieu ho so'
    """
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    bare = "".join(c for c in letters if not unicodedata.combining(c)).casefold()
    return " ".join(re.sub(r"[^\w]+", " ", bare).split())


def _code(rule: Rule, text: str) -> str | None:
    table, text = rule.table or {}, text.strip()
    if text.isascii() and text.isdigit() and text.zfill(2) in table:
        return text.zfill(2)
    words = {plain(word): code for code, word in table.items()}
    return words.get(plain(text))


def _day(text: str, partial: bool) -> str | None:
    iso = _ISO.fullmatch(text)
    match = _DATE.fullmatch(text)
    if iso or match:
        parts = iso.groups()[::-1] if iso else match.groups()  # type: ignore[union-attr]
        day, month, year = map(int, parts)
        try:
            date(year, month, day)
        except ValueError:
            return None
        return f"{day:02}/{month:02}/{year:04}"
    found = _MONTH.fullmatch(text)
    if not found or not partial:
        return None
    if found[1] is None:
        return found[2]
    return f"{int(found[1]):02}/{found[2]}" if 1 <= int(found[1]) <= 12 else None


@lru_cache(maxsize=4)
def load(path: Path = FILE) -> FieldBook:
    """Read the table of fields.

    Raises:
        UsageError: The file is missing or wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        levels = {
            level: {name: _rule(name, entry, table["tables"]) for name, entry in rules.items()}
            for level, rules in table.items()
            if level in ("dossier", "document", "picture", "media")
        }
        sets = {name: tuple(names) for name, names in table["sets"].items()}
        unknown = [f"{n} {f}" for n, s in sets.items() for f in s
                   if f not in levels[n.partition("_")[0]]]  # fmt: skip
        if unknown:
            raise UsageError(f"{path.name}: {unknown[0]}")
        return FieldBook(levels, sets, str(table["separator"]))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as fault:
        en, vi = file_words(fault)
        raise UsageError(f"{path.name}: {en}", detail_vi=f"{path.name}: {vi}") from fault


def _rule(name: str, entry: Mapping[str, Any], tables: Mapping[str, Mapping[str, str]]) -> Rule:
    rule = Rule(
        name, entry.get("kind", "text"), int(entry["length"]), entry.get("required", ""),
        entry.get("column", ""), tuple(entry.get("also", ())), tables.get(name),
    )  # fmt: skip
    if rule.kind not in KINDS or rule.required not in REQUIRED:
        raise UsageError(f"fields.toml: {name}")
    if rule.kind in ("code", "codes") and rule.table is None:
        raise UsageError(f"fields.toml: [tables.{name}]")
    return rule
