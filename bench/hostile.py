"""Pages that no office wants: each gives a reading or a sentence, soon, and in bounded memory.

    .venv/bin/python bench/hostile.py

Draws them, reads each in a process of its own, and prints what came of it: words read, problems
that the clerk is told of, CPU seconds, and the most memory that the process held.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.recognition import odd_pages  # noqa: E402


def read(path: Path) -> tuple[str, float, float]:
    """What became of a page, CPU seconds, and most memory in MB."""
    from desk_app import paths
    from desk_app.errors import DeskError
    from desk_app.recognition.page import read_page

    started = time.process_time()
    try:
        found = read_page(path, paths.PROCEDURES)
        facts = [f"{len(found.text.words)} words", found.condition.blank]
        facts += [*found.condition.problems, f"type {found.type.type or 'unknown'}"]
        flagged = sum(word.flagged for word in found.text.words)
        told = ", ".join(facts) + (f", {flagged} flagged" if flagged else "")
    except DeskError as fault:
        told = fault.en
    seconds = time.process_time() - started
    status = Path("/proc/self/status").read_text("ascii")
    memory = next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line)
    return told, seconds, memory / 1024


def main() -> None:
    print("| page | what became of it | CPU s | MB |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, draw in odd_pages.PAGES.items():
            path = draw(Path(folder) / name.replace(" ", "_").replace(",", ""))
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                told, seconds, memory = pool.submit(read, path).result(timeout=300)
            print(f"| {name} | {told} | {seconds:.1f} | {memory:.0f} |", flush=True)
    print(f"\n{os.cpu_count()} cores; start of the engine included", file=sys.stderr)


if __name__ == "__main__":
    main()
