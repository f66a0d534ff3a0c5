"""What the program says of a fault: each language in its own words alone."""

from __future__ import annotations

import errno
import os
import pickle
import re
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from desk_app import backup, paths, printing, settings
from desk_app.errors import DeskError, StorageError, file_words
from desk_app.pdf.metadata import DocumentInfo, Metadata
from desk_app.recognition import doctypes
from desk_app.submission import envelope, profiles, tables
from desk_app.submission.errors import ReceiptMismatch
from desk_app.submission.packages import placing, trees, workbooks, xml
from desk_app.submission.packages import profiles as package_profiles

VIETNAMESE = re.compile(
    "[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE
)
ENGLISH = re.compile(
    r"\b(the|is|are|not|a|an|of|to|no|cannot|must|missing|unknown|expected|damaged|than|by|it)\b",
    re.IGNORECASE,
)
Refusal = Callable[[Path], object]


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def station(text: str | bytes) -> Refusal:
    def refused(folder: Path) -> object:
        written(folder, settings.FILE_NAME, text)
        return settings.load(folder)

    return refused


def store(text: str) -> Refusal:
    return lambda folder: profiles.load(written(folder, "kho.toml", text))


def package(text: str) -> Refusal:
    return lambda folder: package_profiles.load(str(written(folder, "goi.toml", text)))


def backed_up(content: bytes) -> Refusal:
    return lambda folder: backup.restore(written(folder, "sao.desk", content), folder / "new")


def bomb(folder: Path) -> object:
    with zipfile.ZipFile(folder / "bom.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("goi/METS.xml", bytes(50_000_000))
    return trees.opened(folder / "bom.zip").__enter__()


def taken(folder: Path) -> object:
    return placing.publish(written(folder, "a", "1"), written(folder, "b", "2"))


REFUSALS: dict[str, Refusal] = {
    "a setting that is none": station("colour = 1"),
    "a setting of another kind": station('keep_days = "x"'),
    "a place that is none": station('mark_place = "x"'),
    "a profile of no procedure": station('pdf_profile_of = ["x"]'),
    "a value without a name": station('mark_values = ["x"]'),
    "settings that are not TOML": station("keep_days ="),
    "settings that are not UTF-8": station(b"\xff"),
    "a store without an adapter": store('title = "Kho"\n'),
    "a store of two tables": store('title = "Kho"\nadapter = "local"\nlocal = 3\n'),
    "a store with a stray key": store(
        'title = "Kho"\nadapter = "local"\ncolor = 1\n[local]\nfolder = "k"\n'
    ),
    "a store at no address": store('title = "Kho"\nadapter = "tus"\n[tus]\nurl = "kho"\n'),
    "a store in the clear": store('title = "Kho"\nadapter = "tus"\n[tus]\nurl = "http://k.vn"\n'),
    "a store that is too large": store("#" * (tables.MAX_BYTES + 1)),
    "a package of nothing": package('title = "x"\n'),
    "a package that is not TOML": package("title = ["),
    "a backup of other bytes": backed_up(b"no backup"),
    "a backup that is empty": backed_up(b""),
    "separators without number": lambda folder: printing.separators(
        [], folder / "t.pdf", "2026-01-05"
    ),
    "a document without title": lambda _: Metadata.of(DocumentInfo("")),
    "types that are not TOML": lambda folder: doctypes.Table.read(written(folder, "t.toml", "=")),
    "types with a stray key": lambda folder: doctypes.Table.read(
        written(folder, "t.toml", "colour = 1")
    ).only("id title"),
    "a certificate that is none": lambda folder: envelope.load_recipient(
        written(folder, "c.pem", "x")
    ),
    "a ZIP that is none": lambda folder: trees.opened(written(folder, "g.zip", "x")).__enter__(),
    "a ZIP that explodes": bomb,
    "a workbook that is none": lambda folder: workbooks.read(written(folder, "d.xlsx", "x")),
    "XML that is none": lambda _: xml.parse(b"<a>", "METS.xml"),
    "a name that is taken": taken,
    "a lock below a file": lambda folder: paths.locked(
        written(folder, "x", "") / "lock"
    ).__enter__(),
}


def assert_apart(error: DeskError, names: str) -> None:
    """No Vietnamese in the English text, no English word in the Vietnamese one."""
    vi, en = error.vi.replace(names, ""), error.en.replace(names, "")
    assert not VIETNAMESE.search(en), en
    assert VIETNAMESE.search(vi)
    assert not ENGLISH.search(vi), vi


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_keeps_its_languages_apart(tmp_path, refusal):
    with pytest.raises(DeskError) as caught:
        refusal(tmp_path)
    assert_apart(caught.value, str(tmp_path))
    crossed = pickle.loads(pickle.dumps(caught.value))
    assert (crossed.vi, crossed.en) == (caught.value.vi, caught.value.en)


@pytest.mark.parametrize(
    "number", [errno.EPIPE, errno.EINVAL, errno.ESTALE, errno.ECONNRESET, errno.EDQUOT]
)
def test_what_the_system_says_is_told_in_vietnamese(number):
    error = StorageError(os.strerror(number))
    assert os.strerror(number) in error.en
    assert not ENGLISH.search(error.vi)
    assert os.strerror(number) not in error.vi


def test_a_receipt_that_is_missing_is_told_in_either_language():
    error = ReceiptMismatch("no receipt", detail_vi="không có biên nhận")
    assert_apart(error, "-")


@pytest.mark.parametrize(
    ("text", "place"), [("a = 1\nb = ?", "(dòng 2, cột 5)"), ("a = [", "(ở cuối tệp)")]
)
def test_a_file_of_settings_is_told_by_its_place(text, place):
    with pytest.raises(tomllib.TOMLDecodeError) as caught:
        tomllib.loads(text)
    assert file_words(caught.value)[1] == f"không phải TOML {place}"
