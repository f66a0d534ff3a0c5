"""What is fitted on the drawn fitting pages: stated confidence, shipped prototypes, weights."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from desk_app.recognition import learning
from desk_app.recognition.classify import classify_page
from desk_app.recognition.doctypes import Calibration, TypeBook
from desk_app.recognition.learning import Weights
from tests.recognition.drawn_types import papers
from tests.recognition.drawn_types.sheet import Sheet

MISREAD = (0.01, 0.04, 0.08)
_EDGES = (0.0, 0.55, 0.65, 0.75, 0.85, 0.95, 1.0)
KINDS_OF = {"contract", "application"}
"""Types that are the wider kind of others: a land contract is a contract."""


def answers(book: TypeBook, sheets: Sequence[Sheet]) -> Iterator[tuple[float, bool | None]]:
    """Score and rightness of each answer; every third page's type is taken out of the book."""
    plain = replace(book, calibration=Calibration())
    rng = random.Random(5)
    for number, sheet in enumerate(sheets):
        known = plain
        if sheet.kind is not None and number % 3 == 0:
            known = replace(plain, rules={k: r for k, r in book.rules.items() if k != sheet.kind})
        found = classify_page(sheet.read(rng.choice(MISREAD)), (), known)
        if found.type is None:
            yield found.confidence, None
        elif known is plain or found.type not in KINDS_OF:
            yield found.confidence, found.type == sheet.kind


def calibration(found: Sequence[tuple[float, bool | None]]) -> tuple[list[float], list[float]]:
    """Stated confidence per score: the lower bound of the share of right answers, rising."""
    scores, stated = [0.0], [0.0]
    for low, high in itertools.pairwise(_EDGES[1:]):
        inside = [right for score, right in found if right is not None and low <= score < high]
        middle = (low + high) / 2
        share = _lower_bound(sum(inside), len(inside)) if inside else middle
        if share > middle:
            # Drawn pages are cleaner than real ones: take half of what they promise.
            share = (share + middle) / 2
        scores.append(round(middle, 3))
        stated.append(round(max(stated[-1], min(0.99, share)), 3))
    return [*scores, 1.0], [*stated, stated[-1]]


def _lower_bound(right: int, count: int, z: float = 1.0) -> float:
    """Wilson's bound: a few right answers prove little."""
    share = right / count
    centre = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (centre - spread) / (1 + z * z / count)


# ------------------------------------------------------------------ the learned model
def taught(sheets: Sequence[Sheet], model: learning._Model | None = None) -> learning._Model:
    """Prototypes of sheets."""
    model = model or learning._Model()
    for sheet in sheets:
        marks = learning._marks(sheet.read(0.02).text)
        model = learning._taught(model, marks, sheet.kind or sheet.name, sheet.first)
    return model


def shipped(book: TypeBook) -> list[Sheet]:
    """The pages behind the shipped prototypes: four first pages, two later ones of each kind."""
    sheets: list[Sheet] = []
    for number, rules in enumerate(book.rules.values()):
        sheets += [papers.fit_page(rules, 70_000 + 10 * number + n) for n in range(4)]
        if rules.continues:
            sheets += [
                papers.fit_page(rules, 80_000 + 10 * number + n, later=True) for n in range(2)
            ]
    count = len(papers.FIT_UNKNOWN)
    return sheets + [papers.fit_unknown(n % count, 90_000 + n) for n in range(3 * count)]


def write_shipped(book: TypeBook, path: Path) -> None:
    """Write the prototypes; those of unknown papers carry no type, and no page is traceable."""
    model = taught(shipped(book))
    kinds = tuple(
        replace(kind, type=None if str(kind.type).startswith("unknown_") else kind.type)
        for kind in model.prototypes
    )
    learning._write(path, learning._Model(kinds))


Seen = tuple[learning.Likeness, bool]
"""How like the best taught prototype a page was, and whether it was of that kind."""


def likenesses(book: TypeBook, rounds: int = 6) -> Iterator[Seen]:
    """Teach some kinds from few pages; then ask of all kinds, of unknown ones, and of sisters."""
    names = sorted(book.rules)
    base = shipped(book)
    for turn in range(rounds):
        rng = random.Random(turn)
        new = sorted(rng.sample(names, 12))
        count = (1, 2, 3, 5, 10, 10)[turn % 6]
        seeds = range(200_000 + 1000 * turn, 200_000 + 1000 * turn + count)
        lessons = [papers.fit_page(book.rules[name], seed) for name in new for seed in seeds]
        shown = taught([sheet for sheet in base if sheet.kind not in new])
        marked = [replace(kind, shipped=True) for kind in shown.prototypes]
        kinds = [*taught(lessons).prototypes, *marked]
        unseen = rng.sample(sorted(set(names) - set(new)), 20)
        known = learning._known(kinds)
        bare = learning._known([kind for kind in kinds if kind.type not in unseen])
        assert known is not None
        assert bare is not None
        queries = [papers.fit_page(book.rules[n], 300_000 + turn) for n in names]
        queries += [papers.fit_unknown(n, 310_000 + n) for n in range(len(papers.FIT_UNKNOWN))]
        queries += [_sister(book, name, rng, 320_000 + 10 * turn) for name in new * 4]
        for sheet in queries:
            yield from _best_taught(bare if sheet.kind in unseen else known, sheet, rng)


def _sister(book: TypeBook, name: str, rng: random.Random, seed: int) -> Sheet:
    """A page with nearly all lines of a kind below another title: forms differ by little else."""
    rules = book.rules[name]
    other = rng.choice([r for r in book.rules.values() if r.type.id != name and not r.untitled])
    title = rng.choice(other.titles)
    if rng.random() < 0.5:
        words = rules.titles[0].split()
        title = " ".join([*words[: max(1, len(words) - 2)], *title.split()[-2:]])
    sheet = papers.fit_page(replace(rules, titles=(title.upper(),), untitled=False), seed)
    sheet.kind = None
    return sheet


def _best_taught(known: learning._Known, sheet: Sheet, rng: random.Random) -> Iterator[Seen]:
    marks = learning._marks(sheet.read(rng.choice(MISREAD)).text)
    scores, titles = learning._likenesses(known, marks)
    best: dict[str | None, int] = {}
    for number in np.argsort(-scores):
        best.setdefault(known.prototypes[number].type, int(number))
    mine = next((n for n in best.values() if not known.prototypes[n].shipped), None)
    if mine is None:
        return
    kind, whole = known.prototypes[mine], float(scores[mine])
    rival = max(float(scores[n]) for other, n in best.items() if other != kind.type)
    seen = learning.Likeness(whole, float(titles[mine]), whole - rival)
    yield seen, kind.type == sheet.kind


def weights(found: Sequence[Seen]) -> Weights:
    """Logistic regression by Newton's method with a light ridge."""
    rows = np.array([[1, s.whole, s.title, s.lead] for s, _ in found])
    right = np.array([r for _, r in found], float)
    beta = np.zeros(4)
    ridge = np.diag([0.01, 0.02, 0.02, 0.02])
    for _ in range(60):
        chance = 1 / (1 + np.exp(-rows @ beta))
        slope = rows.T @ (right - chance) - ridge @ beta
        curve = rows.T @ (rows * (chance * (1 - chance))[:, None]) + ridge
        beta += np.linalg.solve(curve, slope)
    return Weights(*(round(float(value), 3) for value in beta))
