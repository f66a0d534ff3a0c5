"""What later revisions changed on the pages, found by looking at the pages themselves.

The engine compares objects and lets pass what a form or a later signature may do. Whether a page
still shows what was signed is seen only by rendering it: each signed revision against the file as
it is now, page by page. The marks of later signatures are additions to name; anything else that
differs speaks against the file.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from signing.appearance.mark import PageBox
from signing.verify.facts import (
    MILD,
    Change,
    Coverage,
    Modification,
    Place,
    Reading,
    SignatureFacts,
)

Box = tuple[float, float, float, float]

DPI = 96.0
_SECONDS = 40
"""Processor time for one file; pages that were written to after signing come first."""
_OPTIONAL_SECONDS = 2.0
"""Processor time for pages that no later revision wrote to: a second opinion on the engine's."""
_WALL_SECONDS = 120.0
_MOST_REVISIONS = 16
_MOST_PICTURES = 20

_LIBRARY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Addition:
    """The mark of a later signature on a page."""

    field: str
    signer: str
    place: Place
    hides: bool
    """Most of what was printed beneath it cannot be seen any more."""


@dataclass(frozen=True, slots=True)
class ChangedPage:
    """One page that does not look as it did when it was signed."""

    page: int
    """Page index, from 0."""
    boxes: tuple[Box, ...]
    """Changes that no later signature explains: default user space, points, y upwards."""
    shown: tuple[Box, ...]
    """The same as parts of the page as shown, origin at the upper left."""
    additions: tuple[Addition, ...]
    before: bytes | None = field(default=None, repr=False)
    """The page as it was signed, PNG; None when it had no such page, or no pictures were asked."""
    after: bytes | None = field(default=None, repr=False)
    """The page as it is now, PNG."""
    marked: bytes | None = field(default=None, repr=False)
    """As it is now, changes outlined in red, marks of later signatures in blue; PNG."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One signed revision against the file as it is."""

    pages: tuple[ChangedPage, ...] = ()
    unseen: int = 0
    """Pages written to after signing that could not be compared: too slow, or unreadable."""

    @property
    def unexplained(self) -> tuple[int, ...]:
        """Indexes of the pages that show something else than what was signed."""
        return tuple(page.page for page in self.pages if page.boxes)


def compare(
    path: Path,
    signatures: Sequence[SignatureFacts],
    pages: int,
    *,
    of: Iterable[SignatureFacts] | None = None,
    pictures: bool = False,
    dpi: float = DPI,
) -> dict[int, Comparison]:
    """Compare signed revisions with the file as it is now.

    Args:
        path: the file.
        signatures: all that were read in it.
        pages: how many pages it has now.
        of: the signatures whose revisions are compared; all by default.
        pictures: also draw the pages that changed, at most twenty.
        dpi: resolution of pictures and comparison.

    Returns:
        By ``signed_until``: only revisions after which something was added.
    """
    chosen = [s for s in (signatures if of is None else of) if s.coverage is Coverage.REVISION]
    by_end = {s.signed_until: s for s in sorted(chosen, key=lambda s: s.signed_until)}
    if not by_end:
        return {}
    ends = list(by_end)[:_MOST_REVISIONS]
    compared = [_Revision(by_end[end], _later(by_end[end], signatures)) for end in ends]
    work, needed = _work([revision.facts for revision in compared], pages)
    request = {
        "path": str(path.resolve()),
        "size": path.stat().st_size,
        "pages": pages,
        "ends": ends,
        "work": work,
        "needed": needed,
        "marks": [[(mark.page, mark.shown) for _, mark in r.later] for r in compared],
        "pictures": _MOST_PICTURES if pictures else 0,
        "dpi": dpi,
        "seconds": _SECONDS,
        "optional_seconds": _OPTIONAL_SECONDS,
    }
    answers = _ask(request)
    beyond = {end: Comparison(unseen=pages) for end in list(by_end)[_MOST_REVISIONS:]}
    found = {end: _comparison(i, compared[i], answers) for i, end in enumerate(ends)}
    return found | beyond


@dataclass(frozen=True, slots=True)
class _Revision:
    """A revision to compare, and the marks that later signatures put on pages."""

    facts: SignatureFacts
    later: tuple[tuple[SignatureFacts, Place], ...]


def look(path: Path, reading: Reading) -> Reading:
    """Add to every signature's facts what the pages show."""
    found = compare(path, reading.signatures, reading.pages)
    return replace(
        reading,
        signatures=tuple(
            replace(s, modification=_seen(s.modification, found[s.signed_until]))
            if s.signed_until in found
            else s
            for s in reading.signatures
        ),
    )


def _seen(modification: Modification, comparison: Comparison) -> Modification:
    pages = comparison.unexplained
    is_mild = modification.change in MILD or modification.change is Change.DESCRIPTION
    hiding = {a.field: page.page for page in comparison.pages for a in page.additions if a.hides}
    return replace(
        modification,
        change=Change.SHOWN if pages and is_mild else modification.change,
        pages=pages,
        unseen=comparison.unseen,
        hiding=tuple(hiding.items()),
    )


def _later(
    facts: SignatureFacts, every: Iterable[SignatureFacts]
) -> tuple[tuple[SignatureFacts, Place], ...]:
    return tuple(
        (other, mark)
        for other in every
        if other.revision > facts.revision
        for mark in other.marks
        if mark.is_visible
    )


def _work(signatures: Sequence[SignatureFacts], pages: int) -> tuple[list[Any], int]:
    """Pages and the revisions to compare them with; the first ``needed`` decide the verdict."""
    needed: list[tuple[int, list[int]]] = []
    optional: list[tuple[int, list[int]]] = []
    for page in range(pages):
        revisions = [i for i, s in enumerate(signatures) if page in s.touched]
        if revisions:
            needed.append((page, revisions))
        else:
            optional.append((page, [0]))
    return needed + optional, len(needed)


_PRINTED = (
    "Ký bởi",
    "Người ký",
    "Ký số bởi",
    "Ký điện tử bởi",
    "Được ký bởi",
    "Chữ ký số",
    "Thời gian ký",
    "Thời điểm ký",
    "Ngày ký:",
    "Digitally signed by",
    "Signed by:",
    "Signature valid",
)
"""What the marks of signing programs say; they stay on the page when the signature is lost."""


def printed_marks(path: Path) -> tuple[tuple[str, int], ...]:
    """Phrases of signature marks that the pages print, with the page's index.

    A copy that was printed to a file or saved anew still looks signed.
    """
    answers = _ask(
        {
            "path": str(path.resolve()),
            "size": path.stat().st_size,
            "phrases": _PRINTED,
            "seconds": _SECONDS,
        }
    )
    return tuple((answer["phrase"], answer["page"]) for answer in answers)


def _ask(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run the renderer; what it said before it ended, for whatever reason, counts."""
    paths = [str(_LIBRARY), *filter(None, [os.environ.get("PYTHONPATH")])]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "signing.verify.render"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )
    line = json.dumps(request).encode("utf-8") + b"\n"
    try:
        said, _ = process.communicate(line, timeout=_WALL_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    finally:
        process.kill()
        process.wait()
    answers: list[dict[str, Any]] = []
    for text in said.splitlines():
        with contextlib.suppress(ValueError):  # the last line of a process that was ended
            answers.append(json.loads(text))
    return answers


def _comparison(index: int, revision: _Revision, answers: list[dict[str, Any]]) -> Comparison:
    mine = [answer for answer in answers if answer.get("revision") == index]
    compared = {answer["page"] for answer in mine}
    changed = tuple(_changed_page(answer, revision) for answer in mine if answer["changed"])
    return Comparison(changed, len(revision.facts.touched - compared))


def _changed_page(answer: dict[str, Any], revision: _Revision) -> ChangedPage:
    number = answer["page"]
    page = PageBox(tuple(answer["crop"]), answer["rotate"])
    marks = [(facts, mark) for facts, mark in revision.later if mark.page == number]
    return ChangedPage(
        page=number,
        boxes=tuple(_to_points(box, page) for box in answer["boxes"]),
        shown=tuple(tuple(box) for box in answer["boxes"]),
        additions=tuple(
            Addition(facts.field, facts.signer, mark, i in answer["hiding"])
            for i, (facts, mark) in enumerate(marks)
        ),
        **{
            name: base64.b64decode(answer[name]) if answer.get(name) else None
            for name in ("before", "after", "marked")
        },
    )


def _to_points(box: Box, page: PageBox) -> Box:
    """From parts of the shown page to its default user space."""
    width, height = page.shown
    ax, ay = page.to_user(box[0] * width, (1 - box[1]) * height)
    bx, by = page.to_user(box[2] * width, (1 - box[3]) * height)
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)
