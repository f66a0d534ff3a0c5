"""Pictures of every kind go in whole, untouched where they can."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageCms, ImageDraw

from desk_app.errors import UnusableInput
from desk_app.pdf import pdfa
from desk_app.pdf.compose import Params, PdfPage
from tests.pdf import paper

SIZE = (240, 180)


def drawing(mode: str = "RGB") -> Image.Image:
    """A photograph-like page: a gradient, a red seal, black bars."""
    across = np.linspace(60, 250, SIZE[0], dtype=np.uint8)
    image = Image.fromarray(np.tile(across, (SIZE[1], 1))).convert("RGB")
    pen = ImageDraw.Draw(image)
    pen.ellipse((150, 90, 220, 160), outline=(200, 20, 30), width=8)
    pen.rectangle((20, 20, 120, 40), fill="black")
    pen.rectangle((20, 60, 60, 160), fill="white")
    return image.convert(mode)


def _in_mode(mode: str) -> Image.Image:
    if mode == "LAB":
        srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        return ImageCms.profileToProfile(drawing(), srgb, lab, outputMode="LAB")
    return drawing(mode)


def pdf_of(path: Path, tmp_path: Path, params: Params | None = None, size=SIZE) -> Path:
    out = tmp_path / "out.pdf"
    report = paper.compose(PdfPage(path, *size, 72), out, params)
    assert report.conformance.faults == ()
    return out


def image_of(pdf: pikepdf.Pdf) -> pikepdf.Object:
    return pdf.pages[0].obj.Resources.XObject["/Im0"]


def rendered(path: Path) -> np.ndarray:
    with pypdfium2.PdfDocument(path) as document:
        page = document[0]
        bitmap = page.render(scale=1)
        picture = bitmap.to_pil().convert("RGB")
        bitmap.close()
        page.close()
    return np.asarray(picture).astype(int)


def difference(path: Path, expected: Image.Image) -> float:
    return float(np.abs(rendered(path) - np.asarray(expected.convert("RGB")).astype(int)).mean())


@pytest.mark.parametrize("part", ["2b", "1b"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_goes_in_byte_for_byte(tmp_path, mode, progressive, part):
    path = tmp_path / "scan.jpg"
    drawing(mode).save(path, quality=80, progressive=progressive, dpi=(72, 72))
    out = pdf_of(path, tmp_path, Params(part=part))
    with pikepdf.open(out) as pdf:
        assert image_of(pdf).read_raw_bytes() == path.read_bytes()
    assert difference(out, Image.open(path)) < 1


def test_exif_orientation_turns_nothing(tmp_path):
    path = tmp_path / "phone.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    drawing().save(path, exif=exif)
    out = pdf_of(path, tmp_path)
    assert difference(out, drawing()) < 4


@pytest.mark.parametrize("profile", ["jpeg", "bilevel"])
def test_cmyk_becomes_rgb(tmp_path, profile):
    path = tmp_path / "press.jpg"
    drawing("CMYK").save(path, quality=95)
    out = pdf_of(path, tmp_path, Params(profile=profile))
    with pikepdf.open(out) as pdf:
        assert image_of(pdf).ColorSpace in ("/DeviceRGB", "/DeviceGray")
    if profile == "jpeg":
        assert difference(out, drawing()) < 4


def test_plain_rgb_jpeg_keeps_its_colours(tmp_path):
    path = tmp_path / "rgb.jpg"
    drawing().save(path, quality=95, keep_rgb=True)
    assert difference(pdf_of(path, tmp_path), drawing()) < 2


MODES = {
    "png": ("L", "RGB", "RGBA", "P", "LA", "1"),
    "tif": ("L", "RGB", "RGBA", "P", "LA", "1", "CMYK", "LAB", "YCbCr"),
    "bmp": ("L", "RGB", "P", "1"),
    "webp": ("RGB", "RGBA"),
}


@pytest.mark.parametrize(
    ("suffix", "mode"), [(suffix, mode) for suffix, modes in MODES.items() for mode in modes]
)
def test_every_mode_looks_as_drawn(tmp_path, suffix, mode):
    path = tmp_path / f"scan.{suffix}"
    image = _in_mode(mode)
    image.save(path, **({"lossless": True} if suffix == "webp" else {}))
    assert difference(pdf_of(path, tmp_path), image) < 3


def test_two_valued_pictures_are_group_4_and_exact(tmp_path):
    path = tmp_path / "fax.png"
    image = drawing("1")
    image.save(path)
    out = pdf_of(path, tmp_path)
    assert "ccitt" in paper.tool("pdfimages", "-list", out)
    assert difference(out, image) == 0


def test_transparent_paper_is_white(tmp_path):
    path = tmp_path / "seal.png"
    image = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((50, 50, 99, 99), fill=(255, 0, 0, 255))
    image.save(path)
    seen = rendered(pdf_of(path, tmp_path))
    assert seen[5, 5].min() > 250
    assert seen[75, 75].tolist()[0] > 240
    assert seen[75, 75].tolist()[1] < 30


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_become_eight(tmp_path, suffix):
    path = tmp_path / f"deep.{suffix}"
    grey = np.asarray(drawing("L")).astype(np.uint16) * 257
    Image.fromarray(grey).save(path)
    assert difference(pdf_of(path, tmp_path), drawing("L")) < 3


def test_a_drawn_page_of_few_colours_is_lossless(tmp_path):
    path = tmp_path / "form.png"
    image = Image.new("RGB", SIZE, "white")
    ImageDraw.Draw(image).rectangle((10, 10, 80, 60), fill=(0, 70, 160))
    image.save(path)
    out = pdf_of(path, tmp_path)
    assert difference(out, image) == 0


def test_bilevel_keeps_ink_on_tinted_and_shadowed_paper(tmp_path):
    path = tmp_path / "tinted.jpg"
    shade = np.tile(np.linspace(120, 240, 800, dtype=np.uint8), (600, 1))
    image = Image.fromarray(shade)
    pen = ImageDraw.Draw(image)
    for x in range(50, 750, 100):
        pen.rectangle((x, 100, x + 8, 500), fill=int(shade[0, x] * 0.35))
    image.save(path, quality=90)
    out = pdf_of(path, tmp_path, Params(profile="bilevel"), (800, 600))
    ink = rendered(out)[:, :, 0] < 128
    assert ink[110:490, 51:56].all()
    assert ink[110:490, 651:656].all()
    assert 0.04 < ink.mean() < 0.06


def test_a_bare_page_stays_white(tmp_path):
    path = tmp_path / "bare.jpg"
    grain = np.random.default_rng(7).normal(235, 4, SIZE[::-1]).clip(0, 255).astype(np.uint8)
    Image.fromarray(grain).save(path)
    out = pdf_of(path, tmp_path, Params(profile="bilevel"))
    assert (rendered(out) < 128).mean() < 0.01


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
@pytest.mark.parametrize(
    "harm", [cut, lambda data: data[:3], lambda data: b"", lambda data: b"GIF89 no" * 9]
)
def test_harmed_pictures_are_unusable_input(tmp_path, suffix, harm):
    path = tmp_path / f"page.{suffix}"
    held = io.BytesIO()
    drawing().save(held, {"jpg": "JPEG", "png": "PNG", "tif": "TIFF"}[suffix])
    path.write_bytes(harm(held.getvalue()))
    with pytest.raises(UnusableInput) as caught:
        pdf_of(path, tmp_path)
    assert path.name in caught.value.vi
    assert path.name in caught.value.en
    assert not list(tmp_path.glob("*.pdf"))
    assert not list(tmp_path.glob(".*"))


def test_missing_pictures_are_unusable_input(tmp_path):
    with pytest.raises(UnusableInput, match=r"gone\.jpg"):
        pdf_of(tmp_path / "gone.jpg", tmp_path)


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_another_size_than_recorded_is_refused(tmp_path, suffix):
    path = tmp_path / f"page.{suffix}"
    drawing().save(path)
    with pytest.raises(UnusableInput, match="not as recorded"):
        pdf_of(path, tmp_path, size=(180, 240))


def test_several_pages_in_one_picture_are_refused(tmp_path):
    path = tmp_path / "pages.tif"
    drawing().save(path, save_all=True, append_images=[drawing()])
    with pytest.raises(UnusableInput, match="several pages"):
        pdf_of(path, tmp_path)


def test_a_huge_picture_is_refused_before_it_is_decoded(tmp_path):
    path = tmp_path / "huge.png"
    small = io.BytesIO()
    Image.new("1", (8, 8)).save(small, "PNG")
    header = struct.pack(">4sII5B", b"IHDR", 30_000, 30_000, 1, 0, 0, 0, 0)
    checked = header + struct.pack(">I", zlib.crc32(header))
    path.write_bytes(small.getvalue()[:12] + checked + small.getvalue()[33:])
    with pytest.raises(UnusableInput, match="too large"):
        paper.compose(PdfPage(path, 30_000, 30_000, 300), tmp_path / "x.pdf")


def test_the_output_intent_is_srgb_version_2():
    profile = Path(pdfa.__file__).parents[2] / "resources" / "icc" / "srgb.icc"
    assert profile.read_bytes()[8] == 2
    ours = ImageCms.ImageCmsProfile(str(profile))
    patches = Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8))
    shown = ImageCms.profileToProfile(patches, ours, ImageCms.createProfile("sRGB"))
    assert np.abs(np.asarray(shown).astype(int) - np.asarray(patches)).max() <= 1
