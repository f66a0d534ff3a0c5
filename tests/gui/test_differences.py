"""The supervisor looks closer: changes since signing, certificates, reports, one state alone."""

import json
import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from desk_app.gui.commands import VERIFY
from desk_app.gui.dialogs.certificate import CertificateDialog
from desk_app.gui.models.differences import place_of
from desk_app.store import plain
from tests.gui import signed_files
from tests.gui.conftest import WAIT_MS


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signed")
    return folder / "data", signed_files.make(folder)


@pytest.fixture
def verify(qtbot, data, files, store, dossier, window):
    keys, papers = files
    shutil.copytree(keys, data, dirs_exist_ok=True)
    signed_files.put(store, dossier, papers)
    window.go(VERIFY)
    qtbot.waitUntil(lambda: len(window.verify.model.files) == 3, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: window.verify.view.has_picture, timeout=WAIT_MS)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
    window.verify.files.setFocus()
    return window.verify


def bring(qtbot, verify, name):
    """The file whose blob holds this one comes to the front."""
    content = name.read_bytes()
    row = next(n for n, f in enumerate(verify.model.files) if plain.read(f.path) == content)
    verify._choose(row)
    qtbot.waitUntil(lambda: verify._shown[0] == str(verify._file.path), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: verify.view.has_picture, timeout=WAIT_MS)


def compared(qtbot, verify):
    QTest.keyClick(verify.files, Qt.Key.Key_D)
    assert verify.comparing.is_on
    qtbot.waitUntil(lambda: verify.difference.signatures.count() > 0, timeout=WAIT_MS)


def middle(view):
    """The colour in the middle of the first frame on the page."""
    x0, y0, x1, y1 = view.frames[0].box
    return view._picture._picture.full.pixelColor((x0 + x1) // 2, (y0 + y1) // 2).name()


def test_a_change_is_shown_before_and_after(qtbot, verify, files):
    bring(qtbot, verify, files[1][0])
    compared(qtbot, verify)
    (change,) = verify.comparing.changes
    assert change.tone == "bad"
    assert verify.difference.summary.property("tone") == "bad"
    (frame,) = verify.view.frames
    assert (frame.tone, frame.strong) == ("bad", True)
    after = middle(verify.view)
    QTest.keyClick(verify.difference.list, Qt.Key.Key_B)
    qtbot.waitUntil(lambda: verify._shown[2] > 0 and verify.view.frames != (), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: middle(verify.view) != after, timeout=WAIT_MS)
    assert verify._side.text() == "Bản lúc ký"
    assert verify.difference.signed_side.isChecked()
    QTest.keyClick(verify.difference.list, Qt.Key.Key_B)
    qtbot.waitUntil(lambda: verify._shown[2] == 0, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: verify.view.frames and middle(verify.view) == after, timeout=WAIT_MS)


def test_escape_goes_back_to_the_signatures(qtbot, verify, files):
    bring(qtbot, verify, files[1][0])
    compared(qtbot, verify)
    QTest.keyClick(verify.difference.list, Qt.Key.Key_Escape)
    assert not verify.comparing.is_on
    assert verify._scroll.isVisible()
    qtbot.waitUntil(lambda: [f.key for f in verify.view.frames] == ["ChuKy1"], timeout=WAIT_MS)


def test_each_signer_saw_something_else(qtbot, verify, files):
    bring(qtbot, verify, files[1][1])
    QTest.keyClick(verify.files, Qt.Key.Key_S)
    compared(qtbot, verify)
    assert verify.difference.signatures.count() == 2
    (change,) = verify.comparing.changes
    assert change.tone == "accent"
    assert verify.difference.summary.property("tone") == "ok"
    QTest.keyClick(verify.difference.signatures, Qt.Key.Key_Down)
    verify.difference.signatures.activated.emit(1)
    assert verify.comparing.changes == []
    assert "Không có gì được thêm" in verify.difference.summary.text()
    verify.comparing.toggle_side()  # there is only one side
    assert verify._shown[2] == 0


def test_an_altered_file_has_nothing_to_compare_with(qtbot, verify, files):
    bring(qtbot, verify, files[1][2])
    compared(qtbot, verify)
    assert "yêu cầu tệp gốc" in verify.difference.summary.text()
    assert verify.difference.list.count() == 0


def test_leaving_the_file_ends_the_comparison(qtbot, verify, files):
    bring(qtbot, verify, files[1][0])
    QTest.keyClick(verify.files, Qt.Key.Key_D)
    QTest.keyClick(verify.files, Qt.Key.Key_J)
    assert not verify.comparing.is_on
    compared(qtbot, verify)
    assert verify.comparing.is_on


@pytest.mark.parametrize(("box", "words"), [((0, 0, 0.2, 0.1), "phía trên bên trái"),
                                            ((0.9, 0.9, 1, 1), "phía dưới bên phải"),
                                            ((0, 0, 1, 1), "giữa trang")])  # fmt: skip
def test_places_in_words(window, box, words):
    assert place_of(box) == words


def test_certificate_details_can_be_copied(qtbot, verify, files, qapp):
    bring(qtbot, verify, files[1][1])
    QTest.keyClick(verify.files, Qt.Key.Key_I)
    (dialog,) = verify.findChildren(CertificateDialog)
    qtbot.waitUntil(dialog.copy.isEnabled, timeout=WAIT_MS)
    dialog.copy.click()
    copied = qapp.clipboard().text()
    sha256 = verify._file.signatures[0].certificate
    assert sha256 in copied.replace(" ", "")
    for word in ("Nơi cấp", "Máy chủ dấu thời gian", "Chuỗi chứng thư", "đã được cài", "CRL"):
        assert word in copied
    dialog.reject()


def test_a_certificate_that_comes_too_late_harms_nothing(qtbot, verify):
    QTest.keyClick(verify.files, Qt.Key.Key_I)
    (dialog,) = verify.findChildren(CertificateDialog)
    dialog.reject()
    qtbot.waitUntil(lambda: verify._station.tasks._running.get("inspect", 0) == 0, timeout=WAIT_MS)


def sizes(folder):
    """Bytes of the reports by their kind; a name that is only reserved has none."""
    return {".json": 0} | {file.suffix: file.stat().st_size for file in folder.iterdir()}


def test_the_report_goes_where_it_was_wanted(qtbot, verify, window, tmp_path):
    QTest.keyClick(verify.files, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    (dialog,) = verify.findChildren(QFileDialog)
    folder = tmp_path / "reports"
    folder.mkdir()
    dialog.setDirectory(str(folder))
    dialog.fileSelected.emit(str(folder))
    dialog.reject()
    qtbot.waitUntil(lambda: sizes(folder)[".json"] > 0, timeout=WAIT_MS)
    (printed,) = folder.glob("*.pdf")
    assert printed.read_bytes().startswith(b"%PDF")
    entry = json.loads(next(folder.glob("*.json")).read_text(encoding="utf-8"))["files"][0]
    assert entry["status"] == verify._file.kind
    qtbot.waitUntil(lambda: any(str(folder) in n.text for n in window.banners.notices),
                    timeout=WAIT_MS)  # fmt: skip


def test_the_bar_of_states_is_the_filter(qtbot, verify):
    kinds = [file.kind for file in verify.model.files]
    assert verify.states.accessibleName().startswith("Tệp đã ký theo trạng thái: 2 không hợp lệ")
    verify.states.setFocus()
    QTest.keyClick(verify.states, Qt.Key.Key_Right)
    assert {file.kind for file in verify.model.files} == {"invalid"}
    assert len(verify.model.every) == 3
    QTest.keyClick(verify.states, Qt.Key.Key_Right)
    assert "invalid" not in {file.kind for file in verify.model.files}
    assert verify._file in verify.model.files
    QTest.keyClick(verify.states, Qt.Key.Key_Home)
    assert [file.kind for file in verify.model.files] == kinds
    (part, place) = verify.states._places(verify.states.width())[0]
    QTest.mouseClick(verify.states, Qt.MouseButton.LeftButton, pos=place.center())
    assert verify.model.kind == part.kind
    QTest.mouseClick(verify.states, Qt.MouseButton.LeftButton, pos=place.center())
    assert verify.model.kind == ""


def test_how_long_certificates_last_is_known(qtbot, verify):
    qtbot.waitUntil(verify._ends.isVisible, timeout=WAIT_MS)
    assert "90 ngày" in verify._ends.text()
