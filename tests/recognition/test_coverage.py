from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import ImageDraw

from desk_app.imaging import condition
from desk_app.imaging.geometry import Frame
from desk_app.recognition import coverage
from desk_app.records import PageText, Word
from tests.imaging import drawn


@pytest.fixture(scope="module", params=[0, 90, 180, 270])
def sheet(request, tmp_path_factory):
    """A drawn page, its condition, a word per line that covers it, and the lines' boxes."""
    page = drawn.sheet()
    boxes = drawn.write(page)
    ImageDraw.Draw(page).line((200, 1500, 1400, 1500), fill=(20, 20, 20), width=3)
    ImageDraw.Draw(page).ellipse((900, 1600, 1200, 1900), outline=(210, 30, 40), width=8)
    path = tmp_path_factory.mktemp("sheet") / "page.png"
    turned = page.rotate(request.param, expand=True)  # counter-clockwise
    turned.save(path, dpi=(drawn.DPI, drawn.DPI))
    facts = replace(condition.run(path), rotation=request.param, skew_deg=0.0)
    frame = Frame.of(facts, level=False)
    words = [
        Word(line, frame.to_disk(box), 0.9, line, number)
        for number, (line, box) in enumerate(boxes.items())
    ]
    return path, facts, words


def text_of(words, facts):
    return PageText(tuple(words), facts.rotation, facts.width, facts.height, "test")


def test_nothing_is_uncovered(sheet):
    path, facts, words = sheet
    assert coverage.uncovered_ink(path, facts, text_of(words, facts)) == ()


@pytest.mark.parametrize("lost", [0, 4, 9])
def test_lost_line_is_found(sheet, lost):
    path, facts, words = sheet
    left = [word for number, word in enumerate(words) if number != lost]
    found = coverage.uncovered_ink(path, facts, text_of(left, facts))
    assert found
    x0, y0, x1, y1 = words[lost].box
    for box in found:
        assert x0 - 15 <= (box[0] + box[2]) / 2 <= x1 + 15
        assert y0 - 15 <= (box[1] + box[3]) / 2 <= y1 + 15


def test_page_without_words(sheet):
    path, facts, _ = sheet
    assert coverage.uncovered_ink(path, facts, text_of([], facts)) == ()
