"""Forms drawn for the tests, with their truth: leaders of every kind, tables, two-column heads."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from desk_app.recognition import layout
from desk_app.records import PageText
from tests.imaging import drawn

Box = tuple[int, int, int, int]
INK = (28, 28, 32)
FACES = (
    ("croscore", "Tinos"),
    ("croscore", "Arimo"),
    ("dejavu", "DejaVuSerif"),
    ("dejavu", "DejaVuSansCondensed"),
)
KINDS = ("dots", "ellipses", "spaced", "underscores", "rules", "typed_over", "bare")
FAMILIES = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Huỳnh",
    "Vũ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
)
MIDDLES = ("Văn", "Thị", "Hữu", "Đức", "Ngọc", "Minh", "Thanh", "Quốc", "Kim", "Bích", "Thiện")
GIVEN = (
    "Nhẫn",
    "Diễm",
    "Nguyệt",
    "Vững",
    "Giang",
    "Hường",
    "Khuê",
    "Sửu",
    "Quý",
    "Thưởng",
    "Ngoãn",
)
PLACES = ("Thôn Phước Lộc, xã Tịnh Sơn", "Số 12, tổ 5, phường Vân Hải", "Ấp Bình Thạnh, xã Mỹ Đức",
          "12/7 đường Lê Lợi, phường Nghĩa Lộ", "Xóm Đồng Quýt, xã Bản Giới")  # fmt: skip
HEAD = (
    (("ỦY BAN NHÂN DÂN", "XÃ BÌNH DƯƠNG"), "Số: 125/UBND-TP"),
    ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"),
)
TABLE = (
    ("TT", "Tên giấy tờ", "Số, ngày cấp", "Ghi chú"),
    ("1", "Giấy chứng sinh", "1128/2026", "bản chính"),
    ("2", "Giấy chứng nhận kết hôn", "37/2023", "bản sao"),
    ("3", "Căn cước công dân của mẹ", "14/05/2021", "bản chụp"),
)


@dataclass
class Form:
    """A drawn page and what is written on it."""

    image: Image.Image
    lines: list[tuple[str, Box]] = field(default_factory=list)


def face(name: tuple[str, str], size: float, style: str = "Regular") -> ImageFont.FreeTypeFont:
    folder, stem = name
    plain = {"DejaVuSerif": "DejaVuSerif", "DejaVuSansCondensed": "DejaVuSansCondensed"}.get(stem)
    ending = f"-{style}" if style != "Regular" or plain is None else ""
    root = Path("/usr/share/fonts/truetype")
    return ImageFont.truetype(root / folder / f"{stem}{ending}.ttf", round(size))


class Pen:
    """Writes on one page and keeps what it wrote."""

    def __init__(self, seed: int, dpi: int = 200, kinds: tuple[str, ...] = KINDS) -> None:
        self.random = random.Random(seed)
        self.dpi, self.kinds = dpi, kinds
        self.face = FACES[seed % len(FACES)]
        self.size = self.random.choice((12, 13, 13.5)) * dpi / 72
        if self.face[0] == "dejavu":
            self.size *= 0.85
        self.form = Form(drawn.sheet((round(8.27 * dpi), round(11.69 * dpi))))
        self.draw = ImageDraw.Draw(self.form.image)
        self.left, self.right = round(1.1 * dpi), round(7.6 * dpi)
        self.y = round(0.9 * dpi)

    def write(
        self, x: float, y: float, text: str, *, style: str = "Regular", record: bool = True
    ) -> float:
        font = face(self.face, self.size, style)
        self.draw.text((x, y), text, font=font, fill=INK, anchor="ls")
        if record:
            box = self.draw.textbbox((x, y), text, font=font, anchor="ls")
            self.form.lines.append((text, tuple(map(round, box))))
        return x + font.getlength(text)

    def length(self, text: str) -> float:
        return face(self.face, self.size).getlength(text)

    def head(self) -> None:
        (agency, number), motto = HEAD
        for i, (x, lines) in enumerate(((0.25, (*agency, number)), (0.68, motto))):
            middle = self.left + (self.right - self.left) * x + i * 10
            for n, line in enumerate(lines):
                style = "Bold" if n < 2 else "Regular"
                width = face(self.face, self.size, style).getlength(line)
                self.write(middle - width / 2, self.y + n * 1.5 * self.size, line, style=style)
            under = round(self.y + 1.5 * self.size + 0.35 * self.size)
            half = 2 * self.size * (1 + i)
            self.draw.line(
                (middle - half, under, middle + half, under), INK, max(2, self.dpi // 110)
            )
        self.y += round(5.5 * self.size)

    def leader(self, start: float, end: float, kind: str) -> None:
        """Fill a line's rest with what the hand or the typewriter is meant to cover."""
        marks = {"ellipses": "…", "spaced": ". ", "underscores": "_"}
        if kind == "rules":
            y = self.y + round(0.12 * self.size)
            self.draw.line((start, y, end, y), INK, max(1, self.dpi // 150))
        elif kind != "bare":
            mark = marks.get(kind, ".")
            count = max(0, int((end - start) / self.length(mark * 10) * 10))
            self.write(start, self.y, mark * count, record=False)

    def entry(self, label: str, value: str) -> None:
        """A form's line: label, some leader, the value, leader to the margin."""
        kind = self.random.choice(self.kinds)
        x = self.write(self.left, self.y, label + ":", record=False)
        start = x + 0.3 * self.size
        at = start + self.random.choice((0.0, 2.2, 4.0)) * self.size
        width = self.length(value)
        if kind in ("typed_over", "rules"):
            self.leader(start, self.right, kind)
        else:
            self.leader(start, at - 0.25 * self.size, kind)
            self.leader(at + width + 0.15 * self.size, self.right, kind)
        lift = self.random.choice((0.0, 0.06, 0.12)) * self.size if kind == "typed_over" else 0
        end = self.write(at, self.y - lift, value, record=False)
        top, bottom = round(self.y - 1.05 * self.size), round(self.y + 0.35 * self.size)
        self.form.lines.append((f"{label}: {value}", (self.left, top, round(end), bottom)))
        self.y += round(1.75 * self.size)

    def table(self) -> None:
        """A ruled table; every cell is a line of the truth."""
        edges = [self.left, self.left + 2.4 * self.size]
        edges += [self.left + (self.right - self.left) * share for share in (0.52, 0.8)]
        edges.append(self.right)
        high = 1.9 * self.size
        top = self.y
        for n, cells in enumerate(TABLE):
            for x, cell in zip(edges, cells, strict=False):
                style = "Bold" if n == 0 else "Regular"
                self.write(x + 0.4 * self.size, top + (n + 0.68) * high, cell, style=style)
        thick = max(1, self.dpi // 120)
        bottom = top + high * len(TABLE)
        for n in range(len(TABLE) + 1):
            y = round(top + n * high)
            self.draw.line((edges[0], y, edges[-1], y), INK, thick)
        for x in edges:
            self.draw.line((x, top, x, bottom), INK, thick)
        self.y = round(bottom + 2 * self.size)

    def name(self) -> str:
        name = " ".join(self.random.choice(part) for part in (FAMILIES, MIDDLES, GIVEN))
        return name.upper() if self.random.random() < 0.5 else name

    def date(self) -> str:
        draw = self.random.randint
        return f"{draw(1, 28):02}/{draw(1, 12):02}/{draw(1940, 2020)}"


def form(seed: int, dpi: int = 200, kinds: tuple[str, ...] = KINDS) -> Form:
    """A civil-status form filled in by typewriter; kinds of leaders drawn by lot."""
    pen = Pen(seed, dpi, kinds)
    pen.head()
    title = "TỜ KHAI ĐĂNG KÝ KHAI SINH"
    pen.write((pen.left + pen.right - pen.length(title)) / 2, pen.y, title, style="Bold")
    pen.y += round(2.4 * pen.size)
    pen.entry("Kính gửi", "Ủy ban nhân dân xã Bình Dương")
    for role in ("người yêu cầu", "người mẹ", "người cha"):
        pen.entry(f"Họ, chữ đệm, tên {role}", pen.name())
        pen.entry("Ngày, tháng, năm sinh", pen.date())
        pen.entry("Nơi cư trú", pen.random.choice(PLACES))
        pen.entry("Số định danh cá nhân", f"0{pen.random.randint(10**10, 10**11 - 1)}")
    pen.write(pen.left, pen.y, "Tôi cam đoan những nội dung khai trên đây là đúng sự thật.")
    pen.y += round(1.8 * pen.size)
    pen.write(pen.left, pen.y, "Giấy tờ kèm theo gồm: tờ khai, giấy chứng sinh...")
    pen.y += round(1.2 * pen.size)
    pen.table()
    return pen.form


def scanned(page: Form, seed: int, *, lean_deg: float = 0.0) -> Image.Image:
    """As a scanner sees it: softened, noisy; truth boxes stand for pages that do not lean."""
    image = page.image
    if lean_deg:
        image = image.rotate(-lean_deg, Image.Resampling.BICUBIC, fillcolor=drawn.PAPER)
    return drawn.scanned(image, seed)


def save(image: Image.Image, path: Path, dpi: int) -> Path:
    image.save(path, quality=75, dpi=(dpi, dpi))
    return path


# ------------------------------------------------------------------ scoring
def plain(text: str) -> str:
    """Leaders do not count, neither read nor left out; an ellipsis of three dots does."""
    text = re.sub(r":\s*\.+", ":", text.replace("…", "..."))
    text = re.sub(r"(?:\s*[._·]\s?){4,}", " ", text)
    return " ".join(re.sub(r"_+", " ", text).split())


def errors(text: PageText, lines: list[tuple[str, Box]]) -> tuple[int, int, int]:
    """Wrong characters, characters in truth, and characters read where nothing is written."""
    boxes = np.array([box for _, box in lines], float)
    found: list[list[tuple[int, str]]] = [[] for _ in lines]
    spurious = 0
    for word in text.words:
        if word.text == layout.LEADER:
            continue
        x0, y0, x1, y1 = word.box
        wide = np.minimum(boxes[:, 2] + 12, x1) - np.maximum(boxes[:, 0] - 12, x0)
        high = np.minimum(boxes[:, 3], y1) - np.maximum(boxes[:, 1], y0)
        overlap = np.clip(wide, 0, None) * np.clip(high, 0, None)
        best = int(np.argmax(overlap))
        if overlap[best] < 0.25 * (x1 - x0) * (y1 - y0):
            spurious += len(plain(word.text))
        else:
            found[best].append((x0, word.text))
    wrong = 0
    for (want, _), words in zip(lines, found, strict=True):
        got = plain(" ".join(text for _, text in sorted(words)))
        wrong += Levenshtein.distance(plain(want), got)
    return wrong, sum(len(plain(want)) for want, _ in lines), spurious
