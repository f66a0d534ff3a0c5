"""What a drawn paper is, and the signing block that all of them end with."""

from __future__ import annotations

from dataclasses import dataclass, field

from PIL import Image

from .marks import signature
from .sheet import Sheet, mm


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of the dossier as it lies in the feeder."""

    type: str
    """Id of the document type."""
    title: str
    sheets: tuple[tuple[Sheet, Sheet | None], ...]
    """Front and back of each sheet; a back without writing is None."""
    fields: dict[str, str] = field(default_factory=dict)
    """What a reader should find: field name to value."""
    codes: dict[str, str | list[str]] = field(default_factory=dict)
    """What the machine-readable codes carry: qr, mrz."""

    @property
    def pages(self) -> int:
        """Number of written sides."""
        return sum(1 for sheet in self.sheets for side in sheet if side is not None)


def signing_block(
    sheet: Sheet,
    x: int,
    heading: tuple[str, ...],
    name: str,
    *,
    note: str = "(Ký, ghi rõ họ, chữ đệm, tên)",
    stamp: Image.Image | None = None,
    height_mm: float = 27,
) -> None:
    """Write who signs, the signature, the stamp over its left third, and the name.

    Args:
        sheet: Where.
        x: Middle of the block in pixels.
        heading: Lines in capitals above the signature.
        name: The signer.
        note: What the form prints under the heading.
        stamp: Ink of the office's stamp.
        height_mm: White between the note and the name.
    """
    for line in heading:
        sheet.centred(line, x=x, size_pt=12.5, style="b")
    if note:
        sheet.centred(note, x=x, size_pt=12, style="i")
    middle = sheet.y + mm(height_mm / 2)
    sheet.multiply(signature(name, 34), x + mm(3), middle)
    if stamp is not None:
        sheet.multiply(stamp, x - mm(15), middle)
    sheet.skip(height_mm)
    sheet.centred(name, x=x, size_pt=13, style="b")
