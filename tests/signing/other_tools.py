"""Signed files as other programs write them: incremental updates by hand, CMS by OpenSSL's program.

Nothing here goes through the engine under test. The quirks are those of programs in daily use:
direct form dictionaries, fonts put into the form's resources, changed document information,
`adbe.pkcs7.detached`, SHA-1, chains without the intermediate, unsigned attributes out of order.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from dataclasses import dataclass, field

import pikepdf
from asn1crypto import algos, core, tsp
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

RESERVED = 16_000


@dataclass
class Tool:
    """A signing program and its habits."""

    digest: str = "sha256"
    subfilter: str = "adbe.pkcs7.detached"
    with_chain: bool = True
    tsa: object = None
    widgets: tuple = ((0, (60, 60, 220, 120)),)
    """Pages and boxes of the mark; several make a field with kids."""
    mark: bytes = b"0 0 0.6 RG 1 1 158 58 re S BT /F1 10 Tf 6 30 Td (Ky boi) Tj ET"
    fonts_into_form: bool = True
    touches_info: bool = True
    extra_unsigned: bytes = b""
    """DER put where the unsigned attributes are."""
    extra_objects: tuple = field(default_factory=tuple)
    options: tuple | None = None
    """For OpenSSL's program, in place of those that the format asks for."""
    rework: object = None
    """A function of the finished message that returns another."""

    def sign(self, source, target, key, name="Signature1"):
        data = _prepared(source, self, name)
        start, end, spans = _gap(data)
        data = _with_range(data, spans)
        content = b"".join(data[a : a + b] for a, b in spans)
        message = self._stamped(_cms(content, key, self, target.parent))
        if self.rework is not None:
            message = self.rework(message)
        assert len(message) * 2 <= end - start - 2
        filled = message.hex().encode().ljust(end - start - 2, b"0")
        target.write_bytes(data[: start + 1] + filled + data[end - 1 :])
        return target

    def _stamped(self, message):
        """Add a timestamp token, and oddities, to the unsigned attributes."""
        attributes = self.extra_unsigned
        if self.tsa is not None:
            token = _token(self.tsa, _signature_value(message))
            attributes = _attribute(token) + attributes
        if not attributes:
            return message
        # ContentInfo, [0], SignedData, signerInfos, the signer: appended behind its last element.
        return _appended(message, (-1, 0, -1, 0), _tlv(b"\xa1", attributes))


def _appended(data, path, extra):
    """The element with more at the end of one of its descendants, every length mended.

    By hand: the ASN.1 library takes minutes to encode some messages anew.
    """
    parts = _parts(data)
    if path:
        index = path[0] % len(parts)
        parts[index] = _appended(parts[index], path[1:], extra)
    else:
        parts.append(extra)
    return _tlv(data[:1], b"".join(parts))


def _parts(data):
    body, parts = _content(data), []
    while body:
        size = sum(_length(body))
        parts.append(body[:size])
        body = body[size:]
    return parts


def _signature_value(message):
    signer = _parts(_parts(_parts(_parts(message)[-1])[0])[-1])[0]
    return _content(_parts(signer)[5])


def _attribute(token):
    oid = core.ObjectIdentifier("1.2.840.113549.1.9.16.2.14").dump()
    return _tlv(b"\x30", oid + _tlv(b"\x31", token))


def _length(data):
    first = data[1]
    if first < 0x80:
        return first, 2
    count = first & 0x7F
    return int.from_bytes(data[2 : 2 + count], "big"), 2 + count


def _content(data):
    length, header = _length(data)
    return data[header : header + length]


def _tlv(tag, content):
    size = len(content)
    if size < 0x80:
        return tag + bytes([size]) + content
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return tag + bytes([0x80 | len(raw)]) + raw + content


def _token(tsa, value):
    imprint = tsp.MessageImprint(
        {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "hashed_message": hashlib.sha256(value).digest(),
        }
    )
    request = tsp.TimeStampReq(
        {"version": "v1", "message_imprint": imprint, "nonce": 5, "cert_req": True}
    )
    return _parts(tsa.request(request.dump()))[1]


def _cms(content, key, tool, folder):
    """What OpenSSL's own program makes of it."""
    files = {
        "key.pem": key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "cert.pem": key.certificate.public_bytes(Encoding.PEM),
        "chain.pem": b"".join(c.public_bytes(Encoding.PEM) for c in key.chain),
        "content.bin": content,
    }
    for name, value in files.items():
        (folder / name).write_bytes(value)
    command = ["openssl", "cms", "-sign", "-binary", "-outform", "DER", "-md", tool.digest]
    command += ["-in", "content.bin", "-signer", "cert.pem", "-inkey", "key.pem", "-nosmimecap"]
    if tool.options is not None:
        command += tool.options
    elif tool.subfilter.startswith("ETSI"):
        command += ["-cades"]
    if tool.with_chain and key.chain:
        command += ["-certfile", "chain.pem"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=30, check=True)
    return done.stdout


# --- the update ----------------------------------------------------------------------------------


def _prepared(source, tool, name):
    """The file with one more revision: field, widgets, form, catalogue; signature still empty."""
    data = source.read_bytes()
    with pikepdf.open(source) as pdf:
        update = _Update(data, pdf)
        return update.with_signature(tool, name)


class _Update:
    def __init__(self, data, pdf):
        self.data, self.pdf = data, pdf
        self.next = int(pdf.trailer.Size)
        self.objects = {}

    def new(self, body=b""):
        number = self.next
        self.next += 1
        self.objects[number] = body
        return number

    def with_signature(self, tool, name):
        font = self.new(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
        value = self.new(
            b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/%s/M(D:20260302090500+07'00')"
            b"/ByteRange [0 0000000000 0000000000 0000000000]/Contents <%s>>>"
            % (tool.subfilter.encode(), b"0" * RESERVED)
        )
        widgets = [self._widget(font, page, box, tool) for page, box in tool.widgets]
        field_number = self._field(name, value, widgets)
        for page, number in widgets:
            self._annotate(page, number if len(widgets) > 1 else field_number)
        self._catalogue(field_number, font, tool)
        for number, body in tool.extra_objects:
            self.objects[number] = body
        return self._written(tool)

    def _widget(self, font, page, box, tool):
        look = self.new(
            b"<</Type/XObject/Subtype/Form/BBox[0 0 %d %d]/Resources<</Font<</F1 %d 0 R>>>>"
            b"/Length %d>>\nstream\n%s\nendstream"
            % (box[2] - box[0], box[3] - box[1], font, len(tool.mark), tool.mark)
        )
        owner = self.pdf.pages[page].obj.objgen[0]
        body = b"/Type/Annot/Subtype/Widget/F 132/Rect[%d %d %d %d]/P %d 0 R/AP<</N %d 0 R>>" % (
            *box,
            owner,
            look,
        )
        return page, self.new(body)

    def _field(self, name, value, widgets):
        own = b"/FT/Sig/T(%s)/V %d 0 R" % (name.encode(), value)
        if len(widgets) == 1:
            number = widgets[0][1]
            self.objects[number] = b"<<" + self.objects[number] + own + b">>"
            return number
        parent = self.new()
        for _, number in widgets:
            self.objects[number] = b"<<" + self.objects[number] + b"/Parent %d 0 R>>" % parent
        kids = b" ".join(b"%d 0 R" % number for _, number in widgets)
        self.objects[parent] = b"<<" + own + b"/Kids[" + kids + b"]>>"
        return parent

    def _annotate(self, page, widget):
        obj = self.pdf.pages[page].obj
        known = obj.get("/Annots", pikepdf.Array())
        parts = [b"%d 0 R" % a.objgen[0] for a in known] + [b"%d 0 R" % widget]
        if "/Annots" in obj:
            del obj["/Annots"]
        body = obj.unparse(resolved=True)
        assert body.endswith(b">>")
        # A direct array, as iText writes it.
        earlier = self.objects.get(obj.objgen[0])
        if earlier is not None:
            self.objects[obj.objgen[0]] = earlier.replace(b"]>>", b" " + parts[-1] + b"]>>")
            return
        self.objects[obj.objgen[0]] = body[:-2] + b"/Annots[" + b" ".join(parts) + b"]>>"

    def _catalogue(self, field_number, font, tool):
        root = self.pdf.Root
        form = root.get("/AcroForm", pikepdf.Dictionary())
        fields = [b"%d 0 R" % f.objgen[0] for f in form.get("/Fields", pikepdf.Array())]
        fields.append(b"%d 0 R" % field_number)
        body = b"<</Fields[" + b" ".join(fields) + b"]/SigFlags 3"
        if tool.fonts_into_form:
            body += b"/DR<</Font<</Helv %d 0 R>>>>/DA(/Helv 0 Tf 0 g )" % font
        body += b">>"
        if "/AcroForm" in root and root.AcroForm.objgen[0]:
            self.objects[root.AcroForm.objgen[0]] = body
            return
        if "/AcroForm" in root:
            del root["/AcroForm"]
        self.objects[root.objgen[0]] = (
            root.unparse(resolved=True)[:-2] + b"/AcroForm " + body + b">>"
        )

    def _written(self, tool):
        info = b""
        if tool.touches_info:
            number = self.new(b"<</Producer(Other tool; modified)/ModDate(D:20260302090500Z)>>")
            info = b"/Info %d 0 R" % number
        out, places = bytearray(self.data), {}
        out += b"\n"
        for number in sorted(self.objects):
            places[number] = len(out)
            out += b"%d 0 obj\n%s\nendobj\n" % (number, self.objects[number])
        previous = int(re.findall(rb"startxref\s+(\d+)", self.data)[-1])
        at = len(out)
        out += b"xref\n"
        for number in sorted(places):
            out += b"%d 1\n%010d 00000 n \n" % (number, places[number])
        root = self.pdf.Root.objgen[0]
        out += b"trailer\n<</Size %d/Root %d 0 R%s/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
            *(self.next, root, info, previous, at),
        )
        return bytes(out)


def _gap(data):
    start = data.rindex(b"/Contents <") + len(b"/Contents ")
    end = data.index(b">", start) + 1
    return start, end, ((0, start), (end, len(data) - end))


def _with_range(data, spans):
    old = b"/ByteRange [0 0000000000 0000000000 0000000000]"
    new = b"/ByteRange [0 %d %d %d]" % (spans[0][1], *spans[1])
    assert data.count(old) == 1
    return data.replace(old, new.ljust(len(old)))


def malformed_attribute():
    """An attribute whose value is no set, as some programs have written it."""
    oid = core.ObjectIdentifier("1.2.840.113549.1.9.16.2.14").dump()
    return _tlv(b"\x30", oid + core.OctetString(b"not a token").dump())
