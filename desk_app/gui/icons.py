"""The desk's own SVG symbols, tinted from the theme (standard icons are black on dark)."""

from __future__ import annotations

import functools

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize
from PySide6.QtGui import QIcon, QImageReader, QPixmap

from desk_app.gui import theme
from desk_app.paths import RESOURCES

FOLDER = RESOURCES / "icons"
SIZES_PX = (20, 40)
"""One size for a screen at 100 %, one for 150 and 200 %."""


@functools.cache
def _source(name: str) -> str:
    return (FOLDER / f"{name}.svg").read_text(encoding="utf-8")


@functools.lru_cache(maxsize=256)
def _rendered(name: str, colour: str, size_px: int) -> QPixmap:
    data = QByteArray(_source(name).replace("currentColor", colour).encode())
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(b"svg"))
    reader.setScaledSize(QSize(size_px, size_px))
    return QPixmap.fromImage(reader.read())


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
