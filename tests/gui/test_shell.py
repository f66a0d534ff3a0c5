"""Start-up, second start, crash, accessibility, settings, the secret's session."""

import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from functools import partial

import pytest
import shiboken6
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenuBar,
    QPlainTextEdit,
)

from desk_app.gui import crash
from desk_app.gui.commands import COUNTER, QUEUE, VERIFY
from desk_app.gui.dialogs.pin import PinDialog
from desk_app.gui.dialogs.settings import SettingsDialog
from desk_app.gui.instance import Instance
from desk_app.gui.station import Session
from desk_app.paths import RESOURCES
from desk_app.settings import Settings, load
from tests.gui.conftest import WAIT_MS

HEAVY = ("cv2", "numpy", "pikepdf", "pyhanko", "sqlite_utils", "PIL", "pypdfium2", "cryptography")
START = """
import os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from pathlib import Path
from PySide6.QtWidgets import QApplication
from desk_app.gui.app import Desk
from desk_app.settings import Settings
app = QApplication([])
seen = []
desk = Desk(Path(sys.argv[1]), Settings(workers=1), resume=False)
desk.show()
desk.window.painted.connect(lambda: seen.append([m for m in {heavy} if m in sys.modules]))
while not seen:
    app.processEvents()
print(seen[0], desk.station.desk)
desk.close()
"""


def test_window_first_engines_later(data):
    done = subprocess.run(
        [sys.executable, "-c", START.replace("{heavy}", repr(HEAVY)), str(data)],
        capture_output=True, text=True, timeout=60, check=True, cwd=RESOURCES.parent,
    )  # fmt: skip
    assert done.stdout.strip() == "[] None"


def test_asked_to_go_it_goes(data):
    window = subprocess.Popen(
        [sys.executable, "main.py", "--data", str(data)], cwd=RESOURCES.parent,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    try:
        for _ in range(300):
            if (data / "desk.sqlite3").exists() or window.poll() is not None:
                break
            time.sleep(0.1)
        window.send_signal(signal.SIGTERM)
        assert window.wait(timeout=20) == 0
    finally:
        window.kill()
        window.wait()


# --- second start -----------------------------------------------------------------------------


def test_a_second_start_calls_the_first(qtbot, data):
    first, second = Instance(data), Instance(data)
    assert first.is_first()
    with qtbot.waitSignal(first.called, timeout=WAIT_MS) as called:
        assert not second.is_first("H49.64-261120-0147")
    assert called.args == ["H49.64-261120-0147"]
    first.close()
    third = Instance(data)
    assert third.is_first()
    third.close()


def test_other_data_folders_are_other_desks(tmp_path, qapp):
    one, other = Instance(tmp_path / "a"), Instance(tmp_path / "b")
    assert one.is_first()
    assert other.is_first()
    one.close()
    other.close()


# --- crash ------------------------------------------------------------------------------------


@pytest.fixture
def told(tmp_path):
    codes = []
    crash.install(tmp_path / "logs", codes.append)
    yield codes
    crash.uninstall()


def fail():
    raise ValueError("NGUYỄN THỊ HỒNG NGUYỆT 022196999001")


def test_a_crash_gives_a_code_and_keeps_people_out_of_the_log(told, tmp_path):
    try:
        fail()
    except ValueError as fault:
        sys.excepthook(ValueError, fault, fault.__traceback__)
    (code,) = told
    assert re.fullmatch(r"E-[0-9A-F]{6}", code)
    for handler in logging.getLogger("desk_app").handlers:
        handler.flush()
    log = (tmp_path / "logs" / "window.log").read_text(encoding="utf-8")
    assert code in log
    assert "test_shell.py" in log
    assert "NGUYỆT" not in log
    assert "022196999001" not in log


def test_a_crash_on_another_thread_is_told(told):
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert len(told) == 1


def test_a_crash_shows_a_calm_banner(qtbot, launch):
    desk = launch()
    desk.crashed.emit("E-123456")
    qtbot.waitUntil(lambda: bool(desk.window.banners.notices), timeout=WAIT_MS)
    (notice,) = desk.window.banners.notices
    assert "E-123456" in notice.text
    assert "Traceback" not in notice.text + notice.detail


# --- accessibility ----------------------------------------------------------------------------


@pytest.mark.parametrize("screen", [COUNTER, VERIFY, QUEUE])
def test_mnemonics_are_unique(counter, window, screen):
    window.go(screen)
    letters = []
    for widget in [*window.findChildren(QLabel), *window.findChildren(QAbstractButton)]:
        if widget.isVisible() and widget.text():
            letters += mnemonic(widget.text())
    for action in window.findChild(QMenuBar).actions():
        letters += mnemonic(action.text())
    assert len(letters) == len(set(letters)), letters


def test_mnemonics_of_the_start_page(window):
    letters = []
    for widget in window.counter.start.findChildren(QLabel):
        letters += mnemonic(widget.text())
    for action in window.menuBar().actions():
        letters += mnemonic(action.text())
    assert len(letters) == len(set(letters)) == 6, letters


def mnemonic(text):
    return [m.lower() for m in re.findall(r"&(\w)", text)]


def test_everything_that_takes_input_has_a_name(counter, window):
    kinds = (QLineEdit, QPlainTextEdit, QComboBox, QAbstractButton, QAbstractItemView)
    for screen in (COUNTER, VERIFY, QUEUE):
        window.go(screen)
        for widget in [w for kind in kinds for w in window.findChildren(kind)]:
            if widget.isVisible() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
                named = QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
                assert named or isinstance(widget.parent(), QComboBox), widget


def test_nothing_to_press_is_tiny(counter, window):
    for button in window.findChildren(QAbstractButton):
        if button.isVisible():
            assert min(button.width(), button.height()) >= 24, button.accessibleName()


def test_tab_walks_the_code_then_the_procedure(window):
    window.activateWindow()
    window.counter.start.code.setFocus()
    QTest.keyClick(window.counter.start.code, Qt.Key.Key_Tab)
    order = [window.focusWidget()]
    QTest.keyClick(order[0], Qt.Key.Key_Tab)
    order.append(window.focusWidget())
    assert order == [window.counter.start._open, window.counter.start.procedure]


def test_screens_by_keys(window):
    window.activateWindow()
    for key, name in ((Qt.Key.Key_2, VERIFY), (Qt.Key.Key_4, QUEUE), (Qt.Key.Key_1, COUNTER)):
        QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.screen_name == name


def test_every_action_says_its_key(window):
    for action in window.actions_.findChildren(QAction):
        assert "(" in action.toolTip()


# --- settings and the secret ------------------------------------------------------------------


def test_language_and_colours_change_at_once(qtbot, launch, data):
    desk = launch(language="vi")
    before = desk.window
    desk._on_settings(Settings(language="en", theme="dark", workers=1))
    assert desk.window is not before
    assert desk.window.actions_["scan"].text() == "Scan"
    assert load(data).language == "en"
    qtbot.waitUntil(lambda: desk.station.desk is not None, timeout=WAIT_MS)


def test_the_settings_dialog_changes_only_what_was_chosen(qtbot):
    dialog = SettingsDialog(Settings(agency="UBND xã An Bình", store_profile="elsewhere"))
    qtbot.addWidget(dialog)
    dialog.language.setCurrentIndex(dialog.language.findData("en"))
    chosen = dialog.settings
    assert (chosen.language, chosen.agency) == ("en", "UBND xã An Bình")
    assert chosen.store_profile == "elsewhere"
    assert chosen.keep_days == 0


def test_how_long_copies_stay_is_chosen_in_the_settings(qtbot):
    dialog = SettingsDialog(Settings(keep_days=45))  # what somebody wrote by hand stays a choice
    qtbot.addWidget(dialog)
    assert dialog.settings.keep_days == 45
    dialog.keep_days.setCurrentIndex(dialog.keep_days.findData("90"))
    assert dialog.settings.keep_days == 90
    dialog.keep_days.setCurrentIndex(dialog.keep_days.findData("0"))
    assert dialog.settings.keep_days == 0


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_choice_of_the_settings_is_cut_off(qtbot, launch, language):
    window = launch(language=language).window
    window.run("settings")
    (dialog,) = window.findChildren(SettingsDialog)
    qtbot.waitUntil(dialog.isVisible)
    for choice in (dialog.approval, dialog.four_eyes):
        assert choice.width() >= choice.sizeHint().width()


def test_a_pin_is_wiped(qtbot):
    dialog = PinDialog("p12:x")
    qtbot.addWidget(dialog)
    dialog.field.setText("1234")
    secret = dialog.take()
    assert dialog.field.text() == ""
    session = Session()
    session.begin(secret)
    assert session.secret() == bytearray(b"1234")
    session.forget()
    assert secret == bytearray(4)
    assert session.secret() is None


def test_a_real_key_asks_for_its_pin_before_signing(qtbot, store, dossier, launch):
    from desk_app.store import dossiers as records

    window = launch(key="p12:/keys/officer.p12").window
    window.counter.open_dossier(dossier.id)
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    window.activateWindow()
    window.run("finish")
    dialog = window.findChild(PinDialog)
    assert dialog is not None
    dialog.reject()
    assert records.find(store, dossier.id).state == "to_check"


def test_no_test_types_vietnamese_through_key_clicks():
    """qtbot.keyClicks aborts the whole run on a letter beyond Latin-1."""
    call = re.compile(r"keyClicks\([^)]*[^\x00-\xff]")
    for file in (RESOURCES.parent / "tests").rglob("*.py"):
        assert not call.search(file.read_text(encoding="utf-8")), file


def test_an_answer_for_a_closed_dialog_is_dropped(qtbot, launch):
    """A closed dialog's parts are gone when the work it asked for is done."""
    station = launch().station
    dialog, heard = QObject(), []

    class Asker(QObject):
        def answer(self, found):
            heard.append(found)

    asker = Asker(dialog)
    gate = threading.Event()
    station.tasks.submit("test", gate.wait, 20, done=partial(asker.answer))
    shiboken6.delete(dialog)
    gate.set()
    qtbot.waitUntil(lambda: not station.tasks.is_busy("test"), timeout=WAIT_MS)
    assert heard == []
