"""The program's end of a worker process: start it, read its lines, end it for certain."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from scanners import wire

END: Literal["end"] = "end"
"""What `next_line` gives when the worker has ended."""

_TAIL = 40
"""Lines of the worker's standard error that are kept."""

_LIBRARY = Path(__file__).resolve().parent.parent


class WorkerProcess:
    """A worker process with one thread that starts it, reads it and reaps it.

    The thread starts the process itself because Linux ends a child with the *thread* that started
    it (PR_SET_PDEATHSIG), and a caller's thread may be short-lived.
    """

    def __init__(self, command: dict[str, Any]) -> None:
        """Start a worker with its command.

        Raises:
            OSError: The process could not be started.
        """
        self._command = command
        self._lines: queue.Queue[bytes | Literal["end"] | None] = queue.Queue()
        self._tail: deque[str] = deque(maxlen=_TAIL)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._reaped = False
        self._failed: OSError | None = None
        started = threading.Event()
        self._reader = threading.Thread(
            target=self._run, args=(started,), name="scanner-worker", daemon=True
        )
        self._reader.start()
        started.wait()
        if self._failed is not None:
            raise self._failed

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._process.pid if self._process else 0

    @property
    def said(self) -> str:
        """The end of what the worker wrote to standard error, and how it ended."""
        code = self._process.returncode if self._process else None
        ending = "" if code is None else f"exit {code}" if code >= 0 else f"signal {-code}"
        return "\n".join((*self._tail, ending)).strip()

    def next_line(self, timeout_s: float) -> bytes | Literal["end"] | None:
        """The next line, END, or None when the time is over or `wake` was called."""
        try:
            line = self._lines.get(timeout=max(0.0, timeout_s))
        except queue.Empty:
            return None
        if line == END:
            self._lines.put(END)
        return line

    def drain(self) -> Iterator[bytes]:
        """The lines that are there, without waiting."""
        while True:
            try:
                line = self._lines.get_nowait()
            except queue.Empty:
                return
            if line == END:
                self._lines.put(END)
                return
            if line is not None:
                yield line

    def wake(self) -> None:
        """Have a waiting `next_line` return None."""
        self._lines.put(None)

    def send(self, message: dict[str, Any]) -> None:
        """Send a message; a worker that has ended does not mind."""
        process = self._process
        if process is None or process.stdin is None:
            return
        with self._lock, contextlib.suppress(OSError, ValueError):
            process.stdin.write(wire.dump(message))
            process.stdin.flush()

    def kill(self) -> None:
        """End the worker and whatever it forked, now."""
        with self._lock:
            if self._process is not None and not self._reaped:
                _kill_group(self._process)

    def join(self, timeout_s: float) -> bool:
        """Wait until the worker has ended and was reaped; False if it has not."""
        self._reader.join(timeout_s)
        return not self._reader.is_alive()

    def end(self, patience_s: float) -> None:
        """Wait for the worker to end by itself for a while, then end it."""
        if not self.join(patience_s):
            self.kill()
            self.join(5.0)  # a process stuck in the kernel cannot be waited for

    def _run(self, started: threading.Event) -> None:
        try:
            self._process = process = _spawn()
        except OSError as error:
            self._failed = error
            started.set()
            return
        listener = threading.Thread(target=self._listen, name="scanner-stderr", daemon=True)
        listener.start()
        self.send(self._command)
        started.set()
        assert process.stdout is not None
        for line in iter(lambda: process.stdout.readline(wire.MAX_LINE), b""):  # type: ignore[union-attr]
            self._lines.put(line)
        self._reap(process)
        listener.join(1.0)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._lines.put(END)

    def _reap(self, process: subprocess.Popen[bytes]) -> None:
        """Reap the worker after whatever it forked was ended, while its number is still its own."""
        if sys.platform != "win32":
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with self._lock:
            _kill_group(process)
            process.wait()
            self._reaped = True

    def _listen(self) -> None:
        process = self._process
        if process is None or process.stderr is None:
            return
        for line in iter(lambda: process.stderr.readline(4096), b""):  # type: ignore[union-attr]
            self._tail.append(line.decode("utf-8", "replace").rstrip())


def _spawn() -> subprocess.Popen[bytes]:
    paths = [str(_LIBRARY), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1"}
    # -P: the working folder may hold a json.py of its own.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "scanners.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
