"""The two languages of the window: English in the source, Vietnamese in resources/i18n."""

from __future__ import annotations

import re
from datetime import date, datetime

from PySide6.QtCore import QCollator, QCoreApplication, QLocale, QTranslator

from desk_app.paths import RESOURCES

FOLDER = RESOURCES / "i18n"
LANGUAGES = ("vi", "en")
FILES = {"vi": ("qtbase_vi", "desk_vi"), "en": ("desk_en",)}
"""Compiled translations by language; English needs its plurals only."""
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SHOWN_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")

_language = "en"
_installed: list[QTranslator] = []


def install(app: QCoreApplication, language: str) -> None:
    """Speak this language from now on; windows already built keep theirs."""
    global _language
    for translator in _installed:
        app.removeTranslator(translator)
    _installed.clear()
    _language = language if language in LANGUAGES else "vi"
    for name in FILES[_language]:
        translator = QTranslator(app)
        if translator.load(str(FOLDER / f"{name}.qm")):
            app.installTranslator(translator)
            _installed.append(translator)
    QLocale.setDefault(QLocale("vi_VN" if _language == "vi" else "en_GB"))


def language() -> str:
    """Vi or en."""
    return _language


def pick(vi: str, en: str) -> str:
    """The sentence in the language of the window; records carry both."""
    return vi if _language == "vi" else en


def collator() -> QCollator:
    """Sorts Vietnamese names as a Vietnamese reader expects (Đ after D, Ơ after O)."""
    result = QCollator(QLocale("vi_VN"))
    result.setNumericMode(True)
    return result


def show_date(iso: str) -> str:
    """Day, month, year; anything that is no ISO date stays as it is."""
    if not _ISO_DATE.fullmatch(iso):
        return iso
    return f"{iso[8:10]}/{iso[5:7]}/{iso[:4]}"


def read_date(shown: str) -> str:
    """The ISO date a person typed as dd/mm/yyyy; other text unchanged."""
    match = _SHOWN_DATE.fullmatch(shown.strip())
    if match is None:
        return shown.strip()
    day, month, year = (int(part) for part in match.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return shown.strip()


def show_time(iso: str) -> str:
    """Day, month, year and minute, in the station's time."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return moment.astimezone().strftime("%d/%m/%Y %H:%M")


def show_share(share: float) -> str:
    """A share as whole percent."""
    return f"{round(share * 100)} %"


def show_bytes(size: int) -> str:
    """A file size with one decimal, comma in Vietnamese."""
    value, unit = float(size), "B"
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    text = f"{value:.0f}" if unit == "B" else f"{value:.1f}"
    return f"{text.replace('.', ',') if _language == 'vi' else text} {unit}"
