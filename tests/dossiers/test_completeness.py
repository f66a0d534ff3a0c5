"""What a dossier has and lacks, papers that are used again, and the codes of digitized papers."""

import threading

import pytest

from desk_app.dossiers import completeness, digitization, provinces, reuse
from desk_app.errors import NotAllowed, NotFound
from desk_app.records import Finding, Page, Text
from desk_app.store import audit, dossiers, secrecy
from desk_app.store.database import Store
from desk_app.submission import reviews
from tests.dossiers.office import assemble, fill, paper, sign

MOTHER = {"mother_full_name": "Nguyễn Thị Hồng Nguyệt", "mother_citizen_number": "022196999001"}
FORM = paper("form", "birth_registration_form", "form", **MOTHER)
NOTE = paper("note", "birth_notification", "birth_notification")
CARD = paper("card", "citizen_card", "citizen_card", full_name="Nguyễn Thị Hồng Nguyệt",
             citizen_number="022196999001", date_of_birth="1996-08-09")  # fmt: skip
MARRIED = paper("ring", "marriage_certificate", "marriage_certificate", confidence=0.6)
MISSING = Finding(
    "MISSING_COMPONENT", "problem", Text("Thiếu", "Missing"), component="citizen_card"
)


def statuses(store, known, dossier):
    return {line.component: line.status for line in
            completeness.check(store, known, dossier.id).lines}  # fmt: skip


@pytest.fixture
def stored(store):
    """Another dossier whose card is signed and stored."""
    dossier = fill(store, "H49.64-260101-0001", [FORM, CARD])
    sign(store, dossier)
    return f"D-{dossier.id}-card"


@pytest.fixture
def waiting(store, stored):
    """A dossier of the same mother without the card."""
    return fill(store, "H49.64-260302-0002", [FORM, NOTE], findings=[MISSING])


# --- complete? --------------------------------------------------------------------------------


def test_a_dossier_is_compared_with_its_procedure(store, known):
    dossier = fill(store, "H49.64-260302-0001", [FORM, NOTE, MARRIED, paper("x", "passport")])
    found = completeness.check(store, known, dossier.id)
    assert {line.component: line.status for line in found.lines} == {
        "form": "present", "birth_notification": "present", "marriage_certificate": "present",
        "citizen_card": "missing", "authorisation": "not_needed",
    }  # fmt: skip
    assert [line.component for line in found.missing] == ["citizen_card"]
    assert not found.is_complete
    assert not found.confirmed
    assert found.others == (f"D-{dossier.id}-x",)
    assert [line.component for line in found.lines if line.doubtful] == ["marriage_certificate"]
    assert found.as_dict()["complete"] is False


def test_a_component_twice_is_told_unless_several_are_normal(store, known):
    twice = [FORM, paper("form2", "birth_registration_form", "form"), CARD,
             paper("card2", "citizen_card", "citizen_card"), NOTE]  # fmt: skip
    dossier = fill(store, "H49.64-260302-0001", twice)
    found = completeness.check(store, known, dossier.id)
    assert [line.component for line in found.lines if line.twice] == ["form"]
    assert found.is_complete


def test_what_the_clerk_excused_is_not_missing(store, known):
    dossier = fill(store, "H49.64-260302-0001", [FORM, NOTE], findings=[MISSING])
    dossiers.accept_finding(store, dossier.id, MISSING, "nộp sau")
    found = completeness.check(store, known, dossier.id)
    assert found.is_complete
    (line,) = [line for line in found.lines if line.component == "citizen_card"]
    assert (line.status, line.reason) == ("excused", "nộp sau")


def test_pages_without_a_procedure_lack_nothing(store, known):
    dossier = fill(store, "H49.64-260302-0001", [FORM], procedure="")
    found = completeness.check(store, known, dossier.id)
    assert (found.lines, found.is_complete) == ((), True)


def test_the_result_is_known_by_its_type_or_by_the_clerk_s_word(store, known):
    result = paper("result", "birth_certificate")
    dossier = fill(store, "H49.64-260302-0001", [FORM, result, CARD])
    check = lambda: completeness.check(store, known, dossier.id)  # noqa: E731
    assert check().results == (f"D-{dossier.id}-result",)
    completeness.mark_result(store, f"D-{dossier.id}-result", False)
    assert check().results == ()
    assert f"D-{dossier.id}-result" in check().others
    completeness.mark_result(store, f"D-{dossier.id}-card", True)
    assert check().results == (f"D-{dossier.id}-card",)
    completeness.mark_result(store, f"D-{dossier.id}-result", None)
    assert len(check().results) == 2
    with pytest.raises(NotFound):
        completeness.mark_result(store, "D-nowhere", True)


# --- used again -------------------------------------------------------------------------------


def test_a_stored_paper_of_the_same_person_is_offered_and_taken(store, known, stored, waiting):
    (offer,) = completeness.check(store, known, waiting.id).candidates
    assert (offer.component, offer.document_id, offer.matched) == ("citizen_card", stored, "number")
    assert offer.is_valid
    taken = reuse.take(store, known, waiting.id, "citizen_card", stored)
    assert taken.sha256 == offer.sha256
    found = completeness.check(store, known, waiting.id)
    assert found.is_complete
    assert statuses(store, known, waiting)["citizen_card"] == "reused"
    assert found.candidates == ()
    assert dossiers.findings(store, waiting.id, open_only=True) == []
    assert audit.verify(store.conn).ok


def test_the_decision_outlives_another_assembly_and_can_be_taken_back(
    store, known, stored, waiting
):
    reuse.take(store, known, waiting.id, "citizen_card", stored)
    assemble(store, waiting.id, [FORM, NOTE], [MISSING])
    assert statuses(store, known, waiting)["citizen_card"] == "reused"
    assert dossiers.findings(store, waiting.id, open_only=True) == []
    reuse.withdraw(store, waiting.id, "citizen_card")
    assert statuses(store, known, waiting)["citizen_card"] == "missing"
    assert [f.code for f in dossiers.findings(store, waiting.id, open_only=True)] == [
        "MISSING_COMPONENT"
    ]
    with pytest.raises(NotFound):
        reuse.withdraw(store, waiting.id, "citizen_card")
    reuse.take(store, known, waiting.id, "citizen_card", stored, origin=reuse.NATIONAL)
    assert reuse.standing(store, waiting.id)["citizen_card"].origin == "national"


def test_nobody_else_s_paper_is_offered(store, known, stored):
    other = {"mother_full_name": "Nguyễn Thị Hồng Nguyệt", "mother_citizen_number": "022196999002"}
    dossier = fill(store, "H49.64-260302-0002",
                   [paper("form", "birth_registration_form", "form", **other)])  # fmt: skip
    assert reuse.candidates(store, known, dossier.id) == []


def test_a_name_counts_with_its_day_of_birth_alone(store, known, stored):
    role = {"mother_full_name": "NGUYỄN THỊ HỒNG NGUYỆT"}
    named = fill(store, "H49.64-260302-0002",
                 [paper("form", "birth_registration_form", "form", **role)])  # fmt: skip
    assert reuse.candidates(store, known, named.id) == []
    dossiers.set_field(store, f"D-{named.id}-form", "mother_date_of_birth", "1996-08-09")
    (offer,) = reuse.candidates(store, known, named.id)
    assert (offer.document_id, offer.matched) == (stored, "name")


@pytest.mark.parametrize(
    ("component", "name", "error"),
    [
        ("authorisation", "card", NotAllowed),
        ("no_such", "card", NotFound),
        ("citizen_card", "nowhere", NotFound),
        ("form", "form", NotAllowed),
    ],
)
def test_what_does_not_fit_is_refused(store, known, stored, waiting, component, name, error):
    with pytest.raises(error) as caught:
        reuse.take(store, known, waiting.id, component, stored.replace("card", name))
    assert " / " not in caught.value.en + caught.value.vi
    assert reuse.standing(store, waiting.id) == {}


def test_unsigned_doubtful_own_and_sealed_papers_are_refused(store, known, waiting, stored):
    unsigned = fill(store, "H49.64-260302-0003", [CARD])
    with pytest.raises(NotFound):
        reuse.take(store, known, waiting.id, "citizen_card", f"D-{unsigned.id}-card")
    dossiers.set_verdict(store, stored, {"status": "undetermined"})
    with pytest.raises(NotAllowed, match="does not hold"):
        reuse.take(store, known, waiting.id, "citizen_card", stored)
    assert not reuse.candidates(store, known, waiting.id)[0].is_valid
    dossiers.set_verdict(store, stored, {"status": "valid"})
    sign(store, waiting)
    with pytest.raises(NotAllowed, match="signed"):
        reuse.take(store, known, waiting.id, "citizen_card", stored)


def test_a_component_is_taken_once(store, known, stored, waiting):
    reuse.take(store, known, waiting.id, "citizen_card", stored)
    with pytest.raises(NotAllowed, match="already"):
        reuse.take(store, known, waiting.id, "citizen_card", stored)


def test_a_lost_file_is_not_promised(store, known, stored, waiting):
    key = dossiers.document(store, stored).signed_sha256
    store.blobs.path(key).unlink()
    with pytest.raises(NotFound):
        reuse.take(store, known, waiting.id, "citizen_card", stored)


def test_the_same_picture_in_another_dossier_is_told(store, known):
    one = fill(store, "H49.64-260302-0001", [])
    two = fill(store, "H49.64-260302-0002", [])
    sha256 = store.blobs.put_bytes(b"picture")
    for name, dossier in (("P1", one), ("P2", two)):
        dossiers.add_page(
            store,
            Page(name, dossier.id, 0, 1, "front", sha256, "image/jpeg", 10, 20, 300), 7, "job",
        )  # fmt: skip
    (copy,) = completeness.check(store, known, one.id).copies
    assert (copy.kind, copy.id, copy.other_id, copy.other_dossier) == ("page", "P1", "P2", two.code)


def test_the_same_code_twice_is_refused(store):
    fill(store, "H49.64-260302-0001", [])
    with pytest.raises(NotAllowed):
        dossiers.create(store, "H49.64-260302-0001", "birth_registration")


# --- codes ------------------------------------------------------------------------------------


def test_each_signed_paper_gets_a_code_once(store, register):
    one = fill(store, "H49.64-260302-0001", [FORM, NOTE])
    assert digitization.assign(store, register, one.id) == []  # nothing is signed yet
    sign(store, one)
    given = digitization.assign(store, register, one.id)
    assert [each.code for each in given] == ["H49.64.2026.SH000001", "H49.64.2026.SH000002"]
    assert digitization.assign(store, register, one.id) == given
    two = fill(store, "000.00.64.H49-260302-0002", [FORM])
    sign(store, two)
    (third,) = digitization.assign(store, register, two.id)
    assert third.code == "H49.64.2026.SH000003"  # the same office, written in the older way
    assert digitization.find(store, third.code).document_id == third.document_id
    with pytest.raises(NotFound):
        digitization.find(store, "H49.64.2026.SH000009")


def test_numbers_begin_anew_with_the_year_and_the_office(store, register, clock):
    sign(store, one := fill(store, "H49.64-260302-0001", [FORM]))
    sign(store, other := fill(store, "H41.2-260302-0001", [FORM]))
    codes = [digitization.assign(store, register, each.id)[0].code for each in (one, other)]
    clock.now = clock.now.replace(year=2027)
    sign(store, later := fill(store, "H49.64-270302-0001", [FORM]))
    codes.append(digitization.assign(store, register, later.id)[0].code)
    assert codes == ["H49.64.2026.SH000001", "H41.2.2026.SH000001", "H49.64.2027.SH000001"]


def test_a_paper_that_was_sent_back_keeps_its_code_in_its_next_version(store, register):
    dossier = fill(store, "H49.64-260302-0001", [FORM])
    sign(store, dossier)
    (first,) = digitization.assign(store, register, dossier.id)
    reviews.send_back(store, first.document_id, "mờ")
    assert digitization.versions(store, dossier.id) == {first.document_id: 2}
    sign(store, dossier, "b")
    (second,) = digitization.assign(store, register, dossier.id)
    assert (second.code, second.version) == (first.code, 2)
    assert second.sha256 != first.sha256
    assert [each.version for each in digitization.of_dossier(store, dossier.id)] == [1, 2]
    assert digitization.find(store, first.code) == second
    assert audit.verify(store.conn).ok


def test_a_layout_that_gives_one_code_twice_is_refused(store, tmp_path):
    (tmp_path / "default.toml").write_text(
        'id = "default"\ntitle = "x"\ntitle_en = "x"\n[digitization_code]\n'
        'pattern = "{year}.{number}"\n', "utf-8",
    )  # fmt: skip
    register = provinces.load(tmp_path)
    for number, org in enumerate(("H49.64", "H49.65"), start=1):
        dossier = fill(store, f"{org}-260302-000{number}", [FORM])
        sign(store, dossier)
        if number == 2:
            with pytest.raises(NotAllowed, match=r"2026\.1"):
                digitization.assign(store, register, dossier.id)
            assert digitization.of_dossier(store, dossier.id) == []
        else:
            digitization.assign(store, register, dossier.id)


def test_two_counters_never_give_one_number(store, register, tmp_path):
    papers = [paper(f"p{n}", "birth_notification") for n in range(5)]
    homes = [fill(store, f"H49.64-260302-{n:04}", papers) for n in range(1, 9)]
    for home in homes:
        sign(store, home)

    def work(chosen):
        own = Store(tmp_path / "data", clock=store._clock)
        for home in chosen:
            digitization.assign(own, register, home.id)
        own.close()

    threads = [threading.Thread(target=work, args=(homes[n::2],)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    codes = [row["code"] for row in store.rows("SELECT code FROM digitization")]
    assert sorted(codes) == [f"H49.64.2026.SH{n:06}" for n in range(1, 41)]


def test_the_very_same_pages_in_two_dossiers_are_one_warning(store):
    homes = [dossiers.create(store, f"H49.64-260101-000{n}", "birth_registration") for n in (1, 2)]
    for home in homes:
        for number in (1, 2):
            key = store.blobs.put_bytes(f"page {number}".encode())
            dossiers.add_page(store, Page(f"{home.id}-{number}", home.id, 0, number, "front", key,
                                          "image/jpeg", 10, 20, 300), 6, "job")  # fmt: skip
    (found,) = reuse.copy_findings(store, homes[1].id)
    assert (found.severity, found.page_id) == ("warning", f"{homes[1].id}-1")
    assert found.text.vi.startswith("2 trang")
    assert "H49.64-260101-0001" in found.text.en


def test_a_secret_paper_is_neither_offered_nor_taken(store, known, waiting, stored):
    assert [offer.document_id for offer in reuse.candidates(store, known, waiting.id)] == [stored]
    source = dossiers.document(store, stored).dossier_id
    with store.transaction() as change:
        secrecy.say_in(change, source, secrecy.SECRET, stored)
        change.audit("test", source)
    assert reuse.candidates(store, known, waiting.id) == []
    with pytest.raises(secrecy.SecretPaper):
        reuse.take(store, known, waiting.id, "citizen_card", stored)
    assert reuse.standing(store, waiting.id) == {}
