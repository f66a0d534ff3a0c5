"""What the day looked like, hour by hour: dossiers finished at this desk, files that waited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

if TYPE_CHECKING:
    from desk_app.store.database import Store

HOURS = 12
QUEUE_HOURS = 8
_N = QT_TRANSLATE_NOOP
_HOUR = timedelta(hours=1)
UNSENT = ("queued", "waiting", "leased", "held", "dead")


@dataclass(frozen=True, slots=True)
class Bar:
    """One value with what stands below it and what it means in words."""

    value: int
    label: str
    words: str


def _tr(text: str) -> str:
    return QCoreApplication.translate("Hours", text)


def _hours(now: datetime, number: int) -> list[datetime]:
    """The beginnings of the last hours, the running one last."""
    this = now.replace(minute=0, second=0, microsecond=0)
    return [this - _HOUR * back for back in range(number - 1, -1, -1)]


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def finished(store: Store) -> list[Bar]:
    """Dossiers whose first file was queued in each of the last twelve hours."""
    now = datetime.fromisoformat(store.now())
    hours = _hours(now, HOURS)
    rows = store.rows(
        "SELECT min(created_at) AS at FROM upload WHERE created_at >= ? GROUP BY dossier_id",
        _iso(hours[0]),
    )
    moments = [datetime.fromisoformat(row["at"]) for row in rows]
    words = _tr(_N("Hours", "{hour}:00: {number} dossiers"))
    return [
        _bar(hour, sum(hour <= each < hour + _HOUR for each in moments), words) for hour in hours
    ]


def waiting(store: Store) -> list[Bar]:
    """Files that were signed and not yet confirmed, at the end of each of the last eight hours.

    Counted back from now: what waits now, less what came since, more what was confirmed since.
    """
    now = datetime.fromisoformat(store.now())
    hours = _hours(now, QUEUE_HOURS)
    left = {row["state"]: row["n"] for row in store.rows("SELECT state, n FROM upload_count")}
    number = sum(left.get(state, 0) for state in UNSENT)
    words = _tr(_N("Hours", "{hour}:00: {number} files waited"))
    bars = []
    for hour in reversed(hours):
        bars.append(_bar(hour, max(0, number), words))
        span = _iso(hour), _iso(hour + _HOUR)
        number -= _count(store, "created_at >= ? AND created_at < ?", *span)
        number += _count(store, "state = 'done' AND done_at >= ? AND done_at < ?", *span)
    return bars[::-1]


def _count(store: Store, where: str, *values: str) -> int:
    row = store.row(f"SELECT count(*) FROM upload WHERE {where}", *values)
    return int(row[0]) if row else 0


def _bar(hour: datetime, number: int, words: str) -> Bar:
    return Bar(number, f"{hour.hour}", words.format(hour=hour.hour, number=number))
