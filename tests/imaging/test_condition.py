from __future__ import annotations

import resource
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from desk_app.imaging import condition
from tests.imaging import drawn


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_axis_skew_and_size_of_a_turned_page(turn, tmp_path):
    page = drawn.turned(drawn.leaning(drawn.text_page(), 3.0), turn)
    facts = condition.run(drawn.save(drawn.scanned(page), tmp_path / "page.jpg"))
    assert facts.rotation == -turn % 360
    assert facts.rotation_confidence > 0.3
    assert facts.skew_deg == pytest.approx(3.0, abs=0.15)
    assert (facts.width, facts.height, facts.dpi) == (*page.size, drawn.DPI)
    assert facts.blank == "content"


def test_good_page_has_no_problems(tmp_path):
    facts = condition.run(drawn.save(drawn.scanned(drawn.text_page()), tmp_path / "page.jpg"))
    assert facts.problems == ()
    assert 0.005 < facts.ink_share < 0.1
    assert facts.skew_confidence > 0.8


def test_blurred_page(tmp_path):
    page = drawn.scanned(drawn.text_page().filter(ImageFilter.GaussianBlur(5)))
    assert "blurred" in condition.run(drawn.save(page, tmp_path / "page.jpg")).problems


def test_pale_print(tmp_path):
    values = np.asarray(drawn.text_page().convert("L")).astype(float)
    pale = Image.fromarray((120 + (values - 120) * 0.2).clip(0, 255).astype(np.uint8))
    facts = condition.run(drawn.save(pale, tmp_path / "page.jpg"))
    assert "low_contrast" in facts.problems


def test_leaning_page(tmp_path):
    page = drawn.scanned(drawn.leaning(drawn.text_page(), -5))
    facts = condition.run(drawn.save(page, tmp_path / "page.jpg"))
    assert "skewed" in facts.problems
    assert facts.skew_deg == pytest.approx(-5, abs=0.15)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_folded_corner_shows_the_lid(turn, tmp_path):
    page = drawn.text_page()
    ImageDraw.Draw(page).polygon([(0, 0), (90, 0), (0, 90)], fill=(25, 25, 25))
    path = drawn.save(drawn.turned(page, turn), tmp_path / "page.jpg")
    assert condition.run(path).problems == ("cut_corner",)


def test_page_without_resolution_is_taken_for_a4(tmp_path):
    drawn.text_page().save(tmp_path / "page.png")
    assert condition.run(tmp_path / "page.png").dpi == 200


def hostile_pages() -> dict[str, Image.Image]:
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 256, (1200, 900), dtype=np.uint8)
    return {
        "black": Image.new("L", (900, 1200), 0),
        "white": Image.new("L", (900, 1200), 255),
        "noise": Image.fromarray(noise),
        "colour noise": Image.fromarray(rng.integers(0, 256, (1200, 900, 3), dtype=np.uint8)),
        "dots": Image.fromarray(((noise > 5) * 255).astype(np.uint8)).convert("1"),
        "strip": Image.new("1", (40_000, 1_000), 1),
        "thread": Image.new("L", (3, 20_000), 255),
        "point": Image.new("L", (1, 1), 255),
    }


@pytest.mark.parametrize("name", list(hostile_pages()))
def test_odd_page_gives_finite_facts(name, tmp_path):
    page = hostile_pages()[name]
    page.save(tmp_path / "page.png")
    facts = condition.run(tmp_path / "page.png")
    assert (facts.width, facts.height) == page.size
    shares = (facts.ink_share, facts.red_share, facts.rotation_confidence, facts.skew_confidence)
    assert all(0 <= share <= 1 for share in shares)
    assert np.isfinite([facts.sharpness, facts.contrast, facts.skew_deg]).all()


def test_large_page_is_measured_in_little_memory(tmp_path):
    Image.new("L", (9_900, 9_900), 255).save(tmp_path / "page.jpg")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    facts = condition.run(tmp_path / "page.jpg")
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert facts.blank == "blank"
    assert after - before < 100 * 1024


def test_thresholds_are_parameters(tmp_path):
    path = drawn.save(drawn.scanned(drawn.text_page()), tmp_path / "page.jpg")
    strict = replace(condition.Params(), blurred_below=1e6)
    assert "blurred" in condition.run(path, strict).problems
