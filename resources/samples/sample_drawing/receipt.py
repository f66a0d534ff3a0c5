"""The slip that the desk hands out when it takes a dossier, with the dossier's code as QR."""

from __future__ import annotations

from . import people as facts
from .marks import qr_code
from .paper import Paper, signing_block
from .people import AGENT, in_figures, in_words
from .sheet import Sheet, mm


def receipt_slip() -> Paper:
    """One side; the QR at its upper left carries the code and nothing else."""
    return Paper(
        type="receipt_slip",
        title="GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        sheets=((_slip(), None),),
        fields={
            "dossier_code": facts.DOSSIER_CODE,
            "requester_full_name": AGENT.full_name,
            "received_date": facts.FORM_DATE.isoformat(),
        },
        codes={"qr": facts.DOSSIER_CODE},
    )


def _slip() -> Sheet:
    sheet = Sheet(leading=1.5)
    sheet.agency_header(
        ("UBND PHƯỜNG VÂN HẢI", "TRUNG TÂM PHỤC VỤ", "HÀNH CHÍNH CÔNG"),
        ("Số: 147/TNHS",),
    )
    symbol = qr_code(facts.DOSSIER_CODE, 22)
    sheet.image.paste(symbol, (sheet.left + mm(29) - symbol.width // 2, sheet.y + mm(3)))
    date_y = sheet.y
    sheet.centred(f"Vân Hải, {in_words(facts.FORM_DATE)}", x=sheet.right - mm(48), style="i")
    sheet.y = date_y + mm(24)
    sheet.title("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", size_pt=15)
    sheet.centred(f"Mã hồ sơ: {facts.DOSSIER_CODE}", size_pt=14, style="b")
    sheet.skip(3)
    sheet.paragraph("Trung tâm Phục vụ hành chính công phường Vân Hải đã tiếp nhận hồ sơ của:")
    sheet.field("Ông (bà)", AGENT.full_name, bold=True)
    sheet.field("Địa chỉ", AGENT.address)
    sheet.field(
        "Nội dung yêu cầu giải quyết", f"{facts.PROCEDURE_TITLE} (mã thủ tục {facts.PROCEDURE})"
    )
    sheet.paragraph("Thành phần hồ sơ nộp gồm:", indent_mm=0)
    sheet.skip(1)
    sheet.table(
        (12, 88, 24, 36),
        (
            ("TT", "Tên giấy tờ", "Số tờ", "Hình thức"),
            ("1", "Tờ khai đăng ký khai sinh", "02", "Bản chính"),
            ("2", "Giấy chứng sinh", "01", "Bản chính"),
            ("3", "Giấy chứng nhận kết hôn", "02", "Bản sao chứng thực"),
            ("4", "Căn cước công dân", "01", "Bản chụp"),
            ("5", "Giấy ủy quyền", "03", "Bản chính"),
        ),
    )
    sheet.field("Thời gian nhận hồ sơ", f"08 giờ 15 phút, ngày {in_figures(facts.FORM_DATE)}")
    sheet.field("Thời gian trả kết quả", "16 giờ 30 phút, ngày 23/11/2026")
    sheet.field("Đăng ký nhận kết quả tại", "Bộ phận trả kết quả của Trung tâm")
    sheet.skip(6)
    top = sheet.y
    for x, heading, name in (
        (sheet.left + mm(38), "NGƯỜI NỘP HỒ SƠ", AGENT.full_name),
        (sheet.right - mm(42), "NGƯỜI TIẾP NHẬN HỒ SƠ", "TRỊNH HỮU NGHĨA"),
    ):
        sheet.y = top
        signing_block(sheet, x, (heading,), name, note="(Ký và ghi rõ họ tên)")
    return sheet
