"""Schemas: those of METS as published, those of the descriptions made from the table of fields."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from desk_app.submission.packages import fields, xml
from desk_app.submission.packages.fields import FOLDER, FieldBook, Level, Rule

if TYPE_CHECKING:
    from lxml import etree

    from desk_app.submission.packages.profiles import Profile

PUBLISHED = {
    "mets": "mets.xsd",
    "xlink": "xlink.xsd",
    "csip": "DILCISExtensionMETS.xsd",
    "sip": "DILCISExtensionSIPMETS.xsd",
    "premis": "PREMIS.xsd",
}
LEVELS: tuple[Level, ...] = ("dossier", "document", "picture", "media")


def files(profile: Profile, book: FieldBook) -> dict[str, bytes]:
    """The schemas that a package carries, by file name."""
    found = {}
    for what, name in profile.schemas.items():
        if what in PUBLISHED:
            found[name] = (FOLDER / "schemas" / PUBLISHED[what]).read_bytes()
    for level in LEVELS:
        if level in profile.schemas:
            found[profile.schemas[level]] = description_schema(book, level, profile.kind)
    return found


def description_schema(book: FieldBook, level: Level, kind: str) -> bytes:
    """The schema of a description: every field once, in any order (`xs:all`)."""
    from lxml import etree

    root = etree.Element(f"{{{xml.XS}}}schema", nsmap={"xs": xml.XS})
    element = _sub(root, "element", name="simpledc")
    everything = _sub(_sub(element, "complexType"), "all")
    for rule in book.rules(level, kind):
        _restrict(_sub(everything, "element", name=rule.name), rule, book, kind)
    return xml.to_bytes(root)


def _restrict(element: etree._Element, rule: Rule, book: FieldBook, kind: str) -> None:
    inner = _sub(_sub(element, "simpleType"), "restriction", base="xs:string")
    pattern = _pattern(rule, book, kind)
    if pattern:
        optional = rule.required != "always"
        _sub(inner, "pattern", value=f"({pattern})?" if optional else pattern)
    elif rule.required == "always":
        _sub(inner, "minLength", value="1")
    _sub(inner, "maxLength", value=str(rule.length))


def _pattern(rule: Rule, book: FieldBook, kind: str) -> str:
    match rule.kind:
        case "number":
            return "[0-9]+"
        case "flag":
            return "[01]"
        case "date":
            day = r"[0-3][0-9]/[01][0-9]/[0-9]{4}"
            is_partial = kind == "AIP" and rule.name in ("startDate", "endDate")
            return rf"{day}|([01][0-9]/)?[0-9]{{4}}" if is_partial else day
        case "code" | "codes":
            one = "|".join(rule.table or {})
            more = rf"({re.escape(book.separator)}({one}))*" if rule.kind == "codes" else ""
            return f"({one}){more}"
    return ""


def _sub(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    from lxml import etree

    return etree.SubElement(parent, f"{{{xml.XS}}}{tag}", attributes)


@lru_cache(maxsize=1)
def mets_schema() -> etree.XMLSchema:
    """METS 1.12 with the attributes of CSIP and SIP; never from the network."""
    from lxml import etree

    folder = FOLDER / "schemas"
    parts = ((xml.METS, "mets"), (xml.XLINK, "xlink"), (xml.CSIP, "csip"), (xml.SIP, "sip"))
    imports = "".join(
        f'<xs:import namespace="{space}" schemaLocation="{(folder / PUBLISHED[what]).as_uri()}"/>'
        for space, what in parts
    )
    whole = f'<xs:schema xmlns:xs="{xml.XS}">{imports}</xs:schema>'
    return etree.XMLSchema(etree.fromstring(whole, etree.XMLParser(no_network=True)))


@lru_cache(maxsize=1)
def premis_schema() -> etree.XMLSchema:
    """What of PREMIS 3.0 our packages use, with the circular's objectCategory."""
    from lxml import etree

    path = FOLDER / "schemas" / PUBLISHED["premis"]
    return etree.XMLSchema(etree.parse(path, etree.XMLParser(no_network=True)))


@lru_cache(maxsize=8)
def compiled(level: Level, kind: str) -> etree.XMLSchema:
    """The schema of a description, ready to be asked."""
    from lxml import etree

    data = description_schema(fields.load(), level, kind)
    return etree.XMLSchema(etree.fromstring(data))


def faults(schema: etree.XMLSchema, root: etree._Element, most: int = 5) -> list[str]:
    """What a document does against a schema, the first few; without the values it quotes."""
    if schema.validate(root):
        return []
    entries = list(schema.error_log)
    return [f"{each.line}: {each.type_name}" for each in entries[:most]] or ["?"]
