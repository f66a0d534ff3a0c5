"""What happens to the window when it is locked, and when somebody sits down.

Everything stays as it was, under a cover: dialogs are put away and come back to the person who
opened them, a half-typed value is kept first, each person finds the dossier they had open.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QDialog, QToolTip, QWidget
from shiboken6 import isValid

from desk_app.gui.commands import COUNTER

if TYPE_CHECKING:
    from desk_app.gui.main_window import MainWindow
    from desk_app.gui.models.search import Place
    from desk_app.gui.station import Station
    from desk_app.gui.widgets.lock_screen import LockScreen
    from desk_app.store.people import Person


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a person was."""

    screen: str
    place: Place | None
    """Dossier and page at the counter."""


class Locking(QObject):
    """Covers the window, and gives everybody their own place back."""

    def __init__(self, window: MainWindow, station: Station) -> None:
        super().__init__(window)
        self._window = window
        self._station = station
        self._seats: dict[str, Seat] = {}
        self._dialogs: dict[str, list[QDialog]] = {}
        self._focus: QWidget | None = None
        station.who.locked.connect(self._cover)
        station.who.unlocked.connect(self._uncover)

    @cached_property
    def screen(self) -> LockScreen:
        """The cover; a one-person station never needs one."""
        from desk_app.gui.widgets.lock_screen import LockScreen

        made, who = LockScreen(self._window), self._station.who
        made.entered.connect(who.log_in)
        who.refused.connect(made.show_problem)
        return made

    # --- lock --------------------------------------------------------------------------------

    def _cover(self) -> None:
        window, who = self._window, self._station.who
        popup = QApplication.activePopupWidget()
        while popup is not None:
            popup.close()
            popup = QApplication.activePopupWidget()
        QToolTip.hideText()
        self._focus = window.focusWidget()
        if self._focus is not None:
            self._focus.clearFocus()  # a value that was being typed is kept, as its typist's
        self._put_dialogs_away(who.person.id if who.person else "")
        self._set_within_reach(False)
        self.screen.cover(who.people, who.person.id if who.person else "")

    def _put_dialogs_away(self, person_id: str) -> None:
        from desk_app.gui.dialogs.pin import PinDialog

        shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog)]
        shown.sort(key=_depth)  # one that was opened by another comes back after it
        kept = self._dialogs.setdefault(person_id, [])
        for dialog in [each for each in shown if each.isVisible()]:
            if isinstance(dialog, PinDialog):  # it holds a secret
                dialog.reject()
            else:
                dialog.hide()
                kept.append(dialog)

    def _set_within_reach(self, enabled: bool) -> None:
        """What lies under the cover gets no key and is read out by no screen reader."""
        for part in (self._window.centralWidget(), self._window.menuBar()):
            if part is not None:
                part.setEnabled(enabled)

    # --- login -------------------------------------------------------------------------------

    def _uncover(self, before: Person | None) -> None:
        person = self._station.who.person
        assert person is not None
        self._set_within_reach(True)
        self.screen.uncover()
        if before is not None and before.id == person.id:
            self._give_focus_back()
            # Another turn: that they look is recorded anew.
            self._window.screen(self._window.screen_name).refresh()
        else:
            self._change_places(before, person)
        for dialog in self._dialogs.pop("", []):  # from before there were people
            if isValid(dialog):
                dialog.close()
        for dialog in self._dialogs.pop(person.id, []):
            if isValid(dialog):
                dialog.open()

    def _give_focus_back(self) -> None:
        focus, self._focus = self._focus, None
        if focus is not None and isValid(focus):
            focus.setFocus()

    def _change_places(self, before: Person | None, person: Person) -> None:
        window = self._window
        if before is not None:
            self._seats[before.id] = Seat(window.screen_name, window.counter.place)
        seat = self._seats.get(person.id, Seat(COUNTER, None))
        window.counter.give_to(seat.place)
        window.look_anew()
        window.go(window.allowed_screen(seat.screen))

    def close(self) -> None:
        """The window goes: so do the dialogs that are put away."""
        for dialogs in self._dialogs.values():
            for dialog in dialogs:
                if isValid(dialog):
                    dialog.close()
        self._dialogs.clear()


def _depth(widget: QWidget) -> int:
    parent, depth = widget.parentWidget(), 0
    while parent is not None:
        parent, depth = parent.parentWidget(), depth + 1
    return depth
