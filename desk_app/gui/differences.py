"""The comparison on the verification screen: which signature, which side, which place is in front.

Looking it up runs in a worker process; an answer that comes after the file was left is dropped.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desk_app import inspection
from desk_app.gui.models import differences as words
from desk_app.gui.models.differences import Change
from desk_app.gui.station import Station
from desk_app.gui.tasks import Problem
from desk_app.gui.widgets.difference_panel import DifferencePanel
from desk_app.gui.widgets.page_view import Frame
from desk_app.inspection import Signed

NOTHING = -1
"""No place is in front."""


class Differences(QObject):
    """On or off; while it is on, the panel and the page follow it."""

    switched = Signal()
    """It went on or off."""
    page_wanted = Signal(int)
    """Show this page, or the same one of the other side."""
    redraw = Signal()
    """Another place is in front on the same page."""

    def __init__(self, station: Station, panel: DifferencePanel, parent: QObject) -> None:
        super().__init__(parent)
        self._station = station
        self._panel = panel
        self._path: Path | None = None
        self._field = ""
        self._history: tuple[Signed, ...] = ()
        self._signed: Signed | None = None
        self._changes: list[Change] = []
        self._row = NOTHING
        self._before = False
        panel.signature_chosen.connect(self._show)
        panel.change_chosen.connect(self._on_row)
        panel.side_chosen.connect(self.set_side)

    @property
    def is_on(self) -> bool:
        """Whether a comparison is shown."""
        return self._path is not None

    @property
    def shows_signed(self) -> bool:
        """Whether the page is shown as it was signed."""
        return self.is_on and self._before and self._signed is not None

    @property
    def changes(self) -> list[Change]:
        """The places that changed since the chosen signature."""
        return self._changes

    def end(self) -> int:
        """Which bytes of the file to show: 0 for all."""
        return self._signed.end if self._before and self._signed is not None else 0

    # --- on and off --------------------------------------------------------------------------

    def start(self, path: Path, field: str) -> None:
        """Compare a file with what the signature in this field signed."""
        self._reset()
        self._path, self._field = path, field
        self._panel.show_wait(self.tr("Comparing the pages…"))
        self._station.inspect(
            inspection.history, self._station.data, path,
            done=partial(self._on_found, path), failed=partial(self._on_failed, path),
        )  # fmt: skip
        self.switched.emit()

    def leave(self) -> None:
        """Back to the signatures."""
        if self.is_on:
            self._reset()
            self.switched.emit()

    def _reset(self) -> None:
        self._path = self._signed = None
        self._history, self._changes = (), []
        self._row, self._before = NOTHING, False

    def _on_found(self, path: Path, found: tuple[Signed, ...]) -> None:
        if path != self._path:
            return
        self._history = found
        if not found:
            self._panel.show_wait(self.tr("No signature of this file covers a whole state of it, "
                                          "so there is nothing to compare with."))  # fmt: skip
            self.switched.emit()
            return
        fields = [signed.field for signed in found]
        chosen = fields.index(self._field) if self._field in fields else 0
        names = [f"{signed.number}. {signed.signer}" for signed in found]
        self._panel.show_signatures(names, chosen)
        self._show(chosen)
        self._panel.take_focus()
        self.switched.emit()

    def _on_failed(self, path: Path, problem: Problem) -> None:
        if path == self._path:
            self._panel.show_wait(f"{problem.text} {problem.next}")

    # --- what is in front --------------------------------------------------------------------

    def _show(self, place: int) -> None:
        signed = self._history[place]
        self._signed, self._before = signed, False
        self._changes = words.changes_of(signed)
        tone, summary = words.summary_of(signed)
        self._panel.show_found(
            tone, summary, words.detail_of(signed), self._changes, sides=not signed.is_last
        )
        self._panel.show_side(signed=False)
        self._row = NOTHING
        if self._changes:
            self._panel.choose(0)
        self.redraw.emit()

    def _on_row(self, row: int) -> None:
        self._row = row
        if 0 <= row < len(self._changes):
            self.page_wanted.emit(self._changes[row].page)

    def next(self) -> None:
        """The next place, and after the last the first."""
        if self._changes:
            self._panel.choose((self._row + 1) % len(self._changes))

    def toggle_side(self) -> None:
        """As signed, or as it is now."""
        self.set_side(not self._before)

    def set_side(self, signed: bool) -> None:
        """Show one of the two sides."""
        if self._signed is None or (signed and self._signed.is_last):
            return
        self._before = signed
        self._panel.show_side(signed=signed)
        self.page_wanted.emit(NOTHING)

    @property
    def front(self) -> Change | None:
        """The place in front."""
        return self._changes[self._row] if 0 <= self._row < len(self._changes) else None

    def frames(self, page: int, width: int, height: int) -> list[Frame]:
        """The changed places of a page in its pixels; the one in front is strong."""
        found = []
        for number, change in enumerate(self._changes):
            if change.page == page:
                x0, y0, x1, y1 = change.box
                box = (round(x0 * width), round(y0 * height), round(x1 * width),
                       round(y1 * height))  # fmt: skip
                front = number == self._row
                found.append(Frame(f"change-{number}", box, change.tone, change.label, front))
        return found

    def choose_frame(self, key: str) -> None:
        """A box on the page was clicked."""
        self._panel.choose(int(key.rpartition("-")[2]))
