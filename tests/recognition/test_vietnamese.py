from __future__ import annotations

import datetime as dt
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_app.recognition import vietnamese

LETTERS = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"
VIETNAMESE = st.text(st.sampled_from(LETTERS + LETTERS.upper() + "bcnghkt ,.1"), max_size=40)


@given(VIETNAMESE)
def test_plain_text_has_ascii_letters_and_the_same_length(text):
    plain = vietnamese.strip_diacritics(unicodedata.normalize("NFD", text))
    assert plain.isascii()
    assert len(plain) == len(text)


@given(VIETNAMESE)
def test_tone_placing_changes_no_letter_and_is_done_once(text):
    placed = vietnamese.normalise_tone(text)
    assert vietnamese.normalise_tone(placed) == placed
    assert vietnamese.strip_diacritics(placed) == vietnamese.strip_diacritics(text)


@pytest.mark.parametrize(
    ("modern", "older"),
    [
        ("hoà", "hòa"),
        ("Thuỷ", "Thủy"),
        ("KHOẺ", "KHỎE"),
        ("toàn", "toàn"),
        ("quý", "quý"),
        ("gìn giữ", "gìn giữ"),
        ("già", "già"),
        ("thuế", "thuế"),
        ("ngoài", "ngoài"),
        ("đường", "đường"),
        ("mùa", "mùa"),
        ("khuỷu", "khuỷu"),
        ("Oslo", "Oslo"),
    ],
)
def test_tone_goes_where_the_older_spelling_puts_it(modern, older):
    assert vietnamese.normalise_tone(modern) == older


@pytest.mark.parametrize(
    "word",
    str.split(
        "nghiêng Nguyễn QUỲNH quýt giếng gì thuở khuya xoong ưu yêu oẳn chuyện người Đặng hoà hòa "
        "huỳnh nghĩa tỉnh phường trường sinh Ủy ủy boong giết quốc khuỷu"
    ),
)
def test_real_syllables(word):
    assert vietnamese.is_syllable(word)
    assert vietnamese.is_syllable(unicodedata.normalize("NFD", word))


@pytest.mark.parametrize(
    "word", ["", "câp", "kông", "gha", "tr", "ngh", "qê", "hello", "bấà", "1a", "cách-", "thìch"]
)
def test_no_syllables(word):
    assert not vietnamese.is_syllable(word)


def test_there_are_about_as_many_syllables_as_the_language_has():
    assert 2_000 < len(vietnamese._bare_syllables()) < 4_500


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)), st.sampled_from(["/", "-", ".", " / "]))
def test_dates_in_digits(day, separator):
    written = f"sinh: {day.day:02}{separator}{day.month}{separator}{day.year}."
    assert vietnamese.parse_date(written) == day.isoformat()


@given(st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)))
def test_dates_in_words_and_in_eight_digits(day):
    written = f"Hà Nội, ngày {day.day:02} tháng {day.month} năm {day.year}"
    assert vietnamese.parse_date(written) == day.isoformat()
    assert vietnamese.parse_date(vietnamese.strip_diacritics(written.upper())) == day.isoformat()
    assert vietnamese.parse_compact_date(day.strftime("%d%m%Y")) == day.isoformat()


@pytest.mark.parametrize(
    "text", ["31/02/2020", "00/10/2020", "ngày tháng năm 2026", "12/2026", "1/1/20261", "5.3/2026"]
)
def test_days_that_do_not_exist_are_none(text):
    assert vietnamese.parse_date(text) is None


@pytest.mark.parametrize("digits", ["", "3002199", "30021990", "3102199x", "٠٥٠٣١٩٨٦"])
def test_eight_digits_that_are_no_day(digits):
    assert vietnamese.parse_compact_date(digits) is None


def test_dates_come_in_the_order_written():
    text = "Từ 01/02/2020, ngày 05 tháng 3 năm 2021 đến 7-8-2022"
    assert vietnamese.find_dates(text) == ("2020-02-01", "2021-03-05", "2022-08-07")


@pytest.mark.parametrize("name", ["NGUYỄN THỊ LAN", "Nguyễn  Thị Lan", "NGUYEN THI LAN."])
def test_names_of_all_sources_compare_equal(name):
    assert vietnamese.name_key(name) == "NGUYEN THI LAN"
    assert all(map(vietnamese.is_plain_syllable, vietnamese.name_key(name).split()))


def test_the_slash_of_a_fraction_is_that_of_a_date():
    assert vietnamese.nfc("9\u20449\u22152025") == "9/9/2025"
