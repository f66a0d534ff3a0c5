"""One table of commands: every one can be reached, runs, and means one thing on a screen."""

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel

from desk_app.gui.commands import (
    ANYWHERE,
    BATCH,
    BY_ID,
    COUNTER,
    FIGURES,
    MENUS,
    QUEUE,
    SEARCH,
    TABLE,
    VERIFY,
    sequence,
)
from desk_app.gui.dialogs.keys import KeysDialog
from desk_app.gui.icons import FOLDER
from tests.gui.conftest import WAIT_MS

SCREENS = (COUNTER, VERIFY, BATCH, QUEUE, SEARCH, FIGURES)
WITHOUT_A_PAGE = (QUEUE, SEARCH, FIGURES)


def test_ids_are_unique_and_icons_exist():
    assert len(BY_ID) == len(TABLE)
    assert [c.icon for c in TABLE if c.icon and not (FOLDER / f"{c.icon}.svg").is_file()] == []
    assert {c.menu for c in TABLE} <= {id for id, _ in MENUS} | {"assign"}


@pytest.mark.parametrize("screen", SCREENS)
def test_a_key_means_one_thing_on_a_screen(screen):
    held = {}
    for command in TABLE:
        if command.screen in (screen, ANYWHERE):
            for key in command.keys:
                assert held.setdefault(key, command.id) == command.id, key


def test_every_key_is_understood():
    for command in TABLE:
        for key in command.keys:
            assert sequence(key) != QKeySequence(), (command.id, key)


def test_no_key_that_vietnamese_keyboards_toggle_with():
    keys = {key for command in TABLE for key in command.keys}
    assert not keys & {"Alt+Z", "Ctrl+Shift"}


def test_every_command_has_its_handler(window):
    shell = {"find", "package", "keys", "settings", "quit", "forget_pin", "lock", "people"}
    for command in TABLE:
        if command.id in shell or command.id.startswith(("go_", "assign_", "period_")):
            continue
        names = SCREENS if command.screen == ANYWHERE else (command.screen,)
        for name in names:
            if name in WITHOUT_A_PAGE and command.screen == ANYWHERE:
                continue
            assert hasattr(window.screen(name), f"_do_{command.id}"), (name, command.id)


def test_commands_follow_the_facts(counter, window):
    assert window.actions_["scan"].isEnabled()
    assert not window.actions_["stop"].isEnabled()
    window.go(QUEUE)
    assert not window.actions_["scan"].isEnabled()
    assert not window.actions_["rotate"].isEnabled()


def test_menus_and_key_sheet_come_from_the_table(counter, window, qtbot):
    shown = {a.objectName() for menu in window._menus.values() for a in menu.actions()}
    assert {"scan", "finish", "rotate", "keys"} <= shown
    window.run("keys")
    dialog = window.findChild(KeysDialog)
    texts = {label.text() for label in dialog.findChildren(QLabel)}
    assert {"F5", "Quét", "1 – 9"} <= texts
    assert "Dừng quét" not in texts
    dialog.close()


def test_the_key_sheet_names_the_keys_of_scan_profiles(counter, window, qtbot):
    qtbot.waitUntil(lambda: counter.profiles.current is not None, timeout=WAIT_MS)
    assert counter.profiles.keys
    window.run("keys")
    dialog = window.findChild(KeysDialog)
    texts = {label.text() for label in dialog.findChildren(QLabel)}
    for key, profile in counter.profiles.keys.items():
        assert key in texts
        assert any(profile.name.vi in text for text in texts)
    dialog.close()
    window.go(QUEUE)
    window.run("keys")
    shown = window.findChildren(KeysDialog)[-1].findChildren(QLabel)
    assert not any("cấu hình" in label.text() for label in shown)
    window.findChildren(KeysDialog)[-1].close()
