"""Which certificate a network scanner had the first time: another one is said, never accepted.

Scanners sign their own certificates, so no authority vouches for them. What can be known is that it
is still the same device: by address, and by the device's own UUID wherever it moves to.
"""

from __future__ import annotations

import hashlib
import socket
import ssl
from dataclasses import dataclass

from scanners import state
from scanners.errors import DeviceFault

FILE = "certificates.json"


@dataclass(frozen=True, slots=True)
class Pin:
    """The certificate that a device showed in this session."""

    address: str
    """host:port"""
    sha256: str


def context() -> ssl.SSLContext:
    """TLS without an authority: the certificate itself is compared afterwards."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    # Keys of 1024 bits are usual on devices of ten years ago.
    made.set_ciphers("DEFAULT:@SECLEVEL=1")
    return made


def check(sock: ssl.SSLSocket, host: str, port: int) -> Pin:
    """Compare the certificate of a fresh connection with the one remembered for the address.

    Raises:
        DeviceFault: CERTIFICATE_CHANGED; nothing has been sent yet.
    """
    shown = hashlib.sha256(sock.getpeercert(binary_form=True) or b"").hexdigest()
    pin = Pin(f"{host}:{port}", shown)
    known = state.read(FILE).get(pin.address)
    if isinstance(known, dict) and known.get("sha256") != shown and not _is_vouched(host, port):
        raise _changed(pin.address, str(known.get("sha256")), shown)
    return pin


def remember(pin: Pin, uuid: str) -> None:
    """Keep the certificate for the address and for the device.

    Raises:
        DeviceFault: CERTIFICATE_CHANGED, the same device had another one at another address.
    """
    known = state.read(FILE)
    host, _, port = pin.address.rpartition(":")
    for address, entry in known.items():
        same = uuid and isinstance(entry, dict) and entry.get("uuid") == uuid
        if same and entry.get("sha256") != pin.sha256 and not _is_vouched(host, int(port)):
            raise _changed(f"{pin.address} ({address})", str(entry.get("sha256")), pin.sha256)
    fresh = {"sha256": pin.sha256, "uuid": uuid}
    if known.get(pin.address) != fresh:
        try:
            state.write(FILE, {**known, pin.address: fresh})
        except OSError as error:
            raise DeviceFault("DISK_ERROR", raw=f"certificates: {error.strerror}") from error


def forget(host: str, port: int) -> bool:
    """Accept whatever the device shows next; whether anything was known of it.

    Raises:
        OSError: The file cannot be written.
    """
    known = state.read(FILE)
    gone = known.pop(f"{host}:{port}", None)
    uuid = gone.get("uuid") if isinstance(gone, dict) else None
    rest = {a: e for a, e in known.items() if not (uuid and e.get("uuid") == uuid)}
    if gone is not None:
        state.write(FILE, rest)
    return gone is not None


def _changed(address: str, before: str, now: str) -> DeviceFault:
    return DeviceFault("CERTIFICATE_CHANGED", raw=f"{before[:16]} → {now[:16]}", name=address)


def _is_vouched(host: str, port: int) -> bool:
    """Whether an authority that this machine trusts vouches for it: a renewal is no change."""
    try:
        with (
            socket.create_connection((host, port), timeout=5.0) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host),
        ):
            return True
    except (OSError, ValueError):
        return False
