"""A disk that fills up and clocks that are wrong: a sentence each, and nothing is lost."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from desk_app import cli, purging
from desk_app.errors import DiskFull
from desk_app.records import Receipt
from desk_app.store import audit, dossiers
from desk_app.store.database import Store, now_local
from desk_app.submission import profiles, queue, run
from tests.store.finished import Clock, assembled, finished, receive, sign
from tests.submission.desk import content, make_ready, new_dossier, put

CODE = "H49.64-260302-0001"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    store = Store(tmp_path / "data", clock=clock)
    yield store
    store.close()


def fill(store):
    """No page of the database can be added any more."""
    store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pages = store.row("PRAGMA page_count")[0]
    store.conn.execute(f"PRAGMA max_page_count = {pages}")


def make_room(store):
    store.conn.execute("PRAGMA max_page_count = 1073741823")


def spend(store):
    """Use up what is free within the pages that are there."""
    for n in range(2000):
        try:
            with store.transaction() as change:
                change.audit("filler", f"{n:04}" * 40)
        except DiskFull:
            return
    raise AssertionError("the database did not fill up")


def test_queueing_on_a_full_disk_leaves_neither_signature_nor_row(store):
    dossier_id = assembled(store)
    document = dossiers.documents(store, dossier_id)[0]
    key = store.blobs.put_bytes(b"%PDF-1.7")

    def keep():
        with store.transaction() as change:
            dossiers.set_signed_in(change, document.id, key, 8, {"status": "valid" * 2000})
            queue.enqueue_in(change, key=key, target="local", dossier_id=dossier_id,
                             document_id=document.id, size=8)  # fmt: skip

    fill(store)
    spend(store)
    with pytest.raises(DiskFull) as caught:
        keep()
    assert "GB" in caught.value.next_vi
    assert dossiers.document(store, document.id).signed_sha256 is None
    assert store.rows("SELECT 1 FROM upload") == []
    make_room(store)
    keep()
    assert dossiers.document(store, document.id).signed_sha256 == key
    assert queue.counts(store)["queued"] == 1
    assert audit.verify(store.conn).ok


def test_a_receipt_that_could_not_be_written_comes_again(store, clock, tmp_path):
    dossier = new_dossier(store, "H49-260302-0009")
    put(store, dossier, content(1, 5000), target="kho")
    make_ready(store, dossier)
    where = tmp_path / "kho.toml"
    where.write_text(f'adapter = "local"\n[local]\nfolder = "{tmp_path}/store"\ncreate = true\n')
    profile = profiles.load(where)
    adapter = profiles.open_adapter(profile, store.folder)
    real = adapter.finish

    def finish(session):
        receipt = replace(real(session), raw={"told": "at length " * 5000})
        fill(store)
        spend(store)
        return receipt

    adapter.finish = finish
    report = run.run(store, profile, adapter=adapter)
    assert (report.done, report.waiting) == (0, 1)
    assert report.error.code == "DISK_FULL"
    assert "GB" in queue.items(store)[0]["error"]["next"]
    make_room(store)
    assert store.row("SELECT receipt FROM upload")["receipt"] is None
    clock.turn(hours=1)
    report = run.run(store, profile)
    assert (report.done, report.error) == (1, None)
    assert len(list((tmp_path / "store").rglob("*.pdf"))) == 1
    assert dossiers.find(store, dossier).state == "done"
    assert audit.verify(store.conn).ok


def test_a_purge_on_a_full_disk_removes_nothing_and_goes_on_later(store, clock):
    finished(store)
    clock.turn(days=2)
    before = {path.name for path, _ in store.blobs.files()}
    fill(store)
    spend(store)
    with pytest.raises(DiskFull):
        purging.run(store, 1)
    assert {path.name for path, _ in store.blobs.files()} == before
    assert store.rows("SELECT 1 FROM purge") == []
    make_room(store)
    assert len(purging.run(store, 1).purged) == 1


@pytest.mark.parametrize(
    "stored_at", ["2091-01-01T00:00:00Z", "1970-01-01T00:00:00+07:00", "hôm qua"]
)
def test_a_receipt_of_any_time_is_a_receipt(store, stored_at):
    """Its digest proves it; what the store's clock shows does not count."""
    dossier_id = assembled(store)
    sign(store, dossier_id)
    assert receive(store, stored_at=stored_at) == 2
    assert dossiers.find(store, dossier_id).state == "done"
    assert {item["receipt"]["stored_at"] for item in queue.items(store)} == {stored_at}


def test_an_odd_time_in_a_receipt_keeps_nothing_for_ever(store, clock):
    dossier_id = assembled(store)
    sign(store, dossier_id)
    receive(store, stored_at="hôm qua")
    clock.turn(days=2)
    assert [each.dossier_id for each in purging.run(store, 1).purged] == [dossier_id]


def test_a_lease_of_a_clock_that_was_set_back_is_not_held_for_ever(store, clock):
    dossier = new_dossier(store, "H49-260302-0009")
    key = put(store, dossier, content(1, 50))
    item = queue.claim(store, "me")
    clock.turn(days=-400)
    receipt = Receipt(key, key, item.size, store.now(), "kho")
    assert queue.complete(store, item, receipt)
    assert queue.counts(store)["done"] == 1


def test_the_command_says_what_is_wrong_with_the_clock(tmp_path, capsys):
    ahead = Store(tmp_path / "data", clock=lambda: now_local() + timedelta(days=2))
    dossiers.create(ahead, CODE, "birth_registration")
    ahead.close()
    code = cli.run(["purge", "--older-than", "0", "--data", str(tmp_path / "data"), "--json"])
    error = json.loads(capsys.readouterr().out)["error"]
    assert (code, error["code"]) == (2, "CLOCK_BEHIND")
    assert "Đồng hồ" in error["vi"]
    assert "desk purge" in error["next"]
