"""Scan profiles: data, checked in words, and what a province locks stays locked."""

import pytest

from desk_app.capture import scan_profiles
from desk_app.capture.scan_profiles import load, load_all, read_profile
from desk_app.errors import NotAllowed, NotFound, UsageError
from tests import one_language

PLAIN = 'name = "Thử"\nsource = "glass"\ndpi = 200\nmode = "gray"\n'


@pytest.fixture
def places(tmp_path):
    data, machine = tmp_path / "data", tmp_path / "machine"
    (data / "scan_profiles").mkdir(parents=True)
    machine.mkdir()
    return data, machine


def test_the_shipped_profiles_are_sound(tmp_path):
    found = load_all(machine=tmp_path)
    assert {"color300", "color200", "gray300", "bw300", "duplex300", "glass300"} <= set(found)
    assert scan_profiles.DEFAULT in found
    assert found["duplex300"].settings.source == "duplex"
    assert all(one.name.vi and one.name.en for one in found.values())
    assert found["color300"].key == "F5"


def test_the_user_s_own_stand_beside_and_over_the_shipped_ones(places):
    data, machine = places
    (data / "scan_profiles" / "mine.toml").write_text(PLAIN, encoding="utf-8")
    (data / "scan_profiles" / "color200.toml").write_text(PLAIN, encoding="utf-8")
    found = load_all(data, machine)
    assert found["mine"].settings.dpi == 200
    assert found["color200"].settings.mode == "gray"


def test_what_the_machine_locks_nobody_changes(places):
    data, machine = places
    (machine / "color300.toml").write_text(PLAIN + "locked = true\n", encoding="utf-8")
    (data / "scan_profiles" / "color300.toml").write_text("dpi = 75\n", encoding="utf-8")
    profile = load("color300", data, machine)
    assert (profile.settings.dpi, profile.locked) == (200, True)
    with pytest.raises(NotAllowed, match="dpi"):
        profile.with_changes({"dpi": "75"})
    assert profile.with_changes({}) == profile.settings


def test_an_open_profile_can_be_changed_for_one_scan(tmp_path):
    profile = load("color300", machine=tmp_path)
    changed = profile.with_changes({"dpi": "200", "paper": "A5", "wait": "10"})
    assert (changed.dpi, changed.paper_mm) == (200, (148.0, 210.0))
    assert changed.extra == (("wait", "10"),)
    assert changed.mode == profile.settings.mode
    with pytest.raises(UsageError, match="dpi"):
        profile.with_changes({"dpi": "many"})
    with pytest.raises(UsageError, match="source"):
        profile.with_changes({"source": "moon"})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("dpi = 99999", "dpi"),
        ('mode = "sepia"', "mode"),
        ('papier = "A4"', "papier"),
        ('paper = "A9"', "paper"),
        ("paper = [1]", "paper"),
        ('key = "Ctrl+Q"', "key"),
        ("locked = 1", "locked"),
        ("name = 3", "name"),
        ("dpi = = 3", "broken.toml"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path, text, named):
    file = tmp_path / "broken.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=named) as caught:
        read_profile(file)
    assert "broken.toml" in caught.value.vi
    one_language.require(caught.value)


def test_a_function_key_means_one_thing(places):
    data, machine = places
    (data / "scan_profiles" / "mine.toml").write_text(PLAIN + 'key = "F5"\n', encoding="utf-8")
    with pytest.raises(UsageError, match="F5"):
        load_all(data, machine)


def test_an_unknown_name_lists_the_known(tmp_path):
    with pytest.raises(NotFound, match="color300"):
        load("colour", machine=tmp_path)


def test_a_profile_can_be_a_file_with_its_driver_s_options(tmp_path):
    file = tmp_path / "hot.toml"
    file.write_text(PLAIN + 'device = "folder:/x"\n[extra]\nwait = 30\n', encoding="utf-8")
    profile = load(str(file))
    assert profile.settings.extra == (("wait", "30"),)
    assert profile.device == "folder:/x"
