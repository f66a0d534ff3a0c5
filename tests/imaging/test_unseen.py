"""The page checks on drawings that no threshold was fitted on: nothing marked is called blank."""

import os

import pytest
from PIL import Image, ImageDraw, ImageFilter

from desk_app import printing
from desk_app.capture.separation import Separator
from desk_app.imaging import checks
from tests.imaging import drawn, unseen

EACH = int(os.environ.get("PAGE_CHECK_SEEDS", "1"))
"""Pages of each kind; set it for more."""
CORNERS = ((1450, 2260), (90, 2270), (1480, 60), (60, 60))
MARKS = {
    "stamp": lambda p, n: unseen.stamp(p, n),
    "pale stamp": lambda p, n: unseen.stamp(p, n, strength=0.15 + 0.05 * (n % 4)),
    "blue box": lambda p, n: unseen.stamp(p, n, colour="blue", shape="box", strength=0.3),
    "violet seal": lambda p, n: unseen.stamp(p, n, colour="violet", strength=0.5),
    "seal across the edge": lambda p, n: unseen.edge_seal(p, n, strength=0.4 + 0.2 * (n % 4)),
    "the same, grey": lambda p, n: unseen.edge_seal(p, n, strength=0.6).convert("L").convert("RGB"),
    "pencil": lambda p, n: unseen.signature(p, n, strength=0.25 + 0.06 * (n % 5), width=2),
    "initials": lambda p, n: unseen.signature(p, n, size=0.25, width=2),
    "initials in a corner": lambda p, n: unseen.signature(
        p, n, size=0.3, width=3, place=CORNERS[n % 4]
    ),
    "pale initials": lambda p, n: unseen.signature(p, n, size=0.3, width=2, strength=0.5),
    "fingerprint": lambda p, n: unseen.fingerprint(p, n, strength=0.25 + 0.15 * (n % 5)),
    "dry seal": lambda p, n: unseen.embossed(p, n, depth=30),
}
PARAMS = checks.load()


def check(page, seed, tmp_path):
    path = tmp_path / "page.jpg"
    unseen.save(unseen.scanned(page, seed), path, (150, 200, 300)[seed % 3], (60, 75, 90)[seed % 3])
    return checks.run(path, PARAMS)


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_is_never_blank(mark, tmp_path):
    for seed in range(500, 500 + EACH):
        for n in (seed, seed + 1):
            found = check(MARKS[mark](unseen.paper(n), n), n, tmp_path)
            assert found.blank != "blank", (mark, n)


@pytest.mark.parametrize("seed", [601, 602, 604])
def test_clean_paper_is_blank(seed, tmp_path):
    assert check(unseen.paper(seed), seed, tmp_path).blank == "blank"


@pytest.mark.parametrize("lid", ["black", "grey"])
def test_a_missing_corner_is_found_and_a_sheet_that_lies_askew_is_not_one(lid, tmp_path):
    torn = unseen.missing_corner(unseen.printed(702), 702, lid)
    assert "cut_corner" in check(torn, 702, tmp_path).problems
    askew = check(unseen.leaning(unseen.printed(703), 6.0, lid), 703, tmp_path)
    assert "skewed" in askew.problems
    assert "cut_corner" not in askew.problems


@pytest.mark.parametrize("axis", [0, 1])
def test_a_page_that_moved_while_it_was_read_is_blurred(axis, tmp_path):
    turns = Image.Transpose.ROTATE_90
    page = unseen.printed(707)
    page = page.transpose(turns) if axis else page
    moved = unseen.defocused(page, 704)
    moved = moved.transpose(turns) if axis else moved
    assert "blurred" in check(moved, 704 + axis, tmp_path).problems


def dashed(page):
    pen = ImageDraw.Draw(page)
    for y in range(300, 2200, 60):
        for x in range(150, 1500, 60):
            pen.line((x, y, x + 40, y), fill=(30, 30, 30), width=4)
    return page


def barred(page):
    pen = ImageDraw.Draw(page)
    for x in range(200, 1400, 9):
        pen.line((x, 300, x, 340), fill="black", width=4)
    return page


@pytest.mark.parametrize("draw", [unseen.printed, lambda n: dashed(unseen.paper(n)),
                                  lambda n: barred(unseen.paper(n))])  # fmt: skip
def test_lines_that_all_run_one_way_are_not_blurred(draw, tmp_path):
    assert "blurred" not in check(draw(708), 708, tmp_path).problems


# ------------------------------------------------------------------ a separator that cannot be read
def separator():
    made = printing._separator(Separator("dossier", "H49.64-261122-0001"), 1, 1).image
    return made.convert("RGB")


def scribbled(page):
    pen = ImageDraw.Draw(page)
    for step in range(0, 700, 22):
        pen.line((500, 180 + step, 1160, 240 + step), fill=(20, 20, 120), width=9)
        pen.line((500, 1600 + step, 1160, 1640 + step), fill=(20, 20, 120), width=9)
    return page


@pytest.mark.parametrize(
    "spoil",
    [
        scribbled,
        lambda page: page.filter(ImageFilter.GaussianBlur(12)),
        lambda page: Image.blend(Image.new("RGB", page.size, "white"), page, 0.25),
        lambda page: page.rotate(90, expand=True),
        lambda page: page.rotate(180),
        lambda page: page.rotate(3, fillcolor="white"),
        lambda page: page.resize((827, 1170)).resize(drawn.A4),
    ],
)
def test_a_separator_is_known_by_its_look(spoil, tmp_path):
    path = drawn.save(drawn.scanned(spoil(separator())), tmp_path / "separator.jpg")
    found = checks.run(path, PARAMS)
    assert checks.looks_like_separator(found.pattern, (found.width_mm, found.height_mm))


@pytest.mark.parametrize(
    "draw",
    [drawn.text_page, drawn.sheet, lambda: unseen.printed(801),
     lambda: unseen.stamp(unseen.paper(802), 802), lambda: drawn.show_through(drawn.sheet())],
)  # fmt: skip
def test_a_paper_does_not_look_like_a_separator(draw, tmp_path):
    path = drawn.save(drawn.scanned(draw()), tmp_path / "page.jpg")
    found = checks.run(path, PARAMS)
    assert not checks.looks_like_separator(found.pattern, (found.width_mm, found.height_mm))
