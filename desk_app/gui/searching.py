"""Asks the index while one types: one question at a time, and only the last one's answer counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desk_app.gui.tasks import Problem
from desk_app.store import people, search
from desk_app.store.search import Answer, Query

if TYPE_CHECKING:
    from desk_app.gui.station import Station
    from desk_app.store.database import Store

SEARCH_LANE = "search"
PAUSE_MS = 150
"""An input method composes a letter with backspaces; a question comes after it is done."""
BLOCK = 100
"""Hits of one answer; more come as one scrolls."""
INDEXING_S = 0.25
"""How long pages are read into the index before an answer."""
AGAIN_MS = 400
SETTLED_MS = 1500
"""An answer that stood so long was looked at, and is recorded."""


@dataclass(frozen=True, slots=True)
class Found:
    """An answer, to what, and how many entries the index has not read yet."""

    query: Query
    answer: Answer
    behind: int


class Searching(QObject):
    """The questions of one screen, on a lane of their own."""

    found = Signal(object)
    """A Found: the answer to what was asked last."""
    went_on = Signal(object)
    """An Answer: what lies behind the one before."""
    failed = Signal(object)
    """A Problem instead of an answer."""
    busy_changed = Signal()

    def __init__(self, station: Station, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._station = station
        self._number = 0
        self._query = Query()
        self._found: Found | None = None
        self._noted: Query | None = None
        self._pause = self._timer(PAUSE_MS, self._ask)
        self._again = self._timer(AGAIN_MS, self._ask)
        self._settled = self._timer(SETTLED_MS, self.note)

    def _timer(self, interval_ms: int, run: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(run)
        return timer

    @property
    def is_waiting(self) -> bool:
        """Whether the answer to the last question is still to come."""
        return self._found is None or self._found.query != self._query

    @property
    def is_whole(self) -> bool:
        """Whether the answer that is shown had everything that was there."""
        return self._found is not None and self._found.answer.complete

    def ask(self, query: Query, *, at_once: bool = False) -> None:
        """Ask after the pause of typing; a question that runs is given up."""
        self._query = replace(query, limit=BLOCK)
        self._number += 1
        self._settled.stop()
        self._again.stop()
        self._pause.start(0 if at_once else PAUSE_MS)
        self.busy_changed.emit()

    def cancel(self) -> None:
        """Nothing is asked any more: an answer that still comes is dropped."""
        self._number += 1
        self._query, self._found = Query(limit=BLOCK), None
        for timer in (self._pause, self._again, self._settled):
            timer.stop()

    def again(self) -> None:
        """The store changed: ask the same once more, unless that is about to happen."""
        if not self._pause.isActive() and not self._again.isActive():
            self._again.start()

    def _ask(self) -> None:
        desk = self._station.desk
        if desk is None:
            return
        self._number += 1
        number = self._number
        self._station.tasks.submit(
            SEARCH_LANE, _search, desk.store, self._query, lambda: number != self._number,
            done=lambda found: self._on_found(number, found),
            failed=lambda problem: self._on_failed(number, problem),
        )  # fmt: skip

    def _on_found(self, number: int, found: Found | None) -> None:
        if number != self._number or found is None:  # overtaken by what was typed since
            return
        self._found = found
        if found.behind:
            self._again.start()
        self._settled.start()
        self.found.emit(found)
        self.busy_changed.emit()

    def _on_failed(self, number: int, problem: Problem) -> None:
        if number == self._number:
            self._found = None
            self.failed.emit(problem)

    # --- going on ----------------------------------------------------------------------------

    def go_on(self, known: Sequence[int]) -> None:
        """Ask for what lies behind these entries."""
        desk = self._station.desk
        if desk is None or self.is_waiting:
            return
        number = self._number
        self._station.tasks.submit(
            SEARCH_LANE, search.find, desk.store, self._query, known=tuple(known),
            stopped=lambda: number != self._number,
            done=lambda answer: self._on_more(number, answer),
            failed=lambda problem: self._on_failed(number, problem),
        )  # fmt: skip

    def _on_more(self, number: int, answer: Answer) -> None:
        desk = self._station.desk
        if number == self._number and desk is not None:
            self._station.tasks.submit(
                SEARCH_LANE, search.note, desk.store, answer, self._query.text
            )
            self.went_on.emit(answer)

    # --- the record --------------------------------------------------------------------------

    def forget(self) -> None:
        """Somebody else sits down: what they look at is their own question."""
        self._noted = None

    def note(self) -> None:
        """Record, once a question, that its answer was looked at."""
        desk, found = self._station.desk, self._found
        if desk is None or found is None or found.query == self._noted or not _asks(found.query):
            return
        self._noted = found.query
        self._station.tasks.submit(
            SEARCH_LANE, search.note, desk.store, found.answer, found.query.text
        )


def _asks(query: Query) -> bool:
    return any((query.text.strip(), query.paper, query.procedure, query.since, query.until))


def _search(store: Store, query: Query, stopped: Callable[[], bool]) -> Found | None:
    """Runs on a lane: what was committed until now is found; None where nobody waits any more."""
    if stopped():
        return None
    people.require(store, "search")
    search.refresh(store, patience_s=INDEXING_S)
    answer = search.find(store, query, stopped=stopped)
    return Found(query, answer, search.behind(store))
