"""Words, symbols and tones for what the store holds: one place, so that no screen differs.

A state always has a word and a symbol beside its colour. What is not known is `unknown`, never ok.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QObject

from desk_app.gui.i18n import pick
from desk_app.gui.models.batch import Tile
from desk_app.gui.models.snapshot import PageView, Paper

_N = QT_TRANSLATE_NOOP


def _tr(text: str) -> str:
    return QCoreApplication.translate("Labels", text)


@dataclass(frozen=True, slots=True)
class State:
    """How something stands: tone and symbol of the theme, and the word for it."""

    tone: str
    icon: str
    word: str


DOSSIER_STATES: dict[str, tuple[str, str]] = {
    "received": ("muted", _N("Labels", "Received")),
    "scanning": ("accent", _N("Labels", "Scanning")),
    "recognising": ("accent", _N("Labels", "Reading")),
    "to_check": ("warn", _N("Labels", "To check")),
    "checked": ("accent", _N("Labels", "Checked")),
    "to_sign": ("accent", _N("Labels", "Waiting for signature")),
    "signed": ("accent", _N("Labels", "Signed")),
    "to_upload": ("accent", _N("Labels", "Waiting to be sent")),
    "uploading": ("accent", _N("Labels", "Being sent")),
    "stored": ("ok", _N("Labels", "Stored")),
    "done": ("ok", _N("Labels", "Finished")),
    "suspended": ("warn", _N("Labels", "Suspended")),
    "failed": ("bad", _N("Labels", "Failed")),
    "cancelled": ("muted", _N("Labels", "Cancelled")),
}

PAGE_PROBLEMS: dict[str, str] = {
    "blurred": _N("Labels", "blurred"),
    "low_contrast": _N("Labels", "low contrast"),
    "cut_corner": _N("Labels", "corner cut off"),
    "skewed": _N("Labels", "skewed"),
    "clipped": _N("Labels", "print cut at an edge"),
    "unreadable": _N("Labels", "cannot be read"),
    "size": _N("Labels", "of an odd size"),
    "blank": _N("Labels", "perhaps blank"),
}

ASIDE_REASONS: dict[str, str] = {
    "blank": _N("Labels", "blank side"),
    "blank_back": _N("Labels", "blank side"),
    "clerk": _N("Labels", "set aside by the clerk"),
    "separator": _N("Labels", "separator sheet"),
    "deleted": _N("Labels", "deleted by the clerk"),
    "replaced": _N("Labels", "scanned again"),
    "surplus": _N("Labels", "came beside a rescan"),
    "taken_back": _N("Labels", "scan taken back"),
    "kept_aside": _N("Labels", "set aside by the clerk"),
}

SOURCES: dict[str, str] = {
    "qr": _N("Labels", "from the QR code"),
    "mrz": _N("Labels", "from the machine-readable zone"),
    "ocr": _N("Labels", "read from the print"),
    "clerk": _N("Labels", "typed by the clerk"),
}

ACCEPT_REASONS: tuple[str, ...] = (
    _N("Labels", "Seen by the clerk, kept as it is"),
    _N("Labels", "The citizen will bring it later"),
    _N("Labels", "Looked up in the national database"),
    _N("Labels", "Not needed in this case"),
)

NOT_SECRET = _N("Labels", "Seen by the clerk: not a mark of secrecy")


def accept_reasons() -> list[str]:
    """Ready reasons for going on in spite of a finding; the first is the default."""
    return [_tr(text) for text in ACCEPT_REASONS]


def not_secret() -> str:
    """Why a dossier goes on whose page seemed to carry a mark of secrecy."""
    return _tr(NOT_SECRET)


def missing_reasons() -> list[str]:
    """The same, for a paper that is not there."""
    return [*accept_reasons()[1:], accept_reasons()[0]]


def dossier_state(state: str) -> State:
    """A dossier's state as the operator reads it."""
    tone, word = DOSSIER_STATES.get(state, ("unknown", state))
    symbol = {"ok": "ok", "bad": "bad", "warn": "warn"}.get(tone, "info")
    return State(tone, symbol, _tr(word))


def source_of(source: str) -> str:
    """Where a value came from."""
    return _tr(SOURCES.get(source, source))


class _Counts(QObject):
    """lupdate finds plurals only in `tr` of a class."""

    def pages(self, number: int) -> str:
        return self.tr("%n page(s)", None, number)


def count_of_pages(number: int) -> str:
    """So many pages, in words."""
    return _Counts().pages(number)


def line_title(key: str, paper: Paper | None) -> str:
    """What a line of the checklist is called."""
    if paper is not None:
        return pick(paper.title.vi, paper.title.en)
    if key == "aside":
        return QCoreApplication.translate("Labels", "Set aside")
    return QCoreApplication.translate("Labels", "Just scanned")


def line_state(key: str, paper: Paper | None, pages: tuple[PageView, ...]) -> State:
    """How a line of the checklist stands."""
    count = count_of_pages(len(pages))
    if paper is None:
        if key == "aside":
            return State("muted", "set_aside", count)
        return State("accent", "reading", count)
    if paper.document is None:
        return _absent(paper)
    worst = {finding.severity for finding in paper.findings}
    if "problem" in worst:
        return State("bad", "bad", _tr(_N("Labels", "needs a correction")))
    if "warning" in worst or any(page.failure for page in pages):
        return State("warn", "warn", _tr(_N("Labels", "please look")))
    if paper.is_result:
        return State("ok", "seal", _tr(_N("Labels", "result of the procedure")))
    if paper.ordinal == 0:
        return State("unknown", "unknown", _tr(_N("Labels", "outside the checklist")))
    return State("ok", "ok", count)


def _absent(paper: Paper) -> State:
    if paper.awaited:
        return State("muted", "missing", _tr(_N("Labels", "not there yet")))
    standing = paper.standing
    if standing is not None and standing.status == "reused":
        return State("ok", "reuse", _tr(_N("Labels", "stored paper reused")))
    if standing is not None and standing.status == "excused":
        return State("warn", "warn", _tr(_N("Labels", "absent with a reason")))
    if standing is not None and standing.offers:
        return State("accent", "reuse", _tr(_N("Labels", "a stored paper fits (U)")))
    if paper.required:
        return State("bad", "missing", _tr(_N("Labels", "missing")))
    return State("muted", "missing", _tr(_N("Labels", "not enclosed (optional)")))


def page_name(page: PageView) -> str:
    """Number, sheet and side of a page."""
    side = _tr(_N("Labels", "front")) if page.side == "front" else _tr(_N("Labels", "back"))
    text = QCoreApplication.translate("Labels", "Page {number} · sheet {sheet}, {side}")
    return text.format(number=page.number, sheet=page.sheet, side=side)


def page_state(page: PageView, findings: list[str] | None = None) -> State:
    """How a page stands."""
    if page.aside:
        reason = _tr(ASIDE_REASONS.get(page.aside_reason, _N("Labels", "set aside by the clerk")))
        return State("muted", "set_aside", reason)
    if page.failure is not None:
        return State("warn", "warn", pick(page.failure.vi, page.failure.en))
    if not page.read:
        return State("accent", "reading", _tr(_N("Labels", "being read")))
    if findings:
        return State("warn", "warn", findings[0])
    return State("ok", "ok", _tr(_N("Labels", "good")))


def page_problem(problem: str) -> str:
    """One thing that is wrong with a page's picture."""
    return _tr(PAGE_PROBLEMS.get(problem, problem))


BATCH_STATES: dict[str, tuple[str, str]] = {
    "open": ("accent", _N("Labels", "Open")),
    "suspended": ("warn", _N("Labels", "Suspended")),
    "closed": ("muted", _N("Labels", "Closed")),
}

BATCH_REASONS: tuple[str, ...] = (
    _N("Labels", "Seen on the paper, kept as it is"),
    _N("Labels", "The paper itself is like this"),
    _N("Labels", "Counted again by hand: the declaration was wrong"),
    _N("Labels", "The sheet is not there; noted in the inventory"),
)


def batch_reasons() -> list[str]:
    """Ready reasons for an exception or a difference of a batch; the first is the default."""
    return [_tr(text) for text in BATCH_REASONS]


def batch_state(state: str) -> State:
    """How a batch stands."""
    tone, word = BATCH_STATES.get(state, ("unknown", state))
    return State(tone, {"warn": "warn"}.get(tone, "info"), _tr(word))


def tile_name(tile: Tile) -> str:
    """Sheet and side of a page of a pile."""
    side = _tr("front") if tile.side == "front" else _tr("back")
    text = QCoreApplication.translate("Labels", "Sheet {sheet}, {side}")
    return text.format(sheet=tile.sheet, side=side)


def tile_state(tile: Tile) -> State:
    """How a page of a pile stands."""
    if tile.is_separator:
        text = QCoreApplication.translate("Labels", "separator: {code}")
        return State("accent", "split", text.format(code=tile.separator or "–"))
    if tile.aside:
        reason = _tr(ASIDE_REASONS.get(tile.why, _N("Labels", "set aside by the clerk")))
        return State("muted", "set_aside", reason)
    if tile.problems:
        return State("warn", "warn", ", ".join(page_problem(p) for p in tile.problems))
    if tile.issue:
        return State("warn", "warn", _tr(_N("Labels", "please look")))
    if not tile.checked:
        return State("accent", "reading", _tr(_N("Labels", "being checked")))
    return State("ok", "ok", _tr(_N("Labels", "good")))


def tile_words(tile: Tile) -> str:
    """A page of a pile in words."""
    parts = [tile_name(tile), tile_state(tile).word]
    if tile.dossier:
        parts.append(tile.dossier)
    return " · ".join(parts)
