"""A table under a document camera: pages are laid on it by a hand and taken away again."""

from __future__ import annotations

import functools
import random
from pathlib import Path

import cv2  # noqa: TID251 - a test has no window
import numpy as np
from PIL import Image, ImageDraw

SIZE = (1600, 1200)
FPS = 10
CORNERS = ((450, 110), (1140, 130), (1180, 1110), (420, 1090))
"""Where a page lies, seen at a slant."""


def page(number: int) -> Image.Image:
    """An A4 page with text of its own."""
    image = Image.new("RGB", (1050, 1485), "white")
    pen = ImageDraw.Draw(image)
    rule = random.Random(number)
    for y in range(70, 1400, 26):
        words = "".join(rule.choices("aăâbcdđeêghiklmnoôơpqrstuưvxy    ", k=rule.randint(5, 60)))
        pen.text((80, y), f"{number} {words}", fill="black", font_size=20)
    pen.rectangle((700, 100, 760 + number, 180), fill=(190, 20, 30))
    return image


def as_frame(page: Image.Image) -> np.ndarray:
    return cv2.cvtColor(np.asarray(page.convert("RGB")), cv2.COLOR_RGB2BGR)


@functools.cache
def table() -> np.ndarray:
    """Dark wood."""
    noise = np.random.default_rng(1).normal(0, 6, (SIZE[1], SIZE[0], 1))
    grain = 12 * np.sin(np.arange(SIZE[1]) / 17.0)[:, None, None]
    return np.clip(np.array([40, 60, 85]) + noise + grain, 0, 255).astype(np.uint8)


def lay(page: Image.Image, corners=CORNERS, *, blur: float = 0.0, glare: bool = False):
    """A frame with a page on the table."""
    picture = as_frame(page)
    if glare:
        cv2.circle(picture, (picture.shape[1] // 2, picture.shape[0] // 2), 90, (255, 255, 255), -1)
    picture = np.where(picture > 235, 235, picture).astype(np.uint8) if not glare else picture
    if glare:
        mask = np.zeros(picture.shape[:2], np.uint8)
        cv2.circle(mask, (picture.shape[1] // 2, picture.shape[0] // 2), 90, 255, -1)
        picture = np.where(mask[..., None] > 0, 255, np.minimum(picture, 225)).astype(np.uint8)
    height, width = picture.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, np.array(corners, np.float32))
    frame = table().copy()
    cv2.warpPerspective(picture, matrix, SIZE, frame, cv2.INTER_AREA, cv2.BORDER_TRANSPARENT)
    return cv2.GaussianBlur(frame, (0, 0), blur) if blur else frame


def hand(frame: np.ndarray, at: int) -> np.ndarray:
    """The same with a hand over it."""
    covered = frame.copy()
    cv2.ellipse(covered, (300 + at * 160, 700), (170, 480), 20, 0, 360, (120, 150, 205), -1)
    return covered


def scene(pages: list[Image.Image], *, still: int = 4, **how) -> list[np.ndarray]:
    """Frames of pages laid one after the other."""
    frames = [table()] * 2
    for page in pages:
        lying = lay(page, **how)
        frames += [hand(lying, at) for at in (0, 2)]
        frames += [noisy(lying, n) for n in range(still)]
        frames += [hand(lying, 1)] + [table()] * 4
    return frames


def noisy(frame: np.ndarray, seed: int) -> np.ndarray:
    """The same as a sensor would see it the next moment."""
    return cv2.add(frame, grain(seed % 4), dtype=cv2.CV_8U)


@functools.cache
def grain(seed: int) -> np.ndarray:
    """What a sensor adds."""
    noise = np.random.default_rng(seed).normal(0, 1.5, (SIZE[1], SIZE[0], 1))
    return np.rint(noise).astype(np.int16).repeat(3, axis=2)


def write_video(path: Path, frames: list[np.ndarray]) -> Path:
    """A video as a camera would have recorded it."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), FPS, SIZE)
    assert writer.isOpened()
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path
