"""Whether anything at hand says that a certificate was revoked.

The validator stops at the first good answer: an OCSP answer that is still fresh hides a list that
names the certificate, and an old list that names it counts as "nothing known". A revocation is
for good (RFC 5280 5.3.1), so whoever says it, at any time, is heard. Statements count only when
the issuer, or a responder that it appointed (RFC 6960 4.2.2.2), signed them.
"""

# ruff: noqa: ANN401 - ASN.1 objects have no useful static types

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from asn1crypto.keys import PublicKeyInfo
from asn1crypto.ocsp import OCSPResponse
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

_BROKEN = (
    ValueError, TypeError, KeyError, AttributeError, OverflowError,
    InvalidSignature, UnsupportedAlgorithm,
)  # fmt: skip
"""What malformed statements raise; they say nothing."""

_HOLD = "certificate_hold"
_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class _Statement:
    """What an issuer said of one certificate."""

    made_at: datetime
    revoked_at: datetime | None
    on_hold: bool = False
    """Suspended: the only kind of revocation that may be lifted again."""


def revocation_date(
    chain: Sequence[x509.Certificate],
    crls: Sequence[bytes],
    ocsps: Sequence[bytes],
    moment: datetime,
) -> datetime | None:
    """When the first revoked certificate of a chain was revoked, if that was before a moment.

    Args:
        chain: from the anchor to the certificate.
        crls: lists, DER.
        ocsps: answers, DER.
        moment: what was revoked later does not count.
    """
    for issuer, certificate in pairwise(chain):
        said = [*_listed(certificate, issuer, crls), *_answered(certificate, issuer, ocsps)]
        dates = [
            statement.revoked_at
            for statement in said
            if statement.revoked_at is not None
            and statement.revoked_at <= moment
            and not (statement.on_hold and _is_lifted(statement, said))
        ]
        if dates:
            return min(dates)
    return None


def _is_lifted(hold: _Statement, said: list[_Statement]) -> bool:
    return any(s.revoked_at is None and s.made_at > hold.made_at for s in said)


def _listed(
    certificate: x509.Certificate, issuer: x509.Certificate, crls: Sequence[bytes]
) -> Iterator[_Statement]:
    for data in crls:
        try:
            crl = x509.load_der_x509_crl(data)
            if crl.issuer != issuer.subject:
                continue
            entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
            # The signature last: hashing a list of megabytes that does not concern us is work.
            if crl.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
                yield _from_entry(crl.last_update_utc, entry)
        except _BROKEN:
            continue


def _from_entry(made_at: datetime, entry: x509.RevokedCertificate | None) -> _Statement:
    if entry is None:
        return _Statement(made_at, None)
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except (x509.ExtensionNotFound, *_BROKEN):
        reason = x509.ReasonFlags.unspecified
    if reason is x509.ReasonFlags.remove_from_crl:
        return _Statement(made_at, None)
    on_hold = reason is x509.ReasonFlags.certificate_hold
    return _Statement(made_at, entry.revocation_date_utc, on_hold)


def _answered(
    certificate: x509.Certificate, issuer: x509.Certificate, ocsps: Sequence[bytes]
) -> Iterator[_Statement]:
    for data in ocsps:
        try:
            answer = ocsp_answer(data)
            if answer is None:
                continue
            singles = [s for s in answer["tbs_response_data"]["responses"]
                       if _is_about(s["cert_id"], certificate, issuer)]  # fmt: skip
            if singles and _is_authorised(answer, issuer):
                yield from [said for s in singles if (said := _from_answer(s)) is not None]
        except _BROKEN:
            continue


def ocsp_answer(data: bytes) -> Any:
    """An OCSP answer that can be read; None for one that says "not now" or "not to you".

    By the lenient ASN.1 library: some responders write fractions of seconds, which DER's profile
    forbids (RFC 5280 4.1.2.5.2).

    Raises:
        ValueError: it is none.
    """
    response = OCSPResponse.load(data, strict=True)
    if response["response_status"].native != "successful":
        return None
    answer = response.basic_ocsp_response
    # Values are read when they are asked for: this is where a malformed one shows.
    _ = answer["tbs_response_data"]["responses"].native
    return answer


def _from_answer(single: Any) -> _Statement | None:
    status, made_at = single["cert_status"], single["this_update"].native
    if status.name == "good":
        return _Statement(made_at, None)
    if status.name != "revoked":
        return None
    reason = status.chosen["revocation_reason"].native
    return _Statement(made_at, status.chosen["revocation_time"].native, reason == _HOLD)


def _is_about(named: Any, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if named["serial_number"].native != certificate.serial_number:
        return False
    digest = hashlib.new(named["hash_algorithm"]["algorithm"].native, _key_bits(issuer)).digest()
    return bool(digest == named["issuer_key_hash"].native)


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The content of the public key's bit string, which RFC 6960 4.1.1 hashes."""
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return bytes(PublicKeyInfo.load(key)["public_key"].contents[1:])


def _is_authorised(answer: Any, issuer: x509.Certificate) -> bool:
    return any(_signed(answer, signer) for signer in (issuer, *_responders(answer, issuer)))


def _responders(answer: Any, issuer: x509.Certificate) -> Iterator[x509.Certificate]:
    for item in answer["certs"] or ():
        try:
            certificate = x509.load_der_x509_certificate(item.dump())
            uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            certificate.verify_directly_issued_by(issuer)
        except (x509.ExtensionNotFound, *_BROKEN):
            continue
        if ExtendedKeyUsageOID.OCSP_SIGNING in uses:
            yield certificate


def _signed(answer: Any, signer: x509.Certificate) -> bool:
    key = signer.public_key()
    signature, content = answer["signature"].native, answer["tbs_response_data"].dump()
    try:
        digest = _DIGESTS[answer["signature_algorithm"].hash_algo]
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, content, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, content, ec.ECDSA(digest))
        else:
            return False
    except _BROKEN:
        return False
    return True
