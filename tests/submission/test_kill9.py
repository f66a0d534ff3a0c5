"""Senders are killed at random moments; every file is stored, and done, exactly once."""

from __future__ import annotations

import collections
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from desk_app.store import audit, dossiers
from desk_app.store.database import Store
from desk_app.submission import queue
from tests.submission.desk import content, grouped, ready_dossier, stored_files

FILES = int(os.environ.get("QUEUE_FILES", "300"))
KILLS = int(os.environ.get("QUEUE_KILLS", "25"))
"""3000 and 100 for the acceptance run."""
DOSSIERS, SENDERS = FILES // 10, 4
SENDER = """
import sys
from pathlib import Path
from desk_app.submission.run import run_folder
run_folder(Path(sys.argv[1]), sys.argv[2])
"""


def start(data: Path, profile: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", SENDER, str(data), str(profile)])


@pytest.mark.slow
def test_kill_nine_loses_and_doubles_nothing(tmp_path):
    store = Store(tmp_path / "data")
    chance = random.Random(9)
    keys, ids = [], []
    for number in range(DOSSIERS):
        each = FILES // DOSSIERS
        files = [content(number * each + n, chance.randrange(20_000, 200_000)) for n in range(each)]
        dossier, found = ready_dossier(store, f"H49-260302-{number:04d}", files)
        keys += found
        ids.append(dossier)
    profile = tmp_path / "local.toml"
    profile.write_text(
        'adapter = "local"\nchunk_bytes = 4096\n'
        f'[local]\nfolder = "{tmp_path}/store"\ncreate = true\n'
    )
    kills = send_and_kill(store, profile, chance)
    assert kills == KILLS
    assert queue.counts(store) == grouped(store) == dict.fromkeys(queue.STATES, 0) | {"done": FILES}
    assert sorted(stored_files(tmp_path / "store")) == sorted(keys)
    assert list((tmp_path / "store").rglob("*.part")) == []
    ends = collections.Counter(
        row[0] for row in store.rows("SELECT object FROM audit_event WHERE action = 'upload.done'")
    )
    assert len(ends) == FILES
    assert set(ends.values()) == {1}
    assert audit.verify(store.conn).ok
    assert store.row("PRAGMA integrity_check")[0] == "ok"
    assert {dossiers.find(store, dossier).state for dossier in ids} == {"done"}
    store.close()


def send_and_kill(store: Store, profile: Path, chance: random.Random) -> int:
    """Keep four senders going until everything is done; each kill comes amid the work."""
    # Nobody may have to wait for the lease of a killed sender to run out.
    kills, patience = 0, time.monotonic() + queue.LEASE_S * FILES / 300
    senders = [start(store.folder, profile) for _ in range(SENDERS)]
    try:
        while queue.counts(store)["done"] < FILES:
            assert time.monotonic() < patience, queue.counts(store)
            time.sleep(chance.uniform(0.02, 0.1))
            # Kills are spread over its first half, so that on a fast disk too all fall into it.
            due = KILLS * (queue.counts(store)["done"] + 1) // (FILES // 2) + 1
            busy = [n for n, sender in enumerate(senders) if sender.poll() is None]
            if busy and kills < min(due, KILLS):
                victim = senders[chance.choice(busy)]
                victim.kill()
                victim.wait(10)
                kills += 1
            for number, sender in enumerate(senders):
                if sender.poll() is not None:
                    assert sender.returncode in (0, -9)
                    senders[number] = start(store.folder, profile)
    finally:
        for sender in senders:
            sender.kill()
            sender.wait(10)
    return kills
