"""The drivers, each imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module

from scanners.device import DeviceName, Driver, parse_uri
from scanners.errors import BadRequest

KINDS = ("simulated", "sane", "escl", "camera", "folder")
"""Kinds of devices that a job can be started on, in the order in which they are listed."""

_MODULES = {"camera": "document_camera"}
"""Where a driver's own module would be too heavy for the program that only checks a name."""


def load(kind: str) -> Driver:
    """The driver of a kind.

    Raises:
        BadRequest: There is no such kind.
    """
    if kind not in KINDS:
        raise BadRequest("BAD_DEVICE", detail=f"{kind[:40]!r}: {', '.join(KINDS)}")
    module = _MODULES.get(kind, kind)
    driver: Driver = import_module(f"scanners.drivers.{module}").DRIVER
    return driver


def check(uri: str) -> DeviceName:
    """Take a URI apart and let its driver check it, without touching a device.

    Raises:
        BadRequest: The URI cannot be meant; the text names what is wrong.
    """
    name = parse_uri(uri)
    load(name.kind).check(name)
    return name
