"""What was found out about a signature: facts, each on its own, never one boolean.

The words of a verdict are derived from these in :mod:`signing.verify.verdict`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from signing.certificates import Text
from signing.levels import SignerLevel
from signing.trust import Judgement


class Status(StrEnum):
    """The four words of a verdict; for one signature only the first three."""

    VALID = "valid"
    UNDETERMINED = "undetermined"
    INVALID = "invalid"
    UNSIGNED = "unsigned"


class Coverage(StrEnum):
    """How much of the file the signed bytes are."""

    FILE = "file"
    """Every byte of the file but the signature itself."""
    REVISION = "revision"
    """A whole earlier revision; something was added after it."""
    PARTIAL = "partial"
    """From the start, but not up to the end of a revision."""
    UNCLEAR = "unclear"
    """A range that no signing program writes."""


class Change(StrEnum):
    """What later revisions did to what was signed."""

    NONE = "none"
    MAINTENANCE = "maintenance"
    """Timestamps and revocation data for long-term validation."""
    SIGNATURES = "signatures"
    """Further signatures with their own marks."""
    FORM = "form"
    """A form field other than a signature was filled: the page shows something else."""
    ANNOTATIONS = "annotations"
    DESCRIPTION = "description"
    """The file's title, author or other metadata say something that was not signed."""
    SHOWN = "shown"
    """Nothing that the format forbids, and yet a page shows something else than what was signed."""
    FORBIDDEN = "forbidden"
    """Anything else, or more than the signature allows (DocMDP)."""
    UNKNOWN = "unknown"
    """The signed range is too odd to compare."""


MILD = frozenset({Change.NONE, Change.MAINTENANCE, Change.SIGNATURES})
"""What later revisions may do as far as the objects tell."""


@dataclass(frozen=True, slots=True)
class Modification:
    """Changes after the signature, in words."""

    change: Change
    fields: tuple[str, ...] = ()
    """Names of the form fields that changed."""
    detail: str = ""
    """The engine's own words (English), for the technical report."""
    pages: tuple[int, ...] = ()
    """Indexes of pages that show something else than what was signed, later marks left out."""
    unseen: int = 0
    """Pages written to after signing that could not be compared with what was signed."""
    hiding: tuple[tuple[str, int], ...] = ()
    """Later signatures whose mark hides what was signed: field and page index."""


@dataclass(frozen=True, slots=True)
class Timestamp:
    """An RFC 3161 timestamp over the signature."""

    time: datetime
    authority: str
    intact: bool
    """Its own signature holds and it is over this signature."""
    judgement: Judgement
    """Whether its authority is trusted."""

    @property
    def is_trusted(self) -> bool:
        """True when the time may be relied on."""
        return self.intact and self.judgement.standing == "trusted"


@dataclass(frozen=True, slots=True)
class Algorithm:
    """With what it was signed."""

    digest: str
    signature: str
    key_bits: int
    weak: bool
    """SHA-1 or a short key, in the signature or in its chain: proves nothing made lately."""
    broken: bool
    """MD5 or older: proves nothing at all."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a signature's mark is on its page."""

    page: int
    """Page index, from 0."""
    box: tuple[float, float, float, float]
    """In the page's default user space, points: ``x0, y0, x1, y1``, y upwards."""
    shown: tuple[float, float, float, float]
    """As parts of the page as shown (0 to 1), origin at the upper left, y downwards."""

    @property
    def is_visible(self) -> bool:
        """False for a box without area."""
        return self.box[2] > self.box[0] and self.box[3] > self.box[1]

    @property
    def area(self) -> float:
        """Part of the shown page that the mark covers, 0 to 1."""
        x0, y0, x1, y1 = (min(1.0, max(0.0, edge)) for edge in self.shown)
        return max(0.0, x1 - x0) * max(0.0, y1 - y0)

    def overlaps(self, other: Place) -> bool:
        """True when both marks share some of the same page."""
        return (
            self.page == other.page
            and self.box[0] < other.box[2]
            and other.box[0] < self.box[2]
            and self.box[1] < other.box[3]
            and other.box[1] < self.box[3]
        )


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """Everything that was found out about one signature."""

    field: str
    kind: str
    """``signature`` or ``timestamp`` (a document timestamp)."""
    signer: str
    agency: str
    issuer: str
    signer_sha256: str
    """Fingerprint of the signer's certificate, lower-case hex."""
    level: str
    """PAdES level as found: B-B, B-T, B-LT, B-LTA; ``DTS``; ``PKCS#7`` for the older kind."""
    claimed_time: datetime | None
    """What the signer's computer said."""
    moment: datetime
    """The moment that the chain was judged at: a trusted timestamp, or now."""
    moment_is_proven: bool
    """True when a trusted timestamp proves the moment."""
    certificate_ends: datetime
    checked_at: datetime
    """The moment of this verification."""
    intact: bool
    """The signed bytes are those that were signed."""
    valid: bool
    """The signature over them holds."""
    container_sound: bool
    """Nothing foreign lies in the unsigned part around the signature."""
    for_documents: bool
    """The certificate's key usage allows signing documents."""
    judgement: Judgement
    timestamp: Timestamp | None
    coverage: Coverage
    modification: Modification
    algorithm: Algorithm
    signed_until: int
    """Offset in the file up to which the signed bytes reach."""
    revision: int
    """Index of the revision that it closes, from 0."""
    place: Place | None
    marks: tuple[Place, ...] = ()
    """All its widgets; :attr:`place` is the first."""
    signer_level: SignerLevel | None = None
    """Province, department, commune, unit: as the certificate's subject tells."""
    revocation_source: str = ""
    """``embedded`` in the file, ``online`` from the issuer's server, or nothing."""
    touched: frozenset[int] = frozenset()
    """Indexes of pages that a later revision wrote to."""
    notes: tuple[Text, ...] = ()
    """Oddities that do not decide: unreadable attributes, other formats."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A signature that could not be read at all."""

    field: str
    cause: str
    """``broken`` (it speaks against the file) or ``unsupported`` (another format)."""
    detail: str
    """For the technical report; never a traceback."""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the engine found in a file."""

    signatures: tuple[SignatureFacts, ...]
    unreadable: tuple[Unreadable, ...]
    removed: tuple[str, ...]
    """Fields that were signed in an earlier revision and are gone or empty in the last."""
    painted: tuple[str, ...]
    """Empty signature fields, added after the first signature, that draw something all the same."""
    unlisted: bool
    """There are objects after the first signed revision that no cross-reference names."""
    pages: int
    """How many pages the file has now."""
    lenient: bool
    """The file breaks the format's rules and was read by the forgiving reader."""
