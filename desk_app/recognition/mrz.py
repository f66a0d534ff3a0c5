"""The machine-readable zone of identity cards (TD1, three lines) and passports (TD3, two).

Layouts and check digits are those of ICAO 9303 parts 4 and 5. The Vietnamese card carries its
twelve-digit personal number whole in line one, and the last nine digits of it as document number.
A letter is only turned into a digit (or back) where the layout allows nothing else, and the check
digits then say whether the reading holds; nothing is guessed until they agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from desk_app.recognition.vietnamese import is_plain_syllable, iso_date

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<"
_TO_DIGIT = str.maketrans("OQDUILTZSGBA", "000011125684")
_TO_LETTER = str.maketrans("0125688", "OIZSGBB")
_WEIGHTS = (7, 3, 1)
_LENGTH_SLACK = 2
_LATEST_BIRTH_YEAR = 30
_NAME_TAIL = re.compile(r"(?<=[A-Z])<{2,}[KCSLEX<]*$|(?<=[A-Z])<[KCLX]{3,}<*$")
"""Behind the names: fillers, and what is read into them. Names have no check digit."""
_FILLER_LOOKALIKES = str.maketrans({"«": "<<", "‹": "<", "»": "<", "(": "<", "[": "<", "{": "<"})


@dataclass(frozen=True, slots=True)
class MrzData:
    """What a machine-readable zone says, and which of its check digits hold."""

    layout: Literal["TD1", "TD3"]
    document_code: str
    issuer: str
    document_number: str
    personal_number: str
    """Twelve digits on a Vietnamese card, else the optional data as they stand."""
    nationality: str
    birth_date: str | None
    """ISO 8601, None where the zone holds no such day."""
    sex: str
    """M, F or '' (not stated)."""
    expiry_date: str | None
    surname: str
    given_names: str
    checks: tuple[tuple[str, bool], ...]
    """document, birth, expiry, composite; personal and numbers_agree where the zone has them."""
    lines: tuple[str, ...]
    """The zone after repair, at its exact length."""
    name_is_mended: bool = False
    """Fillers of the name were read as letters; no check digit says whether they came out right."""

    @property
    def valid(self) -> bool:
        """Whether every check digit holds and the dates exist."""
        return all(holds for _, holds in self.checks) and None not in (
            self.birth_date,
            self.expiry_date,
        )

    @property
    def name(self) -> str:
        """Surname and given names in one line, without diacritics."""
        return f"{self.surname} {self.given_names}".strip()

    @property
    def rank(self) -> tuple[int, bool]:
        """For choosing between readings: checks that hold, then whether the name is credible.

        Names have no check digit, and a filler read as a letter makes no syllable.
        """
        return sum(holds for _, holds in self.checks), self.has_vietnamese_name

    @property
    def has_vietnamese_name(self) -> bool:
        """Whether the name is made of syllables that are written in Vietnamese."""
        parts = self.name.lower().split()
        return len(parts) > 1 and all(is_plain_syllable(part) for part in parts)


def check_digit(field: str) -> str:
    """Check digit of a field (ICAO 9303-3 section 4.9); '?' for characters outside a zone."""
    total = 0
    for i, char in enumerate(field):
        if char not in ALPHABET:
            return "?"
        value = 0 if char == "<" else int(char, 36)
        total += value * _WEIGHTS[i % 3]
    return str(total % 10)


def clean(line: str) -> str:
    """A recognised line as a zone writes it: upper case, no spaces, fillers as '<'."""
    upper = line.upper().translate(_FILLER_LOOKALIKES)
    return re.sub(r"[^A-Z0-9<]", "", upper)


def looks_like_zone(line: str) -> bool:
    """Whether a recognised line may belong to a zone: long, without marks, with fillers."""
    compact = "".join(line.split()).upper().translate(_FILLER_LOOKALIKES)
    if not 20 <= len(compact) <= 60:
        return False
    plain = sum(char in ALPHABET for char in compact) / len(compact)
    digits = sum(char.isdigit() for char in compact)
    return plain > 0.8 and (compact.count("<") >= 2 or digits >= 16)


def parse_mrz(lines: Sequence[str]) -> MrzData | None:
    """Find and read a zone among recognised lines.

    Args:
        lines: Text lines from top to bottom; others than the zone's are passed over.

    Returns:
        The reading with the most check digits that hold, or None where no lines have the shape.
    """
    cleaned = [clean(line) for line in lines]
    best: MrzData | None = None
    for reading in _readings(cleaned):
        if best is None or reading.rank > best.rank:
            best = reading
    return best


def _readings(lines: list[str]) -> Iterator[MrzData]:
    for first, second, third in zip(lines, lines[1:], lines[2:], strict=False):
        if all(_is_about(line, 30) for line in (first, second)) and _is_about(third, 30, 12):
            name = third[:30].ljust(30, "<")
            for one in _fitted(_with_prefix(first), 30):
                for two in _fitted(second, 30):
                    yield _td1(one, two, name)
    for first, second in pairwise(lines):
        if first.startswith("P") and _is_about(first, 44, 10) and _is_about(second, 44):
            for two in _fitted(second, 44):
                yield _td3(first[:44].ljust(44, "<"), two)


def _is_about(line: str, length: int, slack: int = _LENGTH_SLACK) -> bool:
    return abs(len(line) - length) <= slack


def _with_prefix(line: str) -> str:
    """Line one of the Vietnamese card with its fixed beginning, whose I is the thinnest letter."""
    match = re.match(r"[ILT1]{0,2}[D0O]VNM", line)
    return "IDVNM" + line[match.end() :] if match else line


def _fitted(line: str, length: int) -> Iterator[str]:
    """The line at its exact length: fillers are what engines drop and double.

    Only the number of fillers varies, never a letter or digit; check digits choose.
    """
    excess = len(line) - length
    if not excess:
        yield line
        return
    seen = set()
    for run in re.finditer("<+", line):
        size = len(run.group()) - excess
        fitted = line[: run.start()] + "<" * size + line[run.end() :]
        if size >= 0 and len(fitted) == length and fitted not in seen:
            seen.add(fitted)
            yield fitted


def _digits(field: str) -> str:
    return field.translate(_TO_DIGIT)


def _letters(field: str) -> str:
    return field.translate(_TO_LETTER)


def _td1(one: str, two: str, three: str) -> MrzData:
    code, issuer = _letters(one[:2]), _letters(one[2:5])
    rest = one[5:]
    if issuer == "VNM":
        # Every position after VNM is a digit or a filler.
        rest = _digits(rest)
    one = code + issuer + rest[:9] + _digits(rest[9]) + rest[10:]
    two = _digits(two[:7]) + _sex(two[7]) + _digits(two[8:15]) + _letters(two[15:18]) + two[18:]
    two = two[:29] + _digits(two[29])
    number, optional = one[5:14], one[15:30]
    personal = optional[:12] if issuer == "VNM" else optional.strip("<")
    composite = one[5:30] + two[0:7] + two[8:15] + two[18:29]
    checks = [
        ("document", check_digit(number) == one[14]),
        ("birth", check_digit(two[0:6]) == two[6]),
        ("expiry", check_digit(two[8:14]) == two[14]),
        ("composite", check_digit(composite) == two[29]),
    ]
    if issuer == "VNM":
        checks.append(("numbers_agree", personal.isdecimal() and personal.endswith(number)))
    return _data("TD1", one, two, three, personal, number, checks)


def _td3(one: str, two: str) -> MrzData:
    one = _letters(one)
    two = (
        two[:9]
        + _digits(two[9])
        + _letters(two[10:13])
        + _digits(two[13:20])
        + _sex(two[20])
        + _digits(two[21:28])
        + two[28:42]
        + _digits(two[42:44])
    )
    number, optional = two[0:9], two[28:42]
    composite = two[0:10] + two[13:20] + two[21:43]
    personal_check = check_digit(optional)
    checks = [
        ("document", check_digit(number) == two[9]),
        ("birth", check_digit(two[13:19]) == two[19]),
        ("expiry", check_digit(two[21:27]) == two[27]),
        ("composite", check_digit(composite) == two[43]),
        ("personal", two[42] == personal_check or (not optional.strip("<") and two[42] == "<")),
    ]
    second = two[13:20] + two[20] + two[21:28] + two[10:13]
    personal = optional.strip("<")
    data = _data("TD3", one, second, one[5:], personal, number, checks)
    return replace(data, lines=(one, two))


def _data(
    layout: Literal["TD1", "TD3"],
    one: str,
    dates: str,
    names: str,
    personal: str,
    number: str,
    checks: list[tuple[str, bool]],
) -> MrzData:
    """Fields common to both; `dates` is laid out as line two of TD1."""
    read = _without_tail(_letters(names))
    names = _with_fillers(read)
    surname, _, given = names.partition("<<")
    return MrzData(
        layout=layout,
        document_code=one[:2].strip("<"),
        issuer=one[2:5].strip("<"),
        document_number=number.strip("<"),
        personal_number=personal,
        nationality=dates[15:18].strip("<"),
        birth_date=_birth(dates[0:6], personal),
        sex={"M": "M", "F": "F"}.get(dates[7], ""),
        expiry_date=_date("20", dates[8:14]),
        surname=_spaced(surname),
        given_names=_spaced(given),
        checks=tuple(checks),
        # As read: who parses it again must see that fillers were letters.
        lines=(one, dates, read),
        name_is_mended=names != read,
    )


def _with_fillers(names: str) -> str:
    """Names of which every filler was read as K: in a row there are more than any name has."""
    if "<<" in names.rstrip("<") or "KK" not in names:
        return names
    filled = re.sub("K{2,}", lambda run: "<" * len(run.group()), names.rstrip("<"))
    # A single one may be a letter (KIM): it parts two words only where no one is called so.
    words = re.sub("[A-Z]+", lambda word: _parted(word.group()), filled)
    return words.ljust(len(names), "<")


def _parted(word: str) -> str:
    if is_plain_syllable(word.lower()):
        return word
    parts = [part for part in word.split("K") if part]
    known = all(is_plain_syllable(part.lower()) for part in parts)
    return "<".join(parts) if known and len(parts) > 1 else word


def _without_tail(names: str) -> str:
    """Names up to where only fillers may follow: engines see letters in a row of them."""
    surname, parted, given = names.partition("<<")
    match = _NAME_TAIL.search(given)
    kept = given[: match.start()] if match else given
    return f"{surname}{parted}{kept}".ljust(len(names), "<")


def _sex(char: str) -> str:
    return {"N": "M", "P": "F", "E": "F"}.get(char, char)


def _spaced(field: str) -> str:
    return " ".join(field.replace("<", " ").split())


def _birth(yymmdd: str, personal: str) -> str | None:
    """Birth date; the fourth digit of a Vietnamese personal number tells the century.

    Digits 0 and 1 are the 20th century, 2 and 3 the 21st (NĐ 137/2015 art. 7). Without it, years
    that would lie in the future belong to the 20th.
    """
    if re.fullmatch(r"[0-9]{12}", personal) and personal[4:6] == yymmdd[:2]:
        return _date(str(19 + int(personal[3]) // 2), yymmdd)
    if not yymmdd[:2].isdecimal():
        return None
    return _date("20" if int(yymmdd[:2]) <= _LATEST_BIRTH_YEAR else "19", yymmdd)


def _date(century: str, yymmdd: str) -> str | None:
    if not re.fullmatch(r"[0-9]{6}", yymmdd):
        return None
    year, month, day = int(century + yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:])
    return iso_date(day, month, year)
