"""Hostile and odd pages: a reading or a sentence for each, in bounded time, never a hang."""

from __future__ import annotations

import time

import pytest
from PIL import Image

from desk_app import paths
from desk_app.recognition.page import read_page
from tests.recognition import odd_pages
from tests.recognition.cards import qr_picture
from tests.recognition.odd_pages import PAGES

NO_PRINT = {
    "all black", "all white", "photo", "noise", "specks all over", "chequered", "one pixel",
    "60,000 × 1 px",
}  # fmt: skip
LIMIT_S = 20.0
"""CPU time; the slowest takes three seconds on a quiet machine."""


@pytest.fixture(scope="module")
def readings(tmp_path_factory):
    """Each page read once, with the CPU seconds that it took."""
    folder, found = tmp_path_factory.mktemp("odd"), {}
    for number, (name, draw) in enumerate(PAGES.items()):
        path = draw(folder / str(number))
        started = time.process_time()
        found[name] = (read_page(path, paths.PROCEDURES), time.process_time() - started)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_every_page_gives_a_reading_soon(readings, name):
    reading, seconds = readings[name]
    assert seconds < LIMIT_S
    assert (reading.text.width, reading.text.height) == (
        reading.condition.width,
        reading.condition.height,
    )


@pytest.mark.parametrize("name", sorted(NO_PRINT))
def test_nothing_is_read_where_nothing_is_printed(readings, name):
    reading, _ = readings[name]
    assert len(reading.text.words) <= 2
    assert reading.type.type is None


@pytest.mark.parametrize("name", ["noise", "specks all over"])
def test_noise_is_told_to_the_clerk(readings, name):
    assert "unread" in readings[name][0].condition.problems


@pytest.mark.parametrize("name", ["all black", "photo", "noise", "chequered"])
def test_what_is_no_clean_paper_is_not_called_blank(readings, name):
    assert readings[name][0].condition.blank != "blank"


@pytest.mark.parametrize("name", ["1 bit", "16 bit", "CMYK"])
def test_print_in_any_depth_of_colour_is_read(readings, name):
    reading, _ = readings[name]
    assert "KHAI SINH" in reading.text.text
    assert reading.type.type == "birth_registration_form"


def test_another_script_is_doubted(readings):
    words = readings["Chinese"][0].text.words
    assert readings["Chinese"][0].type.type is None
    assert sum(word.flagged for word in words) >= 0.8 * len(words)


def test_another_language_is_read_and_names_no_paper(readings):
    reading, _ = readings["English"]
    right = [line for line in odd_pages.ENGLISH if line in reading.text.text]
    assert len(right) >= 4
    assert reading.type.type is None


@pytest.mark.parametrize("text", ["A1" * 900, "'; --<b>\N{RIGHT-TO-LEFT OVERRIDE}" * 60])
def test_a_page_of_a_code_alone_stays_as_it_lay(text, tmp_path):
    """The edges of its squares look like lines of print standing on end."""
    page = Image.new("RGB", (1240, 1754), "white")
    page.paste(qr_picture(text, 900), (100, 200))
    page.save(tmp_path / "page.png", dpi=(150, 150))
    reading = read_page(tmp_path / "page.png", paths.PROCEDURES)
    assert (reading.condition.rotation, reading.type.type) == (0, None)
    assert [code.text for code in reading.codes] == [text]
