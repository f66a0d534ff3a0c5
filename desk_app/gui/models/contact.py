"""The contact sheet: the pages of a batch in the order of the pile, or the worst ones first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desk_app.gui.models import labels
from desk_app.gui.models.batch import Tile
from desk_app.gui.models.pictures import Key, Thumbnails

Index = QModelIndex | QPersistentModelIndex
ROLE_TILE = Qt.ItemDataRole.UserRole + 1
ROLE_THUMBNAIL = Qt.ItemDataRole.UserRole + 3


class ContactModel(QAbstractListModel):
    """Tiles; pages that land are added at the end without moving what is shown."""

    def __init__(self, thumbnails: Thumbnails, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._tiles: tuple[Tile, ...] = ()
        self._ids: list[str] = []
        self._rows: dict[Key, int] = {}
        self._worst_first = False
        self._all: tuple[Tile, ...] = ()
        thumbnails.ready.connect(self._on_thumbnail)

    @property
    def worst_first(self) -> bool:
        """Whether the worst page stands first."""
        return self._worst_first

    def sort_by(self, *, worst_first: bool) -> None:
        """Another order."""
        self._worst_first = worst_first
        self.show(self._all)

    def show(self, tiles: Sequence[Tile]) -> None:
        """Show another reading of the store."""
        self._all = tuple(tiles)
        shown = self._all
        if self._worst_first:
            shown = tuple(sorted(shown, key=lambda tile: -tile.badness))
        ids = [tile.page_id for tile in shown]
        before = len(self._ids)
        if ids[:before] == self._ids:
            if len(ids) > before:
                self.beginInsertRows(QModelIndex(), before, len(ids) - 1)
                self._take(shown, ids)
                self.endInsertRows()
            changed = [n for n in range(before) if self._tiles[n] != shown[n]]
            self._take(shown, ids)
            if changed:
                self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))
            return
        self.beginResetModel()
        self._take(shown, ids)
        self.endResetModel()

    def _take(self, shown: tuple[Tile, ...], ids: list[str]) -> None:
        self._tiles, self._ids = shown, ids
        self._rows = {(str(t.path), t.rotation): n for n, t in enumerate(shown)}

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._tiles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        tile = self.tile_at(index)
        if tile is None:
            return None
        if role == ROLE_TILE:
            return tile
        if role == ROLE_THUMBNAIL:
            return self._thumbnails.get(tile.path, tile.rotation)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return labels.tile_words(tile)
        return None

    def tile_at(self, index: Index) -> Tile | None:
        """The page of a row."""
        if not index.isValid() or index.row() >= len(self._tiles):
            return None
        return self._tiles[index.row()]

    def index_of(self, page_id: str) -> QModelIndex:
        """The row of a page."""
        return self.index(self._ids.index(page_id)) if page_id in self._ids else QModelIndex()

    def _on_thumbnail(self, key: Key, _image: object) -> None:
        row = self._rows.get(key)
        if row is not None:
            self.dataChanged.emit(self.index(row), self.index(row), [ROLE_THUMBNAIL])
