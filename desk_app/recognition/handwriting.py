"""What a hand filled in with black ink, told from print by how it stands, not by its colour.

Engines guess at handwriting. The letters of print stand on one line, whatever the typeface; those
of a hand do not, or hang together. Only what stands where forms are filled in is asked about, and
only where the engine itself is unsure: a printed word that is flagged once more costs a look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

import numpy as np
import numpy.typing as npt

from desk_app.recognition import vietnamese
from desk_app.recognition.layout import LEADER
from desk_app.recognition.tesseract import ReadWord

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Params:
    """When an entry is a hand's; heights are in heights of the page's usual word."""

    doubted: float = 0.6
    """Mean confidence by letters below which the engine is guessing."""
    sure: float = 0.9
    """Confidence from which a syllable of three letters speaks for print."""
    sure_share: float = 0.5
    """Share of such letters from which the entry is print."""
    letters: int = 4
    """Least parts from which one can tell."""
    letter: float = 0.35
    """Least height of such a part; marks and dots are lower."""
    level: float = 0.14
    """Band in which the feet of printed letters stand."""
    on_line: float = 0.8
    """Share of feet in one band from which an entry is print."""
    joined: float = 2.5
    """Width over height of letters that hang together."""


def found(
    words: Sequence[ReadWord], parts: Ints, lean: float = 0.0, params: Params = Params()
) -> frozenset[int]:
    """Places of the words that look as if a hand had written them.

    Args:
        words: In reading order with leaders, from `layout.arranged`.
        parts: Left, top, width and height of each connected part of the same picture.
        lean: Tangent of the angle by which its lines lean clockwise.
        params: What counts as a hand's.
    """
    printed = [word.box[3] - word.box[1] for word in words if word.text != LEADER]
    if not printed or not len(parts):
        return frozenset()
    height = median(printed)
    return frozenset(
        number
        for entry in _entries(words)
        if _is_guessed([words[n] for n in entry], params)
        and _is_uneven([words[n] for n in entry], parts, height, lean, params)
        for number in entry
    )


def _entries(words: Sequence[ReadWord]) -> Iterator[list[int]]:
    """What stands before, on and behind dotted lines, and behind labels' colons."""
    for _, group in groupby(range(len(words)), lambda n: words[n].line):
        entry: list[int] = []
        settled, begun = 0, False
        for number in group:
            text = words[number].text
            if text == LEADER:
                if entry and not begun:
                    yield entry
                    entry = []
                settled, begun = len(entry), True
            elif text.endswith(":"):
                # What follows the last dots, or the first word, may be this label's own.
                if begun and entry:
                    yield entry[: settled or 1]
                entry, settled, begun = [], 0, True
            else:
                entry.append(number)
        if entry and begun:
            yield entry


def _is_guessed(entry: Sequence[ReadWord], params: Params) -> bool:
    sizes = [max(1, sum(map(str.isalnum, word.text))) for word in entry]
    told = sum(word.confidence * size for word, size in zip(entry, sizes, strict=True))
    sure = sum(
        size
        for word, size in zip(entry, sizes, strict=True)
        if word.confidence >= params.sure and _is_plain(word.text)
    )
    return told < params.doubted * sum(sizes) and sure < params.sure_share * sum(sizes)


def _is_plain(text: str) -> bool:
    core = text.strip(".,;:()-")
    return len(core) >= 3 and (core.isdigit() or vietnamese.is_syllable(core))


def _is_uneven(
    entry: Sequence[ReadWord], parts: Ints, height: float, lean: float, params: Params
) -> bool:
    """Whether the feet of the letters stand at many heights, or the letters hang together."""
    own = _letters_of(entry, parts, height, params)
    if len(own) < params.letters:
        return False
    x, y, wide, tall = own[:, :4].T.astype(np.float64)
    if np.count_nonzero(wide > params.joined * tall) * 2 >= len(own):
        return True
    feet = np.sort(y + tall - lean * x)
    ends = np.searchsorted(feet, feet + params.level * height, side="right")
    most = int((ends - np.arange(len(feet))).max())
    return most < params.on_line * len(feet)


def _letters_of(
    entry: Sequence[ReadWord], parts: Ints, height: float, params: Params
) -> Ints:  # fmt: skip
    middles = parts[:, :2] + parts[:, 2:4] // 2
    inside = np.zeros(len(parts), np.bool_)
    for word in entry:
        x0, y0, x1, y1 = word.box
        across = (middles[:, 0] >= x0) & (middles[:, 0] < x1)
        inside |= across & (middles[:, 1] >= y0) & (middles[:, 1] < y1)
    return np.asarray(parts[inside & (parts[:, 3] >= params.letter * height)], np.int64)
