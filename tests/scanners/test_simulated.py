"""Scripted faults: each ends in its own words, with the right sheet and the right count."""

import os
import signal
import time

import pytest
from PIL import Image

from scanners.device import PageLanded, PageSuspect, Progress, ScanSettings
from scanners.errors import BadRequest
from scanners.worker import start
from tests.scanners.conftest import draw_page, jpeg_of
from tests.scanners.streams import SMALL_RESERVE, consume, end_of, fault_of, pages


def scan(uri, landing, deadlines=None, **settings):
    asked = ScanSettings(**settings)
    return start(uri, asked, landing, deadlines=deadlines, reserve_bytes=SMALL_RESERVE)


@pytest.mark.parametrize(
    ("word", "code", "end"),
    [
        ("jam", "PAPER_JAM", "fault"),
        ("double", "DOUBLE_FEED", "fault"),
        ("cover", "COVER_OPEN", "fault"),
        ("busy", "BUSY", "fault"),
        ("offline", "COMM_LOST", "device_gone"),
        ("short", "INCOMPLETE_PAGE", "fault"),
        ("diskfull", "DISK_FULL", "fault"),
        ("crash", "DRIVER_CRASHED", "worker_lost"),
    ],
)
def test_a_fault_keeps_what_landed_and_can_be_resumed(stack, tmp_path, word, code, end):
    uri = f"simulated:{stack}?fault={word}@4"
    events = consume(scan(uri, tmp_path))
    fault = fault_of(events)
    assert (fault.code, end_of(events)) == (code, end)
    assert (fault.sheet, fault.resume_at, fault.pages_safe) == (4, 4, 3)
    assert fault.exit_code == 3
    assert fault.raw
    assert "Đã lưu an toàn 3 trang" in fault.vi
    assert "3 pages are safe" in fault.en
    assert not list(tmp_path.glob("*.part"))

    resumed = pages(consume(scan(f"{uri}&from={fault.resume_at}", tmp_path)))
    assert [p.sheet for p in pages(events) + resumed] == list(range(1, 9))
    whole = [p.path.read_bytes() for p in pages(events) + resumed]
    assert whole == [path.read_bytes() for path in sorted(stack.iterdir())]


def test_resuming_by_the_settings_clears_the_fault_too(stack, tmp_path):
    events = consume(scan(f"simulated:{stack}?fault=jam@4", tmp_path, first_sheet=4))
    assert [p.sheet for p in pages(events)] == [4, 5, 6, 7, 8]


@pytest.mark.parametrize("sheet", [1, 3])
def test_a_hang_is_ended(stack, tmp_path, quick, sheet):
    begin = time.monotonic()
    events = consume(scan(f"simulated:{stack}?fault=hang@{sheet}", tmp_path, quick))
    assert time.monotonic() - begin < 5.0
    fault = fault_of(events)
    assert (fault.code, end_of(events)) == ("NOT_RESPONDING", "worker_lost")
    assert (fault.sheet, fault.pages_safe, len(pages(events))) == (sheet, sheet - 1, sheet - 1)


def test_a_hung_scanner_can_be_left(stack, tmp_path, quick):
    job = scan(f"simulated:{stack}?fault=hang@1", tmp_path)
    job.deadlines = quick
    begin = time.monotonic()
    job.cancel()
    events = consume(job)
    assert time.monotonic() - begin < 4.0
    assert end_of(events) == "cancelled"


def test_a_worker_that_is_stopped_is_ended(stack, tmp_path, quick):
    events = []
    with scan(f"simulated:{stack}?ppm=120", tmp_path, quick) as job:
        for event in job:
            events.append(event)
            if isinstance(event, PageLanded) and len(pages(events)) == 2:
                os.kill(job.pid, signal.SIGSTOP)
    assert fault_of(events).code == "NOT_RESPONDING"
    assert fault_of(events).pages_safe == len(pages(events)) >= 2


def test_an_empty_feeder_is_a_fault_only_before_the_first_page(stack, tmp_path):
    assert fault_of(consume(scan(f"simulated:{stack}?sheets=0", tmp_path))).code == "FEEDER_EMPTY"
    events = consume(scan(f"simulated:{stack}?fault=empty@3", tmp_path))
    assert (fault_of(events), end_of(events), len(pages(events))) == (None, "feeder_empty", 2)


def test_duplex_feeds_two_sides_a_sheet(stack, tmp_path):
    landed = pages(consume(scan(f"simulated:{stack}?duplex=1&sheets=4", tmp_path)))
    assert [(p.sheet, p.side) for p in landed] == [
        (sheet, side) for sheet in range(1, 5) for side in ("front", "back")
    ]
    fronts = pages(consume(scan(f"simulated:{stack}?duplex=1", tmp_path, source="feeder")))
    assert [(p.sheet, p.side) for p in fronts] == [(sheet, "front") for sheet in range(1, 5)]
    assert [p.sha256 for p in fronts] == [p.sha256 for p in landed[::2]]


def test_a_fed_sheet_is_finished(stack, tmp_path):
    landed = pages(consume(scan(f"simulated:{stack}?duplex=1", tmp_path, count=3)))
    assert [(p.sheet, p.side) for p in landed][-1] == (2, "back")


def test_a_front_that_landed_before_its_back_failed_is_named(tmp_path):
    folder = tmp_path / "stack"
    folder.mkdir()
    (folder / "1.jpg").write_bytes(jpeg_of(draw_page(1)))
    (folder / "2.jpg").write_bytes(jpeg_of(draw_page(2))[:-400])
    events = consume(scan(f"simulated:{folder}?duplex=1", tmp_path / "job"))
    assert fault_of(events).code == "INCOMPLETE_PAGE"
    assert PageSuspect(1, "front_landed") in events
    assert [path.name[-13:] for path in (tmp_path / "job" / "doubtful").iterdir()] == [
        "_0001b.jpg.part"[-13:]
    ]


def test_a_stack_is_repeated_for_more_sheets(stack, tmp_path):
    landed = pages(consume(scan(f"simulated:{stack}?sheets=11", tmp_path)))
    assert landed[8].sha256 == landed[0].sha256
    assert len(landed) == 11


def test_speed_is_kept(stack, tmp_path):
    begin = time.monotonic()
    events = consume(scan(f"simulated:{stack}?sheets=3&ppm=200", tmp_path))
    assert time.monotonic() - begin >= 0.9
    fractions = [e.fraction for e in events if isinstance(e, Progress)]
    assert fractions
    assert all(0 <= f <= 1 for f in fractions)


def test_png_and_tiff_sheets_are_fed(tmp_path):
    folder = tmp_path / "stack"
    folder.mkdir()
    draw_page(1).save(folder / "a.png", dpi=(150, 150))
    draw_page(2).save(folder / "b.tif", dpi=(150, 150))
    landed = pages(consume(scan(f"simulated:{folder}", tmp_path / "job")))
    assert [p.media for p in landed] == ["image/png", "image/png"]
    assert landed[0].path.read_bytes() == (folder / "a.png").read_bytes()
    with Image.open(landed[1].path) as image, Image.open(folder / "b.tif") as original:
        assert image.convert("RGB").tobytes() == original.convert("RGB").tobytes()


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("sheets=-1", "sheets"),
        ("sheets=x", "sheets"),
        ("ppm=0", "ppm"),
        ("duplex=2", "duplex"),
        ("speed=9", "speed"),
        ("fault=explode@3", "explode"),
        ("fault=jam@0", "jam"),
        ("fault=jam@", "jam"),
        ("fault=", "fault"),
        ("from=0", "from"),
        ("sheets", "sheets"),
        ("sheets=9&&", "NAME=VALUE"),
    ],
)
def test_a_wrong_option_is_named(stack, tmp_path, query, named):
    with pytest.raises(BadRequest) as caught:
        scan(f"simulated:{stack}?{query}", tmp_path)
    assert named in caught.value.en
    assert caught.value.exit_code == 2


def test_a_folder_without_pictures_is_named(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        fault = fault_of(consume(scan(f"simulated:{folder}", tmp_path / "job")))
        assert (fault.code, fault.exit_code) == ("BAD_DEVICE", 2)
        assert str(folder) in fault.en
