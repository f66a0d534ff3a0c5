"""Where one dossier ends and the next begins in a pile of sheets, by rules with a name.

A code belongs to the sheets from the one that carries it to the next start, and to nothing else: a
start without a readable code gives a group without one, never the code of the group before. What
is in no group of its own, or in one without a code, stays in the batch's tray for someone to
decide; nothing is dropped but printed separator sheets, and those are kept aside.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal

from desk_app import paths
from desk_app.errors import UsageError
from desk_app.records import Text

RULES_FILE = paths.RESOURCES / "separation.toml"
MARK = "DESK1"
"""First part of every separator's code, so that no other code is taken for one."""
Kind = Literal["dossier", "batch", "paper"]
_LETTERS: dict[str, Kind] = {"H": "dossier", "L": "batch", "G": "paper"}
START, PAPER = "starts", "first"
"""Decisions by hand: the code of the dossier that begins at a page; a new paper begins."""


@dataclass(frozen=True, slots=True)
class Separator:
    """What a printed separator sheet says."""

    kind: Kind
    """dossier and batch carry a code; paper only says that a new paper begins."""
    code: str = ""

    @property
    def payload(self) -> str:
        """The text of its QR code."""
        letter = next(key for key, kind in _LETTERS.items() if kind == self.kind)
        return f"{MARK}|{letter}|{self.code}"


def parse_separator(text: str) -> Separator | None:
    """Read the text of a code; None where it is no separator of ours.

    >>> parse_separator("DESK1|H|H49.64-261122-0001").code
    'H49.64-261122-0001'
    """
    parts = text.strip().split("|")
    if len(parts) != 3 or parts[0] != MARK or parts[1] not in _LETTERS:
        return None
    kind, code = _LETTERS[parts[1]], parts[2].strip()
    if bool(code) == (kind == "paper"):
        return None
    return Separator(kind, code)


@dataclass(frozen=True, slots=True)
class Rules:
    """How a pile is divided; several ways may hold together."""

    name: str = "separator"
    separators: bool = True
    """Printed separator sheets are obeyed and set aside."""
    first_page_code: str = ""
    """Pattern of a code on a page that stays; its first group, or the whole, is the dossier's."""
    sheets_each: int = 0
    """A new dossier after this many sheets; 0 for no such count."""


def load(name: str, path: Path = RULES_FILE) -> Rules:
    """A named rule, or one given as `sheets:N` or `code:PATTERN`.

    Raises:
        UsageError: There is no such rule, or it is wrong.
    """
    word, colon, value = name.partition(":")
    if (
        colon
        and word == "sheets"
        and value.isascii()
        and value.isdigit()
        and 0 < int(value) < 10**5
    ):
        return Rules(name, sheets_each=int(value))
    if colon and word == "code":
        return _checked(Rules(name, first_page_code=value))
    with path.open("rb") as file:
        known = tomllib.load(file)["rule"]
    if name not in known:
        told = f"{name[:40]!r} ({', '.join(known)}, sheets:N, code:PATTERN)"
        raise UsageError(f"separation rule {told}", detail_vi=f"cách tách hồ sơ {told}")
    allowed = {each.name for each in fields(Rules)} - {"name"}
    return _checked(Rules(name, **{k: v for k, v in known[name].items() if k in allowed}))


def _checked(rules: Rules) -> Rules:
    try:
        re.compile(rules.first_page_code)
    except re.error as fault:
        name, at = repr(rules.name[:40]), (fault.pos or 0) + 1
        raise UsageError(
            f"separation rule {name}: {fault}",
            detail_vi=f"cách tách hồ sơ {name}: mẫu sai ở ký tự thứ {at}",
        ) from fault
    return rules


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of the pile, in its order."""

    page_id: str
    sheet: int
    side: str
    codes: tuple[str, ...] = ()
    """Texts of the machine-readable codes on it."""
    blank: bool = False
    starts: str | None = None
    """By hand: the code of the dossier that begins here."""


@dataclass(slots=True)
class Group:
    """The pages of one dossier."""

    code: str | None
    """None: a start without a readable code, or no start at all."""
    by: Literal["separator", "code", "count", "hand", "nothing"]
    sheet: int
    """The sheet that it begins with."""
    page_ids: list[str] = field(default_factory=list)
    papers: list[str] = field(default_factory=list)
    """Pages before which a separator says that a new paper begins."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about a sheet that someone should decide."""

    code: str
    sheet: int
    page_id: str
    text: Text


@dataclass(slots=True)
class Division:
    """A pile, divided."""

    groups: list[Group] = field(default_factory=list)
    separators: dict[str, str] = field(default_factory=dict)
    """Pages of separator sheets, with what they say."""
    doubts: list[Doubt] = field(default_factory=list)


def divide(leaves: Iterable[Leaf], rules: Rules, batch_code: str = "") -> Division:
    """Divide a pile of sheets.

    Args:
        leaves: All pages in the order of the pile.
        rules: How.
        batch_code: A batch separator of another batch is a doubt.
    """
    work = _Work(rules, batch_code)
    for sheet in _sheets(leaves):
        work.take(sheet)
    return work.result


def _sheets(leaves: Iterable[Leaf]) -> list[list[Leaf]]:
    """Sides of one sheet that follow each other."""
    found: list[list[Leaf]] = []
    for leaf in leaves:
        if found and found[-1][-1].sheet == leaf.sheet and leaf.side == "back":
            found[-1].append(leaf)
        else:
            found.append([leaf])
    return found


class _Work:
    """The pile while it is gone through."""

    def __init__(self, rules: Rules, batch_code: str) -> None:
        self.rules, self.batch_code = rules, batch_code
        self.result = Division()
        self._group: Group | None = None
        self._sheets_in_group = 0
        self._new_paper = False
        self._pattern = re.compile(rules.first_page_code) if rules.first_page_code else None

    def take(self, sheet: Sequence[Leaf]) -> None:
        """Put one sheet where it belongs."""
        by_hand = next((leaf.starts for leaf in sheet if leaf.starts), None)
        said = self._separator_on(sheet) if by_hand is None and self.rules.separators else None
        if said is not None:
            self._obey(said, sheet)
            return
        if by_hand is not None:
            self._begin(by_hand, "hand", sheet[0].sheet)
        else:
            self._by_code_or_count(sheet)
        if self._group is None:
            self._begin(None, "nothing", sheet[0].sheet)
        self._append(sheet)

    def _append(self, sheet: Sequence[Leaf]) -> None:
        assert self._group is not None
        if self._new_paper:
            self._group.papers.append(sheet[0].page_id)
            self._new_paper = False
        self._group.page_ids += [leaf.page_id for leaf in sheet]
        self._sheets_in_group += 1

    def _begin(self, code: str | None, by: Literal["separator", "code", "count", "hand", "nothing"],
               sheet: int) -> None:  # fmt: skip
        self._group = Group(code, by, sheet)
        self._sheets_in_group, self._new_paper = 0, False
        self.result.groups.append(self._group)

    def _separator_on(self, sheet: Sequence[Leaf]) -> Separator | None:
        """What a sheet says, with its copies of the code; None for a sheet of paper."""
        said = {found for leaf in sheet for text in leaf.codes if (found := parse_separator(text))}
        if len(said) > 1:
            self._doubt("SEPARATOR_TWO_CODES", sheet[0], "có hai mã phân cách khác nhau",
                        "it carries two different separator codes")  # fmt: skip
            return Separator("dossier", "")
        return next(iter(said), None)

    def _obey(self, said: Separator, sheet: Sequence[Leaf]) -> None:
        for leaf in sheet:
            self.result.separators[leaf.page_id] = said.payload
        marked = [leaf for leaf in sheet if any(parse_separator(text) for text in leaf.codes)]
        for leaf in sheet:
            if leaf not in marked and not leaf.blank:
                self._doubt("SEPARATOR_WRITTEN", leaf, "là tờ phân cách nhưng mặt kia có nội dung",
                            "a separator with something on its other side")  # fmt: skip
        if said.kind == "paper":
            self._new_paper = True
        elif said.kind == "dossier":
            self._begin(said.code or None, "separator", sheet[0].sheet)
        elif said.code != self.batch_code:
            self._doubt("OTHER_BATCH", sheet[0], f"thuộc lô khác ({said.code})",
                        f"it belongs to another batch ({said.code})")  # fmt: skip
            self._begin(None, "separator", sheet[0].sheet)

    def _by_code_or_count(self, sheet: Sequence[Leaf]) -> None:
        found = self._codes_on(sheet[0])
        if len(found) > 1:
            self._doubt("TWO_CODES", sheet[0], "có nhiều mã hồ sơ khác nhau",
                        "it carries several dossier codes")  # fmt: skip
            self._begin(None, "code", sheet[0].sheet)
        elif found:
            code = found.pop()
            if self._group is None or self._group.code != code:
                self._begin(code, "code", sheet[0].sheet)
        elif self.rules.sheets_each and (
            self._group is None or self._sheets_in_group >= self.rules.sheets_each
        ):
            number = 1 + sum(group.by == "count" for group in self.result.groups)
            self._begin(f"{self.batch_code}-{number:04}", "count", sheet[0].sheet)

    def _codes_on(self, leaf: Leaf) -> set[str]:
        """Only a sheet's front is asked: what shows on a back belongs to what lies before it."""
        if self._pattern is None or leaf.side != "front":
            return set()
        matches = (self._pattern.search(text) for text in leaf.codes)
        return {match[1] if match.re.groups else match[0] for match in matches if match}

    def _doubt(self, code: str, leaf: Leaf, vi: str, en: str) -> None:
        text = Text(f"Tờ {leaf.sheet} {vi}.", f"Sheet {leaf.sheet}: {en}.")
        self.result.doubts.append(Doubt(code, leaf.sheet, leaf.page_id, text))
