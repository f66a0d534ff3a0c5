"""How long a large dossier takes to become a package, and whether others find it valid.

    .venv/bin/python bench/packages.py [--papers 137] [--megabytes 87] [--rounds 3]

Makes a signed dossier of the size of the sample that a receiving system accepted (137 documents,
87 MB), then prints for each profile CPU and wall time of building (own check included) and of
checking, what xmllint says of both METS files, and whether a flipped byte and a deleted file are
found. The backup of the same desk and its restore follow.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from desk_app import backup  # noqa: E402
from desk_app.store.database import Store  # noqa: E402
from desk_app.submission.packages import build, check, profiles  # noqa: E402
from tests.packages.desk import CODE, Clock, signed_dossier  # noqa: E402


def timed(work):
    cpu, wall = time.process_time(), time.monotonic()
    result = work()
    return result, time.process_time() - cpu, time.monotonic() - wall


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--papers", type=int, default=137)
    options.add_argument("--megabytes", type=float, default=87)
    options.add_argument("--rounds", type=int, default=3)
    args = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), args)


def run(folder: Path, args: argparse.Namespace) -> None:
    store = Store(folder / "data", clock=Clock())
    size = int(args.megabytes * 1e6 / args.papers)
    signed_dossier(store, papers=args.papers, pages=1, size=size)
    print(f"{args.papers} documents, {args.megabytes:g} MB\n")
    print(f"{'profile':<12} {'build cpu':>9} {'wall':>6} {'check':>6}  xmllint   flipped  deleted")
    for name in profiles.NAMES:
        show(store, folder, name, args.rounds)
    store.close()
    copies(folder)


def show(store: Store, folder: Path, name: str, rounds: int) -> None:
    profile, times = profiles.load(name), []
    for number in range(rounds):
        out = folder / f"{name}{number}"
        built, cpu, wall = timed(lambda out=out: build.build(store, CODE, profile, out))
        times.append((cpu, wall))
    _, checked, _ = timed(lambda: check.check(built.path))
    tree = folder / f"{name}-tree"
    with_tree = build.build(store, CODE, profile, tree, as_folder=True).path
    flipped, deleted = damaged(with_tree)
    cpu, wall = (statistics.median(each) for each in zip(*times, strict=True))
    print(f"{name:<12} {cpu:8.2f}s {wall:5.2f}s {checked:5.2f}s  {xmllint(with_tree, profile):<9} "
          f"{flipped:<8} {deleted}")  # fmt: skip
    shutil.rmtree(tree)
    for number in range(rounds):
        shutil.rmtree(folder / f"{name}{number}")


def xmllint(tree: Path, profile: profiles.Profile) -> str:
    if shutil.which("xmllint") is None:
        return "absent"
    command = ["xmllint", "--noout", "--nonet", "--schema", f"schemas/{profile.schemas['mets']}"]
    done = subprocess.run([*command, "METS.xml", "representations/rep1/METS.xml"], cwd=tree,
                          capture_output=True, text=True, timeout=120)  # fmt: skip
    return f"{done.stderr.count(' validates')} of 2"


def damaged(tree: Path) -> tuple[str, str]:
    victim = sorted(tree.rglob("*.pdf"))[-1]
    data = victim.read_bytes()
    victim.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    flipped = [(fault.code, Path(fault.path).name) for fault in check.check(tree).faults]
    victim.unlink()
    deleted = [(fault.code, Path(fault.path).name) for fault in check.check(tree).faults]
    return (
        "found" if flipped == [("CHANGED", victim.name)] else str(flipped),
        "found" if deleted == [("MISSING", victim.name)] else str(deleted),
    )


def copies(folder: Path) -> None:
    made, cpu, wall = timed(lambda: backup.back_up(folder / "data", folder / "b"))
    print(f"\nbackup  {made.bytes / 1e6:.0f} MB, {made.blobs} blobs: {cpu:.2f}s cpu, {wall:.2f}s")
    _, cpu, wall = timed(lambda: backup.restore(folder / "b", folder / "new"))
    print(f"restore with every check: {cpu:.2f}s cpu, {wall:.2f}s")


if __name__ == "__main__":
    main()
