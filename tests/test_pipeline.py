"""The order of the steps where no other suite walks it."""

import threading

import pytest

from desk_app import pipeline
from desk_app.errors import NotAllowed
from desk_app.settings import Settings
from desk_app.store import dossiers
from tests.gui import builder


@pytest.fixture
def desk(tmp_path):
    desk = pipeline.Desk(tmp_path / "data", Settings(workers=1))
    yield desk
    desk.close()


@pytest.mark.parametrize("long_paper", [1, 40])
def test_long_and_short_papers_are_made_and_counted(desk, monkeypatch, long_paper):
    monkeypatch.setattr(pipeline, "LONG_PAPER", long_paper)
    dossier = builder.birth_registration(desk.store)
    papers = dossiers.documents(desk.store, dossier.id)
    assert [len(paper.page_ids) for paper in papers] == [2, 1, 2]
    assert list(pipeline._made(desk, papers)) == [1, 2, 3]
    made = dossiers.documents(desk.store, dossier.id)
    assert all(desk.store.blobs.size(paper.pdf_sha256) for paper in made)


def test_a_long_paper_outlasts_a_worker_s_deadline(desk, monkeypatch):
    """Only its pictures go to the workers, one at a time."""
    monkeypatch.setattr(pipeline, "LONG_PAPER", 1)
    builder.birth_registration(desk.store)
    sent = []
    submit = desk.workers.submit

    def counted(function, *arguments):
        sent.append(function.__name__)
        return submit(function, *arguments)

    monkeypatch.setattr(desk.workers, "submit", counted)
    papers = dossiers.documents(desk.store, dossiers.in_states(desk.store, "to_check")[0].id)
    list(pipeline._made(desk, papers[:1]))
    assert len(sent) == 2
    assert "make_pdf" not in sent


def test_a_feed_that_is_stopped_before_its_first_page_leaves_the_dossier_waiting(desk):
    """Assembled, it would lack every paper and never be fed again by `desk process`."""
    code = "H49.64-261120-0147"
    dossier = pipeline.open_dossier(desk, code, "birth_registration", automatic=True)
    stop = threading.Event()
    stop.set()
    report = pipeline.feed(desk, dossier.id, "simulated:?sheets=1", stop=stop)
    assert (report.reason, report.images) == ("cancelled", 0)
    assert dossiers.find(desk.store, code).state == "received"
    resumed = pipeline.resume(desk)
    assert resumed.done["read"] == 1
    assert len(dossiers.pages(desk.store, dossier.id)) == 2


def test_what_a_dossier_lacks_is_told_in_both_languages(desk):
    dossier = builder.birth_registration(desk.store)
    with desk.store.transaction() as change:
        change.conn.execute("UPDATE finding SET severity = 'problem', accepted = NULL")
    with pytest.raises(NotAllowed) as refused:
        pipeline.finish(desk, dossier.id)
    texts = [each.text for each in dossiers.findings(desk.store, dossier.id)][:3]
    assert all(text.vi.removesuffix(".") in refused.value.vi for text in texts)
    assert all(text.en.removesuffix(".") in refused.value.en for text in texts)
    assert not any(text.vi in refused.value.en for text in texts if text.vi != text.en)
    assert ".." not in refused.value.vi + refused.value.en


def test_a_scanner_that_cannot_be_reached_leaves_no_dossier_in_scanning(desk):
    """The counter would say "scanning" while nothing moves."""
    empty = pipeline.open_dossier(desk, "H49.64-261120-0001", "birth_registration")
    filled = builder.birth_registration(desk.store)
    for dossier, state in ((empty, "received"), (filled, "to_check")):
        report = pipeline.feed(desk, dossier.id, "escl:http://127.0.0.1:9/eSCL")
        assert report.fault is not None
        assert dossiers.find(desk.store, dossier.id).state == state
