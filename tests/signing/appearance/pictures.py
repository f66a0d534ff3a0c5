"""Pictures for marks, drawn by the tests: a signature, a seal, and ones that nobody should take."""

from __future__ import annotations

import struct
import zlib

from PIL import Image, ImageDraw

BLUE, RED = (20, 50, 170), (205, 20, 25)


def signature(path, ink=BLUE, size=(630, 330), ground=0):
    image = Image.new("RGBA", size, (255, 255, 255, ground))
    width, height = size
    points = [(x * width // 12, height // 2 + (-1) ** x * (height // 2 - 12)) for x in range(1, 12)]
    ImageDraw.Draw(image).line(points, (*ink, 255), width=9, joint="curve")
    image.save(path)
    return path


def seal(path, ink=RED, side=850):
    image = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((2, 2, side - 3, side - 3), outline=(*ink, 255), width=side // 28)
    draw.ellipse(
        (side // 4, side // 4, 3 * side // 4, 3 * side // 4), outline=(*ink, 200), width=side // 60
    )
    draw.regular_polygon((side / 2, side / 2, side / 6), 5, fill=(*ink, 255))
    image.save(path)
    return path


def png(width, height, depth=8, colour=6, rows=b"", **chunks):
    """A PNG file chunk by chunk, whatever its header claims."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [(b"IHDR", header), *((k.encode(), v) for k, v in chunks.items())]
    parts += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    out = b"\x89PNG\r\n\x1a\n"
    for kind, data in parts:
        check = zlib.crc32(kind + data)
        out += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)
    return out
