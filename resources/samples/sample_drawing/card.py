"""A colour copy of both sides of the chip-based citizen card, enlarged as offices copy cards."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFilter

from . import people as facts
from .fonts import font
from .marks import STAMP_RED, finger_print, guilloche, portrait, qr_code, signature
from .paper import Paper
from .people import MOTHER, card_payload, in_figures, machine_readable_zone
from .sheet import DPI, Sheet, mm

ENLARGED = 1.35
"""Copies of cards are usually enlarged; the card itself is 85.6 × 54.0 mm (ISO/IEC 7810 ID-1)."""
_INK = (52, 44, 58)


class _Side:
    """One side of the card, measured in the card's own millimetres."""

    def __init__(self) -> None:
        self.image = guilloche(self.px(85.6), self.px(54.0))
        self.draw = ImageDraw.Draw(self.image)
        self.texts: list[str] = []

    @staticmethod
    def px(length_mm: float) -> int:
        """Card millimetres to pixels of the copy."""
        return round(length_mm * ENLARGED * DPI / 25.4)

    def write(
        self,
        x_mm: float,
        y_mm: float,
        text: str,
        size_pt: float,
        *,
        style: str = "",
        role: str = "sans",
        anchor: str = "ls",
        colour: tuple[int, int, int] = _INK,
    ) -> None:
        """Write and record one line; sizes are points on the card."""
        face = font(role, style, self.px(size_pt * 25.4 / 72))
        self.draw.text((self.px(x_mm), self.px(y_mm)), text, font=face, fill=colour, anchor=anchor)
        self.texts.append(text)

    def paste(self, picture: Image.Image, x_mm: float, y_mm: float) -> None:
        """Put a picture with its upper left corner at a place."""
        self.image.paste(picture, (self.px(x_mm), self.px(y_mm)), picture.getchannel("A")
                         if picture.mode == "RGBA" else None)  # fmt: skip


def citizen_card() -> Paper:
    """Front and back of the mother's card on one sheet."""
    payload = card_payload(MOTHER)
    zone = machine_readable_zone(MOTHER, facts.CARD_EXPIRES)
    issued = MOTHER.card_issued or MOTHER.born
    return Paper(
        type="citizen_card",
        title="CĂN CƯỚC CÔNG DÂN",
        sheets=((_copy(_front(payload)), _copy(_back(zone))),),
        fields={
            "citizen_number": MOTHER.citizen_number,
            "full_name": facts.title_case(MOTHER.full_name),
            "date_of_birth": MOTHER.born.isoformat(),
            "sex": MOTHER.sex,
            "address": facts.CARD_ADDRESS,
            "issue_date": issued.isoformat(),
        },
        codes={"qr": payload, "mrz": list(zone)},
    )


def _front(payload: str) -> _Side:
    side = _Side()
    _emblem(side, 8.6, 9.2)
    side.write(40.4, 5.2, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 6.1, style="b", anchor="ms")
    side.write(40.4, 8.2, "Độc lập - Tự do - Hạnh phúc", 6.4, style="b", anchor="ms")
    side.write(40.4, 10.6, "SOCIALIST REPUBLIC OF VIET NAM", 4.4, anchor="ms")
    side.write(40.4, 12.7, "Independence - Freedom - Happiness", 4.4, anchor="ms")
    side.write(40.4, 17.6, "CĂN CƯỚC CÔNG DÂN", 11.5, style="b", anchor="ms", colour=(196, 32, 44))
    side.write(40.4, 20.2, "Citizen Identity Card", 5, style="b", anchor="ms", colour=(196, 32, 44))
    symbol = qr_code(payload, 15.6 * ENLARGED)
    side.image.paste(symbol, (side.px(84.0) - symbol.width, side.px(1.6)))
    face = portrait(side.px(20.5), side.px(27))
    side.paste(face, 3, 21.4)
    side.write(3, 50.2, "Có giá trị đến:", 4.8)
    side.write(3, 52.4, f"Date of expiry: {in_figures(facts.CARD_EXPIRES)}", 4.8)
    _front_lines(side)
    return side


def _front_lines(side: _Side) -> None:
    """Number, name, birth and addresses, each with its label in both languages."""
    x = 26.5
    side.write(x, 25.4, "Số / No.:", 6)
    side.write(x + 11.5, 25.6, MOTHER.citizen_number, 11, style="b")
    side.write(x, 29.0, "Họ và tên / Full name:", 5.6)
    side.write(x, 32.6, MOTHER.full_name, 8.8, style="b")
    side.write(x, 36.2, f"Ngày sinh / Date of birth: {in_figures(MOTHER.born)}", 6.2)
    side.write(x, 39.6, f"Giới tính / Sex: {MOTHER.sex}", 6.2)
    side.write(x + 24.5, 39.6, "Quốc tịch / Nationality: Việt Nam", 6.2)
    side.write(x, 43.0, "Quê quán / Place of origin: Đông Thuỷ, Quảng Ninh", 6.2)
    side.write(x, 46.4, "Nơi thường trú / Place of residence: Số 27, Tổ 4,", 6.2)
    side.write(x, 49.8, "Khu 6, Vân Hải, Hạ Long, Quảng Ninh", 6.2)


def _emblem(side: _Side, x_mm: float, y_mm: float) -> None:
    """A red disc with a star where the state's emblem stands: a sample carries no real one."""
    x, y, radius = side.px(x_mm), side.px(y_mm), side.px(6)
    box = (x - radius, y - radius, x + radius, y + radius)
    side.draw.ellipse(box, fill=STAMP_RED, outline=(214, 170, 60), width=8)
    face = font("sans", "b", side.px(2.6))
    side.draw.text((x, y), "MẪU", font=face, fill=(250, 220, 110), anchor="mm")


def _back(zone: tuple[str, str, str]) -> _Side:
    side = _Side()
    side.write(4, 5.0, "Đặc điểm nhân dạng / Personal identification:", 5.6)
    side.write(4, 8.4, "Nốt ruồi C: 1,5cm dưới sau mép trái", 6.2)
    side.write(38, 13.0, "Ngày, tháng, năm / Date, month, year: 14/05/2021", 5.8, anchor="ms")
    side.write(38, 16.4, "CỤC TRƯỞNG CỤC CẢNH SÁT", 5.8, style="b", anchor="ms")
    side.write(38, 19.0, "QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI", 5.8, style="b", anchor="ms")
    side.paste(signature("card officer", 24), 29, 20.4)
    side.write(38, 34.0, "Trần Văn Mẫu", 6, style="b", anchor="ms")
    for x, label in ((63.5, "Ngón trỏ trái"), (74, "Ngón trỏ phải")):
        side.paste(finger_print(label, (9 * ENLARGED, 14 * ENLARGED)), x, 3)
        side.write(x + 4.5, 19.2, label, 4.2, anchor="ms")
    _chip(side, 5, 21.5)
    for index, line in enumerate(zone):
        face = font("zone", "", side.px(3.8))
        for place, letter in enumerate(line):
            position = (side.px(4.7 + 2.54 * place + 1.27), side.px(40.6 + 4.6 * index))
            side.draw.text(position, letter, font=face, fill=(20, 20, 24), anchor="ms")
        side.texts.append(line)
    return side


def _chip(side: _Side, x_mm: float, y_mm: float) -> None:
    """The contact plate of the chip."""
    left, top, right, bottom = (side.px(v) for v in (x_mm, y_mm, x_mm + 13, y_mm + 12))
    side.draw.rounded_rectangle((left, top, right, bottom), side.px(2), fill=(214, 184, 112))
    for share in (0.3, 0.5, 0.7):
        y = round(top + (bottom - top) * share)
        side.draw.line((left, y, right, y), fill=(150, 122, 66), width=4)
    for share in (0.35, 0.65):
        x = round(left + (right - left) * share)
        side.draw.line((x, top, x, bottom), fill=(150, 122, 66), width=4)


def _copy(side: _Side) -> Sheet:
    """The card as a copier shows it: rounded, with a thin shadow, in the upper half of a sheet."""
    sheet = Sheet()
    card, radius = side.image, side.px(3.2)
    outline = Image.new("L", card.size)
    ImageDraw.Draw(outline).rounded_rectangle(
        (0, 0, card.width - 1, card.height - 1), radius, fill=255
    )
    left, top = (sheet.image.width - card.width) // 2, mm(48)
    shadow = Image.new("L", sheet.image.size)
    shadow.paste(outline, (left + 5, top + 6))
    shadow = shadow.filter(ImageFilter.GaussianBlur(7)).point([v * 2 // 5 for v in range(256)])
    sheet.image.paste((120, 120, 124), (0, 0), shadow)
    sheet.image.paste(card, (left, top), outline)
    sheet.texts += side.texts
    return sheet
