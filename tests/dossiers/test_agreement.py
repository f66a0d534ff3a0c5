"""Papers that contradict each other about a person give a finding; misread marks only a note."""

import pytest

from desk_app.dossiers.agreement import cross_check
from desk_app.records import Document, Field


def paper(kind, *, confidence=0.9, **values):
    fields = tuple(
        Field(name, value, confidence, "ocr", f"page-{kind}", (1, 2, 3, 4))
        for name, value in values.items()
    )
    return Document(f"D-{kind}", "D1", 1, kind, kind, kind.capitalize(), 0.9, ("p",), fields)


FORM = {"mother_full_name": "NGUYỄN THỊ HỒNG NGUYỆT", "mother_citizen_number": "022196999001"}
CARD = {"full_name": "Nguyễn Thị Hồng Nguyệt", "citizen_number": "022196999001"}


def test_papers_that_agree_give_nothing():
    papers = [
        paper("form", **FORM, mother_year_of_birth="1996"),
        paper("citizen_card", **CARD, date_of_birth="1996-08-09"),
        paper("marriage_certificate", wife_full_name="Nguyễn Thị Hồng Nguyệt"),
    ]
    assert cross_check(papers) == ()


def test_another_number_on_the_card_is_a_warning_with_masked_numbers():
    papers = [
        paper("form", **FORM),
        paper("citizen_card", **CARD | {"citizen_number": "022196999071"}),
    ]
    (finding,) = cross_check(papers)
    assert (finding.code, finding.severity) == ("PAPERS_DISAGREE", "warning")
    for text in (finding.text.vi, finding.text.en):
        assert "9001" in text
        assert "9071" in text
        assert "022196999" not in text


def test_a_namesake_with_a_wholly_different_number_is_another_person():
    papers = [
        paper("form", **FORM),
        paper("citizen_card", **CARD | {"citizen_number": "079085123456"}),
    ]
    assert cross_check(papers) == ()


def test_the_same_number_with_another_name_is_a_warning():
    papers = [paper("form", **FORM), paper("citizen_card", **CARD | {"full_name": "Trần Thị Lan"})]
    assert [f.severity for f in cross_check(papers)] == ["warning"]


@pytest.mark.parametrize(
    ("name", "severity"),
    [("ĐĂNG THẾ VỮNG", "info"), ("ĐẶNG VĂN HÙNG", "warning")],
)
def test_the_child_of_two_papers_is_compared(name, severity):
    papers = [
        paper("form", child_full_name="ĐẶNG THẾ VỮNG"),
        paper("birth_notification", child_full_name=name),
    ]
    assert [f.severity for f in cross_check(papers)] == [severity]


def test_the_older_way_to_place_a_tone_is_the_same_name():
    papers = [
        paper("form", child_full_name="Lê Thúy Hòa"),
        paper("other", child_full_name="LÊ THUÝ HOÀ"),
    ]
    assert cross_check(papers) == ()


def test_wife_and_mother_are_one_person():
    papers = [paper("form", **FORM), paper("marriage_certificate", wife_full_name="LÊ THỊ MAI")]
    assert len(cross_check(papers)) == 1


def test_a_value_read_badly_accuses_nobody():
    papers = [
        paper("form", child_date_of_birth="2026-11-10"),
        paper("birth_notification", confidence=0.3, child_date_of_birth="2026-11-16"),
    ]
    assert [f.severity for f in cross_check(papers)] == ["info"]
    (finding,) = cross_check(papers)
    assert finding.document_id == "D-birth_notification"


def test_a_value_that_several_papers_contradict_is_said_once():
    papers = [
        paper("form", mother_full_name="LÊ THỊ MAI"),
        paper("birth_notification", confidence=0.6, mother_full_name="LÊ THỊ MAY"),
        paper("marriage_certificate", wife_full_name="Lê Thị Mai"),
    ]
    assert [f.document_id for f in cross_check(papers)] == ["D-birth_notification"]
