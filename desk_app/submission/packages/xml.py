"""The few things that every XML file of a package needs: namespaces, ids, bytes, safe reading."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING

from desk_app.errors import UnusableInput

if TYPE_CHECKING:
    from lxml import etree

METS = "http://www.loc.gov/METS/"
XLINK = "http://www.w3.org/1999/xlink"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
SIP = "https://DILCIS.eu/XML/METS/SIPExtensionMETS"
PREMIS = "http://www.loc.gov/premis/v3"
XS = "http://www.w3.org/2001/XMLSchema"
MAX_BYTES = 256 << 20
"""XML larger than this is not read: a METS of 100,000 files has 100 MB."""
_DOCTYPE = tuple("<!DOCTYPE".encode(code) for code in ("ascii", "utf-16-le", "utf-16-be"))


class Ids:
    """Ids of one package: the same content gives the same ones."""

    def __init__(self, seed: str) -> None:
        self._space = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:vn:hoso:{seed}")

    def bare(self, *of: object) -> str:
        """A UUID in upper case."""
        return str(uuid.uuid5(self._space, "|".join(map(str, of)))).upper()

    def of(self, *what: object) -> str:
        """An id for anything but a file."""
        return f"uuid-{self.bare(*what)}"

    def file(self, *what: object) -> str:
        """An id for a `file` element."""
        return f"ID-{self.bare(*what)}"


BLANK = "00000000-0000-8000-8000-000000000000"
"""Stands for the package's id while the bytes that it is made of are written."""


def own_id(mets_with_blank: bytes) -> str:
    """The id of a package, made from its root METS (UUID version 8, RFC 9562).

    Every other file's hash stands in the METS files; nothing vouches for the root METS itself.
    With its hash as the package's id, a changed root METS no longer fits its own name.
    """
    digest = bytearray(hashlib.sha256(mets_with_blank).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest))).upper()


def to_bytes(root: etree._Element) -> bytes:
    """A document as UTF-8 with declaration and indents."""
    from lxml import etree

    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def parse(data: bytes, name: str) -> etree._Element:
    """Read XML that may come from a stranger: no document type, no entities, no network.

    Raises:
        UnusableInput: It is not XML or has a document type.
    """
    from lxml import etree

    if len(data) > MAX_BYTES or any(mark in data for mark in _DOCTYPE):
        raise UnusableInput("DOCTYPE / > 256 MiB", file=name)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        place = f" (dòng {fault.lineno})" if isinstance(fault, etree.XMLSyntaxError) else ""
        raise UnusableInput(
            f"it is not XML ({fault})", file=name, detail_vi=f"không phải XML{place}"
        ) from fault


def text_of(value: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return "".join(
        c
        for c in value
        if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff" and not "\ud800" <= c <= "\udfff")
    )
