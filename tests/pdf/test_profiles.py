"""Every profile in both parts: what is written keeps the rules, and its words come back."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from PIL import Image

from desk_app import paths, stages
from desk_app.pdf import placement
from desk_app.pdf.compose import Params
from desk_app.recognition.page import read_page
from desk_app.records import Word
from tests.pdf import paper
from tests.pdf.test_compose import preflight

PROFILES = ("jpeg", "mrc", "bilevel")
ODD_WORDS = (
    unicodedata.normalize("NFD", "Nguyễn"),
    "hộ" + "\N{COMBINING MACRON}",  # no letter of its own: stays a sequence
    "越南",
    "😀👍🏽",
    "\ue000\u200b\x07",  # nothing to show but a private letter
    "đ̣Ợ",
)
SHOWN = ["Nguyễn", "hộ̄", "越南", "😀👍🏽", "\ue000", "đ̣Ợ"]


@pytest.mark.parametrize("mode", ["RGB", "L", "1"])
@pytest.mark.parametrize("profile", PROFILES)
def test_our_rules_and_a_second_opinion(tmp_path, profile, mode):
    page = paper.scan(tmp_path / "page.png")
    with Image.open(page.image) as image:
        made = image.convert(mode)
    made.save(page.image)
    twins = []
    for part in ("2b", "1b"):
        twins.append(tmp_path / f"{part}.pdf")
        report = paper.compose(page, twins[-1], Params(part=part, profile=profile))
        assert report.conformance.faults == ()
        assert paper.words_seen(twins[-1]) == [word.text for word in page.words]
    assert "INVALID" not in preflight(twins[1])


@pytest.mark.parametrize("part", ["2b", "1b"])
def test_words_outside_any_office_font_stay_words(tmp_path, part):
    page = paper.scan(tmp_path / "page.jpg")
    words = tuple(
        Word(text, (100, 100 + 60 * n, 260, 130 + 60 * n), 0.9, text, n)
        for n, text in enumerate(ODD_WORDS)
    )
    out = tmp_path / "odd.pdf"
    report = paper.compose(replace(page, words=words), out, Params(part=part))
    assert report.conformance.faults == ()
    assert paper.words_seen(out) == [unicodedata.normalize("NFC", text) for text in SHOWN]
    if part == "1b":
        assert "INVALID" not in preflight(out)


@pytest.mark.parametrize(
    ("rotation", "skew_deg"), [(0, 0.0), (90, 0.0), (180, 1.1), (270, 0.0), (0, -1.7)]
)
def test_what_was_read_is_what_is_found(tmp_path, rotation, skew_deg):
    """The reader's own words and boxes, not the drawer's; in its order, each over its ink."""
    drawn = paper.scan(tmp_path / "page.png", rotation, skew_deg)
    with Image.open(drawn.image) as image:
        image.save(drawn.image, dpi=(paper.DPI, paper.DPI))
    reading = read_page(drawn.image, paths.PROCEDURES)
    assert reading.condition.rotation == rotation
    out = tmp_path / "read.pdf"
    page = stages.pdf_page(drawn.image, reading)
    paper.compose(page, out)
    read = [placement.clean(word.text) for word in reading.text.words]
    assert "TUYẾT" in read
    assert paper.words_seen(out) == read
    view = _shown(out)
    for text, box in paper.boxes_seen(out):
        low, high = view.crop(tuple(round(side * 2) for side in box)).getextrema()
        assert high - low > 60, text


def _shown(path) -> Image.Image:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        page = document[0]
        view = page.render(scale=2).to_pil().convert("L")
        page.close()
    return view
