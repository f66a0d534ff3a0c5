"""Build the font of the mark: Tinos, cut down to Latin and Vietnamese, at 1000 units per em.

    python -m signing.appearance.build_font /usr/share/fonts/truetype/croscore/Tinos-Regular.ttf

Tinos (Debian package fonts-croscore, SIL Open Font License 1.1, see OFL.txt) has the metrics of
Times New Roman and every Vietnamese letter. It is scaled from 2048 to 1000 units because PDF
widths are thousandths of an em: writers that copy font units set the letters twice too wide.
Layout tables are dropped: precomposed letters need none and parsing them costs time at every
signature. Beside the font stands a JSON table of widths, so that signing never parses the font.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

TARGET = Path(__file__).parent / "mark.ttf"
TABLE = TARGET.with_suffix(".json")

_BASES = "aăâeêioôơuưy"
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_PUNCTUATION = "–—‘’“”„…•№™€₫ "


def vietnamese_letters() -> str:
    """The 134 Vietnamese letters that are not plain ASCII consonants, both cases."""
    vowels = [unicodedata.normalize("NFC", b + t) for b in _BASES for t in ("", *_TONES)]
    small = [v for v in vowels if not v.isascii()] + ["đ"]
    return "".join(small + [s.upper() for s in small])


def characters() -> str:
    """Everything that a mark may print."""
    ascii_ = "".join(map(chr, range(0x20, 0x7F)))
    latin = "".join(chr(c) for c in range(0xA1, 0x180) if c != 0xAD)
    return ascii_ + latin + vietnamese_letters() + _PUNCTUATION


def build(source: Path, target: Path = TARGET) -> None:
    """Write the subset font and its table of widths."""
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(
        hinting=False, layout_features=[], notdef_outline=True, name_IDs=[0, 1, 2, 4, 5, 6, 13, 14]
    )
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "DSIG", "kern", "gasp", "FFTM"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters())
    subsetter.subset(font)
    scale_upem(font, 1000)
    font.save(target)
    table = json.dumps(_table(TTFont(target)), ensure_ascii=True, separators=(",", ":"))
    target.with_suffix(".json").write_text(table + "\n", encoding="ascii")


def _table(font: TTFont) -> dict[str, object]:
    """Widths and metrics in thousandths of an em."""
    order = {name: index for index, name in enumerate(font.getGlyphOrder())}
    metrics = font["hmtx"].metrics
    head, hhea, os2 = font["head"], font["hhea"], font["OS/2"]
    return {
        "name": "Tinos",
        "bbox": [head.xMin, head.yMin, head.xMax, head.yMax],
        "ascent": hhea.ascent,
        "descent": hhea.descent,
        "cap_height": getattr(os2, "sCapHeight", 0) or 662,
        "widths": [metrics[name][0] for name in font.getGlyphOrder()],
        "glyphs": {str(code): order[name] for code, name in sorted(font.getBestCmap().items())},
    }


if __name__ == "__main__":
    build(Path(sys.argv[1]))
