"""A page as lines at places: as text for a quick test, as a scanned picture for the engine."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from desk_app.records import PageText, Word

WIDTH, HEIGHT, DPI = 1654, 2339, 200
INK = (30, 30, 34)
FONTS = {
    "fit": ("croscore/Tinos", "dejavu/DejaVuSerif"),
    "test": ("croscore/Arimo", "dejavu/DejaVuSans", "croscore/Cousine"),
}
_LOOKALIKES = str.split("ae ea ec ce il li mn nm uu ưu oơ ơo tl lt rn nr hb bh ôo êe")


@dataclass(frozen=True)
class Line:
    text: str
    x: float
    y: float
    """Left end of the base line, in pixels."""
    size: float
    bold: bool = False


@dataclass
class Sheet:
    kind: str | None
    """Type id, None for a paper that the catalogue does not hold."""
    first: bool
    split: str
    seed: int
    name: str = ""
    lines: list[Line] = field(default_factory=list)

    def read(self, misread: float = 0.0) -> PageText:
        """The page as an engine could have read it: letters lost, marks lost, lines lost."""
        rng = random.Random(self.seed * 7919 + 13)
        words: list[Word] = []
        for number, line in enumerate(self.lines):
            if rng.random() < misread / 2:
                continue
            x = line.x
            for text in line.text.split():
                wide = 0.52 * line.size * len(text)
                box = (round(x), round(line.y - line.size), round(x + wide), round(line.y))
                got = _misread(text, misread, rng)
                words.append(Word(got, box, 0.9, got, number))
                x += wide + 0.52 * line.size
        return PageText(tuple(words), 0, WIDTH, HEIGHT, "drawn")

    def picture(self) -> Image.Image:
        """The page as a scanner delivers it."""
        rng = random.Random(self.seed)
        face = rng.choice(FONTS[self.split])
        page = Image.new("RGB", (WIDTH, HEIGHT), (250, 249, 245))
        draw = ImageDraw.Draw(page)
        for line in self.lines:
            font = _font(face, line)
            draw.text((line.x, line.y), line.text, font=font, fill=INK, anchor="ls")
        page = page.rotate(
            rng.uniform(-0.8, 0.8), Image.Resampling.BICUBIC, fillcolor=(250, 249, 245)
        )
        page = page.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 0.9)))
        grain = np.random.default_rng(self.seed).normal(0, 3, (HEIGHT, WIDTH, 1))
        pixels = np.clip(np.asarray(page, np.float32) + grain, 0, 255)
        return Image.fromarray(pixels.astype(np.uint8))


def _font(face: str, line: Line) -> ImageFont.FreeTypeFont:
    """The face in the size at which the line keeps the width it was laid out with."""
    plain = "" if face.startswith("dejavu") else "-Regular"
    path = f"/usr/share/fonts/truetype/{face}{'-Bold' if line.bold else plain}.ttf"
    font = ImageFont.truetype(path, round(line.size))
    wanted = 0.52 * line.size * len(line.text)
    return ImageFont.truetype(
        path, min(44, max(18, round(line.size * wanted / font.getlength(line.text))))
    )


def _misread(text: str, rate: float, rng: random.Random) -> str:
    out = []
    for char in text:
        chance = rng.random()
        if chance < rate / 3:
            char = next((two[1] for two in _LOOKALIKES if two[0] == char.lower()), char)
        elif chance < rate:
            char = "".join(
                c for c in unicodedata.normalize("NFD", char) if not unicodedata.combining(c)
            )
        elif chance < 1.15 * rate:
            continue
        out.append(char)
    return "".join(out) or text


class Pen:
    """Lays lines out with the habits of one split."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.rng = rng = random.Random(sheet.seed)
        test = sheet.split == "test"
        self.left = rng.randint(130, 300) if test else rng.randint(190, 240)
        self.right = WIDTH - (rng.randint(110, 200) if test else 160)
        self.size = rng.uniform(27, 34) if test else rng.uniform(35, 38)
        self.pitch = self.size * (rng.uniform(1.5, 2.1) if test else 1.65)
        self.y = rng.randint(110, 260) if test else rng.randint(150, 200)
        self.leaders = test and rng.random() < 0.4

    def put(self, text: str, x: float, *, size: float | None = None, bold: bool = False) -> None:
        size = size or self.size
        wide = 0.52 * size * len(text)
        room = self.right - self.left
        size *= min(1.0, room / wide) if wide else 1.0
        self.sheet.lines.append(Line(text, x, self.y, size, bold))

    def line(self, text: str, *, size: float | None = None, bold: bool = False) -> None:
        """One line of the markup: "^" centred, ">" right, "|" columns."""
        columns = text.lstrip("^>").split("|")
        for number, column in enumerate(columns):
            column = column.strip()
            if not column:
                continue
            room = (self.right - self.left) / len(columns)
            wide = min(0.52 * (size or self.size) * len(column), room)
            x = self.left + number * room
            if text.startswith("^") or (bold and len(columns) > 1):
                x += (room - wide) / 2
            elif text.startswith(">"):
                x = self.right - wide
            fit = wide / (0.52 * len(column))
            if self.leaders and len(columns) == 1 and ":" in column and self.rng.random() < 0.5:
                column += " " + "." * self.rng.randint(3, 12)
            self.put(column, x, size=fit, bold=bold)
        self.y += self.pitch

    def head(self, kind: str, agency: str, number: str, date: str) -> None:
        motto = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
        if kind == "state":
            for row in motto:
                self.line("^" + row, bold=True, size=0.95 * self.size)
        if kind == "office":
            self.line(f"{agency.upper()}|{motto[0]}", bold=True, size=0.85 * self.size)
            self.line(f"{number}|{motto[1]}", bold=True, size=0.85 * self.size)
            self.line(f"|{date}", size=0.85 * self.size)
        self.y += self.rng.uniform(0.4, 1.4) * self.pitch

    def title(self, title: str) -> None:
        """A title, broken where it is too long or where the draughtsman liked it."""
        limit = 34 if self.sheet.split == "fit" else self.rng.choice((24, 30, 40))
        size = min(1.25 * self.size, 40)
        row = ""
        for word in title.split():
            if len(row) + len(word) > limit:
                self.line("^" + row.strip(), size=size, bold=True)
                row = ""
            row += word + " "
        self.line("^" + row.strip(), size=size, bold=True)
        self.y += self.rng.uniform(0.2, 0.8) * self.pitch
