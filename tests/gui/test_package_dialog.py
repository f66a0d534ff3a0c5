"""The package dialog: made, checked, stopped and refused, by keyboard, on real signed dossiers."""

import threading
import zipfile

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel

from desk_app import paths
from desk_app.gui.commands import BATCH, COUNTER, FIGURES, QUEUE, SEARCH, VERIFY
from desk_app.gui.dialogs.package import PackageDialog
from desk_app.gui.packing import LANE
from desk_app.store import dossiers
from desk_app.submission.packages import build, check
from tests.gui import builder
from tests.gui.conftest import WAIT_MS
from tests.packages import desk as packages

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def dialog(qtbot, store, window):
    packages.signed_dossier(store, procedure="birth_registration")
    return opened(qtbot, window)


def opened(qtbot, window, code=packages.CODE):
    """From the search, by its key."""
    window.go(SEARCH)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=WAIT_MS)
    window.search.bar.line.setText(code)
    qtbot.waitUntil(lambda: window.search.sealed_code == code, timeout=WAIT_MS)
    QTest.keyClick(window.search.bar.line, Qt.Key.Key_K, CTRL)
    (dialog,) = window.findChildren(PackageDialog)
    qtbot.waitUntil(lambda: dialog.kind.count() == 3, timeout=WAIT_MS)
    return dialog


def said(qtbot, dialog):
    qtbot.waitUntil(lambda: bool(dialog.said.text()), timeout=WAIT_MS)
    return dialog.said.text()


def test_enter_makes_a_package_that_holds(qtbot, dialog, data):
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    said(qtbot, dialog)
    shown = dialog.result_shown
    assert shown is not None, dialog.said.text()
    assert shown.path.parent == paths.exports_of(data) / "goi"
    assert zipfile.ZipFile(shown.path).testzip() is None
    assert check.check(shown.path).ok
    assert shown.sha256 in dialog.facts.text()
    assert dialog.checks.count() == len(check.CHECKS)
    assert all("đạt" in dialog.checks.item(n).text() for n in range(dialog.checks.count()))
    dialog.close()


@pytest.mark.parametrize("kind", ["aip_hoso", "sip_hoso", "sip_goi_mau"])
def test_each_kind_into_a_folder_of_one_s_own(qtbot, dialog, tmp_path, kind):
    place = next(n for n in range(3) if dialog.kind.itemData(n).name == kind)
    dialog.kind.setCurrentIndex(place)
    assert dialog.number.isVisible() == kind.startswith("sip")
    dialog.folder.setText(str(tmp_path / "Gói lưu trữ"))
    dialog.unpacked.setChecked(True)
    dialog.make.click()
    said(qtbot, dialog)
    assert dialog.result_shown is not None, dialog.said.text()
    assert (dialog.result_shown.path / "METS.xml").is_file()
    assert dialog.result_shown.path.parent == tmp_path / "Gói lưu trữ"
    dialog.close()


def test_a_package_that_was_changed_is_told_check_by_check(qtbot, dialog):
    dialog.unpacked.setChecked(True)
    dialog.make.click()
    said(qtbot, dialog)
    made = dialog.result_shown.path
    changed = next(made.rglob("*.pdf"))
    changed.write_bytes(changed.read_bytes()[:-1] + b"x")
    dialog.said.setText("")
    dialog.check_at(made / "METS.xml")
    said(qtbot, dialog)
    found = dialog.result_shown
    assert not found.is_whole
    assert dict(found.checks)["fixity"] == 1
    assert any(changed.name in fault for fault in found.faults)
    assert dialog.checks.count() == len(check.CHECKS) + 1
    dialog.close()


def test_what_runs_can_be_stopped_and_leaves_nothing(qtbot, dialog, tmp_path, window):
    gate = threading.Event()
    window._station.tasks.submit(LANE, gate.wait, 10)
    dialog.folder.setText(str(tmp_path / "ra"))
    dialog.make.click()
    assert dialog.cancel.isVisible()
    assert not dialog.make.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)  # stops; the dialog stays to say so
    gate.set()
    said(qtbot, dialog)
    assert dialog.isVisible()
    assert dialog.make.isEnabled()
    assert dialog.result_shown is None
    assert [p for p in (tmp_path / "ra").rglob("*") if p.is_file()] == []
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_gaps_are_named_and_the_way_on_is_in_front(qtbot, dialog, monkeypatch, tmp_path):
    def gaps(*_args, **_options):
        raise build.FieldGaps("Ngôn ngữ: thiếu / is missing")

    monkeypatch.setattr(build, "build", gaps)
    dialog.make.click()
    assert "Ngôn ngữ" in said(qtbot, dialog)
    monkeypatch.undo()
    dialog.said.setText("")
    path = tmp_path / "danh-muc.xlsx"
    dialog.write_to(path)
    said(qtbot, dialog)
    assert path.is_file()
    dialog.said.setText("")
    dialog.bring_from(path)
    assert said(qtbot, dialog).startswith("Đã lưu: 1")
    dialog.close()


def test_a_list_with_mistakes_keeps_nothing_and_names_them(qtbot, dialog, tmp_path):
    import openpyxl

    path = tmp_path / "danh-muc.xlsx"
    dialog.write_to(path)
    said(qtbot, dialog)
    book = openpyxl.load_workbook(path)
    sheet = book["Hồ sơ"]
    head = [cell.value for cell in sheet[1]]
    sheet.cell(2, head.index("Mã hồ sơ một cửa") + 1).value = "H49.64-000000-9999"
    book.save(path)
    dialog.said.setText("")
    dialog.bring_from(path)
    assert said(qtbot, dialog).startswith("Chưa lưu gì")
    assert "H49.64-000000-9999" in dialog.checks.item(0).text()
    dialog.close()


def test_a_file_that_is_no_package_is_a_clear_answer(qtbot, dialog, tmp_path):
    path = tmp_path / "la.zip"
    path.write_bytes(b"nothing of the kind")
    dialog.check_at(path)
    said(qtbot, dialog)
    assert dialog.facts.text()
    assert dialog.result_shown is None
    dialog.close()


def test_a_folder_must_be_named(dialog):
    dialog.folder.setText(" ")
    dialog.make.click()
    assert dialog.said.text()
    assert dialog.folder.hasFocus() or dialog.focusWidget() is dialog.folder
    dialog.close()


def test_files_are_asked_for_one_dialog_at_a_time(dialog, data):
    paths.exports_of(data).mkdir()
    for button in (dialog._choose, dialog.write, dialog.bring, dialog.look):
        button.click()
        asked = dialog.findChildren(QFileDialog)
        assert len(asked) == 1
        assert asked[0].directory().absolutePath() == str(paths.exports_of(data))
        asked[0].close()
        asked[0].deleteLater()
        QTest.qWait(10)
    dialog.close()


def test_only_a_signed_dossier_can_be_packed(qtbot, dossier, window, store):
    for name in (COUNTER, VERIFY, BATCH, QUEUE, SEARCH, FIGURES):
        window.go(name)
        assert "package" not in {c.id for c in window.actions_.valid(name)}
    window.counter.open_dossier(dossier.id)
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    window.go(COUNTER)
    assert "package" not in {c.id for c in window.actions_.valid(COUNTER)}
    for state in ("checked", "to_sign", "signed"):
        dossiers.move(store, dossier.id, state)
    qtbot.waitUntil(lambda: window.counter.view.is_sealed, timeout=WAIT_MS)
    assert "package" in {c.id for c in window.actions_.valid(COUNTER)}


@pytest.mark.parametrize("name", [VERIFY, QUEUE])
def test_by_the_same_key_from_other_screens(qtbot, store, dossier, tmp_path, window, name):
    (paper, *_) = dossiers.documents(store, dossier.id)
    builder.signed(store, paper.id, builder.plain_pdf(tmp_path / "a.pdf"), builder.VALID)
    builder.queued(store, dossier.id, paper.id, "waiting", "b" * 64)
    window.go(name)
    qtbot.waitUntil(lambda: window.screen(name).sealed_code == builder.CODE, timeout=WAIT_MS)
    window.run("package")
    (dialog,) = window.findChildren(PackageDialog)
    qtbot.waitUntil(lambda: dialog.kind.count() == 3, timeout=WAIT_MS)
    dialog.make.click()
    said(qtbot, dialog)  # two of its papers are not signed, and it says so
    assert dialog.result_shown is None
    dialog.close()


def test_no_letter_stands_for_two_things(dialog):
    texts = [button.text() for button in dialog.findChildren(QAbstractButton)]
    texts += [label.text() for label in dialog.findChildren(QLabel) if label.buddy()]
    letters = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
    assert len(letters) == len(set(letters)), letters
    assert len(letters) >= 9
    dialog.close()
