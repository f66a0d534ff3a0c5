"""Codes as scanners see them: cards turned and noisy, bar codes, and what they contradict."""

from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from desk_app.dossiers import catalog
from desk_app.imaging import condition
from desk_app.recognition import codes, fields
from tests.dossiers.handmade import CARD_ZONE, qr, reading, typed, zone
from tests.imaging import drawn
from tests.recognition import cards

KNOWN = catalog.load(Path(__file__).parents[2] / "resources" / "procedures")
SEEDS = range(6)
"""Of the same kind two hundred were read when the search was fitted."""


@pytest.mark.parametrize("dpi", [200, 300])
@pytest.mark.parametrize("side_mm", [15, 20])
def test_cards_scanned_by_chance_are_read_letter_by_letter(side_mm, dpi, tmp_path):
    for seed in SEEDS:
        page, text = cards.scanned_card(seed, side_mm, dpi)
        path = drawn.save(page, tmp_path / "card.jpg", dpi)
        (found,) = codes.run(path, condition.run(path))
        assert (found.kind, found.text) == ("qr", text)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize(
    ("kind", "text", "size"),
    [
        ("code128", "000.17.22.H56-210531-0001", (640, 90)),
        ("code39", "H56-210531-0001", (700, 90)),
        ("pdf417", "001186012345|Nguyễn Thị Lan|05031986", (560, 200)),
    ],
)
def test_bar_codes_are_read_at_any_turn_with_their_box(kind, text, size, turn, tmp_path):
    page = drawn.text_page()
    place = (500, 1500)
    page.paste(bars(kind, text).resize(size, Image.Resampling.BOX).convert("RGB"), place)
    path = drawn.save(drawn.scanned(drawn.turned(page, turn)), tmp_path / "page.jpg")
    (found,) = codes.run(path, condition.run(path))
    assert (found.kind, found.text) == (kind, text)
    if not turn:
        x0, y0, x1, y1 = found.box
        assert place[0] - 2 <= x0 < x1 <= place[0] + size[0] + 2
        assert place[1] - 2 <= y0 < y1 <= place[1] + size[1] + 2


def bars(kind: str, text: str) -> Image.Image:
    known = {"code128": "Code128", "code39": "Code39", "pdf417": "PDF417"}
    form = getattr(zxingcpp.BarcodeFormat, known[kind])
    code = zxingcpp.create_barcode(text, form)
    return Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=4, add_quiet_zones=True))


def test_two_codes_on_a_page_are_both_read(tmp_path):
    page = drawn.text_page()
    page.paste(cards.qr_picture("000.17.22.H56-210531-0001", 200), (1200, 1500))
    page.paste(bars("code128", "H56-210531-0001").resize((640, 90)).convert("RGB"), (200, 1900))
    path = drawn.save(drawn.scanned(page), tmp_path / "page.jpg")
    found = codes.run(path, condition.run(path))
    assert sorted(code.kind for code in found) == ["code128", "qr"]


# ------------------------------------------------------------------ what contradicts what
def read_card(zone_text):
    pages = [("P1", reading(typed("CĂN CƯỚC CÔNG DÂN"), (qr(), zone(zone_text))))]
    found, findings = fields.run(pages, "citizen_card", KNOWN)
    return {f.name: (f.value, f.source) for f in found}, [f.code for f in findings]


DIGITS = [n for n, char in enumerate(CARD_ZONE[:60]) if char.isdigit()]


@pytest.mark.parametrize("place", DIGITS)
def test_any_wrong_digit_in_the_zone_is_a_finding_and_no_value(place):
    wrong = str((int(CARD_ZONE[place]) + 3) % 10)
    values, findings = read_card(CARD_ZONE[:place] + wrong + CARD_ZONE[place + 1 :])
    right, nothing = read_card(CARD_ZONE)
    assert "ZONE_DOUBTFUL" in findings
    assert "ZONE_DOUBTFUL" not in nothing
    changed = {name for name in right if values.get(name) != right[name]}
    assert changed <= {"expiry_date"}, "what the QR says stands; of the zone nothing wrong is taken"
    assert values.get("expiry_date") in (None, right["expiry_date"])
