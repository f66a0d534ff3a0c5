"""Entries of PDF dictionaries and arrays, whichever library reads them, references followed.

Any value may stand behind a reference (ISO 32000-1 7.3.10); the libraries' own ``get`` and
iteration give the reference and not what it stands for.
"""

# ruff: noqa: ANN401 - objects of whichever PDF reader is handed in

from __future__ import annotations

from typing import Any


def entry(dictionary: Any, key: str, default: Any = None) -> Any:
    """The value of a key, or the default where it is absent or null."""
    try:
        found = dictionary[key]
    except KeyError:
        return default
    return default if found is None else found


def items(array: Any) -> list[Any]:
    """The values of an array."""
    return [array[number] for number in range(len(array))]


def numbers(array: Any) -> list[float]:
    """The values of an array of numbers, a rectangle's for one."""
    return [float(value) for value in items(array)]
