"""Words lie on their ink, however the sheet went through the scanner."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_app.pdf.placement import (
    PdfPage,
    allowed_dpi,
    image_matrix,
    page_matrix,
    place_words,
)
from desk_app.records import Word
from tests.pdf import paper

CASES = [(0, 0.0), (90, 0.0), (180, 0.0), (270, 0.0), (0, 2.5), (90, -3.0), (180, 5.0), (270, 1.2)]

pages = st.builds(
    PdfPage,
    image=st.just(Path("page.jpg")),
    width=st.integers(10, 10_000),
    height=st.integers(10, 10_000),
    dpi=st.sampled_from((96, 150, 200, 300, 600)),
    rotation=st.sampled_from((0, 90, 180, 270)),
    skew_deg=st.floats(-12, 12),
)
share = st.floats(0, 1)


@given(pages, share, share)
def test_page_matrix_has_an_inverse(page: PdfPage, x: float, y: float):
    point = x * page.width, y * page.height
    there = page_matrix(page).apply(*point)
    assert page_matrix(page).inverse().apply(*there) == pytest.approx(point, abs=1e-6)


@given(pages)
def test_scale_is_100_percent(page: PdfPage):
    matrix = page_matrix(page)
    area = abs(matrix.a * matrix.d - matrix.b * matrix.c)
    assert area == pytest.approx((72 / page.dpi) ** 2)


@given(pages, share, share)
def test_picture_and_words_go_the_same_way(page: PdfPage, x: float, y: float):
    on_image = image_matrix(page).apply(x, 1 - y)
    on_page = page_matrix(page).apply(x * page.width, y * page.height)
    assert on_image == pytest.approx(on_page, abs=1e-6)


@given(pages)
def test_the_middle_stays_the_middle(page: PdfPage):
    middle = page_matrix(page).apply(page.width / 2, page.height / 2)
    assert middle == pytest.approx((page.size[0] / 2, page.size[1] / 2), abs=1e-6)


@pytest.mark.parametrize(
    ("rotation", "corner"), [(0, (0, 0)), (90, (0, 199)), (180, (99, 199)), (270, (99, 0))]
)
def test_a_clockwise_turn_brings_the_corner_to_the_top_left(rotation, corner):
    page = PdfPage(Path("p.jpg"), 99, 199, 72, rotation)
    assert page_matrix(page).apply(*corner) == pytest.approx((0, page.size[1]))


@pytest.mark.parametrize(("skew_deg", "levelled"), [(0.04, 0.0), (0.06, 0.06), (-8, -8), (8.1, 0)])
def test_only_a_believable_lean_is_taken_back(skew_deg, levelled):
    assert PdfPage(Path("p.jpg"), 9, 9, 72, 0, skew_deg).levelled_deg == levelled


words = st.builds(
    Word,
    text=st.text(max_size=12),
    box=st.tuples(*[st.integers(-50, 1500)] * 4),
    confidence=st.just(0.5),
    read=st.just(""),
    line=st.integers(0, 3),
)


@given(pages, st.lists(words, max_size=12))
def test_any_boxes_give_finite_words_on_the_page(page: PdfPage, found: list[Word]):
    page = PdfPage(page.image, 1000, 1000, page.dpi, page.rotation, page.skew_deg, tuple(found))
    for word in place_words(page):
        numbers = (word.x, word.baseline, word.width, word.size)
        assert np.isfinite(numbers).all()
        assert word.width > 0
        assert word.size >= 1


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"turned{case[0]}_leaning{case[1]}")
def composed(request, tmp_path_factory) -> tuple[PdfPage, Path]:
    folder = tmp_path_factory.mktemp("placement")
    page = paper.scan(folder / "page.jpg", *request.param)
    paper.compose(page, folder / "page.pdf")
    return page, folder / "page.pdf"


def rendered_ink(path: Path) -> np.ndarray:
    """Return where a renderer of its own kind puts ink, one cell a pixel at the scan's dpi."""
    with pypdfium2.PdfDocument(path) as document:
        page = document[0]
        assert page.get_rotation() == 0
        bitmap = page.render(scale=paper.DPI / 72, grayscale=True)
        grey = bitmap.to_numpy().reshape(bitmap.height, -1)[:, : bitmap.width].copy()
        bitmap.close()
        page.close()
    return grey < 128


def test_the_words_come_back_in_reading_order(composed):
    page, path = composed
    assert paper.words_seen(path) == [word.text for word in page.words]


def test_ink_lies_under_every_word_and_nowhere_else(composed):
    _, path = composed
    ink = rendered_ink(path)
    covered = np.zeros_like(ink)
    for text, box in paper.boxes_seen(path):
        x0, y0, x1, y1 = (round(side * paper.DPI / 72) for side in box)
        inside = ink[y0:y1, x0:x1]
        assert text == "-" or inside.mean() > 0.08, text
        assert inside.any(), text
        covered[y0 - 4 : y1 + 4, x0 - 4 : x1 + 4] = True
    assert ink.sum() > 4_000
    assert (ink & ~covered).sum() / ink.sum() < 0.02


def test_words_lie_where_they_were_drawn(composed):
    _, path = composed
    drawn = [ink.box for ink in paper.layout()]
    for (text, seen), box in zip(paper.boxes_seen(path), drawn, strict=True):
        left, bottom, right = (side * 72 / paper.DPI for side in (box[0], box[3], box[2]))
        assert seen[0] == pytest.approx(left, abs=2.5), text  # points: 0.9 mm
        assert seen[2] == pytest.approx(right, abs=2.5), text
        assert seen[1] < bottom < seen[3] + 4, text


def test_upright_paper_keeps_its_size(composed):
    _, path = composed
    expected = f"{paper.SIZE[0] * 72 / paper.DPI:g} x {paper.SIZE[1] * 72 / paper.DPI:g} pts"
    assert expected in paper.tool("pdfinfo", path)


def test_corners_bared_by_levelling_are_white(composed):
    _, path = composed
    ink = rendered_ink(path)
    assert not ink[:20, :20].any()
    assert not ink[-20:, -20:].any()


@pytest.mark.parametrize(
    ("width", "height", "dpi", "allowed"),
    [
        (1654, 2339, 200, 200),
        (20_000, 200, 50, 100),
        (1, 1, 50, 24),
        (200, 20_000, 1710, 1710),
        (60_000, 1, 50, 300),  # no page can hold it: refused in words
    ],
)
def test_a_page_has_a_size_that_the_standard_allows(width, height, dpi, allowed):
    assert allowed_dpi(width, height, dpi) == allowed
