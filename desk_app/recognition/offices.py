"""Words of offices and persons: positions, ranks, agencies, family names.

A position below a signature must not pass for the signer's name, nor an agency for a person; a
family name that nobody bears is a sign of a misread letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from desk_app.recognition.rows import plain
from desk_app.recognition.vietnamese import normalise_tone

_POSITIONS = """
chủ tịch|phó chủ tịch|giám đốc|phó giám đốc|tổng giám đốc|phó tổng giám đốc|chánh văn phòng|
phó chánh văn phòng|chánh thanh tra|phó chánh thanh tra|trưởng phòng|phó trưởng phòng|cục trưởng|
phó cục trưởng|tổng cục trưởng|chi cục trưởng|phó chi cục trưởng|bộ trưởng|thứ trưởng|thủ tướng|
phó thủ tướng|vụ trưởng|phó vụ trưởng|viện trưởng|phó viện trưởng|chánh án|phó chánh án|thẩm phán|
trưởng công an|phó trưởng công an|hiệu trưởng|phó hiệu trưởng|trưởng ban|phó trưởng ban|phó ban|
trưởng khoa|phó trưởng khoa|trưởng trạm|trạm trưởng|trưởng đoàn|đội trưởng|phó đội trưởng|
bí thư|phó bí thư|ủy viên|tổng biên tập|kế toán trưởng|thủ trưởng|người đứng đầu|tổ trưởng|
trưởng thôn|công chứng viên|chấp hành viên|thư ký|cán bộ|công chức|chuyên viên|nhân viên|
văn thư|thủ quỹ|kế toán|đại diện|chủ hộ|chủ tọa|người ký|người lập|tư pháp|hộ tịch|địa chính
"""
_RANKS = """
đại tướng|thượng tướng|trung tướng|thiếu tướng|đại tá|thượng tá|trung tá|thiếu tá|đại úy|thượng úy|
trung úy|thiếu úy|bác sĩ|bác sỹ|thạc sĩ|tiến sĩ|phó giáo sư|giáo sư|luật sư|nữ hộ sinh|hộ sinh|
kỹ sư|ths|bs|bsck|ts|pgs|gs|ls
"""
_AGENCIES = """
ủy ban|ủy ban nhân dân|ubnd|hội đồng|hội đồng nhân dân|hđnd|sở|phòng|văn phòng|cục|chi cục|
tổng cục|bộ|công an|trung tâm|trường|ban|hội|đảng ủy|huyện ủy|tỉnh ủy|thành ủy|thị ủy|
tòa án|viện|viện kiểm sát|bệnh viện|công ty|chi nhánh|đội|trạm|hạt|quỹ|kho bạc|thanh tra|ngân hàng|
học viện|liên đoàn|đoàn|mặt trận|ủy ban mặt trận tổ quốc|bảo hiểm xã hội|bhxh|đại học|thủ tướng|
thủ tướng chính phủ|văn phòng đăng ký đất đai|tổ chức|hợp tác xã|nhà máy|xí nghiệp|tổng công ty|
quân khu|bộ chỉ huy|đài|báo|chi đoàn|tập đoàn|cơ quan|đảng bộ|ban quản lý|chính phủ|quốc hội
"""
_PLACES = "tỉnh|thành phố|tp|huyện|quận|thị xã|tx|thị trấn|tt|xã|phường|đặc khu|thôn|khu|khu vực"
_FAMILY_NAMES = """
A Alăng An Arất Ayun Bhling Biện Bling Blúp Bnướch Bríu Bàn Bành Bá Bùi Bạc Bạch Bảo Bế Bồ Ca Cam
Can Cao Chiêm Chu Chung Châu Chúc Chảo Chẻo Chế Chử Coor Cung Cái Cát Công Cù Cơlâu Cư Cảnh Cấn
Cầm Cống Cồ Cổ Cứ Danh Diêm Diệp Doãn Du Dư Dương Giang Giàng Giáp Giả H Hoàn Hoàng Hoắc Huỳnh Hy
Hà Hàn Hàng Hán Hình Hòa Hướng Hạ Hạng Hầu Hồ Hồng Hờ Hứa Kha Khuất Khà Khâu Khúc Khương Khổng Kim
Kiều Kpă Krông Ksor Kơ La Lai Liêu Liễu Long Luyện Luân Lâm Lã Lê Lò Lôi Lù Lý Lăng Lưu Lương
Lường Lạc Lại Lầu Lều Lỗ Lộ Lợi Lục Lừu Ma Mai Mao Mã Mông Mùa Mạc Mạch Mạnh Mầu Mục Nay Nghiêm
Nghị Nguyễn Ngân Ngô Ngũ Ngọc Ngụy Nhan Nhiêu Nhâm Nhạc Nhị Nhữ Ninh Niê Nông Phan Phi Phàn Phí
Phù Phùng Phương Phước Phạm Pơloong Quan Quàng Quách Quảng Quế R'Ô Ro Ríah Rơ Siu Sái Sùng Sơn Sầm
Sằm Sử Tao Thang Thao Thiều Thiệu Thàng Thành Thào Thái Thân Thôi Thùng Thạch Thẩm Thịnh Tiêu Tiếp
Tiết Tiền Trang Triệu Trà Trác Tráng Trình Trí Trù Trúc Trương Trần Trịnh Trữ Tín Tòng Tô Tôn Tăng
Tơngôl Tư Tưởng Tạ Tất Tẩn Tề Tống Tụ Từ Ung Uông Vi Viên Viết Vàng Vòng Võ Văn Vũ Vương Vạn Vừ Xa
Xin Xà Xồng Y Yên Zơ Zơrâm Âu Êban Ông Đan Đinh Điêu Điền Điểu Đoàn Đàm Đàng Đào Đái Đèo Đường Đậu
Đắc Đặng Đồng Đổng Đỗ Đới Đức Ưng Ưu Ổn
"""
AUTHORITY = re.compile(r"^\W*(?:TM|T/M|KT|K/T|TL|T/L|TUQ|T/UQ|TƯQ|Q)\s?[.,:]\s*", re.IGNORECASE)
"""On whose behalf somebody signs: TM., KT., TL., TUQ., Q. (Nghị định 30/2020/NĐ-CP, annex I)."""


@lru_cache(maxsize=8)
def _phrases(text: str) -> tuple[str, ...]:
    folded = {plain(phrase.strip()) for phrase in text.replace("\n", "").split("|")}
    return tuple(sorted(folded - {""}, key=len, reverse=True))


@lru_cache(maxsize=1)
def _tables() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], frozenset[str]]:
    names = frozenset(normalise_tone(name).casefold() for name in _FAMILY_NAMES.split())
    return _phrases(f"{_POSITIONS}|{_RANKS}"), _phrases(_AGENCIES), _phrases(_PLACES), names


def is_family_name(word: str) -> bool:
    """Whether somebody may be called so; a lost or wrong mark mostly makes a name of nobody."""
    return normalise_tone(word).casefold() in _tables()[3]


def opening_position(text: str) -> int:
    """Return how many words of a position or rank a text begins with; 0 for none.

    >>> opening_position("Phó Chủ tịch Đặng Hữu Khoẻ")
    3
    """
    return _opening(text, _tables()[0])


def is_rank(text: str) -> bool:
    """Whether a text is a rank or degree alone (Trung tá, PGS. TS), which is no position."""
    return bool(text) and _opening(text, _phrases(_RANKS)) == len(plain(text).split())


def _opening(text: str, phrases: Sequence[str]) -> int:
    words = plain(text)
    count = 0
    while True:
        found = next((p for p in phrases if words == p or words.startswith(p + " ")), None)
        if found is None:
            return count
        count += len(found.split())
        words = words[len(found) :].lstrip()


def is_position(text: str) -> bool:
    """Whether a line names a position (CHỦ TỊCH, KT. GIÁM ĐỐC), not a person."""
    return opening_position(AUTHORITY.sub("", text)) > 0


def is_agency(text: str) -> bool:
    """Whether a line begins like the name of an agency and of no person."""
    words = plain(text)
    found = next((a for a in _tables()[1] if words == a or words.startswith(a + " ")), None)
    # Đoàn and Bàn are families, too; VĂN PHÒNG is none.
    return found is not None and (" " in found or not is_family_name(text.split()[0]))


def is_misspelt(text: str) -> bool:
    """Whether a word that agencies share (ỦY BAN NHÂN DÂN, TỈNH) stands there with other marks."""
    spelt = [normalise_tone(word).casefold() for word in text.split()]
    known = _office_words()
    return any(plain(word) in known and word not in known[plain(word)] for word in spelt)


@lru_cache(maxsize=1)
def _office_words() -> dict[str, frozenset[str]]:
    """Spellings of each word of agencies and places, by its letters without marks."""
    found: dict[str, set[str]] = {}
    for word in f"{_AGENCIES} {_PLACES} nhân dân".replace("|", " ").split():
        found.setdefault(plain(word), set()).add(normalise_tone(word).casefold())
    # A place may be called like one of these words, with other marks (Sơ, Bồ, Phong).
    return {letters: frozenset(spelt) for letters, spelt in found.items() if letters in _FIRM}


_FIRM = frozenset(("uy", "tinh", "huyen"))


def names_place(text: str) -> bool:
    """Whether a line goes on with the place of an agency (TỈNH QUẢNG NGÃI)."""
    words = plain(text)
    return any(words.startswith(place + " ") for place in _tables()[2])


def agency_names(lines: Sequence[str]) -> list[str]:
    """Join the lines of a letterhead into the superior body's and the agency's own name.

    >>> agency_names(["UBND HUYỆN BÌNH SƠN", "PHÒNG TƯ PHÁP"])
    ['UBND HUYỆN BÌNH SƠN', 'PHÒNG TƯ PHÁP']
    >>> agency_names(["ỦY BAN NHÂN DÂN", "XÃ TỊNH SƠN"])
    ['ỦY BAN NHÂN DÂN XÃ TỊNH SƠN']
    """
    names: list[str] = []
    for line in lines:
        is_open = bool(names) and plain(names[-1]).split()[-1:] in (["va"], ["cua"], ["dang"])
        if names and (is_open or not is_agency(line)):
            names[-1] = f"{names[-1]} {line}"
        else:
            names.append(line)
    return names
