"""The hot folder: half-written, held, renamed, repeated files; nothing deleted, nothing twice."""

import fcntl
import io
import os
import signal
import threading
import time

import pytest
from PIL import Image

from scanners.device import PageSuspect, ScanSettings, SheetStarted
from scanners.errors import BadRequest
from scanners.worker import start
from tests.scanners.conftest import draw_page, jpeg_of
from tests.scanners.streams import SMALL_RESERVE, consume, end_of, fault_of, pages, refusals


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "từ máy photo"
    place.mkdir()
    return place


def job_on(folder, landing, wait="0", **settings):
    asked = ScanSettings(extra=(("wait", wait),), **settings)
    return start(f"folder:{folder}", asked, landing, reserve_bytes=SMALL_RESERVE)


def scan(folder, landing, wait="0", **settings):
    return consume(job_on(folder, landing, wait, **settings))


def put(folder, name, number=0):
    path = folder / name
    path.write_bytes(jpeg_of(draw_page(number)))
    return path


def left(folder):
    return sorted(p.name for p in folder.iterdir() if p.is_file())


def kept(folder):
    return sorted(p.name for p in (folder / "processed").rglob("*.*") if p.suffix != ".jsonl")


def as_tiff(count):
    file = io.BytesIO()
    frames = [draw_page(n) for n in range(count)]
    frames[0].save(file, "TIFF", save_all=True, append_images=frames[1:], dpi=(75, 75))
    return file.getvalue()


def test_files_are_taken_in_the_order_of_their_numbers_and_moved(folder, tmp_path):
    originals = [put(folder, f"scan_{n}.jpg", n).read_bytes() for n in (1, 2, 10)]
    (folder / "scan_11.tif").write_bytes(as_tiff(2))
    events = scan(folder, tmp_path / "job")
    assert (fault_of(events), end_of(events)) == (None, "feeder_empty")
    landed = pages(events)
    assert [p.sheet for p in landed] == [1, 2, 3, 4, 5]
    assert [p.path.read_bytes() for p in landed[:3]] == originals
    assert [(p.origin or "")[-11:] for p in landed] == [
        "/scan_1.jpg", "/scan_2.jpg", "scan_10.jpg", "scan_11.tif", "scan_11.tif"
    ]  # fmt: skip
    assert left(folder) == []
    assert kept(folder) == ["scan_1.jpg", "scan_10.jpg", "scan_11.tif", "scan_2.jpg"]


def test_a_file_that_is_still_written_is_waited_for(folder, tmp_path):
    data = jpeg_of(draw_page(1))

    def write():
        with (folder / "slow.jpg").open("wb") as file:
            for at in range(0, len(data), len(data) // 6):
                file.write(data[at : at + len(data) // 6])
                file.flush()
                time.sleep(0.4)

    thread = threading.Thread(target=write)
    thread.start()
    events = scan(folder, tmp_path / "job", wait="2")
    thread.join()
    assert [p.path.read_bytes() for p in pages(events)] == [data]
    assert refusals(events) == []


def test_a_copy_that_stalls_is_taken_when_it_goes_on(folder, tmp_path):
    data = jpeg_of(draw_page(1))
    path = folder / "stalled.jpg"
    path.write_bytes(data[: len(data) // 2])
    timer = threading.Timer(2.5, path.write_bytes, (data,))
    timer.start()
    events = scan(folder, tmp_path / "job", wait="4")
    timer.join()
    assert [p.path.read_bytes() for p in pages(events)] == [data]
    assert refusals(events) == []


def test_what_stays_half_is_left_in_the_folder_and_said(folder, tmp_path):
    half = put(folder, "half.jpg")
    half.write_bytes(half.read_bytes()[:5000])
    put(folder, "whole.jpg", 2)
    (folder / "nothing.jpg").write_bytes(b"")
    (folder / "letter.docx").write_bytes(b"PK\x03\x04" + bytes(100))
    events = scan(folder, tmp_path / "job")
    assert len(pages(events)) == 1
    assert {(os.path.basename(r.file), r.code) for r in refusals(events)} == {  # noqa: PTH119
        ("half.jpg", "FILE_TRUNCATED"),
        ("nothing.jpg", "FILE_EMPTY"),
        ("letter.docx", "FILE_WRONG_TYPE"),
    }
    assert left(folder) == ["half.jpg", "letter.docx", "nothing.jpg"]


def test_a_file_that_another_program_holds_is_left_to_it(folder, tmp_path):
    path = put(folder, "held.jpg")
    with path.open("rb+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        events = scan(folder, tmp_path / "1")
        assert [r.code for r in refusals(events)] == ["FILE_LOCKED"]
        assert (pages(events), left(folder)) == ([], ["held.jpg"])
    assert len(pages(scan(folder, tmp_path / "2"))) == 1


def test_passing_names_are_not_files_yet(folder, tmp_path):
    for name in (".hidden.jpg", "~lock.jpg", "a.jpg.part", "b.tmp", "c.crdownload", "d.jpg~"):
        put(folder, name)
    timer = threading.Timer(0.5, (folder / "b.tmp").rename, (folder / "b.jpg",))
    timer.start()
    events = scan(folder, tmp_path / "job", wait="2")
    timer.join()
    assert [p.origin.rpartition("/")[2] for p in pages(events)] == ["b.jpg"]
    assert len(left(folder)) == 5


def test_a_file_that_is_renamed_meanwhile_is_taken_once(folder, tmp_path):
    put(folder, "a.jpg")
    timer = threading.Timer(0.6, (folder / "a.jpg").rename, (folder / "b.jpg",))
    timer.start()
    events = scan(folder, tmp_path / "job", wait="1")
    timer.join()
    assert [p.origin.rpartition("/")[2] for p in pages(events)] == ["b.jpg"]
    assert kept(folder) == ["b.jpg"]


def test_the_same_bytes_again_are_set_aside_and_said(folder, tmp_path):
    put(folder, "first.jpg", 1)
    scan(folder, tmp_path / "1")
    put(folder, "again.jpg", 1)
    put(folder, "first.jpg", 2)
    events = scan(folder, tmp_path / "2")
    assert len(pages(events)) == 1
    assert [r.code for r in refusals(events)] == ["FILE_DUPLICATE"]
    assert "first.jpg" in refusals(events)[0].vi
    assert kept(folder) == ["again.jpg", "first.jpg", "first.jpg"] or len(kept(folder)) == 3
    assert (folder / "processed" / "duplicates" / "again.jpg").exists()


def test_two_files_of_one_name_are_both_kept(folder, tmp_path):
    contents = set()
    for number in (1, 2):
        contents.add(put(folder, "scan.jpg", number).read_bytes())
        scan(folder, tmp_path / str(number))
    found = {p.read_bytes() for p in (folder / "processed").rglob("scan*.jpg")}
    assert found == contents


def test_a_count_leaves_the_rest_in_the_folder(folder, tmp_path):
    for number in range(4):
        put(folder, f"{number}.jpg", number)
    events = scan(folder, tmp_path / "job", count=2)
    assert (end_of(events), len(pages(events))) == ("count_reached", 2)
    assert left(folder) == ["2.jpg", "3.jpg"]


def test_after_a_kill_nothing_is_taken_twice_in_silence(folder, tmp_path):
    (folder / "stack.tif").write_bytes(as_tiff(30))
    with job_on(folder, tmp_path / "job") as job:
        for event in job:
            if isinstance(event, SheetStarted) and event.sheet == 4:
                os.kill(job.pid, signal.SIGKILL)
    first = job.pages
    assert left(folder) == ["stack.tif"]
    events = scan(folder, tmp_path / "job", first_sheet=len(first) + 1)
    assert len(pages(events)) == 30
    suspects = [e for e in events if isinstance(e, PageSuspect)]
    assert [(e.sheet, e.reason) for e in suspects] == [(len(first) + 1, "maybe_taken_before")]
    assert left(folder) == []


def test_a_file_that_kills_its_reader_does_not_stop_the_folder_for_ever(folder, tmp_path):
    path = put(folder, "a.jpg", 1)
    put(folder, "b.jpg", 2)
    scan(folder, tmp_path / "0", count=1)
    moved = next((folder / "processed").rglob("a.jpg"))
    ledger = folder / "processed" / "ledger.jsonl"
    taking = [line for line in ledger.read_text().splitlines() if '"taking"' in line]
    ledger.write_text("\n".join(taking * 2) + "\n")
    moved.rename(path)
    events = scan(folder, tmp_path / "1")
    assert [r.code for r in refusals(events)] == ["FILE_CRASHED_READER"]
    assert [p.origin.rpartition("/")[2] for p in pages(events)] == ["b.jpg"]


def test_an_empty_folder_is_an_empty_feeder(folder, tmp_path):
    assert fault_of(scan(folder, tmp_path / "job")).code == "FEEDER_EMPTY"


def test_a_folder_has_one_taker(folder, tmp_path):
    with job_on(folder, tmp_path / "1", wait="60") as first:
        while type(next(first)).__name__ != "PaperState":
            pass
        assert fault_of(scan(folder, tmp_path / "2")).code == "BUSY"


@pytest.mark.parametrize("extra", [("wait", "-1"), ("wait", "x"), ("wiat", "1")])
def test_a_wrong_option_is_refused(folder, tmp_path, extra):
    job = start(f"folder:{folder}", ScanSettings(extra=(extra,)), tmp_path / "j", reserve_bytes=1)
    assert fault_of(consume(job)).code == "BAD_SETTINGS"


def test_what_is_no_folder_is_refused(tmp_path):
    with pytest.raises(BadRequest):
        start("folder:", ScanSettings(), tmp_path)
    job = start(f"folder:{tmp_path}/nowhere", ScanSettings(), tmp_path / "j", reserve_bytes=1)
    assert fault_of(consume(job)).code == "BAD_DEVICE"


def test_pages_keep_what_their_file_says_of_them(folder, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    (folder / "phone.jpg").write_bytes(jpeg_of(draw_page(1), exif=exif))
    (page,) = pages(scan(folder, tmp_path / "job"))
    assert page.rotation == 90
