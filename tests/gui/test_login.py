"""Login, lock and change of person: by keyboard, in a few keys, without losing anything."""

import shutil
import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desk_app.gui import allowed
from desk_app.gui.commands import BY_ID, COUNTER, QUEUE, VERIFY
from desk_app.gui.dialogs.people import PeopleDialog
from desk_app.gui.dialogs.pin import PinDialog
from desk_app.gui.dialogs.settings import SettingsDialog
from desk_app.store import acting, dossiers, looks, people
from tests import quick_pins
from tests.gui import builder
from tests.gui.conftest import WAIT_MS

PIN = "190845"
OFFICE = {
    "Lê Thị Hòa": "administrator", "Trần Văn Lân": "clerk", "Đặng Minh": "clerk",
    "Vũ Thị Ánh": "supervisor", "Bùi An": "archive",
}  # fmt: skip
EYES_ONLY = {
    "before_after", "certificate", "clear_search", "copy_error", "difference", "earlier",
    "filter_days", "filter_paper", "filter_procedure", "filter_state", "fit_page", "fit_width",
    "forget_pin", "go_sheet", "heat_map", "keys", "later", "leave_difference", "lock",
    "next_change", "next_exception", "next_file", "next_group", "next_page", "next_problem",
    "next_worst", "period_dates", "period_month", "period_quarter", "period_today", "period_week",
    "persons", "previous_exception", "previous_file", "previous_page", "profile", "quit",
    "show_signature", "sort_sheets", "stop", "stop_batch", "verify_again", "words", "zoom_in",
    "zoom_out",
}  # fmt: skip
"""Commands that need no right."""


@pytest.fixture(autouse=True)
def cheap_pins(monkeypatch):
    quick_pins.use(monkeypatch)


@pytest.fixture
def office(store):
    return {
        name: people.add(store, name, role, bytearray(PIN.encode())).id
        for name, role in OFFICE.items()
    }


@pytest.fixture
def locked(office, launch):
    """The window on a station with people: it opens locked."""
    window = launch(language="en", lock_minutes=0).window
    window.activateWindow()
    assert window.locking.screen.isVisible()
    return window


def key(window, key, text="", modifiers=Qt.KeyboardModifier.NoModifier):
    """As from a keyboard: to whatever has the focus."""
    target = window.focusWidget() or window
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(target, QKeyEvent(kind, key, modifiers, text))


def type_text(window, text):
    for char in text:
        key(window, 0, char)


def log_in(qtbot, window, letters, pin=PIN):
    """The keys of a login: some letters of the name, Enter, PIN, Enter."""
    type_text(window, letters)
    key(window, Qt.Key.Key_Return)
    type_text(window, pin)
    key(window, Qt.Key.Key_Return)
    who = window._station.who
    qtbot.waitUntil(lambda: window.locking.screen.pin.isEnabled(), timeout=WAIT_MS)
    return who.person if not who.is_locked else None


def told(store, action):
    return [each for each in looks.entries(store, looks.Asked()) if each.action == action]


# --- login ------------------------------------------------------------------------------------


def test_a_one_person_station_asks_nobody(window):
    assert not window.locking.screen.isVisible()
    assert not window.actions_["lock"].isEnabled()
    assert window.strip.lock.isHidden()
    assert window._station.who.may("approve")


def test_name_by_letters_then_pin_in_under_three_seconds(qtbot, locked, office, store):
    screen = locked.locking.screen
    names = [screen.names.item(row).text() for row in range(screen.names.count())]
    assert [name.split("   ·")[0] for name in names] == [
        "Bùi An", "Đặng Minh", "Lê Thị Hòa", "Trần Văn Lân", "Vũ Thị Ánh",
    ]  # fmt: skip
    started = time.monotonic()
    person = log_in(qtbot, locked, "lan")
    assert time.monotonic() - started < 3
    assert person.id == office["Trần Văn Lân"]
    assert not screen.isVisible()
    assert any("Trần Văn Lân" in text for text in locked.strip.texts)
    assert [each.actor for each in told(store, "person.login")] == [person.id]


def test_arrows_choose_from_the_pin_as_well_and_digits_begin_it(qtbot, locked, office):
    screen = locked.locking.screen
    assert locked.focusWidget() is screen.names
    key(locked, 0, PIN[0])  # a digit in the list goes to the PIN
    assert locked.focusWidget() is screen.pin
    assert screen.pin.text() == PIN[0]
    key(locked, Qt.Key.Key_Down)
    assert screen.pin.text() == ""  # another person: what was typed for the first is gone
    assert "Đặng Minh" in screen.names.currentItem().text()
    type_text(locked, PIN)
    key(locked, Qt.Key.Key_Return)
    who = locked._station.who
    qtbot.waitUntil(lambda: not who.is_locked, timeout=WAIT_MS)
    assert who.person.id == office["Đặng Minh"]


def test_a_wrong_pin_is_said_and_a_wait_counted(qtbot, locked, office):
    screen = locked.locking.screen
    for _ in range(3):
        assert log_in(qtbot, locked, "lan", "000001") is None
        assert "PIN is wrong" in screen.hint.text()
        key(locked, Qt.Key.Key_Backtab)
        screen.names.setFocus()
    assert log_in(qtbot, locked, "lan") is None
    assert "seconds to wait" in screen.hint.text()
    assert screen.isVisible()
    screen.names.setFocus()
    assert log_in(qtbot, locked, "minh").id == office["Đặng Minh"]  # only Lân has to wait


def test_nothing_under_the_cover_hears_a_key(qtbot, locked):
    screen = locked.locking.screen
    assert screen.geometry() == locked.rect()
    locked.resize(1100, 700)
    assert screen.geometry() == locked.rect()
    assert not locked.centralWidget().isEnabled()
    assert [a for a in locked.actions_._actions.values() if a.isEnabled()] == []
    locked.run("settings")
    locked.go(QUEUE)
    assert locked.screen_name == COUNTER
    assert locked.findChildren(SettingsDialog) == []
    log_in(qtbot, locked, "anh")
    assert locked.centralWidget().isEnabled()


# --- lock -------------------------------------------------------------------------------------


@pytest.fixture
def at_counter(qtbot, store, dossier, locked):
    """Lân at the counter with a dossier open."""
    log_in(qtbot, locked, "lan")
    locked.counter.open_dossier(dossier.id)
    qtbot.waitUntil(lambda: locked.counter.view is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: locked.counter.work.view.has_picture, timeout=WAIT_MS)
    return locked


def lock(qtbot, window, dialog=None):
    QTest.keyClick(dialog or window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.locking.screen.isVisible, timeout=WAIT_MS)


def test_one_key_locks_and_the_same_person_finds_all_as_it_was(qtbot, at_counter, store, dossier):
    window = at_counter
    page, focus = window.counter._page_id, window.focusWidget()
    lock(qtbot, window)
    assert log_in(qtbot, window, "lan").name == "Trần Văn Lân"
    assert (window.counter.dossier_id, window.counter._page_id) == (dossier.id, page)
    assert window.focusWidget() is focus
    qtbot.waitUntil(lambda: len(told(store, "dossier.view")) == 2, timeout=WAIT_MS)  # a new sitting


def test_what_came_in_behind_the_lock_can_be_edited(qtbot, at_counter, store, dossier):
    """The form was shown anew while the screen was covered."""
    window, counter = at_counter, at_counter.counter
    lock(qtbot, window)
    paper = dossiers.documents(store, dossier.id)[0]
    dossiers.set_field(store, paper.id, "child_full_name", "ĐẶNG NGUYỄN AN")
    editors = counter.work.panel.form.editors
    shown = lambda: "ĐẶNG NGUYỄN AN" in [editor.text() for editor in editors]  # noqa: E731
    qtbot.waitUntil(shown, timeout=WAIT_MS)
    log_in(qtbot, window, "lan")
    assert "unsealed" in counter.facts()
    assert window.actions_["scan"].isEnabled()
    assert not any(editor.isReadOnly() for editor in counter.work.panel.form.editors)


def test_everybody_finds_their_own_dossier(qtbot, at_counter, store, dossier, office):
    window = at_counter
    window.counter._go_to_page("page-s03a")
    lock(qtbot, window)
    log_in(qtbot, window, "minh")
    assert window.counter.dossier_id is None
    other = dossiers.create(store, "H49.64-261120-0200", "birth_registration")
    window.counter.open_dossier(other.id)
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    lock(qtbot, window)
    log_in(qtbot, window, "lan")
    assert window.counter.dossier_id == dossier.id
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    assert window.counter._page_id == "page-s03a"
    views = [(each.actor, each.object) for each in told(store, "dossier.view")]
    assert views == [
        (office["Trần Văn Lân"], dossier.id), (office["Đặng Minh"], other.id),
        (office["Trần Văn Lân"], dossier.id),
    ]  # fmt: skip


def test_a_value_half_typed_is_kept_in_the_name_of_its_typist(
    qtbot, at_counter, store, dossier, office
):
    window = at_counter
    window.run("edit_field")
    editor = window.focusWidget()
    editor.setPlainText("PHẠM THỊ KIỀU")
    lock(qtbot, window)
    log_in(qtbot, window, "minh")
    qtbot.waitUntil(lambda: len(told(store, "field.set")) == 1, timeout=WAIT_MS)
    assert told(store, "field.set")[0].actor == office["Trần Văn Lân"]
    paper = dossiers.documents(store, dossier.id)[0]
    assert "PHẠM THỊ KIỀU" in {field.value for field in paper.fields}


def test_dialogs_go_away_and_come_back_to_their_person(qtbot, locked):
    log_in(qtbot, locked, "hoa")
    locked.run("settings")
    dialog = locked.findChild(SettingsDialog)
    dialog.agency.setText("UBND phường Hà Tu")
    lock(qtbot, locked, dialog)
    assert not dialog.isVisible()
    log_in(qtbot, locked, "anh")
    assert not dialog.isVisible()
    lock(qtbot, locked)
    log_in(qtbot, locked, "hoa")
    assert dialog.isVisible()
    assert dialog.agency.text() == "UBND phường Hà Tu"
    dialog.reject()


def test_the_token_s_pin_goes_with_its_holder(qtbot, at_counter):
    window = at_counter
    secret = bytearray(b"1234")
    window._station.session.begin(secret)
    window._ask_pin(lambda: None)
    lock(qtbot, window, window.findChild(PinDialog))
    assert secret == bytearray(4)
    assert window.findChildren(PinDialog) == [] or not window.findChild(PinDialog).isVisible()


def test_work_that_was_begun_goes_on_behind_the_lock(qtbot, at_counter, store, office):
    window, ends = at_counter, []
    tasks = window._station.tasks
    tasks.submit("slow", _slow, store, done=ends.append)
    lock(qtbot, window)
    log_in(qtbot, window, "minh")
    tasks.submit("slow", _note, store, done=ends.append)
    qtbot.waitUntil(lambda: len(ends) == 2, timeout=WAIT_MS)
    assert ends == [office["Trần Văn Lân"], office["Đặng Minh"]]
    assert [each.actor for each in told(store, "export")] == ends


def _slow(store):
    time.sleep(0.5)
    return _note(store)


def _note(store):
    looks.exported(store, "x", "copies", 1)
    return store.actor


def test_idle_minutes_lock_and_a_key_puts_it_off(qtbot, at_counter):
    window = at_counter
    idle = window._station.who.idle
    idle.start(60.0)
    idle._last -= 59.5
    key(window, Qt.Key.Key_Shift)
    idle._look()
    assert not window.locking.screen.isVisible()
    idle._last -= 60.5
    idle._look()
    assert window.locking.screen.isVisible()
    log_in(qtbot, window, "lan")
    assert not idle._timer.isActive()  # the setting of this window says never
    idle.start(60.0)
    idle._last_time -= 3600  # the computer slept for an hour
    idle._look()
    assert window.locking.screen.isVisible()


def test_a_second_start_waits_behind_the_lock(qtbot, locked, store, dossier):
    locked.open_code(dossier.code)
    assert locked.counter.dossier_id is None
    log_in(qtbot, locked, "lan")
    qtbot.waitUntil(lambda: locked.counter.dossier_id == dossier.id, timeout=WAIT_MS)


def test_people_entered_while_the_window_is_open_lock_it(qtbot, store, dossier, window):
    window.counter.open_dossier(dossier.id)
    qtbot.waitUntil(lambda: window.counter.view is not None, timeout=WAIT_MS)
    people.add(store, "Lê Thị Hòa", "administrator", bytearray(PIN.encode()))
    qtbot.waitUntil(window.locking.screen.isVisible, timeout=WAIT_MS)


def test_who_is_disabled_is_out_at_once(qtbot, at_counter, store, office):
    people.set_disabled(store, office["Trần Văn Lân"], True)
    qtbot.waitUntil(at_counter.locking.screen.isVisible, timeout=WAIT_MS)
    assert at_counter.locking.screen.names.count() == len(OFFICE) - 1


def test_who_changes_the_settings_stays_logged_in(qtbot, office, launch):
    desk = launch(language="en", lock_minutes=0)
    log_in(qtbot, desk.window, "hoa")
    desk._on_settings(replace(desk.station.settings, theme="dark"))
    qtbot.waitUntil(lambda: desk.station.desk is not None, timeout=WAIT_MS)
    assert not desk.window.locking.screen.isVisible()
    assert desk.station.tasks.actor == office["Lê Thị Hòa"]
    assert any("Lê Thị Hòa" in text for text in desk.window.strip.texts)
    assert not desk.window.actions_["go_counter"].isEnabled()
    lock(qtbot, desk.window)


# --- rights -----------------------------------------------------------------------------------


def test_the_table_of_rights_names_commands_and_actions():
    from desk_app.store import rights

    actions = set(rights.table().actions)
    assert set(allowed.NEEDED.values()) <= actions
    assert set(allowed.NEEDED) <= set(BY_ID)
    # Whatever is not named there must only move the eye: a new command is put into one of the two.
    assert allowed.FREE == EYES_ONLY


def test_an_administrator_sees_the_queue_and_no_dossier(qtbot, locked):
    log_in(qtbot, locked, "hoa")
    assert locked.screen_name == QUEUE
    action = locked.actions_["go_counter"]
    assert not action.isEnabled()
    assert "Who may" in action.toolTip()
    locked.go(VERIFY)
    assert locked.screen_name == QUEUE
    assert locked.actions_["settings"].isEnabled()
    locked.run("find")
    assert locked.screen_name == QUEUE


def test_a_clerk_approves_nothing_and_a_supervisor_does(qtbot, locked, store):
    log_in(qtbot, locked, "lan")
    assert locked.actions_.refusal("approve")
    assert locked.actions_.refusal("settings")
    assert not locked.actions_.refusal("scan")
    lock(qtbot, locked)
    log_in(qtbot, locked, "anh")
    assert not locked.actions_.refusal("approve")
    with acting.acting_for(locked._station.who.person.id):
        people.require(store, "approve")


def test_a_person_without_the_right_to_edit_reads(qtbot, at_counter, monkeypatch):
    person = at_counter._station.who.person
    monkeypatch.setattr(type(person), "may", lambda self, action: action in ("view", "search"))
    at_counter._show_who()
    at_counter.counter._show_selected()
    assert "unsealed" not in at_counter.counter.facts()
    assert not at_counter.actions_["scan"].isEnabled()
    editors = at_counter.counter.work.panel.form.editors
    assert editors
    assert all(not editor.isEnabled() or editor.isReadOnly() for editor in editors)


def test_four_eyes_are_told_at_the_verification(qtbot, office, store, launch, tmp_path):
    made = builder.birth_registration(store)
    paper = dossiers.documents(store, made.id)[0]
    with acting.acting_for(office["Vũ Thị Ánh"]):
        for state in ("checked", "to_sign"):
            dossiers.move(store, made.id, state)
        builder.signed(store, paper.id, builder.plain_pdf(tmp_path / "a.pdf"), builder.VALID)
        sha256 = dossiers.document(store, paper.id).signed_sha256
        builder.queued(store, made.id, paper.id, "held", sha256)
    chosen = {"four_eyes": True, "approve_before_upload": True}
    window = launch(language="en", lock_minutes=0, **chosen).window
    window.activateWindow()
    log_in(qtbot, window, "anh")
    window.go(VERIFY)
    qtbot.waitUntil(lambda: window.verify.model.files != [], timeout=WAIT_MS)
    qtbot.waitUntil(lambda: told(store, "dossier.view") != [], timeout=WAIT_MS)
    window.verify._do_approve()
    qtbot.waitUntil(lambda: window.banners.notices != [], timeout=WAIT_MS)
    assert "cannot approve it" in window.banners.notices[0].text


def test_what_one_person_searched_is_not_shown_to_the_next(qtbot, at_counter, store, office):
    window = at_counter
    for person, letters in (("Trần Văn Lân", None), ("Đặng Minh", "minh")):
        if letters:
            lock(qtbot, window)
            log_in(qtbot, window, letters)
        window.go("search")
        assert window.search.bar.line.text() == ""
        window.search.bar.line.setText(builder.CODE)
        qtbot.waitUntil(lambda: not window.search.asking.is_waiting, timeout=WAIT_MS)
        window.search.asking.note()
        actor = office[person]
        heard = lambda actor=actor: actor in [e.actor for e in told(store, "search")]  # noqa: E731
        qtbot.waitUntil(heard, timeout=WAIT_MS)


def test_a_feed_goes_on_behind_the_lock_as_its_own_person_s(qtbot, office, store, launch, tmp_path):
    stack = tmp_path / "stack"
    stack.mkdir()
    for name in ("s06a.jpg", "s06b.jpg"):
        shutil.copy(builder.FOLDER / name, stack / name)
    made = dossiers.create(store, builder.CODE, "birth_registration", demonstration=True)
    device = f"simulated:{stack}?ppm=60"
    window = launch(language="en", lock_minutes=0, device=device).window
    window.activateWindow()
    log_in(qtbot, window, "lan")
    counter = window.counter
    counter.open_dossier(made.id)
    qtbot.waitUntil(lambda: counter.profiles.current is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: counter.view is not None, timeout=WAIT_MS)
    window.run("scan")
    qtbot.waitUntil(lambda: counter.feeder.is_feeding, timeout=WAIT_MS)
    lock(qtbot, window)
    qtbot.waitUntil(lambda: len(dossiers.pages(store, made.id)) >= 1, timeout=WAIT_MS)
    assert log_in(qtbot, window, "minh").id == office["Đặng Minh"]
    assert counter.dossier_id == made.id  # the paper that moves stays in front
    qtbot.waitUntil(lambda: not counter.feeder.is_feeding, timeout=120_000)
    lan = office["Trần Văn Lân"]
    for action in ("scan.begin", "page.add", "page.read", "dossier.state"):
        assert {each.actor for each in told(store, action)} == {lan}, action
    assert len(told(store, "page.add")) == 2
    seen = [each.actor for each in told(store, "dossier.view")]
    assert seen == [lan, office["Đặng Minh"]]


# --- the dialog of people -----------------------------------------------------------------------


def fill(dialog, name, pin):
    dialog.name.setText(name)
    dialog.pin.setText(pin)
    dialog.again.setText(pin)


def test_the_first_administrator_is_entered_and_the_window_locks(qtbot, launch, store):
    window = launch(language="en", lock_minutes=0).window
    window.activateWindow()
    window.run("people")
    dialog = window.findChild(PeopleDialog)
    qtbot.waitUntil(lambda: not dialog.role.isEnabled(), timeout=WAIT_MS)
    fill(dialog, "Lê Thị Hòa", "12345")
    assert not dialog.add.isEnabled()
    fill(dialog, "Lê Thị Hòa", PIN)
    dialog.again.setText("190846")
    assert not dialog.add.isEnabled()
    fill(dialog, "Lê Thị Hòa", PIN)
    dialog.add.click()
    qtbot.waitUntil(window.locking.screen.isVisible, timeout=WAIT_MS)
    assert not dialog.isVisible()
    assert [each.role for each in people.everybody(store)] == ["administrator"]
    assert log_in(qtbot, window, "hoa").name == "Lê Thị Hòa"
    assert [w for w in QApplication.topLevelWidgets() if isinstance(w, PeopleDialog)
            and w.isVisible()] == []  # fmt: skip


def test_an_administrator_looks_after_people(qtbot, locked, store, office):
    log_in(qtbot, locked, "hoa")
    locked.run("people")
    dialog = locked.findChild(PeopleDialog)
    qtbot.waitUntil(lambda: dialog.list.count() == len(OFFICE), timeout=WAIT_MS)
    done = lambda text: qtbot.waitUntil(lambda: text in dialog.hint.text(), timeout=WAIT_MS)  # noqa: E731
    dialog.let_in.click()  # the last administrator
    done("last administrator")
    fill(dialog, "Phạm Mai", "111111")
    dialog.add.click()
    done("too easy")
    fill(dialog, "Phạm Mai", "240691")
    dialog.role.setCurrentIndex(dialog.role.findData("archive"))
    dialog.add.click()
    done("Done")
    assert people.find(store, "Phạm Mai").role == "archive"
    dialog.list.setCurrentRow(1)
    dialog.let_in.click()
    qtbot.waitUntil(lambda: "let in no more" in dialog.list.item(1).text(), timeout=WAIT_MS)
    assert people.find(store, office["Trần Văn Lân"]).is_disabled
    dialog.list.setCurrentRow(2)
    fill(dialog, "", "513807")
    dialog.pin_of.click()
    qtbot.waitUntil(lambda: len(told(store, "person.pin")) == 1, timeout=WAIT_MS)
    assert told(store, "person.pin")[0].actor == office["Lê Thị Hòa"]
    dialog.reject()
    lock(qtbot, locked)
    assert log_in(qtbot, locked, "minh", "513807").name == "Đặng Minh"
    assert locked.actions_.refusal("people")
