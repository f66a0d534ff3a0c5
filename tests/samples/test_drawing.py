"""Drawing again gives the same truth and the same picture."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import zxingcpp
from PIL import Image


@pytest.fixture(scope="module")
def drawn(draw: ModuleType) -> tuple[list[Any], Any]:
    """All sides, drawn but not scanned; without fonts on the machine there is nothing to draw."""
    from sample_drawing.fonts import NoFontError

    try:
        papers = draw.dossier_papers()
    except NoFontError as error:
        pytest.skip(str(error))
    return draw.sides(papers, draw.DEFAULT_SEED), draw.slip_side(draw.DEFAULT_SEED)


def test_the_truth_is_the_committed_one(
    draw: ModuleType, drawn: tuple[list[Any], Any], truth: dict[str, Any]
) -> None:
    assert json.loads(json.dumps(draw.truth(*drawn))) == truth


def test_nothing_runs_off_the_paper(drawn: tuple[list[Any], Any]) -> None:
    every_side, slip = drawn
    for side in [*every_side, slip]:
        if side.drawn is None:
            continue
        grey = np.asarray(side.drawn.image.convert("L"))
        edge = np.concatenate(
            [grey[:118].ravel(), grey[-118:].ravel(), grey[:, :118].ravel(), grey[:, -118:].ravel()]
        )  # 10 mm all around
        assert edge.min() == 255, side.file


def test_a_page_scanned_again_is_the_same_picture(
    draw: ModuleType, drawn: tuple[list[Any], Any], folder: Path, tmp_path: Path
) -> None:
    card = next(side for side in drawn[0] if side.paper.type == "citizen_card" and side.first)
    first = draw.render(card, draw.DEFAULT_SEED)
    draw.save(first, tmp_path / card.file)
    with Image.open(tmp_path / card.file) as again:
        assert [code.text for code in zxingcpp.read_barcodes(again)] == [card.paper.codes["qr"]]
        assert again.info["dpi"] == (300, 300)
    second = draw.render(card, draw.DEFAULT_SEED)
    draw.save(second, tmp_path / "again.jpg")
    assert (tmp_path / "again.jpg").read_bytes() == (tmp_path / card.file).read_bytes()


def test_another_seed_is_another_scan_of_the_same_paper(
    draw: ModuleType, drawn: tuple[list[Any], Any]
) -> None:
    blank = next(side for side in drawn[0] if side.drawn is None)
    one, other = draw.render(blank, 49), draw.render(blank, 50)
    assert one.tobytes() != other.tobytes()
    assert np.abs(np.asarray(one, float).mean() - np.asarray(other, float).mean()) < 2


def test_a_font_without_vietnamese_is_refused(draw: ModuleType, tmp_path: Path) -> None:
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from sample_drawing.fonts import VIETNAMESE, covers

    glyph = TTGlyphPen(None).glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "A"])
    builder.setupCharacterMap({ord("A"): "A"})
    builder.setupGlyf({".notdef": glyph, "A": glyph})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "A": (500, 0)})
    builder.setupHorizontalHeader()
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / "latin.ttf")
    assert covers(tmp_path / "latin.ttf", frozenset("A"))
    assert not covers(tmp_path / "latin.ttf", VIETNAMESE)
    assert len(VIETNAMESE) == 146  # 67 marked letters and the six plain vowels, in both cases
