"""What the verification screen looks up beside the verdict: certificates, reports, their ends."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from desk_app import inspection
from desk_app.gui.dialogs.certificate import CertificateDialog
from desk_app.gui.models import certificate, expiry
from desk_app.gui.models.verification import Signature, SignedFile
from desk_app.gui.station import Station
from desk_app.gui.tasks import Problem
from desk_app.inspection import Papers
from desk_app.store import looks

AT_A_TIME = 40
"""Certificates looked up in one go, so that a comparison need not wait long behind them."""


class LookUps(QObject):
    """Runs in the inspecting process; the window only shows what comes back."""

    ends_known = Signal()

    def __init__(self, station: Station, parent: QWidget) -> None:
        super().__init__(parent)
        self._station = station
        self._window = parent
        self._ends: dict[str, datetime] = {}
        self._asked: set[str] = set()

    # --- certificates ------------------------------------------------------------------------

    def show_certificate(self, file: SignedFile, signature: Signature) -> None:
        """Open the dialog at once; what it shows comes when it was read."""
        dialog = CertificateDialog(signature.signer, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        alive = [dialog]
        dialog.finished.connect(lambda _: alive.clear())

        def on_read(papers: Papers) -> None:
            for shown in alive:
                now = datetime.now(UTC)
                shown.show_sections(certificate.sections_of(papers, signature, now))

        def on_failed(problem: Problem) -> None:
            for shown in alive:
                shown.show_problem(f"{problem.text} {problem.next}")

        self._station.inspect(
            inspection.papers, self._station.data, file.path, signature.key, signature.certificate,
            done=on_read, failed=on_failed,
        )  # fmt: skip
        dialog.open()

    def ask_ends(self, files: list[SignedFile]) -> None:
        """Look up when the signers' certificates end that are not known yet."""
        wanted: dict[str, tuple[Path, str, str]] = {}
        for file in files:
            for each in file.signatures:
                if each.certificate and each.certificate not in self._asked:
                    wanted.setdefault(each.certificate, (file.path, each.key, each.certificate))
        some = list(wanted.values())[:AT_A_TIME]
        if some:
            self._asked |= {sha256 for _, _, sha256 in some}
            self._station.inspect(
                inspection.ends, some, done=partial(self._on_ends, files),
                failed=lambda _: None,
            )  # fmt: skip

    def _on_ends(self, files: list[SignedFile], found: dict[str, datetime]) -> None:
        self._ends |= found
        self.ends_known.emit()
        self.ask_ends(files)

    def ends_in_words(self, files: list[SignedFile]) -> str:
        """Which certificates of these files end soon; empty while none is known."""
        used = {each.certificate for file in files for each in file.signatures}
        return expiry.words(
            (end for sha256, end in self._ends.items() if sha256 in used), datetime.now(UTC)
        )

    # --- reports -----------------------------------------------------------------------------

    def export(self, file: SignedFile) -> None:
        """Ask for a folder, then write the report there as PDF and JSON."""
        dialog = QFileDialog(self._window, self.tr("Folder for the report"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.export_to(file, Path(name)))
        dialog.open()

    def export_to(self, file: SignedFile, folder: Path) -> None:
        """Write the report into a folder; nothing there is overwritten."""
        desk = self._station.desk
        if desk is None:
            return
        self._station.say("report", "accent", self.tr("Writing the report…"))
        self._station.read(
            looks.exported, desk.store, file.dossier_id, "report", 2,
            done=lambda _: self._write_report(file, folder),
        )  # fmt: skip

    def _write_report(self, file: SignedFile, folder: Path) -> None:
        """After it is recorded that it leaves."""
        self._station.inspect(
            inspection.export, self._station.data, file.path, f"{file.code} {file.title}", folder,
            done=self._on_exported, failed=self._station.tell,
        )  # fmt: skip

    def _on_exported(self, written: tuple[Path, Path]) -> None:
        text = self.tr("The report is in {folder}.").format(folder=written[0].parent)
        names = ", ".join(path.name for path in written)
        self._station.say("report", "ok", text, names, passing=False)
