"""The search screen: as one types, by keyboard alone, honest about what it does not know."""

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest

from desk_app.gui import searching
from desk_app.gui.commands import COUNTER, SEARCH, VERIFY
from desk_app.gui.models.search import Place, SearchModel
from desk_app.gui.searching import Found
from desk_app.store import dossiers, search
from desk_app.store.search import Answer, Hit, Query
from tests.gui import builder
from tests.gui.conftest import WAIT_MS
from tests.gui.test_models import sign_three
from tests.gui.typing_keys import commit, type_text


@pytest.fixture
def screen(qtbot, dossier, window):
    window.go(SEARCH)
    in_front(qtbot, window)
    return window.search


def in_front(qtbot, window):
    """The window has the keyboard, as it has at a desk."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
    qtbot.waitUntil(window.search.bar.line.hasFocus, timeout=WAIT_MS)


def ask(qtbot, screen, text):
    """Type, and wait for the answer to exactly that."""
    screen.bar.line.clear()
    type_text(screen.bar.line, text)
    wait(qtbot, screen)


def wait(qtbot, screen):
    qtbot.waitUntil(lambda: not screen.asking.is_waiting, timeout=WAIT_MS)


def hit(number, **changed):
    values = {
        "kind": "page", "dossier_id": f"d{number // 50}", "code": f"H49.64-261120-{number:06}",
        "state": "stored", "procedure": "birth_registration", "received": "2026-11-20",
        "document_id": None, "title": "Giấy chứng sinh", "type": None, "page_id": f"p{number}",
        "page": number + 1, "snippet": "họ và tên Nguyễn Văn An", "marks": ((10, 16),),
        "entry": number,
    }  # fmt: skip
    return Hit(**(values | changed))


def test_nothing_asked_says_what_can_be_asked(screen, window):
    assert screen._empty.isVisible()
    assert "open_hit" not in {c.id for c in window.actions_.valid(SEARCH)}


@pytest.mark.parametrize("key", [Qt.Key.Key_F, Qt.Key.Key_5])
def test_a_key_leads_here_from_anywhere(qtbot, counter, window, key):
    QTest.keyClick(counter.work.list, key, Qt.KeyboardModifier.ControlModifier)
    assert window.screen_name == SEARCH
    qtbot.waitUntil(window.search.bar.line.hasFocus, timeout=WAIT_MS)


@pytest.mark.parametrize("text", ["kieu diem", "Kiều Diễm"])
def test_results_come_while_one_types(qtbot, screen, text):
    ask(qtbot, screen, text)
    (found,) = screen.model.hits
    assert (found.kind, found.code) == ("document", builder.CODE)
    start, end = found.marks[0]
    assert found.snippet[start:end] == "KIỀU DIỄM"
    assert screen.count.text() == "1 chỗ trong 1 hồ sơ"
    assert screen.time.text().endswith(" ms")


def test_what_an_input_method_sends_is_asked_once(qtbot, screen, monkeypatch):
    asked = []
    monkeypatch.setattr(searching, "_search", lambda store, query, stopped: asked.append(query.text)
                        or Found(query, Answer((), True, 1.0), 0))  # fmt: skip
    for text in ("K", "Ki", "Kiê", "Kiều "):
        screen.bar.line.clear()
        commit(screen.bar.line, text)
    wait(qtbot, screen)
    assert asked == ["Kiều "]


def test_an_answer_that_was_overtaken_is_dropped(qtbot, screen, window):
    """The lane is still busy with the first question when the second one is typed."""
    import threading

    gate = threading.Event()
    window._station.tasks.submit(searching.SEARCH_LANE, gate.wait, 10)
    screen.asking.ask(Query("thiện nhẫn"), at_once=True)
    QTest.qWait(30)
    screen.asking.ask(Query("kiều diễm"), at_once=True)
    QTest.qWait(30)
    seen = []
    screen.asking.found.connect(seen.append)
    gate.set()
    qtbot.waitUntil(lambda: bool(seen), timeout=WAIT_MS)
    assert [found.query.text for found in seen] == ["kiều diễm"]


def test_an_answer_to_what_was_cleared_is_dropped(qtbot, screen, window):
    import threading

    gate = threading.Event()
    window._station.tasks.submit(searching.SEARCH_LANE, gate.wait, 10)
    screen.bar.line.setText("kieu diem")
    QTest.qWait(searching.PAUSE_MS + 50)  # the question waits on the lane
    screen.run("clear_search")
    gate.set()
    qtbot.waitUntil(
        lambda: not window._station.tasks.is_busy(searching.SEARCH_LANE), timeout=WAIT_MS
    )
    assert screen.model.hits == []
    assert screen._empty.isVisible()


def test_arrows_choose_while_the_line_keeps_the_keyboard(qtbot, screen):
    ask(qtbot, screen, "dang ky")
    screen.model.show(Answer(tuple(hit(n) for n in range(40)), True, 2.0))
    screen.view.choose(0)
    for key, row in ((Qt.Key.Key_Down, 1), (Qt.Key.Key_Down, 2), (Qt.Key.Key_Up, 1)):
        QTest.keyClick(screen.bar.line, key)
        assert (screen.view.currentIndex().row(), screen.bar.line.hasFocus()) == (row, True)
    QTest.keyClick(screen.bar.line, Qt.Key.Key_PageDown)
    assert screen.view.currentIndex().row() > 3


def test_enter_opens_the_page_with_its_words_boxed(qtbot, screen, window):
    ask(qtbot, screen, "nguoi yeu")  # what builder.reading says of every page
    last = len(screen.model.hits) - 1
    wanted = screen.model.hits[last]
    for _ in range(last):
        QTest.keyClick(screen.bar.line, Qt.Key.Key_Down)
    QTest.keyClick(screen.bar.line, Qt.Key.Key_Return)
    counter = window.counter
    assert window.screen_name == COUNTER
    qtbot.waitUntil(lambda: counter._page_id == wanted.page_id, timeout=WAIT_MS)
    boxed = lambda: counter.sought.frames(counter._loader.loaded, counter._page_id)  # noqa: E731
    qtbot.waitUntil(lambda: len(boxed()) == 2, timeout=WAIT_MS)
    strong = [f.box for f in counter.work.view.frames if f.tone == "warn" and f.strong]
    assert strong == [(300, 400, 420, 440), (430, 400, 500, 440)]


def test_a_value_leads_to_its_page(qtbot, screen, window):
    ask(qtbot, screen, "thien nhan")
    QTest.keyClick(screen.bar.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.counter._page_id == "page-s01a", timeout=WAIT_MS)


def test_enter_before_the_answer_opens_what_comes(qtbot, screen, window):
    type_text(screen.bar.line, builder.CODE)
    QTest.keyClick(screen.bar.line, Qt.Key.Key_Return)
    assert window.screen_name == SEARCH
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    assert window.counter.view.dossier.code == builder.CODE


def test_a_dossier_opened_otherwise_boxes_nothing(qtbot, screen, window, dossier):
    test_enter_opens_the_page_with_its_words_boxed(qtbot, screen, window)
    window.counter.open_dossier(dossier.id)
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    assert window.counter.sought.place is None


def test_a_signed_hit_opens_at_the_verification(qtbot, store, dossier, tmp_path, window):
    sign_three(store, dossier, tmp_path)
    for state in ("checked", "to_sign", "signed"):
        dossiers.move(store, dossier.id, state)
    paper = dossiers.documents(store, dossier.id)[2]
    window.go(SEARCH)
    in_front(qtbot, window)
    ask(qtbot, window.search, paper.title)
    QTest.keyClick(window.search.bar.line, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert window.screen_name == VERIFY
    qtbot.waitUntil(
        lambda: window.verify._file is not None and window.verify._file.document_id == paper.id,
        timeout=WAIT_MS,
    )


def test_the_verification_opens_at_that_page(qtbot, store, dossier, tmp_path, window):
    sign_three(store, dossier, tmp_path)
    for state in ("checked", "to_sign", "signed"):
        dossiers.move(store, dossier.id, state)
    (paper, *_) = dossiers.documents(store, dossier.id)
    place = Place(dossier.id, builder.CODE, paper.id, paper.page_ids[1], "x", 1)
    window.go(SEARCH)
    window.search.verification_wanted.emit(place)
    verify = window.verify
    qtbot.waitUntil(lambda: verify._file is not None, timeout=WAIT_MS)
    assert (verify._file.document_id, verify._page) == (paper.id, 1)


def test_filters_narrow_by_key(qtbot, screen):
    ask(qtbot, screen, "nguoi")
    assert len(screen.model.hits) == 5
    QTest.keyClick(screen.bar.line, Qt.Key.Key_F2)
    wait(qtbot, screen)
    assert screen.model.hits == []
    ask(qtbot, screen, "kieu diem")
    assert len(screen.model.hits) == 1
    assert screen.asking._query.person
    QTest.keyClick(screen.bar.line, Qt.Key.Key_F6)
    assert screen.bar.since.hasFocus()
    type_text(screen.bar.since, "01/01/2031")
    wait(qtbot, screen)
    assert screen.model.hits == []
    assert "Ctrl+Backspace" in screen._empty._text.text()
    QTest.keyClick(screen.bar.since, Qt.Key.Key_Backspace, Qt.KeyboardModifier.ControlModifier)
    assert (screen.bar.line.text(), screen.bar.is_narrowed) == ("", False)


def test_a_day_that_is_none_is_named(qtbot, screen):
    ask(qtbot, screen, "dang")
    type_text(screen.bar.since, "31/02/2026")
    wait(qtbot, screen)
    assert "31/02/2026" in screen.note.text()
    assert screen.asking._query.since == ""


def test_paper_and_procedure_are_offered_by_title(qtbot, screen):
    titles = [screen.bar.paper.itemText(n) for n in range(screen.bar.paper.count())]
    assert "Giấy chứng sinh" in titles
    screen.bar.procedure.setCurrentIndex(screen.bar.procedure.findData("birth_registration"))
    wait(qtbot, screen)
    assert {found.code for found in screen.model.hits} == {builder.CODE}


def test_an_empty_store_finds_nothing_and_says_what_to_try(qtbot, window):
    window.go(SEARCH)
    ask(qtbot, window.search, "nguyen van an 1990")
    assert window.search._empty.isVisible()
    assert window.search._empty._text.text().count(".") >= 2


def test_a_fault_of_the_store_is_shown_and_the_next_question_answered(
    qtbot, screen, store, window, monkeypatch
):
    def broken(*_args, **_options):
        from desk_app.errors import StorageError

        raise StorageError("disk")

    monkeypatch.setattr(search, "find", broken)
    type_text(screen.bar.line, "kieu")
    qtbot.waitUntil(lambda: "disk" in screen._empty._title.text(), timeout=WAIT_MS)
    assert screen.model.hits == []
    monkeypatch.undo()
    ask(qtbot, screen, "kieu diem")
    assert len(screen.model.hits) == 1


def test_pages_that_wait_for_the_index_are_told_and_come_by_themselves(qtbot, screen, monkeypatch):
    monkeypatch.setattr(searching, "INDEXING_S", -1.0)
    monkeypatch.setattr(search, "BATCH", 1)
    monkeypatch.setattr(searching, "AGAIN_MS", 1)
    seen = []
    screen.asking.found.connect(lambda found: seen.append((found.behind, screen.note.text())))
    ask(qtbot, screen, "nguoi yeu")
    qtbot.waitUntil(lambda: seen[-1][0] == 0, timeout=WAIT_MS)
    assert seen[0][0] > 0
    qtbot.waitUntil(lambda: screen.note.text() == "", timeout=WAIT_MS)
    assert len(screen.model.hits) == 5


def test_searches_are_recorded_once_without_their_words(qtbot, screen, store, monkeypatch):
    ask(qtbot, screen, "kieu diem")
    screen.asking.note()
    screen.asking.note()
    qtbot.waitUntil(lambda: len(_searches(store)) == 1, timeout=WAIT_MS)
    QTest.qWait(50)
    (record,) = _searches(store)
    assert "kieu" not in record.casefold()


def _searches(store):
    rows = store.rows("SELECT * FROM audit_event WHERE action = 'search'")
    return [str(dict(row)) for row in rows]


# --- many rows --------------------------------------------------------------------------------


def test_more_comes_as_one_scrolls(qtbot, screen, store, dossier, monkeypatch):
    monkeypatch.setattr(searching, "BLOCK", 20)
    rows = [(f"X{n}", f"giấy tờ số {n}") for n in range(70)]
    with store.transaction() as change:
        change.conn.executemany(
            "INSERT INTO document(id, dossier_id, ordinal, title, confidence) "
            "VALUES(?, ?, 9, ?, 1)", [(of, dossier.id, text) for of, text in rows],
        )  # fmt: skip
        change.audit("test", "rows")
    ask(qtbot, screen, "giay to so")
    assert len(screen.model.hits) == 20
    for _ in range(3):
        before = len(screen.model.hits)
        screen.view.choose(before - 1)
        screen.view.scrollToBottom()
        qtbot.waitUntil(lambda b=before: len(screen.model.hits) > b, timeout=WAIT_MS)
    assert len({found.entry for found in screen.model.hits}) == 70
    qtbot.waitUntil(lambda: not screen.model.has_more, timeout=WAIT_MS)


def test_the_model_keeps_qt_s_rules(qapp):
    model = SearchModel()
    tester = QAbstractItemModelTester(
        model, QAbstractItemModelTester.FailureReportingMode.Fatal, model
    )
    model.show(Answer(tuple(hit(n) for n in range(5)), True, 1.0, more=True))
    model.fetchMore(QModelIndex())
    model.extend(Answer(tuple(hit(n) for n in range(5, 8)), True, 1.0))
    model.show(None)
    assert (model.rowCount(), model.canFetchMore(QModelIndex())) == (0, False)
    assert tester.parent() is model


def test_a_hundred_thousand_rows_cost_a_screenful(qtbot, qapp):
    """Blocks of five hundred until all are there: painting asks for what is seen, no more."""
    from desk_app.gui.widgets.hits_view import HitsView

    model = SearchModel()
    asked = 0

    class Counting(SearchModel):
        def data(self, index, role=Qt.ItemDataRole.DisplayRole):
            nonlocal asked
            asked += 1
            return super().data(index, role)

    model = Counting()
    view = HitsView(model)
    qtbot.addWidget(view)
    view.resize(1200, 700)
    view.show()
    model.show(Answer(tuple(hit(n) for n in range(500)), True, 1.0, more=True))
    for start in range(500, 100_000, 500):
        model.extend(Answer(tuple(hit(n) for n in range(start, start + 500)), True, 1.0, True))
    asked = 0
    view.scrollToBottom()
    view.choose(99_999)
    qapp.processEvents()
    view.grab()
    assert model.rowCount() == 100_000
    assert 0 < asked < 2000


def test_accessible_text_says_all_of_a_hit(qapp):
    model = SearchModel()
    model.show(Answer((hit(3),), True, 1.0))
    spoken = model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    for part in ("Giấy chứng sinh", "Nguyễn Văn An", "H49.64-261120-000003", "20/11/2026"):
        assert part in spoken
