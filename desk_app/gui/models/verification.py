"""Signed files and what was found out about them, worst first.

Nothing is judged here: the verdicts are those that `desk verify` prints; this gives them words,
symbols and tones. What is not known is `unknown`, never ok.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QT_TRANSLATE_NOOP,
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from desk_app import waiting
from desk_app.gui.i18n import pick, show_time
from desk_app.gui.models.labels import State
from desk_app.store.sql import sqlite3

if TYPE_CHECKING:
    from desk_app.gui.models.search import Place
    from desk_app.store.database import Store

ROLE_FILE = Qt.ItemDataRole.UserRole + 1
LIMIT = 500
ORDER = ("invalid", "undetermined", "unsigned", "noted", "valid")
"""Worst first; `noted` is a valid file with warnings."""
_N = QT_TRANSLATE_NOOP
Index = QModelIndex | QPersistentModelIndex
Json = Mapping[str, Any]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Verdict", text)


STATES: dict[str, tuple[str, str, str]] = {
    "valid": ("ok", "ok", _N("Verdict", "Valid")),
    "noted": ("ok", "ok", _N("Verdict", "Valid, with notes")),
    "undetermined": ("unknown", "unknown", _N("Verdict", "Undetermined")),
    "invalid": ("bad", "bad", _N("Verdict", "Invalid")),
    "unsigned": ("warn", "warn", _N("Verdict", "Not signed")),
}


def state_of(status: str, *, noted: bool = False) -> State:
    """A verdict as tone, symbol and word; a word that is not known is not good news."""
    key = "noted" if status == "valid" and noted else status
    tone, icon, word = STATES.get(key, STATES["undetermined"])
    return State(tone, icon, _tr(word))


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was found out, with its word."""

    title: str
    state: State


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a file."""

    key: str
    signer: str
    agency: str
    issuer: str
    level: str
    time: str
    state: State
    reason: str
    facts: tuple[Fact, ...]
    page: int | None
    shown: tuple[float, float, float, float] | None
    """The mark as parts of its page, 0 to 1 from the upper left."""
    demonstration: bool
    number: int = 1
    """Its place in the verdict's list, from 1."""
    certificate: str = ""
    """Fingerprint of the signer's certificate."""
    office: str = ""
    """At which level of government the signer stands, in words."""


@dataclass(frozen=True, slots=True)
class SignedFile:
    """One signed document."""

    document_id: str
    dossier_id: str
    code: str
    title: str
    type: str | None
    path: Path
    kind: str
    """A member of ORDER."""
    state: State
    reason: str
    next: str
    notes: tuple[str, ...]
    signatures: tuple[Signature, ...]
    pages: int
    approved: str = ""
    """Who approved it and when, in words; empty while nobody did."""
    sendable: bool = True
    """False while its signature is still being brought to the policy's level."""
    waits: str = ""
    """What its dossier waits for, in words."""

    @property
    def is_approvable(self) -> bool:
        """Whether the supervisor's word is still open and may be a yes."""
        return self.kind in ("valid", "noted") and self.sendable and not self.approved

    @property
    def is_problem(self) -> bool:
        """Whether someone should look at it."""
        return self.kind not in ("valid", "noted")


def read_files(store: Store) -> list[SignedFile]:
    """The newest signed documents that are on this computer, worst first."""
    rows = store.rows(
        "SELECT d.*, o.code, (SELECT count(*) FROM page p WHERE p.document_id = d.id) AS pages, "
        "coalesce(h.name, r.actor) AS reviewer, r.at AS reviewed_at, "
        "EXISTS (SELECT 1 FROM upload u "
        "WHERE u.document_id = d.id AND u.key = d.signed_sha256) AS sendable "
        "FROM document d JOIN dossier o ON o.id = d.dossier_id LEFT JOIN review r ON r.seq = ("
        "SELECT max(seq) FROM review WHERE document_id = d.id "
        "AND signed_sha256 = d.signed_sha256 AND decision = 'approve') "
        "LEFT JOIN person h ON h.id = r.actor "
        "WHERE d.signed_sha256 IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM purge g WHERE g.dossier_id = d.dossier_id) "
        "ORDER BY o.state_since DESC, d.ordinal LIMIT ?",
        LIMIT,
    )
    why = {dossier.id: wait for dossier, wait in waiting.all_of(store)}
    files = [_file(store, row, why.get(row["dossier_id"])) for row in rows]
    return sorted(files, key=lambda file: ORDER.index(file.kind))


def _file(store: Store, row: sqlite3.Row, wait: waiting.Wait | None) -> SignedFile:
    verdict: Json = json.loads(row["verdict"]) if row["verdict"] else {}
    status = str(verdict.get("status") or "undetermined")
    notes = tuple(_text(warning) for warning in verdict.get("warnings") or ())
    kind = "noted" if status == "valid" and notes else status
    if not verdict:
        reason = _tr(_N("Verdict", "This file has not been verified yet."))
    else:
        reason = _text(verdict.get("reason"))
    return SignedFile(
        document_id=row["id"], dossier_id=row["dossier_id"], code=row["code"], title=row["title"],
        type=row["type"], path=store.blobs.path(row["signed_sha256"]),
        kind=kind if kind in ORDER else "undetermined",
        state=state_of(status, noted=bool(notes)), reason=reason,
        next=_text(verdict.get("next")), notes=notes,
        signatures=tuple(
            _signature(n, item) for n, item in enumerate(verdict.get("signatures") or ())
        ),
        pages=max(1, row["pages"]), approved=_approved(row), sendable=bool(row["sendable"]),
        waits=in_words(wait) if wait and not row["sendable"] else "",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """A dossier that is not signed at its level yet."""

    dossier_id: str
    code: str
    words: str


def read_waiting(store: Store) -> list[Waiting]:
    """Every dossier that waits for a token, a timestamp or revocation data, oldest first."""
    found = waiting.all_of(store)
    return [Waiting(dossier.id, dossier.code, in_words(wait)) for dossier, wait in found]


def in_words(wait: waiting.Wait) -> str:
    """What a dossier waits for, since when, and when it is tried again."""
    due = datetime.fromtimestamp(wait.next_try).astimezone().isoformat()
    if wait.needs_key:
        text = _tr(_N("Verdict", "{reason} Waiting since {since}. Tried {count} ×."))
        text += f" {pick(wait.next_vi, wait.next_en)}"
    else:
        text = _tr(_N("Verdict", "{reason} Waiting since {since}. Tried {count} ×; the next "
                      "attempt comes by itself at {due}."))  # fmt: skip
    return text.format(reason=pick(wait.vi, wait.en), since=show_time(wait.since),
                       count=wait.attempts, due=show_time(due))  # fmt: skip


def _approved(row: sqlite3.Row) -> str:
    if not row["reviewed_at"]:
        return ""
    text = _tr(_N("Verdict", "Approved {time} · {who}"))
    return text.format(time=show_time(row["reviewed_at"]), who=row["reviewer"])


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return pick(str(value.get("vi") or ""), str(value.get("en") or ""))
    return str(value or "")


def _signature(number: int, item: Json) -> Signature:
    facts: Json = item.get("facts") or {}
    shown = item.get("box_shown")
    names = f"{item.get('signer', '')} {item.get('issuer', '')}".upper()
    status = str(item.get("status") or "undetermined")
    return Signature(
        key=str(item.get("field") or number),
        signer=str(item.get("signer") or _tr(_N("Verdict", "Signer cannot be read"))),
        agency=str(item.get("agency") or ""),
        issuer=str(item.get("issuer") or ""),
        level=str(item.get("level") or ""),
        time=_time(item),
        state=state_of(status, noted=bool(item.get("warnings"))),
        reason=_text(item.get("reason")),
        facts=facts_of(facts),
        page=item.get("page"),
        shown=tuple(shown) if shown else None,
        demonstration="TRÌNH DIỄN" in names or "DEMONSTRATION" in names,
        number=number + 1,
        certificate=str(item.get("certificate_sha256") or ""),
        office=_office(facts.get("signer_level")),
    )


def _office(level: object) -> str:
    """What a certificate that is not trusted says of its holder is a claim and nothing more."""
    if not isinstance(level, Mapping) or level.get("code") == "unknown":
        return ""
    if level.get("proven"):
        return _text(level)
    claimed = _tr(_N("Verdict", "{level} (as the certificate claims)"))
    return claimed.format(level=_text(level))


def _time(item: Json) -> str:
    if not item.get("time"):
        return _tr(_N("Verdict", "time unknown"))
    shown = show_time(str(item["time"]))
    if item.get("time_is_proven"):
        return shown
    claimed = _tr(_N("Verdict", "{time} (by the signer's own clock)"))
    return claimed.format(time=shown)


# --- facts ------------------------------------------------------------------------------------

_YES_NO: dict[str, tuple[str, str, str]] = {
    "intact": (
        _N("Verdict", "Content"), _N("Verdict", "unchanged"), _N("Verdict", "CHANGED"),
    ),
    "valid": (
        _N("Verdict", "Cryptography"), _N("Verdict", "correct"), _N("Verdict", "WRONG"),
    ),
}  # fmt: skip
_STANDINGS: dict[str, tuple[str, str]] = {
    "trusted": ("ok", _N("Verdict", "trusted chain")),
    "no_anchor": ("unknown", _N("Verdict", "issuer not known to this station")),
    "expired": ("warn", _N("Verdict", "certificate expired")),
    "not_yet_valid": ("bad", _N("Verdict", "certificate not valid yet")),
    "revoked": ("bad", _N("Verdict", "certificate revoked")),
    "wrong_usage": ("bad", _N("Verdict", "certificate is not for signing")),
    "broken": ("bad", _N("Verdict", "forged or broken chain")),
}
_REVOCATIONS: dict[str, tuple[str, str]] = {
    "good": ("ok", _N("Verdict", "not revoked")),
    "revoked": ("bad", _N("Verdict", "REVOKED")),
    "unknown": ("unknown", _N("Verdict", "not known")),
    "not_checked": ("unknown", _N("Verdict", "not checked")),
}
_COVERAGES: dict[str, tuple[str, str]] = {
    "file": ("ok", _N("Verdict", "the whole file")),
    "revision": ("ok", _N("Verdict", "the file as it was signed")),
    "partial": ("bad", _N("Verdict", "only a part of the file")),
    "unclear": ("unknown", _N("Verdict", "not clear")),
}
_CHANGES_TONE = {
    "none": "ok", "maintenance": "ok", "signatures": "ok", "form": "bad", "annotations": "bad",
    "forbidden": "bad", "shown": "bad", "description": "bad",
}  # fmt: skip


def facts_of(facts: Json) -> tuple[Fact, ...]:
    """The facts of a signature in the order a supervisor asks for them."""
    found = [_yes_no(facts, name) for name in _YES_NO]
    trusted = facts.get("trusted")
    standing = str(facts.get("standing") or ("trusted" if trusted else ""))
    found.append(_worded(_N("Verdict", "Trust"), standing, _STANDINGS))
    found.append(_revocation(facts))
    found.append(_timestamp(facts.get("timestamp")))
    found.append(_worded(_N("Verdict", "Covers"), str(facts.get("coverage")), _COVERAGES))
    found.append(_modification(facts.get("modification")))
    found.append(_algorithm(facts.get("algorithm")))
    return tuple(found)


def _fact(title: str, tone: str, word: str) -> Fact:
    icon = {"ok": "ok", "bad": "bad", "warn": "warn"}.get(tone, "unknown")
    return Fact(_tr(title), State(tone, icon, word))


def _unknown(title: str) -> Fact:
    return _fact(title, "unknown", _tr(_N("Verdict", "not known")))


def _yes_no(facts: Json, name: str) -> Fact:
    title, yes, no = _YES_NO[name]
    value = facts.get(name)
    if value is None:
        return _unknown(title)
    return _fact(title, "ok" if value else "bad", _tr(yes if value else no))


def _worded(title: str, value: str, words: Mapping[str, tuple[str, str]]) -> Fact:
    if value not in words:
        return _unknown(title)
    tone, word = words[value]
    return _fact(title, tone, _tr(word))


_SOURCES = {
    "embedded": _N("Verdict", "answer kept in the file"),
    "online": _N("Verdict", "the issuer's server was asked"),
}


def _revocation(facts: Json) -> Fact:
    found = _worded(
        _N("Verdict", "Revocation"), str(facts.get("revocation")), _REVOCATIONS
    )  # fmt: skip
    source = _SOURCES.get(str(facts.get("revocation_source")))
    if source is None or found.state.tone == "unknown":
        return found
    state = found.state
    return Fact(found.title, State(state.tone, state.icon, f"{state.word} · {_tr(source)}"))


def _timestamp(stamp: Json | None) -> Fact:
    title = _N("Verdict", "Timestamp")
    if not stamp:
        return _fact(title, "warn", _tr(_N("Verdict", "none")))
    moment = f"{show_time(str(stamp.get('time')))} · {stamp.get('authority') or ''}".rstrip(" ·")
    if stamp.get("intact") is False:
        return _fact(title, "bad", _tr(_N("Verdict", "does not belong to this signature")))
    return _fact(title, "ok" if stamp.get("trusted") else "unknown", moment)


def _modification(change: object) -> Fact:
    title = _N("Verdict", "After signing")
    if not isinstance(change, Mapping) or not _text(change):
        return _unknown(title)
    tone = _CHANGES_TONE.get(str(change.get("code")), "unknown")
    return _fact(title, tone, _text(change))


def _algorithm(algorithm: Json | None) -> Fact:
    title = _N("Verdict", "Algorithm")
    if not algorithm:
        return _unknown(title)
    parts = [str(algorithm.get(name) or "") for name in ("digest", "signature")]
    text = " · ".join(part.upper() for part in parts if part)
    if algorithm.get("key_bits") and str(algorithm["key_bits"]) not in text:
        text = f"{text} {algorithm['key_bits']} bit"
    if algorithm.get("weak"):
        weak = _tr(_N("Verdict", "weak"))
        return _fact(title, "warn", f"{text} ({weak})")
    return _fact(title, "ok", text)


class FilesModel(QAbstractListModel):
    """Signed files, worst first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._every: list[SignedFile] = []
        self._files: list[SignedFile] = []
        self._kind = ""

    def show(self, files: list[SignedFile]) -> None:
        """Show another reading of the store."""
        self._every = files
        if self._kind and not any(file.kind == self._kind for file in files):
            self._kind = ""
        self._show([file for file in files if self._kind in ("", file.kind)])

    def filter(self, kind: str) -> None:
        """Show the files of one state, a member of ORDER; empty for all."""
        self._kind = kind
        self.show(self._every)

    @property
    def kind(self) -> str:
        """The state that is shown alone; empty where all are."""
        return self._kind

    @property
    def every(self) -> list[SignedFile]:
        """All files, also those that the filter hides."""
        return self._every

    def _show(self, files: list[SignedFile]) -> None:
        same = [f.document_id for f in files] == [f.document_id for f in self._files]
        if same:
            self._files = files
            if files:
                self.dataChanged.emit(self.index(0), self.index(len(files) - 1))
            return
        self.beginResetModel()
        self._files = files
        self.endResetModel()

    @property
    def files(self) -> list[SignedFile]:
        """What is shown, worst first."""
        return self._files

    def row_of(self, document_id: str) -> int:
        """Where a document stands, or −1."""
        ids = [file.document_id for file in self._files]
        return ids.index(document_id) if document_id in ids else -1

    def row_for(self, place: Place) -> int:
        """Where the file that a search led to stands, else the first of its dossier, or −1."""
        row = self.row_of(place.document_id or "")
        own = (n for n, file in enumerate(self._files) if file.dossier_id == place.dossier_id)
        return row if row >= 0 else next(own, -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._files)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._files):
            return None
        file = self._files[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return file.title
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"{file.state.word}: {file.title}, {file.code}"
        return file if role == ROLE_FILE else None
