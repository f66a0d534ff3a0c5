"""Draw plain sheets of text and pictures as PDF/A-2b, with the font of the marks.

Everything is placed by hand: a report needs headings, paragraphs, rows and pictures, and no more.
"""

# ruff: noqa: ANN401 - objects of the PDF library

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name

from signing.appearance.font import MarkFont, mark_font
from signing.files import landing

_WIDTH, _HEIGHT = 595.28, 841.89
_MARGIN, _BOTTOM = 51.0, 62.0
TEXT_WIDTH = _WIDTH - 2 * _MARGIN

Colour = tuple[float, float, float]
BLACK: Colour = (0, 0, 0)
GREY: Colour = (0.35, 0.35, 0.35)

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<xmp:CreateDate>{time}</xmp:CreateDate>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


@dataclass
class _Page:
    content: list[str] = field(default_factory=list)
    images: dict[str, Any] = field(default_factory=dict)


class Sheet:
    """A document that is filled from top to bottom."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._pdf = pikepdf.new()
        self._font = mark_font()
        self._pages = [_Page()]
        self._y = _HEIGHT - _MARGIN

    def text(
        self,
        text: str,
        size_pt: float = 10.0,
        *,
        colour: Colour = BLACK,
        indent_pt: float = 0.0,
        after_pt: float = 2.0,
    ) -> None:
        """A paragraph, broken at spaces; words that are too long are broken anywhere."""
        for line in self._broken(text, size_pt, TEXT_WIDTH - indent_pt):
            self._room(size_pt * 1.3)
            self._y -= size_pt * 1.3
            self._line(line, size_pt, _MARGIN + indent_pt, colour)
        self._y -= after_pt

    def row(self, label: str, value: str, size_pt: float = 9.5, label_pt: float = 150.0) -> None:
        """A label and its value beside it."""
        lines = self._broken(value, size_pt, TEXT_WIDTH - label_pt) or [""]
        for number, line in enumerate(lines):
            self._room(size_pt * 1.3)
            self._y -= size_pt * 1.3
            if number == 0:
                self._line(label, size_pt, _MARGIN, GREY)
            self._line(line, size_pt, _MARGIN + label_pt, BLACK)

    def rule(self) -> None:
        """A thin line across."""
        self._room(12)
        self._y -= 8
        end = _MARGIN + TEXT_WIDTH
        self._put(f"0.6 G 0.5 w {_MARGIN:.2f} {self._y:.2f} m {end:.2f} {self._y:.2f} l S")
        self._y -= 4

    def pictures(self, images: list[bytes | None], height_pt: float = 330.0) -> None:
        """PNG pictures side by side."""
        shown = [self._image(image) for image in images if image is not None]
        if not shown:
            return
        share = (TEXT_WIDTH - 10 * (len(shown) - 1)) / len(shown)
        sizes = [_fitted(width, height, share, height_pt) for _, width, height in shown]
        tallest = max(height for _, height in sizes)
        self._room(tallest + 8)
        self._y -= tallest + 4
        for number, ((reference, _, _), (width, height)) in enumerate(
            zip(shown, sizes, strict=True)
        ):
            x = _MARGIN + number * (share + 10)
            name = f"I{len(self._pages[-1].images)}"
            self._pages[-1].images[name] = reference
            self._put(f"q {width:.2f} 0 0 {height:.2f} {x:.2f} {self._y:.2f} cm /{name} Do Q")
            self._put(f"0.6 G 0.5 w {x:.2f} {self._y:.2f} {width:.2f} {height:.2f} re S")
        self._y -= 4

    def save(self, target: Path, moment: datetime) -> None:
        """Write the document, atomically."""
        font = _font(self._pdf, self._font)
        for number, page in enumerate(self._pages, 1):
            self._foot(page, number)
            self._add(page, font)
        self._describe(moment)
        held = io.BytesIO()
        self._pdf.save(held, force_version="1.7", fix_metadata_version=False)
        with landing(target) as file:
            file.write(held.getvalue())

    # --- drawing ---------------------------------------------------------------------------

    def _room(self, height: float) -> None:
        if self._y - height < _BOTTOM:
            self._pages.append(_Page())
            self._y = _HEIGHT - _MARGIN

    def _put(self, operators: str) -> None:
        self._pages[-1].content.append(operators)

    def _line(self, text: str, size_pt: float, x: float, colour: Colour) -> None:
        red, green, blue = colour
        self._put(
            f"BT {red:g} {green:g} {blue:g} rg /F1 {size_pt:g} Tf {x:.2f} {self._y:.2f} Td "
            f"{self._font.encode(self._printable(text))} Tj ET"
        )

    def _foot(self, page: _Page, number: int) -> None:
        text = self._font.encode(self._printable(f"{self._title} – {number}/{len(self._pages)}"))
        page.content.append(f"BT 0.35 g /F1 8 Tf {_MARGIN:.2f} 36 Td {text} Tj ET")

    def _printable(self, text: str) -> str:
        """Letters that the font lacks become question marks: names come from anywhere."""
        composed = unicodedata.normalize("NFC", text)
        return "".join(c if ord(c) in self._font.glyphs else "?" for c in composed)

    def _broken(self, text: str, size_pt: float, width_pt: float) -> list[str]:
        lines: list[str] = []
        for word in self._printable(" ".join(text.split())).split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self._font.width_pt(longer, size_pt) <= width_pt:
                lines[-1] = longer
            else:
                lines += self._pieces(word, size_pt, width_pt)
        return lines

    def _pieces(self, word: str, size_pt: float, width_pt: float) -> list[str]:
        pieces = [""]
        for letter in word:
            if self._font.width_pt(pieces[-1] + letter, size_pt) > width_pt:
                pieces.append("")
            pieces[-1] += letter
        return pieces

    # --- objects ---------------------------------------------------------------------------

    def _image(self, png: bytes) -> tuple[Any, int, int]:
        from PIL import Image

        with Image.open(io.BytesIO(png)) as image:
            held = io.BytesIO()
            image.convert("RGB").save(held, "JPEG", quality=82)
            width, height = image.size
        stream = pikepdf.Stream(self._pdf, held.getvalue())
        stream.stream_dict = Dictionary(
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=width,
            Height=height,
            ColorSpace=Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=Name.DCTDecode,
        )
        return self._pdf.make_indirect(stream), width, height

    def _add(self, page: _Page, font: Any) -> None:
        self._pdf.add_blank_page(page_size=(_WIDTH, _HEIGHT))
        sheet = self._pdf.pages[-1]
        named = {f"/{name}": reference for name, reference in page.images.items()}
        sheet.Resources = Dictionary(Font=Dictionary(F1=font), XObject=Dictionary(named))
        sheet.Contents = self._pdf.make_stream("\n".join(page.content).encode("ascii"))

    def _describe(self, moment: datetime) -> None:
        profile = resources.files("pikepdf").joinpath("pdfa/data/sRGB.icc").read_bytes()
        icc = pikepdf.Stream(self._pdf, profile)
        icc.N = 3
        root = self._pdf.Root
        root.OutputIntents = Array(
            [
                Dictionary(
                    Type=Name.OutputIntent,
                    S=Name("/GTS_PDFA1"),
                    OutputConditionIdentifier="sRGB",
                    Info="sRGB",
                    DestOutputProfile=self._pdf.make_indirect(icc),
                )
            ]
        )
        xmp = _XMP.format(title=escape(self._title), time=moment.isoformat(timespec="seconds"))
        metadata = pikepdf.Stream(self._pdf, xmp.encode("utf-8"))
        metadata.Type, metadata.Subtype = Name.Metadata, Name.XML
        root.Metadata = self._pdf.make_indirect(metadata)


def _fitted(width: int, height: int, most_width: float, most_height: float) -> tuple[float, float]:
    scale = min(most_width / width, most_height / height)
    return width * scale, height * scale


def _font(pdf: pikepdf.Pdf, font: MarkFont) -> Any:
    """The mark's font as a composite font (ISO 32000-1 9.7), whole: it is a small subset."""
    name = Name(f"/AAAAAA+{font.name}")
    program = pdf.make_stream(font.program, Length1=len(font.program))
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=4,
        FontBBox=Array(list(font.bbox)),
        ItalicAngle=0,
        Ascent=font.ascent,
        Descent=font.descent,
        CapHeight=font.cap_height,
        StemV=80,
        FontFile2=program,
        CIDSet=pdf.make_stream(font.cid_set),
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=Dictionary(Registry="Adobe", Ordering="Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        CIDToGIDMap=Name.Identity,
        W=Array([0, Array(list(font.widths))]),
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=name,
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=pdf.make_stream(font.to_unicode),
        )
    )
