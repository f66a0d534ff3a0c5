"""Preservation metadata of an AIP (TT 05/2025/TT-BNV, annex I): what happened to which file.

PREMIS 3.0 names the kind of an object by its type; the circular asks for the element
objectCategory, which PREMIS 3.0 no longer has. The packages follow the circular, and their
PREMIS.xsd says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from desk_app.submission.packages import xml
from desk_app.submission.packages.describe import Description, Paper, vietnamese
from desk_app.submission.packages.xml import Ids

if TYPE_CHECKING:
    from lxml import etree

Node = tuple[str, str | Sequence["Node"]]
DIGITIZED = "transfer"
"""Event type that the circular fixes for digitization."""
PACKED = "information package creation"
OUTCOMES = {"valid": "00", "invalid": "02"}
"""Outcome codes of a validation; anything else is 01, partly successful."""


def of_package(description: Description, ids: Ids, software: str) -> bytes:
    """PREMIS.xml: the dossier as a whole."""
    code = description.values["arcFileCode"]
    objects = [_object("dossier", "intellectual entity", "arcFileCode", code, ids)]
    event = _event(ids, PACKED, description.recorded_at, "00", software, [("arcFileCode", code)])
    return _document([*objects, event, _agent(software)])


def of_representation(description: Description, ids: Ids, software: str) -> bytes:
    """PREMIS_rep1.xml: every file with its hash, its digitization and its signatures' verdict."""
    nodes: list[Node] = [
        _object(paper.document_id, "file", "docCode", paper.values["docCode"], ids, _file(paper))
        for paper in description.papers
    ]
    for paper in description.papers:
        nodes += _history(paper, ids, software)
    return _document([*nodes, _agent(software)])


def _history(paper: Paper, ids: Ids, software: str) -> list[Node]:
    target = [("docCode", paper.values["docCode"])]
    moment = vietnamese(paper.recorded_at)
    events = [_event(ids, DIGITIZED, moment, "00", software, target)]
    if paper.verdict:
        status = str(paper.verdict.get("status", ""))
        outcome = OUTCOMES.get(status, "01")
        events.append(_event(ids, "validation", moment, outcome, software, target, status))
    return events


def _object(
    what: str, category: str, kind: str, value: str, ids: Ids, more: Iterable[Node] = ()
) -> Node:
    identifier = [("objectIdentifierType", kind), ("objectIdentifierValue", value)]
    return (
        f"object xmlID={ids.of('premis', what)}",
        [("objectIdentifier", identifier), ("objectCategory", category), *more],
    )


def _file(paper: Paper) -> list[Node]:
    fixity = [
        ("messageDigestAlgorithm", "SHA-256"),
        ("messageDigest", (paper.sha256 or "").upper()),
    ]
    designation = [("formatName", "application/pdf")]
    return [
        (
            "objectCharacteristics",
            [
                ("compositionLevel", "0"), ("fixity", fixity), ("size", str(paper.size)),
                ("format", [("formatDesignation", designation)]),
            ],
        ),
        ("originalName", f"{paper.values['docId']}.pdf"),
    ]  # fmt: skip


def _event(
    ids: Ids, kind: str, moment: str, outcome: str, software: str,
    targets: Sequence[tuple[str, str]], note: str = "",
) -> Node:  # fmt: skip
    detail: list[Node] = (
        [("eventOutcomeDetail", [("eventOutcomeDetailNote", note)])] if note else []
    )
    linked: list[Node] = [
        ("linkingObjectIdentifier", [
            ("linkingObjectIdentifierType", name), ("linkingObjectIdentifierValue", value),
            ("linkingObjectRole", "outcome"),
        ])
        for name, value in targets
    ]  # fmt: skip
    identifier = [
        ("eventIdentifierType", "UUID"),
        ("eventIdentifierValue", ids.bare("event", kind, *targets)),
    ]
    return ("event", [
        ("eventIdentifier", identifier), ("eventType", kind), ("eventDateTime", moment),
        ("eventOutcomeInformation", [("eventOutcome", outcome), *detail]),
        ("linkingAgentIdentifier", [
            ("linkingAgentIdentifierType", "software"), ("linkingAgentIdentifierValue", software),
            ("linkingAgentRole", "executing program"),
        ]),
        *linked,
    ])  # fmt: skip


def _agent(software: str) -> Node:
    identifier = [("agentIdentifierType", "software"), ("agentIdentifierValue", software)]
    return (
        "agent",
        [("agentIdentifier", identifier), ("agentName", software), ("agentType", "software")],
    )


def _document(nodes: Sequence[Node]) -> bytes:
    from lxml import etree

    root = etree.Element(
        f"{{{xml.PREMIS}}}premis", {"version": "3.0"}, nsmap={None: xml.PREMIS, "xsi": xml.XSI}
    )
    _add(root, nodes)
    return xml.to_bytes(root)


def _add(parent: etree._Element, nodes: Sequence[Node]) -> None:
    from lxml import etree

    for name, content in nodes:
        tag, _, attribute = name.partition(" ")
        element = etree.SubElement(parent, f"{{{xml.PREMIS}}}{tag}")
        if attribute:
            key, _, value = attribute.partition("=")
            element.set(key, value)
        if isinstance(content, str):
            element.text = xml.text_of(content)
        else:
            _add(element, content)
