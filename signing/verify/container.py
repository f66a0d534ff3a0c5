"""What lies around a signature unprotected by it: padding, certificates, unsigned attributes."""

# mypy: disable-error-code="no-untyped-call"
# ruff: noqa: ANN401 - PDF and ASN.1 objects of the engine have no useful static types

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from asn1crypto.cms import CMSAttribute
from asn1crypto.parser import parse
from cryptography import x509

from signing.certificates import is_altered
from signing.entries import entry

_HEX_STRING = re.compile(rb"<[0-9A-Fa-f\s]*>")
_MOST_ATTRIBUTES = 200
_BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)


def is_clean(embedded: Any) -> bool:
    """The unsigned gap holds hex digits only, and zeros behind the signature's DER.

    Anything else hides there unsigned; a forgiving decoder skips it without a word. The same for
    what the message itself leaves unsigned and contradicts its signer.
    """
    raw = embedded.pkcs7_content
    # Not by dumping what was loaded: the ASN.1 library takes a definite length that ends in 0x80
    # for an indefinite one and then encodes everything anew, for minutes.
    length = sum(len(part) for part in parse(raw)[3:])
    stream, (_, start, end, _) = embedded.reader.stream, map(int, embedded.byte_range)
    stream.seek(start)
    gap = stream.read(max(0, end - start))
    is_padding = not raw[length:].strip(b"\0") and _HEX_STRING.fullmatch(gap) is not None
    return is_padding and _names_its_digest(embedded)


def _names_its_digest(embedded: Any) -> bool:
    """The message's list of digests has the one that its signer used (RFC 5652 5.1).

    The list is not signed; other programs refuse a message where it contradicts the signer.
    """
    listed = {item["algorithm"].native for item in embedded.signed_data["digest_algorithms"]}
    return embedded.signer_info["digest_algorithm"]["algorithm"].native in listed


def is_timestamp_by_both(embedded: Any) -> bool:
    """True for a document timestamp, which says so in its type and in its format.

    Raises:
        ValueError: it says so once (ISO 32000-2 12.8.5): it is neither.
    """
    by_type = entry(embedded.sig_object, "/Type") == "/DocTimeStamp"
    if by_type != (entry(embedded.sig_object, "/SubFilter") == "/ETSI.RFC3161"):
        raise ValueError("type and format contradict each other")
    return bool(by_type)


def is_unbound(embedded: Any) -> bool:
    """It calls itself PAdES and does not say which certificate it belongs to.

    Raises:
        ValueError: it protects no attributes at all, which CAdES forbids (EN 319 122-1 5.1).
    """
    if entry(embedded.sig_object, "/SubFilter") != "/ETSI.CAdES.detached":
        return False
    if not _protected(embedded):
        raise ValueError("no signed attributes")
    return not names_its_certificate(embedded)


def names_its_certificate(embedded: Any) -> bool:
    """A signed attribute says which certificate the signer meant (EN 319 142-1, table 1)."""
    return bool(_protected(embedded) & {"signing_certificate", "signing_certificate_v2"})


def _protected(embedded: Any) -> frozenset[str]:
    """Names of the attributes that the signature protects; none for a bare signature."""
    attributes = embedded.signer_info["signed_attrs"] or ()
    return frozenset(str(item["type"].native) for item in attributes)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The timestamps beside a signature."""

    found: tuple[Any, ...]
    """CMS messages, in the order of the file."""
    all_readable: bool
    """False when some unsigned attribute could not be read and was left out."""


def timestamp_tokens(signer_info: Any) -> Tokens:
    """The timestamp tokens among the unsigned attributes, each read on its own.

    Some programs write attributes that break the syntax; one of them must not take away the
    timestamp that stands beside it.
    """
    found: list[Any] = []
    readable = True
    try:
        rest = bytes(signer_info["unsigned_attrs"].contents or b"")
    except _BROKEN:
        return Tokens((), False)
    for _ in range(_MOST_ATTRIBUTES):
        if not rest:
            break
        try:
            size = sum(len(part) for part in parse(rest)[3:])
        except _BROKEN:
            readable = False
            break
        try:
            attribute = CMSAttribute.load(rest[:size], strict=True)
            # Values are read when they are asked for: this is where a malformed one shows.
            values = list(attribute["values"])
            if attribute["type"].native == "signature_time_stamp_token":
                found += [value for value in values if value["content"] is not None]
        except _BROKEN:
            readable = False
        rest = rest[size:]
    return Tokens(tuple(found), readable)


def has_altered_certificate(
    embedded: Any, tokens: Iterable[Any], known: list[x509.Certificate]
) -> bool:
    """A certificate beside the signature is not what its issuer signed.

    Certificates travel in the unsigned part, so the signature itself cannot tell.
    """
    bags = [embedded.signed_data["certificates"]]
    with contextlib.suppress(*_BROKEN):
        bags += [token["content"]["certificates"] for token in tokens]
    found = [
        x509.load_der_x509_certificate(item.chosen.dump()) for bag in bags for item in bag or ()
    ]
    return any(is_altered(certificate, [*found, *known]) for certificate in found)
