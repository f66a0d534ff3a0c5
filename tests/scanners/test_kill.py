"""kill -9 at random moments: nothing announced is missing, nothing on disk is half."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from scanners import journal, pictures, sealed
from scanners.device import PageLanded, ScanSettings
from scanners.worker import start
from tests.scanners.streams import SMALL_RESERVE, check_stream, end_of, is_alive, pages
from tests.simulators.escl import Scanner, Script

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("SCANNER_KILLS", "6"))
"""Kills of the worker for each device, half as many of the program; set it for more."""


SEAL = sealed.Key("01JOB", bytes(range(32)))


def check_folder(folder, announced, seal=None):
    """The promises of the landing after a crash and a recovery."""
    keys = sealed.only(seal)
    found = journal.recover(folder, keys)
    on_disk = {page.page_id: page for page in found.pages}
    assert set(announced) <= set(on_disk)
    for page in found.pages:
        with sealed.open_file(page.path, keys) as content:
            assert hashlib.sha256(content.read()).hexdigest() == page.sha256
            content.seek(0)
            pictures.examine_stream(content, page.media)
    if seal is not None:
        begins = {path.read_bytes()[:8] for path in folder.rglob("*.jpg*")}
        assert begins <= {sealed.MAGIC, b""}
    assert not list(folder.glob("*.part"))
    named = {page.path.name for page in found.pages} | {journal.JOURNAL_NAME, "doubtful"}
    assert {path.name for path in folder.iterdir()} <= named
    assert {doubt.reason for doubt in found.in_doubt} <= {"unfinished"}
    assert len({doubt.sheet for doubt in found.in_doubt}) <= 1
    order = [(page.sheet, page.side == "back") for page in found.pages]
    assert order == sorted(set(order))
    again = journal.replay(folder)
    assert [p.page_id for p in again.pages] == [p.page_id for p in found.pages]
    return found


@pytest.fixture(params=["simulated", "escl"])
def endless(request, stack):
    """A device with more sheets than a test lets it feed."""
    if request.param == "simulated":
        yield f"simulated:{stack}?sheets=4000&duplex=1"
        return
    with Scanner(Script(sheets=4000)) as scanner:
        yield scanner.uri


@pytest.mark.parametrize("seal", [None, SEAL], ids=["plain", "sealed"])
@pytest.mark.parametrize("seed", range(KILLS))
def test_a_killed_worker_loses_no_announced_page(endless, tmp_path, seed, seal):
    delay_s = random.Random(seed).uniform(0.0, 0.25)
    events = []
    settings = ScanSettings(dpi=75)
    with start(endless, settings, tmp_path, reserve_bytes=SMALL_RESERVE, seal=seal) as job:
        events.append(next(job))
        killer = threading.Timer(delay_s, os.kill, (job.pid, signal.SIGKILL))
        killer.start()
        events.extend(job)
        killer.join()
    check_stream(events)
    assert end_of(events) == "worker_lost"
    announced = [page.page_id for page in pages(events)]
    found = check_folder(tmp_path, announced, seal)
    assert [page.page_id for page in found.pages] == announced
    fault = job.fault
    assert fault.code == "DRIVER_CRASHED"
    assert fault.pages_safe == len(announced)
    for doubt in found.in_doubt:
        assert fault.sheet == doubt.sheet


PROGRAM = """
import sys
from pathlib import Path
from scanners.device import PageLanded, ScanSettings
from scanners.worker import start
with start(sys.argv[1], ScanSettings(dpi=75), Path(sys.argv[2]), reserve_bytes=1) as job:
    print(job.pid, flush=True)
    for event in job:
        if isinstance(event, PageLanded):
            print(event.page_id, flush=True)
"""


@pytest.mark.parametrize("seed", range((KILLS + 1) // 2))
def test_a_killed_program_takes_its_worker_along(endless, tmp_path, seed):
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, endless, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with program:
        worker = int(program.stdout.readline())
        first = program.stdout.readline().strip()
        time.sleep(random.Random(seed).uniform(0.0, 0.2))
        program.kill()
        announced = [first, *program.stdout.read().split()]
    wait_until_gone(worker)
    announced = [page for page in announced if len(page) == 26]
    found = [page.page_id for page in check_folder(tmp_path, announced).pages]
    assert found[: len(announced)] == announced


def test_a_hung_worker_ends_with_its_program(stack, tmp_path):
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, f"simulated:{stack}?fault=hang@2", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with program:
        worker = int(program.stdout.readline())
        program.stdout.readline()
        program.kill()
    wait_until_gone(worker)


def wait_until_gone(pid):
    end = time.monotonic() + 5.0
    while is_alive(pid) and not is_zombie(pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert not is_alive(pid) or is_zombie(pid)


def is_zombie(pid):
    """Dead, but not yet reaped by whoever inherited it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_job_outlives_the_thread_that_started_it(stack, tmp_path):
    jobs = []
    uri = f"simulated:{stack}?sheets=4&ppm=600"

    def begin():
        jobs.append(start(uri, ScanSettings(), tmp_path, reserve_bytes=SMALL_RESERVE))

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    with jobs[0] as job:
        events = list(job)
    assert sum(isinstance(e, PageLanded) for e in events) == 4


def test_claims_are_found_wherever_a_worker_s_own_files_go(stack, tmp_path):
    """Two workers with scratch folders of their own still see that the hot folder is taken."""
    hot = tmp_path / "hot"
    hot.mkdir()
    ends = []
    jobs = []
    for name in "ab":
        scratch = tmp_path / f"scratch {name}"
        scratch.mkdir()
        jobs.append(start(f"folder:{hot}", ScanSettings(), tmp_path / name,
                          reserve_bytes=SMALL_RESERVE, seal=SEAL, scratch=scratch))  # fmt: skip
        event = next(e for e in jobs[-1] if type(e).__name__ in ("PaperState", "ScanFault"))
        ends.append(type(event).__name__)
    for job in jobs:
        job.close()
    assert ends == ["PaperState", "ScanFault"]
    assert jobs[1].fault.code == "BUSY"
