"""What a file says of itself beside its pages: title, author, keywords and other metadata.

The engine lets later revisions rewrite it, because honest programs do: they put down their own
name and the time. Anything else that is said anew was not signed, and viewers show the title in
the place of the file's name.
"""

# ruff: noqa: ANN401 - objects of whichever PDF reader is handed in

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

from signing.entries import entry

_BY_PROGRAMS = frozenset({"/Producer", "/Creator", "/ModDate", "/CreationDate", "/Trapped"})
_PDF = "{http://ns.adobe.com/pdf/1.3/}"
_KEYWORDS = f"{_PDF}Keywords"
_UNSAID = (
    "{http://ns.adobe.com/xap/1.0/}",  # program and times
    "{http://ns.adobe.com/xap/1.0/mm/}",  # identifiers of versions
    "{http://ns.adobe.com/xap/1.0/sType/",  # their history
    "{http://purl.org/dc/elements/1.1/}format",
)
_SYNTAX = ("{http://www.w3.org/", "{adobe:ns:meta/}")
"""Attributes that say nothing: rdf:about, xml:lang, the toolkit's name."""
_LARGEST = 1 << 20


def says_more_since(reader: Any, revision: int, broken: tuple[type[Exception], ...]) -> bool:
    """The file says something of itself that it did not say as of a revision, from 0."""
    if revision >= reader.xrefs.total_revisions - 1:
        return False
    then = description(reader.get_historical_resolver(revision), broken)
    return bool(description(reader, broken) - then - {""})


def description(state: Any, broken: tuple[type[Exception], ...]) -> frozenset[str]:
    """Every text that a state of the file says of itself, wherever it says it.

    Args:
        state: a reader of the file as it is or as it was.
        broken: what reading a hostile file raises.
    """
    found: set[str] = set()
    with contextlib.suppress(*broken):
        info = entry(state.trailer_view, "/Info", {})
        found |= {str(entry(info, key, "")) for key in info if key not in _BY_PROGRAMS}
    with contextlib.suppress(*broken):
        metadata = entry(state.root, "/Metadata")
        if metadata is not None:
            found |= set(_said(metadata))
    # The same keywords are one text in one place and a list in the other.
    return frozenset(" ".join(part.split()) for text in found for part in re.split("[,;]", text))


def _said(metadata: Any) -> Iterator[str]:
    if len(metadata.encoded_data) > _LARGEST:
        yield _opaque(metadata.encoded_data)
        return
    data = metadata.data
    try:
        # No entities: they can grow a kilobyte into gigabytes.
        if b"<!DOCTYPE" in data.replace(b"\0", b""):
            raise ValueError("a document type")
        root = ET.fromstring(data)
    except (ET.ParseError, ValueError):
        yield _opaque(data)
        return
    yield from _texts(root)


def _opaque(data: bytes) -> str:
    """What cannot be read may say anything: it is known by its hash."""
    return hashlib.sha256(data).hexdigest()


def _texts(root: ET.Element) -> Iterator[str]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.tag.startswith(_UNSAID) or node.tag.startswith(_PDF) != (node.tag == _KEYWORDS):
            continue
        yield node.text or ""
        for name, text in node.attrib.items():
            if not name.startswith((*_UNSAID, *_SYNTAX, _PDF)) or name == _KEYWORDS:
                yield text
        waiting += node
