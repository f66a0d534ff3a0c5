from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from desk_app.imaging import ruling
from tests.imaging import drawn

SIZE = 34


def page_of(*lines: str, lean_deg: float = 0.0, step: int = 80):
    """Grey page at 180 dpi with these lines at 100, 100 and below."""
    page = Image.new("L", (1400, 120 + step * len(lines)), 255)
    for n, line in enumerate(lines):
        ImageDraw.Draw(page).text((100, 100 + step * n), line, font=drawn.font(SIZE), fill=20)
    if lean_deg:
        page = page.rotate(-lean_deg, Image.Resampling.BICUBIC, fillcolor=255)
    return np.asarray(page)


@pytest.mark.parametrize(("mark", "count"), [(".", 45), (". ", 25), ("…", 15)])
@pytest.mark.parametrize("lean_deg", [0.0, 1.5, -1.5])
def test_leader_is_taken_out_and_told(mark, count, lean_deg):
    bare = page_of("Họ và tên: NGUYỄN THIỆN", lean_deg=lean_deg)
    page = page_of("Họ và tên: NGUYỄN THIỆN " + mark * count, lean_deg=lean_deg)
    found = ruling.run(page, 180)
    assert len(found.leaders) == 1
    x0, _, x1, _ = found.leaders[0]
    assert x0 > 100 + drawn.font(SIZE).getlength("Họ và tên: NGUYỄN THIỆN")
    assert x1 - x0 > 300
    assert np.abs(found.clean.astype(int) - bare).max() < 60


@pytest.mark.parametrize(
    "line",
    [
        "Giấy tờ gồm: tờ khai, giấy chứng sinh... Kèm bản sao.",
        "Kiên trì, lịch trình, tiến triển, chị Bình tịnh tiến",
        "A. B. C. D. TP. HCM, Q. 1, P. 5.",
        "1.000.000.000 đồng; 12.05.2021",
        "Độc lập - Tự do - Hạnh phúc",
    ],
)
def test_dots_that_belong_to_the_text_stay(line):
    page = page_of(line, line)
    found = ruling.run(page, 180)
    assert found.leaders == ()
    assert found.clean is page


def test_letters_typed_over_a_leader_stay():
    page = Image.fromarray(page_of("....." * 20))
    draw = ImageDraw.Draw(page)
    draw.text((400, 96), "Trần Thị Ngoãn", font=drawn.font(SIZE), fill=20)
    found = ruling.run(np.asarray(page), 180)
    alone = Image.new("L", page.size, 255)
    ImageDraw.Draw(alone).text((400, 96), "Trần Thị Ngoãn", font=drawn.font(SIZE), fill=20)
    letters = np.asarray(alone)[:128] < 90
    assert (found.clean[:128][letters] < 120).mean() > 0.9
    assert (found.clean < 128).sum() < 1.3 * (np.asarray(alone) < 128).sum()


def test_noise_is_given_back_as_it_is():
    noise = (np.random.default_rng(3).random((1200, 1600)) > 0.05).astype(np.uint8) * 255
    found = ruling.run(noise, 180, ruling.Params(most_parts=5_000))
    assert found.leaders == ()
    assert found.clean is noise


def test_a_page_of_dots_ends_soon():
    page = np.full((1600, 1200), 255, np.uint8)
    page[10::9, 10::9] = page[10::9, 11::9] = 0
    found = ruling.run(page, 180)
    assert len(found.leaders) > 100
    assert (found.clean < 128).sum() < 100


def test_blank_page_has_none():
    page = np.full((200, 300), 255, np.uint8)
    assert ruling.run(page, 180).leaders == ()


def ruled(page, boxes, width=2):
    image = Image.fromarray(np.array(page))
    for box in boxes:
        ImageDraw.Draw(image).line(box, fill=60, width=width)
    return np.asarray(image)


@pytest.mark.parametrize("lean_deg", [0.0, 1.2])
def test_lines_of_a_table_go_and_its_letters_stay(lean_deg):
    page = page_of("Giấy chứng sinh    1128/2026", "Trích lục kết hôn   37/2023")
    lines = [(80, y, 900, y) for y in (85, 150, 230)] + [(x, 85, x, 230) for x in (80, 420, 900)]
    table = Image.fromarray(ruled(page, lines))
    table = table.rotate(-lean_deg, Image.Resampling.BICUBIC, fillcolor=255)
    bare = Image.fromarray(page).rotate(-lean_deg, Image.Resampling.BICUBIC, fillcolor=255)
    found = ruling.run(np.asarray(table), 180)
    (grid,) = found.tables
    assert (len(grid.across), len(grid.down)) == (3, 3)
    letters = np.asarray(bare) < 90
    assert (found.clean[letters] < 120).mean() > 0.97
    assert (found.clean < 120).sum() < 1.1 * letters.sum() + 400


def test_underlines_are_told_and_stay():
    page = ruled(page_of("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), [(200, 150, 600, 150)])
    found = ruling.run(page, 180)
    assert len(found.across) == 1
    assert found.tables == ()
    assert found.clean is page
