"""The clerk's whole job by keyboard alone, on the real store and the real stages, keys counted."""

import shutil

import pytest
from PySide6.QtCore import Qt

from desk_app.store import dossiers
from tests.gui import builder
from tests.gui.conftest import WAIT_MS
from tests.gui.typing_keys import Keyboard, type_text

CTRL = Qt.KeyboardModifier.ControlModifier
READ_MS = 120_000
CODE = "H49.64-261120-0200"


@pytest.fixture
def stack(tmp_path):
    """One sheet in the feeder: the citizen card, both sides."""
    folder = tmp_path / "stack"
    folder.mkdir()
    for name in ("s06a.jpg", "s06b.jpg"):
        shutil.copy(builder.FOLDER / name, folder / name)
    return folder


def test_from_receipt_code_to_receipt_in_six_keys(qtbot, launch, stack):
    """The slip's scanner types the code; then F5, done, the reason for what is missing, done."""
    desk = launch(device=f"simulated:{stack}?duplex=1&ppm=240")
    window, store = desk.window, desk.station.desk.store
    counter, press = window.counter, Keyboard(desk.window)
    window.activateWindow()
    counter.start.procedure.setCurrentIndex(counter.start.procedure.findData("permanent_residence"))
    qtbot.waitUntil(lambda: window.focusWidget() is counter.start.code, timeout=WAIT_MS)
    type_text(counter.start.code, CODE)  # the hand scanner, not the clerk
    Keyboard(window)(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: counter.view is not None, timeout=WAIT_MS)

    press(Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: counter.feeder.is_feeding, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not counter.feeder.is_feeding, timeout=READ_MS)
    qtbot.waitUntil(lambda: counter.view.dossier.state == "to_check", timeout=WAIT_MS)
    dossier_id = counter.view.dossier.id
    assert [p.sheet for p in counter.view.pages] == [1, 1]
    assert len(counter.view.blocking) == 1
    assert counter._page_id in {page.id for page in counter.view.pages}  # shown as it landed

    press(Qt.Key.Key_Return, CTRL)  # not done yet: it leads to what is missing
    assert window.focusWidget() is counter.work.panel.card.reason
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not counter.view.blocking, timeout=WAIT_MS)
    press(Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: dossiers.find(store, dossier_id).state == "done", timeout=READ_MS)
    assert press.pressed <= 6
    assert window.focusWidget() is counter.start.code
    assert counter.start.code.text() == ""


def test_nine_sheets_with_their_exceptions_in_six_keys(qtbot, launch):
    """The sample's nine sheets, both sides: F5 while the code is already in, F3 + Enter, done."""
    desk = launch(device="simulated:?duplex=1&ppm=600", workers=2)
    window, store = desk.window, desk.station.desk.store
    counter, press = window.counter, Keyboard(desk.window)
    window.activateWindow()
    qtbot.waitUntil(lambda: window.focusWidget() is counter.start.code, timeout=WAIT_MS)
    type_text(counter.start.code, "H49.64-261120-0201")  # the hand scanner
    Keyboard(window)(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: counter.view is not None, timeout=WAIT_MS)
    press(Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: counter.feeder.is_feeding, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not counter.feeder.is_feeding, timeout=READ_MS)
    qtbot.waitUntil(lambda: counter.view.dossier.state == "to_check", timeout=WAIT_MS)
    dossier_id = counter.view.dossier.id
    assert len({page.sheet for page in counter.view.pages}) == 9
    assert counter.view.blocking == ()
    press(Qt.Key.Key_F3)
    before = len(counter.view.exceptions)
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(counter.view.exceptions) == before - 1, timeout=WAIT_MS)
    press(Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: dossiers.find(store, dossier_id).state == "done", timeout=READ_MS)
    assert press.pressed <= 6


def test_a_checked_dossier_by_keys_alone(qtbot, counter, window, store, dossier):
    """Next exception, accept, turn, undo, put a page elsewhere, edit a value: no mouse."""
    press = Keyboard(window)
    press(Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: counter.work.panel.card.isVisible(), timeout=WAIT_MS)
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: dossiers.findings(store, dossier.id, open_only=True) == [], timeout=WAIT_MS
    )
    press(Qt.Key.Key_Space)
    assert counter._page_id == "page-s01b"
    press(Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    assert counter._page_id == "page-s01a"
    press(Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: counter.work.panel.form.current_name != "", timeout=WAIT_MS)
    first = counter.work.panel.form.current_name
    press(Qt.Key.Key_Tab)
    assert counter.work.panel.form.current_name not in ("", first)
    press(Qt.Key.Key_Backtab)
    assert counter.work.panel.form.current_name == first
    press(Qt.Key.Key_Escape)
    assert window.focusWidget() is counter.work.list


def test_single_keys_do_nothing_while_typing(qtbot, counter, window, store):
    press = Keyboard(window)
    press(Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: counter.work.panel.form.current_name != "", timeout=WAIT_MS)
    before = {p.id: dossiers.decisions(store, p.id) for p in counter.view.pages}
    for key in (Qt.Key.Key_R, Qt.Key.Key_S, Qt.Key.Key_M, Qt.Key.Key_1, Qt.Key.Key_Delete):
        press(key)
    qtbot.wait(100)
    assert {p.id: dossiers.decisions(store, p.id) for p in counter.view.pages} == before
    press(Qt.Key.Key_Escape)
