"""The visible mark is chosen on a real page: profile, values, and its place by mouse and keys."""

import re

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel

from desk_app.gui import i18n
from desk_app.gui.dialogs.certificate import CertificateDialog
from desk_app.gui.dialogs.mark import MarkDialog
from desk_app.gui.dialogs.pin import PinDialog
from desk_app.gui.dialogs.send_back import SendBackDialog
from desk_app.gui.dialogs.settings import SettingsDialog
from desk_app.settings import Settings
from desk_app.tokens import KeyState
from tests.gui.conftest import WAIT_MS
from tests.signing.papers import paper


@pytest.fixture
def page(store, dossier, tmp_path):
    """An archival file of the dossier."""
    sha256 = store.blobs.adopt(paper(tmp_path / "paper.pdf"))
    with store.transaction() as change:
        change.conn.execute("UPDATE document SET pdf_sha256 = ?", (sha256,))
        change.audit("test", sha256)
    return sha256


@pytest.fixture
def dialog(qtbot, page, launch):
    made = MarkDialog(launch().station, Settings(sign_profile="electronic_copy"))
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(lambda: made._paper is not None and drawn(made), timeout=WAIT_MS)
    return made


def drawn(dialog):
    return dialog._shown is not None and not dialog._busy and not dialog._pause.isActive()


def moved(qtbot, dialog, before):
    qtbot.waitUntil(lambda: drawn(dialog) and dialog._shown is not before, timeout=WAIT_MS)
    return dialog._shown


def choose(qtbot, dialog, profile):
    dialog.profile.setCurrentIndex(dialog.profile.findData(profile))
    qtbot.waitUntil(lambda: not dialog._busy and not dialog._pause.isActive(), timeout=WAIT_MS)


def test_the_page_is_the_stores_newest(dialog, page):
    assert dialog._paper.name == page
    assert dialog._shown.pages == 2
    assert dialog._shown.left_mm > 100  # top right


def test_arrow_keys_move_it_by_millimetres(qtbot, dialog):
    before = dialog._shown
    dialog.view.setFocus()
    QTest.keyClick(dialog.view, Qt.Key.Key_Left)
    QTest.keyClick(dialog.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    after = moved(qtbot, dialog, before)
    assert before.left_mm - after.left_mm == pytest.approx(1, abs=0.1)
    assert after.top_mm - before.top_mm == pytest.approx(5, abs=0.1)
    page, left, top = dialog.settings.place_of_mark
    assert (page, left, top) == (0, pytest.approx(after.left_mm, abs=0.1),
                                 pytest.approx(after.top_mm, abs=0.1))  # fmt: skip


def test_the_mouse_drags_it_and_never_off_the_page(qtbot, dialog):
    before, view = dialog._shown, dialog.view
    x0, y0, x1, y1 = view.frames[0].box
    start = view.mapFromScene(QPointF((x0 + x1) / 2, (y0 + y1) / 2))
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view.viewport(), start / 2)
    assert view.frames[0].box[0] < x0  # its outline follows at once
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=start / 2)
    after = moved(qtbot, dialog, before)
    assert after.left_mm < before.left_mm - 20
    dialog._on_nudged(-900, 900)
    last = moved(qtbot, dialog, after)
    assert last.left_mm == pytest.approx(0, abs=0.2)
    assert last.box[3] == pytest.approx(1, abs=0.01)
    dialog.reset.click()
    assert moved(qtbot, dialog, last).left_mm == pytest.approx(before.left_mm, abs=0.1)


def test_values_of_the_profile_are_asked_for(qtbot, dialog):
    assert dialog.form.field_names == ["copy_type"]
    dialog.form.field("copy_type").setCurrentText("Sao lục")
    assert dialog.settings.mark_values == ("copy_type=Sao lục",)
    choose(qtbot, dialog, "attachment")
    dialog.form.field("document_number").setText("12/QĐ-UBND")
    assert dialog.settings.mark_values == ("document_number=12/QĐ-UBND",)
    assert dialog.settings.sign_profile == "attachment"


def test_a_missing_picture_is_said_and_harms_nothing(qtbot, dialog):
    choose(qtbot, dialog, "agency_seal")
    dialog.form.field("seal_image").setText("/nowhere/seal.png")
    qtbot.waitUntil(lambda: dialog.said.property("tone") == "bad", timeout=WAIT_MS)
    assert not dialog.view.has_picture
    assert not dialog.reset.isVisible()
    choose(qtbot, dialog, "invisible")
    assert dialog.view._notice == dialog.hint.text()


def test_the_demonstration_mark_is_only_for_its_key(launch, qtbot):
    station = launch().station
    for key, expected in (("demonstration", True), ("p12:x", False)):
        made = MarkDialog(station, Settings(key=key))
        qtbot.addWidget(made)
        assert (made.profile.findData("demonstration") >= 0) == expected
        assert made.profile.findData("certified_copy") < 0  # it takes two keys
        made.reject()


def test_it_comes_from_the_settings_and_goes_back(qtbot, page, window):
    window.run("settings")
    (settings,) = window.findChildren(SettingsDialog)
    settings.mark.click()
    (made,) = settings.findChildren(MarkDialog)
    made.profile.setCurrentIndex(made.profile.findData("digitization"))
    made.accept()
    assert settings.settings.sign_profile == "digitization"
    settings.reject()


# --- every dialog by keyboard -----------------------------------------------------------------


def mnemonics(dialog):
    texts = [w.text() for w in dialog.findChildren(QAbstractButton)]
    texts += [w.text() for w in dialog.findChildren(QLabel) if w.buddy()]
    found = [re.search(r"&([^&\s])", text) for text in texts]
    return [match[1].casefold() for match in found if match]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_dialog_has_two_equal_mnemonics(qapp, qtbot, launch, language):
    station = launch(language=language).station
    i18n.install(qapp, language)
    made: list[QDialog] = [
        SettingsDialog(Settings()), MarkDialog(station, Settings()), PinDialog("x"),
        SendBackDialog("x"), CertificateDialog("x"),
    ]  # fmt: skip
    made[2].show_state(KeyState("officer", "one"))
    for dialog in made:
        qtbot.addWidget(dialog)
        letters = mnemonics(dialog)
        assert len(letters) == len(set(letters)), (type(dialog).__name__, letters)
        dialog.reject()
