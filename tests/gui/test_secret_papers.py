"""Secret papers at the counter: a key to mark, a key against a false alarm; what was purged."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desk_app.gui.widgets.banner import Notice
from desk_app.records import Finding, Text
from desk_app.store import dossiers, secrecy
from tests.gui.conftest import WAIT_MS


@pytest.fixture
def notices(window):
    found: list[Notice] = []
    window.counter._station.noticed.connect(found.append)
    return found


def suggest(store, dossier):
    page = dossiers.pages(store, dossier.id)[0]
    finding = Finding("SECRET_MARK", "problem", Text("Trang 1 …", "Page 1 …"), page_id=page.id)
    papers = dossiers.documents(store, dossier.id)
    dossiers.save_assembly(store, dossier.id, papers, [], [finding])


def test_one_key_marks_and_the_notice_has_the_way_back(qtbot, counter, store, dossier, notices):
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(counter.work.list, Qt.Key.Key_M, both)
    qtbot.waitUntil(lambda: bool(notices), timeout=WAIT_MS)
    assert secrecy.of(store, dossier.id).dossier == "03"
    assert dossier.code in notices[0].text
    qtbot.waitUntil(lambda: "MẬT" in counter.work._state.text(), timeout=WAIT_MS)
    notices[0].run()
    qtbot.waitUntil(lambda: secrecy.of(store, dossier.id).dossier == "01", timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "MẬT" not in counter.work._state.text(), timeout=WAIT_MS)


def test_a_false_alarm_costs_one_key(qtbot, counter, store, dossier):
    suggest(store, dossier)
    qtbot.waitUntil(lambda: any(f.code == "SECRET_MARK" for f in counter.view.exceptions),
                    timeout=WAIT_MS)  # fmt: skip
    counter.run("next_exception")
    assert counter._exception.code == "SECRET_MARK"
    QTest.keyClick(counter.work.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: secrecy.of(store, dossier.id).unanswered == 0, timeout=WAIT_MS)
    row = store.row("SELECT accepted FROM finding WHERE code = 'SECRET_MARK'")
    assert "không phải dấu độ mật" in row["accepted"]


def test_a_purged_dossier_opens_and_says_so(qtbot, window, store, dossier):
    with store.transaction() as change:
        change.conn.execute(
            "INSERT INTO purge VALUES(?, ?, 'desk', 30, ?, 1, 1, 0, 0, 0, ?)",
            (dossier.id, change.now, change.now, change.now),
        )
        change.conn.execute(
            "UPDATE page SET reading_sha256 = NULL WHERE dossier_id = ?", (dossier.id,)
        )
        change.audit("test", dossier.id)
    for page in dossiers.pages(store, dossier.id):
        store.blobs.remove(page.sha256)
    window.counter.open_dossier(dossier.id)
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "chỉ còn ở kho" in window.counter.work._state.text(),
                    timeout=WAIT_MS)  # fmt: skip


def test_the_queue_tells_that_a_file_is_held_as_secret(store):
    from desk_app.gui.models.queue import read_outbox
    from desk_app.submission import secret_papers
    from tests.submission.desk import content, make_ready, new_dossier, put

    other = new_dossier(store, "H49-260302-0009")
    put(store, other, content(1, 50))
    make_ready(store, other)
    secret_papers.mark(store, other, "03")
    (item,) = read_outbox(store).items
    assert (item.shown_state.word, item.shown_state.tone) == ("secret: not sent", "bad")
    assert "secret" in item.fault


def test_what_was_purged_is_not_offered_for_verification(store):
    from datetime import timedelta

    from desk_app import purging
    from desk_app.gui.models.verification import read_files
    from desk_app.store.database import Store, now_local
    from tests.store.finished import finished

    finished(store)
    assert len(read_files(store)) == 2
    later = Store(store.folder, clock=lambda: now_local() + timedelta(days=1))
    assert len(purging.run(later, 0).purged) == 1
    later.close()
    assert read_files(store) == []
