"""The batch screen before a batch is open: declare a new one, or continue one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui import i18n
from desk_app.gui.models import labels
from desk_app.gui.models.batch import KnownBatch
from desk_app.gui.widgets.parts import label, restyle
from desk_app.records import Procedure
from desk_app.store.batches import Plan

FORM_WIDTH, LIST_WIDTH = 430, 430
MOST_SHEETS = 100_000


class BatchStart(QWidget):
    """A form and a list."""

    asked = Signal(str, object)
    """Code and Plan of a new batch."""
    chosen = Signal(str)
    """Code of a batch from the list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 24, 24, 24)
        outer.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(20)
        row.addStretch(1)
        row.addWidget(self._build_form(), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._build_list(), 0, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        outer.addLayout(row)
        outer.addStretch(2)

    def _build_form(self) -> QFrame:
        card = QFrame()
        card.setProperty("card", True)
        card.setFixedWidth(FORM_WIDTH)
        column = QVBoxLayout(card)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(6)
        column.addWidget(label(self.tr("A new batch"), "hero"))
        about = self.tr("Count the sheets first, separators too: the batch closes when all are in.")
        column.addWidget(label(about, "muted", wrap=True))
        column.addSpacing(8)
        column.addLayout(self._build_entries())
        self._hint = label("", "", wrap=True)
        self._hint.setProperty("tone", "bad")
        self._hint.hide()
        column.addWidget(self._hint)
        column.addSpacing(6)
        self._open = QPushButton(self.tr("Open the batch"))
        self._open.setProperty("role", "primary")
        self._open.clicked.connect(self._submit)
        column.addWidget(self._open, 0, Qt.AlignmentFlag.AlignRight)
        return card

    def _build_entries(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(3)
        self.code = QLineEdit()
        self.code.setMaxLength(64)
        self.code.setPlaceholderText("LO-2026-0112")
        self.code.returnPressed.connect(self._submit)
        self.sheets = QSpinBox()
        self.sheets.setRange(1, MOST_SHEETS)
        self.dossiers = QSpinBox()
        self.dossiers.setRange(0, MOST_SHEETS)
        self.dossiers.setSpecialValueText(self.tr("not declared"))
        self.sides = QComboBox()
        self.sides.addItem(self.tr("both sides"), 2)
        self.sides.addItem(self.tr("one side"), 1)
        self.procedure, self.separation, self.profile = QComboBox(), QComboBox(), QComboBox()
        for name, title in (
            ("separator", self.tr("printed separator sheets")),
            ("receipt", self.tr("the code on each first page")),
            ("hand", self.tr("by hand (F7)")),
        ):
            self.separation.addItem(title, name)
        self._place(grid, 0, 0, self.tr("Batch &code"), self.code, 2)
        self._place(grid, 1, 0, self.tr("&Sheets in the pile"), self.sheets)
        self._place(grid, 1, 1, self.tr("D&ossiers, if counted"), self.dossiers)
        self._place(grid, 2, 0, self.tr("S&ides"), self.sides)
        self._place(grid, 2, 1, self.tr("Dossiers are di&vided by"), self.separation)
        self._place(grid, 3, 0, self.tr("P&rocedure of its dossiers"), self.procedure, 2)
        self._place(grid, 4, 0, self.tr("Scan pro&file"), self.profile, 2)
        return grid

    def _place(
        self, grid: QGridLayout, row: int, column: int, title: str, field: QWidget, span: int = 1
    ) -> None:
        caption = label(title, "caption")
        caption.setTextFormat(Qt.TextFormat.AutoText)
        caption.setBuddy(field)
        if isinstance(field, QSpinBox):
            field.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        if isinstance(field, QComboBox):
            field.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
        field.setMinimumHeight(32)
        grid.addWidget(caption, 2 * row, column, 1, span)
        grid.addWidget(field, 2 * row + 1, column, 1, span)
        grid.setColumnStretch(column, 1)

    def _build_list(self) -> QFrame:
        card = QFrame()
        card.setProperty("card", True)
        card.setFixedWidth(LIST_WIDTH)
        column = QVBoxLayout(card)
        column.setContentsMargins(24, 24, 24, 20)
        column.setSpacing(8)
        column.addWidget(label(self.tr("Go on with a batch"), "hero"))
        self._none = label(self.tr("There is none yet at this store."), "muted", wrap=True)
        column.addWidget(self._none)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Go on with a batch"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setStyleSheet("QListWidget::item { padding: 8px 6px; }")
        self.list.itemActivated.connect(self._on_chosen)
        column.addWidget(self.list)
        return card

    # --- content -----------------------------------------------------------------------------

    def set_procedures(self, procedures: Sequence[Procedure]) -> None:
        """The procedures of this station; loose papers first."""
        if self.procedure.count():
            return
        self.procedure.addItem(self.tr("none: loose papers"), "")
        order = i18n.collator()
        named = [(i18n.pick(p.title, p.title_en), p.id) for p in procedures]
        for title, id in sorted(named, key=lambda pair: order.sortKey(pair[0])):
            self.procedure.addItem(title, id)

    def set_profiles(self, named: Sequence[tuple[str, str]]) -> None:
        """Scan profiles as title and id."""
        chosen = self.profile.currentData()
        self.profile.clear()
        self.profile.addItem(self.tr("as the station scans"), "")
        for title, id in named:
            self.profile.addItem(title, id)
        self.profile.setCurrentIndex(max(0, self.profile.findData(chosen)))

    def show_known(self, found: Sequence[KnownBatch]) -> None:
        """Batches that can be opened."""
        self.list.clear()
        for each in found:
            state = labels.batch_state(each.state).word
            count = self.tr("{fed} of {declared} sheets").format(
                fed=each.fed, declared=each.declared
            )
            when = i18n.show_time(each.created_at)
            item = QListWidgetItem(f"{each.code}   ·   {state}   ·   {count}\n{when} · {each.seat}")
            item.setData(Qt.ItemDataRole.UserRole, each.code)
            self.list.addItem(item)
        row = self.list.sizeHintForRow(0) if found else 0
        self.list.setFixedHeight(min(6, len(found)) * row + 6)
        self.list.setVisible(bool(found))
        self._none.setVisible(not found)

    def show_hint(self, text: str) -> None:
        """What is wrong with the declaration."""
        self._hint.setText(text)
        self._hint.setVisible(bool(text))
        restyle(self.code, "doubt", bool(text))

    def ready(self) -> None:
        """Waiting for the next pile."""
        self.show_hint("")
        self.code.clear()
        self.code.setFocus(Qt.FocusReason.OtherFocusReason)

    def _submit(self) -> None:
        code = self.code.text().strip()
        if not code:
            self.show_hint(self.tr("Give the batch a code."))
            self.code.setFocus()
            return
        plan = Plan(
            self.sheets.value(), int(self.sides.currentData()), self.dossiers.value() or None,
            str(self.procedure.currentData() or ""), str(self.separation.currentData()),
            str(self.profile.currentData() or ""),
        )  # fmt: skip
        self.show_hint("")
        self.asked.emit(code, plan)

    def _on_chosen(self, item: QListWidgetItem) -> None:
        self.chosen.emit(str(item.data(Qt.ItemDataRole.UserRole)))
