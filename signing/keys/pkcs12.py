"""A key in a PKCS#12 file (RFC 7292): parsed once, kept as a key object, never as a passphrase."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from signing.errors import KeyFileBad, PinWrong, TokenLost
from signing.files import require_regular, words_of
from signing.ports import KeyStatus

_LARGEST_FILE = 1 << 20
"""A PKCS#12 file holds one key and a few certificates: a megabyte is already absurd."""


class Pkcs12Key:
    """A key source from a PKCS#12 file."""

    def __init__(self, path: Path, secret: bytearray) -> None:
        self._path = path
        bundle = _load(path, secret)
        key, certificate = bundle.key, bundle.cert
        if certificate is None or not isinstance(
            key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
        ):
            raise KeyFileBad(
                "it holds no RSA or EC key with its certificate",
                "tệp không chứa khóa RSA hoặc EC kèm chứng thư",
                file=path.name,
            )
        self._key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = key
        self._certificate = certificate.certificate
        self._chain = tuple(extra.certificate for extra in bundle.additional_certs)

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate that belongs to the key."""
        return self._certificate

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The other certificates of the file."""
        return self._chain

    def sign_raw(self, data: bytes, digest: str) -> bytes:
        """Sign with the parsed key (parsing again costs 40 ms at RSA 2048)."""
        algorithm = hash_algorithm(digest)
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), algorithm)
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(data, ec.ECDSA(algorithm))
        raise TokenLost("the key was closed", "khóa đã đóng", token=self._path.name)

    def status(self) -> KeyStatus:
        """A key file never locks; opening it counts as one login."""
        return KeyStatus("p12", self._path.name, self._key is not None, "unlimited", 1)

    def close(self) -> None:
        """Drop the key object."""
        self._key = None


def hash_algorithm(digest: str) -> hashes.HashAlgorithm:
    """The hash object for ``sha256``, ``sha384`` or ``sha512``."""
    known = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
    return known[digest]


def _load(path: Path, secret: bytearray) -> pkcs12.PKCS12KeyAndCertificates:
    try:
        require_regular(path)
        if path.stat().st_size > _LARGEST_FILE:
            raise KeyFileBad("it is too large", "tệp quá lớn", file=path.name)
        data = path.read_bytes()
    except OSError as error:
        raise KeyFileBad(*words_of(error), file=path.name) from None
    if data[:1] != b"\x30":
        raise KeyFileBad("it is not a PKCS#12 file", "không phải tệp PKCS#12", file=path.name)
    try:
        return pkcs12.load_pkcs12(data, bytes(secret) or None)
    except ValueError as error:
        if "password" in str(error).lower():
            raise PinWrong("unlimited") from None
        raise KeyFileBad(
            "it is damaged or not a PKCS#12 file",
            "tệp hỏng hoặc không phải PKCS#12",
            file=path.name,
        ) from None
