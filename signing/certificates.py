"""Certificates as facts: who, by whom, until when, for what, and whether they may sign."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence for people, in both languages, with a stable code."""

    code: str
    vi: str
    en: str

    def to_json(self) -> dict[str, str]:
        """The same as a JSON object."""
        return {"code": self.code, "vi": self.vi, "en": self.en}


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says, and whether the policy lets it sign."""

    subject: str
    """RFC 4514 name."""
    issuer: str
    """RFC 4514 name."""
    serial: str
    """Lower-case hex."""
    sha256: str
    """Fingerprint of the DER form, lower-case hex: what a certificate is chosen by."""
    not_before: datetime
    not_after: datetime
    usage: tuple[str, ...]
    """Key usages by their X.509 names; empty when the extension is absent."""
    level: str
    """Kind of holder as the subject tells it: ``person`` or ``organisation``."""
    usable: bool
    reason: Text | None
    """Why not, when it is not usable."""

    def to_json(self) -> dict[str, Any]:
        """The JSON object of the certificates command."""
        return {
            "subject": self.subject,
            "issuer": self.issuer,
            "serial": self.serial,
            "sha256": self.sha256,
            "not_before": self.not_before.isoformat(),
            "not_after": self.not_after.isoformat(),
            "usage": list(self.usage),
            "level": self.level,
            "usable": self.usable,
            "reason": self.reason.to_json() if self.reason else None,
        }


def der(certificate: x509.Certificate) -> bytes:
    """The certificate's DER form."""
    return certificate.public_bytes(Encoding.DER)


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER form, lower-case hex."""
    return hashlib.sha256(der(certificate)).hexdigest()


_LONGEST_NAME = 300


def one_line(text: str) -> str:
    """Text from a hostile file as one line that a screen shows in the order that it is written.

    A line break in a stranger's name would begin a line of ours, an escape would drive the
    terminal, and a direction mark would turn the words behind it around.
    """
    return "".join(_harmless(letter) for letter in text)


def _harmless(letter: str) -> str:
    category = unicodedata.category(letter)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "\ufffd" if category in ("Cf", "Cs", "Co", "Cn") else letter


def name_part(name: x509.Name, oid: ObjectIdentifier) -> str:
    """The last value of one attribute of a name as one line, or an empty string."""
    values = name.get_attributes_for_oid(oid)
    text = one_line(str(values[-1].value)) if values else ""
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"


def holder(certificate: x509.Certificate) -> str:
    """The name that people know the holder by: common name, else organisation."""
    name = certificate.subject
    return name_part(name, NameOID.COMMON_NAME) or agency(certificate)


def agency(certificate: x509.Certificate) -> str:
    """The organisation in the subject, or an empty string."""
    return name_part(certificate.subject, NameOID.ORGANIZATION_NAME)


def holder_kind(certificate: x509.Certificate) -> str:
    """``organisation`` for an agency's seal, ``person`` for an officer.

    An agency's certificate names the agency itself: its common name equals the organisation, or
    there is no surname and no organisation beside it.
    """
    common = name_part(certificate.subject, NameOID.COMMON_NAME)
    return "organisation" if not common or common == agency(certificate) else "person"


_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


def usages(certificate: x509.Certificate) -> tuple[str, ...]:
    """Key usages; RFC 5280's nonRepudiation is reported as ``non_repudiation``."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return ()
    names = (name for name in _USAGES if getattr(usage, name))
    return tuple(n.replace("content_commitment", "non_repudiation") for n in names)


_FOREIGN_PURPOSES = frozenset(
    {
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CODE_SIGNING,
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
    }
)


def is_for_documents(
    certificate: x509.Certificate,
    wanted: Iterable[str] = ("digital_signature", "non_repudiation"),
) -> bool:
    """True when its key usage allows signing documents and its purposes are not all others'."""
    try:
        certificate.extensions.get_extension_for_class(x509.KeyUsage)
    except x509.ExtensionNotFound:
        pass
    else:
        if not set(usages(certificate)) & set(wanted):
            return False
    try:
        purposes = set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return True
    return not purposes <= _FOREIGN_PURPOSES


def key_bits(certificate: x509.Certificate) -> tuple[str, int]:
    """Kind and size in bits of the public key: ``("rsa", 2048)``, ``("ec", 256)``."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return "rsa", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ec", key.curve.key_size
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "ed25519", 256
    if isinstance(key, ed448.Ed448PublicKey):
        return "ed448", 456
    return type(key).__name__.lower(), 0


def is_self_issued(certificate: x509.Certificate) -> bool:
    """True for a root: its subject is its issuer."""
    return certificate.subject == certificate.issuer


def ordered_chain(
    certificate: x509.Certificate, others: Iterable[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """Those of ``others`` that lead from the certificate upwards, nearest first."""
    pool = list(others)
    chain: list[x509.Certificate] = []
    current = certificate
    while not is_self_issued(current):
        parent = next((c for c in pool if _issued(c, current) and c not in chain), None)
        if parent is None:
            break
        chain.append(parent)
        current = parent
    return tuple(chain)


def _issued(parent: x509.Certificate, child: x509.Certificate) -> bool:
    if parent.subject != child.issuer:
        return False
    try:
        child.verify_directly_issued_by(parent)
    except Exception:  # any refusal, whatever its class, means: not the issuer
        return False
    return True


def is_altered(certificate: x509.Certificate, pool: Iterable[x509.Certificate]) -> bool:
    """True when its issuer is at hand (same name, same key identifier) and did not sign it."""
    for parent in pool:
        named = parent.subject == certificate.issuer and _key_ids_agree(parent, certificate)
        if named and parent != certificate and not _issued(parent, certificate):
            return True
    return False


def _key_ids_agree(parent: x509.Certificate, child: x509.Certificate) -> bool:
    try:
        own = parent.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        named = child.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except x509.ExtensionNotFound:
        return False
    return own.digest == named.key_identifier


def facts(certificate: x509.Certificate, problem: Text | None = None) -> CertificateFacts:
    """Read a certificate; ``problem`` is what a policy says against it."""
    return CertificateFacts(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        serial=f"{certificate.serial_number:x}",
        sha256=fingerprint(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        usage=usages(certificate),
        level=holder_kind(certificate),
        usable=problem is None,
        reason=problem,
    )
