"""Sealed files for a medium that travels: only the centre's private key opens one.

    {"format": "desk-sealed-1", "recipient": sha256 of the certificate, "key": RSA-OAEP(K)}⏎
    repeated: length (4 bytes, big-endian) | AES-256-GCM_K(frame)

K is new for each file, so a counter serves as the nonce. The header and a last-frame mark are
authenticated with every frame: a container that was cut, joined or reordered does not open. The
first frame holds the facts of the file as JSON, the last one is empty.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from desk_app.errors import UnusableInput, UsageError
from desk_app.submission.answers import said

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from cryptography.x509 import Certificate

FORMAT = "desk-sealed-1"
MAX_FRAME = 64 * 1024 * 1024 + 16
MAX_HEADER = 4096
MIN_RSA_BITS = 2048


class Sealer:
    """Writes one container, frame by frame."""

    def __init__(self, stream: IO[bytes], recipient: Certificate, facts: dict[str, Any]) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = secrets.token_bytes(32)
        self._stream = stream
        self._cipher = AESGCM(key)
        self._counter = 0
        header = {
            "format": FORMAT, "recipient": fingerprint(recipient),
            "key": base64.b64encode(public_key(recipient).encrypt(key, _oaep())).decode(),
        }  # fmt: skip
        self._header = json.dumps(header).encode()
        stream.write(self._header + b"\n")
        self.add(json.dumps(facts, ensure_ascii=False).encode())

    def add(self, data: bytes, *, last: bool = False) -> None:
        """Seal the next bytes."""
        sealed = self._cipher.encrypt(_nonce(self._counter), data, self._header + _mark(last))
        self._stream.write(len(sealed).to_bytes(4, "big") + sealed)
        self._counter += 1

    def end(self) -> None:
        """Write the last frame; without it the container does not open."""
        self.add(b"", last=True)


def unseal(
    path: Path, key: RSAPrivateKey, recipient: str
) -> tuple[dict[str, Any], Iterator[bytes]]:
    """The facts of a sealed file, and its content in pieces, each authenticated before it is given.

    Args:
        path: the container.
        key: the centre's private key.
        recipient: fingerprint of the certificate that goes with it.

    Raises:
        UnusableInput: not a container, for somebody else, or altered; content may raise it too.
    """
    stream = path.open("rb")
    try:
        header = stream.readline(MAX_HEADER).rstrip(b"\n")
        frames = _frames(stream, path, header, _open_key(path, header, key, recipient))
        facts = said(next(frames))
        if not isinstance(facts, dict):
            raise ValueError
    except (ValueError, StopIteration) as fault:
        stream.close()
        raise _altered(path) from fault
    except BaseException:
        stream.close()
        raise
    return facts, frames


def load_recipient(path: Path) -> Certificate:
    """The centre's certificate.

    Raises:
        UsageError: it cannot be read, or its key is not RSA of 2048 bits or more.
    """
    from cryptography import x509

    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise UsageError(
            f"{path.name} is no PEM certificate",
            detail_vi=f"{path.name} không phải chứng thư PEM",
        ) from fault
    public_key(certificate)
    return certificate


def public_key(certificate: Certificate) -> RSAPublicKey:
    """Its RSA key."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < MIN_RSA_BITS:
        raise UsageError(
            f"the certificate must be RSA ≥ {MIN_RSA_BITS}",
            detail_vi=f"chứng thư phải là RSA ≥ {MIN_RSA_BITS}",
        )
    return key


def fingerprint(certificate: Certificate) -> str:
    """SHA-256 of the certificate."""
    from cryptography.hazmat.primitives.hashes import SHA256

    return certificate.fingerprint(SHA256()).hex()


def _open_key(path: Path, header: bytes, key: RSAPrivateKey, recipient: str) -> bytes:
    found = said(header)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError("format")
    if found.get("recipient") != recipient:
        raise UnusableInput(
            "it is sealed for another", file=path.name, detail_vi="niêm phong cho nơi khác"
        )
    return key.decrypt(base64.b64decode(str(found.get("key"))), _oaep())


def _frames(stream: IO[bytes], path: Path, header: bytes, key: bytes) -> Iterator[bytes]:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    with stream:
        counter, ended = 0, False
        while length := stream.read(4):
            size = int.from_bytes(length, "big")
            sealed = stream.read(size) if len(length) == 4 and size <= MAX_FRAME else b""
            ended = len(sealed) == 16  # an empty frame is the last
            try:
                data = AESGCM(key).decrypt(_nonce(counter), sealed, header + _mark(ended))
            except (InvalidTag, ValueError) as fault:
                raise _altered(path) from fault
            if ended:
                break
            yield data
            counter += 1
        if not ended or stream.read(1):
            raise _altered(path)


def _altered(path: Path) -> UnusableInput:
    return UnusableInput(
        "it is damaged or altered", file=path.name, detail_vi="hỏng hoặc bị thay đổi"
    )


def _nonce(counter: int) -> bytes:
    return counter.to_bytes(12, "big")


def _mark(last: bool) -> bytes:
    return b"\x01" if last else b"\x00"


def _oaep() -> Any:  # noqa: ANN401 - a class of the library
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
    from cryptography.hazmat.primitives.hashes import SHA256

    return OAEP(MGF1(SHA256()), SHA256(), None)
