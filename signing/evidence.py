"""What is known of the chains before a signature: trusted, not revoked, and the proof to embed.

A whole batch signs with the same few certificates: what their issuers' servers answered is kept
for some minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from signing.certificates import fingerprint
from signing.errors import CertificateUnusable, TimestampUntrusted
from signing.policy import Policy
from signing.trust import Gathered, RevocationData, TrustMemory, check_chain


@dataclass(frozen=True, slots=True)
class Subject:
    """A certificate to vouch for."""

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...] = ()
    """Where its issuers may be found."""
    is_authority: bool = False
    """It signs timestamps, not documents."""
    moment: datetime | None = None
    """Judge as of then, not now."""


async def gather(policy: Policy, subjects: Sequence[Subject]) -> Gathered:
    """Check chains and gather what tells of revocation, asking each server at most once.

    Without anchors nothing is checked and nothing is known.

    Raises:
        CertificateUnusable: a signer's chain does not hold; the detail names the cause.
        TimestampUntrusted: a timestamp authority's chain does not.
    """
    known, is_complete = policy.revocation, bool(policy.anchors)
    for subject in subjects if policy.anchors else ():
        found = await _remembered(policy, subject, known)
        known += found.data
        is_complete = is_complete and found.is_complete
    return Gathered(known if policy.anchors else RevocationData(), is_complete)


_memory = TrustMemory()


async def _remembered(policy: Policy, subject: Subject, known: RevocationData) -> Gathered:
    question = (
        fingerprint(subject.certificate), subject.is_authority, subject.moment,
        policy.anchors, policy.revocation, policy.fetch_revocation,
    )  # fmt: skip
    answer = _memory.recall(question)
    if answer is None:
        answer = await _ask(policy, subject, known)
        _memory.keep(question, answer)
    return answer


async def _ask(policy: Policy, subject: Subject, known: RevocationData) -> Gathered:
    try:
        return await check_chain(
            subject.certificate,
            policy.anchors,
            subject.others,
            known,
            fetch=policy.fetch_revocation,
            timestamping=subject.is_authority,
            moment=subject.moment,
        )
    except CertificateUnusable as error:
        if not subject.is_authority:
            raise
        facts = error.facts
        raise TimestampUntrusted(str(facts["detail"]), str(facts["detail_vi"])) from error
