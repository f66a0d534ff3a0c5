"""Sign many files with one open key: one login, a result for every file.

The caller opens the key, so the PIN is asked and sent once whatever the number of files. A file
that cannot be signed does not stop the others; a lost token or an unreachable authority does,
because every further file would fail the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from signing.engine import SignedFile, sign_file
from signing.errors import (
    CertificateUnusable,
    RevocationUnreachable,
    SigningError,
    TimestampUnreachable,
    TokenLost,
)
from signing.policy import Policy
from signing.ports import Clock, KeySource, TimestampPort

_STOPS = (TokenLost, TimestampUnreachable, RevocationUnreachable, CertificateUnusable)
"""What every further file would meet as well."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a batch."""

    src: Path
    dst: Path
    values: Mapping[str, str] = field(default_factory=dict)
    """Values for the names in the mark's lines."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: signed, refused with a reason, or not reached."""

    item: Item
    signed: SignedFile | None
    error: SigningError | None

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
    """How often a secret was sent to the key for the whole batch."""
    stopped_by: SigningError | None
    """Why the rest was not tried, if it was not."""

    @property
    def is_complete(self) -> bool:
        """True when every file was signed."""
        return all(outcome.signed for outcome in self.outcomes)


def sign_files(
    items: Iterable[Item],
    key: KeySource,
    policy: Policy,
    *,
    timestamper: TimestampPort | None = None,
    clock: Clock | None = None,
    progress: Callable[[Outcome], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BatchReport:
    """Sign files one after another with one open key.

    Args:
        items: what to sign and where to.
        key: an open key; this function does not close it.
        policy: the same for all.
        timestamper: needed above B-B.
        clock: source of the claimed time.
        progress: called after every file, in this thread.
        cancelled: asked before every file; True leaves the rest waiting.
    """
    outcomes: list[Outcome] = []
    stopped_by: SigningError | None = None
    for item in items:
        if stopped_by is not None or (cancelled is not None and cancelled()):
            outcomes.append(Outcome(item, None, None))
            continue
        outcome = _sign(item, key, policy, timestamper, clock)
        if isinstance(outcome.error, _STOPS):
            stopped_by = outcome.error
        outcomes.append(outcome)
        if progress is not None:
            progress(outcome)
    return BatchReport(tuple(outcomes), key.status().logins, stopped_by)


def _sign(
    item: Item,
    key: KeySource,
    policy: Policy,
    timestamper: TimestampPort | None,
    clock: Clock | None,
) -> Outcome:
    try:
        signed = sign_file(
            item.src,
            item.dst,
            key,
            policy,
            timestamper=timestamper,
            appearance_values=item.values,
            clock=clock,
        )
    except SigningError as error:
        return Outcome(item, None, error)
    return Outcome(item, signed, None)
