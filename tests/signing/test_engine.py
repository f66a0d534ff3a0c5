"""Signing, with the second opinions of poppler, OpenSSL, qpdf and PDFBox."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from signing import batch, engine, files, keys, timestamps
from signing.appearance.build_font import vietnamese_letters
from signing.appearance.font import mark_font
from signing.appearance.mark import PT_PER_MM, PageBox
from signing.certificates import fingerprint
from signing.errors import (
    CertificateUnusable,
    NotAPdf,
    PdfDamaged,
    PdfEncrypted,
    PolicyViolated,
    RevocationUnreachable,
    SigningFailed,
    TimestampUnreachable,
    TimestampUntrusted,
)
from signing.policy import Policy, at_level, load_policy, profiles
from signing.timestamps import HttpAuthority, LocalAuthority
from signing.verify.facts import Status
from signing.verify.verdict import verify_file
from tests.signing.papers import A4, archive_paper, paper
from tests.signing.pki import DAY, NOW, Authority, Key, ec_key, rsa_key
from tests.signing.servers import publishing

JARS = ["preflight", "pdfbox2", "fontbox2", "xmpbox", "commons-logging", "jaxb-api"]
JARS += ["javax.activation"]


def signature_parts(path):
    """The signed bytes and the CMS of the last signature, cut out without any PDF library."""
    data = Path(path).read_bytes()
    ranges = re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data)
    a, b, c, d = map(int, ranges[-1])
    der = bytes.fromhex(data[a + b + 1 : c - 1].decode())
    return data[a : a + b] + data[c : c + d], der


class FixedClock:
    def __init__(self, moment):
        self.moment = moment

    def now(self):
        return self.moment


def test_second_opinions_agree(signed, demo, run, tmp_path):
    said = run("pdfsig", signed).stdout.decode()
    assert said.count("Signature is Valid") == 1
    assert "Total document signed" in said
    assert b"No syntax" in run("qpdf", "--check", signed).stdout
    content, der = signature_parts(signed)
    (tmp_path / "c.bin").write_bytes(content)
    (tmp_path / "s.der").write_bytes(der)
    command = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any"]
    files = ["-in", tmp_path / "s.der", "-content", tmp_path / "c.bin"]
    result = run(*command, *files, "-CAfile", demo.root_pem, "-out", tmp_path / "o")
    assert b"successful" in result.stderr, result.stderr
    (tmp_path / "c.bin").write_bytes(content + b" ")
    result = run(*command, *files, "-CAfile", demo.root_pem, "-out", tmp_path / "o")
    assert result.returncode != 0


def test_openssl_accepts_the_timestamp(signed, demo, run, tmp_path):
    from asn1crypto import cms

    _, der = signature_parts(signed)
    signer = cms.ContentInfo.load(der)["content"]["signer_infos"][0]
    (token,) = [a["values"][0] for a in signer["unsigned_attrs"]]
    (tmp_path / "t.der").write_bytes(token.dump())
    (tmp_path / "v.bin").write_bytes(signer["signature"].native)
    result = run(
        *["openssl", "ts", "-verify", "-token_in"],
        *["-in", tmp_path / "t.der", "-data", tmp_path / "v.bin", "-CAfile", demo.root_pem],
        *["-untrusted", demo.folder / "issuing.pem"],
    )
    assert b"Verification: OK" in result.stdout, result.stderr


def test_what_was_signed_is_reported(signed, demo, demo_key, tmp_path):
    source = paper(tmp_path / "a.pdf")
    before = source.read_bytes()
    clock = FixedClock(datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=30))
    done = engine.sign_file(
        source, tmp_path / "b.pdf", demo_key, demo.policy(), timestamper=demo.tsa, clock=clock
    )
    assert source.read_bytes() == before
    assert done.sha256 == hashlib.sha256(done.path.read_bytes()).hexdigest()
    assert (done.level, done.field) == ("B-LT", "ChuKy1")
    assert done.signer_sha256 == fingerprint(demo_key.certificate)
    assert done.signing_time == clock.moment
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.pdf", "b.pdf"]


def test_mark_reads_back_every_vietnamese_letter(demo, demo_key, run, tmp_path):
    letters = vietnamese_letters()
    assert len(letters) == 134
    rows = [letters[i : i + 17] for i in range(0, 134, 17)]
    done = engine.sign_file(
        paper(tmp_path / "a.pdf"),
        tmp_path / "b.pdf",
        demo_key,
        demo.policy(),
        timestamper=demo.tsa,
        appearance_values={"agency": " ".join(rows), "copy_type": "Trích sao"},
    )
    text = run("pdftotext", "-l", "1", done.path, "-").stdout.decode()
    assert [c for c in letters if c not in text] == []
    for row in rows:
        assert row in text
    assert "Trích sao" in text
    assert "CHỨNG THƯ TRÌNH DIỄN – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in text
    assert re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00", text)
    fonts = run("pdffonts", done.path).stdout.decode().splitlines()[-1]
    assert fonts.split()[-5:-2] == ["yes", "yes", "yes"]


def test_font_widths_are_those_of_times():
    font = mark_font()
    # Times New Roman's advance widths, in thousandths of an em.
    assert [font.widths[font.glyphs[ord(c)]] for c in "Aaim "] == [722, 444, 278, 778, 250]
    assert font.width_pt("đ", 10) == pytest.approx(5.0)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("size", [A4, A4[::-1]], ids=["portrait", "landscape"])
def test_box_is_where_the_profile_says(rotate, size, demo, demo_key, tmp_path, run):
    crop = (20, 30, size[0] - 40, size[1] - 50)
    source = paper(tmp_path / "a.pdf", 1, size=size, rotate=rotate, crop=crop)
    policy = demo.policy()
    done = engine.sign_file(source, tmp_path / "b.pdf", demo_key, policy, timestamper=demo.tsa)
    scale = 3  # pixels a point
    command = ["pdftoppm", "-cropbox", "-gray", "-r", 72 * scale, "-singlefile", done.path]
    run(*command, tmp_path / "page")
    page = np.asarray(Image.open(tmp_path / "page.pgm")) < 100
    rows, columns = np.flatnonzero(page.any(axis=1)), np.flatnonzero(page.any(axis=0))
    width, height = PageBox(crop, rotate).shown
    assert (page.shape[1], page.shape[0]) == pytest.approx((width * scale, height * scale), abs=2)
    look, tolerance = policy.appearance, 2 * PT_PER_MM
    left = width - (look.margin_side_mm + look.width_mm) * PT_PER_MM
    top = look.margin_top_mm * PT_PER_MM
    assert columns[0] / scale == pytest.approx(left, abs=tolerance)
    assert rows[0] / scale == pytest.approx(top, abs=tolerance)
    assert columns[-1] / scale <= width - look.margin_side_mm * PT_PER_MM + 1
    assert rows[-1] / scale <= top + 45
    (place,) = [s.facts.place for s in verify_file(done.path, demo.anchors).signatures]
    assert place.shown[0] * width == pytest.approx(left, abs=0.1)
    assert place.shown[1] * height == pytest.approx(top, abs=0.1)


@settings(max_examples=50, deadline=None)
@given(
    x=st.floats(-500, 500),
    y=st.floats(-500, 500),
    rotate=st.sampled_from([0, 90, 180, 270]),
    unit=st.sampled_from([1.0, 2.5]),
)
def test_shown_and_user_space_are_inverse(x, y, rotate, unit):
    page = PageBox((-20.0, 10.0, 500.0, 700.0), rotate, unit)
    assert page.to_user(*page.to_shown(x, y)) == pytest.approx((x, y), abs=1e-6)


def test_inherited_boxes_and_user_unit():
    parent = {"/MediaBox": [0, 0, 100, 200], "/Rotate": -90}
    page = PageBox.of({"/Parent": parent, "/UserUnit": 2, "/CropBox": [500, 500, 600, 600]})
    assert page == PageBox((0, 0, 100, 200), 270, 2.0)
    assert page.shown == (400, 200)


def preflight(path):
    """PDFBox's PDF/A-1b validator; None when it is not installed."""
    jars = [Path(f"/usr/share/java/{jar}.jar") for jar in JARS]
    if shutil.which("java") is None or not jars[0].exists():
        pytest.skip("PDFBox preflight (libpdfbox2-java) is not installed")
    said = subprocess.run(
        [
            *["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", ":".join(map(str, jars))],
            *["org.apache.pdfbox.preflight.Validator_A1b", str(path)],
        ],
        capture_output=True,
        timeout=60,
        check=False,
        text=True,
    )
    return said.stdout + said.stderr


def test_archive_file_survives_two_signatures(demo, demo_key, tmp_path):
    source = archive_paper(tmp_path / "a.pdf", part=1)
    assert "is a valid PDF/A-1b" in preflight(source)
    policy = demo.policy()
    first = engine.sign_file(source, tmp_path / "b.pdf", demo_key, policy, timestamper=demo.tsa)
    assert "is a valid PDF/A-1b" in preflight(first.path)
    look = replace(policy.appearance, corner="bottom-left")
    second = engine.sign_file(
        first.path,
        tmp_path / "c.pdf",
        demo_key,
        replace(policy, appearance=look),
        timestamper=demo.tsa,
    )
    assert second.field == "ChuKy2"
    assert "is a valid PDF/A-1b" in preflight(second.path)


def test_metadata_stays_as_it_was(demo, demo_key, tmp_path):
    source = archive_paper(tmp_path / "a.pdf", part=2)
    done = engine.sign_file(
        source, tmp_path / "b.pdf", demo_key, demo.policy(), timestamper=demo.tsa
    )
    with pikepdf.open(source) as before, pikepdf.open(done.path) as after:
        assert after.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
        assert dict(after.docinfo) == dict(before.docinfo)


# --- refusals: nothing is written ---------------------------------------------------------------


def refused(tmp_path, error, key, policy, source=None, **options):
    source = source or paper(tmp_path / "in.pdf", 1)
    target = tmp_path / "out" / "signed.pdf"
    target.parent.mkdir(exist_ok=True)
    with pytest.raises(error) as caught:
        engine.sign_file(source, target, key, policy, **options)
    assert list(target.parent.iterdir()) == []
    found = caught.value
    for text in (found.vi, found.en, found.next_vi, found.next_en):
        assert text
        assert "{" not in text
    return found


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start": NOW - 30 * DAY, "end": NOW - DAY}, "expired"),
        ({"start": NOW + DAY}, "valid from"),
        ({"usage": ("key_encipherment",)}, "key usage"),
    ],
)
def test_unfit_certificate_is_refused(changes, words, authority, tmp_path):
    key = authority.issue("Nguyễn Văn An", **changes)
    error = refused(tmp_path, CertificateUnusable, key, Policy(level="B-B"))
    assert words in error.en
    assert key.signed == 0


def test_small_key_is_refused(authority, tmp_path):
    key = authority.issue("Nguyễn Văn An", rsa_key(1024))
    error = refused(tmp_path, CertificateUnusable, key, Policy(level="B-B"))
    assert "1024" in error.en
    assert key.signed == 0


def test_sha1_is_refused():
    with pytest.raises(PolicyViolated, match="sha1"):
        Policy(digest="sha1")


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT"])
def test_revoked_certificate_is_refused(level, authority, tsa, tmp_path):
    key = authority.issue("Nguyễn Văn An")
    policy = Policy(
        level=level,
        anchors=authority.anchors,
        revocation=authority.revocation(key.certificate),
    )
    error = refused(tmp_path, CertificateUnusable, key, policy, timestamper=tsa)
    assert "revoked" in error.en
    assert key.signed == 0


def test_certificate_of_a_stranger_is_refused(authority, tsa, tmp_path):
    key = Authority.new("CA lạ").issue("Nguyễn Văn An")
    policy = Policy(level="B-B", anchors=authority.anchors)
    error = refused(tmp_path, CertificateUnusable, key, policy)
    assert "anchor" in error.en
    assert key.signed == 0


def test_unknown_revocation_is_not_lowered_in_silence(authority, tsa, tmp_path):
    key = authority.issue("Nguyễn Văn An")
    policy = Policy(level="B-LT", anchors=authority.anchors)
    refused(tmp_path, RevocationUnreachable, key, policy, timestamper=tsa)
    assert key.signed == 0


def test_key_of_another_certificate_is_noticed(authority, tmp_path):
    key = authority.issue("Nguyễn Văn An")
    key = Key(ec_key(), key.certificate, key.chain)
    error = refused(tmp_path, CertificateUnusable, key, Policy(level="B-B"))
    assert "does not belong" in error.en


class DeadAuthority:
    name = "tsa"

    def request(self, query):
        raise TimestampUnreachable("tsa: no answer", "tsa không trả lời")


class GarbageAuthority:
    name = "tsa"

    def __init__(self, answer):
        self.answer = answer

    def request(self, query):
        return self.answer


class ReplayingAuthority:
    """Answers every query with the token of the first."""

    name = "tsa"

    def __init__(self, real):
        self.real, self.first = real, None

    def request(self, query):
        self.first = self.first or self.real.request(query)
        return self.first


def test_dead_timestamp_authority_leaves_nothing(authority, tmp_path):
    key = authority.issue("Nguyễn Văn An")
    refused(tmp_path, TimestampUnreachable, key, Policy(), timestamper=DeadAuthority())
    refused(tmp_path, TimestampUnreachable, key, Policy(), timestamper=None)
    assert key.signed == 0


@pytest.mark.parametrize("answer", [b"", b"<html>", b"\x30\x03\x02\x01\x00", b"\x30\x80"])
def test_garbage_from_the_timestamp_authority(answer, authority, tmp_path):
    key = authority.issue("Nguyễn Văn An")
    error = refused(
        tmp_path, TimestampUnreachable, key, Policy(), timestamper=GarbageAuthority(answer)
    )
    assert error.exit_code == 3


def test_token_for_another_file_is_refused(authority, tsa, tmp_path):
    key = authority.issue("Nguyễn Văn An")
    refused(tmp_path, TimestampUnreachable, key, Policy(), timestamper=ReplayingAuthority(tsa))


def test_authority_that_dies_between_check_and_signature(authority, tsa, tmp_path):
    class Dying:
        name = "tsa"
        calls = 0

        def request(self, query):
            self.calls += 1
            if self.calls > 1:
                raise TimestampUnreachable("gone", "mất kết nối")
            return tsa.request(query)

    key = authority.issue("Nguyễn Văn An")
    refused(tmp_path, TimestampUnreachable, key, Policy(), timestamper=Dying())


def test_clock_far_from_the_authority_is_refused(authority, tsa, tmp_path):
    key = authority.issue("Nguyễn Văn An")
    clock = FixedClock(datetime.now(UTC) - timedelta(minutes=10))
    error = refused(tmp_path, PolicyViolated, key, Policy(), timestamper=tsa, clock=clock)
    assert "clock" in error.en


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", NotAPdf),
        (b"\xff\xd8\xff\xe0" + bytes(100), NotAPdf),
        (b"hello", NotAPdf),
        (b"%PDF-1.7\nnothing", PdfDamaged),
        (b"%PDF-1.7\nnothing\n%%EOF\n", PdfDamaged),
    ],
)
def test_input_that_is_no_pdf(content, error, demo_key, tmp_path):
    source = tmp_path / "in.pdf"
    source.write_bytes(content)
    refused(tmp_path, error, demo_key, Policy(level="B-B"), source)


def test_encrypted_input(demo_key, tmp_path):
    with pikepdf.open(paper(tmp_path / "plain.pdf")) as pdf:
        pdf.save(tmp_path / "in.pdf", encryption=pikepdf.Encryption(owner="a", user="b"))
    refused(tmp_path, PdfEncrypted, demo_key, Policy(level="B-B"), tmp_path / "in.pdf")


def test_source_is_never_the_target(demo_key, tmp_path):
    source = paper(tmp_path / "in.pdf")
    with pytest.raises(PolicyViolated):
        engine.sign_file(source, tmp_path / "x" / ".." / "in.pdf", demo_key, Policy(level="B-B"))


def test_disk_error_is_reported_and_leaves_nothing(demo_key, tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    error = refused(tmp_path, SigningFailed, demo_key, Policy(level="B-B"))
    assert "the disk is full" in error.en
    assert "đĩa đã đầy" in error.vi


# --- policies and batches -----------------------------------------------------------------------


def test_every_profile_loads(demo):
    assert {"demonstration", "electronic_copy", "invisible"} <= set(profiles())
    for name in profiles():
        assert load_policy(name, anchors=demo.anchors).name == name
    assert at_level(load_policy("invisible"), "B-B").needs_timestamp is False


@pytest.mark.parametrize("text", ["", "name = 3", "[appearance", 'name="x"\nversion=1'])
def test_bad_profile_is_one_sentence(text, tmp_path):
    path = tmp_path / "p.toml"
    path.write_text(text)
    with pytest.raises(PolicyViolated, match=r"p\.toml"):
        load_policy(path)
    with pytest.raises(PolicyViolated, match="no profile"):
        load_policy("nobody")


def test_level_that_nobody_knows_is_refused():
    with pytest.raises(PolicyViolated, match="B-XL"):
        Policy(level="B-XL")


@pytest.mark.parametrize("level", ["B-B", "B-T", "B-LT"])
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_levels_and_key_kinds(level, kind, authority, tsa, tmp_path):
    key = authority.issue("Nguyễn Văn An", ec_key() if kind == "ec" else rsa_key())
    policy = Policy(
        level=level, anchors=authority.anchors, revocation=authority.revocation(), digest="sha384"
    )
    done = engine.sign_file(
        paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", key, policy, timestamper=tsa
    )
    verdict = verify_file(done.path, authority.anchors)
    (signature,) = verdict.signatures
    assert signature.facts.level == level
    assert signature.facts.algorithm.digest == "sha384"
    # Below B-LT nothing in the file tells whether the certificate was revoked.
    assert verdict.status == (Status.VALID if level == "B-LT" else Status.UNDETERMINED)
    if level != "B-LT":
        assert verdict.reason.code == "REVOCATION_UNKNOWN"
    assert (done.timestamp is None) == (level == "B-B")


def test_batch_goes_on_after_a_bad_file_and_logs_in_once(demo, demo_key, tmp_path):
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"no")
    sources = [paper(tmp_path / "a.pdf"), bad, paper(tmp_path / "c.pdf")]
    items = [batch.Item(s, tmp_path / f"out-{s.name}") for s in sources]
    seen = []
    report = batch.sign_files(
        items, demo_key, demo.policy(), timestamper=demo.tsa, progress=seen.append
    )
    assert [o.status for o in report.outcomes] == ["signed", "failed", "signed"]
    assert list(report.outcomes) == seen
    assert (report.logins, report.is_complete, report.stopped_by) == (1, False, None)


def test_batch_stops_when_every_further_file_would_fail(demo, demo_key, tmp_path):
    items = [batch.Item(paper(tmp_path / f"{n}.pdf"), tmp_path / f"o{n}.pdf") for n in "abc"]
    report = batch.sign_files(items, demo_key, demo.policy(), timestamper=DeadAuthority())
    assert [o.status for o in report.outcomes] == ["failed", "waiting", "waiting"]
    assert report.stopped_by.code == "TSA_UNREACHABLE"
    cancelled = batch.sign_files(
        items, demo_key, demo.policy(), timestamper=demo.tsa, cancelled=lambda: True
    )
    assert [o.status for o in cancelled.outcomes] == ["waiting"] * 3


# --- HTTP ---------------------------------------------------------------------------------------


def test_http_authority_over_loopback(demo, demo_key, tmp_path, tsa_server):
    with tsa_server(demo.tsa) as url:
        done = engine.sign_file(
            paper(tmp_path / "a.pdf"),
            tmp_path / "b.pdf",
            demo_key,
            demo.policy(),
            timestamper=HttpAuthority(url),
        )
    assert verify_file(done.path, demo.anchors).status is Status.VALID


@pytest.mark.parametrize("mode", ["error", "html", "slow", "huge", "hang"])
def test_http_authority_that_misbehaves(mode, demo, tsa_server):
    with tsa_server(demo.tsa, mode) as url, pytest.raises(TimestampUnreachable) as caught:
        HttpAuthority(url, timeout_s=0.5).request(b"0")
    assert caught.value.exit_code == 3


def test_http_authority_that_is_not_there(free_port):
    with pytest.raises(TimestampUnreachable):
        HttpAuthority(f"http://127.0.0.1:{free_port}/tsa", timeout_s=1).request(b"0")
    with pytest.raises(PolicyViolated):
        HttpAuthority("file:///etc/passwd")


def test_local_authority_refuses_garbage(demo):
    with pytest.raises(TimestampUnreachable):
        demo.tsa.request(b"garbage")
    assert isinstance(demo.tsa, LocalAuthority)


def test_revocation_is_fetched_once_for_a_batch(tmp_path):
    files, asked = {}, []
    with publishing(files, asked) as url:
        authority = Authority.new("CA có mạng", crl_url=f"{url}/root.crl")
        files["root.crl"], files["issuing.crl"] = authority.revocation().crls
        tsa = authority.tsa(crl_url=f"{url}/issuing.crl")
        key = authority.issue("Nguyễn Văn An", crl_url=f"{url}/issuing.crl")
        policy = Policy(level="B-LT", anchors=authority.anchors, fetch_revocation=True)
        items = [batch.Item(paper(tmp_path / f"{n}.pdf"), tmp_path / f"s{n}.pdf") for n in "abc"]
        assert batch.sign_files(items, key, policy, timestamper=tsa).is_complete
        assert 2 <= len(asked) <= 4, asked
    # With every server stopped the files are still valid: they carry what was fetched.
    for item in items:
        found = verify_file(item.dst, authority.anchors)
        assert (found.status, found.signatures[0].facts.level) == (Status.VALID, "B-LT")


def test_revocation_server_that_is_down(free_port, tmp_path):
    url = f"http://127.0.0.1:{free_port}/issuing.crl"
    authority = Authority.new("CA mất mạng")
    key = authority.issue("Nguyễn Văn An", crl_url=url)
    policy = Policy(level="B-LT", anchors=authority.anchors, fetch_revocation=True)
    refused(tmp_path, RevocationUnreachable, key, policy, timestamper=authority.tsa())
    assert key.signed == 0
    lower = Policy(level="B-T", anchors=authority.anchors, fetch_revocation=True)
    source = tmp_path / "in.pdf"
    done = engine.sign_file(source, tmp_path / "b.pdf", key, lower, timestamper=authority.tsa())
    assert done.level == "B-T"


@pytest.mark.parametrize("level", ["B-T", "B-LT"])
def test_timestamp_authority_of_a_stranger_is_refused(level, authority, tmp_path):
    key = authority.issue("Nguyễn Văn An")
    other = Authority.new("CA lạ").tsa()
    revocation = authority.revocation()
    policy = Policy(level=level, anchors=authority.anchors, revocation=revocation)
    refused(tmp_path, TimestampUntrusted, key, policy, timestamper=other)
    assert key.signed == 0


def test_idle_hours_between_two_files_are_no_skew(demo, demo_key, tmp_path):
    policy, source = demo.policy(), paper(tmp_path / "a.pdf")
    engine.sign_file(source, tmp_path / "b.pdf", demo_key, policy, timestamper=demo.tsa)
    client = timestamps._client_for(demo.tsa)
    client.last_time -= timedelta(hours=3)
    client._received_s -= 3 * 3600
    engine.sign_file(source, tmp_path / "c.pdf", demo_key, policy, timestamper=demo.tsa)


# --- key files ----------------------------------------------------------------------------------


def test_key_file_signs_through_its_address(authority, tmp_path):
    key = authority.issue("Nguyễn Văn An")
    path = tmp_path / "key with space.p12"
    path.write_bytes(key.p12(b"secret"))
    secret = bytearray(b"secret")
    with keys.open_key(f"p12:{path}", secret) as opened:
        assert opened.certificate == key.certificate
        assert opened.status().logins == 1
        engine.sign_file(paper(tmp_path / "a.pdf"), tmp_path / "b.pdf", opened, Policy(level="B-B"))
    keys.wipe(secret)
    assert secret == bytearray(6)
    assert not opened.status().ready


def test_wrong_passphrase_says_so(authority, tmp_path):
    from signing.errors import KeyFileBad, PinWrong

    path = tmp_path / "k.p12"
    path.write_bytes(authority.issue("An").p12(b"secret"))
    with pytest.raises(PinWrong) as caught, keys.open_key(f"p12:{path}", bytearray(b"hunter2")):
        pass
    assert "passphrase" in caught.value.en
    assert "hunter2" not in repr(caught.value.facts)
    path.write_bytes(b"\x30\x82" + bytes(50))
    with pytest.raises(KeyFileBad), keys.open_key(f"p12:{path}", bytearray()):
        pass
    path.write_bytes(b"not a key")
    with pytest.raises(KeyFileBad), keys.open_key(f"p12:{path}", bytearray()):
        pass
    with pytest.raises(KeyFileBad), keys.open_key(f"p12:{path}.none", bytearray()):
        pass


def test_certificates_of_a_key_file(authority, tmp_path):
    path = tmp_path / "k.p12"
    path.write_bytes(authority.issue("Nguyễn Văn An", usage=("key_agreement",)).p12(b"s"))
    (found,) = keys.certificates(f"p12:{path}", bytearray(b"s"))
    assert "Nguyễn Văn An" in found.subject
    assert found.usage == ("key_agreement",)
    assert not found.usable
    json = found.to_json()
    assert json["reason"]["code"] == "KEY_USAGE"
    assert set(json) >= {"subject", "issuer", "serial", "sha256", "not_before", "not_after"}


@pytest.mark.parametrize(
    "text",
    ["", "p12:", "file.p12", "pkcs11:", "csc:x", "pkcs11:/m.so?cert=12", "pkcs11:/m.so?pin=1234"],
)
def test_bad_key_address(text):
    from signing.errors import KeyUriBad

    with pytest.raises(KeyUriBad):
        keys.parse_key_uri(text)


@given(
    module=st.from_regex(r"/[a-z0-9/_.-]{1,20}", fullmatch=True),
    token=st.from_regex(r"[A-Za-z0-9_.-]{0,12}", fullmatch=True),
    cert=st.sampled_from(["", "ab" * 32]),
)
def test_key_address_round_trip(module, token, cert):
    uri = keys.KeyUri("pkcs11", module, token, cert)
    assert keys.parse_key_uri(str(uri)) == uri
