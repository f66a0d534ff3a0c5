"""A page's picture in the form that goes into the file.

A scanner's JPEG goes in byte for byte. Everything else is encoded once: two-valued pictures as
CCITT group 4, the others as JPEG, or losslessly where so few colours say that it was drawn. Where
the office chose few bytes, two-valued pictures are JBIG2, and mixed raster content comes as several
pictures over one another, ink through JBIG2 stencils.
"""

from __future__ import annotations

import contextlib
import functools
import io
import struct
import warnings
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from PIL import Image, ImageFilter, JpegImagePlugin, TiffImagePlugin, UnidentifiedImageError

from desk_app.errors import UnusableInput
from desk_app.pdf import jbig2

Profile = Literal["jpeg", "mrc", "bilevel"]
Box = tuple[int, int, int, int]

MAX_PIXELS = 90_000_000
"""The largest picture that is decoded here: A3 in colour at 600 dpi has 70 million."""
_CHUNK = 1 << 20
_DRAWN_COLOURS = 256
_PAPER_SHRINK = 16
_LEAST_MIXED_PX = 200
"""A picture with a shorter side is no page: taking it apart gains nothing."""
_EVEN_STEPS = (10, 5)
"""Coarsest steps of the mean brightness and colour of 8 by 8 pixels, in eighths of a level."""
_MOST_EDGES = 0.1
"""Changes of colour per pixel above which a two-valued picture is a screened photograph or noise:
group 4 is a hundred times quicker there, and no larger than what the adaptive coder makes."""


class UnusablePicture(UnusableInput):
    """A page's picture cannot be put into a file."""

    vi_text = "Không dùng được ảnh {file}: {detail_vi}."
    en_text = "The picture {file} cannot be used: {detail}."

    @classmethod
    def of(cls, path: Path, vi: str, en: str) -> UnusablePicture:
        """Name the picture and say why, in both languages."""
        return cls(en, detail_vi=vi, file=path.name)


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture: the image dictionary's own entries and the bytes."""

    entries: str
    data: Iterable[bytes]
    length: int


@dataclass(frozen=True, slots=True)
class Layer:
    """A picture at its place on the page, perhaps seen through a stencil."""

    box: Box
    """In pixels of the page's picture as it lies on disk."""
    picture: Picture
    stencil: Picture | None = None


@dataclass(frozen=True, slots=True)
class _Jpeg:
    """What a JPEG's markers say (ITU-T T.81)."""

    width: int
    height: int
    components: int
    frame: int
    """Which start-of-frame marker: 0xC0 baseline, 0xC1 extended, 0xC2 progressive."""
    precision: int
    plain_rgb: bool
    """Three components stored as R, G, B without an Adobe marker that says so."""


def layers(
    path: Path, size: tuple[int, int], dpi: float, profile: Profile, quality: int
) -> list[Layer]:
    """Encode the picture in path, as one layer or lowest first.

    Args:
        path: A JPEG, PNG, TIFF or other file that Pillow reads.
        size: Width and height that the words' boxes count on.
        dpi: Resolution of the picture.
        profile: "jpeg", "mrc" or "bilevel".
        quality: Of whole pages' JPEGs that are made here; those that arrive are not touched.

    Raises:
        UnusableInput: not a picture, cut short, of another size, too large, of several pages.
    """
    with _reading(path):
        jpeg = _probe_jpeg(path)
        untouched = None
        if jpeg is not None and _fits_dct(jpeg):
            _check_size(path, (jpeg.width, jpeg.height), size)
            untouched = _untouched(path, jpeg)
        if untouched is not None and profile == "jpeg":
            return [Layer((0, 0, *size), untouched)]
        if profile == "mrc":
            return _mixed(_decoded(path, size), dpi, untouched, quality)
        return [Layer((0, 0, *size), _whole(_decoded(path, size), profile, quality))]


def _whole(image: Image.Image, profile: Profile, quality: int) -> Picture:
    if profile == "bilevel":
        return _two_colours(two_valued(image))
    return _group4(image) if image.mode == "1" else _continuous(image, quality)


def _mixed(image: Image.Image, dpi: float, untouched: Picture | None, quality: int) -> list[Layer]:
    """Take a page apart, unless it is smaller as it came."""
    from desk_app.pdf import compression  # OpenCV, which the other profiles do without

    size = image.size
    whole = (0, 0, *size)
    if image.mode == "1":
        return [Layer(whole, _two_colours(image))]
    if min(size) < _LEAST_MIXED_PX:
        return [Layer(whole, untouched or _continuous(image, quality))]
    finer = int(dpi / compression.Params().dpi + 0.1)
    if finer > 1:  # before it is copied: A3 at 600 dpi is 200 MB
        image = image.reduce(finer)
    made = [
        Layer(
            _box_on(size, layer.box, image.size),
            _even_jpeg(Image.fromarray(layer.picture), layer.quality),
            None if layer.stencil is None else _stencil(layer.stencil),
        )
        for layer in compression.separate(np.asarray(image), dpi * image.width / size[0])
    ]
    length = sum(layer.picture.length for layer in made)
    length += sum(layer.stencil.length for layer in made if layer.stencil is not None)
    if untouched is not None and untouched.length <= length:
        return [Layer(whole, untouched)]
    return made


def _box_on(size: tuple[int, int], box: Box, of: tuple[int, int]) -> Box:
    """Return box on a picture of another size."""
    across, down = size[0] / of[0], size[1] / of[1]
    x0, y0, x1, y1 = box
    return round(x0 * across), round(y0 * down), round(x1 * across), round(y1 * down)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except UnidentifiedImageError as fault:
        raise UnusablePicture.of(path, "không phải là tệp ảnh", "it is no picture") from fault
    except (OSError, SyntaxError, struct.error, EOFError, IndexError, ValueError) as fault:
        raise UnusablePicture.of(
            path, "không đọc được hoặc bị cụt", f"it cannot be read or is cut short ({fault})"
        ) from fault


def _check_size(path: Path, found: tuple[int, int], expected: tuple[int, int]) -> None:
    if found != expected:
        pair = f"{found[0]}×{found[1]}, {expected[0]}×{expected[1]}"
        raise UnusablePicture.of(
            path, f"kích thước không như đã ghi ({pair})", f"its size is not as recorded ({pair})"
        )


# JPEG, as it came


def _probe_jpeg(path: Path) -> _Jpeg | None:
    """Return what the markers say, None when path is no JPEG."""
    with path.open("rb") as file:
        if file.read(2) != b"\xff\xd8":
            return None
        jpeg = _frame(file)
        file.seek(-min(path.stat().st_size, 1 << 16), io.SEEK_END)
        if b"\xff\xd9" not in file.read():
            raise EOFError("no end of image")
    return jpeg


def _frame(file: BinaryIO) -> _Jpeg:
    adobe = False
    while True:
        marker = _next_marker(file)
        (length,) = struct.unpack(">H", file.read(2))
        segment = file.read(length - 2)
        if marker == 0xEE and segment[:5] == b"Adobe":
            adobe = True
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            precision, height, width, components = struct.unpack(">BHHB", segment[:6])
            names = bytes(segment[6::3])[:components]
            plain_rgb = names == b"RGB" and not adobe
            return _Jpeg(width, height, components, marker, precision, plain_rgb)


def _next_marker(file: BinaryIO) -> int:
    byte = file.read(2)
    if len(byte) < 2 or byte[0] != 0xFF:
        raise EOFError("no frame header")
    marker = byte[1]
    while marker == 0xFF:  # fill bytes before a marker
        marker = file.read(1)[0]
    return marker


def _fits_dct(jpeg: _Jpeg) -> bool:
    """Whether DCTDecode and the sRGB output intent take it: 8 bits, grey or RGB, Huffman."""
    return jpeg.frame in (0xC0, 0xC1, 0xC2) and jpeg.precision == 8 and jpeg.components in (1, 3)


def _untouched(path: Path, jpeg: _Jpeg) -> Picture:
    entries = _entries(
        (jpeg.width, jpeg.height), "DeviceGray" if jpeg.components == 1 else "DeviceRGB", 8
    )
    # Without an Adobe marker readers take three components for YCbCr.
    parms = " /DecodeParms << /ColorTransform 0 >>" if jpeg.plain_rgb else ""
    length = path.stat().st_size
    return Picture(f"{entries} /Filter /DCTDecode{parms}", _FileBytes(path, length), length)


@dataclass(frozen=True, slots=True)
class _FileBytes:
    """The bytes of a file, read when they are wanted."""

    path: Path
    length: int

    def __iter__(self) -> Iterator[bytes]:
        left = self.length
        with _reading(self.path), self.path.open("rb") as file:
            while left:
                piece = file.read(min(_CHUNK, left))
                if not piece:
                    raise EOFError("it shrank while it was read")
                left -= len(piece)
                yield piece


# Everything else, decoded and encoded once


def _decoded(path: Path, size: tuple[int, int]) -> Image.Image:
    """Return the picture as 1, L or RGB."""
    if size[0] * size[1] > MAX_PIXELS:
        raise UnusablePicture.of(path, "ảnh quá lớn", "it is too large")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # broken metadata tags are no reason to refuse a page
        with Image.open(path) as image:
            _check_size(path, image.size, size)
            if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
                raise UnusablePicture.of(path, "tệp có nhiều trang", "it holds several pages")
            image.load()
            return _plain_mode(image)


def _plain_mode(image: Image.Image) -> Image.Image:
    if image.mode in ("1", "L", "RGB"):
        return image
    if image.mode.startswith("I"):
        deep = np.asarray(image).astype(np.int64)
        return Image.fromarray((np.clip(deep, 0, 0xFFFF) >> 8).astype(np.uint8))
    if image.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in image.info:
        return _on_white(image.convert("RGBA"))
    if image.mode == "F":
        raise ValueError("floating-point samples")
    return image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _continuous(image: Image.Image, quality: int) -> Picture:
    if image.getcolors(_DRAWN_COLOURS) is not None and image.mode == "RGB":
        return _indexed(image)
    return _jpeg(image, quality=quality)


def _even_jpeg(image: Image.Image, quality: int) -> Picture:
    """A small JPEG whose even areas keep their shade: seams between layers would show."""
    return _jpeg(image, qtables=_even_tables(quality, image.mode))


@functools.lru_cache(maxsize=8)
def _even_tables(quality: int, mode: str) -> list[list[int]]:
    sample = io.BytesIO()
    Image.new(mode, (8, 8)).save(sample, "JPEG", quality=quality)
    sample.seek(0)
    with JpegImagePlugin.JpegImageFile(sample) as image:
        tables = [list(table) for _, table in sorted(image.quantization.items())]
    for table, coarsest in zip(tables, _EVEN_STEPS, strict=False):
        table[0] = min(table[0], coarsest)
    return tables


def _jpeg(image: Image.Image, **how: object) -> Picture:
    space = "DeviceGray" if image.mode == "L" else "DeviceRGB"
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", optimize=True, **how)
    data = encoded.getvalue()
    return Picture(f"{_entries(image.size, space, 8)} /Filter /DCTDecode", (data,), len(data))


def _indexed(image: Image.Image) -> Picture:
    colours = image.getcolors(_DRAWN_COLOURS) or []
    palette = image.convert("P", palette=Image.Palette.ADAPTIVE, colors=len(colours))
    table = (palette.getpalette() or [])[: 3 * len(colours)]
    data = zlib.compress(palette.tobytes(), 6)
    space = f"[/Indexed /DeviceRGB {len(table) // 3 - 1} <{bytes(table).hex()}>]"
    entries = _entries(image.size, space, 8)
    return Picture(f"{entries} /Filter /FlateDecode", (data,), len(data))


def two_valued(image: Image.Image) -> Image.Image:
    """Reduce a page to ink and paper.

    The paper's own shade is taken out first, so that a shadow or a tint does not turn black;
    the threshold between ink and paper is Otsu's.
    """
    if image.mode == "1":
        return image
    grey = np.asarray(image.convert("L"))
    flat = np.minimum(grey.astype(np.uint16) * 255 // _paper(grey), 255).astype(np.uint8)
    return Image.fromarray(flat > _otsu(flat))


def _paper(grey: np.ndarray) -> np.ndarray:
    """Return the brightness of the bare paper around every pixel."""
    small = Image.fromarray(grey).reduce(_PAPER_SHRINK)
    for _ in range(2):
        small = small.filter(ImageFilter.MaxFilter(5))
    size = (grey.shape[1], grey.shape[0])
    paper = np.array(small.resize(size, Image.Resampling.BILINEAR))
    paper[paper == 0] = 1
    return paper


def _otsu(grey: np.ndarray) -> int:
    counts = np.bincount(grey.ravel(), minlength=256).astype(np.float64)
    weight = np.cumsum(counts)
    total, moment = weight[-1], np.cumsum(counts * np.arange(256))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = (moment[-1] * weight / total - moment) ** 2 / (weight * (total - weight))
    # A bare page has no second peak: leave its grain white.
    return min(int(np.argmax(np.nan_to_num(spread))), 200)


def _group4(image: Image.Image) -> Picture:
    """Encode as CCITT group 4, through a one-strip TIFF."""
    encoded = io.BytesIO()
    whole = (image.width + 7) // 8 * image.height
    image.save(encoded, "TIFF", compression="group4", strip_size=max(whole, 1))
    encoded.seek(0)
    with TiffImagePlugin.TiffImageFile(encoded) as tiff:
        (start,), (length,) = tiff.tag_v2[273], tiff.tag_v2[279]
        black_is_one = tiff.tag_v2[262] == 1
    data = encoded.getvalue()[start : start + length]
    parms = f"/K -1 /Columns {image.width} /Rows {image.height}"
    parms += " /BlackIs1 true" if black_is_one else ""
    entries = _entries(image.size, "DeviceGray", 1)
    return Picture(f"{entries} /Filter /CCITTFaxDecode /DecodeParms << {parms} >>", (data,), length)


def _two_colours(image: Image.Image) -> Picture:
    """Encode black and white losslessly."""
    ink = ~np.asarray(image)
    if np.count_nonzero(ink[:, 1:] != ink[:, :-1]) > _MOST_EDGES * ink.size:
        return _group4(image)
    data = jbig2.encode(ink)
    entries = _entries(image.size, "DeviceGray", 1)
    return Picture(f"{entries} /Filter /JBIG2Decode", (data,), len(data))


def _stencil(ink: jbig2.Bits) -> Picture:
    """Encode an explicit mask: ink is painted, the rest is left (ISO 32000-1 8.9.6.3)."""
    data = jbig2.encode(ink)
    entries = (
        f"/Type /XObject /Subtype /Image /Width {ink.shape[1]} /Height {ink.shape[0]}"
        " /ImageMask true /BitsPerComponent 1 /Filter /JBIG2Decode"
    )
    return Picture(entries, (data,), len(data))


def _entries(size: tuple[int, int], space: str, bits: int) -> str:
    space = space if space.startswith("[") else f"/{space}"
    return (
        f"/Type /XObject /Subtype /Image /Width {size[0]} /Height {size[1]}"
        f" /ColorSpace {space} /BitsPerComponent {bits}"
    )
