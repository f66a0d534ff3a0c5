"""Whether anything at hand says that a certificate was revoked.

The validator stops at the first good answer: an OCSP answer that is still fresh hides a list that
names the certificate, and an old list that names it counts as "nothing known". A revocation is
for good (RFC 5280 5.3.1), so whoever says it, at any time, is heard. Statements count only when
the issuer, or a responder that it appointed (RFC 6960 4.2.2.2), signed them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from asn1crypto.keys import PublicKeyInfo
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

_BROKEN = (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm)
"""What malformed statements raise; they say nothing."""


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
            answer = ocsp.load_der_ocsp_response(data)
            if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                continue
            singles = [s for s in answer.responses if _is_about(s, certificate, issuer)]
            if singles and _is_authorised(answer, issuer):
                yield from filter(None, map(_from_answer, singles))
        except _BROKEN:
            continue


def _from_answer(single: ocsp.OCSPSingleResponse) -> _Statement | None:
    if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        return None
    if single.certificate_status is ocsp.OCSPCertStatus.GOOD:
        return _Statement(single.this_update_utc, None)
    on_hold = single.revocation_reason is x509.ReasonFlags.certificate_hold
    return _Statement(single.this_update_utc, single.revocation_time_utc, on_hold)


def _is_about(
    single: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> bool:
    if single.serial_number != certificate.serial_number:
        return False
    digest = hashes.Hash(single.hash_algorithm)
    digest.update(_key_bits(issuer))
    return digest.finalize() == single.issuer_key_hash


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The content of the public key's bit string, which RFC 6960 4.1.1 hashes."""
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    info = PublicKeyInfo.load(key)
    return bytes(info["public_key"].contents[1:])


def _is_authorised(answer: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    return any(_signed(answer, signer) for signer in (issuer, *_responders(answer, issuer)))


def _responders(answer: ocsp.OCSPResponse, issuer: x509.Certificate) -> Iterator[x509.Certificate]:
    for certificate in answer.certificates:
        try:
            uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            certificate.verify_directly_issued_by(issuer)
        except (x509.ExtensionNotFound, *_BROKEN):
            continue
        if ExtendedKeyUsageOID.OCSP_SIGNING in uses:
            yield certificate


def _signed(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, digest = signer.public_key(), answer.signature_hash_algorithm
    try:
        if isinstance(key, rsa.RSAPublicKey) and digest is not None:
            scheme = padding.PKCS1v15()
            key.verify(answer.signature, answer.tbs_response_bytes, scheme, digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(digest))
        else:
            return False
    except _BROKEN:
        return False
    return True
