from __future__ import annotations

import time
from dataclasses import replace

import pytest

from desk_app.recognition import corrector
from desk_app.recognition.language import ngrams
from desk_app.records import PageCondition, PageText, Word

CONDITION = PageCondition(1650, 2340, 200, 0, 1.0, 0.0, 1.0, "content", 0.05, 0.0, 1.0, 1.0)


def page(*lines: str, confidence: float = 0.93) -> PageText:
    """A page whose words stand where a typewriter would put them."""
    words = []
    for number, line in enumerate(lines):
        x, y = 100, 100 + 50 * number
        for text in line.split():
            words.append(Word(text, (x, y, x + 14 * len(text), y + 30), confidence, text, number))
            x += 14 * (len(text) + 1)
    return PageText(tuple(words), 0, 1650, 2340, "test")


def corrected(*lines: str, **how: float) -> list[str]:
    text, _ = corrector.run(page(*lines, **how), CONDITION)
    return text.text.splitlines()


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("tô chức triên khai thực hiện", "tổ chức triển khai thực hiện"),
        ("sửa đôi, bô sung một số điều", "sửa đổi, bổ sung một số điều"),
        ("cấp có thâm quyền quyết định", "cấp có thẩm quyền quyết định"),
        ("để được thống nhât quản lý", "để được thống nhất quản lý"),
        ("theo hướng dân của Bộ", "theo hướng dẫn của Bộ"),
        ("dự toán chỉ ngân sách nhà nước", "dự toán chi ngân sách nhà nước"),
        ("CỌNG HÒA XÃ HỘI CHÚ NGHĨA VIỆT NAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    ],
)
def test_wrong_marks_in_running_text(read, meant):
    assert corrected(read) == [meant]


def test_two_wrong_neighbours_at_once():
    assert corrected("cơ quan có thâm quyên giải quyết") == ["cơ quan có thẩm quyền giải quyết"]


def test_sentence_runs_over_the_line_end():
    assert corrected("theo quy định của pháp luật về tô", "chức và hoạt động") == [
        "theo quy định của pháp luật về tổ",
        "chức và hoạt động",
    ]


def test_engine_reading_stays():
    before = page("tô chức thực hiện")
    text, report = corrector.run(before, CONDITION)
    assert [word.read for word in text.words] == [word.text for word in before.words]
    (change,) = report.changes
    assert (change.index, change.read, change.text) == (0, "tô", "tổ")
    assert text.words[0].box == before.words[0].box


@pytest.mark.parametrize(
    "line",
    [
        "Họ, chữ đệm, tên: Đô Thị Hương",
        "Ông (bà): nguyên văn tô",
        "Nơi cư trú: thôn Tân Lâp, xã Binh Thanh",
        "do ông Trương Văn Tô ký",
        "tại xã Quang Phú và Tam Ky",
        "KT. CHỦ TỊCH NGUYÊN VĂN TÔ",
        "UBND TỈNH QUANG NGAI",
        "số 1368/QĐ-UBND ngày 12/12/2023",
        "mã DVCQG và TTHC của KGVX",
        "PHÙNG TÔ LONG",
    ],
)
def test_names_addresses_and_codes_stay(line):
    assert corrected(line) == [line]


def test_name_gets_a_suggestion():
    text, report = corrector.run(page("Họ và tên: Nguyên Văn An"), CONDITION)
    assert text.text == "Họ và tên: Nguyên Văn An"
    assert [(found.index, found.text) for found in report.suggestions] == [(3, "Nguyễn")]


def test_certain_words_stay():
    assert corrected("tô chức thực hiện", confidence=0.99) == ["tô chức thực hiện"]


def test_empty_page():
    empty = replace(page("một"), words=())
    assert corrector.run(empty, CONDITION) == (empty, corrector.Report())


def test_model_says_where_it_comes_from():
    facts = ngrams.load().facts
    assert facts["date"]
    assert all(";" in source for source in facts["sources"])
    assert ngrams.MODEL.stat().st_size < 2.5e6


def test_model_loads_fast():
    best = 9.0
    for _ in range(3):
        start = time.process_time()
        ngrams.model_of(*ngrams.read(ngrams.MODEL))
        best = min(best, time.process_time() - start)
    assert best < 0.25  # 0.03 on a quiet machine


@pytest.mark.parametrize("damage", [b"", b"desk-lm\n", b"something else"])
def test_damaged_model(tmp_path, damage):
    file = tmp_path / "model.lm"
    file.write_bytes(damage)
    with pytest.raises(ngrams.BadModel):
        ngrams.read(file)


def test_cut_off_model(tmp_path):
    file = tmp_path / "model.lm"
    file.write_bytes(ngrams.MODEL.read_bytes()[:-5000])
    with pytest.raises(ngrams.BadModel):
        ngrams.read(file)
