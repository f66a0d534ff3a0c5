"""The certificates of a signature as sections of names and values, for people to read and copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desk_app.gui.i18n import show_time
from desk_app.gui.models.verification import Signature

if TYPE_CHECKING:
    from desk_app.inspection import Answer, Certificate, Papers

_N = QT_TRANSLATE_NOOP
_USES = {
    "digital_signature": _N("Certificate", "digital signature"),
    "non_repudiation": _N("Certificate", "non-repudiation"),
    "key_encipherment": _N("Certificate", "key encipherment"),
    "data_encipherment": _N("Certificate", "data encipherment"),
    "key_agreement": _N("Certificate", "key agreement"),
    "key_cert_sign": _N("Certificate", "issuing certificates"),
    "crl_sign": _N("Certificate", "signing revocation lists"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its rows."""

    title: str
    rows: tuple[tuple[str, str], ...]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Certificate", text)


def sections_of(papers: Papers, signature: Signature, now: datetime) -> list[Section]:
    """Everything about one signature's certificates, the signer's first."""
    signer = _rows(papers.chain[0], now)
    if signature.office:
        signer.insert(1, (_tr(_N("Certificate", "Level")), signature.office))
    found = [Section(_tr(_N("Certificate", "Signer")), tuple(signer))]
    title = _tr(_N("Certificate", "Timestamp authority"))
    if papers.authority:
        found.append(Section(title, tuple(_rows(papers.authority[0], now))))
    else:
        none = _tr(_N("Certificate", "This signature has no timestamp inside."))
        found.append(Section(title, ((none, ""),)))
    found.append(Section(_tr(_N("Certificate", "Chain")), tuple(_chain(papers.chain, now))))
    if papers.answers:
        title = _tr(_N("Certificate", "Revocation data kept in the file"))
        found.append(Section(title, tuple(_answer(each, now) for each in papers.answers)))
    return found


def _rows(certificate: Certificate, now: datetime) -> list[tuple[str, str]]:
    uses = ", ".join(_tr(_USES[use]) if use in _USES else use for use in certificate.usage)
    return [
        (_tr(_N("Certificate", "Subject")), certificate.subject),
        (_tr(_N("Certificate", "Issuer")), certificate.issuer),
        (_tr(_N("Certificate", "Serial number")), certificate.serial),
        (_tr(_N("Certificate", "SHA-256 fingerprint")), _grouped(certificate.sha256)),
        (_tr(_N("Certificate", "Valid")), _validity(certificate, now)),
        (_tr(_N("Certificate", "Use")), uses or _tr(_N("Certificate", "not restricted"))),
        (_tr(_N("Certificate", "Key")), certificate.key),
    ]


def _validity(certificate: Certificate, now: datetime) -> str:
    span = f"{_day(certificate.not_before)} – {_day(certificate.not_after)}"
    days = (certificate.not_after - now).days
    if days < 0:
        ended = _tr(_N("Certificate", "has ended"))
        return f"{span} ({ended})"
    left = _tr(_N("Certificate", "{days} days left")).format(days=days)
    return f"{span} ({left})"


def _day(moment: datetime) -> str:
    return moment.astimezone().strftime("%d/%m/%Y")


def _grouped(sha256: str) -> str:
    """In groups of four: two people compare it by reading aloud."""
    return " ".join(sha256[i : i + 4] for i in range(0, len(sha256), 4))


def _chain(chain: tuple[Certificate, ...], now: datetime) -> list[tuple[str, str]]:
    rows = [(f"{n}. {each.name}", _validity(each, now)) for n, each in enumerate(chain, 1)]
    last = chain[-1]
    if last.is_anchor:
        ending = _tr(_N("Certificate", "Its root is installed at this station."))
    elif last.subject == last.issuer:
        ending = _tr(_N("Certificate", "Its root is not installed at this station."))
    else:
        ending = _tr(_N("Certificate", "The certificate of its issuer is not at hand."))
    return [*rows, ("", ending)]


def _answer(answer: Answer, now: datetime) -> tuple[str, str]:
    hours = max(0, int((now - answer.made_at).total_seconds() // 3600))
    age = (
        _tr(_N("Certificate", "{hours} hours old")).format(hours=hours)
        if hours < 48
        else _tr(_N("Certificate", "{days} days old")).format(days=hours // 24)
    )
    return f"{answer.kind} · {answer.issuer}", f"{show_time(answer.made_at.isoformat())} ({age})"


def as_text(sections: list[Section]) -> str:
    """The same as plain lines, for the clipboard."""
    lines = []
    for section in sections:
        lines.append(section.title)
        lines += ["  " + ": ".join(part for part in row if part) for row in section.rows]
    return "\n".join(lines)
