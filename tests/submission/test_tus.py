"""The tus client against the real server, with a proxy between them that does what lines do."""

from __future__ import annotations

import json

import pytest

from desk_app.errors import NotFound, UsageError
from desk_app.submission.adapters import Caps
from desk_app.submission.adapters.tus import CHUNK_MIN, ChunkSize
from desk_app.submission.errors import (
    DamagedInTransit,
    LineBroken,
    NotTheStore,
    OffsetConflict,
    ReceiptMismatch,
    StoreDamaged,
    StoreMisconfigured,
    is_transient,
)
from tests.simulators.proxy import Plan, Proxy
from tests.submission.desk import content
from tests.submission.reference import PDF, connect, key_of, transfer

DATA = content(7, 600_000)
KEY = key_of(DATA)


def last_byte(request):
    """Whether a PATCH ends the file."""
    offset = int(request.headers.get("Upload-Offset", 0))
    return request.method == "PATCH" and request.size and offset + request.size == len(DATA)


def stored(reference, key=KEY):
    path = reference.folder / key
    return path.read_bytes() if path.exists() else None


def receipt_on_disk(reference, key=KEY):
    return (reference.folder / f"{key}.receipt.json").exists()


@pytest.fixture
def hurried(monkeypatch):
    """The same limits of patience, shorter."""
    monkeypatch.setattr("desk_app.submission.transfer.FIRST_PATIENCE_S", 0.8)
    monkeypatch.setattr("desk_app.submission.transfer.PATIENCE_S", 0.8)
    monkeypatch.setattr("desk_app.submission.transfer.WAIT_MAX_S", 0.1)


@pytest.fixture
def through(reference):
    """A client behind a proxy; the test sets the plan."""
    with Proxy(reference.url) as proxy:
        adapter = connect(proxy.url)
        adapter.proxy = proxy
        yield adapter
        adapter.close()


def test_a_file_arrives_with_its_receipt(reference):
    adapter = connect(reference.url)
    receipt = transfer(adapter, DATA).run()
    assert (receipt.key, receipt.sha256, receipt.size) == (KEY, KEY, len(DATA))
    assert stored(reference) == DATA
    assert adapter.stat(KEY).complete
    assert b"".join(adapter.fetch(KEY)) == DATA
    again = transfer(adapter, DATA)
    assert again.run() == receipt
    assert again.sent_bytes == 0
    adapter.close()


def test_the_reference_store_passes_the_probe_and_keeps_one_file_of_it(reference):
    adapter = connect(reference.url)
    assert adapter.probe() == adapter.probe() == Caps(True, 1, True, True, True)
    adapter.close()
    assert len([path for path in reference.folder.iterdir() if len(path.name) == 64]) == 1


def test_an_empty_file(reference):
    adapter = connect(reference.url)
    assert transfer(adapter, b"").run().size == 0
    adapter.close()


def test_a_second_post_leaves_the_stored_file_alone(reference):
    adapter = connect(reference.url)
    transfer(adapter, DATA).run()
    assert not adapter._create(KEY, len(DATA), PDF)
    assert not adapter._create(KEY, 5, PDF)
    adapter._remove(KEY)
    adapter.close()
    assert stored(reference) == DATA


def test_a_lost_last_answer_is_asked_for_again(reference, through):
    dropped = []

    def plan(request):
        if last_byte(request) and not dropped:
            dropped.append(request)
            return Plan(drop_answer=True)
        return Plan()

    through.proxy.plan = plan
    sending = transfer(through, DATA)
    assert sending.run().sha256 == KEY
    assert len(dropped) == 1
    assert stored(reference) == DATA


def test_a_store_killed_before_it_looked_is_made_to_look(reference):
    adapter = connect(reference.url)
    session = adapter.begin(KEY, len(DATA), PDF)
    half = len(DATA) // 2
    adapter.send(session, 0, DATA[:half])
    adapter.close()
    reference.end()
    with (reference.folder / KEY).open("ab") as late:
        late.write(DATA[half:])  # as a kill in the middle of the hook leaves it
    adapter = connect(reference.start())
    assert adapter.stat(KEY).complete
    assert not receipt_on_disk(reference)
    again = transfer(adapter, DATA)
    assert again.run().sha256 == KEY
    assert again.sent_bytes == 0
    adapter.close()


def test_a_flipped_byte_is_never_stored(reference, through):
    through.proxy.plan = lambda request: Plan(flip_at=5 if last_byte(request) else None)
    with pytest.raises(DamagedInTransit):
        transfer(through, DATA).run()
    assert stored(reference) is None
    assert not receipt_on_disk(reference)
    through.proxy.plan = lambda _: Plan()
    assert transfer(through, DATA).run().sha256 == KEY


def test_a_file_that_rotted_in_the_store_is_reported_and_kept(reference):
    adapter = connect(reference.url, verify="both")
    transfer(adapter, DATA).run()
    (reference.folder / KEY).write_bytes(b"x" + DATA[1:])
    with pytest.raises(StoreDamaged):
        transfer(adapter, DATA).run()
    assert stored(reference) == b"x" + DATA[1:]
    adapter.close()


def test_reading_back_needs_no_word_of_the_store(reference, through):
    through._verify = "read_back"
    through.proxy.plan = lambda request: Plan(
        answer=(404, {}, b"") if request.path.endswith("/receipt") else None
    )
    receipt = transfer(through, DATA).run()
    assert receipt.sha256 == KEY
    assert receipt.raw["read_back_at"]


def test_cuts_behind_a_proxy_that_collects_make_the_pieces_smaller(reference, through, hurried):
    cuts = iter([100_000, 50_000, 10_000, 0])

    def plan(request):
        if request.method == "PATCH" and (at := next(cuts, None)) is not None:
            return Plan(cut_at=at)
        return Plan()

    through.proxy.plan = plan
    assert transfer(through, DATA).run().sha256 == KEY
    sizes = [r.size for r in through.proxy.requests if r.method == "PATCH" and r.size]
    assert sizes[:5] == [262_144, 131_072, 65_536, 32_768, CHUNK_MIN]
    assert stored(reference) == DATA


def test_a_proxy_with_a_limit_gets_smaller_pieces(reference, through):
    through.proxy.plan = lambda request: Plan(
        answer=(413, {"Content-Type": "text/html"}, b"<html>") if request.size > 100_000 else None
    )
    assert transfer(through, DATA).run().sha256 == KEY


def test_one_that_takes_nothing_is_a_fault(reference, through):
    through.proxy.plan = lambda request: Plan(answer=(413, {}, b"") if request.size else None)
    with pytest.raises(StoreMisconfigured):
        transfer(through, DATA).run()


def lying(request, **headers):
    return Plan(change=lambda before, body: ({**before, **headers}, body))


def receipt(request, text):
    """In the place of the store's own."""
    return Plan(answer=(200, {}, text.encode())) if request.path.endswith("receipt") else Plan()


OFFSETS = ("PATCH", "HEAD")
LIES = {
    "the offset stands still": (
        lambda r: lying(r, **{"upload-offset": "0"}) if r.method in OFFSETS else Plan(),
        OffsetConflict,
    ),
    "the offset runs ahead": (
        lambda r: lying(r, **{"upload-offset": str(10**9)}) if r.method in OFFSETS else Plan(),
        NotTheStore,
    ),
    "more than the file": (
        lambda r: Plan(answer=(200, {"Upload-Offset": "600001", "Upload-Length": "600000"}, b"")),
        NotTheStore,
    ),
    "all is there, nothing is": (
        lambda r: Plan(answer=(200, {"Upload-Offset": "600000", "Upload-Length": "600000"}, b"")),
        ReceiptMismatch,
    ),
    "another length": (
        lambda r: Plan(answer=(200, {"Upload-Offset": "0", "Upload-Length": "7"}, b"")),
        StoreDamaged,
    ),
    "no offset": (lambda r: Plan(answer=(200, {}, b"")), NotTheStore),
    "odd offset": (lambda r: Plan(answer=(200, {"Upload-Offset": "-1"}, b"")), NotTheStore),
    "letters": (lambda r: Plan(answer=(200, {"Upload-Offset": "1e3"}, b"")), NotTheStore),
    "a page": (
        lambda r: Plan(answer=(200, {"Content-Type": "text/html"}, b"<!DOCTYPE html>login")),
        NotTheStore,
    ),
    "a page for a receipt": (
        lambda r: (
            Plan(answer=(200, {"Content-Type": "text/html"}, b"<html>login</html>"))
            if r.path.endswith("receipt")
            else Plan()
        ),
        NotTheStore,
    ),
    "a redirect": (
        lambda r: Plan(answer=(302, {"Location": "http://127.0.0.1:9/login"}, b"")),
        StoreMisconfigured,
    ),
    "a receipt for another file": (
        lambda r: (
            Plan(answer=(200, {}, json.dumps({"sha256": "0" * 64, "size": len(DATA),
                                              "stored_at": "2026"}).encode()))
            if r.path.endswith("receipt")
            else Plan()
        ),
        ReceiptMismatch,
    ),
    "a receipt of another size": (
        lambda r: (
            Plan(answer=(200, {}, json.dumps({"sha256": KEY, "size": 5,
                                              "stored_at": "2026"}).encode()))
            if r.path.endswith("receipt")
            else Plan()
        ),
        ReceiptMismatch,
    ),
    "a receipt that is none": (
        lambda r: (
            Plan(answer=(200, {}, b'{"sha256": [[]]}')) if r.path.endswith("receipt") else Plan()
        ),
        ReceiptMismatch,
    ),
    "other names": (
        lambda r: (
            Plan(answer=(201, {"Location": "/files/24e533e02ec3bc40c387f1a0e460e216"}, b""))
            if r.method == "POST"
            else Plan()
        ),
        StoreMisconfigured,
    ),
    "no address for a new upload": (
        lambda r: (
            Plan(answer=(201, {"Location": "http://[::1"}, b"")) if r.method == "POST" else Plan()
        ),
        StoreMisconfigured,
    ),
    "a receipt of endless size": (lambda r: receipt(r, f'{{"sha256": "{KEY}", "size": 1e999, '
                                                    '"stored_at": "2026"}'), ReceiptMismatch),
    "a receipt of half a byte too much": (
        lambda r: receipt(r, f'{{"sha256": "{KEY}", "size": 600000.5, "stored_at": "2026"}}'),
        ReceiptMismatch,
    ),
    "a receipt with half a letter": (
        lambda r: receipt(r, f'{{"sha256": "{KEY}", "size": 600000, "stored_at": "2026", '
                             '"store": "\\ud800"}'),
        ReceiptMismatch,
    ),
    "a receipt of no time": (
        lambda r: receipt(r, f'{{"sha256": "{KEY}", "size": 600000, "stored_at": null}}'),
        ReceiptMismatch,
    ),
    "no HTTP": (lambda r: Plan(raw=b"SSH-2.0-OpenSSH_9.2\r\n"), StoreMisconfigured),
    "a line without end": (
        lambda r: Plan(raw=b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000), StoreMisconfigured
    ),
    "an answer without end": (
        lambda r: (
            Plan(answer=(200, {}, b"x" * 1_000_000)) if r.path.endswith("receipt") else Plan()
        ),
        StoreMisconfigured,
    ),
}  # fmt: skip


def test_a_wrong_offset_in_one_answer_is_put_right_by_asking(reference, through):
    through.proxy.plan = lambda r: (
        lying(r, **{"upload-offset": "0"}) if r.method == "PATCH" and r.size else Plan()
    )
    assert transfer(through, DATA).run().sha256 == KEY
    assert stored(reference) == DATA


@pytest.mark.parametrize("lie", LIES)
def test_a_server_that_lies_is_a_fault_in_words(reference, through, lie):
    through.proxy.plan, expected = LIES[lie]
    with pytest.raises(expected) as caught:
        transfer(through, DATA).run()
    fault = caught.value
    assert fault.vi
    assert fault.next_en
    assert "Traceback" not in fault.en + fault.next_en


@pytest.mark.parametrize(
    "plan",
    [
        lambda _: Plan(hang=True),
        lambda _: Plan(cut_at=0),
        lambda _: Plan(answer=(503, {}, b"")),
        lambda r: Plan(hang=r.method == "PATCH"),
    ],
)
def test_a_server_that_is_silent_or_busy_is_given_up_in_time(reference, through, hurried, plan):
    through.wire._answer_s = 0.4
    through.proxy.plan = plan
    with pytest.raises(LineBroken) as caught:
        transfer(through, DATA).run()
    assert is_transient(caught.value)
    assert not receipt_on_disk(reference)


@pytest.mark.parametrize(
    ("asked", "wait_s", "requests"), [("3600", 3600, 1), ("99999999", 3600, 1),
                                      ("Fri, 31 Dec 1999 23:59:59 GMT", 0, 3),
                                      ("soon", 0, 3), ("-5", 0, 3)],
)  # fmt: skip
def test_a_server_that_asks_to_be_left_alone_is(through, hurried, asked, wait_s, requests):
    through.proxy.plan = lambda _: Plan(answer=(429, {"Retry-After": asked}, b""))
    with pytest.raises(LineBroken) as caught:
        transfer(through, DATA).run()
    assert caught.value.wait_s == wait_s
    assert (len(through.proxy.requests) == 1) == (requests == 1)


def test_nobody_listens(hurried):
    adapter = connect("http://127.0.0.1:9/files")
    with pytest.raises(LineBroken, match="refuses"):
        transfer(adapter, DATA).run()


def test_names_and_unknown_files(reference):
    adapter = connect(reference.url)
    with pytest.raises(UsageError):
        adapter.stat("../x")
    with pytest.raises(NotFound):
        list(adapter.fetch("0" * 64))
    adapter.close()


def test_pieces_grow_while_easy_and_shrink_where_breaks_cost():
    size = ChunkSize()
    for _ in range(10):
        size.succeeded(0.1)
    assert size.bytes == 8 << 20
    size.failed(kept=100)
    assert size.bytes == 8 << 20
    for _ in range(20):
        size.failed(kept=0)
    assert size.bytes == CHUNK_MIN
    size.succeeded(9)
    assert size.bytes == CHUNK_MIN
