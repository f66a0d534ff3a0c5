from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageDraw

from desk_app.imaging import picture, ruling
from desk_app.recognition import coverage
from tests.imaging import drawn


@pytest.fixture(scope="module")
def sheet():
    """The parts of a drawn page, and a box for each of its lines."""
    page = drawn.sheet()
    boxes = drawn.write(page)
    ImageDraw.Draw(page).line((200, 1500, 1400, 1500), fill=(20, 20, 20), width=3)
    ImageDraw.Draw(page).ellipse((900, 1600, 1200, 1900), outline=(20, 20, 20), width=8)
    parts = ruling.run(picture.to_grey(np.asarray(page)), drawn.DPI).parts
    return parts, list(boxes.values())


def found_on(parts, words):
    return coverage.uncovered_ink(parts, words, drawn.A4, drawn.DPI)


def test_nothing_is_uncovered(sheet):
    parts, words = sheet
    assert found_on(parts, words) == ()


@pytest.mark.parametrize("lost", [0, 4, 9])
def test_lost_line_is_found(sheet, lost):
    parts, words = sheet
    left = [word for number, word in enumerate(words) if number != lost]
    found = found_on(parts, left)
    assert found
    x0, y0, x1, y1 = words[lost]
    for box in found:
        assert x0 - 15 <= (box[0] + box[2]) / 2 <= x1 + 15
        assert y0 - 15 <= (box[1] + box[3]) / 2 <= y1 + 15


def test_page_without_words(sheet):
    parts, _ = sheet
    assert found_on(parts, []) == ()


def test_page_without_ink(sheet):
    _, words = sheet
    assert found_on(np.empty((0, 5), np.int64), words) == ()
