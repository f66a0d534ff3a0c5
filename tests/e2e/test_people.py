"""desk people, --as and desk audit list as a script sees them."""

import argparse
import io
import json
import subprocess
import sys

import pytest

from desk_app import cli
from desk_app.store import audit, dossiers, people, rights
from desk_app.store.database import Store
from tests import quick_pins
from tests.dossiers.office import fill, paper, sign
from tests.e2e.conftest import ROOT, start
from tests.e2e.conftest import desk as by_process

BOSS, LAN, HOA = "190845", "240691", "770213"
CODE = "H49.64-260301-0001"
NUMBER = "022196999001"
CARD = paper("card", "citizen_card", "citizen_card", full_name="Nguyễn Thị Hồng Nguyệt",
             citizen_number=NUMBER)  # fmt: skip


class Answer:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        return self.json["error"]["code"]


@pytest.fixture(autouse=True)
def cheap_pins(monkeypatch):
    quick_pins.use(monkeypatch)


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    store = Store(folder)
    sign(store, fill(store, CODE, [CARD]))
    yield folder
    store = Store(folder)
    assert audit.verify(store.conn).ok
    store.close()


@pytest.fixture
def desk(data, capfdbinary, monkeypatch):
    """One command line; each further argument of `lines` is a line of stdin."""

    def desk(*args, lines=(), json=True):
        text = "".join(f"{line}\n" for line in lines).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        given = ["--data", str(data), *(["--json"] if json else []), "--lang", "en", *args]
        code = cli.run([str(each) for each in (*given, *(["--pin-stdin"] if lines else []))])
        out, err = capfdbinary.readouterr()
        assert b"Traceback" not in out + err
        return Answer(code, out.decode(), err.decode())

    return desk


@pytest.fixture
def office(desk):
    """An administrator, a clerk and a supervisor."""
    assert desk("people", "add", "Vũ Minh", "--role", "administrator", lines=[BOSS]).code == 0
    for name, role, pin in (("Trần Thị Lan", "clerk", LAN), ("Lê Hòa", "supervisor", HOA)):
        args = ("people", "add", name, "--role", role, "--as", "Vũ Minh")
        assert desk(*args, lines=[BOSS, pin]).code == 0


def test_every_command_is_in_the_table_of_rights():
    table, missing = rights.table(), []
    groups = next(a for a in cli.parser()._actions if isinstance(a, argparse._SubParsersAction))
    for name, command in groups.choices.items():
        action = next((a for a in command._actions if a.dest == "action" and a.choices), None)
        for each in action.choices if action else ("",):
            if f"{name} {each}".strip() not in table.commands and name not in table.commands:
                missing.append(f"{name} {each}")
    assert missing == []
    spoken = {name.split()[0] for name in table.commands}
    assert spoken <= set(groups.choices)


def test_a_one_person_station_needs_no_name(desk):
    assert desk("people", "list").json["people"] == []
    assert desk("show", CODE).code == 0
    assert desk("show", CODE, "--as", "Lan", lines=[LAN]).error == "BAD_USAGE"
    assert desk("people", "add", "Lan", "--role", "clerk", lines=[LAN]).error == "BAD_USAGE"


def test_with_people_everybody_says_who_they_are(desk, office):
    asked = desk("show", CODE)
    assert (asked.code, asked.error) == (2, "LOGIN_NEEDED")
    assert desk("show", CODE, "--as", "trần thị lan", lines=[LAN]).code == 0
    assert desk("show", CODE, "--as", "Trần Thị Lan").error == "BAD_USAGE"  # no terminal, no PIN
    wrong = desk("show", CODE, "--as", "Trần Thị Lan", lines=[HOA])
    nobody = desk("show", CODE, "--as", "Nobody", lines=[HOA])
    assert wrong.json == nobody.json
    assert (wrong.code, wrong.error) == (2, "LOGIN_REFUSED")
    refused = desk("search", "nguyet", "--as", "Vũ Minh", lines=[BOSS])
    assert refused.error == "NOT_PERMITTED"
    assert "Clerk" in refused.json["error"]["next"]


def test_what_touches_no_dossier_needs_no_name(desk, office, data):
    assert desk("catalogue", "list").code == 0
    assert desk("package", "--check", data).json["checks"]  # the folder is asked, nobody else


def test_a_wait_grows_and_an_administrator_ends_it(desk, office):
    for _ in range(3):
        assert desk("show", CODE, "--as", "Lê Hòa", lines=[LAN]).error == "LOGIN_REFUSED"
    assert desk("show", CODE, "--as", "Lê Hòa", lines=[HOA]).error == "LOGIN_WAIT"
    found = desk("people", "list", "--as", "p001", lines=[BOSS]).json["people"]
    assert [each["failures"] for each in found] == [0, 0, 3]
    assert desk("people", "unlock", "Lê Hòa", "--as", "p001", lines=[BOSS]).code == 0
    assert desk("show", CODE, "--as", "Lê Hòa", lines=[HOA]).code == 0


def test_everybody_changes_their_own_pin_and_no_other(desk, office):
    mine = desk("people", "pin", "trần thị lan", "--as", "Trần Thị Lan", lines=[LAN, "513807"])
    assert [each["name"] for each in mine.json["people"]] == ["Trần Thị Lan"]
    assert desk("show", CODE, "--as", "Trần Thị Lan", lines=["513807"]).code == 0
    other = desk("people", "pin", "Lê Hòa", "--as", "Trần Thị Lan", lines=["513807", "999000"])
    unknown = desk("people", "pin", "Nobody", "--as", "Trần Thị Lan", lines=["513807", "999000"])
    assert other.error == unknown.error == "NOT_PERMITTED"
    assert desk("people", "pin", "Lê Hòa").error == "LOGIN_NEEDED"
    assert desk("people", "list", "--as", "Lê Hòa", lines=[HOA]).error == "NOT_PERMITTED"


def test_the_last_administrator_stays(desk, office):
    for args in (("disable", "Vũ Minh"), ("role", "Vũ Minh", "--role", "clerk")):
        assert desk("people", *args, "--as", "Vũ Minh", lines=[BOSS]).error == "NOT_ALLOWED"
    assert desk("people", "disable", "Lê Hòa", "--as", "Vũ Minh", lines=[BOSS]).code == 0
    assert desk("show", CODE, "--as", "Lê Hòa", lines=[HOA]).error == "LOGIN_REFUSED"


def test_the_chain_tells_who_looked_searched_and_took_away(desk, office, tmp_path, data):
    lan, hoa, boss = (("--as", name) for name in ("Trần Thị Lan", "Lê Hòa", "Vũ Minh"))
    assert desk("show", CODE, *lan, lines=[LAN]).code == 0
    assert desk("search", "Nguyễn Thị Hồng Nguyệt", *lan, lines=[LAN]).code == 0
    assert desk("stats", "-o", tmp_path / "f.xlsx", *hoa, lines=[HOA]).code == 0
    assert desk("backup", "--out", tmp_path / "b", *boss, lines=[BOSS]).code == 0
    listed = tmp_path / "list.xlsx"
    assert desk("package", CODE, "--export-list", listed, *hoa, lines=[HOA]).code == 0
    assert desk("package", CODE, "--export-list", listed, *lan, lines=[LAN]).error == (
        "NOT_PERMITTED"
    )
    found = desk("audit", "list", "--from", "2020-01-01", *hoa, lines=[HOA]).json["records"]
    told = {(each["name"], each["action"], each["details"].get("kind")) for each in found}
    assert {
        ("Trần Thị Lan", "dossier.view", None), ("Trần Thị Lan", "search", None),
        ("Lê Hòa", "export", "figures"), ("Vũ Minh", "export", "backup"),
        ("Lê Hòa", "export", "list"), ("Lê Hòa", "audit.read", None),
    } <= told  # fmt: skip
    about = desk("audit", "list", "--dossier", CODE, *boss, lines=[BOSS]).json["records"]
    assert {"dossier.create", "dossier.view", "search", "export"} <= {e["action"] for e in about}
    assert "figures" not in {e["details"].get("kind") for e in about}
    args = ("audit", "list", "--searched", "nguyen thi hong  NGUYET")
    searched = desk(*args, *boss, lines=[BOSS]).json["records"]
    assert [each["name"] for each in searched] == ["Trần Thị Lan"]
    mine = desk("audit", "list", "--actor", "Lê Hòa", *hoa, lines=[HOA]).json["records"]
    assert {each["actor"] for each in mine} == {"p003"}
    assert desk("audit", "list", *lan, lines=[LAN]).error == "NOT_PERMITTED"
    assert desk("audit", "verify", *boss, lines=[BOSS]).json["ok"]


def test_numbers_of_persons_are_masked_for_people_and_whole_for_scripts(desk):
    assert NUMBER in desk("show", CODE).out
    seen = desk("show", CODE, json=False).out
    assert NUMBER not in seen
    assert NUMBER[-4:] in seen
    assert NUMBER in desk("show", CODE, "--unmasked", json=False).out
    assert NUMBER not in desk("search", NUMBER).out


def test_what_a_person_does_by_command_is_theirs_in_every_process(desk, office, data, tmp_path):
    """A worker process reads the page: its record names who scanned it."""
    picture = ROOT / "resources/samples/birth_registration/s01a.jpg"
    lan = ("--as", "Trần Thị Lan")
    args = ("import", picture, "--dossier", "H49.64-260302-0009", "--procedure",
            "birth_registration")  # fmt: skip
    assert desk(*args, *lan, lines=[LAN]).code == 0
    assert desk("process", "--dossier", "H49.64-260302-0009", *lan, lines=[LAN]).code in (0, 1)
    store = Store(data)
    rows = store.rows("SELECT DISTINCT action, actor FROM audit_event WHERE action LIKE 'page.%'")
    store.close()
    assert {tuple(row) for row in rows if row["action"] in ("page.add", "page.read")} == {
        ("page.add", "p002"), ("page.read", "p002"),
    }  # fmt: skip


def test_a_batch_is_its_persons(desk, office, tmp_path):
    args = ("batch", "create", "LO-01", "--sheets", "2", "--as", "trần thị lan")
    assert desk(*args, lines=[LAN]).json["batch"]["operator"] == "Trần Thị Lan"


def test_a_pin_is_in_no_argument_and_a_real_process_takes_it_from_stdin(desk, office, data):
    process = start("show", CODE, "--data", data, "--as", "Lê Hòa", "--passphrase-stdin", "--json")
    try:
        out, _ = process.communicate(f"{HOA}\n", timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert json.loads(out)["dossier"]["code"] == CODE
    for option in ("--pin", "--passphrase"):
        assert desk("show", CODE, option, HOA).error == "BAD_USAGE"


def test_the_lines_of_stdin_come_in_their_order(tmp_path):
    """The data's passphrase, then who one is, then what the command asks."""
    phrase = "bốn từ dài và lạ"

    def run(*args, lines):
        return by_process(*args, "--data", tmp_path / "d", "--passphrase-stdin", "--json",
                          stdin="".join(f"{line}\n" for line in lines))  # fmt: skip

    assert run("people", "add", "Minh", "--role", "administrator", lines=[BOSS]).code == 0
    assert run("vault", "passphrase", "--as", "Minh", lines=[BOSS, phrase]).code == 0
    added = run("people", "add", "Lan", "--role", "clerk", "--as", "Minh",
                lines=[phrase, BOSS, LAN])  # fmt: skip
    assert [each["name"] for each in added.json["people"]] == ["Minh", "Lan"]
    mixed = run("people", "list", "--as", "Minh", lines=[BOSS, phrase])
    assert mixed.json["error"]["code"] == "WRONG_SECRET"


def test_the_desk_s_own_people_are_the_store_s(desk, office, data):
    store = Store(data)
    assert [each.role for each in people.everybody(store)] == [
        "administrator", "clerk", "supervisor",
    ]  # fmt: skip
    assert dossiers.find(store, CODE).code == CODE
    store.close()


def test_a_readable_copy_of_a_page_is_recorded_the_first_time(desk, data, tmp_path):
    picture = ROOT / "resources/samples/birth_registration/s01a.jpg"
    args = ("import", picture, "--dossier", "H49.64-260302-0010", "--procedure",
            "birth_registration")  # fmt: skip
    page = desk(*args).json["pages"][0]
    assert page["path"]
    desk("journal", "replay")  # the copy is there already
    records = desk("audit", "list", "--dossier", "H49.64-260302-0010").json["records"]
    left = [each for each in records if each["action"] == "export"]
    assert [(each["object"], each["details"]["kind"]) for each in left] == [(page["id"], "page")]
