"""What the officer sees before signing is what the signed file shows."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import warnings
from dataclasses import replace
from io import BytesIO

import numpy as np
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from signing import engine
from signing.appearance.placing import Spot
from signing.appearance.preview import preview
from signing.appearance.profile import choices, load_appearance
from signing.errors import FileUnreadable, MarkUnusable, PdfDamaged, PdfEncrypted, SigningError
from signing.policy import Policy
from tests.signing.appearance.letters import printed_lines
from tests.signing.appearance.pictures import seal, signature
from tests.signing.papers import A4, archive_paper, paper
from tests.signing.pki import NOW

DPI = 144


class Clock:
    def now(self):
        return NOW


@pytest.fixture(scope="module")
def officer(authority):
    return authority.issue("Lê Văn Tuấn")


@pytest.fixture
def values(tmp_path):
    return {
        "agency": "Ủy ban nhân dân xã An Bình",
        "signer": "Lê Văn Tuấn",
        "document_number": "Số: 12/QĐ-UBND",
        "number": "1205",
        "book": "02/2026",
        "title": "PHÓ CHỦ TỊCH",
        "notice": "THỬ",
        "signature_image": str(signature(tmp_path / "s.png")),
        "seal_image": str(seal(tmp_path / "d.png")),
    }


def rendered(path, index):
    with pypdfium2.PdfDocument(path) as pdf:
        pdf.init_forms()
        image = pdf[index].render(scale=DPI / 72, rev_byteorder=True).to_numpy()
        return np.array(image[:, :, :3])


def part(pixels, box_shown):
    height, width = pixels.shape[:2]
    left, top, right, bottom = box_shown
    return pixels[
        round(top * height) - 2 : round(bottom * height) + 2,
        round(left * width) - 2 : round(right * width) + 2,
    ]


def same(shown, path):
    before, after = (
        part(shown.pixels, shown.box_shown),
        part(rendered(path, shown.page), shown.box_shown),
    )
    assert before.shape == after.shape
    assert before.min() < 120  # there is something to compare
    assert np.array_equal(before, after)


MARKS = [(c.name, role) for c in choices() for role, _ in c.marks]


@pytest.mark.parametrize(("profile", "role"), MARKS)
@pytest.mark.parametrize("rotate", [0, 90])
def test_preview_is_what_gets_signed(profile, role, rotate, officer, values, tmp_path):
    rows = [(130, 180, "CHỦ TỊCH", 13), (128, 225, "Lê Văn Tuấn", 13)]
    source = printed_lines(tmp_path / "a.pdf", rows, rotate=rotate)
    look = load_appearance(profile, role)
    at = Spot(0, 40, 80) if look.corner == "over-signature" else None
    shown = preview(source, look, values, at=at, dpi=DPI, now=NOW)
    policy = replace(Policy(level="B-B"), appearance=look)
    done = engine.sign_file(
        source, tmp_path / "b.pdf", officer, policy,
        appearance_values=values, clock=Clock(), spots={"": at} if at else None,
    )  # fmt: skip
    same(shown, done.path)
    assert (shown.page, shown.pages) == (0, 1)


def test_preview_of_a_page_that_is_scaled_cropped_and_archived(officer, values, tmp_path):
    source = archive_paper(tmp_path / "a.pdf", part=1)
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.pages[0].UserUnit = 1.5
        pdf.pages[0].CropBox = [10, 20, 500, 700]
        pdf.save(source)
    look = load_appearance("certified_copy")
    shown = preview(source, look, values, dpi=DPI, now=NOW)
    policy = replace(Policy(level="B-B"), appearance=look)
    done = engine.sign_file(
        source, tmp_path / "b.pdf", officer, policy, appearance_values=values, clock=Clock()
    )
    same(shown, done.path)


def test_chosen_spot_of_a_preview_is_kept(officer, values, tmp_path):
    source = paper(tmp_path / "a.pdf", 2)
    look = load_appearance("digitization")
    moved = preview(source, look, values, at=Spot(1, 12, 200), dpi=DPI, now=NOW)
    assert (moved.page, moved.box_mm[:2]) == (1, (12, 200))
    policy = replace(Policy(level="B-B"), appearance=look)
    done = engine.sign_file(
        source, tmp_path / "b.pdf", officer, policy,
        appearance_values=values, clock=Clock(), spots={"": moved.spot},
    )  # fmt: skip
    same(moved, done.path)


def test_preview_shows_the_marks_that_are_there(officer, values, tmp_path):
    look = load_appearance("electronic_copy")
    policy = replace(Policy(level="B-B"), appearance=look)
    first = engine.sign_file(
        paper(tmp_path / "a.pdf", 1), tmp_path / "b.pdf", officer, policy,
        appearance_values=values, clock=Clock(),
    )  # fmt: skip
    before = preview(tmp_path / "a.pdf", look, values, dpi=DPI, now=NOW)
    second = preview(first.path, look, values, dpi=DPI, now=NOW)
    assert second.box_mm[1] > before.box_mm[3]
    assert np.array_equal(
        part(second.pixels, before.box_shown), part(before.pixels, before.box_shown)
    )


def test_preview_says_what_it_covers(values, tmp_path):
    look = load_appearance("electronic_copy")
    source = printed_lines(tmp_path / "a.pdf", [(20, 256, "Nơi nhận: Như trên; Lưu VT.", 12)])
    assert not preview(source, look, values).covers_print
    assert preview(source, look, values, at=Spot(0, 20, 250)).covers_print


def test_preview_is_a_picture_and_leaves_the_file_alone(values, tmp_path):
    source = paper(tmp_path / "a.pdf", 1)
    before = source.read_bytes()
    shown = preview(source, load_appearance("electronic_copy"), values, dpi=50)
    with Image.open(BytesIO(shown.png)) as image:
        assert image.size == pytest.approx((210 / 25.4 * 50, 297 / 25.4 * 50), abs=1)
        assert np.array_equal(np.asarray(image), shown.pixels)
    assert source.read_bytes() == before
    assert [p.name for p in tmp_path.glob("*.pdf")] == ["a.pdf"]


def test_faults_are_sentences(values, tmp_path):
    look = load_appearance("electronic_copy")
    with pytest.raises(FileUnreadable):
        preview(tmp_path / "no.pdf", look, values)
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7\nnothing")
    with pytest.raises(PdfDamaged) as caught:
        preview(tmp_path / "bad.pdf", look, values)
    assert str(tmp_path) not in caught.value.en
    with pikepdf.open(paper(tmp_path / "a.pdf", 1)) as pdf:
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="a", user="b"))
    with pytest.raises(PdfEncrypted):
        preview(tmp_path / "locked.pdf", look, values)
    with pytest.raises(MarkUnusable, match="U\\+672C"):
        preview(tmp_path / "a.pdf", look, {"agency": "本"})


def test_preview_needs_neither_window_nor_key_nor_signing_library(tmp_path):
    source = paper(tmp_path / "a.pdf", 1, size=A4)
    code = (
        "import sys; from pathlib import Path\n"
        "from signing.appearance.preview import preview\n"
        "from signing.appearance.profile import load_appearance\n"
        "preview(Path(sys.argv[1]), load_appearance('electronic_copy'), {'agency': 'x'})\n"
        "print([m for m in ('PySide6', 'pyhanko', 'pkcs11') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, source], capture_output=True, timeout=60, check=True, text=True
    )
    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "change",
    [
        {"MediaBox": "[/a /b /c /d]"},
        {"MediaBox": "7"},
        {"Rotate": "(x)"},
        {"UserUnit": "/z"},
        {"Annots": "[<</Subtype/Widget/FT/Sig/Rect[/a/b/c/d]>>]"},
        {"Annots": "[7 null [] <</Parent 3>>]"},
        {"Annots": "9"},
    ],
    ids=str,
)
def test_hostile_pages_end_in_a_sentence_or_a_picture(change, officer, values, tmp_path):
    source = paper(tmp_path / "a.pdf", 1)
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        for key, value in change.items():
            pdf.pages[0].obj["/" + key] = pikepdf.Object.parse(value.encode())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pdf.save(source)
    look = load_appearance("electronic_copy")
    policy = replace(Policy(level="B-B"), appearance=look)
    with contextlib.suppress(SigningError):
        preview(source, look, values)
    with contextlib.suppress(SigningError):
        engine.sign_file(source, tmp_path / "b.pdf", officer, policy, appearance_values=values)
