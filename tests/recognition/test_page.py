"""A page from picture to reading with the real engines."""

import json
import pickle
from pathlib import Path

import pytest

from desk_app.dossiers import assembly, catalog
from desk_app.errors import UnusableInput
from desk_app.recognition import fields
from desk_app.recognition.page import Params, read_page
from desk_app.records import Page
from tests.imaging import drawn

RESOURCES = Path(__file__).parents[2] / "resources"
PROCEDURES = RESOURCES / "procedures"
SAMPLE = RESOURCES / "samples" / "birth_registration"
TRUTH = json.loads((SAMPLE / "truth.json").read_text("utf-8"))
READ = ("s03a.jpg", "s03b.jpg", "s06a.jpg", "s06b.jpg")
"""Enough for the tests' time: an upside-down page, a blank back, both sides of the card."""


def test_a_file_that_is_no_picture_is_refused(tmp_path):
    path = tmp_path / "empty.jpg"
    path.write_bytes(b"")
    with pytest.raises(UnusableInput):
        read_page(path, PROCEDURES)


# ------------------------------------------------------------------ the sample dossier
@pytest.fixture(scope="module")
def read_sides():
    return {name: read_page(SAMPLE / name, PROCEDURES) for name in READ}


def truth_of(name):
    return next(side for side in TRUTH["sides"] if side["file"] == name)


@pytest.mark.parametrize("name", READ)
def test_sides_are_recognised(read_sides, name):
    found, true = read_sides[name], truth_of(name)
    assert (found.condition.blank == "blank") == true["blank"]
    if not true["blank"]:
        assert found.type.type == true["type"]
        assert found.type.first == true["first"]
        assert found.condition.rotation == true["rotation"]
        assert found.type.confidence > 0.9


def test_the_sides_become_documents_with_their_fields(read_sides):
    known = catalog.load(PROCEDURES)
    pages = [
        Page(name, "D1", number, truth_of(name)["sheet"], truth_of(name)["side"], "0" * 64,
             "image/jpeg", found.condition.width, found.condition.height, 300, reading=found)
        for number, (name, found) in enumerate(read_sides.items())
    ]  # fmt: skip
    found = assembly.run(pages, known.procedure("1.001193"), known)
    assert [d.type for d in found.documents] == ["birth_notification", "citizen_card"]
    assert found.set_aside == (("s03b.jpg", "blank_back"),)
    for document in found.documents:
        true = next(d for d in TRUTH["documents"] if d["type"] == document.type)
        readings = [(name, read_sides[name]) for name in document.page_ids]
        values, findings = fields.run(readings, document.type, known)
        read = {field.name: field.value.casefold() for field in values}
        # Print near dotted lines may be misread; codes may not.
        right = sum(read.get(name) == value.casefold() for name, value in true["fields"].items())
        assert right >= len(true["fields"]) - (document.type != "citizen_card")
        assert not [f for f in findings if f.severity == "problem"]
    assert pickle.loads(pickle.dumps(read_sides)) == read_sides


def test_the_clerks_turn_stands(read_sides):
    found = read_page(SAMPLE / "s03b.jpg", PROCEDURES, Params(rotation=90))
    assert (found.condition.rotation, found.condition.rotation_confidence) == (90, 1.0)


# ------------------------------------------------------------------ a turn that the file asks for
def paper(*, lines):
    page = drawn.sheet()
    if lines:
        drawn.write(page, drawn.LINES[:lines])
    drawn.stamp(page, (500, 900))
    drawn.signature(page, (300, 1300))
    return page


@pytest.mark.parametrize("hint", [90, 180, 270])
def test_where_print_tells_nothing_the_file_s_own_turn_is_followed(tmp_path, hint):
    lying = drawn.scanned(drawn.turned(paper(lines=0), 360 - hint))
    path = drawn.save(lying, tmp_path / "photo.jpg")
    assert read_page(path, PROCEDURES, Params(hint=hint)).condition.rotation == hint


def test_a_blank_page_keeps_the_file_s_own_turn(tmp_path):
    path = drawn.save(drawn.scanned(drawn.sheet()), tmp_path / "photo.jpg")
    assert read_page(path, PROCEDURES, Params(hint=270)).condition.rotation == 270


@pytest.mark.parametrize("hint", [90, 180])
def test_print_that_tells_goes_before_the_file_s_own_turn(tmp_path, hint):
    path = drawn.save(drawn.scanned(paper(lines=8)), tmp_path / "photo.jpg")
    found = read_page(path, PROCEDURES, Params(hint=hint))
    assert found.condition.rotation == 0
    assert found.text.text.strip()


def test_a_clerk_s_turn_goes_before_the_file_s(tmp_path):
    path = drawn.save(drawn.scanned(paper(lines=0)), tmp_path / "photo.jpg")
    found = read_page(path, PROCEDURES, Params(rotation=180, hint=90))
    assert found.condition.rotation == 180
