"""The standard streams: closed, full or narrow ones change what is seen, not what is done."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import TextIO


def prepare() -> None:
    """Give a closed standard stream the null device, and let no letter stop a command.

    A program started with a closed stream (`2>&-`, some services) has None in its place, and the
    next file that it opens gets the stream's number: a library's complaint would go into it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, _nothing(number))
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # names of undecodable bytes, terminals without our letters
            reconfigure(errors="backslashreplace")


def _nothing(number: int) -> TextIO:
    handle = os.open(os.devnull, os.O_RDWR)  # often the very number, as the lowest that is free
    if handle != number and not _is_open(number):
        os.dup2(handle, number)
        os.close(handle)
        handle = number
    os.set_inheritable(handle, True)
    return os.fdopen(handle, "w" if number else "r", encoding="utf-8")


def _is_open(handle: int) -> bool:
    try:
        os.fstat(handle)
    except OSError:
        return False
    return True


def tell(text: str, end: str = "\n") -> None:
    """Write to stderr; where it takes nothing any more the work goes on unheard."""
    try:
        sys.stderr.write(text + end)
        sys.stderr.flush()
    except (OSError, ValueError):
        silence(sys.stderr)


@contextlib.contextmanager
def asking() -> Iterator[None]:
    """While a person is asked, Ctrl+C ends the question at once, and Ctrl+D is no fault.

    At work Ctrl+C waits for the next safe point; a prompt has none, and would seem to ignore it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except EOFError:
        raise KeyboardInterrupt from None
    finally:
        signal.signal(signal.SIGINT, before)


def silence(stream: TextIO) -> None:
    """The reader went away or its disk is full: what is left has nowhere to go."""
    with contextlib.suppress(OSError, ValueError):
        handle = os.open(os.devnull, os.O_WRONLY)
        os.dup2(handle, stream.fileno())
        os.close(handle)
