"""A finished dossier as a package for the archive: kind, folder, progress, what the check found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desk_app import paths
from desk_app.gui import icons
from desk_app.gui.i18n import show_bytes
from desk_app.gui.models import packing as work
from desk_app.gui.models.packing import Brought, Checked, Gaps, Kind
from desk_app.gui.packing import Packing
from desk_app.gui.tasks import Problem
from desk_app.gui.widgets.parts import label, restyle, rule

if TYPE_CHECKING:
    from desk_app.gui.station import Station

FOLDER = "goi"
"""Within the exports folder."""


class PackageDialog(QDialog):
    """Enter makes the package; Esc stops what runs, then closes."""

    def __init__(self, station: Station, code: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._code = code
        self._exports = paths.exports_of(station.data)
        self._packing = Packing(station, self)
        self.result_shown: Checked | None = None
        self.setWindowTitle(self.tr("Package for the archive"))
        self.setMinimumWidth(780)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        column.addWidget(label(self.tr("Package of dossier {code}").format(code=code), "title"))
        column.addLayout(self._build_form())
        column.addLayout(self._build_work())
        column.addLayout(self._build_result(), 1)
        column.addWidget(rule())
        column.addLayout(self._build_lists())
        column.addWidget(self._build_buttons())
        self._packing.progressed.connect(self._on_progress)
        self._packing.busy_changed.connect(self._on_busy)
        self._packing.failed.connect(self._on_failed)
        self._show_kind()
        self._packing.run(work.kinds, done=self._offer, with_desk=False)

    # --- construction ------------------------------------------------------------------------

    def _build_form(self) -> QFormLayout:
        self.form = form = QFormLayout()
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(8)
        self.kind = QComboBox()
        self.kind.currentIndexChanged.connect(self._show_kind)
        form.addRow(self.tr("&Kind of package"), self.kind)
        self.number = QSpinBox()
        self.number.setRange(1, 9999)
        self.number.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.number.setFixedWidth(96)
        form.addRow(self.tr("&Number in this hand-over"), self.number)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.folder = QLineEdit(str(self._exports / FOLDER))
        self._choose = self._button(self.tr("C&hoose…"), self._ask_folder)
        row.addWidget(self.folder, 1)
        row.addWidget(self._choose)
        form.addRow(self.tr("Into the &folder"), row)
        folder_label = form.labelForField(row)
        if isinstance(folder_label, QLabel):
            folder_label.setBuddy(self.folder)
        self.folder.setAccessibleName(self.tr("Folder for the package"))
        self.unpacked = QCheckBox(self.tr("Leave it &unpacked, no ZIP file"))
        form.addRow("", self.unpacked)
        return form

    def _build_work(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        self.make = self._button(self.tr("&Make and check the package"), self._make)
        self.make.setProperty("role", "primary")
        self.make.setDefault(True)
        self.cancel = self._button(self.tr("&Stop"), self._packing.stop)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.state = label("", "muted")
        row.addWidget(self.make)
        row.addWidget(self.cancel)
        row.addWidget(self.bar, 1)
        row.addWidget(self.state, 2)
        return row

    def _build_result(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(6)
        self.said = label("", "strong", wrap=True)
        column.addWidget(self.said)
        self.facts = label("", "", wrap=True)
        flags = Qt.TextInteractionFlag.TextSelectableByMouse
        self.facts.setTextInteractionFlags(flags | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        column.addWidget(self.facts)
        self.checks = QListWidget()
        self.checks.setAccessibleName(self.tr("What the check found"))
        self.checks.setIconSize(QSize(18, 18))
        self.checks.setWordWrap(True)
        self.checks.setMinimumHeight(150)
        self.checks.hide()
        column.addWidget(self.checks, 1)
        column.addStretch(0)
        return column

    def _build_lists(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label(self.tr("Field lists (Excel)"), "muted"))
        self.write = self._button(self.tr("&Write the list…"), self._ask_write)
        self.bring = self._button(self.tr("&Bring a filled list in…"), self._ask_bring)
        self.look = self._button(self.tr("Ch&eck a package…"), self._ask_check)
        for button in (self.write, self.bring):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.look)
        return row

    def _build_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton(self.tr("C&opy"), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.setToolTip(self.tr("Path, number of files and SHA-256"))
        self.copy.setEnabled(False)
        self.copy.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(f"{self.said.text()}\n{self.facts.text()}")
        )
        buttons.rejected.connect(self.reject)
        return buttons

    @staticmethod
    def _button(text: str, run: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked=False: run())
        return button

    # --- what is chosen ----------------------------------------------------------------------

    def _offer(self, kinds: list[Kind]) -> None:
        for kind in kinds:
            self.kind.addItem(kind.title, kind)
        self.kind.setFocus()

    def _kind(self) -> Kind | None:
        found = self.kind.currentData()
        return found if isinstance(found, Kind) else None

    def _show_kind(self) -> None:
        kind = self._kind()
        self.form.setRowVisible(self.number, kind is not None and kind.is_sip)
        self.number.setEnabled(not self._packing.is_busy)

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder for the package"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        self._open(dialog, self.folder.setText)

    def _ask_write(self) -> None:
        dialog = QFileDialog(self, self.tr("Write the field list"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("xlsx")
        dialog.setNameFilter(self.tr("Excel workbook (*.xlsx)"))
        dialog.selectFile(f"{self._code}-danh-muc.xlsx")
        self._open(dialog, lambda name: self.write_to(Path(name)))

    def _ask_bring(self) -> None:
        dialog = QFileDialog(self, self.tr("Bring a filled list in"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Excel workbook (*.xlsx)"))
        self._open(dialog, lambda name: self.bring_from(Path(name)))

    def _ask_check(self) -> None:
        dialog = QFileDialog(self, self.tr("Check a package"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Packages (*.zip)"), self.tr("METS of a folder (METS.xml)")])
        self._open(dialog, lambda name: self.check_at(Path(name)))

    def _open(self, dialog: QFileDialog, chosen: Callable[[str], None]) -> None:
        if self._exports.is_dir():
            dialog.setDirectory(str(self._exports))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(chosen)
        dialog.open()

    # --- work --------------------------------------------------------------------------------

    def _make(self) -> None:
        kind, folder = self._kind(), self.folder.text().strip()
        if kind is None:
            return
        if not folder:
            self._say("warn", self.tr("Say into which folder the package goes."))
            self.folder.setFocus()
            return
        self._packing.run(
            work.make, self._code, kind.name, Path(folder).expanduser().absolute(),
            self.number.value(), self.unpacked.isChecked(), done=self._on_made, can_stop=True,
        )  # fmt: skip

    def check_at(self, path: Path) -> None:
        """Check a ZIP file, or the folder that this METS.xml lies in."""
        where = path.parent if path.name == "METS.xml" else path
        self._packing.run(work.check, where, done=self._on_checked, with_desk=False, can_stop=True)

    def write_to(self, path: Path) -> None:
        """Write the dossier's field lists into a workbook; nothing is overwritten."""
        if (kind := self._kind()) is not None:
            self._packing.run(work.write_list, self._code, kind.name, path, done=self._on_listed)

    def bring_from(self, path: Path) -> None:
        """Keep what a filled list says."""
        if (kind := self._kind()) is not None:
            self._packing.run(work.bring_in, kind.name, path, done=self._on_brought)

    # --- what comes back ---------------------------------------------------------------------

    def _on_busy(self, busy: bool) -> None:
        self.bar.setVisible(busy)
        self.cancel.setVisible(busy)
        self.state.setText(self.tr("Working…") if busy else "")
        for part in (self.make, self.write, self.bring, self.look, self.kind, self.folder,
                     self._choose, self.unpacked):  # fmt: skip
            part.setEnabled(not busy)
        self._show_kind()

    def _on_progress(self, files: int) -> None:
        if self._packing.is_busy:
            self.state.setText(self.tr("%n file(s) written or checked", None, files))

    def _on_made(self, made: Checked | Gaps) -> None:
        if isinstance(made, Gaps):
            self._clear()
            self._say("warn", made.text)
            self.facts.setText(
                self.tr("Write the field list, fill in the yellow and the empty cells, then bring "
                        "it in.")
            )  # fmt: skip
            self.write.setFocus()
            return
        self._say("ok", self.tr("The package is made, and its check found nothing wrong."))
        self._show(made)

    def _on_checked(self, found: Checked) -> None:
        if found.is_whole:
            self._say("ok", self.tr("The {kind} is intact.").format(kind=found.kind))
        else:
            self._say("bad", self.tr("The package is NOT as it should be."))
        self._show(found)

    def _show(self, found: Checked) -> None:
        self.result_shown = found
        lines = [str(found.path)]
        files = self.tr("%n file(s)", None, found.files)
        lines.append(f"{files} · {show_bytes(found.size)}")
        if found.sha256:
            lines.append(f"SHA-256 {found.sha256}")
        if found.assumed:
            text = self.tr("Assumed, said by nobody: {names}")
            lines.append(text.format(names=", ".join(found.assumed)))
        self.facts.setText("\n".join(lines))
        self.checks.clear()
        for name, faults in found.checks:
            tone = "bad" if faults else "ok"
            verdict = self.tr("%n fault(s)", None, faults) if faults else self.tr("good")
            self._add(tone, f"{work.check_word(name)} · {verdict}")
        for fault in found.faults:
            self._add("bad", fault)
        self.checks.setCurrentRow(0)
        self.checks.setFocus()
        self.copy.setEnabled(True)

    def _add(self, tone: str, text: str) -> None:
        self.checks.addItem(QListWidgetItem(icons.icon(tone, tone), text))
        self.checks.show()

    def _on_listed(self, path: Path) -> None:
        self._clear()
        self._say("ok", self.tr("The field list is written."))
        self.facts.setText(str(path))

    def _on_brought(self, brought: Brought) -> None:
        self._clear()
        if not brought.problems:
            text = self.tr("Kept: {dossiers} dossiers, {documents} papers.")
            self._say("ok", text.format(dossiers=brought.dossiers, documents=brought.documents))
            return
        self._say("bad", self.tr("Nothing was kept. Mend the list and bring it in again."))
        for problem in brought.problems:
            self._add("bad", problem)
        self.checks.setCurrentRow(0)

    def _on_failed(self, problem: Problem) -> None:
        self._clear()
        if problem.interrupted:
            self._say("accent", self.tr("Stopped. Nothing half-made is in the folder."))
            return
        self._say("bad", problem.text)
        self.facts.setText(problem.next)

    def _say(self, tone: str, text: str) -> None:
        self.said.setText(text)
        restyle(self.said, "tone", tone)

    def _clear(self) -> None:
        self.result_shown = None
        self.checks.clear()
        self.checks.hide()
        self.facts.setText("")
        self.copy.setEnabled(False)

    def reject(self) -> None:
        """Esc ends the work first; what is not begun is not lost."""
        if self._packing.is_busy:
            self._packing.stop()
            return
        super().reject()
