"""Pages and defects that no threshold was fitted on: other fonts, papers, lids, pens and seals.

Everything follows from the seed. Where `drawn` makes the pages that the thresholds were set by,
this makes the pages on which they have to hold.
"""

from __future__ import annotations

import random
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

DPI = 200
MM = DPI / 25.4
A4 = (1654, 2339)
PAPERS = ((255, 255, 255), (243, 232, 205), (228, 226, 220), (236, 241, 250), (247, 228, 231))
"""White, dó, recycled, and the blue and pink of carbonless sets."""
LIDS = {"black": (18, 18, 20), "grey": (120, 122, 124), "white": (255, 255, 255)}
_FOLDER = Path("/usr/share/fonts/truetype")
_FONTS = ("dejavu/DejaVuSans.ttf", "dejavu/DejaVuSerif-Italic.ttf", "dejavu/DejaVuSerif.ttf")
_TEXT = (
    "biên bản họp thôn về việc xác nhận nguồn gốc sử dụng đất của hộ ông Trần Văn Bình trú tại "
    "ấp Mỹ Lợi xã Tân Hội huyện Cai Lậy giấy phép xây dựng nhà ở riêng lẻ số 57 ngày 18 tháng 9 "
    "căn cứ luật đất đai và các nghị định hướng dẫn thi hành theo đề nghị của trưởng phòng"
)
_WORDS = _TEXT.split()


@lru_cache(maxsize=32)
def font(number: int, size: int) -> ImageFont.FreeTypeFont:
    """One of the fonts that the thresholds have not seen."""
    known = [path for name in _FONTS if (path := _FOLDER / name).exists()]
    return ImageFont.truetype(str(known[number % len(known)]), size)


@lru_cache(maxsize=12)
def _paper(kind: int) -> Image.Image:
    dice, values = random.Random(kind), np.random.default_rng(kind)
    columns, rows = A4
    coarse = values.normal(0, 1, (rows // 24 + 2, columns // 24 + 2))
    fibres = Image.fromarray((128 + 12 * coarse).clip(0, 255).astype(np.uint8)).resize(A4)
    light = np.linspace(0, dice.uniform(0, 10), columns, dtype=np.float32)[None, :]
    shade = (np.asarray(fibres, np.float32) - 128) / 12 * dice.uniform(0.2, 0.7) - light
    sheet = np.asarray(PAPERS[kind % len(PAPERS)], np.float32) + shade[:, :, None]
    if kind % 5 == 3:
        sheet[rows // 2 : rows // 2 + 3] -= 8
    return Image.fromarray(sheet.clip(0, 255).astype(np.uint8))


def paper(seed: int) -> Image.Image:
    """An empty sheet: tinted, cloudy by a level, lit unevenly, one in five folded once."""
    return _paper(seed % 10).copy()


def printed(seed: int, lines: int = 34) -> Image.Image:
    """A page of running text, with rulings under some of it."""
    dice = random.Random(seed)
    page = paper(seed)
    pen, size = ImageDraw.Draw(page), dice.choice((26, 30, 34))
    ink = dice.choice(((10, 10, 10), (45, 45, 52), (20, 24, 70)))
    for line in range(lines):
        words = " ".join(dice.choice(_WORDS) for _ in range(dice.randint(4, 9)))
        top = 190 + line * 58
        pen.text((190, top), words, font=font(seed, size), fill=ink)
        if line % 9 == 4:
            pen.line((190, top + 50, 1500, top + 50), fill=ink, width=2)
    return page


def scanned(page: Image.Image, seed: int) -> Image.Image:
    """Soft optics, sensor noise that differs by line, and dust."""
    values = np.random.default_rng(seed + 1000)
    soft = np.asarray(page.filter(ImageFilter.GaussianBlur(0.4 + 0.1 * (seed % 4)))).astype(
        np.int16
    )
    rows, columns = soft.shape[:2]
    tile = values.normal(0, 2.5 + seed % 3, (331, 331, 1)).astype(np.int16)
    noise = np.tile(tile, (rows // 331 + 1, columns // 331 + 1, 1))[:rows, :columns]
    lines = values.normal(0, 0.7, (rows, 1, 1)).round().astype(np.int16)
    made = Image.fromarray((soft + noise + lines).clip(0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(made)
    for _ in range(seed % 6):
        x, y = values.integers(0, columns), values.integers(0, rows)
        pen.point((int(x), int(y)), fill=(70, 70, 70))
    return made


# --- what a hand leaves on a page -----------------------------------------------------------------


def _layer(page: Image.Image) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    layer = Image.new("RGB", page.size, "white")
    return layer, ImageDraw.Draw(layer)


def _laid(page: Image.Image, layer: Image.Image, strength: float) -> Image.Image:
    return ImageChops.multiply(page, Image.blend(Image.new("RGB", page.size, "white"), layer,
                                                 strength))  # fmt: skip


def _spot(seed: int, reach: int) -> tuple[int, int]:
    dice = random.Random(seed * 7 + 3)
    across, down = A4[0] - reach - 90, A4[1] - reach - 110
    return dice.randint(reach + 90, across), dice.randint(reach + 110, down)


def stamp(page: Image.Image, seed: int, *, strength: float = 1.0, colour: str = "red",
          shape: str = "round", place: tuple[int, int] | None = None) -> Image.Image:  # fmt: skip
    """A seal (round or a square name stamp), worn in places; pale below a strength of 0.5."""
    ink = {"red": (200, 35, 45), "blue": (40, 60, 160), "violet": (120, 50, 150)}[colour]
    layer, pen = _layer(page)
    x, y = place or _spot(seed, 150)
    if shape == "round":
        for radius in (140, 120, 70):
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=ink, width=6)
        pen.regular_polygon((x, y, 40), 5, fill=ink)
    else:
        pen.rectangle((x - 140, y - 45, x + 140, y + 45), outline=ink, width=5)
        pen.text((x - 115, y - 26), "ĐÃ THU TIỀN", font=font(seed, 36), fill=ink)
    worn = np.random.default_rng(seed).random((40, 30)) < 0.15
    holes = Image.fromarray((worn * 255).astype(np.uint8)).resize(page.size)
    layer.paste("white", mask=holes)
    return _laid(page, layer, strength)


def edge_seal(page: Image.Image, seed: int, *, strength: float = 1.0) -> Image.Image:
    """Part of a seal that was set across two sheets: 4 to 14 mm of it lie on this one."""
    dice = random.Random(seed)
    out = 140 - round(dice.uniform(4, 14) * MM)
    along = dice.randint(300, A4[0] - 300)
    edges = ((A4[0] + out, along), (-out, along + 700), (along, -out), (along, A4[1] + out))
    return stamp(page, seed, strength=strength, place=edges[seed % 4])


def signature(page: Image.Image, seed: int, *, strength: float = 1.0, width: int = 4,
              size: float = 1.0, place: tuple[int, int] | None = None) -> Image.Image:  # fmt: skip
    """A looping pen stroke; a pencil is a low strength, initials a low size."""
    dice = random.Random(seed)
    layer, pen = _layer(page)
    x0, y0 = place or _spot(seed, 200)
    t = np.linspace(0, dice.uniform(9, 16), 260)
    swing = dice.uniform(35, 60) * size
    x = x0 + t * 17 * size + swing * 0.7 * np.sin(t * 1.7)
    y = y0 + swing * np.cos(t * 2.1) * np.exp(-t / 16)
    ink = dice.choice(((25, 35, 110), (30, 30, 34), (70, 70, 76)))
    pen.line([(float(a), float(b)) for a, b in zip(x, y, strict=True)], fill=ink, width=width)
    return _laid(page, layer, strength)


def fingerprint(page: Image.Image, seed: int, *, strength: float = 1.0) -> Image.Image:
    """A red thumb: ridges of half a millimetre in an oval of 11 by 15 mm."""
    x, y = _spot(seed, 90)
    rows, columns = np.mgrid[-70:70, -60:60].astype(np.float32)
    away = np.hypot(columns / (5.5 * MM), rows / (7.5 * MM))
    ridges = np.sin(away * 62 + np.sin(rows / 19.0) * 1.3) > 0
    worn = np.kron(np.random.default_rng(seed).random((24, 20)) > 0.25, np.ones((6, 6), bool))
    mask = (away < 1) & ridges & worn[:140, :120]
    layer, _ = _layer(page)
    red = Image.new("RGB", (120, 140), (190, 40, 50))
    layer.paste(red, (x - 60, y - 70), Image.fromarray((mask * 255).astype(np.uint8)))
    return _laid(page, layer, strength)


def embossed(page: Image.Image, seed: int, *, depth: int = 40) -> Image.Image:
    """A dry seal: rings that only throw shadows, light on one side and dark on the other."""
    x, y = _spot(seed, 160)
    rings = Image.new("L", page.size, 0)
    pen = ImageDraw.Draw(rings)
    for radius in (140, 95):
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=255, width=8)
    pen.text((x - 60, y - 18), "UBND", font=font(seed, 34), fill=255)
    height = np.asarray(rings.filter(ImageFilter.GaussianBlur(2)), np.float32) / 255
    relief = np.roll(height, (-2, -2), (0, 1)) - np.roll(height, (2, 2), (0, 1))
    lit = np.asarray(page, np.float32) + (relief * depth * 2)[:, :, None]
    return Image.fromarray(lit.clip(0, 255).astype(np.uint8))


# --- what goes wrong in a scanner -----------------------------------------------------------------


def leaning(page: Image.Image, degrees: float, lid: str) -> Image.Image:
    """Fed askew, on the lid that shows round it."""
    return page.rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=LIDS[lid])


def missing_corner(page: Image.Image, seed: int, lid: str) -> Image.Image:
    """A corner torn off: the lid shows, and the tear throws a thin shadow."""
    dice = random.Random(seed)
    across, down = (round(dice.uniform(9, 24) * MM) for _ in range(2))
    width, height = page.size
    right, bottom = seed & 1, seed >> 1 & 1
    x = (width - 1, width - 1 - across) if right else (0, across)
    y = (height - 1, height - 1 - down) if bottom else (0, down)
    torn = page.copy()
    pen = ImageDraw.Draw(torn)
    pen.polygon([(x[0], y[0]), (x[1], y[0]), (x[0], y[1])], fill=LIDS[lid])
    pen.line([(x[1], y[0]), (x[0], y[1])], fill=(150, 150, 150), width=2)
    return torn


def defocused(page: Image.Image, seed: int) -> Image.Image:
    """Out of focus, or moved while it was taken."""
    if seed % 2:
        return page.filter(ImageFilter.BoxBlur(4 + seed % 3))
    values = np.asarray(page, np.float32)
    shifted = [np.roll(values, n, axis=0) for n in range(-5, 6)]
    return Image.fromarray(np.mean(shifted, axis=0).astype(np.uint8))


def faint(page: Image.Image, seed: int) -> Image.Image:
    """The last pages of a ribbon or a toner."""
    return Image.blend(paper(seed), page, 0.10 + 0.03 * (seed % 4))


def cut(page: Image.Image, seed: int) -> Image.Image:
    """Print runs off one of the four sides: half a letter of several lines, or of one line."""
    side = seed % 4
    turned = page.rotate(90 * side, expand=True)
    ink = (np.asarray(turned.convert("L")) < 110)[60:-60, 120:-120].sum(axis=1)
    # Of lines that end raggedly the cut has to pass through more than the longest.
    first = int(np.argmax(np.cumsum(ink) > (2500 if side in (1, 3) else 200))) + 60
    kept = turned.crop((0, first + 4, turned.width, turned.height))
    return kept.rotate(-90 * side, expand=True)


def bleeding(seed: int, strength: float) -> Image.Image:
    """The mirrored print of another front in thin paper."""
    behind = printed(seed + 50).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    soft = behind.filter(ImageFilter.GaussianBlur(1.6))
    return Image.blend(paper(seed), soft, strength)


def save(page: Image.Image, path: Path, dpi: int, quality: int = 75) -> Path:
    """Write a page at a resolution."""
    size = tuple(round(side * dpi / DPI) for side in page.size)
    page.resize(size, Image.Resampling.LANCZOS).save(path, quality=quality, dpi=(dpi, dpi))
    return path
