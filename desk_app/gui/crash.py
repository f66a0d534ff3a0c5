"""What happens when the program itself fails: a code for the operator, a trace for the repairer.

The log names files, lines and kinds of error, and never the message or a value: a traceback's
message may hold a citizen's name.
"""

from __future__ import annotations

import hashlib
import logging
import sys
import threading
import traceback
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

log = logging.getLogger("desk_app.crash")

NOISE = ("does not support propagateSizeHints", "does not support raise()", "setParent")
"""Qt's chatter on the offscreen platform."""
LOG_BYTES = 1_000_000


def record(kind: type[BaseException], trace: TracebackType | None) -> str:
    """Write down where it happened; returns the code the operator can read out."""
    frames = traceback.extract_tb(trace)
    places = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
    seed = f"{kind.__name__} {' '.join(places[-3:])}"
    code = "E-" + hashlib.sha256(seed.encode()).hexdigest()[:6].upper()
    log.error("%s %s at %s", code, kind.__name__, " < ".join(reversed(places)) or "unknown place")
    return code


def install(folder: Path, tell: Callable[[str], None]) -> None:
    """Catch what nobody caught, on every thread; `tell(code)` must be safe from any thread."""
    _log_to(folder)

    def on_exception(
        kind: type[BaseException], value: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, value, trace)
            return
        tell(record(kind, trace))

    sys.excepthook = on_exception
    threading.excepthook = lambda args: on_exception(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )
    qInstallMessageHandler(_on_qt_message)


def uninstall() -> None:
    """Give the hooks back and close the log."""
    sys.excepthook = sys.__excepthook__
    threading.excepthook = threading.__excepthook__
    qInstallMessageHandler(None)
    root = logging.getLogger("desk_app")
    for handler in [h for h in root.handlers if isinstance(h, RotatingFileHandler)]:
        root.removeHandler(handler)
        handler.close()


def _log_to(folder: Path) -> None:
    """A small rotating file; without a writable folder the desk still works."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = RotatingFileHandler(
            folder / "window.log", maxBytes=LOG_BYTES, backupCount=2, encoding="utf-8", delay=True
        )
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger("desk_app")
    root.addHandler(handler)
    root.setLevel(logging.INFO)


def _on_qt_message(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    if any(noise in message for noise in NOISE):
        return
    serious = kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)
    log.log(logging.ERROR if serious else logging.WARNING, "Qt: %s", message[:300])
