"""Full disks, growing files and pictures that are none: a sentence each, and nothing is lost."""

import errno
import os
import threading
import time

import pytest
from PIL import Image

from desk_app.capture import intake, replay
from desk_app.errors import DiskFull
from desk_app.store import dossiers
from desk_app.store.blobs import Blobs, storage_faults
from desk_app.store.database import Store
from scanners.device import ScanSettings

CODE = "H49.64-261122-0001"


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "data")
    yield store
    store.close()


@pytest.fixture
def dossier(store):
    return dossiers.create(store, CODE, "birth_registration")


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stack")
    for n in range(6):
        Image.new("L", (413, 585), 40 * n).save(folder / f"{n}.jpg", dpi=(50, 50))
    return folder


def sheets(store, dossier):
    return [page.sheet for page in dossiers.pages(store, dossier.id)]


def test_no_room_for_a_page_stops_the_feed_and_names_the_sheet(store, dossier, stack):
    report = intake.scan(store, dossier.id, f"simulated:{stack}?fault=diskfull@4", ScanSettings())
    assert (report.fault.code, report.fault.resume_at) == ("DISK_FULL", 4)
    assert "3" in report.fault.vi
    assert sheets(store, dossier) == [1, 2, 3]
    intake.scan(store, dossier.id, f"simulated:{stack}?fault=diskfull@4",
                ScanSettings(first_sheet=4))  # fmt: skip
    assert sheets(store, dossier) == [1, 2, 3, 4, 5, 6]


class _NoRoom(Blobs):
    """A blob folder on a disk that fills up after some files."""

    def __init__(self, store, room):
        super().__init__(store.blobs.folder, store.vault.keys)
        self.room = room

    def adopt_sealed(self, source, sha256):
        if self.room <= 0:
            with storage_faults():
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= 1
        return super().adopt_sealed(source, sha256)


def finished_later(store, dossier):
    """There is room again: every page that landed is in the store, whole and in order."""
    deadline = time.monotonic() + 20
    while dossiers.running_jobs(store) and time.monotonic() < deadline:
        intake.recover(store)
        time.sleep(0.1)
    found = sheets(store, dossier)
    assert found == list(range(1, len(found) + 1))
    told = replay.run(store, hash_pictures=True)
    assert told.differences == ()
    return found


def test_no_room_for_a_blob_loses_no_page_that_landed(store, dossier, stack):
    store.blobs = _NoRoom(store, 2)
    with pytest.raises(DiskFull) as fault:
        intake.scan(store, dossier.id, f"simulated:{stack}", ScanSettings())
    assert fault.value.vi
    assert fault.value.next_vi
    assert sheets(store, dossier) == [1, 2]
    store.blobs = Blobs(store.blobs.folder, store.vault.keys)
    assert len(finished_later(store, dossier)) >= 3


def test_no_room_for_a_commit_loses_no_page_that_landed(store, dossier, stack):
    pages = store.row("PRAGMA page_count")[0]
    store.conn.execute(f"PRAGMA max_page_count = {pages + 3}")
    seen = []
    with pytest.raises(DiskFull):
        intake.scan(
            store, dossier.id, f"simulated:{stack}?sheets=60", ScanSettings(),
            announce=lambda page: seen.append(page.id),
        )  # fmt: skip
    known = {row["id"] for row in store.rows("SELECT id FROM page")}
    assert seen
    assert set(seen) <= known
    store.conn.execute("PRAGMA max_page_count = 1073741823")
    assert len(finished_later(store, dossier)) > len(known)


def test_a_file_that_grows_is_refused_and_the_others_are_taken(store, dossier, stack, tmp_path):
    growing = tmp_path / "copying.jpg"
    whole = (stack / "1.jpg").read_bytes()
    growing.write_bytes(whole[:300])
    over = threading.Event()

    def copy():
        with growing.open("ab") as file:
            while not over.wait(0.05):
                file.write(b"\0" * 64)
                file.flush()

    copying = threading.Thread(target=copy)
    copying.start()
    try:
        report = intake.take_files(store, dossier.id, [growing, stack / "2.jpg"])
    finally:
        over.set()
        copying.join()
    assert [each.code for each in report.refused] == ["FILE_GROWING"]
    assert all(each.vi and each.en and each.next_vi for each in report.refused)
    assert len(report.pages) == 1
    growing.write_bytes(whole)
    assert len(intake.take_files(store, dossier.id, [growing]).pages) == 1
    assert len(sheets(store, dossier)) == 2


def test_a_name_that_cannot_be_looked_at_costs_that_file_alone(store, dossier, stack):
    files = [stack / "0.jpg", stack / ("x" * 300 + ".jpg"), stack / "1.jpg"]
    report = intake.take_files(store, dossier.id, files)
    assert (len(report.pages), [r.code for r in report.refused]) == (2, ["FILE_UNREADABLE"])
