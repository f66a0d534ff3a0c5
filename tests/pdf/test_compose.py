"""Whole files: what they say of themselves, how they land on disk, what others make of them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk_app.errors import DiskFull, Interrupted, StorageError, UnusableInput, UsageError
from desk_app.jobs import Workers
from desk_app.pdf import pdfa
from desk_app.pdf.compose import DocumentInfo, Params, PdfPage, run
from desk_app.pdf.metadata import Metadata
from desk_app.pdf.placement import clean
from desk_app.records import Word
from signing import demonstration
from signing.engine import sign_file
from signing.keys import open_key
from tests.pdf import paper

ROOT = Path(__file__).parents[2]
MIXED = Params(profile="mrc")
JARS = [
    Path("/usr/share/java") / f"{name}.jar"
    for name in (
        "preflight",
        "pdfbox2",
        "fontbox2",
        "xmpbox",
        "commons-logging",
        "commons-io",
        "jaxb-api",
        "javax.activation",
    )
]


def preflight(*files: Path) -> str:
    """Return what Apache PDFBox says of PDF/A-1b files."""
    missing = [jar.name for jar in JARS if not jar.exists()]
    if not shutil.which("java") or missing:
        pytest.skip(f"no second opinion on PDF/A-1b: java or {missing} missing")
    source = Path(__file__).with_name("Pf.java")
    return paper.tool("java", "-cp", ":".join(map(str, JARS)), source, *files)


@pytest.fixture(scope="module")
def signed(both_good, tmp_path_factory) -> dict[str, Path]:
    """Our files after two visible signatures with timestamps and validation data."""
    folder = tmp_path_factory.mktemp("signed")
    demo = demonstration.ensure(folder / "keys")
    secret = demo.passphrase()
    results = {}
    with open_key(demo.key_uri, secret) as key:
        for part, good in both_good.items():
            source = good
            for turn in (1, 2):
                out = folder / f"{part}_{turn}.pdf"
                sign_file(source, out, key, demo.policy(), timestamper=demo.tsa)
                source = out
            results[part] = source
    return results


# Second opinions


def test_no_rule_is_broken_by_signing(signed, part):
    assert pdfa.check(signed[part], part) == ()


def test_preflight_calls_the_twin_valid_before_and_after_signing(both_good, signed):
    files = both_good["1b"], signed["1b"]
    assert preflight(*files).splitlines() == [f"VALID {file}" for file in files]


def test_a_full_validator_agrees(both_good, signed):
    try:
        from pikepdf.pdfa import validate_written
    except ImportError as missing:
        pytest.skip(f"no second opinion on PDF/A-2b: {missing.name} is not installed")
    for part in ("2b", "1b"):
        assert validate_written(both_good[part], part).findings == []
        # It does not know forms yet, and so says nothing of their fields.
        told = validate_written(signed[part], part).findings
        assert [finding for finding in told if finding.kind != "unsupported"] == []


def test_qpdf_finds_nothing(good):
    assert "No syntax or stream encoding errors found" in paper.tool("qpdf", "--check", good)


def test_poppler_sees_one_embedded_font_and_the_untouched_picture(good):
    (line,) = paper.tool("pdffonts", good).splitlines()[2:]
    assert line.split()[-5:-2] == ["yes", "no", "yes"]  # embedded, no subset, to Unicode
    (picture,) = paper.tool("pdfimages", "-list", good).splitlines()[2:]
    assert picture.split()[8] == "jpeg"


# Text


def test_another_reader_sees_words_one_space_apart(good):
    with pypdfium2.PdfDocument(good) as document:
        page = document[0]
        text = page.get_textpage()
        lines = text.get_text_range().split("\r\n")
        text.close()
        page.close()
    assert [line.strip() for line in lines] == list(paper.LINES)


def test_the_default_reading_is_the_same(good, page):
    assert paper.tool("pdftotext", good, "-").split() == [word.text for word in page.words]


def test_decomposed_readings_are_stored_composed(page, tmp_path):
    apart = [replace(word, text=unicodedata.normalize("NFD", word.text)) for word in page.words]
    paper.compose(replace(page, words=tuple(apart)), tmp_path / "x.pdf")
    assert paper.words_seen(tmp_path / "x.pdf") == [word.text for word in page.words]


def test_touching_boxes_stay_two_words(page, tmp_path):
    words = (
        Word("phương", (100, 100, 180, 130), 1, "", 0),
        Word("án", (181, 100, 210, 130), 1, "", 0),
        Word("rà", (205, 100, 240, 130), 1, "", 0),
        Word("9", (100, 300, 120, 330), 1, "", 1),
        Word("-", (124, 314, 132, 318), 1, "", 2),
    )
    paper.compose(replace(page, words=words), tmp_path / "x.pdf")
    assert paper.words_seen(tmp_path / "x.pdf") == ["phương", "án", "rà", "9", "-"]


letters = st.text(st.characters(categories=("Lu", "Ll", "Nd")), min_size=1, max_size=9)


@given(st.lists(letters, min_size=1, max_size=12))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_letters_of_all_scripts_come_back(texts):
    # Compared through ToUnicode itself: readers reorder right-to-left scripts as they like.
    from desk_app.pdf.textlayer import TextFont

    font = TextFont(1)
    codes = [font.code(clean(text)) for text in texts]
    cmap = font._to_unicode().decode()
    pairs = dict(
        line.strip("<>").split("> <") for line in cmap.splitlines() if line.count("> <") == 1
    )
    for text, code in zip(texts, codes, strict=True):
        chars = [code[at : at + 4] for at in range(1, len(code) - 1, 4)]
        read = "".join(bytes.fromhex(pairs[char]).decode("utf-16-be") for char in chars)
        assert read == unicodedata.normalize("NFC", text)


def test_a_page_without_words_needs_no_font(page, tmp_path):
    report = paper.compose(replace(page, words=()), tmp_path / "x.pdf")
    assert report.bytes.fonts == 0
    assert report.conformance.faults == ()
    assert paper.words_seen(tmp_path / "x.pdf") == []


# Metadata


def test_metadata_say_the_same_twice(good):
    with pikepdf.open(good) as pdf:
        assert pdf.Root.Lang == "vi"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert "/Rotate" not in pdf.pages[0].obj
        info = pdf.docinfo
        assert info.Title == paper.ABOUT.title
        assert info.Author == paper.ABOUT.author
        assert info.CreationDate == "D:20260304050607+07'00'"
        with pdf.open_metadata(set_pikepdf_as_editor=False) as xmp:
            assert xmp["dc:title"] == paper.ABOUT.title
            assert xmp["dc:creator"] == [paper.ABOUT.author]
            assert xmp["xmp:CreateDate"] == "2026-03-04T05:06:07+07:00"


@given(
    st.builds(
        DocumentInfo,
        title=st.text(min_size=1).filter(lambda text: any(map(str.isalnum, text))),
        author=st.text(),
        subject=st.text(),
        keywords=st.lists(st.text(), max_size=3).map(tuple),
        created=st.datetimes().map(lambda time: time.isoformat() + "+07:00"),
    )
)
def test_any_metadata_make_well_formed_xml(about):
    from desk_app.pdf.clauses.xmp import _properties

    assert _properties(Metadata.of(about).xmp("2b")) is not None
    Metadata.of(about).info().encode("ascii")


@pytest.mark.parametrize(
    "about",
    [
        DocumentInfo(" \n"),
        DocumentInfo("a", created="yesterday"),
        DocumentInfo("a", language="vi) /X (y"),
    ],
)
def test_unusable_metadata_are_a_usage_error(page, tmp_path, about):
    with pytest.raises(UsageError):
        run([page], about, tmp_path / "x.pdf", Params())
    assert list(tmp_path.iterdir()) == []


def test_no_pages_are_a_usage_error(tmp_path):
    with pytest.raises(UsageError):
        run([], paper.ABOUT, tmp_path / "x.pdf", Params())


# Files


def test_equal_input_gives_equal_bytes(page, part, tmp_path):
    for name in ("a.pdf", "b.pdf"):
        paper.compose(page, tmp_path / name, Params(part=part))
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_the_report_counts_every_byte(good, page, part, tmp_path):
    report = paper.compose(page, tmp_path / "x.pdf", Params(part=part))
    counts = report.bytes
    total = counts.images + counts.text + counts.fonts + counts.other
    assert total == (tmp_path / "x.pdf").stat().st_size == good.stat().st_size
    assert counts.images >= page.image.stat().st_size
    assert report.conformance.part == part
    assert report.conformance.faults == ()


def test_an_older_file_is_replaced_whole_or_kept(page, tmp_path):
    out = tmp_path / "x.pdf"
    out.write_bytes(b"older")
    with pytest.raises(UsageError):
        run([page, replace(page, rotation=45)], paper.ABOUT, out, Params())
    assert out.read_bytes() == b"older"
    paper.compose(page, out)
    assert [path.name for path in tmp_path.iterdir()] == ["x.pdf"]
    assert out.read_bytes().startswith(b"%PDF")


def test_a_missing_folder_is_a_storage_error(page, tmp_path):
    with pytest.raises(StorageError, match=r"x\.pdf"):
        paper.compose(page, tmp_path / "none" / "x.pdf")


_CHILD = """
import json, resource, sys
from pathlib import Path
from desk_app.errors import DeskError
from desk_app.pdf.compose import DocumentInfo, Params, PdfPage, run
from desk_app.records import Word

image, out, count, limit = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
words = tuple(Word(f"từ{n}", (90 * (n % 8) + 20, 40 + 60 * (n // 8), 90 * (n % 8) + 80,
              70 + 60 * (n // 8)), 0.9, "", n // 8) for n in range(32))
page = PdfPage(Path(image), 827, 1169, 100, 0, 0.5, words)
try:
    report = run([page] * count, DocumentInfo("Sổ hộ tịch"), out, Params())
    told = {"pages": report.pages, "faults": len(report.conformance.faults)}
except DeskError as fault:
    told = {"code": fault.code}
# Not ru_maxrss: a child inherits its parent's peak across fork and exec.
status = Path("/proc/self/status").read_text()
told["megabytes"] = int(status.split("VmHWM:")[1].split()[0]) // 1024
print(json.dumps(told))
"""


def in_child(page: PdfPage, out: Path, count: int, limit: int = 0) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(page.image), str(out), str(count), str(limit)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_full_disk_leaves_nothing_behind(page, tmp_path):
    # A limit on the file's size stands for the disk's end: the same call fails in the same place.
    told = in_child(page, tmp_path / "x.pdf", 9, limit=page.image.stat().st_size * 3)
    assert told["code"] == DiskFull.code
    assert list(tmp_path.iterdir()) == []


def test_a_thousand_pages_stay_under_400_megabytes(page, tmp_path):
    out = tmp_path / "book.pdf"
    told = in_child(page, out, 1000)
    assert told["pages"] == 1000
    assert told["faults"] == 0
    assert told["megabytes"] < 400
    assert "Pages:           1000" in paper.tool("pdfinfo", out)


# Elsewhere, told, and stopped


@pytest.fixture
def workers():
    pool = Workers(2)
    yield pool
    pool.close()


@pytest.mark.parametrize("profile", ["jpeg", "mrc", "bilevel"])
def test_pictures_encoded_in_worker_processes_give_the_same_file(page, tmp_path, workers, profile):
    pages, params = [page] * 11, Params(profile=profile)
    here = run(pages, paper.ABOUT, tmp_path / "here.pdf", params)
    there = run(pages, paper.ABOUT, tmp_path / "there.pdf", params, submit=workers.submit)
    assert here.path.read_bytes() == there.path.read_bytes()


def test_a_picture_that_fails_elsewhere_says_so_here(page, tmp_path, workers):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    pages = [page, replace(page, image=tmp_path / "broken.jpg")]
    with pytest.raises(UnusableInput) as caught:
        run(pages, paper.ABOUT, tmp_path / "x.pdf", MIXED, submit=workers.submit)
    assert "broken.jpg" in caught.value.vi
    assert not list(tmp_path.glob("*.pdf*"))


def test_every_page_is_told_and_can_be_the_last(page, tmp_path):
    told = []

    def count(written: int) -> None:
        told.append(written)
        if written == 3:
            raise Interrupted

    with pytest.raises(Interrupted):
        run([page] * 5, paper.ABOUT, tmp_path / "x.pdf", Params(), on_page=count)
    assert told == [1, 2, 3]
    assert not list(tmp_path.iterdir())
