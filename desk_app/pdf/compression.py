"""Mixed raster content: a scanned page as sharp ink over a soft picture of its paper.

Print, stamps and pen strokes become stencils at full resolution, one each for neutral, warm and
cool ink, painted in the colours that the scanner saw. What is left, the paper with its tint and
folds, is kept small. Whatever is no clear ink stays in that picture: pencil, carbon copies, pale
stamps and photographs are found there and kept in patches of a higher resolution and quality. So a
mark that the stencils miss is not lost, it is only less sharp.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from desk_app.imaging import quality
from desk_app.imaging._cv import cv2
from desk_app.imaging.picture import Pixels, to_grey
from desk_app.pdf.fill import Fill

Flags = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int32]
Box = tuple[int, int, int, int]
_MM_PER_INCH = 25.4


@dataclass(frozen=True, slots=True)
class Params:
    """How a page is taken apart. Depths are levels of 255 below the paper around them.

    Fitted on three office scans with red stamps, twelve degraded documents and the sample dossier.
    """

    dpi: int = 300
    """Resolution of the stencils; a scan of clearly more is reduced to it."""
    smoothing_px: float = 0.7
    """Against the grain of the scan, which costs bytes on every edge."""
    ink_share: float = 0.45
    """Ink is what is deeper than this share of the deepest in its surroundings ..."""
    ink_depths: tuple[int, int] = (36, 100)
    """... within these limits."""
    coloured_share: float = 0.35
    """Less for coloured ink: it is paler than it looks in grey, and a stamp's letters are small."""
    surroundings_mm: float = 3.0
    certain_depth: int = 150
    """What is as deep is ink, whatever it is part of."""
    mark_depth: int = 18
    """Depth from which something is a mark and not grain."""
    whole_share: float = 0.7
    """A mark goes into a stencil when this share of it is ink: broken pencil is not."""
    together_mm: float = 2.0
    """Pale marks so close belong together: all of them are ink, or none is."""
    letter_mm: float = 2.5
    """... as far as they may be letters: marks with less ink than a square of this side."""
    pale_depth: int = 100
    """Mean depth of a mark below which it is pale; black print has 120 and more."""
    strong_share: float = 0.35
    """... or when this share of it is twice as deep as ink must be."""
    speck_px: int = 8
    """Smaller marks stay in the paper's picture."""
    coloured: int = 48
    """Strongest minus weakest channel, over the paper's, from which ink is coloured."""
    stroke_mm: float = 1.2
    """No stroke of print is wider: its ground is seen on both sides."""
    coloured_mm2: float = 0.12
    """Smaller coloured spots are fringes of black print."""
    largest_mark_mm: float = 10.0
    """Wider dark areas are ground and no marks."""
    dark_ground: int = 48
    """How much darker than the page the ground of a picture is."""
    photo_share: float = 0.88
    """Share of the surroundings under marks that makes a photograph."""
    photo_mm: float = 8.0
    faint_mm: float = 1.5
    """Least length of a mark outside the stencils that is worth a patch."""
    darkest_paper: int = 140
    """A page with a darker ground is a photograph as a whole."""
    most_photo: float = 0.6
    """Share of a page under photographs from which it is kept as one picture."""
    most_edges: float = 0.1
    """Edges of ink per pixel above which a page is noise; dense print has 0.04."""
    paper_dpi: int = 100
    paper_quality: int = 40
    patch_dpi: int = 200
    patch_quality: int = 60
    neutral_dpi: int = 30
    coloured_dpi: int = 100
    """Finer: what shines through a stamp's ink is only a little darker than the ink."""
    ink_quality: int = 50


@dataclass(frozen=True, slots=True)
class Layer:
    """What is painted over what lies below: a picture, or ink through a stencil."""

    box: Box
    """Where it lies, in pixels of the page."""
    picture: Pixels
    quality: int
    """Of its JPEG."""
    stencil: Flags | None = None
    """Where the picture's colours are put; None for everywhere."""


def separate(pixels: Pixels, dpi: float, params: Params = Params()) -> Iterator[Layer]:
    """Take a page apart, lowest layer first.

    Args:
        pixels: Grey or RGB.
        dpi: Resolution of the page.
        params: Thresholds, resolutions and qualities.
    """
    return _Sheet(pixels, dpi, params).layers()


class _Sheet:
    """One page on its way into layers."""

    def __init__(self, pixels: Pixels, dpi: float, params: Params) -> None:
        self._page = (pixels.shape[1], pixels.shape[0])
        scale = min(1.0, params.dpi / dpi)
        if scale < 0.8:  # reducing by less blurs more than it saves
            pixels = _resized(pixels, scale)
            dpi *= scale
        self._pixels, self._dpi, self._params = pixels, dpi, params
        grey = np.asarray(cv2.GaussianBlur(to_grey(pixels), (0, 0), params.smoothing_px), np.uint8)
        self._ground = _ground(grey, dpi, params.largest_mark_mm)
        self._depth = quality.ink_depth(grey, _stretched(self._ground, grey))
        self._peak = self._local_peak()

    def layers(self) -> Iterator[Layer]:
        """Yield paper, patches, neutral ink, coloured inks."""
        params = self._params
        photo = self._photo()
        tints = self._tints()
        ink = self._ink(tints) & ~photo
        if photo.mean() > params.most_photo or _edges(ink) > params.most_edges:
            everything = Fill(self._pixels, np.ones(ink.shape, bool))
            yield self._layer(self._whole, everything, params.patch_dpi, params.patch_quality)
            return
        ink = self._without_broken(ink, tints)
        bare = Fill(self._pixels, cv2.dilate(_bytes(ink), _square(5)) == 0)
        yield self._layer(self._whole, bare, params.paper_dpi, params.paper_quality)
        for box in self._patches(photo | self._faint(ink)):
            yield self._layer(box, bare, params.patch_dpi, params.patch_quality)
        yield from self._inks(ink, tints)

    @property
    def _whole(self) -> Box:
        return 0, 0, self._pixels.shape[1], self._pixels.shape[0]

    def _px(self, mm: float) -> float:
        return mm / _MM_PER_INCH * self._dpi

    def _layer(
        self, box: Box, fill: Fill, dpi: float, quality: int, stencil: Flags | None = None
    ) -> Layer:
        across = self._page[0] / self._pixels.shape[1]
        down = self._page[1] / self._pixels.shape[0]
        x0, y0, x1, y1 = box
        on_page = (round(x0 * across), round(y0 * down), round(x1 * across), round(y1 * down))
        picture = fill.at(box, min(1.0, dpi / self._dpi))
        return Layer(on_page, picture, quality, None if stencil is None else stencil[y0:y1, x0:x1])

    # Ink

    def _ink(self, tints: Pixels | None) -> Flags:
        """All that is deep enough for its surroundings."""
        params = self._params
        ink = self._deep(params.ink_share)
        return ink if tints is None else ink | (self._deep(params.coloured_share) & (tints > 0))

    def _deep(self, share: float) -> Flags:
        limit = cv2.convertScaleAbs(self._peak, alpha=share)
        return np.asarray(self._depth > np.clip(limit, *self._params.ink_depths))

    def _local_peak(self) -> Pixels:
        """The deepest value around every pixel."""
        step = max(1, int(self._px(0.5)))
        small = cv2.dilate(self._depth, _square(step))[step // 2 :: step, step // 2 :: step]
        reach = max(1, round(self._px(self._params.surroundings_mm) / step)) | 1
        small = cv2.blur(cv2.dilate(small, _square(reach)), (reach, reach))
        return _stretched(np.asarray(small, np.uint8), self._depth)

    def _without_broken(self, ink: Flags, tints: Pixels | None) -> Flags:
        """Leave out ink that is a broken part of something paler."""
        # Close to black print only what is a good part as deep belongs to it: no pale stamp.
        near = np.maximum(cv2.convertScaleAbs(self._peak, alpha=0.25), self._params.mark_depth)
        marks = (self._depth > near) | ink
        if tints is None:
            return self._whole_marks(ink, marks, together=True)
        coloured = tints > 0
        pale = (self._depth > self._params.mark_depth) & coloured
        neutral = self._whole_marks(ink & ~coloured, marks & ~coloured, together=True)
        return neutral | self._whole_marks(ink & coloured, pale, together=False)

    def _whole_marks(self, ink: Flags, marks: Flags, *, together: bool) -> Flags:
        params = self._params
        count, labels = cv2.connectedComponents(_bytes(marks), connectivity=8)
        places = np.flatnonzero(marks)
        mark = np.asarray(labels.ravel()[places], np.int32)
        is_ink = ink.ravel()[places]
        depth = self._depth.ravel()[places]
        size = np.bincount(mark, minlength=count)
        inked = np.bincount(mark[is_ink], minlength=count)
        strong = np.bincount(mark[depth > 2 * params.ink_depths[0]], minlength=count)
        keep = inked >= params.whole_share * size
        keep |= strong >= params.strong_share * size
        if together:
            pale = np.bincount(mark, weights=depth, minlength=count) < params.pale_depth * size
            pale &= size < self._px(params.letter_mm) ** 2
            keep[pale] = self._agreed(places, mark, keep, pale)[pale]
        keep &= inked >= params.speck_px
        kept = np.zeros(ink.size, bool)
        kept[places[is_ink & (keep[mark] | (depth > params.certain_depth))]] = True
        return kept.reshape(ink.shape)

    def _agreed(
        self, places: npt.NDArray[np.intp], mark: Labels, keep: Flags, pale: Flags
    ) -> Flags:
        """What most of the pale ink around each mark is.

        One line of pale print would else come out letter by letter sharp or soft.
        """
        places, mark = places[pale[mark]], mark[pale[mark]]
        side = max(1, round(self._px(self._params.together_mm)))
        rows, columns = (-(-length // side) for length in self._depth.shape)
        row, column = np.divmod(places, self._depth.shape[1])
        cell = row // side * columns + column // side
        every, kept = (
            cv2.blur(
                np.bincount(some, minlength=rows * columns).reshape(rows, columns).astype(float),
                (5, 3),
            ).ravel()
            for some in (cell, cell[keep[mark]])
        )
        votes = np.where(kept[cell] > every[cell] / 2, 1, -1)
        return np.asarray(np.bincount(mark, weights=votes, minlength=len(keep)) > 0)

    def _tints(self) -> Pixels | None:
        """0 neutral, 1 warm, 2 cool for every pixel; None for a page without any colour."""
        if self._pixels.ndim == 2:
            return None
        params = self._params
        half = _resized(self._pixels, 0.5)
        chroma = _chroma(half)
        paper = min(60, int(np.median(chroma)))
        seeds = chroma > params.coloured + paper
        least = params.coloured_mm2 * self._px(1) ** 2 / 4
        if np.count_nonzero(seeds) < least:
            return None
        size = (half.shape[1], half.shape[0])
        depth = np.asarray(cv2.resize(self._depth, size, interpolation=cv2.INTER_AREA), np.uint8)
        # Edges of a stroke are as coloured as its middle, for their depth.
        weak = chroma > np.maximum(14 + paper, depth // 4)
        count, labels = cv2.connectedComponents(_bytes(weak), connectivity=8)
        keep = np.bincount(labels[seeds & weak], minlength=count) >= least
        keep[0] = False
        coloured = cv2.dilate(_bytes(keep[labels]), _square(3)) > 0
        # Black print under a stamp, and on a highlighter's stroke or tinted paper.
        not_its_own = np.maximum(depth * np.float32(0.28), self._ground_chroma(chroma, depth))
        coloured &= ~((depth > 90) & (chroma < not_its_own))
        cool = half[:, :, 2] > half[:, :, 0]
        tints = np.where(coloured, np.where(cool, np.uint8(2), np.uint8(1)), np.uint8(0))
        size = (self._depth.shape[1], self._depth.shape[0])
        return np.asarray(cv2.resize(tints, size, interpolation=cv2.INTER_NEAREST), np.uint8)

    def _ground_chroma(self, chroma: Pixels, depth: Pixels) -> Pixels:
        """How coloured the bare ground is close to every pixel, less a quarter.

        Ink of a colour is more coloured than what it lies on; the rims of black print on a
        highlighter's stroke or on tinted paper are less.
        """
        inked = _bytes(depth >= 2 * self._params.ink_depths[0])
        bare = cv2.dilate(inked, _square(5)) == 0  # a JPEG's colours run over by some pixels
        ground = cv2.bitwise_and(chroma, chroma, mask=_bytes(bare))
        reach = max(1, round(self._px(self._params.stroke_mm))) | 1
        return np.asarray(cv2.convertScaleAbs(cv2.dilate(ground, _square(reach)), alpha=0.75))

    def _inks(self, ink: Flags, tints: Pixels | None) -> Iterator[Layer]:
        params = self._params
        stencils = [ink] if tints is None else [ink & (tints == tint) for tint in range(3)]
        for tint, stencil in enumerate(stencils):
            box = _extent(stencil)
            if box is not None:
                dpi = params.coloured_dpi if tint else params.neutral_dpi
                tone = Fill(self._pixels, self._middle(stencil))
                yield self._layer(box, tone, dpi, params.ink_quality, stencil)

    def _middle(self, stencil: Flags) -> Flags:
        """The deepest of every stroke: its edges are paler than its ink."""
        depth = cv2.bitwise_and(self._depth, self._depth, mask=_bytes(stencil))
        deepest = cv2.convertScaleAbs(cv2.dilate(depth, _square(5)), alpha=0.85)
        return np.asarray((depth >= deepest) & stencil)

    # What is no ink

    def _photo(self) -> Flags:
        """Regions of half-tones or on dark ground: neither paper nor clear ink."""
        params = self._params
        rows, columns = self._ground.shape
        small = cv2.resize(self._depth, (columns, rows), interpolation=cv2.INTER_AREA)
        reach = max(3, round(self._px(params.photo_mm) * columns / self._depth.shape[1])) | 1
        inked = _bytes(small > params.ink_depths[0]) * np.uint8(255)
        core = _bytes(cv2.blur(inked, (reach, reach)) > 255 * params.photo_share)
        core = np.asarray(cv2.dilate(core, _square(reach)), np.uint8)
        page = float(np.percentile(self._ground, 80))
        if page < params.darkest_paper:
            return np.ones(self._depth.shape, bool)
        core |= _bytes(self._ground < page - params.dark_ground)
        _, _, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=4)
        for left, top, width, height, area in stats[1:].tolist():
            part = core[top : top + height, left : left + width]
            if min(width, height) < reach:
                part[:] = 0
            elif area > 0.6 * width * height:  # the light parts of a picture belong to it
                part[:] = 1
        size = (self._depth.shape[1], self._depth.shape[0])
        return np.asarray(cv2.resize(core, size, interpolation=cv2.INTER_NEAREST) > 0)

    def _faint(self, ink: Flags) -> Flags:
        """Strokes outside the stencils."""
        near = cv2.dilate(_bytes(ink), _square(7))
        rest = _bytes((self._depth > self._params.mark_depth) & (near == 0))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(rest, connectivity=8)
        longest = np.hypot(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
        keep = longest >= self._px(self._params.faint_mm)
        keep[0] = False
        return np.asarray(keep[labels])

    def _patches(self, marks: Flags) -> Iterator[Box]:
        """Rectangles around what deserves more than the paper's resolution."""
        rows, columns = marks.shape
        cell = max(8, round(self._px(3.0)))
        down, across = -(-rows // cell), -(-columns // cell)
        padded = np.zeros((down * cell, across * cell), bool)
        padded[:rows, :columns] = marks
        cells = padded.reshape(down, cell, across, cell).max(axis=(1, 3)).astype(np.uint8)
        wide = cv2.dilate(cells, _square(3))
        _, _, stats, _ = cv2.connectedComponentsWithStats(wide, connectivity=8)
        for left, top, width, height, _ in (stats[1:] * cell).tolist():
            yield left, top, min(left + width, columns), min(top + height, rows)


def _ground(grey: Pixels, dpi: float, largest_mm: float) -> Pixels:
    """The paper without the marks on it, at about 50 dpi."""
    step = max(1, round(dpi / 50))
    size = (max(1, grey.shape[1] // step), max(1, grey.shape[0] // step))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    reach = max(3, round(largest_mm / _MM_PER_INCH * dpi / step)) | 1
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, _square(reach))
    return np.asarray(cv2.blur(closed, (5, 5)), dtype=np.uint8)


def _chroma(pixels: Pixels) -> Pixels:
    """Strongest minus weakest channel, smoothed."""
    red, green, blue = cv2.split(pixels)
    strongest, weakest = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
    return np.asarray(cv2.blur(cv2.subtract(strongest, weakest), (3, 3)), dtype=np.uint8)


def _edges(ink: Flags) -> float:
    """Changes between ink and paper along the rows, per pixel."""
    return float(np.count_nonzero(ink[:, 1:] != ink[:, :-1])) / ink.size


def _extent(flags: Flags) -> Box | None:
    rows, columns = np.flatnonzero(flags.any(axis=1)), np.flatnonzero(flags.any(axis=0))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _bytes(flags: Flags) -> Pixels:
    return flags.view(np.uint8)


def _square(side: int) -> Pixels:
    return np.ones((side, side), np.uint8)


def _stretched(small: Pixels, like: Pixels) -> Pixels:
    size = (like.shape[1], like.shape[0])
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _resized(pixels: Pixels, scale: float) -> Pixels:
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
