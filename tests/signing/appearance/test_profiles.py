"""The profiles: what the law fixes, two signers on one file, and archives that stay archives."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import numpy as np
import pikepdf
import pypdfium2
import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from desk_app.pdf import pdfa
from signing import engine
from signing.appearance.build_font import vietnamese_letters
from signing.appearance.font import mark_font
from signing.appearance.mark import draw
from signing.appearance.preview import preview
from signing.appearance.profile import Appearance, choice, choices, load_appearance
from signing.errors import MarkUnusable, PolicyViolated
from signing.policy import Policy, load_policy
from signing.verify.facts import Status
from signing.verify.verdict import verify_file
from tests.signing.appearance.pictures import seal, signature
from tests.signing.papers import archive_paper, paper
from tests.signing.test_engine import preflight

COPY = load_appearance("electronic_copy")


@pytest.fixture
def values(tmp_path):
    return {
        "agency": "Ủy ban nhân dân xã An Bình",
        "number": "1205",
        "book": "02/2026",
        "title": "PHÓ CHỦ TỊCH",
        "signature_image": str(signature(tmp_path / "s.png")),
        "seal_image": str(seal(tmp_path / "d.png")),
    }


@pytest.fixture(scope="module")
def keys(authority):
    seal_name = "Ủy ban nhân dân xã An Bình"
    return {"officer": authority.issue("Lê Văn Tuấn"), "seal": authority.issue(seal_name)}


# --- what the law fixes -------------------------------------------------------------------------


def test_electronic_copy_is_as_the_decree_says(authority, tmp_path, run):
    assert COPY.corner == "top-right"
    assert COPY.page == 0
    assert COPY.image is None
    assert {line.size_pt for line in COPY.lines} == {10.0}
    key = authority.issue("Nguyễn Văn An")
    done = engine.sign_file(
        paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", key,
        replace(Policy(level="B-B"), appearance=COPY),
        appearance_values={"agency": "Ủy ban nhân dân xã An Bình", "copy_type": "Trích sao"},
    )  # fmt: skip
    lines = run("pdftotext", "-l", 1, done.path, "-").stdout.decode().split("\n")
    assert lines[:2] == ["Trích sao", "Ủy ban nhân dân xã An Bình"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00", lines[2])
    with pikepdf.open(done.path) as pdf:
        form = pdf.pages[0].Annots[0].AP.N
        assert "/XObject" not in form.Resources  # no seal image
        black, font = form.Resources.ColorSpace.CS0, form.Resources.Font.F1
        assert black[0] == "/CalGray"
        assert b"/CS0 cs 0 sc" in form.read_bytes()
        assert b"/F1 10 Tf" in form.read_bytes()
        assert str(font.BaseFont).endswith("+Tinos")
        program = font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()
        assert len(program) < 60_000


@pytest.mark.parametrize(
    ("profile", "role", "ink", "size"),
    [
        ("official_signature", "", "blue", (42, 22)),
        ("agency_seal", "", "red", (36, 36)),
        ("certified_copy", "officer", "blue", (42, 22)),
        ("certified_copy", "seal", "red", (36, 36)),
    ],
)
def test_ink_and_size_of_pictures(profile, role, ink, size):
    image = load_appearance(profile, role).image
    assert (image.ink, (image.width_mm, image.height_mm)) == (ink, size)


def test_seal_prints_in_its_actual_size(keys, values, tmp_path):
    done = engine.sign_file(
        paper(tmp_path / "a.pdf", 1), tmp_path / "b.pdf", keys["seal"],
        replace(Policy(level="B-B"), appearance=load_appearance("agency_seal")),
        appearance_values=values, spots={"": engine.Spot(0, 60, 100)},
    )  # fmt: skip
    with pypdfium2.PdfDocument(done.path) as pdf:
        pdf.init_forms()
        pixels = np.array(pdf[0].render(scale=4, rev_byteorder=True).to_numpy()).astype(int)
    red = (pixels[:, :, 0] - pixels[:, :, 1]) > 60
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    mm = 25.4 / 72 / 4
    assert (columns[-1] + 1 - columns[0]) * mm == pytest.approx(36, abs=0.2)
    assert (rows[-1] + 1 - rows[0]) * mm == pytest.approx(36, abs=0.2)
    assert (columns[0] * mm, rows[0] * mm) == pytest.approx((60, 100), abs=0.2)


def test_every_profile_can_be_chosen():
    names = [c.name for c in choices()]
    assert {"electronic_copy", "official_signature", "agency_seal", "attachment"} <= set(names)
    assert {"digitization", "certified_copy", "invisible"} <= set(names)
    for found in choices():
        assert found.title_vi != found.title_en
        assert found.title_vi == unicodedata.normalize("NFC", found.title_vi)
    assert choice("invisible").marks == ()
    assert COPY.value_names == ("copy_type", "agency", "signing_time")
    with pytest.raises(PolicyViolated, match="no visible"):
        load_appearance("invisible")
    with pytest.raises(PolicyViolated, match="no profile"):
        load_appearance("nobody")


@pytest.mark.parametrize(
    "change",
    [
        "corner = 'middle'", "corner = 7", "width_mm = -1", "width_mm = nan", "width_mm = 1e12",
        "lines = []", "lines = 'x'", "lines = [7]", "lines = ['{0}']", "lines = ['{a.b}']",
        "lines = ['{a:>99999}']", "lines = ['{a!r}']", "lines = ['{']", "image = {value = 'x'}",
        "image = {value = 'x', width_mm = 1, height_mm = 0}", "on_print = 'jump'",
        "font_size_pt = 'big'", "font_size_pt = 0", "leading_pt = 10", "overlap = 3",
        "margin_tpo_mm = 5", "give_mm = -1",
    ],
)  # fmt: skip
def test_profile_with_a_mistake(change, tmp_path):
    name = change.split(" =")[0]
    text = "corner = 'top-right'\nwidth_mm = 70\nlines = ['x']\n"
    kept = [line for line in text.splitlines() if not line.startswith(name)]
    (tmp_path / "p.toml").write_text("[appearance]\n" + "\n".join([*kept, change]))
    with pytest.raises(PolicyViolated, match=r"p\.toml"):
        choice(tmp_path / "p.toml")


# --- text ---------------------------------------------------------------------------------------


def look(*lines, width_mm=70):
    return Appearance.from_table(
        {"corner": "top-right", "width_mm": width_mm, "lines": list(lines)}
    )


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKD"])
def test_letters_read_back_whatever_their_form(form, keys, tmp_path, run):
    letters = vietnamese_letters()
    rows = [letters[i : i + 10] for i in range(0, len(letters), 10)]
    given = unicodedata.normalize(form, " ".join(rows))
    done = engine.sign_file(
        paper(tmp_path / "a.pdf", 1), tmp_path / "b.pdf", keys["officer"],
        replace(Policy(level="B-B"), appearance=look("{text}")),
        appearance_values={"text": given},
    )  # fmt: skip
    said = run("pdftotext", done.path, "-").stdout.decode()
    assert said.split() == rows
    assert len(letters) == len(set(said) - set(" \n\f")) == 134


def test_tallest_and_deepest_letters_are_not_cut_off(keys, tmp_path):
    done = engine.sign_file(
        paper(tmp_path / "a.pdf", 1), tmp_path / "b.pdf", keys["officer"],
        replace(Policy(level="B-B"), appearance=look("ỄẴỬ ỵgỵ")),
    )  # fmt: skip
    with pikepdf.open(done.path, allow_overwriting_input=True) as pdf:
        form = pdf.pages[0].Annots[0].AP.N
        whole = shots(done.path)
        _, low, right, high = map(float, form.BBox)
        form.BBox = [-50, low - 50, right + 50, high + 50]
        form.Matrix = [1, 0, 0, 1, 0, 0]
        page = pdf.pages[0]
        left, bottom, x1, y1 = map(float, page.Annots[0].Rect)
        page.Annots[0].Rect = [left - 50, bottom - 50, x1 + 50, y1 + 50]
        pdf.save(tmp_path / "c.pdf")
    assert np.array_equal(whole, shots(tmp_path / "c.pdf"))


def shots(path):
    with pypdfium2.PdfDocument(path) as pdf:
        pdf.init_forms()
        return np.array(pdf[0].render(scale=3, grayscale=True).to_numpy()) < 110


@pytest.mark.parametrize("width_mm", [30, 45, 70])
def test_long_names_are_broken_at_spaces(width_mm):
    name = "Trung tâm Phục vụ hành chính công xã Nguyễn Nghiêm, thành phố Đà Nẵng"
    mark = draw(look("{agency}", width_mm=width_mm), {"agency": name})
    lines = [run.text for run in mark.runs]
    assert len(lines) > 1
    assert " ".join(lines) == name
    assert all(mark_font().width_pt(line, 10) <= mark.width_pt for line in lines)
    assert mark.height_pt == pytest.approx(11.5 * len(lines))


def test_word_wider_than_the_box_is_broken_between_letters():
    word = unicodedata.normalize("NFD", "Nghiễm" * 30)
    mark = draw(look("{word}"), {"word": word})
    assert "".join(run.text for run in mark.runs) == unicodedata.normalize("NFC", word)
    assert all(mark_font().width_pt(run.text, 10) <= mark.width_pt for run in mark.runs)


@pytest.mark.parametrize(
    ("text", "words"), [("本", "U+672C"), ("\U0001f600", "U+1F600"), ("a\u0331", "U+0331")]
)
def test_letter_that_the_font_lacks(text, words):
    with pytest.raises(MarkUnusable, match=re.escape(words)):
        draw(look("{x}"), {"x": text})


def test_value_that_is_missing():
    with pytest.raises(MarkUnusable, match="agency"):
        draw(COPY, {})
    with pytest.raises(MarkUnusable, match="seal_image"):
        draw(load_appearance("agency_seal"), {})


def test_braces_and_newlines_in_a_value_are_text():
    mark = draw(look("{x}"), {"x": "{agency}\n {0.__class__}\t!"})
    assert mark.runs[0].text == "{agency} {0.__class__} !"


# --- two signers --------------------------------------------------------------------------------


def certified(folder, keys, values, authority, source, level="B-B"):
    policy = load_policy(
        "certified_copy", level=level, anchors=authority.anchors,
        revocation=authority.revocation(), fetch_revocation=False,
    )  # fmt: skip
    port = authority.tsa() if level != "B-B" else None
    return engine.sign_file(
        source, folder / "certified.pdf", keys, policy, appearance_values=values, timestamper=port
    )


def test_officer_then_seal(keys, values, authority, tmp_path, run):
    source = archive_paper(tmp_path / "a.pdf", part=2)
    done = certified(tmp_path, keys, values, authority, source, "B-LT")
    assert done.fields == ("NguoiChungThuc", "CoQuanChungThuc")
    found = verify_file(done.path, authority.anchors)
    assert found.status == Status.VALID
    officer, agency = (s.facts for s in found.signatures)
    assert officer.place.overlaps(agency.place)
    # A third of the signature picture, which stands in the middle of the officer's block.
    shown = officer.place.shown
    edge = (shown[0] + shown[2]) / 2 * 210 - 42 / 2 + 42 / 3
    assert agency.place.shown[2] * 210 == pytest.approx(edge, abs=0.2)
    text = run("pdftotext", done.path, "-").stdout.decode()
    assert "Chứng thực bản sao đúng với bản chính" in text
    assert "Số chứng thực: 1205, quyển số: 02/2026" in text
    assert run("pdfsig", "-nocert", done.path).stdout.decode().count("Signature is Valid") == 2
    with pypdfium2.PdfDocument(done.path) as pdf:
        pdf.init_forms()
        pixels = np.array(pdf[0].render(scale=2, rev_byteorder=True).to_numpy()).astype(int)
    corner = pixels[pixels.shape[0] * 3 // 4 :, pixels.shape[1] // 4 :]
    assert ((corner[:, :, 0] - corner[:, :, 1]) > 100).sum() > 1000  # red
    assert ((corner[:, :, 2] - corner[:, :, 0]) > 100).sum() > 500  # blue


def test_seal_field_is_there_before_the_officer_certifies(keys, values, authority, tmp_path):
    policy = load_policy("certified_copy", level="B-B", anchors=authority.anchors)
    first = engine.sign_file(
        paper(tmp_path / "a.pdf", 2), tmp_path / "b.pdf", {"officer": keys["officer"]}, policy,
        appearance_values=values, role="officer",
    )  # fmt: skip
    with pikepdf.open(first.path) as pdf:
        assert int(pdf.Root.Perms.DocMDP.Reference[0].TransformParams.P) == 2
        fields = {str(f.T): f for f in pdf.Root.AcroForm.Fields}
        assert "/V" in fields["NguoiChungThuc"]
        assert "/V" not in fields["CoQuanChungThuc"]
        reserved = [float(edge) for edge in fields["CoQuanChungThuc"].Rect]
    look = load_appearance("certified_copy", "seal")
    shown = preview(first.path, look, values, field_name="CoQuanChungThuc", dpi=40)
    done = engine.sign_file(
        first.path, tmp_path / "c.pdf", {"seal": keys["seal"]}, policy,
        appearance_values=values, role="seal",
    )  # fmt: skip
    with pikepdf.open(done.path) as pdf:
        (field,) = [f for f in pdf.Root.AcroForm.Fields if f.T == "CoQuanChungThuc"]
        assert [float(edge) for edge in field.Rect] == reserved
        assert "/V" in field
    signatures = verify_file(done.path, authority.anchors).signatures
    assert signatures[1].facts.place.shown == pytest.approx(shown.box_shown, abs=1e-4)
    assert [s.facts.field for s in signatures] == ["NguoiChungThuc", "CoQuanChungThuc"]
    assert all(s.status != Status.INVALID for s in signatures)


def test_field_added_after_certification_is_reported(keys, values, authority, tmp_path):
    source = paper(tmp_path / "a.pdf", 1)
    done = certified(tmp_path, keys, values, authority, source, "B-LT")
    assert verify_file(done.path, authority.anchors).status == Status.VALID
    with done.path.open("r+b") as file:
        writer = IncrementalPdfFileWriter(file)
        append_signature_field(writer, SigFieldSpec("Them", on_page=0, box=(50, 50, 200, 100)))
        writer.write_in_place()
    found = verify_file(done.path, authority.anchors)
    assert found.status == Status.INVALID
    assert found.reason.vi
    assert found.reason.en


# --- archives -----------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [1, 2])
def test_archive_stays_one_with_pictures(part, keys, values, authority, tmp_path):
    source = archive_paper(tmp_path / "a.pdf", part=part)
    assert pdfa.check(source, f"{part}b") == ()
    done = certified(tmp_path, keys, values, authority, source, "B-LT")
    assert pdfa.check(done.path, f"{part}b") == ()
    with pikepdf.open(done.path) as pdf:
        image = pdf.pages[0].Annots[1].AP.N.Resources.XObject.I1
        assert ("/SMask" in image, "/Mask" in image) == (part == 2, part == 1)
        assert image.ColorSpace[0] == "/CalRGB"
    if part == 1:
        assert "is a valid PDF/A-1b" in preflight(done.path)


def test_archive_without_an_output_intent_gets_no_transparency(keys, values, authority, tmp_path):
    source = archive_paper(tmp_path / "a.pdf", part=2)
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        del pdf.Root.OutputIntents
        pdf.save(source, fix_metadata_version=False)
    done = certified(tmp_path, keys, values, authority, source)
    with pikepdf.open(done.path) as pdf:
        assert "/Mask" in pdf.pages[0].Annots[1].AP.N.Resources.XObject.I1
