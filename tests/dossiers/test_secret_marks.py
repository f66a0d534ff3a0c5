"""Marks of secrecy: found where they stand for themselves, and never in running text."""

import dataclasses

import pytest

from desk_app.dossiers import secret_marks
from desk_app.records import Page, PageText, Word
from tests.store.finished import reading


def text(*lines, height=40):
    """Lines of (left, words) with words of usual width; a word may bring its own height."""
    words = []
    for number, parts in enumerate(lines):
        for left, said, *tall in parts if isinstance(parts, list) else [(100, parts)]:
            size, x = (tall or [height])[0], left
            for word in said.split():
                top = 100 + number * 60
                words.append(
                    Word(word, (x, top, x + 22 * len(word), top + size), 0.9, word, number)
                )
                x += 22 * len(word) + 15
    return PageText(tuple(words), 0, 1654, 2339, "none")


BODY = "Căn cước công dân số được cấp ngày hai tháng ba"


@pytest.mark.parametrize(
    ("lines", "mark"),
    [
        (["MẬT", BODY], "MẬT"),
        (["TỐI MẬT", BODY], "TỐI MẬT"),
        (["TUYỆT MẬT", BODY], "TUYỆT MẬT"),
        ([[(100, "ỦY BAN NHÂN DÂN"), (900, "MẬT")], BODY], "MẬT"),  # beside the letterhead
        (["[ MẬT ]", BODY], "MẬT"),
        (["|TUYỆT", "MẬT|", BODY], "MẬT"),
        ([[(100, "MẠT", 60)], BODY], "MẬT"),  # misread, but larger than print
        (["TOI MAT", BODY], "TỐI MẬT"),
    ],
)
def test_marks_that_stand_for_themselves(lines, mark):
    assert [said for said, _ in secret_marks.marks(text(*lines))] == [mark]


@pytest.mark.parametrize(
    "lines",
    [
        ["Cam kết giữ bí mật thông tin của công dân"],
        ["CAM KẾT BẢO MẬT THÔNG TIN", BODY],
        ["BẢO MẬT", BODY],
        ["bí mật", BODY],
        ["Mật", BODY],
        ["MẬT ONG RỪNG", BODY],
        ["MẬT KHẨU", BODY],
        ["MẶT", BODY],
        ["MẶT TRƯỚC", BODY],
        ["ĐỘ MẬT CỦA VĂN BẢN", BODY],
        ["Quy định về việc BẢO", "MẬT", BODY],  # broken over two lines
        [],
    ],
)
def test_words_that_are_no_marks(lines):
    assert secret_marks.marks(text(*lines)) == []


def page(number, said, **about):
    seen = dataclasses.replace(reading(), text=text(*said))
    return Page(f"p{number}", "d", number, number, "front", "ab", "image/jpeg", 1654, 2339, 200,
                reading=seen, **about)  # fmt: skip


def test_a_finding_names_the_page_and_shows_the_place():
    pages = [page(1, [BODY]), page(2, ["MẬT", BODY]), page(3, ["MẬT"], set_aside=True)]
    (found,) = secret_marks.run(pages)
    assert (found.code, found.severity, found.page_id) == ("SECRET_MARK", "problem", "p2")
    assert "Trang 2" in found.text.vi
    assert "Page 2" in found.text.en
    assert found.box == (100, 100, 166, 140)


def test_a_page_that_was_not_read_says_nothing():
    assert list(secret_marks.run([dataclasses.replace(page(1, ["MẬT"]), reading=None)])) == []
