"""The table of fields, the values that people write, and the schema that is made of the table."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from desk_app.errors import UsageError
from desk_app.submission.packages import fields, mets, schemas

BOOK = fields.load()
KINDS = ("SIP", "AIP")
LEVELS = ("dossier", "document")


def test_the_sets_have_the_numbers_of_fields_that_the_law_lists():
    counts = {name: len(names) for name, names in BOOK.sets.items()}
    assert counts["dossier_SIP"] == counts["dossier_AIP"] == 18
    assert (counts["document_SIP"], counts["document_AIP"]) == (21, 19)
    assert all(len(set(names)) == len(names) for names in BOOK.sets.values())


def test_no_two_columns_of_a_list_have_the_same_heading():
    for level in LEVELS:
        names = [
            name
            for rule in BOOK.levels[level].values()
            for name in {fields.plain(each) for each in (rule.column, *rule.also) if each}
        ]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("startDate", "1/2/2024", "01/02/2024"), ("startDate", "2024-02-01", "01/02/2024"),
        ("startDate", "29.2.2024", "29/02/2024"), ("startDate", "29/2/2023", None),
        ("startDate", "02/2001", "02/2001"), ("startDate", "2001", "2001"),
        ("startDate", "13/2001", None), ("maintenance", "Vĩnh viễn", "01"),
        ("maintenance", "VINH VIEN", "01"), ("maintenance", "5", "05"), ("maintenance", "9", None),
        ("maintenance", "30  năm", "04"), ("language", "Tiếng Việt, tiếng anh", "01,02"),
        ("language", "1;2", "01,02"), ("riskRecovery", "Có", "1"), ("riskRecovery", "không", "0"),
        ("riskRecovery", "?", None), ("totalDoc", "0012", "12"), ("totalDoc", "12 tờ", None),
        ("fileCode", " H49.001 ", "H49.001"), ("title", "Hồ  sơ\u00a0A", "Hồ sơ A"),
        ("title", "", ""),
    ],
)  # fmt: skip
def test_what_people_write(name, written, value):
    assert BOOK.normal(BOOK.levels["dossier"][name], written) == value


def words(rule):
    """What may stand in a field, and what may not."""
    good = {
        "number": st.integers(0, 10 ** min(rule.length, 9) - 1).map(str),
        "flag": st.sampled_from(["0", "1"]),
        "date": st.dates().map(lambda d: f"{d.day:02}/{d.month:02}/{d.year:04}"),
        "code": st.sampled_from(sorted(rule.table or ["x"])),
        "codes": st.sampled_from(sorted(rule.table or ["x"])),
    }.get(rule.kind, st.text("AđỆ &<>.", min_size=1, max_size=6).map(str.strip))
    return st.one_of(good, good, good, st.sampled_from(["", "99", "tháng 5", "x" * 2100]))


@settings(max_examples=150, deadline=None)
@given(data=st.data(), level=st.sampled_from(LEVELS), kind=st.sampled_from(KINDS))
def test_the_schema_refuses_no_description_that_the_check_lets_pass(data, level, kind):
    values = {rule.name: data.draw(words(rule), rule.name) for rule in BOOK.rules(level, kind)}
    problems = {each.field for each in BOOK.problems(level, kind, values)}
    root = etree.fromstring(mets.description(BOOK, level, kind, values))
    assert [child.tag for child in root] == list(BOOK.sets[f"{level}_{kind}"])
    is_valid = schemas.compiled(level, kind).validate(root)
    if not problems:
        assert is_valid
    wrong_form = {n for n in problems if values[n]} | {
        n for n in problems if BOOK.levels[level][n].required == "always"
    }
    assert is_valid == (not wrong_form)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=30), name=st.sampled_from(sorted(BOOK.levels["document"])))
def test_a_normal_value_is_its_own_normal(text, name):
    rule = BOOK.levels["document"][name]
    value = BOOK.normal(rule, text)
    if value:
        assert BOOK.normal(rule, value) == value
        assert BOOK.normal(rule, BOOK.word(rule, value)) == value


@pytest.mark.parametrize("level", ["dossier", "document", "picture", "media"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_schema_compiles(level, kind):
    etree.XMLSchema(etree.fromstring(schemas.description_schema(BOOK, level, kind)))


@pytest.mark.parametrize(
    "text", ["", "x = ", "[sets]\n", 'separator = ","\n[tables]\n[sets]\na_b = ["c"]']
)
def test_a_broken_table_is_told(tmp_path, text):
    path = tmp_path / "fields.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError):
        fields.load(path)
