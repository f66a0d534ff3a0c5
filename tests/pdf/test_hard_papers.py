"""Mixed raster content of hard papers: every ink keeps its contrast, its shape and its colour."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from desk_app.imaging._cv import cv2
from desk_app.recognition import tesseract
from tests.pdf import hard_sheet
from tests.pdf.test_compression import compressed, rendered

LOOSER = {
    ("table", "grey_lines"): 0.6,  # one pixel wide: a patch's 200 dpi
    ("table", "dots"): 0.9,  # so small that they take the colour of the print around
    ("letterhead", "white_0"): 0.85,
}
"""Least share of contrast that may be left, where it is not nine tenths nearly."""


@pytest.fixture(scope="module")
def views(tmp_path_factory) -> dict:
    """The page before and after, what was drawn on it, and the bytes of both."""
    folder = tmp_path_factory.mktemp("hard")
    page, ink = hard_sheet.sheet()
    path = hard_sheet.save(folder / "hard.jpg", page)
    out = compressed(path, folder)
    return {
        "before": np.asarray(Image.open(path)).astype(float),
        "after": rendered(out, hard_sheet.DPI),
        "ink": ink,
        "bytes": (path.stat().st_size, out.stat().st_size),
    }


def tile(views, name: str) -> tuple[np.ndarray, np.ndarray]:
    x, y = hard_sheet.place(name)
    wide, high = hard_sheet.TILE
    return tuple(views[when][y : y + high, x : x + wide] for when in ("before", "after"))


def contrast(view: np.ndarray, ink: np.ndarray) -> float:
    """Levels of the strongest channel between ink and what lies close around it."""
    close = cv2.dilate((ink > 20).astype(np.uint8), np.ones((15, 15))) > 0
    ring = close & (cv2.dilate((ink > 0).astype(np.uint8), np.ones((5, 5))) == 0)
    return float(np.abs(view[ring].mean(axis=0) - view[ink > 200].mean(axis=0)).max())


def likeness(view: np.ndarray, ink: np.ndarray) -> float:
    x, y, wide, high = cv2.boundingRect((ink > 0).astype(np.uint8))
    part = np.s_[y : y + high, x : x + wide]
    return abs(float(np.corrcoef(view[part].mean(axis=2).ravel(), ink[part].ravel())[0, 1]))


INKS = [(name, key) for name, draw in hard_sheet.TILES.items() for key in draw().ink]


@pytest.mark.parametrize(("name", "key"), INKS)
def test_ink_stays_as_it_was(views, name, key):
    before, after = tile(views, name)
    ink = views["ink"][name][key]
    assert contrast(after, ink) > LOOSER.get((name, key), 0.86) * contrast(before, ink)
    if (name, key) not in LOOSER and name != "highlighter":
        assert likeness(after, ink) > 0.87 * likeness(before, ink)
        shift = np.abs(before[ink > 200].mean(axis=0) - after[ink > 200].mean(axis=0))
        assert shift.max() < 25


@pytest.mark.parametrize("name", ["newspaper", "card", "letterhead"])
def test_pictures_keep_their_tones(views, name):
    """Means of 2 mm agree."""
    blocks = []
    for view in tile(views, name):
        rows, columns = (side // 24 * 24 for side in view.shape[:2])
        parts = view[:rows, :columns].reshape(rows // 24, 24, columns // 24, 24, 3)
        blocks.append(parts.mean(axis=(1, 3)))
    assert np.abs(blocks[0] - blocks[1]).mean() < 2.5


@pytest.mark.parametrize("name", ["highlighter", "tinted"])
def test_print_on_colour_is_read_as_before(views, name):
    """Its rims are as coloured as the ground: taken for a mark of its own they were lost."""
    engine = tesseract.engine("")
    read = []
    for view in tile(views, name):
        grey = view[40:360].mean(axis=2).astype(np.uint8)
        read.append(" ".join(word.text for word in engine.read(grey, hard_sheet.DPI, "block")))
    assert "trách nhiệm thi hành" in read[0]
    assert read[1] == read[0]


def test_a_line_of_pale_print_is_sharp_or_soft_as_a_whole(views):
    """Letter by letter one or the other it looked torn."""
    before, after = tile(views, "carbon")
    for key in ("violet", "violet_pale", "black"):
        ink = views["ink"]["carbon"][key]
        columns = np.flatnonzero((ink > 200).any(axis=0))
        parts = np.array_split(columns, 8)
        kept = []
        for part in parts:
            strip = np.s_[:, part[0] : part[-1] + 1]
            kept.append(likeness(after[strip], ink[strip]) / likeness(before[strip], ink[strip]))
        assert min(kept) > 0.93


def test_all_of_it_takes_a_sixth_of_the_scan(views):
    scanned, made = views["bytes"]
    assert made < scanned / 6
