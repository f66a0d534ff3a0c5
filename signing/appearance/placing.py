"""Which page a mark goes on, and where: over the pages of any PDF library that act as mappings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from signing.appearance.mark import Mark, PageBox, draw
from signing.appearance.profile import Appearance
from signing.errors import PolicyViolated


@dataclass(frozen=True, slots=True)
class Placed:
    """A mark and the page it goes on."""

    mark: Mark
    page: int
    """Page index, from zero."""


def place(pages: Sequence[Any], appearance: Appearance, values: Mapping[str, str]) -> Placed:
    """Lay the mark of one signature out on its page.

    Args:
        pages: the page dictionaries of the file.
        appearance: the profile.
        values: for the names in its lines.

    Raises:
        PolicyViolated: the mark cannot be drawn or placed.
    """
    page = _page_index(len(pages), appearance)
    return Placed(draw(appearance, values, PageBox.of(pages[page])), page)


def _page_index(pages: int, appearance: Appearance) -> int:
    index = appearance.page if appearance.page >= 0 else pages + appearance.page
    if not 0 <= index < pages:
        raise PolicyViolated(
            f"the file has no page {appearance.page}", f"tệp không có trang {appearance.page}"
        )
    return index
