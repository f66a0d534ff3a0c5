"""Dates and numbers written out in words, as certificates repeat them below the figures."""

from __future__ import annotations

import re

from desk_app.recognition.vietnamese import fold, iso_date

_UNITS = {
    "khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5,
    "sau": 6, "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
_FILLERS = frozenset(("linh", "le", "mong", "mung", "va"))
_DATE = re.compile(
    r"ngay\s+(?P<day>[a-z ]{2,30}?),?\s+thang\s+(?P<month>[a-z ]{2,20}?),?\s+nam\s+"
    r"(?P<year>(?:mot|hai)\b[a-z ]{6,60})"
)


def number_in_words(text: str) -> int | None:
    """Return what a number below 10,000 in words means; None where a word is no number.

    >>> number_in_words("hai nghìn không trăm hai mươi mốt")
    2021
    """
    total, last = 0, None
    for word in fold(text).replace("-", " ").split():
        if word in _FILLERS:
            continue
        if word in ("nghin", "ngan"):
            total, last = total + 1000 * (1 if last is None else last), None
        elif word == "tram":
            total, last = total + 100 * (1 if last is None else last), None
        elif word == "muoi":
            # "hai mươi" is twenty, "mười" alone is ten; both fold to one word.
            total, last = total + 10 * (1 if last is None else last), None
        elif word in _UNITS and last is None:
            last = _UNITS[word]
        elif word == "gieng" and last is None and total == 0:
            last = 1
        elif word == "chap" and last is None and total == 0:
            last = 12
        else:
            return None
    if last is None and total == 0:
        return None
    return total + (last or 0)


def date_in_words(text: str) -> str | None:
    """Return the first date written out in words, ISO 8601.

    >>> date_in_words("Ngày mùng chín tháng bảy năm hai nghìn không trăm hai mươi mốt")
    '2021-07-09'
    """
    match = _DATE.search(" ".join(re.sub(r"[^a-z ]+", " ", fold(text)).split()))
    if match is None:
        return None
    day, month = number_in_words(match["day"]), number_in_words(match["month"])
    words = match["year"].split()
    for end in range(len(words), 2, -1):
        year = number_in_words(" ".join(words[:end]))
        if year is not None and day and month:
            return iso_date(day, month, year)
    return None
