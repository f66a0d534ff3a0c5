"""Lay a mark out in its own box, and know how a page is shown: rotated, cropped, scaled."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from signing.appearance.font import mark_font
from signing.appearance.images import Picture, load
from signing.appearance.profile import Appearance, Line
from signing.entries import entry, numbers
from signing.errors import MarkUnusable
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
        unit = float(entry(page, "/UserUnit", 1.0))
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
        if (found := entry(node, key)) is not None:
            return found
        if (node := entry(node, "/Parent")) is None:
            break
    return None


def _box(values: Any) -> tuple[float, float, float, float] | None:  # noqa: ANN401
    if values is None or len(values) != 4:
        return None
    x0, y0, x1, y1 = numbers(values)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


@dataclass(frozen=True, slots=True)
class TextRun:
    """One printed line: its baseline start within the mark's box, in points."""

    text: str
    x: float
    y: float
    size_pt: float


@dataclass(frozen=True, slots=True)
class PlacedPicture:
    """A picture within the mark's box: its lower left corner and size, in points."""

    picture: Picture
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark laid out in a box of its own, not yet on a page; lengths in points."""

    runs: tuple[TextRun, ...]
    width_pt: float
    height_pt: float
    picture: PlacedPicture | None = None

    @property
    def content(self) -> bytes:
        """The content stream; resources: font F1, picture I1, black CS0."""
        picture, font = self.picture, mark_font()
        lines = ["q"]
        if picture is not None:
            size = f"{picture.width:.3f} 0 0 {picture.height:.3f} {picture.x:.3f} {picture.y:.3f}"
            lines += [f"q {size} cm /I1 Do Q"]
        texts = [
            f"/F1 {run.size_pt:g} Tf 1 0 0 1 {run.x:.3f} {run.y:.3f} Tm {font.encode(run.text)} Tj"
            for run in self.runs
        ]
        if texts:
            lines += ["BT", "/CS0 cs 0 sc", *texts, "ET"]
        return "\n".join([*lines, "Q"]).encode("ascii")


def iso_time(moment: datetime) -> str:
    """ISO 8601 in Vietnam's time zone, to the second: 2026-03-02T09:05:00+07:00."""
    return moment.astimezone(VIETNAM).isoformat(timespec="seconds")


def draw(
    appearance: Appearance,
    values: Mapping[str, str],
    width_pt: float | None = None,
    height_pt: float | None = None,
) -> Mark:
    """Fill, break and stack the lines and the picture of a mark.

    Args:
        appearance: the profile.
        values: what the names in the lines stand for; they win over the profile's defaults.
        width_pt: width of the box; by default the profile's.
        height_pt: height of the box; by default what the mark needs. A higher box leaves room
            below.

    Raises:
        MarkUnusable: a value or letter is missing, a picture cannot be used, or the box is too
            small.
    """
    width = appearance.width_mm * PT_PER_MM if width_pt is None else width_pt
    known = {**appearance.values, **values}
    above = _broken_lines(appearance.lines, known, width)
    below = _broken_lines(appearance.lines_below, known, width)
    picture, room = _picture(appearance, known)
    if picture is not None and picture.width > width + 0.01:
        raise too_small()
    needed = sum(line.leading_pt for line in (*above, *below)) + room
    height = needed if height_pt is None else height_pt
    if needed > height + 0.01:
        raise too_small()
    runs = _runs(above, width, height, appearance.align)
    under = height - sum(line.leading_pt for line in above)
    if picture is not None:
        x = {"left": 0.0, "right": width - picture.width}.get(
            appearance.align, (width - picture.width) / 2
        )
        y = under - room + (room - picture.height) / 2
        picture = replace(picture, x=x, y=y)
    runs += _runs(below, width, under - room, appearance.align)
    return Mark(tuple(runs), width, height, picture)


def too_small() -> MarkUnusable:
    """The box cannot hold the mark."""
    return MarkUnusable("the place is too small for the mark", "chỗ đặt quá nhỏ so với dấu ký")


def _picture(
    appearance: Appearance, values: Mapping[str, str]
) -> tuple[PlacedPicture | None, float]:
    """The picture at its printed size and the height kept free for it."""
    rule = appearance.image
    if rule is None:
        return None, 0.0
    file = values.get(rule.value)
    if not file:
        if rule.required:
            raise _missing(rule.value)
        return None, 0.0
    picture = load(Path(file), rule)
    most = rule.width_mm * PT_PER_MM, rule.height_mm * PT_PER_MM
    scale = min(most[0] / picture.width_px, most[1] / picture.height_px)
    size = picture.width_px * scale, picture.height_px * scale
    return PlacedPicture(picture, 0.0, 0.0, *size), most[1]


def _missing(name: str) -> MarkUnusable:
    return MarkUnusable(f"the mark needs a value for {name}", f"dấu ký thiếu giá trị {name}")


def _broken_lines(
    entries: Sequence[Line], values: Mapping[str, str], width_pt: float
) -> list[Line]:
    lines: list[Line] = []
    for line in entries:
        try:
            text = line.template.format_map(values)
        except KeyError as missing:
            raise _missing(str(missing.args[0])) from None
        # Composed first: a broken line must not part a letter from its tone mark.
        text = " ".join(unicodedata.normalize("NFC", text).split())
        pieces = _wrap(text, line.size_pt, width_pt)
        lines += [Line(piece, line.size_pt, line.leading_pt) for piece in pieces]
    return lines


def _wrap(text: str, size_pt: float, width_pt: float) -> list[str]:
    """Break at spaces; a word wider than the box is broken where it must be."""
    font = mark_font()
    pieces: list[str] = []
    for word in (part for long in text.split() for part in _parts(long, size_pt, width_pt)):
        longer = f"{pieces[-1]} {word}" if pieces else word
        if pieces and font.width_pt(longer, size_pt) <= width_pt:
            pieces[-1] = longer
        else:
            pieces.append(word)
    return pieces


def _parts(word: str, size_pt: float, width_pt: float) -> list[str]:
    font = mark_font()
    if font.width_pt(word, size_pt) <= width_pt:
        return [word]
    parts = [""]
    for letter in word:
        if parts[-1] and font.width_pt(parts[-1] + letter, size_pt) > width_pt:
            parts.append("")
        parts[-1] += letter
    return parts


def _runs(lines: Sequence[Line], width: float, top: float, align: str) -> list[TextRun]:
    font = mark_font()
    runs: list[TextRun] = []
    for line in lines:
        spare = width - font.width_pt(line.template, line.size_pt)
        x = {"left": 0.0, "right": spare, "center": spare / 2}[align]
        # The baseline leaves room for the deepest letter within the line's own leading.
        y = top - line.leading_pt - font.descent * line.size_pt / 1000
        runs.append(TextRun(line.template, x, y, line.size_pt))
        top -= line.leading_pt
    return runs
