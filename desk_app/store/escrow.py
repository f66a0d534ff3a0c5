"""Copies of a data folder's master key for others: a passphrase, a recovery code, an office's key.

A passphrase or code: scrypt (RFC 7914), then AES-256-GCM with the key id as associated data. A
certificate: RSA-OAEP with SHA-256 (RFC 8017 §7.1), or an ephemeral key on the certificate's curve,
ECDH, HKDF-SHA256 and AES-256-GCM.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app.errors import NotFound, UnusableInput, VaultDamaged, WrongSecret
from scanners import sealed

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_N, _R, _P = 1 << 16, 8, 1
"""64 MB and about a quarter of a second for each guess."""
_MOST_MEMORY = 256 << 20
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of recovery codes: no letter that is taken for another one on paper."""
_GROUPS, _LETTERS = 8, 4
"""32 letters of 5 bits: 160 bits."""
MOST_FILE = 1 << 20


# --- behind something that a person knows -----------------------------------------------------


def wrap_phrase(master: bytes, passphrase: bytes, key_id: str) -> dict[str, Any]:
    """The master key behind a passphrase."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    wrapping = _scrypt(passphrase, salt, _N, _R, _P)
    wrapped = AESGCM(wrapping).encrypt(nonce, master, key_id.encode())
    return {"kdf": "scrypt", "n": _N, "r": _R, "p": _P, "salt": _text(salt),
            "nonce": _text(nonce), "sealed": _text(wrapped)}  # fmt: skip


def open_phrase(kept: Mapping[str, Any], passphrase: bytes, key_id: str) -> bytes:
    """The master key again.

    Raises:
        WrongSecret: Another passphrase.
        VaultDamaged: It is no such copy.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        n, r, p = int(kept["n"]), int(kept["r"]), int(kept["p"])
        if kept["kdf"] != "scrypt" or n < 2 or r < 1 or not 1 <= p <= 4:
            raise ValueError
        if 128 * n * r > _MOST_MEMORY:  # a made-up file must not eat the machine
            raise ValueError
        wrapping = _scrypt(passphrase, _bytes(kept["salt"]), n, r, p)
        nonce, wrapped = _bytes(kept["nonce"]), _bytes(kept["sealed"])
        return AESGCM(wrapping).decrypt(nonce, wrapped, key_id.encode())
    except InvalidTag:
        raise WrongSecret(
            "the passphrase or code is wrong", detail_vi="mật khẩu hoặc mã không đúng"
        ) from None
    except (KeyError, TypeError, ValueError) as fault:
        raise VaultDamaged("the escrow copy", detail_vi="bản ký gửi") from fault


def _scrypt(passphrase: bytes, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=p, maxmem=2 * _MOST_MEMORY, dklen=32)


def new_code() -> str:
    """A recovery code to print: eight groups of four letters and digits, 160 bits."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS)) for _ in range(_GROUPS))
    return "-".join(groups)


def normal_code(text: bytes) -> bytes:
    """A recovery code as it was made, however it was typed; anything else stays as it is."""
    typed = "".join(
        letter for letter in text.decode("utf-8", "replace").upper() if letter.isalnum()
    )
    if len(typed) != _GROUPS * _LETTERS or set(typed) - set(_ALPHABET):
        return text
    return "-".join(typed[at : at + _LETTERS] for at in range(0, len(typed), _LETTERS)).encode()


def copy_for_code(master: bytes, key_id: str, code: str) -> dict[str, Any]:
    """An escrow copy that a recovery code opens."""
    return {"kind": "code", "created": _now(), **wrap_phrase(master, code.encode(), key_id)}


# --- for the office's certificate -------------------------------------------------------------


def copy_for_certificate(master: bytes, key_id: str, file: Path) -> dict[str, Any]:
    """An escrow copy that the certificate's private key opens.

    Raises:
        UnusableInput: It is no certificate, or its key can wrap nothing.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    certificate = _certificate(file)
    public = certificate.public_key()
    about = {"kind": "certificate", "created": _now(), "sha256": _fingerprint(certificate),
             "subject": certificate.subject.rfc4514_string()[:200]}  # fmt: skip
    if isinstance(public, rsa.RSAPublicKey):
        wrapped = public.encrypt(master, _oaep(key_id))
        return about | {"algorithm": "RSA-OAEP-SHA256", "sealed": _text(wrapped)}
    if isinstance(public, ec.EllipticCurvePublicKey):
        return about | _wrap_ec(master, key_id, public)
    raise UnusableInput(
        "the key is neither RSA nor EC", detail_vi="khóa không phải RSA hoặc EC", file=file.name
    )


def _wrap_ec(master: bytes, key_id: str, public: Any) -> dict[str, Any]:  # noqa: ANN401
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    ephemeral = ec.generate_private_key(public.curve)
    point = ephemeral.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    # The ephemeral key is new each time, so its wrapping key is used once and nonce 0 is safe.
    wrapping = sealed.hkdf(ephemeral.exchange(ec.ECDH(), public), b"desk escrow" + point)
    wrapped = AESGCM(wrapping).encrypt(bytes(12), master, key_id.encode())
    return {"algorithm": "ECDH-HKDF-SHA256-A256GCM", "point": _text(point),
            "sealed": _text(wrapped)}  # fmt: skip


def open_with_key(
    copies: Sequence[Mapping[str, Any]], key_id: str, private: PrivateKeyTypes
) -> bytes:
    """The master key from whichever copy was made for this key.

    Raises:
        WrongSecret: None was.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    for copy in copies:
        if copy.get("kind") != "certificate":
            continue
        try:
            wrapped = _bytes(copy["sealed"])
            if isinstance(private, rsa.RSAPrivateKey) and "point" not in copy:
                return private.decrypt(wrapped, _oaep(key_id))
            if isinstance(private, ec.EllipticCurvePrivateKey) and "point" in copy:
                return _open_ec(copy, wrapped, key_id, private)
        except (InvalidTag, ValueError, KeyError, TypeError):
            continue  # another certificate's copy
    raise WrongSecret(
        "no escrow copy is for this key", detail_vi="không có bản ký gửi cho khóa này"
    )


def _open_ec(
    copy: Mapping[str, Any],
    wrapped: bytes,
    key_id: str,
    private: Any,  # noqa: ANN401
) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    point = _bytes(copy["point"])
    public = ec.EllipticCurvePublicKey.from_encoded_point(private.curve, point)
    wrapping = sealed.hkdf(private.exchange(ec.ECDH(), public), b"desk escrow" + point)
    return AESGCM(wrapping).decrypt(bytes(12), wrapped, key_id.encode())


def open_with_code(copies: Sequence[Mapping[str, Any]], key_id: str, code: bytes) -> bytes:
    """The master key from whichever copy a recovery code opens.

    Raises:
        NotFound: No copy is behind a code.
        WrongSecret: Another code.
    """
    behind = [copy for copy in copies if copy.get("kind") == "code"]
    if not behind:
        raise NotFound(
            "an escrow copy behind a recovery code", detail_vi="bản ký gửi có mã khôi phục"
        )
    for copy in behind[:-1]:
        try:
            return open_phrase(copy, normal_code(code), key_id)
        except WrongSecret:
            continue
    return open_phrase(behind[-1], normal_code(code), key_id)


def private_key(uri: str, passphrase: bytes) -> PrivateKeyTypes:
    """The office's private key from `p12:FILE` or `pem:FILE`.

    Raises:
        NotFound: There is no such file.
        WrongSecret: The passphrase does not open it.
        UnusableInput: It holds no key.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

    kind, _, name = uri.partition(":")
    file = Path(name) if kind in ("p12", "pem") else Path(uri)
    data = _read(file)
    phrase = passphrase or None
    try:
        if kind == "pem" or data.lstrip().startswith(b"-----BEGIN"):
            return load_pem_private_key(data, phrase)
        found = pkcs12.load_key_and_certificates(data, phrase)[0]
    except (ValueError, TypeError) as fault:
        raise WrongSecret(
            f"{file.name}: the passphrase is wrong or this is no key file",
            detail_vi=f"{file.name}: mật khẩu không đúng hoặc tệp không phải tệp khóa",
        ) from fault
    if found is None:
        raise UnusableInput("it holds no key", detail_vi="không có khóa", file=file.name)
    return found


def _certificate(file: Path) -> x509.Certificate:
    from cryptography import x509

    data = _read(file)
    try:
        if b"-----BEGIN" in data:
            return x509.load_pem_x509_certificate(data)
        return x509.load_der_x509_certificate(data)
    except ValueError as fault:
        raise UnusableInput(
            "it is not a certificate", detail_vi="không phải chứng thư", file=file.name
        ) from fault


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_FILE + 1)
    except OSError as fault:
        raise NotFound(f"{file}: {fault.strerror}") from fault
    if len(data) > MOST_FILE:
        raise UnusableInput("it is too large", detail_vi="tệp quá lớn", file=file.name)
    return data


def _oaep(key_id: str) -> padding.OAEP:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    digest = hashes.SHA256()
    return padding.OAEP(padding.MGF1(digest), digest, label=key_id.encode())


def _fingerprint(certificate: x509.Certificate) -> str:
    from cryptography.hazmat.primitives import hashes

    return certificate.fingerprint(hashes.SHA256()).hex()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
