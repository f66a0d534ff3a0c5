"""Verdicts: untouched files are valid, every attack is named, strangers are judged fairly."""

from __future__ import annotations

import contextlib
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signing import engine, trust
from signing.certificates import Text, fingerprint
from signing.errors import AnchorBad, InputProblem, NotAPdf, PdfDamaged, PdfEncrypted
from signing.policy import Policy, load_policy
from signing.trust import Anchors
from signing.verify import report, verdict
from signing.verify.facts import Change, Coverage, Status
from signing.verify.signatures import read_signatures
from signing.verify.structure import inspect
from signing.verify.verdict import verify_file
from tests.signing.attacks import ATTACKS, contents_range, update
from tests.signing.other_tools import Tool
from tests.signing.papers import hybrid_paper, paper
from tests.signing.pki import DAY, NOW, Authority, ec_key, rsa_key


def look(corner="top-right", **changes):
    return replace(load_policy("electronic_copy").appearance, corner=corner, **changes)


def sign(source, target, key, authority=None, tsa=None, **changes):
    policy = Policy(
        level="B-LT" if tsa else "B-B",
        anchors=authority.anchors if authority else Anchors(),
        revocation=authority.revocation() if authority else trust.RevocationData(),
        **changes,
    )
    return engine.sign_file(source, target, key, policy, timestamper=tsa).path


def words_are_whole(found):
    texts = [found.reason, found.next_step, *found.warnings]
    texts += [t for s in found.signatures for t in (s.reason, *s.warnings)]
    for text in texts:
        assert isinstance(text, Text)
        assert text.code
        assert len(text.vi) > 10
        assert len(text.en) > 10
        assert "Traceback" not in text.en


def test_untouched_is_valid(signed, demo):
    found = verify_file(signed, demo.anchors)
    assert found.status is Status.VALID, found.reason
    assert found.is_good
    assert found.warnings == ()
    (one,) = found.signatures
    assert one.facts.level == "B-LT"
    assert one.facts.coverage is Coverage.FILE
    assert one.facts.modification.change is Change.NONE
    assert one.facts.judgement.revocation == "good"
    assert one.facts.place.page == 0
    words_are_whole(found)


def test_valid_for_years_and_after_with_only_the_root(signed, demo):
    later = datetime.now(UTC) + timedelta(days=365 * 15)
    assert verify_file(signed, [demo.root_pem], at=later).status is Status.VALID


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_named(name, signed, demo, tmp_path):
    target = tmp_path / "attacked.pdf"
    copy = tmp_path / "copy.pdf"
    shutil.copy(signed, copy)
    target.write_bytes(ATTACKS[name](copy))
    found = verify_file(target, demo.anchors)
    assert found.status is Status.INVALID, (name, found.reason)
    words_are_whole(found)
    report.to_json(found)


def form_paper(path, pages):
    """A sum in a field without a look of its own: viewers draw it with the form's font."""
    paper(path, pages)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, F=4,
                T="so_tien", V="1000000", Rect=[90, 490, 300, 530], DA="/F1 24 Tf 0 g",
                P=pdf.pages[-1].obj,
            )
        )  # fmt: skip
        pdf.pages[-1].Annots = pikepdf.Array([field])
        fonts = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=pdf.make_indirect(font)))
        pdf.Root.AcroForm = pdf.make_indirect(pikepdf.Dictionary(Fields=[field], DR=fonts))
        pdf.save(path)
    return path


def one_reads_as_nine(writer):
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.generic import pdf_name

    digits = generic.ArrayObject([generic.NumberObject(49), pdf_name("/nine")])
    encoding = {pdf_name("/Type"): pdf_name("/Encoding"), pdf_name("/Differences"): digits}
    fonts = writer.root["/AcroForm"]["/DR"]["/Font"]
    font = generic.DictionaryObject(fonts["/F1"])
    font[pdf_name("/Encoding")] = generic.DictionaryObject(encoding)
    fonts[pdf_name("/F1")] = writer.add_object(font)
    writer.update_container(fonts)


def test_change_that_only_the_pages_tell(authority, tsa, officer, tmp_path):
    """The engine takes it for what a later signature may do; a million has become nine."""
    source = form_paper(tmp_path / "a.pdf", 3)
    signed = sign(source, tmp_path / "b.pdf", officer, authority, tsa)
    assert verify_file(signed, authority.anchors).status is Status.VALID
    (tmp_path / "c.pdf").write_bytes(update(signed, one_reads_as_nine))
    (engines,) = read_signatures(tmp_path / "c.pdf", authority.anchors).signatures
    assert engines.modification.change in (Change.SIGNATURES, Change.MAINTENANCE)
    assert engines.modification.fields == ()
    # The page counts as written to, so that it is looked at however long the file is.
    assert 2 in engines.touched
    found = verify_file(tmp_path / "c.pdf", authority.anchors)
    assert (found.status, found.reason.code) == (Status.INVALID, "SHOWN_CHANGED")
    assert found.signatures[0].facts.modification.pages == (2,)


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_on_a_file_of_two_signers(name, two_signers, authority, tmp_path):
    target = tmp_path / "attacked.pdf"
    copy = tmp_path / "copy.pdf"
    shutil.copy(two_signers, copy)
    target.write_bytes(ATTACKS[name](copy))
    found = verify_file(target, authority.anchors)
    assert found.status is Status.INVALID, (name, found.reason)
    words_are_whole(found)


@pytest.fixture(scope="session")
def officer(authority):
    return authority.issue("Nguyễn Văn An")


@pytest.fixture(scope="session")
def seal(authority):
    key = ec_key()
    from tests.signing.pki import Key, name

    certificate = authority.certify(name("Xã Yên Hòa", "Xã Yên Hòa"), key.public_key())
    return Key(key, certificate, (authority.certificate,))


@pytest.fixture(scope="session")
def two_signers(authority, tsa, officer, seal, tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    first = sign(
        paper(folder / "a.pdf"), folder / "b.pdf", officer, authority, tsa, appearance=look()
    )
    return sign(first, folder / "c.pdf", seal, authority, tsa, appearance=look("bottom-left"))


def test_two_signers_are_valid_and_the_later_one_is_mentioned(
    two_signers, authority, seal, officer
):
    found = verify_file(two_signers, authority.anchors)
    assert found.status is Status.VALID, found.reason
    assert [w.code for w in found.warnings] == ["SIGNED_LATER"]
    first, second = found.signatures
    assert (first.facts.signer, second.facts.signer) == ("Nguyễn Văn An", "Xã Yên Hòa")
    assert first.facts.coverage is Coverage.REVISION
    assert first.facts.modification.change is Change.SIGNATURES
    assert second.facts.coverage is Coverage.FILE
    assert first.facts.revision < second.facts.revision
    expected = [fingerprint(officer.certificate), fingerprint(seal.certificate)]
    assert verify_file(two_signers, authority.anchors, expected_signers=expected).is_good


def test_expected_signer_that_is_missing(two_signers, authority):
    stranger = fingerprint(authority.issue("Nguyễn Văn An").certificate)
    found = verify_file(two_signers, authority.anchors, expected_signers=[stranger.upper()])
    assert (found.status, found.reason.code) == (Status.INVALID, "EXPECTED_SIGNER_MISSING")


def test_five_signatures_one_after_another(authority, tsa, officer, tmp_path):
    path = paper(tmp_path / "0.pdf")
    for number in range(5):
        spot = look("bottom-left", margin_top_mm=20.0 + 30 * number)
        key = officer if number % 2 else authority.issue(f"Người ký {number}")
        path = sign(path, tmp_path / f"{number}s.pdf", key, authority, tsa, appearance=spot)
    found = verify_file(path, authority.anchors)
    assert found.status is Status.VALID, found.reason
    assert len(found.signatures) == 5


# --- what is not known ---------------------------------------------------------------------------


def test_issuer_without_anchor_is_undetermined(signed, authority):
    for anchors in (authority.anchors, Anchors()):
        found = verify_file(signed, anchors)
        assert (found.status, found.reason.code) == (Status.UNDETERMINED, "NO_ANCHOR")
        assert found.next_step.code == "INSTALL_ANCHOR"
        assert "DEMONSTRATION ISSUING CA" in found.reason.en


def test_self_signed_stranger_is_undetermined(authority, tmp_path):
    from tests.signing.pki import Key, _certificate, name

    key = ec_key()
    own = _certificate(name("Ai đó"), key.public_key(), name("Ai đó"), key)
    path = sign(paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", Key(key, own))
    found = verify_file(path, authority.anchors)
    assert (found.status, found.reason.code) == (Status.UNDETERMINED, "NO_ANCHOR")


def test_expired_since_without_timestamp_is_undetermined(authority, tmp_path):
    key = authority.issue("Nguyễn Văn An", end=NOW + DAY)
    path = sign(paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", key)
    found = verify_file(path, authority.anchors, at=NOW + 2 * DAY)
    assert (found.status, found.reason.code) == (Status.UNDETERMINED, "EXPIRED_UNPROVEN")


def test_expired_since_with_timestamp_is_valid_with_a_word(authority, tsa, tmp_path):
    key = authority.issue("Nguyễn Văn An", end=NOW + DAY)
    path = sign(paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", key, authority, tsa)
    found = verify_file(path, authority.anchors, at=NOW + 100 * DAY)
    assert found.status is Status.VALID
    assert [w.code for w in found.warnings] == ["EXPIRED_SINCE"]


def test_timestamp_authority_that_expired_proves_nothing_more(authority, tsa, tmp_path):
    key = authority.issue("Nguyễn Văn An")
    path = sign(paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", key, authority, tsa)
    found = verify_file(path, authority.anchors, at=NOW + 1000 * DAY)
    assert (found.status, found.reason.code) == (Status.UNDETERMINED, "EXPIRED_UNPROVEN")
    assert "TIMESTAMP_UNTRUSTED" in [w.code for w in found.warnings]


# --- what speaks against a signature -------------------------------------------------------------


def with_revocation(path, target, data):
    """Add lists to the file's DSS in an update, as an archive would later."""
    from asn1crypto import crl
    from pyhanko.sign.validation.dss import DocumentSecurityStore

    def change(writer):
        lists = [crl.CertificateList.load(item) for item in data.crls]
        DocumentSecurityStore.supply_dss_in_writer(writer, None, crls=lists)

    target.write_bytes(update(path, change))
    return target


def test_revoked_before_signing_is_invalid(authority, tsa, tmp_path):
    key = authority.issue("Nguyễn Văn An")
    path = sign(paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", key)
    later = with_revocation(path, tmp_path / "c.pdf", authority.revocation(key.certificate))
    found = verify_file(later, authority.anchors)
    assert (found.status, found.reason.code) == (Status.INVALID, "REVOKED")


def test_revoked_after_a_trusted_timestamp_is_valid(authority, tsa, tmp_path):
    key = authority.issue("Nguyễn Văn An")
    policy = Policy(level="B-T", anchors=authority.anchors)
    path = engine.sign_file(
        paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", key, policy, timestamper=tsa
    ).path
    after = authority.revocation(key.certificate, since=NOW + DAY)
    found = verify_file(with_revocation(path, tmp_path / "c.pdf", after), authority.anchors)
    assert found.status is Status.VALID, found.reason
    before = authority.revocation(key.certificate, since=NOW - DAY)
    found = verify_file(with_revocation(path, tmp_path / "d.pdf", before), authority.anchors)
    assert (found.status, found.reason.code) == (Status.INVALID, "REVOKED")


def test_certificate_for_other_uses_is_invalid(authority, tmp_path):
    key = authority.issue("Nguyễn Văn An", usage=("key_encipherment",))
    path = sign(paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", key, key_usage=("key_encipherment",))
    found = verify_file(path, authority.anchors)
    assert (found.status, found.reason.code) == (Status.INVALID, "WRONG_USAGE")


def test_short_key_without_proof_of_age_is_undetermined(authority, tsa, tmp_path):
    key = authority.issue("Nguyễn Văn An", rsa_key(1024))
    path = sign(paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", key, min_rsa_bits=1024)
    path = with_revocation(path, tmp_path / "c.pdf", authority.revocation())
    found = verify_file(path, authority.anchors)
    assert (found.status, found.reason.code) == (Status.UNDETERMINED, "ALGORITHM_WEAK")
    assert found.signatures[0].facts.algorithm.weak


# --- strangers beside trusted signers ------------------------------------------------------------


@pytest.mark.parametrize(
    "imitation",
    ["Nguyễn Văn An", "NGUYỄN  VĂN AN", "Nguyen Van An", "Nguyễn Văn Аn", "Xã Yên Hòa"],
)
def test_stranger_with_a_trusted_name_is_invalid(imitation, two_signers, authority, tmp_path):
    evil = Authority.new().issue(imitation)
    path = sign(two_signers, tmp_path / "c.pdf", evil)
    found = verify_file(path, authority.anchors)
    assert (found.status, found.reason.code) == (Status.INVALID, "IMITATION")
    # The two honest ones are still told apart from it.
    assert [s.status for s in found.signatures[:2]] == [Status.VALID] * 2


def test_stranger_over_a_trusted_mark_is_invalid(two_signers, authority, tmp_path):
    evil = stranger("Người qua đường")
    box = verify_file(two_signers, authority.anchors).signatures[0].facts.place.box
    tool = Tool(widgets=((0, tuple(map(int, box))),))
    path = tool.sign(two_signers, tmp_path / "c.pdf", evil, "Evil")
    found = verify_file(path, authority.anchors)
    assert (found.status, found.reason.code) == (Status.INVALID, "COVERING")


def test_stranger_over_the_page_is_invalid(two_signers, authority, tmp_path):
    huge = look("bottom-right", margin_top_mm=60.0, width_mm=150.0, margin_side_mm=20.0)
    lines = tuple(replace(line, leading_pt=200.0) for line in huge.lines)
    path = sign(
        two_signers,
        tmp_path / "c.pdf",
        stranger("Người qua đường"),
        appearance=replace(huge, lines=lines),
    )
    found = verify_file(path, authority.anchors)
    assert (found.status, found.reason.code) == (Status.INVALID, "COVERING")


def test_stranger_elsewhere_is_undetermined(two_signers, authority, tmp_path):
    evil = stranger("Người qua đường")
    path = sign(two_signers, tmp_path / "c.pdf", evil, appearance=look("bottom-right"))
    found = verify_file(path, authority.anchors)
    assert (found.status, found.reason.code) == (Status.UNDETERMINED, "NO_ANCHOR")


def stranger(common):
    from tests.signing.pki import Key, name

    other = Authority.new("CA lạ")
    key = ec_key()
    certificate = other.certify(name(common, "Công ty lạ"), key.public_key())
    return Key(key, certificate, (other.certificate,))


def test_forged_issuer_with_the_anchors_name_is_not_valid(authority, tmp_path):
    forged = Authority.new()  # the same names as the real one, other keys
    path = sign(paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", forged.issue("Nguyễn Văn An"))
    assert verify_file(path, authority.anchors).status in (Status.INVALID, Status.UNDETERMINED)
    assert verify_file(path, forged.anchors).reason.code == "REVOCATION_UNKNOWN"


# --- form fields, certification ------------------------------------------------------------------


def test_filled_form_field_is_invalid(authority, tsa, officer, tmp_path):
    source = paper(tmp_path / "a.pdf")
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T="so_tien",
                V="100",
                Rect=[100, 100, 200, 120],
                P=pdf.pages[0].obj,
            )
        )
        pdf.pages[0].Annots = pdf.make_indirect(pikepdf.Array([field]))
        pdf.Root.AcroForm = pdf.make_indirect(pikepdf.Dictionary(Fields=[field]))
        pdf.save(source)
    path = sign(source, tmp_path / "b.pdf", officer, authority, tsa)
    assert verify_file(path, authority.anchors).status is Status.VALID

    def change(writer):
        from pyhanko.pdf_utils import generic

        field = writer.root["/AcroForm"]["/Fields"][0]
        field["/V"] = generic.pdf_string("999")
        writer.update_container(field)

    (tmp_path / "c.pdf").write_bytes(update(path, change))
    found = verify_file(tmp_path / "c.pdf", authority.anchors)
    assert (found.status, found.reason.code) == (Status.INVALID, "FORM_CHANGED")
    assert found.signatures[0].facts.modification.fields == ("so_tien",)


# --- inputs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", NotAPdf),
        (b"\xff\xd8\xff\xe0JFIF" + bytes(5000), NotAPdf),
        (b"PK\x03\x04", NotAPdf),
        (b"%PDF-1.4\n", PdfDamaged),
        (b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF", PdfDamaged),
    ],
)
def test_what_is_no_pdf_is_one_sentence(content, error, tmp_path, demo):
    path = tmp_path / "x.pdf"
    path.write_bytes(content)
    with pytest.raises(error) as caught:
        verify_file(path, demo.anchors)
    assert caught.value.exit_code == 2
    assert "x.pdf" in caught.value.vi


@pytest.mark.parametrize("method", [2, 4, 6])
def test_encrypted_is_refused(method, tmp_path, demo):
    with pikepdf.open(paper(tmp_path / "a.pdf")) as pdf:
        new = method >= 4
        lock = pikepdf.Encryption(owner="a", user="b", R=method, aes=new, metadata=new)
        pdf.save(tmp_path / "b.pdf", encryption=lock)
    with pytest.raises(PdfEncrypted):
        verify_file(tmp_path / "b.pdf", demo.anchors)


def test_missing_file_and_bad_anchor(tmp_path, demo, signed):
    with pytest.raises(InputProblem):
        verify_file(tmp_path / "none.pdf", demo.anchors)
    (tmp_path / "bad.pem").write_text("hello")
    for name in ("bad.pem", "none.pem"):
        with pytest.raises(AnchorBad):
            verify_file(signed, [tmp_path / name])


def test_unsigned_and_resaved(signed, demo, tmp_path):
    found = verify_file(paper(tmp_path / "a.pdf"), demo.anchors)
    assert (found.status, found.is_good) == (Status.UNSIGNED, False)
    with pikepdf.open(signed) as pdf:
        pdf.save(tmp_path / "resaved.pdf")
    found = verify_file(tmp_path / "resaved.pdf", demo.anchors)
    assert found.status is Status.INVALID
    with pikepdf.open(signed) as pdf:
        del pdf.Root.AcroForm
        del pdf.pages[0].Annots
        pdf.save(tmp_path / "stripped.pdf")
    assert verify_file(tmp_path / "stripped.pdf", demo.anchors).status is Status.UNSIGNED


def test_linearized_and_trailing_newlines_are_sound(tmp_path):
    with pikepdf.open(paper(tmp_path / "a.pdf")) as pdf:
        pdf.save(tmp_path / "b.pdf", linearize=True)
    assert inspect(tmp_path / "b.pdf").fault is None
    (tmp_path / "b.pdf").write_bytes((tmp_path / "b.pdf").read_bytes() + b"\r\n\n ")
    assert inspect(tmp_path / "b.pdf").fault is None


def test_hybrid_files_as_word_writes_them(demo, demo_key, tmp_path):
    source = hybrid_paper(tmp_path / "word.pdf")
    assert inspect(source).hybrid_at > 0
    done = engine.sign_file(
        source, tmp_path / "b.pdf", demo_key, demo.policy(), timestamper=demo.tsa
    )
    found = verify_file(done.path, demo.anchors)
    assert found.status is Status.VALID, found.reason
    late = tmp_path / "late.pdf"
    late.write_bytes(ATTACKS["hybrid_reference"](done.path))
    assert verify_file(late, demo.anchors).status is Status.INVALID


def test_bytes_after_the_end_before_signing_are_signed_too(demo, demo_key, tmp_path):
    source = paper(tmp_path / "a.pdf")
    source.write_bytes(source.read_bytes() + b"\n<!-- web server -->\n")
    done = engine.sign_file(
        source, tmp_path / "b.pdf", demo_key, demo.policy(), timestamper=demo.tsa
    )
    assert verify_file(done.path, demo.anchors).status is Status.VALID


def test_empty_field_for_a_later_signer_is_harmless(authority, tsa, officer, seal, tmp_path):
    from pyhanko.sign.fields import SigFieldSpec, append_signature_field

    first = sign(paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", officer, authority, tsa)
    spec = SigFieldSpec("DauCoQuan", box=(10, 10, 100, 100))
    (tmp_path / "c.pdf").write_bytes(update(first, lambda w: append_signature_field(w, spec)))
    assert verify_file(tmp_path / "c.pdf", authority.anchors).status is Status.VALID


def test_length_that_looks_indefinite_costs_no_time(signed, demo, tmp_path):
    """One signature in 256 has a length that ends in 0x80, which the ASN.1 library misreads."""
    from asn1crypto import cms, core

    data = signed.read_bytes()
    start, end = contents_range(data)
    for filler in range(256):
        message = cms.ContentInfo.load(bytes.fromhex(data[start + 1 : end - 1].decode()))
        signer = message["content"]["signer_infos"][0]
        extra = {"type": "2.999.1", "values": [core.OctetString(bytes(128 + filler))]}
        signer["unsigned_attrs"].append(cms.CMSAttribute(extra))
        der = message.dump()
        if der[3] == 0x80:
            break
    else:
        pytest.fail("no filler gave the length")
    padded = der.hex().encode().ljust(end - start - 2, b"0")
    (tmp_path / "a.pdf").write_bytes(data[: start + 1] + padded + data[end - 1 :])
    began = time.process_time()
    assert verify_file(tmp_path / "a.pdf", demo.anchors).status is Status.VALID
    assert time.process_time() - began < 2


def test_unsupported_format_is_undetermined(signed, demo, tmp_path):
    data = signed.read_bytes().replace(b"/ETSI.CAdES.detached", b"/adbe.x509.rsa_sha1 ")
    (tmp_path / "a.pdf").write_bytes(data)
    found = verify_file(tmp_path / "a.pdf", demo.anchors)
    assert (found.status, found.reason.code) == (Status.UNDETERMINED, "UNSUPPORTED")


def test_anything_unforeseen_is_a_failure_with_a_reason(signed, demo, monkeypatch):
    def explode(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(verdict, "_read", explode)
    found = verify_file(signed, demo.anchors)
    assert (found.status, found.reason.code) == (Status.INVALID, "DAMAGED")
    words_are_whole(found)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_flipped_byte_is_noticed(data, signed, demo, tmp_path):
    content = bytearray(signed.read_bytes())
    position = data.draw(st.integers(0, len(content) - 1))
    start, end = content.index(b"/Contents <"), content.index(b"/ByteRange")
    flip = data.draw(st.integers(1, 255))
    content[position] ^= flip
    target = tmp_path / "flipped.pdf"
    target.write_bytes(content)
    try:
        found = verify_file(target, demo.anchors)
    except InputProblem:
        return
    if min(start, end) < position < max(start, end) + 20000:
        return  # padding behind the signature's DER is not part of anything
    assert found.status is Status.INVALID
    words_are_whole(found)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cut=st.floats(0, 1))
def test_any_cut_is_noticed(cut, signed, demo, tmp_path):
    content = signed.read_bytes()
    target = tmp_path / "cut.pdf"
    target.write_bytes(content[: int(cut * (len(content) - 10))])
    with contextlib.suppress(InputProblem):
        assert verify_file(target, demo.anchors).status in (Status.INVALID, Status.UNSIGNED)


# --- report --------------------------------------------------------------------------------------


def test_json_has_the_promised_keys(two_signers, authority):
    import json

    found = report.to_json(verify_file(two_signers, authority.anchors))
    json.dumps(found)
    assert set(found) >= {"path", "status", "warnings", "reason", "signatures"}
    assert set(found["reason"]) >= {"vi", "en"}
    for one in found["signatures"]:
        wanted = ["field", "signer", "agency", "level", "status", "facts", "page", "box"]
        assert set(one) >= set(wanted)
        wanted = "intact valid trusted revocation timestamp coverage modification algorithm"
        assert set(one["facts"]) >= set(wanted.split())
        assert len(one["box"]) == 4
        assert all(0 <= edge <= 1 for edge in one["box_shown"])


def test_no_secret_and_no_name_reaches_the_log(signed, demo, tmp_path, caplog):
    with caplog.at_level(0):
        verify_file(signed, Anchors())
        (tmp_path / "x.pdf").write_bytes(ATTACKS["overlay_on_the_page"](signed))
        verify_file(tmp_path / "x.pdf", demo.anchors)
    assert "Lê Văn Tuấn" not in caplog.text


def test_sha1_is_weak_and_md5_worthless():
    from signing.verify.derived import BROKEN_DIGESTS, WEAK_DIGESTS

    assert hashes.SHA1.name in WEAK_DIGESTS
    assert hashes.MD5.name in BROKEN_DIGESTS
