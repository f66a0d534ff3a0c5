"""What the corrector mends, spoils and flags, word by word, against pages whose truth is known.

    .venv/bin/python bench/corrector.py PAGES [--a-page 9]

PAGES is a folder of pictures with NAME.gt.json beside them: lines with text and box (and Minv, the
way back from the picture to the boxes, where it was turned or leans). Prints the words made right
and made wrong, the share of the remaining wrong words among those flagged (as shipped, and at
--a-page words a page with weights fitted with each document left out), whether every doubtful
number is flagged, the corrector's CPU time beside the engine's, and how many words taken out of
the readings, one at a time, are found again by their ink.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from desk_app.imaging import condition  # noqa: E402
from desk_app.recognition import corrector, coverage, ocr, tesseract  # noqa: E402
from desk_app.recognition.language import doubt  # noqa: E402
from desk_app.records import Word  # noqa: E402

EVERY = 30
"""One word in so many is taken out to see whether its ink is found."""


@dataclass
class Page:
    """One page as read and as corrected, with what is true of each word."""

    document: str
    report: corrector.Report
    words: tuple[Word, ...]
    true: dict[int, str | None]
    """Truth of each corrected word: None where it should not be there."""
    signs: np.ndarray
    engine_s: float
    corrector_s: float
    lost: tuple[int, int]
    """Words taken out, and found again."""


def read(path: Path, truth: dict) -> Page:
    """Read and correct one page; the engine and the corrector are timed apart."""
    engine, spent, seen = tesseract.engine(), Counter[str](), {}
    plain_read, plain_signs, plain_cover = engine.read, doubt.signs, coverage.uncovered_ink
    engine.read = _timed(plain_read, spent, "engine")
    doubt.signs = _kept(plain_signs, seen, "signs")
    coverage.uncovered_ink = _kept(plain_cover, seen, "cover")
    try:
        text, settled = ocr.run(path, condition.run(path))
        fixed, report = _timed(corrector.run, spent, "corrector")(text, settled)
    finally:
        del engine.read
        doubt.signs, coverage.uncovered_ink = plain_signs, plain_cover
    true = aligned(truth, fixed.words)
    signs = seen["signs"][1]
    return Page(path.stem.split("_")[0], report, fixed.words, true, signs, spent["engine"],
                spent["corrector"], found_again(seen["cover"][0]))  # fmt: skip


def _timed(function, spent, step):
    def run(*args, **kwargs):
        started = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            spent[step] += time.process_time() - started

    return run


def _kept(function, seen, name):
    def run(*args, **kwargs):
        result = function(*args, **kwargs)
        seen[name] = (args, result)
        return result

    return run


def found_again(args: tuple) -> tuple[int, int]:
    """Take out words, one at a time; how many, and how many their ink betrays."""
    parts, boxes, size, dpi = args
    wide = [box for box in boxes if box[2] - box[0] > 1.2 * (box[3] - box[1])][::EVERY]
    found = 0
    for box in wide:
        left = [other for other in boxes if other != box]
        pieces = coverage.uncovered_ink(parts, left, size, dpi)
        found += any(p[0] < box[2] and p[2] > box[0] and p[1] < box[3] and p[3] > box[1]
                     for p in pieces)  # fmt: skip
    return len(wide), found


# Truth


def aligned(truth: dict, words: Sequence[Word]) -> dict[int, str | None]:
    """The true word of each word on a line that somebody wrote down."""
    from rapidfuzz.distance import Levenshtein
    from reading import plain

    lines = truth["lines"]
    own: list[list[tuple[float, int]]] = [[] for _ in lines]
    for number, word in enumerate(words):
        box = _in_truth(word.box, truth.get("Minv"))
        best = max(range(len(lines)), key=lambda n: _overlap(lines[n]["box"], box))
        if _overlap(lines[best]["box"], box) > 0:
            own[best].append((box[0], number))
    true: dict[int, str | None] = {}
    for line, mine in zip(lines, own, strict=True):
        if line.get("ignore") or re.search(r"ngày\s+\W*tháng|^Số:\W*$", line["text"]):
            continue
        wanted = plain(line["text"]).split()
        order = [number for _, number in sorted(mine)]
        got = [plain(words[number].text) for number in order]
        for step in Levenshtein.opcodes(wanted, got):
            for place in range(step.dest_start, step.dest_end):
                at = step.src_start + place - step.dest_start
                true[order[place]] = wanted[at] if at < step.src_end else None
    return true


def _in_truth(box, inverse):
    if inverse is None:
        return box
    x0, y0, x1, y1 = box
    x, y = np.array(inverse) @ np.array([(x0 + x1) / 2, (y0 + y1) / 2, 1])
    return x - (x1 - x0) / 2, y - (y1 - y0) / 2, x + (x1 - x0) / 2, y + (y1 - y0) / 2


def _overlap(one, other) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, wide) * max(0.0, high)


def is_wrong(page: Page, number: int) -> bool:
    from reading import plain

    return number in page.true and page.true[number] != plain(page.words[number].text)


# Figures


def show_changes(pages: list[Page]) -> None:
    moved = Counter[str]()
    for page in pages:
        for change in page.report.changes:
            if change.index not in page.true:
                continue
            true = page.true[change.index]
            kind = "right" if true == change.text else "wrong" if true == change.read else "other"
            moved[kind] += 1
            if kind == "wrong":
                print(f"  made wrong: {change.read} → {change.text} ({page.document})")
    print(f"words made right {moved['right']}, made wrong {moved['wrong']}, "
          f"wrong before and after {moved['other']}")  # fmt: skip


def show_flags(pages: list[Page], a_page: int) -> None:
    wrong = sum(is_wrong(page, n) for page in pages for n in range(len(page.words)))
    flagged = [(page, n) for page in pages for n, word in enumerate(page.words) if word.flagged]
    caught = sum(is_wrong(page, n) for page, n in flagged)
    print(f"as shipped: {len(flagged) / len(pages):.1f} words flagged a page, "
          f"{caught} of {wrong} wrong words among them")  # fmt: skip
    digits = [word for page in pages for word in page.words
              if any(map(str.isdigit, word.text)) and word.confidence < 0.9]  # fmt: skip
    missed = sum(not word.flagged for word in digits)
    print(f"doubtful numbers: {len(digits)}, of which not flagged: {missed}")
    odds = list(_odds_left_out(pages))
    limit = np.sort(np.concatenate(odds))[::-1][a_page * len(pages)]
    caught = sum(bool(page_odds[n] > limit) and is_wrong(page, n)
                 for page, page_odds in zip(pages, odds, strict=True)
                 for n in range(len(page.words)))  # fmt: skip
    print(f"at {a_page} a page, each document left out of the fitting: {caught} of {wrong} "
          f"({caught / max(1, wrong):.2f})")  # fmt: skip


def _odds_left_out(pages: list[Page]) -> Iterator[np.ndarray]:
    for page in pages:
        weights = _fitted([other for other in pages if other.document != page.document])
        yield np.c_[np.ones(len(page.signs)), page.signs] @ weights


def _fitted(pages: list[Page]) -> np.ndarray:
    """Logistic regression of being wrong on the signs of doubt, by Newton's method."""
    signs = np.vstack([page.signs for page in pages])
    rows = np.c_[np.ones(len(signs)), signs]
    wrong = np.array([is_wrong(page, n) for page in pages for n in range(len(page.words))], float)
    weights = np.r_[-4.0, np.zeros(signs.shape[1])]
    for _ in range(30):
        odds = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (wrong - odds) - np.r_[0, weights[1:]]
        bend = (rows.T * (odds * (1 - odds))) @ rows + np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    return weights


def show_rest(pages: list[Page]) -> None:
    engine, own = (sum(getattr(page, name) for page in pages) for name in
                   ("engine_s", "corrector_s"))  # fmt: skip
    print(f"CPU a page: engine {1000 * engine / len(pages):.0f} ms, "
          f"corrector {1000 * own / len(pages):.0f} ms ({own / engine:.1%})")  # fmt: skip
    taken, found = (sum(page.lost[n] for page in pages) for n in (0, 1))
    print(f"words taken out: {taken}, found again by their ink: {found}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", type=Path, help="folder of pictures and NAME.gt.json")
    parser.add_argument("--a-page", type=int, default=9)
    args = parser.parse_args()
    from reading import chosen

    pages = []
    for path in chosen(args.pages):
        noted = path.with_name(f"{path.stem}.gt.json")
        if noted.exists():
            pages.append(read(path, json.loads(noted.read_text("utf-8"))))
    show_changes(pages)
    show_flags(pages, args.a_page)
    show_rest(pages)


if __name__ == "__main__":
    main()
