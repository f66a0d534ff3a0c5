"""The PIN dialog says what the token says; the session is seen, counted down and ended."""

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desk_app import waiting
from desk_app.gui.commands import QUEUE, VERIFY
from desk_app.gui.dialogs.pin import PinDialog
from desk_app.gui.models import expiry
from desk_app.records import Text
from desk_app.store import dossiers, states
from desk_app.tokens import KeyState
from signing.errors import RevocationUnreachable, TimestampUnreachable
from tests.gui.conftest import WAIT_MS


@pytest.fixture
def dialog(qtbot):
    made = PinDialog("pkcs11:x")
    qtbot.addWidget(made)
    made.show()
    return made


def test_nothing_is_sent_before_the_key_has_answered(dialog):
    dialog.field.setText("1234")
    assert not dialog.ok.isEnabled()
    dialog.show_state(KeyState("officer", "unknown"))
    assert dialog.ok.isEnabled()
    dialog.field.clear()
    assert not dialog.ok.isEnabled()


def test_few_tries_warn_and_do_not_stop(dialog):
    ends = datetime.now(UTC) + timedelta(days=10, hours=1)
    dialog.show_state(KeyState("officer", "low", None, "Lê Văn Tuấn", ends))
    dialog.field.setText("1234")
    assert "wrong PIN" in dialog._words.text()
    assert dialog.ok.isEnabled()
    assert not dialog.last_try
    assert "10 days left" in dialog._key.text()


def test_the_last_try_is_confirmed_with_the_name_of_the_token(dialog):
    dialog.show_state(KeyState("officer", "one"))
    dialog.field.setText("1234")
    dialog.confirmation.setText("yes")
    assert not dialog.ok.isEnabled()
    dialog.confirmation.setText("officer")
    assert dialog.ok.isEnabled()
    assert dialog.last_try


@pytest.mark.parametrize("tries", ["locked", "absent"])
def test_a_locked_token_takes_no_pin(dialog, tries):
    dialog.show_state(KeyState("officer", tries, Text("Đã khóa.", "Locked. Ask the issuer.")))
    assert not dialog.field.isVisible()
    assert not dialog.ok.isEnabled()
    assert "Ask the issuer" in dialog._words.text()


def test_a_keypad_asks_for_nothing_here(dialog):
    dialog.show_state(KeyState("officer", "none"))
    assert not dialog.field.isVisible()
    assert dialog.ok.isEnabled()
    assert dialog.take() == bytearray()


def test_a_missing_key_file_is_said_before_the_pin(qtbot, dossier, launch):
    window = launch(key="p12:/nowhere/officer.p12").window
    window.counter.open_dossier(dossier.id)
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    window._ask_pin(lambda: None)
    shown = window.findChild(PinDialog)
    qtbot.waitUntil(lambda: "officer.p12" in shown._words.text(), timeout=WAIT_MS)
    assert not shown.ok.isEnabled()
    shown.reject()


def test_the_session_is_seen_and_forgotten_by_key(qtbot, launch):
    desk = launch(key="p12:/keys/officer.p12")
    window = desk.window
    window.activateWindow()
    assert not any("PIN" in text for text in window.strip.texts)
    secret = bytearray(b"1234")
    desk.station.session.begin(secret, last_try=True)
    assert any("PIN" in text and ":" in text for text in window.strip.texts)
    assert window.actions_["forget_pin"].isEnabled()
    assert [desk.station.session.take_last_try() for _ in range(2)] == [True, False]
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_F, keys)
    qtbot.waitUntil(lambda: secret == bytearray(4), timeout=WAIT_MS)
    assert not any("PIN" in text for text in window.strip.texts)
    assert desk.station.needs_pin


def test_a_dossier_that_waits_for_its_level_says_why(qtbot, store, dossier, window):
    for state in ("checked", "to_sign"):
        states.move(store, dossier.id, state)
    waiting.note(store, dossier.id, TimestampUnreachable("no answer", "không trả lời"),
                 needs_key=True)  # fmt: skip
    for name in (VERIFY, QUEUE):
        window.go(name)
        qtbot.waitUntil(window.screen(name).waits.isVisible, timeout=WAIT_MS)
        assert dossier.code in window.screen(name).waits.text
        assert "không trả lời" in window.screen(name).waits.text
    waiting.note(store, dossier.id, RevocationUnreachable("down", "mất mạng"), needs_key=False)
    screen = window.screen(QUEUE)
    qtbot.waitUntil(lambda: "máy tự thử lại" in screen.waits.text, timeout=WAIT_MS)
    assert "Đã thử 2 lần" in screen.waits.text
    with store.transaction() as change:
        waiting.clear_in(change, dossier.id)
        dossiers.move_in(change, dossier.id, "signed")
    qtbot.waitUntil(lambda: not screen.waits.isVisible(), timeout=WAIT_MS)


def test_ends_of_certificates_are_counted_once_a_step(qapp):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    ends = [now + timedelta(days=days) for days in (-1, 10, 30, 45, 90, 91, 4000)]
    assert expiry.counts(ends, now) == (1, (2, 3, 4))
    assert expiry.words([], now) == ""
    assert "90 days" in expiry.words([now + timedelta(days=91)], now)
