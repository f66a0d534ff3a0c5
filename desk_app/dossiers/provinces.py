"""Provinces, offices and how each province writes its codes: data with days, never constants.

An entry holds from `valid_from` through `valid_to`; its successor takes over the next day. Old
entries stay, since old dossiers name them: a code is looked up for the day of its dossier.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from desk_app import paths
from desk_app.dossiers.codes import org_levels
from desk_app.errors import NotFound, UsageError
from desk_app.recognition.doctypes import Table
from desk_app.records import Text

FOLDER = paths.RESOURCES / "provinces"
IMPORTED = Path("catalogue", "provinces")
"""Below the data folder: what was imported."""
LEVELS = ("ministry", "province", "department", "district", "commune")
PLACEHOLDERS = (
    "org", "province", "dossier", "procedure", "component", "type", "ordinal", "number", "year",
    "month", "day",
)  # fmt: skip
_COUNTED = ("ordinal", "number", "year", "month", "day")
_SHAPE = re.compile(r"0?\d")
"""What may stand behind a number: a width, as in {number:06}."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A province or an office under one name and code."""

    id: str
    code: str
    """Electronic identifier (QĐ 20/2020/QĐ-TTg) as published."""
    title: str
    level: str
    valid_from: date | None
    """First day; None where it was always so."""
    valid_to: date | None
    """Last day; None while it holds."""
    successor: str
    """Id of the entry that takes over the next day; empty where nothing changed."""
    parent: str
    confirmed: bool
    """Whether name and identifier were seen together in a published text."""

    def holds_on(self, day: date) -> bool:
        """Whether the entry holds on this day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Profile:
    """How the offices of a province write their codes."""

    id: str
    title: str
    title_en: str
    provinces: tuple[str, ...]
    """Ids of the provinces that it is for."""
    zero_groups: bool
    """Dossier codes begin with groups of zeros (000.17.22.H56) instead of level 1 (H56.22.17)."""
    digits: int
    """Width of the running number in dossier codes."""
    pattern: str
    """Layout of the code that each digitized paper gets (TT 01/2023/TT-VPCP, art. 7, step 3)."""
    pattern_confirmed: bool
    confirmed: bool


@dataclass(frozen=True)
class Register:
    """All provinces, offices and profiles."""

    provinces: Mapping[str, Unit] = field(default_factory=dict)
    offices: Mapping[str, Unit] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)

    def province(self, code: str, day: date) -> Unit | None:
        """The province that an office id belongs to on a day; None where it is not known."""
        top = org_levels(code)[0]
        return next(
            (each for each in self.provinces.values() if each.code == top and each.holds_on(day)),
            None,
        )

    def office(self, code: str, day: date) -> Unit | None:
        """The office with this id on a day, in either way of writing it."""
        wanted = org_levels(code)
        return next(
            (
                each
                for each in self.offices.values()
                if org_levels(each.code) == wanted and each.holds_on(day)
            ),
            None,
        )

    def today_of(self, unit: Unit, day: date) -> Unit:
        """Who holds a unit's tasks on a day: itself or the last of its successors by then."""
        known = {**self.provinces, **self.offices}
        while not unit.holds_on(day) and unit.successor and _is_past(unit, day):
            unit = known[unit.successor]
        return unit

    def profile(self, name: str) -> Profile:
        """The profile with this id.

        Raises:
            NotFound: there is none.
        """
        if name not in self.profiles:
            known = f"{name} ({', '.join(self.profiles)})"
            raise NotFound(f"province profile {known}", detail_vi=f"hồ sơ tỉnh {known}")
        return self.profiles[name]

    def profile_for(self, org: str, day: date) -> Profile:
        """The profile of an office's province on a day, or the general one."""
        province = self.province(org, day)
        for each in self.profiles.values():
            if province is not None and province.id in each.provinces:
                return each
        return self.profile("default")

    def unconfirmed(self) -> list[str]:
        """Ids of what was not seen in a published text."""
        units = (*self.provinces.values(), *self.offices.values())
        return [
            *(unit.id for unit in units if not unit.confirmed),
            *(profile.id for profile in self.profiles.values() if not profile.confirmed),
        ]


def _is_past(unit: Unit, day: date) -> bool:
    return unit.valid_to is not None and unit.valid_to < day


# --- reading ----------------------------------------------------------------------------------


def at(data: Path) -> Register:
    """The register that came with the program, with what was imported into a data folder."""
    return load(FOLDER, data / IMPORTED)


def load(folder: Path, *more: Path) -> Register:
    """Read every file of a folder, and of others whose entries replace those of the same id.

    Raises:
        UsageError: a file is wrong; the text names file, line and fault.
    """
    files = [file for each in (folder, *more) for file in sorted(each.glob("*.toml"))]
    return _load(tuple((file, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=8)
def _load(files: tuple[tuple[Path, int], ...]) -> Register:
    provinces: dict[str, Unit] = {}
    offices: dict[str, Unit] = {}
    profiles: dict[str, Profile] = {}
    for path, _ in files:
        table = Table.read(path)
        _unique(
            table, path, provinces, "province", [_province(e) for e in table.entries("province")]
        )
        _unique(table, path, offices, "office", [_office(e) for e in table.entries("office")])
        if "id" in table.data:
            profile = _profile(table)
            profiles[profile.id] = profile
        elif set(table.data) - {"province", "office"}:
            table.fail(
                "a file without 'id' holds [[province]] and [[office]] alone",
                "tệp không có 'id' chỉ được chứa [[province]] và [[office]]",
            )
    register = Register(provinces, offices, profiles)
    if provinces or offices or profiles:
        _check(register)
    return register


def _unique(
    table: Table, path: Path, known: dict[str, Unit], kind: str, found: Iterable[Unit]
) -> None:
    """Twice in one file is a slip; a later file replaces what an earlier one says."""
    here: set[str] = set()
    for unit in found:
        if unit.id in here:
            table.fail(f"{kind} id {unit.id!r} occurs twice", f"{kind} id {unit.id!r} có hai lần")
        here.add(unit.id)
        known[unit.id] = unit


def _province(entry: Table) -> Unit:
    entry.only("id code title valid_from valid_to successor confirmed note")
    return _unit(entry, "province")


def _office(entry: Table) -> Unit:
    entry.only("id code title level parent valid_from valid_to successor confirmed note")
    level = entry.text("level")
    if level not in LEVELS:
        known = ", ".join(LEVELS)
        entry.fail(f"level {level!r} is not one of {known}", f"level {level!r} không thuộc {known}")
    return _unit(entry, level)


def _unit(entry: Table, level: str) -> Unit:
    code = entry.text("code")
    try:
        org_levels(code)
    except UsageError:
        entry.fail(
            f"code {code!r} is not an office id such as H56.17",
            f"code {code!r} không phải mã định danh cơ quan như H56.17",
        )
    first, last = _day(entry, "valid_from"), _day(entry, "valid_to")
    if first and last and last < first:
        entry.fail(
            f"valid_to {last} lies before valid_from {first}",
            f"valid_to {last} đứng trước valid_from {first}",
        )
    successor = entry.optional("successor", str, "")
    if successor and last is None:
        entry.fail(
            "a successor takes over after a last day: 'valid_to' is missing",
            "đơn vị kế tiếp nhận việc sau ngày cuối: thiếu 'valid_to'",
        )
    return Unit(
        entry.word("id"), code, entry.text("title"), level, first, last, successor,
        entry.optional("parent", str, ""), entry.optional("confirmed", bool, False),
    )  # fmt: skip


def _day(entry: Table, key: str) -> date | None:
    value = entry.data.get(key)
    if value is not None and type(value) is not date:
        entry.fail(
            f"{key!r} must be a day such as 2025-07-01, not {value!r}",
            f"{key!r} phải là một ngày như 2025-07-01, không phải {value!r}",
        )
    return value


def _profile(table: Table) -> Profile:
    table.only(
        "id title title_en provinces confirmed dossier_code digitization_code office province note"
    )
    dossier, digitization = table.sub("dossier_code"), table.sub("digitization_code")
    dossier.only("zero_groups digits")
    digitization.only("pattern confirmed")
    digits = dossier.optional("digits", int, 4)
    if not 4 <= digits <= 6:
        table.fail(
            f"[dossier_code] digits lies between 4 and 6, not {digits}",
            f"[dossier_code] digits phải từ 4 đến 6, không phải {digits}",
        )
    pattern = digitization.text("pattern")
    if fault := pattern_fault(pattern):
        where = "[digitization_code] pattern"
        table.fail(f"{where}: {fault.en}", f"{where}: {fault.vi}")
    return Profile(
        table.word("id"), table.text("title"), table.text("title_en"), table.strings("provinces"),
        dossier.optional("zero_groups", bool, False), digits, pattern,
        digitization.optional("confirmed", bool, False), table.optional("confirmed", bool, False),
    )  # fmt: skip


def pattern_fault(pattern: str) -> Text | None:
    """What is wrong with the layout of a digitization code; None where nothing is."""
    try:
        parts = [(name, spec) for _, name, spec, _ in string.Formatter().parse(pattern) if name]
    except ValueError as fault:
        return Text("ngoặc nhọn không khớp hoặc sai chỗ", str(fault))
    names = {name for name, _ in parts}
    if unknown := sorted(names - set(PLACEHOLDERS)):
        name, known = f"{{{unknown[0]}}}", ", ".join(PLACEHOLDERS)
        return Text(f"{name} không thuộc {known}", f"{name} is not one of {known}")
    if any(spec and not (name in _COUNTED and _SHAPE.fullmatch(spec)) for name, spec in parts):
        return Text(
            "số chỉ nhận độ rộng, như {number:06}; chữ không nhận gì",
            "a number takes a width alone, such as {number:06}, and a text nothing",
        )
    if "number" not in names and not {"dossier", "ordinal"} <= names:
        return Text(
            "hai giấy tờ sẽ trùng mã: dùng {number}, hoặc {dossier} và {ordinal}",
            "two papers would get the same code: use {number}, or {dossier} and {ordinal}",
        )
    return None


def _check(register: Register) -> None:
    """What one entry alone does not show: names that nobody bears, circles, one code twice."""
    if "default" not in register.profiles:
        raise UsageError(
            "resources/provinces: the profile 'default' is missing",
            detail_vi="resources/provinces: thiếu hồ sơ tỉnh 'default'",
        )
    for profile in register.profiles.values():
        for name in profile.provinces:
            _known(name, register.provinces, f"profile {profile.id}: province")
    for office in register.offices.values():
        if office.parent:
            _known(office.parent, register.offices, f"office {office.id}: parent")
    for units in (register.provinces, register.offices):
        for unit in units.values():
            _check_successor(unit, units)
        _check_codes(units.values())


U = TypeVar("U")


def _known(name: str, known: Mapping[str, U], where: str) -> U:
    if name not in known:
        raise UsageError(
            f"{where} {name!r} is not known", detail_vi=f"{where} {name!r} chưa được khai báo"
        )
    return known[name]


def _check_successor(unit: Unit, units: Mapping[str, Unit]) -> None:
    passed: set[str] = set()
    while unit.successor:
        if unit.id in passed:
            raise UsageError(
                f"{unit.id}: its successors lead back to it",
                detail_vi=f"{unit.id}: các đơn vị kế tiếp dẫn ngược về chính nó",
            )
        passed.add(unit.id)
        after = _known(unit.successor, units, f"{unit.id}: successor")
        if after.valid_to and unit.valid_to and after.valid_to <= unit.valid_to:
            raise UsageError(
                f"{unit.id}: its successor {after.id} ends with it or before",
                detail_vi=f"{unit.id}: đơn vị kế tiếp {after.id} kết thúc cùng lúc hoặc sớm hơn",
            )
        unit = after


def _check_codes(units: Iterable[Unit]) -> None:
    """No code names two units on one day."""
    by_code: dict[tuple[str, ...], list[Unit]] = {}
    for unit in units:
        others = by_code.setdefault(org_levels(unit.code), [])
        for other in others:
            if _overlap(unit, other):
                raise UsageError(
                    f"{unit.id} and {other.id} bear the code {unit.code} on one day",
                    detail_vi=f"{unit.id} và {other.id} mang cùng mã {unit.code} trong một ngày",
                )
        others.append(unit)


def _overlap(one: Unit, other: Unit) -> bool:
    first = max(one.valid_from or date.min, other.valid_from or date.min)
    last = min(one.valid_to or date.max, other.valid_to or date.max)
    return first <= last
