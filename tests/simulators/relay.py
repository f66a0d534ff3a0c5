"""A line between the desk and a store: counts what passes, can be slow, and breaks when told."""

from __future__ import annotations

import contextlib
import socket
import threading
import time


class Relay:
    """Passes TCP on to a port of this computer.

    Args:
        port: where the store listens; may change while the relay stands.
        bytes_per_s: pace towards the store; 0 is unlimited.
    """

    def __init__(self, port: int, bytes_per_s: float = 0):
        self.target = port
        self.bytes_per_s = bytes_per_s
        self.up = 0
        """Bytes passed towards the store."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Relay:
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in (self._thread, *self._threads):
            thread.join(10)

    def cut(self) -> None:
        """Break every connection that is open."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for sock in (each for pair in pairs for each in pair):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target), 5)
            except OSError:
                near.close()
                continue
            with self._lock:
                self._pairs.append((near, far))
            done = threading.Barrier(2)
            for source, sink, up in ((near, far, True), (far, near, False)):
                thread = threading.Thread(target=self._pass, args=(source, sink, up, done))
                self._threads.append(thread)
                thread.start()

    def _pass(self, source, sink, up, done):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if up:
                    self.up += len(data)
                    if self.bytes_per_s:
                        time.sleep(len(data) / self.bytes_per_s)
                sink.sendall(data)
        for sock in (source, sink):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(threading.BrokenBarrierError):
            done.wait(10)
        source.close()
