"""Pages drawn for the tests: known words, known ink, any turn and lean."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from PIL import Image, ImageDraw, ImageFont

from desk_app.pdf.compose import DocumentInfo, Params, PdfPage, Report, run
from desk_app.records import Word

DPI = 100
SIZE = (827, 1169)
MARK_FONT = Path(__file__).parents[2] / "signing" / "appearance" / "mark.ttf"
ABOUT = DocumentInfo(
    "Tờ khai đăng ký khai sinh",
    author="UBND phường Bạch Đằng & <Một cửa>",
    subject="Hồ sơ 1.001193",
    keywords=("khai sinh", "hộ tịch"),
    created="2026-03-04T05:06:07+07:00",
)
LINES = (
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
    "Kính gửi: Ủy ban nhân dân phường",
    "Họ và tên: NGUYỄN THỊ ÁNH TUYẾT",
    "Nơi cư trú: số 12/5, ngõ Quỳnh, Hà Nội",
)


@dataclass(frozen=True)
class Ink:
    """A word as drawn on the upright, level page, in its pixels."""

    text: str
    x: int
    y: int
    line: int

    @property
    def box(self) -> tuple[float, float, float, float]:
        x0, y0, x1, y1 = font().getbbox(self.text)
        return self.x + x0, self.y + y0, self.x + x1, self.y + y1


def layout() -> list[Ink]:
    pen, words = font(), []
    for line, text in enumerate(LINES):
        x = 90
        for word in text.split():
            words.append(Ink(word, x, 150 + line * 120, line))
            x += int(pen.getlength(word + " "))
    return words


def font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(MARK_FONT, 22)


def scan(path: Path, rotation: int = 0, skew_deg: float = 0.0) -> PdfPage:
    """Draw the page as a scanner would deliver it and box every word's ink."""
    sheet = Image.new("L", SIZE, 0)
    words = []
    for ink in layout():
        mask = Image.new("L", SIZE, 0)
        ImageDraw.Draw(mask).text((ink.x, ink.y), ink.text, 255, font())
        mask = _disturb(mask, rotation, skew_deg)
        box = mask.point(lambda level: 255 * (level > 100)).getbbox()
        words.append(Word(ink.text, box, 0.9, ink.text, ink.line))
        ImageDraw.Draw(sheet).text((ink.x, ink.y), ink.text, 255, font())
    sheet = Image.eval(_disturb(sheet, rotation, skew_deg), lambda level: 255 - level)
    sheet.convert("RGB").save(path, quality=90)
    return PdfPage(path, *sheet.size, DPI, rotation, skew_deg, tuple(words))


def _disturb(upright: Image.Image, rotation: int, skew_deg: float) -> Image.Image:
    leaning = upright.rotate(-skew_deg, Image.Resampling.BICUBIC)  # PIL turns counter-clockwise
    turns = {
        90: Image.Transpose.ROTATE_90,
        180: Image.Transpose.ROTATE_180,
        270: Image.Transpose.ROTATE_270,
    }
    return leaning.transpose(turns[rotation]) if rotation else leaning


def compose(page: PdfPage, out: Path, params: Params | None = None) -> Report:
    return run([page], ABOUT, out, params or Params())


def tool(*command: str | Path) -> str:
    """Run an outside program to its end and return what it says."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr


def words_seen(path: Path) -> list[str]:
    return tool("pdftotext", "-raw", path, "-").replace("\f", " ").split()


def boxes_seen(path: Path) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Return what pdftotext -bbox tells: words with boxes in points, y down."""
    tree = ET.fromstring(tool("pdftotext", "-raw", "-bbox", path, "-"))
    space = "{http://www.w3.org/1999/xhtml}"
    return [
        (
            word.text or "",
            tuple(float(word.get(side, "nan")) for side in ("xMin", "yMin", "xMax", "yMax")),
        )
        for word in tree.iter(f"{space}word")
    ]
