"""Who sits at the window: login, lock, and the lock that comes by itself after idle minutes.

On a one-person station nobody ever logs in and everything is allowed. Where there are people, work
that somebody started goes on behind the lock in their name; only what is on the screen is covered.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent

from desk_app.gui.i18n import pick
from desk_app.gui.tasks import Problem
from desk_app.store import acting
from desk_app.store.looks import Sitting

if TYPE_CHECKING:
    from desk_app.gui.station import Station
    from desk_app.store.database import Store
    from desk_app.store.people import Person

LOGIN_LANE = "login"
IDLE_TICK_MS = 1000
_ACTIVITY = frozenset({
    QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.Wheel,
    QEvent.Type.TouchBegin, QEvent.Type.TouchUpdate, QEvent.Type.InputMethod,
})  # fmt: skip
"""Signs of somebody at the desk."""


class Who(QObject):
    """The person of this sitting, and what they may do."""

    locked = Signal()
    """Cover the screen."""
    unlocked = Signal(object)
    """Somebody logged in; the person who sat here before, or None."""
    refused = Signal(object)
    """A Problem: wrong PIN, or too soon after wrong ones."""
    changed = Signal()
    """Other people, another role: what may be done is to be looked at anew."""

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._station = station
        self.people: list[Person] = []
        """Who can log in; empty on a one-person station."""
        self.person: Person | None = None
        """Who sits here; stays while the screen is locked."""
        self.is_locked = False
        self.sitting = Sitting()
        self.idle = Idle(self)
        self.idle.over.connect(self.lock)

    # --- who there is ------------------------------------------------------------------------

    def reread(self) -> None:
        """The store changed: somebody may have been entered, disabled or given another role."""
        desk = self._station.desk
        if desk is not None:
            self._station.read(_people, desk.store, done=self.take)

    def take(self, found: list[Person]) -> None:
        """Know these people; lock where the one who sits here is none of them any more."""
        is_new, self.people = not self.people, found
        before = self.person
        self.person = next((each for each in found if before and each.id == before.id), None)
        if not found:
            return
        if self.person is None or before is None:
            self._lock_now()
        elif is_new or (before.role, before.name) != (self.person.role, self.person.name):
            self.changed.emit()

    def stay(self, person: Person | None) -> None:
        """The window is built anew under somebody who is logged in: they stay so."""
        if person is not None:
            self.person = person
            self._sit_down(person)

    def may(self, action: str) -> bool:
        """Whether whoever sits here may do something; a lock takes no right, it covers."""
        if not action or not self.people:
            return True
        return self.person is not None and self.person.may(action)

    def reason(self, action: str) -> str:
        """Why not, and who may, for a tooltip; empty where it is allowed."""
        if self.person is None or self.may(action):
            return ""
        from desk_app.store import people

        fault = people.refusal(self.person, action)
        return f"{pick(fault.vi, fault.en)} {pick(fault.next_vi, fault.next_en)}"

    @property
    def described(self) -> str:
        """Name and role, for the strip; empty on a one-person station."""
        if self.person is None:
            return ""
        from desk_app.store import rights

        title = rights.table().roles[self.person.role].title
        return f"{self.person.name} · {pick(title.vi, title.en)}"

    # --- login and lock ----------------------------------------------------------------------

    def log_in(self, person_id: str, pin: bytearray) -> None:
        """Check a PIN behind the lock; `unlocked` or `refused` follows. The PIN is overwritten."""
        from desk_app.store import people

        desk = self._station.desk
        if desk is not None:
            self._station.tasks.submit(
                LOGIN_LANE, acting.by("", people.log_in), desk.store, person_id, pin,
                done=self._on_logged_in, failed=self._on_refused,
            )  # fmt: skip

    def _on_logged_in(self, person: Person) -> None:
        before, self.person = self.person, person
        self.is_locked = False
        self._sit_down(person)
        self.changed.emit()  # first what they may do, then where they go
        self.unlocked.emit(before)

    def _sit_down(self, person: Person) -> None:
        self.sitting.begin(person.id)
        self._station.tasks.actor = person.id
        self.idle.start(self._station.settings.lock_minutes * 60.0)

    def _on_refused(self, problem: Problem) -> None:
        self.refused.emit(problem)

    def lock(self) -> None:
        """Cover the screen at once; what runs goes on."""
        if self.people and not self.is_locked:
            desk, person = self._station.desk, self.person
            if desk is not None and person is not None:
                self._station.tasks.submit(LOGIN_LANE, _note_leave, desk.store, person.id)
            self._lock_now()

    def _lock_now(self) -> None:
        if self.is_locked:
            return
        self.is_locked = True
        self.idle.stop()
        self._station.session.forget()  # a token's PIN is its holder's, not the counter's
        self.locked.emit()
        self.changed.emit()


class Idle(QObject):
    """Says when nobody has touched keyboard or mouse for so long, or wants to lock at once.

    The key to lock is heard here as well, because the window's own is dead under a dialog.
    """

    over = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._patience_s = 0.0
        self._touch()
        self._timer = QTimer(self)
        self._timer.setInterval(IDLE_TICK_MS)
        self._timer.timeout.connect(self._look)

    def start(self, patience_s: float) -> None:
        """Watch from now on; 0 never ends."""
        self._patience_s = patience_s
        self._touch()
        app = QCoreApplication.instance()
        if app is not None:
            app.installEventFilter(self)  # a second time is as once
        if patience_s > 0:
            self._timer.start()
        else:
            self._timer.stop()

    def stop(self) -> None:
        """Watch no more."""
        app = QCoreApplication.instance()
        if app is not None:
            app.removeEventFilter(self)
        self._timer.stop()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _ACTIVITY:
            self._touch()
        if kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and _locks(event):
            QTimer.singleShot(0, self, self.over.emit)  # not while a dialog takes the key
            return True
        return False

    def _touch(self) -> None:
        self._last, self._last_time = time.monotonic(), time.time()

    def _look(self) -> None:
        # A computer that sleeps stops the one clock and not the other.
        quiet_s = max(time.monotonic() - self._last, time.time() - self._last_time)
        if quiet_s >= self._patience_s:
            self.stop()
            self.over.emit()


def _locks(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_L and event.modifiers() == Qt.KeyboardModifier.ControlModifier


def _people(store: Store) -> list[Person]:
    """Runs on a lane."""
    from desk_app.store import people

    return people.everybody(store, disabled=False)


def _note_leave(store: Store, person_id: str) -> None:
    with store.transaction() as change:
        change.audit_by(person_id, "person.leave", person_id)
