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

_HEX_STRING = re.compile(rb"<[0-9A-Fa-f\s]*>")
_MOST_ATTRIBUTES = 200
_BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)


def is_clean(embedded: Any) -> bool:
    """The unsigned gap holds hex digits only, and zeros behind the signature's DER.

    Anything else hides there unsigned; a forgiving decoder skips it without a word.
    """
    raw = embedded.pkcs7_content
    # Not by dumping what was loaded: the ASN.1 library takes a definite length that ends in 0x80
    # for an indefinite one and then encodes everything anew, for minutes.
    length = sum(len(part) for part in parse(raw)[3:])
    stream, (_, start, end, _) = embedded.reader.stream, map(int, embedded.byte_range)
    stream.seek(start)
    gap = stream.read(max(0, end - start))
    return not raw[length:].strip(b"\0") and _HEX_STRING.fullmatch(gap) is not None


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
