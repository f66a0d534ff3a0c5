"""The invented facts of the sample dossier: persons, numbers, dates, codes. Nobody here exists."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

PROCEDURE = "1.001193"
PROCEDURE_TITLE = "Thủ tục đăng ký khai sinh"
DOSSIER_CODE = "H49.64-261120-0147"
WARD = "phường Vân Hải, tỉnh Quảng Ninh"
COMMITTEE = f"Ủy ban nhân dân {WARD}"
HOSPITAL = "Bệnh viện Phụ sản Vân Hải"
POLICE = "Cục Cảnh sát quản lý hành chính về trật tự xã hội"

NOTICE = {
    "vi": "Mọi người, địa danh cấp xã, cơ sở y tế, số giấy tờ và con dấu trong hồ sơ mẫu này đều "
    "là hư cấu; mọi sự trùng hợp là ngẫu nhiên.",
    "en": "All persons, communes, hospitals, document numbers and stamps in this sample dossier "
    "are fictitious; any likeness is chance.",
}


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person."""

    full_name: str
    """As on the papers, in capitals."""
    born: date
    female: bool
    citizen_number: str
    """Twelve digits: province 3, century and sex 1, year 2, serial 6 (Decree 137/2015 art. 13).

    The serials 999xxx are this sample's own.
    """
    address: str
    card_issued: date | None = None

    @property
    def sex(self) -> str:
        """As the card says it."""
        return "Nữ" if self.female else "Nam"

    @property
    def title(self) -> str:
        """How a text speaks of the person."""
        return "Bà" if self.female else "Ông"


MOTHER = Person(
    "NGUYỄN THỊ HỒNG NGUYỆT", date(1996, 8, 9), True, "022196999001",
    f"Số 27, tổ 4, khu 6, {WARD}", date(2021, 5, 14),
)  # fmt: skip
FATHER = Person(
    "ĐẶNG THẾ VỮNG", date(1994, 3, 15), False, "022094999002",
    f"Số 27, tổ 4, khu 6, {WARD}", date(2021, 6, 2),
)  # fmt: skip
AGENT = Person(
    "PHẠM THỊ KIỀU DIỄM", date(1990, 12, 1), True, "022190999003",
    f"Số 12, tổ 5, khu 2, {WARD}", date(2021, 7, 20),
)  # fmt: skip
CHILD_NAME = "ĐẶNG NGUYỄN THIỆN NHẪN"
CHILD_BORN = date(2026, 11, 10)
CHILD_SEX = "Nam"
PLACE_OF_BIRTH = f"{HOSPITAL}, {WARD}"
ORIGIN = "Xã Đông Thuỷ, tỉnh Quảng Ninh"

FORM_DATE = date(2026, 11, 20)
NOTIFICATION_NUMBER, NOTIFICATION_DATE = "1128/2026", date(2026, 11, 12)
MARRIAGE_NUMBER, MARRIAGE_DATE = "37/2023", date(2023, 4, 21)
MARRIAGE_WARD = "phường Vân Hải, thành phố Hạ Long, tỉnh Quảng Ninh"
COPY_CERTIFIED = date(2026, 11, 16)
AUTHORISATION_DATE = date(2026, 11, 18)

CARD_ADDRESS = "Số 27, Tổ 4, Khu 6, Vân Hải, Hạ Long, Quảng Ninh"
CARD_OLD_NUMBER = "100999001"
CARD_EXPIRES = date(2036, 8, 9)
"""Cards end with the fortieth birthday of who got them between 23 and 38."""


def in_figures(day: date) -> str:
    """09/08/1996."""
    return f"{day:%d/%m/%Y}"


def in_words(day: date) -> str:
    """Ngày 09 tháng 8 năm 1996: from March on, months carry no zero (Decree 30/2020)."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def title_case(name: str) -> str:
    """The name as the card's QR writes it."""
    return " ".join(word.capitalize() for word in name.split())


def card_payload(person: Person) -> str:
    """The seven fields of the chip card's QR."""
    issued = person.card_issued or person.born
    return "|".join(
        (
            person.citizen_number,
            CARD_OLD_NUMBER,
            title_case(person.full_name),
            f"{person.born:%d%m%Y}",
            person.sex,
            CARD_ADDRESS,
            f"{issued:%d%m%Y}",
        )
    )


def check_digit(text: str) -> str:
    """The check digit of ICAO Doc 9303 part 3 §4.9: weights 7, 3, 1; letters from 10; filler 0."""
    total = 0
    for index, letter in enumerate(text):
        value = 0 if letter == "<" else int(letter, 36)
        total += value * (7, 3, 1)[index % 3]
    return str(total % 10)


def _ascii(name: str) -> str:
    """The name without its marks; Đ has no decomposition of its own."""
    bare = unicodedata.normalize("NFD", name.replace("Đ", "D"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def machine_readable_zone(person: Person, expires: date) -> tuple[str, str, str]:
    """The three lines of 30 characters on the back of the card (ICAO Doc 9303 part 5, TD1).

    Args:
        person: Whose card it is.
        expires: Last day of the card.

    Returns:
        The lines from top to bottom, all check digits in place.
    """
    number = person.citizen_number
    document = number[-9:]
    first = f"IDVNM{document}{check_digit(document)}{number}<<{check_digit(number)}"
    born, end = f"{person.born:%y%m%d}", f"{expires:%y%m%d}"
    sex = "F" if person.female else "M"
    second = f"{born}{check_digit(born)}{sex}{end}{check_digit(end)}VNM".ljust(29, "<")
    composite = first[5:30] + second[0:7] + second[8:15] + second[18:29]
    surname, *given = _ascii(person.full_name).split()
    third = f"{surname}<<{'<'.join(given)}".ljust(30, "<")[:30]
    return first, second + check_digit(composite), third
