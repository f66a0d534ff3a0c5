"""A long outbox: how claiming, counting and listing hold up, alone and behind other targets.

.venv/bin/python -m bench.outbox [--rows 1000000] [--claims 300]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from desk_app.store.database import Store
from desk_app.submission import queue
from tests.submission.desk import make_ready, new_dossier


def fill(store, dossier, rows, target, prio=5):
    """Rows as `enqueue_in` writes them, without a transaction for each."""
    with store.transaction() as change:
        change.conn.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO upload(key, target, dossier_id, bytes, state, prio, not_before, "
            "created_at) SELECT printf('%064x', i), ?, ?, 1000, 'queued', ?, 0, ? FROM n",
            (rows, target, dossier, prio, change.now),
        )
        change.audit("bench", dossier)


def timed(act, times):
    """Milliseconds of each call."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        found.append((time.perf_counter() - started) * 1000)
    return found


def told(name, found):
    found = sorted(found)
    print(f"{name}: median {statistics.median(found):.2f} ms, "
          f"p99 {found[int(len(found) * 0.99) - 1]:.2f} ms")  # fmt: skip


def claim(store, target):
    """As a sender does it; there always is something."""
    assert queue.claim(store, "me", 3600, target=target) is not None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--claims", type=int, default=300)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        store = Store(Path(temporary) / "data")
        dossier = new_dossier(store, "H49-260302-0001")
        make_ready(store, dossier)
        fill(store, dossier, args.rows, "local")
        fill(store, dossier, args.claims, "rare", prio=9)
        for target in ("local", "rare"):
            claims = timed(lambda to=target: claim(store, to), args.claims)
            told(f"claim for {target}", claims)
        told("counters", timed(lambda: queue.counts(store), 200))
        told("newest 200", timed(lambda: queue.items(store), 20))
        told("waiting 200", timed(lambda: queue.items(store, "queued"), 20))
        store.close()


if __name__ == "__main__":
    main()
