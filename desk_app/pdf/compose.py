"""Pages become one archival file: the picture to look at, the words under it to search.

PDF/A-2b (ISO 19005-2) by default, 1b (ISO 19005-1) where a receiver asks for it. No page carries
/Rotate: the content is upright in the page's own coordinates, where a signature's appearance will
be placed.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from desk_app.errors import UsageError
from desk_app.pdf import pdfa
from desk_app.pdf.metadata import DocumentInfo, Metadata, Part
from desk_app.pdf.pictures import Box, Layer, Picture, Profile, UnusablePicture, layers
from desk_app.pdf.placement import SIDE_POINTS, Matrix, PdfPage, image_matrix, place_words
from desk_app.pdf.textlayer import TextFont
from desk_app.pdf.writer import PdfWriter, atomic_file, flush_to_disk

__all__ = ["ByteCounts", "Conformance", "DocumentInfo", "Params", "PdfPage", "Report", "run"]

_VERSIONS: dict[Part, str] = {"2b": "1.7", "1b": "1.4"}
_ICC_FILE = Path(__file__).parents[2] / "resources" / "icc" / "srgb.icc"
_PAGES_PER_NODE = 256
_AHEAD = 8
"""Pages whose pictures are encoded before they are written: more would only take memory."""
_INSET = 0.002
"""Pixels by which a layer keeps clear of its borders: viewers round outwards to their own pixels,
and a rounding error of the sixth decimal would stretch it by one, off the others."""


@dataclass(frozen=True, slots=True)
class Params:
    """How the file is made."""

    part: Part = "2b"
    profile: Profile = "jpeg"
    jpeg_quality: int = 90
    """Of whole pages that are not JPEG yet; a JPEG goes in untouched."""


@dataclass(frozen=True, slots=True)
class ByteCounts:
    """Where the file's bytes went."""

    images: int
    text: int
    fonts: int
    other: int


@dataclass(frozen=True, slots=True)
class Conformance:
    """What the desk's own rules found in the finished file."""

    part: Part
    faults: tuple[pdfa.Fault, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What was written."""

    path: Path
    pages: int
    bytes: ByteCounts
    conformance: Conformance


Submit = Callable[..., "Future[list[Layer]]"]
"""Runs a function with its arguments elsewhere, as `jobs.Workers.submit` does."""


def run(
    pages: Sequence[PdfPage],
    about: DocumentInfo,
    out: Path,
    params: Params,
    *,
    submit: Submit | None = None,
    on_page: Callable[[int], None] = lambda _: None,
) -> Report:
    """Write pages to out; the file appears whole or not at all.

    Equal pages and an equal about.created give equal bytes.

    Args:
        pages: In their order.
        about: What the file says of itself.
        out: The file.
        params: How it is made.
        submit: Where pictures are encoded, some pages ahead of the one that is written; None for
            here. It pays for the profiles that decode.
        on_page: Told how many pages are written; what it raises ends the work without a file.

    Raises:
        UsageError: no pages, no title, a time that is none.
        UnusableInput: a picture that cannot be read or is not what its page says.
        DiskFull: no space is left.
        StorageError: the folder cannot be written.
    """
    if not pages:
        raise UsageError("a document without pages", detail_vi="tài liệu không có trang nào")
    for page in pages:
        _check_page(page)
    metadata = Metadata.of(about)
    with atomic_file(out) as (file, temporary):
        writer = PdfWriter(file, out, _VERSIONS[params.part])
        composer = _Composer(writer, params, _encoded(pages, params, submit), on_page)
        composer.document(pages, metadata)
        flush_to_disk(file, out)
        faults = pdfa.check(temporary, params.part)
    return Report(out, len(pages), ByteCounts(**writer.bytes), Conformance(params.part, faults))


def _encoded(
    pages: Sequence[PdfPage], params: Params, submit: Submit | None
) -> Iterator[list[Layer]]:
    """The pages' pictures, in order."""
    wanted = (
        (page.image, (page.width, page.height), page.dpi, params.profile, params.jpeg_quality)
        for page in pages
    )
    if submit is None:
        yield from (layers(*each) for each in wanted)
        return
    waiting: deque[Future[list[Layer]]] = deque()
    try:
        for each in wanted:
            waiting.append(submit(layers, *each))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


class _Composer:
    """One document on its way into the writer."""

    def __init__(
        self,
        writer: PdfWriter,
        params: Params,
        encoded: Iterator[list[Layer]],
        on_page: Callable[[int], None],
    ) -> None:
        self._writer, self._params = writer, params
        self._encoded, self._on_page = encoded, on_page
        self._written = 0
        self._font: TextFont | None = None

    def document(self, pages: Sequence[PdfPage], metadata: Metadata) -> None:
        root = self._page_tree(pages)
        if self._font is not None:
            self._font.write(self._writer, self._params.part)
        catalog = self._catalog(root, metadata)
        info = self._writer.add(metadata.info())
        self._writer.finish(catalog, info)

    def _page_tree(self, pages: Sequence[PdfPage]) -> int:
        """Write all pages in nodes of a bounded size (ISO 19005-1 6.1.12: arrays up to 8191)."""
        root = self._writer.reserve()
        nodes = []
        for start in range(0, len(pages), _PAGES_PER_NODE):
            node = self._writer.reserve()
            kids = [self._page(page, node) for page in pages[start : start + _PAGES_PER_NODE]]
            self._node(node, kids, len(kids), f"/Parent {root} 0 R")
            nodes.append(node)
        self._node(root, nodes, len(pages))
        return root

    def _node(self, number: int, kids: Sequence[int], count: int, parent: str = "") -> None:
        listed = " ".join(f"{kid} 0 R" for kid in kids)
        entries = f"<< /Type /Pages /Count {count} /Kids [{listed}] {parent}".rstrip()
        self._writer.add(f"{entries} >>", number=number)

    def _page(self, page: PdfPage, parent: int) -> int:
        images = list(self._images())
        words = place_words(page)
        named = " ".join(f"/Im{at} {number} 0 R" for at, (number, _) in enumerate(images))
        resources = f"/XObject << {named} >>"
        if words:
            self._font = self._font or TextFont(self._writer.reserve())
            resources += f" /Font << /F0 {self._font.number} 0 R >>"
        text = self._font.show(words) if self._font and words else ""
        content = "\n".join(filter(None, [*_paint(page, [box for _, box in images]), text]))
        stream = self._writer.add_stream(
            "/Filter /FlateDecode", zlib.compress(content.encode("ascii")), "text"
        )
        self._written += 1
        self._on_page(self._written)
        width, height = page.size
        return self._writer.add(
            f"<< /Type /Page /Parent {parent} 0 R /MediaBox [0 0 {width:.4f} {height:.4f}]"
            f" /Resources << {resources} >> /Contents {stream} 0 R >>"
        )

    def _images(self) -> Iterator[tuple[int, Box]]:
        """Write the next page's pictures; yield their numbers and places, lowest first."""
        for layer in next(self._encoded):
            mask = ""
            if layer.stencil is not None:
                mask = f" /Mask {self._stream(layer.stencil)} 0 R"
            yield self._stream(layer.picture, mask), layer.box

    def _stream(self, encoded: Picture, more: str = "") -> int:
        return self._writer.add_stream(
            encoded.entries + more, encoded.data, "images", length=encoded.length
        )

    def _catalog(self, pages: int, metadata: Metadata) -> int:
        profile = zlib.compress(_ICC_FILE.read_bytes(), 9)
        icc = self._writer.add_stream("/N 3 /Filter /FlateDecode", profile)
        # Unfiltered, as ISO 19005-1 6.7.2 wants it, so that tools find it without a PDF parser.
        xmp = self._writer.add_stream(
            "/Type /Metadata /Subtype /XML", metadata.xmp(self._params.part)
        )
        return self._writer.add(
            f"<< /Type /Catalog /Pages {pages} 0 R /Metadata {xmp} 0 R /Lang ({metadata.language})"
            " /ViewerPreferences << /DisplayDocTitle true >>"
            " /OutputIntents [<< /Type /OutputIntent /S /GTS_PDFA1"
            " /OutputConditionIdentifier (sRGB IEC61966-2.1) /Info (sRGB IEC61966-2.1)"
            f" /RegistryName (http://www.color.org) /DestOutputProfile {icc} 0 R >>] >>"
        )


def _paint(page: PdfPage, boxes: Sequence[Box]) -> Iterator[str]:
    width, height = page.size
    if page.levelled_deg:
        # A levelled picture leaves corners bare; a viewer's page colour is not always white.
        yield f"1 g 0 0 {width:.4f} {height:.4f} re f"
    inset = _INSET if len(boxes) > 1 else 0.0
    for at, (x0, y0, x1, y1) in enumerate(boxes):
        placed = x0 + inset, y0 + inset, x1 - inset, y1 - inset
        yield f"q {_operands(image_matrix(page, placed))} cm /Im{at} Do Q"


def _operands(matrix: Matrix) -> str:
    return " ".join(f"{value + 0.0:.6f}" for value in matrix)


def _check_page(page: PdfPage) -> None:
    if page.rotation not in (0, 90, 180, 270):
        raise UsageError(f"rotation: {page.rotation}", detail_vi=f"góc xoay: {page.rotation}")
    least, most = SIDE_POINTS
    if not (page.dpi > 0 and all(least <= side <= most for side in page.size)):
        raise UnusablePicture.of(
            page.image,
            f"khổ giấy không hợp lệ ở {page.dpi} dpi",
            f"no paper has its size at {page.dpi} dpi",
        )
