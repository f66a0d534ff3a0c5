"""Fonts: embedded, measured alike, and mapped to characters (ISO 19005-2 6.2.11, -1 6.3)."""

from __future__ import annotations

import io
import re

import pikepdf
from fontTools.ttLib import TTFont, TTLibError

from desk_app.pdf.clauses.inspection import (
    Inspection,
    Rule,
    containers,
    entries,
    items,
    label,
    name,
)

FONT_KIND = Rule(
    "6.2.11.2",
    "6.3.2",
    "Từ điển phông chữ thiếu mục bắt buộc hoặc sai kiểu",
    "A font dictionary lacks a required entry or is of an unknown type",
)
NOT_EMBEDDED = Rule(
    "6.2.11.4.1",
    "6.3.4",
    "Phông chữ không được nhúng trong tệp",
    "A font is not embedded",
)
SYSTEM_INFO = Rule(
    "6.2.11.3.1",
    "6.3.3.1",
    "CIDSystemInfo thiếu hoặc không khớp với bảng mã",
    "CIDSystemInfo is missing or does not fit the encoding",
)
GLYPH_MAP = Rule(
    "6.2.11.3.2",
    "6.3.3.2",
    "Phông CIDFontType2 thiếu CIDToGIDMap",
    "A CIDFontType2 font has no CIDToGIDMap",
)
CMAP = Rule(
    "6.2.11.3.3",
    "6.3.3.3",
    "CMap không được nhúng hoặc sai WMode",
    "A CMap is not embedded, or its WMode differs",
)
WIDTHS = Rule(
    "6.2.11.5",
    "6.3.6",
    "Độ rộng chữ trong tệp khác với phông chữ nhúng",
    "Widths in the file differ from those of the embedded font",
)
CID_SET = Rule(
    "6.2.11.4.2",
    "6.3.5",
    "CIDSet thiếu hoặc không liệt kê đủ ký tự của phông",
    "CIDSet is missing or does not list all characters of the font",
)
ENCODING = Rule(
    "6.2.11.6",
    "6.3.7",
    "Phông TrueType dùng bảng mã không được phép",
    "A TrueType font has an encoding that is not allowed",
)
TO_UNICODE = Rule(
    "6.2.11.7",
    "6.3.8",
    "Phông chữ không có bảng ToUnicode nên không tìm kiếm được (mức b không bắt buộc)",
    "A font has no ToUnicode map, its text cannot be searched (level b does not ask for it)",
)

_SIMPLE = {"/Type1", "/MMType1", "/TrueType"}
_DESCENDANTS = {"/CIDFontType0", "/CIDFontType2"}
_KINDS = _SIMPLE | _DESCENDANTS | {"/Type0", "/Type3"}
_IDENTITY = {"/Identity-H", "/Identity-V"}
_PREDEFINED = re.compile(
    r"/(GB|CNS|ETen|ETHK|ETenms|HKscs|B5pc|KSC|KSCms|KSCpc|83pv|90ms|90msp|90pv|Add|EUC|Ext|Uni|H|V)"
    r"[\w-]*"
)
_SUBSET = re.compile(r"/[A-Z]{6}\+")


def check(inspection: Inspection) -> None:
    """Apply the rules of this module."""
    for where, container in containers(inspection.pdf):
        keyed = entries(container)
        if name(keyed.get("/Type")) == "/Font":
            _check_font(inspection, where, keyed)
        for font in entries(keyed.get("/Font")).values():
            if name(entries(font).get("/Type")) not in ("/Font", ""):
                inspection.add(FONT_KIND, label(font, where))


def _check_font(inspection: Inspection, where: str, font: dict[str, pikepdf.Object]) -> None:
    kind = name(font.get("/Subtype"))
    if kind not in _KINDS or (kind != "/Type3" and not name(font.get("/BaseFont"))):
        inspection.add(FONT_KIND, where)
    elif kind == "/Type0":
        _check_composite(inspection, where, font)
    elif kind in _DESCENDANTS:
        _check_descendant(inspection, where, font)
    elif kind in _SIMPLE:
        _check_simple(inspection, where, font)


def _program(descriptor: object) -> pikepdf.Object | None:
    keyed = entries(descriptor)
    return next(
        (keyed[key] for key in ("/FontFile", "/FontFile2", "/FontFile3") if key in keyed), None
    )


def _check_composite(inspection: Inspection, where: str, font: dict[str, pikepdf.Object]) -> None:
    encoding = font.get("/Encoding")
    if isinstance(encoding, pikepdf.Stream):
        written = re.search(rb"/WMode\s+(\d)", encoding.read_bytes())
        if int(written[1] if written else 0) != encoding.get("/WMode", 0):
            inspection.add(CMAP, where)
    elif name(encoding) not in _IDENTITY and not _PREDEFINED.fullmatch(name(encoding)):
        inspection.add(CMAP, where)
    if len(items(font.get("/DescendantFonts"))) != 1:
        inspection.add(FONT_KIND, where)
    elif not _fits_system(encoding, items(font["/DescendantFonts"])[0]):
        inspection.add(SYSTEM_INFO, where)
    if not isinstance(font.get("/ToUnicode"), pikepdf.Stream):
        inspection.add(TO_UNICODE, where)


def _fits_system(encoding: object, descendant: object) -> bool:
    mine = _system(descendant)
    if isinstance(encoding, pikepdf.Stream):
        return mine == _system(encoding)
    return all(mine)


def _system(font: object) -> tuple[str, str]:
    info = entries(entries(font).get("/CIDSystemInfo"))
    return str(info.get("/Registry", "")), str(info.get("/Ordering", ""))


def _check_descendant(inspection: Inspection, where: str, font: dict[str, pikepdf.Object]) -> None:
    program = _program(font.get("/FontDescriptor"))
    if program is None:
        inspection.add(NOT_EMBEDDED, where)
        return
    cid_set = entries(font.get("/FontDescriptor")).get("/CIDSet")
    is_subset = bool(_SUBSET.match(name(font.get("/BaseFont"))))
    if inspection.is_part1 and is_subset and cid_set is None:
        inspection.add(CID_SET, where)
    if name(font.get("/Subtype")) == "/CIDFontType2":
        _check_truetype_cids(inspection, where, font, program, None if is_subset else cid_set)


def _check_truetype_cids(
    inspection: Inspection,
    where: str,
    font: dict[str, pikepdf.Object],
    program: pikepdf.Object,
    cid_set: pikepdf.Object | None,
) -> None:
    mapped = font.get("/CIDToGIDMap")
    if not isinstance(mapped, pikepdf.Stream) and name(mapped) != "/Identity":
        inspection.add(GLYPH_MAP, where)
        return
    advances = _advances(program)
    if advances is None:
        inspection.add(FONT_KIND, where)
        return
    glyphs = _glyphs(mapped, len(advances))
    for cid, width in _cid_widths(font.get("/W")):
        glyph = glyphs[cid] if cid < len(glyphs) else 0
        if glyph >= len(advances) or abs(advances[glyph] - width) > 1:
            inspection.add(WIDTHS, where)
    if cid_set is not None:
        bits = cid_set.read_bytes() if isinstance(cid_set, pikepdf.Stream) else b""
        if not all(_is_set(bits, cid) for cid, glyph in enumerate(glyphs) if glyph):
            inspection.add(CID_SET, where)


def _is_set(bits: bytes, cid: int) -> bool:
    return cid // 8 < len(bits) and bool(bits[cid // 8] & 0x80 >> cid % 8)


def _glyphs(mapped: object, count: int) -> list[int] | range:
    """Return the glyph of every CID."""
    if not isinstance(mapped, pikepdf.Stream):
        return range(count)
    data = mapped.read_bytes()
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data) - 1, 2)]


def _advances(program: pikepdf.Object) -> list[float] | None:
    """Return the advance of every glyph in thousandths of an em, None for a broken font."""
    if not isinstance(program, pikepdf.Stream):
        return None
    try:
        font = TTFont(io.BytesIO(program.read_bytes()), lazy=True)
        scale = 1000 / font["head"].unitsPerEm
        metrics = font["hmtx"].metrics
        return [metrics[glyph][0] * scale for glyph in font.getGlyphOrder()]
    except (TTLibError, KeyError, AssertionError, ValueError, ZeroDivisionError):
        return None


def _cid_widths(array: object) -> list[tuple[int, float]]:
    """Unfold a W array: c [w ...] or first last w."""
    widths: list[tuple[int, float]] = []
    pending = items(array)[::-1]
    while len(pending) > 1:
        first, second = int(pending.pop()), pending.pop()
        if isinstance(second, pikepdf.Array):
            widths += [(first + step, float(width)) for step, width in enumerate(items(second))]
        elif pending:
            width = float(pending.pop())
            last = min(int(second), 0xFFFF)
            widths += [(cid, width) for cid in range(first, last + 1)]
    return widths


def _check_simple(inspection: Inspection, where: str, font: dict[str, pikepdf.Object]) -> None:
    if _program(font.get("/FontDescriptor")) is None:
        inspection.add(NOT_EMBEDDED, where)
        return
    first, last = font.get("/FirstChar"), font.get("/LastChar")
    count = last - first + 1 if isinstance(first, int) and isinstance(last, int) else None
    if len(items(font.get("/Widths"))) != count:
        inspection.add(FONT_KIND, where)
    if name(font.get("/Subtype")) == "/TrueType":
        _check_truetype_encoding(inspection, where, font)


def _check_truetype_encoding(
    inspection: Inspection, where: str, font: dict[str, pikepdf.Object]
) -> None:
    encoding = font.get("/Encoding")
    is_symbolic = bool(int(entries(font.get("/FontDescriptor")).get("/Flags", 0)) & 4)
    base = name(encoding) or name(entries(encoding).get("/BaseEncoding"))
    fits = encoding is None if is_symbolic else base in ("/MacRomanEncoding", "/WinAnsiEncoding")
    if not fits:
        inspection.add(ENCODING, where)


RULES = (
    FONT_KIND,
    NOT_EMBEDDED,
    SYSTEM_INFO,
    GLYPH_MAP,
    CMAP,
    WIDTHS,
    CID_SET,
    ENCODING,
    TO_UNICODE,
)
