"""What a network scanner sent: is it what was ordered, and which pages are in it?"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import BinaryIO, cast

from scanners.device import AppliedSettings, Difference, Picture
from scanners.differences import difference, in_mm
from scanners.drivers.escl_http import Document
from scanners.drivers.escl_xml import Order
from scanners.errors import RefusedFile
from scanners.landing import disk_fault
from scanners.pictures import BadPicture

_TOLERANCE = 0.1
_STEPS = (75, 100, 150, 200, 240, 300, 400, 600, 1200)


def compare(
    order: Order, applied: AppliedSettings, size: tuple[int, int, int]
) -> tuple[int, AppliedSettings]:
    """The resolution that the page really has, and the settings with every further difference.

    Args:
        order: What was ordered.
        applied: What was said until now.
        size: Columns, rows and components of the page.
    """
    columns, rows, components = size
    got, found = applied.got, list[Difference]()
    wide, high = columns * 300 / order.dpi / order.width, rows * 300 / order.dpi / order.height
    dpi = order.dpi
    if abs(wide - 1) > _TOLERANCE and abs(wide / high - 1) < _TOLERANCE:
        real = columns * 300 / order.width
        dpi = min(_STEPS, key=lambda step: abs(step - real))
        found.append(difference("resolution", f"{order.dpi} dpi", f"{dpi} dpi"))
    elif abs(wide - 1) > _TOLERANCE or high > 1 + _TOLERANCE:
        paper = (round(columns / dpi * 25.4, 1), round(rows / dpi * 25.4, 1))
        asked = (round(order.width / 300 * 25.4, 1), round(order.height / 300 * 25.4, 1))
        found.append(difference("paper size", in_mm(asked), in_mm(paper)))
        got = replace(got, paper_mm=paper)
    mode = "color" if components >= 3 else "gray"
    if mode != got.mode:
        found.append(difference("mode", got.mode, mode))
        got = replace(got, mode=mode)  # type: ignore[arg-type]
    if not found:
        return dpi, applied
    differences = (*applied.differences, *found)
    return dpi, replace(applied, got=replace(got, dpi=dpi), differences=differences)


def split_pdf(document: Document, each: Callable[[float | None], None]) -> Iterator[Picture]:
    """The pages of a PDF that came as one document.

    Raises:
        BadPicture: It is not whole, or cannot be read.
        DeviceFault: DISK_FULL or DISK_ERROR.
    """
    from scanners.drivers.pdf import pdf_pages

    with contextlib.ExitStack() as stack:
        try:
            file = cast(BinaryIO, stack.enter_context(tempfile.TemporaryFile()))
            document.copy_to(file, each)
            _require_end(file)
        except OSError as error:
            raise disk_fault(error) from error
        try:
            for _, make in pdf_pages(file):
                yield make()
        except RefusedFile as refused:
            raise BadPicture("broken", f"PDF: {refused.code}") from refused


def _require_end(file: BinaryIO) -> None:
    """A PDF that was cut off would be mended by its reader, with fewer pages."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 2048))
    if b"%%EOF" not in file.read():
        raise BadPicture("truncated", "PDF without its end")
