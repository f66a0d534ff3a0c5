"""What every driver owes, run against each driver that can run here."""

import threading
import time
from dataclasses import dataclass

import pytest

from scanners import drivers, journal
from scanners.device import Applied, Opened, PaperState, ScanSettings, SheetStarted
from scanners.errors import BadRequest, DeviceFault
from scanners.worker import start
from tests.scanners.streams import SMALL_RESERVE, consume, end_of, fault_of, pages


@dataclass
class Bench:
    uri: str
    endless: str
    """A device with more paper than will be fed in time."""
    slow: ScanSettings
    """Settings under which one page takes seconds."""
    settings: ScanSettings

    def scan(self, landing, **changes):
        from dataclasses import replace

        settings = replace(self.settings, **changes)
        return start(self.uri, settings, landing, reserve_bytes=SMALL_RESERVE)


@pytest.fixture(params=["simulated", "sane"])
def bench(request, stack):
    if request.param == "simulated":
        settings = ScanSettings(dpi=75)
        return Bench(f"simulated:{stack}", f"simulated:{stack}?ppm=10", settings, settings)
    request.getfixturevalue("sane_config")
    slowly = (("read-delay", "yes"), ("read-delay-duration", "200000"))
    return Bench(
        "sane:test:0",
        "sane:test:0",
        ScanSettings(dpi=600, extra=slowly),
        ScanSettings(dpi=75),
    )


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
    assert [p.page_id for p in journal.replay(tmp_path).pages] == [p.page_id for p in pages(events)]


def test_closing_early_ends_everything(bench, tmp_path):
    with start(bench.endless, bench.slow, tmp_path, reserve_bytes=SMALL_RESERVE) as job:
        next(job)
    assert job.ended.reason == "cancelled"
    assert next(job, None) is None
    job.close()


def test_a_nearly_full_disk_is_not_begun_on(bench, tmp_path):
    job = start(bench.uri, bench.settings, tmp_path, reserve_bytes=1 << 60)
    assert fault_of(consume(job)).code == "DISK_FULL"


def test_a_folder_takes_one_job_at_a_time(bench, tmp_path):
    with journal.Journal(tmp_path):
        events = consume(bench.scan(tmp_path))
    assert fault_of(events).code == "BUSY"


def test_a_folder_that_cannot_be_made_is_a_fault(bench, tmp_path):
    (tmp_path / "file").write_text("")
    assert fault_of(consume(bench.scan(tmp_path / "file" / "job"))).code == "DISK_ERROR"


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
