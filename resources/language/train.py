"""Train the corrector's language model from folders or files of text.

    python resources/language/train.py TEXT... --date 2026-11-22 [-o FILE] [--source NAME]

TEXT is a folder or a .txt, .xz or .json file; of JSON the strings under --json-keys are taken. The
lists beside this script (administrative phrases, everyday words, places, names) and the titles and
labels in resources/procedures are always added. The same texts in the same order give the same
bytes. The text itself does not go into the model: only counts do, and of three-word sequences only
those seen at least --keep times.
"""

from __future__ import annotations

import argparse
import itertools
import json
import lzma
import random
import re
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

from desk_app.recognition import vietnamese  # noqa: E402
from desk_app.recognition.language import ngrams, tokens  # noqa: E402

Ids = npt.NDArray[np.int64]
OWN_LISTS = (
    ("phrases.txt", 12),
    ("places.txt", 20),
    ("words.txt", 15),
    ("../procedures/types.toml", 12),
)
"""Lists of the project's own, and how many times each counts."""
NAMES = 40_000
NAME_SETTINGS = ("{}", "{}", "ông {}", "bà {}", "họ và tên: {}", "Ông (bà): {}", "do {} làm chủ")
DISCOUNT_2, DISCOUNT_3 = 0.75, 0.8


@dataclass(slots=True)
class Corpus:
    """Tokens of all texts, numbered in order of appearance, with what their case told."""

    numbers: dict[str, int] = field(default_factory=dict)
    stream: list[int] = field(default_factory=list)

    def add(self, paragraph: str, times: int = 1) -> int:
        """Add a paragraph and an end; returns its number of tokens."""
        names = [*_tokens(paragraph), tokens.CLASSES[tokens.END]]
        ids = [self.numbers.setdefault(name, len(self.numbers)) for name in names]
        self.stream.extend(ids * times)
        return len(ids) * times


def _tokens(paragraph: str) -> Iterator[str]:
    """Names in the model; what is no syllable keeps its letters for now."""
    text = vietnamese.nfc(paragraph)
    for start, end, kind in tokens.pieces(text):
        piece = text[start:end]
        if kind is not None:
            yield tokens.CLASSES[kind]
        elif tokens.is_letter(piece.lower()):
            yield tokens.CLASSES[tokens.LETTER]
        else:
            yield tokens.key(piece)


def paragraphs(path: Path, keys: Iterable[str]) -> Iterator[str]:
    """Non-empty paragraphs of a file, or of every such file below a folder."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in files:
        if file.suffix == ".txt":
            lines: Iterable[str] = file.read_text(encoding="utf-8").splitlines()
        elif file.suffix == ".xz":
            lines = lzma.decompress(file.read_bytes()).decode("utf-8").splitlines()
        elif file.suffix == ".json":
            lines = _strings(json.loads(file.read_text(encoding="utf-8")), frozenset(keys))
        elif file.suffix == ".toml":
            lines = filter(_is_marked, _all_strings(tomllib.loads(file.read_text("utf-8"))))
        else:
            continue
        yield from filter(None, map(str.strip, lines))


def _strings(value: Any, keys: frozenset[str]) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in keys and isinstance(inner, str):
                yield from inner.splitlines()
            else:
                yield from _strings(inner, keys)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner, keys)


def _all_strings(value: Any) -> Iterator[str]:  # noqa: ANN401 - any TOML
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _all_strings(inner)


def _is_marked(text: str) -> bool:
    """Whether a text is Vietnamese and no English or id."""
    return vietnamese.strip_diacritics(text) != text


def name_lines(count: int, seed: int = 7) -> Iterator[str]:
    """Invented persons, alone and in the settings in which papers name them."""
    lists = tomllib.loads((HERE / "names.toml").read_text(encoding="utf-8"))
    dice = random.Random(seed)
    surnames, weights = list(lists["surnames"]), list(lists["surnames"].values())
    parts = {kind: {sex: lists[kind][sex].split() for sex in ("male", "female")}
             for kind in ("middle", "given")}  # fmt: skip
    for _ in range(count):
        sex = dice.choice(("male", "female"))
        surname = dice.choices(surnames, weights)[0]
        middle = dice.choices(parts["middle"][sex], k=dice.choice((1, 1, 1, 2, 0)))
        name = " ".join([surname, *middle, dice.choice(parts["given"][sex])])
        yield dice.choice(NAME_SETTINGS).format(name)


def _items(line: str) -> list[str]:
    """A list of words in small letters holds many; of places and phrases a line holds one."""
    return line.split(", ") if line[0].islower() and line.count(", ") > 6 else [line]


def gather(texts: list[Path], keys: list[str]) -> tuple[Corpus, dict[str, int]]:
    """Read everything; a long paragraph that came before is left out."""
    corpus, counts, seen = Corpus(), {}, set()
    for path in texts:
        count = 0
        for paragraph in paragraphs(path, keys):
            plain = re.sub(r"\W+", " ", paragraph)
            if len(plain) > 60 and plain in seen:
                continue
            seen.add(plain)
            count += corpus.add(paragraph)
        counts[path.name] = count
    for name, times in OWN_LISTS:
        lines = paragraphs(HERE / name, keys)
        items = (
            item for line in lines for item in line.split(", " if name == "words.txt" else "\n")
        )
        counts[Path(name).name] = sum(corpus.add(item, times) for item in items)
    counts["names.toml"] = sum(map(corpus.add, name_lines(NAMES)))
    return corpus, counts


def vocabulary(corpus: Corpus, ids: Ids) -> list[str]:
    """Syllables seen twice, and abbreviations seen often; the rest is of the class OTHER."""
    times = np.bincount(ids, minlength=len(corpus.numbers))
    words = []
    for word, number in corpus.numbers.items():
        if word in tokens.CLASSES:
            continue
        least = 2 if vietnamese.is_syllable(word) else 12
        if times[number] >= least and len(word) <= 7:
            words.append(word)
    return [*tokens.CLASSES, *sorted(words)]


def tables(corpus: Corpus, keep: int, keep_pairs: int) -> ngrams.Tables:
    """Count, discount and pack."""
    ids = np.array(corpus.stream, np.int64)
    words = vocabulary(corpus, ids)
    position = {word: number for number, word in enumerate(words)}
    renumber = np.array([position.get(word, tokens.OTHER) for word in corpus.numbers], np.int64)
    ids = _without_repeated_ends(renumber[ids])
    return _packed(tuple(words), ids, keep, keep_pairs)


def _without_repeated_ends(ids: Ids) -> Ids:
    kept = np.ones(len(ids), bool)
    kept[1:] = (ids[1:] != tokens.END) | (ids[:-1] != tokens.END)
    return ids[kept]


def _packed(words: tuple[str, ...], ids: Ids, keep: int, keep_pairs: int) -> ngrams.Tables:
    size = len(words)
    triples, times3 = np.unique((ids[:-2] * size + ids[1:-1]) * size + ids[2:], return_counts=True)
    pairs, times2 = np.unique(ids[:-1] * size + ids[1:], return_counts=True)
    # Lower orders count in how many surroundings something was seen, not how often.
    wide2 = _counts_at(pairs, triples % (size * size))
    unigram, unigram_left, pair, mass1 = _lower_orders(size, pairs, wide2)
    total = np.bincount(np.searchsorted(pairs, triples // size), times3, len(pairs))
    chosen = times3 >= keep
    triples, times3 = triples[chosen], times3[chosen]
    head = np.searchsorted(pairs, triples // size)
    share = (times3 - DISCOUNT_3) / total[head]
    left = 1 - np.bincount(head, share, len(pairs))
    tail = np.searchsorted(pairs, triples % (size * size))
    triple = share + left[head] * pair[tail]
    heads = np.bincount(head, minlength=len(pairs))
    kept = (heads > 0) | (times2 >= keep_pairs)
    unigram_left = mass1(kept)
    return ngrams.Tables(
        words,
        ngrams.quantised(np.log(unigram)),
        ngrams.quantised(np.log(unigram_left)),
        np.bincount(pairs[kept] // size, minlength=size).astype(np.uint16),
        (pairs[kept] % size).astype(np.uint16),
        ngrams.quantised(np.log(pair[kept])),
        ngrams.quantised(np.log(np.maximum(left[kept], 1e-9))),
        heads[kept].astype(np.uint16),
        (triples % size).astype(np.uint16),
        ngrams.quantised(np.log(triple)),
    )


def _counts_at(keys: Ids, values: Ids) -> npt.NDArray[np.float64]:
    """How many of the values are each key; one at least, for the first pair of the text."""
    counts = np.bincount(np.searchsorted(keys, values), minlength=len(keys))
    return np.maximum(counts, 1).astype(np.float64)


def _lower_orders(size: int, pairs: Ids, wide2: npt.NDArray[np.float64]) -> Any:  # noqa: ANN401
    """P(word), what P(. | word) leaves to it, and P(word | word before) of every pair."""
    head, tail = pairs // size, pairs % size
    wide1 = np.bincount(tail, minlength=size).astype(np.float64)
    unigram = (wide1 + 0.5) / (wide1 + 0.5).sum()
    total = np.bincount(head, wide2, size)
    share = (wide2 - DISCOUNT_2) / np.maximum(total[head], 1)

    def left_over(kept: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        used = np.bincount(head[kept], share[kept], size)
        return np.maximum(1 - used, 1e-9)

    left = left_over(np.ones(len(pairs), bool))
    return unigram, left, share + left[head] * unigram[tail], left_over


def main(arguments: list[str] | None = None) -> int:
    """Train and write; say what was done."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("text", nargs="*", type=Path, help="folders and .txt, .xz, .json files")
    parser.add_argument("--date", required=True, help="day of the training, YYYY-MM-DD")
    parser.add_argument("-o", "--out", type=Path, default=ngrams.MODEL)
    parser.add_argument("--source", action="append", default=[], help="name; licence")
    parser.add_argument("--json-keys", nargs="+", default=["raw_text", "path_with_type"])
    parser.add_argument("--keep", type=int, default=2, help="least count of a trigram")
    parser.add_argument("--keep-pairs", type=int, default=1, help="least count of a bigram")
    asked = parser.parse_args(arguments)
    start = time.perf_counter()
    corpus, counts = gather(asked.text, asked.json_keys)
    made = tables(corpus, asked.keep, asked.keep_pairs)
    facts = {"date": asked.date, "sources": asked.source, "tokens": counts,
             "keep": [asked.keep_pairs, asked.keep]}  # fmt: skip
    ngrams.dump(made, facts, asked.out)
    report = [
        *(f"{name}: {count} tokens" for name, count in counts.items()),
        f"{len(made.words)} words, {len(made.bigram)} pairs, {len(made.trigram)} triples",
        f"{asked.out}: {asked.out.stat().st_size} bytes, {time.perf_counter() - start:.1f} s",
    ]
    sys.stdout.write("\n".join(itertools.chain(report, [""])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
