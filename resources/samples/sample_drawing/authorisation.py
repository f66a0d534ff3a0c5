"""The authorisation: four written pages on three sheets, the last certifying the signatures."""

from __future__ import annotations

from . import people as facts
from .civil import STAMP_TEXT
from .marks import round_stamp
from .paper import Paper, signing_block
from .people import AGENT, CHILD_NAME, FATHER, MOTHER, Person, in_figures, in_words
from .sheet import Sheet, mm


def authorisation() -> Paper:
    """The mother authorises somebody to register the birth."""
    return Paper(
        type="authorisation",
        title="GIẤY ỦY QUYỀN",
        sheets=((_first(), _second()), (_third(), None), (_certification(), None)),
        fields={
            "principal_full_name": MOTHER.full_name,
            "agent_full_name": AGENT.full_name,
            "issue_date": facts.AUTHORISATION_DATE.isoformat(),
        },
    )


def _paragraphs(sheet: Sheet, *texts: str) -> None:
    """Running text with the small gap that office letters leave between paragraphs."""
    for text in texts:
        sheet.paragraph(text)
        sheet.skip(1.1)


def _party(sheet: Sheet, heading: str, person: Person) -> None:
    sheet.paragraph(f"*{heading}*", indent_mm=0, justify=False)
    sheet.field(f"Họ, chữ đệm, tên ({person.title.lower()})", person.full_name, bold=True)
    sheet.fields(("Ngày, tháng, năm sinh", in_figures(person.born)), ("Giới tính", person.sex))
    issued = in_figures(person.card_issued or person.born)
    sheet.field("Căn cước công dân số", f"{person.citizen_number}, cấp ngày {issued}")
    sheet.field("Nơi cấp", facts.POLICE)
    sheet.field("Nơi cư trú", person.address)
    sheet.skip(2)


def _first() -> Sheet:
    sheet = Sheet(left_mm=30, right_mm=18, top_mm=22, leading=1.5)
    sheet.national_header(size_pt=13.5)
    sheet.title("GIẤY ỦY QUYỀN", "(Về việc thực hiện thủ tục đăng ký khai sinh)", size_pt=17)
    _paragraphs(
        sheet,
        "Căn cứ Bộ luật Dân sự số 91/2015/QH13 ngày 24 tháng 11 năm 2015;",
        "Căn cứ Luật Hộ tịch số 60/2014/QH13 ngày 20 tháng 11 năm 2014;",
        "Căn cứ Nghị định số 23/2015/NĐ-CP ngày 16 tháng 02 năm 2015 của Chính phủ về cấp bản sao "
        "từ sổ gốc, chứng thực bản sao từ bản chính, chứng thực chữ ký và chứng thực hợp đồng, "
        "giao dịch,",
        f"Hôm nay, {in_words(facts.AUTHORISATION_DATE)}, tại trụ sở {facts.COMMITTEE}, chúng tôi "
        "gồm có:",
    )
    sheet.skip(1)
    _party(sheet, "I. BÊN ỦY QUYỀN (sau đây gọi là Bên A)", MOTHER)
    _party(sheet, "II. BÊN ĐƯỢC ỦY QUYỀN (sau đây gọi là Bên B)", AGENT)
    _paragraphs(
        sheet,
        "Hai bên tự nguyện cùng nhau lập và ký Giấy ủy quyền này với các nội dung sau đây:",
    )
    return sheet


def _second() -> Sheet:
    sheet = Sheet(left_mm=18, right_mm=30, leading=1.5)
    sheet.page_number(2)
    sheet.paragraph("*III. NỘI DUNG ỦY QUYỀN*", indent_mm=0, justify=False)
    sheet.skip(1)
    _paragraphs(
        sheet,
        "*Điều 1. Lý do ủy quyền*",
        f"Bên A sinh con vào {in_words(facts.CHILD_BORN)} tại {facts.PLACE_OF_BIRTH}. Do sức khỏe "
        f"sau khi sinh chưa ổn định và chồng của Bên A là ông {FATHER.full_name} đang đi công tác "
        "xa, vợ chồng Bên A không thể trực tiếp đến cơ quan đăng ký hộ tịch để làm thủ tục đăng ký "
        "khai sinh cho con trong thời hạn mà pháp luật quy định.",
        "*Điều 2. Phạm vi ủy quyền*",
        f"Bên A ủy quyền cho Bên B thay mặt và nhân danh Bên A liên hệ với {facts.COMMITTEE} và "
        "Trung tâm Phục vụ hành chính công của phường để thực hiện các công việc sau đây:",
        f"1. Nộp hồ sơ đăng ký khai sinh cho trẻ {CHILD_NAME}, giới tính {facts.CHILD_SEX}, sinh "
        f"ngày {in_figures(facts.CHILD_BORN)}; ký tên trong tờ khai và sổ tiếp nhận.",
        "2. Xuất trình bản chính giấy tờ tùy thân, giấy tờ chứng minh nơi cư trú và giấy tờ chứng "
        "minh quan hệ hôn nhân của cha, mẹ trẻ để người tiếp nhận kiểm tra, đối chiếu.",
        "3. Bổ sung, giải trình nội dung hồ sơ theo yêu cầu của người tiếp nhận; nộp phí, lệ phí "
        "và nhận biên lai theo quy định, nếu có.",
        "4. Nhận kết quả gồm bản chính Giấy khai sinh, bản sao trích lục khai sinh và các giấy tờ "
        "khác được trả lại cùng kết quả.",
        "*Điều 3. Thời hạn ủy quyền*",
        "Giấy ủy quyền này có hiệu lực kể từ ngày được chứng thực chữ ký cho đến khi Bên B thực "
        "hiện xong các công việc nêu tại Điều 2, nhưng không quá 60 ngày kể từ ngày ký.",
        "*Điều 4. Thù lao*",
        "Việc ủy quyền này không có thù lao. Chi phí hợp lý mà Bên B đã bỏ ra để thực hiện công "
        "việc do Bên A thanh toán.",
    )
    return sheet


def _third() -> Sheet:
    sheet = Sheet(left_mm=30, right_mm=18, leading=1.56)
    sheet.page_number(3)
    _paragraphs(
        sheet,
        "*Điều 5. Quyền và nghĩa vụ của Bên A*",
        "1. Yêu cầu Bên B thông báo đầy đủ về việc thực hiện công việc ủy quyền; yêu cầu Bên B "
        "giao lại giấy tờ, kết quả đã nhận được.",
        "2. Cung cấp thông tin, tài liệu cần thiết và chịu trách nhiệm về tính trung thực của "
        "thông tin, tài liệu đã cung cấp cho Bên B.",
        "3. Chịu trách nhiệm về cam kết do Bên B thực hiện trong phạm vi ủy quyền.",
        "*Điều 6. Quyền và nghĩa vụ của Bên B*",
        "1. Thực hiện công việc theo đúng phạm vi và thời hạn ủy quyền; không được ủy quyền lại "
        "cho người khác khi chưa có sự đồng ý bằng văn bản của Bên A.",
        "2. Bảo quản, giữ gìn tài liệu được giao; giữ bí mật thông tin mà mình biết được trong khi "
        "thực hiện việc ủy quyền.",
        "3. Giao lại cho Bên A giấy tờ và kết quả đã nhận được trong thời hạn 03 ngày làm việc.",
        "*Điều 7. Cam đoan của các bên*",
        "Hai bên đã tự đọc lại Giấy ủy quyền này, hiểu rõ quyền, nghĩa vụ và lợi ích hợp pháp của "
        "mình, hoàn toàn tự nguyện, không bị lừa dối, ép buộc. Giấy ủy quyền được lập thành 03 bản "
        "có giá trị như nhau, mỗi bên giữ 01 bản, 01 bản nộp kèm hồ sơ.",
    )
    sheet.skip(5)
    top = sheet.y
    for x, heading, person in (
        (sheet.left + mm(38), "BÊN ỦY QUYỀN", MOTHER),
        (sheet.right - mm(40), "BÊN ĐƯỢC ỦY QUYỀN", AGENT),
    ):
        sheet.y = top
        signing_block(sheet, x, (heading,), person.full_name, note="(Ký, ghi rõ họ tên)")
    return sheet


def _certification() -> Sheet:
    sheet = Sheet(left_mm=30, right_mm=18, leading=1.5)
    sheet.page_number(4)
    sheet.centred("LỜI CHỨNG CHỨNG THỰC CHỮ KÝ", size_pt=14, style="b")
    sheet.centred(
        f"(Kèm theo Giấy ủy quyền lập ngày {in_figures(facts.AUTHORISATION_DATE)})",
        size_pt=13, style="i",
    )  # fmt: skip
    sheet.skip(4)
    _paragraphs(
        sheet,
        f"{in_words(facts.AUTHORISATION_DATE).capitalize()} (bằng chữ: ngày mười tám, tháng mười "
        f"một, năm hai nghìn không trăm hai mươi sáu), tại {facts.COMMITTEE}.",
        "Tôi là Hoàng Thị Mỹ Duyên, Phó Chủ tịch Ủy ban nhân dân phường Vân Hải,",
        "*CHỨNG THỰC:*",
        f"- Bà {MOTHER.full_name}, căn cước công dân số {MOTHER.citizen_number}, và bà "
        f"{AGENT.full_name}, căn cước công dân số {AGENT.citizen_number}, cam đoan đã hiểu, tự "
        "chịu trách nhiệm về nội dung của giấy tờ, văn bản này;",
        "- Tại thời điểm chứng thực, các bà nêu trên minh mẫn, nhận thức và làm chủ được hành vi "
        "của mình, đã ký vào giấy tờ, văn bản này trước mặt tôi;",
        "- Nội dung của giấy tờ, văn bản không vi phạm điều cấm của pháp luật, không trái đạo đức "
        "xã hội.",
        "Văn bản này gồm 03 tờ, 04 trang; các trang đã được đánh số thứ tự, các bên ký vào từng "
        "trang theo bảng dưới đây:",
    )
    sheet.skip(2)
    sheet.table(
        (20, 56, 56, 26),
        (
            ("Trang", "Nội dung", "Người ký", "Số bản"),
            ("1 - 3", "Nội dung ủy quyền", "Bên A và Bên B", "03"),
            ("4", "Lời chứng", "Người thực hiện chứng thực", "03"),
        ),
    )
    sheet.skip(1)
    sheet.paragraph(
        "Số chứng thực: *214* Quyển số: *01/2026-SCT/CK,ĐC*", indent_mm=0, justify=False
    )
    sheet.skip(5)
    signing_block(
        sheet, sheet.right - mm(45), ("NGƯỜI THỰC HIỆN CHỨNG THỰC", "PHÓ CHỦ TỊCH"),
        "HOÀNG THỊ MỸ DUYÊN", note="(Ký, ghi rõ họ tên và đóng dấu)",
        stamp=round_stamp(*STAMP_TEXT), height_mm=34,
    )  # fmt: skip
    return sheet
