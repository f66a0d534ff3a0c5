"""The order of the steps where no other suite walks it."""

import pytest

from desk_app import pipeline
from desk_app.settings import Settings
from desk_app.store import dossiers
from scanners.device import ScanSettings
from scanners.errors import BadRequest
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


@pytest.mark.parametrize("device", ["simulated:{here}?sheets=0", "simulated:{here}?fault=jam@1"])
def test_a_feed_that_brings_nothing_leaves_the_dossier_to_be_checked(desk, device):
    dossier = builder.decided_birth_registration(desk.store)
    before = dossiers.pages(desk.store, dossier.id, readings=False)
    report = pipeline.feed(desk, dossier.id, device.format(here=builder.FOLDER),
                           scan=ScanSettings(dpi=300))  # fmt: skip
    assert (report.images, report.fault is None) == (0, False)
    assert dossiers.find(desk.store, dossier.id).state == "to_check"
    assert dossiers.pages(desk.store, dossier.id, readings=False) == before


def test_a_device_that_cannot_be_meant_changes_no_dossier(desk):
    dossier = builder.decided_birth_registration(desk.store)
    with pytest.raises(BadRequest):
        pipeline.feed(desk, dossier.id, "escl:printer")
    assert dossiers.find(desk.store, dossier.id).state == "to_check"
