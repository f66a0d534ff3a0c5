"""The desk's own SVG symbols, tinted from the theme (standard icons are black on dark)."""

from __future__ import annotations

import functools
import re

from PySide6.QtGui import QIcon, QImage, QPixmap

from desk_app.gui import theme
from desk_app.paths import RESOURCES

FOLDER = RESOURCES / "icons"
_SIZE = re.compile(r'(?<= )(width|height)="24"')
SIZES_PX = (20, 40)
"""One size for a screen at 100 %, one for 150 and 200 %."""


@functools.cache
def _source(name: str) -> str:
    return (FOLDER / f"{name}.svg").read_text(encoding="utf-8")


@functools.lru_cache(maxsize=256)
def _rendered(name: str, colour: str, size_px: int) -> QPixmap:
    text = _SIZE.sub(rf'\g<1>="{size_px}"', _source(name)).replace("currentColor", colour)
    # From bytes, never through a QBuffer made here: Qt looks at such a device under its one lock
    # for image formats, its methods wait for the interpreter, and a thread that decodes a page
    # holds the interpreter while it waits for that lock: the window then stands for ever.
    return QPixmap.fromImage(QImage.fromData(text.encode(), "SVG"))


def pixmap(name: str, tone: str = "text", size_px: int = 20, ratio: float = 1.0) -> QPixmap:
    """A symbol in a theme colour, `size_px` logical pixels wide."""
    colour = getattr(theme.current(), tone)
    picture = QPixmap(_rendered(name, colour, round(size_px * ratio)))
    picture.setDevicePixelRatio(ratio)
    return picture


def icon(name: str, tone: str = "text") -> QIcon:
    """A symbol for buttons and menus, with its disabled state in muted colour."""
    result = QIcon()
    for size in SIZES_PX:
        result.addPixmap(pixmap(name, tone, size))
        result.addPixmap(pixmap(name, "control", size), QIcon.Mode.Disabled)
    return result


def rail_icon(name: str) -> QIcon:
    """A symbol for the mode rail: accent where its screen is open."""
    result = QIcon()
    for size in (24, 48):
        result.addPixmap(pixmap(name, "muted", size), QIcon.Mode.Normal, QIcon.State.Off)
        result.addPixmap(pixmap(name, "accent", size), QIcon.Mode.Normal, QIcon.State.On)
    return result
