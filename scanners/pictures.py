"""Is this file a whole picture, and what does it say of itself?

JPEG is decoded at an eighth of its size by Pillow, PNG is inflated as a stream without keeping it;
neither needs memory for the full picture. A kind is recognised by content, never by name.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

if TYPE_CHECKING:
    from PIL import Image

JPEG, PNG, TIFF, PDF = "image/jpeg", "image/png", "image/tiff", "application/pdf"
SUFFIXES = {JPEG: ".jpg", PNG: ".png"}

MAX_PIXELS = 400_000_000
MAX_PROGRESSIVE_PIXELS = 150_000_000
"""libjpeg keeps every coefficient of a progressive picture in memory."""

A4_LONG_INCHES = 297 / 25.4
COMMON_DPI = (75, 100, 150, 200, 240, 300, 400, 600, 1200)

DECODER_ERRORS = (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, TypeError,
                  AttributeError, EOFError, struct.error, zlib.error)  # fmt: skip
"""What Pillow's plugins raise for damaged input."""

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"PK\x03\x04", "ZIP, DOCX, XLSX"),
    (b"\xd0\xcf\x11\xe0", "DOC, XLS"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"<?xml", "XML"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "EXE"),
)

Colour = Literal["gray", "rgb"]
Flaw = Literal["empty", "truncated", "broken", "too_large", "wrong_type", "wrong_size"]


class BadPicture(Exception):
    """A file is not a whole picture; `flaw` says in which way, `detail` more."""

    def __init__(self, flaw: Flaw, detail: str = "") -> None:
        super().__init__(f"{flaw}: {detail}" if detail else flaw)
        self.flaw: Flaw = flaw
        self.detail = detail


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What a whole picture says of itself."""

    media: str
    width_px: int
    height_px: int
    stated_dpi: float | None
    rotation: int = 0
    """Clockwise turn that the EXIF orientation asks for."""
    mirrored: bool = False

    @property
    def dpi(self) -> int:
        """The stated resolution, or a guess from A4 where it is absent or cannot be."""
        return plausible_dpi(self.stated_dpi, (self.width_px, self.height_px))


def sniff(head: bytes) -> str:
    """The kind of a file by its first kilobyte: a media type, or a word for people."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp":
        return "HEIC, MP4"
    if b"%PDF-" in head[:1024]:
        return PDF
    return "?"


def jpeg_size(head: bytes) -> tuple[int, int, int] | None:
    """Columns, rows and components by a JPEG's frame header; None if it is not in `head`."""
    at = 2
    while at + 9 < len(head) and head[at] == 0xFF:
        marker, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            rows, columns = struct.unpack(">HH", head[at + 5 : at + 9])
            return columns, rows, head[at + 9]
        if marker == 0xFF:
            at += 1
        else:
            at += 2 + max(length, 2)
    return None


def plausible_dpi(stated: float | None, size: tuple[int, int]) -> int:
    """The stated resolution if the page then has a believable size, else a guess from A4.

    Cameras and editors write 72 or 96 dpi without meaning it.
    """
    if stated and 40 <= stated <= 5000:
        short_mm = min(size) / stated * 25.4
        if short_mm <= (330 if stated <= 96 else 1300):
            return round(stated)
    guess = max(size) / A4_LONG_INCHES
    near = min(COMMON_DPI, key=lambda dpi: abs(dpi - guess))
    return near if abs(near - guess) <= 0.03 * near else max(1, round(guess))


def examine(path: Path, media: str, *, strict: bool = True) -> PictureFacts:
    """Check that a file is one whole picture.

    Args:
        path: The file.
        media: image/jpeg or image/png.
        strict: Whether the JPEG must end with its end marker (a scanner's must; a camera's may
            carry more behind it).

    Raises:
        BadPicture: It is empty, truncated, damaged, too large or of another kind.
    """
    with path.open("rb") as file:
        return examine_stream(file, media, strict=strict)


def examine_stream(file: BinaryIO, media: str, *, strict: bool = True) -> PictureFacts:
    """Check that a stream is one whole picture; see `examine`."""
    head = file.read(16)
    if not head:
        raise BadPicture("empty")
    if sniff(head) != media or media not in SUFFIXES:
        raise BadPicture("wrong_type", sniff(head))
    file.seek(0)
    if media == PNG:
        return _examine_png(file)
    if strict:
        _require_end_marker(file)
    return _examine_jpeg(file)


def _require_end_marker(file: BinaryIO) -> None:
    file.seek(0, 2)
    file.seek(max(0, file.tell() - 4096))
    # Some devices pad the last block.
    if not file.read().rstrip(b"\x00\r\n").endswith(b"\xff\xd9"):
        raise BadPicture("truncated", "no end marker")
    file.seek(0)


def _examine_jpeg(file: BinaryIO) -> PictureFacts:
    from PIL import JpegImagePlugin

    try:
        with JpegImagePlugin.JpegImageFile(file) as image:
            width, height = image.size
            most = MAX_PROGRESSIVE_PIXELS if image.info.get("progressive") else MAX_PIXELS
            _check_size(width, height, most)
            dpi = image.info.get("dpi")
            rotation, mirrored = _exif_turn(image)
            image.draft(None, (max(1, width // 8), max(1, height // 8)))
            image.load()
            filled = _is_filled_in(image)
    except MemoryError:
        raise BadPicture("too_large") from None
    except DECODER_ERRORS as error:
        flaw: Flaw = "truncated" if "truncated" in str(error) else "broken"
        raise BadPicture(flaw, str(error)[:200]) from error
    if filled:
        raise BadPicture("truncated", "the last rows are missing")
    stated = float(dpi[0]) if dpi else None
    return PictureFacts(JPEG, width, height, stated, rotation, mirrored)


def _is_filled_in(image: Image.Image) -> bool:
    """Whether the decoder drew the last rows itself: exact mid-grey where the data had ended.

    This is how a picture ends that was cut off and got an end marker all the same.
    """
    if image.mode not in ("L", "RGB"):
        return False
    width, height = image.size
    last = image.crop((0, height - 1, width, height)).getextrema()
    grey: object = (128, 128) if image.mode == "L" else ((128, 128),) * 3
    return last == grey and image.getextrema() != grey


def _check_size(width: int, height: int, most: int) -> None:
    if width < 1 or height < 1:
        raise BadPicture("broken", f"{width} × {height}")
    if width * height > most:
        raise BadPicture("too_large", f"{width} × {height} px")


_EXIF_TURNS = {1: (0, False), 2: (0, True), 3: (180, False), 4: (180, True), 5: (270, True),
               6: (90, False), 7: (90, True), 8: (270, False)}  # fmt: skip


def _exif_turn(image: Image.Image) -> tuple[int, bool]:
    try:
        orientation = image.getexif().get(0x0112, 1)
    except (*DECODER_ERRORS, UserWarning):  # damaged EXIF in a sound picture
        return 0, False
    return _EXIF_TURNS.get(orientation, (0, False)) if isinstance(orientation, int) else (0, False)


# --- PNG -------------------------------------------------------------------------------------

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
          (0, 1, 1, 2))  # fmt: skip
_PIECE = 1 << 18


def _examine_png(file: BinaryIO) -> PictureFacts:
    chunks = _png_chunks(file)
    kind, header = next(chunks)
    if kind != b"IHDR" or len(header) != 13:
        raise BadPicture("broken", "no header")
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", header)
    _check_size(width, height, MAX_PIXELS)
    if colour not in _CHANNELS or depth not in (1, 2, 4, 8, 16) or interlace > 1:
        raise BadPicture("broken", "header")
    bits = depth * _CHANNELS[colour]
    expected = _png_bytes(width, height, bits, interlace == 1)
    dpi = _inflate(chunks, expected)
    return PictureFacts(PNG, width, height, dpi)


def _png_bytes(width: int, height: int, bits: int, interlaced: bool) -> int:
    """Bytes of the filtered picture data: one filter byte a row, rows padded to whole bytes."""
    if not interlaced:
        return height * (1 + (width * bits + 7) // 8)
    total = 0
    for x0, y0, dx, dy in _ADAM7:
        columns, rows = (width - x0 + dx - 1) // dx, (height - y0 + dy - 1) // dy
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total


def _inflate(chunks: Iterator[tuple[bytes, bytes]], expected: int) -> float | None:
    engine, got, dpi, ended = zlib.decompressobj(), 0, None, False
    for kind, data in chunks:
        if kind == b"pHYs" and len(data) == 9 and data[8] == 1:
            dpi = struct.unpack(">I", data[:4])[0] * 0.0254
        ended = ended or kind == b"IEND"
        while kind == b"IDAT" and data and not engine.eof:
            try:
                got += len(engine.decompress(data, _PIECE))
            except zlib.error as error:
                raise BadPicture("broken", str(error)) from error
            if got > expected:
                raise BadPicture("broken", "more data than the header says")
            data = engine.unconsumed_tail
    if not ended or got != expected:
        raise BadPicture("truncated", f"{got} of {expected} bytes")
    return dpi


def _png_chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Chunks in pieces of bounded size, each chunk's checksum verified."""
    file.seek(8)
    while True:
        head = file.read(8)
        if len(head) < 8:
            raise BadPicture("truncated", "no end chunk")
        length, kind = struct.unpack(">I4s", head)
        crc, left = zlib.crc32(kind), length
        while True:
            data = file.read(min(left, _PIECE))
            if len(data) < min(left, _PIECE):
                raise BadPicture("truncated", "cut in a chunk")
            crc, left = zlib.crc32(data, crc), left - len(data)
            yield kind, data
            if not left:
                break
        if file.read(4) != struct.pack(">I", crc):
            raise BadPicture("broken", "checksum")
        if kind == b"IEND":
            return


def write_png(
    file: BinaryIO,
    size: tuple[int, int],
    depth: int,
    colour: Colour,
    rows: Iterator[bytes],
    dpi: int,
) -> None:
    """Write a PNG row by row with cheap compression: what Pillow cannot (16-bit colour).

    Args:
        file: Where to.
        size: Columns and rows.
        depth: Bits a sample: 1, 8 or 16 (big-endian).
        colour: One sample a pixel or three.
        rows: Packed rows without filter bytes.
        dpi: Resolution to state.
    """
    file.write(b"\x89PNG\r\n\x1a\n")
    _chunk(
        file, b"IHDR", struct.pack(">IIBBBBB", *size, depth, 2 if colour == "rgb" else 0, 0, 0, 0)
    )
    per_metre = round(dpi / 0.0254)
    _chunk(file, b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))
    engine = zlib.compressobj(1)
    pending = bytearray()
    for row in rows:
        pending += engine.compress(b"\x00" + row)
        if len(pending) >= _PIECE:
            _chunk(file, b"IDAT", bytes(pending))
            pending.clear()
    _chunk(file, b"IDAT", bytes(pending) + engine.flush())
    _chunk(file, b"IEND", b"")


def _chunk(file: BinaryIO, kind: bytes, data: bytes) -> None:
    file.write(struct.pack(">I4s", len(data), kind))
    file.write(data)
    file.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))
