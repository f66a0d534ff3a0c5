"""Excel lists: out, edited as crews do, and in again; workbooks that mean harm."""

from __future__ import annotations

import re
import time
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook, load_workbook

from desk_app.errors import NotAllowed, NotFound, UnusableInput
from desk_app.store import dossiers
from desk_app.submission.packages import build, describe, lists, profiles, workbooks
from desk_app.submission.packages.describe import Given
from tests.packages.desk import CODE, add_dossier, sign, signed_dossier

SIP = profiles.load("sip_hoso")


@pytest.fixture
def workbook(store, tmp_path):
    add_dossier(store)
    lists.export(store, [CODE], SIP, tmp_path / "list.xlsx")
    return load_workbook(tmp_path / "list.xlsx")


def cell(book, sheet, heading, row=2):
    columns = {c.value: c.column for c in book[sheet][1]}
    return book[sheet].cell(row, columns[heading])


def bring_in(store, book, path):
    book.save(path)
    return lists.bring_in(store, path, SIP)


def said(store):
    return describe.given(store, dossiers.find(store, CODE).id)


def test_an_unchanged_list_says_nothing_new(store, workbook, tmp_path):
    done = bring_in(store, workbook, tmp_path / "same.xlsx")
    assert (done.problems, done.ignored, said(store)) == ([], [], Given())


def test_words_dates_and_texts_as_people_expect_them(workbook):
    assert cell(workbook, "Hồ sơ", "Thời hạn bảo quản").value == "Vĩnh viễn"
    assert cell(workbook, "Hồ sơ", "Mã hồ sơ một cửa").value == CODE
    day = cell(workbook, "Hồ sơ", "Thời gian bắt đầu")
    assert (day.value, day.number_format) == (datetime(2026, 1, 5), "dd/mm/yyyy")
    number = cell(workbook, "Văn bản", "Số")
    assert (number.value, number.data_type, number.number_format) == ("01", "s", "@")
    assert cell(workbook, "Văn bản", "STT văn bản", 4).value == 3
    assumed = cell(workbook, "Hồ sơ", "Thời hạn bảo quản").fill.fgColor.rgb
    assert assumed != cell(workbook, "Hồ sơ", "Số lượng trang").fill.fgColor.rgb


def test_what_crews_write_comes_in_and_goes_out_again(store, workbook, tmp_path):
    cell(workbook, "Hồ sơ", "Thời hạn bảo quản").value = "20 năm"
    cell(workbook, "Hồ sơ", "Hộp số").value = "007"
    cell(workbook, "Hồ sơ", "Mã hồ sơ giấy gốc").value = "LT.01.0007"
    cell(workbook, "Hồ sơ", "Thời gian bắt đầu").value = "1/2/2001"
    cell(workbook, "Hồ sơ", "Thời gian kết thúc").value = datetime(2001, 12, 31)
    cell(workbook, "Văn bản", "Số", 3).value = "0012"
    cell(workbook, "Văn bản", "Tên loại", 4).value = "Biên bản"
    cell(workbook, "Văn bản", "Trích yếu", 4).value = "V/v “đăng ký”"
    done = bring_in(store, workbook, tmp_path / "new.xlsx")
    assert (done.dossiers, done.problems) == (1, [])
    papers = [d.id for d in dossiers.documents(store, dossiers.find(store, CODE).id)]
    expected = Given(
        {"maintenance": "05", "box": "007", "paperFileCode": "LT.01.0007",
         "startDate": "01/02/2001", "endDate": "31/12/2001"},
        {papers[1]: {"codeNumber": "0012"},
         papers[2]: {"typeName": "20", "subject": "V/v “đăng ký”"}},
    )  # fmt: skip
    assert said(store) == expected
    lists.export(store, [CODE], SIP, tmp_path / "again.xlsx")
    again = load_workbook(tmp_path / "again.xlsx")
    assert cell(again, "Hồ sơ", "Hộp số").value == "007"
    assert cell(again, "Văn bản", "Số", 3).value == "0012"
    assert bring_in(store, again, tmp_path / "third.xlsx").problems == []
    assert said(store) == expected


def test_an_emptied_cell_takes_back_and_an_absent_column_says_nothing(store, workbook, tmp_path):
    cell(workbook, "Hồ sơ", "Hộp số").value = "007"
    cell(workbook, "Hồ sơ", "Từ khóa").value = "kết hôn"
    bring_in(store, workbook, tmp_path / "1.xlsx")
    few = Workbook()
    few.active.append(["Mã hồ sơ một cửa", "Tiêu đề hồ sơ", "Từ khóa"])
    few.active.append([CODE, "Tập tờ khai", None])
    assert bring_in(store, few, tmp_path / "2.xlsx").problems == []
    assert said(store).dossier == {"box": "007", "title": "Tập tờ khai"}


def test_headings_of_other_crews_below_a_title(store, workbook, tmp_path):
    theirs = Workbook()
    sheet = theirs.active
    sheet.append(["DANH MỤC HỒ SƠ NĂM 2001"])
    sheet.append([])
    sheet.append(
        ["STT", "MÃ HỒ SƠ TTHC", "tiêu đề", "THỜI HẠN LƯU TRỮ", "Ngày, tháng, năm bắt đầu"]
    )
    sheet.append([1, CODE, "Tập  tờ khai", 4, "3-6-2001"])
    done = bring_in(store, theirs, tmp_path / "theirs.xlsx")
    assert (done.problems, done.ignored) == ([], ["Sheet: STT"])
    assert said(store).dossier == {
        "title": "Tập tờ khai", "maintenance": "04", "startDate": "03/06/2001"
    }  # fmt: skip


def test_one_wrong_cell_and_nothing_is_kept(store, workbook, tmp_path):
    cell(workbook, "Hồ sơ", "Hộp số").value = "007"
    cell(workbook, "Hồ sơ", "Thời hạn bảo quản").value = "lâu"
    cell(workbook, "Văn bản", "Ngày tháng năm", 3).value = "31/02/2001"
    cell(workbook, "Văn bản", "STT văn bản", 4).value = 9
    done = bring_in(store, workbook, tmp_path / "bad.xlsx")
    told = {(each.where, each.field) for each in done.problems}
    assert told == {
        ("Hồ sơ, dòng 2", "Thời hạn bảo quản"), ("Văn bản, dòng 3", "Ngày tháng năm"),
        ("Văn bản, dòng 4", "STT văn bản"),
    }  # fmt: skip
    assert (said(store), done.dossiers) == (Given(), 0)


def test_unknown_dossiers_and_doubled_rows_are_told(store, workbook, tmp_path):
    sheet = workbook["Hồ sơ"]
    sheet.append([each.value for each in sheet[2]])
    sheet.append(["H49.64.33-260105-9999"])
    where = [each.where for each in bring_in(store, workbook, tmp_path / "x.xlsx").problems]
    assert where == ["Hồ sơ, dòng 3", "Hồ sơ, dòng 4"]


def test_a_formula_counts_by_its_value_or_is_told(store, workbook, tmp_path):
    cell(workbook, "Hồ sơ", "Tiêu đề hồ sơ").value = '="a"&"b"'
    (problem,) = bring_in(store, workbook, tmp_path / "x.xlsx").problems
    assert (problem.field, problem.where) == ("Tiêu đề hồ sơ", "Hồ sơ, dòng 2")
    with (
        zipfile.ZipFile(tmp_path / "x.xlsx") as old,
        zipfile.ZipFile(tmp_path / "y.xlsx", "w") as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("sheet1.xml"):
                assert data.count(b"</f><v></v>") == 1
                data = data.replace(b"</f><v></v>", b"</f><v>ab</v>")
                data = re.sub(rb'<c r="(\w+)"([^>]*)><f>', rb'<c r="\1"\2 t="str"><f>', data)
            new.writestr(name, data)
    assert lists.bring_in(store, tmp_path / "y.xlsx", SIP).problems == []
    assert said(store).dossier == {"title": "ab"}


def test_the_failed_value_of_a_formula_is_no_title(store, workbook, tmp_path):
    cell(workbook, "Hồ sơ", "Tiêu đề hồ sơ").value = "#REF!"
    (problem,) = bring_in(store, workbook, tmp_path / "x.xlsx").problems
    assert (problem.field, problem.where) == ("Tiêu đề hồ sơ", "Hồ sơ, dòng 2")


def test_a_text_that_looks_like_a_formula_leaves_as_text(store, tmp_path):
    dossier_id = add_dossier(store)
    describe.keep(store, dossier_id, Given({"title": "=cmd|' /C calc'!A0", "keyword": "+1\x0b"}))
    lists.export(store, [CODE], SIP, tmp_path / "x.xlsx")
    book = load_workbook(tmp_path / "x.xlsx")
    assert cell(book, "Hồ sơ", "Tiêu đề hồ sơ").data_type == "s"
    assert cell(book, "Hồ sơ", "Tiêu đề hồ sơ").value == "=cmd|' /C calc'!A0"
    assert cell(book, "Hồ sơ", "Từ khóa").value == "+1"


def test_partial_days_and_days_before_excels_calendar_survive(store, tmp_path):
    dossier_id = add_dossier(store)
    given = Given({"startDate": "15/03/1887", "endDate": "1945"})
    describe.keep(store, dossier_id, given)
    lists.export(store, [CODE], SIP, tmp_path / "x.xlsx")
    assert lists.bring_in(store, tmp_path / "x.xlsx", SIP).problems == []
    assert said(store) == given


def test_a_list_is_never_written_over_a_file(store, tmp_path):
    add_dossier(store)
    (tmp_path / "x.xlsx").write_bytes(b"mine")
    with pytest.raises(NotAllowed):
        lists.export(store, [CODE], SIP, tmp_path / "x.xlsx")
    assert (tmp_path / "x.xlsx").read_bytes() == b"mine"
    assert [p.name for p in tmp_path.glob("*.part")] == []
    with pytest.raises(NotFound):
        lists.export(store, ["H1-260101-0001"], SIP, tmp_path / "y.xlsx")


def test_a_list_filled_before_signing_counts_in_the_package(store, workbook, tmp_path):
    cell(workbook, "Văn bản", "Trích yếu", 3).value = "Nội dung do người lập danh mục ghi"
    bring_in(store, workbook, tmp_path / "x.xlsx")
    sign(store, dossiers.find(store, CODE).id)
    built = build.build(store, CODE, SIP, tmp_path / "out", as_folder=True)
    described = next(built.path.rglob("EAD_doc_*.2.xml")).read_text(encoding="utf-8")
    assert "Nội dung do người lập danh mục ghi" in described


def test_a_list_of_many_documents_comes_in_within_seconds(store, tmp_path):
    signed_dossier(store, papers=60, pages=1)
    lists.export(store, [CODE], SIP, tmp_path / "x.xlsx")
    book = load_workbook(tmp_path / "x.xlsx")
    for row in range(2, 62):
        cell(book, "Văn bản", "Bút tích", row).value = f"bút tích {row}"
    started = time.process_time()
    done = bring_in(store, book, tmp_path / "y.xlsx")
    assert (done.problems, done.documents) == ([], 60)
    assert time.process_time() - started < 10


# --- workbooks that mean harm ---------------------------------------------------------------------


def hostile(path, change):
    """A plain workbook with its parts replaced or added."""
    book = Workbook()
    book.active.append(["Mã hồ sơ một cửa", "Tiêu đề hồ sơ", "Từ khóa"])
    book.active.append([CODE, "x", "y"])
    book.save(path.with_name("plain.xlsx"))
    with zipfile.ZipFile(path.with_name("plain.xlsx")) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)
    return path


SHEET = "xl/worksheets/sheet1.xml"
BAD = {
    "bomb": lambda p: p.update({SHEET: b"<a>" + bytes(workbooks.MOST_UNPACKED + 1)}),
    "many parts": lambda p: p.update({f"xl/x{n}.bin": b"" for n in range(600)}),
    "large styles": lambda p: p.update({"xl/styles.xml": bytes(workbooks.MOST_STYLES + 1)}),
    "entities": lambda p: p.update({SHEET: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
    "entities behind a comment": lambda p: p.update(
        {SHEET: b"<!--" + b"x" * 9000 + b'--><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}
    ),
    "no workbook": lambda p: p.pop("xl/workbook.xml"),
    "no sheet": lambda p: p.pop(SHEET),
    "broken sheet": lambda p: p.update({SHEET: p[SHEET][:-40]}),
    "too many rows": lambda p: p.update({SHEET: p[SHEET].replace(b'r="2"', b'r="1048576"')}),
    "nonsense cells": lambda p: p.update({SHEET: p[SHEET].replace(b't="inlineStr"', b't="s"')}),
}


@pytest.mark.parametrize("name", BAD)
def test_a_hostile_workbook_is_refused_in_words_and_in_time(tmp_path, name):
    path = hostile(tmp_path / "bad.xlsx", BAD[name])
    started = time.process_time()
    with pytest.raises(UnusableInput):
        lists.read(path)
    assert time.process_time() - started < 10


@pytest.mark.parametrize("data", [b"", b"PK", b"\xd0\xcf\x11\xe0" + bytes(600), b"a,b,c\n1,2,3\n"])
def test_no_workbook_at_all(tmp_path, data):
    path = tmp_path / "x.xlsx"
    path.write_bytes(data)
    with pytest.raises(UnusableInput):
        lists.read(path)
    with pytest.raises(UnusableInput):
        lists.read(tmp_path / "none.xlsx")


def test_macros_and_outside_links_are_not_loaded(store, tmp_path):
    add_dossier(store)

    def change(parts):
        parts["xl/vbaProject.bin"] = b"\xd0\xcf\x11\xe0macro"
        parts["xl/externalLinks/externalLink1.xml"] = b"<broken"

    assert lists.bring_in(store, hostile(tmp_path / "m.xlsx", change), SIP).problems == []
    assert said(store).dossier == {"title": "x", "keyword": "y"}


def test_a_workbook_of_something_else_is_told(tmp_path):
    book = Workbook()
    book.active.append(["Họ tên", "Lương", date(2026, 1, 1)])
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(UnusableInput, match="columns"):
        lists.read(tmp_path / "x.xlsx")
