"""What all rules share: the file under inspection and the faults found so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf

from desk_app.pdf.metadata import Part

MAX_FAULTS = 200
"""Enough to see what is wrong; a broken generator repeats its fault on every page."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One departure from the standard."""

    clause: str
    """Clause of ISO 19005-2 for part 2b, of ISO 19005-1 for part 1b."""
    object: str
    """Which object: its number, or the place in the file."""
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One demand of the standard."""

    part2: str
    """Clause in ISO 19005-2; empty where part 2 allows it."""
    part1: str
    """Clause in ISO 19005-1; empty where part 1 does not know it."""
    vi: str
    en: str


@dataclass(slots=True)
class Inspection:
    """One file under inspection."""

    path: Path
    pdf: pikepdf.Pdf
    part: Part
    _faults: dict[Fault, None] = field(default_factory=dict)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What was found, in the order of finding, each once."""
        return tuple(self._faults)

    @property
    def is_part1(self) -> bool:
        """Whether ISO 19005-1 applies."""
        return self.part == "1b"

    def add(self, rule: Rule, where: str) -> None:
        """Record a fault, unless this part of the standard has no such rule."""
        clause = rule.part1 if self.is_part1 else rule.part2
        if clause and len(self._faults) < MAX_FAULTS:
            self._faults[Fault(clause, where, rule.vi, rule.en)] = None


def name(value: object) -> str:
    """Return the text of a name object, empty for anything else."""
    return str(value) if isinstance(value, pikepdf.Name) else ""


def names(value: object) -> tuple[str, ...]:
    """Return the names in a name or an array of names."""
    if isinstance(value, pikepdf.Array):
        return tuple(filter(None, (name(item) for item in items(value))))
    return (name(value),) if name(value) else ()


def items(array: object) -> list[pikepdf.Object]:
    """Return the elements of an array, none for anything else."""
    return list(array) if isinstance(array, pikepdf.Array) else []


def has_keys(value: object) -> bool:
    """Whether value is a dictionary or a stream."""
    return isinstance(value, pikepdf.Dictionary | pikepdf.Stream)


def entries(value: object) -> dict[str, pikepdf.Object]:
    """Return the entries of a dictionary or stream, none for anything else."""
    if isinstance(value, pikepdf.Stream):
        return dict(value.stream_dict.items())
    return dict(value.items()) if isinstance(value, pikepdf.Dictionary) else {}


def label(value: pikepdf.Object, otherwise: str) -> str:
    """Name an object by its number."""
    return f"{value.objgen[0]} {value.objgen[1]}" if value.is_indirect else otherwise


def containers(pdf: pikepdf.Pdf) -> Iterator[tuple[str, pikepdf.Object]]:
    """Yield every array, dictionary and stream of the file once, with its object's number."""
    for top in (pdf.trailer, *pdf.objects):
        if not isinstance(top, pikepdf.Object):
            continue
        where = label(top, "trailer")
        pending = [top]
        while pending:
            current = pending.pop()
            if isinstance(current, pikepdf.Array):
                children = items(current)
            elif has_keys(current):
                children = list(entries(current).values())
            else:
                continue
            yield where, current
            pending += [
                child
                for child in children
                if isinstance(child, pikepdf.Object) and not child.is_indirect
            ]
