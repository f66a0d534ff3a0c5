"""Pages that no office wants: each function saves one and returns its path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.imaging import drawn

Save = Callable[[Path], Path]
A4 = drawn.A4
ENGLISH = (
    "CERTIFICATE OF EMPLOYMENT",
    "To whom it may concern,",
    "This is to certify that the bearer of this letter has been",
    "employed by our company as an engineer since March 2019.",
    "During this period the employee has shown great diligence",
    "and has always fulfilled the duties of the position.",
)
CHINESE = (
    "中华人民共和国",
    "居民户口登记证明",
    "兹证明上述人员已在本所登记户口",
    "特此证明以供查验使用",
)
_CJK = (
    "/usr/share/fonts/truetype/arphic/uming.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
)


def _saved(image: Image.Image, path: Path, suffix: str = ".png", dpi: int = drawn.DPI) -> Path:
    target = path.with_suffix(suffix)
    image.save(target, dpi=(dpi, dpi))
    return target


def all_black(path: Path) -> Path:
    return _saved(Image.new("RGB", A4, "black"), path, ".jpg")


def all_white(path: Path) -> Path:
    return _saved(Image.new("RGB", A4, "white"), path, ".jpg")


def long_strip(path: Path) -> Path:
    """A till roll laid across: 40,000 pixels wide, a line of print every 1,600."""
    page = Image.new("L", (40_000, 600), 255)
    for number in range(25):
        place = (100 + 1600 * number, 250)
        ImageDraw.Draw(page).text(place, drawn.LINES[4], font=drawn.font(38), fill=20)
    return _saved(page, path)


def one_bit(path: Path) -> Path:
    return _saved(drawn.text_page().convert("1"), path, ".tif")


def sixteen_bit(path: Path) -> Path:
    grey = np.asarray(drawn.text_page().convert("L"), np.uint16) * 257
    return _saved(Image.fromarray(grey), path)


def four_inks(path: Path) -> Path:
    return _saved(drawn.text_page().convert("CMYK"), path, ".jpg")


def photo(path: Path) -> Path:
    """Soft shapes and grain, no print: a landscape of noise at several scales."""
    rng, scene = np.random.default_rng(4), np.zeros((1500, 2000, 3))
    for side in (4, 12, 40, 160):
        coarse = rng.random((side * 3 // 4, side, 3)) * 255 / side**0.5
        layer = Image.fromarray(coarse.clip(0, 255).astype(np.uint8)).resize(
            (2000, 1500), Image.Resampling.BICUBIC
        )
        scene += np.asarray(layer, float)
    return _saved(Image.fromarray(scene.clip(0, 255).astype(np.uint8)), path, ".jpg")


def noise(path: Path) -> Path:
    grain = np.random.default_rng(5).integers(0, 256, (A4[1], A4[0]), np.uint8)
    return _saved(Image.fromarray(grain), path)


def sparse_noise(path: Path) -> Path:
    """Specks as a bad copier makes them, on their own."""
    grain = np.random.default_rng(6).random((A4[1], A4[0])) < 0.02
    return _saved(Image.fromarray((~grain * 255).astype(np.uint8)), path)


def chequered(path: Path) -> Path:
    """A pattern in which everything looks like the top of a letter."""
    rows, columns = np.indices((A4[1], A4[0])) // 9
    return _saved(Image.fromarray(((rows + columns) % 2 * 255).astype(np.uint8)), path)


def chinese(path: Path) -> Path:
    """A page in Han characters; boxes of strokes where no such font is installed."""
    page = drawn.sheet()
    face = next((name for name in _CJK if Path(name).exists()), None)
    for number in range(24):
        place = (200, 200 + 80 * number)
        if face:
            font = ImageFont.truetype(face, 48)
            ImageDraw.Draw(page).text(place, CHINESE[number % 4], font=font, fill=(20, 20, 20))
        else:
            _strokes(page, place, number)
    return _saved(page, path, ".jpg")


def _strokes(page: Image.Image, place: tuple[int, int], seed: int) -> None:
    rng, draw = np.random.default_rng(seed), ImageDraw.Draw(page)
    for nth in range(14):
        left, top = place[0] + 56 * nth, place[1]
        for x0, y0, x1, y1 in rng.integers(0, 46, (7, 4)).tolist():
            flat = (x0, y0, x1, y0) if x1 % 2 else (x0, y0, x0, y1)
            ends = tuple(v + (left, top)[n % 2] for n, v in enumerate(flat))
            draw.line(ends, fill=(20, 20, 20), width=4)


def english(path: Path) -> Path:
    page = drawn.sheet()
    drawn.write(page, ENGLISH)
    return _saved(drawn.scanned(page), path, ".jpg")


def one_pixel(path: Path) -> Path:
    return _saved(Image.new("L", (1, 1), 0), path)


def hair(path: Path) -> Path:
    """One pixel high and as wide as a picture may be."""
    return _saved(Image.new("L", (60_000, 1), 128), path)


PAGES: dict[str, Save] = {
    "all black": all_black,
    "all white": all_white,
    "strip of 40,000 × 600 px": long_strip,
    "1 bit": one_bit,
    "16 bit": sixteen_bit,
    "CMYK": four_inks,
    "photo": photo,
    "noise": noise,
    "specks all over": sparse_noise,
    "chequered": chequered,
    "Chinese": chinese,
    "English": english,
    "one pixel": one_pixel,
    "60,000 × 1 px": hair,
}
