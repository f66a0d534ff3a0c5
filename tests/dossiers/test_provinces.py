"""Provinces and offices: the mergers of 2025 as data, codes looked up for the day of a dossier."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_app.dossiers import codes, provinces
from desk_app.errors import NotFound, UsageError
from tests import one_language

BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)
DAYS = st.dates(date(2015, 1, 1), date(2040, 1, 1))

DEFAULT = """
id = "default"
title = "Mẫu"
title_en = "Form"
[digitization_code]
pattern = "{org}.{number:04}"
"""
UNIT = """
[[office]]
id = "a"
code = "H01.1"
title = "A"
level = "commune"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "default.toml").write_text(DEFAULT, "utf-8")
    return tmp_path


def holding(register, day):
    return [unit for unit in register.provinces.values() if unit.holds_on(day)]


def test_sixty_three_provinces_became_thirty_four(register):
    assert len(holding(register, BEFORE)) == 63
    assert len(holding(register, AFTER)) == 34
    assert len({unit.title for unit in holding(register, AFTER)}) == 34
    assert len({unit.code for unit in holding(register, BEFORE)}) == 63


@pytest.mark.parametrize(
    ("code", "before", "now"),
    [
        ("H41", "Tỉnh Nghệ An", "Tỉnh Nghệ An"),
        ("H40", "Tỉnh Nam Định", "Tỉnh Ninh Bình"),
        ("H39", "Tỉnh Long An", "Tỉnh Tây Ninh"),
        ("H49.64", "Tỉnh Quảng Ninh", "Tỉnh Quảng Ninh"),
        ("000.17.22.H56", "Tỉnh Thanh Hóa", "Tỉnh Thanh Hóa"),
        ("H47", "Tỉnh Quảng Nam", "Thành phố Đà Nẵng"),
    ],
)
def test_an_old_code_leads_to_who_holds_the_task_now(register, code, before, now):
    unit = register.province(code, BEFORE)
    assert unit.title == before
    assert register.today_of(unit, BEFORE) is unit
    assert register.today_of(unit, AFTER).title == now


def test_a_code_that_ended_names_nobody_later(register):
    assert register.province("H40", AFTER) is None
    assert register.profile_for("H40.12", BEFORE).id == "nam_dinh"
    assert register.profile_for("H40.12", AFTER).id == "default"
    assert register.profile_for("H42.12", AFTER).id == "ninh_binh"


def test_the_district_level_ended_with_june_2025(register):
    districts = [unit for unit in register.offices.values() if unit.level == "district"]
    assert districts
    assert not any(unit.holds_on(AFTER) for unit in districts)
    ward = register.office("H49.64.33", BEFORE)
    assert ward.title == "UBND phường Hà Tu"
    assert register.office("000.33.64.H49", BEFORE) is ward
    assert register.today_of(ward, AFTER).id == "ubnd_quang_ninh"


def test_what_is_not_confirmed_says_so(register):
    unconfirmed = set(register.unconfirmed())
    assert {"nam_dinh", "long_an", "ninh_binh_2025", "default"} <= unconfirmed
    assert not {"nghe_an", "quang_ninh"} & {
        unit.id for unit in register.provinces.values() if not unit.confirmed
    }
    assert all(not profile.pattern_confirmed for profile in register.profiles.values())


@given(DAYS)
def test_on_every_day_a_code_names_one_province_at_most(day):
    register = provinces.load(provinces.FOLDER)
    found = [unit.code for unit in holding(register, day)]
    assert len(found) == len(set(found))


@given(DAYS, st.data())
def test_somebody_holds_every_task_that_ever_was(day, data):
    register = provinces.load(provinces.FOLDER)
    unit = data.draw(st.sampled_from(list(register.provinces.values())))
    heir = register.today_of(unit, day)
    assert heir.holds_on(day) or (unit.valid_from and day < unit.valid_from)


def test_an_unknown_profile_is_named(register):
    with pytest.raises(NotFound, match="nowhere"):
        register.profile("nowhere")


@pytest.mark.parametrize(
    ("old", "new"),
    [("000.17.22.H56", "H56.22.17"), ("000.00.00.H41", "H41"), ("000.00.14.H56", "H56.14"),
     ("H49.64.33", "H49.64.33")],
)  # fmt: skip
def test_both_ways_of_writing_an_office_are_one(old, new):
    assert codes.org_levels(old) == codes.org_levels(new)
    assert codes.short_org(old) == new


def test_an_archive_code_comes_apart():
    code = codes.parse_file_code("H49.64.33.2001.160")
    assert (code.org, code.year, code.number) == ("H49.64.33", 2001, "160")
    assert str(code) == "H49.64.33.2001.160"
    for wrong in ("H49.64.33", "2001.160", "H49.1801.160", "H49.2001.160\n"):
        with pytest.raises(UsageError):
            codes.parse_file_code(wrong)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (UNIT.replace('"H01.1"', '"h1"'), "is not an office id"),
        (UNIT.replace('"commune"', '"hamlet"'), "is not one of"),
        (UNIT + "valid_from = 2025-07-01\nvalid_to = 2025-06-30\n", "before valid_from"),
        (UNIT + 'valid_from = "2025"\n', "must be a day"),
        (UNIT + "valid_from = 2025-07-01T08:00:00\n", "must be a day"),
        (UNIT + 'successor = "b"\n', "'valid_to' is missing"),
        (UNIT + 'valid_to = 2025-06-30\nsuccessor = "b"\n', "successor 'b' is not known"),
        (UNIT + 'parent = "b"\n', "parent 'b' is not known"),
        (UNIT + UNIT, "occurs twice"),
        (UNIT + UNIT.replace('"a"', '"b"'), "on one day"),
        (UNIT + "vald_to = 2025-06-30\n", "unknown key 'vald_to'"),
        (DEFAULT.replace("default", "x") + "confirmed = 1\n", "confirmed"),
        ("colour = 3\n", "without 'id'"),
    ],
)
def test_a_fault_in_the_data_is_named(folder, text, what):
    (folder / "wrong.toml").write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        provinces.load(folder)
    assert what in caught.value.en
    one_language.require(caught.value)


def test_successors_in_a_circle_are_refused(folder):
    one = UNIT + 'valid_to = 2025-06-30\nsuccessor = "b"\n'
    two = one.replace('"a"', '"b2"').replace('"b"', '"a"').replace('"b2"', '"b"')
    (folder / "wrong.toml").write_text(one + two.replace("H01.1", "H01.2"), "utf-8")
    with pytest.raises(UsageError, match=r"lead back|ends with it") as caught:
        provinces.load(folder)
    one_language.require(caught.value)


def test_a_later_folder_replaces_entries_of_the_same_id(folder, tmp_path):
    (folder / "units.toml").write_text(UNIT, "utf-8")
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "units.toml").write_text(UNIT.replace('title = "A"', 'title = "B"'), "utf-8")
    assert provinces.load(folder).offices["a"].title == "A"
    assert provinces.load(folder, newer).offices["a"].title == "B"


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("{org}.{number:06}", ""),
        ("{dossier}.{ordinal:02}", ""),
        ("{org}.{year}", "same code"),
        ("{org}.{colour}{number}", "is not one of"),
        ("{org!r}.{number:>9}", "width"),
        ("{org.__class__}{number}", "is not one of"),
        ("{org:06}{number}", "width"),
        ("{number", "expected"),
    ],
)
def test_layouts_of_digitization_codes(pattern, what):
    fault = provinces.pattern_fault(pattern)
    assert (what in fault.en) if what else fault is None


def test_a_day_after_the_last_is_the_successors_first(register):
    for unit in register.provinces.values():
        if unit.successor:
            assert register.provinces[unit.successor].holds_on(unit.valid_to + timedelta(1))
