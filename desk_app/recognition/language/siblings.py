"""Syllables that an engine takes for one another: the same letters under other marks."""

from __future__ import annotations

from functools import lru_cache

from desk_app.recognition import vietnamese
from desk_app.recognition.language import tokens
from desk_app.recognition.language.ngrams import Model

_LETTERS = "abcdeghiklmnopqrstuvxyăâđêôơư"


def of(word: str, model: Model, most: int = 2) -> tuple[str, ...]:
    """Known syllables that differ from a key in the marks of at most so many letters."""
    family = _family(model).get(plain(word), ())
    return tuple(other for other in family if other != word and _differing(word, other) <= most)


def _differing(left: str, right: str) -> int:
    return sum(a != b for a, b in zip(left, right, strict=True))


def misspelt(word: str, model: Model) -> frozenset[str]:
    """Known syllables that a key becomes with one letter more, fewer or another."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    fewer = {left + right[1:] for left, right in cuts if right}
    more = {left + char + right for left, right in cuts for char in _LETTERS}
    others = {left + char + right[1:] for left, right in cuts if right for char in _LETTERS}
    known = (other for other in fewer | more | others if other != word and model.knows(other))
    return frozenset(other for other in known if len(other) > 1 and vietnamese.is_syllable(other))


@lru_cache(maxsize=50_000)
def plain(word: str) -> str:
    """A key without any mark."""
    return vietnamese.strip_diacritics(word)


@lru_cache(maxsize=2)
def _family(model: Model) -> dict[str, tuple[str, ...]]:
    """The syllables of a model by their plain letters."""
    made: dict[str, list[str]] = {}
    for word in model.words:
        if word not in tokens.CLASSES and vietnamese.is_syllable(word):
            made.setdefault(plain(word), []).append(word)
    return {letters: tuple(words) for letters, words in made.items()}
