from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageFilter

from desk_app.imaging import quality
from tests.imaging import drawn


def grey(page):
    return np.asarray(page.convert("L").resize((827, 1170)))


def test_sharpness_falls_with_blur_and_blank_paper_has_little():
    sharp = quality.sharpness(grey(drawn.text_page()))
    soft = quality.sharpness(grey(drawn.text_page().filter(ImageFilter.GaussianBlur(6))))
    blank = quality.sharpness(grey(drawn.sheet()))
    assert sharp > 300 > soft > blank


def test_sharpness_of_a_known_edge():
    half = np.zeros((100, 100), np.uint8)
    half[:, 50:] = 100
    # Sobel answers 400 at the two columns of the step: exactly 2 % of the pixels.
    assert quality.sharpness(half) == pytest.approx(400)


def test_contrast_of_known_levels():
    page = np.full((100, 100), 200, np.uint8)
    page[:10] = 50
    assert quality.contrast(page) == 150


def test_division_whitens_a_shadow_and_keeps_the_ink():
    page = grey(drawn.text_page()).astype(float)
    shadow = np.linspace(1.0, 0.5, page.shape[1])[None, :]
    shaded = (page * shadow).astype(np.uint8)
    flat = quality.divided(shaded, quality.background(shaded, 100))
    paper = flat[page > 240]
    assert np.percentile(paper, 5) > 235
    assert flat[page < 60].mean() < 100
