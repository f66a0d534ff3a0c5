"""PDF files for the tests, made by hand with pikepdf: plain, rotated, cropped, and PDF/A."""

from __future__ import annotations

import re
from importlib import resources

import pikepdf

from signing.appearance.mark import PT_PER_MM

A4 = (210 * PT_PER_MM, 297 * PT_PER_MM)

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>{part}</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdf:Producer>papers</pdf:Producer>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def paper(path, pages=2, *, size=A4, rotate=0, crop=None, origin=(0, 0)):
    """Pages with a grey square and a line each."""
    pdf = pikepdf.new()
    for number in range(pages):
        pdf.add_blank_page(page_size=size)
        page = pdf.pages[-1]
        x, y = origin
        page.MediaBox = [x, y, x + size[0], y + size[1]]
        if crop:
            page.CropBox = list(crop)
        if rotate:
            page.Rotate = rotate
        content = f"q 0.8 g {50 + number} 50 100 100 re f Q".encode()
        page.Contents = pdf.make_stream(content)
    pdf.save(path)
    return path


def archive_paper(path, part=1):
    """A PDF/A-1b or PDF/A-2b file with an output intent and a picture."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=A4)
    page = pdf.pages[0]
    image = pikepdf.Stream(pdf, bytes(range(256)) * 3)
    image.update(
        {
            "/Type": pikepdf.Name.XObject,
            "/Subtype": pikepdf.Name.Image,
            "/Width": 16,
            "/Height": 16,
            "/ColorSpace": pikepdf.Name.DeviceRGB,
            "/BitsPerComponent": 8,
        }
    )
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I1=pdf.make_indirect(image)))
    page.Contents = pdf.make_stream(b"q 400 0 0 400 50 200 cm /I1 Do Q")
    profile = resources.files("pikepdf").joinpath("pdfa/data/sRGB.icc").read_bytes()
    icc = pikepdf.Stream(pdf, profile)
    icc.N = 3
    pdf.Root.OutputIntents = [
        pikepdf.Dictionary(
            Type=pikepdf.Name.OutputIntent,
            S=pikepdf.Name("/GTS_PDFA1"),
            OutputConditionIdentifier="sRGB",
            Info="sRGB",
            RegistryName="http://www.color.org",
            DestOutputProfile=pdf.make_indirect(icc),
        )
    ]
    metadata = pikepdf.Stream(pdf, _XMP.format(part=part).encode())
    metadata.Type, metadata.Subtype = pikepdf.Name.Metadata, pikepdf.Name.XML
    pdf.Root.Metadata = pdf.make_indirect(metadata)
    pdf.docinfo["/Producer"] = "papers"
    pdf.save(
        path,
        force_version="1.4" if part == 1 else "1.7",
        fix_metadata_version=False,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        compress_streams=False,
    )
    return path


def hybrid_paper(path):
    """A file with a hybrid cross-reference in its first revision, as Word's export writes it."""
    paper(path, 1)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    data = path.read_bytes()
    previous = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    size = int(re.search(rb"/Size (\d+)", data)[1])
    stream_at = len(data)
    entry = b"\x01" + stream_at.to_bytes(4) + b"\x00"
    stream = b"%d 0 obj\n<</Type/XRef/Size %d/Index[%d 1]/W[1 4 1]/Root 1 0 R/Length %d>>" % (
        *(size, size + 1, size),
        len(entry),
    )
    data += stream + b"stream\n" + entry + b"\nendstream\nendobj\n"
    table_at = len(data)
    data += b"xref\n0 0\ntrailer\n<</Size %d/Root 1 0 R/Prev %d/XRefStm %d>>\n" % (
        *(size + 1, previous),
        stream_at,
    )
    path.write_bytes(data + b"startxref\n%d\n%%%%EOF\n" % table_at)
    return path
