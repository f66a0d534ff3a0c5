"""How fast pages come in: from the SANE test device beside scanimage, and from a long stack.

    .venv/bin/python bench/capture.py [--pages 2000] [--jobs 10]

First, in one run and in turns: A4 colour pages at 300 dpi from libsane's test device, ten a job,
through the worker process (encoded, verified, synced to disk, journalled) and by `scanimage
--batch` writing JPEG (neither verified nor synced). Then a pile of the sample dossier's pages
through the simulated feeder into one batch, with the window open: landed, kept in the store and
passed through every page check in the desk's own worker processes. Told are pages a minute, the
most memory of each kind of worker, and how late the window's 10 ms timer came, beside the idle
window of the same run. The pages need 2 MB each on the temporary disk.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar

ROOT = Path(__file__).parent.parent
sys.path[0] = str(ROOT)  # not this folder: its queue.py would stand for the library's
from bench import window  # noqa: E402
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


def peak_mb(pid: int) -> tuple[str, float]:
    """What a process is, and the most memory that it ever held."""
    try:
        is_scanner = b"scanners.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return "gone", 0.0
    peak = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM 0 kB")
    return "scanning worker" if is_scanner else "checking worker", int(peak.split()[1]) / 1024


def children(pid: int) -> list[int]:
    """Every process under one."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in task.read_text().split()]
    return found + [below for child in found for below in children(child)]


class Feed(window.Work):
    """A pile that is fed into a batch on the window's own desk, every page checked."""

    uri = ""
    pages = 0
    peaks: ClassVar[Counter[str]] = Counter()
    feed_s = 0.0
    landed_s = 0.0

    def _run(self) -> None:
        from desk_app import batching
        from desk_app.store.batches import Plan

        watch = threading.Thread(target=self._watch, daemon=True)
        watch.start()
        try:
            desk = self._desk.station.desk
            plan = Plan(Feed.pages, sides=1, separation="hand")
            batch = batching.create(desk, "LO-01", plan, "bench", "bench")
            begin = time.perf_counter()

            def notify(progress) -> None:
                self._desk.station.tasks.notify(progress)
                if progress.stage == "scan":
                    Feed.landed_s = time.perf_counter() - begin

            report = batching.feed(desk, batch, Feed.uri, notify=notify)
            Feed.feed_s = time.perf_counter() - begin
            if len(report.pages) != Feed.pages or batching.batches.unchecked(desk.store, batch):
                raise AssertionError(f"{len(report.pages)} of {Feed.pages} pages, or unchecked")
        except Exception as fault:
            self.fault = fault

    def _watch(self) -> None:
        while not self.is_over():
            for pid in children(os.getpid()):
                name, peak = peak_mb(pid)
                Feed.peaks[name] = max(Feed.peaks[name], round(peak))
            time.sleep(0.5)


def checked_pile(work: Path, pages: int) -> None:
    """One batch of many pages, with the window open."""
    stack = work / "stack"
    stack.mkdir()
    for path in sorted(SAMPLES.glob("*.jpg")):
        if path.stat().st_size > 200_000:  # the written sides
            shutil.copy(path, stack)
    size = statistics.mean(path.stat().st_size for path in stack.iterdir())
    Feed.uri, Feed.pages = f"simulated:{stack}?sheets={pages}", pages
    before = time.process_time() + children_cpu_s()
    window.Work = Feed  # type: ignore[misc]  # what the timer is watched beside
    late = window.lateness(work / "data")
    cpu_s = time.process_time() + children_cpu_s() - before
    print(
        f"\n{pages} A4 pages of {size / 1e6:.2f} MB into one batch, window open, all page checks: "
        f"{60 * pages / Feed.feed_s:.0f} pages/min checked, {60 * pages / Feed.landed_s:.0f} "
        f"landed, {cpu_s / pages:.2f} CPU s/page"
    )
    told = ", ".join(f"{name} {peak} MB" for name, peak in sorted(Feed.peaks.items()) if peak)
    print(f"most memory: {told}")
    for phase in ("idle", "busy"):
        values = late[phase]
        middle, end = window.quantile(values, 0.5), window.quantile(values, 0.99)
        print(f"10 ms timer, {phase}: late by median {middle:.1f} ms, p99 {end:.1f} ms, worst "
              f"{max(values):.1f} ms ({len(values)} ticks)")  # fmt: skip


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
        checked_pile(work, asked.pages)


if __name__ == "__main__":
    main()
