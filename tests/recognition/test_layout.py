"""Reading order, leaders and tables of drawn forms; boxes that are ticked."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from desk_app import paths
from desk_app.imaging import condition, ruling
from desk_app.recognition import checkboxes, layout, ocr
from desk_app.recognition.page import read_page
from desk_app.recognition.tesseract import ReadWord
from desk_app.records import Checkbox, PageText, Word
from tests.imaging import drawn
from tests.recognition import forms

NO_PARTS = (None, np.empty((0, 5), np.int64), 0)
NOTHING = ruling.Found((), (), (), (), *NO_PARTS)


def read(image, path, dpi=200):
    forms.save(image, path, dpi)
    return ocr.run(path, condition.run(path))[0]


# ------------------------------------------------------------------ whole forms
@pytest.mark.parametrize("kind", ["dots", "ellipses", "spaced", "typed_over", "underscores"])
def test_forms_with_leaders_are_read(kind, tmp_path):
    """Without taking leaders out one letter in ten is wrong here, and every third is debris."""
    form = forms.form(3, 300, (kind,))
    text = read(forms.scanned(form, 3), tmp_path / "form.jpg", 300)
    wrong, letters, spurious = forms.errors(text, form.lines)
    assert wrong <= letters * (0.02 if kind == "typed_over" else 0.006)
    assert spurious <= 3
    told = sum(word.text == layout.LEADER for word in text.words)
    assert (told > 8) == (kind != "underscores")


def test_a_form_comes_out_in_reading_order(tmp_path):
    form = forms.form(0, 200, ("dots",))
    text = read(forms.scanned(form, 0), tmp_path / "form.jpg")
    lines = text.text.splitlines()
    assert lines[:5] == [*forms.HEAD[0][0], forms.HEAD[0][1], *forms.HEAD[1]]
    assert "Kính gửi: Ủy ban nhân dân xã Bình Dương …" in lines
    cells = [cell for row in forms.TABLE for cell in row]
    assert lines[-len(cells) :] == cells
    numbers = [word.line for word in text.words]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("lean_deg", [-1.5, 1.5])
def test_a_leaning_form_is_read_in_the_same_order(lean_deg, tmp_path):
    form = forms.form(0, 200, ("dots",))
    text = read(forms.scanned(form, 0, lean_deg=lean_deg), tmp_path / "form.jpg")
    lines = text.text.splitlines()
    assert [*lines[:2], *lines[3:5]] == [*forms.HEAD[0][0], *forms.HEAD[1]]
    assert lines[-4:] == list(forms.TABLE[-1])


def test_an_upside_down_form_is_the_same_form(tmp_path):
    form = forms.form(2, 200, ("ellipses",))
    image = forms.scanned(form, 2)
    upright = read(image, tmp_path / "form.jpg")
    turned = read(image.rotate(180), tmp_path / "turned.jpg")
    assert turned.rotation == 180
    one, other = (
        [line.strip("'") for line in text.text.splitlines()] for text in (upright, turned)
    )
    assert one[:9] == other[:9]


def test_marks_lost_to_the_dots_below_are_told(tmp_path):
    """Each entry is marked, though the engine is sure of "Bênh viên"."""
    dpi = 200
    page = drawn.sheet((round(8.27 * dpi), round(5 * dpi)))
    draw = ImageDraw.Draw(page)
    font = forms.face(("liberation2", "LiberationSerif"), 13 * dpi / 72)
    for n, (label, entry) in enumerate(
        (
            ("Nơi sinh:", "Bệnh viện Đa khoa tỉnh Lạng Sơn, tỉnh Lạng Sơn"),
            ("Nơi đăng ký khai sinh:", "Ủy ban nhân dân phường Nghĩa Lộ"),
        )
    ):
        y = dpi * (1 + 0.3 * n)
        x = dpi + font.getlength(label + " ")
        draw.text((dpi, y), label, font=font, fill=forms.INK)
        draw.text((x, y + 3), "." * int((7.3 * dpi - x) / font.getlength(".")), (90, 90, 95), font)
        draw.text((x, y - 2), entry, font=font, fill=forms.INK)
    forms.save(page, tmp_path / "typed.jpg", dpi)
    reading = read_page(tmp_path / "typed.jpg", paths.PROCEDURES)
    lost = [w for w in reading.text.words if w.text in {"Bênh", "viên", "Lang", "Nghía", "Lô"}]
    marked = {word.line for word in lost if word.flagged or word.suggestion}
    assert lost
    assert marked == {word.line for word in lost}


def comb_page(digits, dpi):
    """A label and a frame with one figure in each of its cells, as forms of residence have it."""
    page = drawn.sheet((round(8.27 * dpi), round(5 * dpi)))
    draw = ImageDraw.Draw(page)
    font, cell = forms.face(forms.FACES[0], 13 * dpi / 72), round(0.21 * dpi)
    lines = ("1. Họ, chữ đệm và tên: NGUYỄN ĐĂNG KHOA", "5. Số điện thoại liên hệ: 0987654321")
    for n, text in enumerate((lines[0], "4. Số định danh cá nhân:", lines[1])):
        draw.text((dpi, dpi * (1 + 0.45 * n)), text, font=font, fill=forms.INK)
    x, y = dpi + font.getlength("4. Số định danh cá nhân:  "), 1.4 * dpi
    for digit in digits:
        draw.rectangle((x, y, x + cell, y + 1.2 * cell), outline=forms.INK, width=dpi // 100)
        draw.text((x + 0.3 * cell, 1.45 * dpi), digit, font=font, fill=forms.INK)
        x += cell
    return page


@pytest.mark.parametrize(("dpi", "lean_deg"), [(200, 0.0), (300, 1.0), (150, -0.8)])
def test_figures_in_a_row_of_cells_are_read_as_one_number(dpi, lean_deg, tmp_path):
    page = comb_page("027099004321", dpi).rotate(-lean_deg, fillcolor="white", resample=3)
    lines = read(page, tmp_path / "comb.png", dpi).text.splitlines()
    (line,) = [line for line in lines if "định danh" in line]
    assert line.replace(" ", "").endswith("cánhân:027099004321")


def test_empty_cells_are_no_letters(tmp_path):
    text = read(comb_page(" " * 12, 200), tmp_path / "comb.png").text
    assert "4. Số định danh cá nhân:" in text.splitlines()


# ------------------------------------------------------------------ words alone
def words_at(*lines):
    """Words of lines given as (text, x, y), ten pixels a letter, twenty high."""
    words = []
    for number, (text, x, y) in enumerate(lines):
        for word in text.split(" "):
            if word:
                words.append(ReadWord(word, (x, y, x + 10 * len(word), y + 20), 0.95, number))
            x += 10 * len(word) + 6
    return words


def in_order(words, found=NOTHING, skew_deg=0.0):
    lines = {}
    for word in layout.arranged(words, found, 180, skew_deg):
        lines.setdefault(word.line, []).append(word.text)
    return [" ".join(line) for line in lines.values()]


def test_head_that_the_engine_read_across():
    words = words_at(
        ("ỦY BAN NHÂN DÂN", 100, 100),
        ("CỘNG HÒA XÃ HỘI", 400, 100),
        ("XÃ BÌNH DƯƠNG", 110, 130),
        ("Độc lập", 440, 130),
        ("Theo đề nghị của ông Nguyễn Văn An về việc tham dự Hội nghị này", 60, 300),
    )
    across = [replace(word, line=word.line // 2) for word in words]
    parted = ["ỦY BAN NHÂN DÂN", "XÃ BÌNH DƯƠNG", "CỘNG HÒA XÃ HỘI", "Độc lập"]
    assert in_order(across)[:4] == parted
    assert in_order(across)[4].startswith("Theo đề nghị")


def test_running_text_with_wide_holes_is_not_parted():
    lines = [("Theo đề nghị của    ông Nguyễn Văn An tại", 60, 100 + 30 * n) for n in range(6)]
    assert in_order(words_at(*lines)) == [" ".join(text.split()) for text, _, _ in lines]


def test_entries_follow_their_labels():
    words = words_at(
        ("Họ và tên:", 60, 100),
        ("Năm sinh:", 60, 140),
        ("Trần Văn An", 300, 101),
        ("1986", 300, 139),
    )
    assert in_order(words) == ["Họ và tên: Trần Văn An", "Năm sinh: 1986"]


def test_signs_on_printed_lines_are_dropped_and_others_stay():
    found = ruling.Found((), ((100, 138, 400, 141),), (), (), *NO_PARTS)
    words = [
        ReadWord("—", (150, 134, 250, 143), 0.4, 1),
        ReadWord("-", (100, 180, 110, 184), 0.4, 2),
        ReadWord("Số", (150, 130, 180, 142), 0.4, 1),
    ]
    assert sorted(in_order(words, found)) == ["-", "Số"]


def test_a_dotted_line_of_its_own_is_told():
    found = ruling.Found(((60, 196, 700, 199),), (), (), (), *NO_PARTS)
    words = words_at(("Nội dung:", 60, 100), ("Người khai", 60, 260))
    assert in_order(words, found) == ["Nội dung:", layout.LEADER, "Người khai"]


def test_dots_below_an_entry_part_no_words():
    """They stand between the words only for the eye of who looks for dots."""
    dots = [(160, 117, 215, 120), (230, 117, 420, 120)]
    found = ruling.Found(tuple(dots), (), (), (), *NO_PARTS)
    (line,) = in_order(words_at(("Nơi sinh: Bệnh viện Đa khoa", 60, 100)), found)
    assert line == f"Nơi sinh: Bệnh viện Đa khoa {layout.LEADER}"
    (leader,) = [w for w in layout.arranged(
        words_at(("Nơi sinh: Bệnh viện Đa khoa", 60, 100)), found, 180
    ) if w.text == layout.LEADER]  # fmt: skip
    assert (leader.box[0], leader.box[2]) == (310, 420)


def test_a_short_dotted_line_between_words_stays():
    found = ruling.Found(((112, 117, 148, 120), (212, 117, 248, 120)), (), (), (), *NO_PARTS)
    words = words_at(("ngày", 70, 100), ("tháng", 160, 100), ("năm", 260, 100))
    words = [replace(word, line=0) for word in words]
    assert in_order(words, found) == ["ngày … tháng … năm"]


def test_too_many_words_are_left_as_they_are():
    words = tuple(words_at(*((f"x{n}", 10, 10) for n in range(6000))))
    assert layout.arranged(words, NOTHING, 180) == words


def test_the_worst_page_is_ordered_soon():
    """As many lines as are ordered at all, each a label beside others, and dotted all over."""
    lines = [("a: b: c: d: e: f:", 40 + 97 * (n % 11), 100 + 7 * n) for n in range(300)]
    words = words_at(*lines)
    leaders = tuple((40, 100 + 5 * n, 900, 103 + 5 * n) for n in range(900))
    started = time.process_time()
    ordered = layout.arranged(words, ruling.Found(leaders, leaders, (), (), *NO_PARTS), 180)
    assert time.process_time() - started < 6
    assert len(ordered) >= len(words)


# ------------------------------------------------------------------ boxes to tick
def ticked_page(dpi=200, pen=(30, 40, 130)):
    page = drawn.sheet((round(6 * dpi), round(4 * dpi)))
    draw, font = ImageDraw.Draw(page), drawn.font(round(0.19 * dpi))
    side, places = round(0.16 * dpi), []
    for n, (label, mark) in enumerate(
        (("Nam", "x"), ("Nữ", ""), ("Cấp bản sao", "v"), ("Nhận kết quả qua bưu điện", ""))
    ):
        x, y = round((0.5 + 2.2 * (n % 2)) * dpi), round((0.8 + 0.7 * (n // 2)) * dpi)
        draw.rectangle((x, y, x + side, y + side), outline=(30, 30, 30), width=max(2, dpi // 110))
        draw.text((x + side * 1.5, y + side), label, font=font, fill=(30, 30, 30), anchor="ls")
        thick = max(2, dpi // 80)
        if mark == "x":
            draw.line((x + 2, y + 3, x + side - 2, y + side - 3), pen, thick)
            draw.line((x + side - 1, y + 2, x + 2, y + side), pen, thick)
        elif mark:
            points = [(x + 3, y + side // 2), (x + side // 2, y + side - 3)]
            draw.line((*points, (x + side + 8, y - 10)), pen, thick)
        places.append(((x, y, x + side, y + side), label, bool(mark)))
    draw.text((0.5 * dpi, 2.5 * dpi), "Đơn DO ĐÓ OO 00 88 HỘ BẢN", font=font, fill=(30, 30, 30))
    return page, places


@pytest.mark.parametrize("dpi", [150, 200, 300])
@pytest.mark.parametrize("lean_deg", [0.0, 2.0])
def test_ticked_and_empty_boxes_with_their_labels(dpi, lean_deg, tmp_path):
    page, places = ticked_page(dpi)
    image = drawn.scanned(page.rotate(-lean_deg, Image.Resampling.BICUBIC, fillcolor=drawn.PAPER))
    path = drawn.save(image, tmp_path / "page.jpg", dpi)
    seen = ocr.read(path, condition.run(path))
    text, facts, found = seen.text, seen.condition, seen.checkboxes
    assert len(found) == len(places)
    labels = checkboxes.labels_of(found, text, facts.skew_deg)
    for box, label, (_, wanted, ticked) in zip(found, labels, places, strict=True):
        assert box.checked == ticked
        assert box.confidence > 0.8
        if dpi > 150:  # below that the engine runs a box and its label together
            assert label == wanted
    if not lean_deg:
        (x0, y0, _, _), _, _ = places[0]
        assert abs(found[0].box[0] - x0) <= 4
        assert abs(found[0].box[1] - y0) <= 4


def test_printed_text_tables_and_codes_have_no_boxes(tmp_path):
    form = forms.form(1, 200, ("dots",))
    path = forms.save(forms.scanned(form, 1), tmp_path / "form.jpg", 200)
    assert ocr.read(path, condition.run(path)).checkboxes == ()


def test_the_label_may_stand_left_of_its_box():
    """As on the declaration of a birth: Có □ Không □, which the engine runs together."""
    boxes = (Checkbox((190, 100, 220, 130), True, 0.9), Checkbox((420, 100, 450, 130), False, 0.9))
    words = (
        Word("Bản sao:", (20, 100, 90, 130), 0.9, "", 0),
        Word("Có|M]", (140, 100, 218, 130), 0.9, "", 0),
        Word("Không[]", (320, 100, 448, 130), 0.9, "", 0),
        Word("Số lượng", (540, 100, 650, 130), 0.9, "", 0),
    )
    text = PageText(words, 0, 1000, 400, "test")
    assert checkboxes.labels_of(boxes, text) == ("Có", "Không")
