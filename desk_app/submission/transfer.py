"""One file's way into a store: from where the store says, through breaks, to a receipt."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import BinaryIO, Protocol

from desk_app.records import Receipt
from desk_app.store.blobs import storage_faults
from desk_app.submission.adapters import Meta, StoreAdapter
from desk_app.submission.errors import LineBroken, OffsetConflict
from desk_app.submission.queue import Item

MAX_CONFLICTS = 8
"""How often the store may contradict us about one file in one attempt."""
PATIENCE_S = 60.0
"""How long a broken line may bring nothing new until the file goes back to the queue."""
FIRST_PATIENCE_S = 15.0
"""The same before the store was reached at all."""
WAIT_MAX_S = 4.0


class Watch(Protocol):
    """Who looks on: may raise to break off."""

    def __call__(self, sent: int) -> None:
        """The store has, or is being given, so many bytes."""
        ...


class Transfer:
    """Brings one file into a store.

    Args:
        adapter: the store.
        item: what is sent.
        meta: what the store may know of it.
        source: the file, seekable.
        watch: told of progress, often.
        before_last: raises where the file must not become whole in the store.
        sleep: waits between two tries.
    """

    def __init__(
        self, adapter: StoreAdapter, item: Item, meta: Meta, source: BinaryIO, watch: Watch, *,
        before_last: Callable[[], None] = lambda: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._adapter = adapter
        self._item = item
        self._meta = meta
        self._source = source
        self._watch = watch
        self._before_last = before_last
        self._sleep = sleep
        self._best = -1
        self._moved_at = time.monotonic()
        self.sent_bytes = 0
        """Bytes that the store took from us."""

    def run(self) -> Receipt:
        """Send and finish; a break is mended here as long as there is hope, at no cost of a try.

        Raises:
            DeskError: of desk_app.submission.errors, when it cannot be mended now.
        """
        conflicts = breaks = 0
        while True:
            best = self._best
            try:
                return self._once()
            except OffsetConflict:
                conflicts += 1
                if conflicts == MAX_CONFLICTS:
                    raise
            except LineBroken as fault:
                breaks = 1 if self._best > best else breaks + 1
                if time.monotonic() - self._moved_at + fault.wait_s > self._patience():
                    raise
                pause_s = min(WAIT_MAX_S, 0.125 * 2.0**breaks) * random.uniform(0.5, 1)
                self._wait(max(pause_s, fault.wait_s))

    def _once(self) -> Receipt:
        session = self._adapter.begin(self._item.key, self._item.size, self._meta)
        offset = session.offset
        self._reached(offset)
        while offset < self._item.size:
            self._watch(offset)
            chunk = self._read(offset)
            if offset + len(chunk) >= self._item.size:
                self._before_last()
            reached = self._adapter.send(session, offset, chunk, self._from(offset))
            if not offset < reached <= offset + len(chunk):
                raise OffsetConflict(store=self._adapter.name)
            self.sent_bytes += reached - offset
            offset = reached
            self._reached(offset)
        self._watch(offset)
        self._before_last()
        return self._adapter.finish(session)

    def _from(self, offset: int) -> Callable[[int], None]:
        return lambda sent: self._watch(offset + sent)

    def _reached(self, offset: int) -> None:
        if offset > self._best:
            self._best = offset
            self._moved_at = time.monotonic()

    def _patience(self) -> float:
        return FIRST_PATIENCE_S if self._best < 0 else PATIENCE_S

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._watch(max(self._best, 0))
            self._sleep(min(left, 0.25))

    def _read(self, offset: int) -> bytes:
        with storage_faults():
            if self._source.tell() != offset:
                self._source.seek(offset)
            return self._source.read(min(self._adapter.chunk_bytes, self._item.size - offset))
