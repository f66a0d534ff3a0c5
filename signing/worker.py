"""Sign in a process of its own: the only one that ever holds a PIN, gone when the batch is over.

Python cannot erase every copy of a text, and the libraries underneath take the PIN as text; a
process that ends gives its memory back. It writes no core file, no other process of the user may
look into it, and the PIN reaches it through a pipe. It is started once: when it dies, nothing is
tried again, because that would send the PIN a second time.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from signing.errors import SignerLost, SigningFailed

if TYPE_CHECKING:
    from signing.batch import BatchReport, Item, Outcome
    from signing.policy import Policy

_POLL_S = 0.1
_ENDING_S = 10.0
_PR_SET_DUMPABLE = 4
_spawn = multiprocessing.get_context("spawn")


class Link:
    """What the work in the process tells outwards, and hears."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._cancelled = False

    def tell(self, message: object) -> None:
        """Hand something to the caller's ``on_message``."""
        self._pipe.send(("message", message))

    def cancelled(self) -> bool:
        """Whether the caller wants it to stop at the next safe point."""
        if not self._cancelled and self._pipe.poll():
            self._pipe.recv()
            self._cancelled = True
        return self._cancelled


def run(
    function: Callable[..., Any],
    *args: object,
    secrets: Sequence[bytearray] = (),
    on_message: Callable[[Any], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Any:  # noqa: ANN401 - whatever the function returns
    """Call ``function(link, secrets, *args)`` in a fresh process and wait for its result.

    Args:
        function: of a module; arguments, messages and result are pickled, secrets are not.
        args: its arguments.
        secrets: overwritten here as soon as they are passed on.
        on_message: called in this thread for everything that the work tells.
        cancelled: asked several times a second.

    Raises:
        SignerLost: the process ended without a result.
        Exception: what the function raised.
    """
    ours, theirs = _spawn.Pipe()
    process = _spawn.Process(target=_serve, args=(theirs, os.getpid()), name="signer", daemon=True)
    process.start()
    theirs.close()
    try:
        ours.send((function, args, [len(secret) for secret in secrets]))
        for secret in secrets:
            _send_raw(ours, secret)
            _wipe(secret)
        return _listen(ours, process.is_alive, on_message, cancelled)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise SignerLost() from None
    finally:
        for secret in secrets:
            _wipe(secret)
        ours.close()
        process.join(_ENDING_S)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()


def _listen(
    pipe: Connection,
    is_alive: Callable[[], bool],
    on_message: Callable[[Any], None] | None,
    cancelled: Callable[[], bool] | None,
) -> Any:  # noqa: ANN401
    asked = False
    while True:
        if not asked and cancelled is not None and cancelled():
            asked = True
            pipe.send("cancel")
        if not pipe.poll(_POLL_S):
            if not is_alive() and not pipe.poll():
                raise EOFError
            continue
        kind, value = pipe.recv()
        if kind == "done":
            return value
        if kind == "error":
            raise value
        if on_message is not None:
            on_message(value)


def _send_raw(pipe: Connection, secret: bytearray) -> None:
    """Straight from the caller's buffer; pickling or framing would leave copies behind."""
    if sys.platform == "win32":
        pipe.send_bytes(secret)
        return
    view = memoryview(secret)
    while view:
        view = view[os.write(pipe.fileno(), view) :]


def _read_raw(pipe: Connection, length: int) -> bytearray:
    secret = bytearray(length)
    if sys.platform == "win32":
        pipe.recv_bytes_into(secret)
        return secret
    view = memoryview(secret)
    while view:
        count = os.readv(pipe.fileno(), [view])
        if not count:
            raise EOFError
        view = view[count:]
    return secret


def _wipe(secret: bytearray) -> None:
    for position in range(len(secret)):
        secret[position] = 0


# --- in the process ----------------------------------------------------------------------------


def _serve(pipe: Connection, parent: int) -> None:
    """Harden, take the work and the secrets, answer once, end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's to handle
    _harden()
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    secrets: list[bytearray] = []
    answer: tuple[str, Any]
    try:
        function, args, lengths = pipe.recv()
        secrets = [_read_raw(pipe, length) for length in lengths]
        answer = ("done", function(Link(pipe), secrets, *args))
    except EOFError:
        return  # the caller went away before it had said what to do
    except Exception as fault:
        answer = ("error", fault)
    finally:
        for secret in secrets:
            _wipe(secret)
    with contextlib.suppress(OSError):
        try:
            pipe.send(answer)
        except OSError:
            raise
        except Exception:  # a result or an error that cannot be pickled
            pipe.send(("error", SigningFailed(type(answer[1]).__name__)))


def _harden() -> None:
    """No core file, and no looking into this process's memory by others of the same user."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_S)
    os._exit(1)


# --- a batch -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BatchJob:
    """A batch as it crosses into the process."""

    items: tuple[Item, ...]
    keys: tuple[tuple[str, str], ...]
    """Role (empty for the only one) and key address, in the order of the secrets."""
    policy: Policy
    """Names its timestamp authorities."""
    role: str = ""
    journal: Path | None = None
    confirm_final_try: tuple[str, ...] = ()
    """Roles for which the last attempt was confirmed."""


def sign_files(
    job: BatchJob,
    secrets: Sequence[bytearray],
    *,
    progress: Callable[[Outcome], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BatchReport:
    """:func:`signing.batch.sign_files` in a process of its own, from the PIN to the logout.

    Raises:
        SigningError: the keys could not be opened, or the process ended (SignerLost).
    """
    report: BatchReport = run(
        _sign_files, job, secrets=secrets, on_message=progress, cancelled=cancelled
    )
    return report


def _sign_files(link: Link, secrets: list[bytearray], job: BatchJob) -> BatchReport:
    from signing import batch, keys

    uris = dict(job.keys)
    by_role = dict(zip(uris, secrets, strict=True))
    with keys.open_keys(uris, by_role, confirm_final_try=job.confirm_final_try) as opened:
        for secret in secrets:
            _wipe(secret)
        return batch.sign_files(
            job.items,
            opened[""] if set(opened) == {""} else opened,
            job.policy,
            role=job.role,
            journal=job.journal,
            progress=link.tell,
            cancelled=link.cancelled,
        )
