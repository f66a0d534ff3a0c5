"""Types from titles, phrases and codes; mentions of other papers do not mislead."""

import random
import time
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_app import paths
from desk_app.dossiers import catalog
from desk_app.errors import UsageError
from desk_app.recognition.classify import classify_page, stated
from desk_app.recognition.doctypes import Calibration, load_types
from desk_app.recognition.learning import Suggestion
from desk_app.recognition.page import read_page
from desk_app.records import PageText
from tests.dossiers.handmade import qr, typed, zone
from tests.recognition.drawn_types import fitting, papers
from tests.recognition.drawn_types.sheet import DPI

KNOWN = catalog.load(Path(__file__).parents[2] / "resources" / "procedures")
BOOK = load_types(Path(__file__).parents[2] / "resources" / "procedures")
"""The same with the fitted confidences."""
MOTTO = ("^CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "^Độc lập - Tự do - Hạnh phúc", "")


def kind(*lines, codes=(), **layout):
    return classify_page(typed(*lines, **layout), codes, KNOWN)


FORM = (
    *MOTTO,
    "^TỜ KHAI ĐĂNG KÝ KHAI SINH",
    "^Kính gửi: Ủy ban nhân dân phường Vân Hải",
    "Họ, chữ đệm, tên người yêu cầu: PHẠM THỊ KIỀU DIỄM",
    "Nơi cư trú: Số 12, tổ 5, phường Vân Hải",
    "Quan hệ với người được khai sinh: Bà ngoại",
    "Đề nghị cơ quan đăng ký khai sinh cho người dưới đây:",
    "Họ, chữ đệm, tên: ĐẶNG NGUYỄN THIỆN NHẪN",
    "Họ, chữ đệm, tên người mẹ: NGUYỄN THỊ HỒNG NGUYỆT",
    "Kèm theo Giấy chứng nhận kết hôn số 37/2023 và Giấy chứng sinh số 1128",
)
NOTIFICATION = (
    "BỆNH VIỆN PHỤ SẢN|CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Số: 1128/2026|Độc lập - Tự do - Hạnh phúc",
    "",
    "^GIẤY CHỨNG SINH",
    "Họ và tên mẹ/Người nuôi dưỡng: NGUYỄN THỊ HỒNG NGUYỆT",
    "Đã sinh con vào lúc: 06 giờ 45 phút, ngày 10 tháng 11 năm 2026",
    "Giới tính con: Nam|Cân nặng: 3250 gam",
    "Dự định đặt tên con là: ĐẶNG NGUYỄN THIỆN NHẪN",
)


@pytest.mark.parametrize("type_id", sorted(KNOWN.rules))
def test_a_title_in_its_place_names_the_paper(type_id):
    for title in () if type_id == "official_letter" else KNOWN.rules[type_id].titles:
        found = kind(*MOTTO, f"^{title.upper()}", "Một dòng chữ nào đó", "Ngày 5 tháng 1")
        assert (found.type, found.first) == (type_id, True), title
        assert 0.7 < found.confidence < 1


@pytest.mark.parametrize("name", [kind for kind in papers.TEST_KINDS if "unknown" not in kind])
def test_every_shipped_type_is_known_from_another_draughtsmans_page(name):
    for seed in (11, 12):
        sheet = papers.drawn_page(name, seed)
        found = classify_page(sheet.read(), (), KNOWN)
        assert (found.type, found.first) == (name, True)


def test_every_shipped_type_is_drawn():
    drawn = {kind for kind in papers.TEST_KINDS if not kind.startswith("unknown_")}
    assert drawn == set(KNOWN.rules)
    assert len(drawn) > 50


@pytest.mark.parametrize("name", [n for n in papers.TEST_KINDS if "later" in papers.WORDING[n]])
def test_second_pages_go_on_and_are_never_another_paper(name):
    sheet = papers.drawn_page(name, 21, later=True)
    found = classify_page(sheet.read(), (), KNOWN)
    assert not found.first or found.type is None
    assert found.type in (name, None)


def test_what_is_stated_is_kept():
    """Misread letters, unknown papers, and kinds that the catalogue lacks, all together."""
    sure = []
    for number, sheet in enumerate(papers.testing_set(2)):
        rules = {k: r for k, r in BOOK.rules.items() if number % 2 or k != sheet.kind}
        found = classify_page(sheet.read(0.04), (), replace(BOOK, rules=rules))
        right = found.type == sheet.kind or found.type in fitting.KINDS_OF
        sure += [right] if found.type and found.confidence >= 0.95 else []
    assert len(sure) > 40
    assert sum(sure) >= 0.95 * len(sure)


def test_a_page_takes_little_time():
    text = typed(*[f"{number} một dòng chữ dài của văn bản hành chính" for number in range(34)])
    classify_page(text, (), BOOK)
    started = time.process_time()
    for _ in range(10):
        classify_page(text, (), BOOK)
    assert (time.process_time() - started) / 10 < 0.03  # 6 ms on a quiet machine


# ------------------------------------------------------------------ the description files
TYPE = '[[type]]\nid = "a"\ntitle = "A"\ntitle_en = "A"\n'
FIELD = '[[type.field]]\nname = "x"\nlabel = "X"\nlabel_en = "X"\nkind = "text"\n'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (TYPE + FIELD + FIELD, "alternative = true"),
        (TYPE + FIELD + "alternative = true\n", "alternative = true"),
        (TYPE + 'fields_of = "b"\n', "not described above"),
        (TYPE + 'openings = [["V/v"]]\n', "phrases or"),
        ("[calibration]\nscores = [0.5, 0.1]\nstated = [0.1, 0.2]\n", "rising"),
        ("[calibration]\nscores = [0.5]\nstated = []\n", "rising"),
        ('[calibration]\nscores = ["a"]\nstated = [0.5]\n', "rising"),
    ],
)
def test_a_fault_in_a_description_is_named_with_its_line(tmp_path, text, fault):
    (tmp_path / "types.toml").write_text(text, "utf-8")
    with pytest.raises(UsageError, match=fault) as raised:
        load_types(tmp_path)
    assert "types.toml:" in str(raised.value)


def test_an_alternative_takes_its_label_from_the_first_rule(tmp_path):
    (tmp_path / "types").mkdir()
    (tmp_path / "types.toml").write_text("", "utf-8")
    second = '[[type.field]]\nname = "x"\nkind = "signature"\nalternative = true\n'
    shared = TYPE.replace('"a"', '"b"') + 'fields_of = "a"\n'
    (tmp_path / "types" / "more.toml").write_text(TYPE + FIELD + second + shared, "utf-8")
    known = load_types(tmp_path).rules
    assert [rule.label for rule in known["a"].fields] == ["X", "X"]
    assert [rule.kind for rule in known["a"].asked] == ["text"]
    assert known["b"].fields == known["a"].fields


# ------------------------------------------------------------------ papers of offices
OFFICE = "ỦY BAN NHÂN DÂN XÃ BÌNH DƯƠNG|CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"


def office(number, *lines):
    return kind(OFFICE, f"Số: {number}|Độc lập - Tự do - Hạnh phúc", *lines)


def test_a_letter_has_no_title_but_a_number_and_a_subject():
    found = office(
        "12/UBND-VP", "V/v góp ý dự thảo Quyết định", "^Kính gửi: Sở Tư pháp", "Nơi nhận:"
    )
    assert (found.type, found.first) == ("official_letter", True)


def test_a_company_letter_is_told_by_its_number():
    found = kind(
        "CÔNG TY TÂN MINH PHÁT|CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Số: 09/CV-TMP|Độc lập - Tự do - Hạnh phúc",
        "Kính gửi:", "- Ủy ban nhân dân thành phố Biên Hòa;",
    )  # fmt: skip
    assert (found.type, found.first) == ("official_letter", True)


@pytest.mark.parametrize(
    "heading",
    [
        ("^Phụ lục", "^SỐ LIỆU GIẢI QUYẾT", "^(Kèm theo Báo cáo số 57/BC-UBND ngày 20/6/2024)"),
        ("^DANH SÁCH", "^(Kèm theo Quyết định số 318/QĐ-STP ngày 02/01/2025 của Sở Tư pháp)"),
        ("^LỜI CHỨNG CỦA CÔNG CHỨNG VIÊN",),
    ],
)
def test_what_goes_with_a_paper_starts_none(heading):
    rest = ["Hôm nay các nội dung được thống kê theo từng lĩnh vực như sau"] * 4
    assert not kind(*heading, *rest).first


def test_a_form_with_the_circular_it_came_with_starts_a_paper():
    note = "^(Ban hành kèm theo Quyết định số 490/QĐ-BHXH ngày 28/3/2023)"
    assert kind(*MOTTO, "^TỜ KHAI THAM GIA", note, "Họ và tên: Nguyễn Văn An").first


def test_an_application_is_no_letter():
    found = kind(*MOTTO, "^Kính gửi: Sở Tư pháp", "Tôi tên là: Nguyễn Văn An", "Về việc: xin")
    assert found.type is None


def test_a_heading_inside_another_paper_is_not_its_title():
    found = kind(*MOTTO, "^GIẤY PHÉP XÂY DỰNG", "", "^QUYẾT ĐỊNH", "Điều 1. Cấp cho ông An")
    assert found.type is None


def test_the_number_helps_where_the_name_was_misread():
    lines = ("^QUYẾT D!NH", "Căn cứ Luật Tổ chức chính quyền địa phương;", "Điều 1.", "Điều 2.")
    assert office("12/QĐ-UBND", *lines).type == "decision"
    assert office("12/QĐ-UBND", *lines).confidence > kind(*MOTTO, *lines).confidence


@pytest.mark.parametrize(
    "line", ["^HỘI ĐỒNG NHÂN DÂN XÃ", "^QUYẾT ĐỊNH số 5 là căn cứ", "BÁO CÁO VIÊN PHÁP LUẬT TỈNH A"]
)
def test_words_like_a_kinds_name_are_not_its_title(line):
    found = kind("", "", line, "một dòng chữ nào đó của giấy tờ", "một dòng nữa")
    assert found.type is None or found.confidence < 0.7


def test_the_last_word_of_a_title_decides():
    assert kind(*MOTTO, "^TỜ KHAI ĐĂNG KÝ KHAI TỬ").type == "death_registration_form"
    without = {k: r for k, r in BOOK.rules.items() if k != "death_registration_form"}
    text = typed(*MOTTO, "^TỜ KHAI ĐĂNG KÝ KHAI TỬ")
    assert classify_page(text, (), replace(BOOK, rules=without)).type is None


def test_a_title_inside_a_longer_one_is_not_the_papers_own():
    lines = ("^BIÊN BẢN GIAO NHẬN GIẤY CHỨNG NHẬN", "^QUYỀN SỬ DỤNG ĐẤT", "Hôm nay, chúng tôi gồm")
    assert kind(*MOTTO, *lines).type == "minutes"


# ------------------------------------------------------------------ with what clerks taught
def test_a_sure_lesson_overrules_the_rules():
    text = typed(*FORM)
    found = classify_page(text, (), KNOWN, [Suggestion("death_notice", 0.98)])
    assert (found.type, found.first) == ("death_notice", True)


def test_a_faint_likeness_does_not():
    found = classify_page(typed(*FORM), (), KNOWN, [Suggestion("death_notice", 0.25)])
    assert found.type == "birth_registration_form"


def test_a_paper_taught_as_none_of_the_types_stays_unknown():
    found = classify_page(typed(*FORM), (), KNOWN, [Suggestion(None, 0.97)])
    assert found.type is None
    assert found.confidence == 0.97


def test_a_lesson_tells_first_and_later_pages_apart():
    text = typed("một dòng chữ", "một dòng nữa")
    for first in (True, False):
        lesson = [Suggestion("minutes", 0.95, first)]
        assert classify_page(text, (), KNOWN, lesson).first == first


def test_the_stated_confidence_lies_on_the_fitted_curve():
    curve = Calibration((0.0, 0.6, 1.0), (0.1, 0.5, 0.9))
    assert [stated(score, curve) for score in (0.0, 0.3, 0.6, 0.8, 1.0)] == pytest.approx(
        [0.1, 0.3, 0.5, 0.7, 0.9]
    )


def test_each_value_is_asked_for_once():
    for rules in KNOWN.rules.values():
        names = [rule.name for rule in rules.asked]
        assert len(names) == len(set(names))
    form = KNOWN.rules["birth_registration_form"]
    assert len([rule for rule in form.fields if rule.name == "requester_full_name"]) == 2


def test_phrases_add_to_the_confidence():
    bare = kind(*MOTTO, "^GIẤY CHỨNG SINH")
    full = kind(*NOTIFICATION)
    assert (full.type, full.first) == ("birth_notification", True)
    assert full.confidence > bare.confidence


def test_a_form_that_names_other_papers_stays_a_form():
    found = kind(*FORM)
    assert (found.type, found.first) == ("birth_registration_form", True)
    assert found.confidence > 0.95


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_page_is_read_in_its_own_order(rotation):
    assert kind(*FORM, rotation=rotation) == kind(*FORM)


def test_a_title_over_two_lines_is_one_title():
    found = kind(
        *MOTTO, "^GIẤY TIẾP NHẬN HỒ SƠ", "^VÀ HẸN TRẢ KẾT QUẢ", "Mã hồ sơ: H49-261120-0147"
    )
    assert found.type == "receipt_slip"


def test_marks_may_be_missing():
    plain = (
        "".join(
            char
            for char in unicodedata.normalize("NFD", "\n".join(FORM))
            if not unicodedata.combining(char)
        )
        .replace("Đ", "D")
        .replace("đ", "d")
    )
    assert kind(*plain.split("\n")).type == "birth_registration_form"


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6))
def test_misread_letters_do_not_change_the_type(seed):
    rng = random.Random(seed)
    noisy = [
        "".join(
            rng.choice("aeiouơưnmt") if char.isalpha() and rng.random() < 0.04 else char
            for char in line
        )
        for line in FORM
    ]
    found = kind(*noisy)
    assert found.type in ("birth_registration_form", None)
    assert 0 <= found.confidence <= 1


# ------------------------------------------------------------------ unknown is an answer
SCHOOL = (
    *MOTTO,
    "^HỌC BẠ TIỂU HỌC",
    "Họ và tên học sinh: Trần Minh Khoa",
    "Giới tính: Nam",
    "Họ và tên cha: Trần Văn Hải",
    "Họ và tên mẹ: Lê Thị Mai",
    "Nơi sinh: Quảng Ninh",
)
INVOICE = (
    "^HÓA ĐƠN GIÁ TRỊ GIA TĂNG",
    "Đơn vị bán hàng: Công ty TNHH Sao Mai",
    "Mã số thuế: 0101234567",
    "Cộng tiền hàng: 1.200.000",
    "Số tiền bằng chữ: Một triệu",
)
LETTER = (
    "12 March 2026",
    "",
    "Dear Ms Nguyen,",
    "Thank you for your letter of 3 March about the",
    "birth certificate of your son. We enclose the copy that you asked for.",
    "Yours,",
)
DECISION = (
    *MOTTO,
    "^QUYẾT ĐỊNH",
    "^Về việc công bố thủ tục đăng ký khai sinh, đăng ký kết hôn",
    "Căn cứ Luật Hộ tịch; Tờ khai đăng ký khai sinh; Giấy chứng sinh; Giấy ủy quyền",
    "Giấy chứng nhận kết hôn; Họ, chữ đệm, tên người mẹ; Họ, chữ đệm, tên người cha",
)
PERMIT = (*MOTTO, "^GIẤY PHÉP XÂY DỰNG", "Được phép xây dựng công trình: nhà ở riêng lẻ")
GUARDIAN = (*MOTTO, "^TỜ KHAI ĐĂNG KÝ GIÁM HỘ", "Họ, chữ đệm, tên người yêu cầu: Lê Thị Mai")


@pytest.mark.parametrize("paper", [SCHOOL, INVOICE, LETTER, PERMIT, GUARDIAN])
def test_papers_that_the_desk_does_not_know_stay_unknown(paper):
    found = kind(*paper)
    assert found.type is None
    assert found.first


def test_a_decision_that_names_papers_is_none_of_them():
    assert kind(*DECISION).type == "decision"


def test_a_stated_other_title_is_surer_than_silence():
    assert kind(*PERMIT).confidence > kind("vài chữ").confidence


def test_an_empty_page_is_unknown_and_hardly_sure():
    found = classify_page(PageText((), 0, 1654, 2339, "none"), (), KNOWN)
    assert (found.type, found.alternatives) == (None, ())
    assert found.confidence <= 0.3


def test_a_title_low_on_the_page_or_in_a_sentence_is_a_mention():
    filler = ["một dòng chữ nào đó của giấy tờ"] * 20
    assert kind(*MOTTO, *filler, "^GIẤY CHỨNG NHẬN KẾT HÔN", *filler[:5]).type is None
    assert kind(*MOTTO, "Xin nộp kèm Giấy chứng nhận kết hôn số 5 và Giấy khai sinh").type is None


def test_two_types_that_tie_are_not_guessed():
    found = kind("Họ, chữ đệm, tên người mẹ: A", "Họ, chữ đệm, tên người cha: B")
    assert found.type is None


# ------------------------------------------------------------------ first or later
def test_a_numbered_page_goes_on():
    later = (
        "Trang 2/3",
        "Bên được ủy quyền đồng ý với nội dung ủy quyền trên",
        "Thời hạn ủy quyền: 60 ngày",
        "Người ủy quyền|Người được ủy quyền",
    )
    found = kind(*later, top=100)
    assert (found.type, found.first) == ("authorisation", False)


@pytest.mark.parametrize("number", ["2", "- 3 -", "Trang 2", "2/4"])
def test_page_numbers_in_all_their_forms(number):
    assert not kind(f"^{number}", "", "một dòng chữ nào đó", top=60).first


def test_the_first_pages_own_number_changes_nothing():
    assert kind("Trang 1/3", *FORM, top=60).first


def test_the_later_page_of_a_form_belongs_to_it():
    found = kind(
        "Tôi cam đoan nội dung đề nghị đăng ký khai sinh trên đây là đúng sự thật, được",
        "sự thỏa thuận nhất trí của các bên liên quan theo quy định pháp luật.",
        "Đã đăng ký kết hôn theo Giấy chứng nhận kết hôn số 37/2023",
        ">Người yêu cầu",
    )
    assert (found.type, found.first) == ("birth_registration_form", False)


@pytest.mark.parametrize(
    "line", ["được giao nhiệm vụ theo", "- Giao Ban Dân tộc", "b) Thường xuyên", "Điều 4. Thủ"]
)
def test_an_unknown_page_that_begins_in_the_middle_goes_on(line):
    filler = ["một dòng chữ nào đó của giấy tờ"] * 4
    assert not kind(line, *filler).first
    assert kind("Sáng nay", *filler).first
    assert not kind(line, *filler, "Nơi nhận:|KT. CHỦ TỊCH").first
    assert kind("^BẢN VẼ", line, *filler).first


# ------------------------------------------------------------------ through the engine
READ = (
    ("official_letter", 31, False), ("decision", 32, True), ("land_transfer_contract", 33, False),
    ("residence_confirmation", 34, False), ("household_business_form", 35, False),
    ("unknown_construction_permit", 36, False),
)  # fmt: skip


@pytest.mark.parametrize(("name", "seed", "later"), READ)
def test_a_drawn_and_scanned_page_is_recognised(tmp_path, name, seed, later):
    sheet = papers.drawn_page(name, seed, later=later)
    path = tmp_path / "page.jpg"
    sheet.picture().save(path, quality=80, dpi=(DPI, DPI))
    found = read_page(path, paths.PROCEDURES).type
    assert (found.type, found.first) == (sheet.kind, not later)


# ------------------------------------------------------------------ codes
def test_the_cards_qr_is_enough():
    found = kind("mờ", codes=[qr()])
    assert found.type == "citizen_card"
    assert found.confidence > 0.85


def test_the_cards_back_goes_on_with_its_front():
    found = kind("Đặc điểm nhân dạng / Personal identification:", codes=[zone()])
    assert (found.type, found.first) == ("citizen_card", False)


def test_both_sides_on_one_page_start_a_card():
    text = ("", "", "^CĂN CƯỚC CÔNG DÂN", "^Citizen Identity Card", "Họ và tên / Full name:")
    found = kind(*text, "Đặc điểm nhân dạng / Personal identification:", codes=[qr(), zone()])
    assert (found.type, found.first) == ("citizen_card", True)


def test_a_passport_is_no_citizen_card():
    passport = zone(
        "\n".join(
            ("P<VNMNGUYEN<<VAN<AN".ljust(44, "<"), "B1234567<8VNM9001011M3001012<<<<<<<<<<<<<<04")
        )
    )
    assert kind("vài chữ", codes=[passport]).type == "passport"


def test_a_forms_own_qr_of_the_requester_does_not_make_it_a_card():
    assert kind(*FORM, codes=[qr()]).type == "birth_registration_form"


def test_a_dossier_code_alone_is_no_receipt_slip():
    assert kind("một dòng chữ", codes=[qr("H49.64-261120-0147")]).type is None
