"""What every driver owes, run against each driver that can run here."""

import shutil
import threading
import time
from dataclasses import dataclass, replace

import pytest
from PIL import Image

from scanners import drivers, journal
from scanners.device import Applied, Opened, PaperState, ScanSettings, SheetStarted
from scanners.errors import BadRequest, DeviceFault
from scanners.worker import start
from tests.scanners.streams import SMALL_RESERVE, consume, end_of, fault_of, pages
from tests.simulators import camera as camera_desk
from tests.simulators import saned
from tests.simulators.escl import Scanner, Script


@dataclass
class Bench:
    uri: str
    endless: str
    """A device with more paper than will be fed in time."""
    slow: ScanSettings
    """Settings under which one page takes seconds."""
    settings: ScanSettings

    def scan(self, landing, **changes):
        settings = replace(self.settings, **changes)
        if "extra" in changes:
            settings = replace(settings, extra=(*self.settings.extra, *changes["extra"]))
        return start(self.uri, settings, landing, reserve_bytes=SMALL_RESERVE)


PLAIN = ScanSettings(dpi=75)
SLOWLY = ScanSettings(
    dpi=600, extra=(("read-delay", "yes"), ("read-delay-duration", "200000"))
)  # fmt: skip
"""For libsane's test device."""


@pytest.fixture
def simulated(stack):
    return Bench(f"simulated:{stack}", f"simulated:{stack}?ppm=10", PLAIN, PLAIN)


@pytest.fixture
def sane(sane_config):
    return Bench("sane:test:0", "sane:test:0", SLOWLY, PLAIN)


@pytest.fixture
def net(network_scanner):
    """The net backend and saned in between."""
    return Bench(saned.DEVICE, saned.DEVICE, SLOWLY, PLAIN)


@pytest.fixture
def escl_scanners():
    with Scanner(Script()) as quick, Scanner(Script(page_s=60.0, uuid="slow")) as slow:
        yield quick, slow
        assert quick.open_jobs == slow.open_jobs == []


@pytest.fixture
def escl(escl_scanners):
    quick, slow = escl_scanners
    return Bench(quick.uri, slow.uri, PLAIN, PLAIN)


@pytest.fixture
def airscan(escl_scanners, airscan_config):
    """An independent client of the simulator, through libsane."""
    quick, slow = escl_scanners
    airscan_config(Quick=quick.address, Slow=slow.address)
    return Bench("sane:airscan:e0:Quick", "sane:airscan:e1:Slow", PLAIN, PLAIN)


@pytest.fixture(scope="session")
def stills(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stills")
    for number in range(8):
        frame = camera_desk.lay(camera_desk.page(number))
        Image.fromarray(frame[..., ::-1]).save(folder / f"f{number:02}.jpg")
    return folder


@pytest.fixture
def camera(stills):
    uri = f"camera:{stills}/f%02d.jpg"
    return Bench(uri, uri, replace(PLAIN, extra=(("pace", "1"),)), PLAIN)


@pytest.fixture
def folder(stack, tmp_path_factory):
    place, empty = (tmp_path_factory.mktemp(name) for name in ("hot", "empty"))
    for path in stack.iterdir():
        shutil.copy(path, place)
    patient = replace(PLAIN, extra=(("wait", "60"),))
    at_once = replace(PLAIN, extra=(("wait", "0"),))
    return Bench(f"folder:{place}", f"folder:{empty}", patient, at_once)


@pytest.fixture(params=["simulated", "sane", "net", "escl", "airscan", "camera", "folder"])
def bench(request):
    return request.getfixturevalue(request.param)


def test_a_stack_is_fed_to_its_end(bench, tmp_path):
    events = consume(bench.scan(tmp_path))
    kinds = [type(e) for e in events[:4]]
    assert kinds == [Opened, Applied, PaperState, SheetStarted]
    assert end_of(events) == "feeder_empty"
    assert fault_of(events) is None
    assert [p.sheet for p in pages(events)] == list(range(1, len(pages(events)) + 1))
    assert len(pages(events)) >= 8


def test_a_count_is_kept(bench, tmp_path):
    events = consume(bench.scan(tmp_path, count=3))
    assert (end_of(events), len(pages(events))) == ("count_reached", 3)


def test_the_glass_gives_one_page(bench, tmp_path):
    events = consume(bench.scan(tmp_path, source="glass"))
    assert (end_of(events), len(pages(events))) == ("count_reached", 1)


def test_sheets_are_counted_from_where_a_job_resumes(bench, tmp_path):
    events = consume(bench.scan(tmp_path, count=2, first_sheet=5))
    assert [p.sheet for p in pages(events)] == [5, 6]


def test_a_second_job_in_the_folder_adds_to_it(bench, tmp_path):
    first = pages(consume(bench.scan(tmp_path, count=2)))
    second = pages(consume(bench.scan(tmp_path, count=1)))
    assert [p.page_id for p in journal.replay(tmp_path).pages] == [
        p.page_id for p in (*first, *second)
    ]


def test_what_is_not_had_is_said(bench, tmp_path):
    events = consume(bench.scan(tmp_path, source="duplex", count=1))
    applied = next(e.settings for e in events if isinstance(e, Applied))
    assert applied.asked.source == "duplex"
    assert applied.got.source == "feeder"
    assert [d.what for d in applied.differences] == ["source"]
    assert applied.differences[0].vi


def test_an_unknown_option_is_refused(bench, tmp_path):
    events = consume(bench.scan(tmp_path, extra=(("resolutoin", "300"),)))
    assert fault_of(events).code == "BAD_SETTINGS"
    assert "resolutoin" in fault_of(events).en
    assert fault_of(events).exit_code == 2
    assert pages(events) == []


@pytest.mark.parametrize("after_s", [0.0, 0.25, 0.6])
def test_a_cancel_is_obeyed_in_time(bench, tmp_path, after_s):
    job = start(bench.endless, bench.slow, tmp_path, reserve_bytes=SMALL_RESERVE)
    threading.Timer(after_s, job.cancel).start()
    begin = time.monotonic()
    events = consume(job)
    assert time.monotonic() - begin < after_s + 5.0
    assert end_of(events) == "cancelled"
    if not bench.uri.startswith("camera:"):  # its first page is there at once
        assert pages(events) == []
    assert [p.page_id for p in journal.replay(tmp_path).pages] == [p.page_id for p in pages(events)]


def test_closing_early_ends_everything(bench, tmp_path):
    with start(bench.endless, bench.slow, tmp_path, reserve_bytes=SMALL_RESERVE) as job:
        next(job)
    assert job.ended.reason == "cancelled"
    assert next(job, None) is None
    job.close()


def test_a_nearly_full_disk_is_not_begun_on(simulated, tmp_path):
    job = start(simulated.uri, simulated.settings, tmp_path, reserve_bytes=1 << 60)
    assert fault_of(consume(job)).code == "DISK_FULL"


def test_a_folder_takes_one_job_at_a_time(simulated, tmp_path):
    with journal.Journal(tmp_path):
        events = consume(simulated.scan(tmp_path))
    assert fault_of(events).code == "BUSY"


def test_a_folder_that_cannot_be_made_is_a_fault(simulated, tmp_path):
    (tmp_path / "file").write_text("")
    assert fault_of(consume(simulated.scan(tmp_path / "file" / "job"))).code == "DISK_ERROR"


def test_bad_requests_start_nothing(tmp_path):
    with pytest.raises(BadRequest, match="scanner"):
        start("scanner", ScanSettings(), tmp_path)
    with pytest.raises(BadRequest, match="dpi"):
        start("sane:test:0", ScanSettings(dpi=99999), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_every_driver_says_whether_it_can_be_used():
    for kind in drivers.KINDS:
        info = drivers.load(kind).available()
        assert info.driver == kind
        assert info.available or (info.reason_vi and info.reason_en)


def test_a_second_user_of_a_device_is_told(sane_config, tmp_path):
    slowly = (("read-delay", "yes"), ("read-delay-duration", "200000"))
    settings = ScanSettings(dpi=600, extra=slowly)
    with start("sane:test:0", settings, tmp_path / "1", reserve_bytes=SMALL_RESERVE) as first:
        while not isinstance(next(first), SheetStarted):
            pass
        second = start("sane:test:0", settings, tmp_path / "2", reserve_bytes=SMALL_RESERVE)
        assert fault_of(consume(second)).code == "BUSY"
    third = start("sane:test:0", ScanSettings(count=1), tmp_path / "3", reserve_bytes=1)
    assert len(pages(consume(third))) == 1


def test_a_busy_journal_raises_for_a_direct_caller(tmp_path):
    with journal.Journal(tmp_path), pytest.raises(DeviceFault) as caught:
        journal.Journal(tmp_path)
    assert caught.value.code == "BUSY"
    assert caught.value.exit_code == 3
