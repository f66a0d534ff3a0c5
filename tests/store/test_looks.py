"""Looking is recorded: once a turn, without a word of what was read, and can be read again."""

import pytest

from desk_app.store import acting, audit, dossiers, looks, search
from desk_app.store.database import Store
from desk_app.store.search import Answer, Hit


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    yield store
    assert audit.verify(store.conn).ok
    store.close()


@pytest.fixture
def dossier(store):
    return dossiers.create(store, "H49.64-261120-0147", "birth_registration")


def told(store, action):
    return [each for each in looks.entries(store, looks.Asked()) if each.action == action]


def test_a_dossier_is_viewed_once_a_person_and_turn(store, dossier):
    sitting = looks.Sitting()
    for _ in range(3):
        sitting.view(store, dossier.id, "counter")
    with acting.acting_for("p002"):
        sitting.view(store, dossier.id, "verify")
    sitting.begin("p002")
    sitting.view(store, dossier.id, "counter")  # still the first one's turn
    sitting.begin("desk")
    sitting.view(store, dossier.id, "counter")
    seen = [(each.actor, each.details["where"]) for each in told(store, "dossier.view")]
    assert seen == [("desk", "counter"), ("p002", "verify"), ("desk", "counter")]


def test_what_is_not_recorded_is_not_seen_as_recorded(store, dossier):
    sitting = looks.Sitting()
    store.conn.execute("ALTER TABLE audit_event RENAME TO hidden")
    with pytest.raises(Exception, match="audit_event"):
        sitting.view(store, dossier.id, "counter")
    store.conn.execute("ALTER TABLE hidden RENAME TO audit_event")
    sitting.view(store, dossier.id, "counter")
    assert len(told(store, "dossier.view")) == 1


def hit(dossier):
    return Hit("dossier", dossier.id, dossier.code, "received", "", "", None, "", None, None, None,
               "", ())  # fmt: skip


def test_a_search_is_found_again_by_its_words_and_tells_none(store, dossier):
    answer = Answer((hit(dossier),), True, 1.0)
    search.note(store, answer, "Nguyễn Văn An 022196999001")
    search.note(store, answer, "Trần Thị Lan")
    search.note(store, answer)
    rows = " ".join(str(tuple(row)) for row in store.rows("SELECT * FROM audit_event"))
    assert "Nguy" not in rows
    assert "022196999001" not in rows
    with store.transaction() as change:
        mark = search.fingerprint(change, "nguyen  van AN 022196999001")
    marks = [each.details["text"] for each in told(store, "search")]
    assert marks.count(mark) == 1
    assert marks[2] == ""


def test_the_secret_of_the_marks_differs_between_stations(store, tmp_path):
    other = Store(tmp_path / "other")
    with store.transaction() as mine, other.transaction() as theirs:
        same = search.fingerprint(mine, "an") == search.fingerprint(theirs, "an")
    other.close()
    assert not same


def test_the_records_of_a_dossier_are_all_that_touches_it(store, dossier):
    other = dossiers.create(store, "H49.64-261120-0148", "birth_registration")
    for each in (dossier, other):
        looks.viewed(store, each.id, "show")
        dossiers.move(store, each.id, "scanning")
    search.note(store, Answer((hit(dossier),), True, 1.0), "a")
    search.note(store, Answer((hit(other),), True, 1.0), "b")
    found = looks.entries(store, looks.Asked(dossier_id=dossier.id))
    assert [each.action for each in found] == [
        "dossier.create", "dossier.view", "dossier.state", "search",
    ]  # fmt: skip
    assert looks.codes(store, found)[dossier.id] == dossier.code
    assert looks.entries(store, looks.Asked(actor="p001")) == []
    assert [e.seq for e in looks.entries(store, looks.Asked(limit=2))] == [7, 8]
    assert looks.entries(store, looks.Asked(until="2000-01-01")) == []


def test_work_of_a_lane_and_of_a_worker_is_its_persons(store, dossier, tmp_path):
    from desk_app import jobs

    lanes, workers = jobs.Lanes(), jobs.Workers(1)
    try:
        with acting.acting_for("p007"):
            lane = lanes.submit("read", dossiers.move, store, dossier.id, "scanning")
            worker = workers.submit(_decide_elsewhere, tmp_path, dossier.id)
        lane.result(timeout=30)
        worker.result(timeout=60)
        lanes.submit("read", dossiers.move, store, dossier.id, "recognising").result(timeout=30)
    finally:
        workers.close()
        lanes.close()
    actors = {each.object + each.action: each.actor for each in told(store, "export")}
    assert actors == {"workerexport": "p007"}
    assert [each.actor for each in told(store, "dossier.state")] == ["p007", "desk"]


def _decide_elsewhere(data, dossier_id):
    store = Store(data, actor="worker")
    looks.exported(store, "worker", "copies", 1)
    store.close()


def test_what_leaves_is_recorded_first_and_once(store, dossier):
    note = looks.Once(looks.exported, store, dossier.id, "copies", 2)
    happened = []

    def leave(name):
        happened.append((name, len(told(store, "export"))))

    for name in ("a", "b"):
        note.before(lambda name=name: leave(name))()
    assert happened == [("a", 1), ("b", 1)]
    assert told(store, "export")[0].details == {"kind": "copies", "files": 2}
