"""Sign a PDF file: PAdES (ETSI EN 319 142-1) through pyHanko, from file to file.

Nothing is visible at the destination before it is whole: all signatures that the policy asks for
go into a temporary file in the same folder, which is flushed to the disk and renamed. A level that
cannot be reached is an error before anything is written, never a lower level.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.appearance.lookout import BoundedGround
from signing.appearance.mark import iso_time
from signing.appearance.placing import Placed, Spot, place, reserve
from signing.certificates import (
    Text,
    agency,
    der,
    fingerprint,
    holder,
    is_self_issued,
    ordered_chain,
)
from signing.errors import (
    CertificateUnusable,
    PolicyViolated,
    RevocationUnreachable,
    SigningError,
    TimestampUnreachable,
    TimestampUntrusted,
)
from signing.evidence import Subject, gather
from signing.files import landing
from signing.keys.pkcs12 import hash_algorithm
from signing.marks import MarkStyle, Pages, waiting_field
from signing.policy import Policy, SignerRole, is_at_least
from signing.ports import Clock, KeySource, SystemClock, TimestampPort
from signing.timestamps import Authorities, HttpAuthority, TimestampClient
from signing.trust import Gathered, to_asn1, validation_context
from signing.verify.structure import Structure
from signing.writing import (
    QuietWriter,
    add_evidence,
    add_field,
    check_paths,
    field_names,
    free_name,
    library_faults,
    opened_for_writing,
    stamp_document,
)

# The library logs the certificate's subject with every refusal; names do not belong in logs.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)

Keys: TypeAlias = KeySource | Mapping[str, KeySource]
"""One key, or one for each role of the policy."""


@dataclass(frozen=True, slots=True)
class SignedFile:
    """What was written."""

    path: Path
    sha256: str
    """Of the whole signed file, lower-case hex."""
    level: str
    """PAdES level reached."""
    wanted: str
    """The policy's level; above ``level`` only where the caller took it on to complete it later."""
    fields: tuple[str, ...]
    """Names of the signature fields, in order."""
    signers: tuple[str, ...]
    """Fingerprints of the signers' certificates, in order."""
    signing_time: datetime
    """The time printed in the mark and claimed in the file."""
    timestamp: datetime | None
    """The authority's time; None at B-B."""
    notes: tuple[Text, ...] = ()
    """What the officer should know although it holds: a clock that goes wrong."""

    @property
    def field(self) -> str:
        """Name of the last signature's field."""
        return self.fields[-1]

    @property
    def signer_sha256(self) -> str:
        """Fingerprint of the last signer's certificate."""
        return self.signers[-1]

    @property
    def is_complete(self) -> bool:
        """False where an augmentation has to bring it to the policy's level."""
        return is_at_least(self.level, self.wanted)


def sign_file(
    src: Path,
    dst: Path,
    key: Keys,
    policy: Policy,
    *,
    timestamper: TimestampPort | Sequence[TimestampPort] | None = None,
    appearance_values: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    field_name: str | None = None,
    role: str = "",
    complete_later: bool = False,
    spots: Mapping[str, Spot] | None = None,
    before_rename: Callable[[SignedFile], None] | None = None,
) -> SignedFile:
    """Sign ``src`` into ``dst``; the source is never changed.

    Args:
        src: an unencrypted PDF; may already carry signatures.
        dst: written atomically; must be another file than ``src``.
        key: an open key, or one for each of the policy's roles: they sign in the policy's order
            and the file appears when all have.
        policy: level, keys, anchors, roles and mark.
        timestamper: needed above B-B; several are asked in order. The policy's own by default.
        appearance_values: values for the names in the mark's lines; ``signing_time``,
            ``signer`` and ``agency`` are filled from the clock and the certificate.
        clock: source of the claimed time.
        field_name: an empty signature field of the file, or the name of a new one; by default
            the role's, else the first free ``ChuKy1``, ``ChuKy2`` …
        role: sign in this role alone; the others sign at another time.
        complete_later: where revocation cannot be reached, sign at B-T; the caller has to
            bring the file to the policy's level with :mod:`signing.augment`.
        spots: places that a person chose for the marks, by role; the only role is "".
        before_rename: told of the file when it is whole and not yet visible.

    Raises:
        SigningError: a leaf of :mod:`signing.errors`; nothing was written.
    """
    facts = check_paths(src, dst)
    moment = (clock or SystemClock()).now()
    who = _signers(key, policy, role)
    if field_name is not None and len(who) > 1:
        raise PolicyViolated("one field name for several signatures", "một trường cho nhiều chữ ký")
    job = _Job(
        src, who, policy, moment, Authorities(ports_of(timestamper, policy)),
        dict(appearance_values or {}), field_name, complete_later, dict(spots or {}),
        before_rename, _earlier_note(src, facts, policy) if facts.signature_traces else [],
    )  # fmt: skip
    with library_faults(src):
        return asyncio.run(job.run(dst))


def ports_of(
    given: TimestampPort | Sequence[TimestampPort] | None, policy: Policy
) -> Sequence[TimestampPort]:
    """The caller's timestamp authorities, else the policy's."""
    if given is None:
        return [_authority(url) for url in policy.authorities]
    return given if isinstance(given, Sequence) else [given]


@lru_cache(maxsize=8)
def _authority(url: str) -> HttpAuthority:
    return HttpAuthority(url)


def _signers(key: Keys, policy: Policy, role: str) -> list[tuple[SignerRole, KeySource]]:
    """Who signs now, in the policy's order."""
    roles = [r for r in policy.roles if role in ("", r.role)]
    if not roles:
        raise PolicyViolated(f"it knows no role {role!r}", f"không có vai trò ký {role!r}")
    if not isinstance(key, Mapping):
        if len(roles) > 1:
            names = ", ".join(r.role for r in roles)
            raise PolicyViolated(f"it needs a key for each of {names}", f"cần khóa cho {names}")
        return [(roles[0], key)]
    for name in (r.role for r in roles if r.role not in key):
        raise PolicyViolated(f"no key for the role {name!r}", f"thiếu khóa cho vai trò {name!r}")
    who = [(r, key[r.role]) for r in roles]
    if len({fingerprint(source.certificate) for _, source in who}) < len(who):
        raise PolicyViolated(
            "one certificate may not sign in two roles", "một chứng thư không được ký ở hai vai trò"
        )
    return who


@dataclass
class _Job:
    """One file on its way from source to destination."""

    src: Path
    who: list[tuple[SignerRole, KeySource]]
    policy: Policy
    moment: datetime
    authorities: Authorities
    values: dict[str, str]
    field_name: str | None
    complete_later: bool
    spots: dict[str, Spot]
    before_rename: Callable[[SignedFile], None] | None
    notes: list[Text] = field(default_factory=list)
    checked: set[x509.Certificate] = field(default_factory=set)
    """Timestamp authorities that lead to an anchor."""

    async def run(self, dst: Path) -> SignedFile:
        self._check_certificates()
        subjects = [Subject(key.certificate, key.chain) for _, key in self.who]
        own = await gather(self.policy, subjects)
        if not self.policy.needs_timestamp:
            return await self._write(dst, None, own)
        fault: TimestampUnreachable | TimestampUntrusted = TimestampUnreachable(
            "no timestamp authority is configured", "chưa cấu hình máy chủ dấu thời gian"
        )
        for client in self.authorities:
            try:
                return await self._write(dst, client, await self._asked(client, own, subjects))
            except (TimestampUnreachable, TimestampUntrusted) as error:
                client.rest()
                fault = error
        raise fault

    def _check_certificates(self) -> None:
        for role, key in self.who:
            problem = self.policy.problem_of(key.certificate, self.moment)
            if problem := problem or role.problem_of(key.certificate):
                raise CertificateUnusable(problem.en, problem.vi)

    async def _asked(
        self, client: TimestampClient, own: Gathered, subjects: list[Subject]
    ) -> Gathered:
        """Ask for a first token before anything is written: a dead authority is an error now."""
        await client.async_dummy_response(self.policy.digest)
        client.check_skew(self.moment, self.policy.max_skew)
        self.notes = list(_clock_note(client, self.moment, self.policy))
        # Some authorities leave their issuer out of the token; it is often the signer's as well.
        others = [c for subject in subjects for c in subject.others]
        client.seen = {client.authority: client.chain}
        authority = Subject(client.authority, (*client.chain, *others), is_authority=True)
        theirs = await gather(self.policy, [authority])
        self.checked = {client.authority}
        return Gathered(own.data + theirs.data, own.is_complete and theirs.is_complete)

    def _level(self, known: Gathered) -> str:
        """The level that this file gets: the best one, or the lowest that the policy takes."""
        if self.policy.best in ("B-B", "B-T") or known.is_complete:
            return self.policy.best
        if is_at_least("B-T", self.policy.level):
            return self.policy.level
        if self.complete_later:
            return "B-T"
        names = ", ".join(holder(key.certificate) for _, key in self.who)
        raise RevocationUnreachable(
            f"{names}: no list or answer of the issuers is at hand",
            f"{names}: không có danh sách thu hồi của đơn vị cấp",
        )

    async def _write(
        self, dst: Path, client: TimestampClient | None, known: Gathered
    ) -> SignedFile:
        level = self._level(known)
        context = self._context(known) if is_at_least(level, "B-LT") else None
        with opened_for_writing(self.src, dst) as (writer, mended), landing(dst) as target:
            if mended:
                self.notes.append(_MENDED)
            strict = writer.prev.strict
            fields = [await self._sign(0, writer, target, client, context)]
            for number in range(1, len(self.who)):
                writer = QuietWriter(target, strict=strict)
                fields.append(await self._sign(number, writer, None, client, context))
            await self._check_newcomers(client, level, target, strict=strict)
            if level == "B-LTA" and client is not None:
                await stamp_document(QuietWriter(target, strict=strict), client, self.policy.digest)
                await self._check_newcomers(client, level, target, strict=strict)
            target.seek(0)
            sha256 = hashlib.file_digest(target, "sha256").hexdigest()
            done = self._done(dst, sha256, level, fields, client)
            if self.before_rename is not None:
                self.before_rename(done)
        return done

    async def _check_newcomers(
        self, client: TimestampClient | None, level: str, target: IO[bytes], *, strict: bool
    ) -> None:
        """Check whoever signed a token and was not known before: a service may be many machines."""
        seen = client.seen if client is not None else {}
        others = [c for _, key in self.who for c in key.chain]
        subjects = [Subject(c, (*seen[c], *others), True) for c in seen if c not in self.checked]
        if not subjects:
            return
        found = await gather(self.policy, subjects)
        self.checked.update(seen)
        if not is_at_least(level, "B-LT"):
            return
        if not found.is_complete:
            raise RevocationUnreachable(
                "another authority answered: no list or answer of its issuer is at hand",
                "máy chủ dấu thời gian khác trả lời: không có danh sách thu hồi của đơn vị cấp",
            )
        writer = QuietWriter(target, strict=strict)
        add_evidence(writer, [c for s in subjects for c in (s.certificate, *s.others)], found.data)
        writer.write_in_place()

    def _done(
        self, dst: Path, sha256: str, level: str, fields: list[str], client: TimestampClient | None
    ) -> SignedFile:
        return SignedFile(
            path=dst,
            sha256=sha256,
            level=level,
            wanted=self.policy.level,
            fields=tuple(fields),
            signers=tuple(fingerprint(key.certificate) for _, key in self.who),
            signing_time=self.moment,
            timestamp=client.last_time if client else None,
            notes=tuple(self.notes),
        )

    def _context(self, known: Gathered) -> ValidationContext:
        """What is embedded from B-LT on; no server is asked while signing."""
        others = [certificate for _, key in self.who for certificate in key.chain]
        return validation_context(self.policy.anchors, others, known.data)

    async def _sign(
        self,
        number: int,
        writer: QuietWriter,
        target: IO[bytes] | None,
        client: TimestampClient | None,
        context: ValidationContext | None,
    ) -> str:
        """One signature, from the writer's file to the target; without a target in place."""
        role, key = self.who[number]
        name = self.field_name or role.field or free_name(writer, "ChuKy")
        placed = self._place(writer, role, key, name)
        certify = self.policy.certify and number == 0 and not any(field_names(writer).values())
        if name not in field_names(writer):
            add_field(writer, _field_spec(name, placed))
        if certify:
            self._prepare_fields(writer)
        session = signers.PdfSigner(
            self._metadata(name, context, certify=certify),
            _signer_for(key),
            timestamper=client,
            stamp_style=MarkStyle(border_width=0, placed=placed) if placed else None,
        ).init_signing_session(writer)
        session.system_time = self.moment
        validation = await session.perform_presign_validation(writer)
        document = session.prepare_tbs_document(
            validation_info=validation, bytes_reserved=_reserve(key, client)
        )
        prepared, output = document.digest_tbs_document(output=target, in_place=target is None)
        signed = await document.perform_signature(
            prepared.document_digest, PdfCMSSignedAttributes(signing_time=self.moment)
        )
        await signed.post_signature_processing(output)
        return name

    def _metadata(
        self, name: str, context: ValidationContext | None, *, certify: bool
    ) -> signers.PdfSignatureMetadata:
        return signers.PdfSignatureMetadata(
            field_name=name,
            md_algorithm=self.policy.digest,
            subfilter=SigSeedSubFilter.PADES,
            certify=certify,
            docmdp_permissions=MDPPerm.FILL_FORMS,
            embed_validation_info=context is not None,
            validation_context=context,
            signer_key_usage=set(),
            # One revision holds signature and revocation data: the signature covers the file.
            dss_settings=DSSContentSettings(
                include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE
            ),
        )

    def _prepare_fields(self, writer: QuietWriter) -> None:
        """The fields of all who sign later: after a certification none may be added."""
        for role in self.policy.signers[1:]:
            if not role.field:
                raise PolicyViolated(
                    f"the role {role.role!r} needs a field name to certify",
                    f"vai trò {role.role!r} cần tên trường chữ ký",
                )
            if role.field not in field_names(writer):
                look = role.appearance
                room = reserve(Pages(writer), look) if look else None
                add_field(writer, _field_spec(role.field, room))

    def _place(
        self, writer: QuietWriter, role: SignerRole, key: KeySource, name: str
    ) -> Placed | None:
        if role.appearance is None:
            return None
        values = {
            "role": role.role,
            "signer": holder(key.certificate),
            "agency": agency(key.certificate),
            **self.values,
            "signing_time": iso_time(self.moment),
        }
        with BoundedGround(self.src) as ground:
            placed = place(
                Pages(writer), role.appearance, values,
                at=self.spots.get(role.role), field=waiting_field(writer, name), ground=ground,
            )  # fmt: skip
        if placed.covers_print:
            self.notes.append(_covers_note(placed.page))
        if ground.unseen:
            self.notes.append(_unseen_note(placed.page))
        return placed


_MENDED = Text(
    "FILE_MENDED",
    "cấu trúc tệp gốc sai chuẩn nên đã được ghi lại trước khi ký; các trang giữ nguyên",
    "its structure broke the format's rules and was written anew before signing; the pages are "
    "the same",
)


def _earlier_note(src: Path, structure: Structure, policy: Policy) -> list[Text]:
    """A word when a signature that the file carries does not hold: no further one mends that."""
    from signing.verify.verdict import standing_objection

    with contextlib.suppress(SigningError):
        objection = standing_objection(src, structure, policy.anchors)
        if objection is not None:
            return [
                Text(
                    "SIGNED_OVER_INVALID",
                    f"tệp đã không hợp lệ trước khi ký ({objection.vi}); ký thêm không sửa được",
                    f"the file was not valid before ({objection.en}); signing does not mend it",
                )
            ]
    return []


def _covers_note(page: int) -> Text:
    return Text(
        "MARK_COVERS_PRINT",
        f"dấu ký ở trang {page + 1} nằm trên chữ in; xem lại vị trí",
        f"the mark on page {page + 1} lies on print; look at its place",
    )


def _unseen_note(page: int) -> Text:
    return Text(
        "PAGE_NOT_LOOKED_AT",
        f"trang {page + 1} quá nặng hoặc lỗi nên máy chưa xem chỗ đặt dấu ký; xem lại vị trí",
        f"page {page + 1} is too heavy or broken to look for print under the mark; look at it",
    )


def _clock_note(client: TimestampClient, moment: datetime, policy: Policy) -> Sequence[Text]:
    skew = client.skew(moment)
    if skew <= policy.warn_skew:
        return ()
    seconds = round(skew.total_seconds())
    return (
        Text(
            "CLOCK_SKEW",
            f"đồng hồ máy tính lệch {seconds} giây so với máy chủ dấu thời gian",
            f"the computer's clock is {seconds} s off the timestamp authority's",
        ),
    )


def _reserve(key: KeySource, client: TimestampClient | None) -> int:
    """Hex digits to leave for the signature: everything in it is known but its exact length.

    A dry run of the signature would tell it to the byte and cost a third of the time.
    """
    size = 2048 + sum(len(der(c)) for c in (key.certificate, *key.chain))
    if client is not None:
        size += 1024 + client.token_size
    return 2 * size


def _field_spec(name: str, placed: Placed | None) -> SigFieldSpec:
    if placed is None:
        return SigFieldSpec(name)
    rect: Any = tuple(round(edge, 3) for edge in placed.rect)
    return SigFieldSpec(name, on_page=placed.page, box=rect)


# --- the key as pyHanko's signer ---------------------------------------------------------------


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


@lru_cache(maxsize=4)
def _signer_for(key: KeySource) -> _KeySigner:
    """One signer per key, so that certificates are parsed once for a batch."""
    return _KeySigner(key)
