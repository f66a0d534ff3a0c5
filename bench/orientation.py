"""Is every page turned the right way up? Pages of a folder and drawn papers, fed in all four turns.

    .venv/bin/python bench/orientation.py [PAGES] [--drawn] [--seed N]

PAGES is a folder of upright pictures (default: the written sides of the sample dossier). With
--drawn also one paper of every kind of tests/recognition/drawn_fields, cards and forms among them.
Each page goes through the whole reading. Prints how many of the turns were right, and each that was
not; exit code 1 if any was not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
TURNS = (0, 90, 180, 270)


def drawn_papers(seed: int) -> Iterator[tuple[str, Image.Image, int]]:
    """One paper of every kind, as scanned upright."""
    from tests.recognition.drawn_fields import papers
    from tests.recognition.drawn_fields.sheet import DPI, scanned

    for kind, variant in papers.variants():
        for number, page in enumerate(papers.draw(kind, variant, seed + variant).pages):
            yield f"{kind}-{variant}-{number}", scanned(page, seed + number), DPI


def pictures(pages: list[Path]) -> Iterator[tuple[str, Image.Image, int]]:
    """Pages of a folder, upright, with the resolution that the program takes them for."""
    from reading import SAMPLES

    from desk_app.imaging import picture

    sides = json.loads((SAMPLES / "truth.json").read_text("utf-8"))["sides"]
    lies = {SAMPLES / side["file"]: side["rotation"] for side in sides}
    for page in pages:
        with Image.open(page) as image:
            upright = image.convert("RGB").rotate(-lies.get(page, 0), expand=True)
            yield page.stem, upright, picture.probe(page).dpi


def fed(image: Image.Image, dpi: int, turn: int, folder: Path) -> Path:
    """The page as a hand lays it that must be turned clockwise by `turn` again."""
    path = folder / "page.jpg"
    image.rotate(turn, expand=True).save(path, quality=92, dpi=(dpi, dpi))
    return path


def look(name: str, image: Image.Image, dpi: int, folder: Path) -> Counter[str]:
    """Read a page in all turns and count the right ones."""
    from desk_app import paths
    from desk_app.recognition.page import read_page

    seen = Counter[str]()
    for turn in TURNS:
        read = read_page(fed(image, dpi, turn, folder), paths.PROCEDURES)
        seen["pages"] += 1
        seen["right"] += read.condition.rotation == turn
        if read.condition.rotation != turn:
            sure = read.condition.rotation_confidence
            print(f"  {name} to be turned by {turn}: taken for {read.condition.rotation} "
                  f"(confidence {sure:.2f}, {len(read.text.words)} words)", flush=True)  # fmt: skip
    return seen


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", nargs="?", type=Path, help="folder of upright pictures")
    parser.add_argument("--drawn", action="store_true", help="also drawn papers of every kind")
    parser.add_argument("--seed", type=int, default=7000)
    args = parser.parse_args()
    from reading import chosen

    groups = {"pages": pictures(chosen(args.pages))}
    if args.drawn:
        groups["drawn papers"] = drawn_papers(args.seed)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        for group, sheets in groups.items():
            total = Counter[str]()
            for name, image, dpi in sheets:
                total += look(name, image, dpi, Path(folder))
            print(f"{group}: {total['right']} of {total['pages']} turns right", flush=True)
            wrong += total["pages"] - total["right"]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
