"""The invisible words: content operators, and the font that gives them letters but no ink."""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from desk_app.pdf.metadata import Part
from desk_app.pdf.placement import PlacedWord
from desk_app.pdf.writer import PdfWriter

FONT_FILE = Path(__file__).parents[2] / "resources" / "fonts" / "glyphless.ttf"
FONT_NAME = "DeskGlyphless"
_MAX_CID = 0xFFFF

_WIDTHS = {
    **dict.fromkeys("ijlI.,;:'!|()[]/ tfr-", 3),
    **dict.fromkeys("mwMWOQGCDHNKXYVAUR&", 8),
    **dict.fromkeys("BEFLPSTZJ", 6),
}
"""Tenths of an em that a letter is wide, by its letter without marks; 5 for all others."""


@lru_cache(maxsize=4096)
def _tenths(char: str) -> int:
    if unicodedata.east_asian_width(char) in ("W", "F"):
        return 10
    base = unicodedata.normalize("NFD", char)[0]
    return _WIDTHS.get({"đ": "d", "Đ": "D"}.get(base, base), 5)


class TextFont:
    """Numbers the characters as they are used and writes the font once at the end.

    Every character, of whatever plane, gets the next two-byte code. The codes stand on blank
    glyphs of the character's width, and ToUnicode tells readers which characters they are.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self._cids: dict[str, int] = {}

    @property
    def used(self) -> bool:
        """Whether any text has been shown."""
        return bool(self._cids)

    def code(self, text: str) -> str:
        """Return text as a hexadecimal string operand."""
        return "<" + "".join(f"{self._cid(char):04x}" for char in text) + ">"

    def show(self, words: Iterable[PlacedWord]) -> str:
        """Return the operators that lay words invisibly on the page (text rendering mode 3)."""
        operators, size = ["BT", "3 Tr"], None
        for word in words:
            if word.size != size:
                size = word.size
                operators.append(f"/F0 {size:.3f} Tf")
            stretch = _stretch(word.text, word.width, size)
            operators.append(f"{stretch} Tz 1 0 0 1 {word.x:.2f} {word.baseline:.2f} Tm")
            operators.append(f"{self.code(word.text)} Tj")
            if word.gap is not None:
                operators.append(f"{_stretch(' ', word.gap, size)} Tz {self.code(' ')} Tj")
        return "\n".join([*operators, "ET"])

    def write(self, writer: PdfWriter, part: Part) -> None:
        """Write the font with its widths and its map to Unicode (ISO 19005-2 6.2.11)."""
        program = FONT_FILE.read_bytes()
        file = _flate(writer, program, f"/Length1 {len(program)}")
        # PDF/A-1 wants the list of CIDs; PDF/A-2 only wants it to be right where it is given.
        cid_set = f" /CIDSet {_flate(writer, self._cid_set())} 0 R" if part == "1b" else ""
        descriptor = writer.add(
            f"<< /Type /FontDescriptor /FontName /{FONT_NAME} /Flags 4"
            " /FontBBox [0 -200 1000 800] /ItalicAngle 0 /Ascent 800 /Descent -200"
            f" /CapHeight 700 /StemV 80 /FontFile2 {file} 0 R{cid_set} >>",
            "fonts",
        )
        descendant = writer.add(
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{FONT_NAME}"
            " /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
            f" /FontDescriptor {descriptor} 0 R /DW 500 /W [1 [{self._advances()}]]"
            f" /CIDToGIDMap {_flate(writer, self._glyph_map())} 0 R >>",
            "fonts",
        )
        writer.add(
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{FONT_NAME} /Encoding /Identity-H"
            f" /DescendantFonts [{descendant} 0 R]"
            f" /ToUnicode {_flate(writer, self._to_unicode())} 0 R >>",
            "fonts",
            self.number,
        )

    def _cid(self, char: str) -> int:
        # CID 0 is .notdef, which may not be shown in any rendering mode (6.2.11.8).
        return self._cids.setdefault(char, min(len(self._cids) + 1, _MAX_CID))

    def _advances(self) -> str:
        return " ".join(str(_tenths(char) * 100) for char in self._cids)

    def _glyph_map(self) -> bytes:
        return b"\0\0" + b"".join(_tenths(char).to_bytes(2, "big") for char in self._cids)

    def _cid_set(self) -> bytes:
        count = len(self._cids) + 1
        bits = (1 << count) - 1
        length = (count + 7) // 8
        return (bits << (8 * length - count)).to_bytes(length, "big")

    def _to_unicode(self) -> bytes:
        pairs = [
            f"<{cid:04x}> <{char.encode('utf-16-be').hex()}>" for char, cid in self._cids.items()
        ]
        blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
        body = "\n".join(
            f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks
        )
        return (_CMAP % body).encode("ascii")


_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange
%s
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


def _stretch(text: str, width: float, size: float) -> str:
    """Return the horizontal scaling in percent that makes text as wide as its box."""
    natural = sum(map(_tenths, text)) * size / 10
    return f"{100 * width / natural:.2f}"


def _flate(writer: PdfWriter, data: bytes, entries: str = "") -> int:
    entries = f"/Filter /FlateDecode {entries}".rstrip()
    return writer.add_stream(entries, zlib.compress(data, 9), "fonts")
