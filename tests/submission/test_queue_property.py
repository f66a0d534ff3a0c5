"""Whatever happens in whatever order, no file is lost and none is done twice."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from desk_app.records import Receipt
from desk_app.store import audit, dossiers
from desk_app.store.database import Store
from desk_app.submission import queue
from desk_app.submission.errors import DamagedInTransit, ReceiptMismatch, StoreUnreachable
from tests.submission.desk import Clock, content, grouped, make_ready, new_dossier, put

AWAY = StoreUnreachable(store="local", vi_detail="", en_detail="")


class Outbox(RuleBasedStateMachine):
    """Three senders, a user and the time act on one outbox; `state` is what must be true."""

    @initialize()
    def open(self):
        self.folder = Path(tempfile.mkdtemp())
        self.clock = Clock()
        self.store = Store(self.folder / "data", clock=self.clock)
        self.dossier = new_dossier(self.store, "H49-260302-0001")
        self.keys: set[str] = set()
        self.claims: list[queue.Item] = []
        self.done: set[int] = set()

    def teardown(self):
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(number=st.integers(0, 7))
    def enqueue(self, number):
        self.keys.add(put(self.store, self.dossier, content(number, 8)))

    @rule(owner=st.sampled_from("abc"))
    def claim(self, owner):
        item = queue.claim(self.store, owner, 60)
        if item is not None:
            assert item.id not in self.done
            self.claims.append(item)

    def holds(self, item):
        row = self.store.row("SELECT * FROM upload WHERE id = ?", item.id)
        return row["state"] == "leased" and row["lease_owner"] == item.owner

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), honest=st.booleans())
    def complete(self, data, honest):
        item = data.draw(st.sampled_from(self.claims))
        digest = item.key if honest else "0" * 64
        receipt = Receipt(item.key, digest, item.size, "", "local")
        held = self.holds(item)
        if honest:
            assert queue.complete(self.store, item, receipt) == held
            if held:
                assert item.id not in self.done
                self.done.add(item.id)
        else:
            with pytest.raises(ReceiptMismatch):
                queue.complete(self.store, item, receipt)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), transient=st.booleans())
    def fail(self, data, transient):
        item = data.draw(st.sampled_from(self.claims))
        held = self.holds(item)
        error = AWAY if transient else DamagedInTransit(store="local")
        ended = queue.fail(self.store, item, error, transient, draw=lambda: 0.5)
        assert (ended in ("waiting", "dead")) == held

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def release(self, data):
        item = data.draw(st.sampled_from(self.claims))
        assert self.holds(item) == queue.release(self.store, item)

    @rule(owner=st.sampled_from("abc"))
    def die(self, owner):
        queue.take_back(self.store, owner)

    @rule(minutes=st.sampled_from([0.1, 2, 90, 5000, -30]))
    def wait(self, minutes):
        self.clock.turn(minutes * 60)

    @rule(ids=st.one_of(st.none(), st.sets(st.integers(1, 8))))
    def retry(self, ids):
        queue.retry(self.store, ids)

    @rule(ids=st.sets(st.integers(1, 8), max_size=2))
    def cancel(self, ids):
        queue.cancel(self.store, ids)

    @invariant()
    def nothing_lost_nothing_doubled(self):
        if not hasattr(self, "store"):
            return
        rows = self.store.rows("SELECT * FROM upload")
        assert sorted(row["key"] for row in rows) == sorted(self.keys)
        assert {row["id"] for row in rows if row["state"] == "done"} == self.done
        for row in rows:
            assert (row["state"] == "done") == (row["receipt"] is not None)
            assert (row["state"] == "leased") == (row["lease_owner"] is not None)
            assert row["state"] in queue.STATES
        assert queue.counts(self.store) == grouped(self.store)

    @precondition(lambda self: self.keys)
    @rule()
    def in_the_end_everything_is_stored_once(self):
        store = self.store
        queue.retry(store, range(1, 9))
        self.clock.turn(100_000)
        while (item := queue.claim(store, "last", 60)) is not None:
            assert queue.complete(store, item, Receipt(item.key, item.key, item.size, "", "local"))
            self.done.add(item.id)
        assert len(self.done) == len(self.keys)
        ended = store.rows(
            "SELECT object FROM audit_event WHERE action = 'upload.done' ORDER BY object"
        )
        assert [row[0] for row in ended] == sorted(f"upload/{number}" for number in self.done)
        assert audit.verify(store.conn).ok


Outbox.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
TestOutbox = Outbox.TestCase


def test_a_ready_dossier_ends_done_whatever_the_order(store):
    dossier = new_dossier(store, "H49-260302-0001")
    for number in range(3):
        put(store, dossier, content(number, 8))
    make_ready(store, dossier)
    claims = [queue.claim(store, "me") for _ in range(3)]
    for item in reversed(claims):
        queue.complete(store, item, Receipt(item.key, item.key, item.size, "", "local"))
    assert dossiers.find(store, dossier).state == "done"
