"""Values told by their place: head and foot of office papers, columns of two persons."""

from pathlib import Path

import pytest

from desk_app import paths
from desk_app.dossiers import catalog
from desk_app.dossiers.agreement import cross_check
from desk_app.recognition import fields, offices, rows, spoken
from desk_app.recognition.checks import birth_date_problem
from desk_app.recognition.page import read_page
from desk_app.recognition.values import parse
from desk_app.records import Document, PageText, Word
from tests.dossiers.handmade import reading, typed
from tests.recognition.drawn_fields import papers
from tests.recognition.drawn_fields.sheet import DPI, scanned

KNOWN = catalog.load(paths.PROCEDURES)
HEAD = (
    "UBND HUYỆN BÌNH SƠN|CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "PHÒNG TƯ PHÁP|Độc lập - Tự do - Hạnh phúc",
    "Số: 1234567/PTP-HT|Bình Sơn, ngày 05 tháng 3 năm 2026",
)
FOOT = (
    "Nơi nhận:|KT. TRƯỞNG PHÒNG",
    "- Như trên;|PHÓ TRƯỞNG PHÒNG",
    "- Lưu: VT.|",
    "",
    "|Phùng Tô Long",
)


def read(type_id, *lines, **layout):
    return fields.run([("P1", reading(typed(*lines, **layout)))], type_id, KNOWN)


def values(type_id, *lines, **layout):
    return {field.name: field.value for field in read(type_id, *lines, **layout)[0]}


def test_a_letter_says_who_what_to_whom_and_who_signed():
    found = values(
        "official_letter", *HEAD, "V/v phối hợp kiểm tra hộ tịch|", "",
        "Kính gửi: Ủy ban nhân dân xã Tịnh Sơn.", "Thực hiện kế hoạch đã ban hành,", *FOOT,
    )  # fmt: skip
    assert found == {
        "superior_agency": "UBND HUYỆN BÌNH SƠN",
        "agency": "PHÒNG TƯ PHÁP",
        "number": "1234567/PTP-HT",
        "notation": "PTP-HT",
        "place": "Bình Sơn",
        "issue_date": "2026-03-05",
        "subject": "phối hợp kiểm tra hộ tịch",
        "addressee": "Ủy ban nhân dân xã Tịnh Sơn",
        "recipients": "Như trên; Lưu: VT",
        "signer_full_name": "Phùng Tô Long",
        "signer_position": "PHÓ TRƯỞNG PHÒNG",
    }


def test_the_subject_below_a_title_ends_before_the_body():
    found = values(
        "report", *HEAD, "", "^BÁO CÁO", "^Kết quả công tác hộ tịch", "^quý I năm 2026", "",
        "Căn cứ kế hoạch của Ủy ban nhân dân huyện về công tác hộ tịch trên địa bàn toàn huyện,",
    )  # fmt: skip
    assert found["subject"] == "Kết quả công tác hộ tịch quý I năm 2026"


def test_a_number_left_for_the_pen_is_empty_and_a_written_one_is_doubted():
    blank = [HEAD[0], HEAD[1], "Số: /PTP-HT|Bình Sơn, ngày 05 tháng 3 năm 2026"]
    found = values("official_letter", *blank)
    assert "number" not in found
    assert found["notation"] == "PTP-HT"


@pytest.mark.parametrize("day", ["ngày @3 tháng 01 năm 2025", "ngày tháng 01 năm 2025"])
def test_a_day_written_by_hand_is_not_guessed(day):
    found = values("official_letter", HEAD[0], HEAD[1], f"Số: 12/PTP|Bình Sơn, {day}")
    assert "issue_date" not in found
    assert parse("date", day) is None


def test_a_date_behind_a_label_that_says_day():
    found = values(
        "confirmation_request", "^ĐƠN XIN XÁC NHẬN", "Tôi tên là: Tôn Nữ Diệu Thảo",
        "Sinh ngày: 3 tháng 3 năm 1958",
    )  # fmt: skip
    assert found["requester_date_of_birth"] == "1958-03-03"


def test_a_position_is_no_name_and_may_stand_before_one():
    for line in ("PHÓ CHỦ TỊCH", "Chánh Văn phòng", "ỦY BAN NHÂN DÂN", "TRƯỞNG CÔNG AN XÃ"):
        assert parse("name", line) is None
    assert parse("name", "Phó Chủ tịch Đặng Hữu Khoẻ").text == "Đặng Hữu Khoẻ"
    assert parse("name", "Ô ĐINH VĂN ĐẠT").text == "ĐINH VĂN ĐẠT"
    assert parse("name", "Đoàn Hồng Loan").text == "Đoàn Hồng Loan"
    assert parse("name", "Cao Thúy Phượng Năm sinh: 1990").text == "Cao Thúy Phượng"


def test_the_representative_of_a_company_is_not_its_owner():
    found = values(
        "enterprise_certificate", "^GIẤY CHỨNG NHẬN ĐĂNG KÝ DOANH NGHIỆP",
        "4. Thông tin về chủ sở hữu", "Họ, chữ đệm và tên: TRẦN VĂN ÚT",
        "5. Người đại diện theo pháp luật của công ty",
        "* Họ, chữ đệm và tên: ÂU DƯƠNG MINH|Giới tính: Nam",
    )  # fmt: skip
    assert found["representative_full_name"] == "ÂU DƯƠNG MINH"


@pytest.mark.parametrize(
    ("foot", "position", "name"),
    [
        (("|TRƯỞNG CÔNG AN XÃ", "", "|Trung tá Vàng Văn Sinh"),
         "TRƯỞNG CÔNG AN XÃ", "Vàng Văn Sinh"),
        (("|KT. GIÁM ĐỐC", "", "|Bùi Thị Hồng Gấm"), None, "Bùi Thị Hồng Gấm"),
        (("|TM. ỦY BAN NHÂN DÂN", "|CHỦ TỊCH", *[""] * 20, "Hộ tịch"), "CHỦ TỊCH", None),
        (("|TM. ỦY BAN NHÂN DÂN", "|Chủ tịch Đinh Văn Đạt"), "Chủ tịch", "Đinh Văn Đạt"),
    ],
)  # fmt: skip
def test_whose_position_it_is(foot, position, name):
    """No rank, not that of who did not sign (KT.), and no word of a table."""
    found = values("official_letter", *HEAD, "", "Kính gửi: Sở Tư pháp", "", *foot)
    assert found.get("signer_position") == position
    assert found.get("signer_full_name") == name


def test_a_part_of_the_title_is_no_label():
    found = values(
        "marital_status_certificate", "^GIẤY XÁC NHẬN", "^TÌNH TRẠNG HÔN NHÂN",
        "Xét đề nghị của ông/bà: Nguyễn Hoàng Yến, về việc cấp giấy xác nhận này,",
        "Tình trạng hôn nhân: Chưa đăng ký kết hôn với ai",
    )  # fmt: skip
    assert found["marital_status"] == "Chưa đăng ký kết hôn với ai"


def test_a_family_name_that_nobody_bears_lowers_the_certainty():
    assert parse("name", "NGUYỄN THỊ LAN").certainty > 0.9
    assert parse("name", "NGUYÊN THỊ LAN").certainty < 0.8


def test_names_without_a_colon_and_values_before_a_numbered_entry():
    found = values(
        "land_transfer_contract", "^HỢP ĐỒNG CHUYỂN NHƯỢNG QUYỀN SỬ DỤNG ĐẤT",
        "BÊN CHUYỂN NHƯỢNG (bên A):", "Ông Lê Văn Thắng, sinh năm 1970",
        "Căn cước công dân số 051070001234 do Cục Cảnh sát cấp",
        "BÊN NHẬN CHUYỂN NHƯỢNG (bên B):", "Bà Trần Thị Yến, sinh năm 1980",
        "CCCD số: 051180001235",
    )  # fmt: skip
    assert (found["seller_full_name"], found["buyer_full_name"]) == ("Lê Văn Thắng", "Trần Thị Yến")
    assert found["seller_citizen_number"] == "051070001234"
    assert found["buyer_citizen_number"] == "051180001235"
    form = values("residence_form", "2. Ngày, tháng, năm sinh: 15/03/1988 3. Giới tính: Nữ 4. Số")
    assert form["requester_sex"] == "Nữ"
    slip = values("residence_form", "10. Nội dung đề nghị: Đăng ký thường trú 11. Email: a@b.vn")
    assert slip["request"] == "Đăng ký thường trú"


def test_two_persons_side_by_side_keep_their_values():
    found = values(
        "marriage_certificate", "Họ, chữ đệm, tên vợ:|Họ, chữ đệm, tên chồng:",
        "Lê Thị Yến|Trần Văn Thắng",
        "Ngày, tháng, năm sinh: 01/02/1990|Ngày, tháng, năm sinh: 03/04/1988",
    )  # fmt: skip
    assert found["wife_full_name"] == "Lê Thị Yến"
    assert found["husband_full_name"] == "Trần Văn Thắng"
    assert found["wife_date_of_birth"] == "1990-02-01"
    assert found["husband_date_of_birth"] == "1988-04-03"


def test_figures_that_contradict_the_words_are_doubted():
    lines = ("Họ, chữ đệm, tên: Lê Thị Yến", "Ngày, tháng, năm sinh: 09/07/2021")
    words = "Ghi bằng chữ: Ngày mùng {} tháng bảy năm hai nghìn không trăm hai mươi mốt"
    agreeing, _ = read("birth_certificate", *lines, words.format("chín"))
    differing, _ = read("birth_certificate", *lines, words.format("tám"))
    born = [{f.name: f for f in found}["child_date_of_birth"] for found in (agreeing, differing)]
    assert born[0].problem is None
    assert "2021-07-08" in born[1].problem.en
    assert born[1].confidence <= 0.5


def test_a_paper_is_not_older_than_its_person():
    assert birth_date_problem("2026-01-02", "2026-01-01") is not None
    assert birth_date_problem("2026-01-01", "2026-01-01") is None
    assert birth_date_problem("31/02/2026", "2026-01-01") is None


@pytest.mark.parametrize(
    ("code", "sound"), [("0300588569", True), ("0300588568", False), ("0300588569-001", True)]
)
def test_the_check_digit_of_an_enterprise_code(code, sound):
    found = parse("enterprise_code", f"Mã số: {code}")
    assert found.text == code
    assert (found.problem is None) is sound


def test_numbers_of_any_length_keep_their_notation():
    assert parse("number", "1234567/XN do").text == "1234567/XN"
    assert parse("number", "52/2019/HĐÐĐTN").text == "52/2019/HĐTN"
    assert parse("number", "52/2019/HĐÐĐTN").certainty < 0.75


@pytest.mark.parametrize(
    ("text", "number"),
    [("mười lăm", 15), ("hai mươi tư", 24), ("chín trăm linh năm", 905), ("một nghìn", 1000),
     ("giêng", 1), ("hai ba", None), ("ngày", None), ("", None)],
)  # fmt: skip
def test_numbers_in_words(text, number):
    assert spoken.number_in_words(text) == number


def test_lines_of_a_letterhead_are_joined_by_what_they_name():
    assert offices.agency_names(["ỦY BAN NHÂN DÂN", "TỈNH QUẢNG NGÃI"]) == [
        "ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI"
    ]
    assert offices.agency_names(["SỞ NÔNG NGHIỆP VÀ", "MÔI TRƯỜNG"]) == [
        "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG"
    ]
    assert offices.is_misspelt("ỦY BAN NHÂN DÂN TĨNH QUẢNG NGÃI")
    assert not offices.is_misspelt("ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI")


def test_two_signers_do_not_contradict_each_other():
    documents = []
    for name in ("Phùng Tô Long", "Lê Thị Yến"):
        found, _ = read("official_letter", *HEAD, *FOOT[:4], f"|{name}")
        assert "signer_full_name" in {field.name for field in found}
        documents.append(Document(name, "D", 1, None, "official_letter", name, 0.9, ("P1",), found))
    assert cross_check(documents) == ()


@pytest.mark.parametrize("kind", ["marriage_registration_form", "decision"])
def test_drawn_papers_through_the_engine(kind, tmp_path: Path):
    sheet = papers.draw(kind, 0, 77)
    readings = []
    for number, page in enumerate(sheet.pages):
        path = tmp_path / f"{number}.jpg"
        scanned(page, number).save(path, quality=80, dpi=(DPI, DPI))
        readings.append((path.name, read_page(path, paths.PROCEDURES)))
    found, _ = fields.run(readings, kind, KNOWN)
    sure = {f.name: f.value.casefold() for f in found if f.confidence >= 0.75}
    wrong = {n: v for n, v in sure.items() if v != sheet.truth.get(n, v).casefold()}
    assert wrong == {}
    assert len(sure.keys() & sheet.truth.keys()) > 0.5 * len(sheet.truth)


def test_one_letter_read_as_two_is_one_in_a_number():
    word = Word("306/QĐĐ-VHXH", (10, 10, 200, 40), 0.9, "306/QĐÐ-VHXH", 0)
    (row,) = rows.lines_of(PageText((word,), 0, 800, 600, "test"))
    found = parse("number", row.text)
    assert found.text == "306/QĐ-VHXH"
    assert found.certainty < 0.75
