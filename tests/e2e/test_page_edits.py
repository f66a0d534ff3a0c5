"""What the window does with pages: rescan, insert, undo; papers are sorted anew each time."""

from desk_app import pipeline
from desk_app.capture import replay
from desk_app.pipeline import Desk
from desk_app.store import dossiers, edits
from scanners.device import ScanSettings
from tests.e2e.conftest import ROOT

SAMPLE = f"simulated:{ROOT}/resources/samples/birth_registration?duplex=1"


def used(desk, dossier):
    return [p.id for p in dossiers.pages(desk.store, dossier.id) if not p.set_aside]


def test_rescan_insert_and_undo(tmp_path):
    desk = Desk(tmp_path / "data")
    try:
        dossier = pipeline.open_dossier(desk, "H49.64-261122-0001", "birth_registration")
        first = pipeline.feed(desk, dossier.id, SAMPLE, scan=ScanSettings(source="feeder", count=2))
        one, two = (page.id for page in first.pages)
        again = pipeline.rescan(desk, one, SAMPLE, scan=ScanSettings(source="feeder", count=1))
        new = again.pages[0].id
        assert used(desk, dossier) == [new, two]
        assert dossiers.page(desk.store, one).set_aside
        more = pipeline.insert(
            desk, two, SAMPLE, before=True, scan=ScanSettings(source="feeder", count=1)
        )
        assert used(desk, dossier) == [new, more.pages[0].id, two]
        documents = dossiers.documents(desk.store, dossier.id)
        assert one not in [page for document in documents for page in document.page_ids]
        assert dossiers.find(desk.store, dossier.id).state == "to_check"

        edits.undo_job(desk.store, more.job_id)
        edits.undo_job(desk.store, again.job_id)
        assert dossiers.find(desk.store, dossier.id).state == "recognising"
        assert pipeline.resume(desk, dossier=dossier.code).failed == []
        assert used(desk, dossier) == [one, two]
        documents = dossiers.documents(desk.store, dossier.id)
        assert [p for d in documents for p in d.page_ids] == [one, two]
        assert replay.run(desk.store).same
    finally:
        desk.close()
