"""The mark as it will look on the page, drawn by the code that signs, without a key.

    look = load_appearance("electronic_copy")
    shown = preview(Path("paper.pdf"), look, {"agency": "Ủy ban nhân dân xã An Bình"})
    shown.png, shown.page, shown.box_mm

The page gets the very form that a signature would get, in a file that is never saved, and is
rendered. What is not known before signing (the time) stands there as of now.
"""

# ruff: noqa: ANN401 - PDF objects of the library have no useful static types

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from signing.appearance import objects
from signing.appearance.lookout import BoundedGround
from signing.appearance.mark import PT_PER_MM, PageBox, iso_time
from signing.appearance.placing import Box, Placed, Spot, place, waiting
from signing.appearance.profile import Appearance
from signing.entries import entry
from signing.errors import FileUnreadable, PdfDamaged, PdfEncrypted
from signing.ports import SystemClock

if TYPE_CHECKING:
    import numpy as np

_MAX_SIDE_PX = 4_000
_MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Preview:
    """One page with the mark on it."""

    pixels: np.ndarray
    """Rows, columns, RGB; 8 bits."""
    page: int
    """Page index, from zero."""
    pages: int
    box_mm: Box
    """``left, top, right, bottom`` from the page's upper left corner, as shown."""
    box_shown: Box
    """The same as shares of the page's width and height, as verification reports it."""
    covers_print: bool
    """The mark lies on print: let a person look, and choose another :class:`Spot`."""

    @property
    def spot(self) -> Spot:
        """Where it stands; handed to the engine it is signed exactly there."""
        return Spot(self.page, self.box_mm[0], self.box_mm[1])

    @property
    def png(self) -> bytes:
        """The picture as a PNG file."""
        from PIL import Image

        out = BytesIO()
        Image.fromarray(self.pixels).save(out, "PNG")
        return out.getvalue()


def preview(
    src: Path,
    appearance: Appearance,
    values: Mapping[str, str] | None = None,
    *,
    at: Spot | None = None,
    field_name: str = "",
    dpi: float = 96.0,
    now: datetime | None = None,
) -> Preview:
    """Draw the page that gets the mark, with the mark.

    Args:
        src: the file to be signed; it is only read.
        appearance: the mark, see :func:`signing.appearance.profile.load_appearance`.
        values: for the names in its lines and the path of its picture; ``signer`` and ``agency``
            come from the certificate when it is signed and may be given here.
        at: a place that a person chose; by default the profile's rule decides.
        field_name: the field that is signed, where the file may have it already.
        dpi: pixels per inch of the picture.
        now: the time to print; by default the clock's.

    Raises:
        MarkUnusable: the mark cannot be drawn or placed; the text says why.
        InputProblem: the file cannot be read.
    """
    filled = {"signer": "", "agency": "", **(values or {})}
    filled["signing_time"] = iso_time(now or SystemClock().now())
    import pikepdf

    try:
        with pikepdf.open(src) as pdf, BoundedGround(src) as ground:
            pages = [page.obj for page in pdf.pages]
            field = waiting(pages, field_name) if field_name else None
            placed = place(pages, appearance, filled, at=at, field=field, ground=ground)
            pixels = _rendered(_one_page(pdf, placed), dpi)
            return _preview(placed, pages, pixels)
    except pikepdf.PasswordError:
        raise PdfEncrypted(file=src.name) from None
    except (TypeError, ValueError, LookupError, AttributeError, RuntimeError) as error:
        # Entries of a hostile page that are not what they have to be, or that do not render.
        detail = f"the page is malformed ({type(error).__name__})"
        raise PdfDamaged(detail, "trang có cấu trúc sai", file=src.name) from None
    except pikepdf.PdfError as error:
        detail = str(error).replace(str(src), src.name)
        raise PdfDamaged(detail, "không đọc được cấu trúc tệp", file=src.name) from None
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise FileUnreadable(reason, "không mở được tệp", file=src.name) from None


def _preview(placed: Placed, pages: Sequence[Any], pixels: np.ndarray) -> Preview:
    width, height = (side / PT_PER_MM for side in PageBox.of(pages[placed.page]).shown)
    left, top, right, bottom = placed.box_mm
    shares = (left / width, top / height, right / width, bottom / height)
    return Preview(pixels, placed.page, len(pages), placed.box_mm, shares, placed.covers_print)


def _one_page(pdf: Any, placed: Placed) -> bytes:
    """The page with the mark on it, in a file of its own."""
    import pikepdf

    alone = pikepdf.new()
    alone.pages.append(pdf.pages[placed.page])
    page = alone.pages[0].obj
    metadata = pdf.Root.Metadata.read_bytes() if "/Metadata" in pdf.Root else b""
    blend = objects.may_blend(metadata, has_output_intent="/OutputIntents" in pdf.Root)
    mark = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Widget,
        FT=pikepdf.Name.Sig,
        T=pikepdf.String(secrets.token_hex(4)),
        Rect=[round(edge, 3) for edge in placed.rect],
        F=4,
        AP=pikepdf.Dictionary(N=to_pikepdf(alone, objects.form(placed, blend=blend))),
    )
    page.Annots = pikepdf.Array([*entry(page, "/Annots", ()), alone.make_indirect(mark)])
    # A renderer draws widgets only together with their form, which the page alone has not.
    roots = {root.objgen: root for root in map(_root, page.Annots) if root is not None}
    alone.Root.AcroForm = pikepdf.Dictionary(Fields=list(roots.values()))
    out = BytesIO()
    alone.save(out, compress_streams=False)
    return out.getvalue()


def _root(annotation: Any) -> Any:
    """The field that a widget belongs to; None for other annotations."""
    if not hasattr(annotation, "keys") or entry(annotation, "/Subtype") != "/Widget":
        return None
    for _ in range(_MAX_DEPTH):
        if "/Parent" not in annotation:
            break
        annotation = annotation["/Parent"]
    return annotation if annotation.is_indirect else None


def _rendered(data: bytes, dpi: float) -> np.ndarray:
    import numpy as np
    import pypdfium2

    with pypdfium2.PdfDocument(data) as pdf:
        pdf.init_forms()
        page = pdf[0]
        scale = min(dpi / 72, _MAX_SIDE_PX / max(*page.get_size(), 1.0))
        bitmap = page.render(scale=scale, rev_byteorder=True)
        return np.array(bitmap.to_numpy()[:, :, :3])


def to_pikepdf(pdf: Any, value: Any) -> Any:
    """A library-neutral object of :mod:`signing.appearance.objects` as one of pikepdf's."""
    import pikepdf

    match value:
        case objects.Stream():
            stream = pikepdf.Stream(pdf, b"")
            rest = {key: inner for key, inner in value.entries.items() if key != "/Filter"}
            for key, inner in rest.items():
                stream[key] = to_pikepdf(pdf, inner)
            stream.write(value.data, filter=pikepdf.Name.FlateDecode)
            return pdf.make_indirect(stream)
        case objects.Indirect():
            return pdf.make_indirect(to_pikepdf(pdf, value.entries))
        case objects.Name():
            return pikepdf.Name(value)
        case str():
            return pikepdf.String(value)
        case bool() | int():
            return value
        case float():
            return round(value, 4)
        case Mapping():
            return pikepdf.Dictionary({key: to_pikepdf(pdf, inner) for key, inner in value.items()})
    return pikepdf.Array([to_pikepdf(pdf, inner) for inner in value])
