"""Bring a signed file to a higher level later: B-T → B-LT → B-LTA, without the signer's key.

The certificates' revocation data goes into the file's security store and, for B-LTA, a document
timestamp closes it (ETSI EN 319 142-1 §5.4, §5.5). Both are additions after the signatures; the
signed bytes stay as they are.
"""

# mypy: disable-error-code="no-untyped-call"
# ruff: noqa: ANN401 - PDF and ASN.1 objects of the library have no useful static types

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import find_cms_attribute_iter
from pyhanko.sign.validation.generic_cms import extract_certs_for_validation

from signing.certificates import fingerprint, holder
from signing.engine import ports_of
from signing.entries import entry
from signing.errors import (
    PolicyViolated,
    RevocationUnreachable,
    TimestampUnreachable,
    TimestampUntrusted,
)
from signing.evidence import Subject, gather
from signing.files import landing
from signing.policy import LEVELS, Policy, is_at_least
from signing.ports import Clock, SystemClock, TimestampPort
from signing.timestamps import Authorities, TimestampClient
from signing.trust import Gathered
from signing.verify.facts import SignatureFacts, Status
from signing.verify.structure import inspect
from signing.verify.verdict import FileVerdict, verify_file
from signing.writing import (
    QuietWriter,
    add_evidence,
    check_paths,
    library_faults,
    stamp_document,
)

RENEW_BEFORE = timedelta(days=180)
"""A last document timestamp whose certificate ends sooner is followed by another one."""


@dataclass(frozen=True, slots=True)
class AugmentedFile:
    """What was written."""

    path: Path
    sha256: str
    """Of the whole file, lower-case hex."""
    before: str
    """The lowest level of its signatures before."""
    level: str
    """The lowest level of its signatures now."""
    changed: bool = True
    """False where the file already had the level and is a plain copy."""


def augment_file(
    src: Path,
    dst: Path,
    policy: Policy,
    *,
    timestamper: TimestampPort | Sequence[TimestampPort] | None = None,
    clock: Clock | None = None,
) -> AugmentedFile:
    """Complete ``src`` to the policy's level (B-LT at least) into ``dst``.

    A file that is there already is copied; one at B-LTA gets another document timestamp when the
    last one's certificate ends within half a year.

    Args:
        src: a file whose signatures all carry a timestamp.
        dst: written atomically; must be another file than ``src``.
        policy: level, anchors and where revocation is asked for.
        timestamper: for B-LTA; the policy's own by default.
        clock: what "ends soon" is measured from.

    Raises:
        SigningError: a leaf of :mod:`signing.errors`; nothing was written.
    """
    check_paths(src, dst)
    if not policy.anchors:
        raise PolicyViolated("augmenting needs trust anchors", "bổ sung cần chứng thư gốc tin cậy")
    verdict = verify_file(src, policy.anchors)
    if verdict.status in (Status.INVALID, Status.UNSIGNED):
        raise PolicyViolated(f"{src.name}: {verdict.reason.en}", f"{src.name}: {verdict.reason.vi}")
    before = _lowest(verdict)
    wanted = policy.best if is_at_least(policy.best, "B-LT") else "B-LT"
    authorities = Authorities(ports_of(timestamper, policy))
    job = _Job(src, policy, wanted, authorities)
    with library_faults(src):
        if is_at_least(before, wanted) and not _ends_soon(verdict, wanted, clock):
            return _copied(src, dst, before)
        return asyncio.run(job.run(dst, before))


def _lowest(verdict: FileVerdict) -> str:
    """The lowest level among the signatures; each must have a timestamp of its own.

    Raises:
        PolicyViolated: one has none, so that nothing proves when it was made.
    """
    levels = [
        facts.level for found in verdict.signatures
        if isinstance(facts := found.facts, SignatureFacts) and facts.kind == "signature"
    ]  # fmt: skip
    for level in levels:
        if level not in LEVELS or level == "B-B":
            raise PolicyViolated(
                f"a signature at {level} has no timestamp to build upon",
                f"chữ ký mức {level} không có dấu thời gian để bổ sung",
            )
    return min(levels, key=LEVELS.index)


def _ends_soon(verdict: FileVerdict, wanted: str, clock: Clock | None) -> bool:
    stamps = [
        facts.certificate_ends for found in verdict.signatures
        if isinstance(facts := found.facts, SignatureFacts) and facts.kind == "timestamp"
    ]  # fmt: skip
    if wanted != "B-LTA" or not stamps:
        return False
    return max(stamps) - (clock or SystemClock()).now() < RENEW_BEFORE


def _copied(src: Path, dst: Path, level: str) -> AugmentedFile:
    with src.open("rb") as source, landing(dst) as target:
        shutil.copyfileobj(source, target, 1 << 20)
        target.seek(0)
        sha256 = hashlib.file_digest(target, "sha256").hexdigest()
    return AugmentedFile(dst, sha256, level, level, changed=False)


@dataclass
class _Job:
    src: Path
    policy: Policy
    wanted: str
    authorities: Authorities

    async def run(self, dst: Path, before: str) -> AugmentedFile:
        subjects = self._subjects()
        known = await gather(self.policy, subjects)
        if not known.is_complete:
            raise _unknown(subjects)
        if self.wanted != "B-LTA":
            return await self._write(dst, before, subjects, known, None)
        fault: TimestampUnreachable | TimestampUntrusted = TimestampUnreachable(
            "no timestamp authority is configured", "chưa cấu hình máy chủ dấu thời gian"
        )
        for client in self.authorities:
            try:
                await client.async_dummy_response(self.policy.digest)
                others = _certificates(subjects)
                authority = Subject(client.authority, (*client.chain, *others), is_authority=True)
                theirs = await gather(self.policy, [authority])
                if not theirs.is_complete:
                    raise _unknown([authority])
                every = Gathered(known.data + theirs.data, True)
                return await self._write(dst, before, [*subjects, authority], every, client)
            except (TimestampUnreachable, TimestampUntrusted) as error:
                client.rest()
                fault = error
        raise fault

    def _subjects(self) -> list[Subject]:
        """Everyone whose chain must be provable: signers and timestamp authorities."""
        with self.src.open("rb") as source:
            reader = PdfFileReader(source, strict=self._strict)
            found: dict[str, Subject] = {}
            for embedded in reader.embedded_signatures:
                is_stamp = entry(embedded.sig_object, "/Type") == "/DocTimeStamp"
                tokens = list(_tokens(embedded))
                for data, authority in [(embedded.signed_data, is_stamp), *tokens]:
                    subject = _subject(data, is_authority=authority)
                    found.setdefault(fingerprint(subject.certificate), subject)
        # Some tools leave the issuer out of the one and have it in the other.
        pool = tuple(_certificates(list(found.values())))
        return [replace(subject, others=pool) for subject in found.values()]

    @property
    def _strict(self) -> bool:
        return inspect(self.src).hybrid_at < 0

    async def _write(
        self, dst: Path, before: str, subjects: Sequence[Subject], known: Gathered,
        client: TimestampClient | None,
    ) -> AugmentedFile:  # fmt: skip
        with self.src.open("rb") as source, landing(dst) as target:
            shutil.copyfileobj(source, target, 1 << 20)
            writer = QuietWriter(target, strict=self._strict)
            add_evidence(writer, _certificates(subjects), known.data)
            if client is None:
                writer.write_in_place()
            else:
                await stamp_document(writer, client, self.policy.digest)
            target.seek(0)
            sha256 = hashlib.file_digest(target, "sha256").hexdigest()
        return AugmentedFile(dst, sha256, before, self.wanted)


def _subject(signed_data: Any, *, is_authority: bool) -> Subject:
    bag = extract_certs_for_validation(signed_data)
    return Subject(
        _parsed(bag.signer_cert), tuple(_parsed(c) for c in bag.other_certs), is_authority
    )


def _tokens(embedded: Any) -> Iterator[tuple[Any, bool]]:
    for token in find_cms_attribute_iter(
        embedded.signer_info["unsigned_attrs"], "signature_time_stamp_token"
    ):
        yield token["content"], True


def _parsed(certificate: Any) -> x509.Certificate:
    return x509.load_der_x509_certificate(certificate.dump())


def _certificates(subjects: Sequence[Subject]) -> list[x509.Certificate]:
    every = [c for subject in subjects for c in (subject.certificate, *subject.others)]
    return list({fingerprint(c): c for c in every}.values())


def _unknown(subjects: Sequence[Subject]) -> RevocationUnreachable:
    names = ", ".join(holder(subject.certificate) for subject in subjects)
    return RevocationUnreachable(
        f"{names}: no list or answer of the issuers is at hand",
        f"{names}: không có danh sách thu hồi của đơn vị cấp",
    )
