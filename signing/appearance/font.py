"""The font of the mark, as the engine and the preview need it: widths and glyph numbers."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from signing.errors import MarkUnusable

_FONT = Path(__file__).parent / "mark.ttf"


@dataclass(frozen=True)
class MarkFont:
    """Metrics in thousandths of an em, glyph numbers by code point."""

    name: str
    bbox: tuple[int, int, int, int]
    ascent: int
    descent: int
    cap_height: int
    widths: tuple[int, ...]
    """Advance width by glyph number; exactly the font program's own (ISO 19005-1 6.3.6)."""
    glyphs: dict[int, int]
    """Glyph number by code point."""

    @property
    def path(self) -> Path:
        """The font file, for a preview."""
        return _FONT

    @cached_property
    def program(self) -> bytes:
        """The TrueType file to embed."""
        return _FONT.read_bytes()

    def glyph_numbers(self, text: str) -> list[int]:
        """Glyph numbers of a text, composed first (NFC).

        Raises:
            MarkUnusable: the font lacks a character; a mark never prints a box instead.
        """
        composed = unicodedata.normalize("NFC", text)
        missing = [c for c in composed if ord(c) not in self.glyphs]
        if missing:
            raise MarkUnusable(
                f"the mark's font has no {missing[0]!r} (U+{ord(missing[0]):04X})",
                f"phông chữ của dấu ký không có ký tự {missing[0]!r}",
            )
        return [self.glyphs[ord(c)] for c in composed]

    def width_pt(self, text: str, size_pt: float) -> float:
        """How wide the text prints, in points."""
        return sum(self.widths[g] for g in self.glyph_numbers(text)) * size_pt / 1000

    def encode(self, text: str) -> str:
        """The text as a PDF hex string of two-byte glyph numbers."""
        return "<" + "".join(f"{g:04X}" for g in self.glyph_numbers(text)) + ">"

    @cached_property
    def to_unicode(self) -> bytes:
        """A ToUnicode CMap (ISO 32000-1 9.10.3), so that the mark can be read and searched."""
        pairs = sorted((glyph, code) for code, glyph in self.glyphs.items())
        lines = [f"<{glyph:04X}> <{code:04X}>" for glyph, code in dict(pairs[::-1]).items()]
        blocks = [lines[i : i + 100] for i in range(0, len(lines), 100)]
        body = "\n".join(
            f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks
        )
        return _CMAP.format(body=body).encode("ascii")

    @property
    def cid_set(self) -> bytes:
        """A bit for every glyph in the font program, first glyph in the highest bit.

        ISO 19005-1 6.3.5 asks for it with a subset; ISO 19005-2 6.2.11.4.2 that it be complete.
        """
        count = len(self.widths)
        bits = bytearray((count + 7) // 8)
        for glyph in range(count):
            bits[glyph // 8] |= 0x80 >> (glyph % 8)
        return bytes(bits)


_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{body}
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""


@lru_cache(maxsize=1)
def mark_font() -> MarkFont:
    """The one font of the marks, read once."""
    table = json.loads(_FONT.with_suffix(".json").read_text(encoding="ascii"))
    return MarkFont(
        name=table["name"],
        bbox=tuple(table["bbox"]),
        ascent=table["ascent"],
        descent=table["descent"],
        cap_height=table["cap_height"],
        widths=tuple(table["widths"]),
        glyphs={int(code): glyph for code, glyph in table["glyphs"].items()},
    )
