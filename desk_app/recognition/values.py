"""Values out of recognised text: names, dates, numbers. What does not look right is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from desk_app.recognition import offices
from desk_app.recognition.doctypes import Kind
from desk_app.recognition.spoken import date_in_words
from desk_app.recognition.vietnamese import fold, is_syllable, iso_date
from desk_app.records import Text


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it goes into the record."""

    text: str
    read: str
    """The part of the printed text that it was taken from."""
    certainty: float = 1.0
    """Factor for what the form of the value tells about the reading."""
    problem: Text | None = None


def parse(kind: Kind, text: str) -> Value | None:
    """Take a value of this kind out of the text behind its label; None when there is none."""
    text = text.strip()
    return _PARSERS[kind](text) if text else None


_DATE = re.compile(
    r"(?<!\d)(\d{1,2})\s?[/.\-]\s?(\d{1,2})\s?[/.\-]\s?(\d{4})(?!\d)"
    r"|(?:^|ngay|sinh|nga)[\s.:…_]{0,4}(\d{1,2})[\s.,…_]{1,4}thang[\s.:…_]{0,4}(\d{1,2})"
    r"[\s.,…_]{1,4}nam[\s.:…_]{0,4}(\d{4})(?!\d)"
)
"""Marks other than those of dotted lines beside a figure are a pen's: such a date is not read."""
_TITLES = re.compile(r"^(?:(?:ông|bà|anh|chị|cháu|bé|ong|ba)\b[\s/():.]*)+", re.IGNORECASE)

_NO_NAME = frozenset(("người", "bên", "nơi", "số", "giấy", "ngày", "họ", "cơ", "ký", "chữ", "ghi"))
"""A heading behind a label is no name."""


def _date(text: str) -> Value | None:
    folded = fold(text)
    match = _DATE.search(folded)
    if match is None:
        spoken = date_in_words(text)
        return Value(spoken, text, 0.9) if spoken else None
    day, month, year = (int(part) for part in match.groups() if part)
    iso = iso_date(day, month, year)
    if iso is not None:
        return Value(iso, match.group())
    problem = Text("Ngày này không có thật", "There is no such day")
    return Value(f"{day:02d}/{month:02d}/{year}", match.group(), 0.4, problem)


def _year(text: str) -> Value | None:
    date = _date(text)
    if date is not None and date.problem is None:
        return Value(date.text[:4], date.read)
    match = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)
    return Value(match.group(), match.group()) if match else None


def _sex(text: str) -> Value | None:
    match = re.match(r"\W*(nam|nu)\b", fold(text))
    return Value("Nam" if match.group(1) == "nam" else "Nữ", match.group(1)) if match else None


def _name(text: str) -> Value | None:
    """A name: two to seven capitalised words; it ends at a comma, a digit or a small letter."""
    text = _without_titles(text)
    words: list[str] = []
    tokens = _without_initial(text.split())
    for number, token in enumerate(tokens):
        word = token.strip(".,;:()[]{}|*'\"“”‘’`_-–—…")
        if not word.replace("-", "").replace("'", "").isalpha() or not word[0].isupper():
            if word.islower() and ":" in " ".join(tokens[number : number + 3]):
                words = words[:-1]  # the capital before it begins the next label: "Năm sinh:"
            break
        if words and len(words[0]) > 1 and words[0].isupper() and not word.isupper():
            # A name in capitals stays in capitals: what follows is another word or debris.
            break
        words.append(word)
        if token[-1] in ",;:(.":
            break
    name = " ".join(words)
    if not 2 <= len(words) <= 7 or words[0].lower() in _NO_NAME or offices.is_agency(name):
        return None
    return Value(name, name, _name_certainty(words))


def _without_initial(tokens: list[str]) -> list[str]:
    """Drop a lone capital, a scrap of stamp or signature, before a family name."""
    scrap = len(tokens) > 2 and len(tokens[0]) == 1 and not offices.is_family_name(tokens[0])
    return tokens[1:] if scrap and offices.is_family_name(tokens[1]) else tokens


def _without_titles(text: str) -> str:
    """Drop Ông, Bà and a position or rank before a name: "Phó Chủ tịch Đặng Hữu Khoẻ"."""
    text = _TITLES.sub("", text.lstrip("( '\"`.,*"))
    words = text.split()
    count = offices.opening_position(text)
    # A line that is nothing but a position leaves no name.
    return " ".join(words[count:]) if 0 < count <= len(words) else text


def _name_certainty(words: list[str]) -> float:
    """Syllables that no Vietnamese writes, and family names that nobody bears, were misread."""
    strange = sum(not is_syllable(word) for word in words)
    known = offices.is_family_name(words[0])
    return 0.9**strange * (1.0 if known else 0.75)


def _citizen_number(text: str) -> Value | None:
    """Twelve digits, perhaps in groups; nine digits of the old card only where it is named."""
    match = re.search(r"(?<!\d)\d(?:[ .]?\d){11}(?!\d)", text)
    if match is not None:
        return Value(re.sub(r"\D", "", match.group()), match.group())
    old = re.search(r"(?<!\d)\d(?:[ .]?\d){8}(?!\d)", text)
    if old is not None and re.search(r"cmnd|chung minh", fold(text)):
        return Value(re.sub(r"\D", "", old.group()), old.group())
    return None


def _number(text: str) -> Value | None:
    """A number of any length, with the signs that belong to it: 37/2023, 01-2022/GCS."""
    match = re.match(r"\d+(?:\s?[/-]\s?[\w.Đ]+|\.\d+)*", text)
    if match is None:
        return None
    value = re.sub("[ĐÐ]*Ð[ĐÐ]*", "Đ", re.sub(r"\s", "", match.group()))
    # A long run of capitals has lost its hyphen; the letter Ð is an engine's, not ours.
    is_whole = "Ð" not in match.group() and re.search(r"[A-ZĐ]{6}", value) is None
    return Value(value, match.group(), 1.0 if is_whole else 0.7)


def _code(text: str) -> Value | None:
    """A serial or register number of letters and figures, as long as its parts hang together."""
    match = re.match(r"[A-ZĐ]{0,4}[ .-]?\d[\w./-]*(?:\s\d{3,}[\w./-]*)*", text)
    if match is None or sum(map(str.isdigit, match.group())) < 2:
        return None
    return Value(match.group().strip(" .,;"), match.group())


def _enterprise_code(text: str) -> Value | None:
    """Ten digits, thirteen for a branch; the tenth is a check digit (Circular 105/2020/TT-BTC)."""
    match = re.search(r"(?<!\d)\d(?:[ .]?\d){9}(?:\s?-\s?\d{3})?(?!\d)", text)
    if match is None:
        return None
    value = re.sub(r"[ .]", "", match.group())
    digits = [int(char) for char in value[:10]]
    weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
    check = 10 - sum(w * d for w, d in zip(weights, digits, strict=False)) % 11
    if check == digits[9]:
        return Value(value, match.group())
    problem = Text("Chữ số kiểm tra của mã số không khớp", "The code's check digit does not agree")
    return Value(value, match.group(), 0.5, problem)


def _dossier_code(text: str) -> Value | None:
    match = re.search(
        r"(?:\d{3}\.\d{2}\.\d{2}\.)?[A-Z]\d{2}(?:\.\d{1,3})*-\d{6}-\d{4,6}(?!\d)",
        re.sub(r"\s?([.\-–])\s?", lambda m: m.group(1).replace("–", "-"), text),
    )
    return Value(match.group(), match.group()) if match else None


def _quantity(text: str) -> Value | None:
    unit = r"(?:kg|gam|gram|g|m2|m²|m\?|ha|đồng|VNĐ|người)"
    match = re.match(rf"\d[\d.,]*(?:\s*{unit}(?!\w)|(?<=\d)(?!\w))", text, re.IGNORECASE)
    return Value(match.group().strip(), match.group()) if match else None


def _text(text: str) -> Value | None:
    if sum(char.isalnum() for char in text) < 2:
        return None
    return Value(text, text, _text_certainty(text))


def _text_certainty(text: str) -> float:
    """Words torn apart ("Quảng N gãi") and syllables that nobody writes were misread."""
    words = re.findall(r"[^\W\d_]{2,}", text)
    strange = sum(not word.isupper() and not is_syllable(word) for word in words)
    torn = re.search(r"(?<!\w)[B-DF-HJ-NP-TV-XZĐ] [a-zà-ỹ]", text) is not None
    return 0.9 ** min(strange, 3) * (0.75 if torn else 1.0)


_PARSERS: dict[Kind, Callable[[str], Value | None]] = {  # kinds told by their labels
    "name": _name,
    "date": _date,
    "year": _year,
    "sex": _sex,
    "citizen_number": _citizen_number,
    "number": _number,
    "code": _code,
    "enterprise_code": _enterprise_code,
    "dossier_code": _dossier_code,
    "quantity": _quantity,
    "text": _text,
    "place_date": _date,
    "signature": _name,
}
