"""Correct what the engine misread in running text, by what Vietnamese makes likely.

Most of what engines get wrong is a mark: "thể" is read as "thê", and both are syllables. Only the
neighbours tell. A trigram model weighs every syllable against those with the same letters under
other marks. It acts in running text; where a name, an address or a number stands it changes
nothing and reports a suggestion. What the engine said stays in `Word.read`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from desk_app.recognition.language import context, decoding, doubt, ngrams, repairs, stream
from desk_app.recognition.language.decoding import Reading
from desk_app.recognition.language.ngrams import Model
from desk_app.recognition.language.stream import Slot
from desk_app.records import PageCondition, PageText, Word


@dataclass(frozen=True, slots=True)
class Params:
    """What the corrector may do, and what it flags."""

    costs: decoding.Costs = field(default_factory=decoding.Costs)
    limits: repairs.Limits = field(default_factory=repairs.Limits)
    act_from: float = 1.5
    """Margin, in nats, from which a reading is replaced."""
    doubt: doubt.Weights = field(default_factory=doubt.Weights)
    """Fitted on the 18 shared pages and 64 drawn ones; docs/recognition.md has the figures."""
    flag_from: float = -2.8
    """Logarithm of the odds of being wrong from which a word is flagged."""
    digits_below: float = 0.9
    """Engine confidence below which every word with a digit is flagged."""


@dataclass(frozen=True, slots=True)
class Change:
    """A reading that the corrector replaced."""

    index: int
    """Which word of the corrected page."""
    read: str
    text: str
    margin: float
    """By how much the new reading is likelier, in nats."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the corrector would have written, had it not been a name or an address."""

    index: int
    text: str
    margin: float


@dataclass(frozen=True, slots=True)
class Report:
    """What was done and what was left."""

    changes: tuple[Change, ...] = ()
    """Of marks; what a rule of print mended differs from its `Word.read` besides."""
    suggestions: tuple[Suggestion, ...] = ()
    dropped: tuple[Word, ...] = ()
    """Specks that the engine took for letters."""


def run(
    text: PageText,
    condition: PageCondition,
    params: Params = Params(),
    model: Model | None = None,
) -> tuple[PageText, Report]:
    """Correct the words of a page and flag the doubtful ones.

    Args:
        text: The page as the engine read it.
        condition: Of the same page; no rule needs it so far.
        params: Thresholds.
        model: Instead of the program's own.

    Returns:
        The page with corrected words, and what was changed, suggested and dropped.

    Raises:
        BadModel: The language model is missing or damaged.
    """
    if not text.words:
        return text, Report()
    model = model or ngrams.load()
    words, dropped = repairs.without_specks(text.words, text, params.limits)
    words = repairs.joined(words, text, params.limits)
    words = repairs.parted(words, text, model)
    words = repairs.listed(repairs.reshaped(words, model))
    if not words:
        return replace(text, words=()), Report(dropped=tuple(dropped))
    tokens = stream.of(words, model)
    context.protect(tokens, words)
    readings = decoding.decode(tokens, words, model, params.costs)
    changes, suggestions = _applied(words, readings, params)
    _flag(words, readings, params)
    words = repairs.suggested(words)
    report = Report(tuple(changes), tuple(suggestions), tuple(dropped))
    return replace(text, words=tuple(words)), report


def _applied(
    words: list[Word], readings: Sequence[Reading], params: Params
) -> tuple[list[Change], list[Suggestion]]:
    """Put the likelier readings into the words, or into suggestions."""
    changes, suggestions = [], []
    # From the back of a word to its front, so that the places in it stay true.
    for reading in sorted(readings, key=lambda reading: (reading.slot.word, -reading.slot.start)):
        slot = reading.slot
        if reading.key == slot.key or reading.margin < params.act_from:
            continue
        before = words[slot.word]
        after = _with_reading(before.text, slot, reading.key)
        if slot.protected:
            suggestions.append(Suggestion(slot.word, after, reading.margin))
            # A word of two syllables may have two: the second builds on the first.
            shown = before.suggestion or before.text
            shown = _with_reading(shown, slot, reading.key)
            words[slot.word] = replace(before, suggestion=shown)
            continue
        changes.append(Change(slot.word, before.text, after, reading.margin))
        words[slot.word] = replace(before, text=after)
    return changes, suggestions


def _flag(words: list[Word], readings: Sequence[Reading], params: Params) -> None:
    """Flag what is likely wrong, and every doubtful number."""
    odds = params.doubt.odds(doubt.signs(words, readings))
    for number, word in enumerate(words):
        digits = any(map(str.isdigit, word.text)) and word.confidence < params.digits_below
        flagged = digits or bool(odds[number] > params.flag_from)
        if flagged != word.flagged:
            words[number] = replace(word, flagged=flagged)


def _with_reading(whole: str, slot: Slot, key: str) -> str:
    return whole[: slot.start] + _in_case(key, slot.core) + whole[slot.end :]


def _in_case(key: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return key.upper()
    return key[0].upper() + key[1:] if like[0].isupper() else key
