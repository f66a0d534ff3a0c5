"""What mixed raster content saves and what it looks like.

    .venv/bin/python bench/compression.py [PAGES] [--crops docs/compression]

Prints, for every picture in a folder (default: the written sides of the sample dossier), the bytes
of image data that each profile takes and the CPU time of writing it. With --crops, writes pairs of
the same places (as scanned | mixed raster content) from the drawn test sheet and the samples.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
PROFILES = ("jpeg", "mrc", "bilevel")
MARRIAGE = ROOT / "resources" / "samples" / "birth_registration" / "s04a.jpg"
CARD = ROOT / "resources" / "samples" / "birth_registration" / "s06a.jpg"


def written(page: Path, profile: str, folder: Path) -> tuple[int, float, Path]:
    """Bytes of image data, CPU seconds, and the file."""
    from desk_app.imaging import picture
    from desk_app.pdf import compose

    header = picture.probe(page)
    out = folder / f"{page.stem}_{profile}.pdf"
    pdf_page = compose.PdfPage(page, header.width, header.height, header.dpi)
    started = time.process_time()
    about, params = compose.DocumentInfo(page.stem), compose.Params(profile=profile)
    report = compose.run([pdf_page], about, out, params)
    return report.bytes.images, time.process_time() - started, out


def table(pages: list[Path], folder: Path) -> None:
    totals = {profile: [0, 0.0] for profile in PROFILES}
    print(f"{'kB of image data':20}" + "".join(f"{profile:>10}" for profile in PROFILES))
    for page in pages:
        taken = {profile: written(page, profile, folder)[:2] for profile in PROFILES}
        for profile, (size, seconds) in taken.items():
            totals[profile][0] += size
            totals[profile][1] += seconds
        print(f"{page.stem:20}" + "".join(f"{taken[p][0] / 1000:10.0f}" for p in PROFILES))
    mean = "".join(f"{totals[p][0] / len(pages) / 1000:10.0f}" for p in PROFILES)
    spent = "".join(f"{totals[p][1] / len(pages):10.2f}" for p in PROFILES)
    print(f"{'mean':20}{mean}\n{'CPU s a page':20}{spent}")


def crops(target: Path, folder: Path) -> None:
    from tests.pdf import hard_sheet
    from tests.pdf import office_sheet as sheet

    drawn = sheet.save(folder / "sheet.jpg")
    hard = hard_sheet.save(folder / "hard.jpg", hard_sheet.sheet()[0])
    target.mkdir(parents=True, exist_ok=True)
    places = {
        "stamp_over_print": (drawn, sheet.STAMP),
        "signature": (drawn, sheet.SIGNATURE),
        "pale_stamp": (drawn, sheet.PALE_STAMP),
        "pencil": (drawn, sheet.PENCIL),
        "carbon_copy": (drawn, (100, 1630, 960, 1750)),
        "photograph": (drawn, sheet.PHOTO),
        "halftone": (drawn, sheet.HALFTONE),
        "stamp_and_signature": (MARRIAGE, (1290, 2700, 1950, 3180)),
        "card": (CARD, (340, 520, 1300, 1130)),
    }
    for tile in ("highlighter", "signature_over_print", "letterhead", "thermal", "newspaper"):
        x, y = hard_sheet.place(tile)
        places[tile] = (hard, (x + 40, y + 20, x + 700, y + 400))
    for name, (page, box) in places.items():
        pair(page, box, folder).save(target / f"{name}.png", optimize=True)


def pair(page: Path, box: tuple[int, ...], folder: Path):
    """The same place as scanned and as it comes out, beside one another."""
    import pypdfium2
    from PIL import Image

    from desk_app.imaging import picture

    _, _, out = written(page, "mrc", folder)
    with pypdfium2.PdfDocument(out) as pdf:
        shown = pdf[0].render(scale=picture.probe(page).dpi / 72 - 1e-6).to_pil().convert("RGB")
    with Image.open(page) as scanned:
        halves = [scanned.convert("RGB").crop(box), shown.crop(box)]
    wide, high = halves[0].size
    both = Image.new("RGB", (2 * wide + 8, high), (0, 90, 200))
    both.paste(halves[0], (0, 0))
    both.paste(halves[1], (wide + 8, 0))
    return both.reduce(2) if both.width > 1400 else both


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", nargs="?", type=Path, help="folder of pictures")
    parser.add_argument("--crops", type=Path, help="folder for pairs of crops")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
        if args.crops:
            crops(args.crops, Path(folder))
        else:
            from reading import chosen

            table(chosen(args.pages), Path(folder))


if __name__ == "__main__":
    main()
