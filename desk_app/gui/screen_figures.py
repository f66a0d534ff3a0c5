"""Figures: what the office received, digitized and reused in a period, and what still waits."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui.commands import FIGURES, Actions
from desk_app.gui.i18n import language, show_bytes, show_date, show_time
from desk_app.gui.models import figures
from desk_app.gui.models import queue as outbox
from desk_app.gui.models.figures import FiguresModel, Period, Report
from desk_app.gui.rereading import Rereading
from desk_app.gui.station import Station
from desk_app.gui.tasks import INSPECT
from desk_app.gui.widgets.banner import Notice
from desk_app.gui.widgets.day_edit import DayEdit
from desk_app.gui.widgets.figure_cards import FigureCards
from desk_app.gui.widgets.figure_plots import MOST_DAYS, DayPlot, ShareBars
from desk_app.gui.widgets.parts import ElidedLabel, label, push_button, set_chip, tool_button
from desk_app.gui.widgets.rows import Rows
from desk_app.store.figures import GROUPS, Uploads

CALM_MS = 5000
"""Figures need not follow every page: they are counted again this long after a change."""
ROW_HEIGHT, HEADER_HEIGHT = 34, 62
ROOMY = 600
"""Height of the screen from which the plots are shown."""
NUMBER_PX = 96
NAME_SHARE = 0.26
"""Of the table's width, for the names."""
NOTICE = "figures"


class _Table(Rows):
    """The names get the room that they need, the numbers share the rest."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width, numbers = self.viewport().width(), self.model().columnCount() - 1
        name = max(140, min(round(NAME_SHARE * width), width - numbers * NUMBER_PX))
        self.setColumnWidth(0, name)
        narrow = (width - name) // numbers < NUMBER_PX
        self.horizontalHeader().setFixedHeight(HEADER_HEIGHT + (22 if narrow else 0))
        for column in range(1, numbers + 1):
            self.setColumnWidth(column, (width - name) // numbers)


def _side(button: QPushButton) -> QPushButton:
    """A button that stays pressed; as wide as its name in bold."""
    button.setProperty("role", "side")
    button.setCheckable(True)
    bold = button.font()
    bold.setWeight(QFont.Weight.Bold)
    button.setMinimumWidth(QFontMetrics(bold).horizontalAdvance(button.text()) + 34)
    return button


class FiguresScreen(QWidget):
    """Counts on a lane; the window only shows what was counted."""

    facts_changed = Signal()
    dossier_wanted = Signal(str)
    sealed_code = ""
    """No single dossier is in front that could be packed."""

    def __init__(self, station: Station, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._station = station
        self._actions = actions
        self.period = figures.period("month", date.today())
        self.group = "procedure"
        self.report: Report | None = None
        self.model = FiguresModel(self)
        self._reading = Rereading(station, self._on_read)
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(CALM_MS)
        self._calm.timeout.connect(self._read)
        self._build()
        self._show_period()

    # --- construction ------------------------------------------------------------------------

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_header())
        self.cards = FigureCards()
        column.addWidget(self.cards)
        column.addWidget(self._build_plots(), 3)
        column.addLayout(self._build_groups())
        column.addWidget(self._build_table(), 4)
        column.addWidget(self._build_foot())

    def _build_header(self) -> QFrame:
        header = QFrame()
        header.setObjectName("Header")
        column = QVBoxLayout(header)
        column.setContentsMargins(18, 12, 14, 12)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(6)
        self._kinds = {
            kind: _side(push_button(self._actions[f"period_{kind}"])) for kind in figures.KINDS
        }
        for button in self._kinds.values():
            row.addWidget(button)
        row.addSpacing(6)
        self.shown = ElidedLabel()
        self.shown.setProperty("role", "strong")
        row.addWidget(self.shown, 1)
        row.addWidget(tool_button(self._actions["print_figures"]))
        row.addWidget(push_button(self._actions["export_figures"], primary=True))
        column.addLayout(row)
        column.addWidget(self._build_days())
        return header

    def _build_days(self) -> QWidget:
        """The two days of a period of one's own; there only where one is chosen."""
        self._free = QWidget()
        row = QHBoxLayout(self._free)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.since, self.until = DayEdit(self.tr("From the day")), DayEdit(self.tr("To the day"))
        row.addWidget(label(self.tr("Received"), "muted"))
        row.addWidget(self.since)
        row.addWidget(label("–", "muted"))
        row.addWidget(self.until)
        row.addWidget(label(self.tr("Enter counts these days"), "caption"))
        row.addStretch(1)
        for edit in (self.since, self.until):
            edit.returnPressed.connect(self._take_days)
        return self._free

    def _build_plots(self) -> QWidget:
        self.plots = QWidget()
        row = QHBoxLayout(self.plots)
        row.setContentsMargins(18, 12, 18, 6)
        row.setSpacing(18)
        self.days = DayPlot(self.tr("Dossiers received, by day"))
        self.bars = ShareBars(self.tr("Digitized and reused, by group"))
        row.addWidget(self.days, 1)
        row.addWidget(self.bars, 1)
        return self.plots

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where the window is low, the table keeps its room: it has the plots' numbers, too."""
        super().resizeEvent(event)
        self.plots.setVisible(event.size().height() >= ROOMY)

    def _build_groups(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(18, 4, 18, 6)
        row.setSpacing(6)
        self._groups = {name: _side(QPushButton(figures.word(name))) for name in GROUPS}
        for name, button in self._groups.items():
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setToolTip(self.tr("The next group: G"))
            button.clicked.connect(partial(self._choose_group, name))
            row.addWidget(button)
        self.nothing = label("", "muted")
        row.addSpacing(10)
        row.addWidget(self.nothing)
        row.addStretch(1)
        return row

    def _build_table(self) -> QTableView:
        self.table = _Table(ROW_HEIGHT)
        self.table.setModel(self.model)
        self.table.setAccessibleName(self.tr("Figures by group"))
        self.table.setMinimumHeight(120)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._actions.attach(self.table, FIGURES)
        return self.table

    def _build_foot(self) -> QFrame:
        foot = QFrame()
        foot.setObjectName("PanelFoot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(18, 10, 18, 10)
        row.setSpacing(8)
        row.addWidget(label(self.tr("Upload queue, now"), "strong"))
        self._chips = QHBoxLayout()
        self._chips.setSpacing(6)
        row.addLayout(self._chips)
        self.uploads = label("", "caption")
        row.addWidget(self.uploads)
        row.addStretch(1)
        self.versions = label("", "caption")
        row.addWidget(self.versions)
        return foot

    # --- what the window asks of a screen ----------------------------------------------------

    def facts(self) -> set[str]:
        """What holds now, for the commands."""
        return {"idle", "counted"} if self.report is not None else {"idle"}

    def run(self, command: str) -> None:
        """Carry out a command of the table."""
        if command.startswith("period_"):
            self._choose_kind(command.removeprefix("period_"))
            return
        getattr(self, f"_do_{command}")()

    def activate(self) -> None:
        """The screen comes to the front."""
        self._read()
        self.table.setFocus()

    def refresh(self) -> None:
        """The store changed; count again when it has calmed down."""
        if self.report is None:  # the desk was still being opened
            self._read()
        elif not self._calm.isActive():
            self._calm.start()

    def _read(self) -> None:
        self._calm.stop()
        desk = self._station.desk
        if desk is not None:
            self._reading.start(partial(figures.read_report, desk, self.period))

    # --- the period --------------------------------------------------------------------------

    def _choose_kind(self, kind: str) -> None:
        if kind == "dates":
            self._show(Period("dates", self.period.first, self.period.last))
            self.since.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.since.selectAll()
            return
        known = next(each for each in figures.KINDS if each == kind)
        self._show(figures.period(known, date.today()))
        self.table.setFocus()

    def _take_days(self) -> None:
        """Enter in one of the days."""
        first, last = self.since.day, self.until.day
        if not first or not last or last < first:
            self._station.say(NOTICE, "warn", self.tr("This is no period."), self.tr(
                "Type two days as 31/01/2026, the earlier one first."))  # fmt: skip
            return
        self._show(Period("dates", date.fromisoformat(first), date.fromisoformat(last)))
        self.table.setFocus()

    def _show(self, period: Period) -> None:
        self.period = period
        self._show_period()
        self._read()

    def _show_period(self) -> None:
        for kind, button in self._kinds.items():
            button.setChecked(kind == self.period.kind)
        is_free = self.period.kind == "dates"
        self._free.setVisible(is_free)
        self.since.show_day(self.period.first)
        self.until.show_day(self.period.last)
        first, last = self.period.first.isoformat(), self.period.last.isoformat()
        days = show_date(first) if first == last else f"{show_date(first)} – {show_date(last)}"
        self.shown.setText("" if is_free else days)

    def _do_earlier(self) -> None:
        self._show(figures.beside(self.period, -1))

    def _do_later(self) -> None:
        self._show(figures.beside(self.period, 1))

    # --- showing -----------------------------------------------------------------------------

    def _on_read(self, report: Report) -> None:
        if report.period != self.period:  # another period was chosen while this one was counted
            return
        self.report = report
        self.cards.show_total(report.found.total)
        self.days.show_days(figures.columns_by_day(report.found, MOST_DAYS))
        self._show_group()
        self._show_uploads(report.found.uploads)
        text = self.tr("%n signed file(s) sent back and replaced", None, report.found.versions)
        self.versions.setText(text if report.found.versions else "")
        self.facts_changed.emit()

    def _show_group(self) -> None:
        for name, button in self._groups.items():
            button.setChecked(name == self.group)
        if self.report is None:
            return
        tallies = self.report.found.groups[self.group]
        titles = self.report.titles
        named = [(figures.name_of(titles, self.group, tally.key), tally) for tally in tallies]
        self.bars.show_entries(named)
        self.model.show(self.report, self.group)
        if tallies and not self.table.currentIndex().isValid():
            self.table.setCurrentIndex(self.model.index(0, 0))
        text = self.tr("No dossier was received in this period.")
        self.nothing.setText("" if tallies else text)

    def _show_uploads(self, uploads: Uploads) -> None:
        while (item := self._chips.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for state in outbox.SHOWN_FIRST:
            number = uploads.counts.get(state, 0)
            if number:
                tone, _icon, word = outbox.STATES[state]
                chip = QLabel()
                set_chip(chip, tone, f"{number} {outbox.translated(word)}")
                self._chips.addWidget(chip, 0, Qt.AlignmentFlag.AlignVCenter)
        self.uploads.setText(self._upload_words(uploads))

    def _upload_words(self, uploads: Uploads) -> str:
        parts = []
        if uploads.oldest_waiting:
            text = self.tr("{size} waiting, the oldest since {time}")
            parts.append(text.format(size=show_bytes(uploads.waiting_bytes),
                                     time=show_time(uploads.oldest_waiting)))  # fmt: skip
        parts += [f"{code or '–'}: {number}" for code, number in uploads.failed]
        if not any(uploads.counts.values()):
            parts.append(self.tr("nothing was queued yet"))
        return " · ".join(parts)

    # --- commands ----------------------------------------------------------------------------

    def _choose_group(self, name: str) -> None:
        self.group = name
        self._show_group()

    def _do_next_group(self) -> None:
        self._choose_group(GROUPS[(GROUPS.index(self.group) + 1) % len(GROUPS)])

    def _do_export_figures(self) -> None:
        """Ask for a file; the exports folder and a name are offered."""
        from desk_app import paths

        folder = paths.exports_of(self._station.data)
        dialog = QFileDialog(self, self.tr("Export the figures"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        filters = {
            self.tr("Excel workbook (*.xlsx)"): "xlsx",
            self.tr("Web page with plots (*.html)"): "html",
            self.tr("Comma-separated values (*.csv)"): "csv",
        }
        dialog.setNameFilters(list(filters))
        dialog.setDefaultSuffix("xlsx")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(filters[chosen]))
        dialog.setDirectory(str(folder if folder.is_dir() else folder.parent))
        dialog.selectFile(str(folder / f"{figures.file_name(self.period)}.xlsx"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.export_to(Path(name)))
        dialog.open()

    def export_to(self, path: Path, action: str = "") -> None:
        """Write what is shown into a file; `action` names the way to open it."""
        desk, report = self._station.desk, self.report
        if desk is None or report is None:
            return
        self._station.tasks.submit(
            INSPECT, figures.write_report, desk, report, path, language(),
            done=partial(self._on_written, action or self.tr("Open")), failed=self._station.tell,
        )  # fmt: skip

    def _on_written(self, action: str, path: Path) -> None:
        url = QUrl.fromLocalFile(str(path))
        self._station.noticed.emit(
            Notice(NOTICE, "ok", self.tr("The figures are written."), str(path), action,
                   partial(QDesktopServices.openUrl, url))
        )  # fmt: skip

    def _do_print_figures(self) -> None:
        """The page with the plots, to print from the browser."""
        from desk_app import paths

        name = f"{figures.file_name(self.period)}.html"
        self.export_to(paths.exports_of(self._station.data) / name, self.tr("Open to print"))

    def sizeHint(self) -> QSize:
        return QSize(900, 600)
