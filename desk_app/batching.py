"""One batch's way: feed and check, divide into dossiers, count, close.

The dossiers that come out go on like any other (`pipeline.resume`). Every step can be repeated and
goes on where it was cut off, at this seat or at another.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, as_completed
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app import stages
from desk_app.capture import batches as counting
from desk_app.capture import intake, separation
from desk_app.capture.batches import Reckoning
from desk_app.errors import DeskError, NotAllowed
from desk_app.pipeline import Desk, Notify, Progress, quiet
from desk_app.records import Page, Text
from desk_app.store import batches, dossiers, edits
from desk_app.store.batches import Batch, Issue, Plan, Share, SheetSide
from desk_app.store.edits import AT_END, Place
from desk_app.store.steps import LAST_SHEET, Put

if TYPE_CHECKING:
    from desk_app.imaging import checks
    from desk_app.store.database import Store
    from scanners.device import Event, ScanSettings

PALE = 110.0
"""Depth of ink below which codes are looked for once more with the contrast drawn out."""
STAMP_SHARE = 0.0005
"""Red from which a blank-looking side may carry a stamp (as dossiers.assembly has it)."""


# --- page checks, in worker processes -------------------------------------------------------------


def check_page(data: Path, page_id: str) -> None:
    """Check one page from one reduced decode and keep what was found."""
    from desk_app.imaging import checks, picture

    store = stages.open_store(data)
    page = dossiers.page(store, page_id)
    store.blobs.require(page.sha256)
    try:
        with store.blobs.readable(page.sha256) as path:
            shot = picture.load(path, max_side=checks.thresholds().condition.work_side_px)
            facts = checks_of(path, shot)
    except DeskError as fault:
        facts = {"problems": ["unreadable"], "codes": [], "fault": fault.code}
    batches.save_checks(store, page_id, facts)


def checks_of(path: Path, shot: Any = None) -> dict[str, object]:  # noqa: ANN401 - a Picture
    """All page checks and the codes of one picture, as plain facts."""
    from desk_app.imaging import checks, picture

    shot = shot or picture.load(path, max_side=checks.thresholds().condition.work_side_px)
    found = checks.run(path, checks.thresholds(), shot)
    seen = found.condition
    return {
        "blank": found.blank, "red_share": seen.red_share, "rotation": seen.rotation,
        "rotation_confidence": seen.rotation_confidence, "skew_deg": seen.skew_deg,
        "steepness": found.steepness, "ink_depth": found.ink_depth, "has_stamp": found.has_stamp,
        "clipped": list(found.clipped), "problems": list(found.problems),
        "width_mm": found.width_mm, "height_mm": found.height_mm,
        "codes": _codes(path, found, shot),
        "pattern": base64.b64encode(found.pattern).decode("ascii"),
    }  # fmt: skip


def _codes(path: Path, found: checks.PageChecks, shot: Any) -> list[str]:  # noqa: ANN401
    """Texts of the codes that can divide a pile; a citizen's card is none of them."""
    from desk_app.imaging import checks
    from desk_app.recognition import codes

    scaled = replace(found.condition, dpi=max(1, round(found.condition.dpi * shot.scale)))
    read = codes.run(path, scaled, shot=shot)
    if not read and 0 < found.ink_depth < PALE:
        # A pale separator that is not read would give its dossier to the one before.
        read = codes.run(path, scaled, shot=checks.stretched(shot, found.ink_depth))
    return [code.text for code in read if codes.parse_card_qr(code.text) is None]


# --- feeding --------------------------------------------------------------------------------------


def create(desk: Desk, code: str, plan: Plan, operator: str, seat: str) -> Batch:
    """Open a batch; its procedure and its rule of separation must be known.

    Raises:
        UsageError: The declaration makes no sense.
        NotFound: The procedure is unknown.
        NotAllowed: The code is taken.
    """
    separation.load(plan.separation)
    if plan.procedure:
        desk.catalog.procedure(plan.procedure)
    return batches.create(desk.store, code, plan, operator, seat)


def feed(
    desk: Desk,
    batch: Batch,
    device: str,
    *,
    scan: ScanSettings | None = None,
    place: Place = AT_END,
    notify: Notify = quiet,
    listen: Callable[[Event], None] = lambda event: None,
    stop: threading.Event | None = None,
) -> intake.ScanReport:
    """Feed sheets into a batch, check each page while the paper moves, then divide the pile.

    It goes on with the sheet after the last; a fault, a suspect sheet and what the checks find go
    on the exceptions stack, under the number that the sheet has in the pile.

    Raises:
        NotAllowed: The batch is not open, or it is being fed elsewhere.
    """
    _require_open(desk.store, batch)
    checks = _Checks(desk, batch, notify)

    def hear(event: Event) -> None:
        _note_suspect(desk.store, batch, event)
        listen(event)

    with desk.working_on(batch.tray_id):
        intake.recover(desk.store)  # what a full disk or a crash left in the spool comes first
        settings = scan or _settings(desk, batch, place, device)
        report = intake.scan(
            desk.store, batch.tray_id, device, settings,
            place=place, announce=checks.begin, listen=hear, stop=stop,
        )  # fmt: skip
        _note_fault(desk.store, batch, report)
        checks.await_all()
        _divide(desk, batch)
    return report


class _Checks:
    """The page checks of one feed: begun as pages land, told of, and waited for."""

    def __init__(self, desk: Desk, batch: Batch, notify: Notify) -> None:
        self._desk, self._batch, self._notify = desk, batch, notify
        self._running: dict[Future[None], str] = {}

    def begin(self, page: Page) -> None:
        """A page has landed."""
        tray = self._batch.tray_id
        self._notify(Progress("scan", len(self._running) + 1, None, tray, page.id))
        self._running[self._desk.workers.submit(check_page, self._desk.data, page.id)] = page.id

    def await_all(self) -> None:
        """Wait for them, and for those of pages that an earlier feed left unchecked."""
        tray, total = self._batch.tray_id, len(self._running)
        for done, future in enumerate(as_completed(self._running), start=1):
            future.result()
            self._notify(Progress("read", done, total, tray, self._running[future]))
        check_all(self._desk, self._batch)


def rescan(
    desk: Desk, batch: Batch, sheet: int, device: str, *, scan: ScanSettings | None = None,
    stop: threading.Event | None = None,
) -> intake.ScanReport:  # fmt: skip
    """Scan a sheet of the pile anew, wherever its pages are now; more sheets come in after it.

    Raises:
        NotFound: The pile has no such sheet.
        NotAllowed: The batch is not open, or the sheet's dossier is signed.
    """
    from desk_app.errors import NotFound

    _require_open(desk.store, batch)
    sides = [
        side for side in batches.sheet_sides(desk.store, batch)
        if side.sheet == sheet and side.why not in counting.GONE
    ]  # fmt: skip
    if not sides:
        raise NotFound(f"sheet {sheet}", detail_vi=f"tờ {sheet}")
    home = sides[0].dossier_id
    place = Place("replace", tuple(side.page_id for side in sides if side.dossier_id == home))
    with desk.working_on(home):
        report = intake.scan(
            desk.store,
            home,
            device,
            _as_declared(batch, scan) if scan else _settings(desk, batch, place, device),
            place=place,
            stop=stop,
        )
    check_all(desk, batch)
    divide(desk, batch)
    return report


def _settings(desk: Desk, batch: Batch, place: Place, device: str) -> ScanSettings:
    from scanners.device import ScanSettings

    first = intake.next_sheet(desk.store, batch.tray_id) if place.op == "end" else 1
    if place.op == "end" and device.startswith("simulated:"):
        first = _first_of_stack(desk.store, batch, first)
    source: Any = "duplex" if batch.plan.sides == 2 else "feeder"
    return ScanSettings(source=source, first_sheet=first)


def _as_declared(batch: Batch, scan: ScanSettings) -> ScanSettings:
    """As many sides as were declared; a sheet from the glass stays one side."""
    if scan.source == "glass":
        return scan
    return replace(scan, source="duplex" if batch.plan.sides == 2 else "feeder")


def _first_of_stack(store: Store, batch: Batch, following: int) -> int:
    """A simulated stack still holds the sheet that was cut off within; paper has to be put back.

    So with paper the count goes on, and the sheet is named as lacking a side.
    """
    sides = [s for s in batches.sheet_sides(store, batch) if s.sheet == following - 1]
    whole = not sides or len({side.side for side in sides}) == batch.plan.sides
    return following if whole else following - 1


def _require_open(store: Store, batch: Batch) -> None:
    if batches.find(store, batch.id).state != "open":
        raise NotAllowed(f"batch {batch.code} is not open", detail_vi=f"lô {batch.code} chưa mở")


def _note_suspect(store: Store, batch: Batch, event: Event) -> None:
    from scanners.device import PageSuspect

    if isinstance(event, PageSuspect):
        text = Text(
            f"Máy quét nghi ngờ tờ {event.sheet} ({event.reason}). Xem lại tờ này.",
            f"The scanner doubts sheet {event.sheet} ({event.reason}). Look at it.",
        )
        batches.note(store, batch, [Issue("SUSPECT", event.sheet, text)])


def _note_fault(store: Store, batch: Batch, report: intake.ScanReport) -> None:
    """A fault at a sheet stays on the stack; it is decided once that sheet has come in."""
    fault = report.fault
    if fault is None or fault.sheet is None or fault.code == "FEEDER_EMPTY":
        return
    batches.note(store, batch, [Issue(fault.code, fault.sheet, Text(fault.vi, fault.en))])


def second_pass(
    desk: Desk, batch: Batch, device: str, *, scan: ScanSettings | None = None,
    notify: Notify = quiet, listen: Callable[[Event], None] = lambda event: None,
    stop: threading.Event | None = None,
) -> intake.ScanReport:  # fmt: skip
    """The backs of a pile whose fronts are in: turned over as a whole, so the last comes first.

    They land behind the fronts and take their places only once there are as many. One that was
    stopped or met a fault keeps what it brought; the rest comes in another pass.

    Raises:
        NotAllowed: The counts differ: what was fed lies behind the fronts, nothing was mixed. Feed
            the rest in another pass, or delete those backs and feed all of them again.
    """
    _require_open(desk.store, batch)
    fronts = _waiting_fronts(desk.store, batch)
    if not fronts:
        raise NotAllowed("no fronts are waiting for their backs", detail_vi="chưa quét mặt trước")
    from scanners.device import ScanSettings

    last = dossiers.pages(desk.store, batch.tray_id, readings=False)[-1]
    checks = _Checks(desk, batch, notify)
    with desk.working_on(batch.tray_id):
        report = intake.scan(
            desk.store, batch.tray_id, device, replace(scan or ScanSettings(), source="feeder"),
            place=Place("after", (last.id,)), announce=checks.begin, listen=listen, stop=stop,
        )  # fmt: skip
        checks.await_all()
    backs = _waiting_backs(desk.store, batch)
    broken_off = report.fault is not None or report.reason == "cancelled"
    if len(backs) >= len(fronts) or not broken_off:
        interleave(desk, batch, [side.page_id for side in fronts], backs)
        divide(desk, batch)
    return report


def interleave(desk: Desk, batch: Batch, fronts: Sequence[str], backs: Sequence[str]) -> int:
    """Put backs, last sheet first, each behind its front; the edit's number, for undo."""
    if len(fronts) != len(backs):
        raise NotAllowed(
            f"{len(fronts)} fronts and {len(backs)} backs: not put together",
            detail_vi=f"{len(fronts)} mặt trước, {len(backs)} mặt sau: chưa ghép",
        )
    known = {page.id: page for page in dossiers.pages(desk.store, batch.tray_id, readings=False)}
    wanted = [
        Put(back, batch.tray_id, front, known[front].sheet, "back")
        for front, back in zip(fronts, reversed(backs), strict=True)
    ]
    with desk.store.transaction() as change:
        return edits.carry_out(change, batch.tray_id, "interleave", wanted)


def _waiting_fronts(store: Store, batch: Batch) -> list[SheetSide]:
    sides = [s for s in batches.sheet_sides(store, batch) if s.in_tray and not s.why]
    paired = {side.sheet for side in sides if side.side == "back"}
    return [
        side for side in sides
        if side.side == "front" and side.sheet <= LAST_SHEET and side.sheet not in paired
    ]  # fmt: skip


def _waiting_backs(store: Store, batch: Batch) -> list[str]:
    """What second passes brought so far; one that jammed may have taken several."""
    sides = batches.sheet_sides(store, batch)
    return [s.page_id for s in sides if s.in_tray and not s.why and s.sheet > LAST_SHEET]


def check_all(desk: Desk, batch: Batch) -> int:
    """Check the pages that a feed which was cut off left unchecked."""
    waiting = batches.unchecked(desk.store, batch)
    for future in as_completed([desk.workers.submit(check_page, desk.data, p) for p in waiting]):
        future.result()
    return len(waiting)


# --- dividing -------------------------------------------------------------------------------------


def divide(desk: Desk, batch: Batch) -> None:
    """Put what lies in the tray into its dossiers; what cannot be placed becomes an exception."""
    with desk.working_on(batch.tray_id):
        _divide(desk, batch)


def _divide(desk: Desk, batch: Batch) -> None:
    store = desk.store
    sides = _told_apart(batches.sheet_sides(store, batch))
    pile = [side for side in sides if side.why not in counting.GONE]
    if batch.plan.sides == 2:
        # A sheet whose back is still to come would leave without it.
        whole = {side.sheet for side in pile if side.side == "back"}
        pile = [side for side in pile if side.sheet in whole or not side.in_tray]
    rules = separation.load(batch.plan.separation)
    division = separation.divide(map(_leaf, pile), rules, batch.code)
    shares = [Share(g.code, tuple(g.page_ids), tuple(g.papers)) for g in division.groups if g.code]
    blanks = [side.page_id for side in pile if _is_blank_back(side)]
    refused = batches.distribute(store, batch, shares, division.separators, blanks)
    noticed = [Issue(d.code, d.sheet, d.text, d.page_id) for d in division.doubts]
    noticed += [_sealed(share, pile) for share in refused]
    noticed += [*counting.odd_sizes(pile), *_page_issues(pile)]
    if rules.separators:
        noticed += _unread_separators(pile)
        noticed += counting.odd_groups(_sizes(division, pile), batch.plan.dossiers_declared)
    batches.note(store, batch, noticed)
    _settle_faults(store, batch, pile)


def _told_apart(sides: Sequence[SheetSide]) -> list[SheetSide]:
    """Backs whose pale marks are the mirrored print of their front are blank after all."""
    from desk_app.imaging import checks

    fronts = {side.sheet: side.pattern for side in sides if side.side == "front"}
    limits = checks.thresholds().trace

    def judged(side: SheetSide) -> SheetSide:
        if side.blank != "doubtful" or side.side != "back" or not side.in_tray:
            return side
        front, back = (base64.b64decode(p) for p in (fronts.get(side.sheet, ""), side.pattern))
        return replace(side, blank="blank") if checks.shows_through(front, back, limits) else side

    return [judged(side) for side in sides]


def _unread_separators(pile: Sequence[SheetSide]) -> list[Issue]:
    """Sheets that look like separators and were not read as one: two dossiers lie as one."""
    from desk_app.imaging import checks

    found = []
    for side in pile:
        known = side.starts or side.set_aside or side.role == batches.SEPARATOR
        if known or any(separation.parse_separator(code) for code in side.codes):
            continue
        if checks.looks_like_separator(base64.b64decode(side.pattern), side.size_mm):
            text = Text(
                f"Tờ {side.sheet} giống tờ phân cách nhưng không đọc được mã: hồ sơ sau nó có thể "
                "đã nhập vào hồ sơ trước.",
                f"Sheet {side.sheet} looks like a separator whose code cannot be read: the dossier "
                "after it may have gone into the one before.",
            )
            found.append(Issue(counting.UNREAD_SEPARATOR, side.sheet, text, side.page_id))
    return found


def _sizes(division: separation.Division, pile: Sequence[SheetSide]) -> list[tuple[str, int, int]]:
    sheet_of = {side.page_id: side.sheet for side in pile}
    return [
        (group.page_ids[0], group.sheet, len({sheet_of[page] for page in group.page_ids}))
        for group in division.groups
        if group.code and group.page_ids
    ]


def _leaf(side: SheetSide) -> separation.Leaf:
    # A separator that someone used again as a page is obeyed no more.
    used_again = side.role == batches.SEPARATOR and not side.set_aside
    codes = () if used_again else side.codes
    return separation.Leaf(
        side.page_id, side.sheet, side.side, codes, side.blank == "blank", side.starts
    )


def _is_blank_back(side: SheetSide) -> bool:
    marked = side.red_share > STAMP_SHARE or side.codes
    return side.side == "back" and side.blank == "blank" and not marked


def _sealed(share: Share, pile: Sequence[SheetSide]) -> Issue:
    first = next(side for side in pile if side.page_id in share.page_ids and side.in_tray)
    return Issue("DOSSIER_SIGNED", first.sheet, Text(
        f"Từ tờ {first.sheet}: hồ sơ {share.code} đã ký, không thêm trang được.",
        f"From sheet {first.sheet}: dossier {share.code} is signed and takes no more pages.",
    ), first.page_id)  # fmt: skip


_PROBLEMS = {
    "blurred": ("mờ", "it is blurred"), "low_contrast": ("nhạt", "it is faint"),
    "skewed": ("bị nghiêng", "it leans"), "cut_corner": ("mất góc", "a corner is missing"),
    "clipped": ("bị cắt mép chữ", "print is cut at an edge"),
    "unreadable": ("không mở được ảnh", "its picture cannot be read"),
}  # fmt: skip


def _page_issues(pile: Iterable[SheetSide]) -> list[Issue]:
    found = []
    for side in pile:
        if side.role == batches.SEPARATOR or side.set_aside:
            continue
        words = [_PROBLEMS[name] for name in side.problems if name in _PROBLEMS]
        if side.blank == "blank" and side.side == "front":
            words.append(("mặt trước trống", "its front is blank"))
        elif side.blank == "doubtful":
            words.append(("chưa rõ trống hay mờ", "blank or very faint"))
        if words:
            where = "mặt sau " if side.side == "back" else ""
            vi, en = ", ".join(w[0] for w in words), ", ".join(w[1] for w in words)
            text = Text(f"Tờ {side.sheet} {where}{vi}.", f"Sheet {side.sheet} ({side.side}): {en}.")
            found.append(Issue(f"LOOK_{side.side.upper()}", side.sheet, text, side.page_id))
    return found


def _settle_faults(store: Store, batch: Batch, pile: Sequence[SheetSide]) -> None:
    """A jam or a double feed that the device reported is over once its sheet lies in the pile."""
    present = {side.sheet for side in pile}
    for issue in batches.issues(store, batch, open_only=True):
        if issue.page_id is None and issue.code != "SUSPECT" and issue.sheet in present:
            batches.settle(store, batch, issue.code, issue.sheet, "fed_again")


# --- closing --------------------------------------------------------------------------------------


def reckon(desk: Desk, batch: Batch) -> Reckoning:
    """Count a batch as it is now."""
    sides = batches.sheet_sides(desk.store, batch)
    return counting.reckon(batch.plan, sides, batches.issues(desk.store, batch))


def close(desk: Desk, batch: Batch, reason: str | None = None) -> Reckoning:
    """Close a batch that adds up, or one that does not under a reason.

    Raises:
        NotAllowed: It does not add up and there is no reason; the differences are named.
    """
    with desk.working_on(batch.tray_id):
        counted = reckon(desk, batch)
        if counted.differences and not (reason and reason.strip()):
            told = " ".join(each.text.vi for each in counted.differences[:5])
            told_en = " ".join(each.text.en for each in counted.differences[:5])
            raise NotAllowed(told_en.removesuffix("."), detail_vi=told.removesuffix("."))
        batches.close(desk.store, batch, reason, [each.code for each in counted.differences])
    return counted


def to_rescan(desk: Desk, batch: Batch) -> list[Issue]:
    """What has to be fetched from the pile and scanned again, in the order of the pile."""
    return batches.issues(desk.store, batch, open_only=True)
