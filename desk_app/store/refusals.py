"""Refusals that several parts of the store raise, worded once in both languages."""

from __future__ import annotations

from desk_app.errors import NotAllowed, NotFound


def no_dossier(code_or_id: str) -> NotFound:
    """There is no dossier with this code or id."""
    return NotFound(f"dossier {code_or_id}", detail_vi=f"hồ sơ {code_or_id}")


def no_page(page_id: str) -> NotFound:
    """There is no page with this id."""
    return NotFound(f"page {page_id}", detail_vi=f"trang {page_id}")


def is_signed(code: str = "") -> NotAllowed:
    """A dossier is signed: nothing of it changes any more."""
    if not code:
        return NotAllowed("the dossier is signed", detail_vi="hồ sơ đã ký")
    return NotAllowed(f"the dossier {code} is signed", detail_vi=f"hồ sơ {code} đã ký")


def follows_itself() -> NotAllowed:
    """A page was to come after itself."""
    return NotAllowed("a page cannot follow itself", detail_vi="trang không thể đứng sau chính nó")
