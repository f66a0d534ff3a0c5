"""Pages become documents: nothing lost, nothing twice, what is doubtful is said."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_app.dossiers import assembly, catalog
from desk_app.records import PageType, Procedure
from tests.dossiers.handmade import CARD_QR, page, qr, typed

KNOWN = catalog.load(Path(__file__).parents[2] / "resources" / "procedures")
BIRTH = KNOWN.procedure("1.001193")
LOOSE = Procedure("loose", "", "", "", ())


def first(type_id, confidence=0.97):
    return PageType(type_id, confidence, True)


def later(type_id, confidence=0.9):
    return PageType(type_id, confidence, False)


def blank_back(number, sheet, **facts):
    return page(number, "back", sheet, blank="blank", **facts)


def codes_of(found):
    return [finding.code for finding in found.findings]


def whole_dossier():
    """Form on two sheets, notification, card on both sides; empty backs where nothing stands."""
    return [
        page(1, "front", 1, first("birth_registration_form")),
        page(2, "back", 1, later("birth_registration_form")),
        page(3, "front", 2, later("birth_registration_form")),
        blank_back(4, 2),
        page(5, "front", 3, first("birth_notification")),
        blank_back(6, 3),
        page(7, "front", 4, first("citizen_card"), codes=[qr()]),
        page(8, "back", 4, later("citizen_card")),
    ]


def test_a_stack_is_split_and_matched_to_the_checklist():
    found = assembly.run(whole_dossier(), BIRTH, KNOWN)
    assert [(d.component, d.page_ids) for d in found.documents] == [
        ("form", ("P1", "P2", "P3")),
        ("birth_notification", ("P5",)),
        ("citizen_card", ("P7", "P8")),
    ]
    assert found.set_aside == (("P4", "blank_back"), ("P6", "blank_back"))
    assert codes_of(found) == []
    assert found.documents[1].title == "Giấy chứng sinh"


def test_order_follows_the_pages_position_not_the_list():
    pages = whole_dossier()
    assert assembly.run(pages[::-1], BIRTH, KNOWN) == assembly.run(pages, BIRTH, KNOWN)


def test_a_missing_required_paper_is_a_problem_an_optional_one_is_not():
    found = assembly.run(whole_dossier()[:4], BIRTH, KNOWN)
    missing = [f for f in found.findings if f.code == "MISSING_COMPONENT"]
    assert [f.severity for f in missing] == ["problem", "problem"]
    assert "Giấy chứng sinh" in missing[0].text.vi
    assert "Birth notification" in missing[0].text.en


def test_without_a_procedure_nothing_is_missing_or_unasked():
    found = assembly.run(whole_dossier(), LOOSE, KNOWN)
    assert codes_of(found) == []
    assert {d.component for d in found.documents} == {None}


def test_the_same_paper_twice_is_a_warning():
    pages = [*whole_dossier(), page(9, "front", 5, first("birth_notification"))]
    found = assembly.run(pages, BIRTH, KNOWN)
    assert [(f.code, f.severity, f.page_id) for f in found.findings] == [
        ("DUPLICATE_COMPONENT", "warning", "P9")
    ]


def test_two_persons_cards_are_normal_the_same_card_twice_is_not():
    other = qr(CARD_QR.replace("022196999001", "022094999002"))
    father = page(9, "front", 5, first("citizen_card"), codes=[other])
    assert codes_of(assembly.run([*whole_dossier(), father], BIRTH, KNOWN)) == []
    again = page(10, "front", 6, first("citizen_card"), codes=[qr()])
    found = assembly.run([*whole_dossier(), father, again], BIRTH, KNOWN)
    assert [(f.code, f.page_id) for f in found.findings] == [("DUPLICATE_COMPONENT", "P10")]


def test_an_unknown_paper_is_kept_outside_the_checklist():
    pages = [*whole_dossier(), page(9, "front", 5, PageType(None, 0.9, True))]
    found = assembly.run(pages, BIRTH, KNOWN)
    last = found.documents[-1]
    assert (last.component, last.type, last.title) == (None, None, "Giấy tờ ngoài danh mục")
    assert codes_of(found) == ["UNKNOWN_PAPER"]


def test_a_known_paper_that_nobody_asked_for_is_kept_and_said():
    pages = [*whole_dossier(), page(9, "front", 5, first("death_notice"))]
    found = assembly.run(pages, BIRTH, KNOWN)
    assert codes_of(found) == ["NOT_ASKED_FOR"]
    slip = [*whole_dossier(), page(9, "front", 5, first("receipt_slip"))]
    assert codes_of(assembly.run(slip, BIRTH, KNOWN)) == []


def test_a_doubtful_type_asks_the_clerk():
    pages = whole_dossier()
    pages[4] = page(5, "front", 3, first("birth_notification", 0.6))
    assert codes_of(assembly.run(pages, BIRTH, KNOWN)) == ["TYPE_DOUBTFUL"]


# ------------------------------------------------------------------ blanks
def test_a_blank_front_is_kept_and_said():
    pages = [*whole_dossier(), page(9, "front", 5, blank="blank"), blank_back(10, 5)]
    found = assembly.run(pages, BIRTH, KNOWN)
    assert "P9" in found.documents[-1].page_ids
    assert ("P10", "blank_back") in found.set_aside
    assert codes_of(found) == ["BLANK_FRONT"]


def test_a_sheet_fed_upside_down_keeps_its_empty_front_with_the_paper_on_its_back():
    pages = whole_dossier()
    pages[4:6] = [
        page(5, "front", 3, blank="blank"),
        page(6, "back", 3, first("birth_notification")),
    ]
    found = assembly.run(pages, BIRTH, KNOWN)
    assert found.documents[1].page_ids == ("P5", "P6")
    assert found.documents[1].type == "birth_notification"
    assert codes_of(found) == ["BLANK_FRONT"]


@pytest.mark.parametrize("facts", [{"red_share": 0.004}, {"codes": [qr()]}])
def test_a_back_with_a_stamp_or_a_code_is_no_blank(facts):
    pages = [*whole_dossier()[:3], blank_back(4, 2, **facts)]
    found = assembly.run(pages, BIRTH, KNOWN)
    assert "P4" in found.documents[0].page_ids


def test_a_doubtful_back_is_kept_and_said():
    pages = [*whole_dossier()[:3], page(4, "back", 2, blank="doubtful")]
    found = assembly.run(pages, LOOSE, KNOWN)
    assert found.documents[0].page_ids == ("P1", "P2", "P3", "P4")
    assert codes_of(found) == ["BLANK_DOUBTFUL"]


def test_what_was_set_aside_before_stays_aside():
    pages = whole_dossier()
    pages.append(page(9, "front", 5, first("authorisation"), aside=True))
    found = assembly.run(pages, BIRTH, KNOWN)
    assert ("P9", "kept_aside") in found.set_aside


def test_a_page_that_could_not_be_read_is_kept_and_said():
    from dataclasses import replace

    pages = [replace(page(1), reading=None)]
    found = assembly.run(pages, LOOSE, KNOWN)
    assert found.documents[0].page_ids == ("P1",)
    assert codes_of(found) == ["PAGE_UNREAD", "UNKNOWN_PAPER"]


# ------------------------------------------------------------------ splitting
def test_both_sides_of_a_sheet_are_one_paper_unless_the_back_is_clear():
    front = page(1, "front", 1, first("birth_registration_form"))
    vague = page(2, "back", 1, first("birth_certificate", 0.6))
    clear = page(2, "back", 1, first("birth_certificate", 0.95))
    assert len(assembly.run([front, vague], LOOSE, KNOWN).documents) == 1
    assert len(assembly.run([front, clear], LOOSE, KNOWN).documents) == 2


def test_a_page_that_dissents_lowers_the_confidence():
    front = page(1, "front", 1, first("birth_registration_form", 0.9))
    vague = page(2, "back", 1, first("birth_certificate", 0.6))
    only = assembly.run([front, vague], LOOSE, KNOWN).documents[0]
    assert only.type == "birth_registration_form"
    assert only.confidence < 0.9


def test_an_unknown_later_page_goes_on_with_the_paper_before():
    pages = [
        page(1, "front", 1, first("authorisation")),
        page(2, "front", 2, PageType(None, 0.5, False)),
        page(3, "front", 3, first("authorisation")),
    ]
    found = assembly.run(pages, LOOSE, KNOWN)
    assert [d.page_ids for d in found.documents] == [("P1", "P2"), ("P3",)]


def test_a_change_of_type_starts_a_paper_even_without_a_title():
    pages = [
        page(1, "front", 1, first("authorisation")),
        page(2, "front", 2, later("birth_notification")),
    ]
    assert len(assembly.run(pages, LOOSE, KNOWN).documents) == 2


def test_an_empty_dossier_is_no_error():
    found = assembly.run([], BIRTH, KNOWN)
    assert found.documents == ()
    assert set(codes_of(found)) == {"MISSING_COMPONENT"}


TYPES = st.one_of(
    st.none(), st.sampled_from(["birth_registration_form", "citizen_card", "authorisation"])
)
SIDES = st.tuples(
    TYPES, st.floats(0, 1), st.booleans(), st.sampled_from(["blank", "doubtful", "content"]),
    st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip


@given(st.lists(SIDES, max_size=14), st.randoms(use_true_random=False))
def test_every_page_is_in_one_document_or_set_aside(sides, rng):
    pages, sheet, side = [], 0, "back"
    for number, (kind, confidence, opens, blank, back, aside, coded) in enumerate(sides):
        side = "back" if back and side == "front" else "front"
        sheet += side == "front"
        facts = {"blank": blank, "codes": [qr()] if coded else []}
        told = PageType(kind, confidence, opens)
        pages.append(page(number, side, sheet, told, aside=aside, **facts))
    rng.shuffle(pages)
    found = assembly.run(pages, BIRTH, KNOWN)
    placed = [p for document in found.documents for p in document.page_ids]
    placed += [page_id for page_id, _ in found.set_aside]
    assert sorted(placed) == sorted(p.id for p in pages)
    assert all(document.page_ids for document in found.documents)
    orders = [int(p[1:]) for document in found.documents for p in document.page_ids]
    assert orders == sorted(orders)
    mentioned = {f.page_id for f in found.findings if f.page_id}
    assert mentioned <= {p.id for p in pages}


def test_a_wordy_unknown_back_with_its_own_title_stands_for_itself():
    words = typed(*["một dòng chữ của giấy tờ khác"] * 12)
    front = page(1, "front", 1, first("birth_registration_form"))
    back = page(2, "back", 1, PageType(None, 0.9, True), text=words)
    assert len(assembly.run([front, back], LOOSE, KNOWN).documents) == 2


def test_print_that_no_word_covers_is_a_warning_on_its_page():
    pages = whole_dossier()
    boxes = ((10, 20, 60, 40), (100, 200, 400, 240))
    pages[4] = replace(pages[4], reading=replace(pages[4].reading, uncovered=boxes))
    found = assembly.run(pages, BIRTH, KNOWN)
    assert [(f.code, f.severity, f.page_id, f.box) for f in found.findings] == [
        ("PRINT_OVERLOOKED", "warning", "P5", boxes[1])
    ]
