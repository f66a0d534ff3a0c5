"""People: who they are, what they may do, and what wrong PINs cost."""

import threading
from datetime import datetime, timedelta

import pytest

from desk_app.errors import NotAllowed, NotFound, UsageError
from desk_app.store import acting, audit, people, pins, rights
from desk_app.store.database import Store
from tests import quick_pins

PIN = b"190845"
REAL = (pins.LOG_N, pins.BLOCK, pins.NOBODY)


class Clock:
    def __init__(self):
        self.now = datetime.fromisoformat("2026-11-22T08:00:00+07:00")

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def cheap_pins(monkeypatch):
    quick_pins.use(monkeypatch)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    store = Store(tmp_path, clock=clock)
    yield store
    assert audit.verify(store.conn).ok
    store.close()


@pytest.fixture
def boss(store):
    return people.add(store, "Lê Thị Hòa", "administrator", bytearray(PIN))


def add(store, name, role="clerk"):
    return people.add(store, name, role, bytearray(PIN))


def fail(store, name, times=1):
    for _ in range(times):
        with pytest.raises(people.LoginRefused):
            people.log_in(store, name, bytearray(b"wrong-1"))


# --- who there is -----------------------------------------------------------------------------


def test_the_first_person_is_an_administrator(store):
    with pytest.raises(UsageError):
        add(store, "Trần Văn Lân")
    assert not people.exist(store)
    people.require(store, "sign", "purge")  # a one-person station may do everything
    boss = add(store, "Lê Thị Hòa", "administrator")
    assert people.everybody(store) == [boss]
    with pytest.raises(people.LoginNeeded):
        people.require(store, "sign")


def test_a_name_is_one_person_however_it_is_typed(store, boss):
    lan = add(store, "Trần  Thị Lan")
    assert lan.name == "Trần Thị Lan"
    assert people.find(store, "trần thị lan") == people.find(store, lan.id) == lan
    with pytest.raises(NotAllowed):
        add(store, "TRẦN THỊ LAN")
    assert add(store, "Trần Thị Lân").id != lan.id  # marks tell people apart
    with pytest.raises(NotFound):
        people.find(store, "Trần")


@pytest.mark.parametrize("pin", [b"", b"12345", b"111111", b"123456", b"987654", b"x" * 129])
def test_weak_pins_are_refused(store, pin):
    with pytest.raises(UsageError):
        people.add(store, "Lê Thị Hòa", "administrator", bytearray(pin))
    assert not people.exist(store)


def test_the_last_administrator_stays(store, boss):
    with pytest.raises(NotAllowed):
        people.set_role(store, boss.id, "clerk")
    with pytest.raises(NotAllowed):
        people.set_disabled(store, boss.id, True)
    other = add(store, "Vũ Minh", "administrator")
    people.set_disabled(store, boss.id, True)
    with pytest.raises(NotAllowed):
        people.set_role(store, other.id, "archive")
    assert people.find(store, boss.id).is_disabled


def test_no_name_and_no_pin_in_the_audit_chain(store, boss):
    lan = add(store, "Trần Thị Lan")
    people.log_in(store, "Trần Thị Lan", bytearray(PIN))
    fail(store, "Nguyễn Không Ai")
    people.set_role(store, lan.id, "archive")
    people.set_pin(store, lan.id, bytearray(b"240691"))
    told = " ".join(str(tuple(row)) for row in store.rows("SELECT * FROM audit_event"))
    assert "person.login" in told
    for secret in ("Lan", "Hòa", "Không", "190845", "240691"):
        assert secret not in told
    kept = " ".join(str(tuple(row)) for row in store.rows("SELECT * FROM login_stranger"))
    assert "Không" not in kept


def test_a_guess_costs_what_it_should(monkeypatch):
    log_n, block, nobody = REAL
    assert (log_n, block) == (15, 8)  # 32 MB each
    assert nobody.split("$")[1:3] == ["15", "8"]  # a name that is not there costs the same
    monkeypatch.setattr(pins, "LOG_N", log_n)
    kept = pins.hashed(bytearray(PIN))
    assert kept.startswith("scrypt$15$8$1$")
    assert kept != pins.hashed(bytearray(PIN))  # a salt each
    assert pins.fits(bytearray(PIN), kept)
    assert not pins.fits(bytearray(b"190846"), kept)
    assert not pins.fits(bytearray(PIN), nobody)


# --- login ------------------------------------------------------------------------------------


def test_a_login_is_by_name_and_pin_and_leaves_its_record(store, boss):
    pin = bytearray(PIN)
    assert people.log_in(store, "lê thị hòa", pin).id == boss.id
    assert pin == bytearray(len(PIN))
    row = store.row("SELECT actor, object FROM audit_event WHERE action = 'person.login'")
    assert tuple(row) == (boss.id, boss.id)
    assert people.find(store, boss.id).last_login


def test_wrong_pins_wait_longer_and_longer_also_after_a_restart(store, boss, clock, tmp_path):
    fail(store, boss.name, pins.FREE_TRIES)
    with pytest.raises(people.LoginTooSoon, match="5 more"):
        people.log_in(store, boss.name, bytearray(PIN))  # the right one is not looked at
    again = Store(tmp_path, clock=clock)
    with pytest.raises(people.LoginTooSoon):
        people.log_in(again, boss.name, bytearray(PIN))
    again.close()
    clock.wait(5)
    fail(store, boss.name)
    with pytest.raises(people.LoginTooSoon, match="10 more"):
        people.log_in(store, boss.name, bytearray(PIN))
    clock.wait(10)
    assert people.log_in(store, boss.name, bytearray(PIN)).id == boss.id
    fail(store, boss.name, pins.FREE_TRIES)  # counted from the beginning


def test_a_name_that_is_not_there_is_told_from_none(store, boss, clock):
    def answers(name):
        for _ in range(5):
            try:
                people.log_in(store, name, bytearray(b"wrong-1"))
            except (people.LoginRefused, people.LoginTooSoon) as fault:
                yield fault.code, fault.vi, fault.en, fault.next_vi

    lan = add(store, "Trần Thị Lan")
    people.set_disabled(store, lan.id, True)
    assert list(answers("Nobody")) == list(answers(boss.name)) == list(answers(lan.name))


def test_a_disabled_person_is_refused_with_the_right_pin(store, boss):
    lan = add(store, "Trần Thị Lan")
    people.set_disabled(store, lan.id, True)
    with pytest.raises(people.LoginRefused):
        people.log_in(store, lan.name, bytearray(PIN))
    people.set_disabled(store, lan.id, False)
    assert people.log_in(store, lan.name, bytearray(PIN)) == people.find(store, lan.id)


def test_an_administrator_ends_the_wait(store, boss):
    lan = add(store, "Trần Thị Lan")
    fail(store, lan.name, 3)
    people.unlock(store, lan.id)
    people.log_in(store, lan.name, bytearray(PIN))
    fail(store, lan.name, 3)
    people.set_pin(store, lan.id, bytearray(b"240691"))
    people.log_in(store, lan.name, bytearray(b"240691"))


def test_a_clock_set_back_locks_nobody_out_for_long(store, boss, clock):
    fail(store, boss.name, 3)
    clock.wait(-3600)
    with pytest.raises(people.LoginTooSoon, match="5 more"):
        people.log_in(store, boss.name, bytearray(PIN))


def test_many_at_once_get_no_more_tries(store, boss):
    ends = []

    def attempt():
        try:
            people.log_in(store, boss.name, bytearray(b"wrong-1"))
        except (people.LoginRefused, people.LoginTooSoon) as fault:
            ends.append(type(fault))
        store.close()

    threads = [threading.Thread(target=attempt) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert ends.count(people.LoginRefused) == pins.FREE_TRIES
    assert ends.count(people.LoginTooSoon) == 3


def test_strangers_are_counted_and_not_kept_without_end(store, boss, monkeypatch):
    monkeypatch.setattr(people, "MOST_STRANGERS", 2)
    for name in ("a", "b", "c"):
        fail(store, name)
    assert store.row("SELECT count(*) FROM login_stranger")[0] == 2


def test_marks_typed_in_two_ways_are_one_pin(store):
    import unicodedata

    written = "mật khẩu dài"
    composed, apart = (unicodedata.normalize(form, written).encode() for form in ("NFC", "NFD"))
    assert composed != apart
    boss = people.add(store, "Lê Thị Hòa", "administrator", bytearray(composed))
    assert people.log_in(store, "Lê Thị Hòa", bytearray(apart)).id == boss.id


# --- rights -----------------------------------------------------------------------------------


def test_the_table_is_whole():
    table = rights.table()
    assert set(table.roles) == {"clerk", "supervisor", "archive", "administrator"}
    granted = {action for role in table.roles.values() for action in role.may}
    assert granted == set(table.actions)
    assert {need for needs in table.commands.values() for need in needs} <= granted
    assert all(word.vi and word.en for word in table.actions.values())


def test_rights_are_asked_of_whoever_acts(store, boss):
    lan = add(store, "Trần Thị Lan")
    with acting.acting_for(lan.id):
        people.require(store, "view", "sign")
        with pytest.raises(people.NotPermitted) as refused:
            people.require(store, "approve")
    assert "Trần Thị Lan" in refused.value.vi
    assert "Lãnh đạo thẩm định" in refused.value.next_vi
    assert "Supervisor" in refused.value.next_en
    people.set_disabled(store, lan.id, True)
    with acting.acting_for(lan.id), pytest.raises(people.LoginNeeded):
        people.require(store, "view")


def test_an_administrator_works_on_no_dossier():
    table = rights.table()
    for action in ("view", "search", "scan", "edit", "sign", "approve", "export", "package"):
        assert not table.allows("administrator", action)
    assert not table.allows("nobody", "view")
    assert table.of_command("a command", "of tomorrow") == rights.UNLISTED
