"""Mixed raster content: small, and everything on the page can still be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageDraw

from desk_app.pdf import compression
from desk_app.pdf.compose import Params, PdfPage
from desk_app.recognition import tesseract
from tests.pdf import office_sheet, paper
from tests.pdf.test_compose import preflight

MIXED = Params(profile="mrc")


@pytest.fixture(scope="module")
def scan(tmp_path_factory) -> Path:
    return office_sheet.save(tmp_path_factory.mktemp("sheet") / "sheet.jpg")


@pytest.fixture(scope="module")
def before(scan) -> np.ndarray:
    return np.asarray(Image.open(scan)).astype(float)


@pytest.fixture(scope="module")
def mixed(scan, tmp_path_factory) -> Path:
    return compressed(scan, tmp_path_factory.mktemp("mixed"))


@pytest.fixture(scope="module")
def after(mixed) -> np.ndarray:
    return rendered(mixed, office_sheet.DPI)


@pytest.fixture(scope="module")
def drawn() -> dict[str, np.ndarray]:
    return office_sheet.ink()


def compressed(path: Path, folder: Path, params: Params = MIXED, **page) -> Path:
    out = folder / f"{path.stem}_{params.part}_{params.profile}.pdf"
    with Image.open(path) as image:
        size = image.size
    described = {"dpi": office_sheet.DPI, **page}
    report = paper.compose(PdfPage(path, *size, **described), out, params)
    assert report.conformance.faults == ()
    return out


def rendered(path: Path, dpi: float) -> np.ndarray:
    with pypdfium2.PdfDocument(path) as document:
        page = document[0]
        bitmap = page.render(scale=dpi / 72 - 1e-6)  # PDFium rounds up
        picture = np.asarray(bitmap.to_pil().convert("RGB")).astype(float)
        bitmap.close()
        page.close()
    return picture


def pictures_of(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
    """The first page's pictures, lowest first."""
    held = pdf.pages[0].obj.Resources.XObject
    return [held[name] for name in sorted(held.keys())]


def images(path: Path) -> list[dict[str, object]]:
    """Colour space, filter and bytes of the first page's pictures, lowest first."""
    with pikepdf.open(path) as pdf:
        return [
            {
                "space": str(image.ColorSpace),
                "filter": str(image.Filter),
                "bytes": image.read_raw_bytes(),
                "stencil": image.get("/Mask") is not None,
            }
            for image in pictures_of(pdf)
        ]


def part(picture: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    x0, y0, x1, y1 = box
    return picture[y0:y1, x0:x1]


def contrast(picture: np.ndarray, ink: np.ndarray, box: tuple[int, int, int, int]) -> float:
    """Levels between drawn ink and the bare paper around it."""
    levels, covered = part(picture, box).mean(axis=2), part(ink, box)
    return float(levels[covered == 0].mean() - levels[covered > 200].mean())


def likeness(picture: np.ndarray, ink: np.ndarray, box: tuple[int, int, int, int]) -> float:
    """Correlation of what is seen with what was drawn."""
    levels, covered = part(picture, box).mean(axis=2), part(ink, box)
    return float(-np.corrcoef(levels.ravel(), covered.ravel())[0, 1])


# Size


def test_a_tenth_of_the_scanner_s_bytes(scan, mixed):
    taken = mixed.stat().st_size
    # The sheet holds two photographs, a pencil note and a pale stamp on two thirds of A4.
    assert sum(len(image["bytes"]) for image in images(mixed)) < 75_000
    assert taken < scan.stat().st_size / 5


def test_print_and_stamp_alone_are_a_twentieth(tmp_path, drawn):
    page = Image.new("RGB", office_sheet.SIZE, office_sheet.PAPER)
    page.paste((30, 30, 30), mask=Image.fromarray(drawn["print"]))
    page.paste((200, 45, 55), mask=Image.fromarray(drawn["stamp"]))
    noise = np.random.default_rng(2).normal(0, 3, (*office_sheet.SIZE[::-1], 3))
    page = Image.fromarray((np.asarray(page) + noise).clip(0, 255).astype(np.uint8))
    path = office_sheet.save(tmp_path / "plain.jpg", page)
    out = compressed(path, tmp_path)
    assert out.stat().st_size < path.stat().st_size / 20


# Legibility


@pytest.mark.parametrize(
    ("name", "box"),
    [
        ("print", office_sheet.PRINT),
        ("signature", office_sheet.SIGNATURE),
        ("stamp", office_sheet.STAMP),
        ("pale_stamp", office_sheet.PALE_STAMP),
        ("pencil", office_sheet.PENCIL),
        ("carbon", office_sheet.CARBON),
        ("code", office_sheet.CODE),
    ],
)
def test_ink_keeps_its_contrast_and_its_shape(before, after, drawn, name, box):
    was, now = contrast(before, drawn[name], box), contrast(after, drawn[name], box)
    assert 0.88 * was < now < 1.2 * was
    assert likeness(after, drawn[name], box) > 0.92 * likeness(before, drawn[name], box)


@pytest.mark.parametrize("name", ["stamp", "pale_stamp", "signature", "carbon"])
def test_ink_keeps_its_colour(before, after, drawn, name):
    inside = drawn[name] > 230
    difference = np.abs(before[inside].mean(axis=0) - after[inside].mean(axis=0))
    assert difference.max() < 18


def test_print_under_a_stamp_stays_black(after, drawn):
    under = (drawn["print"] > 230) & (drawn["stamp"] == 0)
    under[: office_sheet.STAMP[1]] = False
    assert after[under].mean() < 60


def test_the_reader_reads_the_same(before, after):
    engine = tesseract.engine("")
    read = []
    for picture in (before, after):
        grey = part(picture, office_sheet.PRINT).mean(axis=2).astype(np.uint8)
        read.append([word.text for word in engine.read(grey, office_sheet.DPI, "block")])
    assert "022196999001" in read[0]
    assert read[1] == read[0]


def test_every_module_of_a_code_is_right(after, drawn):
    x0, y0, x1, _ = office_sheet.CODE
    side = (x1 - x0) // 49
    centres = np.arange(49) * side + side // 2
    seen = after[np.ix_(y0 + centres, x0 + centres)].mean(axis=2) < 128
    assert (seen == (drawn["code"][np.ix_(y0 + centres, x0 + centres)] > 127)).all()


@pytest.mark.parametrize("box", [office_sheet.PHOTO, office_sheet.HALFTONE])
def test_photographs_stay_photographs(before, after, box):
    """Block means of 2 mm agree, and no pixel has turned into flat black."""
    x0, y0, x1, y1 = box
    inner = (x0 + 10, y0 + 10, x1 - 10, y1 - 10)
    means = []
    for picture in (before, after):
        seen = part(picture, inner)
        rows, columns = (side // 24 * 24 for side in seen.shape[:2])
        blocks = seen[:rows, :columns].reshape(rows // 24, 24, columns // 24, 24, 3)
        means.append(blocks.mean(axis=(1, 3)))
    assert np.abs(means[0] - means[1]).mean() < 2.5
    assert np.abs(means[0] - means[1]).max() < 14


def test_marks_too_pale_for_a_stencil_get_a_patch(before):
    """Without patches the pencil is a blur; with them it is there at 200 dpi."""
    layers = list(compression.separate(before.astype(np.uint8), office_sheet.DPI))
    x0, y0, x1, y1 = office_sheet.PENCIL
    over = [
        layer
        for layer in layers[1:]
        if layer.stencil is None
        and layer.box[0] <= x0 and layer.box[1] <= y0
        and layer.box[2] >= x1 and layer.box[3] >= y1
    ]  # fmt: skip
    assert over
    width = over[0].box[2] - over[0].box[0]
    assert over[0].picture.shape[1] / width * office_sheet.DPI == pytest.approx(200, abs=2)


def test_bare_paper_is_not_painted_on(after):
    bare = part(after, office_sheet.BARE)
    assert np.abs(bare - np.array(office_sheet.PAPER)).mean() < 3


# The file


@pytest.mark.parametrize("conformance", ["2b", "1b"])
def test_the_file_conforms(scan, tmp_path, conformance):
    out = compressed(scan, tmp_path, Params(part=conformance, profile="mrc"))
    with pikepdf.open(out) as pdf:
        assert not any("/SMask" in image for image in pictures_of(pdf))
    if conformance == "1b":
        assert "INVALID" not in preflight(out)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("skew_deg", [0.0, 1.3])
def test_layers_lie_on_one_another_at_any_turn(tmp_path, rotation, skew_deg):
    page = paper.scan(tmp_path / "page.png", rotation, skew_deg)
    views = []
    for profile in ("jpeg", "mrc"):
        out = tmp_path / f"{profile}.pdf"
        assert paper.compose(page, out, Params(profile=profile)).conformance.faults == ()
        views.append(rendered(out, 100))
    assert len(images(tmp_path / "mrc.pdf")) > 1
    ink = views[0].mean(axis=2) < 100
    assert ink.sum() > 2000
    assert views[1].mean(axis=2)[ink].mean() < 90
    assert np.abs(views[0] - views[1]).mean() < 4
    assert paper.words_seen(tmp_path / "mrc.pdf") == paper.words_seen(tmp_path / "jpeg.pdf")


def test_equal_pages_give_equal_bytes(scan, tmp_path, mixed):
    assert compressed(scan, tmp_path).read_bytes() == mixed.read_bytes()


# Pages of other kinds


def test_grey_pages_have_no_colour(tmp_path, scan):
    path = tmp_path / "grey.png"
    Image.open(scan).convert("L").save(path)
    found = images(compressed(path, tmp_path))
    assert {image["space"] for image in found} == {"/DeviceGray"}
    assert sum(image["stencil"] for image in found) == 1


def test_colourless_pages_get_one_stencil(tmp_path, drawn):
    page = Image.new("RGB", office_sheet.SIZE, office_sheet.PAPER)
    page.paste((30, 30, 30), mask=Image.fromarray(drawn["print"]))
    found = images(compressed(office_sheet.save(tmp_path / "black.jpg", page), tmp_path))
    assert [image["stencil"] for image in found] == [False, True]


def test_two_valued_pages_stay_exact(tmp_path, drawn):
    path = tmp_path / "fax.tif"
    fax = Image.fromarray(drawn["print"] < 128)
    fax.save(path, compression="group4")
    out = compressed(path, tmp_path)
    (only,) = images(out)
    assert only["filter"] == "/JBIG2Decode"
    assert (rendered(out, office_sheet.DPI)[:, :, 0] > 127).tolist() == np.asarray(fax).tolist()


def test_a_screened_two_valued_page_is_group_4(tmp_path):
    path = tmp_path / "screened.png"
    Image.fromarray(np.random.default_rng(1).random((400, 400)) < 0.5).save(path)
    (only,) = images(compressed(path, tmp_path))
    assert only["filter"] == "/CCITTFaxDecode"


def test_a_photograph_is_one_picture(tmp_path):
    path = tmp_path / "photo.jpg"
    scene = office_sheet._scene((0, 0, 900, 1200))
    noise = np.random.default_rng(8).normal(0, 12, (1200, 900, 3))
    scene = Image.fromarray((np.asarray(scene) * 0.7 + noise).clip(0, 255).astype(np.uint8))
    scene.save(path, quality=92)
    found = images(compressed(path, tmp_path))
    assert not any(image["stencil"] for image in found)
    assert sum(len(image["bytes"]) for image in found) < path.stat().st_size


def test_a_jpeg_that_is_small_already_is_left_alone(tmp_path):
    path = tmp_path / "small.jpg"
    paper.scan(path)
    Image.open(path).convert("L").resize((413, 584)).save(path, quality=8)
    (only,) = images(compressed(path, tmp_path, dpi=50))
    assert only["bytes"] == path.read_bytes()


def test_a_fine_scan_is_reduced_to_300_dpi(tmp_path):
    path = tmp_path / "fine.png"
    page = Image.new("L", (2000, 1200), 250)
    ImageDraw.Draw(page).text((100, 500), "Độc lập", 20, paper.font().font_variant(size=180))
    page.save(path)
    out = compressed(path, tmp_path, dpi=600)
    with pikepdf.open(out) as pdf:
        masks = [image.get("/Mask") for image in pictures_of(pdf)]
        widths = [int(mask.Width) for mask in masks if mask is not None]
    assert widths
    assert max(widths) < 800
    difference = rendered(out, 300) - np.asarray(page.reduce(2)).astype(float)[:, :, None]
    assert np.abs(difference).mean() < 2


ODD = {
    "black": np.zeros((800, 600, 3), np.uint8),
    "white": np.full((800, 600, 3), 255, np.uint8),
    "noise": np.random.default_rng(4).integers(0, 256, (800, 600, 3), np.uint8),
    "specks": np.where(np.random.default_rng(4).random((800, 600)) < 0.03, 0, 255).astype(np.uint8),
    "strip": np.full((250, 20_000), 240, np.uint8),
    "tiny": np.full((9, 7, 3), 200, np.uint8),
    "inverse": 255 - np.pad(np.full((60, 500), 255, np.uint8), 100),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_pages_come_out_as_they_are(tmp_path, kind):
    path = tmp_path / f"{kind}.png"
    Image.fromarray(ODD[kind]).save(path)
    out = compressed(path, tmp_path, dpi=150)
    seen = rendered(out, 150).mean(axis=2)
    drawn = ODD[kind] if ODD[kind].ndim == 2 else ODD[kind].mean(axis=2)
    rows, columns = (min(a, b) // 4 * 4 for a, b in zip(seen.shape, drawn.shape, strict=True))
    if rows and columns:
        blocks = [
            view[:rows, :columns].reshape(rows // 4, 4, columns // 4, 4).mean(axis=(1, 3))
            for view in (seen, drawn.astype(float))
        ]
        assert np.abs(blocks[0] - blocks[1]).mean() < (16 if kind in ("noise", "specks") else 3)
