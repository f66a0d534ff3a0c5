"""What every stream of events has to hold, whatever the driver."""

import hashlib
import json
import os

from PIL import Image

from scanners import ids, journal
from scanners.device import Ended, FileRefused, PageLanded, ScanFault

SMALL_RESERVE = 1 << 20


def consume(job):
    """All events of a job, each page checked on disk at the moment it is announced."""
    events = []
    with job:
        for event in job:
            if isinstance(event, PageLanded):
                check_landed(event, job.landing)
            events.append(event)
    check_stream(events)
    assert not is_alive(job.pid)
    return events


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def check_landed(page, landing):
    data = page.path.read_bytes()
    assert page.path.parent == landing
    assert hashlib.sha256(data).hexdigest() == page.sha256
    assert len(data) == page.bytes > 0
    assert ids.is_ulid(page.page_id)
    with Image.open(page.path) as image:
        image.load()
        assert image.size == (page.width_px, page.height_px)
    lines = (landing / journal.JOURNAL_NAME).read_bytes().splitlines()
    assert page.page_id in {json.loads(line).get("page_id") for line in lines}


def check_stream(events):
    assert [type(e) for e in events].count(Ended) == 1
    assert isinstance(events[-1], Ended)
    landed = pages(events)
    assert events[-1].images == len(landed) == len({p.page_id for p in landed})
    assert [p.page_id for p in landed] == sorted(p.page_id for p in landed)
    fault = fault_of(events)
    if fault is not None:
        assert fault.vi
        assert fault.en
        assert fault.next_vi
        assert fault.next_en
        assert "{" not in fault.vi + fault.en + fault.next_vi + fault.next_en


def pages(events):
    return [e for e in events if isinstance(e, PageLanded)]


def fault_of(events):
    return next((e.fault for e in events if isinstance(e, ScanFault)), None)


def refusals(events):
    return [e for e in events if isinstance(e, FileRefused)]


def end_of(events):
    return events[-1].reason
