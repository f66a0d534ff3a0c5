"""The counter on a store that holds what the stages would have left."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame, QLabel

from desk_app.capture.intake import ScanReport
from desk_app.feeding import Request
from desk_app.gui.models import decisions
from desk_app.gui.widgets.parts import ElidedLabel
from desk_app.store import dossiers
from scanners.errors import make_fault
from tests.gui import builder
from tests.gui.conftest import WAIT_MS
from tests.gui.typing_keys import commit

CTRL = Qt.KeyboardModifier.ControlModifier


def texts(window):
    return [notice.text for notice in window.banners.notices]


def test_starts_with_the_code_in_hand(window):
    assert window.counter.start.isVisible()
    window.activateWindow()
    assert window.focusWidget() is window.counter.start.code
    assert window.counter.start.procedure.currentData() == "birth_registration"
    assert not window.actions_["scan"].isEnabled()


def test_a_known_code_opens_its_dossier(qtbot, window, dossier):
    window.counter.start.code.setText(dossier.code.lower())
    QTest.keyClick(window.counter.start.code, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    assert window.counter.view.dossier.id == dossier.id
    assert window.counter.view.applicant == "PHẠM THỊ KIỀU DIỄM"


def test_an_unknown_code_opens_a_new_one_under_the_procedure(qtbot, window, store):
    start = window.counter.start
    start.procedure.setCurrentIndex(start.procedure.findData("marriage_registration"))
    start.code.setText("H49.64-261120-0999")
    QTest.keyClick(start.code, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    made = dossiers.find(store, "H49.64-261120-0999")
    assert made.procedure == "marriage_registration"
    assert dossiers.options(store, made.id)["demonstration"] is True


def test_a_wrong_code_is_said_below_the_field(qtbot, window):
    window.counter.start.code.setText("no code")
    QTest.keyClick(window.counter.start.code, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.counter.start._hint.isVisible(), timeout=WAIT_MS)
    assert window.counter.view is None
    assert texts(window) == []


def test_dossiers_in_work_are_offered(qtbot, window, dossier):
    qtbot.waitUntil(lambda: window.counter.start.recent.count() == 1, timeout=WAIT_MS)
    item = window.counter.start.recent.item(0)
    assert dossier.code in item.text()
    window.counter.start.recent.itemActivated.emit(item)
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)


def test_a_change_in_the_store_is_seen(qtbot, counter, store, dossier):
    store.conn.execute("UPDATE dossier SET state = 'suspended' WHERE id = ?", (dossier.id,))
    qtbot.waitUntil(lambda: counter.view.dossier.state == "suspended", timeout=WAIT_MS)


def test_the_first_page_is_shown_with_its_boxes(qtbot, counter):
    qtbot.waitUntil(lambda: len(counter.work.view.frames) == 3, timeout=WAIT_MS)
    counter.work.panel.form.focus_field("child_full_name")
    strong = [f.key for f in counter.work.view.frames if f.strong]
    assert strong == ["child_full_name"]


def test_the_first_page_is_chosen_in_the_list(counter):
    index = counter.work.list.currentIndex()
    assert counter.work.model.page_at(index).id == "page-s01a"
    assert counter.work.list.selectionModel().isSelected(index)


def test_pages_stand_whole_beside_their_paper(counter, qtbot):
    qtbot.wait(50)
    columns = counter.work.model.columnCount()
    total = sum(counter.work.list.columnWidth(n) for n in range(columns))
    assert total <= counter.work.list.viewport().width()


def test_a_turned_page_is_shown_upright(qtbot, counter):
    counter._go_to_page("page-s06b")
    qtbot.waitUntil(lambda: counter._loader.loaded.page_id == "page-s06b", timeout=WAIT_MS)
    page = counter.view.page("page-s06b")
    counter._loader.show(type(page)(**{**{f: getattr(page, f) for f in page.__slots__},
                                       "rotation": 90}))  # fmt: skip
    scene = counter.work.view.sceneRect()
    assert (scene.width(), scene.height()) == (page.height, page.width)


def test_typed_value_is_kept_and_undone(qtbot, counter, window, store, dossier):
    document = dossiers.documents(store, dossier.id)[0]
    form = counter.work.panel.form
    form.focus_field("child_full_name")
    edit = next(e for e in form.editors if e.name == "child_full_name")
    edit.selectAll()
    commit(edit, "ĐẶNG NGUYỄN THIỆN NHÂN")

    def kept():
        fields = {f.name: f for f in dossiers.document(store, document.id).fields}
        return fields["child_full_name"]

    qtbot.wait(60)
    assert kept().source == "ocr"  # nothing is done before Enter
    QTest.keyClick(edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: kept().value == "ĐẶNG NGUYỄN THIỆN NHÂN", timeout=WAIT_MS)
    assert kept().source == "clerk"
    window.run("undo")
    qtbot.waitUntil(lambda: kept().value == "ĐẶNG NGUYỄN THIỆN NHẪN", timeout=WAIT_MS)
    assert kept().source == "ocr"
    window.run("redo")
    qtbot.waitUntil(lambda: kept().source == "clerk", timeout=WAIT_MS)


def test_a_long_value_is_shown_whole(counter):
    edit = counter.work.panel.form.editors[0]
    one_line = edit.height()
    edit.setPlainText("Số 27, tổ 4, khu 6, phường Vân Hải, thành phố Hạ Long, tỉnh Quảng Ninh")
    assert edit.height() > one_line
    assert edit.verticalScrollBar().maximum() == 0


def test_dates_are_typed_day_first_and_kept_as_iso(qtbot, counter, store, dossier):
    document = dossiers.documents(store, dossier.id)[0]
    edit = next(e for e in counter.work.panel.form.editors if e.name == "child_date_of_birth")
    assert edit.text() == "10/11/2026"
    counter.work.panel.form.focus_field("child_date_of_birth")
    edit.setPlainText("11/11/2026")
    QTest.keyClick(edit, Qt.Key.Key_Return)

    def value():
        fields = dossiers.document(store, document.id).fields
        return {f.name: f.value for f in fields}["child_date_of_birth"]

    qtbot.waitUntil(lambda: value() == "2026-11-11", timeout=WAIT_MS)


def test_a_page_set_aside_comes_back_with_undo(qtbot, counter, window, store):
    counter._go_to_page("page-s01b")
    QTest.keyClick(counter.work.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: counter.view.page("page-s01b").aside, timeout=15_000)
    window.run("undo")
    qtbot.waitUntil(lambda: not counter.view.page("page-s01b").aside, timeout=15_000)
    assert dossiers.page(store, "page-s01b").document_id is not None


def test_missing_paper_leads_there_and_asks_inline(qtbot, store, launch):
    made = builder.birth_registration(store, findings=[builder.missing()])
    window = launch().window
    window.counter.open_dossier(made.id)
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    window.activateWindow()
    QTest.keyClick(window.counter.work.list, Qt.Key.Key_Return, CTRL)
    card = window.counter.work.panel.card
    assert card.isVisible()
    assert card.reason.hasFocus()
    assert window.counter._line_key == "component:marriage_certificate"
    assert dossiers.find(store, made.id).state == "to_check"
    QTest.keyClick(card.reason, Qt.Key.Key_Escape)
    assert window.counter.work.list.hasFocus()
    assert window.counter.view.blocking


@pytest.mark.parametrize("code", ["PAPER_JAM", "DOUBLE_FEED"])
def test_a_feed_fault_is_one_line_with_one_way_on(qtbot, counter, window, code):
    fault = make_fault(code, sheet=5, pages_safe=8)
    report = ScanReport("job", "fault", images=8, fault=fault)
    counter.feeder._request = Request(counter.view.dossier.id)
    counter.feeder._on_fed(report)
    (notice,) = window.banners.notices
    assert "5" in notice.text
    assert "8 trang" in notice.text
    assert notice.action
    assert notice.run is not None
    assert len(counter.view.pages) == 6  # what landed stays


def test_an_empty_feeder_is_said(counter, window):
    report = ScanReport("job", "feeder_empty")
    counter.feeder._on_fed(report)
    assert len(texts(window)) == 1


def test_a_signed_dossier_cannot_be_changed(qtbot, store, dossier, launch):
    for state in ("checked", "to_sign", "signed"):
        dossiers.move(store, dossier.id, state)
    window = launch().window
    window.counter.open_dossier(dossier.id)
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    for name in ("scan", "finish", "rotate", "set_aside", "split", "edit_field", "assign_1"):
        assert not window.actions_[name].isEnabled(), name
    assert all(edit.isReadOnly() for edit in window.counter.work.panel.form.editors)


def test_what_the_keys_mean_for_pages(qtbot, counter):
    view = counter.view
    assert decisions.split(view, "page-s01b") == {"page-s01b": {"first": True}}
    assert decisions.split(view, "page-s01a") == {}
    assert decisions.merge(view, "page-s01a") == {}
    joined = decisions.merge(view, "page-s06a")
    assert set(joined) == {"page-s06a", "page-s06b"}
    assert all(d == {"type": "birth_notification", "first": False} for d in joined.values())
    put = decisions.assign(view, "page-s01b", 2)
    assert put == {"page-s01b": {"type": "birth_notification", "first": True}}
    assert decisions.assign(view, "page-s03b", 1)["page-s03b"]["set_aside"] is False
    assert decisions.assign(view, "page-s01a", 9) == {}


def test_zoom_and_words(qtbot, counter, window):
    view = counter.work.view
    before = view.scale_now
    window.run("zoom_in")
    assert view.scale_now > before
    window.run("fit_width")
    wide = view.scale_now
    window.run("fit_page")
    assert view.scale_now <= wide
    window.run("words")
    assert view._boxes.all_words


def test_a_long_name_on_a_small_screen_ends_in_an_ellipsis(counter, window):
    """It was cut through the middle of a letter, as if the name ended there."""
    name = "NGUYỄN PHÚC TÔN NỮ HOÀNG NGUYỆT QUỲNH THÙY DƯƠNG ẤU TRIỀU VĨNH THỤY"
    window.resize(1024, 600)
    counter.work.show_view(replace(counter.view, applicant=name))
    QApplication.processEvents()
    header = counter.work.findChild(QFrame, "Header")
    shown = [each for each in header.findChildren(QLabel) if each.isVisible() and each.text()]
    [about] = [each for each in shown if name in each.text()]
    assert isinstance(about, ElidedLabel)
    assert about.toolTip() == about.text()
    assert all(each is about or each.width() >= each.sizeHint().width() for each in shown)
    window.resize(1900, 900)
    QApplication.processEvents()
    assert about.width() >= about.sizeHint().width()
