"""Pages of a PDF as pictures, through PDFium (the library's only use of it).

A page whose only visible content is one upright JPEG that fills it gives that JPEG byte for byte,
provided that it looks the same as the page when both are drawn small: masks, clips and odd colour
spaces show there. Every other page is rendered at its picture's own resolution, or at 300 dpi.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from scanners import pictures
from scanners.device import Picture
from scanners.drivers.files import MAX_PAGES
from scanners.errors import RefusedFile
from scanners.pictures import DECODER_ERRORS, BadPicture

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfDocument, PdfImage, PdfPage

RENDER_DPI = 300
MAX_RENDER_PIXELS = 40_000_000
_NATIVE_DPI = (150, 600)
_SCANNED_DPI = 1200
"""More has no scan: PDFium knows no UserUnit, and takes a page in inches for a stamp's size."""
_THUMB_PX, _SPOT_PX = 400, 8
_MEAN_MOST, _SPOT_MOST = 4.0, 25
"""Most difference (0 … 255) between a page and its JPEG, on average and in any spot (4 mm of A4).
Scaling filters alone gave at most 1.4 and 9 on scanned pages, masks and clips 75 and more."""
_PICTURE_SHARE = 0.01
"""Share of a page from which on a picture counts as content; bullets and rules lie below."""
_ERR_PASSWORD, _ERR_SECURITY = 4, 5
_TEXT_INVISIBLE = 3
_ANNOT_LINK = 2


def pdf_pages(file: BinaryIO, first: int = 1) -> Iterator[tuple[int, Callable[[], Picture]]]:
    """The pages of a PDF, each with a function that makes its picture.

    Raises:
        RefusedFile: The file as a whole cannot be used.
    """
    import pypdfium2

    file.seek(0)
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None)
        locked = code in (_ERR_PASSWORD, _ERR_SECURITY)
        word = "FILE_ENCRYPTED" if locked else "FILE_TRUNCATED"
        raise RefusedFile(word, raw=str(error)) from error
    try:
        count = len(document)
        if count > MAX_PAGES:
            raise RefusedFile("FILE_TOO_MANY_PAGES", detail=str(count))
        if document.get_formtype():
            document.init_forms()
        for number in range(first, count + 1):
            yield number, lambda n=number: _page_picture(document, n)  # type: ignore[misc]
    finally:
        document.close()


def _page_picture(document: PdfDocument, number: int) -> Picture:
    import pypdfium2

    try:
        page = document.get_page(number - 1)
        try:
            return _untouched(page) or _rendered_whole(page)
        except MemoryError:
            wide, high = (round(side / 72 * 25.4) for side in page.get_size())
            raise BadPicture("too_large", f"{wide} × {high} mm") from None
        finally:
            page.close()
    except (pypdfium2.PdfiumError, *DECODER_ERRORS) as error:
        raise BadPicture("broken", str(error)[:200]) from error


# --- a page that is one JPEG -----------------------------------------------------------------


def _untouched(page: PdfPage) -> Picture | None:
    """The page's JPEG as it lies in the file, or None if the page is more or other than that."""
    image = _only_image(page)
    if image is None or image.get_filters() != ["DCTDecode"] or not _fills(image, page):
        return None
    data = bytes(image.get_data())
    thumb = _thumbnail_of(data)
    if thumb is None or not _looks_like(thumb, page):
        return None
    size = image.get_px_size()
    dpi = _native_dpi(image, page)
    if dpi > _SCANNED_DPI:
        dpi = pictures.plausible_dpi(None, size)

    def write(file: BinaryIO) -> None:
        file.write(data)

    return Picture(write, pictures.JPEG, 1, dpi=dpi, size=size, rotation=page.get_rotation())


def _only_image(page: PdfPage) -> PdfImage | None:
    """The one image object of a page that shows nothing else; invisible text does not count."""
    from pypdfium2 import raw

    found = None
    for thing in page.get_objects(max_depth=4):
        if thing.type == raw.FPDF_PAGEOBJ_IMAGE and found is None:
            found = thing
        elif thing.type == raw.FPDF_PAGEOBJ_FORM:
            continue
        elif thing.type == raw.FPDF_PAGEOBJ_TEXT:
            if raw.FPDFTextObj_GetTextRenderMode(thing) != _TEXT_INVISIBLE:
                return None
        else:
            return None
    return None if _has_marks(page) else found


def _has_marks(page: PdfPage) -> bool:
    """Whether stamps, signatures or notes may lie on the page."""
    from pypdfium2 import raw

    for index in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind != _ANNOT_LINK:
            return True
    return False


def _unturned_size(page: PdfPage) -> tuple[float, float]:
    width, height = page.get_size()
    return (height, width) if page.get_rotation() in (90, 270) else (width, height)


def _fills(image: PdfImage, page: PdfPage) -> bool:
    left, bottom, right, top = image.get_bounds()
    width, height = _unturned_size(page)
    x0, y0, _, _ = page.get_bbox()
    slack = 0.02
    covers = (
        left - x0 <= slack * width
        and bottom - y0 <= slack * height
        and right - x0 >= (1 - slack) * width
        and top - y0 >= (1 - slack) * height
    )
    columns, rows = image.get_px_size()
    even = abs((columns / (right - left)) / (rows / (top - bottom)) - 1) < 0.03
    return covers and even and image.level == 0 and _is_upright(image)


def _is_upright(image: PdfImage) -> bool:
    a, b, c, d, _, _ = image.get_matrix().get()
    return bool(a > 0 and d > 0 and abs(b) < 0.01 * a and abs(c) < 0.01 * d)


def _native_dpi(image: PdfImage, page: PdfPage) -> int:
    left, _, right, _ = image.get_bounds()
    columns: int = image.get_px_size()[0]
    width: float = max(right - left, 1.0)
    return max(1, round(columns / width * 72))


def _thumbnail_of(data: bytes) -> Image | None:
    from PIL import JpegImagePlugin

    try:
        image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
        # PDF viewers ignore EXIF, everything behind this library does not.
        if image.mode not in ("L", "RGB") or image.getexif().get(0x0112, 1) != 1:
            return None
        width, height = image.size
        image.draft(None, (_THUMB_PX, max(1, _THUMB_PX * height // width)))
        image.load()
    except DECODER_ERRORS as error:
        flaw: pictures.Flaw = "truncated" if "truncated" in str(error) else "broken"
        raise BadPicture(flaw, str(error)[:200]) from error
    return image.convert("RGB")


def _looks_like(thumb: Image, page: PdfPage) -> bool:
    from PIL import ImageChops, ImageStat

    width, _ = _unturned_size(page)
    back = (360 - page.get_rotation()) % 360
    bitmap = page.render(scale=_THUMB_PX / max(width, 1.0), rotation=back)
    drawn = bitmap.to_pil().convert("RGB")
    bitmap.close()
    # Averaged before they are compared: two filters place the edges of letters differently.
    spots = (drawn.reduce(_SPOT_PX), thumb.resize(drawn.size).reduce(_SPOT_PX))
    found = ImageStat.Stat(ImageChops.difference(*spots))
    worst = max(most for _, most in found.extrema)
    return max(found.mean) <= _MEAN_MOST and worst <= _SPOT_MOST


# --- any other page --------------------------------------------------------------------------


def _rendered_whole(page: PdfPage) -> Picture:
    """The page drawn, provided that its pictures can be: PDFium leaves out what it cannot read."""
    from pypdfium2 import raw

    width, height = page.get_size()
    for thing in page.get_objects(max_depth=4):
        if thing.type == raw.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = thing.get_bounds()
            if (right - left) * (top - bottom) >= _PICTURE_SHARE * width * height:
                _require_whole(thing)
    return _rendered(page)


def _require_whole(image: PdfImage) -> None:
    """Refuse a picture that would be drawn white, or white from some row on.

    Raises:
        BadPicture: Its data cannot be decoded, or ends early.
    """
    import pypdfium2
    from pypdfium2 import raw

    filters = image.get_filters(skip_simple=True)
    bits = image.get_metadata().bits_per_pixel
    if not bits or "JBIG2Decode" in filters:
        try:
            image.get_bitmap().close()
        except pypdfium2.PdfiumError as error:
            raise BadPicture("broken", f"{image.get_filters()}") from error
    elif filters == ["DCTDecode"]:
        _thumbnail_of(bytes(image.get_data(decode_simple=True)))
    elif not filters:
        columns, rows = image.get_px_size()
        per_row = (columns * bits + 7) // 8
        got = raw.FPDFImageObj_GetImageDataDecoded(image, None, 0)
        # Some programs leave out the last row.
        if got < per_row * (rows - max(1, rows // 100)):
            raise BadPicture("truncated", f"{got} of {per_row * rows} bytes")


def _rendered(page: PdfPage) -> Picture:
    dpi = _render_dpi(page)
    bitmap = page.render(scale=dpi / 72)
    drawn = bitmap.to_pil()
    bitmap.close()
    frame = _without_colour(drawn)

    def write(file: BinaryIO) -> None:
        frame.save(file, "JPEG", quality=92, dpi=(dpi, dpi))

    return Picture(write, pictures.JPEG, 1, dpi=dpi, size=frame.size)


def _render_dpi(page: PdfPage) -> int:
    """The resolution of the page's one picture where it fills the page, within what fits."""
    width, height = page.get_size()
    image = _only_image(page)
    dpi = RENDER_DPI
    if image is not None and _fills(image, page):
        dpi = min(max(_native_dpi(image, page), _NATIVE_DPI[0]), _NATIVE_DPI[1])
    most = (MAX_RENDER_PIXELS / max(width * height, 1.0)) ** 0.5 * 72
    return max(1, int(min(dpi, most)))


def _without_colour(image: Image) -> Image:
    from PIL import ImageChops

    if image.mode != "RGB":
        return image.convert("RGB") if image.mode not in ("L",) else image
    red, green, blue = image.split()
    grey = (
        not ImageChops.difference(red, green).getbbox()
        and not ImageChops.difference(green, blue).getbbox()
    )
    return green if grey else image
