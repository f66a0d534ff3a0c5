"""A certification authority, an officer's key and a timestamp authority for demonstrations.

Made on first use, in one folder, by :func:`ensure`. Every name says TRÌNH DIỄN or DEMONSTRATION.
The passphrase of the officer's PKCS#12 file is random and lies beside it in the same folder:
there is nothing to protect, because no one trusts this root but the demonstration itself. It is a
PKCS#12 file with a passphrase all the same, so that a demonstration walks the real path.

The folder is made under another name and renamed, so that a kill in the middle or a second
process at the same moment leaves either nothing or the whole of it.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signing.errors import KeyFileBad
from signing.files import sync_folder
from signing.policy import Policy, load_policy
from signing.ports import Clock
from signing.timestamps import LocalAuthority
from signing.trust import Anchors, RevocationData, load

AGENCY = "Ủy ban nhân dân xã An Bình (TRÌNH DIỄN)"
"""A fictitious commune."""
OFFICER = "Lê Văn Tuấn (TRÌNH DIỄN)"
NOTICE_VI = "CHỨNG THƯ TRÌNH DIỄN – KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"
NOTICE_EN = "DEMONSTRATION CERTIFICATE – NO LEGAL VALUE"

_FOLDER = "pki-v1"
_YEARS = 25
"""Long enough that what a demonstration signed stays valid for as long as anyone looks at it."""
_STALE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What a demonstration signs with and what verifies it."""

    folder: Path
    root_pem: Path
    """The only trust anchor needed to verify; commands call it ``trust_anchor``."""
    p12: Path
    """The officer's key, certificate and intermediate."""
    passphrase_file: Path
    anchors: Anchors
    revocation: RevocationData
    tsa: LocalAuthority

    @property
    def key_uri(self) -> str:
        """Address for :func:`signing.keys.open_key`."""
        return f"p12:{self.p12}"

    def passphrase(self) -> bytearray:
        """The passphrase; a fresh copy that the caller may wipe."""
        return bytearray(self.passphrase_file.read_bytes().strip())

    def policy(self, profile: str | Path = "demonstration") -> Policy:
        """The demonstration's policy: self-contained B-LT signatures under its own root."""
        return load_policy(
            profile,
            level="B-LT",
            anchors=self.anchors,
            revocation=self.revocation,
            fetch_revocation=False,
        )


def ensure(folder: Path, clock: Clock | None = None) -> Demonstration:
    """Load the demonstration's keys from a folder, making them on first use.

    Args:
        folder: the demonstration's own folder; created when absent.
        clock: time source of the timestamp authority.

    Raises:
        KeyFileBad: the folder holds a damaged set; the text says what to do.
    """
    home = folder / _FOLDER
    if not home.is_dir():
        _make(folder, home)
    try:
        return _load(home, clock)
    except (OSError, ValueError) as error:
        raise KeyFileBad(
            f"the demonstration keys are damaged ({type(error).__name__}); remove the folder",
            "bộ khóa trình diễn bị hỏng; xóa thư mục này để tạo lại",
            file=home.name,
        ) from error


def _load(home: Path, clock: Clock | None) -> Demonstration:
    tsa_key = load_pem_private_key((home / "tsa.key").read_bytes(), None)
    if not isinstance(tsa_key, rsa.RSAPrivateKey):
        raise ValueError("tsa.key")
    tsa_certificate = _read_certificate(home / "tsa.pem")
    issuing = _read_certificate(home / "issuing.pem")
    return Demonstration(
        folder=home,
        root_pem=home / "root.pem",
        p12=home / "officer.p12",
        passphrase_file=home / "passphrase.txt",
        anchors=load([home / "root.pem"]),
        revocation=RevocationData(
            crls=((home / "root.crl").read_bytes(), (home / "issuing.crl").read_bytes())
        ),
        tsa=LocalAuthority(tsa_key, tsa_certificate, [issuing], clock),
    )


def _read_certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _make(folder: Path, home: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep(folder)
    draft = Path(mkdtemp(prefix=".making-", dir=folder))
    try:
        _fill(draft)
        draft.rename(home)
    except OSError:
        # Renaming onto a folder that is not empty fails: another process was first.
        if not home.is_dir():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove drafts that a killed process left behind; a young one may be another's work."""
    for draft in folder.glob(".making-*"):
        if time.time() - draft.stat().st_mtime > _STALE_S:
            shutil.rmtree(draft, ignore_errors=True)


def _fill(draft: Path) -> None:
    root_key, issuing_key, officer_key, tsa_key = (_new_key() for _ in range(4))
    root_name = _name("GỐC TRÌNH DIỄN – DEMONSTRATION ROOT CA")
    issuing_name = _name("CA CẤP PHÁT TRÌNH DIỄN – DEMONSTRATION ISSUING CA")
    root = _authority(root_name, root_key, root_name, root_key, path_length=1)
    issuing = _authority(issuing_name, issuing_key, root_name, root_key, path_length=0)
    officer = _officer(officer_key, issuing_name, issuing_key)
    tsa = _tsa(tsa_key, issuing_name, issuing_key)
    passphrase = secrets.token_urlsafe(18).encode("ascii")
    bundle = pkcs12.serialize_key_and_certificates(
        OFFICER.encode(), officer_key, officer, [issuing], BestAvailableEncryption(passphrase)
    )
    files = {
        "officer.p12": bundle,
        "passphrase.txt": passphrase + b"\n",
        "root.pem": root.public_bytes(Encoding.PEM),
        "issuing.pem": issuing.public_bytes(Encoding.PEM),
        "tsa.pem": tsa.public_bytes(Encoding.PEM),
        "tsa.key": tsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "root.crl": _empty_list(root_name, root_key),
        "issuing.crl": _empty_list(issuing_name, issuing_key),
        "README.txt": f"{NOTICE_VI}\n{NOTICE_EN}\n".encode(),
    }
    for name, data in files.items():
        _write(draft / name, data)
    sync_folder(draft)


def _write(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


# --- certificates ------------------------------------------------------------------------------


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _name(common: str) -> x509.Name:
    parts = (
        (NameOID.COUNTRY_NAME, "VN"),
        (NameOID.ORGANIZATION_NAME, AGENCY),
        (NameOID.COMMON_NAME, common),
    )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _span() -> tuple[dt.datetime, dt.datetime]:
    """From yesterday, so that a clock a little behind still finds the certificates valid."""
    start = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(days=1)
    return start, start + dt.timedelta(days=365 * _YEARS)


def _builder(
    subject: x509.Name,
    key: rsa.RSAPrivateKey,
    issuer: x509.Name,
    issuer_key: rsa.RSAPrivateKey,
) -> x509.CertificateBuilder:
    start, end = _span()
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(identifier, critical=False)
        .add_extension(authority, critical=False)
    )


def _authority(
    subject: x509.Name,
    key: rsa.RSAPrivateKey,
    issuer: x509.Name,
    issuer_key: rsa.RSAPrivateKey,
    path_length: int,
) -> x509.Certificate:
    return (
        _builder(subject, key, issuer, issuer_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def _officer(
    key: rsa.RSAPrivateKey, issuer: x509.Name, issuer_key: rsa.RSAPrivateKey
) -> x509.Certificate:
    return (
        _builder(_name(OFFICER), key, issuer, issuer_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature", "content_commitment"), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def _tsa(
    key: rsa.RSAPrivateKey, issuer: x509.Name, issuer_key: rsa.RSAPrivateKey
) -> x509.Certificate:
    stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    return (
        _builder(_name("DẤU THỜI GIAN TRÌNH DIỄN – DEMONSTRATION TSA"), key, issuer, issuer_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature"), critical=True)
        # RFC 3161 §2.3: this usage alone, and critical.
        .add_extension(stamping, critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def _usage(*names: str) -> x509.KeyUsage:
    every = [
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ]
    return x509.KeyUsage(**{name: name in names for name in every})


def _empty_list(issuer: x509.Name, key: rsa.RSAPrivateKey) -> bytes:
    """A revocation list without entries, valid as long as the certificates."""
    start, end = _span()
    revoked = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer)
        .last_update(start)
        .next_update(end)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
        .add_extension(x509.CRLNumber(1), critical=False)
        .sign(key, hashes.SHA256())
    )
    return revoked.public_bytes(Encoding.DER)
