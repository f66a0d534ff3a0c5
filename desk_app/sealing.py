"""What happens in the signing process: dossiers and files, with keys that it alone opens.

`sign_dossier` and `sign_files` run through :func:`signing.worker.run`, in a process that holds the
PIN and ends with the batch. `complete_dossier` needs no key and runs in any worker.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desk_app import signatures, waiting
from desk_app.errors import NotFound, UsageError
from desk_app.records import Document
from desk_app.settings import Settings
from desk_app.stages import open_store, temporary
from desk_app.store import acting, dossiers, vault
from desk_app.store.database import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from desk_app.signatures import Choice, Setup
    from signing.batch import BatchReport, Outcome
    from signing.engine import Keys
    from signing.trust import Anchors
    from signing.worker import Link

ACCEPTED = ("valid",)
_UNKNOWN = "REVOCATION_UNKNOWN"
"""Below B-LT no file can prove that its certificate was not revoked; all else must be in order."""


@dataclass(frozen=True, slots=True)
class Login:
    """A secret was sent to a key: told once for each key of a batch."""

    label: str
    kind: str
    signer: str
    """Fingerprint of the certificate."""


def with_keys(
    link: Link, secrets: list[bytearray], held: dict[str, bytes], function: Callable[..., Any],
    *args: object,
) -> Any:  # noqa: ANN401 - whatever the function returns # fmt: skip
    """Run a function of this module in the signing process with the data folder's keys at hand."""
    vault.take(held)
    return function(link, secrets, *args)


def note_login(store: Store, login: Login, about: str) -> None:
    """One login, one record in the audit chain."""
    with store.transaction() as change:
        change.audit("key.login", about, token=login.label, kind=login.kind, signer=login.signer)


def note_file(store: Store, outcome: Outcome) -> None:
    """What became of a file outside any dossier, by its fingerprint and not by its name."""
    signed = outcome.signed
    if signed is None or outcome.resumed:
        return
    with store.transaction() as change:
        change.audit("file.sign", signed.sha256, level=signed.level, signers=list(signed.signers))


def journal_of(data: Path, out: Path) -> Path:
    """Where the batches of one output folder are kept."""
    name = hashlib.sha256(str(out.absolute()).encode()).hexdigest()[:16]
    return data / "signing" / f"{name}.jsonl"


@contextmanager
def _opened(
    link: Link, secrets: Sequence[bytearray], setup: Setup, choice: Choice
) -> Iterator[Keys]:
    """The keys of a setup, each login told; the secrets are wiped as soon as they were used."""
    from signing import keys
    from signing.certificates import fingerprint

    given = list(secrets) or [setup.secret()]
    if len(given) != len(setup.keys):
        raise UsageError(
            f"{len(setup.keys)} PINs are needed", detail_vi=f"cần {len(setup.keys)} mã PIN"
        )
    by_role = dict(zip(setup.keys, given, strict=True))
    confirmed = tuple(setup.keys) if choice.last_try else ()
    with keys.open_keys(setup.keys, by_role, confirm_final_try=confirmed) as opened:
        for secret in given:
            keys.wipe(secret)
        for key in opened.values():
            status = key.status()
            if status.logins:
                link.tell(Login(status.label, status.kind, fingerprint(key.certificate)))
        yield opened[""] if set(opened) == {""} else opened


def on_behalf(
    link: Link, secrets: list[bytearray], person: str, work: Callable[..., Any], *args: object
) -> Any:  # noqa: ANN401 - whatever the work returns
    """Do work of this process for a person: its records name them."""
    with acting.acting_for(person):
        return work(link, secrets, *args)


def sign_files(
    link: Link, secrets: list[bytearray], data: Path, settings: Settings, choice: Choice,
    pairs: Sequence[tuple[Path, Path]], journal: Path,
) -> BatchReport:  # fmt: skip
    """Sign files, each from its source to its target, going on where an earlier run stopped."""
    from signing import batch

    setup = signatures.setup(data, settings, choice)
    items = [batch.Item(source, target, setup.values, setup.spots) for source, target in pairs]
    with _opened(link, secrets, setup, choice) as keys:
        for folder in {target.parent for _, target in pairs}:
            folder.mkdir(parents=True, exist_ok=True)
        return batch.sign_files(
            items, keys, setup.policy, timestamper=setup.timestampers, role=choice.role,
            journal=journal, progress=link.tell, cancelled=link.cancelled,
        )  # fmt: skip


# --- dossiers ---------------------------------------------------------------------------------


def sign_dossier(
    link: Link, secrets: list[bytearray], data: Path, dossier_id: str, settings: Settings,
    choice: Choice,
) -> bool:  # fmt: skip
    """Sign, verify and queue every paper of a dossier with one login; False where some wait.

    Each paper's signature and its place in the queue are one transaction; what was signed before
    an interruption is not signed again. A paper that could not reach its level yet is kept signed
    and not queued: it waits for :func:`complete_dossier`.
    """
    store = open_store(data)
    unsigned = [d for d in dossiers.documents(store, dossier_id) if not d.signed_sha256]
    if unsigned:
        setup = signatures.setup(data, settings, choice)
        trusted = signatures.anchors(data, settings)
        with _opened(link, secrets, setup, choice) as keys:
            for number, document in enumerate(unsigned, start=1):
                if link.cancelled():
                    return False
                _sign_document(store, document, settings, setup, keys, trusted)
                link.tell((number, len(unsigned)))
    return _move_on(store, dossier_id, choice)


def _sign_document(
    store: Store, document: Document, settings: Settings, setup: Setup, keys: Keys,
    trusted: Anchors,
) -> None:  # fmt: skip
    if document.pdf_sha256 is None:
        raise NotFound(f"PDF {document.title}")
    with temporary(3 * store.blobs.size(document.pdf_sha256)) as folder:
        source, target = folder / "source.pdf", folder / "signed.pdf"
        store.blobs.copy_out(document.pdf_sha256, source)
        signed = setup.sign(source, target, keys)
        verdict = _checked(target, trusted, document, may_lack=not is_proven(signed.level))
        _keep(store, document, settings, target, signed.sha256, verdict, signed.is_complete)


def _checked(path: Path, trusted: Anchors, document: Document, *, may_lack: bool) -> dict[str, Any]:
    verdict = signatures.verify(path, trusted)
    reason = verdict["reason"]
    lacks = verdict["status"] == "undetermined" and reason["code"] == _UNKNOWN
    if verdict["status"] in ACCEPTED or (may_lack and lacks):
        return verdict
    raise signatures.NotValid(file=document.title, reason_vi=reason["vi"], reason_en=reason["en"])


def is_proven(level: str) -> bool:
    """Whether a file of this level tells by itself that nothing was revoked."""
    return level in ("B-LT", "B-LTA")


def _keep(
    store: Store, document: Document, settings: Settings, target: Path, sha256: str,
    verdict: dict[str, Any], complete: bool,
) -> None:  # fmt: skip
    from desk_app.submission import queue

    store.blobs.adopt(target, sha256)
    size = target.stat().st_size
    with store.transaction() as change:
        dossiers.set_signed_in(change, document.id, sha256, size, verdict)
        if complete:
            queue.enqueue_in(
                change, key=sha256, target=settings.store_profile,
                dossier_id=document.dossier_id, document_id=document.id, size=size,
                held=settings.approve_before_upload,
            )  # fmt: skip


def incomplete(store: Store, dossier_id: str) -> list[Document]:
    """Papers that are signed and not queued: they wait for their level."""
    rows = store.rows(
        "SELECT d.id FROM document d WHERE d.dossier_id = ? AND d.signed_sha256 IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM upload u WHERE u.key = d.signed_sha256 "
        "AND u.dossier_id = d.dossier_id) ORDER BY d.ordinal",
        dossier_id,
    )
    return [dossiers.document(store, row["id"]) for row in rows]


def complete_dossier(data: Path, dossier_id: str, settings: Settings) -> bool:
    """Bring what is signed below its level up to it; False where papers are not signed at all.

    The completed bytes are a new version of the document, verified and queued like the first.

    Raises:
        SigningError: a server still cannot be reached; what is done is kept.
    """
    from signing.augment import augment_file

    store = open_store(data)
    wait = waiting.of(store, dossier_id)
    kept = wait.choice if wait else {}
    choice = signatures.Choice(
        profile=kept.get("profile", ""), level=kept.get("level", ""), tsa=kept.get("tsa", "")
    )
    setup = signatures.setup(data, settings, choice)
    trusted = signatures.anchors(data, settings)
    for document in incomplete(store, dossier_id):
        assert document.signed_sha256 is not None
        with temporary(3 * store.blobs.size(document.signed_sha256)) as folder:
            source, target = folder / "signed.pdf", folder / "complete.pdf"
            store.blobs.copy_out(document.signed_sha256, source)
            done = augment_file(source, target, setup.policy, timestamper=setup.timestampers)
            verdict = _checked(target, trusted, document, may_lack=False)
            _keep(store, document, settings, target, done.sha256, verdict, complete=True)
    if any(not d.signed_sha256 for d in dossiers.documents(store, dossier_id)):
        return False
    return _move_on(store, dossier_id, choice)


def _move_on(store: Store, dossier_id: str, choice: Choice) -> bool:
    """To the queue when every paper is signed at its level; else say what it waits for."""
    from desk_app.dossiers import digitization, provinces

    if incomplete(store, dossier_id):
        from signing.errors import RevocationUnreachable

        fault = RevocationUnreachable(
            "the papers are signed and timestamped; revocation is asked for again by itself",
            "giấy tờ đã ký và có dấu thời gian; máy sẽ tự hỏi lại trạng thái thu hồi",
        )
        kept = {"profile": choice.profile, "level": choice.level, "tsa": choice.tsa}
        waiting.note(store, dossier_id, fault, needs_key=False, choice=kept)
        return False
    with store.transaction() as change:
        waiting.clear_in(change, dossier_id)
        digitization.assign_in(change, provinces.at(store.folder), dossier_id)
        dossiers.move_in(change, dossier_id, "signed")
        dossiers.move_in(change, dossier_id, "to_upload")
    return True
