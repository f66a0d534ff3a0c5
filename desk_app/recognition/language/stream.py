"""A page's words as one stream of tokens, with the runs of letters that may be replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from desk_app.recognition.language import tokens
from desk_app.recognition.language.ngrams import Model
from desk_app.records import Word


@dataclass(slots=True)
class Slot:
    """A run of letters in a word."""

    word: int
    """Number of the word on the page."""
    start: int
    end: int
    core: str
    """The letters as read."""
    key: str
    """The letters as the model writes them."""
    at: int
    """Place in the stream."""
    protected: bool = False
    """It may be part of a name or an address."""
    within: bool = False
    """Capitalised, and not because a sentence begins."""


@dataclass(slots=True)
class Stream:
    """Two ends, the tokens of the page, two ends."""

    ids: list[int] = field(default_factory=lambda: [tokens.END, tokens.END])
    slots: list[Slot] = field(default_factory=list)

    def add(self, kind: int) -> None:
        """Add a class; ends do not repeat, as in the training text."""
        if kind != tokens.END or self.ids[-1] != tokens.END:
            self.ids.append(kind)

    def before(self, number: int) -> Slot | None:
        """The slot before a slot when nothing stands between them."""
        if not number or self.slots[number - 1].at != self.slots[number].at - 1:
            return None
        return self.slots[number - 1]

    def after(self, number: int) -> Slot | None:
        """The slot behind a slot when nothing stands between them."""
        return self.slots[number + 1] if self._is_before_next(number) else None

    def _is_before_next(self, number: int) -> bool:
        if number + 1 >= len(self.slots):
            return False
        return self.slots[number + 1].at == self.slots[number].at + 1


def of(words: Sequence[Word], model: Model) -> Stream:
    """The stream of a page's words, in reading order."""
    stream = Stream()
    for number, word in enumerate(words):
        if number and words[number - 1].line != word.line and _starts_anew(words[number - 1], word):
            stream.add(tokens.END)
        for start, end, kind in tokens.pieces(word.text):
            if kind is not None:
                stream.add(kind)
                continue
            core = word.text[start:end]
            key = tokens.key(core)
            stream.slots.append(Slot(number, start, end, core, key, len(stream.ids)))
            stream.ids.append(tokens.LETTER if tokens.is_letter(key) else model.id_of(key))
    stream.add(tokens.END)
    stream.ids.append(tokens.END)
    return stream


def _starts_anew(before: Word, word: Word) -> bool:
    """Whether a line starts something else instead of going on with the line before."""
    first, last = word.text[:1], before.text[-1:]
    if first.islower() or last in (",", ";"):
        return last == ";"
    return not first.isalpha() or before.text.isupper() != word.text.isupper()
