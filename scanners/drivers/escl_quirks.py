"""What is known of single models of network scanners: data in `scanners/quirks.toml`."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent.parent / "quirks.toml"


@dataclass(frozen=True, slots=True)
class Quirks:
    """How one model differs."""

    host_header: str = ""
    """What to send as Host; empty for host and port of the address."""
    next_delay_share: float = 0.0
    """Pause before the next page, as a share of the time that the last one took."""
    next_delay_max_s: float = 0.0
    not_yet: tuple[int, ...] = ()
    """HTTP codes that mean "not yet" whatever the device's state says."""
    max_dpi: int | None = None
    moving_is_empty: bool = False
    """AdfState Processing is what it says when the feeder is empty."""
    unsupported: str = ""
    """Why the model cannot be used through this protocol; empty if it can."""


@functools.cache
def table() -> tuple[tuple[re.Pattern[str], Quirks], ...]:
    """The whole table."""
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["quirk"]
    return tuple((re.compile(row["model"], re.I), _quirks(row)) for row in rows)


def _quirks(row: dict[str, Any]) -> Quirks:
    known = {f.name for f in fields(Quirks)}
    unknown = set(row) - known - {"model", "source"}
    if unknown:
        raise ValueError(f"{TABLE.name}: {row['model']}: {sorted(unknown)}")
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in row.items()
        if key in known
    }
    return Quirks(**values)


def quirks_of(model: str) -> Quirks:
    """The quirks of a model; the defaults if nothing is known of it."""
    return next((found for pattern, found in table() if pattern.search(model)), Quirks())
