"""Build srgb.icc, the output intent of every PDF/A file; run by hand, the result is kept.

PDF/A-1 accepts ICC version 2 only (ISO 19005-1 6.2.2), and the profile that Pillow makes is
version 4; so the profile is written here from the figures of IEC 61966-2-1: matrix columns adapted
to D50 and the sRGB curve in 1024 steps. It holds nobody's copyright.
"""

from __future__ import annotations

import struct
from pathlib import Path

D50 = (0.9642, 1.0, 0.8249)
COLUMNS = {
    b"rXYZ": (0.43607, 0.22249, 0.01392),
    b"gXYZ": (0.38515, 0.71687, 0.09708),
    b"bXYZ": (0.14307, 0.06061, 0.71410),
}
STEPS = 1024
NAME = b"sRGB IEC61966-2.1 (one-stop desk)"


def _s15fixed16(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + _s15fixed16(*values)


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def _curve() -> bytes:
    samples = [round(_linear(step / (STEPS - 1)) * 65535) for step in range(STEPS)]
    return b"curv\0\0\0\0" + struct.pack(f">I{STEPS}H", STEPS, *samples)


def _description() -> bytes:
    text = NAME + b"\0"
    # ICC.1:1998-09 6.5.17: the Unicode and Macintosh names are present but empty.
    return b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(4 + 4 + 2 + 1 + 67)


def _tags() -> list[tuple[bytes, bytes]]:
    curve = _curve()
    return [
        (b"desc", _description()),
        (b"cprt", b"text\0\0\0\0No copyright, use freely\0"),
        (b"wtpt", _xyz(D50)),
        *((signature, _xyz(column)) for signature, column in COLUMNS.items()),
        *((signature, curve) for signature in (b"rTRC", b"gTRC", b"bTRC")),
    ]


def _header(size: int) -> bytes:
    created = struct.pack(">6H", 2024, 1, 1, 0, 0, 0)
    return (
        struct.pack(">I", size)
        + bytes(4)
        + b"\x02\x10\x00\x00"
        + b"mntrRGB XYZ "
        + created
        + b"acsp"
        + bytes(4)
        + bytes(4 + 4 + 4 + 8)
        + bytes(4)  # perceptual
        + _s15fixed16(*D50)
        + bytes(4 + 44)
    )


def build() -> bytes:
    """Return the profile."""
    tags = _tags()
    start = 128 + 4 + 12 * len(tags)
    table, body, places = b"", b"", {}
    for signature, data in tags:
        if data not in places:
            places[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        table += signature + struct.pack(">II", places[data], len(data))
    return _header(start + len(body)) + struct.pack(">I", len(tags)) + table + body


if __name__ == "__main__":
    Path(__file__).with_name("srgb.icc").write_bytes(build())
