"""Papers from papers.toml, filled in by lot."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from tests.recognition.drawn_fields import people
from tests.recognition.drawn_fields.sheet import SLOT, Pen, Sheet

PAPERS: dict[str, list[dict[str, object]]] = tomllib.loads(
    (Path(__file__).parent / "papers.toml").read_text("utf-8")
)
_FACTS = ("full_name", "date_of_birth", "year_of_birth", "citizen_number", "sex", "address")
_WOMEN = ("mother", "wife")
_MEN = ("father", "husband")
SUBJECTS = (
    "tăng cường công tác số hóa hồ sơ, giấy tờ tại Bộ phận Một cửa",
    "phối hợp kiểm tra việc đăng ký hộ tịch trên địa bàn",
    "tổ chức lớp bồi dưỡng nghiệp vụ văn thư, lưu trữ năm 2026 cho cán bộ, công chức cấp xã",
    "cử công chức tham gia đoàn kiểm tra liên ngành về an toàn thực phẩm",
    "báo cáo tình hình tiếp nhận, giải quyết thủ tục hành chính quý I năm 2026",
)
AGENCIES = (
    ("ỦY BAN NHÂN DÂN", "XÃ HÀNH THUẬN", "ỦY BAN NHÂN DÂN XÃ HÀNH THUẬN", "", "UBND"),
    ("UBND TỈNH LÂM ĐỒNG", "SỞ TƯ PHÁP", "SỞ TƯ PHÁP", "UBND TỈNH LÂM ĐỒNG", "STP"),
    ("UBND PHƯỜNG CẨM THÀNH", "PHÒNG VĂN HÓA - XÃ HỘI", "PHÒNG VĂN HÓA - XÃ HỘI",
     "UBND PHƯỜNG CẨM THÀNH", "VHXH"),
    ("CÔNG AN TỈNH LÀO CAI", "CÔNG AN XÃ TÂN MỸ", "CÔNG AN XÃ TÂN MỸ", "CÔNG AN TỈNH LÀO CAI",
     "CAX"),
)  # fmt: skip
POSITIONS = ("CHỦ TỊCH", "PHÓ CHỦ TỊCH", "GIÁM ĐỐC", "TRƯỞNG PHÒNG", "TRƯỞNG CÔNG AN XÃ")
BUSINESSES = ("Hộ kinh doanh Phúc Lộc", "Tạp hóa Bảy Hiền", "Cửa hàng vật liệu Đại Phát")
COMPANIES = ("CÔNG TY TNHH THƯƠNG MẠI DỊCH VỤ AN KHANG", "CÔNG TY CỔ PHẦN XÂY DỰNG SAO MAI")

_CHOICES = {
    "business": BUSINESSES,
    "company": COMPANIES,
    "subject": SUBJECTS,
    "position": POSITIONS,
    "hospital": tuple(f"Trung tâm Y tế {n}" for n in ("Nghĩa Hành", "Đức Trọng", "Bảo Yên")),
    "town": ("Hành Thuận", "Quảng Ngãi", "Đà Lạt", "Lào Cai"),
    "relation": ("Cha đẻ", "Mẹ đẻ", "Ông nội", "Chị ruột"),
}


class Filling:
    """Values for the slots of one paper; the same slot twice says the same twice."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed * 31 + 7)
        self.people: dict[str, people.Person] = {}
        self.agency = self.rng.choice(AGENCIES)
        self.day = date(2019, 1, 5) + timedelta(days=self.rng.randrange(2700))
        self.shown: dict[str, str] = {}
        self.truth: dict[str, str] = {}

    def into(self, text: str) -> str:
        return SLOT.sub(lambda slot: self.slot(slot[1], slot[2] or ""), text)

    def slot(self, name: str, kind: str) -> str:
        """What is printed; what it means goes into the truth unless the name begins with x_."""
        if f"{name}:{kind}" not in self.shown:
            shown, means = self._value(name, kind)
            self.shown[f"{name}:{kind}"] = shown
            if not name.startswith("x_"):
                self.truth.setdefault(name, means)
        return self.shown[f"{name}:{kind}"]

    def _person(self, name: str) -> people.Person:
        role = next((name.removesuffix(f).rstrip("_") for f in _FACTS if name.endswith(f)), name)
        sex = "Nữ" if role.removeprefix("x_") in _WOMEN else None
        sex = "Nam" if role.removeprefix("x_") in _MEN else sex
        if role not in self.people:
            self.people[role] = people.person(self.rng, sex)
        return self.people[role]

    def _value(self, name: str, kind: str) -> tuple[str, str]:
        who = self._person(name)
        if name.endswith("full_name"):
            return who.name, who.name
        if name.endswith("date_of_birth"):
            return self._date(who.born, kind)
        if name.endswith("year_of_birth"):
            return str(who.born.year), str(who.born.year)
        if name.endswith("citizen_number"):
            return who.number, who.number
        if name.endswith("sex"):
            return who.sex, who.sex
        if kind in ("long", "date", "spoken"):
            return self._date(self.day, kind)
        plain = self._printed()[kind]()
        return plain, plain

    def _printed(self) -> dict[str, Callable[[], str]]:
        rng, sign = self.rng, self.agency[4]
        first, second, own, superior, _ = self.agency
        return {
            "address": lambda: people.address(rng),
            "parcel": lambda: str(rng.randint(1, 1200)),
            "area": lambda: f"{rng.randint(60, 900)}{rng.choice(('', ',5'))} m2",
            "serial": lambda: f"CS{rng.randint(10000, 99999)}",
            "number": lambda: f"{rng.randint(1, 9999)}/{self.day.year}",
            "tlkt": lambda: f"{rng.randint(1, 900)}/TLKT-BS",
            "xn": lambda: f"{rng.randint(10**6, 10**9)}/XN",
            "hdtn": lambda: f"{rng.randint(1, 90)}/{self.day.year}/HĐTN",
            "sign": lambda: f"{rng.randint(1, 4000)}/{sign}-{rng.choice(('VP', 'TP', 'TH'))}",
            "longsign": lambda: f"{rng.randint(10**5, 10**8)}/LLTP1",
            "notice": lambda: f"{rng.randint(1, 400)}/TB-{sign}",
            "decision": lambda: f"{rng.randint(1, 4000)}/QĐ-{sign}",
            "report": lambda: f"{rng.randint(1, 400)}/BC-{sign}",
            "money": lambda: f"{rng.randint(20, 900)}.000.000 đồng",
            "weight": lambda: f"{rng.randint(2400, 3900)} gam",
            "enterprise": lambda: _tax_code(rng),
            "commune": lambda: f"Ủy ban nhân dân {rng.choice(people.COMMUNES)}",
            "person": lambda: people.person(rng).name,
            "agency1": lambda: first,
            "agency2": lambda: second,
            "agency": lambda: own,
            "superior": lambda: superior,
            "marital": lambda: "Chưa đăng ký kết hôn với ai",
            **{name: (lambda words=words: rng.choice(words)) for name, words in _CHOICES.items()},
        }

    def _date(self, day: date, kind: str) -> tuple[str, str]:
        shown = {
            "long": people.long_date(day),
            "spoken": people.spoken(day),
            "dash": f"{day:%d-%m-%Y}",
        }.get(kind, f"{day:%d/%m/%Y}")
        return shown, day.isoformat()


def _tax_code(rng: random.Random) -> str:
    """Ten digits whose last one is the check digit; a remainder that has none is drawn again."""
    while True:
        digits = [0, 3] + [rng.randrange(10) for _ in range(7)]
        weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
        check = 10 - sum(w * d for w, d in zip(weights, digits, strict=True)) % 11
        if 0 <= check <= 9:
            return "".join(map(str, [*digits, check]))


def variants() -> list[tuple[str, int]]:
    """Every kind with the number of each of its wordings."""
    return [(kind, n) for kind, wordings in PAPERS.items() for n in range(len(wordings))]


def draw(kind: str, variant: int, seed: int) -> Sheet:
    """One paper of this kind in this wording."""
    wording = PAPERS[kind][variant]
    sheet, fill = Sheet(kind), Filling(seed)
    pen = Pen(seed, sheet)
    for line in str(wording["text"]).strip().splitlines():
        if line.strip() == "@stamp":
            pen.stamp(pen.left + 0.56 * (pen.right - pen.left), pen.y)
            continue
        pen.line(fill.into(re.sub(r"\s+$", "", line)))
    sheet.truth = {name: value for name, value in fill.truth.items() if value}
    return sheet
