"""How sure the reading is, as a colour over each word: one hue from pale to dark, safe for all.

The scale is ordered by lightness, so that it reads without colour too; the number is on hover.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from desk_app.gui import theme
from desk_app.records import Word

STEPS = ((0.95, "", 0.0), (0.85, "#fdd49e", 0.40), (0.70, "#fc8d59", 0.42),
         (0.50, "#d7301f", 0.42), (0.0, "#7f0000", 0.46))  # fmt: skip
"""Least confidence, colour and strength of each step; sure words stay as they are."""


def wash_of(confidence: float) -> QColor | None:
    """The colour over a word, None where it is sure."""
    for least, colour, strength in STEPS:
        if confidence >= least:
            if not colour:
                return None
            wash = QColor(colour)
            wash.setAlphaF(strength)
            return wash
    return None


def words_of(word: Word) -> str:
    """What the overlay says of a word on hover."""
    text = QCoreApplication.translate("Heat", "{word} · {share} % sure").format(
        word=word.text, share=round(word.confidence * 100)
    )
    if word.suggestion:
        after = QCoreApplication.translate("Heat", "perhaps {word}").format(word=word.suggestion)
        text = f"{text} · {after}"
    return text


def paint_legend(painter: QPainter, area: QRectF, font: QFont) -> None:
    """The steps with their numbers, in the lower left corner."""
    labels = ("≥ 95 %", "85–95", "70–85", "50–70", "< 50 %")
    painter.setFont(font)
    width = painter.fontMetrics().horizontalAdvance("85–95 %") + 10
    height = painter.fontMetrics().height() + 6
    left, top = area.left() + 10, area.bottom() - height - 10
    for (_least, colour, _strength), text in zip(STEPS, labels, strict=True):
        plate = QRectF(left, top, width, height)
        fill = QColor(colour or "#ffffff")
        painter.fillRect(plate, fill)
        painter.setPen(QPen(theme.colour("control"), 1))
        painter.drawRect(plate)
        painter.setPen(QColor("#ffffff" if fill.lightnessF() < 0.5 else "#1a2027"))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
        left += width
