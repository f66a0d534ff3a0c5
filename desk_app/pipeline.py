"""One dossier's way through the desk, in order: feed, read, assemble, check, seal, upload.

Each step can be repeated: what is done is found in the store and skipped, so going on after a
crash is the same code as going on. Heavy work runs in worker processes (`stages`); these functions
only order it, so they may run in any thread.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app import exports, jobs, paths, sealing, settings, signatures, stages, waiting, workspace
from desk_app.capture import intake
from desk_app.errors import DeskError, Interrupted, NotAllowed, is_worded
from desk_app.records import Document, Dossier, Page, Text
from desk_app.store import acting, codec, dossiers, looks, retention, vault
from desk_app.store.database import Store
from desk_app.store.edits import AT_END, Place
from desk_app.store.sql import sqlite3

if TYPE_CHECKING:
    from desk_app.dossiers.catalog import Catalog
    from desk_app.submission.run import RunReport
    from scanners.device import Event, ScanSettings


@dataclass(frozen=True, slots=True)
class Progress:
    """One step forward; `total` is None while it is not known."""

    stage: str
    """scan, read, assemble, pdf, sign or upload."""
    done: int
    total: int | None = None
    dossier_id: str = ""
    page_id: str = ""
    text: Text | None = None


Notify = Callable[[Progress], None]
Listen = Callable[["Event"], None]
STATION = signatures.Choice()
"""Sign as the station's settings say."""

LONG_PAPER = 40
"""Pages from which a paper's file is put together here and only its pictures are made by the
workers: one worker alone would overrun its time (jobs.DEADLINE_S)."""


def quiet(_: Progress) -> None:
    """Tell nobody."""


def deaf(_: Event) -> None:
    """Hear nothing of the scanner."""


class Desk:
    """What every step needs: the store, the station's settings, the catalogue, the workers."""

    def __init__(self, data: Path, station: settings.Settings | None = None) -> None:
        self.data = data
        self.settings = station or settings.load(data)
        workspace.sweep_all()  # what a process that was killed left in plain outside the folder
        self.store = Store(data)
        self.workers = jobs.Workers(self.settings.workers)

    @cached_property
    def catalog(self) -> Catalog:
        """Procedures and document types."""
        from desk_app.dossiers import catalog

        return catalog.at(self.data)

    @contextmanager
    def working_on(self, dossier_id: str) -> Iterator[None]:
        """One program at a time works on a dossier; the lock goes with its process."""
        with paths.locked(self.data / "locks" / dossier_id) as ours:
            if not ours:
                raise NotAllowed("the dossier is worked on elsewhere",
                                 detail_vi="hồ sơ đang được xử lý ở cửa sổ khác")  # fmt: skip
            yield

    def close(self) -> None:
        """End the workers and this thread's connection."""
        self.workers.close()
        self.store.close()


def open_dossier(desk: Desk, code: str, procedure: str, **options: object) -> Dossier:
    """Open a dossier for a procedure given by its id or its published code."""
    from desk_app.dossiers import codes

    known = desk.catalog.procedure(procedure)
    return dossiers.create(desk.store, codes.check_dossier_code(code), known.id, **options)


def feed(
    desk: Desk,
    dossier_id: str,
    device: str | None = None,
    *,
    scan: ScanSettings | None = None,
    place: Place = AT_END,
    notify: Notify = quiet,
    listen: Listen = deaf,
    stop: threading.Event | None = None,
) -> intake.ScanReport:
    """Scan, and read the pages while the paper still moves; then assemble what there is."""
    from scanners import drivers
    from scanners.device import ScanSettings

    drivers.check(intake.resolve(uri := device or desk.settings.device))  # before anything changes
    intake.recover(desk.store)  # what a full disk or a crash left in the spool comes first
    first = intake.next_sheet(desk.store, dossier_id) if place.op == "end" else 1
    chosen = scan or ScanSettings(first_sheet=first)
    reading: dict[Future[None], Page] = {}
    doubts = _Doubts(listen)

    def announce(page: Page) -> None:
        notify(Progress("scan", len(reading) + 1, None, dossier_id, page.id))
        reading[desk.workers.submit(stages.read_page, desk.data, page.id)] = page

    with desk.working_on(dossier_id):
        dossiers.move(desk.store, dossier_id, "scanning")
        report = intake.scan(
            desk.store, dossier_id, uri, chosen,
            place=place, announce=announce, listen=doubts.hear, stop=stop,
        )  # fmt: skip
        doubts.keep(desk.store)
        _await_reading(desk, dossier_id, reading, notify, stop)
        if report.images or dossiers.pages(desk.store, dossier_id, readings=False):
            _assemble(desk, dossier_id, notify, stop)
        else:
            dossiers.move(desk.store, dossier_id, "received")  # it goes on waiting for its paper
    return report


class _Doubts:
    """What the scanner itself says of sheets, kept with their pages."""

    def __init__(self, listen: Listen) -> None:
        self._listen = listen
        self._sheets: dict[str, int] = {}
        self._reasons: dict[int, str] = {}

    def hear(self, event: Event) -> None:
        """Take an event and pass it on."""
        from scanners.device import PageLanded, PageSuspect

        match event:
            case PageLanded(page_id=page_id, sheet=sheet):
                self._sheets[page_id] = sheet
            case PageSuspect(sheet=sheet, reason=reason):
                self._reasons[sheet] = reason
        self._listen(event)

    def keep(self, store: Store) -> None:
        """Write the scanner's doubts down."""
        for page_id, sheet in self._sheets.items():
            if sheet in self._reasons:
                dossiers.save_checks(store, page_id, suspect=self._reasons[sheet])


def rescan(
    desk: Desk,
    page_id: str,
    device: str | None = None,
    *,
    both_sides: bool = False,
    scan: ScanSettings | None = None,
    notify: Notify = quiet,
    listen: Listen = deaf,
    stop: threading.Event | None = None,
) -> intake.ScanReport:
    """Scan a page anew: what comes takes its place, and it is set aside, restorable.

    Args:
        desk: The desk.
        page_id: The page to replace.
        device: The scanner; None for the station's.
        both_sides: Replace the page's other side too, in the order in which they were scanned.
        scan: Settings; None for those of a new feed, of as many pages as are replaced.
        notify: Told of every step.
        listen: Hears every event of the scanner.
        stop: Ends the feed.

    Returns:
        The scan's report; `edits.undo_job` takes it back by its job id.
    """
    from scanners.device import ScanSettings

    page = dossiers.page(desk.store, page_id)
    sides = [page_id]
    if both_sides:
        sides = [
            each.id for each in dossiers.pages(desk.store, page.dossier_id, readings=False)
            if each.sheet == page.sheet and (each.id == page_id or not each.set_aside)
        ]  # fmt: skip
    scan = scan or ScanSettings(count=len(sides))
    place = Place("replace", tuple(sides), limit=scan.count)
    return feed(
        desk, page.dossier_id, device, scan=scan, place=place, notify=notify, listen=listen,
        stop=stop,
    )  # fmt: skip


def insert(
    desk: Desk,
    page_id: str,
    device: str | None = None,
    *,
    before: bool = False,
    scan: ScanSettings | None = None,
    notify: Notify = quiet,
    listen: Listen = deaf,
    stop: threading.Event | None = None,
) -> intake.ScanReport:
    """Scan pages into the place after a page, or before it."""
    page = dossiers.page(desk.store, page_id)
    place = Place("before" if before else "after", (page_id,))
    return feed(
        desk, page.dossier_id, device, scan=scan, place=place, notify=notify, listen=listen,
        stop=stop,
    )  # fmt: skip


def _read(desk: Desk, dossier_id: str, notify: Notify, stop: threading.Event | None) -> int:
    """Read every page of a dossier that was not read yet; returns how many that were."""
    unread = dossiers.unread_pages(desk.store, dossier_id)
    _await_reading(
        desk, dossier_id,
        {desk.workers.submit(stages.read_page, desk.data, p.id): p for p in unread},
        notify, stop,
    )  # fmt: skip
    return len(unread)


def reread(desk: Desk, dossier_id: str, page_ids: Iterable[str]) -> None:
    """Read pages again after the clerk turned them, and assemble anew."""
    dossiers.forget_reading(desk.store, list(page_ids))
    assemble(desk, dossier_id)


def assemble(
    desk: Desk, dossier_id: str, *, notify: Notify = quiet, stop: threading.Event | None = None
) -> None:
    """Documents, fields and findings from the pages; the dossier then waits for the clerk."""
    with desk.working_on(dossier_id):
        _assemble(desk, dossier_id, notify, stop)


def _assemble(desk: Desk, dossier_id: str, notify: Notify, stop: threading.Event | None) -> None:
    dossiers.move(desk.store, dossier_id, "recognising")
    _read(desk, dossier_id, notify, stop)
    desk.workers.submit(stages.assemble, desk.data, dossier_id).result()
    dossiers.move(desk.store, dossier_id, "to_check")
    notify(Progress("assemble", 1, 1, dossier_id))


def finish(
    desk: Desk,
    dossier_id: str,
    *,
    notify: Notify = quiet,
    stop: threading.Event | None = None,
    secret: bytearray | Sequence[bytearray] | None = None,
    choice: signatures.Choice = STATION,
) -> None:
    """The clerk's word that a dossier is right: archival files, signatures, verdicts, queue.

    Args:
        desk: the open desk.
        dossier_id: the dossier.
        notify: told of every step.
        stop: set to end at the next safe point.
        secret: PIN of the key, or one for each; overwritten when it was passed on.
        choice: what this call chooses over the station's settings for signing.

    Raises:
        WaitsToSign: signed so far as could be; the rest goes on when a server is back.
    """
    secrets = [secret] if isinstance(secret, bytearray) else list(secret or ())
    with desk.working_on(dossier_id):
        _finish(desk, dossier_id, notify, stop, secrets, choice)


def _finish(
    desk: Desk, dossier_id: str, notify: Notify, stop: threading.Event | None,
    secrets: Sequence[bytearray], choice: signatures.Choice,
) -> None:  # fmt: skip
    if dossiers.find(desk.store, dossier_id).state == "to_check":
        _require_no_problem(desk, dossier_id)
        dossiers.move(desk.store, dossier_id, "checked")
    papers = dossiers.documents(desk.store, dossier_id)
    for done in _made(desk, [paper for paper in papers if not paper.pdf_sha256]):
        notify(Progress("pdf", done, len(papers), dossier_id))
        _check_stop(stop)
    dossiers.move(desk.store, dossier_id, "to_sign")
    _sign(desk, dossier_id, notify, stop, secrets, choice)


def _made(desk: Desk, papers: Sequence[Document]) -> Iterator[int]:
    """Make archival files; yields how many there are after each."""
    short = [paper for paper in papers if len(paper.page_ids) <= LONG_PAPER]
    making = [
        desk.workers.submit(stages.make_pdf, desk.data, paper.id, desk.settings) for paper in short
    ]
    for done, future in enumerate(as_completed(making), start=1):
        future.result()
        yield done
    for done, paper in enumerate(
        (paper for paper in papers if paper not in short), start=len(short) + 1
    ):
        stages.make_pdf(desk.data, paper.id, desk.settings, submit=desk.workers.submit)
        yield done


def export(desk: Desk, dossier_id: str) -> dict[str, Path]:
    """Readable copies of a dossier's signed files; what is already there is never overwritten.

    That copies leave the data folder is recorded before the first does. Returns the path of each
    document's copy: in the folder set when the dossier was opened, or beside the data folder.
    """
    dossier = dossiers.find(desk.store, dossier_id)
    retention.require_here(desk.store, dossier_id)
    chosen = dossiers.options(desk.store, dossier_id).get("out")
    folder = (Path(chosen) if chosen else paths.exports_of(desk.data)) / dossier.code
    papers = dossiers.documents(desk.store, dossier_id)
    signed = [(paper, sha256) for paper in papers if (sha256 := paper.signed_sha256)]
    note = looks.Once(looks.exported, desk.store, dossier_id, "copies", len(signed))
    with exports.writing(folder):
        return {
            paper.id: exports.copy(
                note.before(partial(desk.store.blobs.open, sha256)),
                sha256, folder, f"{paper.ordinal:02} {paper.title}",
            )
            for paper, sha256 in signed
        }  # fmt: skip


def upload(desk: Desk, *, notify: Notify = quiet, stop: threading.Event | None = None) -> RunReport:
    """Send whatever is ready and keep the receipts; what waited for its level is made ready first.

    Called again and again while the desk is open: it costs two look-ups when there is nothing.
    """
    from desk_app.submission import profiles, run

    _complete_waiting(desk, notify, stop)
    profile = profiles.load(desk.settings.store_profile)

    def tell(step: run.Progress) -> None:
        notify(Progress("upload", step.sent, step.size, step.dossier_id))

    return run.run(desk.store, profile, notify=tell, stop=stop)


def _complete_waiting(desk: Desk, notify: Notify, stop: threading.Event | None) -> None:
    """Bring to their level the papers that are signed and whose time to try again has come."""
    for dossier in waiting.due_without_key(desk.store):
        _check_stop(stop)
        try:
            _go_on_sealing(desk, dossier, notify, stop, at_once=False)
        except Exception as fault:
            if not is_worded(fault):
                raise  # any other one is kept with the dossier, for people and the next attempt


@dataclass(slots=True)
class Resumed:
    """What going on brought."""

    done: dict[str, int] = field(default_factory=dict)
    """How many scans, dossiers or files passed each step."""
    failed: list[tuple[Dossier, Exception]] = field(default_factory=list)
    """Dossiers that met an error in words; the others went on."""
    in_doubt: list[intake.Recovered] = field(default_factory=list)
    """Scans that were cut off within a sheet, which someone should look at."""
    upload_error: Exception | None = None
    """Why nothing, or not all, was sent, in words; everything here went on without it."""


def resume(
    desk: Desk,
    *,
    dossier: str | None = None,
    notify: Notify = quiet,
    stop: threading.Event | None = None,
) -> Resumed:
    """Go on wherever work was cut off; one dossier's trouble does not hold up the others."""
    result = Resumed()
    recovered = intake.recover(desk.store)
    result.in_doubt = [each for each in recovered if each.in_doubt]

    def attempt(step: Callable[[Dossier], int], *states: str) -> int:
        passed = 0
        for each in dossiers.in_states(desk.store, *states):
            if dossier is None or dossier in (each.code, each.id):
                try:
                    passed += step(each)
                except Interrupted:
                    raise
                except Exception as fault:
                    if not is_worded(fault):
                        raise
                    result.failed.append((each, fault))
        return passed

    result.done = {
        "recover": len(recovered),
        "read": attempt(
            lambda each: _go_on_reading(desk, each, notify, stop),
            "received", "scanning", "recognising",
        ),
        "seal": attempt(
            lambda each: _go_on_sealing(desk, each, notify, stop, at_once=dossier is not None),
            "to_check", "checked", "to_sign",
        ),
        "export": attempt(
            lambda each: _go_on_exporting(desk, each), "signed", "to_upload", "uploading"
        ),
    }  # fmt: skip
    try:
        sent = upload(desk, notify=notify, stop=stop)
        result.done["upload"], result.upload_error = sent.done, sent.error
    except Interrupted:
        raise
    except DeskError as fault:  # a store profile that cannot be read, a disk that is full
        result.done["upload"], result.upload_error = 0, fault
    return result


def _go_on_sealing(
    desk: Desk, dossier: Dossier, notify: Notify, stop: threading.Event | None, *, at_once: bool
) -> int:
    """What the clerk already approved: completed where no key is needed, else by its own key.

    A demonstration has no clerk and a key that nobody has to unlock. Any other dossier that waits
    to be signed says so.
    """
    wait = waiting.of(desk.store, dossier.id)
    if wait is not None and not at_once and not waiting.is_due(desk.store, wait):
        raise waiting.WaitsToSign(wait)
    if dossier.state == "to_sign" and sealing.incomplete(desk.store, dossier.id):
        with desk.working_on(dossier.id), _noting_why_it_waits(desk, dossier.id):
            done = desk.workers.submit(
                sealing.complete_dossier, desk.data, dossier.id, desk.settings
            ).result()
            if done:
                return 1
    automatic = dossiers.options(desk.store, dossier.id).get("automatic")
    approved = automatic or dossier.state != "to_check"
    if approved and desk.settings.is_demonstration:
        finish(desk, dossier.id, notify=notify, stop=stop)
        return 1
    if wait is not None:
        raise waiting.WaitsToSign(wait)
    return 0


def _go_on_exporting(desk: Desk, dossier: Dossier) -> int:
    """Where the dossier was opened with a folder for its readable copies."""
    if not dossiers.options(desk.store, dossier.id).get("out"):
        return 0
    export(desk, dossier.id)
    return 1


def _go_on_reading(
    desk: Desk, dossier: Dossier, notify: Notify, stop: threading.Event | None
) -> int:
    """Feed the rest of a simulated stack that was cut off; a real feeder waits for the clerk."""
    job = dossiers.last_job(desk.store, dossier.id)
    if job is None:
        return _go_on_without_scan(desk, dossier, notify, stop)
    if job["state"] == "running":
        return 0  # another program is scanning it right now
    cut_off = job["reason"] in ("interrupted", "cancelled", "worker_lost")
    at_end = not job["place"] or codec.loads(Place, job["place"]).op == "end"
    if cut_off and at_end and job["device"].startswith("simulated:"):
        feed(desk, dossier.id, job["device"], scan=_rest_of(desk, job), notify=notify, stop=stop)
    else:
        assemble(desk, dossier.id, notify=notify, stop=stop)
    return 1


def _go_on_without_scan(
    desk: Desk, dossier: Dossier, notify: Notify, stop: threading.Event | None
) -> int:
    """A dossier that waits for its paper, or whose pages came out of a batch."""
    if dossiers.options(desk.store, dossier.id).get("automatic"):
        feed(desk, dossier.id, notify=notify, stop=stop)
    elif dossiers.pages(desk.store, dossier.id, readings=False):
        assemble(desk, dossier.id, notify=notify, stop=stop)
    else:
        return 0
    return 1


def _rest_of(desk: Desk, job: sqlite3.Row) -> ScanSettings:
    """From the scan's last sheet on: one of its sides may be missing, and none is taken twice."""
    from scanners.device import ScanSettings

    row = desk.store.row("SELECT max(sheet) FROM page WHERE job_id = ?", job["id"])
    first = json.loads(job["settings"])["first_sheet"]
    return ScanSettings(first_sheet=max(first, (row and row[0]) or 1))


def _await_reading(
    desk: Desk, dossier_id: str, reading: dict[Future[None], Page], notify: Notify,
    stop: threading.Event | None,
) -> None:  # fmt: skip
    for done, future in enumerate(as_completed(reading), start=1):
        page = reading[future]
        fault = future.exception()
        if isinstance(fault, DeskError):
            dossiers.save_failure(desk.store, page.id, _of_page(desk, page.id, fault))
        elif fault is not None:
            raise fault
        notify(Progress("read", done, len(reading), dossier_id, page.id))
        _check_stop(stop)


def _of_page(desk: Desk, page_id: str, fault: DeskError) -> Text:
    """What went wrong with a page, which people know by its dossier and number."""
    page = dossiers.page(desk.store, page_id)
    code, number = dossiers.find(desk.store, page.dossier_id).code, int(page.position)
    vi, en = f"trang {number} của hồ sơ {code}", f"page {number} of dossier {code}"
    if "file" in fault.facts:
        return Text(fault.vi_text.format_map({**fault.facts, "file": vi}),
                    fault.en_text.format_map({**fault.facts, "file": en}))  # fmt: skip
    return Text(f"{vi.capitalize()}: {fault.vi}", f"{en.capitalize()}: {fault.en}")


def _require_no_problem(desk: Desk, dossier_id: str) -> None:
    found = dossiers.findings(desk.store, dossier_id, open_only=True)
    problems = [each.text for each in found if each.severity == "problem"][:3]
    if problems:
        en, vi = " ".join(text.en for text in problems), " ".join(text.vi for text in problems)
        raise NotAllowed(en.removesuffix("."), detail_vi=vi.removesuffix("."))


def _sign(
    desk: Desk, dossier_id: str, notify: Notify, stop: threading.Event | None,
    secrets: Sequence[bytearray], choice: signatures.Choice,
) -> None:  # fmt: skip
    """In a process of its own that ends with the batch, so that no secret outlives it."""
    from signing import worker

    def hear(message: Any) -> None:  # noqa: ANN401
        if isinstance(message, sealing.Login):
            sealing.note_login(desk.store, message, dossier_id)
        else:
            done, total = message
            notify(Progress("sign", done, total, dossier_id))

    with _noting_why_it_waits(desk, dossier_id):
        worker.run(
            sealing.with_keys, vault.held(), sealing.on_behalf, acting.actor(),
            sealing.sign_dossier, desk.data, dossier_id, desk.settings, choice,
            secrets=secrets, on_message=hear, cancelled=stop.is_set if stop else None,
        )  # fmt: skip
    _check_stop(stop)
    wait = waiting.of(desk.store, dossier_id)
    if wait is not None:
        raise waiting.WaitsToSign(wait)


@contextmanager
def _noting_why_it_waits(desk: Desk, dossier_id: str) -> Iterator[None]:
    """A fault that passes is kept with the dossier and tried again later."""
    try:
        yield
    except Exception as fault:
        if getattr(fault, "code", "") in waiting.CODES:
            papers = dossiers.documents(desk.store, dossier_id)
            needs_key = any(not paper.signed_sha256 for paper in papers)
            waiting.note(desk.store, dossier_id, fault, needs_key=needs_key)
        raise


def _check_stop(stop: threading.Event | None) -> None:
    if stop is not None and stop.is_set():
        raise Interrupted()


def verdict_of(desk: Desk, document_id: str) -> dict[str, Any] | None:
    """Look at a document's signed file again; what it finds is kept."""
    return desk.workers.submit(
        stages.verify_document, desk.data, document_id, desk.settings
    ).result()
