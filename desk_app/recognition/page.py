"""One page from picture to reading: the unit of work of a worker process, and its JSON form."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app.errors import UnusableInput
from desk_app.records import (
    Box,
    Code,
    PageCondition,
    PageReading,
    PageText,
    PageType,
    Word,
)

if TYPE_CHECKING:
    from desk_app.imaging import condition
    from desk_app.recognition import codes, ocr

_FORMAT = 1


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
    from desk_app.imaging import condition
    from desk_app.recognition import codes, ocr
    from desk_app.recognition.classify import classify_page
    from desk_app.recognition.doctypes import types_at

    catalog = types_at(catalog_folder)
    measured = condition.run(path, params.condition or condition.Params())
    how = params.ocr or ocr.Params()
    if params.rotation is not None:
        measured = replace(measured, rotation=params.rotation, rotation_confidence=1.0)
        how = replace(how, settled=True)
    text, settled = ocr.run(path, measured, how)
    found = codes.run(path, settled, text, params.codes or codes.Params())
    return PageReading(settled, text, found, classify_page(text, found, catalog))


def to_json(reading: PageReading) -> str:
    """Write a reading as JSON; from_json gives back an equal value.

    Raises:
        ValueError: a number is not finite.
    """
    text = reading.text
    document = {
        "format": _FORMAT,
        "condition": asdict(reading.condition),
        "text": {
            "rotation": text.rotation,
            "width": text.width,
            "height": text.height,
            "engine": text.engine,
            "words": [_word_row(word) for word in text.words],
        },
        "codes": [[code.kind, code.text, *code.box] for code in reading.codes],
        "type": asdict(reading.type),
    }
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def from_json(document: str | bytes) -> PageReading:
    """Read what to_json wrote.

    Raises:
        UnusableInput: it is not a reading, or one of a later format.
    """
    try:
        data = json.loads(document)
        if data["format"] != _FORMAT:
            raise UnusableInput(f"format {data['format']}", file="reading.json")
        return PageReading(
            _condition(data["condition"]),
            _text(data["text"]),
            tuple(Code(kind, text, _box(box)) for kind, text, *box in data["codes"]),
            _type(data["type"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        detail = f"{type(error).__name__}: {error}"
        raise UnusableInput(detail, file="reading.json") from error


def _word_row(word: Word) -> list[Any]:
    """A page has hundreds of words: rows without keys, the engine's reading only if it differs."""
    read = None if word.read == word.text else word.read
    return [word.text, *word.box, word.confidence, word.line, read, word.flagged]


def _word(row: list[Any]) -> Word:
    text, x0, y0, x1, y1, confidence, line, read, flagged = row
    kept = text if read is None else read
    return Word(text, (x0, y0, x1, y1), confidence, kept, line, flagged)


def _box(values: list[int]) -> Box:
    x0, y0, x1, y1 = values
    return x0, y0, x1, y1


def _condition(data: dict[str, Any]) -> PageCondition:
    return PageCondition(**{**data, "problems": tuple(data["problems"])})


def _text(data: dict[str, Any]) -> PageText:
    return PageText(**{**data, "words": tuple(_word(row) for row in data["words"])})


def _type(data: dict[str, Any]) -> PageType:
    others = tuple((name, score) for name, score in data["alternatives"])
    return PageType(**{**data, "alternatives": others})
