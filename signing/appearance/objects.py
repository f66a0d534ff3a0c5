"""The mark as PDF objects that belong to no library: names, dictionaries and streams.

The engine hands them to its PDF writer, the preview to another one; what is drawn is the same.
Colours are device independent (CalGray, CalRGB), so that a mark neither needs nor contradicts
the output intent of a PDF/A file (ISO 19005-1 6.2.3, ISO 19005-2 6.2.4).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from signing.appearance.font import MarkFont, mark_font
from signing.appearance.mark import Mark


class Name(str):
    """A PDF name, with its slash."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """A PDF stream; always an indirect object."""

    entries: Mapping[str, Value]
    data: bytes
    """As it stands in the file: already compressed where the entries name a filter."""


@dataclass(frozen=True, slots=True)
class Indirect:
    """A dictionary that must be an object of its own (ISO 32000-1 table 117 and others)."""

    entries: Mapping[str, Value]


Value: TypeAlias = (
    Name | str | int | float | Sequence["Value"] | Mapping[str, "Value"] | Stream | Indirect
)
"""A string that is no Name is a PDF string."""

_SUBSET_TAG = "DESKVN"


def packed(data: bytes, **entries: Value) -> Stream:
    """A compressed stream."""
    named: dict[str, Value] = {f"/{key}": value for key, value in entries.items()}
    named["/Filter"] = Name("/FlateDecode")
    return Stream(named, zlib.compress(data, 9))


def form(mark: Mark) -> Stream:
    """The form XObject of a mark: the appearance of its widget (ISO 32000-1 12.5.5)."""
    return packed(
        mark.content,
        Type=Name("/XObject"),
        Subtype=Name("/Form"),
        BBox=[0.0, 0.0, mark.width_pt, mark.height_pt],
        Matrix=list(mark.matrix),
        Resources={"/Font": {"/F1": _font_object()}},
    )


@lru_cache(maxsize=1)
def _font_object() -> Indirect:
    font = mark_font()
    return _dictionary(
        Type=Name("/Font"),
        Subtype=Name("/Type0"),
        BaseFont=_font_name(font),
        Encoding=Name("/Identity-H"),
        DescendantFonts=[_descendant(font)],
        ToUnicode=packed(font.to_unicode),
    )


def _descendant(font: MarkFont) -> Indirect:
    return _dictionary(
        Type=Name("/Font"),
        Subtype=Name("/CIDFontType2"),
        BaseFont=_font_name(font),
        CIDSystemInfo={"/Registry": "Adobe", "/Ordering": "Identity", "/Supplement": 0},
        CIDToGIDMap=Name("/Identity"),
        FontDescriptor=_descriptor(font),
        W=[0, list(font.widths)],
        DW=1000,
    )


def _descriptor(font: MarkFont) -> Indirect:
    return _dictionary(
        Type=Name("/FontDescriptor"),
        FontName=_font_name(font),
        Flags=4,  # symbolic: glyph numbers, no encoding
        FontBBox=list(font.bbox),
        ItalicAngle=0,
        Ascent=font.ascent,
        Descent=font.descent,
        CapHeight=font.cap_height,
        StemV=80,
        FontFile2=packed(font.program, Length1=len(font.program)),
        CIDSet=packed(font.cid_set),
    )


def _font_name(font: MarkFont) -> Name:
    return Name(f"/{_SUBSET_TAG}+{font.name}")


def _dictionary(**entries: Value) -> Indirect:
    return Indirect({f"/{key}": value for key, value in entries.items()})
