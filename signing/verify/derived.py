"""What follows from a signature and its judgement: algorithm, level, times and names."""

# ruff: noqa: ANN401 - objects of the engine

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cryptography import x509

from signing.certificates import key_bits, name_part, one_line
from signing.entries import entry
from signing.trust import Judgement
from signing.verify.container import names_its_certificate
from signing.verify.facts import Algorithm, SignatureFacts, Timestamp

WEAK_DIGESTS = frozenset({"sha1", "sha224"})
BROKEN_DIGESTS = frozenset({"md2", "md4", "md5"})


def algorithm(embedded: Any, signer: x509.Certificate, judgement: Judgement) -> Algorithm:
    """With what a signature was made, and whether that proves anything."""
    digest = embedded.md_algorithm
    kind, bits = key_bits(signer)
    # A root's own signature proves nothing either way, so the chain is judged below it.
    chain = judgement.path[1:] or (signer,)
    digests = {
        digest,
        *(c.signature_hash_algorithm.name for c in chain if c.signature_hash_algorithm),
    }
    short = any(
        key_bits(c)[1] < (2048 if key_bits(c)[0] == "rsa" else 224) for c in (signer, *chain)
    )
    return Algorithm(
        digest=digest,
        signature=f"{kind}-{bits}",
        key_bits=bits,
        weak=bool(digests & WEAK_DIGESTS) or short,
        broken=bool(digests & BROKEN_DIGESTS),
    )


def level(
    embedded: Any,
    stamp: Timestamp | None,
    judgement: Judgement,
    is_timestamp: bool,
) -> str:
    """The PAdES level of a signature as found in the file."""
    if is_timestamp:
        return "DTS"
    if entry(embedded.sig_object, "/SubFilter") != "/ETSI.CAdES.detached":
        return "PKCS#7"
    if not names_its_certificate(embedded):
        return "PKCS#7"  # whatever it calls itself: no level of PAdES goes without
    if stamp is None or not stamp.intact:
        return "B-B"
    return "B-LT" if judgement.revocation in ("good", "revoked") else "B-T"


def with_archive_level(latest_first: list[SignatureFacts]) -> Iterator[SignatureFacts]:
    """The same facts, with B-LTA for what a later document timestamp covers."""
    stamped = False
    for facts in latest_first:
        archived = stamped and facts.level == "B-LT"
        yield replace(facts, level="B-LTA") if archived else facts
        stamped = stamped or facts.kind == "timestamp"


def revocation_source(carried: Judgement, online: Judgement | None) -> str:
    """Where it is known from whether the certificate was revoked."""
    if online is not None and online.revocation != "unknown":
        return "online"
    return "embedded" if carried.revocation in ("good", "revoked") else ""


def claimed_time(embedded: Any, broken: tuple[type[Exception], ...]) -> datetime | None:
    """What the signer's computer said; None when it said nothing that can be read."""
    with contextlib.suppress(*broken):
        time: datetime | None = embedded.self_reported_timestamp
        if time is not None:
            return time if time.tzinfo else time.replace(tzinfo=UTC)
    return None


def issuer_name(certificate: x509.Certificate) -> str:
    """The issuer as people know it."""
    for oid in (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME):
        if name := name_part(certificate.issuer, oid):
            return name
    return one_line(certificate.issuer.rfc4514_string())
