"""Marks of secrecy stamped in red on the sample's pages, read by the real engine."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from desk_app.dossiers import secret_marks
from desk_app.imaging import condition, picture
from desk_app.recognition import secret_stamps
from desk_app.recognition.page import read_page
from desk_app.records import PageText, Word

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "resources" / "samples" / "birth_registration"
FONT = ROOT / "signing" / "appearance" / "mark.ttf"
RED = (190, 35, 45)


def stamped(path, source, mark, width_mm, place, colour=RED):
    """A framed stamp of 8 mm height on a page; `place` in shares of it."""
    image = Image.open(SAMPLE / source).convert("RGB")
    to_px = 300 / 25.4
    wide, high = round(width_mm * to_px), round(8 * to_px)
    x, y = round(place[0] * image.width), round(place[1] * image.height)
    draw = ImageDraw.Draw(image)
    draw.rectangle((x, y, x + wide, y + high), outline=colour, width=7)
    size = round(4.8 * to_px)
    while ImageFont.truetype(str(FONT), size).getlength(mark) > 0.85 * wide:
        size -= 1
    font = ImageFont.truetype(str(FONT), size)
    draw.text((x + wide / 2, y + high / 2), mark, fill=colour, font=font, anchor="mm")
    image.save(path, quality=85, dpi=(300, 300))
    return path


@pytest.mark.parametrize(
    ("source", "mark", "width_mm", "place"),
    [
        ("s01a.jpg", "MẬT", 20, (0.08, 0.13)),
        ("s04a.jpg", "TỐI MẬT", 30, (0.15, 0.2)),  # a certificate with a red border and a seal
        ("s05a.jpg", "TUYỆT MẬT", 40, (0.15, 0.2)),
    ],
)
def test_a_stamp_is_suggested(tmp_path, source, mark, width_mm, place):
    path = stamped(tmp_path / "page.jpg", source, mark, width_mm, place)
    reading = read_page(path, ROOT / "resources" / "procedures")
    assert [said for said, _ in secret_marks.marks(reading.text)] == [mark]


def test_other_red_things_add_nothing():
    path = SAMPLE / "s05a.jpg"  # with a seal and a signature
    shot = picture.load(path)
    facts = condition.run(path, condition.Params(), shot)
    before = PageText((Word("x", (0, 0, 5, 5), 0.9, "x", 3),), 0, facts.width, facts.height, "none")
    assert secret_stamps.run(before, shot, facts) == before


def test_a_mark_that_was_read_already_is_not_added_again(tmp_path):
    path = stamped(tmp_path / "page.jpg", "s01a.jpg", "MẬT", 20, (0.08, 0.13))
    shot = picture.load(path)
    facts = condition.run(path, condition.Params(), shot)
    nothing = PageText((), 0, facts.width, facts.height, "none")
    found = secret_stamps.run(nothing, shot, facts)
    assert [word.text for word in found.words] == ["MẬT"]
    assert secret_stamps.run(found, shot, facts) == found
