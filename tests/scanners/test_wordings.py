"""Every fault has its words in both languages, and they say how many pages are safe."""

import re
import string
from pathlib import Path

import pytest

import scanners
from scanners.errors import DeviceFault, make_fault
from scanners.wordings import SUSPICIONS, WORDINGS

TABLE = {
    "FEEDER_EMPTY", "PAPER_JAM", "DOUBLE_FEED", "COVER_OPEN", "BUSY", "WARMING_UP", "OFFLINE",
    "COMM_LOST", "INCOMPLETE_PAGE", "NOT_RESPONDING", "SETTINGS_CHANGED", "UNSUPPORTED",
    "ACCESS_DENIED", "DISK_FULL", "DISK_ERROR", "DRIVER_CRASHED", "MISSING_DRIVER",
}  # fmt: skip
SLOTS = {"n", "k", "name", "seconds", "what", "detail", "file", "page"}
VIETNAMESE = re.compile(
    "[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.I
)


def test_the_table_is_complete():
    assert set(WORDINGS) >= TABLE


@pytest.mark.parametrize("code", sorted(WORDINGS))
def test_each_is_worded_in_both_languages(code):
    words = WORDINGS[code]
    for text in (words.vi, words.en, words.next_vi, words.next_en):
        assert text.strip()
        assert {slot for _, slot, _, _ in string.Formatter().parse(text) if slot} <= SLOTS
    assert VIETNAMESE.search(words.vi)
    assert VIETNAMESE.search(words.next_vi)
    assert not VIETNAMESE.search(words.en)
    fault = make_fault(
        code, sheet=7, pages_safe=6, detail="x", what="y", name="z", file="f", page=2
    )
    assert "{" not in fault.vi + fault.en + fault.next_vi + fault.next_en
    if words.exit_code == 3:
        assert "6 trang" in fault.vi
        assert "6 pages are safe" in fault.en
    if words.resumable:
        assert fault.resume_at == 7


def test_a_fault_that_can_be_resumed_says_from_where():
    # Where the sheet does not matter, nothing was fed yet.
    before_feeding = {"FEEDER_EMPTY", "BUSY", "WARMING_UP", "OFFLINE"}
    for code, words in WORDINGS.items():
        if words.resumable and code not in before_feeding:
            assert "{n}" in words.next_vi or "{n}" in words.vi, code
            assert "{n}" in words.next_en or "{n}" in words.en, code


def test_a_fault_keeps_the_driver_s_words_for_the_log():
    fault = DeviceFault("PAPER_JAM", raw="SANE 6").at(sheet=3, pages_safe=2)
    assert (fault.raw, fault.sheet, fault.pages_safe) == ("SANE 6", 3, 2)
    assert "SANE" not in fault.vi + fault.en


def test_every_suspicion_is_worded():
    folder = Path(scanners.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    raised = set(re.findall(r'suspect\([^"()]*(?:\([^()]*\))?[^"()]*"(\w+)"', source))
    assert raised == set(SUSPICIONS)
    for vi, en in SUSPICIONS.values():
        assert VIETNAMESE.search(vi)
        assert "{n}" in vi
        assert "{n}" in en
