"""Forms filled in with a black pen: the hand's words are left to the clerk, print is not."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from desk_app.imaging import condition
from desk_app.recognition import handwriting, ocr
from desk_app.recognition.layout import LEADER
from desk_app.recognition.tesseract import ReadWord
from tests.recognition import forms

ENTRIES = (
    ("Họ và tên:", "Trần Thị Ngọc Diễm"),
    ("Nơi cư trú:", "Thôn Phước Lộc, xã Tịnh Sơn"),
    ("Quê quán:", "Hành Thuận, Nghĩa Hành"),
    ("Nghề nghiệp:", "Giáo viên trung học cơ sở"),
    ("Nơi làm việc:", "Trường Nguyễn Trãi, Quảng Ngãi"),
    ("Quan hệ với người được khai sinh:", "Mẹ đẻ của cháu"),
)
FACE = ("croscore", "Tinos")


def written(image, place, text, size, dice):
    """Letters of one hand: none as high, as steep or as level as the one before, and joined."""
    x, y = place
    font = forms.face(FACE, size * 1.25, "Italic")
    pen, last = ImageDraw.Draw(image), None
    for letter in text:
        if letter == " ":
            x, last = x + size * 0.45, None
            continue
        tile = Image.new("L", (round(3 * size), round(3 * size)), 0)
        ImageDraw.Draw(tile).text((size, 2 * size), letter, 255, font=font, anchor="ls")
        scale = dice.uniform(0.75, 1.25)
        turned = tile.rotate(dice.uniform(-22, 14), Image.Resampling.BICUBIC)
        turned = turned.resize((round(turned.width * scale), round(turned.height * scale)))
        up = dice.gauss(0, 0.14) * size
        corner = (round(x - size * scale), round(y - 2 * size * scale + up))
        image.paste((24, 24, 28), corner, turned)
        here = (x + 0.1 * size, y + up - 0.15 * size)
        if last and dice.random() < 0.5:
            pen.line((*last, *here), (30, 30, 34), max(2, round(size / 16)))
        x += font.getlength(letter) * scale * 0.92
        last = (x - 0.1 * size, y + up - 0.1 * size)


def form(seed, *, by_hand, dpi=200):
    """A page of labels, dotted lines and entries; boxes of the lines that were filled in."""
    dice = random.Random(seed)
    pen = forms.Pen(seed, dpi, ("dots",))
    pen.head()
    filled = []
    for label, value in ENTRIES:
        end = pen.write(pen.left, pen.y, label)
        pen.leader(end + 6, pen.right, "dots")
        x, y = end + 0.8 * pen.size, pen.y - 0.12 * pen.size
        if by_hand:
            written(pen.form.image, (x, y), value, pen.size, dice)
        else:
            pen.write(x, y, value)
        filled.append((round(x), round(pen.y - 1.4 * pen.size), pen.right, round(pen.y + 4)))
        pen.y += round(2.3 * pen.size)
    return forms.scanned(pen.form, seed), filled


def entries_read(page, filled, path):
    """Words that the reader found in the lines that were filled in."""
    forms.save(page, path, 200)
    read, _ = ocr.run(path, condition.run(path))
    return [
        word
        for word in read.words
        if word.text != LEADER and any(_is_inside(word.box, line) for line in filled)
    ]


def _is_inside(box, line):
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return line[0] <= x <= line[2] and line[1] <= y <= line[3]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_hand_in_black_is_left_to_the_clerk(seed, tmp_path):
    words = entries_read(*form(seed, by_hand=True), tmp_path / "page.png")
    doubted = [word for word in words if word.flagged and word.confidence <= 0.3]
    assert len(doubted) >= 0.7 * len(words)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_print_on_dotted_lines_is_not(seed, tmp_path):
    words = entries_read(*form(seed, by_hand=False), tmp_path / "page.png")
    assert len(words) > 20
    assert not [word.text for word in words if word.confidence == 0.3]


LEVEL = np.array([(x, 100 if x % 40 else 94, 15, 20 if x % 40 else 26, 200)
                  for x in range(300, 500, 20)])  # fmt: skip
UNEVEN = LEVEL + np.array([(0, dy, 0, 0, 0) for dy in (0, 9, -7, 14, 4, -11, 8, 17, -4, 12)])


@pytest.mark.parametrize(
    ("parts", "confidence", "count"),
    [(UNEVEN, 0.4, 2), (LEVEL, 0.4, 0), (UNEVEN, 0.95, 0), (UNEVEN[:2], 0.4, 0)],
)
def test_both_the_engine_and_the_line_must_speak_for_a_hand(parts, confidence, count):
    words = [
        ReadWord("tên:", (200, 95, 280, 125), 0.96, 0),
        ReadWord("Trân", (298, 85, 400, 140), confidence, 0),
        ReadWord("Lan", (400, 85, 502, 140), confidence, 0),
        ReadWord(LEADER, (510, 110, 900, 120), 1.0, 0),
    ]
    assert len(handwriting.found(words, parts)) == count
    unlabelled = [words[1], words[2]]
    assert not handwriting.found(unlabelled, parts), "running text is not asked about"


def test_a_leaning_line_is_level():
    leaning = LEVEL.copy()
    leaning[:, 1] += (0.03 * leaning[:, 0]).astype(int)
    words = [
        ReadWord("tên:", (200, 95, 280, 125), 0.96, 0),
        ReadWord("Lan", (298, 85, 502, 150), 0.4, 0),
    ]
    assert not handwriting.found(words, leaning, lean=0.03)
