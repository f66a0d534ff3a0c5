"""Network scanners: whatever a device does, no page is lost or invented and its job is deleted."""

import contextlib
import datetime as dt
import ipaddress
import os
import re
import signal
import ssl
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from scanners.device import Applied, PageSuspect, ScanSettings, SheetStarted, Waiting
from scanners.drivers import escl_xml
from scanners.drivers.escl import DRIVER
from scanners.drivers.escl_http import parse_base
from scanners.drivers.escl_quirks import Quirks, quirks_of, table
from scanners.errors import BadRequest
from scanners.worker import Deadlines, start
from tests.scanners.streams import SMALL_RESERVE, consume, end_of, fault_of, is_alive, pages
from tests.simulators.escl import Scanner, Script, capabilities


def scan(scanner, landing, *, deadlines=None, **settings):
    asked = ScanSettings(**{"dpi": 75, **settings})
    job = start(scanner.uri, asked, landing, deadlines=deadlines, reserve_bytes=SMALL_RESERVE)
    events = consume(job)
    assert scanner.open_jobs == []
    # Nothing lost, nothing invented: what landed is what was sent whole, in the same order.
    landed = [page.path.read_bytes() for page in pages(events) if page.media == "image/jpeg"]
    if scanner.script.sends != "application/pdf" and "image/jpeg" in scanner.script.formats:
        assert landed == scanner.served[: len(landed)]
    return events


def applied(events):
    return [e.settings for e in events if isinstance(e, Applied)][-1]


@pytest.mark.parametrize(
    "script",
    [
        {"next_503": {1: 2, 3: 1}, "retry_after": "0"},
        {"caps_503": 1, "post_503": 1, "retry_after": "garbage"},
        {"location": "relative"},
        {"location": "wrong_host"},
        {"location": "missing"},
        {"location": "wrong_path"},
        {"location": "broken"},
        {"end_code": 404},
        {"end_code": 409},
        {"end_code": 410},
        {"end_code": 500},
        {"early": {2: (404, 1)}},
        {"early": {1: (409, 1), 4: (410, 1)}},
        {"lists_jobs": False},
        {"counts": 0},
        {"glass": False},
        {"location": "no_scheme", "lists_jobs": False},
        {"location": "host_only", "lists_jobs": False},
        {"location": "only_id", "lists_jobs": False},
        {"location": "next_document", "lists_jobs": False},
        {"gzips": True},
        {"redirect": "/other/ScannerCapabilities"},
        {"redirect": "{here}/other/ScannerCapabilities"},
    ],
    ids=str,
)
def test_every_page_comes_however_the_device_says_it(tmp_path, script):
    with Scanner(Script(sheets=4, **script)) as scanner:
        events = scan(scanner, tmp_path)
        assert (fault_of(events), end_of(events)) == (None, "feeder_empty")
        assert [page.sheet for page in pages(events)] == [1, 2, 3, 4]
        assert len(scanner.served) == 4


@pytest.mark.parametrize(
    ("script", "code", "whole"),
    [
        ({"bad": {2: "empty"}}, "INCOMPLETE_PAGE", 1),
        ({"bad": {2: "truncated"}}, "INCOMPLETE_PAGE", 1),
        ({"bad": {1: "headless"}}, "INCOMPLETE_PAGE", 0),
        ({"bad": {3: "cut"}}, "COMM_LOST", 2),
        ({"bad": {2: "huge"}}, "BAD_ANSWER", 1),
        ({"bad": {2: "endless"}}, "BAD_ANSWER", 1),
        ({"bad": {2: "html"}}, "INCOMPLETE_PAGE", 1),
        ({"stop_at": {3: "Jam"}}, "PAPER_JAM", 2),
        ({"stop_at": {1: "Mispick"}}, "PAPER_JAM", 0),
        ({"stop_at": {3: "Jam"}, "end_code": 410, "lists_jobs": False}, "PAPER_JAM", 2),
        ({"stop_at": {3: "DoorOpen"}}, "COVER_OPEN", 2),
        ({"stop_at": {2: "MultipickDetected"}}, "DOUBLE_FEED", 1),
        ({"stop_at": {2: "InputTrayOverloaded"}}, "DEVICE_STOPPED", 1),
        ({"stop_at": {3: "-"}}, "DEVICE_STOPPED", 2),
        ({"stop_at": {3: "-"}, "reason": "MediaJam"}, "PAPER_JAM", 2),
        ({"ends_early_at": 3}, "ENDED_EARLY", 2),
        ({"post_code": 403}, "ACCESS_DENIED", 0),
        ({"post_code": 400}, "UNSUPPORTED", 0),
        ({"post_code": 409}, "BUSY", 0),
        ({"sheets": 0}, "FEEDER_EMPTY", 0),
        ({"replace": {"ScannerStatus": b"<html>busy</html>"}}, "BAD_ANSWER", 0),
        ({"replace": {"ScannerCapabilities": b""}}, "BAD_ANSWER", 0),
        ({"replace": {"ScannerCapabilities": b"\xff\xfe<\x00a\x00"}}, "BAD_ANSWER", 0),
        ({"replace": {"ScannerCapabilities": b"<a>" * 400_000}}, "BAD_ANSWER", 0),
        ({"replace": {"ScannerCapabilities": b"<a>" * 200_000}}, "BAD_ANSWER", 0),
        ({"replace": {"NextDocument": b"<?xml version='1.0'?><x/>"}}, "INCOMPLETE_PAGE", 0),
        ({"replace": {"ScanJobs": b"not now"}}, "BAD_ANSWER", 0),
        ({"gzips": True, "bad": {2: "cut compressed"}}, "COMM_LOST", 1),
        ({"codes": {"ScanJobs": 401, "ScannerStatus": 401}}, "ACCESS_DENIED", 0),
        ({"codes": {"NextDocument": 403, "ScannerStatus": 403}}, "ACCESS_DENIED", 0),
        ({"codes": {"ScannerCapabilities": 426}}, "UNSUPPORTED", 0),
        ({"post_code": 426}, "UNSUPPORTED", 0),
        ({"post_code": 500}, "BAD_ANSWER", 0),
        ({"post_code": 307}, "BAD_ANSWER", 0),
        ({"redirect": "{here}/eSCL/ScannerCapabilities"}, "BAD_ANSWER", 0),
        ({"redirect": "http://printer.invalid/eSCL/ScannerCapabilities"}, "BAD_ANSWER", 0),
        ({"glass": False, "feeder": False}, "UNSUPPORTED", 0),
    ],
    ids=lambda value: str(value)[:60],
)
def test_each_failing_is_its_own_fault(tmp_path, script, code, whole):
    with Scanner(Script(**{"sheets": 4, **script})) as scanner:
        begin = time.monotonic()
        events = scan(scanner, tmp_path, source="feeder", first_sheet=5)
        assert time.monotonic() - begin < 15.0
        fault = fault_of(events)
        assert fault.code == code
        assert (len(pages(events)), fault.pages_safe) == (whole, whole)
        if fault.resume_at is not None:
            assert fault.resume_at == fault.sheet == 5 + whole
        assert fault.raw


def test_a_bomb_of_entities_is_not_expanded(tmp_path):
    bomb = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10)
        for n in range(30)
    ) + b"]><l>&a29;</l>"  # fmt: skip
    with Scanner(Script(replace={"ScannerCapabilities": bomb})) as scanner:
        fault = fault_of(scan(scanner, tmp_path))
        assert fault.code == "BAD_ANSWER"
        assert "entity" in fault.raw


def test_a_device_that_never_answers_is_left_and_its_job_deleted(tmp_path):
    with Scanner(Script(mute=frozenset({"NextDocument"}))) as scanner:
        begin = time.monotonic()
        events = scan(scanner, tmp_path, extra=(("patience", "1"),))
        assert time.monotonic() - begin < 8.0
        assert fault_of(events).code == "NOT_RESPONDING"
        assert scanner.deleted


def test_a_device_that_does_not_even_say_what_it_is(tmp_path):
    with Scanner(Script(mute=frozenset({"ScannerCapabilities"}))) as scanner:
        events = scan(scanner, tmp_path, deadlines=Deadlines(open_s=1.5))
        assert fault_of(events).code == "NOT_RESPONDING"
    events = consume(start(scanner.uri, ScanSettings(), tmp_path, reserve_bytes=SMALL_RESERVE))
    assert (fault_of(events).code, end_of(events)) == ("OFFLINE", "device_gone")


@pytest.mark.parametrize(
    "script", [{"mute": frozenset({"NextDocument"})}, {"page_s": 60.0}], ids=str
)
def test_a_cancel_is_obeyed_and_leaves_no_job(tmp_path, script):
    with Scanner(Script(**script)) as scanner:
        job = start(scanner.uri, ScanSettings(dpi=75), tmp_path, reserve_bytes=SMALL_RESERVE)
        with job:
            next(job)
            while not scanner.jobs:
                time.sleep(0.02)
            begin = time.monotonic()
            job.cancel()
            events = list(job)
        assert time.monotonic() - begin < 5.0
        assert (end_of(events), pages(events)) == ("cancelled", [])
        assert scanner.open_jobs == []
        scanner.script.mute, scanner.script.page_s = frozenset(), 0.0
        assert len(pages(scan(scanner, tmp_path, count=1))) == 1


def test_the_device_s_own_cancel_button_ends_the_job(tmp_path):
    with Scanner(Script(cancel_at=3)) as scanner:
        events = scan(scanner, tmp_path)
        assert (end_of(events), fault_of(events), len(pages(events))) == ("cancelled", None, 2)


def test_a_job_that_a_killed_program_left_is_deleted_by_the_next(tmp_path):
    with Scanner(Script(page_s=5.0)) as scanner:
        job = start(scanner.uri, ScanSettings(dpi=75), tmp_path, reserve_bytes=SMALL_RESERVE)
        with job:
            while not isinstance(next(job), SheetStarted):
                pass
            os.kill(job.pid, signal.SIGKILL)
            list(job)
        assert not is_alive(job.pid)
        assert len(scanner.open_jobs) == 1
        scanner.script.page_s = 0.0
        scanner.served.clear()
        assert len(pages(scan(scanner, tmp_path, count=2))) == 2


def test_waiting_is_said_and_retry_after_is_kept(tmp_path):
    with Scanner(Script(sheets=1, next_503={1: 1}, retry_after="1")) as scanner:
        events = scan(scanner, tmp_path)
        assert [(e.code, e.seconds) for e in events if isinstance(e, Waiting)] == [
            ("WARMING_UP", 1)
        ]


@pytest.mark.parametrize(
    ("script", "settings", "what", "got"),
    [
        ({"scale": 0.5}, {"dpi": 150}, "resolution", "75 dpi"),
        ({"gray": True}, {}, "mode", "gray"),
        ({}, {"dpi": 1200, "paper_mm": (20.0, 20.0)}, "resolution", "600 dpi"),
        ({}, {"paper_mm": (297.0, 420.0)}, "paper size", "215.9 × 355.6 mm"),
        ({}, {"source": "duplex"}, "source", "feeder"),
        ({"feeder": False}, {"source": "feeder"}, "source", "glass"),
        ({"refuse_bw": True}, {"mode": "bw"}, "mode", "gray"),
        (
            {"model": "Canon iR2625"},
            {"dpi": 600, "paper_mm": (20.0, 20.0)},
            "resolution",
            "300 dpi",
        ),
    ],
    ids=str,
)
def test_what_comes_otherwise_is_said(tmp_path, script, settings, what, got):
    with Scanner(Script(sheets=1, **script)) as scanner:
        events = scan(scanner, tmp_path, **settings)
        assert [(d.what, d.got) for d in applied(events).differences] == [(what, got)]
        assert fault_of(events) is None
        (page,) = pages(events)
        assert page.dpi == applied(events).got.dpi


def test_duplex_gives_front_and_back_of_each_sheet(tmp_path):
    with Scanner(Script(sheets=3, duplex=True)) as scanner:
        events = scan(scanner, tmp_path, source="duplex")
        assert [(p.sheet, p.side) for p in pages(events)] == [
            (sheet, side) for sheet in (1, 2, 3) for side in ("front", "back")
        ]
        scanner.load(3)
        scanner.served.clear()
        assert len(pages(scan(scanner, tmp_path, source="duplex", count=3))) == 4


@pytest.mark.parametrize("sheets", [4, 5])
def test_a_pdf_of_two_pages_is_two_pages(tmp_path, sheets):
    script = Script(sheets=sheets, formats=("application/pdf",), pages_per_pdf=2)
    with Scanner(script) as scanner:
        events = scan(scanner, tmp_path)
        assert [p.sheet for p in pages(events)] == list(range(1, sheets + 1))
        assert {(p.width_px, p.height_px) for p in pages(events)} == {(620, 877)}


def test_a_pdf_that_was_cut_off_gives_no_page(tmp_path):
    script = Script(sheets=4, sends="application/pdf", pages_per_pdf=2, bad={3: "truncated"})
    with Scanner(script) as scanner:
        events = scan(scanner, tmp_path)
        assert (fault_of(events).code, len(pages(events))) == ("INCOMPLETE_PAGE", 2)


def test_auto_takes_the_glass_when_the_feeder_is_empty(tmp_path):
    with Scanner(Script(sheets=0)) as scanner:
        events = scan(scanner, tmp_path)
        assert applied(events).got.source == "glass"
        assert (end_of(events), len(pages(events))) == ("count_reached", 1)


def test_a_sheet_that_went_through_unasked_is_named(tmp_path):
    with Scanner(Script(counts=3)) as scanner:
        events = scan(scanner, tmp_path, count=2)
        assert [(e.sheet, e.reason) for e in events if isinstance(e, PageSuspect)] == [
            (3, "fed_not_saved")
        ]


def test_two_jobs_do_not_share_a_device(tmp_path):
    with Scanner(Script(page_s=5.0)) as scanner:
        with start(scanner.uri, ScanSettings(dpi=75), tmp_path / "1", reserve_bytes=1) as first:
            while not isinstance(next(first), SheetStarted):
                pass
            second = start(scanner.uri, ScanSettings(dpi=75), tmp_path / "2", reserve_bytes=1)
            assert fault_of(consume(second)).code == "BUSY"
        assert len(scanner.jobs) == 1


# --- certificates ----------------------------------------------------------------------------


def tls(folder, name):
    """A server's context with a fresh self-signed certificate, as scanners make them."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=10))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_a_certificate_is_kept_and_another_one_refused(tmp_path):
    context = tls(tmp_path, "first")
    with Scanner(Script(sheets=2), tls=context) as scanner:
        assert len(pages(scan(scanner, tmp_path / "1"))) == 2
        scanner.load(2)
        scanner.served.clear()
        assert len(pages(scan(scanner, tmp_path / "2"))) == 2
        scanner.load(2)
        scanner.served.clear()
        scanner.log.clear()
        context.load_cert_chain(tls_file := tmp_path / "first.pem")
        tls(tmp_path, "first")
        context.load_cert_chain(tls_file)
        fault = fault_of(scan(scanner, tmp_path / "3"))
        assert fault.code == "CERTIFICATE_CHANGED"
        assert "127.0.0.1" in fault.vi
        assert scanner.log == []  # nothing was sent to it
        name = scanner.uri
        from scanners.device import parse_uri

        assert DRIVER.forget(parse_uri(name))
        assert len(pages(scan(scanner, tmp_path / "4"))) == 2


def test_what_was_asked_by_tls_is_not_sent_in_the_clear(tmp_path):
    with Scanner(Script(sheets=1)) as plain:
        to = f"{plain.address}/ScannerCapabilities"
        with Scanner(Script(redirect=to), tls=tls(tmp_path, "a")) as scanner:
            assert fault_of(scan(scanner, tmp_path / "1")).code == "BAD_ANSWER"
        assert plain.log == []


def test_a_bomb_of_compression_is_not_unpacked(tmp_path):
    bomb = Script(gzips=True, replace={"ScannerCapabilities": b" " * (60 << 20)})
    with Scanner(bomb) as scanner:
        fault = fault_of(scan(scanner, tmp_path))
        assert (fault.code, "TooLong" in fault.raw) == ("BAD_ANSWER", True)


def test_a_device_is_known_at_another_address(tmp_path):
    with Scanner(Script(sheets=1), tls=tls(tmp_path, "a")) as first:
        assert len(pages(scan(first, tmp_path / "1"))) == 1
    with Scanner(Script(sheets=1), tls=tls(tmp_path, "b")) as impostor:
        assert fault_of(scan(impostor, tmp_path / "2")).code == "CERTIFICATE_CHANGED"
        assert impostor.jobs == []
    with Scanner(Script(sheets=1, uuid="another"), tls=tls(tmp_path, "c")) as other:
        assert len(pages(scan(other, tmp_path / "3"))) == 1


# --- names, documents, data ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http://h/eSCL", "http://h:80/eSCL"),
        ("https://h:8443", "https://h:8443/eSCL"),
        ("http://[fe80::1]:8080/scan/", "http://[fe80::1]:8080/scan"),
    ],
)
def test_an_address_is_read(text, said):
    assert str(parse_base(text)) == said
    assert parse_base(said) == parse_base(text)


@pytest.mark.parametrize(
    "text",
    ["", "h", "ftp://h/", "http://", "http://h:99999/", "http://h:0/", "http://u@h/", "http://h/ b",
     "http://h/?x=1", "http://[::1/", "http://h/é"],
)  # fmt: skip
def test_what_is_no_address_is_refused(text):
    with pytest.raises(BadRequest):
        parse_base(text)


def test_capabilities_are_read_source_by_source():
    found = escl_xml.read_capabilities(capabilities(Script(duplex=True)))
    assert set(found.sources) == {"glass", "feeder", "duplex"}
    assert found.sources["glass"].max_area_mm == (215.9, 297.01)
    assert found.sources["feeder"].max_area_mm == (215.9, 355.6)
    assert found.sources["glass"].modes == ("bw", "gray", "color")
    assert (found.feeder_capacity, found.detects_paper) == (50, True)


def test_a_lower_case_doctype_is_no_reason_to_give_up():
    text = capabilities(Script()).replace(b"?>", b"?><!doctype html>", 1)
    assert escl_xml.read_capabilities(text).sources


def test_a_range_of_resolutions_is_kept_to():
    text = re.sub(
        rb"<scan:DiscreteResolutions>.*?</scan:DiscreteResolutions>",
        b"<scan:ResolutionRange><scan:XResolutionRange><scan:Min>100</scan:Min><scan:Max>600"
        b"</scan:Max><scan:Step>50</scan:Step></scan:XResolutionRange></scan:ResolutionRange>",
        capabilities(Script()),
    )
    glass = escl_xml.read_capabilities(text).sources["glass"]
    assert glass.dpi_range == (100, 600, 50)
    asked = (1, 310, 333, 9999)
    assert [escl_xml.nearest_dpi(glass, dpi) for dpi in asked] == [100, 300, 350, 600]


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data):
    for read in (escl_xml.read_capabilities, escl_xml.read_status):
        for body in (data, b"<ScannerStatus>" + data + b"</ScannerStatus>"):
            with contextlib.suppress(escl_xml.NotUnderstood):
                read(body)


def test_the_table_of_quirks_is_sound():
    assert len(table()) >= 7
    assert quirks_of("Brother MFC-L2710DW").next_delay_share == 0.5
    assert quirks_of("HP LaserJet MFP M630").host_header == "localhost"
    assert quirks_of("Xerox B215 MFP").not_yet == (404, 410)
    assert quirks_of("EPSON WF-2930 Series").unsupported
    assert quirks_of("Unknown 1") == Quirks()


def test_a_model_that_cannot_do_it_is_refused_in_words(tmp_path):
    with Scanner(Script(model="EPSON WF-2930 Series")) as scanner:
        fault = fault_of(scan(scanner, tmp_path))
        assert fault.code == "UNSUPPORTED"
        assert "page 1" in fault.en


def test_a_model_that_says_not_yet_by_404_is_waited_for(tmp_path):
    with Scanner(Script(sheets=2, model="Xerox B215", early={2: (404, 1)})) as scanner:
        assert len(pages(scan(scanner, tmp_path, source="feeder"))) == 2


def test_announced_scanners_are_found_once():
    zeroconf = pytest.importorskip("zeroconf")
    from scanners.drivers import escl_discovery

    with Scanner(Script()) as scanner:
        port = scanner.server_address[1]
        announcer = zeroconf.Zeroconf(interfaces=["127.0.0.1"])
        infos = [
            zeroconf.ServiceInfo(
                kind, f"Sim {os.getpid()}.{kind}", parsed_addresses=["127.0.0.1"], port=port,
                properties={"rs": "eSCL", "ty": "Trình diễn", "uuid": f"U-{os.getpid()}",
                            "is": "platen,adf", "duplex": "T", "note": "Quầy 3"},
                server=f"sim{os.getpid()}.local.",
            )
            for kind in ("_uscan._tcp.local.", "_uscans._tcp.local.")
        ]  # fmt: skip
        try:
            for info in infos:
                announcer.register_service(info)
            mine = [d for d in escl_discovery.browse(2.0) if f":{port}/" in d.uri]
        finally:
            announcer.close()
    assert [d.uri for d in mine] == [f"escl:https://127.0.0.1:{port}/eSCL"]
    assert mine[0].name == "Trình diễn (Quầy 3)"
    assert mine[0].sources == ("glass", "feeder", "duplex")


def test_without_zeroconf_addresses_still_work(monkeypatch):
    from scanners.drivers import escl_discovery

    monkeypatch.setattr(escl_discovery.importlib.util, "find_spec", lambda name: None)
    info = DRIVER.available()
    assert info.available
    assert "zeroconf" in info.reason_vi
    assert list(DRIVER.probe()) == []
