"""Certificates and statements on revocation that a signed file carries, read for people to compare.

Nothing is judged here; the verdict is the signing library's. The file may be hostile: whatever of
it cannot be read is left out, and only a missing signer's certificate is an error.
"""

# ruff: noqa: ANN401 - PDF objects and ASN.1 values have no useful static types

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app.errors import UnusableInput
from desk_app.inspection import Answer, Certificate, Papers

if TYPE_CHECKING:
    from cryptography import x509

    from signing.trust import Anchors


class NoCertificate(UnusableInput):
    """The value of a signature holds no certificate of its signer that can be read."""

    code = "CERTIFICATE_UNREADABLE"
    vi_text = "Không đọc được chứng thư của người ký trong tệp này."
    en_text = "The signer's certificate cannot be read in this file."
    next_vi_text = "Tệp không bị thay đổi. Yêu cầu người gửi ký lại nếu cần chứng thư."
    next_en_text = "The file was not changed. Ask the sender to sign again if it is needed."


_MOST_FIELDS, _MOST_DEPTH, _MOST_STREAMS = 2_000, 32, 200
_BROKEN = (ValueError, TypeError, LookupError, AttributeError, RuntimeError)
"""What reading a hostile entry raises; each means that it cannot be read."""


def papers(path: Path, field: str, sha256: str, trusted: Anchors | None) -> Papers:
    """The certificates of one signature; see :func:`desk_app.inspection.papers`."""
    import pikepdf

    from signing import certificates

    try:
        with pikepdf.open(path) as pdf:
            value = _contents(pdf, field)
            carried = list(_security_store(pdf))
    except (pikepdf.PdfError, OSError, *_BROKEN):
        value, carried = b"", []
    inside, token = _signed_data(value)
    kept = [each for kind, each in carried if kind == "Certs"]
    pool = [*inside, *kept, *(trusted.certificates if trusted else ())]
    signer = next((c for c in inside if certificates.fingerprint(c) == sha256), None)
    if signer is None:
        raise NoCertificate
    roots = frozenset(a.sha256 for a in trusted.items) if trusted else frozenset()
    others, authority = _authority(token, pool)
    return Papers(
        _chain(signer, pool, roots),
        _chain(authority, [*others, *pool], roots) if authority else (),
        tuple(each for kind, each in carried if kind != "Certs"),
    )


def _chain(
    first: x509.Certificate, pool: Sequence[x509.Certificate], roots: frozenset[str]
) -> tuple[Certificate, ...]:
    from signing import certificates

    chain = (first, *certificates.ordered_chain(first, pool))
    return tuple(_readable(each, roots) for each in chain)


def _readable(certificate: x509.Certificate, roots: frozenset[str]) -> Certificate:
    from signing import certificates

    facts = certificates.facts(certificate)
    kind, bits = certificates.key_bits(certificate)
    return Certificate(
        certificates.holder(certificate), facts.subject, facts.issuer, facts.serial, facts.sha256,
        facts.not_before, facts.not_after, facts.usage, f"{kind.upper()} {bits}",
        facts.sha256 in roots,
    )  # fmt: skip


# --- the signature's value --------------------------------------------------------------------


def _contents(pdf: Any, wanted: str) -> bytes:
    """The value of the signature field with this full name."""
    for name, node in _fields(pdf.Root.AcroForm.Fields, "", _MOST_DEPTH):
        if name == wanted and "/V" in node and "/Contents" in node.V:
            return bytes(node.V.Contents)
    return b""


def _fields(nodes: Any, prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for number in range(min(len(nodes), _MOST_FIELDS)):
        node = nodes[number]
        own = str(node.T) if "/T" in node else ""
        name = ".".join(part for part in (prefix, own) if part)
        yield name, node
        if depth and "/Kids" in node:
            yield from _fields(node.Kids, name, depth - 1)


def _signed_data(value: bytes) -> tuple[list[x509.Certificate], Any]:
    """The certificates of a CMS value, and the timestamp token over its signature."""
    from asn1crypto import cms

    try:
        content = cms.ContentInfo.load(value)["content"]
        found = list(_certificates(content))
    except _BROKEN:
        return [], None
    token = None
    with contextlib.suppress(*_BROKEN):
        for attribute in content["signer_infos"][0]["unsigned_attrs"]:
            if attribute["type"].native == "signature_time_stamp_token":
                token = attribute["values"][0]["content"]
    return found, token


def _certificates(content: Any) -> Iterator[x509.Certificate]:
    from cryptography import x509

    for each in content["certificates"]:
        with contextlib.suppress(ValueError):
            yield x509.load_der_x509_certificate(each.chosen.dump())


def _authority(
    token: Any, pool: Sequence[x509.Certificate]
) -> tuple[list[x509.Certificate], x509.Certificate | None]:
    """The certificates inside a timestamp token and the one that signed it."""
    if token is None:
        return [], None
    with contextlib.suppress(*_BROKEN):
        inside = list(_certificates(token))
        signer = token["signer_infos"][0]["sid"].chosen
        serial = signer["serial_number"].native
        named = (c for c in [*inside, *pool] if c.serial_number == serial)
        return inside, next(named, None)
    return [], None


# --- the file's own store ---------------------------------------------------------------------


def _security_store(pdf: Any) -> Iterator[tuple[str, Any]]:
    """Certificates, and statements on revocation, of the file's DSS (EN 319 142-1 5.4.2)."""
    store = pdf.Root.get("/DSS", {})
    for kind in ("Certs", "OCSPs", "CRLs"):
        streams = store.get(f"/{kind}", ())
        for number in range(min(len(streams), _MOST_STREAMS)):
            with contextlib.suppress(*_BROKEN):
                yield kind, _read(kind, streams[number].read_bytes())


def _read(kind: str, data: bytes) -> x509.Certificate | Answer:
    from cryptography import x509
    from cryptography.x509 import ocsp

    if kind == "Certs":
        return x509.load_der_x509_certificate(data)
    if kind == "CRLs":
        listed = x509.load_der_x509_crl(data)
        made: datetime = listed.last_update_utc
        return Answer("CRL", listed.issuer.rfc4514_string(), made, listed.next_update_utc)
    answer = ocsp.load_der_ocsp_response(data)
    responder = answer.responder_name
    who = responder.rfc4514_string() if responder else ""
    return Answer("OCSP", who, answer.this_update_utc, answer.next_update_utc)
