"""The picture in a mark: a signature or a seal, checked before it is trusted with memory.

Only PNG is taken (Decree 30/2020/ND-CP, Annex I), on a transparent ground and in the ink that
the law names. Its header is read before any pixel is unpacked. What is handed on is cut to the
ink, so that sizes in millimetres are those of the seal and not of the paper around it.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from signing.appearance.profile import ImageRule
from signing.errors import MarkUnusable

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 8_000_000
MAX_SIDE_PX = 6_000
MAX_PIXELS = 16_000_000
LEAST_SIDE_PX = 60
"""Below it a signature is a smudge."""
_PRINT_DPI = 600
_STENCIL_PX = 900
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_INK_SHARE = 0.8
"""Share of the ink that must have the colour that the profile asks for."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Ink on nothing: 8-bit RGB and its opacity, row by row from the top."""

    width_px: int
    height_px: int
    rgb: bytes
    alpha: bytes

    def stencil(self) -> Stencil:
        """The opacity as one bit, fine enough that its edges print smooth."""
        from PIL import Image

        times = max(1, -(-_STENCIL_PX // max(self.width_px, self.height_px)))
        size = self.width_px * times, self.height_px * times
        alpha = Image.frombytes("L", (self.width_px, self.height_px), self.alpha)
        if times > 1:
            alpha = alpha.resize(size, Image.Resampling.BICUBIC)
        # In an image mask 1 is not painted (ISO 32000-1 8.9.6.3).
        bits = alpha.point([255] * 128 + [0] * 128, "1")
        return Stencil(*size, bits.tobytes())


@dataclass(frozen=True, slots=True)
class Stencil:
    """An explicit mask of one bit a pixel, rows padded to bytes."""

    width_px: int
    height_px: int
    bits: bytes


def load(path: Path, rule: ImageRule) -> Picture:
    """Read a picture for a mark.

    Args:
        path: a PNG file.
        rule: its size on paper and its ink.

    Raises:
        MarkUnusable: the file is no usable PNG, is opaque, or has ink of another colour; the
            text says which.
    """
    try:
        facts = path.stat()
        return _loaded(path, facts.st_mtime_ns, facts.st_size, rule)
    except OSError as error:
        raise _refused(path, error.strerror or "unreadable", "không đọc được tệp") from None


@lru_cache(maxsize=8)
def _loaded(path: Path, _changed_ns: int, size: int, rule: ImageRule) -> Picture:
    """A batch prints the same seal on every file: it is unpacked once."""
    if size > MAX_BYTES:
        raise _refused(path, f"it has {size:,} bytes", f"tệp lớn quá ({size:,} byte)")
    data = path.read_bytes()
    _check_header(path, data)
    image = _unpacked(path, data)
    cut = image.getchannel("A").point(lambda a: 255 if a >= 16 else 0).getbbox()
    if cut is None:
        raise _refused(path, "it is empty", "ảnh trống, không có nét mực nào")
    if min(image.getchannel("A").tobytes()) >= 128:
        raise _refused(
            path, "its ground is not transparent", "nền ảnh không trong suốt; lưu lại với nền trong"
        )
    image = _fitted(image.crop(cut), rule)
    if min(image.size) < 2 or max(image.size) < LEAST_SIDE_PX:
        raise _refused(path, "it is too small to print", "ảnh nhỏ quá, in ra không rõ")
    _check_ink(path, image, rule.ink)
    return Picture(*image.size, image.convert("RGB").tobytes(), image.getchannel("A").tobytes())


def _check_header(path: Path, data: bytes) -> None:
    """Refuse by the first bytes what would cost memory or is of another kind."""
    if data.startswith(b"\xff\xd8"):
        raise _refused(
            path,
            "it is a JPEG, which has no transparent ground",
            "ảnh JPEG không có nền trong suốt",
        )
    if not data.startswith(_SIGNATURE) or data[12:16] != b"IHDR" or len(data) < 33:
        raise _refused(path, "it is no PNG", "không phải tệp PNG")
    width, height = struct.unpack(">II", data[16:24])
    if not 0 < width <= MAX_SIDE_PX or not 0 < height <= MAX_SIDE_PX:
        raise _refused(path, f"it has {width}×{height} pixels", f"ảnh có {width}×{height} điểm")
    if width * height > MAX_PIXELS:
        raise _refused(path, f"it has {width}×{height} pixels", f"ảnh có {width}×{height} điểm")


def _unpacked(path: Path, data: bytes) -> Image:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the limits above are tighter than the library's
            with Image.open(BytesIO(data), formats=["PNG"]) as image:
                image.load()
                return _eight_bit(image)
    except (OSError, ValueError, SyntaxError, EOFError, zlib.error, struct.error) as error:
        raise _refused(path, f"it is damaged ({error})", "tệp ảnh bị hỏng") from None
    except (UnidentifiedImageError, MemoryError, OverflowError):
        raise _refused(path, "it is damaged", "tệp ảnh bị hỏng") from None


def _eight_bit(image: Image) -> Image:
    """RGBA of any PNG: palettes and 1 to 16 bits a channel."""
    if image.mode.startswith("I"):  # 16-bit grey has no way straight to colour
        image = image.convert("L")
    return image.convert("RGBA")


def _fitted(image: Image, rule: ImageRule) -> Image:
    """No more pixels than a printer shows at the size in the profile."""
    from PIL import Image as Pillow

    most = [round(side / 25.4 * _PRINT_DPI) for side in (rule.width_mm, rule.height_mm)]
    scale = min(most[0] / image.width, most[1] / image.height)
    if scale >= 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Pillow.Resampling.LANCZOS)


def _check_ink(path: Path, image: Image, ink: str) -> None:
    if ink == "any":
        return
    small = image.copy()
    small.thumbnail((200, 200))
    pixels = small.tobytes()
    inked = [pixels[i : i + 3] for i in range(0, len(pixels), 4) if pixels[i + 3] >= 128]
    fit = sum(_is_blue(*p) if ink == "blue" else _is_red(*p) for p in inked)
    if not inked or fit < _INK_SHARE * len(inked):
        vi = {"blue": "màu xanh", "red": "màu đỏ"}[ink]
        raise _refused(path, f"its ink is not {ink}", f"mực không phải {vi} như quy định")


def _is_blue(red: int, green: int, blue: int) -> bool:
    return blue > red + 20 and blue >= green - 10


def _is_red(red: int, green: int, blue: int) -> bool:
    return red > green + 40 and red > blue + 40


def _refused(path: Path, en: str, vi: str) -> MarkUnusable:
    return MarkUnusable(
        f"the picture {path.name} cannot be used: {en}", f"không dùng được ảnh {path.name}: {vi}"
    )
