"""Sign many files with one opened key: one login, a result for every file.

The caller opens the key, so the PIN is asked and sent once whatever the number of files. A file
that cannot be signed does not stop the others; a lost token or an unreachable authority does,
because every further file would fail the same way. With a journal a batch that was cut off goes
on where it was: what is finished stays as it is and is not signed a second time.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from signing.appearance.placing import Spot
from signing.certificates import fingerprint
from signing.engine import Keys, SignedFile, sign_file
from signing.errors import (
    KeyProblem,
    RevocationUnreachable,
    SigningError,
    TargetExists,
    TimestampUnreachable,
    TimestampUntrusted,
)
from signing.journal import Journal, opened
from signing.policy import Policy
from signing.ports import Clock, KeySource, TimestampPort

_STOPS = (KeyProblem, TimestampUnreachable, TimestampUntrusted, RevocationUnreachable)
"""What every further file would meet as well."""

_PART = re.compile(r"\.(.+)\.[0-9a-f]{8}\.part")


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a batch."""

    src: Path
    dst: Path
    values: Mapping[str, str] = field(default_factory=dict)
    """Values for the names in the mark's lines."""
    spots: Mapping[str, Spot] = field(default_factory=dict)
    """Places that a person chose for this file's marks, by role; the only role is ""."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: signed, refused with a reason, or not reached."""

    item: Item
    signed: SignedFile | None
    error: SigningError | None
    resumed: bool = False
    """It was finished by an earlier run of the same batch."""

    @property
    def status(self) -> str:
        """``signed``, ``failed``, or ``waiting`` when the batch stopped before it."""
        if self.signed is not None:
            return "signed"
        return "failed" if self.error is not None else "waiting"


@dataclass(frozen=True, slots=True)
class BatchReport:
    """A batch, file by file, in the order given."""

    outcomes: tuple[Outcome, ...]
    logins: int
    """How often a secret was sent to a key for the whole batch."""
    stopped_by: SigningError | None
    """Why the rest was not tried, if it was not."""

    @property
    def is_complete(self) -> bool:
        """True when every file was signed."""
        return all(outcome.signed for outcome in self.outcomes)


def sign_files(
    items: Iterable[Item],
    key: Keys,
    policy: Policy,
    *,
    timestamper: TimestampPort | Sequence[TimestampPort] | None = None,
    clock: Clock | None = None,
    role: str = "",
    journal: Path | None = None,
    progress: Callable[[Outcome], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BatchReport:
    """Sign files one after another with one opened key, or one for each role.

    Args:
        items: what to sign and where to; a target that is there and not this batch's own is
            never replaced.
        key: opened keys; this function does not close them.
        policy: the same for all.
        timestamper: needed above B-B; the policy's own by default.
        clock: source of the claimed time.
        role: sign in this role alone.
        journal: where to keep what is done, so that the same call goes on after a crash.
        progress: called after every file, in this thread.
        cancelled: asked before every file; True leaves the rest waiting.

    Raises:
        BatchBusy: another process is signing with this journal.
    """
    every = list(items)
    keys = list(key.values()) if isinstance(key, Mapping) else [key]
    outcomes: list[Outcome] = []
    stopped_by: SigningError | None = None
    with opened(journal) if journal else nullcontext() as book:
        if book is not None:
            sweep(every)
            _begin(book, keys, policy)
        for item in every:
            if stopped_by is not None or (cancelled is not None and cancelled()):
                outcomes.append(Outcome(item, None, None))
                continue
            task = _Task(item, key, policy, timestamper, clock, role, book)
            outcome = task.run(tuple(fingerprint(k.certificate) for k in keys))
            if isinstance(outcome.error, _STOPS):
                stopped_by = outcome.error
            outcomes.append(outcome)
            if progress is not None:
                progress(outcome)
    return BatchReport(tuple(outcomes), sum(k.status().logins for k in keys), stopped_by)


def sweep(items: Iterable[Item]) -> None:
    """Remove the temporary files that a killed run left beside these targets."""
    names: dict[Path, set[str]] = {}
    for item in items:
        names.setdefault(item.dst.parent, set()).add(item.dst.name)
    for folder, wanted in names.items():
        for path in folder.iterdir() if folder.is_dir() else ():
            match = _PART.fullmatch(path.name)
            if match and match[1] in wanted:
                path.unlink(missing_ok=True)


def _begin(book: Journal, keys: list[KeySource], policy: Policy) -> None:
    book.write(
        "begin",
        policy=policy.name, version=policy.version, level=policy.level,
        signers=[fingerprint(k.certificate) for k in keys],
        tokens=[k.status().label for k in keys],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Task:
    """One file of the batch."""

    item: Item
    key: Keys
    policy: Policy
    timestamper: TimestampPort | Sequence[TimestampPort] | None
    clock: Clock | None
    role: str
    book: Journal | None

    def run(self, signers: tuple[str, ...]) -> Outcome:
        try:
            if self.item.dst.exists():
                return Outcome(self.item, self._finished(signers), None, resumed=True)
            signed = sign_file(
                self.item.src,
                self.item.dst,
                self.key,
                self.policy,
                timestamper=self.timestamper,
                appearance_values=self.item.values,
                spots=self.item.spots,
                clock=self.clock,
                role=self.role,
                before_rename=self._note,
            )
        except SigningError as error:
            if self.book is not None:
                self.book.write("failed", file=_named(self.item.dst.absolute()), code=error.code)
            return Outcome(self.item, None, error)
        return Outcome(self.item, signed, None)

    def _note(self, signed: SignedFile) -> None:
        if self.book is not None:
            self.book.write("signed", source=_sha256(self.item.src), **_to_json(signed))

    def _finished(self, signers: tuple[str, ...]) -> SignedFile:
        """What an earlier run signed; anything else under that name is not ours to touch.

        Raises:
            TargetExists: it is another file, of another source or by another signer.
        """
        path = self.item.dst.absolute()
        known = self.book.known if self.book is not None else {}
        entry = known.get(_named(path)) or known.get(str(path))  # as earlier versions wrote it
        if (
            entry is None
            or entry["sha256"] != _sha256(path)
            or entry["source"] != _sha256(self.item.src)
            or not set(entry["signers"]) <= set(signers)
        ):
            raise TargetExists(file=path.name)
        return _from_json(entry, path)


def _named(path: Path) -> str:
    """A file in the journal: names of files are often names of people, and it is not encrypted."""
    return hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _to_json(signed: SignedFile) -> dict[str, Any]:
    return {
        "path": _named(signed.path.absolute()), "sha256": signed.sha256, "level": signed.level,
        "wanted": signed.wanted, "fields": list(signed.fields), "signers": list(signed.signers),
        "signing_time": signed.signing_time.isoformat(),
        "timestamp": signed.timestamp.isoformat() if signed.timestamp else None,
    }  # fmt: skip


def _from_json(entry: Mapping[str, Any], path: Path) -> SignedFile:
    stamp = entry["timestamp"]
    return SignedFile(
        path, entry["sha256"], entry["level"], entry["wanted"],
        tuple(entry["fields"]), tuple(entry["signers"]),
        datetime.fromisoformat(entry["signing_time"]),
        datetime.fromisoformat(stamp) if stamp else None,
    )  # fmt: skip
