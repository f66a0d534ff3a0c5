"""What a document scanner makes of a clean sheet: tint, lean, show-through, softness, noise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter, ImageOps

from .sheet import DPI

JPEG_QUALITY = 78
_Pixels = NDArray[np.float32]
_PAPER = (251, 249, 243)
_LID = (246, 246, 245)
"""The white roller behind the sheet, seen where a leaning sheet leaves the picture's corners."""


@dataclass(frozen=True, slots=True)
class Feed:
    """How one side went through the feeder."""

    rotation: int = 0
    """Clockwise turn, 0 or 180, that brings the picture upright."""
    skew_deg: float = 0.0
    """How far the upright page's lines lean clockwise."""
    show_through: float = 0.03
    """Share of the other side's ink that shines through."""


def _lay(sheet: Image.Image, other: Image.Image | None, feed: Feed) -> Image.Image:
    """The sheet on the glass: what shines through, then its lean and turn, the roller around it."""
    page = sheet
    if other is not None:
        faint = ImageOps.mirror(other).filter(ImageFilter.GaussianBlur(5))
        keep = [round(255 - (255 - value) * feed.show_through) for value in range(256)]
        page = ImageChops.multiply(page, faint.point(keep * 3))
    page = ImageChops.multiply(page, Image.new("RGB", page.size, _PAPER))
    turn = -feed.skew_deg
    outline = Image.new("L", page.size, 255).rotate(turn, Image.Resampling.BILINEAR)
    page = page.rotate(turn, Image.Resampling.BICUBIC, fillcolor=_LID)
    edge = outline.filter(ImageFilter.GaussianBlur(6))
    shadow = edge.point([255 - (255 - value) * value // 3600 for value in range(256)])
    page = ImageChops.multiply(page, shadow.convert("RGB"))
    return page.rotate(180) if feed.rotation == 180 else page


def _light(height: int, width: int, rng: np.random.Generator) -> _Pixels:
    """A lamp that is a little brighter at one end and darker at the sides."""
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    lean = np.float32(rng.uniform(-0.008, 0.008))
    light: _Pixels = 1 - 0.012 * x**2 + lean * y - 0.006 * y**2
    return light


def _dust(pixels: _Pixels, rng: np.random.Generator, count: int) -> None:
    """Specks of at most three pixels, as dust on paper leaves them."""
    height, width = pixels.shape[:2]
    for _ in range(count):
        y, x = int(rng.integers(60, height - 60)), int(rng.integers(60, width - 60))
        size = int(rng.integers(1, 4))
        pixels[y : y + size, x : x + size] *= rng.uniform(0.45, 0.8)


def scan(
    sheet: Image.Image, other: Image.Image | None, feed: Feed, rng: np.random.Generator
) -> Image.Image:
    """Turn one drawn side into what the scanner delivers.

    Args:
        sheet: The side, upright and clean.
        other: The sheet's other side, or None if nothing is on it.
        feed: How it lay.
        rng: Noise, light and dust of this side.

    Returns:
        The picture at the same size.
    """
    page = _lay(sheet, other, feed).filter(ImageFilter.GaussianBlur(0.75))
    pixels = np.asarray(page, dtype=np.float32).copy()
    height, width = pixels.shape[:2]
    pixels *= _light(height, width, rng)[..., None]
    grain = rng.standard_normal((height, width), dtype=np.float32) * 1.9
    pixels += grain[..., None]
    _dust(pixels, rng, int(rng.integers(2, 9)))
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def save(picture: Image.Image, path: Path) -> None:
    """Write a scanner's JPEG, which states its resolution."""
    picture.save(path, "JPEG", quality=JPEG_QUALITY, dpi=(DPI, DPI), subsampling="4:2:0")
