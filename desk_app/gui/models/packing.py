"""Packages and field lists as the window shows them; what makes them runs on a lane."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desk_app.gui.i18n import pick

if TYPE_CHECKING:
    from desk_app.pipeline import Desk
    from desk_app.submission.packages.check import Report

Stopped = Callable[[], None]
"""Called between files; raises to stop."""
MOST_FAULTS = 200
_N = QT_TRANSLATE_NOOP
CHECK_WORDS = {
    "structure": _N("Packing", "Structure: nothing is missing"),
    "fixity": _N("Packing", "Fixity: every file has its hash, and no other is there"),
    "mets": _N("Packing", "METS: valid, and all that it names exists"),
    "descriptions": _N("Packing", "Descriptions: they fit the list of fields"),
    "identity": _N("Packing", "Identity: name and id belong together"),
}


def check_word(name: str) -> str:
    """What a check looks at, in the language of the window."""
    return QCoreApplication.translate("Packing", CHECK_WORDS.get(name, name))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of package."""

    name: str
    title: str
    is_sip: bool


@dataclass(frozen=True, slots=True)
class Gaps:
    """The dossier cannot be packed yet: its description has gaps."""

    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A package on disk and what its check found."""

    path: Path
    kind: str
    files: int
    size: int
    sha256: str
    """Empty where only a check was asked for."""
    checks: tuple[tuple[str, int], ...]
    """Each check with the number of its faults."""
    faults: tuple[str, ...]
    assumed: tuple[str, ...] = ()
    """Fields that nobody gave a value."""

    @property
    def is_whole(self) -> bool:
        """Whether no check found anything."""
        return not any(number for _, number in self.checks)


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a field list that was brought in."""

    dossiers: int
    documents: int
    problems: tuple[str, ...]
    """Where there are any, nothing was kept."""


def kinds() -> list[Kind]:
    """Runs on a lane: the kinds of packages that come with the program."""
    from desk_app.submission.packages import profiles

    known = [profiles.load(name) for name in profiles.NAMES]
    return [Kind(p.name, pick(p.title, p.title_en), p.kind == "SIP") for p in known]


def make(
    desk: Desk, code: str, kind: str, out: Path, number: int, as_folder: bool, stopped: Stopped
) -> Checked | Gaps:
    """Runs on a lane: the package of a signed dossier, checked before it gets its name."""
    from desk_app.store import people
    from desk_app.submission.packages import build, profiles

    people.require(desk.store, "package")
    try:
        built = build.build(
            desk.store, code, profiles.load(kind), out, number=number, as_folder=as_folder,
            stopped=stopped,
        )  # fmt: skip
    except build.FieldGaps as gaps:
        return Gaps(pick(gaps.vi, gaps.en))
    return _checked(built.report, built.sha256, _named(built.assumed))


def _named(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Fields by the headings of the list, where they have one."""
    from desk_app.submission.packages import fields as book

    levels = book.load().levels
    columns = {
        name: rule.column
        for level in ("document", "dossier")
        for name, rule in levels[level].items()
        if rule.column
    }
    return tuple(columns.get(name, name) for name in fields)


def check(path: Path, stopped: Stopped) -> Checked:
    """Runs on a lane: is a package, ours or a stranger's, what it says it is?"""
    from desk_app.submission.packages import check as checking

    return _checked(checking.check(path, stopped=stopped), "", ())


def _checked(report: Report, sha256: str, assumed: tuple[str, ...]) -> Checked:
    from desk_app.submission.packages.check import CHECKS

    found = Counter(fault.check for fault in report.faults)
    faults = tuple(f"{f.path}: {pick(f.vi, f.en)}" for f in report.faults[:MOST_FAULTS])
    return Checked(
        report.path, report.kind, report.files, report.bytes, sha256,
        tuple((name, found[name]) for name in CHECKS), faults, assumed,
    )  # fmt: skip


def write_list(desk: Desk, code: str, kind: str, path: Path) -> Path:
    """Runs on a lane: the dossier's field lists as a workbook."""
    from desk_app.store import dossiers, looks, people
    from desk_app.submission.packages import lists, profiles

    people.require(desk.store, "package")
    looks.exported(desk.store, dossiers.find(desk.store, code).id, "list", 1)
    lists.export(desk.store, [code], profiles.load(kind), path)
    return path


def bring_in(desk: Desk, kind: str, path: Path) -> Brought:
    """Runs on a lane: keep what a filled list says, all of it or nothing."""
    from desk_app.store import people
    from desk_app.submission.packages import lists, profiles

    people.require(desk.store, "package", "edit")
    done = lists.bring_in(desk.store, path, profiles.load(kind))
    problems = tuple(f"{p.where}, {p.field}: {pick(p.vi, p.en)}" for p in done.problems)
    return Brought(done.dossiers, done.documents, problems)
