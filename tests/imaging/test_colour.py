from __future__ import annotations

import numpy as np

from desk_app.imaging import colour
from desk_app.imaging._cv import cv2
from tests.imaging import drawn


def stamped_page():
    page = drawn.text_page()
    drawn.stamp(page, (800, 600))
    return np.asarray(drawn.scanned(page))


def test_mask_covers_the_stamp_and_nothing_else():
    mask = colour.stamp_mask(stamped_page(), drawn.DPI)
    rows, columns = np.nonzero(mask)
    assert 660 <= columns.min() < 690
    assert 910 < columns.max() <= 940
    assert 460 <= rows.min() < 490
    assert 710 < rows.max() <= 740


def test_stamp_turns_as_light_as_paper_and_print_stays():
    page = stamped_page()
    grey = colour.without_stamps(page, colour.stamp_mask(page, drawn.DPI))
    plain = np.asarray(drawn.scanned(drawn.text_page()).convert("L"))
    ring = grey[590:610, 670:677]
    assert ring.mean() > 180
    assert grey[plain < 60].mean() < 90


def test_tinted_card_is_no_stamp():
    page = np.asarray(drawn.scanned(drawn.sheet((1000, 640), paper=(250, 180, 185))))
    assert not colour.stamp_mask(page, 300).any()


def test_grey_page_has_no_red():
    grey = np.asarray(drawn.text_page().convert("L"))
    mask = colour.stamp_mask(grey, drawn.DPI)
    assert not mask.any()
    assert np.array_equal(colour.without_stamps(grey, mask), grey)


def test_red_print_is_no_stamp():
    """A red title or number is there to be read; only what has a stamp's size is taken out."""
    page = np.full((1200, 900, 3), 250, np.uint8)
    page[100:130, 200:700] = (200, 20, 40)  # a title: 2.5 mm high at 300 dpi
    cv2.circle(page, (450, 700), 180, (200, 20, 40), 14)  # a stamp of 30 mm
    mask = colour.stamp_mask(page, 300)
    stamps = colour.stamps_of(mask, 300)
    assert mask[115, 450]
    assert not stamps[100:130, 200:700].any()
    assert stamps[700, 270]
    assert colour.without_stamps(page, stamps)[115, 450] < 120
