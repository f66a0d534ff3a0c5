"""The office's figures of a period as the screen shows them: periods, words, one table a group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desk_app.dossiers import figures_tables
from desk_app.dossiers.figures_tables import NOT_A_NUMBER, WORDS, Titles
from desk_app.gui.i18n import language, pick, show_date
from desk_app.records import Text
from desk_app.store.figures import INDICATORS, Figures, Tally

if TYPE_CHECKING:
    from desk_app.pipeline import Desk

Index = QModelIndex | QPersistentModelIndex
Kind = Literal["today", "week", "month", "quarter", "dates"]
KINDS: tuple[Kind, ...] = ("today", "week", "month", "quarter", "dates")
NAME = "name"
COLUMNS = (NAME, "received", "done", *INDICATORS, "papers", "pages")


def word(name: str) -> str:
    """A heading in the language of the window, the same as in the files."""
    return pick(*WORDS[name])


# --- periods ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Period:
    """Days of reception, both included."""

    kind: Kind
    first: date
    last: date


def period(kind: Kind, day: date) -> Period:
    """The day, week, month or quarter that a day lies in; a week begins on Monday."""
    if kind == "week":
        monday = day - timedelta(days=day.weekday())
        return Period(kind, monday, monday + timedelta(days=6))
    if kind == "month":
        first = day.replace(day=1)
        return Period(kind, first, _next_month(first) - timedelta(days=1))
    if kind == "quarter":
        first = day.replace(month=day.month - (day.month - 1) % 3, day=1)
        last = _next_month(_next_month(_next_month(first))) - timedelta(days=1)
        return Period(kind, first, last)
    return Period(kind, day, day)


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def beside(shown: Period, step: int) -> Period:
    """The period before (−1) or after (+1); days from one to another move by their number."""
    try:
        edge = shown.last + timedelta(days=1) if step > 0 else shown.first - timedelta(days=1)
        if shown.kind != "dates":
            return period(shown.kind, edge)
        length = shown.last - shown.first
        first = edge if step > 0 else edge - length
        return Period("dates", first, first + length)
    except (OverflowError, ValueError):  # before the year 1, after the year 9999
        return shown


# --- what is shown ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of a period, and the names of what they are grouped by."""

    period: Period
    found: Figures
    titles: Titles


def read_report(desk: Desk, shown: Period) -> Report:
    """Runs on a lane: count everything of a period."""
    from desk_app.dossiers import provinces
    from desk_app.store import people

    people.require(desk.store, "figures")
    register = provinces.at(desk.data)
    found, titles = figures_tables.gather(
        desk.store, desk.catalog, register, shown.first, shown.last
    )
    return Report(shown, found, titles)


def write_report(desk: Desk, report: Report, path: Path, lang: str) -> Path:
    """Runs on a lane: the figures as a file of the kind that its name ends in."""
    from desk_app.store import looks, people

    people.require(desk.store, "figures")
    looks.exported(desk.store, "figures", "figures", 1)
    figures_tables.write(report.found, report.titles, path, lang)
    return path


def file_name(shown: Period) -> str:
    """A name for the file, without its ending."""
    return f"so-lieu-{shown.first:%Y%m%d}-{shown.last:%Y%m%d}"


def name_of(titles: Titles, group: str, key: str) -> str:
    """A procedure, office, clerk or day as people know it."""
    if group == "day":
        return show_date(key)
    title: Text = titles(group, key)
    return pick(title.vi, title.en) or key or "–"


def share(tally: Tally, indicator: str) -> str:
    """A share of the dossiers received; of none it is not a number."""
    found = tally.percent(indicator)
    if found is None:
        return NOT_A_NUMBER
    return _decimal(f"{found:.2f} %")


def _rounded(tally: Tally, indicator: str) -> str:
    """A share to one decimal: what fits into a column; the cards and files have two."""
    found = tally.percent(indicator)
    return NOT_A_NUMBER if found is None else _decimal(f"{found:.1f} %")


def score(tally: Tally, indicator: str) -> str:
    """The part of the full marks that a share scores; empty where there is no share."""
    found = tally.score(indicator)
    return "" if found is None else _decimal(f"{found:.2f}")


def _decimal(text: str) -> str:
    return text.replace(".", ",") if language() == "vi" else text


def columns_by_day(found: Figures, most: int) -> list[Tally]:
    """A tally for each of the period's days, empty ones included; the last `most` of them."""
    known = {tally.key: tally for tally in found.groups["day"]}
    number = min((found.last - found.first).days + 1, most)
    days = [found.last - timedelta(days=back) for back in range(number - 1, -1, -1)]
    return [known.get(day.isoformat()) or Tally(day.isoformat()) for day in days]


class FiguresModel(QAbstractTableModel):
    """One group: a row an entry, the indicators as count and share."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._group = "procedure"
        self._names: list[str] = []
        self._tallies: Sequence[Tally] = ()

    def show(self, report: Report, group: str) -> None:
        """Show another group or another count."""
        tallies = report.found.groups[group]
        same = group == self._group and [t.key for t in tallies] == [t.key for t in self._tallies]
        if not same:
            self.beginResetModel()
        self._group, self._tallies = group, tallies
        self._names = [name_of(report.titles, group, tally.key) for tally in tallies]
        if not same:
            self.endResetModel()
        elif tallies:
            self.dataChanged.emit(self.index(0, 0), self.index(len(tallies) - 1, len(COLUMNS) - 1))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, 0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._tallies)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return word(COLUMNS[section] if section else self._group)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextWordWrap)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._tallies):
            return None
        text = self._cell(index.row(), COLUMNS[index.column()])
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == 0:
            return text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            name = COLUMNS[index.column()]
            return text if name == NAME else f"{word(name)}: {text}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if index.column() else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _cell(self, row: int, column: str) -> str:
        if column == NAME:
            return self._names[row]
        tally = self._tallies[row]
        number = str(getattr(tally, column))
        return f"{number} · {_rounded(tally, column)}" if column in INDICATORS else number
