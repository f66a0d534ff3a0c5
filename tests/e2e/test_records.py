"""desk search, stats, catalogue and checklist as a script sees them."""

import json
import zipfile

import pytest

from desk_app.store import audit
from desk_app.store.database import Store
from tests.dossiers.office import fill, paper, sign
from tests.e2e.conftest import desk

MOTHER = {"mother_full_name": "Nguyễn Thị Hồng Nguyệt", "mother_citizen_number": "022196999001"}
FORM = paper("form", "birth_registration_form", "form", **MOTHER)
CARD = paper("card", "citizen_card", "citizen_card", full_name="Nguyễn Thị Hồng Nguyệt",
             citizen_number="022196999001")  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """One stored dossier with a card, and one that waits without it."""
    folder = tmp_path_factory.mktemp("records") / "data"
    store = Store(folder)
    sign(store, fill(store, "H49.64-260301-0001", [FORM, CARD]))
    fill(store, "H49.64-260302-0002", [FORM])
    store.close()
    return folder


def test_a_search_answers_in_json_and_leaves_its_mark_without_the_words(data):
    answer = desk("search", "hong nguyet", "--data", data, "--json")
    assert answer.code == 0
    assert {hit["dossier"] for hit in answer.json["hits"]} == {
        "H49.64-260301-0001", "H49.64-260302-0002"
    }  # fmt: skip
    first = answer.json["hits"][0]
    assert first["snippet"]
    assert first["document"]
    assert first["page"] is None
    assert "022196999001" not in answer.out
    assert answer.json["milliseconds"] < 1000
    store = Store(data)
    record = store.row("SELECT * FROM audit_event ORDER BY seq DESC LIMIT 1")
    assert record["action"] == "search"
    assert "nguyet" not in record["details"]
    assert len(json.loads(record["details"])["dossiers"]) == 2
    assert audit.verify(store.conn).ok
    store.close()


def test_a_search_that_finds_nothing_and_one_that_asks_for_nothing(data):
    answer = desk("search", "zzzz", "--data", data, "--json")
    assert (answer.code, answer.json["hits"]) == (1, [])
    assert desk("search", "--data", data, "--json").json["error"]["code"] == "BAD_USAGE"
    wrong = desk("search", "a", "--from", "1 May", "--data", data, "--json")
    assert wrong.json["error"]["code"] == "BAD_USAGE"


def test_the_figures_in_json_and_as_files(data, tmp_path):
    files = [tmp_path / f"figures{ending}" for ending in (".csv", ".xlsx", ".html")]
    outputs = [part for file in files for part in ("-o", file)]
    answer = desk("stats", "--from", "2020-01-01", *outputs, "--data", data, "--json")
    assert answer.code == 0
    assert answer.json["total"]["received"] == 2
    assert [row["key"] for row in answer.json["by"]["office"]] == ["H49.64"]
    assert all(file.stat().st_size > 300 for file in files)
    assert zipfile.is_zipfile(files[1])
    empty = desk("stats", "--from", "2020-01-01", "--to", "2020-01-31", "--data", data, "--json")
    assert empty.json["total"]["percent"]["digitized"] == "N/A"


def test_the_catalogue_marks_what_is_not_confirmed(data):
    told = desk("catalogue", "list", "--data", data, "--json").json
    assert sorted(e["essential"] for e in told["procedures"] if e["essential"]) == [*range(1, 26)]
    assert all("confirmed" in each for name in ("procedures", "provinces", "offices", "profiles")
               for each in told[name])  # fmt: skip
    assert told["unconfirmed"]["procedures"] >= 25
    merged = {e["id"]: e for e in told["provinces"]}["nam_dinh"]
    assert (merged["valid_to"], merged["successor"]) == ("2025-06-30", "ninh_binh_2025")


def test_a_wrong_import_is_told_and_a_right_one_kept(data, tmp_path):
    file = tmp_path / "offices.toml"
    file.write_text('[[office]]\nid = "x"\ncode = "H49.7"\ntitle = "X"\nlevel = "ward"\n', "utf-8")
    wrong = desk("catalogue", "import", file, "--data", data, "--json")
    assert (wrong.code, wrong.json["error"]["code"]) == (2, "BAD_USAGE")
    assert str(file) in wrong.json["error"]["en"]
    file.write_text(file.read_text("utf-8").replace("ward", "commune"), "utf-8")
    told = desk("catalogue", "import", file, "--data", data, "--json").json
    assert [each["name"] for each in told["imported"]] == ["offices.toml"]
    again = desk("catalogue", "list", "--data", data, "--json").json
    assert "H49.7" in [each["code"] for each in again["offices"]]


def test_the_clerk_takes_a_stored_paper_for_a_component(data):
    code = "H49.64-260302-0002"
    told = desk("checklist", code, "--data", data, "--json")
    assert (told.code, told.json["complete"]) == (1, False)
    (offer,) = told.json["candidates"]
    chosen = f"{offer['component']}={offer['document_id']}"
    after = desk("checklist", code, "--reuse", chosen, "--data", data, "--json")
    lines = {line["component"]: line["status"] for line in after.json["lines"]}
    assert lines["citizen_card"] == "reused"
    assert lines["birth_notification"] == "missing"
    twice = desk("checklist", code, "--reuse", chosen, "--data", data, "--json")
    assert twice.json["error"]["code"] == "NOT_ALLOWED"
    back = desk("checklist", code, "--withdraw", "citizen_card", "--data", data, "--json")
    assert {line["component"]: line["status"] for line in back.json["lines"]}[
        "citizen_card"
    ] == "missing"
