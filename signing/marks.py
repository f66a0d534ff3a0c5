"""The visible mark in pyHanko's objects: what the appearance draws, handed to its writer."""

# mypy: disable-error-code="no-untyped-call"
# ruff: noqa: ANN401 - PDF objects of the library have no useful static types

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.stamp import BaseStamp, BaseStampStyle

from signing.appearance import objects
from signing.appearance.placing import Field, Placed, waiting


class Pages(Sequence[Any]):
    """The page dictionaries of a file, found one by one."""

    def __init__(self, writer: IncrementalPdfFileWriter) -> None:
        self._writer = writer

    def __len__(self) -> int:
        return int(self._writer.root["/Pages"]["/Count"])

    def __getitem__(self, index: Any) -> Any:
        return self._writer.find_page_for_modification(index)[0].get_object()


@dataclass(frozen=True)
class MarkStyle(BaseStampStyle):
    """What pyHanko asks for an appearance."""

    placed: Placed | None = None

    def create_stamp(
        self, writer: Any, box: BoxConstraints, text_params: dict[str, Any]
    ) -> _MarkStamp:
        """The stamp that draws the mark."""
        assert self.placed is not None
        return _MarkStamp(writer, self, self.placed)


class _MarkStamp(BaseStamp):
    """Our own drawing instead of the library's text layout.

    The library subsets the font anew for every signature and leaves out what PDF/A-1 wants.
    """

    def __init__(self, writer: Any, style: MarkStyle, placed: Placed) -> None:
        mark = placed.mark
        super().__init__(writer, style, BoxConstraints(mark.width_pt, mark.height_pt))
        self._placed = placed

    def register(self) -> Any:
        writer = self._ensure_writer
        return _pdf(writer, objects.form(self._placed, blend=_may_blend(writer.root)))


def _may_blend(root: Any) -> bool:
    metadata = root["/Metadata"].data if "/Metadata" in root else b""
    return objects.may_blend(metadata, has_output_intent="/OutputIntents" in root)


def waiting_field(writer: IncrementalPdfFileWriter, name: str) -> Field | None:
    """The visible field of that name where the file has it already; None for any other."""
    if name not in [found for found, _, _ in enumerate_sig_fields(writer)]:
        return None
    return waiting(Pages(writer), name)


def _pdf(writer: Any, value: Any) -> Any:
    """A library-neutral PDF object of :mod:`signing.appearance.objects` as one of pyHanko's."""
    match value:
        case objects.Stream():
            entries = _pdf(writer, value.entries)
            return writer.add_object(generic.StreamObject(entries, encoded_data=value.data))
        case objects.Indirect():
            return writer.add_object(_pdf(writer, value.entries))
        case objects.Name():
            return generic.NameObject(value)
        case str():
            return generic.pdf_string(value)
        case bool():
            return generic.BooleanObject(value)
        case int():
            return generic.NumberObject(value)
        case float():
            return generic.FloatObject(round(value, 4))
        case Mapping():
            return generic.DictionaryObject(
                {generic.NameObject(key): _pdf(writer, inner) for key, inner in value.items()}
            )
    return generic.ArrayObject(_pdf(writer, inner) for inner in value)
