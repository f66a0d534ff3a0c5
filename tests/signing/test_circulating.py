"""Files as they circulate, signed by other programs: each gets a fair verdict."""

from __future__ import annotations

import re

import pikepdf
import pytest

from signing.certificates import fingerprint
from signing.verify import changes
from signing.verify.facts import Change, Status
from signing.verify.verdict import verify_file
from tests.signing.attacks import update
from tests.signing.other_tools import Tool, malformed_attribute
from tests.signing.papers import paper
from tests.signing.pki import DAY, NOW, Authority, rsa_key
from tests.signing.servers import publishing

OFFICES = (
    "Nguyễn Thị Hoa",
    "Trần Văn Bình",
    "Văn thư phường Ô Chợ Dừa",
    "Phòng Tư pháp",
    "Sở Tư pháp",
    "Ủy ban nhân dân thành phố",
)


@pytest.fixture(scope="module")
def online():
    """An authority whose lists are on a loopback server."""
    files, asked = {}, []
    with publishing(files, asked) as url:
        authority = Authority.new("CA trực tuyến", crl_url=f"{url}/root.crl")
        authority.crl = f"{url}/issuing.crl"
        data = authority.revocation()
        files["root.crl"], files["issuing.crl"] = data.crls
        authority.files, authority.asked = files, asked
        yield authority


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return paper(tmp_path_factory.mktemp("source") / "paper.pdf", 3)


def officer(authority, name, **changes):
    return authority.issue(name, rsa_key(), crl_url=authority.crl, **changes)


def boxes(number):
    return ((number % 3, (60 + 90 * (number // 3), 200, 140 + 90 * (number // 3), 250)),)


@pytest.fixture(scope="module")
def chain_of_six(online, source, tmp_path_factory):
    folder = tmp_path_factory.mktemp("six")
    tsa, path = online.tsa(), source
    for number, name in enumerate(OFFICES):
        subfilter = "ETSI.CAdES.detached" if number % 2 else "adbe.pkcs7.detached"
        tool = Tool(tsa=tsa, subfilter=subfilter, widgets=boxes(number))
        key = officer(online, name)
        path = tool.sign(path, folder / f"{number}.pdf", key, f"Signature{number}")
    return path


def test_six_signatures_by_other_programs_are_valid_and_named(chain_of_six, online):
    found = verify_file(chain_of_six, online.anchors, online=True)
    assert found.status is Status.VALID, found.reason
    assert [s.facts.signer for s in found.signatures] == list(OFFICES)
    assert [w.code for w in found.warnings] == ["SIGNED_LATER"]
    for name in OFFICES[1:]:
        assert name in found.warnings[0].vi
    assert "(trang 2)" in found.warnings[0].vi
    first = found.signatures[0].facts
    assert first.modification.change is Change.SIGNATURES
    assert first.revocation_source == "online"
    compared = changes.compare(chain_of_six, [s.facts for s in found.signatures], 3)
    pages = compared[first.signed_until].pages
    assert [(a.field, a.signer) for page in pages for a in page.additions] == [
        ("Signature3", OFFICES[3]),
        ("Signature1", OFFICES[1]),
        ("Signature4", OFFICES[4]),
        ("Signature2", OFFICES[2]),
        ("Signature5", OFFICES[5]),
    ]
    assert compared[first.signed_until].unexplained == ()


def test_the_same_file_offline_is_undetermined(chain_of_six, online):
    asked = len(online.asked)
    found = verify_file(chain_of_six, online.anchors)
    assert (found.status, found.reason.code) == (Status.UNDETERMINED, "REVOCATION_UNKNOWN")
    assert found.next_step.code == "CHECK_ONLINE"
    assert len(online.asked) == asked


def test_second_opinion_on_the_six(chain_of_six, run):
    done = run("pdfsig", "-nocert", chain_of_six)
    assert done.stdout.count(b"Signature is Valid") == 6
    assert run("qpdf", "--check", chain_of_six).returncode == 0


def test_openssl_agrees_on_every_one_of_them(chain_of_six, online, run, tmp_path):
    data = chain_of_six.read_bytes()
    online.root_pem(tmp_path / "root.pem")
    ranges = re.findall(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+) *\]", data)
    assert len(ranges) == 6
    for found in ranges:
        a, b, c, d = map(int, found)
        hexes = data[a + b + 1 : c - 1]
        (tmp_path / "s.der").write_bytes(bytes.fromhex(hexes.decode()).rstrip(b"\0"))
        (tmp_path / "c.bin").write_bytes(data[a : a + b] + data[c : c + d])
        command = "openssl cms -verify -binary -inform DER -in s.der -content c.bin -out out"
        done = run(*command.split(), "-CAfile", "root.pem", "-purpose", "any", cwd=tmp_path)
        assert done.returncode == 0, done.stderr


def test_no_server_of_a_stranger_is_asked(online, source, tmp_path):
    asked = []
    with publishing({}, asked) as url:
        evil = Authority.new("CA lạ", crl_url=f"{url}/root.crl")
        key = evil.issue("Ai đó", rsa_key(), crl_url=f"{url}/inner.crl")
        path = Tool().sign(source, tmp_path / "a.pdf", key)
        found = verify_file(path, online.anchors, online=True)
    assert found.reason.code == "NO_ANCHOR"
    assert asked == []


def test_revoked_according_to_the_server(online, source, tmp_path):
    key = officer(online, "Người bị thu hồi")
    path = Tool().sign(source, tmp_path / "a.pdf", key)
    before = dict(online.files)
    online.files["issuing.crl"] = online.revocation(key.certificate).crls[1]
    try:
        found = verify_file(path, online.anchors, online=True)
    finally:
        online.files.update(before)
    assert (found.status, found.reason.code) == (Status.INVALID, "REVOKED")
    assert verify_file(path, online.anchors, online=True).status is Status.VALID


def test_certificate_expired_after_the_timestamp(online, source, tmp_path):
    key = officer(online, "Nguyễn Văn Cũ", end=NOW + DAY / 24)
    path = Tool(tsa=online.tsa()).sign(source, tmp_path / "a.pdf", key)
    found = verify_file(path, online.anchors, at=NOW + 30 * DAY)
    # Nothing in the file tells of revocation, and a list of today no longer would.
    assert found.signatures[0].facts.moment_is_proven
    assert [w.code for w in found.warnings] == ["EXPIRED_SINCE"]
    assert found.status is not Status.INVALID


@pytest.mark.parametrize("stamped", [False, True])
def test_sha1_is_intact_and_weak(online, source, tmp_path, stamped):
    tool = Tool(digest="sha1", tsa=online.tsa() if stamped else None)
    path = tool.sign(source, tmp_path / "a.pdf", officer(online, "Nguyễn Văn Cũ"))
    found = verify_file(path, online.anchors, online=True)
    assert (found.status, found.reason.code) == (Status.UNDETERMINED, "ALGORITHM_WEAK")
    facts = found.signatures[0].facts
    assert facts.intact
    assert facts.valid
    assert facts.algorithm.weak
    assert not facts.algorithm.broken
    assert "OLD_ALGORITHM" in [w.code for w in found.warnings]


@pytest.mark.parametrize("stamped", [False, True])
def test_malformed_unsigned_attribute_costs_nothing_but_itself(online, source, tmp_path, stamped):
    tool = Tool(tsa=online.tsa() if stamped else None, extra_unsigned=malformed_attribute())
    path = tool.sign(source, tmp_path / "a.pdf", officer(online, "Nguyễn Văn An"))
    found = verify_file(path, online.anchors, online=True)
    assert found.status is Status.VALID, found.reason
    assert [w.code for w in found.warnings] == ["ATTRIBUTES_UNREADABLE"]
    stamp = found.signatures[0].facts.timestamp
    assert (stamp is not None and stamp.is_trusted) is stamped


def test_chain_without_the_intermediate(online, source, tmp_path):
    key = officer(online, "Nguyễn Văn An")
    path = Tool(with_chain=False).sign(source, tmp_path / "a.pdf", key)
    found = verify_file(path, online.anchors, online=True)
    assert (found.status, found.reason.code) == (Status.UNDETERMINED, "NO_ANCHOR")
    assert "CA trực tuyến" in found.reason.vi
    # Another signature of the file brings the missing certificate.
    second = Tool(widgets=boxes(3)).sign(path, tmp_path / "b.pdf", officer(online, "B"), "Second")
    assert verify_file(second, online.anchors, online=True).status is Status.VALID


def test_mark_on_every_page(online, source, tmp_path):
    first = Tool().sign(source, tmp_path / "a.pdf", officer(online, "Nguyễn Văn An"))
    everywhere = tuple((page, (300, 300, 400, 350)) for page in range(3))
    path = Tool(widgets=everywhere).sign(first, tmp_path / "b.pdf", officer(online, "B"), "All")
    found = verify_file(path, online.anchors, online=True)
    assert found.status is Status.VALID, found.reason
    assert [place.page for place in found.signatures[1].facts.marks] == [0, 1, 2]


def test_later_mark_over_printed_content_is_a_warning(online, source, tmp_path):
    first = Tool(mark=b"BT /F1 20 Tf 6 30 Td (Nguyen Van An) Tj ET").sign(
        source, tmp_path / "a.pdf", officer(online, "Nguyễn Văn An")
    )
    cover = Tool(mark=b"1 g 0 0 200 200 re f", widgets=((0, (50, 50, 240, 130)),))
    path = cover.sign(first, tmp_path / "b.pdf", officer(online, "Trần Văn Bình"), "Later")
    found = verify_file(path, online.anchors, online=True)
    assert found.status is Status.VALID, found.reason
    assert "MARK_HIDES" in [w.code for w in found.warnings]
    assert found.signatures[0].facts.modification.hiding == (("Later", 0),)


def test_stranger_whose_mark_hides_a_line_is_invalid(online, source, tmp_path):
    text = b"BT /F1 20 Tf 6 30 Td (100 000 dong) Tj ET"
    with pikepdf.open(source) as pdf:
        page = pdf.pages[0]
        page.Contents = pdf.make_stream(b"q 1 0 0 1 200 500 cm " + text + b" Q")
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        pdf.save(tmp_path / "paper.pdf")
    first = Tool().sign(tmp_path / "paper.pdf", tmp_path / "a.pdf", officer(online, "An"))
    cover = Tool(mark=b"1 g 0 0 200 200 re f", widgets=((0, (200, 520, 330, 550)),))
    evil = Authority.new("CA lạ").issue("Người qua đường", rsa_key())
    path = cover.sign(first, tmp_path / "b.pdf", evil, "Evil")
    found = verify_file(path, online.anchors, online=True)
    assert found.status is Status.INVALID
    assert found.reason.code in ("COVERING", "IMITATION")


# --- copies whose signature was lost -------------------------------------------------------------


def test_copy_that_only_prints_a_mark(online, tmp_path):
    from signing import engine
    from signing.policy import Policy
    from tests.signing.test_verify import look

    key = officer(online, "Nguyễn Văn An")
    values = {"agency": "Ký bởi: Ủy ban nhân dân xã An Bình"}
    signed = engine.sign_file(
        paper(tmp_path / "a.pdf"),
        tmp_path / "b.pdf",
        key,
        Policy(level="B-B", appearance=look()),
        appearance_values=values,
    ).path
    with pikepdf.open(signed) as pdf:
        pdf.flatten_annotations()
        pdf.save(tmp_path / "flat.pdf")
    found = verify_file(tmp_path / "flat.pdf", online.anchors)
    assert (found.status, found.reason.code) == (Status.UNSIGNED, "PRINTED_ONLY")
    assert "Ký bởi" in found.reason.vi
    assert found.next_step.code == "ASK_ORIGINAL"


def test_copy_with_an_emptied_field_that_prints_a_mark(online, source, tmp_path):
    mark = b"BT /F1 10 Tf 6 30 Td (Digitally signed by) Tj ET"
    signed = Tool(mark=mark).sign(source, tmp_path / "a.pdf", officer(online, "An"))
    with pikepdf.open(signed) as pdf:
        for field in pdf.Root.AcroForm.Fields:
            del field["/V"]
        pdf.save(tmp_path / "saved.pdf")
    found = verify_file(tmp_path / "saved.pdf", online.anchors)
    assert (found.status, found.reason.code) == (Status.UNSIGNED, "PRINTED_ONLY")


def test_copy_saved_anew_with_its_signature_is_invalid(chain_of_six, online, tmp_path):
    with pikepdf.open(chain_of_six) as pdf:
        pdf.save(tmp_path / "saved.pdf")
    found = verify_file(tmp_path / "saved.pdf", online.anchors, online=True)
    assert found.status is Status.INVALID


# --- what the engine lets pass and the eye does not ----------------------------------------------


def with_text_field(path, target):
    """A text field beside the signature; its value may be filled, its look may not lie."""
    with pikepdf.open(path) as pdf:
        look = pdf.make_stream(b"/Tx BMC q 0 g 2 2 40 12 re f Q EMC")
        look.update({"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Form})
        look.BBox = [0, 0, 100, 20]
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T="so_tien",
                V="100",
                F=4,
                Rect=[100, 500, 200, 520],
                P=pdf.pages[0].obj,
                AP=pikepdf.Dictionary(N=look),
            )
        )
        pdf.pages[0].Annots = pikepdf.Array([field])
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[field])
        pdf.save(target)
    return target


def redraw(field_index, content):
    def change(writer):
        from pyhanko.pdf_utils import generic
        from pyhanko.pdf_utils.generic import pdf_name

        field = writer.root["/AcroForm"]["/Fields"][field_index]
        old = field["/AP"]["/N"]
        look = generic.StreamObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Form"),
                pdf_name("/BBox"): old["/BBox"],
            },
            stream_data=content,
        )
        field["/AP"] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(look)})
        writer.update_container(field)

    return change


def test_field_redrawn_but_not_filled_is_found_by_its_look(online, source, tmp_path):
    """The value stays, so that the engine names no changed field; the page shows another sum."""
    form = with_text_field(source, tmp_path / "form.pdf")
    signed = Tool().sign(form, tmp_path / "a.pdf", officer(online, "Nguyễn Văn An"))
    assert verify_file(signed, online.anchors, online=True).status is Status.VALID
    changed = tmp_path / "b.pdf"
    changed.write_bytes(update(signed, redraw(0, b"0 g 60 2 30 12 re f")))
    found = verify_file(changed, online.anchors, online=True)
    assert found.status is Status.INVALID
    assert found.signatures[0].facts.modification.pages == (0,)


def test_changed_boxes_are_where_the_change_is(online, source, tmp_path):
    form = with_text_field(source, tmp_path / "form.pdf")
    signed = Tool().sign(form, tmp_path / "a.pdf", officer(online, "Nguyễn Văn An"))
    (tmp_path / "b.pdf").write_bytes(update(signed, redraw(0, b"0 g 60 2 30 12 re f")))
    found = verify_file(tmp_path / "b.pdf", online.anchors, online=True)
    facts = [s.facts for s in found.signatures]
    seen = changes.compare(tmp_path / "b.pdf", facts, 3, pictures=True)
    (page,) = seen[facts[0].signed_until].pages
    for x0, y0, x1, y1 in page.boxes:
        assert 90 < x0 < x1 < 210
        assert 490 < y0 < y1 < 530
    for picture in (page.before, page.after, page.marked):
        assert picture.startswith(b"\x89PNG")
    assert page.before != page.after


def test_later_signature_that_also_redraws_another_field(online, source, tmp_path):
    """A trusted later signer is no licence to change the rest of the page."""
    form = with_text_field(source, tmp_path / "form.pdf")
    signed = Tool().sign(form, tmp_path / "a.pdf", officer(online, "Nguyễn Văn An"))
    (tmp_path / "b.pdf").write_bytes(update(signed, redraw(0, b"0 g 60 2 30 12 re f")))
    later = Tool(widgets=boxes(4)).sign(
        tmp_path / "b.pdf", tmp_path / "c.pdf", officer(online, "Trần Văn Bình"), "Later"
    )
    found = verify_file(later, online.anchors, online=True)
    assert found.status is Status.INVALID
    assert found.signatures[0].status is Status.INVALID
    assert found.signatures[1].status is Status.VALID


def test_expected_signer_is_a_certificate_and_not_a_name(chain_of_six, online):
    facts = [s.facts for s in verify_file(chain_of_six, online.anchors, online=True).signatures]
    wanted = [facts[0].signer_sha256, facts[5].signer_sha256]
    found = verify_file(chain_of_six, online.anchors, online=True, expected_signers=wanted)
    assert found.status is Status.VALID
    namesake = fingerprint(officer(online, OFFICES[0]).certificate)
    found = verify_file(chain_of_six, online.anchors, online=True, expected_signers=[namesake])
    assert (found.status, found.reason.code) == (Status.INVALID, "EXPECTED_SIGNER_MISSING")
