from __future__ import annotations

import dataclasses
import hashlib
import pickle
import threading

import pytest

from desk_app import paths
from desk_app.store import audit, dossiers
from desk_app.submission import owners, profiles, queue
from desk_app.submission.adapters import Caps
from desk_app.submission.adapters.local import LocalStore
from desk_app.submission.run import probe, run, run_folder
from tests.submission import stores
from tests.submission.desk import content, ready_dossier, stored_files

PROFILE = dataclasses.replace(profiles.load("local"), chunk_bytes=4096)
ZEROS = dict.fromkeys(queue.STATES, 0)


def folder_of(store):
    """The embedded store, sealed like all of the data folder."""
    return store.folder / "store"


def elsewhere(store):
    """A plain store of the province's."""
    return store.folder.with_name("kho")


def test_everything_ready_is_sent(store):
    dossier, keys = ready_dossier(store, "H49-260302-0001", [content(n, 9000) for n in range(5)])
    told = []
    report = run(store, PROFILE, notify=told.append)
    assert (report.done, report.sent_bytes, report.error) == (5, 45_000, None)
    assert set(stored_files(folder_of(store))) == set(keys)
    assert dossiers.find(store, dossier).state == "done"
    assert [told_of.state for told_of in told].count("done") == 5
    assert audit.verify(store.conn).ok
    assert run(store, PROFILE) == dataclasses.replace(report, done=0, sent_bytes=0)
    assert list((store.folder / owners.FOLDER).iterdir()) == []


def test_in_another_process(store):
    ready_dossier(store, "H49-260302-0001", [b"%PDF-1.7"])
    report = run_folder(store.folder, "local")
    assert pickle.loads(pickle.dumps(report)) == report
    assert report.done == 1


@pytest.mark.parametrize(
    "liar", [stores.WrongDigest, stores.WrongSize, stores.OtherKey, stores.NoReceipt]
)
def test_a_store_that_lies_is_never_believed(store, clock, liar):
    dossier, _ = ready_dossier(store, "H49-260302-0001", [b"%PDF-1.7"])
    adapter = liar(elsewhere(store), create=True, chunk_bytes=4096)
    for number in range(1, 13):
        report = run(store, PROFILE, adapter=adapter)
        assert report.done == 0
        assert report.error.code == "RECEIPT_MISMATCH"
        assert (report.waiting, report.dead) == ((1, 0) if number < 12 else (0, 1))
        clock.turn(3600)
    assert queue.counts(store) == ZEROS | {"dead": 1}
    assert dossiers.find(store, dossier).state == "uploading"
    assert queue.items(store)[0]["receipt"] is None
    assert queue.retry(store) == 1
    assert run(store, PROFILE).done == 1
    assert dossiers.find(store, dossier).state == "done"


def test_damage_on_the_way_is_never_stored(store):
    ready_dossier(store, "H49-260302-0001", [content(1, 9000)])
    report = run(
        store, PROFILE, adapter=stores.Flipping(folder_of(store), create=True, chunk_bytes=4096)
    )
    assert (report.done, report.error.code) == (0, "DAMAGED_IN_TRANSIT")
    assert stored_files(folder_of(store)) == {}


@pytest.mark.parametrize("store_class", [stores.StandingStill, stores.Contradicting])
def test_a_store_that_contradicts_is_left_alone_for_a_while(store, store_class):
    ready_dossier(store, "H49-260302-0001", [content(1, 100_000)])
    report = run(
        store, PROFILE, adapter=store_class(folder_of(store), create=True, chunk_bytes=4096)
    )
    assert (report.done, report.waiting, report.error.code) == (0, 1, "OFFSET_CONFLICT")


def test_a_lost_answer_is_asked_for_again(store, clock):
    ready_dossier(store, "H49-260302-0001", [content(1, 9000)])
    adapter = stores.LosingAnswers(elsewhere(store), create=True, chunk_bytes=4096)
    assert run(store, PROFILE, adapter=adapter).waiting == 1
    clock.turn(5)
    report = run(store, PROFILE, adapter=adapter)
    assert (report.done, report.sent_bytes) == (1, 0)


def test_a_damaged_file_in_the_store_is_not_done(store):
    _, [key] = ready_dossier(store, "H49-260302-0001", [b"%PDF-1.7"])
    there = folder_of(store) / key[:2] / key[2:4] / f"{key}.pdf"
    there.parent.mkdir(parents=True)
    there.write_bytes(b"%PDF-1.6")
    assert run(store, PROFILE).error.code == "STORE_DAMAGED"
    assert there.read_bytes() == b"%PDF-1.6"
    assert there.name in queue.items(store)[0]["error"]["next"]


@pytest.mark.parametrize("damage", ["altered", "missing"])
def test_a_damaged_file_on_this_computer_is_not_sent(store, damage):
    _, [key] = ready_dossier(store, "H49-260302-0001", [b"%PDF-1.7"])
    blob = store.blobs.path(key)
    if damage == "missing":
        blob.unlink()
    else:
        blob.write_bytes(b"%PDF-1.6")
    assert run(store, PROFILE).error.code == "SOURCE_DAMAGED"
    assert stored_files(folder_of(store)) == {}


def test_a_large_file_that_was_damaged_never_becomes_whole_in_the_store(store):
    data = content(5, 9_000_000)
    _, [key] = ready_dossier(store, "H49-260302-0001", [data])
    whole = store.blobs.path(key).read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    store.blobs.path(key).write_bytes(flipped)
    assert run(store, PROFILE).error.code == "SOURCE_DAMAGED"
    assert stored_files(folder_of(store)) == {}
    store.blobs.path(key).write_bytes(whole)
    queue.retry(store)
    assert run(store, PROFILE).done == 1


def test_a_store_that_is_away_ends_the_run_in_words(store, tmp_path):
    ready_dossier(store, "H49-260302-0001", [content(n, 10) for n in range(6)])
    report = run(store, PROFILE, adapter=LocalStore(tmp_path / "nas", name="nas"))
    assert (report.done, report.waiting, report.dead) == (0, 3, 0)
    assert report.error.exit_code == 3
    assert "nas" in report.error.vi
    assert queue.counts(store) == ZEROS | {"queued": 3, "waiting": 3}


def test_stopping_between_two_chunks_and_going_on(store):
    _, [key] = ready_dossier(store, "H49-260302-0001", [content(1, 40_960)])
    stop = threading.Event()

    def after(adapter):
        if len(adapter.sent) == 3:
            stop.set()

    adapter = stores.Counting(elsewhere(store), create=True, chunk_bytes=4096, after=after)
    report = run(store, PROFILE, adapter=adapter, stop=stop)
    assert (report.done, report.stopped) == (0, True)
    assert queue.counts(store) == ZEROS | {"queued": 1}
    report = run(store, PROFILE, adapter=adapter)
    assert report.done == 1
    assert [start for start, _ in adapter.sent] == list(range(0, 40_960, 4096))
    assert set(stored_files(elsewhere(store))) == {key}


def test_cancelling_stops_the_sender(store, monkeypatch):
    ready_dossier(store, "H49-260302-0001", [content(1, 40_960)])
    monkeypatch.setattr("desk_app.submission.run.PROGRESS_EVERY_S", 0)
    adapter = stores.Counting(
        folder_of(store), create=True, chunk_bytes=4096, after=lambda _: queue.cancel(store, [1])
    )
    assert run(store, PROFILE, adapter=adapter).done == 0
    assert len(adapter.sent) == 1
    assert queue.counts(store) == ZEROS | {"cancelled": 1}


def test_progress_is_noted(store, monkeypatch):
    ready_dossier(store, "H49-260302-0001", [content(1, 12_288)])
    monkeypatch.setattr("desk_app.submission.run.PROGRESS_EVERY_S", 0)
    seen = []
    run(store, PROFILE, notify=lambda _: seen.append(queue.items(store)[0]["sent"]))
    assert list(dict.fromkeys(seen)) == [0, 4096, 8192, 12_288]


def test_an_unforeseen_fault_gives_the_file_back(store):
    ready_dossier(store, "H49-260302-0001", [b"%PDF-1.7"])

    def interrupt(_):
        raise KeyboardInterrupt

    adapter = stores.Counting(elsewhere(store), create=True, chunk_bytes=4096, after=interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(store, PROFILE, adapter=adapter)
    assert queue.counts(store) == ZEROS | {"queued": 1}
    assert run(store, PROFILE).done == 1


def test_a_file_that_nobody_thought_of_stands_in_nobodys_way(store, clock, caplog):
    odd, *_ = (content(number, 100) for number in range(3))
    ready_dossier(store, "H49-260302-0001", [content(number, 100) for number in range(3)])

    class Odd(LocalStore):
        def begin(self, key, size, meta):
            if key == hashlib.sha256(odd).hexdigest():
                raise ValueError("unforeseen")
            return super().begin(key, size, meta)

    adapter = Odd(elsewhere(store), create=True)
    report = run(store, PROFILE, adapter=adapter)
    assert (report.done, report.waiting, report.error.code) == (2, 1, "DESK_ERROR")
    assert "ValueError at begin" in caplog.text
    for _ in range(queue.MAX_STRIKES - 1):
        clock.turn(3600)
        run(store, PROFILE, adapter=adapter)
    (dead,) = queue.items(store, "dead")
    assert "ValueError" in dead["error"]["vi"]


def test_the_living_keep_their_leases_and_the_dead_do_not(store):
    ready_dossier(store, "H49-260302-0001", [b"%PDF-1.7"])
    with owners.present(store) as owner:
        assert queue.claim(store, owner) is not None
        assert owners.bury(store) == 0
        assert run(store, PROFILE).done == 0
    (store.folder / owners.FOLDER / f"{owner}.lock").touch()  # what kill -9 leaves behind
    assert run(store, PROFILE).done == 1


def test_probe_by_profile(tmp_path):
    assert probe(PROFILE, tmp_path) == Caps(True, 1, True, True, True)


def test_large_files_wait_for_the_night(store, clock):
    ready_dossier(store, "H49-260302-0001", [content(1, 9000), content(2, 100)])
    limits = profiles.Limits(hours=(19 * 60, 6 * 60), any_time_up_to_bytes=1000)
    profile = dataclasses.replace(PROFILE, limits=limits)
    assert run(store, profile).sent_bytes == 100  # it is eight in the morning
    assert queue.counts(store) == ZEROS | {"queued": 1, "done": 1}
    clock.turn(12 * 3600)
    assert run(store, profile).sent_bytes == 9000


def test_the_dead_are_not_given_a_new_lock(store):
    """One that is made anew looks to a sender just born like its own."""
    gone = store.folder / owners.FOLDER / "1-gone.lock"
    gone.parent.mkdir(exist_ok=True)
    with paths.locked(gone, create=False) as ours:
        assert not ours
        assert not gone.exists()
    assert owners.bury(store) == 0


def test_a_sender_that_is_just_born_is_not_taken_for_a_dead_one(store):
    over = threading.Event()

    def bury_all():
        while not over.is_set():
            owners.bury(store)
        store.close()

    others = [threading.Thread(target=bury_all) for _ in range(2)]
    for other in others:
        other.start()
    try:
        for _ in range(300):
            with owners.present(store) as owner:
                assert (store.folder / owners.FOLDER / f"{owner}.lock").exists()
    finally:
        over.set()
        for other in others:
            other.join(30)
