"""Codes of dossiers and procedures: checked, taken apart, never rewritten."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from desk_app.errors import UsageError

_ORG = r"(?:\d{3}\.\d{2}\.\d{2}\.)?[A-Z]\d{2}(?:\.\d{1,3})*"
_ORG_ID = re.compile(_ORG, re.ASCII)
_DOSSIER = re.compile(rf"({_ORG})-(\d{{6}})-(\d{{4,6}})", re.ASCII)
_PROCEDURE = re.compile(r"\d\.\d{6}(?:\.\d{3}\.\d{2}\.\d{2}\.[A-Z]\d{2}(?:\.\d{2})?)?", re.ASCII)
_FILE = re.compile(rf"({_ORG})\.((?:19|20)\d{{2}})\.(\d{{1,7}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class DossierCode:
    """A dossier code (mã hồ sơ) taken apart; str() gives back the code as it was."""

    org: str
    """Electronic id of the office, with or without leading zero groups, e.g. 000.17.22.H56."""
    day: str
    """YYMMDD as printed."""
    sequence: str
    """Running number of the day, zeros kept."""

    def __str__(self) -> str:
        return f"{self.org}-{self.day}-{self.sequence}"

    @property
    def received_on(self) -> date | None:
        """Day of reception, None when the six digits are no date (some offices differ)."""
        try:
            return date(2000 + int(self.day[:2]), int(self.day[2:4]), int(self.day[4:]))
        except ValueError:
            return None


def is_dossier_code(code: str) -> bool:
    """Tell whether a text has the form of a dossier code."""
    return _DOSSIER.fullmatch(code) is not None


def is_procedure_code(code: str) -> bool:
    """Tell whether a text has the form of a procedure code (mã TTHC)."""
    return _PROCEDURE.fullmatch(code) is not None


def parse_dossier_code(code: str) -> DossierCode:
    """Take a dossier code apart.

    Raises:
        UsageError: it does not have the form ORG-YYMMDD-NNNN.
    """
    match = _DOSSIER.fullmatch(code)
    if match is None:
        raise UsageError(
            f"{code[:60]!r} is not a dossier code such as H56.17-260105-0001",
            detail_vi=f"{code[:60]!r} không phải mã hồ sơ như H56.17-260105-0001",
        )
    return DossierCode(*match.groups())


def check_dossier_code(code: str) -> str:
    """Return the code unchanged.

    Raises:
        UsageError: it does not have the form of a dossier code.
    """
    return str(parse_dossier_code(code))


def check_procedure_code(code: str) -> str:
    """Return the code unchanged.

    Raises:
        UsageError: it does not have the form of a procedure code.
    """
    if not is_procedure_code(code):
        raise UsageError(
            f"{code[:60]!r} is not a procedure code such as 1.001193",
            detail_vi=f"{code[:60]!r} không phải mã thủ tục như 1.001193",
        )
    return code


def next_code(org: str, day: date, sequence: int) -> str:
    """Make the code of the next dossier of an office.

    Args:
        org: Electronic id of the office, kept as given.
        day: Day of reception.
        sequence: Number within the day, 1 to 999999.

    Raises:
        UsageError: the office id or the number cannot stand in a code.
    """
    if _ORG_ID.fullmatch(org) is None:
        raise _no_office_id(org)
    if not 1 <= sequence <= 999_999:
        raise UsageError(
            f"a day's running number lies between 1 and 999999, not {sequence}",
            detail_vi=f"số thứ tự trong ngày phải từ 1 đến 999999, không phải {sequence}",
        )
    return f"{org}-{day:%y%m%d}-{sequence:04d}"


def org_levels(org: str) -> tuple[str, ...]:
    """Take an office id apart, the highest level first, whichever way it is written.

    The older form names levels 4, 3, 2 before level 1 and fills up with zeros (QCVN 102:2016); the
    newer one begins with level 1. Both name the same office.

    >>> org_levels("000.17.22.H56"), org_levels("H56.22.17")
    (('H56', '22', '17'), ('H56', '22', '17'))

    Raises:
        UsageError: it is no office id.
    """
    if _ORG_ID.fullmatch(org) is None:
        raise _no_office_id(org)
    groups = org.split(".")
    top = next(place for place, group in enumerate(groups) if group[0].isalpha())
    lower = [group for group in reversed(groups[:top]) if group.strip("0")]
    return (groups[top], *lower, *groups[top + 1 :])


def _no_office_id(org: str) -> UsageError:
    return UsageError(
        f"{org[:60]!r} is not an office id such as H56.17 or 000.17.22.H56",
        detail_vi=f"{org[:60]!r} không phải mã định danh cơ quan như H56.17 hoặc 000.17.22.H56",
    )


def short_org(org: str) -> str:
    """Return an office id in the newer form, for grouping and comparing; codes are kept as given.

    >>> short_org("000.00.00.H41")
    'H41'
    """
    return ".".join(org_levels(org))


@dataclass(frozen=True, slots=True)
class FileCode:
    """An archive's dossier code (fileCode, TT 05/2025/TT-BNV): office, year, number."""

    org: str
    year: int
    number: str

    def __str__(self) -> str:
        return f"{self.org}.{self.year}.{self.number}"


def parse_file_code(code: str) -> FileCode:
    """Take an archive's dossier code apart, e.g. H49.64.33.2001.160.

    Raises:
        UsageError: it does not have the form OFFICE.YEAR.NUMBER.
    """
    match = _FILE.fullmatch(code)
    if match is None:
        raise UsageError(
            f"{code[:60]!r} is not an archive code such as H49.64.33.2001.160",
            detail_vi=f"{code[:60]!r} không phải mã hồ sơ lưu trữ như H49.64.33.2001.160",
        )
    org, year, number = match.groups()
    return FileCode(org, int(year), number)
