"""How often the kind of a paper is named rightly, and how honest the stated confidence is.

    .venv/bin/python bench/classification.py [--ocr N] [--papers N] [--rounds N] [FOLDER ...]
    .venv/bin/python bench/classification.py --fit

Prints, for pages drawn from tests/recognition/drawn_types/wording.toml: kinds right and first or
later page right, the confusions, how many answers were right at each stated confidence, what comes
of papers whose kind the catalogue lacks, and what ten corrections teach. --ocr reads N of the pages
as pictures with the real engine; --papers draws N of each filled-in paper of
tests/recognition/drawn_fields, reads them and prints a table by type. Folders of real pages are
read and listed, one page a line; where a file types.json stands in one
({"page.jpg": ["type or null", first]}), they are scored too.
--fit writes what the classifier ships: prototypes, weights and the calibration table.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from desk_app import paths  # noqa: E402
from desk_app.dossiers import assembly, catalog  # noqa: E402
from desk_app.recognition import learning  # noqa: E402
from desk_app.recognition.classify import classify_page  # noqa: E402
from desk_app.recognition.doctypes import TypeRules, load_types  # noqa: E402
from desk_app.records import (  # noqa: E402
    DocumentType,
    Page,
    PageCondition,
    PageReading,
    PageType,
)
from tests.recognition.drawn_types import fitting, papers  # noqa: E402
from tests.recognition.drawn_types.sheet import DPI, HEIGHT, WIDTH, Sheet  # noqa: E402

LEVELS = (0.0, 0.55, 0.7, 0.8, 0.9, 0.95, 0.97)
PLAIN = PageCondition(WIDTH, HEIGHT, DPI, 0, 0.9, 0.0, 0.9, "content", 0.02, 0.0, 400.0, 150.0)
PICTURES = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}


def score(name: str, answers: list[tuple[Sheet, PageType]]) -> None:
    """Print one table: right, confusions, right at each stated confidence."""
    right = sum(found.type == sheet.kind for sheet, found in answers)
    first = sum(found.first == sheet.first for sheet, found in answers)
    print(f"\n{name}: {len(answers)} pages")
    print(f"  kind right {right} ({right / len(answers):.1%}), first or later right {first}")
    named = [(sheet, found) for sheet, found in answers if found.type]
    wrong = [(sheet, found) for sheet, found in named if found.type != sheet.kind]
    print(f"  named {len(named)}, of these wrong {len(wrong)}; unknown {len(answers) - len(named)}")
    for level in LEVELS:
        sure = [found.type == sheet.kind for sheet, found in named if found.confidence >= level]
        if sure:
            print(
                f"  stated >= {level:.2f}: {sum(sure)} of {len(sure)} right"
                f" ({sum(sure) / len(sure):.1%})"
            )
    confused = Counter(
        (sheet.name, found.type or "unknown")
        for sheet, found in answers
        if found.type != sheet.kind
    )
    for (true, told), count in confused.most_common():
        print(f"    {true} -> {told}: {count}")


def drawn(book, rounds: int) -> None:
    sheets = papers.testing_set(rounds)
    rng = random.Random(1)
    nowhere = Path(tempfile.gettempdir()) / "no-such-desk"
    answers, spent = [], 0.0
    for sheet in sheets:
        text = sheet.read(rng.choice(fitting.MISREAD))
        started = time.perf_counter()
        found = classify_page(text, (), book, learning.suggest(nowhere, text.text))
        spent += time.perf_counter() - started
        answers.append((sheet, found))
    score("drawn test pages, letters misread by lot", answers)
    by_type(answers)
    print(f"  {1000 * spent / len(sheets):.1f} ms a page, learned model included")


def left_out(book, rounds: int) -> None:
    """Every kind once outside the catalogue: its pages must come back as unknown."""
    answers = []
    for sheet in papers.testing_set(rounds):
        if sheet.kind is None:
            continue
        less = replace(book, rules={k: r for k, r in book.rules.items() if k != sheet.kind})
        found = classify_page(sheet.read(0.03), (), less)
        wide = found.type in fitting.KINDS_OF  # a land contract is a contract
        answers.append((replace(sheet, kind=found.type if wide else None), found))
    score("pages of a kind that the catalogue lacks", answers)


def lessons(book, names: list[str] | None = None) -> None:
    """Ten corrections each for kinds of paper without any rule; then an eleventh page of each."""
    names = names or [n for n in papers.TEST_KINDS if n.startswith("unknown_")]
    bare = {n: TypeRules(DocumentType(n, "·" + n, n), titles=()) for n in names}
    known = replace(book, rules={**book.rules, **bare})
    for count in (1, 3, 10):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for kind in names:
                for seed in range(count):
                    sheet = papers.drawn_page(kind, 40_000 + seed)
                    learning.learn(folder, sheet.read(0.03).text, kind, first=sheet.first)
            answers = []
            for sheet in papers.testing_set(2):
                true = replace(sheet, kind=sheet.name) if sheet.name in names else sheet
                text = sheet.read(0.03)
                found = classify_page(text, (), known, learning.suggest(folder, text.text))
                answers.append((true, found))
            taught = [(s, f) for s, f in answers if s.name in names]
            score(f"the next page after {count} correction(s) of each new kind", taught)
            score(
                "  all other pages meanwhile", [(s, f) for s, f in answers if s.name not in names]
            )


def stacks(count: int) -> None:
    """Loose stacks of a known procedure, without separator sheets: where do papers begin?"""
    known = catalog.load(paths.PROCEDURES)
    book = load_types(paths.PROCEDURES)
    whole = right = cuts = 0
    for number in range(count):
        rng = random.Random(number)
        procedure = rng.choice(sorted(known.procedures))
        wanted = [rng.choice(part.types) for part in known.procedure(procedure).components]
        sheets: list[Sheet] = []
        for place, kind in enumerate(wanted):
            seed = 60_000 + 100 * number + place
            sheets.append(papers.drawn_page(kind, seed))
            if "later" in papers.WORDING[kind] and rng.random() < 0.7:
                sheets.append(papers.drawn_page(kind, seed, later=True))
        pages = []
        for place, sheet in enumerate(sheets):
            text = sheet.read(rng.choice(fitting.MISREAD))
            pages.append(
                Page(
                    str(place), "D", float(place), place, "front", f"{place:064x}", "image/jpeg",
                    WIDTH, HEIGHT, DPI,
                    reading=PageReading(PLAIN, text, (), classify_page(text, (), book)),
                )
            )  # fmt: skip
        found = assembly.run(pages, known.procedure(procedure), known)
        begins = {int(document.page_ids[0]) for document in found.documents}
        true = {place for place, sheet in enumerate(sheets) if sheet.first}
        cuts += len(true)
        right += len(begins & true)
        kinds = [document.type for document in found.documents]
        whole += begins == true and kinds == wanted
    print(
        f"\n{count} loose stacks of the shipped procedures: {whole} split and named wholly right;"
    )
    print(f"  {right} of {cuts} papers begin where they should")


def with_engine(book, count: int) -> None:
    from desk_app.recognition.page import read_page

    sheets = papers.testing_set(3)
    random.Random(2).shuffle(sheets)
    answers = []
    with tempfile.TemporaryDirectory() as folder:
        for number, sheet in enumerate(sheets[:count]):
            path = Path(folder) / f"{number}.jpg"
            sheet.picture().save(path, quality=80, dpi=(DPI, DPI))
            answers.append((sheet, read_page(path, paths.PROCEDURES).type))
    score("drawn test pages through the engine", answers)


def filled_in(count: int) -> None:
    """Papers drawn with values, other wording, fonts and pen: the classifier never saw them."""
    from desk_app.recognition.page import read_page
    from tests.recognition.drawn_fields import papers as written
    from tests.recognition.drawn_fields.sheet import scanned

    answers = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, variant in written.variants():
            for turn in range(count):
                seed = 70_000 + 31 * turn + 101 * variant + sum(map(ord, kind))
                for number, page in enumerate(written.draw(kind, variant, seed).pages):
                    path = Path(folder) / f"{kind}{variant}-{turn}-{number}.jpg"
                    scanned(page, seed).save(path, quality=75, dpi=(DPI, DPI))
                    sheet = Sheet(kind, number == 0, "test", seed, kind)
                    answers.append((sheet, read_page(path, paths.PROCEDURES).type))
    score("filled-in papers through the engine", answers)
    by_type(answers)


def by_type(answers: list[tuple[Sheet, PageType]]) -> None:
    """Print the confusion table as rows: what each type was taken for."""
    told: dict[str, Counter[str]] = {}
    for sheet, found in answers:
        told.setdefault(sheet.name, Counter())[found.type or "unknown"] += 1
    print("\n| type | pages | right | unknown | taken for another |\n|---|---:|---:|---:|---|")
    for name, counts in sorted(told.items()):
        kind = "unknown" if name.startswith("unknown_") else name
        others = {k: n for k, n in counts.items() if k not in (kind, "unknown")}
        cells = ", ".join(f"{k} {n}" for k, n in others.items())
        missed = counts["unknown"] if kind != "unknown" else 0
        print(f"| {name} | {counts.total()} | {counts[kind]} | {missed or ''} | {cells} |")


def real(folder: Path) -> None:
    from desk_app.recognition.page import read_page

    truth = folder / "types.json"
    known = json.loads(truth.read_text("utf-8")) if truth.exists() else {}
    answers = []
    print(f"\n{folder}")
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in PICTURES):
        found = read_page(path, paths.PROCEDURES).type
        first = "first" if found.first else "later"
        print(f"  {path.name:24} {found.type or 'unknown':28} {found.confidence:.0%} {first}")
        if path.name in known:
            kind, is_first = known[path.name]
            answers.append((Sheet(kind, is_first, "test", 0, kind or "unknown"), found))
    if answers:
        score(str(folder), answers)


def fit(book) -> None:
    folder = paths.PROCEDURES / "learned"
    found = list(fitting.likenesses(book, 18))
    weights = fitting.weights(found)
    (folder / "weights.toml").write_text(
        "# From likeness to confidence, by bench/classification.py --fit on pages drawn from\n"
        f"# the catalogue's own phrases: {len(found)} comparisons, kinds left out by lot.\n"
        f"bias = {weights.bias}\nlikeness = {weights.likeness}\n"
        f"title = {weights.title}\nlead = {weights.lead}\n",
        encoding="utf-8",
    )
    fitting.write_shipped(book, folder / "prototypes.npz")
    sheets = papers.fitting_set(book, 16)
    scores, stated = fitting.calibration(list(fitting.answers(book, sheets)))
    print("for types.toml:\n[calibration]")
    print(f"scores = {scores}\nstated = {stated}")
    print(
        f"fitted_on = \"{len(sheets)} pages drawn from these files' phrases,"
        ' a third of the kinds left out"'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--ocr", type=int, default=0)
    parser.add_argument("--papers", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--fit", action="store_true")
    args = parser.parse_args()
    book = load_types(paths.PROCEDURES)
    if args.fit:
        fit(book)
        return
    drawn(book, args.rounds)
    left_out(book, args.rounds)
    lessons(book)
    stacks(60)
    if args.ocr:
        with_engine(book, args.ocr)
    if args.papers:
        filled_in(args.papers)
    for folder in args.folders:
        real(folder)


if __name__ == "__main__":
    main()
