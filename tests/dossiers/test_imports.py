"""Newer procedures, provinces and offices by import: all or nothing, checked before it is kept."""

import re
from pathlib import Path

import pytest

from desk_app.dossiers import catalog, imports, provinces
from desk_app.errors import UsageError
from desk_app.store import audit
from tests import one_language

PROCEDURE = """
id = "birth_registration"
code = "1.001193"
title = "Khai sinh"
title_en = "Births"
confirmed = true
results = ["birth_certificate"]

[[component]]
id = "form"
title = "Tờ khai"
title_en = "Form"
types = ["birth_registration_form"]
"""
OFFICES = """
[[office]]
id = "ubnd_hai_tu_2025"
code = "H49.99"
title = "UBND phường Hà Tu"
level = "commune"
parent = "ubnd_quang_ninh"
valid_from = 2025-07-01
confirmed = true
"""
PROFILE = """
id = "quang_ninh"
title = "Quảng Ninh"
title_en = "Quảng Ninh"
provinces = ["quang_ninh"]
confirmed = true
[digitization_code]
pattern = "{dossier}.{ordinal:02}"
confirmed = true
"""


@pytest.fixture
def write(tmp_path):
    def make(name, text):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return make


def kept(store):
    return sorted(p.name for p in (store.folder / "catalogue").rglob("*") if p.is_file())


def test_what_is_imported_replaces_what_came_with_the_program(store, write):
    taken = imports.take(
        store, [write("a.toml", PROCEDURE), write("wards.toml", OFFICES), write("p.toml", PROFILE)]
    )
    assert [(each.kind, each.name, each.replaces) for each in taken] == [
        ("procedures", "birth_registration.toml", False),
        ("provinces", "wards.toml", False),
        ("provinces", "quang_ninh.toml", False),
    ]
    known = catalog.at(store.folder)
    assert known.procedure("1.001193").title == "Khai sinh"
    assert "birth_registration" not in known.unconfirmed
    register = provinces.at(store.folder)
    assert register.offices["ubnd_hai_tu_2025"].confirmed
    assert register.profile("quang_ninh").pattern == "{dossier}.{ordinal:02}"
    assert "H49.64" in {unit.code for unit in register.offices.values()}  # the program's own stay
    assert audit.verify(store.conn).records == 3


def test_a_newer_import_replaces_an_older_one(store, write):
    imports.take(store, [write("a.toml", PROCEDURE)])
    newer = write("b.toml", PROCEDURE.replace("Khai sinh", "Khai sinh mới"))
    (taken,) = imports.take(store, [newer])
    assert taken.replaces
    assert catalog.at(store.folder).procedure("1.001193").title == "Khai sinh mới"
    assert kept(store) == ["birth_registration.toml"]


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("x.toml", PROCEDURE.replace("1.001193", "1.000894"), "occurs twice"),
        ("x.toml", PROCEDURE.replace('["birth_registration_form"]', '["no_such"]'), "no_such"),
        ("x.toml", OFFICES.replace("ubnd_quang_ninh", "nobody"), "'nobody' is not known"),
        ("x.toml", OFFICES.replace("2025-07-01", "1 July"), "x.toml"),
        ("x.toml", PROFILE.replace("{ordinal:02}", ""), "same code"),
        ("x.toml", '[[type]]\nid = "x"\n', "document types"),
        ("x.toml", "id = 3\n", "'id'"),
        ("../x y.toml", OFFICES, "letters, digits"),
        ("x.toml", "\x00", "x.toml"),
    ],
)
def test_a_wrong_file_changes_nothing(store, write, tmp_path, name, text, what):
    (tmp_path / "sub").mkdir()
    good = write("good.toml", PROCEDURE.replace("birth_registration\"\ncode", "seal\"\ncode")
                 .replace("1.001193", "1.999999"))  # fmt: skip
    wrong = write(f"sub/{name}", text)
    with pytest.raises(UsageError) as caught:
        imports.take(store, [good, wrong])
    assert what in caught.value.en
    assert ".import-" not in caught.value.en + caught.value.vi  # named as the user knows it
    one_language.require(caught.value)
    assert kept(store) == []
    assert list((store.folder / "catalogue").iterdir()) == []
    assert catalog.at(store.folder).procedure("1.001193").title == "Đăng ký khai sinh"


def test_missing_large_and_doubled_files_are_refused(store, write, tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        imports.take(store, [tmp_path / "nowhere.toml"])
    with pytest.raises(UsageError, match="too large"):
        imports.take(store, [write("big.toml", "#" * (imports.MOST_BYTES + 1))])
    with pytest.raises(UsageError, match="twice"):
        imports.take(store, [write("a.toml", PROCEDURE), write("b.toml", PROCEDURE)])


def test_the_examples_of_the_documentation_are_imported_as_they_stand(store, write):
    page = (Path(__file__).parents[2] / "docs" / "records.md").read_text("utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 3
    files = [write(f"example{n}.toml", text) for n, text in enumerate(examples)]
    assert [each.kind for each in imports.take(store, files)] == [
        "procedures", "provinces", "provinces",
    ]  # fmt: skip
    assert catalog.at(store.folder).procedure("1.001640").id == "birth_registration"
