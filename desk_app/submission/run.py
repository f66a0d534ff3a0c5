"""Send everything that is ready: claim, stream, verify the receipt, next.

Several runs may work on one outbox. A run can be stopped between two chunks, and killed at any
moment: what it held goes back to the queue and is sent on from where the store says.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desk_app.errors import DeskError, NotFound
from desk_app.records import Receipt
from desk_app.store.blobs import sha256_file, storage_faults
from desk_app.store.database import Store
from desk_app.submission import owners, profiles, queue
from desk_app.submission.adapters import Caps, Meta, StoreAdapter
from desk_app.submission.errors import OffsetConflict, SourceDamaged, is_transient
from desk_app.submission.profiles import Profile
from desk_app.submission.queue import Item

PROGRESS_EVERY_S = 0.5
MAX_CONFLICTS = 8
"""How often the store may contradict us about one file in one attempt."""
MAX_IN_A_ROW = 3
"""Transient faults one after the other that end a run: the store is away, not the file bad."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one file is; told at most about twice a second, and at each end."""

    item: int
    dossier_id: str
    sent: int
    size: int
    state: str


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did."""

    done: int = 0
    waiting: int = 0
    """Files that met a fault and will be tried again."""
    dead: int = 0
    """Files that were given up."""
    sent_bytes: int = 0
    stopped: bool = False
    """Ended by the user."""
    error: DeskError | None = None
    """The last fault, if any file met one; an Unreachable here means that the run gave up."""


class _LeaseLost(Exception):
    """Somebody else has the file now, or it was cancelled."""


class _Stopped(Exception):
    """The user wants to stop."""


def run(
    store: Store,
    profile: Profile,
    *,
    notify: Callable[[Progress], None] = lambda _: None,
    stop: threading.Event | None = None,
    adapter: StoreAdapter | None = None,
    draw: Callable[[], float] = random.random,
) -> RunReport:
    """Send every file of this profile that is ready, and return when none is left.

    Args:
        store: the desk's store; the calling thread's own connection is used.
        profile: where to send, and in which pieces.
        notify: told of progress, in the calling thread.
        stop: set it to end the run between two chunks.
        adapter: another way to the store than the profile's.
        draw: the chance in the back-off.
    """
    with owners.present(store) as owner:
        adapter = adapter or profiles.open_adapter(profile, store.folder)
        sender = _Sender(store, profile, adapter, owner, notify, stop or threading.Event(), draw)
        sender.send_all()
        return sender.report()


def run_folder(data: Path, profile_name: str) -> RunReport:
    """The same for another process: everything it takes and gives can be pickled."""
    store = Store(data)
    try:
        return run(store, profiles.load(profile_name))
    finally:
        store.close()


def probe(profile: Profile, data_folder: Path) -> Caps:
    """Try out what the store of a profile can do."""
    return profiles.open_adapter(profile, data_folder).probe()


class _Sender:
    """One run over the outbox."""

    def __init__(
        self,
        store: Store,
        profile: Profile,
        adapter: StoreAdapter,
        owner: str,
        notify: Callable[[Progress], None],
        stop: threading.Event,
        draw: Callable[[], float],
    ) -> None:
        self._store = store
        self._profile = profile
        self._adapter = adapter
        self._owner = owner
        self._notify = notify
        self._stop = stop
        self._draw = draw
        self._ends = {"done": 0, "waiting": 0, "dead": 0}
        self._sent_bytes = 0
        self._error: DeskError | None = None
        self._in_a_row = 0
        self._told_at = 0.0

    def report(self) -> RunReport:
        return RunReport(
            **self._ends, sent_bytes=self._sent_bytes, stopped=self._stop.is_set(),
            error=self._error,
        )  # fmt: skip

    def send_all(self) -> None:
        owners.bury(self._store)
        queue.settle(self._store)
        while not self._stop.is_set() and self._in_a_row < MAX_IN_A_ROW:
            item = queue.claim(self._store, self._owner, target=self._profile.name)
            if item is not None:
                self._send_one(item)
            elif not owners.bury(self._store):
                break

    def _send_one(self, item: Item) -> None:
        try:
            receipt = self._transfer(item)
            if queue.complete(self._store, item, receipt):
                self._in_a_row = 0
                self._end(item, "done", item.size)
        except _LeaseLost:
            return
        except _Stopped:
            queue.release(self._store, item)
        except DeskError as error:
            self._fail(item, error)
        except BaseException:
            queue.release(self._store, item)
            raise

    def _fail(self, item: Item, error: DeskError) -> None:
        transient = is_transient(error)
        self._in_a_row = self._in_a_row + 1 if transient else 0
        self._error = error
        state = queue.fail(self._store, item, error, transient, draw=self._draw)
        if state is not None:
            self._end(item, state, item.sent)

    def _end(self, item: Item, state: str, sent: int) -> None:
        self._ends[state] += 1
        self._notify(Progress(item.id, item.dossier_id, sent, item.size, state))

    def _transfer(self, item: Item) -> Receipt:
        """Bring one file into the store, going on from what the store already has."""
        source = self._source(item)
        meta = self._meta(item)
        for attempt in range(MAX_CONFLICTS):
            try:
                return self._transfer_once(item, source, meta)
            except OffsetConflict:
                if attempt + 1 == MAX_CONFLICTS:
                    raise
        raise AssertionError("unreachable")

    def _transfer_once(self, item: Item, source: Path, meta: Meta) -> Receipt:
        session = self._adapter.begin(item.key, item.size, meta)
        offset = session.offset
        while offset < item.size:
            if self._stop.is_set():
                raise _Stopped
            chunk = self._read(source, offset)
            reached = self._adapter.send(session, offset, chunk)
            if not offset < reached <= offset + len(chunk):
                raise OffsetConflict(store=self._adapter.name)
            self._sent_bytes += reached - offset
            offset = reached
            self._beat(item, offset)
        self._beat(item, offset, last=True)
        return self._adapter.finish(session)

    def _beat(self, item: Item, sent: int, *, last: bool = False) -> None:
        """Renew the lease and tell of progress; long before a slow finish, rarely otherwise."""
        now = time.monotonic()
        large = item.size > 64 * self._profile.chunk_bytes
        if now - self._told_at < PROGRESS_EVERY_S and not (last and large):
            return
        self._told_at = now
        if not queue.renew(self._store, item, sent):
            raise _LeaseLost
        self._notify(Progress(item.id, item.dossier_id, sent, item.size, "leased"))

    def _source(self, item: Item) -> Path:
        """The file to send, if it still is what was signed and queued."""
        try:
            path = self._store.blobs.existing(item.key)
        except NotFound as fault:
            raise SourceDamaged() from fault
        with storage_faults():
            if path.stat().st_size != item.size or sha256_file(path) != item.key:
                raise SourceDamaged()
        return path

    def _read(self, source: Path, offset: int) -> bytes:
        with storage_faults(), source.open("rb") as stream:
            stream.seek(offset)
            return stream.read(self._profile.chunk_bytes)

    def _meta(self, item: Item) -> Meta:
        row = self._store.row("SELECT media FROM blob WHERE sha256 = ?", item.key)
        code = self._store.row("SELECT code FROM dossier WHERE id = ?", item.dossier_id)
        return Meta(
            row["media"] if row else "application/octet-stream",
            code["code"] if code else "", item.document_id or "",
        )  # fmt: skip
