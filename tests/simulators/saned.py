"""SANE's own network daemon on loopback in front of its test device; to be stopped or killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.simulators.sane import write_config

PORT = 6566
DEVICE = "sane:net:127.0.0.1:test:0"
PROGRAMS = ("/usr/sbin/saned", "/usr/local/sbin/saned")


def program() -> str | None:
    return next((path for path in PROGRAMS if Path(path).exists()), None)


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """The protocol has one port: tests that need it wait for each other, in whatever process."""
    with (Path(tempfile.gettempdir()) / f"desk-tests-port-{PORT}-{os.getuid()}").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def is_port_free() -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            return False
    return True


class Saned:
    """The daemon and the configuration of its clients."""

    def __init__(self, folder: Path) -> None:
        self._server = write_config(folder / "server")
        (self._server / "saned.conf").write_text("127.0.0.1\n")
        self.client = folder / "client"
        self.client.mkdir()
        (self.client / "dll.conf").write_text("net\n")
        (self.client / "net.conf").write_text("connect_timeout = 5\n127.0.0.1\n")

    def __enter__(self) -> Saned:
        environment = os.environ | {"SANE_CONFIG_DIR": str(self._server)}
        self._process = subprocess.Popen(
            [program() or "", "-l", "-b", "127.0.0.1", "-p", str(PORT)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        end = time.monotonic() + 5
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", PORT)) == 0:
                    return self
            time.sleep(0.02)
        raise AssertionError("saned does not listen")

    def signal_children(self, number: int) -> int:
        """Send a signal to the processes that serve a client; how many there were."""
        found = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
                if int(fields[1]) == self._process.pid and fields[0] != "Z":
                    os.kill(int(path.parent.name), number)
                    found += 1
            except (FileNotFoundError, ProcessLookupError):
                continue
        return found

    def __exit__(self, *_: object) -> None:
        self.signal_children(signal.SIGKILL)
        self._process.kill()
        self._process.wait(5)
