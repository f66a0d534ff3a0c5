"""Which page a mark goes on, and where: over the pages of any PDF library that act as mappings.

The rule, in this order:

1. A place that a person chose, or a field that waits for this signature, is kept.
2. A mark in a corner stands where the profile says. On a page too small for its margins these
   shrink to 2 mm, then a text mark is narrowed, to 45 mm at least. Letters and pictures keep
   their size: the law fixes both. What still does not fit is refused in words.
3. It never covers another signature's mark: it goes below it (above it in a lower corner).
4. Where the profile says ``on_print = "move"``, print below it sends it nearer to the page's
   edge, then along the edge by at most ``give_mm``. When nothing is clear it takes the place
   with the least print and ``covers_print`` says so.
"""

# ruff: noqa: ANN401 - page dictionaries of any PDF library

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

from signing.appearance.mark import PT_PER_MM, Mark, PageBox, draw
from signing.appearance.profile import Appearance
from signing.entries import entry, items, numbers
from signing.errors import MarkUnusable

Box: TypeAlias = tuple[float, float, float, float]
"""``left, top, right, bottom`` in millimetres from the shown page's upper left corner."""

LEAST_MARGIN_MM = 2.0
LEAST_TEXT_WIDTH_MM = 45.0
"""An ISO 8601 time in size 10 is 43 mm wide, and is never broken."""
CLEAR_INK = 0.002
"""Share of inked pixels below which a place counts as clear of print."""
_STEP_MM = 2.0
_BETWEEN_MM = 1.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that a person chose."""

    page: int
    """Page index; negative counts from the end."""
    left_mm: float
    """From the shown page's left edge to the mark's."""
    top_mm: float
    """From the shown page's upper edge to the mark's."""


@dataclass(frozen=True, slots=True)
class Field:
    """A signature field that waits for its signature."""

    page: int
    rect: tuple[float, float, float, float]
    """In default user space."""


class Ground(Protocol):
    """What is printed on the pages already."""

    def ink(self, page: int, box: Box) -> float:
        """Share of inked pixels in a box, 0 to 1."""
        ...

    def name(self, text: str) -> tuple[int, Box] | None:
        """Page and box of the last place where a text is printed."""
        ...


@dataclass(frozen=True, slots=True)
class Placed:
    """A mark and where it goes."""

    mark: Mark
    page: int
    """Page index, from zero."""
    box_mm: Box
    """As the reader sees the page."""
    rect: tuple[float, float, float, float]
    """In default user space."""
    rotate: int
    """/Rotate of the page."""
    covers_print: bool = False
    """Nothing near the profile's place was clear of print."""

    @property
    def matrix(self) -> tuple[float, float, float, float, float, float]:
        """Form matrix that turns it upright on a rotated page (ISO 32000-1 12.5.5)."""
        return _MATRICES[self.rotate]


_MATRICES: Mapping[int, tuple[float, float, float, float, float, float]] = {
    # Viewers fit the turned box into /Rect themselves, so only the turn is given.
    0: (1, 0, 0, 1, 0, 0),
    90: (0, 1, -1, 0, 0, 0),
    180: (-1, 0, 0, -1, 0, 0),
    270: (0, -1, 1, 0, 0, 0),
}


def place(
    pages: Sequence[Any],
    appearance: Appearance,
    values: Mapping[str, str],
    *,
    at: Spot | None = None,
    field: Field | None = None,
    ground: Ground | None = None,
) -> Placed:
    """Lay the mark of one signature out on its page.

    Args:
        pages: the page dictionaries of the file.
        appearance: the profile.
        values: for the names in its lines, and the path of its picture.
        at: a place that a person chose.
        field: the field that is signed, where the file has it already.
        ground: what is printed; needed by ``on_print = "move"`` and ``above-name``.

    Raises:
        MarkUnusable: the mark cannot be drawn or placed.
    """
    if field is not None:
        return _in_field(pages, appearance, values, field)
    if at is None and appearance.corner == "over-signature":
        return _over_signature(pages, appearance, draw(appearance, values))
    if at is None and appearance.corner == "above-name":
        return _above_name(pages, appearance, values, ground)
    index = _page_index(len(pages), appearance.page if at is None else at.page)
    page = _Page.of(pages[index], index)
    if at is not None:
        mark = draw(appearance, values)
        box = page.kept_inside(_box(mark, at.left_mm, at.top_mm))
        return page.placed(mark, box, covers_print=_covers(ground, index, box))
    return _in_corner(page, appearance, values, ground if appearance.on_print == "move" else None)


def reserve(pages: Sequence[Any], appearance: Appearance) -> Placed:
    """Room for a mark whose text is not known yet: an empty field for a later signer."""
    text = sum(line.leading_pt for line in (*appearance.lines, *appearance.lines_below))
    picture = appearance.image.height_mm * PT_PER_MM if appearance.image else 0.0
    room = Mark((), appearance.width_mm * PT_PER_MM, text + picture)
    if appearance.corner == "over-signature":
        return _over_signature(pages, appearance, room)
    index = _page_index(len(pages), appearance.page)
    page = _Page.of(pages[index], index)
    box, _ = _first_clear(page, appearance, room, None)
    return page.placed(room, page.kept_inside(box))


def waiting(pages: Sequence[Any], name: str) -> Field | None:
    """The visible signature field of that name; None where there is none."""
    for index, entries in enumerate(pages):
        for widget in items(entry(entries, "/Annots", ())):
            if _is_signature(widget) and str(entry(widget, "/T", "")) == name:
                return _field(index, numbers(widget["/Rect"]))
    return None


def _field(page: int, rect: Sequence[float]) -> Field | None:
    (x0, x1), (y0, y1) = sorted(rect[::2]), sorted(rect[1::2])
    return Field(page, (x0, y0, x1, y1)) if x0 < x1 and y0 < y1 else None


# --- the kinds of places -----------------------------------------------------------------------


def _in_field(
    pages: Sequence[Any], appearance: Appearance, values: Mapping[str, str], field: Field
) -> Placed:
    page = _Page.of(pages[field.page], field.page)
    left, top, right, bottom = page.shown(field.rect)
    mark = draw(appearance, values, (right - left) * PT_PER_MM, (bottom - top) * PT_PER_MM)
    return Placed(mark, field.page, (left, top, right, bottom), field.rect, page.box.rotate)


def _over_signature(pages: Sequence[Any], appearance: Appearance, mark: Mark) -> Placed:
    for index in reversed(range(len(pages))):
        page = _Page.of(pages[index], index)
        if signatures := page.marks():
            box = _beside(signatures[-1], mark, appearance)
            return page.placed(mark, page.kept_inside(box))
    raise MarkUnusable(
        "there is no visible signature to put the seal on",
        "tệp chưa có chữ ký hiển thị của người có thẩm quyền để đóng dấu lên",
    )


def _beside(field: Box, mark: Mark, appearance: Appearance) -> Box:
    """Over the left part of the signature in a field, as high as its middle."""
    left, top, right, bottom = field
    width, height = mark.width_pt / PT_PER_MM, mark.height_pt / PT_PER_MM
    signature = min(appearance.over_width_mm or right - left, right - left)
    edge = (left + right - signature) / 2 + appearance.overlap * signature
    middle = bottom - (appearance.over_middle_mm or (bottom - top) / 2)
    return edge - width, middle - height / 2, edge, middle + height / 2


def _above_name(
    pages: Sequence[Any],
    appearance: Appearance,
    values: Mapping[str, str],
    ground: Ground | None,
) -> Placed:
    name = {**appearance.values, **values}.get("signer", "")
    found = ground.name(name) if ground is not None and name else None
    if ground is None or found is None:
        raise MarkUnusable(
            f"the name {name!r} is not printed in the file; choose the place by hand",
            f"không thấy họ tên {name!r} in trong tệp; hãy chọn vị trí bằng tay",
        )
    index, (left, top, right, _) = found
    page, mark = _Page.of(pages[index], index), draw(appearance, values)
    width, height = mark.width_pt / PT_PER_MM, mark.height_pt / PT_PER_MM
    middle, title = (left + right) / 2, _title_above(ground, index, found[1])
    # Between title and name; where they stand far apart, close to the name.
    bottom = (title + top + height) / 2 if top - title < 2 * height else top - _BETWEEN_MM
    box = (middle - width / 2, bottom - height, middle + width / 2, bottom)
    return page.placed(mark, page.kept_inside(box))


def _title_above(ground: Ground, page: int, name: Box) -> float:
    """Where the print above a name ends, in millimetres from the top; 0 when there is none."""
    left, top, right, _ = name
    below = top - _BETWEEN_MM
    while below > 1:
        if ground.ink(page, (left, below - 1, right, below)) > CLEAR_INK:
            return below
        below -= 1
    return 0.0


def _in_corner(
    page: _Page, appearance: Appearance, values: Mapping[str, str], ground: Ground | None
) -> Placed:
    width = page.width - 2 * LEAST_MARGIN_MM
    if appearance.width_mm <= width:
        mark = draw(appearance, values)
    elif appearance.image is None and width >= LEAST_TEXT_WIDTH_MM:
        mark = draw(appearance, values, width * PT_PER_MM)
    else:
        raise _page_too_small()
    if mark.height_pt / PT_PER_MM > page.height - 2 * LEAST_MARGIN_MM:
        raise _page_too_small()
    box, covers = _first_clear(page, appearance, mark, ground)
    return page.placed(mark, box, covers_print=covers)


def _first_clear(
    page: _Page, appearance: Appearance, mark: Mark, ground: Ground | None
) -> tuple[Box, bool]:
    marks = page.marks()
    places = list(_candidates(page, appearance, mark, marks, may_move=ground is not None))
    free = [box for box in places if not any(_meet(box, other) for other in marks)] or places[:1]
    if ground is None:
        return free[0], False
    inks: list[float] = []
    for box in free:
        inks.append(ground.ink(page.index, box))
        if inks[-1] < CLEAR_INK:
            return box, False
    return free[inks.index(min(inks))], True


def _candidates(
    page: _Page, appearance: Appearance, mark: Mark, marks: Sequence[Box], *, may_move: bool
) -> Iterator[Box]:
    width, height = mark.width_pt / PT_PER_MM, mark.height_pt / PT_PER_MM
    first = _corner_box(page, appearance, width, height)
    yield first
    is_low = appearance.corner.startswith("bottom")
    if may_move:
        edge = replace(appearance, margin_top_mm=LEAST_MARGIN_MM)
        yield _corner_box(page, edge, width, height)
        edge = replace(edge, margin_side_mm=LEAST_MARGIN_MM)
        yield _corner_box(page, edge, width, height)
    tops = [m[1] - _BETWEEN_MM - height if is_low else m[3] + _BETWEEN_MM for m in marks]
    if may_move:
        steps = int(appearance.give_mm / _STEP_MM)
        sign = -1 if is_low else 1
        tops += [first[1] + sign * _STEP_MM * (step + 1) for step in range(steps)]
    for top in sorted(tops, reverse=is_low):
        if 0 <= top <= page.height - height:
            yield _box(mark, first[0], top)


def _corner_box(page: _Page, appearance: Appearance, width: float, height: float) -> Box:
    side = min(appearance.margin_side_mm, max(LEAST_MARGIN_MM, page.width - width))
    side = max(0.0, min(side, page.width - width - LEAST_MARGIN_MM))
    edge = max(0.0, min(appearance.margin_top_mm, page.height - height - LEAST_MARGIN_MM))
    left = side if appearance.corner.endswith("left") else page.width - side - width
    top = page.height - edge - height if appearance.corner.startswith("bottom") else edge
    return left, top, left + width, top + height


def _box(mark: Mark, left: float, top: float) -> Box:
    return left, top, left + mark.width_pt / PT_PER_MM, top + mark.height_pt / PT_PER_MM


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _covers(ground: Ground | None, page: int, box: Box) -> bool:
    return ground is not None and ground.ink(page, box) >= CLEAR_INK


def _page_too_small() -> MarkUnusable:
    return MarkUnusable("the page is too small for the mark", "trang quá nhỏ để đặt dấu ký")


# --- pages -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Page:
    """A page as the reader sees it, in millimetres."""

    entries: Any
    index: int
    box: PageBox

    @classmethod
    def of(cls, entries: Any, index: int) -> _Page:
        return cls(entries, index, PageBox.of(entries))

    @property
    def width(self) -> float:
        return self.box.shown[0] / PT_PER_MM

    @property
    def height(self) -> float:
        return self.box.shown[1] / PT_PER_MM

    def rect(self, box: Box) -> tuple[float, float, float, float]:
        """A shown box in default user space."""
        left, top, right, bottom = box
        xa, ya = self.box.to_user(left * PT_PER_MM, (self.height - bottom) * PT_PER_MM)
        xb, yb = self.box.to_user(right * PT_PER_MM, (self.height - top) * PT_PER_MM)
        return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)

    def shown(self, rect: Sequence[float]) -> Box:
        """A rectangle in default user space as the reader sees it."""
        xa, ya = self.box.to_shown(rect[0], rect[1])
        xb, yb = self.box.to_shown(rect[2], rect[3])
        left, right = sorted((xa / PT_PER_MM, xb / PT_PER_MM))
        low, high = sorted((ya / PT_PER_MM, yb / PT_PER_MM))
        return left, self.height - high, right, self.height - low

    def kept_inside(self, box: Box) -> Box:
        """The box moved onto the page."""
        left, top, right, bottom = box
        if right - left > self.width or bottom - top > self.height:
            raise _page_too_small()
        dx = max(0.0, -left) - max(0.0, right - self.width)
        dy = max(0.0, -top) - max(0.0, bottom - self.height)
        return left + dx, top + dy, right + dx, bottom + dy

    def placed(self, mark: Mark, box: Box, *, covers_print: bool = False) -> Placed:
        return Placed(mark, self.index, box, self.rect(box), self.box.rotate, covers_print)

    def marks(self) -> list[Box]:
        """Boxes of the visible signature fields on the page, in the order of the annotations."""
        widgets = items(entry(self.entries, "/Annots", ()))
        boxes = [self.shown(numbers(w["/Rect"])) for w in widgets if _is_signature(w)]
        return [box for box in boxes if box[0] < box[2] and box[1] < box[3]]


def _is_signature(widget: Any) -> bool:
    if not hasattr(widget, "keys") or len(entry(widget, "/Rect", ())) != 4:
        return False
    return bool(_entry(widget, "/FT") == "/Sig")


def _entry(widget: Any, key: str) -> Any:
    """An entry of a widget or of the field it belongs to (ISO 32000-1 12.7.3.1)."""
    return entry(widget, key, entry(entry(widget, "/Parent", {}), key))


def _page_index(pages: int, wanted: int) -> int:
    if not pages:
        raise MarkUnusable("the file has no pages", "tệp không có trang nào")
    index = wanted if wanted >= 0 else pages + wanted
    if not 0 <= index < pages:
        number = wanted + 1 if wanted >= 0 else wanted
        raise MarkUnusable(f"the file has no page {number}", f"tệp không có trang {number}")
    return index
