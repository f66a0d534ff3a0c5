"""What is printed on a page: the quick look at a scan agrees with the rendered page."""

from __future__ import annotations

import resource
import zlib
from io import BytesIO

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageDraw

from signing.appearance.ground import RenderedGround
from signing.appearance.mark import PT_PER_MM
from signing.appearance.placing import CLEAR_INK
from signing.errors import FileUnreadable

SIZE_MM = (210, 297)
PRINT_MM = [(20, 40, 100, 60), (120, 200, 190, 240), (30, 270, 60, 276)]


def scan(path, rotate=0, dpi=200, mode="RGB", visible_text=False, full=True):
    """A noisy grey sheet with lines of print, as one JPEG under invisible text."""
    mm = dpi / 25.4
    noise = np.random.default_rng(7).normal(222, 6, (round(297 * mm), round(210 * mm)))
    image = Image.fromarray(noise.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for left, top, right, bottom in PRINT_MM:
        for y in np.arange(top, bottom, 4):
            for x in np.arange(left, right, 2):
                draw.line((x * mm, y * mm, x * mm, (y + 2.2) * mm), fill=70, width=round(0.35 * mm))
    image = image.rotate(rotate, expand=True)  # the page turns it back
    data = BytesIO()
    image.convert(mode).save(data, "JPEG", quality=80)
    with pikepdf.new() as pdf:
        across, up = (side / dpi * 72 for side in image.size)
        pdf.add_blank_page(page_size=(across, up))
        page = pdf.pages[0]
        page.Rotate = rotate
        picture = pikepdf.Stream(pdf, data.getvalue())
        picture.update(
            {
                "/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image,
                "/Width": image.width, "/Height": image.height, "/BitsPerComponent": 8,
                "/ColorSpace": pikepdf.Name.DeviceGray if mode == "L" else pikepdf.Name.DeviceRGB,
                "/Filter": pikepdf.Name.DCTDecode,
            }
        )  # fmt: skip
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.Resources = pikepdf.Dictionary(
            XObject=pikepdf.Dictionary(I1=picture), Font=pikepdf.Dictionary(F1=font)
        )
        part = 1 if full else 0.5
        shown = 0 if visible_text else 3
        page.Contents = pdf.make_stream(
            b"q %.3f 0 0 %.3f 0 0 cm /I1 Do Q BT /F1 40 Tf %d Tr 300 700 Td (print) Tj ET"
            % (across * part, up * part, shown)
        )
        pdf.save(path)
    return path


def boxes():
    return [(x, y, x + 24, y + 14) for y in range(2, 280, 22) for x in range(3, 180, 29)]


def over_print(box):
    return any(
        box[0] < p[2] and p[0] < box[2] and box[1] < p[3] and p[1] < box[3] for p in PRINT_MM
    )


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize(("dpi", "mode"), [(200, "RGB"), (300, "L")])
def test_quick_look_at_a_scan_agrees_with_the_rendered_page(rotate, dpi, mode, tmp_path):
    source = scan(tmp_path / "a.pdf", rotate, dpi, mode)
    with RenderedGround(source) as ground:
        for box in boxes():
            assert ground._scanned(0, box)
            rendered = ground._rendered(0, box)
            inked = sum(part.sum() for part in rendered) / sum(part.size for part in rendered)
            assert (ground.ink(0, box) < CLEAR_INK) == (inked < CLEAR_INK) == (not over_print(box))


@pytest.mark.parametrize("change", [{"visible_text": True}, {"full": False}])
def test_pages_that_are_more_than_a_scan_are_rendered(change, tmp_path):
    with RenderedGround(scan(tmp_path / "a.pdf", **change)) as ground:
        assert not ground._scanned(0, (0, 0, 50, 50))
        word = (300 / PT_PER_MM, 297 - 712 / PT_PER_MM, 340 / PT_PER_MM, 297 - 702 / PT_PER_MM)
        assert (ground.ink(0, word) > CLEAR_INK) == change.get("visible_text", False)


def test_damaged_scan_is_rendered_instead(tmp_path):
    source = scan(tmp_path / "a.pdf")
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        picture = pdf.pages[0].Resources.XObject.I1
        picture.write(picture.read_raw_bytes()[:-20_000], filter=pikepdf.Name.DCTDecode)
        pdf.save(source)
    with RenderedGround(source) as ground:
        assert 0 <= ground.ink(0, (0, 0, 50, 50)) <= 1


def test_box_beyond_the_page_holds_no_ink(tmp_path):
    with RenderedGround(scan(tmp_path / "a.pdf", visible_text=True)) as ground:
        assert ground.ink(0, (300, 10, 400, 20)) == 0
        assert ground.ink(0, (10, 400, 40, 500)) == 0


def test_file_that_cannot_be_shown(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4 nothing")
    with RenderedGround(tmp_path / "a.pdf") as ground, pytest.raises(FileUnreadable):
        ground.ink(0, (0, 0, 10, 10))


def test_page_with_a_huge_picture_is_not_unpacked(tmp_path):
    """A picture of 300 MB in 300 kB of file costs neither memory nor time."""
    side = 10_000
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(bytes(3 * side)) for _ in range(side)) + packer.flush()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        picture = pikepdf.Stream(pdf, b"")
        picture.write(packed, filter=pikepdf.Name.FlateDecode)
        picture.update(
            {
                "/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image,
                "/Width": side, "/Height": side, "/BitsPerComponent": 8,
                "/ColorSpace": pikepdf.Name.DeviceRGB,
            }
        )  # fmt: skip
        pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I1=picture))
        pdf.pages[0].Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /I1 Do Q")
        pdf.save(tmp_path / "a.pdf")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with RenderedGround(tmp_path / "a.pdf") as ground:
        assert ground.ink(0, (0, 0, 50, 50)) == 0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kilobytes
