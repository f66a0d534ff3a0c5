"""The connection itself: certificates, pace, and servers that drip."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest

from desk_app.submission.errors import LineBroken, StoreMisconfigured, StoreUntrusted
from desk_app.submission.wire import Pace, Wire
from tests.simulators.proxy import Plan, Proxy
from tests.submission.certificates import authority, server_certificate
from tests.submission.desk import content
from tests.submission.reference import connect, key_of, transfer

OK = Plan(answer=(200, {}, b"hello"))


@pytest.fixture
def https(tmp_path):
    """A server with a certificate of an authority of its own."""
    root = authority(tmp_path, "root")
    with Proxy("", lambda _: OK, server_certificate(tmp_path, root, "server")) as proxy:
        proxy.ca = root[0]
        yield proxy


def test_the_right_authority(https):
    wire = Wire(https.url, "kho", ca=https.ca)
    assert wire.request("GET", https.url).body == b"hello"
    wire.close()


def test_another_authority_gets_nothing(https, tmp_path):
    for ca in (authority(tmp_path, "other")[0], None):
        wire = Wire(https.url, "kho", ca=ca)
        with pytest.raises(StoreUntrusted) as caught:
            wire.request("PATCH", https.url, {"Authorization": "Bearer secret"}, b"secret")
        assert "(ca)" in caught.value.next_vi
    assert https.requests == []


def test_a_certificate_file_that_is_none(https, tmp_path):
    (tmp_path / "x.pem").write_text("nonsense")
    for path in (tmp_path / "x.pem", tmp_path / "none.pem"):
        with pytest.raises(StoreMisconfigured, match="cannot be read"):
            Wire(https.url, "kho", ca=path)


def test_http_where_https_is_asked_and_the_other_way_round(https):
    with Proxy("", lambda _: OK) as plain:
        wire = Wire(plain.url.replace("http:", "https:"), "kho", ca=https.ca)
        with pytest.raises(StoreMisconfigured, match="HTTPS"):
            wire.request("GET", plain.url)
    wire = Wire(https.url.replace("https:", "http:"), "kho")
    with pytest.raises((LineBroken, StoreMisconfigured)):
        wire.request("GET", https.url)


def test_redirects_are_not_followed():
    with Proxy("", lambda _: Plan(answer=(307, {"Location": "/other"}, b""))) as proxy:
        wire = Wire(proxy.url, "kho")
        assert wire.request("GET", proxy.url).status == 307
        wire.close()
        assert len(proxy.requests) == 1


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_a_server_that_drips_is_given_up_in_time(start):
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip():
        sock, _ = listener.accept()
        with sock:
            sock.sendall(start)
            while not ended.wait(0.05):
                try:
                    sock.sendall(b"H")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/files"
    started = time.monotonic()
    with pytest.raises(LineBroken, match="does not answer"):
        Wire(url, "kho", answer_s=0.5).request("GET", url)
    assert time.monotonic() - started < 3
    ended.set()
    thread.join(5)
    listener.close()


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"]
)
def test_a_file_that_is_given_back_in_drops_is_given_up_in_time(start):
    def drop(sock, ended):
        sock.sendall(start)
        while not ended.wait(0.05):
            sock.sendall(b"%")

    with dripping(drop) as url:
        wire, started = Wire(url, "kho", answer_s=0.5), time.monotonic()
        with pytest.raises(LineBroken, match="does not answer"):
            list(wire.stream(url, {}))
        assert time.monotonic() - started < 3


@contextlib.contextmanager
def dripping(drop):
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve():
        sock, _ = listener.accept()
        with sock, contextlib.suppress(OSError):
            drop(sock, ended)

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/files"
    ended.set()
    thread.join(5)
    listener.close()


def test_an_unknown_host():
    with pytest.raises(LineBroken, match="not found"):
        Wire("http://kho.invalid/files", "kho").request("GET", "http://kho.invalid/files")


def test_a_connection_that_the_server_closed_is_made_anew():
    with Proxy("", lambda _: OK) as proxy:
        wire = Wire(proxy.url, "kho")
        for _ in range(2):
            assert wire.request("GET", proxy.url).status == 200
            wire._used_at -= 60
        wire.close()


def test_the_bandwidth_limit_holds_for_the_whole_file(reference):
    data = content(3, 500_000)
    adapter = connect(reference.url)
    adapter.wire._pace = Pace(250_000)
    started = time.monotonic()
    assert transfer(adapter, data).run().sha256 == key_of(data)
    assert 1.0 < time.monotonic() - started < 8
    adapter.close()


def test_pace_gives_no_credit_for_a_long_pause():
    now, slept = [0.0], []
    pace = Pace(1000, slept.append, lambda: now[0])
    now[0] = 3600.0
    for _ in range(4):
        pace.take(1000)
    assert sum(slept) >= 2
