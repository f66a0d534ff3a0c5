from __future__ import annotations

import importlib.util
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from desk_app.errors import EngineError, UsageError
from desk_app.imaging import condition
from desk_app.recognition import ocr, tesseract, vietnamese
from tests.imaging import drawn


def read(path, params=None):
    return ocr.run(path, condition.run(path), params or ocr.Params())


@pytest.fixture(scope="module")
def upright(tmp_path_factory):
    """The drawn page, as read by the default engine."""
    path = tmp_path_factory.mktemp("upright") / "page.jpg"
    drawn.save(drawn.scanned(drawn.text_page()), path)
    return path, read(path)[0]


def missing_words(text, lines=drawn.LINES) -> set[str]:
    """Words of the drawn page that were not read, case and marks counted."""
    wanted = {word.strip(",.:") for line in lines for word in line.split() if len(word) > 1}
    return wanted - {word.text.strip(",.:") for word in text.words}


def box_of(text, line_word: str):
    return next(word.box for word in text.words if word.text == line_word)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_page_is_read_whichever_way_it_lies(turn, tmp_path):
    page = drawn.sheet()
    boxes = drawn.write(page)
    path = drawn.save(drawn.scanned(drawn.turned(page, turn)), tmp_path / "page.jpg")
    text, final = read(path)
    assert final.rotation == text.rotation == (360 - turn) % 360
    assert final.rotation_confidence > 0.8
    assert len(missing_words(text)) <= 1
    assert "TỜ KHAI ĐĂNG KÝ KHAI SINH" in text.text
    x0, y0, x1, y1 = boxes["Độc lập - Tự do - Hạnh phúc"]
    corners = {0: (x0, y0), 90: (page.height - y1, x0)}
    corners |= {180: (page.width - x1, page.height - y1), 270: (y0, page.width - x1)}
    size = (x1 - x0, y1 - y0) if turn in (0, 180) else (y1 - y0, x1 - x0)
    left, top = corners[turn]
    first, last = box_of(text, "Độc"), box_of(text, "phúc")
    assert abs(min(first[0], last[0]) - left) <= 8
    assert abs(min(first[1], last[1]) - top) <= 8
    assert abs(max(first[2], last[2]) - left - size[0]) <= 8
    assert abs(max(first[3], last[3]) - top - size[1]) <= 14


@pytest.mark.parametrize(("lean_deg", "turn"), [(5, 0), (-5, 180)])
def test_leaning_page_is_levelled_and_boxes_stay_on_disk(lean_deg, turn, tmp_path):
    page = drawn.turned(drawn.leaning(drawn.text_page(), lean_deg), turn)
    path = drawn.save(drawn.scanned(page), tmp_path / "page.jpg")
    text, final = read(path)
    assert final.rotation == (360 - turn) % 360
    assert len(missing_words(text)) <= 1
    for word in text.words:
        x0, y0, x1, y1 = word.box
        assert 0 <= x0 < x1 <= page.width
        assert 0 <= y0 < y1 <= page.height
    x0, y0, x1, y1 = box_of(text, "sinh:")
    inside = page.crop((x0, y0, x1, y1)).convert("L")
    assert inside.getextrema()[0] < 90


def test_reading_order_and_line_numbers(upright):
    _, text = upright
    numbers = [word.line for word in text.words]
    assert numbers == sorted(numbers)
    assert text.text.splitlines()[0] == drawn.LINES[0]
    assert len(text.text.splitlines()) == len(drawn.LINES)


def test_every_word_is_composed_and_has_a_share_of_certainty(upright):
    path, text = upright
    for word in text.words:
        assert word.text == word.read == vietnamese.nfc(word.text)
        assert 0 <= word.confidence <= 1
    strict, _ = read(path, ocr.Params(flag_below=0.0, flag_digits_below=1.01))
    assert {word.text for word in strict.words if word.flagged} == {"05/03/1986"}


def test_print_under_a_stamp_is_read(tmp_path):
    page = drawn.text_page()
    drawn.stamp(page, (560, 540))
    text, _ = read(drawn.save(drawn.scanned(page), tmp_path / "page.jpg"))
    assert len(missing_words(text)) <= 2


def test_red_print_is_read_when_it_is_all_there_is(tmp_path):
    page = drawn.sheet()
    place = (300, 400)
    for i, line in enumerate(drawn.LINES[:3]):
        where = (place[0], place[1] + 80 * i)
        ImageDraw.Draw(page).text(where, line, font=drawn.font(44), fill=(200, 30, 40))
    text, _ = read(drawn.save(drawn.scanned(page), tmp_path / "page.jpg"))
    assert "KHAI SINH" in text.text


@pytest.mark.parametrize("stated", [None, 72])
def test_wrong_or_missing_resolution_does_not_matter(stated, tmp_path):
    facts = {"dpi": (stated, stated)} if stated else {}
    drawn.scanned(drawn.text_page()).save(tmp_path / "page.jpg", quality=85, **facts)
    text, final = read(tmp_path / "page.jpg")
    assert final.dpi == 200
    assert len(missing_words(text)) <= 1


@pytest.mark.parametrize("mode", ["1", "L", "CMYK"])
def test_other_kinds_of_pixel(mode, tmp_path):
    page = drawn.text_page()
    if mode == "1":
        page = page.convert("L").point(lambda level: 255 * (level > 140))
    page.convert(mode).save(tmp_path / "page.tif", dpi=(200, 200))
    text, _ = read(tmp_path / "page.tif")
    assert len(missing_words(text)) <= 2


def test_blank_page_is_not_read(tmp_path):
    class Never:
        name = "never"

        def read(self, *_args, **_options):
            raise AssertionError

    path = drawn.save(drawn.scanned(drawn.sheet()), tmp_path / "page.jpg")
    facts = condition.run(path)
    text, final = ocr.run(path, facts, engine=Never())
    assert text.words == ()
    assert final == facts


@pytest.mark.parametrize("kind", ["black", "dots", "strip", "noise"])
def test_odd_pages_end_without_words_and_without_a_claim(kind, tmp_path):
    rng = np.random.default_rng(2)
    dots = rng.random((300, 400)) > 0.03
    noise = rng.integers(0, 256, (2339, 1654), dtype=np.uint8)
    pages = {
        "noise": Image.fromarray(noise),
        "black": Image.new("L", (900, 700), 0),
        "dots": Image.fromarray((dots * 255).astype(np.uint8)),
        "strip": Image.fromarray(np.tile((dots[:40] * 255).astype(np.uint8), (1, 40))),
    }
    pages[kind].save(tmp_path / "page.png")
    text, final = read(tmp_path / "page.png")
    assert sum(len(word.text) for word in text.words) < 40
    assert final.rotation_confidence < 0.5
    assert ("unread" in final.problems) == (kind == "noise")


@pytest.mark.parametrize("engine", ["tesserocr", "pytesseract"])
def test_page_that_takes_too_long_is_given_up_and_says_so(engine, upright):
    path, _ = upright
    text, final = read(path, ocr.Params(engine=engine, timeout_s=0.02))
    assert text.words == ()
    assert "unread" in final.problems


@pytest.mark.skipif(not shutil.which("tesseract"), reason="the tesseract program is not installed")
def test_the_other_engine_reads_the_same(upright):
    path, one = upright
    other, _ = read(path, ocr.Params(engine="pytesseract"))
    assert len(missing_words(other)) <= 2
    assert one.engine.startswith("tesserocr")
    assert other.engine.startswith("pytesseract")
    near = zip(box_of(one, "Kính"), box_of(other, "Kính"), strict=True)
    assert max(abs(a - b) for a, b in near) <= 6


def test_default_engine_is_in_process_and_kept():
    assert importlib.util.find_spec("tesserocr")
    assert tesseract.engine() is tesseract.engine("tesserocr")


def test_unknown_engine():
    with pytest.raises(UsageError):
        tesseract.engine("abbyy")


def test_missing_model_names_its_package(monkeypatch, tmp_path):
    with pytest.raises(EngineError) as missing:
        tesseract.find_tessdata("xyz")
    assert "tesseract-ocr-xyz" in missing.value.next_vi
    monkeypatch.setattr(tesseract, "_TESSDATA_FOLDERS", ())
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    path = drawn.save(drawn.text_page(), tmp_path / "page.jpg")
    with pytest.raises(EngineError) as missing:
        ocr.run(path, condition.run(path), engine=tesseract.InProcess())
    assert "tesseract-ocr-vie" in missing.value.next_en


def test_stated_tessdata_folder_comes_first(monkeypatch, tmp_path):
    (tmp_path / "tessdata").mkdir()
    (tmp_path / "tessdata" / "vie.traineddata").write_bytes(b"x")
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert tesseract.find_tessdata() == tmp_path / "tessdata"


def test_broken_model_is_an_engine_error(monkeypatch, tmp_path):
    (tmp_path / "vie.traineddata").write_bytes(b"not a model")
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    path = drawn.save(drawn.text_page(), tmp_path / "page.jpg")
    with pytest.raises(EngineError):
        ocr.run(path, condition.run(path), engine=tesseract.InProcess())


def test_a_sure_axis_asks_only_two_ends(tmp_path):
    """Each look costs a quarter of a second."""
    asked = []

    class Counting(tesseract.InProcess):
        def read(self, grey, dpi, layout="page", **options):
            asked.append(layout)
            return super().read(grey, dpi, layout, **options)

    path = drawn.save(drawn.scanned(drawn.turned(drawn.text_page(), 90)), tmp_path / "page.jpg")
    unsure = replace(condition.run(path), rotation=90, rotation_confidence=0.5)
    ocr.run(path, unsure, engine=Counting())
    assert asked == ["block", "block", "page"]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_is_read_once_whichever_way_it_lies(turn, tmp_path):
    asked = []

    class Counting(tesseract.InProcess):
        def read(self, grey, dpi, layout="page", **options):
            asked.append(layout)
            return super().read(grey, dpi, layout, **options)

    page = drawn.scanned(drawn.turned(drawn.text_page(), turn))
    path = drawn.save(page, tmp_path / "page.jpg")
    _, final = ocr.run(path, condition.run(path), engine=Counting())
    assert final.rotation == -turn % 360
    assert asked == ["page"]


def test_a_turn_that_was_wrongly_sure_is_found_out(tmp_path):
    path = drawn.save(drawn.scanned(drawn.text_page()), tmp_path / "page.jpg")
    wrong = replace(condition.run(path), rotation=180, rotation_confidence=0.9)
    text, final = ocr.run(path, wrong)
    assert final.rotation == 0
    assert len(missing_words(text)) <= 1


def test_a_settled_turn_is_not_questioned(tmp_path):
    path = drawn.save(drawn.scanned(drawn.turned(drawn.text_page(), 180)), tmp_path / "page.jpg")
    facts = condition.run(path)
    wrong, final = ocr.run(path, replace(facts, rotation=0), ocr.Params(settled=True))
    assert final.rotation == 0
    assert len(missing_words(wrong)) > 20
    right, _ = ocr.run(path, replace(facts, rotation=180), ocr.Params(settled=True))
    assert len(missing_words(right)) <= 1


def test_strip_without_letters_is_followed_by_the_next(tmp_path):
    """A large black seal holds the most ink and tells nothing of up and down."""
    page = drawn.sheet()
    drawn.write(page, top=300)
    draw = ImageDraw.Draw(page)
    for radius in range(20, 190, 12):
        box = (800 - radius, 1500 - radius, 800 + radius, 1500 + radius)
        draw.ellipse(box, outline=(20, 20, 20), width=7)
    path = drawn.save(drawn.scanned(drawn.turned(page, 90)), tmp_path / "page.jpg")
    text, final = read(path)
    assert final.rotation == 270
    assert len(missing_words(text)) <= 2


@pytest.mark.parametrize("ink", [(35, 45, 135), (60, 80, 190)])
def test_what_is_written_with_a_pen_is_left_to_the_clerk(ink, tmp_path):
    page = drawn.text_page()
    place = (300, 1200)
    ImageDraw.Draw(page).text(place, "Trần Văn Bình 1975", font=drawn.font(40), fill=ink)
    text, _ = read(drawn.save(drawn.scanned(page), tmp_path / "page.jpg"))
    doubted = [word for word in text.words if word.box[1] > 1150]
    assert len(doubted) == 4
    assert all(word.flagged and word.confidence <= 0.3 for word in doubted)
    printed = [word for word in text.words if word.box[1] < 1150]
    assert sum(word.flagged for word in printed) <= 1


def test_a_paper_printed_in_blue_is_no_handwriting(tmp_path):
    page = drawn.sheet()
    for n, line in enumerate(drawn.LINES[:4]):
        where = (220, 300 + 70 * n)
        ImageDraw.Draw(page).text(where, line, font=drawn.font(38), fill=(30, 50, 140))
    text, _ = read(drawn.save(drawn.scanned(page), tmp_path / "page.jpg"))
    assert sum(word.flagged for word in text.words) <= 2
