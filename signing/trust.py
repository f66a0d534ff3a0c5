"""Trust anchors: explicit PEM files with fingerprints, never the system's store.

The system's store trusts web authorities for everything; a signature on a dossier is trusted
only through roots that an administrator installed and can read the fingerprint of.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import asyncio
import time
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    CRLFetchError,
    ExpiredError,
    InsufficientRevinfoError,
    InvalidCertificateError,
    NotYetValidError,
    OCSPFetchError,
    PathBuildingError,
    PathError,
    PathValidationError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    DisallowWeakAlgorithmsPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)

from signing.certificates import der, fingerprint, holder
from signing.errors import (
    AnchorBad,
    CertificateUnusable,
    RevocationUnreachable,
    SigningError,
)
from signing.files import require_regular, words_of
from signing.revoked import revocation_date


@dataclass(frozen=True, slots=True)
class Anchor:
    """One root certificate that signatures may lead to."""

    certificate: x509.Certificate
    source: str
    """File name it came from, for the settings screen."""

    def __reduce__(self) -> tuple[object, ...]:
        """Anchors cross the border to the signing process; certificates as such cannot."""
        return (_anchor, (der(self.certificate), self.source))

    @property
    def name(self) -> str:
        """The root's own name."""
        return holder(self.certificate)

    @property
    def sha256(self) -> str:
        """Fingerprint to compare with the publisher's."""
        return fingerprint(self.certificate)


def _anchor(certificate: bytes, source: str) -> Anchor:
    return Anchor(x509.load_der_x509_certificate(certificate), source)


@dataclass(frozen=True, slots=True)
class Anchors:
    """The roots that count for one call."""

    items: tuple[Anchor, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.items)

    def __add__(self, other: Anchors) -> Anchors:
        known = {anchor.sha256 for anchor in self.items}
        return Anchors(self.items + tuple(a for a in other.items if a.sha256 not in known))

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """The root certificates."""
        return tuple(anchor.certificate for anchor in self.items)


def load(paths: Iterable[Path]) -> Anchors:
    """Read anchors from PEM files, each with one or more certificates.

    Raises:
        AnchorBad: a file is missing or holds no certificate.
    """
    anchors = Anchors()
    for path in paths:
        anchors += Anchors(tuple(Anchor(c, path.name) for c in _read(path)))
    return anchors


def as_anchors(anchors: Anchors | Sequence[Path]) -> Anchors:
    """Take anchors as they are, or load them from files."""
    return anchors if isinstance(anchors, Anchors) else load(anchors)


def _read(path: Path) -> list[x509.Certificate]:
    try:
        require_regular(path)
        return x509.load_pem_x509_certificates(path.read_bytes())
    except OSError as error:
        raise AnchorBad(*words_of(error), file=path.name) from None
    except ValueError:
        raise AnchorBad(
            "it holds no PEM certificate", "không có chứng thư PEM", file=path.name
        ) from None


@dataclass(frozen=True, slots=True)
class RevocationData:
    """Revocation lists and answers in DER form, at hand without a network."""

    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()

    def __add__(self, other: RevocationData) -> RevocationData:
        return RevocationData(
            tuple(dict.fromkeys(self.crls + other.crls)),
            tuple(dict.fromkeys(self.ocsps + other.ocsps)),
        )


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was learnt of the revocation of one chain."""

    data: RevocationData
    is_complete: bool
    """Every certificate of the chain is known not to be revoked."""


class TrustMemory:
    """What the issuers' servers answered lately, so that a batch asks once and not per file."""

    def __init__(self, keep_s: float = 600.0, retry_s: float = 3.0) -> None:
        self._keep_s, self._retry_s = keep_s, retry_s
        self._answers: dict[Hashable, tuple[float, Gathered]] = {}

    def recall(self, question: Hashable) -> Gathered | None:
        """The answer, if it is not older than some minutes; some seconds, if it is no full one."""
        found = self._answers.get(question)
        return found[1] if found is not None and time.monotonic() < found[0] else None

    def keep(self, question: Hashable, answer: Gathered) -> None:
        """Remember an answer; only the latest few questions are kept."""
        while len(self._answers) >= 16:
            del self._answers[next(iter(self._answers))]
        keep_s = self._keep_s if answer.is_complete else self._retry_s
        self._answers[question] = (time.monotonic() + keep_s, answer)


def to_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """The same certificate as the validator's type."""
    return asn1_x509.Certificate.load(der(certificate))


_NEEDED, _IGNORED = RevocationCheckingRule.CRL_OR_OCSP_REQUIRED, RevocationCheckingRule.NO_CHECK
_RULES = tuple(
    RevocationCheckingPolicy(signer, authorities)
    for signer in (_NEEDED, _IGNORED)
    for authorities in (_NEEDED, _IGNORED)
)
"""From "everything must be known" to "nothing is". The steps between them find a revocation that
is known although something else in the chain is not."""


def validation_context(
    anchors: Anchors,
    others: Iterable[x509.Certificate] = (),
    revocation: RevocationData | None = None,
    *,
    moment: datetime | None = None,
    fetch: bool = False,
    rule: RevocationCheckingPolicy = _RULES[0],
) -> ValidationContext:
    """A validator's context that knows these anchors and nothing of the system's.

    Without a moment the certificates are judged now and by today's measure, to sign; with one
    they are judged as of then, to verify what exists.
    """
    known = revocation or RevocationData()
    return ValidationContext(
        trust_roots=[to_asn1(c) for c in anchors.certificates],
        other_certs=[to_asn1(c) for c in others],
        crls=list(known.crls),
        ocsps=list(known.ocsps),
        moment=moment,
        allow_fetching=fetch,
        revinfo_policy=CertRevTrustPolicy(
            rule,
            # A list issued after the moment knows more of it, not less; its dates still count.
            retroactive_revinfo=moment is not None,
        ),
        algorithm_usage_policy=_ALGORITHMS if moment is not None else None,
        time_tolerance=timedelta(seconds=1),
    )


class _ReadableAlgorithms(DisallowWeakAlgorithmsPolicy):
    """For judging what exists: old algorithms are read, and reported as weak elsewhere."""

    def __init__(self) -> None:
        super().__init__(
            weak_hash_algos=frozenset({"md2", "md5"}),
            rsa_key_size_threshold=1024,
            dsa_key_size_threshold=1024,
        )


_ALGORITHMS = _ReadableAlgorithms()


class Standing(StrEnum):
    """Where a certificate's chain leads at one moment."""

    TRUSTED = "trusted"
    NO_ANCHOR = "no_anchor"
    """No chain to an installed anchor: nothing is known for or against it."""
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"
    WRONG_USAGE = "wrong_usage"
    BROKEN = "broken"
    """A chain exists and does not hold: a forged or misissued certificate."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one certificate's chain is worth at one moment."""

    standing: Standing
    revocation: str
    """``good``, ``revoked``, ``unknown`` or ``not_checked`` (no trusted chain to check)."""
    revoked_at: datetime | None = None
    path: tuple[x509.Certificate, ...] = ()
    """From the anchor to the certificate, when trusted."""


async def judge(
    certificate: x509.Certificate,
    anchors: Anchors,
    others: Iterable[x509.Certificate],
    revocation: RevocationData,
    moment: datetime,
    *,
    timestamping: bool = False,
) -> Judgement:
    """Judge a chain at a moment, offline, with the revocation data at hand."""
    if not anchors:
        return Judgement(Standing.NO_ANCHOR, "not_checked")
    pool = list(others)
    purposes = {"time_stamping"} if timestamping else None
    found: Judgement | None = None
    for rule in _RULES:
        context = validation_context(anchors, pool, revocation, moment=moment, rule=rule)
        try:
            path = await _path(certificate, context, purposes)
        except InsufficientRevinfoError:
            continue
        except (PathError, ValidationError) as error:
            return _refusal(error)
        chain = tuple(x509.load_der_x509_certificate(c.dump()) for c in path)
        if found is None:  # the chain is the same by every rule
            revoked = revocation_date(chain, revocation.crls, revocation.ocsps, moment)
            if revoked is not None:
                return Judgement(Standing.REVOKED, "revoked", revoked)
        if rule is _RULES[0]:
            return Judgement(Standing.TRUSTED, "good", path=chain)
        found = found or Judgement(Standing.TRUSTED, "unknown", path=chain)
    return found or Judgement(Standing.BROKEN, "not_checked")


async def _path(
    certificate: x509.Certificate, context: ValidationContext, purposes: set[str] | None
) -> Any:  # noqa: ANN401
    validator = CertificateValidator(to_asn1(certificate), validation_context=context)
    return await validator.async_validate_usage(set(), purposes)


def _refusal(error: BaseException) -> Judgement:
    if isinstance(error, RevokedError):
        return Judgement(Standing.REVOKED, "revoked", error.revocation_dt)
    standings: tuple[tuple[type[BaseException], Standing], ...] = (
        (PathBuildingError, Standing.NO_ANCHOR),
        (ExpiredError, Standing.EXPIRED),
        (NotYetValidError, Standing.NOT_YET_VALID),
    )
    for kind, standing in standings:
        if isinstance(error, kind):
            return Judgement(standing, "not_checked")
    if isinstance(error, InvalidCertificateError):
        # The validator says the same class of a self-signed stranger and of a wrong usage.
        stranger = "self-signed" in str(error)
        return Judgement(Standing.NO_ANCHOR if stranger else Standing.WRONG_USAGE, "not_checked")
    return Judgement(Standing.BROKEN, "not_checked")


async def check_chain(
    certificate: x509.Certificate,
    anchors: Anchors,
    others: Iterable[x509.Certificate],
    revocation: RevocationData,
    *,
    fetch: bool,
    timestamping: bool = False,
    moment: datetime | None = None,
) -> Gathered:
    """Check validity, chain and what is known of revocation before signing.

    Not knowing of a revocation is no obstacle here; knowing of one is. With a moment the chain is
    checked as of then, to complete what was signed then.

    Raises:
        CertificateUnusable: the chain does not hold; the detail names the cause.
    """
    pool, known = list(others), revocation
    purposes = {"time_stamping"} if timestamping else None
    for rule in _RULES:
        # Servers that did not answer the first question are not asked again.
        ask = fetch and rule is _RULES[0]
        context = validation_context(anchors, pool, known, moment=moment, fetch=ask, rule=rule)
        try:
            await _path(certificate, context, purposes)
            return Gathered(known + _learnt(context), rule is _RULES[0])
        except InsufficientRevinfoError:
            known += _learnt(context)
        except (PathError, ValidationError) as error:
            raise explain(error) from error
        finally:
            await context.aclose()
    return Gathered(known, False)


async def ask_issuers(
    certificate: x509.Certificate,
    anchors: Anchors,
    others: Iterable[x509.Certificate],
    now: datetime,
    *,
    patience_s: float = 10.0,
) -> RevocationData:
    """What the issuers' servers say of a chain's revocation; empty when they are silent."""
    context = validation_context(anchors, others, moment=now, fetch=True)
    try:
        async with asyncio.timeout(patience_s):
            await _path(certificate, context, None)
    except (PathError, ValidationError, TimeoutError, OSError):
        pass  # what was learnt on the way counts; nothing learnt is "not known"
    finally:
        await context.aclose()
    return _learnt(context)


def _learnt(context: ValidationContext) -> RevocationData:
    return RevocationData(
        tuple(item.dump() for item in context.crls), tuple(item.dump() for item in context.ocsps)
    )


def explain(error: BaseException) -> SigningError:
    """Put the validator's refusal into the words of our tree.

    The validator hides the cause in ``__cause__``; the innermost one that we know speaks.
    """
    for cause in _causes(error):
        for kind, vi, en in _REFUSALS:
            if isinstance(cause, kind):
                return CertificateUnusable(en, vi)
        if isinstance(cause, InsufficientRevinfoError | CRLFetchError | OCSPFetchError):
            return RevocationUnreachable(
                "no list or answer of the issuer is at hand",
                "không có danh sách thu hồi hoặc trả lời OCSP của đơn vị cấp",
            )
        if isinstance(cause, PathValidationError):
            return CertificateUnusable(str(cause), "chuỗi chứng thư không hợp lệ")
    return CertificateUnusable(str(error), "chuỗi chứng thư không hợp lệ")


_REFUSALS: tuple[tuple[type[BaseException], str, str], ...] = (
    (RevokedError, "chứng thư đã bị thu hồi", "it was revoked"),
    (ExpiredError, "một chứng thư trong chuỗi đã hết hạn", "a certificate in its chain expired"),
    (
        NotYetValidError,
        "một chứng thư trong chuỗi chưa có hiệu lực",
        "a certificate in its chain is not valid yet",
    ),
    (
        PathBuildingError,
        "không dẫn đến chứng thư gốc nào đã cài",
        "it leads to no installed trust anchor",
    ),
)


def _causes(error: BaseException) -> Iterable[BaseException]:
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return reversed(chain)
