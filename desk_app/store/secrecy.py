"""Access modes of dossiers and papers, and the marks that wait for the clerk's word.

    01 open    02 restricted (có điều kiện)    03 secret (mật)      TT 05/2025/TT-BNV, field `mode`

State secrets never go onto a network (records.md §5): what is marked 03 is not sent, registered,
handed over or packed. A page that seems to carry a mark of secrecy blocks in the same way until
somebody says whether it does. A mark outlives the paper that it was put on: where the pages were
sorted anew and the paper is gone, the whole dossier counts as secret until somebody looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from desk_app.errors import DeskError, NotAllowed, NotFound
from desk_app.store.database import Change, Store

if TYPE_CHECKING:
    from desk_app.store.sql import sqlite3

OPEN, RESTRICTED, SECRET = "01", "02", "03"
MODES = {OPEN: ("công khai", "open"), RESTRICTED: ("có điều kiện", "restricted"),
         SECRET: ("mật", "secret")}  # fmt: skip
FINDING = "SECRET_MARK"
"""Code of the finding by which recognition suggests that a page is secret."""
WHOLE = ""
"""In the place of a paper's id: the dossier."""


class SecretPaper(NotAllowed):
    """A dossier or paper is marked secret."""

    code = "SECRET"
    vi_text = "{what_vi} được đánh dấu mật nên không được gửi, đăng ký, bàn giao hay đóng gói."
    en_text = "{what_en} is marked secret: it is not sent, registered, handed over or packed."
    next_vi_text = (
        "Xử lý theo quy định bảo vệ bí mật nhà nước, không đưa lên mạng. Nếu đánh dấu nhầm: "
        "./desk secret HỒ_SƠ --mode 01."
    )
    next_en_text = (
        "Treat it by the rules for state secrets, off any network. If it was marked by mistake: "
        "./desk secret DOSSIER --mode 01."
    )


class MaybeSecret(NotAllowed):
    """A page seems to carry a mark of secrecy, and nobody has said whether it does."""

    code = FINDING
    vi_text = "Hồ sơ có trang giống như mang dấu độ mật và chưa ai trả lời, nên chưa được gửi."
    en_text = "A page seems to carry a mark of secrecy and nobody has answered: nothing is sent."
    next_vi_text = (
        "Xem trang đó tại quầy. Nếu không mật: bấm Enter tại cảnh báo (hoặc ./desk secret HỒ_SƠ "
        "--not-secret); nếu mật: ./desk secret HỒ_SƠ --mode 03."
    )
    next_en_text = (
        "Look at that page at the counter. If it is not secret, press Enter at the warning (or "
        "./desk secret DOSSIER --not-secret); if it is, ./desk secret DOSSIER --mode 03."
    )


CODES = (SecretPaper.code, MaybeSecret.code)


@dataclass(frozen=True, slots=True)
class Secrecy:
    """What was said of a dossier."""

    dossier: str | None
    """Mode of the dossier as a whole; None where nobody said."""
    documents: Mapping[str, str] = field(default_factory=dict)
    """Modes of papers by id, of papers that are gone too."""
    unanswered: int = 0
    """Pages that seem to carry a mark."""

    @property
    def highest(self) -> str | None:
        """The strictest mode of the dossier and its papers."""
        said = [*filter(None, [self.dossier]), *self.documents.values()]
        return max(said, default=None)


def of(store: Store, dossier_id: str) -> Secrecy:
    """What was said of a dossier and its papers."""
    rows = store.rows("SELECT document_id, mode FROM secrecy WHERE dossier_id = ?", dossier_id)
    said = {row["document_id"]: row["mode"] for row in rows}
    whole = said.pop(WHOLE, None)
    return Secrecy(whole, said, _unanswered(store.conn, dossier_id))


def say_in(change: Change, dossier_id: str, mode: str, document_id: str = WHOLE) -> None:
    """Set the mode of a dossier, or of one of its papers.

    Raises:
        NotFound: the dossier has no such paper.
        NotAllowed: there is no such mode.
    """
    if mode not in MODES:
        told = f"{mode!r} ({', '.join(MODES)})"
        raise NotAllowed(f"mode {told}", detail_vi=f"chế độ {told}")
    known = change.conn.execute(
        "SELECT 1 FROM document WHERE id = ?1 AND dossier_id = ?2 UNION ALL "
        "SELECT 1 FROM secrecy WHERE document_id = ?1 AND dossier_id = ?2",
        (document_id, dossier_id),
    ).fetchone()
    if document_id != WHOLE and known is None:
        raise NotFound(f"paper {document_id}", detail_vi=f"giấy tờ {document_id}")
    change.conn.execute(
        "INSERT INTO secrecy VALUES(?,?,?,?,?) ON CONFLICT(dossier_id, document_id) "
        "DO UPDATE SET mode = excluded.mode, actor = excluded.actor, at = excluded.at",
        (dossier_id, document_id, mode, change.store.actor, change.now),
    )
    change.audit("dossier.mode", dossier_id, mode=mode, document=document_id or None)


def answer_in(change: Change, dossier_id: str, reason: str, page_id: str | None = None) -> int:
    """Somebody looked: what recognition took for marks of secrecy is settled; how many pages.

    Without a page, all of the dossier.
    """
    done = change.conn.execute(
        "UPDATE finding SET accepted = ?1 WHERE dossier_id = ?2 AND code = ?3 "
        "AND accepted IS NULL AND (?4 IS NULL OR page_id = ?4)",
        (reason, dossier_id, FINDING, page_id),
    )
    if done.rowcount:
        change.audit("finding.accept", dossier_id, code=FINDING, pages=done.rowcount)
    return int(done.rowcount)


def obstacle(
    conn: sqlite3.Connection, dossier_id: str, document_id: str | None = None
) -> DeskError | None:
    """What keeps a paper, or without one the whole dossier, from leaving this desk."""
    rows = conn.execute(
        "SELECT s.document_id, m.title FROM secrecy s LEFT JOIN document m ON m.id = s.document_id "
        "AND m.dossier_id = s.dossier_id WHERE s.dossier_id = ? AND s.mode = ?",
        (dossier_id, SECRET),
    ).fetchall()
    for row in rows:
        is_whole = row["document_id"] == WHOLE or row["title"] is None
        if is_whole or document_id in (None, row["document_id"]):
            return _secret(None if is_whole else row["title"])
    return MaybeSecret() if _unanswered(conn, dossier_id) else None


def require_open(store: Store, dossier_id: str, document_id: str | None = None) -> None:
    """Refuse in words what must not happen to a secret paper.

    Raises:
        SecretPaper: it, or its dossier, is marked secret.
        MaybeSecret: a page seems to carry a mark and nobody has answered.
    """
    if (fault := obstacle(store.conn, dossier_id, document_id)) is not None:
        raise fault


def _secret(title: str | None) -> SecretPaper:
    if title is None:
        return SecretPaper(what_vi="Hồ sơ", what_en="The dossier")
    return SecretPaper(what_vi=f"Giấy tờ “{title}”", what_en=f"The paper “{title}”")


def _unanswered(conn: sqlite3.Connection, dossier_id: str) -> int:
    row = conn.execute(
        "SELECT count(*) FROM finding WHERE dossier_id = ? AND code = ? AND accepted IS NULL",
        (dossier_id, FINDING),
    ).fetchone()
    return int(row[0])
