"""The reference store in tests, or the reason why it is not there."""

from __future__ import annotations

import functools
import hashlib
import io
from urllib.parse import urlsplit

from desk_app.errors import EngineError
from desk_app.submission import reference
from desk_app.submission.adapters import Meta
from desk_app.submission.adapters.tus import TusStore
from desk_app.submission.queue import Item
from desk_app.submission.transfer import Transfer
from desk_app.submission.wire import Wire

PDF = Meta("application/pdf", "H49-260302-0001", "d1")


@functools.cache
def why_not() -> str:
    """Empty where the reference store can run; the packages are fetched at the first use."""
    if lacking := reference.missing():
        return f"the reference store needs node and npm: apt-get install {lacking}"
    try:
        reference.install()
    except EngineError as fault:
        return f"the packages of the reference store cannot be fetched: {fault.en}"
    return ""


def port_of(url: str) -> int:
    return urlsplit(url).port


def connect(url: str, **options) -> TusStore:
    wire = Wire(url, "kho", ca=options.pop("ca", None), answer_s=options.pop("answer_s", 30))
    return TusStore(url, wire, name="kho", **options)


def key_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def transfer(adapter: TusStore, data: bytes, watch=lambda _: None) -> Transfer:
    item = Item(1, key_of(data), "kho", "d", None, len(data), 1, "me", 0)
    return Transfer(adapter, item, PDF, io.BytesIO(data), watch)
