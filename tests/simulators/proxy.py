"""A proxy in front of a store that collects whole requests, cuts, drops, flips and lies."""

from __future__ import annotations

import contextlib
import http.client
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Plan:
    """What happens to one request; by default it is passed on as it is."""

    cut_at: int | None = None
    """The line breaks after so many bytes of the body; nothing of it reaches the store."""
    flip_at: int | None = None
    """One bit of this byte of the body is turned."""
    answer: tuple[int, dict[str, str], bytes] | None = None
    """Given in the store's place."""
    take: Callable | None = None
    """Makes the answer from the request and its body."""
    raw: bytes | None = None
    """Given in the store's place, as bytes on the line."""
    hang: bool = False
    """No answer, until the client goes away."""
    drop_answer: bool = False
    """The store does its work; nobody hears of it."""
    change: Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]] | None = None
    """What becomes of the headers and the body of the answer."""


@dataclass
class Request:
    """What a client asked."""

    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    size: int


def as_it_is(_: Request) -> Plan:
    return Plan()


class Proxy:
    """An HTTP server that passes requests on to a store, or does not.

    Args:
        upstream: address of the store's endpoint; may be empty where every answer is planned.
        plan: decides for each request.
        certificate: PEM files of a certificate and its key, to be reached by https.
    """

    def __init__(self, upstream: str, plan=as_it_is, certificate=None):
        self.upstream = urlsplit(upstream)
        self.plan = plan
        self.requests: list[Request] = []
        self.ending = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            scheme = "https"
        path = self.upstream.path or "/files"
        self.port = self._server.server_address[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}{path}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def count(self, method: str) -> int:
        return sum(request.method == method for request in self.requests)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        """Clients that go away are what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def _serve(self):
        proxy = self.server.proxy
        size = int(self.headers.get("Content-Length") or 0)
        request = Request(self.command, self.path, dict(self.headers), size)
        proxy.requests.append(request)
        plan = proxy.plan(request)
        if plan.cut_at is not None:
            self.rfile.read(min(size, plan.cut_at))
            return self._cut()
        body = bytearray(self.rfile.read(size))
        if plan.flip_at is not None and body:
            body[plan.flip_at] ^= 1
        if plan.hang:
            proxy.ending.wait(20)
            return self._cut()
        if plan.raw is not None:
            self.wfile.write(plan.raw)
            return self._cut()
        if plan.take is not None:
            plan.answer = plan.take(request, bytes(body))
        status, headers, said = plan.answer or self._ask(proxy, bytes(body))
        if plan.drop_answer:
            return self._cut()
        if plan.change is not None:
            headers, said = plan.change(headers, said)
        return self._answer(status, headers, said)

    def _ask(self, proxy, body):
        conn = http.client.HTTPConnection(proxy.upstream.hostname, proxy.upstream.port, timeout=30)
        with contextlib.closing(conn):
            headers = {k: v for k, v in self.headers.items() if k.lower() != "host"}
            conn.request(self.command, self.path, body, headers)
            answer = conn.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def _answer(self, status, headers, said):
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("connection", "transfer-encoding", "content-length", "date"):
                self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    def _cut(self):
        self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = _serve

    def log_message(self, *_):
        """Nothing on the terminal."""
