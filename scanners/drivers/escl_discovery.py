"""Scanners that announce themselves by mDNS as `_uscan._tcp` and `_uscans._tcp`.

zeroconf is optional: without it scanners are named by address, and the driver says so.
"""

from __future__ import annotations

import contextlib
import importlib.util
import ipaddress
import re
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from scanners.device import DeviceInfo

if TYPE_CHECKING:
    from zeroconf import ServiceInfo, Zeroconf

SERVICES = {"_uscans._tcp.local.": "https", "_uscan._tcp.local.": "http"}
"""In this order: a scanner that offers both is reached by TLS."""
BROWSE_S = 3.0
MAX_SCANNERS = 200


def why_not() -> tuple[str, str] | None:
    """Why scanners cannot be looked for, in Vietnamese and English; None if they can."""
    if importlib.util.find_spec("zeroconf") is not None:
        return None
    return (
        "Không tự tìm được máy quét mạng (thiếu gói zeroconf); vẫn dùng được bằng địa chỉ "
        "escl:http://MÁY:CỔNG/eSCL.",
        "Network scanners cannot be looked for (the package zeroconf is missing); an address, "
        "escl:http://HOST:PORT/eSCL, still works.",
    )


def browse(seconds: float = BROWSE_S) -> list[DeviceInfo]:
    """The scanners that announce themselves within a time; each once, by its UUID."""
    if why_not() is not None:
        return []
    from zeroconf import ServiceBrowser, Zeroconf

    names: list[tuple[str, str]] = []
    lock = threading.Lock()

    def changed(zeroconf: Zeroconf, service_type: str, name: str, state_change: object) -> None:
        with lock:
            if len(names) < MAX_SCANNERS and (service_type, name) not in names:
                names.append((service_type, name))

    try:
        zeroconf = Zeroconf()
    except OSError:  # no network at all
        return []
    with contextlib.closing(zeroconf):
        browser = ServiceBrowser(zeroconf, list(SERVICES), handlers=[changed])
        time.sleep(seconds)
        browser.cancel()
        return _named(zeroconf, sorted(names, key=lambda n: list(SERVICES).index(n[0])))


def _named(zeroconf: Zeroconf, names: list[tuple[str, str]]) -> list[DeviceInfo]:
    found: dict[str, DeviceInfo] = {}
    for kind, name in names:
        info = zeroconf.get_service_info(kind, name, timeout=1500)
        device = _device(SERVICES[kind], info) if info is not None else None
        if info is not None and device is not None:
            found.setdefault(_text(info, "uuid").lower() or device.uri, device)
    return list(found.values())


def _text(info: ServiceInfo, key: str) -> str:
    value = info.decoded_properties.get(key)
    return value.strip() if value else ""


def _device(scheme: str, info: ServiceInfo) -> DeviceInfo | None:
    host = _host(info)
    if host is None or not info.port:
        return None
    root = _text(info, "rs").strip("/") or "eSCL"
    if not re.fullmatch(r"[\w./~-]{1,200}", root, re.ASCII):
        return None
    label = _text(info, "ty") or info.name.partition(".")[0]
    place = _text(info, "note")
    sources = [{"platen": "glass", "adf": "feeder"}.get(word, "") for word in
               _text(info, "is").lower().split(",")]  # fmt: skip
    if "feeder" in sources and _text(info, "duplex").upper() == "T":
        sources.append("duplex")
    return DeviceInfo(
        f"escl:{scheme}://{host}:{info.port}/{root}",
        (f"{label} ({place})" if place else label)[:120],
        "escl",
        tuple(one for one in sources if one),
    )


def _resolves_local_names() -> bool:
    """Whether asking for `scanner.local` can work; where it cannot, it may take ten seconds."""
    if sys.platform != "linux":
        return True
    try:
        return "mdns" in Path("/etc/nsswitch.conf").read_text(encoding="utf-8")
    except OSError:
        return False


def _host(info: ServiceInfo) -> str | None:
    """The announced name if this machine can resolve it (it stays when addresses change)."""
    addresses = [ipaddress.ip_address(one) for one in info.parsed_addresses()]
    usable = [one for one in addresses if not (one.version == 6 and one.is_link_local)]
    if not usable:
        return None
    server = (info.server or "").rstrip(".")
    if server and re.fullmatch(r"[\w.-]{1,200}", server, re.ASCII) and _resolves_local_names():
        with contextlib.suppress(OSError, UnicodeError):
            known = {entry[4][0] for entry in socket.getaddrinfo(server, info.port)}
            if known & {str(one) for one in usable}:
                return server
    first = min(usable, key=lambda one: one.version)
    return f"[{first}]" if first.version == 6 else str(first)
