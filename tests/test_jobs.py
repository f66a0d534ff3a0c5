"""Worker processes: results, faults that cross the border, crashes, deadlines, no orphans."""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import as_completed
from pathlib import Path

import pytest

from desk_app import jobs
from desk_app.errors import UnusableInput

ROOT = Path(__file__).parent.parent


def add(a, b):
    return a + b


def refuse(name):
    raise UnusableInput("empty", file=name)


def crash_once(marker):
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), 9)
    return "second try"


def crash():
    os.kill(os.getpid(), 9)


def sleep(seconds):
    time.sleep(seconds)
    return os.getpid()


def unpicklable():
    return threading.Lock()


@pytest.fixture
def workers():
    pool = jobs.Workers(2, deadline_s=60)
    yield pool
    pool.close()


def test_results_come_back(workers):
    futures = [workers.submit(add, n, 1) for n in range(20)]
    assert [f.result(60) for f in futures] == list(range(1, 21))


def test_an_error_keeps_its_words_across_the_border(workers):
    with pytest.raises(UnusableInput) as caught:
        workers.submit(refuse, "page.jpg").result(60)
    assert "page.jpg" in caught.value.vi
    assert caught.value.en
    assert caught.value.next_vi


def test_a_crash_costs_one_retry_and_hurts_no_one_else(workers, tmp_path):
    crashing = workers.submit(crash_once, str(tmp_path / "marker"))
    others = [workers.submit(add, n, 0) for n in range(10)]
    assert crashing.result(60) == "second try"
    assert [f.result(60) for f in others] == list(range(10))


def test_an_item_that_kills_twice_is_set_aside(workers):
    poison = workers.submit(crash)
    after = workers.submit(add, 1, 1)
    with pytest.raises(jobs.WorkerLost):
        poison.result(60)
    assert after.result(60) == 2


def test_a_stuck_item_is_ended_at_its_deadline():
    pool = jobs.Workers(1, deadline_s=2)
    try:
        assert pool.submit(add, 1, 1).result(60) == 2
        with pytest.raises(jobs.WorkerLost):
            pool.submit(sleep, 60).result(30)
    finally:
        pool.close()


def test_what_cannot_be_pickled_is_an_error_not_a_hang(workers):
    with pytest.raises(Exception, match=r"lock|pickle|TypeError"):
        workers.submit(unpicklable).result(60)
    with pytest.raises(Exception, match=r"lock|pickle"):
        workers.submit(add, threading.Lock(), 1).result(60)
    assert workers.submit(add, 2, 2).result(60) == 4


def test_close_ends_running_work_at_once(workers):
    running = workers.submit(sleep, 60)
    time.sleep(1)
    started = time.monotonic()
    workers.close()
    assert time.monotonic() - started < 15
    assert running.cancelled() or isinstance(running.exception(5), jobs.WorkerLost)


def test_close_wakes_whoever_waits_for_what_had_not_begun():
    pool = jobs.Workers(1, deadline_s=60)
    waiting = [pool.submit(sleep, 60) for _ in range(3)]
    ended = []
    waiter = threading.Thread(target=lambda: ended.extend(as_completed(waiting)), daemon=True)
    waiter.start()
    time.sleep(0.5)
    pool.close()
    waiter.join(20)
    assert len(ended) == 3


@pytest.mark.parametrize("pause", [0, 0.0002, 0.0005, 0.001, 0.002, 0.005])
def test_close_while_a_worker_is_being_started(pause):
    for _ in range(5):
        pool = jobs.Workers(1)
        future = pool.submit(len, "x")
        time.sleep(pause)
        pool.close()
        assert future.done()


def test_workers_end_with_a_killed_parent():
    code = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from desk_app import jobs; from tests.test_jobs import sleep, add\n"
        "if __name__ == '__main__':\n"
        "    w = jobs.Workers(1); print(w.submit(sleep, 0).result(), flush=True)\n"
        "    w.submit(sleep, 60); time.sleep(60)\n"
    )
    script = subprocess.Popen(
        [sys.executable, "-c", code, str(ROOT)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    pid = int(script.stdout.readline())
    assert is_alive(pid)
    script.kill()
    script.wait()
    script.stdout.close()
    deadline = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_alive(pid)


def is_alive(pid):
    """Running, and not only waiting for its parent to notice that it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_lanes_are_serial():
    lanes, order = jobs.Lanes(), []

    def work(n):
        order.append(("in", n))
        time.sleep(0.02)
        order.append(("out", n))

    for future in [lanes.submit("scanner", work, n) for n in range(4)]:
        future.result(10)
    lanes.close()
    assert order == [(step, n) for n in range(4) for step in ("in", "out")]
