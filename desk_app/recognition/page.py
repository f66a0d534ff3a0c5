"""One page from picture to reading: the unit of work of a worker process."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from desk_app.errors import StorageError
from desk_app.records import Box, Checkbox, Code, PageCondition, PageReading, PageText, Word

if TYPE_CHECKING:
    from desk_app.imaging import condition
    from desk_app.imaging.picture import Picture
    from desk_app.recognition import codes, ocr
    from desk_app.recognition.learning import Suggestion


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Params:
    """Settings of the steps; None leaves a step at its own defaults."""

    condition: condition.Params | None = None
    ocr: ocr.Params | None = None
    codes: codes.Params | None = None
    rotation: int | None = None
    """The clerk's turn, over the program's own."""
    hint: int = 0
    """The turn that the file asks for (EXIF, PDF): followed where the print does not tell."""
    learned: Path | None = None
    """The data folder, for what its clerks taught; None leaves it to the rules alone."""


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
    from desk_app.recognition import codes, corrector, ocr, secret_stamps
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
    seen = ocr.read(path, measured, how, shot=shot)
    seen = _as_the_file_asks(path, seen, measured, params, shot)
    text, settled = seen.text, seen.condition
    found = codes.run(path, settled, text, params.codes or codes.Params(), shot=shot)
    text, _ = corrector.run(text, settled)  # after the codes: it knows words, not zones
    kind = classify_page(text, found, catalog, _taught(params.learned, text))
    text = secret_stamps.run(text, shot, settled)
    boxes = _labelled(seen.checkboxes, settled, text, found)
    lost = tuple(box for box in seen.uncovered if not _is_in_code(box, found))
    return PageReading(settled, text, found, kind, lost, boxes)


def _as_the_file_asks(
    path: Path, seen: ocr.Outcome, measured: PageCondition, params: Params, shot: Picture
) -> ocr.Outcome:
    """The page under its file's own turn, where reading could not tell which way up it lies.

    Never against print that tells: a camera held over a table does not know where the top is.
    """
    from desk_app.recognition import ocr

    how = params.ocr or ocr.Params()
    found = seen.condition
    told = found.rotation_confidence >= how.axis_sure
    if not params.hint or params.rotation is not None or found.rotation == params.hint or told:
        return seen
    across = (found.rotation - params.hint) % 180 != 0
    # The lean was measured along the other axis.
    skew = 0.0 if across else measured.skew_deg
    turned = replace(measured, rotation=params.hint, skew_deg=skew)
    again = ocr.read(path, turned, replace(how, settled=True), shot=shot)
    unsure = replace(again.condition, rotation_confidence=found.rotation_confidence)
    return replace(again, condition=unsure)


def _labelled(
    boxes: Sequence[Checkbox], settled: PageCondition, text: PageText, found: Sequence[Code]
) -> tuple[Checkbox, ...]:
    """Boxes with what is printed beside them; the squares of a code are none."""
    from desk_app.recognition import checkboxes

    own = [
        box
        for box in boxes
        if not _is_in_code(box.box, found)
        and not any(_is_letter_of(box.box, word) for word in text.words)
    ]
    if not own:
        return ()
    labels = checkboxes.labels_of(own, text, settled.skew_deg)
    return tuple(replace(box, label=label) for box, label in zip(own, labels, strict=True))


def _is_letter_of(box: Box, word: Word) -> bool:
    """The O of a fat title has straight sides too."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    inside = word.box[0] <= x <= word.box[2] and word.box[1] <= y <= word.box[3]
    return inside and len(word.text) > 1 and word.text.isalpha() and word.confidence > 0.8


def _is_in_code(box: Box, found: Sequence[Code]) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    places = (code.box for code in found)
    return any(place[0] <= x <= place[2] and place[1] <= y <= place[3] for place in places)


def _taught(folder: Path | None, text: PageText) -> Sequence[Suggestion]:
    if folder is None:
        return ()
    from desk_app.recognition import learning

    try:
        return learning.suggest(folder, text.text)
    except StorageError as fault:
        log.warning("named without what was learned: %s", fault.code)
        return ()
