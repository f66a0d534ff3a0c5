"""The order of the steps where no other suite walks it."""

import threading

import pytest
from PIL import Image, ImageFilter

from desk_app import pipeline
from desk_app.errors import NotAllowed
from desk_app.settings import Settings
from desk_app.store import dossiers
from scanners.device import ScanSettings
from scanners.errors import BadRequest
from tests.gui import builder
from tests.imaging import unseen


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


@pytest.mark.parametrize("device", ["simulated:{here}?sheets=0", "simulated:{here}?fault=jam@1"])
def test_a_feed_that_brings_nothing_leaves_the_dossier_to_be_checked(desk, device):
    dossier = builder.decided_birth_registration(desk.store)
    before = dossiers.pages(desk.store, dossier.id, readings=False)
    report = pipeline.feed(desk, dossier.id, device.format(here=builder.FOLDER),
                           scan=ScanSettings(dpi=300))  # fmt: skip
    assert (report.images, report.fault is None) == (0, False)
    assert dossiers.find(desk.store, dossier.id).state == "to_check"
    assert dossiers.pages(desk.store, dossier.id, readings=False) == before


def test_a_back_with_pale_marks_of_its_own_is_not_set_aside(desk, tmp_path):
    """At the counter too: a pale seal, a pencilled signature, and the front's print behind."""
    stack = tmp_path / "stack"
    stack.mkdir()
    behind = unseen.printed(2).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    soft = behind.filter(ImageFilter.GaussianBlur(1.6))
    backs = [
        unseen.stamp(unseen.paper(0), 3, strength=0.2),
        unseen.signature(unseen.paper(0), 5, strength=0.3, width=3),
        Image.blend(unseen.paper(2), soft, 0.1),
        unseen.paper(0),
    ]
    for number, back in enumerate(backs):
        unseen.save(unseen.printed(number, 6 if number != 2 else 34), stack / f"{number}a.jpg", 150)
        unseen.save(unseen.scanned(back, number), stack / f"{number}b.jpg", 150, 85)
    dossier = dossiers.create(desk.store, "H49.64-261122-0400", "permanent_residence")
    report = pipeline.feed(desk, dossier.id, f"simulated:{stack}?duplex=1",
                           scan=ScanSettings(dpi=150, source="duplex"))  # fmt: skip
    assert report.images == 8
    pages = dossiers.pages(desk.store, dossier.id)
    assert [p.reading.condition.blank for p in pages if p.side == "back"] == ["blank"] * 4
    assert [p.sheet for p in pages if p.set_aside] == [3, 4]
    doubted = [f.page_id for f in dossiers.findings(desk.store, dossier.id)
               if f.code == "BLANK_DOUBTFUL"]  # fmt: skip
    assert doubted == [p.id for p in pages if p.side == "back" and p.sheet < 3]


def test_a_device_that_cannot_be_meant_changes_no_dossier(desk):
    dossier = builder.decided_birth_registration(desk.store)
    with pytest.raises(BadRequest):
        pipeline.feed(desk, dossier.id, "escl:printer")
    assert dossiers.find(desk.store, dossier.id).state == "to_check"
