"""Names, settings and events survive being written and read."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanners import drivers, wire
from scanners.device import (
    Applied,
    AppliedSettings,
    Capabilities,
    DeviceInfo,
    DeviceName,
    Difference,
    DriverInfo,
    Ended,
    FileRefused,
    Opened,
    PageLanded,
    PageSuspect,
    PaperState,
    Progress,
    ScanFault,
    ScanSettings,
    SheetStarted,
    SourceCapabilities,
    parse_uri,
)
from scanners.drivers.simulated import FAULTS, Script, parse_script
from scanners.errors import BadRequest, DeviceFault, ScannerError, make_fault
from scanners.wordings import WORDINGS

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=30)
WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)


@given(TEXT.filter(bool), st.lists(st.tuples(WORD, TEXT), max_size=4))
def test_a_simulated_name_is_read_as_it_was_written(folder, options):
    name = DeviceName("simulated", folder, tuple(options))
    assert parse_uri(str(name)) == name


@given(TEXT)
def test_a_sane_name_is_kept_as_it_is(rest):
    assert parse_uri(f"sane:{rest}") == DeviceName("sane", rest)
    assert str(parse_uri(f"sane:{rest}")) == f"sane:{rest}"


@given(st.text(max_size=60))
def test_any_text_is_a_name_or_a_bad_request(text):
    with contextlib.suppress(BadRequest):
        drivers.check(text)


def test_the_documented_form_is_understood():
    query = "sheets=9&duplex=1&ppm=60&fault=jam@7,double@12,hang@3,crash@4,short@5"
    name = parse_uri(f"simulated:/quét/hồ sơ?{query}")
    assert name.rest == "/quét/hồ sơ"
    assert parse_script(name.options) == Script(
        9,
        True,
        60.0,
        None,
        (("jam", 7), ("double", 12), ("hang", 3), ("crash", 4), ("short", 5)),
    )
    assert parse_script(parse_uri("simulated:/x").options) == Script()


@given(st.lists(st.tuples(st.sampled_from(sorted(FAULTS)), st.integers(1, 100_000)), min_size=1))
def test_a_script_of_faults_is_read_as_it_was_written(faults):
    text = ",".join(f"{word}@{sheet}" for word, sheet in faults)
    assert parse_script([("fault", text)]).faults == tuple(faults)


@pytest.mark.parametrize("uri", ["", "sane", ":x", "sané:x", "usb:1", "sane:", "simulated:"])
def test_a_name_without_a_known_kind_is_refused(uri):
    with pytest.raises(BadRequest):
        drivers.check(uri)


SETTINGS = st.builds(
    ScanSettings,
    source=st.sampled_from(["auto", "feeder", "duplex", "glass"]),
    dpi=st.integers(1, 9600),
    mode=st.sampled_from(["color", "gray", "bw"]),
    paper_mm=st.none() | st.tuples(st.floats(1, 20000), st.floats(1, 20000)),
    count=st.none() | st.integers(1, 100_000),
    first_sheet=st.integers(1, 100_000),
    extra=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
)
FAULT = st.builds(
    make_fault,
    st.sampled_from(sorted(WORDINGS)),
    raw=TEXT,
    sheet=st.none() | st.integers(1, 999),
    pages_safe=st.integers(0, 9999),
    name=TEXT,
)
APPLIED = st.builds(
    AppliedSettings,
    SETTINGS,
    SETTINGS,
    st.lists(st.builds(Difference, TEXT, TEXT, TEXT, TEXT, TEXT), max_size=2).map(tuple),
)
NUMBER = st.integers(1, 100_000)
PAGE = st.builds(
    PageLanded,
    page_id=TEXT,
    sheet=NUMBER,
    side=st.sampled_from(["front", "back"]),
    path=TEXT.filter(bool).map(lambda name: Path("/") / name),
    sha256=TEXT,
    width_px=NUMBER,
    height_px=NUMBER,
    dpi=NUMBER,
    bytes=NUMBER,
    media=TEXT,
    rotation=st.sampled_from([0, 90, 180, 270]),
    origin=st.none() | TEXT,
    origin_page=st.none() | NUMBER,
)
CAPABILITIES = st.builds(
    Capabilities,
    st.lists(
        st.builds(
            SourceCapabilities,
            TEXT,
            dpi=st.lists(NUMBER, max_size=3).map(tuple),
            dpi_range=st.none() | st.tuples(NUMBER, NUMBER, NUMBER),
            modes=st.lists(TEXT, max_size=3).map(tuple),
            max_area_mm=st.none() | st.tuples(st.floats(1, 999), st.floats(1, 999)),
        ),
        max_size=2,
    ).map(tuple),
    detects_paper=st.none() | st.booleans(),
)
EVENTS = st.one_of(
    st.builds(Opened, TEXT, TEXT),
    st.builds(Applied, APPLIED),
    st.builds(PaperState, st.sampled_from(["loaded", "empty", "unknown"])),
    st.builds(SheetStarted, NUMBER, st.none() | TEXT, st.none() | NUMBER),
    st.builds(Progress, NUMBER, st.none() | st.floats(0, 1)),
    PAGE,
    st.builds(PageSuspect, NUMBER, TEXT),
    st.builds(ScanFault, FAULT),
    st.builds(FileRefused, TEXT, TEXT, TEXT, TEXT, st.none() | NUMBER, TEXT, TEXT),
    st.builds(Ended, st.sampled_from(["done", "cancelled"]), NUMBER, NUMBER),
    st.builds(DeviceInfo, TEXT, TEXT, TEXT, st.just(("glass",)), st.none() | CAPABILITIES),
    st.builds(DriverInfo, TEXT, st.booleans(), TEXT, TEXT),
)


@given(EVENTS)
def test_an_event_is_read_as_it_was_written(event):
    line = wire.encode(event)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert wire.decode(line) == event


def test_a_path_that_is_no_utf8_survives():
    refused = FileRefused("/in/h\udce1\udcbb.jpg", "FILE_EMPTY", "", "")
    assert wire.decode(wire.encode(refused)) == refused


@given(st.binary(max_size=200) | st.sampled_from([b"{}", b'{"event":"ended"}', b"[]", b"7"]))
def test_garbage_is_no_event(line):
    with pytest.raises(ValueError):
        wire.decode(line)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"dpi": 0}, "dpi"),
        ({"dpi": 99999}, "dpi"),
        ({"dpi": True}, "dpi"),
        ({"count": 0}, "count"),
        ({"mode": "sepia"}, "sepia"),
        ({"source": "tray"}, "tray"),
        ({"paper_mm": (0.0, 297.0)}, "paper"),
        ({"paper_mm": (float("nan"), 297.0)}, "paper"),
        ({"first_sheet": 0}, "first_sheet"),
    ],
)
def test_a_setting_that_cannot_be_is_named(change, named):
    with pytest.raises(BadRequest) as caught:
        ScanSettings(**change).check()
    assert named in caught.value.en
    assert named in caught.value.vi


@pytest.mark.parametrize("code", sorted(WORDINGS))
def test_every_fault_is_worded_in_both_languages(code):
    fault = make_fault(code, sheet=7, pages_safe=12)
    for text in (fault.vi, fault.en, fault.next_vi, fault.next_en):
        assert text
        assert "{" not in text
    assert any(letter in fault.vi + fault.next_vi for letter in "ạảãàáâậăặđêôơưịọủ")
    assert fault.exit_code in (2, 3)
    if fault.exit_code == 3:
        assert "12 trang" in fault.vi
        assert "12 pages" in fault.en


def test_a_fault_is_worded_again_with_what_the_job_knows():
    error = DeviceFault("PAPER_JAM", raw="SANE 6")
    assert isinstance(error, ScannerError)
    fault = error.at(sheet=9, pages_safe=1)
    assert "tờ 9" in fault.vi
    assert "1 page is safe" in fault.en
    assert (fault.resume_at, fault.raw, error.code, error.exit_code) == (
        9,
        "SANE 6",
        "PAPER_JAM",
        3,
    )
    assert error.next_vi
    assert error.next_en
