"""One kept-alive HTTP/1.1 connection to a store, made for lines that fall silent.

The standard library's client, and not a larger one: what counts here is under it, on the socket.
A flow that a router has forgotten gives silence and no error, so unacknowledged data ends the
connection after `STALL_S`, the kernel takes only a little more than it can send, and no answer may
take longer than its time or be larger than its limit. Redirects are not followed: a token must not
go where a page points.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from desk_app.submission.adapters import Beat, quiet
from desk_app.submission.errors import LineBroken, StoreMisconfigured, StoreUntrusted

CONNECT_S = 6.0
"""A lost SYN is better asked again anew than after the kernel's 7, 15, 31 seconds."""
STALL_S = 10.0
"""Silence on a line with data under way that counts as a break."""
ANSWER_S = 30.0
SLOWEST_BYTES_PER_S = 1000.0
"""A server that gives a file back more slowly than this, over all, drips to hold us."""
IDLE_S = 3.0
"""Servers drop idle connections after some five seconds; ours must not meet that moment."""
MAX_ANSWER = 256 * 1024
PIECE = 64 * 1024
_FAST_PIECE = 1 << 20
_WINDOWS_TCP_MAXRT = 5
_UNTRUSTED = {
    9: "chưa đến ngày có hiệu lực",
    10: "đã hết hạn",
    18: "tự ký",
    19: "chứng thư gốc không được tin cậy",
    20: "không rõ đơn vị cấp",
    62: "cấp cho máy chủ khác",
    64: "cấp cho địa chỉ khác",
}
"""X509_V_ERR codes of OpenSSL (openssl/x509_vfy.h), which speaks English only."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said; the names of the headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_html(self) -> bool:
        """A page for people, from whoever stands between us and the store."""
        start = self.body[:64].lstrip().lower()
        said = self.headers.get("content-type", "").lower()
        return said.startswith("text/html") or start.startswith((b"<!doctype", b"<html"))


class Pace:
    """Holds a sender to so many bytes a second; no credit for idle time beyond a second."""

    def __init__(
        self, bytes_per_s: float, sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.bytes_per_s = bytes_per_s
        self.piece = int(min(PIECE, max(1024, bytes_per_s / 4)))
        self._sleep = sleep
        self._clock = clock
        self._free_at = clock()

    def take(self, count: int) -> None:
        """Wait until so many bytes may go."""
        now = self._clock()
        self._free_at = max(self._free_at, now - 1.0)
        if self._free_at > now:
            self._sleep(self._free_at - now)
        self._free_at += count / self.bytes_per_s


class Wire:
    """Requests to one host, in one thread, over one connection that is made anew after a fault.

    Args:
        url: scheme, host and port are taken from it.
        name: how messages call the store.
        ca: PEM file of the authorities to trust, instead of the system's.
        pace: the bandwidth that may be used.
        answer_s: longest wait for an answer once the request is out.
    """

    def __init__(
        self, url: str, name: str, *, ca: Path | None = None, pace: Pace | None = None,
        answer_s: float = ANSWER_S,
    ) -> None:  # fmt: skip
        self.name = name
        self.sent = 0
        """Bytes of bodies handed to the network, with what had to be sent twice."""
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port
        self._tls = _trusting(ca, name) if parts.scheme == "https" else None
        self._pace = pace
        self._answer_s = answer_s
        self._conn: http.client.HTTPConnection | None = None
        self._used_at = 0.0

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None,
        body: bytes | memoryview | None = None, *,
        beat: Beat = quiet, extra_s: float = 0.0,
    ) -> Answer:  # fmt: skip
        """One request and its whole answer.

        Args:
            method: GET, HEAD, POST, PATCH or DELETE.
            url: absolute, on this host; its path and query are used.
            headers: beside Host and Content-Length.
            body: bytes to send.
            beat: told of the bytes of the body that were handed over.
            extra_s: how much longer than usual the answer may take.

        Raises:
            LineBroken: no answer; the request may or may not have been carried out.
            StoreUntrusted: the server's certificate is not one that we trust.
            StoreMisconfigured: what answers does not speak HTTP, or speaks without end.
        """
        with self._faults():
            conn = self._open()
            self._send(conn, method, url, dict(headers or {}), body, beat)
            answer = self._receive(conn, self._answer_s + extra_s)
        self._used_at = time.monotonic()
        return answer

    def stream(self, url: str, headers: Mapping[str, str]) -> Iterator[bytes]:
        """The body of a GET of any size, in pieces; for a stored file that is read back.

        Raises:
            LineBroken: the answer is not 200 or breaks off.
        """
        with self._faults():
            conn = self._open()
            self._send(conn, "GET", url, dict(headers), None, quiet)
            assert conn.sock is not None
            conn.sock.settimeout(self._answer_s)
            ends = time.monotonic() + self._answer_s
            with _in_time(conn.sock, self._answer_s):
                response = conn.getresponse()
            with contextlib.closing(response):
                if response.status != 200:
                    self.close()
                    raise self._broken(f"HTTP {response.status}", f"HTTP {response.status}")
                while piece := response.read1(_FAST_PIECE):
                    yield piece
                    ends += len(piece) / SLOWEST_BYTES_PER_S
                    if time.monotonic() > ends:
                        raise TimeoutError
        self._used_at = time.monotonic()

    def close(self) -> None:
        """Drop the connection; the next request makes a new one."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None

    def _open(self) -> http.client.HTTPConnection:
        if self._conn is not None and (
            self._conn.sock is None or time.monotonic() - self._used_at > IDLE_S
        ):
            self.close()
        if self._conn is None:
            self._conn = self._connection()
            self._conn.connect()
            _harden(self._conn.sock)
        return self._conn

    def _connection(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=CONNECT_S)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=CONNECT_S, context=self._tls
        )

    def _send(
        self, conn: http.client.HTTPConnection, method: str, url: str, headers: dict[str, str],
        body: bytes | memoryview | None, beat: Beat,
    ) -> None:  # fmt: skip
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        conn.sock.settimeout(STALL_S + 5)
        conn.putrequest(method, path)  # says that no coding is wanted: without it any may come
        if body is not None:
            headers["Content-Length"] = str(len(body))
        for name, value in headers.items():
            conn.putheader(name, value)
        conn.endheaders()
        if body is not None:
            self._send_body(conn.sock, memoryview(body), beat)

    def _send_body(self, sock: socket.socket, body: memoryview, beat: Beat) -> None:
        """In pieces, each with the socket's patience to itself: `sendall` counts all of it."""
        step = self._pace.piece if self._pace else PIECE
        at = 0
        while at < len(body):
            started = time.monotonic()
            piece = body[at : at + step]
            if self._pace:
                self._pace.take(len(piece))
            sock.sendall(piece)
            at += len(piece)
            self.sent += len(piece)
            beat(at)
            if not self._pace and time.monotonic() - started < 0.02:
                step = min(2 * step, _FAST_PIECE)

    def _receive(self, conn: http.client.HTTPConnection, answer_s: float) -> Answer:
        """The answer, all of it in its time: a server that drips must not hold us."""
        conn.sock.settimeout(answer_s)
        # A connection that ends with its answer belongs to the answer: it must be closed too.
        with _in_time(conn.sock, answer_s), contextlib.closing(conn.getresponse()) as response:
            body = response.read(MAX_ANSWER + 1)
            is_whole = response.isclosed()
        headers = {name.lower(): value for name, value in response.getheaders()}
        if len(body) > MAX_ANSWER or not is_whole:
            self.close()
        if len(body) > MAX_ANSWER:
            raise StoreMisconfigured(
                store=self.name, vi_detail="câu trả lời dài bất thường",
                en_detail="its answer is far too long",
            )  # fmt: skip
        return Answer(response.status, headers, body)

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        """Turn what the network says into words; after any fault the connection is a new one."""
        try:
            yield
        except BaseException as fault:
            self.close()
            if isinstance(fault, OSError | http.client.HTTPException):
                raise self._worded(fault) from fault
            raise

    def _worded(self, fault: Exception) -> Exception:
        if isinstance(fault, ssl.SSLCertVerificationError):
            vi = _UNTRUSTED.get(fault.verify_code, f"mã {fault.verify_code}")
            return StoreUntrusted(store=self.name, reason=fault.verify_message, reason_vi=vi)
        if isinstance(fault, ssl.SSLError) and fault.reason in _NOT_TLS:
            return StoreMisconfigured(
                store=self.name, vi_detail="máy chủ không nói HTTPS ở địa chỉ này",
                en_detail="the server does not speak HTTPS at this address",
            )  # fmt: skip
        if isinstance(fault, _NOT_HTTP) and not isinstance(fault, ConnectionError):
            return StoreMisconfigured(
                store=self.name, vi_detail="máy chủ không nói HTTP ở địa chỉ này",
                en_detail="the server does not speak HTTP at this address",
            )  # fmt: skip
        return self._broken(*_words(fault, self._host))

    def _broken(self, vi: str, en: str) -> LineBroken:
        return LineBroken(store=self.name, vi_detail=vi, en_detail=en)


@contextlib.contextmanager
def _in_time(sock: socket.socket, seconds: float) -> Iterator[None]:
    """Cut the line where all of it takes longer: the socket's own patience is for each byte."""
    overdue = threading.Event()

    def cut() -> None:
        overdue.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    watch = threading.Timer(seconds, cut)
    watch.daemon = True
    watch.start()
    try:
        yield
    except (OSError, http.client.HTTPException) as fault:
        if overdue.is_set():
            raise TimeoutError from fault
        raise
    finally:
        watch.cancel()
    if overdue.is_set():
        raise TimeoutError


_NOT_HTTP = (
    http.client.BadStatusLine, http.client.UnknownProtocol, http.client.LineTooLong,
)  # fmt: skip
"""A connection that closed without an answer is a BadStatusLine and a ConnectionError at once."""
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "RECORD_LAYER_FAILURE")


def _words(fault: Exception, host: str) -> tuple[str, str]:
    if isinstance(fault, socket.gaierror):
        return f"không tìm thấy máy chủ {host}", f"the server {host} is not found"
    if isinstance(fault, TimeoutError):
        return "máy chủ không trả lời", "the server does not answer"
    if isinstance(fault, ConnectionRefusedError):
        return "máy chủ từ chối kết nối", "the server refuses the connection"
    return "đường truyền bị ngắt", "the connection broke"


def _trusting(ca: Path | None, name: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(ca) if ca else None)
    except OSError as fault:  # ssl.SSLError is one
        raise StoreMisconfigured(
            store=name, vi_detail=f"không đọc được tệp chứng thư {ca}",
            en_detail=f"the certificate file {ca} cannot be read",
        ) from fault  # fmt: skip
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _harden(sock: socket.socket) -> None:
    """Make silence an error; each option where the system has it."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if sys.platform == "win32":
        _try(sock, _WINDOWS_TCP_MAXRT, int(STALL_S))
        return
    for option, value in (
        ("TCP_USER_TIMEOUT", int(STALL_S * 1000)),
        ("TCP_KEEPIDLE", 4), ("TCP_KEEPINTVL", 3), ("TCP_KEEPCNT", 3),
        # Else the kernel swallows megabytes and a broken line shows itself minutes later.
        ("TCP_NOTSENT_LOWAT", 2 * PIECE),
        # Loss on a radio line is no congestion: twice as fast where the system lets us.
        ("TCP_CONGESTION", b"bbr"),
    ):  # fmt: skip
        if (number := getattr(socket, option, None)) is not None:
            _try(sock, number, value)


def _try(sock: socket.socket, option: int, value: int | bytes) -> None:
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, option, value)
