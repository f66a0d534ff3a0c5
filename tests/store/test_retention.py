"""Local copies go after the receipt, as a whole, and nothing that is wanted goes with them."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from desk_app import purging, settings
from desk_app.capture import replay
from desk_app.errors import DiskFull, NotAllowed, StorageError, UsageError
from desk_app.records import Document, Page, Receipt
from desk_app.store import audit, batches, blob_rows, dossiers, edits, retention, search
from desk_app.store.database import Store
from desk_app.submission import queue
from tests.store.finished import CODE, NAME, Clock, assembled, finished, receive, sign

OTHER = "H49.64-260302-0002"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    store = Store(tmp_path / "data", clock=clock)
    yield store
    store.close()


def blobs_on_disk(store):
    return {path.name for path, _ in store.blobs.files()}


def said_anywhere(store, text):
    """Rows of any table, the audit chain included, that hold a text."""
    tables = [row["name"] for row in store.rows(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search_index_%'"
    )]  # fmt: skip
    found = []
    for table in tables:
        for row in store.rows(f"SELECT * FROM {table}"):
            if any(text.casefold() in str(value).casefold() for value in tuple(row)):
                found.append(table)
    return sorted(set(found))


def test_a_dossier_goes_when_its_days_are_over_and_not_before(store, clock):
    dossier_id = finished(store)
    keys = [row["key"] for row in store.rows("SELECT key FROM upload ORDER BY id")]
    clock.turn(days=29, hours=23)
    assert purging.run(store, 30).purged == []
    assert len(blobs_on_disk(store)) == 6
    clock.turn(hours=2)
    (gone,) = purging.run(store, 30).purged
    assert (gone.code, gone.files, gone.pages, gone.fields, gone.blobs) == (CODE, 2, 2, 4, 6)
    assert gone.cleared_at
    assert blobs_on_disk(store) == set()
    assert said_anywhere(store, "Đào") == []
    assert said_anywhere(store, "022196999001") == []
    assert [
        r["key"] for r in store.rows("SELECT key FROM upload WHERE receipt IS NOT NULL")
    ] == keys
    assert audit.verify(store.conn).ok
    assert dossiers.find(store, dossier_id).state == "done"


def test_what_stays_tells_the_truth(store, clock):
    from datetime import date

    from desk_app.store import figures

    dossier_id = finished(store)
    before = figures.gather(store, date(2026, 3, 1), date(2026, 3, 3), {})
    verdict = dossiers.verdict(store, dossiers.documents(store, dossier_id)[0].id)
    clock.turn(days=2)
    purging.run(store, 1)
    assert figures.gather(store, date(2026, 3, 1), date(2026, 3, 3), {}) == before
    paper = dossiers.documents(store, dossier_id)[0]
    assert (paper.type, paper.title, paper.fields) == ("citizen_card", "Căn cước công dân", ())
    after = dossiers.verdict(store, paper.id)
    assert (after["status"], set(after)) == (verdict["status"], set(verdict))
    assert [page.reading for page in dossiers.pages(store, dossier_id)] == [None, None]
    with pytest.raises(retention.LocalCopyGone, match=CODE):
        retention.require_here(store, dossier_id)


def test_words_of_a_purged_dossier_are_found_no_more(store, clock):
    finished(store)
    assembled(store, OTHER)
    assert len(search.find(store, search.Query("nguyen thi dao")).hits) == 8
    clock.turn(days=2)
    purging.run(store, 1)
    left = search.find(store, search.Query("nguyen thi dao")).hits
    assert {hit.code for hit in left} == {OTHER}
    assert {hit.kind for hit in search.find(store, search.Query(CODE)).hits} == {"dossier"}
    search.refresh(store)
    assert len(search.find(store, search.Query("nguyen thi dao")).hits) == 4


def test_forgotten_words_leave_the_index_too(store, clock):
    finished(store)
    clock.turn(days=2)
    purging.run(store, 1)
    store.conn.execute("CREATE VIRTUAL TABLE temp.word USING fts5vocab('main', search_index, row)")
    words = {row["term"] for row in store.rows("SELECT term FROM temp.word")}
    store.conn.execute("DROP TABLE temp.word")
    assert "dao" not in words
    assert "can" in words  # a paper's title


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ("UPDATE upload SET receipt = NULL WHERE id = 1", "NO_RECEIPT"),
        ("UPDATE upload SET state = 'waiting' WHERE id = 2", "NO_RECEIPT"),
        ("UPDATE document SET signed_sha256 = NULL WHERE ordinal = 1", "NO_RECEIPT"),
        ("UPDATE upload SET receipt = json_set(receipt, '$.sha256', 'ab') WHERE id = 1",
         "RECEIPT_MISMATCH"),
        ("UPDATE upload SET receipt = json_set(receipt, '$.size', 1) WHERE id = 1",
         "RECEIPT_MISMATCH"),
        ("INSERT INTO upload(key, target, dossier_id, bytes, state, created_at) "
         "SELECT key, target || '+register', dossier_id, bytes, 'dead', created_at FROM upload "
         "WHERE id = 1", "IN_QUEUE"),
    ],
)  # fmt: skip
def test_without_proof_nothing_goes(store, clock, spoil, code):
    dossier_id = finished(store)
    store.conn.execute(spoil)
    clock.turn(days=400)
    report = purging.run(store, 1)
    assert report.purged == []
    assert [(each.dossier_id, each.obstacle.code) for each in report.kept] == [(dossier_id, code)]
    assert len(blobs_on_disk(store)) == 6
    assert said_anywhere(store, "Đào")


def test_a_registration_that_is_outstanding_keeps_the_dossier(store, clock):
    dossier_id = assembled(store)
    sign(store, dossier_id)
    item = queue.claim(store, "sender")
    queue.complete(store, item, Receipt(item.key, item.key, item.size, store.now(), "kho"),
                   register=True)  # fmt: skip
    item = queue.claim(store, "sender")
    queue.complete(store, item, Receipt(item.key, item.key, item.size, store.now(), "kho"),
                   register=True)  # fmt: skip
    assert dossiers.find(store, dossier_id).state == "stored"
    clock.turn(days=400)
    assert purging.run(store, 1).purged == []
    receive(store, register=True)
    clock.turn(days=2)
    assert [each.code for each in purging.run(store, 1).purged] == [CODE]


def test_the_clock_of_the_station_is_not_trusted_against_the_records(store, clock):
    finished(store)
    clock.turn(hours=-1)
    with pytest.raises(retention.ClockBehind) as caught:
        purging.run(store, 0)
    assert "2026-03-02" in caught.value.vi
    assert len(blobs_on_disk(store)) == 6


def test_a_receipt_from_the_future_keeps_the_dossier_and_one_from_the_past_counts_from_here(
    store, clock
):
    first, second = assembled(store), assembled(store, OTHER)
    sign(store, first)
    receive(store, stored_at="2031-01-01T00:00:00+00:00")
    sign(store, second)
    receive(store, stored_at="1999-01-01T00:00:00Z")
    clock.turn(days=10)
    report = purging.run(store, 11)
    assert report.purged == []
    report = purging.run(store, 10)
    assert [each.code for each in report.purged] == [OTHER]
    assert [(each.code, each.obstacle.code) for each in report.kept] == [(CODE, "TIME_AHEAD")]


def test_pages_that_another_dossier_has_too_stay(store, clock):
    first = finished(store, same=b"one sheet for both")
    assembled(store, OTHER, same=b"one sheet for both")
    clock.turn(days=2)
    (gone,) = purging.run(store, 1).purged
    assert gone.dossier_id == first
    assert gone.blobs == 4  # two readings, two signed files
    picture = dossiers.pages(store, dossiers.find(store, OTHER).id)[0].sha256
    assert store.blobs.read(picture) == b"one sheet for both"
    assert replay.run(store).order


def test_a_paper_that_another_dossier_reuses_keeps_its_dossier_until_both_are_done(store, clock):
    source, user = finished(store), assembled(store, OTHER)
    paper = dossiers.documents(store, source)[0]
    with store.transaction() as change:
        change.conn.execute(
            "INSERT INTO reuse(dossier_id, component, source_document_id, source_dossier_id, "
            "sha256, origin, actor, at) VALUES(?,?,?,?,?,?,?,?)",
            (user, "form", paper.id, source, paper.signed_sha256, "store", "desk", store.now()),
        )
        change.audit("dossier.reuse", user)
    clock.turn(days=2)
    report = purging.run(store, 1)
    assert (report.purged, report.kept[0].obstacle.code) == ([], "REUSED")
    assert OTHER in report.kept[0].obstacle.vi
    sign(store, user)
    receive(store)
    clock.turn(days=2)
    assert {each.code for each in purging.run(store, 1).purged} == {CODE, OTHER}
    assert blobs_on_disk(store) == set()


def test_a_signed_version_that_no_store_ever_took_is_kept(store, clock):
    from desk_app.submission import reviews

    dossier_id = assembled(store)
    (first, _) = sign(store, dossier_id)
    reviews.send_back(store, dossiers.documents(store, dossier_id)[0].id, f"{NAME}: sai tên")
    dossiers.move(store, dossier_id, "checked")
    dossiers.move(store, dossier_id, "to_sign")
    for document in dossiers.documents(store, dossier_id):
        data = f"%PDF-1.7 again {document.id}".encode()
        key = store.blobs.put_bytes(data)
        with store.transaction() as change:
            dossiers.set_signed_in(change, document.id, key, len(data), {"status": "valid"})
            queue.enqueue_in(change, key=key, target="local", dossier_id=dossier_id,
                             document_id=document.id, size=len(data))  # fmt: skip
    dossiers.move(store, dossier_id, "signed")
    dossiers.move(store, dossier_id, "to_upload")
    receive(store)
    clock.turn(days=2)
    (gone,) = purging.run(store, 1).purged
    assert gone.files == 2
    assert store.blobs.read(first).startswith(b"%PDF")
    assert len(blobs_on_disk(store)) == 2
    assert said_anywhere(store, "Đào") == []


def test_the_tray_of_a_batch_goes_with_its_last_dossier(store, clock):
    batch = batches.create(store, "LO-1", batches.Plan(3), "desk", "seat")
    for number in (1, 2, 3):
        sha256 = store.blobs.put_bytes(f"sheet {number}".encode())
        page = Page(f"t{number}", batch.tray_id, 0, number, "front", sha256, "image/jpeg", 10, 20,
                    300)  # fmt: skip
        dossiers.add_page(store, page, 7, "job")
    edits.delete(store, ["t3"])
    batches.begin_dossier(store, batch, ["t1"], CODE)
    dossier_id = dossiers.find(store, CODE).id
    paper = Document("D-t1", dossier_id, 1, None, None, "Giấy", 0.9, ("t1",))
    dossiers.save_assembly(store, dossier_id, [paper], [], [])
    sign(store, dossier_id)
    receive(store)
    batches.close(store, batch, "thiếu một tờ", ["x"])
    clock.turn(days=2)
    assert [each.code for each in purging.run(store, 1).purged] == [CODE]
    assert len(blobs_on_disk(store)) == 2  # a sheet of the tray is in use
    edits.delete(store, ["t2"])
    assert [each.code for each in purging.run(store, 1).purged] == ["LO-1/khay"]
    assert blobs_on_disk(store) == set()


def test_earlier_readings_go_with_the_last_one(store, clock):
    from tests.store.finished import reading

    dossier_id = assembled(store)
    page = dossiers.pages(store, dossier_id)[0]
    dossiers.save_reading(store, page.id, reading("Trần Văn Bình"))
    sign(store, dossier_id)
    receive(store)
    clock.turn(days=2)
    purging.run(store, 1)
    assert blobs_on_disk(store) == set()
    assert store.rows("SELECT 1 FROM stage_result") == []


def test_the_same_bytes_may_come_again(store, clock):
    finished(store, same=b"one sheet for both")
    clock.turn(days=2)
    purging.run(store, 1)
    again = assembled(store, OTHER, same=b"one sheet for both")
    picture = dossiers.pages(store, again)[0].sha256
    assert store.blobs.read(picture) == b"one sheet for both"
    assert not store.rows("SELECT 1 FROM blob_purged WHERE sha256 = ?", picture)
    assert retention.sweep(store, forgotten_s=-1) == (0, 0)
    assert store.blobs.read(picture) == b"one sheet for both"


def test_bytes_that_went_between_storing_and_recording_are_told(store, clock):
    finished(store, same=b"one sheet for both")
    clock.turn(days=2)
    purging.run(store, 1)
    sha256 = store.row("SELECT sha256 FROM page")["sha256"]
    with pytest.raises(StorageError, match="try again") as caught, store.transaction() as change:
        blob_rows.add_blob_in(change, sha256, 18, "image/jpeg")
    assert caught.value.vi.endswith(f"{sha256[:12]} vừa bị xóa, hãy thử lại.")
    assert store.rows("SELECT 1 FROM blob_purged WHERE sha256 = ?", sha256)


def test_dry_run_says_and_does_nothing(store, clock):
    finished(store)
    clock.turn(days=2)
    records = audit.verify(store.conn).records
    report = purging.run(store, 1, dry_run=True)
    assert [each.code for each in report.due] == [CODE]
    assert (report.purged, len(blobs_on_disk(store))) == ([], 6)
    assert audit.verify(store.conn).records == records


def test_readable_copies_are_named_and_left(store, clock):
    from desk_app import page_copies, paths

    dossier_id = finished(store)
    out = paths.exports_of(store.folder)
    copy = page_copies.write(store, dossiers.pages(store, dossier_id)[1], out)
    (out / CODE).mkdir()
    clock.turn(days=2)
    assert purging.run(store, 1).copies == [out / CODE, copy]
    assert copy.is_file()


def test_once_a_day_and_only_where_the_station_says_so(store, clock):
    finished(store)
    clock.turn(days=40)
    assert purging.daily(store, settings.Settings()) is None
    said = settings.Settings(keep_days=30)
    assert purging.daily(store, said) is None  # asked for the first time: it begins tomorrow
    clock.turn(hours=25)
    assert [each.code for each in purging.daily(store, said).purged] == [CODE]
    assert purging.daily(store, said) is None
    clock.turn(hours=25)
    assert purging.daily(store, said).purged == []


def test_a_clock_that_leapt_ahead_is_given_a_day(store, clock):
    finished(store)
    said = settings.Settings(keep_days=30)
    purging.daily(store, said)
    clock.turn(days=70 * 365)
    assert purging.daily(store, said) is None
    clock.turn(days=-70 * 365, hours=26)  # somebody set it right
    assert purging.daily(store, said).purged == []
    assert len(blobs_on_disk(store)) == 6


def test_the_window_s_purge_goes_in_steps(store, clock, monkeypatch):
    monkeypatch.setattr(purging, "AT_ONCE", 2)
    for number in (1, 2, 3):
        finished(store, f"H49.64-260302-000{number}")
    clock.turn(days=40)
    said = settings.Settings(keep_days=30)
    purging.daily(store, said)
    clock.turn(hours=25)
    assert [len(purging.daily(store, said).purged) for _ in range(2)] == [2, 1]
    assert purging.daily(store, said) is None


def test_days_are_checked(tmp_path):
    (tmp_path / settings.FILE_NAME).write_text("keep_days = -1\n")
    with pytest.raises(UsageError, match="keep_days"):
        settings.load(tmp_path)


def test_a_dossier_that_somebody_works_on_waits(store, clock):
    from desk_app import paths

    dossier_id = finished(store)
    clock.turn(days=2)
    with paths.locked(store.folder / "locks" / dossier_id):
        report = purging.run(store, 1)
    assert [each.obstacle.code for each in report.kept] == ["BUSY"]
    with paths.locked(store.folder / "locks" / "purge"), pytest.raises(NotAllowed):
        purging.run(store, 1)
    assert len(purging.run(store, 1).purged) == 1


def test_files_that_nobody_knows_are_swept_and_all_others_stay(store):
    assembled(store)
    known = blobs_on_disk(store)
    lost = store.blobs.put_bytes(b"a writer was killed before its row")
    part = store.blobs.path(lost).with_name(".0123456789abcdef.part")
    part.write_bytes(b"half")
    note = part.with_name("README")
    note.write_bytes(b"somebody's")
    assert retention.sweep(store) == (0, 0)  # too young
    files, _ = retention.sweep(store, forgotten_s=-1)
    assert files == 2
    assert blobs_on_disk(store) == known | {"README"}
    assert store.row("SELECT action FROM audit_event ORDER BY seq DESC")["action"] == "store.sweep"


def test_storing_the_same_again_shows_that_a_file_is_wanted(store):
    sha256 = store.blobs.put_bytes(b"first")
    path = store.blobs.path(sha256)
    os.utime(path, (1, 1))
    store.blobs.put_bytes(b"first")
    assert time.time() - path.stat().st_mtime < 60


def test_a_full_disk_loses_nothing(store, clock, monkeypatch):
    """The removal fails on the way: the mark stays and the next purge goes on."""
    finished(store)
    clock.turn(days=2)
    removed = []

    def remove(sha256, real=store.blobs.remove):
        if len(removed) == 3:
            raise DiskFull()
        removed.append(sha256)
        real(sha256)

    monkeypatch.setattr(store.blobs, "remove", remove)
    with pytest.raises(DiskFull):
        purging.run(store, 1)
    monkeypatch.undo()
    report = purging.run(store, 1)
    assert report.finished == 1
    assert blobs_on_disk(store) == set()
    assert audit.verify(store.conn).ok


KILLED = """
import sys, os
from pathlib import Path
from datetime import timedelta
from desk_app import purging
from desk_app.store.blobs import Blobs
from desk_app.store.database import Store, now_local
left = int(sys.argv[2])
real = Blobs.remove
def remove(self, sha256):
    global left
    if left == 0:
        os.kill(os.getpid(), 9)
    left -= 1
    real(self, sha256)
Blobs.remove = remove
store = Store(Path(sys.argv[1]), clock=lambda: now_local() + timedelta(days=1))
purging.run(store, 0)
"""


def test_a_purge_that_was_killed_is_finished_by_the_next(tmp_path):
    store = Store(tmp_path / "data")
    finished(store)
    finished(store, OTHER)
    for after in (0, 2, 5, 1):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(store.folder), str(after)], timeout=60, check=False
        )
        assert done.returncode == -signal.SIGKILL
        assert store.row("PRAGMA integrity_check")[0] == "ok"
        for row in store.rows(
            "SELECT sha256 FROM blob b WHERE NOT EXISTS "
            "(SELECT 1 FROM blob_purged p WHERE p.sha256 = b.sha256)"
        ):
            assert store.blobs.path(row["sha256"]).is_file()
    last = Store(store.folder, clock=lambda: store_time() + timedelta(days=1))
    report = purging.run(last, 0)
    assert report.finished == 1
    assert blobs_on_disk(store) == set()
    assert store.row("SELECT count(*) FROM purge WHERE cleared_at IS NOT NULL")[0] == 2
    assert audit.verify(store.conn).ok
    last.close()
    store.close()


def store_time():
    from desk_app.store.database import now_local

    return now_local()
