"""A page of a signed file as a picture, from a worker process: a hostile file ends only that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from desk_app.gui.models import pdf_page
from desk_app.gui.models.pictures import Picture, picture_of

if TYPE_CHECKING:
    from desk_app.jobs import Workers


def render(renderer: Workers, path: str, page: int, end: int = 0) -> tuple[Picture, int]:
    """Runs on a lane: one page, and how many the file has.

    Args:
        renderer: the process that opens signed files.
        path: the file.
        page: page index.
        end: show the revision that ends at this byte; 0 for the file as it is.
    """
    found = renderer.submit(pdf_page.render, Path(path), page, end).result()
    width, height, stride, pixels, pages = found
    image = QImage(pixels, width, height, stride, QImage.Format.Format_RGB32).copy()
    return picture_of(image, (path, page)), pages
