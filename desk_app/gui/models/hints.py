"""What the reading of a page says of a value that was taken from it: doubts and suggestions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from desk_app.records import Box, Field, PageReading, Word

_TOKEN = re.compile(r"\S+")
_EDGE = ".,;:()\"'“”"


@dataclass(frozen=True, slots=True)
class FieldHint:
    """Beside a value, never in its place."""

    doubtful: tuple[tuple[int, int], ...] = ()
    """Begin and end of words to look at, in the value."""
    suggestion: str = ""
    """The value with likelier words; accepted by a key only."""


NO_HINT = FieldHint()


def hints_of(fields: Sequence[Field], reading: PageReading) -> dict[str, FieldHint]:
    """Hints for values of one page that were read from print, by name; none where all is sure."""
    found = {}
    for field in fields:
        if field.source == "ocr" and field.box is not None and field.value:
            words = [word for word in reading.text.words if _within(word.box, field.box)]
            hint = _hint(field.value, words)
            if hint is not None:
                found[field.name] = hint
    return found


def _hint(value: str, words: Sequence[Word]) -> FieldHint | None:
    tokens = list(_TOKEN.finditer(value))
    doubtful, parts, at = [], [match.group() for match in tokens], 0
    for word in words:
        place = next((n for n in range(at, len(tokens)) if _same(tokens[n].group(), word)), None)
        if place is None:
            continue
        at = place + 1
        if word.flagged or word.suggestion:
            doubtful.append(tokens[place].span())
        if word.suggestion:
            parts[place] = _like(parts[place], word.suggestion)
    suggestion = " ".join(parts)
    if suggestion == " ".join(match.group() for match in tokens):
        suggestion = ""
    return FieldHint(tuple(doubtful), suggestion) if doubtful or suggestion else None


def _within(word: Box, box: Box) -> bool:
    """Whether the middle of a word lies in a box."""
    x, y = (word[0] + word[2]) / 2, (word[1] + word[3]) / 2
    return box[0] <= x < box[2] and box[1] <= y < box[3]


def _same(token: str, word: Word) -> bool:
    return token.strip(_EDGE).casefold() == word.text.strip(_EDGE).casefold()


def _like(token: str, suggestion: str) -> str:
    """A suggestion in the letters' case of what it would replace, with its comma."""
    tail = token[len(token.rstrip(_EDGE)) :]
    text = suggestion.rstrip(_EDGE)
    return (text.upper() if token.isupper() else text) + tail
