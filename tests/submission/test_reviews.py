"""Approval before upload, and the way back to the counter."""

import pytest

from desk_app.errors import NotAllowed, NotFound, UsageError
from desk_app.records import Document, Finding, Page, Text
from desk_app.store import acting, dossiers, edits, people, states
from desk_app.submission import queue, reviews
from tests import quick_pins

GOOD = {"status": "valid"}


@pytest.fixture
def dossier(store):
    """Two signed papers, held until they are approved."""
    return signed(store, "H49.64-261120-0001")


def signed(store, code):
    dossier = dossiers.create(store, code, "birth_registration")
    states.move(store, dossier.id, "recognising")
    papers = [
        Document(f"D-{n}", dossier.id, n, None, None, f"Giấy {n}", 1.0, page_ids=()) for n in (1, 2)
    ]
    dossiers.save_assembly(store, dossier.id, papers, [], [])
    states.move(store, dossier.id, "to_check")
    seal(store, dossier, "a")
    return dossier


def seal(store, dossier, letter, verdict=GOOD):
    states.move(store, dossier.id, "checked")
    states.move(store, dossier.id, "to_sign")
    for paper in dossiers.documents(store, dossier.id):
        dossiers.set_pdf(store, paper.id, f"{letter}{paper.ordinal}pdf".ljust(64, "0"), 9)
        key = f"{letter}{paper.ordinal}".ljust(64, "0")
        with store.transaction() as change:
            dossiers.set_signed_in(change, paper.id, key, 10, verdict)
            queue.enqueue_in(change, key=key, target="local", dossier_id=dossier.id,
                             document_id=paper.id, size=10, held=True)  # fmt: skip
    states.move(store, dossier.id, "signed")
    states.move(store, dossier.id, "to_upload")


def papers(store, dossier):
    return dossiers.documents(store, dossier.id)


def test_nothing_is_sent_before_the_supervisor_s_word(store, dossier):
    assert queue.claim(store, "sender") is None
    assert reviews.approve(store, ["D-1"]) == 1
    item = queue.claim(store, "sender")
    assert item.document_id == "D-1"
    assert queue.claim(store, "sender") is None
    assert reviews.of_documents(store, ["D-1", "D-2"])["D-1"].decision == "approve"
    assert "D-2" not in reviews.of_documents(store, ["D-1", "D-2"])
    assert reviews.approve(store, ["D-1"]) == 0  # a second word changes nothing
    assert len(reviews.history(store, dossier.id)) == 1


def test_only_what_holds_is_approved_and_all_or_nothing(store, dossier):
    dossiers.set_verdict(store, "D-2", {"status": "undetermined"})
    with pytest.raises(NotAllowed, match="Giấy 2"):
        reviews.approve(store, ["D-1", "D-2"])
    assert queue.counts(store)["held"] == 2
    assert reviews.history(store, dossier.id) == []
    with pytest.raises(NotFound):
        reviews.approve(store, ["D-3"])


def test_a_file_sent_back_opens_its_dossier_again(store, dossier):
    reviews.approve(store, ["D-1"])
    reviews.send_back(store, "D-2", "  thiếu   trang 2 ")
    assert dossiers.find(store, dossier.id).state == "to_check"
    assert queue.claim(store, "sender") is None
    assert queue.counts(store)["cancelled"] == 2
    (finding,) = dossiers.findings(store, dossier.id, open_only=True)
    assert (finding.code, finding.severity, finding.document_id) == ("SENT_BACK", "problem", "D-2")
    assert "thiếu trang 2" in finding.text.vi
    assert [paper.signed_sha256 for paper in papers(store, dossier)] == [None, None]
    assert [row["version"] for row in dossiers.versions(store, dossier.id)] == [1, 1]


def test_the_reason_outlives_another_assembly_until_it_is_signed_again(store, dossier):
    reviews.send_back(store, "D-2", "mờ")
    kept = papers(store, dossier)
    states.move(store, dossier.id, "recognising")
    dossiers.save_assembly(store, dossier.id, kept[:1], [], [])  # the paper it was about is gone
    (finding,) = dossiers.findings(store, dossier.id, open_only=True)
    assert (finding.code, finding.document_id) == ("SENT_BACK", None)
    dossiers.save_assembly(store, dossier.id, kept, [], [])
    (finding,) = dossiers.findings(store, dossier.id, open_only=True)
    assert finding.document_id == "D-2"
    dossiers.accept_finding(store, dossier.id, finding, "đã quét lại")
    dossiers.save_assembly(store, dossier.id, kept, [], [])
    assert dossiers.findings(store, dossier.id, open_only=True) == []
    states.move(store, dossier.id, "to_check")
    seal(store, dossier, "b")
    reviews.send_back(store, "D-2", "vẫn mờ")  # accepted once is not accepted for ever
    (finding,) = dossiers.findings(store, dossier.id, open_only=True)
    assert "vẫn mờ" in finding.text.vi
    assert [row["version"] for row in dossiers.versions(store, dossier.id)] == [1, 1, 2, 2]


def test_the_next_version_is_done_without_the_files_of_the_first(store, dossier, clock):
    from tests.submission.test_queue import receipt_for

    reviews.send_back(store, "D-1", "sai tên")
    seal(store, dossier, "b")
    reviews.approve(store, ["D-1", "D-2"])
    for _ in range(2):
        item = queue.claim(store, "sender")
        assert queue.complete(store, item, receipt_for(item))
    assert dossiers.find(store, dossier.id).state == "done"


def test_a_sender_that_is_at_it_loses_its_lease(store, dossier):
    from tests.submission.test_queue import receipt_for

    reviews.approve(store, ["D-1"])
    item = queue.claim(store, "sender")
    reviews.send_back(store, "D-1", "sai")
    assert not queue.renew(store, item, 5)
    assert not queue.complete(store, item, receipt_for(item))


def test_a_return_needs_its_reason(store, dossier):
    with pytest.raises(UsageError):
        reviews.send_back(store, "D-1", "  ")
    assert dossiers.find(store, dossier.id).state == "to_upload"


def test_the_reason_stays_out_of_the_audit_chain(store, dossier):
    reviews.send_back(store, "D-1", "sai tên Nguyễn Thị Đào")
    rows = store.rows("SELECT action, details FROM audit_event")
    assert "review.return" in {row["action"] for row in rows}
    assert not any("Đào" in row["details"] for row in rows)


# --- four eyes --------------------------------------------------------------------------------


def person(store, name, role):
    return people.add(store, name, role, bytearray(b"190845"))


@pytest.fixture(autouse=True)
def cheap_pins(monkeypatch):
    quick_pins.use(monkeypatch)


@pytest.fixture
def office(store):
    """An administrator, two supervisors and a clerk."""
    named = {"boss": "administrator", "hoa": "supervisor", "minh": "supervisor", "lan": "clerk"}
    return {name: person(store, name.title(), role).id for name, role in named.items()}


def page_of(store, dossier_id, page_id):
    sha256 = store.blobs.put_bytes(page_id.encode())
    made = Page(page_id, dossier_id, 0.0, 1, "front", sha256, "image/jpeg", 10, 10, 300)
    dossiers.add_page(store, made, 5, "job")


def test_whoever_signed_does_not_approve_and_hears_who_can(store, office):
    with acting.acting_for(office["hoa"]):
        made = signed(store, "H49.64-261120-0002")
        assert reviews.approve(store, ["D-1"]) == 1  # the option is off
        with pytest.raises(reviews.FourEyes) as refused:
            reviews.approve(store, ["D-2"], four_eyes=True)
    assert "Hoa" in refused.value.vi
    assert "Minh" in refused.value.next_vi
    assert "Lan" not in refused.value.next_vi
    assert "D-2" not in reviews.of_documents(store, ["D-2"])
    with acting.acting_for(office["minh"]):
        assert reviews.approve(store, ["D-2"], four_eyes=True) == 1
    assert [each.actor for each in reviews.history(store, made.id)] == [
        office["hoa"], office["minh"],
    ]  # fmt: skip


def test_own_files_among_many_are_left_to_others(store, office, dossier):
    mine = dossiers.create(store, "H49.64-261120-0003", "birth_registration")
    states.move(store, mine.id, "recognising")
    paper = Document("D-9", mine.id, 1, None, None, "Giấy", 1.0, page_ids=())
    dossiers.save_assembly(store, mine.id, [paper], [], [])
    states.move(store, mine.id, "to_check")
    with acting.acting_for(office["hoa"]):
        seal(store, mine, "c")
        asked = ["D-1", "D-9", "D-2"]
        assert reviews.approve(store, asked, four_eyes=True, leave_own=True) == 2
    assert set(reviews.of_documents(store, asked)) == {"D-1", "D-2"}


@pytest.mark.parametrize("hand", ["scan", "value", "finding", "turn"])
def test_every_hand_in_a_dossier_counts(store, office, hand):
    made = dossiers.create(store, "H49.64-261120-0002", "birth_registration")
    with acting.acting_for(office["hoa"]):
        if hand == "scan":
            page_of(store, made.id, "P-1")
    if hand != "scan":
        page_of(store, made.id, "P-1")
    states.move(store, made.id, "recognising")
    paper = Document("D-1", made.id, 1, None, None, "Giấy", 1.0, page_ids=("P-1",))
    fault = Finding("FIELD_DOUBTFUL", "warning", Text("xem lại", "look"), "D-1")
    dossiers.save_assembly(store, made.id, [paper], [], [fault])
    states.move(store, made.id, "to_check")
    with acting.acting_for(office["hoa"]):
        if hand == "value":
            dossiers.set_field(store, "D-1", "title", "x")
        elif hand == "finding":
            dossiers.accept_finding(store, made.id, fault, "đúng vậy")
        elif hand == "turn":
            edits.rotate(store, {"P-1": 90})
    states_and_seal(store, made)
    with acting.acting_for(office["hoa"]), pytest.raises(reviews.FourEyes):
        reviews.approve(store, ["D-1"], four_eyes=True)
    with acting.acting_for(office["minh"]):
        assert reviews.approve(store, ["D-1"], four_eyes=True) == 1


def test_four_eyes_without_people_approve_nothing(store, dossier):
    with pytest.raises(reviews.FourEyes) as refused:
        reviews.approve(store, ["D-1"], four_eyes=True)
    assert "desk people add" in refused.value.next_en


def test_only_who_may_approves_or_sends_back(store, dossier, office):
    for name in ("lan", "boss"):
        with acting.acting_for(office[name]), pytest.raises(people.NotPermitted):
            reviews.approve(store, ["D-1"])
        with acting.acting_for(office[name]), pytest.raises(people.NotPermitted):
            reviews.send_back(store, "D-1", "sai")
    with pytest.raises(people.LoginNeeded):
        reviews.approve(store, ["D-1"])


def states_and_seal(store, made):
    if dossiers.find(store, made.id).state != "to_check":
        states.move(store, made.id, "recognising")
        states.move(store, made.id, "to_check")
    seal(store, made, "b")
