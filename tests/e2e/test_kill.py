"""Pull the plug at random moments: nothing announced is lost, and the next run completes it."""

import hashlib
import os
import random
import re
import signal
import sqlite3
import subprocess

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
    database = sqlite3.connect(data / "desk.sqlite3")
    try:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        pages = dict(database.execute("SELECT id, sha256 FROM page"))
        assert announced <= pages.keys()
        for sha256 in pages.values():
            blob = data / "blobs" / sha256[:2] / sha256[2:4] / sha256
            assert hashlib.sha256(blob.read_bytes()).hexdigest() == sha256
        assert set(database.execute("SELECT DISTINCT state FROM dossier")) == {("done",)}
        sides = "SELECT count(*), count(DISTINCT sheet || side) FROM page GROUP BY dossier_id"
        assert set(database.execute(sides)) == {(18, 18)}
    finally:
        database.close()


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
