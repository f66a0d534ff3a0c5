"""A page written line by line from a small markup, with real metrics, and scanned."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

DPI = 200
WIDTH, HEIGHT = 1654, 2339
_ROOT = "/usr/share/fonts/truetype"
FACES = (
    ("croscore/Tinos-Regular.ttf", "croscore/Tinos-Bold.ttf", 1.0),
    ("croscore/Arimo-Regular.ttf", "croscore/Arimo-Bold.ttf", 0.9),
    ("dejavu/DejaVuSerif.ttf", "dejavu/DejaVuSerif-Bold.ttf", 0.82),
    ("dejavu/DejaVuSans.ttf", "dejavu/DejaVuSans-Bold.ttf", 0.8),
)
INK = (33, 31, 36)
RED = (196, 34, 44)


@dataclass
class Sheet:
    """Pages of one paper and what a reader should find on them."""

    kind: str
    pages: list[Image.Image] = field(default_factory=list)
    truth: dict[str, str] = field(default_factory=dict)


class Pen:
    """Writes from top to bottom, wraps at the margin, turns the page where it is full."""

    def __init__(self, seed: int, sheet: Sheet) -> None:
        self.rng = random.Random(seed)
        self.sheet = sheet
        self.regular, self.bold, scale = FACES[seed % len(FACES)]
        self.size = self.rng.uniform(12.5, 14) * scale * DPI / 72
        self.leading = self.rng.uniform(1.45, 1.8)
        self.left = round(self.rng.uniform(0.95, 1.3) * DPI)
        self.right = WIDTH - round(self.rng.uniform(0.6, 0.9) * DPI)
        self.leader = self.rng.choice(("", "", "dots", "both"))
        self._turn()

    def _turn(self) -> None:
        self.page = Image.new("RGB", (WIDTH, HEIGHT), (251, 250, 247))
        self.sheet.pages.append(self.page)
        self.draw = ImageDraw.Draw(self.page)
        self.y = round(0.75 * DPI)

    def font(self, *, bold: bool = False, size: float = 1.0) -> ImageFont.FreeTypeFont:
        path = f"{_ROOT}/{self.bold if bold else self.regular}"
        return ImageFont.truetype(path, round(self.size * size))

    def wrap(self, text: str, width: float, font: ImageFont.FreeTypeFont) -> list[str]:
        rows, row = [], ""
        for word in text.split():
            longer = f"{row} {word}".strip()
            if row and font.getlength(longer) > width:
                rows.append(row)
                row = word
            else:
                row = longer
        return [*rows, row]

    def text(self, text: str, x: float, y: float, *, bold: bool = False, size: float = 1.0,
             anchor: str = "ls") -> None:  # fmt: skip
        self.draw.text((x, y), text, font=self.font(bold=bold, size=size), fill=INK, anchor=anchor)

    def line(self, markup: str) -> None:
        """One line of the markup: ^ centred, > right half, | columns, !text bold, # table row."""
        if self.y > HEIGHT - 1.0 * DPI:
            self._turn()
        if markup in ("", "---"):
            self.y += round(self.size * (0.8 if not markup else 2.6))
        elif markup.startswith("#"):
            self._row([cell.strip() for cell in markup[1:].split("|")])
        elif "|" in markup:
            self._columns([part.strip() for part in markup.split("|")])
        elif markup[0] in "^>":
            self._centred(markup)
        else:
            self._paragraph(markup)

    def _centred(self, markup: str) -> None:
        bold = "!" in markup[:2]
        text = markup.lstrip("^>!")
        size = 1.18 if bold and markup[0] == "^" and text.isupper() else 1.0
        middle = (self.left + self.right) / 2
        width = self.right - self.left
        if markup[0] == ">":
            middle, width = self.left + 0.72 * width, 0.55 * width
        font = self.font(bold=bold, size=size)
        for row in self.wrap(text, 0.86 * width, font):
            self.text(row, middle, self.y, bold=bold, size=size, anchor="ms")
            self.y += round(self.leading * self.size * 0.92)

    def _columns(self, parts: list[str]) -> None:
        room = (self.right - self.left) / len(parts)
        lowest = self.y
        for number, part in enumerate(parts):
            bold, centred = part.startswith("!"), part.startswith(("!", "^"))
            text = part.lstrip("!^")
            size = 0.88 if bold else 1.0
            y = self.y
            for row in self.wrap(text, 0.97 * room, self.font(bold=bold, size=size)):
                x = self.left + (number + 0.5 * centred) * room
                self.text(row, x, y, bold=bold, size=size, anchor="ms" if centred else "ls")
                y += round(1.3 * self.size)
            lowest = max(lowest, y - round(1.3 * self.size))
        self.y = lowest + round(self.leading * self.size)

    def _paragraph(self, text: str) -> None:
        bold = text.startswith("!")
        text = text.lstrip("!")
        indent = 0.0
        if text.startswith("~"):
            text, indent = text[1:].strip(), 0.45 * DPI
        font = self.font(bold=bold)
        rows = self.wrap(text, self.right - self.left - indent, font)
        for number, row in enumerate(rows):
            x = self.left + (indent if number == 0 else 0)
            if number == len(rows) - 1 and ":" in text and self.leader:
                row += self._dots(x + font.getlength(row), font)
            self.text(row, x, self.y, bold=bold)
            self.y += round(self.leading * self.size)

    def _dots(self, x: float, font: ImageFont.FreeTypeFont) -> str:
        room = self.right - x - self.size
        most = int(room / font.getlength("."))
        return "." * min(most, self.rng.randint(3, 40)) if most > 3 else ""

    def _row(self, cells: list[str]) -> None:
        """A ruled row; the first cell is the label, the others have equal widths."""
        first = 0.3 if len(cells) == 3 else 0.42 if len(cells) == 2 else 1 / len(cells)
        whole = self.right - self.left
        rest = (1 - first) / max(1, len(cells) - 1)
        edges = [self.left + whole * (0 if n == 0 else first + (n - 1) * rest)
                 for n in range(len(cells))] + [self.right]  # fmt: skip
        high, top = 0.0, self.y - 1.15 * self.size
        for n, cell in enumerate(cells):
            y = self.y
            for row in self.wrap(cell.lstrip("!"), edges[n + 1] - edges[n] - 16, self.font()):
                self.text(row, edges[n] + 8, y, bold=cell.startswith("!"))
                y += round(1.3 * self.size)
            high = max(high, y - top - 0.6 * self.size)
        for x in edges:
            self.draw.line((x, top, x, top + high), INK, 2)
        for y in (top, top + high):
            self.draw.line((self.left, y, self.right, y), INK, 2)
        self.y = round(top + high + 1.15 * self.size)

    def stamp(self, x: float, y: float) -> None:
        """A round red stamp, printed over what stands there."""
        radius = 0.68 * DPI
        layer = Image.new("RGB", self.page.size, (255, 255, 255))
        draw = ImageDraw.Draw(layer)
        for part in (1.0, 0.94):
            r = radius * part
            draw.ellipse((x - r, y - r, x + r, y + r), outline=RED, width=4)
        draw.regular_polygon((x, y, 0.3 * radius), 5, fill=RED)
        both = np.minimum(np.asarray(self.page), np.asarray(layer))
        self.page.paste(Image.fromarray(both))


def scanned(page: Image.Image, seed: int) -> Image.Image:
    """As a scanner delivers it: it leans a little, is softened, grainy and unevenly lit."""
    rng = np.random.default_rng(seed)
    page = page.rotate(
        rng.uniform(-0.7, 0.7), Image.Resampling.BICUBIC, fillcolor=(251, 250, 247)
    ).filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 0.75)))
    light = np.linspace(rng.uniform(0.95, 1.0), rng.uniform(0.95, 1.0), WIDTH)[None, :, None]
    pixels = np.asarray(page, np.float32) * light + rng.normal(0, 4, (HEIGHT, WIDTH, 1))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


SLOT = re.compile(r"\{(\w+)(?::(\w+))?\}")
