"""Nothing is shown half translated: no unfinished string, no lost placeholder, nothing stale."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialogButtonBox

from desk_app.gui import i18n
from desk_app.gui.commands import TABLE, sequence, text_of

PLACEHOLDER = re.compile(r"%n|%\d|\{\w*\}")


def messages(name):
    for context in ET.parse(i18n.FOLDER / f"{name}.ts").getroot().iter("context"):
        for message in context.iter("message"):
            yield context.findtext("name"), message


def forms(message):
    translation = message.find("translation")
    plural = [form.text or "" for form in translation.iter("numerusform")]
    return plural or [translation.text or ""]


@pytest.mark.parametrize("name", ["desk_vi", "desk_en", "qtbase_vi"])
def test_every_string_is_finished(name):
    bad = [
        (context, message.findtext("source"))
        for context, message in messages(name)
        if message.find("translation").get("type") or not all(forms(message))
    ]
    assert bad == []


@pytest.mark.parametrize("name", ["desk_vi", "desk_en", "qtbase_vi"])
def test_placeholders_survive(name):
    for context, message in messages(name):
        wanted = sorted(PLACEHOLDER.findall(message.findtext("source")))
        for form in forms(message):
            assert sorted(PLACEHOLDER.findall(form)) == wanted, (context, form)


def test_the_files_are_what_the_source_says():
    done = subprocess.run(
        [sys.executable, str(i18n.FOLDER / "build.py"), "--check"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_vietnamese_is_spoken_by_our_words_and_by_qt(qapp, qtbot):
    i18n.install(qapp, "vi")
    assert text_of(next(c for c in TABLE if c.id == "scan")) == "Quét"
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    qtbot.addWidget(buttons)
    assert buttons.button(QDialogButtonBox.StandardButton.Cancel).text().replace("&", "") == "Hủy"


def test_keys_do_not_depend_on_the_language(qapp):
    before = [sequence(key).toString() for c in TABLE for key in c.keys]
    i18n.install(qapp, "vi")
    assert [sequence(key).toString() for c in TABLE for key in c.keys] == before


@pytest.mark.parametrize(("number", "text"), [(1, "1 page"), (3, "3 pages")])
def test_english_plurals(qapp, number, text):
    from desk_app.gui.models import labels

    assert labels.count_of_pages(number) == text


def test_an_unknown_language_is_vietnamese(qapp):
    i18n.install(qapp, "xx")
    assert i18n.language() == "vi"
    assert QCoreApplication.translate("Verdict", "Undetermined") == "Chưa xác định"
