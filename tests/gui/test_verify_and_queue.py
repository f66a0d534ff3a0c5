"""Verification and queue: empty, full and failing, by keyboard."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from desk_app.gui.commands import QUEUE, VERIFY
from desk_app.gui.dialogs.send_back import SendBackDialog
from desk_app.store import dossiers, states
from tests.gui import builder
from tests.gui.conftest import WAIT_MS
from tests.gui.test_models import FAULT, sign_three
from tests.gui.typing_keys import commit


@pytest.fixture
def verify(qtbot, store, dossier, tmp_path, window):
    sign_three(store, dossier, tmp_path)
    window.go(VERIFY)
    qtbot.waitUntil(lambda: len(window.verify.model.files) == 3, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.verify.view.has_picture, timeout=WAIT_MS)
    window.activateWindow()
    return window.verify


def test_empty_screens_say_so(qtbot, window):
    for name in (VERIFY, QUEUE):
        window.go(name)
        assert window.screen(name)._empty.isVisible()
        enabled = {c.id for c in window.actions_.valid(name)}
        assert not enabled & {"verify_again", "retry", "retry_all", "next_file"}


def test_the_worst_file_is_in_front(verify):
    assert verify._file.kind == "invalid"
    assert len(verify.cards) == 1
    assert verify.cards[0].accessibleName().endswith("Không hợp lệ")


def test_a_key_jumps_to_the_box_of_the_signature(qtbot, verify):
    QTest.keyClick(verify.files, Qt.Key.Key_S)
    assert verify.cards[0].hasFocus()
    (frame,) = verify.view.frames
    width, height = verify.view.picture_size
    assert frame.box == (
        round(0.6 * width), round(0.03 * height), round(0.95 * width), round(0.08 * height),
    )  # fmt: skip
    assert frame.tone == "bad"
    assert "Không hợp lệ" in frame.label


def test_the_shown_page_is_the_signed_file(qtbot, verify):
    assert verify._pages == 2
    QTest.keyClick(verify.files, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: verify._page == 1 and verify._shown[1] == 1, timeout=WAIT_MS)
    QTest.keyClick(verify.files, Qt.Key.Key_S)  # back to the page of the signature
    qtbot.waitUntil(lambda: verify._page == 0, timeout=WAIT_MS)


def test_files_by_keys(verify):
    QTest.keyClick(verify.files, Qt.Key.Key_J)
    assert verify._file.kind == "undetermined"
    QTest.keyClick(verify.files, Qt.Key.Key_K)
    QTest.keyClick(verify.files, Qt.Key.Key_F3)
    assert verify._file.kind == "undetermined"


def test_a_file_that_cannot_be_opened_does_not_stop_the_screen(qtbot, store, dossier, tmp_path,
                                                               window):  # fmt: skip
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing else")
    builder.signed(store, dossiers.documents(store, dossier.id)[0].id, broken, builder.VALID)
    window.go(VERIFY)
    qtbot.waitUntil(lambda: window.verify.view._notice != "", timeout=WAIT_MS)
    assert not window.verify.view.has_picture


@pytest.fixture
def sealed(qtbot, store, dossier, verify, window):
    """The same files, queued and held for the supervisor."""
    for paper in dossiers.documents(store, dossier.id):
        builder.queued(store, dossier.id, paper.id, "held", paper.signed_sha256, target=paper.id)
    for state in ("checked", "to_sign", "signed", "to_upload"):
        states.move(store, dossier.id, state)
    qtbot.waitUntil(lambda: any(f.is_approvable for f in verify.model.files), timeout=WAIT_MS)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
    verify.files.setFocus()
    return verify


def held(store):
    return store.row("SELECT count(*) FROM upload WHERE state = 'held'")[0]


def test_only_a_valid_file_can_be_approved(sealed, store, window):
    assert sealed._file.kind == "invalid"
    assert "approve" not in {c.id for c in window.actions_.valid(VERIFY)}
    QTest.keyClick(sealed.files, Qt.Key.Key_Return)
    assert held(store) == 3


def test_enter_approves_and_goes_to_the_next(qtbot, sealed, store, dossier):
    sealed._choose(2)
    assert sealed._file.kind == "valid"
    QTest.keyClick(sealed.files, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: held(store) == 2, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: sealed.model.files[2].approved != "", timeout=WAIT_MS)
    assert sealed._file.kind == "invalid"  # the worst one without a decision
    sealed._choose(2)
    assert "Đã duyệt" in sealed.verdict.approved.text()
    assert not sealed._file.is_approvable


def test_approve_all_asks_with_the_count(qtbot, sealed, store):
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(sealed.files, Qt.Key.Key_A, keys)
    (box,) = sealed.findChildren(QMessageBox)
    assert "1" in box.text()
    box.button(QMessageBox.StandardButton.Yes).click()
    qtbot.waitUntil(lambda: held(store) == 2, timeout=WAIT_MS)


def test_a_number_and_enter_send_it_back(qtbot, sealed, store, dossier):
    QTest.keyClick(sealed.files, Qt.Key.Key_X)
    (dialog,) = sealed.findChildren(SendBackDialog)
    assert not dialog._accept.isEnabled()
    QTest.keyClick(dialog.list, Qt.Key.Key_2)
    commit(dialog.more, "trang 3 mờ")
    assert dialog.reason.startswith("Có trang không đọc được")
    QTest.keyClick(dialog.more, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dossiers.find(store, dossier.id).state == "to_check", timeout=WAIT_MS)
    (finding,) = [f for f in dossiers.findings(store, dossier.id) if f.code == "SENT_BACK"]
    assert finding.text.vi.endswith("trang 3 mờ")
    qtbot.waitUntil(lambda: not sealed.model.files, timeout=WAIT_MS)


@pytest.fixture
def queue(qtbot, store, dossier, window):
    ids = [d.id for d in dossiers.documents(store, dossier.id)]
    builder.queued(store, dossier.id, ids[0], "waiting", "b" * 64, json.dumps(FAULT))
    builder.queued(store, dossier.id, ids[1], "dead", "a" * 64, json.dumps(FAULT))
    window.go(QUEUE)
    qtbot.waitUntil(lambda: len(window.queue.model.items) == 2, timeout=WAIT_MS)
    window.activateWindow()
    return window.queue


def test_what_was_given_up_is_in_front_with_its_reason(queue, window, qtbot):
    assert queue._item.state == "dead"
    assert "Không liên lạc được." in queue._text.text()
    assert "UNREACHABLE" in queue._more.text()
    qtbot.waitUntil(lambda: any("1" in t for t in window.strip.texts[-1:]), timeout=WAIT_MS)


def test_copy_for_support(queue, qapp):
    QTest.keyClick(queue.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "UNREACHABLE" in qapp.clipboard().text()


def test_retry_sends_it_again(qtbot, queue, store):
    """The outbox row points at no real blob here, so the sender meets its own fault again."""
    QTest.keyClick(queue.table, Qt.Key.Key_R)
    qtbot.waitUntil(
        lambda: store.row("SELECT count(*) FROM audit_event WHERE action = 'upload.retry'")[0] == 1,
        timeout=WAIT_MS,
    )


def test_a_file_is_taken_out_only_after_a_yes(qtbot, queue, store):
    QTest.keyClick(queue.table, Qt.Key.Key_Delete)
    (box,) = queue.findChildren(QMessageBox)
    assert box.defaultButton() is box.button(QMessageBox.StandardButton.No)
    box.button(QMessageBox.StandardButton.Yes).click()
    qtbot.waitUntil(
        lambda: store.row("SELECT count(*) FROM upload WHERE state = 'cancelled'")[0] == 1,
        timeout=WAIT_MS,
    )


def test_open_at_the_counter(qtbot, queue, window, dossier):
    QTest.keyClick(queue.table, Qt.Key.Key_O)
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    assert window.counter.view.dossier.id == dossier.id


@pytest.mark.parametrize("screen", ["counter", VERIFY, QUEUE])
def test_the_demonstration_is_named_on_every_screen(window, screen):
    window.go(screen)
    assert any("TRÌNH DIỄN" in text for text in window.strip.texts)


def test_a_real_key_is_not_called_a_demonstration(launch):
    window = launch(key="p12:/keys/officer.p12").window
    assert not any("TRÌNH DIỄN" in text for text in window.strip.texts)
    assert any("officer.p12" in text for text in window.strip.texts)
