"""The committed pictures are what truth.json says, read with nothing of the drawing code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image

A4_AT_300_DPI = (2480, 3508)
TYPES = [
    "birth_registration_form",
    "birth_notification",
    "marriage_certificate",
    "citizen_card",
    "authorisation",
]
FIELDS = {
    "birth_registration_form": {
        "child_full_name", "child_date_of_birth", "child_sex", "requester_full_name",
        "mother_full_name", "father_full_name", "place_of_birth",
    },
    "birth_notification": {
        "mother_full_name", "mother_citizen_number", "child_date_of_birth", "number", "issue_date",
    },
    "marriage_certificate": {"husband_full_name", "wife_full_name", "number", "issue_date"},
    "citizen_card": {
        "citizen_number", "full_name", "date_of_birth", "sex", "address", "issue_date",
    },
    "authorisation": {"principal_full_name", "agent_full_name", "issue_date"},
}  # fmt: skip


def icao_check(text: str) -> str:
    """Doc 9303 part 3 §4.9, written here anew: the drawing code must not check itself."""
    values = {letter: str(code) for code, letter in enumerate("0123456789")}
    assert set(values) >= set(text) - set("<ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    numbers = [0 if c == "<" else (ord(c) - 55 if c.isalpha() else ord(c) - 48) for c in text]
    return str(sum(n * (7, 3, 1)[i % 3] for i, n in enumerate(numbers)) % 10)


def ink_share(path: Path) -> float:
    """Share of pixels clearly darker than the page, in the inner part, specks left out."""
    with Image.open(path) as picture:
        picture.draft("L", (620, 877))
        grey = np.asarray(picture.convert("L").resize((620, 877), Image.Resampling.BOX))
    inner = grey[30:-30, 30:-30].astype(int)
    return float(np.mean(inner < np.median(inner) - 40))


def by_type(truth: dict[str, Any], name: str) -> dict[str, Any]:
    return next(paper for paper in truth["documents"] if paper["type"] == name)


def test_eighteen_sides_of_nine_sheets_in_feeding_order(
    truth: dict[str, Any], folder: Path
) -> None:
    files = [side["file"] for side in truth["sides"]]
    assert len(files) == 18
    assert files == sorted(files) == sorted(path.name for path in folder.glob("*.jpg"))
    assert [(side["sheet"], side["side"]) for side in truth["sides"]] == [
        (sheet, name) for sheet in range(1, 10) for name in ("front", "back")
    ]


def test_pictures_are_a4_colour_at_300_dpi_and_small(truth: dict[str, Any], folder: Path) -> None:
    paths = [folder / side["file"] for side in truth["sides"]]
    for path in [*paths, folder.parent / "receipt_slip.jpg"]:
        with Image.open(path) as picture:
            assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", A4_AT_300_DPI)
            assert picture.info["dpi"] == (300, 300), path.name
        assert path.stat().st_size <= 900_000, path.name
    assert sum(path.stat().st_size for path in paths) < 11_000_000


def test_exactly_the_listed_sides_are_blank(truth: dict[str, Any], folder: Path) -> None:
    blank = {side["file"] for side in truth["sides"] if side["blank"]}
    assert {side["file"] for side in truth["sides"] if ink_share(folder / side["file"]) < 1e-3} == (
        blank
    )
    assert len(blank) == 6
    assert all(side["side"] == "back" for side in truth["sides"] if side["blank"])


def test_five_papers_with_their_fields_and_one_first_side_each(truth: dict[str, Any]) -> None:
    assert [paper["type"] for paper in truth["documents"]] == TYPES
    for paper in truth["documents"]:
        sides = [side for side in truth["sides"] if side["type"] == paper["type"]]
        assert [side["file"] for side in sides] == paper["files"]
        assert [side["first"] for side in sides] == [True] + [False] * (paper["pages"] - 1)
        assert paper["title"] in sides[0]["text"]
        assert set(paper["fields"]) == FIELDS[paper["type"]]


def test_one_side_is_upside_down_and_one_leans(truth: dict[str, Any]) -> None:
    written = [side for side in truth["sides"] if not side["blank"]]
    assert [side["rotation"] for side in written].count(180) == 1
    assert {side["rotation"] for side in written} == {0, 180}
    leans = sorted(abs(side["skew_deg"]) for side in written)
    assert leans[-1] == 2.3
    assert leans[-2] <= 0.3


def test_the_cards_qr_reads_as_the_truth_says(truth: dict[str, Any], folder: Path) -> None:
    card = by_type(truth, "citizen_card")
    with Image.open(folder / card["files"][0]) as picture:
        codes = zxingcpp.read_barcodes(picture)
    assert [code.text for code in codes] == [card["qr"]]
    fields, values = card["qr"].split("|"), card["fields"]
    assert len(fields) == 7
    assert (fields[0], fields[2], fields[4], fields[5]) == (
        values["citizen_number"], values["full_name"], values["sex"], values["address"],
    )  # fmt: skip
    for compact, iso in ((fields[3], values["date_of_birth"]), (fields[6], values["issue_date"])):
        assert f"{compact[4:]}-{compact[2:4]}-{compact[:2]}" == iso


def test_the_slips_qr_is_the_dossier_code(truth: dict[str, Any], folder: Path) -> None:
    with Image.open(folder.parent / truth["receipt_slip"]["file"]) as picture:
        codes = zxingcpp.read_barcodes(picture)
    assert [code.text for code in codes] == [truth["dossier"]["code"]]
    assert truth["dossier"]["procedure"] == "1.001193"


def test_every_check_digit_of_the_zone_is_right(truth: dict[str, Any]) -> None:
    card = by_type(truth, "citizen_card")
    first, second, third = card["mrz"]
    assert [len(line) for line in (first, second, third)] == [30, 30, 30]
    number = card["fields"]["citizen_number"]
    assert first[:5] == "IDVNM"
    assert (first[5:14], first[15:27]) == (number[-9:], number)
    assert first[14] == icao_check(first[5:14])
    assert first[29] == icao_check(first[15:29])
    assert second[6] == icao_check(second[:6])
    assert second[14] == icao_check(second[8:14])
    assert second[29] == icao_check(first[5:] + second[:7] + second[8:15] + second[18:29])
    assert second[:6] == card["fields"]["date_of_birth"].replace("-", "")[2:]
    assert (second[7], second[15:18]) == ("F", "VNM")
    assert third.rstrip("<") == "NGUYEN<<THI<HONG<NGUYET"


def test_the_known_check_digits_of_doc_9303() -> None:
    # Doc 9303 part 3 §4.9 and the TD1 specimen of part 5 appendix B
    assert icao_check("520727") == "3"
    assert icao_check("D23145890") == "7"
    assert icao_check("D231458907<<<<<<<<<<<<<<<" + "7408122" + "1204159" + "<" * 11) == "6"


def test_people_agree_across_the_papers(truth: dict[str, Any]) -> None:
    people = {person["role"]: person for person in truth["people"]}
    form, notice, marriage, card, deed = (by_type(truth, name)["fields"] for name in TYPES)
    mother = people["mother"]["full_name"]
    assert mother.startswith("NGUYỄN ")
    assert (
        mother == form["mother_full_name"] == notice["mother_full_name"]
        == marriage["wife_full_name"] == deed["principal_full_name"] == card["full_name"].upper()
    )  # fmt: skip
    assert (
        people["father"]["full_name"] == form["father_full_name"] == marriage["husband_full_name"]
    )
    assert people["agent"]["full_name"] == form["requester_full_name"] == deed["agent_full_name"]
    assert people["child"]["full_name"] == form["child_full_name"]
    assert notice["mother_citizen_number"] == card["citizen_number"]
    assert form["child_date_of_birth"] == notice["child_date_of_birth"]


@pytest.mark.parametrize("role", ["mother", "father", "agent"])
def test_citizen_numbers_have_the_right_structure(truth: dict[str, Any], role: str) -> None:
    person = next(person for person in truth["people"] if person["role"] == role)
    number, year = person["citizen_number"], int(person["born"][:4])
    century_and_sex = (year // 100 - 19) * 2 + (person["sex"] == "Nữ")
    assert number == f"022{century_and_sex}{year % 100:02d}999{number[-3:]}"
    assert len(number) == 12
    assert number.isdigit()


def test_the_form_names_the_marriage_number_as_a_trap(truth: dict[str, Any]) -> None:
    number = by_type(truth, "marriage_certificate")["fields"]["number"]
    text = " ".join(
        line
        for side in truth["sides"]
        if side["type"] == "birth_registration_form"
        for line in side["text"]
    )
    assert f"Giấy chứng nhận kết hôn số {number}" in text


def test_the_truth_says_that_nobody_is_real(truth: dict[str, Any]) -> None:
    assert "hư cấu" in truth["notice"]["vi"]
    assert "fictitious" in truth["notice"]["en"]
