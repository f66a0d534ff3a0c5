"""The mark as PDF objects that belong to no library: names, dictionaries and streams.

The engine hands them to its PDF writer, the preview to another one; what is drawn is the same.
Colours are device independent (CalGray, CalRGB), so that a mark neither needs nor contradicts
the output intent of a PDF/A file (ISO 19005-1 6.2.3, ISO 19005-2 6.2.4). A picture has a soft
mask where the file may hold transparency, and a fine stencil of one bit where it may not:
PDF/A-1 (ISO 19005-1 6.4), and PDF/A without an output intent (ISO 19005-2 6.2.10).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from signing.appearance.font import MarkFont, mark_font
from signing.appearance.images import Picture
from signing.appearance.placing import Placed


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
    return Stream(named, zlib.compress(data))


def may_blend(metadata: bytes, *, has_output_intent: bool) -> bool:
    """Whether a file may hold transparency, by what its XMP metadata claims to be.

    Args:
        metadata: the XMP packet, empty where there is none.
        has_output_intent: whether the catalogue has /OutputIntents.
    """
    found = _PART.search(metadata)
    return found is None or (found[1] != b"1" and has_output_intent)


_PART = re.compile(rb"pdfaid:part\s*(?:>\s*|=\s*[\"'])(\d)")


def form(placed: Placed, *, blend: bool) -> Stream:
    """The form XObject of a mark: the appearance of its widget (ISO 32000-1 12.5.5).

    Args:
        placed: the mark on its page.
        blend: whether the file may hold transparency.
    """
    mark = placed.mark
    resources: dict[str, Value] = {}
    if mark.runs:
        resources["/Font"] = {"/F1": font_object()}
        resources["/ColorSpace"] = {"/CS0": _GREY}
    if mark.picture is not None:
        resources["/XObject"] = {"/I1": _image(mark.picture.picture, blend)}
    return packed(
        mark.content,
        Type=Name("/XObject"),
        Subtype=Name("/Form"),
        BBox=[0.0, 0.0, mark.width_pt, mark.height_pt],
        Matrix=list(placed.matrix),
        Resources=resources,
    )


_D65 = [0.9505, 1.0, 1.089]
_GREY: Value = [Name("/CalGray"), {"/WhitePoint": _D65, "/Gamma": 2.2}]
_SRGB: Value = [
    Name("/CalRGB"),
    {
        "/WhitePoint": _D65,
        "/Gamma": [2.2, 2.2, 2.2],
        # The primaries of sRGB (IEC 61966-2-1).
        "/Matrix": [0.4124, 0.2126, 0.0193, 0.3576, 0.7152, 0.1192, 0.1805, 0.0722, 0.9505],
    },
]


@lru_cache(maxsize=8)
def _image(picture: Picture, blend: bool) -> Stream:
    """An image XObject with its mask (ISO 32000-1 8.9.5 and 8.9.6)."""
    mask: dict[str, Value]
    if blend:
        mask = {"SMask": _pixels(picture.width_px, picture.height_px, picture.alpha, "/DeviceGray")}
    else:
        stencil = picture.stencil()
        bits = packed(
            stencil.bits,
            **_size(stencil.width_px, stencil.height_px),
            ImageMask=True,
            BitsPerComponent=1,
        )
        mask = {"Mask": bits}
    return _pixels(picture.width_px, picture.height_px, picture.rgb, _SRGB, **mask)


def _pixels(width: int, height: int, data: bytes, space: Value, **more: Value) -> Stream:
    space = Name(space) if isinstance(space, str) else space
    size = _size(width, height)
    return packed(data, **size, ColorSpace=space, BitsPerComponent=8, **more)


def _size(width_px: int, height_px: int) -> dict[str, Value]:
    kind = {"Type": Name("/XObject"), "Subtype": Name("/Image")}
    return {**kind, "Width": width_px, "Height": height_px}


@lru_cache(maxsize=1)
def font_object() -> Indirect:
    """The font of the marks, embedded as a subset (ISO 32000-1 9.7)."""
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
