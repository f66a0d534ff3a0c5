"""Decode a page picture safely: JPEG, PNG or TIFF, 1 to 16 bits, grey, colour or CMYK.

Pixels are counted as the file lies on disk: an EXIF turn is not applied, because every box of the
desk is given in those pixels. Colour is RGB.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, JpegImagePlugin, PngImagePlugin, TiffImagePlugin

from desk_app.errors import UnusableInput
from desk_app.imaging._cv import cv2

Pixels = npt.NDArray[np.uint8]
"""Grey (rows, columns) or RGB (rows, columns, 3)."""

MAX_PIXELS = 100_000_000
"""A1 at 300 dpi is 70 million; beyond this a decode would take over a gigabyte."""

WORK_SIDE_PX = 1754
"""Longer side of the reduced page that most questions are answered from: A4 at 150 dpi."""

# Pillow warns at 89 million and refuses at twice its mark; ours is the tighter refusal.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

_FORMATS = tuple(
    plugin.format
    for plugin in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        TiffImagePlugin.TiffImageFile,
    )
)
_MM_PER_INCH = 25.4
_A4_ASPECT, _CARD_ASPECT = 297 / 210, 85.6 / 53.98
_A4_LONG_IN, _CARD_LONG_IN = 297 / _MM_PER_INCH, 85.6 / _MM_PER_INCH

# Pillow's decoders answer damaged bytes with any of these.
_DECODE_FAULTS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    struct.error,
    MemoryError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class EmptyPicture(UnusableInput):
    """The file has no bytes."""

    vi_text = "Tệp {file} rỗng (0 byte)."
    en_text = "The file {file} is empty (0 bytes)."


class UnknownPicture(UnusableInput):
    """The file is no JPEG, PNG or TIFF picture."""

    vi_text = "Tệp {file} không phải ảnh JPEG, PNG hoặc TIFF đọc được."
    en_text = "The file {file} is not a readable JPEG, PNG or TIFF picture."


class BrokenPicture(UnusableInput):
    """The picture starts well and is cut off or damaged."""

    vi_text = "Ảnh {file} bị cắt cụt hoặc hỏng, không giải mã được hết."
    en_text = "The picture {file} is cut off or damaged and cannot be decoded whole."


class OversizedPicture(UnusableInput):
    """The picture has more pixels than any scan of a paper."""

    vi_text = "Ảnh {file} quá lớn, vượt giới hạn {limit} triệu điểm ảnh."
    en_text = "The picture {file} is too large, over {limit} million pixels."
    next_vi_text = "Tệp gốc không bị thay đổi. Quét lại ở 200-300 dpi."
    next_en_text = "The file itself was not changed. Scan again at 200-300 dpi."


@dataclass(frozen=True, slots=True)
class Header:
    """What a picture file says of itself before it is decoded."""

    width: int
    height: int
    dpi: int
    """As stated, or guessed from the page size where the statement is missing or impossible."""
    dpi_stated: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Decoded pixels, perhaps reduced, with the size of the file they came from."""

    pixels: Pixels
    header: Header
    _made: dict[int, Pixels] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def grey(self) -> Pixels:
        """All pixels in grey; kept, because every step asks for it."""
        if 0 not in self._made:
            self._made[0] = to_grey(self.pixels)
        return self._made[0]

    def small_grey(self, max_side: int) -> Pixels:
        """Grey with at most this many pixels along the longer side; kept."""
        if max_side not in self._made:
            self._made[max_side] = _reduced(self.grey, max_side)
        return self._made[max_side]

    @property
    def thin(self) -> Pixels:
        """Every n-th pixel, at 100 to 199 dpi: enough to see the colours of stamps and pens."""
        step = max(1, int(self.header.dpi * self.scale / 100))
        if step == 1:
            return self.pixels
        if -step not in self._made:
            rows, columns = (max(1, side // step) for side in self.pixels.shape[:2])
            thin = cv2.resize(self.pixels, (columns, rows), interpolation=cv2.INTER_NEAREST)
            self._made[-step] = np.asarray(thin, dtype=np.uint8)
        return self._made[-step]

    @property
    def scale(self) -> float:
        """Pixels here per pixel on disk, along the width; 1.0 unless reduced."""
        return float(self.pixels.shape[1]) / self.header.width


def probe(path: Path) -> Header:
    """Read size and resolution without decoding.

    Raises:
        UnusableInput: The file is empty, no picture, or too large.
    """
    with _opened(path) as image:
        return _header(image)


def load(path: Path, *, max_side: int | None = None, grey: bool = False) -> Picture:
    """Decode a picture whole.

    Args:
        path: JPEG, PNG or TIFF; of several frames the first.
        max_side: Reduce to at most this many pixels along the longer side.
        grey: Give grey pixels even of a colour picture.

    Raises:
        UnusableInput: The file is empty, no picture, cut off, or too large.
    """
    with _opened(path) as image:
        header = _header(image)
        try:
            pixels = _decoded(path, image, header, max_side, grey)
        except _DECODE_FAULTS as fault:
            raise BrokenPicture(type(fault).__name__, file=path.name) from fault
    return Picture(_reduced(pixels, max_side), header)


def to_grey(pixels: Pixels) -> Pixels:
    """Grey of grey or RGB pixels."""
    if pixels.ndim == 2:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def to_colour(pixels: Pixels) -> Pixels:
    """RGB of grey or RGB pixels."""
    if pixels.ndim == 3:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), dtype=np.uint8)


def guess_dpi(width: int, height: int) -> int:
    """Resolution of a page of unknown size, in dots per inch.

    A card-shaped picture of few pixels is a card, everything else an A4 sheet; a long strip is
    measured by its short side.
    """
    long_px, short_px = max(width, height), max(1, min(width, height))
    aspect = long_px / short_px
    if abs(aspect - _CARD_ASPECT) < 0.06 and long_px < 1500:
        return _clamped(long_px / _CARD_LONG_IN)
    if aspect > 2.5:
        return _clamped(short_px / (_A4_LONG_IN / _A4_ASPECT))
    return _clamped(long_px / _A4_LONG_IN)


def _clamped(dpi: float) -> int:
    return int(min(1200, max(50, round(dpi))))


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        image = Image.open(path, formats=_FORMATS)
    except _DECODE_FAULTS as fault:
        limit = MAX_PIXELS // 10**6
        raise _refusal(path, fault)(type(fault).__name__, file=path.name, limit=limit) from fault
    with image:
        if image.width * image.height > MAX_PIXELS:
            raise OversizedPicture(file=path.name, limit=MAX_PIXELS // 10**6)
        yield image


def _refusal(path: Path, fault: BaseException) -> type[UnusableInput]:
    if isinstance(fault, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return OversizedPicture
    return EmptyPicture if path.is_file() and not path.stat().st_size else UnknownPicture


def _header(image: Image.Image) -> Header:
    stated = image.info.get("dpi", (0, 0))
    try:
        dpi = round(max(float(value) for value in stated))
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        dpi = 0
    if _is_plausible(dpi, max(image.size)):
        return Header(image.width, image.height, dpi, dpi_stated=True)
    return Header(image.width, image.height, guess_dpi(*image.size), dpi_stated=False)


def _is_plausible(dpi: int, long_px: int) -> bool:
    """Whether a stated resolution makes the picture a sheet of paper.

    72 and 96 are what programs write when they know nothing: believed only up to A3.
    """
    if not 50 <= dpi <= 1200:
        return False
    long_mm = long_px / dpi * _MM_PER_INCH
    return 50 <= long_mm <= (430 if dpi in (72, 96) else 1300)


def _decoded(
    path: Path, image: Image.Image, header: Header, max_side: int | None, grey: bool
) -> Pixels:
    if image.format == "JPEG" and image.mode in ("L", "RGB") and not (max_side or grey):
        pixels = _whole_jpeg(path, image)
        if pixels is not None:
            return pixels
    factor = max(header.width, header.height) / max_side if max_side else 1.0
    if factor > 1 or grey:
        # A JPEG is decoded at 1/2, 1/4 or 1/8 for a fraction of the time; others ignore this.
        factor = max(1.0, factor)
        size = (int(header.width / factor), int(header.height / factor))
        image.draft("L" if grey else None, size)
    image.load()
    whole = int(max(image.size) / max_side) if max_side else 1
    if whole > 1 and image.mode in ("L", "RGB", "CMYK"):
        # Copies of the full picture would take three times its memory.
        image = image.reduce(whole)
    return _pixels(image, grey)


def _whole_jpeg(path: Path, image: Image.Image) -> Pixels | None:
    """A JPEG without the copies that Pillow's way to an array takes; None if it looks cut off."""
    data = np.fromfile(path, np.uint8)
    if b"\xff\xd9" not in data[-65536:].tobytes():  # OpenCV would fill the rest with grey
        return None
    kind = cv2.IMREAD_GRAYSCALE if image.mode == "L" else cv2.IMREAD_COLOR_RGB
    pixels = cv2.imdecode(data, kind | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None or pixels.shape[:2] != (image.height, image.width):
        return None
    return np.asarray(pixels, dtype=np.uint8)


def _pixels(image: Image.Image, grey: bool) -> Pixels:
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep(np.asarray(image))
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = _on_white(image.convert("RGBA"))
    wanted = "L" if grey or image.mode in ("1", "L") else "RGB"
    if image.mode != wanted:
        image = image.convert(wanted)
    return np.array(image, dtype=np.uint8)


def _from_deep(values: npt.NDArray[np.generic]) -> Pixels:
    """8 bits of 16-bit or floating-point grey."""
    deep = np.nan_to_num(values.astype(np.float32))
    highest = float(deep.max(initial=0.0))
    top = 65535.0 if highest > 255 else 255.0 if highest > 1 else 1.0
    return np.asarray(np.clip(deep * (255.0 / top), 0, 255), dtype=np.uint8)


def _on_white(image: Image.Image) -> Image.Image:
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image)


def _reduced(pixels: Pixels, max_side: int | None) -> Pixels:
    rows, columns = pixels.shape[:2]
    if not max_side or max(rows, columns) <= max_side:
        return pixels
    factor = max_side / max(rows, columns)
    whole = round(1 / factor)
    if abs(whole * factor - 1) < 0.002 and min(rows, columns) >= 2 * whole:
        # Whole steps are ten times quicker: 3509 rows are taken as 3508.
        pixels = pixels[: rows // whole * whole, : columns // whole * whole]
        size = (columns // whole, rows // whole)
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    size = (max(1, round(columns * factor)), max(1, round(rows * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
