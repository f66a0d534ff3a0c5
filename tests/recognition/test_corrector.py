from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_app.recognition import corrector
from desk_app.recognition.language import ngrams
from desk_app.recognition.rows import upright
from desk_app.recognition.vietnamese import nfc
from desk_app.records import PageCondition, PageText, Word

CONDITION = PageCondition(1650, 2340, 200, 0, 1.0, 0.0, 1.0, "content", 0.05, 0.0, 1.0, 1.0)


SPECKS = ("'", "ˆ", "_", "ñ")


def page(*lines: str, confidence: float = 0.93) -> PageText:
    """A page whose words stand where a typewriter would put them."""
    words = []
    for number, line in enumerate(lines):
        x, y = 100, 100 + 50 * number
        for text in line.split():
            tall = 8 if text in SPECKS else 30
            box = (x, y, x + min(tall, 14) * len(text), y + tall)
            words.append(Word(nfc(text), box, confidence, text, number))
            x += 14 * (len(text) + 1)
    return PageText(tuple(words), 0, 1650, 2340, "test")


def corrected(*lines: str, **how: float) -> list[str]:
    text, _ = corrector.run(page(*lines, **how), CONDITION)
    return text.text.splitlines()


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("tô chức triên khai thực hiện", "tổ chức triển khai thực hiện"),
        ("sửa đôi, bô sung một số điều", "sửa đổi, bổ sung một số điều"),
        ("cấp có thâm quyền quyết định", "cấp có thẩm quyền quyết định"),
        ("để được thống nhât quản lý", "để được thống nhất quản lý"),
        ("theo hướng dân của Bộ", "theo hướng dẫn của Bộ"),
        ("dự toán chỉ ngân sách nhà nước", "dự toán chi ngân sách nhà nước"),
        ("CỌNG HÒA XÃ HỘI CHÚ NGHĨA VIỆT NAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    ],
)
def test_wrong_marks_in_running_text(read, meant):
    assert corrected(read) == [meant]


def test_two_wrong_neighbours_at_once():
    assert corrected("cơ quan có thâm quyên giải quyết") == ["cơ quan có thẩm quyền giải quyết"]


def test_sentence_runs_over_the_line_end():
    assert corrected("theo quy định của pháp luật về tô", "chức và hoạt động") == [
        "theo quy định của pháp luật về tổ",
        "chức và hoạt động",
    ]


def test_engine_reading_stays():
    before = page("tô chức thực hiện")
    text, report = corrector.run(before, CONDITION)
    assert [word.read for word in text.words] == [word.text for word in before.words]
    (change,) = report.changes
    assert (change.index, change.read, change.text) == (0, "tô", "tổ")
    assert text.words[0].box == before.words[0].box


@pytest.mark.parametrize(
    "line",
    [
        "Họ, chữ đệm, tên: Đô Thị Hương",
        "Ông (bà): nguyên văn tô",
        "Nơi cư trú: thôn Tân Lâp, xã Binh Thanh",
        "do ông Trương Văn Tô ký",
        "tại xã Quang Phú và Tam Ky",
        "KT. CHỦ TỊCH NGUYÊN VĂN TÔ",
        "UBND TỈNH QUANG NGAI",
        "số 1368/QĐ-UBND ngày 12/12/2023",
        "mã DVCQG và TTHC của KGVX",
        "PHÙNG TÔ LONG",
    ],
)
def test_names_addresses_and_codes_stay(line):
    assert corrected(line) == [line]


def test_name_gets_a_suggestion():
    text, report = corrector.run(page("Họ và tên: Nguyên Văn An"), CONDITION)
    assert text.text == "Họ và tên: Nguyên Văn An"
    assert [(found.index, found.text) for found in report.suggestions] == [(3, "Nguyễn")]


def test_certain_words_stay():
    assert corrected("tô chức thực hiện", confidence=0.99) == ["tô chức thực hiện"]


def test_empty_page():
    empty = replace(page("một"), words=())
    assert corrector.run(empty, CONDITION) == (empty, corrector.Report())


EVERYDAY = (
    "Tôi là phụ huynh của cháu học lớp năm. Tôi viết đơn này xin phép cho cháu nghỉ học ba ngày",
    "vì cháu bị sốt, phải nằm viện điều trị. Bà con trong xóm trồng nhiều xoài, chuối, mít, quýt",
    "và bưởi da xanh. Nhà tôi có mảnh vườn giáp bờ kênh, bề ngang tám mét, trên đất có căn nhà",
    "lợp tôn, vách gỗ, nền gạch tàu. Hôm đó trời mưa to, xe máy của tôi đang đỗ sát lề thì bị",
    "chiếc ô tô tải lùi lại va phải, làm bể đèn hậu, cong vành. Đàn lợn nhà chị bị tiêu chảy,",
    "bỏ ăn, lông xù rồi chết hàng loạt. Mỗi vụ thu hoạch được mấy tạ, thương lái đến tận vườn mua.",
)
"""Right as it stands, and not written like a law."""


def test_everyday_words_stay():
    assert corrected(*EVERYDAY, confidence=0.96) == list(EVERYDAY)


SURNAMES = str.split(
    "Giáp Lều Khiếu Ngụy Chế Chử Cấn Điểu Tẩn Lù Vừ Đèo Đoàn Văn Thanh Trương Nguyễn Đỗ Đố"
)
MIDDLES = str.split("Thị Văn Đắc Đổng Sỏi Tổng Khẩn Thẩm Triêm Chuẩn Kiêm Chiêu Biểu")
GIVEN = str.split(
    "Thê Tẻo Thẩm Triển Khân Đây Bồ Bô Tô Tố Cô Dâu Vôn Chỉ Thị Thông Nhật Huân Bôi Phôi Hường "
    "Đăng Tuân Trương Liểng Nghẻo Xuyễn Hiểng Phâm"
)
PLACES = ["Ngọk Réo", "Sủng Là", "Cỗi Đông", "Vạn Bổng", "Cô Đô", "Đống Cao", "Tông Cọt", "Phú Đô"]
NAMING = [
    "Ông (bà): {name}",
    "Họ, chữ đệm, tên: {name} Giới tính: Nữ",
    "Nơi cư trú: thôn {place}, xã {place}, huyện {place}",
    "ông {name} và bà {name} cùng ký tên vào biên bản",
    "Căn cứ đơn của bà {name} nộp tại xã {place}",
    "PHÓ CHỦ TỊCH {name}",
    "HỌ VÀ TÊN: {NAME}",
    "Tôi là {name}, hiện ở ấp {place}, xã {place}",
    "{name} - Trưởng phòng",
    "Quê quán: {place}, {place}",
]


def test_no_rare_name_is_changed():
    dice = random.Random(5)
    lines = []
    for _ in range(150):
        parts = {
            "name": " ".join(dice.choice(part) for part in (SURNAMES, MIDDLES, GIVEN)),
            "place": dice.choice(PLACES),
        }
        parts["NAME"] = parts["name"].upper()
        lines.append(dice.choice(NAMING).format(**parts))
    assert corrected(*lines, confidence=0.9) == lines


def test_name_over_two_lines():
    assert corrected("do ông Nguyễn Văn", "Tô ký ngày hôm qua") == [
        "do ông Nguyễn Văn",
        "Tô ký ngày hôm qua",
    ]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("Quyết định số 1368/QĐ- UBND ngày", "Quyết định số 1368/QĐ-UBND ngày"),
        ("Quyết định số 2269/QĐ- -TTg ngày", "Quyết định số 2269/QĐ-TTg ngày"),
        ("Công văn ngày 10/ 10/2024 của", "Công văn ngày 10/10/2024 của"),
        ("Công văn ngày.01/11/2024 của", "Công văn ngày 01/11/2024 của"),
        ("báo cáo kịp-thời cho", "báo cáo kịp thời cho"),
        ("tại Công văn SỐ 202/KH ngày", "tại Công văn số 202/KH ngày"),
        ("phối hợp với Các cơ quan", "phối hợp với các cơ quan"),
        ("c©) Bảo đảm an toàn", "c) Bảo đảm an toàn"),
        ("công bố TTH© nội bộ", "công bố TTHC nội bộ"),
        ("Tiểu dự án, ' Nội dung", "Tiểu dự án, Nội dung"),
        ("'Phó Chủ tịch Đặng Hữu Khoẻ", "Phó Chủ tịch Đặng Hữu Khoẻ"),
        ("ˆTổ dân phố 8, |xã Nghĩa Giang", "Tổ dân phố 8, xã Nghĩa Giang"),
        ('Giới tính: "Nữ', "Giới tính: Nữ"),
        ("theo quyết ĐÐịnh số 5", "theo quyết Định số 5"),
    ],
)
def test_what_print_never_looks_like(read, meant):
    assert corrected(read) == [meant]


@pytest.mark.parametrize(
    "line",
    [
        "tại Sở Xây dựng và Sở Y tế",
        "a - b",
        "Con gái đầu lòng",
        "12/ 13 học sinh",
        "số điện thoại 0905 123 456",
        "theo quy định tại điểm a khoản 2",
        "thẻ OCOP và XV",
        "IDVNM0860 TRAN<<THI<BO<<<<<<",
        "tại dichvucong.gov.vn và bo.to@vidu.vn",
        "người H'Mông ở xã Đắk R'lấp",
        "gọi là 'Bộ phận Một cửa' và \"Cổng dịch vụ\"",
    ],
)
def test_print_that_is_right_stays(line):
    assert corrected(line) == [line]


def test_torn_code_has_one_box_and_its_reading():
    text, _ = corrector.run(page("số 1368/QĐ- UBND ngày"), CONDITION)
    code = text.words[1]
    assert (code.text, code.read) == ("1368/QĐ-UBND", "1368/QĐ- UBND")
    assert code.box == (142, 100, 324, 130)


def test_distant_code_stays_torn():
    apart = page("1368/QĐ- UBND")
    far = replace(apart.words[1], box=(700, 100, 760, 130))
    text, _ = corrector.run(replace(apart, words=(apart.words[0], far)), CONDITION)
    assert [word.text for word in text.words] == ["1368/QĐ-", "UBND"]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_glued_words_share_their_box(rotation):
    flat = page("báo cáo kịp-thời cho")
    turned = [
        replace(word, box=_turned_back(word.box, rotation, 1650, 2340)) for word in flat.words
    ]
    size = (1650, 2340) if rotation in (0, 180) else (2340, 1650)
    text, _ = corrector.run(PageText(tuple(turned), rotation, *size, "test"), CONDITION)
    first, second = text.words[2:4]
    assert (first.text, second.text) == ("kịp", "thời")
    views = [upright(word.box, rotation, *size) for word in (first, second)]
    assert views[0][0] < views[0][2] <= views[1][0] < views[1][2]
    assert views[0][1::2] == views[1][1::2] == (100, 130)


def _turned_back(box, rotation, width, height):
    """Where a box of the upright page lies on the file."""
    x0, y0, x1, y1 = box
    return {
        0: box,
        90: (y0, width - x1, y1, width - x0),
        180: (width - x1, height - y1, width - x0, height - y0),
        270: (height - y1, x0, height - y0, x1),
    }[rotation]


def test_dropped_specks_are_reported():
    text, report = corrector.run(page("thi hành ˆ Quyết định này _"), CONDITION)
    assert text.text == "thi hành Quyết định này"
    assert [word.text for word in report.dropped] == ["ˆ", "_"]


def test_page_of_ruling_only():
    text, report = corrector.run(page("| _ |"), CONDITION)
    assert text.words == ()
    assert len(report.dropped) == 3


def test_a_letter_in_its_size_stays():
    large = page("Sở Nội vụ ñ phó")
    words = [replace(word, box=(*word.box[:3], word.box[1] + 30)) for word in large.words]
    text, report = corrector.run(replace(large, words=tuple(words)), CONDITION)
    assert text.words[3].text == "ñ"
    assert report.dropped == ()


def test_list_letters_follow_each_other():
    read = ("a) Một;", "b) Hai;", "e) Ba;", "d) Bốn;", "đ) Năm.")
    assert corrected(*read)[2] == "c) Ba;"
    assert corrected("d) Bốn;", "đ) Năm;", "e) Sáu;") == ["d) Bốn;", "đ) Năm;", "e) Sáu;"]


def test_list_items_end_alike():
    read = ("- Như trên;", "- Sở Tài chính:", "- Sở Y tế;", "- Lưu: VT.")
    assert corrected(*read)[1] == "- Sở Tài chính;"
    opening = ("- Một;", "- Hai;", "- Các việc sau đây:", "- Ba;", "- Bốn.")
    assert corrected(*opening)[2] == "- Các việc sau đây:"


def test_doubtful_words_are_flagged():
    text = page("Căn cứ Luật Tổ chức chính quyền địa phương ngày 19/6/2015 của", confidence=0.96)
    words = list(text.words)
    words[10] = replace(words[10], confidence=0.85)
    words[2] = replace(words[2], text="Lqật", read="Lqật", confidence=0.5)
    text, _ = corrector.run(replace(text, words=tuple(words)), CONDITION)
    assert [word.text for word in text.words if word.flagged] == ["Lqật", "19/6/2015"]


bits = st.text("tổôTỔchứcquyêền <>/.,;:-()©'|8", max_size=8) | st.text(max_size=4)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(bits, st.integers(0, 3), st.floats(0, 1)), max_size=12))
def test_any_words_give_a_page(found):
    words = tuple(
        Word(text, (9 * n, 9, 9 * n + 8, 19), confidence, text, line)
        for n, (text, line, confidence) in enumerate(found)
    )
    text, report = corrector.run(PageText(words, 0, 400, 400, "test"), CONDITION)
    assert all(0 <= change.index < len(text.words) for change in report.changes)
    said = [word.read for word in (*text.words, *report.dropped)]
    assert all(any(word.read in reading for reading in said) for word in words)


def test_a_page_takes_little_time():
    text = page(*EVERYDAY * 10, confidence=0.95)
    corrector.run(text, CONDITION)
    start = time.process_time()
    corrector.run(text, CONDITION)
    assert time.process_time() - start < 0.5  # 0.03 on a quiet machine, 1,100 words


def test_model_says_where_it_comes_from():
    facts = ngrams.load().facts
    assert facts["date"]
    assert all(";" in source for source in facts["sources"])
    assert ngrams.MODEL.stat().st_size < 2.5e6


def test_model_loads_fast():
    best = 9.0
    for _ in range(3):
        start = time.process_time()
        ngrams.model_of(*ngrams.read(ngrams.MODEL))
        best = min(best, time.process_time() - start)
    assert best < 0.25  # 0.03 on a quiet machine


@pytest.mark.parametrize("damage", [b"", b"desk-lm\n", b"something else"])
def test_damaged_model(tmp_path, damage):
    file = tmp_path / "model.lm"
    file.write_bytes(damage)
    with pytest.raises(ngrams.BadModel):
        ngrams.read(file)


def test_cut_off_model(tmp_path):
    file = tmp_path / "model.lm"
    file.write_bytes(ngrams.MODEL.read_bytes()[:-5000])
    with pytest.raises(ngrams.BadModel):
        ngrams.read(file)


def test_one_letter_read_as_two_in_a_code_is_suggested():
    text, _ = corrector.run(page("số 208/HĐÐĐND-KTNS ngày", "Đoàn ĐĐBQH"), CONDITION)
    code = next(word for word in text.words if "208" in word.read)
    assert (code.text, code.suggestion) == ("208/HĐĐĐND-KTNS", "208/HĐND-KTNS")
    assert code.flagged
    assert text.words[-1].text == "ĐĐBQH"
    assert text.words[-1].suggestion == ""


@pytest.mark.parametrize(("beside", "left"), [(None, 2), (250, 4)])
def test_a_dash_that_leads_to_nothing_is_a_rule(beside, left):
    under = page("Sở Nội vụ", "— Kính")
    heading, dash, item = under.words[:2], under.words[3], under.words[4]
    words = [*heading, replace(dash, box=(200, 150, 240, 156), confidence=0.7)]
    if beside is not None:
        words.append(replace(item, box=(beside, 140, beside + 80, 170), line=2))
    text, report = corrector.run(replace(under, words=tuple(words)), CONDITION)
    assert len(text.words) == left
    assert len(report.dropped) == (beside is None)
