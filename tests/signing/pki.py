"""Certificates of every kind a signer may turn up with, made in process in milliseconds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    pkcs12,
)
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from signing.keys.pkcs12 import hash_algorithm
from signing.ports import KeyStatus
from signing.timestamps import LocalAuthority
from signing.trust import Anchor, Anchors, RevocationData

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
DAY = dt.timedelta(days=1)
_FLAGS = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
    *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)
SIGNING = ("digital_signature", "content_commitment")


def name(common, organisation="Sở Tư pháp thử nghiệm"):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def ec_key():
    return ec.generate_private_key(ec.SECP256R1())


def rsa_key(bits=2048):
    return rsa.generate_private_key(65537, bits)


class Key:
    """A key source in memory."""

    def __init__(self, key, certificate, chain=()):
        self.key, self.certificate, self.chain = key, certificate, tuple(chain)
        self.signed = 0

    def sign_raw(self, data, digest):
        self.signed += 1
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hash_algorithm(digest))
        return self.key.sign(data, ec.ECDSA(hash_algorithm(digest)))

    def status(self):
        return KeyStatus("memory", "test", True, "unlimited", 1)

    def close(self):
        pass

    def p12(self, passphrase=b""):
        cipher = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        return pkcs12.serialize_key_and_certificates(
            b"key", self.key, self.certificate, self.chain, cipher
        )


@dataclass
class Authority:
    """A root with an intermediate that issues signers, timestamp authorities and lists."""

    root_key: object
    root: x509.Certificate
    key: object
    certificate: x509.Certificate

    @classmethod
    def new(cls, common="CA thử nghiệm", crl_url=None):
        root_key, key = ec_key(), ec_key()
        root_name = name(f"{common} gốc")
        root = _certificate(root_name, root_key.public_key(), root_name, root_key, ca=True)
        issuing = _certificate(
            name(common), key.public_key(), root_name, root_key, ca=True, crl_url=crl_url
        )
        return cls(root_key, root, key, issuing)

    @property
    def anchors(self):
        return Anchors((Anchor(self.root, "root.pem"),))

    def issue(self, common, key=None, **changes):
        key = key or ec_key()
        certificate = self.certify(name(common), key.public_key(), **changes)
        return Key(key, certificate, (self.certificate,))

    def certify(self, subject, public_key, **changes):
        return _certificate(subject, public_key, self.certificate.subject, self.key, **changes)

    def tsa(self, clock=None, **changes):
        key = rsa_key()
        certificate = self.certify(
            name("TSA thử nghiệm"),
            key.public_key(),
            usage=("digital_signature",),
            purposes=[ExtendedKeyUsageOID.TIME_STAMPING],
            **changes,
        )
        return LocalAuthority(key, certificate, [self.certificate], clock)

    def revocation(self, *revoked, since=None, **changes):
        """Both lists; ``revoked`` certificates are on the intermediate's, as of ``since``."""
        return RevocationData(
            crls=(
                _list(self.root.subject, self.root_key, ()),
                _list(self.certificate.subject, self.key, revoked, since or NOW - DAY, **changes),
            )
        )

    def root_pem(self, path):
        path.write_bytes(self.root.public_bytes(Encoding.PEM))
        return path


def _certificate(
    subject,
    public_key,
    issuer,
    issuer_key,
    *,
    ca=False,
    usage=SIGNING,
    purposes=(),
    start=NOW - 30 * DAY,
    end=NOW + 365 * DAY,
    digest=None,
    crl_url=None,
    ocsp_url=None,
):
    flags = ("key_cert_sign", "crl_sign") if ca else usage
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(x509.KeyUsage(**{f: f in flags for f in _FLAGS}), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), False)
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=True)
    if crl_url:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    if ocsp_url:
        access = x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp_url)
        )
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return builder.sign(issuer_key, digest or hashes.SHA256())


def answer(certificate, issuer, key, revoked=None, made=NOW - DAY / 24, responder=None):
    """An OCSP answer, good for a day; by the issuer itself or by a responder's certificate."""
    status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
    builder = ocsp.OCSPResponseBuilder().add_response(
        certificate, issuer, hashes.SHA256(), status, made, made + DAY, revoked, None
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder or issuer)
    if responder:
        builder = builder.certificates([responder])
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def _list(issuer, key, revoked, since=NOW, made=NOW - DAY, days=31, reason=None):
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer)
        .last_update(made)
        .next_update(made + days * DAY)
        .add_extension(x509.CRLNumber(1), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
    )
    for certificate in revoked:
        item = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
        item = item.revocation_date(since)
        if reason:
            item = item.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(item.build())
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
