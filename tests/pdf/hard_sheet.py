"""A second drawn page at 300 dpi: what pens, presses and copiers leave on office paper.

Every tile holds one thing that a compressor may spoil, with the ink that a test asks for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from tests.pdf import office_sheet

DPI = 300
TILE = (1200, 560)
COLUMNS = 2
FONT = office_sheet.FONT
PAPER = (246, 244, 240)
BLACK, BLUE, RED = (32, 31, 34), (38, 60, 160), (204, 48, 58)
Ink = dict[str, np.ndarray]
"""Coverage from 0 to 255 of each thing drawn on a tile."""
TEXT = (
    "Điều 3. Ủy ban nhân dân phường",
    "chịu trách nhiệm thi hành Quyết định",
    "kể từ 01/7/2025.",
)


@dataclass
class Tile:
    """A part of the page under the pen, and what was drawn where."""

    picture: Image.Image
    ink: dict[str, Image.Image]

    def write(
        self, name: str, at: tuple[int, int], text: str, size: int, colour: tuple[int, int, int],
        strength: float = 1.0,
    ) -> None:  # fmt: skip
        mask = Image.new("L", TILE, 0)
        ImageDraw.Draw(mask).text(at, text, 255, ImageFont.truetype(FONT, size))
        self.put(name, mask, colour, strength)

    def put(self, name: str, mask: Image.Image, colour: tuple[int, ...], strength: float) -> None:
        """Ink takes light away from what lies below."""
        shade = Image.new("RGB", TILE, colour)
        darker = ImageChops.darker(self.picture, shade)
        self.picture.paste(darker, mask=mask.point(lambda level: round(level * strength)))
        known = self.ink.get(name)
        self.ink[name] = mask if known is None else ImageChops.lighter(known, mask)


def _tile(ground: tuple[int, int, int] = PAPER) -> Tile:
    return Tile(Image.new("RGB", TILE, ground), {})


def _print(tile: Tile, colour: tuple[int, int, int] = BLACK, top: int = 60, size: int = 54) -> None:
    for number, line in enumerate(TEXT):
        tile.write("print", (70, top + 100 * number), line, size, colour)


def _band(box: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", TILE, 0)
    ImageDraw.Draw(mask).rectangle(box, 255)
    return mask.filter(ImageFilter.GaussianBlur(2))


def highlighter() -> Tile:
    """Yellow, green and pink felt pens over print."""
    tile = _tile()
    _print(tile)
    pens = ("yellow", (250, 240, 90)), ("green", (160, 240, 150)), ("pink", (250, 160, 200))
    for top, (name, colour) in zip((60, 160, 260), pens, strict=True):
        tile.put(name, _band((60, top, 800, top + 70)), colour, 0.9)
    return tile


def signature_over_print() -> Tile:
    """A blue signature across printed lines, a red date stamp across both."""
    tile = _tile()
    _print(tile)
    tile.put("signature", _scrawl((200, 60, 1000, 420), 6, 4), BLUE, 0.95)
    tile.write("stamp", (420, 200), "ĐẾN NGÀY 22 -11- 2024", 52, RED, 0.85)
    return tile


def coloured_print() -> Tile:
    """Headings in blue, red, green and orange."""
    tile = _tile()
    for number, (name, colour) in enumerate(
        (("blue", (0, 80, 180)), ("red", (200, 20, 30)), ("green", (20, 120, 60)),
         ("orange", (235, 140, 30)), ("brown", (120, 70, 40)))
    ):  # fmt: skip
        tile.write(name, (70, 30 + 100 * number), "Trung tâm hành chính công", 50, colour)
    return tile


def letterhead() -> Tile:
    """White letters on dark blue, on black and on grey."""
    tile = _tile()
    grounds = ((12, 35, 100), (25, 25, 25), (120, 120, 124))
    pen = ImageDraw.Draw(tile.picture)
    for number, ground in enumerate(grounds):
        top = 30 + 170 * number
        pen.rectangle((60, top, 1140, top + 130), ground)
        mask = Image.new("L", TILE, 0)
        ImageDraw.Draw(mask).text((90, top + 30), "CỔNG DỊCH VỤ CÔNG QUỐC GIA", 255,
                                  ImageFont.truetype(FONT, 54))  # fmt: skip
        tile.picture.paste(PAPER, mask=mask)
        tile.ink[f"white_{number}"] = mask
    return tile


def table() -> Tile:
    """Hair lines, grey and black, dotted leaders, small figures."""
    tile = _tile()
    lines, dots = Image.new("L", TILE, 0), Image.new("L", TILE, 0)
    pen = ImageDraw.Draw(lines)
    for row in range(6):
        pen.line((60, 40 + 60 * row, 1140, 40 + 60 * row), 255, 1)
    for column in range(5):
        pen.line((60 + 270 * column, 40, 60 + 270 * column, 340), 255, 1)
    for x in range(60, 1140, 9):
        ImageDraw.Draw(dots).ellipse((x, 470, x + 2, 472), 255)
    for row in range(5):
        for column in range(4):
            figure = f"{(row * 7919 + column * 104729) % 999983:,}".replace(",", ".")
            tile.write("figures", (80 + 270 * column, 48 + 60 * row), figure, 33, BLACK)
    tile.put("grey_lines", lines, (150, 150, 152), 1.0)
    tile.put("dots", dots, BLACK, 1.0)
    return tile


def pencil() -> Tile:
    """Thin grey pencil: a note, ticks and an underline beside print."""
    tile = _tile()
    tile.write("print", (70, 60), TEXT[0], 54, BLACK)
    chance = np.random.default_rng(3)
    tooth = (chance.random((TILE[1] // 2, TILE[0] // 2)) * 170 + 60).clip(0, 255).astype(np.uint8)
    grit = Image.fromarray(tooth).resize(TILE, Image.Resampling.BILINEAR)
    for name, mask, grey in (
        ("underline", _band((70, 130, 700, 137)), 130),
        ("note", _scrawl((100, 200, 560, 420), 3, 5), 120),
        ("faint", _scrawl((640, 200, 1120, 420), 3, 5), 190),
    ):
        tile.put(name, ImageChops.multiply(mask, grit), (grey, grey, grey + 4), 1.0)
        tile.ink[name] = mask
    tile.write("faint_words", (90, 450), "đã kiểm tra hồ sơ gốc", 46, (178, 178, 182), 0.9)
    return tile


def carbon() -> Tile:
    """Typed through violet and through black carbon paper: soft, uneven."""
    tile = _tile()
    for number, (name, colour, strength) in enumerate(
        (("violet", (92, 70, 170), 0.6), ("violet_pale", (120, 100, 190), 0.35),
         ("black", (60, 60, 66), 0.4))
    ):  # fmt: skip
        mask = Image.new("L", TILE, 0)
        ImageDraw.Draw(mask).text((70, 60 + 150 * number), "Biên lai số 004512: 2.350.000 đ", 255,
                                  ImageFont.truetype(FONT, 56))  # fmt: skip
        tile.put(name, mask.filter(ImageFilter.GaussianBlur(1.6)), colour, strength)
    return tile


def stamps() -> Tile:
    """Violet, green and pale red stamps over print."""
    tile = _tile()
    _print(tile)
    for name, left, colour, strength in (
        ("violet", 60, (110, 50, 150), 0.8),
        ("green", 430, (30, 140, 80), 0.7),
        ("pale", 800, RED, 0.35),
    ):
        mask = Image.new("L", TILE, 0)
        pen = ImageDraw.Draw(mask)
        pen.rounded_rectangle((left, 180, left + 330, 400), 20, outline=255, width=9)
        pen.text((left + 30, 210), "ĐÃ THU", 255, ImageFont.truetype(FONT, 66))
        pen.text((left + 30, 300), "LỆ PHÍ", 255, ImageFont.truetype(FONT, 66))
        tile.put(name, mask, colour, strength)
    return tile


def newspaper() -> Tile:
    """A coarse half-tone picture beside small print on greyish paper."""
    tile = _tile((222, 218, 208))
    scene = office_sheet._scene((0, 0, 500, 440)).convert("L")
    y, x = np.mgrid[:440, :500]
    pitch = DPI / 65
    u, v = (x + y) * math.pi / pitch / math.sqrt(2), (x - y) * math.pi / pitch / math.sqrt(2)
    screen = 127 + 64 * (np.cos(2 * u) + np.cos(2 * v))
    dots = np.where(np.asarray(scene).astype(float) > screen, 218, 55).astype(np.uint8)
    tile.picture.paste(Image.fromarray(dots).convert("RGB"), (60, 60))
    for number in range(9):
        line = "Hội đồng nhân dân tỉnh khóa XVIII"
        tile.write("print", (600, 60 + 48 * number), line, 34, (50, 48, 46))
    return tile


def card() -> Tile:
    """An identity card: tinted guilloche, a portrait, small dark print, red figures."""
    tile = _tile()
    wide, high = 1010, 500
    across, down = np.meshgrid(np.arange(wide), np.arange(high))
    waves = 9 * np.sin(across / 7 + 3 * np.sin(down / 31)) + 7 * np.sin(down / 5 + across / 43)
    ground = np.stack([205 + waves, 226 + waves / 2, 214 - waves / 2], axis=2)
    tile.picture.paste(Image.fromarray(ground.clip(0, 255).astype(np.uint8)), (60, 30))
    tile.picture.paste(portrait(), (90, 160))
    tile.write("print", (400, 60), "CĂN CƯỚC CÔNG DÂN", 52, RED)
    tile.write("figures", (400, 150), "Số: 022196999001", 50, BLACK)
    lines = "Họ và tên: NGUYỄN THỊ ÁNH", "Ngày sinh: 01/02/1996", "Quê quán: Vân Hải"
    for number, line in enumerate(lines):
        tile.write("small", (400, 250 + 70 * number), line, 36, (40, 60, 60))
    return tile


def portrait() -> Image.Image:
    across, down = np.meshgrid(np.linspace(-1, 1, 240), np.linspace(-1, 1, 320))
    picture = np.full((320, 240, 3), (215, 225, 235), float)
    hair = np.hypot(across / 0.55, (down + 0.15) / 0.62) < 1
    face = np.hypot(across / 0.42, (down + 0.05) / 0.5) < 1
    coat = (down > 0.55) & (np.abs(across) < 0.35 + (down - 0.55) * 1.4)
    picture[hair], picture[coat] = (35, 28, 26), (60, 66, 90)
    picture[face] = np.array((224, 182, 156)) - 25 * np.abs(across[face])[:, None]
    for x in (-0.17, 0.17):
        picture[np.hypot((across - x) / 0.08, (down + 0.1) / 0.035) < 1] = (45, 35, 32)
    picture[np.hypot(across / 0.14, (down - 0.2) / 0.03) < 1] = (170, 85, 85)
    return Image.fromarray(picture.astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.5))


def photocopy() -> Tile:
    """A dark copy: grey ground that darkens to one side, black edge, pepper."""
    tile = _tile()
    shade = np.linspace(215, 120, TILE[0])[None, :, None] * np.ones((TILE[1], 1, 3))
    shade[:, -25:] = 30
    pepper = np.random.default_rng(2).random(TILE[::-1]) < 0.0008
    shade[pepper] = 60
    tile.picture = Image.fromarray(shade.astype(np.uint8))
    _print(tile, (45, 45, 45))
    return tile


def thermal() -> Tile:
    """A pale receipt and grey fine print."""
    tile = _tile()
    tile.write("receipt", (70, 60), "Phiếu thu 88/2024: 150.000 đ", 50, (150, 148, 155))
    tile.write("paler", (70, 160), "Mã hồ sơ H49.64-261122-0001", 46, (190, 189, 195))
    note = "Mẫu in theo Thông tư 04/2024/TT-BTP, lưu 70 năm"
    tile.write("fine", (70, 270), note, 28, (110, 110, 112))
    tile.write("finest", (70, 340), note, 22, BLACK)
    return tile


def tinted() -> Tile:
    """Coloured form paper with a watermark, blue handwriting and white correction fluid."""
    tile = _tile((250, 214, 214))
    tile.write("watermark", (300, 150), "BẢN SAO", 160, (235, 190, 190))
    _print(tile)
    tile.picture.paste((250, 250, 248), (500, 400, 900, 480))
    tile.put("signature", _scrawl((520, 380, 1000, 540), 5, 4), BLUE, 0.9)
    return tile


def _scrawl(box: tuple[int, int, int, int], width: int, loops: int) -> Image.Image:
    mask = Image.new("L", TILE, 0)
    x0, y0, x1, y1 = box
    steps = np.linspace(0, 1, 500)
    x = x0 + (x1 - x0) * steps + 35 * np.sin(steps * loops * 4 * math.pi + 1)
    y = (y0 + y1) / 2 + (y1 - y0) * 0.42 * np.sin(steps * loops * 2 * math.pi) * np.cos(steps * 2)
    ImageDraw.Draw(mask).line(list(zip(x, y, strict=True)), fill=255, width=width, joint="curve")
    return mask


TILES: dict[str, Callable[[], Tile]] = {
    tile.__name__: tile
    for tile in (
        highlighter, signature_over_print, coloured_print, letterhead, table, pencil, carbon,
        stamps, newspaper, card, photocopy, thermal, tinted,
    )
}  # fmt: skip


def place(name: str) -> tuple[int, int]:
    """Left and top of a tile on the page."""
    row, column = divmod(list(TILES).index(name), COLUMNS)
    return column * TILE[0], row * TILE[1]


def sheet(names: Sequence[str] = tuple(TILES)) -> tuple[Image.Image, dict[str, Ink]]:
    """The page as scanned, and for every tile where its inks lie on it."""
    size = COLUMNS * TILE[0], -(-len(TILES) // COLUMNS) * TILE[1]
    page = Image.new("RGB", size, PAPER)
    ink: dict[str, Ink] = {}
    for name in names:
        tile = TILES[name]()
        page.paste(tile.picture, place(name))
        ink[name] = {key: np.asarray(mask) for key, mask in tile.ink.items()}
    return scanned(page), ink


def scanned(page: Image.Image, seed: int = 7) -> Image.Image:
    """Blurred and grainy, as a scanner sees it."""
    chance = np.random.default_rng(seed)
    seen = np.asarray(page.filter(ImageFilter.GaussianBlur(0.8))).astype(float)
    seen += chance.normal(0, 2.5, (*seen.shape[:2], 1)) + chance.normal(0, 1, seen.shape)
    return Image.fromarray(seen.round().clip(0, 255).astype(np.uint8))


def save(path: Path, picture: Image.Image) -> Path:
    picture.save(path, quality=88, dpi=(DPI, DPI))
    return path
