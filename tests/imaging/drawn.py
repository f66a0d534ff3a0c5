"""Pages drawn for the tests: known words at known places, then made to look scanned."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

DPI = 200
A4 = (1654, 2339)
PAPER = (250, 249, 245)
LINES = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "TỜ KHAI ĐĂNG KÝ KHAI SINH",
    "Kính gửi: Ủy ban nhân dân phường Trần Phú",
    "Họ, chữ đệm, tên người yêu cầu: Nguyễn Thị Lan",
    "Ngày, tháng, năm sinh: 05/03/1986",
    "Nơi cư trú: Thôn Phước Lộc, xã Tịnh Sơn",
    "Đề nghị cơ quan đăng ký khai sinh cho người dưới đây",
    "Tôi cam đoan nội dung khai trên là đúng sự thật",
    "và chịu trách nhiệm trước pháp luật về cam đoan của mình",
)
_FONTS = (
    "/usr/share/fonts/truetype/croscore/Tinos-Regular.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf",
)
_MONO_FONTS = (
    "/usr/share/fonts/truetype/croscore/Cousine-Regular.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
)


@lru_cache(maxsize=32)
def font(size: int, *, mono: bool = False) -> ImageFont.FreeTypeFont:
    paths = _MONO_FONTS if mono else _FONTS
    return ImageFont.truetype(next(path for path in paths if Path(path).exists()), size)


def sheet(size: tuple[int, int] = A4, paper: tuple[int, int, int] = PAPER) -> Image.Image:
    return Image.new("RGB", size, paper)


def write(
    page: Image.Image, lines: tuple[str, ...] = LINES, left: int = 220, top: int = 260
) -> dict[str, tuple[int, int, int, int]]:
    """Draw lines; the box of each is returned."""
    draw, boxes = ImageDraw.Draw(page), {}
    for i, line in enumerate(lines):
        place = (left, top + 62 * i)
        draw.text(place, line, font=font(38), fill=(25, 25, 30))
        boxes[line] = tuple(round(v) for v in draw.textbbox(place, line, font=font(38)))
    return boxes


@lru_cache(maxsize=1)
def _text_page() -> Image.Image:
    page = sheet()
    write(page)
    return page


def text_page() -> Image.Image:
    return _text_page().copy()


def stamp(page: Image.Image, centre: tuple[int, int], radius: int = 130) -> None:
    """A round red stamp; print under it shows through as it does under ink."""
    ink = Image.new("RGB", page.size, "white")
    draw, (x, y) = ImageDraw.Draw(ink), centre
    for r in (radius, radius - 25):
        draw.ellipse((x - r, y - r, x + r, y + r), outline=(205, 45, 50), width=7)
    draw.text((x - 70, y - 20), "PHƯỜNG", font=font(36), fill=(205, 45, 50))
    page.paste(ImageChops.multiply(page, ink))


def signature(page: Image.Image, start: tuple[int, int]) -> None:
    """A pen stroke in blue ink, 25 mm long."""
    x = np.arange(0, 200)
    y = 40 * np.sin(x / 14.0) * np.exp(-x / 160.0)
    points = [(start[0] + int(a), start[1] + int(b)) for a, b in zip(x, y, strict=True)]
    ImageDraw.Draw(page).line(points, fill=(40, 50, 130), width=4)


def show_through(page: Image.Image, strength: float = 0.1) -> Image.Image:
    """The mirrored print of the other side, paler."""
    behind = text_page().transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    behind = behind.filter(ImageFilter.GaussianBlur(2))
    return Image.blend(page, behind, strength)


def leaning(page: Image.Image, clockwise_deg: float) -> Image.Image:
    return page.rotate(
        -clockwise_deg, resample=Image.Resampling.BILINEAR, expand=True, fillcolor=PAPER
    )


def turned(page: Image.Image, clockwise_deg: int) -> Image.Image:
    """The page as it lies after a clockwise turn; turning on to 360 brings it upright."""
    return page.rotate(-clockwise_deg, expand=True)


def scanned(page: Image.Image, seed: int = 1) -> Image.Image:
    """Softened and noisy."""
    values = np.asarray(page.filter(ImageFilter.BoxBlur(1))).astype(np.int16)
    rows, columns = values.shape[:2]
    tile = np.random.default_rng(seed).normal(0, 5, (256, 256, 3)).astype(np.int16)
    noise = np.tile(tile, (rows // 256 + 1, columns // 256 + 1, 1))[:rows, :columns]
    return Image.fromarray(np.clip(values + noise, 0, 255).astype(np.uint8))


def save(page: Image.Image, path: Path, dpi: int = DPI) -> Path:
    page.save(path, quality=85, dpi=(dpi, dpi))
    return path
