"""How often the values of papers are read rightly, left empty, or read wrongly.

    .venv/bin/python bench/fields.py [--rounds N] [--seed N] [--kind NAME ...] [--markdown]
        [--keep FOLDER]

Draws papers of tests/recognition/drawn_fields (each round another person, font and layout), reads
them with the real engine, and prints for every type and value: right, empty, wrong but flagged for
the clerk, and wrong without a flag, which is a defect and listed one by one. The sample dossier of
resources/samples is scored the same way. --keep stores drawn pages and readings to look at.
"""

from __future__ import annotations

import argparse
import json
import pickle
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from desk_app import paths  # noqa: E402
from desk_app.recognition import fields  # noqa: E402
from desk_app.recognition.doctypes import TypeBook, load_types  # noqa: E402
from desk_app.recognition.page import read_page  # noqa: E402
from desk_app.recognition.vietnamese import normalise_tone  # noqa: E402
from desk_app.records import Field, PageReading  # noqa: E402
from tests.recognition.drawn_fields import papers  # noqa: E402
from tests.recognition.drawn_fields.sheet import DPI, scanned  # noqa: E402

FLAGGED_BELOW = 0.75
"""The clerk's form marks values below this confidence."""
OUTCOMES = ("right", "empty", "wrong, flagged", "wrong")

Table = dict[str, dict[str, Counter[str]]]
"""Type, value, outcome: how often."""


def same(one: str, other: str) -> bool:
    """Case, spacing, punctuation at the ends and the place of a tone make no other value."""
    left, right = (
        re.sub(r"[\s.,;:]+", " ", normalise_tone(text).casefold().replace("–", "-")).strip()
        for text in (one, other)
    )
    return left == right


def outcome(true: str, found: Field | None) -> str:
    if found is None:
        return "empty"
    if same(found.value, true):
        return "right"
    is_flagged = found.confidence < FLAGGED_BELOW or found.problem is not None
    return "wrong, flagged" if is_flagged else "wrong"


class Score:
    def __init__(self) -> None:
        self.table: Table = defaultdict(lambda: defaultdict(Counter))
        self.doubted = Counter[str]()
        self.wrong: list[str] = []
        self.spent_s = 0.0
        self.pages = 0

    def add(
        self,
        kind: str,
        truth: dict[str, str],
        readings: list[tuple[str, PageReading]],
        book: TypeBook,
        where: str,
    ) -> None:
        started = time.process_time()
        found, _ = fields.run(readings, kind, book)
        self.spent_s += time.process_time() - started
        self.pages += len(readings)
        by_name = {field.name: field for field in found}
        for name, value in truth.items():
            result = outcome(value, by_name.get(name))
            self.table[kind][name][result] += 1
            if result == "right" and by_name[name].confidence < FLAGGED_BELOW:
                self.doubted[kind] += 1
            if result != "right":
                got = by_name.get(name)
                shown = f"{got.value!r} ({got.confidence:.2f})" if got else "nothing"
                self.wrong.append(f"{result:15} {where} {name}: {value!r} read as {shown}")

    def show(self, *, markdown: bool) -> None:
        if markdown:
            print("| type | value | " + " | ".join(OUTCOMES) + " |")
            print("|---|---|" + "---:|" * len(OUTCOMES))
        total: Counter[str] = Counter()
        for kind, rows in self.table.items():
            for name, counts in rows.items():
                total += counts
                cells = [counts[each] or "" for each in OUTCOMES]
                if markdown:
                    print(f"| {kind} | {name} | " + " | ".join(map(str, cells)) + " |")
                else:
                    print(f"{kind:30} {name:28} " + " ".join(f"{cell!s:>6}" for cell in cells))
        cells = [f"{total[each]} ({total[each] / max(1, total.total()):.1%})" for each in OUTCOMES]
        print(("| all | | " + " | ".join(cells) + " |") if markdown else f"all {' '.join(cells)}")
        print(f"\nright but marked for the clerk: {self.doubted.total()}")
        print(f"{1000 * self.spent_s / max(1, self.pages):.1f} ms CPU a page for the values alone")
        for line in sorted(self.wrong):
            print("  " + line)


def drawn(book: TypeBook, args: argparse.Namespace) -> Score:
    score = Score()
    rounds, kinds, keep = args.rounds, args.kind, args.keep
    with tempfile.TemporaryDirectory() as name:
        folder = keep or Path(name)
        folder.mkdir(exist_ok=True)
        for kind, variant in papers.variants():
            if kinds and kind not in kinds:
                continue
            for turn in range(rounds):
                seed = args.seed + 17 * turn + 101 * variant + sum(map(ord, kind))
                where = f"{kind}-{variant}-{turn}"
                sheet = papers.draw(kind, variant, seed)
                readings = _readings(sheet.pages, seed, folder, where)
                score.add(kind, sheet.truth, readings, book, where)
    return score


def _readings(pages, seed: int, folder: Path, where: str) -> list[tuple[str, PageReading]]:
    kept = folder / f"{where}.readings"
    if kept.exists():
        return pickle.loads(kept.read_bytes())
    readings = []
    for number, page in enumerate(pages):
        path = folder / f"{where}-{number}.jpg"
        scanned(page, seed + number).save(path, quality=75, dpi=(DPI, DPI))
        readings.append((path.name, read_page(path, paths.PROCEDURES)))
    kept.write_bytes(pickle.dumps(readings))
    return readings


def samples(book: TypeBook) -> Score:
    folder = ROOT / "resources" / "samples"
    truth = json.loads((folder / "birth_registration" / "truth.json").read_text("utf-8"))
    papers_there = [(paper, folder / "birth_registration") for paper in truth["documents"]]
    score = Score()
    for paper, place in [*papers_there, (truth["receipt_slip"], folder)]:
        files = paper.get("files") or [paper["file"]]
        readings = [(name, read_page(place / name, paths.PROCEDURES)) for name in files]
        score.add(paper["type"], paper["fields"], readings, book, "sample")
    return score


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seed", type=int, default=9000)
    parser.add_argument("--kind", nargs="*", default=[])
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    book = load_types(paths.PROCEDURES)
    if not args.kind:
        print("sample dossier")
        samples(book).show(markdown=args.markdown)
    print("\ndrawn papers")
    drawn(book, args).show(markdown=args.markdown)


if __name__ == "__main__":
    main()
