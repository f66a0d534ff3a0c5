"""Servers on loopback ports: a timestamp authority with its faults, and revocation lists."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def serving(authority, mode="good", port=0):
    """Serve ``authority``; modes: good, error, html, slow (drips), huge, hang."""
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            query = self.rfile.read(int(self.headers["Content-Length"]))
            if mode == "hang":
                ended.wait(5)
                self.close_connection = True
                return
            status = 500 if mode == "error" else 200
            kind = "text/html" if mode == "html" else "application/timestamp-reply"
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            for piece in self.pieces(query):
                try:
                    self.wfile.write(piece)
                    self.wfile.flush()
                except OSError:
                    return

        def pieces(self, query):
            if mode == "good":
                yield authority.request(query)
            elif mode == "huge":
                for _ in range(64):
                    yield bytes(65536)
            elif mode == "slow":
                while not ended.is_set():
                    yield b"0"
                    time.sleep(0.05)
            else:
                yield b"<html>"

        def log_message(self, *_):
            pass

    with _running(Handler, port) as url:
        try:
            yield f"{url}/tsa"
        finally:
            ended.set()


@contextmanager
def publishing(files, asked, port=0):
    """Serve ``files`` by name with GET; every name asked for is appended to ``asked``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.strip("/")
            asked.append(name)
            self.send_response(200 if name in files else 404)
            self.send_header("Content-Type", "application/pkix-crl")
            self.end_headers()
            self.wfile.write(files.get(name, b""))

        def log_message(self, *_):
            pass

    with _running(Handler, port) as url:
        yield url


@contextmanager
def _running(handler, port=0):
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = False  # so that closing waits for them
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
