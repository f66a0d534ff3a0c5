"""The quality of a batch at a glance: a row a dossier or 50 pages, a column a check."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QT_TRANSLATE_NOOP,
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from desk_app.gui.models.batch import Tile

Index = QModelIndex | QPersistentModelIndex
_N = QT_TRANSLATE_NOOP
ROLE_CELL = Qt.ItemDataRole.UserRole + 1
PAGES_A_ROW = 50
ROW_LETTERS = 15
"""Of a code the end tells more than the beginning."""
COLUMNS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("skewed",), _N("HeatMap", "Skew"), _N("HeatMap", "leaning")),
    (("blurred",), _N("HeatMap", "Sharp"), _N("HeatMap", "blurred")),
    (("low_contrast",), _N("HeatMap", "Faint"), _N("HeatMap", "faint")),
    (("clipped", "cut_corner"), _N("HeatMap", "Cut"), _N("HeatMap", "cut off")),
    (("blank",), _N("HeatMap", "Blank"), _N("HeatMap", "perhaps blank")),
    (("size",), _N("HeatMap", "Format"), _N("HeatMap", "of an odd size")),
    (("unreadable",), _N("HeatMap", "Error"), _N("HeatMap", "unreadable")),
)
"""Problems of a page, heading, and what a page with it is."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("HeatMap", text)


@dataclass(frozen=True, slots=True)
class Cell:
    """One check on some pages."""

    row: str
    problem: str
    """What a page with it is, untranslated."""
    count: int
    total: int
    worst: Tile | None

    @property
    def share(self) -> float:
        """Pages with the problem, of those that are used."""
        return self.count / self.total if self.total else 0.0

    @property
    def words(self) -> str:
        """The cell in words."""
        text = _tr(_N("HeatMap", "{row}: {count} of {total} pages {problem}")).format(
            row=self.row, count=self.count, total=self.total, problem=_tr(self.problem)
        )
        if self.worst is None:
            return text
        after = _tr(_N("HeatMap", "worst on sheet {sheet}")).format(sheet=self.worst.sheet)
        return f"{text}, {after}"


class HeatModel(QAbstractTableModel):
    """Cells by row and check."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, list[Cell]]] = []

    def show(self, tiles: Iterable[Tile]) -> None:
        """Count anew."""
        rows = [(name, _cells(name, group)) for name, group in _groups(tiles)]
        if [name for name, _ in rows] == [name for name, _ in self._rows]:
            self._rows = rows
            if rows:
                last = self.index(len(rows) - 1, len(COLUMNS) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        cell = self.cell_at(index)
        if cell is None:
            return None
        if role == ROLE_CELL:
            return cell
        if role == Qt.ItemDataRole.DisplayRole:
            return str(cell.count) if cell.count else ""
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return cell.words
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return _tr(COLUMNS[section][1])
        name = self._rows[section][0]
        return name if len(name) <= ROW_LETTERS else f"…{name[1 - ROW_LETTERS :]}"

    def cell_at(self, index: Index) -> Cell | None:
        """What a cell stands for."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        return self._rows[index.row()][1][index.column()]


def _groups(tiles: Iterable[Tile]) -> list[tuple[str, list[Tile]]]:
    """Dossiers in the order of the pile; what lies in no dossier in rows of 50 pages."""
    used = [tile for tile in tiles if not tile.aside and not tile.is_separator]
    named: dict[str, list[Tile]] = {}
    for tile in used:
        if tile.dossier:
            named.setdefault(tile.dossier, []).append(tile)
    loose = [tile for tile in used if not tile.dossier]
    for start in range(0, len(loose), PAGES_A_ROW):
        some = loose[start : start + PAGES_A_ROW]
        span = _tr(_N("HeatMap", "Sheets {first}–{last}"))
        named[span.format(first=some[0].sheet, last=some[-1].sheet)] = some
    return list(named.items())


def _cells(name: str, tiles: Sequence[Tile]) -> list[Cell]:
    cells = []
    for problems, _title, words in COLUMNS:
        bad = [tile for tile in tiles if set(problems) & set(tile.problems)]
        worst = max(bad, key=lambda tile: tile.badness, default=None)
        cells.append(Cell(name, words, len(bad), len(tiles), worst))
    return cells
