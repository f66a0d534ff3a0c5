"""What a mark looks like, in millimetres: the ``[appearance]`` table of a signing profile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CORNERS = ("top-right", "top-left", "bottom-right", "bottom-left")
ALIGNMENTS = ("left", "right", "center")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the mark: a template and its size."""

    template: str
    """Text with ``{names}`` that the caller's values fill."""
    size_pt: float
    leading_pt: float


@dataclass(frozen=True, slots=True)
class Appearance:
    """A text mark in a corner of a page."""

    lines: tuple[Line, ...]
    page: int = 0
    """Page index; negative counts from the end."""
    corner: str = "top-right"
    """Corner of the page as it is shown, after /Rotate and /CropBox."""
    margin_top_mm: float = 5.0
    """From the shown page's upper (or lower) edge."""
    margin_side_mm: float = 8.0
    """From the shown page's left or right edge."""
    width_mm: float = 70.0
    """Width of the box; longer lines are broken at spaces."""
    align: str = "left"
    values: Mapping[str, str] = field(default_factory=dict)
    """Defaults for the names in the lines."""

    def __post_init__(self) -> None:
        if self.corner not in CORNERS or self.align not in ALIGNMENTS:
            raise ValueError(f"corner {self.corner!r} or align {self.align!r} is not known")
        if not self.lines or self.width_mm <= 0 or any(line.size_pt <= 0 for line in self.lines):
            raise ValueError("a mark needs lines, a width and letter sizes above zero")

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Appearance:
        """Read the ``[appearance]`` table of a profile."""
        size, leading = float(table["font_size_pt"]), float(table["leading_pt"])
        return cls(
            lines=tuple(_line(entry, size, leading) for entry in table["lines"]),
            page=int(table.get("page", 0)),
            corner=table["corner"],
            margin_top_mm=float(table["margin_top_mm"]),
            margin_side_mm=float(table["margin_side_mm"]),
            width_mm=float(table["width_mm"]),
            align=table.get("align", "left"),
            values=dict(table.get("values", {})),
        )


def _line(entry: str | Mapping[str, Any], size_pt: float, leading_pt: float) -> Line:
    if isinstance(entry, str):
        return Line(entry, size_pt, leading_pt)
    own = float(entry.get("size_pt", size_pt))
    return Line(entry["text"], own, leading_pt * own / size_pt)
