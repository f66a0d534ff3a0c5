"""The centre's side of the hand-over: open what a medium brought, store it, write receipts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app.errors import DeskError, UnusableInput, UsageError
from desk_app.records import Receipt
from desk_app.store.blobs import storage_faults
from desk_app.submission.adapters import Meta, StoreAdapter
from desk_app.submission.adapters.usb import OUTGOING, RECEIPTS, SEALED, write_durably
from desk_app.submission.envelope import fingerprint, unseal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one container."""

    file: str
    receipt: Receipt | None
    error: DeskError | None = None


def receive(
    folder: Path, key: RSAPrivateKey, certificate: Certificate, into: StoreAdapter
) -> Iterator[Received]:
    """Bring every container of a medium into a store; a bad one does not stop the others.

    A second time gives the same receipts. Containers stay where they are: they are closed to
    everybody else, and the desk asks for its receipts first.

    Args:
        folder: on the medium.
        key: the centre's private key.
        certificate: the certificate that the files were sealed for.
        into: the store of the centre.
    """
    recipient = fingerprint(certificate)
    for path in sorted((folder / OUTGOING).glob(f"*{SEALED}")):
        try:
            receipt = _receive_one(path, key, recipient, into)
            with storage_faults():
                (folder / RECEIPTS).mkdir(exist_ok=True)
                said = {"id": path.stem, "sha256": receipt.sha256, "size": receipt.size,
                        "stored_at": receipt.stored_at, "store": receipt.store}  # fmt: skip
                target = folder / RECEIPTS / f"{path.stem}.receipt.json"
                write_durably(target, json.dumps(said, ensure_ascii=False).encode())
            yield Received(path.name, receipt)
        except DeskError as error:
            yield Received(path.name, None, error)


def load_key(uri: str, passphrase: bytearray) -> tuple[RSAPrivateKey, Certificate]:
    """The centre's key and certificate from a PKCS#12 file; the passphrase is overwritten.

    Raises:
        UsageError: not `p12:FILE`, a wrong passphrase, or no RSA key in it.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import pkcs12

    kind, _, name = uri.partition(":")
    if kind != "p12":
        raise UsageError("--key p12:FILE")
    try:
        data = Path(name).read_bytes()
        key, certificate, _ = pkcs12.load_key_and_certificates(data, bytes(passphrase))
    except (OSError, ValueError) as fault:
        file = Path(name).name
        raise UsageError(
            f"the key {file} cannot be opened", detail_vi=f"không mở được khóa {file}"
        ) from fault
    finally:
        passphrase[:] = bytes(len(passphrase))
    if not isinstance(key, RSAPrivateKey) or certificate is None:
        file = Path(name).name
        raise UsageError(f"{file} holds no RSA key", detail_vi=f"{file} không có khóa RSA")
    return key, certificate


def _receive_one(path: Path, key: RSAPrivateKey, recipient: str, into: StoreAdapter) -> Receipt:
    """Read it through once before a byte of it reaches the store, then send it."""
    with storage_faults():
        facts, pieces = unseal(path, key, recipient)
        size, digest = _measure(pieces)
        if (digest, size) != (facts.get("sha256"), facts.get("size")):
            raise UnusableInput(file=path.name, detail="sha256")
        session = into.begin(digest, size, _meta(facts))
        offset, at = session.offset, 0
        for piece in unseal(path, key, recipient)[1]:
            at += len(piece)
            if at > offset:
                offset = into.send(session, offset, piece[len(piece) - (at - offset) :])
        return into.finish(session)


def _measure(pieces: Iterator[bytes]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()


def _meta(facts: dict[str, Any]) -> Meta:
    media, dossier, document = (str(facts.get(n, "")) for n in ("media", "dossier", "document"))
    return Meta(media or "application/octet-stream", dossier, document)
