"""How a batch counts: declared, fed, kept, and the difference; green only if it adds up."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desk_app.capture.batches import Reckoning
from desk_app.gui.i18n import pick
from desk_app.gui.widgets.parts import label, restyle, set_chip


class CountLine(QFrame):
    """Numbers with their names, and one sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("PageBar")
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 6, 14, 6)
        row.setSpacing(6)
        self._numbers: dict[str, QLabel] = {}
        names = {
            "declared": self.tr("declared"), "fed": self.tr("fed"), "images": self.tr("images"),
            "aside": self.tr("set aside"), "separators": self.tr("separators"),
            "dossiers": self.tr("dossiers"),
        }  # fmt: skip
        for name, title in names.items():
            row.addWidget(self._number(name, title))
        row.addSpacing(10)
        self._sum = label("", "muted")
        row.addWidget(self._sum)
        row.addStretch(1)
        self.verdict = QLabel()
        self.verdict.setTextFormat(Qt.TextFormat.PlainText)
        row.addWidget(self.verdict)

    def _number(self, name: str, title: str) -> QWidget:
        box = QWidget()
        box.setMinimumWidth(72)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(0)
        self._numbers[name] = label("0", "title")
        column.addWidget(self._numbers[name])
        column.addWidget(label(title, "caption"))
        return box

    def show_count(self, counted: Reckoning, *, feeding: bool = False) -> None:
        """Show how a batch stands."""
        n = counted
        values = {
            "declared": n.sheets_declared, "fed": n.sheets_fed, "images": n.images,
            "aside": n.set_aside, "separators": n.separators, "dossiers": n.dossiers,
        }  # fmt: skip
        for name, value in values.items():
            self._numbers[name].setText(str(value))
        tone = "" if n.sheets_fed == n.sheets_declared else "warn" if n.sheets_fed else "muted"
        restyle(self._numbers["fed"], "tone", tone)
        self._sum.setText(f"{n.images} = {n.sheets_fed} × {n.sides} − {n.set_aside} − "
                          f"{n.separators}" if n.sheets_fed else "")  # fmt: skip
        self._show_verdict(counted, feeding)
        self.setAccessibleName(self.words)

    def _show_verdict(self, counted: Reckoning, feeding: bool) -> None:
        if not counted.sheets_fed:
            set_chip(self.verdict, "muted", self.tr("nothing fed yet"))
        elif feeding:
            to_come = max(0, counted.sheets_declared - counted.sheets_fed)
            set_chip(self.verdict, "accent", self.tr("%n sheet(s) to come", None, to_come))
        elif counted.adds_up:
            set_chip(self.verdict, "ok", self.tr("✓ adds up"))
        else:
            missing = counted.sheets_declared - counted.sheets_fed
            if missing:
                text = self.tr("difference: {number} sheets").format(number=f"{-missing:+d}")
            else:
                text = self.tr("%n open point(s)", None, len(counted.differences))
            set_chip(self.verdict, "bad", text)
        told = [pick(each.text.vi, each.text.en) for each in counted.differences]
        self.verdict.setToolTip("\n".join(told[:12]))

    @property
    def words(self) -> str:
        """Everything that can be read on the line."""
        parts = [f"{label.text()} {name}" for name, label in self._numbers.items()]
        return " · ".join([*parts, self.verdict.text()])
