from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_app.imaging import geometry, quality
from desk_app.imaging.geometry import Frame
from tests.imaging import drawn

SIZES = st.tuples(st.integers(20, 3000), st.integers(20, 3000))
TURNS = st.sampled_from((0, 90, 180, 270))


@st.composite
def boxes_on_pages(draw):
    width, height = draw(SIZES)
    x0, y0 = draw(st.integers(0, width - 2)), draw(st.integers(0, height - 2))
    return (
        width,
        height,
        (
            x0,
            y0,
            draw(st.integers(x0 + 1, width)),
            draw(st.integers(y0 + 1, height)),
        ),
    )


@given(boxes_on_pages(), TURNS)
def test_box_returns_from_every_quarter_turn(page, rotation):
    width, height, box = page
    frame = Frame(width, height, rotation)
    assert frame.to_disk(frame.to_view(box)) == box


@given(boxes_on_pages(), TURNS, st.floats(-8, 8), st.floats(0.2, 3))
def test_box_is_held_by_its_image_and_grows_only_by_the_lean(page, rotation, skew, scale):
    width, height, box = page
    frame = Frame(width, height, rotation, skew, scale)
    x0, y0, x1, y1 = frame.to_disk(frame.to_view(box))
    assert x0 <= box[0]
    assert y0 <= box[1]
    assert x1 >= box[2]
    assert y1 >= box[3]
    sine = abs(np.sin(np.radians(skew)))
    rounding = 4 + 4 / min(frame.scaled_size[0] / width, frame.scaled_size[1] / height)
    slack = 2.2 * sine * max(box[2] - box[0], box[3] - box[1]) + rounding
    assert box[0] - x0 <= slack
    assert y1 - box[3] <= slack


@given(boxes_on_pages(), TURNS, st.floats(-8, 8))
def test_view_holds_every_corner_of_the_page(page, rotation, skew):
    width, height, _ = page
    frame = Frame(width, height, rotation, skew)
    corners = frame.matrix @ [[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]]
    assert corners[:2].min() > -1e-3
    assert np.all(corners[0] <= frame.size[0] + 1e-3)
    assert np.all(corners[1] <= frame.size[1] + 1e-3)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("skew", [0.0, 5.0, -3.3])
@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_pixels_go_where_boxes_go(rotation, skew, scale):
    page = np.full((400, 300), 255, np.uint8)
    box = (200, 60, 260, 90)
    page[60:90, 200:260] = 0
    frame = Frame(300, 400, rotation, skew, scale)
    seen = frame.apply(page)
    assert (seen.shape[1], seen.shape[0]) == frame.size
    rows, columns = np.nonzero(seen < 128)
    found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    assert np.abs(found - frame.to_view(box)).max() <= 2


def test_four_quarter_turns_are_none():
    page = np.random.default_rng(0).integers(0, 256, (50, 70), dtype=np.uint8)
    seen, size = page, (70, 50)
    for _ in range(4):
        frame = Frame(*size, rotation=90)
        seen, size = frame.apply(seen), frame.size
    assert np.array_equal(seen, page)


def letters_of(page) -> np.ndarray:
    grey = np.asarray(page.convert("L").resize((page.width // 2, page.height // 2)))
    depth = quality.ink_depth(grey, quality.background(grey, 100))
    return geometry.letter_mask((depth >= 56).astype(np.uint8))


@pytest.mark.parametrize("lean_deg", [-7.4, -5, -1.3, 0, 0.4, 2.1, 5, 7.8])
def test_lean_is_found_to_a_tenth_of_a_degree(lean_deg):
    page = drawn.scanned(drawn.leaning(drawn.text_page(), lean_deg))
    lean = geometry.find_lean(letters_of(page))
    assert lean.skew_deg == pytest.approx(lean_deg, abs=0.1)
    assert lean.confidence > 0.8


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("lean_deg", [0, 5, -5])
def test_axis_of_lines_is_found_though_they_lean(turn, lean_deg):
    page = drawn.turned(drawn.leaning(drawn.text_page(), lean_deg), turn)
    rotation, confidence, lean = geometry.find_axis(letters_of(page))
    assert rotation == turn % 180
    assert confidence > 0.5
    assert lean.skew_deg == pytest.approx(lean_deg, abs=0.2)


def test_blank_paper_leans_nowhere():
    lean = geometry.find_lean(letters_of(drawn.scanned(drawn.sheet())))
    assert lean.confidence == 0


def test_rulings_and_specks_are_no_letters():
    ink = np.zeros((600, 600), np.uint8)
    ink[100:103, 20:580] = 1
    ink[20:580, 300:303] = 1
    ink[500, 50] = 1
    ink[400:410, 40:48] = 1
    assert np.count_nonzero(geometry.letter_mask(ink)) == 80
