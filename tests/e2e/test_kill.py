"""Pull the plug at random moments: nothing announced is lost, and the next run completes it."""

import os
import random
import re
import signal
import subprocess
from contextlib import closing

from desk_app.store.database import Store
from tests.e2e.conftest import desk, start

KILLS = int(os.environ.get("DESK_TEST_KILLS", "5"))
ANNOUNCED = re.compile(r"Quét: \d+ (\S+)")


def killed_demo(data, delay):
    """Page ids that a demonstration announced before it was killed."""
    process = start("demo", "--data", data, "--out", data.parent / "out", "--json")
    try:
        process.wait(delay)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    return ANNOUNCED.findall(process.communicate()[1])


def test_kill_9_at_random_moments(tmp_path):
    data, chance, announced = tmp_path / "data", random.Random(KILLS), set()
    for _ in range(KILLS):
        announced.update(killed_demo(data, chance.uniform(0.5, 14)))
    finished = desk("process", "--data", data, "--json")
    assert (finished.code, finished.json["failed"]) == (0, [])
    check_pages(data, announced)
    assert desk("audit", "verify", "--data", data, "--json").json["ok"]


def check_pages(data, announced):
    with closing(Store(data)) as store:
        assert tuple(store.row("PRAGMA integrity_check")) == ("ok",)
        pages = dict(map(tuple, store.rows("SELECT id, sha256 FROM page")))
        assert announced <= pages.keys()
        assert all(store.blobs.is_whole(sha256) for sha256 in pages.values())
        assert {row[0] for row in store.rows("SELECT state FROM dossier")} == {"done"}
        sides = "SELECT count(*), count(DISTINCT sheet || side) FROM page GROUP BY dossier_id"
        assert set(map(tuple, store.rows(sides))) == {(18, 18)}


def test_ctrl_c_keeps_everything_and_process_goes_on(tmp_path):
    data = tmp_path / "data"
    process = start("demo", "--data", data, "--out", tmp_path / "out", "--json")
    while not ANNOUNCED.search(process.stderr.readline()):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert '"INTERRUPTED"' in out
    assert "Traceback" not in err
    assert desk("process", "--data", data, "--json").code == 0
    check_pages(data, set())
