"""Files of other programs are signed, or refused in words; a hostile page costs only the look."""

from __future__ import annotations

import re
from dataclasses import replace

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image

from signing import batch, engine
from signing.appearance import lookout
from signing.errors import PdfDamaged, SigningError
from signing.policy import Policy, load_policy
from signing.verify.facts import Status
from signing.verify.verdict import verify_file
from tests.signing.other_tools import Tool
from tests.signing.papers import paper
from tests.signing.pki import rsa_key


@pytest.fixture
def officer(authority):
    return authority.issue("Nguyễn Văn An", key=rsa_key())


@pytest.fixture
def policy(authority):
    look = load_policy("electronic_copy").appearance
    return Policy(
        level="B-LT", anchors=authority.anchors, revocation=authority.revocation(), appearance=look
    )


def changed(path, change, **options):
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        change(pdf)
        pdf.save(path, **options)
    return path


def annotations_behind_a_reference(path):
    """As Qt prints and Acrobat saves."""

    def change(pdf):
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 10, 10])
        pdf.pages[0].obj["/Annots"] = pdf.make_indirect(Array([pdf.make_indirect(link)]))
        pdf.pages[0].MediaBox = Array([0, 0, pdf.make_indirect(595), 842])

    return changed(paper(path), change)


def buttons_of_a_field(path):
    """Widgets that inherit their kind from a field that is no widget."""

    def change(pdf):
        field = pdf.make_indirect(Dictionary(FT=Name.Btn, T="chon", Ff=1 << 15))
        kids = [
            pdf.make_indirect(
                Dictionary(Type=Name.Annot, Subtype=Name.Widget, Parent=field,
                           Rect=[60, y, 80, y + 20], AS=Name.Off)
            )
            for y in (700, 750)
        ]  # fmt: skip
        field.Kids = Array(kids)
        pdf.pages[0].Annots = Array(kids)
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]))

    return changed(paper(path), change)


def old_form_of_two_kinds(path):
    def change(pdf):
        pdf.Root.AcroForm = Dictionary(
            Fields=Array([]),
            NeedAppearances=True,
            XFA=Array(["template", pdf.make_stream(b"<t/>")]),
        )
        pdf.Root.MarkInfo = Dictionary(Marked=True)

    return changed(paper(path), change, force_version="2.0")


def linearized(path):
    return changed(paper(path, 40), lambda pdf: None, linearize=True)


def _plain(path):
    return changed(
        paper(path), lambda pdf: None, object_stream_mode=pikepdf.ObjectStreamMode.disable
    )


def by_pillow(path):
    """Its first cross-reference has a generation that does not exist."""
    Image.new("L", (620, 877), 245).save(path, resolution=75)
    return path


def offsets_aside(path):
    data = _plain(path).read_bytes()
    path.write_bytes(
        re.sub(rb"(\d{10}) 00000 n", lambda m: b"%010d 00000 n" % (int(m[1]) + 7), data)
    )
    return path


def two_end_marks(path):
    data = _plain(path).read_bytes()
    path.write_bytes(data.rstrip() + b"\n%%EOF\n")
    return path


SOUND = (annotations_behind_a_reference, buttons_of_a_field, old_form_of_two_kinds, linearized)
ODD = (by_pillow, offsets_aside, two_end_marks)


@pytest.mark.parametrize("make", [*SOUND, *ODD], ids=lambda make: make.__name__)
def test_file_of_another_program_is_signed(make, officer, authority, policy, tsa, tmp_path, run):
    source = make(tmp_path / "a.pdf")
    done = engine.sign_file(source, tmp_path / "b.pdf", officer, policy, timestamper=tsa)
    found = verify_file(done.path, authority.anchors)
    assert (found.status, found.warnings) == (Status.VALID, ())
    assert found.signatures[0].facts.place.page == 0
    was_mended = "FILE_MENDED" in [note.code for note in done.notes]
    assert was_mended == (make in ODD)
    if not was_mended:
        assert done.path.read_bytes().startswith(source.read_bytes())
    assert run("qpdf", "--check", done.path).returncode == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.pdf", "b.pdf"]


def test_odd_file_that_is_signed_already_is_never_rewritten(
    officer, authority, policy, tsa, tmp_path
):
    source = Tool(tsa=tsa).sign(by_pillow(tmp_path / "a.pdf"), tmp_path / "b.pdf", officer)
    seal = authority.issue("Xã Yên Hòa")
    done = engine.sign_file(source, tmp_path / "c.pdf", seal, policy, timestamper=tsa)
    assert done.path.read_bytes().startswith(source.read_bytes())
    found = verify_file(done.path, authority.anchors)
    assert found.status is Status.VALID
    assert "STRUCTURE_ODD" in [warning.code for warning in found.warnings]


def test_file_that_cannot_be_put_in_order_is_refused(officer, policy, tsa, tmp_path):
    data = _plain(tmp_path / "a.pdf").read_bytes()
    at = data.rindex(b"xref\n", 0, data.rindex(b"startxref"))
    (tmp_path / "a.pdf").write_bytes(data[:at].replace(b"/Pages", b"/Pagse") + b"%%EOF\n")
    with pytest.raises(PdfDamaged):
        engine.sign_file(tmp_path / "a.pdf", tmp_path / "b.pdf", officer, policy, timestamper=tsa)
    assert [p.name for p in tmp_path.iterdir()] == ["a.pdf"]


def forms_in_forms(path):
    """Sixteen million drawings of one square: renderers run out of time or of memory."""

    def change(pdf):
        forms = [pdf.make_stream(b"0 0 9 9 re f")]
        for number in range(8):
            forms.append(pdf.make_stream(b"/X Do " * 8))
            forms[-1].Resources = Dictionary(XObject=Dictionary(X=forms[number]))
        for form in forms:
            form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, [0, 0, 600, 900]
        pdf.pages[0].Resources = Dictionary(XObject=Dictionary(X=forms[-1]))
        pdf.pages[0].Contents = pdf.make_stream(b"/X Do")

    return changed(paper(path, 1), change)


def test_hostile_page_costs_the_look_and_not_the_batch(
    officer, authority, policy, tmp_path, monkeypatch
):
    monkeypatch.setattr(lookout, "_CPU_S", 2)
    names = ["a.pdf", "b.pdf", "c.pdf"]
    for name in names:
        (forms_in_forms if name == "b.pdf" else paper)(tmp_path / name)
    (tmp_path / "out").mkdir()
    items = [batch.Item(tmp_path / name, tmp_path / "out" / name) for name in names]
    done = batch.sign_files(items, officer, replace(policy, level="B-B"))
    assert done.is_complete
    notes = [[note.code for note in outcome.signed.notes] for outcome in done.outcomes]
    assert notes == [[], ["PAGE_NOT_LOOKED_AT"], []]


def test_looking_process_that_dies_is_started_anew(tmp_path):
    source = changed(
        paper(tmp_path / "a.pdf"),
        lambda pdf: pdf.pages[0].contents_add(pdf.make_stream(b"0 g 50 50 100 100 re f")),
    )
    with lookout.BoundedGround(source) as ground:
        assert ground.ink(0, (15, 265, 25, 275)) > 0
        lookout._child._process.kill()
        assert ground.ink(0, (15, 265, 25, 275)) == 0
        assert ground.unseen
    with lookout.BoundedGround(source) as ground:
        assert ground.ink(0, (15, 265, 25, 275)) > 0
        assert not ground.unseen


@pytest.mark.parametrize("user", ["", "mật khẩu"])
def test_protected_file_is_refused_in_words(user, officer, policy, tsa, tmp_path):
    with pikepdf.open(paper(tmp_path / "a.pdf"), allow_overwriting_input=True) as pdf:
        pdf.save(tmp_path / "a.pdf", encryption=pikepdf.Encryption(owner="chủ", user=user))
    with pytest.raises(SigningError) as caught:
        engine.sign_file(tmp_path / "a.pdf", tmp_path / "b.pdf", officer, policy, timestamper=tsa)
    assert caught.value.code == "PDF_ENCRYPTED"
    # Whoever opened it without a password must not be told that it asks for one.
    assert "không hỏi mật khẩu" in caught.value.vi
    assert "even if it opens without one" in caught.value.en


def test_a_list_of_annotations_that_is_null_is_none(officer, authority, policy, tsa, tmp_path):
    def change(pdf):
        pdf.pages[0].obj["/Annots"] = Name("/None_")

    source = changed(paper(tmp_path / "a.pdf", 1), change)
    data = source.read_bytes()
    assert data.count(b"/Annots /None_") == 1
    source.write_bytes(data.replace(b"/Annots /None_", b"/Annots null  "))
    signed = engine.sign_file(
        source, tmp_path / "b.pdf", officer, policy, timestamper=tsa,
        appearance_values={"number": "1"},
    ).path  # fmt: skip
    found = verify_file(signed, authority.anchors)
    assert found.status is Status.VALID, found.reason


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda pdf: pdf.Root.__setitem__("/AcroForm", 5), "TypeError"),
        (lambda pdf: pdf.pages.__delitem__(slice(None)), "không có trang nào"),
    ],
)
def test_a_file_that_nothing_can_be_done_with_is_a_sentence(
    change, words, officer, policy, tsa, tmp_path
):
    source = changed(paper(tmp_path / "a.pdf", 1), change)
    with pytest.raises(SigningError) as caught:
        engine.sign_file(
            source, tmp_path / "b.pdf", officer, policy, timestamper=tsa,
            appearance_values={"number": "1"},
        )  # fmt: skip
    assert words in caught.value.vi
    assert len(caught.value.en.split()) > 6
    assert not (tmp_path / "b.pdf").exists()
