"""Look at files in a process of its own, kept for a batch and ended when a page is hostile.

A renderer is a large program fed with foreign bytes, and the process that signs holds the
officer's session with the token. So the renderer runs beside it, without any secret and with
limits on time and memory: a page that makes it crash or spin costs only the look.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from multiprocessing import util
from pathlib import Path
from typing import Any

from signing.appearance.ground import RenderedGround
from signing.appearance.placing import Box
from signing.errors import FileUnreadable
from signing.mending import mend

_LIBRARY = Path(__file__).resolve().parents[2]
_CPU_S = 10
"""Processor time for one file; a page is looked at in some hundredths."""
_WALL_S = 40.0
_MEMORY = 2 << 30


class BoundedGround:
    """What is printed on the pages of a file, as :class:`RenderedGround` sees it from afar.

    A context manager; one file at a time is looked at, by one child process for all.
    """

    unseen: bool
    """True when looking had to be given up; the rest of the file counts as clear."""

    def __init__(self, src: Path) -> None:
        self._src = src
        self._is_open = False
        self.unseen = False

    def __enter__(self) -> BoundedGround:
        _turn.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._is_open and not self.unseen:
                self._ask({"close": True})
        finally:
            _turn.release()

    def ink(self, page: int, box: Box) -> float:
        """Share of inked pixels in a box, 0 to 1; 0 where the page cannot be looked at."""
        found = self._ask({"page": page, "box": box})
        return float(found["ink"]) if found else 0.0

    def name(self, text: str) -> tuple[int, Box] | None:
        """Page and box of the last place where a text is printed, as the reader sees it."""
        found = self._ask({"name": text})
        if not found or found["box"] is None:
            return None
        left, top, right, bottom = found["box"]
        return int(found["page"]), (left, top, right, bottom)

    def _ask(self, question: dict[str, Any]) -> dict[str, Any] | None:
        """The child's answer; None from the moment on that it was given up."""
        if self.unseen:
            return None
        if not self._is_open:
            question = {"open": str(self._src.absolute()), "cpu_s": _CPU_S, **question}
            self._is_open = True
        answer = _child.ask(question)
        if answer is None:
            self.unseen = True
        elif answer.get("unreadable"):
            raise FileUnreadable("it cannot be shown", "không hiển thị được", file=self._src.name)
        return answer


def mended(src: Path, dst: Path) -> bool:
    """:func:`signing.mending.mend` in the process that may crash; False when it did."""
    with _turn:
        question = {"mend": str(src.absolute()), "to": str(dst.absolute()), "cpu_s": _CPU_S}
        answer = _child.ask(question)
    return bool(answer and answer["mended"])


class _Child:
    """The process that looks; started when it is needed, anew after one that was given up."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, question: dict[str, Any]) -> dict[str, Any] | None:
        """One question, one answer; None when the process died over it or took too long."""
        process = self._process or self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        watch = threading.Timer(_WALL_S, process.kill)
        watch.start()
        try:
            process.stdin.write(json.dumps(question).encode("utf-8") + b"\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            return answer
        except (OSError, ValueError):
            self.end()
            return None
        finally:
            watch.cancel()

    def _started(self) -> subprocess.Popen[bytes]:
        paths = [str(_LIBRARY), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "signing.appearance.lookout"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        )
        # Runs at the end of a main program and of the signing process alike; atexit does not.
        util.Finalize(None, self.end, exitpriority=10)
        return self._process

    def end(self) -> None:
        """End the process; it holds nothing that could be lost."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


_child = _Child()
_turn = threading.Lock()


# --- in the process ----------------------------------------------------------------------------


def _answer(ground: RenderedGround, question: dict[str, Any]) -> dict[str, Any]:
    try:
        if "name" in question:
            found = ground.name(question["name"])
            return {"page": found[0], "box": found[1]} if found else {"box": None}
        left, top, right, bottom = question["box"]
        return {"ink": ground.ink(question["page"], (left, top, right, bottom))}
    except FileUnreadable:
        return {"unreadable": True}


def _limit(seconds: int) -> None:
    """What the next file may use; Windows leaves it to the parent's watch."""
    if sys.platform == "win32":
        return
    import resource

    spent = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(spent.ru_utime + spent.ru_stime) + seconds
    for kind, most in ((resource.RLIMIT_CPU, soft), (resource.RLIMIT_AS, _MEMORY)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Answer questions until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's to handle
    ground: RenderedGround | None = None
    for line in sys.stdin.buffer:
        question = json.loads(line)
        answer: dict[str, Any] = {}
        if "open" in question:
            _limit(question["cpu_s"])
            ground = RenderedGround(Path(question["open"]))
        if "mend" in question:
            _limit(question["cpu_s"])
            answer = {"mended": mend(Path(question["mend"]), Path(question["to"]))}
        elif ground is not None:
            if question.get("close"):
                ground.__exit__()
                ground = None
            else:
                answer = _answer(ground, question)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    # The renderer may take long to let go of a hostile file, or crash doing it.
    os._exit(0)


if __name__ == "__main__":
    main()
