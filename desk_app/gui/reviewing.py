"""The supervisor's word on signed files: yes, yes to all that are valid, or back with a reason."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from desk_app.gui.models.verification import SignedFile
from desk_app.gui.station import Station

LANE = "review"


class Reviewing(QObject):
    """Asks where a question is due and keeps the decision in the store."""

    decided = Signal(str)
    """The document to look at next; empty where there is none."""

    def __init__(self, station: Station, parent: QWidget) -> None:
        super().__init__(parent)
        self._station = station
        self._window = parent

    def ask_all(self, files: list[SignedFile], then: Callable[[], None]) -> None:
        """Ask with the count before all valid files are approved at once."""
        box = QMessageBox(
            QMessageBox.Icon.Question, self.tr("Approve"),
            self.tr("Approve %n valid file(s)?", None, len(files)),
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel, self._window,
        )  # fmt: skip
        box.setInformativeText(
            self.tr("Files that are not valid stay in the list and wait for a decision.")
        )
        box.accepted.connect(then)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def approve(self, files: list[SignedFile], follow: str) -> None:
        """Keep the approval of files; `follow` is in front afterwards."""
        from desk_app.submission import reviews

        desk = self._station.desk
        if desk is not None and files:
            self._station.tasks.submit(
                LANE, reviews.approve, desk.store, [file.document_id for file in files],
                four_eyes=self._station.settings.four_eyes, leave_own=len(files) > 1,
                done=partial(self._on_approved, follow, len(files)),
            )  # fmt: skip

    def _on_approved(self, follow: str, asked: int, number: int) -> None:
        done = self.tr("%n file(s) approved.", None, number)
        if number < asked:
            left = self.tr("%n file(s) are of your own dossiers: somebody else approves them.",
                           None, asked - number)  # fmt: skip
            self._station.say("review", "warn", done, left, passing=False)
        else:
            self._station.say("review", "ok", done)
        self._station.upload()
        self.decided.emit(follow)

    def ask_send_back(self, file: SignedFile) -> None:
        """Ask for the reason, then open the dossier again at the counter."""
        from desk_app.gui.dialogs.send_back import SendBackDialog

        dialog = SendBackDialog(f"{file.title} · {file.code}", self._window)
        dialog.accepted.connect(lambda: self._send_back(file, dialog.reason))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _send_back(self, file: SignedFile, reason: str) -> None:
        from desk_app.submission import reviews

        desk = self._station.desk
        if desk is not None:
            self._station.tasks.submit(
                LANE, reviews.send_back, desk.store, file.document_id, reason,
                done=lambda _: self._on_sent_back(file.code),
            )  # fmt: skip

    def _on_sent_back(self, code: str) -> None:
        text = self.tr("Dossier {code} is back at the counter.").format(code=code)
        after = self.tr("Its files are not sent any more; the clerk sees the reason.")
        self._station.say("review", "warn", text, after)
        self.decided.emit("")
