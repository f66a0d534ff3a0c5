"""Whether a value can be true: structure of citizen numbers, dates, names that should agree."""

from __future__ import annotations

import re
from collections.abc import Mapping

from desk_app.recognition.vietnamese import fold, normalise_tone
from desk_app.records import Text

_CENTURIES = {"0": 1900, "1": 1900, "2": 2000, "3": 2000, "4": 2100, "5": 2100}
"""Fourth digit of a citizen number: century of birth; odd for women (NĐ 137/2015, art. 13)."""
_FIRST_COUNTRY = 101
"""Place codes from here on are countries, for births registered abroad."""


def citizen_number_problem(
    number: str,
    provinces: Mapping[str, str],
    born: str | None = None,
    sex: str | None = None,
) -> Text | None:
    """Say what is wrong with a citizen number, as far as its twelve digits tell.

    Args:
        number: As read.
        provinces: Known place codes (first three digits).
        born: Date or year of birth, ISO 8601, when another reading gives it.
        sex: "Nam" or "Nữ", when another reading gives it.

    Returns:
        The fault, or None. An old nine-digit number has no structure to check.
    """
    if re.fullmatch(r"[0-9]{9}", number):
        return None
    if not re.fullmatch(r"[0-9]{12}", number):
        return Text("Số định danh không đủ 12 chữ số", "The citizen number does not have 12 digits")
    if number[:3] not in provinces and int(number[:3]) < _FIRST_COUNTRY:
        return Text("Mã nơi đăng ký khai sinh không có thật", "Unknown place code in the number")
    century = _CENTURIES.get(number[3])
    if century is None:
        return Text("Chữ số thế kỷ không hợp lệ", "The century digit cannot be right")
    if born and int(born[:4]) != century + int(number[4:6]):
        return Text("Số định danh không khớp năm sinh", "The number disagrees with the birth year")
    if sex and (fold(sex) == "nu") != (int(number[3]) % 2 == 1):
        return Text("Số định danh không khớp giới tính", "The number disagrees with the sex")
    return None


def birth_date_problem(born: str, issued: str | None) -> Text | None:
    """Say when a paper would be older than the person it speaks of, both dates ISO 8601."""
    iso = r"\d{4}-\d\d-\d\d"
    if not issued or not re.fullmatch(iso, born) or not re.fullmatch(iso, issued):
        return None
    if born > issued:
        return Text("Ngày sinh sau ngày lập giấy", "The birth is later than the paper's own date")
    return None


def masked(value: str, other: str = "") -> str:
    """Hide the digits of a number except the last four and those that differ from another.

    >>> masked("022196999001", "022196999007")
    '••••••••9001'
    """
    shown = [
        place >= len(value) - 4
        or not char.isdigit()
        or (len(other) == len(value) and other[place] != char)
        for place, char in enumerate(value)
    ]
    return "".join(char if show else "•" for char, show in zip(value, shown, strict=True))


def names_differ(one: str, other: str) -> str:
    """Compare two names: "" when they agree, "marks" when only diacritics differ, "letters" else.

    A name without any mark (machine-readable zone) is compared by its letters alone.
    """
    left, right = (" ".join(normalise_tone(name).casefold().split()) for name in (one, other))
    if left == right:
        return ""
    if fold(left) != fold(right):
        return "letters"
    return "" if left.isascii() or right.isascii() else "marks"
