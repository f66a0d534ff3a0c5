"""Document cameras: a page that lies still is taken once, cut out and straight."""

import threading
import time

import numpy as np
import pytest
from PIL import Image

from scanners.device import Applied, PageSuspect, Preview, ScanSettings
from scanners.drivers import camera
from scanners.errors import BadRequest
from scanners.worker import start
from tests.scanners.streams import SMALL_RESERVE, consume, end_of, fault_of, pages
from tests.simulators import camera as desk


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "desk.avi"
    return desk.write_video(path, desk.scene([desk.page(n) for n in (1, 2, 3)]))


def scan(name, landing, *extra, **settings):
    asked = ScanSettings(**{"dpi": 100, **settings}, extra=extra)
    return consume(start(f"camera:{name}", asked, landing, reserve_bytes=SMALL_RESERVE))


def suspects(events):
    return {e.reason for e in events if isinstance(e, PageSuspect)}


def mean_difference(path, page):
    with Image.open(path) as image:
        small = np.asarray(image.convert("L").resize((210, 297)), float)
    return float(np.abs(small - np.asarray(page.convert("L").resize((210, 297)), float)).mean())


def test_each_page_that_lay_still_is_taken_once(film, tmp_path):
    events = scan(film, tmp_path)
    assert (end_of(events), fault_of(events)) == ("feeder_empty", None)
    landed = pages(events)
    assert [p.sheet for p in landed] == [1, 2, 3]
    for number, page in enumerate(landed, start=1):
        assert page.width_px / page.height_px == pytest.approx(210 / 297, rel=0.01)
        assert page.dpi == pytest.approx(page.width_px / 210 * 25.4, rel=0.02)
        others = [mean_difference(page.path, desk.page(n)) for n in (1, 2, 3)]
        assert others.index(min(others)) == number - 1
    assert suspects(events) == set()


def test_the_preview_is_a_file_that_tells_what_is_seen(film, tmp_path):
    asked = ScanSettings(dpi=100, extra=(("pace", "60"),))
    shown = []
    with start(f"camera:{film}", asked, tmp_path, reserve_bytes=SMALL_RESERVE) as job:
        for event in job:
            if isinstance(event, Preview):
                shown.append(event)
                if not job.pages:
                    with Image.open(event.path) as image:
                        assert image.size == (640, 480)
    taken = next(e for e in shown if e.state == "taken")
    assert len(taken.corners) == 4
    expected = np.array(desk.CORNERS) * 0.4
    assert np.abs(np.array(taken.corners) - expected).max() < 4
    assert taken.sharpness > camera.SHARP
    assert {e.path for e in shown} == {tmp_path / "preview.jpg"}
    assert not shown[-1].path.exists()  # it ends with its job


def test_a_page_that_is_not_moved_is_not_taken_again(tmp_path):
    lying = desk.lay(desk.page(1))
    frames = [desk.noisy(lying, n) for n in range(8)]
    frames += [desk.hand(lying, n) for n in range(3)] + [desk.noisy(lying, n) for n in range(8)]
    film = desk.write_video(tmp_path / "same.avi", frames)
    assert len(pages(scan(film, tmp_path / "job"))) == 1


def test_a_page_slid_under_the_next_is_another_page(tmp_path):
    frames = []
    for number in (1, 2):
        lying = desk.lay(desk.page(number))
        frames += [desk.hand(lying, n) for n in range(3)] + [desk.noisy(lying, n) for n in range(6)]
    film = desk.write_video(tmp_path / "next.avi", frames)
    assert len(pages(scan(film, tmp_path / "job"))) == 2


def test_out_of_focus_and_glare_are_said_and_the_page_is_kept(tmp_path):
    frames = desk.scene([desk.page(1)], still=16, blur=4.0)
    events = scan(desk.write_video(tmp_path / "blur.avi", frames), tmp_path / "1")
    assert (len(pages(events)), suspects(events)) == (1, {"blurred"})
    frames = desk.scene([desk.page(1)], glare=True)
    events = scan(desk.write_video(tmp_path / "glare.avi", frames), tmp_path / "2")
    assert (len(pages(events)), suspects(events)) == (1, {"glare"})


def test_stills_are_pages_one_by_one(tmp_path):
    folder = tmp_path / "stills"
    folder.mkdir()
    for number in (1, 2, 3):
        frame = desk.lay(desk.page(number))
        Image.fromarray(frame[..., ::-1]).save(folder / f"f{number:02}.jpg")
    events = scan(folder / "f%02d.jpg", tmp_path / "1")
    assert [p.sheet for p in pages(events)] == [1, 2, 3]
    (only,) = pages(scan(folder / "f02.jpg", tmp_path / "2"))
    assert mean_difference(only.path, desk.page(2)) < mean_difference(only.path, desk.page(3))


def test_a_still_without_a_page_is_kept_whole(tmp_path):
    Image.fromarray(desk.table()[..., ::-1]).save(tmp_path / "table.png")
    events = scan(tmp_path / "table.png", tmp_path / "job")
    assert suspects(events) >= {"no_page_edges"}
    assert (pages(events)[0].width_px, pages(events)[0].height_px) == desk.SIZE


def test_too_few_dots_are_said_once(film, tmp_path):
    events = scan(film, tmp_path, dpi=300)
    applied = [e.settings for e in events if isinstance(e, Applied)]
    assert len(applied) == 2
    assert [d.what for d in applied[-1].differences] == ["resolution"]
    assert applied[-1].got.dpi == pages(events)[0].dpi


def test_grey_is_grey(film, tmp_path):
    (page,) = pages(scan(film, tmp_path, mode="gray", count=1))
    with Image.open(page.path) as image:
        assert image.mode == "L"


def test_a_page_is_taken_when_the_clerk_says_so(tmp_path):
    film = desk.write_video(tmp_path / "long.avi", [desk.lay(desk.page(1))] * 40)
    asked = ScanSettings(dpi=100, count=1, extra=(("capture", "manual"), ("pace", "10")))
    with start(f"camera:{film}", asked, tmp_path / "job", reserve_bytes=SMALL_RESERVE) as job:
        while not isinstance(next(job), Preview):
            pass
        assert job.pages == []
        job.capture()
        events = list(job)
    assert end_of(events) == "count_reached"
    assert len(job.pages) == 1


def test_a_cancel_stops_the_film(tmp_path):
    film = desk.write_video(tmp_path / "long.avi", [desk.table()] * 50)
    asked = ScanSettings(extra=(("pace", "1"),))
    job = start(f"camera:{film}", asked, tmp_path / "job", reserve_bytes=SMALL_RESERVE)
    begin = time.monotonic()
    threading.Timer(0.5, job.cancel).start()
    assert end_of(consume(job)) == "cancelled"
    assert time.monotonic() - begin < 5.0


def test_a_film_without_a_page_is_an_empty_feeder(tmp_path):
    film = desk.write_video(tmp_path / "empty.avi", [desk.table()] * 8)
    assert fault_of(scan(film, tmp_path / "job")).code == "FEEDER_EMPTY"


@pytest.mark.parametrize(
    "corners",
    [
        desk.CORNERS,
        ((100, 60), (1500, 40), (1540, 1150), (70, 1170)),
        ((800, 100), (1400, 600), (800, 1100), (200, 600)),
    ],
)
def test_corners_are_found_where_they_are(corners):
    found = camera.look_at(desk.noisy(desk.lay(desk.page(1), corners), 1)).quad
    apart = [min(np.hypot(*(np.array(c) - f)) for f in found) for c in corners]
    assert max(apart) < 5.0


@pytest.mark.parametrize(
    ("size", "paper", "expected"),
    [
        ((1000, 1414), (210.0, 297.0), (1000, 1414, 121)),
        ((1414, 1000), (210.0, 297.0), (1414, 1000, 121)),
        ((1000, 1000), (210.0, 297.0), None),
    ],
)
def test_the_paper_gives_the_resolution(size, paper, expected):
    columns, rows, dpi = camera.paper_size(size, size[0] / size[1], paper)
    if expected is None:
        assert (columns, rows) == size
    else:
        assert columns == pytest.approx(expected[0], abs=5)
        assert rows == pytest.approx(expected[1], abs=5)
        assert dpi == pytest.approx(expected[2], abs=1)


@pytest.mark.parametrize("name", ["", "1234", "no such.avi", "nowhere/f%02d.jpg"])
def test_what_is_no_camera_is_refused(tmp_path, name):
    try:
        events = scan(name and (tmp_path / name if "." in name else name), tmp_path / "job")
    except BadRequest as refused:
        assert refused.code == "BAD_DEVICE"  # noqa: PT017
    else:
        assert fault_of(events).code == "BAD_DEVICE"


def test_a_file_that_is_no_film_is_refused(tmp_path):
    (tmp_path / "a.avi").write_bytes(b"RIFF" + bytes(500))
    assert fault_of(scan(tmp_path / "a.avi", tmp_path / "job")).code == "BAD_DEVICE"


def test_a_camera_that_is_not_there_is_named(tmp_path):
    fault = fault_of(scan("97", tmp_path / "job"))
    assert fault.code == "OFFLINE"
    assert "camera:97" in fault.vi
