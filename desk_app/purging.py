"""Removing local copies after the receipt: what is due, its spool, and what is left over.

Called by `desk purge`, and once a day by the window and by `desk queue run` where the station or
the province's policy says after how many days (`keep_days`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from desk_app import page_copies, paths
from desk_app.errors import DeskError, Interrupted, NotAllowed
from desk_app.settings import Settings
from desk_app.store import dossiers, retention, search
from desk_app.store.blobs import storage_faults
from desk_app.store.database import Store
from desk_app.store.retention import Candidate, Obstacle, Purged

EVERY = timedelta(hours=24)
LEAP = timedelta(days=31)
"""A clock that went so far since the last look may have been set wrong: one day is waited."""
AT_ONCE = 100
"""Dossiers that go between two looks at the queue, where it runs by itself."""
_BUSY = Obstacle("BUSY", "hồ sơ đang được mở để xử lý", "somebody works on the dossier")


class PurgeBusy(NotAllowed):
    """Another purge, or a backup that must find all files, is under way."""

    next_vi_text = "Không có gì bị xóa. Chờ lần kia xong rồi thử lại."
    next_en_text = "Nothing was removed. Wait until the other one is done, then try again."


@dataclass(slots=True)
class Report:
    """What a purge did, or would do."""

    keep_days: int
    dry_run: bool = False
    purged: list[Purged] = field(default_factory=list)
    due: list[Candidate] = field(default_factory=list)
    """Of a dry run: what would go."""
    kept: list[Candidate] = field(default_factory=list)
    """Old enough, and something keeps it."""
    copies: list[Path] = field(default_factory=list)
    """Readable copies of purged dossiers that people had made: theirs to delete."""
    finished: int = 0
    """Purges that had been cut off and are complete now."""
    swept_files: int = 0
    swept_bytes: int = 0


def run(
    store: Store, days: int, *, dry_run: bool = False, most: int | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Report:  # fmt: skip
    """Purge every dossier whose last receipt is so many days old.

    Args:
        store: The store.
        days: How long a dossier stays after its last receipt.
        dry_run: Only say what would go.
        most: End after so many; the next run goes on. None for all.
        stopped: Asked between dossiers.

    Raises:
        ClockBehind: The station's clock contradicts its records.
        PurgeBusy: Another purge, or a backup, is under way.
        Interrupted: It was stopped; what is purged stays purged.
    """
    retention.check_clock(store)
    report = Report(days, dry_run)
    if dry_run:
        _sort(list(retention.candidates(store, days)), report)
        return report
    with _alone(store):
        for cut_off in retention.unfinished(store):
            _clear(store, cut_off.dossier_id)
            report.finished += 1
        # What goes may free others: a paper that was used elsewhere, the tray of a batch.
        while _purge_all(store, report, most, stopped):
            pass
        if most is None or len(report.purged) < most:
            report.swept_files, report.swept_bytes = retention.sweep(store)
            search.compact(store)
    return report


def daily(
    store: Store, settings: Settings, *, stopped: Callable[[], bool] = lambda: False
) -> Report | None:
    """The same by the station's settings, once a day; None where it is not time or not wanted.

    It begins a day after it was first asked for, and waits a day after the clock went far ahead.
    """
    if settings.keep_days <= 0:
        return None
    passed = _since_last_look(store)
    if passed is not None and timedelta(0) <= passed < EVERY:
        return None
    if passed is None or passed > LEAP:  # the policy is new, or the clock leapt: time to notice
        _note_look(store)
        return None
    try:
        report = run(store, settings.keep_days, most=AT_ONCE, stopped=stopped)
    except (PurgeBusy, Interrupted):
        return None
    except DeskError:  # told once a day as well
        _note_look(store)
        raise
    if len(report.purged) < AT_ONCE:  # else there is more to do at the next call
        _note_look(store)
    return report


def _note_look(store: Store) -> None:
    with store.transaction() as change:
        change.conn.execute(
            "INSERT INTO purge_look VALUES(1, ?) ON CONFLICT(id) DO UPDATE SET at = excluded.at",
            (change.now,),
        )


def _since_last_look(store: Store) -> timedelta | None:
    row = store.row("SELECT at FROM purge_look")
    if row is None:
        return None
    return datetime.fromisoformat(store.now()) - datetime.fromisoformat(row["at"])


@contextlib.contextmanager
def _alone(store: Store) -> Iterator[None]:
    with paths.locked(retention.purge_lock(store.folder)) as ours:
        if not ours:
            raise PurgeBusy("a purge or a backup is under way", detail_vi="đang xóa hoặc sao lưu")
        yield


def _sort(found: list[Candidate], report: Report) -> None:
    report.kept = [each for each in found if each.obstacle is not None]
    report.due = [each for each in found if each.obstacle is None]


def _purge_all(store: Store, report: Report, most: int | None, stopped: Callable[[], bool]) -> int:
    _sort(list(retention.candidates(store, report.keep_days)), report)
    left = None if most is None else most - len(report.purged)
    due, report.due = report.due[:left], []
    count = 0
    for each in due:
        if stopped():
            raise Interrupted()
        done = _purge(store, each, report.keep_days)
        if isinstance(done, Purged):
            count += 1
            report.purged.append(done)
            report.copies += _copies(store, each)
        else:
            report.kept.append(Candidate(each.dossier_id, each.code, each.receipt_at, done))
    return count


def _purge(store: Store, candidate: Candidate, days: int) -> Purged | Obstacle:
    with paths.locked(store.folder / "locks" / candidate.dossier_id) as ours:
        if not ours:
            return _BUSY
        done = retention.purge(store, candidate.dossier_id, days)
        if isinstance(done, Purged):
            _clear(store, candidate.dossier_id)
        return retention.of(store, candidate.dossier_id) or done


def _clear(store: Store, dossier_id: str) -> None:
    """The spool first: as long as it is not cleared, the next purge comes back to it."""
    _clear_spool(store, dossier_id)
    retention.clear(store, dossier_id)


def _copies(store: Store, candidate: Candidate) -> list[Path]:
    """Exported files and page pictures, in the dossier's own folder for them or the station's."""
    chosen = dossiers.options(store, candidate.dossier_id).get("out")
    folder = Path(chosen) if chosen else paths.exports_of(store.folder)
    pages = dossiers.pages(store, candidate.dossier_id, readings=False)
    made = (page_copies.place(page, folder) for page in pages)
    return [path for path in (folder / candidate.code, *made) if path.exists()]


# --- the spool --------------------------------------------------------------------------------


def _clear_spool(store: Store, dossier_id: str) -> None:
    """The links to the pictures that scans left; journals stay, they hold numbers and hashes."""
    rows = store.rows(
        "SELECT job_id, group_concat(id) AS pages FROM page WHERE dossier_id = ? "
        "AND job_id IS NOT NULL GROUP BY job_id",
        dossier_id,
    )
    for row in rows:
        folder = store.spool / row["job_id"]
        if folder.is_dir():
            with storage_faults():
                _clear_job(store, folder, row["job_id"], set(row["pages"].split(",")))


def _clear_job(store: Store, folder: Path, job_id: str, pages: set[str]) -> None:
    from scanners.journal import parse_name

    others = store.row(
        "SELECT 1 FROM page p WHERE p.job_id = ? AND NOT EXISTS "
        "(SELECT 1 FROM purge g WHERE g.dossier_id = p.dossier_id)",
        job_id,
    )
    for path in [each for each in folder.rglob("*") if each.is_file()]:
        name = parse_name(path.name)
        # With the last dossier of a scan go the sides that were fed twice and the unfinished ones.
        if name is not None and (others is None or name.page_id in pages):
            path.unlink(missing_ok=True)
