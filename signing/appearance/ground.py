"""What is printed on a page already, found by looking at the page as a reader sees it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from signing.appearance.mark import PT_PER_MM
from signing.appearance.placing import Box
from signing.errors import FileUnreadable

if TYPE_CHECKING:
    import numpy as np

_DPI = 72.0
_SCAN_DPI = 50.0
"""Enough to see that a line of print is there, when a scan is unpacked at a part of its size."""
_MAX_SCAN_PIXELS = 60_000_000
_MAX_UNPACKED = 50_000_000
"""Bytes of pictures on a page beyond which it is not looked at: signing stays small in memory."""
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
        self._scans: dict[int, np.ndarray | None] = {}
        self._heavy: dict[int, bool] = {}
        self._strips: dict[tuple[int, int], np.ndarray] = {}

    def __enter__(self) -> RenderedGround:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pdf is not None:
            self._pdf.close()
            self._pdf = None

    def ink(self, page: int, box: Box) -> float:
        """Share of inked pixels in a box, 0 to 1; 0 where the page is too heavy to look at."""
        parts = self._scanned(page, box) or self._rendered(page, box)
        total = sum(part.size for part in parts)
        return float(sum(part.sum() for part in parts)) / total if total else 0.0

    def _scanned(self, page: int, box: Box) -> list[np.ndarray]:
        """The box on a page that is one JPEG; empty for other pages."""
        if page not in self._scans:
            self._scans[page] = _scan(self._opened()[page])
        scan = self._scans[page]
        if scan is None:
            return []
        width, height = (side / PT_PER_MM for side in self._opened()[page].get_size())
        return [_cut(scan, box, scan.shape[1] / width, scan.shape[0] / height)]

    def _rendered(self, page: int, box: Box) -> list[np.ndarray]:
        if page not in self._heavy:
            self._heavy[page] = _unpacked_bytes(self._opened()[page]) > _MAX_UNPACKED
        if self._heavy[page]:
            return []
        left, top, right, bottom = box
        scale = self._scale(page)
        parts = []
        for number in range(max(0, int(top // _STRIP_MM)), int(bottom // _STRIP_MM) + 1):
            start = number * _STRIP_MM
            place = (left, top - start, right, bottom - start)
            parts.append(_cut(self._strip(page, number), place, scale, scale))
        return parts

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


def _cut(pixels: np.ndarray, box: Box, across: float, down: float) -> np.ndarray:
    """A box of millimetres out of pixels, by pixels a millimetre."""
    left, right = (max(0, round(edge * across)) for edge in box[::2])
    top, bottom = (max(0, round(edge * down)) for edge in box[1::2])
    return pixels[top:bottom, left:right]


def _unpacked_bytes(page: Any) -> float:  # noqa: ANN401
    """What the pictures of a page take in memory when it is rendered."""
    import pypdfium2.raw as pdfium

    total = 0.0
    for each in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=5):
        width, height = each.get_px_size()
        total += width * height * max(1, each.get_metadata().bits_per_pixel) / 8
    return total


def _scan(page: Any) -> np.ndarray | None:  # noqa: ANN401
    """Ink of a page that is one JPEG under invisible text, unpacked at a part of its size.

    Four times faster than rendering it: a batch of scans asks for nothing else.
    """
    import numpy as np
    from PIL import Image

    data = _only_jpeg(page)
    if data is None:
        return None
    try:
        with Image.open(BytesIO(data), formats=["JPEG"]) as image:
            if image.mode not in ("L", "RGB") or image.width * image.height > _MAX_SCAN_PIXELS:
                return None
            least = max(page.get_size()) / 72 * _SCAN_DPI / max(image.size)
            image.draft("L", (round(image.width * least), round(image.height * least)))
            grey = np.asarray(image.convert("L"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return _inked(np.rot90(grey, -page.get_rotation() // 90))


def _only_jpeg(page: Any) -> bytes | None:  # noqa: ANN401
    """The bytes of the JPEG that fills a page upright, where nothing else is seen on it."""
    import pypdfium2.raw as pdfium

    picture = None
    for each in page.get_objects(max_depth=1):
        if each.type == pdfium.FPDF_PAGEOBJ_TEXT:
            if pdfium.FPDFTextObj_GetTextRenderMode(each) != pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
                return None
        elif picture is not None or each.type != pdfium.FPDF_PAGEOBJ_IMAGE:
            return None
        else:
            picture = each
    if picture is None or list(picture.get_filters()) != ["DCTDecode"]:
        return None
    edges = zip(picture.get_bounds(), page.get_cropbox(), strict=True)
    a, b, c, d, _, _ = picture.get_matrix().get()
    if any(abs(one - other) > 1 for one, other in edges) or abs(b) + abs(c) > 0.01 or min(a, d) < 0:
        return None
    return bytes(picture.get_data(decode_simple=False))


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
