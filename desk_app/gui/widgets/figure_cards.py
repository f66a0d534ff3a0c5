"""The whole office at a glance: what came in, and the indicators as shares."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desk_app.gui.models.figures import score, share, word
from desk_app.gui.widgets.parts import label
from desk_app.store.figures import INDICATORS, SCORED, Tally


class FigureCard(QFrame):
    """One number with its name and what it is made of."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.setProperty("card", "true")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(2)
        self.caption = label(word(name), "caption", wrap=True)
        self.number = label("", "hero")
        self.detail = label("", "caption")
        column.addWidget(self.caption)
        column.addStretch(1)
        column.addWidget(self.number)
        column.addWidget(self.detail)

    def show_number(self, number: str, detail: str) -> None:
        """Another number."""
        self.number.setText(number)
        self.detail.setText(detail)
        self.setAccessibleName(" · ".join(p for p in (self.caption.text(), number, detail) if p))


class FigureCards(QWidget):
    """Dossiers received, then indicators 4.1 to 4.4."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 12, 18, 0)
        row.setSpacing(10)
        self.cards = {name: FigureCard(name) for name in ("received", *INDICATORS)}
        for card in self.cards.values():
            row.addWidget(card, 1)

    def show_total(self, total: Tally) -> None:
        """The figures of the whole office."""
        papers = f"{word('papers')}: {total.papers} · {word('pages')}: {total.pages}"
        self.cards["received"].show_number(str(total.received), papers)
        for name in INDICATORS:
            count = f"{getattr(total, name)} / {total.received}"
            points = score(total, name) if name in SCORED else ""
            scored = f" · {word('score')}: {points}" if points else ""
            self.cards[name].show_number(share(total, name), count + scored)
