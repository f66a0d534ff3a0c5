"""Pages from the scanner's child process into the store, and what a cut-off scan leaves."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from desk_app import paths, stages
from desk_app.capture import intake, replay
from desk_app.store import audit, dossiers
from desk_app.store.database import Store
from desk_app.store.edits import Place
from scanners.device import ScanSettings
from scanners.errors import BadRequest
from tests.imaging import drawn

ROOT = Path(__file__).parents[2]
CODE = "H49.64-261122-0001"


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "data")
    yield store
    store.close()


@pytest.fixture
def stack(tmp_path):
    """Six sheets, both sides, each side another grey."""
    folder = tmp_path / "stack"
    folder.mkdir()
    for sheet in range(1, 7):
        for n, side in enumerate("ab"):
            picture = Image.new("L", (413, 585), 40 * sheet % 256 + n)
            picture.save(folder / f"s{sheet:02}{side}.jpg", dpi=(50, 50))
    return folder


@pytest.fixture
def dossier(store):
    return dossiers.create(store, CODE, "birth_registration")


def scan(store, dossier, stack, query="", **settings):
    uri = f"simulated:{stack}?duplex=1{query}"
    return intake.scan(store, dossier.id, uri, ScanSettings(**settings))


def sides(store, dossier):
    pages = dossiers.pages(store, dossier.id)
    return [(page.sheet, page.side) for page in pages]


ALL = [(sheet, side) for sheet in range(1, 7) for side in ("front", "back")]


def test_pages_are_stored_before_they_are_announced(store, dossier, stack):
    seen = []

    def announce(page):
        assert store.blobs.path(page.sha256).is_file()
        seen.append((page.sheet, page.side))

    report = intake.scan(
        store, dossier.id, f"simulated:{stack}?duplex=1", ScanSettings(), announce=announce
    )
    assert seen == sides(store, dossier) == ALL
    assert (report.reason, report.images, report.fault) == ("feeder_empty", 12, None)
    assert dossiers.running_jobs(store) == []
    assert audit.verify(store.conn).ok


def test_a_jam_keeps_the_pages_and_the_rest_goes_on_from_there(store, dossier, stack):
    report = scan(store, dossier, stack, "&fault=jam@4")
    assert report.fault.code == "PAPER_JAM"
    assert sides(store, dossier) == ALL[:6]
    scan(store, dossier, stack, first_sheet=report.fault.resume_at)
    assert sides(store, dossier) == ALL


def test_a_side_is_not_taken_twice(store, dossier, stack):
    scan(store, dossier, stack, count=4)
    before = sides(store, dossier)
    scan(store, dossier, stack, first_sheet=2)
    assert sides(store, dossier) == ALL
    assert sides(store, dossier)[: len(before)] == before


def test_stop_ends_the_feed_and_loses_nothing(store, dossier, stack):
    stop = threading.Event()
    report = intake.scan(
        store, dossier.id, f"simulated:{stack}?duplex=1&ppm=120", ScanSettings(),
        announce=lambda page: stop.set(), stop=stop,
    )  # fmt: skip
    assert report.reason == "cancelled"
    assert 0 < len(report.pages) < 12
    assert sides(store, dossier) == ALL[: len(report.pages)]


def test_a_second_import_goes_on_counting(store, dossier, stack):
    files = sorted(stack.iterdir())
    intake.take_files(store, dossier.id, files[:3])
    intake.take_files(store, dossier.id, files[3:5])
    assert [sheet for sheet, _ in sides(store, dossier)] == [1, 2, 3, 4, 5]


def test_a_killed_program_leaves_a_scan_that_can_be_finished(store, dossier, stack, tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from desk_app.store.database import Store; from desk_app.capture import intake\n"
        "from scanners.device import ScanSettings\n"
        "if __name__ == '__main__':\n"
        "    store = Store(Path(sys.argv[1]))\n"
        "    intake.scan(store, sys.argv[2], sys.argv[3], ScanSettings(),\n"
        "                announce=lambda page: print(page.id, flush=True))\n"
    )
    uri = f"simulated:{stack}?duplex=1&ppm=240"
    program = subprocess.Popen(
        [sys.executable, "-c", code, str(store.folder), dossier.id, uri],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True,
    )  # fmt: skip
    announced = [program.stdout.readline().strip() for _ in range(3)]
    os.killpg(program.pid, signal.SIGKILL)
    announced += program.communicate()[0].split()
    deadline = time.monotonic() + 20
    while not (recovered := intake.recover(store)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [each.dossier_id for each in recovered] == [dossier.id]
    known = {page.id for page in dossiers.pages(store, dossier.id)}
    assert set(announced) <= known
    assert dossiers.last_job(store, dossier.id)["reason"] == "interrupted"
    scan(store, dossier, stack, first_sheet=max(sheet for sheet, _ in sides(store, dossier)))
    assert sides(store, dossier) == ALL


def test_a_scan_of_a_living_program_is_left_alone(store, dossier, tmp_path):
    folder = store.spool / "job"
    with paths.locked(folder / intake.LOCK) as ours:
        assert ours
        dossiers.begin_job(store, "job", dossier.id, "simulated:", folder, ScanSettings())
        assert intake.recover(store) == []
    assert len(dossiers.running_jobs(store)) == 1


def test_a_wrong_device_is_refused_and_leaves_no_open_scan(store, dossier):
    with pytest.raises(BadRequest):
        intake.scan(store, dossier.id, "fax:1", ScanSettings())
    assert dossiers.last_job(store, dossier.id)["reason"] == "refused"
    assert intake.recover(store) == []


def test_the_empty_simulated_folder_is_the_sample():
    assert "birth_registration" in intake.resolve("simulated:?ppm=60")


def test_a_rescan_and_an_insertion_land_in_their_place_and_replay_alike(store, dossier, stack):
    scan(store, dossier, stack, count=4)
    before = [page.id for page in dossiers.pages(store, dossier.id)]
    uri = f"simulated:{stack}?duplex=1"
    again = intake.scan(
        store, dossier.id, uri, ScanSettings(count=1),
        place=Place("replace", (before[2],), limit=1),
    )  # fmt: skip
    more = intake.scan(
        store, dossier.id, uri, ScanSettings(count=2), place=Place("before", (before[0],))
    )
    found = [page.id for page in dossiers.pages(store, dossier.id)]
    (new, back), (first, second) = ([page.id for page in each.pages] for each in (again, more))
    assert found == [first, second, *before[:3], new, back, before[3]]
    aside = [page.id for page in dossiers.pages(store, dossier.id) if page.set_aside]
    assert aside == [before[2], back]  # the back of the sheet came along, unasked for
    told = replay.run(store, hash_pictures=True)
    assert told.differences == ()
    assert list(told.order[dossier.id]) == found
    scan(store, dossier, stack, first_sheet=3)  # the stack goes on where it was
    assert len(dossiers.pages(store, dossier.id)) == 8 + 8
    assert replay.run(store).same


def test_a_replay_names_what_the_journals_tell_otherwise(store, dossier, stack):
    pages = scan(store, dossier, stack, count=4).pages
    conn = store.conn
    conn.execute("UPDATE page SET position = 99 WHERE id = ?", (pages[0].id,))
    conn.execute(
        "UPDATE page SET sheet = 7, clerk = '{\"first\":true}' WHERE id = ?", (pages[1].id,)
    )
    store.blobs.path(pages[2].sha256).write_bytes(b"other")
    store.blobs.path(pages[3].sha256).unlink()
    told = replay.run(store, hash_pictures=True)
    named = {(each.code, each.page_id) for each in told.differences}
    assert named >= {("order", None), ("sheet", pages[1].id), ("decision", pages[1].id),
                     ("picture", pages[2].id), ("picture", pages[3].id)}  # fmt: skip


def test_the_turn_that_a_photo_asks_for_reaches_its_reading(store, dossier, tmp_path):
    page = drawn.sheet()
    drawn.stamp(page, (500, 900))
    drawn.signature(page, (300, 1300))
    exif = Image.Exif()
    exif[0x0112] = 8  # held so that it has to be turned to the left
    photo = tmp_path / "photo.jpg"
    drawn.scanned(drawn.turned(page, 90)).save(photo, exif=exif, dpi=(200, 200))
    report = intake.take_files(store, dossier.id, [photo])
    (taken,) = report.pages
    assert dossiers.file_turn(store, taken.id) == 270
    stages.read_page(store.folder, taken.id)
    assert dossiers.page(store, taken.id).reading.condition.rotation == 270
    assert dossiers.decisions(store, taken.id) == {}
