"""The likeliest reading of a page among the look-alikes of its syllables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from desk_app.recognition import vietnamese
from desk_app.recognition.language import confusion, siblings
from desk_app.recognition.language.ngrams import Ids, Model
from desk_app.recognition.language.stream import Slot, Stream
from desk_app.records import Word

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Costs:
    """What speaks for and against a reading, in nats where nothing else is said."""

    certain: float = 0.985
    """Engine confidence above which a word is left alone; Tesseract hardly goes beyond 0.97."""
    model_weight: float = 0.85
    """Of the model against the engine: other papers are not written like its training text."""
    all_capitals: float = -1.0
    """Added to the cost of other marks in capitals, where they are smallest."""
    other_letter: float = 7.0
    """Cost of a letter more, fewer or another."""
    letters_below: float = 0.75
    """Engine confidence below which even a syllable may have a wrong letter."""
    stay: float = 0.0
    """Worth of the engine's reading."""
    stay_capital: float = 2.0
    """The same, more, for a capitalised word within a sentence: it may be a name."""
    stay_unknown: float = 1.0
    """The same, more, for a syllable that the training text never had."""
    invalid: float = 2.0
    """Cost of staying with what is no syllable."""
    consider: float = 5.0
    """A candidate worse by this with its neighbours as read is not pursued."""
    pursued: int = 3
    """Most candidates pursued per word."""
    longest: int = 7
    """Letters of the longest Vietnamese syllable."""


_TRUST = (
    (0.0, 0.6, 0.9, 0.93, 0.96, 0.967, 0.97),
    (-3.5, -3.3, -2.8, -1.7, -0.8, 0.8, 1.5),
)
"""Engine confidence, and the logarithm of how much likelier than on average it is then right."""


_CODE_SIGNS = frozenset("/<@#_\\")


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a slot that has look-alikes."""

    slot: Slot
    key: str
    """The likeliest reading; of a protected slot, what it would be."""
    margin: float
    """How much likelier it is than the next, in nats."""
    fit: float
    """Logarithm of how well the slot's own or new reading fits its neighbours, three trigrams."""


def decode(
    stream: Stream, words: Sequence[Word], model: Model, costs: Costs
) -> tuple[Reading, ...]:
    """Weigh every slot that may be misread; see `Reading`."""
    table = _Table(stream, words, model, costs)
    if not len(table.slots):
        return ()
    page = np.array(stream.ids, np.int64)
    rows = table.promising(page)
    chosen = _best_paths(page, rows, model, costs.model_weight)
    for place, row in chosen.items():
        page[place] = row
    return table.readings(page)


class _Table:
    """One row per slot and possible reading; the slot's first row is the engine's own."""

    def __init__(self, stream: Stream, words: Sequence[Word], model: Model, costs: Costs) -> None:
        self._model, self._costs = model, costs
        self.slots: list[Slot] = []
        self._keys: list[str] = []
        first: list[int] = []
        worth: list[float] = []
        for slot in stream.slots:
            confidence = words[slot.word].confidence
            near = self._near(slot, words[slot.word])
            if near:
                first.append(len(self._keys))
                self.slots.append(slot)
                self._keys += [slot.key, *(key for key, _ in near)]
                worth += [self._own_worth(slot, confidence), *(-cost for _, cost in near)]
        self._first = np.array(first, np.int64)
        self._worth = np.array(worth)
        self._of = np.repeat(np.arange(len(first)), np.diff([*first, len(worth)]))
        self._at = np.array([slot.at for slot in self.slots], np.int64)[self._of]
        self._ids = np.array([model.id_of(key) for key in self._keys], np.int64)
        if len(first):
            self._ids[self._first] = np.array(stream.ids)[self._at[self._first]]

    def _near(self, slot: Slot, word: Word) -> list[tuple[str, float]]:
        """Other readings with their cost; none where nothing may be changed at all."""
        costs = self._costs
        if not _is_open(slot, word, costs):
            return []
        extra = costs.all_capitals if slot.core.isupper() and slot.core[1:] else 0.0
        near = [
            (key, confusion.cost(slot.key, key) + extra)
            for key in siblings.of(slot.key, self._model)
        ]
        wrong = not vietnamese.is_syllable(slot.core)
        if (wrong or word.confidence < costs.letters_below) and slot.core.islower():
            known = {key for key, _ in near}
            more = siblings.misspelt(slot.key, self._model)
            near += [(key, costs.other_letter) for key in more if key not in known]
        return near

    def _own_worth(self, slot: Slot, confidence: float) -> float:
        costs = self._costs
        trust = float(np.interp(confidence, *_TRUST))
        worth = costs.stay + trust + (costs.stay_capital if slot.within else 0)
        if not vietnamese.is_syllable(slot.core):
            return worth - costs.invalid
        return worth + (0 if self._model.knows(slot.key) else costs.stay_unknown)

    def _fits(self, page: Ids) -> Floats:
        at, ids, scores = self._at, self._ids, self._model.scores
        before, after = page[at - 1], page[at + 1]
        fits = scores(page[at - 2], before, ids) + scores(before, ids, after)
        fits = fits + scores(ids, after, page[at + 2])
        return np.asarray(fits, np.float64) * self._costs.model_weight

    def promising(self, page: Ids) -> dict[int, list[tuple[int, float]]]:
        """Per place of the stream, the (id, worth) of readings to pursue, the own one first."""
        gain = self._fits(page) + self._worth
        gain -= gain[self._first][self._of]
        found: dict[int, list[tuple[int, float]]] = {}
        ends = [*self._first[1:], len(gain)]
        for slot, start, end in zip(self.slots, self._first, ends, strict=True):
            if slot.protected or gain[start + 1 : end].max() < -self._costs.consider:
                continue
            order = start + 1 + np.argsort(-gain[start + 1 : end])[: self._costs.pursued]
            rows = [start, *(row for row in order if gain[row] > -self._costs.consider)]
            found[slot.at] = [(int(self._ids[row]), float(self._worth[row])) for row in rows]
        return found

    def readings(self, page: Ids) -> tuple[Reading, ...]:
        """What is likeliest for every slot with its neighbours as chosen."""
        fits = self._fits(page)
        score = fits + self._worth
        ends = [*self._first[1:], len(score)]
        made = []
        for slot, start, end in zip(self.slots, self._first, ends, strict=True):
            order = start + np.argsort(-score[start:end])
            now = next(row for row in order if slot.protected or self._ids[row] == page[slot.at])
            other = order[1] if now == order[0] else order[0]
            margin = float(score[now] - score[other])
            made.append(Reading(slot, self._keys[now], margin, float(fits[now])))
        return tuple(made)


def _is_open(slot: Slot, word: Word, costs: Costs) -> bool:
    """Whether a slot may have been misread: no code, no abbreviation, no odd case."""
    if len(slot.core) > costs.longest or word.confidence > costs.certain:
        return False
    around = word.text[: slot.start] + word.text[slot.end :]
    # Letters elsewhere in the word: an address, two words in one, a zone for machines.
    if any(map(str.isalnum, around)) or not _CODE_SIGNS.isdisjoint(around):
        return False
    rest = slot.core[1:]
    if rest and slot.core.isupper():
        return vietnamese.is_syllable(slot.core)
    return not rest or rest.islower()


def _best_paths(
    page: Ids, rows: dict[int, list[tuple[int, float]]], model: Model, weight: float
) -> dict[int, int]:
    """Viterbi over each group of places that are near enough to matter to each other."""
    groups: list[list[int]] = []
    for place in sorted(rows):
        if groups and place - groups[-1][-1] <= 2:
            groups[-1].append(place)
        else:
            groups.append([place])
    asked: list[tuple[int, int, int]] = []
    spans = []
    for group in groups:
        start = len(asked)
        for place in range(group[0], group[-1] + 3):
            asked += product(
                _ids_at(page, rows, place - 2),
                _ids_at(page, rows, place - 1),
                _ids_at(page, rows, place),
            )
        spans.append((start, len(asked)))
    if not asked:
        return {}
    triples = np.array(asked, np.int64)
    found = model.scores(triples[:, 0], triples[:, 1], triples[:, 2])
    scores = (found * weight).tolist()
    chosen: dict[int, int] = {}
    for group, (start, end) in zip(groups, spans, strict=True):
        known = dict(zip(asked[start:end], scores[start:end], strict=True))
        chosen.update(_best_path(page, group, rows, known))
    return chosen


def _ids_at(page: Ids, rows: dict[int, list[tuple[int, float]]], place: int) -> list[int]:
    return [row for row, _ in rows[place]] if place in rows else [int(page[place])]


def _best_path(
    page: Ids,
    group: list[int],
    rows: dict[int, list[tuple[int, float]]],
    known: dict[tuple[int, int, int], float],
) -> dict[int, int]:
    first = group[0]
    start = (int(page[first - 2]), int(page[first - 1]))
    states: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {start: (0.0, ())}
    for place in range(first, group[-1] + 3):
        grown: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {}
        for row, worth in rows.get(place, [(int(page[place]), 0.0)]):
            for (two, one), (score, path) in states.items():
                total = score + worth + known[two, one, row]
                old = grown.get((one, row))
                if old is None or total > old[0]:
                    grown[one, row] = (total, (*path, row))
        states = grown
    path = max(states.values())[1]
    return {place: path[place - first] for place in group}
