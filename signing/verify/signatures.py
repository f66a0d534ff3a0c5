"""Read every signature of a PDF through pyHanko and turn it into facts.

What the engine does not notice is the business of :mod:`signing.verify.structure` (bytes that no
reader is pointed to) and of :mod:`signing.verify.verdict` (strangers beside trusted signers).
"""

# mypy: disable-error-code="no-untyped-call"
# ruff: noqa: ANN401 - PDF and ASN.1 objects of the engine have no useful static types

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from cryptography import x509
from pyhanko.pdf_utils.generic import Dereferenceable, Reference, StreamObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import (
    extract_certs_for_validation,
    message_imprint_checker,
    validate_sig_integrity,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from signing.certificates import (
    Text,
    agency,
    fingerprint,
    holder,
    is_for_documents,
)
from signing.entries import entry
from signing.errors import PdfDamaged, PdfEncrypted
from signing.levels import Province, SignerLevel, level_of
from signing.trust import Anchors, Judgement, RevocationData, Standing, ask_issuers, judge
from signing.verify import texts
from signing.verify.carried import Pages, SecurityStore, draws, has_unlisted_objects
from signing.verify.container import (
    Tokens,
    has_altered_certificate,
    is_clean,
    is_timestamp_by_both,
    is_unbound,
    timestamp_tokens,
)
from signing.verify.derived import (
    algorithm,
    claimed_time,
    issuer_name,
    level,
    revocation_source,
    with_archive_level,
)
from signing.verify.description import says_more_since
from signing.verify.facts import (
    MILD,
    Change,
    Coverage,
    Modification,
    Reading,
    SignatureFacts,
    Timestamp,
    Unreadable,
)

# The library logs the certificate's subject with every refusal; names do not belong in logs.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)

_BROKEN = (
    PdfError,
    SignatureValidationError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    OSError,
)
"""What reading a hostile signature raises; each means: this signature cannot be read."""

_MOST_CERTIFICATES = 200
_LARGE_STREAM = 1 << 16
_MOST_SIGNATURES = 100
_MOST_REVISIONS = 1000
"""Real files carry up to a dozen; the work grows with the square of their number."""

_SUPPORTED = ("/adbe.pkcs7.detached", "/ETSI.CAdES.detached", "/ETSI.RFC3161")


@dataclass(frozen=True, slots=True)
class Options:
    """How to read."""

    at: datetime | None = None
    """The moment to judge at where no timestamp proves an earlier one; now by default."""
    online: bool = False
    """Ask the issuers' servers for what the file does not carry."""
    province: Province | None = None
    """By which profile signers are told apart by level."""


def read_signatures(path: Path, anchors: Anchors, options: Options | None = None) -> Reading:
    """Collect the facts about every signature in a file.

    Args:
        path: a PDF that :func:`signing.verify.structure.inspect` accepted.
        anchors: roots to judge the chains by.
        options: how; offline and as of now by default.

    Raises:
        PdfDamaged: no reader finds its way through the file.
    """
    with path.open("rb") as file:
        reader, lenient = _open(file, path.name)
        if reader.encrypted:
            raise PdfEncrypted(file=path.name)
        chosen = options or Options()
        session = _Session(reader, anchors, chosen.at or datetime.now(UTC), chosen)
        return replace(asyncio.run(session.read()), lenient=lenient)


class _Cache(dict[Any, Any]):
    """Objects that were read, without large streams: a walk over a file would keep all of it."""

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, StreamObject) and len(value.encoded_data) > _LARGE_STREAM:
            return
        super().__setitem__(key, value)


class _LeanReader(PdfFileReader):
    """The engine's reader with caches that stay small."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.resolved_objects = _Cache(self.resolved_objects)

    def get_historical_resolver(self, revision: int) -> HistoricalResolver:
        """The file as of a revision."""
        resolver = super().get_historical_resolver(revision)
        if not isinstance(resolver.cache, _Cache):
            resolver.cache = _Cache(resolver.cache)
        return resolver


def _open(file: IO[bytes], name: str) -> tuple[PdfFileReader, bool]:
    """The strict reader, else the forgiving one: real files break rules, and forged ones too."""
    for lenient in (False, True):
        try:
            reader = _LeanReader(file, strict=not lenient)
            # Reaching the pages proves that the catalogue and its tree can be read.
            int(entry(reader.root["/Pages"], "/Count"))
            if reader.xrefs.total_revisions > _MOST_REVISIONS:
                raise ValueError("too many revisions")
            if lenient or not reader.xrefs.hybrid_xrefs_present:
                return reader, lenient
            # Word writes hybrid references; the strict reader reads them and judges no signature.
            return _LeanReader(file, strict=False), False
        except _BROKEN as error:
            problem = str(error)
    raise PdfDamaged(problem, "không đọc được cấu trúc tệp", file=name)


@dataclass
class _Found:
    """A signature field with a value."""

    name: str
    field: Any
    embedded: EmbeddedPdfSignature | None
    failure: Unreadable | None


class _Session:
    """One file being read."""

    def __init__(
        self, reader: PdfFileReader, anchors: Anchors, now: datetime, options: Options
    ) -> None:
        self._reader = reader
        self._anchors = anchors
        self._now = now
        self._store = SecurityStore(reader, _BROKEN)
        self._pages = Pages(reader, _BROKEN)
        self._online = options.online and options.at is None
        self._province = options.province
        self._answers: dict[str, RevocationData] = {}
        self._pool: tuple[x509.Certificate, ...] = ()
        """Certificates from anywhere in the file: a chain may leave out its intermediate."""

    async def read(self) -> Reading:
        """Judge from the last signature to the first.

        A later document timestamp proves that what it covers existed at its time, so the chains
        of earlier signatures are judged at that time (EN 319 102-1 §5.6).
        """
        found = list(self._fields())
        readable = [f for f in found if f.embedded is not None]
        self._pool = self._certificates(f.embedded for f in readable)
        readable.sort(key=lambda f: f.embedded.signed_revision, reverse=True)  # type: ignore[union-attr]
        signatures: list[SignatureFacts] = []
        unreadable = [f.failure for f in found if f.failure is not None]
        proven: datetime | None = None
        for item in readable:
            try:
                facts = await self._judge(item, proven)
            except _BROKEN as error:
                unreadable.append(self._broken(item.name, item.field, error))
                continue
            signatures.append(facts)
            if facts.kind == "timestamp" and facts.timestamp and facts.timestamp.is_trusted:
                proven = facts.timestamp.time
        levels = tuple(with_archive_level(signatures))
        return Reading(
            signatures=levels[::-1],
            unreadable=tuple(unreadable),
            removed=self._removed(found),
            painted=self._painted(levels),
            unlisted=self._unlisted(levels),
            pages=self._pages.count,
            lenient=False,
        )

    # --- finding ---------------------------------------------------------------------------

    def _fields(self) -> Iterator[_Found]:
        fields = enumerate_sig_fields(self._reader, filled_status=True)
        for number in itertools.count():
            if number == _MOST_SIGNATURES:
                yield _Found("…", None, None, Unreadable("…", "broken", "too many signatures"))
                return
            try:
                name, value, field = next(fields)
            except StopIteration:
                return
            except _BROKEN as error:
                yield _Found("?", None, None, Unreadable("?", "broken", _words(error)))
                return
            yield self._found(str(name), value, field)

    def _found(self, name: str, value: Any, field: Any) -> _Found:
        try:
            if isinstance(value, Dereferenceable):
                value = value.get_object()
            subfilter = entry(value, "/SubFilter")
            if subfilter not in _SUPPORTED:
                detail = f"SubFilter {subfilter}"
                return _Found(
                    name,
                    field,
                    None,
                    Unreadable(name, "unsupported", detail, self._pages.place(field)),
                )
            return _Found(name, field, EmbeddedPdfSignature(self._reader, field, name), None)
        except _BROKEN as error:
            return _Found(name, field, None, self._broken(name, field, error))

    def _broken(self, name: str, field: Any, error: BaseException) -> Unreadable:
        return Unreadable(name, "broken", _words(error), self._pages.place(field))

    def _removed(self, found: Iterable[_Found]) -> tuple[str, ...]:
        """Names that carried a signature in an earlier revision and carry none now."""
        present = {item.name for item in found}
        gone: list[str] = []
        for revision in range(self._reader.xrefs.total_revisions - 1):
            with contextlib.suppress(*_BROKEN):
                old = self._reader.get_historical_resolver(revision)
                names = [str(n) for n, _, _ in enumerate_sig_fields(old, filled_status=True)]
                gone += [n for n in names if n not in present and n not in gone]
        return tuple(gone)

    def _unlisted(self, signatures: Iterable[SignatureFacts]) -> bool:
        """Objects were written after the first signed revision that no cross-reference names."""
        start = min((facts.signed_until for facts in signatures), default=None)
        if start is None:
            return False
        xrefs = self._reader.xrefs

        def is_listed(number: int, generation: int, offset: int) -> bool:
            reference = Reference(number, generation)
            for revision in range(xrefs.total_revisions):
                with contextlib.suppress(*_BROKEN):
                    if xrefs.get_historical_ref(reference, revision) == offset:
                        return True
            return False

        return has_unlisted_objects(self._reader.stream, start, is_listed)

    def _painted(self, signatures: Iterable[SignatureFacts]) -> tuple[str, ...]:
        """The engine lets anyone add an empty signature field, whatever it draws."""
        first = min((facts.revision for facts in signatures), default=None)
        if first is None:
            return ()
        painted: list[str] = []
        with contextlib.suppress(*_BROKEN):
            for name, _, field in enumerate_sig_fields(self._reader, filled_status=False):
                added = self._reader.xrefs.get_introducing_revision(field.reference)
                place = self._pages.place(field)
                if added > first and place and place.is_visible and draws(field.get_object()):
                    painted.append(str(name))
        return tuple(painted)

    def _certificates(self, signatures: Iterable[Any]) -> tuple[x509.Certificate, ...]:
        found = {fingerprint(certificate): certificate for certificate in self._store.certificates}
        for embedded in signatures:
            with contextlib.suppress(*_BROKEN):
                for item in embedded.signed_data["certificates"]:
                    certificate = _certificate(item.chosen)
                    found.setdefault(fingerprint(certificate), certificate)
        return tuple(found.values())[:_MOST_CERTIFICATES]

    # --- judging ---------------------------------------------------------------------------

    async def _judge(self, item: _Found, proven: datetime | None) -> SignatureFacts:
        embedded = item.embedded
        assert embedded is not None
        is_timestamp = is_timestamp_by_both(embedded)
        embedded.compute_integrity_info()
        info = embedded.summarise_integrity_info()
        certificates = extract_certs_for_validation(embedded.signed_data)
        signer = _certificate(certificates.signer_cert)
        others = [*self._pool, *map(_certificate, certificates.other_certs)]
        intact, valid = _integrity(embedded, certificates.signer_cert, is_timestamp)
        notes: list[Text] = []
        if not is_timestamp and is_unbound(embedded):
            notes.append(texts.CERTIFICATE_NOT_NAMED)
        tokens = timestamp_tokens(embedded.signer_info)
        altered = has_altered_certificate(
            embedded, tokens.found, [*self._store.certificates, *self._anchors.certificates]
        )
        stamp: Timestamp | None
        if is_timestamp:
            stamp = await self._document_timestamp(
                embedded, signer, others, (intact, valid), proven
            )
        else:
            stamp = await self._signature_timestamp(embedded, tokens, others, proven, notes)
        moment, is_proven = self._moment(stamp, proven, is_timestamp)
        if is_timestamp and stamp is not None:
            judgement, online = await self._judge_stamp(stamp.judgement, signer, others)
        else:
            judgement, online = await self._judge_signer(embedded, signer, others, moment)
        marks = self._pages.places(item.field)
        coverage = _COVERAGE[info["coverage"]]
        return SignatureFacts(
            field=item.name,
            kind="timestamp" if is_timestamp else "signature",
            signer=holder(signer),
            agency=agency(signer),
            issuer=issuer_name(signer),
            signer_sha256=fingerprint(signer),
            level=level(embedded, stamp, judgement, is_timestamp),
            claimed_time=None if is_timestamp else claimed_time(embedded, _BROKEN),
            moment=moment,
            moment_is_proven=is_proven,
            certificate_ends=signer.not_valid_after_utc,
            checked_at=self._now,
            intact=intact,
            valid=valid,
            container_sound=is_clean(embedded) and not altered,
            for_documents=is_timestamp or is_for_documents(signer),
            judgement=online or judgement,
            signer_level=(
                None if is_timestamp else self._signer_level(embedded, signer, moment, is_proven)
            ),
            revocation_source=revocation_source(judgement, online),
            timestamp=stamp,
            coverage=coverage,
            modification=self._modification(embedded, info),
            algorithm=algorithm(embedded, signer, judgement),
            signed_until=int(embedded.byte_range[2]) + int(embedded.byte_range[3]),
            revision=embedded.signed_revision,
            place=next(iter(marks), None),
            marks=marks,
            touched=(
                frozenset()
                if coverage is Coverage.FILE
                else self._pages.touched_since(embedded.signed_revision)
            ),
            notes=tuple(notes),
        )

    def _modification(self, embedded: EmbeddedPdfSignature, info: dict[str, Any]) -> Modification:
        found = _modification(info, self._signature_fields())
        since = embedded.signed_revision
        is_new = found.change in MILD and says_more_since(self._reader, since, _BROKEN)
        return replace(found, change=Change.DESCRIPTION) if is_new else found

    async def _judge_signer(
        self,
        embedded: EmbeddedPdfSignature,
        signer: x509.Certificate,
        others: list[x509.Certificate],
        moment: datetime,
    ) -> tuple[Judgement, Judgement | None]:
        """By what the file carries, and by what the issuers say when that is not enough.

        Servers are asked only for chains that lead to an installed anchor: an address in a
        stranger's certificate is not followed.
        """
        known = self._store.revocation_for(embedded.signer_info)
        carried = await judge(signer, self._anchors, others, known, moment)
        if not self._online or carried.standing != "trusted" or carried.revocation == "good":
            return carried, None
        key = fingerprint(signer)
        if key not in self._answers:
            self._answers[key] = await ask_issuers(signer, self._anchors, others, self._now)
        answers = self._answers[key]
        return carried, await judge(signer, self._anchors, others, known + answers, moment)

    async def _judge_stamp(
        self, carried: Judgement, authority: x509.Certificate, others: list[x509.Certificate]
    ) -> tuple[Judgement, Judgement | None]:
        """The same for a document timestamp that nothing later covers."""
        if not self._online or carried.standing != "trusted" or carried.revocation == "good":
            return carried, None
        answers = await ask_issuers(authority, self._anchors, others, self._now)
        known = self._store.revocation + answers
        return carried, await judge(
            authority, self._anchors, others, known, self._now, timestamping=True
        )

    def _signer_level(
        self,
        embedded: EmbeddedPdfSignature,
        signer: x509.Certificate,
        moment: datetime,
        is_proven: bool,
    ) -> SignerLevel:
        signed_at = moment if is_proven else claimed_time(embedded, _BROKEN) or moment
        return level_of(signer, signed_at, self._province)

    def _moment(
        self, stamp: Timestamp | None, proven: datetime | None, is_timestamp: bool
    ) -> tuple[datetime, bool]:
        if stamp is not None and stamp.is_trusted and not is_timestamp:
            return stamp.time, True
        return (proven, True) if proven is not None else (self._now, False)

    async def _document_timestamp(
        self,
        embedded: EmbeddedPdfSignature,
        signer: x509.Certificate,
        others: list[x509.Certificate],
        holds: tuple[bool, bool],
        proven: datetime | None,
    ) -> Timestamp:
        info = embedded.signed_data["encap_content_info"]["content"].parsed
        time = info["gen_time"].native
        judgement = await self._judge_authority(signer, others, proven)
        if judgement.standing is Standing.TRUSTED and judgement.revocation == "unknown":
            # Lists and answers age within hours. What they said when it was made still holds,
            # as long as its certificate does: else no archive would outlive a day offline.
            then = await self._judge_authority(signer, others, time)
            if then.revocation == "good":
                judgement = replace(judgement, revocation="good")
        return Timestamp(time, holder(signer), all(holds), judgement)

    async def _signature_timestamp(
        self,
        embedded: EmbeddedPdfSignature,
        tokens: Tokens,
        others: list[x509.Certificate],
        proven: datetime | None,
        notes: list[Text],
    ) -> Timestamp | None:
        """The first trusted timestamp over the signature value, else the last one found."""
        best: Timestamp | None = None
        if not tokens.all_readable:
            notes.append(texts.ATTRIBUTES_UNREADABLE)
        for token in tokens.found:
            best = await self._token(token["content"], embedded, others, proven)
            if best.is_trusted:
                break
        return best

    async def _token(
        self,
        token: Any,
        embedded: EmbeddedPdfSignature,
        others: list[x509.Certificate],
        proven: datetime | None,
    ) -> Timestamp:
        info = token["encap_content_info"]["content"].parsed
        certificates = extract_certs_for_validation(token)
        authority = _certificate(certificates.signer_cert)
        signer_info = token["signer_infos"][0]
        digest = hashlib.new(
            signer_info["digest_algorithm"]["algorithm"].native,
            bytes(token["encap_content_info"]["content"]),
        ).digest()
        holds = validate_sig_integrity(signer_info, certificates.signer_cert, "tst_info", digest)
        imprint = info["message_imprint"]
        expected = message_imprint_checker(embedded.signer_info)(
            imprint["hash_algorithm"]["algorithm"].native
        )
        matches = expected == imprint["hashed_message"].native
        pool = [*others, *map(_certificate, certificates.other_certs)]
        judgement = await self._judge_authority(authority, pool, proven)
        return Timestamp(
            info["gen_time"].native, holder(authority), all(holds) and matches, judgement
        )

    async def _judge_authority(
        self, authority: x509.Certificate, others: list[x509.Certificate], proven: datetime | None
    ) -> Judgement:
        return await judge(
            authority,
            self._anchors,
            others,
            self._store.revocation,
            proven or self._now,
            timestamping=True,
        )

    def _signature_fields(self) -> frozenset[str]:
        with contextlib.suppress(*_BROKEN):
            return frozenset(str(name) for name, _, _ in enumerate_sig_fields(self._reader))
        return frozenset()


# --- facts -------------------------------------------------------------------------------------

_COVERAGE = {
    SignatureCoverageLevel.ENTIRE_FILE: Coverage.FILE,
    SignatureCoverageLevel.ENTIRE_REVISION: Coverage.REVISION,
    SignatureCoverageLevel.CONTIGUOUS_BLOCK_FROM_START: Coverage.PARTIAL,
    SignatureCoverageLevel.UNCLEAR: Coverage.UNCLEAR,
}


def _integrity(
    embedded: EmbeddedPdfSignature, certificate: Any, is_timestamp: bool
) -> tuple[bool, bool]:
    """Whether the bytes are those signed, and whether the signature over them holds."""
    content = embedded.signed_data["encap_content_info"]
    if not is_timestamp:
        if content["content"].native is not None:
            raise SignatureValidationError("a detached signature carries content")
        digest = embedded.compute_digest()
        return validate_sig_integrity(embedded.signer_info, certificate, "data", digest)
    token = content["content"]
    own = hashlib.new(embedded.md_algorithm, bytes(token)).digest()
    holds = validate_sig_integrity(embedded.signer_info, certificate, "tst_info", own)
    imprint = token.parsed["message_imprint"]["hashed_message"].native
    return embedded.compute_digest() == imprint, all(holds)


def _modification(info: dict[str, Any], signature_fields: frozenset[str]) -> Modification:
    result = info["diff_result"]
    if not isinstance(result, DiffResult):
        change = Change.FORBIDDEN if info["coverage"].name == "ENTIRE_REVISION" else Change.UNKNOWN
        return Modification(change, detail=_words(result) if result else "")
    level, fields = result.modification_level, tuple(sorted(result.changed_form_fields))
    if info["docmdp_ok"] is False:
        return Modification(Change.FORBIDDEN, fields, f"not allowed by DocMDP: {level.name}")
    if level == ModificationLevel.FORM_FILLING:
        only_signatures = all(name in signature_fields for name in fields)
        return Modification(Change.SIGNATURES if only_signatures else Change.FORM, fields)
    return Modification(_CHANGES[level], fields)


_CHANGES = {
    ModificationLevel.NONE: Change.NONE,
    ModificationLevel.LTA_UPDATES: Change.MAINTENANCE,
    ModificationLevel.ANNOTATIONS: Change.ANNOTATIONS,
    ModificationLevel.OTHER: Change.FORBIDDEN,
}


def _certificate(certificate: Any) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate.dump())


def _words(error: object) -> str:
    """An exception in one line, for the technical report."""
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
