"""Build glyphless.ttf, the font of the invisible text layer; run by hand, the result is kept.

The font draws nothing. Glyph k (k = 1..10) is blank and k/10 em wide, so that a character can be
given a width near its printed one and a selection in a viewer follows the picture. No outline is
taken from any other font.
"""

from __future__ import annotations

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

UNITS_PER_EM = 1000
ASCENT, DESCENT = 800, -200
WIDTHS = range(100, 1001, 100)
EPOCH_1904 = 3_786_912_000  # 2024-01-01 in seconds since 1904: the same bytes on every build


def build(path: Path) -> None:
    """Write the font to path."""
    order = [".notdef", *(f"blank{width}" for width in WIDTHS)]
    builder = FontBuilder(UNITS_PER_EM, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({0x20: "blank300", 0xA0: "blank300"})
    advances = {".notdef": 500} | {f"blank{width}": width for width in WIDTHS}
    builder.setupGlyf({name: _blank(advances[name]) for name in order})
    builder.setupHorizontalMetrics({name: (advances[name], 0) for name in order})
    builder.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
    builder.setupNameTable({"familyName": "DeskGlyphless", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=ASCENT, sTypoDescender=DESCENT, fsType=0)
    builder.setupPost(keepGlyphNames=False)
    builder.font.recalcTimestamp = False
    builder.font["head"].created = builder.font["head"].modified = EPOCH_1904
    builder.save(path)


def _blank(width: int) -> Glyph:
    """Return a glyph that is a line from corner to corner: no area, but the extent of a letter.

    Readers take a letter's height for their selection from its outline.
    """
    pen = TTGlyphPen(None)
    pen.moveTo((0, DESCENT))
    pen.lineTo((width, ASCENT))
    pen.lineTo((0, DESCENT))
    pen.closePath()
    return pen.glyph()


if __name__ == "__main__":
    build(Path(__file__).with_name("glyphless.ttf"))
