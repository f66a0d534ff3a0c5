"""Values behind their labels, each with its box; codes before print; nothing guessed."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_app.dossiers import catalog
from desk_app.errors import NotFound
from desk_app.recognition import fields, rows
from desk_app.recognition.checks import citizen_number_problem, masked, names_differ
from desk_app.recognition.mrz import check_digit
from desk_app.recognition.values import parse
from tests.dossiers.handmade import CARD_QR, CARD_ZONE, qr, reading, typed, zone

KNOWN = catalog.load(Path(__file__).parents[2] / "resources" / "procedures")
DOTS = "................................"
FORM = (
    "^TỜ KHAI ĐĂNG KÝ KHAI SINH",
    f"Họ, chữ đệm, tên người yêu cầu: PHẠM THỊ KIỀU DIỄM {DOTS}",
    "Nơi cư trú (2): Số 12, tổ 5, phường Vân Hải",
    "Giấy tờ tùy thân (3): Căn cước công dân số 022190999003",
    "Quan hệ với người được khai sinh: Bà ngoại",
    "Đề nghị cơ quan đăng ký khai sinh cho người dưới đây:",
    f"Họ, chữ đệm, tên: NGUYỄN THIỆN NHẪN{DOTS}",
    f"Ngày, tháng, năm sinh: 10/11/2026{DOTS}",
    "Giới tính: Nam Dân tộc: Kinh Quốc tịch: Việt Nam",
    "Nơi sinh (4): Bệnh viện Phụ sản Vân Hải",
    "Họ, chữ đệm, tên người mẹ: NGUYỄN THỊ HỒNG NGUYỆT",
    "Năm sinh: 1996 Dân tộc: Kinh",
    "Họ, chữ đệm, tên người cha: ĐẶNG THẾ VỮNG",
    "Năm sinh: 1994 Dân tộc: Kinh",
)


def read(type_id, *lines, codes=(), **layout):
    pages = [("P1", reading(typed(*lines, **layout), codes))]
    return fields.run(pages, type_id, KNOWN)


def values(type_id, *lines, **more):
    return {field.name: field.value for field in read(type_id, *lines, **more)[0]}


def test_a_form_is_read_section_by_section():
    found = values("birth_registration_form", *FORM)
    assert found == {
        "requester_full_name": "PHẠM THỊ KIỀU DIỄM",
        "requester_address": "Số 12, tổ 5, phường Vân Hải",
        "requester_citizen_number": "022190999003",
        "requester_relation": "Bà ngoại",
        "child_full_name": "NGUYỄN THIỆN NHẪN",
        "child_date_of_birth": "2026-11-10",
        "child_sex": "Nam",
        "place_of_birth": "Bệnh viện Phụ sản Vân Hải",
        "mother_full_name": "NGUYỄN THỊ HỒNG NGUYỆT",
        "mother_year_of_birth": "1996",
        "father_full_name": "ĐẶNG THẾ VỮNG",
        "father_year_of_birth": "1994",
    }


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_form_gives_the_same_values(rotation):
    turned = values("birth_registration_form", *FORM, rotation=rotation)
    assert turned == values("birth_registration_form", *FORM)


def test_the_box_holds_the_words_that_were_read():
    text = typed(*FORM)
    found, _ = fields.run([("P7", reading(text))], "birth_registration_form", KNOWN)
    by_name = {field.name: field for field in found}
    mother = by_name["mother_full_name"]
    assert mother.page_id == "P7"
    inside = [
        word.text for word in text.words
        if word.box[1] >= mother.box[1] and word.box[3] <= mother.box[3]
        and word.box[0] >= mother.box[0] and word.box[2] <= mother.box[2]
    ]  # fmt: skip
    assert " ".join(inside) == "NGUYỄN THỊ HỒNG NGUYỆT"


def test_poor_words_give_a_poor_confidence():
    sure = read("birth_registration_form", *FORM)[0][0]
    poor = read("birth_registration_form", *FORM, confidence=0.4)[0][0]
    assert poor.value == sure.value
    assert poor.confidence < sure.confidence <= 0.96


def test_what_is_not_there_is_left_out_and_said_once():
    found, findings = read("birth_registration_form", "^TỜ KHAI ĐĂNG KÝ KHAI SINH")
    assert found == ()
    (finding,) = findings
    assert finding.code == "FIELD_UNREAD"
    assert "Họ tên trẻ" in finding.text.vi
    assert "Child's name" in finding.text.en


@pytest.mark.parametrize("junk", [DOTS, "", "|||", "/ /", "tháng năm", "12"])
def test_an_empty_line_of_a_form_is_no_value(junk):
    lines = [
        line if "người mẹ" not in line else f"Họ, chữ đệm, tên người mẹ: {junk}" for line in FORM
    ]
    assert "mother_full_name" not in values("birth_registration_form", *lines)


def test_an_impossible_date_is_shown_with_its_problem():
    lines = [line.replace("10/11/2026", "31/02/2026") for line in FORM]
    found, _ = read("birth_registration_form", *lines)
    born = next(field for field in found if field.name == "child_date_of_birth")
    assert born.value == "31/02/2026"
    assert born.problem.en == "There is no such day"
    assert born.confidence < 0.5


def test_a_number_that_contradicts_the_birth_year_has_a_problem():
    found, _ = read(
        "birth_notification", "Họ và tên mẹ/Người nuôi dưỡng: LÊ THỊ MAI",
        "Năm sinh: 1990", "Số CCCD: 022196999001",
    )  # fmt: skip
    number = next(field for field in found if field.name == "mother_citizen_number")
    assert "birth year" in number.problem.en
    assert number.confidence <= 0.5


def test_a_value_may_go_on_in_the_next_row_when_its_row_is_full():
    long = "Nơi sinh: Bệnh viện Phụ sản Trung ương số 43 đường Tràng Thi quận Hoàn Kiếm"
    lines = [*FORM[:9], long, "thành phố Hà Nội", *FORM[10:]]
    assert values("birth_registration_form", *lines)["place_of_birth"].endswith("thành phố Hà Nội")


def test_labels_in_one_column_and_values_in_the_other():
    found = values(
        "residence_form", "^TỜ KHAI THAY ĐỔI THÔNG TIN CƯ TRÚ",
        "1. Họ, chữ đệm và tên|Võ Thị Ánh Tuyết", "2. Ngày, tháng, năm sinh|15/03/1988",
        "4. Số định danh cá nhân|051188007777",
    )  # fmt: skip
    assert found["requester_full_name"] == "Võ Thị Ánh Tuyết"
    assert found["requester_date_of_birth"] == "1988-03-15"
    assert found["requester_citizen_number"] == "051188007777"


def test_names_below_signatures_and_the_date_of_signing():
    found = values(
        "receipt_slip", "^GIẤY TIẾP NHẬN HỒ SƠ", "Mã hồ sơ: H49.64-261120-0147",
        "NGƯỜI NỘP HỒ SƠ|NGƯỜI TIẾP NHẬN HỒ SƠ", "(Ký và ghi rõ họ tên)|(Ký và ghi rõ họ tên)",
        "", "PHẠM THỊ KIỀU DIỄM|TRỊNH HỮU NGHĨA",
    )  # fmt: skip
    assert found == {
        "dossier_code": "H49.64-261120-0147",
        "requester_full_name": "PHẠM THỊ KIỀU DIỄM",
    }
    born = values("birth_notification", ">Vân Hải, ngày 12 tháng 11 năm 2026")
    assert born["issue_date"] == "2026-11-12"


def test_an_unknown_paper_has_no_fields_and_an_unknown_type_is_an_error():
    assert fields.run([("P1", reading())], None, KNOWN) == ((), ())
    with pytest.raises(NotFound):
        fields.run([("P1", reading())], "no_such_type", KNOWN)


# ------------------------------------------------------------------ codes before print
CARD = (
    "^CĂN CƯỚC CÔNG DÂN", "Số / No.: 022196999001", "Họ và tên / Full name:",
    "NGUYỄN THỊ HỒNG NGUYỆT", "Ngày sinh / Date of birth: 09/08/1996",
    "Giới tính / Sex: Nữ Quốc tịch / Nationality: Việt Nam",
)  # fmt: skip


def test_the_qr_comes_first_and_agrees_with_zone_and_print():
    found, findings = read("citizen_card", *CARD, codes=[qr(), zone()])
    assert findings == ()
    assert {(f.name, f.value, f.source) for f in found} >= {
        ("citizen_number", "022196999001", "qr"), ("full_name", "Nguyễn Thị Hồng Nguyệt", "qr"),
        ("date_of_birth", "1996-08-09", "qr"), ("sex", "Nữ", "qr"),
        ("issue_date", "2021-05-14", "qr"), ("expiry_date", "2036-08-09", "mrz"),
    }  # fmt: skip
    assert all(f.box == qr().box for f in found if f.source == "qr")


def test_without_a_qr_the_zone_gives_numbers_and_print_the_name():
    found = {f.name: f for f in read("citizen_card", *CARD, codes=[zone()])[0]}
    assert found["citizen_number"].source == "mrz"
    assert (found["full_name"].value, found["full_name"].source) == (
        "NGUYỄN THỊ HỒNG NGUYỆT",
        "ocr",
    )


def test_the_zone_does_not_speak_for_the_marks_of_a_printed_name():
    """HÃNG agrees with HANG as well as HẰNG does."""
    alone = {f.name: f for f in read("citizen_card", *CARD, confidence=0.5)[0]}
    both = {f.name: f for f in read("citizen_card", *CARD, confidence=0.5, codes=[zone()])[0]}
    assert both["full_name"] == alone["full_name"]
    assert both["full_name"].confidence < 0.7


def test_print_alone_is_read_too():
    found = values("citizen_card", *CARD)
    assert found["citizen_number"] == "022196999001"
    assert found["full_name"] == "NGUYỄN THỊ HỒNG NGUYỆT"
    assert found["date_of_birth"] == "1996-08-09"


def test_a_zone_that_contradicts_the_qr_is_a_problem_with_masked_numbers():
    other = qr(CARD_QR.replace("022196999001", "022196999017"))
    found, findings = read("citizen_card", codes=[other, zone()])
    number = next(field for field in found if field.name == "citizen_number")
    assert (number.value, number.source, number.confidence) == ("022196999017", "qr", 0.5)
    assert number.problem is not None
    (finding,) = [f for f in findings if f.code == "CARD_DISAGREES"]
    assert finding.severity == "problem"
    for text in (finding.text.vi, finding.text.en):
        assert "9017" in text
        assert "9001" in text
        assert "022196" not in text


def test_print_that_contradicts_the_qr_is_a_warning_and_changes_nothing():
    lines = [line.replace("09/08/1996", "09/08/1995") for line in CARD]
    found, findings = read("citizen_card", *lines, codes=[qr()])
    assert [(f.code, f.severity) for f in findings] == [("CARD_DISAGREES", "warning")]
    assert {f.name: f for f in found}["date_of_birth"].confidence == 0.99


def test_a_zone_with_a_wrong_digit_gives_no_number():
    broken = zone(CARD_ZONE.replace("2196999001<<8", "2196999801<<8"))
    assert "citizen_number" not in {f.name for f in read("citizen_card", codes=[broken])[0]}


def test_two_persons_cards_on_one_sheet_are_said():
    other = qr(CARD_QR.replace("022196999001", "022094999002"))
    found, findings = read("citizen_card", codes=[qr(), other])
    assert [f.code for f in findings] == ["SEVERAL_CARDS"]
    assert {f.value for f in found if f.name == "citizen_number"} == {"022196999001"}


def test_the_receipt_slips_qr_is_compared_with_its_print():
    lines = ("^GIẤY TIẾP NHẬN HỒ SƠ", "Mã hồ sơ: H49.64-261120-0148")
    found, findings = read("receipt_slip", *lines, codes=[qr("H49.64-261120-0147")])
    assert [(f.value, f.source) for f in found] == [("H49.64-261120-0147", "qr")]
    assert [f.code for f in findings] == ["CODE_DISAGREES"]


# ------------------------------------------------------------------ values and checks
@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("date", "06 giờ 45 phút, ngày 10 tháng 11 năm 2026", "2026-11-10"),
        ("date", "9/8/1996", "1996-08-09"), ("date", "09-08-1996", "1996-08-09"),
        ("date", "ngày … tháng … năm 2026", None), ("date", "10/2026", None),
        ("year", "1996", "1996"), ("year", "09/08/1996", "1996"), ("year", "19966", None),
        ("sex", "Nữ Dân tộc", "Nữ"), ("sex", "NAM", "Nam"), ("sex", "Namibia", None),
        ("name", "(bà): NGUYỄN THỊ LAN, sinh năm 1990", "NGUYỄN THỊ LAN"),
        ("name", "NGUYỄN THỊ LAN Tản", "NGUYỄN THỊ LAN"),
        ("name", "Ông Đặng Văn Út", "Đặng Văn Út"), ("name", "Lan", None),
        ("name", "Y Moan Êñuôl", "Y Moan Êñuôl"), ("name", "người được ủy quyền", None),
        ("citizen_number", "022 196 999 001", "022196999001"),
        ("citizen_number", "0221969990011", None), ("citizen_number", "02219699900l", None),
        ("citizen_number", "CMND số 100999001", "100999001"), ("citizen_number", "100999001", None),
        ("number", "37/2023 do", "37/2023"), ("number", "tháng", None),
        ("dossier_code", "H49.64 - 261120 - 0147", "H49.64-261120-0147"),
        ("quantity", "3.250 gam", "3.250 gam"), ("text", "-", None), ("text", "Kinh", "Kinh"),
    ],
)  # fmt: skip
def test_values_are_taken_or_refused(kind, text, value):
    found = parse(kind, text)
    assert (found.text if found else None) == value


@pytest.mark.parametrize(
    ("number", "born", "sex", "what"),
    [
        ("022196999001", "1996-08-09", "Nữ", None), ("022196999001", None, None, None),
        ("022196999001", "1995", None, "birth year"), ("022196999001", None, "Nam", "sex"),
        ("099196999001", None, None, "place code"), ("022996999001", None, None, "century"),
        ("0221969990", None, None, "12 digits"), ("100999001", "1950", None, None),
        ("112196999001", None, None, None),
    ],
)  # fmt: skip
def test_the_structure_of_a_citizen_number(number, born, sex, what):
    problem = citizen_number_problem(number, KNOWN.provinces, born, sex)
    assert problem is None if what is None else what in problem.en


@given(st.from_regex(r"[0-9]{12}", fullmatch=True), st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_masked_numbers_show_the_last_four_and_what_differs(one, other):
    shown = masked(one, other)
    assert shown.endswith(one[-4:])
    assert re.sub("•", "", shown) == "".join(
        a for place, (a, b) in enumerate(zip(one, other, strict=True)) if a != b or place >= 8
    )


def test_names_are_compared_by_letters_marks_and_case():
    assert names_differ("NGUYỄN THUÝ HOÀ", "Nguyễn Thúy Hòa") == ""
    assert names_differ("Nguyễn Thúy Hòa", "NGUYEN THUY HOA") == ""
    assert names_differ("Nguyễn Thúy Hòa", "Nguyễn Thủy Hòa") == "marks"
    assert names_differ("Nguyễn Thúy Hòa", "Nguyễn Thúy Hoan") == "letters"


@given(
    st.sampled_from([0, 90, 180, 270]),
    st.tuples(*[st.integers(0, 900)] * 2, *[st.integers(1, 90)] * 2),
)
def test_turning_a_box_four_times_brings_it_back(rotation, corner):
    x, y, wide, high = corner
    box, size = (x, y, x + wide, y + high), (1000, 1400)
    for _ in range(4):
        box = tuple(map(int, rows.upright(box, rotation, *size)))
        size = size[::-1] if rotation % 180 else size
    assert box == (x, y, x + wide, y + high)


@given(st.text(max_size=60))
def test_folding_keeps_track_of_every_letter(text):
    folded, at = rows.fold(text)
    assert len(folded) == len(at)
    assert list(at) == sorted(at)
    assert "  " not in folded


@given(st.lists(st.text(max_size=40), max_size=12), st.sampled_from(sorted(KNOWN.rules)))
def test_any_text_gives_fields_or_none_but_never_an_error(lines, type_id):
    for field in read(type_id, *lines)[0]:
        assert 0 <= field.confidence <= 1
        assert field.value


def test_fillers_of_a_zone_read_as_letters_are_put_right_and_the_name_is_marked():
    """The check digits of the other lines say nothing of it."""
    ks = CARD_ZONE.replace("NGUYEN<<THI<HONG<NGUYET<<<<<<<", "NGUYENKKTHIKHONGKNGUYETKKKKKKK")
    found = {f.name: f for f in read("citizen_card", codes=[zone(ks)])[0]}
    assert found["full_name"].value == "NGUYEN THI HONG NGUYET"
    assert found["full_name"].confidence < 0.7
    assert found["citizen_number"].confidence > 0.9
    printed = ("Họ và tên / Full name:", "NGUYỄN THỊ HỒNG NGUYỆT")
    agreed = {f.name: f for f in read("citizen_card", *printed, codes=[zone(ks)])[0]}
    assert agreed["full_name"].value == "NGUYỄN THỊ HỒNG NGUYỆT"
    assert agreed["full_name"].confidence > 0.9


def passport_zone():
    number = "C12345670"
    second = f"{number}{check_digit(number)}VNM800101"
    second += f"{check_digit('800101')}M300101{check_digit('300101')}001080012345<<"
    second += check_digit("001080012345<<")
    second += check_digit(second[0:10] + second[13:20] + second[21:43])
    return "P<VNMTRAN<<VAN<AN".ljust(44, "<") + "\n" + second


def test_a_passports_zone_says_its_values():
    found, findings = read(
        "passport", "^HỘ CHIẾU / PASSPORT", "Họ và tên / Full name", "TRẦN VĂN AN",
        "Số hộ chiếu / Passport No: C12345678", codes=[zone(passport_zone())],
    )  # fmt: skip
    said = {field.name: (field.value, field.source) for field in found}
    assert said["passport_number"] == ("C12345670", "mrz")
    assert said["full_name"] == ("TRẦN VĂN AN", "ocr")
    assert said["date_of_birth"] == ("1980-01-01", "mrz")
    assert said["expiry_date"] == ("2030-01-01", "mrz")
    assert [finding.code for finding in findings] == ["CODE_DISAGREES"]


def row_of(text):
    (row,) = rows.rows_of(typed(text))
    return row


@pytest.mark.parametrize(
    "text", ["GIẤY CHỨNG SINH", "1. GIAY CHƯNG SINH", "Giẫy chúng sính", "GIÁY CHỨNC SINH Số: 12"]
)
def test_titles_are_found_through_recognition_errors(text):
    row = row_of(text)
    match = rows.find("Giấy chứng sinh", row)
    assert match is not None
    assert rows.plain(row.text[match.start : match.end]).startswith("giay chun")


@pytest.mark.parametrize("text", ["Giấy", "GIẤY KHAI SINH", "chứng minh"])
def test_other_titles_are_not_found(text):
    assert rows.find("Giấy chứng sinh", row_of(text)) is None
