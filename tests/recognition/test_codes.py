from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from desk_app.imaging import condition
from desk_app.recognition import codes, mrz, ocr, tesseract
from desk_app.records import PageText, Word
from tests.imaging import drawn

CARD = "001186012345|013456789|Nguyễn Thị Lan|05031986|Nữ|Phố Huế, Hai Bà Trưng, Hà Nội|10052021"
RECEIPT = "000.17.22.H56-210531-0001"


def qr_picture(text: str, side_px: int) -> Image.Image:
    data = io.BytesIO()
    segno.make(text, error="m", micro=False).save(data, "png", scale=8, border=4)
    return Image.open(data).convert("RGB").resize((side_px, side_px))


@pytest.mark.parametrize("angle", [0, 90, 180, 270, 7])
@pytest.mark.parametrize("side_mm", [15, 20])
def test_card_qr_is_read_at_any_turn_with_its_box(angle, side_mm, tmp_path):
    page = drawn.sheet(paper=(232, 240, 228))
    side = round(side_mm / 25.4 * drawn.DPI)
    code = qr_picture(CARD, side).rotate(-angle, expand=True, fillcolor=(232, 240, 228))
    page.paste(code, (900, 700))
    path = drawn.save(drawn.scanned(page), tmp_path / "page.jpg")
    (found,) = codes.run(path, condition.run(path))
    assert (found.kind, found.text) == ("qr", CARD)
    x0, y0, x1, y1 = found.box
    assert 900 <= x0 < x1 <= 900 + code.width
    assert 700 <= y0 < y1 <= 700 + code.height
    assert x1 - x0 > 0.7 * side


def test_blank_page_is_not_searched(tmp_path):
    page = drawn.sheet()
    page.paste(qr_picture(CARD, 160), (900, 700))
    path = drawn.save(page, tmp_path / "page.jpg")
    assert codes.run(path, replace(condition.run(path), blank="blank")) == ()


def test_card_fields_by_position():
    card = codes.parse_card_qr(CARD)
    assert card == codes.CardData(
        number="001186012345",
        old_number="013456789",
        name="Nguyễn Thị Lan",
        birth_date="1986-03-05",
        sex="Nữ",
        address="Phố Huế, Hai Bà Trưng, Hà Nội",
        issue_date="2021-05-10",
        tail=(),
    )


def test_card_without_old_number_and_with_more_fields():
    empty = codes.parse_card_qr(CARD.replace("013456789", ""))
    left_out = codes.parse_card_qr(CARD.replace("013456789|", ""))
    longer = codes.parse_card_qr(CARD + "|Trần Văn A|x")
    assert empty is not None
    assert empty.old_number == ""
    assert left_out == empty
    assert longer is not None
    assert longer.tail == ("Trần Văn A", "x")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Nguyễn Thị Lan", "Nguyễn|Thị Lan"),  # a field more
        ("|Nữ|", "|"),  # a field less
        ("Nguyễn Thị Lan", "<b>x</b>=cmd"),
        ("Nguyễn Thị Lan", "A" * 900),
        ("Phố Huế", "B" * 900),
    ],
)
def test_a_code_whose_fields_do_not_fit_is_no_card(old, new):
    """Else the date would be taken for the sex, and the sex for the address."""
    assert codes.parse_card_qr(CARD) is not None
    assert codes.parse_card_qr(CARD.replace(old, new)) is None


@pytest.mark.parametrize("written", ["05/03/1986", "5-3-1986", "1986-03-05"])
def test_a_card_may_write_its_dates_otherwise(written):
    card = codes.parse_card_qr(CARD.replace("05031986", written))
    assert card is not None
    assert card.birth_date == "1986-03-05"


def test_impossible_day_stays_unknown():
    card = codes.parse_card_qr(CARD.replace("05031986", "31021986"))
    assert card is not None
    assert card.birth_date is None


@pytest.mark.parametrize(
    "text", ["", "|", "https://example.vn", RECEIPT, CARD[1:], CARD.replace("0134", "x134"), "1|2"]
)
def test_other_texts_are_no_card(text):
    assert codes.parse_card_qr(text) is None


@pytest.mark.parametrize(
    "text",
    [
        RECEIPT,
        f"  {RECEIPT}\n",
        f"HS|{RECEIPT}|Nguyễn Thị Lan|2026",
        f"https://example.vn/tra-cuu?ma={RECEIPT}&x=1",
    ],
)
def test_receipt_code_wherever_it_stands(text):
    assert codes.parse_receipt_qr(text) == RECEIPT


@pytest.mark.parametrize("code", ["H56-210531-0001", "H56.22-210531-000123", "G09.1.2-260101-1234"])
def test_newer_receipt_codes(code):
    assert codes.parse_receipt_qr(f"x|{code}") == code


@pytest.mark.parametrize(
    "text", ["", CARD, "H56-2105-0001", "H56-210531-1", "XH56-210531-0001", f"{RECEIPT}99-1"]
)
def test_no_receipt_code(text):
    assert codes.parse_receipt_qr(text) is None


def td1(number: str, born: dt.date, sex: str, expires: dt.date, name: str) -> list[str]:
    """The zone of a Vietnamese card, laid out anew from ICAO 9303-5."""
    cd = mrz.check_digit
    one = f"IDVNM{number[3:]}{cd(number[3:])}{number}<<{cd(number)}"
    birth, expiry = born.strftime("%y%m%d"), expires.strftime("%y%m%d")
    two = f"{birth}{cd(birth)}{sex}{expiry}{cd(expiry)}VNM<<<<<<<<<<<"
    two += cd(one[5:30] + two[:7] + two[8:15] + two[18:29])
    return [one, two, name.replace(" ", "<<", 1).replace(" ", "<").ljust(30, "<")]


NAMES = ("NGUYEN THI LAN", "TRAN VAN AN", "LE QUOC BAO", "PHAM NGOC THUY")


@st.composite
def cards(draw):
    born = draw(st.dates(dt.date(1930, 1, 1), dt.date(2020, 1, 1)))
    sex = draw(st.sampled_from("MF"))
    digit = 2 * (born.year // 100 - 19) + (sex == "F")
    serial = draw(st.integers(0, 999_999))
    number = f"{draw(st.integers(1, 96)):03}{digit}{born:%y}{serial:06}"
    expires = draw(st.dates(dt.date(2021, 1, 1), dt.date(2060, 1, 1)))
    return number, born, sex, expires, draw(st.sampled_from(NAMES))


@given(cards())
def test_every_card_reads_back(card):
    number, born, sex, expires, name = card
    data = codes.parse_mrz(td1(*card))
    assert data is not None
    assert data.valid
    assert data.personal_number == number
    assert data.document_number == number[3:]
    assert data.birth_date == born.isoformat()
    assert data.expiry_date == expires.isoformat()
    assert (data.sex, data.name, data.issuer) == (sex, name, "VNM")
    assert codes.parse_mrz(data.lines) == data


@given(cards(), st.data())
def test_letters_read_for_digits_are_put_right(card, data):
    lines = td1(*card)
    wrong = str.maketrans({"0": "O", "1": "I", "8": "B", "5": "S"})
    place = data.draw(st.integers(5, 29))
    spoilt = lines[0][:place] + lines[0][place:].translate(wrong)
    reading = codes.parse_mrz([spoilt, lines[1].translate(wrong), lines[2]])
    assert reading is not None
    assert reading.valid
    assert reading.lines == tuple(lines)


@given(cards(), st.integers(5, 28), st.integers(1, 9))
def test_wrong_digit_is_never_believed(card, place, step):
    lines = td1(*card)
    if not lines[0][place].isdigit():
        return
    other = str((int(lines[0][place]) + step) % 10)
    spoilt = lines[0][:place] + other + lines[0][place + 1 :]
    reading = codes.parse_mrz([spoilt, *lines[1:]])
    assert reading is not None
    assert not reading.valid


@given(cards(), st.sampled_from((0, 1, 2)), st.sampled_from((-1, 1, 2)))
def test_fillers_lost_and_doubled_are_put_right(card, line, change):
    lines = td1(*card)
    spoilt = list(lines)
    if change < 0:
        spoilt[line] = spoilt[line][::-1].replace("<", "", 1)[::-1]
    else:
        at = spoilt[line].rindex("<")
        spoilt[line] = spoilt[line][:at] + "<" * change + spoilt[line][at:]
    reading = codes.parse_mrz(["CĂN CƯỚC CÔNG DÂN", *spoilt, "x"])
    assert reading is not None
    assert reading.valid
    assert reading.lines == tuple(lines)


def test_specimens_of_icao_9303():
    card = codes.parse_mrz(
        [
            "I<UTOD231458907<<<<<<<<<<<<<<<",
            "7408122F1204159UTO<<<<<<<<<<<6",
            "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
        ]
    )
    passport = codes.parse_mrz(
        [
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
            "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        ]
    )
    assert card is not None
    assert passport is not None
    assert (card.layout, card.valid, card.document_number) == ("TD1", True, "D23145890")
    assert (passport.layout, passport.valid) == ("TD3", True)
    assert (passport.document_number, passport.personal_number) == ("L898902C3", "ZE184226B")
    for data in (card, passport):
        assert (data.birth_date, data.expiry_date) == ("1974-08-12", "2012-04-15")
        assert (data.name, data.sex, data.nationality) == ("ERIKSSON ANNA MARIA", "F", "UTO")


@pytest.mark.parametrize("tail", ["<<<KK<<<C<<<<<<", "<KKK<<<<<<<<<<<", "<<<<<<<<<<<<<<K"])
def test_letters_read_into_the_fillers_behind_a_name_are_no_name(tail):
    lines = [*LINES[:2], ("NGUYEN<<THI<LAN" + tail)[:30]]
    reading = codes.parse_mrz(lines)
    assert reading is not None
    assert reading.name == "NGUYEN THI LAN"
    assert reading.lines == tuple(LINES)


@pytest.mark.parametrize("name", ["Y KHE", "KSOR H KK", "LO XE", "A CHECK"])
def test_rare_names_keep_their_letters(name):
    lines = td1("001186012345", dt.date(1986, 3, 5), "F", dt.date(2031, 3, 5), name)
    reading = codes.parse_mrz(lines)
    assert reading is not None
    assert reading.name == name


@pytest.mark.parametrize("lines", [[], ["<" * 30] * 3, ["A" * 30] * 3, list(drawn.LINES)])
def test_lines_that_are_no_zone(lines):
    data = codes.parse_mrz(lines)
    assert data is None or not data.valid


LINES = td1("001186012345", dt.date(1986, 3, 5), "F", dt.date(2031, 3, 5), "NGUYEN THI LAN")


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("dpi", [200, 300])
def test_zone_of_a_card_is_read_at_any_turn_with_its_box(turn, dpi, tmp_path):
    page = drawn.sheet((round(8.27 * dpi), round(5.8 * dpi)))
    card = drawn.sheet((round(3.37 * dpi), round(2.13 * dpi)), paper=(235, 240, 225))
    draw = ImageDraw.Draw(card)
    small, zone = drawn.font(round(dpi * 0.11)), drawn.font(round(dpi * 0.165), mono=True)
    for i, line in enumerate(
        ("Đặc điểm nhân dạng: nốt ruồi trước đầu mày trái", "Ngày, tháng, năm: 10/05/2021")
    ):
        draw.text((dpi // 6, dpi // 6 + i * dpi // 5), line, font=small, fill=(30, 30, 30))
    for i, line in enumerate(LINES):
        place = (dpi // 6, round(dpi * (1.3 + 0.24 * i)))
        draw.text(place, line, font=zone, fill=(25, 25, 25))
    page.paste(card, (dpi, dpi))
    path = drawn.save(drawn.scanned(drawn.turned(page, turn)), tmp_path / "page.jpg", dpi)
    text, final = ocr.run(path, condition.run(path))
    assert final.rotation == (360 - turn) % 360
    (found,) = codes.run(path, final, text)
    data = codes.parse_mrz(found.text.splitlines())
    assert data is not None
    assert data.valid
    assert data.lines == tuple(LINES)
    x0, y0, x1, y1 = found.box
    assert (x1 - x0 > y1 - y0) == (turn in (0, 180))


def test_page_without_codes(tmp_path):
    path = drawn.save(drawn.scanned(drawn.text_page()), tmp_path / "page.jpg")
    text, final = ocr.run(path, condition.run(path))
    assert codes.run(path, final, text) == ()


def test_zone_that_takes_too_long_keeps_what_was_printed(tmp_path):
    """The reading of the page itself stands in, unless its check digits fail."""

    class Late(tesseract.InProcess):
        def read(self, grey, dpi, layout="page", **options):
            return super().read(grey, dpi, layout, **{**options, "timeout_s": 0.0001})

    page = drawn.text_page()
    path = drawn.save(page, tmp_path / "page.jpg")
    facts = condition.run(path)
    words = tuple(
        Word(line, (200, 1200 + 50 * i, 1200, 1240 + 50 * i), 0.9, line, i)
        for i, line in enumerate(LINES)
    )
    unsure = replace(words[0], read=LINES[0][:7] + "9" + LINES[0][8:])
    for first, sure in ((words[0], True), (unsure, False)):
        text = PageText((first, *words[1:]), 0, *page.size, engine="drawn")
        (found,) = codes.run(path, facts, text, engine=Late())
        data = codes.parse_mrz(found.text.splitlines())
        assert data is not None
        assert data.valid == sure
