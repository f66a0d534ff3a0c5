"""A batch at work: header, count, contact sheet, the page in front, the stack and the map."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui import icons
from desk_app.gui.commands import BATCH, Actions
from desk_app.gui.i18n import pick
from desk_app.gui.models import labels
from desk_app.gui.models.batch import BatchView, Tile
from desk_app.gui.models.contact import ContactModel
from desk_app.gui.models.heat_map import Cell, HeatModel
from desk_app.gui.models.pictures import Thumbnails
from desk_app.gui.widgets.contact_sheet import ContactSheet
from desk_app.gui.widgets.count_line import CountLine
from desk_app.gui.widgets.finding_card import ReasonBox
from desk_app.gui.widgets.heat_table import HeatTable
from desk_app.gui.widgets.page_view import PageView
from desk_app.gui.widgets.parts import (
    ElidedLabel,
    label,
    push_button,
    restyle,
    set_chip,
    tool_button,
)
from desk_app.store.batches import Issue

SHOWN_ISSUES = 200


class Ask(QFrame):
    """One question in the panel: a sentence and a line to answer in; never in the way."""

    answered = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        restyle(self, "notice", "warn")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(8)
        self._text = label("", wrap=True)
        column.addWidget(self._text)
        self.reason = ReasonBox()
        self.reason.submitted.connect(self._submit)
        self.reason.given_up.connect(self._give_up)
        column.addWidget(self.reason)
        self._button = QPushButton()
        self._button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._button.clicked.connect(self._submit)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def ask(self, text: str, answers: list[str], button: str, tone: str = "warn") -> None:
        """Put a question; the first answer is ready."""
        restyle(self, "notice", tone)
        self._text.setText(text)
        self.setAccessibleName(text)
        self.reason.setAccessibleName(text)
        self._button.setText(button)
        self.reason.clear()
        self.reason.addItems(answers)
        self.show()
        self.reason.setFocus(Qt.FocusReason.ShortcutFocusReason)
        edit = self.reason.lineEdit()
        if edit is not None:
            edit.selectAll()

    def _submit(self) -> None:
        answer = self.reason.currentText().strip()
        if answer:
            self.hide()
            self.answered.emit(answer)

    def _give_up(self) -> None:
        self.hide()
        self.left.emit()


class SheetEdit(QLineEdit):
    """The number of a sheet to go to."""

    given_up = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)


class BatchPage(QWidget):
    """Layout of the batch at work; decides nothing."""

    issue_chosen = Signal(int)
    """Row of the stack."""

    def __init__(
        self, actions: Actions, thumbnails: Thumbnails, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self.model = ContactModel(thumbnails, self)
        self.heat = HeatModel(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._build_header())
        self.count = CountLine()
        column.addWidget(self.count)
        column.addWidget(self._build_body(), 1)

    def _build_header(self) -> QFrame:
        header = QFrame()
        header.setObjectName("Header")
        row = QHBoxLayout(header)
        row.setContentsMargins(18, 10, 14, 10)
        row.setSpacing(10)
        names = QVBoxLayout()
        names.setSpacing(1)
        self._code = label("", "title")
        self._about = label("", "muted")
        names.addWidget(self._code)
        names.addWidget(self._about)
        row.addLayout(names)
        self._state = QLabel()
        row.addWidget(self._state, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        self._feed = label("", "strong")
        row.addWidget(self._feed)
        for name in ("batch_undo", "batch_redo", "rescan_list", "run_batch", "suspend"):
            row.addWidget(tool_button(self._actions[name]))
        row.addSpacing(6)
        self._close = push_button(self._actions["close_batch"])
        self._backs = push_button(self._actions["second_pass"])
        self._stop = push_button(self._actions["stop_batch"])
        self._scan = push_button(self._actions["feed_batch"], primary=True)
        self._scan.setText(self.tr("Feed"))
        self._backs.setText(self.tr("Feed the backs"))
        for button in (self._close, self._backs, self._stop, self._scan):
            row.addWidget(button)
        self._stop.hide()
        self._backs.hide()
        return header

    def _build_body(self) -> QSplitter:
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self._build_sheet())
        self.splitter.addWidget(self._build_middle())
        self.splitter.addWidget(self._build_panel())
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.splitter.setSizes([540, 404, 408])
        return self.splitter

    def _build_sheet(self) -> QWidget:
        self.sheet = ContactSheet(self.model)
        self.sheet.setMinimumWidth(240)
        self._actions.attach(self.sheet, BATCH)
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QFrame()
        bar.setObjectName("PageBar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 4, 8, 4)
        self._order = ElidedLabel()
        row.addWidget(self._order, 1)
        self.go = SheetEdit()
        self.go.setPlaceholderText(self.tr("Sheet…"))
        self.go.setAccessibleName(self.tr("Go to a sheet"))
        self.go.setFixedWidth(84)
        row.addWidget(self.go)
        for name in ("sort_sheets", "separate", "reject", "batch_aside", "batch_restore"):
            row.addWidget(tool_button(self._actions[name]))
        column.addWidget(bar)
        column.addWidget(self.sheet, 1)
        return box

    def _build_middle(self) -> QWidget:
        middle = QWidget()
        middle.setMinimumWidth(220)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        bar = QFrame()
        bar.setObjectName("PageBar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 4, 8, 4)
        row.setSpacing(0)
        self._page = ElidedLabel()
        row.addWidget(self._page, 1)
        for name in ("zoom_out", "zoom_in", "fit_page", "fit_width"):
            row.addWidget(tool_button(self._actions[name]))
        column.addWidget(bar)
        self.view = PageView()
        self._actions.attach(self.view, BATCH)
        column.addWidget(self.view, 1)
        return middle

    def _build_panel(self) -> QFrame:
        panel = QFrame()
        panel.setObjectName("Panel")
        panel.setMinimumWidth(300)
        column = QVBoxLayout(panel)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(8)
        self.ask = Ask()
        self.ask.left.connect(self.sheet.setFocus)
        column.addWidget(self.ask)
        self._stack_title = label("", "strong")
        column.addWidget(self._stack_title)
        self.stack = QListWidget()
        self.stack.setAccessibleName(self.tr("Sheets to look at, worst first"))
        self.stack.setFrameShape(QFrame.Shape.NoFrame)
        self.stack.setWordWrap(True)
        self.stack.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.stack.setStyleSheet("QListWidget::item { padding: 5px 2px; }")
        self._actions.attach(self.stack, BATCH)
        self.stack.currentRowChanged.connect(self._on_row)
        column.addWidget(self.stack, 3)
        column.addWidget(label(self.tr("Quality map"), "strong"))
        self.map = HeatTable(self.heat)
        column.addWidget(self.map, 4)
        self._cell = label("", "caption", wrap=True)
        self._cell.setMinimumHeight(32)
        self.map.looked_at.connect(self._show_cell)
        column.addWidget(self._cell)
        return panel

    # --- content -----------------------------------------------------------------------------

    def show_view(self, view: BatchView, *, feeding: bool = False) -> None:
        """The parts that speak of the whole batch."""
        plan = view.batch.plan
        self._code.setText(self.tr("Batch {code}").format(code=view.batch.code))
        sides = self.tr("both sides") if plan.sides == 2 else self.tr("one side")
        self._about.setText(" · ".join([sides, view.batch.seat, view.batch.operator]))
        state = labels.batch_state(view.batch.state)
        set_chip(self._state, state.tone, state.word)
        self.count.show_count(view.counted, feeding=feeding)
        self.model.show(view.tiles)
        self.heat.show(view.tiles)
        self._backs.setVisible(view.fronts_waiting > 0)
        self._show_stack(view)
        self.show_order()

    def show_order(self) -> None:
        """Which order the contact sheet has."""
        worst = self.model.worst_first
        self._order.setText(
            self.tr("Worst first") if worst else self.tr("In the order of the pile")
        )

    def _show_stack(self, view: BatchView) -> None:
        texts = [pick(issue.text.vi, issue.text.en) for issue in view.issues[:SHOWN_ISSUES]]
        title = self.tr("%n sheet(s) to look at (N)", None, len(view.issues))
        self._stack_title.setText(title if texts else self.tr("Nothing to look at"))
        if texts == [self.stack.item(n).text() for n in range(self.stack.count())]:
            return
        row = self.stack.currentRow()
        self.stack.blockSignals(True)
        self.stack.clear()
        for issue, text in zip(view.issues, texts, strict=False):
            self.stack.addItem(_issue_item(issue, text))
        self.stack.setCurrentRow(min(row, self.stack.count() - 1))
        self.stack.blockSignals(False)
        self.stack.setVisible(bool(texts))

    def mark_issue(self, row: int) -> None:
        """Show which exception is in front."""
        self.stack.blockSignals(True)
        self.stack.setCurrentRow(row)
        self.stack.blockSignals(False)

    def show_tile(self, tile: Tile | None) -> None:
        """What is known of the page in front."""
        if tile is None:
            self._page.setText("")
            return
        parts = [labels.tile_words(tile)]
        if tile.skew_deg:
            parts.append(f"{tile.skew_deg:+.1f}°")
        self._page.setText(" · ".join(parts))
        self._page.setToolTip(self._page.text())

    def show_feeding(self, feeding: bool, text: str) -> None:
        """Whether paper is moving, and how much of it has landed."""
        self._stop.setVisible(feeding)
        self._scan.setVisible(not feeding)
        self._feed.setText(text)

    def _show_cell(self, cell: Cell | None) -> None:
        self._cell.setText(cell.words if cell else "")

    def _on_row(self, row: int) -> None:
        if row >= 0:
            self.issue_chosen.emit(row)


def _issue_item(issue: Issue, text: str) -> QListWidgetItem:
    urgent = not issue.code.startswith("LOOK_")
    tone = "bad" if urgent else "warn"
    item = QListWidgetItem(icons.icon(tone, tone), text)
    item.setToolTip(text)
    return item
