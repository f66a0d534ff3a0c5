"""What clerks decide about pages becomes experience, and experience names the next pages.

Runs before a dossier is assembled, in the worker: a decision is a lesson as soon as it is made, and
one that is taken back is forgotten. Pages that were read before are named anew, for nothing of
their reading but the type depends on what was taught.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from desk_app import paths
from desk_app.errors import StorageError
from desk_app.records import Code, Page, PageReading, PageText, PageType
from desk_app.store import dossiers

if TYPE_CHECKING:
    from desk_app.store.database import Store

log = logging.getLogger(__name__)


def draw(store: Store, data: Path, pages: Iterable[Page]) -> None:
    """Learn the types that clerks gave pages, forget those that they took back.

    A lesson that cannot be written down is lost with a line in the log: the dossier matters more.
    """
    for page in pages:
        if page.reading is None or page.reading.condition.blank == "blank":
            continue
        try:
            _draw(data, page.id, page.reading, dossiers.decisions(store, page.id).get("type"))
        except StorageError as fault:
            log.warning("a lesson was not kept: %s", fault.code)


def _draw(data: Path, page_id: str, reading: PageReading, kind: str | None) -> None:
    from desk_app.recognition import learning

    if kind is None:
        learning.forget(data, reading.text.text, page_id)
    else:
        learning.learn(data, reading.text.text, kind, first=reading.type.first, page=page_id)


def named_anew(store: Store, data: Path, page: Page) -> Page:
    """The page with the type that the rules and all lessons so far give it.

    What the clerk said of type and first page stands.
    """
    clerk = dossiers.decisions(store, page.id)
    if page.reading is None or "type" in clerk:
        return page
    from desk_app.dossiers import catalog
    from desk_app.recognition import learning

    known = (*catalog.stamps(paths.PROCEDURES), learning.stamp(data))
    try:
        kind = _kind(page.reading.text, page.reading.codes, data, known)
    except StorageError as fault:
        log.warning("named without what was learned: %s", fault.code)
        return page
    if "first" in clerk:
        kind = replace(kind, first=clerk["first"], confidence=1.0)
    return replace(page, reading=replace(page.reading, type=kind))


@functools.lru_cache(maxsize=512)
def _kind(
    text: PageText, codes: tuple[Code, ...], data: Path, _known: tuple[object, ...]
) -> PageType:
    """Kept while neither the catalogue's files nor the lessons change: 15 ms a page otherwise."""
    from desk_app.dossiers import catalog
    from desk_app.recognition import learning
    from desk_app.recognition.classify import classify_page

    suggestions = learning.suggest(data, text.text)
    return classify_page(text, codes, catalog.at(data), suggestions)
