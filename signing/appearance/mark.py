"""Lay a mark out and place it on a page: rotated, cropped, portrait or landscape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from signing.appearance.font import mark_font
from signing.appearance.profile import Appearance, Line
from signing.errors import PolicyViolated
from signing.ports import VIETNAM

PT_PER_MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class PageBox:
    """What is needed of a page to place something on it; lengths in default user units."""

    crop: tuple[float, float, float, float]
    """CropBox cut with MediaBox: what a viewer shows, ``x0, y0, x1, y1``."""
    rotate: int
    """/Rotate, normalised to 0, 90, 180 or 270 (clockwise)."""
    user_unit: float = 1.0
    """/UserUnit: points per user unit."""

    @classmethod
    def of(cls, page: Any) -> PageBox:  # noqa: ANN401
        """Read a page dictionary of any PDF library that acts as a mapping.

        MediaBox, CropBox and Rotate are inherited from the page tree (ISO 32000-1 7.7.3.4).
        """
        media = _box(_inherited(page, "/MediaBox")) or _LETTER
        crop = _box(_inherited(page, "/CropBox")) or media
        shown = (
            max(media[0], crop[0]),
            max(media[1], crop[1]),
            min(media[2], crop[2]),
            min(media[3], crop[3]),
        )
        if shown[0] >= shown[2] or shown[1] >= shown[3]:
            shown = media
        rotate = int(_inherited(page, "/Rotate") or 0) % 360
        unit = float(page["/UserUnit"]) if "/UserUnit" in page else 1.0
        return cls(shown, rotate - rotate % 90, unit if unit > 0 else 1.0)

    @property
    def shown(self) -> tuple[float, float]:
        """Width and height as shown, in points."""
        width, height = self.crop[2] - self.crop[0], self.crop[3] - self.crop[1]
        if self.rotate in (90, 270):
            width, height = height, width
        return width * self.user_unit, height * self.user_unit

    def to_user(self, x: float, y: float) -> tuple[float, float]:
        """From shown points (origin lower left) to default user space."""
        x, y = x / self.user_unit, y / self.user_unit
        x0, y0, x1, y1 = self.crop
        return {
            0: (x0 + x, y0 + y),
            90: (x1 - y, y0 + x),
            180: (x1 - x, y1 - y),
            270: (x0 + y, y1 - x),
        }[self.rotate]

    def to_shown(self, x: float, y: float) -> tuple[float, float]:
        """From default user space to shown points (origin lower left)."""
        x0, y0, x1, y1 = self.crop
        px, py = {
            0: (x - x0, y - y0),
            90: (y - y0, x1 - x),
            180: (x1 - x, y1 - y),
            270: (y1 - y, x - x0),
        }[self.rotate]
        return px * self.user_unit, py * self.user_unit


_LETTER = (0.0, 0.0, 612.0, 792.0)
"""What viewers take when a page has no MediaBox."""


def _inherited(page: Any, key: str) -> Any:  # noqa: ANN401
    node = page
    for _ in range(50):  # deeper page trees do not exist; a loop of parents does
        if key in node:
            return node[key]
        if "/Parent" not in node:
            break
        node = node["/Parent"]
    return None


def _box(values: Any) -> tuple[float, float, float, float] | None:  # noqa: ANN401
    if values is None or len(values) != 4:
        return None
    x0, y0, x1, y1 = (float(v) for v in values)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


@dataclass(frozen=True, slots=True)
class TextRun:
    """One printed line: its baseline start within the mark's box, in points."""

    text: str
    x: float
    y: float
    size_pt: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark ready to be wrapped into PDF objects."""

    runs: tuple[TextRun, ...]
    width_pt: float
    height_pt: float
    rect: tuple[float, float, float, float]
    """Where it lies on the page, in default user space."""
    matrix: tuple[float, float, float, float, float, float]
    """Form matrix that turns it upright on a rotated page (ISO 32000-1 12.5.5)."""

    @property
    def content(self) -> bytes:
        """The content stream; the font resource is named F1."""
        font = mark_font()
        lines = [
            f"/F1 {run.size_pt:g} Tf 1 0 0 1 {run.x:.3f} {run.y:.3f} Tm {font.encode(run.text)} Tj"
            for run in self.runs
        ]
        return "\n".join(["q", "BT", "0 g", *lines, "ET", "Q"]).encode("ascii")


def iso_time(moment: datetime) -> str:
    """ISO 8601 in Vietnam's time zone, to the second: 2026-03-02T09:05:00+07:00."""
    return moment.astimezone(VIETNAM).isoformat(timespec="seconds")


def draw(appearance: Appearance, values: Mapping[str, str], page: PageBox) -> Mark:
    """Fill, break and place the lines of a mark.

    Args:
        appearance: the profile.
        values: what the names in the lines stand for; they win over the profile's defaults.
        page: where it goes.

    Raises:
        PolicyViolated: a value is missing, a letter is not in the font, or the page is too small.
    """
    width = appearance.width_mm * PT_PER_MM
    lines = _broken_lines(appearance, values, width)
    height = sum(line.leading_pt for line in lines)
    runs = tuple(_runs(lines, width, height, appearance.align))
    left, bottom = _corner(appearance, page, width, height)
    corners = [page.to_user(left, bottom), page.to_user(left + width, bottom + height)]
    (xa, ya), (xb, yb) = corners
    rect = (min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb))
    return Mark(runs, width, height, rect, _MATRICES[page.rotate])


_MATRICES: Mapping[int, tuple[float, float, float, float, float, float]] = {
    # Viewers fit the turned box into /Rect themselves, so only the turn is given.
    0: (1, 0, 0, 1, 0, 0),
    90: (0, 1, -1, 0, 0, 0),
    180: (-1, 0, 0, -1, 0, 0),
    270: (0, -1, 1, 0, 0, 0),
}


def _broken_lines(appearance: Appearance, values: Mapping[str, str], width_pt: float) -> list[Line]:
    known = {**appearance.values, **values}
    lines: list[Line] = []
    for line in appearance.lines:
        try:
            text = " ".join(line.template.format_map(known).split())
        except KeyError as missing:
            raise PolicyViolated(
                f"the mark needs a value for {missing}", f"dấu ký thiếu giá trị {missing}"
            ) from None
        pieces = _wrap(text, line.size_pt, width_pt)
        lines += [Line(piece, line.size_pt, line.leading_pt) for piece in pieces]
    return lines


def _wrap(text: str, size_pt: float, width_pt: float) -> list[str]:
    font = mark_font()
    pieces: list[str] = []
    for word in text.split():
        longer = f"{pieces[-1]} {word}" if pieces else word
        if pieces and font.width_pt(longer, size_pt) <= width_pt:
            pieces[-1] = longer
        else:
            pieces.append(word)
    return pieces


def _runs(lines: list[Line], width: float, height: float, align: str) -> list[TextRun]:
    font = mark_font()
    runs: list[TextRun] = []
    top = height
    for line in lines:
        spare = width - font.width_pt(line.template, line.size_pt)
        x = {"left": 0.0, "right": spare, "center": spare / 2}[align]
        # The baseline leaves room for the deepest letter within the line's own leading.
        y = top - line.leading_pt - font.descent * line.size_pt / 1000
        runs.append(TextRun(line.template, x, y, line.size_pt))
        top -= line.leading_pt
    return runs


def _corner(
    appearance: Appearance, page: PageBox, width: float, height: float
) -> tuple[float, float]:
    shown_width, shown_height = page.shown
    side = appearance.margin_side_mm * PT_PER_MM
    edge = appearance.margin_top_mm * PT_PER_MM
    if width + side > shown_width or height + edge > shown_height:
        raise PolicyViolated("the page is too small for the mark", "trang quá nhỏ để đặt dấu ký")
    left = side if appearance.corner.endswith("left") else shown_width - side - width
    bottom = edge if appearance.corner.startswith("bottom") else shown_height - edge - height
    return left, bottom
