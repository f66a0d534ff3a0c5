"""The shipped procedures are whole, and a fault in a file is named with its line."""

import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from desk_app.dossiers import catalog
from desk_app.errors import NotFound, UsageError
from desk_app.recognition.doctypes import Calibration, load_types
from tests import one_language

FOLDER = Path(__file__).parents[2] / "resources" / "procedures"


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(FOLDER, tmp_path / "procedures"))


def test_the_first_procedures_are_there():
    known = catalog.load(FOLDER)
    codes = {procedure.code for procedure in known.procedures.values()}
    assert codes >= {"1.001193", "1.000894", "1.004222", "2.000635", "1.000656"}


def test_all_essential_services_of_project_06_are_there():
    known = catalog.load(FOLDER)
    assert sorted(known.essential.values()) == list(range(1, 26))
    for name in known.essential:
        procedure = known.procedures[name]
        assert all((procedure.title, procedure.title_en))
        assert procedure.components or name == "stay_notice"


def test_every_service_that_was_not_checked_says_so():
    known = catalog.load(FOLDER)
    assert known.unconfirmed >= set(known.essential)


def test_a_former_code_leads_to_the_procedure():
    known = catalog.load(FOLDER)
    assert known.procedure("2.000986").id == "linked_birth"
    assert known.procedure("2.000986.000.00.00.H41").id == "linked_birth"
    codes = [p.code for p in known.procedures.values() if p.code]
    assert not set(codes) & set(known.former_codes)


def test_a_procedure_without_a_code_is_found_by_its_id_alone():
    known = catalog.load(FOLDER)
    assert known.procedure("land_change").code == ""
    with pytest.raises(NotFound):
        known.procedure("")


def test_results_are_papers_that_the_desk_knows():
    known = catalog.load(FOLDER)
    assert known.results["birth_registration"] == ("birth_certificate",)
    assert {name for types in known.results.values() for name in types} <= set(known.rules)
    assert "stay_notice" not in known.results


def test_an_imported_procedure_replaces_the_one_of_its_id(tmp_path):
    text = (FOLDER / "birth_registration.toml").read_text("utf-8")
    newer = text.replace("Đăng ký khai sinh", "Khai sinh")
    (tmp_path / "birth_registration.toml").write_text(newer, "utf-8")
    assert catalog.load(FOLDER, tmp_path).procedure("1.001193").title == "Khai sinh"
    assert catalog.load(FOLDER).procedure("1.001193").title == "Đăng ký khai sinh"


def test_the_birth_registration_asks_for_its_papers():
    birth = catalog.load(FOLDER).procedure("1.001193")
    required = {part.id: part.required for part in birth.components}
    assert required == {
        "form": True, "birth_notification": True, "marriage_certificate": False,
        "citizen_card": True, "authorisation": False,
    }  # fmt: skip


def test_a_procedure_is_found_by_id_and_by_code_with_its_owner():
    known = catalog.load(FOLDER)
    assert known.procedure("birth_registration") is known.procedure("1.001193.000.00.00.H49")
    with pytest.raises(NotFound):
        known.procedure("9.999999")
    with pytest.raises(NotFound):
        known.type("no_such_type")


def test_every_type_has_a_title_and_every_field_a_label_in_both_languages():
    for rules in catalog.load(FOLDER).rules.values():
        assert all((rules.type.title, rules.type.title_en, rules.titles))
        for field in rules.fields:
            assert all((field.label, field.label_en))


def test_loading_is_fast_and_light():
    started = time.perf_counter()
    catalog.load.__globals__["_load"].cache_clear()
    catalog.load(FOLDER)
    assert time.perf_counter() - started < 0.2
    program = (
        "import sys; from desk_app.dossiers import catalog; "
        "sys.exit(any(name in sys.modules for name in ('cv2', 'numpy', 'tesserocr', 'PIL')))"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=FOLDER.parents[1], timeout=30)
    assert ended.returncode == 0


def test_a_changed_file_is_read_again(folder):
    before = catalog.load(folder)
    path = folder / "birth_registration.toml"
    path.write_text(path.read_text("utf-8").replace("Birth registration", "Births"), "utf-8")
    after = catalog.load(folder)
    assert before.procedure("1.001193").title_en != after.procedure("1.001193").title_en


def test_a_changed_file_of_types_is_read_again(folder):
    before = catalog.load(folder)
    asked = {
        name for p in before.procedures.values() for part in p.components for name in part.types
    }
    path = folder / "types" / "citizens.toml"
    kinds = [entry["id"] for entry in tomllib.loads(path.read_text("utf-8"))["type"]]
    kind = next(name for name in kinds if name not in asked)
    path.write_text(path.read_text("utf-8").replace(f'"{kind}"', f'"{kind}_other"'), "utf-8")
    after = catalog.load(folder)
    assert kind in before.rules
    assert f"{kind}_other" in after.rules


def test_the_catalogue_states_confidence_as_the_types_were_fitted():
    assert catalog.load(FOLDER).calibration == load_types(FOLDER).calibration != Calibration()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('code = "1.001193"', 'code = "1.1193"', "procedure code"),
        ('code = "1.001193"', 'code = "1.000894"', "occurs twice"),
        ('types = ["birth_notification"]', 'types = ["no_such"]', ":17: document type 'no_such'"),
        ("repeatable = true", "repeatble = true", ":30: unknown key 'repeatble'"),
        ('title = "Giấy chứng sinh"', "title = 3", ":17: 'title'"),
        ('id = "birth_registration"', "id = ", "line"),
        ("required = false", 'required = "no"', "'required' must be of kind bool"),
        ("essential = 9", "essential = 10", "is 'birth_registration' already"),
        ("essential = 9", "essential = 26", "between 1 and 25"),
        ('results = ["birth_certificate"]', 'results = ["no_such"]', "document type 'no_such'"),
        ('code = "1.001193"', 'code = "1.001193"\npaperless = true', "no [[component]]"),
        ('code = "1.001193"', 'former_codes = ["1.000894"]', "occurs twice"),
    ],
)
def test_a_fault_in_a_procedure_is_named(folder, old, new, what):
    path = folder / "birth_registration.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(UsageError) as caught:
        catalog.load(folder)
    message = caught.value.en
    assert what in message
    assert "birth_registration.toml" in message or "registration.toml" in message
    one_language.require(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('kind = "name"', 'kind = "nam"', "kind 'nam' is not one of"),
        ('["Quan hệ với người được khai sinh", 3]', '["Quan hệ", "3"]', "wants phrases"),
        ('id = "marriage_registration_form"', 'id = "birth_registration_form"', "occurs twice"),
        ('id = "death_notice"', 'id = "death notice"', "must be an identifier"),
    ],
)
def test_a_fault_in_the_types_is_named_with_its_line(folder, old, new, what):
    path = folder / "types.toml"
    text = path.read_text("utf-8")
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(UsageError) as caught:
        catalog.load(folder)
    message = caught.value.en
    assert what in message
    named = int(message.split("types.toml:")[1].split(":")[0])
    assert line - 25 < named <= line


def test_files_that_are_no_text_or_missing_are_refused(folder, tmp_path):
    with pytest.raises(UsageError, match=r"types\.toml"):
        catalog.load(tmp_path)
    (folder / "types.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match=r"types\.toml"):
        catalog.load(folder)
