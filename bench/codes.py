"""Are the QR codes of cards read, letter by letter? Two hundred cards as scanners see them.

    .venv/bin/python bench/codes.py [--seeds 50]

Draws citizen cards (tests/recognition/cards.py) with codes of 15 and 20 mm, scanned at 200 and
300 dpi, turned by chance, leaning, noisy, every second one soft, pressed twice as JPEG. Prints for
each size and resolution how many payloads came back exactly and the CPU time a page; exit code 1
if any did not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from desk_app.imaging import condition  # noqa: E402
from desk_app.recognition import codes  # noqa: E402
from tests.recognition import cards  # noqa: E402


def read_cards(side_mm: int, dpi: int, seeds: range, folder: Path) -> tuple[list[int], float]:
    """Seeds of the cards that were not read exactly, and CPU milliseconds a page for the search."""
    missed, spent_s = [], 0.0
    for seed in seeds:
        page, text = cards.scanned_card(seed, side_mm, dpi)
        path = folder / f"{side_mm}-{dpi}-{seed}.jpg"
        page.save(path, quality=90, dpi=(dpi, dpi))
        measured = condition.run(path)
        started = time.process_time()
        found = codes.run(path, measured)
        spent_s += time.process_time() - started
        if [(code.kind, code.text) for code in found] != [("qr", text)]:
            missed.append(seed)
        path.unlink()
    return missed, 1000 * spent_s / len(seeds)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=50, help="cards of each size and resolution")
    args = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="desk-bench-") as name:
        for side_mm in (15, 20):
            for dpi in (200, 300):
                missed, cost_ms = read_cards(side_mm, dpi, range(args.seeds), Path(name))
                failed += len(missed)
                exact = args.seeds - len(missed)
                print(f"{side_mm} mm, {dpi} dpi: {exact} of {args.seeds} exact, "
                      f"{cost_ms:.0f} ms CPU a page, decoding included"
                      + (f"; not read: seeds {missed}" if missed else ""), flush=True)  # fmt: skip
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
