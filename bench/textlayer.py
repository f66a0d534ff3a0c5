"""Is the text layer what was read? Every word of every page, as other programs see it.

    .venv/bin/python bench/textlayer.py [PAGES] [--turned] [--profile jpeg]

PAGES is a folder of pictures (default: the written sides of the sample dossier). Each page is read,
written as PDF/A and looked at by poppler (`pdftotext -raw`, in the order of the file) and PDFium
(the text that a viewer copies); with --turned also by 90, 180 and 270 degrees and leaning by 1.7.
Prints for each page the words read, how many of them each program gives back in the same order,
and how many word boxes hold ink; exit code 1 if any word is lost, changed or bare.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
INK_LEVELS = 40
"""How much darker than the lightest part of its box a word's ink is at least."""


def turned(page: Path, folder: Path) -> list[Path]:
    """The page as a careless hand feeds it."""
    from PIL import Image

    made = []
    with Image.open(page) as image:
        plain = image.convert("RGB")
        dpi = image.info.get("dpi", (300, 300))
    for degrees in (90, 180, 270):
        made.append(folder / f"{page.stem}_{degrees}.jpg")
        plain.rotate(degrees, expand=True).save(made[-1], quality=90, dpi=dpi)
    made.append(folder / f"{page.stem}_lean.jpg")
    leaning = plain.rotate(-1.7, Image.Resampling.BICUBIC, fillcolor=(255, 255, 255))
    leaning.save(made[-1], quality=90, dpi=dpi)
    return made


def look(page: Path, profile: str, folder: Path) -> Counter[str]:
    """Read, write and look at one page; how many words of which kind."""
    from desk_app import paths, stages
    from desk_app.pdf import compose, placement
    from desk_app.recognition.page import read_page

    reading = read_page(page, paths.PROCEDURES)
    out = folder / f"{page.stem}.pdf"
    params = compose.Params(profile=profile)
    report = compose.run(
        [stages.pdf_page(page, reading)], compose.DocumentInfo(page.stem), out, params
    )
    words = [text for word in reading.text.words for text in placement.clean(word.text).split()]
    boxes = poppler_boxes(out)
    return Counter(
        words=len(words),
        poppler=agreeing(words, poppler_words(out)),
        extra=max(0, len(poppler_words(out)) - len(words)),
        pdfium=agreeing(words, pdfium_words(out)),
        on_ink=boxes_on_ink(out, boxes),
        boxes=len(boxes),
        faults=len(report.conformance.faults),
    )


def agreeing(words: list[str], seen: list[str]) -> int:
    """Words that come back unchanged in the same order."""
    same = SequenceMatcher(None, words, seen, autojunk=False).get_matching_blocks()
    return sum(block.size for block in same)


def poppler_words(pdf: Path) -> list[str]:
    return tool("pdftotext", "-raw", pdf, "-").replace("\f", " ").split()


def pdfium_words(pdf: Path) -> list[str]:
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        layer = page.get_textpage()
        text = layer.get_text_range()
        layer.close()
        page.close()
    # PDFium marks a hyphen at the end of a line as one that a line break made.
    return unicodedata.normalize("NFC", text.replace("\ufffe", "-").replace("\x02", "-")).split()


def poppler_boxes(pdf: Path) -> list[tuple[float, ...]]:
    tree = ET.fromstring(tool("pdftotext", "-raw", "-bbox", pdf, "-"))
    words = tree.iter("{http://www.w3.org/1999/xhtml}word")
    sides = ("xMin", "yMin", "xMax", "yMax")
    return [tuple(float(word.get(side, "nan")) for side in sides) for word in words]


def boxes_on_ink(pdf: Path, boxes: list[tuple[float, ...]], dpi: int = 150) -> int:
    """How many boxes hold both ink and paper on the page as it is shown."""
    import numpy as np
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        shown = np.asarray(page.render(scale=dpi / 72).to_pil().convert("L")).astype(int)
        page.close()
    held = 0
    for box in boxes:
        x0, y0, x1, y1 = (round(side * dpi / 72) for side in box)
        part = shown[max(y0, 0) : y1 + 1, max(x0, 0) : x1 + 1]
        held += part.size > 0 and int(part.max() - part.min()) >= INK_LEVELS
    return held


def tool(*command: str | Path) -> str:
    parts = [str(part) for part in command]
    return subprocess.run(parts, capture_output=True, check=True, timeout=60).stdout.decode()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", nargs="?", type=Path, help="folder of pictures")
    parser.add_argument("--turned", action="store_true", help="also in all turns, and leaning")
    parser.add_argument("--profile", choices=("jpeg", "mrc", "bilevel"), default="jpeg")
    args = parser.parse_args()
    from reading import chosen

    columns = ("words", "poppler", "extra", "pdfium", "boxes", "on_ink", "faults")
    print(f"{'':28}" + "".join(f"{name:>9}" for name in columns))
    total: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as name:
        folder = Path(name)
        for page in chosen(args.pages):
            for each in [page, *(turned(page, folder) if args.turned else [])]:
                seen = look(each, args.profile, folder)
                print(
                    f"{each.stem:28}" + "".join(f"{seen[name]:9}" for name in columns), flush=True
                )
                total += seen
    print(f"{'all':28}" + "".join(f"{total[name]:9}" for name in columns))
    good = total["poppler"] == total["words"] and total["on_ink"] == total["boxes"]
    return 0 if good and not total["extra"] and not total["faults"] else 1


if __name__ == "__main__":
    sys.exit(main())
