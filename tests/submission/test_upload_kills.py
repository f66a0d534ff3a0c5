"""Client and server are killed at random in the middle of one file."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time

import pytest

from desk_app.store import audit, dossiers
from desk_app.store.database import Store
from desk_app.submission import queue
from tests.simulators.relay import Relay
from tests.submission.desk import ready_dossier
from tests.submission.reference import port_of
from tests.submission.test_kill9 import SENDER

SIZE = int(os.environ.get("UPLOAD_BYTES", "24")) * 1_000_000
"""200 for the acceptance run."""
KILLS = 6


def start(store, profile):
    return subprocess.Popen([sys.executable, "-c", SENDER, str(store.folder), str(profile)])


@pytest.mark.slow
def test_kills_on_both_sides_cost_a_chunk_each(tmp_path, reference):
    chance = random.Random(6)
    store = Store(tmp_path / "data")
    dossier, [key] = ready_dossier(store, "H49-260302-0001", [chance.randbytes(SIZE)])
    with Relay(port_of(reference.url)) as line:
        profile = tmp_path / "local.toml"
        profile.write_text(
            f'adapter = "tus"\n[tus]\nurl = "http://127.0.0.1:{line.port}/files"\n'
            f"[limits]\nkbit_per_s = {SIZE * 8 // 1000 // 6}\n"  # six seconds without a kill
        )
        kills = send_and_kill(store, profile, reference, line, key, chance)
        overhead = line.up - SIZE
    assert kills == KILLS
    stored = (reference.folder / key).read_bytes()
    assert reference.folder.joinpath(f"{key}.receipt.json").exists()
    assert stored == store.blobs.read(key)
    largest = 8 << 20
    assert overhead <= KILLS * largest + 200_000, overhead
    assert queue.counts(store)["done"] == 1
    assert dossiers.find(store, dossier).state == "done"
    assert queue.items(store)[0]["receipt"]["sha256"] == key
    assert audit.verify(store.conn).ok
    store.close()


def send_and_kill(store, profile, reference, line, key, chance):
    """Kills are spread over the file; each hits the sender or the store."""
    kills, deadline = 0, time.monotonic() + 120
    sender = start(store, profile)
    try:
        while queue.counts(store)["done"] < 1:
            assert time.monotonic() < deadline, queue.items(store)
            time.sleep(chance.uniform(0.01, 0.05))
            there = reference.folder / key
            arrived = there.stat().st_size if there.exists() else 0
            if kills < KILLS and arrived > SIZE * (kills + chance.random()) / (KILLS + 1):
                if kills % 2:
                    reference.end()
                    reference.start()
                    line.target = port_of(reference.url)
                else:
                    sender.kill()
                    sender.wait(10)
                kills += 1
            if sender.poll() is not None:
                assert sender.returncode in (0, -9)
                queue.retry(store)  # nobody waits out a back-off here
                sender = start(store, profile)
    finally:
        sender.kill()
        sender.wait(10)
    return kills
