"""Two-valued pictures as JBIG2: one generic region, arithmetic coding, lossless (ITU-T T.88).

No marks are taken for one another and reused: what comes out is the picture that went in, to the
pixel. The region takes a quarter to a third less than CCITT group 4 does on scanned print.

Plain Python can afford an adaptive coder because most of a page is bare paper: pixels in equal
surroundings and of equal value are taken as one run.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.bool_]

_BAND_ROWS = 64
"""Rows whose contexts are held at a time."""
_PAGE_INFORMATION, _IMMEDIATE_LOSSLESS_REGION = 48, 39
_TEMPLATE_0 = bytes([0]) + struct.pack("8b", 3, -1, -3, -1, 2, -2, -2, -2)
"""Flags and adaptive pixels of template 0 in their nominal places (6.2.5.3, 7.4.6.3)."""

# T.88 table E.1: probability of the less probable symbol, next state after the more probable one
# and after the less probable one, and whether that one exchanges their roles.
_STATES = (
    (0x5601, 1, 1, 1), (0x3401, 2, 6, 0), (0x1801, 3, 9, 0), (0x0AC1, 4, 12, 0),
    (0x0521, 5, 29, 0), (0x0221, 38, 33, 0), (0x5601, 7, 6, 1), (0x5401, 8, 14, 0),
    (0x4801, 9, 14, 0), (0x3801, 10, 14, 0), (0x3001, 11, 17, 0), (0x2401, 12, 18, 0),
    (0x1C01, 13, 20, 0), (0x1601, 29, 21, 0), (0x5601, 15, 14, 1), (0x5401, 16, 14, 0),
    (0x5101, 17, 15, 0), (0x4801, 18, 16, 0), (0x3801, 19, 17, 0), (0x3401, 20, 18, 0),
    (0x3001, 21, 19, 0), (0x2801, 22, 19, 0), (0x2401, 23, 20, 0), (0x2201, 24, 21, 0),
    (0x1C01, 25, 22, 0), (0x1801, 26, 23, 0), (0x1601, 27, 24, 0), (0x1401, 28, 25, 0),
    (0x1201, 29, 26, 0), (0x1101, 30, 27, 0), (0x0AC1, 31, 28, 0), (0x09C1, 32, 29, 0),
    (0x08A1, 33, 30, 0), (0x0521, 34, 31, 0), (0x0441, 35, 32, 0), (0x02A1, 36, 33, 0),
    (0x0221, 37, 34, 0), (0x0141, 38, 35, 0), (0x0111, 39, 36, 0), (0x0085, 40, 37, 0),
    (0x0049, 41, 38, 0), (0x0025, 42, 39, 0), (0x0015, 43, 40, 0), (0x0009, 44, 41, 0),
    (0x0005, 45, 42, 0), (0x0001, 45, 43, 0), (0x5601, 46, 46, 0),
)  # fmt: skip


def encode(ink: Bits) -> bytes:
    """Encode a picture for /JBIG2Decode: its page, and one region that fills it.

    Args:
        ink: True where the picture is black.
    """
    rows, columns = ink.shape
    page = struct.pack(">IIIIBH", columns, rows, 0, 0, 0, 0)
    region = struct.pack(">IIIIB", columns, rows, 0, 0, 0) + _TEMPLATE_0
    coded = _Coder().code(_runs(ink))
    return b"".join(
        struct.pack(">IBBBI", number, kind, 0, 1, len(data)) + data
        for number, (kind, data) in enumerate(
            ((_PAGE_INFORMATION, page), (_IMMEDIATE_LOSSLESS_REGION, region + coded))
        )
    )


def _runs(ink: Bits) -> Iterator[tuple[int, int]]:
    """Runs of pixels with equal context and equal value, row after row: (2 context + value, n)."""
    return chain.from_iterable(
        zip(*_band_runs(ink, top, min(top + _BAND_ROWS, len(ink))), strict=True)
        for top in range(0, len(ink), _BAND_ROWS)
    )


def _band_runs(ink: Bits, top: int, bottom: int) -> tuple[list[int], list[int]]:
    columns = ink.shape[1]
    band = np.zeros((bottom - top + 2, columns + 8), np.uint8)
    first = max(0, top - 2)
    band[first - top + 2 :, 4 : columns + 4] = ink[first:bottom]
    # Neighbouring pixels as one number, the leftmost highest.
    two = (band[:, :-1] << 1) | band[:, 1:]
    four = (two[:, :-2] << 2) | two[:, 2:]
    five = (four[:, :-1] << 1) | band[:, 4:]
    seven = (five[1:-1, :-2] << 2) | two[1:-1, 5:]
    coded = five[:-2, 2 : 2 + columns].astype(np.uint32) << 12
    coded |= seven[:, 1 : 1 + columns].astype(np.uint32) << 5
    coded |= five[2:, :columns]
    flat = coded.ravel()
    starts = np.flatnonzero(np.append(True, flat[1:] != flat[:-1]))
    lengths = np.diff(starts, append=flat.size)
    return flat[starts].tolist(), lengths.tolist()


_NEVER = 1 << 24
"""Added to the share of an unlikely value: no interval is wide enough for it, so it is not taken
for one of the many likely ones."""
_SHARES = [state[0] for state in _STATES] + [state[0] + _NEVER for state in _STATES]
"""By role of a value in its context: as the more probable one of state n, or the less probable one
(47 + n)."""


def _next_roles(role: int) -> tuple[int, int, int, int]:
    """After coding a value in this role: its next role, the other value's, and their shares."""
    count = len(_STATES)
    state = role % count
    _, after_likely, after_unlikely, exchanges = _STATES[state]
    is_likely = role < count
    stays_likely = is_likely != (exchanges == 1 and not is_likely)
    following = after_likely if is_likely else after_unlikely
    own, other = (following, count + following)[:: 1 if stays_likely else -1]
    return own, other, _SHARES[own], _SHARES[other]


_NEXT = [_next_roles(role) for role in range(len(_SHARES))]


class _Coder:
    """The MQ coder (T.88 annex E.2), its registers named as there."""

    def __init__(self) -> None:
        self._out = bytearray(1)  # the byte that a first carry would go to

    def code(self, runs: Iterable[tuple[int, int]]) -> bytes:
        """Code all pixels and end the stream."""
        # By context and value. Most pixels need no more than their share.
        shares = [_SHARES[0], _SHARES[len(_STATES)]] * (1 << 16)
        roles = [0, len(_STATES)] * (1 << 16)
        # A likely value takes its share from a and adds it to c: their sum, not c, is kept.
        a, top, ct = 0x8000, 0x8000, 12
        for coded, length in runs:
            rest = a - shares[coded] * length
            if rest >= 0x8000:
                a = rest
                continue
            while length:
                qe = shares[coded]
                if qe >= _NEVER:
                    qe -= _NEVER
                    length -= 1
                    c = top - a
                    a -= qe
                    if a < qe:
                        c += qe
                    else:
                        a = qe
                else:
                    # As many as the interval holds before it must be renormalised.
                    most = (a - 0x8000) // qe + 1
                    if length < most:
                        a -= qe * length
                        break
                    length -= most
                    a -= qe * most
                    c = top - a
                    if a < qe:
                        c -= qe
                        a = qe
                roles[coded], roles[coded ^ 1], shares[coded], shares[coded ^ 1] = _NEXT[
                    roles[coded]
                ]
                shift = 16 - a.bit_length()
                a <<= shift
                while shift >= ct:
                    c <<= ct
                    shift -= ct
                    c, ct = self._byte_out(c)
                ct -= shift
                top = (c << shift) + a
        return self._flushed(a, top - a, ct)

    def _byte_out(self, c: int) -> tuple[int, int]:
        out = self._out
        if out[-1] != 0xFF and c >= 0x8000000:
            out[-1] += 1
            c &= 0x7FFFFFF
        if out[-1] == 0xFF:
            out.append(c >> 20)
            return c & 0xFFFFF, 7
        out.append(c >> 19)
        return c & 0x7FFFF, 8

    def _flushed(self, a: int, c: int, ct: int) -> bytes:
        limit = c + a
        c |= 0xFFFF
        if c >= limit:
            c -= 0x8000
        c, ct = self._byte_out(c << ct)
        self._byte_out(c << ct)
        if self._out[-1] == 0xFF:
            self._out.pop()
        return bytes(self._out[1:]) + b"\xff\xac"
