"""Frames that SANE delivers: read whole or not at all, and written as JPEG or PNG."""

from __future__ import annotations

import array
import ctypes
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from scanners import pictures
from scanners.device import Picture, Side
from scanners.drivers import libsane
from scanners.drivers.libsane import Handle, Parameters
from scanners.errors import DeviceFault
from scanners.pictures import BadPicture

CHUNK = 1 << 18
MAX_FRAME_BYTES = 1_500_000_000
JPEG_QUALITY = 90
JPEG_MAX_SIDE = 65_500

_INVERT = bytes(255 - value for value in range(256))


@dataclass(slots=True)
class Frame:
    """One whole frame."""

    data: bytearray
    width: int
    height: int
    stride: int
    depth: int
    is_colour: bool


def read_frame(
    handle: Handle, stop: threading.Event, progress: Callable[[float | None], None]
) -> Frame | None:
    """Read the frame that was started; None if stopped.

    Raises:
        SaneError: The device reported something.
        DeviceFault: UNSUPPORTED (three passes, a depth or a size that cannot be).
        BadPicture: Rows are missing.
    """
    parameters = handle.parameters()
    _check(parameters)
    data = _read_all(handle, parameters, stop, progress)
    if data is None or stop.is_set():
        return None  # a cancelled frame ends like a whole one
    rows, rest = divmod(len(data), parameters.bytes_per_line)
    if rest or not rows or (parameters.lines >= 0 and rows != parameters.lines):
        raise BadPicture("wrong_size", f"{rows} of {parameters.lines} rows, {rest} bytes over")
    return Frame(
        data,
        parameters.pixels_per_line,
        rows,
        parameters.bytes_per_line,
        parameters.depth,
        parameters.format == libsane.FRAME_RGB,
    )


def _check(parameters: Parameters) -> None:
    if parameters.format not in (libsane.FRAME_GRAY, libsane.FRAME_RGB):
        raise DeviceFault("UNSUPPORTED", what="three-pass colour", what_vi="màu ba lượt quét")
    if parameters.depth not in (1, 8, 16):
        raise DeviceFault("UNSUPPORTED", what=f"{parameters.depth} bit")
    samples = 3 if parameters.format == libsane.FRAME_RGB else 1
    least = (parameters.pixels_per_line * parameters.depth + 7) // 8 * samples
    if parameters.depth > 1:
        least = parameters.pixels_per_line * samples * parameters.depth // 8
    if parameters.pixels_per_line < 1 or parameters.bytes_per_line < least:
        raise DeviceFault(
            "DRIVER_ERROR", raw=str(parameters), detail="row size", detail_vi="độ dài dòng ảnh"
        )
    if parameters.bytes_per_line * max(parameters.lines, 1) > MAX_FRAME_BYTES:
        raise DeviceFault("UNSUPPORTED", what="a picture this large", what_vi="ảnh lớn như vậy")


def _read_all(
    handle: Handle,
    parameters: Parameters,
    stop: threading.Event,
    progress: Callable[[float | None], None],
) -> bytearray | None:
    expected = parameters.bytes_per_line * parameters.lines if parameters.lines >= 0 else None
    most = MAX_FRAME_BYTES if expected is None else expected
    data = bytearray()
    chunk = ctypes.create_string_buffer(CHUNK)
    view = memoryview(chunk)
    while not stop.is_set():
        size = handle.read(chunk, CHUNK)
        if size is None:
            return data
        if size == 0:
            time.sleep(0.01)  # a backend that does not block although told to
            continue
        data += view[:size]
        if len(data) > most:
            raise BadPicture("wrong_size", f"more than {most} bytes")
        progress(len(data) / expected if expected else None)
    return None


def picture_of(frame: Frame, sheet: int, side: Side, dpi: int) -> Picture:
    """The frame on its way to the landing: JPEG for 8 bits a sample, PNG for 1 and 16."""
    fits = max(frame.width, frame.height) <= JPEG_MAX_SIDE
    write = _jpeg if frame.depth == 8 and fits else _png
    media = pictures.JPEG if write is _jpeg else pictures.PNG

    def encode(file: BinaryIO) -> None:
        write(frame, file, dpi)

    size = (frame.width, frame.height)
    return Picture(encode, media, sheet, side, dpi=dpi, size=size)


def _jpeg(frame: Frame, file: BinaryIO, dpi: int) -> None:
    from PIL import Image

    mode = "RGB" if frame.is_colour else "L"
    size = (frame.width, frame.height)
    image = Image.frombuffer(mode, size, frame.data, "raw", mode, frame.stride, 1)
    image.save(file, "JPEG", quality=JPEG_QUALITY, dpi=(dpi, dpi))


def _png(frame: Frame, file: BinaryIO, dpi: int) -> None:
    depth = 8 if frame.depth == 1 and frame.is_colour else frame.depth
    colour: pictures.Colour = "rgb" if frame.is_colour else "gray"
    rows = (_row(frame, y) for y in range(frame.height))
    pictures.write_png(file, (frame.width, frame.height), depth, colour, rows, dpi)


def _row(frame: Frame, y: int) -> bytes:
    """One row as PNG wants it: padding cut off, 0 black, the high byte first."""
    start = y * frame.stride
    samples = frame.width * (3 if frame.is_colour else 1)
    if frame.depth == 1 and frame.is_colour:
        return _spread(bytes(frame.data[start : start + frame.stride]), frame.width)
    if frame.depth == 1:
        return bytes(frame.data[start : start + (frame.width + 7) // 8]).translate(_INVERT)
    row = bytes(frame.data[start : start + samples * frame.depth // 8])
    if frame.depth == 16 and sys.byteorder == "little":
        words = array.array("H", row)
        words.byteswap()
        row = words.tobytes()
    return row


def _spread(row: bytes, width: int) -> bytes:
    """1-bit colour: a byte of eight reds, one of greens, one of blues, and so on (clause 3.2.1)."""
    out = bytearray(width * 3)
    for plane in range(3):
        bits = "".join(f"{byte:08b}" for byte in row[plane::3])
        out[plane::3] = bytes(255 * (bit == "1") for bit in bits[:width])
    return bytes(out)
