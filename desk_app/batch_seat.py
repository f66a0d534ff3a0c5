"""What an operator does to a batch at a seat: go on with it, feed, decide, list, close.

Every function here may take long and runs on a lane of the window.
"""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from desk_app.records import Text
from desk_app.store import batches, people
from desk_app.store.batches import Batch, Issue, Plan

if TYPE_CHECKING:
    from desk_app.capture.intake import ScanReport
    from desk_app.capture.scan_profiles import ScanProfile
    from desk_app.feeding import Request
    from desk_app.pipeline import Desk, Notify
    from desk_app.store.database import Store
    from scanners.device import Event, ScanSettings


REJECTED = "REJECTED"
"""Exceptions that an operator put on the stack; with a number from the second time on."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A batch that was brought to the front."""

    batch_id: str
    recovered: int
    """Pages of a feed that was cut off, now in the store."""


def create(desk: Desk, code: str, plan: Plan) -> Opened:
    """Open a new batch at this seat."""
    from desk_app import batching

    return Opened(batching.create(desk, code, plan, *_who(desk.store)).id, 0)


def go_on(desk: Desk, code: str) -> Opened:
    """Bring a batch here: what a crash left comes in, a suspended one goes on at this seat."""
    from desk_app import batching
    from desk_app.capture import intake

    batch = batches.find(desk.store, code)
    found = [each for each in intake.recover(desk.store) if each.dossier_id == batch.tray_id]
    if batch.state == "suspended":
        batches.resume(desk.store, batch, *_who(desk.store))
    if batch.state != "closed" and batching.check_all(desk, batch):
        batching.divide(desk, batch)
    return Opened(batch.id, sum(len(each.pages) for each in found))


def _who(store: Store) -> tuple[str, str]:
    return people.acting_name(store), platform.node() or "desk"


def run(
    desk: Desk, request: Request, notify: Notify, listen: Callable[[Event], None],
    stop: threading.Event,
) -> ScanReport:  # fmt: skip
    """Feed a batch, its backs, or a sheet of it again; runs on the scanner's lane."""
    from desk_app import batching

    batch = batches.of_tray(desk.store, request.dossier_id)
    device = (request.profile and request.profile.device) or desk.settings.device
    chosen = request.profile.settings if request.profile else None
    if request.op == "backs":
        return batching.second_pass(
            desk, batch, device, scan=chosen, notify=notify, listen=listen, stop=stop
        )
    if request.op == "replace":
        sheet = _sheet_of(desk, batch, request.page_id)
        return batching.rescan(desk, batch, sheet, device, scan=chosen, stop=stop)
    return batching.feed(
        desk, batch, device, scan=_settings(desk, batch, request.profile), notify=notify,
        listen=listen, stop=stop,
    )  # fmt: skip


def _sheet_of(desk: Desk, batch: Batch, page_id: str) -> int:
    sides = batches.sheet_sides(desk.store, batch)
    return next(side.sheet for side in sides if side.page_id == page_id)


def _settings(desk: Desk, batch: Batch, profile: ScanProfile | None) -> ScanSettings | None:
    """Of the profile, with as many sides as were declared; None for the usual ones."""
    from desk_app.capture import intake

    if profile is None:
        return None
    intake.recover(desk.store)
    settings = profile.settings
    if settings.source == "auto":
        settings = replace(settings, source="duplex" if batch.plan.sides == 2 else "feeder")
    return replace(settings, first_sheet=intake.next_sheet(desk.store, batch.tray_id))


def reject(desk: Desk, batch: Batch, page_id: str, sheet: int, side: str) -> None:
    """Put a sheet on the list of those to scan again."""
    known = {issue.code for issue in batches.issues(desk.store, batch) if issue.sheet == sheet}
    number = sum(code.startswith(REJECTED) for code in known)
    back = side == "back"
    text = Text(
        f"Tờ {sheet}{' mặt sau' if back else ''}: người quét yêu cầu quét lại.",
        f"Sheet {sheet}{' (back)' if back else ''}: the operator wants it scanned again.",
    )
    code = f"{REJECTED}_{number + 1}" if number else REJECTED
    batches.note(desk.store, batch, [Issue(code, sheet, text, page_id)])


def settle(desk: Desk, batch: Batch, issue: Issue, reason: str) -> None:
    """The operator decides an exception."""
    batches.settle(desk.store, batch, issue.code, issue.sheet, reason)


def close(desk: Desk, batch: Batch, reason: str | None) -> None:
    """Close a batch that adds up, or under a reason."""
    from desk_app import batching

    batching.close(desk, batch, reason)


def suspend(desk: Desk, batch: Batch) -> None:
    """Put a batch away for another time or seat."""
    batches.suspend(desk.store, batch)


def rescan_list(desk: Desk, batch: Batch) -> tuple[Path, int]:
    """Write the list of sheets to fetch from the pile; its file and how many lines it has."""
    from desk_app import batching, paths, printing

    out = paths.exports_of(desk.data) / f"{batch.code}-quet-lai.pdf"
    lines = printing.rescan_list(batch.code, batching.to_rescan(desk, batch), out, desk.store.now())
    return out, lines
