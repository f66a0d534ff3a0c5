"""Ink in lines of print that no word covers: what the engine overlooked.

A word lost beside a stamp or an underline has no box that could be flagged. Its ink is still
there: parts of a letter's size that stand in a row where no word was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt

from desk_app.imaging import colour, picture, quality
from desk_app.imaging._cv import cv2
from desk_app.imaging.geometry import Frame
from desk_app.imaging.picture import Pixels
from desk_app.records import Box, PageCondition, PageText


@dataclass(frozen=True, slots=True)
class Params:
    """What counts as overlooked print; heights are in heights of the page's usual word."""

    dpi: int = 120
    darkness: int = 70
    """How much darker than the paper ink is, in levels of 255."""
    above: float = 0.35
    """How far above and below a word its ink may reach."""
    beside: float = 0.15
    """The same to its left and right."""
    lowest: float = 0.35
    """Least height of a letter."""
    highest: float = 1.6
    """Most height of a letter; drawings and signatures are higher."""
    gap: float = 0.8
    """White that still joins two letters to one piece."""
    shortest: float = 1.0
    """Least width of a piece."""
    letters: int = 2
    """Least parts of a piece."""
    edge_mm: float = 6.0
    """Shadow and punched holes lie nearer to the paper's edge."""


def uncovered_ink(
    path: Path, condition: PageCondition, text: PageText, params: Params = Params()
) -> tuple[Box, ...]:
    """Boxes on disk, top to bottom, of what looks like print and was not read.

    Args:
        path: Picture of the page.
        condition: With the rotation under which the page was read.
        text: What was read.
        params: What counts as print.

    Raises:
        UnusableInput: The picture cannot be decoded.
    """
    if len(text.words) < params.letters:
        return ()
    frame = Frame.of(condition, min(1.0, params.dpi / condition.dpi))
    loaded = picture.load(path, max_side=max(frame.scaled_size)).pixels
    boxes = [frame.to_view(word.box) for word in text.words]
    height = median(box[3] - box[1] for box in boxes)
    ink = _ink(loaded, condition, frame, params)
    margin = round(params.edge_mm / 25.4 * params.dpi)
    ink[:margin] = ink[-margin:] = 0
    ink[:, :margin] = ink[:, -margin:] = 0
    for x0, y0, x1, y1 in boxes:
        up, out = round(params.above * height), round(params.beside * height)
        ink[max(0, y0 - up) : y1 + up, max(0, x0 - out) : x1 + out] = 0
    pieces = _pieces(_letters(ink, height, params), height, params)
    return tuple(frame.to_disk(piece) for piece in sorted(pieces, key=lambda box: (box[1], box[0])))


def _ink(loaded: Pixels, condition: PageCondition, frame: Frame, params: Params) -> Pixels:
    """Mask (1 = ink) of the upright view, without stamps."""
    columns, rows = frame.scaled_size
    resized = cv2.resize(loaded, (columns, rows), interpolation=cv2.INTER_AREA)
    small = np.asarray(resized, np.uint8)
    dpi = condition.dpi * frame.scale
    red = colour.stamps_of(colour.stamp_mask(small, dpi), dpi)
    grey = colour.without_stamps(small, red)
    even = quality.divided(grey, quality.background(grey, dpi))
    return (frame.apply(even) < 255 - params.darkness).astype(np.uint8)


def _letters(ink: Pixels, height: float, params: Params) -> Pixels:
    """Only the parts that have a letter's size."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    tall, wide = stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_WIDTH]
    kept = (tall >= params.lowest * height) & (tall <= params.highest * height)
    kept &= (wide <= 3 * height) & (wide >= 0.1 * height)
    kept[0] = False
    return np.asarray(kept.astype(np.uint8)[labels])


def _pieces(letters: Pixels, height: float, params: Params) -> list[Box]:
    """Letters that stand beside each other, as boxes."""
    reach = max(1, round(params.gap * height)) | 1
    joined = cv2.dilate(letters, np.ones((1, reach), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    parts = _parts_in(letters, np.asarray(labels, np.int64), count)
    pieces = []
    for number in range(1, count):
        x, y, wide, tall = (int(value) for value in stats[number, :4])
        wide -= reach - 1
        if parts[number] < params.letters or wide < params.shortest * height:
            continue
        if tall <= 2 * params.highest * height:
            pieces.append((x + reach // 2, y, x + reach // 2 + wide, y + tall))
    return pieces


def _parts_in(letters: Pixels, labels: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """How many letters each piece has."""
    number, _, _, middles = cv2.connectedComponentsWithStats(letters, connectivity=8)
    found = np.zeros(count, np.int64)
    for x, y in middles[1:number]:
        found[labels[int(y), int(x)]] += 1
    return found
