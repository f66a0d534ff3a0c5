from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from desk_app.imaging import condition
from tests.imaging import drawn


def judged(page, tmp_path, suffix=".jpg"):
    return condition.run(drawn.save(page, tmp_path / f"page{suffix}"))


def bare():
    return drawn.sheet()


def specks():
    page = drawn.sheet()
    for x, y in np.random.default_rng(3).integers(100, 1600, (40, 2)):
        ImageDraw.Draw(page).point((int(x), int(y)), fill=(60, 60, 60))
    return page


def punch_holes():
    page = drawn.sheet()
    for y in (900, 1530):
        ImageDraw.Draw(page).ellipse((80, y, 124, y + 44), fill=(30, 30, 30))
    return page


def edge_shadow():
    page = drawn.sheet()
    ImageDraw.Draw(page).rectangle((0, 0, 70, 2339), fill=(40, 40, 40))
    return page


def other_side():
    return drawn.show_through(drawn.sheet())


def yellow_paper():
    return drawn.sheet(paper=(236, 220, 170))


def grey_paper():
    return drawn.sheet(paper=(175, 172, 168))


def one_line():
    page = drawn.sheet()
    drawn.write(page, drawn.LINES[4:5])
    return page


def stamp_alone():
    page = drawn.sheet()
    drawn.stamp(page, (1100, 1500))
    return page


def signature_alone():
    page = drawn.sheet()
    drawn.signature(page, (1000, 1700))
    return page


def text_over_show_through():
    page = drawn.show_through(drawn.sheet())
    drawn.write(page)
    return page


@pytest.mark.parametrize(
    "make", [bare, specks, punch_holes, edge_shadow, other_side, yellow_paper, grey_paper]
)
def test_nothing_on_it(make, tmp_path):
    assert judged(drawn.scanned(make()), tmp_path).blank == "blank"


@pytest.mark.parametrize(
    "make", [one_line, stamp_alone, signature_alone, text_over_show_through, drawn.text_page]
)
def test_something_on_it(make, tmp_path):
    assert judged(drawn.scanned(make()), tmp_path).blank == "content"


def test_page_number_alone_is_left_to_the_clerk(tmp_path):
    page = drawn.sheet()
    ImageDraw.Draw(page).text((1500, 2180), "2", font=drawn.font(38), fill=(20, 20, 20))
    assert judged(drawn.scanned(page), tmp_path).blank == "doubtful"


@pytest.mark.parametrize("level", [0, 40])
def test_dark_page_is_never_called_blank(level, tmp_path):
    page = drawn.sheet(paper=(level, level, level))
    assert judged(page, tmp_path, ".png").blank != "blank"


def test_red_share_counts_the_stamp(tmp_path):
    with_stamp = judged(drawn.scanned(stamp_alone()), tmp_path)
    without = judged(drawn.scanned(one_line()), tmp_path)
    assert with_stamp.red_share > 0.001
    assert without.red_share == 0


def test_picture_that_only_shades_off_is_left_to_the_clerk(tmp_path):
    ramp = np.tile(np.linspace(0, 255, 827).astype(np.uint8), (1170, 1))
    assert judged(Image.fromarray(ramp), tmp_path, ".png").blank == "doubtful"
