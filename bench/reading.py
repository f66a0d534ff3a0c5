"""Pictures to searchable PDF/A beside OCRmyPDF: the same pages, one run, one machine.

    .venv/bin/python bench/reading.py [PAGES] [--truth DIR] [--jobs 2] [--profile jpeg]

PAGES is a folder of JPEG, PNG or TIFF pictures (default: the written sides of the sample dossier).
Each program is run as its user would run it, from the start of its process to the finished file:
`desk pdf` (orientation and deskew always on) and OCRmyPDF, latest from the package index, plain and
with --rotate-pages --deskew, on a PDF that img2pdf made beforehand. OCRmyPDF lives in a virtual
environment of its own in the cache folder and needs ghostscript installed.

Prints ratios first, then pages a minute, CPU seconds of all child processes, bytes a page and,
where there is truth (NAME.gt.json beside the pages or in --truth, or the sample dossier's own),
the share of wrong characters and words: every true line against the most similar stretch of the
file's text layer. Last, from one more run in worker processes, where our CPU time goes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
SAMPLES = ROOT / "resources" / "samples" / "birth_registration"
SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff"}
LIMIT_S = 3600


@dataclass
class Run:
    """One program on all pages."""

    name: str
    wall_s: float
    cpu_s: float
    out: Path
    pages: int
    errors: tuple[float, float] | None = None

    @property
    def pages_a_minute(self) -> float:
        return 60 * self.pages / self.wall_s


def timed(name: str, command: list[str | Path], out: Path, pages: int) -> Run:
    """Run a command; its CPU time is that of all processes it started and waited for."""
    started = time.perf_counter()
    child = subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    said = child.stderr.read() if child.stderr else b""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{name}: exit code {child.returncode}\n{said.decode()[-800:]}")
    return Run(name, time.perf_counter() - started, usage.ru_utime + usage.ru_stime, out, pages)


# The peer


def peer(folder: Path) -> Path:
    """The bin folder of an environment with OCRmyPDF and img2pdf, made if it is missing."""
    programs = folder / "bin"
    if not (programs / "ocrmypdf").exists():
        print(f"installing ocrmypdf and img2pdf into {folder} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=LIMIT_S)
        pip = [str(programs / "pip"), "install", "-q", "--upgrade", "ocrmypdf", "img2pdf"]
        subprocess.run(pip, check=True, timeout=LIMIT_S)
    if shutil.which("gs") is None:
        raise SystemExit("OCRmyPDF needs ghostscript for PDF/A: sudo apt install ghostscript")
    return programs


def version(programs: Path) -> str:
    done = subprocess.run([programs / "ocrmypdf", "--version"], capture_output=True, text=True)
    return done.stdout.strip()


def as_pdf(programs: Path, pages: list[Path], folder: Path) -> Path:
    """All pages in one PDF by img2pdf, each at the resolution that we take it for too."""
    import pikepdf

    from desk_app.imaging import picture

    whole = pikepdf.new()
    for number, page in enumerate(pages):
        one, dpi = folder / f"{number}.pdf", picture.probe(page).dpi
        size = f"{dpi}dpix{dpi}dpi"
        command = [programs / "img2pdf", "--imgsize", size, page, "-o", one]
        subprocess.run([str(part) for part in command], check=True, timeout=LIMIT_S)
        with pikepdf.open(one) as pdf:
            whole.pages.extend(pdf.pages)
    whole.save(folder / "in.pdf")
    return folder / "in.pdf"


# Truth


def truth_of(pages: list[Path], folder: Path | None) -> list[list[str] | None]:
    """True lines of each page, None where nobody wrote them down."""
    sample = json.loads((SAMPLES / "truth.json").read_text("utf-8"))
    drawn = {side["file"]: side["text"] for side in sample["sides"]}
    return [_truth(page, folder, drawn) for page in pages]


def _truth(page: Path, folder: Path | None, drawn: dict[str, list[str]]) -> list[str] | None:
    noted = (folder or page.parent) / f"{page.stem}.gt.json"
    if noted.exists():
        lines = json.loads(noted.read_text("utf-8"))["lines"]
        return [line["text"] for line in lines if not line.get("ignore")]
    return drawn.get(page.name) if page.parent == SAMPLES else None


MARKS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "..."})


def plain(text: str) -> str:
    """Composed, one kind of quotes, dashes and dots, single spaces."""
    text = unicodedata.normalize("NFC", text).translate(MARKS)
    text = re.sub(r"(?:\.\s*){2,}", "... ", text)
    return " ".join(re.sub(r"_{2,}", "_", text).split())


def errors(out: Path, truth: list[list[str] | None]) -> tuple[float, float] | None:
    """Wrong characters and wrong words of the true ones, in percent, read from the text layer."""
    import pypdfium2

    wrong = Counter[str]()
    with pypdfium2.PdfDocument(out) as pdf:
        for number, lines in enumerate(truth):
            if lines:
                page = pdf[number]
                layer = page.get_textpage()
                _count(wrong, [plain(line) for line in lines], plain(layer.get_text_range()))
                layer.close()
                page.close()
    if not wrong["chars"]:
        return None
    chars, words = wrong["char_errors"] / wrong["chars"], wrong["word_errors"] / wrong["words"]
    return 100 * chars, 100 * words


def _count(wrong: Counter[str], lines: list[str], text: str) -> None:
    from rapidfuzz.distance import Levenshtein

    for line in filter(None, lines):
        found = nearest(line, text)
        wrong["char_errors"] += min(len(line), Levenshtein.distance(line, found))
        wrong["chars"] += len(line)
        true, seen = line.split(), found.split()
        wrong["word_errors"] += min(len(true), Levenshtein.distance(true, seen))
        wrong["words"] += len(true)


def nearest(line: str, text: str) -> str:
    """The stretch of text, in whole words, that is most like line."""
    from rapidfuzz import fuzz
    from rapidfuzz.distance import Levenshtein

    place = fuzz.partial_ratio_alignment(line, text)
    if place is None or len(line) > len(text):
        return text
    breaks = [0, *(found.end() for found in re.finditer(r"\s+", text)), len(text) + 1]
    starts = sorted(breaks, key=lambda at: abs(at - place.dest_start))[:4]
    ends = sorted(breaks, key=lambda at: abs(at - 1 - place.dest_end))[:4]
    stretches = [text[start:end].strip() for start in starts for end in ends if start < end]
    return min(stretches, key=lambda stretch: Levenshtein.distance(line, stretch), default="")


# Where our own time goes


def read_and_time(path: Path) -> dict[str, float]:
    """Read one page in a worker process; CPU seconds by step."""
    from desk_app import paths
    from desk_app.imaging import condition, picture
    from desk_app.recognition import codes, corrector, ocr, page, tesseract

    spent = Counter[str]()
    steps = (
        (picture, "load", "decode"), (condition, "run", "condition"), (ocr, "read", "ocr"),
        (codes, "run", "codes"), (corrector, "run", "corrector"),
        (type(tesseract.engine()), "read", "engine"),
    )  # fmt: skip
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in steps]
    for owner, name, step in steps:
        setattr(owner, name, _clocked(getattr(owner, name), spent, step))
    started = time.process_time()
    try:
        page.read_page(path, paths.PROCEDURES)
    finally:
        for owner, name, was in before:
            setattr(owner, name, was)
    spent["all"] = time.process_time() - started
    return dict(spent)


def _clocked(function: Callable, spent: Counter[str], step: str) -> Callable:
    def run(*args: object, **kwargs: object) -> object:
        started = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            spent[step] += time.process_time() - started

    return run


def anatomy(pages: list[Path], jobs: int) -> Counter[str]:
    """CPU seconds by step over all pages, the engines' start not counted."""
    from desk_app.jobs import Workers

    pool = Workers(jobs)
    try:
        for warm in [pool.submit(read_and_time, pages[0]) for _ in range(2 * jobs)]:
            warm.result()
        total = Counter[str]()
        for done in [pool.submit(read_and_time, page) for page in pages]:
            total.update(done.result())
    finally:
        pool.close()
    inside = total["engine"]
    total["rest of ocr"] = total.pop("ocr") - inside
    named = ("decode", "condition", "rest of ocr", "engine", "codes", "corrector")
    total["classify and rest"] = total["all"] - sum(total[name] for name in named)
    return total


# The whole


def chosen(folder: Path | None) -> list[Path]:
    if folder is None:
        sides = json.loads((SAMPLES / "truth.json").read_text("utf-8"))["sides"]
        return [SAMPLES / side["file"] for side in sides if not side["blank"]]
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def compare(args: argparse.Namespace, folder: Path) -> list[Run]:
    pages, programs = chosen(args.pages), peer(args.venv)
    truth = truth_of(pages, args.truth)
    source = as_pdf(programs, pages, folder)
    ours = folder / "ours.pdf"
    settings = folder / "data"
    settings.mkdir()
    (settings / "settings.toml").write_text(f"workers = {args.jobs}\n")
    desk = [sys.executable, ROOT / "main.py", "pdf", *pages, "-o", ours, "--data", settings,
            "--profile", args.profile]  # fmt: skip
    ocrmypdf = [programs / "ocrmypdf", "-l", "vie", "--jobs", str(args.jobs), "--output-type",
                "pdfa", "--quiet"]  # fmt: skip
    plain_out, level_out = folder / "plain.pdf", folder / "level.pdf"
    level = ["--rotate-pages", "--deskew", source, level_out]
    runs = [
        timed(f"desk pdf --profile {args.profile}", desk, ours, len(pages)),
        timed("ocrmypdf", [*ocrmypdf, source, plain_out], plain_out, len(pages)),
        timed("ocrmypdf --rotate-pages --deskew", [*ocrmypdf, *level], level_out, len(pages)),
    ]
    for run in runs:
        run.errors = errors(run.out, truth)
    print_comparison(runs, version(programs), args.jobs)
    return runs


def print_comparison(runs: list[Run], peer_version: str, jobs: int) -> None:
    ours, others = runs[0], runs[1:]
    print(f"{ours.pages} pages, {jobs} jobs each; OCRmyPDF {peer_version}")
    for other in others:
        print(f"  pages a minute, ours against {other.name}: "
              f"{ours.pages_a_minute / other.pages_a_minute:.1f} ×   "
              f"CPU: {other.cpu_s / ours.cpu_s:.1f} × less")  # fmt: skip
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, {platform.platform()}")
    for run in runs:
        wrong = "no truth" if run.errors is None else (
            f"characters wrong {run.errors[0]:.2f} %, words {run.errors[1]:.2f} %")  # fmt: skip
        print(f"  {run.name:34} {run.pages_a_minute:6.1f} pages/min  "
              f"{run.cpu_s / run.pages:5.2f} CPU s/page  "
              f"{run.out.stat().st_size / run.pages / 1000:6.0f} kB/page  {wrong}")  # fmt: skip


def print_anatomy(spent: Counter[str], pages: int) -> None:
    outside = 1 - spent["engine"] / spent["all"]
    print(f"reading, CPU outside the engine: {100 * outside:.0f} % "
          f"of {spent['all'] / pages:.2f} s a page")  # fmt: skip
    for step, seconds in spent.most_common():
        if step != "all":
            print(f"  {step:18} {1000 * seconds / pages:6.0f} ms a page")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pages", nargs="?", type=Path, help="folder of pictures")
    parser.add_argument("--truth", type=Path, help="folder of NAME.gt.json")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--profile", choices=("jpeg", "mrc", "bilevel"), default="jpeg")
    parser.add_argument("--only-anatomy", action="store_true", help="skip the comparison")
    parser.add_argument("--venv", type=Path,
                        default=Path(tempfile.gettempdir()) / "desk-bench-ocrmypdf")  # fmt: skip
    args = parser.parse_args()
    if not args.only_anatomy:
        with tempfile.TemporaryDirectory(prefix="desk-bench-") as folder:
            compare(args, Path(folder))
    pages = chosen(args.pages)
    print_anatomy(anatomy(pages, args.jobs), len(pages))


if __name__ == "__main__":
    main()
