"""What the clerks taught: papers recognised by what earlier papers of their kind looked like.

Every corrected page adds its words to a prototype of its type: how often each word and pair of
words stood on such pages. What a form prints stands on all of them, what people write into it on
few, so the printed form emerges after some pages. A page that resembles no prototype of its type
opens another (an older wording, a second page). Prototypes are only ever added to, so teaching one
kind never spoils another. Words are kept as hashes, those with digits not at all.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import tomllib
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from desk_app import paths
from desk_app.errors import StorageError
from desk_app.recognition.rows import plain

log = logging.getLogger(__name__)

FORMAT = 1
"""Layout of the file; raised when a reader of the old layout would misread it."""
FILE = "learned_papers.npz"
SHIPPED = paths.PROCEDURES / "learned"
"""The prototypes drawn for this product, and the weights of the confidence."""
_BUCKETS = 1 << 20
_WORDS = 4000
"""More words than a page of small print has."""
_SAME_KIND = 0.5
"""Likeness from which a page joins a prototype of its type instead of opening another."""
_MOST_PROTOTYPES = 12
"""Of one type; a page beyond them joins the nearest."""
_MOST_PAGES = 60_000
"""A count that would not fit is not raised further."""
_RARE = 32
"""A word on fewer than one in so many pages of a kind is not of its print."""
_TITLE_SHARE = 0.4
"""Weight of the lines in capitals beside the text, where a paper has such lines."""
_SHIPPED_CEILING = 0.25
"""Most that a prototype drawn for the product may say: it can tip a balance, never name a paper."""


_FIXED = ("cong hoa xa hoi chu nghia viet nam", "uy ban nhan dan", "doc lap tu do hanh phuc")
"""Lines above every title, recognised even misread."""
_LETTERHEAD = (
    *("ubnd ", "hoi dong nhan dan ", "tinh ", "huyen ", "thanh pho ", "quan "),
    *("thi xa ", "thi tran ", "phuong ", "xa ", "so ", "phong ", "cong an ", "benh vien "),
    *("trung tam ", "cong ty ", "bo ", "cuc ", "chi nhanh "),
)
"""Folded beginnings of lines that name the office; they differ between papers of one kind."""
_LEAST = 0.05
"""A smaller confidence is not worth telling."""


class Suggestion(NamedTuple):
    """A type that a page looks like."""

    type: str | None
    """None for papers that clerks said are none of the known types."""
    confidence: float
    first: bool = True
    """Whether pages of this look start a document."""


@dataclass(frozen=True, slots=True)
class _Marks:
    """Hashes of a page, ascending: words of its text, letter triples of its lines in capitals."""

    body: NDArray[np.uint32]
    title: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class _Part:
    """On how many pages of a prototype each hashed word stood."""

    words: NDArray[np.uint32]
    counts: NDArray[np.uint16]

    def plus(self, found: NDArray[np.uint32]) -> _Part:
        words = np.union1d(self.words, found)
        counts = np.zeros(len(words), np.uint16)
        counts[np.searchsorted(words, self.words)] = self.counts
        counts[np.searchsorted(words, found)] += 1
        return _Part(words, counts)

    def minus(self, found: NDArray[np.uint32]) -> _Part:
        counts = self.counts - np.isin(self.words, found)
        return _Part(self.words[counts > 0], counts[counts > 0].astype(np.uint16))

    def without_rare(self, pages: int) -> _Part:
        """Drop what people wrote: words of single pages would let the file grow for ever."""
        kept = self.counts >= pages / _RARE
        return self if kept.all() else _Part(self.words[kept], self.counts[kept])


_NOTHING = _Part(np.empty(0, np.uint32), np.empty(0, np.uint16))


@dataclass(frozen=True, slots=True)
class _Prototype:
    """Pages of one look."""

    type: str | None
    first: bool
    pages: int = 0
    body: _Part = _NOTHING
    title: _Part = _NOTHING
    shipped: bool = False

    def plus(self, marks: _Marks) -> _Prototype:
        if self.pages >= _MOST_PAGES:
            return self
        pages = self.pages + 1
        return replace(
            self,
            pages=pages,
            body=self.body.plus(marks.body).without_rare(pages),
            title=self.title.plus(marks.title).without_rare(pages),
        )

    def minus(self, marks: _Marks) -> _Prototype:
        return replace(
            self,
            pages=self.pages - 1,
            body=self.body.minus(marks.body),
            title=self.title.minus(marks.title),
        )


@dataclass(frozen=True, slots=True)
class _Model:
    """All prototypes of a file, and which page went into which."""

    prototypes: tuple[_Prototype, ...] = ()
    taught: dict[str, int] = field(default_factory=dict)
    """Digest of a page's words: number of the prototype that counts it."""
    pages: dict[str, str] = field(default_factory=dict)
    """Id of a page: digest of its words."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How likeness becomes confidence: a logistic curve, fitted on drawn pages."""

    bias: float
    likeness: float
    title: float
    """Of the lines in capitals alone: sister forms share all but these."""
    lead: float


def learn(
    folder: Path, text: str, type_id: str | None, *, first: bool = True, page: str = ""
) -> None:
    """Teach what a page is; the next `suggest` knows it. Teaching a page anew replaces.

    Args:
        folder: The data folder.
        text: The page's text, one line a line (PageText.text).
        type_id: What the clerk says it is; None for none of the known types.
        first: Whether the page starts a document.
        page: Id of the page, by which the lesson can be taken back.

    Raises:
        StorageError: the file cannot be written, or a newer program wrote it.
    """
    marks = _marks(text)
    if not len(marks.body):
        return
    with paths.locked(folder / f"{FILE}.lock", wait=True):
        path = folder / FILE
        model = _set_aside_damaged(path)
        if not _knows(model, marks, type_id, first, page):
            _write(path, _taught(model, marks, type_id, first, page))


def forget(folder: Path, text: str, page: str) -> None:
    """Take back what a page taught; a page that taught nothing changes nothing.

    Args:
        folder: The data folder.
        text: The page's text, as it was taught.
        page: Id of the page. Another page of the very same words keeps its lesson.

    Raises:
        StorageError: the file cannot be written, or a newer program wrote it.
    """
    if not has_taught(folder, page):
        return
    with paths.locked(folder / f"{FILE}.lock", wait=True):
        path = folder / FILE
        _write(path, _taken_back(_set_aside_damaged(path), _marks(text), page))


def has_taught(folder: Path, page: str) -> bool:
    """Whether a lesson was drawn from the page with this id.

    Raises:
        StorageError: a newer program wrote the file.
    """
    return page in _pages(*_stamp(folder / FILE))


@lru_cache(maxsize=4)
def _pages(path: Path, _changed: int, _size: int) -> frozenset[str]:
    return frozenset(_read(path).pages)


def stamp(folder: Path) -> tuple[Path, int, int]:
    """Changes whenever a lesson is added or taken back."""
    return _stamp(folder / FILE)


def suggest(folder: Path, text: str) -> list[Suggestion]:
    """Say what a page looks like, the likeliest first; an empty list when it looks like nothing.

    Args:
        folder: The data folder; what is not there is as if nothing had been taught.
        text: The page's text, one line a line (PageText.text).

    Raises:
        StorageError: a newer program wrote the file.
    """
    marks = _marks(text)
    known = _library(_stamp(folder / FILE), _stamp(SHIPPED / "prototypes.npz"))
    if known is None or not len(marks.body):
        return []
    return _ranked(known, marks, _weights())


# ------------------------------------------------------------------ words of a page
def _marks(text: str) -> _Marks:
    lines = text.split("\n")
    body: set[int] = set()
    title: set[int] = set()
    left = _WORDS
    for number, line in enumerate(lines):
        words = [w for w in plain(line).split(" ") if w.isalpha()][:left]
        left -= len(words)
        pairs = [f"{one} {two}" for one, two in itertools.pairwise(words)]
        body |= _hashed((*words, *pairs))
        if number <= len(lines) / 2 and _is_heading(line):
            # Letter triples: a misread letter must not make another title.
            folded = f" {' '.join(words)} "
            title |= _hashed("^" + folded[n : n + 3] for n in range(len(folded) - 2))
    return _Marks(_sorted(body), _sorted(title))


def _sorted(found: set[int]) -> NDArray[np.uint32]:
    return np.array(sorted(found), np.uint32)


def _hashed(marks: Iterable[str]) -> set[int]:
    return {zlib.crc32(mark.encode()) % _BUCKETS for mark in marks}


def _is_heading(line: str) -> bool:
    """Whether a line is in capitals and not the letterhead, which names places."""
    letters = [char for char in line if char.isalpha()]
    if len(letters) < 5 or sum(map(str.isupper, letters)) < 0.8 * len(letters):
        return False
    folded = plain(line) + " "
    if any(fuzz.partial_ratio(fixed, folded) >= 80 for fixed in _FIXED):
        return False
    return not folded.startswith(_LETTERHEAD)


def _digest(marks: _Marks) -> str:
    return f"{zlib.crc32(marks.body.tobytes()):08x}{zlib.adler32(marks.body.tobytes()):08x}"


# ------------------------------------------------------------------ teaching
def _knows(model: _Model, marks: _Marks, type_id: str | None, first: bool, page: str) -> bool:
    """Whether this very page was taught as this."""
    digest = _digest(marks)
    place = model.taught.get(digest)
    if place is None or (page and model.pages.get(page) != digest):
        return False
    kind = model.prototypes[place]
    return (kind.type, kind.first) == (type_id, first)


def _taken_back(model: _Model, marks: _Marks, page: str) -> _Model:
    pages = {key: digest for key, digest in model.pages.items() if key != page}
    if _digest(marks) in pages.values():
        return replace(model, pages=pages)
    return replace(_forgotten(model, marks), pages=pages)


def _forgotten(model: _Model, marks: _Marks) -> _Model:
    prototypes, taught = list(model.prototypes), dict(model.taught)
    place = taught.pop(_digest(marks), None)
    if place is not None:
        prototypes[place] = prototypes[place].minus(marks)
    return replace(model, prototypes=tuple(prototypes), taught=taught)


def _taught(
    model: _Model, marks: _Marks, type_id: str | None, first: bool, page: str = ""
) -> _Model:
    model, digest = _forgotten(model, marks), _digest(marks)
    prototypes, taught = list(model.prototypes), dict(model.taught)
    place = _joins(prototypes, marks, type_id, first)
    if place is None:
        place = len(prototypes)
        prototypes.append(_Prototype(type_id, first))
    prototypes[place] = prototypes[place].plus(marks)
    taught[digest] = place
    pages = {**model.pages, page: digest} if page else model.pages
    return _Model(tuple(prototypes), taught, pages)


def _joins(
    prototypes: Sequence[_Prototype], marks: _Marks, type_id: str | None, first: bool
) -> int | None:
    """Return the prototype that a page belongs to, None when it looks like none of its type."""
    own = [
        (_overlap(kind, marks), n)
        for n, kind in enumerate(prototypes)
        if (kind.type, kind.first) == (type_id, first)
    ]
    best, place = max(own, default=(0.0, -1))
    if place >= 0 and (best >= _SAME_KIND or len(own) >= _MOST_PROTOTYPES):
        return place
    return None


def _overlap(kind: _Prototype, marks: _Marks) -> float:
    """Share of a prototype's usual words that stand on a page."""
    usual = kind.body.counts >= 0.5 * kind.pages
    if not kind.pages or not usual.any():
        return 0.0
    return float(np.isin(kind.body.words[usual], marks.body).mean())


# ------------------------------------------------------------------ likeness
@dataclass(frozen=True, slots=True)
class _Index:
    """One part (text or capitals) of all prototypes in a row, for one pass over them."""

    words: NDArray[np.uint32]
    weights: NDArray[np.float32]
    rarity: NDArray[np.float32]
    starts: NDArray[np.intp]
    totals: NDArray[np.float32]
    """Sum of the weights of each prototype; 0 for one without such words."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything taught and shipped, ready to be compared with."""

    prototypes: tuple[_Prototype, ...]
    rarity: NDArray[np.float32]
    """Per bucket: how much a word tells; a word that stands on every paper tells nothing."""
    body: _Index
    title: _Index


@lru_cache(maxsize=4)
def _library(desk: tuple[Path, int, int], shipped: tuple[Path, int, int]) -> _Known | None:
    """Load both files; kept until one of them changes."""
    kinds = [
        *_read(desk[0]).prototypes,
        *(replace(kind, shipped=True) for kind in _read(shipped[0]).prototypes),
    ]
    return _known([kind for kind in kinds if kind.pages > 0])


def _known(kinds: Sequence[_Prototype]) -> _Known | None:
    """Weigh the words of prototypes against each other; None where there are none."""
    if not kinds:
        return None
    pages = np.zeros(_BUCKETS, np.float32)
    for kind in kinds:
        # A kind taught a hundred times must not make its own words common ones.
        for part in (kind.body, kind.title):
            pages[part.words] += part.counts / np.float32(kind.pages)
    rarity = np.log((len(kinds) + 1) / (pages + 1)).clip(0.05).astype(np.float32)
    body = _index([(kind.body, kind.pages) for kind in kinds], rarity)
    title = _index([(kind.title, kind.pages) for kind in kinds], rarity)
    return _Known(tuple(kinds), rarity, body, title)


def _index(parts: Sequence[tuple[_Part, int]], rarity: NDArray[np.float32]) -> _Index:
    """Words on all pages of a kind weigh most, those of one page hardly anything."""
    none = np.zeros(1, np.uint32)  # an empty stretch would take its neighbour's sum
    words = [np.concatenate([none, part.words]) for part, _ in parts]
    shares = [np.concatenate([none, part.counts / pages]) for part, pages in parts]
    ends = np.cumsum([len(each) for each in words])
    starts = np.concatenate([[0], ends[:-1]])
    every = np.concatenate(words)
    share = np.concatenate(shares).astype(np.float32)
    told = np.where(share > 0, rarity[every], np.float32(0))
    weights = share**2 * told
    return _Index(every, weights, told, starts, np.add.reduceat(weights, starts))


def _ranked(known: _Known, marks: _Marks, weights: Weights) -> list[Suggestion]:
    likeness, title = _likenesses(known, marks)
    best: dict[str | None, int] = {}
    for number in np.argsort(-likeness, kind="stable"):
        best.setdefault(known.prototypes[number].type, int(number))
    found = []
    for type_id, number in itertools.islice(best.items(), 4):
        kind = known.prototypes[number]
        rivals = (likeness[n] for other, n in best.items() if other != type_id)
        seen = Likeness(
            float(likeness[number]),
            float(title[number]),
            float(likeness[number] - max(rivals, default=0.0)),
        )
        confidence = confidence_of(seen, weights)
        if kind.shipped:
            confidence = min(confidence, _SHIPPED_CEILING)
        if confidence >= _LEAST and not (kind.shipped and type_id is None):
            found.append(Suggestion(type_id, round(confidence, 3), kind.first))
    return sorted(found, key=lambda each: -each.confidence)


def _likenesses(known: _Known, marks: _Marks) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How like each prototype a page is, as a whole and in its title, 0 to 1."""
    body = _covered(known.body, known.rarity, marks.body)
    title = _shared(known.title, known.rarity, marks.title)
    # A page without a title, and a prototype without one, are compared by their text alone.
    title = np.where(known.title.totals > 0, title, body).astype(np.float32)
    return (1 - _TITLE_SHARE) * body + _TITLE_SHARE * title, title


def _present(index: _Index, found: NDArray[np.uint32]) -> NDArray[np.float32]:
    there = np.zeros(_BUCKETS, np.float32)
    there[found] = 1
    return np.asarray(there[index.words], np.float32)


def _covered(
    index: _Index, rarity: NDArray[np.float32], found: NDArray[np.uint32]
) -> NDArray[np.float32]:
    """Geometric mean of two shares: of the prototype found, and of what was found explained."""
    present = _present(index, found)
    carried = float(rarity[found].sum()) or 1.0
    recalled = np.add.reduceat(index.weights * present, index.starts)
    explained = np.add.reduceat(index.rarity * present, index.starts) / carried
    recalled /= np.maximum(index.totals, np.float32(1e-6))
    return np.asarray(np.sqrt(recalled * np.minimum(explained, 1)), np.float32)


def _shared(
    index: _Index, rarity: NDArray[np.float32], found: NDArray[np.uint32]
) -> NDArray[np.float32]:
    """What is in both, of all that is in either: one other word makes another title."""
    both = np.add.reduceat(index.weights * _present(index, found), index.starts)
    either = index.totals + float(rarity[found].sum()) - both
    return np.asarray(both / np.maximum(either, np.float32(1e-6)), np.float32)


class Likeness(NamedTuple):
    """How like a prototype a page is."""

    whole: float
    title: float
    lead: float
    """Over the likest prototype of another type."""


def confidence_of(seen: Likeness, weights: Weights) -> float:
    """Return how sure a likeness makes, by the fitted curve."""
    power = weights.bias + weights.likeness * seen.whole + weights.title * seen.title
    power += weights.lead * seen.lead
    return float(1 / (1 + np.exp(-power)))


@lru_cache(maxsize=1)
def _weights() -> Weights:
    data = tomllib.loads((SHIPPED / "weights.toml").read_text(encoding="utf-8"))
    return Weights(*(float(data[part.name]) for part in fields(Weights)))


# ------------------------------------------------------------------ the file
def _stamp(path: Path) -> tuple[Path, int, int]:
    try:
        facts = path.stat()
    except FileNotFoundError:
        return path, 0, 0
    return path, facts.st_mtime_ns, facts.st_size


def _read(path: Path) -> _Model:
    """Read a file of prototypes; what is damaged is as if it were not there, and is reported."""
    if not path.exists():
        return _Model()
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
            about = json.loads(bytes(data["about"]).decode())
            if about["format"] <= FORMAT:
                return _unpacked(about, data)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        log.warning("%s cannot be read: learned papers are not used", path.name)
        return _Model()
    raise StorageError(
        f"{path.name}: written by a newer version",
        detail_vi=f"{path.name}: do phiên bản mới hơn ghi",
    )


def _unpacked(about: dict[str, Any], data: Any) -> _Model:  # noqa: ANN401 numpy's own file object
    columns = [np.split(data[name], data["ends"]) for name in ("words", "counts")]
    parts = [_Part(words, counts) for words, counts in zip(*columns, strict=True)]
    kinds = tuple(
        _Prototype(type_id, first, pages, parts[2 * n], parts[2 * n + 1])
        for n, (type_id, first, pages) in enumerate(about["kinds"])
    )
    return _Model(kinds, about["taught"], about.get("pages", {}))


def _packed(model: _Model) -> dict[str, NDArray[Any]]:
    parts = [part for kind in model.prototypes for part in (kind.body, kind.title)]
    about = {
        "format": FORMAT,
        "kinds": [(kind.type, kind.first, kind.pages) for kind in model.prototypes],
        "taught": model.taught,
        "pages": model.pages,
    }
    return {
        "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
        "words": np.concatenate([part.words for part in parts]),
        "counts": np.concatenate([part.counts for part in parts]),
        "ends": np.cumsum([len(part.words) for part in parts])[:-1],
    }


def _write(path: Path, model: _Model) -> None:
    """Replace the file as a whole: a power cut leaves the old one or the new one."""
    new = path.with_suffix(".new")
    try:
        with new.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **_packed(model))
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(path)
    except OSError as fault:
        raise StorageError(fault.strerror or str(fault)) from fault


def _set_aside_damaged(path: Path) -> _Model:
    """Load for teaching; a file that cannot be read is kept under another name."""
    model = _read(path)
    if path.exists() and not model.prototypes:
        path.replace(path.with_suffix(f".damaged-{path.stat().st_mtime_ns}"))
    return model
