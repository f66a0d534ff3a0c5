"""The XMP packet, and whether the Info dictionary says the same (6.6; part 1: 6.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pikepdf

from desk_app.pdf.clauses.inspection import Inspection, Rule, entries, name

NO_METADATA = Rule(
    "6.6.2.1",
    "6.7.2",
    "Catalog không có stream Metadata đúng kiểu",
    "The catalog has no metadata stream of the right type",
)
FILTERED = Rule(
    "",
    "6.7.2",
    "Stream Metadata bị nén",
    "The metadata stream is filtered",
)
PACKET = Rule(
    "6.6.2.1",
    "6.7.5",
    "Phần đầu gói XMP có thuộc tính bytes hoặc encoding",
    "The XMP packet's header has a bytes or encoding attribute",
)
MALFORMED = Rule(
    "6.6.2.1",
    "6.7.9",
    "Gói XMP không phải XML/RDF đúng dạng bằng UTF-8",
    "The XMP packet is not well-formed XML/RDF in UTF-8",
)
UNKNOWN_PROPERTY = Rule(
    "6.6.2.3.1",
    "6.7.9",
    "Thuộc tính XMP không thuộc lược đồ chuẩn và không được khai báo mở rộng",
    "An XMP property belongs to no predefined schema and no extension schema declares it",
)
IDENTIFICATION = Rule(
    "6.6.4",
    "6.7.11",
    "XMP không ghi đúng phần và mức PDF/A (pdfaid)",
    "The packet does not state the right PDF/A part and conformance (pdfaid)",
)
DISAGREEMENT = Rule(
    "6.6.3",
    "6.7.3",
    "Info và XMP ghi khác nhau",
    "The Info dictionary and the packet disagree",
)

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_PDF = "{http://ns.adobe.com/pdf/1.3/}"
_XMP = "{http://ns.adobe.com/xap/1.0/}"
_ID = "{http://www.aiim.org/pdfa/ns/id/}"
_EXTENSION = "{http://www.aiim.org/pdfa/ns/extension/}"
_SCHEMA_NAMESPACE = "{http://www.aiim.org/pdfa/ns/schema#}namespaceURI"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_PREDEFINED = {
    _DC,
    _PDF,
    _XMP,
    _ID,
    _EXTENSION,
    "{http://ns.adobe.com/xap/1.0/rights/}",
    "{http://ns.adobe.com/xap/1.0/mm/}",
    "{http://ns.adobe.com/xap/1.0/bj/}",
    "{http://ns.adobe.com/xap/1.0/t/pg/}",
    "{http://ns.adobe.com/xmp/1.0/DynamicMedia/}",
    "{http://ns.adobe.com/photoshop/1.0/}",
    "{http://ns.adobe.com/camera-raw-settings/1.0/}",
    "{http://ns.adobe.com/tiff/1.0/}",
    "{http://ns.adobe.com/exif/1.0/}",
    "{http://ns.adobe.com/exif/1.0/aux/}",
}
_TWINS = {
    "/Title": _DC + "title",
    "/Author": _DC + "creator",
    "/Subject": _DC + "description",
    "/Keywords": _PDF + "Keywords",
    "/Creator": _XMP + "CreatorTool",
    "/Producer": _PDF + "Producer",
    "/CreationDate": _XMP + "CreateDate",
    "/ModDate": _XMP + "ModifyDate",
}
_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:Z|([+-])(\d\d)'?(\d\d)?'?)?")


def check(inspection: Inspection) -> None:
    """Apply the rules of this module."""
    stream = entries(inspection.pdf.Root).get("/Metadata")
    kinds = entries(stream)
    is_metadata = (name(kinds.get("/Type")), name(kinds.get("/Subtype"))) == ("/Metadata", "/XML")
    if not isinstance(stream, pikepdf.Stream) or not is_metadata:
        inspection.add(NO_METADATA, "catalog")
        return
    if "/Filter" in kinds:
        inspection.add(FILTERED, "metadata")
    packet = stream.read_bytes()
    if re.search(rb"<\?xpacket begin=[^>]*\b(bytes|encoding)\s*=", packet):
        inspection.add(PACKET, "metadata")
    properties = _properties(packet)
    if properties is None:
        inspection.add(MALFORMED, "metadata")
        return
    _check_identification(inspection, properties)
    _check_schemas(inspection, properties)
    _check_info(inspection, properties)


def _properties(packet: bytes) -> dict[str, ET.Element] | None:
    """Return the packet's properties by qualified name, None where it is no RDF."""
    try:
        text = packet.decode("utf-8-sig")
        # Entities could make a short packet long; XMP has no use for them.
        if "<!DOCTYPE" in text:
            return None
        root = ET.fromstring(text.strip().rstrip("\0"))
    except (UnicodeDecodeError, ET.ParseError):
        return None
    graph = root if root.tag == _RDF + "RDF" else root.find(_RDF + "RDF")
    if graph is None:
        return None
    return dict(_told(graph))


def _told(graph: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    for description in graph:
        for key, value in description.attrib.items():
            if not key.startswith(_RDF) and key != _LANGUAGE:
                element = ET.Element(key)
                element.text = value
                yield key, element
        for child in description:
            yield child.tag, child


def _value(element: ET.Element | None) -> str | None:
    """Return a property's text: the default language of a choice, the items of a list."""
    if element is None:
        return None
    listed = element.findall(f"*/{_RDF}li")
    default = [item for item in listed if item.get(_LANGUAGE) == "x-default"]
    if listed:
        return "; ".join(item.text or "" for item in default or listed)
    return element.text or ""


def _check_identification(inspection: Inspection, properties: dict[str, ET.Element]) -> None:
    part = _value(properties.get(_ID + "part"))
    level = _value(properties.get(_ID + "conformance"))
    levels = ("A", "B") if inspection.is_part1 else ("A", "B", "U")
    if part != inspection.part[0] or level not in levels:
        inspection.add(IDENTIFICATION, "metadata")


def _check_schemas(inspection: Inspection, properties: dict[str, ET.Element]) -> None:
    extension = properties.get(_EXTENSION + "schemas")
    declared = extension.iter(_SCHEMA_NAMESPACE) if extension is not None else ()
    known = _PREDEFINED | {f"{{{element.text}}}" for element in declared}
    if any(key.partition("}")[0] + "}" not in known for key in properties):
        inspection.add(UNKNOWN_PROPERTY, "metadata")


def _check_info(inspection: Inspection, properties: dict[str, ET.Element]) -> None:
    info = entries(inspection.pdf.trailer.get("/Info"))
    for key, twin in _TWINS.items():
        if key in info and not _agree(key, str(info[key]), _value(properties.get(twin))):
            inspection.add(DISAGREEMENT, f"Info {key}")


def _agree(key: str, info: str, packet: str | None) -> bool:
    if not key.endswith("Date"):
        return info == packet
    return packet is not None and _info_time(info) == _packet_time(packet)


def _info_time(text: str) -> datetime | str:
    found = _DATE.fullmatch(text)
    if not found:
        return text
    year, month, day, hour, minute, second, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    try:
        time = datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            tzinfo=UTC,
        )
    except ValueError:
        return text
    return time + offset if sign == "-" else time - offset


def _packet_time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)


RULES = (
    NO_METADATA,
    FILTERED,
    PACKET,
    MALFORMED,
    UNKNOWN_PROPERTY,
    IDENTIFICATION,
    DISAGREEMENT,
)
