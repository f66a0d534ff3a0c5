"""The two METS files of a package and the descriptions beside them (TT 05/2025/TT-BNV).

The root METS points at the description of the dossier, the schemas and the representation's METS;
that one points at each document and its description, and says which belongs to which.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desk_app.submission.packages import xml
from desk_app.submission.packages.fields import FieldBook, Level
from desk_app.submission.packages.profiles import Agent, Profile
from desk_app.submission.packages.xml import Ids

if TYPE_CHECKING:
    from lxml import etree

REPRESENTATION = "representations/rep1"
GROUP = "Representations/rep1"


@dataclass(frozen=True, slots=True)
class File:
    """A file of a package as METS tells of it."""

    path: str
    """From the folder of the METS file that points at it."""
    size: int
    sha256: str
    mime: str
    created: str

    @classmethod
    def of(cls, path: str, data: bytes, mime: str, created: str) -> File:
        """A file whose content is at hand."""
        return cls(path, len(data), hashlib.sha256(data).hexdigest(), mime, created)


@dataclass(frozen=True, slots=True)
class Header:
    """What stands at the top of a METS file."""

    object_id: str
    label: str
    profile_url: str
    agent: Agent
    words: Mapping[str, object]
    """What the placeholders of the agent stand for."""
    created: str
    submission_agreement: str = ""


def description(book: FieldBook, level: Level, kind: str, values: Mapping[str, str]) -> bytes:
    """EAD.xml or EAD_doc.xml: every field in its order, empty where nothing is known."""
    from lxml import etree

    root = etree.Element("simpledc")
    for rule in book.rules(level, kind):
        etree.SubElement(root, rule.name).text = xml.text_of(values.get(rule.name, "")) or None
    return xml.to_bytes(root)


def package(
    header: Header, profile: Profile, ids: Ids, *, ead: File, premis: File | None,
    schemas: Sequence[File], representation: File,
) -> bytes:  # fmt: skip
    """The root METS."""
    root = _mets(header, profile, "schemas/")
    kind = profile.mets.metadata_type, profile.mets.other_metadata_type
    section = _metadata(root, ids, ead, kind, profile)
    administrative = _administrative(root, ids, premis, profile)
    groups = _sub(root, "fileSec", ID=ids.of("fileSec"))
    _group(groups, ids, "Schemas", schemas)
    group = _group(groups, ids, GROUP, [representation])
    top = _structure(root, ids, header.object_id, profile.mets.structure)
    _sub(top, "div", ID=ids.of("div", "metadata"), LABEL="Metadata", DMDID=section,
         **({"ADMID": administrative} if administrative else {}))  # fmt: skip
    division = _sub(top, "div", ID=ids.of("div", "schemas"), LABEL="Schemas")
    for each in schemas:
        _sub(division, "fptr", FILEID=ids.file(each.path))
    division = _sub(top, "div", ID=ids.of("div", "rep1"), LABEL=GROUP)
    pointer = _sub(division, "mptr", LOCTYPE="URL")
    _link(pointer, representation.path)
    pointer.set(f"{{{xml.XLINK}}}title", group)
    return xml.to_bytes(root)


def representation(
    header: Header, profile: Profile, ids: Ids, *, premis: File | None,
    documents: Sequence[tuple[File, File]],
) -> bytes:  # fmt: skip
    """The METS of rep1.

    Args:
        header: What stands at its top.
        profile: The kind of package.
        ids: Ids of this package.
        premis: Preservation metadata, in an AIP.
        documents: Each document's description and file.
    """
    root = _mets(header, profile, "../../schemas/")
    kind = profile.mets.document_metadata_type, ""
    sections = [_metadata(root, ids, ead, kind, profile) for ead, _ in documents]
    administrative = _administrative(root, ids, premis, profile)
    groups = _sub(root, "fileSec", ID=ids.of("fileSec"))
    _group(groups, ids, "Data", [data for _, data in documents])
    top = _structure(root, ids, "rep1", profile.mets.structure)
    division = _sub(top, "div", ID=ids.of("div", "data"), LABEL="Data")
    for _, data in documents:
        _sub(division, "fptr", FILEID=ids.file(data.path))
    links = _sub(top, "div", ID=ids.of("div", "links"), LABEL="MetadataLink")
    more = {"ADMID": administrative} if administrative else {}
    for section, (_, data) in zip(sections, documents, strict=True):
        link = _sub(links, "div", ID=ids.of("div", data.path), LABEL="MetadataLink/File",
                    DMDID=section, **more)  # fmt: skip
        _sub(link, "fptr", FILEID=ids.file(data.path))
    return xml.to_bytes(root)


def _mets(header: Header, profile: Profile, schemas: str) -> etree._Element:
    from lxml import etree

    spaces = {None: xml.METS, "xsi": xml.XSI, "xlink": xml.XLINK, "csip": xml.CSIP}
    known = [(xml.METS, "mets"), (xml.XLINK, "xlink"), (xml.CSIP, "csip")]
    if "sip" in profile.schemas:
        spaces["sip"] = xml.SIP
        known.append((xml.SIP, "sip"))
    root = etree.Element(f"{{{xml.METS}}}mets", nsmap=spaces)
    root.set("OBJID", header.object_id)
    root.set("LABEL", xml.text_of(header.label))
    root.set("TYPE", profile.mets.type)
    root.set("PROFILE", header.profile_url)
    root.set(f"{{{xml.CSIP}}}CONTENTINFORMATIONTYPE", "MIXED")
    places = [f"{space} {schemas}{profile.schemas[what]}" for space, what in known]
    root.set(f"{{{xml.XSI}}}schemaLocation", " ".join(places))
    _header(root, header, profile)
    return root


def _header(root: etree._Element, header: Header, profile: Profile) -> None:
    top = _sub(root, "metsHdr", CREATEDATE=header.created, LASTMODDATE=header.created,
               RECORDSTATUS="NEW")  # fmt: skip
    top.set(f"{{{xml.CSIP}}}OAISPACKAGETYPE", profile.kind)
    agent = _sub(top, "agent", ROLE="CREATOR", TYPE=header.agent.type)
    if header.agent.other_type is not None:
        agent.set("OTHERTYPE", header.agent.other_type)
    _sub(agent, "name").text = xml.text_of(header.agent.name.format_map(header.words))
    note = _sub(agent, "note")
    note.set(f"{{{xml.CSIP}}}NOTETYPE", header.agent.note_type)
    note.text = xml.text_of(header.agent.note.format_map(header.words))
    if header.submission_agreement:
        other = _sub(top, "altRecordID", TYPE="SUBMISSIONAGREEMENT")
        other.text = xml.text_of(header.submission_agreement)


def _metadata(
    root: etree._Element, ids: Ids, file: File, kind: tuple[str, str], profile: Profile
) -> str:
    identity = ids.of("dmd", file.path)
    section = _sub(root, "dmdSec", ID=identity, CREATED=file.created, STATUS="CURRENT")
    _reference(section, ids, file, kind, profile.mets.metadata_version)
    return identity


def _administrative(
    root: etree._Element, ids: Ids, premis: File | None, profile: Profile
) -> str | None:
    """The id that divisions refer to; None where nothing stands in amdSec."""
    if profile.mets.administrative == "none":
        return None
    section = _sub(root, "amdSec", ID=ids.of("amd"))
    if premis is None:
        return None
    identity = ids.of("digiprov")
    digital = _sub(section, "digiprovMD", ID=identity, CREATED=premis.created, STATUS="CURRENT")
    _reference(digital, ids, premis, ("PREMIS", ""), "3.0")
    return identity


def _reference(
    parent: etree._Element, ids: Ids, file: File, kind: tuple[str, str], version: str
) -> None:
    pointer = _sub(parent, "mdRef", ID=ids.of("mdRef", file.path), LOCTYPE="URL", MDTYPE=kind[0])
    if kind[1]:
        pointer.set("OTHERMDTYPE", kind[1])
    pointer.set("MDTYPEVERSION", version)
    _facts(pointer, file)
    _link(pointer, file.path)


def _group(parent: etree._Element, ids: Ids, use: str, files: Sequence[File]) -> str:
    identity = ids.of("group", use)
    group = _sub(parent, "fileGrp", ID=identity, USE=use)
    for each in files:
        file = _sub(group, "file", ID=ids.file(each.path))
        _facts(file, each)
        _link(_sub(file, "FLocat", LOCTYPE="URL"), each.path)
    return identity


def _structure(root: etree._Element, ids: Ids, label: str, kind: str) -> etree._Element:
    plan = _sub(root, "structMap", ID=ids.of("structMap"), LABEL="CSIP", TYPE="PHYSICAL")
    return _sub(plan, "div", ID=ids.of("div", "top"), LABEL=label, TYPE=kind)


def _facts(element: etree._Element, file: File) -> None:
    element.set("MIMETYPE", file.mime)
    element.set("SIZE", str(file.size))
    element.set("CREATED", file.created)
    element.set("CHECKSUM", file.sha256.upper())
    element.set("CHECKSUMTYPE", "SHA-256")


def _link(element: etree._Element, path: str) -> None:
    element.set(f"{{{xml.XLINK}}}type", "simple")
    element.set(f"{{{xml.XLINK}}}href", path)


def _sub(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    from lxml import etree

    return etree.SubElement(parent, f"{{{xml.METS}}}{tag}", attributes)
