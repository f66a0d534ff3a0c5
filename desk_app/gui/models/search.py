"""What a search found as rows: they come in blocks as one scrolls, however many there are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import (
    QT_TRANSLATE_NOOP,
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from desk_app.gui.i18n import show_date
from desk_app.gui.models import labels
from desk_app.gui.models.labels import State
from desk_app.gui.models.tables import left_header
from desk_app.store.search import Answer, Hit

Index = QModelIndex | QPersistentModelIndex
ROLE_HIT = Qt.ItemDataRole.UserRole + 1
ROLE_BELOW = Qt.ItemDataRole.UserRole + 2
"""The second, smaller line of a cell."""
ROLE_STATE = Qt.ItemDataRole.UserRole + 3
PAPER, FOUND, DOSSIER, RECEIVED = range(4)
_ISO_DATE = re.compile(r"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)")
_N = QT_TRANSLATE_NOOP
COLUMNS = (
    _N("Search", "Paper"),
    _N("Search", "Where it stands"),
    _N("Search", "Dossier"),
    _N("Search", "Received"),
)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Search", text)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a hit leads to."""

    dossier_id: str
    code: str
    document_id: str | None
    page_id: str | None
    text: str
    """What was looked for; its words are boxed on the page."""
    page: int | None = None
    """Index of the page within the paper and its signed file; None where no page was found."""


def place_of(hit: Hit, text: str) -> Place:
    """The place of a hit of the query `text`."""
    return Place(hit.dossier_id, hit.code, hit.document_id, hit.page_id, text, hit.page_of_paper)


def where(hit: Hit) -> str:
    """Which part of a dossier a hit is."""
    if hit.kind == "page":
        return _tr(_N("Search", "page {number}")).format(number=hit.page)
    if hit.kind == "document":
        return _tr(_N("Search", "title or value"))
    return _tr(_N("Search", "code of the dossier"))


def title(hit: Hit) -> str:
    """The paper's title; a page in no paper and a dossier have a word of their own."""
    if hit.kind == "dossier":
        return _tr(_N("Search", "Dossier"))
    return hit.title or _tr(_N("Search", "In no paper yet"))


def snippet(hit: Hit) -> str:
    """The text that was found, days as people write them; every mark keeps its place."""
    return _ISO_DATE.sub(lambda match: show_date(match.group()), hit.snippet)


class SearchModel(QAbstractTableModel):
    """The hits; the view asks for more of them when it comes to the end."""

    wanted = Signal()
    """The end was reached and there is more."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hits: list[Hit] = []
        self._more = self._asked = False
        self._titles: Mapping[str, str] = {}

    def name_procedures(self, titles: Mapping[str, str]) -> None:
        """Titles of procedures by id."""
        self._titles = titles

    def show(self, answer: Answer | None) -> bool:
        """Show another answer; False where it is the one that is shown."""
        hits = list(answer.hits) if answer else []
        more = answer is not None and answer.more
        self._asked = False
        if hits and hits == self._hits[: len(hits)] and (more or len(hits) == len(self._hits)):
            return False
        self.beginResetModel()
        self._hits, self._more = hits, more
        self.endResetModel()
        return True

    def extend(self, answer: Answer) -> None:
        """Show what lies behind."""
        self._asked, self._more = False, answer.more
        if answer.hits:
            first = len(self._hits)
            self.beginInsertRows(QModelIndex(), first, first + len(answer.hits) - 1)
            self._hits += answer.hits
            self.endInsertRows()

    def give_up(self) -> None:
        """What was asked for does not come; scrolling asks again."""
        self._asked = False

    @property
    def hits(self) -> list[Hit]:
        """What is shown so far."""
        return self._hits

    @property
    def has_more(self) -> bool:
        """Whether there are places that are not shown yet."""
        return self._more

    def row_of(self, entry: int) -> int:
        """Where an entry of the index stands, or −1."""
        return next((n for n, hit in enumerate(self._hits) if hit.entry == entry), -1)

    # --- Qt ----------------------------------------------------------------------------------

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._more and not self._asked

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._asked = True
            self.wanted.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._hits)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        return left_header([_tr(title) for title in COLUMNS], section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._hits):
            return None
        hit, column = self._hits[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(hit, column)
        if role == ROLE_BELOW:
            return self._below(hit, column)
        if role == ROLE_STATE:
            return self._state(hit)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return self._words(hit) if column == PAPER else self._cell_words(hit, column)
        return hit if role == ROLE_HIT else None

    def _below(self, hit: Hit, column: int) -> str:
        below = {
            PAPER: where(hit),
            DOSSIER: self._titles.get(hit.procedure, hit.procedure),
            RECEIVED: self._state(hit).word,
        }
        return below.get(column, "")

    @staticmethod
    def _state(hit: Hit) -> State:
        return labels.dossier_state(hit.state)

    def _cell_words(self, hit: Hit, column: int) -> str:
        parts = (_cell(hit, column), self._below(hit, column))
        return " · ".join(part for part in parts if part)

    @staticmethod
    def _words(hit: Hit) -> str:
        parts = (title(hit), where(hit), snippet(hit), hit.code, show_date(hit.received))
        return " · ".join(parts)


def _cell(hit: Hit, column: int) -> str:
    return (title(hit), snippet(hit), hit.code, show_date(hit.received))[column]
