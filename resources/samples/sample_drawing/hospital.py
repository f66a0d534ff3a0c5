"""The birth notification of a hospital, worded after form 01 of Circular 22/2025/TT-BYT."""

from __future__ import annotations

from . import people as facts
from .marks import round_stamp
from .paper import Paper, signing_block
from .people import CHILD_NAME, FATHER, MOTHER, in_figures, in_words
from .sheet import Sheet, mm


def birth_notification() -> Paper:
    """One written side with the hospital's stamp."""
    return Paper(
        type="birth_notification",
        title="GIẤY CHỨNG SINH",
        sheets=((_notification(), None),),
        fields={
            "mother_full_name": MOTHER.full_name,
            "mother_citizen_number": MOTHER.citizen_number,
            "child_date_of_birth": facts.CHILD_BORN.isoformat(),
            "number": facts.NOTIFICATION_NUMBER,
            "issue_date": facts.NOTIFICATION_DATE.isoformat(),
        },
    )


def _notification() -> Sheet:
    sheet = Sheet(top_mm=22, leading=1.42)
    sheet.agency_header(
        ("SỞ Y TẾ TỈNH QUẢNG NINH", "BỆNH VIỆN PHỤ SẢN", "VÂN HẢI"),
        (f"Số: {facts.NOTIFICATION_NUMBER}", "Quyển số: 04"),
    )
    sheet.title("GIẤY CHỨNG SINH", size_pt=18)
    sheet.field("Họ, chữ đệm, tên mẹ/Người nuôi dưỡng", MOTHER.full_name, bold=True)
    sheet.fields(("Ngày, tháng, năm sinh", in_figures(MOTHER.born)), ("Dân tộc", "Kinh"))
    sheet.field("Nơi thường trú", MOTHER.address)
    sheet.field("Mã số BHXH/Thẻ BHYT số", "2299990001")
    sheet.field("Số định danh cá nhân/Căn cước công dân số", MOTHER.citizen_number)
    sheet.fields(
        ("Ngày cấp", in_figures(MOTHER.card_issued or MOTHER.born)),
        ("Nơi cấp", "Cục Cảnh sát QLHC về TTXH"),
    )
    sheet.field("Họ, chữ đệm, tên cha", FATHER.full_name)
    sheet.field("Đã sinh con vào lúc", f"06 giờ 45 phút, {in_words(facts.CHILD_BORN)}")
    sheet.field("Tại", f"Khoa Sản, {facts.PLACE_OF_BIRTH}")
    sheet.fields(("Số lần sinh", "01"), ("Số con hiện sống", "01"), ("Số con lần sinh này", "01"))
    sheet.fields(("Giới tính của con", facts.CHILD_SEX), ("Cân nặng", "3.250 gam"))
    sheet.field("Tình trạng của con", "Khỏe mạnh, không dị tật bẩm sinh")
    sheet.field("Dự định đặt tên con là", CHILD_NAME, bold=True)
    sheet.field("Ghi chú", "Sinh thường, đủ tháng", leader_mm=200)
    sheet.skip(4)
    _signatures(sheet)
    sheet.y = mm(268)
    sheet.paragraph(
        "Lưu ý: Giấy chứng sinh có giá trị làm thủ tục đăng ký khai sinh tại cơ quan đăng ký hộ "
        "tịch; tên dự định đặt có thể thay đổi khi đăng ký khai sinh.",
        indent_mm=0, style="i", size_pt=11.5,
    )  # fmt: skip
    return sheet


def _signatures(sheet: Sheet) -> None:
    """Family and midwife at the left, the head of the hospital with the stamp at the right."""
    top = sheet.y
    left, right = sheet.left + mm(38), sheet.right - mm(44)
    sheet.skip(6)
    signing_block(
        sheet, left, ("CHA, MẸ HOẶC NGƯỜI THÂN",), FATHER.full_name,
        note="(Ký, ghi rõ họ tên)", height_mm=20,
    )  # fmt: skip
    sheet.skip(2)
    signing_block(
        sheet, left, ("NGƯỜI ĐỠ ĐẺ",), "LƯU THỊ THÙY", note="(Ký, ghi rõ họ tên)", height_mm=19
    )
    sheet.y = top
    sheet.centred(f"Vân Hải, {in_words(facts.NOTIFICATION_DATE)}", x=right, style="i")
    signing_block(
        sheet, right, ("THỦ TRƯỞNG CƠ SỞ", "KHÁM BỆNH, CHỮA BỆNH"), "BS. VŨ QUỐC TUẤN",
        note="(Ký tên, đóng dấu)", height_mm=34,
        stamp=round_stamp("BỆNH VIỆN PHỤ SẢN VÂN HẢI", "TỈNH QUẢNG NINH", "MẪU"),
    )  # fmt: skip
