"""How likely a word is still wrong, from cheap signs; for the clerk's eye."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from desk_app.recognition import vietnamese
from desk_app.recognition.language.decoding import Reading
from desk_app.records import Word

SIGNS = ("trust", "margin", "no_syllable", "digit", "lone_sign", "odd_sign")
_LONE = re.compile(r"[^\w]{1,2}|[^\W\d]")
_USUAL = re.compile(r"[\w.,;:()/\-–—\"“”'’%+&?!…*@]*")
_MARGIN_MAX = 10.0


@dataclass(frozen=True, slots=True)
class Weights:
    """Of the signs, in the logarithm of the odds that a word is wrong."""

    base: float = 3.2
    of_signs: tuple[float, ...] = (-1.65, -0.43, 1.8, 1.7, 0.65, 1.0)
    """In the order of SIGNS."""

    def odds(self, signs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Logarithms of the odds, for one row of signs per word."""
        return np.asarray(signs @ np.array(self.of_signs) + self.base, np.float64)


def signs(words: Sequence[Word], readings: Sequence[Reading]) -> npt.NDArray[np.float64]:
    """One row per word, one column per sign.

    Args:
        words: The corrected words.
        readings: From decoding; a word without any has no look-alikes.
    """
    table = np.zeros((len(words), len(SIGNS)))
    confidence = np.array([min(word.confidence, 0.97) for word in words])
    table[:, 0] = -np.log(1 - confidence)
    table[:, 1] = _MARGIN_MAX
    for reading in readings:
        number = reading.slot.word
        table[number, 1] = min(table[number, 1], abs(reading.margin))
    for number, word in enumerate(words):
        table[number, 2:] = _looks(word.text)
    return table


def _looks(text: str) -> tuple[float, ...]:
    letters = [part for part in re.findall(r"[^\W\d_]+", text) if len(part) > 1]
    digit = any(map(str.isdigit, text))
    strange = any(not part.isupper() and not vietnamese.is_syllable(part) for part in letters)
    return (
        float(strange and not digit),
        float(digit),
        float(bool(_LONE.fullmatch(text))),
        float(not _USUAL.fullmatch(text)),
    )
