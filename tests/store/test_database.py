"""The store: durable transactions, one connection a thread, an audit chain that notices."""

import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_app.errors import DatabaseBusy, NotAllowed, StorageError
from desk_app.records import (
    Code,
    Document,
    Field,
    Finding,
    Page,
    PageCondition,
    PageReading,
    PageText,
    PageType,
    Text,
    Word,
)
from desk_app.store import audit, batches, codec, dossiers
from desk_app.store.database import FILE_NAME, LATEST, Store

unit = st.floats(0, 1)
box = st.tuples(*[st.integers(0, 9999)] * 4)
words = st.builds(Word, st.text(), box, unit, st.text(), st.integers(0, 99), st.booleans())
conditions = st.builds(
    PageCondition,
    *[st.integers(1, 9999)] * 3,
    st.sampled_from([0, 90, 180, 270]),
    unit,
    st.floats(-8, 8),
    unit,
    st.sampled_from(["blank", "doubtful", "content"]),
    *[unit] * 4,
    st.lists(st.text()).map(tuple),
)
readings = st.builds(
    PageReading,
    conditions,
    st.builds(
        PageText,
        st.lists(words).map(tuple),
        st.integers(),
        st.integers(),
        st.integers(),
        st.text(),
    ),
    st.lists(st.builds(Code, st.text(), st.text(), box)).map(tuple),
    st.builds(
        PageType,
        st.none() | st.text(),
        unit,
        st.booleans(),
        st.lists(st.tuples(st.text(), unit)).map(tuple),
    ),
)


@given(readings)
def test_codec_is_an_exact_inverse(reading):
    assert codec.loads(PageReading, codec.dumps(reading)) == reading


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "data")
    yield store
    store.close()


def add_page(store, dossier_id, page_id, sheet=1, side="front"):
    sha256 = store.blobs.put_bytes(page_id.encode())
    page = Page(page_id, dossier_id, 0, sheet, side, sha256, "image/jpeg", 10, 20, 300)
    return dossiers.add_page(store, page, len(page_id), "job")


def read(store, page_id):
    condition = PageCondition(10, 20, 300, 0, 1.0, 0.0, 1.0, "content", 0.1, 0.0, 1.0, 1.0)
    text = PageText((), 0, 10, 20, "none")
    reading = PageReading(condition, text, (), PageType("citizen_card", 0.7, True))
    dossiers.save_reading(store, page_id, reading)


def assembled(store):
    dossier = dossiers.create(store, "H49.64-261122-0001", "birth_registration")
    for page_id in ("p1", "p2"):
        add_page(store, dossier.id, page_id)
        read(store, page_id)
    save(store, dossier.id)
    return dossier


def save(store, dossier_id):
    field = Field("full_name", "NGUYỄN", 0.5, "ocr", "p1", (1, 2, 3, 4), Text("a", "b"))
    document = Document(
        "D-p1", dossier_id, 1, "citizen_card", "citizen_card", "t", 0.7, ("p1",), (field,)
    )
    finding = Finding("MISSING", "problem", Text("thiếu", "missing"))
    dossiers.save_assembly(store, dossier_id, [document], [("p2", "blank_back")], [finding])


def test_settings_of_every_connection(store):
    assert store.row("PRAGMA journal_mode")[0] == "wal"
    assert store.row("PRAGMA synchronous")[0] == 2
    assert store.row("PRAGMA foreign_keys")[0] == 1


def test_second_start_keeps_everything_and_needs_no_sqlite_utils(store, tmp_path):
    dossiers.create(store, "H49-261122-0001", "birth_registration")
    code = (
        "import sys; from pathlib import Path; from desk_app.store.database import Store\n"
        "from desk_app.store import dossiers; s = Store(Path(sys.argv[1]))\n"
        "print(dossiers.find(s, 'H49-261122-0001').state, 'sqlite_utils' in sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "data")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.stdout.split() == ["received", "False"]


def test_many_threads_write_through_their_own_connections(store):
    faults = []

    def work(n):
        try:
            for i in range(10):
                dossiers.create(store, f"H49-261122-{n}{i:03}", "birth_registration")
        except Exception as fault:
            faults.append(fault)
        finally:
            store.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert store.row("SELECT count(*) FROM dossier")[0] == 40
    assert audit.verify(store.conn) == audit.AuditReport(40, True, None)


def test_two_programs_start_on_an_empty_folder(tmp_path):
    code = (
        "import sys; from pathlib import Path; from desk_app.store.database import Store\n"
        "Store(Path(sys.argv[1]))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "d")], stderr=-1)
        for _ in range(4)
    ]
    assert [p.communicate(timeout=60)[1] for p in running] == [b""] * 4
    assert [p.returncode for p in running] == [0] * 4


def test_failed_transaction_leaves_nothing(store):
    def change_and_fail():
        with store.transaction() as change:
            change.conn.execute("INSERT INTO dossier VALUES('x','c','p','received','t','t','{}')")
            change.audit("dossier.create", "x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    assert store.rows("SELECT * FROM dossier") == []
    assert audit.verify(store.conn).records == 0


def test_audit_refuses_to_stand_alone(store):
    with pytest.raises(RuntimeError):
        audit.append(store.conn, "t", "a", "b", "c", {})


@pytest.mark.parametrize(
    ("tamper", "first_bad"),
    [
        ("UPDATE audit_event SET object = 'other' WHERE seq = 3", 3),
        ("UPDATE audit_event SET ts = 'later' WHERE seq = 1", 1),
        ("DELETE FROM audit_event WHERE seq = 2", 2),
        ("DELETE FROM audit_event WHERE seq = (SELECT max(seq) FROM audit_event)", 6),
        ("UPDATE audit_event SET seq = 90 WHERE seq = 4", 4),
        ("DELETE FROM audit_event", 1),
    ],
)
def test_audit_names_the_first_bad_record(store, tamper, first_bad):
    for n in range(6):
        dossiers.create(store, f"H49-261122-000{n}", "birth_registration")
    store.conn.execute(tamper)
    report = audit.verify(store.conn)
    assert (report.ok, report.first_bad) == (False, first_bad)


def test_a_database_that_somebody_holds_is_said_in_words(store, monkeypatch):
    monkeypatch.setattr("desk_app.store.database.BUSY_S", 0.1)
    store.conn.execute("BEGIN EXCLUSIVE")
    other = Store(store.folder)
    with pytest.raises(DatabaseBusy) as caught:
        dossiers.create(other, "H49-261122-0001", "birth_registration")
    assert "đợi" in caught.value.next_vi.casefold()
    store.conn.execute("ROLLBACK")
    dossiers.create(other, "H49-261122-0001", "birth_registration")
    other.close()


@pytest.mark.parametrize("kept", [0, 3])
def test_a_chain_that_was_cut_off_with_its_head_is_missed(store, kept):
    for n in range(6):
        dossiers.create(store, f"H49-261122-000{n}", "birth_registration")
        time.sleep(0.002)
    batches.create(store, "LO-1", batches.Plan(5), "x", "y")
    assert audit.verify(store.conn).ok
    store.conn.execute("DELETE FROM audit_event WHERE seq > ?", (kept,))
    store.conn.execute("DELETE FROM audit_head")
    store.conn.execute(
        "INSERT INTO audit_head SELECT 1, seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1"
    )
    assert audit.verify(store.conn) == audit.AuditReport(kept, False, kept + 1)


def test_a_record_of_another_kind_is_no_record(store):
    dossiers.create(store, "H49-261122-0001", "birth_registration")
    store.conn.execute("UPDATE audit_event SET details = x'ff00'")
    assert audit.verify(store.conn).first_bad == 1


def test_a_damaged_database_is_said_in_words(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / FILE_NAME).write_bytes(b"not a database" * 1000)
    with pytest.raises(StorageError) as caught:
        Store(tmp_path / "data")
    assert caught.value.vi
    assert caught.value.next_vi


def test_code_is_unique(store):
    dossiers.create(store, "H49-261122-0001", "birth_registration")
    with pytest.raises(NotAllowed):
        dossiers.create(store, "H49-261122-0001", "birth_registration")


def test_states_move_only_along_open_ways(store):
    dossier = dossiers.create(store, "H49-261122-0001", "birth_registration")
    with pytest.raises(NotAllowed):
        dossiers.move(store, dossier.id, "signed")
    for state in dossiers.ORDER[1:]:
        dossiers.move(store, dossier.id, state)
    with pytest.raises(NotAllowed):
        dossiers.move(store, dossier.id, "cancelled")
    assert dossiers.find(store, dossier.code).state == "done"


def test_a_page_is_recorded_once(store):
    dossier = dossiers.create(store, "H49-261122-0001", "birth_registration")
    assert add_page(store, dossier.id, "p1")
    assert not add_page(store, dossier.id, "p1")
    assert [p.id for p in dossiers.pages(store, dossier.id)] == ["p1"]


def test_assembling_again_keeps_what_the_clerk_did(store):
    dossier = assembled(store)
    before = dossiers.set_field(store, "D-p1", "full_name", "NGUYỄN THỊ ĐÀO")
    finding = dossiers.findings(store, dossier.id)[0]
    dossiers.accept_finding(store, dossier.id, finding, "nộp bổ sung sau")
    save(store, dossier.id)
    field = dossiers.document(store, "D-p1").fields[0]
    assert (before.value, field.value, field.source) == ("NGUYỄN", "NGUYỄN THỊ ĐÀO", "clerk")
    assert dossiers.findings(store, dossier.id, open_only=True) == []
    assert [p.set_aside for p in dossiers.pages(store, dossier.id)] == [False, True]


def test_decisions_stand_over_the_reading_and_can_be_undone(store):
    assembled(store)
    undo = dossiers.decide(store, "p1", type="authorisation", rotation=180, set_aside=True)
    page = dossiers.page(store, "p1")
    assert (page.reading.type.type, page.reading.condition.rotation) == ("authorisation", 180)
    assert page.set_aside
    dossiers.decide(store, "p1", **undo)
    page = dossiers.page(store, "p1")
    assert (page.reading.type.type, page.reading.condition.rotation) == ("citizen_card", 0)


def test_a_signed_dossier_is_immutable(store):
    dossier = assembled(store)
    for state in dossiers.ORDER[1 : dossiers.ORDER.index("signed") + 1]:
        dossiers.move(store, dossier.id, state)
    with pytest.raises(NotAllowed):
        dossiers.decide(store, "p1", rotation=90)
    with pytest.raises(NotAllowed):
        save(store, dossier.id)


def test_killed_between_blob_and_row_loses_nothing_recorded(tmp_path):
    """kill -9 in a tight loop of page writes: every committed page has its whole blob."""
    code = (
        "import sys; from pathlib import Path; from desk_app.store.database import Store\n"
        "from desk_app.store import dossiers; from desk_app.records import Page\n"
        "s = Store(Path(sys.argv[1])); d = dossiers.create(s, 'H49-261122-0001', 'p')\n"
        "print('go', flush=True)\n"
        "for n in range(10**6):\n"
        "    data = b'x' * 5000 + str(n).encode()\n"
        "    sha = s.blobs.put_bytes(data)\n"
        "    p = Page(f'p{n}', d.id, 0, n, 'front', sha, 'image/jpeg', 1, 1, 300)\n"
        "    dossiers.add_page(s, p, len(data), 'j'); print(n, flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "d")], stdout=subprocess.PIPE, text=True
    )
    announced = [process.stdout.readline() for _ in range(60)]
    process.kill()
    announced += process.communicate()[0].split()
    store = Store(tmp_path / "d")
    rows = store.rows("SELECT sha256 FROM page")
    assert len(rows) >= len([a for a in announced if a.strip().isdigit()])
    for row in rows:
        assert store.blobs.path(row["sha256"]).stat().st_size > 5000
    assert audit.verify(store.conn).ok
    assert store.row("PRAGMA integrity_check")[0] == "ok"
    store.close()


def test_blob_that_changes_while_adopted_is_refused(store, tmp_path):
    source = tmp_path / "page.jpg"
    source.write_bytes(b"one")
    with pytest.raises(StorageError):
        store.blobs.adopt(source, "0" * 64)
    sha256 = store.blobs.adopt(source)
    assert store.blobs.read(sha256) == b"one"


def test_accepting_one_missing_paper_leaves_the_other_open(store):
    dossier = dossiers.create(store, "H49.64-261122-0001", "birth_registration")
    missing = [
        Finding("MISSING_COMPONENT", "problem", Text(name, name), component=name)
        for name in ("form", "citizen_card")
    ]
    dossiers.save_assembly(store, dossier.id, [], [], missing)
    dossiers.accept_finding(store, dossier.id, missing[0], "nộp bổ sung sau")
    assert dossiers.findings(store, dossier.id, open_only=True) == [missing[1]]
    dossiers.save_assembly(store, dossier.id, [], [], missing)
    assert dossiers.findings(store, dossier.id, open_only=True) == [missing[1]]


def test_the_newest_migration_is_the_one_that_is_asked_for(store):
    """Otherwise a folder of the version before would never be brought up to date."""
    applied = [row["name"] for row in store.rows("SELECT name FROM _sqlite_migrations ORDER BY id")]
    assert applied[-1] == LATEST


def test_a_damaged_page_of_the_database_is_found(store, capfd):
    with store.transaction() as change:
        change.audit("x", "y")
    assert store.integrity() == "ok"
    store.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    file = store.folder / FILE_NAME
    data = bytearray(file.read_bytes())
    data[-5000] ^= 1
    file.write_bytes(data)
    assert store.integrity() != "ok"
    assert capfd.readouterr().err == ""
