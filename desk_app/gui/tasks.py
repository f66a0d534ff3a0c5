"""The seam between the window and the work: submit to a lane, hear back on the window thread.

This is the one place that turns an exception into what the operator reads.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from shiboken6 import isValid

from desk_app.gui import crash
from desk_app.gui.i18n import pick
from desk_app.store import acting

log = logging.getLogger(__name__)

SCANNER, READ, TOKEN, UPLOAD = "scanner", "read", "token", "upload"
"""Serial lanes: one thing at a time for each scarce thing."""
VIEW, PICTURE, INSPECT = "view", "picture", "inspect"
"""Lanes of the window itself: reading the store for a screen, decoding the page in front, looking
something up about a signed file or a key."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault as the operator reads it."""

    code: str
    text: str
    next: str
    interrupted: bool = False
    """The operator asked for it; nothing to worry about."""


class Lanes(Protocol):
    """What this seam needs of desk_app.jobs.Lanes."""

    def submit(
        self, lane: str, fn: Callable[..., Any], *args: object, **kwargs: object
    ) -> Future[Any]:
        """Queue work on a serial lane."""
        ...


def problem_of(error: BaseException | dict[str, Any]) -> Problem:
    """Any error, or the fault of a scan report, in the language of the window."""
    if isinstance(error, dict):
        texts = {key: str(error.get(key) or "") for key in ("vi", "en", "next_vi", "next_en")}
        code = str(error.get("code", "DESK_ERROR"))
    elif hasattr(error, "next_vi"):
        texts = {key: str(getattr(error, key)) for key in ("vi", "en", "next_vi", "next_en")}
        code = str(getattr(error, "code", "DESK_ERROR"))
    else:
        return _unexpected(error)
    return Problem(
        code, pick(texts["vi"], texts["en"]), pick(texts["next_vi"], texts["next_en"]),
        code == "INTERRUPTED",
    )  # fmt: skip


def _unexpected(error: BaseException) -> Problem:
    code = crash.record(type(error), error.__traceback__)
    text = QCoreApplication.translate("Tasks", "The program met an unexpected fault ({code}).")
    what_next = QCoreApplication.translate(
        "Tasks", "What was saved is safe. Try again; if it recurs, tell the administrator the code."
    )
    return Problem(code, text.format(code=code), what_next)


def _is_gone(callback: object) -> bool:
    """Whether the dialog or screen that waits was closed meanwhile: nobody needs the answer."""
    while isinstance(callback, partial):
        callback = callback.func
    owner = getattr(callback, "__self__", None)
    return isinstance(owner, QObject) and not isValid(owner)


class Tasks(QObject):
    """Submits work and brings results, faults and progress to the window thread."""

    failed = Signal(object)
    """A Problem that no caller took care of."""
    progressed = Signal(object)
    """A pipeline Progress."""
    busy_changed = Signal()
    _finished = Signal(object, object, object, str)

    def __init__(self, lanes: Lanes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self.actor = ""
        """Whoever asks for work from now on; what was asked before keeps its own."""
        self._open = True
        self._running: dict[str, int] = {}
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def submit(
        self,
        lane: str,
        fn: Callable[..., Any],
        *args: object,
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Problem], None] | None = None,
        **kwargs: object,
    ) -> Future[Any]:
        """Run `fn` on a lane; `done(result)` or `failed(problem)` follows on the window thread."""
        with acting.acting_for(self.actor):
            future = self._lanes.submit(lane, fn, *args, **kwargs)
        self._count(lane, 1)
        future.add_done_callback(lambda f: self._emit(f, done, failed, lane))
        return future

    def notify(self, progress: object) -> None:
        """Take a progress report from any thread."""
        if self._open:
            self.progressed.emit(progress)

    def is_busy(self, lane: str) -> bool:
        """Whether a lane has work."""
        return self._running.get(lane, 0) > 0

    def close(self) -> None:
        """Deliver nothing any more: the window is going."""
        self._open = False

    def _emit(self, future: Future[Any], done: object, failed: object, lane: str) -> None:
        if self._open:
            with contextlib.suppress(RuntimeError):  # the window went between the two lines
                self._finished.emit(future, done, failed, lane)

    def _deliver(
        self,
        future: Future[Any],
        done: Callable[[Any], None] | None,
        failed: Callable[[Problem], None] | None,
        lane: str,
    ) -> None:
        self._count(lane, -1)
        if not self._open:
            return
        try:
            result = future.result()
        except CancelledError:
            return
        except Exception as error:
            log.warning("lane %s: %s", lane, type(error).__name__)
            if not _is_gone(failed):
                (failed or self.failed.emit)(problem_of(error))
        else:
            if done is not None and not _is_gone(done):
                done(result)

    def _count(self, lane: str, step: int) -> None:
        self._running[lane] = self._running.get(lane, 0) + step
        if lane not in (VIEW, PICTURE, INSPECT):
            self.busy_changed.emit()
