"""Sign a PDF file: PAdES (ETSI EN 319 142-1) through pyHanko, from file to file.

Nothing is visible at the destination before it is whole: the signed bytes go to a temporary file
in the same folder, are flushed to the disk and renamed. A level that cannot be reached is an
error before anything is written, never a lower level.
"""

# mypy: disable-error-code="no-untyped-call"
# ruff: noqa: ANN401 - PDF and ASN.1 objects of the library have no useful static types

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints, LayoutError
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.general import SigningError as PyHankoSigningError
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    PdfSigningSession,
    SigDSSPlacementPreference,
)
from pyhanko.stamp import BaseStamp, BaseStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.appearance import objects
from signing.appearance.mark import Mark, iso_time
from signing.appearance.placing import Placed, place
from signing.certificates import (
    agency,
    der,
    fingerprint,
    holder,
    is_self_issued,
    ordered_chain,
)
from signing.errors import (
    CertificateUnusable,
    FileUnreadable,
    PdfDamaged,
    PolicyViolated,
    RevocationUnreachable,
    SigningError,
    SigningFailed,
    TimestampUnreachable,
    TimestampUntrusted,
)
from signing.files import landing
from signing.keys.pkcs12 import hash_algorithm
from signing.policy import Policy
from signing.ports import Clock, KeySource, SystemClock, TimestampPort
from signing.timestamps import TimestampClient
from signing.trust import (
    RevocationData,
    TrustMemory,
    check_chain,
    explain,
    to_asn1,
    validation_context,
)
from signing.verify.structure import inspect

# The library logs the certificate's subject with every refusal; names do not belong in logs.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class SignedFile:
    """What was written."""

    path: Path
    sha256: str
    """Of the whole signed file, lower-case hex."""
    level: str
    """PAdES level reached; always the policy's."""
    field: str
    """Name of the signature field."""
    signer_sha256: str
    """Fingerprint of the signer's certificate."""
    signing_time: datetime
    """The time printed in the mark and claimed in the file."""
    timestamp: datetime | None
    """The authority's time; None at B-B."""


def sign_file(
    src: Path,
    dst: Path,
    key: KeySource,
    policy: Policy,
    *,
    timestamper: TimestampPort | None = None,
    appearance_values: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    field_name: str | None = None,
) -> SignedFile:
    """Sign ``src`` into ``dst``; the source is never changed.

    Args:
        src: an unencrypted PDF; may already carry signatures.
        dst: written atomically; must be another file than ``src``.
        key: an open key.
        policy: level, keys, anchors and mark.
        timestamper: needed above B-B.
        appearance_values: values for the names in the mark's lines; ``signing_time``,
            ``signer`` and ``agency`` are filled from the clock and the certificate.
        clock: source of the claimed time.
        field_name: an empty signature field of the file, or the name of a new one; by default
            the first free ``ChuKy1``, ``ChuKy2`` …

    Raises:
        SigningError: a leaf of :mod:`signing.errors`; nothing was written.
    """
    _check_paths(src, dst)
    moment = (clock or SystemClock()).now()
    job = _Job(src, key, policy, moment, timestamper, dict(appearance_values or {}), field_name)
    try:
        return asyncio.run(job.run(dst))
    except SigningError:
        raise
    except (PdfError, PyHankoSigningError, LayoutError, ValueError) as error:
        raise _translate(error, src) from error
    except OSError as error:
        raise SigningFailed(error.strerror or str(error)) from error
    except Exception as error:  # a hostile file must never end in a traceback
        raise SigningFailed(type(error).__name__) from error


def _check_paths(src: Path, dst: Path) -> None:
    if src.resolve() == dst.resolve():
        raise PolicyViolated(
            "the signed file may not replace its source", "không được ghi đè tệp gốc"
        )
    if not dst.parent.is_dir():
        raise FileUnreadable("no such folder", "không có thư mục này", file=dst.parent.name)
    facts = inspect(src)
    # Bytes behind the end get covered by the signature; bytes before the start stay ambiguous.
    if facts.header_offset and (fault := facts.fault):
        raise PolicyViolated(f"{src.name}: {fault.en}", f"{src.name}: {fault.vi}")


def _translate(error: Exception, src: Path) -> SigningError:
    if error.__cause__ is not None and not isinstance(error, PdfError):
        return explain(error)
    if isinstance(error, PdfError):
        return PdfDamaged(str(error), "không đọc được cấu trúc tệp", file=src.name)
    if isinstance(error, PyHankoSigningError):
        return PolicyViolated(str(error), f"tệp không cho phép ký thêm ({error})")
    return SigningFailed(str(error))


@dataclass
class _Job:
    """One file on its way from source to destination."""

    src: Path
    key: KeySource
    policy: Policy
    moment: datetime
    port: TimestampPort | None
    values: dict[str, str]
    field_name: str | None

    async def run(self, dst: Path) -> SignedFile:
        self._check_certificate()
        timestamper = await self._timestamper()
        context = self._context(await self._gathered(timestamper))
        with self.src.open("rb") as source, landing(dst) as target:
            field = await self._sign(source, target, timestamper, context)
            target.seek(0)
            sha256 = hashlib.file_digest(target, "sha256").hexdigest()
        return SignedFile(
            path=dst,
            sha256=sha256,
            level=self.policy.level,
            field=field,
            signer_sha256=fingerprint(self.key.certificate),
            signing_time=self.moment,
            timestamp=timestamper.last_time if timestamper else None,
        )

    def _check_certificate(self) -> None:
        if problem := self.policy.problem_of(self.key.certificate, self.moment):
            raise CertificateUnusable(problem.en, problem.vi)

    async def _timestamper(self) -> TimestampClient | None:
        """Ask for a first token before anything is written: a dead authority is an error now."""
        if not self.policy.needs_timestamp:
            return None
        if self.port is None:
            raise TimestampUnreachable(
                "no timestamp authority is configured", "chưa cấu hình máy chủ dấu thời gian"
            )
        timestamper = _client_for(self.port)
        await timestamper.async_dummy_response(self.policy.digest)
        timestamper.check_skew(self.moment, self.policy.max_skew)
        return timestamper

    async def _gathered(self, timestamper: TimestampClient | None) -> RevocationData:
        """Check both chains and gather what tells of revocation, asking servers at most once.

        A whole batch signs with the same two certificates: what the issuers answered is kept for
        some minutes.
        """
        policy = self.policy
        if not policy.anchors:
            return RevocationData()
        pairs: list[tuple[x509.Certificate, tuple[x509.Certificate, ...]]] = [
            (self.key.certificate, self.key.chain)
        ]
        if timestamper is not None:
            pairs.append((timestamper.authority, timestamper.chain))
        names = tuple(fingerprint(certificate) for certificate, _ in pairs)
        question = (names, policy.anchors, policy.revocation, policy.fetch_revocation, policy.level)
        known = _memory.recall(question)
        if known is None:
            known = RevocationData()
            for number, (certificate, chain) in enumerate(pairs):
                known += await self._ask(certificate, chain, is_authority=number > 0)
            _memory.keep(question, known)
        return known

    async def _ask(
        self,
        certificate: x509.Certificate,
        chain: tuple[x509.Certificate, ...],
        *,
        is_authority: bool,
    ) -> RevocationData:
        try:
            found = await check_chain(
                certificate,
                self.policy.anchors,
                chain,
                self.policy.revocation,
                fetch=self.policy.fetch_revocation,
                timestamping=is_authority,
            )
        except CertificateUnusable as error:
            if is_authority:
                raise TimestampUntrusted(
                    str(error.facts["detail"]), str(error.facts["detail_vi"])
                ) from error
            raise
        if self.policy.level == "B-LT" and not found.is_complete:
            raise RevocationUnreachable(
                f"{holder(certificate)}: no list or answer of its issuer is at hand",
                f"{holder(certificate)}: không có danh sách thu hồi của đơn vị cấp",
            )
        return found.data

    def _context(self, known: RevocationData) -> ValidationContext | None:
        """What is embedded; only B-LT embeds any, and never asks a server while it signs."""
        if self.policy.level != "B-LT":
            return None
        return validation_context(self.policy.anchors, self.key.chain, known)

    async def _sign(
        self,
        source: IO[bytes],
        target: IO[bytes],
        timestamper: TimestampClient | None,
        context: ValidationContext | None,
    ) -> str:
        # The strict reader refuses the hybrid cross-references that Word writes.
        writer = _QuietWriter(source, strict=inspect(self.src).hybrid_at < 0)
        field = self.field_name or _free_name(writer)
        meta = signers.PdfSignatureMetadata(
            field_name=field,
            md_algorithm=self.policy.digest,
            subfilter=SigSeedSubFilter.PADES,
            embed_validation_info=context is not None,
            validation_context=context,
            signer_key_usage=set(),
            # One revision holds signature and revocation data: the signature covers the file.
            dss_settings=DSSContentSettings(
                include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
            ),
        )
        placed = self._place(writer)
        session = signers.PdfSigner(
            meta,
            _signer_for(self.key),
            timestamper=timestamper,
            stamp_style=_MarkStyle(border_width=0, mark=placed.mark) if placed else None,
            new_field_spec=_field_spec(field, placed),
        ).init_signing_session(writer)
        session.system_time = self.moment
        await self._write(session, writer, target, timestamper)
        return field

    async def _write(
        self,
        session: PdfSigningSession,
        writer: _QuietWriter,
        target: IO[bytes],
        timestamper: TimestampClient | None,
    ) -> None:
        validation = await session.perform_presign_validation(writer)
        document = session.prepare_tbs_document(
            validation_info=validation, bytes_reserved=self._reserve(timestamper)
        )
        prepared, _ = document.digest_tbs_document(output=target)
        signed = await document.perform_signature(
            prepared.document_digest, PdfCMSSignedAttributes(signing_time=self.moment)
        )
        await signed.post_signature_processing(target)

    def _reserve(self, timestamper: TimestampClient | None) -> int:
        """Hex digits to leave for the signature: everything in it is known but its exact length.

        A dry run of the signature would tell it to the byte and cost a third of the time.
        """
        certificates = (self.key.certificate, *self.key.chain)
        size = 2048 + sum(len(der(c)) for c in certificates)
        if timestamper is not None:
            size += 1024 + timestamper.token_size
        return 2 * size

    def _place(self, writer: _QuietWriter) -> Placed | None:
        if self.policy.appearance is None:
            return None
        values = {
            "signer": holder(self.key.certificate),
            "agency": agency(self.key.certificate),
            **self.values,
            "signing_time": iso_time(self.moment),
        }
        return place(_Pages(writer), self.policy.appearance, values)


def _free_name(writer: IncrementalPdfFileWriter) -> str:
    taken = {name for name, _, _ in enumerate_sig_fields(writer)}
    number = 1
    while f"ChuKy{number}" in taken:
        number += 1
    return f"ChuKy{number}"


def _field_spec(field: str, placed: Placed | None) -> SigFieldSpec:
    if placed is None:
        return SigFieldSpec(field)
    rect: Any = tuple(round(edge, 3) for edge in placed.mark.rect)
    return SigFieldSpec(field, on_page=placed.page, box=rect)


# --- the mark in pyHanko's objects -------------------------------------------------------------


class _Pages(Sequence[Any]):
    """The page dictionaries of a file, found one by one."""

    def __init__(self, writer: IncrementalPdfFileWriter) -> None:
        self._writer = writer

    def __len__(self) -> int:
        return int(self._writer.root["/Pages"]["/Count"])

    def __getitem__(self, index: Any) -> Any:
        return self._writer.find_page_for_modification(index)[0].get_object()


@dataclass(frozen=True)
class _MarkStyle(BaseStampStyle):
    mark: Mark | None = None

    def create_stamp(
        self, writer: Any, box: BoxConstraints, text_params: dict[str, Any]
    ) -> _MarkStamp:
        assert self.mark is not None
        return _MarkStamp(writer, self, self.mark)


class _MarkStamp(BaseStamp):
    """Our own drawing instead of the library's text layout.

    The library subsets the font anew for every signature and leaves out what PDF/A-1 wants.
    """

    def __init__(self, writer: Any, style: _MarkStyle, mark: Mark) -> None:
        super().__init__(writer, style, BoxConstraints(mark.width_pt, mark.height_pt))
        self._mark = mark

    def register(self) -> Any:
        return _pdf(self._ensure_writer, objects.form(self._mark))


def _pdf(writer: Any, value: Any) -> Any:
    """A library-neutral PDF object of :mod:`signing.appearance.objects` as one of pyHanko's."""
    match value:
        case objects.Stream():
            entries = _pdf(writer, value.entries)
            return writer.add_object(generic.StreamObject(entries, encoded_data=value.data))
        case objects.Indirect():
            return writer.add_object(_pdf(writer, value.entries))
        case objects.Name():
            return generic.NameObject(value)
        case str():
            return generic.pdf_string(value)
        case bool():
            return generic.BooleanObject(value)
        case int():
            return generic.NumberObject(value)
        case float():
            return generic.FloatObject(round(value, 4))
        case Mapping():
            return generic.DictionaryObject(
                {generic.NameObject(key): _pdf(writer, inner) for key, inner in value.items()}
            )
    return generic.ArrayObject(_pdf(writer, inner) for inner in value)


# --- pyHanko's ports ---------------------------------------------------------------------------


class _QuietWriter(IncrementalPdfFileWriter):
    """An incremental writer that leaves /Info and XMP alone.

    Rewriting them changes the producer in one of the two places and not in the other, which ends
    the file's PDF/A-1 conformance (ISO 19005-1 6.7.3), and fails on XMP that it cannot parse.
    """

    def _update_meta(self) -> None:
        return


class _KeySigner(signers.Signer):
    """Our key source as pyHanko's signer; the certificates are parsed once."""

    def __init__(self, key: KeySource) -> None:
        chain = ordered_chain(key.certificate, key.chain)
        store = SimpleCertificateStore()
        store.register_multiple([to_asn1(c) for c in chain if not is_self_issued(c)])
        super().__init__(
            signing_cert=to_asn1(key.certificate), cert_registry=store, embed_roots=False
        )
        self._key = key
        self._public_key = key.certificate.public_key()

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        signature = self._key.sign_raw(data, digest_algorithm)
        self._check(signature, data, digest_algorithm)
        return signature

    def _check(self, signature: bytes, data: bytes, digest: str) -> None:
        """A key that does not belong to the certificate must not leave a broken file."""
        algorithm = hash_algorithm(digest)
        try:
            if isinstance(self._public_key, rsa.RSAPublicKey):
                self._public_key.verify(signature, data, padding.PKCS1v15(), algorithm)
            elif isinstance(self._public_key, ec.EllipticCurvePublicKey):
                self._public_key.verify(signature, data, ec.ECDSA(algorithm))
        except InvalidSignature:
            raise CertificateUnusable(
                "the private key does not belong to it", "khóa bí mật không khớp với chứng thư"
            ) from None


_memory = TrustMemory()


@lru_cache(maxsize=4)
def _client_for(port: TimestampPort) -> TimestampClient:
    """One client per authority, so that its first token is asked for once."""
    return TimestampClient(port)


@lru_cache(maxsize=4)
def _signer_for(key: KeySource) -> _KeySigner:
    """One signer per key, so that certificates are parsed once for a batch."""
    return _KeySigner(key)
