"""Printed separators are read as a scanner sends them; lists for people hold what they must."""

import pytest
from PIL import Image, ImageDraw, ImageFilter

from desk_app import batching, printing
from desk_app.capture.separation import Separator, parse_separator
from desk_app.errors import UsageError
from desk_app.records import Text
from desk_app.store.batches import Issue
from tests.imaging import drawn

NOW = "2026-11-22T08:00:00+07:00"
WHICH = Separator("dossier", "000.00.01.H49-261122-0001")


def punched(page):
    """Two holes and a torn corner through the upper code."""
    pen = ImageDraw.Draw(page)
    middle = page.width // 2
    for left in (middle - 180, middle + 90):
        pen.ellipse((left, 330, left + 50, 380), fill=(40, 40, 40))
    pen.polygon([(0, 0), (middle, 0), (0, 500)], fill=(40, 40, 40))
    return page


DAMAGE = {
    "as printed": lambda page: page,
    "upside down": lambda page: drawn.turned(page, 180),
    "sideways": lambda page: drawn.turned(page, 90),
    "leaning 7 degrees": lambda page: drawn.leaning(page, 7),
    "faint": lambda page: Image.blend(drawn.sheet(page.size), page, 0.35),
    "soft": lambda page: page.filter(ImageFilter.GaussianBlur(3)),
    "punched and torn": punched,
    "stamped over": lambda page: (drawn.stamp(page, (827, 400), 200), page)[1],
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("dpi", [100, 300])
def test_a_separator_is_read_however_it_comes(damage, dpi, tmp_path):
    page = DAMAGE[damage](printing._separator(WHICH, 1, 1).image.convert("RGB"))
    size = tuple(round(side * dpi / printing.DPI) for side in page.size)
    scan = drawn.scanned(page.resize(size, Image.Resampling.LANCZOS))
    found = batching.checks_of(drawn.save(scan, tmp_path / "p.jpg", dpi))
    assert {parse_separator(text) for text in found["codes"]} == {WHICH}


@pytest.mark.parametrize("count", [0, printing.MOST_SHEETS + 1])
def test_too_few_or_too_many_separators_are_refused(count, tmp_path):
    with pytest.raises(UsageError):
        printing.separators([WHICH] * count, tmp_path / "s.pdf", NOW)
    assert not (tmp_path / "s.pdf").exists()


def test_a_long_list_of_sheets_goes_over_several_pages(tmp_path):
    import pikepdf

    issues = [Issue("DOUBLE_FEED", n, Text(f"Tờ {n} nghi kéo chập.", "")) for n in range(1, 60)]
    assert printing.rescan_list("LO-1", issues, tmp_path / "l.pdf", NOW) == 59
    with pikepdf.open(tmp_path / "l.pdf") as pdf:
        assert len(pdf.pages) == 2
    printing.rescan_list("LO-1", issues, tmp_path / "l.txt", NOW)
    assert "59. Tờ 59 nghi kéo chập." in (tmp_path / "l.txt").read_text(encoding="utf-8")
