import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import ids

NUMBERS = st.integers(0, (1 << 128) - 1)


@given(NUMBERS)
def test_decoding_undoes_encoding(number):
    assert ids.decode(ids.encode(number)) == number
    assert ids.is_ulid(ids.encode(number))


@given(NUMBERS, NUMBERS)
def test_text_sorts_like_the_number(one, other):
    assert (ids.encode(one) < ids.encode(other)) == (one < other)


@given(st.lists(st.integers(0, (1 << 48) - 1), min_size=1, max_size=50))
def test_ids_only_grow_whatever_the_clock_does(times):
    factory = ids.UlidFactory()
    made = [factory.new(now) for now in times]
    assert made == sorted(set(made))


@given(st.integers(0, (1 << 48) - 1), st.integers(0, (1 << 48) - 1))
def test_later_is_larger_between_processes(one, other):
    first, second = ids.UlidFactory().new(one), ids.UlidFactory().new(other)
    assert one == other or (first < second) == (one < other)


@pytest.mark.parametrize("text", ["", "8" + "0" * 25, "0" * 25, "0" * 27, "I" * 26, "o" * 26])
def test_other_text_is_no_id(text):
    assert not ids.is_ulid(text)
    with pytest.raises(ValueError, match="not a ULID"):
        ids.decode(text)


def test_only_128_bits_fit():
    with pytest.raises(ValueError, match="128 bits"):
        ids.encode(1 << 128)
