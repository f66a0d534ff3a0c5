"""HTTP to a network scanner: every wait bounded, every answer bounded, no answer believed.

One connection a request: devices differ too much in what they leave in a kept one.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

from scanners.drivers import escl_trust
from scanners.drivers.escl_xml import MAX_XML
from scanners.errors import BadRequest

CONNECT_S = 6.0
ANSWER_S = 10.0
"""For a whole small answer."""
SILENCE_S = 25.0
"""Within a page, between two bytes; shorter than the program's own deadline."""
MAX_PAGE_S = 600.0
MAX_DOCUMENT = 300 << 20
"""Longest answer to NextDocument, in bytes."""
HEAD = 1 << 16
_PIECE = 1 << 16


class Trouble(Exception):
    """A request that brought no usable answer."""


class Unreachable(Trouble):
    """Nobody answers at the address."""


class Silent(Trouble):
    """Connected, but no answer in time."""

    def __init__(self, what: str, seconds: float = 0.0) -> None:
        super().__init__(f"{what} within {seconds:g} s")
        self.seconds = seconds


class Cut(Trouble):
    """The connection ended within an answer, or the answer is no HTTP."""


class TooLong(Trouble):
    """The answer is longer than anything that was asked for."""


@dataclass(frozen=True, slots=True)
class Base:
    """The address of a scanner."""

    scheme: str
    host: str
    port: int
    root: str
    """Path of its eSCL resources, without the last slash."""

    def __str__(self) -> str:
        """The address as a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.root}"


def is_plain(text: str) -> bool:
    """Whether a path or address may stand in a request as it is: nothing in it ends the line."""
    return text.isascii() and text.isprintable() and " " not in text


def parse_base(text: str) -> Base:
    """The address in `http(s)://HOST[:PORT][/eSCL]`.

    Raises:
        BadRequest: It is none.
    """
    wrong = BadRequest("BAD_DEVICE", detail=f"escl:{text[:80]} (escl:http://HOST:PORT/eSCL)")
    try:
        parts = urlsplit(text)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError as error:
        raise wrong from error
    odd = parts.query or parts.fragment or "@" in parts.netloc
    if scheme not in ("http", "https") or not host or odd or not is_plain(text) or port == 0:
        raise wrong
    root = parts.path.rstrip("/")
    return Base(scheme, host, port or (443 if scheme == "https" else 80), root or "/eSCL")


@dataclass(frozen=True, slots=True)
class Reply:
    """A small answer."""

    status: int
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def retry_after_s(self) -> float:
        """How long the device asks to be left alone, 1 s unless it says so, 20 s at most."""
        text = self.headers.get("retry-after", "")
        return min(max(float(text), 0.2), 20.0) if text.isascii() and text.isdigit() else 1.0


class _PinnedConnection(http.client.HTTPSConnection):
    """A TLS connection that is compared with the remembered certificate before anything is sent."""

    def __init__(
        self, host: str, port: int, timeout_s: float, found: Callable[[escl_trust.Pin], None]
    ) -> None:
        super().__init__(host, port, timeout=timeout_s, context=escl_trust.context())
        self._found = found

    def connect(self) -> None:
        super().connect()
        assert isinstance(self.sock, ssl.SSLSocket)
        self._found(escl_trust.check(self.sock, self.host, self.port))


class Line:
    """The way to one scanner."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.host_header = ""
        self.pin: escl_trust.Pin | None = None
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def ask(
        self, method: str, path: str, body: bytes | None = None, *, within_s: float = ANSWER_S
    ) -> Reply:
        """A request with a small answer.

        Raises:
            Trouble: No usable answer.
            DeviceFault: CERTIFICATE_CHANGED.
        """
        with self._request(method, path, body, within_s) as (answer, guard):
            return _reply(answer, guard)

    @contextlib.contextmanager
    def document(self, path: str, within_s: float) -> Iterator[Document | Reply]:
        """Ask for a page: a document if the answer is 200, else the small answer.

        Raises:
            Trouble: No usable answer.
        """
        with self._request("GET", path, None, within_s) as (answer, guard):
            if answer.status == 200:
                guard.renew(MAX_PAGE_S)
                yield Document(answer, guard)
            else:
                yield _reply(answer, guard)

    def interrupt(self) -> None:
        """End the request that is under way, from any thread."""
        with self._lock:
            if self._socket is not None:
                _shut(self._socket)

    @contextlib.contextmanager
    def _request(
        self, method: str, path: str, body: bytes | None, within_s: float
    ) -> Iterator[tuple[http.client.HTTPResponse, _Guard]]:
        connection = self._connection(min(CONNECT_S, within_s))
        try:
            _connect(connection, f"{method} {path}")
            with self._lock:
                self._socket = connection.sock
            with _Guard(connection.sock, within_s) as guard:
                connection.sock.settimeout(min(SILENCE_S, within_s))
                with guard.watching(f"{method} {path}"):
                    answer = self._send(connection, method, path, body)
                yield answer, guard
        finally:
            with self._lock:
                self._socket = None
            connection.close()

    def _connection(self, timeout_s: float) -> http.client.HTTPConnection:
        if self.base.scheme == "https":
            return _PinnedConnection(self.base.host, self.base.port, timeout_s, self._keep)
        return http.client.HTTPConnection(self.base.host, self.base.port, timeout=timeout_s)

    def _keep(self, pin: escl_trust.Pin) -> None:
        self.pin = pin

    def _send(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None
    ) -> http.client.HTTPResponse:
        headers = {"Connection": "close", "Accept": "*/*"}
        if self.host_header:
            headers["Host"] = self.host_header
        if body is not None:
            headers["Content-Type"] = "text/xml"
        connection.request(method, path, body, headers)
        return connection.getresponse()


def _connect(connection: http.client.HTTPConnection, where: str) -> None:
    try:
        connection.connect()
    except ssl.SSLError as error:
        raise Cut(f"{where}: {error}"[:300]) from error
    except (OSError, ValueError) as error:
        raise Unreachable(f"{where}: {error}"[:300]) from error


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # Not the TLS socket's own: that one takes the stream from under a reading thread.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _Guard:
    """Ends a connection when its time is over: a socket's own timeout restarts with each byte."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock = sock
        self.is_over = False
        self._start(seconds)

    def _start(self, seconds: float) -> None:
        self.seconds = seconds
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def renew(self, seconds: float) -> None:
        """Give more time."""
        self._timer.cancel()
        self._start(seconds)

    def _end(self) -> None:
        self.is_over = True
        _shut(self._sock)

    @contextlib.contextmanager
    def watching(self, what: str) -> Iterator[None]:
        """Give what goes wrong on the connection its name."""
        try:
            yield
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            if self.is_over or isinstance(error, TimeoutError):
                raise Silent(what, min(self.seconds, SILENCE_S)) from error
            raise Cut(f"{what}: {type(error).__name__} {error}"[:300]) from error

    def __enter__(self) -> _Guard:
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def _plain(answer: http.client.HTTPResponse, source: Callable[[int], bytes]) -> _Inflating | None:
    """What undoes the answer's compression: asked for plain bytes, some servers compress."""
    coding = (answer.getheader("Content-Encoding") or "identity").strip().lower()
    if coding in ("gzip", "x-gzip", "deflate"):
        return _Inflating(source)
    if coding not in ("", "identity"):
        raise Cut(f"Content-Encoding {coding[:40]}")
    return None


class _Inflating:
    """Inflates a stream, never more than a piece at a time."""

    def __init__(self, source: Callable[[int], bytes]) -> None:
        self._source = source
        self._engine = zlib.decompressobj(wbits=47)  # gzip or zlib, by their first bytes
        self._rest = b""

    def read(self, most: int) -> bytes:
        """The next bytes; empty at the end.

        Raises:
            Cut: The stream ends before its end.
            zlib.error: It is damaged.
        """
        while not self._engine.eof:
            self._rest = self._rest or self._source(most)
            if not self._rest:
                raise Cut("the compressed answer is not whole")
            data = self._engine.decompress(self._rest, most)
            self._rest = self._engine.unconsumed_tail
            if data:
                return data
        return b""


def _small(answer: http.client.HTTPResponse) -> bytes:
    """As much of a small answer as shows whether it is one."""
    unpack = _plain(answer, answer.read1)
    if unpack is None:
        return answer.read(MAX_XML + 1)
    data = b""
    while len(data) <= MAX_XML and (piece := unpack.read(_PIECE)):
        data += piece
    return data


def _reply(answer: http.client.HTTPResponse, guard: _Guard) -> Reply:
    with guard.watching("answer"):
        data = _small(answer)
    if guard.is_over:
        raise Silent("answer", guard.seconds)
    if len(data) > MAX_XML:
        raise TooLong(f"more than {MAX_XML} bytes")
    headers = {name.lower(): value.strip() for name, value in answer.getheaders()}
    return Reply(answer.status, headers, data)


class Document:
    """A page on its way: its beginning is here, the rest is read when it is copied."""

    def __init__(self, answer: http.client.HTTPResponse, guard: _Guard) -> None:
        self._answer, self._guard = answer, guard
        self.length = answer.length
        """Bytes that it should have; None if the device does not say."""
        if self.length is not None and self.length > MAX_DOCUMENT:
            raise TooLong(f"{self.length} bytes")
        self.read = 0
        self._given = 0
        self._unpack = _plain(answer, self._from_wire)
        self.head = b""
        while len(self.head) < HEAD and (piece := self._piece()):
            self.head += piece

    def _piece(self) -> bytes:
        if self._unpack is None:
            return self._from_wire(_PIECE)
        with self._guard.watching("page"):
            piece = self._unpack.read(_PIECE)
        self._given += len(piece)
        if self._given > MAX_DOCUMENT:
            raise TooLong(f"more than {MAX_DOCUMENT} bytes")
        return piece

    def _from_wire(self, most: int) -> bytes:
        with self._guard.watching("page"):
            piece = self._answer.read1(most)
        self.read += len(piece)
        if self.read > MAX_DOCUMENT:
            raise TooLong(f"more than {MAX_DOCUMENT} bytes")
        if not piece and self._guard.is_over:
            raise Silent("page", self._guard.seconds)
        if not piece and self.length_missing:
            raise Cut(f"{self.read} of {self.length} bytes")
        return piece

    @property
    def length_missing(self) -> bool:
        """Whether bytes that were announced have not come."""
        return self.length is not None and self.read < self.length

    def copy_to(self, file: BinaryIO, each: Callable[[float | None], None]) -> None:
        """Copy all of it, once; `each` hears the share that has come, None if that is not known.

        Raises:
            Trouble: The rest does not come.
            OSError: The file cannot be written.
        """
        piece = self.head
        while piece:
            file.write(piece)
            each(self.read / self.length if self.length else None)
            piece = self._piece()
