"""The syllable trigram model: how it lies on disk, and how likely a syllable is after two others.

Interpolated Kneser-Ney probabilities in back-off form. An n-gram is found by its number among the
sorted ones of its order, so that a page's ten thousand questions are three array look-ups.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from desk_app.errors import EngineError
from desk_app.paths import RESOURCES
from desk_app.recognition.language import tokens

MODEL = RESOURCES / "language" / "vietnamese.lm"
FORMAT = 1
STEP = 1 / 12
"""Nats per unit of a stored logarithm, one byte each: -21.25 to 0."""

Ids = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]
_MAGIC = b"desk-lm\n"
_MAX_BYTES = 64 << 20


class BadModel(EngineError):
    """The language model cannot be read."""

    vi_text = "Không đọc được mô hình ngôn ngữ {file}."
    en_text = "The language model {file} cannot be read."
    next_vi_text = "Cài lại phần mềm; các trang đã lưu không bị mất."
    next_en_text = "Install the program again; saved pages are not lost."


@dataclass(frozen=True, slots=True)
class Tables:
    """The arrays of a model, as trained and as stored."""

    words: tuple[str, ...]
    """The classes of `tokens.CLASSES`, then the syllables in code point order."""
    unigram: npt.NDArray[np.uint8]
    unigram_backoff: npt.NDArray[np.uint8]
    bigrams_of: npt.NDArray[np.uint16]
    """Per word: how many bigrams start with it."""
    bigram_word: npt.NDArray[np.uint16]
    bigram: npt.NDArray[np.uint8]
    bigram_backoff: npt.NDArray[np.uint8]
    trigrams_of: npt.NDArray[np.uint16]
    """Per bigram: how many trigrams start with it."""
    trigram_word: npt.NDArray[np.uint16]
    trigram: npt.NDArray[np.uint8]


ARRAYS = tuple(name for name in Tables.__slots__ if name != "words")
_DTYPES = {name: np.uint16 if name.endswith(("_of", "_word")) else np.uint8 for name in ARRAYS}


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A loaded model; two are the same only when they are one."""

    words: dict[str, int]
    facts: dict[str, Any]
    """Sources, token counts, date, pruning."""
    _unigram: Scores
    _unigram_backoff: Scores
    _bigram_key: Ids
    _bigram: Scores
    _bigram_backoff: Scores
    _trigram_key: Ids
    _trigram: Scores
    _size: int = field(default=0)

    def id_of(self, word: str) -> int:
        """Number of a syllable as `tokens.key` writes it; what is not known is OTHER."""
        return self.words.get(word, tokens.OTHER)

    def knows(self, word: str) -> bool:
        """Whether the training text held a syllable."""
        return word in self.words

    def score(self, first: int, second: int) -> float:
        """Natural logarithm of P(second | first), whatever came before."""
        nothing = np.array([tokens.OTHER], np.int64)
        before, word = np.array([first], np.int64), np.array([second], np.int64)
        return float(self.scores(nothing, before, word)[0])

    def scores(self, first: Ids, second: Ids, third: Ids) -> Scores:
        """Natural logarithms of P(third | first, second), for arrays of one shape."""
        pair_at, has_pair = _found(self._bigram_key, first * self._size + second)
        last_at, has_last = _found(self._bigram_key, second * self._size + third)
        lower = np.where(
            has_last,
            self._bigram[last_at],
            self._unigram_backoff[second] + self._unigram[third],
        )
        triple_at, has_triple = _found(
            self._trigram_key, np.where(has_pair, pair_at * self._size + third, -1)
        )
        backed = lower + np.where(has_pair, self._bigram_backoff[pair_at], np.float32(0))
        return np.where(has_triple, self._trigram[triple_at], backed).astype(np.float32)


def _found(keys: Ids, wanted: Ids) -> tuple[Ids, npt.NDArray[np.bool_]]:
    if not len(keys):
        nowhere = np.zeros(wanted.shape, np.int64)
        return nowhere, np.zeros(wanted.shape, np.bool_)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return at, keys[at] == wanted


def quantised(logarithms: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Natural logarithms of probabilities as bytes."""
    return np.clip(np.round(-logarithms / STEP), 0, 255).astype(np.uint8)


def model_of(tables: Tables, facts: dict[str, Any]) -> Model:
    """Make tables ready for use."""
    size = len(tables.words)
    heads = np.repeat(np.arange(size, dtype=np.int64), tables.bigrams_of)
    pairs = np.repeat(np.arange(len(tables.bigram), dtype=np.int64), tables.trigrams_of)
    return Model(
        {word: number for number, word in enumerate(tables.words)},
        facts,
        _logarithms(tables.unigram),
        _logarithms(tables.unigram_backoff),
        heads * size + tables.bigram_word,
        _logarithms(tables.bigram),
        _logarithms(tables.bigram_backoff),
        pairs * size + tables.trigram_word,
        _logarithms(tables.trigram),
        size,
    )


def _logarithms(stored: npt.NDArray[np.uint8]) -> Scores:
    return stored.astype(np.float32) * np.float32(-STEP)


def dump(tables: Tables, facts: dict[str, Any], path: Path) -> None:
    """Write a model: magic, one line of JSON, then the arrays behind each other, deflated."""
    arrays = [getattr(tables, name).astype(_DTYPES[name]) for name in ARRAYS]
    head = {
        **facts,
        "format": FORMAT,
        "words": list(tables.words),
        "lengths": [len(array) for array in arrays],
    }
    body = b"".join(_planes(array) for array in arrays)
    line = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    path.write_bytes(_MAGIC + zlib.compress(line + b"\n" + body, 9))


def _planes(array: npt.NDArray[Any]) -> bytes:
    """Low bytes, then high bytes: deflates a tenth better."""
    return array.astype(array.dtype.newbyteorder("<")).view(np.uint8).reshape(
        len(array), array.dtype.itemsize
    ).T.tobytes()  # fmt: skip


def read(path: Path) -> tuple[Tables, dict[str, Any]]:
    """Read what `dump` wrote.

    Raises:
        BadModel: No file there, or not such a file.
    """
    try:
        raw = path.read_bytes()
        if not raw.startswith(_MAGIC):
            raise ValueError("not a language model")
        unpacker = zlib.decompressobj()
        line, _, body = unpacker.decompress(raw[len(_MAGIC) :], _MAX_BYTES).partition(b"\n")
        head: dict[str, Any] = json.loads(line)
        if head.pop("format") != FORMAT:
            raise ValueError("another format")
        words, lengths = tuple(head.pop("words")), head.pop("lengths")
        arrays = _arrays(body, lengths)
        if len(arrays["unigram"]) != len(words):
            raise ValueError("cut off")
    except (OSError, ValueError, KeyError, TypeError, zlib.error) as fault:
        raise BadModel(str(fault), engine="corrector", file=path.name) from fault
    return Tables(words, **arrays), head


def _arrays(body: bytes, lengths: list[int]) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    at = 0
    for name, length in zip(ARRAYS, lengths, strict=True):
        width = np.dtype(_DTYPES[name]).itemsize
        planes = np.frombuffer(body, np.uint8, width * length, at).reshape(width, length)
        at += width * length
        value = planes[0].astype(_DTYPES[name])
        arrays[name] = value | (planes[1].astype(np.uint16) << 8) if width == 2 else value
    return arrays


@lru_cache(maxsize=2)
def load(path: Path = MODEL) -> Model:
    """The model of the program, or a province's own; read once a process.

    Raises:
        BadModel: The file is missing or damaged.
    """
    return model_of(*read(path))
