"""Text as the language model sees it: lower-case syllables and a few classes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from desk_app.recognition import vietnamese

END, COMMA, QUOTE, NUMBER, OTHER, LETTER = range(6)
"""Ids of the classes: sentence or paragraph end, comma, other sign, token with a digit, letters
that are no syllable, single letter."""
CLASSES = ("<p>", "<c>", "<q>", "<n>", "<x>", "<l>")

_PIECES = re.compile(r"\S*\d\S*|[^\W\d_]+|[^\w\s]+|_+")
_EDGES = re.compile(r"^([^\w]*)(.*?)([^\w]*)$", re.DOTALL)
_ENDS = frozenset(".;:!?…")
_SINGLE = frozenset("abcdefghijklmnopqrstuvxzđ")


@lru_cache(maxsize=100_000)
def key(word: str) -> str:
    """How a syllable stands in the model: composed, lower case, tone in the older place."""
    return vietnamese.normalise_tone(word.lower())


def sign(piece: str) -> int:
    """Class of a run of punctuation; the strongest sign in it counts."""
    if any(char in _ENDS for char in piece):
        return END
    return COMMA if "," in piece else QUOTE


def is_letter(word: str) -> bool:
    """A single letter, as in a list "a) b) c)"; "ở", "ý" and "y" are syllables."""
    return word in _SINGLE


def pieces(text: str) -> Iterator[tuple[int, int, int | None]]:
    """Cut a text into (start, end, class); the class of a run of letters is None."""
    for match in _PIECES.finditer(text):
        piece = match.group()
        if any(map(str.isdigit, piece)):
            yield from _number(piece, match.start())
        elif piece[0].isalpha():
            yield match.start(), match.end(), None
        else:
            yield match.start(), match.end(), sign(piece)


def _number(piece: str, at: int) -> Iterator[tuple[int, int, int]]:
    """A number or code with the signs around it."""
    match = _EDGES.match(piece)
    before, _, after = match.groups() if match else ("", piece, "")
    end = at + len(piece)
    if before:
        yield at, at + len(before), sign(before)
    yield at + len(before), end - len(after), NUMBER
    if after:
        yield end - len(after), end, sign(after)
