"""The outbox as a table: what waits, what was given up, what the store has confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QT_TRANSLATE_NOOP,
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from desk_app.gui.i18n import language, pick, show_bytes, show_time
from desk_app.gui.models import hours
from desk_app.gui.models.labels import State
from desk_app.gui.models.tables import left_header
from desk_app.gui.models.verification import Waiting, read_waiting
from desk_app.store import secrecy
from desk_app.store.search import mask

if TYPE_CHECKING:
    from desk_app.store.database import Store

ROLE_ITEM = Qt.ItemDataRole.UserRole + 1
LIMIT = 500
SHOWN_FIRST = ("dead", "waiting", "leased", "queued", "held", "done", "cancelled")
RETRIABLE = ("dead", "waiting")
_N = QT_TRANSLATE_NOOP
Index = QModelIndex | QPersistentModelIndex

COLUMNS = (
    _N("Queue", "State"),
    _N("Queue", "Dossier"),
    _N("Queue", "Paper"),
    _N("Queue", "Size"),
    _N("Queue", "Since"),
    _N("Queue", "Tries"),
    _N("Queue", "Next try"),
    _N("Queue", "Answer"),
)
STATES: dict[str, tuple[str, str, str]] = {
    "queued": ("accent", "queue", _N("Queue", "ready to send")),
    "waiting": ("warn", "warn", _N("Queue", "waits for another try")),
    "leased": ("accent", "reading", _N("Queue", "being sent")),
    "done": ("ok", "ok", _N("Queue", "stored, receipt kept")),
    "dead": ("bad", "bad", _N("Queue", "given up")),
    "held": ("warn", "verify", _N("Queue", "waits for approval")),
    "secret": ("bad", "reject", _N("Queue", "secret: not sent")),
    "cancelled": ("muted", "close", _N("Queue", "cancelled")),
}


def translated(text: str) -> str:
    """A word of this table in the language of the window."""
    return QCoreApplication.translate("Queue", text)


_tr = translated


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of the outbox."""

    id: int
    code: str
    dossier_id: str
    title: str
    target: str
    state: str
    attempts: int
    next_try: str
    size: int
    sent: int
    since: str
    fault_code: str
    fault: str
    fault_next: str
    receipt: str
    stored_at: str

    @property
    def shown_state(self) -> State:
        """The state as tone, symbol and word."""
        is_secret = self.state == "held" and self.fault_code in secrecy.CODES
        state = "secret" if is_secret else self.state
        tone, icon, word = STATES.get(state, ("unknown", "unknown", state))
        return State(tone, icon, _tr(word))

    @property
    def for_support(self) -> str:
        """What to read out to the administrator: codes and times, no names."""
        lines = [f"{self.fault_code}: {self.fault}", self.fault_next]
        lines.append(f"upload/{self.id} → {self.target}, {self.attempts} ×, {self.since}")
        return "\n".join(line for line in lines if line)


@dataclass(frozen=True, slots=True)
class Outbox:
    """The queue at one moment."""

    items: tuple[Upload, ...]
    counts: dict[str, int]
    by_hour: tuple[hours.Bar, ...] = ()
    """Files that waited, hour by hour."""
    waiting: tuple[Waiting, ...] = ()
    """Dossiers that are not signed at their level yet, so that nothing of them is queued."""

    @property
    def unsent(self) -> int:
        """Files that still have to go."""
        return sum(self.counts.get(state, 0) for state in ("queued", "waiting", "leased", "held"))

    @property
    def dead(self) -> int:
        """Files that were given up."""
        return self.counts.get("dead", 0)


def read_outbox(store: Store) -> Outbox:
    """The newest files, those that need a hand first."""
    from desk_app.submission import queue

    found = queue.items(store, None, LIMIT, lang="vi" if language() == "vi" else "en")
    titles = {
        row["id"]: (row["title"], row["dossier_id"])
        for row in store.rows("SELECT id, title, dossier_id FROM document")
    }
    items = [_upload(item, titles) for item in found]
    items.sort(key=lambda item: SHOWN_FIRST.index(item.state) if item.state in SHOWN_FIRST else 0)
    return Outbox(
        tuple(items), queue.counts(store), tuple(hours.waiting(store)), tuple(read_waiting(store))
    )


def _upload(item: dict[str, Any], titles: dict[str, tuple[str, str]]) -> Upload:
    fault = item.get("error") or {}
    receipt = item.get("receipt") or {}
    title, dossier_id = titles.get(item.get("document") or "", ("", ""))
    return Upload(
        id=item["id"], code=item["dossier"], dossier_id=dossier_id, title=title,
        target=item.get("target") or "", state=item["state"], attempts=item["attempts"],
        next_try=item.get("next_try") or "", size=item["bytes"], sent=item["sent"],
        since=item.get("done_at") or item.get("created_at") or "",
        fault_code=fault.get("code", ""),
        # A store's own words may repeat what it was sent.
        fault=mask(pick(fault.get("vi", ""), fault.get("en", ""))),
        fault_next=fault.get("next", ""),
        receipt=str(receipt.get("key", "")), stored_at=str(receipt.get("stored_at", "")),
    )  # fmt: skip


class QueueModel(QAbstractTableModel):
    """The outbox, one file a row."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[Upload, ...] = ()

    def show(self, items: tuple[Upload, ...]) -> None:
        """Show another reading of the store."""
        if [i.id for i in items] == [i.id for i in self._items]:
            self._items = items
            if items:
                last = self.index(len(items) - 1, len(COLUMNS) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._items = items
        self.endResetModel()

    @property
    def items(self) -> tuple[Upload, ...]:
        """What is shown."""
        return self._items

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._items)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        return left_header([_tr(title) for title in COLUMNS], section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._items):
            return None
        item = self._items[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(item, index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{_tr(COLUMNS[index.column()])}: {_cell(item, index.column())}"
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == len(COLUMNS) - 1:
            return item.fault or item.receipt or None
        return item if role == ROLE_ITEM else None


def _cell(item: Upload, column: int) -> str:
    if column == 7:
        return item.fault or (f"{item.receipt[:16]}…" if item.receipt else "")
    progress = ""
    if item.state in ("leased", "waiting") and item.size and item.sent:
        progress = f" ({round(100 * item.sent / item.size)} %)"
    return (
        item.shown_state.word, item.code, item.title, show_bytes(item.size) + progress,
        show_time(item.since), str(item.attempts or ""), show_time(item.next_try),
    )[column]  # fmt: skip
