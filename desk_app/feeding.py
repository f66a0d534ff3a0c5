"""What one feed at the counter is for, carried out on the scanner's lane; how fast the paper runs.

A feed goes to the end of the dossier, behind a page, or into the place of a page. After a fault it
goes on with the sheet that is not complete, which the operator has put back.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from desk_app.capture.intake import ScanReport
    from desk_app.capture.scan_profiles import ScanProfile
    from desk_app.pipeline import Desk, Notify
    from desk_app.store.database import Store
    from scanners.device import Event, ScanSettings

WINDOW_S = 30.0
"""Pages a minute are counted over so many seconds."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the operator wants fed, and where it goes."""

    dossier_id: str
    op: Literal["end", "after", "replace", "backs"] = "end"
    page_id: str = ""
    """The page to stand behind, or to replace."""
    both_sides: bool = False
    """Replace the whole sheet."""
    profile: ScanProfile | None = None
    glass: bool = False
    """One page from the glass, whatever lies in the feeder."""
    first_sheet: int | None = None
    """Where a feed goes on; None for the sheet after the last."""


def run(
    desk: Desk, request: Request, notify: Notify, listen: Callable[[Event], None],
    stop: threading.Event,
) -> ScanReport:  # fmt: skip
    """Runs on the scanner's lane."""
    from desk_app import pipeline
    from desk_app.capture import intake

    settings = _settings(request)
    device = (request.profile and request.profile.device) or desk.settings.device
    if request.op == "replace":
        count = _sides(desk.store, request.page_id) if request.both_sides else 1
        return pipeline.rescan(
            desk, request.page_id, device, both_sides=request.both_sides,
            scan=replace(settings, count=count), notify=notify, listen=listen, stop=stop,
        )  # fmt: skip
    if request.op == "after":
        return pipeline.insert(
            desk, request.page_id, device, scan=settings, notify=notify, listen=listen, stop=stop
        )
    intake.recover(desk.store)
    first = request.first_sheet or intake.next_sheet(desk.store, request.dossier_id)
    return pipeline.feed(
        desk, request.dossier_id, device, scan=replace(settings, first_sheet=first),
        notify=notify, listen=listen, stop=stop,
    )  # fmt: skip


def _settings(request: Request) -> ScanSettings:
    from scanners.device import ScanSettings

    settings = request.profile.settings if request.profile else ScanSettings()
    return replace(settings, source="glass", count=1) if request.glass else settings


def _sides(store: Store, page_id: str) -> int:
    """Sides of the page's sheet that are in use; the page itself always counts."""
    from desk_app.store import dossiers

    page = dossiers.page(store, page_id)
    pages = dossiers.pages(store, page.dossier_id, readings=False)
    return sum(p.sheet == page.sheet and (p.id == page_id or not p.set_aside) for p in pages)


def going_on(request: Request, report: ScanReport) -> Request:
    """What the same key does after this feed: the rest of it.

    A sheet of which one side has come is fed again: the side that is there is not taken twice. One
    that came whole before the fault is not, or the sheet behind it would be taken for it.
    """
    if request.op == "after" and report.pages:
        return replace(request, page_id=report.pages[-1].id)
    if request.op != "end" or report.fault is None:
        return replace(request, first_sheet=None)
    sides = Counter(page.sheet for page in report.pages)
    last = max(sides, default=0)
    torn = last and report.fault.sheet == last and sides[last] < max(sides.values())
    return replace(request, first_sheet=last if torn else None)


class Rate:
    """Pages a minute, over the last half minute."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def add(self, now: float) -> None:
        """A page landed at `now` (seconds of a steady clock)."""
        self._times.append(now)

    def per_minute(self, now: float) -> int | None:
        """None before two pages have landed."""
        while self._times and now - self._times[0] > WINDOW_S:
            self._times.popleft()
        if len(self._times) < 2 or now <= self._times[0]:
            return None
        return round((len(self._times) - 1) * 60 / max(now - self._times[0], 0.05))
