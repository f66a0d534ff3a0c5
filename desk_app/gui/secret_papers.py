"""Marking a dossier as secret at the counter: one key, and a way back that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desk_app.gui.station import Station
from desk_app.gui.tasks import READ
from desk_app.gui.widgets.banner import Notice
from desk_app.records import Dossier
from desk_app.store import secrecy

if TYPE_CHECKING:
    from desk_app.store.database import Store


class SecretPapers(QObject):
    """What the key does to the dossier in front."""

    def __init__(self, station: Station, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._station = station

    def mark(self, dossier: Dossier) -> None:
        """Nothing of it is sent, registered, handed over or packed from here on."""
        self._say(dossier, secrecy.SECRET, partial(self._on_marked, dossier))

    def take_back(self, dossier: Dossier) -> None:
        """It was marked by mistake."""
        self._say(dossier, secrecy.OPEN, partial(self._on_taken_back, dossier))

    def _say(self, dossier: Dossier, mode: str, done: Callable[[int], None]) -> None:
        desk = self._station.desk
        if desk is not None:
            self._station.tasks.submit(READ, _say, desk.store, dossier.id, mode, done=done)

    def _on_marked(self, dossier: Dossier, sent: int) -> None:
        text = self.tr("Dossier {code} is marked secret: nothing of it is sent.")
        detail = self.tr("Treat it by the rules for state secrets, off any network.")
        if sent:
            detail = self.tr("Files sent before: {count}. Tell the officer for state secrets now.")
        notice = Notice(
            f"secret-{dossier.id}", "bad", text.format(code=dossier.code),
            detail.format(count=sent), self.tr("It is not secret"),
            partial(self.take_back, dossier),
        )  # fmt: skip
        self._station.noticed.emit(notice)

    def _on_taken_back(self, dossier: Dossier, _sent: int) -> None:
        text = self.tr("Dossier {code} is not secret: it is sent as usual.")
        self._station.say(f"secret-{dossier.id}", "ok", text.format(code=dossier.code))


def _say(store: Store, dossier_id: str, mode: str) -> int:
    """Runs on a lane; returns how many files had been sent before."""
    from desk_app.submission import secret_papers

    secret_papers.mark(store, dossier_id, mode)
    return secret_papers.sent_before(store, dossier_id)
