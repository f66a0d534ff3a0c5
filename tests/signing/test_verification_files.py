"""Signed revisions, pictures of changes, PDF reports, certification, large and hostile files."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from dataclasses import replace

import pikepdf
import pytest
from pyhanko.sign import fields, signers

from desk_app.pdf import pdfa
from signing import engine
from signing.errors import InputProblem, PolicyViolated
from signing.policy import Policy, load_policy
from signing.verify import changes, printed, revisions
from signing.verify.facts import Status
from signing.verify.verdict import verify_file
from tests.signing.attacks import ATTACKS, contents_range, update
from tests.signing.other_tools import Tool
from tests.signing.papers import paper
from tests.signing.pki import rsa_key


@pytest.fixture(scope="module")
def three(authority, tsa, tmp_path_factory):
    """The file after each of three signatures."""
    folder = tmp_path_factory.mktemp("three")
    path, files = paper(folder / "0.pdf", 3), []
    for number in range(3):
        tool = Tool(tsa=tsa, widgets=((number, (60, 200, 200, 250)),))
        key = authority.issue(f"Người ký {number}", rsa_key())
        path = tool.sign(path, folder / f"{number + 1}.pdf", key, f"S{number}")
        files.append(path)
    return files


# --- revisions and changes -----------------------------------------------------------------------


def test_signed_revision_is_the_file_as_it_was_then(three, authority, tmp_path):
    found = verify_file(three[-1], authority.anchors)
    shown = revisions.revisions(found)
    assert [r.is_whole_file for r in shown] == [False, False, True]
    for revision, file in zip(shown, three, strict=True):
        saved = revisions.save(found, revision.number, tmp_path / f"{revision.number}.pdf")
        assert saved.path.read_bytes() == file.read_bytes()
        assert revisions.read(found, revision.number) == file.read_bytes()
    alone = verify_file(tmp_path / "1.pdf", authority.anchors)
    assert alone.signatures[0].facts.intact
    with pytest.raises(InputProblem):
        revisions.read(found, 4)
    with pytest.raises(InputProblem):
        revisions.save(found, 1, three[-1])


def test_odd_range_has_no_revision_to_show(three, authority, tmp_path):
    data = three[0].read_bytes()
    target = tmp_path / "cut.pdf"
    found = re.search(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+) *\]", data)
    size = found.end() - found.start()
    target.write_bytes(data.replace(found[0], b"/ByteRange [0 10 20 5]".ljust(size)))
    verdict = verify_file(target, authority.anchors)
    assert verdict.status is Status.INVALID
    assert revisions.revisions(verdict) == ()


def test_changes_since_each_signature_name_the_later_marks(three, authority):
    found = verify_file(three[-1], authority.anchors)
    seen = [revisions.changes_since(found, number) for number in (1, 2, 3)]
    assert [[p.page for p in c.pages] for c in seen] == [[1, 2], [2], []]
    page = seen[0].pages[0]
    assert page.boxes == ()
    assert [(a.signer, a.hides) for a in page.additions] == [("Người ký 1", False)]
    assert page.before.startswith(b"\x89PNG")
    without = revisions.changes_since(found, 1, pictures=False)
    assert without.pages[0].before is None


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_boxes_are_in_the_pages_own_points(authority, rotate, tmp_path):
    source = paper(tmp_path / "a.pdf", 1, rotate=rotate, crop=(20, 30, 500, 700))
    signed = Tool().sign(source, tmp_path / "b.pdf", authority.issue("An", rsa_key()))

    def change(writer):
        from pyhanko.pdf_utils import generic

        stream = generic.StreamObject(stream_data=b"0 g 200 400 60 30 re f")
        writer.add_stream_to_page(0, writer.add_object(stream))

    (tmp_path / "c.pdf").write_bytes(update(signed, change))
    found = verify_file(tmp_path / "c.pdf", authority.anchors)
    assert found.status is Status.INVALID
    (page,) = revisions.changes_since(found, 1, pictures=False).pages
    (box,) = page.boxes
    for edge, wanted in zip(box, (200, 400, 260, 430), strict=True):
        assert abs(edge - wanted) < 8


def test_page_that_cannot_be_drawn_in_time_is_undetermined(authority, tsa, tmp_path, monkeypatch):
    """A page that keeps the renderer busy for hours costs seconds, and is not called valid."""
    with pikepdf.open(paper(tmp_path / "a.pdf", 1)) as pdf:
        inner = pdf.make_stream(b"0 0 5 5 re f\n" * 2000)
        for _ in range(9):
            box = {"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Form}
            inner.update({**box, "/BBox": pikepdf.Array([0, 0, 600, 850])})
            outer = pdf.make_stream(b"/X Do 1 0 0 1 0.1 0 cm\n" * 40)
            outer.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X=inner))
            inner = outer
        box = {"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Form}
        inner.update({**box, "/BBox": pikepdf.Array([0, 0, 600, 850])})
        pdf.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X=inner))
        pdf.pages[0].Contents = pdf.make_stream(b"/X Do")
        pdf.save(tmp_path / "slow.pdf")
    first = Tool().sign(tmp_path / "slow.pdf", tmp_path / "b.pdf", authority.issue("A", rsa_key()))
    tool = Tool(widgets=((0, (300, 60, 400, 120)),))
    path = tool.sign(first, tmp_path / "c.pdf", authority.issue("B", rsa_key()), "Second")
    monkeypatch.setattr(changes, "_SECONDS", 1)
    began = time.process_time()
    found = verify_file(path, authority.anchors)
    assert time.process_time() - began < 3
    assert (found.status, found.reason.code) == (Status.UNDETERMINED, "PAGES_UNSEEN")


# --- the report ----------------------------------------------------------------------------------


def test_report_as_pdf_says_it_in_both_languages(three, authority, tmp_path, run):
    altered = tmp_path / "altered.pdf"
    altered.write_bytes(ATTACKS["overlay_on_the_page"](three[1]))
    verdicts = [verify_file(three[-1], authority.anchors), verify_file(altered, authority.anchors)]
    target = printed.write_pdf(verdicts, tmp_path / "report.pdf")
    text = run("pdftotext", "-layout", target, "-").stdout.decode()
    for verdict in verdicts:
        for sentence in (verdict.reason.vi, verdict.reason.en):
            assert sentence[1:30] in text
    for word in ("KHÔNG HỢP LỆ", "Người ký 2", "SHA-256", verdicts[0].path.name, "+07:00"):
        assert word in text
    facts = verdicts[0].signatures[0].facts
    assert facts.signer_sha256 in text
    assert run("qpdf", "--check", target).returncode == 0
    assert pdfa.check(target, "2b") == ()
    fonts = run("pdffonts", target).stdout.decode().splitlines()[2:]
    assert fonts
    assert all(re.search(r"yes yes yes", line) for line in fonts)
    with pikepdf.open(target) as pdf:
        assert "/OutputIntents" in pdf.Root
        assert b"<pdfaid:part>2" in pdf.Root.Metadata.read_bytes()
        assert sum(len(page.get_images()) for page in pdf.pages) >= 3


def test_report_survives_names_that_the_font_lacks(authority, tmp_path):
    key = authority.issue("山田 – Иван \U0001f600", rsa_key())
    path = Tool().sign(paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", key)
    found = verify_file(path, authority.anchors)
    assert printed.write_pdf([found], tmp_path / "r.pdf").stat().st_size > 20_000


# --- certification -------------------------------------------------------------------------------


def certify(source, target, key, name, *, certify=True):
    """Sign as pyHanko's own users do."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    from signing.trust import to_asn1
    from tests.signing.pki import Key

    class Signer(signers.Signer):
        async def async_sign_raw(self, data, digest_algorithm, dry_run=False):
            return Key.sign_raw(key, data, digest_algorithm)

    registry = SimpleCertificateStore()
    registry.register_multiple([to_asn1(c) for c in key.chain])
    signer = Signer(signing_cert=to_asn1(key.certificate), cert_registry=registry)
    meta = signers.PdfSignatureMetadata(
        field_name=name,
        certify=certify,
        docmdp_permissions=fields.MDPPerm.FILL_FORMS,
        md_algorithm="sha256",
    )
    with source.open("rb") as file, target.open("w+b") as out:
        writer = IncrementalPdfFileWriter(file)
        signers.sign_pdf(writer, meta, signer=signer, output=out)
    return target


def with_fields(source, target, *names):
    data = source
    for number, name in enumerate(names):
        spec = fields.SigFieldSpec(name, box=(60 + 200 * number, 100, 200 + 200 * number, 160))
        target.write_bytes(
            update(data, lambda w, spec=spec: fields.append_signature_field(w, spec))
        )
        data = target
    return target


def test_certification_with_both_fields_made_first_and_a_field_added_later(authority, tmp_path):
    source = with_fields(paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", "CanBo", "CoQuan")
    officer = authority.issue("Nguyễn Văn An", rsa_key())
    seal = authority.issue("Ủy ban nhân dân xã Yên Hòa", rsa_key())
    first = certify(source, tmp_path / "c.pdf", officer, "CanBo")
    second = certify(first, tmp_path / "d.pdf", seal, "CoQuan", certify=False)
    found = verify_file(second, authority.anchors)
    # Nothing speaks against it; B-B without revocation data is not known to be good.
    assert found.reason.code == "REVOCATION_UNKNOWN"
    assert [s.reason.code for s in found.signatures] == ["REVOCATION_UNKNOWN"] * 2
    late = tmp_path / "e.pdf"
    spec = fields.SigFieldSpec("Them", box=(60, 400, 200, 460))
    late.write_bytes(update(second, lambda w: fields.append_signature_field(w, spec)))
    found = verify_file(late, authority.anchors)
    assert (found.status, found.reason.code) == (Status.INVALID, "CHANGED_LATER")
    assert "Nguyễn Văn An" in found.reason.vi


def test_signing_over_a_signature_that_does_not_hold_is_told(three, authority, tmp_path):
    policy = Policy(level="B-B", anchors=authority.anchors, revocation=authority.revocation())
    key = authority.issue("Nguyễn Văn An", rsa_key())
    sound = engine.sign_file(three[-1], tmp_path / "a.pdf", key, policy)
    assert [note.code for note in sound.notes] == []
    (tmp_path / "b.pdf").write_bytes(ATTACKS["page_turned"](three[-1]))
    over = engine.sign_file(tmp_path / "b.pdf", tmp_path / "c.pdf", key, policy)
    (note,) = over.notes
    assert note.code == "SIGNED_OVER_INVALID"
    assert "bị sửa sau khi ký" in note.vi
    assert verify_file(over.path, authority.anchors).status is Status.INVALID


def test_a_certified_file_gets_no_new_visible_mark_from_us(authority, tmp_path):
    source = with_fields(paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", "CanBo")
    officer = authority.issue("Nguyễn Văn An", rsa_key())
    certified = certify(source, tmp_path / "c.pdf", officer, "CanBo")
    known = {"anchors": authority.anchors, "revocation": authority.revocation()}
    policy = Policy(level="B-B", **known)
    look = load_policy("electronic_copy").appearance
    with pytest.raises(PolicyViolated) as caught:
        engine.sign_file(
            certified, tmp_path / "d.pdf", officer, replace(policy, appearance=look),
            appearance_values={"number": "1"},
        )  # fmt: skip
    assert "chứng nhận" in caught.value.vi
    assert not (tmp_path / "d.pdf").exists()
    signed = engine.sign_file(certified, tmp_path / "e.pdf", officer, policy).path
    found = verify_file(signed, authority.anchors)
    assert found.reason.code == "REVOCATION_UNKNOWN"  # nothing speaks against it


# --- fuzz ----------------------------------------------------------------------------------------


def mutated(data, dice):
    """One of the accidents and mischiefs that happen to bytes."""
    size = len(data)
    at, length = dice.randrange(size), dice.randrange(1, 400)
    return dice.choice(
        [
            lambda: data[:at],
            lambda: data[:at] + dice.randbytes(length) + data[at:],
            lambda: data[:at] + data[at + length :],
            lambda: data + data,
            lambda: data + data[at:],
            lambda: data[at:] + data,
            lambda: data[:at] + data[dice.randrange(size) :],
            lambda: data.replace(b"/Contents", b"/Kontents", dice.randrange(1, 4)),
            lambda: data.replace(b" 0 R", b" 1 R", dice.randrange(1, 9)),
            lambda: re.sub(rb"/Prev \d+", b"/Prev %d" % at, data),
            lambda: re.sub(rb"startxref\s+\d+", b"startxref\n%d" % at, data),
            lambda: re.sub(rb"/Length \d+", b"/Length %d" % at, data, count=dice.randrange(1, 9)),
        ]
    )()


@pytest.mark.parametrize("seed", range(40))
def test_mischief_is_never_valid_and_never_a_traceback(seed, three, authority, tmp_path):
    dice = random.Random(seed)
    original = three[dice.randrange(3)].read_bytes()
    data = mutated(original, dice)
    if data == original:
        return
    target = tmp_path / "x.pdf"
    target.write_bytes(data)
    began = time.process_time()
    try:
        found = verify_file(target, authority.anchors)
    except InputProblem:
        return
    finally:
        assert time.process_time() - began < 10
    assert found.reason.vi
    # These files never were valid (their authority's lists are not at hand); what is left of one
    # may only be a state in which it was signed.
    if found.status is Status.UNDETERMINED:
        whole = [file.read_bytes().rstrip() for file in three]
        assert data.rstrip(b"\r\n \0") in whole or _only_padding(original, data)


def _only_padding(original, data):
    """Digits behind a signature's DER are part of nothing."""
    start, end = contents_range(original)
    return len(data) == len(original) and data[:start] + data[end:] == (
        original[:start] + original[end:]
    )


# --- size ----------------------------------------------------------------------------------------

_MEASURE = """
import re, resource, sys
from pathlib import Path
from signing.verify.verdict import verify_file
found = verify_file(Path(sys.argv[1]), [Path(sys.argv[2])])
# Not RUSAGE_SELF: it remembers the process that this one was forked from.
own = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(found.status.value, own // 1024, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measured with /proc")
def test_a_hundred_megabytes_of_two_signers_in_little_memory(authority, tsa, tmp_path):
    source = tmp_path / "big.pdf"
    dice, pdf = random.Random(1), pikepdf.new()
    for _ in range(50):
        pdf.add_blank_page(page_size=(595, 842))
        image = pikepdf.Stream(pdf, dice.randbytes(2_000_000))
        image.update(
            {
                "/Type": pikepdf.Name.XObject,
                "/Subtype": pikepdf.Name.Image,
                "/Width": 1000,
                "/Height": 2000,
                "/ColorSpace": pikepdf.Name.DeviceGray,
                "/BitsPerComponent": 8,
            }
        )
        page = pdf.pages[-1]
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=pdf.make_indirect(image)))
        page.Contents = pdf.make_stream(b"q 500 0 0 800 20 20 cm /I Do Q")
    pdf.save(source, compress_streams=False)
    look = load_policy("electronic_copy").appearance
    from tests.signing.test_verify import sign

    first = sign(source, tmp_path / "1.pdf", authority.issue("A"), authority, tsa, appearance=look)
    second = sign(first, tmp_path / "2.pdf", authority.issue("B"), authority, tsa, appearance=look)
    assert second.stat().st_size > 100_000_000
    pem = authority.root_pem(tmp_path / "root.pem")
    command = [sys.executable, "-c", _MEASURE, str(second), str(pem)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    status, own, child = done.stdout.split()
    assert status == "valid"
    assert int(own) < 150
    assert int(child) < 150
