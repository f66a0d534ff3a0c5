"""One side of a sheet and the typewriter that fills it: lines, leaders, tables, signatures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from .fonts import Style, font

DPI = 300
A4_PX = (2480, 3508)
"""210 × 297 mm at 300 dpi."""
BLACK = (28, 27, 30)
"""Toner is not quite black, and never even."""
_LEADER = "."
LEADER_MM = 15
"""What typed forms keep of their dotted lines; 0 for certificates printed from a register."""


def mm(length_mm: float) -> int:
    """Millimetres to pixels at the drawing's 300 dpi."""
    return round(length_mm * DPI / 25.4)


def pt(size_pt: float) -> int:
    """Typographic points to pixels at the drawing's 300 dpi."""
    return round(size_pt * DPI / 72)


@dataclass(frozen=True, slots=True)
class _Run:
    """A word in one style."""

    text: str
    style: Style


def _runs(text: str, style: Style = "") -> list[_Run]:
    """Split at spaces; a part between asterisks is bold."""
    bold = style if "b" in style else "b" + style
    runs: list[_Run] = []
    for index, part in enumerate(text.split("*")):
        runs += [_Run(word, bold if index % 2 else style) for word in part.split()]
    return runs


def plain(text: str) -> str:
    """The text without its bold marks."""
    return " ".join(text.replace("*", "").split())


class Sheet:
    """One side of an A4 sheet, filled from top to bottom.

    ``y`` is the pen's height: the top of the line to write next. ``texts`` keeps what was
    written, paragraph by paragraph, so that the truth does not depend on where lines broke.
    """

    def __init__(
        self,
        left_mm: float = 28,
        right_mm: float = 17,
        top_mm: float = 17,
        leading: float = 1.36,
    ) -> None:
        self.image = Image.new("RGB", A4_PX, (255, 255, 255))
        self.draw = ImageDraw.Draw(self.image)
        self.left, self.right = mm(left_mm), A4_PX[0] - mm(right_mm)
        self.y = mm(top_mm)
        self.size_pt = 13.5
        self.leading = leading
        self.texts: list[str] = []

    @property
    def centre_x(self) -> int:
        """Middle of the type area."""
        return (self.left + self.right) // 2

    @property
    def line_px(self) -> int:
        """Height of one line of running text."""
        return round(pt(self.size_pt) * self.leading)

    def skip(self, height_mm: float) -> None:
        """Leave some white."""
        self.y += mm(height_mm)

    def write(
        self,
        x: int,
        y: int,
        text: str,
        *,
        size_pt: float | None = None,
        style: Style = "",
        role: str = "serif",
        anchor: str = "ls",
        colour: tuple[int, int, int] = BLACK,
    ) -> int:
        """Write one line without recording it.

        Args:
            x: Where the anchor stands.
            y: Height of the base line.
            text: What to write.
            size_pt: Size; the sheet's own if not given.
            style: '', 'b', 'i' or 'bi'.
            role: ``serif``, ``sans`` or ``zone``.
            anchor: Pillow's anchor: ``ls`` left, ``ms`` middle, ``rs`` right.
            colour: Ink.

        Returns:
            Width of the line in pixels.
        """
        face = font(role, style, pt(size_pt or self.size_pt))
        self.draw.text((x, y), text, font=face, fill=colour, anchor=anchor)
        return round(face.getlength(text))

    def centred(
        self, text: str, *, x: int | None = None, size_pt: float | None = None, style: Style = ""
    ) -> None:
        """Write one recorded line in the middle (of the page, or of ``x``) and go on below it."""
        size = size_pt or self.size_pt
        middle = self.centre_x if x is None else x
        self.write(middle, self.y + pt(size), text, size_pt=size, style=style, anchor="ms")
        self.texts.append(text)
        self.y += round(pt(size) * self.leading)

    def rule(self, x: int, width_mm: float, *, gap_mm: float = 0.6, thick: int = 3) -> None:
        """Draw a short rule in the middle of ``x``, as under the national motto."""
        y = self.y + mm(gap_mm)
        half = mm(width_mm) // 2
        self.draw.rectangle((x - half, y, x + half, y + thick - 1), fill=BLACK)
        self.y = y + mm(1)

    def national_header(self, x: int | None = None, size_pt: float = 13) -> None:
        """Write the state's name and motto with its rule."""
        middle = self.centre_x if x is None else x
        self.centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", x=middle, size_pt=size_pt, style="b")
        self.centred("Độc lập - Tự do - Hạnh phúc", x=middle, size_pt=size_pt + 0.8, style="b")
        self.rule(middle, 52)

    def agency_header(self, agency: Sequence[str], below: Sequence[str]) -> None:
        """Write an agency at the left and the state's name at the right, as on official letters.

        Args:
            agency: The superior body, then the lines of the agency's own name.
            below: Lines under the rule: number, book.
        """
        top, left_x = self.y, self.left + mm(29)
        for index, line in enumerate(agency):
            self.centred(line, x=left_x, size_pt=12, style="b" if index else "")
        self.rule(left_x, 20)
        self.skip(1.5)
        for line in below:
            self.centred(line, x=left_x, size_pt=12.5)
        bottom, self.y = self.y, top
        self.national_header(x=self.right - mm(48), size_pt=12)
        self.y = max(bottom, self.y)

    def title(self, text: str, *under: str, size_pt: float = 16) -> None:
        """Write a paper's title in bold, with smaller lines under it."""
        self.skip(5)
        self.centred(text, size_pt=size_pt, style="b")
        for line in under:
            self.centred(line, size_pt=13, style="i")
        self.skip(3)

    def paragraph(
        self,
        text: str,
        *,
        indent_mm: float = 10,
        style: Style = "",
        leader_mm: float = 0,
        justify: bool = True,
        size_pt: float | None = None,
        left: int | None = None,
        right: int | None = None,
    ) -> None:
        """Write running text; parts between asterisks are bold.

        Args:
            text: One paragraph.
            indent_mm: Indent of the first line.
            style: Style of what is not bold.
            leader_mm: Dots behind the last line, as a form's printed line shows behind an entry:
                at most this long.
            justify: Stretch the lines to both margins.
            size_pt: Size; the sheet's own if not given.
            left: Left edge in pixels, if not the margin.
            right: Right edge in pixels, if not the margin.
        """
        size = size_pt or self.size_pt
        left = self.left if left is None else left
        right = self.right if right is None else right
        lines = self._wrap(_runs(text, style), size, right - left, mm(indent_mm))
        for index, line in enumerate(lines):
            x = left + (mm(indent_mm) if index == 0 else 0)
            last = index == len(lines) - 1
            end = self._line(line, x, right, size, justify and not last)
            if last and leader_mm:
                self.dots(end, min(right, end + mm(leader_mm)), self.y + pt(size), size)
            self.y += round(pt(size) * self.leading)
        self.texts.append(plain(text))

    def _wrap(self, runs: list[_Run], size: float, width: int, indent: int) -> list[list[_Run]]:
        """Break the words into lines that fit."""
        space = font("serif", "", pt(size)).getlength(" ")
        lines: list[list[_Run]] = [[]]
        used = float(indent)
        for run in runs:
            length = font("serif", run.style, pt(size)).getlength(run.text)
            if lines[-1] and used + length > width:
                lines.append([])
                used = 0.0
            lines[-1].append(run)
            used += length + space
        return lines

    def _line(self, line: list[_Run], x: int, right: int, size: float, stretch: bool) -> int:
        """Set one line of words and say where it ended."""
        widths = [font("serif", run.style, pt(size)).getlength(run.text) for run in line]
        space = font("serif", "", pt(size)).getlength(" ")
        if stretch and len(line) > 1:
            space = (right - x - sum(widths)) / (len(line) - 1)
        position = float(x)
        for run, width in zip(line, widths, strict=True):
            self.write(round(position), self.y + pt(size), run.text, size_pt=size, style=run.style)
            position += width + space
        return round(position - space)

    def dots(self, start: int, end: int, base: int, size: float) -> None:
        """Draw a dotted leader on the base line between two places."""
        face = font("serif", "", pt(size))
        step = face.getlength(_LEADER)
        count = int((end - start - step * 2) // step)
        if count > 2:
            self.draw.text(
                (end - count * step, base), _LEADER * count, font=face, fill=BLACK, anchor="ls"
            )

    def field(
        self, label: str, value: str, *, bold: bool = False, leader_mm: float = LEADER_MM
    ) -> None:
        """Write a form's line: printed label, typed value, what the typist left of the leader."""
        entry = f"*{value}*" if bold else value
        self.paragraph(f"{label}: {entry}", indent_mm=0, leader_mm=leader_mm, justify=False)

    def fields(self, *pairs: tuple[str, str]) -> None:
        """Write several labelled values on one line."""
        base = self.y + pt(self.size_pt)
        width = (self.right - self.left) / sum(len(label) + len(value) for label, value in pairs)
        start = float(self.left)
        for label, value in pairs:
            self.write(round(start), base, f"{label}: {value}")
            start += width * (len(label) + len(value))
        self.texts.append(" ".join(f"{label}: {value}" for label, value in pairs))
        self.y += self.line_px

    def table(
        self, widths_mm: Sequence[float], rows: Sequence[Sequence[str]], size_pt: float = 12
    ) -> None:
        """Draw a ruled table whose first row is its head.

        Args:
            widths_mm: Width of each column; the table is set in the middle.
            rows: Cells; an empty cell stays white.
            size_pt: Size of the text.
        """
        x0 = self.centre_x - mm(sum(widths_mm)) // 2
        edges = [x0 + mm(sum(widths_mm[:index])) for index in range(len(widths_mm) + 1)]
        top = self.y
        for index, row in enumerate(rows):
            self._table_row(edges, row, size_pt, head=index == 0)
            self.draw.line((edges[0], self.y, edges[-1], self.y), fill=BLACK, width=3)
        self.draw.line((edges[0], top, edges[-1], top), fill=BLACK, width=3)
        for edge in edges:
            self.draw.line((edge, top, edge, self.y + 1), fill=BLACK, width=3)
        self.skip(3)

    def _table_row(self, edges: list[int], row: Sequence[str], size: float, *, head: bool) -> None:
        """Write one row's cells and move below the highest."""
        top, bottom = self.y, self.y
        for left, right, cell in zip(edges[:-1], edges[1:], row, strict=True):
            self.y = top + mm(1)
            if cell:
                self.paragraph(
                    cell, indent_mm=0, style="b" if head else "", justify=False, size_pt=size,
                    left=left + mm(1.6), right=right - mm(1),
                )  # fmt: skip
            bottom = max(bottom, self.y)
        self.y = max(bottom, top + mm(8)) + mm(1)

    def multiply(self, layer: Image.Image, x: int, y: int) -> None:
        """Lay transparent ink (RGBA) over the sheet with its middle at a place.

        Ink darkens what is there, as on paper: a stamp over a signature shows both.
        """
        left, top = x - layer.width // 2, y - layer.height // 2
        box = (left, top, left + layer.width, top + layer.height)
        base = np.asarray(self.image.crop(box), dtype=np.float32)
        ink = np.asarray(layer, dtype=np.float32) / 255
        alpha = ink[..., 3:]
        mixed = base * (1 - alpha * (1 - ink[..., :3]))
        self.image.paste(Image.fromarray(np.rint(mixed).astype(np.uint8)), (left, top))

    def page_number(self, number: int) -> None:
        """Number a continuation page at its head, as Decree 30/2020 asks."""
        self.write(self.centre_x, self.y + pt(13), str(number), size_pt=13, anchor="ms")
        self.y += round(pt(13) * 2)
