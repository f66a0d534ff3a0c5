"""A file hashed beside its sending, in whatever order it is read."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_app.submission.hashing import HashedStream

DATA = bytes(range(256)) * 40
WHOLE = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(scope="module")
def pool():
    with ThreadPoolExecutor(1) as pool:
        yield pool


def hashed(pool, calls):
    def alone():
        calls.append("alone")
        return WHOLE

    return HashedStream(io.BytesIO(DATA), pool, alone)


def test_in_order_it_is_read_once(pool):
    calls: list[str] = []
    stream = hashed(pool, calls)
    got = b"".join(iter(lambda: stream.read(1000), b""))
    assert (got, stream.hexdigest(), calls) == (DATA, WHOLE, [])


@pytest.mark.parametrize("start", [1, 500, len(DATA)])
def test_one_that_goes_on_is_hashed_by_itself(pool, start):
    calls: list[str] = []
    stream = hashed(pool, calls)
    stream.seek(start)
    assert stream.read(700) == DATA[start : start + 700]
    assert stream.hexdigest() == WHOLE
    assert calls == ["alone"]


def test_one_that_was_not_read_to_its_end_is_hashed_by_itself(pool):
    calls: list[str] = []
    stream = hashed(pool, calls)
    stream.read(100)
    assert (stream.hexdigest(), calls) == (WHOLE, ["alone"])


@given(st.lists(st.tuples(st.integers(0, len(DATA)), st.integers(1, 4000)), max_size=12))
def test_any_order_gives_the_same_digest(reads):
    with ThreadPoolExecutor(1) as pool:
        stream = hashed(pool, [])
        for start, size in reads:
            stream.seek(start)
            assert stream.read(size) == DATA[start : start + size]
        stream.seek(0)
        while stream.read(3000):
            pass
        assert stream.hexdigest() == WHOLE


def test_a_changed_byte_changes_the_digest(pool):
    stream = HashedStream(io.BytesIO(DATA[:-1] + b"\0"), pool, lambda: WHOLE)
    while stream.read(999):
        pass
    assert stream.hexdigest() != WHOLE
