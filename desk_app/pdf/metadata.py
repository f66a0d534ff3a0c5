"""What a file says of itself, twice and alike: the Info dictionary and the XMP packet.

The packet is written by hand: validators refuse some valid RDF that libraries write, and equal
input must give equal bytes (ISO 19005-1 6.7, ISO 19005-2 6.6).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from xml.sax.saxutils import escape

from desk_app.errors import UsageError

Part = Literal["2b", "1b"]

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # RFC 3066
_ILLEGAL_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What the file is, for the record."""

    title: str
    author: str = ""
    """The agency that digitized the paper."""
    subject: str = ""
    keywords: tuple[str, ...] = ()
    creator: str = "One-stop desk"
    """The program that scanned and read the paper."""
    producer: str = "One-stop desk"
    """The program that wrote the PDF."""
    created: str | None = None
    """ISO 8601 with offset; None for now. Given, equal pages make equal bytes."""
    language: str = "vi"
    """Tag of the language that the papers are in."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """A document's metadata, cleaned once so that both copies agree."""

    title: str
    author: str
    subject: str
    keywords: str
    creator: str
    producer: str
    created: datetime
    language: str

    @classmethod
    def of(cls, about: DocumentInfo) -> Metadata:
        """Clean what the caller said.

        Raises:
            UsageError: no title, a time that is not ISO 8601, a language tag that is none.
        """
        if not _plain(about.title):
            raise UsageError("the title is empty", detail_vi="tiêu đề để trống")
        if not _LANGUAGE.fullmatch(about.language):
            raise UsageError(f"language: {about.language}", detail_vi=f"ngôn ngữ: {about.language}")
        return cls(
            _plain(about.title),
            _plain(about.author),
            _plain(about.subject),
            "; ".join(filter(None, map(_plain, about.keywords))),
            _plain(about.creator),
            _plain(about.producer),
            _time(about.created),
            about.language,
        )

    def info(self) -> str:
        """Return the Info dictionary."""
        date = pdf_date(self.created)
        entries = {
            "Title": self.title,
            "Author": self.author,
            "Subject": self.subject,
            "Keywords": self.keywords,
            "Creator": self.creator,
            "Producer": self.producer,
        }
        told = " ".join(f"/{key} {pdf_text(value)}" for key, value in entries.items() if value)
        return f"<< {told} /CreationDate ({date}) /ModDate ({date}) >>"

    def xmp(self, part: Part) -> bytes:
        """Return the XMP packet."""
        time = self.created.isoformat(timespec="seconds")
        properties = [
            f"<pdfaid:part>{part[0]}</pdfaid:part>",
            "<pdfaid:conformance>B</pdfaid:conformance>",
            "<dc:format>application/pdf</dc:format>",
            _language_choice("dc:title", self.title),
            _list("dc:creator", "Seq", self.author),
            _language_choice("dc:description", self.subject),
            _list("dc:language", "Bag", self.language),
            _simple("pdf:Keywords", self.keywords),
            _simple("pdf:Producer", self.producer),
            _simple("xmp:CreatorTool", self.creator),
            _simple("xmp:CreateDate", time),
            _simple("xmp:ModifyDate", time),
            _simple("xmp:MetadataDate", time),
        ]
        return (_PACKET % "\n   ".join(filter(None, properties))).encode()


_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/">
   %s
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""


def pdf_text(value: str) -> str:
    """Return a PDF text string: UTF-16 with its mark, in hexadecimal."""
    return f"<{(chr(0xFEFF) + value).encode('utf-16-be').hex()}>"


def pdf_date(time: datetime) -> str:
    """Return a PDF date (ISO 32000-1 7.9.4)."""
    offset = time.strftime("%z")
    return time.strftime("D:%Y%m%d%H%M%S") + f"{offset[:3]}'{offset[3:5]}'"


def _plain(value: str) -> str:
    return " ".join(_ILLEGAL_XML.sub(" ", value).split())


def _time(value: str | None) -> datetime:
    try:
        time = datetime.fromisoformat(value) if value else datetime.now()
    except ValueError:
        raise UsageError(f"time: {value}", detail_vi=f"thời điểm: {value}") from None
    return (time if time.tzinfo else time.astimezone()).replace(microsecond=0)


def _simple(name: str, value: str) -> str:
    return f"<{name}>{escape(value)}</{name}>" if value else ""


def _list(name: str, container: str, value: str) -> str:
    if not value:
        return ""
    item = f"<rdf:li>{escape(value)}</rdf:li>"
    return f"<{name}><rdf:{container}>{item}</rdf:{container}></{name}>"


def _language_choice(name: str, value: str) -> str:
    if not value:
        return ""
    item = f'<rdf:li xml:lang="x-default">{escape(value)}</rdf:li>'
    return f"<{name}><rdf:Alt>{item}</rdf:Alt></{name}>"
