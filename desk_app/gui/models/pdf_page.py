"""A page of a signed file as pixels. Runs in a worker process: a hostile file ends only that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pypdfium2

DPI = 170
LONGEST_PX = 6000
"""A page of any size becomes at most this large."""


def render(path: Path, page: int, end: int = 0) -> tuple[int, int, int, bytes, int]:
    """Width, height, bytes a line, BGRX pixels, and how many pages the file has.

    Args:
        path: the file.
        page: page index; of the whole file, one too high shows the last.
        end: show the revision that ends at this byte, as its signer saw it. A page that it does
            not have has no pixels.

    Raises:
        UnusableInput: the file cannot be shown.
    """
    import pypdfium2

    from desk_app.errors import UnusableInput
    from desk_app.store import plain

    try:
        with plain.readable(path) as file, _opened(file, end) as document:
            form = document.get_formtype()
            if form:
                document.init_forms()
            if end and page >= len(document):
                return 0, 0, 0, b"", len(document)
            sheet = document[min(page, len(document) - 1)]
            longest = max(sheet.get_size()) or 1
            scale = min(DPI / 72, LONGEST_PX / longest)
            bitmap = sheet.render(scale=scale, rev_byteorder=False, prefer_bgrx=True)
            pixels = bytes(bitmap.buffer)
            return bitmap.width, bitmap.height, bitmap.stride, pixels, len(document)
    except pypdfium2.PdfiumError as fault:
        raise UnusableInput(
            str(fault), file=path.name[:12], detail_vi="không đọc được trang của tệp PDF"
        ) from fault


@contextmanager
def _opened(path: Path, end: int) -> Iterator[pypdfium2.PdfDocument]:
    """The file, or the part of it that was signed."""
    import pypdfium2

    if not end:
        with pypdfium2.PdfDocument(path) as document:
            yield document
        return
    from signing.verify.render import Prefix

    with path.open("rb") as file, pypdfium2.PdfDocument(Prefix(file, end)) as document:
        yield document
