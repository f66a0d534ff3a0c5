"""Sealed files: what was written comes back from any position, and nothing else opens."""

import hashlib
import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners import sealed

KEY = sealed.Key("01JOB", bytes(range(32)))
FRAME = 1 << sealed.FRAME_BITS
SIZES = (0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 2 * FRAME + 17)


def seal(path, data, key=KEY, piece=None):
    with path.open("wb") as file, sealed.writing(file, key) as content:
        for at in range(0, max(len(data), 1), piece or max(len(data), 1)):
            content.write(data[at : at + (piece or len(data))])
    return path


def read(path, key=KEY, sha256=None):
    with sealed.open_file(path, sealed.only(key), sha256) as content:
        return content.read()


@pytest.fixture(scope="module")
def data():
    return os.urandom(2 * FRAME + 17)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("piece", [None, 1000])
def test_what_was_sealed_comes_back(tmp_path, data, size, piece):
    path = seal(tmp_path / "f", data[:size], piece=piece)
    assert path.stat().st_size == sealed.sealed_size(size)
    assert sealed.plain_size(path) == size
    assert read(path, sha256=hashlib.sha256(data[:size]).hexdigest()) == data[:size]


@settings(max_examples=60, deadline=None)
@given(jumps=st.lists(st.tuples(st.integers(0, 2 * FRAME + 40), st.integers(0, FRAME + 9))))
def test_any_position_can_be_read(tmp_path_factory, data, jumps):
    path = seal(tmp_path_factory.mktemp("seek") / "f", data)
    plain = io.BytesIO(data)
    with sealed.open_file(path, sealed.only(KEY)) as content:
        for at, size in jumps:
            assert content.seek(at) == plain.seek(at)
            assert content.read(size) == plain.read(size)


def test_the_same_page_sealed_twice_has_nothing_in_common(tmp_path, data):
    one, two = (seal(tmp_path / name, data).read_bytes() for name in "ab")
    pieces = {one[at : at + 16] for at in range(sealed.HEADER, len(one) - sealed.TRAILER, 16)}
    assert not any(
        two[at : at + 16] in pieces
        for at in range(sealed.HEADER, len(two) - sealed.TRAILER - 16, 16)
    )
    assert data[100:132] not in one


def refused(tmp_path, content, sha256=None, key=KEY):
    path = tmp_path / "bad"
    path.write_bytes(content)
    with pytest.raises(sealed.SealBroken):
        read(path, key, sha256)


@settings(max_examples=80, deadline=None)
@given(place=st.floats(0, 0.999999), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found(tmp_path_factory, data, place, bit):
    folder = tmp_path_factory.mktemp("flip")
    whole = bytearray(seal(folder / "f", data).read_bytes())
    whole[int(place * len(whole))] ^= 1 << bit
    refused(folder, whole)


@settings(max_examples=40, deadline=None)
@given(share=st.floats(0, 0.999999))
def test_a_file_that_was_cut_off_is_found(tmp_path_factory, data, share):
    folder = tmp_path_factory.mktemp("cut")
    whole = seal(folder / "f", data).read_bytes()
    refused(folder, whole[: int(share * len(whole))])


def test_moved_repeated_dropped_and_foreign_frames_are_found(tmp_path, data):
    whole = seal(tmp_path / "f", data).read_bytes()
    other = seal(tmp_path / "g", data).read_bytes()
    length, start = FRAME + sealed.TAG, sealed.HEADER
    head, first = whole[:start], whole[start : start + length]
    second, rest = whole[start + length : start + 2 * length], whole[start + 2 * length :]
    for frames in (second + first, first + first, first, second, first + second + second):
        refused(tmp_path, head + frames + rest)
    refused(tmp_path, head + other[start : start + length] + second + rest)
    refused(tmp_path, other[:start] + first + second + rest)
    refused(tmp_path, head + first + second)  # what a writer that was killed leaves


def test_another_file_and_another_key_are_found(tmp_path, data):
    path = seal(tmp_path / "f", data[:5000])
    refused(tmp_path, path.read_bytes(), sha256=hashlib.sha256(b"other").hexdigest())
    refused(tmp_path, path.read_bytes(), key=sealed.Key("01JOB", bytes(32)))
    refused(tmp_path, path.read_bytes(), key=sealed.Key("02JOB", KEY.secret))
    refused(tmp_path, data[:5000])
    refused(tmp_path, b"")


def test_a_writer_that_failed_leaves_nothing_that_opens(tmp_path, data):
    def jammed():
        with (tmp_path / "f").open("wb") as file, sealed.writing(file, KEY) as content:
            content.write(data)
            raise OSError("jam")

    with pytest.raises(OSError, match="jam"):
        jammed()
    refused(tmp_path, (tmp_path / "f").read_bytes())


def test_hkdf_is_that_of_the_standard():
    """RFC 5869, appendix A.1 and A.3."""
    made = sealed.hkdf(
        bytes.fromhex("0b" * 22), bytes.fromhex("f0f1f2f3f4f5f6f7f8f9"),
        bytes.fromhex("000102030405060708090a0b0c"), 42,
    )  # fmt: skip
    assert made.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )
    assert sealed.hkdf(bytes.fromhex("0b" * 22), b"", b"", 42).hex() == (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )


def test_a_key_does_not_show_itself():
    assert KEY.secret.hex() not in repr(KEY)
    assert str(KEY.secret) not in repr(KEY)
    assert sealed.key_from(KEY.as_line()) == KEY
    assert sealed.key_from(None) is None
