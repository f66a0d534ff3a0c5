"""Which signers' certificates end soon, in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

STEPS_DAYS = (30, 60, 90)
_N = QT_TRANSLATE_NOOP


def _tr(text: str) -> str:
    return QCoreApplication.translate("Expiry", text)


def counts(ends: Iterable[datetime], now: datetime) -> tuple[int, tuple[int, ...]]:
    """How many certificates have ended, and how many end within 30, 60 and 90 days from now."""
    days = [(end - now).total_seconds() / 86_400 for end in ends]
    return sum(d < 0 for d in days), tuple(sum(0 <= d <= step for d in days) for step in STEPS_DAYS)


def words(ends: Iterable[datetime], now: datetime) -> str:
    """One line; empty where no certificate is known."""
    known = list(ends)
    if not known:
        return ""
    ended, soon = counts(known, now)
    found = []
    if ended:
        text = _tr(_N("Expiry", "Certificates that have ended: {count}."))
        found.append(text.format(count=ended))
    if soon[-1]:
        text = _tr(_N("Expiry", "Certificates that end: {a} in 30 days · {b} in 60 · {c} in 90."))
        found.append(text.format(a=soon[0], b=soon[1], c=soon[2]))
    if not found:
        return _tr(_N("Expiry", "No signer's certificate ends within 90 days."))
    return " ".join(found)
