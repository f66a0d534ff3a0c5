"""Approval before upload, and the way back to the counter."""

import pytest

from desk_app.errors import NotAllowed, NotFound, UsageError
from desk_app.records import Document
from desk_app.store import dossiers, states
from desk_app.submission import queue, reviews

GOOD = {"status": "valid"}


@pytest.fixture
def dossier(store):
    """Two signed papers, held until they are approved."""
    dossier = dossiers.create(store, "H49.64-261120-0001", "birth_registration")
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
