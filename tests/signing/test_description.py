"""What a file says of itself: programs may put down their name and the time, nothing else."""

from __future__ import annotations

import io

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.reader import PdfFileReader

from signing import engine
from signing.policy import Policy
from signing.verify import report
from signing.verify.description import description
from signing.verify.facts import Status
from signing.verify.verdict import verify_file
from tests.signing.attacks import update
from tests.signing.papers import paper

PACKET = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="{tool}">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmp:CreatorTool="{tool}" {attributes}>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<pdf:Producer>{tool}</pdf:Producer><xmp:ModifyDate>{time}</xmp:ModifyDate>
<xmpMM:InstanceID>uuid:{time}</xmpMM:InstanceID>{more}
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def packet(title="Quyết định 15", tool="A", time="2026", more="", attributes=""):
    words = {"title": title, "tool": tool, "time": time, "more": more, "attributes": attributes}
    return PACKET.format(**words).encode()


@pytest.fixture(scope="module")
def signed(authority, tsa, tmp_path_factory):
    folder = tmp_path_factory.mktemp("described")
    with pikepdf.open(paper(folder / "a.pdf", 1)) as pdf:
        pdf.Root.Metadata = pdf.make_stream(packet(), Type=pikepdf.Name.Metadata)
        pdf.docinfo["/Title"] = "Quyết định 15"
        pdf.docinfo["/Keywords"] = "chứng thực; hộ tịch"
        pdf.save(folder / "b.pdf")
    policy = Policy(level="B-LT", anchors=authority.anchors, revocation=authority.revocation())
    key = authority.issue("Nguyễn Văn An")
    return engine.sign_file(folder / "b.pdf", folder / "c.pdf", key, policy, timestamper=tsa).path


def with_packet(data):
    def change(writer):
        writer._update_meta = lambda: None
        writer.root["/Metadata"]._data = data
        writer.root["/Metadata"]._encoded_data = None
        writer.update_container(writer.root["/Metadata"])

    return change


def with_info(**entries):
    def change(writer):
        writer._update_meta = lambda: None
        words = {pdf_name(f"/{k}"): generic.pdf_string(v) for k, v in entries.items()}
        info = dict(writer.trailer_view["/Info"]) | words
        writer.set_info(writer.add_object(generic.DictionaryObject(info)))

    return change


@pytest.mark.parametrize(
    "change",
    [
        with_packet(packet(tool="B", time="2027")),
        with_packet(packet(more="<pdf:Keywords>hộ tịch, chứng thực</pdf:Keywords>")),
        with_info(Producer="B", ModDate="D:20270101", Creator="C"),
        lambda writer: None,  # pyHanko's own way of putting both in step
    ],
)
def test_what_programs_put_down(change, signed, authority, tmp_path):
    later = tmp_path / "later.pdf"
    later.write_bytes(update(signed, change))
    found = verify_file(later, authority.anchors)
    assert found.status is Status.VALID, found.reason


@pytest.mark.parametrize(
    "change",
    [
        with_packet(packet(title="Quyết định 999")),
        with_packet(packet(attributes='pdf:Keywords="mật"')),
        with_packet(packet(more="<dc:creator>Giám đốc</dc:creator>")),
        with_packet(packet(more="<dc:note xmlns:dc='urn:x'>khác</dc:note>")),
        with_info(Title="Quyết định 999"),
        with_info(Author="Giám đốc"),
    ],
)
def test_what_the_signer_never_said(change, signed, authority, tmp_path):
    later = tmp_path / "later.pdf"
    later.write_bytes(update(signed, change))
    found = verify_file(later, authority.anchors)
    assert (found.status, found.reason.code) == (Status.INVALID, "DESCRIPTION_CHANGED")
    assert "tiêu đề" in found.reason.vi


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>",
        '<!DOCTYPE x [<!ENTITY a "b">]><x/>'.encode("utf-16"),
        b"<x>" * 20_000 + b"</x>" * 20_000,
        b"no xml",
        b"",
    ],
)
def test_hostile_metadata_ends(data, tmp_path):
    with pikepdf.open(paper(tmp_path / "a.pdf", 1)) as pdf:
        pdf.Root.Metadata = pdf.make_stream(data, Type=pikepdf.Name.Metadata)
        pdf.save(tmp_path / "b.pdf")
    reader = PdfFileReader(io.BytesIO((tmp_path / "b.pdf").read_bytes()))
    assert len(description(reader, (ValueError,))) <= 2


def test_the_facts_say_the_same_as_the_verdict(signed, authority, tmp_path):
    later = tmp_path / "later.pdf"
    later.write_bytes(update(signed, with_info(Title="Quyết định 999")))
    (facts,) = report.to_json(verify_file(later, authority.anchors))["signatures"]
    assert facts["facts"]["modification"]["code"] == "description"
    assert "tiêu đề" in facts["facts"]["modification"]["vi"]
