"""Marks on paper: stamps, signatures, finger prints, QR symbols; and a card's printed ground."""

from __future__ import annotations

import math
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .fonts import font
from .sheet import mm

STAMP_RED = (203, 28, 48)
PEN_BLUE = (24, 44, 148)
_FINE = 3
"""Marks are drawn three times finer and reduced: curves stay smooth."""


def rng_for(*names: object) -> np.random.Generator:
    """A random source that belongs to these names: one mark drawn alone is the same mark."""
    return np.random.default_rng(zlib.crc32("|".join(map(str, names)).encode()))


def _inked(mask: Image.Image, colour: tuple[int, int, int], strength: float) -> Image.Image:
    """A coverage mask as transparent ink."""
    layer = Image.new("RGBA", mask.size, (*colour, 0))
    layer.putalpha(mask.point([round(value * strength) for value in range(256)]))
    return layer


def _arc_size(text: str, reach: float, size: int) -> int:
    """The letters' size at which a text keeps to its share of the circle."""
    length = font("sans", "b", size).getlength(text) + size * 0.12 * len(text)
    return min(size, int(size * reach / length))


def _arc_text(mask: Image.Image, text: str, radius: int, size: int, *, below: bool) -> None:
    """Write along a circle, the middle of the text at its top (or, turned round, its bottom)."""
    size = _arc_size(text, math.radians(120 if below else 215) * radius, size)
    face = font("sans", "b", size)
    middle = mask.width // 2
    advances = [face.getlength(letter) + size * 0.12 for letter in text]
    angle = -sum(advances) / 2 / radius
    for letter, advance in zip(text, advances, strict=True):
        turn = angle + advance / 2 / radius
        angle += advance / radius
        tile = Image.new("L", (size * 2, size * 2))
        ImageDraw.Draw(tile).text((size, size), letter, font=face, fill=255, anchor="mm")
        way = -1 if below else 1
        tile = tile.rotate(-way * math.degrees(turn), Image.Resampling.BICUBIC)
        x = middle + radius * math.sin(turn) - size
        y = middle - way * radius * math.cos(turn) - size
        box = (round(x), round(y), round(x) + tile.width, round(y) + tile.height)
        mask.paste(ImageChops.lighter(mask.crop(box), tile), box)


def _star(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    """A five-pointed star standing on two points."""
    points = []
    for index in range(10):
        reach = radius if index % 2 == 0 else radius * 0.382
        turn = math.pi * index / 5
        points.append((x + reach * math.sin(turn), y - reach * math.cos(turn)))
    draw.polygon(points, fill=255)


def _uneven(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """How much ink a rubber stamp gave, place by place."""
    coarse = rng.normal(225, 32, (size[1] // 12 + 1, size[0] // 12 + 1))
    fine = rng.normal(0, 22, (size[1] // 2 + 1, size[0] // 2 + 1))
    spread = Image.fromarray(np.clip(coarse, 90, 255).astype(np.uint8)).resize(
        size, Image.Resampling.BICUBIC
    )
    grain = Image.fromarray(np.clip(128 + fine, 0, 255).astype(np.uint8)).resize(
        size, Image.Resampling.BILINEAR
    )
    return ImageChops.add(spread, grain, scale=1, offset=-128)


def round_stamp(top: str, bottom: str, centre: str, diameter_mm: float = 35) -> Image.Image:
    """A red round stamp: two rings, text on a circle, a star, a word in the middle.

    Args:
        top: Text along the upper arc.
        bottom: Text along the lower arc.
        centre: A word under the star.
        diameter_mm: Outer diameter.

    Returns:
        Transparent ink at 300 dpi, a little turned, as by hand.
    """
    rng = rng_for("stamp", top, bottom)
    side = mm(diameter_mm + 3) * _FINE
    unit = mm(diameter_mm) * _FINE / 100
    mask = Image.new("L", (side, side))
    draw = ImageDraw.Draw(mask)
    middle = side / 2
    for radius, width in ((49, 1.6), (45.6, 0.7), (27.5, 0.8)):
        reach = radius * unit
        box = (middle - reach, middle - reach, middle + reach, middle + reach)
        draw.ellipse(box, outline=255, width=round(width * unit))
    _star(draw, middle, middle - 5 * unit, 13 * unit)
    face = font("sans", "b", round(7.2 * unit))
    draw.text((middle, middle + 14 * unit), centre, font=face, fill=255, anchor="mm")
    _arc_text(mask, top, round(36.4 * unit), round(9.0 * unit), below=False)
    _arc_text(mask, bottom, round(36.4 * unit), round(8.0 * unit), below=True)
    mask = mask.rotate(rng.uniform(-14, 14), Image.Resampling.BICUBIC)
    mask = mask.resize((side // _FINE, side // _FINE), Image.Resampling.LANCZOS)
    mask = ImageChops.multiply(mask, _uneven(mask.size, rng))
    return _inked(mask.filter(ImageFilter.GaussianBlur(0.7)), STAMP_RED, 0.9)


def _pen_path(rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """Strokes of a signature in a box of about 1 × 0.5: an initial, a run of loops, a flourish."""
    t = np.linspace(0, 1, 240)
    turns, tall, wide = rng.uniform(1.0, 1.9), rng.uniform(0.13, 0.21), rng.uniform(0.05, 0.11)
    slant, phase = rng.uniform(0.05, 0.16), rng.uniform(0, 2 * np.pi)
    up = tall * np.cos(2 * np.pi * turns * t + phase)
    initial = np.stack(
        [0.16 + wide * np.sin(2 * np.pi * turns * t * 1.3 + phase) + slant * -up + 0.08 * t,
         0.25 + up],
        axis=1,
    )  # fmt: skip
    t = np.linspace(0, 1, 600)
    loops, beat = rng.uniform(3.2, 7.5), rng.uniform(1.2, 3.6)
    height = (0.03 + rng.uniform(0.05, 0.10) * np.sin(np.pi * t * beat + phase) ** 2) * (1.2 - t)
    angle = 2 * np.pi * loops * t + rng.uniform(0, 6)
    wave = height * np.cos(angle)
    run = np.stack(
        [0.22 + rng.uniform(0.45, 0.62) * t + rng.uniform(0.012, 0.045) * np.sin(angle)
         - slant * 2 * wave,
         0.28 - rng.uniform(-0.03, 0.08) * t + wave],
        axis=1,
    )  # fmt: skip
    t = np.linspace(0, 1, 160)
    back, drop = rng.uniform(0.2, 0.7), rng.uniform(0.08, 0.2)
    tail = np.stack(
        [run[-1, 0] + 0.14 * np.sin(np.pi * t) - back * t**2,
         run[-1, 1] + drop * t - rng.uniform(0.02, 0.14) * t**3],
        axis=1,
    )  # fmt: skip
    return [initial, np.concatenate([run, tail])]


def signature(name: str, width_mm: float = 38) -> Image.Image:
    """A signature in blue ink that belongs to a name.

    Args:
        name: Whose it is; the same name always signs alike.
        width_mm: Width of the whole.

    Returns:
        Transparent ink at 300 dpi.
    """
    rng = rng_for("signature", name)
    width = mm(width_mm) * _FINE
    mask = Image.new("L", (width, round(width * 0.55)))
    draw = ImageDraw.Draw(mask)
    strokes = _pen_path(rng)
    low = np.concatenate(strokes).min(axis=0)
    spread = np.concatenate(strokes).max(axis=0) - low
    scale = width * min(0.88 / spread[0], 0.44 / spread[1])
    corner = (np.array(mask.size) - spread * scale) / 2
    for stroke in strokes:
        points = (stroke - low) * scale + corner
        pressure = 1 + 0.28 * np.sin(np.linspace(0, rng.uniform(8, 20), len(points)))
        for start, end, press in zip(points[:-1], points[1:], pressure, strict=False):
            reach = press * mm(0.2) * _FINE
            draw.line((*start, *end), fill=255, width=round(2 * reach))
            draw.ellipse((end[0] - reach, end[1] - reach, end[0] + reach, end[1] + reach), fill=255)
    mask = mask.rotate(rng.uniform(2, 9), Image.Resampling.BICUBIC)
    small = mask.resize((mask.width // _FINE, mask.height // _FINE), Image.Resampling.LANCZOS)
    return _inked(small.filter(ImageFilter.GaussianBlur(0.5)), PEN_BLUE, 0.88)


def finger_print(name: str, size_mm: tuple[float, float]) -> Image.Image:
    """A finger print in grey: bent ridges in an oval."""
    rng = rng_for("finger", name)
    width, height = mm(size_mm[0]), mm(size_mm[1])
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = x / width - 0.5, y / height - 0.45
    bend = np.hypot(u * 1.1, v * 0.8 + 0.25 * u * u) + 0.03 * np.sin(9 * u + rng.uniform(0, 6))
    ridges = 0.5 + 0.5 * np.sin(bend * 2 * np.pi * 19)
    inside = np.clip((0.15 - (u * u + (v * 0.92) ** 2)) * 30, 0, 1)
    mask = Image.fromarray((ridges * inside * 200).astype(np.uint8))
    return _inked(mask, (60, 50, 60), 0.8)


def guilloche(width: int, height: int) -> Image.Image:
    """A card's ground: a pale green and rose tint under two families of fine waves."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = x / width, y / height
    ground = np.stack(
        [222 + 22 * v - 8 * u, 236 - 8 * v + 6 * u, 226 - 4 * v + 4 * u], axis=-1
    ).astype(np.float32)
    first = np.sin(y / 4.6 + 5 * np.sin(u * 9) + 3 * np.sin(u * 4 + 1))
    second = np.sin((x + y) / 6.5 + 6 * np.sin(v * 7 + u * 3))
    for wave, colour in ((first, (16, 6, 12)), (second, (4, 12, 12))):
        line = np.exp(-((wave / 0.35) ** 2))
        ground -= line[..., None] * np.array(colour, dtype=np.float32)
    return Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8))


def portrait(width: int, height: int) -> Image.Image:
    """A placeholder for a portrait: a drawn head and shoulders, nobody's face."""
    fine = Image.new("RGB", (width * _FINE, height * _FINE), (206, 219, 232))
    draw = ImageDraw.Draw(fine)
    w, h = fine.size
    hair, skin, shirt = (46, 40, 42), (226, 190, 165), (240, 240, 243)
    draw.ellipse((w * 0.24, h * 0.12, w * 0.76, h * 0.66), fill=hair)
    draw.rectangle((w * 0.24, h * 0.38, w * 0.76, h * 0.74), fill=hair)
    draw.polygon(
        [(w * 0.02, h), (w * 0.10, h * 0.84), (w * 0.38, h * 0.74), (w * 0.62, h * 0.74),
         (w * 0.90, h * 0.84), (w * 0.98, h)],
        fill=shirt,
    )  # fmt: skip
    draw.rectangle((w * 0.42, h * 0.58, w * 0.58, h * 0.76), fill=(212, 174, 150))
    draw.polygon([(w * 0.40, h * 0.74), (w * 0.60, h * 0.74), (w * 0.50, h * 0.84)], fill=skin)
    draw.ellipse((w * 0.31, h * 0.20, w * 0.69, h * 0.66), fill=skin)
    draw.chord((w * 0.28, h * 0.14, w * 0.72, h * 0.46), 180, 360, fill=hair)
    for x in (0.42, 0.58):
        draw.ellipse((w * (x - 0.03), h * 0.405, w * (x + 0.03), h * 0.43), fill=hair)
    draw.arc((w * 0.44, h * 0.50, w * 0.56, h * 0.57), 20, 160, fill=(168, 92, 88), width=_FINE * 3)
    return fine.resize((width, height), Image.Resampling.LANCZOS)


def qr_code(payload: str, side_mm: float) -> Image.Image:
    """A QR symbol without its quiet zone, whole pixels a module.

    Args:
        payload: What it carries, written as UTF-8.
        side_mm: Least width of the symbol.

    Returns:
        Black on white at 300 dpi.
    """
    import segno  # only drawing needs it, so it is a test dependency

    symbol = segno.make(payload, error="m", encoding="utf-8", micro=False)
    modules = np.array([[bool(cell) for cell in row] for row in symbol.matrix])
    scale = math.ceil(mm(side_mm) / len(modules))
    pixels = np.where(np.kron(modules, np.ones((scale, scale))) > 0, 24, 255)
    return Image.fromarray(pixels.astype(np.uint8)).convert("RGB")
