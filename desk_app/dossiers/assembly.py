"""From pages to documents: blanks aside, the stack split, papers matched to the checklist.

Every page ends up in exactly one document or is set aside with a reason; nothing is dropped, and
what is doubtful becomes a finding for the clerk instead of a silent decision.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from desk_app.dossiers.agreement import cross_check as cross_check
from desk_app.dossiers.catalog import Catalog
from desk_app.recognition.codes import parse_card_qr
from desk_app.records import Box, Component, Finding, Page, PageType, Procedure, Text

UNKNOWN_TITLE = "Giấy tờ ngoài danh mục"
_SURE_FIRST = 0.75
"""Confidence from which the back of a sheet may start another paper than its front."""
_SURE_OTHER = 0.5
"""Confidence from which an unknown page with another paper's title stands for itself."""
_DISSENT = 0.8
"""What is left of a document's confidence when a page of it looks like another type."""
_DOUBTFUL_TYPE = 0.75
"""Below this the clerk is asked to look at the type."""
_STAMP_SHARE = 0.0005
"""Red from which a blank-looking side may carry a stamp."""


@dataclass(frozen=True, slots=True)
class DraftDocument:
    """One paper found in the stack, before it is stored."""

    component: str | None
    """Id of the component it satisfies, None outside the checklist."""
    type: str | None
    title: str
    confidence: float
    page_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assembly:
    """What became of a dossier's pages."""

    documents: tuple[DraftDocument, ...]
    """In the order of their first pages."""
    set_aside: tuple[tuple[str, str], ...]
    """Page id and reason: blank_back, or kept_aside for pages that were aside before."""
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Paper:
    """A paper while its pages are being collected."""

    pages: list[Page] = field(default_factory=list)
    type: str | None = None
    confidence: float = 0.0

    @property
    def content(self) -> int:
        """Pages that are not blank."""
        return sum(not _is_blank(page) for page in self.pages)


def run(pages: Sequence[Page], procedure: Procedure, catalog: Catalog) -> Assembly:
    """Split a dossier's pages into documents and match them to what the procedure asks for.

    Args:
        pages: All pages of the dossier with their readings, in any order.
        procedure: What is asked for; without components nothing can be missing.
        catalog: The known types.

    Returns:
        Documents, pages set aside, and findings (missing, twice, doubtful, not asked for).
    """
    ordered = sorted(pages, key=lambda page: (page.position, page.id))
    aside = [(page.id, reason) for page in ordered if (reason := _aside_reason(page))]
    gone = {page_id for page_id, _ in aside}
    kept = [page for page in ordered if page.id not in gone]
    papers = _split(kept, catalog)
    matched = _match(papers, procedure)
    documents = tuple(
        _draft(paper, component, catalog) for paper, component in zip(papers, matched, strict=True)
    )
    findings = (
        *_page_findings(kept),
        *_type_findings(documents, procedure, catalog),
        *_checklist_findings(papers, matched, procedure, catalog),
    )
    return Assembly(documents, tuple(aside), findings)


# ------------------------------------------------------------------ blanks
def _is_blank(page: Page) -> bool:
    return page.reading is not None and page.reading.condition.blank == "blank"


def _aside_reason(page: Page) -> str | None:
    """Return why a page goes aside: it was aside already, or it is an empty back."""
    if page.set_aside:
        return "blank_back" if _is_blank(page) and page.side == "back" else "kept_aside"
    if page.side != "back" or not _is_blank(page) or page.reading is None:
        return None
    marked = page.reading.condition.red_share > _STAMP_SHARE or page.reading.codes
    return None if marked else "blank_back"


# ------------------------------------------------------------------ splitting
def _split(pages: Sequence[Page], catalog: Catalog) -> list[_Paper]:
    papers: list[_Paper] = []
    waiting: list[Page] = []
    for number, page in enumerate(pages):
        if _is_blank(page) and _same_sheet_follows(page, pages[number + 1 :]):
            # An empty front belongs to what is written on its back.
            waiting.append(page)
            continue
        if not papers or _starts(page, papers[-1], catalog):
            papers.append(_Paper())
        papers[-1].pages += [*waiting, page]
        waiting = []
        _note_type(papers[-1], page)
    return papers


def _same_sheet_follows(page: Page, following: Sequence[Page]) -> bool:
    return bool(following) and following[0].sheet == page.sheet and not _is_blank(following[0])


def _told(page: Page) -> PageType:
    """Return what the page told; an unread page told nothing."""
    if page.reading is None:
        return PageType(None, 0.0, True)
    return page.reading.type


def _starts(page: Page, paper: _Paper, catalog: Catalog) -> bool:
    """Whether a page starts another paper than the one being collected."""
    told = _told(page)
    if _is_blank(page):
        return False
    if page.side == "back" and any(other.sheet == page.sheet for other in paper.pages):
        # Both sides of a sheet are one paper, unless the back says clearly that it is not.
        limit = _SURE_FIRST if told.type else _SURE_OTHER
        return told.first and told.confidence >= limit and _speaks(page)
    if told.type is not None:
        changed = paper.type is not None and told.type != paper.type
        return told.first or changed or _is_full(paper, told.type, catalog)
    return told.first


def _speaks(page: Page) -> bool:
    """Whether a back of unknown type carries enough print to be a paper of its own."""
    told = _told(page)
    words = len(page.reading.text.words) if page.reading else 0
    return told.type is not None or told.confidence >= 0.8 or words >= 60


def _is_full(paper: _Paper, type_id: str, catalog: Catalog) -> bool:
    rules = catalog.rules.get(type_id)
    return bool(rules and rules.pages_max and paper.content >= 2 * rules.pages_max)


def _note_type(paper: _Paper, page: Page) -> None:
    """The surest page says what the paper is; a page that dissents lowers the confidence."""
    told = _told(page)
    if told.type is None or _is_blank(page):
        return
    if paper.type in (None, told.type):
        paper.confidence = max(paper.confidence, told.confidence)
        paper.type = told.type
    elif told.confidence > paper.confidence:
        paper.type, paper.confidence = told.type, told.confidence * _DISSENT
    else:
        paper.confidence *= _DISSENT


# ------------------------------------------------------------------ the checklist
def _match(papers: Sequence[_Paper], procedure: Procedure) -> list[str | None]:
    """Return the component that each paper satisfies, None outside the checklist."""
    return [
        next((part.id for part in procedure.components if paper.type in part.types), None)
        for paper in papers
    ]


def _draft(paper: _Paper, component: str | None, catalog: Catalog) -> DraftDocument:
    known = catalog.types.get(paper.type) if paper.type else None
    title = known.title if known else UNKNOWN_TITLE
    page_ids = tuple(page.id for page in paper.pages)
    return DraftDocument(component, paper.type, title, round(paper.confidence, 3), page_ids)


def _checklist_findings(
    papers: Sequence[_Paper],
    matched: Sequence[str | None],
    procedure: Procedure,
    catalog: Catalog,
) -> Iterator[Finding]:
    for part in procedure.components:
        found = [
            paper for paper, component in zip(papers, matched, strict=True) if component == part.id
        ]
        if not found and part.required:
            yield _missing(part)
        if len(found) > 1 and (procedure.id, part.id) not in catalog.repeatable:
            yield _twice(part, found[1])
        elif len(found) > 1:
            yield from _same_cards(part, found)


def _missing(part: Component) -> Finding:
    text = Text(
        f"Thiếu {part.title}. Quét bổ sung, hoặc ghi lý do không nộp.",
        f"{part.title_en} is missing. Scan it, or note why it is not submitted.",
    )
    return Finding("MISSING_COMPONENT", "problem", text, component=part.id)


def _twice(part: Component, paper: _Paper) -> Finding:
    text = Text(
        f"{part.title} có nhiều hơn một bản. Kiểm tra xem có quét trùng không.",
        f"{part.title_en} is there more than once. Check that it was not scanned twice.",
    )
    page = paper.pages[0].id
    return Finding("DUPLICATE_COMPONENT", "warning", text, page_id=page, component=part.id)


def _same_cards(part: Component, papers: Sequence[_Paper]) -> Iterator[Finding]:
    """Several cards are normal, the same card twice is not."""
    seen: Counter[str] = Counter()
    for paper in papers:
        number = _card_number(paper)
        if number is None:
            continue
        seen[number] += 1
        if seen[number] > 1:
            yield _twice(part, paper)


def _card_number(paper: _Paper) -> str | None:
    for page in paper.pages:
        for code in page.reading.codes if page.reading else ():
            card = parse_card_qr(code.text) if code.kind == "qr" else None
            if card is not None:
                return card.number
    return None


# ------------------------------------------------------------------ findings on pages and types
def _page_findings(pages: Sequence[Page]) -> Iterator[Finding]:
    for page in pages:
        if page.reading is None:
            yield _on_page(
                page, "PAGE_UNREAD",
                "Trang này chưa đọc được chữ; vẫn được giữ trong hồ sơ.",
                "This page was not read; it is kept in the dossier.",
            )  # fmt: skip
        elif page.reading.condition.blank == "blank":
            yield _on_page(
                page, "BLANK_FRONT",
                "Mặt này trống nhưng không phải mặt sau; vẫn được giữ. Kiểm tra giấy có bị ngược.",
                "This side is blank though it is no back; it is kept. Was the sheet turned over?",
            )  # fmt: skip
        elif page.reading.condition.blank == "doubtful":
            yield _on_page(
                page, "BLANK_DOUBTFUL",
                "Chưa chắc mặt này trống hay có nội dung mờ; vẫn được giữ.",
                "It is not certain whether this side is blank or faint; it is kept.",
            )  # fmt: skip
        elif page.reading.uncovered:
            yield _overlooked(page.id, page.reading.uncovered)


def _overlooked(page_id: str, boxes: Sequence[Box]) -> Finding:
    """What the engine left out has no word that could be flagged: the widest place is shown."""
    widest = max(boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
    text = Text(
        f"Có {len(boxes)} chỗ giống chữ in mà máy chưa đọc. Xem chỗ được khoanh, nhập tay nếu cần.",
        f"{len(boxes)} places look like print and were not read. Look at the one marked.",
    )
    return Finding("PRINT_OVERLOOKED", "warning", text, page_id=page_id, box=widest)


def _on_page(page: Page, code: str, vi: str, en: str) -> Finding:
    return Finding(code, "warning", Text(vi, en), page_id=page.id)


def _type_findings(
    documents: Sequence[DraftDocument], procedure: Procedure, catalog: Catalog
) -> Iterator[Finding]:
    for document in documents:
        first = document.page_ids[0]
        if document.type is None:
            text = Text(
                "Chưa nhận ra loại giấy tờ này. Chọn loại, hoặc để ngoài danh mục.",
                "The kind of this paper is not known. Choose it, or leave it off the checklist.",
            )
            yield Finding("UNKNOWN_PAPER", "warning", text, page_id=first)
        elif document.component is None and procedure.components:
            if not catalog.rules[document.type].office_paper:
                yield _not_asked(document, catalog)
        elif document.confidence < _DOUBTFUL_TYPE:
            text = Text(
                f"Có lẽ là {document.title}, chưa chắc chắn. Kiểm tra loại giấy tờ.",
                f"Probably {catalog.types[document.type].title_en}, not certain. Check the type.",
            )
            yield Finding("TYPE_DOUBTFUL", "warning", text, page_id=first)


def _not_asked(document: DraftDocument, catalog: Catalog) -> Finding:
    title_en = catalog.types[document.type].title_en if document.type else ""
    text = Text(
        f"{document.title} không có trong thành phần hồ sơ của thủ tục này; vẫn được giữ.",
        f"{title_en} is not among the papers of this procedure; it is kept.",
    )
    return Finding("NOT_ASKED_FOR", "info", text, page_id=document.page_ids[0])
