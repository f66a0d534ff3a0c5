"""The nouns of the desk: frozen values that may cross threads, processes and undo stacks.

Units are in the names or here: boxes and widths are pixels of the image file as it lies on disk,
angles are degrees, confidences are 0.0 (a guess) to 1.0 (certain), times are ISO 8601 with offset,
sha256 is lower-case hex. Nothing here imports anything of the desk.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels of the image file as it lies on disk; x1 and y1 are exclusive."""

Blank = Literal["blank", "doubtful", "content"]
Side = Literal["front", "back"]
Source = Literal["qr", "mrz", "ocr", "clerk"]
Severity = Literal["info", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence for people, in both languages of the desk."""

    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class PageCondition:
    """What the picture of a page is like, from one reduced decode, without reading it."""

    width: int
    height: int
    dpi: int
    """Resolution the file states; a guess from the page size where it states none."""
    rotation: int
    """Clockwise turn (0, 90, 180, 270) that brings the page upright."""
    rotation_confidence: float
    skew_deg: float
    """How far the upright page's lines lean clockwise; turning it back by this makes them level."""
    skew_confidence: float
    blank: Blank
    ink_share: float
    """Share of the page covered by ink, measured against the local background."""
    red_share: float
    """Share of the page covered by stamp red; a stamp is content."""
    sharpness: float
    contrast: float
    problems: tuple[str, ...] = ()
    """Stable words for what the clerk should look at: blurred, low_contrast, cut_corner, skewed."""


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word."""

    text: str
    """The reading after correction."""
    box: Box
    confidence: float
    read: str
    """What the engine itself said, kept beside every correction."""
    line: int
    """Number of the text line on the page, in reading order; words of one line share it."""
    flagged: bool = False
    """The clerk should look at this word."""
    suggestion: str = ""
    """A likelier reading where nothing is replaced by itself: in names and addresses."""


@dataclass(frozen=True, slots=True)
class PageText:
    """What an engine read on one page."""

    words: tuple[Word, ...]
    rotation: int
    """Clockwise turn under which the page was read."""
    width: int
    height: int
    engine: str
    """Engine, version and model, for the record."""

    @property
    def text(self) -> str:
        """The words, one text line a line."""
        lines: dict[int, list[str]] = {}
        for word in self.words:
            lines.setdefault(word.line, []).append(word.text)
        return "\n".join(" ".join(words) for words in lines.values())


@dataclass(frozen=True, slots=True)
class Code:
    """A machine-readable code found on a page: QR, barcode or machine-readable zone."""

    kind: str
    """qr, code128, code39, pdf417 or mrz."""
    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class PageType:
    """Which document type a page looks like."""

    type: str | None
    """Id of a document type, or None for unknown."""
    confidence: float
    first: bool
    """Whether the page starts a document (otherwise it continues the one before)."""
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Checkbox:
    """A small printed square to be ticked."""

    box: Box
    checked: bool
    """Whether there is ink in it."""
    confidence: float
    """Near 0.5 where a speck or a pale stroke leaves it open."""
    label: str = ""
    """What is printed right of it."""


@dataclass(frozen=True, slots=True)
class PageReading:
    """All that one page told by itself."""

    condition: PageCondition
    text: PageText
    codes: tuple[Code, ...]
    type: PageType
    uncovered: tuple[Box, ...] = ()
    """Ink that looks like print and that no word covers, top to bottom."""
    checkboxes: tuple[Checkbox, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One value read from a document."""

    name: str
    value: str
    confidence: float
    source: Source
    page_id: str | None = None
    box: Box | None = None
    problem: Text | None = None
    """Why the value is doubtful (failed check digit, impossible date, codes that disagree)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the clerk should know about a dossier."""

    code: str
    severity: Severity
    text: Text
    document_id: str | None = None
    page_id: str | None = None
    box: Box | None = None
    component: str | None = None
    """The component that is missing or there twice."""


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A kind of paper, from resources/procedures."""

    id: str
    title: str
    title_en: str


@dataclass(frozen=True, slots=True)
class Component:
    """One paper that a procedure asks for (thành phần hồ sơ)."""

    id: str
    title: str
    title_en: str
    types: tuple[str, ...]
    """Ids of the document types that satisfy it."""
    required: bool = True


@dataclass(frozen=True, slots=True)
class Procedure:
    """An administrative procedure (thủ tục hành chính) and the papers it asks for."""

    id: str
    code: str
    """As published, e.g. 1.001193."""
    title: str
    title_en: str
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One side of one sheet: its master picture never changes, everything else is a record."""

    id: str
    dossier_id: str
    position: float
    """Order within the dossier."""
    sheet: int
    side: Side
    sha256: str
    media: str
    width: int
    height: int
    dpi: int
    set_aside: bool = False
    """Kept and restorable, but in no document (a blank back)."""
    document_id: str | None = None
    reading: PageReading | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One paper of a dossier: its pages, what it is, and the files made from it."""

    id: str
    dossier_id: str
    ordinal: int
    component: str | None
    """Id of the component it satisfies, None outside the checklist."""
    type: str | None
    title: str
    confidence: float
    page_ids: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    pdf_sha256: str | None = None
    signed_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """One citizen's file (hồ sơ) at the counter."""

    id: str
    code: str
    """As printed on the receipt slip; kept raw."""
    procedure: str
    state: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The store's word that it holds a file."""

    key: str
    """Name under which the store keeps the file: the sha256 that we sent."""
    sha256: str
    """What the store computed from the bytes on its disk."""
    size: int
    stored_at: str
    store: str
    raw: dict[str, object] = field(default_factory=dict, compare=False)
