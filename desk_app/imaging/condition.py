"""The condition of one page from one reduced decode: the stage before reading.

`run` finds whether lines run across or down the page and, where the print is telling, which end is
up; `recognition.ocr.run` confirms it by what it reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from desk_app.imaging import blank, colour, geometry, picture, quality
from desk_app.imaging._cv import cv2
from desk_app.imaging.picture import Picture, Pixels
from desk_app.records import PageCondition


@dataclass(frozen=True, slots=True)
class Params:
    """Thresholds of the page checks. Fitted on drawn pages and office scans of 100-300 dpi."""

    work_side_px: int = picture.WORK_SIDE_PX
    """Longer side of the reduced page."""
    geometry_side_px: int = 1200
    geometry_ink: int = 56
    axis_certain: float = 0.5
    """Confidence of a rotation whose axis is certain while up and down are not told apart."""
    upright_sure: float = 0.08
    """Difference between the edges of lines from which up and down are told apart: of 90 drawn
    papers 79 reach it, one of them wrongly; of the shared office pages all, rightly."""
    skew_min_confidence: float = 0.25
    """Below this the skew is not trusted and given as 0."""
    blurred_below: float = 190.0
    low_contrast_below: float = 60.0
    skewed_over_deg: float = 3.0
    corner_mm: float = 6.0
    corner_dark: float = 0.62
    """Brightness, as a share of the paper's, under which a corner shows the scanner's lid."""
    geometry: geometry.Params = field(default_factory=geometry.Params)
    blank: blank.Params = field(default_factory=blank.Params)
    colour: colour.Params = field(default_factory=colour.Params)


def run(path: Path, params: Params = Params(), shot: Picture | None = None) -> PageCondition:
    """Measure one page.

    Args:
        path: JPEG, PNG or TIFF picture of the page.
        params: Thresholds.
        shot: The picture, where it is decoded already.

    Raises:
        UnusableInput: The picture is empty, cut off, too large or none at all.
    """
    return measure(path, params, shot)[0]


def measure(
    path: Path, params: Params = Params(), shot: Picture | None = None
) -> tuple[PageCondition, Pixels | None]:
    """As `run`, with the mask of letters by which lines were looked for; None of a blank page."""
    side = params.work_side_px
    shot = shot or picture.load(path, max_side=side)
    header, grey = shot.header, shot.small_grey(side)
    dpi = max(1.0, header.dpi * grey.shape[1] / header.width)
    paper = quality.background(grey, dpi)
    depth = quality.ink_depth(grey, paper)
    red_share = _red_share(shot, params)
    ink = blank.judge(depth, paper, red_share, dpi, params.blank)
    letters = None if ink.blank == "blank" else _letters(depth, params)
    rotation, rotation_confidence, lean = _orientation(letters, params)
    facts = PageCondition(
        width=header.width,
        height=header.height,
        dpi=header.dpi,
        rotation=rotation,
        rotation_confidence=rotation_confidence,
        skew_deg=lean.skew_deg,
        skew_confidence=lean.confidence,
        blank=ink.blank,
        ink_share=round(ink.ink_share, 6),
        red_share=round(red_share, 6),
        sharpness=round(quality.sharpness(grey), 1),
        contrast=round(quality.contrast(grey), 1),
    )
    return _with_problems(facts, grey, dpi, params), letters


def _red_share(shot: Picture, params: Params) -> float:
    thin = shot.thin
    dpi = max(1.0, shot.header.dpi * thin.shape[1] / shot.header.width)
    red = colour.stamp_mask(thin, dpi, params.colour)
    return float(np.count_nonzero(red)) / red.size


def _orientation(letters: Pixels | None, params: Params) -> tuple[int, float, geometry.Lean]:
    """Turn, its confidence, and the lean of the turned page; nothing certain on a blank page."""
    if letters is None:
        return 0, 0.0, geometry.Lean(0.0, 0.0, 0.0)
    rotation, axis_confidence, lean = geometry.find_axis(letters, params.geometry)
    certain = params.axis_certain
    if abs(lean.upright) >= params.upright_sure:
        certain += (1 - certain) * min(1.0, abs(lean.upright) * 2)
        rotation = rotation if lean.upright > 0 else geometry.turned(rotation, 180)
    confidence = round(axis_confidence * certain, 3)
    if lean.confidence < params.skew_min_confidence:
        lean = geometry.Lean(0.0, lean.confidence, lean.energy)
    return rotation, confidence, lean


def _letters(depth: Pixels, params: Params) -> Pixels:
    """Mask of the letter-sized ink, reduced to the size at which lines are looked for."""
    factor = min(1.0, params.geometry_side_px / max(depth.shape))
    if factor < 1.0:
        depth = np.asarray(
            cv2.resize(depth, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8
        )
    ink = (depth >= params.geometry_ink).astype(np.uint8)
    return geometry.letter_mask(ink, params.geometry)


def _with_problems(facts: PageCondition, grey: Pixels, dpi: float, params: Params) -> PageCondition:
    problems = []
    if facts.blank == "content":
        if facts.sharpness < params.blurred_below:
            problems.append("blurred")
        if facts.contrast < params.low_contrast_below:
            problems.append("low_contrast")
        if abs(facts.skew_deg) > params.skewed_over_deg:
            problems.append("skewed")
    if _has_cut_corner(grey, dpi, params):
        problems.append("cut_corner")
    return replace(facts, problems=tuple(problems))


def _has_cut_corner(grey: Pixels, dpi: float, params: Params) -> bool:
    """Whether a corner shows a dark triangle while the rest of the sheet is light.

    Of a sheet that lies askew in its picture three or four do: none of them is missing.
    """
    leg = round(params.corner_mm / 25.4 * dpi)
    if leg < 4 or min(grey.shape) < 4 * leg:
        return False
    # The median; counting levels is several times quicker than sorting two million pixels.
    counts = np.cumsum(cv2.calcHist([grey], [0], None, [256], [0, 256]))
    paper = float(np.searchsorted(counts, grey.size / 2))
    dark = grey < paper * params.corner_dark
    if dark.mean() > 0.4:
        return False
    corner = np.tri(leg, dtype=bool)[::-1]
    blocks = (
        dark[:leg, :leg],
        dark[:leg, ::-1][:, :leg],
        dark[::-1][:leg, :leg],
        dark[::-1, ::-1][:leg, :leg],
    )
    return 1 <= sum(float(block[corner].mean()) > 0.8 for block in blocks) <= 2
