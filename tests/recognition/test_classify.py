"""Types from titles, phrases and codes; mentions of other papers do not mislead."""

import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desk_app.dossiers import catalog
from desk_app.recognition.classify import classify_page
from desk_app.records import PageText
from tests.dossiers.handmade import qr, typed, zone

KNOWN = catalog.load(Path(__file__).parents[2] / "resources" / "procedures")
MOTTO = ("^CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "^Độc lập - Tự do - Hạnh phúc", "")

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
TITLED = {
    "marriage_certificate": "GIẤY CHỨNG NHẬN KẾT HÔN",
    "birth_certificate": "GIẤY KHAI SINH",
    "authorisation": "VĂN BẢN ỦY QUYỀN",
    "residence_form": "TỜ KHAI THAY ĐỔI THÔNG TIN CƯ TRÚ",
    "death_notice": "GIẤY BÁO TỬ",
    "death_registration_form": "TỜ KHAI ĐĂNG KÝ KHAI TỬ",
    "marriage_registration_form": "TỜ KHAI ĐĂNG KÝ KẾT HÔN",
    "receipt_slip": "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
    "extract_copy_form": "TỜ KHAI CẤP BẢN SAO TRÍCH LỤC HỘ TỊCH",
    "marital_status_form": "TỜ KHAI CẤP GIẤY XÁC NHẬN TÌNH TRẠNG HÔN NHÂN",
}


def kind(*lines, codes=(), **layout):
    return classify_page(typed(*lines, **layout), codes, KNOWN)


@pytest.mark.parametrize("type_id", TITLED)
def test_a_title_in_its_place_names_the_paper(type_id):
    found = kind(*MOTTO, f"^{TITLED[type_id]}", "Họ và tên: Nguyễn Văn An", "Ngày 5 tháng 1")
    assert (found.type, found.first) == (type_id, True)
    assert 0.8 < found.confidence < 1


def test_every_shipped_type_is_tried_here():
    assert {*TITLED, "birth_registration_form", "birth_notification", "citizen_card"} == set(
        KNOWN.rules
    )


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
STATEMENT = (*MOTTO, "^GIẤY CHỨNG NHẬN QUYỀN SỬ DỤNG ĐẤT", "Thửa đất số 12, tờ bản đồ số 5")
GUARDIAN = (*MOTTO, "^TỜ KHAI ĐĂNG KÝ GIÁM HỘ", "Họ, chữ đệm, tên người yêu cầu: Lê Thị Mai")


@pytest.mark.parametrize("paper", [SCHOOL, INVOICE, LETTER, DECISION, STATEMENT, GUARDIAN])
def test_papers_that_the_desk_does_not_know_stay_unknown(paper):
    found = kind(*paper)
    assert found.type is None
    assert found.first


def test_a_stated_other_title_is_surer_than_silence():
    assert kind(*DECISION).confidence > kind("vài chữ").confidence


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
    assert kind("^PASSPORT", codes=[passport]).type is None


def test_a_forms_own_qr_of_the_requester_does_not_make_it_a_card():
    assert kind(*FORM, codes=[qr()]).type == "birth_registration_form"


def test_a_dossier_code_alone_is_no_receipt_slip():
    assert kind("một dòng chữ", codes=[qr("H49.64-261120-0147")]).type is None
