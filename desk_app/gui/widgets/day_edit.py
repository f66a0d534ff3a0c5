"""A day that a person types."""

from __future__ import annotations

from datetime import date

from PySide6.QtWidgets import QLineEdit

from desk_app.gui.i18n import read_date, show_date
from desk_app.gui.widgets.parts import restyle


class DayEdit(QLineEdit):
    """A day as dd/mm/yyyy; anything else is marked and counts as none."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(name)
        self.setToolTip(self.tr("{name}: dd/mm/yyyy").format(name=name))
        self.setMaxLength(10)
        self.setFixedWidth(108)
        self.textChanged.connect(self._check)

    @property
    def day(self) -> str:
        """The day, YYYY-MM-DD; empty where none was typed."""
        try:
            return date.fromisoformat(read_date(self.text())).isoformat()
        except ValueError:
            return ""

    def show_day(self, day: date) -> None:
        """Fill it in."""
        self.setText(show_date(day.isoformat()))

    @property
    def is_wrong(self) -> bool:
        """Whether something was typed that is no day."""
        return bool(self.text().strip()) and not self.day

    def _check(self) -> None:
        unfinished = len(self.text().strip()) < self.maxLength()
        restyle(self, "doubt", "true" if self.is_wrong and not unfinished else "false")
