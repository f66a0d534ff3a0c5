"""libsane's test device: what the driver notices that the library lets pass."""

import os
import signal
import socket
import time

import pytest
from PIL import Image

from scanners import drivers
from scanners.device import Applied, ScanSettings
from scanners.drivers import libsane
from scanners.drivers.sane import SaneDriver
from scanners.drivers.sane_options import sources_of
from scanners.errors import DeviceFault
from scanners.worker import list_devices, start, survey
from tests.scanners.streams import (
    SMALL_RESERVE,
    consume,
    end_of,
    fault_of,
    is_alive,
    pages,
)
from tests.simulators import saned
from tests.simulators.sane import write_config

DEVICE = "sane:test:0"


def scan(landing, *extra, deadlines=None, device=DEVICE, **settings):
    asked = ScanSettings(**{"dpi": 75, "count": 1, **settings}, extra=tuple(extra))
    return consume(start(device, asked, landing, deadlines=deadlines, reserve_bytes=SMALL_RESERVE))


def applied(events):
    return [e.settings for e in events if isinstance(e, Applied)][-1]


def test_three_pages_land(sane_config, tmp_path):
    events = scan(tmp_path, dpi=300, count=3)
    assert applied(events).got.source == "feeder"
    assert applied(events).differences == ()
    assert [(p.sheet, p.media, p.dpi) for p in pages(events)] == [
        (n, "image/jpeg", 300) for n in (1, 2, 3)
    ]
    assert {(p.width_px, p.height_px) for p in pages(events)} == {(2480, 3507)}


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("UNSUPPORTED", "UNSUPPORTED"),
        ("DEVICE_BUSY", "BUSY"),
        ("INVAL", "DRIVER_ERROR"),
        ("EOF", "INCOMPLETE_PAGE"),
        ("JAMMED", "PAPER_JAM"),
        ("NO_DOCS", "FEEDER_EMPTY"),
        ("COVER_OPEN", "COVER_OPEN"),
        ("IO_ERROR", "COMM_LOST"),
        ("NO_MEM", "DRIVER_ERROR"),
        ("ACCESS_DENIED", "ACCESS_DENIED"),
    ],
)
def test_each_status_is_its_own_fault(sane_config, tmp_path, status, code):
    option = ("read-return-value", f"SANE_STATUS_{status}")
    events = scan(tmp_path, option, count=2, source="feeder", first_sheet=7)
    assert fault_of(events).code == code
    assert fault_of(events).sheet == 7
    assert pages(events) == []
    if code != "INCOMPLETE_PAGE":
        assert "SANE" in fault_of(events).raw


def test_a_device_that_cancels_lands_nothing(sane_config, tmp_path):
    events = scan(tmp_path, ("read-return-value", "SANE_STATUS_CANCELLED"))
    assert (end_of(events), pages(events), fault_of(events)) == ("cancelled", [], None)


@pytest.mark.parametrize(
    ("mode", "depth", "media", "picture"),
    [
        ("bw", None, "image/png", "1"),
        ("gray", None, "image/jpeg", "L"),
        ("color", None, "image/jpeg", "RGB"),
        ("gray", "16", "image/png", "I;16"),
        ("color", "16", "image/png", "RGB"),
        ("color", "1", "image/png", "RGB"),
    ],
)
def test_every_depth_gives_a_true_picture(sane_config, tmp_path, mode, depth, media, picture):
    # 83 mm at 75 dpi is no whole number of bytes in black and white.
    extra = [("test-picture", "Grid")] + ([("depth", depth)] if depth else [])
    (page,) = pages(scan(tmp_path, *extra, mode=mode, paper_mm=(83.0, 60.0)))
    assert page.media == media
    with Image.open(page.path) as image:
        assert image.mode == picture
        grey = image.convert("L") if picture != "I;16" else image.point(lambda v: v / 256, "L")
        # The backend's grid, as scanimage writes it too: squares of 10 mm, white first.
        first, second = grey.crop((4, 4, 25, 25)), grey.crop((34, 4, 55, 25))
        assert first.getextrema()[0] > 215
        assert second.getextrema()[1] < 40


def test_sixteen_bits_have_their_high_byte_first(sane_config, tmp_path):
    extra = (("test-picture", "Color pattern"), ("depth", "16"))
    (page,) = pages(scan(tmp_path, *extra, mode="gray", paper_mm=(83.0, 20.0)))
    with Image.open(page.path) as image:
        ramp = [image.getpixel((x, 30)) for x in range(12, 240)]
    assert ramp == sorted(ramp)  # swapped bytes would jump at every pixel
    assert ramp[-1] - ramp[0] > 50_000


def test_a_hand_scanner_has_as_many_rows_as_came(sane_config, tmp_path):
    (page,) = pages(scan(tmp_path, ("hand-scanner", "yes")))
    assert page.height_px > 100
    assert page.width_px == pytest.approx(110 / 25.4 * 75, abs=2)


def test_three_passes_are_refused_in_words(sane_config, tmp_path):
    events = scan(tmp_path, ("three-pass", "yes"))
    assert fault_of(events).code == "UNSUPPORTED"
    assert "three-pass" in fault_of(events).en


@pytest.mark.parametrize(
    "extra",
    [("fuzzy-parameters", "yes"), ("ppl-loss", "7"), ("read-limit-size", "4097")],
)
def test_odd_frames_land_whole(sane_config, tmp_path, extra):
    extras = [("read-limit", "yes"), extra] if extra[0] == "read-limit-size" else [extra]
    plain = pages(scan(tmp_path / "1", ("test-picture", "Grid")))
    odd = pages(scan(tmp_path / "2", ("test-picture", "Grid"), *extras))
    assert [p.height_px for p in odd] == [p.height_px for p in plain]
    assert len(odd) == 1


def test_a_resolution_out_of_range_is_not_taken_in_silence(sane_config, tmp_path):
    events = scan(tmp_path, dpi=2400, paper_mm=(10.0, 10.0))
    assert applied(events).got.dpi == 1200
    (difference,) = applied(events).differences
    assert (difference.what, difference.asked, difference.got) == (
        "resolution",
        "2400 dpi",
        "1200 dpi",
    )


def test_a_page_larger_than_the_glass_is_said(sane_config, tmp_path):
    write_config(sane_config, geometry_max="200.0")
    events = scan(tmp_path)
    assert [d.what for d in applied(events).differences] == ["paper size"]
    assert applied(events).got.paper_mm == (200.0, 200.0)


@pytest.mark.parametrize(
    "extra", [("depth", "7"), ("depth", "x"), ("test-picture", "Moon"), ("resolution", "99999")]
)
def test_an_impossible_value_is_refused(sane_config, tmp_path, extra):
    events = scan(tmp_path, extra)
    assert fault_of(events).code == "BAD_SETTINGS"
    assert f"{extra[0]}={extra[1]}" in fault_of(events).en


def test_options_do_not_stick(sane_config, tmp_path):
    scan(tmp_path / "1", ("read-return-value", "SANE_STATUS_JAMMED"))
    assert len(pages(scan(tmp_path / "2"))) == 1


def test_a_device_that_is_not_there_is_named(sane_config, tmp_path):
    for device in ("sane:test:99", "sane:nosuch:0"):
        fault = fault_of(scan(tmp_path, device=device))
        assert fault.code == "OFFLINE"
        assert device.removeprefix("sane:") in fault.en


def test_a_device_that_hangs_is_ended(sane_config, tmp_path, quick):
    slowly = (("read-delay", "yes"), ("read-delay-duration", "200000"))
    asked = ScanSettings(dpi=300, extra=slowly)
    job = start(DEVICE, asked, tmp_path, deadlines=quick, reserve_bytes=SMALL_RESERVE)
    events = []
    with job:
        for event in job:
            events.append(event)
            if type(event).__name__ == "Progress" and is_alive(job.pid):
                os.kill(job.pid, signal.SIGSTOP)
    assert fault_of(events).code == "NOT_RESPONDING"
    assert not is_alive(job.pid)
    assert pages(events) == []
    assert len(pages(scan(tmp_path))) == 1


def test_the_survey_names_devices_and_what_they_can(sane_config):
    found = {device.uri: device for device in list_devices()}
    assert {"simulated:", "sane:test:0", "sane:test:1"} <= set(found)
    device = found[DEVICE]
    assert set(device.sources) == {"glass", "feeder"}
    source = device.capabilities.sources[0]
    assert source.dpi_range == (1, 1200, 1)
    assert set(source.modes) == {"color", "gray", "bw"}
    assert source.max_area_mm == (432.0, 432.0)


def test_a_survey_that_takes_too_long_is_cut_off():
    begin = time.monotonic()
    found = survey(0.0)
    assert time.monotonic() - begin < 6.0
    assert found.devices == ()
    assert len(found.drivers) == len(drivers.KINDS)
    assert not any(driver.available for driver in found.drivers)
    assert all(driver.reason_vi for driver in found.drivers)


def test_a_network_scanner_that_never_answers_does_not_hang_the_survey(sane_config, monkeypatch):
    (sane_config / "dll.conf").write_text("net\n")
    (sane_config / "net.conf").write_text("connect_timeout = 60\n127.0.0.1\n")
    with saned.turn(), socket.socket() as mute:
        mute.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            mute.bind(("127.0.0.1", saned.PORT))
        except OSError as error:
            pytest.skip(f"the port of SANE's network protocol is taken: {error}")
        mute.listen()
        begin = time.monotonic()
        found = {driver.driver: driver for driver in survey(2.0).drivers}
    assert 1.9 < time.monotonic() - begin < 8.0
    assert not found["sane"].available
    assert "không phản hồi" in found["sane"].reason_vi
    assert found["simulated"].available


def test_without_libsane_the_driver_says_so(monkeypatch):
    def missing():
        raise OSError("libsane.so.1: cannot open shared object file")

    monkeypatch.setattr(libsane, "library", missing)
    info = SaneDriver().available()
    assert not info.available
    assert "libsane1" in info.reason_vi
    with pytest.raises(DeviceFault) as caught:
        SaneDriver().open(libsane_name())
    assert caught.value.code == "MISSING_DRIVER"


def libsane_name():
    from scanners.device import parse_uri

    return parse_uri("sane:missing:0")


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (("Flatbed", "ADF Front", "ADF Back", "ADF Duplex"), {"glass", "feeder", "duplex"}),
        (("FB", "ADF"), {"glass", "feeder"}),
        (("Document Table", "Automatic Document Feeder", "Transparency Unit"), {"glass", "feeder"}),
        (("Automatic Document Feeder(left aligned,Duplex)",), {"duplex"}),
        (("ADF Back",), {"glass"}),
    ],
)
def test_sources_are_known_by_their_many_names(choices, expected):
    option = libsane.Option(1, "source", libsane.TYPE_STRING, 0, 64, True, True, choices)
    named = sources_of({"source": option})
    assert set(named) == expected
    assert named.get("feeder") != "ADF Back"


def test_a_duplex_switch_beside_the_source_counts():
    source = libsane.Option(1, "source", libsane.TYPE_STRING, 0, 64, True, True, ("Flatbed", "ADF"))
    switch = libsane.Option(
        2, "adf-mode", libsane.TYPE_STRING, 0, 64, True, True, ("Simplex", "Duplex")
    )
    assert sources_of({"source": source, "adf-mode": switch})["duplex"] == "ADF"


@pytest.mark.parametrize(
    ("span", "asked", "nearest"),
    [((1, 1200, 1), 99999, 1200), ((50, 600, 50), 160, 150), ((0, 432, 0), 297.3, 297.3)],
)
def test_the_nearest_possible_value(span, asked, nearest):
    option = libsane.Option(1, "x", libsane.TYPE_FIXED, 0, 4, True, True, (), span)
    assert option.nearest(asked) == nearest
