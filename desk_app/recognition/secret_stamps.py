"""Small red stamps read for themselves: MẬT, TỐI MẬT, TUYỆT MẬT.

The marks are framed red stamps of 8 mm height and 20, 30 or 40 mm width (TT 24/2020/TT-BCA; the
sizes are not confirmed here). On a page with large red stamps or a printed red border they go with
these before the page is read, and within their frames the engine overlooks them: so what has their
size is cut out and read alone, red ink only. Whatever else stands there is left as it was read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from desk_app.imaging import colour
from desk_app.imaging._cv import cv2
from desk_app.imaging.picture import Picture, Pixels
from desk_app.recognition import tesseract
from desk_app.recognition.tesseract import Engine, ReadTimedOut
from desk_app.recognition.vietnamese import fold
from desk_app.records import Box, PageCondition, PageText, Word

MARKS = {"mat": "MẬT", "toimat": "TỐI MẬT", "tuyetmat": "TUYỆT MẬT"}
"""The marks by their letters without accents and spaces."""


@dataclass(frozen=True, slots=True)
class Params:
    """What may be such a stamp."""

    least_red: float = 0.0001
    """Share of the page that is red from which stamps are looked for."""
    width_mm: tuple[float, float] = (12.0, 60.0)
    height_mm: tuple[float, float] = (5.0, 14.0)
    gap_mm: float = 1.0
    """White between the letters and the frame that still holds together."""
    least_squareness: float = 1.3
    """Width to height: a round seal is none."""
    most: int = 6
    """Places that are read on a page."""
    dpi: int = 300
    """Resolution at which they are read."""
    frame_share: float = 0.6
    """A row or column with so much ink is a line of the frame."""


def run(
    text: PageText, shot: Picture, condition: PageCondition, params: Params = Params(),
    engine: Engine | None = None,
) -> PageText:  # fmt: skip
    """The page's words, and those of marks that were not among them, as lines of their own.

    Args:
        text: What was read.
        shot: The picture.
        condition: With the turn under which the page was read.
        params: What is looked for.
        engine: Instead of the usual one.
    """
    if condition.red_share < params.least_red:
        return text
    reader = engine or tesseract.engine()
    line = max((word.line for word in text.words), default=-1)
    added: list[Word] = []
    for box in _places(shot, condition, params):
        if any(_lies_in(word, box) and fold(word.read).endswith("mat") for word in text.words):
            continue
        said = _read(shot, condition, box, params, reader)
        if said:
            line += 1
            added += [Word(each, box, 0.5, each, line, flagged=True) for each in said.split()]
    if not added:
        return text
    return PageText((*text.words, *added), text.rotation, text.width, text.height, text.engine)


def _places(shot: Picture, condition: PageCondition, params: Params) -> Iterator[Box]:
    """Red things of a mark's size, as boxes on disk."""
    thin = shot.thin
    to_disk = condition.width / thin.shape[1]
    dpi = condition.dpi / to_disk
    red = colour.stamp_mask(thin, dpi)
    reach = max(1, round(params.gap_mm / 25.4 * dpi)) | 1
    joined = cv2.dilate(red, np.ones((reach, reach), np.uint8))
    _, _, boxes, _ = cv2.connectedComponentsWithStats(joined)
    is_turned = condition.rotation % 180 != 0
    found = 0
    for left, top, wide, high, _ in boxes[1:].tolist():
        across, down = (high, wide) if is_turned else (wide, high)
        width_mm, height_mm = ((side - reach) / dpi * 25.4 for side in (across, down))
        has_size = (
            params.width_mm[0] <= width_mm <= params.width_mm[1]
            and params.height_mm[0] <= height_mm <= params.height_mm[1]
            and across >= params.least_squareness * down
        )
        if has_size and found < params.most:
            found += 1
            x0, y0 = round(left * to_disk), round(top * to_disk)
            yield x0, y0, round((left + wide) * to_disk), round((top + high) * to_disk)


def _read(shot: Picture, condition: PageCondition, box: Box, params: Params, reader: Engine) -> str:
    """The mark that stands in a place; empty where it is none."""
    x0, y0, x1, y1 = box
    cut = shot.pixels[y0:y1, x0:x1]
    if cut.ndim != 3 or not cut.size:
        return ""
    ink = _red_ink(np.rot90(cut, -(condition.rotation // 90)), condition.dpi, params)
    try:
        words = reader.read(ink, params.dpi, "block", timeout_s=5.0)
    except ReadTimedOut:
        return ""
    return _mark("".join(word for word in map(_letters, (w.text for w in words)) if len(word) > 1))


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalpha())


def _mark(letters: str) -> str:
    """The mark in what was read, words joined and remains of the frame beside it."""
    read = fold(letters)
    whole = MARKS.get(read, "")
    return whole or next((MARKS[m] for m in ("tuyetmat", "toimat") if m in read), "")


def _red_ink(cut: Pixels, dpi: int, params: Params) -> Pixels:
    """Red ink dark on white at reading size, without the lines of the frame."""
    red, green, blue = cv2.split(np.ascontiguousarray(cut))
    redness = cv2.subtract(red, cv2.max(green, blue))
    top = max(1, int(redness.max(initial=1)))
    ink = np.asarray(255 - np.minimum(255, redness.astype(np.float32) * (255 / top)), np.uint8)
    dark = ink < 128
    ink[dark.mean(axis=1) >= params.frame_share] = 255
    ink[:, dark.mean(axis=0) >= params.frame_share] = 255
    scale = params.dpi / max(1, dpi)
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    ink = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    around = round(3 / 25.4 * params.dpi)
    return np.pad(ink, around, constant_values=255)


def _lies_in(word: Word, box: Box) -> bool:
    x, y = (word.box[0] + word.box[2]) / 2, (word.box[1] + word.box[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
