"""The birth form and the marriage certificate, after the forms of Circular 04/2024/TT-BTP."""

from __future__ import annotations

from PIL import ImageDraw

from . import people as facts
from .marks import round_stamp
from .paper import Paper, signing_block
from .people import AGENT, CHILD_NAME, FATHER, MOTHER, in_figures, in_words
from .sheet import BLACK, Sheet, mm, pt

STAMP_TEXT = ("U.B.N.D PHƯỜNG VÂN HẢI", "TỈNH QUẢNG NINH", "MẪU")


def birth_form() -> Paper:
    """The registration form: three written sides on two sheets.

    It mentions the marriage certificate, the birth notification and the authorisation by name and
    number, as real forms do: a reader that only looks for words takes it for one of them.
    """
    return Paper(
        type="birth_registration_form",
        title="TỜ KHAI ĐĂNG KÝ KHAI SINH",
        sheets=((_form_first(), _form_second()), (_form_third(), None)),
        fields={
            "child_full_name": CHILD_NAME,
            "child_date_of_birth": facts.CHILD_BORN.isoformat(),
            "child_sex": facts.CHILD_SEX,
            "requester_full_name": AGENT.full_name,
            "mother_full_name": MOTHER.full_name,
            "father_full_name": FATHER.full_name,
            "place_of_birth": facts.PLACE_OF_BIRTH,
        },
    )


def _form_first() -> Sheet:
    sheet = Sheet(top_mm=22, leading=1.66)
    sheet.write(
        sheet.right, sheet.y, "(Theo mẫu của Thông tư số 04/2024/TT-BTP)", size_pt=11, style="i",
        anchor="rs",
    )  # fmt: skip
    sheet.skip(3)
    sheet.national_header(size_pt=13.5)
    sheet.title("TỜ KHAI ĐĂNG KÝ KHAI SINH")
    sheet.centred(f"Kính gửi: (1) {facts.COMMITTEE}", size_pt=13.5)
    sheet.skip(4)
    sheet.field("Họ, chữ đệm, tên người yêu cầu", AGENT.full_name, bold=True)
    sheet.field("Ngày, tháng, năm sinh", in_figures(AGENT.born))
    sheet.field("Nơi cư trú (2)", AGENT.address)
    sheet.field("Giấy tờ tùy thân (3)", _identity(AGENT))
    sheet.field(
        "Quan hệ với người được khai sinh",
        f"Người được mẹ của trẻ ủy quyền theo văn bản {in_words(facts.AUTHORISATION_DATE)}",
    )
    sheet.skip(2.5)
    sheet.paragraph(
        "*Đề nghị cơ quan đăng ký khai sinh cho người dưới đây:*", indent_mm=0, justify=False
    )
    sheet.skip(1)
    sheet.field("Họ, chữ đệm, tên", CHILD_NAME, bold=True)
    sheet.field("Ngày, tháng, năm sinh", in_figures(facts.CHILD_BORN))
    sheet.field("Ghi bằng chữ", "Ngày mười, tháng mười một, năm hai nghìn không trăm hai mươi sáu")
    sheet.fields(("Giới tính", facts.CHILD_SEX), ("Dân tộc", "Kinh"), ("Quốc tịch", "Việt Nam"))
    sheet.field("Nơi sinh (4)", facts.PLACE_OF_BIRTH)
    sheet.field("Quê quán", facts.ORIGIN)
    sheet.skip(2.5)
    sheet.field("Họ, chữ đệm, tên người mẹ", MOTHER.full_name, bold=True)
    sheet.fields(
        ("Năm sinh (5)", str(MOTHER.born.year)), ("Dân tộc", "Kinh"), ("Quốc tịch", "Việt Nam")
    )
    sheet.field("Nơi cư trú (2)", MOTHER.address)
    sheet.field("Giấy tờ tùy thân (3)", _identity(MOTHER))
    return sheet


def _identity(person: facts.Person) -> str:
    issued = in_figures(person.card_issued or person.born)
    return f"Căn cước công dân số {person.citizen_number}, {facts.POLICE} cấp ngày {issued}"


def _form_second() -> Sheet:
    sheet = Sheet(left_mm=20, right_mm=25, leading=1.62)
    sheet.page_number(2)
    sheet.field("Họ, chữ đệm, tên người cha", FATHER.full_name, bold=True)
    sheet.fields(
        ("Năm sinh (5)", str(FATHER.born.year)), ("Dân tộc", "Kinh"), ("Quốc tịch", "Việt Nam")
    )
    sheet.field("Nơi cư trú (2)", FATHER.address)
    sheet.field("Giấy tờ tùy thân (3)", _identity(FATHER))
    sheet.skip(2.5)
    sheet.paragraph(
        f"Cha, mẹ của trẻ đã đăng ký kết hôn theo Giấy chứng nhận kết hôn số "
        f"{facts.MARRIAGE_NUMBER} do Ủy ban nhân dân {facts.MARRIAGE_WARD} cấp ngày "
        f"{in_figures(facts.MARRIAGE_DATE)}."
    )
    sheet.paragraph(
        "Cha, mẹ đã thỏa thuận lựa chọn họ, dân tộc, quê quán và tên gọi của con theo nội dung "
        "khai nêu trên. Đề nghị đăng ký thường trú cho trẻ theo nơi thường trú của mẹ và cấp thẻ "
        "bảo hiểm y tế cho trẻ em dưới 6 tuổi theo quy trình liên thông."
    )
    sheet.paragraph(
        "Tôi cam đoan nội dung đề nghị đăng ký khai sinh trên đây là đúng sự thật, được sự thỏa "
        "thuận nhất trí của các bên liên quan theo quy định pháp luật. Tôi chịu hoàn toàn trách "
        "nhiệm trước pháp luật về nội dung cam đoan của mình."
    )
    sheet.skip(4)
    right = sheet.right - mm(53)
    sheet.centred(f"Làm tại: phường Vân Hải, {in_words(facts.FORM_DATE)}", x=right, style="i")
    sheet.skip(1)
    signing_block(
        sheet, right, ("NGƯỜI YÊU CẦU",), AGENT.full_name,
        note="(Ký, ghi rõ họ, chữ đệm, tên)",
    )  # fmt: skip
    sheet.skip(6)
    sheet.paragraph("Đề nghị cấp bản sao (6):", indent_mm=0)
    sheet.y -= sheet.line_px
    _tick_boxes(sheet)
    sheet.skip(2)
    sheet.paragraph(
        "Danh mục giấy tờ nộp kèm theo Tờ khai này được ghi ở trang 3.",
        indent_mm=0, style="i", size_pt=12,
    )  # fmt: skip
    return sheet


def _tick_boxes(sheet: Sheet) -> None:
    """Yes, no and how many, as small squares behind the words; the first is ticked."""
    base, side = sheet.y + pt(sheet.size_pt), mm(4.5)
    x = sheet.left + mm(62)
    for label, ticked in (("Có", True), ("Không", False)):
        x += sheet.write(x, base, label) + mm(2)
        box = (x, base - side + 6, x + side, base + 6)
        sheet.draw.rectangle(box, outline=BLACK, width=3)
        if ticked:
            _tick(sheet.draw, x, base + 6, side)
        x += side + mm(9)
    sheet.write(x, base, "Số lượng: 03 bản")
    sheet.texts[-1] += " Có Không Số lượng: 03 bản"
    sheet.y += sheet.line_px


def _tick(draw: ImageDraw.ImageDraw, x: int, bottom: int, side: int) -> None:
    points = [(x + side * 0.18, bottom - side * 0.5), (x + side * 0.42, bottom - side * 0.2),
              (x + side * 0.95, bottom - side * 1.1)]  # fmt: skip
    draw.line(points, fill=(24, 44, 148), width=7, joint="curve")


def _form_third() -> Sheet:
    sheet = Sheet(leading=1.5)
    sheet.page_number(3)
    sheet.centred("DANH MỤC GIẤY TỜ NỘP, XUẤT TRÌNH KÈM THEO TỜ KHAI", size_pt=13, style="b")
    sheet.skip(3)
    sheet.table(
        (11, 48, 41, 46, 17),
        (
            ("TT", "Tên giấy tờ", "Số, ngày cấp", "Nơi cấp", "Số tờ"),
            ("1", "Giấy chứng sinh", f"{facts.NOTIFICATION_NUMBER}, "
             f"{in_figures(facts.NOTIFICATION_DATE)}", facts.HOSPITAL, "01"),
            ("2", "Giấy chứng nhận kết hôn của cha, mẹ", f"{facts.MARRIAGE_NUMBER}, "
             f"{in_figures(facts.MARRIAGE_DATE)}", "UBND phường Vân Hải", "02"),
            ("3", "Căn cước công dân của mẹ (bản chụp)", f"{MOTHER.citizen_number}, "
             f"{in_figures(MOTHER.card_issued or MOTHER.born)}", "Cục Cảnh sát QLHC về TTXH", "01"),
            ("4", "Văn bản ủy quyền có chứng thực chữ ký",
             in_figures(facts.AUTHORISATION_DATE), "UBND phường Vân Hải", "03"),
        ),
    )  # fmt: skip
    sheet.skip(3)
    sheet.paragraph("*Chú thích:*", indent_mm=0)
    sheet.size_pt = 12.5
    for note in _NOTES:
        sheet.paragraph(note, indent_mm=6)
    sheet.skip(4)
    right = sheet.right - mm(42)
    signing_block(sheet, right, ("NGƯỜI LẬP DANH MỤC",), AGENT.full_name, height_mm=24)
    return sheet


_NOTES = (
    "(1) Ghi rõ tên cơ quan đăng ký khai sinh.",
    "(2) Ghi theo nơi đăng ký thường trú; nếu không có nơi đăng ký thường trú thì ghi theo nơi "
    "đăng ký tạm trú; trường hợp không có nơi đăng ký thường trú và nơi đăng ký tạm trú thì ghi "
    "theo nơi đang sinh sống.",
    "(3) Ghi thông tin về giấy tờ tùy thân của người đi đăng ký, ghi rõ số, cơ quan cấp, ngày cấp "
    "hộ chiếu, chứng minh nhân dân, thẻ căn cước hoặc giấy tờ hợp lệ thay thế.",
    "(4) Trường hợp sinh tại cơ sở y tế thì ghi rõ tên cơ sở y tế và địa chỉ trụ sở cơ sở y tế đó. "
    "Trường hợp sinh ra ngoài cơ sở y tế thì ghi địa danh của hai cấp đơn vị hành chính, nơi trẻ "
    "em sinh ra.",
    "(5) Ghi đầy đủ ngày, tháng, năm sinh của cha, mẹ, nếu có.",
    "(6) Đề nghị đánh dấu vào ô nếu có yêu cầu cấp bản sao và ghi rõ số lượng.",
)


def marriage_certificate() -> Paper:
    """The certificate of the parents, and the sheet that certifies the copy."""
    return Paper(
        type="marriage_certificate",
        title="GIẤY CHỨNG NHẬN KẾT HÔN",
        sheets=((_certificate(), None), (_certificate_notes(), None)),
        fields={
            "husband_full_name": FATHER.full_name,
            "wife_full_name": MOTHER.full_name,
            "number": facts.MARRIAGE_NUMBER,
            "issue_date": facts.MARRIAGE_DATE.isoformat(),
        },
    )


def _frame(sheet: Sheet) -> None:
    """The printed border of a certificate: a wide and a thin line with corner squares."""
    rose = (206, 120, 112)
    for inset, width in ((11, 9), (13, 3)):
        box = (mm(inset), mm(inset), mm(210 - inset), mm(297 - inset))
        sheet.draw.rectangle(box, outline=rose, width=width)
    for x in (13, 197):
        for y in (13, 284):
            box = (mm(x - 2.5), mm(y - 2.5), mm(x + 2.5), mm(y + 2.5))
            sheet.draw.rectangle(box, fill=(255, 255, 255), outline=rose, width=5)


def _certificate() -> Sheet:
    sheet = Sheet(left_mm=26, right_mm=22, top_mm=21, leading=1.44)
    _frame(sheet)
    sheet.agency_header(
        ("THÀNH PHỐ HẠ LONG", "UBND PHƯỜNG VÂN HẢI"), (f"Số: {facts.MARRIAGE_NUMBER}",)
    )
    sheet.skip(3)
    sheet.title("GIẤY CHỨNG NHẬN KẾT HÔN", size_pt=20)
    for role, person in (("vợ", MOTHER), ("chồng", FATHER)):
        sheet.field(f"Họ, chữ đệm, tên {role}", person.full_name, bold=True, leader_mm=0)
        sheet.field("Ngày, tháng, năm sinh", in_figures(person.born), leader_mm=0)
        sheet.fields(("Dân tộc", "Kinh"), ("Quốc tịch", "Việt Nam"))
        sheet.field("Nơi cư trú", facts.CARD_ADDRESS, leader_mm=0)
        sheet.field(
            "Giấy tờ tùy thân", f"Căn cước công dân số {person.citizen_number}", leader_mm=0
        )
        sheet.skip(4)
    sheet.field("Nơi đăng ký kết hôn", f"Ủy ban nhân dân {facts.MARRIAGE_WARD}", leader_mm=0)
    sheet.field("Ngày, tháng, năm đăng ký kết hôn", in_figures(facts.MARRIAGE_DATE), leader_mm=0)
    sheet.paragraph(
        "Giấy chứng nhận kết hôn này có giá trị kể từ ngày, tháng, năm đăng ký.", justify=False
    )
    sheet.skip(5)
    _certificate_signatures(sheet)
    return sheet


def _certificate_signatures(sheet: Sheet) -> None:
    """Wife and husband, below them the officer, whose stamp lies over the signature."""
    top = sheet.y
    left, right = sheet.left + mm(36), sheet.right - mm(40)
    for x, role, person in ((left, "VỢ", MOTHER), (right, "CHỒNG", FATHER)):
        sheet.y = top
        signing_block(sheet, x, (role,), person.full_name, note="(Ký, ghi rõ họ tên)", height_mm=18)
    sheet.skip(2)
    sheet.centred(f"Vân Hải, {in_words(facts.MARRIAGE_DATE)}", x=right, size_pt=12.5, style="i")
    signing_block(
        sheet, right, ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), "BÙI ĐỨC THUẬN",
        note="", stamp=round_stamp(*STAMP_TEXT), height_mm=34,
    )  # fmt: skip


def _certificate_notes() -> Sheet:
    sheet = Sheet(left_mm=26, right_mm=22, top_mm=22, leading=1.55)
    sheet.page_number(2)
    sheet.paragraph(
        f"(Tiếp theo Giấy chứng nhận kết hôn số {facts.MARRIAGE_NUMBER})", indent_mm=0, style="i",
        justify=False,
    )  # fmt: skip
    sheet.skip(3)
    sheet.centred("GHI CHÚ NHỮNG THÔNG TIN THAY ĐỔI SAU NÀY", size_pt=13, style="b")
    sheet.skip(2)
    sheet.table(
        (34, 84, 42),
        (
            ("Ngày, tháng, năm", "Nội dung ghi chú", "Căn cứ ghi chú"),
            ("01/7/2025", "Ghi theo địa danh mới: phường Vân Hải, tỉnh Quảng Ninh (không còn "
             "cấp thành phố thuộc tỉnh).", "Sắp xếp đơn vị hành chính"),
            ("", "", ""), ("", "", ""), ("", "", ""),
        ),
    )  # fmt: skip
    sheet.skip(8)
    sheet.centred("CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH", size_pt=14, style="b")
    sheet.skip(2)
    sheet.paragraph(
        "Số chứng thực: *1907* Quyển số: *02/2026-SCT/BS.* "
        f"{in_words(facts.COPY_CERTIFIED).capitalize()}, tại {facts.COMMITTEE}, "
        "người thực hiện chứng thực đã đối chiếu bản sao này với bản chính "
        "và xác nhận bản sao có nội dung đúng với bản chính, không tẩy xóa, không sửa chữa."
    )
    sheet.paragraph(
        "Bản sao gồm 02 tờ, 02 trang, lưu 01 bản tại bộ phận chứng thực theo quy định của Nghị "
        "định số 23/2015/NĐ-CP ngày 16 tháng 02 năm 2015 của Chính phủ."
    )
    sheet.skip(6)
    signing_block(
        sheet, sheet.right - mm(45), ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"),
        "HOÀNG THỊ MỸ DUYÊN", note="", stamp=round_stamp(*STAMP_TEXT), height_mm=34,
    )  # fmt: skip
    return sheet
