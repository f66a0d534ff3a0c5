"""Ink in lines of print that no word covers: what the engine overlooked.

A word lost beside a stamp or an underline has no box that could be flagged. Its ink is still
there: parts of a letter's size that stand in a row where no word was read. The parts are those that
`imaging.ruling` counted on the picture that was read, so that looking costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from desk_app.imaging._cv import cv2
from desk_app.imaging.picture import Pixels
from desk_app.records import Box

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Params:
    """What counts as overlooked print; heights are in heights of the page's usual word."""

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
    parts: Ints,
    words: Sequence[Box],
    size: tuple[int, int],
    dpi: float,
    params: Params = Params(),
) -> tuple[Box, ...]:
    """Boxes, top to bottom, of what looks like print and was not read.

    Args:
        parts: Left, top, width and height of each connected part, from `ruling.Found`.
        words: Boxes of what was read, in pixels of the same picture.
        size: Width and height of that picture.
        dpi: Its resolution.
        params: What counts as print.
    """
    if len(words) < params.letters or not len(parts):
        return ()
    height = median(box[3] - box[1] for box in words)
    letters = parts[_is_letter(parts, size, dpi, height, params)]
    covered = _cover(words, size, height, params)
    middles = letters[:, :2] + letters[:, 2:4] // 2
    left = letters[covered[middles[:, 1], middles[:, 0]] == 0]
    if len(left) < params.letters:
        return ()
    return tuple(sorted(_pieces(left, size, height, params), key=lambda box: (box[1], box[0])))


def _is_letter(
    parts: Ints, size: tuple[int, int], dpi: float, height: float, params: Params
) -> npt.NDArray[np.bool_]:
    """Which parts have a letter's size and lie away from the paper's edge."""
    x, y, wide, tall = parts[:, :4].T
    kept = (tall >= params.lowest * height) & (tall <= params.highest * height)
    kept &= (wide <= 3 * height) & (wide >= 0.1 * height)
    margin = params.edge_mm / 25.4 * dpi
    kept &= (x >= margin) & (x + wide <= size[0] - margin)
    return np.asarray(kept & (y >= margin) & (y + tall <= size[1] - margin))


def _cover(words: Sequence[Box], size: tuple[int, int], height: float, params: Params) -> Pixels:
    """Mask (1 = read) of the words with some room around them."""
    covered = np.zeros((size[1], size[0]), np.uint8)
    up, out = round(params.above * height), round(params.beside * height)
    for x0, y0, x1, y1 in words:
        covered[max(0, y0 - up) : y1 + up, max(0, x0 - out) : x1 + out] = 1
    return covered


def _pieces(letters: Ints, size: tuple[int, int], height: float, params: Params) -> list[Box]:
    """Letters that stand beside each other, as boxes."""
    reach = round(params.gap * height / 2)
    joined = np.zeros((size[1], size[0]), np.uint8)
    for x, y, wide, tall in letters[:, :4].tolist():
        joined[y : y + tall, max(0, x - reach) : x + wide + reach] = 1
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    piece_of = labels[letters[:, 1], letters[:, 0]]
    pieces = []
    for number in range(1, count):
        own = letters[piece_of == number]
        if len(own) < params.letters:
            continue
        x0, y0 = own[:, :2].min(axis=0).tolist()
        x1, y1 = (own[:, :2] + own[:, 2:4]).max(axis=0).tolist()
        if x1 - x0 >= params.shortest * height and y1 - y0 <= 2 * params.highest * height:
            pieces.append((x0, y0, x1, y1))
    return pieces
