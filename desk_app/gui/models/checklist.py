"""The one list of the counter: every component with its pages beside it, then what is set aside.

Rows of equal height: the first column names the paper, the others hold its pages. A paper with
more pages than columns goes on in the next row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractTableModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from desk_app.gui.i18n import pick
from desk_app.gui.models import labels
from desk_app.gui.models.moves import Target
from desk_app.gui.models.pictures import Key, Thumbnails
from desk_app.gui.models.snapshot import DossierView, PageView, Paper

Index = QModelIndex | QPersistentModelIndex
ROLE_PAPER = Qt.ItemDataRole.UserRole + 1
ROLE_PAGE = Qt.ItemDataRole.UserRole + 2
ROLE_THUMBNAIL = Qt.ItemDataRole.UserRole + 3
ROLE_STATE = Qt.ItemDataRole.UserRole + 4
ROLE_LINE = Qt.ItemDataRole.UserRole + 5
LOOSE, ASIDE = "loose", "aside"
MIME = "application/x-desk-page"


@dataclass(frozen=True, slots=True)
class Line:
    """What one group of rows stands for: a paper, pages still in work, or pages set aside."""

    key: str
    paper: Paper | None
    pages: tuple[PageView, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    line: Line
    start: int
    """Index of the row's first page within the line."""


class ChecklistModel(QAbstractTableModel):
    """A dossier as rows of papers and pages; pages can be dragged."""

    dropped = Signal(str, object)
    """A page was dropped on a Target."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._view: DossierView | None = None
        self._rows: list[_Row] = []
        self._columns = 2
        thumbnails.ready.connect(self._on_thumbnail)

    def show(self, view: DossierView | None) -> bool:
        """Show another reading of the store; False where only pictures and marks changed."""
        before = [(r.line.key, r.start, _ids(r.line)) for r in self._rows]
        rows = _rows_of(view, self._columns) if view else []
        after = [(r.line.key, r.start, _ids(r.line)) for r in rows]
        if before == after:
            self._view, self._rows = view, rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, self._columns))
            return False
        self.beginResetModel()
        self._view, self._rows = view, rows
        self.endResetModel()
        return True

    def set_page_columns(self, columns: int) -> bool:
        """How many pages stand in a row; True where that changed the model."""
        columns = max(1, columns)
        if columns == self._columns:
            return False
        self.beginResetModel()
        self._columns = columns
        self._rows = _rows_of(self._view, columns) if self._view else []
        self.endResetModel()
        return True

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 1 + self._columns

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.page_at(index) is None and not self._is_head(index):
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        flags |= Qt.ItemFlag.ItemIsDropEnabled
        return flags | Qt.ItemFlag.ItemIsDragEnabled if self.page_at(index) else flags

    # --- dragging ----------------------------------------------------------------------------

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        page = next((p for p in map(self.page_at, indexes) if p is not None), None)
        if page is not None:
            data.setData(MIME, QByteArray(page.id.encode()))
        return data

    def canDropMimeData(
        self, data: QMimeData, _action: Qt.DropAction, _row: int, _column: int, parent: Index
    ) -> bool:
        return data.hasFormat(MIME) and self.target_at(parent, behind=False) is not None

    def dropMimeData(
        self, data: QMimeData, _action: Qt.DropAction, _row: int, _column: int, parent: Index
    ) -> bool:
        """Dropped on a page: it goes before that one."""
        return self.drop(data, parent, behind=False)

    def drop(self, data: QMimeData, index: Index, *, behind: bool) -> bool:
        """Take a page that was dropped on the first or second half of a cell.

        Always False to Qt: the store moves the page, and the list follows the store.
        """
        target = self.target_at(index, behind=behind)
        if data.hasFormat(MIME) and target is not None:
            self.dropped.emit(bytes(data.data(MIME).data()).decode(), target)
        return False

    def target_at(self, index: Index, *, behind: bool) -> Target | None:
        """The place that a cell stands for; the head of a paper is its end."""
        line, page = self.line_at(index), self.page_at(index)
        if line is None or line.key == LOOSE:
            return None
        if page is None:
            return Target(line.key, line.pages[-1].id if line.pages else None)
        place = line.pages.index(page) + behind
        return Target(line.key, line.pages[place - 1].id if place else None)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        page = self.page_at(index)
        if page is not None:
            return self._page_data(page, role)
        return self._head_data(self._rows[index.row()].line, role) if self._is_head(index) else None

    def page_at(self, index: Index) -> PageView | None:
        """The page in a cell."""
        if not index.isValid() or index.column() == 0 or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        place = row.start + index.column() - 1
        return row.line.pages[place] if place < len(row.line.pages) else None

    def line_at(self, index: Index) -> Line | None:
        """The line a cell belongs to."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        return self._rows[index.row()].line

    def index_of_page(self, page_id: str) -> QModelIndex:
        """The cell of a page."""
        for number, row in enumerate(self._rows):
            shown = row.line.pages[row.start : row.start + self._columns]
            for column, page in enumerate(shown, start=1):
                if page.id == page_id:
                    return self.index(number, column)
        return QModelIndex()

    def index_of_line(self, key: str) -> QModelIndex:
        """The head cell of a line."""
        for number, row in enumerate(self._rows):
            if row.line.key == key and row.start == 0:
                return self.index(number, 0)
        return QModelIndex()

    def pages_in_order(self) -> list[PageView]:
        """Pages as the list shows them, from top to bottom."""
        return [page for row in self._rows if row.start == 0 for page in row.line.pages]

    def _is_head(self, index: Index) -> bool:
        return (
            index.isValid()
            and index.column() == 0
            and index.row() < len(self._rows)
            and self._rows[index.row()].start == 0
        )

    def _head_data(self, line: Line, role: int) -> object:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return labels.line_title(line.key, line.paper)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = labels.line_state(line.key, line.paper, line.pages)
            return f"{labels.line_title(line.key, line.paper)}: {state.word}"
        if role == ROLE_STATE:
            return labels.line_state(line.key, line.paper, line.pages)
        if role == ROLE_PAPER:
            return line.paper
        return line if role == ROLE_LINE else None

    def _page_data(self, page: PageView, role: int) -> object:
        if role == ROLE_PAGE:
            return page
        if role == ROLE_THUMBNAIL:
            return self._thumbnails.get(page.path, page.rotation)
        if role == ROLE_STATE:
            return labels.page_state(page, self._findings_on(page))
        if role == Qt.ItemDataRole.DisplayRole:
            return str(page.number)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            state = labels.page_state(page, self._findings_on(page))
            return f"{labels.page_name(page)}: {state.word}"
        return None

    def _findings_on(self, page: PageView) -> list[str]:
        view = self._view
        found = view.exceptions if view else ()
        return [pick(f.text.vi, f.text.en) for f in found if f.page_id == page.id]

    def _on_thumbnail(self, key: Key, _image: object) -> None:
        for number, row in enumerate(self._rows):
            shown = row.line.pages[row.start : row.start + self._columns]
            for column, page in enumerate(shown, start=1):
                if (str(page.path), page.rotation) == key:
                    index = self.index(number, column)
                    self.dataChanged.emit(index, index, [ROLE_THUMBNAIL])


def _ids(line: Line) -> tuple[str, ...]:
    return tuple(page.id for page in line.pages)


def _lines_of(view: DossierView) -> list[Line]:
    lines = [Line(LOOSE, None, view.loose)] if view.loose else []
    lines += [Line(paper.key, paper, paper.pages) for paper in view.papers]
    if view.aside:
        lines.append(Line(ASIDE, None, view.aside))
    return lines


def _rows_of(view: DossierView, columns: int) -> list[_Row]:
    return [
        _Row(line, start)
        for line in _lines_of(view)
        for start in range(0, max(1, len(line.pages)), columns)
    ]
