"""A drawn office page, as a colour scanner at 300 dpi delivers it, with everything that is hard.

Print, a red stamp over it, a pale stamp, a blue signature, a pencil note, a carbon copy, a printed
photograph, a continuous one, a QR-like code: each in a box of its own that a test can ask for.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

DPI = 300
SIZE = (1650, 2325)
"""Less than A4, so that tests are quick; whole points, so that it is shown pixel by pixel."""
FONT = Path(__file__).parents[2] / "signing" / "appearance" / "mark.ttf"
PAPER = (247, 245, 238)

PRINT = (120, 100, 1540, 700)
STAMP = (930, 740, 1530, 1340)
SIGNATURE = (120, 780, 760, 1080)
PALE_STAMP = (120, 1180, 560, 1620)
PENCIL = (600, 1380, 1120, 1580)
CARBON = (120, 1650, 1000, 1760)
PHOTO = (120, 1800, 620, 2240)
HALFTONE = (680, 1800, 1180, 2240)
CODE = (1240, 1860, 1540, 2160)
BARE = (1150, 1420, 1540, 1740)

LINES = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Căn cước công dân số 022196999001",
    "Nơi cư trú: tổ 4, khu 6, phường Vân Hải",
    "Quyết định số 280/QĐ-UBND ngày 22/11/2024",
    "về việc điều chỉnh dự toán năm 2024, cụ thể:",
)


def ink() -> dict[str, np.ndarray]:
    """Where each thing was drawn: coverage from 0 to 255, at the page's size."""
    drawn = {
        "print": _printed(),
        "stamp": _seal(STAMP, 14),
        "pale_stamp": _seal(PALE_STAMP, 9),
        "signature": _scrawl(SIGNATURE, 6, 3),
        "pencil": _scrawl(PENCIL, 5, 4),
        "carbon": _line_of_text(CARBON, "Bản sao qua giấy than: 1.250.000 đ", 54),
        "code": _code(),
    }
    return {name: np.asarray(layer) for name, layer in drawn.items()}


def scan(grain: float = 2.5, seed: int = 5) -> Image.Image:
    """The page as scanned: colour, grain, a little blur; to be saved as the scanner's JPEG."""
    chance = np.random.default_rng(seed)
    page = Image.new("RGB", SIZE, PAPER)
    layers = {name: Image.fromarray(layer) for name, layer in ink().items()}
    for name, colour, strength in (
        ("pale_stamp", (206, 60, 80), 0.3),
        ("carbon", (84, 80, 150), 0.45),
        ("print", (28, 27, 30), 1.0),
        ("code", (25, 25, 25), 1.0),
        ("stamp", (205, 45, 55), 0.9),
        ("signature", (35, 55, 150), 1.0),
    ):
        page.paste(colour, mask=layers[name].point(lambda level, s=strength: round(level * s)))
    # Graphite catches on the grain of the paper: it is broken, not evenly grey.
    tooth = chance.random((SIZE[1] // 2, SIZE[0] // 2)) * 0.5 + 0.05
    grit = Image.fromarray((tooth * 255).astype(np.uint8)).resize(SIZE, Image.Resampling.BILINEAR)
    page.paste((95, 95, 100), mask=ImageChops.multiply(layers["pencil"], grit))
    page.paste(_scene(PHOTO), PHOTO[:2])
    page.paste(_screened(_scene(HALFTONE)), HALFTONE[:2])
    page = page.filter(ImageFilter.GaussianBlur(0.8))
    noise = chance.normal(0, grain, (SIZE[1], SIZE[0], 1)) + chance.normal(0, 1, (*SIZE[::-1], 3))
    return Image.fromarray((np.asarray(page) + noise).round().clip(0, 255).astype(np.uint8))


def save(path: Path, picture: Image.Image | None = None) -> Path:
    (picture or scan()).save(path, quality=88, dpi=(DPI, DPI))
    return path


def _blank() -> Image.Image:
    return Image.new("L", SIZE, 0)


def _printed() -> Image.Image:
    sheet = _blank()
    pen, font = ImageDraw.Draw(sheet), ImageFont.truetype(FONT, 54)
    for number, line in enumerate(LINES):
        pen.text((PRINT[0] + 10, PRINT[1] + 95 * number), line, 255, font)
    # One more, under the stamp.
    pen.text((900, 1000), "TM. ỦY BAN NHÂN DÂN", 255, ImageFont.truetype(FONT, 58))
    return sheet


def _line_of_text(box: tuple[int, ...], text: str, size: int) -> Image.Image:
    sheet = _blank()
    ImageDraw.Draw(sheet).text(box[:2], text, 255, ImageFont.truetype(FONT, size))
    return sheet.filter(ImageFilter.GaussianBlur(1.2))


def _seal(box: tuple[int, ...], width: int) -> Image.Image:
    sheet = _blank()
    pen = ImageDraw.Draw(sheet)
    x0, y0, x1, y1 = box
    x, y, radius = (x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2
    for share, line in ((0.98, width), (0.9, width // 2), (0.56, width // 2)):
        r = radius * share
        pen.ellipse((x - r, y - r, x + r, y + r), outline=255, width=line)
    points = [
        (x + math.sin(turn) * r, y - math.cos(turn) * r)
        for turn, r in (
            (math.pi * k / 5, radius * (0.3 if k % 2 == 0 else 0.12)) for k in range(10)
        )
    ]
    pen.polygon(points, fill=255)
    font = ImageFont.truetype(FONT, int(radius * 0.2))
    for k, letter in enumerate("ỦY BAN NHÂN DÂN PHƯỜNG"):
        turn = -150 + 300 * k / 21
        tile = Image.new("L", (120, 120), 0)
        ImageDraw.Draw(tile).text((60, 60), letter, 255, font, anchor="mm")
        tile = tile.rotate(-turn, Image.Resampling.BICUBIC)
        r = radius * 0.73
        at = x + math.sin(math.radians(turn)) * r, y - math.cos(math.radians(turn)) * r
        sheet.paste(255, (round(at[0]) - 60, round(at[1]) - 60), tile)
    return sheet


def _scrawl(box: tuple[int, ...], width: int, loops: int) -> Image.Image:
    sheet = _blank()
    x0, y0, x1, y1 = box
    steps = np.linspace(0, 1, 400)
    swing = np.sin(steps * loops * 2 * math.pi)
    x = x0 + 20 + (x1 - x0 - 40) * steps + 40 * np.sin(steps * loops * 4 * math.pi + 1)
    y = (y0 + y1) / 2 + (y1 - y0) * 0.38 * swing * np.cos(steps * 2.2)
    ImageDraw.Draw(sheet).line(list(zip(x, y, strict=True)), fill=255, width=width, joint="curve")
    return sheet


def _scene(box: tuple[int, ...]) -> Image.Image:
    """A photograph of nothing: hills, a sun, leaves."""
    wide, high = box[2] - box[0], box[3] - box[1]
    across, down = np.meshgrid(np.linspace(0, 1, wide), np.linspace(0, 1, high))
    picture = np.stack([150 - 60 * down, 170 - 40 * down, 205 - 30 * down], axis=2)
    picture[np.hypot(across - 0.7, down - 0.25) < 0.1] = (240, 215, 130)
    for k, colour in enumerate(((90, 110, 95), (60, 85, 55), (35, 55, 35))):
        ridge = 0.45 + 0.17 * k + 0.06 * np.sin(across * (7 + 4 * k) + 2 * k)
        leaves = 18 * np.sin(across * 190 + k) * np.sin(down * 170 + across * 60)
        picture = np.where(
            (down > ridge)[:, :, None], np.array(colour) + leaves[:, :, None], picture
        )
    return Image.fromarray(picture.clip(0, 255).astype(np.uint8))


def _screened(picture: Image.Image) -> Image.Image:
    """Printed: grey dots at 45 degrees, 85 to the inch."""
    grey = np.asarray(picture.convert("L")).astype(float)
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]]
    pitch = DPI / 85
    u, v = (x + y) / math.sqrt(2) * math.pi / pitch, (x - y) / math.sqrt(2) * math.pi / pitch
    screen = 127 + 64 * (np.cos(2 * u) + np.cos(2 * v))
    dots = np.where(grey > screen, 240, 40).astype(np.uint8)
    return Image.fromarray(dots).convert("RGB")


def _code() -> Image.Image:
    sheet = _blank()
    modules = np.random.default_rng(11).random((49, 49)) < 0.5
    side = (CODE[2] - CODE[0]) // 49
    square = Image.fromarray((modules * 255).astype(np.uint8)).resize(
        (49 * side, 49 * side), Image.Resampling.NEAREST
    )
    sheet.paste(square, CODE[:2])
    return sheet
