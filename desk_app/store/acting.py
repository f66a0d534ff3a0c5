"""For whom the program acts: the actor of every audit record, carried along with the work.

A lane's thread, a worker process and the signing process act for the person who asked, not for
whoever sits at the counter when they get to it. `jobs` carries the actor over with each item.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

STATION = "desk"
"""The station itself: nobody was entered as a person, or nobody asked (uploads by the clock)."""
_acting: ContextVar[str] = ContextVar("acting", default="")


def actor() -> str:
    """The id of the person that this thread works for; empty where none was said."""
    return _acting.get()


@contextlib.contextmanager
def acting_for(person: str) -> Iterator[None]:
    """Work for a person; an empty id leaves it unsaid."""
    token = _acting.set(person)
    try:
        yield
    finally:
        _acting.reset(token)


def by(person: str, fn: Callable[P, T]) -> Callable[P, T]:
    """A function as one that works for a person, wherever it is called."""
    return partial(_call, person, fn)


def _call(person: str, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    with acting_for(person):
        return fn(*args, **kwargs)
