"""Throughput on loopback: the desk's queue beside curl, to the very same tus server with its hooks.

    .venv/bin/python -m bench.upload [--mb 200] [--runs 3]

The desk's figure is a whole run over the outbox: claim, reading and hashing the file, sending it in
pieces, the store's own look at it, the receipt, the commit. curl sends the whole file in one PATCH.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from desk_app.store.database import Store
from desk_app.submission import profiles, reference
from desk_app.submission.run import run
from tests.submission.desk import ready_dossier

TUS = ("-H", "Tus-Resumable: 1.0.0")


def curl(url, path):
    """POST and one PATCH; seconds."""
    key = hashlib.sha256(path.read_bytes()).hexdigest()
    name = base64.b64encode(key.encode()).decode()
    started = time.perf_counter()
    for command in (
        ["-X", "POST", "-H", f"Upload-Length: {path.stat().st_size}",
         "-H", f"Upload-Metadata: sha256 {name}", url],
        ["-X", "PATCH", "-H", "Upload-Offset: 0", "-H", "Expect:",
         "-H", "Content-Type: application/offset+octet-stream", "-T", str(path), f"{url}/{key}"],
    ):  # fmt: skip
        subprocess.run(["curl", "-sSf", *TUS, *command], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def desk(folder, url, data):
    """A run over an outbox with this one file; seconds."""
    store = Store(folder)
    ready_dossier(store, "H49-260302-0001", [data])
    profile = folder / "local.toml"
    profile.write_text(f'adapter = "tus"\n[tus]\nurl = "{url}"\n')
    started = time.perf_counter()
    report = run(store, profiles.load(profile))
    seconds = time.perf_counter() - started
    store.close()
    assert report.done == 1, report
    return seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mb", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    if lacking := reference.missing():
        sys.exit(f"needs {lacking}")
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with reference.ReferenceStore(folder / "store") as running:
            for number in range(args.runs):
                data = random.Random(number).randbytes(args.mb * 1_000_000)
                path = folder / "file"
                path.write_bytes(random.Random(-1 - number).randbytes(args.mb * 1_000_000))
                theirs.append(curl(running.url, path))
                ours.append(desk(folder / f"desk{number}", running.url, data))
                print(f"{args.mb} MB: desk {ours[-1]:.2f} s, curl {theirs[-1]:.2f} s", flush=True)
                for each in (folder / "store").iterdir():
                    each.unlink()
    mine, other = statistics.median(ours), statistics.median(theirs)
    print(f"median: desk {args.mb / mine:.0f} MB/s, curl {args.mb / other:.0f} MB/s: "
          f"{other / mine:.0%}")  # fmt: skip


if __name__ == "__main__":
    main()
