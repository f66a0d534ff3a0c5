"""Page checks: generated defects are found, sound pages give no alarm, content is never blank."""

import pytest
from PIL import Image, ImageFilter

from bench import checks as cases
from desk_app.errors import UnusableInput, UsageError
from desk_app.imaging import checks
from tests.imaging import drawn

PARAMS = checks.load()
CONTENT = [name for name, (expected, _) in cases.defects().items()
           if not {"blank", "mirrored"} & expected]  # fmt: skip


@pytest.mark.parametrize("name", cases.defects())
@pytest.mark.parametrize("seed", [1, 3])
def test_a_defect_is_found_and_nothing_else(name, seed, tmp_path):
    expected, draw = cases.defects()[name]
    page = drawn.scanned(draw(seed), seed)
    dpi = cases.DPIS[seed % 3]
    size = tuple(round(side * dpi / drawn.DPI) for side in page.size)
    path = drawn.save(page.resize(size, Image.Resampling.LANCZOS), tmp_path / "p.jpg", dpi)
    assert cases.found_on(path, PARAMS) == set(expected)


@pytest.mark.parametrize("name", CONTENT)
def test_content_is_never_blank_however_it_lies(name, tmp_path):
    page = drawn.turned(drawn.scanned(cases.defects()[name][1](3), 3), 90)
    found = checks.run(drawn.save(page, tmp_path / "p.jpg"), PARAMS)
    assert found.blank != "blank"


@pytest.mark.parametrize("dpi", [100, 150, 200])
def test_small_and_pale_signs_of_people_are_content(dpi, tmp_path):
    """A thumb-sized pale stamp, a short initial, a pencil note: at any resolution."""
    for draw in (_pale_stamp, _initial, _pencil):
        page = drawn.sheet()
        page = draw(page)
        size = tuple(round(side * dpi / drawn.DPI) for side in page.size)
        scan = drawn.scanned(page.resize(size, Image.Resampling.LANCZOS))
        assert checks.run(drawn.save(scan, tmp_path / "p.jpg", dpi), PARAMS).blank != "blank"


def _pale_stamp(page):
    stamped = page.copy()
    drawn.stamp(stamped, (900, 1300), 80)
    return Image.blend(page, stamped, 0.4)


def _initial(page):
    drawn.signature(page, (900, 1300))
    return page.filter(ImageFilter.GaussianBlur(1))


def _pencil(page):
    written = page.copy()
    drawn.write(written, ("đã nhận đủ",), 700, 1200)
    return Image.blend(page, written, 0.35)


def test_marks_of_another_page_do_not_show_through(tmp_path):
    front = checks.run(drawn.save(drawn.scanned(drawn.text_page()), tmp_path / "f.jpg"), PARAMS)
    faint = checks.run(
        drawn.save(drawn.scanned(cases.faint(drawn.text_page(), 1)), tmp_path / "b.jpg"), PARAMS
    )
    assert faint.blank == "doubtful"
    assert not checks.shows_through(front.pattern, faint.pattern)  # not mirrored
    assert not checks.shows_through(b"", faint.pattern)
    assert not checks.shows_through(bytes(len(faint.pattern)), bytes(len(faint.pattern)))


def test_size_on_paper(tmp_path):
    found = checks.run(drawn.save(drawn.text_page(), tmp_path / "p.jpg"), PARAMS)
    assert (found.width_mm, found.height_mm) == pytest.approx((210, 297), abs=0.3)


def test_thresholds_are_data(tmp_path):
    path = drawn.save(drawn.scanned(drawn.text_page()), tmp_path / "p.jpg")
    strict = tmp_path / "strict.toml"
    strict.write_text("[ink]\nblurred_below = 99\n[edges]\ninwards_mm = [1.0, 3.0]\n")
    assert checks.load(strict).edges.inwards_mm == (1.0, 3.0)
    assert checks.run(path, checks.load(strict)).problems == ("blurred",)
    for wrong in ("[ink]\nsharp = 1\n", "[inks]\n"):
        strict.write_text(wrong)
        with pytest.raises(UsageError):
            checks.load(strict)


def test_odd_pictures_give_facts_or_a_sentence(tmp_path):
    for size in ((1, 1), (3, 5000), (60, 60)):
        Image.new("L", size, 250).save(tmp_path / "p.png")
        found = checks.run(tmp_path / "p.png", PARAMS)
        assert found.blank in ("blank", "doubtful")
        assert found.clipped == ()
    (tmp_path / "p.png").write_bytes(b"")
    with pytest.raises(UnusableInput):
        checks.run(tmp_path / "p.png", PARAMS)
