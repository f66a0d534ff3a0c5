"""A scanner behind SANE's network daemon that hangs or is lost: said in time, and usable again."""

import os
import signal
import threading
import time

from scanners.device import PageLanded, Progress, ScanSettings
from scanners.worker import Deadlines, start
from tests.scanners.streams import SMALL_RESERVE, consume, end_of, fault_of, is_alive, pages
from tests.simulators import saned

SLOWLY = (("read-delay", "yes"), ("read-delay-duration", "20000"))
PATIENT = Deadlines(silence_s=1.5, next_page_s=1.5)


def job_on(landing, deadlines=None, **settings):
    asked = ScanSettings(**{"dpi": 150, "extra": SLOWLY, **settings})
    return start(saned.DEVICE, asked, landing, deadlines=deadlines, reserve_bytes=SMALL_RESERVE)


def disturb(job, daemon, number):
    """Signal the daemon in the middle of the second page and give all events."""
    events = []
    with job:
        for event in job:
            events.append(event)
            if isinstance(event, Progress) and event.sheet == 2 and number:
                assert daemon.signal_children(number) == 1
                number = 0
    assert not is_alive(job.pid)
    return events


def test_a_daemon_that_hangs_is_left_and_works_again(network_scanner, tmp_path):
    begin = time.monotonic()
    events = disturb(job_on(tmp_path, PATIENT), network_scanner, signal.SIGSTOP)
    assert time.monotonic() - begin < 15.0
    fault = fault_of(events)
    assert (fault.code, fault.sheet, fault.pages_safe) == ("NOT_RESPONDING", 2, 1)
    assert len(pages(events)) == 1
    network_scanner.signal_children(signal.SIGKILL)  # somebody switches it off and on
    assert len(pages(consume(job_on(tmp_path, count=1, first_sheet=2, extra=())))) == 1


def test_a_hung_daemon_can_be_cancelled(network_scanner, tmp_path):
    job = job_on(tmp_path)
    stopped = threading.Event()
    with job:
        for event in job:
            if isinstance(event, Progress) and not stopped.is_set():
                network_scanner.signal_children(signal.SIGSTOP)
                stopped.set()
                begin = time.monotonic()
                job.cancel()
            last = event
    assert time.monotonic() - begin < 5.0
    assert last.reason == "cancelled"
    network_scanner.signal_children(signal.SIGKILL)
    assert len(pages(consume(job_on(tmp_path, count=1, extra=())))) == 1


def test_a_daemon_that_is_lost_costs_the_sheet_in_the_machine(network_scanner, tmp_path):
    begin = time.monotonic()
    events = disturb(job_on(tmp_path, PATIENT), network_scanner, signal.SIGKILL)
    assert time.monotonic() - begin < 15.0
    fault = fault_of(events)
    assert fault.code in ("COMM_LOST", "NOT_RESPONDING", "INCOMPLETE_PAGE")
    assert (fault.sheet, fault.resume_at, len(pages(events))) == (2, 2, 1)
    assert end_of(events) in ("device_gone", "worker_lost", "fault")
    rest = consume(job_on(tmp_path, first_sheet=2, count=2, extra=()))
    assert [p.sheet for p in pages(rest)] == [2, 3]


def test_no_daemon_is_a_scanner_that_cannot_be_reached(sane_config, tmp_path):
    (sane_config / "dll.conf").write_text("net\n")
    (sane_config / "net.conf").write_text("connect_timeout = 2\n127.0.0.1\n")
    with saned.turn():  # nobody else's daemon is there
        events = consume(job_on(tmp_path, extra=()))
    assert fault_of(events).code == "OFFLINE"
    assert not [e for e in events if isinstance(e, PageLanded)]
    assert os.environ["SANE_CONFIG_DIR"] == str(sane_config)
