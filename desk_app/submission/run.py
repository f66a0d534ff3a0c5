"""Send everything that is ready: claim, stream, verify the receipt, next.

Several runs may work on one outbox. A run can be stopped between two chunks, and killed at any
moment: what it held goes back to the queue and is sent on from where the store says.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import random
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from desk_app.errors import Damaged, DeskError, NotFound
from desk_app.records import Receipt
from desk_app.store.blobs import CHUNK, storage_faults
from desk_app.store.database import Store
from desk_app.submission import owners, profiles, queue
from desk_app.submission.adapters import Caps, HandOver, Meta, StoreAdapter
from desk_app.submission.errors import SourceDamaged, is_patient, is_transient
from desk_app.submission.hashing import HashedStream
from desk_app.submission.profiles import Profile
from desk_app.submission.queue import Item
from desk_app.submission.registration import Registrar
from desk_app.submission.transfer import Transfer

log = logging.getLogger(__name__)

PROGRESS_EVERY_S = 0.5
HASHED_FIRST = 8 << 20
"""Files up to this size are hashed before a byte of them is sent."""
READ_BACK_BYTES_PER_S = 5e6
"""Slowest store for which the lease lasts while it looks at a finished file."""
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
    with contextlib.ExitStack() as open_:
        try:
            access = open_.enter_context(contextlib.closing(profiles.open_access(profile)))
            adapter = adapter or profiles.open_adapter(profile, store.folder, access)
            open_.callback(adapter.close)
            registrar = profiles.open_registrar(profile, access)
        except DeskError as error:  # a certificate file that is none, and the like
            return RunReport(error=error)
        if registrar is not None:
            open_.callback(registrar.close)
        owner = open_.enter_context(owners.present(store))
        sender = _Sender(
            store, profile, adapter, registrar, owner, notify, stop or threading.Event(), draw
        )
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
    with contextlib.closing(profiles.open_access(profile)) as access:
        adapter = profiles.open_adapter(profile, data_folder, access)
        with contextlib.closing(adapter):
            return adapter.probe()


class _Sender:
    """One run over the outbox."""

    def __init__(
        self,
        store: Store,
        profile: Profile,
        adapter: StoreAdapter,
        registrar: Registrar | None,
        owner: str,
        notify: Callable[[Progress], None],
        stop: threading.Event,
        draw: Callable[[], float],
    ) -> None:
        self._store = store
        self._profile = profile
        self._adapter = adapter
        self._registrar = registrar
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
        if isinstance(self._adapter, HandOver):
            queue.wake(self._store, self._profile.name, self._adapter.returned())
        while not self._stop.is_set() and self._in_a_row < MAX_IN_A_ROW:
            now = datetime.fromisoformat(self._store.now())
            item = queue.claim(
                self._store, self._owner, target=self._profile.name,
                largest=self._profile.limits.largest_at(now),
            )  # fmt: skip
            if item is not None:
                self._send_one(item)
            elif not owners.bury(self._store):
                break

    def _send_one(self, item: Item) -> None:
        try:
            receipt = self._register(item) if item.is_registration else self._transfer(item)
            follows = self._registrar is not None and not item.is_registration
            if queue.complete(self._store, item, receipt, register=follows):
                self._in_a_row = 0
                self._end(item, "done", item.size)
        except _LeaseLost:
            return
        except _Stopped:
            queue.release(self._store, item)
        except Damaged:
            self._fail(item, SourceDamaged())
        except DeskError as error:
            self._fail(item, error)
        except Exception as fault:
            # One file that nobody thought of must not stand in the way of all behind it.
            place = traceback.extract_tb(fault.__traceback__)[-1]
            log.error("upload %d: %s at %s:%s", item.id, type(fault).__name__, place.name,
                      place.lineno)  # fmt: skip
            self._fail(item, DeskError(type(fault).__name__))
        except BaseException:
            queue.release(self._store, item)
            raise

    def _fail(self, item: Item, error: DeskError) -> None:
        transient = is_transient(error)
        if not is_patient(error):
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
        with self._source(item) as (source, require_intact):
            transfer = Transfer(
                self._adapter, item, self._meta(item), source,
                lambda sent: self._beat(item, sent), before_last=require_intact,
            )  # fmt: skip
            try:
                return transfer.run()
            finally:
                self._sent_bytes += transfer.sent_bytes

    def _register(self, item: Item) -> Receipt:
        """Make a stored file known; where the profile no longer asks for it, that is done."""
        if self._registrar is None:
            return Receipt(item.key, item.key, item.size, self._store.now(), self._profile.name,
                           {"kind": "registration", "code": "not asked for"})  # fmt: skip
        return self._registrar.register(self._store, item, self._adapter.address(item.key))

    def _beat(self, item: Item, sent: int) -> None:
        """Stop where asked; renew the lease and tell of progress, about twice a second.

        With the last byte the lease is stretched over the store's own look at the file.
        """
        if self._stop.is_set():
            raise _Stopped
        now = time.monotonic()
        long_finish = sent == item.size and item.size > queue.LEASE_S * READ_BACK_BYTES_PER_S / 4
        if now - self._told_at < PROGRESS_EVERY_S and not long_finish:
            return
        self._told_at = now
        lease_s = queue.LEASE_S + (item.size / READ_BACK_BYTES_PER_S if sent == item.size else 0)
        if not queue.renew(self._store, item, sent, lease_s):
            raise _LeaseLost
        self._notify(Progress(item.id, item.dossier_id, sent, item.size, "leased"))

    @contextlib.contextmanager
    def _source(self, item: Item) -> Iterator[tuple[BinaryIO, Callable[[], None]]]:
        """The file to send, and a call that raises unless it still is what was signed and queued.

        A large file is hashed beside the sending; the call comes before its last piece.
        """
        with contextlib.ExitStack() as open_:
            with storage_faults():
                stream = open_.enter_context(self._open_blob(item))
                if stream.seek(0, os.SEEK_END) != item.size:
                    raise SourceDamaged()
                stream.seek(0)
            if item.size <= HASHED_FIRST:
                _require(self._digest(item, threading.Event()), item)
                yield stream, lambda: None
                return
            pool = open_.enter_context(ThreadPoolExecutor(1, thread_name_prefix="hash"))
            leave = threading.Event()
            open_.callback(leave.set)  # before the pool waits for its thread
            hashed = HashedStream(stream, pool, lambda: self._digest(item, leave))
            yield cast("BinaryIO", hashed), lambda: _require(hashed.hexdigest(), item)

    def _open_blob(self, item: Item) -> BinaryIO:
        try:
            return self._store.blobs.open(item.key)
        except (NotFound, Damaged) as fault:
            raise SourceDamaged() from fault

    def _digest(self, item: Item, leave: threading.Event) -> str:
        digest = hashlib.sha256()
        with storage_faults(), self._open_blob(item) as stream:
            while (piece := stream.read(CHUNK)) and not leave.is_set():
                digest.update(piece)
        return digest.hexdigest()

    def _meta(self, item: Item) -> Meta:
        row = self._store.row("SELECT media FROM blob WHERE sha256 = ?", item.key)
        code = self._store.row("SELECT code FROM dossier WHERE id = ?", item.dossier_id)
        return Meta(
            row["media"] if row else "application/octet-stream",
            code["code"] if code else "", item.document_id or "",
        )  # fmt: skip


def _require(digest: str, item: Item) -> None:
    if digest != item.key:
        raise SourceDamaged()
