"""The pages themselves: test pages from wording.toml, fitting pages from the catalogue."""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path

from desk_app.recognition.doctypes import TypeBook, TypeRules
from tests.recognition.drawn_types.sheet import Pen, Sheet

WORDING = tomllib.loads((Path(__file__).parent / "wording.toml").read_text("utf-8"))
TEST_KINDS = tuple(WORDING)
_POOLS = {
    "fit": {
        "family": ("Nguyễn", "Trần", "Lê", "Phạm", "Võ", "Bùi", "Đỗ"),
        "given": ("Văn Bình", "Thị Hoa", "Minh Tâm", "Hữu Phước", "Thị Lệ", "Quang Hải"),
        "place": ("thôn Phước Lộc, xã Tịnh Sơn", "tổ 5, phường Trần Phú", "số 8 Lê Lợi"),
        "agency": ("Ủy ban nhân dân xã Bình Dương", "Ủy ban nhân dân phường Nghĩa Lộ"),
    },
    "test": {
        "family": ("Huỳnh", "Đặng", "Ngô", "Dương", "Hồ", "Phan", "Lý"),
        "given": ("Gia Hân", "Quốc Khánh", "Thúy Kiều", "Anh Dũng", "Bảo Châu", "Công Thành"),
        "place": ("ấp Mỹ Thạnh, xã An Cư", "khóm 2, thị trấn Cái Bè", "12/7 đường Hai Bà Trưng"),
        "agency": ("Ủy ban nhân dân xã Mỹ Đức", "UBND thị trấn Cái Bè", "UBND xã An Hòa"),
    },
}  # fmt: skip
FIT_UNKNOWN = (
    ("GIẤY PHÉP KINH DOANH VẬN TẢI", ("Tên đơn vị", "Địa chỉ", "Loại hình kinh doanh vận tải")),
    ("PHIẾU THU", ("Họ tên người nộp tiền", "Lý do nộp", "Số tiền", "Kèm theo chứng từ gốc")),
    ("BẢNG ĐIỂM HỌC KỲ", ("Họ và tên sinh viên", "Mã số sinh viên", "Điểm trung bình")),
    ("CHỨNG CHỈ TIN HỌC CƠ BẢN", ("Cấp cho", "Sinh ngày", "Nơi sinh", "Xếp loại", "Số vào sổ")),
    ("TỜ KHAI THUẾ THU NHẬP CÁ NHÂN", ("Kỳ tính thuế", "Tên người nộp thuế", "Mã số thuế")),
    (
        "ĐƠN KHỞI KIỆN",
        ("Kính gửi Tòa án", "Người khởi kiện", "Người bị kiện", "Nội dung khởi kiện"),
    ),
    ("SỔ BẢO HIỂM XÃ HỘI", ("Họ và tên", "Ngày sinh", "Số sổ", "Cơ quan bảo hiểm xã hội")),
    ("TỜ KHAI ĐĂNG KÝ NHẬN CHA, MẸ, CON", ("Họ, chữ đệm, tên người yêu cầu", "Người được nhận")),
    ("BẢNG KÊ HÀNG HÓA", ("Tên hàng", "Đơn vị tính", "Số lượng", "Thành tiền", "Người lập")),
    ("GIẤY PHÉP LAO ĐỘNG", ("Họ và tên", "Quốc tịch", "Vị trí công việc", "Làm việc tại")),
    ("", ("tại khoản này thì cơ quan có thẩm quyền", "xem xét trong thời hạn ba mươi ngày")),
    ("", ("Dear Sir or Madam", "please find enclosed the documents", "kind regards")),
)
"""Titles and labels of papers outside the catalogue; none of them is among the test pages."""


class Filling:
    """Invented persons, places and numbers of one split."""

    def __init__(self, split: str, seed: int) -> None:
        self.pool, self.rng = _POOLS[split], random.Random(seed ^ 0x5EED)

    def value(self, key: str) -> str:
        rng = self.rng
        day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1950, 2024)
        if key == "name":
            name = f"{rng.choice(self.pool['family'])} {rng.choice(self.pool['given'])}"
            return name.upper() if rng.random() < 0.3 else name
        return {
            "date": f"{day:02d}/{month:02d}/{year}",
            "long": f"ngày {day:02d} tháng {month:02d} năm {year}",
            "year": str(year),
            "cccd": f"0{rng.randint(10**10, 10**11 - 1)}",
            "num": str(rng.randint(1, 999)),
            "place": rng.choice(self.pool["place"]),
            "agency": rng.choice(self.pool["agency"]),
        }[key]

    def into(self, text: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self.value(found.group(1)), text)


def drawn_page(kind: str, seed: int, *, later: bool = False) -> Sheet:
    """A page of the test set; kinds that begin with unknown_ are in no catalogue."""
    paper = WORDING[kind]
    known = None if kind.startswith("unknown_") else kind
    sheet = Sheet(known, not later and paper.get("first", True), "test", 1_000_000 + seed, kind)
    pen, fill = Pen(sheet), Filling("test", seed)
    if later:
        pen.y = 150
        for line in paper["later"]:
            if re.fullmatch(r"\^\d", line):
                pen.y = 90
            pen.line(fill.into(line))
        return sheet
    number = f"Số: {fill.value('num')}{paper['number']}" if "number" in paper else ""
    place = "Mỹ Đức, " + fill.value("long")
    pen.head(paper["head"], fill.value("agency"), number, place)
    if paper["titles"]:
        pen.title(pen.rng.choice(paper["titles"]))
    _rows(pen, fill, paper["lines"])
    return sheet


def _rows(pen: Pen, fill: Filling, lines: list[str]) -> None:
    for line in lines:
        pen.line(fill.into(line))


def fit_page(rules: TypeRules, seed: int, *, later: bool = False, damage: float = 0.0) -> Sheet:
    """A page made of the catalogue's own phrases, some of them left out; damage hits the title."""
    sheet = Sheet(rules.type.id, not later, "fit", seed, rules.type.id)
    pen, fill, rng = Pen(sheet), Filling("fit", seed), random.Random(seed)
    phrases = [a.text for a in (rules.continues if later else (*rules.openings, *rules.anchors))]
    phrases = [text for text in phrases if rng.random() < 0.65]
    labels = [rule.labels[0] for rule in rules.asked if rule.labels and rng.random() < 0.8]
    if not later:
        office = bool(rules.notations or rules.untitled)
        notation = f"/{rules.notations[0]}-UBND" if rules.notations else "/UBND-VP"
        number = f"Số: {fill.value('num')}{notation}" if office else ""
        pen.head("office" if office else "state", fill.value("agency"), number, "")
        title = _title(rules, rng)
        if title and rng.random() >= damage:
            pen.title(title)
        phrases += [
            f"{label}: {fill.value(rng.choice(('name', 'date', 'place')))}" for label in labels
        ]
    for text in phrases:
        pen.line(f"{text}: {fill.value('name')}" if rng.random() < 0.3 else text)
    return sheet


def _title(rules: TypeRules, rng: random.Random) -> str:
    if rules.untitled:
        return ""
    title = rng.choice(rules.titles)
    if rules.heads and rng.random() < 0.4:
        title += rng.choice((" SỐ 2", " CỦA CÁ NHÂN", " THEO QUÝ"))
    return title


def fit_unknown(number: int, seed: int) -> Sheet:
    """A page of a paper that the catalogue does not hold."""
    title, labels = FIT_UNKNOWN[number % len(FIT_UNKNOWN)]
    sheet = Sheet(None, True, "fit", seed, f"unknown_{number % len(FIT_UNKNOWN)}")
    pen, fill = Pen(sheet), Filling("fit", seed)
    pen.head("state" if title else "none", "", "", "")
    if title:
        pen.title(title)
    for label in labels * 2:
        pen.line(f"{label}: {fill.value(pen.rng.choice(('name', 'place', 'date')))}")
    return sheet


def fitting_set(book: TypeBook, rounds: int) -> list[Sheet]:
    """Pages of all kinds, every third without a readable title."""
    sheets: list[Sheet] = []
    for turn in range(rounds):
        for number, rules in enumerate(book.rules.values()):
            seed = 1000 * turn + number
            sheets.append(fit_page(rules, seed, damage=0.33))
            if rules.continues and turn % 2:
                sheets.append(fit_page(rules, 500_000 + seed, later=True))
        sheets += [fit_unknown(n, 900_000 + 100 * turn + n) for n in range(len(FIT_UNKNOWN))]
    return sheets


def testing_set(rounds: int) -> list[Sheet]:
    """Every kind of wording.toml, first pages and later ones."""
    sheets: list[Sheet] = []
    for turn in range(rounds):
        for number, kind in enumerate(TEST_KINDS):
            sheets.append(drawn_page(kind, 1000 * turn + number))
            if "later" in WORDING[kind]:
                sheets.append(drawn_page(kind, 5000 + 1000 * turn + number, later=True))
    return sheets
