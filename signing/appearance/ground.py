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
_DARKER = 0.75
"""Pixels below this share of the paper's own tone are ink; scans are seldom white."""


class RenderedGround:
    """The pages of a file, each rendered once and only when asked for.

    A context manager; the file is open between.
    """

    def __init__(self, src: Path) -> None:
        self._src = src
        self._pdf: Any = None
        self._pages: dict[int, np.ndarray] = {}

    def __enter__(self) -> RenderedGround:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pdf is not None:
            self._pdf.close()
            self._pdf = None

    def ink(self, page: int, box: Box) -> float:
        """Share of inked pixels in a box, 0 to 1."""
        shown = self._rendered(page)
        scale = self._scale(page) * PT_PER_MM
        left, top, right, bottom = (round(edge * scale) for edge in box)
        part = shown[max(0, top) : max(top + 1, bottom), max(0, left) : max(left + 1, right)]
        return float(part.mean()) if part.size else 0.0

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
        """Pixels a point."""
        return _scale_of(self._opened()[page])

    def _rendered(self, index: int) -> np.ndarray:
        if index not in self._pages:
            page = self._opened()[index]
            bitmap = page.render(scale=_scale_of(page), grayscale=True)
            self._pages[index] = _inked(bitmap.to_numpy())
        return self._pages[index]


def _scale_of(page: Any) -> float:  # noqa: ANN401
    longest = max(page.get_size())
    return float(min(_DPI / 72, _MAX_SIDE_PX / max(longest, 1.0)))


def _inked(grey: np.ndarray) -> np.ndarray:
    import numpy as np

    flat = grey.reshape(grey.shape[0], grey.shape[1])
    return np.asarray(flat < _DARKER * np.median(flat))


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
