"""What the page checks found on the papers of a dossier, as findings that the clerk decides.

A page that is kept as it is stays kept: the finding is accepted with its reason, and sorting the
pages anew does not ask again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from desk_app.capture.batches import odd_sizes
from desk_app.records import Finding, Page, Text
from desk_app.store.batches import SheetSide

PAGE_CHECK, SUSPECT = "PAGE_CHECK", "SUSPECT_SHEET"
_WORDS = {
    "blurred": ("mờ", "it is blurred"),
    "low_contrast": ("nhạt", "it is faint"),
    "skewed": ("bị nghiêng", "it leans"),
    "cut_corner": ("mất góc", "a corner is missing"),
    "clipped": ("bị cắt mép chữ", "print is cut at an edge"),
}
_NEXT = Text("Quét lại trang này, hoặc giữ và ghi lý do.", "Scan it again, or keep it and say why.")


def run(pages: Sequence[Page], checks: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Findings on the pages that are used.

    Args:
        pages: The pages of the dossier's papers.
        checks: What the checks and the scanner said, by page id; may be empty.
    """
    for page in pages:
        if page.reading is None or page.reading.condition.blank != "content":
            continue
        told = checks.get(page.id, {})
        problems = told.get("problems", page.reading.condition.problems)
        words = [_WORDS[name] for name in problems if name in _WORDS]
        if words:
            vi, en = ", ".join(w[0] for w in words), ", ".join(w[1] for w in words)
            text = Text(
                f"{_place_vi(page)} {vi}. {_NEXT.vi}", f"{_place_en(page)}: {en}. {_NEXT.en}"
            )
            yield Finding(PAGE_CHECK, "warning", text, page_id=page.id)
        if told.get("suspect"):
            yield _suspect(page, told["suspect"])
    for issue in odd_sizes([_side(page) for page in pages]):
        yield Finding(issue.code, "warning", issue.text, page_id=issue.page_id)


def _suspect(page: Page, reason: str) -> Finding:
    from scanners.wordings import SUSPICIONS

    vi, en = SUSPICIONS.get(reason, (f"Máy quét nghi ngờ tờ {{n}} ({reason}).",
                                     f"The scanner doubts sheet {{n}} ({reason})."))  # fmt: skip
    text = Text(vi.format(n=page.sheet), en.format(n=page.sheet))
    return Finding(SUSPECT, "warning", text, page_id=page.id)


def _place_vi(page: Page) -> str:
    return f"Tờ {page.sheet}" + (" mặt sau" if page.side == "back" else "")


def _place_en(page: Page) -> str:
    return f"Sheet {page.sheet}" + (", back" if page.side == "back" else "")


def _side(page: Page) -> SheetSide:
    to_mm = 25.4 / max(1, page.dpi)
    return SheetSide(
        page_id=page.id, dossier_id=page.dossier_id, in_tray=False, sheet=page.sheet,
        side=page.side, role="page", set_aside=False, why="",
        size_mm=(page.width * to_mm, page.height * to_mm), blank=None, codes=(), starts=None,
    )  # fmt: skip
