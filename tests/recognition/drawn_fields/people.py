"""Invented persons, places and agencies; numbers that agree with birth date and sex."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

FAMILIES = str.split(
    "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Mai Trịnh Đoàn "
    "Lương Tạ Cao Châu Thái Nông Lò Quách Khổng Tô"
)
MEN = str.split(
    "Văn|Hữu|Đức|Quang|Minh|Công|Xuân|Đình|Tấn|Bá Bảo|Nghĩa|Thắng|Khôi|Vượng|Đạt|Hiếu|Tuấn|Phước|"
    "Sỹ|Trường|Lộc|Khải|Duẩn|Chương"
)
WOMEN = str.split(
    "Thị|Ngọc|Thúy|Kim|Bích|Diệu|Mỹ|Hồng|Thanh|Cẩm Yến|Nhung|Tuyết|Thảo|Hiền|Oanh|Phượng|Trinh|"
    "Loan|Duyên|Xuyến|Hạnh|Quỳnh|Thơm|Ánh"
)
COMMUNES = (
    "xã Hành Thuận", "phường Trương Quang Trọng", "xã Nghĩa Giang", "thị trấn La Hà",
    "phường Cẩm Thành", "xã Đức Phổ", "xã An Vĩnh", "phường Phú Hội", "xã Tân Mỹ",
)  # fmt: skip
PROVINCES = {
    "tỉnh Quảng Ngãi": "051", "tỉnh Lâm Đồng": "068", "thành phố Cần Thơ": "092",
    "tỉnh Thanh Hóa": "038", "tỉnh Lào Cai": "010", "thành phố Đà Nẵng": "048",
}  # fmt: skip
STREETS = ("đường Lê Trung Đình", "đường Nguyễn Huệ", "đường Quang Trung", "hẻm Phan Bội Châu")


@dataclass(frozen=True)
class Person:
    name: str
    born: date
    sex: str
    number: str
    address: str


def person(rng: random.Random, sex: str | None = None) -> Person:
    """A person whose citizen number follows from sex, year and place of birth."""
    sex = sex or rng.choice(("Nam", "Nữ"))
    middles, given = [part.split("|") for part in (MEN if sex == "Nam" else WOMEN)]
    words = [rng.choice(FAMILIES), rng.choice(middles), rng.choice(given)]
    if rng.random() < 0.35:
        words.insert(2, rng.choice(given))
    born = date(1948, 1, 1) + timedelta(days=rng.randrange(27_000))
    century = (0 if born.year < 2000 else 2) + (sex == "Nữ")
    code = PROVINCES[rng.choice(list(PROVINCES))]
    number = f"{code}{century}{born.year % 100:02d}{rng.randrange(10**6):06d}"
    name = " ".join(words)
    return Person(name.upper() if rng.random() < 0.4 else name, born, sex, number, address(rng))


def address(rng: random.Random) -> str:
    """An address of one to two printed rows."""
    place = f"{rng.choice(COMMUNES)}, {rng.choice(list(PROVINCES))}"
    house = rng.choice((
        f"Thôn {rng.choice(('Đông Hòa', 'Phú Bình', 'An Thạch', 'Vạn Xuân'))}",
        f"Số {rng.randint(2, 199)} {rng.choice(STREETS)}",
        f"Tổ dân phố {rng.randint(1, 20)}",
    ))  # fmt: skip
    return f"{house}, {place}"


def long_date(day: date) -> str:
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def spoken(day: date) -> str:
    """A date in words, as certificates of civil status write it."""
    thousand = "một nghìn chín trăm" if day.year < 2000 else "hai nghìn không trăm"
    year = f"{thousand} {_two(day.year % 100)}" if day.year % 100 else thousand
    return f"Ngày {_two(day.day)} tháng {_two(day.month)} năm {year}"


def _two(number: int) -> str:
    if number < 10:
        return _DIGITS[number] if number else "không"
    tens = "mười" if number < 20 else f"{_DIGITS[number // 10]} mươi"
    unit = number % 10
    words = {0: "", 5: " lăm", 1: " một" if number < 20 else " mốt"}
    return tens + words.get(unit, f" {_DIGITS[unit]}")
