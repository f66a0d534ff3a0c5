"""From facts to one word: valid, undetermined, invalid or unsigned, with its cause.

``valid``: the structure is sound, every signature holds, the expected signers are there.
``undetermined``: nothing speaks against the file, but something needed is not known.
``invalid``: something speaks against it.
``unsigned``: there is no signature to verify.

A file is as good as its worst signature. A valid file may carry warnings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from signing.certificates import Text
from signing.errors import InputProblem, PdfDamaged
from signing.levels import Province
from signing.trust import Anchors, Standing, as_anchors
from signing.verify import texts
from signing.verify.facts import (
    Change,
    Coverage,
    Place,
    Reading,
    SignatureFacts,
    Status,
    Unreadable,
)
from signing.verify.names import is_imitation
from signing.verify.structure import Structure, inspect

_COLLISIONS_PUBLIC = datetime(2020, 1, 1, tzinfo=UTC)
"""Chosen-prefix collisions of SHA-1 were published in January 2020 (Leurent and Peyrin): a weak
signature that a trusted timestamp proves to be older still says who signed what."""

_COVERING_AREA = 0.2
"""A stranger's mark over a fifth of a page hides what a trusted signer signed."""


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    """One signature's word, cause and facts."""

    status: Status
    reason: Text
    warnings: tuple[Text, ...]
    facts: SignatureFacts | Unreadable


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What a supervisor is told about a file."""

    path: Path
    status: Status
    reason: Text
    next_step: Text
    warnings: tuple[Text, ...]
    signatures: tuple[SignatureVerdict, ...]
    structure: Structure | None
    pages: int = 0
    """How many pages the file has; 0 when it could not be read."""

    @property
    def is_good(self) -> bool:
        """True only for valid: nothing else is green."""
        return self.status is Status.VALID


def verify_file(
    path: Path,
    anchors: Anchors | Sequence[Path],
    *,
    at: datetime | None = None,
    online: bool = False,
    expected_signers: Iterable[str] = (),
    province: Province | None = None,
) -> FileVerdict:
    """Verify every signature of a PDF and say what the file is worth.

    Args:
        path: the file.
        anchors: installed roots, or PEM files with them.
        at: judge at this moment where no timestamp proves an earlier one; now by default. Then
            no server is asked: it speaks of today.
        online: ask the issuers' servers whether a certificate was revoked where the file does
            not tell; without it everything is judged from the file alone.
        expected_signers: SHA-256 fingerprints of certificates that must have signed.
        province: by which profile signers are told apart by level of government.

    Raises:
        InputProblem: not a PDF, empty, encrypted, or damaged without any signature in it.
        AnchorBad: an anchor file cannot be used.
    """
    roots = as_anchors(anchors)
    structure = inspect(path)
    try:
        reading = _read(path, roots, at, online, province)
    except PdfDamaged as error:
        if not structure.signature_traces:
            raise
        return _hopeless(path, structure, structure.fault or texts.damaged(error.en))
    except InputProblem:
        raise
    except Exception as error:  # a hostile file must never end in a traceback
        return _hopeless(path, structure, texts.damaged(type(error).__name__))
    found = _conclude(path, structure, reading, frozenset(s.lower() for s in expected_signers))
    return _looking_signed(found) if found.status is Status.UNSIGNED else found


def standing_objection(path: Path, structure: Structure, anchors: Anchors) -> Text | None:
    """What speaks against a signed file by its bytes and objects, without a look at its pages.

    Args:
        path: The file.
        structure: What `inspect` found in it.
        anchors: Whom to trust.

    Raises:
        InputProblem: it cannot be read.
    """
    from signing.verify.signatures import read_signatures

    try:
        reading = read_signatures(path, anchors)
    except InputProblem:
        raise
    except Exception as error:  # a hostile file must never end in a traceback
        return texts.damaged(type(error).__name__)
    found = _conclude(path, structure, reading, frozenset())
    return found.reason if found.status is Status.INVALID else None


def _looking_signed(verdict: FileVerdict) -> FileVerdict:
    """Say so when an unsigned file prints the words of a signature's mark."""
    from signing.verify.changes import printed_marks

    for phrase, page in printed_marks(verdict.path):
        reason = texts.printed_only(phrase, page)
        return replace(verdict, reason=reason, next_step=texts.next_step(reason))
    return verdict


def _read(
    path: Path, anchors: Anchors, at: datetime | None, online: bool, province: Province | None
) -> Reading:
    from signing.verify.changes import look
    from signing.verify.signatures import Options, read_signatures

    return look(path, read_signatures(path, anchors, Options(at, online, province)))


def _hopeless(path: Path, structure: Structure, reason: Text) -> FileVerdict:
    return FileVerdict(path, Status.INVALID, reason, texts.next_step(reason), (), (), structure)


# --- one signature -----------------------------------------------------------------------------


def _judge(facts: SignatureFacts, signers: Mapping[str, SignatureFacts]) -> SignatureVerdict:
    reason = _against(facts)
    if reason is not None:
        return SignatureVerdict(Status.INVALID, reason, (), facts)
    reason = _unknown(facts)
    warnings = tuple(_warnings(facts, signers))
    if reason is not None:
        return SignatureVerdict(Status.UNDETERMINED, reason, warnings, facts)
    return SignatureVerdict(Status.VALID, texts.holds(facts), warnings, facts)


def _against(facts: SignatureFacts) -> Text | None:
    """The first thing that speaks against a signature."""
    standing = facts.judgement.standing
    checks: tuple[tuple[bool, Text], ...] = (
        (not facts.intact, texts.CONTENT_CHANGED),
        (not facts.valid, texts.SIGNATURE_FORGED),
        (not facts.container_sound, texts.CONTAINER_ALTERED),
        (facts.algorithm.broken, texts.ALGORITHM_BROKEN),
        (facts.coverage in (Coverage.PARTIAL, Coverage.UNCLEAR), texts.COVERAGE_ODD),
        (facts.modification.change is Change.FORM, texts.FORM_CHANGED),
        (facts.modification.change is Change.SHOWN, texts.shown_changed(facts)),
        (
            facts.modification.change in (Change.FORBIDDEN, Change.UNKNOWN, Change.ANNOTATIONS),
            texts.CHANGED_LATER,
        ),
        (facts.modification.change is Change.DESCRIPTION, texts.DESCRIPTION_CHANGED),
        (facts.timestamp is not None and not facts.timestamp.intact, texts.TIMESTAMP_FORGED),
        (standing is Standing.REVOKED, texts.revoked(facts)),
        (standing is Standing.WRONG_USAGE or not facts.for_documents, texts.WRONG_USAGE),
        (standing is Standing.BROKEN, texts.CHAIN_BROKEN),
        (standing is Standing.NOT_YET_VALID and facts.moment_is_proven, texts.NOT_YET_VALID),
        (standing is Standing.EXPIRED and facts.moment_is_proven, texts.SIGNED_AFTER_EXPIRY),
    )
    return next((text for applies, text in checks if applies), None)


def _unknown(facts: SignatureFacts) -> Text | None:
    """The first thing that is needed and not known."""
    standing = facts.judgement.standing
    is_old = facts.moment_is_proven and facts.moment < _COLLISIONS_PUBLIC
    checks: tuple[tuple[bool, Text], ...] = (
        (standing is Standing.NO_ANCHOR, texts.no_anchor(facts)),
        (facts.modification.unseen > 0, texts.PAGES_UNSEEN),
        (standing is Standing.EXPIRED, texts.EXPIRED_UNPROVEN),
        (standing is Standing.NOT_YET_VALID, texts.NOT_YET_VALID_HERE),
        # Before the revocation: going online would not help a weak algorithm.
        (facts.algorithm.weak and not is_old, texts.ALGORITHM_WEAK),
        (facts.judgement.revocation != "good", texts.REVOCATION_UNKNOWN),
    )
    return next((text for applies, text in checks if applies), None)


def _warnings(facts: SignatureFacts, signers: Mapping[str, SignatureFacts]) -> Iterable[Text]:
    yield from facts.notes
    if facts.algorithm.weak:
        yield texts.OLD_ALGORITHM
    if facts.moment_is_proven and facts.certificate_ends < facts.checked_at:
        yield texts.EXPIRED_SINCE
    if facts.timestamp is not None and not facts.timestamp.is_trusted:
        yield texts.TIMESTAMP_UNTRUSTED
    if facts.modification.change is Change.SIGNATURES:
        found = [signers.get(name) for name in facts.modification.fields]
        if later := [s for s in found if s is not None and s.kind == "signature"]:
            yield texts.signed_later(later)
        if None in found:
            yield texts.FIELD_LATER
    if facts.signer_level is not None and facts.signer_level.abolished:
        yield texts.level_abolished(facts.signer_level)
    if facts.modification.hiding:
        yield texts.mark_hides(facts)


def _judge_unreadable(item: Unreadable) -> SignatureVerdict:
    if item.cause == "unsupported":
        return SignatureVerdict(Status.UNDETERMINED, texts.UNSUPPORTED, (), item)
    return SignatureVerdict(Status.INVALID, texts.UNREADABLE, (), item)


# --- the file ----------------------------------------------------------------------------------


def _conclude(
    path: Path, structure: Structure, reading: Reading, expected: frozenset[str]
) -> FileVerdict:
    signers = {facts.field: facts for facts in reading.signatures}
    verdicts = [_judge(facts, signers) for facts in reading.signatures]
    verdicts = [_beside_trusted(v, verdicts) for v in verdicts]
    verdicts += [_judge_unreadable(item) for item in reading.unreadable]
    status, reason = _worst(structure, reading, verdicts, expected)
    warnings = _collected(verdicts, reading)
    return FileVerdict(
        path=path,
        status=status,
        reason=reason,
        next_step=texts.next_step(reason),
        warnings=warnings,
        signatures=tuple(verdicts),
        structure=structure,
        pages=reading.pages,
    )


def _worst(
    structure: Structure,
    reading: Reading,
    verdicts: list[SignatureVerdict],
    expected: frozenset[str],
) -> tuple[Status, Text]:
    signed = bool(verdicts or reading.removed)
    if signed and structure.fault is not None:
        return Status.INVALID, structure.fault
    if any(structure.hybrid_at > facts.signed_until for facts in reading.signatures):
        return Status.INVALID, texts.HYBRID
    if reading.removed:
        return Status.INVALID, texts.removed(reading.removed)
    if reading.unlisted:
        return Status.INVALID, texts.HIDDEN_OBJECTS
    if reading.painted:
        return Status.INVALID, texts.painted(reading.painted)
    for status in (Status.INVALID, Status.UNDETERMINED):
        for verdict in verdicts:
            if verdict.status is status:
                return status, texts.naming(verdict.facts, verdict.reason, len(verdicts))
    if not any(_is_signature(v) for v in verdicts):
        if structure.signature_traces and not verdicts:
            return Status.INVALID, texts.ORPHANED
        return Status.UNSIGNED, texts.UNSIGNED
    if reading.lenient and not _covers_file(verdicts):
        return Status.INVALID, texts.STRUCTURE_ODD
    present = {v.facts.signer_sha256 for v in verdicts if isinstance(v.facts, SignatureFacts)}
    if expected - present:
        return Status.INVALID, texts.EXPECTED_SIGNER_MISSING
    return Status.VALID, texts.all_hold(sum(map(_is_signature, verdicts)))


def _is_signature(verdict: SignatureVerdict) -> bool:
    return not isinstance(verdict.facts, SignatureFacts) or verdict.facts.kind == "signature"


def _covers_file(verdicts: list[SignatureVerdict]) -> bool:
    """A file that breaks the rules is still wholly known when a signature covers all of it."""
    return any(
        isinstance(v.facts, SignatureFacts) and v.facts.coverage is Coverage.FILE for v in verdicts
    )


def _collected(verdicts: list[SignatureVerdict], reading: Reading) -> tuple[Text, ...]:
    found: dict[str, Text] = {}
    for verdict in verdicts:
        for warning in verdict.warnings:
            found.setdefault(warning.code, warning)
    if reading.lenient:
        found["STRUCTURE_ODD"] = texts.STRUCTURE_ODD
    return tuple(found.values())


# --- strangers beside trusted signers ----------------------------------------------------------


def _beside_trusted(
    verdict: SignatureVerdict, verdicts: list[SignatureVerdict]
) -> SignatureVerdict:
    """A signature without an anchor speaks against the file when it imitates or covers."""
    stranger = verdict.facts
    if (
        not isinstance(stranger, SignatureFacts)
        or verdict.status is Status.INVALID
        or stranger.judgement.standing is Standing.TRUSTED
    ):
        return verdict
    for other in verdicts:
        trusted = other.facts
        if (
            not isinstance(trusted, SignatureFacts)
            or trusted.kind != "signature"
            or trusted.judgement.standing is not Standing.TRUSTED
        ):
            continue
        if _imitates(stranger, trusted):
            return SignatureVerdict(Status.INVALID, texts.imitates(trusted), (), stranger)
        if _covers(stranger, trusted):
            return SignatureVerdict(Status.INVALID, texts.covers(trusted), (), stranger)
    return verdict


def _imitates(stranger: SignatureFacts, trusted: SignatureFacts) -> bool:
    if stranger.signer_sha256 == trusted.signer_sha256:
        return False
    return any(
        is_imitation(own, real)
        for own in (stranger.signer, stranger.agency)
        for real in (trusted.signer, trusted.agency)
    )


def _covers(stranger: SignatureFacts, trusted: SignatureFacts) -> bool:
    if stranger.revision <= trusted.revision:
        return False
    if any(field == stranger.field for field, _ in trusted.modification.hiding):
        return True
    return any(_mark_covers(mark, trusted) for mark in stranger.marks if mark.is_visible)


def _mark_covers(mark: Place, trusted: SignatureFacts) -> bool:
    over_mark = trusted.place is not None and trusted.place.is_visible
    if over_mark and trusted.place is not None and mark.overlaps(trusted.place):
        return True
    return mark.area >= _COVERING_AREA
