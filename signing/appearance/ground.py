"""What is printed on a page already, found by looking at the page as a reader sees it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from signing.appearance.mark import PT_PER_MM
from signing.appearance.placing import Box
from signing.errors import FileUnreadable

if TYPE_CHECKING:
    import numpy as np

_DPI = 72.0
_MAX_SIDE_PX = 2_000
_STRIP_MM = 40.0
"""A page is looked at strip by strip: a scan need not be unpacked below the mark's own."""
_DARKER = 0.75
"""Pixels below this share of the paper's own tone are ink; scans are seldom white."""
_LEAST_TONE = 160
"""A strip darker than this throughout is covered with something; paper it is not."""


class RenderedGround:
    """The pages of a file, rendered in strips and only where asked for.

    A context manager; the file is open between.
    """

    def __init__(self, src: Path) -> None:
        self._src = src
        self._pdf: Any = None
        self._strips: dict[tuple[int, int], np.ndarray] = {}

    def __enter__(self) -> RenderedGround:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pdf is not None:
            self._pdf.close()
            self._pdf = None

    def ink(self, page: int, box: Box) -> float:
        """Share of inked pixels in a box, 0 to 1."""
        left, top, right, bottom = box
        scale = self._scale(page)
        shares: list[tuple[float, int]] = []
        for number in range(max(0, int(top // _STRIP_MM)), int(bottom // _STRIP_MM) + 1):
            strip, start = self._strip(page, number), number * _STRIP_MM
            rows = [max(0, round((edge - start) * scale)) for edge in (top, bottom)]
            columns = [max(0, round(edge * scale)) for edge in (left, right)]
            part = strip[rows[0] : rows[1], columns[0] : columns[1]]
            shares.append((float(part.sum()), part.size))
        total = sum(size for _, size in shares)
        return sum(inked for inked, _ in shares) / total if total else 0.0

    def name(self, text: str) -> tuple[int, Box] | None:
        """Page and box of the last place where a text is printed, as the reader sees it."""
        pdf = self._opened()
        for index in reversed(range(len(pdf))):
            page = pdf[index]
            found = _last(page, text)
            if found is not None:
                return index, _as_shown(page, found)
        return None

    def _opened(self) -> Any:  # noqa: ANN401
        if self._pdf is None:
            import pypdfium2

            try:
                self._pdf = pypdfium2.PdfDocument(self._src)
            except pypdfium2.PdfiumError:
                raise FileUnreadable(
                    "it cannot be shown", "không hiển thị được", file=self._src.name
                ) from None
        return self._pdf

    def _scale(self, page: int) -> float:
        """Pixels a millimetre."""
        return _scale_of(self._opened()[page]) * PT_PER_MM

    def _strip(self, index: int, number: int) -> np.ndarray:
        if (index, number) not in self._strips:
            page = self._opened()[index]
            scale = _scale_of(page)
            height = page.get_height()
            above = min(height, number * _STRIP_MM * PT_PER_MM)
            below = max(0.0, height - above - _STRIP_MM * PT_PER_MM)
            if height - above - below < 1 / scale:
                return _nothing()
            bitmap = page.render(scale=scale, grayscale=True, crop=(0, below, 0, above))
            self._strips[index, number] = _inked(bitmap.to_numpy())
        return self._strips[index, number]


def _scale_of(page: Any) -> float:  # noqa: ANN401
    """Pixels a point."""
    longest = max(page.get_size())
    return float(min(_DPI / 72, _MAX_SIDE_PX / max(longest, 1.0)))


def _nothing() -> np.ndarray:
    import numpy as np

    return np.zeros((0, 0), bool)


def _inked(grey: np.ndarray) -> np.ndarray:
    import numpy as np

    flat = grey.reshape(grey.shape[0], grey.shape[1])
    return np.asarray(flat < _DARKER * max(float(np.median(flat)), _LEAST_TONE))


def _last(page: Any, text: str) -> tuple[float, float, float, float] | None:  # noqa: ANN401
    """Box of a text's last occurrence in the page's own space."""
    words = page.get_textpage()
    search = words.search(text, match_case=False)
    found = None
    while (hit := search.get_next()) is not None:
        found = hit
    if found is None:
        return None
    boxes = [words.get_charbox(found[0] + number) for number in range(found[1])]
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def _as_shown(page: Any, box: tuple[float, float, float, float]) -> Box:  # noqa: ANN401
    """From the page's own space to millimetres as shown."""
    from signing.appearance.mark import PageBox

    left, low, right, high = page.get_cropbox()
    look = PageBox((left, low, right, high), page.get_rotation())
    (xa, ya), (xb, yb) = look.to_shown(*box[:2]), look.to_shown(*box[2:])
    height = look.shown[1]
    return (
        min(xa, xb) / PT_PER_MM,
        (height - max(ya, yb)) / PT_PER_MM,
        max(xa, xb) / PT_PER_MM,
        (height - min(ya, yb)) / PT_PER_MM,
    )
