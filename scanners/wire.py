"""Messages between the program and a worker: one JSON object a line, file paths and never pixels.

The program writes commands (`{"do": "scan", …}`, later `{"do": "cancel"}`), the worker events
(`{"event": "page_landed", …}`). Lines are ASCII, so a path that is not valid UTF-8 survives.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from scanners.device import (
    Applied,
    AppliedSettings,
    Capabilities,
    DeviceInfo,
    Difference,
    DriverInfo,
    Ended,
    Event,
    FileRefused,
    Opened,
    PageLanded,
    PageSuspect,
    PaperState,
    Preview,
    Progress,
    ScanFault,
    ScanSettings,
    SheetStarted,
    SourceCapabilities,
    Waiting,
)
from scanners.errors import Fault

MAX_LINE = 1 << 20
"""Longest line in bytes; a longer one is garbage."""

_KINDS: dict[str, type[Any]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower(): kind
    for kind in (
        Opened,
        Applied,
        PaperState,
        Waiting,
        Preview,
        SheetStarted,
        Progress,
        PageLanded,
        PageSuspect,
        ScanFault,
        FileRefused,
        Ended,
        DeviceInfo,
        DriverInfo,
    )
}
_WORDS = {kind: word for word, kind in _KINDS.items()}


def dump(message: dict[str, Any]) -> bytes:
    """One message as a line."""
    return json.dumps(message, default=str, separators=(",", ":")).encode("ascii") + b"\n"


def load(line: bytes) -> dict[str, Any]:
    """One line as a message.

    Raises:
        ValueError: The line is not one JSON object.
    """
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("not an object")
    return message


def encode(event: Event | DeviceInfo | DriverInfo) -> bytes:
    """An event, or an answer to a probe, as a line."""
    return dump({"event": _WORDS[type(event)], **asdict(event)})


def decode(line: bytes) -> Event | DeviceInfo | DriverInfo:
    """The event of a line.

    Raises:
        ValueError: The line is no event.
    """
    message = load(line)
    kind = _KINDS.get(str(message.pop("event", "")))
    if kind is None:
        raise ValueError("unknown event")
    try:
        return build(kind, message)  # type: ignore[no-any-return]
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"malformed {kind.__name__}: {error}") from error


def settings_from(data: dict[str, Any]) -> ScanSettings:
    """Settings from JSON, checked.

    Raises:
        BadRequest: A value is out of range.
    """
    built: ScanSettings = build(ScanSettings, data)
    return built.check()


def build(kind: type[Any], data: dict[str, Any]) -> Any:  # noqa: ANN401 - as the kind says
    """A dataclass of this library from its JSON form; unknown keys are ignored."""
    return kind(
        **{f.name: _value(kind, f.name, data[f.name]) for f in fields(kind) if f.name in data}
    )


_NESTED: dict[tuple[type[Any], str], type[Any]] = {
    (Applied, "settings"): AppliedSettings,
    (AppliedSettings, "asked"): ScanSettings,
    (AppliedSettings, "got"): ScanSettings,
    (AppliedSettings, "differences"): Difference,
    (ScanFault, "fault"): Fault,
    (DeviceInfo, "capabilities"): Capabilities,
    (Capabilities, "sources"): SourceCapabilities,
    (PageLanded, "path"): Path,
    (Preview, "path"): Path,
}


def _value(kind: type[Any], name: str, value: object) -> object:
    inner = _NESTED.get((kind, name))
    if isinstance(value, list):
        return tuple(build(inner, item) if inner else _tuples(item) for item in value)
    if inner is Path:
        return Path(str(value))
    if inner is not None and isinstance(value, dict):
        return build(inner, value)
    return value


def _tuples(value: object) -> object:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
