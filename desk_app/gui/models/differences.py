"""What later revisions changed, place by place, in the words of the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desk_app.gui.i18n import pick

if TYPE_CHECKING:
    from desk_app.inspection import PageChange, Signed

    Shown = tuple[float, float, float, float]

WHOLE = (0.0, 0.0, 1.0, 1.0)
_N = QT_TRANSLATE_NOOP


@dataclass(frozen=True, slots=True)
class Change:
    """One place on a page that does not look as it did when it was signed."""

    page: int
    box: Shown
    tone: str
    """``bad`` where no later signature explains it, ``accent`` for an addition to know."""
    text: str
    label: str
    """A few words for the box on the page."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Differences", text)


def changes_of(signed: Signed) -> list[Change]:
    """Every place, page by page: what speaks against the file first."""
    found = []
    for page in signed.pages:
        found += [*_unexplained(page), *_marks(page)]
    return found


def _unexplained(page: PageChange) -> list[Change]:
    changed = _tr(_N("Differences", "Changed"))
    if page.boxes == (WHOLE,):
        text = _tr(_N("Differences", "Page {page}: added, removed, turned or cut differently"))
        return [Change(page.page, WHOLE, "bad", text.format(page=page.page + 1), changed)]
    text = _tr(_N("Differences", "Page {page}, {place}: shows something else"))
    return [
        Change(page.page, box, "bad", text.format(page=page.page + 1, place=place_of(box)), changed)
        for box in page.boxes
    ]


def _marks(page: PageChange) -> list[Change]:
    found = []
    for mark in page.marks:
        text = _tr(
            _N("Differences", "Page {page}, {place}: mark of {signer}, hides what was printed")
            if mark.hides
            else _N("Differences", "Page {page}, {place}: mark of the later signature of {signer}")
        )
        words = text.format(page=page.page + 1, place=place_of(mark.box), signer=mark.signer)
        label = _tr(_N("Differences", "Later signature"))
        found.append(Change(page.page, mark.box, "bad" if mark.hides else "accent", words, label))
    return found


_ROWS = (_N("Differences", "top"), _N("Differences", "middle"), _N("Differences", "bottom"))
_COLUMNS = (_N("Differences", "left"), _N("Differences", "centre"), _N("Differences", "right"))


def place_of(box: Shown) -> str:
    """Where on the page a box is, in words."""
    across, down = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    row, column = _third(down), _third(across)
    if row == column == 1:
        return _tr(_N("Differences", "in the middle"))
    return f"{_tr(_ROWS[row])} {_tr(_COLUMNS[column])}"


def _third(share: float) -> int:
    return min(2, max(0, int(share * 3)))


def summary_of(signed: Signed) -> tuple[str, str]:
    """Tone and words of the whole."""
    if not signed.is_intact:
        return "bad", _tr(_N("Differences", "The signed content itself was altered. The file does "
                             "not hold what was signed, so there is nothing to compare with. "
                             "Ask for the original file."))  # fmt: skip
    if signed.is_last:
        return "ok", _tr(_N("Differences", "Nothing was added after this signature."))
    if signed.unexplained:
        words = _tr(_N("Differences", "Places changed that no later signature explains: {count}"))
        return "bad", words.format(count=signed.unexplained)
    if signed.unseen:
        words = _tr(
            _N("Differences", "Pages that could not be compared: {count}. Do not rely on them.")
        )
        return "unknown", words.format(count=signed.unseen)
    if any(mark.hides for page in signed.pages for mark in page.marks):
        return "bad", _tr(_N("Differences", "A later mark hides what was signed."))
    if signed.pages:
        return "ok", _tr(_N("Differences", "The pages show what was signed, and the marks of "
                            "later signatures."))  # fmt: skip
    return "ok", _tr(_N("Differences", "The pages show exactly what was signed."))


def detail_of(signed: Signed) -> str:
    """What the format says was done, and to which form fields."""
    words = pick(signed.words.vi, signed.words.en)
    found = [words[:1].upper() + words[1:] + "."] if words else []
    if signed.fields:
        names = ", ".join(signed.fields)
        found.append(_tr(_N("Differences", "Form fields: {names}.")).format(names=names))
    return " ".join(found)
