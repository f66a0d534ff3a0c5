"""Where marks land, measured on the rendered page and by what a text extractor says."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing import engine
from signing.appearance.mark import PT_PER_MM, Mark, PageBox
from signing.appearance.placing import Spot, _Page, place, reserve
from signing.appearance.profile import load_appearance
from signing.errors import MarkUnusable
from signing.policy import Policy, load_policy
from signing.verify.verdict import verify_file
from tests.signing.appearance.pictures import seal, signature
from tests.signing.papers import A4, paper

SIZES = {
    "A4": (210, 297),
    "A4 landscape": (297, 210),
    "A3": (297, 420),
    "A5": (148, 210),
    "card": (85.6, 54),
}
CROPS = {"whole": None, "cropped": (4, 3, 3, 5)}
LOOK = load_appearance("electronic_copy")
VALUES = {"agency": "Ủy ban nhân dân xã An Bình, huyện Tân Lập, tỉnh Bắc"}
TOLERANCE_MM = 2.0


@pytest.fixture(scope="module")
def key(authority):
    return authority.issue("Nguyễn Văn An")


def sheet(path, size_mm, rotate=0, crop_mm=None, unit=1.0, origin=(-30, 50)):
    """An empty page as it is shown: ``size_mm`` without the cropped edges, after turning."""
    left, low, right, high = (edge * PT_PER_MM for edge in crop_mm or (0, 0, 0, 0))
    width, height = (side * PT_PER_MM / unit for side in size_mm)
    if rotate in (90, 270):
        width, height = height, width
    x, y = origin
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(width, height))
        page = pdf.pages[0]
        page.MediaBox = [x - left, y - low, x + width + right, y + height + high]
        if crop_mm:
            page.CropBox = [x, y, x + width, y + height]
        if rotate:
            page.Rotate = rotate
        if unit != 1:
            page.UserUnit = unit
        # Print that is cropped away must neither be seen nor move the mark.
        page.Contents = pdf.make_stream(b"q 0 g -999 -999 9999 30 re f Q" if crop_mm else b"")
        pdf.save(path)
    return path


def signed(source, key, look=LOOK, values=VALUES, **options):
    policy = replace(Policy(level="B-B"), appearance=look)
    target = source.with_name("signed_" + source.name)
    return engine.sign_file(source, target, key, policy, appearance_values=values, **options)


def drawn(path, index=0, dpi=144):
    with pypdfium2.PdfDocument(path) as pdf:
        pdf.init_forms()  # the library draws widgets only together with their form
        return np.array(pdf[index].render(scale=dpi / 72, grayscale=True).to_numpy())


def ink_mm(path, size_mm, index=0):
    """Box of everything dark on a page, in millimetres as shown."""
    grey = drawn(path, index)
    assert grey.shape[1] / grey.shape[0] == pytest.approx(size_mm[0] / size_mm[1], rel=0.01)
    rows, columns = (np.flatnonzero((grey < 110).any(axis=axis)) for axis in (1, 0))
    x, y = size_mm[0] / grey.shape[1], size_mm[1] / grey.shape[0]
    return columns[0] * x, rows[0] * y, (columns[-1] + 1) * x, (rows[-1] + 1) * y


def expected(size_mm, look=LOOK):
    width = min(look.width_mm, size_mm[0] - 4)
    side = min(look.margin_side_mm, size_mm[0] - width - 2)
    return size_mm[0] - side - width, look.margin_top_mm, size_mm[0] - side


@pytest.mark.parametrize("unit", [1.0, 2.0])
@pytest.mark.parametrize("crop", CROPS.values(), ids=CROPS)
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_mark_is_where_the_profile_says(size, rotate, crop, unit, key, tmp_path):
    done = signed(sheet(tmp_path / "a.pdf", size, rotate, crop, unit), key)
    assert done.notes == ()
    left, top, right, bottom = ink_mm(done.path, size)
    wanted_left, wanted_top, wanted_right = expected(size)
    assert left == pytest.approx(wanted_left, abs=TOLERANCE_MM)
    assert top == pytest.approx(wanted_top, abs=TOLERANCE_MM)
    assert wanted_right - 12 < right <= wanted_right + 0.1
    # Four lines upright: a turned mark would be higher than wide.
    assert bottom - top < 4 * LOOK.lines[0].leading_pt / PT_PER_MM


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", CROPS.values(), ids=CROPS)
@pytest.mark.parametrize("size", [(210, 297), (297, 210)], ids=["portrait", "landscape"])
def test_poppler_agrees(size, crop, rotate, key, tmp_path, run):
    done = signed(sheet(tmp_path / "a.pdf", size, rotate, crop, origin=(0, 0)), key)
    run("pdftoppm", "-cropbox", "-gray", "-r", 72, "-singlefile", done.path, tmp_path / "page")
    data = (tmp_path / "page.pgm").read_bytes()
    _, sides, _, pixels = data.split(b"\n", 3)
    columns, rows = map(int, sides.split())
    grey = np.frombuffer(pixels, np.uint8).reshape(rows, columns)
    x, y = np.flatnonzero((grey < 150).any(axis=0)), np.flatnonzero((grey < 150).any(axis=1))
    wanted_left, wanted_top, _ = expected(size)
    assert x[0] / PT_PER_MM == pytest.approx(wanted_left, abs=TOLERANCE_MM)
    assert y[0] / PT_PER_MM == pytest.approx(wanted_top, abs=TOLERANCE_MM)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("size", [(210, 297), (297, 210)], ids=["portrait", "landscape"])
def test_text_extractor_finds_the_words_there(size, rotate, key, tmp_path, run):
    done = signed(sheet(tmp_path / "a.pdf", size, rotate, origin=(0, 0)), key)
    said = run("pdftotext", "-bbox", done.path, "-").stdout.decode()
    number = r'"([\d.]+)"'
    pattern = rf"xMin={number} yMin={number} xMax={number} yMax={number}>([^<]*)<"
    words = [(float(a), float(b), float(c), text) for a, b, c, _, text in re.findall(pattern, said)]
    wanted_left, wanted_top, wanted_right = expected(size)
    assert [w[3] for w in words][:2] == ["Sao", "y"]
    assert min(w[0] for w in words) / PT_PER_MM == pytest.approx(wanted_left, abs=TOLERANCE_MM)
    assert min(w[1] for w in words) / PT_PER_MM == pytest.approx(wanted_top, abs=TOLERANCE_MM)
    assert max(w[2] for w in words) / PT_PER_MM <= wanted_right


def test_verification_finds_the_box_there(key, authority, tmp_path):
    done = signed(sheet(tmp_path / "a.pdf", (210, 297), 90, CROPS["cropped"]), key)
    (found,) = verify_file(done.path, authority.anchors).signatures
    left, top, right, _ = found.facts.place.shown
    wanted_left, wanted_top, wanted_right = expected((210, 297))
    assert (left * 210, top * 297, right * 210) == pytest.approx(
        (wanted_left, wanted_top, wanted_right), abs=0.05
    )


@settings(max_examples=60, deadline=None)
@given(
    x=st.floats(0, 100),
    y=st.floats(0, 100),
    rotate=st.sampled_from([0, 90, 180, 270]),
    unit=st.sampled_from([1.0, 2.5]),
)
def test_boxes_there_and_back(x, y, rotate, unit):
    page = _Page({}, 0, PageBox((-20.0, 10.0, 500.0, 700.0), rotate, unit))
    box = (x, y, x + 30, y + 20)
    assert page.shown(page.rect(box)) == pytest.approx(box, abs=1e-6)


# --- pages too small ----------------------------------------------------------------------------


def test_narrow_page_gets_a_narrower_block(key, tmp_path):
    done = signed(sheet(tmp_path / "a.pdf", (55, 80)), key)
    left, _, right, _ = ink_mm(done.path, (55, 80))
    assert left >= 2
    assert right <= 53


@pytest.mark.parametrize("size", [(40, 80), (80, 15)])
def test_page_that_is_too_small_says_so(size, key, tmp_path):
    with pytest.raises(MarkUnusable, match="too small"):
        signed(sheet(tmp_path / "a.pdf", size), key)
    assert [p.name for p in tmp_path.iterdir()] == ["a.pdf"]


def test_page_that_is_not_there(key, tmp_path):
    with pytest.raises(MarkUnusable, match="no page 8"):
        signed(sheet(tmp_path / "a.pdf", (210, 297)), key, replace(LOOK, page=7))


# --- print and other marks ----------------------------------------------------------------------


def printed(path, *boxes_mm, size_mm=(210, 297), tone=b"0", paper_tone=b"1"):
    """A page with lines of print, boxes as left, top, right, bottom."""
    with pikepdf.new() as pdf:
        width, height = (side * PT_PER_MM for side in size_mm)
        pdf.add_blank_page(page_size=(width, height))
        rules = [b"%s g 0 0 %.1f %.1f re f %s g" % (paper_tone, width, height, tone)]
        for left, top, right, bottom in boxes_mm:
            for row in np.arange(top, bottom, 1.5):
                y = height - (row + 0.6) * PT_PER_MM
                x, w = left * PT_PER_MM, (right - left) * PT_PER_MM
                rules.append(b"%.2f %.2f %.2f 1.5 re f" % (x, y, w))
        pdf.pages[0].Contents = pdf.make_stream(b"\n".join(rules))
        pdf.save(path)
    return path


def box_of(done, authority, size_mm=(210, 297)):
    found = verify_file(done.path, authority.anchors).signatures[-1].facts.place.shown
    return tuple(share * side for share, side in zip(found, (*size_mm, *size_mm), strict=True))


def test_print_close_below_sends_the_mark_to_the_edge(key, authority, tmp_path):
    done = signed(printed(tmp_path / "a.pdf", (110, 20, 200, 60)), key)
    _, top, right, bottom = box_of(done, authority)
    assert top == pytest.approx(2.0, abs=0.1)
    assert bottom < 20
    assert right == pytest.approx(202, abs=0.1)
    assert done.notes == ()


def test_print_at_the_edge_sends_the_mark_down(key, authority, tmp_path):
    source = printed(tmp_path / "a.pdf", (110, 3, 200, 12), tone=b"0.3", paper_tone=b"0.85")
    done = signed(source, key)
    assert 12 < box_of(done, authority)[1] <= 5 + LOOK.give_mm
    assert done.notes == ()


def test_page_full_of_print_is_signed_and_said(key, authority, tmp_path):
    done = signed(printed(tmp_path / "a.pdf", (0, 0, 210, 297)), key)
    assert [note.code for note in done.notes] == ["MARK_COVERS_PRINT"]
    assert "trang 1" in done.notes[0].vi


def test_profile_may_keep_its_place(key, authority, tmp_path):
    source = printed(tmp_path / "a.pdf", (110, 3, 200, 60))
    done = signed(source, key, replace(LOOK, on_print="keep"))
    assert box_of(done, authority)[1] == pytest.approx(LOOK.margin_top_mm, abs=0.1)


def test_second_mark_goes_below_the_first(key, authority, tmp_path):
    first = signed(sheet(tmp_path / "a.pdf", (210, 297)), key)
    second = signed(first.path, authority.issue("Trần Thị Bình"))
    places = [s.facts.place for s in verify_file(second.path, authority.anchors).signatures]
    assert not places[0].overlaps(places[1])
    gap_mm = 297 * (places[1].shown[1] - places[0].shown[3])
    assert gap_mm == pytest.approx(1, abs=0.1)


def test_place_that_a_person_chose(key, authority, tmp_path):
    source = paper(tmp_path / "a.pdf", 3)
    done = signed(source, key, spots={"": Spot(-1, 20, 100)})
    (found,) = verify_file(done.path, authority.anchors).signatures
    assert found.facts.place.page == 2
    assert box_of(done, authority)[:2] == pytest.approx((20, 100), abs=0.1)


def test_place_beyond_the_page_is_brought_back(key, authority, tmp_path):
    done = signed(paper(tmp_path / "a.pdf", 1), key, spots={"": Spot(0, 190, -40)})
    left, top, right, _ = box_of(done, authority)
    assert (left, top, right) == pytest.approx((140, 0, 210), abs=0.1)


# --- an official's signature and the seal over it -----------------------------------------------


def letter(path, name="Lê Văn Tuấn", rotate=0, crop_mm=None):
    """A page with the title 44 mm above the printed name, bottom right."""
    from tests.signing.appearance.letters import printed_lines

    rows = [(120, 200, "CHỦ TỊCH", 13), (118, 245, name, 13), (30, 60, "Điều 1. Nội dung.", 13)]
    return printed_lines(path, rows, rotate=rotate, crop_mm=crop_mm)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", CROPS.values(), ids=CROPS)
def test_signature_stands_between_title_and_name(rotate, crop, authority, tmp_path):
    source = letter(tmp_path / "a.pdf", rotate=rotate, crop_mm=crop)
    picture = signature(tmp_path / "s.png")
    key, look = authority.issue("Lê Văn Tuấn"), load_appearance("official_signature")
    done = signed(source, key, look, {"signature_image": str(picture)})
    left, top, right, bottom = box_of(done, authority)
    width = right - left
    assert width == pytest.approx(42, abs=0.1)
    assert 200 < top < bottom < 245
    # As far below the title as above the name, and centred on the name.
    assert top - 200 == pytest.approx(241 - bottom, abs=2)
    assert 118 < (left + right) / 2 < 118 + 40


def test_name_that_is_not_printed(authority, tmp_path):
    values = {"signature_image": str(signature(tmp_path / "s.png"))}
    key, look = authority.issue("Phạm Thị Khác"), load_appearance("official_signature")
    with pytest.raises(MarkUnusable, match="not printed"):
        signed(letter(tmp_path / "a.pdf"), key, look, values)
    done = signed(letter(tmp_path / "a.pdf"), key, look, values, spots={"": Spot(0, 120, 205)})
    assert done.field == "ChuKy1"


@pytest.mark.parametrize("rotate", [0, 90])
def test_seal_covers_a_third_of_the_signature(rotate, authority, tmp_path):
    source = letter(tmp_path / "a.pdf", rotate=rotate)
    values = {
        "signature_image": str(signature(tmp_path / "s.png")),
        "seal_image": str(seal(tmp_path / "d.png")),
    }
    officer = authority.issue("Lê Văn Tuấn")
    first = signed(source, officer, load_appearance("official_signature"), values)
    agency = authority.issue("Ủy ban nhân dân xã An Bình")
    second = signed(first.path, agency, load_appearance("agency_seal"), values)
    hand, stamp = (
        tuple(share * side for share, side in zip(s.facts.place.shown, (210, 297) * 2, strict=True))
        for s in verify_file(second.path, authority.anchors).signatures
    )
    assert stamp[2] - stamp[0] == pytest.approx(36, abs=0.1)
    assert stamp[3] - stamp[1] == pytest.approx(36, abs=0.1)
    assert stamp[0] < hand[0]
    assert (stamp[2] - hand[0]) / (hand[2] - hand[0]) == pytest.approx(1 / 3, abs=0.01)
    assert stamp[1] + stamp[3] == pytest.approx(hand[1] + hand[3], abs=0.1)


def test_seal_needs_a_signature_to_stand_on(key, tmp_path):
    values = {"seal_image": str(seal(tmp_path / "d.png"))}
    with pytest.raises(MarkUnusable, match="no visible signature"):
        signed(paper(tmp_path / "a.pdf"), key, load_appearance("agency_seal"), values)


def test_room_for_a_later_signer_is_the_marks_own(tmp_path):
    look = load_appearance("certified_copy")
    pages = [{"/MediaBox": [0, 0, *A4]}]
    room = reserve(pages, look)
    assert isinstance(room.mark, Mark)
    values = {"number": "1", "book": "1", "title": "x", "signer": "y", "signing_time": "z"}
    values["signature_image"] = str(signature(tmp_path / "s.png"))
    assert place(pages, look, values).rect == pytest.approx(room.rect)


def test_demonstration_and_copy_speak_the_same_law():
    for name in ("electronic_copy", "demonstration"):
        assert load_policy(name, level="B-T").appearance.corner == "top-right"
