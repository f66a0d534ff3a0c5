"""How fast pages come in: from the SANE test device beside scanimage, and from a long stack.

    .venv/bin/python bench/capture.py [--pages 2000] [--jobs 10]

First, in one run and in turns: A4 colour pages at 300 dpi from libsane's test device, ten a job,
through the worker process (encoded, verified, synced to disk, journalled) and by `scanimage
--batch` writing JPEG (neither verified nor synced). Then a stack of the sample dossier's pages
through the simulated feeder in one job: pages a minute, the worker's peak memory, its CPU time, and
how long a page takes from one announcement to the next. Page checks come after the landing and are
not part of it. Pages are deleted as soon as they were counted, so a long stack fits on the disk.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
from scanners.device import PageLanded, ScanSettings  # noqa: E402
from scanners.worker import start  # noqa: E402
from tests.simulators.sane import write_config  # noqa: E402

SAMPLES = ROOT / "resources" / "samples" / "birth_registration"
A_JOB = 10
LIMIT_S = 600


def children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ours(landing: Path) -> int:
    """One job of ten pages from the test device; its pages."""
    settings = ScanSettings(source="feeder", dpi=300, count=A_JOB)
    with start("sane:test:0", settings, landing, reserve_bytes=1 << 28) as job:
        return sum(isinstance(event, PageLanded) for event in job)


def scanimage(folder: Path) -> int:
    """The same by SANE's own program."""
    folder.mkdir()
    subprocess.run(
        ["scanimage", "-d", "test:0", "--source", "Automatic Document Feeder", "--mode", "Color",
         "--resolution", "300", "-x", "210", "-y", "297", "--format=jpeg",
         f"--batch={folder}/p%04d.jpg", f"--batch-count={A_JOB}"],
        check=True, capture_output=True, timeout=LIMIT_S,
    )  # fmt: skip
    return len(list(folder.glob("*.jpg")))


def beside_scanimage(work: Path, jobs: int) -> None:
    """Both in turns, so that what else the machine does falls on both."""
    os.environ["SANE_CONFIG_DIR"] = str(write_config(work / "sane"))
    spent = {"desk": [0.0, 0.0, 0], "scanimage": [0.0, 0.0, 0]}
    for number in range(jobs):
        for name, run in (("desk", ours), ("scanimage", scanimage)):
            folder = work / f"{name}-{number}"
            before, cpu = time.perf_counter(), children_cpu_s()
            pages = run(folder)
            spent[name][0] += time.perf_counter() - before
            spent[name][1] += children_cpu_s() - cpu
            spent[name][2] += pages
            shutil.rmtree(folder)
    print(f"\n{'':10} {'pages':>6} {'jobs':>5} {'pages/min':>10} {'CPU s/page':>11}")
    for name, (wall_s, cpu_s, pages) in spent.items():
        print(f"{name:10} {pages:6} {jobs:5} {60 * pages / wall_s:10.0f} {cpu_s / pages:11.3f}")


def peak_mb(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def long_stack(work: Path, pages: int) -> None:
    """One job of many pages."""
    stack = work / "stack"
    stack.mkdir()
    for path in sorted(SAMPLES.glob("*.jpg")):
        if path.stat().st_size > 200_000:  # the written sides
            shutil.copy(path, stack)
    uri = f"simulated:{stack}?sheets={pages}"
    cpu, begin = children_cpu_s(), time.perf_counter()
    peak, size, gaps, last = 0.0, 0, list[float](), begin
    with start(uri, ScanSettings(), work / "long", reserve_bytes=1 << 28) as job:
        for event in job:
            if isinstance(event, PageLanded):
                now = time.perf_counter()
                gaps.append(now - last)
                last = now
                size += event.bytes
                event.path.unlink()
                if len(gaps) % 50 == 0:
                    peak = max(peak, peak_mb(job.pid))
    wall_s = time.perf_counter() - begin
    gaps.sort()
    print(
        f"\nsimulated feeder: {len(gaps)} pages of {size / len(gaps) / 1e6:.2f} MB, "
        f"{60 * len(gaps) / wall_s:.0f} pages/min, worker's peak {peak:.0f} MB, "
        f"{(children_cpu_s() - cpu) / len(gaps):.3f} CPU s/page, "
        f"page to page median {1000 * statistics.median(gaps):.0f} ms, "
        f"p99 {1000 * gaps[int(len(gaps) * 0.99)]:.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=10)
    asked = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        if shutil.which("scanimage"):
            beside_scanimage(work, asked.jobs)
        else:
            print("scanimage (sane-utils) is not installed")
        long_stack(work, asked.pages)


if __name__ == "__main__":
    main()
