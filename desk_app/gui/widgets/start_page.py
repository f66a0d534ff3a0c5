"""The counter before a dossier is open: one place to put the code, and what is still to be done."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desk_app.gui import i18n, theme
from desk_app.gui.models import labels
from desk_app.gui.models.hours import Bar
from desk_app.gui.models.snapshot import RecentDossier
from desk_app.gui.widgets.bars import Bars
from desk_app.gui.widgets.parts import label, restyle
from desk_app.records import Procedure

DEFAULT_PROCEDURE = "birth_registration"
CARD_WIDTH = 620


class SlipPicture(QWidget):
    """A receipt slip, drawn, with the code's place marked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(132, 168)
        self.setAccessibleName(self.tr("The code is at the top right of the receipt slip"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t = theme.current()
        painter.setPen(QPen(QColor(t.control), 1.4))
        painter.setBrush(QColor("#ffffff" if t is theme.LIGHT else t.window))
        painter.drawRoundedRect(6, 4, 118, 158, 6, 6)
        painter.setPen(QPen(QColor(t.border), 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for y, width in ((24, 34), (38, 24), (84, 88), (100, 88), (116, 64), (132, 80), (147, 40)):
            painter.drawLine(20, y, 20 + width, y)
        self._paint_code(painter, 73, 20, QColor(t.text))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(t.accent), 2.4))
        painter.drawRoundedRect(66, 13, 50, 50, 6, 6)

    @staticmethod
    def _paint_code(painter: QPainter, left: int, top: int, ink: QColor) -> None:
        """The look of a QR code: three finder squares and some modules."""
        painter.setPen(Qt.PenStyle.NoPen)
        cell = 4
        for x, y in ((0, 0), (6, 0), (0, 6)):
            painter.fillRect(left + x * cell, top + y * cell, 3 * cell, 3 * cell, ink)
        for x, y in (
            (4, 1),
            (4, 3),
            (1, 4),
            (3, 4),
            (5, 5),
            (7, 4),
            (8, 6),
            (6, 7),
            (8, 8),
            (5, 8),
        ):
            painter.fillRect(left + x * cell, top + y * cell, cell, cell, ink)


class CodeEdit(QLineEdit):
    """Takes the code from the keyboard or from a scanner that types; no input method in between."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setMaxLength(60)
        self.setProperty("big", True)
        self.setClearButtonEnabled(False)


class StartPage(QWidget):
    """Receipt code in, dossier out."""

    asked = Signal(str, str)
    """Code and the procedure to open it under where it is not known yet."""
    chosen = Signal(str)
    """Id of a dossier from the list."""
    given_up = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 24, 24, 24)
        outer.addStretch(2)
        outer.addWidget(self._build_card(), 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addSpacing(22)
        outer.addWidget(self._build_recent(), 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addSpacing(14)
        outer.addWidget(self._build_day(), 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)

    def _build_card(self) -> QFrame:
        card = QFrame()
        card.setProperty("card", True)
        card.setFixedWidth(CARD_WIDTH)
        row = QHBoxLayout(card)
        row.setContentsMargins(30, 26, 30, 26)
        row.setSpacing(28)
        row.addWidget(SlipPicture(), 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(label(self.tr("Scan the receipt slip"), "hero"))
        column.addWidget(
            label(self.tr("or type the dossier code and press Enter."), "muted", wrap=True)
        )
        column.addSpacing(8)
        column.addLayout(self._build_entry())
        self._hint = label("", "", wrap=True)
        self._hint.setProperty("tone", "bad")
        self._hint.hide()
        column.addWidget(self._hint)
        row.addLayout(column, 1)
        return card

    def _build_entry(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        self.code = CodeEdit()
        self.code.setPlaceholderText("H49.64-261120-0147")
        self.code.returnPressed.connect(self._submit)
        self.procedure = QComboBox()
        self.procedure.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        code_label = label(self.tr("Dossier &code"), "caption")
        code_label.setBuddy(self.code)
        procedure_label = label(self.tr("P&rocedure, if the dossier is new"), "caption")
        procedure_label.setBuddy(self.procedure)
        for part in (code_label, procedure_label):
            part.setTextFormat(Qt.TextFormat.AutoText)
        self._open = QPushButton(self.tr("Open"))
        self._open.setProperty("role", "primary")
        self._open.clicked.connect(self._submit)
        grid.addWidget(code_label, 0, 0)
        grid.addWidget(self.code, 1, 0)
        grid.addWidget(self._open, 1, 1)
        grid.setRowMinimumHeight(2, 6)
        grid.addWidget(procedure_label, 3, 0)
        grid.addWidget(self.procedure, 4, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        return grid

    def _build_recent(self) -> QWidget:
        self._recent_box = QWidget()
        self._recent_box.setFixedWidth(CARD_WIDTH)
        column = QVBoxLayout(self._recent_box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        title = label(self.tr("Still to be finished"), "strong")
        self.recent = QListWidget()
        self.recent.setAccessibleName(self.tr("Still to be finished"))
        self.recent.setFrameShape(QFrame.Shape.NoFrame)
        self.recent.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.recent.setStyleSheet(
            "QListWidget { background: transparent; } QListWidget::item { padding: 7px 10px; }"
        )
        self.recent.itemActivated.connect(self._on_chosen)
        column.addWidget(title)
        column.addWidget(self.recent)
        self._recent_box.hide()
        return self._recent_box

    def _build_day(self) -> QWidget:
        self._day_box = QWidget()
        self._day_box.setFixedWidth(CARD_WIDTH)
        column = QVBoxLayout(self._day_box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(label(self.tr("Dossiers finished, by hour"), "strong"))
        self.hours = Bars(self.tr("Dossiers finished, by hour"))
        column.addWidget(self.hours)
        self._day_box.hide()
        return self._day_box

    # --- content -----------------------------------------------------------------------------

    def set_procedures(self, procedures: Sequence[Procedure]) -> None:
        """The procedures of this station, the default one chosen."""
        if self.procedure.count():
            return
        collator = i18n.collator()
        named = [(i18n.pick(p.title, p.title_en), p) for p in procedures]
        for title, procedure in sorted(named, key=lambda pair: collator.sortKey(pair[0])):
            self.procedure.addItem(f"{title} · {procedure.code}", procedure.id)
        self.procedure.setCurrentIndex(max(0, self.procedure.findData(DEFAULT_PROCEDURE)))

    def show_recent(self, found: Sequence[RecentDossier], titles: dict[str, str]) -> None:
        """Dossiers that wait at the counter."""
        self.recent.clear()
        for each in found:
            state = labels.dossier_state(each.state).word
            pages = labels.count_of_pages(each.pages)
            title = titles.get(each.procedure, each.procedure)
            item = QListWidgetItem(f"{each.code}   ·   {title}   ·   {pages}   ·   {state}")
            item.setData(Qt.ItemDataRole.UserRole, each.id)
            self.recent.addItem(item)
        rows = self.recent.sizeHintForRow(0) if found else 0
        self.recent.setFixedHeight(rows * len(found) + 4)
        self._recent_box.setVisible(bool(found))

    def show_day(self, hours: Sequence[Bar]) -> None:
        """What the day looked like; nothing before the first dossier."""
        self.hours.show_bars(hours)
        self._day_box.setVisible(any(bar.value for bar in hours))

    def show_hint(self, text: str) -> None:
        """What is wrong with the code, right below it."""
        self._hint.setText(text)
        self._hint.setVisible(bool(text))
        restyle(self.code, "doubt", bool(text))

    def ready(self) -> None:
        """Empty and waiting for the next slip."""
        self.show_hint("")
        self.code.clear()
        self.code.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)

    def _submit(self) -> None:
        code = self.code.text().strip().upper()
        if code:
            self.show_hint("")
            self.asked.emit(code, str(self.procedure.currentData() or DEFAULT_PROCEDURE))

    def _on_chosen(self, item: QListWidgetItem) -> None:
        self.chosen.emit(str(item.data(Qt.ItemDataRole.UserRole)))
