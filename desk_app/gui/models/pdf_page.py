"""A page of a signed file as pixels. Runs in a worker process: a hostile file ends only that."""

from __future__ import annotations

from pathlib import Path

DPI = 170
LONGEST_PX = 6000
"""A page of any size becomes at most this large."""


def render(path: Path, page: int) -> tuple[int, int, int, bytes, int]:
    """Width, height, bytes a line, BGRX pixels, and how many pages the file has.

    Raises:
        UnusableInput: the file cannot be shown.
    """
    import pypdfium2

    from desk_app.errors import UnusableInput

    try:
        with pypdfium2.PdfDocument(path) as document:
            form = document.get_formtype()
            if form:
                document.init_forms()
            sheet = document[min(page, len(document) - 1)]
            longest = max(sheet.get_size()) or 1
            scale = min(DPI / 72, LONGEST_PX / longest)
            bitmap = sheet.render(scale=scale, rev_byteorder=False, prefer_bgrx=True)
            pixels = bytes(bitmap.buffer)
            return bitmap.width, bitmap.height, bitmap.stride, pixels, len(document)
    except pypdfium2.PdfiumError as fault:
        raise UnusableInput(str(fault), file=path.name[:12]) from fault
