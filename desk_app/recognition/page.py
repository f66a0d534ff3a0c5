"""One page from picture to reading: the unit of work of a worker process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from desk_app.records import PageReading

if TYPE_CHECKING:
    from desk_app.imaging import condition
    from desk_app.recognition import codes, ocr


@dataclass(frozen=True, slots=True)
class Params:
    """Settings of the steps; None leaves a step at its own defaults."""

    condition: condition.Params | None = None
    ocr: ocr.Params | None = None
    codes: codes.Params | None = None
    rotation: int | None = None
    """The clerk's turn, over the program's own."""


def read_page(path: Path, catalog_folder: Path, params: Params = Params()) -> PageReading:
    """Measure, read and classify one page; made to be sent to a worker process.

    The engines are loaded inside, so that the process that hands out work stays light.

    Args:
        path: Picture of the page.
        catalog_folder: Folder with types.toml, usually resources/procedures.
        params: Settings of the steps.

    Raises:
        UnusableInput: the picture cannot be decoded.
        EngineError: the engine or its model is missing or failed.
        UsageError: types.toml is missing or wrong.
    """
    from desk_app.imaging import condition, picture
    from desk_app.recognition import codes, corrector, ocr
    from desk_app.recognition.classify import classify_page
    from desk_app.recognition.doctypes import types_at

    catalog = types_at(catalog_folder)
    # Decoding is the dearest step outside the engine: once for all three.
    shot = picture.load(path)
    measured = condition.run(path, params.condition or condition.Params(), shot)
    how = params.ocr or ocr.Params()
    if params.rotation is not None:
        measured = replace(measured, rotation=params.rotation, rotation_confidence=1.0)
        how = replace(how, settled=True)
    text, settled = ocr.run(path, measured, how, shot=shot)
    found = codes.run(path, settled, text, params.codes or codes.Params(), shot=shot)
    text, _ = corrector.run(text, settled)  # after the codes: it knows words, not zones
    return PageReading(settled, text, found, classify_page(text, found, catalog))
