from __future__ import annotations

import pytest

from desk_app.errors import UsageError
from desk_app.records import Receipt
from desk_app.store import audit, dossiers
from desk_app.submission import queue
from desk_app.submission.errors import (
    DamagedInTransit,
    LineBroken,
    ReceiptMismatch,
    ReceiptPending,
    StoreUnreachable,
)
from tests.submission.desk import TARGET, content, grouped, make_ready, new_dossier, put
from tests.submission.desk import ready_dossier as ready

AWAY = StoreUnreachable(store="local", vi_detail="mất mạng", en_detail="no network")
BROKEN = DamagedInTransit(store="local")


def receipt_for(item, **changes):
    facts = {"key": item.key, "sha256": item.key, "size": item.size}
    return Receipt(**facts | changes, stored_at="2026-03-02T08:00:00+07:00", store="local")


def only(store):
    [item] = queue.items(store)
    return item


def test_a_second_enqueue_changes_nothing(store):
    dossier = new_dossier(store, "H49-260302-0001")
    key = put(store, dossier, b"a")
    before = store.rows("SELECT * FROM upload")
    with store.transaction() as change:
        assert not queue.enqueue_in(
            change, key=key, target=TARGET, dossier_id=dossier, document_id=None, size=1, prio=1
        )
    assert store.rows("SELECT * FROM upload") == before
    put(store, dossier, b"a", target="elsewhere")
    assert queue.counts(store)["queued"] == 2


def test_days_in_which_nobody_tried_give_nothing_up(store, clock):
    """Over a holiday the computer is off: the first fault after it is not the last straw."""
    ready(store, "H49-260302-0001", [b"a"])
    for hours in (0, 2, 9 * 24, 1):
        clock.turn(hours * 3600)
        assert queue.fail(store, queue.claim(store, "me"), AWAY, True) == "waiting"
    ends = []
    while not ends or ends[-1] == "waiting":
        clock.turn(3600)
        ends.append(queue.fail(store, queue.claim(store, "me"), AWAY, True))
    assert 65 < len(ends) < 73


def test_a_store_that_asks_for_time_gets_it(store, clock):
    ready(store, "H49-260302-0001", [b"a"])
    busy = LineBroken(store="kho", vi_detail="bận", en_detail="busy", wait_s=1800)
    queue.fail(store, queue.claim(store, "me"), busy, True)
    clock.turn(1790)
    assert queue.claim(store, "me") is None
    clock.turn(20)
    assert queue.claim(store, "me") is not None


def test_the_row_goes_with_the_transaction_of_the_signature(store):
    dossier = new_dossier(store, "H49-260302-0001")

    def sign_and_fail():
        with store.transaction() as change:
            queue.enqueue_in(
                change, key="a" * 64, target=TARGET, dossier_id=dossier, document_id=None, size=1
            )
            raise RuntimeError("the signing failed after all")

    with pytest.raises(RuntimeError, match="after all"):
        sign_and_fail()
    assert queue.counts(store) == dict.fromkeys(queue.STATES, 0)


def test_claims_go_by_priority_then_age(store, clock):
    dossier = new_dossier(store, "H49-260302-0001")
    keys = []
    for number, prio in enumerate((5, 5, 1)):
        keys.append(put(store, dossier, content(number, 9), prio=prio))
        clock.turn(1)
    claimed = [queue.claim(store, "me") for _ in range(4)]
    assert [item and item.key for item in claimed] == [keys[2], keys[0], keys[1], None]


def test_a_claim_for_one_target_leaves_the_others(store):
    dossier = new_dossier(store, "H49-260302-0001")
    put(store, dossier, b"a", target="province")
    assert queue.claim(store, "me", target=TARGET) is None
    assert queue.claim(store, "me", target="province") is not None


def test_a_dossier_goes_on_with_its_files(store):
    dossier, _ = ready(store, "H49-260302-0001", [b"a", b"bb"])
    first, second = queue.claim(store, "me"), queue.claim(store, "me")
    assert dossiers.find(store, dossier).state == "uploading"
    assert queue.complete(store, first, receipt_for(first))
    assert dossiers.find(store, dossier).state == "uploading"
    assert queue.complete(store, second, receipt_for(second))
    assert dossiers.find(store, dossier).state == "done"
    moves = store.rows("SELECT details FROM audit_event WHERE action = 'dossier.state'")
    assert ['"stored"' in row["details"] for row in moves[-2:]] == [True, True]
    assert audit.verify(store.conn).ok
    newest = queue.items(store)[0]
    assert newest["dossier"] == "H49-260302-0001"
    assert newest["receipt"]["sha256"] == newest["key"] == second.key
    assert newest["sent"] == newest["bytes"] == 2


def test_files_stored_before_the_dossier_was_ready_do_not_hold_it_up(store):
    dossier = new_dossier(store, "H49-260302-0001")
    put(store, dossier, b"a")
    item = queue.claim(store, "me")
    assert queue.complete(store, item, receipt_for(item))
    make_ready(store, dossier)
    assert dossiers.find(store, dossier).state == "to_upload"
    assert queue.settle(store) == 1
    assert dossiers.find(store, dossier).state == "done"


def test_a_cancelled_file_is_not_a_stored_one(store):
    dossier, _ = ready(store, "H49-260302-0001", [b"a", b"bb"])
    first, second = queue.claim(store, "me"), queue.claim(store, "me")
    assert queue.cancel(store, [second.id]) == 1
    assert queue.complete(store, first, receipt_for(first))
    assert not queue.complete(store, second, receipt_for(second))
    assert not queue.renew(store, second, 1)
    assert dossiers.find(store, dossier).state == "uploading"
    assert queue.cancel(store, [first.id]) == 0
    assert queue.retry(store) == 0
    assert queue.retry(store, [second.id]) == 1


@pytest.mark.parametrize(
    ("changes", "what"),
    [({"sha256": "0" * 64}, "sha256"), ({"key": "0" * 64}, "sha256"), ({"size": 2}, "size")],
)
def test_only_our_receipt_counts(store, changes, what):
    ready(store, "H49-260302-0001", [b"a"])
    item = queue.claim(store, "me")
    with pytest.raises(ReceiptMismatch, match=what):
        queue.complete(store, item, receipt_for(item, **changes))
    with pytest.raises(ReceiptMismatch, match="no receipt"):
        queue.complete(store, item, None)
    assert only(store)["state"] == "leased"
    assert only(store)["receipt"] is None


def test_a_lease_that_ran_out_belongs_to_the_next(store, clock):
    ready(store, "H49-260302-0001", [b"a"])
    first = queue.claim(store, "first", 60)
    clock.turn(59)
    assert queue.claim(store, "second", 60) is None
    assert queue.renew(store, first, 0, 60)
    clock.turn(59)
    assert queue.claim(store, "second", 60) is None
    clock.turn(1)
    second = queue.claim(store, "second", 60)
    assert (second.id, second.attempts) == (first.id, 2)
    assert not queue.renew(store, first, 1)
    assert not queue.release(store, first)
    assert queue.fail(store, first, AWAY, True) is None
    assert not queue.complete(store, first, receipt_for(first))
    assert queue.complete(store, second, receipt_for(second))
    assert queue.counts(store) == dict.fromkeys(queue.STATES, 0) | {"done": 1}


def test_back_off_doubles_up_to_an_hour(store, clock):
    ready(store, "H49-260302-0001", [b"a"])
    waits = []
    for _ in range(13):
        item = queue.claim(store, "me")
        assert queue.fail(store, item, AWAY, True, draw=lambda: 1.0) == "waiting"
        due = store.row("SELECT not_before FROM upload")[0]
        waits.append(due - clock.now.timestamp())
        clock.turn(waits[-1] - 0.5)
        assert queue.claim(store, "me") is None
        clock.turn(0.5)
    assert waits == [min(3600, 5 * 2**n) for n in range(13)]
    assert queue.backoff_s(3, 0.0) == 10
    assert queue.backoff_s(10_000, 1.0) == 3600


def test_what_waits_says_when_and_why(store, clock):
    ready(store, "H49-260302-0001", [b"a"])
    queue.fail(store, queue.claim(store, "me"), AWAY, True, draw=lambda: 1.0)
    item = only(store)
    assert item["next_try"] == clock.now.fromtimestamp(clock.now.timestamp() + 5).astimezone(
    ).isoformat(timespec="seconds")  # fmt: skip
    assert item["error"]["code"] == "UNREACHABLE"
    assert item["error"]["vi"] == "Không dùng được kho local: mất mạng."
    assert item["error"]["next"] == AWAY.next_vi
    assert queue.items(store, lang="en")[0]["error"]["next"] == AWAY.next_en


def test_a_clock_set_back_parks_nothing_for_years(store, clock):
    ready(store, "H49-260302-0001", [b"a"])
    clock.turn(3600 * 24 * 365)
    queue.fail(store, queue.claim(store, "me"), AWAY, True)
    clock.turn(-3600 * 24 * 365)
    assert queue.claim(store, "me") is not None


def test_twelve_permanent_faults_are_enough(store, clock):
    ready(store, "H49-260302-0001", [b"a"])
    for number in range(1, 13):
        item = queue.claim(store, "me")
        if number == 5:  # an outage between does not start the count anew
            queue.fail(store, item, AWAY, True)
            clock.turn(3600)
            item = queue.claim(store, "me")
        ended = queue.fail(store, item, BROKEN, False)
        assert ended == ("dead" if number == 12 else "waiting")
        clock.turn(3600)
    assert queue.claim(store, "me") is None
    error = only(store)["error"]
    assert "12 lần" in error["vi"]
    assert "tried 12 times" in error["en"]
    assert queue.retry(store) == 1
    assert (only(store)["state"], only(store)["attempts"], only(store)["error"]) == (
        "queued", 0, None,
    )  # fmt: skip


def test_three_days_without_a_store_are_enough(store, clock):
    ready(store, "H49-260302-0001", [b"a"])
    start = clock.now
    while only(store)["state"] != "dead":
        item = queue.claim(store, "me")
        queue.fail(store, item, AWAY, True, draw=lambda: 1.0)
        elapsed = (clock.now - start).total_seconds()
        assert (only(store)["state"] == "dead") == (elapsed >= 72 * 3600)
        clock.turn(3600)
    assert "72 giờ" in only(store)["error"]["vi"]


def test_a_file_that_kills_its_senders_lets_the_others_go_first(store, clock):
    ready(store, "H49-260302-0001", [b"a", b"bb"])
    victim = queue.claim(store, "killed", 1000)
    clock.turn(1)
    assert queue.take_back(store, "killed") == 1
    assert [queue.claim(store, "next", 1000).id for _ in range(2)] == [victim.id + 1, victim.id]


def test_a_file_that_kills_its_senders_is_given_up(store):
    ready(store, "H49-260302-0001", [b"a"])
    for number in range(12):
        assert queue.claim(store, f"sender {number}", 1000) is not None
        assert queue.take_back(store, f"sender {number}") == 1
    assert queue.claim(store, "next") is None
    assert (only(store)["state"], only(store)["error"]["code"]) == ("dead", "SENDER_LOST")


def test_items_by_state(store):
    ready(store, "H49-260302-0001", [b"a", b"bb", b"ccc"])
    queue.claim(store, "me")
    assert len(queue.items(store, "queued")) == 2
    assert len(queue.items(store, limit=1)) == 1
    assert queue.items(store, dossier_id="another") == []
    assert grouped(store) == queue.counts(store)
    with pytest.raises(UsageError):
        queue.items(store, "finished")


def plans_of_claims(store, following, **values):
    values = {"owner": "me", "until": 1, "target": TARGET, "second": f"{TARGET}+register",
              "largest": None, "now": 1, "latest": 2, **values}  # fmt: skip
    return [
        [row["detail"] for row in store.conn.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
        for statement in (queue._CLAIM.format(next=following), *queue._DUE)
    ]


def test_claiming_reads_no_whole_table(store):
    plans = plans_of_claims(store, queue._ANY)
    assert "SCAN upload USING INDEX upload_queued" in plans[0]  # in order, up to the first row
    assert not any("USE TEMP B-TREE" in step for step in plans[0])
    for plan, bound in zip(plans[1:], "<>", strict=True):
        assert plan[0].replace("COVERING ", "") == (
            f"SEARCH upload USING INDEX upload_waiting (not_before{bound}?)"
        )


def test_claiming_for_a_target_looks_at_no_row_of_another(store):
    steps = plans_of_claims(store, queue._OF_TARGET)[0]
    assert steps.count("SEARCH upload USING COVERING INDEX upload_ready (target=?)") == 2
    assert not any("SCAN upload" in step for step in steps)


def test_many_rows_of_other_targets_do_not_slow_a_claim(store):
    """Counted in steps of the database's own machine: no clock of a busy computer in it."""
    dossier = new_dossier(store, "H49-260302-0009")
    put(store, dossier, content(1, 10), target="mine")
    alone = steps_of_claim(store)
    with store.transaction() as change:
        change.conn.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
            "INSERT INTO upload(key, target, dossier_id, bytes, state, prio, not_before, "
            "created_at) SELECT printf('%064x', i), 'theirs', ?, 1000, 'queued', 1, 0, ? FROM n",
            (dossier, change.now),
        )
        change.audit("test", dossier)
    assert steps_of_claim(store) <= 2 * alone + 50
    assert queue.claim(store, "me", target="mine") is not None


def steps_of_claim(store):
    steps = 0

    def count():
        nonlocal steps
        steps += 1

    values = {"target": "mine", "second": "mine+register", "largest": None}
    store.conn.set_progress_handler(count, 1)
    try:
        assert len(store.conn.execute(queue._OF_TARGET, values).fetchall()) == 1
    finally:
        store.conn.set_progress_handler(None, 0)
    return steps


def test_hurried_files_go_first_and_only_those_that_may_go(store):
    dossier = new_dossier(store, "H49-260302-0009")
    keys = [put(store, dossier, content(n, size)) for n, size in enumerate((500, 600, 90, 700))]
    make_ready(store, dossier)
    assert queue.hurry(store, [4]) == 1
    assert queue.claim(store, "me", target=TARGET).key == keys[3]
    assert queue.claim(store, "me", target=TARGET, largest=100).key == keys[2]
    assert queue.claim(store, "me", target=TARGET, largest=100) is None
    assert queue.claim(store, "me", target=TARGET, largest=None).key == keys[0]


def test_a_registration_follows_its_file_and_closes_the_dossier(store):
    dossier, [key] = ready(store, "H49-260302-0009", [b"%PDF-1.7"])
    item = queue.claim(store, "me", target=TARGET)
    receipt = Receipt(key, key, item.size, "2026", "x")
    assert queue.complete(store, item, receipt, register=True)
    assert dossiers.find(store, dossier).state == "stored"
    second = queue.claim(store, "me", target=TARGET, largest=0)  # no file: it goes at any hour
    assert (second.is_registration, second.key) == (True, key)
    assert [row["step"] for row in queue.items(store)] == ["register", "file"]
    assert queue.complete(store, second, receipt)
    assert dossiers.find(store, dossier).state == "done"


def test_what_came_back_is_looked_at_at_once(store, clock):
    _, keys = ready(store, "H49-260302-0009", [b"one", b"two"])
    for _ in keys:
        item = queue.claim(store, "me", target=TARGET)
        pending = ReceiptPending(store="usb", day="2026-03-02")
        assert queue.fail(store, item, pending, True, draw=lambda: 1.0) == "waiting"
    assert queue.claim(store, "me", target=TARGET) is None
    assert queue.wake(store, "other", keys) == 0
    assert queue.wake(store, TARGET, keys[:1]) == 1
    assert queue.claim(store, "me", target=TARGET).key == keys[0]
    for _ in range(5):  # a receipt may take months
        clock.turn(30 * 86400)
        item = queue.claim(store, "me", target=TARGET)
        assert queue.fail(store, item, pending, True) == "waiting"
