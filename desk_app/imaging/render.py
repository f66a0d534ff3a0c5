"""Pictures of a page for the window: upright, level, as JPEG bytes. Masters stay untouched."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from desk_app.imaging import picture
from desk_app.imaging._cv import cv2
from desk_app.imaging.geometry import Frame
from desk_app.imaging.picture import Pixels
from desk_app.records import PageCondition

THUMBNAIL_PX = 240
PREVIEW_PX = 1600
_JPEG_QUALITY = 85


def view_frame(condition: PageCondition, max_px: int) -> Frame:
    """The frame of the picture that `preview` gives: maps boxes on disk to its pixels and back."""
    whole = Frame.of(condition)
    scale = min(1.0, max_px / max(whole.size))
    return Frame.of(condition, scale)


def preview(path: Path, max_px: int = PREVIEW_PX, condition: PageCondition | None = None) -> bytes:
    """The page upright and level, at most about max_px along its longer side.

    Args:
        path: Picture of the page.
        max_px: Longer side of the result in pixels.
        condition: From `condition.run` or `ocr.run`; None shows the page as it lies on disk.

    Returns:
        A JPEG file.

    Raises:
        UnusableInput: The picture cannot be decoded.
    """
    frame = view_frame(condition, max_px) if condition else _plain_frame(path, max_px)
    # Twice the size is decoded so that turning by the skew does not soften the letters.
    shot = picture.load(path, max_side=2 * max(frame.scaled_size))
    return _jpeg(frame.apply(shot.pixels))


def thumbnail(
    path: Path, max_px: int = THUMBNAIL_PX, condition: PageCondition | None = None
) -> bytes:
    """A small `preview` for lists."""
    return preview(path, max_px, condition)


def crop(path: Path, box: tuple[int, int, int, int], condition: PageCondition) -> bytes:
    """The part of a page under a box on disk, turned upright: what a clerk compares a field with.

    Returns:
        A JPEG file.

    Raises:
        UnusableInput: The picture cannot be decoded.
    """
    x0, y0, x1, y1 = box
    part = picture.load(path).pixels[y0:y1, x0:x1]
    return _jpeg(np.ascontiguousarray(np.rot90(part, -(condition.rotation // 90))))


def _plain_frame(path: Path, max_px: int) -> Frame:
    header = picture.probe(path)
    scale = min(1.0, max_px / max(header.width, header.height))
    return Frame(header.width, header.height, scale=scale)


def _jpeg(pixels: Pixels) -> bytes:
    stored = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return bytes(data.tobytes())
